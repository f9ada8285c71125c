/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * Keeps the events that hooks still have to be told. The events of a link run in order and one at a time.
 * Events of several links run at the same time, up to a bound. The queue starts nothing itself: the caller
 * begins an event, and says when it has ended.
 *
 * If the hooks of a link are slower than its events, the queue must not grow without a bound, and events
 * must not be told in a wrong order. So if HOOK_QUEUE_MAX events of a link wait and another one comes,
 * events that the last one has made stale are dropped. These stay, in their order:
 *
 *   - the last event;
 *   - the last end of a lease before it, so that hooks undo what they did for a lease that was lost
 *     meanwhile;
 *   - the last PREINIT after that end, because dhclient-script then sets the link up.
 *
 * The event that runs is never dropped. hook_reason_for() makes up for dropped events: it fits the next
 * event to what the hook was told last.
 */
#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "plugin/hooks/environment.h"

#define HOOK_QUEUE_MAX    16u /* waiting events of a link */
#define HOOK_PARALLEL_MAX 16u /* links whose hooks run at the same time */
#define HOOK_IFNAME_SIZE  16u /* bytes, with the NUL */

typedef struct HookQueued {
        HookReason reason;
        char ifname[HOOK_IFNAME_SIZE]; /* the name of the link when the event happened */
        GBytes *lease;                 /* of hook_lease_store(); NULL: the event has none */
} HookQueued;

typedef struct HookQueues HookQueues;

/* Makes empty queues. @parallel_max: how many links may run at the same time, at least 1. */
HookQueues *hook_queues_new(unsigned parallel_max);
/* Drops the waiting events, and frees the queues. */
HookQueues *hook_queues_free(HookQueues *queues);
static inline void hook_queues_freep(HookQueues **p) {
        *p = hook_queues_free(*p);
}

/*
 * Adds an event of the link @ifindex. @lease must be given if hook_reason_has_new() is true; a reference to
 * it is then taken. Otherwise @lease is ignored. @ifname has at most HOOK_IFNAME_SIZE - 1 bytes.
 */
void hook_queues_push(HookQueues *queues, int ifindex, HookReason reason, const char *ifname, GBytes *lease);

/*
 * Begins the next event. Takes the link that has waited the longest and for which no event runs. Returns
 * NULL if there is no such link, or if @parallel_max links run. The caller must call hook_queues_end() for
 * the link later. The event is valid until then.
 */
const HookQueued *hook_queues_begin(HookQueues *queues, int *ret_ifindex);
void hook_queues_end(HookQueues *queues, int ifindex);

/* For status: return how many events wait, how many links run, and how many events were dropped so far. */
size_t hook_queues_n_waiting(const HookQueues *queues, int ifindex);
unsigned hook_queues_n_running(const HookQueues *queues);
uint64_t hook_queues_n_dropped(const HookQueues *queues);
