/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Pacing: only a limited number of links wait for their first answer at the same time. When one of them has
 * its answer, the next link starts.
 *
 * A burst of DISCOVERs from hundreds of links overflows the server's socket buffer and our own, and each
 * loss costs a second. A link leaves the window when it has a lease or after PACE_SPAN_USEC, so that
 * links without a server delay nobody for long. With one link the window is never full and nothing is
 * ever delayed.
 */
#include "manager/managed-link.h"

/* Much more than a server on the same LAN needs for two round trips. */
#define PACE_SPAN_USEC (200 * USEC_PER_MSEC)

static void pace_unlink(Manager *manager, ManagedLink *link) {
        switch (link->pace) {
        case PACE_IDLE:
                return;
        case PACE_WAITING:
                TAILQ_REMOVE(&manager->waiting, link, pace_entry);
                break;
        case PACE_FLYING:
                TAILQ_REMOVE(&manager->flying, link, pace_entry);
                manager->n_flying--;
                break;
        }
        link->pace = PACE_IDLE;
}

static void pace_admit(Manager *manager);

static void on_pace_timer(void *userdata) {
        Manager *manager = userdata;
        const usec_t now = manager_now(manager);
        ManagedLink *link;

        /* The oldest link is the first, and all links get the same span. */
        while ((link = TAILQ_FIRST(&manager->flying)) && link->pace_until <= now)
                pace_unlink(manager, link);
        pace_admit(manager);
}

static void pace_arm(Manager *manager) {
        const ManagedLink *oldest = TAILQ_FIRST(&manager->flying);

        /* The timer is needed only if the window is full and a link is waiting. */
        (void) manager_set_timer(manager, &manager->pace_timer,
                                 oldest && !TAILQ_EMPTY(&manager->waiting) ? oldest->pace_until
                                                                           : USEC_INFINITY,
                                 USEC_PER_MSEC);
}

static void pace_admit(Manager *manager) {
        const unsigned max = config_max_exchanges(manager->config);
        ManagedLink *link;

        /*
         * A link that needs no answer gives its place back while it is admitted below. The loop below then
         * admits the next link.
         */
        if (manager->admitting)
                return;
        manager->admitting = true;

        while (manager->n_flying < max && (link = TAILQ_FIRST(&manager->waiting))) {
                pace_unlink(manager, link);
                link->pace = PACE_FLYING;
                link->pace_until = usec_add(manager_now(manager), PACE_SPAN_USEC);
                TAILQ_INSERT_TAIL(&manager->flying, link, pace_entry);
                manager->n_flying++;
                managed_link_admit(link);
        }

        manager->admitting = false;
        pace_arm(manager);
}

void manager_pace_init(Manager *manager) {
        TAILQ_INIT(&manager->waiting);
        TAILQ_INIT(&manager->flying);
        manager->pace_timer = (ManagerTimer){ .func = on_pace_timer, .userdata = manager };
}

void manager_pace_deinit(Manager *manager) {
        manager_clear_timer(manager, &manager->pace_timer);
}

void manager_pace_request(Manager *manager, ManagedLink *link) {
        if (link->pace != PACE_IDLE)
                return;
        link->pace = PACE_WAITING;
        TAILQ_INSERT_TAIL(&manager->waiting, link, pace_entry);
        pace_admit(manager);
}

void manager_pace_release(Manager *manager, ManagedLink *link) {
        const bool flew = link->pace == PACE_FLYING;

        pace_unlink(manager, link);
        if (flew)
                pace_admit(manager);
}
