/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Building, comparing and searching the objects of a link (net/net-config.h). Pure.
 */
#include <assert.h>

#include "base/macro.h"
#include "net/net-config.h"

#include <string.h>

void net_config_clear(NetConfig *config, uint8_t family) {
        config->family = family;
        config->n_addresses = 0;
        config->n_routes = 0;
        config->n_rules = 0;
}

void net_config_copy(NetConfig *ret, const NetConfig *config) {
        ret->family = config->family;
        memcpy(ret->addresses, config->addresses, config->n_addresses * sizeof(config->addresses[0]));
        ret->n_addresses = config->n_addresses;
        memcpy(ret->routes, config->routes, config->n_routes * sizeof(config->routes[0]));
        ret->n_routes = config->n_routes;
        memcpy(ret->rules, config->rules, config->n_rules * sizeof(config->rules[0]));
        ret->n_rules = config->n_rules;
}

const NetRoute *net_config_find_route(const NetConfig *config, const NetRoute *route) {
        for (size_t i = 0; i < config->n_routes; i++)
                if (net_route_equal(&config->routes[i], route))
                        return &config->routes[i];
        return NULL;
}

bool net_config_add_route(NetConfig *config, const NetRoute *route) {
        for (size_t i = 0; i < config->n_routes; i++)
                if (net_route_same_key(&config->routes[i], route))
                        return net_route_equal(&config->routes[i], route);
        assert(config->n_routes < NET_ROUTES_MAX && route->family == config->family);
        config->routes[config->n_routes++] = *route;
        return true;
}

bool net_config_is_on_link(const NetConfig *config, uint8_t family, const IpAddress *gateway,
                           uint32_t table) {
        if (family == AF_INET6 && ip6_is_link_local(&gateway->v6))
                return true;
        for (size_t i = 0; i < config->n_routes; i++) {
                const NetRoute *route = &config->routes[i];

                if (route->family == family && route->table == table && net_route_is_on_link(route) &&
                    ip_is_within(family, gateway, &route->dst, route->prefix_len))
                        return true;
        }
        return false;
}

void net_config_limit_mtu(NetConfig *config, uint32_t link_mtu) {
        for (size_t i = 0; link_mtu != 0 && i < config->n_routes; i++)
                if (config->routes[i].mtu > link_mtu)
                        config->routes[i].mtu = 0;
}

bool net_address_same(const NetAddress *a, const NetAddress *b) {
        return a->family == b->family && ip_equal(a->family, &a->address, &b->address) &&
                (a->family == AF_INET6 || a->prefix_len == b->prefix_len);
}

/* Compares what routes of both families have. */
static bool destination_equal(const NetRoute *a, const NetRoute *b) {
        return a->family == b->family && a->prefix_len == b->prefix_len && a->metric == b->metric &&
                a->table == b->table && ip_equal(a->family, &a->dst, &b->dst);
}

bool net_route_equal(const NetRoute *a, const NetRoute *b) {
        return destination_equal(a, b) && ip_equal(a->family, &a->gateway, &b->gateway) &&
                ip_equal(a->family, &a->prefsrc, &b->prefsrc) && a->mtu == b->mtu && a->type == b->type &&
                a->preference == b->preference && a->source_len == b->source_len &&
                (a->source_len == 0 || ip_equal(a->family, &a->source, &b->source));
}

bool net_route_same_key(const NetRoute *a, const NetRoute *b) {
        if (a->family != AF_INET6)
                return net_route_equal(a, b);
        return destination_equal(a, b) && a->source_len == b->source_len &&
                (a->source_len == 0 || ip_equal(AF_INET6, &a->source, &b->source));
}

bool net_route_is_on_link(const NetRoute *route) {
        return route->type == NET_ROUTE_UNICAST && ip_is_unset(route->family, &route->gateway);
}

NetRoute net_route_to_gateway(const NetRoute *route) {
        NetRoute host = *route;

        host.dst = route->gateway;
        host.prefix_len = ip_bits(route->family);
        host.gateway = (IpAddress){};
        return host;
}

bool net_rule_equal(const NetRule *a, const NetRule *b) {
        return a->family == b->family && ip_equal(a->family, &a->from, &b->from) && a->table == b->table;
}

uint32_t net_route_metric(uint32_t base, NetPreference preference, unsigned slot) {
        static const uint8_t ranks[_NET_PREFERENCE_MAX] = {
                [NET_PREFERENCE_HIGH] = 0,
                [NET_PREFERENCE_MEDIUM] = 1,
                [NET_PREFERENCE_LOW] = 2,
        };

        assert(slot < NET_METRIC_SLOTS_MAX && preference < _NET_PREFERENCE_MAX);
        return MIN(base, NET_METRIC_BASE_MAX) +
                (ranks[preference] * NET_METRIC_SLOTS_MAX + slot) * (NET_METRIC_BASE_MAX + 1u);
}
