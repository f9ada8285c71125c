/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * Writes JSON text (RFC 8259 §2) into memory of its own, piece by piece.
 *
 * The result is always valid JSON: strings are escaped, bytes that are not UTF-8 become U+FFFD, and control
 * characters, also those of terminals, are escaped. The first failure sticks, and the caller sees it once,
 * at the end. Nothing here reads JSON.
 *
 * In text mode the same calls write a line for people: "Name=a, Priority=1", "192.0.2.1, 192.0.2.2". There
 * are brackets only around nested values, and quotes only around strings that would be ambiguous without
 * them.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* bytes; the writer fails if the text would be longer. A D-Bus message has at most 128 MiB. */
#define JSON_LEN_MAX ((size_t) 64 * 1024 * 1024)

/* A writer. It is ready for use if all of it is zero, or if only @text is set. */
typedef struct JsonWriter {
        char *data; /* owned, not NUL-terminated */
        size_t len, size;
        unsigned depth; /* open objects and arrays */
        bool comma;     /* a comma comes before the next item */
        bool text;      /* text mode */
        bool failed;    /* out of memory, or longer than JSON_LEN_MAX */
} JsonWriter;

/* Frees the text, unless json_finish() has returned it. The writer can be used again. */
void json_clear(JsonWriter *w);

void json_begin_object(JsonWriter *w);
void json_end_object(JsonWriter *w);
void json_begin_array(JsonWriter *w);
void json_end_array(JsonWriter *w);
/* Writes a key. Call this before each value in an object. */
void json_key(JsonWriter *w, const char *key);

/* Writes a string; null if @value is NULL. */
void json_string(JsonWriter *w, const char *value);
void json_string_n(JsonWriter *w, const char *value, size_t len);
void json_bool(JsonWriter *w, bool value);
void json_u64(JsonWriter *w, uint64_t value);
void json_i64(JsonWriter *w, int64_t value);
/* Writes a number. JSON has no infinity and no "not a number", so these are written as null. */
void json_double(JsonWriter *w, double value);
void json_null(JsonWriter *w);
/*
 * Writes bytes as a string of lower-case hexadecimal digits, two for each byte, with @separator between
 * bytes unless it is 0.
 */
void json_hex(JsonWriter *w, const uint8_t *data, size_t len, char separator);
/* Writes @text as it is. It must be one complete JSON value. */
void json_raw(JsonWriter *w, const char *text);

/*
 * Returns the text, NUL-terminated, which the caller frees with free(). Returns NULL if the writer has
 * failed. All objects and arrays must be closed (asserted). The writer can be used again in both cases.
 */
char *json_finish(JsonWriter *w);
