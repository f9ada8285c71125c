/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * io/kernel*.c against the real kernel: links, failures, lost notifications, and many links at once.
 * Addresses and routes are in test-kernel-config.c.
 */
#include <malloc.h>
#include <signal.h>
#include <sys/wait.h>

#include "tests/integration/kernel-fixture.h"

static void test_start(void) {
        const KernelLink *link;
        Fixture f;

        run("ip link add v0 address 02:00:00:00:00:01 mtu 1400 type veth peer name v1");
        fixture_start(&f);
        g_assert_cmpuint(f.n_changed, >=, 3); /* some kernels put fallback tunnels into every namespace */
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
        /* The flag is known at once, before the notification is read. */
        g_assert_false(kernel_find_link(f.kernel, v1)->up);
        g_assert_false(kernel_find_link(f.kernel, v1)->carrier);
        g_assert_true(wait_carrier(&f, v0, /* carrier= */ false)->up);
        g_assert_cmpint(kernel_set_up(f.kernel, v1, /* up= */ true), ==, 0);
        (void) wait_carrier(&f, v0, /* carrier= */ true);
        g_assert_cmpuint(wait_carrier(&f, v1, /* carrier= */ true)->carrier_changes, >, carrier_changes);

        /* A dormant link has its layer 1, but may not send yet (802.1X). */
        run("ip link set v0 mode dormant && ip link set v1 down");
        (void) wait_carrier(&f, v0, /* carrier= */ false);
        run("ip link set v1 up");
        (void) wait_carrier(&f, v1, /* carrier= */ true);
        settle(&f);
        g_assert_false(kernel_find_link(f.kernel, v0)->carrier);
        run("ip link set v0 mode default && ip link set v0 state up");
        (void) wait_carrier(&f, v0, /* carrier= */ true);

        /* The same state again is no event for the handler. */
        quiet(&f);
        run("ip link set v0 up");
        settle(&f);
        g_assert_cmpuint(f.n_changed, ==, 0);

        run("ip link set v0 down && ip link set v0 name other && ip link set other mtu 1300 && ip link set "
            "other arp off");
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

        /* A link with the same number and name is a new link. */
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

/*
 * A port that leaves its bridge is announced by RTM_DELLINK in the bridge's family; the link is still there.
 */
/*
 * The MTU, set by us and by others. What we set is known at once and is not told. A change by somebody
 * else is told, also if it was made before our own notification was read, and also if it goes back to the
 * former value.
 */
static void test_mtu(void) {
        Fixture f;
        int v0;

        run("ip link add v0 type veth peer name v1");
        fixture_start(&f);
        settle(&f);
        v0 = ifindex_of(&f, "v0");
        quiet(&f);
        g_assert_cmpint(kernel_set_mtu(f.kernel, v0, 1400), ==, 0);
        g_assert_cmpuint(kernel_find_link(f.kernel, v0)->mtu, ==, 1400);
        assert_output("ip link show v0", "mtu 1400");
        settle(&f);
        g_assert_cmpuint(f.n_changed, ==, 0);
        g_assert_cmpuint(kernel_find_link(f.kernel, v0)->mtu, ==, 1400);

        run("ip link set v0 mtu 1500");
        settle(&f);
        g_assert_cmpuint(f.n_changed, ==, 1);
        g_assert_cmpuint(kernel_find_link(f.kernel, v0)->mtu, ==, 1500);

        /* A notification with the old value is on its way when we set ours. */
        quiet(&f);
        run("ip link set v0 txqueuelen 77");
        g_assert_cmpint(kernel_set_mtu(f.kernel, v0, 1400), ==, 0);
        settle(&f);
        g_assert_cmpuint(f.n_changed, ==, 0);
        g_assert_cmpuint(kernel_find_link(f.kernel, v0)->mtu, ==, 1400);

        /* Somebody else changes it at once. */
        run("ip link set v0 mtu 1500");
        settle(&f);
        quiet(&f);
        run("ip link set v0 txqueuelen 78");
        g_assert_cmpint(kernel_set_mtu(f.kernel, v0, 1400), ==, 0);
        run("ip link set v0 mtu 1500");
        settle(&f);
        g_assert_cmpuint(f.n_changed, ==, 1);
        g_assert_cmpuint(kernel_find_link(f.kernel, v0)->mtu, ==, 1500);

        quiet(&f);
        g_assert_cmpint(kernel_set_mtu(f.kernel, v0, 1000000), <, 0);
        g_assert_cmpuint(kernel_find_link(f.kernel, v0)->mtu, ==, 1500);
        g_assert_cmpint(kernel_set_mtu(f.kernel, v0 + 1000, 1400), ==, -ENODEV);
        settle(&f);
        g_assert_cmpuint(f.n_changed, ==, 0);
        fixture_stop(&f);
        remove_pair();
}

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

#define LONG_NAME \
        "a-name-of-one-hundred-and-twenty-seven-bytes-which-is-as-long-as-the-kernel-takes-them-" \
        "0123456789012345678901234567890123456789"

static bool has_name(const KernelLink *link, const char *name) {
        const LinkNames names = kernel_link_names(link);

        return link_names_have(&names, name);
}

/* A link that is down gets alternative names without a notification, and a link that is up with one. */
static void test_altnames(void) {
        const KernelLink *link;
        unsigned n_changed;
        Fixture f;
        int v0;

        _Static_assert(sizeof(LONG_NAME) == LINK_NAME_MAX + 1, "the longest");
        run("ip link add v0 type veth peer name v1");
        if (system("ip link property add dev v0 altname first 2>/dev/null") != 0) {
                g_test_skip("no alternative names in this kernel");
                remove_pair();
                return;
        }
        fixture_start(&f);
        v0 = ifindex_of(&f, "first");
        link = kernel_find_link(f.kernel, v0);
        g_assert_cmpstr(link->ifname, ==, "v0");
        g_assert_true(link == kernel_find_link_by_name(f.kernel, "v0"));

        quiet(&f);
        run("ip link property add dev v0 altname second altname %s", LONG_NAME);
        settle(&f);
        /* On a busy machine the kernel may send a late notification about the link for another reason. */
        if (!kernel_find_link_by_name(f.kernel, "second")) {
                kernel_look_up_name(f.kernel, LONG_NAME);
                g_assert_cmpuint(f.n_changed, ==, 1);
        }
        g_assert_true(kernel_find_link_by_name(f.kernel, "second") == link);
        g_assert_true(has_name(link, "first") && has_name(link, LONG_NAME));
        n_changed = f.n_changed;
        kernel_look_up_name(f.kernel, "nobody");
        kernel_look_up_name(f.kernel, LONG_NAME "-");
        g_assert_cmpuint(f.n_changed, ==, n_changed);

        /* Nobody asks for the name: the loop finds out by itself. */
        run("ip link property del dev v0 altname second");
        while (has_name(kernel_find_link(f.kernel, v0), "second"))
                g_assert_cmpint(sd_event_run(f.event, 10 * USEC_PER_SEC), >, 0);

        run("ip link set v0 up");
        settle(&f);
        quiet(&f);
        run("ip link property add dev v0 altname third");
        settle(&f);
        g_assert_cmpuint(f.n_changed, >=, 1);
        g_assert_cmpint(ifindex_of(&f, "third"), ==, v0);
        run("for name in first third %s; do ip link property del dev v0 altname $name; done", LONG_NAME);
        settle(&f);
        g_assert_null(kernel_find_link(f.kernel, v0)->altnames);
        g_assert_null(kernel_find_link_by_name(f.kernel, "first"));

        /* There are more names than fit into a datagram of a dump, or into our records. */
        run("for i in $(seq 100 499); do echo link property add dev v0 altname %.100s-$i; done |"
            "ip -batch -",
            LONG_NAME);
        settle(&f);
        link = kernel_find_link(f.kernel, v0);
        g_assert_cmpuint(link_altnames_size(link->altnames), >, KERNEL_ALTNAMES_MAX - LINK_NAME_MAX);
        g_assert_cmpuint(link_altnames_size(link->altnames), <=, KERNEL_ALTNAMES_MAX);
        fixture_stop(&f);
        fixture_start(&f);
        g_assert_cmpuint(link_altnames_size(kernel_find_link(f.kernel, v0)->altnames), >,
                         KERNEL_ALTNAMES_MAX - LINK_NAME_MAX);
        g_assert_nonnull(kernel_find_link_by_name(f.kernel, "v1"));
        fixture_stop(&f);
        remove_pair();
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
        desired.routes[2].gateway.v4 = ip("192.0.2.1");
        desired.n_routes = 3;
        missing_steps(&f, v0, now, &desired, &plan);
        g_assert_cmpint(apply(&f, v0, now, &plan), ==, -ENETUNREACH);
        g_assert_cmpuint(missing_steps(&f, v0, now, &desired, &plan), ==, 1);
        g_assert_true(net_route_equal(&plan.steps[0].route, &desired.routes[2]));
        desired.n_routes = 2;

        /*
         * It is no failure to delete what is gone, or to add what is there. No notification told of
         * either.
         */
        net_plan_compute(&(const NetConfig){ .family = AF_INET }, &desired, &plan);
        run("ip addr flush dev v0");
        g_assert_cmpint(apply(&f, v0, now, &plan), ==, 0);
        net_plan_compute(&desired, &(const NetConfig){ .family = AF_INET }, &plan);
        g_assert_cmpint(apply(&f, v0, now, &plan), ==, 0);
        g_assert_cmpint(apply(&f, v0, now, &plan), ==, 0);
        assert_fresh_agrees(v0, now, &desired);
        settle(&f);
        g_assert_cmpuint(make_so(&f, v0, now, &desired), ==, 0);

        run("ip link set v0 down");
        settle(&f);
        missing_steps(&f, v0, now, &desired, &plan);
        g_assert_cmpint(apply(&f, v0, now, &plan), ==, -ENETDOWN);

        /* There is no such link: it is unknown, or it is gone before it becomes known. */
        g_assert_cmpint(kernel_snapshot(f.kernel, v0 + 1000, now, &desired, &actual), ==, -ENODEV);
        net_plan_compute(&desired, &(const NetConfig){ .family = AF_INET }, &plan);
        remove_pair();
        g_assert_cmpint(apply(&f, v0, now, &plan), ==, -ENODEV);
        snapshot(&f, v0, now, &desired, &actual);
        settle(&f);
        g_assert_cmpint(kernel_snapshot(f.kernel, v0, now, &desired, &actual), ==, -ENODEV);
        fixture_stop(&f);
}

/* From now on the request socket gets no answers, until it is opened anew. */
static void make_deaf(Kernel *kernel, int *ret_other_end) {
        const struct timeval timeout = { .tv_usec = 1000 };
        int deaf[2];

        close(kernel->request_fd);
        g_assert_cmpint(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, deaf), ==, 0);
        g_assert_cmpint(setsockopt(deaf[0], SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout)), ==, 0);
        kernel->request_fd = deaf[0];
        *ret_other_end = deaf[1];
}

/* If the kernel does not answer, the wait ends, and the result of the request is found out. */
static void test_no_answer(void) {
        const usec_t now = boottime();
        NetConfig desired = usual(now), actual;
        int v0, other_end;
        NetPlan plan;
        Fixture f;

        add_pair();
        fixture_start(&f);
        settle(&f);
        v0 = ifindex_of(&f, "v0");

        make_deaf(f.kernel, &other_end);
        g_assert_cmpint(kernel_snapshot(f.kernel, v0, now, &desired, &actual), ==, -ETIMEDOUT);
        close(other_end);
        missing_steps(&f, v0, now, &desired, &plan);

        make_deaf(f.kernel, &other_end);
        g_assert_cmpint(kernel_set_up(f.kernel, v0, /* up= */ false), ==, -ETIMEDOUT);
        close(other_end);

        make_deaf(f.kernel, &other_end);
        g_assert_cmpint(apply(&f, v0, now, &plan), ==, -ETIMEDOUT);
        close(other_end);
        snapshot(&f, v0, now, &desired, &actual);
        g_assert_cmpuint(actual.n_addresses, ==, 0);
        g_assert_cmpuint(make_so(&f, v0, now, &desired), ==, 3);

        /* The answer is lost, but the address was set: it is ours all the same. */
        make_so(&f, v0, now, &(const NetConfig){ .family = AF_INET });
        missing_steps(&f, v0, now, &desired, &plan);
        make_deaf(f.kernel, &other_end);
        g_assert_cmpint(apply(&f, v0, now, &plan), ==, -ETIMEDOUT);
        close(other_end);
        run("ip addr add 10.1.0.5/24 brd 10.1.0.255 dev v0 noprefixroute valid_lft 3600 preferred_lft 3600");
        snapshot(&f, v0, now, &desired, &actual);
        g_assert_cmpuint(actual.n_addresses, ==, 1);
        g_assert_true(actual.addresses[0].ours);
        /* An IPv6 plan is not made from IPv4 records: it would take them off. */
        desired.family = AF_INET6;
        g_assert_cmpint(kernel_snapshot(f.kernel, v0, now, &desired, &actual), ==, -EAFNOSUPPORT);
        g_assert_cmpuint(actual.n_addresses, ==, 0);
        fixture_stop(&f);
        remove_pair();
}

/* When the receive buffer overflows, everything is read again, and only differences are told. */
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
        run("for i in $(seq 1 100); do echo route add 10.77.$i.0/24 dev v0 proto dhcp; echo route del "
            "10.77.$i.0/24 dev v0; done | ip -batch -");
        run("ip link set x0 name y0 && ip link del w0 && ip link add z0 type veth peer name z1 && ip route "
            "del default dev v0 && ip addr add 10.3.0.1/24 dev v0");
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

        /* An overflow that hides nothing calls no handler. */
        quiet(&f);
        run("for i in $(seq 1 100); do echo route add 10.77.$i.0/24 dev v0 proto dhcp; echo route del "
            "10.77.$i.0/24 dev v0; done | ip -batch -");
        settle(&f);
        g_assert_cmpuint(f.n_changed + f.n_removed, ==, 0);
        g_assert_cmpuint(make_so(&f, v0, now, &desired), ==, 0);
        fixture_stop(&f);
        remove_pair();
        run("ip link del y0 && ip link del z0");
}

/* Prints figures for people. The assertions are only about correctness at that size. */
static void test_many_links(void) {
        struct mallinfo2 before, after;
        usec_t start;
        Fixture f;

        run("for i in $(seq 1 300); do echo link add m$i type veth peer name n$i; echo link set m$i up; "
            "echo link set n$i up; done | ip -batch -");
        before = mallinfo2();
        start = boottime();
        fixture_start(&f);
        g_test_message("start with 601 links: %" G_GUINT64_FORMAT " us", boottime() - start);
        g_assert_nonnull(kernel_find_link_by_name(f.kernel, "m300"));
        g_assert_cmpuint(f.n_changed, >=, 601);
        settle(&f);

        start = boottime();
        for (unsigned i = 1; i <= 300; i++) {
                NetConfig desired = usual(boottime());
                char name[16];

                snprintf(name, sizeof(name), "m%u", i);
                for (unsigned k = 0; k < 2; k++)
                        desired.routes[k].metric = 1024 + i;
                f.n_config = 0;
                make_so(&f, ifindex_of(&f, name), boottime(), &desired);
                settle(&f);
                g_assert_cmpuint(f.n_config, ==, 0);
        }
        g_test_message("300 leases applied: %" G_GUINT64_FORMAT " us", boottime() - start);
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

int main(int argc, char **argv) {
        if (!test_prepare(&argc, &argv))
                return EXIT_SUCCESS;
        g_test_add_func("/kernel/start", test_start);
        g_test_add_func("/kernel/link-events", test_link_events);
        g_test_add_func("/kernel/mtu", test_mtu);
        g_test_add_func("/kernel/bridge-port", test_bridge_port);
        g_test_add_func("/kernel/altnames", test_altnames);
        g_test_add_func("/kernel/other-namespace", test_other_namespace);
        g_test_add_func("/kernel/errors", test_errors);
        g_test_add_func("/kernel/no-answer", test_no_answer);
        g_test_add_func("/kernel/overflow", test_overflow);
        g_test_add_func("/kernel/many-links", test_many_links);
        return g_test_run();
}
