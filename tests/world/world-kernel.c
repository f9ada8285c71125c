/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Addresses and routes of one link as Linux keeps them (sim.h): an address ends with its lifetime, routes
 * that use it as their source go with it, the others of its network too if it was the first of them and the
 * kernel does not promote one, and all routes with the last address; a gateway must be reachable when a
 * route through it is added. A plan's deletions are made as io/kernel-restore.c makes them.
 */
#include <errno.h>
#include <string.h>

#include "tests/sim/sim.h"

static void remove_route(SimKernel *kernel, size_t i) {
        memmove(kernel->routes + i, kernel->routes + i + 1, (--kernel->n_routes - i) * sizeof(NetRoute));
}

static void remove_address(SimKernel *kernel, size_t i) {
        memmove(kernel->addresses + i, kernel->addresses + i + 1,
                (--kernel->n_addresses - i) * sizeof(KernelAddress));
}

static bool same_network(const NetAddress *a, const NetAddress *b) {
        const uint32_t mask = a->prefix_len == 0 ? 0 : UINT32_MAX << (32 - a->prefix_len);

        return a->prefix_len == b->prefix_len &&
                (ntohl(a->address.s_addr) & mask) == (ntohl(b->address.s_addr) & mask);
}

static bool has_source(const SimKernel *kernel, struct in_addr source) {
        for (size_t i = 0; i < kernel->n_addresses; i++)
                if (kernel->addresses[i].address.address.s_addr == source.s_addr)
                        return true;
        return source.s_addr == INADDR_ANY;
}

/* The first of a network takes the others of it along. */
static void unlink_address(SimKernel *kernel, size_t i) {
        const NetAddress gone = kernel->addresses[i].address;
        bool primary = true;

        for (size_t j = 0; j < i; j++)
                primary = primary && !same_network(&kernel->addresses[j].address, &gone);
        remove_address(kernel, i);
        for (size_t j = kernel->n_addresses; primary && !kernel->promotes && j-- > i;)
                if (same_network(&kernel->addresses[j].address, &gone))
                        remove_address(kernel, j);
}

static void flush_routes(SimKernel *kernel) {
        for (size_t j = kernel->n_routes; j-- > 0;)
                if (kernel->n_addresses == 0 || !has_source(kernel, kernel->routes[j].prefsrc))
                        remove_route(kernel, j);
}

void sim_kernel_del_address(SimKernel *kernel, size_t i) {
        unlink_address(kernel, i);
        flush_routes(kernel);
}

bool sim_kernel_has_our_routes(const SimKernel *kernel) {
        for (size_t i = 0; i < kernel->n_routes; i++)
                if (kernel->routes[i].ours)
                        return true;
        return false;
}

void sim_kernel_del_our_routes(SimKernel *kernel) {
        for (size_t j = kernel->n_routes; j-- > 0;)
                if (kernel->routes[j].ours)
                        remove_route(kernel, j);
}

usec_t sim_kernel_expire(SimKernel *kernel, usec_t now) {
        usec_t next = USEC_INFINITY;

        for (size_t i = kernel->n_addresses; i-- > 0;) {
                const usec_t until = kernel->addresses[i].address.valid_until;

                if (until <= now)
                        sim_kernel_del_address(kernel, i);
                else
                        next = MIN(next, until);
        }
        return next;
}

void sim_kernel_snapshot(const SimKernel *kernel, NetConfig *ret) {
        *ret = (NetConfig){};
        for (size_t i = 0; i < kernel->n_addresses && i < NET_ADDRESSES_MAX; i++) {
                ret->addresses[ret->n_addresses] = kernel->addresses[i].address;
                ret->addresses[ret->n_addresses++].ours = !kernel->addresses[i].foreign;
        }
        for (size_t i = 0; i < kernel->n_routes && ret->n_routes < NET_ROUTES_MAX; i++)
                ret->routes[ret->n_routes++] = kernel->routes[i];
        for (size_t i = 0; i < kernel->n_rules; i++)
                ret->rules[ret->n_rules++] = kernel->rules[i];
}

static KernelAddress *find_address(SimKernel *kernel, const NetAddress *wanted) {
        for (size_t i = 0; i < kernel->n_addresses; i++)
                if (kernel->addresses[i].address.address.s_addr == wanted->address.s_addr &&
                    kernel->addresses[i].address.prefix_len == wanted->prefix_len)
                        return &kernel->addresses[i];
        return NULL;
}

static bool is_reachable(const SimKernel *kernel, struct in_addr gateway) {
        for (size_t i = 0; i < kernel->n_routes; i++) {
                const NetRoute *r = &kernel->routes[i];

                if (r->gateway.s_addr == INADDR_ANY && ip4_is_within(gateway, r->dst, r->prefix_len))
                        return true;
        }
        return false;
}

static const char *add_address(SimKernel *kernel, const NetAddress *wanted) {
        KernelAddress *found = find_address(kernel, wanted);

        if (found && found->foreign)
                return "an address of somebody else is replaced";
        if (!found) {
                if (kernel->n_addresses == SIM_KERNEL_MAX)
                        return "more addresses than anybody wants";
                found = &kernel->addresses[kernel->n_addresses++];
        }
        *found = (KernelAddress){ .address = *wanted };
        return NULL;
}

static const char *extend_address(SimKernel *kernel, const NetAddress *wanted, bool careful,
                                  int *ret_error) {
        KernelAddress *found = find_address(kernel, wanted);

        if (!found) {
                *ret_error = -EADDRNOTAVAIL;
                return careful ? "an address is extended that is not there" : NULL;
        }
        if (!found->foreign)
                return "an address of ours is taken for somebody else's";
        if (wanted->valid_until <= found->address.valid_until)
                return "the lifetime of somebody else's address is made shorter";
        found->address.valid_until = wanted->valid_until;
        return NULL;
}

static const char *add_route(SimKernel *kernel, const NetRoute *route, bool careful, int *ret_error) {
        if (!has_source(kernel, route->prefsrc)) {
                *ret_error = -EINVAL;
                return careful ? "a route from an address that is not there" : NULL;
        }
        if (route->gateway.s_addr != INADDR_ANY && !is_reachable(kernel, route->gateway)) {
                *ret_error = -ENETUNREACH;
                return careful ? "a route through a gateway that is not reachable yet" : NULL;
        }
        for (size_t i = 0; i < kernel->n_routes; i++)
                if (net_route_equal(&kernel->routes[i], route))
                        return NULL; /* EEXIST, which is as good as added */
        if (kernel->n_routes == SIM_ROUTES_MAX)
                return "more routes than a lease can ask for";
        kernel->routes[kernel->n_routes++] = *route;
        return NULL;
}

static NetRoute *find_route(const SimKernel *kernel, const NetRoute *wanted) {
        for (size_t i = 0; i < kernel->n_routes; i++)
                if (net_route_equal(&kernel->routes[i], wanted))
                        return (NetRoute *) &kernel->routes[i];
        return NULL;
}

/* What io/kernel-restore.c does: what is missing, though nobody asked for that, is asked for again. */
static void put_back(SimKernel *kernel, const SimKernel *before, const NetAddress *deleted) {
        bool progress = true;

        for (size_t i = 0; i < before->n_addresses; i++) {
                const NetAddress *was = &before->addresses[i].address;

                if (!find_address(kernel, was) &&
                    (was->address.s_addr != deleted->address.s_addr ||
                     was->prefix_len != deleted->prefix_len))
                        kernel->addresses[kernel->n_addresses++] = before->addresses[i];
        }
        while (progress) {
                progress = false;
                for (size_t i = 0; i < before->n_routes; i++) {
                        const NetRoute *was = &before->routes[i];

                        if (find_route(kernel, was) || !has_source(kernel, was->prefsrc) ||
                            (was->gateway.s_addr != INADDR_ANY && !is_reachable(kernel, was->gateway)))
                                continue;
                        kernel->routes[kernel->n_routes++] = *was;
                        progress = true;
                }
        }
}

/* NULL, or why it must not be. @made: what takes its place, or NULL. */
static const char *del_address(SimKernel *kernel, const NetAddress *address, const NetAddress *made,
                               bool careful) {
        KernelAddress *found = find_address(kernel, address);
        SimKernel before;

        if (!found)
                return careful ? "an address is deleted that is not there" : NULL;
        if (found->foreign)
                return "an address of somebody else is deleted";
        before = *kernel;
        unlink_address(kernel, (size_t) (found - kernel->addresses));
        if (made)
                kernel->addresses[kernel->n_addresses++] = (KernelAddress){ .address = *made };
        flush_routes(kernel);
        put_back(kernel, &before, address);
        return NULL;
}

const char *sim_kernel_step(SimKernel *kernel, const NetStep *step, bool careful, int *ret_error) {
        *ret_error = 0;
        switch (step->op) {
        case NET_OP_DEL_ADDRESS:
                kernel->deletions++;
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
                kernel->deletions++;
                for (size_t i = 0; i < kernel->n_routes; i++)
                        if (net_route_equal(&kernel->routes[i], &step->route)) {
                                if (!kernel->routes[i].ours)
                                        return "a route of somebody else is deleted";
                                remove_route(kernel, i);
                                return NULL;
                        }
                return NULL; /* it may have gone with its source, in this very plan */
        case NET_OP_ADD_RULE:
                if (!has_source(kernel, step->rule.from) && careful)
                        return "a rule for an address that is not there";
                for (size_t i = 0; i < kernel->n_rules; i++)
                        if (net_rule_equal(&kernel->rules[i], &step->rule))
                                return NULL;
                if (kernel->n_rules == NET_RULES_MAX)
                        return "more rules than a lease can ask for";
                kernel->rules[kernel->n_rules++] = step->rule;
                return NULL;
        case NET_OP_DEL_RULE:
                kernel->deletions++;
                for (size_t i = 0; i < kernel->n_rules; i++)
                        if (net_rule_equal(&kernel->rules[i], &step->rule)) {
                                kernel->rules[i] = kernel->rules[--kernel->n_rules];
                                return NULL;
                        }
                return careful ? "a rule is deleted that is not there" : NULL;
        case _NET_OP_MAX:
                break;
        }
        return "a step of no kind";
}

bool sim_kernel_has(const SimKernel *kernel, struct in_addr address) {
        for (size_t i = 0; i < kernel->n_addresses; i++)
                if (kernel->addresses[i].address.address.s_addr == address.s_addr &&
                    !kernel->addresses[i].foreign)
                        return true;
        return false;
}

bool sim_kernel_can_use(const SimKernel *kernel, struct in_addr address) {
        for (size_t i = 0; i < kernel->n_addresses; i++)
                if (kernel->addresses[i].address.address.s_addr == address.s_addr)
                        return true;
        return false;
}

bool sim_kernel_has_inherited(const SimKernel *kernel) {
        for (size_t i = 0; i < kernel->n_addresses; i++)
                if (kernel->addresses[i].inherited)
                        return true;
        return false;
}

void sim_kernel_inherit(SimKernel *kernel, const NetAddress *address) {
        if (kernel->n_addresses < SIM_KERNEL_MAX && !find_address(kernel, address))
                kernel->addresses[kernel->n_addresses++] =
                        (KernelAddress){ .address = *address, .foreign = true, .inherited = true };
}

void sim_kernel_others(const SimKernel *kernel, SimOthers *ret) {
        *ret = (SimOthers){};
        for (size_t i = 0; i < kernel->n_addresses; i++)
                if (kernel->addresses[i].foreign && !kernel->addresses[i].inherited)
                        ret->addresses[ret->n_addresses++] = kernel->addresses[i].address;
        for (size_t i = 0; i < kernel->n_routes && ret->n_routes < G_N_ELEMENTS(ret->routes); i++)
                if (!kernel->routes[i].ours)
                        ret->routes[ret->n_routes++] = kernel->routes[i];
}

const char *sim_kernel_miss_others(const SimKernel *kernel, const SimOthers *others) {
        size_t n = 0;

        for (size_t i = 0; i < kernel->n_addresses; i++)
                n += kernel->addresses[i].foreign && !kernel->addresses[i].inherited;
        if (n != others->n_addresses)
                return "somebody else has more addresses or fewer";
        for (size_t i = 0; i < others->n_addresses; i++) {
                const KernelAddress *found = find_address((SimKernel *) kernel, &others->addresses[i]);

                if (!found || !found->foreign ||
                    found->address.valid_until != others->addresses[i].valid_until)
                        return "an address of somebody else is gone or changed";
        }
        for (size_t i = 0; i < others->n_routes; i++) {
                const NetRoute *found = find_route(kernel, &others->routes[i]);

                if (has_source(kernel, others->routes[i].prefsrc) && (!found || found->ours))
                        return "a route of somebody else is gone";
        }
        return NULL;
}
