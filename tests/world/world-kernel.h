/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * A model of the kernel: the addresses, routes and rules of one link, ours and those of others. What it does
 * by itself is what Linux does (tests/integration/test-kernel*.c look at the real one): an address ends with
 * its lifetime, and takes routes and other addresses along.
 */
#include "base/usec.h"
#include "net/net-plan.h"

#define WORLD_ADDRESSES_MAX 24u
#define WORLD_ROUTES_MAX    (NET_ROUTES_MAX + 16u)

/* Everything is in the order in which the kernel has it. What is not `ours` belongs to others. */
typedef struct WorldKernel {
        NetAddress addresses[WORLD_ADDRESSES_MAX];
        /*
         * Of the address at the same place: it is of an earlier client, who had the same lease, so it is not
         * ours.
         */
        bool inherited[WORLD_ADDRESSES_MAX];
        size_t n_addresses;
        NetRoute routes[WORLD_ROUTES_MAX];
        size_t n_routes;
        NetRule rules[NET_RULES_MAX];
        size_t n_rules;
        bool promotes;        /* the sysctl promote_secondaries */
        bool refuse_gateways; /* routes through a gateway are refused with ENETUNREACH */
} WorldKernel;

/* Somebody adds @address as it is. There has to be room. */
void world_kernel_put_address(WorldKernel *kernel, const NetAddress *address);
void world_kernel_put_route(WorldKernel *kernel, const NetRoute *route);
/* An earlier client left @address behind. Nothing changes if the link has it, or if there is no room. */
void world_kernel_inherit(WorldKernel *kernel, const NetAddress *address);
/* Somebody puts the link into the state of @config. All of it counts as ours. */
void world_kernel_put_all(WorldKernel *kernel, const NetConfig *config);
bool world_kernel_has_inherited(const WorldKernel *kernel);
/* Somebody takes off the address at @i. The kernel takes off what depends on it. */
void world_kernel_del_address(WorldKernel *kernel, size_t i);
void world_kernel_del_route(WorldKernel *kernel, size_t i);
void world_kernel_del_our_routes(WorldKernel *kernel);
/* Addresses whose lifetime is over at @now go. Returns the instant at which the next one does. */
usec_t world_kernel_expire(WorldKernel *kernel, usec_t now);

/* What io/kernel.c would report: everything, @ret has room for fewer addresses and routes. */
void world_kernel_snapshot(const WorldKernel *kernel, NetConfig *ret);
/*
 * Carries out one step of a plan, as io/kernel-apply.c and io/kernel-restore.c do. Returns NULL, or what
 * makes the plan a wrong one. @careful: nothing has failed before, so each step must be possible.
 * @ret_error: what the kernel answers, 0 or negative errno.
 */
const char *world_kernel_step(WorldKernel *kernel, const NetStep *step, bool careful, int *ret_error);

/* Returns true if the address is there and ours. */
bool world_kernel_has(const WorldKernel *kernel, struct in_addr address);
/* Returns true if the address is there and can be used, whoever put it there. */
bool world_kernel_can_use(const WorldKernel *kernel, struct in_addr address);
bool world_kernel_has_our_routes(const WorldKernel *kernel);

/* What others have on the link. What was inherited is not part of it. */
typedef struct WorldOthers {
        NetAddress addresses[WORLD_ADDRESSES_MAX];
        NetRoute routes[16];
        size_t n_addresses, n_routes;
} WorldOthers;

void world_kernel_others(const WorldKernel *kernel, WorldOthers *ret);
/*
 * Returns NULL, or what is missing of @others. A route from an address that is no longer there is nobody's.
 */
const char *world_kernel_miss_others(const WorldKernel *kernel, const WorldOthers *others);
