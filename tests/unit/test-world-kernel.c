/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The model of the kernel (tests/world) does what the real kernel does. tests/integration/test-kernel.c
 * and test-kernel-others.c show what the real one does: what is asserted here holds there.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <glib.h>

#include "tests/world/world-kernel.h"

#define NOW (1000 * USEC_PER_SEC)

static struct in_addr ip(const char *text) {
        return (struct in_addr){ inet_addr(text) };
}

static NetAddress address_of(const char *text, usec_t valid_until) {
        return (NetAddress){
                .family = AF_INET, .address.v4 = ip(text), .prefix_len = 24, .valid_until = valid_until
        };
}

static NetRoute route_of(const char *dst, const char *gateway, const char *prefsrc) {
        return (NetRoute){ .family = AF_INET,
                           .dst.v4 = ip(dst),
                           .prefix_len = 24,
                           .gateway.v4 = ip(gateway),
                           .prefsrc.v4 = ip(prefsrc),
                           .table = 254 };
}

static int add_address(WorldKernel *kernel, const NetAddress *address) {
        const NetStep step = { .op = NET_OP_ADD_ADDRESS, .address = *address };
        int r;

        g_assert_null(world_kernel_step(kernel, &step, /* careful= */ true, &r));
        return r;
}

static int add_route(WorldKernel *kernel, const NetRoute *route) {
        const NetStep step = { .op = NET_OP_ADD_ROUTE_GATEWAY, .route = *route };
        int r;

        (void) world_kernel_step(kernel, &step, /* careful= */ false, &r);
        return r;
}

/*
 * Returns a link with a lease, and somebody's address of the same network behind it, with a route from
 * that address.
 */
static WorldKernel two_of_a_network(bool promotes) {
        const NetAddress ours = address_of("10.0.0.5", NOW + 60 * USEC_PER_SEC),
                         others = address_of("10.0.0.9", USEC_INFINITY);
        const NetRoute mine = route_of("10.0.0.0", "0.0.0.0", "10.0.0.5"),
                       theirs = route_of("192.0.2.0", "0.0.0.0", "10.0.0.9");
        WorldKernel kernel = { .promotes = promotes };

        g_assert_cmpint(add_address(&kernel, &ours), ==, 0);
        world_kernel_put_address(&kernel, &others);
        world_kernel_put_route(&kernel, &mine);
        world_kernel_put_route(&kernel, &theirs);
        return kernel;
}

/* The address of a lease expires. The kernel takes other objects along, and nothing puts them back. */
static void test_lifetime(void) {
        WorldKernel kernel = two_of_a_network(/* promotes= */ true);

        g_assert_cmpuint(world_kernel_expire(&kernel, NOW), ==, NOW + 60 * USEC_PER_SEC);
        g_assert_cmpuint(kernel.n_addresses, ==, 2);
        g_assert_cmpuint(world_kernel_expire(&kernel, NOW + 60 * USEC_PER_SEC), ==, USEC_INFINITY);
        g_assert_cmpuint(kernel.n_addresses, ==, 1);
        g_assert_true(world_kernel_can_use(&kernel, ip("10.0.0.9")));
        g_assert_false(world_kernel_has(&kernel, ip("10.0.0.9")));
        g_assert_cmpuint(kernel.n_routes, ==, 1); /* the other route had the address as its source */

        kernel = two_of_a_network(/* promotes= */ false);
        (void) world_kernel_expire(&kernel, NOW + 60 * USEC_PER_SEC);
        g_assert_cmpuint(kernel.n_addresses, ==, 0);
        g_assert_cmpuint(kernel.n_routes, ==, 0);
}

/* A secondary address takes only its own routes along. */
static void test_secondary(void) {
        WorldKernel kernel = two_of_a_network(/* promotes= */ false);

        world_kernel_del_address(&kernel, 1);
        g_assert_true(world_kernel_has(&kernel, ip("10.0.0.5")));
        g_assert_cmpuint(kernel.n_routes, ==, 1);
        g_assert_cmpuint(kernel.routes[0].prefsrc.v4.s_addr, ==, ip("10.0.0.5").s_addr);
}

/* All routes of a link go with its last address, whoever made them. */
static void test_last_address(void) {
        const NetAddress only = address_of("10.0.0.5", USEC_INFINITY);
        const NetRoute foreign = route_of("192.0.2.0", "0.0.0.0", "0.0.0.0");
        WorldKernel kernel = {};

        world_kernel_put_address(&kernel, &only);
        world_kernel_put_route(&kernel, &foreign);
        world_kernel_del_address(&kernel, 0);
        g_assert_cmpuint(kernel.n_routes, ==, 0);
}

/* A plan puts back what the kernel took along (io/kernel-restore.c). */
static void test_plan_keeps_others(void) {
        for (unsigned promotes = 0; promotes < 2; promotes++) {
                const NetStep step = { .op = NET_OP_DEL_ADDRESS,
                                       .address = address_of("10.0.0.5", NOW + 60 * USEC_PER_SEC) };
                WorldKernel kernel = two_of_a_network(promotes);
                WorldOthers others;
                int r;

                world_kernel_others(&kernel, &others);
                g_assert_cmpuint(others.n_addresses, ==, 1);
                g_assert_null(world_kernel_step(&kernel, &step, /* careful= */ true, &r));
                g_assert_cmpint(r, ==, 0);
                g_assert_false(world_kernel_can_use(&kernel, ip("10.0.0.5")));
                g_assert_null(world_kernel_miss_others(&kernel, &others));
                world_kernel_del_address(&kernel, 0);
                g_assert_nonnull(world_kernel_miss_others(&kernel, &others));
        }
}

/* The same address that is added again gets new lifetimes in place. Its routes stay. */
static void test_again(void) {
        WorldKernel kernel = two_of_a_network(/* promotes= */ false);
        const NetAddress longer = address_of("10.0.0.5", NOW + 90 * USEC_PER_SEC);

        g_assert_cmpint(add_address(&kernel, &longer), ==, 0);
        g_assert_cmpuint(kernel.n_addresses, ==, 2);
        g_assert_cmpuint(kernel.addresses[0].valid_until, ==, NOW + 90 * USEC_PER_SEC);
        g_assert_cmpuint(kernel.n_routes, ==, 2);
}

/* A gateway must be reachable, and a source address must be there. */
static void test_routes_need(void) {
        WorldKernel kernel = two_of_a_network(/* promotes= */ false);
        const NetRoute good = route_of("198.51.100.0", "10.0.0.1", "10.0.0.5"),
                       far = route_of("198.51.100.0", "10.9.0.1", "10.0.0.5"),
                       nobody = route_of("198.51.100.0", "10.0.0.1", "10.0.0.77");

        g_assert_cmpint(add_route(&kernel, &far), ==, -ENETUNREACH);
        g_assert_cmpint(add_route(&kernel, &nobody), ==, -EINVAL);
        g_assert_cmpint(add_route(&kernel, &good), ==, 0);
        g_assert_cmpint(add_route(&kernel, &good), ==, 0); /* EEXIST is as good as added */
        g_assert_cmpuint(kernel.n_routes, ==, 3);
        kernel.refuse_gateways = true;
        g_assert_cmpint(add_route(&kernel, &good), ==, -ENETUNREACH);
}

/* Steps that no plan may have: they change what others have. */
static void test_wrong_plans(void) {
        WorldKernel kernel = two_of_a_network(/* promotes= */ true);
        const NetAddress others = address_of("10.0.0.9", USEC_INFINITY), ours = address_of("10.0.0.5", NOW);
        const NetStep wrong[] = {
                { .op = NET_OP_DEL_ADDRESS, .address = others },
                { .op = NET_OP_ADD_ADDRESS, .address = others },
                { .op = NET_OP_EXTEND_ADDRESS, .address = ours },
                { .op = NET_OP_EXTEND_ADDRESS, .address = others }, /* extended by nothing */
                { .op = NET_OP_DEL_ROUTE, .route = route_of("192.0.2.0", "0.0.0.0", "10.0.0.9") },
                { .op = NET_OP_DEL_RULE, .rule = { .family = AF_INET, .from.v4 = ip("10.0.0.5") } },
        };

        for (size_t i = 0; i < G_N_ELEMENTS(wrong); i++) {
                int r;

                g_assert_nonnull(world_kernel_step(&kernel, &wrong[i], /* careful= */ true, &r));
                g_assert_cmpuint(kernel.n_addresses, ==, 2);
                g_assert_cmpuint(kernel.n_routes, ==, 2);
        }
}

int main(int argc, char **argv) {
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/world-kernel/lifetime", test_lifetime);
        g_test_add_func("/world-kernel/secondary", test_secondary);
        g_test_add_func("/world-kernel/last-address", test_last_address);
        g_test_add_func("/world-kernel/plan-keeps-others", test_plan_keeps_others);
        g_test_add_func("/world-kernel/again", test_again);
        g_test_add_func("/world-kernel/routes-need", test_routes_need);
        g_test_add_func("/world-kernel/wrong-plans", test_wrong_plans);
        return g_test_run();
}
