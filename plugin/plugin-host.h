/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * Loads plugins with gmodule, calls them in the order of their names, and unloads them in reverse order.
 *
 * The host does not know the manager, the configuration or the log. It uses the callbacks of
 * PluginHostConfig, and is told about leases by plugin_host_lease(). observer.h connects it to the daemon.
 *
 * A plugin is code in the daemon's process. So a plugin is loaded only from a file that nobody but the owner
 * (root) could have written, and the checked file is the one that is loaded.
 *
 * If a plugin ends the process, DHCP ends on all links, and the next daemon would load the plugin again. So
 * each call is marked in a file (plugin-marker.h). A plugin in which a daemon has ended is not loaded until
 * its file changes, unless Enable=always is set. A plugin's timers and descriptors are on a loop of its own
 * (plugin-loop.h), because their handlers are calls of the plugin, too. If a call closes the daemon's
 * descriptors or calls exit(), the host ends the process at once. If a call keeps the event loop for long,
 * the log names the plugin.
 */
#include <stdbool.h>
#include <sys/types.h>

#include "plugin/dhcpd-link-plugin.h"

typedef struct PluginHost PluginHost;

typedef struct PluginHostConfig { /* copied; the callbacks and @userdata must outlive the host */
        const char *dir;          /* the folder of the *.so files; does not need to exist */
        uid_t owner;              /* must own the folder and the files; 0 except in tests */
        const char *
                runtime_dir; /* for the marker of calls (plugin-marker.h) and remembered texts; NULL: none */
        const char *state_dir;  /* for the texts that plugins keep over a boot; NULL: none */
        struct sd_event *event; /* the daemon's loop; runs the loops of the plugins */
        int event_fd;           /* of @event; must be the same file after each call; 0: not checked */
        /* Returns the clock by which calls are measured, in microseconds; NULL: use CLOCK_MONOTONIC. */
        uint64_t (*now)(void *userdata);
        /* Returns the value of @key= in [Plugin @plugin], or NULL. The host itself uses Enable=. */
        const char *(*config)(void *userdata, const char *plugin, const char *key);
        /* Logs one line. @plugin: the name of the plugin; NULL: the line is about the folder. */
        void (*log)(void *userdata, int priority, const char *plugin, const char *message);
        /*
         * Is called for DhcpdLinkHost.report_dns. @plugin: the number of the plugin, below 64; no other
         * loaded plugin has this number. May be NULL.
         */
        void (*report_dns)(void *userdata, unsigned plugin, int ifindex, const char *problem);
        /* Is called for DhcpdLinkHost.report_unused. May be NULL. */
        void (*report_unused)(void *userdata, unsigned plugin, int ifindex, uint8_t code,
                              const char *reason);
        /* Returns true if the link is a tunnel or is not known. NULL: no link is known. */
        bool (*is_tunnel)(void *userdata, int ifindex);
        void *userdata;
} PluginHostConfig;

typedef void (*PluginRefusedFunc)(void *userdata, const char *plugin, const char *reason);

/*
 * Loads the plugins. A plugin is skipped, and this is logged, if it is refused, if Enable=no is set, if it
 * needs Enable=yes and this is not set, or if its init() fails. Returns 0, also if the folder is missing or
 * empty. Returns a negative errno only if the folder cannot be read, and -EPERM if somebody else could write
 * to it.
 */
int plugin_host_new(const PluginHostConfig *config, PluginHost **ret);
/* Calls fini() of every plugin, and unloads the plugins. */
PluginHost *plugin_host_free(PluginHost *host);
static inline void plugin_host_freep(PluginHost **p) {
        *p = plugin_host_free(*p);
}

unsigned plugin_host_n_plugins(const PluginHost *host);
/*
 * Calls @func for each plugin that was refused, or whose init() has failed. @reason is UTF-8 and continues
 * "plugin NAME: ".
 */
void plugin_host_foreach_refused(const PluginHost *host, PluginRefusedFunc func, void *userdata);
/* Calls @func for each loaded plugin; @reason is NULL. */
void plugin_host_foreach_loaded(const PluginHost *host, PluginRefusedFunc func, void *userdata);

/* Tells all plugins about a lease. @lease is borrowed for the call. The caller sets its struct_size. */
void plugin_host_lease(PluginHost *host, DhcpdLinkEvent event, const DhcpdLinkLease *lease);
/*
 * Tells the plugins that the answers of the config callback have changed. Enable= takes effect at the next
 * start.
 */
void plugin_host_reload(PluginHost *host);
