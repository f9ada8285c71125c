/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * The state of hooks, in a file that everyone may read: which of them run, and which failed the last time.
 * The runner writes it, and dhcpd-linkctl status shows it.
 *
 *   pid 123
 *   2 chrony RENEW 1234567 running 3        since when (CLOCK_BOOTTIME), events of the link that wait
 *   2 samba BOUND 1234567 failed ended with status 1
 *
 * A hook that ended well has no line.
 */
#include <glib.h>
#include <stdbool.h>
#include <sys/types.h>
#include <systemd/sd-event.h>

#include "base/usec.h"
#include "plugin/hooks/environment.h"

#define HOOK_STATE_FOLDER       "/run/dhcpd-link-hooks"
#define HOOK_STATE_NAME         "status"
#define HOOK_STATE_SIZE_MAX     ((size_t) 256 * 1024) /* bytes that are read */
#define HOOK_STATE_PERIOD_USEC  (1 * USEC_PER_SEC)    /* the least time between two writes */
#define HOOK_STATE_OVERDUE_USEC (5 * USEC_PER_SEC)    /* a hook that runs longer than this is reported */

/* Writing */

typedef struct HookState HookState;

/* Events of the link that wait. */
typedef size_t (*HookStateWaiting)(void *userdata, int ifindex);

/* The file is written anew with what is known: nothing. */
HookState *hook_state_new(sd_event *event, const char *folder, HookStateWaiting waiting, void *userdata);
/* Removes the file. */
HookState *hook_state_free(HookState *state);
static inline void hook_state_freep(HookState **p) {
        *p = hook_state_free(*p);
}

void hook_state_begin(HookState *state, int ifindex, const char *hook, HookReason reason);
/* @failure: how it ended; NULL: well. */
void hook_state_end(HookState *state, int ifindex, const char *hook, const char *failure);
/* The link is gone. */
void hook_state_forget(HookState *state, int ifindex);
/* Another number of events waits. */
void hook_state_touch(HookState *state);

/* Reading */

typedef struct HookStateEntry {
        int ifindex;
        char *hook, *reason;
        usec_t at;       /* CLOCK_BOOTTIME */
        bool running;    /* since @at; else it failed then */
        guint64 waiting; /* only of one that runs */
        char *text;      /* only of one that failed */
} HookStateEntry;

/*
 * What the text of such a file says, in its order; lines that are not understood are passed over. *ret_pid:
 * the runner that wrote it. g_ptr_array_unref() the result; NULL: it is no such text.
 */
GPtrArray *hook_state_parse(const char *text, pid_t *ret_pid);
/*
 * The same of the file in @folder. *ret_died: the
 * runner that wrote it is gone without a word. g_ptr_array_unref() the result; NULL: there is no such file.
 */
GPtrArray *hook_state_read(const char *folder, bool *ret_died);
