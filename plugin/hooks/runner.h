/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * Runs hooks for the events of links: takes events from the watch, lets them wait in the queue, and tells
 * each one to every hook in turn, by what that hook was told last.
 */
#include <stdbool.h>
#include <sys/types.h>
#include <systemd/sd-event.h>

typedef struct HookRunnerOptions {
        const char *socket;             /* of the daemon */
        const char *runtime_dir;        /* for told/ and the file of the state; it is there */
        const char *const *hook_dirs;   /* the lowest first, end with NULL */
        const char *const *config_dirs; /* the same */
        const char *config_runtime_dir; /* as config_load() has it */
        uid_t owner;                    /* of hooks: 0 */
        bool units;                     /* a service manager runs hooks */
        const char *unit; /* that this process belongs to, and that hooks end with; NULL: none */
} HookRunnerOptions;

typedef struct HookRunner HookRunner;

/* Returns how many hooks there are that are not switched off. Says which files are none and why. */
unsigned hook_runner_count_hooks(const HookRunnerOptions *options);

/* @options must stay. SIGCHLD must be blocked. Negative errno. */
int hook_runner_new(sd_event *event, const HookRunnerOptions *options, HookRunner **ret);
HookRunner *hook_runner_free(HookRunner *runner);
static inline void hook_runner_freep(HookRunner **p) {
        *p = hook_runner_free(*p);
}
