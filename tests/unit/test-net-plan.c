/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * net/net-plan.c: plans against a model of the kernel.
 *
 * The model knows what a plan relies on. The last address of a value takes the routes with it that have
 * it as their source. The first address of a network takes the others of the network with it (unless they
 * are promoted). The last address of the link takes all routes with it. A gateway must be reachable. An
 * address keeps its broadcast address for life. Equal routes exist once. The model deletes with care, as
 * io/kernel-restore.c does. Random rows come from GLib's test seed: replay them with --seed.
 */
#include "net/net-plan.h"
#include "tests/unit/net-fixture.h"
#include "tests/unit/stride.h"

/* Plans, row by row */

static NetConfig usual(void) {
        Dhcp4Lease lease = lease_new("10.1.0.5", 24);
        NetConfig c;

        lease_address_option(&lease, DHCP4_OPTION_ROUTERS, "10.1.0.1");
        dhcp4_net_config(&lease, &all, &no_tunnels, &c, &refused);
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
        const NetConfig nothing = { .family = AF_INET };
        NetConfig desired = usual(), actual = usual();
        NetPlan plan;

        net_plan_compute(&desired, &nothing, &plan);
        assert_ops(&plan,
                   (const NetOp[]){ NET_OP_ADD_ADDRESS, NET_OP_ADD_ROUTE_ONLINK, NET_OP_ADD_ROUTE_GATEWAY },
                   3);
        net_plan_compute(&nothing, &actual, &plan);
        assert_ops(&plan, (const NetOp[]){ NET_OP_DEL_ROUTE, NET_OP_DEL_ROUTE, NET_OP_DEL_ADDRESS }, 3);

        /*
         * With another gateway, the new route is there before the old one goes, and the address is left
         * alone.
         */
        desired.routes[1].gateway.v4 = ip("10.1.0.2");
        net_plan_compute(&desired, &actual, &plan);
        assert_ops(&plan, (const NetOp[]){ NET_OP_ADD_ROUTE_GATEWAY, NET_OP_DEL_ROUTE }, 2);

        /* With another broadcast address, the address is made anew in its place. */
        desired = usual();
        desired.addresses[0].broadcast = ip("10.1.0.0");
        net_plan_compute(&desired, &actual, &plan);
        assert_ops(&plan, (const NetOp[]){ NET_OP_REMAKE_ADDRESS }, 1);
        g_assert_cmpuint(plan.steps[0].address.broadcast.s_addr, ==, ip("10.1.0.0").s_addr);
        /* An address of somebody else stays as it is. */
        actual.addresses[0].ours = false;
        net_plan_compute(&desired, &actual, &plan);
        g_assert_cmpuint(plan.n_steps, ==, 0);
        actual.addresses[0].ours = true;

        /* With another mask or another address, the new address is there before the old one goes. */
        for (unsigned i = 0; i < 2; i++) {
                desired = usual();
                if (i == 0)
                        desired.addresses[0].prefix_len = 16;
                else
                        desired.addresses[0].address.v4 = ip("10.1.0.6");
                net_plan_compute(&desired, &actual, &plan);
                assert_ops(&plan, (const NetOp[]){ NET_OP_ADD_ADDRESS, NET_OP_DEL_ADDRESS }, 2);
                g_assert_cmpuint(plan.steps[1].address.address.v4.s_addr, ==, ip("10.1.0.5").s_addr);
                g_assert_cmpuint(plan.steps[1].address.prefix_len, ==, 24);
        }
}

/*
 * An address that an earlier client or the initrd set lives at least as long as the lease. It is extended
 * and never shortened. It stays theirs, so it is not deleted with the lease.
 */
static void test_inherited(void) {
        const NetConfig nothing = { .family = AF_INET };
        NetConfig desired = usual(), actual = usual();
        const usec_t until = desired.addresses[0].valid_until;
        NetPlan plan;

        actual.addresses[0].ours = false;
        actual.addresses[0].broadcast = ip("10.1.0.0");
        actual.addresses[0].valid_until = until - NET_LIFETIME_SLACK_USEC;
        net_plan_compute(&desired, &actual, &plan);
        g_assert_cmpuint(plan.n_steps, ==, 0);
        actual.addresses[0].valid_until--;
        net_plan_compute(&desired, &actual, &plan);
        assert_ops(&plan, (const NetOp[]){ NET_OP_EXTEND_ADDRESS }, 1);
        g_assert_true(plan.steps[0].address.valid_until == until);
        g_assert_false(plan.steps[0].address.ours);
        g_assert_cmpuint(plan.steps[0].address.broadcast.s_addr, ==, ip("10.1.0.0").s_addr);

        actual.addresses[0].valid_until = until + 1000 * USEC_PER_SEC;
        net_plan_compute(&desired, &actual, &plan);
        g_assert_cmpuint(plan.n_steps, ==, 0);
        actual.addresses[0].valid_until = USEC_INFINITY;
        net_plan_compute(&desired, &actual, &plan);
        g_assert_cmpuint(plan.n_steps, ==, 0);
        desired.addresses[0].valid_until = USEC_INFINITY;
        actual.addresses[0].valid_until = until;
        net_plan_compute(&desired, &actual, &plan);
        assert_ops(&plan, (const NetOp[]){ NET_OP_EXTEND_ADDRESS }, 1);

        net_plan_compute(&nothing, &actual, &plan);
        assert_ops(&plan, (const NetOp[]){ NET_OP_DEL_ROUTE, NET_OP_DEL_ROUTE }, 2);
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
        DIFFERS(dst.v4.s_addr, 1);
        DIFFERS(prefix_len, 1);
        DIFFERS(gateway.v4.s_addr, 1);
        DIFFERS(prefsrc.v4.s_addr, 1);
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
        NetRule rules[MODEL_MAX];
        size_t n_rules;
        bool promotes; /* the sysctl promote_secondaries */
} Model;

static bool same_address(const NetAddress *a, const NetAddress *b) {
        return a->address.v4.s_addr == b->address.v4.s_addr && a->prefix_len == b->prefix_len;
}

static NetAddress *model_address(Model *m, const NetAddress *address) {
        for (size_t i = 0; i < m->n_addresses; i++)
                if (same_address(&m->addresses[i], address))
                        return &m->addresses[i];
        return NULL;
}

static bool model_has_local(const Model *m, struct in_addr address) {
        for (size_t i = 0; i < m->n_addresses; i++)
                if (m->addresses[i].address.v4.s_addr == address.s_addr)
                        return true;
        return false;
}

static NetRoute *model_route(Model *m, const NetRoute *route) {
        for (size_t i = 0; i < m->n_routes; i++)
                if (net_route_equal(&m->routes[i], route))
                        return &m->routes[i];
        return NULL;
}

static NetRule *model_rule(Model *m, const NetRule *rule) {
        for (size_t i = 0; i < m->n_rules; i++)
                if (net_rule_equal(&m->rules[i], rule))
                        return &m->rules[i];
        return NULL;
}

static bool same_network(const NetAddress *a, const NetAddress *b) {
        const uint32_t mask = a->prefix_len == 0 ? 0 : htonl(UINT32_MAX << (32 - a->prefix_len));

        return a->prefix_len == b->prefix_len && ((a->address.v4.s_addr ^ b->address.v4.s_addr) & mask) == 0;
}

/*
 * Removes an address as the kernel does: the first address of a network is the primary one. Returns true
 * if it was the last address of its value.
 */
static bool model_unlink_address(Model *m, size_t at) {
        const NetAddress gone = m->addresses[at];
        bool primary = true;
        size_t n = 0;

        for (size_t i = 0; i < at; i++)
                primary = primary && !same_network(&m->addresses[i], &gone);
        for (size_t i = 0; i < m->n_addresses; i++)
                if (i != at && (!primary || m->promotes || !same_network(&m->addresses[i], &gone)))
                        m->addresses[n++] = m->addresses[i];
        m->n_addresses = n;
        return !model_has_local(m, gone.address.v4);
}

static void model_drop_orphans(Model *m) {
        size_t n = 0;

        for (size_t i = 0; i < m->n_routes; i++)
                if (m->n_addresses > 0 &&
                    (m->routes[i].prefsrc.v4.s_addr == 0 || model_has_local(m, m->routes[i].prefsrc.v4)))
                        m->routes[n++] = m->routes[i];
        m->n_routes = n;
}

static void model_del_address(Model *m, NetAddress *address) {
        (void) model_unlink_address(m, (size_t) (address - m->addresses));
        model_drop_orphans(m);
}

static bool model_reaches(const Model *m, const NetRoute *route) {
        for (size_t i = 0; i < m->n_routes; i++) {
                const NetRoute *on_link = &m->routes[i];
                const uint32_t mask =
                        on_link->prefix_len == 0 ? 0 : htonl(UINT32_MAX << (32 - on_link->prefix_len));

                if (on_link->gateway.v4.s_addr == 0 &&
                    ((route->gateway.v4.s_addr ^ on_link->dst.v4.s_addr) & mask) == 0)
                        return true;
        }
        return false;
}

/* Does what io/kernel-restore.c does after a deletion. */
static void model_put_back(Model *m, const Model *before, const NetAddress *deleted) {
        bool progress = true;

        for (size_t i = 0; i < before->n_addresses; i++)
                if (!model_address(m, &before->addresses[i]) &&
                    (before->addresses[i].address.v4.s_addr != deleted->address.v4.s_addr ||
                     before->addresses[i].prefix_len != deleted->prefix_len))
                        m->addresses[m->n_addresses++] = before->addresses[i];
        while (progress) {
                progress = false;
                for (size_t i = 0; i < before->n_routes; i++) {
                        const NetRoute *route = &before->routes[i];

                        if (model_route(m, route) ||
                            (route->prefsrc.v4.s_addr != 0 && !model_has_local(m, route->prefsrc.v4)) ||
                            (route->gateway.v4.s_addr != 0 && !model_reaches(m, route)))
                                continue;
                        m->routes[m->n_routes++] = *route;
                        progress = true;
                }
        }
}

static void model_step(Model *m, const NetStep *step) {
        NetAddress *address;
        NetRoute *route;
        NetRule *rule;
        Model before;

        switch (step->op) {
        case NET_OP_DEL_ADDRESS:
                address = model_address(m, &step->address);
                g_assert_nonnull(address);
                g_assert_true(address->ours);
                before = *m;
                model_del_address(m, address);
                model_put_back(m, &before, &step->address);
                return;
        case NET_OP_REMAKE_ADDRESS:
                address = model_address(m, &step->address);
                g_assert_nonnull(address);
                g_assert_true(address->ours);
                before = *m;
                (void) model_unlink_address(m, (size_t) (address - m->addresses));
                m->addresses[m->n_addresses++] = step->address;
                model_put_back(m, &before, &step->address);
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
        case NET_OP_EXTEND_ADDRESS:
                address = model_address(m, &step->address);
                g_assert_nonnull(address);
                g_assert_false(address->ours);
                g_assert_true(step->address.valid_until > address->valid_until);
                address->valid_until = step->address.valid_until;
                return;
        case NET_OP_ADD_ROUTE_ONLINK:
        case NET_OP_ADD_ROUTE_GATEWAY:
                g_assert_true((step->route.gateway.v4.s_addr == 0) == (step->op == NET_OP_ADD_ROUTE_ONLINK));
                g_assert_true(model_has_local(m, step->route.prefsrc.v4));
                if (step->op == NET_OP_ADD_ROUTE_GATEWAY)
                        g_assert_true(model_reaches(m, &step->route));
                g_assert_cmpuint(m->n_routes, <, MODEL_MAX);
                if (!model_route(m, &step->route))
                        m->routes[m->n_routes++] = step->route;
                return;
        case NET_OP_DEL_ROUTE:
                route = model_route(m, &step->route);
                g_assert_true(!route || route->ours);
                if (route) /* otherwise the kernel dropped it together with its address */
                        *route = m->routes[--m->n_routes];
                return;
        case NET_OP_ADD_RULE:
                g_assert_true(model_has_local(m, step->rule.from.v4));
                g_assert_cmpuint(m->n_rules, <, MODEL_MAX);
                g_assert_null(model_rule(m, &step->rule));
                m->rules[m->n_rules++] = step->rule;
                return;
        case NET_OP_DEL_RULE:
                rule = model_rule(m, &step->rule);
                g_assert_true(rule && rule->ours);
                *rule = m->rules[--m->n_rules];
                return;
        case _NET_OP_MAX:
                break;
        }
        g_assert_not_reached();
}

static bool has_route(const NetConfig *config, const NetRoute *route) {
        for (size_t i = 0; i < config->n_routes; i++)
                if (net_route_equal(&config->routes[i], route))
                        return true;
        return false;
}

static bool has_rule(const NetConfig *config, const NetRule *rule) {
        for (size_t i = 0; i < config->n_rules; i++)
                if (net_rule_equal(&config->rules[i], rule))
                        return true;
        return false;
}

static void model_snapshot(const Model *m, const NetConfig *desired, NetConfig *ret) {
        net_config_clear(ret, AF_INET);
        for (size_t i = 0; i < m->n_addresses; i++) {
                bool wanted = m->addresses[i].ours;

                for (size_t k = 0; k < desired->n_addresses; k++)
                        wanted |= desired->addresses[k].address.v4.s_addr ==
                                        m->addresses[i].address.v4.s_addr &&
                                desired->addresses[k].prefix_len == m->addresses[i].prefix_len;
                if (wanted) {
                        g_assert_cmpuint(ret->n_addresses, <, NET_ADDRESSES_MAX);
                        ret->addresses[ret->n_addresses++] = m->addresses[i];
                }
        }
        for (size_t i = 0; i < m->n_routes; i++)
                if (m->routes[i].ours || has_route(desired, &m->routes[i])) {
                        g_assert_cmpuint(ret->n_routes, <, NET_ROUTES_MAX);
                        ret->routes[ret->n_routes++] = m->routes[i];
                }
        ret->n_rules = 0;
        for (size_t i = 0; i < m->n_rules; i++)
                if (m->rules[i].ours || has_rule(desired, &m->rules[i])) {
                        g_assert_cmpuint(ret->n_rules, <, NET_RULES_MAX);
                        ret->rules[ret->n_rules++] = m->rules[i];
                }
}

/*
 * Asserts that a route of the configuration itself leads to every gateway, and that nothing is there
 * twice.
 */
static void assert_sound(const NetConfig *c) {
        Model m = { 0 };

        for (size_t i = 0; i < c->n_routes; i++) {
                g_assert_null(model_route(&m, &c->routes[i]));
                m.routes[m.n_routes++] = c->routes[i];
        }
        for (size_t i = 0; i < c->n_routes; i++)
                g_assert_true(c->routes[i].gateway.v4.s_addr == 0 || model_reaches(&m, &c->routes[i]));
}

/*
 * Asserts that objects of others are as they were. An address that the lease has as well may live longer,
 * as long as the lease.
 */
static void assert_foreign_same(const Model *before, Model *after, const NetConfig *desired) {
        for (size_t i = 0; i < before->n_addresses; i++) {
                const NetAddress *was = &before->addresses[i], *is = model_address(after, was);

                if (was->ours)
                        continue;
                g_assert_nonnull(is);
                g_assert_false(is->ours);
                if (desired->n_addresses > 0 && same_address(was, &desired->addresses[0]))
                        g_assert_true(is->valid_until == was->valid_until ||
                                      is->valid_until == desired->addresses[0].valid_until);
                else
                        g_assert_true(is->valid_until == was->valid_until);
                g_assert_cmpuint(is->broadcast.s_addr, ==, was->broadcast.s_addr);
        }
        for (size_t i = 0; i < before->n_routes; i++) {
                const NetRoute *was = &before->routes[i], *is = model_route(after, was);

                /* A route cannot have a source address that is not on the link. */
                if (!was->ours && (was->prefsrc.v4.s_addr == 0 || model_has_local(after, was->prefsrc.v4)))
                        g_assert_true(is && !is->ours);
        }
        for (size_t i = 0; i < before->n_rules; i++) {
                const NetRule *was = &before->rules[i], *is = model_rule(after, was);

                g_assert_true(was->ours || (is && !is->ours));
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
        assert_foreign_same(&before, m, desired);

        /* All that is desired is there, and nothing else is ours. */
        for (size_t i = 0; i < desired->n_addresses; i++) {
                const NetAddress *is = model_address(m, &desired->addresses[i]);

                g_assert_nonnull(is);
                g_assert_true(!is->ours || is->broadcast.s_addr == desired->addresses[i].broadcast.s_addr);
                g_assert_true(usec_add(is->valid_until, NET_LIFETIME_SLACK_USEC) >=
                              desired->addresses[i].valid_until);
        }
        for (size_t i = 0; i < m->n_addresses; i++)
                if (m->addresses[i].ours) {
                        g_assert_cmpuint(desired->n_addresses, ==, 1);
                        g_assert_cmpuint(m->addresses[i].address.v4.s_addr, ==,
                                         desired->addresses[0].address.v4.s_addr);
                        g_assert_cmpuint(m->addresses[i].prefix_len, ==, desired->addresses[0].prefix_len);
                }
        for (size_t i = 0; i < desired->n_routes; i++)
                g_assert_nonnull(model_route(m, &desired->routes[i]));
        for (size_t i = 0; i < m->n_routes; i++)
                g_assert_true(!m->routes[i].ours || has_route(desired, &m->routes[i]));
        for (size_t i = 0; i < desired->n_rules; i++)
                g_assert_nonnull(model_rule(m, &desired->rules[i]));
        for (size_t i = 0; i < m->n_rules; i++)
                g_assert_true(!m->rules[i].ours || has_rule(desired, &m->rules[i]));

        model_snapshot(m, desired, &actual);
        net_plan_compute(desired, &actual, &plan);
        g_assert_cmpuint(plan.n_steps, ==, 0);
}

/* Does what administrators and the kernel itself may do between two plans. */
static void disturb(Model *m) {
        if (m->n_addresses > 0 && dice(4) == 0)
                model_del_address(m, &m->addresses[dice((unsigned) m->n_addresses)]);
        if (m->n_routes > 0 && dice(4) == 0)
                m->routes[dice((unsigned) m->n_routes)] = m->routes[m->n_routes - 1], m->n_routes--;
        if (dice(6) == 0)
                m->n_routes = 0; /* the link went down and up */
        if (dice(6) == 0)
                m->n_rules = 0;
        if (dice(6) == 0 && m->n_rules < 2) { /* a rule of an earlier lease, or of somebody else */
                const NetRule rule = {
                        .family = AF_INET, .from.v4 = random_address(), .table = 1 + dice(2), .ours = dice(2)
                };

                if (!model_rule(m, &rule))
                        m->rules[m->n_rules++] = rule;
        }
        if (dice(4) == 0 && m->n_addresses < 6) {
                const NetAddress foreign = {
                        .family = AF_INET,
                        .address.v4 = random_address(),
                        .prefix_len = dice(2) == 0 ? 24 : 32,
                        .valid_until = dice(2) == 0 ? USEC_INFINITY : NOW + dice(4000) * USEC_PER_SEC,
                };

                if (!model_address(m, &foreign))
                        m->addresses[m->n_addresses++] = foreign;
        }
        if (dice(4) == 0) {
                const NetRoute stray = { .family = AF_INET,
                                         .dst.v4 = random_address(),
                                         .prefix_len = 32,
                                         .prefsrc.v4 = dice(2) ? random_address() : (struct in_addr){ 0 },
                                         .table = RT_TABLE_MAIN,
                                         .ours = dice(2) };

                if ((stray.prefsrc.v4.s_addr == 0 || model_has_local(m, stray.prefsrc.v4)) &&
                    !model_route(m, &stray))
                        m->routes[m->n_routes++] = stray;
        }
        /* Somebody else made the same route again. */
        if (m->n_routes > 0 && dice(4) == 0)
                m->routes[dice((unsigned) m->n_routes)].ours = false;
        if (m->n_rules > 0 && dice(4) == 0)
                m->rules[dice((unsigned) m->n_rules)].ours = false;
        if (m->n_addresses > 0 && dice(6) == 0) {
                NetAddress *address = &m->addresses[dice((unsigned) m->n_addresses)];

                address->valid_until = NOW + dice(1000) * USEC_PER_SEC;
        }
}

static void test_random(void) {
        for (unsigned run = 0; run < 300; run += test_stride()) {
                Dhcp4NetPolicy policy = all;
                Model m = { .promotes = dice(2) };

                for (unsigned turn = 0; turn < 20; turn++) {
                        NetConfig desired;

                        if (dice(6) == 0)
                                dhcp4_net_config(NULL, &all, &no_tunnels, &desired, &refused);
                        else {
                                const Dhcp4Lease lease = random_lease();

                                policy.rule_table = dice(3);
                                dhcp4_net_config(&lease, &policy, &no_tunnels, &desired, &refused);
                        }
                        assert_sound(&desired);
                        disturb(&m);
                        reconcile(&m, &desired);
                }
        }
}

/* A renewal with the same content updates one lifetime and nothing else, whatever the lease is. */
static void test_random_renewal(void) {
        for (unsigned run = 0; run < 300; run += test_stride()) {
                Dhcp4Lease lease = random_lease();
                NetConfig desired, actual;
                Model m = { 0 };
                NetPlan plan;

                dhcp4_net_config(&lease, &all, &no_tunnels, &desired, &refused);
                reconcile(&m, &desired);
                for (unsigned renewal = 0; renewal < 20; renewal++) {
                        lease.granted_at += 300 * USEC_PER_SEC;
                        dhcp4_net_config(&lease, &all, &no_tunnels, &desired, &refused);
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
        g_test_add_func("/net-plan/renewal", test_renewal);
        g_test_add_func("/net-plan/order", test_order);
        g_test_add_func("/net-plan/inherited", test_inherited);
        g_test_add_func("/net-plan/route-equal", test_route_equal);
        g_test_add_func("/net-plan/random", test_random);
        g_test_add_func("/net-plan/random-renewal", test_random_renewal);
        return g_test_run();
}
