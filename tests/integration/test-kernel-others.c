/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * io/kernel*.c against the real kernel, on a link where others have addresses and routes. What others have
 * is the same before and after every plan: io/kernel-restore.c puts it back, whatever the sysctl
 * promote_secondaries says, and what cannot be kept is told. An address that others set serves a lease as it
 * is.
 *
 * ip(8) is the second opinion: what it shows of others is compared as text, in its order.
 */
#include "tests/integration/kernel-fixture.h"

static void set_promotion(bool on) {
        run("for i in all v0; do echo %d >/proc/sys/net/ipv4/conf/$i/promote_secondaries; done", on);
}

static int compare_lines(const void *a, const void *b) {
        return strcmp(*(char *const *) a, *(char *const *) b);
}

/*
 * Returns the line without what changes by itself: lifetimes, and whether the address is the first of its
 * network.
 */
static char *without_changes(const char *line) {
        g_autoptr(GRegex) changes = g_regex_new(" secondary|[0-9]+(?=sec)| +$", 0, 0, NULL);

        return g_regex_replace_literal(changes, line, -1, 0, "", 0, NULL);
}

/*
 * Returns everything on v0 that is not ours: addresses, sorted, and routes of all tables except those
 * that the kernel makes for addresses. Ours are known by their source or by 10.N.0.N of the leases below.
 * One ip(8) shows it all, because this is called often, and starting programs is what takes time on a
 * busy machine.
 */
static char *others(void) {
        g_autoptr(GRegex) ours =
                g_regex_new("(inet|src) 10\\.[0-9]+\\.0\\.[56]\\b|proto kernel", 0, 0, NULL);
        g_autoptr(GPtrArray) addresses = g_ptr_array_new_with_free_func(g_free);
        g_autoptr(GString) text = g_string_new(NULL);
        g_autofree char *shown =
                output("sh -c 'printf \"addr show dev v0\\nroute show table all\\nnexthop show\\n\" | "
                       "ip -4 -o -batch -'");
        g_auto(GStrv) lines = g_strsplit(shown, "\n", -1);

        for (char **line = lines; *line; line++) {
                char *kept = g_regex_match(ours, *line, 0, NULL) ? NULL : without_changes(*line);

                if (kept && strstr(kept, " inet "))
                        g_ptr_array_add(addresses, kept);
                else if (kept) {
                        g_string_append_printf(text, "%s\n", kept);
                        g_free(kept);
                }
        }
        if (addresses->len > 0)
                qsort(addresses->pdata, addresses->len, sizeof(char *), compare_lines);
        for (guint i = 0; i < addresses->len; i++)
                g_string_append_printf(text, "%s\n", (char *) addresses->pdata[i]);
        return g_string_free(g_steal_pointer(&text), FALSE);
}

static void add_others(void) {
        run("ip addr add 10.1.0.9/24 dev v0 label v0:x valid_lft 5000 preferred_lft 4000 && "
            "ip addr add 10.1.0.10/24 dev v0 noprefixroute metric 50 && "
            "ip addr add 10.1.0.11 peer 10.1.0.77/32 dev v0 scope link");
        run("ip route add 192.168.8.0/24 dev v0 proto dhcp metric 5 && "
            "ip route add 192.168.9.0/24 via 192.168.8.4 table 77 && "
            "ip route add 192.168.10.0/24 via 192.168.9.4 dev v0 onlink proto static mtu 1400 advmss 1000 "
            "&& "
            "ip route add 192.168.11.0/24 via 10.1.0.254 src 10.1.0.9 table 70000 realm 7 && "
            "ip route add 192.168.12.0/24 dev v0 scope host && "
            "ip route add 192.168.13.0/24 tos 0x10 via 192.168.8.4 && "
            "ip route append default via 192.168.8.4 metric 1024 proto dhcp && "
            "ip route append default via 192.168.8.5 metric 1024 proto dhcp && "
            "ip nexthop add id 5 dev v0 && ip nexthop add id 6 via 192.168.8.4 dev v0 && "
            "ip route add 192.168.14.0/24 nhid 6 && "
            "ip route add 192.168.15.0/24 nexthop via 192.168.8.4 dev v0 weight 3 nexthop dev w0 && "
            "ip route add blackhole 192.168.16.0/24 proto dhcp");
}

static void make_links(void) {
        add_pair();
        run("ip link add w0 type veth peer name w1 && ip link set w0 up && ip link set w1 up");
}

static void remove_links(void) {
        run("ip route flush table all type blackhole; ip link del w0; ip link del v0");
}

/* As make_so(), and adds up what was lost. */
static void make_so_with_losses(Fixture *f, int ifindex, usec_t now, const NetConfig *desired,
                                KernelLosses *ret) {
        NetPlan plan, rest;

        missing_steps(f, ifindex, now, desired, &plan);
        g_assert_cmpint(kernel_apply(f->kernel, ifindex, clock_since(now), &plan, ret), ==, 0);
        g_assert_cmpuint(missing_steps(f, ifindex, now, desired, &rest), ==, 0);
}

/* Returns a lease of this network, address and mask. */
static NetConfig lease_of(usec_t now, unsigned network, unsigned host, uint8_t prefix_len) {
        NetConfig config = usual(now);
        const struct in_addr address = { htonl(0x0a000000 + (network << 16) + host) };

        config.addresses[0].address.v4 = address;
        config.addresses[0].prefix_len = prefix_len;
        config.addresses[0].broadcast.s_addr =
                prefix_len > 30 ? 0 : address.s_addr | htonl((uint32_t) (1ull << (32 - prefix_len)) - 1);
        config.routes[0].dst.v4.s_addr =
                address.s_addr & htonl(prefix_len == 0 ? 0 : UINT32_MAX << (32 - prefix_len));
        config.routes[0].prefix_len = prefix_len;
        config.routes[0].prefsrc.v4 = config.routes[1].prefsrc.v4 = address;
        if (prefix_len == 32) {
                config.routes[0].dst.v4.s_addr = htonl(0x0a000000 + (network << 16) + 1);
                config.routes[1].gateway = config.routes[0].dst;
        } else
                config.routes[1].gateway.v4.s_addr = htonl(0x0a000000 + (network << 16) + 1);
        return config;
}

static void assert_nothing_missing(Fixture *f, int ifindex, usec_t now, const NetConfig *desired) {
        NetPlan plan;

        if (missing_steps(f, ifindex, now, desired, &plan) > 0)
                g_error("%zu steps are missing, the first one of kind %d", plan.n_steps, plan.steps[0].op);
}

/* Each change that a lease can bring. */
static void test_changes(void) {
        static const struct {
                unsigned network, host;
                uint8_t prefix_len;
                bool old_broadcast;
        } forms[] = {
                { 0, 0, 0, false }, /* no lease */
                { 1, 5, 24, false }, { 1, 5, 24, true },  { 1, 6, 24, false },
                { 1, 5, 16, false }, { 1, 5, 32, false }, { 2, 5, 24, false },
        };
        /* From each form to the next, to the one after that, and to none. */
        static const unsigned steps[] = { 2, 1, 3, 4, 1, 5, 6, 1, 4, 5, 3, 6, 2, 4, 0, 2, 0 };
        const usec_t now = boottime();

        /* The sysctl, the daemon or nothing promotes the other addresses. */
        for (unsigned promotes = 0; promotes < 3; promotes++) {
                for (unsigned alone = 0; alone < 2; alone++) {
                        g_autofree char *before = NULL;
                        NetConfig desired = { .family = AF_INET };
                        KernelLosses losses;
                        Fixture f;
                        int v0;

                        make_links();
                        set_promotion(promotes == 1);
                        fixture_start(&f);
                        f.kernel->promotion_denied = promotes == 2;
                        settle(&f);
                        v0 = ifindex_of(&f, "v0");
                        /*
                         * The first address of the network is ours, as with a link that is set up by DHCP
                         * first.
                         */
                        desired = lease_of(now, 1, 5, 24);
                        make_so_with_losses(&f, v0, now, &desired, &losses);
                        if (alone)
                                run("ip route add 192.168.8.0/24 dev v0 proto dhcp metric 5 && "
                                    "ip route add 192.168.9.0/24 via 192.168.8.4 table 77 && "
                                    "ip nexthop add id 5 dev v0");
                        else
                                add_others();
                        settle(&f);
                        before = others();
                        for (unsigned i = 0; i < ARRAY_SIZE(steps); i++) {
                                const unsigned row = steps[i];
                                g_autofree char *after = NULL;

                                desired = (NetConfig){ .family = AF_INET };
                                if (forms[row].network > 0)
                                        desired = lease_of(now, forms[row].network, forms[row].host,
                                                           forms[row].prefix_len);
                                if (forms[row].old_broadcast)
                                        desired.addresses[0].broadcast = ip("10.1.0.0");
                                make_so_with_losses(&f, v0, now, &desired, &losses);
                                if (losses.n_lost > 0)
                                        g_error("lost %u, %s/%u: %s", losses.n_lost, inet_ntoa(losses.first),
                                                losses.first_prefix_len, strerror(-losses.error));
                                after = others();
                                if (strcmp(before, after) != 0)
                                        g_error("promotes %u, form %u, before:\n%s\nafter:\n%s", promotes,
                                                row, before, after);
                                /* Half of the time the notifications come first. */
                                if (i % 2 == 0)
                                        settle(&f);
                                assert_fresh_agrees(v0, now, &desired);
                        }
                        settle(&f);
                        assert_nothing_missing(&f, v0, now, &desired);
                        make_so_with_losses(&f, v0, now, &(const NetConfig){ .family = AF_INET }, &losses);
                        settle(&f);
                        {
                                g_autofree char *after = others();

                                g_assert_cmpstr(after, ==, before);
                        }
                        fixture_stop(&f);
                        remove_links();
                }
        }
}

/*
 * What is lost for good is told: a route of somebody else from our own address. What is put back is
 * counted.
 */
static void test_told(void) {
        const usec_t now = boottime();
        NetConfig desired = usual(now);
        KernelLosses losses;
        Fixture f;
        int v0;

        make_links();
        set_promotion(false);
        v0 = follow(&f);
        make_so_with_losses(&f, v0, now, &desired, &losses);
        g_assert_cmpuint(losses.n_restored + losses.n_lost, ==, 0);
        run("ip route add 192.168.20.0/24 dev v0 src 10.1.0.5 && ip addr add 10.1.0.9/24 dev v0 && "
            "ip route add 192.168.21.0/24 dev v0");

        /* If the address is made anew with another broadcast address, even that route is kept. */
        f.kernel->promotion_denied = true;
        desired.addresses[0].broadcast = ip("10.1.0.0");
        make_so_with_losses(&f, v0, now, &desired, &losses);
        g_assert_cmpuint(losses.n_restored, ==, 1);
        g_assert_cmpuint(losses.n_lost, ==, 0);
        assert_output("ip route show dev v0", "192.168.20.0/24");

        make_so_with_losses(&f, v0, now, &(const NetConfig){ .family = AF_INET }, &losses);
        g_assert_cmpuint(losses.n_restored, ==, 2);
        g_assert_cmpuint(losses.n_lost, ==, 1);
        g_assert_true(losses.first_is_route);
        g_assert_cmpuint(losses.first.s_addr, ==, ip("192.168.20.0").s_addr);
        g_assert_cmpuint(losses.first_prefix_len, ==, 24);
        g_assert_cmpint(losses.error, <, 0);
        assert_no_output("ip route show dev v0", "192.168.20.0/24");
        assert_output("ip route show dev v0", "192.168.21.0/24");

        /*
         * If the daemon may set the sysctl, nothing of others is lost in the first place, and the sysctl
         * is as it was afterwards.
         */
        f.kernel->promotion_denied = false;
        run("ip addr del 10.1.0.9/24 dev v0");
        make_so_with_losses(&f, v0, now, &desired, &losses);
        run("ip addr add 10.1.0.9/24 dev v0");
        make_so_with_losses(&f, v0, now, &(const NetConfig){ .family = AF_INET }, &losses);
        g_assert_false(f.kernel->promotion_denied);
        g_assert_cmpuint(losses.n_restored + losses.n_lost, ==, 0);
        assert_output("ip -4 addr show dev v0", "10.1.0.9/24");
        assert_output("cat /proc/sys/net/ipv4/conf/v0/promote_secondaries", "0");
        fixture_stop(&f);
        remove_links();
}

/* A hop that died with our address comes back in its route of several hops. */
static void test_dead_hop(void) {
        const usec_t now = boottime();
        NetConfig desired = usual(now);
        KernelLosses losses;
        Fixture f;
        int v0;

        make_links();
        v0 = follow(&f);
        make_so_with_losses(&f, v0, now, &desired, &losses);
        run("ip route add 192.168.15.0/24 nexthop dev v0 weight 3 nexthop dev w0");
        make_so_with_losses(&f, v0, now, &(const NetConfig){ .family = AF_INET }, &losses);
        assert_output("ip route show", "nexthop dev v0 weight 3");
        assert_no_output("ip route show", "dead");
        g_assert_cmpuint(losses.n_restored, ==, 1);
        fixture_stop(&f);
        remove_links();
}

/*
 * An address of ours that is the second one of its network is removed with the first one, and comes back
 * as ours.
 */
static void test_our_second(void) {
        const usec_t now = boottime();
        NetConfig both = usual(now), desired, actual;
        Fixture f;
        int v0;

        for (unsigned late = 0; late < 4; late++) {
                make_links();
                set_promotion(false);
                v0 = follow(&f);
                both = usual(now);
                f.kernel->promotion_denied = late % 2;
                make_so(&f, v0, now, &both);
                desired = lease_of(now, 1, 6, 24);
                if (late >= 2)
                        settle(&f);
                make_so(&f, v0, now, &desired);
                settle(&f);
                snapshot(&f, v0, now, &desired, &actual);
                g_assert_cmpuint(actual.n_addresses, ==, 1);
                g_assert_true(actual.addresses[0].ours);
                g_assert_cmpuint(actual.n_routes, ==, 2);
                for (size_t i = 0; i < actual.n_routes; i++)
                        g_assert_true(actual.routes[i].ours);
                make_so(&f, v0, now, &(const NetConfig){ .family = AF_INET });
                assert_no_output("ip -4 addr show dev v0", "inet");
                assert_no_output("ip -4 route show table all", "dhcp");
                fixture_stop(&f);
                remove_links();
        }
}

/* Thousands of routes of others go and come back in one call. */
static void test_many(void) {
        const usec_t now = boottime();
        g_autofree char *before = NULL, *after = NULL;
        NetConfig desired = usual(now);
        KernelLosses losses;
        Fixture f;
        int v0;

        make_links();
        v0 = follow(&f);
        make_so_with_losses(&f, v0, now, &desired, &losses);
        run("for i in $(seq 0 2999); do "
            "echo route add 172.16.$((i / 250)).$((i %% 250))/32 dev v0 metric 9; done | ip -batch -");
        before = others();
        make_so_with_losses(&f, v0, now, &(const NetConfig){ .family = AF_INET }, &losses);
        g_assert_cmpuint(losses.n_restored, ==, 3000);
        g_assert_cmpuint(losses.n_lost, ==, 0);
        after = others();
        g_assert_cmpstr(before, ==, after);
        fixture_stop(&f);
        remove_links();
}

/* What others put on the link is not changed, and is not even part of a snapshot. */
static void test_foreign(void) {
        const usec_t now = boottime();
        const NetConfig nothing = { .family = AF_INET };
        NetConfig desired = usual(now), actual;
        g_autofree char *before = NULL, *after = NULL;
        Fixture f;
        int v0;

        add_pair();
        run("ip addr add 172.16.0.1/16 dev v0 && ip addr add 172.17.0.1 peer 172.17.0.2/32 dev v0");
        /* the value and length of ours, but not the same thing */
        run("ip addr add 10.1.0.5 peer 10.99.0.1/24 dev v0");
        run("ip route add 10.5.0.0/16 dev v0 proto static && ip route add 10.6.0.0/16 via 172.16.0.9 dev "
            "v0");
        run("ip route add blackhole 10.7.0.0/16 proto dhcp && ip route add 10.8.0.0/16 proto dhcp nexthop "
            "via 172.16.0.9 dev v0 nexthop via 172.16.0.10 dev v0");
        run("ip route add 10.9.0.0/16 dev v0 proto dhcp scope host");
        before = output("sh -c \"ip -4 -o addr show dev v0; ip -4 route show table all\"");
        v0 = follow(&f);
        snapshot(&f, v0, now, &desired, &actual);
        g_assert_cmpuint(actual.n_addresses, ==, 0);
        g_assert_cmpuint(actual.n_routes, ==, 0);
        make_so(&f, v0, now, &desired);
        assert_output("ip route show dev v0", "10.5.0.0/16 proto static");
        make_so(&f, v0, now, &nothing);
        settle(&f);
        after = output("sh -c \"ip -4 -o addr show dev v0; ip -4 route show table all\"");
        g_assert_cmpstr(before, ==, after);
        end(&f);
        run("ip route del blackhole 10.7.0.0/16");
}

/*
 * An address that somebody else set for ever serves as it is: it gets no lifetime from us, and it stays
 * when the lease ends.
 */
static void test_foreign_equal(void) {
        const usec_t now = boottime();
        const NetConfig nothing = { .family = AF_INET };
        NetConfig desired = usual(now), record = desired, actual;
        Fixture f;
        int v0;

        add_pair();
        run("ip addr add 10.1.0.5/24 dev v0 noprefixroute");
        v0 = follow(&f);
        snapshot(&f, v0, now, &desired, &actual);
        g_assert_cmpuint(actual.n_addresses, ==, 1);
        g_assert_false(actual.addresses[0].ours);
        g_assert_true(actual.addresses[0].valid_until == USEC_INFINITY);
        g_assert_cmpuint(make_so(&f, v0, now, &desired), ==, 2);
        assert_output("ip -4 -o addr show dev v0", "valid_lft forever");
        g_assert_cmpuint(make_so(&f, v0, now, &nothing), ==, 2);
        assert_output("ip -4 -o addr show dev v0", "10.1.0.5/24");

        /*
         * After kernel_adopt() the address is ours: first while the addresses are not loaded, then while
         * they are.
         */
        record.addresses[1] = record.addresses[0];
        record.addresses[1].address.v4 = ip("10.1.0.9"); /* is not there any more */
        record.n_addresses = 2;
        record.n_routes = 0;
        g_assert_cmpint(kernel_adopt(f.kernel, v0, &record), ==, 0);
        snapshot(&f, v0, now, &desired, &actual);
        g_assert_true(actual.addresses[0].ours);
        fixture_stop(&f);
        fixture_start(&f);
        g_assert_cmpint(kernel_adopt(f.kernel, v0, &record), ==, 0);
        g_assert_cmpuint(make_so(&f, v0, now, &nothing), ==, 1);
        assert_no_output("ip -4 -o addr show dev v0", "10.1.0.5");

        /* An administrator removes the address and sets it again: it belongs to the administrator now. */
        make_so(&f, v0, now, &desired);
        run("ip addr del 10.1.0.5/24 dev v0 && ip addr add 10.1.0.5/24 dev v0 noprefixroute");
        settle(&f);
        snapshot(&f, v0, now, &desired, &actual);
        g_assert_cmpuint(actual.n_addresses, ==, 1);
        g_assert_false(actual.addresses[0].ours);
        end(&f);
}

/*
 * Gives the address of test_foreign_lifetime() a protocol, which not every ip(8) can do. Before 5.18 the
 * kernel has none.
 */
static void set_protocol(Fixture *f, int ifindex) {
        const struct ifaddrmsg message = { .ifa_family = AF_INET,
                                           .ifa_prefixlen = 24,
                                           .ifa_index = (uint32_t) ifindex };
        const struct ifa_cacheinfo lifetimes = { .ifa_valid = 50, .ifa_prefered = 40 };
        struct nl_msg *m = nlmsg_alloc_simple(RTM_NEWADDR, NLM_F_REQUEST | NLM_F_REPLACE);
        const struct in_addr local = ip("10.1.0.5");

        g_assert_cmpint(nlmsg_append(m, (void *) &message, sizeof(message), NLMSG_ALIGNTO), ==, 0);
        g_assert_cmpint(nla_put(m, IFA_LOCAL, sizeof(local), &local), ==, 0);
        g_assert_cmpint(nla_put(m, IFA_CACHEINFO, sizeof(lifetimes), &lifetimes), ==, 0);
        g_assert_cmpint(nla_put_u32(m, IFA_RT_PRIORITY, 700), ==, 0);
        g_assert_cmpint(nla_put_u8(m, IFA_PROTO, 77), ==, 0);
        g_assert_cmpint(send(f->kernel->notify_fd, nlmsg_hdr(m), nlmsg_hdr(m)->nlmsg_len, 0), >, 0);
        nlmsg_free(m);
        settle(f);
}

/* Returns the protocol as the kernel tells it to a new program. */
static uint8_t protocol_of(int ifindex) {
        const NetConfig desired = usual(boottime());
        NetConfig actual;
        Fixture fresh;
        uint8_t protocol;

        fixture_start(&fresh);
        snapshot(&fresh, ifindex, boottime(), &desired, &actual);
        protocol = kernel_entry_find(fresh.kernel, ifindex)->addresses[0].protocol;
        fixture_stop(&fresh);
        return protocol;
}

/*
 * An address of an earlier client, which has a lifetime, gets the lifetime of the lease. Its metric, its
 * protocol and its prefix route stay as they were. It does not become ours by our own notification, and
 * it stays when the lease ends.
 */
static void test_foreign_lifetime(void) {
        const usec_t now = boottime();
        const NetConfig nothing = { .family = AF_INET };
        NetConfig desired = usual(now), actual;
        g_autofree char *routes = NULL, *after = NULL;
        uint8_t protocol;
        int v0, monitor;
        Heard heard;
        Fixture f;

        add_pair();
        run("ip addr add 10.1.0.5/24 dev v0 label v0:dhcp metric 700 valid_lft 50 preferred_lft 40");
        routes = output("ip -4 route show table all dev v0 proto kernel");
        v0 = follow(&f);
        set_protocol(&f, v0);
        snapshot(&f, v0, now, &desired, &actual);
        g_assert_false(actual.addresses[0].ours);
        protocol = protocol_of(v0);
        monitor = monitor_open();
        g_assert_cmpuint(make_so(&f, v0, now, &desired), ==, 3);
        heard = monitor_read(monitor);
        close(monitor);
        g_assert_cmpuint(heard.new_address, ==, 1);
        g_assert_cmpuint(heard.del_address + heard.del_route, ==, 0);
        g_assert_cmpuint(heard.new_route, ==, 2);
        assert_output("ip -4 -o addr show dev v0", "metric 700 ");
        assert_output("ip -4 -o addr show dev v0", " v0:dhcp");
        assert_no_output("ip -4 -o addr show dev v0", "noprefixroute");
        assert_no_output("ip -4 -o addr show dev v0", "forever");
        after = output("ip -4 route show table all dev v0 proto kernel");
        g_assert_cmpstr(routes, ==, after);

        settle(&f);
        snapshot(&f, v0, now, &desired, &actual);
        g_assert_cmpuint(protocol_of(v0), ==, protocol);
        g_assert_false(actual.addresses[0].ours);
        g_assert_cmpuint(actual.addresses[0].valid_until, >=, now + 3590 * USEC_PER_SEC);

        /* There is a renewal. Then somebody makes the lifetime shorter again. */
        desired.addresses[0].valid_until += 1800 * USEC_PER_SEC;
        g_assert_cmpuint(make_so(&f, v0, now, &desired), ==, 1);
        run("ip addr change 10.1.0.5/24 dev v0 metric 700 valid_lft 100 preferred_lft 100");
        quiet(&f);
        g_assert_cmpuint(make_so(&f, v0, now, &desired), ==, 1);

        g_assert_cmpuint(make_so(&f, v0, now, &nothing), ==, 2);
        assert_output("ip -4 -o addr show dev v0", "10.1.0.5/24");
        end(&f);
}

int main(int argc, char **argv) {
        if (!test_prepare(&argc, &argv))
                return EXIT_SUCCESS;
        g_test_add_func("/kernel-others/foreign", test_foreign);
        g_test_add_func("/kernel-others/foreign-equal", test_foreign_equal);
        g_test_add_func("/kernel-others/foreign-lifetime", test_foreign_lifetime);
        g_test_add_func("/kernel-others/changes", test_changes);
        g_test_add_func("/kernel-others/told", test_told);
        g_test_add_func("/kernel-others/dead-hop", test_dead_hop);
        g_test_add_func("/kernel-others/our-second", test_our_second);
        g_test_add_func("/kernel-others/many", test_many);
        return g_test_run();
}
