/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * For test-dhcp4-net*.c and test-net-*.c: leases with chosen options, a policy that takes all of them,
 * and the configurations that both lead to.
 */
#include <arpa/inet.h>
#include <glib.h>
#include <linux/rtnetlink.h>
#include <string.h>

#include "base/macro.h"
#include "core/dhcp4-net.h"
#include "wire/dhcp4-protocol.h"

#define NOW (1000 * USEC_PER_SEC)

static const Dhcp4NetPolicy all _unused_ = {
        .metric = 1024,
        .table = RT_TABLE_MAIN,
        .use_routes = true,
        .use_gateway = true,
        .use_mtu = NET_MTU_ROUTE,
        .mtu_min = 576,
};

static const NetTunnels no_tunnels _unused_ = { .n_routes = 0 };

/* What the last call of dhcp4_net_config() refused. */
static Dhcp4NetRefusals refused _unused_;

static inline struct in_addr ip(const char *text) {
        struct in_addr address;

        g_assert_cmpint(inet_pton(AF_INET, text, &address), ==, 1);
        return address;
}

/* Leases */

static inline Dhcp4Lease lease_new(const char *address, uint8_t prefix_len) {
        Dhcp4Lease lease = {
                .address = ip(address),
                .prefix_len = prefix_len,
                .server_id = ip("192.0.2.67"),
                .granted_at = NOW,
                .lifetime_usec = 3600 * USEC_PER_SEC,
        };

        lease.ack[0] = 2;
        lease.ack[1] = 1;
        lease.ack[2] = 6;
        memcpy(lease.ack + 16, &lease.address, 4);
        memcpy(lease.ack + 236, "\x63\x82\x53\x63\x35\x01\x05", 7);
        lease.ack_len = 243;
        return lease;
}

static inline void lease_option(Dhcp4Lease *lease, uint8_t code, const void *data, size_t len) {
        g_assert_cmpuint(len, <=, 255);
        g_assert_cmpuint(lease->ack_len + len + 2, <=, sizeof(lease->ack));
        lease->ack[lease->ack_len++] = code;
        lease->ack[lease->ack_len++] = (uint8_t) len;
        memcpy(lease->ack + lease->ack_len, data, len);
        lease->ack_len = (uint16_t) (lease->ack_len + len);
}

static inline void lease_address_option(Dhcp4Lease *lease, uint8_t code, const char *address) {
        const struct in_addr a = ip(address);

        lease_option(lease, code, &a, sizeof(a));
}

/* Appends "dst/len gateway" to the content of an option 121. */
static inline size_t put_route(uint8_t *content, size_t pos, struct in_addr dst, uint8_t prefix_len,
                               struct in_addr gateway) {
        const size_t n = (prefix_len + 7u) / 8u;

        content[pos++] = prefix_len;
        memcpy(content + pos, &dst, n);
        memcpy(content + pos + n, &gateway, 4);
        return pos + n + 4;
}

typedef struct RouteText {
        const char *dst;
        uint8_t prefix_len;
        const char *gateway;
} RouteText;

static inline void lease_routes_option(Dhcp4Lease *lease, const RouteText *routes, size_t n) {
        uint8_t content[255];
        size_t len = 0;

        for (size_t i = 0; i < n; i++)
                len = put_route(content, len, ip(routes[i].dst), routes[i].prefix_len,
                                ip(routes[i].gateway));
        lease_option(lease, DHCP4_OPTION_CLASSLESS_ROUTES, content, len);
}

/* Configurations */

/* Returns true if @config has such a route. Fails if it has the route twice. */
static inline bool has(const NetConfig *config, const char *dst, uint8_t prefix_len, const char *gateway) {
        unsigned n = 0;

        for (size_t i = 0; i < config->n_routes; i++)
                n += config->routes[i].dst.v4.s_addr == ip(dst).s_addr &&
                        config->routes[i].prefix_len == prefix_len &&
                        config->routes[i].gateway.v4.s_addr == ip(gateway).s_addr;
        g_assert_cmpuint(n, <=, 1);
        return n == 1;
}

/* Random ones */

static inline unsigned dice(unsigned n) {
        return (unsigned) g_test_rand_int_range(0, (gint32) n);
}

/* There are few values, so that leases overlap with each other and with what is there already. */
static inline struct in_addr random_address(void) {
        return (struct in_addr){ htonl(0x0a010000 + (dice(2) << 8) + dice(6)) };
}

static inline Dhcp4Lease random_lease(void) {
        Dhcp4Lease lease =
                lease_new("0.0.0.0", (const uint8_t[]){ 24, 24, 24, 25, 16, 30, 31, 32 }[dice(8)]);
        uint8_t content[255];
        size_t len = 0;

        lease.address = random_address();
        lease.granted_at = NOW + dice(5) * USEC_PER_SEC;
        lease.lifetime_usec = dice(8) == 0 ? USEC_INFINITY : (1 + dice(4)) * 600 * USEC_PER_SEC;
        if (dice(3) == 0) {
                const struct in_addr broadcast = { lease.address.s_addr | htonl(0xff) };

                lease_option(&lease, DHCP4_OPTION_BROADCAST, &broadcast, 4);
        }
        if (dice(2) == 0) {
                const struct in_addr routers[] = { random_address(), random_address() };

                lease_option(&lease, DHCP4_OPTION_ROUTERS, routers, 4 * (1 + dice(2)));
        }
        for (unsigned n = dice(3) == 0 ? 1 + dice(6) : 0; n > 0; n--) {
                static const uint8_t prefixes[] = { 0, 8, 16, 24, 32 };
                const uint8_t prefix_len = prefixes[dice(5)];
                const struct in_addr gateway = dice(3) == 0 ? (struct in_addr){ 0 } : random_address();
                struct in_addr dst = { htonl((10 + dice(4)) << 24 | dice(2) << 16 | dice(3)) };

                dst.s_addr &= prefix_len == 0 ? 0 : htonl(UINT32_MAX << (32 - prefix_len));
                len = put_route(content, len, dst, prefix_len, gateway);
        }
        if (len > 0)
                lease_option(&lease, DHCP4_OPTION_CLASSLESS_ROUTES, content, len);
        if (dice(4) == 0)
                lease_option(&lease, DHCP4_OPTION_MTU, dice(2) == 0 ? "\x05\x78" : "\x05\x00", 2);
        return lease;
}
