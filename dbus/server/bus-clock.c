/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Converts instants to the wall clock, and notices when the wall clock is set. The daemon keeps instants on
 * CLOCK_BOOTTIME and shows them on CLOCK_REALTIME, too. When somebody sets the wall clock, the shown values
 * change although nothing else does, so all links are looked at again. The kernel reports this by a timer
 * that it cancels when the clock is set (timerfd_create(2)). The timer never runs out, so it causes no other
 * wake-ups.
 *
 * While the wall clock is only slewed, the shown values stay the same until they are wrong by more than
 * CLOCK_DRIFT_USEC.
 */
#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "dbus/server/bus-internal.h"
#include "io/log.h"

/* A drift of the wall clock up to this is not signalled. */
#define CLOCK_DRIFT_USEC ((int64_t) (100 * USEC_PER_MSEC))
/* The largest number of seconds. The kernel reduces it to the latest instant that it can count to. */
#define NEVER_SEC ((time_t) (sizeof(time_t) > 4 ? INT64_MAX : INT32_MAX))

static int64_t read_offset(Bus *bus) {
        const usec_t now = manager_now(bus->manager);

        return (int64_t) (manager_realtime(bus->manager, now) - now);
}

usec_t bus_realtime(Bus *bus, usec_t boottime) {
        const int64_t offset = read_offset(bus), moved = offset - bus->clock_offset;

        if (boottime == USEC_INFINITY)
                return USEC_INFINITY;
        if (moved > CLOCK_DRIFT_USEC || moved < -CLOCK_DRIFT_USEC) {
                bus->clock_offset = offset;
                bus_touch_all(bus);
        }
        return boottime + (uint64_t) bus->clock_offset;
}

static int arm(int fd) {
        const struct itimerspec never = { .it_value.tv_sec = NEVER_SEC };

        return timerfd_settime(fd, TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, &never, NULL) < 0 ? -errno
                                                                                                  : 0;
}

static int on_clock(sd_event_source *source, int fd, uint32_t events, void *userdata) {
        Bus *bus = userdata;
        uint64_t n;
        /*
         * The timer is there to fail with ECANCELED. If it has run out instead, arming it again would make
         * it run out at once, so it is given up.
         */
        const bool is_over = read(fd, &n, sizeof(n)) >= 0;

        bus_touch_all(bus);
        if (is_over || arm(fd) < 0)
                bus->clock = sd_event_source_disable_unref(bus->clock);
        return 0;
}

void bus_watch_clock(Bus *bus) {
        const int fd = timerfd_create(CLOCK_REALTIME, TFD_CLOEXEC | TFD_NONBLOCK);
        int r;

        bus->clock_offset = read_offset(bus);
        r = fd < 0 ? -errno : arm(fd);
        if (r >= 0)
                r = sd_event_add_io(bus->event, &bus->clock, fd, EPOLLIN, on_clock, bus);
        if (r >= 0)
                r = sd_event_source_set_io_fd_own(bus->clock, true);
        else if (fd >= 0)
                (void) close(fd);
        if (r < 0)
                log_debug("Steps of the clock go unnoticed: %s", strerror(-r));
}
