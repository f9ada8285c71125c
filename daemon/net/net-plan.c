/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Computes the steps that are missing from the actual to the desired configuration.
 *
 * Pure: no clock and no memory of earlier plans. Only the actual state tells what was done before. So a
 * failed step, a restart and a change by an administrator need no code of their own: the next plan begins
 * with what is there.
 */
#include <assert.h>

#include "base/macro.h"
#include "net/net-plan.h"

const NetAddress *net_plan_find_address(const NetConfig *config, const NetAddress *address) {
        for (size_t i = 0; i < config->n_addresses; i++)
                if (net_address_same(&config->addresses[i], address))
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

/* Returns true if @found, which is ours, must be removed and added again to become @wanted. */
static bool must_remake(const NetAddress *found, const NetAddress *wanted) {
        return found->broadcast.s_addr != wanted->broadcast.s_addr ||
                found->prefix_len != wanted->prefix_len;
}

/*
 * Returns true if @found, which is ours, needs nothing: its times and what else can change in place are
 * right.
 */
static bool is_current(const NetAddress *found, const NetAddress *wanted) {
        const uint8_t kept_flags = (uint8_t) ~NET_ADDRESS_OPTIMISTIC;

        return lifetime_equal(found->valid_until, wanted->valid_until) &&
                (found->family != AF_INET6 ||
                 lifetime_equal(found->preferred_until, wanted->preferred_until)) &&
                ((found->flags ^ wanted->flags) & kept_flags) == 0;
}

/* Returns true if the address @found of somebody else lives as long as is wanted, or longer. */
static bool outlives(const NetAddress *found, const NetAddress *wanted) {
        return usec_add(found->valid_until, NET_LIFETIME_SLACK_USEC) >= wanted->valid_until &&
                (found->family != AF_INET6 ||
                 usec_add(found->preferred_until, NET_LIFETIME_SLACK_USEC) >= wanted->preferred_until);
}

/*
 * Plans the step for one desired address. An address that somebody else put there and that equals the
 * desired one serves us too. The kernel would remove it when its own lifetime ends, so it gets the wanted
 * lifetime if that is longer. It never gets a shorter one, and nothing else of it is changed.
 *
 * An address that failed duplicate address detection is left as it is, ours or not. The same address would
 * fail again, so the caller has to desire another one.
 */
static void plan_address(const NetConfig *actual, const NetAddress *wanted, NetPlan *plan) {
        const NetAddress *found = net_plan_find_address(actual, wanted);
        NetStep *step;

        if (!found) {
                add_step(plan, NET_OP_ADD_ADDRESS)->address = *wanted;
                return;
        }
        if (found->dad == NET_DAD_FAILED)
                return;
        if (found->ours && must_remake(found, wanted)) {
                add_step(plan, NET_OP_REMAKE_ADDRESS)->address = *wanted;
                return;
        }
        if (found->ours ? is_current(found, wanted) : outlives(found, wanted))
                return;
        step = add_step(plan, found->ours ? NET_OP_ADD_ADDRESS : NET_OP_EXTEND_ADDRESS);
        step->address = *found;
        if (found->ours) {
                step->address.flags = wanted->flags;
                step->address.valid_until = wanted->valid_until;
                step->address.preferred_until = wanted->preferred_until;
        } else {
                step->address.valid_until = MAX(found->valid_until, wanted->valid_until);
                step->address.preferred_until = MAX(found->preferred_until, wanted->preferred_until);
        }
}

static const NetRoute *find_key(const NetRoute *routes, size_t n, const NetRoute *route) {
        for (size_t i = 0; i < n; i++)
                if (net_route_same_key(&routes[i], route))
                        return &routes[i];
        return NULL;
}

/*
 * Returns true if @wanted has to be added. If an IPv6 route with the same key is ours, adding @wanted
 * replaces it in place. If it is somebody else's it stays as it is, and @wanted is not added, because the
 * kernel would merge both into one route.
 */
static bool is_missing(const NetConfig *actual, const NetRoute *wanted) {
        const NetRoute *found = find_key(actual->routes, actual->n_routes, wanted);

        if (!found)
                return true;
        if (wanted->family != AF_INET6 || !found->ours)
                return false;
        return !net_route_equal(found, wanted) || !lifetime_equal(found->expires_at, wanted->expires_at);
}

static void plan_routes(const NetConfig *desired, const NetConfig *actual, NetOp op, NetPlan *plan) {
        for (size_t i = 0; i < desired->n_routes; i++) {
                const NetRoute *route = &desired->routes[i];

                if (ip_is_unset(route->family, &route->gateway) != (op == NET_OP_ADD_ROUTE_ONLINK))
                        continue;
                /* The kernel would merge routes with the same key, so only the first is added. */
                if (route->family == AF_INET6 && find_key(desired->routes, i, route))
                        continue;
                if (is_missing(actual, route))
                        add_step(plan, op)->route = *route;
        }
}

static bool has_rule(const NetConfig *config, const NetRule *rule) {
        for (size_t i = 0; i < config->n_rules; i++)
                if (net_rule_equal(&config->rules[i], rule))
                        return true;
        return false;
}

/* Plans a step for each rule of ours in @from that @others does not have. */
static void plan_rules(const NetConfig *from, const NetConfig *others, NetOp op, NetPlan *plan) {
        for (size_t i = 0; i < from->n_rules; i++)
                if (from->rules[i].ours && !has_rule(others, &from->rules[i]))
                        add_step(plan, op)->rule = from->rules[i];
}

void net_plan_compute(const NetConfig *desired, const NetConfig *actual, NetPlan *ret) {
        assert(desired->family == actual->family);
        ret->n_steps = 0;

        plan_rules(actual, desired, NET_OP_DEL_RULE, ret);
        for (size_t i = 0; i < desired->n_addresses; i++)
                plan_address(actual, &desired->addresses[i], ret);
        plan_routes(desired, actual, NET_OP_ADD_ROUTE_ONLINK, ret);
        plan_routes(desired, actual, NET_OP_ADD_ROUTE_GATEWAY, ret);
        plan_rules(desired, actual, NET_OP_ADD_RULE, ret);
        for (size_t i = 0; i < actual->n_routes; i++)
                if (actual->routes[i].ours &&
                    !find_key(desired->routes, desired->n_routes, &actual->routes[i]))
                        add_step(ret, NET_OP_DEL_ROUTE)->route = actual->routes[i];
        for (size_t i = 0; i < actual->n_addresses; i++)
                if (actual->addresses[i].ours && !net_plan_find_address(desired, &actual->addresses[i]))
                        add_step(ret, NET_OP_DEL_ADDRESS)->address = actual->addresses[i];
}
