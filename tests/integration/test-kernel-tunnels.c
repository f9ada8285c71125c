/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * io/kernel-tunnels.c against the real kernel: which links are tunnels, what is known of their routes and
 * when, and what the kernel removes without a notification.
 */
#include "tests/integration/kernel-fixture.h"

static void begin(Fixture *f) {
        add_pair();
        run("ip addr add 10.1.0.5/24 dev v0");
        run("ip tuntap add dev t0 mode tun && ip addr add 10.9.0.2/24 dev t0 && ip link set t0 up");
        fixture_start(f);
        settle(f);
}

static void end_tunnels(Fixture *f) {
        end(f);
        run("ip link del t0 2>/dev/null; ip link del t1 2>/dev/null; true");
}

static NetTunnels tunnels_of(Fixture *f, const char *ifname) {
        NetTunnels tunnels = { .n_routes = 0 };

        g_assert_cmpint(kernel_tunnels(f->kernel, ifindex_of(f, ifname), &tunnels), ==, 0);
        return tunnels;
}

static const NetTunnelRoute *find(const NetTunnels *tunnels, const char *dst, uint8_t prefix_len) {
        for (size_t i = 0; i < tunnels->n_routes; i++)
                if (tunnels->routes[i].dst.v4.s_addr == ip(dst).s_addr &&
                    tunnels->routes[i].prefix_len == prefix_len)
                        return &tunnels->routes[i];
        return NULL;
}

static bool has(Fixture *f, const char *dst, uint8_t prefix_len) {
        const NetTunnels tunnels = tunnels_of(f, "v0");

        return find(&tunnels, dst, prefix_len);
}

/*
 * Runs the loop until all notifications are read. Asserts that a change of tunnels was told, or was not.
 * What is known then is what a new Kernel finds.
 */
static void assert_told(Fixture *f, bool told) {
        NetTunnels seen, found;
        Fixture fresh;

        f->n_tunnels = 0;
        settle(f);
        g_assert_cmpint(f->n_tunnels > 0, ==, told);
        seen = tunnels_of(f, "v0");
        fixture_start(&fresh);
        found = tunnels_of(&fresh, "v0");
        fixture_stop(&fresh);
        g_assert_cmpuint(seen.n_routes, ==, found.n_routes);
        for (size_t i = 0; i < found.n_routes; i++) {
                bool same = false;

                for (size_t k = 0; k < seen.n_routes; k++)
                        same = same ||
                                (seen.routes[k].dst.v4.s_addr == found.routes[i].dst.v4.s_addr &&
                                 seen.routes[k].prefix_len == found.routes[i].prefix_len &&
                                 seen.routes[k].table == found.routes[i].table &&
                                 seen.routes[k].metric == found.routes[i].metric);
                g_assert_true(same);
        }
}

static void test_kinds(void) {
        Fixture f;

        begin(&f);
        run("ip link add br7 type bridge");
        run("ip tuntap add dev t1 mode tap");
        settle(&f);
        g_assert_true(kernel_find_link_by_name(f.kernel, "t0")->tunnel);
        g_assert_true(kernel_find_link_by_name(f.kernel, "t1")->tunnel);
        g_assert_false(kernel_find_link_by_name(f.kernel, "v0")->tunnel);
        g_assert_false(kernel_find_link_by_name(f.kernel, "br7")->tunnel);
        g_assert_false(kernel_find_link_by_name(f.kernel, "lo")->tunnel);
        run("ip link del br7");
        end_tunnels(&f);
}

/* Routes of any protocol, in any table: those that were there before, those that come, those that go. */
static void test_routes(void) {
        NetTunnels tunnels;
        Fixture f;

        begin(&f);
        run("ip route add 172.16.0.0/12 dev v0");
        tunnels = tunnels_of(&f, "v0");
        g_assert_cmpuint(tunnels.n_routes, ==, 1);
        g_assert_nonnull(find(&tunnels, "10.9.0.0", 24));

        run("ip route add 0.0.0.0/1 via 10.9.0.1 && ip route add 128.0.0.0/1 via 10.9.0.1 metric 7");
        assert_told(&f, true);
        tunnels = tunnels_of(&f, "v0");
        g_assert_cmpuint(tunnels.n_routes, ==, 2); /* 10.9.0.0/24 is within the first */
        g_assert_cmpuint(find(&tunnels, "128.0.0.0", 1)->metric, ==, 7);
        g_assert_cmpuint(find(&tunnels, "128.0.0.0", 1)->table, ==, RT_TABLE_MAIN);

        run("ip route del 128.0.0.0/1 && ip route del 0.0.0.0/1");
        run("ip route add default dev t0 table 51820 proto static");
        assert_told(&f, true);
        tunnels = tunnels_of(&f, "v0");
        g_assert_cmpuint(tunnels.n_routes, ==, 1);
        g_assert_cmpuint(find(&tunnels, "0.0.0.0", 0)->table, ==, 51820);

        /* A tunnel is not told of its own routes. */
        tunnels = tunnels_of(&f, "t0");
        g_assert_cmpuint(tunnels.n_routes, ==, 0);

        /* A route of a link that is no tunnel changes nothing. */
        run("ip route add 192.0.2.0/24 dev v0 && ip route del 192.0.2.0/24");
        assert_told(&f, false);
        end_tunnels(&f);
}

/* No notification tells that routes went with the link, with an address, or because of another route. */
static void test_silent_losses(void) {
        Fixture f;

        begin(&f);
        run("ip route add 0.0.0.0/1 dev t0");
        settle(&f);
        g_assert_true(has(&f, "0.0.0.0", 1));
        run("ip link set t0 down");
        assert_told(&f, true);
        g_assert_false(has(&f, "0.0.0.0", 1));
        run("ip link set t0 up");
        settle(&f);
        g_assert_false(has(&f, "0.0.0.0", 1));
        g_assert_true(has(&f, "10.9.0.0", 24));

        /* The source of the route is an address of a link that is no tunnel. */
        run("ip route add 172.16.0.0/12 dev t0 src 10.1.0.5");
        assert_told(&f, true);
        g_assert_true(has(&f, "172.16.0.0", 12));
        run("ip addr del 10.1.0.5/24 dev v0");
        assert_told(&f, true);
        g_assert_false(has(&f, "172.16.0.0", 12));

        /* An address with a peer, which VPNs use. */
        run("ip addr add 10.8.0.6 peer 10.8.0.5 dev t0 && ip route add 172.16.0.0/12 dev t0 src 10.8.0.6");
        assert_told(&f, true);
        g_assert_true(has(&f, "10.8.0.5", 32));
        run("ip addr del 10.8.0.6 peer 10.8.0.5 dev t0");
        assert_told(&f, true);
        g_assert_false(has(&f, "172.16.0.0", 12));
        g_assert_false(has(&f, "10.8.0.5", 32));

        run("ip route add 172.16.0.0/12 dev t0");
        settle(&f);
        run("ip route replace 172.16.0.0/12 dev v0");
        assert_told(&f, true);
        g_assert_false(has(&f, "172.16.0.0", 12));
        run("ip route replace 172.16.0.0/12 dev t0");
        assert_told(&f, true);
        g_assert_true(has(&f, "172.16.0.0", 12));

        run("ip link del t0");
        assert_told(&f, true);
        g_assert_cmpuint(tunnels_of(&f, "v0").n_routes, ==, 0);
        end_tunnels(&f);
}

static void test_hops(void) {
        Fixture f;

        begin(&f);
        (void) tunnels_of(&f, "v0"); /* a caller that never asked is not told */
        run("ip tuntap add dev t1 mode tun && ip addr add 10.7.0.2/24 dev t1 && ip link set t1 up");
        run("ip route add 172.16.0.0/12 nexthop dev v0 nexthop dev t0 nexthop dev t1");
        assert_told(&f, true);
        g_assert_true(has(&f, "172.16.0.0", 12));
        run("ip route del 172.16.0.0/12");
        assert_told(&f, true);
        g_assert_false(has(&f, "172.16.0.0", 12));
        end_tunnels(&f);
}

/* A tunnel with more routes than are kept counts as one that takes everything. */
static void test_many(void) {
        Fixture f;

        begin(&f);
        /* All but one of the routes are within the first one, so a NetTunnels has room for them. */
        run("ip route add 172.16.0.0/12 dev t0");
        g_assert_true(has(&f, "172.16.0.0", 12));
        run("for a in $(seq 20 24); do for i in $(seq 0 63); do echo route add 172.$a.$i.0/24 dev t0; done; "
            "done | ip -batch -");
        assert_told(&f, true);
        g_assert_true(has(&f, "0.0.0.0", 0));
        /* One route that covers all of them is all there is to know. A new Kernel sees it. */
        run("for a in $(seq 20 24); do for i in $(seq 0 63); do echo route del 172.$a.$i.0/24 dev t0; done; "
            "done | ip -batch -");
        run("ip link set t0 down && ip link set t0 up");
        assert_told(&f, true);
        g_assert_false(has(&f, "0.0.0.0", 0));
        g_assert_true(has(&f, "10.9.0.0", 24));
        end_tunnels(&f);
}

/* Notifications that were lost. */
static void test_lost(void) {
        Fixture f;

        begin(&f);
        (void) tunnels_of(&f, "v0");
        run("ip route add 0.0.0.0/1 dev t0");
        /* The notifications are thrown away unread. */
        for (uint8_t buffer[KERNEL_BUFFER_SIZE];
             recv(f.kernel->notify_fd, buffer, sizeof(buffer), MSG_DONTWAIT) > 0;)
                ;
        g_assert_false(has(&f, "0.0.0.0", 1));
        kernel_mark_lost(f.kernel);
        /* A caller that asks before all is dumped again gets no old answer. */
        g_assert_true(has(&f, "0.0.0.0", 1));
        f.n_tunnels = 0;
        while (f.n_tunnels == 0)
                g_assert_cmpint(sd_event_run(f.event, 10 * USEC_PER_SEC), >, 0);
        g_assert_true(has(&f, "0.0.0.0", 1));
        end_tunnels(&f);
}

int main(int argc, char **argv) {
        if (!test_prepare(&argc, &argv))
                return 0;
        if (system("ip tuntap add dev t0 mode tun 2>/dev/null && ip link del t0") != 0) {
                printf("1..0 # SKIP tun devices are not allowed here\n");
                return 0;
        }
        g_test_add_func("/kernel-tunnels/kinds", test_kinds);
        g_test_add_func("/kernel-tunnels/routes", test_routes);
        g_test_add_func("/kernel-tunnels/silent-losses", test_silent_losses);
        g_test_add_func("/kernel-tunnels/hops", test_hops);
        g_test_add_func("/kernel-tunnels/many", test_many);
        g_test_add_func("/kernel-tunnels/lost", test_lost);
        return g_test_run();
}
