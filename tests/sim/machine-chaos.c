/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The first part of a run (machine.h). Random things happen in random order and with random gaps between
 * them, and only safety is checked (machine_check()). Which kinds of things can happen in a run is drawn
 * once, at its beginning.
 */
#include <string.h>

#include "tests/sim/machine.h"

#define OPS_MAX 60u

static MachineNic *draw_nic(Machine *machine) {
        return &machine->nics[machine_draw(machine, machine->n_nics)];
}

static MachineNic *draw_nic_here(Machine *machine) {
        MachineNic *nic = draw_nic(machine);

        return nic->here ? nic : NULL;
}

/* Draws a name for a claim: the name of an interface, a name that one may get later, or a glob. */
static const char *draw_name(Machine *machine) {
        static const char *const names[] = { "eth*", "*",    "lan*",  "eth0",  "eth1",
                                             "lan0", "lan1", "port0", "port1", "port*" };

        if (machine_draw(machine, 2))
                return draw_nic(machine)->link.ifname;
        return names[machine_draw(machine, G_N_ELEMENTS(names))];
}

static void op_claim(Machine *machine) {
        machine_holder_claim(machine, (unsigned) machine_draw(machine, MACHINE_HOLDERS_MAX),
                             draw_name(machine));
}

static void op_claim_bus(Machine *machine) {
        machine_claim(machine, draw_name(machine), manager_owner_bus);
}

static void op_unclaim(Machine *machine) {
        MachineClaim claim;

        if (machine->n_claims == 0)
                return;
        claim = machine->claims[machine_draw(machine, machine->n_claims)];
        if (claim.owner == manager_owner_bus)
                machine_unclaim(machine, claim.name, claim.owner);
        else
                machine_holder_ends(machine, (unsigned) machine_draw(machine, MACHINE_HOLDERS_MAX));
}

static void op_stop(Machine *machine) {
        machine_unclaim_all(machine, draw_name(machine));
}

static void op_holder_dies(Machine *machine) {
        const unsigned i = (unsigned) machine_draw(machine, MACHINE_HOLDERS_MAX);

        if (machine->holders[i].alive)
                machine_holder_dies(machine, i,
                                    machine_chance(machine, 70) ? machine_draw(machine, 60 * USEC_PER_SEC)
                                                                : USEC_INFINITY);
}

static void op_rename(Machine *machine) {
        static const char *const prefixes[] = { "eth", "lan" };
        MachineNic *nic = draw_nic_here(machine);
        char name[IF_NAMESIZE];

        if (!nic)
                return;
        (void) g_snprintf(name, sizeof(name), "%s%d", prefixes[machine_draw(machine, 2)],
                          machine_nic_index(machine, nic));
        if (strcmp(name, nic->link.ifname) != 0)
                machine_nic_rename(machine, nic, name, machine_chance(machine, 30));
}

static void op_cable(Machine *machine) {
        MachineNic *nic = draw_nic_here(machine);

        if (nic)
                machine_nic_set(machine, nic, nic->link.up, !nic->plugged);
}

static void op_blink(Machine *machine) {
        MachineNic *nic = draw_nic_here(machine);

        if (nic && nic->plugged)
                machine_nic_blink(machine, nic);
}

/*
 * Within one boot, the kernel does not give the number and the name of a device together to another device.
 * So another device gets a new number here, unless a daemon runs and has seen the old device go.
 */
static void op_enter(Machine *machine, MachineNic *nic) {
        const bool is_another = machine_chance(machine, 40);

        machine_nic_enter(
                machine, nic,
                machine_chance(machine, 50) && (!is_another || machine->manager) ? nic->link.ifindex : 0,
                is_another);
}

static void op_namespace(Machine *machine) {
        MachineNic *nic = draw_nic(machine);

        if (nic->here)
                machine_nic_leave(machine, nic);
        else
                op_enter(machine, nic);
}

static void op_kill(Machine *machine) {
        if (!machine->manager)
                return;
        machine_kill(machine);
        machine->start_at = machine->sim.now + machine_draw(machine, 40 * USEC_PER_SEC);
}

static void op_kill_within(Machine *machine) {
        if (machine->manager)
                machine->die_in = 1 + (unsigned) machine_draw(machine, 4);
}

static void op_reload(Machine *machine) {
        if (machine_chance(machine, 50))
                machine_draw_config(machine);
        if (machine_chance(machine, 30))
                (void) g_strlcpy(machine->wanted.unmanaged,
                                 machine_chance(machine, 50) ? draw_nic(machine)->link.ifname : "",
                                 MACHINE_NAME_MAX);
        machine_reload(machine);
}

static void op_sleep(Machine *machine) {
        machine_sleep(machine, (1 + machine_draw(machine, 2000)) * USEC_PER_SEC);
}

static void op_server(Machine *machine) {
        SimServer *server = &machine->sim.servers[machine_draw(machine, machine->sim.n_servers)];

        switch (machine_draw(machine, 4)) {
        case 0:
                server->alive = !server->alive;
                break;
        case 1:
                sim_server_forget(&machine->sim.servers[server->shares_with]);
                break;
        case 2:
                server->always_nak = !server->always_nak;
                break;
        case 3:
                server->authoritative = !server->authoritative;
                break;
        }
        machine_trace(machine, "server: %s%s", server->alive ? "alive" : "dead",
                      server->always_nak ? ", refuses" : "");
}

static void op_strip(Machine *machine) {
        MachineNic *nic = draw_nic_here(machine);

        if (nic)
                machine_nic_strip(machine, nic);
}

static void op_other_manager(Machine *machine) {
        MachineNic *nic = draw_nic(machine);

        /* A managed link stays managed, so another manager takes only interfaces that are not. */
        if (!nic->is_managed && nic->ours.n_addresses == 0)
                nic->other = nic->other ? NULL : "NetworkManager";
}

static void op_user(Machine *machine) {
        MachineNic *nic = draw_nic(machine);
        ManagedLink *link = machine->manager && !machine->is_dead && nic->is_managed
                ? manager_find(machine->manager, nic->link.ifindex)
                : NULL;

        if (!link || managed_link_is_stopping(link))
                return;
        switch (machine_draw(machine, 3)) {
        case 0:
                machine_trace(machine, "%s: Renew()", nic->link.ifname);
                managed_link_renew(link);
                return;
        case 1:
                machine_trace(machine, "%s: Release()", nic->link.ifname);
                managed_link_release(link);
                return;
        case 2:
                machine_trace(machine, "%s: Restart()", nic->link.ifname);
                managed_link_restart(link);
                return;
        }
}

/* machine_chaos() always allows the first three. */
static void (*const ops[])(Machine *machine) = {
        op_claim,  op_claim, op_claim_bus, op_unclaim, op_stop,          op_holder_dies,
        op_rename, op_cable, op_blink,     op_kill,    op_reload,        op_sleep,
        op_server, op_strip, op_namespace, op_user,    op_other_manager, op_kill_within,
};

static usec_t draw_gap(Machine *machine) {
        static const usec_t gaps[] = { 1, 20 * USEC_PER_MSEC, USEC_PER_SEC, 10 * USEC_PER_SEC,
                                       60 * USEC_PER_SEC };

        return 1 + machine_draw(machine, gaps[machine_draw(machine, G_N_ELEMENTS(gaps))]);
}

/*
 * Ends all faults. Servers, cables and interfaces are as they should be, a daemon is started if none runs,
 * and links whose lease a user has released ask for one again.
 */
static void repair(Machine *machine) {
        Sim *sim = &machine->sim;

        sim->faulty = false;
        machine->idle_max = 1;
        machine->die_in = 0;
        for (unsigned i = 0; i < sim->n_servers; i++) {
                sim->servers[i].alive = true;
                sim->servers[i].always_nak = false;
        }
        for (unsigned i = 0; i < machine->n_nics; i++) {
                MachineNic *nic = &machine->nics[i];
                ManagedLink *link;

                if (!nic->here)
                        machine_nic_enter(machine, nic, 0, false);
                nic->other = NULL;
                machine_nic_set(machine, nic, nic->link.up, true);
                link = machine->manager ? manager_find(machine->manager, nic->link.ifindex) : NULL;
                if (link && link->released && !link->stopping)
                        managed_link_renew(link);
        }
        if (!machine->manager && machine->start_at == USEC_INFINITY)
                machine->start_at = sim->now;
        machine_trace(machine, "all is well from now on");
}

void machine_chaos(Machine *machine) {
        const uint64_t kinds = machine_draw(machine, UINT64_C(1) << G_N_ELEMENTS(ops)) | 7;
        const unsigned n = (unsigned) machine_draw(machine, OPS_MAX);
        Sim *sim = &machine->sim;

        sim->faulty = true;
        sim->faults.drop = machine_draw(machine, 2) ? (unsigned) machine_draw(machine, 200) : 0;
        sim->faults.duplicate = machine_draw(machine, 3) == 0 ? 100 : 0;
        sim->faults.delay = machine_draw(machine, 3) == 0 ? 50 : 0;
        machine->idle_max = machine_draw(machine, 2) ? 200 * USEC_PER_MSEC : 1;
        for (unsigned i = 0; i < n; i++) {
                const uint64_t op = machine_draw(machine, G_N_ELEMENTS(ops));

                if (kinds >> op & 1) {
                        ops[op](machine);
                        machine_after(machine);
                }
                machine_run_for(machine, draw_gap(machine));
        }
        repair(machine);
}
