/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Servers that fail us (core/dhcp4-client*.c): rows of failures and what ends them, a good server beside
 * a bad one, renewals that get lost, answers that come at the last moment.
 */
#include "tests/unit/client-fixture.h"

static void offer_of(Bench *b, const char *server) {
        b->server = server;
        bench_answer(b, DHCP4_OFFER);
}

static void assert_asks(const Bench *b, const char *server) {
        struct in_addr id;

        assert_state(b, DHCP4_STATE_REQUESTING);
        g_assert_cmpint(b->last.type, ==, DHCP4_REQUEST);
        g_assert_cmpint(dhcp4_message_get_addr(&b->last, DHCP4_OPTION_SERVER_ID, &id), ==, 0);
        g_assert_cmpuint(id.s_addr, ==, ip(server).s_addr);
}

typedef enum Vice {
        VICE_MUTE,     /* makes OFFERs, and never sends an ACK */
        VICE_UNUSABLE, /* its ACKs have no address */
        VICE_REFUSES,  /* answers the REQUEST with NAK */
        VICE_TAKEN,    /* its addresses are in use by another host */
} Vice;

/* Lets the server fail as @vice says, from REQUESTING to the next SELECTING. */
static void fail(Bench *b, Vice vice) {
        const char *const offer = b->offer;

        switch (vice) {
        case VICE_MUTE:
                break;
        case VICE_UNUSABLE:
                b->offer = "0.0.0.0";
                bench_answer(b, DHCP4_ACK);
                b->offer = offer;
                break;
        case VICE_REFUSES:
                bench_answer(b, DHCP4_NAK);
                break;
        case VICE_TAKEN:
                bench_answer(b, DHCP4_ACK);
                bench_simple(b, DHCP4_EVENT_PROBE_CONFLICT);
                break;
        }
        while (bench_state(b) != DHCP4_STATE_SELECTING)
                bench_dispatch(b, USEC_INFINITY);
}

/*
 * The client passes over the quick bad server if there is a slow good one. If the bad server is alone,
 * the client asks it again after a second.
 */
static void test_passed_over(void) {
        Dhcp4ClientConfig config = bench_config();
        struct in_addr address;

        config.conflict = DHCP4_CONFLICT_OPTIMISTIC;
        for (Vice vice = VICE_MUTE; vice <= VICE_TAKEN; vice++) {
                Bench b = bench_selecting(&config);
                usec_t before;

                /* One failure may be chance if the server said anything at all. */
                offer_of(&b, OTHER);
                assert_asks(&b, OTHER);
                fail(&b, vice);
                if (vice >= VICE_REFUSES) {
                        offer_of(&b, OTHER);
                        assert_asks(&b, OTHER);
                        fail(&b, vice);
                }
                offer_of(&b, OTHER);
                assert_state(&b, DHCP4_STATE_SELECTING);
                g_assert_cmpuint(b.n_frames, ==, 0);
                g_assert_false(dhcp4_client_probing(&b.client, &address));
                b.now += 10 * USEC_PER_MSEC;
                offer_of(&b, SERVER);
                assert_asks(&b, SERVER);
                bench_answer(&b, DHCP4_ACK);
                assert_state(&b, DHCP4_STATE_BOUND);

                /* No other server makes an OFFER. */
                b = bench_selecting(&config);
                offer_of(&b, OTHER);
                fail(&b, vice);
                if (vice >= VICE_REFUSES) {
                        offer_of(&b, OTHER);
                        fail(&b, vice);
                }
                before = b.now;
                offer_of(&b, OTHER);
                bench_dispatch(&b, USEC_INFINITY);
                assert_asks(&b, OTHER);
                g_assert_cmpuint(b.now - before, <=, USEC_PER_SEC);
                bench_answer(&b, DHCP4_ACK);
                assert_state(&b, DHCP4_STATE_BOUND);
        }
}

/*
 * Two bad servers are asked in turn. The client waits only a short time for the other one, also after a
 * long silence.
 */
static void test_passed_over_in_turns(void) {
        const Dhcp4ClientConfig config = bench_config();
        Bench b = bench_selecting(&config);
        usec_t before;

        offer_of(&b, SERVER);
        for (unsigned i = 0; i < 4; i++) {
                fail(&b, VICE_MUTE);
                offer_of(&b, i % 2 == 0 ? SERVER : OTHER);
                assert_state(&b, DHCP4_STATE_SELECTING);
                offer_of(&b, i % 2 == 0 ? OTHER : SERVER);
                assert_asks(&b, i % 2 == 0 ? OTHER : SERVER);
        }
        fail(&b, VICE_MUTE);
        for (unsigned i = 0; i < 7; i++)
                bench_dispatch(&b, USEC_INFINITY);
        before = b.now;
        offer_of(&b, SERVER);
        bench_dispatch(&b, USEC_INFINITY);
        assert_asks(&b, SERVER);
        g_assert_cmpuint(b.now - before, <=, USEC_PER_SEC);

        /* On another network no server has failed the client. */
        fail(&b, VICE_MUTE);
        bench_carrier(&b, false);
        bench_carrier(&b, true);
        offer_of(&b, SERVER);
        assert_asks(&b, SERVER);
}

/*
 * After a failure the next DISCOVER asks for the other kind of answer, unicast or broadcast: there may be
 * a better server that this link did not hear.
 */
static void test_passed_over_broadcast(void) {
        const Dhcp4ClientConfig config = bench_config();
        Bench b = bench_selecting(&config);

        for (unsigned i = 0; i < 4; i++) {
                g_assert_cmpint((b.last.header.flags & DHCP4_FLAG_BROADCAST) != 0, ==, i % 2);
                bench_offer(&b);
                fail(&b, VICE_MUTE);
        }
}

/*
 * NAKs do not make the wait after a conflict longer, and conflicts do not make the wait after a NAK longer.
 */
static void test_separate_rows(void) {
        Dhcp4ClientConfig config = bench_config();
        usec_t before;
        Bench b;

        config.conflict = DHCP4_CONFLICT_OPTIMISTIC;
        b = bench_selecting(&config);
        for (unsigned i = 0; i < 12; i++) {
                bench_offer(&b);
                fail(&b, VICE_REFUSES);
        }
        bench_offer(&b);
        before = b.now;
        fail(&b, VICE_TAKEN);
        g_assert_cmpuint(b.now - before, >=, 10 * USEC_PER_SEC);
        g_assert_cmpuint(b.now - before, <=, 13 * USEC_PER_SEC);

        b = bench_selecting(&config);
        for (unsigned i = 0; i < 12; i++) {
                bench_offer(&b);
                fail(&b, VICE_TAKEN);
        }
        bench_offer(&b);
        before = b.now;
        fail(&b, VICE_REFUSES);
        g_assert_cmpuint(b.now, ==, before);
}

/*
 * A lease that held ends a row of NAKs. It ends a row of conflicts only if its address is known to be
 * free.
 */
static void test_rows_end(void) {
        Dhcp4ClientConfig config = bench_config();

        config.conflict = DHCP4_CONFLICT_OPTIMISTIC;
        for (unsigned is_free = 0; is_free < 2; is_free++) {
                Bench b = bench_selecting(&config);
                usec_t before;

                for (unsigned i = 0; i < 10; i++) {
                        bench_offer(&b);
                        fail(&b, VICE_TAKEN);
                }
                bench_offer(&b);
                bench_answer(&b, DHCP4_ACK);
                if (is_free)
                        bench_simple(&b, DHCP4_EVENT_PROBE_OK);
                b.now += 100 * USEC_PER_SEC;
                before = b.now;
                bench_simple(&b, DHCP4_EVENT_PROBE_CONFLICT);
                while (bench_state(&b) != DHCP4_STATE_SELECTING)
                        bench_dispatch(&b, USEC_INFINITY);
                if (is_free)
                        g_assert_cmpuint(b.now - before, <=, 13 * USEC_PER_SEC);
                else
                        g_assert_cmpuint(b.now - before, >=, 60 * USEC_PER_SEC);
        }

        /* The same holds for a lease that ran out while the client could not notice. */
        Bench b = bench_selecting(&config);
        for (unsigned i = 0; i < 5; i++) {
                bench_offer(&b);
                fail(&b, VICE_REFUSES);
        }
        bench_offer(&b);
        bench_answer(&b, DHCP4_ACK);
        while (bench_state(&b) != DHCP4_STATE_SELECTING)
                bench_dispatch(&b, USEC_INFINITY);
        bench_answer(&b, DHCP4_OFFER);
        bench_answer(&b, DHCP4_NAK);
        assert_state(&b, DHCP4_STATE_SELECTING);
}

/*
 * The client does not give up a renewal that the user asked for after its first frame. It does not flood
 * a server that is gone either.
 */
static void test_early_renewal(void) {
        const Dhcp4ClientConfig config = bench_config();
        unsigned early, at_t1;
        Bench b;

        bench_init(&b, &config);
        b.lifetime_sec = 86400;
        bench_bind(&b);
        b.now += 60 * USEC_PER_SEC;
        bench_simple(&b, DHCP4_EVENT_RENEW);
        assert_state(&b, DHCP4_STATE_RENEWING);
        bench_dispatch(&b, b.now + 2 * USEC_PER_SEC);
        g_assert_cmpuint(b.n_frames, ==, 2); /* and a DISCOVER beside the REQUEST */
        bench_answer(&b, DHCP4_ACK);
        assert_state(&b, DHCP4_STATE_BOUND);

        b.now += 60 * USEC_PER_SEC;
        bench_simple(&b, DHCP4_EVENT_RENEW);
        early = bench_silence(&b, b.now + 60 * USEC_PER_SEC);
        g_assert_cmpuint(early, >=, 4);
        g_assert_cmpuint(early, <=, 10);
        /* No socket is open in between, and the client asks the server again from time to time. */
        assert_state(&b, DHCP4_STATE_BOUND);
        g_assert_cmpint(dhcp4_client_rx_mode(&b.client), ==, DHCP4_RX_NONE);
        early = bench_silence(&b, b.now + 2 * 3600 * USEC_PER_SEC);
        g_assert_cmpuint(early, >=, 5);
        g_assert_cmpuint(early, <=, 30);
        while (bench_state(&b) != DHCP4_STATE_RENEWING)
                bench_dispatch(&b, USEC_INFINITY);
        bench_answer(&b, DHCP4_ACK);
        assert_state(&b, DHCP4_STATE_BOUND);

        /* A renewal at T1 is no early renewal. */
        b.now += 60 * USEC_PER_SEC;
        bench_simple(&b, DHCP4_EVENT_RENEW);
        bench_silence(&b, dhcp4_client_lease(&b.client)->granted_at + 43200 * USEC_PER_SEC);
        while (bench_state(&b) != DHCP4_STATE_RENEWING)
                bench_dispatch(&b, USEC_INFINITY);
        g_assert_cmpuint(bench_silence(&b, b.now + 3600 * USEC_PER_SEC), ==, 0);
        assert_state(&b, DHCP4_STATE_RENEWING);

        /* A lease for ever has no T1. Its socket does not stay open for ever either. */
        bench_init(&b, &config);
        b.lifetime_sec = UINT32_MAX;
        bench_bind(&b);
        b.now += 60 * USEC_PER_SEC;
        bench_simple(&b, DHCP4_EVENT_RENEW);
        bench_silence(&b, b.now + 60 * USEC_PER_SEC);
        assert_state(&b, DHCP4_STATE_BOUND);
        g_assert_cmpuint(bench_silence(&b, b.now + 24 * 3600 * USEC_PER_SEC), <=, 24 * 9);

        /* A renewal that begins at T1 keeps to the times of the RFC. */
        bench_init(&b, &config);
        b.lifetime_sec = 86400;
        bench_bind(&b);
        while (bench_state(&b) != DHCP4_STATE_RENEWING)
                bench_dispatch(&b, USEC_INFINITY);
        at_t1 = bench_silence(&b, b.now + 3600 * USEC_PER_SEC);
        g_assert_cmpuint(at_t1, ==, 0);
}

/*
 * A lease that could not be verified when the host woke up is asked about again before half of its time
 * is over.
 */
static void test_unverified(void) {
        const Dhcp4ClientConfig config = bench_config();
        usec_t before;
        Bench b;

        bench_init(&b, &config);
        b.lifetime_sec = 86400;
        bench_bind(&b);
        b.now += 3600 * USEC_PER_SEC;
        bench_simple(&b, DHCP4_EVENT_RESUMED);
        assert_state(&b, DHCP4_STATE_REBOOTING);
        while (bench_state(&b) != DHCP4_STATE_BOUND)
                bench_dispatch(&b, USEC_INFINITY);
        before = b.now;
        bench_dispatch(&b, USEC_INFINITY);
        assert_state(&b, DHCP4_STATE_RENEWING);
        g_assert_cmpuint(b.now - before, ==, 60 * USEC_PER_SEC);
        bench_answer(&b, DHCP4_ACK);
        g_assert_cmpuint(dhcp4_client_t1_at(&b.client), >, b.now + 40000 * USEC_PER_SEC);
}

/* A BOOTP server has no identifier, so its lease is verified and never renewed. */
static void test_unverified_bootp(void) {
        Dhcp4ClientConfig config = bench_config();
        uint8_t data[DHCP4_MESSAGE_MAX_LEN];
        Dhcp4Builder builder;
        Dhcp4Header header;
        size_t len;
        Bench b;

        config.bootp = true;
        b = bench_selecting(&config);
        bench_dispatch(&b, USEC_INFINITY);
        header = b.last.header;
        header.op = DHCP4_OP_BOOTREPLY;
        header.yiaddr = ip(OFFER);
        dhcp4_builder_init(&builder, data, sizeof(data), &header, DHCP4_BOOTP);
        g_assert_cmpint(dhcp4_builder_finish(&builder, &len), ==, 0);
        bench_message(&b, data, len);
        assert_state(&b, DHCP4_STATE_BOUND);
        b.now += 3600 * USEC_PER_SEC;
        bench_simple(&b, DHCP4_EVENT_RESUMED);
        assert_state(&b, DHCP4_STATE_REBOOTING);
        while (bench_state(&b) != DHCP4_STATE_BOUND)
                bench_dispatch(&b, USEC_INFINITY);
        g_assert_cmpuint(bench_silence(&b, b.now + 86400 * USEC_PER_SEC), ==, 0);
        assert_state(&b, DHCP4_STATE_BOUND);
}

/* The host slept and no event said so: the timer is later than any wait can explain. */
static void test_slept_in_requesting(void) {
        const Dhcp4ClientConfig config = bench_config();
        Bench b = bench_selecting(&config);
        uint32_t xid;

        bench_answer(&b, DHCP4_OFFER);
        xid = b.last.header.xid;
        b.now += 100 * USEC_PER_SEC;
        dhcp4_client_dispatch(&b.client, b.now);
        bench_drain(&b);
        assert_state(&b, DHCP4_STATE_SELECTING);
        g_assert_cmpint(b.last.type, ==, DHCP4_DISCOVER);
        g_assert_cmpuint(b.last.header.xid, !=, xid);
        /* The sleep is not counted as a failure of the server. */
        bench_answer(&b, DHCP4_OFFER);
        assert_state(&b, DHCP4_STATE_REQUESTING);
}

/*
 * The NAK of a server that did not grant the lease waits for what other servers say. It is not forgotten
 * meanwhile.
 */
static void test_nak_at_the_last_moment(void) {
        const Dhcp4ClientConfig config = bench_config();
        Bench b;

        bench_init(&b, &config);
        bench_bind(&b);
        b.now += USEC_PER_SEC;
        bench_simple(&b, DHCP4_EVENT_RESUMED);
        bench_dispatch(&b, USEC_INFINITY);
        bench_dispatch(&b, USEC_INFINITY);
        g_assert_cmpint(b.last.type, ==, DHCP4_REQUEST);
        bench_silence(&b, dhcp4_client_next_deadline(&b.client) - USEC_PER_MSEC);
        assert_state(&b, DHCP4_STATE_REBOOTING);
        b.server = OTHER;
        bench_answer(&b, DHCP4_NAK);
        bench_silence(&b, b.now + USEC_PER_SEC);
        g_assert_null(dhcp4_client_lease(&b.client));
        g_assert_cmpint(dhcp4_client_loss(&b.client), ==, DHCP4_LOSS_NAK);
}

/* With ConflictDetection=strict an address that comes back by a renewal is probed like any other. */
static void test_strict_and_back(void) {
        static const char *const offers[] = { "10.0.0.51", OFFER };
        Dhcp4ClientConfig config = bench_config();
        Bench b;

        config.conflict = DHCP4_CONFLICT_STRICT;
        b = bench_selecting(&config);
        bench_answer(&b, DHCP4_OFFER);
        bench_simple(&b, DHCP4_EVENT_PROBE_OK);
        bench_answer(&b, DHCP4_ACK);
        assert_state(&b, DHCP4_STATE_BOUND);
        for (size_t i = 0; i < G_N_ELEMENTS(offers); i++) {
                b.now += USEC_PER_SEC;
                bench_simple(&b, DHCP4_EVENT_RENEW);
                b.offer = offers[i];
                bench_answer(&b, DHCP4_ACK);
                assert_state(&b, DHCP4_STATE_PROBING);
                /* No server refused the earlier lease. */
                g_assert_cmpint(dhcp4_client_loss(&b.client), ==, DHCP4_LOSS_REPLACED);
                g_assert_cmpuint(dhcp4_client_counters(&b.client)->refusals, ==, 0);
                bench_simple(&b, DHCP4_EVENT_PROBE_OK);
                assert_state(&b, DHCP4_STATE_BOUND);
        }

        /*
         * The ACK has another address than the OFFER, and the address is found free. RFC 2131 does not
         * forbid this.
         */
        b = bench_selecting(&config);
        bench_answer(&b, DHCP4_OFFER);
        bench_simple(&b, DHCP4_EVENT_PROBE_OK);
        b.offer = "10.0.0.51";
        bench_answer(&b, DHCP4_ACK);
        assert_state(&b, DHCP4_STATE_PROBING);
}

/* What was asked and heard before the host slept may have been on another network. */
static void test_resumed_without_lease(void) {
        const Dhcp4ClientConfig config = bench_config();
        Bench b;

        for (unsigned i = 0; i < 3; i++) {
                uint8_t data[DHCP4_MESSAGE_MAX_LEN];
                Dhcp4Lease cached;
                uint32_t xid;
                size_t len;

                b = bench_selecting(&config);
                len = bench_build(&b, DHCP4_OFFER, data);
                if (i > 0) {
                        bench_answer(&b, DHCP4_OFFER);
                        len = bench_build(&b, DHCP4_ACK, data);
                }
                if (i == 2) {
                        bench_answer(&b, DHCP4_ACK);
                        cached = *dhcp4_client_lease(&b.client);
                        bench_init(&b, &config);
                        bench_start(&b, &cached, false);
                        bench_carrier(&b, true);
                        assert_state(&b, DHCP4_STATE_REBOOTING);
                        len = bench_build(&b, DHCP4_ACK, data);
                }
                xid = b.last.header.xid;
                b.now += (i == 2 ? 10 : 100000) * USEC_PER_SEC;
                bench_simple(&b, DHCP4_EVENT_RESUMED);
                assert_state(&b, i == 2 ? DHCP4_STATE_REBOOTING : DHCP4_STATE_SELECTING);
                g_assert_cmpuint(b.n_frames, ==, 1);
                g_assert_cmpuint(b.last.header.xid, !=, xid);
                bench_message(&b, data, len);
                assert_state(&b, i == 2 ? DHCP4_STATE_REBOOTING : DHCP4_STATE_SELECTING);
        }
        /* An address was granted there, and not used yet. */
        {
                Dhcp4ClientConfig strict = config;

                strict.conflict = DHCP4_CONFLICT_STRICT;
                b = bench_selecting(&strict);
                bench_answer(&b, DHCP4_OFFER);
                bench_answer(&b, DHCP4_ACK);
                assert_state(&b, DHCP4_STATE_PROBING);
                b.now += 10 * USEC_PER_SEC;
                bench_simple(&b, DHCP4_EVENT_RESUMED);
                assert_state(&b, DHCP4_STATE_REBOOTING);
                g_assert_cmpint(b.last.type, ==, DHCP4_REQUEST);
        }
        /* The remembered lease ran out in the meantime. */
        b.now += 5000 * USEC_PER_SEC;
        bench_simple(&b, DHCP4_EVENT_RESUMED);
        assert_state(&b, DHCP4_STATE_SELECTING);
}

/*
 * A remembered lease of unknown age: the client asks the server for it. A router that answers or silence
 * does not put it in force.
 */
static void test_age_unknown(void) {
        static const Dhcp4StoredMode modes[] = { DHCP4_STORED_CONFIRMED, DHCP4_STORED_SILENCE };

        for (unsigned unknown = 0; unknown < 2; unknown++)
                for (size_t i = 0; i < G_N_ELEMENTS(modes); i++) {
                        Dhcp4ClientConfig config = bench_config();
                        DnaQuestion question;
                        Dhcp4Lease cached;
                        Bench b;

                        config.stored = modes[i];
                        bench_init(&b, &config);
                        bench_bind(&b);
                        cached = *dhcp4_client_lease(&b.client);
                        cached.age_unknown = unknown;
                        cached.gateways[0] = (Dhcp4Gateway){ .address = ip(SERVER), .mac = { 2, 9 } };

                        bench_init(&b, &config);
                        bench_start(&b, &cached, false);
                        bench_carrier(&b, true);
                        assert_state(&b, DHCP4_STATE_REBOOTING);
                        g_assert_cmpint(b.last.type, ==, DHCP4_REQUEST);
                        dhcp4_client_dna(&b.client, &question);
                        g_assert_cmpint(question.task, ==, unknown ? DNA_NOTHING : DNA_VERIFY);
                        bench_silence(&b, b.now + 30 * USEC_PER_SEC);
                        assert_state(&b,
                                     !unknown && modes[i] == DHCP4_STORED_SILENCE ? DHCP4_STATE_BOUND
                                                                                  : DHCP4_STATE_SELECTING);

                        bench_init(&b, &config);
                        bench_start(&b, &cached, false);
                        bench_carrier(&b, true);
                        bench_answer(&b, DHCP4_ACK);
                        assert_state(&b, DHCP4_STATE_BOUND);
                        g_assert_false(dhcp4_client_lease(&b.client)->age_unknown);
                }
}

int main(int argc, char *argv[]) {
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/dhcp4-client-failures/passed-over", test_passed_over);
        g_test_add_func("/dhcp4-client-failures/passed-over-in-turns", test_passed_over_in_turns);
        g_test_add_func("/dhcp4-client-failures/passed-over-broadcast", test_passed_over_broadcast);
        g_test_add_func("/dhcp4-client-failures/separate-rows", test_separate_rows);
        g_test_add_func("/dhcp4-client-failures/rows-end", test_rows_end);
        g_test_add_func("/dhcp4-client-failures/early-renewal", test_early_renewal);
        g_test_add_func("/dhcp4-client-failures/unverified", test_unverified);
        g_test_add_func("/dhcp4-client-failures/unverified-bootp", test_unverified_bootp);
        g_test_add_func("/dhcp4-client-failures/slept-in-requesting", test_slept_in_requesting);
        g_test_add_func("/dhcp4-client-failures/nak-at-the-last-moment", test_nak_at_the_last_moment);
        g_test_add_func("/dhcp4-client-failures/strict-and-back", test_strict_and_back);
        g_test_add_func("/dhcp4-client-failures/resumed-without-lease", test_resumed_without_lease);
        g_test_add_func("/dhcp4-client-failures/age-unknown", test_age_unknown);
        return g_test_run();
}
