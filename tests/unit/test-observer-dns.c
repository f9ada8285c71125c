/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * DNS servers that no plugin or hook takes (plugin/observer-dns.c): what counts as taken, when the
 * problem is told, and when it is told to be over.
 */
#include <glib.h>
#include <string.h>
#include <systemd/sd-event.h>

#include "plugin/observer-dns.h"

typedef struct Bench {
        sd_event *event;
        DnsTakers *takers;
        GString *told; /* "IFINDEX PROBLEM\n"; "IFINDEX -\n" without a problem */
        bool hook;
} Bench;

static void on_problem(void *userdata, int ifindex, const char *problem) {
        Bench *b = userdata;

        g_string_append_printf(b->told, "%i %s\n", ifindex, problem ?: "-");
}

static bool on_hook(void *userdata) {
        const Bench *b = userdata;

        return b->hook;
}

static void bench_init(Bench *b, usec_t grace) {
        *b = (Bench){ .told = g_string_new(NULL) };
        g_assert_cmpint(sd_event_new(&b->event), ==, 0);
        b->takers = dns_takers_new(&(const DnsTakersConfig){ .event = b->event,
                                                             .grace_usec = grace,
                                                             .problem = on_problem,
                                                             .hook = on_hook,
                                                             .userdata = b });
}

static void bench_clear(Bench *b) {
        b->takers = dns_takers_free(b->takers);
        b->event = sd_event_unref(b->event);
        g_string_free(b->told, TRUE);
}

/* Waits until @expected was told. A grace of 0 has passed at once, but for the timer's accuracy. */
static void assert_told(Bench *b, const char *expected) {
        while (b->told->len < strlen(expected))
                g_assert_cmpint(sd_event_run(b->event, UINT64_MAX), >, 0);
        g_assert_cmpstr(b->told->str, ==, expected);
        g_string_truncate(b->told, 0);
}

#define REMEDY \
        "; run systemd-resolved, or switch on the hook resolvconf or resolv-conf," \
        " see dhcpd-link-hooks.service(8)"
#define NOBODY "The DNS servers of the lease are not passed on: no plugin that would do so is loaded" REMEDY

static void test_nobody(void) {
        Bench b;

        bench_init(&b, 0);
        dns_takers_lease(b.takers, 5, /* has_dns= */ true);
        dns_takers_lease(b.takers, 6, /* has_dns= */ false);
        assert_told(&b, "5 " NOBODY "\n");
        dns_takers_lease(b.takers, 5, /* has_dns= */ true); /* renewed: told already */
        g_assert_cmpstr(b.told->str, ==, "");
        dns_takers_lease(b.takers, 5, /* has_dns= */ false);
        assert_told(&b, "5 -\n");
        /* Another lease of the same link. */
        dns_takers_lease(b.takers, 5, /* has_dns= */ true);
        assert_told(&b, "5 " NOBODY "\n");
        bench_clear(&b);
}

static void test_reasons(void) {
        Bench b;

        bench_init(&b, 0);
        dns_takers_report(b.takers, 0, 5, "no lease yet"); /* there is no lease yet */
        dns_takers_lease(b.takers, 5, /* has_dns= */ true);
        dns_takers_report(b.takers, 0, 5, "nobody is at home");
        assert_told(&b, "5 The DNS servers of the lease are not passed on: nobody is at home" REMEDY "\n");
        dns_takers_report(b.takers, 0, 5, "the door is locked");
        assert_told(&b, "5 The DNS servers of the lease are not passed on: the door is locked" REMEDY "\n");
        dns_takers_report(b.takers, 63, 5, NULL);
        assert_told(&b, "5 -\n");
        /* It is enough if one of two plugins takes them. */
        dns_takers_report(b.takers, 0, 5, NULL);
        dns_takers_report(b.takers, 63, 5, "it has gone");
        g_assert_cmpint(sd_event_run(b.event, 0), ==, 0);
        g_assert_cmpstr(b.told->str, ==, "");
        dns_takers_report(b.takers, 0, 5, "it has gone, too");
        assert_told(&b, "5 The DNS servers of the lease are not passed on: it has gone, too" REMEDY "\n");
        bench_clear(&b);
}

/* A problem that is over before the grace ends is not told. */
static void test_grace(void) {
        Bench b;

        bench_init(&b, 3600 * USEC_PER_SEC);
        dns_takers_lease(b.takers, 5, /* has_dns= */ true);
        dns_takers_report(b.takers, 0, 5, "it comes later");
        dns_takers_lease(b.takers, 6, /* has_dns= */ true);
        g_assert_cmpint(sd_event_run(b.event, 0), ==, 0);
        dns_takers_report(b.takers, 0, 5, NULL);
        dns_takers_lease(b.takers, 6, /* has_dns= */ false);
        g_assert_cmpint(sd_event_run(b.event, 0), ==, 0);
        g_assert_cmpstr(b.told->str, ==, "");
        bench_clear(&b);
}

/* A hook that takes the servers counts as much as a plugin, whenever it is installed. */
static void test_hook(void) {
        Bench b;

        bench_init(&b, 0);
        b.hook = true;
        dns_takers_lease(b.takers, 5, /* has_dns= */ true);
        dns_takers_report(b.takers, 0, 5, "nobody is at home");
        g_assert_cmpint(sd_event_run(b.event, 0), ==, 0);
        b.hook = false;
        dns_takers_look_again(b.takers);
        b.hook = true; /* the hook is there in the end */
        g_assert_cmpint(sd_event_run(b.event, UINT64_MAX), >, 0);
        g_assert_cmpstr(b.told->str, ==, "");
        b.hook = false;
        dns_takers_lease(b.takers, 5, /* has_dns= */ true);
        assert_told(&b, "5 The DNS servers of the lease are not passed on: nobody is at home" REMEDY "\n");
        dns_takers_look_again(b.takers);
        g_assert_cmpstr(b.told->str, ==, "");
        b.hook = true;
        dns_takers_look_again(b.takers);
        assert_told(&b, "5 -\n");
        dns_takers_look_again(b.takers);
        g_assert_cmpstr(b.told->str, ==, "");
        bench_clear(&b);
}

int main(int argc, char **argv) {
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/observer-dns/nobody", test_nobody);
        g_test_add_func("/observer-dns/reasons", test_reasons);
        g_test_add_func("/observer-dns/grace", test_grace);
        g_test_add_func("/observer-dns/hook", test_hook);
        return g_test_run();
}
