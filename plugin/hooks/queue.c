/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Keeps queues of events (contract: plugin/hooks/queue.h). A link is in the table while one of its events
 * waits or runs. It is in the list of ready links while one of its events waits and none runs.
 */
#include "plugin/hooks/queue.h"

#include <string.h>

#include "base/macro.h"

typedef struct Queue {
        int ifindex;
        bool running;
        HookQueued current; /* the event that runs, while @running */
        GQueue waiting;     /* of HookQueued *, the oldest first */
} Queue;

struct HookQueues {
        GHashTable *by_ifindex; /* pointer to the ifindex in the Queue -> Queue, owned */
        GQueue ready; /* of Queue *, borrowed; the one that has been ready the longest comes first */
        unsigned parallel_max, n_running;
        uint64_t n_dropped;
};

static void queued_clear(HookQueued *queued) {
        g_clear_pointer(&queued->lease, g_bytes_unref);
}

static void queued_free(gpointer p) {
        HookQueued *queued = p;

        queued_clear(queued);
        g_free(queued);
}

static void queue_free(gpointer p) {
        Queue *queue = p;

        queued_clear(&queue->current);
        g_queue_clear_full(&queue->waiting, queued_free);
        g_free(queue);
}

HookQueues *hook_queues_new(unsigned parallel_max) {
        HookQueues *queues = g_new0(HookQueues, 1);

        g_assert(parallel_max > 0);
        queues->by_ifindex = g_hash_table_new_full(g_int_hash, g_int_equal, NULL, queue_free);
        queues->parallel_max = parallel_max;
        g_queue_init(&queues->ready);
        return queues;
}

HookQueues *hook_queues_free(HookQueues *queues) {
        if (!queues)
                return NULL;
        g_queue_clear(&queues->ready);
        g_hash_table_unref(queues->by_ifindex);
        g_free(queues);
        return NULL;
}

static bool is_end(HookReason reason) {
        return hook_reason_has_old(reason) && !hook_reason_has_new(reason);
}

/* Drops the events that the last event has made stale. The others, with the last one, keep their order. */
static void drop_stale(HookQueues *queues, Queue *queue) {
        GQueue kept = G_QUEUE_INIT;
        bool end_seen = false, preinit_seen = false;

        for (bool last = true; queue->waiting.length > 0; last = false) {
                HookQueued *queued = g_queue_pop_tail(&queue->waiting);
                bool keep = last;

                if (!end_seen && is_end(queued->reason))
                        keep = end_seen = true;
                else if (!end_seen && !preinit_seen && queued->reason == HOOK_REASON_PREINIT)
                        keep = preinit_seen = true;
                if (keep) {
                        g_queue_push_head(&kept, queued);
                        continue;
                }
                queued_free(queued);
                queues->n_dropped++;
        }
        queue->waiting = kept;
}

void hook_queues_push(HookQueues *queues, int ifindex, HookReason reason, const char *ifname,
                      GBytes *lease) {
        Queue *queue = g_hash_table_lookup(queues->by_ifindex, &ifindex);
        HookQueued *queued = g_new0(HookQueued, 1);

        g_assert(strlen(ifname) < sizeof(queued->ifname));
        g_assert(lease || !hook_reason_has_new(reason));
        queued->reason = reason;
        memcpy(queued->ifname, ifname, strlen(ifname));
        if (hook_reason_has_new(reason))
                queued->lease = g_bytes_ref(lease);

        if (!queue) {
                queue = g_new0(Queue, 1);
                queue->ifindex = ifindex;
                g_queue_init(&queue->waiting);
                (void) g_hash_table_insert(queues->by_ifindex, &queue->ifindex, queue);
        }
        if (!queue->running && queue->waiting.length == 0)
                g_queue_push_tail(&queues->ready, queue);
        g_queue_push_tail(&queue->waiting, queued);
        if (queue->waiting.length > HOOK_QUEUE_MAX)
                drop_stale(queues, queue);
}

const HookQueued *hook_queues_begin(HookQueues *queues, int *ret_ifindex) {
        HookQueued *queued;
        Queue *queue;

        if (queues->n_running >= queues->parallel_max)
                return NULL;
        queue = g_queue_pop_head(&queues->ready);
        if (!queue)
                return NULL;
        queued = g_queue_pop_head(&queue->waiting);
        queue->current = *queued;
        g_free(queued);
        queue->running = true;
        queues->n_running++;
        *ret_ifindex = queue->ifindex;
        return &queue->current;
}

void hook_queues_end(HookQueues *queues, int ifindex) {
        Queue *queue = g_hash_table_lookup(queues->by_ifindex, &ifindex);

        g_assert(queue && queue->running);
        queue->running = false;
        queued_clear(&queue->current);
        queues->n_running--;
        if (queue->waiting.length > 0)
                g_queue_push_tail(&queues->ready, queue);
        else
                (void) g_hash_table_remove(queues->by_ifindex, &ifindex);
}

size_t hook_queues_n_waiting(const HookQueues *queues, int ifindex) {
        const Queue *queue = g_hash_table_lookup(queues->by_ifindex, &ifindex);

        return queue ? queue->waiting.length : 0;
}

unsigned hook_queues_n_running(const HookQueues *queues) {
        return queues->n_running;
}

uint64_t hook_queues_n_dropped(const HookQueues *queues) {
        return queues->n_dropped;
}
