/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * The events that hooks are still to be told of: of each link in order and one at a time, of several links
 * at once up to a bound. Pure but for memory: who begins an event says when it has ended.
 *
 * A link whose hooks are slower than its events must not make the queue grow without end, and must not be
 * told of them in a wrong order either. So when HOOK_QUEUE_MAX events of a link wait and another one comes,
 * those that the last one has made stale are dropped, and what stays keeps its order:
 *
 *   - the last event;
 *   - the last end of a lease before it, so that hooks undo what they did for a lease that was lost
 *     meanwhile;
 *   - the last PREINIT behind that, because dhclient-script sets the link up then.
 *
 * The event that runs is never touched. What a hook missed in this way hook_reason_for() makes up for: the
 * next event that it is told of starts from what it was told last.
 */
#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "plugin/hooks/environment.h"

#define HOOK_QUEUE_MAX    16u /* events of a link that wait */
#define HOOK_PARALLEL_MAX 16u /* links whose hooks run at the same time */
#define HOOK_IFNAME_SIZE  16u /* bytes, with the NUL */

typedef struct HookQueued {
        HookReason reason;
        char ifname[HOOK_IFNAME_SIZE]; /* when the event happened */
        GBytes *lease;                 /* of hook_lease_store(); NULL: the event has none */
} HookQueued;

typedef struct HookQueues HookQueues;

/* @parallel_max: at least 1. */
HookQueues *hook_queues_new(unsigned parallel_max);
/* Drops what waits. */
HookQueues *hook_queues_free(HookQueues *queues);
static inline void hook_queues_freep(HookQueues **p) {
        *p = hook_queues_free(*p);
}

/*
 * Adds an event of the link @ifindex. Takes a reference to @lease; it must be there if hook_reason_has_new()
 * says so, and is not kept otherwise. @ifname has at most HOOK_IFNAME_SIZE - 1 bytes.
 */
void hook_queues_push(HookQueues *queues, int ifindex, HookReason reason, const char *ifname, GBytes *lease);

/*
 * Begins the next event: of the link that waits longest of those for which none runs. Returns NULL if there
 * is none, or if @parallel_max links run. The event stays valid until hook_queues_end() of the link, which
 * must follow.
 */
const HookQueued *hook_queues_begin(HookQueues *queues, int *ret_ifindex);
void hook_queues_end(HookQueues *queues, int ifindex);

/* For status: events that wait, links that run, events that were dropped so far. */
size_t hook_queues_n_waiting(const HookQueues *queues, int ifindex);
unsigned hook_queues_n_running(const HookQueues *queues);
uint64_t hook_queues_n_dropped(const HookQueues *queues);
