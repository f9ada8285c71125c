/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A link that puts nothing of its lease anywhere (Apply=no): what it does to the kernel and on the wire,
 * and what it does when another program puts the address somewhere.
 */
#include "tests/unit/link-fixture.h"

static LinkConfig make_lease_only(Dhcp4ConflictMode conflict) {
        LinkConfig config = make_config(conflict);

        config.net.lease_only = true;
        config.net.use_mtu = NET_MTU_LINK;
        config.net.rule_table = 77;
        return config;
}

static World *world_lease_only(Dhcp4ConflictMode conflict) {
        const LinkConfig config = make_lease_only(conflict);

        return world_of(&config);
}

static void start(World *w) {
        link_mtu(w->link, w->now, 1500);
        link_start(w->link, w->now, NULL, false);
        link_carrier(w->link, w->now, true);
        serve_all(w);
}

static void assert_untouched(const World *w) {
        g_assert_cmpuint(w->n_applies, ==, 0);
        g_assert_cmpuint(w->n_mtus, ==, 0);
}

/* Returns the last frame, parsed. The frame stays in the queue, so that the server can still answer it. */
static Dhcp4Message last_message(const World *w, const Dhcp4Frame **ret_frame) {
        Dhcp4Message m;

        g_assert_cmpuint(w->n_frames, ==, 1);
        *ret_frame = &w->frames[0];
        g_assert_cmpint(dhcp4_message_parse((*ret_frame)->data, (*ret_frame)->len, &m), ==, 0);
        g_assert_cmpint((*ret_frame)->type, ==, DHCP4_REQUEST);
        return m;
}

/* Runs to the next message, without an answer. */
static void run_to_message(World *w) {
        while (w->n_frames == 0) {
                w->now = MAX(w->now, w->timer_at);
                link_timer(w->link, w->now);
        }
}

static void test_whole_life(void) {
        World *w = world_lease_only(DHCP4_CONFLICT_OPTIMISTIC);
        NetConfig desired;

        w->offered_mtu = 1400;
        start(w);
        g_assert_cmpint(state(w), ==, DHCP4_STATE_PROBING);
        run_until(w, T0 + 10 * USEC_PER_SEC);
        g_assert_cmpint(state(w), ==, DHCP4_STATE_BOUND);
        g_assert_cmpuint(w->notices[LINK_NOTICE_BOUND], ==, 1);
        g_assert_true(link_settled(w->link));
        /* A program that puts the address on the link itself can learn what the lease asks for. */
        link_desired(w->link, &desired);
        g_assert_cmpuint(desired.n_addresses, ==, 1);
        g_assert_cmpuint(desired.n_routes, ==, 2);
        g_assert_cmpuint(desired.n_rules, ==, 1);

        run_until(w, T0 + 10 * 3600 * USEC_PER_SEC);
        g_assert_cmpuint(w->notices[LINK_NOTICE_RENEWED], >=, 19);
        g_assert_cmpuint(w->notices[LINK_NOTICE_LOST], ==, 0);
        g_assert_cmpint(link_last_error(w->link, &(const char *){ NULL }), ==, 0);

        w->silent = true;
        run_until(w, w->now + 3605 * USEC_PER_SEC);
        g_assert_cmpuint(w->notices[LINK_NOTICE_LOST], ==, 1);
        g_assert_cmpint(link_loss(w->link), ==, DHCP4_LOSS_EXPIRED);
        assert_untouched(w);
        world_free(w);
}

/*
 * No host on the link answers ARP requests for the address, so an answer that is sent to it would not
 * arrive: RFC 2131 §4.4.1 leaves ciaddr empty then.
 */
static void test_renewal_absent(void) {
        World *w = world_lease_only(DHCP4_CONFLICT_NO);
        const Dhcp4Frame *frame;
        struct in_addr asked;
        Dhcp4Message m;

        start(w);
        for (unsigned i = 0; i < 2; i++) {
                do {
                        w->n_frames = 0;
                        run_to_message(w);
                } while (state(w) != (i == 0 ? DHCP4_STATE_RENEWING : DHCP4_STATE_REBINDING));
                m = last_message(w, &frame);
                g_assert_cmpint(frame->via, ==, DHCP4_VIA_PACKET);
                g_assert_cmpuint(frame->src.s_addr, ==, INADDR_ANY);
                g_assert_cmpuint(frame->dst.s_addr, ==, INADDR_BROADCAST);
                g_assert_cmpuint(m.header.ciaddr.s_addr, ==, INADDR_ANY);
                g_assert_cmpint(dhcp4_message_get_addr(&m, DHCP4_OPTION_REQUESTED_IP, &asked), ==, 0);
                g_assert_cmpuint(asked.s_addr, ==, w->offer);
                g_assert_false(dhcp4_message_has(&m, DHCP4_OPTION_SERVER_ID));
                g_assert_cmpint(w->rx_mode, ==, DHCP4_RX_PACKET);
                g_assert_cmpint(link_last_error(w->link, &(const char *){ NULL }), ==, 0);
        }
        serve_all(w);
        g_assert_cmpint(state(w), ==, DHCP4_STATE_BOUND);
        assert_untouched(w);
        world_free(w);
}

/*
 * Another program has put the address on the link in the meantime. The renewal is then like any other,
 * even if this changes from one message to the next.
 */
static void test_renewal_here(void) {
        World *w = world_lease_only(DHCP4_CONFLICT_NO);
        const Dhcp4Frame *frame;
        Dhcp4Message m;

        start(w);
        run_to_message(w);
        m = last_message(w, &frame);
        g_assert_cmpuint(m.header.ciaddr.s_addr, ==, INADDR_ANY);
        w->n_frames = 0;

        w->here = w->offer;
        run_to_message(w);
        m = last_message(w, &frame);
        g_assert_cmpint(state(w), ==, DHCP4_STATE_RENEWING);
        g_assert_cmpint(frame->via, ==, DHCP4_VIA_UDP);
        g_assert_cmpuint(frame->src.s_addr, ==, w->offer);
        g_assert_cmpuint(m.header.ciaddr.s_addr, ==, w->offer);
        g_assert_false(dhcp4_message_has(&m, DHCP4_OPTION_REQUESTED_IP));
        serve_all(w);
        g_assert_cmpint(state(w), ==, DHCP4_STATE_BOUND);
        assert_untouched(w);
        world_free(w);
}

/* The address is probed, and not claimed: only the host that has it may claim it. */
static void test_conflict_detection(gconstpointer data) {
        World *w = world_lease_only((Dhcp4ConflictMode) GPOINTER_TO_INT(data));
        ArpPacket claim = { .op = ARP_OP_REPLY, .sender.s_addr = w->offer, .sender_mac = { 2, 7 } };
        unsigned n_arps;

        start(w);
        for (unsigned i = 0; i < 1000 && w->now < T0 + 60 * USEC_PER_SEC; i++) {
                run_until(w, MIN(w->timer_at, T0 + 60 * USEC_PER_SEC));
                if (w->n_arps > 0)
                        g_assert_cmpuint(w->last_arp.sender.s_addr, ==, INADDR_ANY);
        }
        g_assert_cmpint(state(w), ==, DHCP4_STATE_BOUND);
        g_assert_cmpuint(w->n_arps, ==, 3); /* RFC 5227 §1.1, PROBE_NUM */
        g_assert_false(w->arp);

        /*
         * The machine that uses the address claims it from its own hardware address. This is no conflict,
         * and it is left alone.
         */
        n_arps = w->n_arps;
        g_assert_false(link_wants_arp(w->link, &claim));
        link_arp(w->link, w->now, &claim);
        run_until(w, w->now + 100 * USEC_PER_SEC);
        g_assert_cmpint(state(w), ==, DHCP4_STATE_BOUND);
        g_assert_cmpuint(w->n_arps, ==, n_arps);
        assert_untouched(w);
        world_free(w);
}

/*
 * Another host has the address already: DECLINE is sent, and the lease is not told. This is so in
 * optimistic mode, too: once the lease is told, a claim may come from the machine that uses it.
 */
static void test_conflict(gconstpointer data) {
        World *w = world_lease_only((Dhcp4ConflictMode) GPOINTER_TO_INT(data));
        const ArpPacket claim = { .op = ARP_OP_REPLY, .sender.s_addr = w->offer, .sender_mac = { 2, 7 } };

        start(w);
        g_assert_cmpint(state(w), ==, DHCP4_STATE_PROBING);
        g_assert_true(link_wants_arp(w->link, &claim));
        link_arp(w->link, w->now, &claim);
        g_assert_cmpuint(w->n_frames, ==, 1);
        g_assert_cmpint(w->frames[0].type, ==, DHCP4_DECLINE);
        g_assert_cmpuint(w->notices[LINK_NOTICE_BOUND], ==, 0);
        world_free(w);
}

/*
 * It is no conflict that another link of the host has the address: the lease may be meant for a bridge or
 * a container.
 */
static void test_elsewhere(void) {
        World *w = world_lease_only(DHCP4_CONFLICT_OPTIMISTIC);

        w->elsewhere = w->offer;
        start(w);
        run_until(w, T0 + 10 * USEC_PER_SEC);
        g_assert_cmpint(state(w), ==, DHCP4_STATE_BOUND);
        world_free(w);
}

/* Tunnels and their routes do not matter to a link without routes. */
static void test_tunnels(void) {
        static const uint8_t classless[] = { 8, 10, 10, 0, 0, 1 };
        World *w = world_lease_only(DHCP4_CONFLICT_NO);
        unsigned n_turns;

        net_tunnels_add(&w->tunnels,
                        &(const NetTunnelRoute){ .family = AF_INET,
                                                 .dst.v4.s_addr = addr("10.0.0.0"),
                                                 .prefix_len = 8,
                                                 .table = 254 });
        w->tunnels_error = -ETIMEDOUT;
        w->classless = classless;
        w->classless_len = sizeof(classless);
        start(w);
        g_assert_cmpint(state(w), ==, DHCP4_STATE_BOUND);
        g_assert_cmpuint(w->notices[LINK_NOTICE_BOUND], ==, 1);
        g_assert_cmpuint(link_refusals(w->link)->n, ==, 0);
        n_turns = w->n_turns;
        link_tunnels_changed(w->link, w->now);
        g_assert_cmpuint(w->n_turns, ==, n_turns);
        world_free(w);
}

/* The administrator changes the setting, and changes it back. The lease stays the same. */
static void test_setting_changes(void) {
        LinkConfig config = make_lease_only(DHCP4_CONFLICT_OPTIMISTIC);
        World *w;

        config.net.lease_only = false;
        w = world_of(&config);
        w->offered_mtu = 1400;
        start(w);
        run_until(w, T0 + 60 * USEC_PER_SEC);
        g_assert_cmpuint(w->kernel.n_addresses, ==, 1);
        g_assert_cmpuint(w->kernel.n_routes, ==, 2);
        g_assert_cmpuint(w->kernel.n_rules, ==, 1);
        g_assert_cmpuint(w->mtu, ==, 1400);

        config.net.lease_only = true;
        g_assert_false(link_set_config(w->link, w->now, &config, true));
        g_assert_cmpuint(w->kernel.n_addresses + w->kernel.n_routes + w->kernel.n_rules, ==, 0);
        g_assert_cmpuint(w->mtu, ==, 1500);
        run_until(w, w->now + 7200 * USEC_PER_SEC);
        g_assert_cmpuint(w->kernel.n_addresses + w->kernel.n_routes + w->kernel.n_rules, ==, 0);

        config.net.lease_only = false;
        g_assert_false(link_set_config(w->link, w->now, &config, true));
        g_assert_cmpuint(w->kernel.n_addresses, ==, 1);
        g_assert_cmpuint(w->kernel.n_routes, ==, 2);
        g_assert_cmpuint(w->kernel.n_rules, ==, 1);
        g_assert_cmpuint(w->mtu, ==, 1400);
        g_assert_cmpuint(w->notices[LINK_NOTICE_BOUND], ==, 1);
        g_assert_cmpuint(w->notices[LINK_NOTICE_LOST], ==, 0);
        world_free(w);
}

/*
 * A question to a router names this host as the owner of the address (RFC 4436), and another machine may
 * be the owner.
 */
static void test_router_not_asked(void) {
        World *w = world_lease_only(DHCP4_CONFLICT_OPTIMISTIC);

        start(w);
        run_until(w, T0 + 60 * USEC_PER_SEC);
        w->silent = true;
        link_carrier(w->link, w->now, false);
        link_carrier(w->link, w->now, true);
        w->n_frames = 0;
        run_to_message(w);
        g_assert_cmpuint(w->last_arp.sender.s_addr, ==, INADDR_ANY);

        w->here = w->offer;
        w->silent = false;
        serve_all(w);
        run_until(w, w->now + 60 * USEC_PER_SEC);
        g_assert_cmpuint(w->last_arp.sender.s_addr, ==, w->offer);
        g_assert_cmpuint(w->last_arp.target.s_addr, ==, w->router);
        world_free(w);
}

/* A configured address is looked for before any server has answered, as a leased one is. */
static void test_inform(void) {
        for (unsigned here = 0; here < 2; here++) {
                LinkConfig config = make_lease_only(DHCP4_CONFLICT_NO);
                World *w;

                config.client.inform.s_addr = addr("10.0.0.9");
                config.client.inform_prefix_len = 24;
                w = world_of(&config);
                w->silent = true;
                w->here = here ? addr("10.0.0.9") : INADDR_ANY;
                start(w);
                g_assert_cmpint(state(w), ==, DHCP4_STATE_INFORMING);
                /* Only an address that is there can be listened at. */
                g_assert_cmpuint(w->udp_address.s_addr, ==, w->here);
                g_assert_null(link_lease(w->link));
                g_assert_cmpint(link_source(w->link)->origin, ==, DHCP4_LEASE_INFORM);
                assert_untouched(w);
                world_free(w);
        }
}

int main(int argc, char *argv[]) {
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/link-lease-only/whole-life", test_whole_life);
        g_test_add_func("/link-lease-only/inform", test_inform);
        g_test_add_func("/link-lease-only/renewal-absent", test_renewal_absent);
        g_test_add_func("/link-lease-only/renewal-here", test_renewal_here);
        g_test_add_data_func("/link-lease-only/conflict-detection/optimistic",
                             GINT_TO_POINTER(DHCP4_CONFLICT_OPTIMISTIC), test_conflict_detection);
        g_test_add_data_func("/link-lease-only/conflict-detection/strict",
                             GINT_TO_POINTER(DHCP4_CONFLICT_STRICT), test_conflict_detection);
        g_test_add_data_func("/link-lease-only/conflict/optimistic",
                             GINT_TO_POINTER(DHCP4_CONFLICT_OPTIMISTIC), test_conflict);
        g_test_add_data_func("/link-lease-only/conflict/strict", GINT_TO_POINTER(DHCP4_CONFLICT_STRICT),
                             test_conflict);
        g_test_add_func("/link-lease-only/elsewhere", test_elsewhere);
        g_test_add_func("/link-lease-only/tunnels", test_tunnels);
        g_test_add_func("/link-lease-only/setting-changes", test_setting_changes);
        g_test_add_func("/link-lease-only/router-not-asked", test_router_not_asked);
        return g_test_run();
}
