/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * One interface (link/link.c) over a model of the outside: a kernel that keeps addresses and routes, a
 * wire that keeps frames, a server that answers them. Time is a variable. What is tested is what the link
 * adds to core/: order, levels, notices, and what happens when the outside refuses, or when others change
 * it.
 */
#include "tests/unit/link-fixture.h"

static void test_bind_and_release(void) {
        World *w = world_new(DHCP4_CONFLICT_NO);

        link_start(w->link, w->now, NULL, false);
        g_assert_cmpuint(w->n_frames, ==, 0); /* no carrier yet */
        link_carrier(w->link, w->now, true);
        g_assert_cmpuint(w->n_frames, ==, 1);
        g_assert_true(w->rx_at_send); /* the link listens before it asks */
        g_assert_cmpint(w->frames[0].type, ==, DHCP4_DISCOVER);
        serve_all(w);

        g_assert_cmpint(state(w), ==, DHCP4_STATE_BOUND);
        g_assert_cmpint(w->rx_mode, ==, DHCP4_RX_NONE);
        g_assert_cmpuint(w->notices[LINK_NOTICE_BOUND], ==, 1);
        g_assert_true(w->shown_at_bound);
        g_assert_true(link_settled(w->link));
        g_assert_cmpuint(w->kernel.n_addresses, ==, 1);
        g_assert_cmpuint(w->kernel.n_routes, ==, 2);
        g_assert_cmpuint(w->kernel.addresses[0].valid_until, <=, T0 + 3600 * USEC_PER_SEC);

        link_stop(w->link, w->now, true);
        g_assert_cmpuint(w->n_frames, ==, 1);
        g_assert_cmpint(w->frames[0].type, ==, DHCP4_RELEASE);
        g_assert_cmpuint(w->kernel.n_addresses, ==, 0);
        g_assert_cmpuint(w->kernel.n_routes, ==, 0);
        g_assert_cmpuint(w->notices[LINK_NOTICE_LOST], ==, 1);
        g_assert_true(link_settled(w->link));
        g_assert_cmpuint(w->timer_at, ==, USEC_INFINITY);
        world_free(w);
}

static void no_digest(const uint8_t key[16], const uint8_t *data, size_t len, uint8_t ret[16]) {
        memset(ret, 0, 16);
}

/* The socket that hears FORCERENEW is bound to an address that the link gets only later in the same turn. */
static void test_listens_when_bound(void) {
        LinkConfig config = make_config(DHCP4_CONFLICT_NO);
        World *w = world_new(DHCP4_CONFLICT_NO);

        config.client.hmac_md5 = no_digest;
        (void) link_set_config(w->link, w->now, &config, /* release= */ false);
        w->nonce = true;
        come_up(w);
        g_assert_cmpuint(w->kernel.n_addresses, ==, 1);
        g_assert_cmpint(w->rx_mode, ==, DHCP4_RX_UDP);
        world_free(w);
}

/*
 * If the kernel refuses a socket in BOUND, the link tries again within a second, and then ever more
 * seldom: T1 is hours away.
 */
static void test_socket_refused(void) {
        LinkConfig config = make_config(DHCP4_CONFLICT_NO);
        World *w = world_new(DHCP4_CONFLICT_NO);
        unsigned turns;

        config.client.hmac_md5 = no_digest;
        (void) link_set_config(w->link, w->now, &config, /* release= */ false);
        w->nonce = true;
        w->lifetime_sec = 86400;
        link_start(w->link, w->now, NULL, false);
        link_carrier(w->link, w->now, true);
        w->socket_error = -EMFILE;
        serve_all(w);
        g_assert_cmpint(state(w), ==, DHCP4_STATE_BOUND);
        g_assert_cmpint(w->rx_mode, !=, DHCP4_RX_UDP);
        g_assert_cmpuint(w->timer_at, <=, w->now + USEC_PER_SEC);
        turns = w->n_turns;
        run_until(w, w->now + 3600 * USEC_PER_SEC);
        g_assert_cmpuint(w->n_turns - turns, >=, 3600 / 60);
        g_assert_cmpuint(w->n_turns - turns, <=, 3600 / 60 + 12);
        w->socket_error = 0;
        run_until(w, w->now + 60 * USEC_PER_SEC);
        g_assert_cmpint(w->rx_mode, ==, DHCP4_RX_UDP);
        g_assert_cmpuint(w->timer_at, >, w->now + 3600 * USEC_PER_SEC);
        world_free(w);
}

/* Lets time pass to T1. No server has answered yet. */
static void come_to_t1(World *w) {
        while (state(w) != DHCP4_STATE_RENEWING) {
                w->now = w->timer_at;
                link_timer(w->link, w->now);
        }
}

/*
 * Another process has port 68. Renewals go out all the same, and the packet socket hears the answers. The
 * error is told, also in BOUND, until a renewal finds the port free.
 */
static void test_port_taken(void) {
        World *w = world_new(DHCP4_CONFLICT_NO);
        const char *what;

        come_up(w);
        w->udp_error = -EADDRINUSE;
        for (unsigned n = 1; n <= 2; n++) {
                come_to_t1(w);
                g_assert_cmpint(w->rx_mode, ==, DHCP4_RX_PACKET);
                g_assert_cmpuint(w->n_frames, ==, 1);
                g_assert_cmpint(w->frames[0].via, ==, DHCP4_VIA_UDP);
                /* The link looks again whether the port is free. */
                g_assert_cmpuint(w->timer_at, <=, w->now + USEC_PER_SEC);
                serve_all(w);
                g_assert_cmpuint(w->notices[LINK_NOTICE_RENEWED], ==, n);
                g_assert_cmpint(state(w), ==, DHCP4_STATE_BOUND);
                g_assert_cmpint(link_last_error(w->link, &what), ==, -EADDRINUSE);
                g_assert_nonnull(strstr(what, "port 68"));
        }

        come_to_t1(w);
        w->udp_error = 0;
        w->now = w->timer_at;
        link_timer(w->link, w->now);
        g_assert_cmpint(state(w), ==, DHCP4_STATE_RENEWING);
        g_assert_cmpint(w->rx_mode, ==, DHCP4_RX_PACKET | DHCP4_RX_UDP);
        g_assert_cmpint(link_last_error(w->link, &what), ==, 0);
        world_free(w);
}

/* If the port is still taken when the lease ends, the next lease does not tell of it. */
static void test_port_taken_until_the_end(void) {
        World *w = world_new(DHCP4_CONFLICT_NO);
        const char *what;

        come_up(w);
        w->udp_error = -EADDRINUSE;
        come_to_t1(w);
        g_assert_cmpint(link_last_error(w->link, &what), ==, -EADDRINUSE);
        link_stop(w->link, w->now, /* release= */ true);
        g_assert_cmpint(link_last_error(w->link, &what), ==, 0);
        world_free(w);
}

/* The same for the ARP socket, if conflicts are listened for as long as the lease lasts. */
static void test_arp_refused(void) {
        LinkConfig config = make_config(DHCP4_CONFLICT_OPTIMISTIC);
        World *w = world_new(DHCP4_CONFLICT_OPTIMISTIC);

        config.defend_address = true;
        (void) link_set_config(w->link, w->now, &config, /* release= */ false);
        w->lifetime_sec = 86400;
        link_start(w->link, w->now, NULL, false);
        link_carrier(w->link, w->now, true);
        w->socket_error = -EMFILE;
        serve_all(w);
        run_until(w, w->now + 3600 * USEC_PER_SEC);
        g_assert_cmpint(acd_state(link_acd(w->link)), ==, ACD_STATE_DEFENDING);
        g_assert_false(w->arp);
        w->socket_error = 0;
        run_until(w, w->now + 60 * USEC_PER_SEC);
        g_assert_true(w->arp);
        world_free(w);
}

/* A renewal must not touch what did not change. This is the most common complaint about other clients. */
static void test_thousand_renewals(void) {
        World *w = world_new(DHCP4_CONFLICT_NO);
        unsigned adds;

        come_up(w);
        adds = w->n_adds;
        for (unsigned i = 1; i <= 1000; i++) {
                const unsigned before = w->notices[LINK_NOTICE_RENEWED];

                while (w->notices[LINK_NOTICE_RENEWED] == before) {
                        w->now = w->timer_at;
                        link_timer(w->link, w->now);
                        serve_all(w);
                }
        }
        g_assert_cmpuint(w->n_dels, ==, 0);
        g_assert_cmpuint(w->n_adds - adds, ==, 1000); /* each renewal updates the lifetime in place */
        g_assert_cmpuint(w->notices[LINK_NOTICE_BOUND], ==, 1);
        g_assert_cmpuint(w->notices[LINK_NOTICE_CHANGED] + w->notices[LINK_NOTICE_LOST], ==, 0);
        g_assert_cmpuint(w->now, >, T0 + 1000 * 1000 * USEC_PER_SEC);
        world_free(w);
}

/* With another gateway, the new route is there before the old one goes, and the address is not touched. */
static void test_changed_gateway(void) {
        World *w = world_new(DHCP4_CONFLICT_NO);

        come_up(w);
        w->router = addr("10.0.0.254");
        link_renew(w->link, w->now + USEC_PER_SEC);
        w->now += USEC_PER_SEC;
        serve_all(w);
        g_assert_cmpuint(w->notices[LINK_NOTICE_CHANGED], ==, 1);
        g_assert_cmpuint(w->n_dels, ==, 1);
        g_assert_cmpuint(w->kernel.n_routes, ==, 2);
        g_assert_cmpuint(w->kernel.n_addresses, ==, 1);
        world_free(w);
}

static void test_expiry(void) {
        World *w = world_new(DHCP4_CONFLICT_NO);

        come_up(w);
        w->silent = true;
        run_until(w, T0 + 3599 * USEC_PER_SEC);
        g_assert_cmpuint(w->kernel.n_addresses, ==, 1);
        run_until(w, T0 + 3600 * USEC_PER_SEC);
        g_assert_cmpuint(w->kernel.n_addresses, ==, 0);
        g_assert_cmpuint(w->kernel.n_routes, ==, 0);
        g_assert_cmpint(dhcp4_client_loss(link_client(w->link)), ==, DHCP4_LOSS_EXPIRED);
        w->silent = false;
        run_until(w, T0 + 3700 * USEC_PER_SEC);
        g_assert_cmpint(state(w), ==, DHCP4_STATE_BOUND);
        g_assert_cmpuint(w->notices[LINK_NOTICE_BOUND], ==, 2);
        world_free(w);
}

/*
 * Just before the lease ends, the address gets more time in the kernel, in place, so that the daemon
 * itself takes it off. An address of somebody else does not.
 */
static void test_ending(void) {
        for (unsigned ours = 0; ours < 2; ours++) {
                World *w = world_new(DHCP4_CONFLICT_NO);
                const usec_t end = T0 + 3600 * USEC_PER_SEC;

                come_up(w);
                w->silent = true;
                run_until(w, end - LINK_ENDING_USEC - 1);
                g_assert_cmpuint(w->kernel.addresses[0].valid_until, ==, end);
                w->kernel.addresses[0].ours = ours;
                run_until(w, end - LINK_ENDING_USEC);
                g_assert_cmpuint(w->kernel.addresses[0].valid_until, ==, end + ours * LINK_OUTLAST_USEC);
                g_assert_cmpuint(w->kernel.n_addresses, ==, 1);
                run_until(w, end - 1);
                g_assert_cmpuint(w->kernel.n_addresses, ==, 1);
                if (ours) {
                        run_until(w, end);
                        g_assert_cmpuint(w->kernel.n_addresses, ==, 0);
                }
                world_free(w);
        }
}

/*
 * The kernel counts whole seconds, so it may remove an address a little earlier than the daemon would:
 * this is no failure.
 */
static void test_kernel_expires_first(void) {
        World *w = world_new(DHCP4_CONFLICT_NO);
        const char *what;
        unsigned applies;

        come_up(w);
        w->silent = true;
        run_until(w, T0 + 3599 * USEC_PER_SEC + USEC_PER_SEC / 2);
        kernel_del_address(w, 0);
        applies = w->n_applies;
        link_kernel_changed(w->link, w->now);
        g_assert_cmpuint(w->n_applies, ==, applies);
        g_assert_cmpint(link_last_error(w->link, &what), ==, 0);
        run_until(w, T0 + 3600 * USEC_PER_SEC);
        g_assert_cmpint(dhcp4_client_loss(link_client(w->link)), ==, DHCP4_LOSS_EXPIRED);
        g_assert_cmpuint(w->notices[LINK_NOTICE_LOST], ==, 1);
        g_assert_cmpuint(w->kernel.n_routes, ==, 0);
        world_free(w);
}

/*
 * Takes the routes, or the address, away as soon as they are back, for @usec. Returns how often they came
 * back.
 */
static unsigned take_away(World *w, bool address, usec_t usec) {
        const usec_t until = w->now + usec;
        unsigned n = 0;

        while (w->now < until) {
                if (address && w->kernel.n_addresses > 0)
                        kernel_del_address(w, 0);
                w->kernel.n_routes = 0;
                link_kernel_changed(w->link, w->now);
                while (w->kernel.n_routes == 0 && w->timer_at <= until) {
                        w->now = w->timer_at;
                        link_timer(w->link, w->now);
                }
                if (w->kernel.n_routes == 0)
                        break;
                n++;
                w->now += USEC_PER_MSEC;
        }
        w->now = until;
        return n;
}

/*
 * What somebody takes away comes back after a growing wait. In the end it is left alone until the next
 * renewal, and this is told.
 */
static void test_removed_by_others(void) {
        World *w = world_new(DHCP4_CONFLICT_NO);
        const LinkMissing *missing;
        unsigned applies;

        w->lifetime_sec = 86400;
        come_up(w);
        g_assert_null(link_missing(w->link));
        /* Two routes that go one after the other are one loss. */
        applies = w->n_applies;
        kernel_del_route(w, 0);
        link_kernel_changed(w->link, w->now);
        kernel_del_route(w, 0);
        link_kernel_changed(w->link, w->now);
        run_until(w, w->now + RESTORE_FIRST_USEC);
        g_assert_cmpuint(w->kernel.n_routes, ==, 2);
        g_assert_true(link_settled(w->link));
        g_assert_cmpuint(w->n_applies, ==, applies + 1);

        g_assert_cmpuint(take_away(w, /* address= */ false, 60 * USEC_PER_SEC), ==, RESTORES_MAX - 1);
        applies = w->n_applies;
        for (unsigned i = 0; i < 100; i++)
                link_kernel_changed(w->link, w->now += 60 * USEC_PER_SEC);
        g_assert_cmpuint(w->n_applies, ==, applies);
        g_assert_cmpuint(w->kernel.n_routes, ==, 0);
        g_assert_false(link_settled(w->link));
        missing = link_missing(w->link);
        g_assert_nonnull(missing);
        g_assert_true(missing->default_route);
        g_assert_false(missing->address || missing->lifetime || missing->rule);
        g_assert_cmpuint(missing->n_routes, ==, 1);
        g_assert_cmpint(missing->family, ==, AF_INET);
        g_assert_cmpuint(missing->dst.v4.s_addr, ==, addr("10.0.0.0"));
        g_assert_cmpuint(missing->prefix_len, ==, 24);
        g_assert_cmpuint(w->notices[LINK_NOTICE_LOST], ==, 0);

        /* If something else goes later, this is told, too. */
        kernel_del_address(w, 0);
        link_kernel_changed(w->link, w->now);
        g_assert_true(link_missing(w->link)->address);

        /* The user asks for a renewal. */
        link_renew(w->link, w->now);
        g_assert_cmpuint(w->kernel.n_routes, ==, 2);
        g_assert_null(link_missing(w->link));
        serve_all(w);
        g_assert_true(link_settled(w->link));

        /* The link gave up once more. A plain renewal gives it another chance. */
        g_assert_cmpuint(take_away(w, /* address= */ true, 60 * USEC_PER_SEC), ==, RESTORES_MAX);
        g_assert_nonnull(link_missing(w->link));
        run_until(w, w->now + 12 * 3600 * USEC_PER_SEC);
        g_assert_cmpuint(w->notices[LINK_NOTICE_RENEWED], ==, 2);
        g_assert_null(link_missing(w->link));
        g_assert_cmpuint(w->kernel.n_routes, ==, 2);
        g_assert_true(link_settled(w->link));

        /* Others may put everything back themselves. */
        g_assert_cmpuint(take_away(w, /* address= */ true, 60 * USEC_PER_SEC), ==, RESTORES_MAX);
        g_assert_nonnull(link_missing(w->link));
        kernel_make_whole(w);
        link_kernel_changed(w->link, w->now);
        g_assert_null(link_missing(w->link));
        g_assert_true(link_settled(w->link));

        /* If the lease is gone, nothing of it is missing. */
        g_assert_cmpuint(take_away(w, /* address= */ true, 60 * USEC_PER_SEC), ==, 0);
        g_assert_nonnull(link_missing(w->link));
        link_stop(w->link, w->now, /* release= */ false);
        g_assert_null(link_missing(w->link));
        world_free(w);
}

/* What others take away while the kernel refuses our steps is one loss, however often it is tried. */
static void test_removed_and_refused(void) {
        World *w = world_new(DHCP4_CONFLICT_NO);

        w->lifetime_sec = 86400;
        come_up(w);
        kernel_del_route(w, 0);
        w->apply_error = -ENOBUFS;
        link_kernel_changed(w->link, w->now);
        run_until(w, w->now + 600 * USEC_PER_SEC);
        g_assert_null(link_missing(w->link));
        w->apply_error = 0;
        run_until(w, w->now + 60 * USEC_PER_SEC);
        g_assert_true(link_settled(w->link));
        world_free(w);
}

/*
 * Somebody put the address on the link before, with a lifetime of its own: each renewal extends it, and
 * it never becomes ours.
 */
static void test_inherited(void) {
        World *w = world_new(DHCP4_CONFLICT_NO);

        w->kernel.addresses[0] = (NetAddress){ .family = AF_INET,
                                               .address.v4.s_addr = w->offer,
                                               .prefix_len = 24,
                                               .valid_until = w->now + 12 * USEC_PER_SEC };
        w->kernel.n_addresses = 1;
        come_up(w);
        g_assert_cmpuint(w->kernel.n_addresses, ==, 1);
        g_assert_true(w->kernel.addresses[0].valid_until >= w->now + 3598 * USEC_PER_SEC);
        for (unsigned i = 0; i < 10; i++) {
                run_until(w, w->now + 3000 * USEC_PER_SEC);
                g_assert_true(w->kernel.addresses[0].valid_until > w->now + 500 * USEC_PER_SEC);
        }
        g_assert_false(w->kernel.addresses[0].ours);
        g_assert_cmpuint(w->n_dels, ==, 0);
        world_free(w);
}

/*
 * If the kernel refuses, there is one try per interval. The lease is applied when the kernel no longer
 * refuses.
 */
static void test_kernel_refuses(void) {
        World *w = world_new(DHCP4_CONFLICT_NO);
        const char *what;

        w->apply_error = -EPERM;
        link_start(w->link, w->now, NULL, false);
        link_carrier(w->link, w->now, true);
        serve_all(w);
        g_assert_cmpint(state(w), ==, DHCP4_STATE_BOUND);
        g_assert_cmpuint(w->notices[LINK_NOTICE_BOUND], ==, 0);
        g_assert_cmpint(link_last_error(w->link, &what), ==, -EPERM);
        run_until(w, T0 + 600 * USEC_PER_SEC);
        g_assert_cmpuint(w->n_applies, >, 5);
        g_assert_cmpuint(w->n_applies, <, 30);
        w->apply_error = 0;
        run_until(w, T0 + 700 * USEC_PER_SEC);
        g_assert_cmpuint(w->notices[LINK_NOTICE_BOUND], ==, 1);
        g_assert_true(link_settled(w->link));
        world_free(w);
}

/* One route that the kernel does not take must not hide the lease. */
static void test_one_bad_route(void) {
        World *w = world_new(DHCP4_CONFLICT_NO);
        const char *what;

        w->kernel.refuse_gateways = true;
        come_up(w);
        g_assert_cmpuint(w->notices[LINK_NOTICE_BOUND], ==, 1);
        g_assert_false(link_settled(w->link));
        g_assert_cmpint(link_last_error(w->link, &what), ==, -ENETUNREACH);
        world_free(w);
}

static void test_carrier(void) {
        World *w = world_new(DHCP4_CONFLICT_NO);

        come_up(w);
        /* After a short loss of the carrier the address is still there, and is verified. */
        link_carrier(w->link, w->now, false);
        run_until(w, w->now + 2 * USEC_PER_SEC);
        link_carrier(w->link, w->now, true);
        g_assert_cmpint(state(w), ==, DHCP4_STATE_REBOOTING);
        g_assert_cmpuint(w->kernel.n_addresses, ==, 1);
        serve_all(w);
        g_assert_cmpint(state(w), ==, DHCP4_STATE_BOUND);
        g_assert_cmpuint(w->n_dels, ==, 0);
        g_assert_cmpuint(w->notices[LINK_NOTICE_LOST], ==, 0);

        /* After a long loss the address is withdrawn and remembered, and asked for again at once. */
        link_carrier(w->link, w->now, false);
        run_until(w, w->now + 4 * USEC_PER_SEC);
        g_assert_cmpuint(w->kernel.n_addresses, ==, 0);
        g_assert_cmpuint(w->notices[LINK_NOTICE_LOST], ==, 1);
        link_carrier(w->link, w->now, true);
        g_assert_cmpuint(w->n_frames, ==, 1);
        g_assert_cmpint(w->frames[0].type, ==, DHCP4_REQUEST);
        serve_all(w);
        g_assert_cmpuint(w->notices[LINK_NOTICE_BOUND], ==, 2);
        world_free(w);
}

/* Lets the router of test leases answer an ARP request, from the hardware address @mac. */
static void answer_as_router(World *w, const uint8_t router_mac[6]) {
        ArpPacket arp = { .op = ARP_OP_REPLY, .sender.s_addr = w->router, .target = w->last_arp.sender };

        memcpy(arp.sender_mac, router_mac, 6);
        memcpy(arp.target_mac, mac, 6);
        link_arp(w->link, w->now, &arp);
}

/*
 * RFC 4436: the router tells that the network is the one of the lease, long before a server does. No
 * other network is taken for it.
 */
static void test_attachment(gconstpointer stored) {
        static const uint8_t router[6] = { 2, 9, 9, 9, 9, 1 }, other[6] = { 2, 9, 9, 9, 9, 2 };
        const Dhcp4StoredMode mode = (Dhcp4StoredMode) GPOINTER_TO_INT(stored);
        LinkConfig config = make_config(DHCP4_CONFLICT_NO);
        World *w = world_new(DHCP4_CONFLICT_NO);

        config.client.stored = mode;
        (void) link_set_config(w->link, w->now, &config, /* release= */ false);
        come_up(w);
        if (mode == DHCP4_STORED_NEVER) {
                g_assert_cmpuint(w->n_arps, ==, 0);
                world_free(w);
                return;
        }
        g_assert_cmpuint(w->n_arps, ==, 1);
        g_assert_cmpuint(w->last_arp.target.s_addr, ==, w->router);
        answer_as_router(w, router);
        g_assert_cmpuint(w->n_learned, ==, 1);
        g_assert_cmpmem(link_lease(w->link)->gateways[0].mac, 6, router, 6);
        g_assert_false(w->arp);

        w->silent = true;
        link_carrier(w->link, w->now, false);
        run_until(w, w->now + 60 * USEC_PER_SEC);
        g_assert_cmpuint(w->kernel.n_addresses, ==, 0);
        link_carrier(w->link, w->now, true);
        g_assert_cmpint(state(w), ==, DHCP4_STATE_REBOOTING);
        g_assert_cmpuint(w->n_frames, ==, 1); /* beside the question to the router, as always */
        g_assert_cmpuint(w->n_arps, ==, 2);
        g_assert_cmpmem(w->last_arp_to, 6, router, 6);
        answer_as_router(w, other);
        g_assert_cmpuint(w->kernel.n_addresses, ==, 0);
        answer_as_router(w, router);
        g_assert_cmpint(state(w), ==, DHCP4_STATE_REBOOTING);
        g_assert_cmpuint(w->kernel.n_addresses, ==, 1);
        g_assert_cmpuint(w->notices[LINK_NOTICE_BOUND], ==, 2);
        g_assert_false(w->arp);
        /* The server says nothing: the lease is good for the rest of its time. */
        serve_all(w);
        run_until(w, w->now + 60 * USEC_PER_SEC);
        g_assert_cmpint(state(w), ==, DHCP4_STATE_BOUND);
        g_assert_cmpuint(w->notices[LINK_NOTICE_LOST], ==, 1);

        /* The link is on another network, and there is no server there either. */
        link_carrier(w->link, w->now, false);
        run_until(w, w->now + 60 * USEC_PER_SEC);
        link_carrier(w->link, w->now, true);
        serve_all(w);
        run_until(w, w->now + 60 * USEC_PER_SEC);
        g_assert_cmpuint(w->kernel.n_addresses, ==, mode == DHCP4_STORED_SILENCE);
        world_free(w);
}

/* If a server says NAK, this counts more than the router's answer. */
static void test_attachment_refused(void) {
        static const uint8_t router[6] = { 2, 9, 9, 9, 9, 1 };
        World *w = world_new(DHCP4_CONFLICT_NO);

        come_up(w);
        answer_as_router(w, router);
        link_carrier(w->link, w->now, false);
        run_until(w, w->now + 60 * USEC_PER_SEC);
        link_carrier(w->link, w->now, true);
        answer_as_router(w, router);
        g_assert_cmpuint(w->kernel.n_addresses, ==, 1);
        g_assert_cmpuint(w->n_frames, ==, 1);
        serve(w, &w->frames[0], DHCP4_NAK);
        g_assert_cmpuint(w->kernel.n_addresses, ==, 0);
        world_free(w);
}

/*
 * The kernel drops the routes of a link that was set down. Putting them back counts as no quarrel,
 * however often it happens.
 */
static void test_link_down_and_up(void) {
        World *w = world_new(DHCP4_CONFLICT_NO);

        come_up(w);
        for (unsigned i = 0; i < 5; i++) {
                link_carrier(w->link, w->now, false);
                w->kernel.n_routes = 0;
                link_kernel_changed(w->link, w->now);
                w->now += USEC_PER_SEC;
                link_carrier(w->link, w->now, true);
                serve_all(w);
                g_assert_cmpuint(w->kernel.n_routes, ==, 2);
        }
        g_assert_cmpuint(w->notices[LINK_NOTICE_LOST], ==, 0);
        world_free(w);
}

/* The daemon is restarted: the lease is on the link, nothing is sent, and nothing is touched. */
static void test_adopted(void) {
        World *w = world_new(DHCP4_CONFLICT_OPTIMISTIC), *w2 = world_new(DHCP4_CONFLICT_OPTIMISTIC);

        come_up(w);
        w2->kernel = w->kernel;
        w2->now = w->now + 10 * USEC_PER_SEC;
        link_start(w2->link, w2->now, link_source(w->link), true);
        link_carrier(w2->link, w2->now, true);
        g_assert_cmpint(state(w2), ==, DHCP4_STATE_BOUND);
        g_assert_cmpuint(w2->n_frames, ==, 0);
        g_assert_cmpuint(w2->n_adds + w2->n_dels, ==, 0);
        g_assert_cmpuint(w2->notices[LINK_NOTICE_BOUND], ==, 1);
        world_free(w);
        world_free(w2);
}

static void test_send_fails(void) {
        World *w = world_new(DHCP4_CONFLICT_NO);
        const char *what;

        w->send_error = -ENETDOWN;
        link_start(w->link, w->now, NULL, false);
        link_carrier(w->link, w->now, true);
        g_assert_cmpint(link_last_error(w->link, &what), ==, -ENETDOWN);
        w->send_error = 0;
        run_until(w, T0 + 10 * USEC_PER_SEC);
        g_assert_cmpint(state(w), ==, DHCP4_STATE_BOUND);
        g_assert_cmpint(link_last_error(w->link, &what), ==, 0);
        world_free(w);
}

static void test_rubbish(void) {
        World *w = world_new(DHCP4_CONFLICT_NO);
        uint8_t data[1500];

        come_up(w);
        memset(data, 0x63, sizeof(data));
        for (size_t len = 0; len <= sizeof(data); len += 100)
                link_message(w->link, w->now, data, len, &(const IpAddress){ .v4.s_addr = addr("10.0.0.1") },
                             NULL);
        g_assert_cmpint(state(w), ==, DHCP4_STATE_BOUND);
        g_assert_cmpuint(w->n_dels, ==, 0);
        world_free(w);
}

/*
 * There is no server: a link-local address is probed, put on the link and told. It is defended as long as
 * it is used, and goes when there is a lease.
 */
static void test_link_local(void) {
        World *w = world_new(DHCP4_CONFLICT_OPTIMISTIC);
        LinkConfig config = make_config(DHCP4_CONFLICT_OPTIMISTIC);

        config.client.fallback =
                (Dhcp4Fallback){ .kind = DHCP4_FALLBACK_LINK_LOCAL, .after_usec = 10 * USEC_PER_SEC };
        (void) link_set_config(w->link, w->now, &config, /* release= */ false);
        w->silent = true;
        link_start(w->link, w->now, NULL, false);
        link_carrier(w->link, w->now, true);
        run_until(w, T0 + 11 * USEC_PER_SEC);
        g_assert_cmpuint(w->kernel.n_addresses, ==, 0);
        run_until(w, T0 + 60 * USEC_PER_SEC);
        g_assert_cmpint(state(w), ==, DHCP4_STATE_SELECTING);
        g_assert_cmpuint(w->kernel.n_addresses, ==, 1);
        g_assert_true(ip4_is_link_local(w->kernel.addresses[0].address.v4));
        g_assert_cmpuint(w->kernel.n_routes, ==, 1); /* its own prefix */
        g_assert_cmpuint(w->notices[LINK_NOTICE_BOUND], ==, 1);
        g_assert_null(link_lease(w->link));
        g_assert_cmpint(link_source(w->link)->origin, ==, DHCP4_LEASE_LINK_LOCAL);
        g_assert_true(w->arp);
        run_until(w, T0 + 3600 * USEC_PER_SEC);
        g_assert_cmpuint(w->notices[LINK_NOTICE_BOUND], ==, 1);
        g_assert_cmpuint(w->n_dels, ==, 0);

        w->silent = false;
        run_until(w, T0 + 3800 * USEC_PER_SEC);
        g_assert_cmpint(state(w), ==, DHCP4_STATE_BOUND);
        g_assert_cmpuint(w->kernel.n_addresses, ==, 1);
        g_assert_false(ip4_is_link_local(w->kernel.addresses[0].address.v4));
        g_assert_cmpuint(w->notices[LINK_NOTICE_CHANGED], ==, 1);
        g_assert_cmpuint(w->notices[LINK_NOTICE_LOST], ==, 0);
        world_free(w);
}

int main(int argc, char *argv[]) {
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/link/bind-and-release", test_bind_and_release);
        g_test_add_func("/link/listens-when-bound", test_listens_when_bound);
        g_test_add_func("/link/socket-refused", test_socket_refused);
        g_test_add_func("/link/port-taken", test_port_taken);
        g_test_add_func("/link/port-taken/until-the-end", test_port_taken_until_the_end);
        g_test_add_func("/link/arp-refused", test_arp_refused);
        g_test_add_func("/link/thousand-renewals", test_thousand_renewals);
        g_test_add_func("/link/changed-gateway", test_changed_gateway);
        g_test_add_func("/link/expiry", test_expiry);
        g_test_add_func("/link/ending", test_ending);
        g_test_add_func("/link/kernel-expires-first", test_kernel_expires_first);
        g_test_add_func("/link/removed-by-others", test_removed_by_others);
        g_test_add_func("/link/removed-and-refused", test_removed_and_refused);
        g_test_add_func("/link/inherited", test_inherited);
        g_test_add_func("/link/kernel-refuses", test_kernel_refuses);
        g_test_add_func("/link/one-bad-route", test_one_bad_route);
        g_test_add_func("/link/carrier", test_carrier);
        g_test_add_data_func("/link/attachment/confirmed", GINT_TO_POINTER(DHCP4_STORED_CONFIRMED),
                             test_attachment);
        g_test_add_data_func("/link/attachment/always", GINT_TO_POINTER(DHCP4_STORED_SILENCE),
                             test_attachment);
        g_test_add_data_func("/link/attachment/no", GINT_TO_POINTER(DHCP4_STORED_NEVER), test_attachment);
        g_test_add_func("/link/attachment/refused", test_attachment_refused);
        g_test_add_func("/link/link-down-and-up", test_link_down_and_up);
        g_test_add_func("/link/adopted", test_adopted);
        g_test_add_func("/link/link-local", test_link_local);
        g_test_add_func("/link/send-fails", test_send_fails);
        g_test_add_func("/link/rubbish", test_rubbish);
        return g_test_run();
}
