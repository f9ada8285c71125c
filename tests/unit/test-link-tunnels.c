/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ClasslessRoutes= in one link (link/link.c): routes of the lease are removed and come back with tunnels,
 * and nothing else changes.
 */
#include "tests/unit/link-fixture.h"

/* 0.0.0.0/0, 0.0.0.0/1, 128.0.0.0/1 and 192.0.2.0/24, all of them by 10.0.0.1 */
static const uint8_t listed[] = { 0,  10, 0, 0, 1,  1,   0, 10, 0,  0, 1, 1, 128,
                                  10, 0,  0, 1, 24, 192, 0, 2,  10, 0, 0, 1 };

static const NetTunnelRoute vpn = { .family = AF_INET, .table = 254, .metric = 50 };

static World *world_with(Dhcp4Classless classless) {
        World *w = world_new(DHCP4_CONFLICT_NO);
        LinkConfig config = make_config(DHCP4_CONFLICT_NO);

        w->classless = listed;
        w->classless_len = sizeof(listed);
        config.net.classless = classless;
        config.net.classless_table = 77;
        (void) link_set_config(w->link, w->now, &config, /* release= */ false);
        return w;
}

static void vpn_up(World *w) {
        net_tunnels_add(&w->tunnels, &vpn);
        link_tunnels_changed(w->link, w->now);
}

static void vpn_down(World *w) {
        w->tunnels.n_routes = 0;
        link_tunnels_changed(w->link, w->now);
}

static bool ignores_classless(const World *w) {
        Dhcp4Ignored ignored[8];
        const size_t n = link_ignored(w->link, ignored, ARRAY_SIZE(ignored));

        for (size_t i = 0; i < n; i++)
                if (ignored[i].code == DHCP4_OPTION_CLASSLESS_ROUTES)
                        return true;
        return false;
}

/* Tunnels come and go often. This is not taken for the work of somebody who takes our routes away. */
static void test_comes_and_goes(void) {
        World *w = world_with(DHCP4_CLASSLESS_NO_OVERRIDE);
        const char *what;

        come_up(w);
        g_assert_cmpuint(w->kernel.n_routes, ==, 5);
        g_assert_false(ignores_classless(w));
        for (unsigned i = 0; i < 5; i++) {
                vpn_up(w);
                g_assert_cmpuint(w->kernel.n_routes, ==, 2);
                g_assert_cmpuint(w->n_dels, ==, 3 * (i + 1));
                g_assert_true(link_settled(w->link));
                g_assert_true(ignores_classless(w));
                g_assert_cmpuint(link_refusals(w->link)->n, ==, 1);
                g_assert_cmpuint(link_refusals(w->link)->entries[0].n_routes, ==, 3);
                vpn_down(w);
                g_assert_cmpuint(w->kernel.n_routes, ==, 5);
                g_assert_true(link_settled(w->link));
                g_assert_false(ignores_classless(w));
                g_assert_cmpuint(link_refusals(w->link)->n, ==, 0);
        }
        g_assert_cmpint(link_last_error(w->link, &what), ==, 0);
        g_assert_cmpuint(w->kernel.n_addresses, ==, 1);
        g_assert_cmpuint(w->notices[LINK_NOTICE_BOUND], ==, 1);
        g_assert_cmpuint(w->notices[LINK_NOTICE_CHANGED] + w->notices[LINK_NOTICE_LOST], ==, 0);

        /* A route that somebody takes away comes back in a moment, and the next time later, as always. */
        kernel_del_route(w, 0);
        link_kernel_changed(w->link, w->now);
        run_until(w, w->now + RESTORE_FIRST_USEC);
        g_assert_cmpuint(w->kernel.n_routes, ==, 5);
        kernel_del_route(w, 0);
        link_kernel_changed(w->link, w->now);
        run_until(w, w->now + RESTORE_FIRST_USEC);
        g_assert_cmpuint(w->kernel.n_routes, ==, 4);
        world_free(w);
}

static void test_there_before(void) {
        World *w = world_with(DHCP4_CLASSLESS_NO_OVERRIDE);

        vpn_up(w); /* there is no lease yet */
        come_up(w);
        g_assert_cmpuint(w->kernel.n_routes, ==, 2);
        g_assert_cmpuint(w->n_dels, ==, 0);
        run_until(w, T0 + 100000 * USEC_PER_SEC);
        g_assert_cmpuint(w->notices[LINK_NOTICE_RENEWED], >, 10);
        g_assert_cmpuint(w->kernel.n_routes, ==, 2);
        g_assert_cmpuint(w->n_dels, ==, 0);
        world_free(w);
}

/* A tunnel that takes nothing from the link costs no turn. */
static void test_matters_not(void) {
        static const NetTunnelRoute narrow = {
                .family = AF_INET, .dst.v4.s_addr = 0, .prefix_len = 32, .table = 254
        };
        World *w = world_with(DHCP4_CLASSLESS_NO_OVERRIDE);
        unsigned turns;

        come_up(w);
        turns = w->n_turns;
        net_tunnels_add(&w->tunnels, &narrow);
        link_tunnels_changed(w->link, w->now);
        g_assert_cmpuint(w->n_turns, ==, turns);
        g_assert_cmpuint(w->kernel.n_routes, ==, 5);
        world_free(w);

        /* No tunnel costs a turn if the policy does not ask for tunnels. */
        w = world_with(DHCP4_CLASSLESS_ACCEPT);
        w->tunnels_error = -EIO;
        come_up(w);
        turns = w->n_turns;
        vpn_up(w);
        g_assert_cmpuint(w->n_turns, ==, turns);
        g_assert_cmpuint(w->kernel.n_routes, ==, 5);
        world_free(w);
}

/*
 * While it is unknown what tunnels there are, nothing is changed. When it is known, all is as it should
 * be.
 */
static void test_unknown(void) {
        World *w = world_with(DHCP4_CLASSLESS_NO_OVERRIDE);
        NetConfig desired;
        const char *what;

        w->tunnels_error = -ENOBUFS;
        link_start(w->link, w->now, NULL, false);
        link_carrier(w->link, w->now, true);
        serve_all(w);
        g_assert_cmpint(link_last_error(w->link, &what), ==, -ENOBUFS);
        g_assert_cmpuint(w->kernel.n_addresses, ==, 0);
        /* link_desired() then tells the careful variant. */
        link_desired(w->link, &desired);
        g_assert_cmpuint(desired.n_routes, ==, 2);
        w->tunnels_error = 0;
        run_until(w, w->now + 2 * USEC_PER_SEC);
        g_assert_cmpuint(w->kernel.n_routes, ==, 5);
        g_assert_cmpint(link_last_error(w->link, &what), ==, 0);

        /* A lease that is in force stays as it is. */
        w->tunnels_error = -ENOBUFS;
        link_tunnels_changed(w->link, w->now);
        g_assert_cmpuint(w->kernel.n_routes, ==, 5);
        g_assert_cmpuint(w->n_dels, ==, 0);
        world_free(w);
}

static void test_configured(void) {
        World *w = world_with(DHCP4_CLASSLESS_NO_OVERRIDE);
        LinkConfig config = make_config(DHCP4_CONFLICT_NO);

        vpn_up(w);
        come_up(w);
        config.net.classless = DHCP4_CLASSLESS_ACCEPT;
        (void) link_set_config(w->link, w->now, &config, /* release= */ false);
        g_assert_cmpuint(w->kernel.n_routes, ==, 5);
        config.net.classless = DHCP4_CLASSLESS_IGNORE;
        (void) link_set_config(w->link, w->now, &config, /* release= */ false);
        g_assert_cmpuint(w->kernel.n_routes, ==, 2);
        g_assert_true(ignores_classless(w));
        config.net.classless = DHCP4_CLASSLESS_NO_OVERRIDE;
        (void) link_set_config(w->link, w->now, &config, /* release= */ false);
        g_assert_cmpuint(w->kernel.n_routes, ==, 2);
        link_stop(w->link, w->now, false);
        g_assert_cmpuint(w->kernel.n_routes, ==, 0);
        world_free(w);
}

int main(int argc, char *argv[]) {
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/link-tunnels/comes-and-goes", test_comes_and_goes);
        g_test_add_func("/link-tunnels/there-before", test_there_before);
        g_test_add_func("/link-tunnels/matters-not", test_matters_not);
        g_test_add_func("/link-tunnels/unknown", test_unknown);
        g_test_add_func("/link-tunnels/configured", test_configured);
        return g_test_run();
}
