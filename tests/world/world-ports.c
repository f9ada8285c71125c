/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The ports of a link over a World (world.h). Each does what it is told, or fails with the error that the
 * test has set, and counts.
 */
#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/world/world.h"

void world_init(World *w) {
        memset(w, 0, sizeof(*w));
        w->timer_at = USEC_INFINITY;
}

bool world_has_udp(const World *w, struct in_addr address) {
        return (w->rx_mode & DHCP4_RX_UDP) && w->udp_address.s_addr == address.s_addr;
}

/*
 * Returns 0 or why the UDP socket cannot be opened. A socket can be bound only to an address that is there.
 * It stays open when the address is removed later.
 */
static int open_udp(const World *w, struct in_addr address) {
        if (world_has_udp(w, address))
                return 0;
        if (w->socket_error < 0)
                return w->socket_error;
        if (w->udp_error < 0)
                return w->udp_error;
        return world_kernel_can_use(&w->kernel, address) ? 0 : -EADDRNOTAVAIL;
}

Dhcp4RxMode world_rx_mode(const LinkListen *listen) {
        return (Dhcp4RxMode) ((listen->frames ? DHCP4_RX_PACKET : 0) |
                              (listen->by_address ? DHCP4_RX_UDP : 0));
}

void world_dhcp4_frame(const LinkFrame *frame, Dhcp4Frame *ret) {
        Dhcp4Message m;

        assert(frame->protocol == LINK_PROTOCOL_DHCP4);
        if (dhcp4_message_parse(frame->data, frame->len, &m) != 0)
                abort();
        *ret = (Dhcp4Frame){
                .via = frame->routed ? DHCP4_VIA_UDP : DHCP4_VIA_PACKET,
                .src = frame->src.v4,
                .dst = frame->dst.v4,
                .dst_hw = frame->dst_hw,
                .type = m.type,
                .len = frame->len,
        };
        memcpy(ret->data, frame->data, frame->len);
}

void world_arp_packet(const LinkFrame *frame, ArpPacket *ret) {
        assert(frame->protocol == LINK_PROTOCOL_ARP);
        assert(frame->dst_hw.len == 6 && frame->len == ARP_PACKET_LEN);
        if (arp_packet_parse(frame->data, frame->len, ret) != 0)
                abort();
}

static int listen_dhcp4(World *w, const LinkListen *listen, int *ret_udp) {
        Dhcp4RxMode mode = world_rx_mode(listen);
        struct in_addr address = {};
        int r = 0;

        if (mode & DHCP4_RX_UDP) {
                assert(listen->address.v4.s_addr != INADDR_ANY);
                address = listen->address.v4;
                *ret_udp = open_udp(w, address);
                if (*ret_udp < 0)
                        mode &= (Dhcp4RxMode) ~DHCP4_RX_UDP;
        }
        w->udp_address = address;
        if ((mode & DHCP4_RX_PACKET) && !(w->rx_mode & DHCP4_RX_PACKET))
                r = w->socket_error;
        if (r < 0)
                mode &= (Dhcp4RxMode) ~DHCP4_RX_PACKET;
        w->rx_mode = mode;
        return r;
}

static int send_dhcp4(World *w, const LinkFrame *frame) {
        Dhcp4Message m;

        if (w->send_error < 0)
                return w->send_error;
        assert(w->n_frames < WORLD_FRAMES_MAX);
        world_dhcp4_frame(frame, &w->frames[w->n_frames++]);
        w->rx_at_send = w->rx_mode != DHCP4_RX_NONE;
        w->max_message_size = 0;
        if (dhcp4_message_parse(frame->data, frame->len, &m) != 0)
                abort();
        (void) dhcp4_message_get_u16(&m, DHCP4_OPTION_MAX_MESSAGE_SIZE, &w->max_message_size);
        return 0;
}

static int listen_arp(World *w, bool listen) {
        if (w->socket_error < 0 && listen && !w->arp)
                return w->socket_error;
        w->arp = listen;
        return 0;
}

static int send_arp(World *w, const LinkFrame *frame) {
        assert(w->arp || w->socket_error < 0);
        w->n_arps++;
        world_arp_packet(frame, &w->last_arp);
        memcpy(w->last_arp_to, frame->dst_hw.bytes, sizeof(w->last_arp_to));
        return 0;
}

static int port_listen(void *port, const LinkListen *listen, int *ret_by_address) {
        *ret_by_address = 0;
        switch (listen->protocol) {
        case LINK_PROTOCOL_DHCP4:
                return listen_dhcp4(port, listen, ret_by_address);
        case LINK_PROTOCOL_ARP:
                return listen_arp(port, listen->frames);
        case _LINK_PROTOCOL_MAX:
                break;
        }
        abort();
}

static int port_send(void *port, const LinkFrame *frame) {
        switch (frame->protocol) {
        case LINK_PROTOCOL_DHCP4:
                return send_dhcp4(port, frame);
        case LINK_PROTOCOL_ARP:
                return send_arp(port, frame);
        case _LINK_PROTOCOL_MAX:
                break;
        }
        abort();
}

static int port_set_timer(void *port, usec_t at) {
        ((World *) port)->timer_at = at;
        return 0;
}

static int port_snapshot(void *port, usec_t now, const NetConfig *desired, NetConfig *ret) {
        World *w = port;

        (void) world_kernel_expire(&w->kernel, now);
        if (w->snapshot_error < 0)
                return w->snapshot_error;
        world_kernel_snapshot(&w->kernel, ret);
        return 0;
}

const char *world_step(World *w, const NetStep *step, bool careful, int *ret_error) {
        if (step->op == NET_OP_DEL_ADDRESS || step->op == NET_OP_DEL_ROUTE || step->op == NET_OP_DEL_RULE)
                w->n_dels++;
        else
                w->n_adds++;
        return world_kernel_step(&w->kernel, step, careful, ret_error);
}

static int port_apply(void *port, usec_t now, const NetPlan *plan) {
        World *w = port;
        int r = 0;

        w->n_applies++;
        if (w->apply_error < 0)
                return w->apply_error;
        w->kernel_moved = true;
        for (size_t i = 0; i < plan->n_steps; i++) {
                int q;
                const char *problem = world_step(w, &plan->steps[i], /* careful= */ r == 0, &q);

                if (problem) {
                        fprintf(stderr, "A wrong plan: %s\n", problem);
                        abort();
                }
                r = r < 0 ? r : q;
        }
        return r;
}

static int port_set_mtu(void *port, uint32_t mtu, uint32_t before) {
        World *w = port;

        assert(mtu != w->mtu);
        w->n_mtus++;
        w->before = before;
        w->set_while_bound = w->notices[LINK_NOTICE_BOUND] > w->notices[LINK_NOTICE_LOST];
        if (w->mtu_error < 0)
                return w->mtu_error;
        w->mtu = mtu;
        w->bounce_due = w->bounces;
        return 0;
}

static int port_tunnels(void *port, NetTunnels *ret) {
        const World *w = port;

        if (w->tunnels_error < 0)
                return w->tunnels_error;
        for (size_t i = 0; i < w->tunnels.n_routes; i++)
                ret->routes[i] = w->tunnels.routes[i];
        ret->n_routes = w->tunnels.n_routes;
        return 0;
}

static int port_address_elsewhere(void *port, uint8_t family, const IpAddress *address) {
        const World *w = port;

        return family == AF_INET && address->v4.s_addr == w->elsewhere ? 99 : 0;
}

static bool port_address_here(void *port, uint8_t family, const IpAddress *address) {
        const World *w = port;

        assert(family == AF_INET);
        return world_kernel_can_use(&w->kernel, address->v4) ||
                (address->v4.s_addr != INADDR_ANY && address->v4.s_addr == w->here);
}

static void port_state_changed(void *port, LinkSource source, const char *old_state, const char *new_state) {
        assert(source == LINK_SOURCE_DHCP4);
        assert(strcmp(old_state, new_state) != 0);
        ((World *) port)->n_states++;
}

/* Returns true if @source fits the origin of @held. */
static bool is_of_source(const Dhcp4Source *held, LinkSource source) {
        static const LinkSource sources[_DHCP4_LEASE_ORIGIN_MAX] = {
                [DHCP4_LEASE_DHCP] = LINK_SOURCE_DHCP4,
                [DHCP4_LEASE_BOOTP] = LINK_SOURCE_DHCP4,
                [DHCP4_LEASE_INFORM] = LINK_SOURCE_INFORM,
                [DHCP4_LEASE_STATIC] = LINK_SOURCE_STATIC,
                [DHCP4_LEASE_LINK_LOCAL] = LINK_SOURCE_LINK_LOCAL,
        };

        return sources[held->origin] == source && (held->lease || source != LINK_SOURCE_DHCP4);
}

static void port_publish(void *port, LinkSource source, LinkNotice notice) {
        World *w = port;
        const Dhcp4Source *old = link_source_before(w->link), *new = link_source(w->link);

        assert((notice == LINK_NOTICE_BOUND) == !old);
        assert((notice == LINK_NOTICE_LOST) == !new);
        assert(is_of_source(new ? new : old, source));
        w->notices[notice]++;
        if (notice == LINK_NOTICE_BOUND)
                w->shown_at_bound = world_kernel_can_use(&w->kernel, new->address);
        if (notice == LINK_NOTICE_LOST)
                assert(!world_kernel_has(&w->kernel, old->address));
}

static void port_learned(void *port) {
        ((World *) port)->n_learned++;
}

static void port_turned(void *port, usec_t now) {
        ((World *) port)->n_turns++;
}

const LinkPorts world_ports = {
        .listen = port_listen,
        .send = port_send,
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
