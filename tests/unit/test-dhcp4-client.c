/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The way to a lease: INIT, SELECTING, REQUESTING, INIT-REBOOT, REBOOTING, PROBING (RFC 2131 §4.4.1,
 * §4.4.2), retransmission, NAK, conflicts. Frames are held against the RFC's tables by the fixture. The life
 * of a lease is in test-dhcp4-client-lease.c.
 */
#include "tests/unit/client-fixture.h"

static void test_exchange(void) {
        const Dhcp4ClientConfig config = bench_config();
        Bench b;
        uint32_t xid;

        bench_init(&b, &config);
        assert_state(&b, DHCP4_STATE_STOPPED);
        bench_start(&b, NULL, false);
        assert_state(&b, DHCP4_STATE_INIT);
        g_assert_cmpuint(b.total, ==, 0);
        g_assert_cmpuint(bench_silence(&b, b.now + 3600 * USEC_PER_SEC), ==, 0);

        bench_carrier(&b, true);
        assert_state(&b, DHCP4_STATE_SELECTING);
        g_assert_cmpuint(b.n_frames, ==, 1);
        g_assert_cmpint(b.last.type, ==, DHCP4_DISCOVER);
        g_assert_cmpuint(b.last.header.secs, ==, 1); /* never 0: some servers ignore it */
        g_assert_cmpint(dhcp4_client_rx_mode(&b.client), ==, DHCP4_RX_PACKET);
        xid = b.last.header.xid;

        b.now += 100 * USEC_PER_MSEC;
        bench_answer(&b, DHCP4_OFFER);
        assert_state(&b, DHCP4_STATE_REQUESTING);
        g_assert_cmpint(b.last.type, ==, DHCP4_REQUEST); /* in the call that brought the OFFER */
        g_assert_cmpuint(b.last.header.xid, ==, xid);

        b.now += 100 * USEC_PER_MSEC;
        bench_answer(&b, DHCP4_ACK);
        assert_state(&b, DHCP4_STATE_BOUND);
        g_assert_cmpuint(b.n_frames, ==, 0);
        g_assert_cmpint(dhcp4_client_rx_mode(&b.client), ==, DHCP4_RX_NONE);
        g_assert_cmpuint(dhcp4_client_lease(&b.client)->address.s_addr, ==, inet_addr(OFFER));
        g_assert_cmpuint(dhcp4_client_counters(&b.client)->lease_usec, ==, 200 * USEC_PER_MSEC);
        g_assert_cmpuint(dhcp4_client_counters(&b.client)->sent[DHCP4_REQUEST], ==, 1);
        g_assert_cmpuint(dhcp4_client_counters(&b.client)->retransmissions, ==, 0);
}

/*
 * DISCOVERs go out after 1, 2, 4 ... 64 s, each within its jitter. Those in quick succession have one
 * xid, so that a late OFFER counts. Each one that comes long after the one before has another xid.
 */
static void test_discover_schedule(void) {
        const Dhcp4ClientConfig config = bench_config();
        usec_t last;
        uint32_t xid;
        Bench b;

        bench_init(&b, &config);
        bench_start(&b, NULL, false);
        bench_carrier(&b, true);
        xid = b.last.header.xid;
        last = b.now;
        for (unsigned i = 0; i < 12; i++) {
                const usec_t span = USEC_PER_SEC << (i < 6 ? i : 6), jitter = MIN(span / 2, USEC_PER_SEC);

                bench_dispatch(&b, USEC_INFINITY);
                g_assert_cmpuint(b.n_frames, ==, 1);
                g_assert_cmpuint(b.now - last, >=, span - jitter);
                g_assert_cmpuint(b.now - last, <=, span + jitter);
                if (b.now - last < 8 * USEC_PER_SEC)
                        g_assert_cmpuint(b.last.header.xid, ==, xid);
                else
                        g_assert_cmpuint(b.last.header.xid, !=, xid);
                xid = b.last.header.xid;
                last = b.now;
        }
        g_assert_cmpuint(b.last.header.secs, ==, (b.now - T0) / USEC_PER_SEC);
        g_assert_cmpuint(dhcp4_client_counters(&b.client)->retransmissions, ==, 12);
        bench_answer(&b, DHCP4_OFFER);
        assert_state(&b, DHCP4_STATE_REQUESTING);
}

/*
 * A server grants half a minute by rapid commit after a quarter of an hour of silence: the half minute
 * counts from the last DISCOVER.
 */
static void test_rapid_commit_after_silence(void) {
        const Dhcp4ClientConfig config = bench_config();
        Bench b;

        bench_init(&b, &config);
        b.rapid_commit = true;
        b.lifetime_sec = 30;
        bench_start(&b, NULL, false);
        bench_carrier(&b, true);
        (void) bench_silence(&b, b.now + 900 * USEC_PER_SEC);
        bench_dispatch(&b, USEC_INFINITY);
        b.now += 100 * USEC_PER_MSEC;
        bench_answer(&b, DHCP4_ACK);
        assert_state(&b, DHCP4_STATE_BOUND);
        g_assert_cmpuint(dhcp4_client_lease(&b.client)->granted_at, ==, b.now - 100 * USEC_PER_MSEC);
}

/* A server makes an OFFER and is then gone: after four REQUESTs the client begins anew, with a new xid. */
static void test_request_gives_up(void) {
        const Dhcp4ClientConfig config = bench_config();
        unsigned requests = 1;
        uint32_t xid;
        Bench b;

        bench_init(&b, &config);
        bench_start(&b, NULL, false);
        bench_carrier(&b, true);
        xid = b.last.header.xid;
        bench_answer(&b, DHCP4_OFFER);
        for (;;) {
                bench_dispatch(&b, USEC_INFINITY);
                if (b.last.type != DHCP4_REQUEST)
                        break;
                requests++;
        }
        g_assert_cmpuint(requests, ==, 4);
        assert_state(&b, DHCP4_STATE_SELECTING);
        g_assert_cmpuint(b.last.header.xid, !=, xid);
}

static void test_answers_not_for_us(void) {
        static const uint8_t foreign_id[] = { 1, 9, 9, 9, 9, 9, 9 };
        const Dhcp4ClientConfig config = bench_config();
        uint8_t data[DHCP4_MESSAGE_MAX_LEN];
        size_t len;
        Bench b;

        bench_init(&b, &config);
        bench_start(&b, NULL, false);
        bench_carrier(&b, true);

        len = bench_build(&b, DHCP4_OFFER, data);
        data[4] ^= 1; /* xid */
        bench_message(&b, data, len);
        assert_state(&b, DHCP4_STATE_SELECTING);

        len = bench_build(&b, DHCP4_OFFER, data);
        data[28] ^= 4; /* chaddr */
        bench_message(&b, data, len);
        assert_state(&b, DHCP4_STATE_SELECTING);

        len = bench_build(&b, DHCP4_OFFER, data);
        data[0] = DHCP4_OP_BOOTREQUEST;
        bench_message(&b, data, len);
        assert_state(&b, DHCP4_STATE_SELECTING);

        b.client_id = foreign_id;
        b.client_id_len = sizeof(foreign_id);
        bench_answer(&b, DHCP4_OFFER);
        assert_state(&b, DHCP4_STATE_SELECTING);

        b.client_id = config.client_id;
        b.client_id_len = config.client_id_len;
        b.offer = "0.0.0.0";
        bench_answer(&b, DHCP4_OFFER);
        b.offer = "224.0.0.1";
        bench_answer(&b, DHCP4_OFFER);
        b.offer = OFFER;
        b.lifetime_sec = 0; /* left out */
        bench_answer(&b, DHCP4_OFFER);
        assert_state(&b, DHCP4_STATE_SELECTING);
        g_assert_cmpuint(b.total, ==, 1);
        g_assert_cmpuint(dhcp4_client_counters(&b.client)->ignored, ==, 7);

        bench_message(&b, data, 100);
        g_assert_cmpuint(dhcp4_client_counters(&b.client)->malformed, ==, 1);

        b.lifetime_sec = 60;
        bench_answer(&b, DHCP4_OFFER);
        assert_state(&b, DHCP4_STATE_REQUESTING);
}

/* Only the selected server may say ACK or NAK. */
static void test_other_servers(void) {
        const Dhcp4ClientConfig config = bench_config();
        const Dhcp4Server *servers;
        Bench b;

        bench_init(&b, &config);
        bench_start(&b, NULL, false);
        bench_carrier(&b, true);
        bench_answer(&b, DHCP4_OFFER);

        b.server = OTHER;
        b.offer = "10.0.0.77";
        bench_answer(&b, DHCP4_OFFER); /* too late, but recorded */
        bench_answer(&b, DHCP4_ACK);
        assert_state(&b, DHCP4_STATE_REQUESTING);
        bench_answer(&b, DHCP4_NAK);
        assert_state(&b, DHCP4_STATE_REQUESTING);
        g_assert_cmpuint(b.total, ==, 2);
        g_assert_cmpuint(dhcp4_client_servers(&b.client, &servers), ==, 2);
        g_assert_cmpuint(servers[0].server_id.s_addr, ==, inet_addr(SERVER));
        g_assert_cmpuint(servers[1].server_id.s_addr, ==, inet_addr(OTHER));
        g_assert_cmpuint(servers[1].offered.s_addr, ==, inet_addr("10.0.0.77"));

        b.server = SERVER;
        b.offer = OFFER;
        bench_answer(&b, DHCP4_ACK);
        assert_state(&b, DHCP4_STATE_BOUND);
        /* A duplicate, or a forged one, changes nothing. */
        b.offer = "10.0.0.99";
        bench_answer(&b, DHCP4_ACK);
        bench_answer(&b, DHCP4_NAK);
        assert_state(&b, DHCP4_STATE_BOUND);
        g_assert_cmpuint(dhcp4_client_lease(&b.client)->address.s_addr, ==, inet_addr(OFFER));
}

static void test_many_servers(void) {
        const Dhcp4ClientConfig config = bench_config();
        const Dhcp4Server *servers;
        char name[16];
        Bench b;

        bench_init(&b, &config);
        bench_start(&b, NULL, false);
        bench_carrier(&b, true);
        for (unsigned i = 1; i <= 20; i++) {
                g_snprintf(name, sizeof(name), "10.1.0.%u", i);
                b.server = name;
                bench_answer(&b, DHCP4_OFFER);
                bench_answer(&b, DHCP4_OFFER); /* the same OFFER again is not one of another server */
        }
        g_assert_cmpuint(dhcp4_client_servers(&b.client, &servers), ==, DHCP4_SERVERS_MAX);
        g_assert_cmpuint(servers[DHCP4_SERVERS_MAX - 1].server_id.s_addr, ==, inet_addr("10.1.0.8"));
}

static void test_rapid_commit(void) {
        Dhcp4ClientConfig config = bench_config();
        Bench b;

        /* An ACK in SELECTING counts only when both sides sent the option. */
        bench_init(&b, &config);
        bench_start(&b, NULL, false);
        bench_carrier(&b, true);
        g_assert_true(dhcp4_message_has(&b.last, DHCP4_OPTION_RAPID_COMMIT));
        bench_answer(&b, DHCP4_ACK);
        assert_state(&b, DHCP4_STATE_SELECTING);
        b.rapid_commit = true;
        b.now += USEC_PER_MSEC;
        bench_answer(&b, DHCP4_ACK);
        assert_state(&b, DHCP4_STATE_BOUND);
        g_assert_cmpuint(dhcp4_client_lease(&b.client)->granted_at, ==, T0);

        /* An OFFER with option 80 is still an OFFER. */
        bench_init(&b, &config);
        b.rapid_commit = true;
        bench_start(&b, NULL, false);
        bench_carrier(&b, true);
        bench_answer(&b, DHCP4_OFFER);
        assert_state(&b, DHCP4_STATE_REQUESTING);

        config.rapid_commit = false;
        bench_init(&b, &config);
        b.rapid_commit = true;
        bench_start(&b, NULL, false);
        bench_carrier(&b, true);
        g_assert_false(dhcp4_message_has(&b.last, DHCP4_OPTION_RAPID_COMMIT));
        bench_answer(&b, DHCP4_ACK);
        assert_state(&b, DHCP4_STATE_SELECTING);
}

/*
 * The first NAK costs no wait. From then on the wait doubles, and a server that always says NAK gets a
 * frame every five minutes.
 */
static void test_nak_backoff(void) {
        const Dhcp4ClientConfig config = bench_config();
        usec_t wait = 0, before;
        Bench b;

        bench_init(&b, &config);
        bench_start(&b, NULL, false);
        bench_carrier(&b, true);
        bench_offer(&b);
        bench_answer(&b, DHCP4_NAK);
        assert_state(&b, DHCP4_STATE_SELECTING); /* asked again at once */
        g_assert_cmpint(b.last.type, ==, DHCP4_DISCOVER);
        for (unsigned i = 0; i < 14; i++) {
                bench_offer(&b);
                bench_answer(&b, DHCP4_NAK);
                assert_state(&b, DHCP4_STATE_INIT);
                g_assert_cmpuint(b.n_frames, ==, 0);
                before = b.now;
                bench_dispatch(&b, USEC_INFINITY);
                g_assert_cmpuint(b.now - before, >, wait / 2);
                wait = b.now - before;
        }
        g_assert_cmpuint(wait, >=, 300 * USEC_PER_SEC);
        g_assert_cmpuint(wait, <=, 375 * USEC_PER_SEC);

        /* Another cable may lead to another network: everything begins anew. */
        bench_carrier(&b, false);
        bench_carrier(&b, true);
        g_assert_cmpint(b.last.type, ==, DHCP4_DISCOVER);
        bench_offer(&b);
        bench_answer(&b, DHCP4_NAK);
        assert_state(&b, DHCP4_STATE_SELECTING);
}

static void make_lease(Dhcp4Lease *ret, usec_t granted_at) {
        const Dhcp4ClientConfig config = bench_config();
        Bench b;

        bench_init(&b, &config);
        b.now = granted_at;
        bench_bind(&b);
        *ret = *dhcp4_client_lease(&b.client);
}

static void test_reboot(void) {
        const Dhcp4ClientConfig config = bench_config();
        Dhcp4Lease lease;
        Bench b;

        make_lease(&lease, T0 - 60 * USEC_PER_SEC);
        bench_init(&b, &config);
        bench_start(&b, &lease, false);
        assert_state(&b, DHCP4_STATE_INIT_REBOOT);
        g_assert_null(dhcp4_client_lease(&b.client));
        g_assert_nonnull(dhcp4_client_cached(&b.client));
        bench_carrier(&b, true);
        assert_state(&b, DHCP4_STATE_REBOOTING);
        g_assert_cmpint(b.last.type, ==, DHCP4_REQUEST);
        bench_answer(&b, DHCP4_ACK);
        assert_state(&b, DHCP4_STATE_BOUND);
        g_assert_cmpuint(dhcp4_client_lease(&b.client)->granted_at, ==, T0);

        /*
         * One server never heard of the lease, and another one did. The word of the latter counts,
         * although it comes later.
         */
        bench_init(&b, &config);
        bench_start(&b, &lease, false);
        bench_carrier(&b, true);
        b.server = OTHER;
        bench_answer(&b, DHCP4_NAK);
        assert_state(&b, DHCP4_STATE_REBOOTING);
        b.server = SERVER;
        bench_answer(&b, DHCP4_ACK);
        assert_state(&b, DHCP4_STATE_BOUND);

        /* The server that granted the lease takes it back: a DISCOVER follows at once. */
        bench_init(&b, &config);
        bench_start(&b, &lease, false);
        bench_carrier(&b, true);
        bench_answer(&b, DHCP4_NAK);
        assert_state(&b, DHCP4_STATE_SELECTING);

        /* On another network a server says NAK, and a DISCOVER follows a moment later. */
        bench_init(&b, &config);
        bench_start(&b, &lease, false);
        bench_carrier(&b, true);
        b.server = OTHER;
        bench_answer(&b, DHCP4_NAK);
        bench_dispatch(&b, T0 + 100 * USEC_PER_MSEC);
        assert_state(&b, DHCP4_STATE_SELECTING);
        /* The address was refused once, so the client does not ask for it again. */
        g_assert_false(dhcp4_message_has(&b.last, DHCP4_OPTION_REQUESTED_IP));
        g_assert_null(dhcp4_client_cached(&b.client));

        /*
         * No server answers: three REQUESTs, with a DISCOVER beside the last two, then DISCOVERs alone,
         * which ask for the old address.
         */
        bench_init(&b, &config);
        bench_start(&b, &lease, false);
        bench_carrier(&b, true);
        while (bench_state(&b) == DHCP4_STATE_REBOOTING)
                bench_dispatch(&b, USEC_INFINITY);
        assert_state(&b, DHCP4_STATE_SELECTING);
        g_assert_cmpuint(b.total, ==, 3 + 2 + 1);
        g_assert_true(dhcp4_message_has(&b.last, DHCP4_OPTION_REQUESTED_IP));
        g_assert_cmpuint(b.now, <, T0 + 15 * USEC_PER_SEC);

        /* An expired lease is not remembered. */
        make_lease(&lease, T0 - 3601 * USEC_PER_SEC);
        bench_init(&b, &config);
        bench_start(&b, &lease, false);
        assert_state(&b, DHCP4_STATE_INIT);
        bench_carrier(&b, true);
        g_assert_cmpint(b.last.type, ==, DHCP4_DISCOVER);

        /* A lease that expires while there is no carrier is not remembered either. */
        make_lease(&lease, T0 - 3590 * USEC_PER_SEC);
        bench_init(&b, &config);
        bench_start(&b, &lease, false);
        assert_state(&b, DHCP4_STATE_INIT_REBOOT);
        b.now += 11 * USEC_PER_SEC;
        bench_carrier(&b, true);
        g_assert_cmpint(b.last.type, ==, DHCP4_DISCOVER);
}

static void test_start_delay(void) {
        Dhcp4ClientConfig config = bench_config();
        Bench b;

        config.start_delay_max_usec = 10 * USEC_PER_SEC;
        bench_init(&b, &config);
        bench_start(&b, NULL, false);
        bench_carrier(&b, true);
        g_assert_cmpuint(b.total, ==, 0);
        bench_dispatch(&b, USEC_INFINITY);
        g_assert_cmpuint(b.total, ==, 1);
        g_assert_cmpuint(b.now, <, T0 + 10 * USEC_PER_SEC);
}

static void test_strict(void) {
        Dhcp4ClientConfig config = bench_config();
        struct in_addr address;
        Bench b;

        config.conflict = DHCP4_CONFLICT_STRICT;
        bench_init(&b, &config);
        bench_start(&b, NULL, false);
        bench_carrier(&b, true);
        g_assert_false(dhcp4_client_probing(&b.client, &address));
        bench_answer(&b, DHCP4_OFFER);
        g_assert_true(dhcp4_client_probing(&b.client, &address)); /* probing begins with the OFFER */
        g_assert_cmpuint(address.s_addr, ==, inet_addr(OFFER));
        bench_answer(&b, DHCP4_ACK);
        assert_state(&b, DHCP4_STATE_PROBING);
        g_assert_null(dhcp4_client_lease(&b.client));
        bench_simple(&b, DHCP4_EVENT_PROBE_OK);
        assert_state(&b, DHCP4_STATE_BOUND);

        /* If the probes ended before the ACK came, the client does not wait for them. */
        bench_init(&b, &config);
        bench_start(&b, NULL, false);
        bench_carrier(&b, true);
        bench_answer(&b, DHCP4_OFFER);
        bench_simple(&b, DHCP4_EVENT_PROBE_OK);
        bench_answer(&b, DHCP4_ACK);
        assert_state(&b, DHCP4_STATE_BOUND);

        /* A lease that runs out while its address is probed was never in use. */
        bench_init(&b, &config);
        b.lifetime_sec = 10;
        bench_start(&b, NULL, false);
        bench_carrier(&b, true);
        bench_answer(&b, DHCP4_OFFER);
        bench_answer(&b, DHCP4_ACK);
        bench_silence(&b, b.now + 10 * USEC_PER_SEC);
        assert_state(&b, DHCP4_STATE_SELECTING);
        g_assert_cmpint(dhcp4_client_loss(&b.client), ==, DHCP4_LOSS_NONE);
}

static void test_conflicts(void) {
        Dhcp4ClientConfig config = bench_config();
        struct in_addr address;
        usec_t before;
        Bench b;

        config.conflict = DHCP4_CONFLICT_OPTIMISTIC;
        bench_init(&b, &config);
        bench_bind(&b);
        bench_simple(&b, DHCP4_EVENT_PROBE_CONFLICT);
        g_assert_cmpint(b.last.type, ==, DHCP4_DECLINE);
        assert_state(&b, DHCP4_STATE_INIT);
        g_assert_cmpint(dhcp4_client_loss(&b.client), ==, DHCP4_LOSS_CONFLICT);
        g_assert_cmpuint(dhcp4_client_counters(&b.client)->conflicts, ==, 1);
        before = b.now;
        bench_dispatch(&b, USEC_INFINITY);
        g_assert_cmpuint(b.now - before, >=, 10 * USEC_PER_SEC); /* RFC 2131 §3.1 (5) */

        /* The conflict was seen before the ACK: the client declines the ACK and never uses the address. */
        bench_offer(&b);
        bench_simple(&b, DHCP4_EVENT_PROBE_CONFLICT);
        g_assert_cmpuint(b.n_frames, ==, 0);
        g_assert_false(dhcp4_client_probing(&b.client, &address));
        bench_answer(&b, DHCP4_ACK);
        g_assert_cmpint(b.last.type, ==, DHCP4_DECLINE);
        assert_state(&b, DHCP4_STATE_INIT);
        g_assert_cmpuint(dhcp4_client_counters(&b.client)->conflicts, ==, 2);

        /* The conflict does not count against the next exchange. */
        bench_dispatch(&b, USEC_INFINITY);
        b.offer = "10.0.0.51";
        bench_offer(&b);
        bench_answer(&b, DHCP4_ACK);
        assert_state(&b, DHCP4_STATE_BOUND);
}

static void test_broadcast_flag(void) {
        Dhcp4ClientConfig config = bench_config();
        Bench b;

        bench_init(&b, &config);
        bench_start(&b, NULL, false);
        bench_carrier(&b, true);
        g_assert_cmpuint(b.last.header.flags, ==, 0);

        config.broadcast = true;
        dhcp4_client_set_config(&b.client, &config);
        bench_dispatch(&b, USEC_INFINITY);
        g_assert_cmpuint(b.last.header.flags, ==, DHCP4_FLAG_BROADCAST);
}

/* During a long wait the user may ask for another try, but at most one a second follows. */
static void test_renew_event_before_bound(void) {
        const Dhcp4ClientConfig config = bench_config();
        unsigned frames;
        Bench b;

        bench_init(&b, &config);
        bench_start(&b, NULL, false);
        bench_carrier(&b, true);
        while (dhcp4_client_next_deadline(&b.client) < b.now + 30 * USEC_PER_SEC)
                bench_dispatch(&b, USEC_INFINITY);
        frames = b.total;
        b.now += 2 * USEC_PER_SEC;
        for (unsigned i = 0; i < 100; i++)
                bench_simple(&b, DHCP4_EVENT_RENEW);
        g_assert_cmpuint(b.total, ==, frames + 1);
}

static void test_carrier_in_every_state(void) {
        const Dhcp4ClientConfig config = bench_config();
        Bench b;

        for (unsigned steps = 0; steps < 3; steps++) {
                bench_init(&b, &config);
                bench_start(&b, NULL, false);
                bench_carrier(&b, true);
                if (steps > 0)
                        bench_answer(&b, DHCP4_OFFER);
                if (steps > 1)
                        bench_answer(&b, DHCP4_NAK);
                bench_carrier(&b, false);
                assert_state(&b, DHCP4_STATE_INIT);
                g_assert_cmpint(dhcp4_client_rx_mode(&b.client), ==, DHCP4_RX_NONE);
                g_assert_cmpuint(bench_silence(&b, b.now + 1000 * USEC_PER_SEC), ==, 0);
                bench_carrier(&b, true);
                g_assert_cmpint(b.last.type, ==, DHCP4_DISCOVER);
                bench_carrier(&b, true); /* a second event changes nothing */
                g_assert_cmpuint(b.n_frames, ==, 0);
                bench_stop(&b, true);
                assert_state(&b, DHCP4_STATE_STOPPED);
                g_assert_cmpuint(b.n_frames, ==, 0); /* no lease, no RELEASE */
                bench_carrier(&b, false);
                bench_carrier(&b, true);
                g_assert_cmpuint(b.n_frames, ==, 0);
        }
}

int main(int argc, char *argv[]) {
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/dhcp4-client/exchange", test_exchange);
        g_test_add_func("/dhcp4-client/discover-schedule", test_discover_schedule);
        g_test_add_func("/dhcp4-client/rapid-commit-after-silence", test_rapid_commit_after_silence);
        g_test_add_func("/dhcp4-client/request-gives-up", test_request_gives_up);
        g_test_add_func("/dhcp4-client/answers-not-for-us", test_answers_not_for_us);
        g_test_add_func("/dhcp4-client/other-servers", test_other_servers);
        g_test_add_func("/dhcp4-client/many-servers", test_many_servers);
        g_test_add_func("/dhcp4-client/rapid-commit", test_rapid_commit);
        g_test_add_func("/dhcp4-client/nak-backoff", test_nak_backoff);
        g_test_add_func("/dhcp4-client/reboot", test_reboot);
        g_test_add_func("/dhcp4-client/start-delay", test_start_delay);
        g_test_add_func("/dhcp4-client/strict", test_strict);
        g_test_add_func("/dhcp4-client/conflicts", test_conflicts);
        g_test_add_func("/dhcp4-client/broadcast-flag", test_broadcast_flag);
        g_test_add_func("/dhcp4-client/renew-event-before-bound", test_renew_event_before_bound);
        g_test_add_func("/dhcp4-client/carrier-in-every-state", test_carrier_in_every_state);
        return g_test_run();
}
