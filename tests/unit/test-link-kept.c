/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a lease comes to is computed when something changed that it depends on, and not in each turn
 * (link/link-kept.h). The linker hands all calls of dhcp4_net_config() to this file, which counts them.
 */
#include "tests/unit/link-fixture.h"

static unsigned n_computed;

void __real_dhcp4_net_config(const Dhcp4Lease *lease, const Dhcp4NetPolicy *policy,
                             const NetTunnels *tunnels, NetConfig *ret, Dhcp4NetRefusals *ret_refusals);
void __wrap_dhcp4_net_config(const Dhcp4Lease *lease, const Dhcp4NetPolicy *policy,
                             const NetTunnels *tunnels, NetConfig *ret, Dhcp4NetRefusals *ret_refusals);

void __wrap_dhcp4_net_config(const Dhcp4Lease *lease, const Dhcp4NetPolicy *policy,
                             const NetTunnels *tunnels, NetConfig *ret, Dhcp4NetRefusals *ret_refusals) {
        n_computed++;
        __real_dhcp4_net_config(lease, policy, tunnels, ret, ret_refusals);
}

static void assert_same(const NetConfig *a, const NetConfig *b) {
        g_assert_cmpuint(a->n_addresses, ==, b->n_addresses);
        for (size_t i = 0; i < a->n_addresses; i++) {
                g_assert_cmpuint(a->addresses[i].address.v4.s_addr, ==, b->addresses[i].address.v4.s_addr);
                g_assert_cmpuint(a->addresses[i].valid_until, ==, b->addresses[i].valid_until);
        }
        g_assert_cmpuint(a->n_routes, ==, b->n_routes);
        for (size_t i = 0; i < a->n_routes; i++)
                g_assert_true(net_route_equal(&a->routes[i], &b->routes[i]));
        g_assert_cmpuint(a->n_rules, ==, b->n_rules);
        for (size_t i = 0; i < a->n_rules; i++)
                g_assert_true(net_rule_equal(&a->rules[i], &b->rules[i]));
}

/*
 * Returns how often the configuration was computed since, and asserts that what is kept is what would be
 * computed now.
 */
static unsigned computed(const World *w, unsigned before) {
        const unsigned n = n_computed - before;
        const Dhcp4NetPolicy policy = {
                .metric = 1024,
                .table = 254,
                .rule_table = 99,
                .use_routes = true,
                .use_gateway = true,
                .use_mtu = NET_MTU_ROUTE,
        };
        NetConfig kept, fresh;
        Dhcp4NetRefusals refusals;

        link_desired(w->link, &kept);
        __real_dhcp4_net_config(link_lease(w->link), &policy, &w->tunnels, &fresh, &refusals);
        assert_same(&kept, &fresh);
        return n;
}

static World *bound(void) {
        LinkConfig config = make_config(DHCP4_CONFLICT_NO);
        World *w;

        config.net.rule_table = 99;
        w = world_of(&config);
        come_up(w);
        g_assert_cmpint(state(w), ==, DHCP4_STATE_BOUND);
        return w;
}

static void test_turns_without_news(void) {
        World *w = bound();
        Dhcp4Ignored ignored[DHCP4_LEASE_IGNORED_MAX];
        NetConfig desired;
        unsigned before = n_computed;

        for (unsigned i = 0; i < 10; i++) {
                link_kernel_changed(w->link, w->now);
                link_desired(w->link, &desired);
                (void) link_ignored(w->link, ignored, ARRAY_SIZE(ignored));
        }
        g_assert_cmpuint(computed(w, before), ==, 0);
        /* The kernel lost objects. This changes nothing in the configuration. */
        world_kernel_del_our_routes(&w->kernel);
        link_kernel_changed(w->link, w->now);
        run_until(w, w->now + 60 * USEC_PER_SEC);
        g_assert_cmpuint(w->kernel.n_routes, ==, desired.n_routes);
        g_assert_cmpuint(computed(w, before), ==, 0);
        world_free(w);
}

static void test_news(void) {
        const NetTunnelRoute vpn = {
                .family = AF_INET, .dst.v4.s_addr = addr("192.0.2.0"), .prefix_len = 24, .table = 254
        };
        LinkConfig config = make_config(DHCP4_CONFLICT_NO);
        World *w = bound();
        unsigned before = n_computed;

        run_until(w, w->now + 40 * 60 * USEC_PER_SEC);
        g_assert_cmpuint(w->notices[LINK_NOTICE_RENEWED], ==, 1);
        g_assert_cmpuint(computed(w, before), ==, 1);

        /* Tunnels are looked up when a change of them is told, and in the turn that follows. */
        net_tunnels_add(&w->tunnels, &vpn);
        link_kernel_changed(w->link, w->now);
        before = n_computed;
        link_kernel_changed(w->link, w->now);
        g_assert_cmpuint(computed(w, before), ==, 0);

        before = n_computed;
        config.net.rule_table = 99;
        (void) link_set_config(w->link, w->now, &config, /* release= */ false);
        g_assert_cmpuint(computed(w, before), ==, 1);

        before = n_computed;
        link_mtu(w->link, w->now, 1400);
        link_mtu(w->link, w->now, 1300);
        g_assert_cmpuint(computed(w, before), >, 0);

        before = n_computed;
        w->offer = addr("10.0.0.60");
        link_renew(w->link, w->now);
        serve_all(w);
        link_stop(w->link, w->now, /* release= */ true);
        g_assert_null(link_lease(w->link));
        g_assert_cmpuint(n_computed, >, before);
        world_free(w);
}

int main(int argc, char **argv) {
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/link-kept/turns-without-news", test_turns_without_news);
        g_test_add_func("/link-kept/news", test_news);
        return g_test_run();
}
