/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * Desired and actual configuration of one link in one family, and the steps from the second to the first.
 *
 * net_plan_compute() is pure, so the interesting properties are unit tests: applying the plan to a
 * model of the kernel gives the desired state; planning again gives an empty plan; an object that we
 * did not put there is never changed, but for the lifetime of an address that is also ours to use.
 *
 * Routes are appended and never replaced. Two links, or an administrator and we, may have a route with the
 * same key, and neither may go because of the other. The prefix route is ours too and carries the metric, so
 * addresses are added with IFA_F_NOPREFIXROUTE.
 *
 * An address that was there already (from an earlier client, cloud-init or the initrd) stays its owner's. It
 * gets the lifetime of the lease if its own is shorter, because the kernel would take it away in the middle
 * of the lease. After a release or a stop it stays, and ends with the lifetime that it has then. One without
 * an end stays for ever.
 */
#include <stddef.h>

#include "net/net-config.h"

/* The kernel counts whole seconds, so lifetimes that differ by no more than this are equal. */
#define NET_LIFETIME_SLACK_USEC (2 * USEC_PER_SEC)
#define NET_PLAN_MAX            (2u * (NET_ROUTES_MAX + NET_ADDRESSES_MAX + NET_RULES_MAX))

/*
 * In the order in which a plan lists them, but for the three steps about an address that stays or comes:
 * those are in the order of the addresses. What is new comes before what is old goes. So a changed address
 * or gateway leaves no gap, and the kernel, which takes every route of a link with its last address, has no
 * reason to. ADD of an address that is there replaces its lifetimes and flags in place. ADD of an IPv6 route
 * whose key is there (net/net-config.h) replaces that route in place.
 */
typedef enum NetOp {
        NET_OP_DEL_RULE, /* before the table that it looks at is emptied */
        /* the only way to another broadcast address or, in IPv6, another prefix length; routes stay */
        NET_OP_REMAKE_ADDRESS,
        NET_OP_ADD_ADDRESS,
        NET_OP_EXTEND_ADDRESS, /* somebody else's: it gets a longer lifetime and stays theirs */
        NET_OP_ADD_ROUTE_ONLINK,
        NET_OP_ADD_ROUTE_GATEWAY, /* a gateway must be reachable before it is used */
        NET_OP_ADD_RULE,          /* the table that it looks at is filled */
        NET_OP_DEL_ROUTE,
        NET_OP_DEL_ADDRESS, /* addresses and routes of others stay */
        _NET_OP_MAX,
} NetOp;

typedef struct NetStep {
        NetOp op;
        union {
                NetAddress address;
                NetRoute route;
                NetRule rule;
        };
} NetStep;

typedef struct NetPlan {
        NetStep steps[NET_PLAN_MAX];
        size_t n_steps;
} NetPlan;

/*
 * Returns the address of @config that the kernel takes for the same one as @address, NULL if there is none.
 * Any other difference can only be changed by removing the address first.
 */
const NetAddress *net_plan_find_address(const NetConfig *config, const NetAddress *address);

void net_plan_compute(const NetConfig *desired, const NetConfig *actual, NetPlan *ret);
