/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * Runs one hook as a transient unit: starts the unit by org.freedesktop.systemd1 on the system bus, and
 * waits until all of it has ended. It has its own connection to the bus, and only until then. So this
 * process gets no signals of the service manager while no hook runs.
 */
#include <stdbool.h>
#include <systemd/sd-event.h>

#include "plugin/hooks/unit.h"

/* How long we wait after the time limit before we give up a unit that the service manager cannot end. */
#define HOOK_UNIT_GIVE_UP_USEC (30 * USEC_PER_SEC)

typedef struct HookUnitRun HookUnitRun;

typedef struct HookUnitResult {
        bool started, successful, timed_out;
        char text[128]; /* how it has failed, or why it was not started */
} HookUnitResult;

/* Is called when the unit has ended, or if we cannot wait for it. It must free @run, now or later. */
typedef void (*HookUnitDone)(void *userdata, HookUnitRun *run, const HookUnitResult *result);

/* Starts the unit. Everything in @unit is borrowed for the call. Returns a negative errno on failure. */
int hook_unit_run_new(sd_event *event, const HookUnit *unit, HookUnitDone done, void *userdata,
                      HookUnitRun **ret);
/* Frees @run. The unit goes on. */
HookUnitRun *hook_unit_run_free(HookUnitRun *run);
