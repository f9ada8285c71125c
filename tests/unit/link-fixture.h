/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * For test-link*.c: a link in a World (tests/world), its configuration, and time, which is a variable.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <glib.h>
#include <string.h>

#include "base/ip.h"
#include "base/macro.h"
#include "core/dhcp4-client.h"
#include "link/link.h"
#include "tests/world/world.h"

#define T0 (1000 * USEC_PER_SEC)

static const uint8_t mac[6] = { 0x02, 0x11, 0x22, 0x33, 0x44, 0x55 };

static inline in_addr_t addr(const char *text) {
        return inet_addr(text);
}

static inline void serve(World *w, const Dhcp4Frame *request, Dhcp4MessageType type) {
        world_serve(w, request, type);
}

static inline void serve_all(World *w) {
        world_serve_all(w);
}

static inline void kernel_del_address(World *w, size_t i) {
        world_kernel_del_address(&w->kernel, i);
}

static inline void kernel_del_route(World *w, size_t i) {
        world_kernel_del_route(&w->kernel, i);
}

static inline void kernel_make_whole(World *w) {
        NetConfig desired;

        link_desired(w->link, &desired);
        world_kernel_put_all(&w->kernel, &desired);
}

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
                .net = { .metric = 1024,
                         .table = 254,
                         .use_routes = true,
                         .use_gateway = true,
                         .use_mtu = NET_MTU_ROUTE },
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

        world_init(w);
        world_init_server(w);
        w->now = T0;
        g_assert_cmpint(link_new(&world_ports, w, config, key, &w->link), ==, 0);
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

/* Lets time pass up to @until. The server answers each frame at once. */
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
