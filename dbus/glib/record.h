/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * What all records are: a dictionary a{sv} of the daemon, with a count of references. A key that is
 * missing, or of another type than in the contract, reads as nothing.
 */
#include <gio/gio.h>

typedef struct Record Record;

/* @dict: a{sv}, serialised. */
Record *record_new(GVariant *dict);
Record *record_ref(Record *record);
void record_unref(Record *record);
/* Of the first @max elements of @list (aa{sv}, serialised; NULL: none). */
GPtrArray *records_new(GVariant *list, guint max);
GVariant *record_dict(Record *record);

gboolean record_boolean(Record *record, const char *key);
int record_int(Record *record, const char *key);
guint record_uint(Record *record, const char *key);
guint64 record_uint64(Record *record, const char *key);
const char *record_string(Record *record, const char *key);
GBytes *record_bytes(Record *record, const char *key);
