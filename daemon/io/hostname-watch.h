/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * Tells when the host's name may have changed: /proc/sys/kernel/hostname polls ready after every
 * sethostname().
 *
 * The kernel also reports changes in other UTS namespaces, and calls that set the same name again. So the
 * handler compares the name itself. However often names are set, the handler is called no more than once in
 * HOSTNAME_WATCH_INTERVAL_USEC, and always once after the last change.
 */
#include "base/usec.h"

#define HOSTNAME_WATCH_INTERVAL_USEC (10 * USEC_PER_SEC)

typedef struct sd_event sd_event;
typedef struct HostnameWatch HostnameWatch;

typedef void (*HostnameWatchHandler)(void *userdata);

/*
 * @path: NULL for the kernel's file. Negative errno: -ENOENT without /proc, -EPERM when the file there
 * cannot be polled.
 */
int hostname_watch_new(sd_event *event, const char *path, HostnameWatchHandler handler, void *userdata,
                       HostnameWatch **ret);
/* Must not be called from its own handler. */
HostnameWatch *hostname_watch_free(HostnameWatch *watch);
static inline void hostname_watch_freep(HostnameWatch **p) {
        *p = hostname_watch_free(*p);
}
