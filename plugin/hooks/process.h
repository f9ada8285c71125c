/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * One hook that runs: as a transient unit of the service manager, or as a child process where there is none.
 * Either way it comes to an end: after the time limit of its settings at the latest, and a moment for that
 * end.
 */
#include <stdbool.h>
#include <stdint.h>
#include <systemd/sd-event.h>

#include "config/config.h"
#include "plugin/hooks/environment.h"

#define HOOK_END_TEXT_SIZE 160u /* bytes, with the NUL */

typedef struct HookProcess HookProcess;

typedef struct HookEnd {
        bool started;                  /* the hook was told; false: it could not be run */
        bool successful;               /* it ended with status 0 */
        char text[HOOK_END_TEXT_SIZE]; /* how it ended, if not successful: "ended with status 1" */
} HookEnd;

/*
 * It is over, and @process must be freed, in the call or later. Called from the loop, never by
 * hook_process_new().
 */
typedef void (*HookProcessDone)(void *userdata, HookProcess *process, const HookEnd *end);

typedef struct HookCall {
        const char *hook, *ifname, *path; /* names, and the program */
        int ifindex;
        uint64_t serial; /* no two that run at the same time have the same */
        const HookEnvironment *environment;
        const ConfigHook *settings;
        bool as_unit;      /* of the service manager */
        const char *owner; /* the unit that this process belongs to; NULL: none */
} HookCall;

/* Everything in @call is borrowed for the call. */
HookProcess *hook_process_new(sd_event *event, const HookCall *call, HookProcessDone done, void *userdata);
/* Ends a child process that runs. A unit stays, and is ended with our own unit. Calls nobody. */
HookProcess *hook_process_free(HookProcess *process);
