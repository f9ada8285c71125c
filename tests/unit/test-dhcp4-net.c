/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * core/dhcp4-net.c: what leases ask for, and what a policy leaves of it. What tunnels leave is in
 * test-dhcp4-net-tunnels.c.
 */
#include "core/dhcp4-net.h"
#include "tests/unit/net-fixture.h"

static void test_plain_lease(void) {
        Dhcp4Lease lease = lease_new("10.1.0.5", 24);
        NetConfig c;

        lease_address_option(&lease, DHCP4_OPTION_ROUTERS, "10.1.0.1");
        dhcp4_net_config(&lease, &all, &no_tunnels, &c, &refused);
        g_assert_cmpuint(c.n_addresses, ==, 1);
        g_assert_cmpuint(c.addresses[0].address.v4.s_addr, ==, ip("10.1.0.5").s_addr);
        g_assert_cmpuint(c.addresses[0].prefix_len, ==, 24);
        g_assert_cmpuint(c.addresses[0].broadcast.s_addr, ==, ip("10.1.0.255").s_addr);
        g_assert_true(c.addresses[0].valid_until == NOW + 3600 * USEC_PER_SEC);
        g_assert_true(c.addresses[0].ours);
        g_assert_cmpuint(c.n_routes, ==, 2);
        g_assert_true(has(&c, "10.1.0.0", 24, "0.0.0.0"));
        g_assert_true(has(&c, "0.0.0.0", 0, "10.1.0.1"));
        for (size_t i = 0; i < c.n_routes; i++) {
                g_assert_cmpuint(c.routes[i].prefsrc.v4.s_addr, ==, ip("10.1.0.5").s_addr);
                g_assert_cmpuint(c.routes[i].metric, ==, 1024);
                g_assert_cmpuint(c.routes[i].table, ==, RT_TABLE_MAIN);
                g_assert_cmpuint(c.routes[i].mtu, ==, 0);
        }

        lease.lifetime_usec = USEC_INFINITY;
        dhcp4_net_config(&lease, &all, &no_tunnels, &c, &refused);
        g_assert_true(c.addresses[0].valid_until == USEC_INFINITY);

        dhcp4_net_config(NULL, &all, &no_tunnels, &c, &refused);
        g_assert_cmpuint(c.n_addresses + c.n_routes, ==, 0);
}

static void test_policy(void) {
        const RouteText routes[] = { { "0.0.0.0", 0, "10.1.0.1" }, { "10.2.0.0", 16, "10.1.0.2" } };
        Dhcp4Lease lease = lease_new("10.1.0.5", 24);
        Dhcp4NetPolicy policy = all;
        NetConfig c;

        lease_routes_option(&lease, routes, ARRAY_SIZE(routes));
        lease_option(&lease, DHCP4_OPTION_MTU, "\x05\x78", 2);
        policy.metric = 7;
        policy.table = 100000;
        dhcp4_net_config(&lease, &policy, &no_tunnels, &c, &refused);
        g_assert_cmpuint(c.n_routes, ==, 3);
        for (size_t i = 0; i < c.n_routes; i++) {
                g_assert_cmpuint(c.routes[i].metric, ==, 7);
                g_assert_cmpuint(c.routes[i].table, ==, 100000);
                g_assert_cmpuint(c.routes[i].mtu, ==, 1400);
        }
        policy.use_mtu = NET_MTU_LINK;
        dhcp4_net_config(&lease, &policy, &no_tunnels, &c, &refused);
        g_assert_cmpuint(c.routes[0].mtu, ==, 0);
        policy.use_gateway = false;
        dhcp4_net_config(&lease, &policy, &no_tunnels, &c, &refused);
        g_assert_cmpuint(c.n_routes, ==, 2);
        g_assert_true(has(&c, "10.2.0.0", 16, "10.1.0.2"));
        policy.use_gateway = true;
        policy.use_routes = false;
        dhcp4_net_config(&lease, &policy, &no_tunnels, &c, &refused);
        g_assert_cmpuint(c.n_routes, ==, 2);
        g_assert_true(has(&c, "0.0.0.0", 0, "10.1.0.1"));
        policy.use_gateway = false;
        dhcp4_net_config(&lease, &policy, &no_tunnels, &c, &refused);
        g_assert_cmpuint(c.n_routes, ==, 1);
        g_assert_true(has(&c, "10.1.0.0", 24, "0.0.0.0"));
}

/* There is one rule, from the address, and only if the configuration asks for it. */
static void test_rule(void) {
        Dhcp4Lease lease = lease_new("10.1.0.5", 24);
        Dhcp4NetPolicy policy = all;
        NetConfig c;

        dhcp4_net_config(&lease, &policy, &no_tunnels, &c, &refused);
        g_assert_cmpuint(c.n_rules, ==, 0);
        policy.rule_table = 500;
        dhcp4_net_config(&lease, &policy, &no_tunnels, &c, &refused);
        g_assert_cmpuint(c.n_rules, ==, 1);
        g_assert_cmpuint(c.rules[0].from.v4.s_addr, ==, ip("10.1.0.5").s_addr);
        g_assert_cmpuint(c.rules[0].table, ==, 500);
        dhcp4_net_config(NULL, &policy, &no_tunnels, &c, &refused);
        g_assert_cmpuint(c.n_rules, ==, 0);
}

/*
 * Gateways outside of all routes on the link get a host route each. Gateways inside an on-link route of
 * the lease get none.
 */
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
        dhcp4_net_config(&lease, &all, &no_tunnels, &c, &refused);
        g_assert_cmpuint(c.addresses[0].broadcast.s_addr, ==, 0);
        g_assert_cmpuint(c.n_routes, ==, 5);
        g_assert_true(has(&c, "172.16.0.0", 16, "0.0.0.0"));
        g_assert_true(has(&c, "192.0.2.1", 32, "0.0.0.0"));
        g_assert_true(has(&c, "10.8.0.0", 16, "172.16.5.5"));
        g_assert_true(has(&c, "10.7.0.0", 16, "192.0.2.1"));
        g_assert_true(has(&c, "0.0.0.0", 0, "192.0.2.1"));

        /*
         * A router of option 3 is outside of the network, although the mask is a proper one. Clouds have
         * this.
         */
        lease = lease_new("10.1.0.5", 24);
        lease_address_option(&lease, DHCP4_OPTION_ROUTERS, "10.9.0.1");
        dhcp4_net_config(&lease, &all, &no_tunnels, &c, &refused);
        g_assert_cmpuint(c.n_routes, ==, 3);
        g_assert_true(has(&c, "10.9.0.1", 32, "0.0.0.0"));

        /* A default route without a gateway makes every host a neighbour, so no gateway is outside. */
        lease = lease_new("10.1.0.5", 32);
        lease_routes_option(
                &lease, (const RouteText[]){ { "0.0.0.0", 0, "0.0.0.0" }, { "10.7.0.0", 16, "192.0.2.1" } },
                2);
        dhcp4_net_config(&lease, &all, &no_tunnels, &c, &refused);
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
                dhcp4_net_config(&lease, &all, &no_tunnels, &c, &refused);
                g_assert_cmpuint(c.n_routes, ==, 1);
                g_assert_true(has(&c, "10.1.0.0", 24, "0.0.0.0"));
        }
        for (size_t i = 0; i < ARRAY_SIZE(usable); i++) {
                Dhcp4Lease lease = lease_new("10.1.0.5", 24);

                lease_routes_option(&lease, &usable[i], 1);
                dhcp4_net_config(&lease, &all, &no_tunnels, &c, &refused);
                g_assert_cmpuint(c.n_routes, ==, 2);
                g_assert_true(has(&c, usable[i].dst, usable[i].prefix_len, usable[i].gateway));
        }
}

/* Returns what dhcp4_net_ignored() tells of the option, or NULL. */
static const Dhcp4Ignored *ignored_of(const Dhcp4Lease *lease, const Dhcp4NetPolicy *policy, uint8_t code) {
        static Dhcp4Ignored ignored[DHCP4_LEASE_IGNORED_MAX];
        Dhcp4Message ack;
        NetConfig c;
        size_t n;

        dhcp4_net_config(lease, policy, &no_tunnels, &c, &refused);
        dhcp4_lease_message(lease, &ack);
        n = dhcp4_net_ignored(lease, &ack, policy, &c, &refused, ignored, ARRAY_SIZE(ignored));
        for (size_t i = 0; i < n; i++)
                if (ignored[i].code == code)
                        return &ignored[i];
        return NULL;
}

/* A router 0.0.0.0 is no on-link default route in options 3 and 33. Only RFC 3442 gives it this meaning. */
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
        dhcp4_net_config(&lease, &all, &no_tunnels, &c, &refused);
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
        dhcp4_net_config(&lease, &all, &no_tunnels, &c, &refused);
        g_assert_true(has(&c, "192.168.5.0", 24, "0.0.0.0"));
        g_assert_null(ignored_of(&lease, &all, DHCP4_OPTION_CLASSLESS_ROUTES));
}

/* What the policy or the link refuses is told. */
static void test_ignored_by_policy(void) {
        const RouteText both[] = { { "0.0.0.0", 0, "10.1.0.1" }, { "192.168.5.0", 24, "10.1.0.1" } };
        const Dhcp4NetPolicy no_routes = { .metric = 1, .table = 254, .use_gateway = true },
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
 * An MTU that is not used is told, also if it is larger than that of the link: link/link.c then takes it
 * off the routes. An MTU that is used is not told, and neither is one that the interface itself gets.
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
                Dhcp4NetPolicy policy = all;
                Dhcp4Message ack;
                NetConfig c;
                size_t n;

                policy.use_mtu = rows[i].use;
                lease_option(&lease, DHCP4_OPTION_MTU, mtu, sizeof(mtu));
                dhcp4_net_config(&lease, &policy, &no_tunnels, &c, &refused);
                g_assert_cmpuint(c.n_routes, ==, rows[i].has_route);
                for (size_t j = 0; j < c.n_routes && !rows[i].has_room; j++)
                        c.routes[j].mtu = 0;
                dhcp4_lease_message(&lease, &ack);
                n = dhcp4_net_ignored(&lease, &ack, &policy, &c, &refused, ignored, ARRAY_SIZE(ignored));
                g_assert_cmpuint(n, ==, rows[i].reason ? 1 : 0);
                if (rows[i].reason)
                        g_assert_cmpstr(ignored[0].reason, ==, rows[i].reason);
        }
}

/* An option 28 that is not used is told, whatever is wrong with it. */
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
                { "10.1.2.3", 30, NULL, "0.0.0.0", 1 }, /* the address itself */
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
                dhcp4_net_config(&lease, &all, &no_tunnels, &c, &refused);
                g_assert_cmpuint(c.addresses[0].broadcast.s_addr, ==, ip(rows[i].broadcast).s_addr);
                g_assert_cmpuint(c.n_routes, ==, rows[i].n_routes);
        }
}

/*
 * The largest message holds so many routes, in pieces of one long option (RFC 3396): each of them is
 * asked for.
 */
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
        dhcp4_net_config(&lease, &all, &no_tunnels, &c, &refused);
        g_assert_cmpuint(c.n_routes, ==, 1 + n + (n + 99) / 100);
        for (unsigned i = 0; i < n; i++) {
                const struct in_addr dst = { htonl((11 + i % 100) << 24) },
                                     gateway = { htonl(0xc0000201 + i / 100) };
                bool found = false;

                for (size_t k = 0; k < c.n_routes && !found; k++)
                        found = c.routes[k].dst.v4.s_addr == dst.s_addr &&
                                c.routes[k].gateway.v4.s_addr == gateway.s_addr;
                g_assert_true(found);
        }
        g_assert_cmpuint(refused.n, ==, 0);
}

/*
 * The most that a message can ask for: default routes of five bytes with a gateway each, also in the
 * overloaded fields.
 */
static void test_most_default_routes(void) {
        static const uint8_t overload[] = { 52, 1, 3 };
        Dhcp4Lease lease = lease_new("10.1.0.5", 24);
        uint8_t content[255];
        NetConfig c;
        unsigned n = 0, left = 0;

        memcpy(lease.ack + 240, overload, sizeof(overload));
        memcpy(lease.ack + 243, "\x35\x01\x05", 3);
        lease.ack_len = 246;
        /*
         * Each field has options of its own. In the order options, file, sname they are joined to one
         * (RFC 3396 §5).
         */
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
        dhcp4_net_config(&lease, &all, &no_tunnels, &c, &refused);
        left = n - 1; /* 192.0.0.1 to .n, none of them on the link: a host route and a default route each */
        g_assert_cmpuint(c.n_routes, ==, 1 + 2 * (left + 1));
}

/* No more is told than there is room for, whatever it is about. */
static void test_told_as_there_is_room(void) {
        const struct in_addr routers[] = { ip("0.0.0.0"), ip("255.255.255.0"), ip("240.0.0.1") };
        const Dhcp4NetPolicy no_routes = { .metric = 1, .table = 254, .use_gateway = true };
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
        dhcp4_net_config(&lease, &no_routes, &no_tunnels, &c, &refused);
        dhcp4_lease_message(&lease, &ack);
        n = dhcp4_net_ignored(&lease, &ack, &no_routes, &c, &refused, ignored, ARRAY_SIZE(ignored));
        g_assert_cmpuint(n, >=, 6);
        for (size_t max = 0; max <= n; max++) {
                ignored[max].code = 77;
                g_assert_cmpuint(dhcp4_net_ignored(&lease, &ack, &no_routes, &c, &refused, ignored, max), ==,
                                 max);
                g_assert_cmpuint(ignored[max].code, ==, 77);
        }
}

/*
 * The configuration is as if the server had sent routers alone. What is told to be ignored is what is
 * ignored.
 */
static void test_ignore(void) {
        static const RouteText routes[] = { { "0.0.0.0", 0, "10.1.0.1" },
                                            { "198.51.100.0", 24, "10.1.0.2" } };
        const struct in_addr static_route[] = { ip("203.0.113.0"), ip("10.1.0.2") };
        Dhcp4Lease lease = lease_new("10.1.0.5", 24);
        Dhcp4Ignored ignored[8];
        Dhcp4NetPolicy policy = all;
        Dhcp4Message ack;
        NetConfig c;

        lease_routes_option(&lease, routes, ARRAY_SIZE(routes));
        lease_option(&lease, DHCP4_OPTION_STATIC_ROUTES, static_route, sizeof(static_route));
        lease_address_option(&lease, DHCP4_OPTION_ROUTERS, "10.1.0.9");
        dhcp4_lease_message(&lease, &ack);

        policy.classless = DHCP4_CLASSLESS_ACCEPT;
        dhcp4_net_config(&lease, &policy, &no_tunnels, &c, &refused);
        g_assert_true(has(&c, "0.0.0.0", 0, "10.1.0.1"));
        g_assert_cmpuint(dhcp4_net_ignored(&lease, &ack, &policy, &c, &refused, ignored, 8), ==, 2);
        g_assert_cmpuint(ignored[0].code, ==, DHCP4_OPTION_ROUTERS);
        g_assert_cmpuint(ignored[1].code, ==, DHCP4_OPTION_STATIC_ROUTES);

        policy.classless = DHCP4_CLASSLESS_IGNORE;
        dhcp4_net_config(&lease, &policy, &no_tunnels, &c, &refused);
        g_assert_cmpuint(c.n_routes, ==, 2);
        g_assert_true(has(&c, "0.0.0.0", 0, "10.1.0.9"));
        g_assert_cmpuint(dhcp4_net_ignored(&lease, &ack, &policy, &c, &refused, ignored, 8), ==, 2);
        g_assert_cmpuint(ignored[0].code, ==, DHCP4_OPTION_CLASSLESS_ROUTES);
        g_assert_cmpuint(ignored[1].code, ==, DHCP4_OPTION_STATIC_ROUTES);
}

int main(int argc, char **argv) {
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/dhcp4-net/plain-lease", test_plain_lease);
        g_test_add_func("/dhcp4-net/policy", test_policy);
        g_test_add_func("/dhcp4-net/rule", test_rule);
        g_test_add_func("/dhcp4-net/gateway-outside", test_gateway_outside);
        g_test_add_func("/dhcp4-net/unusable-routes", test_unusable_routes);
        g_test_add_func("/dhcp4-net/router-zero", test_router_zero);
        g_test_add_func("/dhcp4-net/ignored-by-policy", test_ignored_by_policy);
        g_test_add_func("/dhcp4-net/broadcast-told", test_broadcast_told);
        g_test_add_func("/dhcp4-net/mtu-told", test_mtu_told);
        g_test_add_func("/dhcp4-net/told-as-there-is-room", test_told_as_there_is_room);
        g_test_add_func("/dhcp4-net/prefixes", test_prefixes);
        g_test_add_func("/dhcp4-net/most-routes", test_most_routes);
        g_test_add_func("/dhcp4-net/most-default-routes", test_most_default_routes);
        g_test_add_func("/dhcp4-net/ignore", test_ignore);
        return g_test_run();
}
