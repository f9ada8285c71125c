/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the client knows of a search without success (core/dhcp4-client-search.c): when the search begins
 * and ends, what is counted, and that each answer that gives no lease leaves its reason.
 */
#include "tests/unit/client-fixture.h"

static const Dhcp4Search *search(const Bench *b) {
        return dhcp4_client_search(&b->client);
}

static void assert_no_search(const Bench *b) {
        g_assert_cmpuint(search(b)->since, ==, USEC_INFINITY);
        g_assert_cmpuint(search(b)->attempts, ==, 0);
        g_assert_cmpuint(search(b)->unanswered, ==, 0);
        g_assert_cmpint(search(b)->refusal, ==, DHCP4_REFUSAL_NONE);
        g_assert_cmpuint(dhcp4_client_next_attempt_at(&b->client), ==, USEC_INFINITY);
}

#define assert_refusal(b, expected, expected_type, server) \
        do { \
                g_assert_cmpstr(dhcp4_refusal_to_string(search(b)->refusal), ==, \
                                dhcp4_refusal_to_string(expected)); \
                g_assert_cmpint(search(b)->refused_type, ==, expected_type); \
                g_assert_cmpuint(search(b)->refused_server.s_addr, ==, ip(server).s_addr); \
                g_assert_cmpuint(search(b)->refused_at, ==, (b)->now); \
        } while (0)

/* A search lasts from the carrier to the lease, and begins again when the lease is over. */
static void test_life(void) {
        Dhcp4ClientConfig config = bench_config();
        usec_t lost_at;
        Bench b;

        bench_init(&b, &config);
        assert_no_search(&b);
        bench_start(&b, NULL, false);
        assert_no_search(&b); /* without a carrier there is nobody to ask */
        bench_carrier(&b, true);
        g_assert_cmpuint(search(&b)->since, ==, T0);
        for (unsigned i = 1; i <= 6; i++) {
                g_assert_cmpuint(search(&b)->attempts, ==, i);
                g_assert_cmpuint(search(&b)->unanswered, ==, i);
                g_assert_cmpuint(dhcp4_client_next_attempt_at(&b.client), ==,
                                 dhcp4_client_next_deadline(&b.client));
                bench_dispatch(&b, USEC_INFINITY);
        }
        g_assert_cmpuint(search(&b)->since, ==, T0);
        bench_answer(&b, DHCP4_OFFER);
        g_assert_cmpuint(search(&b)->attempts, ==, 8);
        g_assert_cmpuint(search(&b)->unanswered, ==, 1); /* the REQUEST */
        bench_answer(&b, DHCP4_ACK);
        assert_no_search(&b);

        /* A renewal is no search. A search begins when the lease is over. */
        while (dhcp4_client_lease(&b.client)) {
                assert_no_search(&b);
                bench_dispatch(&b, USEC_INFINITY);
        }
        lost_at = b.now;
        g_assert_cmpuint(search(&b)->since, ==, lost_at);
        g_assert_cmpuint(search(&b)->attempts, ==, 1);
        bench_carrier(&b, false);
        assert_no_search(&b);
        bench_carrier(&b, true);
        g_assert_cmpuint(search(&b)->since, ==, b.now);
        bench_stop(&b, false);
        assert_no_search(&b);
}

/* The next attempt that is shown is what follows the wait, not a repeated frame. */
static void test_waits(void) {
        Dhcp4ClientConfig config = bench_config();
        Bench b;

        config.start_delay_max_usec = 10 * USEC_PER_SEC;
        bench_init(&b, &config);
        bench_start(&b, NULL, false);
        bench_carrier(&b, true);
        g_assert_cmpuint(search(&b)->attempts, ==, 0);
        g_assert_cmpuint(dhcp4_client_next_attempt_at(&b.client), >, b.now);
        g_assert_cmpuint(dhcp4_client_next_attempt_at(&b.client), <=, b.now + 10 * USEC_PER_SEC);

        /* The frame that a wireless link repeats at once is the same attempt. */
        config = bench_config();
        config.wireless = true;
        b = bench_selecting(&config);
        bench_dispatch(&b, USEC_INFINITY);
        g_assert_cmpuint(b.total, ==, 2);
        g_assert_cmpuint(search(&b)->attempts, ==, 1);

        /* In PROBING no attempt is due. */
        config = bench_config();
        config.conflict = DHCP4_CONFLICT_STRICT;
        b = bench_selecting(&config);
        bench_answer(&b, DHCP4_OFFER);
        bench_answer(&b, DHCP4_ACK);
        assert_state(&b, DHCP4_STATE_PROBING);
        g_assert_cmpuint(search(&b)->since, ==, T0);
        g_assert_cmpuint(dhcp4_client_next_attempt_at(&b.client), ==, USEC_INFINITY);
}

/* Each refused OFFER leaves its reason, and the search goes on as before. */
static void test_offers(void) {
        const Dhcp4ServerRule rule = { .address = ip(SERVER), .prefix_len = 32 },
                              other = { .address = ip(OTHER), .prefix_len = 32 };
        static const uint8_t foreign_id[] = { 1, 9, 9, 9, 9, 9, 9 }, option_116[] = { 116, 1, 0 },
                             option_108[] = { 108, 4, 0, 0, 2, 88 };
        const struct {
                Dhcp4Refusal refusal;
                const char *offer;
                bool no_lifetime, no_server_id, foreign_id, denied, not_allowed;
                const uint8_t *options;
                size_t options_len;
        } rows[] = {
                { .refusal = DHCP4_REFUSAL_NO_ADDRESS, .offer = "0.0.0.0" },
                { .refusal = DHCP4_REFUSAL_NO_ADDRESS, .offer = "127.0.0.1" },
                { .refusal = DHCP4_REFUSAL_NO_LIFETIME, .offer = OFFER, .no_lifetime = true },
                { .refusal = DHCP4_REFUSAL_NO_SERVER_ID, .offer = OFFER, .no_server_id = true },
                { .refusal = DHCP4_REFUSAL_CLIENT_ID, .offer = OFFER, .foreign_id = true },
                { .refusal = DHCP4_REFUSAL_DENIED, .offer = OFFER, .denied = true },
                { .refusal = DHCP4_REFUSAL_NOT_ALLOWED, .offer = OFFER, .not_allowed = true },
                /* The client of bench_config() does not ask for option 108. */
                { .refusal = DHCP4_REFUSAL_IPV6_ONLY_UNASKED,
                  .offer = "0.0.0.0",
                  .options = option_108,
                  .options_len = sizeof(option_108) },
                { .refusal = DHCP4_REFUSAL_AUTO_CONFIGURE,
                  .offer = "0.0.0.0",
                  .options = option_116,
                  .options_len = sizeof(option_116) },
        };

        for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
                Dhcp4ClientConfig config = bench_config();
                Bench b;

                config.deny = &rule;
                config.n_deny = rows[i].denied;
                config.allow = &other;
                config.n_allow = rows[i].not_allowed;
                b = bench_selecting(&config);
                b.offer = rows[i].offer;
                b.options = rows[i].options;
                b.options_len = rows[i].options_len;
                b.anonymous = rows[i].no_server_id;
                if (rows[i].no_lifetime)
                        b.lifetime_sec = 0;
                if (rows[i].foreign_id) {
                        b.client_id = foreign_id;
                        b.client_id_len = sizeof(foreign_id);
                }
                bench_answer(&b, DHCP4_OFFER);
                assert_state(&b, DHCP4_STATE_SELECTING);
                assert_refusal(&b, rows[i].refusal, DHCP4_OFFER, rows[i].no_server_id ? "0.0.0.0" : SERVER);
                g_assert_cmpuint(search(&b)->unanswered, ==, 0);
                g_assert_cmpuint(search(&b)->attempts, ==, 1);
                /* Silence is counted from the refused answer on. The reason is not forgotten. */
                bench_dispatch(&b, USEC_INFINITY);
                g_assert_cmpuint(search(&b)->unanswered, ==, 1);
                g_assert_cmpint(search(&b)->refusal, ==, rows[i].refusal);
        }
}

/* An OFFER with option 108 to a client that asked for it is no refusal: the client pauses. */
static void test_ipv6_only(void) {
        static const uint8_t option_108[] = { 108, 4, 0, 0, 2, 88 };
        Dhcp4ClientConfig config = bench_config();
        Bench b;

        config.ipv6_only = true;
        b = bench_selecting(&config);
        b.offer = "0.0.0.0";
        b.options = option_108;
        b.options_len = sizeof(option_108);
        bench_answer(&b, DHCP4_OFFER);
        g_assert_true(dhcp4_client_is_ipv6_only(&b.client));
        assert_no_search(&b);
        /* The same answer does not count if the server does not name itself. */
        b = bench_selecting(&config);
        b.offer = "0.0.0.0";
        b.options = option_108;
        b.options_len = sizeof(option_108);
        b.source = ip(SERVER);
        b.anonymous = true;
        bench_answer(&b, DHCP4_OFFER);
        assert_refusal(&b, DHCP4_REFUSAL_IPV6_ONLY_UNASKED, DHCP4_OFFER, SERVER);
}

/* Which answers to a REQUEST are refused, and which messages are no answer. */
static void test_requesting(void) {
        const Dhcp4ClientConfig config = bench_config();
        Bench b = bench_selecting(&config);

        bench_answer(&b, DHCP4_ACK);
        assert_refusal(&b, DHCP4_REFUSAL_UNASKED, DHCP4_ACK, SERVER);
        bench_answer(&b, DHCP4_OFFER);
        assert_state(&b, DHCP4_STATE_REQUESTING);

        b.server = OTHER;
        b.hw = &bench_other_hw;
        bench_answer(&b, DHCP4_ACK);
        assert_refusal(&b, DHCP4_REFUSAL_OTHER_SERVER, DHCP4_ACK, OTHER);
        bench_answer(&b, DHCP4_NAK);
        assert_refusal(&b, DHCP4_REFUSAL_NAK_IGNORED, DHCP4_NAK, OTHER);
        b.anonymous = true;
        b.source = ip("10.0.0.9");
        bench_answer(&b, DHCP4_NAK);
        assert_refusal(&b, DHCP4_REFUSAL_NAK_IGNORED, DHCP4_NAK, "10.0.0.9");
        assert_state(&b, DHCP4_STATE_REQUESTING);

        /*
         * The client heard an answer since the REQUEST, so its first retransmission tells of no silence.
         * The next one does.
         */
        bench_dispatch(&b, USEC_INFINITY);
        g_assert_cmpint(search(&b)->refusal, ==, DHCP4_REFUSAL_NAK_IGNORED);
        bench_dispatch(&b, USEC_INFINITY);
        assert_refusal(&b, DHCP4_REFUSAL_NO_ACK, DHCP4_OFFER, SERVER);

        b.server = SERVER;
        b.hw = &bench_server_hw;
        b.anonymous = false;
        bench_answer(&b, DHCP4_NAK);
        assert_refusal(&b, DHCP4_REFUSAL_NAK, DHCP4_NAK, SERVER);
}

/*
 * An answer without option 54 belongs to no server in SELECTING, because no server was asked. The reason
 * that is kept for an ACK says so.
 */
static void test_nameless(void) {
        Dhcp4ClientConfig config = bench_config();
        Bench b;

        config.bootp = true;
        b = bench_selecting(&config);
        b.anonymous = true;
        b.source = ip("10.0.0.9");
        bench_answer(&b, DHCP4_ACK);
        assert_refusal(&b, DHCP4_REFUSAL_NO_SERVER_ID, DHCP4_ACK, "10.0.0.9");

        /* A BOOTP reply names no server: option 54 does not count in it. */
        bench_dispatch(&b, USEC_INFINITY);
        b.anonymous = false;
        b.server = "127.0.0.1";
        bench_answer(&b, DHCP4_BOOTP);
        assert_refusal(&b, DHCP4_REFUSAL_NOT_DHCP, DHCP4_BOOTP, "0.0.0.0");
}

/* The first retransmission of a REQUEST records that the REQUEST had no answer. */
static void test_no_ack(void) {
        const Dhcp4ClientConfig config = bench_config();
        Bench b = bench_selecting(&config);

        bench_answer(&b, DHCP4_OFFER);
        assert_state(&b, DHCP4_STATE_REQUESTING);
        g_assert_cmpint(search(&b)->refusal, ==, DHCP4_REFUSAL_NONE);
        bench_dispatch(&b, USEC_INFINITY);
        assert_refusal(&b, DHCP4_REFUSAL_NO_ACK, DHCP4_OFFER, SERVER);
}

/* An ACK that comes when its lease is over is refused. An ACK that comes a microsecond earlier is used. */
static void test_expired(void) {
        const Dhcp4ClientConfig config = bench_config();

        for (unsigned late = 0; late < 2; late++) {
                Bench b = bench_selecting(&config);
                uint64_t ignored;

                b.lifetime_sec = 10;
                bench_answer(&b, DHCP4_OFFER);
                (void) bench_silence(&b, T0 + 10 * USEC_PER_SEC - !late);
                assert_state(&b, DHCP4_STATE_REQUESTING);
                ignored = dhcp4_client_counters(&b.client)->ignored;
                bench_answer(&b, DHCP4_ACK);
                g_assert_cmpuint(dhcp4_client_counters(&b.client)->ignored, ==, ignored + late);
                if (late)
                        assert_refusal(&b, DHCP4_REFUSAL_EXPIRED, DHCP4_ACK, SERVER);
                else
                        g_assert_nonnull(dhcp4_client_lease(&b.client));
        }
}

/* A NAK that ends a lease is the first reason of the search that begins. */
static void test_lost(void) {
        for (unsigned other = 0; other < 2; other++) {
                Dhcp4ClientConfig config = bench_config();
                Bench b;

                bench_init(&b, &config);
                bench_bind(&b);
                while (bench_state(&b) != DHCP4_STATE_REBINDING)
                        bench_dispatch(&b, USEC_INFINITY);
                if (other)
                        b.server = OTHER;
                bench_answer(&b, DHCP4_NAK);
                /* The NAK of another server takes effect a moment later while the lease is in force. */
                if (other) {
                        assert_no_search(&b);
                        bench_dispatch(&b, USEC_INFINITY);
                }
                g_assert_null(dhcp4_client_lease(&b.client));
                assert_refusal(&b, DHCP4_REFUSAL_NAK, DHCP4_NAK, other ? "0.0.0.0" : SERVER);
                g_assert_cmpuint(search(&b)->since, ==, b.now);
                g_assert_cmpuint(search(&b)->attempts, ==, 1);
        }
}

static void test_conflict(void) {
        Dhcp4ClientConfig config = bench_config();
        Bench b;

        config.conflict = DHCP4_CONFLICT_OPTIMISTIC;
        b = bench_selecting(&config);
        bench_answer(&b, DHCP4_OFFER);
        bench_answer(&b, DHCP4_ACK);
        assert_no_search(&b);
        bench_simple(&b, DHCP4_EVENT_PROBE_CONFLICT);
        assert_refusal(&b, DHCP4_REFUSAL_IN_USE, DHCP4_ACK, SERVER);
        g_assert_cmpuint(dhcp4_client_next_attempt_at(&b.client), >=, b.now + 5 * USEC_PER_SEC);
}

/* Programs rely on the names, so each of them is there once. People need words for each of them. */
static void test_names(void) {
        g_autoptr(GHashTable) names = g_hash_table_new(g_str_hash, g_str_equal);

        g_assert_cmpstr(dhcp4_refusal_to_string(DHCP4_REFUSAL_NONE), ==, "");
        g_assert_cmpstr(dhcp4_refusal_describe(DHCP4_REFUSAL_NONE), ==, "");
        for (Dhcp4Refusal refusal = DHCP4_REFUSAL_NONE + 1; refusal < _DHCP4_REFUSAL_MAX; refusal++) {
                g_assert_true(g_hash_table_add(names, (char *) dhcp4_refusal_to_string(refusal)));
                g_assert_cmpuint(strlen(dhcp4_refusal_to_string(refusal)), >, 0);
                g_assert_cmpuint(strlen(dhcp4_refusal_describe(refusal)), >, 0);
        }
}

int main(int argc, char **argv) {
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/dhcp4-client-search/life", test_life);
        g_test_add_func("/dhcp4-client-search/waits", test_waits);
        g_test_add_func("/dhcp4-client-search/offers", test_offers);
        g_test_add_func("/dhcp4-client-search/ipv6-only", test_ipv6_only);
        g_test_add_func("/dhcp4-client-search/requesting", test_requesting);
        g_test_add_func("/dhcp4-client-search/nameless", test_nameless);
        g_test_add_func("/dhcp4-client-search/no-ack", test_no_ack);
        g_test_add_func("/dhcp4-client-search/expired", test_expired);
        g_test_add_func("/dhcp4-client-search/lost", test_lost);
        g_test_add_func("/dhcp4-client-search/conflict", test_conflict);
        g_test_add_func("/dhcp4-client-search/names", test_names);
        return g_test_run();
}
