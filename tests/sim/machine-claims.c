/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Which claims the manager of a machine should know (machine.h). The test keeps its own list of them, with
 * code that it does not share with the manager. machine-check.c compares what the manager does with this
 * list.
 */
#include <string.h>

#include "tests/sim/machine.h"

/* A holder that vanished has 30 s to come back. The timer of the manager may be 1 s late. */
#define LEFT_USEC (31 * USEC_PER_SEC)

/* Returns true if @pattern fits @name. The only globs here are those with one star, at the end. */
static bool pattern_fits(const char *pattern, const char *name) {
        const char *star = strchr(pattern, '*');

        return star ? strncmp(pattern, name, (size_t) (star - pattern)) == 0 : strcmp(pattern, name) == 0;
}

static bool claims_fit(const Machine *machine, const LinkNames *names) {
        for (unsigned i = 0; i < machine->n_claims; i++)
                FOREACH_LINK_NAME (name, names)
                        if (pattern_fits(machine->claims[i].name, name))
                                return true;
        return false;
}

/* After a rename, a claim of the old name counts until the daemon has heard of the rename. */
bool machine_is_claimed(const Machine *machine, const MachineNic *nic) {
        const LinkNames names = machine_nic_names(nic), known = kernel_link_names(&nic->view);

        return claims_fit(machine, &names) || (nic->view.ifindex > 0 && claims_fit(machine, &known));
}

bool machine_should_manage(const Machine *machine, const MachineNic *nic) {
        const LinkNames names = machine_nic_names(nic);

        return machine_is_claimed(machine, nic) && !link_names_have(&names, machine->wanted.unmanaged) &&
                !nic->other;
}

static void drop(Machine *machine, unsigned i) {
        machine->claims[i] = machine->claims[--machine->n_claims];
}

static bool is_of(const MachineClaim *claim, const char *name, const void *owner) {
        return claim->owner == owner && (!name || strcmp(claim->name, name) == 0);
}

static void drop_all_of(Machine *machine, const char *name, const void *owner) {
        for (unsigned i = machine->n_claims; i-- > 0;)
                if (is_of(&machine->claims[i], name, owner))
                        drop(machine, i);
}

static bool has_claim(const Machine *machine, const char *name, const void *owner) {
        for (unsigned i = 0; i < machine->n_claims; i++)
                if (is_of(&machine->claims[i], name, owner))
                        return true;
        return false;
}

static void note_claim(Machine *machine, const char *name, const void *owner) {
        if (has_claim(machine, name, owner))
                return;
        machine->claims[machine->n_claims] = (MachineClaim){ .owner = owner, .until = USEC_INFINITY };
        (void) g_strlcpy(machine->claims[machine->n_claims++].name, name, MACHINE_NAME_MAX);
}

void machine_claim(Machine *machine, const char *name, const void *owner) {
        const bool had = has_claim(machine, name, owner);
        int r;

        if (!machine->manager || machine->is_dead || machine->n_claims == MACHINE_CLAIMS_MAX)
                return;
        machine_trace(machine, "%s is claimed", name);
        /* Note the claim first: the link may start within manager_claim(), and is checked then. */
        note_claim(machine, name, owner);
        r = manager_claim(machine->manager, name, owner, /* apply= */ true);
        if (r == 0)
                /* The manager takes any claim of the name for the return of a holder that vanished. */
                drop_all_of(machine, name, manager_owner_left);
        /* A daemon that died in the call has not saved the claim, so the claim does not hold. */
        if (!had && (r != 0 || machine->is_dead))
                drop_all_of(machine, name, owner);
        if (r != 0 && r != MANAGER_E_NOT_MANAGED && r != MANAGER_E_MANAGED_ELSEWHERE)
                machine_fail(machine, NULL, "a claim of %s is refused: %d", name, r);
}

void machine_unclaim(Machine *machine, const char *name, const void *owner) {
        if (!machine->manager || machine->is_dead)
                return;
        machine_trace(machine, "%s is let go", name);
        drop_all_of(machine, name, owner);
        manager_unclaim(machine->manager, name, owner, /* release= */ -1);
}

void machine_unclaim_all(Machine *machine, const char *name) {
        LinkNames names = { .ifname = name };

        if (!machine->manager || machine->is_dead)
                return;
        machine_trace(machine, "%s is stopped", name);
        for (unsigned i = 0; i < machine->n_nics; i++) {
                const LinkNames own = kernel_link_names(&machine->nics[i].view);

                if (machine->nics[i].is_managed && link_names_have(&own, name))
                        names = own;
        }
        for (unsigned i = machine->n_claims; i-- > 0;) {
                bool fits = false;

                FOREACH_LINK_NAME (own, &names)
                        fits = fits || pattern_fits(machine->claims[i].name, own);
                if (fits)
                        drop(machine, i);
        }
        manager_unclaim_all(machine->manager, name, /* release= */ -1);
}

void machine_holder_claim(Machine *machine, unsigned holder, const char *name) {
        MachineHolder *h = &machine->holders[holder];

        if (!machine->manager || machine->is_dead || h->n_names == G_N_ELEMENTS(h->names))
                return;
        h->alive = true;
        for (unsigned i = 0; i < h->n_names; i++)
                if (strcmp(h->names[i], name) == 0)
                        return;
        (void) g_strlcpy(h->names[h->n_names++], name, MACHINE_NAME_MAX);
        machine_claim(machine, name, h);
}

void machine_holder_ends(Machine *machine, unsigned holder) {
        MachineHolder *h = &machine->holders[holder];

        machine_trace(machine, "holder %u ends", holder);
        *h = (MachineHolder){ .back_at = USEC_INFINITY };
        drop_all_of(machine, NULL, h);
        if (machine->manager && !machine->is_dead)
                manager_unclaim_owner(machine->manager, h, /* release= */ -1);
}

void machine_holder_dies(Machine *machine, unsigned holder, usec_t back_after) {
        MachineHolder *h = &machine->holders[holder];

        machine_trace(machine, "holder %u dies", holder);
        h->alive = false;
        h->back_at = usec_add(machine->sim.now, back_after);
        if (!machine->manager || machine->is_dead)
                return;
        for (unsigned i = machine->n_claims; i-- > 0;)
                if (machine->claims[i].owner == h) {
                        const MachineClaim claim = machine->claims[i];

                        drop(machine, i);
                        drop_all_of(machine, claim.name, manager_owner_left);
                        machine->claims[machine->n_claims] = claim;
                        machine->claims[machine->n_claims].owner = manager_owner_left;
                        machine->claims[machine->n_claims++].until = machine->sim.now + LEFT_USEC;
                }
        manager_holder_left(machine->manager, h);
}

usec_t machine_holders_return(Machine *machine) {
        usec_t next = USEC_INFINITY;

        for (unsigned i = 0; i < MACHINE_HOLDERS_MAX && machine->manager; i++) {
                MachineHolder *h = &machine->holders[i];

                if (h->back_at > machine->sim.now) {
                        next = MIN(next, h->back_at);
                        continue;
                }
                machine_trace(machine, "holder %u is back", i);
                h->alive = true;
                h->back_at = USEC_INFINITY;
                for (unsigned j = 0; j < h->n_names; j++)
                        machine_claim(machine, h->names[j], h);
        }
        return next;
}

void machine_expire_claims(Machine *machine) {
        for (unsigned i = machine->n_claims; i-- > 0;)
                if (machine->claims[i].until <= machine->sim.now)
                        drop(machine, i);
}

void machine_forget_claims(Machine *machine) {
        for (unsigned i = machine->n_claims; i-- > 0;)
                if (machine->claims[i].owner != manager_owner_bus &&
                    machine->claims[i].owner != manager_owner_command_line)
                        drop(machine, i);
        for (unsigned i = 0; i < MACHINE_HOLDERS_MAX; i++)
                if (machine->holders[i].alive)
                        machine->holders[i].back_at = USEC_INFINITY;
}

void machine_command_line(Machine *machine) {
        for (unsigned i = 0; i < machine->n_claims; i++)
                if (machine->claims[i].owner == manager_owner_command_line &&
                    manager_claim(machine->manager, machine->claims[i].name, manager_owner_command_line,
                                  /* apply= */ true) != 0)
                        machine_fail(machine, NULL, "a claim of the command line is refused");
}
