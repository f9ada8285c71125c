/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * Writes and reads the state of hooks, in a file that everybody may read: which hooks run, and which have
 * failed the last time. The runner writes the file, and dhcpd-linkctl status reads it.
 *
 *   pid 123
 *   2 chrony RENEW 1234567 running 3        since when (CLOCK_BOOTTIME), events of the link that wait
 *   2 samba BOUND 1234567 failed ended with status 1
 *
 * A hook that has ended with success has no line.
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

/* Returns how many events of the link wait. */
typedef size_t (*HookStateWaiting)(void *userdata, int ifindex);

/* Makes the state, in which no hook is known, and writes the file in @folder again. */
HookState *hook_state_new(sd_event *event, const char *folder, HookStateWaiting waiting, void *userdata);
/* Removes the file, and frees the state. */
HookState *hook_state_free(HookState *state);
static inline void hook_state_freep(HookState **p) {
        *p = hook_state_free(*p);
}

void hook_state_begin(HookState *state, int ifindex, const char *hook, HookReason reason);
/* Call this when a hook has ended. @failure: how it has failed; NULL: it has succeeded. */
void hook_state_end(HookState *state, int ifindex, const char *hook, const char *failure);
/* Call this when the link is gone. */
void hook_state_forget(HookState *state, int ifindex);
/* Call this when the number of waiting events has changed. */
void hook_state_touch(HookState *state);

/* Reading */

typedef struct HookStateEntry {
        int ifindex;
        char *hook, *reason;
        usec_t at;       /* CLOCK_BOOTTIME */
        bool running;    /* true: it has run since @at; false: it failed at @at */
        guint64 waiting; /* events that wait, if the hook runs */
        char *text;      /* how it failed, if it has failed */
} HookStateEntry;

/*
 * Reads the text of such a file, and returns its entries (of HookStateEntry) in its order. Lines that are
 * not understood are skipped. *ret_pid: the runner that wrote it. Returns NULL if it is no such text. The
 * caller drops the array with g_ptr_array_unref().
 */
GPtrArray *hook_state_parse(const char *text, pid_t *ret_pid);
/*
 * Does the same for the file in @folder. *ret_died: true if the runner that wrote the file has died without
 * removing it. Returns NULL if there is no such file. The caller drops the array with g_ptr_array_unref().
 */
GPtrArray *hook_state_read(const char *folder, bool *ret_died);
