/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * The event loop of one plugin, inside that of the daemon.
 *
 * A plugin has timers, descriptors and bus connections of its own. On the daemon's loop its code would run
 * without anybody knowing which plugin it belongs to. On a loop of its own it runs only when the host lets
 * it, and the host marks the plugin before. For the plugin it is a normal sd_event, except that
 * sd_event_exit() ends the plugin's loop and not the daemon.
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
 * Call it before the plugin is called. It makes sd_event_now() of the plugin's loop the present time,
 * instead of the time when one of its sources ran last.
 */
void plugin_loop_refresh(PluginLoop *loop);
/*
 * Call it after the plugin was called. Takes account of sources that the plugin made or changed, and runs
 * none of them.
 */
void plugin_loop_arm(PluginLoop *loop);
/* Runs one source at most, so that a plugin with much to do does not keep the others waiting. Arms. */
void plugin_loop_run(PluginLoop *loop);
