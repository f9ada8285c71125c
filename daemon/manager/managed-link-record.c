/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the lease store keeps about one managed interface: what is saved, when it is removed, and what a
 * later daemon loads.
 */
#include <errno.h>
#include <string.h>

#include "io/log.h"
#include "manager/managed-link.h"
#include "net/net-plan.h"

Clocks manager_clocks(Manager *manager) {
        const usec_t boottime = manager_now(manager);

        return (Clocks){
                .boottime = boottime,
                .realtime = manager_realtime(manager, boottime),
        };
}

/* Returns true for errors after which there may still be a record: the record or its folder is broken. */
static bool is_unreadable(int r) {
        return r < 0 && r != -ENOENT && r != -ESTALE;
}

/*
 * Loads the record from RUNTIME, or from STATE if RUNTIME cannot be read. The record in STATE may be older,
 * because some changes are saved to RUNTIME first.
 */
static int load_applied(Manager *manager, const KernelLink *kernel_link, const LinkNames *names, Clocks now,
                        LeaseRecord *ret) {
        int r = lease_store_load(manager->store, kernel_link->ifindex, now, ret);

        if (!is_unreadable(r))
                return r;
        FOREACH_LINK_NAME (name, names)
                if (lease_store_load_applied(manager->store, name, &kernel_link->address, now, ret) >= 0 &&
                    ret->ifindex == kernel_link->ifindex)
                        return 0;
        return r;
}

bool managed_link_load_record(Manager *manager, const KernelLink *kernel_link, Clocks now,
                              LeaseRecord *ret) {
        const LinkNames names = kernel_link_names(kernel_link);
        int r;

        if (!manager->store)
                return false;
        r = load_applied(manager, kernel_link, &names, now, ret);
        if (r < 0) {
                if (is_unreadable(r))
                        log_link_full(LOG_WARNING, kernel_link->ifname, NULL, 0,
                                      "Saved lease is not readable, starting without: %s", strerror(-r));
                return false;
        }
        /* Renamed while no daemon ran: the name that the record knows is kept as an alternative one. */
        return link_names_have(&names, ret->ifname);
}

bool managed_link_load_cached(const ManagedLink *link, Clocks now, Dhcp4Lease *ret) {
        const LinkNames names = managed_link_names(link);

        if (!link->manager->store)
                return false;
        FOREACH_LINK_NAME (name, &names)
                if (lease_store_load_cached(link->manager->store, name, &link->hw_address, now, ret) >= 0)
                        return true;
        return false;
}

static bool has_objects(const NetConfig *owned) {
        return owned->n_addresses + owned->n_routes + owned->n_rules > 0;
}

_noinline_ bool managed_link_was_ours(Manager *manager, const KernelLink *kernel_link) {
        LeaseRecord record;

        return managed_link_load_record(manager, kernel_link, manager_clocks(manager), &record);
}

bool managed_link_is_recorded(Manager *manager, const KernelLink *kernel_link) {
        LeaseRecord record;

        return managed_link_load_record(manager, kernel_link, manager_clocks(manager), &record) &&
                (record.applied || has_objects(&record.owned) || record.brought_up ||
                 record.mtu_before != 0);
}

static void make_record(const ManagedLink *link, LeaseRecord *ret) {
        const Mtu *mtu = link_mtu_state(link->link);
        const Dhcp4Source *applied = link_source(link->link);
        const Dhcp4Lease *cached = dhcp4_client_cached(link_client(link->link));
        Dhcp4Source source;

        lease_record_clear(ret);
        ret->ifindex = link->ifindex;
        ret->hw_address = link_lease_is_former(link->link) ? link->former_address : link->hw_address;
        ret->carrier_changes = link->carrier_changes;
        ret->applied = applied;
        ret->brought_up = link->brought_up;
        ret->mtu_before = mtu_before(mtu);
        ret->mtu_set = mtu_before(mtu) != 0 ? mtu_current(mtu) : mtu_yielded(mtu);
        ret->owned_known = true;
        if (!hw_address_equal(&link->identity, &ret->hw_address))
                ret->identity = link->identity;
        memcpy(ret->ifname, link->ifname, sizeof(ret->ifname));
        if (applied)
                lease_record_set_source(ret, applied);
        else if (dhcp4_client_in_force(link_client(link->link), &source))
                lease_record_set_source(ret, &source);
        else if (cached) {
                source = dhcp4_source_of_lease(cached);
                lease_record_set_source(ret, &source);
        }
        link->manager->ports->owned(link->manager->port, link->ifindex, &ret->owned);
}

static void save_ahead(ManagedLink *link, const LeaseRecord *record, const char *what) {
        const int r = lease_store_save_runtime(link->manager->store, record, manager_clocks(link->manager),
                                               &link->saved_ahead);

        if (r < 0)
                managed_link_log(link, LOG_WARNING, "Cannot save the %s: %s", what, strerror(-r));
}

void managed_link_save_mtu(ManagedLink *link, uint32_t mtu, uint32_t before) {
        LeaseRecord record;

        if (!link->manager->store)
                return;
        make_record(link, &record);
        record.mtu_before = before;
        record.mtu_set = mtu;
        save_ahead(link, &record, "MTU to be put back");
}

static void add_planned_object(NetConfig *owned, const NetStep *step) {
        switch (step->op) {
        case NET_OP_ADD_ADDRESS:
                if (!net_plan_find_address(owned, &step->address) && owned->n_addresses < NET_ADDRESSES_MAX)
                        owned->addresses[owned->n_addresses++] = step->address;
                return;
        case NET_OP_ADD_ROUTE_ONLINK:
        case NET_OP_ADD_ROUTE_GATEWAY:
                if (!net_config_find_route(owned, &step->route) && owned->n_routes < NET_ROUTES_MAX)
                        owned->routes[owned->n_routes++] = step->route;
                return;
        case NET_OP_ADD_RULE:
                if (owned->n_rules < NET_RULES_MAX)
                        owned->rules[owned->n_rules++] = step->rule;
                return;
        case NET_OP_DEL_RULE:
        case NET_OP_REMAKE_ADDRESS:
        case NET_OP_EXTEND_ADDRESS:
        case NET_OP_DEL_ROUTE:
        case NET_OP_DEL_ADDRESS:
        case _NET_OP_MAX:
                return;
        }
}

/* Returns the address of @source if the plan adds it, also with a new lifetime; NULL: it does not. */
static const NetAddress *find_address_of(const NetPlan *plan, const Dhcp4Source *source) {
        for (size_t i = 0; i < plan->n_steps; i++)
                if (plan->steps[i].op == NET_OP_ADD_ADDRESS && plan->steps[i].address.family == AF_INET &&
                    plan->steps[i].address.address.v4.s_addr == source->address.s_addr)
                        return &plan->steps[i].address;
        return NULL;
}

static bool adds_rules(const NetPlan *plan) {
        for (size_t i = 0; i < plan->n_steps; i++)
                if (plan->steps[i].op == NET_OP_ADD_RULE)
                        return true;
        return false;
}

void managed_link_save_plan(ManagedLink *link, const NetPlan *plan) {
        const NetAddress *address = NULL;
        LeaseRecord record;
        Dhcp4Source source;
        bool whole;

        if (!link->manager->store)
                return;
        if (dhcp4_client_in_force(link_client(link->link), &source) && !link_lease_is_former(link->link))
                address = find_address_of(plan, &source);
        if (!address && !adds_rules(plan))
                return;
        make_record(link, &record);
        /*
         * At a renewal our address is on the link already. Otherwise it is new, or others have removed it.
         */
        whole = address && !net_plan_find_address(&record.owned, address);
        if (!whole && !adds_rules(plan))
                return;
        if (whole) {
                /* Save the lease, too: without it the next daemon would remove the address. */
                record.applied = true;
                lease_record_set_source(&record, &source);
        }
        for (size_t i = 0; i < plan->n_steps; i++)
                if (whole || plan->steps[i].op == NET_OP_ADD_RULE)
                        add_planned_object(&record.owned, &plan->steps[i]);
        save_ahead(link, &record, "changes of the link");
}

void managed_link_forget_names(const ManagedLink *link, const HwAddress *address) {
        const bool current = hw_address_equal(address, &link->hw_address);
        const LinkNames names = managed_link_names(link);
        LinkNames former;

        FOREACH_LINK_NAME (name, &names)
                if (!current || strcmp(name, link->ifname) != 0)
                        (void) lease_store_forget_state(link->manager->store, name, address);
        if (!managed_link_former_names(link, &former))
                return;
        FOREACH_LINK_NAME (name, &former)
                if (!current || strcmp(name, link->ifname) != 0)
                        (void) lease_store_forget_state(link->manager->store, name, address);
}

/* Saves what a later daemon has to know, or removes it. Returns a negative errno if any of this failed. */
static int save_record(ManagedLink *link, const LeaseRecord *record) {
        LeaseStore *store = link->manager->store;
        const bool ours = record->brought_up || record->mtu_before != 0 || has_objects(&record->owned),
                   lease = record->have_lease || record->have_own,
                   anonymous = dhcp4_client_config(link_client(link->link))->anonymize;
        int r = 0, q = 0;

        link->had_lease = link->had_lease || lease;
        /*
         * A lease that was refused or given back is not asked for again, so it is removed. A lease that
         * ended with the carrier, or by a stop without RELEASE, is still remembered by the client, and
         * stays.
         */
        if (!lease && link->had_lease) {
                r = lease_store_remove(store, link->ifindex, link->ifname, &link->hw_address,
                                       /* forget_lease= */ true);
                link->saved_ahead = 0;
        }
        if (lease || ours || !link->stopping)
                /*
                 * An anonymous client asks for no former address (RFC 7844 §3.5), so only a daemon of this
                 * boot may take over the lease.
                 */
                q = anonymous
                        ? lease_store_save_runtime(store, record, manager_clocks(link->manager),
                                                   /* digest= */ NULL)
                        : lease_store_save(store, record, manager_clocks(link->manager), &link->saved_ahead);
        r = r < 0 ? r : q;
        /* Leases from before the link became anonymous are of no use either. */
        if (lease && anonymous)
                q = lease_store_forget_state(store, link->ifname, &link->hw_address);
        r = r < 0 ? r : q;
        if ((!lease && link->had_lease) || anonymous || link->former)
                managed_link_forget_names(link, &link->hw_address);
        /* There is nothing left on the link that the next daemon of this boot would have to remove. */
        if (link->stopping && !record->applied && !ours)
                q = lease_store_remove(store, link->ifindex, link->ifname, &link->hw_address,
                                       /* forget_lease= */ false);
        return r < 0 ? r : q;
}

void managed_link_save(ManagedLink *link) {
        LeaseRecord record;
        int r;

        if (!link->manager->store)
                return;
        make_record(link, &record);
        r = save_record(link, &record);
        /* Logged once, until saving works again. */
        if (r < 0 && r != link->save_error)
                managed_link_log(link, LOG_WARNING, "Cannot save the lease everywhere: %s", strerror(-r));
        link->save_error = r;
}

void managed_link_save_lease(ManagedLink *link) {
        LeaseRecord record;

        if (!link->manager->store)
                return;
        make_record(link, &record);
        if (!record.have_lease && !record.have_own) {
                /* A lease that was given back must not be remembered either. */
                managed_link_save(link);
                return;
        }
        /* An error is reported by the full save. */
        (void) lease_store_save_runtime(link->manager->store, &record, manager_clocks(link->manager),
                                        &link->saved_ahead);
}
