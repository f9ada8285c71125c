/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What silence, offers and routers tell a client that asks whether the network is still that of its lease
 * (core/dhcp4-client-verify.c; RFC 2131 §3.2, RFC 4436); and the repeated first frame of a wireless link.
 */
#include "core/dhcp4-backoff.h"
#include "tests/unit/client-fixture.h"

#define ROUTER "10.0.0.254"

static const uint8_t router_mac[6] = { 2, 0xdd, 0, 0, 0, 1 };

/*
 * Returns a client that asks about its lease again. The lease has the mask @mask, or none. @known: its
 * router has answered before.
 */
static Bench verifying_as(const Dhcp4ClientConfig *config, Dhcp4EventType why, const char *mask,
                          bool known) {
        Bench b;

        bench_init(&b, config);
        b.router = ROUTER;
        b.mask = mask;
        bench_bind(&b);
        if (known)
                bench_event(&b,
                            &(const Dhcp4Event){
                                    .type = DHCP4_EVENT_GATEWAY,
                                    .gateway = { .address = ip(ROUTER), .mac = { 2, 0xdd, 0, 0, 0, 1 } } });
        b.now += 60 * USEC_PER_SEC;
        if (why == DHCP4_EVENT_CARRIER) {
                bench_carrier(&b, false);
                b.now += USEC_PER_SEC;
                bench_carrier(&b, true);
        } else
                bench_simple(&b, why);
        g_assert_cmpuint(b.n_frames, ==, 1);
        g_assert_nonnull(dhcp4_client_lease(&b.client));
        return b;
}

/*
 * Returns a client that asks about its lease again. The lease is from ROUTER's network, and the router is
 * known.
 */
static Bench verifying(const Dhcp4ClientConfig *config, Dhcp4EventType why) {
        return verifying_as(config, why, "255.255.255.0", /* known= */ true);
}

static const Dhcp4EventType reasons[] = { DHCP4_EVENT_CARRIER, DHCP4_EVENT_RESUMED, DHCP4_EVENT_RENEW };

static bool router_is_asked(const Bench *b) {
        DnaQuestion question;

        dhcp4_client_dna(&b->client, &question);
        return question.task == DNA_VERIFY && question.gateways[0].address.s_addr == inet_addr(ROUTER) &&
                memcmp(question.gateways[0].mac, router_mac, 6) == 0;
}

static void router_answers(Bench *b) {
        Dhcp4Gateway gateway = { .address = ip(ROUTER) };

        memcpy(gateway.mac, router_mac, 6);
        bench_event(b, &(const Dhcp4Event){ .type = DHCP4_EVENT_GATEWAY, .gateway = gateway });
}

/*
 * A DISCOVER goes out beside the second REQUEST, and an offer of another network ends the lease a moment
 * later.
 */
static void test_moved(void) {
        const Dhcp4ClientConfig config = bench_config();
        usec_t began;

        for (size_t i = 0; i < G_N_ELEMENTS(reasons); i++) {
                Bench b = verifying(&config, reasons[i]);

                began = b.now;
                g_assert_false(b.has_beside);
                bench_dispatch(&b, USEC_INFINITY);
                g_assert_true(b.has_beside);
                g_assert_true(router_is_asked(&b));
                g_assert_true(dhcp4_message_has(&b.beside, DHCP4_OPTION_REQUESTED_IP));
                b.server = "192.0.2.1";
                b.offer = "192.0.2.77";
                b.router = "192.0.2.1";
                bench_answer(&b, DHCP4_OFFER);
                g_assert_nonnull(dhcp4_client_lease(&b.client)); /* a better answer may still come */
                bench_dispatch(&b, USEC_INFINITY);
                assert_state(&b, DHCP4_STATE_SELECTING);
                g_assert_null(dhcp4_client_lease(&b.client));
                g_assert_null(dhcp4_client_cached(&b.client));
                g_assert_cmpstr(dhcp4_loss_to_string(dhcp4_client_loss(&b.client)), ==, "moved");
                g_assert_false(dhcp4_message_has(&b.last, DHCP4_OPTION_REQUESTED_IP));
                bench_answer(&b, DHCP4_OFFER);
                bench_answer(&b, DHCP4_ACK);
                assert_state(&b, DHCP4_STATE_BOUND);
                g_assert_cmpuint(b.now - began, <, 2 * USEC_PER_SEC);
                g_assert_cmpuint(dhcp4_client_lease(&b.client)->address.s_addr, ==, inet_addr(b.offer));
        }
}

/*
 * No server answers: the lease stays. A DISCOVER goes out beside each REQUEST but the first, and soon the
 * client asks again.
 */
static void test_silence(void) {
        const Dhcp4ClientConfig config = bench_config();
        unsigned n_beside = 0;
        Bench b = verifying(&config, DHCP4_EVENT_CARRIER);

        while (bench_state(&b) == DHCP4_STATE_REBOOTING) {
                bench_dispatch(&b, USEC_INFINITY);
                n_beside += b.has_beside;
        }
        g_assert_cmpuint(n_beside, ==, 2);
        assert_state(&b, DHCP4_STATE_BOUND);
        g_assert_false(router_is_asked(&b));
        bench_dispatch(&b, USEC_INFINITY);
        assert_state(&b, DHCP4_STATE_RENEWING);
        g_assert_false(b.has_beside);
        g_assert_false(router_is_asked(&b)); /* most servers answer */
        bench_dispatch(&b, USEC_INFINITY);
        g_assert_true(b.has_beside);
        g_assert_true(router_is_asked(&b));
        /* The server of the lease is back and confirms it, which ends all doubts. */
        bench_answer(&b, DHCP4_ACK);
        assert_state(&b, DHCP4_STATE_BOUND);
        bench_dispatch(&b, USEC_INFINITY);
        bench_dispatch(&b, USEC_INFINITY);
        assert_state(&b, DHCP4_STATE_RENEWING);
        g_assert_false(b.has_beside);
}

/* The router confirms the network: whatever is offered does not count, and no DISCOVER goes out any more. */
static void test_router_answers(void) {
        const Dhcp4ClientConfig config = bench_config();

        for (size_t i = 0; i < G_N_ELEMENTS(reasons); i++)
                for (unsigned late = 0; late < 2; late++) {
                        Bench b = verifying(&config, reasons[i]);

                        bench_dispatch(&b, USEC_INFINITY);
                        g_assert_true(b.has_beside);
                        b.server = "192.0.2.1";
                        b.offer = "192.0.2.77";
                        if (!late)
                                router_answers(&b);
                        bench_answer(&b, DHCP4_OFFER);
                        if (late)
                                router_answers(&b);
                        g_assert_false(router_is_asked(&b));
                        for (unsigned n = 0; n < 20; n++) {
                                bench_dispatch(&b, b.now + 10 * USEC_PER_SEC);
                                g_assert_false(b.has_beside);
                                g_assert_nonnull(dhcp4_client_lease(&b.client));
                        }
                }
}

/* The same address is offered: the client requests it, and nothing is taken off the link. */
static void test_same_address(void) {
        const Dhcp4ClientConfig config = bench_config();

        for (unsigned answered = 0; answered < 2; answered++) {
                struct in_addr server_id;
                Bench b = verifying(&config, DHCP4_EVENT_CARRIER);

                bench_dispatch(&b, USEC_INFINITY);
                /* An OFFER of another network came first, and is the second choice. */
                b.server = "192.0.2.1";
                b.offer = "192.0.2.77";
                bench_answer(&b, DHCP4_OFFER);
                b.server = OTHER;
                b.offer = OFFER;
                bench_answer(&b, DHCP4_OFFER);
                bench_dispatch(&b, USEC_INFINITY);
                assert_state(&b, DHCP4_STATE_REQUESTING);
                g_assert_nonnull(dhcp4_client_lease(&b.client));
                g_assert_cmpuint(b.last.header.xid, ==, b.beside.header.xid);
                g_assert_cmpuint(b.last.header.secs, ==, b.beside.header.secs);
                g_assert_cmpint(dhcp4_message_get_addr(&b.last, DHCP4_OPTION_SERVER_ID, &server_id), ==, 0);
                g_assert_cmpuint(server_id.s_addr, ==, inet_addr(OTHER));
                if (answered) {
                        bench_answer(&b, DHCP4_ACK);
                        g_assert_cmpuint(dhcp4_client_lease(&b.client)->granted_at, ==, b.now);
                } else
                        while (bench_state(&b) == DHCP4_STATE_REQUESTING) {
                                bench_dispatch(&b, USEC_INFINITY);
                                g_assert_nonnull(dhcp4_client_lease(&b.client));
                        }
                assert_state(&b, DHCP4_STATE_BOUND);
                g_assert_cmpuint(dhcp4_client_lease(&b.client)->address.s_addr, ==, inet_addr(OFFER));
        }
}

/* What happens while the same address is requested: a sleep, the end of the carrier, a conflict. */
static void test_same_address_events(void) {
        const Dhcp4ClientConfig config = bench_config();

        for (unsigned i = 0; i < 3; i++) {
                Bench b = verifying(&config, DHCP4_EVENT_CARRIER);

                bench_dispatch(&b, USEC_INFINITY);
                b.server = OTHER;
                bench_answer(&b, DHCP4_OFFER);
                bench_dispatch(&b, USEC_INFINITY);
                assert_state(&b, DHCP4_STATE_REQUESTING);
                switch (i) {
                case 0:
                        b.now += USEC_PER_SEC / 10;
                        bench_simple(&b, DHCP4_EVENT_RESUMED);
                        assert_state(&b, DHCP4_STATE_REBOOTING);
                        g_assert_nonnull(dhcp4_client_lease(&b.client));
                        break;
                case 1:
                        bench_carrier(&b, false);
                        assert_state(&b, DHCP4_STATE_BOUND);
                        g_assert_nonnull(dhcp4_client_lease(&b.client));
                        break;
                case 2:
                        bench_simple(&b, DHCP4_EVENT_PROBE_CONFLICT);
                        g_assert_null(dhcp4_client_lease(&b.client));
                        g_assert_cmpint(b.last.type, ==, DHCP4_DECLINE);
                        break;
                }
        }
}

/* Which offers of another address are offers of another network. */
static void test_which_network(void) {
        static const struct {
                const char *server, *offer, *router;
                bool known, moved;
        } cases[] = {
                { OTHER, "10.0.0.99", ROUTER, true, true }, /* the router of the lease is silent */
                /* perhaps a second server of the same network */
                { OTHER, "10.0.0.99", ROUTER, false, false },
                { OTHER, "10.0.0.99", NULL, false, false },
                { OTHER, "10.0.0.99", "10.0.0.253", false, true },
                /* the server that granted the lease, which should know */
                { SERVER, "10.0.0.99", ROUTER, false, true },
                { OTHER, "10.0.1.99", ROUTER, false, true },
        };
        Dhcp4ClientConfig config = bench_config();

        for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
                Bench b;

                config.stored = cases[i].known ? DHCP4_STORED_CONFIRMED : DHCP4_STORED_NEVER;
                b = verifying(&config, DHCP4_EVENT_CARRIER);
                bench_dispatch(&b, USEC_INFINITY);
                b.server = cases[i].server;
                b.offer = cases[i].offer;
                b.router = cases[i].router;
                bench_answer(&b, DHCP4_OFFER);
                bench_dispatch(&b, b.now + 300 * USEC_PER_MSEC);
                g_test_message("case %zu", i);
                g_assert_cmpint(dhcp4_client_lease(&b.client) == NULL, ==, cases[i].moved);
        }
}

/* The narrower of the two masks says what the network is. A missing mask says nothing. */
static void test_which_mask(void) {
        static const struct {
                const char *mask, *offered_mask, *offer;
                bool moved;
        } cases[] = {
                { "255.255.255.0", "255.255.255.0", "10.0.0.99", false },
                { NULL, "255.255.255.0", "10.0.0.99", false },
                { "255.255.255.0", NULL, "10.0.0.99", false },
                { "255.255.255.0", NULL, "10.0.1.99", true },
                { NULL, "255.255.255.0", "10.0.1.99", true },
                { "255.255.0.0", "255.255.255.0", "10.0.1.99", true },
                { "255.255.255.0", "255.255.0.0", "10.0.1.99", true },
                { "255.255.0.0", "255.255.0.0", "10.0.1.99", false },
                { NULL, NULL, "10.0.0.51", true },
                /* /31 is a mask as any other, and the one that a point-to-point link has. */
                { "255.255.255.254", "255.255.255.0", "10.0.0.99", true },
                { "255.255.255.0", "255.255.255.254", "10.0.0.99", true },
        };
        Dhcp4ClientConfig config = bench_config();

        config.stored = DHCP4_STORED_NEVER;
        for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
                Bench b = verifying_as(&config, DHCP4_EVENT_CARRIER, cases[i].mask, /* known= */ false);

                bench_dispatch(&b, USEC_INFINITY);
                b.server = OTHER;
                b.offer = cases[i].offer;
                b.mask = cases[i].offered_mask;
                bench_answer(&b, DHCP4_OFFER);
                bench_dispatch(&b, b.now + 300 * USEC_PER_MSEC);
                g_test_message("case %zu", i);
                g_assert_cmpint(dhcp4_client_lease(&b.client) == NULL, ==, cases[i].moved);
        }
}

/* A router whose hardware address is unknown cannot be asked, so it does not count as silent. */
static void test_unknown_router_is_not_silent(void) {
        const Dhcp4ClientConfig config = bench_config();
        Bench b = verifying_as(&config, DHCP4_EVENT_CARRIER, "255.255.255.0", /* known= */ false);

        bench_dispatch(&b, USEC_INFINITY);
        b.server = OTHER;
        b.offer = "10.0.0.99";
        bench_answer(&b, DHCP4_OFFER);
        bench_dispatch(&b, b.now + 300 * USEC_PER_MSEC);
        g_assert_nonnull(dhcp4_client_lease(&b.client));
}

/*
 * All DISCOVERs beside the REQUESTs of one verification have one xid. Those of the next verification have
 * another one. Each of them counts for the pace.
 */
static void test_xid_beside(void) {
        const Dhcp4ClientConfig config = bench_config();
        Bench b = verifying(&config, DHCP4_EVENT_CARRIER);
        uint32_t xid;

        for (unsigned i = 0; i < 2; i++) {
                const usec_t pace_at = MAX(b.client.pace_at, dhcp4_client_next_deadline(&b.client));

                bench_dispatch(&b, USEC_INFINITY);
                g_assert_true(b.has_beside);
                g_assert_cmpuint(b.client.pace_at, ==, pace_at + 2 * DHCP4_PACE_USEC);
                if (i == 0)
                        xid = b.beside.header.xid;
                else
                        g_assert_cmpuint(b.beside.header.xid, ==, xid);
        }
        bench_simple(&b, DHCP4_EVENT_RESUMED);
        assert_state(&b, DHCP4_STATE_REBOOTING);
        bench_dispatch(&b, USEC_INFINITY);
        g_assert_true(b.has_beside);
        g_assert_cmpuint(b.beside.header.xid, !=, xid);
}

/*
 * No server confirms the lease: REQUESTs go out for half a minute, again soon after, and again after an
 * hour. They do not go on until T2.
 */
static void test_in_vain_is_put_off(void) {
        const Dhcp4ClientConfig config = bench_config();
        usec_t began;
        unsigned n;
        Bench b;

        bench_init(&b, &config);
        b.lifetime_sec = 86400;
        bench_bind(&b);
        b.now += 60 * USEC_PER_SEC;
        bench_simple(&b, DHCP4_EVENT_RESUMED);
        while (bench_state(&b) != DHCP4_STATE_RENEWING)
                bench_dispatch(&b, USEC_INFINITY);
        began = b.now;
        for (n = 0; bench_state(&b) == DHCP4_STATE_RENEWING; n++)
                bench_dispatch(&b, USEC_INFINITY);
        assert_state(&b, DHCP4_STATE_BOUND);
        g_assert_cmpuint(n, ==, 5);
        g_assert_cmpuint(b.now - began, <=, 40 * USEC_PER_SEC);
        g_assert_cmpuint(dhcp4_client_next_deadline(&b.client), ==, b.now + 3600 * USEC_PER_SEC);
}

/*
 * The host slept while the same address was requested, and no event said so: the lease is verified from
 * the beginning.
 */
static void test_slept_over_same_address(void) {
        const Dhcp4ClientConfig config = bench_config();
        Bench b = verifying(&config, DHCP4_EVENT_CARRIER);

        bench_dispatch(&b, USEC_INFINITY);
        b.server = OTHER;
        bench_answer(&b, DHCP4_OFFER);
        bench_dispatch(&b, USEC_INFINITY);
        assert_state(&b, DHCP4_STATE_REQUESTING);
        b.now += 600 * USEC_PER_SEC;
        dhcp4_client_dispatch(&b.client, b.now);
        bench_drain(&b);
        assert_state(&b, DHCP4_STATE_REBOOTING);
        g_assert_nonnull(dhcp4_client_lease(&b.client));
}

/* Of several OFFERs of the same address the first one counts, and the others are ignored. */
static void test_first_of_same_address(void) {
        const Dhcp4ClientConfig config = bench_config();
        Bench b = verifying(&config, DHCP4_EVENT_CARRIER);
        struct in_addr server_id;
        uint64_t ignored;

        bench_dispatch(&b, USEC_INFINITY);
        b.server = OTHER;
        bench_answer(&b, DHCP4_OFFER);
        ignored = dhcp4_client_counters(&b.client)->ignored;
        b.server = "10.0.0.3";
        bench_answer(&b, DHCP4_OFFER);
        g_assert_cmpuint(dhcp4_client_counters(&b.client)->ignored, ==, ignored + 1);
        bench_dispatch(&b, USEC_INFINITY);
        assert_state(&b, DHCP4_STATE_REQUESTING);
        g_assert_cmpint(dhcp4_message_get_addr(&b.last, DHCP4_OPTION_SERVER_ID, &server_id), ==, 0);
        g_assert_cmpuint(server_id.s_addr, ==, inet_addr(OTHER));
}

/*
 * Another node of the cluster that offered the same address answers. The client knows it by the
 * link-layer source of the OFFER.
 */
static void test_same_address_by_cluster(void) {
        const Dhcp4ClientConfig config = bench_config();

        for (unsigned same_source = 0; same_source < 2; same_source++) {
                Bench b = verifying(&config, DHCP4_EVENT_CARRIER);

                bench_dispatch(&b, USEC_INFINITY);
                b.server = OTHER;
                b.hw = &bench_other_hw;
                bench_answer(&b, DHCP4_OFFER);
                bench_dispatch(&b, USEC_INFINITY);
                assert_state(&b, DHCP4_STATE_REQUESTING);
                b.server = "10.0.0.3";
                b.hw = same_source ? &bench_other_hw : &bench_server_hw;
                bench_answer(&b, DHCP4_ACK);
                assert_state(&b, same_source ? DHCP4_STATE_BOUND : DHCP4_STATE_REQUESTING);
        }
}

/*
 * The answer to the DISCOVER beside the REQUEST tells whether answers have to be broadcast. The next
 * lease keeps this.
 */
static void test_moved_broadcast(void) {
        const Dhcp4ClientConfig config = bench_config();

        for (unsigned flagged = 0; flagged < 2; flagged++) {
                Bench b = verifying(&config, DHCP4_EVENT_CARRIER);

                for (unsigned i = 0; i < 1 + flagged; i++)
                        bench_dispatch(&b, USEC_INFINITY);
                g_assert_true(b.has_beside);
                g_assert_cmpint((b.beside.header.flags & DHCP4_FLAG_BROADCAST) != 0, ==, flagged);
                b.server = "192.0.2.1";
                b.offer = "192.0.2.77";
                bench_answer(&b, DHCP4_OFFER);
                bench_dispatch(&b, USEC_INFINITY);
                assert_state(&b, DHCP4_STATE_SELECTING);
                /* The first DISCOVER tests whether the link hears an answer without the flag. */
                g_assert_cmpuint(b.last.header.flags & DHCP4_FLAG_BROADCAST, ==, 0);
                bench_dispatch(&b, USEC_INFINITY);
                g_assert_cmpint((b.last.header.flags & DHCP4_FLAG_BROADCAST) != 0, ==, flagged);
                bench_answer(&b, DHCP4_OFFER);
                bench_answer(&b, DHCP4_ACK);
                assert_state(&b, DHCP4_STATE_BOUND);
                g_assert_cmpuint(dhcp4_client_lease(&b.client)->broadcast, ==, 2 * flagged);
        }
}

/* Failures on the earlier network do not count on the next one: its first NAK costs no wait. */
static void test_moved_forgets_failures(void) {
        const Dhcp4ClientConfig config = bench_config();
        Bench b = bench_selecting(&config);

        bench_answer(&b, DHCP4_OFFER);
        bench_answer(&b, DHCP4_NAK);
        bench_answer(&b, DHCP4_OFFER);
        bench_answer(&b, DHCP4_ACK);
        assert_state(&b, DHCP4_STATE_BOUND);
        b.now += USEC_PER_SEC;
        bench_simple(&b, DHCP4_EVENT_RESUMED);
        bench_dispatch(&b, USEC_INFINITY);
        g_assert_true(b.has_beside);
        b.server = "192.0.2.1";
        b.offer = "192.0.2.77";
        bench_answer(&b, DHCP4_OFFER);
        bench_dispatch(&b, USEC_INFINITY);
        assert_state(&b, DHCP4_STATE_SELECTING);
        bench_answer(&b, DHCP4_OFFER);
        bench_answer(&b, DHCP4_NAK);
        assert_state(&b, DHCP4_STATE_SELECTING);
}

/* An OFFER that answers no message of this client, or another message, does nothing. */
static void test_stray_offers(void) {
        const Dhcp4ClientConfig config = bench_config();
        Bench b = verifying(&config, DHCP4_EVENT_CARRIER);

        b.server = "192.0.2.1";
        b.offer = "192.0.2.77";
        bench_answer(&b, DHCP4_OFFER); /* there was no DISCOVER yet */
        bench_dispatch(&b, USEC_INFINITY);
        assert_state(&b, DHCP4_STATE_REBOOTING);
        b.beside.header.xid = b.last.header.xid;
        bench_answer(&b, DHCP4_OFFER); /* to the REQUEST */
        bench_dispatch(&b, b.now + 400 * USEC_PER_MSEC);
        assert_state(&b, DHCP4_STATE_REBOOTING);
        g_assert_nonnull(dhcp4_client_lease(&b.client));
}

/*
 * On wireless links the first frame is repeated after a tenth of a second, once for each carrier. All
 * else is sent when it would be sent otherwise.
 */
static void test_wireless(void) {
        Dhcp4ClientConfig config = bench_config();
        usec_t sent_at[2][3];

        for (unsigned wireless = 0; wireless < 2; wireless++) {
                Bench b;

                config.wireless = wireless;
                b = bench_selecting(&config);
                for (unsigned i = 0; i < 3; i++) {
                        sent_at[wireless][i] = b.now;
                        bench_dispatch(&b, USEC_INFINITY);
                }
                /* The first frame that asks for a lease again is repeated as well. A renewal is not. */
                bench_answer(&b, DHCP4_OFFER);
                bench_answer(&b, DHCP4_ACK);
                bench_carrier(&b, false);
                bench_silence(&b, b.now + 10 * USEC_PER_SEC);
                bench_carrier(&b, true);
                assert_state(&b, DHCP4_STATE_REBOOTING);
                g_assert_cmpint(dhcp4_client_next_deadline(&b.client) == b.now + 100 * USEC_PER_MSEC, ==,
                                wireless);
                bench_answer(&b, DHCP4_ACK);
                b.now += 60 * USEC_PER_SEC;
                bench_simple(&b, DHCP4_EVENT_RENEW);
                assert_state(&b, DHCP4_STATE_RENEWING);
                g_assert_cmpuint(dhcp4_client_next_deadline(&b.client), >, b.now + 400 * USEC_PER_MSEC);
        }
        g_assert_cmpuint(sent_at[1][1], ==, T0 + 100 * USEC_PER_MSEC);
        g_assert_cmpuint(sent_at[1][2], >, sent_at[1][1] + 400 * USEC_PER_MSEC);
        g_assert_cmpuint(sent_at[0][1], >=, T0 + 500 * USEC_PER_MSEC);
}

int main(int argc, char *argv[]) {
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/dhcp4-client-verify/moved", test_moved);
        g_test_add_func("/dhcp4-client-verify/silence", test_silence);
        g_test_add_func("/dhcp4-client-verify/router-answers", test_router_answers);
        g_test_add_func("/dhcp4-client-verify/same-address", test_same_address);
        g_test_add_func("/dhcp4-client-verify/same-address-events", test_same_address_events);
        g_test_add_func("/dhcp4-client-verify/which-network", test_which_network);
        g_test_add_func("/dhcp4-client-verify/which-mask", test_which_mask);
        g_test_add_func("/dhcp4-client-verify/unknown-router-is-not-silent",
                        test_unknown_router_is_not_silent);
        g_test_add_func("/dhcp4-client-verify/xid-beside", test_xid_beside);
        g_test_add_func("/dhcp4-client-verify/in-vain-is-put-off", test_in_vain_is_put_off);
        g_test_add_func("/dhcp4-client-verify/slept-over-same-address", test_slept_over_same_address);
        g_test_add_func("/dhcp4-client-verify/first-of-same-address", test_first_of_same_address);
        g_test_add_func("/dhcp4-client-verify/same-address-by-cluster", test_same_address_by_cluster);
        g_test_add_func("/dhcp4-client-verify/moved-broadcast", test_moved_broadcast);
        g_test_add_func("/dhcp4-client-verify/moved-forgets-failures", test_moved_forgets_failures);
        g_test_add_func("/dhcp4-client-verify/stray-offers", test_stray_offers);
        g_test_add_func("/dhcp4-client-verify/wireless", test_wireless);
        return g_test_run();
}
