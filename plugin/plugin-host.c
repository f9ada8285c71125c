/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Loads, calls and unloads plugins (contract: plugin/plugin-host.h).
 *
 * Owns one O_PATH descriptor and one module a plugin. The descriptor is what was checked, and the module is opened through
 * it, so nobody can put another file in its place in between. It stays open as long as the module: the dynamic loader knows
 * a library by the path it was given, and would take the next file with the same descriptor number for this one.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <gmodule.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <syslog.h>
#include <unistd.h>

#include "base/macro.h"
#include "plugin/plugin-host.h"

#define PLUGIN_SUFFIX   ".so"
#define PLUGIN_NAME_MAX 32u  /* bytes */
#define PLUGINS_MAX     64u  /* more than that in the folder is an accident */
#define MESSAGE_MAX     1024 /* bytes of a log line */

/*
 * The interface is used by binaries that were built long ago: what it has may never move. New fields come after
 * the last line of each group, and get a line here.
 */
#define ASSERT_AT(type, field, offset) \
        static_assert(offsetof(type, field) == (offset), #type "." #field " moved")
#if __SIZEOF_POINTER__ == 8
ASSERT_AT(DhcpdLinkLease, struct_size, 0);
ASSERT_AT(DhcpdLinkLease, flags, 8);
ASSERT_AT(DhcpdLinkLease, ifindex, 12);
ASSERT_AT(DhcpdLinkLease, ifname, 16);
ASSERT_AT(DhcpdLinkLease, address, 24);
ASSERT_AT(DhcpdLinkLease, prefix_len, 28);
ASSERT_AT(DhcpdLinkLease, server_id, 32);
ASSERT_AT(DhcpdLinkLease, granted_at_usec, 40);
ASSERT_AT(DhcpdLinkLease, renew_at_usec, 48);
ASSERT_AT(DhcpdLinkLease, rebind_at_usec, 56);
ASSERT_AT(DhcpdLinkLease, expire_at_usec, 64);
ASSERT_AT(DhcpdLinkLease, dns, 72);
ASSERT_AT(DhcpdLinkLease, n_dns, 80);
ASSERT_AT(DhcpdLinkLease, ntp, 88);
ASSERT_AT(DhcpdLinkLease, n_ntp, 96);
ASSERT_AT(DhcpdLinkLease, domain, 104);
ASSERT_AT(DhcpdLinkLease, host_name, 112);
ASSERT_AT(DhcpdLinkLease, search, 120);
ASSERT_AT(DhcpdLinkLease, n_search, 128);
ASSERT_AT(DhcpdLinkLease, get_option, 136);

ASSERT_AT(DhcpdLinkHost, struct_size, 0);
ASSERT_AT(DhcpdLinkHost, event, 8);
ASSERT_AT(DhcpdLinkHost, log, 16);
ASSERT_AT(DhcpdLinkHost, config, 24);

ASSERT_AT(DhcpdLinkPlugin, abi, 0);
ASSERT_AT(DhcpdLinkPlugin, struct_size, 8);
ASSERT_AT(DhcpdLinkPlugin, name, 16);
ASSERT_AT(DhcpdLinkPlugin, init, 24);
ASSERT_AT(DhcpdLinkPlugin, lease, 32);
ASSERT_AT(DhcpdLinkPlugin, reload, 40);
ASSERT_AT(DhcpdLinkPlugin, fini, 48);
#endif

/* What a plugin of version 1 has. */
#define PLUGIN_SIZE_MIN (offsetof(DhcpdLinkPlugin, fini) + sizeof(void *))

typedef struct Plugin {
        DhcpdLinkHost facade; /* first: a plugin's host pointer is a pointer to this */
        PluginHost *host;
        char name[PLUGIN_NAME_MAX + 1];
        int fd;
        GModule *module;
        const DhcpdLinkPlugin *symbol;
        void *state;
        bool initialized;
} Plugin;

struct PluginHost {
        PluginHostConfig config;
        GPtrArray *plugins; /* of Plugin, in the order of their names */
};

static void G_GNUC_PRINTF(4, 5)
        host_log(const PluginHost *host, int priority, const char *plugin, const char *format, ...) {
        char message[MESSAGE_MAX];
        va_list ap;

        va_start(ap, format);
        (void) vsnprintf(message, sizeof(message), format, ap);
        va_end(ap);
        host->config.log(host->config.userdata, priority, plugin, message);
}

static void G_GNUC_PRINTF(3, 4)
        facade_log(const DhcpdLinkHost *facade, int priority, const char *format, ...) {
        const Plugin *plugin = (const Plugin *) facade;
        char message[MESSAGE_MAX];
        va_list ap;

        va_start(ap, format);
        (void) vsnprintf(message, sizeof(message), format, ap);
        va_end(ap);
        priority = CLAMP(priority, LOG_ERR, LOG_DEBUG); /* GLib's */
        plugin->host->config.log(plugin->host->config.userdata, priority, plugin->name, message);
}

static const char *facade_config(const DhcpdLinkHost *facade, const char *key) {
        const Plugin *plugin = (const Plugin *) facade;

        return plugin->host->config.config(plugin->host->config.userdata, plugin->name, key);
}

static void plugin_free(void *p) {
        Plugin *plugin = p;

        if (plugin->initialized && plugin->symbol->fini)
                plugin->symbol->fini(plugin->state);
        if (plugin->module && !g_module_close(plugin->module))
                host_log(plugin->host, LOG_WARNING, plugin->name, "Cannot be unloaded: %s",
                         g_module_error());
        if (plugin->fd >= 0)
                close(plugin->fd);
        g_free(plugin);
}

static void plugin_freep(Plugin **p) {
        if (*p)
                plugin_free(*p);
}

/* The name that @file gives its plugin, or false. */
static bool name_from_file(const char *file, char ret[PLUGIN_NAME_MAX + 1]) {
        const size_t len = strlen(file) - strlen(PLUGIN_SUFFIX);

        if (len == 0 || len > PLUGIN_NAME_MAX)
                return false;
        for (size_t i = 0; i < len; i++)
                if (!g_ascii_islower(file[i]) && !g_ascii_isdigit(file[i]) && file[i] != '-')
                        return false;
        memcpy(ret, file, len);
        ret[len] = 0;
        return true;
}

/* NULL: fine, else what is wrong. */
static const char *check_owner(const struct stat *st, uid_t owner) {
        if (st->st_uid != owner)
                return "has a foreign owner";
        if (st->st_mode & (S_IWGRP | S_IWOTH))
                return "can be written by others than its owner";
        return NULL;
}

static bool is_disabled(const PluginHost *host, const char *name) {
        const char *value = host->config.config(host->config.userdata, name, "Enable");
        static const char *const no[] = { "no", "n", "false", "f", "off", "0" };

        for (size_t i = 0; value && i < ARRAY_SIZE(no); i++)
                if (g_ascii_strcasecmp(value, no[i]) == 0)
                        return true;
        return false;
}

/* NULL: fine, else what is wrong. */
static const char *check_symbol(const DhcpdLinkPlugin *symbol, const char *name) {
        if (symbol->abi != DHCPD_LINK_PLUGIN_ABI)
                return "was built for another version of the plugin interface";
        if (symbol->struct_size < PLUGIN_SIZE_MIN)
                return "describes itself too briefly";
        if (!symbol->name || strcmp(symbol->name, name) != 0)
                return "has another name than its file";
        if (!symbol->lease)
                return "takes no leases";
        return NULL;
}

static void load_one(PluginHost *host, int dir_fd, const char *file) {
        _cleanup_(plugin_freep) Plugin *plugin = g_new0(Plugin, 1);
        char path[sizeof("/proc/self/fd/") + 11];
        const char *problem;
        struct stat st;
        int r;

        plugin->facade = (DhcpdLinkHost){
                .struct_size = sizeof(DhcpdLinkHost),
                .event = host->config.event,
                .log = facade_log,
                .config = facade_config,
        };
        plugin->host = host;
        plugin->fd = -EBADF;
        if (!name_from_file(file, plugin->name)) {
                host_log(host, LOG_WARNING, NULL, "%s: no name for a plugin, not loaded", file);
                return;
        }
        if (is_disabled(host, plugin->name)) {
                host_log(host, LOG_DEBUG, plugin->name, "Disabled");
                return;
        }

        plugin->fd = openat(dir_fd, file, O_PATH | O_NOFOLLOW | O_CLOEXEC);
        if (plugin->fd < 0 || fstat(plugin->fd, &st) < 0) {
                host_log(host, LOG_ERR, plugin->name, "Cannot be opened, not loaded: %s", g_strerror(errno));
                return;
        }
        problem = S_ISREG(st.st_mode) ? check_owner(&st, host->config.owner) : "is no regular file";
        if (problem) {
                host_log(host, LOG_ERR, plugin->name, "The file %s, not loaded", problem);
                return;
        }

        (void) snprintf(path, sizeof(path), "/proc/self/fd/%i", plugin->fd);
        /* All symbols at once: one that is missing shall be known now, and not when it is called. */
        plugin->module = g_module_open(path, G_MODULE_BIND_LOCAL);
        if (!plugin->module ||
            !g_module_symbol(plugin->module, "dhcpd_link_plugin", (void **) &plugin->symbol)) {
                host_log(host, LOG_ERR, plugin->name, "Not loaded: %s", g_module_error());
                return;
        }
        problem = plugin->symbol ? check_symbol(plugin->symbol, plugin->name) : "has no description";
        if (problem) {
                host_log(host, LOG_ERR, plugin->name, "The plugin %s, not loaded", problem);
                return;
        }

        r = plugin->symbol->init ? plugin->symbol->init(&plugin->facade, &plugin->state) : 0;
        if (r < 0) {
                host_log(host, LOG_ERR, plugin->name, "Cannot start, not loaded: %s", g_strerror(-r));
                return;
        }
        plugin->initialized = true;
        host_log(host, LOG_DEBUG, plugin->name, "Loaded");
        g_ptr_array_add(host->plugins, STEAL_PTR(plugin));
}

static int compare_names(const void *a, const void *b) {
        return strcmp(*(const char *const *) a, *(const char *const *) b);
}

/* @dir_fd is consumed. */
static int list_files(int dir_fd, GPtrArray *names) {
        DIR *dir = fdopendir(dir_fd);
        struct dirent *entry;
        int r;

        if (!dir) {
                r = -errno;
                close(dir_fd);
                return r;
        }
        while ((errno = 0, entry = readdir(dir)))
                if (entry->d_name[0] != '.' && g_str_has_suffix(entry->d_name, PLUGIN_SUFFIX))
                        g_ptr_array_add(names, g_strdup(entry->d_name));
        r = -errno;
        (void) closedir(dir);
        g_ptr_array_sort(names, compare_names);
        return r;
}

static int load_all(PluginHost *host) {
        g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
        const char *problem;
        struct stat st;
        int fd, r;

        fd = open(host->config.dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (fd < 0)
                return errno == ENOENT ? 0 : -errno;
        if (fstat(fd, &st) < 0) {
                r = -errno;
                close(fd);
                return r;
        }
        problem = check_owner(&st, host->config.owner);
        if (problem) {
                host_log(host, LOG_ERR, NULL, "%s %s, no plugin is loaded", host->config.dir, problem);
                close(fd);
                return -EPERM;
        }
        r = list_files(fcntl(fd, F_DUPFD_CLOEXEC, 3), names);
        if (r < 0) {
                close(fd);
                return r;
        }
        if (names->len > PLUGINS_MAX)
                host_log(host, LOG_WARNING, NULL, "%s: only the first %u plugins are loaded",
                         host->config.dir, PLUGINS_MAX);
        for (guint i = 0; i < MIN(names->len, PLUGINS_MAX); i++)
                load_one(host, fd, g_ptr_array_index(names, i));
        close(fd);
        return 0;
}

int plugin_host_new(const PluginHostConfig *config, PluginHost **ret) {
        _cleanup_(plugin_host_freep) PluginHost *host = NULL;
        int r;

        assert(config->dir && config->config && config->log);

        host = g_new0(PluginHost, 1);
        host->config = *config;
        host->plugins = g_ptr_array_new();
        r = load_all(host);
        /* Read for loading only, and not kept. */
        host->config.dir = NULL;
        if (r < 0)
                return r;
        *ret = STEAL_PTR(host);
        return 0;
}

PluginHost *plugin_host_free(PluginHost *host) {
        if (!host)
                return NULL;
        while (host->plugins->len > 0)
                plugin_free(g_ptr_array_steal_index(host->plugins, host->plugins->len - 1));
        g_ptr_array_free(host->plugins, /* free_segment= */ TRUE);
        g_free(host);
        return NULL;
}

unsigned plugin_host_n_plugins(const PluginHost *host) {
        return host->plugins->len;
}

void plugin_host_lease(PluginHost *host, DhcpdLinkEvent event, const DhcpdLinkLease *lease) {
        for (guint i = 0; i < host->plugins->len; i++) {
                const Plugin *plugin = g_ptr_array_index(host->plugins, i);

                plugin->symbol->lease(plugin->state, event, lease);
        }
}

void plugin_host_reload(PluginHost *host) {
        for (guint i = 0; i < host->plugins->len; i++) {
                const Plugin *plugin = g_ptr_array_index(host->plugins, i);

                if (plugin->symbol->reload)
                        plugin->symbol->reload(plugin->state);
        }
}
