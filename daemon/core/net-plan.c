/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * From a lease to the configuration that it asks for, and from there to the steps that are missing.
 *
 * Pure: no clock and no memory of earlier plans. What was done before is seen in the actual state alone, so a failed
 * step, a restart and an administrator's own hand all lead to the same next plan.
 *
 * RFC 2132 §3.3, §3.5, §5.3 (mask, routers, broadcast), RFC 3442 (classless routes), RFC 3021 (/31).
 */
#include <arpa/inet.h>
#include <assert.h>
#include <string.h>

#include "base/macro.h"
#include "core/net-plan.h"
#include "wire/dhcp4-protocol.h"

static uint32_t mask_of(uint8_t prefix_len) {
        return prefix_len == 0 ? 0 : UINT32_MAX << (32 - prefix_len);
}

static struct in_addr network_of(struct in_addr address, uint8_t prefix_len) {
        return (struct in_addr){ .s_addr = address.s_addr & htonl(mask_of(prefix_len)) };
}

static bool in_network(struct in_addr address, struct in_addr dst, uint8_t prefix_len) {
        return network_of(address, prefix_len).s_addr == network_of(dst, prefix_len).s_addr;
}

/* Loopback, "this network", multicast or the limited broadcast address: nobody that can be reached over a link. */
static bool is_special(struct in_addr address) {
        const uint32_t a = ntohl(address.s_addr);

        return a >> 24 == 0 || a >> 24 == IN_LOOPBACKNET || IN_MULTICAST(a) || a == INADDR_BROADCAST;
}

/* A wide destination such as 0.0.0.0/1 or 128.0.0.0/1 covers special addresses too, and is fine. */
static bool destination_usable(const Dhcp4Route *route) {
        const uint32_t a = ntohl(route->dst.s_addr);

        if (route->prefix_len > 32)
                return false;
        if (route->prefix_len >= 8 && (a >> 24 == IN_LOOPBACKNET || a >> 24 == 0))
                return false;
        if (route->prefix_len >= 4 && IN_MULTICAST(a))
                return false;
        return route->prefix_len < 32 || a != INADDR_BROADCAST;
}

/* First or last address of the lease's own network: the kernel refuses it as a gateway. /31 has neither (RFC 3021). */
static bool is_network_edge(const Dhcp4Lease *lease, struct in_addr address) {
        const uint32_t host_bits = ~mask_of(lease->prefix_len), a = ntohl(address.s_addr);

        if (lease->prefix_len == 0 || lease->prefix_len > 30 ||
            !in_network(address, lease->address, lease->prefix_len))
                return false;
        return (a & host_bits) == 0 || (a & host_bits) == host_bits;
}

static bool gateway_usable(const Dhcp4Lease *lease, struct in_addr gateway) {
        return !is_special(gateway) && gateway.s_addr != lease->address.s_addr &&
                !is_network_edge(lease, gateway);
}

static bool route_wanted(const Dhcp4Lease *lease, const NetPolicy *policy, const Dhcp4Route *route) {
        if (route->prefix_len == 0 ? !policy->use_gateway : !policy->use_routes)
                return false;
        if (!destination_usable(route))
                return false;
        return route->gateway.s_addr == 0 || gateway_usable(lease, route->gateway);
}

/*
 * Option 28 counts when it is the last address of the network or, as very old hosts had it, the first
 * (RFC 1122 §3.3.6). Anything else contradicts the mask, and the mask decides what is on the link.
 */
static struct in_addr broadcast_of(const Dhcp4Lease *lease, const Dhcp4Message *ack) {
        const struct in_addr none = { 0 };
        struct in_addr broadcast, given;

        if (lease->prefix_len == 0 || lease->prefix_len > 30)
                return none;
        broadcast.s_addr = lease->address.s_addr | htonl(~mask_of(lease->prefix_len));
        if (dhcp4_message_get_addr(ack, DHCP4_OPTION_BROADCAST, &given) == 0 &&
            is_network_edge(lease, given))
                broadcast = given;
        return broadcast.s_addr == lease->address.s_addr ? none : broadcast;
}

static void add_route(NetConfig *config, const NetRoute *route) {
        for (size_t i = 0; i < config->n_routes; i++)
                if (net_route_equal(&config->routes[i], route))
                        return;
        assert(config->n_routes < NET_ROUTES_MAX);
        config->routes[config->n_routes++] = *route;
}

/* Is @gateway reached by one of the on-link routes wanted so far? */
static bool is_on_link(const NetConfig *config, struct in_addr gateway) {
        for (size_t i = 0; i < config->n_routes; i++) {
                const NetRoute *route = &config->routes[i];

                if (route->gateway.s_addr == 0 && in_network(gateway, route->dst, route->prefix_len))
                        return true;
        }
        return false;
}

void net_config_from_lease(const Dhcp4Lease *lease, const NetPolicy *policy, NetConfig *ret) {
        Dhcp4Route routes[DHCP4_LEASE_ROUTES_MAX + DHCP4_LEASE_ROUTERS_MAX];
        Dhcp4Message ack;
        NetRoute base;
        size_t n;

        ret->n_addresses = 0;
        ret->n_routes = 0;
        if (!lease)
                return;

        dhcp4_lease_message(lease, &ack);
        base = (NetRoute){
                .prefsrc = lease->address,
                .metric = policy->metric,
                .table = policy->table,
                .mtu = policy->use_mtu == NET_MTU_ROUTE ? dhcp4_lease_mtu(&ack, policy->mtu_min) : 0,
        };

        ret->addresses[ret->n_addresses++] = (NetAddress){
                .address = lease->address,
                .prefix_len = lease->prefix_len,
                .broadcast = broadcast_of(lease, &ack),
                .valid_until = dhcp4_lease_expires_at(lease),
                .ours = true,
        };
        /* A mask of 0.0.0.0 would make the whole Internet a neighbour. Nobody means that. */
        if (lease->prefix_len > 0 && lease->prefix_len < 32) {
                NetRoute route = base;

                route.dst = network_of(lease->address, lease->prefix_len);
                route.prefix_len = lease->prefix_len;
                add_route(ret, &route);
        }

        n = dhcp4_lease_routes(&ack, routes, ARRAY_SIZE(routes));
        /* All on-link destinations first, wherever they stand in the option: the gateways are judged by them. */
        for (size_t i = 0; i < n; i++) {
                NetRoute route = base;

                if (routes[i].gateway.s_addr != 0 || !route_wanted(lease, policy, &routes[i]))
                        continue;
                route.dst = network_of(routes[i].dst, routes[i].prefix_len);
                route.prefix_len = routes[i].prefix_len;
                add_route(ret, &route);
        }
        for (size_t i = 0; i < n; i++) {
                NetRoute route = base;

                if (routes[i].gateway.s_addr == 0 || !route_wanted(lease, policy, &routes[i]))
                        continue;
                if (!is_on_link(ret, routes[i].gateway)) {
                        NetRoute host = base;

                        host.dst = routes[i].gateway;
                        host.prefix_len = 32;
                        add_route(ret, &host);
                }
                route.dst = network_of(routes[i].dst, routes[i].prefix_len);
                route.prefix_len = routes[i].prefix_len;
                route.gateway = routes[i].gateway;
                add_route(ret, &route);
        }
}

bool net_route_equal(const NetRoute *a, const NetRoute *b) {
        return a->dst.s_addr == b->dst.s_addr && a->prefix_len == b->prefix_len &&
                a->gateway.s_addr == b->gateway.s_addr && a->prefsrc.s_addr == b->prefsrc.s_addr &&
                a->metric == b->metric && a->table == b->table && a->mtu == b->mtu;
}

static bool has_route(const NetConfig *config, const NetRoute *route) {
        for (size_t i = 0; i < config->n_routes; i++)
                if (net_route_equal(&config->routes[i], route))
                        return true;
        return false;
}

/* The kernel's own notion of "the same address": all else can only be had by removing it first. */
static const NetAddress *find_address(const NetConfig *config, const NetAddress *address) {
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

static bool address_is_stale(const NetConfig *desired, const NetAddress *actual) {
        const NetAddress *wanted;

        if (!actual->ours)
                return false;
        wanted = find_address(desired, actual);
        return !wanted || wanted->broadcast.s_addr != actual->broadcast.s_addr;
}

/* Everybody else's address that equals a desired one serves us as it is. */
static bool address_is_satisfied(const NetConfig *actual, const NetAddress *wanted) {
        const NetAddress *found = find_address(actual, wanted);

        if (!found)
                return false;
        if (!found->ours)
                return true;
        return found->broadcast.s_addr == wanted->broadcast.s_addr &&
                lifetime_equal(found->valid_until, wanted->valid_until);
}

/*
 * With the last address of that value the kernel drops the routes that prefer it as source, in silence. They are asked for
 * again in the same plan, or they would be missing until somebody looks; one that did survive is answered with EEXIST.
 */
static bool route_loses_source(const NetConfig *desired, const NetConfig *actual, const NetRoute *route) {
        for (size_t i = 0; i < actual->n_addresses; i++)
                if (actual->addresses[i].address.s_addr == route->prefsrc.s_addr &&
                    address_is_stale(desired, &actual->addresses[i]))
                        return true;
        return false;
}

static NetStep *add_step(NetPlan *plan, NetOp op) {
        NetStep *step;

        assert(plan->n_steps < NET_PLAN_MAX);
        step = &plan->steps[plan->n_steps++];
        step->op = op;
        return step;
}

static void plan_routes(const NetConfig *desired, const NetConfig *actual, NetOp op, NetPlan *plan) {
        for (size_t i = 0; i < desired->n_routes; i++) {
                const NetRoute *route = &desired->routes[i];

                if ((route->gateway.s_addr == 0) != (op == NET_OP_ADD_ROUTE_ONLINK))
                        continue;
                if (!has_route(actual, route) || route_loses_source(desired, actual, route))
                        add_step(plan, op)->route = *route;
        }
}

void net_plan_compute(const NetConfig *desired, const NetConfig *actual, NetPlan *ret) {
        ret->n_steps = 0;

        for (size_t i = 0; i < actual->n_addresses; i++)
                if (address_is_stale(desired, &actual->addresses[i]))
                        add_step(ret, NET_OP_DEL_ADDRESS)->address = actual->addresses[i];
        for (size_t i = 0; i < desired->n_addresses; i++)
                if (!address_is_satisfied(actual, &desired->addresses[i]))
                        add_step(ret, NET_OP_ADD_ADDRESS)->address = desired->addresses[i];
        plan_routes(desired, actual, NET_OP_ADD_ROUTE_ONLINK, ret);
        plan_routes(desired, actual, NET_OP_ADD_ROUTE_GATEWAY, ret);
        for (size_t i = 0; i < actual->n_routes; i++)
                if (!has_route(desired, &actual->routes[i]))
                        add_step(ret, NET_OP_DEL_ROUTE)->route = actual->routes[i];
}
