/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The JSON writer (contract: dbus/json/json.h). It owns one growing buffer. stdio and the locale play a part
 * only when a double is written.
 */
#include "dbus/json/json.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void json_clear(JsonWriter *w) {
        free(w->data);
        *w = (JsonWriter){};
}

static void put(JsonWriter *w, const void *data, size_t len) {
        if (w->failed)
                return;
        if (len > JSON_LEN_MAX - w->len) {
                w->failed = true;
                return;
        }
        if (len > w->size - w->len) {
                size_t size = w->size > 0 ? w->size : 256;
                char *p;

                while (size - w->len < len)
                        size *= 2;
                p = realloc(w->data, size);
                if (!p) {
                        w->failed = true;
                        return;
                }
                w->data = p;
                w->size = size;
        }
        memcpy(w->data + w->len, data, len);
        w->len += len;
}

static void put_char(JsonWriter *w, char c) {
        put(w, &c, 1);
}

/* Writes the comma before a value or key, if there must be one. */
static void begin_item(JsonWriter *w) {
        if (w->comma)
                put(w, ", ", w->text ? 2 : 1);
        w->comma = true;
}

static void open_scope(JsonWriter *w, char bracket) {
        begin_item(w);
        if (!w->text || w->depth > 0)
                put_char(w, bracket);
        w->comma = false;
        w->depth++;
}

static void close_scope(JsonWriter *w, char bracket) {
        assert(w->depth > 0);
        w->depth--;
        if (!w->text || w->depth > 0)
                put_char(w, bracket);
        w->comma = true;
}

void json_begin_object(JsonWriter *w) {
        open_scope(w, '{');
}

void json_end_object(JsonWriter *w) {
        close_scope(w, '}');
}

void json_begin_array(JsonWriter *w) {
        open_scope(w, '[');
}

void json_end_array(JsonWriter *w) {
        close_scope(w, ']');
}

/*
 * Stores the code point of the UTF-8 sequence at @s, and returns how many bytes it has. Returns 0 if there
 * is no valid sequence (RFC 3629 §4: no overlong forms, no surrogates).
 */
static size_t utf8_sequence(const unsigned char *s, size_t len, uint32_t *ret) {
        static const uint32_t smallest[] = { 0, 0, 0x80, 0x800, 0x10000 };
        size_t n;
        uint32_t c;

        if (s[0] < 0x80) {
                *ret = s[0];
                return 1;
        }
        if (s[0] >= 0xc2 && s[0] <= 0xdf)
                n = 2;
        else if (s[0] >= 0xe0 && s[0] <= 0xef)
                n = 3;
        else if (s[0] >= 0xf0 && s[0] <= 0xf4)
                n = 4;
        else
                return 0;
        if (n > len)
                return 0;
        c = s[0] & (0x7fu >> n);
        for (size_t i = 1; i < n; i++) {
                if ((s[i] & 0xc0) != 0x80)
                        return 0;
                c = c << 6 | (s[i] & 0x3f);
        }
        if (c < smallest[n] || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
                return 0;
        *ret = c;
        return n;
}

static void put_escape(JsonWriter *w, uint32_t c) {
        static const char digits[] = "0123456789abcdef";
        const char text[] = {
                '\\', 'u', digits[c >> 12 & 15], digits[c >> 8 & 15], digits[c >> 4 & 15], digits[c & 15]
        };

        put(w, text, sizeof(text));
}

/* Returns true if the string is clear without quotes in text mode. */
static bool is_plain(const char *value, size_t len) {
        for (size_t i = 0; i < len; i++)
                if (value[i] <= ' ' || value[i] >= 0x7f || strchr("\"\\,[]{}", value[i]))
                        return false;
        return len > 0;
}

void json_string_n(JsonWriter *w, const char *value, size_t len) {
        const unsigned char *s = (const unsigned char *) value;

        begin_item(w);
        if (w->text && is_plain(value, len)) {
                put(w, value, len);
                return;
        }
        put_char(w, '"');
        while (len > 0) {
                uint32_t c = 0;
                size_t n;

                n = utf8_sequence(s, len, &c);
                if (n == 0) {
                        put(w, "\\ufffd", 6);
                        n = 1;
                } else if (c == '"' || c == '\\') {
                        put_char(w, '\\');
                        put_char(w, (char) c);
                } else if (c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x2028 || c == 0x2029)
                        put_escape(w, c);
                else
                        put(w, s, n);
                s += n;
                len -= n;
        }
        put_char(w, '"');
}

void json_string(JsonWriter *w, const char *value) {
        if (value)
                json_string_n(w, value, strlen(value));
        else
                json_null(w);
}

void json_key(JsonWriter *w, const char *key) {
        json_string(w, key);
        put_char(w, w->text ? '=' : ':');
        w->comma = false;
}

void json_raw(JsonWriter *w, const char *text) {
        begin_item(w);
        put(w, text, strlen(text));
}

void json_null(JsonWriter *w) {
        json_raw(w, "null");
}

void json_bool(JsonWriter *w, bool value) {
        json_raw(w, value ? "true" : "false");
}

static void put_digits(JsonWriter *w, uint64_t value) {
        char text[20];
        size_t i = sizeof(text);

        do {
                text[--i] = (char) ('0' + value % 10);
                value /= 10;
        } while (value > 0);
        put(w, text + i, sizeof(text) - i);
}

void json_u64(JsonWriter *w, uint64_t value) {
        begin_item(w);
        put_digits(w, value);
}

void json_i64(JsonWriter *w, int64_t value) {
        begin_item(w);
        if (value < 0)
                put_char(w, '-');
        put_digits(w, value < 0 ? -(uint64_t) value : (uint64_t) value);
}

void json_double(JsonWriter *w, double value) {
        char text[40];

        if (!isfinite(value)) {
                json_null(w);
                return;
        }
        (void) snprintf(text, sizeof(text), "%.17g", value);
        for (char *p = text; *p; p++)
                if (*p == ',') /* the decimal point of some locales */
                        *p = '.';
        json_raw(w, text);
}

void json_hex(JsonWriter *w, const uint8_t *data, size_t len, char separator) {
        static const char digits[] = "0123456789abcdef";
        const bool quotes = !w->text || len == 0;

        begin_item(w);
        if (quotes)
                put_char(w, '"');
        for (size_t i = 0; i < len; i++) {
                const char text[] = { digits[data[i] >> 4], digits[data[i] & 15] };

                if (separator && i > 0)
                        put_char(w, separator);
                put(w, text, sizeof(text));
        }
        if (quotes)
                put_char(w, '"');
}

char *json_finish(JsonWriter *w) {
        char *text = NULL;

        assert(w->failed || w->depth == 0);
        put_char(w, 0);
        if (!w->failed) {
                text = w->data;
                w->data = NULL;
        }
        json_clear(w);
        return text;
}
