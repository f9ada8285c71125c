/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Addresses, routes and rules of one link as Linux keeps them (world-kernel.h):
 *
 * - An address is removed when its lifetime is over.
 * - With an address, the routes that have it as their source are removed. If it was the first address of its
 *   network and the kernel does not promote another one, the other addresses of the network are removed too.
 * - With the last address, all routes are removed.
 * - A route through a gateway is refused while the gateway is not reachable.
 *
 * Steps of a plan that delete something do it as io/kernel-restore.c does: they put back what the kernel has
 * removed with it.
 */
#include <assert.h>
#include <errno.h>
#include <string.h>

#include "base/ip.h"
#include "base/macro.h"
#include "tests/world/world-kernel.h"

static void remove_route(WorldKernel *kernel, size_t i) {
        memmove(kernel->routes + i, kernel->routes + i + 1, (--kernel->n_routes - i) * sizeof(NetRoute));
}

static void remove_address(WorldKernel *kernel, size_t i) {
        const size_t behind = --kernel->n_addresses - i;

        memmove(kernel->addresses + i, kernel->addresses + i + 1, behind * sizeof(kernel->addresses[0]));
        memmove(kernel->inherited + i, kernel->inherited + i + 1, behind * sizeof(kernel->inherited[0]));
}

static void append_address(WorldKernel *kernel, const NetAddress *address, bool inherited) {
        assert(kernel->n_addresses < WORLD_ADDRESSES_MAX);
        kernel->inherited[kernel->n_addresses] = inherited;
        kernel->addresses[kernel->n_addresses++] = *address;
}

static void append_ours(WorldKernel *kernel, const NetAddress *address) {
        append_address(kernel, address, /* inherited= */ false);
        kernel->addresses[kernel->n_addresses - 1].ours = true;
}

static void append_route(WorldKernel *kernel, const NetRoute *route) {
        assert(kernel->n_routes < WORLD_ROUTES_MAX);
        kernel->routes[kernel->n_routes++] = *route;
}

void world_kernel_put_address(WorldKernel *kernel, const NetAddress *address) {
        append_address(kernel, address, /* inherited= */ false);
}

void world_kernel_put_route(WorldKernel *kernel, const NetRoute *route) {
        append_route(kernel, route);
}

static bool same_network(const NetAddress *a, const NetAddress *b) {
        return a->prefix_len == b->prefix_len && ip4_is_within(a->address.v4, b->address.v4, b->prefix_len);
}

static bool has_source(const WorldKernel *kernel, struct in_addr source) {
        for (size_t i = 0; i < kernel->n_addresses; i++)
                if (kernel->addresses[i].address.v4.s_addr == source.s_addr)
                        return true;
        return source.s_addr == INADDR_ANY;
}

/*
 * Removes the address, and with the first address of a network the others, unless the kernel promotes one.
 */
static void unlink_address(WorldKernel *kernel, size_t i) {
        const NetAddress gone = kernel->addresses[i];
        bool primary = true;

        for (size_t j = 0; j < i; j++)
                primary = primary && !same_network(&kernel->addresses[j], &gone);
        remove_address(kernel, i);
        for (size_t j = kernel->n_addresses; primary && !kernel->promotes && j-- > i;)
                if (same_network(&kernel->addresses[j], &gone))
                        remove_address(kernel, j);
}

/* Removes the routes that cannot be there without the addresses that are gone. */
static void flush_routes(WorldKernel *kernel) {
        for (size_t j = kernel->n_routes; j-- > 0;)
                if (kernel->n_addresses == 0 || !has_source(kernel, kernel->routes[j].prefsrc.v4))
                        remove_route(kernel, j);
}

void world_kernel_del_address(WorldKernel *kernel, size_t i) {
        unlink_address(kernel, i);
        flush_routes(kernel);
}

void world_kernel_del_route(WorldKernel *kernel, size_t i) {
        remove_route(kernel, i);
}

bool world_kernel_has_our_routes(const WorldKernel *kernel) {
        for (size_t i = 0; i < kernel->n_routes; i++)
                if (kernel->routes[i].ours)
                        return true;
        return false;
}

void world_kernel_del_our_routes(WorldKernel *kernel) {
        for (size_t j = kernel->n_routes; j-- > 0;)
                if (kernel->routes[j].ours)
                        remove_route(kernel, j);
}

usec_t world_kernel_expire(WorldKernel *kernel, usec_t now) {
        usec_t next = USEC_INFINITY;

        for (size_t i = kernel->n_addresses; i-- > 0;) {
                const usec_t until = kernel->addresses[i].valid_until;

                if (until <= now)
                        world_kernel_del_address(kernel, i);
                else
                        next = MIN(next, until);
        }
        return next;
}

void world_kernel_snapshot(const WorldKernel *kernel, NetConfig *ret) {
        net_config_clear(ret, AF_INET);
        for (size_t i = 0; i < kernel->n_addresses && i < NET_ADDRESSES_MAX; i++)
                ret->addresses[ret->n_addresses++] = kernel->addresses[i];
        for (size_t i = 0; i < kernel->n_routes && ret->n_routes < NET_ROUTES_MAX; i++)
                ret->routes[ret->n_routes++] = kernel->routes[i];
        for (size_t i = 0; i < kernel->n_rules; i++)
                ret->rules[ret->n_rules++] = kernel->rules[i];
}

static NetAddress *find_address(WorldKernel *kernel, const NetAddress *wanted) {
        for (size_t i = 0; i < kernel->n_addresses; i++)
                if (kernel->addresses[i].address.v4.s_addr == wanted->address.v4.s_addr &&
                    kernel->addresses[i].prefix_len == wanted->prefix_len)
                        return &kernel->addresses[i];
        return NULL;
}

static bool is_reachable(const WorldKernel *kernel, struct in_addr gateway) {
        for (size_t i = 0; i < kernel->n_routes; i++) {
                const NetRoute *r = &kernel->routes[i];

                if (r->gateway.v4.s_addr == INADDR_ANY && ip4_is_within(gateway, r->dst.v4, r->prefix_len))
                        return true;
        }
        return false;
}

static const char *add_address(WorldKernel *kernel, const NetAddress *wanted) {
        NetAddress *found = find_address(kernel, wanted);

        if (found && !found->ours)
                return "an address of somebody else is replaced";
        if (!found && kernel->n_addresses == WORLD_ADDRESSES_MAX)
                return "more addresses than anybody wants";
        if (found) {
                *found = *wanted;
                found->ours = true;
        } else
                append_ours(kernel, wanted);
        return NULL;
}

static const char *extend_address(WorldKernel *kernel, const NetAddress *wanted, bool careful,
                                  int *ret_error) {
        NetAddress *found = find_address(kernel, wanted);

        if (!found) {
                *ret_error = -EADDRNOTAVAIL;
                return careful ? "an address is extended that is not there" : NULL;
        }
        if (found->ours)
                return "an address of ours is taken for somebody else's";
        if (wanted->valid_until <= found->valid_until)
                return "the lifetime of somebody else's address is made shorter";
        found->valid_until = wanted->valid_until;
        return NULL;
}

static const char *add_route(WorldKernel *kernel, const NetRoute *route, bool careful, int *ret_error) {
        if (!has_source(kernel, route->prefsrc.v4)) {
                *ret_error = -EINVAL;
                return careful ? "a route from an address that is not there" : NULL;
        }
        if (route->gateway.v4.s_addr != INADDR_ANY && kernel->refuse_gateways) {
                *ret_error = -ENETUNREACH;
                return NULL;
        }
        if (route->gateway.v4.s_addr != INADDR_ANY && !is_reachable(kernel, route->gateway.v4)) {
                *ret_error = -ENETUNREACH;
                return careful ? "a route through a gateway that is not reachable yet" : NULL;
        }
        for (size_t i = 0; i < kernel->n_routes; i++)
                if (net_route_equal(&kernel->routes[i], route))
                        return NULL; /* the kernel says EEXIST, which counts as success */
        if (kernel->n_routes == WORLD_ROUTES_MAX)
                return "more routes than a lease can ask for";
        append_route(kernel, route);
        return NULL;
}

static NetRoute *find_route(const WorldKernel *kernel, const NetRoute *wanted) {
        for (size_t i = 0; i < kernel->n_routes; i++)
                if (net_route_equal(&kernel->routes[i], wanted))
                        return (NetRoute *) &kernel->routes[i];
        return NULL;
}

/* Adds again what was in @before and is missing now, except for @deleted, as io/kernel-restore.c does. */
static void put_back(WorldKernel *kernel, const WorldKernel *before, const NetAddress *deleted) {
        bool progress = true;

        for (size_t i = 0; i < before->n_addresses; i++) {
                const NetAddress *was = &before->addresses[i];

                if (!find_address(kernel, was) &&
                    (was->address.v4.s_addr != deleted->address.v4.s_addr ||
                     was->prefix_len != deleted->prefix_len))
                        append_address(kernel, was, before->inherited[i]);
        }
        while (progress) {
                progress = false;
                for (size_t i = 0; i < before->n_routes; i++) {
                        const NetRoute *was = &before->routes[i];

                        if (find_route(kernel, was) || !has_source(kernel, was->prefsrc.v4) ||
                            (was->gateway.v4.s_addr != INADDR_ANY && !is_reachable(kernel, was->gateway.v4)))
                                continue;
                        append_route(kernel, was);
                        progress = true;
                }
        }
}

/*
 * Deletes @address and adds @made in its place, unless it is NULL. Returns NULL, or why the plan is wrong.
 */
static const char *del_address(WorldKernel *kernel, const NetAddress *address, const NetAddress *made,
                               bool careful) {
        NetAddress *found = find_address(kernel, address);
        WorldKernel before;

        if (!found)
                return careful ? "an address is deleted that is not there" : NULL;
        if (!found->ours)
                return "an address of somebody else is deleted";
        before = *kernel;
        unlink_address(kernel, (size_t) (found - kernel->addresses));
        if (made)
                append_ours(kernel, made);
        flush_routes(kernel);
        put_back(kernel, &before, address);
        return NULL;
}

static const char *del_route(WorldKernel *kernel, const NetRoute *route) {
        const NetRoute *found = find_route(kernel, route);

        if (!found)
                return NULL; /* an earlier step of the plan may have removed its source */
        if (!found->ours)
                return "a route of somebody else is deleted";
        remove_route(kernel, (size_t) (found - kernel->routes));
        return NULL;
}

static NetRule *find_rule(WorldKernel *kernel, const NetRule *wanted) {
        for (size_t i = 0; i < kernel->n_rules; i++)
                if (net_rule_equal(&kernel->rules[i], wanted))
                        return &kernel->rules[i];
        return NULL;
}

static const char *add_rule(WorldKernel *kernel, const NetRule *rule, bool careful) {
        if (!has_source(kernel, rule->from.v4) && careful)
                return "a rule for an address that is not there";
        if (find_rule(kernel, rule))
                return NULL;
        if (kernel->n_rules == NET_RULES_MAX)
                return "more rules than a lease can ask for";
        kernel->rules[kernel->n_rules++] = *rule;
        return NULL;
}

static const char *del_rule(WorldKernel *kernel, const NetRule *rule, bool careful) {
        NetRule *found = find_rule(kernel, rule);

        if (!found)
                return careful ? "a rule is deleted that is not there" : NULL;
        *found = kernel->rules[--kernel->n_rules];
        return NULL;
}

const char *world_kernel_step(WorldKernel *kernel, const NetStep *step, bool careful, int *ret_error) {
        *ret_error = 0;
        switch (step->op) {
        case NET_OP_DEL_ADDRESS:
                return del_address(kernel, &step->address, NULL, careful);
        case NET_OP_REMAKE_ADDRESS:
                return del_address(kernel, &step->address, &step->address, careful);
        case NET_OP_ADD_ADDRESS:
                return add_address(kernel, &step->address);
        case NET_OP_EXTEND_ADDRESS:
                return extend_address(kernel, &step->address, careful, ret_error);
        case NET_OP_ADD_ROUTE_ONLINK:
        case NET_OP_ADD_ROUTE_GATEWAY:
                return add_route(kernel, &step->route, careful, ret_error);
        case NET_OP_DEL_ROUTE:
                return del_route(kernel, &step->route);
        case NET_OP_ADD_RULE:
                return add_rule(kernel, &step->rule, careful);
        case NET_OP_DEL_RULE:
                return del_rule(kernel, &step->rule, careful);
        case _NET_OP_MAX:
                break;
        }
        return "a step of no kind";
}

bool world_kernel_has(const WorldKernel *kernel, struct in_addr address) {
        for (size_t i = 0; i < kernel->n_addresses; i++)
                if (kernel->addresses[i].address.v4.s_addr == address.s_addr && kernel->addresses[i].ours)
                        return true;
        return false;
}

bool world_kernel_can_use(const WorldKernel *kernel, struct in_addr address) {
        for (size_t i = 0; i < kernel->n_addresses; i++)
                if (kernel->addresses[i].address.v4.s_addr == address.s_addr)
                        return true;
        return false;
}

void world_kernel_put_all(WorldKernel *kernel, const NetConfig *config) {
        kernel->n_addresses = kernel->n_routes = kernel->n_rules = 0;
        for (size_t i = 0; i < config->n_addresses; i++)
                append_ours(kernel, &config->addresses[i]);
        for (size_t i = 0; i < config->n_routes; i++)
                append_route(kernel, &config->routes[i]);
        for (size_t i = 0; i < config->n_rules; i++)
                kernel->rules[kernel->n_rules++] = config->rules[i];
}

bool world_kernel_has_inherited(const WorldKernel *kernel) {
        for (size_t i = 0; i < kernel->n_addresses; i++)
                if (kernel->inherited[i])
                        return true;
        return false;
}

void world_kernel_inherit(WorldKernel *kernel, const NetAddress *address) {
        if (kernel->n_addresses < WORLD_ADDRESSES_MAX && !find_address(kernel, address))
                append_address(kernel, address, /* inherited= */ true);
}

void world_kernel_others(const WorldKernel *kernel, WorldOthers *ret) {
        *ret = (WorldOthers){};
        for (size_t i = 0; i < kernel->n_addresses; i++)
                if (!kernel->addresses[i].ours && !kernel->inherited[i])
                        ret->addresses[ret->n_addresses++] = kernel->addresses[i];
        for (size_t i = 0; i < kernel->n_routes && ret->n_routes < ARRAY_SIZE(ret->routes); i++)
                if (!kernel->routes[i].ours)
                        ret->routes[ret->n_routes++] = kernel->routes[i];
}

const char *world_kernel_miss_others(const WorldKernel *kernel, const WorldOthers *others) {
        size_t n = 0;

        for (size_t i = 0; i < kernel->n_addresses; i++)
                n += !kernel->addresses[i].ours && !kernel->inherited[i];
        if (n != others->n_addresses)
                return "somebody else has more addresses or fewer";
        for (size_t i = 0; i < others->n_addresses; i++) {
                const NetAddress *found = find_address((WorldKernel *) kernel, &others->addresses[i]);

                if (!found || found->ours || found->valid_until != others->addresses[i].valid_until)
                        return "an address of somebody else is gone or changed";
        }
        for (size_t i = 0; i < others->n_routes; i++) {
                const NetRoute *found = find_route(kernel, &others->routes[i]);

                if (has_source(kernel, others->routes[i].prefsrc.v4) && (!found || found->ours))
                        return "a route of somebody else is gone";
        }
        return NULL;
}
