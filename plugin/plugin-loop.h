/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * The event loop of one plugin, which runs inside the loop of the daemon.
 *
 * A plugin has timers, descriptors and bus connections of its own. If their handlers ran on the daemon's
 * loop, nobody would know which plugin they belong to. On the plugin's own loop they run only when the host
 * lets them, and the host marks the plugin before. For the plugin this is a normal sd_event, except that
 * sd_event_exit() ends only the plugin's loop.
 */
struct sd_event;

typedef struct PluginLoop PluginLoop;

/*
 * Makes a loop. @on_ready is called from @outer when a source wants to run, and then has to call
 * plugin_loop_run(). Takes a reference to @outer. Returns a negative errno on failure.
 */
int plugin_loop_new(struct sd_event *outer, void (*on_ready)(void *userdata), void *userdata,
                    PluginLoop **ret);
PluginLoop *plugin_loop_free(PluginLoop *loop);

/* Returns the loop for the plugin. */
struct sd_event *plugin_loop_event(PluginLoop *loop);

/*
 * Call this before the plugin is called. It makes sd_event_now() of the plugin's loop return the present
 * time. Otherwise it would return the time when one of its sources ran last.
 */
void plugin_loop_refresh(PluginLoop *loop);
/*
 * Call this after the plugin was called. It prepares the loop again, with the sources that the plugin has
 * made or changed. No source runs.
 */
void plugin_loop_arm(PluginLoop *loop);
/*
 * Runs at most one source, so that a plugin with much to do does not delay the other plugins. Then does the
 * same as plugin_loop_arm().
 */
void plugin_loop_run(PluginLoop *loop);
