/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * Addresses, routes and rules of one link, in the kernel's terms and of either family. What asks for them (a
 * DHCPv4 lease: core/dhcp4-net.h) is not known here. How the kernel gets there is net/net-plan.h.
 *
 * Layout: every object has room for IPv6 addresses in place, and says its family. That makes a NetConfig
 * three times as large as one of IPv4 alone, but it lives on the stack for a turn, and only its first
 * entries are ever touched. What lives longer is small: the kernel's records (io/kernel-internal.h) and a
 * lease's file (store/) have forms of their own. A NetConfig holds one family; each family has one.
 *
 * IPv6 routes: Linux merges two of them that have the same destination, source prefix, table and metric into
 * one route with two next hops, and forgets the preference and the lifetime of the second. So these four are
 * the key of an IPv6 route: a NetConfig never has two with one key (net_config_add_route()), a plan never
 * adds a second one (net/net-plan.c), and net_route_metric() gives each router of each link metrics of its
 * own. IPv4 has no such trap: there, routes that differ in anything live side by side.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/ip.h"
#include "base/usec.h"

/* As many as one DHCPv4 message can ask for. core/dhcp4-net.c asserts that they fit. */
#define NET_ROUTES_MAX    577u
#define NET_ADDRESSES_MAX 16u
#define NET_RULES_MAX     4u /* one is wanted; others may be left of configurations before */

/* Where duplicate address detection stands (RFC 4862 §5.4). IPv4 addresses are always ready. */
typedef enum NetDad {
        NET_DAD_READY,
        NET_DAD_TENTATIVE,  /* nothing can be sent from it yet */
        NET_DAD_OPTIMISTIC, /* the same, but it can be used already (RFC 4429) */
        NET_DAD_FAILED,     /* somebody else has it: it is there and of no use */
        _NET_DAD_MAX,
} NetDad;

/* NetAddress.flags. All are of IPv6. */
#define NET_ADDRESS_OPTIMISTIC 0x01u /* to be used before DAD is over; not compared afterwards */
#define NET_ADDRESS_MANAGE_TEMPORARY \
        0x02u /* the kernel makes temporary addresses of its prefix (RFC 8981) */

typedef struct NetAddress {
        IpAddress address;
        struct in_addr broadcast; /* 0.0.0.0: none; IPv6 has none */
        uint8_t family;           /* AF_INET or AF_INET6 */
        uint8_t prefix_len;
        uint8_t flags;
        uint8_t dad;        /* NetDad, of an actual address */
        usec_t valid_until; /* instant; the kernel drops the address then, even if we are dead */
        /* instant: no new connections from then on (RFC 4862 §5.5.4); IPv4: not looked at, as valid_until */
        usec_t preferred_until;
        bool ours; /* we added it, in this run or, by its record, in an earlier one */
} NetAddress;

typedef enum NetRouteType {
        NET_ROUTE_UNICAST,
        NET_ROUTE_UNREACHABLE, /* packets to it are refused; it has no gateway */
        _NET_ROUTE_TYPE_MAX,
} NetRouteType;

/* RFC 4191 §2.1. IPv4 routes are MEDIUM. */
typedef enum NetPreference {
        NET_PREFERENCE_MEDIUM,
        NET_PREFERENCE_HIGH,
        NET_PREFERENCE_LOW,
        _NET_PREFERENCE_MAX,
} NetPreference;

typedef struct NetRoute {
        IpAddress dst;
        IpAddress gateway; /* unset: on-link */
        IpAddress prefsrc; /* unset: the kernel chooses */
        IpAddress source;  /* IPv6: only packets from source/source_len take this route */
        uint8_t family;    /* AF_INET or AF_INET6 */
        uint8_t prefix_len;
        uint8_t source_len; /* 0: packets from anywhere */
        uint8_t type;       /* NetRouteType */
        uint8_t preference; /* NetPreference */
        bool ours;          /* as in NetAddress */
        uint32_t metric;
        uint32_t table; /* RT_TABLE_MAIN unless configured */
        uint32_t mtu;   /* bytes, RTAX_MTU; 0: the link's */
        /*
         * instant, IPv6: the kernel drops the route then. USEC_INFINITY: never; IPv4: not looked at, never
         */
        usec_t expires_at;
} NetRoute;

/* A policy rule: packets from that address look up routes in that table first. */
typedef struct NetRule {
        IpAddress from;
        uint32_t table;
        uint8_t family; /* AF_INET or AF_INET6 */
        bool ours;      /* as in NetAddress */
} NetRule;

/*
 * Addresses, routes and rules of one link. In a desired configuration all of them are ours. In an actual one
 * some may not be: somebody else put an object there that equals a desired one. It serves as it is, and
 * stays when it is desired no more. Nothing else that others have on the link is part of it.
 */
typedef struct NetConfig {
        NetAddress addresses[NET_ADDRESSES_MAX];
        size_t n_addresses;
        NetRoute routes[NET_ROUTES_MAX];
        size_t n_routes;
        NetRule rules[NET_RULES_MAX];
        size_t n_rules;
} NetConfig;

/* What the MTU that a network announces is used for. */
typedef enum NetMtuUse {
        NET_MTU_NO,
        NET_MTU_ROUTE, /* RTAX_MTU of every route */
        NET_MTU_LINK,  /* the interface's own, see net/mtu.h */
} NetMtuUse;

/* Empties @config. Entries behind the counts are not touched, because nobody reads them. */
void net_config_clear(NetConfig *config);

/* Returns the route of @config that equals @route (net_route_equal()), or NULL. */
const NetRoute *net_config_find_route(const NetConfig *config, const NetRoute *route);
/*
 * Adds @route if no equal one is there yet. There must be room. Returns false if an IPv6 route with the same
 * key is there and not equal: the two would become one, so the second needs another metric.
 */
bool net_config_add_route(NetConfig *config, const NetRoute *route);
/*
 * Returns true if @gateway is a neighbour: an on-link route of @config in @table leads to it, or it is a
 * link-local address of IPv6. Each table is looked up by itself, so routes in other tables do not count.
 */
bool net_config_is_on_link(const NetConfig *config, uint8_t family, const IpAddress *gateway,
                           uint32_t table);

/* Returns true if the kernel takes both for one address. In IPv6, the prefix length makes no difference. */
bool net_address_same(const NetAddress *a, const NetAddress *b);
/* Returns true if both are equal in everything but ours and expires_at. */
bool net_route_equal(const NetRoute *a, const NetRoute *b);
/* Returns true if one cannot be beside the other: they are equal, or IPv6 routes with the same key. */
bool net_route_same_key(const NetRoute *a, const NetRoute *b);
/* Returns true if @route is on-link: it has no gateway, and what it leads to can be reached. */
bool net_route_is_on_link(const NetRoute *route);
/* Returns the on-link host route to the gateway of @route, in the same table and with the same metric. */
NetRoute net_route_to_gateway(const NetRoute *route);
bool net_rule_equal(const NetRule *a, const NetRule *b);

/* Routers of one link that may have routes to the same destination. */
#define NET_METRIC_SLOTS_MAX 8u
#define NET_METRIC_BASE_MAX  ((1u << 20) - 1u)

/*
 * Returns the metric of an IPv6 route. @base is the metric of the link, 1024 + ifindex if nothing else is
 * configured; @slot is the router's, below NET_METRIC_SLOTS_MAX. Two routes get the same metric only if all
 * three are equal, so neither two routers of one link nor routers of two links are merged. A better
 * preference beats everything (RFC 4191 §3.2), then the smaller slot, then the smaller base. A @base above
 * NET_METRIC_BASE_MAX counts as that.
 */
uint32_t net_route_metric(uint32_t base, NetPreference preference, unsigned slot);
