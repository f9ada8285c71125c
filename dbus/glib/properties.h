/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * Keeps the properties of one interface of one object: the values that the daemon sent, checked against the
 * contract, and the values that GObject makes from them. A table lists the properties; their names are only
 * there.
 *
 * Values are kept in their serialised form. So a text or a record in a value stays at its address, and a
 * small value does not keep a large message in memory. A value is not kept if its type is not that of the
 * contract, if it is larger than PROPERTY_SIZE_MAX, or if all values of the client would cost more than
 * BUDGET_MAX.
 */
#include <gio/gio.h>
#include <stdbool.h>

#define PROPERTY_SIZE_MAX (1024u * 1024u)       /* bytes of one value */
#define BUDGET_MAX        (64u * 1024u * 1024u) /* bytes of all values of a client */
#define RECORDS_MAX       4096u                 /* records of one list; the rest is not shown */

/* Counts the bytes that the values of a client need. The client and all of its objects share it. */
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
        PROPERTY_WORD, /* a word of an enumeration; a second GObject property has the word as text */
        PROPERTY_STRV,
        PROPERTY_BYTES,
        PROPERTY_RECORD, /* NULL if it is empty */
        PROPERTY_RECORDS,
        PROPERTY_VARIANT, /* of @type */
        PROPERTY_HIDDEN,  /* of @type; not a property of GObject */
} PropertyKind;

typedef struct PropertyRow {
        const char *member; /* its name in the contract */
        const char *name;   /* its name as a GObject property */
        PropertyKind kind;
        bool is_const;        /* set only by the first answer */
        const char *type;     /* PROPERTY_VARIANT and PROPERTY_HIDDEN: the D-Bus type */
        GType (*gtype)(void); /* PROPERTY_WORD: the enumeration; PROPERTY_RECORD(S): the boxed type */
} PropertyRow;

typedef struct PropertyTable {
        const PropertyRow *rows;
        unsigned n_rows;
        /* Set by property_table_install(): one for each row, and one for the text of each PROPERTY_WORD. */
        GParamSpec **specs, **word_specs;
} PropertyTable;

/* One value. All bytes are zero while there is no value. */
typedef struct PropertyValue {
        GVariant *value;
        gpointer derived; /* depends on the kind: a strv, bytes, a record, or an array of records */
        gsize cost;       /* bytes that it has of the budget */
} PropertyValue;

/*
 * Installs row i as property 1 + i of @class, and the text of a word as property 1 + n_rows + i. *own: the
 * first id that is still free.
 */
void property_table_install(PropertyTable *table, GObjectClass *class, unsigned *own);
/* Sets @value to the value of the property @id. Returns false if the property is not in @table. */
bool property_table_get(const PropertyTable *table, const PropertyValue *values, unsigned id, GValue *value);

/*
 * Sets the properties of the table that are in @dict (a{sv}), and emits (or queues) notify for each one that
 * has changed. @first: it is the first answer. Returns a mask of the rows that have changed.
 */
guint64 properties_update(const PropertyTable *table, PropertyValue *values, GObject *object, GVariant *dict,
                          bool first, Budget *budget);
void properties_clear(const PropertyTable *table, PropertyValue *values, Budget *budget);

/* Return the value of row @i, or an empty value if the daemon sent none. */
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

/* Returns the value of the enumeration @type whose nick is @word in lower case, or 0. */
int word_to_enum(GType type, const char *word);
