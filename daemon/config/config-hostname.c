/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The host's own name in a configuration: where it comes from, and the same configuration after it has
 * changed. No file is read again for that, so what an administrator has edited meanwhile takes effect with
 * the next reload.
 */
#include <glib.h>
#include <string.h>
#include <unistd.h>

#include "base/macro.h"
#include "config/config-internal.h"

/* A name that all hosts have is not worth sending. */
static bool name_is_generic(const char *name) {
        return strcmp(name, "localhost") == 0 || g_str_has_prefix(name, "localhost.") ||
                strcmp(name, "(none)") == 0;
}

void config_read_own_hostname(char ret[CONFIG_OWN_HOSTNAME_MAX + 1]) {
        char name[CONFIG_OWN_HOSTNAME_MAX + 1] = "";

        if (gethostname(name, sizeof(name) - 1) < 0 || name_is_generic(name))
                name[0] = '\0';
        memcpy(ret, name, sizeof(name));
}

static void rename_link(ConfigLink *link, const char *file, const char *own, ConfigProblem problem,
                        void *userdata) {
        const char *what;

        if (link->hostname_is_own)
                link->hostname[0] = '\0';
        what = config_link_seal(link, own);
        if (what && problem)
                problem(userdata, file, 0, "DHCPv4", NULL, what);
}

bool config_rename_host(const Config *config, ConfigProblem problem, void *userdata, Config **ret) {
        Config *renamed;

        renamed = g_new0(Config, 1);
        renamed->n_ref = 1;
        config_read_own_hostname(renamed->own_hostname);
        if (strcmp(renamed->own_hostname, config->own_hostname) == 0) {
                g_free(renamed);
                return false;
        }

        renamed->defaults = config->defaults;
        renamed->max_exchanges = config->max_exchanges;
        renamed->socket_priority = config->socket_priority;
        renamed->socket_mark = config->socket_mark;
        renamed->read = g_ptr_array_ref(config->read);
        renamed->clat_interfaces = g_ptr_array_ref(config->clat_interfaces);
        renamed->plugins = g_hash_table_ref(config->plugins);
        renamed->hooks = g_hash_table_ref(config->hooks);
        rename_link(&renamed->defaults, NULL, renamed->own_hostname, problem, userdata);
        renamed->files = g_ptr_array_new_with_free_func(config_file_free);
        for (guint i = 0; i < config->files->len; i++) {
                const ConfigFile *file = g_ptr_array_index(config->files, i);
                ConfigFile *copy = g_new0(ConfigFile, 1);

                copy->path = g_strdup(file->path);
                copy->read = g_ptr_array_ref(file->read);
                copy->names = g_ptr_array_ref(file->names);
                copy->addresses = g_array_ref(file->addresses);
                copy->link = file->link;
                copy->link.file = copy->path;
                rename_link(&copy->link, copy->path, renamed->own_hostname, problem, userdata);
                g_ptr_array_add(renamed->files, copy);
        }
        *ret = renamed;
        return true;
}
