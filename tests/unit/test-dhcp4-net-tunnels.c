/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * core/dhcp4-net.c: what tunnels leave of the routes that a lease asks for. Random rows come from GLib's
 * test seed: replay them with --seed.
 */
#include "base/ip.h"
#include "core/dhcp4-net.h"
#include "tests/unit/net-fixture.h"

typedef struct TunnelText {
        const char *dst;
        uint8_t prefix_len;
        uint32_t table, metric;
} TunnelText;

static NetTunnels tunnels_of(const TunnelText *rows, size_t n) {
        NetTunnels tunnels = { .n_routes = 0 };

        for (size_t i = 0; i < n && rows[i].dst; i++)
                net_tunnels_add(&tunnels,
                                &(const NetTunnelRoute){ .family = AF_INET,
                                                         .dst.v4 = ip(rows[i].dst),
                                                         .prefix_len = rows[i].prefix_len,
                                                         .table = rows[i].table,
                                                         .metric = rows[i].metric });
        return tunnels;
}

/*
 * The lease has one route of option 121, on a link with 10.1.0.5/24 and metric 1024 in the main table.
 * Tunnels have routes beside it.
 */
static void test_no_override(void) {
        static const struct {
                const char *name;
                TunnelText tunnels[3];
                RouteText route;
                bool used;
        } rows[] = {
                { "no tunnel", {}, { "0.0.0.0", 1, "10.1.0.1" }, true },
                { "halves of a default route",
                  { { "0.0.0.0", 0, 254, 50 } },
                  { "0.0.0.0", 1, "10.1.0.1" },
                  false },
                { "the other half", { { "0.0.0.0", 0, 254, 50 } }, { "128.0.0.0", 1, "10.1.0.1" }, false },
                { "one host", { { "0.0.0.0", 0, 254, 50 } }, { "198.51.100.7", 32, "10.1.0.1" }, false },
                { "on-link", { { "0.0.0.0", 0, 254, 50 } }, { "198.51.100.0", 24, "0.0.0.0" }, false },
                { "the default of the link itself",
                  { { "0.0.0.0", 0, 254, 50 } },
                  { "0.0.0.0", 0, "10.1.0.1" },
                  true },
                { "the default shadows",
                  { { "0.0.0.0", 0, 254, 2000 } },
                  { "0.0.0.0", 0, "10.1.0.1" },
                  false },
                { "the default shadows, equal metric",
                  { { "0.0.0.0", 0, 254, 1024 } },
                  { "0.0.0.0", 0, "10.1.0.1" },
                  false },
                { "the default in another table",
                  { { "0.0.0.0", 0, 51820, 0 } },
                  { "0.0.0.0", 0, "10.1.0.1" },
                  true },
                { "half, the tunnel in another table",
                  { { "0.0.0.0", 0, 51820, 0 } },
                  { "0.0.0.0", 1, "10.1.0.1" },
                  false },
                { "half, the half of a tunnel in another table",
                  { { "0.0.0.0", 1, 51820, 0 } },
                  { "0.0.0.0", 1, "10.1.0.1" },
                  false },
                { "halves of a VPN, quarter",
                  { { "0.0.0.0", 1, 254, 0 }, { "128.0.0.0", 1, 254, 0 } },
                  { "64.0.0.0", 2, "10.1.0.1" },
                  false },
                { "halves of a VPN, default",
                  { { "0.0.0.0", 1, 254, 0 }, { "128.0.0.0", 1, 254, 0 } },
                  { "0.0.0.0", 0, "10.1.0.1" },
                  true },
                { "halves of a VPN, equal but worse",
                  { { "0.0.0.0", 1, 254, 0 } },
                  { "0.0.0.0", 1, "10.1.0.1" },
                  true },
                { "halves of a VPN, equal and better",
                  { { "0.0.0.0", 1, 254, 5000 } },
                  { "0.0.0.0", 1, "10.1.0.1" },
                  false },
                { "equal in another table",
                  { { "10.8.0.0", 16, 100, 0 } },
                  { "10.8.0.0", 16, "10.1.0.1" },
                  false },
                { "narrower than a split tunnel",
                  { { "10.8.0.0", 16, 254, 0 } },
                  { "10.8.3.0", 24, "10.1.0.1" },
                  false },
                { "beside a split tunnel",
                  { { "10.8.0.0", 16, 254, 0 } },
                  { "10.9.0.0", 16, "10.1.0.1" },
                  true },
                { "wider than a split tunnel",
                  { { "10.8.0.0", 16, 254, 0 } },
                  { "10.0.0.0", 8, "10.1.0.1" },
                  true },
                { "the second of two tunnels",
                  { { "10.7.0.0", 16, 254, 0 }, { "10.8.0.0", 16, 254, 0 } },
                  { "10.8.3.0", 24, "10.1.0.1" },
                  false },
                { "the link's own network once more",
                  { { "0.0.0.0", 0, 254, 50 } },
                  { "10.1.0.0", 24, "0.0.0.0" },
                  true },
                { "in the link's own network",
                  { { "0.0.0.0", 0, 254, 50 } },
                  { "10.1.0.64", 26, "10.1.0.1" },
                  false },
                { "own network, narrower tunnel",
                  { { "10.1.0.64", 26, 254, 50 } },
                  { "10.1.0.64", 27, "10.1.0.1" },
                  false },
                { "own network, equal tunnel",
                  { { "10.1.0.0", 24, 254, 50 } },
                  { "10.1.0.64", 26, "10.1.0.1" },
                  false },
                { "a default by a gateway outside",
                  { { "0.0.0.0", 0, 254, 50 } },
                  { "0.0.0.0", 0, "192.0.2.1" },
                  true },
        };

        for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
                const NetTunnels tunnels = tunnels_of(rows[i].tunnels, ARRAY_SIZE(rows[i].tunnels));
                Dhcp4Lease lease = lease_new("10.1.0.5", 24);
                Dhcp4Ignored ignored[4];
                Dhcp4NetPolicy policy = all;
                Dhcp4Message ack;
                NetConfig c;

                g_test_message("%s", rows[i].name);
                lease_routes_option(&lease, &rows[i].route, 1);
                dhcp4_net_config(&lease, &policy, &tunnels, &c, &refused);
                g_assert_cmpint(has(&c, rows[i].route.dst, rows[i].route.prefix_len, rows[i].route.gateway),
                                ==, rows[i].used);
                g_assert_true(has(&c, "10.1.0.0", 24, "0.0.0.0"));
                g_assert_cmpuint(refused.n, ==, !rows[i].used);
                dhcp4_lease_message(&lease, &ack);
                g_assert_cmpuint(dhcp4_net_ignored(&lease, &ack, &policy, &c, &refused, ignored, 4), ==,
                                 !rows[i].used);
                if (!rows[i].used) {
                        g_assert_cmpuint(refused.entries[0].code, ==, DHCP4_OPTION_CLASSLESS_ROUTES);
                        g_assert_cmpuint(refused.entries[0].n_routes, ==, 1);
                        g_assert_cmpuint(refused.entries[0].first.dst.s_addr, ==,
                                         ip(rows[i].route.dst).s_addr);
                        g_assert_cmpuint(ignored[0].code, ==, DHCP4_OPTION_CLASSLESS_ROUTES);
                        g_assert_cmpstr(ignored[0].reason, ==,
                                        "routes not used: they would capture the traffic of a tunnel");
                }

                /* The other policies do not look at tunnels. */
                policy.classless = DHCP4_CLASSLESS_ACCEPT;
                dhcp4_net_config(&lease, &policy, &tunnels, &c, &refused);
                g_assert_true(has(&c, rows[i].route.dst, rows[i].route.prefix_len, rows[i].route.gateway));
                g_assert_cmpuint(refused.n, ==, 0);
        }
}

/* The network of the lease, which the server's address and mask say, beside tunnels. */
static void test_own_network(void) {
        static const struct {
                const char *name, *address;
                uint8_t prefix_len;
                TunnelText tunnels[3];
                bool used;
        } rows[] = {
                { "no tunnel", "8.8.8.77", 24, {}, true },
                { "of somebody else, all is the VPN's",
                  "8.8.8.77",
                  24,
                  { { "0.0.0.0", 0, 51820, 0 } },
                  false },
                { "the same, in our table", "8.8.8.77", 24, { { "0.0.0.0", 0, 254, 50 } }, false },
                { "the same, by halves",
                  "8.8.8.77",
                  24,
                  { { "0.0.0.0", 1, 254, 0 }, { "128.0.0.0", 1, 254, 0 } },
                  false },
                { "half of the Internet", "192.0.2.77", 1, { { "0.0.0.0", 0, 51820, 0 } }, false },
                { "half of it, and equal", "192.0.2.77", 1, { { "128.0.0.0", 1, 51820, 0 } }, false },
                { "half of it, equal but worse", "192.0.2.77", 1, { { "128.0.0.0", 1, 254, 0 } }, true },
                { "a private address in too wide a network",
                  "10.1.0.5",
                  7,
                  { { "0.0.0.0", 0, 254, 50 } },
                  false },
                { "a LAN, all is the VPN's", "10.1.0.5", 24, { { "0.0.0.0", 0, 254, 50 } }, true },
                { "a LAN, by halves",
                  "192.168.1.5",
                  24,
                  { { "0.0.0.0", 1, 254, 0 }, { "128.0.0.0", 1, 254, 0 } },
                  true },
                { "a quarter is no half", "100.64.0.5", 10, { { "64.0.0.0", 2, 254, 0 } }, false },
                { "in the VPN's network", "10.8.0.5", 25, { { "10.8.0.0", 16, 254, 0 } }, false },
                { "the VPN's network", "10.8.0.5", 16, { { "10.8.0.0", 16, 100, 0 } }, false },
                { "the VPN's network, worse", "10.8.0.5", 16, { { "10.8.0.0", 16, 254, 50 } }, true },
                { "the VPN's network in it", "10.8.0.5", 16, { { "10.8.1.0", 24, 254, 0 } }, true },
                { "beside the VPN's network", "10.9.0.5", 24, { { "10.8.0.0", 16, 254, 0 } }, true },
        };
        static const Dhcp4Classless modes[] = { DHCP4_CLASSLESS_NO_OVERRIDE, DHCP4_CLASSLESS_TABLE,
                                                DHCP4_CLASSLESS_IGNORE };

        for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
                const NetTunnels tunnels = tunnels_of(rows[i].tunnels, ARRAY_SIZE(rows[i].tunnels));
                Dhcp4Lease lease = lease_new(rows[i].address, rows[i].prefix_len);
                const struct in_addr network = ip4_network(ip(rows[i].address), rows[i].prefix_len),
                                     router = { network.s_addr | htonl(1) };
                Dhcp4Ignored ignored[4];
                char router_text[INET_ADDRSTRLEN], network_text[INET_ADDRSTRLEN];
                Dhcp4NetPolicy policy = all;
                Dhcp4Message ack;
                NetConfig c;

                g_test_message("%s", rows[i].name);
                g_assert_nonnull(inet_ntop(AF_INET, &router, router_text, sizeof(router_text)));
                g_assert_nonnull(inet_ntop(AF_INET, &network, network_text, sizeof(network_text)));
                lease_address_option(&lease, DHCP4_OPTION_ROUTERS, router_text);
                dhcp4_lease_message(&lease, &ack);
                for (size_t j = 0; j < ARRAY_SIZE(modes); j++) {
                        policy.classless = modes[j];
                        dhcp4_net_config(&lease, &policy, &tunnels, &c, &refused);
                        /* The address itself stays as it is, and so does the default route. */
                        g_assert_cmpuint(c.addresses[0].prefix_len, ==, rows[i].prefix_len);
                        g_assert_true(has(&c, "0.0.0.0", 0, router_text));
                        g_assert_cmpint(has(&c, network_text, rows[i].prefix_len, "0.0.0.0"), ==,
                                        rows[i].used);
                        g_assert_cmpint(has(&c, router_text, 32, "0.0.0.0"), ==, !rows[i].used);
                        g_assert_cmpuint(c.n_routes, ==, 2);
                        g_assert_cmpuint(refused.n, ==, !rows[i].used);
                        g_assert_cmpuint(dhcp4_net_ignored(&lease, &ack, &policy, &c, &refused, ignored, 4),
                                         ==, !rows[i].used);
                        if (rows[i].used)
                                continue;
                        g_assert_cmpuint(refused.entries[0].code, ==, DHCP4_OPTION_SUBNET_MASK);
                        g_assert_cmpuint(ignored[0].code, ==, DHCP4_OPTION_SUBNET_MASK);
                        g_assert_cmpstr(ignored[0].reason, ==,
                                        "no route to the network: it would capture the traffic of a tunnel");
                }
                policy.classless = DHCP4_CLASSLESS_ACCEPT;
                dhcp4_net_config(&lease, &policy, &tunnels, &c, &refused);
                g_assert_true(has(&c, network_text, rows[i].prefix_len, "0.0.0.0"));
                g_assert_cmpuint(refused.n, ==, 0);
        }
}

/*
 * Together with the network, three options are refused at a time. A configuration that the host made
 * itself is not refused.
 */
static void test_own_network_and_routes(void) {
        static const TunnelText tunnel = { "0.0.0.0", 0, RT_TABLE_MAIN, 50 };
        const struct in_addr static_route[] = { ip("198.51.100.0"), ip("8.8.8.1") },
                             routers[] = { ip("8.8.8.1"), ip("8.8.8.2") };
        const NetTunnels tunnels = tunnels_of(&tunnel, 1);
        Dhcp4Lease lease = lease_new("8.8.8.77", 24);
        Dhcp4Source own;
        NetConfig c;

        lease_option(&lease, DHCP4_OPTION_STATIC_ROUTES, static_route, sizeof(static_route));
        lease_option(&lease, DHCP4_OPTION_ROUTERS, routers, sizeof(routers));
        dhcp4_net_config(&lease, &all, &tunnels, &c, &refused);
        g_assert_cmpuint(refused.n, ==, 3);
        g_assert_cmpuint(c.n_routes, ==, 2);
        g_assert_true(has(&c, "8.8.8.1", 32, "0.0.0.0"));
        g_assert_true(has(&c, "0.0.0.0", 0, "8.8.8.1"));

        /* An address of the administrator's own loses none of its routes to a tunnel. */
        own = dhcp4_source_own(DHCP4_LEASE_STATIC, ip("8.8.8.77"), 24, ip("8.8.8.1"), 0);
        dhcp4_net_own(&own, &all, &c);
        g_assert_cmpuint(c.n_routes, ==, 2);
        g_assert_true(has(&c, "8.8.8.0", 24, "0.0.0.0"));
        g_assert_true(has(&c, "0.0.0.0", 0, "8.8.8.1"));
}

/*
 * A server that lists default routes by many gateways outside of the network may have the host route of
 * one gateway, not of every address that it lists.
 */
static void test_gateways_capture(void) {
        static const TunnelText tunnel = { "0.0.0.0", 0, RT_TABLE_MAIN, 50 };
        static const RouteText routes[] = { { "198.51.100.0", 24, "203.0.113.9" },
                                            { "0.0.0.0", 0, "192.0.2.1" },
                                            { "0.0.0.0", 0, "192.0.2.2" },
                                            { "0.0.0.0", 0, "10.1.0.1" } };
        const NetTunnels tunnels = tunnels_of(&tunnel, 1);
        const struct in_addr routers[] = { ip("192.0.2.1"), ip("192.0.2.2") };
        Dhcp4Lease lease = lease_new("10.1.0.5", 32);
        NetConfig c;

        lease_routes_option(&lease, routes, ARRAY_SIZE(routes));
        dhcp4_net_config(&lease, &all, &tunnels, &c, &refused);
        g_assert_cmpuint(c.n_routes, ==, 2);
        g_assert_true(has(&c, "192.0.2.1", 32, "0.0.0.0"));
        g_assert_true(has(&c, "0.0.0.0", 0, "192.0.2.1"));
        g_assert_cmpuint(refused.n, ==, 1);
        g_assert_cmpuint(refused.entries[0].n_routes, ==, 3);

        lease = lease_new("10.1.0.5", 32);
        lease_option(&lease, DHCP4_OPTION_ROUTERS, routers, sizeof(routers));
        dhcp4_net_config(&lease, &all, &tunnels, &c, &refused);
        g_assert_cmpuint(c.n_routes, ==, 2);
        g_assert_true(has(&c, "0.0.0.0", 0, "192.0.2.1"));
        g_assert_cmpuint(refused.entries[0].code, ==, DHCP4_OPTION_ROUTERS);
}

/*
 * The host route of a gateway within a tunnel's network is accepted for one gateway: that of the first
 * default route that is used.
 */
static void test_exempt_gateway(void) {
        static const TunnelText tunnel = { "192.0.2.0", 24, RT_TABLE_MAIN, 50 };
        static const RouteText other = { "198.51.100.0", 24, "192.0.2.1" },
                               by_gateway = { "0.0.0.0", 0, "192.0.2.1" },
                               half = { "0.0.0.0", 1, "192.0.2.1" };
        const Dhcp4NetPolicy no_gateway = { .metric = 1,
                                            .table = RT_TABLE_MAIN,
                                            .use_routes = true,
                                            .classless = DHCP4_CLASSLESS_NO_OVERRIDE };
        const struct {
                RouteText routes[2];
                bool no_gateway, fine; /* the last of the routes, and the host route for it */
        } rows[] = {
                { { other, other }, false, false },
                { { half, other }, false, false },
                { { by_gateway, other }, false, true },
                { { by_gateway, other }, true, false },
        };
        const NetTunnels tunnels = tunnels_of(&tunnel, 1);

        for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
                Dhcp4Lease lease = lease_new("10.1.0.5", 32);
                const RouteText *last = &rows[i].routes[1];
                NetConfig c;

                lease_routes_option(&lease, rows[i].routes, 2);
                dhcp4_net_config(&lease, rows[i].no_gateway ? &no_gateway : &all, &tunnels, &c, &refused);
                g_assert_cmpint(has(&c, "192.0.2.1", 32, "0.0.0.0"), ==, rows[i].fine);
                g_assert_cmpint(has(&c, last->dst, last->prefix_len, last->gateway), ==, rows[i].fine);
        }
}

/*
 * Refused routes are told again when they have changed: any of them, in anything that a route consists
 * of, and however many there are.
 */
static void test_refusals_differ(void) {
        static const TunnelText tunnel = { "0.0.0.0", 0, RT_TABLE_MAIN, 50 };
        static const RouteText lists[][2] = {
                { { "198.51.100.0", 24, "10.1.0.1" }, { "203.0.113.0", 24, "10.1.0.1" } },
                { { "203.0.113.0", 24, "10.1.0.1" }, { "198.51.100.0", 24, "10.1.0.1" } },
                { { "198.51.100.0", 24, "10.1.0.1" }, { "203.0.112.0", 24, "10.1.0.1" } },
                { { "198.51.100.0", 24, "10.1.0.1" }, { "203.0.113.0", 25, "10.1.0.1" } },
                { { "198.51.100.0", 24, "10.1.0.1" }, { "203.0.113.0", 24, "10.1.0.2" } },
                { { "198.51.101.0", 24, "10.1.0.1" }, { "203.0.113.0", 24, "10.1.0.1" } },
                { { "198.51.100.0", 26, "10.1.0.1" }, { "203.0.113.0", 24, "10.1.0.1" } },
                { { "198.51.100.0", 24, "10.1.0.3" }, { "203.0.113.0", 24, "10.1.0.1" } },
        };
        const NetTunnels tunnels = tunnels_of(&tunnel, 1);
        uint32_t digests[ARRAY_SIZE(lists)];
        NetConfig c;

        for (unsigned n = 2; n < 8; n++)
                for (size_t i = 0; i < ARRAY_SIZE(lists); i++) {
                        Dhcp4Lease lease = lease_new("10.1.0.5", 24);
                        RouteText routes[8];

                        for (unsigned k = 0; k < n; k++)
                                routes[k] = k < 2 ? lists[i][k] : (RouteText){ "192.0.2.0", 24, "10.1.0.1" };
                        lease_routes_option(&lease, routes, n);
                        dhcp4_net_config(&lease, &all, &tunnels, &c, &refused);
                        g_assert_cmpuint(refused.n, ==, 1);
                        g_assert_cmpuint(refused.entries[0].n_routes, ==, n);
                        digests[i] = refused.entries[0].digest;
                        for (size_t j = 0; j < i; j++)
                                g_assert_cmpuint(digests[j], !=, digests[i]);
                }
}

/* Refusals are equal if all routes are equal and in the same order. */
static void test_refusals_equal(void) {
        const Dhcp4NetRefusal a = { .code = 121, .n_routes = 2, .digest = 7 },
                              others[] = { { .code = 33, .n_routes = 2, .digest = 7 },
                                           { .code = 121, .n_routes = 3, .digest = 7 },
                                           { .code = 121, .n_routes = 2, .digest = 8 } };
        const Dhcp4NetRefusals none = { .n = 0 }, one = { { a }, 1 }, same = { { a, a }, 2 };

        g_assert_true(dhcp4_net_refusals_equal(&none, &none));
        g_assert_true(dhcp4_net_refusals_equal(&same, &same));
        g_assert_false(dhcp4_net_refusals_equal(&one, &same));
        for (size_t i = 0; i < ARRAY_SIZE(others); i++) {
                const Dhcp4NetRefusals first = { { others[i], a }, 2 }, last = { { a, others[i] }, 2 };

                g_assert_false(dhcp4_net_refusals_equal(&same, &first));
                g_assert_false(dhcp4_net_refusals_equal(&same, &last));
                g_assert_false(dhcp4_net_refusals_equal(&last, &same));
        }
}

/*
 * Option 33 is refused like option 121. A router of option 3 may take the place of a tunnel's default
 * route, as that of every lease may.
 */
static void test_static_routes(void) {
        static const TunnelText tunnel = { "0.0.0.0", 0, RT_TABLE_MAIN, 5000 };
        const struct in_addr routes[] = { ip("198.51.100.0"), ip("10.1.0.1") };
        const NetTunnels tunnels = tunnels_of(&tunnel, 1);
        Dhcp4Lease lease = lease_new("10.1.0.5", 24);
        Dhcp4Ignored ignored[4];
        Dhcp4Message ack;
        NetConfig c;

        lease_option(&lease, DHCP4_OPTION_STATIC_ROUTES, routes, sizeof(routes));
        lease_address_option(&lease, DHCP4_OPTION_ROUTERS, "10.1.0.1");
        dhcp4_net_config(&lease, &all, &no_tunnels, &c, &refused);
        g_assert_cmpuint(c.n_routes, ==, 3);
        dhcp4_net_config(&lease, &all, &tunnels, &c, &refused);
        g_assert_cmpuint(c.n_routes, ==, 2);
        g_assert_true(has(&c, "0.0.0.0", 0, "10.1.0.1"));
        dhcp4_lease_message(&lease, &ack);
        g_assert_cmpuint(dhcp4_net_ignored(&lease, &ack, &all, &c, &refused, ignored, 4), ==, 1);
        g_assert_cmpuint(ignored[0].code, ==, DHCP4_OPTION_STATIC_ROUTES);
        g_assert_cmpuint(dhcp4_net_ignored(&lease, &ack, &all, &c, &refused, ignored, 0), ==, 0);
}

static const NetRoute *find(const NetConfig *c, const char *dst, uint8_t prefix_len) {
        for (size_t i = 0; i < c->n_routes; i++)
                if (c->routes[i].dst.v4.s_addr == ip(dst).s_addr && c->routes[i].prefix_len == prefix_len)
                        return &c->routes[i];
        return NULL;
}

/*
 * A table of their own has all routes, with the routes to their gateways. The table of the link has none
 * of them.
 */
static void test_table(void) {
        static const TunnelText tunnel = { "0.0.0.0", 0, RT_TABLE_MAIN, 50 };
        static const RouteText routes[] = { { "0.0.0.0", 0, "10.1.0.1" },
                                            { "198.51.100.0", 24, "10.1.0.2" } };
        const struct in_addr static_route[] = { ip("198.51.100.0"), ip("10.1.0.2") };
        const NetTunnels tunnels = tunnels_of(&tunnel, 1);
        Dhcp4Lease lease = lease_new("10.1.0.5", 24);
        Dhcp4NetPolicy policy = all;
        NetConfig c;

        policy.classless = DHCP4_CLASSLESS_TABLE;
        policy.classless_table = 77;
        lease_routes_option(&lease, routes, ARRAY_SIZE(routes));
        lease_address_option(&lease, DHCP4_OPTION_ROUTERS, "10.1.0.9"); /* not used: beside option 121 */
        dhcp4_net_config(&lease, &policy, &tunnels, &c, &refused);
        g_assert_cmpuint(c.n_routes, ==, 5);
        g_assert_cmpuint(refused.n, ==, 0);
        g_assert_cmpuint(find(&c, "10.1.0.0", 24)->table, ==, RT_TABLE_MAIN);
        g_assert_cmpuint(find(&c, "10.1.0.1", 32)->table, ==, 77);
        g_assert_cmpuint(find(&c, "10.1.0.2", 32)->table, ==, 77);
        g_assert_cmpuint(find(&c, "0.0.0.0", 0)->table, ==, 77);
        g_assert_cmpuint(find(&c, "198.51.100.0", 24)->table, ==, 77);

        /* Routers of option 3 do not go into that table. */
        lease = lease_new("10.1.0.5", 24);
        lease_option(&lease, DHCP4_OPTION_STATIC_ROUTES, static_route, sizeof(static_route));
        lease_address_option(&lease, DHCP4_OPTION_ROUTERS, "10.1.0.9");
        dhcp4_net_config(&lease, &policy, &tunnels, &c, &refused);
        g_assert_cmpuint(c.n_routes, ==, 4);
        g_assert_cmpuint(find(&c, "0.0.0.0", 0)->table, ==, RT_TABLE_MAIN);
        g_assert_cmpuint(find(&c, "198.51.100.0", 24)->table, ==, 77);
}

/* Default routes of option 3 may win over a tunnel's, because metrics decide between those. */
static bool option_is_routers(const Dhcp4Lease *lease) {
        Dhcp4Message ack;

        dhcp4_lease_message(lease, &ack);
        return !dhcp4_message_has(&ack, DHCP4_OPTION_CLASSLESS_ROUTES);
}

static bool covers(struct in_addr dst, uint8_t prefix_len, struct in_addr address) {
        return prefix_len == 0 || (ntohl(dst.s_addr) ^ ntohl(address.s_addr)) >> (32 - prefix_len) == 0;
}

/*
 * Returns the prefix length of the route by which a packet to @address goes into a tunnel in @table, and
 * stores its metric. -1: the packet goes into no tunnel.
 */
static int tunnel_takes(const NetTunnelRoute *tunnels, size_t n, uint32_t table, struct in_addr address,
                        uint32_t *ret_metric) {
        int best = -1;

        for (size_t i = 0; i < n; i++)
                if (tunnels[i].table == table && covers(tunnels[i].dst.v4, tunnels[i].prefix_len, address) &&
                    (tunnels[i].prefix_len > best ||
                     (tunnels[i].prefix_len == best && tunnels[i].metric < *ret_metric))) {
                        best = tunnels[i].prefix_len;
                        *ret_metric = tunnels[i].metric;
                }
        return best;
}

/*
 * Looks up packets to several addresses as Linux does: longest prefix first, then least metric. No packet
 * that went into a tunnel may go by a route of the lease, neither in the same table nor by a rule that
 * asks our table first for everything but default routes. The network of the link itself and one gateway
 * are exceptions.
 */
static void check_packet(const NetTunnelRoute *tunnels, size_t n, const Dhcp4Lease *lease,
                         const NetConfig *c, struct in_addr address, struct in_addr *gateway) {
        const bool own = lease->prefix_len > 0 && lease->prefix_len < 32 &&
                covers(lease->address, lease->prefix_len, address);

        for (size_t i = 0; i < c->n_routes; i++) {
                const NetRoute *route = &c->routes[i];
                uint32_t metric = 0;
                int taken;

                if (!covers(route->dst.v4, route->prefix_len, address))
                        continue;
                taken = tunnel_takes(tunnels, n, route->table, address, &metric);
                if (taken >= 0 &&
                    (route->prefix_len < taken || (route->prefix_len == taken && route->metric > metric)))
                        taken = -1; /* the route of the tunnel is used */
                for (uint32_t table = 100; table < 102 && taken < 0 && route->prefix_len > 0; table++)
                        if (table != route->table) {
                                taken = tunnel_takes(tunnels, n, table, address, &metric);
                                if (route->prefix_len < taken)
                                        taken = -1;
                        }
                if (taken < 0 || (own && route->prefix_len == lease->prefix_len))
                        continue;
                if (route->prefix_len == 0 && option_is_routers(lease))
                        continue;
                /* One gateway may have a host route on the link. */
                g_assert_cmpuint(route->prefix_len, ==, 32);
                g_assert_cmpuint(route->gateway.v4.s_addr, ==, 0);
                g_assert_true(gateway->s_addr == 0 || gateway->s_addr == route->dst.v4.s_addr);
                *gateway = route->dst.v4;
        }
}

static void test_random_tunnels(void) {
        unsigned n_refused = 0, n_used = 0;

        for (unsigned run = 0; run < 3000; run++) {
                static const uint32_t tables[] = { 100, 101, RT_TABLE_MAIN, RT_TABLE_MAIN };
                static const uint8_t prefixes[] = { 0, 1, 8, 16, 24, 26, 32 };
                const Dhcp4Lease lease = random_lease();
                NetTunnelRoute rows[4];
                NetTunnels tunnels = { .n_routes = 0 };
                struct in_addr gateway = { 0 };
                Dhcp4NetPolicy policy = all;
                Dhcp4NetRefusals none;
                NetConfig c, accepted;
                const size_t n = dice(4);

                for (size_t i = 0; i < n; i++) {
                        rows[i] = (NetTunnelRoute){
                                .family = AF_INET,
                                .dst.v4 = random_address(),
                                .prefix_len = prefixes[dice(ARRAY_SIZE(prefixes))],
                                .table = tables[dice(4)],
                                .metric = 1023 + dice(3),
                        };
                        net_tunnels_add(&tunnels, &rows[i]);
                }
                dhcp4_net_config(&lease, &policy, &tunnels, &c, &refused);
                for (unsigned probe = 0; probe < 40; probe++)
                        check_packet(rows, n, &lease, &c,
                                     dice(2) ? random_address()
                                             : (struct in_addr){ htonl((10 + dice(4)) << 24 | dice(2) << 16 |
                                                                       dice(3)) },
                                     &gateway);

                /*
                 * There is no route that the policy "accept" would not have, and without tunnels none is
                 * missing.
                 */
                policy.classless = DHCP4_CLASSLESS_ACCEPT;
                dhcp4_net_config(&lease, &policy, &tunnels, &accepted, &none);
                for (size_t i = 0; i < c.n_routes; i++) {
                        bool found = false;

                        for (size_t k = 0; k < accepted.n_routes; k++)
                                found = found || net_route_equal(&c.routes[i], &accepted.routes[k]);
                        g_assert_true(found || c.routes[i].prefix_len == 32);
                }
                g_assert_true(n > 0 || c.n_routes == accepted.n_routes);
                n_refused += refused.n > 0;
                n_used += n > 0 && refused.n == 0 && c.n_routes > 2;
        }
        /* The random rows must have shown both outcomes. */
        g_assert_cmpuint(n_refused, >, 50);
        g_assert_cmpuint(n_used, >, 50);
}

int main(int argc, char **argv) {
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/dhcp4-net-tunnels/exempt-gateway", test_exempt_gateway);
        g_test_add_func("/dhcp4-net-tunnels/refusals-equal", test_refusals_equal);
        g_test_add_func("/dhcp4-net-tunnels/no-override", test_no_override);
        g_test_add_func("/dhcp4-net-tunnels/own-network", test_own_network);
        g_test_add_func("/dhcp4-net-tunnels/own-network-and-routes", test_own_network_and_routes);
        g_test_add_func("/dhcp4-net-tunnels/gateways-capture", test_gateways_capture);
        g_test_add_func("/dhcp4-net-tunnels/refusals-differ", test_refusals_differ);
        g_test_add_func("/dhcp4-net-tunnels/static-routes", test_static_routes);
        g_test_add_func("/dhcp4-net-tunnels/table", test_table);
        g_test_add_func("/dhcp4-net-tunnels/random-tunnels", test_random_tunnels);
        return g_test_run();
}
