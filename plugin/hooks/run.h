/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * Runs one hook as a child process, where no service manager does it for us.
 *
 * The hook gets nothing of this process but what the command says: its environment, /dev/null or a document
 * as standard input, one pipe for what it prints, / as its folder, umask 022, all signals as they are by
 * default, no other descriptor, and no way to new privileges. It leads a process group of its own. When its
 * time is over the group gets SIGTERM, and SIGKILL a moment later; when the hook itself has ended, what is
 * left of the group is killed. A process that has left the group with setsid() is beyond reach: that takes a
 * service manager.
 *
 * Whatever a hook does, this process never waits for it. Of what it prints, the first lines are passed on,
 * and the rest is read and thrown away so that it does not block either.
 */
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <systemd/sd-event.h>

#include "base/usec.h"

#define HOOK_OUTPUT_MAX    ((size_t) 64 * 1024) /* bytes that are passed on */
#define HOOK_LINES_MAX     1000u                /* lines that are */
#define HOOK_LINE_MAX      1024u                /* bytes of a line; a longer one becomes several */
#define HOOK_PROCESSES_MAX 256u                 /* of the user, unless it is root; held by become() */
#define HOOK_KILL_USEC     (2 * USEC_PER_SEC)   /* from SIGTERM to SIGKILL */

typedef struct HookCommand {
        const char *path, *argument; /* @argument NULL: none */
        char *const *envp;
        const char *input; /* NULL: /dev/null */
        /* The user it runs as, without further groups. If false, it runs as our user. */
        bool switch_user;
        uid_t uid;
        gid_t gid;
        uint64_t capabilities; /* that it keeps, a bit for each; only with @switch_user */
        usec_t timeout_usec;
} HookCommand;

typedef struct HookResult {
        int status; /* exit status, or 128 and the number of the signal */
        bool timed_out;
        bool output_cut; /* it printed more than was passed on */
} HookResult;

typedef struct HookRun HookRun;

typedef struct HookRunCallbacks {
        /* A line without its end. What cannot be printed is '?'. */
        void (*line)(void *userdata, const char *line);
        /* It is over. @run must be freed, here or later. */
        void (*done)(void *userdata, HookRun *run, const HookResult *result);
} HookRunCallbacks;

/*
 * Everything in @command is borrowed for the call; @callbacks must stay. SIGCHLD must be blocked
 * (sd_event_add_child()). A program that cannot be executed ends with status 127. Negative errno: there is
 * no process.
 */
int hook_run_new(sd_event *event, const HookCommand *command, const HookRunCallbacks *callbacks,
                 void *userdata, HookRun **ret);
/* Kills the group if it runs, and waits for the hook, which takes no time then. Calls nobody. */
HookRun *hook_run_free(HookRun *run);
static inline void hook_run_freep(HookRun **p) {
        *p = hook_run_free(*p);
}
