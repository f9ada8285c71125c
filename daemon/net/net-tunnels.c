/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Where tunnels take traffic, and what would take it from them (net/net-tunnels.h). Pure.
 */
#include "net/net-tunnels.h"

#include "base/ip.h"
#include "base/macro.h"

bool net_tunnel_route_equal(const NetTunnelRoute *a, const NetTunnelRoute *b) {
        return a->family == b->family && ip_equal(a->family, &a->dst, &b->dst) &&
                a->prefix_len == b->prefix_len && a->table == b->table && a->metric == b->metric;
}

/* Returns true if a destination of @family is in the destination of @tunnel, or the same. */
static bool covers(const NetTunnelRoute *tunnel, uint8_t family, const IpAddress *dst, uint8_t prefix_len) {
        if (tunnel->family == AF_UNSPEC)
                return true;
        return tunnel->family == family && prefix_len >= tunnel->prefix_len &&
                ip_is_within(family, dst, &tunnel->dst, tunnel->prefix_len);
}

/* Returns true if @route is narrower than @wider and within it. A route is not within itself. */
static bool is_within(const NetTunnelRoute *route, const NetTunnelRoute *wider) {
        return route->prefix_len > wider->prefix_len &&
                covers(wider, route->family, &route->dst, route->prefix_len);
}

/*
 * Tells whether a tunnel with such a route takes all traffic. For IPv4 that is 0.0.0.0/0, or one of its
 * halves, which comes with the other. For IPv6, VPN programs also use the halves of 2000::/3, which is all
 * that is global today.
 */
static bool takes_all(const NetTunnelRoute *tunnel) {
        return tunnel->prefix_len <= (tunnel->family == AF_INET6 ? 4 : 1);
}

void net_tunnels_add(NetTunnels *tunnels, const NetTunnelRoute *route) {
        for (size_t i = 0; i < tunnels->n_routes; i++) {
                NetTunnelRoute *known = &tunnels->routes[i];

                if (is_within(route, known))
                        return;
                if (route->prefix_len != known->prefix_len || route->table != known->table ||
                    !covers(known, route->family, &route->dst, route->prefix_len))
                        continue;
                /*
                 * A route that beats only the greater metric already captures traffic, so the greater
                 * metric is kept.
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
        /* This is a default route of both families in table 0, where no route of ours can be. */
        tunnels->routes[0] = (NetTunnelRoute){};
        tunnels->n_routes = 1;
}

bool net_tunnels_take_all(const NetTunnels *tunnels) {
        for (size_t i = 0; i < tunnels->n_routes; i++)
                if (takes_all(&tunnels->routes[i]))
                        return true;
        return false;
}

static bool captures(const NetRoute *route, const NetTunnelRoute *tunnel) {
        if (!covers(tunnel, route->family, &route->dst, route->prefix_len))
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
                    (!takes_all(tunnel) || !ip_is_private(route->family, &route->dst, route->prefix_len)))
                        return true;
        }
        return false;
}
