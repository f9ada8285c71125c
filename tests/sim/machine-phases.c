/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The second part of a run (machine.h), which has several phases. In each phase one thing happens to a
 * machine without faults, and the phase checks the outcome, which is known. A phase begins when every
 * interface is claimed and bound, and ends when the machine is settled again. For each seed a few phases
 * are drawn.
 */
#include <errno.h>
#include <string.h>

#include "tests/sim/machine.h"

#define LIFETIME_SEC 3600u

/* The next link may begin when a link has waited this long for its first answer (manager-pace.c). */
#define PACE_SPAN_USEC (200 * USEC_PER_MSEC)

#define PHASES_PER_SEED 4u

static MachineNic *draw_nic(Machine *machine) {
        return &machine->nics[machine_draw(machine, machine->n_nics)];
}

static ManagedLink *link_of(Machine *machine, const MachineNic *nic) {
        return manager_find(machine->manager, nic->link.ifindex);
}

static void unclaim_everything(Machine *machine) {
        for (unsigned i = 0; i < MACHINE_HOLDERS_MAX; i++)
                machine_holder_ends(machine, i);
        while (machine->n_claims > 0) {
                /* a copy, because machine_unclaim_all() removes the claim */
                const MachineClaim claim = machine->claims[0];

                machine_unclaim_all(machine, claim.name);
        }
}

/* Stores a name that no interface has. */
static void make_name(Machine *machine, const MachineNic *nic, char ret[static IF_NAMESIZE]) {
        const char *prefix = strncmp(nic->link.ifname, "one", 3) == 0 ? "two" : "one";

        (void) g_snprintf(ret, IF_NAMESIZE, "%s%d", prefix, machine_nic_index(machine, nic));
}

/*
 * Claims every interface. The claim is drawn: a glob of the bus, a glob of one holder, or the names of the
 * interfaces by several holders.
 */
static void claim_everything(Machine *machine) {
        const uint64_t how = machine_draw(machine, 3);

        if (how == 0)
                machine_claim(machine, "*", manager_owner_bus);
        for (unsigned i = 0; how > 0 && i < machine->n_nics; i++)
                machine_holder_claim(machine, how == 1 ? 0 : i % MACHINE_HOLDERS_MAX,
                                     how == 1 ? "*" : machine->nics[i].link.ifname);
}

/* Prepares the next phase: every interface is claimed and gets a lease anew. */
static void begin(Machine *machine) {
        machine->wanted.unmanaged[0] = machine->wanted.one[0] = '\0';
        machine_reload(machine);
        unclaim_everything(machine);
        for (unsigned i = 0; i < machine->n_nics; i++)
                if (machine->nics[i].untracked)
                        machine_nic_strip(machine, &machine->nics[i]);
        claim_everything(machine);
        machine_settle(machine);
        for (unsigned i = 0; i < machine->n_nics; i++)
                managed_link_restart(link_of(machine, &machine->nics[i]));
        machine_run_for(machine, 10 * USEC_PER_SEC);
        machine_settle(machine);
        machine_forget_sent(machine);
}

/* From now until let(), the check fails if an interface loses the address that it has now. */
static void hold(Machine *machine) {
        for (unsigned i = 0; i < machine->n_nics; i++)
                machine->nics[i].must_have = machine->nics[i].bound_to;
}

/* Ends hold(). */
static void let(Machine *machine) {
        for (unsigned i = 0; i < machine->n_nics; i++)
                machine->nics[i].must_have.s_addr = INADDR_ANY;
}

/* Returns how many messages the interface sent since machine_forget_sent(). */
static unsigned sent(const MachineNic *nic) {
        unsigned n = 0;

        for (size_t i = 0; i < G_N_ELEMENTS(nic->n_sent); i++)
                n += nic->n_sent[i];
        return n;
}

/* Fails if the link sent something or observers were told of a gain or loss of its lease. */
static void check_untouched(Machine *machine, const MachineNic *nic, const char *when) {
        if (sent(nic) > 0)
                machine_fail(machine, nic, "%s, and something is sent", when);
        if (nic->n_lost > 0 || nic->n_bound > 0)
                machine_fail(machine, nic, "%s, and observers are told of a gain or loss of its lease",
                             when);
}

/* Fails if the link gave up its lease, or searched for another one. */
static void check_kept(Machine *machine, const MachineNic *nic, const char *when) {
        if (nic->n_sent[DHCP4_DISCOVER] > 0 || nic->n_sent[DHCP4_RELEASE] > 0 || nic->n_lost > 0)
                machine_fail(machine, nic, "%s, and its lease is lost", when);
}

/*
 * The daemon is killed, and another one is started. The addresses stay on the interfaces, and the next
 * daemon goes on with the leases. It verifies a lease only if the carrier was away while no daemon ran.
 */
static void phase_kill(Machine *machine) {
        MachineNic *moved = machine_draw(machine, 2) ? draw_nic(machine) : NULL;

        hold(machine);
        machine_kill(machine);
        machine_run_for(machine, 1 + machine_draw(machine, 20 * USEC_PER_SEC));
        if (moved)
                machine_nic_blink(machine, moved);
        machine_start(machine);
        machine_run_for(machine, 60 * USEC_PER_SEC);
        for (unsigned i = 0; i < machine->n_nics; i++) {
                const MachineNic *nic = &machine->nics[i];

                if (nic != moved) {
                        if (sent(nic) > 0)
                                machine_fail(machine, nic,
                                             "its carrier was not away, and it asks for its lease again");
                } else if (nic->n_sent[DHCP4_REQUEST] == 0)
                        machine_fail(machine, nic, "its lease is not verified though the carrier was away");
                check_kept(machine, nic, "the daemon was started again");
        }
        machine_settle(machine);
        let(machine);
}

/*
 * The daemon is killed while it adds an address and routes to an interface. The next daemon finds the whole
 * plan on record, so it can remove what was added.
 */
static void phase_kill_within(Machine *machine) {
        MachineNic *nic = draw_nic(machine);

        managed_link_release(link_of(machine, nic));
        machine_run_for(machine, 2 * USEC_PER_SEC);
        /* The loop is not idle for up to 10 s, so mostly nothing is saved but ahead of a plan. */
        machine->idle_max = 10 * USEC_PER_SEC;
        machine->die_in = 1 + (unsigned) machine_draw(machine, 3);
        managed_link_renew(link_of(machine, nic));
        machine_run_for(machine, 60 * USEC_PER_SEC);
        machine->idle_max = 1;
        machine->die_in = 0;
        machine_settle(machine);
        unclaim_everything(machine);
        machine_settle(machine);
}

/*
 * An interface gets another name, which is claimed too, or keeps its old name as an alternative one. The
 * lease is kept, and the next daemon goes on with it.
 */
static void phase_rename(Machine *machine) {
        MachineNic *nic = draw_nic(machine);
        const bool keeps = machine_draw(machine, 2);
        char text[IF_NAMESIZE];

        make_name(machine, nic, text);
        hold(machine);
        machine_nic_rename(machine, nic, text, keeps);
        /* The claim comes before or after the daemon hears of the new name. */
        if (machine_draw(machine, 2))
                machine_run_for(machine, USEC_PER_SEC / 2);
        if (!keeps)
                machine_claim(machine, text, manager_owner_bus);
        machine_run_for(machine, 5 * USEC_PER_SEC);
        check_untouched(machine, nic, "it was renamed");
        machine_settle(machine);
        machine_kill(machine);
        machine_run_for(machine, USEC_PER_SEC);
        machine_start(machine);
        machine_run_for(machine, 60 * USEC_PER_SEC);
        check_kept(machine, nic, "it was renamed, and the daemon started again");
        machine_settle(machine);
        let(machine);
}

/*
 * An interface gets a name that nobody claims. It keeps its lease for about a second, in which somebody
 * could claim the new name. Then it is no longer managed.
 */
static void phase_rename_away(Machine *machine) {
        MachineNic *nic = draw_nic(machine);
        char text[IF_NAMESIZE];

        unclaim_everything(machine);
        machine_claim(machine, nic->link.ifname, manager_owner_bus);
        machine_settle(machine);
        make_name(machine, nic, text);
        nic->must_have = nic->bound_to;
        machine_nic_rename(machine, nic, text, /* keep_old= */ false);
        machine_run_for(machine, 9 * USEC_PER_SEC / 10);
        nic->must_have.s_addr = INADDR_ANY;
        machine_run_for(machine, 3 * USEC_PER_SEC);
        if (nic->is_managed)
                machine_fail(machine, nic, "nobody claims its new name, and it is managed");
        machine_settle(machine);
}

/*
 * The configuration is loaded again. It is the same as before, or one interface has another metric or
 * Manage=no. Leases are kept, except for Manage=no.
 */
static void phase_reload(Machine *machine) {
        MachineNic *nic = draw_nic(machine);
        const uint64_t what = machine_draw(machine, 3);

        hold(machine);
        if (what == 1) {
                (void) g_strlcpy(machine->wanted.one, nic->link.ifname, MACHINE_NAME_MAX);
                machine->wanted.one_metric = 77 + (uint32_t) machine_draw(machine, 3);
        } else if (what == 2) {
                (void) g_strlcpy(machine->wanted.unmanaged, nic->link.ifname, MACHINE_NAME_MAX);
                nic->must_have.s_addr = INADDR_ANY;
        }
        machine_reload(machine);
        machine_run_for(machine, 10 * USEC_PER_SEC);
        for (unsigned i = 0; i < machine->n_nics; i++)
                if (what != 2 || &machine->nics[i] != nic)
                        check_untouched(machine, &machine->nics[i],
                                        "nothing changed that servers know of it");
        for (size_t i = 0; what == 1 && i < nic->ours.n_routes; i++)
                if (nic->ours.routes[i].metric != machine->wanted.one_metric)
                        machine_fail(machine, nic, "a route has the old metric");
        if (what == 2 && nic->is_managed)
                machine_fail(machine, nic, "its configuration says Manage=no, and it is managed");
        /* Without Manage=no the interface is managed again, because it is still claimed. */
        machine->wanted.unmanaged[0] = '\0';
        machine_reload(machine);
        machine_settle(machine);
        let(machine);
}

/* Returns how many interfaces had sent their first message at @until. */
static unsigned first_ones(const Machine *machine, usec_t until) {
        unsigned n = 0;

        for (unsigned i = 0; i < machine->n_nics; i++)
                n += machine->nics[i].first_sent_at <= until;
        return n;
}

/* The machine sleeps. Then every lease is verified, no more than MaxExchanges= of them at once. */
static void phase_sleep(Machine *machine) {
        const unsigned max = machine->wanted.max_exchanges;

        machine_run_for(machine, 2 * USEC_PER_SEC);
        machine_forget_sent(machine);
        hold(machine);
        machine_sleep(machine, 600 * USEC_PER_SEC);
        machine_run_for(machine, USEC_PER_SEC / 2);
        if (first_ones(machine, machine->sim.now) > max)
                machine_fail(machine, NULL, "more leases are verified at once than MaxExchanges= allows");
        machine_run_for(machine, (machine->n_nics / max + 2) * USEC_PER_SEC);
        for (unsigned i = 0; i < machine->n_nics; i++)
                if (machine->nics[i].n_sent[DHCP4_REQUEST] == 0)
                        machine_fail(machine, &machine->nics[i],
                                     "its lease is not verified though the machine slept");
        machine_settle(machine);
        let(machine);
}

/*
 * An interface is moved to another namespace, and another device gets its number. If no daemon runs
 * meanwhile, the other device has another name too. It must get a lease of its own.
 */
static void phase_namespace(Machine *machine) {
        const bool unseen = machine_draw(machine, 2);
        MachineNic *nic = draw_nic(machine);
        const int ifindex = nic->link.ifindex;
        char text[IF_NAMESIZE];
        LeaseRecord record;

        machine_claim(machine, "*", manager_owner_bus);
        if (unseen)
                machine_kill(machine);
        machine_nic_leave(machine, nic);
        machine_run_for(machine, 3 * USEC_PER_SEC);
        if (!unseen && (nic->is_managed || manager_find(machine->manager, ifindex)))
                machine_fail(machine, nic, "it is in another namespace, and managed here");
        if (!unseen &&
            lease_store_load(machine->store, ifindex, manager_clocks(machine->manager), &record) != -ENOENT)
                machine_fail(machine, nic, "it is in another namespace, and there is a record of it");
        make_name(machine, nic, text);
        if (unseen)
                machine_nic_rename(machine, nic, text, /* keep_old= */ false);
        machine_nic_enter(machine, nic, ifindex, /* is_another= */ true);
        if (unseen)
                machine_start(machine);
        machine_settle(machine);
}

/*
 * The daemon is killed, and the only holder does not come back to the next daemon. So nobody claims the
 * links that the first daemon managed. The next daemon keeps their leases for half a minute and then
 * releases them.
 */
static void phase_orphans(Machine *machine) {
        unclaim_everything(machine);
        machine_holder_claim(machine, 0, "*");
        machine_settle(machine);
        machine_forget_sent(machine);
        hold(machine);
        machine_kill(machine);
        machine->holders[0] = (MachineHolder){ .back_at = USEC_INFINITY };
        machine_start(machine);
        machine_run_for(machine, 25 * USEC_PER_SEC);
        let(machine);
        machine_run_for(machine, 15 * USEC_PER_SEC);
        for (unsigned i = 0; i < machine->n_nics; i++) {
                const MachineNic *nic = &machine->nics[i];

                if (nic->ours.n_addresses > 0)
                        machine_fail(machine, nic, "nobody claims it, and its address stays on it");
                if (machine->wanted.release && nic->n_sent[DHCP4_RELEASE] == 0)
                        machine_fail(machine, nic, "nobody claims it, and its lease is not released");
        }
        machine_settle(machine);
}

static void check_all_untouched(Machine *machine, const char *when) {
        for (unsigned i = 0; i < machine->n_nics; i++)
                check_untouched(machine, &machine->nics[i], when);
}

static void check_none_managed(Machine *machine, const char *why) {
        for (unsigned i = 0; i < machine->n_nics; i++)
                if (machine->nics[i].is_managed)
                        machine_fail(machine, &machine->nics[i], "%s, and it is managed", why);
}

/*
 * The holder of all claims vanishes. It comes back in time and then drops its claims, or does not come back.
 * Leases are kept until the claims are dropped, or until half a minute has passed.
 */
static void phase_holder(Machine *machine) {
        const bool returns = machine_draw(machine, 2);

        unclaim_everything(machine);
        machine_holder_claim(machine, 1, "*");
        machine_settle(machine);
        machine_forget_sent(machine);
        hold(machine);
        machine_holder_dies(machine, 1, returns ? 5 * USEC_PER_SEC : USEC_INFINITY);
        machine_run_for(machine, (returns ? 20 : 29) * USEC_PER_SEC);
        check_all_untouched(machine, "its holder is back, or may come back");
        let(machine);
        if (returns)
                machine_holder_ends(machine, 1);
        machine_run_for(machine, 6 * USEC_PER_SEC);
        check_none_managed(machine, "its holder is gone");
        machine_settle(machine);
}

static int compare_first(gconstpointer a, gconstpointer b) {
        const usec_t x = *(const usec_t *) a, y = *(const usec_t *) b;

        return (x > y) - (x < y);
}

/*
 * All interfaces are claimed at once, and no server answers. No more than MaxExchanges= of them begin within
 * PACE_SPAN_USEC. Each begins at the latest when all links before it have waited for that long.
 */
static void phase_pace(Machine *machine) {
        const unsigned max = machine->wanted.max_exchanges;
        usec_t first[MACHINE_NICS_MAX];

        unclaim_everything(machine);
        machine_settle(machine);
        for (unsigned i = 0; i < machine->sim.n_servers; i++)
                machine->sim.servers[i].alive = false;
        machine->sim.routers_silent = true; /* since routers can confirm leases as well (RFC 4436) */
        machine_forget_sent(machine);
        machine_claim(machine, "*", manager_owner_bus);
        machine_run_for(machine, (machine->n_nics / max + 1) * PACE_SPAN_USEC + USEC_PER_SEC / 10);
        for (unsigned i = 0; i < machine->n_nics; i++) {
                first[i] = machine->nics[i].first_sent_at;
                if (first[i] == USEC_INFINITY)
                        machine_fail(machine, &machine->nics[i],
                                     "it has sent nothing, though its turn has come");
        }
        qsort(first, machine->n_nics, sizeof(first[0]), compare_first);
        for (unsigned i = max; i < machine->n_nics; i++)
                if (first[i] - first[i - max] < PACE_SPAN_USEC)
                        machine_fail(machine, NULL, "more links begin at once than MaxExchanges= allows");
        for (unsigned i = 0; i < machine->sim.n_servers; i++)
                machine->sim.servers[i].alive = true;
        machine->sim.routers_silent = false;
        machine_settle(machine);
}

/*
 * All interfaces are claimed at once, and the server answers at once. A link that has its lease lets the
 * next one begin, so all of them begin in less than PACE_SPAN_USEC.
 */
static void phase_served(Machine *machine) {
        const SimServer *server = &machine->sim.servers[0];

        /*
         * Leave out the cases in which a lease has to wait. Strict conflict detection takes time. Answers
         * without a server identifier wait for those of a server that has one.
         */
        if (machine->wanted.strict || machine->sim.n_servers > 1 || server->nameless ||
            server->omits & OMIT_ID)
                return;
        unclaim_everything(machine);
        machine_settle(machine);
        machine_forget_sent(machine);
        machine_claim(machine, "*", manager_owner_bus);
        machine_run_for(machine, 3 * PACE_SPAN_USEC / 4);
        for (unsigned i = 0; i < machine->n_nics; i++)
                if (machine->nics[i].first_sent_at == USEC_INFINITY)
                        machine_fail(machine, &machine->nics[i],
                                     "the others have leases, and it has sent nothing");
        machine_settle(machine);
}

/* All claims are dropped, one after the other. Each link sends one RELEASE, if it may, and ends. */
static void phase_stop(Machine *machine) {
        unclaim_everything(machine);
        machine_run_for(machine, 6 * USEC_PER_SEC);
        for (unsigned i = 0; i < machine->n_nics; i++) {
                const MachineNic *nic = &machine->nics[i];

                if (nic->n_sent[DHCP4_RELEASE] != (machine->wanted.release ? 1 : 0))
                        machine_fail(machine, nic, "RELEASE is sent %u times", nic->n_sent[DHCP4_RELEASE]);
                if (nic->is_managed)
                        machine_fail(machine, nic, "nobody claims it, and it is managed");
        }
        machine_settle(machine);
}

static void (*const phases[])(Machine *machine) = {
        phase_kill,      phase_kill_within, phase_rename, phase_rename_away, phase_reload, phase_sleep,
        phase_namespace, phase_orphans,     phase_holder, phase_pace,        phase_served, phase_stop,
};

void machine_phases(Machine *machine) {
        for (unsigned i = 0; i < machine->sim.n_servers; i++)
                sim_server_set_lifetime(&machine->sim.servers[i], LIFETIME_SEC);
        for (unsigned i = 0; i < PHASES_PER_SEED; i++) {
                const uint64_t which = machine_draw(machine, G_N_ELEMENTS(phases));

                begin(machine);
                machine_trace(machine, "phase %u", (unsigned) which);
                phases[which](machine);
        }
        unclaim_everything(machine);
        machine_settle(machine);
}
