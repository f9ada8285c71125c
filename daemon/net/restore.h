/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * Decides when something that somebody else took off a link is put back, and when this is given up.
 *
 * Two programs that each restore their own view would never end. Most quarrels are short, though: a script
 * that flushes the link twice while it starts, a manager that removes what it does not know when it comes
 * up. So what is missing is put back in a moment the first time, and after a wait that grows when it goes
 * again. After RESTORES_MAX times in a row the link goes without it, which is told to people (link/link.h),
 * until the lease is renewed or the user asks.
 *
 * The first wait collects what belongs to one loss: "ip route flush" deletes one route after the other.
 */
#include <stdbool.h>

#include "base/usec.h"

#define RESTORES_MAX       4u /* after 100 ms, 1 s, 4 s and 16 s */
#define RESTORE_FIRST_USEC (100 * USEC_PER_MSEC)
#define RESTORE_WAIT_USEC  (1 * USEC_PER_SEC)
#define RESTORE_WAIT_SHIFT 2u /* each wait is four times the one before */
/*
 * If something stayed for so long after it was put back, the quarrel is over, and the next loss counts as
 * the first.
 */
#define RESTORE_HELD_USEC (300 * USEC_PER_SEC)

typedef struct Restore {
        unsigned n_restored; /* in a row */
        usec_t due_at; /* what is missing is put back then; USEC_INFINITY: nothing is missing, or given up */
        usec_t restored_at; /* the last time */
        bool given_up;
} Restore;

typedef enum RestoreVerdict {
        RESTORE_NOW,
        RESTORE_LATER, /* at due_at */
        RESTORE_NEVER, /* given up */
} RestoreVerdict;

/* Forgets all losses. Call it for another lease, and when the user asks. */
void restore_reset(Restore *restore);
/*
 * Call it when something is missing that was there. After RESTORE_NOW the caller puts it back; that is
 * counted here. After RESTORE_LATER ask again at due_at, and whenever something happened.
 */
RestoreVerdict restore_decide(Restore *restore, usec_t now);
/* Call it when nothing is missing any more, whoever put it back. */
void restore_whole(Restore *restore);
