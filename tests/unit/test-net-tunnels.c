/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * net/net-tunnels.c: which routes of tunnels are kept, and which routes take traffic from them, in either
 * family. With leases, and at random: test-dhcp4-net-tunnels.c.
 */
#include <arpa/inet.h>
#include <glib.h>
#include <string.h>

#include "base/macro.h"
#include "net/net-tunnels.h"

typedef struct TunnelText {
        const char *dst;
        uint8_t prefix_len;
        uint32_t table, metric;
} TunnelText;

static uint8_t parse(const char *text, IpAddress *ret) {
        const uint8_t family = strchr(text, ':') ? AF_INET6 : AF_INET;

        g_assert_cmpint(inet_pton(family, text, ret), ==, 1);
        return family;
}

static void add(NetTunnels *tunnels, TunnelText text) {
        NetTunnelRoute route = { .prefix_len = text.prefix_len, .table = text.table, .metric = text.metric };

        route.family = parse(text.dst, &route.dst);
        net_tunnels_add(tunnels, &route);
}

static NetTunnels tunnels_of(const TunnelText *rows, size_t n) {
        NetTunnels tunnels = { .n_routes = 0 };

        for (size_t i = 0; i < n && rows[i].dst; i++)
                add(&tunnels, rows[i]);
        return tunnels;
}

static void test_add(void) {
        static const TunnelText rows[] = {
                { "10.8.0.0", 16, 254, 7 },   { "10.8.3.0", 24, 100, 0 }, { "10.8.0.0", 16, 254, 9 },
                { "10.8.0.0", 16, 254, 8 },   { "10.9.0.0", 16, 254, 0 }, { "10.8.0.0", 16, 100, 3 },
                { "2001:db8::", 32, 254, 0 },
        };
        NetTunnels tunnels = tunnels_of(rows, ARRAY_SIZE(rows));

        /*
         * A route within another one is left out. Of two equal routes the one with the worse metric is
         * kept.
         */
        g_assert_cmpuint(tunnels.n_routes, ==, 4);
        g_assert_cmpuint(tunnels.routes[0].metric, ==, 9);
        add(&tunnels, (TunnelText){ "2001:db8:5::", 48, 100, 0 });
        g_assert_cmpuint(tunnels.n_routes, ==, 4);
        /* A wider route takes the place of those within it. Routes of the other family stay. */
        add(&tunnels, (TunnelText){ "0.0.0.0", 0, 1, 0 });
        g_assert_cmpuint(tunnels.n_routes, ==, 2);
        add(&tunnels, (TunnelText){ "2001::", 16, 1, 0 });
        g_assert_cmpuint(tunnels.n_routes, ==, 2);
}

/* If there are more routes than there is room for, the tunnel counts as one that takes all traffic. */
static void test_full(void) {
        NetTunnels tunnels = { .n_routes = 0 };

        for (uint32_t i = 0; i <= NET_TUNNEL_ROUTES_MAX; i++) {
                g_assert_cmpuint(tunnels.n_routes, ==, i);
                net_tunnels_add(&tunnels,
                                &(const NetTunnelRoute){ .family = AF_INET,
                                                         .dst.v4.s_addr = htonl((11 + i) << 24),
                                                         .prefix_len = 8,
                                                         .table = 254 });
        }
        g_assert_cmpuint(tunnels.n_routes, ==, 1);
        g_assert_true(net_tunnels_take_all(&tunnels));
}

static void test_take_all(void) {
        static const struct {
                TunnelText tunnels[3];
                bool takes_all;
        } rows[] = {
                { {}, false },
                { { { "0.0.0.0", 0, 254, 50 } }, true },
                { { { "0.0.0.0", 0, 51820, 0 } }, true },
                { { { "0.0.0.0", 1, 254, 0 }, { "128.0.0.0", 1, 254, 0 } }, true },
                { { { "128.0.0.0", 1, 254, 0 } }, true },
                { { { "64.0.0.0", 2, 254, 0 } }, false },
                { { { "10.0.0.0", 8, 254, 0 } }, false },
                { { { "10.0.0.0", 8, 254, 0 }, { "128.0.0.0", 1, 254, 0 } }, true },
                { { { "::", 0, 254, 0 } }, true },
                { { { "8000::", 1, 254, 0 } }, true },
                { { { "2000::", 3, 254, 0 } }, true },
                { { { "2000::", 4, 254, 0 }, { "3000::", 4, 254, 0 } }, true },
                { { { "2001:db8::", 32, 254, 0 } }, false },
                { { { "fc00::", 7, 254, 0 } }, false },
        };

        for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
                const NetTunnels tunnels = tunnels_of(rows[i].tunnels, ARRAY_SIZE(rows[i].tunnels));

                g_assert_cmpint(net_tunnels_take_all(&tunnels), ==, rows[i].takes_all);
        }
}

/* A link has one route, with metric 1024 in table 254, and a tunnel has one. */
static void test_lose(void) {
        static const struct {
                TunnelText tunnel;
                const char *dst;
                uint8_t prefix_len;
                bool loses, loses_to_network;
        } rows[] = {
                { { "0.0.0.0", 0, 254, 50 }, "0.0.0.0", 0, false, false },
                { { "0.0.0.0", 0, 254, 1024 }, "0.0.0.0", 0, true, true },
                { { "0.0.0.0", 0, 254, 50 }, "192.0.2.0", 24, true, true },
                { { "0.0.0.0", 0, 254, 50 }, "10.1.0.0", 24, true, false },
                { { "10.1.0.0", 16, 254, 50 }, "10.1.0.0", 24, true, true },
                { { "0.0.0.0", 0, 254, 50 }, "2001:db8::", 64, false, false },
                { { "::", 0, 254, 50 }, "192.0.2.0", 24, false, false },
                { { "::", 0, 254, 50 }, "2001:db8::", 64, true, true },
                { { "::", 0, 51820, 0 }, "2001:db8::", 64, true, true },
                { { "::", 0, 254, 50 }, "::", 0, false, false },
                { { "::", 0, 254, 50 }, "fd00:1::", 64, true, false },
                { { "fd00::", 8, 254, 50 }, "fd00:1::", 64, true, true },
                { { "2000::", 4, 254, 50 }, "2001:db8::", 64, true, true },
                { { "2001:db8:1::", 48, 254, 50 }, "2001:db8::", 32, false, false },
                { { "2001:db8:1::", 48, 254, 50 }, "2001:db8:2::", 48, false, false },
                { { "2001:db8:1::", 48, 254, 50 }, "2001:db8:1::", 48, false, false },
                { { "2001:db8:1::", 48, 100, 0 }, "2001:db8:1::", 48, true, true },
        };

        for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
                const NetTunnels tunnels = tunnels_of(&rows[i].tunnel, 1);
                NetRoute route = { .prefix_len = rows[i].prefix_len, .metric = 1024, .table = 254 };

                g_test_message("%s/%u", rows[i].dst, rows[i].prefix_len);
                route.family = parse(rows[i].dst, &route.dst);
                g_assert_cmpint(net_tunnels_lose_to(&tunnels, &route), ==, rows[i].loses);
                g_assert_cmpint(net_tunnels_lose_to_network(&tunnels, &route), ==, rows[i].loses_to_network);
        }
}

/* If the tunnels are unknown, either family may have one. */
static void test_unknown(void) {
        static const struct {
                const char *dst;
                uint8_t prefix_len;
                bool loses;
        } rows[] = {
                { "0.0.0.0", 0, false }, { "0.0.0.0", 1, true },   { "::", 0, false },
                { "::", 1, true },       { "10.1.0.0", 24, true }, { "fd00::", 64, true },
        };
        NetTunnels tunnels = { .n_routes = 0 };

        net_tunnels_set_unknown(&tunnels);
        g_assert_true(net_tunnels_take_all(&tunnels));
        for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
                NetRoute route = { .prefix_len = rows[i].prefix_len, .metric = 1024, .table = 254 };

                route.family = parse(rows[i].dst, &route.dst);
                g_assert_cmpint(net_tunnels_lose_to(&tunnels, &route), ==, rows[i].loses);
        }
}

int main(int argc, char **argv) {
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/net-tunnels/add", test_add);
        g_test_add_func("/net-tunnels/full", test_full);
        g_test_add_func("/net-tunnels/take-all", test_take_all);
        g_test_add_func("/net-tunnels/lose", test_lose);
        g_test_add_func("/net-tunnels/unknown", test_unknown);
        return g_test_run();
}
