/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * dbus/json/json: the result is JSON whatever the input is. And D-Bus values as JSON
 * (dbus/json/json-message), from messages that are never sent.
 */
#include <glib.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-bus.h>

#include "base/macro.h"
#include "dbus/json/json-message.h"
#include "dbus/json/json.h"

static void assert_text(JsonWriter *w, const char *wanted) {
        char *text = json_finish(w);

        g_assert_cmpstr(text, ==, wanted);
        free(text);
}

static void test_values(void) {
        JsonWriter w = {};

        json_begin_object(&w);
        json_key(&w, "a");
        json_begin_array(&w);
        json_u64(&w, 0);
        json_u64(&w, UINT64_MAX);
        json_i64(&w, INT64_MIN);
        json_i64(&w, 7);
        json_end_array(&w);
        json_key(&w, "b");
        json_begin_object(&w);
        json_end_object(&w);
        json_key(&w, "c");
        json_bool(&w, true);
        json_key(&w, "d");
        json_null(&w);
        json_key(&w, "e");
        json_string(&w, NULL);
        json_key(&w, "f");
        json_raw(&w, "[1]");
        json_end_object(&w);
        assert_text(
                &w,
                "{\"a\":[0,18446744073709551615,-9223372036854775808,7],\"b\":{},\"c\":true,\"d\":null,\"e\":null,"
                "\"f\":[1]}");
}

static void test_doubles(void) {
        JsonWriter w = {};

        json_begin_array(&w);
        json_double(&w, 0.5);
        json_double(&w, NAN);
        json_double(&w, -INFINITY);
        json_end_array(&w);
        assert_text(&w, "[0.5,null,null]");
}

static void test_strings(void) {
        static const struct {
                const char *in, *out;
        } cases[] = {
                { "", "\"\"" },
                { "a\"b\\c/", "\"a\\\"b\\\\c/\"" },
                { "\n\t\x1b[31m\x7f", "\"\\u000a\\u0009\\u001b[31m\\u007f\"" },
                { "\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80", "\"\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80\"" },
                /*
                 * C1 control characters become escape sequences, and so do two line ends that break
                 * JavaScript
                 */
                { "\xc2\x9b\xe2\x80\xa8", "\"\\u009b\\u2028\"" },
                /* not UTF-8: alone, cut off, overlong, a surrogate, beyond the end */
                { "\xff", "\"\\ufffd\"" },
                { "\xe2\x82", "\"\\ufffd\\ufffd\"" },
                { "\xc0\x80", "\"\\ufffd\\ufffd\"" },
                { "\xe0\x80\x80", "\"\\ufffd\\ufffd\\ufffd\"" },
                { "\xed\xa0\x80", "\"\\ufffd\\ufffd\\ufffd\"" },
                { "\xf4\x90\x80\x80", "\"\\ufffd\\ufffd\\ufffd\\ufffd\"" },
                { "\xc3(", "\"\\ufffd(\"" },
        };

        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                JsonWriter w = {};

                json_string(&w, cases[i].in);
                assert_text(&w, cases[i].out);
        }
}

/*
 * If the length is given, a NUL is a character as any other. A sequence that ends beyond the length is
 * not looked at.
 */
static void test_string_n(void) {
        JsonWriter w = {};

        json_string_n(&w, "a\0\xc3\xa4", 3);
        assert_text(&w, "\"a\\u0000\\ufffd\"");
}

static void test_hex(void) {
        static const uint8_t data[] = { 0x00, 0x1f, 0xab };
        JsonWriter w = {};

        json_begin_array(&w);
        json_hex(&w, data, sizeof(data), 0);
        json_hex(&w, data, sizeof(data), ':');
        json_hex(&w, data, 1, ':');
        json_hex(&w, data, 0, ':');
        json_end_array(&w);
        assert_text(&w, "[\"001fab\",\"00:1f:ab\",\"00\",\"\"]");
}

static void test_growth(void) {
        JsonWriter w = {};
        char *text;

        json_begin_array(&w);
        for (unsigned i = 0; i < 20000; i++)
                json_u64(&w, 7);
        json_end_array(&w);
        text = json_finish(&w);
        g_assert_cmpuint(strlen(text), ==, 40001);
        g_assert_cmpint(text[40000], ==, ']');
        free(text);
}

/* After one failure nothing is given out, not even half of the text. The writer may be used again. */
static void test_too_long(void) {
        const size_t len = JSON_LEN_MAX / 2 + 1;
        char *long_text = g_malloc(len + 1);
        JsonWriter w = {};

        memset(long_text, 'x', len);
        long_text[len] = 0;
        json_begin_array(&w);
        json_raw(&w, long_text);
        g_assert_false(w.failed);
        json_raw(&w, long_text);
        g_assert_true(w.failed);
        json_null(&w);
        g_assert_null(json_finish(&w));
        g_free(long_text);
        json_bool(&w, false);
        assert_text(&w, "false");
}

static void assert_message_by(JsonWriter *w, const char *key, const char *wanted, const char *types,
                              va_list ap) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL;

        g_assert_cmpint(scratch_message_new(&m), >=, 0);
        g_assert_cmpint(sd_bus_message_appendv(m, types, ap), >=, 0);
        g_assert_cmpint(scratch_message_seal(m), >=, 0);
        g_assert_cmpint(json_message(w, m, key), >=, 0);
        g_assert_cmpint(sd_bus_message_at_end(m, true), >, 0);
        assert_text(w, wanted);
}

static void assert_message(const char *key, const char *wanted, const char *types, ...) {
        JsonWriter w = {};
        va_list ap;

        va_start(ap, types);
        assert_message_by(&w, key, wanted, types, ap);
        va_end(ap);
}

static void assert_line(const char *key, const char *wanted, const char *types, ...) {
        JsonWriter w = { .text = true };
        va_list ap;

        va_start(ap, types);
        assert_message_by(&w, key, wanted, types, ap);
        va_end(ap);
}

static void test_messages(void) {
        assert_message(NULL, "\"x\"", "s", "x");
        assert_message(NULL, "true", "b", 1);
        assert_message(NULL, "200", "y", 200);
        assert_message(NULL, "-5", "i", -5);
        assert_message(NULL, "7", "t", (uint64_t) 7);
        assert_message(NULL, "null", "t", UINT64_MAX);
        assert_message(NULL, "[\"a\",\"b\"]", "as", 2, "a", "b");
        assert_message(NULL, "[]", "as", 0);
        assert_message(NULL, "\"0a0b\"", "ay", 2, 10, 11);
        assert_message("ServerHardwareAddress", "\"0a:0b\"", "ay", 2, 10, 11);
        assert_message("HardwareAddressX", "\"0a0b\"", "ay", 2, 10, 11);
        assert_message(NULL, "{\"a\":1,\"b\":\"x\"}", "a{sv}", 2, "a", "u", 1, "b", "s", "x");
        assert_message(NULL, "{\"HardwareAddress\":\"0a:0b\"}", "a{sv}", 1, "HardwareAddress", "ay", 2, 10,
                       11);
        assert_message(NULL, "{}", "a{st}", 0);
        assert_message(NULL, "[[1,\"02\"]]", "a(uay)", 1, 1, 1, 2);
        assert_message("Options", "[{\"Code\":1,\"Data\":\"02\"}]", "a(uay)", 1, 1, 1, 2);
        /* PropertiesChanged and LeaseChanged look like this. */
        assert_message(NULL, "{\"Options\":[{\"Code\":1,\"Data\":\"02\"}]}", "a{sv}", 1, "Options", "a(uay)",
                       1, 1, 1, 2);
        assert_message("Options", "[[1,2]]", "a(uu)", 1, 1, 2);
        assert_message(NULL, "[[\"a\",[]],[\"b\",[\"c\"]]]", "a(sas)", 2, "a", 0, "b", 1, "c");
}

/* Bytes are shown as text to people if they can only be text. */
static void test_lines(void) {
        assert_line(NULL, "eth0", "ay", 4, 'e', 't', 'h', '0');
        assert_line(NULL, "\"a b\"", "ay", 3, 'a', ' ', 'b');
        assert_line(NULL, "6131", "ay", 2, 'a', '1');
        assert_line(NULL, "6508", "ay", 2, 'e', 8);
        assert_line("HardwareAddress", "65:74", "ay", 2, 'e', 't');
        assert_message(NULL, "\"65746830\"", "ay", 4, 'e', 't', 'h', '0');
}

int main(int argc, char **argv) {
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/json/values", test_values);
        g_test_add_func("/json/doubles", test_doubles);
        g_test_add_func("/json/strings", test_strings);
        g_test_add_func("/json/string-n", test_string_n);
        g_test_add_func("/json/hex", test_hex);
        g_test_add_func("/json/growth", test_growth);
        g_test_add_func("/json/too-long", test_too_long);
        g_test_add_func("/json/messages", test_messages);
        g_test_add_func("/json/lines", test_lines);
        return g_test_run();
}
