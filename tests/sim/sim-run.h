/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * What the simulator of links (sim.h) and that of whole machines (machine.h) share beside the wire and the
 * servers: chance, the trace, the report of a failure, and the program that runs seeds.
 */
#include <stdarg.h>

#include "tests/sim/sim.h"

/* Begins a run in an empty @sim. @name and @seed decide all that is drawn. */
void sim_begin(Sim *sim, const char *name, uint64_t seed, FILE *trace);

void sim_vtrace(Sim *sim, const char *format, va_list ap) G_GNUC_PRINTF(2, 0);
/* Prints the last lines of the trace, what failed at @where, and how to see it again with @program. */
void sim_report(const Sim *sim, const char *program, const char *where, const char *format, va_list ap)
        G_GNUC_PRINTF(4, 0);

/* Returns the index of the packet that arrives first, or -1 if there is none. */
int sim_first_packet(const Sim *sim);
/* Takes the packet at @index out of the list and delivers it. */
void sim_deliver_at(Sim *sim, int index);

typedef struct SimProgram {
        const char *name;
        unsigned twice_every; /* one in so many seeds is run twice, and must have the same result */
        void (*run)(Sim *sim, uint64_t seed, bool trace);
        void (*clear)(Sim *sim);
        void (*differs)(Sim *sim);           /* fails: the second run was another one */
        void (*renew)(Sim *sim, unsigned n); /* --renewals=; NULL: there is no such option */
} SimProgram;

/* The main() of @program, which runs in @sim. */
int sim_main(const SimProgram *program, Sim *sim, int argc, char *argv[]);
