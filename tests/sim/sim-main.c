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
#include <stdlib.h>

#include "tests/sim/sim.h"

/* One in so many seeds is run twice, and must have the same result. */
#define TWICE_EVERY 50u

int main(int argc, char *argv[]) {
        gint64 seeds = 0, from = 0, seed = -1, hours = 0, renewals = 0;
        gboolean trace = FALSE;
        const GOptionEntry entries[] = {
                { "seeds", 0, 0, G_OPTION_ARG_INT64, &seeds, "How many seeds to run", "N" },
                { "from", 0, 0, G_OPTION_ARG_INT64, &from, "The first of them", "N" },
                { "seed", 0, 0, G_OPTION_ARG_INT64, &seed, "Run this one", "N" },
                { "hours", 0, 0, G_OPTION_ARG_INT64, &hours, "Run as many as time allows", "N" },
                { "renewals", 0, 0, G_OPTION_ARG_INT64, &renewals, "Renew one lease so often", "N" },
                { "trace", 0, 0, G_OPTION_ARG_NONE, &trace, "Print all that happens", NULL },
                {},
        };
        g_autoptr(GOptionContext) context = g_option_context_new(NULL);
        g_autoptr(GError) error = NULL;
        const gint64 began = g_get_monotonic_time();
        Sim *sim = g_new0(Sim, 1);
        double virtual_years = 0, wall;
        guint64 events = 0, frames = 0, n = 0;

        g_option_context_add_main_entries(context, entries, NULL);
        if (!g_option_context_parse(context, &argc, &argv, &error) || argc > 1) {
                fprintf(stderr, "%s\n", error ? error->message : "sim takes options only, see --help");
                return 2;
        }
        if (renewals > 0) {
                sim_renew(sim, (unsigned) renewals);
                g_free(sim);
                return 0;
        }
        if (seed >= 0) {
                from = seed;
                seeds = 1;
        }
        for (guint64 s = (guint64) from;
             hours > 0 ? g_get_monotonic_time() - began < hours * 3600 * G_USEC_PER_SEC
                       : n < (guint64) seeds;
             s++, n++) {
                uint64_t hash;

                sim_run(sim, s, trace);
                virtual_years += (double) (sim->now / USEC_PER_SEC) / 365.25 / 86400;
                events += sim->events;
                for (unsigned i = 0; i < sim->n_hosts; i++)
                        frames += sim->hosts[i].n_frames;
                hash = sim->trace_hash;
                sim_free(sim);
                if (s % TWICE_EVERY == 0 && !trace) {
                        sim_run(sim, s, false);
                        if (sim->trace_hash != hash)
                                sim_fail(sim, NULL, "another course of events the second time");
                        sim_free(sim);
                }
        }
        wall = (double) (g_get_monotonic_time() - began) / G_USEC_PER_SEC;
        printf("%" G_GUINT64_FORMAT " seeds, %" G_GUINT64_FORMAT " events, %" G_GUINT64_FORMAT
               " frames, %.2f simulated years in %.1f s: %.2f years a second\n",
               n, events, frames, virtual_years, wall, virtual_years / wall);
        g_free(sim);
        return 0;
}
