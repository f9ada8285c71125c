/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * For test-plugin-host.c and test-plugin-host-deaths.c: a folder of plugins for each case, whose owner
 * stands in for root, a host that loads the plugins, and everything that the host logs.
 */
#include <glib.h>
#include <stdint.h>
#include <sys/types.h>
#include <systemd/sd-event.h>

#include "plugin/plugin-host.h"

typedef struct Bench {
        char *dir;
        GString *log;       /* "PRIORITY NAME: MESSAGE\n" of everything but debug messages */
        const char *no_for; /* [Plugin no_for] Enable=@no */
        const char *no;
        const char *at, *how; /* of [Plugin dies] */
        char *runtime_dir;    /* NULL: none */
        char *state_dir;      /* NULL: none */
        sd_event *event;      /* a new one for each host */
        /* The clock, and how much later it is after a plugin asked for Wait=. */
        uint64_t now, wait;
        GString *dns;    /* "NUMBER IFINDEX PROBLEM\n"; NULL: nobody listens */
        GString *unused; /* "NUMBER IFINDEX CODE REASON\n"; NULL: nobody listens */
        /* The ifindex of the only tunnel. 0: the host cannot tell what is a tunnel. */
        int tunnel;
        PluginHost *host;
} Bench;

extern const DhcpdLinkLease example_lease;

void bench_init(Bench *b);
/* As bench_init(), with what dies.so needs. */
void bench_init_death(Bench *b);
void bench_clear(Bench *b);

/* Free with g_free(). */
char *bench_path(const Bench *b, const char *file);
/* Removes the folder and the files in it. */
void clear_folder(const char *folder);
/* Copies @module of the build into the folder, as @file. */
void install_as(const Bench *b, const char *module, const char *file);
void install(const Bench *b, const char *file);

int bench_load_as(Bench *b, uid_t owner);
void bench_load(Bench *b);
/* Lets plugins run what they have on their event loops, until nothing is left that can run at once. */
void run_events(Bench *b);
/*
 * Lives a daemon's life in this process, which goes on afterwards. Returns what is told of plugins that
 * were refused; free it with g_free(). fixture-a.so has to be there and to work.
 */
char *live_and_tell(Bench *b, unsigned n_plugins);

#define assert_log(b, expected) \
        do { \
                g_assert_cmpstr((b)->log->str, ==, expected); \
                g_string_truncate((b)->log, 0); \
        } while (0)
