/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * Translates the signals of the daemon to the events of dhclient-script(8). The functions depend only on
 * their arguments.
 *
 * First, a tracker for each link makes events from the signals of D-Bus, in the order of dhclient: PREINIT
 * BOUND RENEW..., on expiry EXPIRE PREINIT FAIL... BOUND, with a remembered lease PREINIT REBOOT.
 *
 * Second, hook_reason_for() fits the event to what one hook was told last. A hook may have missed events,
 * because they were dropped while it ran, because the hook was not installed, or because we did not run. So
 * a hook never hears of the end of a lease that it does not know, and RENEW becomes BOUND if it knows no
 * lease.
 */
#include <stdbool.h>
#include <stddef.h>

#include "plugin/hooks/environment.h"

/* The events that follow from one signal, in the order in which hooks are told. */
#define HOOK_REASONS_OF_SIGNAL_MAX 2u
typedef struct HookReasons {
        HookReason reason[HOOK_REASONS_OF_SIGNAL_MAX];
        size_t n;
} HookReasons;

/* The state of a link. If all of it is zero, nothing is known about the link. */
typedef struct HookTracker {
        bool has_lease;
        bool searching; /* there was a PREINIT, and no lease has come since */
        bool in_search; /* the client is in a state in which it searches for a lease */
        bool rebooting; /* the client asks for a remembered lease */
        bool rebinding; /* the client asks any server to extend the lease */
} HookTracker;

/* For StateChanged of DHCPv4. @state: the name of the new state. An unknown name changes nothing. */
HookReasons hook_tracker_state(HookTracker *tracker, const char *state);
/*
 * For LeaseChanged. @reason: its reason. @why: Why in its details; NULL: it is not there. An event with a
 * lease is told with the present lease.
 */
HookReasons hook_tracker_lease(HookTracker *tracker, const char *reason, const char *why);
/* Call this when the property Problems says that the search has had no success for a while. */
HookReasons hook_tracker_failing(HookTracker *tracker);
/* For LinkRemoved. The tracker is zero afterwards. */
HookReasons hook_tracker_removed(HookTracker *tracker);
/*
 * Call this for each link when a connection to the daemon begins. What happened before is not known, so the
 * event tells the present state: BOUND, or EXPIRE for hooks that still know a lease.
 */
HookReasons hook_tracker_replay(HookTracker *tracker, const char *state, bool has_lease);

/*
 * Fits @reason to a hook. @told: the lease that the hook was told last; NULL: it knows none. @lease: the
 * lease of the event; NULL: it has none. Returns false if there is nothing to tell the hook.
 */
bool hook_reason_for(HookReason reason, const HookLease *lease, const HookLease *told, HookReason *ret);
