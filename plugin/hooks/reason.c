/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Translates signals to events, and fits events to a hook (contract: plugin/hooks/reason.h).
 */
#include "plugin/hooks/reason.h"

#include <string.h>

#include "base/macro.h"

static void add(HookReasons *reasons, HookReason reason) {
        g_assert(reasons->n < HOOK_REASONS_OF_SIGNAL_MAX);
        reasons->reason[reasons->n++] = reason;
}

/* Adds PREINIT when a search begins while there is no lease. Does this once for each search. */
static void begin_search(HookTracker *tracker, HookReasons *reasons) {
        if (!tracker->in_search || tracker->has_lease || tracker->searching)
                return;
        tracker->searching = true;
        add(reasons, HOOK_REASON_PREINIT);
}

/*
 * Updates the tracker for a new state of the client. PROBING comes between REQUESTING or REBOOTING and
 * BOUND, so it changes nothing.
 */
static void enter(HookTracker *tracker, const char *state) {
        static const struct {
                const char *name;
                bool in_search, rebooting, rebinding;
        } states[] = {
                { "STOPPED", false, false, false },   { "INIT", true, false, false },
                { "SELECTING", true, false, false },  { "REQUESTING", true, false, false },
                { "INIT-REBOOT", true, true, false }, { "REBOOTING", true, true, false },
                { "INFORMING", true, false, false },  { "RENEWING", false, false, false },
                { "REBINDING", false, false, true },
        };

        for (size_t i = 0; i < ARRAY_SIZE(states); i++)
                if (strcmp(states[i].name, state) == 0) {
                        tracker->in_search = states[i].in_search;
                        tracker->rebooting = states[i].rebooting;
                        tracker->rebinding = states[i].rebinding;
                        if (!tracker->in_search)
                                tracker->searching = false;
                        return;
                }
        /*
         * The flags stay as they are in BOUND. LeaseChanged comes after StateChanged, and the flags then say
         * how BOUND was reached.
         */
        if (strcmp(state, "BOUND") == 0)
                tracker->in_search = false;
}

HookReasons hook_tracker_state(HookTracker *tracker, const char *state) {
        HookReasons reasons = {};

        enter(tracker, state);
        begin_search(tracker, &reasons);
        return reasons;
}

HookReasons hook_tracker_lease(HookTracker *tracker, const char *reason, const char *why) {
        HookReasons reasons = {};

        if (strcmp(reason, "lost") == 0) {
                add(&reasons,
                    why && strcmp(why, "released") == 0 ? HOOK_REASON_RELEASE : HOOK_REASON_EXPIRE);
                tracker->has_lease = false;
                begin_search(tracker, &reasons);
                return reasons;
        }
        if (strcmp(reason, "bound") == 0)
                add(&reasons, tracker->rebooting ? HOOK_REASON_REBOOT : HOOK_REASON_BOUND);
        else if (strcmp(reason, "renewed") == 0 || strcmp(reason, "changed") == 0)
                add(&reasons, tracker->rebinding ? HOOK_REASON_REBIND : HOOK_REASON_RENEW);
        else
                return reasons; /* an unknown reason of a later version */
        tracker->has_lease = true;
        tracker->searching = false;
        return reasons;
}

HookReasons hook_tracker_failing(HookTracker *tracker) {
        HookReasons reasons = {};

        if (tracker->searching && !tracker->has_lease)
                add(&reasons, HOOK_REASON_FAIL);
        return reasons;
}

HookReasons hook_tracker_removed(HookTracker *tracker) {
        HookReasons reasons = {};

        /* hook_reason_for() does not pass this on to a hook that knows no lease. */
        add(&reasons, HOOK_REASON_STOP);
        *tracker = (HookTracker){};
        return reasons;
}

HookReasons hook_tracker_replay(HookTracker *tracker, const char *state, bool has_lease) {
        HookReasons reasons = {};

        *tracker = (HookTracker){ .has_lease = has_lease };
        enter(tracker, state);
        add(&reasons, has_lease ? HOOK_REASON_BOUND : HOOK_REASON_EXPIRE);
        begin_search(tracker, &reasons);
        return reasons;
}

bool hook_reason_for(HookReason reason, const HookLease *lease, const HookLease *told, HookReason *ret) {
        switch (reason) {
        case HOOK_REASON_PREINIT:
        case HOOK_REASON_FAIL:
                /*
                 * There is no lease now. A hook that still knows one has not heard of its end, so it gets no
                 * such event.
                 */
                if (told)
                        return false;
                break;
        case HOOK_REASON_EXPIRE:
        case HOOK_REASON_RELEASE:
        case HOOK_REASON_STOP:
                if (!told)
                        return false;
                break;
        case HOOK_REASON_RENEW:
        case HOOK_REASON_REBIND:
                if (!told)
                        reason = HOOK_REASON_BOUND;
                break;
        case HOOK_REASON_BOUND:
        case HOOK_REASON_REBOOT:
        case HOOK_REASON_TIMEOUT:
                /*
                 * The hook has set up a lease already. If the address is the same, it gets RENEW: at BOUND
                 * dhclient-script would fail to add an address that is there. If the address is another one,
                 * it gets BOUND, and dhclient-script removes the old address.
                 */
                if (told)
                        reason = told->address.s_addr == lease->address.s_addr ? HOOK_REASON_RENEW
                                                                               : HOOK_REASON_BOUND;
                break;
        }
        *ret = reason;
        return true;
}
