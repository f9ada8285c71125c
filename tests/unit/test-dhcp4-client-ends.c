/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Ends of the client's spans, to the microsecond (core/dhcp4-client*.c): of a lease, of a pause after
 * which another exchange begins, of a row of failures.
 */
#include "tests/unit/client-fixture.h"

static Dhcp4Lease some_lease(void) {
        const Dhcp4ClientConfig config = bench_config();
        const Bench b = bench_bound(&config);

        return *dhcp4_client_lease(&b.client);
}

/*
 * When a lease has ended, the client no longer asks for it: whether the carrier comes at that instant, or
 * the last REQUEST has no answer.
 */
static void test_asked_at_its_end(void) {
        Dhcp4ClientConfig config = bench_config();
        const Dhcp4Lease lease = some_lease();
        const usec_t end = dhcp4_lease_expires_at(&lease);

        config.stored = DHCP4_STORED_SILENCE;
        for (unsigned over = 0; over < 2; over++) {
                Bench b;

                bench_init(&b, &config);
                b.now = lease.granted_at;
                bench_start(&b, &lease, false);
                b.now = end - !over;
                bench_carrier(&b, true);
                assert_state(&b, over ? DHCP4_STATE_SELECTING : DHCP4_STATE_REBOOTING);

                bench_init(&b, &config);
                b.now = end - 60 * USEC_PER_SEC;
                bench_start(&b, &lease, false);
                bench_carrier(&b, true);
                bench_dispatch(&b, USEC_INFINITY);
                bench_dispatch(&b, USEC_INFINITY);
                assert_state(&b, DHCP4_STATE_REBOOTING);
                b.now = end - !over; /* no timer ran in between */
                dhcp4_client_dispatch(&b.client, b.now);
                bench_drain(&b);
                g_assert_cmpint(dhcp4_client_lease(&b.client) != NULL, ==, !over);
                g_assert_cmpint(dhcp4_client_loss(&b.client), ==, DHCP4_LOSS_NONE);
        }
}

/* An expired lease is not remembered, and its address is not asked for. */
static void test_expired_is_forgotten(void) {
        const Dhcp4ClientConfig config = bench_config();
        Bench b = bench_bound(&config);

        bench_to_state(&b, DHCP4_STATE_SELECTING);
        g_assert_cmpint(dhcp4_client_loss(&b.client), ==, DHCP4_LOSS_EXPIRED);
        g_assert_null(dhcp4_client_cached(&b.client));
        g_assert_false(dhcp4_message_has(&b.last, DHCP4_OPTION_REQUESTED_IP));
}

/* An OFFER that waited for eight seconds was heard before the host slept: the client asks servers anew. */
static void test_slept_over_waiting_offer(void) {
        const Dhcp4ClientConfig config = bench_config();

        for (unsigned slept = 0; slept < 2; slept++) {
                Bench b = bench_selecting(&config);

                b.anonymous = true;
                b.source = ip(OTHER);
                bench_answer(&b, DHCP4_OFFER);
                b.now += 8 * USEC_PER_SEC - !slept;
                dhcp4_client_dispatch(&b.client, b.now);
                bench_drain(&b);
                assert_state(&b, slept ? DHCP4_STATE_SELECTING : DHCP4_STATE_REQUESTING);
                g_assert_cmpint(b.last.type, ==, slept ? DHCP4_DISCOVER : DHCP4_REQUEST);
        }
}

/* After eight seconds without a message the next message has an xid of its own, whichever attempt it is. */
static void test_xid_after_pause(void) {
        const Dhcp4ClientConfig config = bench_config();

        for (unsigned attempt = 2; attempt < 8; attempt++)
                for (unsigned late = 0; late < 2; late++) {
                        Bench b = bench_selecting(&config);
                        uint32_t xid;

                        for (unsigned i = 1; i < attempt - 1; i++)
                                bench_dispatch(&b, USEC_INFINITY);
                        xid = dhcp4_client_xid(&b.client);
                        b.now += 8 * USEC_PER_SEC - !late;
                        /* Somebody asks for a message sooner than the client would send it. */
                        bench_simple(&b, DHCP4_EVENT_RENEW);
                        g_assert_cmpuint(b.n_frames, ==, 1);
                        g_assert_cmpint(dhcp4_client_xid(&b.client) != xid, ==, late);
                }
}

/*
 * A question that has to wait for the pace belongs to the exchange in which it is due, not to the time
 * after the wait.
 */
static void test_pace_begins_exchange(void) {
        const Dhcp4ClientConfig config = bench_config();
        Bench b = bench_selecting(&config);
        unsigned n_waited = 0;

        for (unsigned i = 0; i < 40; i++) {
                b.now += 10 * USEC_PER_MSEC;
                bench_carrier(&b, false);
                bench_carrier(&b, true);
                assert_state(&b, DHCP4_STATE_SELECTING);
                n_waited += b.n_frames == 0;
        }
        g_assert_cmpuint(n_waited, >, 20);
}

/* A lease that held for a minute ends a row of NAKs; one that held for a microsecond less does not. */
static void test_row_of_naks_ends(void) {
        const Dhcp4ClientConfig config = bench_config();

        for (unsigned held = 0; held < 2; held++) {
                Bench b = bench_selecting(&config);
                usec_t granted_at;

                bench_answer(&b, DHCP4_OFFER);
                bench_answer(&b, DHCP4_NAK);
                bench_answer(&b, DHCP4_OFFER);
                bench_answer(&b, DHCP4_ACK);
                assert_state(&b, DHCP4_STATE_BOUND);
                granted_at = dhcp4_client_lease(&b.client)->granted_at;
                b.now = granted_at + 59 * USEC_PER_SEC + USEC_PER_SEC / 2;
                bench_simple(&b, DHCP4_EVENT_RENEW);
                b.now = granted_at + 60 * USEC_PER_SEC - !held;
                bench_answer(&b, DHCP4_NAK);
                assert_state(&b, held ? DHCP4_STATE_SELECTING : DHCP4_STATE_INIT);
        }
}

/*
 * If an anonymous host's timer comes eight seconds late, the host slept. If it comes a microsecond
 * sooner, the host is only busy.
 */
static void test_sleep_is_noticed(void) {
        Dhcp4ClientConfig config = bench_config();

        config.anonymize = true;
        for (unsigned slept = 0; slept < 2; slept++) {
                Bench b = bench_bound(&config);

                b.now = dhcp4_client_next_deadline(&b.client) + 8 * USEC_PER_SEC - !slept;
                dhcp4_client_dispatch(&b.client, b.now);
                bench_drain(&b);
                g_assert_cmpint(dhcp4_client_lease(&b.client) == NULL, ==, slept);
                assert_state(&b, slept ? DHCP4_STATE_SELECTING : DHCP4_STATE_RENEWING);
        }
}

/* How often a silent server is asked, and when it is asked again. */
static void test_silence(void) {
        Dhcp4ClientConfig config = bench_config();
        const Dhcp4Lease lease = some_lease();
        unsigned before;
        Bench b;

        /*
         * For a remembered lease there are three REQUESTs. For a lease in force there are three as well,
         * and again three after a minute.
         */
        bench_init(&b, &config);
        bench_start(&b, &lease, false);
        bench_carrier(&b, true);
        bench_to_state(&b, DHCP4_STATE_SELECTING);
        g_assert_cmpuint(b.total, ==, 3 + 2 + 1); /* and two DISCOVERs beside them */
        b = bench_bound(&config);
        b.now += 10 * USEC_PER_SEC;
        bench_simple(&b, DHCP4_EVENT_RESUMED);
        bench_to_state(&b, DHCP4_STATE_BOUND);
        g_assert_cmpuint(dhcp4_client_next_deadline(&b.client), ==, b.now + 60 * USEC_PER_SEC);

        /* A server that made an OFFER gets four REQUESTs. */
        b = bench_selecting(&config);
        bench_answer(&b, DHCP4_OFFER);
        before = b.total - 1;
        bench_to_state(&b, DHCP4_STATE_SELECTING);
        g_assert_cmpuint(b.total - before, ==, 4 + 1);

        /* For a configured address there are six INFORMs, and again after five minutes. */
        config.inform = ip("10.0.0.9");
        config.inform_prefix_len = 24;
        bench_init(&b, &config);
        bench_start(&b, NULL, false);
        bench_carrier(&b, true);
        bench_to_state(&b, DHCP4_STATE_BOUND);
        g_assert_cmpuint(b.total, ==, 6);
        g_assert_cmpuint(dhcp4_client_next_deadline(&b.client), ==, b.now + 300 * USEC_PER_SEC);
}

/*
 * Another try that the user asks for comes a second after the last one. The OFFER of a server that failed
 * the client waits as long.
 */
static void test_seconds(void) {
        const Dhcp4ClientConfig config = bench_config();

        for (unsigned late = 0; late < 2; late++) {
                Bench b = bench_selecting(&config);

                for (unsigned i = 0; i < 4; i++)
                        bench_dispatch(&b, USEC_INFINITY);
                b.now += USEC_PER_SEC - !late;
                bench_simple(&b, DHCP4_EVENT_RENEW);
                g_assert_cmpuint(b.n_frames, ==, late);
                b.anonymous = true;
                b.source = ip(OTHER);
                bench_answer(&b, DHCP4_OFFER);
                assert_state(&b, DHCP4_STATE_SELECTING);
                g_assert_cmpuint(dhcp4_client_next_deadline(&b.client), ==, b.now + USEC_PER_SEC);
        }
}

int main(int argc, char *argv[]) {
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/dhcp4-client-ends/asked-at-its-end", test_asked_at_its_end);
        g_test_add_func("/dhcp4-client-ends/expired-is-forgotten", test_expired_is_forgotten);
        g_test_add_func("/dhcp4-client-ends/slept-over-waiting-offer", test_slept_over_waiting_offer);
        g_test_add_func("/dhcp4-client-ends/xid-after-pause", test_xid_after_pause);
        g_test_add_func("/dhcp4-client-ends/pace-begins-exchange", test_pace_begins_exchange);
        g_test_add_func("/dhcp4-client-ends/row-of-naks-ends", test_row_of_naks_ends);
        g_test_add_func("/dhcp4-client-ends/sleep-is-noticed", test_sleep_is_noticed);
        g_test_add_func("/dhcp4-client-ends/silence", test_silence);
        g_test_add_func("/dhcp4-client-ends/seconds", test_seconds);
        return g_test_run();
}
