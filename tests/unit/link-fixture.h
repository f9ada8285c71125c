/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * For test-link*.c: a model of the outside of link/link.c: a kernel that keeps addresses and routes, a wire that keeps frames, a server that answers
 * them. Time is a variable.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <glib.h>
#include <string.h>

#include "base/ip.h"
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
        int apply_error, send_error, snapshot_error, socket_error, tunnels_error;
        int udp_error; /* of the UDP socket alone */
        NetTunnels tunnels;
        bool refuse_gateways;
        Dhcp4RxMode rx_mode;
        bool rx_at_send; /* somebody listened when the last frame left */
        bool arp;
        Dhcp4Frame frames[8];
        unsigned n_frames;
        uint16_t max_message_size; /* option 57 of the last of them, 0: none */
        unsigned n_arps;
        ArpPacket last_arp;
        uint8_t last_arp_to[6];
        unsigned n_learned;
        unsigned notices[_LINK_NOTICE_MAX];
        bool shown_at_bound; /* the kernel had the address when BOUND was published */
        unsigned n_states, n_turns;
        /* the device */
        uint32_t mtu;
        int mtu_error; /* changes are refused */
        bool bounces, bounce_due;
        usec_t down_usec;     /* how long a change keeps the carrier away */
        unsigned n_mtus;      /* changes that were asked for */
        uint32_t before;      /* of the last one, as to be remembered */
        bool set_while_bound; /* the last change came after BOUND was told */
        /* the server */
        uint32_t lifetime_sec;
        in_addr_t elsewhere;      /* another link of the host has it; 0: none */
        in_addr_t here;           /* somebody else put it on this link; 0: none */
        in_addr_t offer, router;  /* router 0: none */
        uint16_t offered_mtu;     /* 0: it says nothing of it */
        const uint8_t *classless; /* option 121; NULL: none */
        size_t classless_len;
        bool silent, nonce;
} World;

static inline in_addr_t addr(const char *text) {
        return inet_addr(text);
}

/* The UDP socket of @address: one that is open stays so. */
static inline int open_udp(const World *w, struct in_addr address) {
        if (w->rx_mode & DHCP4_RX_UDP)
                return 0;
        if (w->socket_error < 0 || w->udp_error < 0)
                return w->socket_error < 0 ? w->socket_error : w->udp_error;
        for (size_t i = 0; i < w->kernel.n_addresses; i++)
                if (w->kernel.addresses[i].address.s_addr == address.s_addr)
                        return 0;
        return -EADDRNOTAVAIL;
}

static inline int port_set_rx_mode(void *port, Dhcp4RxMode mode, const Dhcp4Lease *lease, int *ret_udp) {
        World *w = port;
        int r = 0;

        *ret_udp = 0;
        if (mode & DHCP4_RX_UDP) {
                g_assert_nonnull(lease);
                *ret_udp = open_udp(w, lease->address);
                if (*ret_udp < 0)
                        mode &= (Dhcp4RxMode) ~DHCP4_RX_UDP;
        }
        if ((mode & DHCP4_RX_PACKET) && !(w->rx_mode & DHCP4_RX_PACKET))
                r = w->socket_error;
        if (r < 0)
                mode &= (Dhcp4RxMode) ~DHCP4_RX_PACKET;
        w->rx_mode = mode;
        return r;
}

static inline int port_send(void *port, const Dhcp4Frame *frame) {
        World *w = port;
        Dhcp4Message m;

        if (w->send_error < 0)
                return w->send_error;
        g_assert_cmpuint(w->n_frames, <, ARRAY_SIZE(w->frames));
        w->frames[w->n_frames++] = *frame;
        w->rx_at_send = w->rx_mode != DHCP4_RX_NONE;
        w->max_message_size = 0;
        g_assert_cmpint(dhcp4_message_parse(frame->data, frame->len, &m), ==, 0);
        (void) dhcp4_message_get_u16(&m, DHCP4_OPTION_MAX_MESSAGE_SIZE, &w->max_message_size);
        return 0;
}

static inline int port_set_arp(void *port, bool listen) {
        World *w = port;

        if (w->socket_error < 0 && listen && !w->arp)
                return w->socket_error;
        w->arp = listen;
        return 0;
}

static inline int port_send_arp(void *port, const ArpPacket *arp, const uint8_t destination[6]) {
        World *w = port;

        g_assert_true(w->arp || w->socket_error < 0);
        w->n_arps++;
        w->last_arp = *arp;
        memcpy(w->last_arp_to, destination, sizeof(w->last_arp_to));
        return 0;
}

static inline int port_set_timer(void *port, usec_t at) {
        ((World *) port)->timer_at = at;
        return 0;
}

static inline int port_snapshot(void *port, usec_t now, const NetConfig *desired, NetConfig *ret) {
        World *w = port;

        if (w->snapshot_error < 0)
                return w->snapshot_error;
        *ret = w->kernel;
        return 0;
}

static inline bool same_address(const NetAddress *a, const NetAddress *b) {
        return a->address.s_addr == b->address.s_addr && a->prefix_len == b->prefix_len;
}

static inline void kernel_del_address(World *w, size_t i) {
        w->kernel.addresses[i] = w->kernel.addresses[--w->kernel.n_addresses];
}

static inline void kernel_del_route(World *w, size_t i) {
        w->kernel.routes[i] = w->kernel.routes[--w->kernel.n_routes];
}

static inline int kernel_step(World *w, const NetStep *step) {
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
        case NET_OP_EXTEND_ADDRESS:
                w->n_adds++;
                for (i = 0; i < w->kernel.n_addresses; i++)
                        if (same_address(&w->kernel.addresses[i], &step->address))
                                w->kernel.addresses[i].valid_until = step->address.valid_until;
                return 0;
        case NET_OP_ADD_ADDRESS:
        case NET_OP_REMAKE_ADDRESS:
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
        case NET_OP_ADD_RULE:
                w->n_adds++;
                w->kernel.rules[w->kernel.n_rules++] = step->rule;
                return 0;
        case NET_OP_DEL_RULE:
                w->n_dels++;
                for (i = 0; i < w->kernel.n_rules; i++)
                        if (net_rule_equal(&w->kernel.rules[i], &step->rule)) {
                                w->kernel.rules[i] = w->kernel.rules[--w->kernel.n_rules];
                                return 0;
                        }
                return 0;
        case _NET_OP_MAX:
                break;
        }
        g_assert_not_reached();
}

static inline int port_apply(void *port, usec_t now, const NetPlan *plan) {
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

static inline int port_tunnels(void *port, NetTunnels *ret) {
        World *w = port;

        if (w->tunnels_error < 0)
                return w->tunnels_error;
        *ret = w->tunnels;
        return 0;
}

static inline int port_set_mtu(void *port, uint32_t mtu, uint32_t before) {
        World *w = port;

        g_assert_cmpuint(mtu, !=, w->mtu);
        w->n_mtus++;
        w->before = before;
        w->set_while_bound = w->notices[LINK_NOTICE_BOUND] > w->notices[LINK_NOTICE_LOST];
        if (w->mtu_error < 0)
                return w->mtu_error;
        w->mtu = mtu;
        w->bounce_due = w->bounces;
        return 0;
}

static inline int port_address_elsewhere(void *port, struct in_addr address) {
        World *w = port;

        return address.s_addr == w->elsewhere ? 99 : 0;
}

static inline bool port_address_here(void *port, struct in_addr address) {
        const World *w = port;

        return address.s_addr != INADDR_ANY && address.s_addr == w->here;
}

static inline void port_state_changed(void *port, Dhcp4State old_state, Dhcp4State new_state) {
        g_assert_cmpint(old_state, !=, new_state);
        ((World *) port)->n_states++;
}

static inline void port_publish(void *port, LinkNotice notice, const Dhcp4Lease *old,
                                const Dhcp4Lease *new) {
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

static inline void port_learned(void *port) {
        ((World *) port)->n_learned++;
}

static inline void port_turned(void *port, usec_t now) {
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
        .tunnels = port_tunnels,
        .address_elsewhere = port_address_elsewhere,
        .address_here = port_address_here,
        .state_changed = port_state_changed,
        .publish = port_publish,
        .learned = port_learned,
        .turned = port_turned,
};

static inline LinkConfig make_config(Dhcp4ConflictMode conflict) {
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

static inline World *world_of(const LinkConfig *config) {
        static const uint8_t key[PRNG_KEY_LEN] = { 7 };
        World *w = g_new0(World, 1);

        w->now = T0;
        w->lifetime_sec = 3600;
        w->offer = addr("10.0.0.50");
        w->router = addr("10.0.0.1");
        g_assert_cmpint(link_new(&ports, w, config, key, &w->link), ==, 0);
        return w;
}

static inline World *world_new(Dhcp4ConflictMode conflict) {
        const LinkConfig config = make_config(conflict);

        return world_of(&config);
}

static inline void world_free(World *w) {
        w->link = link_free(w->link);
        g_free(w);
}

/* An honest server: answers @request with @type. */
static inline void serve(World *w, const Dhcp4Frame *request, Dhcp4MessageType type) {
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
                if (w->router != 0)
                        dhcp4_builder_append_addr(&b, DHCP4_OPTION_ROUTERS, (struct in_addr){ w->router });
                if (w->offered_mtu != 0)
                        dhcp4_builder_append_u16(&b, DHCP4_OPTION_MTU, w->offered_mtu);
                if (w->classless)
                        dhcp4_builder_append(&b, DHCP4_OPTION_CLASSLESS_ROUTES, w->classless,
                                             w->classless_len);
        }
        if (w->nonce && type == DHCP4_ACK)
                dhcp4_builder_append(&b, DHCP4_OPTION_AUTHENTICATION, nonce, sizeof(nonce));
        g_assert_cmpint(dhcp4_builder_finish(&b, &len), ==, 0);
        link_message(w->link, w->now, data, len, (struct in_addr){ addr("10.0.0.1") }, &source);
}

/* Answers everything that was sent until nothing more is. */
static inline void serve_all(World *w) {
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
static inline void run_until(World *w, usec_t until) {
        for (unsigned i = 0; i < 100000 && w->timer_at <= until; i++) {
                w->now = MAX(w->now, w->timer_at);
                link_timer(w->link, w->now);
                g_assert_cmpuint(w->timer_at, >, w->now);
                serve_all(w);
        }
        g_assert_cmpuint(w->timer_at, >, until);
        w->now = until;
}

static inline Dhcp4State state(const World *w) {
        return dhcp4_client_state(link_client(w->link));
}

static inline void come_up(World *w) {
        link_start(w->link, w->now, NULL, false);
        link_carrier(w->link, w->now, true);
        serve_all(w);
        g_assert_cmpint(state(w), ==, DHCP4_STATE_BOUND);
}
