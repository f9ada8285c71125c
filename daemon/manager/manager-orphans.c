/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Links that were managed and that nobody holds now. Their lease is given back if no holder comes back
 * within a while. There are two kinds:
 *
 *   orphans       a daemon before us left something on the link, and no holder claims it from us
 *   left claims   the holder vanished without letting go: it was killed, or is being restarted. Only an
 *                 orderly stop gives a lease back at once. The claim stays meanwhile, with an owner of
 *                 its own.
 */
#include <glib.h>
#include <string.h>

#include "io/log.h"
#include "manager/managed-link.h"

/* How long holders may take to come back, after the start or after they left. */
#define ORPHAN_WAIT_USEC (30 * USEC_PER_SEC)
#define ORPHANS_MAX      4096u /* held by on_orphan_timer() */

/* Stops a link whose holder ended while no daemon ran. The link is managed until it is stopped. */
static void stop_orphan(Manager *manager, int ifindex) {
        const KernelLink *kernel_link = manager->ports->find_link(manager->port, ifindex);
        ManagedLink *link;

        if (!kernel_link) {
                /* The interface was removed while no daemon ran, with everything that was on it. */
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
        if (manager_begin_orphan(manager, kernel_link) != 0)
                return;
        link = manager_find(manager, ifindex);
        log_link_full(LOG_INFO, link->ifname, NULL, 0, "Nobody claims it any more, taking the lease off");
        managed_link_stop(link, /* release= */ -1);
        manager_link_done(manager, link);
}

static void on_orphan_timer(void *userdata) {
        Manager *manager = userdata;
        g_autofree int *ifindexes = g_new(int, ORPHANS_MAX);
        const int n = lease_store_list(manager->store, ifindexes, ORPHANS_MAX);

        manager_clear_timer(manager, &manager->orphan_timer);
        for (int i = 0; i < n; i++)
                stop_orphan(manager, ifindexes[i]);
}

void manager_await_orphans(Manager *manager) {
        int ifindex;

        if (manager->store && lease_store_list(manager->store, &ifindex, 1) > 0)
                (void) manager_set_timer(manager, &manager->orphan_timer,
                                         usec_add(manager_now(manager), ORPHAN_WAIT_USEC), USEC_PER_SEC);
}

bool manager_has_orphans(const Manager *manager) {
        return manager->orphan_timer.source;
}

/* Left claims */

const char manager_owner_left[] = "left by its holder";

typedef struct LeftClaim {
        char *name;
        usec_t until;
} LeftClaim;

static void arm_left_timer(Manager *manager) {
        usec_t next = USEC_INFINITY;

        for (guint i = 0; i < manager->left->len; i++)
                next = MIN(next, g_array_index(manager->left, LeftClaim, i).until);
        (void) manager_set_timer(manager, &manager->left_timer, next, USEC_PER_SEC);
}

static void drop_left(Manager *manager, guint i) {
        LeftClaim *claim = &g_array_index(manager->left, LeftClaim, i);

        (void) claims_remove(manager->claims, claim->name, manager_owner_left);
        manager_claims_changed(manager, claim->name);
        g_free(claim->name);
        g_array_remove_index_fast(manager->left, i);
}

static void on_left_timer(void *userdata) {
        Manager *manager = userdata;
        const usec_t now = manager_now(manager);

        for (guint i = manager->left->len; i-- > 0;) {
                const LeftClaim *claim = &g_array_index(manager->left, LeftClaim, i);

                if (claim->until > now)
                        continue;
                log_info("%s: its holder did not come back", claim->name);
                drop_left(manager, i);
        }
        manager_stop_unclaimed(manager, /* release= */ -1);
        arm_left_timer(manager);
}

void manager_holder_left(Manager *manager, const void *owner) {
        g_autofree const char **names = claims_names(manager->claims, owner);

        for (const char **name = names; *name; name++) {
                const LeftClaim claim = {
                        .name = g_strdup(*name),
                        .until = usec_add(manager_now(manager), ORPHAN_WAIT_USEC),
                };

                manager_holder_came(manager, *name);
                (void) claims_add(manager->claims, *name, manager_owner_left);
                (void) claims_mark(manager->claims, *name, manager_owner_left,
                                   claims_is_marked(manager->claims, *name, owner));
                g_array_append_val(manager->left, claim);
                log_info("%s: its holder is gone, waiting for it to come back", *name);
        }
        /* The strings in names belong to these claims, so the claims are removed last. */
        if (claims_remove_owner(manager->claims, owner) > 0)
                manager_claims_changed(manager, NULL);
        arm_left_timer(manager);
}

void manager_holder_came(Manager *manager, const char *name) {
        for (guint i = 0; i < manager->left->len; i++)
                if (strcmp(g_array_index(manager->left, LeftClaim, i).name, name) == 0) {
                        drop_left(manager, i);
                        arm_left_timer(manager);
                        return;
                }
}

void manager_orphans_init(Manager *manager) {
        manager->left = g_array_new(FALSE, FALSE, sizeof(LeftClaim));
        manager->left_timer = (ManagerTimer){ .func = on_left_timer, .userdata = manager };
        manager->orphan_timer = (ManagerTimer){ .func = on_orphan_timer, .userdata = manager };
}

void manager_orphans_deinit(Manager *manager) {
        /* Nobody is told: the observers are gone. */
        for (guint i = 0; manager->left && i < manager->left->len; i++) {
                char *name = g_array_index(manager->left, LeftClaim, i).name;

                (void) claims_remove(manager->claims, name, manager_owner_left);
                g_free(name);
        }
        g_clear_pointer(&manager->left, g_array_unref);
        manager_clear_timer(manager, &manager->left_timer);
        manager_clear_timer(manager, &manager->orphan_timer);
}
