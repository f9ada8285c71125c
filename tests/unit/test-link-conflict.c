/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Conflict detection and the client in one link (link/link.c): what conflict detection knows reaches the
 * client whenever the client asks, whose probes count, and what a configured address has to wait for. An
 * address that another host or another link of this host has is declined.
 */
#include "tests/unit/link-fixture.h"

#define FALLBACK_AFTER_USEC (10 * USEC_PER_SEC)

static const uint8_t other_mac[6] = { 0x02, 0xee, 0xee, 0xee, 0xee, 0xee };

static void hear(World *w, ArpOp op, in_addr_t sender, in_addr_t target) {
        ArpPacket arp = { .op = op, .sender.s_addr = sender, .target.s_addr = target };

        memcpy(arp.sender_mac, other_mac, sizeof(other_mac));
        memcpy(arp.target_mac, mac, sizeof(mac));
        if (link_wants_arp(w->link, &arp))
                link_arp(w->link, w->now, &arp);
}

/* Another host asks whether the address is free. */
static void probe(World *w, in_addr_t address) {
        hear(w, ARP_OP_REQUEST, INADDR_ANY, address);
}

/* Another host says that the address is its own. */
static void claim(World *w, in_addr_t address) {
        hear(w, ARP_OP_REPLY, address, INADDR_ANY);
}

static void start(World *w) {
        link_start(w->link, w->now, NULL, false);
        link_carrier(w->link, w->now, true);
}

static World *world_with_fallback(Dhcp4ConflictMode conflict, const char *address, usec_t after_usec) {
        LinkConfig config = make_config(conflict);

        config.client.fallback = (Dhcp4Fallback){
                .kind = address ? DHCP4_FALLBACK_STATIC : DHCP4_FALLBACK_LINK_LOCAL,
                .after_usec = after_usec,
                .address.s_addr = address ? addr(address) : INADDR_ANY,
                .prefix_len = 24,
        };
        return world_of(&config);
}

static bool is_bound_to(const World *w, in_addr_t address) {
        return state(w) == DHCP4_STATE_BOUND && w->kernel.n_addresses == 1 &&
                w->kernel.addresses[0].address.v4.s_addr == address &&
                link_source(w->link)->origin == DHCP4_LEASE_DHCP;
}

/* Returns true if the last ARP packet asks for the router. */
static bool asks_router(const World *w) {
        return w->last_arp.op == ARP_OP_REQUEST && w->last_arp.target.s_addr == w->router &&
                w->last_arp.sender.s_addr == w->offer;
}

/*
 * The server offers the very address that the link has as its fallback. Conflict detection defends it
 * already, and has nothing new to say. The address is known to be free all the same.
 */
static void test_fallback_is_lease(gconstpointer data) {
        World *w = world_with_fallback((Dhcp4ConflictMode) GPOINTER_TO_INT(data), "10.0.0.50",
                                       FALLBACK_AFTER_USEC);

        w->silent = true;
        start(w);
        run_until(w, T0 + 60 * USEC_PER_SEC);
        g_assert_cmpint(link_source(w->link)->origin, ==, DHCP4_LEASE_STATIC);
        g_assert_cmpint(acd_state(link_acd(w->link)), ==, ACD_STATE_DEFENDING);
        w->silent = false;
        while (w->now < T0 + 200 * USEC_PER_SEC && state(w) != DHCP4_STATE_BOUND)
                run_until(w, w->timer_at);
        g_assert_true(is_bound_to(w, w->offer));
        g_assert_cmpint(acd_state(link_acd(w->link)), ==, ACD_STATE_DEFENDING);
        /* The router may be asked in the name of the address for the same reason (RFC 4436). */
        g_assert_true(asks_router(w));
        hear(w, ARP_OP_REPLY, w->router, w->offer);
        g_assert_cmpuint(w->n_learned, ==, 1);
        g_assert_cmpuint(w->n_dels, ==, 0); /* the address never went */
        world_free(w);
}

/* The fallback has the address of the lease that ends, and the address stays on the link. */
static void test_lease_is_fallback(void) {
        World *w = world_with_fallback(DHCP4_CONFLICT_OPTIMISTIC, "10.0.0.50", 0);

        start(w);
        serve_all(w);
        run_until(w, T0 + 60 * USEC_PER_SEC);
        g_assert_true(is_bound_to(w, w->offer));
        w->silent = true;
        run_until(w, T0 + 3605 * USEC_PER_SEC);
        g_assert_cmpint(state(w), ==, DHCP4_STATE_SELECTING);
        g_assert_cmpuint(w->kernel.n_addresses, ==, 1);
        g_assert_cmpuint(w->kernel.addresses[0].address.v4.s_addr, ==, w->offer);
        g_assert_cmpint(link_source(w->link)->origin, ==, DHCP4_LEASE_STATIC);
        world_free(w);
}

/* The client asks about another address: what is known of the first address does not count for it. */
static void test_other_than_fallback(void) {
        World *w = world_with_fallback(DHCP4_CONFLICT_STRICT, "10.0.0.77", FALLBACK_AFTER_USEC);
        unsigned n_arps;

        w->silent = true;
        start(w);
        run_until(w, T0 + 60 * USEC_PER_SEC);
        n_arps = w->n_arps;
        w->silent = false;
        while (state(w) != DHCP4_STATE_PROBING)
                run_until(w, w->now + USEC_PER_SEC);
        g_assert_cmpuint(w->n_arps, >, n_arps);
        run_until(w, w->now + 20 * USEC_PER_SEC);
        g_assert_true(is_bound_to(w, w->offer));
        world_free(w);
}

/*
 * A server offered one address to two hosts and grants it to this one: a probe of the other host costs
 * nothing, whenever it comes.
 */
static void test_offered_to_two(gconstpointer data) {
        const Dhcp4ConflictMode mode = (Dhcp4ConflictMode) GPOINTER_TO_INT(data);
        Dhcp4Frame frame;

        for (unsigned after_ack = 0; after_ack < 2; after_ack++) {
                World *w = world_new(mode);

                start(w);
                serve(w, &w->frames[--w->n_frames], DHCP4_OFFER);
                frame = w->frames[--w->n_frames];
                g_assert_cmpint(frame.type, ==, DHCP4_REQUEST);
                g_assert_cmpuint(w->n_arps, ==, 1);
                if (!after_ack)
                        probe(w, w->offer);
                serve(w, &frame, DHCP4_ACK);
                if (after_ack)
                        probe(w, w->offer);
                g_assert_cmpuint(w->n_frames, ==, 0);
                g_assert_cmpint(state(w), ==,
                                mode == DHCP4_CONFLICT_STRICT ? DHCP4_STATE_PROBING : DHCP4_STATE_BOUND);
                run_until(w, w->now + 20 * USEC_PER_SEC);
                g_assert_true(is_bound_to(w, w->offer));
                g_assert_cmpuint(w->notices[LINK_NOTICE_LOST], ==, 0);
                world_free(w);
        }

        /* A claim counts at any time. */
        {
                World *w = world_new(mode);

                start(w);
                serve_all(w);
                claim(w, w->offer);
                g_assert_cmpuint(w->n_frames, ==, 1);
                g_assert_cmpint(w->frames[0].type, ==, DHCP4_DECLINE);
                world_free(w);
        }
}

/*
 * The server grants the address to the other host, and does not answer this client. This host then sends
 * one probe and never claims the address.
 */
static void test_offered_and_no_more(void) {
        World *w = world_new(DHCP4_CONFLICT_OPTIMISTIC);

        start(w);
        serve(w, &w->frames[--w->n_frames], DHCP4_OFFER);
        w->silent = true;
        while (state(w) == DHCP4_STATE_REQUESTING) {
                g_assert_cmpuint(w->n_arps, ==, 1);
                g_assert_cmpuint(w->last_arp.sender.s_addr, ==, INADDR_ANY);
                g_assert_cmpint(acd_state(link_acd(w->link)), ==, ACD_STATE_PROBING);
                g_assert_true(w->arp);
                run_until(w, w->timer_at);
        }
        g_assert_cmpuint(w->now - T0, >, 8 * USEC_PER_SEC);
        g_assert_cmpuint(w->n_arps, ==, 1);
        g_assert_false(w->arp);
        world_free(w);
}

/* The ACK comes late: the remaining probes go out, and after them the address is announced. */
static void test_granted_late(void) {
        World *w = world_new(DHCP4_CONFLICT_STRICT);
        Dhcp4Frame frame;

        start(w);
        serve(w, &w->frames[--w->n_frames], DHCP4_OFFER);
        w->silent = true;
        frame = w->frames[--w->n_frames];
        run_until(w, T0 + 4 * USEC_PER_SEC);
        g_assert_cmpuint(w->n_arps, ==, 1);
        w->silent = false;
        serve(w, &frame, DHCP4_ACK);
        g_assert_cmpint(state(w), ==, DHCP4_STATE_PROBING);
        g_assert_cmpuint(w->n_arps, ==, 2);
        run_until(w, T0 + 20 * USEC_PER_SEC);
        g_assert_true(is_bound_to(w, w->offer));
        g_assert_cmpuint(w->n_arps, ==, 3 + 2 + 5); /* probes, announcements, questions for the router */
        world_free(w);
}

/*
 * An anonymous host sleeps while it probes or announces, and its timers run before an event tells of the
 * sleep: no ARP packet may name the address on the network where the host wakes up (RFC 7844 §3.3).
 */
static void test_sleep_of_anonymous(gconstpointer data) {
        LinkConfig config = make_config((Dhcp4ConflictMode) GPOINTER_TO_INT(data));
        unsigned n_arps;
        World *w;

        config.client.anonymize = true;
        w = world_of(&config);
        start(w);
        serve_all(w);
        n_arps = w->n_arps;
        g_assert_cmpuint(n_arps, >, 0);
        w->silent = true;
        w->now += 600 * USEC_PER_SEC;
        link_timer(w->link, w->now);
        g_assert_cmpuint(w->n_arps, ==, n_arps);
        g_assert_cmpuint(w->kernel.n_addresses, ==, 0);
        while (w->n_frames == 0)
                run_until(w, w->timer_at);
        g_assert_cmpint(state(w), ==, DHCP4_STATE_SELECTING);
        world_free(w);
}

/*
 * RFC 3927 §2.2.1: PROBE_WAIT, at the beginning and after the carrier was away. A probe of another host
 * counts.
 */
static void test_link_local_probes(void) {
        World *w = world_with_fallback(DHCP4_CONFLICT_NO, NULL, FALLBACK_AFTER_USEC);
        unsigned n_arps;
        usec_t up_at;

        w->silent = true;
        start(w);
        run_until(w, T0 + FALLBACK_AFTER_USEC);
        g_assert_cmpint(acd_state(link_acd(w->link)), ==, ACD_STATE_PROBING);
        g_assert_cmpuint(w->n_arps, ==, 0);
        run_until(w, T0 + FALLBACK_AFTER_USEC + USEC_PER_SEC);
        g_assert_cmpuint(w->n_arps, ==, 1);
        probe(w, w->last_arp.target.s_addr);
        g_assert_cmpuint(dhcp4_client_counters(link_client(w->link))->conflicts, ==, 1);
        run_until(w, w->now + 60 * USEC_PER_SEC);
        g_assert_cmpuint(w->kernel.n_addresses, ==, 1);

        link_carrier(w->link, w->now, false);
        run_until(w, w->now + 5 * USEC_PER_SEC);
        n_arps = w->n_arps;
        up_at = w->now;
        link_carrier(w->link, w->now, true);
        g_assert_cmpuint(w->n_arps, ==, n_arps);
        run_until(w, up_at + USEC_PER_SEC);
        g_assert_cmpuint(w->n_arps, ==, n_arps + 1);
        world_free(w);
}

/*
 * DHCPINFORM for an address that another host has. Strict detection never puts the address on the link,
 * and optimistic detection does so once. Neither disturbs the owner more often than every five minutes.
 */
static void test_inform_taken(gconstpointer data) {
        LinkConfig config = make_config((Dhcp4ConflictMode) GPOINTER_TO_INT(data));
        const unsigned n_used = config.client.conflict == DHCP4_CONFLICT_STRICT ? 0 : 1;
        const in_addr_t address = addr("10.0.0.9");
        const Dhcp4Counters *counters;
        unsigned n_arps = 0;
        World *w;

        config.client.inform.s_addr = address;
        config.client.inform_prefix_len = 24;
        w = world_of(&config);
        counters = dhcp4_client_counters(link_client(w->link));
        w->silent = true;
        start(w);
        g_assert_cmpuint(w->kernel.n_addresses, ==, n_used);
        while (w->now < T0 + 3600 * USEC_PER_SEC) {
                if (w->n_arps > n_arps)
                        claim(w, address); /* the owner answers each probe */
                n_arps = w->n_arps;
                w->n_frames = 0;
                g_assert_cmpuint(w->notices[LINK_NOTICE_BOUND], ==, n_used);
                g_assert_cmpuint(w->kernel.n_addresses, ==, counters->conflicts == 0 ? n_used : 0);
                run_until(w, w->timer_at);
        }
        g_assert_cmpuint(counters->conflicts, >=, 10);
        g_assert_cmpuint(counters->conflicts, <=, 15);
        g_assert_cmpuint(counters->sent[DHCP4_DECLINE], ==, 0);

        /* The owner leaves the network. */
        run_until(w, w->now + 400 * USEC_PER_SEC);
        g_assert_cmpuint(w->kernel.n_addresses, ==, 1);
        g_assert_cmpuint(w->kernel.addresses[0].address.v4.s_addr, ==, address);
        g_assert_cmpuint(w->notices[LINK_NOTICE_BOUND], ==, n_used + 1);
        world_free(w);
}

static void test_conflict_optimistic(void) {
        World *w = world_new(DHCP4_CONFLICT_OPTIMISTIC);

        come_up(w);
        g_assert_cmpuint(w->n_arps, ==, 1);
        g_assert_true(w->arp);
        g_assert_cmpuint(w->kernel.n_addresses, ==, 1);
        claim(w, w->offer);
        g_assert_cmpuint(w->kernel.n_addresses, ==, 0);
        g_assert_cmpuint(w->n_frames, ==, 1);
        g_assert_cmpint(w->frames[0].type, ==, DHCP4_DECLINE);
        g_assert_false(w->arp);
        g_assert_cmpuint(w->notices[LINK_NOTICE_LOST], ==, 1);
        w->n_frames = 0;

        /* RFC 2131 §3.1 (5): no sooner than ten seconds later. */
        run_until(w, w->now + 9 * USEC_PER_SEC);
        g_assert_cmpuint(w->notices[LINK_NOTICE_BOUND], ==, 1);
        run_until(w, w->now + 20 * USEC_PER_SEC);
        g_assert_cmpuint(w->notices[LINK_NOTICE_BOUND], ==, 2);
        world_free(w);
}

/* The owner answers the probe before the ACK comes: the server must still hear of the conflict. */
static void test_conflict_before_ack(void) {
        World *w = world_new(DHCP4_CONFLICT_OPTIMISTIC);
        Dhcp4Frame frame;

        link_start(w->link, w->now, NULL, false);
        link_carrier(w->link, w->now, true);
        frame = w->frames[--w->n_frames];
        serve(w, &frame, DHCP4_OFFER);
        frame = w->frames[--w->n_frames];
        g_assert_cmpint(frame.type, ==, DHCP4_REQUEST);
        claim(w, w->offer);
        g_assert_cmpint(state(w), ==, DHCP4_STATE_REQUESTING);
        g_assert_cmpuint(w->n_frames, ==, 0);
        serve(w, &frame, DHCP4_ACK);
        g_assert_cmpuint(w->n_frames, ==, 1);
        g_assert_cmpint(w->frames[0].type, ==, DHCP4_DECLINE);
        g_assert_cmpint(state(w), ==, DHCP4_STATE_INIT);
        g_assert_cmpuint(w->n_adds, ==, 0);
        g_assert_cmpuint(w->notices[LINK_NOTICE_BOUND], ==, 0);
        world_free(w);
}

/*
 * The server grants an address that another link of this host has. The client requests it, because an
 * OFFER cannot be declined, and declines it before it is on the link, whatever the link can do to detect
 * conflicts. Then it gets another address.
 */
static void test_elsewhere(gconstpointer data) {
        LinkConfig config = make_config((Dhcp4ConflictMode) GPOINTER_TO_INT(data));
        struct in_addr taken;
        World *w;

        for (unsigned can_acd = 0; can_acd <= 1; can_acd++) {
                config.can_acd = can_acd;
                w = world_of(&config);
                w->elsewhere = w->offer;
                link_start(w->link, w->now, NULL, false);
                link_carrier(w->link, w->now, true);
                serve(w, &w->frames[--w->n_frames], DHCP4_OFFER);
                g_assert_cmpuint(w->n_frames, ==, 1);
                g_assert_cmpint(w->frames[0].type, ==, DHCP4_REQUEST);
                serve(w, &w->frames[--w->n_frames], DHCP4_ACK);
                if (config.client.conflict == DHCP4_CONFLICT_NO) {
                        g_assert_cmpint(state(w), ==, DHCP4_STATE_BOUND);
                        g_assert_cmpuint(w->kernel.n_addresses, ==, 1);
                        world_free(w);
                        continue;
                }
                g_assert_cmpuint(w->n_frames, ==, 1);
                g_assert_cmpint(w->frames[0].type, ==, DHCP4_DECLINE);
                w->n_frames = 0;
                g_assert_cmpint(state(w), ==, DHCP4_STATE_INIT);
                g_assert_cmpuint(w->n_adds, ==, 0);
                g_assert_cmpuint(w->notices[LINK_NOTICE_BOUND], ==, 0);
                g_assert_cmpint(link_conflict(w->link, &taken), ==, 99);
                g_assert_cmpuint(taken.s_addr, ==, w->offer);

                w->offer = addr("10.0.0.51");
                run_until(w, w->now + 60 * USEC_PER_SEC);
                g_assert_cmpint(state(w), ==, DHCP4_STATE_BOUND);
                g_assert_cmpuint(w->kernel.addresses[0].address.v4.s_addr, ==, w->offer);

                /* An address that is in use is not taken away because another link gets it as well. */
                w->elsewhere = w->offer;
                link_kernel_changed(w->link, w->now);
                run_until(w, w->now + 7200 * USEC_PER_SEC);
                g_assert_cmpuint(w->notices[LINK_NOTICE_LOST], ==, 0);
                g_assert_cmpuint(w->notices[LINK_NOTICE_RENEWED], >, 0);
                /*
                 * A server that changes the address in a renewal may also give the address of the other
                 * link.
                 */
                w->elsewhere = w->offer = addr("10.0.0.52");
                run_until(w, w->now + 3600 * USEC_PER_SEC);
                g_assert_cmpuint(w->notices[LINK_NOTICE_LOST], ==, 1);
                for (size_t i = 0; i < w->kernel.n_addresses; i++)
                        g_assert_cmpuint(w->kernel.addresses[i].address.v4.s_addr, !=, w->elsewhere);
                world_free(w);
        }
}

/* A restart takes nothing off the link, whichever link or host has the address by now. */
static void test_elsewhere_adopted(void) {
        World *w = world_new(DHCP4_CONFLICT_OPTIMISTIC), *w2 = world_new(DHCP4_CONFLICT_OPTIMISTIC);

        come_up(w);
        w2->kernel = w->kernel;
        w2->elsewhere = w->offer;
        link_start(w2->link, w2->now, link_source(w->link), true);
        link_carrier(w2->link, w2->now, true);
        g_assert_cmpint(state(w2), ==, DHCP4_STATE_BOUND);
        g_assert_cmpuint(w2->n_frames, ==, 0);
        g_assert_cmpuint(w2->n_dels, ==, 0);
        world_free(w);
        world_free(w2);
}

static void test_conflict_strict(void) {
        World *w = world_new(DHCP4_CONFLICT_STRICT);

        link_start(w->link, w->now, NULL, false);
        link_carrier(w->link, w->now, true);
        serve_all(w);
        g_assert_cmpint(state(w), ==, DHCP4_STATE_PROBING);
        g_assert_cmpuint(w->kernel.n_addresses, ==, 0);
        run_until(w, T0 + 15 * USEC_PER_SEC);
        g_assert_cmpint(state(w), ==, DHCP4_STATE_BOUND);
        g_assert_cmpuint(w->kernel.n_addresses, ==, 1);
        g_assert_cmpuint(w->n_arps, ==, 3 + 2 + 5); /* probes, announcements, questions for the router */
        g_assert_false(w->arp);                     /* detection is over, so nothing listens any more */
        world_free(w);
}

int main(int argc, char *argv[]) {
        g_test_init(&argc, &argv, NULL);
        g_test_add_data_func("/link/fallback-is-lease/strict", GINT_TO_POINTER(DHCP4_CONFLICT_STRICT),
                             test_fallback_is_lease);
        g_test_add_data_func("/link/fallback-is-lease/optimistic",
                             GINT_TO_POINTER(DHCP4_CONFLICT_OPTIMISTIC), test_fallback_is_lease);
        g_test_add_func("/link/lease-is-fallback", test_lease_is_fallback);
        g_test_add_func("/link/other-than-fallback", test_other_than_fallback);
        g_test_add_data_func("/link/offered-to-two/strict", GINT_TO_POINTER(DHCP4_CONFLICT_STRICT),
                             test_offered_to_two);
        g_test_add_data_func("/link/offered-to-two/optimistic", GINT_TO_POINTER(DHCP4_CONFLICT_OPTIMISTIC),
                             test_offered_to_two);
        g_test_add_func("/link/offered-and-no-more", test_offered_and_no_more);
        g_test_add_func("/link/granted-late", test_granted_late);
        g_test_add_data_func("/link/sleep-of-anonymous/strict", GINT_TO_POINTER(DHCP4_CONFLICT_STRICT),
                             test_sleep_of_anonymous);
        g_test_add_data_func("/link/sleep-of-anonymous/optimistic",
                             GINT_TO_POINTER(DHCP4_CONFLICT_OPTIMISTIC), test_sleep_of_anonymous);
        g_test_add_func("/link/link-local-probes", test_link_local_probes);
        g_test_add_data_func("/link/inform-taken/strict", GINT_TO_POINTER(DHCP4_CONFLICT_STRICT),
                             test_inform_taken);
        g_test_add_data_func("/link/inform-taken/optimistic", GINT_TO_POINTER(DHCP4_CONFLICT_OPTIMISTIC),
                             test_inform_taken);
        g_test_add_func("/link/conflict-optimistic", test_conflict_optimistic);
        g_test_add_func("/link/conflict-before-ack", test_conflict_before_ack);
        g_test_add_func("/link/conflict-strict", test_conflict_strict);
        g_test_add_data_func("/link/elsewhere/optimistic", GINT_TO_POINTER(DHCP4_CONFLICT_OPTIMISTIC),
                             test_elsewhere);
        g_test_add_data_func("/link/elsewhere/strict", GINT_TO_POINTER(DHCP4_CONFLICT_STRICT),
                             test_elsewhere);
        g_test_add_data_func("/link/elsewhere/no", GINT_TO_POINTER(DHCP4_CONFLICT_NO), test_elsewhere);
        g_test_add_func("/link/elsewhere/adopted", test_elsewhere_adopted);
        return g_test_run();
}
