/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a link has (core/dhcp4-source.c), and the routes of an address that no server granted
 * (core/dhcp4-net.c).
 */
#include <arpa/inet.h>
#include <glib.h>
#include <string.h>

#include "base/ip.h"
#include "base/macro.h"
#include "core/dhcp4-net.h"
#include "core/dhcp4-source.h"

#define SINCE ((usec_t) 77)

static const Dhcp4NetPolicy policy = {
        .table = 254, .metric = 7, .use_routes = true, .use_gateway = true, .use_mtu = NET_MTU_ROUTE
};

static struct in_addr ip(const char *text) {
        return (struct in_addr){ inet_addr(text) };
}

static Dhcp4Source own(const char *address, uint8_t prefix_len, const char *router) {
        return dhcp4_source_own(DHCP4_LEASE_STATIC, ip(address), prefix_len, ip(router), SINCE);
}

/* A lease with an answer that says no more than the address. */
static Dhcp4Lease lease_of(Dhcp4LeaseOrigin origin, const char *address) {
        const Dhcp4Header header = { .op = DHCP4_OP_BOOTREPLY, .yiaddr = ip(address) };
        Dhcp4Lease lease = { .origin = origin,
                             .address = ip(address),
                             .prefix_len = 24,
                             .granted_at = SINCE,
                             .lifetime_usec = USEC_INFINITY };
        Dhcp4Builder b;
        size_t len;

        dhcp4_builder_init(&b, lease.ack, sizeof(lease.ack), &header, DHCP4_ACK);
        dhcp4_builder_append_addr(&b, DHCP4_OPTION_SUBNET_MASK, ip("255.255.255.0"));
        g_assert_cmpint(dhcp4_builder_finish(&b, &len), ==, 0);
        lease.ack_len = (uint16_t) len;
        return lease;
}

/* What is shown of an address without an answer, at both ends of what a prefix can be. */
static void test_options(void) {
        static const struct {
                uint8_t prefix_len;
                const char *mask, *router;
        } rows[] = { { 0, "0.0.0.0", "0.0.0.0" },
                     { 1, "128.0.0.0", "10.0.0.1" },
                     { 16, "255.255.0.0", "0.0.0.0" },
                     { 32, "255.255.255.255", "10.0.0.1" } };

        for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
                const Dhcp4Source source = own("10.0.0.78", rows[i].prefix_len, rows[i].router);
                const bool has_router = source.router.s_addr != INADDR_ANY;
                const uint8_t order[] = { DHCP4_OPTION_MESSAGE_TYPE, DHCP4_OPTION_SUBNET_MASK,
                                          DHCP4_OPTION_ROUTERS };
                struct in_addr mask, router;
                Dhcp4Message m;
                uint8_t type;

                memset(&m, 0xa5, sizeof(m));
                dhcp4_source_options(&source, &m);
                g_assert_cmpmem(m.order, m.n_order, order, has_router ? 3u : 2u);
                g_assert_cmpuint(m.n_ignored, ==, 0);
                g_assert_cmpint(dhcp4_message_get_u8(&m, DHCP4_OPTION_MESSAGE_TYPE, &type), ==, 0);
                g_assert_cmpuint(type, ==, DHCP4_ACK);
                g_assert_cmpint(dhcp4_message_get_addr(&m, DHCP4_OPTION_SUBNET_MASK, &mask), ==, 0);
                g_assert_cmpuint(mask.s_addr, ==, ip(rows[i].mask).s_addr);
                g_assert_cmpuint(dhcp4_message_get_addrs(&m, DHCP4_OPTION_ROUTERS, &router, 1), ==,
                                 has_router);
                g_assert_true(!has_router || router.s_addr == source.router.s_addr);
                for (unsigned code = 0; code < 256; code++)
                        g_assert_true(code == order[0] || code == order[1] || code == order[2] ||
                                      !dhcp4_message_has(&m, (uint8_t) code));
                g_assert_cmpuint(m.header.giaddr.s_addr, ==, INADDR_ANY);
                g_assert_cmpuint(m.header.siaddr.s_addr, ==, INADDR_ANY);
                g_assert_true(source.lifetime_usec == USEC_INFINITY);
                g_assert_true(dhcp4_source_expires_at(&source) == USEC_INFINITY);
                g_assert_false(dhcp4_source_is_granted(&source));
        }
}

/* With a lease, everything is that of the answer. */
static void test_of_lease(void) {
        Dhcp4Lease lease = lease_of(DHCP4_LEASE_DHCP, "10.0.0.7");
        Dhcp4Source source = dhcp4_source_of_lease(&lease);
        Dhcp4Message m;

        g_assert_true(source.lease == &lease);
        g_assert_true(dhcp4_source_is_granted(&source));
        g_assert_cmpuint(source.address.s_addr, ==, lease.address.s_addr);
        g_assert_cmpuint(source.prefix_len, ==, 24);
        g_assert_cmpuint(source.granted_at, ==, SINCE);
        dhcp4_source_options(&source, &m);
        g_assert_cmpuint(m.header.yiaddr.s_addr, ==, lease.address.s_addr);
        lease = lease_of(DHCP4_LEASE_INFORM, "10.0.0.7");
        source = dhcp4_source_of_lease(&lease);
        g_assert_false(dhcp4_source_is_granted(&source));
}

static void test_same_content(void) {
        const Dhcp4Source a = own("10.0.0.7", 24, "10.0.0.1");
        Dhcp4Lease lease = lease_of(DHCP4_LEASE_INFORM, "10.0.0.7"), other = lease;
        Dhcp4Source b = a, answered = dhcp4_source_of_lease(&lease), second = dhcp4_source_of_lease(&other);

        b.granted_at++;
        g_assert_true(dhcp4_source_same_content(&a, &b));
        b.router.s_addr = INADDR_ANY;
        g_assert_false(dhcp4_source_same_content(&a, &b));
        b = own("10.0.0.8", 24, "10.0.0.1");
        g_assert_false(dhcp4_source_same_content(&a, &b));
        b = own("10.0.0.7", 25, "10.0.0.1");
        g_assert_false(dhcp4_source_same_content(&a, &b));
        b = a;
        b.origin = DHCP4_LEASE_LINK_LOCAL;
        g_assert_false(dhcp4_source_same_content(&a, &b));

        g_assert_true(dhcp4_source_same_content(&answered, &second));
        other.address = second.address = ip("10.0.0.8");
        g_assert_false(dhcp4_source_same_content(&answered, &second));
        /* The answer to a DHCPINFORM is news, even if it says nothing new. */
        b = dhcp4_source_own(DHCP4_LEASE_INFORM, ip("10.0.0.7"), 24, (struct in_addr){}, SINCE);
        g_assert_false(dhcp4_source_same_content(&b, &answered));
        g_assert_false(dhcp4_source_same_content(&answered, &b));
}

static bool has(const NetConfig *config, const char *dst, uint8_t prefix_len, const char *gateway) {
        for (size_t i = 0; i < config->n_routes; i++) {
                const NetRoute *route = &config->routes[i];

                g_assert_cmpuint(route->metric, ==, policy.metric);
                g_assert_cmpuint(route->table, ==, policy.table);
                g_assert_cmpuint(route->mtu, ==, 0);
                g_assert_true(route->ours);
                g_assert_cmpuint(route->prefsrc.v4.s_addr, ==, config->addresses[0].address.v4.s_addr);
                if (route->dst.v4.s_addr == ip(dst).s_addr && route->prefix_len == prefix_len &&
                    route->gateway.v4.s_addr == ip(gateway).s_addr)
                        return true;
        }
        return false;
}

/* The routes of an address without a lease, and what is said of a router that is not used. */
static void test_net(void) {
        static const struct {
                const char *address;
                uint8_t prefix_len;
                const char *router;
                bool no_gateway;
                unsigned n_routes;
                bool network, by_router, to_router;
                const char *ignored, *second;
        } rows[] = {
                { "10.0.0.7", 24, "0.0.0.0", false, 1, true, false, false, NULL, NULL },
                { "10.0.0.7", 24, "10.0.0.1", false, 2, true, true, false, NULL, NULL },
                /* it is not on the link, so it needs a route of its own */
                { "10.0.0.7", 32, "10.9.0.1", false, 2, false, true, true, NULL, NULL },
                { "10.0.0.7", 0, "10.0.0.1", false, 2, false, true, true, "every host", NULL },
                { "10.0.0.7", 24, "10.0.0.1", true, 1, true, false, false, "UseGateway=no", NULL },
                { "10.0.0.7", 24, "10.0.0.7", false, 1, true, false, false, "our own address", NULL },
                { "10.0.0.7", 24, "10.0.0.7", true, 1, true, false, false, "UseGateway=no",
                  "our own address" },
        };

        for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
                const Dhcp4Source source = own(rows[i].address, rows[i].prefix_len, rows[i].router);
                const char *base = rows[i].prefix_len == 24 ? "10.0.0.0" : "10.0.0.7";
                Dhcp4NetPolicy p = policy;
                Dhcp4Ignored ignored[4];
                NetConfig config;
                size_t n;

                p.use_gateway = !rows[i].no_gateway;
                p.rule_table = i % 2 ? 99 : 0;
                dhcp4_net_own(&source, &p, &config);
                g_assert_cmpuint(config.n_addresses, ==, 1);
                g_assert_cmpuint(config.addresses[0].address.v4.s_addr, ==, source.address.s_addr);
                g_assert_cmpuint(config.addresses[0].prefix_len, ==, source.prefix_len);
                g_assert_true(config.addresses[0].valid_until == USEC_INFINITY);
                g_assert_cmpuint(config.addresses[0].broadcast.s_addr, ==,
                                 rows[i].prefix_len == 24 ? ip("10.0.0.255").s_addr : INADDR_ANY);
                g_assert_cmpuint(config.n_rules, ==, i % 2);
                g_assert_cmpuint(config.n_routes, ==, rows[i].n_routes);
                g_assert_cmpint(has(&config, base, rows[i].prefix_len, "0.0.0.0"), ==, rows[i].network);
                g_assert_cmpint(has(&config, "0.0.0.0", 0, rows[i].router), ==, rows[i].by_router);
                g_assert_cmpint(has(&config, rows[i].router, 32, "0.0.0.0"), ==, rows[i].to_router);
                n = dhcp4_net_own_ignored(&source, &p, ignored, ARRAY_SIZE(ignored));
                g_assert_cmpuint(n, ==, (rows[i].ignored != NULL) + (rows[i].second != NULL));
                for (size_t j = 0; j < n; j++)
                        g_assert_cmpuint(ignored[j].code, ==,
                                         source.prefix_len == 0 ? DHCP4_OPTION_SUBNET_MASK
                                                                : DHCP4_OPTION_ROUTERS);
                if (n > 0)
                        g_assert_nonnull(strstr(ignored[0].reason, rows[i].ignored));
                if (n > 1)
                        g_assert_nonnull(strstr(ignored[1].reason, rows[i].second));
        }
}

int main(int argc, char *argv[]) {
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/dhcp4-source/options", test_options);
        g_test_add_func("/dhcp4-source/of-lease", test_of_lease);
        g_test_add_func("/dhcp4-source/same-content", test_same_content);
        g_test_add_func("/dhcp4-source/net", test_net);
        return g_test_run();
}
