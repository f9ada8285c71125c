/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * Gets the events of all links over the private socket of the daemon. A lost connection is made again,
 * without a limit and with growing pauses. At the beginning of a connection there is one event for each
 * managed link, which has its lease or says that it has none.
 */
#include <glib.h>
#include <systemd/sd-event.h>

#include "plugin/hooks/environment.h"
#include "plugin/hooks/settings-reader.h"

/* events of a link for which its lease is being fetched; held by add_pending() */
#define HOOK_WATCH_PENDING_MAX 64u

typedef struct HookWatch HookWatch;

typedef struct HookWatchCallbacks {
        /*
         * Is called for an event. @lease: made by hook_lease_store() if hook_reason_has_new() is true,
         * otherwise NULL.
         */
        void (*event)(void *userdata, int ifindex, HookReason reason, const char *ifname, GBytes *lease);
        /* Is called when a connection has begun and there was an event for every link. */
        void (*connected)(void *userdata);
        void (*disconnected)(void *userdata);
} HookWatchCallbacks;

/* Begins to connect. @socket and @callbacks must outlive the watch. Returns a negative errno on failure. */
int hook_watch_new(sd_event *event, const char *socket, const HookWatchCallbacks *callbacks, void *userdata,
                   HookWatch **ret);
/* Frees the watch. No callback is called. */
HookWatch *hook_watch_free(HookWatch *watch);
static inline void hook_watch_freep(HookWatch **p) {
        *p = hook_watch_free(*p);
}

/*
 * Returns the settings of a link that hooks get, or NULL if the link is not managed. Valid until the next
 * event.
 */
const HookSettings *hook_watch_settings(const HookWatch *watch, int ifindex);
