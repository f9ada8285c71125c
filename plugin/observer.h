/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * Attaches the plugins to the manager: tells them, in the terms of their public header, what the manager
 * tells its observers.
 *
 * May be made at any time after the manager: leases that are held already are told as BOUND.
 */
typedef struct sd_event sd_event;
typedef struct Config Config;
typedef struct Manager Manager;
typedef struct PluginObserver PluginObserver;

/*
 * Loads the plugins, and logs it if the folder cannot be used. @manager is borrowed and must outlive the
 * observer; takes references to event and config. @runtime_dir is where it is written down which plugin is
 * being called; there and in @state_dir is what plugins keep for the next daemon. Hooks are in @hook_dirs,
 * the lowest first, which ends with NULL. From then on the links' problem with DNS servers that nobody
 * passes on (observer-dns.h) is up to date, with plugins or without.
 */
PluginObserver *plugin_observer_new(Manager *manager, sd_event *event, Config *config,
                                    const char *plugin_dir, const char *runtime_dir, const char *state_dir,
                                    const char *const *hook_dirs);
/* Every plugin's fini() runs. Nothing that a plugin did for a lease that is still held is taken back. */
PluginObserver *plugin_observer_free(PluginObserver *observer);

/*
 * Plugins that are loaded, with @reason NULL, and those that are not, with why:
 * plugin_host_foreach_refused().
 */
void plugin_observer_foreach(const PluginObserver *observer,
                             void (*func)(void *userdata, const char *plugin, const char *reason),
                             void *userdata);

/* The configuration was loaded again: takes a reference and tells the plugins. */
void plugin_observer_set_config(PluginObserver *observer, Config *config);
