/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * From the configuration that is wanted to the steps that are missing.
 *
 * Pure: no clock and no memory of earlier plans. What was done before is seen in the actual state alone, so
 * a failed step, a restart and an administrator's own hand all lead to the same next plan.
 */
#include <assert.h>

#include "base/macro.h"
#include "net/net-plan.h"

const NetAddress *net_plan_find_address(const NetConfig *config, const NetAddress *address) {
        for (size_t i = 0; i < config->n_addresses; i++)
                if (config->addresses[i].address.s_addr == address->address.s_addr &&
                    config->addresses[i].prefix_len == address->prefix_len)
                        return &config->addresses[i];
        return NULL;
}

/* USEC_INFINITY is far from every instant, so it needs no case of its own. */
static bool lifetime_equal(usec_t a, usec_t b) {
        return MAX(a, b) - MIN(a, b) <= NET_LIFETIME_SLACK_USEC;
}

static NetStep *add_step(NetPlan *plan, NetOp op) {
        NetStep *step;

        assert(plan->n_steps < NET_PLAN_MAX);
        step = &plan->steps[plan->n_steps++];
        step->op = op;
        return step;
}

/*
 * An address that somebody else put there and that equals a desired one serves us too. The kernel would take
 * it away when its own lifetime ends, so it gets the lifetime of the lease if that is longer. It never gets
 * a shorter one, and nothing else of it is changed.
 */
static void plan_address(const NetConfig *actual, const NetAddress *wanted, NetPlan *plan) {
        const NetAddress *found = net_plan_find_address(actual, wanted);
        NetStep *step;

        if (!found) {
                add_step(plan, NET_OP_ADD_ADDRESS)->address = *wanted;
                return;
        }
        if (found->ours && found->broadcast.s_addr != wanted->broadcast.s_addr) {
                add_step(plan, NET_OP_REMAKE_ADDRESS)->address = *wanted;
                return;
        }
        if (lifetime_equal(found->valid_until, wanted->valid_until) ||
            (!found->ours && found->valid_until > wanted->valid_until))
                return;
        step = add_step(plan, found->ours ? NET_OP_ADD_ADDRESS : NET_OP_EXTEND_ADDRESS);
        step->address = *found;
        step->address.valid_until = wanted->valid_until;
}

static void plan_routes(const NetConfig *desired, const NetConfig *actual, NetOp op, NetPlan *plan) {
        for (size_t i = 0; i < desired->n_routes; i++) {
                const NetRoute *route = &desired->routes[i];

                if ((route->gateway.s_addr == 0) != (op == NET_OP_ADD_ROUTE_ONLINK))
                        continue;
                if (!net_config_has_route(actual, route))
                        add_step(plan, op)->route = *route;
        }
}

static bool has_rule(const NetConfig *config, const NetRule *rule) {
        for (size_t i = 0; i < config->n_rules; i++)
                if (net_rule_equal(&config->rules[i], rule))
                        return true;
        return false;
}

/* Our own of @from that @others do not have. */
static void plan_rules(const NetConfig *from, const NetConfig *others, NetOp op, NetPlan *plan) {
        for (size_t i = 0; i < from->n_rules; i++)
                if (from->rules[i].ours && !has_rule(others, &from->rules[i]))
                        add_step(plan, op)->rule = from->rules[i];
}

void net_plan_compute(const NetConfig *desired, const NetConfig *actual, NetPlan *ret) {
        ret->n_steps = 0;

        plan_rules(actual, desired, NET_OP_DEL_RULE, ret);
        for (size_t i = 0; i < desired->n_addresses; i++)
                plan_address(actual, &desired->addresses[i], ret);
        plan_routes(desired, actual, NET_OP_ADD_ROUTE_ONLINK, ret);
        plan_routes(desired, actual, NET_OP_ADD_ROUTE_GATEWAY, ret);
        plan_rules(desired, actual, NET_OP_ADD_RULE, ret);
        for (size_t i = 0; i < actual->n_routes; i++)
                if (actual->routes[i].ours && !net_config_has_route(desired, &actual->routes[i]))
                        add_step(ret, NET_OP_DEL_ROUTE)->route = actual->routes[i];
        for (size_t i = 0; i < actual->n_addresses; i++)
                if (actual->addresses[i].ours && !net_plan_find_address(desired, &actual->addresses[i]))
                        add_step(ret, NET_OP_DEL_ADDRESS)->address = actual->addresses[i];
}
