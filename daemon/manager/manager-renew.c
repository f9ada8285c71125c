/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Asks for all leases again when something about the host has changed:
 *
 *   its name     What is told of us is made anew, and the servers that know the old name hear of it by a
 *                renewal (RFC 2131 §4.4.5), not only when half of the lease is over. A renewal that was
 *                on its way then is followed by another one.
 *   it slept     It may have been carried to another network, and the server's time has gone on: leases
 *                are verified (RFC 2131 §3.2).
 *
 * Only MaxExchanges= links do so at a time, for the same reason as at the start (manager-pace.c). Rounds
 * begin at least a second apart, however often something changes.
 */
#include <string.h>

#include "io/log.h"
#include "manager/managed-link.h"

#define RENEW_INTERVAL_USEC (1 * USEC_PER_SEC)

typedef struct Batch {
        unsigned room;
        bool more; /* links are left for the next round */
} Batch;

/* Returns true if a request is under way, which may have the old name of the host. */
static bool is_asking(Dhcp4State state) {
        return state == DHCP4_STATE_REQUESTING || state == DHCP4_STATE_REBOOTING ||
                state == DHCP4_STATE_RENEWING || state == DHCP4_STATE_REBINDING;
}

static uint64_t questions(const ManagedLink *link) {
        const Dhcp4Counters *counters = dhcp4_client_counters(link_client(link->link));

        return counters->sent[DHCP4_DISCOVER] + counters->sent[DHCP4_REQUEST];
}

static void verify(ManagedLink *link, Batch *batch) {
        const uint64_t sent = questions(link);

        link->verify_due = false;
        if (link->stopping)
                return;
        link_resumed(link->link, manager_now(link->manager));
        if (questions(link) > sent)
                batch->room--;
        manager_link_done(link->manager, link);
}

static int renew_if_due(ManagedLink *link, void *userdata) {
        Batch *batch = userdata;
        const Dhcp4State state = dhcp4_client_state(link_client(link->link));
        const Dhcp4Source *source = link_source(link->link);

        if (link->verify_due && batch->room == 0) {
                batch->more = true;
                return 1;
        }
        if (link->verify_due) {
                verify(link, batch);
                return 0;
        }

        /* Links with a request under way come here again when they have their lease. */
        if (!link->renew_due || is_asking(state))
                return 0;
        if (batch->room == 0) {
                batch->more = true;
                return 1;
        }
        link->renew_due = false;
        /*
         * In other states the next message has the new name anyway. Without a carrier, the message that asks
         * for the lease again has it.
         */
        if (link->stopping || !link->carrier || state != DHCP4_STATE_BOUND || !source ||
            (source->origin != DHCP4_LEASE_DHCP && source->origin != DHCP4_LEASE_INFORM))
                return 0;
        batch->room--;
        link_renew(link->link, manager_now(link->manager));
        /* The client does not renew a lease that has only just come; it may have come with the old name. */
        if (dhcp4_client_state(link_client(link->link)) == DHCP4_STATE_BOUND)
                link->renew_due = batch->more = true;
        manager_link_done(link->manager, link);
        return 0;
}

/* Sets the timer for the next round: at once, or a second after the last round. */
static void arm_renew_timer(Manager *manager) {
        const usec_t at = manager->renewed_at > 0 ? usec_add(manager->renewed_at, RENEW_INTERVAL_USEC) : 0;
        const int r = manager_set_timer(manager, &manager->renew_timer, at, USEC_PER_MSEC);

        if (r < 0)
                log_warning("Cannot ask for the leases again: %s", strerror(-r));
}

static void on_renew_timer(void *userdata) {
        Manager *manager = userdata;
        Batch batch = { .room = config_max_exchanges(manager->config) };

        manager->renewed_at = manager_now(manager);
        (void) manager_foreach(manager, renew_if_due, &batch);
        if (batch.more)
                arm_renew_timer(manager);
}

static int mark_if_changed(ManagedLink *link, void *userdata) {
        const Config *config = userdata;
        const LinkNames names = managed_link_names(link);
        const ConfigLink *link_config = config_find_link(config, &names, &link->hw_address);

        /* Never clear renew_due here: a link that is due stays due. */
        if (!config_link_equal(link->config, link_config))
                link->renew_due = true;
        return 0;
}

void manager_renew_init(Manager *manager) {
        manager->renew_timer = (ManagerTimer){ .func = on_renew_timer, .userdata = manager };
}

void manager_renew_due(Manager *manager) {
        arm_renew_timer(manager);
}

int manager_rename_host(Manager *manager, Config *config) {
        int r;

        log_info("The host has another name now");
        (void) manager_foreach(manager, mark_if_changed, config);
        r = manager_reload(manager, config);
        manager_renew_due(manager);
        return r;
}

static int mark_for_verification(ManagedLink *link, void *userdata) {
        bool *news = userdata;

        *news = *news || !link->verify_due;
        link->verify_due = true;
        return 0;
}

void manager_resumed(Manager *manager) {
        bool news = false;

        (void) manager_foreach(manager, mark_for_verification, &news);
        /* If all links are still due from the last call, both calls count as one sleep. */
        if (!news)
                return;
        log_info("The host slept, verifying all leases");
        manager_renew_due(manager);
}
