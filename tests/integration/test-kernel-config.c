/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * io/kernel*.c against the real kernel: plans, renewals, rules, and what others or the kernel take away from
 * a lease in use. What others put on the link is in test-kernel-others.c.
 */
#include "tests/integration/kernel-fixture.h"

/* Adds the pair of links, with nothing on it. Returns the index of v0. */
static int begin(Fixture *f) {
        add_pair();
        return follow(f);
}

/*
 * Asks ip(8) what is left of a lifetime that was set to @sec seconds, not before @set_at. The kernel's
 * lifetime may not outlast the lease, and at most two seconds are lost to rounding. The time that has
 * passed in the meantime is counted.
 */
static void assert_lifetime(usec_t set_at, unsigned sec) {
        g_autofree char *text = output("ip -4 -o addr show dev v0");
        const char *found = strstr(text, "valid_lft ");
        unsigned valid = 0, preferred = 0;

        if (!found || sscanf(found, "valid_lft %usec preferred_lft %usec", &valid, &preferred) != 2)
                g_error("no lifetime in: %s", text);
        g_assert_cmpuint(valid, ==, preferred);
        g_assert_cmpuint(valid, <=, sec);
        g_assert_cmpuint(valid + 2 + (boottime() - set_at) / USEC_PER_SEC, >=, sec);
}

static void test_apply(void) {
        const usec_t now = boottime();
        NetConfig desired = usual(now), actual;
        NetPlan plan;
        Fixture f;
        int v0;

        v0 = begin(&f);
        desired.routes[1].mtu = 1400;
        desired.routes[2] = desired.routes[1];
        desired.routes[2].dst.v4 = ip("192.168.7.0");
        desired.routes[2].prefix_len = 24;
        desired.routes[2].table = 70000; /* does not fit the 8 bits of the header */
        desired.routes[2].mtu = 0;
        desired.routes[3] = desired.routes[0];
        desired.routes[3].table = 70000;
        desired.n_routes = 4;

        /*
         * What the daemon does itself is no news, neither now nor after the notifications are read. They
         * are read at once: a lifetime in them is what was left when they were written.
         */
        f.n_config = 0;
        g_assert_cmpuint(make_so(&f, v0, now, &desired), ==, 5);
        settle(&f);
        g_assert_cmpuint(f.n_config, ==, 0);
        g_assert_cmpuint(missing_steps(&f, v0, now, &desired, &plan), ==, 0);

        assert_output("ip -4 -o addr show dev v0",
                      "inet 10.1.0.5/24 brd 10.1.0.255 scope global dynamic noprefixroute v0");
        assert_lifetime(now, 3600);
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

        /* All of it goes, and nothing else. */
        desired = (NetConfig){ .family = AF_INET };
        g_assert_cmpuint(make_so(&f, v0, now, &desired), ==, 5);
        settle(&f);
        g_assert_cmpuint(f.n_config, ==, 0);
        assert_no_output("ip -4 addr show dev v0", "10.1.0.5");
        assert_no_output("ip -4 route show table all", "dhcp");
        end(&f);
}

/* Each renewal is one RTM_NEWADDR. Nothing is ever removed, and no handler is called. */
static void test_renewal(void) {
        const usec_t now = boottime();
        NetConfig desired = usual(now);
        int v0, monitor;
        usec_t set_at;
        NetPlan plan;
        Heard heard;
        Fixture f;

        v0 = begin(&f);
        make_so(&f, v0, now, &desired);
        quiet(&f);
        monitor = monitor_open();

        /* A second later the lease says the same, within what the kernel can count. */
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
        set_at = boottime();
        desired.addresses[0].valid_until = set_at + 60 * USEC_PER_SEC + USEC_PER_SEC / 2;
        g_assert_cmpuint(make_so(&f, v0, now, &desired), ==, 1);
        assert_lifetime(set_at, 60);
        desired.addresses[0].valid_until = USEC_INFINITY;
        g_assert_cmpuint(make_so(&f, v0, now, &desired), ==, 1);
        assert_output("ip -4 -o addr show dev v0", "valid_lft forever");
        settle(&f);
        g_assert_cmpuint(missing_steps(&f, v0, now, &desired, &plan), ==, 0);
        /* The longest finite lease. */
        desired.addresses[0].valid_until = now + 0xfffffffe * USEC_PER_SEC;
        g_assert_cmpuint(make_so(&f, v0, now, &desired), ==, 1);
        settle(&f);
        g_assert_cmpuint(missing_steps(&f, v0, now, &desired, &plan), ==, 0);
        assert_fresh_agrees(v0, now, &desired);

        /* Less than a second is left: the kernel cannot hold a lifetime that does not outlast the lease. */
        desired.addresses[0].valid_until = boottime() + USEC_PER_SEC / 2;
        missing_steps(&f, v0, now, &desired, &plan);
        g_assert_cmpint(apply(&f, v0, now, &plan), ==, -ETIME);
        close(monitor);
        end(&f);
}

/*
 * Every change of a lease leads to the desired state in one plan, whatever the kernel drops by itself on
 * the way.
 */
static void test_changes(void) {
        const usec_t now = boottime();
        NetConfig desired = usual(now);
        Fixture f;
        int v0, monitor;
        Heard heard;

        v0 = begin(&f);
        make_so(&f, v0, now, &desired);
        monitor = monitor_open();

        /* MTU alone, in both directions, and between two values. */
        for (unsigned i = 0; i < 4; i++) {
                desired.routes[0].mtu = desired.routes[1].mtu = (const uint32_t[]){ 1400, 1300, 0, 0 }[i];
                g_assert_cmpuint(make_so(&f, v0, now, &desired), ==, i < 3 ? 4 : 0);
                settle(&f);
                assert_fresh_agrees(v0, now, &desired);
        }
        /*
         * A route of somebody else that differs only in its MTU is first in the kernel's list. A deletion
         * must still remove ours.
         */
        run("ip route prepend default via 10.1.0.1 dev v0 proto dhcp src 10.1.0.5 metric 1024 mtu 1234");
        settle(&f);
        desired.n_routes = 1;
        g_assert_cmpuint(make_so(&f, v0, now, &desired), ==, 1);
        assert_output("ip route show default",
                      "default via 10.1.0.1 dev v0 proto dhcp src 10.1.0.5 metric 1024 mtu 1234");
        desired.n_routes = 2;
        g_assert_cmpuint(make_so(&f, v0, now, &desired), ==, 1);
        /* If that route is what we want, it serves us. */
        desired.routes[1].mtu = 1234;
        g_assert_cmpuint(make_so(&f, v0, now, &desired), ==, 1);
        assert_fresh_agrees(v0, now, &desired);
        run("ip route del default dev v0");
        settle(&f);
        g_assert_cmpuint(make_so(&f, v0, now, &desired), ==, 1);
        assert_fresh_agrees(v0, now, &desired);
        heard = monitor_read(monitor);
        g_assert_cmpuint(heard.del_address + heard.new_address, ==, 0);

        /* Another gateway. */
        desired.routes[1].gateway.v4 = ip("10.1.0.2");
        g_assert_cmpuint(make_so(&f, v0, now, &desired), ==, 2);
        assert_fresh_agrees(v0, now, &desired);
        /*
         * Another broadcast address: the kernel keeps it for the life of an address, so the address is
         * made anew. The routes stay.
         */
        heard = monitor_read(monitor);
        desired.addresses[0].broadcast = ip("10.1.0.0");
        g_assert_cmpuint(make_so(&f, v0, now, &desired), ==, 1);
        heard = monitor_read(monitor);
        g_assert_cmpuint(heard.del_address, ==, 2); /* the old form, and the one that stood in for it */
        assert_no_output("ip -4 -o addr show dev v0", "/32");
        settle(&f);
        g_assert_cmpuint(make_so(&f, v0, now, &desired), ==, 0);
        assert_fresh_agrees(v0, now, &desired);
        /* Another prefix. */
        desired.addresses[0].prefix_len = desired.routes[0].prefix_len = 25;
        make_so(&f, v0, now, &desired);
        assert_fresh_agrees(v0, now, &desired);
        /* Another address. */
        desired.addresses[0].address.v4 = desired.routes[0].prefsrc.v4 = desired.routes[1].prefsrc.v4 =
                ip("10.1.0.6");
        make_so(&f, v0, now, &desired);
        assert_fresh_agrees(v0, now, &desired);
        /* A cloud's /32 with its gateway outside. */
        desired.addresses[0] = (NetAddress){ .family = AF_INET,
                                             .address.v4 = ip("10.9.9.9"),
                                             .prefix_len = 32,
                                             .valid_until = USEC_INFINITY,
                                             .ours = true };
        desired.routes[0] = (NetRoute){ .family = AF_INET,
                                        .dst.v4 = ip("10.0.0.1"),
                                        .prefix_len = 32,
                                        .prefsrc.v4 = ip("10.9.9.9"),
                                        .metric = 1024,
                                        .table = RT_TABLE_MAIN,
                                        .ours = true };
        desired.routes[1].gateway.v4 = ip("10.0.0.1");
        desired.routes[1].prefsrc.v4 = ip("10.9.9.9");
        make_so(&f, v0, now, &desired);
        assert_fresh_agrees(v0, now, &desired);

        settle(&f);
        assert_fresh_agrees(v0, now, &desired);
        g_assert_cmpuint(make_so(&f, v0, now, &desired), ==, 0);
        close(monitor);
        end(&f);
}

/*
 * There are more steps than go into one sendmsg(), more routes of ours than a snapshot holds, and as many
 * of somebody else.
 */
static void test_large_plan(void) {
        const usec_t now = boottime();
        NetConfig desired = usual(now), stale = desired;
        Fixture f;
        int v0;

        v0 = begin(&f);
        for (unsigned i = 0; desired.n_routes < NET_ROUTES_MAX - 8; i++) {
                NetRoute *route = &desired.routes[desired.n_routes++];

                *route = desired.routes[1];
                route->dst.v4.s_addr = htonl(0xac100000 + (i << 8));
                route->prefix_len = 24;
        }
        stale.n_routes = 0;
        for (unsigned i = 1; i <= 200; i++)
                stale.routes[stale.n_routes++] = (NetRoute){ .family = AF_INET,
                                                             .dst.v4.s_addr = htonl(0x0a4d0000 + (i << 8)),
                                                             .prefix_len = 24,
                                                             .metric = 5,
                                                             .table = RT_TABLE_MAIN };
        for (unsigned net = 77; net <= 78; net++)
                run("for i in $(seq 1 200); do echo route add 10.%u.$i.0/24 dev v0 proto dhcp metric 5; "
                    "done |ip -batch -",
                    net);
        settle(&f);
        g_assert_cmpint(kernel_ensure_loaded(f.kernel), ==, 0);
        g_assert_cmpint(kernel_adopt(f.kernel, v0, &stale), ==, 0);
        for (unsigned i = 0; i < 40; i++) {
                NetPlan plan;

                if (missing_steps(&f, v0, now, &desired, &plan) == 0)
                        break;
                g_assert_cmpint(apply(&f, v0, now, &plan), ==, 0);
        }
        assert_fresh_agrees(v0, now, &desired);
        assert_no_output("ip route show dev v0", "10.77.");
        for (unsigned i = 1; i <= 200; i++) {
                g_autofree char *other = g_strdup_printf("10.78.%u.0/24", i);

                assert_output("ip route show dev v0", other);
        }
        end(&f);
}

static void assert_repaired(Fixture *f, int ifindex, usec_t now, const NetConfig *desired, size_t n_steps) {
        settle(f);
        g_assert_cmpuint(f->n_config, ==, 1); /* one call for the whole batch */
        g_assert_cmpint(f->config, ==, ifindex);
        g_assert_cmpuint(make_so(f, ifindex, now, desired), ==, n_steps);
        settle(f);
        assert_fresh_agrees(ifindex, now, desired);
        quiet(f);
}

/* What an administrator removes is noticed, even if the kernel does not tell what went with it. */
static void test_administrator(void) {
        const usec_t now = boottime();
        NetConfig desired = usual(now), actual;
        Fixture f;
        int v0;

        v0 = begin(&f);
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

        /* Another client writes the same protocol: its route is not ours. */
        run("ip route append default via 10.1.0.77 dev v0 proto dhcp");
        settle(&f);
        g_assert_cmpuint(make_so(&f, v0, now, &desired), ==, 0);
        assert_output("ip route show dev v0", "default via 10.1.0.77 proto dhcp");
        run("ip route del default via 10.1.0.77 dev v0 proto dhcp");
        quiet(&f);

        /* The route is replaced by one of others, which stays. Ours is added again beside it. */
        run("ip route replace default via 10.1.0.78 dev v0 proto static metric 1024");
        assert_repaired(&f, v0, now, &desired, 1);
        assert_output("ip route show dev v0", "default via 10.1.0.78 proto static metric 1024");
        run("ip route del default via 10.1.0.78 dev v0 proto static");
        quiet(&f);
        run("ip route replace default via 10.1.0.79 dev v0 proto dhcp src 10.1.0.5 metric 1024");
        assert_repaired(&f, v0, now, &desired, 1);
        assert_output("ip route show dev v0", "default via 10.1.0.79 proto dhcp");
        run("ip route del default via 10.1.0.79 dev v0 proto dhcp");
        quiet(&f);

        /*
         * The route is replaced by one of others, and that one by one that is as ours was: it serves us,
         * and stays.
         */
        run("ip route replace default via 10.1.0.78 dev v0 metric 1024 && "
            "ip route replace default via 10.1.0.1 dev v0 proto dhcp src 10.1.0.5 metric 1024");
        settle(&f);
        g_assert_cmpuint(make_so(&f, v0, now, &desired), ==, 0);
        desired.n_routes = 1;
        g_assert_cmpuint(make_so(&f, v0, now, &desired), ==, 0);
        desired.n_routes = 2;
        assert_output("ip route show dev v0", "default via 10.1.0.1 proto dhcp");
        quiet(&f);
        run("ip route del default dev v0");
        assert_repaired(&f, v0, now, &desired, 1);

        /*
         * When the link goes down, addresses stay and routes are gone. It goes up again in the same
         * batch, and in two.
         */
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

        /* An address of somebody else is removed: no route of ours depends on it. */
        run("ip addr add 172.16.0.1/16 dev v0");
        quiet(&f);
        run("ip addr del 172.16.0.1/16 dev v0");
        settle(&f);
        g_assert_cmpuint(make_so(&f, v0, now, &desired), ==, 0);
        end(&f);
}

/* Runs a command during which no notification of routes is heard. */
static void run_unheard(Fixture *f, const char *command) {
        const int group = RTNLGRP_IPV4_ROUTE;

        g_assert_cmpint(setsockopt(f->kernel->notify_fd, SOL_NETLINK, NETLINK_DROP_MEMBERSHIP, &group,
                                   sizeof(group)),
                        ==, 0);
        run("%s", command);
        g_assert_cmpint(
                setsockopt(f->kernel->notify_fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &group, sizeof(group)),
                ==, 0);
}

/*
 * Kernels before 6.7 do not tell which routes went with an address. A kernel that tells nothing of routes
 * takes their place here.
 */
static void test_silent_kernel(void) {
        const usec_t now = boottime();
        NetConfig desired = usual(now);
        Fixture f;
        int v0;

        v0 = begin(&f);
        make_so(&f, v0, now, &desired);
        quiet(&f);

        run_unheard(&f, "ip addr del 10.1.0.5/24 dev v0");
        assert_repaired(&f, v0, now, &desired, 3);
        run_unheard(&f, "ip link set v0 down && ip link set v0 up");
        assert_repaired(&f, v0, now, &desired, 2);

        /*
         * The same address is on the link a second time: the kernel keeps the routes, and so do the
         * records.
         */
        run_unheard(&f, "ip addr add 10.1.0.5/32 dev v0");
        quiet(&f);
        run_unheard(&f, "ip addr del 10.1.0.5/24 dev v0");
        assert_repaired(&f, v0, now, &desired, 1);
        run_unheard(&f, "ip addr del 10.1.0.5/32 dev v0");
        quiet(&f);
        g_assert_cmpuint(make_so(&f, v0, now, &desired), ==, 0);

        /* The same address is also on another link: if it is removed there, our routes here are lost. */
        run_unheard(&f, "ip addr add 10.1.0.5/24 dev v1 noprefixroute");
        quiet(&f);
        run_unheard(&f, "ip addr del 10.1.0.5/24 dev v1");
        settle(&f);
        g_assert_cmpuint(f.n_config, ==, 2);
        (void) make_so(&f, v0, now, &desired);
        assert_fresh_agrees(v0, now, &desired);
        end(&f);
}

/* The kernel itself removes an address whose time is over, and the daemon hears of it. */
static void test_expiry(void) {
        const usec_t now = boottime();
        NetConfig desired = usual(now);
        NetPlan plan;
        Fixture f;
        int v0;

        v0 = begin(&f);
        quiet(&f);
        desired.addresses[0].valid_until = boottime() + 3 * USEC_PER_SEC;
        make_so(&f, v0, now, &desired);
        while (f.n_config == 0)
                g_assert_cmpint(sd_event_run(f.event, 60 * USEC_PER_SEC), >, 0);
        settle(&f);
        g_assert_cmpuint(missing_steps(&f, v0, boottime(), &desired, &plan), ==, 3);
        assert_no_output("ip -4 route show table all", "dhcp");
        end(&f);
}

/* Notifications that are older than what kernel_apply() did must not undo it in the records. */
static void test_stale_notifications(void) {
        const usec_t now = boottime();
        NetConfig desired = usual(now), actual;
        Fixture f;
        int v0;

        v0 = begin(&f);
        make_so(&f, v0, now, &desired);
        quiet(&f);

        /*
         * Somebody removes everything and adds it again, which is not read yet. The daemon then acts on
         * what it wrongly knows.
         */
        run("ip addr del 10.1.0.5/24 dev v0");
        desired.addresses[0].valid_until += 1000 * USEC_PER_SEC;
        /* After this the address is back, and the routes are not yet. */
        (void) make_so(&f, v0, now, &desired);
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
        end(&f);
}

/*
 * While the machine sleeps, the kernel's lifetimes stand still but the lease's do not: the lifetime of
 * the address must be shortened.
 */
static void test_sleep(void) {
        const usec_t now = boottime();
        NetConfig desired = usual(now);
        NetPlan plan;
        Fixture f;
        int v0;

        v0 = begin(&f);
        make_so(&f, v0, now, &desired);
        /* CLOCK_BOOTTIME went on by half an hour of which CLOCK_MONOTONIC knows nothing. */
        g_assert_cmpuint(missing_steps(&f, v0, now + 1800 * USEC_PER_SEC, &desired, &plan), ==, 1);
        g_assert_cmpint(plan.steps[0].op, ==, NET_OP_ADD_ADDRESS);
        g_assert_cmpint(apply(&f, v0, now + 1800 * USEC_PER_SEC, &plan), ==, 0);
        assert_lifetime(now, 1800);
        end(&f);
}

/*
 * Policy rules: ours come and go with the plan, even after the link is gone. Similar rules of an
 * administrator are not seen.
 */
static void test_rules(void) {
        static const char others[] =
                "ip rule add from 10.1.0.5 lookup 500 priority 31999 protocol dhcp && "
                "ip rule add from 10.1.0.6 lookup 500 priority 32000 protocol dhcp && "
                "ip rule add from 10.1.0.7 lookup 500 priority 32000 && "
                "ip rule add from 10.1.0.5 iif v0 lookup 500 priority 32000 protocol dhcp && "
                "ip rule add from 10.1.0.0/24 lookup 500 priority 32000 protocol dhcp";
        const char ours[] = "32000:\tfrom 10.1.0.5 lookup 501 proto dhcp";
        const NetConfig nothing = { .family = AF_INET };
        const usec_t now = boottime();
        g_autofree char *before = NULL, *after = NULL;
        NetConfig desired = usual(now), record = desired, actual;
        NetPlan plan;
        Fixture f;
        int v0;

        run("%s", others);
        before = output("ip rule show");
        v0 = begin(&f);
        desired.rules[0] =
                (NetRule){ .family = AF_INET, .from.v4 = ip("10.1.0.5"), .table = 501, .ours = true };
        desired.n_rules = 1;
        f.n_config = 0;
        g_assert_cmpuint(make_so(&f, v0, now, &desired), ==, 4);
        settle(&f);
        g_assert_cmpuint(f.n_config, ==, 0);
        assert_output("ip rule show", ours);
        assert_fresh_agrees(v0, now, &desired);

        /*
         * A record has the rule. A record of an older daemon has only the address, which names the rules
         * of any table.
         */
        fixture_stop(&f);
        (void) follow(&f);
        record.rules[0] = (NetRule){ .family = AF_INET, .from.v4 = ip("10.1.0.5") };
        record.n_rules = 1;
        g_assert_cmpint(kernel_adopt(f.kernel, v0, &record), ==, 0);
        desired.rules[0].table = 502;
        g_assert_cmpuint(make_so(&f, v0, now, &desired), ==, 2);
        assert_no_output("ip rule show", ours);
        assert_output("ip rule show", "lookup 502 proto dhcp");

        /* Somebody removes the rule: this is told. */
        settle(&f);
        f.n_config = 0;
        run("ip rule del from 10.1.0.5 lookup 502");
        settle(&f);
        g_assert_cmpint(f.config, ==, v0);
        g_assert_cmpuint(make_so(&f, v0, now, &desired), ==, 1);

        /* The rule does not go with the link, so it must be possible to remove it afterwards. */
        remove_pair();
        settle(&f);
        g_assert_cmpint(kernel_snapshot(f.kernel, v0, now, &nothing, &actual), ==, -ENODEV);
        g_assert_cmpuint(actual.n_addresses + actual.n_routes, ==, 0);
        g_assert_cmpuint(actual.n_rules, ==, 1);
        net_plan_compute(&nothing, &actual, &plan);
        g_assert_cmpint(apply(&f, v0, now, &plan), ==, 0);
        g_assert_cmpint(kernel_snapshot(f.kernel, v0, now, &nothing, &actual), ==, -ENODEV);
        g_assert_cmpuint(actual.n_rules, ==, 0);
        after = output("ip rule show");
        g_assert_cmpstr(before, ==, after);
        fixture_stop(&f);
        run("ip rule flush && ip rule add lookup main priority 32766");
}

int main(int argc, char **argv) {
        if (!test_prepare(&argc, &argv))
                return EXIT_SUCCESS;
        g_test_add_func("/kernel-config/apply", test_apply);
        g_test_add_func("/kernel-config/renewal", test_renewal);
        g_test_add_func("/kernel-config/changes", test_changes);
        g_test_add_func("/kernel-config/large-plan", test_large_plan);
        g_test_add_func("/kernel-config/administrator", test_administrator);
        g_test_add_func("/kernel-config/silent-kernel", test_silent_kernel);
        g_test_add_func("/kernel-config/expiry", test_expiry);
        g_test_add_func("/kernel-config/stale-notifications", test_stale_notifications);
        g_test_add_func("/kernel-config/sleep", test_sleep);
        g_test_add_func("/kernel-config/rules", test_rules);
        return g_test_run();
}
