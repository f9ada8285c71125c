/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * Finds out whether there is a hook that passes DNS servers on: a file in a folder of hooks that has
 * PassesDNS=yes in its settings.
 *
 * The daemon runs no hook, and does not ask whether it works. A hook that fails is shown elsewhere.
 */
#include <stdbool.h>

typedef struct Config Config;

/*
 * Returns true if a hook passes DNS servers on. @dirs: the folders of hooks, the lowest first, ends with
 * NULL. Looks at the files each time, as the runner of hooks does.
 */
bool observer_hook_takes_dns(const Config *config, const char *const *dirs);
