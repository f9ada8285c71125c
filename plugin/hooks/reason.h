/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * Translates the signals of the daemon to the events of dhclient-script(8). Pure.
 *
 * In the first half, a tracker for each link turns the signals of D-Bus into events, in the order of
 * dhclient: PREINIT BOUND RENEW..., on expiry EXPIRE PREINIT FAIL... BOUND, with a remembered lease PREINIT
 * REBOOT.
 *
 * In the second half, the event is fitted to what one hook was told last. A hook may have been told less
 * than happened, because events were merged while it ran, because it was not there, or because we were not.
 * So it never hears of the end of a lease that it does not know, and RENEW becomes BOUND if it knows none.
 */
#include <stdbool.h>
#include <stddef.h>

#include "plugin/hooks/environment.h"

/* What one signal brings: events to be told in this order. */
#define HOOK_REASONS_OF_SIGNAL_MAX 2u
typedef struct HookReasons {
        HookReason reason[HOOK_REASONS_OF_SIGNAL_MAX];
        size_t n;
} HookReasons;

/* Zeroed, it is ready for a link of which nothing is known. */
typedef struct HookTracker {
        bool has_lease;
        bool searching; /* PREINIT was said, and no lease came since */
        bool in_search; /* the client is in a state in which it looks for a lease */
        bool rebooting; /* the next lease is one that was remembered */
        bool rebinding; /* the next renewal comes from any server */
} HookTracker;

/* StateChanged of DHCPv4: the new state, by its name there. Unknown names change nothing. */
HookReasons hook_tracker_state(HookTracker *tracker, const char *state);
/*
 * LeaseChanged: its reason, and Why of its details (NULL: not given). The event of a lease is to be told
 * with the lease that there is now.
 */
HookReasons hook_tracker_lease(HookTracker *tracker, const char *reason, const char *why);
/* The search has been without success for a while (Problems). */
HookReasons hook_tracker_failing(HookTracker *tracker);
/* LinkRemoved. The tracker is as new. */
HookReasons hook_tracker_removed(HookTracker *tracker);
/*
 * The state of a link at the beginning of a connection to the daemon. What happened before is not known, so
 * the event says what is: BOUND, or EXPIRE for hooks that still believe in a lease.
 */
HookReasons hook_tracker_replay(HookTracker *tracker, const char *state, bool has_lease);

/*
 * Fits @reason to a hook that was told of the lease @told last (NULL: it knows of none). Returns false if
 * there is nothing to tell it. @lease: the lease of the event, NULL if the event has none.
 */
bool hook_reason_for(HookReason reason, const HookLease *lease, const HookLease *told, HookReason *ret);
