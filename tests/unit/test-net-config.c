/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * core/net-config.c: what leases ask for, and what of it a policy and tunnels leave. Random rows come from GLib's test seed: replay with --seed.
 */
#include "base/ip.h"
#include "core/net-config.h"
#include "tests/unit/net-fixture.h"

static bool has(const NetConfig *config, const char *dst, uint8_t prefix_len, const char *gateway) {
        unsigned n = 0;

        for (size_t i = 0; i < config->n_routes; i++)
                n += config->routes[i].dst.s_addr == ip(dst).s_addr &&
                        config->routes[i].prefix_len == prefix_len &&
                        config->routes[i].gateway.s_addr == ip(gateway).s_addr;
        g_assert_cmpuint(n, <=, 1);
        return n == 1;
}

static void test_plain_lease(void) {
        Dhcp4Lease lease = lease_new("10.1.0.5", 24);
        NetConfig c;

        lease_address_option(&lease, DHCP4_OPTION_ROUTERS, "10.1.0.1");
        net_config_from_lease(&lease, &all, &no_tunnels, &c);
        g_assert_cmpuint(c.n_addresses, ==, 1);
        g_assert_cmpuint(c.addresses[0].address.s_addr, ==, ip("10.1.0.5").s_addr);
        g_assert_cmpuint(c.addresses[0].prefix_len, ==, 24);
        g_assert_cmpuint(c.addresses[0].broadcast.s_addr, ==, ip("10.1.0.255").s_addr);
        g_assert_true(c.addresses[0].valid_until == NOW + 3600 * USEC_PER_SEC);
        g_assert_true(c.addresses[0].ours);
        g_assert_cmpuint(c.n_routes, ==, 2);
        g_assert_true(has(&c, "10.1.0.0", 24, "0.0.0.0"));
        g_assert_true(has(&c, "0.0.0.0", 0, "10.1.0.1"));
        for (size_t i = 0; i < c.n_routes; i++) {
                g_assert_cmpuint(c.routes[i].prefsrc.s_addr, ==, ip("10.1.0.5").s_addr);
                g_assert_cmpuint(c.routes[i].metric, ==, 1024);
                g_assert_cmpuint(c.routes[i].table, ==, RT_TABLE_MAIN);
                g_assert_cmpuint(c.routes[i].mtu, ==, 0);
        }

        lease.lifetime_usec = USEC_INFINITY;
        net_config_from_lease(&lease, &all, &no_tunnels, &c);
        g_assert_true(c.addresses[0].valid_until == USEC_INFINITY);

        net_config_from_lease(NULL, &all, &no_tunnels, &c);
        g_assert_cmpuint(c.n_addresses + c.n_routes, ==, 0);
}

static void test_policy(void) {
        const RouteText routes[] = { { "0.0.0.0", 0, "10.1.0.1" }, { "10.2.0.0", 16, "10.1.0.2" } };
        Dhcp4Lease lease = lease_new("10.1.0.5", 24);
        NetPolicy policy = all;
        NetConfig c;

        lease_routes_option(&lease, routes, ARRAY_SIZE(routes));
        lease_option(&lease, DHCP4_OPTION_MTU, "\x05\x78", 2);
        policy.metric = 7;
        policy.table = 100000;
        net_config_from_lease(&lease, &policy, &no_tunnels, &c);
        g_assert_cmpuint(c.n_routes, ==, 3);
        for (size_t i = 0; i < c.n_routes; i++) {
                g_assert_cmpuint(c.routes[i].metric, ==, 7);
                g_assert_cmpuint(c.routes[i].table, ==, 100000);
                g_assert_cmpuint(c.routes[i].mtu, ==, 1400);
        }
        policy.use_mtu = NET_MTU_LINK;
        net_config_from_lease(&lease, &policy, &no_tunnels, &c);
        g_assert_cmpuint(c.routes[0].mtu, ==, 0);
        policy.use_gateway = false;
        net_config_from_lease(&lease, &policy, &no_tunnels, &c);
        g_assert_cmpuint(c.n_routes, ==, 2);
        g_assert_true(has(&c, "10.2.0.0", 16, "10.1.0.2"));
        policy.use_gateway = true;
        policy.use_routes = false;
        net_config_from_lease(&lease, &policy, &no_tunnels, &c);
        g_assert_cmpuint(c.n_routes, ==, 2);
        g_assert_true(has(&c, "0.0.0.0", 0, "10.1.0.1"));
        policy.use_gateway = false;
        net_config_from_lease(&lease, &policy, &no_tunnels, &c);
        g_assert_cmpuint(c.n_routes, ==, 1);
        g_assert_true(has(&c, "10.1.0.0", 24, "0.0.0.0"));
}

/* One rule, from the address, and only when it is asked for. */
static void test_rule(void) {
        Dhcp4Lease lease = lease_new("10.1.0.5", 24);
        NetPolicy policy = all;
        NetConfig c;

        net_config_from_lease(&lease, &policy, &no_tunnels, &c);
        g_assert_cmpuint(c.n_rules, ==, 0);
        policy.rule_table = 500;
        net_config_from_lease(&lease, &policy, &no_tunnels, &c);
        g_assert_cmpuint(c.n_rules, ==, 1);
        g_assert_cmpuint(c.rules[0].from.s_addr, ==, ip("10.1.0.5").s_addr);
        g_assert_cmpuint(c.rules[0].table, ==, 500);
        net_config_from_lease(NULL, &policy, &no_tunnels, &c);
        g_assert_cmpuint(c.n_rules, ==, 0);
}

/* Gateways outside of everything on the link get a host route, once; those inside an on-link route of the lease do not. */
static void test_gateway_outside(void) {
        const RouteText routes[] = {
                { "10.8.0.0", 16, "172.16.5.5" }, /* covered by the last one */
                { "0.0.0.0", 0, "192.0.2.1" },
                { "10.7.0.0", 16, "192.0.2.1" },
                { "172.16.0.0", 16, "0.0.0.0" },
        };
        Dhcp4Lease lease = lease_new("10.1.0.5", 32);
        NetConfig c;

        lease_routes_option(&lease, routes, ARRAY_SIZE(routes));
        net_config_from_lease(&lease, &all, &no_tunnels, &c);
        g_assert_cmpuint(c.addresses[0].broadcast.s_addr, ==, 0);
        g_assert_cmpuint(c.n_routes, ==, 5);
        g_assert_true(has(&c, "172.16.0.0", 16, "0.0.0.0"));
        g_assert_true(has(&c, "192.0.2.1", 32, "0.0.0.0"));
        g_assert_true(has(&c, "10.8.0.0", 16, "172.16.5.5"));
        g_assert_true(has(&c, "10.7.0.0", 16, "192.0.2.1"));
        g_assert_true(has(&c, "0.0.0.0", 0, "192.0.2.1"));

        /* Option 3 outside of the network, the classic of clouds with a proper mask. */
        lease = lease_new("10.1.0.5", 24);
        lease_address_option(&lease, DHCP4_OPTION_ROUTERS, "10.9.0.1");
        net_config_from_lease(&lease, &all, &no_tunnels, &c);
        g_assert_cmpuint(c.n_routes, ==, 3);
        g_assert_true(has(&c, "10.9.0.1", 32, "0.0.0.0"));

        /* A default route without a gateway: everybody is a neighbour, so no gateway is outside. */
        lease = lease_new("10.1.0.5", 32);
        lease_routes_option(
                &lease, (const RouteText[]){ { "0.0.0.0", 0, "0.0.0.0" }, { "10.7.0.0", 16, "192.0.2.1" } },
                2);
        net_config_from_lease(&lease, &all, &no_tunnels, &c);
        g_assert_cmpuint(c.n_routes, ==, 2);
        g_assert_true(has(&c, "0.0.0.0", 0, "0.0.0.0"));
}

static void test_unusable_routes(void) {
        static const RouteText unusable[] = {
                { "127.0.0.0", 8, "10.1.0.1" },        { "127.1.2.3", 32, "0.0.0.0" },
                { "224.0.0.0", 4, "10.1.0.1" },        { "239.255.0.0", 16, "0.0.0.0" },
                { "255.255.255.255", 32, "0.0.0.0" },  { "0.0.0.0", 8, "10.1.0.1" },
                { "10.7.0.0", 16, "127.0.0.1" },       { "10.7.0.0", 16, "224.0.0.1" },
                { "10.7.0.0", 16, "255.255.255.255" }, { "10.7.0.0", 16, "0.0.0.9" },
                { "10.7.0.0", 16, "255.255.255.0" },   { "10.7.0.0", 16, "240.0.0.1" },
                { "10.7.0.0", 16, "10.1.0.5" },   /* ourselves */
                { "10.7.0.0", 16, "10.1.0.0" },   /* the network */
                { "10.7.0.0", 16, "10.1.0.255" }, /* its broadcast address */
                { "10.1.0.0", 24, "0.0.0.0" },    /* the prefix route once more */
        };
        static const RouteText usable[] = {
                { "0.0.0.0", 1, "10.1.0.1" },
                { "128.0.0.0", 1, "10.1.0.1" },
                { "240.0.0.0", 8, "10.1.0.1" },
                { "10.7.0.0", 16, "0.0.0.0" },
        };
        NetConfig c;

        for (size_t i = 0; i < ARRAY_SIZE(unusable); i++) {
                Dhcp4Lease lease = lease_new("10.1.0.5", 24);

                lease_routes_option(&lease, &unusable[i], 1);
                net_config_from_lease(&lease, &all, &no_tunnels, &c);
                g_assert_cmpuint(c.n_routes, ==, 1);
                g_assert_true(has(&c, "10.1.0.0", 24, "0.0.0.0"));
        }
        for (size_t i = 0; i < ARRAY_SIZE(usable); i++) {
                Dhcp4Lease lease = lease_new("10.1.0.5", 24);

                lease_routes_option(&lease, &usable[i], 1);
                net_config_from_lease(&lease, &all, &no_tunnels, &c);
                g_assert_cmpuint(c.n_routes, ==, 2);
                g_assert_true(has(&c, usable[i].dst, usable[i].prefix_len, usable[i].gateway));
        }
}

/* What net_config_ignored() says of the option, or NULL. */
static const Dhcp4Ignored *ignored_of(const Dhcp4Lease *lease, const NetPolicy *policy, uint8_t code) {
        static Dhcp4Ignored ignored[DHCP4_LEASE_IGNORED_MAX];
        Dhcp4Message ack;
        NetConfig c;
        size_t n;

        net_config_from_lease(lease, policy, &no_tunnels, &c);
        dhcp4_lease_message(lease, &ack);
        n = net_config_ignored(lease, &ack, policy, &c, ignored, ARRAY_SIZE(ignored));
        for (size_t i = 0; i < n; i++)
                if (ignored[i].code == code)
                        return &ignored[i];
        return NULL;
}

/* A router 0.0.0.0 is no on-link default route in option 3 and none in 33; RFC 3442 alone has it so. */
static void test_router_zero(void) {
        const struct in_addr routers[] = { ip("0.0.0.0"), ip("255.255.255.0"), ip("10.1.0.1") };
        const struct in_addr statics[] = { ip("192.168.5.0"), ip("0.0.0.0"), ip("192.168.6.0"),
                                           ip("10.1.0.1") };
        const RouteText classless = { "192.168.5.0", 24, "0.0.0.0" };
        Dhcp4Lease lease = lease_new("10.1.0.5", 24);
        const Dhcp4Ignored *told;
        NetConfig c;

        lease_option(&lease, DHCP4_OPTION_ROUTERS, routers, sizeof(routers));
        lease_option(&lease, DHCP4_OPTION_STATIC_ROUTES, statics, sizeof(statics));
        net_config_from_lease(&lease, &all, &no_tunnels, &c);
        g_assert_cmpuint(c.n_routes, ==, 3);
        g_assert_true(has(&c, "0.0.0.0", 0, "10.1.0.1"));
        g_assert_true(has(&c, "192.168.6.0", 24, "10.1.0.1"));
        told = ignored_of(&lease, &all, DHCP4_OPTION_ROUTERS);
        g_assert_cmpint(told[0].part, ==, DHCP4_IGNORED_ADDRESS);
        g_assert_cmpuint(told[0].address.s_addr, ==, 0);
        g_assert_cmpstr(told[1].reason, ==, "a netmask");
        g_assert_cmpuint(told[1].address.s_addr, ==, routers[1].s_addr);
        told = ignored_of(&lease, &all, DHCP4_OPTION_STATIC_ROUTES);
        g_assert_cmpint(told->part, ==, DHCP4_IGNORED_ROUTE);
        g_assert_cmpuint(told->dst.s_addr, ==, statics[0].s_addr);
        g_assert_cmpuint(told->prefix_len, ==, 24);

        lease = lease_new("10.1.0.5", 24);
        lease_routes_option(&lease, &classless, 1);
        net_config_from_lease(&lease, &all, &no_tunnels, &c);
        g_assert_true(has(&c, "192.168.5.0", 24, "0.0.0.0"));
        g_assert_null(ignored_of(&lease, &all, DHCP4_OPTION_CLASSLESS_ROUTES));
}

/* What the policy or the link refuses is told. */
static void test_ignored_by_policy(void) {
        const RouteText both[] = { { "0.0.0.0", 0, "10.1.0.1" }, { "192.168.5.0", 24, "10.1.0.1" } };
        const NetPolicy no_routes = { .metric = 1, .table = 254, .use_gateway = true },
                        no_gateway = { .metric = 1, .table = 254, .use_routes = true };
        const struct in_addr statics[] = { ip("192.168.6.0"), ip("10.1.0.1") };
        const uint8_t mtu[] = { 1400 >> 8, 1400 & 0xff };
        Dhcp4Lease lease = lease_new("10.1.0.5", 24);

        lease_routes_option(&lease, both, ARRAY_SIZE(both));
        g_assert_null(ignored_of(&lease, &all, DHCP4_OPTION_CLASSLESS_ROUTES));
        g_assert_nonnull(strstr(ignored_of(&lease, &no_routes, DHCP4_OPTION_CLASSLESS_ROUTES)->reason,
                                "UseRoutes=no"));
        g_assert_nonnull(strstr(ignored_of(&lease, &no_gateway, DHCP4_OPTION_CLASSLESS_ROUTES)->reason,
                                "UseGateway=no"));

        lease = lease_new("10.1.0.5", 24);
        lease_address_option(&lease, DHCP4_OPTION_ROUTERS, "10.1.0.1");
        lease_option(&lease, DHCP4_OPTION_STATIC_ROUTES, statics, sizeof(statics));
        lease_option(&lease, DHCP4_OPTION_MTU, mtu, sizeof(mtu));
        g_assert_null(ignored_of(&lease, &no_gateway, DHCP4_OPTION_STATIC_ROUTES));
        g_assert_cmpstr(ignored_of(&lease, &no_gateway, DHCP4_OPTION_ROUTERS)->reason, ==,
                        "not used: UseGateway=no");
        g_assert_null(ignored_of(&lease, &no_routes, DHCP4_OPTION_ROUTERS));
        g_assert_cmpstr(ignored_of(&lease, &no_routes, DHCP4_OPTION_STATIC_ROUTES)->reason, ==,
                        "not used: UseRoutes=no");
        g_assert_cmpstr(ignored_of(&lease, &no_routes, DHCP4_OPTION_MTU)->reason, ==, "not used: UseMTU=no");
}

/*
 * An MTU that is not used is told: it is larger than that of the link, so the routes have none (link/link.c
 * takes it off them). One that is used is not, and neither is one that the interface itself gets.
 */
static void test_mtu_told(void) {
        static const struct {
                NetMtuUse use;
                bool has_room, has_route;
                const char *reason;
        } rows[] = {
                { NET_MTU_NO, true, true, "not used: UseMTU=no" },
                { NET_MTU_ROUTE, true, true, NULL },
                { NET_MTU_ROUTE, false, true, "not used: larger than the MTU of the link" },
                { NET_MTU_ROUTE, false, false, NULL },
                { NET_MTU_LINK, true, true, NULL },
                { NET_MTU_LINK, false, true, NULL },
        };
        const uint8_t mtu[] = { 1400 >> 8, 1400 & 0xff };

        for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
                Dhcp4Lease lease = lease_new("10.1.0.5", rows[i].has_route ? 24 : 32);
                Dhcp4Ignored ignored[4];
                NetPolicy policy = all;
                Dhcp4Message ack;
                NetConfig c;
                size_t n;

                policy.use_mtu = rows[i].use;
                lease_option(&lease, DHCP4_OPTION_MTU, mtu, sizeof(mtu));
                net_config_from_lease(&lease, &policy, &no_tunnels, &c);
                g_assert_cmpuint(c.n_routes, ==, rows[i].has_route);
                for (size_t j = 0; j < c.n_routes && !rows[i].has_room; j++)
                        c.routes[j].mtu = 0;
                dhcp4_lease_message(&lease, &ack);
                n = net_config_ignored(&lease, &ack, &policy, &c, ignored, ARRAY_SIZE(ignored));
                g_assert_cmpuint(n, ==, rows[i].reason ? 1 : 0);
                if (rows[i].reason)
                        g_assert_cmpstr(ignored[0].reason, ==, rows[i].reason);
        }
}

/* Option 28 that is not used is told, whatever is wrong with it. */
static void test_broadcast_told(void) {
        static const struct {
                uint8_t prefix_len;
                const char *given, *reason;
        } rows[] = {
                { 24, "10.1.0.255", NULL },
                { 24, "10.1.0.0", NULL },
                { 24, "10.1.0.1", "neither the first nor the last address of the network" },
                { 24, "255.255.255.255", "neither the first nor the last address of the network" },
                { 31, "10.1.0.5", "a network of one or two addresses has no broadcast address" },
                { 32, "10.1.0.255", "a network of one or two addresses has no broadcast address" },
        };

        for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
                Dhcp4Lease lease = lease_new("10.1.0.4", rows[i].prefix_len);
                const Dhcp4Ignored *told;

                lease_address_option(&lease, DHCP4_OPTION_BROADCAST, rows[i].given);
                told = ignored_of(&lease, &all, DHCP4_OPTION_BROADCAST);
                g_assert_cmpstr(told ? told->reason : NULL, ==, rows[i].reason);
                g_assert_true(!told || told->address.s_addr == ip(rows[i].given).s_addr);
        }
}

static void test_prefixes(void) {
        static const struct {
                const char *address;
                uint8_t prefix_len;
                const char *option; /* 28 */
                const char *broadcast;
                size_t n_routes;
        } rows[] = {
                { "10.1.2.3", 8, NULL, "10.255.255.255", 1 },
                { "10.1.2.3", 30, NULL, "0.0.0.0", 1 }, /* its own */
                { "10.1.2.1", 30, NULL, "10.1.2.3", 1 },
                { "10.1.2.2", 31, NULL, "0.0.0.0", 1 },
                { "10.1.2.2", 31, "10.1.2.3", "0.0.0.0", 1 },
                { "10.1.2.2", 32, "10.1.2.3", "0.0.0.0", 0 },
                { "10.1.2.2", 0, NULL, "0.0.0.0", 0 },
                { "10.1.2.2", 1, NULL, "127.255.255.255", 1 },
                { "10.1.2.2", 24, "10.1.2.255", "10.1.2.255", 1 },
                { "10.1.2.2", 24, "10.1.2.0", "10.1.2.0", 1 },
                { "10.1.2.2", 24, "10.1.255.255", "10.1.2.255", 1 },
                { "10.1.2.2", 24, "255.255.255.255", "10.1.2.255", 1 },
                { "10.1.2.0", 24, "10.1.2.0", "10.1.2.255", 1 },
                { "10.1.2.2", 24, "10.1.2.77", "10.1.2.255", 1 },
        };

        for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
                Dhcp4Lease lease = lease_new(rows[i].address, rows[i].prefix_len);
                NetConfig c;

                if (rows[i].option)
                        lease_address_option(&lease, DHCP4_OPTION_BROADCAST, rows[i].option);
                net_config_from_lease(&lease, &all, &no_tunnels, &c);
                g_assert_cmpuint(c.addresses[0].broadcast.s_addr, ==, ip(rows[i].broadcast).s_addr);
                g_assert_cmpuint(c.n_routes, ==, rows[i].n_routes);
        }
}

/* As many routes as the largest message holds, in pieces of one long option (RFC 3396): every one of them is asked for. */
static void test_most_routes(void) {
        Dhcp4Lease lease = lease_new("10.1.0.5", 24);
        static uint8_t content[DHCP4_MESSAGE_MAX_LEN];
        /* Pieces cost two bytes each. */
        const size_t room = sizeof(lease.ack) - lease.ack_len - 2 * (sizeof(lease.ack) / 255 + 1);
        unsigned n = 0;
        size_t len = 0;
        NetConfig c;

        while (len + 6 <= room) {
                len = put_route(content, len, (struct in_addr){ htonl((11 + n % 100) << 24) }, 8,
                                (struct in_addr){ htonl(0xc0000201 + n / 100) });
                n++;
        }
        for (size_t at = 0; at < len; at += 255)
                lease_option(&lease, DHCP4_OPTION_CLASSLESS_ROUTES, content + at,
                             MIN(len - at, (size_t) 255));
        g_assert_cmpuint(n, >, 200);
        g_assert_cmpuint(n, <=, DHCP4_LEASE_ROUTES_MAX);
        net_config_from_lease(&lease, &all, &no_tunnels, &c);
        g_assert_cmpuint(c.n_routes, ==, 1 + n + (n + 99) / 100);
        for (unsigned i = 0; i < n; i++) {
                const struct in_addr dst = { htonl((11 + i % 100) << 24) },
                                     gateway = { htonl(0xc0000201 + i / 100) };
                bool found = false;

                for (size_t k = 0; k < c.n_routes && !found; k++)
                        found = c.routes[k].dst.s_addr == dst.s_addr &&
                                c.routes[k].gateway.s_addr == gateway.s_addr;
                g_assert_true(found);
        }
        g_assert_cmpuint(c.n_refusals, ==, 0);
}

/* The most that any message can ask for: default routes, five bytes each, a gateway each, in the fields that are overloaded as well. */
static void test_most_default_routes(void) {
        static const uint8_t overload[] = { 52, 1, 3 };
        Dhcp4Lease lease = lease_new("10.1.0.5", 24);
        uint8_t content[255];
        NetConfig c;
        unsigned n = 0, left = 0;

        memcpy(lease.ack + 240, overload, sizeof(overload));
        memcpy(lease.ack + 243, "\x35\x01\x05", 3);
        lease.ack_len = 246;
        /* Each field has options of its own, in the order options, file, sname; joined they are one (RFC 3396 §5). */
        for (unsigned field = 0; field < 3; field++) {
                uint8_t *at = field == 0 ? lease.ack + lease.ack_len : lease.ack + (field == 1 ? 108 : 44);
                size_t room = field == 0 ? sizeof(lease.ack) - lease.ack_len - 1 : field == 1 ? 127 : 63;

                while (room > 7) {
                        const size_t k = MIN((room - 2) / 5, (size_t) 51);
                        size_t len = 0;

                        for (size_t i = 0; i < k; i++)
                                len = put_route(content, len, ip("0.0.0.0"), 0,
                                                (struct in_addr){ htonl(0xc0000000 + ++n) });
                        at[0] = DHCP4_OPTION_CLASSLESS_ROUTES;
                        at[1] = (uint8_t) len;
                        memcpy(at + 2, content, len);
                        at += 2 + len;
                        room -= 2 + len;
                }
                *at++ = 255;
                if (field == 0)
                        lease.ack_len = (uint16_t) (at - lease.ack);
        }
        g_assert_cmpuint(n, >, 260);
        g_assert_cmpuint(n, <=, DHCP4_LEASE_ROUTES_MAX);
        net_config_from_lease(&lease, &all, &no_tunnels, &c);
        left = n - 1; /* 192.0.0.1 to .n, none of them on the link: a host route and a default route each */
        g_assert_cmpuint(c.n_routes, ==, 1 + 2 * (left + 1));
}

/* Tunnels */

typedef struct TunnelText {
        const char *dst;
        uint8_t prefix_len;
        uint32_t table, metric;
} TunnelText;

static NetTunnels tunnels_of(const TunnelText *rows, size_t n) {
        NetTunnels tunnels = { .n_routes = 0 };

        for (size_t i = 0; i < n && rows[i].dst; i++)
                net_tunnels_add(&tunnels,
                                &(const NetTunnelRoute){ .dst = ip(rows[i].dst),
                                                         .prefix_len = rows[i].prefix_len,
                                                         .table = rows[i].table,
                                                         .metric = rows[i].metric });
        return tunnels;
}

/* One route of option 121 on a link with 10.1.0.5/24, metric 1024 in table main, beside the routes of tunnels. */
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
                NetPolicy policy = all;
                Dhcp4Message ack;
                NetConfig c;

                g_test_message("%s", rows[i].name);
                lease_routes_option(&lease, &rows[i].route, 1);
                net_config_from_lease(&lease, &policy, &tunnels, &c);
                g_assert_cmpint(has(&c, rows[i].route.dst, rows[i].route.prefix_len, rows[i].route.gateway),
                                ==, rows[i].used);
                g_assert_true(has(&c, "10.1.0.0", 24, "0.0.0.0"));
                g_assert_cmpuint(c.n_refusals, ==, !rows[i].used);
                dhcp4_lease_message(&lease, &ack);
                g_assert_cmpuint(net_config_ignored(&lease, &ack, &policy, &c, ignored, 4), ==,
                                 !rows[i].used);
                if (!rows[i].used) {
                        g_assert_cmpuint(c.refusals[0].code, ==, DHCP4_OPTION_CLASSLESS_ROUTES);
                        g_assert_cmpuint(c.refusals[0].n_routes, ==, 1);
                        g_assert_cmpuint(c.refusals[0].first.dst.s_addr, ==, ip(rows[i].route.dst).s_addr);
                        g_assert_cmpuint(ignored[0].code, ==, DHCP4_OPTION_CLASSLESS_ROUTES);
                        g_assert_nonnull(strstr(ignored[0].reason, "tunnel"));
                }

                /* The other policies do not look at tunnels. */
                policy.classless = NET_CLASSLESS_ACCEPT;
                net_config_from_lease(&lease, &policy, &tunnels, &c);
                g_assert_true(has(&c, rows[i].route.dst, rows[i].route.prefix_len, rows[i].route.gateway));
                g_assert_cmpuint(c.n_refusals, ==, 0);
        }
}

/* The network of the lease, address and mask as the server likes, beside tunnels. */
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
        static const NetClassless modes[] = { NET_CLASSLESS_NO_OVERRIDE, NET_CLASSLESS_TABLE,
                                              NET_CLASSLESS_IGNORE };

        for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
                const NetTunnels tunnels = tunnels_of(rows[i].tunnels, ARRAY_SIZE(rows[i].tunnels));
                Dhcp4Lease lease = lease_new(rows[i].address, rows[i].prefix_len);
                const struct in_addr network = ip4_network(ip(rows[i].address), rows[i].prefix_len),
                                     router = { network.s_addr | htonl(1) };
                Dhcp4Ignored ignored[4];
                char router_text[INET_ADDRSTRLEN], network_text[INET_ADDRSTRLEN];
                NetPolicy policy = all;
                Dhcp4Message ack;
                NetConfig c;

                g_test_message("%s", rows[i].name);
                g_assert_nonnull(inet_ntop(AF_INET, &router, router_text, sizeof(router_text)));
                g_assert_nonnull(inet_ntop(AF_INET, &network, network_text, sizeof(network_text)));
                lease_address_option(&lease, DHCP4_OPTION_ROUTERS, router_text);
                dhcp4_lease_message(&lease, &ack);
                for (size_t j = 0; j < ARRAY_SIZE(modes); j++) {
                        policy.classless = modes[j];
                        net_config_from_lease(&lease, &policy, &tunnels, &c);
                        /* The address itself stays as it is, and so does the way out. */
                        g_assert_cmpuint(c.addresses[0].prefix_len, ==, rows[i].prefix_len);
                        g_assert_true(has(&c, "0.0.0.0", 0, router_text));
                        g_assert_cmpint(has(&c, network_text, rows[i].prefix_len, "0.0.0.0"), ==,
                                        rows[i].used);
                        g_assert_cmpint(has(&c, router_text, 32, "0.0.0.0"), ==, !rows[i].used);
                        g_assert_cmpuint(c.n_routes, ==, 2);
                        g_assert_cmpuint(c.n_refusals, ==, !rows[i].used);
                        g_assert_cmpuint(net_config_ignored(&lease, &ack, &policy, &c, ignored, 4), ==,
                                         !rows[i].used);
                        if (rows[i].used)
                                continue;
                        g_assert_cmpuint(c.refusals[0].code, ==, DHCP4_OPTION_SUBNET_MASK);
                        g_assert_cmpuint(ignored[0].code, ==, DHCP4_OPTION_SUBNET_MASK);
                        g_assert_nonnull(strstr(ignored[0].reason, "tunnel"));
                }
                policy.classless = NET_CLASSLESS_ACCEPT;
                net_config_from_lease(&lease, &policy, &tunnels, &c);
                g_assert_true(has(&c, network_text, rows[i].prefix_len, "0.0.0.0"));
                g_assert_cmpuint(c.n_refusals, ==, 0);
        }
}

/* With the network, three options are refused at a time, and a host whose configuration is its own is not. */
static void test_own_network_and_routes(void) {
        static const TunnelText tunnel = { "0.0.0.0", 0, RT_TABLE_MAIN, 50 };
        const struct in_addr static_route[] = { ip("198.51.100.0"), ip("8.8.8.1") },
                             routers[] = { ip("8.8.8.1"), ip("8.8.8.2") };
        const NetTunnels tunnels = tunnels_of(&tunnel, 1);
        Dhcp4Lease lease = lease_new("8.8.8.77", 24);
        NetConfig c;

        lease_option(&lease, DHCP4_OPTION_STATIC_ROUTES, static_route, sizeof(static_route));
        lease_option(&lease, DHCP4_OPTION_ROUTERS, routers, sizeof(routers));
        net_config_from_lease(&lease, &all, &tunnels, &c);
        g_assert_cmpuint(c.n_refusals, ==, 3);
        g_assert_cmpuint(c.n_routes, ==, 2);
        g_assert_true(has(&c, "8.8.8.1", 32, "0.0.0.0"));
        g_assert_true(has(&c, "0.0.0.0", 0, "8.8.8.1"));

        dhcp4_lease_make(DHCP4_LEASE_STATIC, ip("8.8.8.77"), 24, ip("8.8.8.1"), 0, &lease);
        net_config_from_lease(&lease, &all, &tunnels, &c);
        g_assert_true(has(&c, "8.8.8.0", 24, "0.0.0.0"));
        g_assert_cmpuint(c.n_refusals, ==, 0);
}

/* Whoever lists default routes by many gateways outside may have the host route of one, not of every address it likes. */
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
        net_config_from_lease(&lease, &all, &tunnels, &c);
        g_assert_cmpuint(c.n_routes, ==, 2);
        g_assert_true(has(&c, "192.0.2.1", 32, "0.0.0.0"));
        g_assert_true(has(&c, "0.0.0.0", 0, "192.0.2.1"));
        g_assert_cmpuint(c.n_refusals, ==, 1);
        g_assert_cmpuint(c.refusals[0].n_routes, ==, 3);

        lease = lease_new("10.1.0.5", 32);
        lease_option(&lease, DHCP4_OPTION_ROUTERS, routers, sizeof(routers));
        net_config_from_lease(&lease, &all, &tunnels, &c);
        g_assert_cmpuint(c.n_routes, ==, 2);
        g_assert_true(has(&c, "0.0.0.0", 0, "192.0.2.1"));
        g_assert_cmpuint(c.refusals[0].code, ==, DHCP4_OPTION_ROUTERS);
}

/*
 * The host route of a gateway inside of a tunnel is fine for one gateway: that of the first default route that
 * is used.
 */
static void test_exempt_gateway(void) {
        static const TunnelText tunnel = { "192.0.2.0", 24, RT_TABLE_MAIN, 50 };
        static const RouteText other = { "198.51.100.0", 24, "192.0.2.1" },
                               by_gateway = { "0.0.0.0", 0, "192.0.2.1" };
        const NetPolicy no_gateway = { .metric = 1,
                                       .table = RT_TABLE_MAIN,
                                       .use_routes = true,
                                       .classless = NET_CLASSLESS_NO_OVERRIDE };
        const struct {
                RouteText routes[2];
                bool no_gateway, fine; /* the last of the routes, and the host route for it */
        } rows[] = {
                { { other, other }, false, false },
                { { by_gateway, other }, false, true },
                { { by_gateway, other }, true, false },
        };
        const NetTunnels tunnels = tunnels_of(&tunnel, 1);

        for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
                Dhcp4Lease lease = lease_new("10.1.0.5", 32);
                const RouteText *last = &rows[i].routes[1];
                NetConfig c;

                lease_routes_option(&lease, rows[i].routes, 2);
                net_config_from_lease(&lease, rows[i].no_gateway ? &no_gateway : &all, &tunnels, &c);
                g_assert_cmpint(has(&c, "192.0.2.1", 32, "0.0.0.0"), ==, rows[i].fine);
                g_assert_cmpint(has(&c, last->dst, last->prefix_len, last->gateway), ==, rows[i].fine);
        }
}

/* Whoever is told of refused routes is told again when they are others, in whatever a route is. */
static void test_refusals_differ(void) {
        static const TunnelText tunnel = { "0.0.0.0", 0, RT_TABLE_MAIN, 50 };
        static const RouteText lists[][2] = {
                { { "198.51.100.0", 24, "10.1.0.1" }, { "203.0.113.0", 24, "10.1.0.1" } },
                { { "203.0.113.0", 24, "10.1.0.1" }, { "198.51.100.0", 24, "10.1.0.1" } },
                { { "198.51.100.0", 24, "10.1.0.1" }, { "203.0.112.0", 24, "10.1.0.1" } },
                { { "198.51.100.0", 24, "10.1.0.1" }, { "203.0.113.0", 25, "10.1.0.1" } },
                { { "198.51.100.0", 24, "10.1.0.1" }, { "203.0.113.0", 24, "10.1.0.2" } },
        };
        const NetTunnels tunnels = tunnels_of(&tunnel, 1);
        uint32_t digests[ARRAY_SIZE(lists)];
        NetConfig c;

        for (size_t i = 0; i < ARRAY_SIZE(lists); i++) {
                Dhcp4Lease lease = lease_new("10.1.0.5", 24);

                lease_routes_option(&lease, lists[i], 2);
                net_config_from_lease(&lease, &all, &tunnels, &c);
                g_assert_cmpuint(c.n_refusals, ==, 1);
                g_assert_cmpuint(c.refusals[0].n_routes, ==, 2);
                digests[i] = c.refusals[0].digest;
                for (size_t j = 0; j < i; j++)
                        g_assert_cmpuint(digests[j], !=, digests[i]);
        }
}

/* What is told goes no further than there is room for, whatever it is about. */
static void test_told_as_there_is_room(void) {
        const struct in_addr routers[] = { ip("0.0.0.0"), ip("255.255.255.0"), ip("240.0.0.1") };
        const NetPolicy no_routes = { .metric = 1, .table = 254, .use_gateway = true };
        const struct in_addr statics[] = { ip("192.168.6.0"), ip("10.1.0.1") };
        const uint8_t mtu[] = { 1400 >> 8, 1400 & 0xff };
        Dhcp4Lease lease = lease_new("10.1.0.5", 24);
        Dhcp4Ignored ignored[16];
        Dhcp4Message ack;
        NetConfig c;
        size_t n;

        lease_option(&lease, DHCP4_OPTION_ROUTERS, routers, sizeof(routers));
        lease_option(&lease, DHCP4_OPTION_STATIC_ROUTES, statics, sizeof(statics));
        lease_option(&lease, DHCP4_OPTION_MTU, mtu, sizeof(mtu));
        lease_address_option(&lease, DHCP4_OPTION_BROADCAST, "10.1.0.77");
        net_config_from_lease(&lease, &no_routes, &no_tunnels, &c);
        dhcp4_lease_message(&lease, &ack);
        n = net_config_ignored(&lease, &ack, &no_routes, &c, ignored, ARRAY_SIZE(ignored));
        g_assert_cmpuint(n, >=, 6);
        for (size_t max = 0; max <= n; max++) {
                ignored[max].code = 77;
                g_assert_cmpuint(net_config_ignored(&lease, &ack, &no_routes, &c, ignored, max), ==, max);
                g_assert_cmpuint(ignored[max].code, ==, 77);
        }
}

/* Refusals are the same if everything of each is, in the same order. */
static void test_refusals_equal(void) {
        const NetRefusal a = { .code = 121, .n_routes = 2, .digest = 7 },
                         others[] = { { .code = 33, .n_routes = 2, .digest = 7 },
                                      { .code = 121, .n_routes = 3, .digest = 7 },
                                      { .code = 121, .n_routes = 2, .digest = 8 } };
        const NetRefusal same[] = { a, a };

        g_assert_true(net_refusals_equal(NULL, 0, NULL, 0));
        g_assert_true(net_refusals_equal(same, 2, same, 2));
        g_assert_false(net_refusals_equal(same, 1, same, 2));
        for (size_t i = 0; i < ARRAY_SIZE(others); i++) {
                const NetRefusal first[] = { others[i], a }, last[] = { a, others[i] };

                g_assert_false(net_refusals_equal(same, 2, first, 2));
                g_assert_false(net_refusals_equal(same, 2, last, 2));
                g_assert_false(net_refusals_equal(last, 2, same, 2));
        }
}

/* Option 33 is refused like option 121, while a router of option 3 may shadow a tunnel's default route, as every lease's may. */
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
        net_config_from_lease(&lease, &all, &no_tunnels, &c);
        g_assert_cmpuint(c.n_routes, ==, 3);
        net_config_from_lease(&lease, &all, &tunnels, &c);
        g_assert_cmpuint(c.n_routes, ==, 2);
        g_assert_true(has(&c, "0.0.0.0", 0, "10.1.0.1"));
        dhcp4_lease_message(&lease, &ack);
        g_assert_cmpuint(net_config_ignored(&lease, &ack, &all, &c, ignored, 4), ==, 1);
        g_assert_cmpuint(ignored[0].code, ==, DHCP4_OPTION_STATIC_ROUTES);
        g_assert_cmpuint(net_config_ignored(&lease, &ack, &all, &c, ignored, 0), ==, 0);
}

static const NetRoute *find(const NetConfig *c, const char *dst, uint8_t prefix_len) {
        for (size_t i = 0; i < c->n_routes; i++)
                if (c->routes[i].dst.s_addr == ip(dst).s_addr && c->routes[i].prefix_len == prefix_len)
                        return &c->routes[i];
        return NULL;
}

/* Their own table has all of them, with what leads to their gateways, and the link's table none. */
static void test_table(void) {
        static const TunnelText tunnel = { "0.0.0.0", 0, RT_TABLE_MAIN, 50 };
        static const RouteText routes[] = { { "0.0.0.0", 0, "10.1.0.1" },
                                            { "198.51.100.0", 24, "10.1.0.2" } };
        const struct in_addr static_route[] = { ip("198.51.100.0"), ip("10.1.0.2") };
        const NetTunnels tunnels = tunnels_of(&tunnel, 1);
        Dhcp4Lease lease = lease_new("10.1.0.5", 24);
        NetPolicy policy = all;
        NetConfig c;

        policy.classless = NET_CLASSLESS_TABLE;
        policy.classless_table = 77;
        lease_routes_option(&lease, routes, ARRAY_SIZE(routes));
        lease_address_option(&lease, DHCP4_OPTION_ROUTERS, "10.1.0.9"); /* not used: beside option 121 */
        net_config_from_lease(&lease, &policy, &tunnels, &c);
        g_assert_cmpuint(c.n_routes, ==, 5);
        g_assert_cmpuint(c.n_refusals, ==, 0);
        g_assert_cmpuint(find(&c, "10.1.0.0", 24)->table, ==, RT_TABLE_MAIN);
        g_assert_cmpuint(find(&c, "10.1.0.1", 32)->table, ==, 77);
        g_assert_cmpuint(find(&c, "10.1.0.2", 32)->table, ==, 77);
        g_assert_cmpuint(find(&c, "0.0.0.0", 0)->table, ==, 77);
        g_assert_cmpuint(find(&c, "198.51.100.0", 24)->table, ==, 77);

        /* Routers of option 3 are none of them. */
        lease = lease_new("10.1.0.5", 24);
        lease_option(&lease, DHCP4_OPTION_STATIC_ROUTES, static_route, sizeof(static_route));
        lease_address_option(&lease, DHCP4_OPTION_ROUTERS, "10.1.0.9");
        net_config_from_lease(&lease, &policy, &tunnels, &c);
        g_assert_cmpuint(c.n_routes, ==, 4);
        g_assert_cmpuint(find(&c, "0.0.0.0", 0)->table, ==, RT_TABLE_MAIN);
        g_assert_cmpuint(find(&c, "198.51.100.0", 24)->table, ==, 77);
}

/* As if the server had sent routers alone; and what is said to be ignored is what is. */
static void test_ignore(void) {
        static const RouteText routes[] = { { "0.0.0.0", 0, "10.1.0.1" },
                                            { "198.51.100.0", 24, "10.1.0.2" } };
        const struct in_addr static_route[] = { ip("203.0.113.0"), ip("10.1.0.2") };
        Dhcp4Lease lease = lease_new("10.1.0.5", 24);
        Dhcp4Ignored ignored[8];
        NetPolicy policy = all;
        Dhcp4Message ack;
        NetConfig c;

        lease_routes_option(&lease, routes, ARRAY_SIZE(routes));
        lease_option(&lease, DHCP4_OPTION_STATIC_ROUTES, static_route, sizeof(static_route));
        lease_address_option(&lease, DHCP4_OPTION_ROUTERS, "10.1.0.9");
        dhcp4_lease_message(&lease, &ack);

        policy.classless = NET_CLASSLESS_ACCEPT;
        net_config_from_lease(&lease, &policy, &no_tunnels, &c);
        g_assert_true(has(&c, "0.0.0.0", 0, "10.1.0.1"));
        g_assert_cmpuint(net_config_ignored(&lease, &ack, &policy, &c, ignored, 8), ==, 2);
        g_assert_cmpuint(ignored[0].code, ==, DHCP4_OPTION_ROUTERS);
        g_assert_cmpuint(ignored[1].code, ==, DHCP4_OPTION_STATIC_ROUTES);

        policy.classless = NET_CLASSLESS_IGNORE;
        net_config_from_lease(&lease, &policy, &no_tunnels, &c);
        g_assert_cmpuint(c.n_routes, ==, 2);
        g_assert_true(has(&c, "0.0.0.0", 0, "10.1.0.9"));
        g_assert_cmpuint(net_config_ignored(&lease, &ack, &policy, &c, ignored, 8), ==, 2);
        g_assert_cmpuint(ignored[0].code, ==, DHCP4_OPTION_CLASSLESS_ROUTES);
        g_assert_cmpuint(ignored[1].code, ==, DHCP4_OPTION_STATIC_ROUTES);
}

static void test_tunnels(void) {
        static const TunnelText rows[] = { { "10.8.0.0", 16, 254, 7 }, { "10.8.3.0", 24, 100, 0 },
                                           { "10.8.0.0", 16, 254, 9 }, { "10.8.0.0", 16, 254, 8 },
                                           { "10.9.0.0", 16, 254, 0 }, { "10.8.0.0", 16, 100, 3 } };
        NetTunnels tunnels = tunnels_of(rows, ARRAY_SIZE(rows));

        /* What is within another is left out, what is there twice is kept as the worse. */
        g_assert_cmpuint(tunnels.n_routes, ==, 3);
        g_assert_cmpuint(tunnels.routes[0].metric, ==, 9);
        net_tunnels_add(&tunnels,
                        &(const NetTunnelRoute){ .dst = ip("10.0.0.0"), .prefix_len = 8, .table = 1 });
        g_assert_cmpuint(tunnels.n_routes, ==, 1);
        g_assert_cmpuint(tunnels.routes[0].prefix_len, ==, 8);

        /* More than there is room for: as if all traffic went there. */
        for (uint32_t i = 0; i < NET_TUNNEL_ROUTES_MAX; i++) {
                g_assert_cmpuint(tunnels.routes[0].prefix_len, >, 0);
                net_tunnels_add(&tunnels,
                                &(const NetTunnelRoute){
                                        .dst = { htonl((11 + i) << 24) }, .prefix_len = 8, .table = 254 });
        }
        g_assert_cmpuint(tunnels.n_routes, ==, 1);
        g_assert_cmpuint(tunnels.routes[0].prefix_len, ==, 0);
}

/* Default routes of option 3 may beat a tunnel's: metrics decide between those. */
static bool option_is_routers(const Dhcp4Lease *lease) {
        Dhcp4Message ack;

        dhcp4_lease_message(lease, &ack);
        return !dhcp4_message_has(&ack, DHCP4_OPTION_CLASSLESS_ROUTES);
}

static bool covers(struct in_addr dst, uint8_t prefix_len, struct in_addr address) {
        return prefix_len == 0 || (ntohl(dst.s_addr) ^ ntohl(address.s_addr)) >> (32 - prefix_len) == 0;
}

/* By which prefix length a packet to @address would go into a tunnel in @table, with what metric; -1: into none. */
static int tunnel_takes(const NetTunnelRoute *tunnels, size_t n, uint32_t table, struct in_addr address,
                        uint32_t *ret_metric) {
        int best = -1;

        for (size_t i = 0; i < n; i++)
                if (tunnels[i].table == table && covers(tunnels[i].dst, tunnels[i].prefix_len, address) &&
                    (tunnels[i].prefix_len > best ||
                     (tunnels[i].prefix_len == best && tunnels[i].metric < *ret_metric))) {
                        best = tunnels[i].prefix_len;
                        *ret_metric = tunnels[i].metric;
                }
        return best;
}

/*
 * Packets to addresses here and there, looked up as Linux does: longest prefix, then least metric. No packet that went into a tunnel may go
 * by a route of the lease, neither in the same table nor by a rule that asks ours first for all but default routes. But for the
 * link's own network, and one gateway.
 */
static void check_packet(const NetTunnelRoute *tunnels, size_t n, const Dhcp4Lease *lease,
                         const NetConfig *c, struct in_addr address, struct in_addr *gateway) {
        const bool own = lease->prefix_len > 0 && lease->prefix_len < 32 &&
                covers(lease->address, lease->prefix_len, address);

        for (size_t i = 0; i < c->n_routes; i++) {
                const NetRoute *route = &c->routes[i];
                uint32_t metric = 0;
                int taken;

                if (!covers(route->dst, route->prefix_len, address))
                        continue;
                taken = tunnel_takes(tunnels, n, route->table, address, &metric);
                if (taken >= 0 &&
                    (route->prefix_len < taken || (route->prefix_len == taken && route->metric > metric)))
                        taken = -1; /* the tunnel's is used */
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
                /* A host route on the link, of a gateway: there may be one. */
                g_assert_cmpuint(route->prefix_len, ==, 32);
                g_assert_cmpuint(route->gateway.s_addr, ==, 0);
                g_assert_true(gateway->s_addr == 0 || gateway->s_addr == route->dst.s_addr);
                *gateway = route->dst;
        }
}

static void test_random_tunnels(void) {
        unsigned refused = 0, used = 0;

        for (unsigned run = 0; run < 3000; run++) {
                static const uint32_t tables[] = { 100, 101, RT_TABLE_MAIN, RT_TABLE_MAIN };
                static const uint8_t prefixes[] = { 0, 1, 8, 16, 24, 26, 32 };
                const Dhcp4Lease lease = random_lease();
                NetTunnelRoute rows[4];
                NetTunnels tunnels = { .n_routes = 0 };
                struct in_addr gateway = { 0 };
                NetPolicy policy = all;
                NetConfig c, accepted;
                const size_t n = dice(4);

                for (size_t i = 0; i < n; i++) {
                        rows[i] = (NetTunnelRoute){
                                .dst = random_address(),
                                .prefix_len = prefixes[dice(ARRAY_SIZE(prefixes))],
                                .table = tables[dice(4)],
                                .metric = 1023 + dice(3),
                        };
                        net_tunnels_add(&tunnels, &rows[i]);
                }
                net_config_from_lease(&lease, &policy, &tunnels, &c);
                for (unsigned probe = 0; probe < 40; probe++)
                        check_packet(rows, n, &lease, &c,
                                     dice(2) ? random_address()
                                             : (struct in_addr){ htonl((10 + dice(4)) << 24 | dice(2) << 16 |
                                                                       dice(3)) },
                                     &gateway);

                /* Nothing is there that acceptance would not bring, and without tunnels nothing is missing. */
                policy.classless = NET_CLASSLESS_ACCEPT;
                net_config_from_lease(&lease, &policy, &tunnels, &accepted);
                for (size_t i = 0; i < c.n_routes; i++) {
                        bool found = false;

                        for (size_t k = 0; k < accepted.n_routes; k++)
                                found = found || net_route_equal(&c.routes[i], &accepted.routes[k]);
                        g_assert_true(found || c.routes[i].prefix_len == 32);
                }
                g_assert_true(n > 0 || c.n_routes == accepted.n_routes);
                refused += c.n_refusals > 0;
                used += n > 0 && c.n_refusals == 0 && c.n_routes > 2;
        }
        /* The dice must have shown both. */
        g_assert_cmpuint(refused, >, 50);
        g_assert_cmpuint(used, >, 50);
}

int main(int argc, char **argv) {
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/net-config/plain-lease", test_plain_lease);
        g_test_add_func("/net-config/policy", test_policy);
        g_test_add_func("/net-config/rule", test_rule);
        g_test_add_func("/net-config/gateway-outside", test_gateway_outside);
        g_test_add_func("/net-config/unusable-routes", test_unusable_routes);
        g_test_add_func("/net-config/router-zero", test_router_zero);
        g_test_add_func("/net-config/ignored-by-policy", test_ignored_by_policy);
        g_test_add_func("/net-config/broadcast-told", test_broadcast_told);
        g_test_add_func("/net-config/mtu-told", test_mtu_told);
        g_test_add_func("/net-config/exempt-gateway", test_exempt_gateway);
        g_test_add_func("/net-config/told-as-there-is-room", test_told_as_there_is_room);
        g_test_add_func("/net-config/refusals-equal", test_refusals_equal);
        g_test_add_func("/net-config/prefixes", test_prefixes);
        g_test_add_func("/net-config/most-routes", test_most_routes);
        g_test_add_func("/net-config/most-default-routes", test_most_default_routes);
        g_test_add_func("/net-config/no-override", test_no_override);
        g_test_add_func("/net-config/own-network", test_own_network);
        g_test_add_func("/net-config/own-network-and-routes", test_own_network_and_routes);
        g_test_add_func("/net-config/gateways-capture", test_gateways_capture);
        g_test_add_func("/net-config/refusals-differ", test_refusals_differ);
        g_test_add_func("/net-config/static-routes", test_static_routes);
        g_test_add_func("/net-config/table", test_table);
        g_test_add_func("/net-config/ignore", test_ignore);
        g_test_add_func("/net-config/tunnels", test_tunnels);
        g_test_add_func("/net-config/random-tunnels", test_random_tunnels);
        return g_test_run();
}
