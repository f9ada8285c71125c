/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Changes of the host's name (hostname-watch.h). Owns one descriptor, one timer and their sources.
 *
 * After a change the descriptor is left alone until the timer has run, so that somebody who sets names in a
 * loop costs one wake-up an interval. What happens meanwhile is not lost: the kernel compares counters when
 * the descriptor is looked at again.
 */
#include "io/hostname-watch.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <systemd/sd-event.h>
#include <unistd.h>

#include "base/macro.h"

#define HOSTNAME_FILE "/proc/sys/kernel/hostname"
/* A program that renames a host sets several things. One look after the last of them is enough. */
#define SETTLE_USEC (100 * USEC_PER_MSEC)

struct HostnameWatch {
        sd_event_source *source, *timer;
        HostnameWatchHandler handler;
        void *userdata;
        usec_t told_at; /* CLOCK_BOOTTIME; 0: never */
        int fd;
};

static int on_change(sd_event_source *source, int fd, uint32_t revents, void *userdata) {
        HostnameWatch *watch = userdata;
        uint64_t now, at;

        if (sd_event_now(sd_event_source_get_event(source), CLOCK_BOOTTIME, &now) < 0)
                return 0;
        at = now + SETTLE_USEC;
        if (watch->told_at > 0)
                at = MAX(at, usec_add(watch->told_at, HOSTNAME_WATCH_INTERVAL_USEC));
        (void) sd_event_source_set_enabled(source, SD_EVENT_OFF);
        (void) sd_event_source_set_time(watch->timer, at);
        return sd_event_source_set_enabled(watch->timer, SD_EVENT_ONESHOT);
}

static int on_timer(sd_event_source *source, uint64_t at, void *userdata) {
        HostnameWatch *watch = userdata;
        uint64_t now;

        if (sd_event_now(sd_event_source_get_event(source), CLOCK_BOOTTIME, &now) >= 0)
                watch->told_at = now;
        /* This comes first, so that a later change is seen as another one. */
        (void) sd_event_source_set_enabled(watch->source, SD_EVENT_ON);
        watch->handler(watch->userdata);
        return 0;
}

int hostname_watch_new(sd_event *event, const char *path, HostnameWatchHandler handler, void *userdata,
                       HostnameWatch **ret) {
        _cleanup_(hostname_watch_freep) HostnameWatch *watch = NULL;
        int r;

        assert(event);
        assert(handler);

        watch = calloc(1, sizeof(*watch));
        if (!watch)
                return -ENOMEM;
        *watch = (HostnameWatch){
                .handler = handler,
                .userdata = userdata,
                .fd = open(path ?: HOSTNAME_FILE, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY),
        };
        if (watch->fd < 0)
                return -errno;
        /* A file is always ready for EPOLLIN. A change shows as EPOLLPRI. */
        r = sd_event_add_io(event, &watch->source, watch->fd, EPOLLPRI, on_change, watch);
        if (r < 0)
                return r;
        r = sd_event_add_time(event, &watch->timer, CLOCK_BOOTTIME, 0, USEC_PER_MSEC, on_timer, watch);
        if (r < 0)
                return r;
        r = sd_event_source_set_enabled(watch->timer, SD_EVENT_OFF);
        if (r < 0)
                return r;
        (void) sd_event_source_set_description(watch->source, "hostname-watch");
        (void) sd_event_source_set_description(watch->timer, "hostname-watch-timer");
        *ret = STEAL_PTR(watch);
        return 0;
}

HostnameWatch *hostname_watch_free(HostnameWatch *watch) {
        if (!watch)
                return NULL;
        sd_event_source_disable_unref(watch->timer);
        sd_event_source_disable_unref(watch->source);
        if (watch->fd >= 0)
                close(watch->fd);
        free(watch);
        return NULL;
}
