/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * Decides when something that somebody else removed from a link is put back, and when we give that up.
 *
 * If two programs each restore their own view, they never stop. Most conflicts are short, though: a script
 * flushes the link twice while it starts, or a manager removes what it does not know when it starts. So the
 * first time, what is missing is put back after a moment. If it is removed again, the wait grows. After
 * RESTORES_MAX times in a row the link goes without it until the lease is renewed or the user asks, and
 * people are told so (link/link.h).
 *
 * The first wait collects all that belongs to one loss: "ip route flush" deletes one route after the other.
 */
#include <stdbool.h>

#include "base/usec.h"

#define RESTORES_MAX       4u /* after 100 ms, 1 s, 4 s and 16 s */
#define RESTORE_FIRST_USEC (100 * USEC_PER_MSEC)
#define RESTORE_WAIT_USEC  (1 * USEC_PER_SEC)
#define RESTORE_WAIT_SHIFT 2u /* each wait is four times the one before */
/*
 * If something stayed for this long after it was put back, the conflict is over. The next loss then counts
 * as the first.
 */
#define RESTORE_HELD_USEC (300 * USEC_PER_SEC)

typedef struct Restore {
        unsigned n_restored; /* in a row */
        /* instant to put back what is missing; USEC_INFINITY: nothing is missing, or given up */
        usec_t due_at;
        usec_t restored_at; /* instant: the last time that something was put back */
        bool given_up;
} Restore;

typedef enum RestoreVerdict {
        RESTORE_NOW,
        RESTORE_LATER, /* at due_at */
        RESTORE_NEVER, /* given up */
} RestoreVerdict;

/* Forgets all losses. Call it for a new lease, and when the user asks. */
void restore_reset(Restore *restore);
/*
 * Call it when something that was there is missing. On RESTORE_NOW the caller puts it back, which is
 * counted here. On RESTORE_LATER the caller asks again at due_at, and whenever something happened.
 */
RestoreVerdict restore_decide(Restore *restore, usec_t now);
/* Call it when nothing is missing any more, whoever put it back. */
void restore_whole(Restore *restore);
