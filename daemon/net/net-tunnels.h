/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * Where tunnels take traffic, and which routes of a link would take it from them.
 *
 * A network may list routes, and with them whoever answers for it could draw the traffic of a tunnel out of
 * the tunnel, because a narrower route wins (CVE-2024-3661, "TunnelVision"). This module only judges a
 * route. Which routes are judged, and what becomes of those that capture, is for the protocol that brings
 * them.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "net/net-config.h"

#define NET_TUNNEL_ROUTES_MAX 64u

typedef struct NetTunnelRoute {
        IpAddress dst;
        uint8_t family; /* AF_INET or AF_INET6; AF_UNSPEC: both, of net_tunnels_set_unknown() alone */
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
 * Returns true if a tunnel takes all traffic of a family that nothing narrower takes, or if the tunnels are
 * unknown.
 */
bool net_tunnels_take_all(const NetTunnels *tunnels);

/*
 * Returns true if @route would capture traffic of a tunnel. It does when it is narrower than a route of the
 * tunnel, in whatever table, because policy rules may look at the table of @route first (those of wg-quick
 * do). It also does when it is as wide as a route of the tunnel, and either has no greater metric in the
 * same table, or is in another table and no default route.
 */
bool net_tunnels_lose_to(const NetTunnels *tunnels, const NetRoute *route);
/*
 * The same for @route to the network of the link itself. A tunnel that takes all traffic does not count if
 * the addresses of the network are private: otherwise no LAN could be reached beside such a tunnel.
 */
bool net_tunnels_lose_to_network(const NetTunnels *tunnels, const NetRoute *route);
