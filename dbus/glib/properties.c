/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Keeps the properties of an interface (contract: dbus/glib/properties.h).
 */
#include "dbus/glib/properties.h"

#include <string.h>

#include "dbus/glib/option-list.h"
#include "dbus/glib/record.h"

#define WORD_MAX 63u /* bytes of a word that is looked up; held by word_to_enum() */

static const char *const no_strings[] = { NULL };

/* Bytes that we need for an element of a list in addition to its content: objects, pointers. */
#define COST_OPTION 768u
#define COST_RECORD 128u
#define COST_STRING 16u

Budget *budget_new(void) {
        Budget *budget = g_new0(Budget, 1);

        budget->refs = 1;
        return budget;
}

Budget *budget_ref(Budget *budget) {
        budget->refs++;
        return budget;
}

void budget_unref(Budget *budget) {
        if (--budget->refs == 0)
                g_free(budget);
}

static const char *type_of(const PropertyRow *row) {
        switch (row->kind) {
        case PROPERTY_BOOLEAN:
                return "b";
        case PROPERTY_INT:
                return "i";
        case PROPERTY_UINT:
                return "u";
        case PROPERTY_UINT64:
                return "t";
        case PROPERTY_STRING:
        case PROPERTY_WORD:
                return "s";
        case PROPERTY_STRV:
                return "as";
        case PROPERTY_BYTES:
                return "ay";
        case PROPERTY_RECORD:
                return "a{sv}";
        case PROPERTY_RECORDS:
                return "aa{sv}";
        case PROPERTY_VARIANT:
        case PROPERTY_HIDDEN:
                return row->type;
        }
        g_assert_not_reached();
}

int word_to_enum(GType type, const char *word) {
        g_autoptr(GEnumClass) class = g_type_class_ref(type);
        char lower[WORD_MAX + 1] = "";
        const GEnumValue *found;

        for (size_t i = 0; word[i] != '\0'; i++) {
                if (i == WORD_MAX)
                        return 0;
                lower[i] = g_ascii_tolower(word[i]);
        }
        found = g_enum_get_value_by_nick(class, lower[0] == '\0' ? "none" : lower);
        return found ? found->value : 0;
}

/* The class */

static GParamSpec *spec_new(const PropertyRow *row) {
        const GParamFlags flags = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY;

        switch (row->kind) {
        case PROPERTY_BOOLEAN:
                return g_param_spec_boolean(row->name, NULL, NULL, FALSE, flags);
        case PROPERTY_INT:
                return g_param_spec_int(row->name, NULL, NULL, G_MININT, G_MAXINT, 0, flags);
        case PROPERTY_UINT:
                return g_param_spec_uint(row->name, NULL, NULL, 0, G_MAXUINT, 0, flags);
        case PROPERTY_UINT64:
                return g_param_spec_uint64(row->name, NULL, NULL, 0, G_MAXUINT64, 0, flags);
        case PROPERTY_STRING:
                return g_param_spec_string(row->name, NULL, NULL, "", flags);
        case PROPERTY_WORD:
                return g_param_spec_enum(row->name, NULL, NULL, row->gtype(), 0, flags);
        case PROPERTY_STRV:
                return g_param_spec_boxed(row->name, NULL, NULL, G_TYPE_STRV, flags);
        case PROPERTY_BYTES:
                return g_param_spec_boxed(row->name, NULL, NULL, G_TYPE_BYTES, flags);
        case PROPERTY_RECORD:
                return g_param_spec_boxed(row->name, NULL, NULL, row->gtype(), flags);
        case PROPERTY_RECORDS:
                return g_param_spec_boxed(row->name, NULL, NULL, G_TYPE_PTR_ARRAY, flags);
        case PROPERTY_VARIANT:
                return g_param_spec_variant(row->name, NULL, NULL, G_VARIANT_TYPE(row->type), NULL, flags);
        case PROPERTY_HIDDEN:
                return NULL;
        }
        g_assert_not_reached();
}

static GParamSpec *word_spec_new(const PropertyRow *row) {
        g_autofree char *name = g_strconcat(row->name, "-name", NULL);

        return g_param_spec_string(name, NULL, NULL, "",
                                   G_PARAM_READABLE | G_PARAM_STATIC_NICK | G_PARAM_STATIC_BLURB |
                                           G_PARAM_EXPLICIT_NOTIFY);
}

void property_table_install(PropertyTable *table, GObjectClass *class, unsigned *own) {
        const unsigned n = table->n_rows;

        g_assert(n <= 64); /* the mask of properties_update() has 64 bits */
        table->specs = g_new0(GParamSpec *, n);
        table->word_specs = g_new0(GParamSpec *, n);
        for (unsigned i = 0; i < n; i++) {
                table->specs[i] = spec_new(&table->rows[i]);
                if (table->specs[i])
                        g_object_class_install_property(class, 1 + i, table->specs[i]);
                if (table->rows[i].kind == PROPERTY_WORD) {
                        table->word_specs[i] = word_spec_new(&table->rows[i]);
                        g_object_class_install_property(class, 1 + n + i, table->word_specs[i]);
                }
        }
        *own = 1 + 2 * n;
}

bool property_table_get(const PropertyTable *table, const PropertyValue *values, unsigned id,
                        GValue *value) {
        PropertyValue *changeable =
                (PropertyValue *) values; /* what is derived is made when it is asked for */
        unsigned i = id - 1;

        if (i >= 2 * table->n_rows)
                return false;
        if (i >= table->n_rows) {
                g_value_set_string(value, property_string(values, i - table->n_rows));
                return true;
        }
        switch (table->rows[i].kind) {
        case PROPERTY_BOOLEAN:
                g_value_set_boolean(value, property_boolean(values, i));
                break;
        case PROPERTY_INT:
                g_value_set_int(value, property_int(values, i));
                break;
        case PROPERTY_UINT:
                g_value_set_uint(value, property_uint(values, i));
                break;
        case PROPERTY_UINT64:
                g_value_set_uint64(value, property_uint64(values, i));
                break;
        case PROPERTY_STRING:
                g_value_set_string(value, property_string(values, i));
                break;
        case PROPERTY_WORD:
                g_value_set_enum(value, property_word(table, values, i));
                break;
        case PROPERTY_STRV:
                g_value_set_boxed(value, property_strv(values, i));
                break;
        case PROPERTY_BYTES:
                g_value_set_boxed(value, property_bytes(changeable, i));
                break;
        case PROPERTY_RECORD:
                g_value_set_boxed(value, property_record(values, i));
                break;
        case PROPERTY_RECORDS:
                g_value_set_boxed(value, property_records(changeable, i));
                break;
        case PROPERTY_VARIANT:
        case PROPERTY_HIDDEN:
                g_value_set_variant(value, property_variant(table, changeable, i));
                break;
        }
        return true;
}

/* Values */

static gsize cost_of(const PropertyRow *row, GVariant *value) {
        const gsize size = g_variant_get_size(value);

        switch (row->kind) {
        case PROPERTY_STRV:
                return size + COST_STRING * g_variant_n_children(value);
        case PROPERTY_RECORDS:
                return size + COST_RECORD * MIN(g_variant_n_children(value), RECORDS_MAX);
        case PROPERTY_HIDDEN: /* options */
                return size + COST_OPTION * MIN(g_variant_n_children(value), OPTIONS_MAX);
        case PROPERTY_BOOLEAN:
        case PROPERTY_INT:
        case PROPERTY_UINT:
        case PROPERTY_UINT64:
        case PROPERTY_STRING:
        case PROPERTY_WORD:
        case PROPERTY_BYTES:
        case PROPERTY_RECORD:
        case PROPERTY_VARIANT:
                return size;
        }
        g_assert_not_reached();
}

static void value_clear(const PropertyRow *row, PropertyValue *value, Budget *budget) {
        if (value->cost > 0)
                budget->used -= value->cost;
        value->cost = 0;
        if (value->derived)
                switch (row->kind) {
                case PROPERTY_STRV:
                        g_free(value->derived);
                        break;
                case PROPERTY_BYTES:
                        g_bytes_unref(value->derived);
                        break;
                case PROPERTY_RECORD:
                        record_unref(value->derived);
                        break;
                case PROPERTY_RECORDS:
                        g_ptr_array_unref(value->derived);
                        break;
                case PROPERTY_BOOLEAN:
                case PROPERTY_INT:
                case PROPERTY_UINT:
                case PROPERTY_UINT64:
                case PROPERTY_STRING:
                case PROPERTY_WORD:
                case PROPERTY_VARIANT:
                case PROPERTY_HIDDEN:
                        g_assert_not_reached();
                }
        g_clear_pointer(&value->value, g_variant_unref);
        value->derived = NULL;
}

static gpointer derive(const PropertyRow *row, GVariant *value) {
        switch (row->kind) {
        case PROPERTY_STRV:
                return g_variant_get_strv(value, NULL);
        case PROPERTY_BYTES:
                return g_variant_get_data_as_bytes(value);
        case PROPERTY_RECORD:
                return g_variant_n_children(value) > 0 ? record_new(value) : NULL;
        case PROPERTY_RECORDS:
                return records_new(value, RECORDS_MAX);
        case PROPERTY_BOOLEAN:
        case PROPERTY_INT:
        case PROPERTY_UINT:
        case PROPERTY_UINT64:
        case PROPERTY_STRING:
        case PROPERTY_WORD:
        case PROPERTY_VARIANT:
        case PROPERTY_HIDDEN:
                return NULL;
        }
        g_assert_not_reached();
}

/* Sets a property to the value that the daemon sent. Returns true if the value has changed. */
static bool value_set(const PropertyRow *row, PropertyValue *value, GVariant *sent, bool first,
                      Budget *budget) {
        gsize cost;

        if (!g_variant_is_of_type(sent, G_VARIANT_TYPE(type_of(row))) ||
            g_variant_get_size(sent) > PROPERTY_SIZE_MAX) {
                g_debug("%s is not what it has to be, by its type %s or its size", row->member,
                        g_variant_get_type_string(sent));
                return false;
        }
        if (row->is_const && !first)
                return false;
        /*
         * This serialises the value into one block of memory. Pointers into a value that is not serialised
         * may become invalid.
         */
        (void) g_variant_get_data(sent);
        if (value->value && g_variant_equal(value->value, sent))
                return false;
        cost = cost_of(row, sent);
        if (cost > BUDGET_MAX - (budget->used - value->cost)) {
                g_debug("%s would be more than all values may cost", row->member);
                return false;
        }
        value_clear(row, value, budget);
        value->cost = cost;
        budget->used += cost;
        value->value = g_variant_ref(sent);
        value->derived = derive(row, sent);
        return true;
}

static int find_row(const PropertyTable *table, const char *member) {
        for (unsigned i = 0; i < table->n_rows; i++)
                if (strcmp(table->rows[i].member, member) == 0)
                        return (int) i;
        return -1;
}

guint64 properties_update(const PropertyTable *table, PropertyValue *values, GObject *object, GVariant *dict,
                          bool first, Budget *budget) {
        GVariantIter iter;
        const char *member;
        GVariant *sent;
        guint64 changed = 0;

        (void) g_variant_iter_init(&iter, dict);
        while (g_variant_iter_next(&iter, "{&sv}", &member, &sent)) {
                const int i = find_row(table, member);

                if (i >= 0 && value_set(&table->rows[i], &values[i], sent, first, budget)) {
                        changed |= G_GUINT64_CONSTANT(1) << i;
                        if (table->specs[i])
                                g_object_notify_by_pspec(object, table->specs[i]);
                        if (table->word_specs[i])
                                g_object_notify_by_pspec(object, table->word_specs[i]);
                }
                g_variant_unref(sent);
        }
        return changed;
}

void properties_clear(const PropertyTable *table, PropertyValue *values, Budget *budget) {
        for (unsigned i = 0; i < table->n_rows; i++)
                value_clear(&table->rows[i], &values[i], budget);
}

/* Reading */

gboolean property_boolean(const PropertyValue *values, unsigned i) {
        return values[i].value && g_variant_get_boolean(values[i].value);
}

int property_int(const PropertyValue *values, unsigned i) {
        return values[i].value ? g_variant_get_int32(values[i].value) : 0;
}

guint property_uint(const PropertyValue *values, unsigned i) {
        return values[i].value ? g_variant_get_uint32(values[i].value) : 0;
}

guint64 property_uint64(const PropertyValue *values, unsigned i) {
        return values[i].value ? g_variant_get_uint64(values[i].value) : 0;
}

const char *property_string(const PropertyValue *values, unsigned i) {
        return values[i].value ? g_variant_get_string(values[i].value, NULL) : "";
}

int property_word(const PropertyTable *table, const PropertyValue *values, unsigned i) {
        return word_to_enum(table->rows[i].gtype(), property_string(values, i));
}

const char *const *property_strv(const PropertyValue *values, unsigned i) {
        return values[i].derived ? values[i].derived : no_strings;
}

GBytes *property_bytes(PropertyValue *values, unsigned i) {
        if (!values[i].derived)
                values[i].derived = g_bytes_new_static("", 0);
        return values[i].derived;
}

gpointer property_record(const PropertyValue *values, unsigned i) {
        return values[i].derived;
}

GPtrArray *property_records(PropertyValue *values, unsigned i) {
        if (!values[i].derived)
                values[i].derived = records_new(NULL, 0);
        return values[i].derived;
}

GVariant *property_variant(const PropertyTable *table, PropertyValue *values, unsigned i) {
        if (!values[i].value)
                values[i].value = g_variant_ref_sink(g_variant_new_array(
                        g_variant_type_element(G_VARIANT_TYPE(table->rows[i].type)), NULL, 0));
        return values[i].value;
}
