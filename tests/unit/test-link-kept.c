/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a lease comes to is computed when something changed that it depends on, and not in each turn
 * (link/link-kept.h). The linker hands all calls of dhcp4_net_config() to this file, which counts them.
 * Whatever is kept, of either family, comes back as it was.
 */
#include <malloc.h>
#include <string.h>

#include "link/link-kept.h"
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

/* Nothing is left out here, not even what net_address_same() and net_route_equal() do not look at. */
static void assert_same(const NetConfig *a, const NetConfig *b) {
        g_assert_cmpuint(a->n_addresses, ==, b->n_addresses);
        for (size_t i = 0; i < a->n_addresses; i++) {
                const NetAddress *x = &a->addresses[i], *y = &b->addresses[i];

                g_assert_true(net_address_same(x, y));
                g_assert_cmpuint(x->prefix_len, ==, y->prefix_len);
                g_assert_cmpuint(x->broadcast.s_addr, ==, y->broadcast.s_addr);
                g_assert_cmpuint(x->flags, ==, y->flags);
                g_assert_cmpuint(x->dad, ==, y->dad);
                g_assert_cmpuint(x->valid_until, ==, y->valid_until);
                g_assert_cmpuint(x->preferred_until, ==, y->preferred_until);
                g_assert_cmpint(x->ours, ==, y->ours);
        }
        g_assert_cmpuint(a->n_routes, ==, b->n_routes);
        for (size_t i = 0; i < a->n_routes; i++) {
                const NetRoute *x = &a->routes[i], *y = &b->routes[i];

                g_assert_true(net_route_equal(x, y));
                g_assert_true(ip_equal(x->family, &x->source, &y->source));
                g_assert_cmpuint(x->expires_at, ==, y->expires_at);
                g_assert_cmpint(x->ours, ==, y->ours);
        }
        g_assert_cmpuint(a->n_rules, ==, b->n_rules);
        for (size_t i = 0; i < a->n_rules; i++) {
                g_assert_true(net_rule_equal(&a->rules[i], &b->rules[i]));
                g_assert_cmpint(a->rules[i].ours, ==, b->rules[i].ours);
        }
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

static void fill(void *data, size_t len) {
        for (size_t i = 0; i < len; i++)
                ((uint8_t *) data)[i] = (uint8_t) g_test_rand_int();
}

static uint8_t any_family(void) {
        return g_test_rand_bit() ? AF_INET : AF_INET6;
}

static uint32_t any_number(void) {
        return (uint32_t) g_test_rand_int();
}

static IpAddress any_ip(uint8_t family) {
        IpAddress address = {};

        fill(&address, ip_bits(family) / 8u);
        return address;
}

/* Every member that its family has is drawn; the others are as those who make such objects leave them. */
static NetAddress any_address(uint8_t family) {
        NetAddress address = {
                .family = family,
                .address = any_ip(family),
                .prefix_len = (uint8_t) any_number(),
                .valid_until = any_number() * G_GUINT64_CONSTANT(0x100000001),
                .ours = g_test_rand_bit(),
        };

        if (family == AF_INET)
                address.broadcast = any_ip(AF_INET).v4;
        else {
                address.flags = (uint8_t) any_number();
                address.dad = (uint8_t) g_test_rand_int_range(0, _NET_DAD_MAX);
                address.preferred_until = any_number() * G_GUINT64_CONSTANT(0x100000001);
        }
        return address;
}

static NetRoute any_route(uint8_t family) {
        NetRoute route = {
                .family = family,
                .dst = any_ip(family),
                .gateway = any_ip(family),
                .prefsrc = any_ip(family),
                .prefix_len = (uint8_t) any_number(),
                .type = (uint8_t) g_test_rand_int_range(0, _NET_ROUTE_TYPE_MAX),
                .preference = (uint8_t) g_test_rand_int_range(0, _NET_PREFERENCE_MAX),
                .ours = g_test_rand_bit(),
                .metric = any_number(),
                .table = any_number(),
                .mtu = any_number(),
        };

        if (family == AF_INET6) {
                route.source = any_ip(family);
                route.source_len = (uint8_t) any_number();
                route.expires_at = any_number() * G_GUINT64_CONSTANT(0x100000001);
        }
        return route;
}

static void draw_config(NetConfig *ret, NetTunnels *ret_tunnels) {
        ret->n_addresses = (size_t) g_test_rand_int_range(0, NET_ADDRESSES_MAX + 1);
        ret->n_routes = (size_t) g_test_rand_int_range(0, 10);
        if (g_test_rand_int_range(0, 10) == 0)
                ret->n_routes = NET_ROUTES_MAX;
        ret->n_rules = (size_t) g_test_rand_int_range(0, NET_RULES_MAX + 1);
        ret_tunnels->n_routes = (size_t) g_test_rand_int_range(0, NET_TUNNEL_ROUTES_MAX + 1);
        for (size_t i = 0; i < ret->n_addresses; i++)
                ret->addresses[i] = any_address(any_family());
        for (size_t i = 0; i < ret->n_routes; i++)
                ret->routes[i] = any_route(any_family());
        for (size_t i = 0; i < ret->n_rules; i++) {
                const uint8_t family = any_family();

                ret->rules[i] = (NetRule){ .family = family,
                                           .from = any_ip(family),
                                           .table = any_number(),
                                           .ours = g_test_rand_bit() };
        }
        for (size_t i = 0; i < ret_tunnels->n_routes; i++) {
                const uint8_t family = any_family();

                ret_tunnels->routes[i] = (NetTunnelRoute){ .family = family,
                                                           .dst = any_ip(family),
                                                           .prefix_len = (uint8_t) any_number(),
                                                           .table = any_number(),
                                                           .metric = any_number() };
        }
}

/* What was there before must not show through, so it is noise. */
static bool get(const LinkKept *kept, const NetTunnels *tunnels, uint32_t key, NetConfig *ret) {
        memset(ret, 0xa5, sizeof(*ret));
        return link_kept_get(kept, tunnels, key, ret);
}

static void change_one(NetTunnelRoute *route) {
        switch (g_test_rand_int_range(0, 5)) {
        case 0:
                route->family = route->family == AF_INET ? AF_INET6 : AF_INET;
                break;
        case 1:
                ((uint8_t *) &route->dst)[g_test_rand_int_range(0, ip_bits(route->family) / 8)] ^= 1;
                break;
        case 2:
                route->prefix_len ^= 1;
                break;
        case 3:
                route->table ^= 0x80000000u;
                break;
        default:
                route->metric ^= 0x80000000u;
        }
}

static void test_comes_back(void) {
        LinkKept kept = { .content = NULL };
        NetConfig config, back;
        NetTunnels tunnels = { .n_routes = 0 };

        g_assert_false(get(&kept, &tunnels, 0, &back));
        for (unsigned n = 0; n < 500; n++) {
                draw_config(&config, &tunnels);
                link_kept_set(&kept, &config, &tunnels, n);
                g_assert_true(get(&kept, &tunnels, n, &back));
                assert_same(&config, &back);
                g_assert_false(get(&kept, &tunnels, n + 1, &back));
                if (tunnels.n_routes == 0)
                        continue;
                tunnels.n_routes--;
                g_assert_false(get(&kept, &tunnels, n, &back));
                tunnels.n_routes++;
                change_one(&tunnels.routes[g_test_rand_int_range(0, (gint32) tunnels.n_routes)]);
                g_assert_false(get(&kept, &tunnels, n, &back));
        }
        link_kept_drop(&kept);
        g_assert_false(get(&kept, &tunnels, 499, &back));
}

/* Every tunnel that is unknown is of neither family. */
static void test_unknown_tunnels(void) {
        LinkKept kept = { .content = NULL };
        NetTunnels none = { .n_routes = 0 }, unknown;
        NetConfig config = { .family = AF_INET, .n_routes = 1 }, back;

        config.routes[0] = any_route(AF_INET);
        net_tunnels_set_unknown(&unknown);
        link_kept_set(&kept, &config, &unknown, 7);
        g_assert_true(get(&kept, &unknown, 7, &back));
        assert_same(&config, &back);
        g_assert_false(get(&kept, &none, 7, &back));
        link_kept_drop(&kept);
}

/* IPv6's room is not kept for IPv4. There are as many of these as links and routes. */
static void test_ipv4_is_small(void) {
        LinkKept kept = { .content = NULL };
        const NetTunnels none = { .n_routes = 0 };
        NetConfig config = { .family = AF_INET, .n_addresses = 1, .n_routes = NET_ROUTES_MAX };

        config.addresses[0] = any_address(AF_INET);
        for (size_t i = 0; i < config.n_routes; i++)
                config.routes[i] = any_route(AF_INET);
        link_kept_set(&kept, &config, &none, 0);
        g_assert_cmpuint(malloc_usable_size(kept.content), <=, 32 * (1 + NET_ROUTES_MAX));
        link_kept_drop(&kept);
}

int main(int argc, char **argv) {
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/link-kept/turns-without-news", test_turns_without_news);
        g_test_add_func("/link-kept/news", test_news);
        g_test_add_func("/link-kept/comes-back", test_comes_back);
        g_test_add_func("/link-kept/unknown-tunnels", test_unknown_tunnels);
        g_test_add_func("/link-kept/ipv4-is-small", test_ipv4_is_small);
        return g_test_run();
}
