/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a link has without a lease: the static and the link-local fallback (RFC 3927, RFC 2563), and a
 * configured address for which the client asks only for the other options (DHCPINFORM).
 */
#include "tests/unit/client-fixture.h"

#define AFTER (10 * USEC_PER_SEC)

static Dhcp4ClientConfig with_fallback(Dhcp4FallbackKind kind) {
        Dhcp4ClientConfig config = bench_config();

        config.conflict = DHCP4_CONFLICT_OPTIMISTIC;
        config.fallback = (Dhcp4Fallback){
                .kind = kind,
                .after_usec = AFTER,
                .address = ip("192.0.2.7"),
                .prefix_len = 24,
                .router = ip("192.0.2.1"),
        };
        return config;
}

static Bench searching(const Dhcp4ClientConfig *config) {
        Bench b;

        bench_init(&b, config);
        bench_start(&b, NULL, false);
        bench_carrier(&b, true);
        return b;
}

static bool fallback(const Bench *b, Dhcp4Source *ret) {
        return dhcp4_client_fallback(&b->client, ret);
}

static struct in_addr probing(const Bench *b) {
        struct in_addr address = {};

        g_assert_true(dhcp4_client_probing(&b->client, &address));
        return address;
}

static bool is_link_local(struct in_addr address) {
        const uint32_t a = ntohl(address.s_addr);

        return a >= 0xa9fe0100 && a <= 0xa9fefeff;
}

static void test_static(void) {
        Dhcp4ClientConfig config = with_fallback(DHCP4_FALLBACK_STATIC);
        Bench b = searching(&config);
        struct in_addr address;
        Dhcp4Source source;

        (void) bench_silence(&b, T0 + AFTER - 1);
        g_assert_false(fallback(&b, &source));
        g_assert_false(dhcp4_client_probing(&b.client, &address));
        (void) bench_silence(&b, T0 + AFTER);
        g_assert_false(fallback(&b, &source)); /* not yet known to be free */
        g_assert_cmpuint(probing(&b).s_addr, ==, config.fallback.address.s_addr);
        bench_simple(&b, DHCP4_EVENT_PROBE_OK);
        g_assert_true(fallback(&b, &source));
        g_assert_cmpint(source.origin, ==, DHCP4_LEASE_STATIC);
        g_assert_cmpuint(source.address.s_addr, ==, config.fallback.address.s_addr);
        g_assert_cmpuint(source.prefix_len, ==, 24);
        g_assert_true(source.lifetime_usec == USEC_INFINITY);
        g_assert_null(source.lease);
        g_assert_cmpuint(source.router.s_addr, ==, config.fallback.router.s_addr);

        /* The fallback is no lease: the search goes on, and a lease ends the fallback. */
        g_assert_null(dhcp4_client_lease(&b.client));
        g_assert_null(dhcp4_client_cached(&b.client));
        g_assert_cmpuint(bench_silence(&b, b.now + 300 * USEC_PER_SEC), >, 3);
        g_assert_true(fallback(&b, &source));
        bench_answer(&b, DHCP4_OFFER);
        g_assert_cmpuint(probing(&b).s_addr, ==, inet_addr(OFFER));
        g_assert_true(fallback(&b, &source));
        bench_answer(&b, DHCP4_ACK);
        assert_state(&b, DHCP4_STATE_BOUND);
        g_assert_false(fallback(&b, &source));
}

/* Without conflict detection there is nothing to wait for. */
static void test_static_unprobed(void) {
        Dhcp4ClientConfig config = with_fallback(DHCP4_FALLBACK_STATIC);
        struct in_addr address;
        Dhcp4Source source;
        Bench b;

        config.conflict = DHCP4_CONFLICT_NO;
        b = searching(&config);
        (void) bench_silence(&b, T0 + AFTER);
        g_assert_true(fallback(&b, &source));
        g_assert_false(dhcp4_client_probing(&b.client, &address));
}

static void test_static_taken(void) {
        const Dhcp4ClientConfig config = with_fallback(DHCP4_FALLBACK_STATIC);
        Bench b = searching(&config);
        struct in_addr address;
        Dhcp4Source source;

        (void) bench_silence(&b, T0 + AFTER);
        bench_simple(&b, DHCP4_EVENT_PROBE_CONFLICT);
        g_assert_false(dhcp4_client_probing(&b.client, &address));
        (void) bench_silence(&b, b.now + 59 * USEC_PER_SEC);
        g_assert_false(dhcp4_client_probing(&b.client, &address));
        (void) bench_silence(&b, b.now + USEC_PER_SEC);
        g_assert_cmpuint(probing(&b).s_addr, ==, config.fallback.address.s_addr);
        bench_simple(&b, DHCP4_EVENT_PROBE_OK);
        g_assert_true(fallback(&b, &source));
        g_assert_cmpuint(dhcp4_client_counters(&b.client)->conflicts, ==, 1);
}

static void test_link_local(void) {
        /* The address is probed even where leases are not (RFC 3927). */
        static const Dhcp4ConflictMode modes[] = { DHCP4_CONFLICT_OPTIMISTIC, DHCP4_CONFLICT_NO };
        struct in_addr seen[12];
        Dhcp4Source source;

        for (size_t i = 0; i < G_N_ELEMENTS(modes); i++) {
                Dhcp4ClientConfig config = with_fallback(DHCP4_FALLBACK_LINK_LOCAL);
                uint8_t auto_configure;
                Bench b;

                config.conflict = modes[i];
                b = searching(&config);
                g_assert_cmpint(dhcp4_message_get_u8(&b.last, DHCP4_OPTION_AUTO_CONFIGURE, &auto_configure),
                                ==, 0);
                g_assert_cmpuint(auto_configure, ==, 1);
                (void) bench_silence(&b, T0 + AFTER);
                for (unsigned n = 0; n < 10; n++) {
                        seen[n] = probing(&b);
                        g_assert_true(is_link_local(seen[n]));
                        for (unsigned j = 0; j < n; j++)
                                g_assert_cmpuint(seen[j].s_addr, !=, seen[n].s_addr);
                        g_assert_false(fallback(&b, &source));
                        bench_simple(&b, DHCP4_EVENT_PROBE_CONFLICT);
                }
                /* After ten conflicts there is one try a minute. */
                g_assert_false(dhcp4_client_probing(&b.client, &seen[10]));
                (void) bench_silence(&b, b.now + 60 * USEC_PER_SEC);
                seen[10] = probing(&b);
                bench_simple(&b, DHCP4_EVENT_PROBE_OK);
                g_assert_true(fallback(&b, &source));
                g_assert_cmpint(source.origin, ==, DHCP4_LEASE_LINK_LOCAL);
                g_assert_cmpuint(source.address.s_addr, ==, seen[10].s_addr);
                g_assert_cmpuint(source.prefix_len, ==, 16);
                /* Another host takes the address over later: the client chooses another one. */
                bench_simple(&b, DHCP4_EVENT_PROBE_CONFLICT);
                g_assert_false(fallback(&b, &source));
        }
}

/*
 * Returns the first address that a client of this configuration probes. The fixture is not used, because
 * all of its frames are of one host.
 */
static struct in_addr first_address(const Dhcp4ClientConfig *config, uint8_t key) {
        const Dhcp4Event events[] = {
                { .type = DHCP4_EVENT_START },
                { .type = DHCP4_EVENT_CARRIER, .carrier.up = true },
        };
        struct in_addr address = {};
        Dhcp4Client client;
        Dhcp4Frame frame;

        dhcp4_client_init(&client, config, (const uint8_t[PRNG_KEY_LEN]){ key });
        for (size_t i = 0; i < G_N_ELEMENTS(events); i++) {
                dhcp4_client_input(&client, T0, &events[i]);
                while (dhcp4_client_next_frame(&client, &frame))
                        ;
        }
        dhcp4_client_dispatch(&client, T0 + AFTER);
        g_assert_true(dhcp4_client_probing(&client, &address));
        g_assert_true(is_link_local(address));
        return address;
}

/* The same host gets the same address again, and another host gets another one. */
static void test_link_local_address(void) {
        Dhcp4ClientConfig config = with_fallback(DHCP4_FALLBACK_LINK_LOCAL);
        const struct in_addr first = first_address(&config, 1);

        g_assert_cmpuint(first_address(&config, 2).s_addr, ==, first.s_addr);
        config.chaddr[5] ^= 1;
        g_assert_cmpuint(first_address(&config, 1).s_addr, !=, first.s_addr);

        /* If chaddr is empty, the client identifier tells hosts apart. */
        config.chaddr_len = 0;
        config.client_id[6] = 77;
        const struct in_addr by_id = first_address(&config, 1);

        config.client_id[6] = 78;
        g_assert_cmpuint(first_address(&config, 1).s_addr, !=, by_id.s_addr);
}

/* RFC 2563: a server may forbid the address, until the link is attached anew. */
static void test_link_local_forbidden(void) {
        const Dhcp4ClientConfig config = with_fallback(DHCP4_FALLBACK_LINK_LOCAL);
        uint8_t data[DHCP4_MESSAGE_MAX_LEN];
        Dhcp4Builder builder;
        Dhcp4Header header;
        struct in_addr address;
        size_t len;

        for (uint8_t value = 0; value < 2; value++) {
                Bench b = searching(&config);

                header = b.last.header;
                header.op = DHCP4_OP_BOOTREPLY;
                dhcp4_builder_init(&builder, data, sizeof(data), &header, DHCP4_OFFER);
                dhcp4_builder_append_addr(&builder, DHCP4_OPTION_SERVER_ID, ip(SERVER));
                dhcp4_builder_append_u8(&builder, DHCP4_OPTION_AUTO_CONFIGURE, value);
                g_assert_cmpint(dhcp4_builder_finish(&builder, &len), ==, 0);
                bench_message(&b, data, len);
                assert_state(&b, DHCP4_STATE_SELECTING);
                (void) bench_silence(&b, b.now + 10 * AFTER);
                g_assert_cmpint(dhcp4_client_probing(&b.client, &address), ==, value);
                bench_carrier(&b, false);
                bench_carrier(&b, true);
                (void) bench_silence(&b, b.now + AFTER);
                g_assert_true(dhcp4_client_probing(&b.client, &address));
        }
}

/* A carrier that is away for a moment ends no fallback. A stop does, and so does another configuration. */
static void test_ends(void) {
        Dhcp4ClientConfig config = with_fallback(DHCP4_FALLBACK_LINK_LOCAL);
        Bench b = searching(&config);
        Dhcp4Source source;

        (void) bench_silence(&b, T0 + AFTER);
        bench_simple(&b, DHCP4_EVENT_PROBE_OK);
        g_assert_true(fallback(&b, &source));
        bench_carrier(&b, false);
        g_assert_true(fallback(&b, &source));
        bench_carrier(&b, true);
        g_assert_true(fallback(&b, &source));
        g_assert_true(is_link_local(probing(&b)));

        config.fallback.kind = DHCP4_FALLBACK_STATIC;
        dhcp4_client_set_config(&b.client, &config);
        dhcp4_client_dispatch(&b.client, b.now);
        bench_drain(&b);
        g_assert_false(fallback(&b, &source));

        b = searching(&config);
        (void) bench_silence(&b, T0 + AFTER);
        bench_simple(&b, DHCP4_EVENT_PROBE_OK);
        bench_stop(&b, true);
        g_assert_cmpuint(b.n_frames, ==, 0);
        g_assert_false(fallback(&b, &source));
        g_assert_cmpuint(dhcp4_client_next_deadline(&b.client), ==, USEC_INFINITY);

        /* Without a carrier there is no server that could be silent. */
        bench_init(&b, &config);
        bench_start(&b, NULL, false);
        (void) bench_silence(&b, T0 + 10 * AFTER);
        g_assert_false(fallback(&b, &source));
}

/* A restart of the daemon leaves the fallback on the link. */
static void test_resumed(void) {
        static const Dhcp4FallbackKind kinds[] = { DHCP4_FALLBACK_STATIC, DHCP4_FALLBACK_LINK_LOCAL };

        for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++)
                for (unsigned changed = 0; changed < 2; changed++) {
                        Dhcp4ClientConfig config = with_fallback(kinds[i]);
                        Bench b = searching(&config);
                        Dhcp4Source held, now;

                        (void) bench_silence(&b, T0 + AFTER);
                        bench_simple(&b, DHCP4_EVENT_PROBE_OK);
                        g_assert_true(fallback(&b, &held));
                        if (changed)
                                config.fallback.kind = DHCP4_FALLBACK_NONE;
                        bench_init(&b, &config);
                        b.now = held.granted_at + USEC_PER_SEC;
                        bench_start_own(&b, &held, true);
                        assert_state(&b, DHCP4_STATE_INIT);
                        g_assert_cmpint(fallback(&b, &now), ==, !changed);
                        if (!changed)
                                g_assert_true(dhcp4_source_same_content(&held, &now));
                        bench_carrier(&b, true);
                        assert_state(&b, DHCP4_STATE_SELECTING);
                        g_assert_false(dhcp4_message_has(&b.last, DHCP4_OPTION_REQUESTED_IP));
                }
}

/* DHCPINFORM */

static size_t build_inform_ack(const Bench *b, const char *server, uint8_t data[DHCP4_MESSAGE_MAX_LEN]) {
        Dhcp4Header header = b->last.header;
        Dhcp4Builder builder;
        size_t len;

        header.op = DHCP4_OP_BOOTREPLY;
        dhcp4_builder_init(&builder, data, DHCP4_MESSAGE_MAX_LEN, &header, DHCP4_ACK);
        if (server)
                dhcp4_builder_append_addr(&builder, DHCP4_OPTION_SERVER_ID, ip(server));
        dhcp4_builder_append_addr(&builder, DHCP4_OPTION_ROUTERS, ip("192.0.2.1"));
        g_assert_cmpint(dhcp4_builder_finish(&builder, &len), ==, 0);
        return len;
}

static Dhcp4ClientConfig with_inform(void) {
        static const uint8_t send[] = { DHCP4_OPTION_LEASE_TIME, 4, 0,  0, 14, 16,
                                        DHCP4_OPTION_HOSTNAME,   1, 'h' };
        Dhcp4ClientConfig config = bench_config();

        config.inform = ip("192.0.2.9");
        config.inform_prefix_len = 24;
        config.send = send;
        config.send_len = sizeof(send);
        return config;
}

static void test_inform(void) {
        const Dhcp4ClientConfig config = with_inform();
        uint8_t data[DHCP4_MESSAGE_MAX_LEN];
        const Dhcp4Lease *lease;
        Dhcp4Source source;
        Dhcp4Message m;
        size_t len;
        Bench b = searching(&config);

        /* The address is in use from the start, whether servers answer or not. */
        assert_state(&b, DHCP4_STATE_INFORMING);
        g_assert_cmpint(b.last.type, ==, DHCP4_INFORM);
        g_assert_true(dhcp4_message_has(&b.last, DHCP4_OPTION_HOSTNAME));
        g_assert_null(dhcp4_client_lease(&b.client));
        g_assert_null(dhcp4_client_cached(&b.client));
        g_assert_true(dhcp4_client_in_force(&b.client, &source));
        g_assert_null(source.lease);
        g_assert_cmpint(source.origin, ==, DHCP4_LEASE_INFORM);
        g_assert_cmpuint(source.address.s_addr, ==, config.inform.s_addr);
        g_assert_cmpuint(source.prefix_len, ==, 24);
        g_assert_cmpuint(source.granted_at, ==, b.now);
        /*
         * After a minute of silence the client stops waiting (RFC 2131 §4.4.3). It asks again from time to
         * time.
         */
        g_assert_cmpuint(bench_silence(&b, b.now + 60 * USEC_PER_SEC), >=, 4);
        assert_state(&b, DHCP4_STATE_INFORMING);
        bench_silence(&b, b.now + 30 * USEC_PER_SEC);
        assert_state(&b, DHCP4_STATE_BOUND);
        g_assert_cmpint(dhcp4_client_rx_mode(&b.client), ==, DHCP4_RX_NONE);
        g_assert_cmpuint(bench_silence(&b, b.now + 3600 * USEC_PER_SEC), <=, 72);
        while (bench_state(&b) != DHCP4_STATE_INFORMING)
                bench_dispatch(&b, USEC_INFINITY);
        g_assert_cmpint(b.last.type, ==, DHCP4_INFORM);

        /* These messages do not answer an INFORM. */
        len = build_inform_ack(&b, NULL, data);
        bench_message(&b, data, len);
        bench_answer(&b, DHCP4_OFFER);
        bench_answer(&b, DHCP4_NAK);
        assert_state(&b, DHCP4_STATE_INFORMING);

        len = build_inform_ack(&b, SERVER, data);
        bench_message(&b, data, len);
        assert_state(&b, DHCP4_STATE_BOUND);
        lease = dhcp4_client_lease(&b.client);
        g_assert_true(dhcp4_client_in_force(&b.client, &source));
        g_assert_true(source.lease == lease);
        g_assert_cmpuint(lease->address.s_addr, ==, config.inform.s_addr);
        g_assert_cmpuint(lease->server_id.s_addr, ==, inet_addr(SERVER));
        dhcp4_lease_message(lease, &m);
        g_assert_true(dhcp4_message_has(&m, DHCP4_OPTION_ROUTERS));
        g_assert_cmpuint(bench_silence(&b, b.now + 86400 * USEC_PER_SEC), ==, 0);

        /*
         * The client asks again when the user says so, and when the link is attached anew. Until then it
         * keeps what it learned.
         */
        bench_simple(&b, DHCP4_EVENT_RENEW);
        assert_state(&b, DHCP4_STATE_INFORMING);
        g_assert_cmpuint(dhcp4_client_lease(&b.client)->server_id.s_addr, ==, inet_addr(SERVER));
        bench_carrier(&b, false);
        assert_state(&b, DHCP4_STATE_BOUND);
        g_assert_cmpuint(bench_silence(&b, b.now + 86400 * USEC_PER_SEC), ==, 0);
        g_assert_nonnull(dhcp4_client_lease(&b.client));
        bench_carrier(&b, true);
        assert_state(&b, DHCP4_STATE_INFORMING);

        /* No server granted the address, so it is not released. */
        bench_stop(&b, true);
        g_assert_cmpuint(b.n_frames, ==, 0);
        g_assert_null(dhcp4_client_lease(&b.client));
}

static void test_inform_conflict(void) {
        Dhcp4ClientConfig config = with_inform();
        Bench b;

        config.conflict = DHCP4_CONFLICT_OPTIMISTIC;
        b = searching(&config);
        assert_state(&b, DHCP4_STATE_INFORMING);
        bench_simple(&b, DHCP4_EVENT_PROBE_CONFLICT);
        assert_state(&b, DHCP4_STATE_INIT);
        g_assert_cmpuint(b.n_frames, ==, 0);
        g_assert_null(dhcp4_client_lease(&b.client));
        g_assert_cmpint(dhcp4_client_loss(&b.client), ==, DHCP4_LOSS_CONFLICT);
        bench_dispatch(&b, USEC_INFINITY);
        g_assert_cmpuint(b.now - T0, >=, 60 * USEC_PER_SEC);
        /* Another host has the address, so the client does not use it until it is known to be free. */
        assert_state(&b, DHCP4_STATE_PROBING);
        g_assert_null(dhcp4_client_lease(&b.client));
        bench_simple(&b, DHCP4_EVENT_PROBE_OK);
        assert_state(&b, DHCP4_STATE_INFORMING);
        g_assert_cmpint(b.last.type, ==, DHCP4_INFORM);
}

/*
 * RFC 5227 §2.1: the configured address is probed before it is used. If another host has it, that host is
 * left in peace.
 */
static void test_inform_strict(void) {
        Dhcp4ClientConfig config = with_inform();
        struct in_addr address;
        usec_t last = 0, began;
        Dhcp4Source source;
        Bench b;

        config.conflict = DHCP4_CONFLICT_STRICT;
        b = searching(&config);
        began = b.now;
        for (unsigned i = 0; i < 12; i++) {
                usec_t wait;

                assert_state(&b, DHCP4_STATE_PROBING);
                g_assert_cmpuint(b.n_frames, ==, 0);
                g_assert_null(dhcp4_client_lease(&b.client));
                g_assert_true(dhcp4_client_probing(&b.client, &address));
                g_assert_cmpuint(address.s_addr, ==, config.inform.s_addr);
                g_assert_cmpint(dhcp4_client_probing_basis(&b.client), ==, ACD_BASIS_CHOSEN);
                g_assert_false(dhcp4_client_knows_free(&b.client));
                bench_simple(&b, DHCP4_EVENT_PROBE_CONFLICT);
                assert_state(&b, DHCP4_STATE_INIT);
                g_assert_cmpuint(b.n_frames, ==, 0);
                wait = dhcp4_client_next_deadline(&b.client) - b.now;
                if (i < 3)
                        g_assert_cmpuint(wait, >, last);
                g_assert_cmpuint(wait, <=, 375 * USEC_PER_SEC);
                last = wait;
                bench_dispatch(&b, USEC_INFINITY);
        }
        g_assert_cmpuint(b.now - began, >=, 2400 * USEC_PER_SEC);

        /*
         * After a short loss of the carrier everything begins anew, and there is no address to ask for by
         * INIT-REBOOT.
         */
        bench_carrier(&b, false);
        assert_state(&b, DHCP4_STATE_INIT);
        g_assert_null(dhcp4_client_cached(&b.client));
        bench_carrier(&b, true);
        assert_state(&b, DHCP4_STATE_PROBING);
        bench_simple(&b, DHCP4_EVENT_RESUMED);
        assert_state(&b, DHCP4_STATE_PROBING);

        bench_simple(&b, DHCP4_EVENT_PROBE_OK);
        assert_state(&b, DHCP4_STATE_INFORMING);
        g_assert_cmpint(b.last.type, ==, DHCP4_INFORM);
        g_assert_true(dhcp4_client_in_force(&b.client, &source));

        /* Detection runs no more. */
        b = searching(&config);
        config.conflict = DHCP4_CONFLICT_NO;
        dhcp4_client_set_config(&b.client, &config);
        bench_dispatch(&b, b.now);
        assert_state(&b, DHCP4_STATE_INFORMING);
        b = searching(&config);
        assert_state(&b, DHCP4_STATE_INFORMING);
}

static void test_inform_held(void) {
        const Dhcp4ClientConfig config = with_inform();
        uint8_t data[DHCP4_MESSAGE_MAX_LEN];
        Bench b = searching(&config);
        const Dhcp4Server *servers;
        Dhcp4Lease held;
        size_t len;

        len = build_inform_ack(&b, SERVER, data);
        bench_message(&b, data, len);
        /* The answer is used, so it is the answer of a server that was heard. */
        g_assert_cmpuint(dhcp4_client_counters(&b.client)->ignored, ==, 0);
        g_assert_cmpuint(dhcp4_client_servers(&b.client, &servers), ==, 1);
        held = *dhcp4_client_lease(&b.client);
        bench_init(&b, &config);
        b.now += USEC_PER_SEC;
        bench_start(&b, &held, true);
        assert_state(&b, DHCP4_STATE_BOUND);
        g_assert_nonnull(dhcp4_client_lease(&b.client));
        bench_carrier(&b, true);
        assert_state(&b, DHCP4_STATE_INFORMING);
}

/* The record of an earlier daemon has the address alone: it is in use, and no answer is made up for it. */
static void test_inform_held_without_answer(void) {
        Dhcp4ClientConfig config = with_inform();
        const Dhcp4Source held =
                dhcp4_source_own(DHCP4_LEASE_INFORM, config.inform, 24, (struct in_addr){}, T0 - AFTER);
        Dhcp4Source source;
        Bench b;

        bench_init(&b, &config);
        bench_start_own(&b, &held, true);
        assert_state(&b, DHCP4_STATE_BOUND);
        g_assert_null(dhcp4_client_lease(&b.client));
        g_assert_null(dhcp4_client_cached(&b.client));
        g_assert_true(dhcp4_client_in_force(&b.client, &source));
        g_assert_true(dhcp4_source_same_content(&source, &held));
        g_assert_cmpuint(source.granted_at, ==, T0 - AFTER);
        bench_carrier(&b, true);
        assert_state(&b, DHCP4_STATE_INFORMING);
        g_assert_true(dhcp4_client_in_force(&b.client, &source));

        bench_init(&b, &config);
        bench_start_own(&b, &held, false);
        g_assert_false(dhcp4_client_in_force(&b.client, &source));
        /* Another address is configured by now. */
        config.inform = ip("192.0.2.10");
        bench_init(&b, &config);
        bench_start_own(&b, &held, true);
        g_assert_false(dhcp4_client_in_force(&b.client, &source));
}

int main(int argc, char *argv[]) {
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/dhcp4-client/fallback/static", test_static);
        g_test_add_func("/dhcp4-client/fallback/static-unprobed", test_static_unprobed);
        g_test_add_func("/dhcp4-client/fallback/static-taken", test_static_taken);
        g_test_add_func("/dhcp4-client/fallback/link-local", test_link_local);
        g_test_add_func("/dhcp4-client/fallback/link-local-address", test_link_local_address);
        g_test_add_func("/dhcp4-client/fallback/link-local-forbidden", test_link_local_forbidden);
        g_test_add_func("/dhcp4-client/fallback/ends", test_ends);
        g_test_add_func("/dhcp4-client/fallback/resumed", test_resumed);
        g_test_add_func("/dhcp4-client/inform", test_inform);
        g_test_add_func("/dhcp4-client/inform-conflict", test_inform_conflict);
        g_test_add_func("/dhcp4-client/inform-strict", test_inform_strict);
        g_test_add_func("/dhcp4-client/inform-held", test_inform_held);
        g_test_add_func("/dhcp4-client/inform-held-without-answer", test_inform_held_without_answer);
        return g_test_run();
}
