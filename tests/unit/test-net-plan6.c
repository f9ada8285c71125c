/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * net/net-plan.c for IPv6: plans row by row, and random ones against a model of the kernel.
 *
 * The model knows what differs from IPv4. An address is there once, whatever its prefix length. The
 * kernel merges a route with an existing one of the same destination, source prefix, table and metric. A
 * plan must never cause this, unless both routes are ours: then the new one takes the place of the old
 * one. Random rows come from GLib's test seed: replay them with --seed.
 */
#include <string.h>

#include "base/macro.h"
#include "net/net-plan.h"
#include "tests/unit/net6-fixture.h"
#include "tests/unit/stride.h"

#define NOW (1000 * USEC_PER_SEC)

static void assert_ops(const NetPlan *plan, const NetOp *ops, size_t n) {
        g_assert_cmpuint(plan->n_steps, ==, n);
        for (size_t i = 0; i < n; i++)
                g_assert_cmpint(plan->steps[i].op, ==, ops[i]);
}

#define OPS(...) (const NetOp[]){ __VA_ARGS__ }, ARRAY_SIZE(((const NetOp[]){ __VA_ARGS__ }))

/* Returns a SLAAC address, its prefix route and a default route, each with a lifetime. */
static NetConfig usual(void) {
        NetConfig c = { .family = AF_INET6, .n_addresses = 1 };
        NetRoute route = default_via("fe80::1", 1024);

        c.addresses[0] = (NetAddress){
                .family = AF_INET6,
                .address = ip6("2001:db8::5"),
                .prefix_len = 64,
                .valid_until = NOW + 7200 * USEC_PER_SEC,
                .preferred_until = NOW + 3600 * USEC_PER_SEC,
                .ours = true,
        };
        route.expires_at = NOW + 1800 * USEC_PER_SEC;
        g_assert_true(net_config_add_route(&c, &route));
        route.dst = ip6("2001:db8::");
        route.prefix_len = 64;
        route.gateway = (IpAddress){};
        g_assert_true(net_config_add_route(&c, &route));
        return c;
}

static void test_from_nothing(void) {
        const NetConfig nothing = { .family = AF_INET6 }, desired = usual();
        NetPlan plan;

        net_plan_compute(&desired, &nothing, &plan);
        assert_ops(&plan, OPS(NET_OP_ADD_ADDRESS, NET_OP_ADD_ROUTE_ONLINK, NET_OP_ADD_ROUTE_GATEWAY));
        g_assert_true(plan.steps[0].address.preferred_until == desired.addresses[0].preferred_until);
        g_assert_true(plan.steps[2].route.expires_at == desired.routes[0].expires_at);
        net_plan_compute(&desired, &desired, &plan);
        g_assert_cmpuint(plan.n_steps, ==, 0);
        net_plan_compute(&nothing, &desired, &plan);
        assert_ops(&plan, OPS(NET_OP_DEL_ROUTE, NET_OP_DEL_ROUTE, NET_OP_DEL_ADDRESS));
}

/*
 * Times of addresses and routes are set anew in place when they differ by more than the slack, and only
 * then.
 */
static void test_lifetimes(void) {
        const NetConfig actual = usual();
        static const int64_t moves[] = { 0, NET_LIFETIME_SLACK_USEC, -(int64_t) NET_LIFETIME_SLACK_USEC,
                                         NET_LIFETIME_SLACK_USEC + 1,
                                         -(int64_t) NET_LIFETIME_SLACK_USEC - 1 };

        for (size_t i = 0; i < ARRAY_SIZE(moves); i++)
                for (unsigned which = 0; which < 3; which++) {
                        NetConfig desired = usual();
                        usec_t *const time = which == 0 ? &desired.addresses[0].valid_until
                                : which == 1            ? &desired.addresses[0].preferred_until
                                                        : &desired.routes[0].expires_at;
                        NetPlan plan;

                        *time += (usec_t) moves[i];
                        net_plan_compute(&desired, &actual, &plan);
                        if (i < 3) {
                                g_assert_cmpuint(plan.n_steps, ==, 0);
                                continue;
                        }
                        g_assert_cmpuint(plan.n_steps, ==, 1);
                        if (which < 2) {
                                g_assert_cmpint(plan.steps[0].op, ==, NET_OP_ADD_ADDRESS);
                                g_assert_true(plan.steps[0].address.valid_until ==
                                              desired.addresses[0].valid_until);
                                g_assert_true(plan.steps[0].address.preferred_until ==
                                              desired.addresses[0].preferred_until);
                        } else {
                                g_assert_cmpint(plan.steps[0].op, ==, NET_OP_ADD_ROUTE_GATEWAY);
                                g_assert_true(plan.steps[0].route.expires_at == *time);
                        }
                }
}

/* What the kernel changes in place needs one step; another prefix length needs a new address. */
static void test_in_place(void) {
        const NetConfig actual = usual();
        NetConfig desired;
        NetPlan plan;

        desired = usual();
        desired.addresses[0].flags = NET_ADDRESS_MANAGE_TEMPORARY;
        net_plan_compute(&desired, &actual, &plan);
        assert_ops(&plan, OPS(NET_OP_ADD_ADDRESS));
        g_assert_cmpuint(plan.steps[0].address.flags, ==, NET_ADDRESS_MANAGE_TEMPORARY);

        /* "Optimistic" says how an address begins. It is no property of an address that is there. */
        desired.addresses[0].flags = NET_ADDRESS_OPTIMISTIC;
        net_plan_compute(&desired, &actual, &plan);
        g_assert_cmpuint(plan.n_steps, ==, 0);

        desired = usual();
        desired.addresses[0].prefix_len = 128;
        net_plan_compute(&desired, &actual, &plan);
        assert_ops(&plan, OPS(NET_OP_REMAKE_ADDRESS));

        /*
         * Another router with the same metric takes the place of the route. Nothing is deleted
         * afterwards.
         */
        desired = usual();
        desired.routes[0].gateway = ip6("fe80::2");
        net_plan_compute(&desired, &actual, &plan);
        assert_ops(&plan, OPS(NET_OP_ADD_ROUTE_GATEWAY));
        desired = usual();
        desired.routes[0].preference = NET_PREFERENCE_HIGH;
        net_plan_compute(&desired, &actual, &plan);
        assert_ops(&plan, OPS(NET_OP_ADD_ROUTE_GATEWAY));
        desired = usual();
        desired.routes[1].type = NET_ROUTE_UNREACHABLE;
        net_plan_compute(&desired, &actual, &plan);
        assert_ops(&plan, OPS(NET_OP_ADD_ROUTE_ONLINK));

        /* With another source prefix or metric it is another route. */
        desired = usual();
        desired.routes[0].source = ip6("2001:db8::");
        desired.routes[0].source_len = 64;
        net_plan_compute(&desired, &actual, &plan);
        assert_ops(&plan, OPS(NET_OP_ADD_ROUTE_GATEWAY, NET_OP_DEL_ROUTE));
        desired = usual();
        desired.routes[0].metric++;
        net_plan_compute(&desired, &actual, &plan);
        assert_ops(&plan, OPS(NET_OP_ADD_ROUTE_GATEWAY, NET_OP_DEL_ROUTE));
}

/*
 * The kernel would merge these routes. So of two desired routes only the first is added, and none is
 * added beside a route of somebody else.
 */
static void test_never_merged(void) {
        const NetConfig nothing = { .family = AF_INET6 };
        NetConfig desired = usual(), actual = { .family = AF_INET6 };
        NetPlan plan;

        desired.routes[desired.n_routes] = desired.routes[0];
        desired.routes[desired.n_routes++].gateway = ip6("fe80::2");
        net_plan_compute(&desired, &nothing, &plan);
        assert_ops(&plan, OPS(NET_OP_ADD_ADDRESS, NET_OP_ADD_ROUTE_ONLINK, NET_OP_ADD_ROUTE_GATEWAY));
        g_assert_true(ip_equal(AF_INET6, &plan.steps[2].route.gateway, &desired.routes[0].gateway));

        desired = usual();
        actual.routes[0] = default_via("fe80::9", 1024);
        actual.routes[0].ours = false;
        actual.n_routes = 1;
        net_plan_compute(&desired, &actual, &plan);
        assert_ops(&plan, OPS(NET_OP_ADD_ADDRESS, NET_OP_ADD_ROUTE_ONLINK));
        net_plan_compute(&nothing, &actual, &plan);
        g_assert_cmpuint(plan.n_steps, ==, 0);
}

/*
 * An address that another host on the network has is not added again. It is removed when it is no longer
 * desired.
 */
static void test_dad(void) {
        static const NetDad fine[] = { NET_DAD_READY, NET_DAD_TENTATIVE, NET_DAD_OPTIMISTIC };
        const NetConfig nothing = { .family = AF_INET6 };
        NetConfig desired = usual(), actual = usual();
        NetPlan plan;

        for (size_t i = 0; i < ARRAY_SIZE(fine); i++) {
                actual.addresses[0].dad = fine[i];
                net_plan_compute(&desired, &actual, &plan);
                g_assert_cmpuint(plan.n_steps, ==, 0);
        }
        actual.addresses[0].dad = NET_DAD_FAILED;
        desired.addresses[0].valid_until = USEC_INFINITY;
        desired.addresses[0].prefix_len = 128;
        net_plan_compute(&desired, &actual, &plan);
        g_assert_cmpuint(plan.n_steps, ==, 0);
        desired.addresses[0].address = ip6("2001:db8::6");
        net_plan_compute(&desired, &actual, &plan);
        assert_ops(&plan, OPS(NET_OP_ADD_ADDRESS, NET_OP_DEL_ADDRESS));
        net_plan_compute(&nothing, &actual, &plan);
        assert_ops(&plan, OPS(NET_OP_DEL_ROUTE, NET_OP_DEL_ROUTE, NET_OP_DEL_ADDRESS));
}

/*
 * An address of somebody else, such as the kernel's own SLAAC, lives as long as is wanted. Its lifetime
 * is never shortened.
 */
static void test_inherited(void) {
        NetConfig desired = usual(), actual = usual();
        NetPlan plan;

        actual.addresses[0].ours = false;
        actual.addresses[0].prefix_len = 128;
        actual.addresses[0].preferred_until = USEC_INFINITY;
        net_plan_compute(&desired, &actual, &plan);
        g_assert_cmpuint(plan.n_steps, ==, 0);
        actual.addresses[0].valid_until = NOW;
        net_plan_compute(&desired, &actual, &plan);
        assert_ops(&plan, OPS(NET_OP_EXTEND_ADDRESS));
        g_assert_true(plan.steps[0].address.valid_until == desired.addresses[0].valid_until);
        g_assert_true(plan.steps[0].address.preferred_until == USEC_INFINITY);
        g_assert_cmpuint(plan.steps[0].address.prefix_len, ==, 128);
        g_assert_false(plan.steps[0].address.ours);

        actual.addresses[0].valid_until = USEC_INFINITY;
        actual.addresses[0].preferred_until = NOW;
        net_plan_compute(&desired, &actual, &plan);
        assert_ops(&plan, OPS(NET_OP_EXTEND_ADDRESS));
        g_assert_true(plan.steps[0].address.valid_until == USEC_INFINITY);
        g_assert_true(plan.steps[0].address.preferred_until == desired.addresses[0].preferred_until);
}

/* Random plans against a model kernel */

#define MODEL_MAX 128u

typedef struct Model {
        NetAddress addresses[MODEL_MAX];
        size_t n_addresses;
        NetRoute routes[MODEL_MAX];
        size_t n_routes;
} Model;

static unsigned dice(unsigned n) {
        return (unsigned) g_test_rand_int_range(0, (gint32) n);
}

static NetAddress *model_address(Model *m, const NetAddress *address) {
        for (size_t i = 0; i < m->n_addresses; i++)
                if (ip_equal(AF_INET6, &m->addresses[i].address, &address->address))
                        return &m->addresses[i];
        return NULL;
}

/* Returns the route of the model with the key of @route. The key is written a second time here. */
static NetRoute *model_route(Model *m, const NetRoute *route) {
        for (size_t i = 0; i < m->n_routes; i++) {
                NetRoute *known = &m->routes[i];

                if (known->prefix_len == route->prefix_len && known->source_len == route->source_len &&
                    known->table == route->table && known->metric == route->metric &&
                    ip_equal(AF_INET6, &known->dst, &route->dst) &&
                    (route->source_len == 0 || ip_equal(AF_INET6, &known->source, &route->source)))
                        return known;
        }
        return NULL;
}

static void model_step(Model *m, const NetStep *step) {
        NetAddress *address = NULL;
        NetRoute *route = NULL;

        switch (step->op) {
        case NET_OP_ADD_ADDRESS:
                address = model_address(m, &step->address);
                if (!address) {
                        g_assert_true(step->address.ours);
                        m->addresses[m->n_addresses] = step->address;
                        m->addresses[m->n_addresses++].dad = (uint8_t) dice(_NET_DAD_MAX);
                        return;
                }
                g_assert_true(address->ours && address->dad != NET_DAD_FAILED);
                g_assert_cmpuint(address->prefix_len, ==, step->address.prefix_len);
                *address = step->address;
                return;
        case NET_OP_REMAKE_ADDRESS:
                address = model_address(m, &step->address);
                g_assert_true(address && address->ours && address->dad != NET_DAD_FAILED);
                *address = step->address;
                return;
        case NET_OP_EXTEND_ADDRESS:
                address = model_address(m, &step->address);
                g_assert_true(address && !address->ours && !step->address.ours);
                g_assert_true(step->address.valid_until >= address->valid_until &&
                              step->address.preferred_until >= address->preferred_until);
                *address = step->address;
                return;
        case NET_OP_DEL_ADDRESS:
                address = model_address(m, &step->address);
                g_assert_true(address && address->ours);
                *address = m->addresses[--m->n_addresses];
                return;
        case NET_OP_ADD_ROUTE_ONLINK:
        case NET_OP_ADD_ROUTE_GATEWAY:
                g_assert_true(ip_is_unset(AF_INET6, &step->route.gateway) ==
                              (step->op == NET_OP_ADD_ROUTE_ONLINK));
                route = model_route(m, &step->route);
                /* Otherwise it is merged with a route of somebody else. */
                g_assert_true(!route || route->ours);
                if (!route)
                        route = &m->routes[m->n_routes++];
                *route = step->route;
                return;
        case NET_OP_DEL_ROUTE:
                route = model_route(m, &step->route);
                g_assert_true(route && route->ours);
                *route = m->routes[--m->n_routes];
                return;
        case NET_OP_ADD_RULE:
        case NET_OP_DEL_RULE:
        case _NET_OP_MAX:
                break;
        }
        g_assert_not_reached();
}

static void model_snapshot(Model *m, const NetConfig *desired, NetConfig *ret) {
        Model wanted = { .n_addresses = desired->n_addresses, .n_routes = desired->n_routes };

        memcpy(wanted.addresses, desired->addresses, sizeof(NetAddress) * desired->n_addresses);
        memcpy(wanted.routes, desired->routes, sizeof(NetRoute) * desired->n_routes);
        net_config_clear(ret, AF_INET6);
        for (size_t i = 0; i < m->n_addresses; i++)
                if (m->addresses[i].ours || model_address(&wanted, &m->addresses[i]))
                        ret->addresses[ret->n_addresses++] = m->addresses[i];
        for (size_t i = 0; i < m->n_routes; i++)
                if (m->routes[i].ours || model_route(&wanted, &m->routes[i]))
                        ret->routes[ret->n_routes++] = m->routes[i];
}

static bool near(usec_t a, usec_t b) {
        return MAX(a, b) - MIN(a, b) <= NET_LIFETIME_SLACK_USEC;
}

static void check_desired(Model *m, const NetConfig *desired) {
        for (size_t i = 0; i < desired->n_addresses; i++) {
                const NetAddress *wanted = &desired->addresses[i], *is = model_address(m, wanted);

                g_assert_nonnull(is);
                if (is->dad == NET_DAD_FAILED)
                        continue;
                if (is->ours) {
                        g_assert_cmpuint(is->prefix_len, ==, wanted->prefix_len);
                        g_assert_true(near(is->valid_until, wanted->valid_until) &&
                                      near(is->preferred_until, wanted->preferred_until));
                } else
                        g_assert_true(usec_add(is->valid_until, NET_LIFETIME_SLACK_USEC) >=
                                              wanted->valid_until &&
                                      usec_add(is->preferred_until, NET_LIFETIME_SLACK_USEC) >=
                                              wanted->preferred_until);
        }
        for (size_t i = 0; i < desired->n_routes; i++) {
                const NetRoute *wanted = &desired->routes[i], *is = model_route(m, wanted);

                g_assert_nonnull(is);
                if (is->ours)
                        g_assert_true(net_route_equal(is, wanted) &&
                                      near(is->expires_at, wanted->expires_at));
        }
}

/*
 * Asserts that what is ours is desired, and that objects of others are as they were, except for the times
 * of an address.
 */
static void check_others(const Model *before, Model *m, const NetConfig *desired) {
        for (size_t i = 0; i < m->n_addresses; i++)
                g_assert_true(!m->addresses[i].ours || net_plan_find_address(desired, &m->addresses[i]));
        for (size_t i = 0; i < m->n_routes; i++)
                g_assert_true(!m->routes[i].ours || net_config_find_route(desired, &m->routes[i]));
        for (size_t i = 0; i < before->n_addresses; i++) {
                const NetAddress *was = &before->addresses[i], *is = model_address(m, was);

                if (!was->ours)
                        g_assert_true(is && !is->ours && is->prefix_len == was->prefix_len);
        }
        for (size_t i = 0; i < before->n_routes; i++) {
                const NetRoute *was = &before->routes[i], *is = model_route(m, was);

                if (!was->ours)
                        g_assert_true(is && !is->ours && net_route_equal(is, was) &&
                                      is->expires_at == was->expires_at);
        }
}

/* There are few values, so that configurations overlap with each other and with what is there already. */
static usec_t random_until(void) {
        return dice(4) == 0 ? USEC_INFINITY : NOW + dice(4) * 600 * USEC_PER_SEC;
}

static NetAddress random_address(bool ours) {
        NetAddress address = { .family = AF_INET6,
                               .address = ip6("2001:db8::"),
                               .prefix_len = dice(3) == 0 ? 128 : 64,
                               .flags = (uint8_t) dice(4),
                               .valid_until = random_until(),
                               .preferred_until = random_until(),
                               .ours = ours };

        address.address.v6.s6_addr[15] = (uint8_t) (1 + dice(5));
        return address;
}

static NetRoute random_route(bool ours) {
        static const char *const gateways[] = { "::", "fe80::1", "fe80::2", "fe80::3" };
        NetRoute route = default_via(gateways[dice(4)], 1024 + dice(2));

        route.ours = ours;
        route.table = dice(4) == 0 ? 77 : RT_TABLE_MAIN;
        route.preference = (uint8_t) dice(_NET_PREFERENCE_MAX);
        route.mtu = dice(3) == 0 ? 1280 : 0;
        route.expires_at = random_until();
        if (dice(2) == 0) {
                route.dst = ip6(dice(2) ? "2001:db8:1::" : "2001:db8:2::");
                route.prefix_len = 48;
        }
        if (dice(3) == 0) {
                route.source = ip6(dice(2) ? "2001:db8::" : "2001:db8:3::");
                route.source_len = 64;
        }
        if (dice(6) == 0) {
                route.type = NET_ROUTE_UNREACHABLE;
                route.gateway = (IpAddress){};
        }
        return route;
}

static void random_desired(NetConfig *ret) {
        net_config_clear(ret, AF_INET6);
        for (unsigned n = dice(4); n > 0; n--) {
                const NetAddress address = random_address(/* ours= */ true);

                if (!net_plan_find_address(ret, &address))
                        ret->addresses[ret->n_addresses++] = address;
        }
        for (unsigned n = dice(8); n > 0; n--) {
                const NetRoute route = random_route(/* ours= */ true);

                (void) net_config_add_route(ret, &route);
        }
}

static void disturb(Model *m) {
        if (m->n_addresses > 0 && dice(3) == 0)
                m->addresses[dice((unsigned) m->n_addresses)] = m->addresses[m->n_addresses - 1],
                                             m->n_addresses--;
        if (m->n_routes > 0 && dice(3) == 0)
                m->routes[dice((unsigned) m->n_routes)] = m->routes[m->n_routes - 1], m->n_routes--;
        if (dice(3) == 0) {
                const NetAddress foreign = random_address(/* ours= */ false);

                if (!model_address(m, &foreign))
                        m->addresses[m->n_addresses++] = foreign;
        }
        if (dice(3) == 0) {
                const NetRoute foreign = random_route(/* ours= */ false);

                if (!model_route(m, &foreign) && m->n_routes < 32)
                        m->routes[m->n_routes++] = foreign;
        }
        for (size_t i = 0; i < m->n_addresses; i++)
                if (dice(8) == 0)
                        m->addresses[i].dad = (uint8_t) dice(_NET_DAD_MAX);
}

/* Returns the order in which steps about addresses have to come. */
static unsigned rank(NetOp op) {
        return op == NET_OP_REMAKE_ADDRESS || op == NET_OP_EXTEND_ADDRESS ? NET_OP_ADD_ADDRESS : op;
}

static void test_random(void) {
        unsigned replaced = 0, refused = 0;

        for (unsigned run = 0; run < 400; run += test_stride()) {
                Model m = { 0 };

                for (unsigned turn = 0; turn < 20; turn++) {
                        NetConfig desired, actual;
                        Model before;
                        NetPlan plan;

                        random_desired(&desired);
                        disturb(&m);
                        before = m;
                        model_snapshot(&m, &desired, &actual);
                        net_plan_compute(&desired, &actual, &plan);
                        for (size_t i = 0; i < plan.n_steps; i++) {
                                g_assert_true(i == 0 ||
                                              rank(plan.steps[i - 1].op) <= rank(plan.steps[i].op));
                                if (plan.steps[i].op == NET_OP_ADD_ROUTE_GATEWAY)
                                        replaced += model_route(&m, &plan.steps[i].route) != NULL;
                                model_step(&m, &plan.steps[i]);
                        }
                        check_desired(&m, &desired);
                        check_others(&before, &m, &desired);
                        for (size_t i = 0; i < desired.n_routes; i++)
                                refused += !net_route_equal(model_route(&m, &desired.routes[i]),
                                                            &desired.routes[i]);
                        model_snapshot(&m, &desired, &actual);
                        net_plan_compute(&desired, &actual, &plan);
                        g_assert_cmpuint(plan.n_steps, ==, 0);
                }
        }
        /*
         * The random rows must have shown both: routes that take the place of another one, and routes
         * that must not.
         */
        if (test_stride() == 1) {
                g_assert_cmpuint(replaced, >, 50);
                g_assert_cmpuint(refused, >, 50);
        }
}

int main(int argc, char **argv) {
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/net-plan6/from-nothing", test_from_nothing);
        g_test_add_func("/net-plan6/lifetimes", test_lifetimes);
        g_test_add_func("/net-plan6/in-place", test_in_place);
        g_test_add_func("/net-plan6/never-merged", test_never_merged);
        g_test_add_func("/net-plan6/dad", test_dad);
        g_test_add_func("/net-plan6/inherited", test_inherited);
        g_test_add_func("/net-plan6/random", test_random);
        return g_test_run();
}
