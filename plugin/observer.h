/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * Connects the plugins to the manager: tells them what the manager tells its observers, in the form of their
 * public header.
 *
 * The observer can be made at any time after the manager. Plugins are told about existing leases as BOUND.
 */
typedef struct sd_event sd_event;
typedef struct Config Config;
typedef struct Manager Manager;
typedef struct PluginObserver PluginObserver;

/*
 * Loads the plugins, and logs an error if their folder cannot be used. Also keeps up to date which links
 * have a problem because nobody passes on their DNS servers (observer-dns.h), with or without plugins.
 * @manager is borrowed and must outlive the observer. Takes references to @event and @config. @runtime_dir:
 * the folder with the marker of calls, and with texts that plugins keep until the next boot. @state_dir: the
 * folder with texts that plugins keep for longer. @hook_dirs: the folders of hooks, the lowest first, ends
 * with NULL.
 */
PluginObserver *plugin_observer_new(Manager *manager, sd_event *event, Config *config,
                                    const char *plugin_dir, const char *runtime_dir, const char *state_dir,
                                    const char *const *hook_dirs);
/* Calls fini() of every plugin. What a plugin did for a lease that is still held stays. */
PluginObserver *plugin_observer_free(PluginObserver *observer);

/*
 * Calls @func for each plugin. @reason: NULL if the plugin is loaded, otherwise why not, as in
 * plugin_host_foreach_refused().
 */
void plugin_observer_foreach(const PluginObserver *observer,
                             void (*func)(void *userdata, const char *plugin, const char *reason),
                             void *userdata);

/* Call this when the configuration was loaded again. Takes a reference, and tells the plugins. */
void plugin_observer_set_config(PluginObserver *observer, Config *config);
