/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Decides how often and when something is put back that others removed (net/restore.h). Pure. */
#include "net/restore.h"

void restore_reset(Restore *restore) {
        *restore = (Restore){ .due_at = USEC_INFINITY };
}

static usec_t wait_usec(unsigned n_restored) {
        if (n_restored == 0)
                return RESTORE_FIRST_USEC;
        return RESTORE_WAIT_USEC << (RESTORE_WAIT_SHIFT * (n_restored - 1));
}

RestoreVerdict restore_decide(Restore *restore, usec_t now) {
        if (restore->given_up)
                return RESTORE_NEVER;
        if (restore->due_at == USEC_INFINITY) {
                if (usec_sub(now, restore->restored_at) >= RESTORE_HELD_USEC)
                        restore->n_restored = 0;
                if (restore->n_restored >= RESTORES_MAX) {
                        restore->given_up = true;
                        return RESTORE_NEVER;
                }
                restore->due_at = usec_add(now, wait_usec(restore->n_restored));
        }
        if (now < restore->due_at)
                return RESTORE_LATER;
        restore->due_at = USEC_INFINITY;
        restore->restored_at = now;
        restore->n_restored++;
        return RESTORE_NOW;
}

void restore_whole(Restore *restore) {
        restore->due_at = USEC_INFINITY;
        restore->given_up = false;
}
