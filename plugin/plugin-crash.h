/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * Calls a function when a signal is about to end the process: a crash, abort(), or the watchdog of the
 * service manager.
 *
 * The handler does not change how the process ends: an earlier handler still runs, and the kernel still
 * dumps core. It has a stack of its own, because the usual one may be what has overflowed.
 */

/*
 * Sets the function to call. It runs in a signal handler, so it may only call async-signal-safe functions.
 * The first call installs the handlers. Each later call replaces @on_crash.
 */
void plugin_crash_watch(void (*on_crash)(void));
