/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The life of a lease: BOUND, RENEWING, REBINDING, expiry (RFC 2131 §4.4.5), RELEASE (§4.4.6), what the
 * carrier does to it, and a lease that an earlier daemon obtained.
 */
#include "tests/unit/client-fixture.h"

/*
 * The lease counts from the sending of the request that was answered, not from the ACK's arrival (RFC 2131
 * §4.4.1).
 */
static void test_counts_from_sending(void) {
        const Dhcp4ClientConfig config = bench_config();
        usec_t sent_at;
        Bench b;

        bench_init(&b, &config);
        bench_start(&b, NULL, false);
        bench_carrier(&b, true);
        bench_answer(&b, DHCP4_OFFER);
        sent_at = b.now;
        bench_dispatch(&b, USEC_INFINITY); /* the REQUEST again */
        b.now += 300 * USEC_PER_MSEC;
        bench_answer(&b, DHCP4_ACK);
        g_assert_cmpuint(dhcp4_client_lease(&b.client)->granted_at, ==, sent_at);
        g_assert_cmpuint(dhcp4_lease_expires_at(dhcp4_client_lease(&b.client)), ==,
                         sent_at + 3600 * USEC_PER_SEC);
}

static void test_timers(void) {
        const Dhcp4ClientConfig config = bench_config();
        usec_t t1, t2, before;
        uint32_t xid;
        Bench b;

        bench_init(&b, &config);
        bench_bind(&b);
        t1 = dhcp4_client_t1_at(&b.client) - T0;
        t2 = dhcp4_client_t2_at(&b.client) - T0;
        g_assert_cmpuint(t1, <=, 1800 * USEC_PER_SEC);
        g_assert_cmpuint(t1, >, 1740 * USEC_PER_SEC);
        g_assert_cmpuint(t2, <=, 3150 * USEC_PER_SEC);
        g_assert_cmpuint(t2, >, 3050 * USEC_PER_SEC);
        xid = b.last.header.xid;

        /*
         * In RENEWING the REQUEST goes to the server alone: at T1, and then after half of the time that
         * is left.
         */
        bench_dispatch(&b, USEC_INFINITY);
        g_assert_cmpuint(b.now, ==, T0 + t1);
        assert_state(&b, DHCP4_STATE_RENEWING);
        g_assert_cmpint(b.frames[0].via, ==, DHCP4_VIA_UDP);
        g_assert_cmpuint(b.frames[0].dst.s_addr, ==, inet_addr(SERVER));
        g_assert_cmpuint(b.last.header.ciaddr.s_addr, ==, inet_addr(OFFER));
        g_assert_cmpuint(b.last.header.xid, !=, xid);
        g_assert_cmpint(dhcp4_client_rx_mode(&b.client), ==, DHCP4_RX_PACKET | DHCP4_RX_UDP);
        xid = b.last.header.xid;
        before = b.now;
        bench_dispatch(&b, USEC_INFINITY);
        g_assert_cmpuint(b.now - before, ==, (T0 + t2 - before) / 2);

        /* The wait is never shorter than a 64th of the hour, and T2 comes on time. */
        for (;;) {
                before = b.now;
                bench_dispatch(&b, USEC_INFINITY);
                if (bench_state(&b) != DHCP4_STATE_RENEWING)
                        break;
                g_assert_cmpuint(b.now - before, >=, 3600 * USEC_PER_SEC / 64);
        }
        assert_state(&b, DHCP4_STATE_REBINDING);
        g_assert_cmpuint(b.now, ==, T0 + t2);
        g_assert_cmpuint(b.frames[0].dst.s_addr, ==, INADDR_BROADCAST);
        g_assert_cmpuint(b.last.header.xid, !=, xid);
        g_assert_cmpint(dhcp4_client_rx_mode(&b.client), ==, DHCP4_RX_PACKET | DHCP4_RX_UDP);

        while (bench_state(&b) == DHCP4_STATE_REBINDING) {
                g_assert_nonnull(dhcp4_client_lease(&b.client));
                bench_dispatch(&b, USEC_INFINITY);
        }
        g_assert_cmpuint(b.now, ==, T0 + 3600 * USEC_PER_SEC);
        g_assert_null(dhcp4_client_lease(&b.client));
        g_assert_cmpint(dhcp4_client_loss(&b.client), ==, DHCP4_LOSS_EXPIRED);
        assert_state(&b, DHCP4_STATE_SELECTING);
        g_assert_cmpint(b.last.type, ==, DHCP4_DISCOVER);
}

static void test_renewed(void) {
        const Dhcp4ClientConfig config = bench_config();
        usec_t asked_at;
        Bench b;

        bench_init(&b, &config);
        bench_bind(&b);
        bench_dispatch(&b, USEC_INFINITY);
        asked_at = b.now;
        b.now += 40 * USEC_PER_MSEC;
        b.server = OTHER; /* this server was not asked */
        b.offer = "10.0.0.60";
        bench_answer(&b, DHCP4_ACK);
        bench_answer(&b, DHCP4_NAK);
        assert_state(&b, DHCP4_STATE_RENEWING);
        b.server = SERVER;
        b.offer = OFFER;
        bench_answer(&b, DHCP4_ACK);
        assert_state(&b, DHCP4_STATE_BOUND);
        g_assert_cmpuint(dhcp4_client_lease(&b.client)->granted_at, ==, asked_at);

        /* In REBINDING any server may take the lease over. */
        while (bench_state(&b) != DHCP4_STATE_REBINDING)
                bench_dispatch(&b, USEC_INFINITY);
        b.server = OTHER;
        bench_answer(&b, DHCP4_ACK);
        assert_state(&b, DHCP4_STATE_BOUND);
        g_assert_cmpuint(dhcp4_client_lease(&b.client)->server_id.s_addr, ==, inet_addr(OTHER));

        /* A server may give another address at renewal. */
        bench_dispatch(&b, USEC_INFINITY);
        b.offer = "10.0.0.60";
        bench_answer(&b, DHCP4_ACK);
        g_assert_cmpuint(dhcp4_client_lease(&b.client)->address.s_addr, ==, inet_addr("10.0.0.60"));
}

static void test_nak(void) {
        const Dhcp4ClientConfig config = bench_config();
        Bench b;

        bench_init(&b, &config);
        bench_bind(&b);
        bench_dispatch(&b, USEC_INFINITY);
        bench_answer(&b, DHCP4_NAK);
        g_assert_null(dhcp4_client_lease(&b.client));
        g_assert_null(dhcp4_client_cached(&b.client));
        g_assert_cmpint(dhcp4_client_loss(&b.client), ==, DHCP4_LOSS_NAK);
        g_assert_cmpint(b.last.type, ==, DHCP4_DISCOVER);
}

static void test_infinite(void) {
        const Dhcp4ClientConfig config = bench_config();
        Bench b;

        bench_init(&b, &config);
        b.lifetime_sec = UINT32_MAX;
        bench_bind(&b);
        g_assert_cmpuint(dhcp4_client_next_deadline(&b.client), ==, USEC_INFINITY);
        /* The user can renew it all the same. */
        b.now += USEC_PER_SEC;
        bench_simple(&b, DHCP4_EVENT_RENEW);
        assert_state(&b, DHCP4_STATE_RENEWING);
        bench_answer(&b, DHCP4_ACK);
        assert_state(&b, DHCP4_STATE_BOUND);
        g_assert_cmpuint(dhcp4_client_next_deadline(&b.client), ==, USEC_INFINITY);
}

/*
 * For each lifetime that a hostile or careless server may give, the timers are in order, the traffic is
 * bounded, and the lease expires on time.
 */
static void test_short(void) {
        static const uint32_t lifetimes[] = { 1, 2, 9, 10, 11, 30, 59, 60, 61, 119, 120 };
        const Dhcp4ClientConfig config = bench_config();
        Bench b;

        for (size_t i = 0; i < ARRAY_SIZE(lifetimes); i++) {
                const usec_t lifetime = MAX(lifetimes[i] * USEC_PER_SEC, DHCP4_LEASE_LIFETIME_MIN_USEC);
                unsigned frames;

                bench_init(&b, &config);
                b.lifetime_sec = lifetimes[i];
                bench_bind(&b);
                g_assert_cmpuint(dhcp4_client_t1_at(&b.client), >, b.now);
                g_assert_cmpuint(dhcp4_client_t2_at(&b.client), <, T0 + lifetime);
                frames = bench_silence(&b, T0 + lifetime - 1);
                g_assert_cmpuint(frames, >=, lifetime < 60 * USEC_PER_SEC ? 5 : 10);
                g_assert_cmpuint(frames, <=, 12);
                g_assert_nonnull(dhcp4_client_lease(&b.client));
                bench_dispatch(&b, USEC_INFINITY);
                g_assert_cmpuint(b.now, ==, T0 + lifetime);
                g_assert_null(dhcp4_client_lease(&b.client));
        }
}

/* Whatever times a server wants, there are few renewals, even if each of them is answered. */
static void test_absurd_times(void) {
        static const struct {
                uint32_t lifetime, t1, t2;
                unsigned max; /* frames an hour */
        } rows[] = {
                { 86400, 1, 2, 62 }, { 86400, 1, 0, 62 }, { 86400, 2, 1, 62 }, { UINT32_MAX - 1, 1, 0, 62 },
                { 3600, 1, 0, 270 }, { 10, 1, 2, 1900 },  { 1, 0, 0, 750 },    { UINT32_MAX, 1, 2, 0 },
        };
        const Dhcp4ClientConfig config = bench_config();
        Bench b;

        for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
                unsigned before;

                bench_init(&b, &config);
                b.lifetime_sec = rows[i].lifetime;
                b.t1_sec = rows[i].t1;
                b.t2_sec = rows[i].t2;
                bench_bind(&b);
                before = b.total;
                while (b.now < T0 + 3600 * USEC_PER_SEC &&
                       dhcp4_client_next_deadline(&b.client) < USEC_INFINITY) {
                        bench_dispatch(&b, USEC_INFINITY);
                        if (b.n_frames > 0)
                                bench_answer(&b, DHCP4_ACK);
                        assert_state(&b, DHCP4_STATE_BOUND);
                }
                g_assert_cmpuint(b.total - before, <=, rows[i].max);
        }
}

/*
 * RFC 2131 §4.4.5: the timers of hosts that were powered on together drift apart, but never so far that
 * T1 comes after T2, or that either comes late.
 */
static void test_jitter(void) {
        const Dhcp4ClientConfig config = bench_config();
        const usec_t t1 = 1800 * USEC_PER_SEC, t2 = 3150 * USEC_PER_SEC;
        usec_t low = USEC_INFINITY, high = 0;

        for (uint8_t i = 0; i < 200; i++) {
                const uint8_t key[PRNG_KEY_LEN] = { i };
                Bench b;

                bench_init(&b, &config);
                prng_init(&b.client.prng, key);
                b.t1_sec = i % 2 == 0 ? 0 : 3149;
                bench_bind(&b);
                g_assert_cmpuint(dhcp4_client_t1_at(&b.client), <=, dhcp4_client_t2_at(&b.client));
                g_assert_cmpuint(dhcp4_client_t2_at(&b.client), <=, T0 + t2);
                g_assert_cmpuint(dhcp4_client_t2_at(&b.client), >=, T0 + t2 - t2 / 32);
                if (i % 2 != 0)
                        continue;
                low = MIN(low, dhcp4_client_t1_at(&b.client) - T0);
                high = MAX(high, dhcp4_client_t1_at(&b.client) - T0);
        }
        g_assert_cmpuint(high, <=, t1);
        g_assert_cmpuint(low, >=, t1 - t1 / 32);
        g_assert_cmpuint(high - low, >, t1 / 40);
}

static void test_renew_event(void) {
        const Dhcp4ClientConfig config = bench_config();
        Bench b;

        bench_init(&b, &config);
        bench_bind(&b);
        bench_simple(&b, DHCP4_EVENT_RENEW);
        assert_state(&b, DHCP4_STATE_BOUND); /* granted this very moment */
        b.now += USEC_PER_SEC;
        bench_simple(&b, DHCP4_EVENT_RENEW);
        assert_state(&b, DHCP4_STATE_RENEWING);
        g_assert_cmpuint(b.n_frames, ==, 1);
        bench_simple(&b, DHCP4_EVENT_RENEW);
        g_assert_cmpuint(b.n_frames, ==, 0);
        b.now += USEC_PER_SEC;
        bench_simple(&b, DHCP4_EVENT_RENEW);
        g_assert_cmpuint(b.n_frames, ==, 2); /* and a DISCOVER beside the REQUEST */
        bench_answer(&b, DHCP4_ACK);
        assert_state(&b, DHCP4_STATE_BOUND);
}

/*
 * After a sleep the client verifies its lease as in INIT-REBOOT, and uses it meanwhile. Without a lease
 * it asks for one without waiting.
 */
static void test_resumed_event(void) {
        const Dhcp4ClientConfig config = bench_config();
        Bench b;

        bench_init(&b, &config);
        bench_bind(&b);
        b.now += 60 * USEC_PER_SEC;
        bench_simple(&b, DHCP4_EVENT_RESUMED);
        assert_state(&b, DHCP4_STATE_REBOOTING);
        g_assert_nonnull(dhcp4_client_lease(&b.client));
        g_assert_cmpint(b.last.type, ==, DHCP4_REQUEST);
        g_assert_true(dhcp4_message_has(&b.last, DHCP4_OPTION_REQUESTED_IP));
        bench_answer(&b, DHCP4_ACK);
        assert_state(&b, DHCP4_STATE_BOUND);

        /* The same happens if a renewal was under way, because the network may be another one now. */
        bench_dispatch(&b, dhcp4_client_t1_at(&b.client));
        assert_state(&b, DHCP4_STATE_RENEWING);
        b.now += 60 * USEC_PER_SEC;
        bench_simple(&b, DHCP4_EVENT_RESUMED);
        assert_state(&b, DHCP4_STATE_REBOOTING);
        bench_answer(&b, DHCP4_NAK);
        assert_state(&b, DHCP4_STATE_SELECTING);
        g_assert_null(dhcp4_client_lease(&b.client));

        /* The server was silent before, and the next try is a minute away. */
        while (dhcp4_client_next_deadline(&b.client) < b.now + 30 * USEC_PER_SEC)
                bench_dispatch(&b, USEC_INFINITY);
        b.now += 10 * USEC_PER_SEC;
        bench_simple(&b, DHCP4_EVENT_RESUMED);
        g_assert_cmpuint(b.n_frames, ==, 1);
        g_assert_cmpint(b.last.type, ==, DHCP4_DISCOVER);

        /* Without a carrier the client sends nothing. The carrier's return starts the question. */
        bench_init(&b, &config);
        bench_bind(&b);
        bench_carrier(&b, false);
        bench_simple(&b, DHCP4_EVENT_RESUMED);
        g_assert_cmpuint(b.n_frames, ==, 0);
        bench_carrier(&b, true);
        assert_state(&b, DHCP4_STATE_REBOOTING);
        bench_stop(&b, false);
        bench_simple(&b, DHCP4_EVENT_RESUMED);
        assert_state(&b, DHCP4_STATE_STOPPED);
}

static void test_release(void) {
        const Dhcp4ClientConfig config = bench_config();
        uint64_t retransmissions;
        Bench b;

        bench_init(&b, &config);
        bench_bind(&b);
        bench_stop(&b, true);
        g_assert_cmpuint(b.n_frames, ==, 1);
        g_assert_cmpint(b.last.type, ==, DHCP4_RELEASE);
        /* By the packet socket, to the host that sent the ACK. */
        g_assert_cmpint(b.frames[0].via, ==, DHCP4_VIA_PACKET);
        g_assert_cmpuint(b.frames[0].dst_hw.len, ==, 6);
        g_assert_cmpuint(b.frames[0].dst.s_addr, ==, inet_addr(SERVER));
        g_assert_null(dhcp4_client_cached(&b.client));
        g_assert_cmpint(dhcp4_client_loss(&b.client), ==, DHCP4_LOSS_RELEASED);

        /* If it is unknown which host sent the ACK, the kernel finds the way. */
        bench_init(&b, &config);
        b.hw = NULL;
        bench_bind(&b);
        bench_stop(&b, true);
        g_assert_cmpint(b.last.type, ==, DHCP4_RELEASE);
        g_assert_cmpint(b.frames[0].via, ==, DHCP4_VIA_UDP);

        /* A RELEASE is not repeated, whatever was sent before. */
        bench_init(&b, &config);
        bench_bind(&b);
        while (bench_state(&b) != DHCP4_STATE_REBINDING)
                bench_dispatch(&b, USEC_INFINITY);
        bench_dispatch(&b, USEC_INFINITY);
        retransmissions = dhcp4_client_counters(&b.client)->retransmissions;
        bench_stop(&b, true);
        g_assert_cmpuint(dhcp4_client_counters(&b.client)->retransmissions, ==, retransmissions);

        /* After a stop without RELEASE the lease may be asked for again. */
        bench_init(&b, &config);
        bench_bind(&b);
        bench_stop(&b, false);
        g_assert_cmpuint(b.n_frames, ==, 0);
        g_assert_null(dhcp4_client_lease(&b.client));
        g_assert_nonnull(dhcp4_client_cached(&b.client));
        bench_answer(&b, DHCP4_ACK); /* STOPPED ignores every message */
        assert_state(&b, DHCP4_STATE_STOPPED);

        /* No RELEASE is sent when no server would hear it: in the grace without a carrier, and after it. */
        for (unsigned i = 0; i < 2; i++) {
                bench_init(&b, &config);
                bench_bind(&b);
                bench_carrier(&b, false);
                bench_silence(&b, b.now + i * 10 * USEC_PER_SEC);
                bench_stop(&b, true);
                g_assert_cmpuint(b.n_frames, ==, 0);
                g_assert_null(dhcp4_client_lease(&b.client));
                g_assert_nonnull(dhcp4_client_cached(&b.client));
        }
}

static void test_carrier(void) {
        const Dhcp4ClientConfig config = bench_config();
        Bench b;

        /* Within the grace the lease stays, and is verified when the carrier is back. */
        bench_init(&b, &config);
        bench_bind(&b);
        bench_carrier(&b, false);
        assert_state(&b, DHCP4_STATE_BOUND);
        g_assert_cmpuint(bench_silence(&b, b.now + 2 * USEC_PER_SEC), ==, 0);
        bench_carrier(&b, true);
        assert_state(&b, DHCP4_STATE_REBOOTING);
        g_assert_nonnull(dhcp4_client_lease(&b.client));
        g_assert_cmpint(dhcp4_client_rx_mode(&b.client), ==, DHCP4_RX_PACKET | DHCP4_RX_UDP);
        bench_answer(&b, DHCP4_ACK);
        assert_state(&b, DHCP4_STATE_BOUND);

        /* When no server answers, the client uses the rest of the lease (RFC 2131 §3.2). */
        bench_carrier(&b, false);
        bench_carrier(&b, true);
        while (bench_state(&b) == DHCP4_STATE_REBOOTING)
                bench_dispatch(&b, USEC_INFINITY);
        assert_state(&b, DHCP4_STATE_BOUND);

        /* A server of the network refuses the address. */
        bench_carrier(&b, false);
        bench_carrier(&b, true);
        bench_answer(&b, DHCP4_NAK);
        g_assert_null(dhcp4_client_lease(&b.client));
        g_assert_cmpint(dhcp4_client_loss(&b.client), ==, DHCP4_LOSS_NAK);
        g_assert_cmpint(b.last.type, ==, DHCP4_DISCOVER);
        bench_answer(&b, DHCP4_OFFER);
        bench_answer(&b, DHCP4_ACK);

        /* After the grace the lease is taken off the link and remembered. */
        bench_carrier(&b, false);
        bench_silence(&b, b.now + 3 * USEC_PER_SEC);
        assert_state(&b, DHCP4_STATE_INIT_REBOOT);
        g_assert_null(dhcp4_client_lease(&b.client));
        g_assert_cmpint(dhcp4_client_loss(&b.client), ==, DHCP4_LOSS_CARRIER);
        g_assert_cmpuint(bench_silence(&b, b.now + 60 * USEC_PER_SEC), ==, 0);
        bench_carrier(&b, true);
        g_assert_cmpint(b.last.type, ==, DHCP4_REQUEST);
        bench_answer(&b, DHCP4_ACK);
        assert_state(&b, DHCP4_STATE_BOUND);
}

/* T1, T2 and the expiry go on while the carrier is away, and nothing is sent. */
static void test_carrier_away_for_long(void) {
        Dhcp4ClientConfig config = bench_config();
        Bench b;

        config.carrier_grace_usec = USEC_INFINITY;
        bench_init(&b, &config);
        bench_bind(&b);
        bench_carrier(&b, false);
        g_assert_cmpuint(bench_silence(&b, T0 + 3000 * USEC_PER_SEC), ==, 0);
        assert_state(&b, DHCP4_STATE_BOUND);
        bench_carrier(&b, true);
        assert_state(&b, DHCP4_STATE_REBOOTING);
        /* Verification is not answered, and T1 has long passed: RENEWING follows at once. */
        while (bench_state(&b) == DHCP4_STATE_REBOOTING)
                bench_dispatch(&b, USEC_INFINITY);
        assert_state(&b, DHCP4_STATE_RENEWING);

        bench_carrier(&b, false);
        assert_state(&b, DHCP4_STATE_BOUND);
        g_assert_cmpuint(bench_silence(&b, T0 + 3600 * USEC_PER_SEC), ==, 0);
        g_assert_null(dhcp4_client_lease(&b.client));
        g_assert_cmpint(dhcp4_client_loss(&b.client), ==, DHCP4_LOSS_EXPIRED);
        assert_state(&b, DHCP4_STATE_INIT);
}

/*
 * The interface itself disappears after its carrier: a second event without a carrier, now without a
 * grace.
 */
static void test_carrier_said_again(void) {
        Dhcp4ClientConfig config = bench_config();
        Bench b;

        bench_init(&b, &config);
        bench_bind(&b);
        bench_carrier(&b, false);
        b.now += USEC_PER_SEC;
        bench_carrier(&b, false); /* a grace that began does not begin again */
        g_assert_cmpuint(dhcp4_client_next_deadline(&b.client), ==, T0 + 3 * USEC_PER_SEC);
        config.carrier_grace_usec = 0;
        dhcp4_client_set_config(&b.client, &config);
        bench_carrier(&b, false);
        g_assert_null(dhcp4_client_lease(&b.client));
        g_assert_nonnull(dhcp4_client_cached(&b.client));
        g_assert_cmpint(dhcp4_client_loss(&b.client), ==, DHCP4_LOSS_CARRIER);
}

/*
 * An earlier daemon left the lease on the link: it is in force at once, with its own times, and nothing
 * is sent.
 */
static void test_held(void) {
        const Dhcp4ClientConfig config = bench_config();
        Dhcp4Lease lease;
        Bench b;

        bench_init(&b, &config);
        bench_bind(&b);
        lease = *dhcp4_client_lease(&b.client);

        bench_init(&b, &config);
        b.now = T0 + 60 * USEC_PER_SEC;
        bench_start(&b, &lease, true);
        assert_state(&b, DHCP4_STATE_BOUND);
        g_assert_cmpuint(dhcp4_lease_expires_at(dhcp4_client_lease(&b.client)), ==,
                         T0 + 3600 * USEC_PER_SEC);
        bench_carrier(&b, true);
        assert_state(&b, DHCP4_STATE_BOUND);
        g_assert_cmpuint(b.total, ==, 0);
        bench_dispatch(&b, USEC_INFINITY);
        assert_state(&b, DHCP4_STATE_RENEWING);

        /* The carrier changed while no daemon ran. */
        bench_init(&b, &config);
        bench_start(&b, &lease, true);
        bench_carrier(&b, true);
        bench_carrier(&b, false);
        bench_carrier(&b, true);
        assert_state(&b, DHCP4_STATE_REBOOTING);
        g_assert_nonnull(dhcp4_client_lease(&b.client));

        /* T1 passed while no daemon ran. */
        bench_init(&b, &config);
        b.now = T0 + 2000 * USEC_PER_SEC;
        bench_start(&b, &lease, true);
        bench_carrier(&b, true);
        assert_state(&b, DHCP4_STATE_RENEWING);
}

/* A lease that held for a while ends a row of failures. */
static void test_failures_are_forgotten(void) {
        const Dhcp4ClientConfig config = bench_config();
        Bench b;

        bench_init(&b, &config);
        bench_start(&b, NULL, false);
        bench_carrier(&b, true);
        bench_offer(&b);
        bench_answer(&b, DHCP4_NAK);
        bench_offer(&b);
        bench_answer(&b, DHCP4_NAK);
        assert_state(&b, DHCP4_STATE_INIT);
        bench_dispatch(&b, USEC_INFINITY);
        bench_offer(&b);
        bench_answer(&b, DHCP4_ACK);
        /* The next lease is lost at once: the row goes on. */
        b.now += USEC_PER_SEC;
        bench_simple(&b, DHCP4_EVENT_RENEW);
        bench_answer(&b, DHCP4_NAK);
        assert_state(&b, DHCP4_STATE_INIT);
        bench_dispatch(&b, USEC_INFINITY);
        bench_offer(&b);
        bench_answer(&b, DHCP4_ACK);
        /* A lease that was renewed once ends the row. */
        bench_dispatch(&b, USEC_INFINITY);
        bench_answer(&b, DHCP4_ACK);
        b.now += USEC_PER_SEC;
        bench_simple(&b, DHCP4_EVENT_RENEW);
        bench_answer(&b, DHCP4_NAK);
        assert_state(&b, DHCP4_STATE_SELECTING);

        /* A lease that held for long and is refused at its first renewal begins no row either. */
        bench_offer(&b);
        bench_answer(&b, DHCP4_NAK);
        assert_state(&b, DHCP4_STATE_INIT);
        bench_dispatch(&b, USEC_INFINITY);
        bench_offer(&b);
        bench_answer(&b, DHCP4_ACK);
        bench_dispatch(&b, USEC_INFINITY);
        assert_state(&b, DHCP4_STATE_RENEWING);
        bench_answer(&b, DHCP4_NAK);
        assert_state(&b, DHCP4_STATE_SELECTING);
}

/* While a lease is in force, the NAK of a server that did not grant it waits for what other servers say. */
static void test_nak_of_another(void) {
        const Dhcp4ClientConfig config = bench_config();
        Bench b;

        for (unsigned gainsaid = 0; gainsaid < 2; gainsaid++) {
                bench_init(&b, &config);
                bench_bind(&b);
                while (bench_state(&b) != DHCP4_STATE_REBINDING)
                        bench_dispatch(&b, USEC_INFINITY);
                b.server = OTHER;
                bench_answer(&b, DHCP4_NAK);
                assert_state(&b, DHCP4_STATE_REBINDING);
                g_assert_nonnull(dhcp4_client_lease(&b.client));
                if (gainsaid) {
                        b.server = "10.0.0.3";
                        bench_answer(&b, DHCP4_ACK);
                        assert_state(&b, DHCP4_STATE_BOUND);
                        g_assert_cmpuint(bench_silence(&b, b.now + 60 * USEC_PER_SEC), ==, 0);
                        assert_state(&b, DHCP4_STATE_BOUND);
                        continue;
                }
                bench_dispatch(&b, USEC_INFINITY);
                assert_state(&b, DHCP4_STATE_SELECTING);
                g_assert_cmpint(dhcp4_client_loss(&b.client), ==, DHCP4_LOSS_NAK);
        }
}

/*
 * The UDP socket does not tell which host sent an ACK. The hardware address that is known of the same
 * server is kept.
 */
static void test_server_hw_is_kept(void) {
        const Dhcp4ClientConfig config = bench_config();
        uint8_t data[DHCP4_MESSAGE_MAX_LEN];
        size_t len;
        Bench b;

        bench_init(&b, &config);
        bench_bind(&b);
        bench_dispatch(&b, USEC_INFINITY);
        len = bench_build(&b, DHCP4_ACK, data);
        bench_event(
                &b,
                &(const Dhcp4Event){ .type = DHCP4_EVENT_MESSAGE, .message = { .data = data, .len = len } });
        assert_state(&b, DHCP4_STATE_BOUND);
        g_assert_cmpuint(dhcp4_client_lease(&b.client)->server_hw.len, ==, 6);
}

int main(int argc, char *argv[]) {
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/dhcp4-client-lease/counts-from-sending", test_counts_from_sending);
        g_test_add_func("/dhcp4-client-lease/timers", test_timers);
        g_test_add_func("/dhcp4-client-lease/renewed", test_renewed);
        g_test_add_func("/dhcp4-client-lease/nak", test_nak);
        g_test_add_func("/dhcp4-client-lease/infinite", test_infinite);
        g_test_add_func("/dhcp4-client-lease/short", test_short);
        g_test_add_func("/dhcp4-client-lease/absurd-times", test_absurd_times);
        g_test_add_func("/dhcp4-client-lease/jitter", test_jitter);
        g_test_add_func("/dhcp4-client-lease/renew-event", test_renew_event);
        g_test_add_func("/dhcp4-client-lease/resumed-event", test_resumed_event);
        g_test_add_func("/dhcp4-client-lease/release", test_release);
        g_test_add_func("/dhcp4-client-lease/carrier", test_carrier);
        g_test_add_func("/dhcp4-client-lease/carrier-away-for-long", test_carrier_away_for_long);
        g_test_add_func("/dhcp4-client-lease/carrier-said-again", test_carrier_said_again);
        g_test_add_func("/dhcp4-client-lease/held", test_held);
        g_test_add_func("/dhcp4-client-lease/failures-are-forgotten", test_failures_are_forgotten);
        g_test_add_func("/dhcp4-client-lease/nak-of-another", test_nak_of_another);
        g_test_add_func("/dhcp4-client-lease/server-hw-is-kept", test_server_hw_is_kept);
        return g_test_run();
}
