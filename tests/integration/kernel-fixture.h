/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * What the programs that test io/kernel*.c on the real kernel share: a namespace of their own; ip(8),
 * which plays the administrator and gives a second opinion on what the kernel has; a Kernel with a
 * handler that counts; and functions that carry plans out.
 *
 * Every test makes its own links (v0, v1, ...) and removes them. settle() runs the loop until it is idle,
 * so nothing waits for a time. Skips with a reason where namespaces are forbidden.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <linux/rtnetlink.h>
#include <netlink/msg.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <systemd/sd-event.h>
#include <time.h>
#include <unistd.h>

#include "base/macro.h"
#include "io/kernel-internal.h"
#include "io/kernel.h"

static inline void _printf_(1, 2) run(const char *format, ...) {
        char command[1024];
        va_list ap;

        va_start(ap, format);
        vsnprintf(command, sizeof(command), format, ap);
        va_end(ap);
        if (system(command) != 0)
                g_error("failed: %s", command);
}

/* Returns what a command prints. Free it with g_free(). */
static inline char *_printf_(1, 2) output(const char *format, ...) {
        char command[1024], *text = NULL;
        int status = -1;
        va_list ap;
        GError *error = NULL;

        va_start(ap, format);
        vsnprintf(command, sizeof(command), format, ap);
        va_end(ap);
        if (!g_spawn_command_line_sync(command, &text, NULL, &status, &error) || status != 0)
                g_error("failed: %s", command);
        return text;
}

static inline void assert_output(const char *command, const char *expected) {
        g_autofree char *text = output("%s", command);

        if (!strstr(text, expected))
                g_error("%s: no \"%s\" in:\n%s", command, expected, text);
}

static inline void assert_no_output(const char *command, const char *unexpected) {
        g_autofree char *text = output("%s", command);

        if (strstr(text, unexpected))
                g_error("%s: \"%s\" in:\n%s", command, unexpected, text);
}

static inline usec_t boottime(void) {
        struct timespec ts;

        g_assert_cmpint(clock_gettime(CLOCK_BOOTTIME, &ts), ==, 0);
        return (usec_t) ts.tv_sec * USEC_PER_SEC + (usec_t) ts.tv_nsec / 1000;
}

static inline struct in_addr ip(const char *text) {
        struct in_addr address;

        g_assert_cmpint(inet_pton(AF_INET, text, &address), ==, 1);
        return address;
}

/* A Kernel and what its handler heard. */
typedef struct Fixture {
        sd_event *event;
        Kernel *kernel;
        unsigned n_changed, n_removed, n_config, n_tunnels;
        KernelLink last;      /* of the last link_changed() */
        int removed, config;  /* ifindex of the last such call */
        unsigned carrier_ups; /* link_changed() with carrier */
} Fixture;

static inline void on_link_changed(void *userdata, const KernelLink *link) {
        Fixture *f = userdata;

        f->n_changed++;
        f->last = *link;
        f->carrier_ups += link->carrier;
        /* A handler may look links up: the link that it is told of is the one on record. */
        g_assert_true(kernel_find_link(f->kernel, link->ifindex) == link);
}

static inline void on_link_removed(void *userdata, int ifindex) {
        Fixture *f = userdata;

        f->n_removed++;
        f->removed = ifindex;
        g_assert_null(kernel_find_link(f->kernel, ifindex));
}

static inline void on_config_changed(void *userdata, int ifindex) {
        Fixture *f = userdata;

        f->n_config++;
        f->config = ifindex;
}

static inline void on_tunnels_changed(void *userdata) {
        ((Fixture *) userdata)->n_tunnels++;
}

static const KernelHandler handler = {
        .link_changed = on_link_changed,
        .link_removed = on_link_removed,
        .config_changed = on_config_changed,
        .tunnels_changed = on_tunnels_changed,
};

static inline void fixture_start(Fixture *f) {
        *f = (Fixture){ 0 };
        g_assert_cmpint(sd_event_new(&f->event), >=, 0);
        g_assert_cmpint(kernel_new(f->event, &handler, f, &f->kernel), ==, 0);
        g_assert_cmpint(kernel_start(f->kernel), ==, 0);
}

static inline void fixture_stop(Fixture *f) {
        f->kernel = kernel_free(f->kernel);
        f->event = sd_event_unref(f->event);
}

static inline void settle(Fixture *f) {
        int r;

        while ((r = sd_event_run(f->event, 0)) > 0)
                ;
        g_assert_cmpint(r, ==, 0);
}

/*
 * The kernel tells of a carrier from a work queue, so it may come a little later than the command that moved
 * it.
 */
static inline const KernelLink *wait_carrier(Fixture *f, int ifindex, bool carrier) {
        const KernelLink *link;

        settle(f);
        while ((link = kernel_find_link(f->kernel, ifindex)) && link->carrier != carrier)
                g_assert_cmpint(sd_event_run(f->event, 10 * USEC_PER_SEC), >, 0);
        g_assert_nonnull(link);
        return link;
}

/* Runs the loop and forgets what was heard. */
static inline void quiet(Fixture *f) {
        settle(f);
        f->n_changed = f->n_removed = f->n_config = f->n_tunnels = f->carrier_ups = 0;
        f->removed = f->config = 0;
}

static inline int ifindex_of(Fixture *f, const char *ifname) {
        const KernelLink *link = kernel_find_link_by_name(f->kernel, ifname);

        g_assert_nonnull(link);
        return link->ifindex;
}

static inline void add_pair(void) {
        run("ip link add v0 type veth peer name v1 && ip link set v0 up && ip link set v1 up");
}

static inline void remove_pair(void) {
        run("ip link del v0");
}

/* Starts a Kernel and reads all that is there already. Returns the index of v0. */
static inline int follow(Fixture *f) {
        fixture_start(f);
        settle(f);
        return ifindex_of(f, "v0");
}

/* Ends what add_pair() and follow() began. */
static inline void end(Fixture *f) {
        fixture_stop(f);
        remove_pair();
}

/* Returns the usual lease: 10.1.0.5/24 from 10.1.0.1, for an hour from now. */
static inline NetConfig usual(usec_t now) {
        NetConfig config = {
                .family = AF_INET,
                .addresses[0] = { .family = AF_INET,
                        .address.v4 = ip("10.1.0.5"),
                        .prefix_len = 24,
                        .broadcast = ip("10.1.0.255"),
                        .valid_until = now + 3600 * USEC_PER_SEC,
                        .ours = true,
                },
                .n_addresses = 1,
                .n_routes = 2,
        };

        config.routes[0] = (NetRoute){
                .family = AF_INET,
                .dst.v4 = ip("10.1.0.0"),
                .prefix_len = 24,
                .prefsrc.v4 = ip("10.1.0.5"),
                .metric = 1024,
                .table = RT_TABLE_MAIN,
                .ours = true,
        };
        config.routes[1] = config.routes[0];
        config.routes[1].dst.v4 = (struct in_addr){ 0 };
        config.routes[1].prefix_len = 0;
        config.routes[1].gateway.v4 = ip("10.1.0.1");
        return config;
}

/*
 * Returns the time for a question of a test that began at @began. The kernel counts lifetimes while the
 * test runs, so its clock must not stand still. An instant in the future is taken as it is: the test asks
 * what would be then.
 */
static inline usec_t clock_since(usec_t began) {
        const usec_t now = boottime();

        return began < now ? now : began;
}

static inline void snapshot(Fixture *f, int ifindex, usec_t began, const NetConfig *desired,
                            NetConfig *ret) {
        g_assert_cmpint(kernel_snapshot(f->kernel, ifindex, clock_since(began), desired, ret), ==, 0);
}

static inline int apply(Fixture *f, int ifindex, usec_t began, const NetPlan *plan) {
        return kernel_apply(f->kernel, ifindex, clock_since(began), plan, NULL);
}

static inline size_t missing_steps(Fixture *f, int ifindex, usec_t began, const NetConfig *desired,
                                   NetPlan *ret) {
        NetConfig actual;

        snapshot(f, ifindex, began, desired, &actual);
        net_plan_compute(desired, &actual, ret);
        return ret->n_steps;
}

/*
 * Makes a plan, applies it, and asserts that nothing is left to do, although no notification was read
 * since. Returns the number of steps.
 */
static inline size_t make_so(Fixture *f, int ifindex, usec_t began, const NetConfig *desired) {
        NetPlan plan, rest;
        const size_t n = missing_steps(f, ifindex, began, desired, &plan);

        g_assert_cmpint(apply(f, ifindex, began, &plan), ==, 0);
        g_assert_cmpuint(missing_steps(f, ifindex, began, desired, &rest), ==, 0);
        return n;
}

/* Asserts that a new Kernel, which has no memory, sees the same, except for the ownership. */
static inline void assert_fresh_agrees(int ifindex, usec_t began, const NetConfig *desired) {
        Fixture fresh;
        NetPlan plan;

        fixture_start(&fresh);
        g_assert_cmpint(kernel_adopt(fresh.kernel, ifindex, desired), ==, 0);
        g_assert_cmpuint(missing_steps(&fresh, ifindex, began, desired, &plan), ==, 0);
        fixture_stop(&fresh);
}

/* Returns a socket that hears what the kernel tells everybody, for monitor_read(). The caller closes it. */
static inline int monitor_open(void) {
        const struct sockaddr_nl address = {
                .nl_family = AF_NETLINK,
                .nl_groups = RTMGRP_IPV4_IFADDR | RTMGRP_IPV4_ROUTE,
        };
        int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE);

        g_assert_cmpint(fd, >=, 0);
        g_assert_cmpint(bind(fd, (const struct sockaddr *) &address, sizeof(address)), ==, 0);
        return fd;
}

typedef struct Heard {
        unsigned new_address, del_address, new_route, del_route;
} Heard;

static inline Heard monitor_read(int fd) {
        _Alignas(struct nlmsghdr) char buffer[32768];
        Heard heard = { 0 };
        ssize_t n;

        while ((n = recv(fd, buffer, sizeof(buffer), 0)) > 0) {
                int len = (int) n;

                for (struct nlmsghdr *h = (struct nlmsghdr *) buffer; nlmsg_ok(h, len);
                     h = nlmsg_next(h, &len)) {
                        heard.new_address += h->nlmsg_type == RTM_NEWADDR;
                        heard.del_address += h->nlmsg_type == RTM_DELADDR;
                        heard.new_route += h->nlmsg_type == RTM_NEWROUTE;
                        heard.del_route += h->nlmsg_type == RTM_DELROUTE;
                }
        }
        return heard;
}

static inline bool write_file(const char *path, const char *text) {
        int fd = open(path, O_WRONLY | O_CLOEXEC);
        bool ok;

        if (fd < 0)
                return false;
        ok = write(fd, text, strlen(text)) == (ssize_t) strlen(text);
        close(fd);
        return ok;
}

/* Returns false with errno if namespaces are forbidden. */
static inline bool enter_namespace(void) {
        const uid_t uid = geteuid();
        const gid_t gid = getegid();
        char map[64];

        if (unshare(CLONE_NEWNET) == 0)
                return true;
        if (unshare(CLONE_NEWUSER | CLONE_NEWNET) < 0)
                return false;
        (void) write_file("/proc/self/setgroups", "deny");
        snprintf(map, sizeof(map), "0 %u 1", (unsigned) uid);
        if (!write_file("/proc/self/uid_map", map))
                return false;
        snprintf(map, sizeof(map), "0 %u 1", (unsigned) gid);
        return write_file("/proc/self/gid_map", map);
}

/*
 * Returns false if the test cannot run. It has then printed the reason as TAP wants it. The program must
 * exit with 0, because meson takes another status for a crash.
 */
static inline bool test_prepare(int *argc, char ***argv) {
        if (!enter_namespace()) {
                printf("1..0 # SKIP no network namespace: %s\n", strerror(errno));
                return false;
        }
        if (system("ip link set lo up 2>/dev/null") != 0) {
                printf("1..0 # SKIP ip(8) is missing or may not change this namespace\n");
                return false;
        }
        g_test_init(argc, argv, NULL);
        return true;
}
