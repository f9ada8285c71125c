/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * DhcpdLinkOption, and the list of options. The contract has the options in four properties, some by number
 * and some by name. The table in wire/dhcp4-options.h says which name belongs to which number.
 */
#include <dhcpd-link-option.h>

#include <stdbool.h>
#include <string.h>

#include "dbus/glib/option-list.h"
#include "dbus/glib/record.h"
#include "wire/dhcp4-options.h"

#define REASONS_MAX 16u /* of one option; the daemon sends at most five; held by set_reasons() */

struct _DhcpdLinkOption {
        GObject parent;
        guint code;
        bool kept;
        char *name, *text, *reason, *reasons;
        GBytes *data;
        GVariant *value;
};

G_DEFINE_FINAL_TYPE(DhcpdLinkOption, dhcpd_link_option, G_TYPE_OBJECT)

enum {
        OPTION_CODE = 1,
        OPTION_NAME,
        OPTION_TEXT,
        OPTION_DATA,
        OPTION_VALUE,
        OPTION_KEPT,
        OPTION_IGNORED_REASON,
        OPTION_IGNORED_TEXT,
        OPTION_N,
};

static void dhcpd_link_option_finalize(GObject *object) {
        DhcpdLinkOption *self = DHCPD_LINK_OPTION(object);

        g_free(self->name);
        g_free(self->text);
        g_free(self->reason);
        g_free(self->reasons);
        g_clear_pointer(&self->data, g_bytes_unref);
        g_clear_pointer(&self->value, g_variant_unref);
        G_OBJECT_CLASS(dhcpd_link_option_parent_class)->finalize(object);
}

static void dhcpd_link_option_get_property(GObject *object, guint id, GValue *value, GParamSpec *spec) {
        DhcpdLinkOption *self = DHCPD_LINK_OPTION(object);

        switch (id) {
        case OPTION_CODE:
                g_value_set_uint(value, self->code);
                break;
        case OPTION_NAME:
                g_value_set_string(value, self->name);
                break;
        case OPTION_TEXT:
                g_value_set_string(value, self->text);
                break;
        case OPTION_DATA:
                g_value_set_boxed(value, self->data);
                break;
        case OPTION_VALUE:
                g_value_set_variant(value, self->value);
                break;
        case OPTION_KEPT:
                g_value_set_boolean(value, self->kept);
                break;
        case OPTION_IGNORED_REASON:
                g_value_set_string(value, self->reason);
                break;
        case OPTION_IGNORED_TEXT:
                g_value_set_string(value, self->reasons);
                break;
        default:
                G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, spec);
        }
}

static void dhcpd_link_option_class_init(DhcpdLinkOptionClass *class) {
        GObjectClass *object_class = G_OBJECT_CLASS(class);
        const GParamFlags flags = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS;
        GParamSpec *specs[OPTION_N] = {
                /**
                 * DhcpdLinkOption:code:
                 *
                 * See [method@DhcpdLink.Option.get_code].
                 */
                [OPTION_CODE] = g_param_spec_uint("code", NULL, NULL, 0, G_MAXUINT, 0, flags),
                /**
                 * DhcpdLinkOption:name:
                 *
                 * See [method@DhcpdLink.Option.get_name].
                 */
                [OPTION_NAME] = g_param_spec_string("name", NULL, NULL, "", flags),
                /**
                 * DhcpdLinkOption:text:
                 *
                 * See [method@DhcpdLink.Option.get_text].
                 */
                [OPTION_TEXT] = g_param_spec_string("text", NULL, NULL, "", flags),
                /**
                 * DhcpdLinkOption:data:
                 *
                 * See [method@DhcpdLink.Option.get_data].
                 */
                [OPTION_DATA] = g_param_spec_boxed("data", NULL, NULL, G_TYPE_BYTES, flags),
                /**
                 * DhcpdLinkOption:value:
                 *
                 * See [method@DhcpdLink.Option.get_value].
                 */
                [OPTION_VALUE] = g_param_spec_variant("value", NULL, NULL, G_VARIANT_TYPE_ANY, NULL, flags),
                /**
                 * DhcpdLinkOption:kept:
                 *
                 * See [method@DhcpdLink.Option.get_kept].
                 */
                [OPTION_KEPT] = g_param_spec_boolean("kept", NULL, NULL, FALSE, flags),
                /**
                 * DhcpdLinkOption:ignored-reason:
                 *
                 * See [method@DhcpdLink.Option.get_ignored_reason].
                 */
                [OPTION_IGNORED_REASON] = g_param_spec_string("ignored-reason", NULL, NULL, NULL, flags),
                /**
                 * DhcpdLinkOption:ignored-text:
                 *
                 * See [method@DhcpdLink.Option.get_ignored_text].
                 */
                [OPTION_IGNORED_TEXT] = g_param_spec_string("ignored-text", NULL, NULL, NULL, flags),
        };

        object_class->finalize = dhcpd_link_option_finalize;
        object_class->get_property = dhcpd_link_option_get_property;
        g_object_class_install_properties(object_class, OPTION_N, specs);
}

static void dhcpd_link_option_init(DhcpdLinkOption *self) {
}

guint dhcpd_link_option_get_code(DhcpdLinkOption *self) {
        g_return_val_if_fail(DHCPD_LINK_IS_OPTION(self), 0);
        return self->code;
}

const char *dhcpd_link_option_get_name(DhcpdLinkOption *self) {
        g_return_val_if_fail(DHCPD_LINK_IS_OPTION(self), NULL);
        return self->name;
}

const char *dhcpd_link_option_get_text(DhcpdLinkOption *self) {
        g_return_val_if_fail(DHCPD_LINK_IS_OPTION(self), NULL);
        return self->text;
}

GBytes *dhcpd_link_option_get_data(DhcpdLinkOption *self) {
        g_return_val_if_fail(DHCPD_LINK_IS_OPTION(self), NULL);
        return self->data;
}

GVariant *dhcpd_link_option_get_value(DhcpdLinkOption *self) {
        g_return_val_if_fail(DHCPD_LINK_IS_OPTION(self), NULL);
        return self->value;
}

gboolean dhcpd_link_option_get_kept(DhcpdLinkOption *self) {
        g_return_val_if_fail(DHCPD_LINK_IS_OPTION(self), FALSE);
        return self->kept;
}

const char *dhcpd_link_option_get_ignored_reason(DhcpdLinkOption *self) {
        g_return_val_if_fail(DHCPD_LINK_IS_OPTION(self), NULL);
        return self->reason;
}

const char *dhcpd_link_option_get_ignored_text(DhcpdLinkOption *self) {
        g_return_val_if_fail(DHCPD_LINK_IS_OPTION(self), NULL);
        return self->reasons;
}

/* The list */

/*
 * What the daemon says about all options, parsed once for all of them. Of each part only the first
 * OPTIONS_MAX elements are used.
 */
typedef struct Sources {
        GHashTable *values; /* name -> GVariant */
        GPtrArray *ignored; /* of Record */
        guint32 *codes;     /* the option codes of the records in @ignored */
        const guint32 *kept;
        gsize n_kept;
} Sources;

static void read_sources(Sources *sources, GVariant *values, GVariant *ignored, GVariant *kept) {
        GVariantIter iter;
        const char *name;
        GVariant *value;

        sources->values =
                g_hash_table_new_full(g_str_hash, g_str_equal, NULL, (GDestroyNotify) g_variant_unref);
        (void) g_variant_iter_init(&iter, values);
        while (g_hash_table_size(sources->values) < OPTIONS_MAX &&
               g_variant_iter_next(&iter, "{&sv}", &name, &value))
                g_hash_table_insert(sources->values, (gpointer) name, value);
        sources->ignored = records_new(ignored, OPTIONS_MAX);
        sources->codes = g_new(guint32, sources->ignored->len);
        for (guint i = 0; i < sources->ignored->len; i++)
                sources->codes[i] = record_uint(sources->ignored->pdata[i], "Code");
        sources->kept = g_variant_get_fixed_array(kept, &sources->n_kept, sizeof(*sources->kept));
        sources->n_kept = MIN(sources->n_kept, OPTIONS_MAX);
}

static void clear_sources(Sources *sources) {
        g_hash_table_unref(sources->values);
        g_ptr_array_unref(sources->ignored);
        g_free(sources->codes);
}

static bool is_kept(const Sources *sources, guint code) {
        for (gsize i = 0; i < sources->n_kept; i++)
                if (sources->kept[i] == code)
                        return true;
        return false;
}

/*
 * Sets why the option, or some of its values, are not used. There is one record for each of these values. A
 * record may come from a plugin.
 */
static void set_reasons(DhcpdLinkOption *option, const Sources *sources) {
        GString *reasons = NULL;
        unsigned n = 0;

        for (guint i = 0; i < sources->ignored->len && n < REASONS_MAX; i++) {
                const char *text = record_string(sources->ignored->pdata[i], "Text");

                if (sources->codes[i] != option->code)
                        continue;
                if (n++ == 0) {
                        option->reason = g_strndup(record_string(sources->ignored->pdata[i], "Reason"),
                                                   OPTION_TEXT_MAX);
                        reasons = g_string_new(NULL);
                } else
                        (void) g_string_append_c(reasons, '\n');
                (void) g_string_append_len(reasons, text, (gssize) MIN(strlen(text), OPTION_TEXT_MAX));
        }
        if (reasons)
                option->reasons = g_string_free(reasons, FALSE);
}

static DhcpdLinkOption *option_new(guint code, GVariant *data, const Sources *sources) {
        const Dhcp4OptionInfo *info = code <= G_MAXUINT8 ? dhcp4_option_info((uint8_t) code) : NULL;
        DhcpdLinkOption *option = g_object_new(DHCPD_LINK_TYPE_OPTION, NULL);
        GVariant *value;

        option->code = code;
        option->name = info ? g_strdup(info->name) : g_strdup_printf("%u", code);
        option->data = data ? g_variant_get_data_as_bytes(data) : g_bytes_new_static("", 0);
        value = g_hash_table_lookup(sources->values, option->name);
        option->value = value ? g_variant_ref(value) : NULL;
        option->text = value ? option_value_to_text(value) : g_strdup("");
        option->kept = is_kept(sources, code);
        set_reasons(option, sources);
        return option;
}

static bool same_value(GVariant *a, GVariant *b) {
        return a == b || (a && b && g_variant_equal(a, b));
}

static bool is_same(DhcpdLinkOption *a, DhcpdLinkOption *b) {
        return a->code == b->code && a->kept == b->kept && g_bytes_equal(a->data, b->data) &&
                same_value(a->value, b->value) && g_strcmp0(a->name, b->name) == 0 &&
                g_strcmp0(a->reason, b->reason) == 0 && g_strcmp0(a->reasons, b->reasons) == 0;
}

static bool contains_code(GPtrArray *options, guint code) {
        for (guint i = 0; i < options->len; i++)
                if (((DhcpdLinkOption *) options->pdata[i])->code == code)
                        return true;
        return false;
}

static GPtrArray *read_options(GVariant *options, const Sources *sources) {
        GPtrArray *list = g_ptr_array_new_with_free_func(g_object_unref);
        GVariantIter iter;
        GVariant *data;
        guint32 code;

        (void) g_variant_iter_init(&iter, options);
        while (list->len < OPTIONS_MAX && g_variant_iter_next(&iter, "(u@ay)", &code, &data)) {
                g_ptr_array_add(list, option_new(code, data, sources));
                g_variant_unref(data);
        }
        for (guint i = 0; list->len < OPTIONS_MAX && i < sources->ignored->len; i++)
                if (!contains_code(list, sources->codes[i]))
                        g_ptr_array_add(list, option_new(sources->codes[i], NULL, sources));
        return list;
}

static bool is_item_same(GListStore *list, guint at, GPtrArray *options, guint i) {
        g_autoptr(DhcpdLinkOption) item = g_list_model_get_item(G_LIST_MODEL(list), at);

        return is_same(item, options->pdata[i]);
}

void option_list_update(GListStore *list, GVariant *options, GVariant *values, GVariant *ignored,
                        GVariant *kept) {
        g_autoptr(GPtrArray) now = NULL;
        Sources sources;
        const guint n_before = g_list_model_get_n_items(G_LIST_MODEL(list));
        guint head = 0, tail = 0;

        read_sources(&sources, values, ignored, kept);
        now = read_options(options, &sources);
        clear_sources(&sources);
        while (head < MIN(n_before, now->len) && is_item_same(list, head, now, head))
                head++;
        while (tail < MIN(n_before, now->len) - head &&
               is_item_same(list, n_before - 1 - tail, now, now->len - 1 - tail))
                tail++;
        if (n_before - head - tail > 0 || now->len - head - tail > 0)
                g_list_store_splice(list, head, n_before - head - tail,
                                    now->len > 0 ? now->pdata + head : NULL, now->len - head - tail);
}
