/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * Is there a hook that passes DNS servers on? Its settings say so (PassesDNS=yes), and it lies in a folder
 * of hooks.
 *
 * The daemon runs no hook and does not ask how one does: a hook that fails is shown by itself.
 */
#include <stdbool.h>

typedef struct Config Config;

/* @dirs: the lowest first, ends with NULL. Looks at the files each time, as the runner of hooks does. */
bool observer_hook_takes_dns(const Config *config, const char *const *dirs);
