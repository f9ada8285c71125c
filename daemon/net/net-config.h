/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * What a lease asks for: IPv4 addresses and routes of one link, in the kernel's terms. How to get there is net/net-plan.h.
 *
 * A server may list routes (options 121, 249 and 33), and with them whoever speaks DHCP on a link could draw the traffic of a tunnel out of
 * it: a route that is narrower than the tunnel's wins (CVE-2024-3661, "TunnelVision"). So what such routes may do is a policy, and the
 * default refuses those that would capture a tunnel's traffic.
 */
#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/usec.h"
#include "core/dhcp4-lease.h"

/* Every route of the lease may bring an on-link host route for its gateway; plus the prefix route. */
#define NET_ROUTES_MAX        (2u * (DHCP4_LEASE_ROUTES_MAX + DHCP4_LEASE_ROUTERS_MAX) + 1u)
#define NET_ADDRESSES_MAX     16u
#define NET_RULES_MAX         4u /* one is wanted; others may be left of leases before */
#define NET_TUNNEL_ROUTES_MAX 64u
#define NET_REFUSALS_MAX      3u /* options that are used side by side: 33 and 3; and 1, the network itself */

typedef struct NetAddress {
        struct in_addr address;
        uint8_t prefix_len;
        struct in_addr broadcast; /* 0.0.0.0: none */
        usec_t valid_until;       /* instant; the kernel drops the address then, even if we are dead */
        bool ours;                /* we added it, in this run or, by its record, in an earlier one */
} NetAddress;

typedef struct NetRoute {
        struct in_addr dst;
        uint8_t prefix_len;
        bool ours;              /* as in NetAddress */
        struct in_addr gateway; /* 0.0.0.0: on-link */
        struct in_addr prefsrc;
        uint32_t metric;
        uint32_t table; /* RT_TABLE_MAIN unless configured */
        uint32_t mtu;   /* bytes, RTAX_MTU; 0: the link's */
} NetRoute;

/* A policy rule: packets from that address look up routes in that table first. */
typedef struct NetRule {
        struct in_addr from;
        uint32_t table;
        bool ours; /* as in NetAddress */
} NetRule;

/* Routes of one option that are not used, because they would capture a tunnel's traffic. */
typedef struct NetRefusal {
        uint8_t code; /* of the option; 1: the network of the lease, which its mask makes */
        uint16_t n_routes;
        Dhcp4Route first;
        uint32_t digest; /* of all of them: another set has, most likely, another one */
} NetRefusal;

/*
 * Addresses, routes and rules of one link. In a desired configuration all of them are ours. In an actual one
 * some may not be: somebody else put an object there that equals a desired one. It serves as it is and stays
 * when the lease goes. Nothing else that others have on the link is part of it.
 */
typedef struct NetConfig {
        NetAddress addresses[NET_ADDRESSES_MAX];
        size_t n_addresses;
        NetRoute routes[NET_ROUTES_MAX];
        size_t n_routes;
        NetRule rules[NET_RULES_MAX];
        size_t n_rules;
        /* Of a configuration that is desired: what the lease asks for, too, and does not get. */
        NetRefusal refusals[NET_REFUSALS_MAX];
        size_t n_refusals;
} NetConfig;

/* What option 26 is good for. */
typedef enum NetMtuUse {
        NET_MTU_NO,
        NET_MTU_ROUTE, /* RTAX_MTU of every route of the lease */
        NET_MTU_LINK,  /* the interface's own, see net/mtu.h */
} NetMtuUse;

/* What becomes of routes of options 121, 249 and 33. Routers of option 3 are none of them. */
typedef enum NetClassless {
        NET_CLASSLESS_NO_OVERRIDE, /* used, but for those that would capture a tunnel's traffic */
        NET_CLASSLESS_ACCEPT,      /* used */
        NET_CLASSLESS_TABLE, /* used, in a table of their own, which only rules of the administrator look at */
        NET_CLASSLESS_IGNORE, /* not used: option 3 is, as if they were not there */
        _NET_CLASSLESS_MAX,
} NetClassless;

typedef struct NetPolicy { /* from configuration */
        /*
         * Nothing of the lease is put on the link; others do that, if anybody. The rest of the policy says
         * what the lease asks for all the same, since they are told.
         */
        bool lease_only;
        uint32_t metric;
        uint32_t table;
        NetClassless classless;
        uint32_t classless_table; /* of NET_CLASSLESS_TABLE */
        uint32_t rule_table; /* where a rule sends what comes from the leased address; 0: there is no rule */
        bool use_routes;     /* options 33, 121, 249 but for their default routes */
        bool use_gateway;    /* default routes */
        NetMtuUse use_mtu;
        uint16_t mtu_min; /* bytes: a smaller option 26 is not used */
} NetPolicy;

typedef struct NetTunnelRoute {
        struct in_addr dst;
        uint8_t prefix_len;
        uint32_t table, metric;
} NetTunnelRoute;

/* Where tunnels take traffic: the widest of their routes, since what could capture the traffic of a narrower one captures that of the wider as well. */
typedef struct NetTunnels {
        NetTunnelRoute routes[NET_TUNNEL_ROUTES_MAX];
        size_t n_routes;
} NetTunnels;

/* More than there is room for counts as net_tunnels_set_unknown(). @tunnels starts with n_routes 0; host bits of @route are ignored. */
void net_tunnels_add(NetTunnels *tunnels, const NetTunnelRoute *route);
/* Nobody knows what tunnels there are: as if all traffic went through one. Default routes are left, which decide nothing that rules do not. */
void net_tunnels_set_unknown(NetTunnels *tunnels);

/* Returns true if a tunnel takes all traffic that nothing narrower takes, or if nobody knows that none does. */
bool net_tunnels_take_all(const NetTunnels *tunnels);

/*
 * @lease may be NULL: then nothing of ours is wanted. The prefix route is ours too, with @policy's metric and table
 * (addresses are added with IFA_F_NOPREFIXROUTE), none for a /32. A gateway outside every on-link destination of its table gets a
 * host route of its own (RFC 3442 and many clouds).
 *
 * @tunnels counts for routes with NET_CLASSLESS_NO_OVERRIDE alone. A route captures a tunnel's traffic when it is narrower than one of the
 * tunnel's, in whatever table, since rules may look at ours first (as those of wg-quick do); or when it is equal to one, and its
 * metric in the same table is not greater, or it is no default route and in another table. The host route of a gateway counts as well.
 * One gateway, that of the first default route, may have it all the same, or a host whose address is a /32 could not reach what its
 * tunnel runs over.
 *
 * The network of a lease that a server granted is such a route, too, since the server chooses address and mask. Where it
 * would capture a tunnel's traffic, there is no prefix route, and what is left is as with a /32: the host route of that
 * gateway and the default route. A tunnel that takes all traffic (0.0.0.0/0 or its halves) does not count against a
 * network of private addresses: there every LAN would be one. With NET_CLASSLESS_ACCEPT nothing is refused.
 */
void net_config_from_lease(const Dhcp4Lease *lease, const NetPolicy *policy, const NetTunnels *tunnels,
                           NetConfig *ret);

/*
 * Options of @ack, the answer of @lease that @config was made of under @policy, that are present and not
 * used, or not in full: those of dhcp4_lease_ignored(), and what the policy refuses. There is room for all
 * in DHCP4_LEASE_IGNORED_MAX entries. Returns how many were stored.
 */
size_t net_config_ignored(const Dhcp4Lease *lease, const Dhcp4Message *ack, const NetPolicy *policy,
                          const NetConfig *config, Dhcp4Ignored *ret, size_t max);

/* Do both refuse the same routes? */
bool net_refusals_equal(const NetRefusal *a, size_t n_a, const NetRefusal *b, size_t n_b);

bool net_route_equal(const NetRoute *a, const NetRoute *b);

static inline bool net_rule_equal(const NetRule *a, const NetRule *b) {
        return a->from.s_addr == b->from.s_addr && a->table == b->table;
}
