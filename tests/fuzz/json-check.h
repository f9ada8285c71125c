/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * A strict reader of JSON (RFC 8259) for what the project writes. It keeps nothing but the strings. It
 * shares no code with the writer, so that the two cannot be wrong in the same way: GLib judges UTF-8, and
 * no character that a terminal would obey may be in the text as it is.
 */
#include <assert.h>
#include <glib.h>
#include <string.h>

#define JSON_CHECK_DEPTH_MAX 64

typedef struct JsonCheck {
        const char *at;
        /* Every string and key (char *), decoded. U+0000 is kept as U+FFFD. NULL: the caller wants none. */
        GPtrArray *strings;
} JsonCheck;

static inline void json_check_blank(JsonCheck *c) {
        while (*c->at == ' ' || *c->at == '\t' || *c->at == '\n' || *c->at == '\r')
                c->at++;
}

static inline void json_check_char(JsonCheck *c, char wanted) {
        assert(*c->at == wanted);
        c->at++;
}

static inline gunichar json_check_escape(JsonCheck *c) {
        gunichar value = 0;

        c->at++;
        switch (*c->at) {
        case '"':
        case '\\':
        case '/':
                return (guchar) *c->at++;
        case 'u':
                c->at++;
                for (unsigned i = 0; i < 4; i++) {
                        assert(g_ascii_isxdigit(*c->at));
                        value = value << 4 | (gunichar) g_ascii_xdigit_value(*c->at++);
                }
                assert(value < 0xd800 || value > 0xdfff); /* the writer has no need for surrogates */
                return value != 0 ? value : 0xfffd;
        }
        assert(!"an escape that JSON does not know");
        return 0;
}

static inline void json_check_string(JsonCheck *c) {
        g_autoptr(GString) text = g_string_new(NULL);

        json_check_char(c, '"');
        while (*c->at != '"') {
                gunichar value;

                if (*c->at == '\\') {
                        g_string_append_unichar(text, json_check_escape(c));
                        continue;
                }
                value = g_utf8_get_char_validated(c->at, -1);
                assert(value != (gunichar) -1 && value != (gunichar) -2);
                assert(value >= 0x20 && !(value >= 0x7f && value < 0xa0));
                g_string_append_unichar(text, value);
                c->at = g_utf8_next_char(c->at);
        }
        c->at++;
        if (c->strings)
                g_ptr_array_add(c->strings, g_strdup(text->str));
}

static inline void json_check_digits(JsonCheck *c) {
        assert(g_ascii_isdigit(*c->at));
        while (g_ascii_isdigit(*c->at))
                c->at++;
}

static inline void json_check_number(JsonCheck *c) {
        if (*c->at == '-')
                c->at++;
        if (*c->at == '0')
                c->at++;
        else
                json_check_digits(c);
        if (*c->at == '.') {
                c->at++;
                json_check_digits(c);
        }
        if (*c->at == 'e' || *c->at == 'E') {
                c->at++;
                if (*c->at == '+' || *c->at == '-')
                        c->at++;
                json_check_digits(c);
        }
}

static inline void json_check_value(JsonCheck *c, unsigned depth);

static inline void json_check_items(JsonCheck *c, char end, unsigned depth) {
        c->at++;
        json_check_blank(c);
        if (*c->at == end) {
                c->at++;
                return;
        }
        for (;;) {
                if (end == '}') {
                        json_check_blank(c);
                        json_check_string(c);
                        json_check_blank(c);
                        json_check_char(c, ':');
                }
                json_check_value(c, depth + 1);
                if (*c->at != ',')
                        break;
                c->at++;
        }
        json_check_char(c, end);
}

static inline void json_check_value(JsonCheck *c, unsigned depth) {
        static const char *const words[] = { "null", "true", "false" };

        assert(depth < JSON_CHECK_DEPTH_MAX);
        json_check_blank(c);
        if (*c->at == '{')
                json_check_items(c, '}', depth);
        else if (*c->at == '[')
                json_check_items(c, ']', depth);
        else if (*c->at == '"')
                json_check_string(c);
        else if (g_ascii_isalpha(*c->at)) {
                size_t i;

                for (i = 0; i < G_N_ELEMENTS(words) && !g_str_has_prefix(c->at, words[i]); i++)
                        ;
                assert(i < G_N_ELEMENTS(words));
                c->at += strlen(words[i]);
        } else
                json_check_number(c);
        json_check_blank(c);
}

/*
 * Ends the program unless @text is one JSON value and nothing else. @strings (may be NULL) takes its
 * strings; the caller frees them.
 */
static inline void json_check(const char *text, GPtrArray *strings) {
        JsonCheck c = { .at = text, .strings = strings };

        json_check_value(&c, 0);
        assert(*c.at == '\0');
}
