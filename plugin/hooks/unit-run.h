/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * Runs one hook as a transient unit: starts it by org.freedesktop.systemd1 on the system bus and waits until
 * all of it has ended. It has a connection of its own to the bus for so long, so that this process hears
 * nothing of the service manager while no hook runs.
 */
#include <stdbool.h>
#include <systemd/sd-event.h>

#include "plugin/hooks/unit.h"

/* From the end of the time limit until a unit that the service manager cannot end is given up. */
#define HOOK_UNIT_GIVE_UP_USEC (30 * USEC_PER_SEC)

typedef struct HookUnitRun HookUnitRun;

typedef struct HookUnitResult {
        bool started, successful, timed_out;
        char text[128]; /* how it ended, if not successful, or why it was not started */
} HookUnitResult;

/* It is over, or cannot be waited for. @run must be freed, in the call or later. */
typedef void (*HookUnitDone)(void *userdata, HookUnitRun *run, const HookUnitResult *result);

/* Everything in @unit is borrowed for the call. Negative errno: the unit cannot be started. */
int hook_unit_run_new(sd_event *event, const HookUnit *unit, HookUnitDone done, void *userdata,
                      HookUnitRun **ret);
/* The unit stays. */
HookUnitRun *hook_unit_run_free(HookUnitRun *run);
