/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The shell of one interface (link/link.c) over a model of the outside: a kernel that keeps addresses and routes, a wire
 * that keeps frames, a server that answers them. Time is a variable. What is tested is what the shell adds to core/: order, levels,
 * notices, and what happens when the outside refuses or is changed by others.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <glib.h>
#include <string.h>

#include "base/macro.h"
#include "core/dhcp4-client.h"
#include "link/link.h"

#define T0 (1000 * USEC_PER_SEC)

static const uint8_t mac[6] = { 0x02, 0x11, 0x22, 0x33, 0x44, 0x55 };

typedef struct World {
        usec_t now, timer_at;
        Link *link;
        NetConfig kernel;
        unsigned n_adds, n_dels, n_applies; /* steps by kind, calls */
        int apply_error, send_error, snapshot_error, socket_error;
        bool refuse_gateways;
        Dhcp4RxMode rx_mode;
        bool rx_at_send; /* somebody listened when the last frame left */
        bool arp;
        Dhcp4Frame frames[8];
        unsigned n_frames;
        unsigned n_arps;
        ArpPacket last_arp;
        uint8_t last_arp_to[6];
        unsigned n_learned;
        unsigned notices[_LINK_NOTICE_MAX];
        bool shown_at_bound; /* the kernel had the address when BOUND was published */
        unsigned n_states, n_turns;
        /* the server */
        uint32_t lifetime_sec;
        in_addr_t offer, router;
        bool silent, nonce;
} World;

static in_addr_t addr(const char *text) {
        return inet_addr(text);
}

static int port_set_rx_mode(void *port, Dhcp4RxMode mode, const Dhcp4Lease *lease) {
        World *w = port;

        if (w->socket_error < 0 && mode != DHCP4_RX_NONE && mode != w->rx_mode)
                return w->socket_error;
        if (mode & DHCP4_RX_UDP) {
                bool there = false;

                g_assert_nonnull(lease);
                for (size_t i = 0; i < w->kernel.n_addresses; i++)
                        there = there || w->kernel.addresses[i].address.s_addr == lease->address.s_addr;
                /* One that is open stays so. */
                if (!there && !(w->rx_mode & DHCP4_RX_UDP))
                        return -EADDRNOTAVAIL;
        }
        w->rx_mode = mode;
        return 0;
}

static int port_send(void *port, const Dhcp4Frame *frame) {
        World *w = port;

        if (w->send_error < 0)
                return w->send_error;
        g_assert_cmpuint(w->n_frames, <, ARRAY_SIZE(w->frames));
        w->frames[w->n_frames++] = *frame;
        w->rx_at_send = w->rx_mode != DHCP4_RX_NONE;
        return 0;
}

static int port_set_arp(void *port, bool listen) {
        World *w = port;

        if (w->socket_error < 0 && listen && !w->arp)
                return w->socket_error;
        w->arp = listen;
        return 0;
}

static int port_send_arp(void *port, const ArpPacket *arp, const uint8_t destination[6]) {
        World *w = port;

        g_assert_true(w->arp || w->socket_error < 0);
        w->n_arps++;
        w->last_arp = *arp;
        memcpy(w->last_arp_to, destination, sizeof(w->last_arp_to));
        return 0;
}

static int port_set_timer(void *port, usec_t at) {
        ((World *) port)->timer_at = at;
        return 0;
}

static int port_snapshot(void *port, usec_t now, const NetConfig *desired, NetConfig *ret) {
        World *w = port;

        if (w->snapshot_error < 0)
                return w->snapshot_error;
        *ret = w->kernel;
        return 0;
}

static bool same_address(const NetAddress *a, const NetAddress *b) {
        return a->address.s_addr == b->address.s_addr && a->prefix_len == b->prefix_len;
}

static void kernel_del_address(World *w, size_t i) {
        w->kernel.addresses[i] = w->kernel.addresses[--w->kernel.n_addresses];
}

static void kernel_del_route(World *w, size_t i) {
        w->kernel.routes[i] = w->kernel.routes[--w->kernel.n_routes];
}

static int kernel_step(World *w, const NetStep *step) {
        size_t i;

        switch (step->op) {
        case NET_OP_DEL_ADDRESS:
                w->n_dels++;
                for (i = 0; i < w->kernel.n_addresses; i++)
                        if (same_address(&w->kernel.addresses[i], &step->address)) {
                                kernel_del_address(w, i);
                                return 0;
                        }
                return 0;
        case NET_OP_ADD_ADDRESS:
                w->n_adds++;
                for (i = 0; i < w->kernel.n_addresses; i++)
                        if (same_address(&w->kernel.addresses[i], &step->address))
                                break;
                if (i == w->kernel.n_addresses)
                        w->kernel.n_addresses++;
                w->kernel.addresses[i] = step->address;
                w->kernel.addresses[i].ours = true;
                return 0;
        case NET_OP_ADD_ROUTE_GATEWAY:
                if (w->refuse_gateways)
                        return -ENETUNREACH;
                G_GNUC_FALLTHROUGH;
        case NET_OP_ADD_ROUTE_ONLINK:
                w->n_adds++;
                w->kernel.routes[w->kernel.n_routes++] = step->route;
                return 0;
        case NET_OP_DEL_ROUTE:
                w->n_dels++;
                for (i = 0; i < w->kernel.n_routes; i++)
                        if (net_route_equal(&w->kernel.routes[i], &step->route)) {
                                kernel_del_route(w, i);
                                return 0;
                        }
                return 0;
        case _NET_OP_MAX:
                break;
        }
        g_assert_not_reached();
}

static int port_apply(void *port, usec_t now, const NetPlan *plan) {
        World *w = port;
        int r = 0;

        w->n_applies++;
        if (w->apply_error < 0)
                return w->apply_error;
        for (size_t i = 0; i < plan->n_steps; i++) {
                const int q = kernel_step(w, &plan->steps[i]);

                r = r < 0 ? r : q;
        }
        return r;
}

static int port_set_mtu(void *port, uint32_t mtu, uint32_t before) {
        g_assert_not_reached(); /* test-link-mtu.c */
}

static void port_state_changed(void *port, Dhcp4State old_state, Dhcp4State new_state) {
        g_assert_cmpint(old_state, !=, new_state);
        ((World *) port)->n_states++;
}

static void port_publish(void *port, LinkNotice notice, const Dhcp4Lease *old, const Dhcp4Lease *new) {
        World *w = port;

        g_assert_cmpint(notice == LINK_NOTICE_BOUND, ==, !old);
        g_assert_cmpint(notice == LINK_NOTICE_LOST, ==, !new);
        w->notices[notice]++;
        if (notice == LINK_NOTICE_BOUND)
                w->shown_at_bound = w->kernel.n_addresses > 0 &&
                        w->kernel.addresses[0].address.s_addr == new->address.s_addr;
        if (notice == LINK_NOTICE_LOST)
                g_assert_cmpuint(w->kernel.n_addresses, ==, 0);
}

static void port_learned(void *port) {
        ((World *) port)->n_learned++;
}

static void port_turned(void *port, usec_t now) {
        ((World *) port)->n_turns++;
}

static const LinkPorts ports = {
        .set_rx_mode = port_set_rx_mode,
        .send = port_send,
        .set_arp = port_set_arp,
        .send_arp = port_send_arp,
        .set_timer = port_set_timer,
        .snapshot = port_snapshot,
        .apply = port_apply,
        .set_mtu = port_set_mtu,
        .state_changed = port_state_changed,
        .publish = port_publish,
        .learned = port_learned,
        .turned = port_turned,
};

static LinkConfig make_config(Dhcp4ConflictMode conflict) {
        LinkConfig c = {
                .client = {
                        .chaddr_len = 6,
                        .htype = 1,
                        .client_id_len = 7,
                        .client_id = { 1 },
                        .request = { 1, 3, 6, 121 },
                        .n_request = 4,
                        .conflict = conflict,
                        .carrier_grace_usec = 3 * USEC_PER_SEC,
                },
                .net = { .metric = 1024, .table = 254, .use_routes = true, .use_gateway = true, .use_mtu = NET_MTU_ROUTE },
                .can_acd = true,
        };

        memcpy(c.client.chaddr, mac, sizeof(mac));
        memcpy(c.client.client_id + 1, mac, sizeof(mac));
        memcpy(c.mac, mac, sizeof(mac));
        return c;
}

static World *world_new(Dhcp4ConflictMode conflict) {
        static const uint8_t key[PRNG_KEY_LEN] = { 7 };
        const LinkConfig config = make_config(conflict);
        World *w = g_new0(World, 1);

        w->now = T0;
        w->lifetime_sec = 3600;
        w->offer = addr("10.0.0.50");
        w->router = addr("10.0.0.1");
        g_assert_cmpint(link_new(&ports, w, &config, key, &w->link), ==, 0);
        return w;
}

static void world_free(World *w) {
        w->link = link_free(w->link);
        g_free(w);
}

/* An honest server: answers @request with @type. */
static void serve(World *w, const Dhcp4Frame *request, Dhcp4MessageType type) {
        static const uint8_t nonce[28] = { 3, 1, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 42 }; /* RFC 6704 */
        uint8_t data[DHCP4_MESSAGE_MAX_LEN];
        const HwAddress source = { .len = 6, .bytes = { 0x02, 9, 9, 9, 9, 9 } };
        Dhcp4Header header;
        Dhcp4Message m;
        Dhcp4Builder b;
        size_t len;

        g_assert_cmpint(dhcp4_message_parse(request->data, request->len, &m), ==, 0);
        header = m.header;
        header.op = DHCP4_OP_BOOTREPLY;
        header.yiaddr.s_addr = type == DHCP4_NAK ? 0 : w->offer;
        dhcp4_builder_init(&b, data, sizeof(data), &header, type);
        dhcp4_builder_append_addr(&b, DHCP4_OPTION_SERVER_ID, (struct in_addr){ addr("10.0.0.1") });
        if (type != DHCP4_NAK) {
                dhcp4_builder_append_u32(&b, DHCP4_OPTION_LEASE_TIME, w->lifetime_sec);
                dhcp4_builder_append_addr(&b, DHCP4_OPTION_SUBNET_MASK,
                                          (struct in_addr){ addr("255.255.255.0") });
                dhcp4_builder_append_addr(&b, DHCP4_OPTION_ROUTERS, (struct in_addr){ w->router });
        }
        if (w->nonce && type == DHCP4_ACK)
                dhcp4_builder_append(&b, DHCP4_OPTION_AUTHENTICATION, nonce, sizeof(nonce));
        g_assert_cmpint(dhcp4_builder_finish(&b, &len), ==, 0);
        link_message(w->link, w->now, data, len, &source);
}

/* Answers everything that was sent until nothing more is. */
static void serve_all(World *w) {
        while (w->n_frames > 0) {
                const Dhcp4Frame frame = w->frames[--w->n_frames];

                if (w->silent)
                        continue;
                if (frame.type == DHCP4_DISCOVER)
                        serve(w, &frame, DHCP4_OFFER);
                else if (frame.type == DHCP4_REQUEST)
                        serve(w, &frame, DHCP4_ACK);
        }
}

/* Lets time pass up to @until, the server answering in no time. */
static void run_until(World *w, usec_t until) {
        for (unsigned i = 0; i < 100000 && w->timer_at <= until; i++) {
                w->now = MAX(w->now, w->timer_at);
                link_timer(w->link, w->now);
                g_assert_cmpuint(w->timer_at, >, w->now);
                serve_all(w);
        }
        g_assert_cmpuint(w->timer_at, >, until);
        w->now = until;
}

static Dhcp4State state(const World *w) {
        return dhcp4_client_state(link_client(w->link));
}

static void come_up(World *w) {
        link_start(w->link, w->now, NULL, false);
        link_carrier(w->link, w->now, true);
        serve_all(w);
        g_assert_cmpint(state(w), ==, DHCP4_STATE_BOUND);
}

static void test_bind_and_release(void) {
        World *w = world_new(DHCP4_CONFLICT_NO);

        link_start(w->link, w->now, NULL, false);
        g_assert_cmpuint(w->n_frames, ==, 0); /* no carrier yet */
        link_carrier(w->link, w->now, true);
        g_assert_cmpuint(w->n_frames, ==, 1);
        g_assert_true(w->rx_at_send); /* listens before it asks */
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

/* A socket that the kernel refuses in BOUND is asked for again within a second, and then ever more seldom: T1 is hours away. */
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

/* The same where conflicts are listened for as long as the lease lasts. */
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

/* The most common complaint about other clients: a renewal must not touch what did not change. */
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
        g_assert_cmpuint(w->n_adds - adds, ==, 1000); /* one lifetime update in place for each */
        g_assert_cmpuint(w->notices[LINK_NOTICE_BOUND], ==, 1);
        g_assert_cmpuint(w->notices[LINK_NOTICE_CHANGED] + w->notices[LINK_NOTICE_LOST], ==, 0);
        g_assert_cmpuint(w->now, >, T0 + 1000 * 1000 * USEC_PER_SEC);
        world_free(w);
}

/* A new gateway: the new route is there before the old one goes, and the address is not touched. */
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

/* The kernel, which counts whole seconds, may be done with an address a little earlier than we are: no failure. */
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

/* What somebody takes away comes back once, and is then left alone until the next renewal. */
static void test_removed_by_others(void) {
        World *w = world_new(DHCP4_CONFLICT_NO);
        const char *what;
        unsigned applies;

        come_up(w);
        kernel_del_route(w, 0);
        link_kernel_changed(w->link, w->now);
        g_assert_cmpuint(w->kernel.n_routes, ==, 2);

        kernel_del_route(w, 0);
        applies = w->n_applies;
        for (unsigned i = 0; i < 10; i++)
                link_kernel_changed(w->link, w->now += USEC_PER_SEC);
        g_assert_cmpuint(w->n_applies, ==, applies);
        g_assert_cmpuint(w->kernel.n_routes, ==, 1);
        g_assert_cmpint(link_last_error(w->link, &what), <, 0);
        g_assert_cmpuint(w->notices[LINK_NOTICE_LOST], ==, 0);

        link_renew(w->link, w->now);
        serve_all(w);
        g_assert_cmpuint(w->kernel.n_routes, ==, 2);
        g_assert_cmpint(link_last_error(w->link, &what), ==, 0);
        world_free(w);
}

/* A kernel that refuses costs one try per interval, and the lease comes through when it stops refusing. */
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

        w->refuse_gateways = true;
        come_up(w);
        g_assert_cmpuint(w->notices[LINK_NOTICE_BOUND], ==, 1);
        g_assert_false(link_settled(w->link));
        g_assert_cmpint(link_last_error(w->link, &what), ==, -ENETUNREACH);
        world_free(w);
}

static void test_carrier(void) {
        World *w = world_new(DHCP4_CONFLICT_NO);

        come_up(w);
        /* A short loss: the address stays, and is verified. */
        link_carrier(w->link, w->now, false);
        run_until(w, w->now + 2 * USEC_PER_SEC);
        link_carrier(w->link, w->now, true);
        g_assert_cmpint(state(w), ==, DHCP4_STATE_REBOOTING);
        g_assert_cmpuint(w->kernel.n_addresses, ==, 1);
        serve_all(w);
        g_assert_cmpint(state(w), ==, DHCP4_STATE_BOUND);
        g_assert_cmpuint(w->n_dels, ==, 0);
        g_assert_cmpuint(w->notices[LINK_NOTICE_LOST], ==, 0);

        /* A long one: withdrawn, remembered, and asked for again at once. */
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

/* The router of test leases answers an ARP request, as from @mac. */
static void answer_as_router(World *w, const uint8_t router_mac[6]) {
        ArpPacket arp = { .op = ARP_OP_REPLY, .sender.s_addr = w->router, .target = w->last_arp.sender };

        memcpy(arp.sender_mac, router_mac, 6);
        memcpy(arp.target_mac, mac, 6);
        link_arp(w->link, w->now, &arp);
}

/* RFC 4436: a network is known again by its router, long before a server says so; and no other network is taken for it. */
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
        g_assert_cmpuint(w->n_frames, ==, 1); /* beside it, as ever */
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

        /* Another network, and no server there either. */
        link_carrier(w->link, w->now, false);
        run_until(w, w->now + 60 * USEC_PER_SEC);
        link_carrier(w->link, w->now, true);
        serve_all(w);
        run_until(w, w->now + 60 * USEC_PER_SEC);
        g_assert_cmpuint(w->kernel.n_addresses, ==, mode == DHCP4_STORED_SILENCE);
        world_free(w);
}

/* A server that says NAK has the last word. */
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

/* The kernel drops the routes of a link that was set down; putting them back is no quarrel, however often. */
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

/* Restart of the daemon: the lease is on the link, nothing is sent and nothing touched. */
static void test_adopted(void) {
        World *w = world_new(DHCP4_CONFLICT_OPTIMISTIC), *w2 = world_new(DHCP4_CONFLICT_OPTIMISTIC);

        come_up(w);
        w2->kernel = w->kernel;
        w2->now = w->now + 10 * USEC_PER_SEC;
        link_start(w2->link, w2->now, link_lease(w->link), true);
        link_carrier(w2->link, w2->now, true);
        g_assert_cmpint(state(w2), ==, DHCP4_STATE_BOUND);
        g_assert_cmpuint(w2->n_frames, ==, 0);
        g_assert_cmpuint(w2->n_adds + w2->n_dels, ==, 0);
        g_assert_cmpuint(w2->notices[LINK_NOTICE_BOUND], ==, 1);
        world_free(w);
        world_free(w2);
}

static void conflict(World *w) {
        const ArpPacket arp = {
                .op = ARP_OP_REPLY,
                .sender_mac = { 0x02, 0xee, 0xee, 0xee, 0xee, 0xee },
                .sender.s_addr = w->offer,
                .target_mac = { 0x02, 0x11, 0x22, 0x33, 0x44, 0x55 },
        };

        link_arp(w->link, w->now, &arp);
}

static void test_conflict_optimistic(void) {
        World *w = world_new(DHCP4_CONFLICT_OPTIMISTIC);

        come_up(w);
        g_assert_cmpuint(w->n_arps, ==, 1);
        g_assert_true(w->arp);
        g_assert_cmpuint(w->kernel.n_addresses, ==, 1);
        conflict(w);
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

/* The owner's answer to the probe is faster than the ACK: the server must hear of it all the same. */
static void test_conflict_before_ack(void) {
        World *w = world_new(DHCP4_CONFLICT_OPTIMISTIC);
        Dhcp4Frame frame;

        link_start(w->link, w->now, NULL, false);
        link_carrier(w->link, w->now, true);
        frame = w->frames[--w->n_frames];
        serve(w, &frame, DHCP4_OFFER);
        frame = w->frames[--w->n_frames];
        g_assert_cmpint(frame.type, ==, DHCP4_REQUEST);
        conflict(w);
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
        g_assert_false(w->arp);                     /* nobody listens once all of that is over */
        world_free(w);
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
                link_message(w->link, w->now, data, len, NULL);
        g_assert_cmpint(state(w), ==, DHCP4_STATE_BOUND);
        g_assert_cmpuint(w->n_dels, ==, 0);
        world_free(w);
}

/* No server: a link-local address, probed, on the link and told of; defended for as long as it is used; gone when there is a lease. */
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
        g_assert_true(net_is_link_local(w->kernel.addresses[0].address));
        g_assert_cmpuint(w->kernel.n_routes, ==, 1); /* its own prefix */
        g_assert_cmpuint(w->notices[LINK_NOTICE_BOUND], ==, 1);
        g_assert_cmpint(link_lease(w->link)->origin, ==, DHCP4_LEASE_LINK_LOCAL);
        g_assert_true(w->arp);
        run_until(w, T0 + 3600 * USEC_PER_SEC);
        g_assert_cmpuint(w->notices[LINK_NOTICE_BOUND], ==, 1);
        g_assert_cmpuint(w->n_dels, ==, 0);

        w->silent = false;
        run_until(w, T0 + 3800 * USEC_PER_SEC);
        g_assert_cmpint(state(w), ==, DHCP4_STATE_BOUND);
        g_assert_cmpuint(w->kernel.n_addresses, ==, 1);
        g_assert_false(net_is_link_local(w->kernel.addresses[0].address));
        g_assert_cmpuint(w->notices[LINK_NOTICE_CHANGED], ==, 1);
        g_assert_cmpuint(w->notices[LINK_NOTICE_LOST], ==, 0);
        world_free(w);
}

int main(int argc, char *argv[]) {
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/link/bind-and-release", test_bind_and_release);
        g_test_add_func("/link/listens-when-bound", test_listens_when_bound);
        g_test_add_func("/link/socket-refused", test_socket_refused);
        g_test_add_func("/link/arp-refused", test_arp_refused);
        g_test_add_func("/link/thousand-renewals", test_thousand_renewals);
        g_test_add_func("/link/changed-gateway", test_changed_gateway);
        g_test_add_func("/link/expiry", test_expiry);
        g_test_add_func("/link/kernel-expires-first", test_kernel_expires_first);
        g_test_add_func("/link/removed-by-others", test_removed_by_others);
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
        g_test_add_func("/link/conflict-optimistic", test_conflict_optimistic);
        g_test_add_func("/link/conflict-before-ack", test_conflict_before_ack);
        g_test_add_func("/link/conflict-strict", test_conflict_strict);
        g_test_add_func("/link/link-local", test_link_local);
        g_test_add_func("/link/send-fails", test_send_fails);
        g_test_add_func("/link/rubbish", test_rubbish);
        return g_test_run();
}
