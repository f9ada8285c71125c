/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * The properties of one interface of one object: values as the daemon sent them, checked against the
 * contract, and what GObject makes of them. A table says which there are; nothing else knows their
 * names.
 *
 * Values are kept in their serialised form, so that a text or record in them stays where it is, and so
 * that a small value does not keep a large message. Nothing is kept that has not the type of the
 * contract, that is larger than PROPERTY_SIZE_MAX, or that would make all values of a client cost more
 * than BUDGET_MAX.
 */
#include <gio/gio.h>
#include <stdbool.h>

#define PROPERTY_SIZE_MAX (1024u * 1024u)       /* bytes of one value */
#define BUDGET_MAX        (64u * 1024u * 1024u) /* bytes of all values of a client */
#define RECORDS_MAX       4096u                 /* of one list; the rest is not shown */

/* What the values of a client cost. It belongs to the client and to all objects of it. */
typedef struct Budget {
        unsigned refs;
        gsize used;
} Budget;

Budget *budget_new(void);
Budget *budget_ref(Budget *budget);
void budget_unref(Budget *budget);

typedef enum PropertyKind {
        PROPERTY_BOOLEAN,
        PROPERTY_INT,
        PROPERTY_UINT,
        PROPERTY_UINT64,
        PROPERTY_STRING,
        PROPERTY_WORD, /* a text that is one of an enumeration; a second GObject property has the text */
        PROPERTY_STRV,
        PROPERTY_BYTES,
        PROPERTY_RECORD, /* NULL if it is empty */
        PROPERTY_RECORDS,
        PROPERTY_VARIANT, /* of @type */
        PROPERTY_HIDDEN,  /* of @type; not a property of GObject */
} PropertyKind;

typedef struct PropertyRow {
        const char *member; /* of the contract */
        const char *name;   /* of GObject */
        PropertyKind kind;
        bool is_const;        /* counts only the first time */
        const char *type;     /* PROPERTY_VARIANT and PROPERTY_HIDDEN: of D-Bus */
        GType (*gtype)(void); /* PROPERTY_WORD: the enumeration; PROPERTY_RECORD(S): the boxed type */
} PropertyRow;

typedef struct PropertyTable {
        const PropertyRow *rows;
        unsigned n_rows;
        /* Filled by property_table_install(): of each row, and of the text of each PROPERTY_WORD. */
        GParamSpec **specs, **word_specs;
} PropertyTable;

/* One value; all bytes zero: none yet. */
typedef struct PropertyValue {
        GVariant *value;
        gpointer derived; /* by kind: the strv, the bytes, the record, the array of records */
        gsize cost;       /* that is in the budget */
} PropertyValue;

/*
 * Installs row i as property 1 + i of @class, and the text of a word as 1 + n_rows + i. @own: the first
 * id that is free afterwards.
 */
void property_table_install(PropertyTable *table, GObjectClass *class, unsigned *own);
/* Sets @value for property @id; false: it is none of @table. */
bool property_table_get(const PropertyTable *table, const PropertyValue *values, unsigned id, GValue *value);

/*
 * Takes over what @dict (a{sv}) has of the table, and queues notify for what is another value than
 * before. Returns a mask of the rows that are.
 */
guint64 properties_update(const PropertyTable *table, PropertyValue *values, GObject *object, GVariant *dict,
                          bool first, Budget *budget);
void properties_clear(const PropertyTable *table, PropertyValue *values, Budget *budget);

/* Row @i, or what there is when the daemon did not say. */
gboolean property_boolean(const PropertyValue *values, unsigned i);
int property_int(const PropertyValue *values, unsigned i);
guint property_uint(const PropertyValue *values, unsigned i);
guint64 property_uint64(const PropertyValue *values, unsigned i);
const char *property_string(const PropertyValue *values, unsigned i);
int property_word(const PropertyTable *table, const PropertyValue *values, unsigned i);
const char *const *property_strv(const PropertyValue *values, unsigned i);
GBytes *property_bytes(PropertyValue *values, unsigned i);
gpointer property_record(const PropertyValue *values, unsigned i);
GPtrArray *property_records(PropertyValue *values, unsigned i);
GVariant *property_variant(const PropertyTable *table, PropertyValue *values, unsigned i);

/* The value of @type whose nick is @word in lower case, or 0. */
int word_to_enum(GType type, const char *word);
