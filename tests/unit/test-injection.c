/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a hostile server puts into strings, in every option, and every place where it is shown: the
 * accessor by which D-Bus, journal, state files and plugins read it, the JSON, and the line for people.
 * What the server wrote must not end a line, drive a terminal or end a string there.
 * test-hook-environment.c tests what hooks get of it.
 */
#include <glib.h>
#include <stdlib.h>
#include <string.h>

#include "base/macro.h"
#include "dbus/json/json-option.h"
#include "tests/fuzz/json-check.h"
#include "tests/unit/stride.h"
#include "wire/dhcp4-fqdn.h"
#include "wire/dhcp4-message.h"
#include "wire/dhcp4-options.h"

#define INJECTION(text) \
        { text, sizeof(text) - 1 }

static const struct {
        const char *text;
        size_t len;
} injections[] = {
        INJECTION("\""),
        INJECTION("a\",\"Address\":\"10.0.0.1"),
        INJECTION("\\\""),
        INJECTION("'; reboot; '"),
        INJECTION("`reboot`"),
        INJECTION("$(reboot)"),
        INJECTION("${IFS}"),
        INJECTION("() { :;}; reboot"),
        INJECTION("a\nNameserver=10.0.0.1"),
        INJECTION("a\r\nversion=1"),
        INJECTION("a;b|c&d>e<f"),
        INJECTION("\x1b[2J\x1b]0;title\x07"),
        INJECTION("\x9b"
                  "2J"),
        INJECTION("\xc2\x9b"
                  "2J"),
        INJECTION("\xe2\x80\xae"
                  "txt.exe"),
        INJECTION("\xff\xfe\x80"),
        INJECTION("%s%n%p"),
        INJECTION("../../etc/passwd"),
        INJECTION("-rf"),
        INJECTION("<b>&amp;</b>"),
        INJECTION("a\0b"),
        INJECTION("\x7f\b\b\b"),
        INJECTION("}]}"),
        INJECTION("a=b, c=[d]"),
};

static void assert_printable(const char *text) {
        for (const char *p = text; *p; p++)
                g_assert_true(*p >= 0x20 && *p <= 0x7e);
}

static char *render(uint8_t code, const uint8_t *data, size_t len, bool text) {
        JsonWriter w = { .text = text };

        json_option(&w, code, data, len);
        return json_finish(&w);
}

static void check_renderings(uint8_t code, const uint8_t *data, size_t len) {
        g_autoptr(GPtrArray) strings = g_ptr_array_new_with_free_func(g_free);
        char *json = render(code, data, len, false), *line = render(code, data, len, true);

        g_assert_nonnull(json);
        g_assert_nonnull(line);
        json_check(json, strings);
        assert_printable(json);
        assert_printable(line);
        for (guint i = 0; i < strings->len; i++)
                assert_printable(strings->pdata[i]);
        /* A text that could be taken for more than one value is quoted. */
        if (json[0] == '"' && strpbrk(json + 1, " ,[]{}"))
                g_assert_cmpint(line[0], ==, '"');
        free(json);
        free(line);
}

static void check_accessors(uint8_t code, const uint8_t *data, size_t len) {
        uint8_t buffer[DHCP4_MESSAGE_MAX_LEN];
        const Dhcp4Header header = { .op = DHCP4_OP_BOOTREPLY, .htype = 1, .hlen = 6 };
        char text[512];
        Dhcp4Builder b;
        Dhcp4Message m;
        Dhcp4Fqdn fqdn;
        size_t n;

        dhcp4_builder_init(&b, buffer, sizeof(buffer), &header, DHCP4_ACK);
        dhcp4_builder_append(&b, code, data, len);
        g_assert_cmpint(dhcp4_builder_finish(&b, &n), ==, 0);
        g_assert_cmpint(dhcp4_message_parse(buffer, n, &m), ==, 0);
        /* The message is valid, whatever becomes of the option. */
        if (code != DHCP4_OPTION_MESSAGE_TYPE)
                g_assert_cmpint(m.type, ==, DHCP4_ACK);
        if (dhcp4_message_get_string(&m, code, text, sizeof(text)) == 0) {
                assert_printable(text);
                g_assert_cmpuint(strlen(text), <=, len);
        }
        if (code == DHCP4_OPTION_FQDN && !dhcp4_fqdn_decode(data, len, &fqdn))
                assert_printable(fqdn.name);
}

static void check_option(uint8_t code, const char *data, size_t len) {
        check_renderings(code, (const uint8_t *) data, len);
        if (code != DHCP4_OPTION_MESSAGE_TYPE)
                check_accessors(code, (const uint8_t *) data, len);
}

static void test_plain(void) {
        const unsigned stride = test_stride();

        for (unsigned code = 1; code < 255; code++)
                for (size_t i = code % stride; i < ARRAY_SIZE(injections); i += stride)
                        check_option((uint8_t) code, injections[i].text, injections[i].len);
}

/*
 * The string is a label of a DNS name, which is how domains, SIP servers, DNR and the FQDN carry text; or
 * it has its length in front, as in classes.
 */
static void test_inner(void) {
        static const struct {
                const char *before, *after;
                size_t before_len, after_len;
        } wraps[] = {
                { "", "\0", 0, 1 },               /* 119 */
                { "", "", 0, 0 },                 /* 77 */
                { "\0", "\0", 1, 1 },             /* 120 */
                { "\4\xff\xff", "\0", 3, 1 },     /* 81 */
                { "\0\0\0\1\x10", "", 5, 0 },     /* 124, 125 with the wrong lengths */
                { "\1", "", 1, 0 },               /* 43, 82: code 1 */
                { "\0\x20\0\1\x1e", "\0", 5, 1 }, /* 162 */
        };
        const unsigned stride = test_stride();

        for (unsigned code = 1; code < 255; code++)
                for (size_t w = 0; w < ARRAY_SIZE(wraps); w++)
                        for (size_t i = (code + w) % stride; i < ARRAY_SIZE(injections); i += stride) {
                                g_autoptr(GString) data =
                                        g_string_new_len(wraps[w].before, (gssize) wraps[w].before_len);

                                g_string_append_c(data, (char) injections[i].len);
                                g_string_append_len(data, injections[i].text, (gssize) injections[i].len);
                                g_string_append_len(data, wraps[w].after, (gssize) wraps[w].after_len);
                                check_option((uint8_t) code, data->str, data->len);
                        }
}

/*
 * The strings do reach the places that are checked. A test that only ever sees "null" would prove
 * nothing.
 */
static void test_is_shown(void) {
        char *json = render(DHCP4_OPTION_HOSTNAME, (const uint8_t *) "$(reboot)", 9, false);

        g_assert_cmpstr(json, ==, "\"$(reboot)\"");
        free(json);
        json = render(56, (const uint8_t *) "a\nb\x1b[2J", 7, false);
        g_assert_cmpstr(json, ==, "\"a?b?[2J\"");
        free(json);
}

int main(int argc, char *argv[]) {
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/injection/plain", test_plain);
        g_test_add_func("/injection/inner", test_inner);
        g_test_add_func("/injection/is-shown", test_is_shown);
        return g_test_run();
}
