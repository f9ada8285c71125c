/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * plugin/service-leases.c (what leases say about a value that the host has only once) and the note of
 * plugin/service-value.c. The rest is in tests/integration/test_services.py.
 */
#include <errno.h>
#include <glib.h>
#include <string.h>

#include "base/macro.h"
#include "plugin/service-value.h"

static int set(LeaseValue **list, int ifindex, bool default_route, const char *value) {
        const DhcpdLinkLease lease = { .ifindex = ifindex,
                                       .ifname = "a-link",
                                       .flags = default_route ? DHCPD_LINK_LEASE_DEFAULT_ROUTE : 0 };

        return lease_values_set(list, &lease, /* option= */ 12, value);
}

static void assert_list(const LeaseValue *list, const char *expected) {
        g_autoptr(GString) s = g_string_new(NULL);

        for (const LeaseValue *l = list; l; l = l->next)
                g_string_append_printf(s, "%i=%s ", l->ifindex, l->value);
        g_assert_cmpstr(s->str, ==, expected);
}

/* The order does not depend on which lease came first. */
static void test_leases(void) {
        g_autofree char *longest = g_strnfill(LEASE_VALUE_MAX - 1, 'x'),
                        *longer = g_strnfill(LEASE_VALUE_MAX, 'x');
        LeaseValue *list = NULL;

        g_assert_cmpint(set(&list, 5, false, "five"), ==, 1);
        g_assert_cmpint(set(&list, 4, false, "four"), ==, 1);
        g_assert_cmpint(set(&list, 7, true, "seven"), ==, 1);
        g_assert_cmpint(set(&list, 6, true, "six"), ==, 1);
        assert_list(list, "6=six 7=seven 4=four 5=five ");
        g_assert_cmpint(set(&list, 4, false, "four"), ==, 0);
        g_assert_cmpint(set(&list, 4, true, "four"), ==, 1);
        assert_list(list, "4=four 6=six 7=seven 5=five ");
        g_assert_cmpint(set(&list, 6, true, NULL), ==, 1);
        g_assert_cmpint(set(&list, 6, true, NULL), ==, 0);
        g_assert_cmpint(set(&list, 7, true, ""), ==, 1);
        assert_list(list, "4=four 5=five ");
        g_assert_cmpint(set(&list, 5, true, longest), ==, 1);
        g_assert_cmpint(set(&list, 5, true, longer), ==, -E2BIG);
        assert_list(list, "4=four ");
        lease_values_clear(&list);
        g_assert_null(list);
}

static void test_note(void) {
        ServiceNote note = { .value = "new", .earlier = "old", .before = "" }, again;
        char text[DHCPD_LINK_REMEMBER_MAX];

        g_assert_true(service_note_format(&note, text));
        g_assert_cmpstr(text, ==, "new\nold\n\ntrying\n");
        g_assert_true(service_note_parse(text, &again));
        g_assert_cmpmem(&note, sizeof(note), &again, sizeof(again));
        note.confirmed = true;
        g_assert_true(service_note_format(&note, text));
        g_assert_true(service_note_parse(text, &again));
        g_assert_true(again.confirmed);

        memset(note.value, 'v', LEASE_VALUE_MAX - 1);
        memset(note.earlier, 'e', LEASE_VALUE_MAX - 1);
        memset(note.before, 'b', LEASE_VALUE_MAX - 1);
        g_assert_true(service_note_format(&note, text));
        g_assert_true(service_note_parse(text, &again));
        g_assert_cmpmem(&note, sizeof(note), &again, sizeof(again));
        note.earlier[3] = '\n';
        g_assert_false(service_note_format(&note, text));
}

static void test_no_note(void) {
        static const char *const bad[] = {
                "",
                "a",
                "a\n",
                "a\nb\nc\n",
                "a\nb\nc\nset",
                "a\nb\nc\nset\nd",
                "a\nb\nc\nother\n",
                "\nb\nc\nset\n",
        };
        g_autofree char *line = g_strnfill(LEASE_VALUE_MAX, 'x'),
                        *too_long = g_strconcat(line, "\nb\nc\nset\n", NULL);
        ServiceNote note;

        for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
                g_assert_false(service_note_parse(bad[i], &note));
        g_assert_false(service_note_parse(too_long, &note));
}

int main(int argc, char **argv) {
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/service-value/leases", test_leases);
        g_test_add_func("/service-value/note", test_note);
        g_test_add_func("/service-value/no-note", test_no_note);
        return g_test_run();
}
