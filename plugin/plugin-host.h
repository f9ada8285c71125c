/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * Loads plugins with gmodule, calls them in the order of their names, unloads them in reverse.
 *
 * It knows neither the manager nor the configuration nor the log: it uses the callbacks of PluginHostConfig,
 * and is told of leases by plugin_host_lease(). observer.h connects it to the daemon.
 *
 * A plugin is code in the daemon's process. So it is taken only from files that nobody but the owner (root)
 * could have written, and the file that was checked is the one that is loaded.
 *
 * A plugin that ends the process, in whatever way, ends DHCP on all links, and the next daemon would load it
 * again. So each call is marked in a file (plugin-marker.h), and a plugin in which a daemon ended is not
 * loaded until its file changes, or Enable=always says so. Sources of a plugin's own run on a loop of its
 * own (plugin-loop.h), because they are calls into it, too. If a call closes the daemon's descriptors or
 * calls exit(), the host ends the process there and then. A call that keeps the event loop for long is named
 * in the log.
 */
#include <stdbool.h>
#include <sys/types.h>

#include "plugin/dhcpd-link-plugin.h"

typedef struct PluginHost PluginHost;

typedef struct PluginHostConfig { /* copied; the callbacks and @userdata must outlive the host */
        const char *dir;          /* where the *.so are; does not need to exist */
        uid_t owner;              /* who must own the folder and the files; 0 but in tests */
        const char *runtime_dir;  /* has the marker of calls, see plugin-marker.h; NULL: there is none */
        const char *state_dir;  /* what plugins keep over a boot; the rest is in @runtime_dir; NULL: none */
        struct sd_event *event; /* the daemon's; runs the loops of the plugins */
        int event_fd;           /* of @event: must be the same file after each call; 0: not looked at */
        /* CLOCK_MONOTONIC in microseconds, by which calls are measured; NULL: the clock itself. */
        uint64_t (*now)(void *userdata);
        /* Value of @key= in [Plugin @plugin], or NULL. Enable= is the host's own. */
        const char *(*config)(void *userdata, const char *plugin, const char *key);
        /* One line; @plugin is the name its file gives it, or NULL when it is about the folder. */
        void (*log)(void *userdata, int priority, const char *plugin, const char *message);
        /*
         * What a plugin says by DhcpdLinkHost.report_dns. @plugin: its number, below 64, which no other
         * loaded plugin has. May be NULL.
         */
        void (*report_dns)(void *userdata, unsigned plugin, int ifindex, const char *problem);
        /* What a plugin says by DhcpdLinkHost.report_unused. May be NULL. */
        void (*report_unused)(void *userdata, unsigned plugin, int ifindex, uint8_t code,
                              const char *reason);
        /* Returns true if the link is a tunnel, or not known. NULL: no link is known. */
        bool (*is_tunnel)(void *userdata, int ifindex);
        void *userdata;
} PluginHostConfig;

typedef void (*PluginRefusedFunc)(void *userdata, const char *plugin, const char *reason);

/*
 * A plugin that is refused, switched off by Enable=no or not switched on by Enable=yes if it has to be, or
 * whose init() fails is logged and skipped. 0 also when there is no folder or nothing in it. Negative errno
 * only when the folder cannot be read; -EPERM when somebody else could write to it.
 */
int plugin_host_new(const PluginHostConfig *config, PluginHost **ret);
/* Every plugin's fini() runs. */
PluginHost *plugin_host_free(PluginHost *host);
static inline void plugin_host_freep(PluginHost **p) {
        *p = plugin_host_free(*p);
}

unsigned plugin_host_n_plugins(const PluginHost *host);
/*
 * Calls @func for each plugin that is not loaded although nobody switched it off. @reason is UTF-8 and
 * continues "plugin NAME: ".
 */
void plugin_host_foreach_refused(const PluginHost *host, PluginRefusedFunc func, void *userdata);
/* Calls @func for each loaded plugin; @reason is NULL. */
void plugin_host_foreach_loaded(const PluginHost *host, PluginRefusedFunc func, void *userdata);

/* @lease is borrowed for the call; struct_size is filled in by the caller. */
void plugin_host_lease(PluginHost *host, DhcpdLinkEvent event, const DhcpdLinkLease *lease);
/*
 * Tells the plugins that the answers of the config callback have changed. Enable= takes effect at the next
 * start.
 */
void plugin_host_reload(PluginHost *host);
