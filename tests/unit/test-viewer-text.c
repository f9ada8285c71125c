/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the window says: hostile texts do no harm, values of every type become words, and the countdown
 * causes no wake-up for what cannot be seen.
 */
#include "dbus/viewer/viewer-text.h"

#include <locale.h>
#include <stdlib.h>
#include <string.h>

#define SECOND ((guint64) G_USEC_PER_SEC)
#define MINUTE (60 * SECOND)
#define HOUR   (60 * MINUTE)

static void assert_text(char *got, const char *expected) {
        g_assert_cmpstr(got, ==, expected);
        g_free(got);
}

static void test_clean(void) {
        static const struct {
                const char *text, *clean;
        } cases[] = {
                { NULL, "" },
                { "", "" },
                { "eth0", "eth0" },
                { "<b>bold</b> & more", "<b>bold</b> & more" },
                { "a\nb\tc\r", "a<U+000A>b<U+0009>c<U+000D>" },
                { "\033[31mred\177", "<U+001B>[31mred<U+007F>" },
                { "txt\u202egpj.exe", "txt<U+202E>gpj.exe" },
                { "\u2066a\u2069\u200f\u061c", "<U+2066>a<U+2069><U+200F><U+061C>" },
                { "a\u200bb\ufeff\u2028\u2029", "a<U+200B>b<U+FEFF><U+2028><U+2029>" },
                { "\xc2\x85", "<U+0085>" },
                { "\xff\xfe ok \xe2\x82", "<FF><FE> ok <E2><82>" },
                { "caf\u00e9 \u4e2d\u6587 \u05d0\u05d1", "caf\u00e9 \u4e2d\u6587 \u05d0\u05d1" },
        };

        for (size_t i = 0; i < G_N_ELEMENTS(cases); i++)
                assert_text(viewer_text_clean(cases[i].text, 100), cases[i].clean);
}

static void test_clean_is_bounded(void) {
        g_autofree char *a = g_strnfill(100000, 'a');

        assert_text(viewer_text_clean("abcdef", 3), "abc…");
        assert_text(viewer_text_clean("abc", 3), "abc");
        assert_text(viewer_text_clean("\u00e9\u00e9\u00e9\u00e9", 3), "\u00e9\u00e9\u00e9…");
        g_autofree char *clean = viewer_text_clean(a, VIEWER_TEXT_MAX);
        g_assert_cmpuint(g_utf8_strlen(clean, -1), ==, VIEWER_TEXT_MAX + 1);
}

/* Whatever the bytes are, the result is UTF-8 without invisible characters. */
static void test_clean_anything(void) {
        for (unsigned i = 0; i < 2000; i++) {
                char bytes[40] = {};
                g_autofree char *clean = NULL;

                for (size_t j = 0; j < sizeof(bytes) - 1; j++)
                        bytes[j] = g_random_int_range(1, 256);
                clean = viewer_text_clean(bytes, 1000);
                g_assert_true(g_utf8_validate(clean, -1, NULL));
                for (const char *at = clean; *at; at = g_utf8_next_char(at)) {
                        GUnicodeType type = g_unichar_type(g_utf8_get_char(at));

                        g_assert_true(type != G_UNICODE_CONTROL && type != G_UNICODE_FORMAT);
                }
        }
}

static void test_bytes(void) {
        static const unsigned char mac[] = { 0x02, 0x42, 0xac, 0, 0x11, 0x02 };

        assert_text(viewer_text_bytes(mac, sizeof(mac), ":", 6), "02:42:ac:00:11:02");
        assert_text(viewer_text_bytes(mac, sizeof(mac), " ", 2), "02 42 … (6 bytes)");
        assert_text(viewer_text_bytes(NULL, 0, " ", 2), "");
        assert_text(viewer_text_bytes_variant(NULL, ":", 6), "");
}

static void test_value(void) {
        static const struct {
                const char *name, *value, *text;
        } cases[] = {
                { "routers", "['10.0.0.1', '10.0.0.2']", "10.0.0.1, 10.0.0.2" },
                { "domain-name", "'<i>x</i>\\n'", "<i>x</i><U+000A>" },
                { "ip-forwarding", "true", "yes" },
                { "lease-time", "uint32 3600", "3600 (1 h)" },
                { "lease-time", "uint32 4294967295", "4294967295 (for ever)" },
                { "interface-mtu", "uint32 1400", "1400" },
                { "time-offset", "-3600", "-3600" },
                { "224", "[byte 0x01, 0x02, 0xff]", "01 02 ff" },
                { "path-mtu-plateau-table", "[uint32 68, 1500]", "68, 1500" },
                { "user-class", "[[byte 0x61], [0x62]]", "61, 62" },
                { "classless-static-routes",
                  "[{'Destination': <'192.0.2.0'>, 'PrefixLength': <uint32 24>, 'Gateway': <'10.0.0.2'>}, "
                  "{'Destination': <'198.51.100.0'>, 'PrefixLength': <uint32 25>, 'Gateway': <''>}]",
                  "192.0.2.0/24 via 10.0.0.2; 198.51.100.0/25" },
                { "client-fqdn", "{'Name': <'a.example'>, 'Qualified': <true>, 'Flags': <['S']>}",
                  "Name: a.example, Qualified: yes, Flags: S" },
                { "odd", "<<<<<<<<'deep'>>>>>>>>", "…" },
        };

        for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
                g_autoptr(GVariant) value = g_variant_parse(NULL, cases[i].value, NULL, NULL, NULL);

                g_assert_nonnull(value);
                assert_text(viewer_text_value(cases[i].name, value), cases[i].text);
        }
}

static void test_value_is_bounded(void) {
        GVariantBuilder builder;
        g_autoptr(GVariant) value = NULL;
        g_autofree char *text = NULL;

        g_variant_builder_init(&builder, G_VARIANT_TYPE("as"));
        for (unsigned i = 0; i < 10000; i++)
                g_variant_builder_add(&builder, "s", "a.long.name.example");
        value = g_variant_ref_sink(g_variant_builder_end(&builder));
        text = viewer_text_value("domain-search", value);
        g_assert_cmpuint(g_utf8_strlen(text, -1), ==, 4 * VIEWER_TEXT_MAX + 1);
}

static void test_list(void) {
        g_autofree char *long_text = g_strnfill(VIEWER_TEXT_MAX, 'a');
        const char *many[1000] = {};

        for (size_t i = 0; i < G_N_ELEMENTS(many) - 1; i++)
                many[i] = "x";
        g_autofree char *list = viewer_text_list(many, ",");
        g_assert_cmpuint(g_utf8_strlen(list, -1), ==, 2 * VIEWER_LIST_MAX + 1);
        for (size_t i = 0; i < G_N_ELEMENTS(many) - 1; i++)
                many[i] = long_text;
        g_autofree char *bounded = viewer_text_list(many, ",");
        g_assert_cmpuint(strlen(bounded), <, VIEWER_VALUE_MAX + 2 * VIEWER_TEXT_MAX);
        assert_text(viewer_text_list((const char *[]){ "a", "b\n", NULL }, ", "), "a, b<U+000A>");
        assert_text(viewer_text_list(NULL, ", "), "");
}

static void test_span(void) {
        assert_text(viewer_text_span(0), "0 s");
        assert_text(viewer_text_span(59 * SECOND), "59 s");
        assert_text(viewer_text_span(61 * SECOND), "1 min 1 s");
        assert_text(viewer_text_span(HOUR), "1 h");
        assert_text(viewer_text_span(25 * HOUR + MINUTE), "1 d 1 h");
        assert_text(viewer_text_span(VIEWER_NEVER), "for ever");
}

static void test_left(void) {
        assert_text(viewer_text_left(5, VIEWER_NEVER), "never ends");
        assert_text(viewer_text_left(5, 5), "over");
        assert_text(viewer_text_left(6, 5), "over");
        assert_text(viewer_text_left(0, 1), "1 s left");
        assert_text(viewer_text_left(0, 119 * SECOND), "1 min 59 s left");
        assert_text(viewer_text_left(0, 43 * MINUTE + 59 * SECOND), "43 min left");
        assert_text(viewer_text_left(0, 2 * HOUR), "2 h left");
}

static void test_when(void) {
        g_autofree char *now = viewer_text_when(g_get_real_time());
        g_autofree char *past = viewer_text_when(86400 * SECOND);

        assert_text(viewer_text_when(0), "");
        assert_text(viewer_text_when(VIEWER_NEVER), "never");
        assert_text(viewer_text_when(VIEWER_NEVER - 1), "");
        g_assert_cmpuint(strlen(past), >, strlen(now));
}

/*
 * Nothing changes between two of the instants that are told, and something changes at each of them, down
 * to the end.
 */
static void check_countdown(guint64 start, guint64 end, unsigned pixels, unsigned steps_max) {
        guint64 now = start;
        unsigned steps = 0;

        while (now < end) {
                guint64 next = viewer_next_change(now, start, end, pixels);
                g_autofree char *before = viewer_text_left(now, end),
                                *still = viewer_text_left(next - 1, end),
                                *after = viewer_text_left(next, end);

                g_assert_cmpuint(next, >, now);
                g_assert_cmpuint(next, <=, end);
                g_assert_cmpstr(before, ==, still);
                if (pixels == 0)
                        g_assert_cmpstr(before, !=, after);
                now = next;
                steps++;
        }
        g_assert_cmpuint(steps, <=, steps_max);
        g_assert_cmpuint(viewer_next_change(now, start, end, pixels), ==, VIEWER_NEVER);
}

static void test_next_change(void) {
        check_countdown(17, 17 + HOUR, 0, 60 + 120);
        check_countdown(17, 17 + HOUR + 123457, 0, 61 + 120);
        check_countdown(17, 17 + HOUR, 300, 60 + 120 + 300);
        check_countdown(17, 17 + 24 * HOUR, 300, 24 * 60 + 120 + 300);
        check_countdown(17, 17 + 10 * SECOND + 1, 300, 2 * 11);
        g_assert_cmpuint(viewer_next_change(5, 0, VIEWER_NEVER, 100), ==, VIEWER_NEVER);
}

static void test_fraction(void) {
        g_assert_cmpfloat(viewer_fraction_left(0, 0, 10), ==, 1);
        g_assert_cmpfloat(viewer_fraction_left(5, 0, 10), ==, 0.5);
        g_assert_cmpfloat(viewer_fraction_left(10, 0, 10), ==, 0);
        g_assert_cmpfloat(viewer_fraction_left(11, 0, 10), ==, 0);
        g_assert_cmpfloat(viewer_fraction_left(1, 5, 10), ==, 1);
        g_assert_cmpfloat(viewer_fraction_left(7, 5, 5), ==, 0);
        g_assert_cmpfloat(viewer_fraction_left(7, 5, VIEWER_NEVER), ==, 1);
}

static void test_words(void) {
        gboolean startable;

        g_assert_cmpstr(viewer_state_of_link("configured").word, ==, "Configured");
        g_assert_cmpstr(viewer_state_of_link("new in version 9").word, ==, "Unknown state");
        g_assert_cmpstr(viewer_state_of_link(NULL).word, ==, "Unknown state");
        g_assert_cmpstr(viewer_state_of_candidate("down", &startable).word, ==, "Down");
        g_assert_true(startable);
        g_assert_cmpstr(viewer_state_of_candidate("switched-off", &startable).word, ==, "Switched off");
        g_assert_false(startable);
        g_assert_cmpstr(viewer_text_lease_changed("bound", ""), ==, "Lease obtained");
        g_assert_cmpstr(viewer_text_lease_changed("lost", "nak"), ==, "Lease lost: the server refused it");
        g_assert_cmpstr(viewer_text_lease_changed("lost", "new"), ==, "Lease lost");
        g_assert_cmpstr(viewer_text_lease_changed("new", NULL), ==, "Lease changed");
        g_assert_cmpstr(viewer_text_origin("dhcp"), ==, "DHCP");
        g_assert_cmpstr(viewer_text_origin(""), ==, "");
}

int main(int argc, char *argv[]) {
        setenv("TZ", "UTC", 1);
        g_test_init(&argc, &argv, NULL);
        setlocale(LC_ALL, "C.UTF-8");
        g_test_add_func("/viewer-text/clean", test_clean);
        g_test_add_func("/viewer-text/clean-is-bounded", test_clean_is_bounded);
        g_test_add_func("/viewer-text/clean-anything", test_clean_anything);
        g_test_add_func("/viewer-text/bytes", test_bytes);
        g_test_add_func("/viewer-text/value", test_value);
        g_test_add_func("/viewer-text/value-is-bounded", test_value_is_bounded);
        g_test_add_func("/viewer-text/list", test_list);
        g_test_add_func("/viewer-text/span", test_span);
        g_test_add_func("/viewer-text/left", test_left);
        g_test_add_func("/viewer-text/when", test_when);
        g_test_add_func("/viewer-text/next-change", test_next_change);
        g_test_add_func("/viewer-text/fraction", test_fraction);
        g_test_add_func("/viewer-text/words", test_words);
        return g_test_run();
}
