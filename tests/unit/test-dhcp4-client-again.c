/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What happened to a client earlier must have no effect after it ended (core/dhcp4-client*.c): after init
 * and START, after a lease, on another network. And the other side of limits: what must not come too
 * often has to come in time.
 */
#include "tests/unit/client-fixture.h"

#define AFTER  (10 * USEC_PER_SEC)
#define ROUTER "10.0.0.254"

static Dhcp4ClientConfig probing_config(void) {
        Dhcp4ClientConfig config = bench_config();

        config.conflict = DHCP4_CONFLICT_OPTIMISTIC;
        config.fallback = (Dhcp4Fallback){ .kind = DHCP4_FALLBACK_LINK_LOCAL, .after_usec = AFTER };
        return config;
}

static bool dna_asks(const Bench *b, DnaTask task) {
        DnaQuestion question;

        dhcp4_client_dna(&b->client, &question);
        return question.task == task && question.gateways[0].address.s_addr == inet_addr(ROUTER);
}

static void router_answers(Bench *b) {
        bench_event(b,
                    &(const Dhcp4Event){
                            .type = DHCP4_EVENT_GATEWAY,
                            .gateway = { .address = ip(ROUTER), .mac = { 2, 0xdd, 0, 0, 0, 1 } },
                    });
}

/*
 * Returns true if conflict detection is to look for an address, of the fallback or of a lease, and stores
 * it in @ret.
 */
static bool probes(const Bench *b, struct in_addr *ret) {
        return dhcp4_client_probing(&b->client, ret);
}

/*
 * Lets the client live through everything that leaves a trace: conflicts, NAKs, silence, a server that
 * failed, a lease, its routers, a sleep, a carrier that was away.
 */
static void live(Bench *b) {
        struct in_addr address;

        bench_start(b, NULL, false);
        bench_carrier(b, true);
        (void) bench_silence(b, b->now + AFTER);
        for (unsigned i = 0; i < 11; i++) {
                while (!probes(b, &address))
                        bench_dispatch(b, USEC_INFINITY);
                bench_simple(b, DHCP4_EVENT_PROBE_CONFLICT);
        }
        for (unsigned i = 0; i < 5; i++) {
                bench_to_state(b, DHCP4_STATE_SELECTING);
                bench_offer(b);
                bench_answer(b, DHCP4_NAK);
        }
        for (unsigned i = 0; i < 3; i++) {
                bench_to_state(b, DHCP4_STATE_SELECTING);
                bench_offer(b);
                bench_answer(b, DHCP4_ACK);
                bench_simple(b, DHCP4_EVENT_PROBE_CONFLICT);
        }
        bench_to_state(b, DHCP4_STATE_SELECTING);
        b->router = ROUTER;
        bench_offer(b);
        bench_answer(b, DHCP4_ACK);
        bench_simple(b, DHCP4_EVENT_PROBE_OK);
        router_answers(b);
        b->now += 60 * USEC_PER_SEC;
        bench_simple(b, DHCP4_EVENT_RESUMED);
        bench_dispatch(b, USEC_INFINITY);
        bench_answer(b, DHCP4_OFFER); /* to the DISCOVER beside the REQUEST */
        bench_carrier(b, false);
        bench_carrier(b, true);
        bench_to_state(b, DHCP4_STATE_BOUND);
        bench_simple(b, DHCP4_EVENT_RENEW);
        bench_to_state(b, DHCP4_STATE_SELECTING);
        bench_offer(b);
        bench_to_state(b, DHCP4_STATE_SELECTING); /* the server never sends an ACK */
}

/* Returns what a client does in its first minutes, frame by frame, as bytes. */
static GByteArray *first_steps(Bench *b) {
        GByteArray *ret = g_byte_array_new();

        bench_start(b, NULL, false);
        bench_carrier(b, true);
        for (unsigned i = 0; i < 20; i++) {
                g_byte_array_append(ret, (const guint8 *) &b->now, sizeof(b->now));
                for (unsigned j = 0; j < b->n_frames; j++)
                        g_byte_array_append(ret, b->frames[j].data, b->frames[j].len);
                bench_dispatch(b, USEC_INFINITY);
        }
        bench_offer(b);
        g_byte_array_append(ret, b->frames[0].data, b->frames[0].len);
        bench_answer(b, DHCP4_NAK);
        g_byte_array_append(ret, b->frames[0].data, b->frames[0].len);
        return ret;
}

/* init() makes a client without a past, whatever was in its memory. */
static void test_init(void) {
        static const uint8_t key[PRNG_KEY_LEN] = { 42 };
        const Dhcp4ClientConfig config = probing_config();
        g_autoptr(GByteArray) first = NULL, again = NULL;
        Bench b;

        bench_init(&b, &config);
        first = first_steps(&b);

        bench_init(&b, &config);
        live(&b);
        dhcp4_client_init(&b.client, &config, key);
        g_assert_cmpuint(dhcp4_client_next_deadline(&b.client), ==, USEC_INFINITY);
        g_assert_cmpuint(dhcp4_client_counters(&b.client)->sent[DHCP4_DISCOVER], ==, 0);
        b.now = T0;
        again = first_steps(&b);
        g_assert_cmpmem(first->data, first->len, again->data, again->len);
}

/* START after STOP begins anew: the network may be another one. */
static void test_start(void) {
        const Dhcp4ClientConfig config = probing_config();
        struct in_addr address, first;
        const Dhcp4Server *servers;
        Bench fresh = bench_selecting(&config), b;
        usec_t began;

        (void) bench_silence(&fresh, fresh.now + AFTER);
        g_assert_true(probes(&fresh, &first));

        bench_init(&b, &config);
        live(&b);
        bench_stop(&b, false);
        g_assert_cmpuint(dhcp4_client_next_deadline(&b.client), ==, USEC_INFINITY);
        b.now += 60 * USEC_PER_SEC;
        began = b.now;
        bench_start(&b, NULL, false);
        bench_carrier(&b, true);
        assert_state(&b, DHCP4_STATE_SELECTING);
        g_assert_cmpint(dhcp4_client_loss(&b.client), ==, DHCP4_LOSS_NONE);
        g_assert_cmpuint(b.last.header.secs, ==, 1);
        g_assert_cmpuint(b.last.header.flags & DHCP4_FLAG_BROADCAST, ==, 0);
        g_assert_false(dhcp4_message_has(&b.last, DHCP4_OPTION_REQUESTED_IP));
        g_assert_cmpuint(dhcp4_client_servers(&b.client, &servers), ==, 0);
        g_assert_cmpuint(dhcp4_client_next_deadline(&b.client), <=, began + 3 * USEC_PER_SEC / 2);

        /*
         * The fallback comes after its time, with the first address, and a conflict brings the next one at
         * once.
         */
        (void) bench_silence(&b, began + AFTER - 1);
        g_assert_false(probes(&b, &address));
        (void) bench_silence(&b, began + AFTER);
        g_assert_true(probes(&b, &address));
        g_assert_cmpuint(address.s_addr, ==, first.s_addr);
        bench_simple(&b, DHCP4_EVENT_PROBE_CONFLICT);
        g_assert_true(probes(&b, &address));

        /* No server has failed the client yet. The first failure costs no wait, or ten seconds. */
        bench_answer(&b, DHCP4_OFFER);
        assert_state(&b, DHCP4_STATE_REQUESTING);
        bench_answer(&b, DHCP4_NAK);
        assert_state(&b, DHCP4_STATE_SELECTING);
        bench_answer(&b, DHCP4_OFFER);
        bench_answer(&b, DHCP4_ACK);
        began = b.now;
        bench_simple(&b, DHCP4_EVENT_PROBE_CONFLICT);
        bench_to_state(&b, DHCP4_STATE_SELECTING);
        g_assert_cmpuint(b.now - began, <=, 13 * USEC_PER_SEC);
}

/* RFC 3927 §2.2.1: after many conflicts the client slows down. A lease makes it forget them. */
static void test_fallback_conflicts(void) {
        const Dhcp4ClientConfig config = probing_config();
        Bench b = bench_selecting(&config);
        struct in_addr address;

        (void) bench_silence(&b, T0 + AFTER);
        for (unsigned i = 0; i < 10; i++) {
                g_assert_true(probes(&b, &address));
                bench_simple(&b, DHCP4_EVENT_PROBE_CONFLICT);
        }
        g_assert_false(probes(&b, &address));
        bench_answer(&b, DHCP4_OFFER);
        bench_answer(&b, DHCP4_ACK);
        assert_state(&b, DHCP4_STATE_BOUND);
        bench_to_state(&b, DHCP4_STATE_SELECTING); /* it expires */
        (void) bench_silence(&b, b.now + AFTER);
        g_assert_true(probes(&b, &address));
        bench_simple(&b, DHCP4_EVENT_PROBE_CONFLICT);
        g_assert_true(probes(&b, &address));
}

/* A server that failed the client is the second choice, until it has granted a lease. */
static void test_passed_over(void) {
        const Dhcp4ClientConfig config = bench_config();
        Bench b = bench_selecting(&config);

        bench_answer(&b, DHCP4_OFFER);
        bench_to_state(&b, DHCP4_STATE_SELECTING); /* the server never sends an ACK */
        bench_answer(&b, DHCP4_OFFER);
        assert_state(&b, DHCP4_STATE_SELECTING);
        bench_dispatch(&b, USEC_INFINITY);
        assert_state(&b, DHCP4_STATE_REQUESTING);
        bench_answer(&b, DHCP4_ACK);
        assert_state(&b, DHCP4_STATE_BOUND);
        bench_to_state(&b, DHCP4_STATE_SELECTING); /* the lease expires */
        bench_answer(&b, DHCP4_OFFER);
        assert_state(&b, DHCP4_STATE_REQUESTING);
}

/* Returns a link on ROUTER's network that knows the router's hardware address. */
static Bench knows_router(const Dhcp4ClientConfig *config) {
        Bench b;

        bench_init(&b, config);
        b.router = ROUTER;
        bench_bind(&b);
        g_assert_true(dna_asks(&b, DNA_LEARN));
        router_answers(&b);
        g_assert_false(dna_asks(&b, DNA_LEARN));
        b.now += 60 * USEC_PER_SEC;
        return b;
}

/*
 * The hardware address of a router is remembered as long as it is certain that this is the router's
 * network: after a renewal that the lease's server answered at once. A router with the same address on
 * another network must not confirm the lease. So after anything else the client asks for the hardware
 * address again.
 */
static void test_gateways(void) {
        static const Dhcp4State states[] = { DHCP4_STATE_REBOOTING, DHCP4_STATE_RENEWING,
                                             DHCP4_STATE_REBINDING, DHCP4_STATE_REQUESTING };
        const Dhcp4ClientConfig config = bench_config();

        for (size_t i = 0; i < G_N_ELEMENTS(states); i++) {
                Bench b = knows_router(&config);

                if (states[i] == DHCP4_STATE_REBOOTING)
                        bench_simple(&b, DHCP4_EVENT_RESUMED);
                else if (states[i] == DHCP4_STATE_REQUESTING) {
                        bench_simple(&b, DHCP4_EVENT_RESUMED);
                        bench_dispatch(&b, USEC_INFINITY);
                        g_assert_true(b.has_beside);
                        bench_answer(&b, DHCP4_OFFER);
                        bench_to_state(&b, DHCP4_STATE_REQUESTING);
                } else
                        bench_to_state(&b, states[i]);
                assert_state(&b, states[i]);
                bench_answer(&b, DHCP4_ACK);
                assert_state(&b, DHCP4_STATE_BOUND);
                g_assert_true(dna_asks(&b, DNA_LEARN) == (states[i] != DHCP4_STATE_RENEWING));
        }
}

/* RFC 7844 §3.3: an address that was granted but not used before a sleep is not mentioned after it. */
static void test_anonymous_probing(void) {
        for (unsigned anonymous = 0; anonymous < 2; anonymous++) {
                Dhcp4ClientConfig config = bench_config();
                Bench b;

                config.anonymize = anonymous;
                config.conflict = DHCP4_CONFLICT_STRICT;
                b = bench_selecting(&config);
                bench_answer(&b, DHCP4_OFFER);
                bench_answer(&b, DHCP4_ACK);
                assert_state(&b, DHCP4_STATE_PROBING);
                b.now += 100 * USEC_PER_SEC;
                bench_simple(&b, DHCP4_EVENT_RESUMED);
                assert_state(&b, anonymous ? DHCP4_STATE_SELECTING : DHCP4_STATE_REBOOTING);
                g_assert_true(dhcp4_message_has(&b.last, DHCP4_OPTION_REQUESTED_IP) == !anonymous);
                g_assert_true((dhcp4_client_cached(&b.client) != NULL) == !anonymous);
        }
}

/* A renewal that the user asked for in vain is put off, but never beyond T1. */
static void test_put_off(void) {
        const Dhcp4ClientConfig config = bench_config();
        usec_t granted_at;
        Bench b;

        bench_init(&b, &config);
        bench_bind(&b);
        granted_at = dhcp4_client_lease(&b.client)->granted_at;
        b.now += 600 * USEC_PER_SEC;
        bench_simple(&b, DHCP4_EVENT_RENEW);
        bench_to_state(&b, DHCP4_STATE_BOUND);
        bench_to_state(&b, DHCP4_STATE_RENEWING);
        g_assert_cmpuint(b.now, <=, granted_at + 1800 * USEC_PER_SEC);
}

/*
 * T1 comes a little earlier than the server said, by chance. A renewal that begins at T1 goes by the
 * times of the RFC, even if the lease was to be asked about soon anyway. It is not an early renewal.
 */
static void test_early_at_t1(void) {
        const Dhcp4ClientConfig config = bench_config();
        usec_t granted_at;
        Bench b;

        bench_init(&b, &config);
        bench_bind(&b);
        granted_at = dhcp4_client_lease(&b.client)->granted_at;
        b.now = granted_at + 1730 * USEC_PER_SEC;
        bench_simple(&b, DHCP4_EVENT_RESUMED);
        assert_state(&b, DHCP4_STATE_REBOOTING);
        bench_to_state(&b, DHCP4_STATE_BOUND);
        bench_to_state(&b, DHCP4_STATE_RENEWING);
        g_assert_cmpuint(b.now, <, granted_at + 1800 * USEC_PER_SEC);
        g_assert_cmpuint(bench_silence(&b, b.now + 60 * USEC_PER_SEC), ==, 0);
        assert_state(&b, DHCP4_STATE_RENEWING);
}

/*
 * RFC 2131 §4.4.5: in REBINDING the wait between two REQUESTs is half of the time that is left of the lease,
 * and at least a minute.
 */
static void test_rebinding(void) {
        const Dhcp4ClientConfig config = bench_config();
        usec_t expires_at, left, at;
        unsigned n = 0;
        Bench b;

        bench_init(&b, &config);
        bench_bind(&b);
        expires_at = dhcp4_lease_expires_at(dhcp4_client_lease(&b.client));
        bench_to_state(&b, DHCP4_STATE_REBINDING);
        for (;;) {
                left = expires_at - b.now;
                at = dhcp4_client_next_deadline(&b.client);
                if (at == expires_at)
                        break;
                g_assert_cmpuint(at - b.now, ==, MAX(left / 2, (expires_at - T0) / 64));
                bench_dispatch(&b, USEC_INFINITY);
                g_assert_cmpint(b.last.type, ==, DHCP4_REQUEST);
                n++;
        }
        g_assert_cmpuint(n, >=, 3);
        g_assert_cmpuint(left, <=, 60 * USEC_PER_SEC);
}

/* A renewal that the user asks for is held back by what was sent a moment ago, not by what was heard. */
static void test_renew_rate(void) {
        const Dhcp4ClientConfig config = bench_config();
        Bench b = bench_selecting(&config);

        (void) bench_silence(&b, T0 + 60 * USEC_PER_SEC);
        while (dhcp4_client_next_deadline(&b.client) < b.now + 20 * USEC_PER_SEC)
                bench_dispatch(&b, USEC_INFINITY);
        b.now += 10 * USEC_PER_SEC;
        bench_answer(&b, DHCP4_NAK); /* the client ignores this NAK */
        g_assert_cmpuint(b.n_frames, ==, 0);
        bench_simple(&b, DHCP4_EVENT_RENEW);
        g_assert_cmpuint(b.n_frames, ==, 1);
        bench_simple(&b, DHCP4_EVENT_RENEW);
        g_assert_cmpuint(b.n_frames, ==, 0);
}

/*
 * Routers are asked again beside each REQUEST, because a frame may have been lost at a switch port that
 * did not forward yet.
 */
static void test_router_turns(void) {
        const Dhcp4ClientConfig config = bench_config();
        Bench b = knows_router(&config);
        DnaQuestion first, second;

        bench_simple(&b, DHCP4_EVENT_RESUMED);
        dhcp4_client_dna(&b.client, &first);
        bench_dispatch(&b, USEC_INFINITY);
        dhcp4_client_dna(&b.client, &second);
        g_assert_cmpint(first.task, ==, DNA_VERIFY);
        g_assert_cmpint(second.task, ==, DNA_VERIFY);
        g_assert_cmpuint(first.turn, !=, second.turn);
}

/* A RELEASE has an xid of its own: answers that are still under way answer earlier messages. */
static void test_release_xid(void) {
        const Dhcp4ClientConfig config = bench_config();
        uint32_t xid;
        Bench b;

        bench_init(&b, &config);
        bench_bind(&b);
        xid = b.last.header.xid;
        bench_stop(&b, true);
        g_assert_cmpint(b.last.type, ==, DHCP4_RELEASE);
        g_assert_cmpuint(b.last.header.xid, !=, xid);
}

static uint64_t n_ignored(const Bench *b) {
        return dhcp4_client_counters(&b->client)->ignored;
}

static Bench informing(const Dhcp4ClientConfig *config) {
        Bench b;

        bench_init(&b, config);
        bench_start(&b, NULL, false);
        bench_carrier(&b, true);
        assert_state(&b, DHCP4_STATE_INFORMING);
        return b;
}

/* Messages that change nothing are counted, so that people see that somebody sends what is not for us. */
static void test_ignored_are_counted(void) {
        static const Dhcp4MessageType types[] = { DHCP4_OFFER, DHCP4_ACK, DHCP4_NAK, DHCP4_FORCERENEW };
        const Dhcp4ClientConfig config = bench_config();
        uint64_t before;
        Bench b;

        bench_init(&b, &config);
        bench_bind(&b);
        for (size_t i = 0; i < G_N_ELEMENTS(types); i++) {
                before = n_ignored(&b);
                bench_answer(&b, types[i]);
                g_assert_cmpuint(n_ignored(&b), ==, before + 1);
        }
        bench_to_state(&b, DHCP4_STATE_RENEWING);
        b.server = OTHER;
        before = n_ignored(&b);
        bench_answer(&b, DHCP4_NAK);
        bench_answer(&b, DHCP4_OFFER); /* nobody was asked for an OFFER */
        g_assert_cmpuint(n_ignored(&b), ==, before + 2);

        /* A DISCOVER went out beside the second REQUEST, so somebody was asked. */
        b.now += USEC_PER_SEC;
        bench_simple(&b, DHCP4_EVENT_RESUMED);
        bench_dispatch(&b, USEC_INFINITY);
        g_assert_true(b.has_beside);
        before = n_ignored(&b);
        bench_answer(&b, DHCP4_OFFER);
        g_assert_cmpuint(n_ignored(&b), ==, before);

        b = bench_selecting(&config);
        bench_answer(&b, DHCP4_OFFER);
        b.server = OTHER;
        before = n_ignored(&b);
        bench_answer(&b, DHCP4_NAK);
        g_assert_cmpuint(n_ignored(&b), ==, before + 1);
        b.server = SERVER;
        bench_answer(&b, DHCP4_ACK);
        assert_state(&b, DHCP4_STATE_BOUND);
        g_assert_cmpuint(n_ignored(&b), ==, before + 1);
}

/* A message that is used is not counted as ignored, though it brings no lease by itself. */
static void test_used_are_not_counted(void) {
        static const uint8_t option_116[] = { DHCP4_OPTION_AUTO_CONFIGURE, 1, 0 };
        Dhcp4ClientConfig config = bench_config();
        Bench b;

        /* An OFFER that waits for a better one, and one that forbids an address of our own (RFC 2563). */
        b = bench_selecting(&config);
        b.anonymous = true;
        b.source = ip(OTHER);
        bench_answer(&b, DHCP4_OFFER);
        g_assert_cmpuint(n_ignored(&b), ==, 0);
        b = bench_selecting(&config);
        b.offer = "0.0.0.0";
        b.options = option_116;
        b.options_len = sizeof(option_116);
        bench_answer(&b, DHCP4_OFFER);
        g_assert_cmpuint(n_ignored(&b), ==, 0);
        /* An ACK by rapid commit. */
        b = bench_selecting(&config);
        b.rapid_commit = true;
        bench_answer(&b, DHCP4_ACK);
        assert_state(&b, DHCP4_STATE_BOUND);
        g_assert_cmpuint(n_ignored(&b), ==, 0);
        /* An answer to an INFORM is used, unless it does not name its server. */
        config.inform = ip("10.0.0.9");
        config.inform_prefix_len = 24;
        b = informing(&config);
        b.offer = "0.0.0.0";
        b.anonymous = true;
        bench_answer(&b, DHCP4_ACK);
        assert_state(&b, DHCP4_STATE_INFORMING);
        g_assert_cmpuint(n_ignored(&b), ==, 1);
        b.anonymous = false;
        bench_answer(&b, DHCP4_ACK);
        assert_state(&b, DHCP4_STATE_BOUND);
        g_assert_cmpuint(n_ignored(&b), ==, 1);
}

typedef enum Nag {
        NAG_RESUMED,
        NAG_RENEW,
        NAG_CARRIER,
        NAG_RESTART,
        _NAG_MAX,
} Nag;

static void nag(Bench *b, Nag how) {
        switch (how) {
        case NAG_RESUMED:
                bench_simple(b, DHCP4_EVENT_RESUMED);
                return;
        case NAG_RENEW:
                bench_simple(b, DHCP4_EVENT_RENEW);
                return;
        case NAG_CARRIER:
                bench_carrier(b, false);
                bench_carrier(b, true);
                return;
        case NAG_RESTART:
                bench_stop(b, /* release= */ false);
                bench_start(b, NULL, false);
                bench_carrier(b, true);
                return;
        case _NAG_MAX:
                break;
        }
        g_assert_not_reached();
}

/*
 * Answers every frame that was sent since there were @before frames, until there is nothing left to
 * answer.
 */
static void answer_since(Bench *b, unsigned before) {
        while (b->total > before) {
                before = b->total;
                bench_answer(b, bench_state(b) == DHCP4_STATE_SELECTING ? DHCP4_OFFER : DHCP4_ACK);
        }
}

/*
 * The user asks three thousand times within six seconds, and the server answers quickly: the client keeps
 * the pace and forgets nothing.
 */
static void test_pace(void) {
        for (Nag how = 0; how < _NAG_MAX; how++) {
                const Dhcp4ClientConfig config = bench_config();
                unsigned before;
                usec_t began;
                Bench b;

                bench_init(&b, &config);
                bench_bind(&b);
                (void) bench_silence(&b, b.now + 60 * USEC_PER_SEC);
                before = b.total;
                began = b.now;
                for (unsigned i = 0; i < 3000; i++) {
                        const unsigned asked = b.total;

                        nag(&b, how);
                        answer_since(&b, asked);
                        /* A lease that was granted only a moment ago is not renewed. */
                        (void) bench_silence(&b, b.now + 2 * USEC_PER_MSEC);
                        answer_since(&b, asked);
                }
                g_assert_cmpuint(b.total - before, >=, 16);
                g_assert_cmpuint(b.total - before, <=, 16 + (b.now - began) / USEC_PER_SEC);

                /*
                 * A message that was due and had to wait is sent within a second, without another
                 * request.
                 */
                for (unsigned i = 0; i < 3 && bench_state(&b) != DHCP4_STATE_BOUND; i++) {
                        before = b.total;
                        bench_dispatch(&b, b.now + USEC_PER_SEC);
                        answer_since(&b, before);
                }
                assert_state(&b, DHCP4_STATE_BOUND);
                /* Later a renewal begins at once again. */
                (void) bench_silence(&b, b.now + 60 * USEC_PER_SEC);
                nag(&b, NAG_RENEW);
                g_assert_cmpuint(b.n_frames, ==, 1);
        }
}

int main(int argc, char *argv[]) {
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/dhcp4-client-again/init", test_init);
        g_test_add_func("/dhcp4-client-again/start", test_start);
        g_test_add_func("/dhcp4-client-again/fallback-conflicts", test_fallback_conflicts);
        g_test_add_func("/dhcp4-client-again/passed-over", test_passed_over);
        g_test_add_func("/dhcp4-client-again/gateways", test_gateways);
        g_test_add_func("/dhcp4-client-again/anonymous-probing", test_anonymous_probing);
        g_test_add_func("/dhcp4-client-again/put-off", test_put_off);
        g_test_add_func("/dhcp4-client-again/early-at-t1", test_early_at_t1);
        g_test_add_func("/dhcp4-client-again/rebinding", test_rebinding);
        g_test_add_func("/dhcp4-client-again/renew-rate", test_renew_rate);
        g_test_add_func("/dhcp4-client-again/pace", test_pace);
        g_test_add_func("/dhcp4-client-again/router-turns", test_router_turns);
        g_test_add_func("/dhcp4-client-again/release-xid", test_release_xid);
        g_test_add_func("/dhcp4-client-again/ignored-are-counted", test_ignored_are_counted);
        g_test_add_func("/dhcp4-client-again/used-are-not-counted", test_used_are_not_counted);
        return g_test_run();
}
