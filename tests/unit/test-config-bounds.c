/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The bounds of configuration values: the longest value is taken without a word, and a value that is
 * longer by a byte (or word, or number) is reported. What the values do is tested elsewhere
 * (test-config*.c).
 */
#include <string.h>

#include "tests/unit/config-fixture.h"

/* A value is @before, then @unit @n times, then @after. */
typedef struct Bound {
        const char *section, *key, *before, *unit, *after;
        unsigned n;          /* the value is full with so many */
        const char *problem; /* of one more; this is part of the text */
} Bound;

#define LABELS_190 \
        "a23456789012345678901234567890123456789012345678901234567890123." \
        "a23456789012345678901234567890123456789012345678901234567890123." \
        "a2345678901234567890123456789012345678901234567890123456789012"

static const Bound bounds[] = {
        { "Manager", "CLATInterface", "", "a ", "", 64, "more than 64 patterns" },
        { "Manager", "CLATInterface", "", "a", "", 255, "longer than 255 bytes" },
        { "DHCPv4", "VendorClassIdentifier", "", "a", "", 255, "VendorClassIdentifier" },
        { "DHCPv4", "UserClass", "", "a", "", 254, "UserClass" },
        { "DHCPv4", "UserClass", "", "a ", "", 127, "UserClass" },
        { "DHCPv4", "MUDURL", "https://", "a", "", 247, "MUDURL" },
        { "DHCPv4", "Hostname", "", "a", ".example", 63, "Hostname" },
        { "DHCPv4", "Hostname", LABELS_190 ".", "a", "", 62, "Hostname" },
        { "Hook test", "User", "", "a", "", 31, "User" },
        { "Hook test", "WritablePaths", "", "/a ", "", 16, "more than 16 paths" },
};

static char *make(const Bound *bound, unsigned n) {
        GString *text = g_string_new(NULL);

        g_string_append_printf(text, "[%s]\n%s=%s", bound->section, bound->key, bound->before);
        for (unsigned i = 0; i < n; i++)
                g_string_append(text, bound->unit);
        g_string_append_printf(text, "%s\n", bound->after);
        return g_string_free(text, FALSE);
}

static void test_values(Fixture *f, gconstpointer data) {
        for (size_t i = 0; i < G_N_ELEMENTS(bounds); i++) {
                g_autofree char *full = make(&bounds[i], bounds[i].n);
                g_autofree char *over = make(&bounds[i], bounds[i].n + 1);

                g_test_message("%s", full);
                fixture_load_text(f, full);
                fixture_check_problem(f, NULL);
                fixture_load_text(f, over);
                fixture_check_problem(f, bounds[i].problem);
        }
}

static void test_match_name(Fixture *f, gconstpointer data) {
        const Bound bound = { "Match", "Name", "", "*", "", 255, "Name" };
        g_autofree char *full = make(&bound, bound.n), *over = make(&bound, bound.n + 1);

        fixture_put(f, "etc/links/a.conf", full);
        fixture_load(f);
        fixture_check_problem(f, NULL);
        g_assert_nonnull(fixture_find(f, "eth0")->file);
        fixture_put(f, "etc/links/a.conf", over);
        fixture_load(f);
        g_assert_cmpuint(f->problems->len, >, 0);
        g_assert_null(fixture_find(f, "eth0")->file);
}

/* Numbers: the largest one is taken, the next one is not. */
static void test_numbers(Fixture *f, gconstpointer data) {
        static const struct {
                const char *full, *over, *problem;
        } numbers[] = {
                { "[Manager]\nMaxExchanges=1024", "[Manager]\nMaxExchanges=1025", "MaxExchanges" },
                { "[Manager]\nSocketPriority=2147483647", "[Manager]\nSocketPriority=2147483648",
                  "SocketPriority" },
                { "[DHCPv4]\nDSCP=63", "[DHCPv4]\nDSCP=64", "DSCP" },
        };

        for (size_t i = 0; i < G_N_ELEMENTS(numbers); i++) {
                fixture_load_text(f, numbers[i].full);
                fixture_check_problem(f, NULL);
                fixture_load_text(f, numbers[i].over);
                fixture_check_problem(f, numbers[i].problem);
        }
}

/* A file is read up to a size, and a larger one is reported and skipped. */
static void test_file(Fixture *f, gconstpointer data) {
        const char setting[] = "[Manager]\nMaxExchanges=7\n#";
        const size_t max = 1024 * 1024;
        g_autofree char *text = g_malloc(max + 1);

        memset(text, 'a', max + 1);
        memcpy(text, setting, sizeof(setting) - 1);
        fixture_put_bytes(f, "etc/dhcpd-link.conf", text, max);
        fixture_load(f);
        fixture_check_problem(f, NULL);
        g_assert_cmpuint(config_max_exchanges(f->config), ==, 7);
        fixture_put_bytes(f, "etc/dhcpd-link.conf", text, max + 1);
        fixture_load(f);
        fixture_check_problem(f, "dhcpd-link.conf");
        g_assert_cmpuint(config_max_exchanges(f->config), ==, 32);
}

int main(int argc, char *argv[]) {
        g_test_init(&argc, &argv, NULL);
        fixture_add("/config-bounds/values", test_values);
        fixture_add("/config-bounds/match-name", test_match_name);
        fixture_add("/config-bounds/numbers", test_numbers);
        fixture_add("/config-bounds/file", test_file);
        return g_test_run();
}
