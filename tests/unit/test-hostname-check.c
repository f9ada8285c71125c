/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* plugin/hostname-check.c: which names a server may give this host. */
#include <glib.h>
#include <string.h>

#include "base/macro.h"
#include "plugin/hostname-check.h"

static void check(const char *text, const char *expected) {
        char name[HOST_NAME_SIZE] = "";
        const char *why = hostname_check(text, name);

        if (!expected)
                g_assert_nonnull(why);
        else {
                g_assert_null(why);
                g_assert_cmpstr(name, ==, expected);
        }
}

static void test_names(void) {
        static const char *const good[] = { "a", "A1-b", "3com", "a.b.c", "x--y.example", "1.a", "0xcafe" };

        for (size_t i = 0; i < ARRAY_SIZE(good); i++)
                check(good[i], good[i]);
        check("host.example.", "host.example");
}

static void test_no_names(void) {
        static const char *const bad[] = {
                "",    ".",    "..",   "a..b", ".a",  "a..",      "-a",    "a-",     "a.-b", "a b", "a_b",
                "a/b", "a\tb", "a\nb", "$(a)", "a;b", "\xc3\xa4", "a\x7f", "(none)", "a:1",  "a@b",
        };

        for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
                check(bad[i], NULL);
}

/* Names that every host has for itself (RFC 6761 §6.3), and addresses (RFC 1123 §2.1). */
static void test_special(void) {
        static const char *const bad[] = {
                "localhost",
                "LocalHost.",
                "localhost.localdomain",
                "a.localhost",
                "localhost.example.org",
                "localhost6",
                "x.localdomain",
                "10.0.0.1",
                "10.0.0.1.",
                "1",
                "example.123",
        };

        for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
                check(bad[i], NULL);
        check("localhosts", "localhosts");
        check("mylocalhost.example", "mylocalhost.example");
}

static void test_lengths(void) {
        g_autofree char *label63 = g_strnfill(63, 'a'), *label64 = g_strnfill(64, 'a');
        g_autofree char *name64 = g_strdup_printf("%.60s.org", label63);
        g_autofree char *name65 = g_strdup_printf("%.61s.org", label63);
        g_autofree char *name253 =
                g_strdup_printf("%.63s.%.63s.%.63s.%.61s", label63, label63, label63, label63);
        g_autofree char *name254 =
                g_strdup_printf("%.63s.%.63s.%.63s.%.62s", label63, label63, label63, label63);
        g_autofree char *label61 = g_strnfill(61, 'a');

        check(label63, label63);
        check(label64, NULL);
        check(name64, name64);
        check(name65, label61); /* more than Linux has room for */
        check(name253, label63);
        check(name254, NULL);
        check("123.aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.org",
              NULL); /* 123 would be left */
}

int main(int argc, char **argv) {
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/hostname-check/names", test_names);
        g_test_add_func("/hostname-check/no-names", test_no_names);
        g_test_add_func("/hostname-check/special", test_special);
        g_test_add_func("/hostname-check/lengths", test_lengths);
        return g_test_run();
}
