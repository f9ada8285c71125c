/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * plugin/plugin-loop.c: what a plugin has on its loop runs when the outer loop runs, and at no other
 * time.
 */
#include <errno.h>
#include <glib.h>
#include <stdbool.h>
#include <sys/epoll.h>
#include <systemd/sd-event.h>
#include <time.h>
#include <unistd.h>

#include "base/macro.h"
#include "plugin/plugin-loop.h"

#define HOUR_USEC UINT64_C(3600000000)

typedef struct Bench {
        sd_event *outer;
        PluginLoop *loop;
        sd_event *inner;
        bool in_ready;    /* plugin_loop_run() is under way */
        unsigned n_ready; /* how often it was */
        unsigned n_ran;   /* sources of the inner loop */
} Bench;

static void on_ready(void *userdata) {
        Bench *b = userdata;
        const unsigned before = b->n_ran;

        b->in_ready = true;
        b->n_ready++;
        plugin_loop_run(b->loop);
        b->in_ready = false;
        g_assert_cmpuint(b->n_ran, <=, before + 1);
}

static void bench_init(Bench *b) {
        *b = (Bench){};
        g_assert_cmpint(sd_event_new(&b->outer), ==, 0);
        g_assert_cmpint(plugin_loop_new(b->outer, on_ready, b, &b->loop), ==, 0);
        b->inner = plugin_loop_event(b->loop);
        g_assert_true(b->inner != b->outer);
}

static void bench_clear(Bench *b) {
        b->loop = plugin_loop_free(b->loop);
        sd_event_unref(b->outer);
}

/* Runs the outer loop until nothing can run at once. */
static void settle(Bench *b) {
        int r;

        do {
                r = sd_event_run(b->outer, /* timeout= */ 0);
        } while (r > 0);
        g_assert_cmpint(r, ==, 0);
}

/* Runs the outer loop until @n sources of the inner one have run. */
static void run_until(Bench *b, unsigned n) {
        while (b->n_ran < n)
                g_assert_cmpint(sd_event_run(b->outer, UINT64_MAX), >=, 0);
}

static void ran(void *userdata) {
        Bench *b = userdata;

        g_assert_true(b->in_ready);
        b->n_ran++;
}

static int on_defer(sd_event_source *source, void *userdata) {
        ran(userdata);
        return 0;
}

static int on_time(sd_event_source *source, uint64_t usec, void *userdata) {
        ran(userdata);
        return 0;
}

static int on_io(sd_event_source *source, int fd, uint32_t revents, void *userdata) {
        char byte;

        ran(userdata);
        g_assert_cmpint(read(fd, &byte, 1), ==, 1);
        return 0;
}

static void test_sources(void) {
        sd_event_source *time = NULL;
        int fds[2];
        Bench b;

        bench_init(&b);
        plugin_loop_arm(b.loop);
        settle(&b);
        g_assert_cmpuint(b.n_ready, ==, 0);

        /* They run soon, but not inside the call that made them. */
        for (unsigned i = 0; i < 3; i++) {
                plugin_loop_refresh(b.loop);
                g_assert_cmpint(sd_event_add_defer(b.inner, NULL, on_defer, &b), ==, 0);
                plugin_loop_arm(b.loop);
        }
        g_assert_cmpuint(b.n_ran, ==, 0);
        settle(&b);
        g_assert_cmpuint(b.n_ran, ==, 3);

        /* A timer that is made, and one that is moved, while the loop waits. */
        plugin_loop_refresh(b.loop);
        g_assert_cmpint(sd_event_add_time_relative(b.inner, &time, CLOCK_BOOTTIME, 1000, 1, on_time, &b), ==,
                        0);
        plugin_loop_arm(b.loop);
        run_until(&b, 4);
        plugin_loop_refresh(b.loop);
        g_assert_cmpint(sd_event_source_set_time_relative(time, HOUR_USEC), ==, 0);
        g_assert_cmpint(sd_event_source_set_enabled(time, SD_EVENT_ONESHOT), ==, 0);
        plugin_loop_arm(b.loop);
        settle(&b);
        g_assert_cmpuint(b.n_ran, ==, 4);
        plugin_loop_refresh(b.loop);
        g_assert_cmpint(sd_event_source_set_time(time, 0), ==, 0);
        plugin_loop_arm(b.loop);
        run_until(&b, 5);
        sd_event_source_disable_unref(time);

        /* A descriptor wakes the loop, again and again. */
        g_assert_cmpint(pipe(fds), ==, 0);
        plugin_loop_refresh(b.loop);
        g_assert_cmpint(sd_event_add_io(b.inner, NULL, fds[0], EPOLLIN, on_io, &b), ==, 0);
        plugin_loop_arm(b.loop);
        settle(&b);
        g_assert_cmpuint(b.n_ran, ==, 5);
        for (unsigned i = 0; i < 3; i++) {
                g_assert_cmpint(write(fds[1], "xy", 2), ==, 2);
                settle(&b);
                g_assert_cmpuint(b.n_ran, ==, 5 + 2 * (i + 1));
        }
        /* What comes while the plugin is being called does not get lost. */
        g_assert_cmpint(write(fds[1], "x", 1), ==, 1);
        plugin_loop_refresh(b.loop);
        plugin_loop_arm(b.loop);
        settle(&b);
        g_assert_cmpuint(b.n_ran, ==, 12);
        bench_clear(&b);
        g_assert_cmpint(close(fds[0]), ==, 0);
        g_assert_cmpint(close(fds[1]), ==, 0);
}

/* However long ago a source ran, a plugin counts from the time of its call. */
static void test_now(void) {
        uint64_t before, seen;
        struct timespec ts;
        Bench b;

        bench_init(&b);
        g_assert_cmpint(sd_event_add_defer(b.inner, NULL, on_defer, &b), ==, 0);
        plugin_loop_arm(b.loop);
        settle(&b);
        g_assert_cmpuint(b.n_ran, ==, 1);
        g_usleep(2000);
        (void) clock_gettime(CLOCK_BOOTTIME, &ts);
        before = (uint64_t) ts.tv_sec * 1000000 + (uint64_t) ts.tv_nsec / 1000;
        plugin_loop_refresh(b.loop);
        g_assert_cmpint(sd_event_now(b.inner, CLOCK_BOOTTIME, &seen), >=, 0);
        g_assert_cmpuint(seen, >=, before);
        bench_clear(&b);
}

static int on_outer_time(sd_event_source *source, uint64_t usec, void *userdata) {
        bool *done = userdata;

        *done = true;
        return 0;
}

/* A plugin that always has something to do does not keep other sources from running. */
static void test_greedy(void) {
        sd_event_source *greedy;
        bool done = false;
        Bench b;

        bench_init(&b);
        g_assert_cmpint(sd_event_add_defer(b.inner, &greedy, on_defer, &b), ==, 0);
        g_assert_cmpint(sd_event_source_set_enabled(greedy, SD_EVENT_ON), ==, 0);
        plugin_loop_arm(b.loop);
        g_assert_cmpint(
                sd_event_add_time_relative(b.outer, NULL, CLOCK_MONOTONIC, 1000, 1, on_outer_time, &done),
                ==, 0);
        while (!done || b.n_ran < 10)
                g_assert_cmpint(sd_event_run(b.outer, UINT64_MAX), >, 0);
        g_assert_cmpint(sd_event_source_set_enabled(greedy, SD_EVENT_OFF), ==, 0);
        settle(&b);
        sd_event_source_unref(greedy);
        bench_clear(&b);
}

static int on_exit_source(sd_event_source *source, void *userdata) {
        ran(userdata);
        return 0;
}

static int on_fatal(sd_event_source *source, void *userdata) {
        ran(userdata);
        return -EIO;
}

/* However the inner loop ends, the outer loop goes on, and spends no more time on it. */
static void test_exit(void) {
        for (unsigned fatal = 0; fatal < 2; fatal++) {
                sd_event_source *source;
                unsigned n;
                Bench b;

                bench_init(&b);
                g_assert_cmpint(sd_event_add_exit(b.inner, NULL, on_exit_source, &b), ==, 0);
                if (fatal) {
                        g_assert_cmpint(sd_event_add_defer(b.inner, &source, on_fatal, &b), ==, 0);
                        g_assert_cmpint(sd_event_source_set_exit_on_failure(source, true), >=, 0);
                        sd_event_source_set_floating(source, true);
                        sd_event_source_unref(source);
                } else
                        g_assert_cmpint(sd_event_exit(b.inner, 0), ==, 0);
                plugin_loop_arm(b.loop);
                settle(&b);
                g_assert_cmpuint(b.n_ran, ==, fatal + 1);
                g_assert_cmpint(sd_event_get_state(b.inner), ==, SD_EVENT_FINISHED);
                g_assert_cmpint(sd_event_get_state(b.outer), ==, SD_EVENT_INITIAL);
                n = b.n_ready;
                for (unsigned i = 0; i < 3; i++) {
                        plugin_loop_refresh(b.loop);
                        plugin_loop_arm(b.loop);
                        settle(&b);
                }
                g_assert_cmpuint(b.n_ready, ==, n);
                g_assert_null(plugin_loop_free(NULL));
                bench_clear(&b);
        }
}

int main(int argc, char **argv) {
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/plugin-loop/sources", test_sources);
        g_test_add_func("/plugin-loop/now", test_now);
        g_test_add_func("/plugin-loop/greedy", test_greedy);
        g_test_add_func("/plugin-loop/exit", test_exit);
        return g_test_run();
}
