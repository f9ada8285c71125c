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
        const char *runtime_dir; /* NULL, or one of @dirs: there only root's files count */
        GPtrArray *problems;
        Config *config;
} Fixture;

void fixture_set_up(Fixture *f, gconstpointer data);
void fixture_tear_down(Fixture *f, gconstpointer data);

/* The full path of "etc/links/a.conf"; free with g_free(). Its directory exists afterwards. */
char *fixture_path(Fixture *f, const char *name);
void fixture_put(Fixture *f, const char *name, const char *text);
void fixture_put_bytes(Fixture *f, const char *name, const void *data, size_t len);

/* Loads all anew; the earlier problems are forgotten. Must succeed. */
void fixture_load(Fixture *f);
/* One file, etc/dhcpd-link.conf, with this text. */
void fixture_load_text(Fixture *f, const char *text);

/* Is there exactly one problem, with this text in it? NULL: is there none? */
void fixture_check_problem(Fixture *f, const char *part);

const ConfigLink *fixture_find(Fixture *f, const char *ifname);

#define fixture_add(name, function) \
        g_test_add(name, Fixture, NULL, fixture_set_up, function, fixture_tear_down)
