/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is told about a search without success, and which of it is news (manager/managed-link-search.c). */
#include <arpa/inet.h>
#include <glib.h>

#include "manager/managed-link-search.h"

#define T0 (1000 * USEC_PER_SEC)

static Dhcp4Search old_search(uint32_t unanswered, Dhcp4Refusal refusal) {
        return (Dhcp4Search){
                .since = T0,
                .attempts = 4,
                .unanswered = unanswered,
                .refusal = refusal,
                .refused_type = DHCP4_OFFER,
                .refused_server = { htonl(0x0a000042) },
        };
}

static void test_describe(void) {
        Dhcp4Search search = old_search(4, DHCP4_REFUSAL_NONE);
        char text[SEARCH_TEXT_MAX];

        g_assert_true(search_describe(&search, T0 + 7 * USEC_PER_SEC, text));
        g_assert_cmpstr(text, ==, "No DHCP server answers");

        /*
         * A search that is young, or that has few attempts, is not told. Without a search nothing is told.
         */
        g_assert_false(search_describe(&search, T0 + 4 * USEC_PER_SEC, text));
        g_assert_cmpstr(text, ==, "");
        search.attempts = 2;
        g_assert_false(search_describe(&search, T0 + 60 * USEC_PER_SEC, text));
        search = (Dhcp4Search){ .since = USEC_INFINITY, .attempts = 9, .unanswered = 9 };
        g_assert_false(search_describe(&search, T0 + 60 * USEC_PER_SEC, text));

        search = old_search(0, DHCP4_REFUSAL_NO_LIFETIME);
        g_assert_true(search_describe(&search, T0 + 7 * USEC_PER_SEC, text));
        g_assert_cmpstr(
                text, ==,
                "DHCPOFFER of 10.0.0.66 not taken: no lease time (option 51), and DefaultLeaseTimeSec=0");
        /* An answer was heard, and nothing is wrong: conflict detection takes its time. */
        search.refusal = DHCP4_REFUSAL_NONE;
        g_assert_false(search_describe(&search, T0 + 7 * USEC_PER_SEC, text));
        /* A single refusal does not explain the silence after it. */
        search = old_search(3, DHCP4_REFUSAL_DENIED);
        g_assert_true(search_describe(&search, T0 + 60 * USEC_PER_SEC, text));
        g_assert_cmpstr(text, ==, "No DHCP server answers");
        search_describe_refusal(&search, text);
        g_assert_cmpstr(text, ==, "DHCPOFFER of 10.0.0.66 not taken: a server that DenyServer= lists");

        search.refused_type = DHCP4_NAK;
        search.refusal = DHCP4_REFUSAL_NAK;
        search.refused_server.s_addr = INADDR_ANY;
        search_describe_refusal(&search, text);
        g_assert_cmpstr(text, ==, "DHCPNAK: the server refuses the address");
        /* Every text fits. */
        search.refused_server.s_addr = htonl(0xdedededeu);
        search.refused_type = DHCP4_FORCERENEW;
        for (Dhcp4Refusal refusal = 1; refusal < _DHCP4_REFUSAL_MAX; refusal++) {
                search.refusal = refusal;
                search_describe_refusal(&search, text);
                g_assert_true(g_str_has_suffix(text, dhcp4_refusal_describe(refusal)));
        }
}

/* Each reason is told once in a search, however many attempts there are. */
static void test_news(void) {
        const Dhcp4Search silent = old_search(4, DHCP4_REFUSAL_NONE),
                          denied = old_search(0, DHCP4_REFUSAL_DENIED);
        Dhcp4Search next = silent;
        SearchReport report = {};
        usec_t now = T0 + 7 * USEC_PER_SEC;

        g_assert_false(search_report_due(&report, &silent, T0 + USEC_PER_SEC));
        g_assert_true(search_report_due(&report, &silent, now));
        for (unsigned i = 0; i < 100; i++)
                g_assert_false(search_report_due(&report, &silent, now += USEC_PER_SEC));
        g_assert_true(search_report_due(&report, &denied, now));
        /* Two reasons alternate. */
        for (unsigned i = 0; i < 100; i++)
                g_assert_false(search_report_due(&report, i % 2 ? &silent : &denied, now += USEC_PER_SEC));

        /* Another search, later, begins anew. */
        next.since = now;
        now += 7 * USEC_PER_SEC;
        g_assert_true(search_report_due(&report, &next, now));
        g_assert_false(search_report_due(&report, &next, now));
}

/* After an hour a reason that came back is news again. A reason that was there all the time is not. */
static void test_again(void) {
        const Dhcp4Search silent = old_search(4, DHCP4_REFUSAL_NONE),
                          denied = old_search(0, DHCP4_REFUSAL_DENIED);
        SearchReport report = {};
        usec_t now = T0 + 7 * USEC_PER_SEC;

        g_assert_true(search_report_due(&report, &silent, now));
        for (unsigned i = 0; i < 50; i++)
                g_assert_false(search_report_due(&report, &silent, now += 3600 * USEC_PER_SEC));
        g_assert_true(search_report_due(&report, &denied, now += USEC_PER_SEC));
        g_assert_false(search_report_due(&report, &silent, now += USEC_PER_SEC));
        g_assert_true(search_report_due(&report, &denied, now += 3600 * USEC_PER_SEC));
        g_assert_false(search_report_due(&report, &denied, now += USEC_PER_SEC));
}

/* What has a line of its own in the log is not told a second time. */
static void test_told_elsewhere(void) {
        Dhcp4Search search = old_search(0, DHCP4_REFUSAL_NAK);
        SearchReport report = {};

        g_assert_true(search_report_tell(&report, &search, T0, DHCP4_REFUSAL_NAK));
        g_assert_false(search_report_tell(&report, &search, T0 + USEC_PER_SEC, DHCP4_REFUSAL_NAK));
        g_assert_false(search_report_due(&report, &search, T0 + 7 * USEC_PER_SEC));
}

int main(int argc, char **argv) {
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/managed-link-search/describe", test_describe);
        g_test_add_func("/managed-link-search/news", test_news);
        g_test_add_func("/managed-link-search/again", test_again);
        g_test_add_func("/managed-link-search/told-elsewhere", test_told_elsewhere);
        return g_test_run();
}
