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

/* Every so many seeds are run twice: the same must come of it. */
#define TWICE_EVERY 20u

int main(int argc, char *argv[]) {
        gint64 seeds = 0, from = 0, seed = -1, hours = 0;
        gboolean trace = FALSE;
        const GOptionEntry entries[] = {
                { "seeds", 0, 0, G_OPTION_ARG_INT64, &seeds, "How many seeds to run", "N" },
                { "from", 0, 0, G_OPTION_ARG_INT64, &from, "The first of them", "N" },
                { "seed", 0, 0, G_OPTION_ARG_INT64, &seed, "Run this one", "N" },
                { "hours", 0, 0, G_OPTION_ARG_INT64, &hours, "Run as many as time allows", "N" },
                { "trace", 0, 0, G_OPTION_ARG_NONE, &trace, "Print all that happens", NULL },
                {},
        };
        g_autoptr(GOptionContext) context = g_option_context_new(NULL);
        g_autoptr(GError) error = NULL;
        const gint64 began = g_get_monotonic_time();
        Machine *machine = g_new0(Machine, 1);
        guint64 events = 0, n = 0;
        double hours_simulated = 0;

        g_option_context_add_main_entries(context, entries, NULL);
        if (!g_option_context_parse(context, &argc, &argv, &error) || argc > 1) {
                fprintf(stderr, "%s\n",
                        error ? error->message : "sim-machine takes options only, see --help");
                return 2;
        }
        log_set_level(trace ? LOG_DEBUG : -1);
        if (seed >= 0) {
                from = seed;
                seeds = 1;
        }
        for (guint64 s = (guint64) from;
             hours > 0 ? g_get_monotonic_time() - began < hours * 3600 * G_USEC_PER_SEC
                       : n < (guint64) seeds;
             s++, n++) {
                uint64_t hash;

                machine_run(machine, s, trace);
                hash = machine->sim.trace_hash;
                events += machine->sim.events;
                hours_simulated += (double) (machine->sim.now / USEC_PER_SEC) / 3600;
                machine_clear(machine);
                if (s % TWICE_EVERY == 0 && !trace) {
                        machine_run(machine, s, false);
                        if (machine->sim.trace_hash != hash)
                                machine_fail(machine, NULL, "another course of events the second time");
                        machine_clear(machine);
                }
        }
        printf("%" G_GUINT64_FORMAT " seeds, %" G_GUINT64_FORMAT " events, %.1f simulated hours in %.1f s\n",
               n, events, hours_simulated, (double) (g_get_monotonic_time() - began) / G_USEC_PER_SEC);
        g_free(machine);
        return 0;
}
