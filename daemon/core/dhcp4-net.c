/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Turns a DHCPv4 lease into the configuration that it asks for (core/dhcp4-net.h). Pure.
 *
 * RFC 2132 §3.3, §3.5, §5.3 (mask, routers, broadcast), RFC 3442 (classless routes), RFC 3021 (/31).
 */
#include <arpa/inet.h>
#include <assert.h>

#include "base/ip.h"
#include "base/macro.h"
#include "core/dhcp4-net.h"
#include "wire/dhcp4-protocol.h"

/* Each route may need a host route for its gateway, and there is one prefix route. */
static_assert(NET_ROUTES_MAX >= 2u * (DHCP4_LEASE_ROUTES_MAX + DHCP4_LEASE_ROUTERS_MAX) + 1u,
              "a configuration has room for every route of a lease");

static bool route_wanted(const Dhcp4NetPolicy *policy, const Dhcp4Route *route) {
        return route->prefix_len == 0 ? policy->use_gateway : policy->use_routes;
}

/*
 * Returns NULL if option 28 counts, otherwise why not. It counts if it is the last address of the network
 * or, as on very old hosts, the first one (RFC 1122 §3.3.6). Anything else contradicts the mask, and the
 * mask decides what is on the link.
 */
static const char *check_broadcast(struct in_addr address, uint8_t prefix_len, struct in_addr given) {
        if (prefix_len == 0 || prefix_len > 30)
                return "a network of one or two addresses has no broadcast address";
        if (!ip4_is_edge(given, address, prefix_len))
                return "neither the first nor the last address of the network";
        return given.s_addr == address.s_addr ? "our own address" : NULL;
}

/* Returns the last address of the network, or 0.0.0.0 if that is no broadcast address. */
static struct in_addr default_broadcast(struct in_addr address, uint8_t prefix_len) {
        const struct in_addr last = ip4_last(address, prefix_len);

        return check_broadcast(address, prefix_len, last) ? (struct in_addr){} : last;
}

static struct in_addr broadcast_of(const Dhcp4Lease *lease, const Dhcp4Message *ack) {
        struct in_addr broadcast;

        if (dhcp4_message_get_addr(ack, DHCP4_OPTION_BROADCAST, &broadcast) == 0 &&
            !check_broadcast(lease->address, lease->prefix_len, broadcast))
                return broadcast;
        return default_broadcast(lease->address, lease->prefix_len);
}

/* Returns what all routes of an address have in common. */
static NetRoute base_route(struct in_addr address, const Dhcp4NetPolicy *policy) {
        return (NetRoute){
                .family = AF_INET,
                .prefsrc.v4 = address,
                .ours = true,
                .metric = policy->metric,
                .table = policy->table,
        };
}

/* Adds the address of @source, and the rule for it. */
static void add_address(const Dhcp4Source *source, struct in_addr broadcast, const Dhcp4NetPolicy *policy,
                        NetConfig *config) {
        config->addresses[config->n_addresses++] = (NetAddress){
                .family = AF_INET,
                .address.v4 = source->address,
                .prefix_len = source->prefix_len,
                .broadcast = broadcast,
                .valid_until = dhcp4_source_expires_at(source),
                .ours = true,
        };
        if (policy->rule_table != 0)
                config->rules[config->n_rules++] = (NetRule){ .family = AF_INET,
                                                              .from.v4 = source->address,
                                                              .table = policy->rule_table,
                                                              .ours = true };
}

/* What is needed to turn routes of the lease into ours. */
typedef struct Maker {
        const Dhcp4Lease *lease;
        const Dhcp4NetPolicy *policy;
        const NetTunnels *tunnels;
        NetConfig *config;
        Dhcp4NetRefusals *refusals;
        uint8_t option;        /* code of the option that routes other than routers come from */
        NetRoute base;         /* what all routes have in common */
        struct in_addr exempt; /* the gateway whose host route is never refused; 0.0.0.0: none */
} Maker;

static bool captures(const Maker *maker, const NetRoute *route) {
        return maker->policy->classless == DHCP4_CLASSLESS_NO_OVERRIDE &&
                net_tunnels_lose_to(maker->tunnels, route);
}

/*
 * Returns the code of the option that @route comes from. Option 33 cannot hold a default route, so a
 * default route beside it is a router of option 3.
 */
static uint8_t option_of(const Maker *maker, const Dhcp4Route *route) {
        return route->prefix_len == 0 && maker->option == DHCP4_OPTION_STATIC_ROUTES ? DHCP4_OPTION_ROUTERS
                                                                                     : maker->option;
}

static NetRoute make_route(const Maker *maker, const Dhcp4Route *from) {
        NetRoute route = maker->base;

        route.dst.v4 = ip4_network(from->dst, from->prefix_len);
        route.prefix_len = from->prefix_len;
        route.gateway.v4 = from->gateway;
        if (maker->policy->classless == DHCP4_CLASSLESS_TABLE &&
            option_of(maker, from) != DHCP4_OPTION_ROUTERS)
                route.table = maker->policy->classless_table;
        return route;
}

static uint32_t digest_bytes(uint32_t digest, const void *data, size_t len) {
        for (size_t i = 0; i < len; i++)
                digest = (digest ^ ((const uint8_t *) data)[i]) * 16777619u; /* FNV-1a */
        return digest;
}

static void refuse_of(const Maker *maker, uint8_t code, const Dhcp4Route *route) {
        Dhcp4NetRefusals *refusals = maker->refusals;
        Dhcp4NetRefusal *refusal;
        size_t i;

        for (i = 0; i < refusals->n && refusals->entries[i].code != code; i++)
                ;
        assert(i < DHCP4_NET_REFUSALS_MAX);
        refusal = &refusals->entries[i];
        if (i == refusals->n) {
                *refusal = (Dhcp4NetRefusal){ .code = code, .first = *route, .digest = 2166136261u };
                refusals->n++;
        }
        refusal->n_routes++;
        refusal->digest = digest_bytes(refusal->digest, &route->dst, sizeof(route->dst));
        refusal->digest = digest_bytes(refusal->digest, &route->prefix_len, sizeof(route->prefix_len));
        refusal->digest = digest_bytes(refusal->digest, &route->gateway, sizeof(route->gateway));
}

static void refuse(const Maker *maker, const Dhcp4Route *route) {
        refuse_of(maker, option_of(maker, route), route);
}

/*
 * Returns true if @route, to the network of the lease, is refused because it would capture a tunnel's
 * traffic. Nothing is refused with DHCP4_CLASSLESS_ACCEPT, or if no server granted the lease.
 */
static bool network_captures(const Maker *maker, const NetRoute *route) {
        return maker->policy->classless != DHCP4_CLASSLESS_ACCEPT && dhcp4_lease_is_granted(maker->lease) &&
                net_tunnels_lose_to_network(maker->tunnels, route);
}

static void add_network(const Maker *maker) {
        const uint8_t prefix_len = maker->lease->prefix_len;
        const Dhcp4Route network = { .dst = ip4_network(maker->lease->address, prefix_len),
                                     .prefix_len = prefix_len };
        NetRoute route = maker->base;

        route.dst.v4 = network.dst;
        route.prefix_len = prefix_len;
        if (network_captures(maker, &route))
                refuse_of(maker, DHCP4_OPTION_SUBNET_MASK, &network);
        else
                net_config_add_route(maker->config, &route);
}

/*
 * Returns true if @from is refused because it would capture a tunnel's traffic. Routers of option 3 are not
 * refused for that: every lease has a default route, and metrics decide between those.
 */
static bool is_refused(const Maker *maker, const Dhcp4Route *from, const NetRoute *route) {
        return option_of(maker, from) != DHCP4_OPTION_ROUTERS && captures(maker, route);
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

static void add_route_onlink(const Maker *maker, const Dhcp4Route *from) {
        const NetRoute route = make_route(maker, from);

        /* Some servers list the network of the lease again as a route. */
        if (net_config_find_route(maker->config, &route))
                return;
        if (is_refused(maker, from, &route))
                refuse(maker, from);
        else
                net_config_add_route(maker->config, &route);
}

static void add_route_gateway(const Maker *maker, const Dhcp4Route *from) {
        const NetRoute route = make_route(maker, from), host = net_route_to_gateway(&route);
        const bool needs_host = !net_config_is_on_link(maker->config, AF_INET, &route.gateway, route.table);

        if (is_refused(maker, from, &route) ||
            (needs_host && from->gateway.s_addr != maker->exempt.s_addr && captures(maker, &host))) {
                refuse(maker, from);
                return;
        }
        if (needs_host)
                net_config_add_route(maker->config, &host);
        net_config_add_route(maker->config, &route);
}

void dhcp4_net_config(const Dhcp4Lease *lease, const Dhcp4NetPolicy *policy, const NetTunnels *tunnels,
                      NetConfig *ret, Dhcp4NetRefusals *ret_refusals) {
        Dhcp4Route routes[DHCP4_LEASE_ROUTES_MAX + DHCP4_LEASE_ROUTERS_MAX];
        Dhcp4Source source;
        Dhcp4Message ack;
        Maker maker;
        size_t n;

        net_config_clear(ret, AF_INET);
        ret_refusals->n = 0;
        if (!lease)
                return;

        source = dhcp4_source_of_lease(lease);
        dhcp4_lease_message(lease, &ack);
        maker = (Maker){
                .lease = lease,
                .policy = policy,
                .tunnels = tunnels,
                .config = ret,
                .refusals = ret_refusals,
                .option = dhcp4_lease_routes_option(&ack),
                .base = base_route(lease->address, policy),
        };
        if (policy->use_mtu == NET_MTU_ROUTE)
                maker.base.mtu = dhcp4_lease_mtu(&ack, policy->mtu_min);

        add_address(&source, broadcast_of(lease, &ack), policy, ret);
        /* A mask of 0.0.0.0 would make the whole Internet a neighbour. Nobody means that. */
        if (lease->prefix_len > 0 && lease->prefix_len < 32)
                add_network(&maker);

        if (policy->classless == DHCP4_CLASSLESS_IGNORE) {
                /* so that default routes count as routers of option 3 */
                maker.option = DHCP4_OPTION_STATIC_ROUTES;
                n = dhcp4_lease_routers(lease, &ack, routes, ARRAY_SIZE(routes));
        } else
                n = dhcp4_lease_routes(lease, &ack, routes, ARRAY_SIZE(routes));
        find_exempt(&maker, routes, n);
        /*
         * On-link destinations come first, wherever they stand in the option, because they decide which
         * gateways are on the link.
         */
        for (size_t i = 0; i < n; i++)
                if (routes[i].gateway.s_addr == 0 && route_wanted(policy, &routes[i]))
                        add_route_onlink(&maker, &routes[i]);
        for (size_t i = 0; i < n; i++)
                if (routes[i].gateway.s_addr != 0 && route_wanted(policy, &routes[i]))
                        add_route_gateway(&maker, &routes[i]);
}

void dhcp4_net_own(const Dhcp4Source *own, const Dhcp4NetPolicy *policy, NetConfig *ret) {
        NetRoute route = base_route(own->address, policy);

        net_config_clear(ret, AF_INET);
        add_address(own, default_broadcast(own->address, own->prefix_len), policy, ret);
        if (own->prefix_len > 0 && own->prefix_len < 32) {
                route.dst.v4 = ip4_network(own->address, own->prefix_len);
                route.prefix_len = own->prefix_len;
                net_config_add_route(ret, &route);
        }
        if (!policy->use_gateway || own->router.s_addr == INADDR_ANY || dhcp4_source_check_router(own))
                return;
        route = base_route(own->address, policy);
        route.gateway.v4 = own->router;
        if (!net_config_is_on_link(ret, AF_INET, &route.gateway, route.table)) {
                const NetRoute host = net_route_to_gateway(&route);

                net_config_add_route(ret, &host);
        }
        net_config_add_route(ret, &route);
}

/*
 * Notes the routes that the policy does not want. dhcp4_lease_ignored() notes those that RFC 3442 excludes,
 * with their own reason.
 */
static void note_policy(const Dhcp4Lease *lease, const Dhcp4Message *ack, const Dhcp4NetPolicy *policy,
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

static void note_mtu(const Dhcp4Message *ack, const Dhcp4NetPolicy *policy, const NetConfig *config,
                     Dhcp4Notes *notes) {
        if (dhcp4_lease_mtu(ack, policy->mtu_min) == 0)
                return;
        if (policy->use_mtu == NET_MTU_NO)
                dhcp4_notes_add(notes, DHCP4_OPTION_MTU, "not used: UseMTU=no");
        else if (policy->use_mtu == NET_MTU_ROUTE && config->n_routes > 0 && config->routes[0].mtu == 0)
                dhcp4_notes_add(notes, DHCP4_OPTION_MTU, "not used: larger than the MTU of the link");
}

size_t dhcp4_net_ignored(const Dhcp4Lease *lease, const Dhcp4Message *ack, const Dhcp4NetPolicy *policy,
                         const NetConfig *config, const Dhcp4NetRefusals *refusals, Dhcp4Ignored *ret,
                         size_t max) {
        static const uint8_t codes[] = { DHCP4_OPTION_CLASSLESS_ROUTES, DHCP4_OPTION_MS_CLASSLESS_ROUTES,
                                         DHCP4_OPTION_STATIC_ROUTES };
        const bool ignored = policy->classless == DHCP4_CLASSLESS_IGNORE;
        Dhcp4Notes notes = { .entries = ret, .max = max };
        struct in_addr broadcast;

        for (size_t i = 0; ignored && i < ARRAY_SIZE(codes); i++)
                if (dhcp4_message_has(ack, codes[i]))
                        dhcp4_notes_add(&notes, codes[i], "not used: ClasslessRoutes=ignore");
        for (size_t i = 0; i < refusals->n; i++)
                dhcp4_notes_add(&notes, refusals->entries[i].code,
                                refusals->entries[i].code == DHCP4_OPTION_SUBNET_MASK
                                        ? "no route to the network: it would capture the traffic of a tunnel"
                                        : "routes not used: they would capture the traffic of a tunnel");
        note_policy(lease, ack, policy, /* classless= */ !ignored, &notes);
        note_mtu(ack, policy, config, &notes);
        if (dhcp4_message_get_addr(ack, DHCP4_OPTION_BROADCAST, &broadcast) == 0 &&
            check_broadcast(lease->address, lease->prefix_len, broadcast))
                dhcp4_notes_add_address(&notes, DHCP4_OPTION_BROADCAST, broadcast,
                                        check_broadcast(lease->address, lease->prefix_len, broadcast));
        dhcp4_lease_ignored(lease, ack, /* classless= */ !ignored, policy->mtu_min, &notes);
        return notes.n;
}

size_t dhcp4_net_own_ignored(const Dhcp4Source *own, const Dhcp4NetPolicy *policy, Dhcp4Ignored *ret,
                             size_t max) {
        const bool has_router = own->router.s_addr != INADDR_ANY;
        Dhcp4Notes notes = { .entries = ret, .max = max };

        if (has_router && !policy->use_gateway)
                dhcp4_notes_add(&notes, DHCP4_OPTION_ROUTERS, "not used: UseGateway=no");
        if (own->prefix_len == 0)
                dhcp4_notes_add_address(&notes, DHCP4_OPTION_SUBNET_MASK, (struct in_addr){},
                                        "it would make every host a neighbour");
        if (has_router && dhcp4_source_check_router(own))
                dhcp4_notes_add_address(&notes, DHCP4_OPTION_ROUTERS, own->router,
                                        dhcp4_source_check_router(own));
        return notes.n;
}

bool dhcp4_net_refusals_equal(const Dhcp4NetRefusals *a, const Dhcp4NetRefusals *b) {
        if (a->n != b->n)
                return false;
        for (size_t i = 0; i < a->n; i++)
                if (a->entries[i].code != b->entries[i].code ||
                    a->entries[i].n_routes != b->entries[i].n_routes ||
                    a->entries[i].digest != b->entries[i].digest)
                        return false;
        return true;
}
