/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * A record is a dictionary a{sv} that the daemon sent, with a count of references. If a key is missing or
 * its value has another type than in the contract, the value is read as 0, false or empty.
 */
#include <gio/gio.h>

typedef struct Record Record;

/* Makes a record. @dict: a{sv}, serialised. Takes a reference to @dict. */
Record *record_new(GVariant *dict);
Record *record_ref(Record *record);
void record_unref(Record *record);
/* Makes records of the first @max elements of @list (aa{sv}, serialised). NULL: there are none. */
GPtrArray *records_new(GVariant *list, guint max);
GVariant *record_dict(Record *record);

gboolean record_boolean(Record *record, const char *key);
int record_int(Record *record, const char *key);
guint record_uint(Record *record, const char *key);
guint64 record_uint64(Record *record, const char *key);
const char *record_string(Record *record, const char *key);
GBytes *record_bytes(Record *record, const char *key);
