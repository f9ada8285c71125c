/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Events of the client (core/dhcp4-client-event.c) in states in which they are rare, and with a past that
 * is rare: what they end, and what they begin anew.
 */
#include "tests/unit/client-fixture.h"

#define AFTER (10 * USEC_PER_SEC)

static Dhcp4ClientConfig informing(void) {
        Dhcp4ClientConfig config = bench_config();

        config.inform = ip("10.0.0.9");
        config.inform_prefix_len = 24;
        return config;
}

/* START ends what a server said before it. */
static void test_start_ends_nak_text(void) {
        static const uint8_t option_56[] = { DHCP4_OPTION_MESSAGE, 4, 'a', 'w', 'a', 'y' };
        const Dhcp4ClientConfig config = bench_config();
        Bench b = bench_selecting(&config);
        uint8_t data[DHCP4_MESSAGE_MAX_LEN];
        size_t len;

        bench_answer(&b, DHCP4_OFFER);
        len = bench_build(&b, DHCP4_NAK, data);
        g_assert_cmpuint(len, <, sizeof(data) - sizeof(option_56));
        memmove(data + 243 + sizeof(option_56), data + 243, len - 243); /* behind the type */
        memcpy(data + 243, option_56, sizeof(option_56));
        bench_message(&b, data, len + sizeof(option_56));
        g_assert_cmpstr(dhcp4_client_nak_text(&b.client), ==, "away");
        bench_stop(&b, false);
        g_assert_cmpstr(dhcp4_client_nak_text(&b.client), ==, "away");
        bench_start(&b, NULL, false);
        g_assert_cmpstr(dhcp4_client_nak_text(&b.client), ==, "");
}

/* A remembered lease that is not on the link is not taken for one that an earlier daemon put there. */
static void test_start_with_what_is_not_held(void) {
        Dhcp4ClientConfig config = informing();
        Dhcp4Source own, fallback;
        Bench b;

        bench_init(&b, &config);
        bench_start(&b, NULL, false);
        bench_carrier(&b, true);
        g_assert_true(dhcp4_client_in_force(&b.client, &own));
        for (unsigned held = 0; held < 2; held++) {
                bench_init(&b, &config);
                bench_start_own(&b, &own, held);
                g_assert_cmpint(dhcp4_client_in_force(&b.client, &fallback), ==, held);
        }
        /* The same address, and another one is configured by now. */
        config.inform = ip("10.0.0.10");
        bench_init(&b, &config);
        bench_start_own(&b, &own, true);
        g_assert_false(dhcp4_client_in_force(&b.client, &fallback));

        config = bench_config();
        config.fallback = (Dhcp4Fallback){ .kind = DHCP4_FALLBACK_STATIC,
                                           .after_usec = AFTER,
                                           .address = ip("192.0.2.7"),
                                           .prefix_len = 24 };
        own = dhcp4_source_own(DHCP4_LEASE_STATIC, ip("192.0.2.7"), 24, ip("0.0.0.0"), T0 - AFTER);
        for (unsigned held = 0; held < 2; held++) {
                bench_init(&b, &config);
                bench_start_own(&b, &own, held);
                g_assert_cmpint(dhcp4_client_fallback(&b.client, &fallback), ==, held);
                if (held) /* the age of the lease counts, not that of the daemon */
                        g_assert_cmpuint(fallback.granted_at, ==, own.granted_at);
        }
        /* Nothing is held, which some caller may say of nothing. */
        bench_init(&b, &config);
        bench_start(&b, NULL, true);
        g_assert_false(dhcp4_client_fallback(&b.client, &fallback));
}

/*
 * A lease with the address of the fallback is not the fallback, and the fallback of a former configuration
 * is not the one of this configuration.
 */
static void test_start_with_another_fallback(void) {
        Dhcp4ClientConfig config = bench_config();
        Dhcp4Source own, fallback;
        Dhcp4Lease held;
        Bench b;

        bench_init(&b, &config);
        bench_bind(&b);
        held = *dhcp4_client_lease(&b.client);
        config.fallback = (Dhcp4Fallback){
                .kind = DHCP4_FALLBACK_STATIC, .after_usec = AFTER, .address = ip(OFFER), .prefix_len = 24
        };
        bench_init(&b, &config);
        bench_start(&b, &held, true);
        assert_state(&b, DHCP4_STATE_BOUND);
        bench_stop(&b, false);
        b.now += USEC_PER_SEC;
        held.origin = DHCP4_LEASE_DHCP;
        held.lifetime_usec = USEC_PER_SEC / 2; /* over, so nothing hides a fallback */
        bench_start(&b, &held, true);
        g_assert_false(dhcp4_client_fallback(&b.client, &fallback));

        own = dhcp4_source_own(DHCP4_LEASE_STATIC, ip("192.0.2.8"), 24, ip("0.0.0.0"), b.now);
        bench_init(&b, &config);
        bench_start_own(&b, &own, true);
        g_assert_false(dhcp4_client_fallback(&b.client, &fallback));
}

/*
 * The wait for the fallback counts silence. Without a carrier no server could have answered, so the wait
 * begins anew.
 */
static void test_fallback_without_carrier(void) {
        Dhcp4ClientConfig config = bench_config();
        Dhcp4Source fallback;
        usec_t back_at;
        Bench b;

        config.fallback = (Dhcp4Fallback){ .kind = DHCP4_FALLBACK_STATIC,
                                           .after_usec = AFTER,
                                           .address = ip("192.0.2.7"),
                                           .prefix_len = 24 };
        b = bench_selecting(&config);
        (void) bench_silence(&b, b.now + AFTER / 2);
        bench_carrier(&b, false);
        g_assert_cmpuint(dhcp4_client_next_deadline(&b.client), ==, USEC_INFINITY);
        (void) bench_silence(&b, b.now + 10 * AFTER);
        g_assert_false(dhcp4_client_fallback(&b.client, &fallback));
        bench_carrier(&b, true);
        back_at = b.now;
        (void) bench_silence(&b, back_at + AFTER - 1);
        g_assert_false(dhcp4_client_fallback(&b.client, &fallback));
        (void) bench_silence(&b, back_at + AFTER);
        g_assert_true(dhcp4_client_fallback(&b.client, &fallback));
}

/* A network that needs no IPv4 leaves no lease to be remembered, and no address to be asked for. */
static void test_ipv6_only_forgets(void) {
        static const uint8_t option_108[] = { DHCP4_OPTION_IPV6_ONLY, 4, 0, 0, 2, 88 };
        Dhcp4ClientConfig config = bench_config();
        Dhcp4Lease lease;
        uint64_t ignored;
        Bench b;

        config.ipv6_only = true;
        bench_init(&b, &config);
        bench_bind(&b);
        lease = *dhcp4_client_lease(&b.client);
        bench_init(&b, &config);
        b.options = option_108;
        b.options_len = sizeof(option_108);
        bench_start(&b, &lease, false);
        bench_carrier(&b, true);
        assert_state(&b, DHCP4_STATE_REBOOTING);
        ignored = dhcp4_client_counters(&b.client)->ignored;
        bench_answer(&b, DHCP4_ACK);
        g_assert_true(dhcp4_client_is_ipv6_only(&b.client));
        g_assert_cmpuint(dhcp4_client_counters(&b.client)->ignored, ==, ignored);
        g_assert_null(dhcp4_client_cached(&b.client));
        bench_dispatch(&b, USEC_INFINITY);
        assert_state(&b, DHCP4_STATE_SELECTING);
        g_assert_false(dhcp4_message_has(&b.last, DHCP4_OPTION_REQUESTED_IP));

        /* Beside a lease in force such an OFFER changes nothing, and is counted as ignored. */
        bench_init(&b, &config);
        bench_bind(&b);
        b.now += 60 * USEC_PER_SEC;
        bench_simple(&b, DHCP4_EVENT_RESUMED);
        bench_dispatch(&b, USEC_INFINITY);
        g_assert_true(b.has_beside);
        b.options = option_108;
        b.options_len = sizeof(option_108);
        ignored = dhcp4_client_counters(&b.client)->ignored;
        bench_answer(&b, DHCP4_OFFER);
        g_assert_cmpuint(dhcp4_client_counters(&b.client)->ignored, ==, ignored + 1);
        g_assert_nonnull(dhcp4_client_lease(&b.client));
}

/*
 * A wireless link repeats only the first frame after a new carrier. A carrier that was there all the time is
 * not new.
 */
static void test_adopted_repeats_nothing(void) {
        Dhcp4ClientConfig config = bench_config();
        Dhcp4Lease lease;
        Bench b;

        config.wireless = true;
        bench_init(&b, &config);
        bench_bind(&b);
        lease = *dhcp4_client_lease(&b.client);
        bench_init(&b, &config);
        bench_start(&b, &lease, true);
        bench_carrier(&b, true);
        assert_state(&b, DHCP4_STATE_BOUND);
        b.now += USEC_PER_SEC;
        bench_simple(&b, DHCP4_EVENT_RESUMED);
        assert_state(&b, DHCP4_STATE_REBOOTING);
        g_assert_cmpuint(dhcp4_client_next_deadline(&b.client), >, b.now + 400 * USEC_PER_MSEC);
}

/* A frame that is repeated is the same attempt, and is counted as a repeated frame. */
static void test_repeated_frame(void) {
        Dhcp4ClientConfig config = bench_config();
        Bench b;

        config.wireless = true;
        b = bench_selecting(&config);
        g_assert_cmpuint(dhcp4_client_counters(&b.client)->retransmissions, ==, 0);
        bench_dispatch(&b, USEC_INFINITY);
        g_assert_cmpuint(dhcp4_client_search(&b.client)->attempts, ==, 1);
        g_assert_cmpuint(dhcp4_client_counters(&b.client)->retransmissions, ==, 1);
        for (unsigned i = 2; i < 6; i++) {
                bench_dispatch(&b, USEC_INFINITY);
                g_assert_cmpuint(dhcp4_client_search(&b.client)->attempts, ==, i);
                g_assert_cmpuint(dhcp4_client_counters(&b.client)->retransmissions, ==, i);
        }
}

/* Returns a client that waits after @n NAKs in a row. */
static Bench refused(unsigned n) {
        const Dhcp4ClientConfig config = bench_config();
        Bench b = bench_selecting(&config);

        for (unsigned i = 0; i < n; i++) {
                while (bench_state(&b) != DHCP4_STATE_SELECTING)
                        bench_dispatch(&b, USEC_INFINITY);
                bench_offer(&b);
                bench_answer(&b, DHCP4_NAK);
        }
        return b;
}

/*
 * The first NAK costs no wait, the second one costs two seconds, and each further one twice as much as
 * the one before, and up to a quarter more.
 */
static void test_wait_after_naks(void) {
        for (unsigned n = 1; n < 8; n++) {
                const Bench b = refused(n);
                const usec_t wait = (1u << (n - 1)) * USEC_PER_SEC;

                if (n == 1) {
                        assert_state(&b, DHCP4_STATE_SELECTING);
                        continue;
                }
                assert_state(&b, DHCP4_STATE_INIT);
                g_assert_cmpuint(dhcp4_client_next_deadline(&b.client), >=, b.now + wait);
                g_assert_cmpuint(dhcp4_client_next_deadline(&b.client), <=, b.now + wait + wait / 4);
        }
}

/*
 * When somebody asks for another try or wakes the host up, the client does not wait, and earlier failures do
 * not count.
 */
static void test_no_more_waiting(void) {
        static const Dhcp4EventType types[] = { DHCP4_EVENT_RENEW, DHCP4_EVENT_RESUMED };

        for (size_t i = 0; i < G_N_ELEMENTS(types); i++) {
                Bench b = refused(6);

                assert_state(&b, DHCP4_STATE_INIT);
                b.now += 2 * USEC_PER_SEC;
                bench_simple(&b, types[i]);
                assert_state(&b, DHCP4_STATE_SELECTING);
                g_assert_cmpuint(b.n_frames, ==, 1);
                bench_offer(&b);
                bench_answer(&b, DHCP4_NAK);
                assert_state(&b, DHCP4_STATE_SELECTING); /* the first in a row */
        }
}

/* After a sleep the client asks about a configured address again as well, in an exchange of its own. */
static void test_inform_resumed(void) {
        const Dhcp4ClientConfig config = informing();
        uint32_t xid;
        Bench b;

        bench_init(&b, &config);
        b.offer = "0.0.0.0";
        bench_start(&b, NULL, false);
        bench_carrier(&b, true);
        assert_state(&b, DHCP4_STATE_INFORMING);
        xid = dhcp4_client_xid(&b.client);
        bench_answer(&b, DHCP4_ACK);
        assert_state(&b, DHCP4_STATE_BOUND);
        b.now += 600 * USEC_PER_SEC;
        bench_simple(&b, DHCP4_EVENT_RESUMED);
        assert_state(&b, DHCP4_STATE_INFORMING);
        g_assert_cmpint(b.last.type, ==, DHCP4_INFORM);
        g_assert_cmpuint(dhcp4_client_xid(&b.client), !=, xid);
        g_assert_cmpuint(b.last.header.secs, ==, 1);
}

/* A renewal that the user asks for is an exchange of its own as well. */
static void test_renew_is_an_exchange(void) {
        const Dhcp4ClientConfig config = bench_config();
        uint32_t xid;
        Bench b;

        bench_init(&b, &config);
        bench_bind(&b);
        xid = dhcp4_client_xid(&b.client);
        b.now += 600 * USEC_PER_SEC;
        bench_simple(&b, DHCP4_EVENT_RENEW);
        assert_state(&b, DHCP4_STATE_RENEWING);
        g_assert_cmpuint(dhcp4_client_xid(&b.client), !=, xid);
        g_assert_cmpuint(b.last.header.secs, ==, 1);
}

/*
 * A router that is not in the lease confirms nothing, and a router that answers when the lease ends confirms
 * nothing either.
 */
static void test_routers(void) {
        const Dhcp4Gateway router = { .address = ip("10.0.0.254"), .mac = { 2, 0xdd, 0, 0, 0, 1 } };
        const Dhcp4ClientConfig config = bench_config();
        Dhcp4Lease lease;

        for (unsigned i = 0; i < 3; i++) {
                Dhcp4Gateway gateway = router;
                Bench b;

                bench_init(&b, &config);
                b.router = "10.0.0.254";
                bench_bind(&b);
                bench_event(&b, &(const Dhcp4Event){ .type = DHCP4_EVENT_GATEWAY, .gateway = router });
                lease = *dhcp4_client_lease(&b.client);
                bench_init(&b, &config);
                b.now = dhcp4_lease_expires_at(&lease) - USEC_PER_SEC / 2;
                bench_start(&b, &lease, false);
                bench_carrier(&b, true);
                assert_state(&b, DHCP4_STATE_REBOOTING);
                if (i == 1)
                        gateway.address = ip("10.0.0.253");
                if (i == 2)
                        b.now = dhcp4_lease_expires_at(&lease);
                bench_event(&b, &(const Dhcp4Event){ .type = DHCP4_EVENT_GATEWAY, .gateway = gateway });
                g_assert_cmpint(dhcp4_client_lease(&b.client) != NULL, ==, i == 0);
                g_assert_cmpint(dhcp4_client_loss(&b.client), ==, DHCP4_LOSS_NONE);
        }
}

/*
 * A client that sends no identifier accepts any identifier in the answer (RFC 6842 §3: a server echoes what
 * it got).
 */
static void test_no_identifier(void) {
        static const uint8_t id[] = { 1, 2, 3, 4, 5, 6, 7 };

        for (unsigned with = 0; with < 2; with++) {
                Dhcp4ClientConfig config = bench_config();
                uint8_t data[DHCP4_MESSAGE_MAX_LEN];
                size_t len;
                Bench b;

                bench_init(&b, &config);
                bench_start(&b, NULL, false);
                bench_carrier(&b, true);
                if (!with)
                        b.client.config.client_id_len = 0;
                b.client_id = id;
                b.client_id_len = sizeof(id);
                len = bench_build(&b, DHCP4_OFFER, data);
                dhcp4_client_input(
                        &b.client, b.now,
                        &(const Dhcp4Event){ .type = DHCP4_EVENT_MESSAGE,
                                             .message = { .data = data, .len = len, .source_hw = b.hw } });
                assert_state(&b, with ? DHCP4_STATE_SELECTING : DHCP4_STATE_REQUESTING);
        }
}

/*
 * The first message of an exchange may go out without the broadcast flag, as a trial. The trial ends with
 * the exchange. An answer to the next exchange, which has the flag from the beginning, tells nothing new.
 */
static void test_trial_ends_with_exchange(void) {
        const Dhcp4ClientConfig config = bench_config();
        unsigned n = 0;
        Dhcp4Lease lease;
        Bench b;

        bench_init(&b, &config);
        bench_bind(&b);
        lease = *dhcp4_client_lease(&b.client);
        for (unsigned i = 0; i < 100; i++) {
                const uint8_t key[PRNG_KEY_LEN] = { (uint8_t) i };
                bool flagged[2];

                bench_init(&b, &config);
                dhcp4_client_init(&b.client, &config, key);
                lease.broadcast = 2;
                for (unsigned k = 0; k < 2; k++) {
                        if (k > 0)
                                bench_stop(&b, false);
                        b.now += USEC_PER_SEC;
                        bench_start(&b, &lease, false);
                        bench_carrier(&b, true);
                        assert_state(&b, DHCP4_STATE_REBOOTING);
                        flagged[k] = b.last.header.flags & DHCP4_FLAG_BROADCAST;
                        if (!flagged[k])
                                bench_dispatch(&b, USEC_INFINITY); /* to the second message, which has it */
                        bench_answer(&b, DHCP4_ACK);
                        assert_state(&b, DHCP4_STATE_BOUND);
                        g_assert_cmpuint(dhcp4_client_lease(&b.client)->broadcast, ==, 2 + !flagged[k]);
                }
                n += !flagged[0] && flagged[1];
        }
        g_assert_cmpuint(n, >, 10);
}

/*
 * If a REQUEST was answered only when it asked for a broadcast, the next exchange asks for broadcasts
 * from the beginning.
 */
static void test_request_needs_broadcast(void) {
        const Dhcp4ClientConfig config = bench_config();
        Bench b = bench_selecting(&config);

        bench_answer(&b, DHCP4_OFFER);
        g_assert_cmpuint(b.last.header.flags & DHCP4_FLAG_BROADCAST, ==, 0);
        bench_dispatch(&b, USEC_INFINITY);
        bench_dispatch(&b, USEC_INFINITY);
        g_assert_cmpuint(b.last.header.flags & DHCP4_FLAG_BROADCAST, !=, 0);
        bench_answer(&b, DHCP4_ACK);
        assert_state(&b, DHCP4_STATE_BOUND);
        g_assert_cmpuint(dhcp4_client_lease(&b.client)->broadcast, ==, 1);
}

/* Each client draws numbers of its own, from the key that it is given. */
static void test_key(void) {
        const Dhcp4ClientConfig config = bench_config();
        uint32_t xids[3];

        for (size_t i = 0; i < G_N_ELEMENTS(xids); i++) {
                const uint8_t key[PRNG_KEY_LEN] = { (uint8_t) (i / 2) };
                Bench b;

                bench_init(&b, &config);
                dhcp4_client_init(&b.client, &config, key);
                bench_start(&b, NULL, false);
                bench_carrier(&b, true);
                xids[i] = dhcp4_client_xid(&b.client);
        }
        g_assert_cmpuint(xids[0], ==, xids[1]);
        g_assert_cmpuint(xids[0], !=, xids[2]);
}

/* Configuration beyond its bounds ends the program, also when it is set later. */
static void test_set_config_beyond(void) {
        Dhcp4ClientConfig config = bench_config();
        Bench b;

        if (g_test_subprocess()) {
                bench_init(&b, &config);
                config.send_len = DHCP4_SEND_MAX + 1;
                dhcp4_client_set_config(&b.client, &config);
                return;
        }
        g_test_trap_subprocess(NULL, 0, 0);
        g_test_trap_assert_failed();
}

int main(int argc, char *argv[]) {
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/dhcp4-client-events/start-ends-nak-text", test_start_ends_nak_text);
        g_test_add_func("/dhcp4-client-events/start-with-what-is-not-held",
                        test_start_with_what_is_not_held);
        g_test_add_func("/dhcp4-client-events/start-with-another-fallback",
                        test_start_with_another_fallback);
        g_test_add_func("/dhcp4-client-events/fallback-without-carrier", test_fallback_without_carrier);
        g_test_add_func("/dhcp4-client-events/ipv6-only-forgets", test_ipv6_only_forgets);
        g_test_add_func("/dhcp4-client-events/adopted-repeats-nothing", test_adopted_repeats_nothing);
        g_test_add_func("/dhcp4-client-events/repeated-frame", test_repeated_frame);
        g_test_add_func("/dhcp4-client-events/wait-after-naks", test_wait_after_naks);
        g_test_add_func("/dhcp4-client-events/no-more-waiting", test_no_more_waiting);
        g_test_add_func("/dhcp4-client-events/inform-resumed", test_inform_resumed);
        g_test_add_func("/dhcp4-client-events/renew-is-an-exchange", test_renew_is_an_exchange);
        g_test_add_func("/dhcp4-client-events/routers", test_routers);
        g_test_add_func("/dhcp4-client-events/no-identifier", test_no_identifier);
        g_test_add_func("/dhcp4-client-events/request-needs-broadcast", test_request_needs_broadcast);
        g_test_add_func("/dhcp4-client-events/trial-ends-with-exchange", test_trial_ends_with_exchange);
        g_test_add_func("/dhcp4-client-events/key", test_key);
        g_test_add_func("/dhcp4-client-events/set-config-beyond", test_set_config_beyond);
        return g_test_run();
}
