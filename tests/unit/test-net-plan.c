/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * core/net-plan.c: what leases ask for, and plans against a model of the kernel.
 *
 * The model knows what a plan relies on: the last address of a value takes the routes with it that prefer it, a gateway must be
 * reachable, an address keeps its broadcast address for life, equal routes exist once. Random rows come from GLib's
 * test seed: replay with --seed.
 */
#include <arpa/inet.h>
#include <glib.h>
#include <linux/rtnetlink.h>
#include <string.h>

#include "base/macro.h"
#include "core/net-plan.h"
#include "wire/dhcp4-protocol.h"

#define NOW (1000 * USEC_PER_SEC)

static const NetPolicy all = {
        .metric = 1024,
        .table = RT_TABLE_MAIN,
        .use_routes = true,
        .use_gateway = true,
        .use_mtu = NET_MTU_ROUTE,
        .mtu_min = 576,
};

static struct in_addr ip(const char *text) {
        struct in_addr address;

        g_assert_cmpint(inet_pton(AF_INET, text, &address), ==, 1);
        return address;
}

/* Leases */

static Dhcp4Lease lease_new(const char *address, uint8_t prefix_len) {
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

static void lease_option(Dhcp4Lease *lease, uint8_t code, const void *data, size_t len) {
        g_assert_cmpuint(len, <=, 255);
        g_assert_cmpuint(lease->ack_len + len + 2, <=, sizeof(lease->ack));
        lease->ack[lease->ack_len++] = code;
        lease->ack[lease->ack_len++] = (uint8_t) len;
        memcpy(lease->ack + lease->ack_len, data, len);
        lease->ack_len = (uint16_t) (lease->ack_len + len);
}

static void lease_address_option(Dhcp4Lease *lease, uint8_t code, const char *address) {
        const struct in_addr a = ip(address);

        lease_option(lease, code, &a, sizeof(a));
}

/* Appends "dst/len gateway" to the content of an option 121. */
static size_t put_route(uint8_t *content, size_t pos, struct in_addr dst, uint8_t prefix_len,
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

static void lease_routes_option(Dhcp4Lease *lease, const RouteText *routes, size_t n) {
        uint8_t content[255];
        size_t len = 0;

        for (size_t i = 0; i < n; i++)
                len = put_route(content, len, ip(routes[i].dst), routes[i].prefix_len,
                                ip(routes[i].gateway));
        lease_option(lease, DHCP4_OPTION_CLASSLESS_ROUTES, content, len);
}

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
        net_config_from_lease(&lease, &all, &c);
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
        net_config_from_lease(&lease, &all, &c);
        g_assert_true(c.addresses[0].valid_until == USEC_INFINITY);

        net_config_from_lease(NULL, &all, &c);
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
        net_config_from_lease(&lease, &policy, &c);
        g_assert_cmpuint(c.n_routes, ==, 3);
        for (size_t i = 0; i < c.n_routes; i++) {
                g_assert_cmpuint(c.routes[i].metric, ==, 7);
                g_assert_cmpuint(c.routes[i].table, ==, 100000);
                g_assert_cmpuint(c.routes[i].mtu, ==, 1400);
        }
        policy.use_mtu = NET_MTU_LINK;
        net_config_from_lease(&lease, &policy, &c);
        g_assert_cmpuint(c.routes[0].mtu, ==, 0);
        policy.use_gateway = false;
        net_config_from_lease(&lease, &policy, &c);
        g_assert_cmpuint(c.n_routes, ==, 2);
        g_assert_true(has(&c, "10.2.0.0", 16, "10.1.0.2"));
        policy.use_gateway = true;
        policy.use_routes = false;
        net_config_from_lease(&lease, &policy, &c);
        g_assert_cmpuint(c.n_routes, ==, 2);
        g_assert_true(has(&c, "0.0.0.0", 0, "10.1.0.1"));
        policy.use_gateway = false;
        net_config_from_lease(&lease, &policy, &c);
        g_assert_cmpuint(c.n_routes, ==, 1);
        g_assert_true(has(&c, "10.1.0.0", 24, "0.0.0.0"));
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
        net_config_from_lease(&lease, &all, &c);
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
        net_config_from_lease(&lease, &all, &c);
        g_assert_cmpuint(c.n_routes, ==, 3);
        g_assert_true(has(&c, "10.9.0.1", 32, "0.0.0.0"));

        /* A default route without a gateway: everybody is a neighbour, so no gateway is outside. */
        lease = lease_new("10.1.0.5", 32);
        lease_routes_option(
                &lease, (const RouteText[]){ { "0.0.0.0", 0, "0.0.0.0" }, { "10.7.0.0", 16, "192.0.2.1" } },
                2);
        net_config_from_lease(&lease, &all, &c);
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
                net_config_from_lease(&lease, &all, &c);
                g_assert_cmpuint(c.n_routes, ==, 1);
                g_assert_true(has(&c, "10.1.0.0", 24, "0.0.0.0"));
        }
        for (size_t i = 0; i < ARRAY_SIZE(usable); i++) {
                Dhcp4Lease lease = lease_new("10.1.0.5", 24);

                lease_routes_option(&lease, &usable[i], 1);
                net_config_from_lease(&lease, &all, &c);
                g_assert_cmpuint(c.n_routes, ==, 2);
                g_assert_true(has(&c, usable[i].dst, usable[i].prefix_len, usable[i].gateway));
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
                { "10.1.2.2", 24, "10.1.2.255", "10.1.2.255", 1 },
                { "10.1.2.2", 24, "10.1.2.0", "10.1.2.0", 1 },
                { "10.1.2.2", 24, "10.1.255.255", "10.1.2.255", 1 },
                { "10.1.2.2", 24, "255.255.255.255", "10.1.2.255", 1 },
                { "10.1.2.0", 24, "10.1.2.0", "0.0.0.0", 1 },
                { "10.1.2.2", 24, "10.1.2.77", "10.1.2.255", 1 },
        };

        for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
                Dhcp4Lease lease = lease_new(rows[i].address, rows[i].prefix_len);
                NetConfig c;

                if (rows[i].option)
                        lease_address_option(&lease, DHCP4_OPTION_BROADCAST, rows[i].option);
                net_config_from_lease(&lease, &all, &c);
                g_assert_cmpuint(c.addresses[0].broadcast.s_addr, ==, ip(rows[i].broadcast).s_addr);
                g_assert_cmpuint(c.n_routes, ==, rows[i].n_routes);
        }
}

/* The most that an ACK can ask for fits. */
static void test_most_routes(void) {
        Dhcp4Lease lease = lease_new("10.1.0.5", 24);
        uint8_t content[255];
        size_t len = 0;
        NetConfig c;

        for (unsigned i = 0; i < DHCP4_LEASE_ROUTES_MAX + 10; i++) {
                if (len + 9 > sizeof(content)) {
                        lease_option(&lease, DHCP4_OPTION_CLASSLESS_ROUTES, content, len);
                        len = 0;
                }
                len = put_route(content, len, (struct in_addr){ htonl(0xac100000 + (i << 8)) }, 24,
                                (struct in_addr){ htonl(0xc0000201 + i) });
        }
        lease_option(&lease, DHCP4_OPTION_CLASSLESS_ROUTES, content, len);
        net_config_from_lease(&lease, &all, &c);
        g_assert_cmpuint(c.n_routes, >=, 2 * DHCP4_LEASE_ROUTES_MAX + 1);
        g_assert_cmpuint(c.n_routes, <=, NET_ROUTES_MAX);
}

/* Plans, row by row */

static NetConfig usual(void) {
        Dhcp4Lease lease = lease_new("10.1.0.5", 24);
        NetConfig c;

        lease_address_option(&lease, DHCP4_OPTION_ROUTERS, "10.1.0.1");
        net_config_from_lease(&lease, &all, &c);
        return c;
}

static void test_renewal(void) {
        const NetConfig actual = usual();
        NetConfig desired = usual();
        NetPlan plan;

        net_plan_compute(&desired, &actual, &plan);
        g_assert_cmpuint(plan.n_steps, ==, 0);
        desired.addresses[0].valid_until = actual.addresses[0].valid_until + NET_LIFETIME_SLACK_USEC;
        net_plan_compute(&desired, &actual, &plan);
        g_assert_cmpuint(plan.n_steps, ==, 0);
        desired.addresses[0].valid_until++;
        net_plan_compute(&desired, &actual, &plan);
        g_assert_cmpuint(plan.n_steps, ==, 1);
        g_assert_cmpint(plan.steps[0].op, ==, NET_OP_ADD_ADDRESS);
        g_assert_true(plan.steps[0].address.valid_until == desired.addresses[0].valid_until);
        desired.addresses[0].valid_until = actual.addresses[0].valid_until - NET_LIFETIME_SLACK_USEC - 1;
        net_plan_compute(&desired, &actual, &plan);
        g_assert_cmpuint(plan.n_steps, ==, 1);
        desired.addresses[0].valid_until = USEC_INFINITY;
        net_plan_compute(&desired, &actual, &plan);
        g_assert_cmpuint(plan.n_steps, ==, 1);
        net_plan_compute(&desired, &desired, &plan);
        g_assert_cmpuint(plan.n_steps, ==, 0);
}

static void assert_ops(const NetPlan *plan, const NetOp *ops, size_t n) {
        g_assert_cmpuint(plan->n_steps, ==, n);
        for (size_t i = 0; i < n; i++)
                g_assert_cmpint(plan->steps[i].op, ==, ops[i]);
}

static void test_order(void) {
        const NetConfig nothing = { 0 };
        NetConfig desired = usual(), actual = usual();
        NetPlan plan;

        net_plan_compute(&desired, &nothing, &plan);
        assert_ops(&plan,
                   (const NetOp[]){ NET_OP_ADD_ADDRESS, NET_OP_ADD_ROUTE_ONLINK, NET_OP_ADD_ROUTE_GATEWAY },
                   3);
        net_plan_compute(&nothing, &actual, &plan);
        assert_ops(&plan, (const NetOp[]){ NET_OP_DEL_ADDRESS, NET_OP_DEL_ROUTE, NET_OP_DEL_ROUTE }, 3);

        /* Another gateway: the new route is there before the old one goes, and the address is left alone. */
        desired.routes[1].gateway = ip("10.1.0.2");
        net_plan_compute(&desired, &actual, &plan);
        assert_ops(&plan, (const NetOp[]){ NET_OP_ADD_ROUTE_GATEWAY, NET_OP_DEL_ROUTE }, 2);

        /* Another broadcast address needs a new address, and with the old one the kernel drops every route. */
        desired = usual();
        desired.addresses[0].broadcast = ip("10.1.0.0");
        net_plan_compute(&desired, &actual, &plan);
        assert_ops(&plan,
                   (const NetOp[]){ NET_OP_DEL_ADDRESS, NET_OP_ADD_ADDRESS, NET_OP_ADD_ROUTE_ONLINK,
                                    NET_OP_ADD_ROUTE_GATEWAY },
                   4);
}

static void test_route_equal(void) {
        const NetRoute route = usual().routes[1];
        NetRoute other = route;

        g_assert_true(net_route_equal(&route, &other));
#define DIFFERS(member, value) \
        ({ \
                other = route; \
                other.member = value; \
                g_assert_false(net_route_equal(&route, &other)); \
        })
        DIFFERS(dst.s_addr, 1);
        DIFFERS(prefix_len, 1);
        DIFFERS(gateway.s_addr, 1);
        DIFFERS(prefsrc.s_addr, 1);
        DIFFERS(metric, 1);
        DIFFERS(table, 1);
        DIFFERS(mtu, 1);
#undef DIFFERS
}

/* Plans against a model kernel */

#define MODEL_MAX 256u

typedef struct Model {
        NetAddress addresses[MODEL_MAX];
        size_t n_addresses;
        NetRoute routes[MODEL_MAX];
        size_t n_routes;
} Model;

static NetAddress *model_address(Model *m, const NetAddress *address) {
        for (size_t i = 0; i < m->n_addresses; i++)
                if (m->addresses[i].address.s_addr == address->address.s_addr &&
                    m->addresses[i].prefix_len == address->prefix_len)
                        return &m->addresses[i];
        return NULL;
}

static bool model_has_local(const Model *m, struct in_addr address) {
        for (size_t i = 0; i < m->n_addresses; i++)
                if (m->addresses[i].address.s_addr == address.s_addr)
                        return true;
        return false;
}

static NetRoute *model_route(Model *m, const NetRoute *route) {
        for (size_t i = 0; i < m->n_routes; i++)
                if (net_route_equal(&m->routes[i], route))
                        return &m->routes[i];
        return NULL;
}

static void model_del_address(Model *m, NetAddress *address) {
        const struct in_addr local = address->address;

        *address = m->addresses[--m->n_addresses];
        if (model_has_local(m, local))
                return;
        for (size_t i = m->n_routes; i-- > 0;)
                if (m->routes[i].prefsrc.s_addr == local.s_addr)
                        m->routes[i] = m->routes[--m->n_routes];
}

static bool model_reaches(const Model *m, const NetRoute *route) {
        for (size_t i = 0; i < m->n_routes; i++) {
                const NetRoute *on_link = &m->routes[i];
                const uint32_t mask =
                        on_link->prefix_len == 0 ? 0 : htonl(UINT32_MAX << (32 - on_link->prefix_len));

                if (on_link->gateway.s_addr == 0 &&
                    ((route->gateway.s_addr ^ on_link->dst.s_addr) & mask) == 0)
                        return true;
        }
        return false;
}

static void model_step(Model *m, const NetStep *step) {
        NetAddress *address;
        NetRoute *route;

        switch (step->op) {
        case NET_OP_DEL_ADDRESS:
                address = model_address(m, &step->address);
                g_assert_nonnull(address);
                g_assert_true(address->ours);
                model_del_address(m, address);
                return;
        case NET_OP_ADD_ADDRESS:
                address = model_address(m, &step->address);
                if (address) {
                        g_assert_true(address->ours);
                        g_assert_cmpuint(address->broadcast.s_addr, ==, step->address.broadcast.s_addr);
                        address->valid_until = step->address.valid_until;
                } else {
                        g_assert_cmpuint(m->n_addresses, <, MODEL_MAX);
                        g_assert_true(step->address.ours);
                        m->addresses[m->n_addresses++] = step->address;
                }
                return;
        case NET_OP_ADD_ROUTE_ONLINK:
        case NET_OP_ADD_ROUTE_GATEWAY:
                g_assert_true((step->route.gateway.s_addr == 0) == (step->op == NET_OP_ADD_ROUTE_ONLINK));
                g_assert_true(model_has_local(m, step->route.prefsrc));
                if (step->op == NET_OP_ADD_ROUTE_GATEWAY)
                        g_assert_true(model_reaches(m, &step->route));
                g_assert_cmpuint(m->n_routes, <, MODEL_MAX);
                if (!model_route(m, &step->route))
                        m->routes[m->n_routes++] = step->route;
                return;
        case NET_OP_DEL_ROUTE:
                route = model_route(m, &step->route);
                if (route) /* else the kernel dropped it with its address */
                        *route = m->routes[--m->n_routes];
                return;
        case _NET_OP_MAX:
                break;
        }
        g_assert_not_reached();
}

static void model_snapshot(const Model *m, const NetConfig *desired, NetConfig *ret) {
        ret->n_addresses = ret->n_routes = 0;
        for (size_t i = 0; i < m->n_addresses; i++) {
                bool wanted = m->addresses[i].ours;

                for (size_t k = 0; k < desired->n_addresses; k++)
                        wanted |= desired->addresses[k].address.s_addr == m->addresses[i].address.s_addr &&
                                desired->addresses[k].prefix_len == m->addresses[i].prefix_len;
                if (wanted) {
                        g_assert_cmpuint(ret->n_addresses, <, NET_ADDRESSES_MAX);
                        ret->addresses[ret->n_addresses++] = m->addresses[i];
                }
        }
        g_assert_cmpuint(m->n_routes, <=, NET_ROUTES_MAX);
        memcpy(ret->routes, m->routes, m->n_routes * sizeof(*m->routes));
        ret->n_routes = m->n_routes;
}

static unsigned dice(unsigned n) {
        return (unsigned) g_test_rand_int_range(0, (gint32) n);
}

/* Few values, so that leases overlap with each other and with what is there. */
static struct in_addr random_address(void) {
        return (struct in_addr){ htonl(0x0a010000 + (dice(2) << 8) + dice(6)) };
}

static Dhcp4Lease random_lease(void) {
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

/* Every gateway is on the link by a route of the configuration itself; nothing is there twice. */
static void assert_sound(const NetConfig *c) {
        Model m = { 0 };

        for (size_t i = 0; i < c->n_routes; i++) {
                g_assert_null(model_route(&m, &c->routes[i]));
                m.routes[m.n_routes++] = c->routes[i];
        }
        for (size_t i = 0; i < c->n_routes; i++)
                g_assert_true(c->routes[i].gateway.s_addr == 0 || model_reaches(&m, &c->routes[i]));
}

static void assert_foreign_same(const Model *before, Model *after) {
        for (size_t i = 0; i < before->n_addresses; i++) {
                const NetAddress *was = &before->addresses[i], *is = model_address(after, was);

                if (was->ours)
                        continue;
                g_assert_nonnull(is);
                g_assert_false(is->ours);
                g_assert_true(is->valid_until == was->valid_until);
                g_assert_cmpuint(is->broadcast.s_addr, ==, was->broadcast.s_addr);
        }
}

static void reconcile(Model *m, const NetConfig *desired) {
        const Model before = *m;
        NetConfig actual;
        NetPlan plan;

        model_snapshot(m, desired, &actual);
        net_plan_compute(desired, &actual, &plan);
        for (size_t i = 0; i < plan.n_steps; i++) {
                if (i > 0)
                        g_assert_cmpint(plan.steps[i - 1].op, <=, plan.steps[i].op);
                model_step(m, &plan.steps[i]);
        }
        assert_foreign_same(&before, m);

        /* What is desired is there, in full, and nothing of ours besides. */
        for (size_t i = 0; i < desired->n_addresses; i++) {
                const NetAddress *is = model_address(m, &desired->addresses[i]);

                g_assert_nonnull(is);
                g_assert_true(!is->ours || is->broadcast.s_addr == desired->addresses[i].broadcast.s_addr);
        }
        for (size_t i = 0; i < m->n_addresses; i++)
                if (m->addresses[i].ours) {
                        g_assert_cmpuint(desired->n_addresses, ==, 1);
                        g_assert_cmpuint(m->addresses[i].address.s_addr, ==,
                                         desired->addresses[0].address.s_addr);
                        g_assert_cmpuint(m->addresses[i].prefix_len, ==, desired->addresses[0].prefix_len);
                }
        g_assert_cmpuint(m->n_routes, ==, desired->n_routes);
        for (size_t i = 0; i < desired->n_routes; i++)
                g_assert_nonnull(model_route(m, &desired->routes[i]));

        model_snapshot(m, desired, &actual);
        net_plan_compute(desired, &actual, &plan);
        g_assert_cmpuint(plan.n_steps, ==, 0);
}

/* What administrators and the kernel itself may do between two plans. */
static void disturb(Model *m) {
        if (m->n_addresses > 0 && dice(4) == 0)
                model_del_address(m, &m->addresses[dice((unsigned) m->n_addresses)]);
        if (m->n_routes > 0 && dice(4) == 0)
                m->routes[dice((unsigned) m->n_routes)] = m->routes[m->n_routes - 1], m->n_routes--;
        if (dice(6) == 0)
                m->n_routes = 0; /* the link went down and up */
        if (dice(4) == 0 && m->n_addresses < 6) {
                const NetAddress foreign = {
                        .address = random_address(),
                        .prefix_len = dice(2) == 0 ? 24 : 32,
                        .valid_until = USEC_INFINITY,
                };

                if (!model_address(m, &foreign))
                        m->addresses[m->n_addresses++] = foreign;
        }
        if (dice(4) == 0) {
                const NetRoute stray = { .dst = random_address(),
                                         .prefix_len = 32,
                                         .prefsrc = random_address(),
                                         .table = RT_TABLE_MAIN };

                if (model_has_local(m, stray.prefsrc) && !model_route(m, &stray))
                        m->routes[m->n_routes++] = stray;
        }
        if (m->n_addresses > 0 && dice(6) == 0) {
                NetAddress *address = &m->addresses[dice((unsigned) m->n_addresses)];

                address->valid_until = NOW + dice(1000) * USEC_PER_SEC;
        }
}

static void test_random(void) {
        for (unsigned run = 0; run < 300; run++) {
                Model m = { 0 };

                for (unsigned turn = 0; turn < 20; turn++) {
                        NetConfig desired;

                        if (dice(6) == 0)
                                net_config_from_lease(NULL, &all, &desired);
                        else {
                                const Dhcp4Lease lease = random_lease();

                                net_config_from_lease(&lease, &all, &desired);
                        }
                        assert_sound(&desired);
                        disturb(&m);
                        reconcile(&m, &desired);
                }
        }
}

/* A renewal with the same content: nothing but one lifetime, whatever the lease is like. */
static void test_random_renewal(void) {
        for (unsigned run = 0; run < 300; run++) {
                Dhcp4Lease lease = random_lease();
                NetConfig desired, actual;
                Model m = { 0 };
                NetPlan plan;

                net_config_from_lease(&lease, &all, &desired);
                reconcile(&m, &desired);
                for (unsigned renewal = 0; renewal < 20; renewal++) {
                        lease.granted_at += 300 * USEC_PER_SEC;
                        net_config_from_lease(&lease, &all, &desired);
                        model_snapshot(&m, &desired, &actual);
                        net_plan_compute(&desired, &actual, &plan);
                        g_assert_cmpuint(plan.n_steps, ==, lease.lifetime_usec == USEC_INFINITY ? 0 : 1);
                        if (plan.n_steps == 1)
                                g_assert_cmpint(plan.steps[0].op, ==, NET_OP_ADD_ADDRESS);
                        reconcile(&m, &desired);
                }
        }
}

int main(int argc, char **argv) {
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/net-plan/plain-lease", test_plain_lease);
        g_test_add_func("/net-plan/policy", test_policy);
        g_test_add_func("/net-plan/gateway-outside", test_gateway_outside);
        g_test_add_func("/net-plan/unusable-routes", test_unusable_routes);
        g_test_add_func("/net-plan/prefixes", test_prefixes);
        g_test_add_func("/net-plan/most-routes", test_most_routes);
        g_test_add_func("/net-plan/renewal", test_renewal);
        g_test_add_func("/net-plan/order", test_order);
        g_test_add_func("/net-plan/route-equal", test_route_equal);
        g_test_add_func("/net-plan/random", test_random);
        g_test_add_func("/net-plan/random-renewal", test_random_renewal);
        return g_test_run();
}
