/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * Tells whether there is a hook that passes DNS servers on: a file in a folder of hooks, with PassesDNS=yes
 * in its settings.
 *
 * The daemon runs no hook and does not ask how one does: a hook that fails is shown by itself.
 */
#include <stdbool.h>

typedef struct Config Config;

/* @dirs: the lowest first, ends with NULL. Looks at the files each time, as the runner of hooks does. */
bool observer_hook_takes_dns(const Config *config, const char *const *dirs);
