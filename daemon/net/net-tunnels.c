/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Where tunnels take traffic, and what would take it from them (net/net-tunnels.h). Pure.
 */
#include "net/net-tunnels.h"

#include "base/ip.h"
#include "base/macro.h"

/* A tunnel with such a route takes all traffic: 0.0.0.0/0, or both halves of it. */
#define TUNNEL_OF_ALL_PREFIX_LEN 1u

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
                /*
                 * A route that beats the one with the greater metric captures traffic, so that metric
                 * counts.
                 */
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
        /* A default route in table 0, where no route of ours can be. */
        tunnels->routes[0] = (NetTunnelRoute){};
        tunnels->n_routes = 1;
}

bool net_tunnels_take_all(const NetTunnels *tunnels) {
        for (size_t i = 0; i < tunnels->n_routes; i++)
                if (tunnels->routes[i].prefix_len <= TUNNEL_OF_ALL_PREFIX_LEN)
                        return true;
        return false;
}

static bool captures(const NetRoute *route, const NetTunnelRoute *tunnel) {
        if (route->prefix_len < tunnel->prefix_len ||
            !ip4_is_within(route->dst, tunnel->dst, tunnel->prefix_len))
                return false;
        if (route->prefix_len > tunnel->prefix_len)
                return true;
        return route->table == tunnel->table ? route->metric <= tunnel->metric : route->prefix_len > 0;
}

bool net_tunnels_lose_to(const NetTunnels *tunnels, const NetRoute *route) {
        for (size_t i = 0; i < tunnels->n_routes; i++)
                if (captures(route, &tunnels->routes[i]))
                        return true;
        return false;
}

bool net_tunnels_lose_to_network(const NetTunnels *tunnels, const NetRoute *route) {
        for (size_t i = 0; i < tunnels->n_routes; i++) {
                const NetTunnelRoute *tunnel = &tunnels->routes[i];

                if (captures(route, tunnel) &&
                    (tunnel->prefix_len > TUNNEL_OF_ALL_PREFIX_LEN ||
                     !ip4_is_private(route->dst, route->prefix_len)))
                        return true;
        }
        return false;
}
