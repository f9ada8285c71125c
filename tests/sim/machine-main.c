/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The simulator of whole machines: runs seeds, and ends with 1 at the first for which something does not
 * hold (machine.h says what).
 *
 *   sim-machine --seeds=N [--from=N]   that many, one after the other
 *   sim-machine --seed=N [--trace]     one, all that happens in it, and what the daemon logs
 *   sim-machine --hours=N [--from=N]   for nights
 */
#include "io/log.h"
#include "tests/sim/machine.h"
#include "tests/sim/sim-run.h"

static void run(Sim *sim, uint64_t seed, bool trace) {
        log_set_level(trace ? LOG_DEBUG : -1);
        machine_run(machine_of(sim), seed, trace);
}

static void clear(Sim *sim) {
        machine_clear(machine_of(sim));
}

static void differs(Sim *sim) {
        machine_fail(machine_of(sim), NULL, "another course of events the second time");
}

int main(int argc, char *argv[]) {
        static const SimProgram program = {
                .name = "sim-machine",
                .twice_every = 20,
                .run = run,
                .clear = clear,
                .differs = differs,
        };
        g_autofree Machine *machine = g_new0(Machine, 1);

        return sim_main(&program, &machine->sim, argc, argv);
}
