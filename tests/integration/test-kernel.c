/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * io/kernel*.c against the real kernel, in a network namespace that the program makes itself (with a user namespace around
 * it when it is not root). Skips with a reason where namespaces are forbidden.
 *
 * ip(8) plays the administrator and is the second opinion on what the kernel has. Every test makes its own links (v0, v1, ...) and
 * removes them. "settle" runs the loop until it is idle, so nothing here waits for a time.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <linux/rtnetlink.h>
#include <malloc.h>
#include <netlink/msg.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <systemd/sd-event.h>
#include <time.h>
#include <unistd.h>

#include "base/macro.h"
#include "io/kernel-internal.h"
#include "io/kernel.h"

static void _printf_(1, 2) run(const char *format, ...) {
        char command[1024];
        va_list ap;

        va_start(ap, format);
        vsnprintf(command, sizeof(command), format, ap);
        va_end(ap);
        if (system(command) != 0)
                g_error("failed: %s", command);
}

/* What a command prints; free with g_free(). */
static char *_printf_(1, 2) output(const char *format, ...) {
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

static void assert_output(const char *command, const char *expected) {
        g_autofree char *text = output("%s", command);

        if (!strstr(text, expected))
                g_error("%s: no \"%s\" in:\n%s", command, expected, text);
}

static void assert_no_output(const char *command, const char *unexpected) {
        g_autofree char *text = output("%s", command);

        if (strstr(text, unexpected))
                g_error("%s: \"%s\" in:\n%s", command, unexpected, text);
}

static usec_t boottime(void) {
        struct timespec ts;

        g_assert_cmpint(clock_gettime(CLOCK_BOOTTIME, &ts), ==, 0);
        return (usec_t) ts.tv_sec * USEC_PER_SEC + (usec_t) ts.tv_nsec / 1000;
}

static struct in_addr ip(const char *text) {
        struct in_addr address;

        g_assert_cmpint(inet_pton(AF_INET, text, &address), ==, 1);
        return address;
}

/* A Kernel and what its handler heard. */
typedef struct Fixture {
        sd_event *event;
        Kernel *kernel;
        unsigned n_changed, n_removed, n_config;
        KernelLink last;      /* of the last link_changed() */
        int removed, config;  /* ifindex of the last such call */
        unsigned carrier_ups; /* link_changed() with carrier */
} Fixture;

static void on_link_changed(void *userdata, const KernelLink *link) {
        Fixture *f = userdata;

        f->n_changed++;
        f->last = *link;
        f->carrier_ups += link->carrier;
        /* A handler may look things up: the link that it is told of is the one on record. */
        g_assert_true(kernel_find_link(f->kernel, link->ifindex) == link);
}

static void on_link_removed(void *userdata, int ifindex) {
        Fixture *f = userdata;

        f->n_removed++;
        f->removed = ifindex;
        g_assert_null(kernel_find_link(f->kernel, ifindex));
}

static void on_config_changed(void *userdata, int ifindex) {
        Fixture *f = userdata;

        f->n_config++;
        f->config = ifindex;
}

static const KernelHandler handler = {
        .link_changed = on_link_changed,
        .link_removed = on_link_removed,
        .config_changed = on_config_changed,
};

static void fixture_start(Fixture *f) {
        *f = (Fixture){ 0 };
        g_assert_cmpint(sd_event_new(&f->event), >=, 0);
        g_assert_cmpint(kernel_new(f->event, &handler, f, &f->kernel), ==, 0);
        g_assert_cmpint(kernel_start(f->kernel), ==, 0);
}

static void fixture_stop(Fixture *f) {
        f->kernel = kernel_free(f->kernel);
        f->event = sd_event_unref(f->event);
}

static void settle(Fixture *f) {
        int r;

        while ((r = sd_event_run(f->event, 0)) > 0)
                ;
        g_assert_cmpint(r, ==, 0);
}

/* The kernel tells of a carrier from a work queue, so it may come a little later than the command that moved it. */
static const KernelLink *wait_carrier(Fixture *f, int ifindex, bool carrier) {
        const KernelLink *link;

        settle(f);
        while ((link = kernel_find_link(f->kernel, ifindex)) && link->carrier != carrier)
                g_assert_cmpint(sd_event_run(f->event, 10 * USEC_PER_SEC), >, 0);
        g_assert_nonnull(link);
        return link;
}

/* Runs the loop and forgets what was heard. */
static void quiet(Fixture *f) {
        settle(f);
        f->n_changed = f->n_removed = f->n_config = f->carrier_ups = 0;
        f->removed = f->config = 0;
}

static int ifindex_of(Fixture *f, const char *ifname) {
        const KernelLink *link = kernel_find_link_by_name(f->kernel, ifname);

        g_assert_nonnull(link);
        return link->ifindex;
}

static void add_pair(void) {
        run("ip link add v0 type veth peer name v1 && ip link set v0 up && ip link set v1 up");
}

static void remove_pair(void) {
        run("ip link del v0");
}

/* The usual lease: 10.1.0.5/24 from 10.1.0.1, for an hour from now. */
static NetConfig usual(usec_t now) {
        NetConfig config = {
                .addresses[0] = {
                        .address = ip("10.1.0.5"),
                        .prefix_len = 24,
                        .broadcast = ip("10.1.0.255"),
                        .valid_until = now + 3600 * USEC_PER_SEC,
                        .ours = true,
                },
                .n_addresses = 1,
                .n_routes = 2,
        };

        config.routes[0] = (NetRoute){
                .dst = ip("10.1.0.0"),
                .prefix_len = 24,
                .prefsrc = ip("10.1.0.5"),
                .metric = 1024,
                .table = RT_TABLE_MAIN,
        };
        config.routes[1] = config.routes[0];
        config.routes[1].dst = (struct in_addr){ 0 };
        config.routes[1].prefix_len = 0;
        config.routes[1].gateway = ip("10.1.0.1");
        return config;
}

static void snapshot(Fixture *f, int ifindex, usec_t now, const NetConfig *desired, NetConfig *ret) {
        g_assert_cmpint(kernel_snapshot(f->kernel, ifindex, now, desired, ret), ==, 0);
}

static size_t missing_steps(Fixture *f, int ifindex, usec_t now, const NetConfig *desired, NetPlan *ret) {
        NetConfig actual;

        snapshot(f, ifindex, now, desired, &actual);
        net_plan_compute(desired, &actual, ret);
        return ret->n_steps;
}

/* Plans, applies, and finds nothing left to do although no notification was read since. Returns the number of steps. */
static size_t make_so(Fixture *f, int ifindex, usec_t now, const NetConfig *desired) {
        NetPlan plan, rest;
        const size_t n = missing_steps(f, ifindex, now, desired, &plan);

        g_assert_cmpint(kernel_apply(f->kernel, ifindex, now, &plan), ==, 0);
        g_assert_cmpuint(missing_steps(f, ifindex, now, desired, &rest), ==, 0);
        return n;
}

/* A fresh look by somebody without any memory must agree, but for the ownership. */
static void assert_fresh_agrees(int ifindex, usec_t now, const NetConfig *desired) {
        Fixture fresh;
        NetPlan plan;

        fixture_start(&fresh);
        for (size_t i = 0; i < desired->n_addresses; i++)
                g_assert_cmpint(kernel_adopt(fresh.kernel, ifindex, desired->addresses[i].address,
                                             desired->addresses[i].prefix_len),
                                ==, 0);
        g_assert_cmpuint(missing_steps(&fresh, ifindex, now, desired, &plan), ==, 0);
        fixture_stop(&fresh);
}

/* Counts what the kernel tells everybody. */
static int monitor_open(void) {
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

static Heard monitor_read(int fd) {
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

/* Links */

static void test_start(void) {
        const KernelLink *link;
        Fixture f;

        run("ip link add v0 address 02:00:00:00:00:01 mtu 1400 type veth peer name v1");
        fixture_start(&f);
        g_assert_cmpuint(f.n_changed, ==, 3);
        g_assert_cmpuint(f.n_config, ==, 0);
        link = kernel_find_link_by_name(f.kernel, "lo");
        g_assert_nonnull(link);
        g_assert_true(link->loopback);
        g_assert_cmpint(link->ifindex, ==, 1);

        link = kernel_find_link_by_name(f.kernel, "v0");
        g_assert_nonnull(link);
        g_assert_true(kernel_find_link(f.kernel, link->ifindex) == link);
        g_assert_cmpuint(link->mtu, ==, 1400);
        g_assert_cmpuint(link->address.len, ==, 6);
        g_assert_cmpmem(link->address.bytes, 6, "\2\0\0\0\0\1", 6);
        g_assert_cmpmem(link->broadcast.bytes, link->broadcast.len, "\377\377\377\377\377\377", 6);
        g_assert_cmpuint(link->arp_type, ==, 1);
        g_assert_false(link->up || link->carrier || link->noarp || link->loopback);
        g_assert_null(kernel_find_link_by_name(f.kernel, "v9"));
        g_assert_null(kernel_find_link(f.kernel, 0));
        fixture_stop(&f);
        remove_pair();
}

static void test_link_events(void) {
        uint32_t carrier_changes;
        const KernelLink *link;
        Fixture f;
        int v0, v1;

        fixture_start(&f);
        quiet(&f);
        run("ip link add v0 type veth peer name v1");
        settle(&f);
        v0 = ifindex_of(&f, "v0");
        v1 = ifindex_of(&f, "v1");
        g_assert_cmpuint(f.n_changed, >=, 2);

        quiet(&f);
        g_assert_cmpint(kernel_set_up(f.kernel, v0, /* up= */ true), ==, 0);
        g_assert_cmpint(kernel_set_up(f.kernel, v1, /* up= */ true), ==, 0);
        g_assert_true(wait_carrier(&f, v0, /* carrier= */ true)->up);
        carrier_changes = wait_carrier(&f, v1, /* carrier= */ true)->carrier_changes;

        g_assert_cmpint(kernel_set_up(f.kernel, v1, /* up= */ false), ==, 0);
        g_assert_true(wait_carrier(&f, v0, /* carrier= */ false)->up);
        g_assert_cmpint(kernel_set_up(f.kernel, v1, /* up= */ true), ==, 0);
        (void) wait_carrier(&f, v0, /* carrier= */ true);
        g_assert_cmpuint(wait_carrier(&f, v1, /* carrier= */ true)->carrier_changes, >, carrier_changes);

        /* Dormant: layer 1 is there, but nobody may send yet (802.1X). */
        run("ip link set v0 mode dormant && ip link set v1 down");
        (void) wait_carrier(&f, v0, /* carrier= */ false);
        run("ip link set v1 up");
        (void) wait_carrier(&f, v1, /* carrier= */ true);
        settle(&f);
        g_assert_false(kernel_find_link(f.kernel, v0)->carrier);
        run("ip link set v0 mode default && ip link set v0 state up");
        (void) wait_carrier(&f, v0, /* carrier= */ true);

        /* The same again is no event for the handler. */
        quiet(&f);
        run("ip link set v0 up");
        settle(&f);
        g_assert_cmpuint(f.n_changed, ==, 0);

        run("ip link set v0 down && ip link set v0 name other && ip link set other mtu 1300 && ip link set other arp off");
        settle(&f);
        g_assert_null(kernel_find_link_by_name(f.kernel, "v0"));
        link = kernel_find_link_by_name(f.kernel, "other");
        g_assert_nonnull(link);
        g_assert_cmpint(link->ifindex, ==, v0);
        g_assert_cmpuint(link->mtu, ==, 1300);
        g_assert_true(link->noarp && !link->up);

        quiet(&f);
        run("ip link del other");
        settle(&f);
        g_assert_cmpuint(f.n_removed, ==, 2);
        g_assert_null(kernel_find_link(f.kernel, v0));
        g_assert_null(kernel_find_link(f.kernel, v1));
        g_assert_cmpint(kernel_set_up(f.kernel, v0, /* up= */ true), ==, -ENODEV);

        /* The same number and name once more are a new link. */
        quiet(&f);
        run("ip link add v0 index %d type veth peer name v1", v0);
        settle(&f);
        g_assert_cmpint(ifindex_of(&f, "v0"), ==, v0);
        g_assert_cmpuint(f.n_changed, >=, 2);
        run("ip link del v0 && ip link add v0 index %d type veth peer name v1", v0);
        settle(&f);
        g_assert_cmpuint(f.n_removed, ==, 2);
        g_assert_cmpint(ifindex_of(&f, "v0"), ==, v0);
        fixture_stop(&f);
        remove_pair();
}

/* A port that leaves its bridge is announced by RTM_DELLINK in the bridge's family; the link is still there. */
static void test_bridge_port(void) {
        Fixture f;

        if (system("ip link add br0 type bridge 2>/dev/null") != 0) {
                g_test_skip("no bridge in this kernel");
                return;
        }
        add_pair();
        fixture_start(&f);
        run("ip link set v0 master br0");
        settle(&f);
        quiet(&f);
        run("ip link set v0 nomaster");
        settle(&f);
        g_assert_cmpuint(f.n_removed, ==, 0);
        g_assert_nonnull(kernel_find_link_by_name(f.kernel, "v0"));
        fixture_stop(&f);
        remove_pair();
        run("ip link del br0");
}

static void test_other_namespace(void) {
        int ready[2], v0, status;
        Fixture f;
        char byte;
        pid_t pid;

        add_pair();
        fixture_start(&f);
        v0 = ifindex_of(&f, "v0");
        g_assert_cmpint(pipe2(ready, O_CLOEXEC), ==, 0);
        pid = fork();
        g_assert_cmpint(pid, >=, 0);
        if (pid == 0) {
                if (unshare(CLONE_NEWNET) < 0 || write(ready[1], "", 1) != 1)
                        _exit(1);
                for (;;)
                        pause();
        }
        g_assert_cmpint(read(ready[0], &byte, 1), ==, 1);
        quiet(&f);
        run("ip link set v0 netns %d", (int) pid);
        settle(&f);
        g_assert_cmpuint(f.n_removed, ==, 1);
        g_assert_cmpint(f.removed, ==, v0);
        g_assert_null(kernel_find_link_by_name(f.kernel, "v0"));
        g_assert_cmpint(kill(pid, SIGKILL), ==, 0);
        g_assert_cmpint(waitpid(pid, &status, 0), ==, pid);
        close(ready[0]);
        close(ready[1]);
        fixture_stop(&f);
        run("ip link del v1 2>/dev/null || true");
}

/* Addresses and routes */

static void test_apply(void) {
        const usec_t now = boottime();
        NetConfig desired = usual(now), actual;
        NetPlan plan;
        Fixture f;
        int v0;

        add_pair();
        fixture_start(&f);
        settle(&f);
        v0 = ifindex_of(&f, "v0");
        desired.routes[1].mtu = 1400;
        desired.routes[2] = desired.routes[1];
        desired.routes[2].dst = ip("192.168.7.0");
        desired.routes[2].prefix_len = 24;
        desired.routes[2].table = 70000; /* does not fit the 8 bits of the header */
        desired.routes[2].mtu = 0;
        desired.routes[3] = desired.routes[0];
        desired.routes[3].table = 70000;
        desired.n_routes = 4;

        g_assert_cmpuint(make_so(&f, v0, now, &desired), ==, 5);
        assert_output("ip -4 -o addr show dev v0",
                      "inet 10.1.0.5/24 brd 10.1.0.255 scope global dynamic noprefixroute v0");
        assert_output("ip -4 -o addr show dev v0", "valid_lft 3600sec preferred_lft 3600sec");
        assert_output("ip route show dev v0",
                      "default via 10.1.0.1 proto dhcp src 10.1.0.5 metric 1024 mtu 1400");
        assert_output("ip route show dev v0", "10.1.0.0/24 proto dhcp scope link src 10.1.0.5 metric 1024");
        assert_output("ip route show table 70000", "192.168.7.0/24 via 10.1.0.1 dev v0 proto dhcp");
        assert_fresh_agrees(v0, now, &desired);

        snapshot(&f, v0, now, &desired, &actual);
        g_assert_cmpuint(actual.n_addresses, ==, 1);
        g_assert_true(actual.addresses[0].ours);
        g_assert_cmpuint(actual.addresses[0].broadcast.s_addr, ==, ip("10.1.0.255").s_addr);
        g_assert_cmpuint(actual.n_routes, ==, 4);

        /* Its own doing is no news, neither now nor after the notifications are in. */
        f.n_config = 0;
        settle(&f);
        g_assert_cmpuint(f.n_config, ==, 0);
        g_assert_cmpuint(missing_steps(&f, v0, now, &desired, &plan), ==, 0);

        /* All gone, and nothing else with it. */
        desired = (NetConfig){ 0 };
        g_assert_cmpuint(make_so(&f, v0, now, &desired), ==, 5);
        settle(&f);
        g_assert_cmpuint(f.n_config, ==, 0);
        assert_no_output("ip -4 addr show dev v0", "10.1.0.5");
        assert_no_output("ip route show table all", "dhcp");
        fixture_stop(&f);
        remove_pair();
}

/* Each renewal is one RTM_NEWADDR, nothing is ever taken away, and nobody is woken up by it. */
static void test_renewal(void) {
        usec_t now = boottime();
        NetConfig desired = usual(now);
        int v0, monitor;
        NetPlan plan;
        Heard heard;
        Fixture f;

        add_pair();
        fixture_start(&f);
        settle(&f);
        v0 = ifindex_of(&f, "v0");
        make_so(&f, v0, now, &desired);
        quiet(&f);
        monitor = monitor_open();

        /* The lease says the same a second later: within what the kernel can count. */
        desired.addresses[0].valid_until += USEC_PER_SEC;
        g_assert_cmpuint(missing_steps(&f, v0, now, &desired, &plan), ==, 0);
        for (unsigned i = 0; i < 100; i++) {
                desired.addresses[0].valid_until += 1800 * USEC_PER_SEC;
                g_assert_cmpuint(make_so(&f, v0, now, &desired), ==, 1);
                settle(&f);
                g_assert_cmpuint(missing_steps(&f, v0, now, &desired, &plan), ==, 0);
        }
        heard = monitor_read(monitor);
        g_assert_cmpuint(heard.new_address, ==, 100);
        g_assert_cmpuint(heard.del_address + heard.new_route + heard.del_route, ==, 0);
        g_assert_cmpuint(f.n_config, ==, 0);

        /* A shorter lease, then an unlimited one. */
        desired.addresses[0].valid_until = now + 60 * USEC_PER_SEC + USEC_PER_SEC / 2;
        g_assert_cmpuint(make_so(&f, v0, now, &desired), ==, 1);
        assert_output("ip -4 -o addr show dev v0", "valid_lft 60sec"); /* rounded down */
        desired.addresses[0].valid_until = USEC_INFINITY;
        g_assert_cmpuint(make_so(&f, v0, now, &desired), ==, 1);
        assert_output("ip -4 -o addr show dev v0", "valid_lft forever");
        settle(&f);
        g_assert_cmpuint(missing_steps(&f, v0, now, &desired, &plan), ==, 0);
        /* The longest finite lease that there is. */
        desired.addresses[0].valid_until = now + 0xfffffffe * USEC_PER_SEC;
        g_assert_cmpuint(make_so(&f, v0, now, &desired), ==, 1);
        settle(&f);
        g_assert_cmpuint(missing_steps(&f, v0, now, &desired, &plan), ==, 0);
        assert_fresh_agrees(v0, now, &desired);

        /* Less than a second left: nothing the kernel could hold without outliving the lease. */
        desired.addresses[0].valid_until = now + USEC_PER_SEC / 2;
        missing_steps(&f, v0, now, &desired, &plan);
        g_assert_cmpint(kernel_apply(f.kernel, v0, now, &plan), ==, -ETIME);
        close(monitor);
        fixture_stop(&f);
        remove_pair();
}

/* Every change of a lease ends at the desired state in one plan, whatever the kernel drops by itself on the way. */
static void test_changes(void) {
        const usec_t now = boottime();
        NetConfig desired = usual(now);
        Fixture f;
        int v0, monitor;
        Heard heard;

        add_pair();
        fixture_start(&f);
        settle(&f);
        v0 = ifindex_of(&f, "v0");
        make_so(&f, v0, now, &desired);
        monitor = monitor_open();

        /* MTU alone, in both directions, and between two values. */
        for (unsigned i = 0; i < 4; i++) {
                desired.routes[0].mtu = desired.routes[1].mtu = (const uint32_t[]){ 1400, 1300, 0, 0 }[i];
                g_assert_cmpuint(make_so(&f, v0, now, &desired), ==, i < 3 ? 4 : 0);
                settle(&f);
                assert_fresh_agrees(v0, now, &desired);
        }
        /* The MTU-less route is second in the kernel's list; a deletion must still find the right one. */
        run("ip route append default via 10.1.0.1 dev v0 proto dhcp src 10.1.0.5 metric 1024 mtu 1234");
        settle(&f);
        desired.routes[1].mtu = 1234;
        g_assert_cmpuint(make_so(&f, v0, now, &desired), ==, 1);
        assert_fresh_agrees(v0, now, &desired);
        run("ip route append default via 10.1.0.1 dev v0 proto dhcp src 10.1.0.5 metric 1024");
        settle(&f);
        g_assert_cmpuint(make_so(&f, v0, now, &desired), ==, 1);
        assert_fresh_agrees(v0, now, &desired);
        heard = monitor_read(monitor);
        g_assert_cmpuint(heard.del_address + heard.new_address, ==, 0);

        /* Another gateway. */
        desired.routes[1].gateway = ip("10.1.0.2");
        g_assert_cmpuint(make_so(&f, v0, now, &desired), ==, 2);
        assert_fresh_agrees(v0, now, &desired);
        /* Another broadcast address: the kernel keeps it for the life of an address, and drops the routes with it. */
        desired.addresses[0].broadcast = ip("10.1.0.0");
        g_assert_cmpuint(make_so(&f, v0, now, &desired), ==, 4);
        assert_fresh_agrees(v0, now, &desired);
        /* Another prefix. */
        desired.addresses[0].prefix_len = desired.routes[0].prefix_len = 25;
        make_so(&f, v0, now, &desired);
        assert_fresh_agrees(v0, now, &desired);
        /* Another address. */
        desired.addresses[0].address = desired.routes[0].prefsrc = desired.routes[1].prefsrc =
                ip("10.1.0.6");
        make_so(&f, v0, now, &desired);
        assert_fresh_agrees(v0, now, &desired);
        /* A cloud's /32 with its gateway outside. */
        desired.addresses[0] = (NetAddress){
                .address = ip("10.9.9.9"), .prefix_len = 32, .valid_until = USEC_INFINITY, .ours = true
        };
        desired.routes[0] = (NetRoute){ .dst = ip("10.0.0.1"),
                                        .prefix_len = 32,
                                        .prefsrc = ip("10.9.9.9"),
                                        .metric = 1024,
                                        .table = RT_TABLE_MAIN };
        desired.routes[1].gateway = ip("10.0.0.1");
        desired.routes[1].prefsrc = ip("10.9.9.9");
        make_so(&f, v0, now, &desired);
        assert_fresh_agrees(v0, now, &desired);

        settle(&f);
        assert_fresh_agrees(v0, now, &desired);
        g_assert_cmpuint(make_so(&f, v0, now, &desired), ==, 0);
        close(monitor);
        fixture_stop(&f);
        remove_pair();
}

/* More steps than go into one sendmsg(), and more routes on the link than a snapshot holds. */
static void test_large_plan(void) {
        const usec_t now = boottime();
        NetConfig desired = usual(now);
        Fixture f;
        int v0;

        add_pair();
        fixture_start(&f);
        settle(&f);
        v0 = ifindex_of(&f, "v0");
        for (unsigned i = 0; desired.n_routes < NET_ROUTES_MAX - 8; i++) {
                NetRoute *route = &desired.routes[desired.n_routes++];

                *route = desired.routes[1];
                route->dst.s_addr = htonl(0xac100000 + (i << 8));
                route->prefix_len = 24;
        }
        run("for i in $(seq 1 200); do echo route add 10.77.$i.0/24 dev v0 proto dhcp metric 5; done | ip -batch -");
        settle(&f);
        for (unsigned i = 0; i < 40; i++) {
                NetPlan plan;

                if (missing_steps(&f, v0, now, &desired, &plan) == 0)
                        break;
                g_assert_cmpint(kernel_apply(f.kernel, v0, now, &plan), ==, 0);
        }
        assert_fresh_agrees(v0, now, &desired);
        assert_no_output("ip route show dev v0", "10.77.");
        fixture_stop(&f);
        remove_pair();
}

/* What others put on the link is neither changed nor even part of a snapshot. */
static void test_foreign(void) {
        const usec_t now = boottime();
        const NetConfig nothing = { 0 };
        NetConfig desired = usual(now), actual;
        g_autofree char *before = NULL, *after = NULL;
        Fixture f;
        int v0;

        add_pair();
        run("ip addr add 172.16.0.1/16 dev v0 && ip addr add 172.17.0.1 peer 172.17.0.2/32 dev v0");
        run("ip route add 10.5.0.0/16 dev v0 proto static && ip route add 10.6.0.0/16 via 172.16.0.9 dev v0");
        run("ip route add blackhole 10.7.0.0/16 proto dhcp && ip route add 10.8.0.0/16 proto dhcp nexthop via 172.16.0.9 dev v0 nexthop via 172.16.0.10 dev v0");
        run("ip route add 10.9.0.0/16 dev v0 proto dhcp scope host");
        before = output("sh -c \"ip -4 -o addr show dev v0; ip route show table all\"");
        fixture_start(&f);
        settle(&f);
        v0 = ifindex_of(&f, "v0");
        snapshot(&f, v0, now, &desired, &actual);
        g_assert_cmpuint(actual.n_addresses, ==, 0);
        g_assert_cmpuint(actual.n_routes, ==, 0);
        make_so(&f, v0, now, &desired);
        assert_output("ip route show dev v0", "10.5.0.0/16 proto static");
        make_so(&f, v0, now, &nothing);
        settle(&f);
        after = output("sh -c \"ip -4 -o addr show dev v0; ip route show table all\"");
        g_assert_cmpstr(before, ==, after);
        fixture_stop(&f);
        remove_pair();
        run("ip route del blackhole 10.7.0.0/16");
}

/* An address that somebody else set serves as it is: no lifetime of ours is put on it, and it stays when the lease goes. */
static void test_foreign_equal(void) {
        const usec_t now = boottime();
        const NetConfig nothing = { 0 };
        NetConfig desired = usual(now), actual;
        Fixture f;
        int v0;

        add_pair();
        run("ip addr add 10.1.0.5/24 dev v0 noprefixroute");
        fixture_start(&f);
        settle(&f);
        v0 = ifindex_of(&f, "v0");
        snapshot(&f, v0, now, &desired, &actual);
        g_assert_cmpuint(actual.n_addresses, ==, 1);
        g_assert_false(actual.addresses[0].ours);
        g_assert_true(actual.addresses[0].valid_until == USEC_INFINITY);
        g_assert_cmpuint(make_so(&f, v0, now, &desired), ==, 2);
        assert_output("ip -4 -o addr show dev v0", "valid_lft forever");
        g_assert_cmpuint(make_so(&f, v0, now, &nothing), ==, 2);
        assert_output("ip -4 -o addr show dev v0", "10.1.0.5/24");

        /* Adopted, it is ours: first while the addresses are not loaded, then while they are. */
        g_assert_cmpint(kernel_adopt(f.kernel, v0, ip("10.1.0.5"), 24), ==, 0);
        g_assert_cmpint(kernel_adopt(f.kernel, v0, ip("10.1.0.9"), 24), ==, 0);
        snapshot(&f, v0, now, &desired, &actual);
        g_assert_true(actual.addresses[0].ours);
        fixture_stop(&f);
        fixture_start(&f);
        g_assert_cmpint(kernel_adopt(f.kernel, v0, ip("10.1.0.5"), 24), ==, 0);
        g_assert_cmpint(kernel_adopt(f.kernel, v0, ip("10.1.0.9"), 24), ==, 0);
        g_assert_cmpuint(make_so(&f, v0, now, &nothing), ==, 1);
        assert_no_output("ip -4 -o addr show dev v0", "10.1.0.5");

        /* Removed by the administrator and set again: it is theirs now. */
        make_so(&f, v0, now, &desired);
        run("ip addr del 10.1.0.5/24 dev v0 && ip addr add 10.1.0.5/24 dev v0 noprefixroute");
        settle(&f);
        snapshot(&f, v0, now, &desired, &actual);
        g_assert_cmpuint(actual.n_addresses, ==, 1);
        g_assert_false(actual.addresses[0].ours);
        fixture_stop(&f);
        remove_pair();
}

static void assert_repaired(Fixture *f, int ifindex, usec_t now, const NetConfig *desired, size_t n_steps) {
        settle(f);
        g_assert_cmpuint(f->n_config, ==, 1); /* one call for the whole batch */
        g_assert_cmpint(f->config, ==, ifindex);
        g_assert_cmpuint(make_so(f, ifindex, now, desired), ==, n_steps);
        assert_fresh_agrees(ifindex, now, desired);
        quiet(f);
}

/* What an administrator takes away is noticed, also where the kernel says nothing of what went with it. */
static void test_administrator(void) {
        const usec_t now = boottime();
        NetConfig desired = usual(now), actual;
        Fixture f;
        int v0;

        add_pair();
        fixture_start(&f);
        settle(&f);
        v0 = ifindex_of(&f, "v0");
        make_so(&f, v0, now, &desired);
        quiet(&f);

        run("ip addr del 10.1.0.5/24 dev v0");
        assert_repaired(&f, v0, now, &desired, 3);
        run("ip route flush dev v0 proto dhcp");
        assert_repaired(&f, v0, now, &desired, 2);
        run("ip route del default dev v0");
        assert_repaired(&f, v0, now, &desired, 1);
        run("ip addr flush dev v0");
        assert_repaired(&f, v0, now, &desired, 3);
        run("ip addr change 10.1.0.5/24 dev v0 valid_lft 100 preferred_lft 100");
        assert_repaired(&f, v0, now, &desired, 1);
        run("ip route append default via 10.1.0.77 dev v0 proto dhcp");
        assert_repaired(&f, v0, now, &desired, 1);

        /* Replaced by another's, which stays; ours comes back beside it. */
        run("ip route replace default via 10.1.0.78 dev v0 proto static metric 1024");
        assert_repaired(&f, v0, now, &desired, 1);
        assert_output("ip route show dev v0", "default via 10.1.0.78 proto static metric 1024");
        run("ip route del default via 10.1.0.78 dev v0 proto static");
        quiet(&f);
        run("ip route replace default via 10.1.0.79 dev v0 proto dhcp src 10.1.0.5 metric 1024");
        assert_repaired(&f, v0, now, &desired, 2);

        /* Down: addresses stay, routes are gone. Up again in the same batch and in two. */
        run("ip link set v0 down && ip link set v0 up");
        assert_repaired(&f, v0, now, &desired, 2);
        run("ip link set v0 down");
        settle(&f);
        g_assert_cmpuint(f.n_config, ==, 1);
        snapshot(&f, v0, now, &desired, &actual);
        g_assert_cmpuint(actual.n_addresses, ==, 1);
        g_assert_cmpuint(actual.n_routes, ==, 0);
        run("ip link set v0 up");
        settle(&f);
        g_assert_cmpuint(make_so(&f, v0, now, &desired), ==, 2);

        /* An address of somebody else goes: no route of ours depends on it. */
        run("ip addr add 172.16.0.1/16 dev v0");
        quiet(&f);
        run("ip addr del 172.16.0.1/16 dev v0");
        settle(&f);
        g_assert_cmpuint(make_so(&f, v0, now, &desired), ==, 0);
        fixture_stop(&f);
        remove_pair();
}

/* Kernels before 6.7 do not tell which routes went with an address: one that says nothing of routes at all will do. */
static void test_silent_kernel(void) {
        const int group = RTNLGRP_IPV4_ROUTE;
        const usec_t now = boottime();
        NetConfig desired = usual(now);
        Fixture f;
        int v0;

        add_pair();
        fixture_start(&f);
        settle(&f);
        g_assert_cmpint(
                setsockopt(f.kernel->notify_fd, SOL_NETLINK, NETLINK_DROP_MEMBERSHIP, &group, sizeof(group)),
                ==, 0);
        v0 = ifindex_of(&f, "v0");
        make_so(&f, v0, now, &desired);
        quiet(&f);

        run("ip addr del 10.1.0.5/24 dev v0");
        assert_repaired(&f, v0, now, &desired, 3);
        run("ip link set v0 down && ip link set v0 up");
        assert_repaired(&f, v0, now, &desired, 2);

        /* The same address a second time on the link: the kernel keeps the routes, and so do the records. */
        run("ip addr add 10.1.0.5/32 dev v0");
        quiet(&f);
        run("ip addr del 10.1.0.5/24 dev v0");
        assert_repaired(&f, v0, now, &desired, 1);
        run("ip addr del 10.1.0.5/32 dev v0");
        quiet(&f);
        g_assert_cmpuint(make_so(&f, v0, now, &desired), ==, 0);

        /* And on another link: to lose it there costs our routes here. */
        run("ip addr add 10.1.0.5/24 dev v1 noprefixroute");
        quiet(&f);
        run("ip addr del 10.1.0.5/24 dev v1");
        settle(&f);
        g_assert_cmpuint(f.n_config, ==, 2);
        (void) make_so(&f, v0, now, &desired);
        assert_fresh_agrees(v0, now, &desired);
        fixture_stop(&f);
        remove_pair();
}

/* The kernel itself takes an address whose time is over, and we hear of it. */
static void test_expiry(void) {
        const usec_t now = boottime();
        NetConfig desired = usual(now);
        NetPlan plan;
        Fixture f;
        int v0;

        add_pair();
        fixture_start(&f);
        settle(&f);
        v0 = ifindex_of(&f, "v0");
        desired.addresses[0].valid_until = now + USEC_PER_SEC + USEC_PER_SEC / 10;
        make_so(&f, v0, now, &desired);
        quiet(&f);
        while (f.n_config == 0)
                g_assert_cmpint(sd_event_run(f.event, 10 * USEC_PER_SEC), >, 0);
        settle(&f);
        g_assert_cmpuint(missing_steps(&f, v0, boottime(), &desired, &plan), ==, 3);
        assert_no_output("ip route show table all", "dhcp");
        fixture_stop(&f);
        remove_pair();
}

/* Notifications that are older than what kernel_apply() did must not have the last word. */
static void test_stale_notifications(void) {
        const usec_t now = boottime();
        NetConfig desired = usual(now), actual;
        Fixture f;
        int v0;

        add_pair();
        fixture_start(&f);
        settle(&f);
        v0 = ifindex_of(&f, "v0");
        make_so(&f, v0, now, &desired);
        quiet(&f);

        /* Not read: somebody's removal and return of everything. Then we act on what we (falsely) know. */
        run("ip addr del 10.1.0.5/24 dev v0");
        desired.addresses[0].valid_until += 1000 * USEC_PER_SEC;
        (void) make_so(&f, v0, now, &desired); /* the address is back by this, the routes are not yet */
        settle(&f);
        g_assert_cmpuint(f.n_config, ==, 1);
        (void) make_so(&f, v0, now, &desired);
        assert_fresh_agrees(v0, now, &desired);
        settle(&f);
        snapshot(&f, v0, now, &desired, &actual);
        g_assert_cmpuint(actual.n_addresses, ==, 1);
        g_assert_true(actual.addresses[0].ours);

        run("ip link set v0 down && ip link set v0 up");
        make_so(&f, v0, now, &desired);
        settle(&f);
        (void) make_so(&f, v0, now, &desired);
        assert_fresh_agrees(v0, now, &desired);
        fixture_stop(&f);
        remove_pair();
}

/* Failures */

static void test_errors(void) {
        const usec_t now = boottime();
        NetConfig desired = usual(now), actual;
        NetPlan plan;
        Fixture f;
        int v0;

        add_pair();
        fixture_start(&f);
        settle(&f);
        v0 = ifindex_of(&f, "v0");

        /* One step fails, the others are done and known. */
        desired.routes[2] = desired.routes[1];
        desired.routes[2].gateway = ip("192.0.2.1");
        desired.n_routes = 3;
        missing_steps(&f, v0, now, &desired, &plan);
        g_assert_cmpint(kernel_apply(f.kernel, v0, now, &plan), ==, -ENETUNREACH);
        g_assert_cmpuint(missing_steps(&f, v0, now, &desired, &plan), ==, 1);
        g_assert_true(net_route_equal(&plan.steps[0].route, &desired.routes[2]));
        desired.n_routes = 2;

        /* To delete what is gone is no failure; nor is to add what is there. Neither was read from notifications. */
        net_plan_compute(&(const NetConfig){ 0 }, &desired, &plan);
        run("ip addr flush dev v0");
        g_assert_cmpint(kernel_apply(f.kernel, v0, now, &plan), ==, 0);
        net_plan_compute(&desired, &(const NetConfig){ 0 }, &plan);
        g_assert_cmpint(kernel_apply(f.kernel, v0, now, &plan), ==, 0);
        g_assert_cmpint(kernel_apply(f.kernel, v0, now, &plan), ==, 0);
        assert_fresh_agrees(v0, now, &desired);
        settle(&f);
        g_assert_cmpuint(make_so(&f, v0, now, &desired), ==, 0);

        run("ip link set v0 down");
        settle(&f);
        missing_steps(&f, v0, now, &desired, &plan);
        g_assert_cmpint(kernel_apply(f.kernel, v0, now, &plan), ==, -ENETDOWN);

        /* No such link: unknown to us, and gone before we know it. */
        g_assert_cmpint(kernel_snapshot(f.kernel, v0 + 1000, now, &desired, &actual), ==, -ENODEV);
        net_plan_compute(&desired, &(const NetConfig){ 0 }, &plan);
        remove_pair();
        g_assert_cmpint(kernel_apply(f.kernel, v0, now, &plan), ==, -ENODEV);
        snapshot(&f, v0, now, &desired, &actual);
        settle(&f);
        g_assert_cmpint(kernel_snapshot(f.kernel, v0, now, &desired, &actual), ==, -ENODEV);
        fixture_stop(&f);
}

/* A kernel that does not answer: the wait ends, and what came of the request is found out. */
static void test_no_answer(void) {
        const struct timeval timeout = { .tv_usec = 1000 };
        const usec_t now = boottime();
        NetConfig desired = usual(now), actual;
        int v0, deaf[2];
        NetPlan plan;
        Fixture f;

        add_pair();
        fixture_start(&f);
        settle(&f);
        v0 = ifindex_of(&f, "v0");
        missing_steps(&f, v0, now, &desired, &plan);

        close(f.kernel->request_fd);
        g_assert_cmpint(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, deaf), ==, 0);
        g_assert_cmpint(setsockopt(deaf[0], SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout)), ==, 0);
        f.kernel->request_fd = deaf[0];
        g_assert_cmpint(kernel_apply(f.kernel, v0, now, &plan), ==, -ETIMEDOUT);
        close(deaf[1]);

        snapshot(&f, v0, now, &desired, &actual);
        g_assert_cmpuint(actual.n_addresses, ==, 0);
        g_assert_cmpuint(make_so(&f, v0, now, &desired), ==, 3);

        /* The answer is lost, but the address was set: it is ours all the same. */
        make_so(&f, v0, now, &(const NetConfig){ 0 });
        missing_steps(&f, v0, now, &desired, &plan);
        close(f.kernel->request_fd);
        g_assert_cmpint(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, deaf), ==, 0);
        g_assert_cmpint(setsockopt(deaf[0], SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout)), ==, 0);
        f.kernel->request_fd = deaf[0];
        g_assert_cmpint(kernel_apply(f.kernel, v0, now, &plan), ==, -ETIMEDOUT);
        close(deaf[1]);
        run("ip addr add 10.1.0.5/24 brd 10.1.0.255 dev v0 noprefixroute valid_lft 3600 preferred_lft 3600");
        snapshot(&f, v0, now, &desired, &actual);
        g_assert_cmpuint(actual.n_addresses, ==, 1);
        g_assert_true(actual.addresses[0].ours);
        fixture_stop(&f);
        remove_pair();
}

/* The receive buffer overflows: all is looked at again, and only differences are told. */
static void test_overflow(void) {
        const usec_t now = boottime();
        NetConfig desired = usual(now), actual;
        const int small = 1;
        int v0, gone;
        Fixture f;

        add_pair();
        run("ip link add w0 type veth peer name w1 && ip link add x0 type veth peer name x1");
        fixture_start(&f);
        settle(&f);
        v0 = ifindex_of(&f, "v0");
        gone = ifindex_of(&f, "w1");
        make_so(&f, v0, now, &desired);
        quiet(&f);

        g_assert_cmpint(setsockopt(f.kernel->notify_fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small)), ==,
                        0);
        run("for i in $(seq 1 100); do echo route add 10.77.$i.0/24 dev v0 proto dhcp; echo route del 10.77.$i.0/24 dev v0; done | ip -batch -");
        run("ip link set x0 name y0 && ip link del w0 && ip link add z0 type veth peer name z1 && ip route del default dev v0 && ip addr add 10.3.0.1/24 dev v0");
        settle(&f);
        g_assert_null(kernel_find_link(f.kernel, gone));
        g_assert_cmpuint(f.n_removed, ==, 2);
        g_assert_nonnull(kernel_find_link_by_name(f.kernel, "y0"));
        g_assert_nonnull(kernel_find_link_by_name(f.kernel, "z0"));
        g_assert_cmpuint(f.n_changed, >=, 3);
        g_assert_cmpuint(f.n_config, ==, 1);
        g_assert_cmpint(f.config, ==, v0);
        snapshot(&f, v0, now, &desired, &actual);
        g_assert_cmpuint(actual.n_addresses, ==, 1);
        g_assert_true(actual.addresses[0].ours);
        g_assert_cmpuint(actual.n_routes, ==, 1);
        g_assert_cmpuint(make_so(&f, v0, now, &desired), ==, 1);

        /* An overflow that hides nothing wakes nobody. */
        quiet(&f);
        run("for i in $(seq 1 100); do echo route add 10.77.$i.0/24 dev v0 proto dhcp; echo route del 10.77.$i.0/24 dev v0; done | ip -batch -");
        settle(&f);
        g_assert_cmpuint(f.n_changed + f.n_removed, ==, 0);
        g_assert_cmpuint(make_so(&f, v0, now, &desired), ==, 0);
        fixture_stop(&f);
        remove_pair();
        run("ip link del y0 && ip link del z0");
}

/* While the machine sleeps, the kernel's lifetimes stand still but the lease's do not: the address must be shortened. */
static void test_sleep(void) {
        const usec_t now = boottime();
        NetConfig desired = usual(now);
        NetPlan plan;
        Fixture f;
        int v0;

        add_pair();
        fixture_start(&f);
        settle(&f);
        v0 = ifindex_of(&f, "v0");
        make_so(&f, v0, now, &desired);
        /* CLOCK_BOOTTIME went on by half an hour of which CLOCK_MONOTONIC knows nothing. */
        g_assert_cmpuint(missing_steps(&f, v0, now + 1800 * USEC_PER_SEC, &desired, &plan), ==, 1);
        g_assert_cmpint(plan.steps[0].op, ==, NET_OP_ADD_ADDRESS);
        g_assert_cmpint(kernel_apply(f.kernel, v0, now + 1800 * USEC_PER_SEC, &plan), ==, 0);
        assert_output("ip -4 -o addr show dev v0", "valid_lft 1800sec");
        fixture_stop(&f);
        remove_pair();
}

/* Figures for people; the assertions are about correctness at that size only. */
static void test_many_links(void) {
        const usec_t now = boottime();
        struct mallinfo2 before, after;
        usec_t start;
        Fixture f;

        run("for i in $(seq 1 300); do echo link add m$i type veth peer name n$i; echo link set m$i up; echo link set n$i up; done | ip -batch -");
        before = mallinfo2();
        start = boottime();
        fixture_start(&f);
        g_test_message("start with 601 links: %" G_GUINT64_FORMAT " us", boottime() - start);
        g_assert_cmpuint(f.n_changed, ==, kernel_find_link_by_name(f.kernel, "m300") ? f.n_changed : 0);
        g_assert_cmpuint(f.n_changed, >=, 601);
        settle(&f);

        start = boottime();
        for (unsigned i = 1; i <= 300; i++) {
                NetConfig desired = usual(now);
                char name[16];

                snprintf(name, sizeof(name), "m%u", i);
                for (unsigned k = 0; k < 2; k++)
                        desired.routes[k].metric = 1024 + i;
                make_so(&f, ifindex_of(&f, name), now, &desired);
        }
        g_test_message("300 leases applied: %" G_GUINT64_FORMAT " us", boottime() - start);
        f.n_config = 0;
        settle(&f);
        g_assert_cmpuint(f.n_config, ==, 0);
        after = mallinfo2();
        g_test_message("heap: %zu bytes for 601 links and 300 leases", after.uordblks - before.uordblks);

        start = boottime();
        run("for i in $(seq 1 300); do echo link del m$i; done | ip -batch -");
        start = boottime();
        settle(&f);
        g_test_message("600 links removed: %" G_GUINT64_FORMAT " us", boottime() - start);
        g_assert_cmpuint(f.n_removed, ==, 600);
        fixture_stop(&f);
}

static bool write_file(const char *path, const char *text) {
        int fd = open(path, O_WRONLY | O_CLOEXEC);
        bool ok;

        if (fd < 0)
                return false;
        ok = write(fd, text, strlen(text)) == (ssize_t) strlen(text);
        close(fd);
        return ok;
}

/* false: forbidden, with errno. */
static bool enter_namespace(void) {
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

int main(int argc, char **argv) {
        if (!enter_namespace()) {
                printf("1..0 # SKIP no network namespace: %s\n", strerror(errno));
                return EXIT_SUCCESS; /* TAP says it; meson takes another status for a crash */
        }
        if (system("ip link set lo up 2>/dev/null") != 0) {
                printf("1..0 # SKIP ip(8) is missing or may not change this namespace\n");
                return EXIT_SUCCESS; /* TAP says it; meson takes another status for a crash */
        }
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/kernel/start", test_start);
        g_test_add_func("/kernel/link-events", test_link_events);
        g_test_add_func("/kernel/bridge-port", test_bridge_port);
        g_test_add_func("/kernel/other-namespace", test_other_namespace);
        g_test_add_func("/kernel/apply", test_apply);
        g_test_add_func("/kernel/renewal", test_renewal);
        g_test_add_func("/kernel/changes", test_changes);
        g_test_add_func("/kernel/large-plan", test_large_plan);
        g_test_add_func("/kernel/foreign", test_foreign);
        g_test_add_func("/kernel/foreign-equal", test_foreign_equal);
        g_test_add_func("/kernel/administrator", test_administrator);
        g_test_add_func("/kernel/silent-kernel", test_silent_kernel);
        g_test_add_func("/kernel/expiry", test_expiry);
        g_test_add_func("/kernel/stale-notifications", test_stale_notifications);
        g_test_add_func("/kernel/errors", test_errors);
        g_test_add_func("/kernel/no-answer", test_no_answer);
        g_test_add_func("/kernel/overflow", test_overflow);
        g_test_add_func("/kernel/sleep", test_sleep);
        g_test_add_func("/kernel/many-links", test_many_links);
        return g_test_run();
}
