/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The simulator: runs seeds, and ends with 1 at the first for which something does not hold (sim.h says
 * what).
 *
 *   sim --seeds=N [--from=N]      that many, one after the other
 *   sim --seed=N [--trace]        one, and all that happens in it
 *   sim --hours=N [--from=N]      for nights
 *   sim --renewals=N              one link and one server, renewed N times: memory is bounded, and
 *                                 nothing is taken off the link
 */
#include "tests/sim/sim-run.h"

static void differs(Sim *sim) {
        sim_fail(sim, NULL, "another course of events the second time");
}

int main(int argc, char *argv[]) {
        static const SimProgram program = {
                .name = "sim",
                .twice_every = 50,
                .run = sim_run,
                .clear = sim_free,
                .differs = differs,
                .renew = sim_renew,
        };
        g_autofree Sim *sim = g_new0(Sim, 1);

        return sim_main(&program, sim, argc, argv);
}
