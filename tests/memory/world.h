/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * The real shell of a link over a model of the outside, small and without a library: a clock that is a variable, a kernel that does as it is told, and a
 * server that answers when it is asked to. What leaves is handed to the hooks of each test.
 */
#include <arpa/inet.h>
#include <assert.h>
#include <string.h>

#include "base/macro.h"
#include "link/link.h"

#define T0       (1000 * USEC_PER_SEC)
#define LIFETIME 3600u

typedef struct World World;

/* What leaves, before the client goes on. The arguments are valid for the call. */
typedef struct WorldHooks {
        void (*frame)(World *w, const Dhcp4Frame *frame);
        void (*arp)(World *w, const ArpPacket *arp);
} WorldHooks;

struct World {
        const WorldHooks *hooks;
        Link *link;
        usec_t now, timer_at;
        NetConfig kernel, desired;
        bool kernel_moved;
        Dhcp4Message last; /* the request that is to be answered */
        Dhcp4Frame frame;
};

static inline struct in_addr ip(const char *text) {
        return (struct in_addr){ inet_addr(text) };
}

static inline int port_set_rx_mode(void *port, Dhcp4RxMode mode, const Dhcp4Lease *lease, int *ret_udp) {
        *ret_udp = 0;
        return 0;
}

static inline int port_send(void *port, const Dhcp4Frame *frame) {
        World *w = port;

        w->hooks->frame(w, frame);
        w->frame = *frame;
        assert(dhcp4_message_parse(w->frame.data, w->frame.len, &w->last) == 0);
        return 0;
}

static inline int port_set_arp(void *port, bool listen) {
        return 0;
}

static inline int port_send_arp(void *port, const ArpPacket *arp, const uint8_t destination[6]) {
        World *w = port;

        w->hooks->arp(w, arp);
        return 0;
}

static inline int port_set_timer(void *port, usec_t at) {
        ((World *) port)->timer_at = at;
        return 0;
}

static inline int port_snapshot(void *port, usec_t now, const NetConfig *desired, NetConfig *ret) {
        World *w = port;

        w->desired = *desired;
        *ret = w->kernel;
        return 0;
}

/* A kernel that does as it is told at once. */
static inline int port_apply(void *port, usec_t now, const NetPlan *plan) {
        World *w = port;

        w->kernel = w->desired;
        for (unsigned i = 0; i < w->kernel.n_addresses; i++)
                w->kernel.addresses[i].ours = true;
        w->kernel_moved = true;
        return 0;
}

static inline int port_set_mtu(void *port, uint32_t mtu, uint32_t before) {
        return 0;
}

static inline int port_tunnels(void *port, NetTunnels *ret) {
        return 0;
}

static inline int port_address_elsewhere(void *port, struct in_addr address) {
        return 0;
}

static inline bool port_address_here(void *port, struct in_addr address) {
        return false;
}

static inline void port_state_changed(void *port, Dhcp4State old_state, Dhcp4State new_state) {
}

static inline void port_publish(void *port, LinkNotice notice, const Dhcp4Lease *old,
                                const Dhcp4Lease *new) {
}

static inline void port_learned(void *port) {
}

static inline void port_turned(void *port, usec_t now) {
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

static inline void settle(World *w) {
        for (unsigned i = 0; i < 8 && w->kernel_moved; i++) {
                w->kernel_moved = false;
                link_kernel_changed(w->link, w->now);
        }
}

static inline Dhcp4State state(const World *w) {
        return dhcp4_client_state(link_client(w->link));
}

static inline void pass(World *w, usec_t until) {
        for (unsigned i = 0; i < 2000 && w->timer_at <= until; i++) {
                w->now = MAX(w->now, w->timer_at);
                link_timer(w->link, w->now);
                settle(w);
        }
        w->now = MAX(w->now, until);
}

static inline void pass_to_state(World *w, Dhcp4State wanted) {
        for (unsigned i = 0; i < 2000 && state(w) != wanted; i++) {
                assert(w->timer_at != USEC_INFINITY);
                pass(w, w->timer_at);
        }
        assert(state(w) == wanted);
}

static inline void answer(World *w, Dhcp4MessageType type) {
        static const HwAddress source = { .len = 6, .bytes = { 2, 9, 9, 9, 9, 9 } };
        Dhcp4Header header = w->last.header;
        uint8_t data[DHCP4_MESSAGE_MAX_LEN];
        Dhcp4Builder b;
        size_t len;

        header.op = DHCP4_OP_BOOTREPLY;
        header.yiaddr = ip(type == DHCP4_NAK ? "0.0.0.0" : "10.0.0.50");
        dhcp4_builder_init(&b, data, sizeof(data), &header, type);
        dhcp4_builder_append_addr(&b, DHCP4_OPTION_SERVER_ID, ip("10.0.0.1"));
        if (type != DHCP4_NAK) {
                dhcp4_builder_append_addr(&b, DHCP4_OPTION_SUBNET_MASK, ip("255.255.255.0"));
                dhcp4_builder_append_addr(&b, DHCP4_OPTION_ROUTERS, ip("10.0.0.1"));
                if (w->last.type != DHCP4_INFORM)
                        dhcp4_builder_append_u32(&b, DHCP4_OPTION_LEASE_TIME, LIFETIME);
        }
        assert(dhcp4_builder_finish(&b, &len) == 0);
        link_message(w->link, w->now, data, len, (struct in_addr){}, &source);
        settle(w);
}

static inline void open_world(World *w, const WorldHooks *hooks, const LinkConfig *config,
                              const Dhcp4Lease *cached) {
        static const uint8_t key[PRNG_KEY_LEN] = "sixteen bytes...";

        memset(w, 0, sizeof(*w));
        w->hooks = hooks;
        w->now = T0;
        w->timer_at = USEC_INFINITY;
        assert(link_new(&ports, w, config, key, &w->link) == 0);
        link_start(w->link, w->now, cached, /* held= */ false);
        link_carrier(w->link, w->now, /* up= */ true);
        settle(w);
}

static inline void bind_link(World *w) {
        pass_to_state(w, DHCP4_STATE_SELECTING);
        pass(w, w->now + USEC_PER_SEC);
        answer(w, DHCP4_OFFER);
        pass(w, w->now + USEC_PER_SEC);
        answer(w, DHCP4_ACK);
        pass_to_state(w, DHCP4_STATE_BOUND);
}
