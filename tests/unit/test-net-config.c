/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * net/net-config.c: which addresses, routes and rules are the same, in either family, and the metrics of
 * IPv6 routes.
 */
#include <arpa/inet.h>
#include <glib.h>
#include <linux/rtnetlink.h>

#include "base/macro.h"
#include "net/net-config.h"
#include "tests/unit/net6-fixture.h"

/* Nothing of one family equals anything of the other, even if the bytes are the same. */
static void test_families(void) {
        const NetAddress a4 = { .family = AF_INET, .prefix_len = 24 },
                         a6 = { .family = AF_INET6, .prefix_len = 24 };
        const NetRoute r4 = { .family = AF_INET, .table = RT_TABLE_MAIN },
                       r6 = { .family = AF_INET6, .table = RT_TABLE_MAIN };
        const NetRule u4 = { .family = AF_INET, .table = 5 }, u6 = { .family = AF_INET6, .table = 5 };
        NetConfig config = { .family = AF_INET, .n_routes = 1, .routes[0] = r4 };

        g_assert_true(net_address_same(&a4, &a4) && net_address_same(&a6, &a6));
        g_assert_false(net_address_same(&a4, &a6));
        g_assert_true(net_route_equal(&r4, &r4) && net_route_equal(&r6, &r6));
        g_assert_false(net_route_equal(&r4, &r6));
        g_assert_false(net_route_same_key(&r4, &r6) || net_route_same_key(&r6, &r4));
        g_assert_true(net_rule_equal(&u4, &u4) && net_rule_equal(&u6, &u6));
        g_assert_false(net_rule_equal(&u4, &u6));
        g_assert_null(net_config_find_route(&config, &r6));
        g_assert_true(net_config_find_route(&config, &r4) == &config.routes[0]);
        g_assert_false(net_config_is_on_link(&config, AF_INET6, &r6.dst, RT_TABLE_MAIN));
}

/* In IPv6 the kernel has an address once, whatever its prefix length; in IPv4 once for each. */
static void test_same_address(void) {
        const NetAddress a = { .family = AF_INET6, .address = ip6("2001:db8::1"), .prefix_len = 64 },
                         longer = { .family = AF_INET6, .address = a.address, .prefix_len = 128 },
                         other = { .family = AF_INET6, .address = ip6("2001:db8::2"), .prefix_len = 64 };
        const NetAddress b = { .family = AF_INET, .prefix_len = 24 },
                         narrower = { .family = AF_INET, .prefix_len = 25 };

        g_assert_true(net_address_same(&a, &longer));
        g_assert_false(net_address_same(&a, &other));
        g_assert_false(net_address_same(&b, &narrower));
}

/*
 * If any member of an IPv6 route differs, it is another route. If a member of the key differs, it has
 * another key.
 */
static void test_route_members(void) {
        const NetRoute route = default_via("fe80::1", 1024);
        NetRoute other;

#define DIFFERS(is_key, member, value) \
        ({ \
                other = route; \
                other.member = value; \
                g_assert_false(net_route_equal(&route, &other)); \
                g_assert_true(net_route_same_key(&route, &other) == !(is_key)); \
        })
        DIFFERS(true, dst, ip6("2001:db8::"));
        DIFFERS(true, prefix_len, 1);
        DIFFERS(true, source_len, 64);
        DIFFERS(true, metric, 1025);
        DIFFERS(true, table, 77);
        DIFFERS(false, gateway, ip6("fe80::2"));
        DIFFERS(false, prefsrc, ip6("2001:db8::1"));
        DIFFERS(false, type, NET_ROUTE_UNREACHABLE);
        DIFFERS(false, preference, NET_PREFERENCE_HIGH);
        DIFFERS(false, mtu, 1280);
#undef DIFFERS

        /* Of a source prefix only as many bits count as its length says. */
        other = route;
        other.source = ip6("2001:db8::");
        g_assert_true(net_route_equal(&route, &other) && net_route_same_key(&route, &other));
        other.source_len = 64;
        g_assert_true(net_route_equal(&other, &other));
        NetRoute third = other;
        third.source = ip6("2001:db8:1::");
        g_assert_false(net_route_equal(&third, &other) || net_route_same_key(&third, &other));

        /* The lifetime does not make another route. */
        other = route;
        other.expires_at = 7;
        g_assert_true(net_route_equal(&route, &other));
}

/*
 * A configuration never gets two IPv6 routes that the kernel would merge. In IPv4, both live side by side.
 */
static void test_add_route(void) {
        NetRoute first = default_via("fe80::1", 1024), second = default_via("fe80::2", 1024);
        NetConfig config = { .family = AF_INET6 };

        g_assert_true(net_config_add_route(&config, &first));
        g_assert_true(net_config_add_route(&config, &first));
        g_assert_cmpuint(config.n_routes, ==, 1);
        g_assert_false(net_config_add_route(&config, &second));
        g_assert_cmpuint(config.n_routes, ==, 1);
        second.metric++;
        g_assert_true(net_config_add_route(&config, &second));
        g_assert_cmpuint(config.n_routes, ==, 2);
        second.source = ip6("2001:db8::");
        second.source_len = 64;
        g_assert_true(net_config_add_route(&config, &second));
        g_assert_cmpuint(config.n_routes, ==, 3);

        net_config_clear(&config, AF_INET);
        first = (NetRoute){ .family = AF_INET, .gateway.v4.s_addr = htonl(0x0a010001), .metric = 1 };
        second = (NetRoute){ .family = AF_INET, .gateway.v4.s_addr = htonl(0x0a010002), .metric = 1 };
        g_assert_true(net_config_add_route(&config, &first) && net_config_add_route(&config, &second));
        g_assert_cmpuint(config.n_routes, ==, 2);
}

static void test_on_link(void) {
        const NetRoute prefix = { .family = AF_INET6,
                                  .dst = ip6("2001:db8::"),
                                  .prefix_len = 64,
                                  .table = RT_TABLE_MAIN },
                       unreachable = { .family = AF_INET6,
                                       .dst = ip6("2001:db8:1::"),
                                       .prefix_len = 48,
                                       .type = NET_ROUTE_UNREACHABLE,
                                       .table = RT_TABLE_MAIN },
                       through = default_via("2001:db8::1", 1024);
        const IpAddress inside = ip6("2001:db8::7"), outside = ip6("2001:db8:1::7"), local = ip6("fe80::7");
        const NetRoute host = net_route_to_gateway(&through);
        NetConfig config = { .family = AF_INET6, .n_routes = 3, .routes = { prefix, unreachable, through } };

        g_assert_true(net_config_is_on_link(&config, AF_INET6, &inside, RT_TABLE_MAIN));
        g_assert_false(net_config_is_on_link(&config, AF_INET6, &inside, 77));
        g_assert_false(net_config_is_on_link(&config, AF_INET6, &outside, RT_TABLE_MAIN));
        g_assert_true(net_config_is_on_link(&config, AF_INET6, &local, RT_TABLE_MAIN));
        g_assert_false(net_route_is_on_link(&unreachable) || net_route_is_on_link(&through));

        g_assert_true(net_route_is_on_link(&host));
        g_assert_true(ip_equal(AF_INET6, &host.dst, &through.gateway));
        g_assert_cmpuint(host.prefix_len, ==, 128);
        g_assert_cmpuint(host.metric, ==, 1024);
}

/* A route never has a larger MTU than its link; a smaller one stays, and so does each if none is known. */
static void test_limit_mtu(void) {
        NetConfig config = { .family = AF_INET6,
                             .n_routes = 3,
                             .routes = { { .mtu = 1280 }, { .mtu = 1400 }, { .mtu = 1401 } } };

        net_config_limit_mtu(&config, 0);
        g_assert_cmpuint(config.routes[2].mtu, ==, 1401);
        net_config_limit_mtu(&config, 1400);
        g_assert_cmpuint(config.routes[0].mtu, ==, 1280);
        g_assert_cmpuint(config.routes[1].mtu, ==, 1400);
        g_assert_cmpuint(config.routes[2].mtu, ==, 0);
}

/*
 * No two routers of a host get the same metric, whichever links they are on. Routers of a higher
 * preference come first.
 */
static void test_metrics(void) {
        static const NetPreference order[] = { NET_PREFERENCE_HIGH, NET_PREFERENCE_MEDIUM,
                                               NET_PREFERENCE_LOW };
        static const uint32_t bases[] = { 0,
                                          1,
                                          1024,
                                          1025,
                                          1026,
                                          1024 + 16384,
                                          1024 + 32768,
                                          65536,
                                          NET_METRIC_BASE_MAX - 1,
                                          NET_METRIC_BASE_MAX };
        uint64_t before = 0;
        bool first = true;

        /* Each metric is greater than the one before, so no two are equal. */
        for (size_t p = 0; p < ARRAY_SIZE(order); p++)
                for (unsigned slot = 0; slot < NET_METRIC_SLOTS_MAX; slot++)
                        for (size_t i = 0; i < ARRAY_SIZE(bases); i++) {
                                const uint32_t metric = net_route_metric(bases[i], order[p], slot);

                                g_assert_true(first || metric > before);
                                before = metric;
                                first = false;
                        }
        g_assert_cmpuint(net_route_metric(1026, NET_PREFERENCE_HIGH, 0), ==, 1026);
        g_assert_cmpuint(net_route_metric(UINT32_MAX, NET_PREFERENCE_LOW, 7), ==,
                         net_route_metric(NET_METRIC_BASE_MAX, NET_PREFERENCE_LOW, 7));
}

int main(int argc, char **argv) {
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/net-config/families", test_families);
        g_test_add_func("/net-config/same-address", test_same_address);
        g_test_add_func("/net-config/route-members", test_route_members);
        g_test_add_func("/net-config/add-route", test_add_route);
        g_test_add_func("/net-config/on-link", test_on_link);
        g_test_add_func("/net-config/limit-mtu", test_limit_mtu);
        g_test_add_func("/net-config/metrics", test_metrics);
        return g_test_run();
}
