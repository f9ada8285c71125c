/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * Addresses, routes and rules of one link, in the kernel's terms. What asks for them (a DHCPv4 lease:
 * core/dhcp4-net.h) is not known here. How the kernel gets there is net/net-plan.h.
 */
#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/usec.h"

/* As many as one DHCPv4 message can ask for. core/dhcp4-net.c asserts that they fit. */
#define NET_ROUTES_MAX    577u
#define NET_ADDRESSES_MAX 16u
#define NET_RULES_MAX     4u /* one is wanted; others may be left of configurations before */

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
} NetConfig;

/* What the MTU that a network announces is used for. */
typedef enum NetMtuUse {
        NET_MTU_NO,
        NET_MTU_ROUTE, /* RTAX_MTU of every route */
        NET_MTU_LINK,  /* the interface's own, see net/mtu.h */
} NetMtuUse;

/* Empties @config. Entries behind the counts are not touched, because nobody reads them. */
void net_config_clear(NetConfig *config);

bool net_config_has_route(const NetConfig *config, const NetRoute *route);
/* Adds @route if it is not there yet. There must be room. */
void net_config_add_route(NetConfig *config, const NetRoute *route);
/*
 * Returns true if an on-link route of @config in @table leads to @gateway. Each table is looked up by
 * itself, so routes in other tables do not count.
 */
bool net_config_is_on_link(const NetConfig *config, struct in_addr gateway, uint32_t table);

bool net_route_equal(const NetRoute *a, const NetRoute *b);
/* Returns the on-link host route to the gateway of @route, in the same table and with the same metric. */
NetRoute net_route_to_gateway(const NetRoute *route);

static inline bool net_rule_equal(const NetRule *a, const NetRule *b) {
        return a->from.s_addr == b->from.s_addr && a->table == b->table;
}
