/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * The event loop of one plugin, inside that of the daemon.
 *
 * A plugin has timers, descriptors and bus connections of its own. On the daemon's loop they would run its
 * code where nobody knows whose it is. On a loop of the plugin's own they run when somebody lets them, who
 * can say before whose code comes now. What an sd_event is for a plugin does not change by that, but for
 * sd_event_exit(): it ends the plugin's loop, and not the daemon's.
 */
struct sd_event;

typedef struct PluginLoop PluginLoop;

/*
 * @on_ready is called from @outer when a source wants to run; it calls plugin_loop_run(). @outer gets a
 * reference. Negative errno.
 */
int plugin_loop_new(struct sd_event *outer, void (*on_ready)(void *userdata), void *userdata,
                    PluginLoop **ret);
PluginLoop *plugin_loop_free(PluginLoop *loop);

/* For the plugin. */
struct sd_event *plugin_loop_event(PluginLoop *loop);

/*
 * Before the plugin is called: its sd_event_now() is the present, and not when one of its sources ran last.
 */
void plugin_loop_refresh(PluginLoop *loop);
/* After the plugin was called: sources that it has made or changed count. Runs none of them. */
void plugin_loop_arm(PluginLoop *loop);
/* Runs one source at most, so that a plugin with much to do does not keep the others waiting. Arms. */
void plugin_loop_run(PluginLoop *loop);
