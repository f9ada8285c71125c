/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * A model of the kernel: the addresses, routes and rules of one link, ours and those of others. It behaves
 * as Linux does, which tests/integration/test-kernel*.c look at: an address is removed when its lifetime is
 * over, and routes and other addresses are removed with it.
 */
#include "base/usec.h"
#include "net/net-plan.h"

#define WORLD_ADDRESSES_MAX 24u
#define WORLD_ROUTES_MAX    (NET_ROUTES_MAX + 16u)

/* The arrays have the order of the kernel. An object that is not `ours` belongs to others. */
typedef struct WorldKernel {
        NetAddress addresses[WORLD_ADDRESSES_MAX];
        /*
         * For the address at the same index: an earlier client left it. It is not ours, although our lease
         * may have the same address.
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

/* Adds @address or @route as somebody else would, without a check. There must be room. */
void world_kernel_put_address(WorldKernel *kernel, const NetAddress *address);
void world_kernel_put_route(WorldKernel *kernel, const NetRoute *route);
/* Adds @address as one that an earlier client left. Does nothing if it is there, or if there is no room. */
void world_kernel_inherit(WorldKernel *kernel, const NetAddress *address);
/*
 * Replaces everything by the addresses, routes and rules of @config. The addresses become ours. Routes are
 * ours if @config says so.
 */
void world_kernel_put_all(WorldKernel *kernel, const NetConfig *config);
/* Returns true if there is an address that an earlier client left. */
bool world_kernel_has_inherited(const WorldKernel *kernel);
/* Removes the address at index @i as somebody else would, and what depends on it. */
void world_kernel_del_address(WorldKernel *kernel, size_t i);
/* Removes the route at index @i. */
void world_kernel_del_route(WorldKernel *kernel, size_t i);
void world_kernel_del_our_routes(WorldKernel *kernel);
/*
 * Removes the addresses whose lifetime is over at @now, and what depends on them. Returns when the next
 * lifetime is over, or USEC_INFINITY.
 */
usec_t world_kernel_expire(WorldKernel *kernel, usec_t now);

/* Stores what the link has, as io/kernel.c would report it, as far as @ret has room. */
void world_kernel_snapshot(const WorldKernel *kernel, NetConfig *ret);
/*
 * Carries out one step of a plan, as io/kernel-apply.c and io/kernel-restore.c do. Returns NULL, or a static
 * string that says why the plan is wrong. Stores the answer of the kernel, 0 or negative errno. @careful: no
 * earlier step of the plan has failed, so a step that is not possible makes the plan wrong.
 */
const char *world_kernel_step(WorldKernel *kernel, const NetStep *step, bool careful, int *ret_error);

/* Returns true if @address is there and is ours. */
bool world_kernel_has(const WorldKernel *kernel, struct in_addr address);
/* Returns true if @address is there, whoever added it. */
bool world_kernel_can_use(const WorldKernel *kernel, struct in_addr address);
bool world_kernel_has_our_routes(const WorldKernel *kernel);

/* What others have on the link, without the addresses that an earlier client left. */
typedef struct WorldOthers {
        NetAddress addresses[WORLD_ADDRESSES_MAX];
        NetRoute routes[16];
        size_t n_addresses, n_routes;
} WorldOthers;

/* Stores what others have on the link now. */
void world_kernel_others(const WorldKernel *kernel, WorldOthers *ret);
/*
 * Returns NULL if others still have on the link what they had when @others was stored, or else a static
 * string that says what differs. A route may be missing if the address that is its source is gone.
 */
const char *world_kernel_miss_others(const WorldKernel *kernel, const WorldOthers *others);
