/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Claims (manager.h), and the links that start and stop with them. The claims of the bus are saved over a
 * restart of the daemon, because nobody would make them again.
 */
#include <string.h>

#include "io/log.h"
#include "manager/managed-link.h"

/* Behind the name of a saved claim that is marked. No name has a slash in it. */
#define NOT_APPLIED "/not-applied"

const char manager_owner_command_line[] = "command line";
const char manager_owner_bus[] = "bus";

static void add_claim(Manager *manager, const char *name, const void *owner, bool apply) {
        (void) claims_add(manager->claims, name, owner);
        (void) claims_mark(manager->claims, name, owner, !apply);
}

bool manager_claim_applies(Manager *manager, const char *name, const void *owner) {
        return !claims_is_marked(manager->claims, name, owner);
}

bool manager_is_claimed(Manager *manager, const ManagedLink *link) {
        const LinkNames names = managed_link_names(link);
        LinkNames former;

        return claims_match(manager->claims, &names) ||
                (!link->former_over && managed_link_former_names(link, &former) &&
                 claims_match(manager->claims, &former));
}

static int settle_link(ManagedLink *link, void *userdata) {
        managed_link_claims_changed(link);
        return 0;
}

void manager_claims_changed(Manager *manager, const char *name) {
        const bool any = claims_any_marked(manager->claims);

        /* Marks are rare, and thousands of links may be claimed one after another. */
        if (any || manager->any_marked)
                (void) manager_foreach(manager, settle_link, NULL);
        manager->any_marked = any;
        manager_tell_claims(manager, name);
}

/*
 * Saves the claims of the bus. They have no holder that would make them again after a restart of the daemon.
 */
static void save_bus_claims(Manager *manager) {
        g_autofree const char **names = claims_names(manager->claims, manager_owner_bus);
        g_auto(GStrv) lines = NULL;
        size_t n = 0;
        int r;

        if (!manager->store)
                return;
        lines = g_new0(char *, g_strv_length((char **) names) + 1);
        for (const char **name = names; *name; name++)
                lines[n++] = g_strconcat(
                        *name,
                        claims_is_marked(manager->claims, *name, manager_owner_bus) ? NOT_APPLIED : "",
                        NULL);
        r = lease_store_save_claims(manager->store, (const char *const *) lines);
        if (r < 0)
                log_warning("Cannot save the claims of the bus: %s", strerror(-r));
}

void manager_load_claims(Manager *manager) {
        g_auto(GStrv) names = NULL;
        int r;

        if (!manager->store)
                return;
        r = lease_store_load_claims(manager->store, &names);
        if (r < 0) {
                log_warning("Cannot read the saved claims of the bus: %s", strerror(-r));
                return;
        }
        for (char **name = names; *name; name++) {
                const bool marked = g_str_has_suffix(*name, NOT_APPLIED);

                if (marked)
                        (*name)[strlen(*name) - strlen(NOT_APPLIED)] = '\0';
                if (claims_name_is_valid(*name) && claims_size(manager->claims) < MANAGER_CLAIMS_MAX)
                        add_claim(manager, *name, manager_owner_bus, !marked);
        }
        manager->any_marked = claims_any_marked(manager->claims);
}

static int claim(Manager *manager, const char *name, const void *owner, bool apply) {
        const KernelLink *kernel_link;
        ManagedLink *link;
        const ConfigLink *config;
        int r;

        if (!claims_name_is_valid(name))
                return MANAGER_E_BAD_NAME;
        if (claims_size(manager->claims) >= MANAGER_CLAIMS_MAX)
                return MANAGER_E_TOO_MANY;

        if (!manager->started) {
                add_claim(manager, name, owner, apply);
                return 0;
        }
        if (claims_name_is_glob(name)) {
                add_claim(manager, name, owner, apply);
                manager_consider_links(manager);
                return 0;
        }

        kernel_link = manager->ports->find_link_by_name(manager->port, name);
        if (!kernel_link) {
                manager->ports->look_up_name(manager->port, name);
                kernel_link = manager->ports->find_link_by_name(manager->port, name);
        }
        if (!kernel_link) {
                add_claim(manager, name, owner, apply);
                return 0;
        }
        link = manager_find(manager, kernel_link->ifindex);
        if (link && link->stopping) {
                link->stopping = false;
                add_claim(manager, name, owner, apply);
                managed_link_restart(link);
                return 0;
        }
        if (!link) {
                r = manager_check_link(manager, kernel_link, &config);
                if (r != 0)
                        return r;
        }
        add_claim(manager, name, owner, apply);
        return link ? 0 : manager_begin_link(manager, kernel_link);
}

int manager_claim(Manager *manager, const char *name, const void *owner, bool apply) {
        const int r = claim(manager, name, owner, apply);

        /* After the new claim, so that the link is never without one. */
        if (r == 0) {
                manager_holder_came(manager, name);
                manager_claims_changed(manager, name);
        }
        if (r == 0 && owner == manager_owner_bus && manager->started)
                save_bus_claims(manager);
        return r;
}

void manager_stop_unclaimed(Manager *manager, int release) {
        const ManagerLinks all = manager_all_links(manager);

        for (size_t i = 0; i < all.n; i++) {
                ManagedLink *link = all.links[i];

                if (link->stopping || manager_is_claimed(manager, link))
                        continue;
                managed_link_stop(link, release);
                manager_link_done(manager, link);
        }
        g_free(all.links);
}

void manager_unclaim(Manager *manager, const char *name, const void *owner, int release) {
        if (!claims_remove(manager->claims, name, owner))
                return;
        if (owner == manager_owner_bus)
                save_bus_claims(manager);
        manager_claims_changed(manager, name);
        manager_stop_unclaimed(manager, release);
}

void manager_unclaim_all(Manager *manager, const char *name, int release) {
        const ManagedLink *link = manager_find_by_name(manager, name);
        LinkNames names = { .ifname = name }, former;
        size_t n = claims_remove_matching(manager->claims, &names);

        if (link) {
                names = managed_link_names(link);
                n += claims_remove_matching(manager->claims, &names);
                if (managed_link_former_names(link, &former))
                        n += claims_remove_matching(manager->claims, &former);
        }
        if (n == 0)
                return;
        save_bus_claims(manager);
        manager_claims_changed(manager, NULL);
        manager_stop_unclaimed(manager, release);
}

void manager_unclaim_owner(Manager *manager, const void *owner, int release) {
        if (claims_remove_owner(manager->claims, owner) == 0)
                return;
        manager_claims_changed(manager, NULL);
        manager_stop_unclaimed(manager, release);
}

bool manager_owns(Manager *manager, const char *name, const void *owner) {
        return claims_has(manager->claims, name, owner);
}

unsigned manager_n_claims(Manager *manager) {
        return claims_size(manager->claims);
}
