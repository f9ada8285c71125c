/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The properties that must hold on a machine (machine.h). Some must hold after each event, the others only
 * when nothing has happened for a while.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

#include "tests/sim/machine.h"

/* A link keeps its former names for a second (manager.h), and timers may be late. */
#define GRACE_USEC (2 * USEC_PER_SEC)

/*
 * How long it may take until every link has a lease. Servers are honest then, and no client waits longer
 * than this after refusals or conflicts.
 */
#define SETTLE_MAX_USEC  (900 * USEC_PER_SEC)
#define SETTLE_STEP_USEC (5 * USEC_PER_SEC)

/* What observers are told */

static MachineNic *nic_of(Machine *machine, const ManagedLink *link) {
        for (unsigned i = 0; i < machine->n_nics; i++)
                if (machine->nics[i].link.ifindex == managed_link_ifindex(link))
                        return &machine->nics[i];
        machine_fail(machine, NULL, "the manager has a link that belongs to no interface");
}

static void on_added(void *userdata, ManagedLink *link) {
        MachineNic *nic = nic_of(userdata, link);

        machine_trace(userdata, "%s is managed", managed_link_ifname(link));
        if (nic->is_managed)
                machine_fail(userdata, nic, "observers are told twice that it is managed");
        nic->is_managed = true;
}

static void on_removed(void *userdata, ManagedLink *link) {
        MachineNic *nic = nic_of(userdata, link);

        machine_trace(userdata, "%s is no longer managed", managed_link_ifname(link));
        if (!nic->is_managed || nic->is_bound)
                machine_fail(userdata, nic, "observers are told %s that it is no longer managed",
                             nic->is_bound ? "before the loss of its lease" : "twice");
        nic->is_managed = false;
}

static void on_notice(void *userdata, ManagedLink *link, LinkSource source, LinkNotice notice,
                      const Dhcp4Source *old, const Dhcp4Source *new) {
        static const char *const names[] = { "bound", "renewed", "changed", "lost" };
        Machine *machine = userdata;
        MachineNic *nic = nic_of(machine, link);

        machine_trace(machine, "%s %s %s", managed_link_ifname(link), names[notice],
                      inet_ntoa((new ?: old)->address));
        if (!nic->is_managed || (notice == LINK_NOTICE_BOUND) == nic->is_bound ||
            (notice == LINK_NOTICE_LOST) == (new != NULL))
                machine_fail(machine, nic, "observers are told \"%s\" out of order", names[notice]);
        if (new && !machine_nic_has(machine, nic, new->address))
                machine_fail(machine, nic, "observers are told of an address that is not on it");
        nic->is_bound = new;
        if (new)
                nic->bound_to = new->address;
        nic->n_bound += notice == LINK_NOTICE_BOUND;
        nic->n_lost += notice == LINK_NOTICE_LOST;
}

const ManagerObserver machine_observer = {
        .link_added = on_added,
        .link_removed = on_removed,
        .link_notice = on_notice,
};

/* What goes over the wire */

void machine_forget_sent(Machine *machine) {
        for (unsigned i = 0; i < machine->n_nics; i++) {
                memset(machine->nics[i].n_sent, 0, sizeof(machine->nics[i].n_sent));
                machine->nics[i].first_sent_at = USEC_INFINITY;
                machine->nics[i].n_bound = machine->nics[i].n_lost = 0;
        }
}

void machine_note_sent(Machine *machine, MachineNic *nic, Dhcp4MessageType type) {
        nic->n_sent[type]++;
        nic->first_sent_at = MIN(nic->first_sent_at, machine->sim.now);
}

void machine_note_grant(Machine *machine, MachineNic *nic, const Packet *packet) {
        MachineGrant grant = { .until = USEC_INFINITY };
        Dhcp4Message m;

        if (dhcp4_message_parse(packet->data, packet->len, &m) != 0)
                return;
        machine_trace(machine, "%s hears %s xid %08x yiaddr %s", nic->link.ifname,
                      dhcp4_message_type_to_string(m.type), m.header.xid, inet_ntoa(m.header.yiaddr));
        if (m.type != DHCP4_ACK || memcmp(m.header.chaddr, nic->link.address.bytes, 6) != 0)
                return;
        grant.address = m.header.yiaddr.s_addr != INADDR_ANY ? m.header.yiaddr : m.header.ciaddr;
        nic->grants[nic->n_grants++ % MACHINE_GRANTS_MAX] = grant;
}

static bool was_granted(const MachineNic *nic, struct in_addr address) {
        for (unsigned i = 0; i < MIN(nic->n_grants, MACHINE_GRANTS_MAX); i++)
                if (nic->grants[i].address.s_addr == address.s_addr)
                        return true;
        return false;
}

/* What must hold after each event */

void machine_check_step(Machine *machine, MachineNic *nic, const NetStep *step) {
        const struct in_addr address = step->address.address.v4;

        if (step->op != NET_OP_ADD_ADDRESS)
                return;
        nic->put_unclaimed = !machine_is_claimed(machine, nic) && nic->claimed_until < machine->sim.now;
        if (!was_granted(nic, address))
                machine_fail(machine, nic, "%s is added, which no server granted to it", inet_ntoa(address));
        /* While faults happen, a server may forget a lease and grant its address to another link. */
        for (unsigned i = 0; i < machine->n_nics && !machine->sim.faulty; i++)
                for (size_t j = 0; j < machine->nics[i].ours.n_addresses; j++)
                        if (&machine->nics[i] != nic &&
                            machine->nics[i].ours.addresses[j].address.v4.s_addr == address.s_addr)
                                machine_fail(machine, nic, "%s is added, which another link has",
                                             inet_ntoa(address));
}

static bool has_ours(const MachineNic *nic, struct in_addr address) {
        for (size_t i = 0; i < nic->ours.n_addresses; i++)
                if (nic->ours.addresses[i].address.v4.s_addr == address.s_addr)
                        return true;
        return false;
}

void machine_check(Machine *machine) {
        for (unsigned i = 0; i < machine->n_nics; i++) {
                MachineNic *nic = &machine->nics[i];
                SimHost *host = machine_nic_host(machine, nic);
                const char *missing = world_kernel_miss_others(&host->world.kernel, &host->others);

                if (missing)
                        machine_fail(machine, nic, "%s", missing);
                if (machine_is_claimed(machine, nic))
                        nic->claimed_until = USEC_INFINITY;
                else if (nic->claimed_until == USEC_INFINITY)
                        nic->claimed_until = machine->sim.now + GRACE_USEC;
                /*
                 * The manager begins an orphan only to stop it, and may add its address again within that
                 * call. So this looks at what is left when the call has returned.
                 */
                if (nic->put_unclaimed && nic->ours.n_addresses > 0)
                        machine_fail(machine, nic, "nobody claims it, and the daemon added an address");
                if (nic->must_have.s_addr != INADDR_ANY && !has_ours(nic, nic->must_have))
                        machine_fail(machine, nic, "%s is no longer on it", inet_ntoa(nic->must_have));
        }
}

/* What must hold when nothing has happened for a while */

static const char *unsettled_idle(Machine *machine, MachineNic *nic) {
        const Clocks now = manager_clocks(machine->manager);
        LeaseRecord record;

        if (nic->is_managed)
                return "nobody claims it, and it is managed";
        if (nic->ours.n_addresses + nic->ours.n_routes > 0 && !nic->untracked)
                return "nobody claims it, and something that a daemon added is on it";
        if (nic->here && !nic->other && nic->link.up == nic->starts_down)
                return nic->link.up ? "the daemon left it up, and it was down before"
                                    : "it is down, and was up before the daemon came";
        if (lease_store_load(machine->store, nic->link.ifindex, now, &record) != -ENOENT)
                return "nobody claims it, and the store has a record of it";
        return NULL;
}

static const char *unsettled_managed(Machine *machine, MachineNic *nic) {
        const ManagedLink *link = manager_find(machine->manager, nic->link.ifindex);
        const Clocks now = manager_clocks(machine->manager);
        const Dhcp4Source *source;
        Dhcp4Source recorded;
        LeaseRecord record;
        NetConfig owned;

        if (!link || !nic->is_managed)
                return "it is claimed, and not managed";
        source = managed_link_source(link);
        if (!source || !nic->is_bound || !link_settled(managed_link_link(link)))
                return "it has no lease, or is not settled";
        if (!has_ours(nic, source->address))
                return "the address of its lease is not on it";
        if (lease_store_load(machine->store, nic->link.ifindex, now, &record) < 0)
                return "the store has no record of it";
        if (!record.applied || !lease_record_source(&record, &recorded) ||
            recorded.address.s_addr != source->address.s_addr ||
            strcmp(record.ifname, nic->link.ifname) != 0 ||
            !hw_address_equal(&record.hw_address, &nic->link.address))
                return "its record is of another lease, name or hardware address";
        machine_ports.owned(machine, nic->link.ifindex, &owned);
        if (nic->untracked)
                return NULL;
        if (owned.n_addresses != 1)
                return "the daemon does not know that it added the address";
        if (record.owned.n_addresses != 1 || record.owned.n_routes != owned.n_routes)
                return "its record does not list what the daemon added";
        return NULL;
}

const char *machine_unsettled(Machine *machine, MachineNic **ret_nic) {
        if (!machine->manager || manager_has_orphans(machine->manager))
                return "no daemon runs, or it has not dealt with orphans yet";
        for (unsigned i = 0; i < machine->n_nics; i++) {
                MachineNic *nic = *ret_nic = &machine->nics[i];
                const char *problem;

                if (!nic->here)
                        continue;
                problem = machine_should_manage(machine, nic) ? unsettled_managed(machine, nic)
                                                              : unsettled_idle(machine, nic);
                if (problem)
                        return problem;
        }
        return NULL;
}

void machine_settle(Machine *machine) {
        const usec_t until = machine->sim.now + SETTLE_MAX_USEC;
        MachineNic *nic = NULL;
        const char *problem;

        while ((problem = machine_unsettled(machine, &nic)) && machine->sim.now < until)
                machine_run_for(machine, SETTLE_STEP_USEC);
        if (problem)
                machine_fail(machine, nic, "in the end: %s", problem);
}
