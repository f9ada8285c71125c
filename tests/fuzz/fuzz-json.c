/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The JSON writer (dbus/json/json.c) under any sequence of calls with any bytes as strings. The result is
 * JSON, and its strings read as what went in, as far as that was UTF-8. The line for people that the same
 * calls write is UTF-8 without anything that a terminal would obey.
 *
 * Input: one byte per call, and what it takes; a string is a byte of length and its bytes.
 */
#include <stdlib.h>

#include "base/macro.h"
#include "dbus/json/json.h"
#include "tests/fuzz/fuzz-input.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/json-check.h"

#define DEPTH_MAX 32u

static const uint8_t *take(Input *in, size_t n) {
        const uint8_t *data = in->data;

        n = MIN(n, in->left);
        in->data += n;
        in->left -= n;
        return data;
}

static size_t take_len(Input *in, size_t limit) {
        const size_t len = take_u8(in) % limit;

        return MIN(len, in->left);
}

static uint64_t take_u64(Input *in) {
        uint64_t value = 0;

        memcpy(&value, in->data, MIN(sizeof(value), in->left));
        (void) take(in, sizeof(value));
        return value;
}

/*
 * Returns what a reader must find: every byte that is no UTF-8 is replaced, and U+0000 is as in
 * json-check.h.
 */
static char *expected(const uint8_t *data, size_t len) {
        GString *text = g_string_new(NULL);

        while (len > 0) {
                const gunichar c =
                        *data == 0 ? 0xfffd : g_utf8_get_char_validated((const char *) data, (gssize) len);
                const bool bad = c == (gunichar) -1 || c == (gunichar) -2;
                const size_t n = bad || *data == 0 ? 1 : (size_t) g_utf8_skip[*data];

                g_string_append_unichar(text, bad ? 0xfffd : c);
                data += n;
                len -= n;
        }
        return g_string_free(text, FALSE);
}

static void put_string(JsonWriter *w, Input *in, GPtrArray *strings) {
        const size_t len = take_len(in, 256);
        const uint8_t *data = take(in, len);

        json_string_n(w, (const char *) data, len);
        g_ptr_array_add(strings, expected(data, len));
}

/* Writes a key, which is a string that ends at the first NUL. */
static void put_key(JsonWriter *w, Input *in, GPtrArray *strings) {
        const size_t len = take_len(in, 16);
        g_autofree char *key = g_strndup((const char *) take(in, len), len);

        json_key(w, key);
        g_ptr_array_add(strings, expected((const uint8_t *) key, strlen(key)));
}

static void put_hex(JsonWriter *w, Input *in, GPtrArray *strings) {
        const char separator = take_u8(in) % 2 ? ':' : 0;
        const size_t len = take_len(in, 256);
        const uint8_t *data = take(in, len);
        GString *text = g_string_new(NULL);

        for (size_t i = 0; i < len; i++)
                g_string_append_printf(text, "%s%02x", separator && i > 0 ? ":" : "", data[i]);
        json_hex(w, data, len, separator);
        g_ptr_array_add(strings, g_string_free(text, FALSE));
}

/* Writes one value. An object or an array is only opened. */
static void put_value(JsonWriter *w, Input *in, GPtrArray *strings, GByteArray *scopes) {
        const uint8_t choice = take_u8(in) % 10;
        uint64_t bits;
        double value;

        switch (scopes->len >= DEPTH_MAX && choice < 2 ? 9 : choice) {
        case 0:
                json_begin_object(w);
                g_byte_array_append(scopes, (const guint8 *) "}", 1);
                return;
        case 1:
                json_begin_array(w);
                g_byte_array_append(scopes, (const guint8 *) "]", 1);
                return;
        case 2:
        case 3:
                put_string(w, in, strings);
                return;
        case 4:
                json_u64(w, take_u64(in));
                return;
        case 5:
                json_i64(w, (int64_t) take_u64(in));
                return;
        case 6:
                bits = take_u64(in);
                memcpy(&value, &bits, sizeof(value));
                json_double(w, value);
                return;
        case 7:
                put_hex(w, in, strings);
                return;
        case 8:
                json_bool(w, take_u8(in) & 1);
                return;
        case 9:
                json_string(w, NULL);
                return;
        }
}

static void end_scope(JsonWriter *w, GByteArray *scopes) {
        if (scopes->data[scopes->len - 1] == '}')
                json_end_object(w);
        else
                json_end_array(w);
        g_byte_array_set_size(scopes, scopes->len - 1);
}

static char *write_all(Input in, bool text, GPtrArray *strings) {
        g_autoptr(GByteArray) scopes = g_byte_array_new();
        JsonWriter w = { .text = text };
        char *out;

        put_value(&w, &in, strings, scopes);
        while (scopes->len > 0) {
                if (in.left == 0 || *in.data % 11 == 10) {
                        (void) take(&in, 1);
                        end_scope(&w, scopes);
                        continue;
                }
                if (scopes->data[scopes->len - 1] == '}')
                        put_key(&w, &in, strings);
                put_value(&w, &in, strings, scopes);
        }
        out = json_finish(&w);
        assert(out);
        return out;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        g_autoptr(GPtrArray) wanted = g_ptr_array_new_with_free_func(g_free);
        g_autoptr(GPtrArray) found = g_ptr_array_new_with_free_func(g_free);
        g_autoptr(GPtrArray) ignored = g_ptr_array_new_with_free_func(g_free);
        const Input in = { .data = data, .left = size };
        char *json, *line;

        json = write_all(in, false, wanted);
        json_check(json, found);
        assert(found->len == wanted->len);
        for (guint i = 0; i < found->len; i++)
                assert(strcmp(found->pdata[i], wanted->pdata[i]) == 0);

        line = write_all(in, true, ignored);
        assert(g_utf8_validate(line, -1, NULL));
        for (const char *p = line; *p; p = g_utf8_next_char(p)) {
                const gunichar c = g_utf8_get_char(p);

                assert(c >= 0x20 && !(c >= 0x7f && c < 0xa0));
        }
        free(json);
        free(line);
        return 0;
}
