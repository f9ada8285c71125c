/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * From a lease to the configuration that it asks for. Pure.
 *
 * RFC 2132 §3.3, §3.5, §5.3 (mask, routers, broadcast), RFC 3442 (classless routes), RFC 3021 (/31).
 */
#include <arpa/inet.h>
#include <assert.h>
#include <string.h>

#include "base/ip.h"
#include "base/macro.h"
#include "net/net-config.h"
#include "wire/dhcp4-protocol.h"

static bool route_wanted(const NetPolicy *policy, const Dhcp4Route *route) {
        return route->prefix_len == 0 ? policy->use_gateway : policy->use_routes;
}

/*
 * Option 28 counts when it is the last address of the network or, as very old hosts had it, the first
 * (RFC 1122 §3.3.6). Anything else contradicts the mask, and the mask decides what is on the link. Returns
 * NULL, or why it does not count.
 */
static const char *check_broadcast(const Dhcp4Lease *lease, struct in_addr given) {
        if (lease->prefix_len == 0 || lease->prefix_len > 30)
                return "a network of one or two addresses has no broadcast address";
        if (!ip4_is_edge(given, lease->address, lease->prefix_len))
                return "neither the first nor the last address of the network";
        return given.s_addr == lease->address.s_addr ? "our own address" : NULL;
}

static struct in_addr broadcast_of(const Dhcp4Lease *lease, const Dhcp4Message *ack) {
        struct in_addr broadcast;

        if (dhcp4_message_get_addr(ack, DHCP4_OPTION_BROADCAST, &broadcast) == 0 &&
            !check_broadcast(lease, broadcast))
                return broadcast;
        broadcast = ip4_last(lease->address, lease->prefix_len);
        return check_broadcast(lease, broadcast) ? (struct in_addr){} : broadcast;
}

static bool has_route(const NetConfig *config, const NetRoute *route) {
        for (size_t i = 0; i < config->n_routes; i++)
                if (net_route_equal(&config->routes[i], route))
                        return true;
        return false;
}

static void add_route(NetConfig *config, const NetRoute *route) {
        if (has_route(config, route))
                return;
        assert(config->n_routes < NET_ROUTES_MAX);
        config->routes[config->n_routes++] = *route;
}

/* Is @gateway reached by one of the on-link routes wanted so far? A table is asked by itself, so what is in another one does not count. */
static bool is_on_link(const NetConfig *config, struct in_addr gateway, uint32_t table) {
        for (size_t i = 0; i < config->n_routes; i++) {
                const NetRoute *route = &config->routes[i];

                if (route->gateway.s_addr == 0 && route->table == table &&
                    ip4_is_within(gateway, route->dst, route->prefix_len))
                        return true;
        }
        return false;
}

/* Tunnels */

/* Strictly: a route is not within itself. */
static bool is_within(const NetTunnelRoute *route, const NetTunnelRoute *wider) {
        return route->prefix_len > wider->prefix_len &&
                ip4_is_within(route->dst, wider->dst, wider->prefix_len);
}

void net_tunnels_add(NetTunnels *tunnels, const NetTunnelRoute *route) {
        for (size_t i = 0; i < tunnels->n_routes; i++) {
                NetTunnelRoute *known = &tunnels->routes[i];

                if (is_within(route, known))
                        return;
                if (route->prefix_len != known->prefix_len || route->table != known->table ||
                    !ip4_is_within(route->dst, known->dst, known->prefix_len))
                        continue;
                /* What beats the one of the two that is easier to beat captures its traffic. */
                known->metric = MAX(known->metric, route->metric);
                return;
        }
        for (size_t i = tunnels->n_routes; i-- > 0;)
                if (is_within(&tunnels->routes[i], route))
                        tunnels->routes[i] = tunnels->routes[--tunnels->n_routes];
        if (tunnels->n_routes == NET_TUNNEL_ROUTES_MAX)
                net_tunnels_set_unknown(tunnels);
        else
                tunnels->routes[tunnels->n_routes++] = *route;
}

void net_tunnels_set_unknown(NetTunnels *tunnels) {
        /* A default route in a table that no route of ours can be in. */
        tunnels->routes[0] = (NetTunnelRoute){};
        tunnels->n_routes = 1;
}

static bool captures(const NetRoute *route, const NetTunnelRoute *tunnel) {
        if (route->prefix_len < tunnel->prefix_len ||
            !ip4_is_within(route->dst, tunnel->dst, tunnel->prefix_len))
                return false;
        if (route->prefix_len > tunnel->prefix_len)
                return true;
        return route->table == tunnel->table ? route->metric <= tunnel->metric : route->prefix_len > 0;
}

/* From routes of the lease to ours. */
typedef struct Maker {
        const Dhcp4Lease *lease;
        const NetPolicy *policy;
        const NetTunnels *tunnels;
        uint8_t option;        /* where routes but for routers come from */
        NetRoute base;         /* what all have in common */
        struct in_addr exempt; /* the gateway whose host route is fine; 0.0.0.0: none */
} Maker;

static bool captures_any(const Maker *maker, const NetRoute *route) {
        if (maker->policy->classless != NET_CLASSLESS_NO_OVERRIDE)
                return false;
        for (size_t i = 0; i < maker->tunnels->n_routes; i++)
                if (captures(route, &maker->tunnels->routes[i]))
                        return true;
        return false;
}

/* Option 33 cannot hold a default route: beside it, such a route is a router of option 3. */
static uint8_t option_of(const Maker *maker, const Dhcp4Route *route) {
        return route->prefix_len == 0 && maker->option == DHCP4_OPTION_STATIC_ROUTES ? DHCP4_OPTION_ROUTERS
                                                                                     : maker->option;
}

static NetRoute make_route(const Maker *maker, const Dhcp4Route *from) {
        NetRoute route = maker->base;

        route.dst = ip4_network(from->dst, from->prefix_len);
        route.prefix_len = from->prefix_len;
        route.gateway = from->gateway;
        if (maker->policy->classless == NET_CLASSLESS_TABLE &&
            option_of(maker, from) != DHCP4_OPTION_ROUTERS)
                route.table = maker->policy->classless_table;
        return route;
}

static NetRoute host_route(const NetRoute *through) {
        NetRoute host = *through;

        host.dst = through->gateway;
        host.prefix_len = 32;
        host.gateway.s_addr = 0;
        return host;
}

static uint32_t digest_bytes(uint32_t digest, const void *data, size_t len) {
        for (size_t i = 0; i < len; i++)
                digest = (digest ^ ((const uint8_t *) data)[i]) * 16777619u; /* FNV-1a */
        return digest;
}

static void refuse_of(uint8_t code, const Dhcp4Route *route, NetConfig *config) {
        NetRefusal *refusal;
        size_t i;

        for (i = 0; i < config->n_refusals && config->refusals[i].code != code; i++)
                ;
        assert(i < NET_REFUSALS_MAX);
        refusal = &config->refusals[i];
        if (i == config->n_refusals) {
                *refusal = (NetRefusal){ .code = code, .first = *route, .digest = 2166136261u };
                config->n_refusals++;
        }
        refusal->n_routes++;
        refusal->digest = digest_bytes(refusal->digest, &route->dst, sizeof(route->dst));
        refusal->digest = digest_bytes(refusal->digest, &route->prefix_len, sizeof(route->prefix_len));
        refusal->digest = digest_bytes(refusal->digest, &route->gateway, sizeof(route->gateway));
}

static void refuse(const Maker *maker, const Dhcp4Route *route, NetConfig *config) {
        refuse_of(option_of(maker, route), route, config);
}

/* A tunnel with such a route takes all there is: 0.0.0.0/0, or both halves of it. */
#define TUNNEL_OF_ALL_PREFIX_LEN 1u

bool net_tunnels_take_all(const NetTunnels *tunnels) {
        for (size_t i = 0; i < tunnels->n_routes; i++)
                if (tunnels->routes[i].prefix_len <= TUNNEL_OF_ALL_PREFIX_LEN)
                        return true;
        return false;
}

/* Returns true if @route, to the network of the lease, would take from a tunnel what a LAN has no claim to. */
static bool network_captures(const Maker *maker, const NetRoute *route) {
        if (maker->policy->classless == NET_CLASSLESS_ACCEPT || !dhcp4_lease_is_granted(maker->lease))
                return false;
        for (size_t i = 0; i < maker->tunnels->n_routes; i++) {
                const NetTunnelRoute *tunnel = &maker->tunnels->routes[i];

                if (captures(route, tunnel) &&
                    (tunnel->prefix_len > TUNNEL_OF_ALL_PREFIX_LEN ||
                     !ip4_is_private(route->dst, route->prefix_len)))
                        return true;
        }
        return false;
}

static void add_network(const Maker *maker, NetConfig *config) {
        const uint8_t prefix_len = maker->lease->prefix_len;
        const Dhcp4Route network = { .dst = ip4_network(maker->lease->address, prefix_len),
                                     .prefix_len = prefix_len };
        NetRoute route = maker->base;

        route.dst = network.dst;
        route.prefix_len = prefix_len;
        if (network_captures(maker, &route))
                refuse_of(DHCP4_OPTION_SUBNET_MASK, &network, config);
        else
                add_route(config, &route);
}

/* Routers of option 3 are not refused for what they are: every lease has a default route, and metrics decide between those. */
static bool is_refused(const Maker *maker, const Dhcp4Route *from, const NetRoute *route) {
        return option_of(maker, from) != DHCP4_OPTION_ROUTERS && captures_any(maker, route);
}

static void find_exempt(Maker *maker, const Dhcp4Route *routes, size_t n) {
        for (size_t i = 0; i < n; i++) {
                const NetRoute route = make_route(maker, &routes[i]);

                if (routes[i].prefix_len > 0 || routes[i].gateway.s_addr == 0 ||
                    !route_wanted(maker->policy, &routes[i]) || is_refused(maker, &routes[i], &route))
                        continue;
                maker->exempt = routes[i].gateway;
                return;
        }
}

static void add_route_onlink(const Maker *maker, const Dhcp4Route *from, NetConfig *config) {
        const NetRoute route = make_route(maker, from);

        /* Some servers list the network of the lease once more. */
        if (has_route(config, &route))
                return;
        if (is_refused(maker, from, &route))
                refuse(maker, from, config);
        else
                add_route(config, &route);
}

static void add_route_gateway(const Maker *maker, const Dhcp4Route *from, NetConfig *config) {
        const NetRoute route = make_route(maker, from), host = host_route(&route);
        const bool needs_host = !is_on_link(config, route.gateway, route.table);

        if (is_refused(maker, from, &route) ||
            (needs_host && route.gateway.s_addr != maker->exempt.s_addr && captures_any(maker, &host))) {
                refuse(maker, from, config);
                return;
        }
        if (needs_host)
                add_route(config, &host);
        add_route(config, &route);
}

void net_config_from_lease(const Dhcp4Lease *lease, const NetPolicy *policy, const NetTunnels *tunnels,
                           NetConfig *ret) {
        Dhcp4Route routes[DHCP4_LEASE_ROUTES_MAX + DHCP4_LEASE_ROUTERS_MAX];
        Dhcp4Message ack;
        Maker maker;
        size_t n;

        ret->n_addresses = 0;
        ret->n_routes = 0;
        ret->n_rules = 0;
        ret->n_refusals = 0;
        if (!lease)
                return;

        dhcp4_lease_message(lease, &ack);
        maker = (Maker){
                .lease = lease,
                .policy = policy,
                .tunnels = tunnels,
                .option = dhcp4_lease_routes_option(&ack),
                .base = {
                        .prefsrc = lease->address,
                        .ours = true,
                        .metric = policy->metric,
                        .table = policy->table,
                        .mtu = policy->use_mtu == NET_MTU_ROUTE ? dhcp4_lease_mtu(&ack, policy->mtu_min) : 0,
                },
        };

        ret->addresses[ret->n_addresses++] = (NetAddress){
                .address = lease->address,
                .prefix_len = lease->prefix_len,
                .broadcast = broadcast_of(lease, &ack),
                .valid_until = dhcp4_lease_expires_at(lease),
                .ours = true,
        };
        if (policy->rule_table != 0)
                ret->rules[ret->n_rules++] =
                        (NetRule){ .from = lease->address, .table = policy->rule_table, .ours = true };
        /* A mask of 0.0.0.0 would make the whole Internet a neighbour. Nobody means that. */
        if (lease->prefix_len > 0 && lease->prefix_len < 32)
                add_network(&maker, ret);

        if (policy->classless == NET_CLASSLESS_IGNORE) {
                maker.option = DHCP4_OPTION_STATIC_ROUTES; /* so that default routes are routers */
                n = dhcp4_lease_routers(lease, &ack, routes, ARRAY_SIZE(routes));
        } else
                n = dhcp4_lease_routes(lease, &ack, routes, ARRAY_SIZE(routes));
        find_exempt(&maker, routes, n);
        /* All on-link destinations first, wherever they stand in the option: the gateways are judged by them. */
        for (size_t i = 0; i < n; i++)
                if (routes[i].gateway.s_addr == 0 && route_wanted(policy, &routes[i]))
                        add_route_onlink(&maker, &routes[i], ret);
        for (size_t i = 0; i < n; i++)
                if (routes[i].gateway.s_addr != 0 && route_wanted(policy, &routes[i]))
                        add_route_gateway(&maker, &routes[i], ret);
}

/* Routes that the policy does not want. What is not used by RFC 3442 has its own reason. */
static void note_policy(const Dhcp4Lease *lease, const Dhcp4Message *ack, const NetPolicy *policy,
                        bool classless, Dhcp4Notes *notes) {
        const uint8_t code = classless ? dhcp4_lease_routes_option(ack) : DHCP4_OPTION_ROUTERS;
        const bool beside = code == DHCP4_OPTION_ROUTERS || code == DHCP4_OPTION_STATIC_ROUTES;

        if (!policy->use_routes && code != DHCP4_OPTION_ROUTERS && dhcp4_message_has(ack, code))
                dhcp4_notes_add(notes, code,
                                beside || dhcp4_lease_lacks_default(lease, ack)
                                        ? "not used: UseRoutes=no"
                                        : "only the default route is used: UseRoutes=no");
        if (!policy->use_gateway && beside && dhcp4_message_has(ack, DHCP4_OPTION_ROUTERS))
                dhcp4_notes_add(notes, DHCP4_OPTION_ROUTERS, "not used: UseGateway=no");
        if (!policy->use_gateway && !beside && !dhcp4_lease_lacks_default(lease, ack))
                dhcp4_notes_add(notes, code, "its default route is not used: UseGateway=no");
}

static void note_mtu(const Dhcp4Message *ack, const NetPolicy *policy, const NetConfig *config,
                     Dhcp4Notes *notes) {
        if (dhcp4_lease_mtu(ack, policy->mtu_min) == 0)
                return;
        if (policy->use_mtu == NET_MTU_NO)
                dhcp4_notes_add(notes, DHCP4_OPTION_MTU, "not used: UseMTU=no");
        else if (policy->use_mtu == NET_MTU_ROUTE && config->n_routes > 0 && config->routes[0].mtu == 0)
                dhcp4_notes_add(notes, DHCP4_OPTION_MTU, "not used: larger than the MTU of the link");
}

size_t net_config_ignored(const Dhcp4Lease *lease, const Dhcp4Message *ack, const NetPolicy *policy,
                          const NetConfig *config, Dhcp4Ignored *ret, size_t max) {
        static const uint8_t codes[] = { DHCP4_OPTION_CLASSLESS_ROUTES, DHCP4_OPTION_MS_CLASSLESS_ROUTES,
                                         DHCP4_OPTION_STATIC_ROUTES };
        const bool ignored = policy->classless == NET_CLASSLESS_IGNORE;
        Dhcp4Notes notes = { .entries = ret, .max = max };
        struct in_addr broadcast;

        for (size_t i = 0; ignored && i < ARRAY_SIZE(codes); i++)
                if (dhcp4_message_has(ack, codes[i]))
                        dhcp4_notes_add(&notes, codes[i], "not used: ClasslessRoutes=ignore");
        for (size_t i = 0; i < config->n_refusals; i++)
                dhcp4_notes_add(&notes, config->refusals[i].code,
                                config->refusals[i].code == DHCP4_OPTION_SUBNET_MASK
                                        ? "no route to the network: it would capture the traffic of a tunnel"
                                        : "routes not used: they would capture the traffic of a tunnel");
        note_policy(lease, ack, policy, /* classless= */ !ignored, &notes);
        note_mtu(ack, policy, config, &notes);
        if (dhcp4_message_get_addr(ack, DHCP4_OPTION_BROADCAST, &broadcast) == 0 &&
            check_broadcast(lease, broadcast))
                dhcp4_notes_add_address(&notes, DHCP4_OPTION_BROADCAST, broadcast,
                                        check_broadcast(lease, broadcast));
        dhcp4_lease_ignored(lease, ack, /* classless= */ !ignored, policy->mtu_min, &notes);
        return notes.n;
}

bool net_refusals_equal(const NetRefusal *a, size_t n_a, const NetRefusal *b, size_t n_b) {
        if (n_a != n_b)
                return false;
        for (size_t i = 0; i < n_a; i++)
                if (a[i].code != b[i].code || a[i].n_routes != b[i].n_routes || a[i].digest != b[i].digest)
                        return false;
        return true;
}

bool net_route_equal(const NetRoute *a, const NetRoute *b) {
        return a->dst.s_addr == b->dst.s_addr && a->prefix_len == b->prefix_len &&
                a->gateway.s_addr == b->gateway.s_addr && a->prefsrc.s_addr == b->prefsrc.s_addr &&
                a->metric == b->metric && a->table == b->table && a->mtu == b->mtu;
}
