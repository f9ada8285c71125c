/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * How a link sets the MTU of its interface (link/link.c, UseMTU=link), over a model: a kernel that keeps
 * an MTU and nothing else of interest, a device that may lose its carrier for a change, others who change
 * the MTU too, and a server that says what it should be. The test looks at when the port is called, and
 * at what of the link's life depends on it. net/mtu.c decides.
 */
#include "tests/unit/link-fixture.h"

static LinkConfig mtu_config(NetMtuUse use) {
        LinkConfig c = make_config(DHCP4_CONFLICT_NO);

        c.net.use_mtu = use;
        c.net.mtu_min = 576;
        return c;
}

static World *mtu_world_new(NetMtuUse use, uint32_t mtu, uint16_t offered_mtu) {
        const LinkConfig config = mtu_config(use);
        World *w = world_of(&config);

        w->timer_at = USEC_INFINITY;
        w->router = 0;
        w->mtu = mtu;
        w->offered_mtu = offered_mtu;
        w->down_usec = USEC_PER_SEC;
        link_mtu(w->link, w->now, mtu);
        /* There was no turn yet: it is not known what others left. */
        g_assert_cmpuint(w->timer_at, ==, USEC_INFINITY);
        return w;
}

static void run_timers(World *w, usec_t until) {
        for (unsigned i = 0; i < 100000 && w->timer_at <= until; i++) {
                w->now = MAX(w->now, w->timer_at);
                link_timer(w->link, w->now);
                g_assert_cmpuint(w->timer_at, >, w->now);
                serve_all(w);
        }
        w->now = MAX(w->now, until);
}

/* Lets time pass, and tells the link what the device does to its carrier. */
static void let_pass(World *w, usec_t until) {
        do {
                if (w->bounce_due) {
                        w->bounce_due = false;
                        run_timers(w, w->now + USEC_PER_SEC / 2);
                        link_carrier(w->link, w->now, false);
                        run_timers(w, w->now + w->down_usec);
                        link_carrier(w->link, w->now, true);
                        serve_all(w);
                } else
                        run_timers(w, MIN(until, usec_add(w->now, USEC_PER_SEC)));
        } while (w->now < until || w->bounce_due);
}

static void renew(World *w) {
        w->now += 10 * USEC_PER_SEC;
        link_renew(w->link, w->now);
        serve_all(w);
}

static void others_set(World *w, uint32_t mtu) {
        w->mtu = mtu;
        link_mtu(w->link, w->now, mtu);
}

static void test_set_and_back(void) {
        World *w = mtu_world_new(NET_MTU_LINK, 1500, 1400);

        come_up(w);
        g_assert_cmpint(state(w), ==, DHCP4_STATE_BOUND);
        g_assert_cmpuint(w->mtu, ==, 1400);
        g_assert_cmpuint(w->before, ==, 1500);
        g_assert_false(w->set_while_bound); /* when the lease is told, the MTU is set */
        g_assert_cmpuint(w->kernel.n_routes, ==, 1);
        g_assert_cmpuint(w->kernel.routes[0].mtu, ==, 0);
        /* The notification of our own change comes late. */
        link_mtu(w->link, w->now, 1400);
        renew(w);
        g_assert_cmpuint(w->n_mtus, ==, 1);

        w->offered_mtu = 1300;
        renew(w);
        g_assert_cmpuint(w->mtu, ==, 1300);
        g_assert_cmpuint(w->before, ==, 1500);
        /* A renewal without option 26 leaves the MTU as it is. */
        w->offered_mtu = 0;
        renew(w);
        g_assert_cmpuint(w->mtu, ==, 1300);

        link_stop(w->link, w->now, true);
        g_assert_cmpuint(w->mtu, ==, 1500);
        g_assert_cmpuint(w->before, ==, 1500);
        g_assert_cmpuint(mtu_before(link_mtu_state(w->link)), ==, 0);
        g_assert_true(link_settled(w->link));
        world_free(w);
}

static void test_expiry(void) {
        World *w = mtu_world_new(NET_MTU_LINK, 1500, 1400);

        come_up(w);
        w->silent = true;
        let_pass(w, T0 + 3599 * USEC_PER_SEC);
        g_assert_cmpuint(w->mtu, ==, 1400);
        let_pass(w, T0 + 3601 * USEC_PER_SEC);
        g_assert_cmpuint(w->mtu, ==, 1500);
        world_free(w);
}

/* The MTU is set only if the configuration says so, and not below the minimum. */
static void test_not_used(void) {
        static const struct {
                NetMtuUse use;
                uint16_t offered, min;
                uint32_t mtu, route_mtu;
        } rows[] = {
                { NET_MTU_ROUTE, 1400, 576, 1500, 1400 }, { NET_MTU_NO, 1400, 576, 1500, 0 },
                { NET_MTU_LINK, 575, 576, 1500, 0 },      { NET_MTU_LINK, 575, 68, 575, 0 },
                { NET_MTU_LINK, 67, 68, 1500, 0 },        { NET_MTU_ROUTE, 575, 576, 1500, 0 },
                { NET_MTU_ROUTE, 575, 68, 1500, 575 },    { NET_MTU_LINK, 0, 68, 1500, 0 },
        };

        for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
                World *w = mtu_world_new(rows[i].use, 1500, rows[i].offered);
                LinkConfig config = mtu_config(rows[i].use);

                config.net.mtu_min = rows[i].min;
                (void) link_set_config(w->link, w->now, &config, /* release= */ false);
                come_up(w);
                g_assert_cmpuint(w->mtu, ==, rows[i].mtu);
                g_assert_cmpuint(w->n_mtus, ==, rows[i].mtu == 1500 ? 0 : 1);
                g_assert_cmpuint(w->kernel.routes[0].mtu, ==, rows[i].route_mtu);

                /* Another configuration counts at once. */
                config.net.use_mtu = NET_MTU_NO;
                (void) link_set_config(w->link, w->now, &config, /* release= */ false);
                g_assert_cmpuint(w->mtu, ==, 1500);
                world_free(w);
        }
}

/*
 * A value that others set right after us is theirs, even if it is the value that the link had at the
 * beginning.
 */
static void test_others(void) {
        World *w = mtu_world_new(NET_MTU_LINK, 1500, 1400);

        come_up(w);
        others_set(w, 1500);
        renew(w);
        let_pass(w, w->now + 1000 * USEC_PER_SEC);
        g_assert_cmpuint(w->mtu, ==, 1500);
        g_assert_cmpuint(w->n_mtus, ==, 1);
        others_set(w, 1450);
        link_stop(w->link, w->now, true);
        g_assert_cmpuint(w->mtu, ==, 1450);
        g_assert_cmpuint(w->n_mtus, ==, 1);

        /* When the link is started again, the MTU is set again. */
        w->n_frames = 0;
        come_up(w);
        g_assert_cmpuint(w->mtu, ==, 1400);
        g_assert_cmpuint(w->before, ==, 1450);
        link_stop(w->link, w->now, true);
        g_assert_cmpuint(w->mtu, ==, 1450);
        world_free(w);
}

/*
 * Linux goes by the MTU of a route even if that of the interface is smaller. Packets that it sends then
 * are lost.
 */
static void test_larger_than_link(void) {
        World *w = mtu_world_new(NET_MTU_ROUTE, 1450, 1500);

        come_up(w);
        g_assert_cmpuint(w->kernel.n_routes, ==, 1);
        g_assert_cmpuint(w->kernel.routes[0].mtu, ==, 0);
        others_set(w, 1500);
        g_assert_cmpuint(w->kernel.routes[0].mtu, ==, 1500);
        others_set(w, 9000);
        g_assert_cmpuint(w->kernel.routes[0].mtu, ==, 1500);
        others_set(w, 1499);
        g_assert_cmpuint(w->kernel.routes[0].mtu, ==, 0);
        g_assert_true(link_settled(w->link));
        g_assert_cmpuint(w->n_mtus, ==, 0);
        world_free(w);
}

static void test_refused(void) {
        World *w = mtu_world_new(NET_MTU_LINK, 1500, 9000);
        const char *what;

        w->mtu_error = -EINVAL;
        come_up(w);
        g_assert_cmpint(state(w), ==, DHCP4_STATE_BOUND); /* the lease is good without it */
        g_assert_false(link_settled(w->link));
        let_pass(w, w->now + 60 * USEC_PER_SEC);
        g_assert_cmpuint(w->n_mtus, ==, MTU_TRIES_MAX);
        g_assert_true(link_settled(w->link));
        g_assert_cmpuint(w->kernel.routes[0].mtu, ==, 0); /* routes cannot use more than the link has */
        g_assert_cmpint(link_last_error(w->link, &what), ==, -EINVAL);
        g_assert_nonnull(strstr(what, "MTU"));
        renew(w);
        g_assert_cmpuint(w->n_mtus, ==, MTU_TRIES_MAX);
        g_assert_cmpint(link_last_error(w->link, &what), ==, -EINVAL);

        /* A value that the device accepts ends this. */
        w->mtu_error = 0;
        w->offered_mtu = 1400;
        renew(w);
        g_assert_cmpuint(w->mtu, ==, 1400);
        g_assert_cmpint(link_last_error(w->link, &what), ==, 0);

        /* The MTU cannot be put back either: the link stops all the same. */
        w->mtu_error = -EBUSY;
        link_stop(w->link, w->now, true);
        g_assert_false(link_settled(w->link));
        let_pass(w, w->now + 60 * USEC_PER_SEC);
        g_assert_true(link_settled(w->link));
        g_assert_cmpuint(w->timer_at, ==, USEC_INFINITY);
        world_free(w);
}

/*
 * The device loses its carrier with every change. Within the grace the lease stays. Without a grace it is
 * withdrawn, and must come back for good. Neither case may become a loop.
 */
static void test_bounce(gconstpointer data) {
        const bool within_grace = GPOINTER_TO_INT(data);
        World *w = mtu_world_new(NET_MTU_LINK, 1500, 1400);

        w->bounces = true;
        w->down_usec = (within_grace ? 1 : 8) * USEC_PER_SEC;
        come_up(w);
        let_pass(w, w->now + 1000 * USEC_PER_SEC);
        g_assert_cmpuint(w->n_mtus, ==, 1);
        g_assert_cmpint(state(w), ==, DHCP4_STATE_BOUND);
        g_assert_cmpuint(w->mtu, ==, 1400);
        g_assert_true(link_settled(w->link));

        /*
         * The lease is refused when the client asks for it again: the MTU is put back once, and is not
         * set again.
         */
        w->silent = true;
        link_carrier(w->link, w->now, false);
        let_pass(w, w->now + 10 * USEC_PER_SEC);
        g_assert_cmpuint(w->mtu, ==, 1400);
        link_carrier(w->link, w->now, true);
        let_pass(w, w->now + 200 * USEC_PER_SEC);
        g_assert_cmpuint(w->mtu, ==, 1500);
        w->silent = false;
        let_pass(w, w->now + 1000 * USEC_PER_SEC);
        g_assert_cmpint(state(w), ==, DHCP4_STATE_BOUND);
        g_assert_cmpuint(w->n_mtus, ==, 2);
        g_assert_cmpuint(w->mtu, ==, 1500);

        /* The routes have the MTU that the link cannot have. */
        g_assert_cmpuint(w->kernel.routes[0].mtu, ==, 1400);

        link_stop(w->link, w->now, true);
        let_pass(w, w->now + 100 * USEC_PER_SEC);
        g_assert_cmpuint(w->n_mtus, ==, 2);
        g_assert_cmpuint(w->mtu, ==, 1500);
        world_free(w);
}

/* A stopped link has no MTU of a lease, although it remembers the lease. */
static void test_bounce_and_stop(void) {
        World *w = mtu_world_new(NET_MTU_LINK, 1500, 1400);

        w->bounces = true;
        w->down_usec = 8 * USEC_PER_SEC;
        come_up(w);
        let_pass(w, w->now + 100 * USEC_PER_SEC);
        g_assert_cmpuint(w->mtu, ==, 1400);
        link_carrier(w->link, w->now, false);
        link_stop(w->link, w->now, false);
        g_assert_cmpuint(w->mtu, ==, 1500);
        world_free(w);
}

/* An earlier daemon set the MTU. */
static void test_adopted(void) {
        static const uint8_t key[PRNG_KEY_LEN] = { 8 };
        const LinkConfig config = mtu_config(NET_MTU_LINK);
        World *w = mtu_world_new(NET_MTU_LINK, 1500, 1400);
        Dhcp4Source before;
        Dhcp4Lease lease;

        come_up(w);
        lease = *link_lease(w->link);
        before = dhcp4_source_of_lease(&lease);
        for (unsigned expired = 0; expired < 2; expired++) {
                w->link = link_free(w->link);
                w->mtu = 1400;
                w->n_mtus = 0;
                g_assert_cmpint(link_new(&world_ports, w, &config, key, &w->link), ==, 0);
                link_mtu(w->link, w->now, w->mtu);
                link_adopt_mtu(w->link, 1500, 1400);
                link_start(w->link, w->now, expired ? NULL : &before, !expired);
                g_assert_cmpuint(w->mtu, ==, expired ? 1500 : 1400);
                if (!expired) {
                        link_carrier(w->link, w->now, true);
                        g_assert_cmpuint(w->n_mtus, ==, 0);
                        link_stop(w->link, w->now, true);
                        g_assert_cmpuint(w->mtu, ==, 1500);
                }
        }
        world_free(w);
}

/*
 * Option 57 is the size that the link takes in one piece, less the headers of IP and UDP, and not less
 * than the minimum of RFC 2132 §9.10.
 */
static void test_message_size(void) {
        static const struct {
                uint32_t mtu;
                uint16_t size;
        } rows[] = {
                { 1500, 1472 }, { 1499, 1471 }, { 1400, 1372 },  { 1280, 1252 },   { 605, 577 },
                { 604, 576 },   { 603, 576 },   { 576, 576 },    { 68, 576 },      { 20, 576 },
                { 1501, 1472 }, { 9000, 1472 }, { 65536, 1472 }, { 131072, 1472 }, { 65536 + 700, 1472 },
        };
        World *w = mtu_world_new(NET_MTU_LINK, 1500, 0);
        LinkConfig config = mtu_config(NET_MTU_LINK);

        come_up(w);
        for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
                others_set(w, rows[i].mtu);
                renew(w);
                g_assert_cmpuint(w->max_message_size, ==, rows[i].size);
        }
        /* The size is no part of the configuration, and another configuration does not change it. */
        others_set(w, 1378);
        (void) link_set_config(w->link, w->now, &config, /* release= */ false);
        renew(w);
        g_assert_cmpuint(w->max_message_size, ==, 1350);
        /* An MTU that we set ourselves counts from the next message on. */
        w->offered_mtu = 1300;
        renew(w);
        renew(w);
        g_assert_cmpuint(w->max_message_size, ==, 1272);
        world_free(w);
}

int main(int argc, char *argv[]) {
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/link-mtu/set-and-back", test_set_and_back);
        g_test_add_func("/link-mtu/expiry", test_expiry);
        g_test_add_func("/link-mtu/not-used", test_not_used);
        g_test_add_func("/link-mtu/others", test_others);
        g_test_add_func("/link-mtu/larger-than-link", test_larger_than_link);
        g_test_add_func("/link-mtu/refused", test_refused);
        g_test_add_data_func("/link-mtu/bounce/within-grace", GINT_TO_POINTER(1), test_bounce);
        g_test_add_data_func("/link-mtu/bounce/without", GINT_TO_POINTER(0), test_bounce);
        g_test_add_func("/link-mtu/bounce-and-stop", test_bounce_and_stop);
        g_test_add_func("/link-mtu/adopted", test_adopted);
        g_test_add_func("/link-mtu/message-size", test_message_size);
        return g_test_run();
}
