/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Chance, the trace, and seeds one after the other, for both simulators (sim-run.h). */
#include "tests/sim/sim-run.h"

#include <string.h>

#define START_USEC (5000 * USEC_PER_SEC)

/* FNV-1a */
#define HASH_START  UINT64_C(14695981039346656037)
#define HASH_FACTOR UINT64_C(1099511628211)

void sim_begin(Sim *sim, const char *name, uint64_t seed, FILE *trace) {
        uint8_t key[PRNG_KEY_LEN] = {};

        memcpy(key, name, MIN(strlen(name), sizeof(key)));
        for (unsigned i = 0; i < 8; i++)
                key[PRNG_KEY_LEN - 8 + i] ^= (uint8_t) (seed >> (8 * i));
        prng_init(&sim->prng, key);
        sim->seed = seed;
        sim->now = START_USEC;
        sim->print_to = trace;
        sim->trace_hash = HASH_START;
}

uint64_t sim_draw(Sim *sim, uint64_t bound) {
        return prng_below(&sim->prng, bound);
}

bool sim_fault(Sim *sim, unsigned permille) {
        return sim->faulty && permille > 0 && sim_draw(sim, 1000) < permille;
}

void sim_vtrace(Sim *sim, const char *format, va_list ap) {
        char *line = sim->trace[sim->n_trace++ % SIM_TRACE_LINES];
        int n;

        n = g_snprintf(line, sizeof(sim->trace[0]), "%12.6f ", (double) sim->now / USEC_PER_SEC);
        (void) g_vsnprintf(line + n, sizeof(sim->trace[0]) - (gulong) n, format, ap);
        for (const char *p = line; *p; p++)
                sim->trace_hash = (sim->trace_hash ^ (uint8_t) *p) * HASH_FACTOR;
        if (sim->print_to)
                (void) fprintf(sim->print_to, "%s\n", line);
}

void sim_trace(Sim *sim, const char *format, ...) {
        va_list ap;

        va_start(ap, format);
        sim_vtrace(sim, format, ap);
        va_end(ap);
}

void sim_report(const Sim *sim, const char *program, const char *where, const char *format, va_list ap) {
        const unsigned first = sim->n_trace > SIM_TRACE_LINES ? sim->n_trace - SIM_TRACE_LINES : 0;

        if (!sim->print_to)
                for (unsigned i = first; i < sim->n_trace; i++)
                        (void) puts(sim->trace[i % SIM_TRACE_LINES]);
        printf("FAILED: seed %" G_GUINT64_FORMAT ", %.6f s, %s: ", sim->seed,
               (double) sim->now / USEC_PER_SEC, where);
        (void) vprintf(format, ap);
        printf("\nSee it again: %s --seed=%" G_GUINT64_FORMAT " --trace\n", program, sim->seed);
        (void) fflush(stdout);
}

int sim_first_packet(const Sim *sim) {
        int first = -1;

        for (unsigned i = 0; i < sim->n_packets; i++) {
                const Packet *p = &sim->packets[i], *q = first < 0 ? NULL : &sim->packets[first];

                if (!q || p->at < q->at || (p->at == q->at && p->order < q->order))
                        first = (int) i;
        }
        return first;
}

void sim_deliver_at(Sim *sim, int index) {
        const Packet packet = sim->packets[index];

        sim->packets[index] = sim->packets[--sim->n_packets];
        sim_deliver(sim, &packet);
}

/* The program */

typedef struct Totals {
        guint64 seeds, events;
        double years;
} Totals;

static void run_seed(const SimProgram *program, Sim *sim, uint64_t seed, bool trace, Totals *totals) {
        uint64_t hash;

        program->run(sim, seed, trace);
        totals->seeds++;
        totals->events += sim->events;
        totals->years += (double) (sim->now / USEC_PER_SEC) / 365.25 / 86400;
        hash = sim->trace_hash;
        program->clear(sim);
        if (seed % program->twice_every != 0 || trace)
                return;
        program->run(sim, seed, false);
        if (sim->trace_hash != hash)
                program->differs(sim);
        program->clear(sim);
}

int sim_main(const SimProgram *program, Sim *sim, int argc, char *argv[]) {
        gint64 seeds = 0, from = 0, seed = -1, hours = 0, renewals = 0;
        gboolean trace = FALSE;
        const GOptionEntry entries[] = {
                { "seeds", 0, 0, G_OPTION_ARG_INT64, &seeds, "How many seeds to run", "N" },
                { "from", 0, 0, G_OPTION_ARG_INT64, &from, "The first of them", "N" },
                { "seed", 0, 0, G_OPTION_ARG_INT64, &seed, "Run this one", "N" },
                { "hours", 0, 0, G_OPTION_ARG_INT64, &hours, "Run as many as time allows", "N" },
                { "trace", 0, 0, G_OPTION_ARG_NONE, &trace, "Print all that happens", NULL },
                {},
        };
        const GOptionEntry renew[] = {
                { "renewals", 0, 0, G_OPTION_ARG_INT64, &renewals, "Renew one lease so often", "N" },
                {},
        };
        g_autoptr(GOptionContext) context = g_option_context_new(NULL);
        g_autoptr(GError) error = NULL;
        const gint64 began = g_get_monotonic_time();
        Totals totals = { .seeds = 0 };
        double wall;

        g_option_context_add_main_entries(context, entries, NULL);
        if (program->renew)
                g_option_context_add_main_entries(context, renew, NULL);
        if (!g_option_context_parse(context, &argc, &argv, &error) || argc > 1) {
                fprintf(stderr, "%s: %s\n", program->name,
                        error ? error->message : "only options, see --help");
                return 2;
        }
        if (renewals > 0) {
                program->renew(sim, (unsigned) renewals);
                return 0;
        }
        if (seed >= 0) {
                from = seed;
                seeds = 1;
        }
        while (hours > 0 ? g_get_monotonic_time() - began < hours * 3600 * G_USEC_PER_SEC
                         : totals.seeds < (guint64) seeds)
                run_seed(program, sim, (guint64) from + totals.seeds, trace, &totals);
        wall = (double) (g_get_monotonic_time() - began) / G_USEC_PER_SEC;
        printf("%" G_GUINT64_FORMAT " seeds, %" G_GUINT64_FORMAT
               " events, %.3f simulated years in %.1f s: %.3f years a second\n",
               totals.seeds, totals.events, totals.years, wall, totals.years / wall);
        return 0;
}
