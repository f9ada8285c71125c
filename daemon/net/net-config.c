/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Building and searching the configuration of a link (net/net-config.h). Pure.
 */
#include <assert.h>

#include "base/ip.h"
#include "net/net-config.h"

void net_config_clear(NetConfig *config) {
        config->n_addresses = 0;
        config->n_routes = 0;
        config->n_rules = 0;
}

bool net_config_has_route(const NetConfig *config, const NetRoute *route) {
        for (size_t i = 0; i < config->n_routes; i++)
                if (net_route_equal(&config->routes[i], route))
                        return true;
        return false;
}

void net_config_add_route(NetConfig *config, const NetRoute *route) {
        if (net_config_has_route(config, route))
                return;
        assert(config->n_routes < NET_ROUTES_MAX);
        config->routes[config->n_routes++] = *route;
}

bool net_config_is_on_link(const NetConfig *config, struct in_addr gateway, uint32_t table) {
        for (size_t i = 0; i < config->n_routes; i++) {
                const NetRoute *route = &config->routes[i];

                if (route->gateway.s_addr == 0 && route->table == table &&
                    ip4_is_within(gateway, route->dst, route->prefix_len))
                        return true;
        }
        return false;
}

bool net_route_equal(const NetRoute *a, const NetRoute *b) {
        return a->dst.s_addr == b->dst.s_addr && a->prefix_len == b->prefix_len &&
                a->gateway.s_addr == b->gateway.s_addr && a->prefsrc.s_addr == b->prefsrc.s_addr &&
                a->metric == b->metric && a->table == b->table && a->mtu == b->mtu;
}

NetRoute net_route_to_gateway(const NetRoute *route) {
        NetRoute host = *route;

        host.dst = route->gateway;
        host.prefix_len = 32;
        host.gateway.s_addr = 0;
        return host;
}
