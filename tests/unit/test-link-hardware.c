/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The hardware address of a link changes (link/link-dhcp4-former.c): a bridge gets a port, a bond changes
 * its active port, or an address is drawn anew. What stays on the link, what is sent under which
 * identity, and what observers are told.
 */
#include "tests/unit/link-fixture.h"

static const uint8_t other_mac[6] = { 0x02, 0xaa, 0xaa, 0xaa, 0xaa, 0xaa },
                     third_mac[6] = { 0x02, 0xbb, 0xbb, 0xbb, 0xbb, 0xbb };

/*
 * Returns the configuration of the link with hardware address @address. @by_address: the client
 * identifier is made of it.
 */
static LinkConfig config_at(const uint8_t address[6], bool by_address) {
        LinkConfig c = make_config(DHCP4_CONFLICT_OPTIMISTIC);

        memcpy(c.client.chaddr, address, 6);
        memcpy(c.mac, address, 6);
        memcpy(c.client.client_id + 1, by_address ? address : mac, 6);
        c.client.client_id[0] = by_address ? 1 : 0;
        return c;
}

static World *world_at(bool by_address) {
        const LinkConfig c = config_at(mac, by_address);
        World *w = world_of(&c);

        come_up(w);
        run_until(w, T0 + 100 * USEC_PER_SEC); /* conflict detection is over */
        g_assert_cmpint(acd_state(link_acd(w->link)), ==, ACD_STATE_DEFENDING);
        return w;
}

/*
 * Changes the address as the manager does: the link is told of its carrier again if it is another client
 * now.
 */
static bool move_to(World *w, const uint8_t address[6], bool by_address) {
        const LinkConfig c = config_at(address, by_address);
        const bool other = link_set_hardware(w->link, w->now, &c, NULL, /* release= */ true);

        if (other)
                link_carrier(w->link, w->now, true);
        return other;
}

/*
 * Checks the last frame that was sent: its type, its address (ciaddr or option 50), and under which
 * identity it was sent.
 */
static void check_frame(const World *w, Dhcp4MessageType type, const char *address,
                        const uint8_t chaddr[6]) {
        const Dhcp4Frame *frame = &w->frames[w->n_frames - 1];
        struct in_addr asked = {};
        const uint8_t *id;
        size_t id_len;
        Dhcp4Message m;

        g_assert_cmpuint(w->n_frames, >, 0);
        g_assert_cmpint(frame->type, ==, type);
        g_assert_cmpint(dhcp4_message_parse(frame->data, frame->len, &m), ==, 0);
        g_assert_cmpmem(m.header.chaddr, 6, chaddr, 6);
        g_assert_cmpint(dhcp4_message_get(&m, DHCP4_OPTION_CLIENT_ID, &id, &id_len), ==, 0);
        if (id[0] == 1)
                g_assert_cmpmem(id + 1, 6, chaddr, 6);
        if (dhcp4_message_get_addr(&m, DHCP4_OPTION_REQUESTED_IP, &asked) != 0)
                asked = m.header.ciaddr;
        if (address)
                g_assert_cmpuint(asked.s_addr, ==, addr(address));
}

static bool has(const World *w, const char *address) {
        for (size_t i = 0; i < w->kernel.n_addresses; i++)
                if (w->kernel.addresses[i].address.v4.s_addr == addr(address))
                        return true;
        return false;
}

/*
 * The server knows the client by an identifier that does not depend on the address: nothing is taken off
 * the link, and the lease is verified under the new address.
 */
static void test_same_client(void) {
        World *w = world_at(false);

        w->n_arps = 0;
        g_assert_false(move_to(w, other_mac, false));
        g_assert_cmpint(state(w), ==, DHCP4_STATE_REBOOTING);
        check_frame(w, DHCP4_REQUEST, "10.0.0.50", other_mac);
        /* Neighbours learn where the address is now. */
        g_assert_cmpuint(w->n_arps, ==, 1);
        g_assert_cmpuint(w->last_arp.sender.s_addr, ==, addr("10.0.0.50"));
        g_assert_cmpmem(w->last_arp.sender_mac, 6, other_mac, 6);
        serve_all(w);
        g_assert_cmpint(state(w), ==, DHCP4_STATE_BOUND);
        g_assert_cmpuint(w->notices[LINK_NOTICE_LOST] + w->notices[LINK_NOTICE_CHANGED], ==, 0);
        g_assert_cmpuint(w->n_dels, ==, 0);
        world_free(w);
}

/* The server is silent: the lease is used until it ends. */
static void test_same_client_silence(void) {
        World *w = world_at(false);

        w->silent = true;
        g_assert_false(move_to(w, other_mac, false));
        run_until(w, T0 + 3500 * USEC_PER_SEC);
        g_assert_true(has(w, "10.0.0.50"));
        g_assert_cmpuint(w->n_dels, ==, 0);
        run_until(w, T0 + 3601 * USEC_PER_SEC);
        g_assert_cmpuint(w->kernel.n_addresses, ==, 0);
        g_assert_cmpint(link_loss(w->link), ==, DHCP4_LOSS_EXPIRED);
        world_free(w);
}

/*
 * It is another client now. When it has its own lease, and not before, the old lease is released under
 * the old identity.
 */
static void test_other_client(void) {
        World *w = world_at(true);

        g_assert_true(move_to(w, other_mac, true));
        check_frame(w, DHCP4_DISCOVER, "0.0.0.0", other_mac);
        g_assert_cmpuint(w->n_dels, ==, 0);
        g_assert_true(link_lease_is_former(w->link));
        g_assert_cmpuint(link_lease(w->link)->address.s_addr, ==, addr("10.0.0.50"));
        w->offer = addr("10.0.0.60");
        serve(w, &w->frames[0], DHCP4_OFFER);
        check_frame(w, DHCP4_REQUEST, "10.0.0.60", other_mac);
        g_assert_true(has(w, "10.0.0.50"));
        serve(w, &w->frames[1], DHCP4_ACK);
        check_frame(w, DHCP4_RELEASE, "10.0.0.50", mac);
        g_assert_cmpuint(w->n_frames, ==, 3);
        g_assert_true(has(w, "10.0.0.60") && !has(w, "10.0.0.50"));
        g_assert_cmpuint(w->notices[LINK_NOTICE_CHANGED], ==, 1);
        g_assert_cmpuint(w->notices[LINK_NOTICE_LOST], ==, 0);
        g_assert_false(link_lease_is_former(w->link));
        g_assert_true(link_former_was_released(w->link));
        g_assert_cmpint(link_loss(w->link), ==, DHCP4_LOSS_NONE);
        /* The old lease is released once. */
        w->n_frames = 0;
        run_until(w, w->now + 100 * USEC_PER_SEC);
        g_assert_cmpuint(w->n_frames, ==, 0);
        world_free(w);
}

/*
 * The server gives the new client the same address, so nothing is released: it would release the lease in
 * use.
 */
static void test_other_client_same_address(void) {
        World *w = world_at(true);

        g_assert_true(move_to(w, other_mac, true));
        serve_all(w);
        g_assert_cmpint(state(w), ==, DHCP4_STATE_BOUND);
        g_assert_true(has(w, "10.0.0.50"));
        g_assert_cmpuint(w->n_dels, ==, 0);
        g_assert_cmpuint(w->notices[LINK_NOTICE_LOST], ==, 0);
        g_assert_cmpuint(dhcp4_client_counters(link_client(w->link))->sent[DHCP4_RELEASE], ==, 0);
        g_assert_false(link_former_was_released(w->link));
        world_free(w);
}

/*
 * No server answers the new client: the address goes when the grace is over, and is not released. The
 * reason that is told is the true one.
 */
static void test_other_client_silence(void) {
        World *w = world_at(true);

        w->silent = true;
        g_assert_true(move_to(w, other_mac, true));
        run_until(w, T0 + 102 * USEC_PER_SEC);
        g_assert_true(has(w, "10.0.0.50"));
        g_assert_cmpuint(w->notices[LINK_NOTICE_LOST], ==, 0);
        run_until(w, T0 + 104 * USEC_PER_SEC);
        g_assert_cmpuint(w->kernel.n_addresses + w->kernel.n_routes, ==, 0);
        g_assert_cmpuint(w->notices[LINK_NOTICE_LOST], ==, 1);
        g_assert_cmpint(link_loss(w->link), ==, DHCP4_LOSS_HARDWARE_ADDRESS);
        g_assert_cmpuint(dhcp4_client_counters(link_client(w->link))->sent[DHCP4_RELEASE], ==, 0);
        w->silent = false;
        run_until(w, T0 + 300 * USEC_PER_SEC);
        g_assert_cmpint(state(w), ==, DHCP4_STATE_BOUND);
        g_assert_cmpint(link_loss(w->link), ==, DHCP4_LOSS_NONE);
        world_free(w);
}

/* If the grace has no end, the address goes with the end of its lease. */
static void test_other_client_expiry(void) {
        LinkConfig c = config_at(mac, true);
        World *w;

        c.client.carrier_grace_usec = USEC_INFINITY;
        w = world_of(&c);
        come_up(w);
        c = config_at(other_mac, true);
        c.client.carrier_grace_usec = USEC_INFINITY;
        w->silent = true;
        g_assert_true(link_set_hardware(w->link, w->now, &c, NULL, true));
        link_carrier(w->link, w->now, true);
        run_until(w, T0 + 3590 * USEC_PER_SEC);
        g_assert_true(has(w, "10.0.0.50"));
        run_until(w, T0 + 3601 * USEC_PER_SEC);
        g_assert_cmpuint(w->kernel.n_addresses, ==, 0);
        world_free(w);
}

/*
 * The address changes and changes back before a server answered: the lease is the client's own again, and
 * is verified.
 */
static void test_flips_back(void) {
        World *w = world_at(true);

        w->silent = true;
        g_assert_true(move_to(w, other_mac, true));
        g_assert_true(move_to(w, third_mac, true));
        g_assert_true(link_lease_is_former(w->link));
        w->n_frames = 0;
        g_assert_false(move_to(w, mac, true)); /* the link was told of its carrier */
        g_assert_cmpint(state(w), ==, DHCP4_STATE_REBOOTING);
        check_frame(w, DHCP4_REQUEST, "10.0.0.50", mac);
        w->silent = false;
        serve_all(w);
        g_assert_cmpint(state(w), ==, DHCP4_STATE_BOUND);
        g_assert_false(link_lease_is_former(w->link));
        run_until(w, T0 + 200 * USEC_PER_SEC);
        g_assert_cmpuint(w->n_dels, ==, 0);
        g_assert_cmpuint(w->notices[LINK_NOTICE_LOST] + w->notices[LINK_NOTICE_CHANGED], ==, 0);
        g_assert_cmpuint(dhcp4_client_counters(link_client(w->link))->sent[DHCP4_RELEASE], ==, 0);
        world_free(w);
}

/* A lease that was remembered under the new address is asked for, while the lease in use stays. */
static void test_remembered(void) {
        const LinkConfig c = config_at(other_mac, true);
        World *w = world_at(true);
        Dhcp4Lease lease = *link_lease(w->link);

        lease.address.s_addr = w->offer = addr("10.0.0.70");
        g_assert_true(link_set_hardware(w->link, w->now, &c, &lease, true));
        link_carrier(w->link, w->now, true);
        check_frame(w, DHCP4_REQUEST, "10.0.0.70", other_mac);
        g_assert_true(has(w, "10.0.0.50"));
        serve(w, &w->frames[w->n_frames - 1], DHCP4_ACK);
        check_frame(w, DHCP4_RELEASE, "10.0.0.50", mac);
        g_assert_true(has(w, "10.0.0.70") && !has(w, "10.0.0.50"));
        world_free(w);
}

/* RFC 7844: a server that sees both addresses must not learn that they belong to one host. */
static void test_anonymous(void) {
        LinkConfig c = config_at(mac, true);
        World *w;

        c.client.anonymize = true;
        w = world_of(&c);
        come_up(w);
        c = config_at(other_mac, true);
        c.client.anonymize = true;
        g_assert_true(link_set_hardware(w->link, w->now, &c, NULL, /* release= */ true));
        g_assert_cmpuint(w->kernel.n_addresses, ==, 0);
        g_assert_cmpint(link_loss(w->link), ==, DHCP4_LOSS_HARDWARE_ADDRESS);
        g_assert_cmpuint(w->n_frames, ==, 0);
        link_carrier(w->link, w->now, true);
        check_frame(w, DHCP4_DISCOVER, "0.0.0.0", other_mac);
        serve_all(w);
        g_assert_cmpint(state(w), ==, DHCP4_STATE_BOUND);
        g_assert_cmpuint(dhcp4_client_counters(link_client(w->link))->sent[DHCP4_RELEASE], ==, 0);
        world_free(w);
}

/*
 * The link is stopped while the former lease is in use: it is released under its own identity, or not at
 * all.
 */
static void test_stopped(void) {
        for (unsigned release = 0; release < 2; release++) {
                World *w = world_at(true);

                w->silent = true;
                g_assert_true(move_to(w, other_mac, true));
                w->n_frames = 0;
                link_stop(w->link, w->now, release);
                g_assert_cmpuint(w->n_frames, ==, release);
                if (release)
                        check_frame(w, DHCP4_RELEASE, "10.0.0.50", mac);
                g_assert_cmpuint(w->kernel.n_addresses, ==, 0);
                g_assert_cmpint(link_loss(w->link), ==, DHCP4_LOSS_RELEASED);
                g_assert_true(link_settled(w->link));
                g_assert_cmpuint(w->timer_at, ==, USEC_INFINITY);
                world_free(w);
        }
}

/* The carrier goes as well: there is one grace, not two. */
static void test_carrier(void) {
        World *w = world_at(true);

        g_assert_true(move_to(w, other_mac, true));
        w->n_frames = 0;
        run_until(w, w->now + USEC_PER_SEC / 2);
        link_carrier(w->link, w->now, false);
        run_until(w, T0 + 102 * USEC_PER_SEC);
        g_assert_true(has(w, "10.0.0.50"));
        run_until(w, T0 + 104 * USEC_PER_SEC);
        g_assert_cmpuint(w->kernel.n_addresses, ==, 0);
        g_assert_cmpint(link_loss(w->link), ==, DHCP4_LOSS_HARDWARE_ADDRESS);
        world_free(w);
}

/* An answer to the old hardware address that is still on its way does not count under the new one. */
static void test_late_answer(void) {
        for (unsigned by_address = 0; by_address < 2; by_address++) {
                const LinkConfig c = config_at(mac, by_address);
                World *w = world_of(&c);
                Dhcp4Frame old;

                link_start(w->link, w->now, NULL, false);
                link_carrier(w->link, w->now, true);
                old = w->frames[--w->n_frames];
                (void) move_to(w, other_mac, by_address);
                check_frame(w, DHCP4_DISCOVER, NULL, other_mac);
                w->n_frames = 0;
                serve(w, &old, DHCP4_OFFER);
                g_assert_cmpuint(w->n_frames, ==, 0);
                g_assert_cmpint(state(w), ==, DHCP4_STATE_SELECTING);
                world_free(w);
        }
}

/* An address that no server granted stays, and no server has to confirm it. */
static void test_fallback(void) {
        LinkConfig c = config_at(mac, true);
        World *w;

        c.client.fallback = (Dhcp4Fallback){ .kind = DHCP4_FALLBACK_STATIC,
                                             .after_usec = USEC_PER_SEC,
                                             .address.s_addr = addr("192.0.2.9"),
                                             .prefix_len = 24 };
        w = world_of(&c);
        w->silent = true;
        link_start(w->link, w->now, NULL, false);
        link_carrier(w->link, w->now, true);
        run_until(w, T0 + 60 * USEC_PER_SEC);
        g_assert_true(has(w, "192.0.2.9"));
        memcpy(c.client.chaddr, other_mac, 6);
        memcpy(c.mac, other_mac, 6);
        memcpy(c.client.client_id + 1, other_mac, 6);
        g_assert_true(link_set_hardware(w->link, w->now, &c, NULL, true));
        link_carrier(w->link, w->now, true);
        w->n_frames = 0;
        run_until(w, T0 + 200 * USEC_PER_SEC);
        g_assert_true(has(w, "192.0.2.9"));
        g_assert_cmpuint(w->n_dels, ==, 0);
        g_assert_cmpuint(w->notices[LINK_NOTICE_LOST], ==, 0);
        world_free(w);
}

int main(int argc, char *argv[]) {
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/link-hardware/same-client", test_same_client);
        g_test_add_func("/link-hardware/same-client/silence", test_same_client_silence);
        g_test_add_func("/link-hardware/other-client", test_other_client);
        g_test_add_func("/link-hardware/other-client/same-address", test_other_client_same_address);
        g_test_add_func("/link-hardware/other-client/silence", test_other_client_silence);
        g_test_add_func("/link-hardware/other-client/expiry", test_other_client_expiry);
        g_test_add_func("/link-hardware/flips-back", test_flips_back);
        g_test_add_func("/link-hardware/remembered", test_remembered);
        g_test_add_func("/link-hardware/anonymous", test_anonymous);
        g_test_add_func("/link-hardware/stopped", test_stopped);
        g_test_add_func("/link-hardware/carrier", test_carrier);
        g_test_add_func("/link-hardware/late-answer", test_late_answer);
        g_test_add_func("/link-hardware/fallback", test_fallback);
        return g_test_run();
}
