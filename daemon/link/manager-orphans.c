/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Links that were managed and that nobody claims now: what a daemon before us left on them is taken off, if no
 * holder comes back within a while.
 */
#include <glib.h>
#include <systemd/sd-event.h>

#include "io/log.h"
#include "link/managed-link.h"

/* How long after the start holders may take to come back before what they held counts as orphaned. */
#define ORPHAN_WAIT_USEC (30 * USEC_PER_SEC)
#define ORPHANS_MAX      4096u

/* Its holder ended while no daemon ran: managed for as long as it takes to stop it. */
static void stop_orphan(Manager *manager, int ifindex) {
        const KernelLink *kernel_link = kernel_find_link(manager->kernel, ifindex);
        const ConfigLink *config;
        const char *other;
        ManagedLink *link;

        if (!kernel_link) {
                /* The interface went while no daemon ran, and took all that was on it along. */
                (void) lease_store_forget_runtime(manager->store, ifindex);
                return;
        }
        if (manager_find(manager, ifindex))
                return;
        if (!managed_link_is_recorded(manager, kernel_link)) {
                /* There is nothing to take off, and the link is nobody's now. */
                (void) lease_store_forget_runtime(manager->store, ifindex);
                return;
        }
        if (manager_check_link(manager, kernel_link, &config, &other) != 0 ||
            manager_begin_link(manager, kernel_link) != 0)
                return;
        link = manager_find(manager, ifindex);
        log_link_full(LOG_INFO, link->ifname, NULL, 0, "Nobody claims it any more, taking the lease off");
        managed_link_stop(link, /* release= */ -1);
        manager_link_done(manager, link);
}

static int on_orphan_timer(sd_event_source *source, uint64_t usec, void *userdata) {
        Manager *manager = userdata;
        g_autofree int *ifindexes = g_new(int, ORPHANS_MAX);
        const int n = lease_store_list(manager->store, ifindexes, ORPHANS_MAX);

        manager->orphan_timer = sd_event_source_disable_unref(manager->orphan_timer);
        for (int i = 0; i < n; i++)
                stop_orphan(manager, ifindexes[i]);
        return 0;
}

void manager_await_orphans(Manager *manager) {
        int ifindex;

        if (manager->store && lease_store_list(manager->store, &ifindex, 1) > 0)
                (void) sd_event_add_time_relative(manager->event, &manager->orphan_timer, CLOCK_BOOTTIME,
                                                  ORPHAN_WAIT_USEC, USEC_PER_SEC, on_orphan_timer, manager);
}

bool manager_has_orphans(const Manager *manager) {
        return manager->orphan_timer;
}
