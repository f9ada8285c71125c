/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * Events of all links, by the private socket of the daemon. A connection that is lost is made again, without
 * end and with growing pauses. At the beginning of each, every link that the daemon manages has one event
 * that tells its lease, or that it has none.
 */
#include <glib.h>
#include <systemd/sd-event.h>

#include "plugin/hooks/environment.h"
#include "plugin/hooks/settings-reader.h"

/* events of a link for which its lease is being fetched; held by add_pending() */
#define HOOK_WATCH_PENDING_MAX 64u

typedef struct HookWatch HookWatch;

typedef struct HookWatchCallbacks {
        /* @lease: hook_lease_store() made it; it is there if hook_reason_has_new() says so, else NULL. */
        void (*event)(void *userdata, int ifindex, HookReason reason, const char *ifname, GBytes *lease);
        /* A connection has begun, and every link was told of. */
        void (*connected)(void *userdata);
        void (*disconnected)(void *userdata);
} HookWatchCallbacks;

/* @socket and @callbacks must stay. Begins to connect. Negative errno: there can be no watch. */
int hook_watch_new(sd_event *event, const char *socket, const HookWatchCallbacks *callbacks, void *userdata,
                   HookWatch **ret);
/* Calls nobody. */
HookWatch *hook_watch_free(HookWatch *watch);
static inline void hook_watch_freep(HookWatch **p) {
        *p = hook_watch_free(*p);
}

/* What hooks are told of the settings of a link; NULL: it is not managed. Valid until the next event. */
const HookSettings *hook_watch_settings(const HookWatch *watch, int ifindex);
