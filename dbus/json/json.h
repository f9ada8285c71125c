/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * Writes JSON text (RFC 8259 §2) into memory of its own, piece by piece.
 *
 * Whatever is put in, what comes out is valid: strings are escaped, bytes that are no UTF-8 become U+FFFD,
 * and control characters, those of terminals too, never appear raw. The first failure sticks and is seen
 * once, at the end. Only writes; nothing here reads JSON.
 *
 * In text mode the same calls write a line for people: "Name=a, Priority=1", "192.0.2.1, 192.0.2.2", with
 * brackets only where something is nested and quotes only where a string would else be ambiguous.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Longest text, bytes; beyond it the writer fails. A D-Bus message holds 128 MiB. */
#define JSON_LEN_MAX ((size_t) 64 * 1024 * 1024)

/* A plain value; zeroed is ready for use, and so is one with only @text set. */
typedef struct JsonWriter {
        char *data; /* owned, not terminated */
        size_t len, size;
        unsigned depth; /* open objects and arrays */
        bool comma;     /* a comma comes before the next item */
        bool text;      /* text mode */
        bool failed;    /* out of memory, or longer than JSON_LEN_MAX */
} JsonWriter;

/* Frees what was not handed out. The writer is as new. */
void json_clear(JsonWriter *w);

void json_begin_object(JsonWriter *w);
void json_end_object(JsonWriter *w);
void json_begin_array(JsonWriter *w);
void json_end_array(JsonWriter *w);
/* In an object, before each value. */
void json_key(JsonWriter *w, const char *key);

/* NULL is written as null. */
void json_string(JsonWriter *w, const char *value);
void json_string_n(JsonWriter *w, const char *value, size_t len);
void json_bool(JsonWriter *w, bool value);
void json_u64(JsonWriter *w, uint64_t value);
void json_i64(JsonWriter *w, int64_t value);
/* Not a number and infinities, which JSON does not know, are written as null. */
void json_double(JsonWriter *w, double value);
void json_null(JsonWriter *w);
/*
 * Bytes as a string of lower-case hexadecimal digits, two each, with @separator between them unless it is 0.
 */
void json_hex(JsonWriter *w, const uint8_t *data, size_t len, char separator);
/* @text is JSON already: one whole value. */
void json_raw(JsonWriter *w, const char *text);

/*
 * The text, NUL-terminated; free() it. Everything that was opened must be closed (asserted). NULL: the
 * writer failed. Either way it is as new.
 */
char *json_finish(JsonWriter *w);
