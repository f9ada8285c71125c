/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * Runs one hook: as a transient unit of the service manager, or as a child process if there is no service
 * manager. The hook always ends, at the latest a moment after the time limit of its settings.
 */
#include <stdbool.h>
#include <stdint.h>
#include <systemd/sd-event.h>

#include "config/config.h"
#include "plugin/hooks/environment.h"

#define HOOK_END_TEXT_SIZE 160u /* bytes, with the NUL */

typedef struct HookProcess HookProcess;

typedef struct HookEnd {
        bool started;                  /* false: the hook could not be run */
        bool successful;               /* it has ended with status 0 */
        char text[HOOK_END_TEXT_SIZE]; /* how it has ended, if not successful: "ended with status 1" */
} HookEnd;

/*
 * Is called when the hook has ended. It must free @process, now or later. It is called from the loop, never
 * by hook_process_new().
 */
typedef void (*HookProcessDone)(void *userdata, HookProcess *process, const HookEnd *end);

typedef struct HookCall {
        const char *hook, *ifname, *path; /* the names of hook and link, and the program */
        int ifindex;
        uint64_t serial; /* a number that no other running hook has */
        const HookEnvironment *environment;
        const ConfigHook *settings;
        bool as_unit;      /* run it as a unit of the service manager */
        const char *owner; /* the unit that this process belongs to; NULL: none */
} HookCall;

/* Starts a hook. Everything in @call is borrowed for the call. */
HookProcess *hook_process_new(sd_event *event, const HookCall *call, HookProcessDone done, void *userdata);
/*
 * Ends the hook if it is a child process. A unit goes on, and ends with our own unit. @done is not called.
 */
HookProcess *hook_process_free(HookProcess *process);
