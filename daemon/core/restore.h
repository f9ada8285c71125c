/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * What somebody else takes off a link: when it is put back, and when no more.
 *
 * Two programs that each restore their own view would never end. Most quarrels are short, though: a script
 * that flushes the link twice while it starts, a manager that removes what it does not know when it comes
 * up. So what is missing is put back in a moment the first time, and after a wait that grows when it goes
 * again. After RESTORES_MAX times in a row the link goes without it, which is told to people (link/link.h),
 * until the lease is renewed or the user asks.
 *
 * The first wait is for the rest: "ip route flush" deletes one route after the other, and that is one loss.
 */
#include <stdbool.h>

#include "base/usec.h"

#define RESTORES_MAX       4u /* after 100 ms, 1 s, 4 s and 16 s */
#define RESTORE_FIRST_USEC (100 * USEC_PER_MSEC)
#define RESTORE_WAIT_USEC  (1 * USEC_PER_SEC)
#define RESTORE_WAIT_SHIFT 2u /* each wait is four times the one before */
/* What stayed for so long after it was put back was no part of a quarrel: the next loss is the first. */
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

/* From the beginning: another lease, or the user asks. */
void restore_reset(Restore *restore);
/*
 * Something is missing that was there. RESTORE_NOW counts as done: the caller puts it back. To be asked
 * again at due_at, and whenever something happened.
 */
RestoreVerdict restore_decide(Restore *restore, usec_t now);
/* Nothing is missing any more, by whomever. */
void restore_whole(Restore *restore);
