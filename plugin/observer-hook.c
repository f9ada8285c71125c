/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Looks for hooks that pass DNS servers on (contract: plugin/observer-hook.h).
 */
#include "plugin/observer-hook.h"

#include <glib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/macro.h"
#include "config/config.h"

/*
 * Returns 1 if the folder has a hook of that name, and 0 if it has nothing of that name. Returns -1 if it
 * has something else of that name, which hides hooks of that name in lower folders.
 */
static int look(const char *dir, const char *name) {
        static const char *const folders[] = { "", "dhclient", "json", "none", "udhcpc" };

        for (size_t i = 0; i < ARRAY_SIZE(folders); i++) {
                g_autofree char *path = g_build_filename(dir, folders[i], name, NULL);
                struct stat st;

                if (lstat(path, &st) < 0)
                        continue;
                return stat(path, &st) == 0 && S_ISREG(st.st_mode) && access(path, X_OK) == 0 ? 1 : -1;
        }
        return 0;
}

typedef struct Search {
        const char *const *dirs;
        bool found;
} Search;

static void on_hook(void *userdata, const char *name, const ConfigHook *hook) {
        Search *search = userdata;
        int there = 0;

        if (!hook->enable || !hook->passes_dns)
                return;
        for (size_t i = 0; search->dirs[i]; i++)
                there = look(search->dirs[i], name) ?: there;
        search->found |= there > 0;
}

bool observer_hook_takes_dns(const Config *config, const char *const *dirs) {
        Search search = { .dirs = dirs };

        config_foreach_hook(config, on_hook, &search);
        return search.found;
}
