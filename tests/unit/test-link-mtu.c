/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The MTU of the interface itself by the shell of a link (link/link.c, UseMTU=link), over a model: a kernel that keeps an MTU and nothing else of interest, a
 * device that may lose its carrier for a change, others who change it too, a server that says what it should be. What is tested is when the
 * port is called, and what of the link's life depends on it; core/mtu.c decides.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <glib.h>
#include <string.h>

#include "base/macro.h"
#include "link/link.h"

#define T0 (1000 * USEC_PER_SEC)

static const uint8_t mac[6] = { 0x02, 0x11, 0x22, 0x33, 0x44, 0x55 };

typedef struct World {
        usec_t now, timer_at;
        Link *link;
        NetConfig desired, kernel;
        Dhcp4Frame frames[8];
        unsigned n_frames;
        uint16_t max_message_size; /* option 57 of the last message, 0: none */
        bool bound;
        /* the device */
        uint32_t mtu;
        int refusal; /* negative errno: changes are refused */
        bool bounces, bounce_due;
        usec_t down_usec; /* how long a change keeps the carrier away */
        /* what the port was asked */
        unsigned n_sets;
        uint32_t before;      /* of the last one, as to be remembered */
        bool set_while_bound; /* the last change came after BOUND was told */
        /* the server */
        uint16_t offered_mtu; /* 0: it says nothing of it */
        bool silent;
} World;

static int port_set_rx_mode(void *port, Dhcp4RxMode mode, const Dhcp4Lease *lease) {
        return 0;
}

static int port_send(void *port, const Dhcp4Frame *frame) {
        World *w = port;
        Dhcp4Message m;

        g_assert_cmpuint(w->n_frames, <, ARRAY_SIZE(w->frames));
        w->frames[w->n_frames++] = *frame;
        g_assert_cmpint(dhcp4_message_parse(frame->data, frame->len, &m), ==, 0);
        w->max_message_size = 0;
        (void) dhcp4_message_get_u16(&m, DHCP4_OPTION_MAX_MESSAGE_SIZE, &w->max_message_size);
        return 0;
}

static int port_set_arp(void *port, bool listen) {
        return 0;
}

static int port_send_arp(void *port, const ArpPacket *arp, const uint8_t destination[6]) {
        return 0;
}

static int port_set_timer(void *port, usec_t at) {
        ((World *) port)->timer_at = at;
        return 0;
}

static int port_snapshot(void *port, usec_t now, const NetConfig *desired, NetConfig *ret) {
        World *w = port;

        w->desired = *desired;
        *ret = w->kernel;
        return 0;
}

static int port_apply(void *port, usec_t now, const NetPlan *plan) {
        World *w = port;

        w->kernel = w->desired;
        return 0;
}

static int port_set_mtu(void *port, uint32_t mtu, uint32_t before) {
        World *w = port;

        g_assert_cmpuint(mtu, !=, w->mtu);
        w->n_sets++;
        w->before = before;
        w->set_while_bound = w->bound;
        if (w->refusal < 0)
                return w->refusal;
        w->mtu = mtu;
        w->bounce_due = w->bounces;
        return 0;
}

static int port_tunnels(void *port, NetTunnels *ret) {
        return 0;
}

static void port_state_changed(void *port, Dhcp4State old_state, Dhcp4State new_state) {
}

static void port_publish(void *port, LinkNotice notice, const Dhcp4Lease *old, const Dhcp4Lease *new) {
        ((World *) port)->bound = new != NULL;
}

static void port_learned(void *port) {
}

static void port_turned(void *port, usec_t now) {
}

static const LinkPorts ports = {
        .set_rx_mode = port_set_rx_mode,
        .send = port_send,
        .set_arp = port_set_arp,
        .send_arp = port_send_arp,
        .set_timer = port_set_timer,
        .snapshot = port_snapshot,
        .apply = port_apply,
        .set_mtu = port_set_mtu,
        .tunnels = port_tunnels,
        .state_changed = port_state_changed,
        .publish = port_publish,
        .learned = port_learned,
        .turned = port_turned,
};

static LinkConfig make_config(NetMtuUse use) {
        LinkConfig c = {
                .client = {
                        .chaddr_len = 6,
                        .htype = 1,
                        .request = { 1, 3, 26 },
                        .n_request = 3,
                        .conflict = DHCP4_CONFLICT_NO,
                        .carrier_grace_usec = 3 * USEC_PER_SEC,
                },
                .net = { .metric = 1024, .table = 254, .use_routes = true, .use_gateway = true, .use_mtu = use, .mtu_min = 576 },
        };

        memcpy(c.client.chaddr, mac, sizeof(mac));
        memcpy(c.mac, mac, sizeof(mac));
        return c;
}

static World *world_new(NetMtuUse use, uint32_t mtu, uint16_t offered_mtu) {
        static const uint8_t key[PRNG_KEY_LEN] = { 7 };
        const LinkConfig config = make_config(use);
        World *w = g_new0(World, 1);

        *w = (World){
                .now = T0,
                .timer_at = USEC_INFINITY,
                .mtu = mtu,
                .offered_mtu = offered_mtu,
                .down_usec = USEC_PER_SEC,
        };
        g_assert_cmpint(link_new(&ports, w, &config, key, &w->link), ==, 0);
        link_mtu(w->link, w->now, mtu);
        g_assert_cmpuint(w->timer_at, ==,
                         USEC_INFINITY); /* no turn yet: what was left by others is not known */
        return w;
}

static void world_free(World *w) {
        w->link = link_free(w->link);
        g_free(w);
}

static void serve(World *w, const Dhcp4Frame *request, Dhcp4MessageType type) {
        uint8_t data[DHCP4_MESSAGE_MAX_LEN];
        Dhcp4Header header;
        Dhcp4Message m;
        Dhcp4Builder b;
        size_t len;

        g_assert_cmpint(dhcp4_message_parse(request->data, request->len, &m), ==, 0);
        header = m.header;
        header.op = DHCP4_OP_BOOTREPLY;
        header.yiaddr.s_addr = inet_addr("10.0.0.50");
        dhcp4_builder_init(&b, data, sizeof(data), &header, type);
        dhcp4_builder_append_addr(&b, DHCP4_OPTION_SERVER_ID, (struct in_addr){ inet_addr("10.0.0.1") });
        dhcp4_builder_append_u32(&b, DHCP4_OPTION_LEASE_TIME, 3600);
        dhcp4_builder_append_addr(&b, DHCP4_OPTION_SUBNET_MASK,
                                  (struct in_addr){ inet_addr("255.255.255.0") });
        if (w->offered_mtu != 0)
                dhcp4_builder_append_u16(&b, DHCP4_OPTION_MTU, w->offered_mtu);
        g_assert_cmpint(dhcp4_builder_finish(&b, &len), ==, 0);
        link_message(w->link, w->now, data, len, NULL);
}

static void serve_all(World *w) {
        while (w->n_frames > 0) {
                const Dhcp4Frame frame = w->frames[--w->n_frames];

                if (w->silent)
                        continue;
                if (frame.type == DHCP4_DISCOVER)
                        serve(w, &frame, DHCP4_OFFER);
                else if (frame.type == DHCP4_REQUEST)
                        serve(w, &frame, DHCP4_ACK);
        }
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

/* Lets time pass; what the device does to its carrier comes, too. */
static void run_until(World *w, usec_t until) {
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

static void come_up(World *w) {
        link_start(w->link, w->now, NULL, false);
        link_carrier(w->link, w->now, true);
        serve_all(w);
        g_assert_cmpint(dhcp4_client_state(link_client(w->link)), ==, DHCP4_STATE_BOUND);
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
        World *w = world_new(NET_MTU_LINK, 1500, 1400);

        come_up(w);
        g_assert_true(w->bound);
        g_assert_cmpuint(w->mtu, ==, 1400);
        g_assert_cmpuint(w->before, ==, 1500);
        g_assert_false(w->set_while_bound); /* who is told of the lease finds it done */
        g_assert_cmpuint(w->kernel.n_routes, ==, 1);
        g_assert_cmpuint(w->kernel.routes[0].mtu, ==, 0);
        /* The notification of our own change, late. */
        link_mtu(w->link, w->now, 1400);
        renew(w);
        g_assert_cmpuint(w->n_sets, ==, 1);

        w->offered_mtu = 1300;
        renew(w);
        g_assert_cmpuint(w->mtu, ==, 1300);
        g_assert_cmpuint(w->before, ==, 1500);
        w->offered_mtu = 0;
        renew(w);
        g_assert_cmpuint(w->mtu, ==, 1500);
        w->offered_mtu = 1300;
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
        World *w = world_new(NET_MTU_LINK, 1500, 1400);

        come_up(w);
        w->silent = true;
        run_until(w, T0 + 3599 * USEC_PER_SEC);
        g_assert_cmpuint(w->mtu, ==, 1400);
        run_until(w, T0 + 3601 * USEC_PER_SEC);
        g_assert_cmpuint(w->mtu, ==, 1500);
        world_free(w);
}

/* Only when told to, and not below the minimum. */
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
                World *w = world_new(rows[i].use, 1500, rows[i].offered);
                LinkConfig config = make_config(rows[i].use);

                config.net.mtu_min = rows[i].min;
                (void) link_set_config(w->link, w->now, &config, /* release= */ false);
                come_up(w);
                g_assert_cmpuint(w->mtu, ==, rows[i].mtu);
                g_assert_cmpuint(w->n_sets, ==, rows[i].mtu == 1500 ? 0 : 1);
                g_assert_cmpuint(w->kernel.routes[0].mtu, ==, rows[i].route_mtu);

                /* Other configuration counts at once. */
                config.net.use_mtu = NET_MTU_NO;
                (void) link_set_config(w->link, w->now, &config, /* release= */ false);
                g_assert_cmpuint(w->mtu, ==, 1500);
                world_free(w);
        }
}

/* What others set right after us is seen as theirs, though it is what the link had when we began. */
static void test_others(void) {
        World *w = world_new(NET_MTU_LINK, 1500, 1400);

        come_up(w);
        others_set(w, 1500);
        renew(w);
        run_until(w, w->now + 1000 * USEC_PER_SEC);
        g_assert_cmpuint(w->mtu, ==, 1500);
        g_assert_cmpuint(w->n_sets, ==, 1);
        others_set(w, 1450);
        link_stop(w->link, w->now, true);
        g_assert_cmpuint(w->mtu, ==, 1450);
        g_assert_cmpuint(w->n_sets, ==, 1);

        /* Whoever starts the link again means it. */
        w->n_frames = 0;
        come_up(w);
        g_assert_cmpuint(w->mtu, ==, 1400);
        g_assert_cmpuint(w->before, ==, 1450);
        link_stop(w->link, w->now, true);
        g_assert_cmpuint(w->mtu, ==, 1450);
        world_free(w);
}

/* Linux goes by a route's MTU even if the interface's is smaller, and what it sends then is lost. */
static void test_larger_than_link(void) {
        World *w = world_new(NET_MTU_ROUTE, 1450, 1500);

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
        g_assert_cmpuint(w->n_sets, ==, 0);
        world_free(w);
}

static void test_refused(void) {
        World *w = world_new(NET_MTU_LINK, 1500, 9000);
        const char *what;

        w->refusal = -EINVAL;
        come_up(w);
        g_assert_true(w->bound); /* the lease is good without */
        g_assert_false(link_settled(w->link));
        run_until(w, w->now + 60 * USEC_PER_SEC);
        g_assert_cmpuint(w->n_sets, ==, MTU_TRIES_MAX);
        g_assert_true(link_settled(w->link));
        g_assert_cmpuint(w->kernel.routes[0].mtu, ==, 0); /* more than the link has is no use to them */
        g_assert_cmpint(link_last_error(w->link, &what), ==, -EINVAL);
        g_assert_nonnull(strstr(what, "MTU"));
        renew(w);
        g_assert_cmpuint(w->n_sets, ==, MTU_TRIES_MAX);
        g_assert_cmpint(link_last_error(w->link, &what), ==, -EINVAL);

        /* A value that it takes clears that up. */
        w->refusal = 0;
        w->offered_mtu = 1400;
        renew(w);
        g_assert_cmpuint(w->mtu, ==, 1400);
        g_assert_cmpint(link_last_error(w->link, &what), ==, 0);

        /* It is not put back either: the link stops all the same. */
        w->refusal = -EBUSY;
        link_stop(w->link, w->now, true);
        g_assert_false(link_settled(w->link));
        run_until(w, w->now + 60 * USEC_PER_SEC);
        g_assert_true(link_settled(w->link));
        g_assert_cmpuint(w->timer_at, ==, USEC_INFINITY);
        world_free(w);
}

/*
 * A device that loses its carrier for every change. Within the grace the lease stays; without it goes, and must come back for good. Neither may
 * make a loop of it.
 */
static void test_bounce(gconstpointer data) {
        const bool within_grace = GPOINTER_TO_INT(data);
        World *w = world_new(NET_MTU_LINK, 1500, 1400);

        w->bounces = true;
        w->down_usec = (within_grace ? 1 : 8) * USEC_PER_SEC;
        come_up(w);
        run_until(w, w->now + 1000 * USEC_PER_SEC);
        g_assert_cmpuint(w->n_sets, ==, 1);
        g_assert_true(w->bound);
        g_assert_cmpuint(w->mtu, ==, 1400);
        g_assert_true(link_settled(w->link));

        /* The lease is refused when it is asked for again: back it goes, once, and is not set again. */
        w->silent = true;
        link_carrier(w->link, w->now, false);
        run_until(w, w->now + 10 * USEC_PER_SEC);
        g_assert_cmpuint(w->mtu, ==, 1400);
        link_carrier(w->link, w->now, true);
        run_until(w, w->now + 200 * USEC_PER_SEC);
        g_assert_cmpuint(w->mtu, ==, 1500);
        w->silent = false;
        run_until(w, w->now + 1000 * USEC_PER_SEC);
        g_assert_true(w->bound);
        g_assert_cmpuint(w->n_sets, ==, 2);
        g_assert_cmpuint(w->mtu, ==, 1500);

        /* What the link cannot have the routes have. */
        g_assert_cmpuint(w->kernel.routes[0].mtu, ==, 1400);

        link_stop(w->link, w->now, true);
        run_until(w, w->now + 100 * USEC_PER_SEC);
        g_assert_cmpuint(w->n_sets, ==, 2);
        g_assert_cmpuint(w->mtu, ==, 1500);
        world_free(w);
}

/* A link that is stopped keeps nothing, although it remembers its lease. */
static void test_bounce_and_stop(void) {
        World *w = world_new(NET_MTU_LINK, 1500, 1400);

        w->bounces = true;
        w->down_usec = 8 * USEC_PER_SEC;
        come_up(w);
        run_until(w, w->now + 100 * USEC_PER_SEC);
        g_assert_cmpuint(w->mtu, ==, 1400);
        link_carrier(w->link, w->now, false);
        link_stop(w->link, w->now, false);
        g_assert_cmpuint(w->mtu, ==, 1500);
        world_free(w);
}

/* A daemon before us set it. */
static void test_adopted(void) {
        static const uint8_t key[PRNG_KEY_LEN] = { 8 };
        const LinkConfig config = make_config(NET_MTU_LINK);
        World *w = world_new(NET_MTU_LINK, 1500, 1400);
        Dhcp4Lease lease;

        come_up(w);
        lease = *link_lease(w->link);
        for (unsigned expired = 0; expired < 2; expired++) {
                w->link = link_free(w->link);
                w->mtu = 1400;
                w->n_sets = 0;
                g_assert_cmpint(link_new(&ports, w, &config, key, &w->link), ==, 0);
                link_mtu(w->link, w->now, w->mtu);
                link_adopt_mtu(w->link, 1500, 1400);
                link_start(w->link, w->now, expired ? NULL : &lease, !expired);
                g_assert_cmpuint(w->mtu, ==, expired ? 1500 : 1400);
                if (!expired) {
                        link_carrier(w->link, w->now, true);
                        g_assert_cmpuint(w->n_sets, ==, 0);
                        link_stop(w->link, w->now, true);
                        g_assert_cmpuint(w->mtu, ==, 1500);
                }
        }
        world_free(w);
}

/* Option 57 is what the link takes in one piece, as far as we do, and not less than RFC 2132 §9.10 has it. */
static void test_message_size(void) {
        static const struct {
                uint32_t mtu;
                uint16_t size;
        } rows[] = { { 1500, 1500 },   { 1400, 1400 }, { 576, 576 },         { 575, 576 },
                     { 68, 576 },      { 1501, 1500 }, { 9000, 1500 },       { 65536, 1500 },
                     { 131072, 1500 }, { 1280, 1280 }, { 65536 + 700, 1500 } };
        World *w = world_new(NET_MTU_LINK, 1500, 0);
        LinkConfig config = make_config(NET_MTU_LINK);

        come_up(w);
        for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
                others_set(w, rows[i].mtu);
                renew(w);
                g_assert_cmpuint(w->max_message_size, ==, rows[i].size);
        }
        /* It is not configuration, and other configuration does not change it. */
        others_set(w, 1350);
        (void) link_set_config(w->link, w->now, &config, /* release= */ false);
        renew(w);
        g_assert_cmpuint(w->max_message_size, ==, 1350);
        /* What we set ourselves counts from the next message on. */
        w->offered_mtu = 1300;
        renew(w);
        renew(w);
        g_assert_cmpuint(w->max_message_size, ==, 1300);
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
