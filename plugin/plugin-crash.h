/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * Tells of a signal that is about to end the process: a crash, abort(), or the watchdog of the service
 * manager.
 *
 * The handler does not change how the process ends: an earlier handler still runs, and the kernel still
 * dumps core. It has a stack of its own, because the usual one may be what has overflowed.
 */

/*
 * Calls @on_crash in a signal handler, so it may only call what is safe there. Handlers are installed by the
 * first call; each later call replaces @on_crash.
 */
void plugin_crash_watch(void (*on_crash)(void));
