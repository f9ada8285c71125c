/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * Addresses, routes and rules of one link, in the kernel's terms and of either family. This module does not
 * know what asks for them (a DHCPv4 lease: core/dhcp4-net.h). net/net-plan.h finds the steps that bring the
 * kernel there.
 *
 * Layout: every object has room for IPv6 addresses in place, and says its family. So a NetConfig is three
 * times as large as one for IPv4 alone. But it only lives on the stack for one turn, and only its first
 * entries are ever touched. What lives longer has smaller forms of its own: the kernel's records
 * (io/kernel-internal.h) and the file of a lease (store/). A NetConfig holds one family; each family has
 * its own.
 *
 * IPv6 routes: Linux merges two routes that have the same destination, source prefix, table and metric.
 * They become one route with two next hops, and the preference and lifetime of the second are lost. So
 * these four values are the key of an IPv6 route. A NetConfig never has two routes with one key
 * (net_config_add_route()), a plan never adds a second one (net/net-plan.c), and net_route_metric() gives
 * each router of each link metrics of its own. IPv4 has no such problem: routes that differ in anything
 * exist side by side.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/ip.h"
#include "base/usec.h"

/* As many as one DHCPv4 message can ask for. core/dhcp4-net.c asserts that they fit. */
#define NET_ROUTES_MAX    577u
#define NET_ADDRESSES_MAX 16u
#define NET_RULES_MAX     4u /* one is wanted; others may be left from earlier configurations */

/* Where duplicate address detection stands (RFC 4862 §5.4). IPv4 addresses are always ready. */
typedef enum NetDad {
        NET_DAD_READY,
        NET_DAD_TENTATIVE,  /* nothing can be sent from it yet */
        NET_DAD_OPTIMISTIC, /* not finished either, but the address can be used already (RFC 4429) */
        NET_DAD_FAILED,     /* another host has the address; it is on the link, but of no use */
        _NET_DAD_MAX,
} NetDad;

/* Flags for NetAddress.flags. All are for IPv6 only. */
/* the address may be used before DAD has finished; the flag is not compared later */
#define NET_ADDRESS_OPTIMISTIC 0x01u
/* the kernel makes temporary addresses from the prefix of this one (RFC 8981) */
#define NET_ADDRESS_MANAGE_TEMPORARY 0x02u

typedef struct NetAddress {
        IpAddress address;
        struct in_addr broadcast; /* 0.0.0.0: none; IPv6 has none */
        uint8_t family;           /* AF_INET or AF_INET6 */
        uint8_t prefix_len;
        uint8_t flags;
        uint8_t dad; /* NetDad, of an actual address */
        /* instant; the kernel removes the address then, even if the daemon does not run */
        usec_t valid_until;
        /*
         * Instant: no new connections use the address from then on (RFC 4862 §5.5.4). For IPv4 it is not
         * looked at: valid_until counts.
         */
        usec_t preferred_until;
        bool ours; /* we added it: in this run or, as its record says, in an earlier one */
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
         * Instant: the kernel removes an IPv6 route then. USEC_INFINITY: never. It is not looked at for
         * IPv4, where it means never.
         */
        usec_t expires_at;
} NetRoute;

/* A policy rule: for packets from the address, the kernel looks up the table first. */
typedef struct NetRule {
        IpAddress from;
        uint32_t table;
        uint8_t family; /* AF_INET or AF_INET6 */
        bool ours;      /* as in NetAddress */
} NetRule;

/*
 * Addresses, routes and rules of one link. In a desired configuration all of them are ours. In an actual
 * one some may belong to somebody else, who put an object there that equals a desired one. We use that
 * object as it is, and leave it there when it is no longer desired. Other objects of others on the link are
 * not part of a NetConfig.
 */
typedef struct NetConfig {
        uint8_t family; /* AF_INET or AF_INET6: of everything in it, and of what it says is not there */
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

/* Makes @config an empty one of @family. Entries behind the counts are not touched: nobody reads them. */
void net_config_clear(NetConfig *config, uint8_t family);
/* Stores a copy of @config. Touches only what is in it: a whole NetConfig is fourteen pages of memory. */
void net_config_copy(NetConfig *ret, const NetConfig *config);

/* Returns the route of @config that equals @route (net_route_equal()), or NULL. */
const NetRoute *net_config_find_route(const NetConfig *config, const NetRoute *route);
/*
 * Adds @route if no equal one is there yet. There must be room. Returns false, and adds nothing, if a
 * different IPv6 route with the same key is there. The kernel would merge the two, so the second one needs
 * another metric.
 */
bool net_config_add_route(NetConfig *config, const NetRoute *route);
/*
 * Returns true if @gateway is a neighbour: an on-link route of @config in @table leads to it, or it is a
 * link-local address of IPv6. Routes in other tables do not count, because the kernel looks up each table
 * on its own.
 */
bool net_config_is_on_link(const NetConfig *config, uint8_t family, const IpAddress *gateway,
                           uint32_t table);

/*
 * Takes the MTU off routes that have a larger one than their link, @link_mtu bytes; 0: not known, nothing is
 * changed. Linux would use the MTU of the route, and larger packets would be lost. A link that runs over a
 * tunnel has a smaller MTU than its server or router knows of.
 */
void net_config_limit_mtu(NetConfig *config, uint32_t link_mtu);

/* Returns true if the kernel takes both for one address. In IPv6, the prefix length makes no difference. */
bool net_address_same(const NetAddress *a, const NetAddress *b);
/* Returns true if both are equal in everything but ours and expires_at. */
bool net_route_equal(const NetRoute *a, const NetRoute *b);
/*
 * Returns true if both routes cannot exist side by side: they are equal, or are IPv6 routes with the same
 * key.
 */
bool net_route_same_key(const NetRoute *a, const NetRoute *b);
/* Returns true if @route is on-link: it has no gateway, and what it leads to can be reached. */
bool net_route_is_on_link(const NetRoute *route);
/* Returns the on-link host route to the gateway of @route, in the same table and with the same metric. */
NetRoute net_route_to_gateway(const NetRoute *route);
bool net_rule_equal(const NetRule *a, const NetRule *b);

/* The most routers of one link that may have routes to the same destination. */
#define NET_METRIC_SLOTS_MAX 8u
#define NET_METRIC_BASE_MAX  ((1u << 20) - 1u)

/*
 * Returns the metric of an IPv6 route. @base is the metric of the link, 1024 + ifindex if nothing else is
 * configured. @slot is the number of the router, below NET_METRIC_SLOTS_MAX. Two routes get the same metric
 * only if base, preference and slot are all equal, so routes of two routers or of two links are never
 * merged. A better preference beats everything (RFC 4191 §3.2), then the smaller slot, then the smaller
 * base. A @base above NET_METRIC_BASE_MAX counts as NET_METRIC_BASE_MAX.
 */
uint32_t net_route_metric(uint32_t base, NetPreference preference, unsigned slot);
