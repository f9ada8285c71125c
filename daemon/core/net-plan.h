/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * Desired and actual IPv4 configuration of one link, and the steps from the second to the first.
 *
 * net_plan_compute() is pure, so the interesting properties are unit tests: applying the plan to a
 * model of the kernel gives the desired state; planning again gives an empty plan; an object that we
 * did not put there is never changed.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/usec.h"
#include "core/dhcp4-lease.h"

/* Every route of the lease may bring an on-link host route for its gateway; plus the prefix route. */
#define NET_ROUTES_MAX          (2u * (DHCP4_LEASE_ROUTES_MAX + DHCP4_LEASE_ROUTERS_MAX) + 1u)
#define NET_ADDRESSES_MAX       16u
#define NET_LIFETIME_SLACK_USEC (2 * USEC_PER_SEC) /* the kernel counts whole seconds; less is "equal" */
#define NET_PLAN_MAX            (2u * NET_ROUTES_MAX + 2u * NET_ADDRESSES_MAX)

typedef struct NetAddress {
        struct in_addr address;
        uint8_t prefix_len;
        struct in_addr broadcast; /* 0.0.0.0: none */
        usec_t valid_until;       /* instant; the kernel drops the address then, even if we are dead */
        bool ours;                /* we added it, now or in an earlier run (state/lease-store.h) */
} NetAddress;

typedef struct NetRoute {
        struct in_addr dst;
        uint8_t prefix_len;
        struct in_addr gateway; /* 0.0.0.0: on-link */
        struct in_addr prefsrc;
        uint32_t metric;
        uint32_t table; /* RT_TABLE_MAIN unless configured */
        uint32_t mtu;   /* bytes, RTAX_MTU; 0: the link's */
} NetRoute;

/* Routes here are all ours: RTPROT_DHCP on a link that we manage. Routes of anybody else are not even looked at. */
typedef struct NetConfig {
        NetAddress addresses[NET_ADDRESSES_MAX];
        size_t n_addresses;
        NetRoute routes[NET_ROUTES_MAX];
        size_t n_routes;
} NetConfig;

/* What option 26 is good for. */
typedef enum NetMtuUse {
        NET_MTU_NO,
        NET_MTU_ROUTE, /* RTAX_MTU of every route of the lease */
        NET_MTU_LINK,  /* the interface's own, see core/mtu.h */
} NetMtuUse;

typedef struct NetPolicy { /* from configuration */
        uint32_t metric;
        uint32_t table;
        bool use_routes;  /* options 33, 121, 249 but for their default routes */
        bool use_gateway; /* default routes */
        NetMtuUse use_mtu;
        uint16_t mtu_min; /* bytes: a smaller option 26 is not used */
} NetPolicy;

/*
 * In the order in which a plan lists them. New routes come before old ones go, so that a changed gateway leaves no
 * gap; a stale address goes first, since the kernel drops what depends on it. ADD of an address that is there replaces
 * its lifetimes in place.
 */
typedef enum NetOp {
        NET_OP_DEL_ADDRESS,
        NET_OP_ADD_ADDRESS,
        NET_OP_ADD_ROUTE_ONLINK,
        NET_OP_ADD_ROUTE_GATEWAY, /* a gateway must be reachable before it is used */
        NET_OP_DEL_ROUTE,
        _NET_OP_MAX,
} NetOp;

typedef struct NetStep {
        NetOp op;
        union {
                NetAddress address;
                NetRoute route;
        };
} NetStep;

typedef struct NetPlan {
        NetStep steps[NET_PLAN_MAX];
        size_t n_steps;
} NetPlan;

/*
 * @lease may be NULL: then nothing of ours is wanted. The prefix route is ours too, with @policy's metric and table
 * (addresses are added with IFA_F_NOPREFIXROUTE), none for a /32. A gateway outside every on-link destination gets a
 * host route of its own (RFC 3442 and many clouds).
 */
void net_config_from_lease(const Dhcp4Lease *lease, const NetPolicy *policy, NetConfig *ret);

void net_plan_compute(const NetConfig *desired, const NetConfig *actual, NetPlan *ret);

/* 169.254/16, RFC 3927 §2.1 */
static inline bool net_is_link_local(struct in_addr address) {
        return ntohl(address.s_addr) >> 16 == 0xa9fe;
}

bool net_route_equal(const NetRoute *a, const NetRoute *b);
