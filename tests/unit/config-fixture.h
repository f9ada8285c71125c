/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * For test-config*.c: three configuration directories in a temporary one, and the problems that loading them
 * reports, one text each: "PATH:LINE [GROUP] KEY: WHAT".
 */
#include <glib.h>

#include "config/config.h"

typedef struct Fixture {
        char *root;
        char *dirs[4];           /* lib, run, etc, as in /usr/lib, /run and /etc; NULL */
        const char *runtime_dir; /* NULL, or one of @dirs, where only root's files count */
        GPtrArray *problems;
        Config *config;
} Fixture;

void fixture_set_up(Fixture *f, gconstpointer data);
void fixture_tear_down(Fixture *f, gconstpointer data);

/*
 * Returns the full path of, for example, "etc/links/a.conf", and makes its directory. Free it with
 * g_free().
 */
char *fixture_path(Fixture *f, const char *name);
void fixture_put(Fixture *f, const char *name, const char *text);
void fixture_put_bytes(Fixture *f, const char *name, const void *data, size_t len);

/* Loads the configuration anew and forgets the earlier problems. Loading must succeed. */
void fixture_load(Fixture *f);
/* Writes @text into the only file, etc/dhcpd-link.conf, and loads it. */
void fixture_load_text(Fixture *f, const char *text);

/*
 * Asserts that there is exactly one problem, with @part in its text. NULL: asserts that there is no
 * problem.
 */
void fixture_check_problem(Fixture *f, const char *part);

const ConfigLink *fixture_find(Fixture *f, const char *ifname);

#define fixture_add(name, function) \
        g_test_add(name, Fixture, NULL, fixture_set_up, function, fixture_tear_down)
