/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * Computes the steps from the actual to the desired configuration of one link in one family.
 *
 * net_plan_compute() is pure, so the interesting properties are unit tests: applying the plan to a
 * model of the kernel gives the desired state; planning again gives an empty plan; an object that we
 * did not put there is never changed, but for the lifetime of an address that is also ours to use.
 *
 * Routes are appended and never replaced. Two links, or an administrator and the daemon, may have a route
 * with the same key, and neither route may remove the other. We also add the prefix route, so that it
 * carries the metric. So addresses are added with IFA_F_NOPREFIXROUTE.
 *
 * An address that was there already (from an earlier client, cloud-init or the initrd) still belongs to
 * whoever added it. It gets the lifetime of the lease if its own is shorter, because otherwise the kernel
 * would remove it in the middle of the lease. After a release or a stop it stays until the lifetime that it
 * has then ends. One without an end stays for ever.
 */
#include <stddef.h>

#include "net/net-config.h"

/* The kernel counts whole seconds, so lifetimes that differ by no more than this are equal. */
#define NET_LIFETIME_SLACK_USEC (2 * USEC_PER_SEC)
#define NET_PLAN_MAX            (2u * (NET_ROUTES_MAX + NET_ADDRESSES_MAX + NET_RULES_MAX))

/*
 * Steps, in the order in which a plan lists them. Only REMAKE, ADD and EXTEND of addresses are mixed: they
 * are in the order of the addresses. New objects are added before old ones are removed. So a changed
 * address or gateway leaves no gap. It also keeps the kernel from removing every route of the link, which
 * it does with the last address. ADD of an address that is there replaces its lifetimes and flags in place.
 * ADD of an IPv6 route whose key is there (net/net-config.h) replaces that route in place.
 */
typedef enum NetOp {
        NET_OP_DEL_RULE, /* the rule goes before its table is emptied */
        /*
         * removes the address and adds it again, the only way to change its broadcast address or, in IPv6,
         * its prefix length; routes stay
         */
        NET_OP_REMAKE_ADDRESS,
        NET_OP_ADD_ADDRESS,
        /* gives a longer lifetime to an address of somebody else, which stays theirs */
        NET_OP_EXTEND_ADDRESS,
        NET_OP_ADD_ROUTE_ONLINK,
        NET_OP_ADD_ROUTE_GATEWAY, /* a gateway must be reachable before it is used */
        NET_OP_ADD_RULE,          /* the rule comes after its table was filled */
        NET_OP_DEL_ROUTE,
        NET_OP_DEL_ADDRESS, /* removes only our own; addresses and routes of others stay */
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

/* Computes the steps from @actual to @desired, which are of the same family. */
void net_plan_compute(const NetConfig *desired, const NetConfig *actual, NetPlan *ret);
