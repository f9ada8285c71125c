/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * Knows where tunnels take traffic, and tells which routes of a link would take that traffic from them.
 *
 * A network may list routes. A narrower route wins, so whoever answers for the network could draw the
 * traffic of a tunnel out of the tunnel (CVE-2024-3661, "TunnelVision"). This module only judges a route.
 * The protocol that brings the routes decides which routes are judged, and what is done with those that
 * capture traffic.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "net/net-config.h"

#define NET_TUNNEL_ROUTES_MAX 64u

typedef struct NetTunnelRoute {
        IpAddress dst;
        uint8_t family; /* AF_INET or AF_INET6; AF_UNSPEC: both, only set by net_tunnels_set_unknown() */
        uint8_t prefix_len;
        uint32_t table, metric;
} NetTunnelRoute;

/*
 * The widest routes of all tunnels. Narrower ones within them are left out: a route that could capture the
 * traffic of a narrower one also captures traffic of the wider one.
 */
typedef struct NetTunnels {
        NetTunnelRoute routes[NET_TUNNEL_ROUTES_MAX];
        size_t n_routes;
} NetTunnels;

bool net_tunnel_route_equal(const NetTunnelRoute *a, const NetTunnelRoute *b);

/*
 * Adds @route; its host bits are ignored. @tunnels starts with n_routes 0. When there is no room left, this
 * does what net_tunnels_set_unknown() does.
 */
void net_tunnels_add(NetTunnels *tunnels, const NetTunnelRoute *route);
/*
 * Says that nobody knows what tunnels there are. Then all traffic counts as a tunnel's, and every route but
 * a default route captures some of it.
 */
void net_tunnels_set_unknown(NetTunnels *tunnels);

/*
 * Returns true if a tunnel takes all traffic of a family, except what narrower routes take, or if the
 * tunnels are unknown.
 */
bool net_tunnels_take_all(const NetTunnels *tunnels);

/*
 * Returns true if @route would capture traffic of a tunnel. It does if it is narrower than a route of the
 * tunnel, in whatever table, because policy rules may look at the table of @route first (those of wg-quick
 * do). It also does if it is as wide as a route of the tunnel, and either is in the same table with no
 * greater metric, or is in another table and no default route.
 */
bool net_tunnels_lose_to(const NetTunnels *tunnels, const NetRoute *route);
/*
 * Does the same as net_tunnels_lose_to(), for @route to the network of the link itself. If that network is
 * private, a tunnel that takes all traffic does not count: otherwise no LAN could be reached beside such a
 * tunnel.
 */
bool net_tunnels_lose_to_network(const NetTunnels *tunnels, const NetRoute *route);
