/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The event loop of one plugin (contract: plugin/plugin-loop.h).
 *
 * An sd_event begins in the state INITIAL. sd_event_prepare() makes it ARMED, or PENDING if a source can run
 * at once. From ARMED, sd_event_wait() leads to PENDING, or back to INITIAL if no source wants to run. From
 * PENDING, sd_event_dispatch() leads to INITIAL.
 *
 * Between two turns the plugin's loop is either ARMED or PENDING. If it is ARMED, the outer loop watches its
 * descriptor, which becomes readable when a source wants to run. If it is PENDING, the outer loop watches a
 * descriptor that is always readable. (A deferred source is not used for this: in systemd 252 at least,
 * sd-event does not look at its timers while a deferred source is always due.)
 *
 * sd_event_prepare() sets the timers. So if the loop was ARMED while the plugin was called, it has to be
 * prepared again.
 */
#include "plugin/plugin-loop.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <systemd/sd-event.h>
#include <unistd.h>

#include "base/macro.h"

struct PluginLoop {
        sd_event *inner;
        sd_event_source *readable, *pending; /* of the outer loop */
        int always;                          /* a descriptor that is always readable */
        void (*on_ready)(void *userdata);
        void *userdata;
};

static int on_wakeup(sd_event_source *source, int fd, uint32_t revents, void *userdata) {
        const PluginLoop *loop = userdata;

        loop->on_ready(loop->userdata);
        return 0;
}

static void plugin_loop_freep(PluginLoop **p) {
        *p = plugin_loop_free(*p);
}

int plugin_loop_new(struct sd_event *outer, void (*on_ready)(void *userdata), void *userdata,
                    PluginLoop **ret) {
        _cleanup_(plugin_loop_freep) PluginLoop *loop = calloc(1, sizeof(*loop));
        int r;

        if (!loop)
                return -ENOMEM;
        loop->always = -EBADF;
        loop->on_ready = on_ready;
        loop->userdata = userdata;
        r = sd_event_new(&loop->inner);
        if (r < 0)
                return r;
        r = sd_event_add_io(outer, &loop->readable, sd_event_get_fd(loop->inner), EPOLLIN, on_wakeup, loop);
        if (r < 0)
                return r;
        loop->always = eventfd(1, EFD_CLOEXEC | EFD_NONBLOCK);
        if (loop->always < 0)
                return -errno;
        r = sd_event_add_io(outer, &loop->pending, loop->always, EPOLLIN, on_wakeup, loop);
        if (r < 0)
                return r;
        r = sd_event_source_set_enabled(loop->pending, SD_EVENT_OFF);
        if (r < 0)
                return r;
        *ret = STEAL_PTR(loop);
        return 0;
}

PluginLoop *plugin_loop_free(PluginLoop *loop) {
        if (!loop)
                return NULL;
        sd_event_source_disable_unref(loop->readable);
        sd_event_source_disable_unref(loop->pending);
        if (loop->always >= 0)
                (void) close(loop->always);
        sd_event_unref(loop->inner);
        free(loop);
        return NULL;
}

struct sd_event *plugin_loop_event(PluginLoop *loop) {
        return loop->inner;
}

void plugin_loop_refresh(PluginLoop *loop) {
        /* The result does not matter, because plugin_loop_arm() looks at the loop's new state. */
        if (sd_event_get_state(loop->inner) == SD_EVENT_ARMED)
                (void) sd_event_wait(loop->inner, /* usec= */ 0);
}

void plugin_loop_arm(PluginLoop *loop) {
        int r = 0;

        plugin_loop_refresh(loop);
        if (sd_event_get_state(loop->inner) == SD_EVENT_INITIAL)
                r = sd_event_prepare(loop->inner);
        if (r < 0 || sd_event_get_state(loop->inner) == SD_EVENT_FINISHED)
                /* The loop has ended itself, or is broken. None of its sources runs any more. */
                (void) sd_event_source_set_enabled(loop->readable, SD_EVENT_OFF);
        else if (sd_event_get_state(loop->inner) == SD_EVENT_PENDING)
                (void) sd_event_source_set_enabled(loop->pending, SD_EVENT_ONESHOT);
}

void plugin_loop_run(PluginLoop *loop) {
        plugin_loop_refresh(loop);
        if (sd_event_get_state(loop->inner) == SD_EVENT_PENDING)
                (void) sd_event_dispatch(loop->inner);
        plugin_loop_arm(loop);
}
