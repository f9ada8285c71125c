/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Addresses and routes of one link as Linux keeps them (sim.h): an address ends with its lifetime, routes that use it as their source go
 * with it, a gateway must be reachable when a route through it is added.
 */
#include <errno.h>

#include "tests/sim/sim.h"

void sim_kernel_del_address(SimKernel *kernel, size_t i) {
        const struct in_addr gone = kernel->addresses[i].address.address;

        kernel->addresses[i] = kernel->addresses[--kernel->n_addresses];
        for (size_t j = kernel->n_routes; j-- > 0;)
                if (kernel->routes[j].prefsrc.s_addr == gone.s_addr)
                        kernel->routes[j] = kernel->routes[--kernel->n_routes];
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
        for (size_t i = 0; i < kernel->n_routes; i++)
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

static bool has_source(const SimKernel *kernel, struct in_addr source) {
        for (size_t i = 0; i < kernel->n_addresses; i++)
                if (kernel->addresses[i].address.address.s_addr == source.s_addr)
                        return true;
        return source.s_addr == INADDR_ANY;
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
        if (kernel->n_routes == NET_ROUTES_MAX)
                return "more routes than a lease can ask for";
        kernel->routes[kernel->n_routes++] = *route;
        return NULL;
}

const char *sim_kernel_step(SimKernel *kernel, const NetStep *step, bool careful, int *ret_error) {
        *ret_error = 0;
        switch (step->op) {
        case NET_OP_DEL_ADDRESS:
                kernel->deletions++;
                for (size_t i = 0; i < kernel->n_addresses; i++)
                        if (&kernel->addresses[i] == find_address(kernel, &step->address)) {
                                if (kernel->addresses[i].foreign)
                                        return "an address of somebody else is deleted";
                                sim_kernel_del_address(kernel, i);
                                return NULL;
                        }
                return careful ? "an address is deleted that is not there" : NULL;
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
                                kernel->routes[i] = kernel->routes[--kernel->n_routes];
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

void sim_kernel_inherit(SimKernel *kernel, const NetAddress *address) {
        if (kernel->n_addresses < SIM_KERNEL_MAX && !find_address(kernel, address))
                kernel->addresses[kernel->n_addresses++] =
                        (KernelAddress){ .address = *address, .foreign = true, .inherited = true };
}
