/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * link/link-kernel without a link: what is noted as missing, for several addresses and either family, and
 * that a settled family says nothing about the failures of others.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <glib.h>

#include "link/link-kernel.h"

#define NOW     ((usec_t) 1000 * USEC_PER_SEC)
#define EXPIRES (NOW + 3600 * USEC_PER_SEC)

static NetConfig actual; /* what the kernel of the test has */

static int port_snapshot(void *port, usec_t now, const NetConfig *desired, NetConfig *ret) {
        net_config_copy(ret, &actual);
        return 0;
}

/* A turn without a carrier: nothing is applied, and what is missing is noted. */
static void turn(LinkKernel *kernel, LinkOutside *outside, NetConfig *desired) {
        static const LinkPorts ports = { .snapshot = port_snapshot };
        const LinkWanted wanted = { .any = true, .applied = true, .grant = NOW, .ends_at = EXPIRES };
        bool shown;

        outside->ports = &ports;
        (void) link_kernel_turn(kernel, outside, NOW, /* carrier= */ false, &wanted, desired, &shown);
}

static NetAddress address6(const char *text, usec_t valid_until) {
        NetAddress address = { .family = AF_INET6,
                               .prefix_len = 64,
                               .valid_until = valid_until,
                               .preferred_until = valid_until,
                               .ours = true };

        g_assert_cmpint(inet_pton(AF_INET6, text, &address.address.v6), ==, 1);
        return address;
}

/* One address is not there, and another one, which is looked at later, lives too short: both are noted. */
static void test_missing(void) {
        NetRoute route = { .family = AF_INET6, .prefix_len = 48, .ours = true };
        LinkOutside outside = { .error = 0 };
        NetConfig desired;
        LinkKernel kernel;

        g_assert_cmpint(inet_pton(AF_INET6, "2001:db8:5::", &route.dst.v6), ==, 1);
        net_config_clear(&desired, AF_INET6);
        desired.addresses[0] = address6("2001:db8::1", EXPIRES);
        desired.addresses[1] = address6("2001:db8::2", EXPIRES);
        desired.n_addresses = 2;
        g_assert_true(net_config_add_route(&desired, &route));
        net_config_clear(&actual, AF_INET6);
        actual.addresses[0] = address6("2001:db8::2", NOW + 60 * USEC_PER_SEC);
        actual.n_addresses = 1;

        link_kernel_init(&kernel);
        turn(&kernel, &outside, &desired);
        g_assert_true(kernel.missing.address && kernel.missing.lifetime);
        g_assert_false(kernel.missing.default_route || kernel.missing.rule || kernel.settled);
        g_assert_cmpuint(kernel.missing.n_routes, ==, 1);
        g_assert_cmpint(kernel.missing.family, ==, AF_INET6);
        g_assert_cmpuint(kernel.missing.prefix_len, ==, 48);
        g_assert_true(ip_equal(AF_INET6, &kernel.missing.dst, &route.dst));
}

/* The failure may be of another family of the link, so link.c decides when it is over. */
static void test_settled(void) {
        LinkOutside outside = { .error = -ENETDOWN, .error_what = "sending" };
        NetConfig desired;
        LinkKernel kernel;

        net_config_clear(&desired, AF_INET6);
        desired.addresses[0] = address6("2001:db8::1", EXPIRES);
        desired.n_addresses = 1;
        net_config_copy(&actual, &desired);

        link_kernel_init(&kernel);
        turn(&kernel, &outside, &desired);
        g_assert_true(kernel.settled);
        g_assert_cmpint(outside.error, ==, -ENETDOWN);
}

int main(int argc, char **argv) {
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/link-kernel/missing", test_missing);
        g_test_add_func("/link-kernel/settled", test_settled);
        return g_test_run();
}
