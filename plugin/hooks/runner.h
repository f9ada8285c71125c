/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * Runs hooks for the events of links: gets events from the watch, puts them into the queue, and runs one
 * hook after the other for each event. What a hook gets depends on what it was told last.
 */
#include <stdbool.h>
#include <sys/types.h>
#include <systemd/sd-event.h>

typedef struct HookRunnerOptions {
        const char *socket;             /* of the daemon */
        const char *runtime_dir;        /* for told/ and the file of the state; must exist */
        const char *const *hook_dirs;   /* the lowest first, ends with NULL */
        const char *const *config_dirs; /* the lowest first, ends with NULL */
        const char *config_runtime_dir; /* as for config_load() */
        uid_t owner;                    /* of hooks; 0 except in tests */
        bool units;                     /* a service manager runs hooks */
        const char *unit;               /* the unit of this process, with which hooks end; NULL: none */
} HookRunnerOptions;

typedef struct HookRunner HookRunner;

/* Returns how many hooks are not switched off. Logs which files are no hooks, and why. */
unsigned hook_runner_count_hooks(const HookRunnerOptions *options);

/*
 * Makes a runner. @options must outlive it. SIGCHLD must be blocked. Returns a negative errno on failure.
 */
int hook_runner_new(sd_event *event, const HookRunnerOptions *options, HookRunner **ret);
HookRunner *hook_runner_free(HookRunner *runner);
static inline void hook_runner_freep(HookRunner **p) {
        *p = hook_runner_free(*p);
}
