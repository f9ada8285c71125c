/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * The real shell of a link in a World (tests/world), for programs without a test framework. Each program
 * defines `hooks`, which are called with every frame before the World gets it.
 */
#include <arpa/inet.h>
#include <assert.h>
#include <string.h>

#include "base/macro.h"
#include "link/link.h"
#include "tests/world/world.h"

#define T0 (1000 * USEC_PER_SEC)

/* Called with each frame that the link sends. The arguments are valid during the call. */
typedef struct MemoryHooks {
        void (*frame)(World *w, const Dhcp4Frame *frame);
        void (*arp)(World *w, const ArpPacket *arp);
} MemoryHooks;

static const MemoryHooks hooks;

static inline struct in_addr ip(const char *text) {
        return (struct in_addr){ inet_addr(text) };
}

/* Keeps only the last frame in the World, since it is the one that answer() answers. */
static inline int port_send(void *port, const LinkFrame *frame) {
        World *w = port;
        Dhcp4Frame message;
        ArpPacket arp;

        if (frame->protocol == LINK_PROTOCOL_ARP) {
                world_arp_packet(frame, &arp);
                hooks.arp(w, &arp);
                return world_ports.send(w, frame);
        }
        world_dhcp4_frame(frame, &message);
        hooks.frame(w, &message);
        w->n_frames = 0;
        return world_ports.send(w, frame);
}

/* Tells the link that the kernel has changed, until it makes no more changes itself. */
static inline void settle(World *w) {
        for (unsigned i = 0; i < 8 && w->kernel_moved; i++) {
                w->kernel_moved = false;
                link_kernel_changed(w->link, w->now);
        }
}

static inline Dhcp4State state(const World *w) {
        return dhcp4_client_state(link_client(w->link));
}

/* Lets time pass until @until, and fires the timer of the link whenever it is due. */
static inline void pass(World *w, usec_t until) {
        for (unsigned i = 0; i < 2000 && w->timer_at <= until; i++) {
                w->now = MAX(w->now, w->timer_at);
                link_timer(w->link, w->now);
                settle(w);
        }
        w->now = MAX(w->now, until);
}

/* Lets time pass until the client is in the state @wanted. */
static inline void pass_to_state(World *w, Dhcp4State wanted) {
        for (unsigned i = 0; i < 2000 && state(w) != wanted; i++) {
                assert(w->timer_at != USEC_INFINITY);
                pass(w, w->timer_at);
        }
        assert(state(w) == wanted);
}

/* Answers the last frame that was sent. */
static inline void answer(World *w, Dhcp4MessageType type) {
        const Dhcp4Frame request = w->frames[0];

        assert(w->n_frames > 0);
        world_serve(w, &request, type);
        settle(w);
}

/* Starts a link with a carrier. @cached: a lease that it remembers, or NULL. */
static inline void open_world(World *w, const LinkConfig *config, const Dhcp4Source *cached) {
        static const uint8_t key[PRNG_KEY_LEN] = "sixteen bytes...";
        static LinkPorts ports;

        ports = world_ports;
        ports.send = port_send;
        world_init(w);
        world_init_server(w);
        w->now = T0;
        assert(link_new(&ports, w, config, key, &w->link) == 0);
        link_start(w->link, w->now, cached, /* held= */ false);
        link_carrier(w->link, w->now, /* up= */ true);
        settle(w);
}

/* Lets the link get a lease. */
static inline void bind_link(World *w) {
        pass_to_state(w, DHCP4_STATE_SELECTING);
        pass(w, w->now + USEC_PER_SEC);
        answer(w, DHCP4_OFFER);
        pass(w, w->now + USEC_PER_SEC);
        answer(w, DHCP4_ACK);
        pass_to_state(w, DHCP4_STATE_BOUND);
}
