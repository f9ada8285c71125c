/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * Runs one hook as a child process, if no service manager does this for us.
 *
 * The hook gets the environment in the command, /dev/null or a document as standard input, one pipe for its
 * output, the working directory /, umask 022, and all signals with their default actions. It gets no other
 * descriptor, and cannot get new privileges. It leads a process group of its own. When its time is over, the
 * group gets SIGTERM, and SIGKILL a moment later. When the hook itself has ended, the rest of the group is
 * killed. Only a service manager could end a process that has left the group with setsid().
 *
 * This process never waits for a hook. The first lines of the hook's output are passed on. The rest is read
 * and dropped, so that the hook does not block either.
 */
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <systemd/sd-event.h>

#include "base/usec.h"

#define HOOK_OUTPUT_MAX    ((size_t) 64 * 1024) /* bytes that are passed on */
#define HOOK_LINES_MAX     1000u                /* lines that are passed on */
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
        uint64_t capabilities; /* the capabilities that it keeps, a bit for each; only with @switch_user */
        usec_t timeout_usec;
} HookCommand;

typedef struct HookResult {
        int status; /* the exit status, or 128 plus the number of the signal */
        bool timed_out;
        bool output_cut; /* it printed more than was passed on */
} HookResult;

typedef struct HookRun HookRun;

typedef struct HookRunCallbacks {
        /*
         * Is called for each line that is passed on, without its line break. '?' replaces what is not
         * printable.
         */
        void (*line)(void *userdata, const char *line);
        /* Is called when the hook has ended. It must free @run, now or later. */
        void (*done)(void *userdata, HookRun *run, const HookResult *result);
} HookRunCallbacks;

/*
 * Starts a hook. Everything in @command is borrowed for the call. @callbacks must outlive @run. SIGCHLD must
 * be blocked (sd_event_add_child()). If the program cannot be executed, the hook ends with status 127.
 * Returns a negative errno if no process could be made.
 */
int hook_run_new(sd_event *event, const HookCommand *command, const HookRunCallbacks *callbacks,
                 void *userdata, HookRun **ret);
/* Kills the group if it runs, and waits for the killed hook, which is short. No callback is called. */
HookRun *hook_run_free(HookRun *run);
static inline void hook_run_freep(HookRun **p) {
        *p = hook_run_free(*p);
}
