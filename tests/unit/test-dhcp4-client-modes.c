/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the client does only when it is told to, or when nothing else helps: allow and deny lists, the
 * broadcast flag, anonymity (RFC 7844), IPv6-only networks (RFC 8925).
 */
#include "tests/unit/client-fixture.h"

/* The source in bench_message(). */
static const HwAddress server_hw = { .len = 6, .bytes = { 2, 9, 9, 9, 9, 9 } },
                       other_hw = { .len = 6, .bytes = { 2, 8, 8, 8, 8, 8 } };

/* Lists */

static const struct {
        Dhcp4ServerRule rule;
        bool matches; /* the server of the fixture, 10.0.0.1, matches */
} rules[] = {
        { { .address.s_addr = 0x0100000a, .prefix_len = 32 }, true },
        { { .address.s_addr = 0x0200000a, .prefix_len = 32 }, false },
        { { .address.s_addr = 0x0000000a, .prefix_len = 8 }, true },
        { { .address.s_addr = 0x0000000b, .prefix_len = 8 }, false },
        { { .prefix_len = 0 }, true },
        { { .hw = { .len = 6, .bytes = { 2, 9, 9, 9, 9, 9 } } }, true },
        { { .hw = { .len = 6, .bytes = { 2, 8, 8, 8, 8, 8 } } }, false },
};

static void test_lists(void) {
        for (size_t i = 0; i < G_N_ELEMENTS(rules); i++)
                for (unsigned deny = 0; deny < 2; deny++) {
                        Dhcp4ClientConfig config = bench_config();
                        Bench b;

                        if (deny) {
                                config.deny = &rules[i].rule;
                                config.n_deny = 1;
                        } else {
                                config.allow = &rules[i].rule;
                                config.n_allow = 1;
                        }
                        b = bench_selecting(&config);
                        bench_answer(&b, DHCP4_OFFER);
                        assert_state(&b,
                                     rules[i].matches == !deny ? DHCP4_STATE_REQUESTING
                                                               : DHCP4_STATE_SELECTING);
                }
}

/* The lists hold for each kind of message, not for the OFFER alone. */
static void test_lists_hold_for_all(void) {
        static const Dhcp4ServerRule other = { .address.s_addr = 0x0200000a, .prefix_len = 32 };
        Dhcp4ClientConfig config = bench_config();
        Dhcp4Lease cached;
        Bench b;

        bench_init(&b, &config);
        bench_bind(&b);
        cached = *dhcp4_client_lease(&b.client);

        /* In REBOOTING any server may answer, except for those that are denied. */
        config.deny = &other;
        config.n_deny = 1;
        for (unsigned nak = 0; nak < 2; nak++) {
                bench_init(&b, &config);
                b.now = cached.granted_at + USEC_PER_SEC;
                bench_start(&b, &cached, false);
                bench_carrier(&b, true);
                b.server = OTHER;
                bench_answer(&b, nak ? DHCP4_NAK : DHCP4_ACK);
                assert_state(&b, DHCP4_STATE_REBOOTING);
                b.server = SERVER;
                bench_answer(&b, DHCP4_ACK);
                assert_state(&b, DHCP4_STATE_BOUND);
        }
}

/*
 * When the configuration denies the server that gave the remembered lease, the client does not ask for that
 * lease again. A lease that is in use stays.
 */
static void test_lists_and_stored_lease(void) {
        static const Dhcp4ServerRule denied[] = {
                { .address.s_addr = 0x0100000a, .prefix_len = 32 },
                { .hw = { .len = 6, .bytes = { 2, 9, 9, 9, 9, 9 } } },
        };
        Dhcp4ClientConfig config = bench_config();
        Dhcp4Lease cached;
        Bench b;

        bench_init(&b, &config);
        bench_bind(&b);
        cached = *dhcp4_client_lease(&b.client);
        for (size_t i = 0; i < G_N_ELEMENTS(denied); i++) {
                config.deny = &denied[i];
                config.n_deny = 1;
                bench_init(&b, &config);
                b.now = cached.granted_at + USEC_PER_SEC;
                bench_start(&b, &cached, false);
                bench_carrier(&b, true);
                assert_state(&b, DHCP4_STATE_SELECTING);
                g_assert_cmpint(b.last.type, ==, DHCP4_DISCOVER);
                g_assert_false(dhcp4_message_has(&b.last, DHCP4_OPTION_REQUESTED_IP));
                g_assert_null(dhcp4_client_cached(&b.client));

                bench_init(&b, &config);
                b.now = cached.granted_at + USEC_PER_SEC;
                bench_start(&b, &cached, true);
                bench_carrier(&b, true);
                assert_state(&b, DHCP4_STATE_BOUND);
        }
}

/*
 * A renewal comes by the UDP socket, which does not know the link-layer source. The client still knows
 * that it is the server of the lease.
 */
static void test_lists_and_renewal(void) {
        static const Dhcp4ServerRule mine = { .hw = { .len = 6, .bytes = { 2, 9, 9, 9, 9, 9 } } };
        Dhcp4ClientConfig config = bench_config();
        uint8_t data[DHCP4_MESSAGE_MAX_LEN];
        size_t len;
        Bench b;

        config.allow = &mine;
        config.n_allow = 1;
        bench_init(&b, &config);
        bench_bind(&b);
        g_assert_true(hw_address_equal(&dhcp4_client_lease(&b.client)->server_hw, &server_hw));
        bench_dispatch(&b, USEC_INFINITY);
        assert_state(&b, DHCP4_STATE_RENEWING);
        len = bench_build(&b, DHCP4_ACK, data);
        bench_event(&b,
                    &(const Dhcp4Event){ .type = DHCP4_EVENT_MESSAGE,
                                         .message = { .data = data, .len = len, .source_hw = &other_hw } });
        assert_state(&b, DHCP4_STATE_RENEWING);
        bench_event(&b,
                    &(const Dhcp4Event){ .type = DHCP4_EVENT_MESSAGE,
                                         .message = { .data = data, .len = len, .source_hw = NULL } });
        assert_state(&b, DHCP4_STATE_BOUND);
}

/* Broadcast */

static bool asks_for_broadcast(const Bench *b) {
        return b->last.header.flags & DHCP4_FLAG_BROADCAST;
}

static void test_broadcast_after_silence(void) {
        static const bool expected[] = { false, false, true, false, true, false };
        const Dhcp4ClientConfig config = bench_config();
        unsigned key = 0;
        Dhcp4Lease cached;
        Bench b = bench_selecting(&config);

        for (size_t i = 0; i < G_N_ELEMENTS(expected); i++) {
                g_assert_cmpint(asks_for_broadcast(&b), ==, expected[i]);
                bench_dispatch(&b, USEC_INFINITY);
        }
        /*
         * The seventh DISCOVER was answered. So the REQUEST asks for a broadcast as well, and the lease
         * remembers what this network needs.
         */
        g_assert_true(asks_for_broadcast(&b));
        bench_answer(&b, DHCP4_OFFER);
        assert_state(&b, DHCP4_STATE_REQUESTING);
        g_assert_true(asks_for_broadcast(&b));
        bench_answer(&b, DHCP4_ACK);
        cached = *dhcp4_client_lease(&b.client);
        g_assert_cmpuint(cached.broadcast, ==, 1);

        /* The next time the client tries once without the flag, and from then on it tries more seldom. */
        for (unsigned sure = 2; sure <= DHCP4_LEASE_BROADCAST_MAX + 1; sure++) {
                do {
                        bench_init(&b, &config);
                        prng_init(&b.client.prng, (const uint8_t[PRNG_KEY_LEN]){ (uint8_t) ++key });
                        b.now = cached.granted_at + USEC_PER_SEC;
                        bench_start(&b, &cached, false);
                        bench_carrier(&b, true);
                        assert_state(&b, DHCP4_STATE_REBOOTING);
                } while (asks_for_broadcast(&b));
                bench_dispatch(&b, USEC_INFINITY);
                g_assert_true(asks_for_broadcast(&b));
                bench_answer(&b, DHCP4_ACK);
                cached = *dhcp4_client_lease(&b.client);
                g_assert_cmpuint(cached.broadcast, ==, MIN(sure, DHCP4_LEASE_BROADCAST_MAX));
        }
        g_assert_cmpuint(key, >, 4); /* it does not try each time */
        /*
         * A renewal is unicast, since the server can answer to the address. What is known about the
         * broadcast flag stays.
         */
        bench_dispatch(&b, USEC_INFINITY);
        assert_state(&b, DHCP4_STATE_RENEWING);
        g_assert_false(asks_for_broadcast(&b));
        bench_answer(&b, DHCP4_ACK);
        g_assert_cmpuint(dhcp4_client_lease(&b.client)->broadcast, ==, DHCP4_LEASE_BROADCAST_MAX);
}

/*
 * A slow server looks like a link that hears no unicast. In the next exchange the client finds out,
 * whether the server answers at once or is as slow as before.
 */
static void test_broadcast_is_unlearned(void) {
        const Dhcp4ClientConfig config = bench_config();
        Dhcp4Message first;
        Dhcp4Lease cached;

        for (unsigned slow = 0; slow < 2; slow++) {
                Bench b = bench_selecting(&config);

                bench_dispatch(&b, USEC_INFINITY);
                bench_dispatch(&b, USEC_INFINITY);
                g_assert_true(asks_for_broadcast(&b));
                bench_answer(&b, DHCP4_OFFER);
                bench_answer(&b, DHCP4_ACK);
                cached = *dhcp4_client_lease(&b.client);
                g_assert_cmpuint(cached.broadcast, ==, 1);

                bench_init(&b, &config);
                b.now = cached.granted_at + USEC_PER_SEC;
                bench_start(&b, &cached, false);
                bench_carrier(&b, true);
                bench_answer(&b, DHCP4_NAK); /* so that the client begins with DISCOVER */
                assert_state(&b, DHCP4_STATE_SELECTING);
                g_assert_false(asks_for_broadcast(&b));
                first = b.last;
                if (slow) {
                        bench_dispatch(&b, USEC_INFINITY);
                        g_assert_true(asks_for_broadcast(&b));
                        b.last = first; /* the server answers this one, as the flags in its answer show */
                }
                bench_answer(&b, DHCP4_OFFER);
                assert_state(&b, DHCP4_STATE_REQUESTING);
                bench_answer(&b, DHCP4_ACK);
                g_assert_cmpuint(dhcp4_client_lease(&b.client)->broadcast, ==, 0);
        }
}

/* The client does not ask for broadcasts on a network that answers at once, nor on the next network. */
static void test_broadcast_is_forgotten(void) {
        const Dhcp4ClientConfig config = bench_config();
        Bench b = bench_selecting(&config);

        bench_dispatch(&b, USEC_INFINITY);
        bench_dispatch(&b, USEC_INFINITY);
        bench_answer(&b, DHCP4_OFFER);
        g_assert_true(asks_for_broadcast(&b));
        bench_carrier(&b, false);
        bench_carrier(&b, true);
        assert_state(&b, DHCP4_STATE_SELECTING);
        g_assert_false(asks_for_broadcast(&b));
}

/* New configuration */

/*
 * Which changes of the configuration make the client start over: another identity or another task does,
 * and nothing else.
 */
static void test_config_restarts(void) {
        const Dhcp4ClientConfig old = bench_config();
        Dhcp4ClientConfig config = old;

        config.rapid_commit = !old.rapid_commit;
        config.n_request = 1;
        config.send_len = 0;
        config.conflict = DHCP4_CONFLICT_STRICT;
        config.inform_prefix_len = 20;
        g_assert_false(dhcp4_client_config_restarts(&old, &config));

        config = old;
        config.client_id[2] ^= 1;
        g_assert_true(dhcp4_client_config_restarts(&old, &config));
        config = old;
        config.client_id_len = 0;
        g_assert_true(dhcp4_client_config_restarts(&old, &config));
        g_assert_true(dhcp4_client_config_restarts(&config, &old));
        config = old;
        config.chaddr[5] ^= 1;
        g_assert_true(dhcp4_client_config_restarts(&old, &config));
        config = old;
        config.htype = 32;
        g_assert_true(dhcp4_client_config_restarts(&old, &config));
        config = old;
        config.chaddr_len = 0;
        g_assert_true(dhcp4_client_config_restarts(&old, &config));
        config = old;
        config.anonymize = true;
        g_assert_true(dhcp4_client_config_restarts(&old, &config));
        config = old;
        config.inform = ip("10.0.0.9");
        config.inform_prefix_len = 24;
        g_assert_true(dhcp4_client_config_restarts(&old, &config));
        g_assert_true(dhcp4_client_config_restarts(&config, &old));
        for (unsigned i = 0; i < 2; i++) {
                Dhcp4ClientConfig next = config;

                if (i == 0)
                        next.inform = ip("10.0.0.10");
                else
                        next.inform_prefix_len = 25;
                g_assert_true(dhcp4_client_config_restarts(&config, &next));
        }
}

/*
 * ConflictDetection=no is set while the probes run: after that, detection no longer reports that the
 * address is free.
 */
static void test_config_ends_probing(void) {
        Dhcp4ClientConfig config = bench_config();
        Bench b;

        config.conflict = DHCP4_CONFLICT_STRICT;
        b = bench_selecting(&config);
        bench_answer(&b, DHCP4_OFFER);
        bench_answer(&b, DHCP4_ACK);
        assert_state(&b, DHCP4_STATE_PROBING);
        config.conflict = DHCP4_CONFLICT_NO;
        dhcp4_client_set_config(&b.client, &config);
        dhcp4_client_dispatch(&b.client, b.now);
        bench_drain(&b);
        assert_state(&b, DHCP4_STATE_BOUND);
}

/* Anonymity */

static void read_request(const Bench *b, uint8_t ret[4]) {
        const uint8_t *data;
        size_t len;

        g_assert_cmpint(dhcp4_message_get(&b->last, DHCP4_OPTION_PARAMETER_LIST, &data, &len), ==, 0);
        g_assert_cmpuint(len, ==, 4);
        memcpy(ret, data, 4);
}

static void test_anonymous_request(void) {
        Dhcp4ClientConfig config = bench_config();
        unsigned in_front = 0, options_in_front = 0;
        uint8_t first[4], again[4];
        Bench b;

        config.anonymize = true;
        bench_init(&b, &config);
        for (unsigned i = 0; i < 100; i++) {
                bench_start(&b, NULL, false);
                bench_carrier(&b, true);
                g_assert_false(dhcp4_message_has(&b.last, DHCP4_OPTION_HOSTNAME));
                g_assert_false(dhcp4_message_has(&b.last, DHCP4_OPTION_RAPID_COMMIT));
                g_assert_false(dhcp4_message_has(&b.last, DHCP4_OPTION_MAX_MESSAGE_SIZE));
                read_request(&b, first);
                bench_dispatch(&b, USEC_INFINITY);
                read_request(&b, again);
                g_assert_cmpmem(first, 4, again, 4); /* within an exchange the order stays */
                for (unsigned j = 0; j < 4; j++) {
                        g_assert_nonnull(memchr(first, config.request[j], 4));
                        in_front |= (first[0] == config.request[j]) << j;
                }
                options_in_front |= 1u << (b.last.order[0] - DHCP4_OPTION_MESSAGE_TYPE);
                bench_stop(&b, false);
                b.now += 60 * USEC_PER_SEC; /* otherwise the pace would hold the next DISCOVER back */
        }
        /*
         * Each requested option comes first at times, except for option 3, because 121 goes before it.
         * Each option of the message comes first at times, too.
         */
        g_assert_cmpuint(in_front, ==, 1 << 0 | 1 << 1 | 1 << 3);
        g_assert_cmpuint(options_in_front, ==,
                         1 << 0 | 1 << (DHCP4_OPTION_PARAMETER_LIST - DHCP4_OPTION_MESSAGE_TYPE) |
                                 1 << (DHCP4_OPTION_CLIENT_ID - DHCP4_OPTION_MESSAGE_TYPE));
}

/* An address that the host had before is not told to the servers of the present network. */
static void test_anonymous_forgets(void) {
        Dhcp4ClientConfig config = bench_config();
        Dhcp4Lease cached;
        Bench b;

        config.anonymize = true;
        bench_init(&b, &config);
        bench_bind(&b);
        cached = *dhcp4_client_lease(&b.client);

        bench_carrier(&b, false);
        b.now += 10 * USEC_PER_SEC;
        dhcp4_client_dispatch(&b.client, b.now);
        bench_drain(&b);
        g_assert_null(dhcp4_client_cached(&b.client));
        bench_carrier(&b, true);
        assert_state(&b, DHCP4_STATE_SELECTING);
        g_assert_false(dhcp4_message_has(&b.last, DHCP4_OPTION_REQUESTED_IP));

        bench_init(&b, &config);
        b.now = cached.granted_at + USEC_PER_SEC;
        bench_start(&b, &cached, false);
        bench_carrier(&b, true);
        assert_state(&b, DHCP4_STATE_SELECTING);
        g_assert_false(dhcp4_message_has(&b.last, DHCP4_OPTION_REQUESTED_IP));

        /* A lease that is on the link is kept over a restart of the daemon. */
        bench_init(&b, &config);
        b.now = cached.granted_at + USEC_PER_SEC;
        bench_start(&b, &cached, true);
        assert_state(&b, DHCP4_STATE_BOUND);
}

/* Asserts that a new exchange begins, which does not mention the former address. */
static void assert_begins_anew(Bench *b) {
        g_assert_null(dhcp4_client_lease(&b->client));
        g_assert_null(dhcp4_client_cached(&b->client));
        assert_state(b, DHCP4_STATE_SELECTING);
        g_assert_cmpuint(b->n_frames, ==, 1);
        g_assert_cmpint(b->last.type, ==, DHCP4_DISCOVER);
        g_assert_false(dhcp4_message_has(&b->last, DHCP4_OPTION_REQUESTED_IP));
        bench_answer(b, DHCP4_OFFER);
        g_assert_true(dhcp4_message_has(&b->last, DHCP4_OPTION_SERVER_ID));
        bench_answer(b, DHCP4_ACK);
        assert_state(b, DHCP4_STATE_BOUND);
}

/*
 * RFC 7844 §3.3: a host that slept may be on another network. Whatever the client was doing, it begins
 * anew.
 */
static void test_anonymous_sleeps(void) {
        static const Dhcp4State states[] = { DHCP4_STATE_BOUND, DHCP4_STATE_RENEWING,
                                             DHCP4_STATE_REBINDING };
        Dhcp4ClientConfig config = bench_config();
        usec_t due;
        Bench b;

        config.anonymize = true;
        config.conflict = DHCP4_CONFLICT_OPTIMISTIC;
        for (size_t i = 0; i < G_N_ELEMENTS(states); i++)
                /* The client is told that the host slept, or notices it because a timer is overdue. */
                for (unsigned told = 0; told < 2; told++) {
                        bench_init(&b, &config);
                        bench_bind(&b);
                        while (bench_state(&b) != states[i])
                                bench_dispatch(&b, USEC_INFINITY);
                        due = dhcp4_client_next_deadline(&b.client);
                        b.now = told ? b.now + USEC_PER_SEC : due + 10 * USEC_PER_SEC;
                        if (told)
                                bench_simple(&b, DHCP4_EVENT_RESUMED);
                        else {
                                dhcp4_client_dispatch(&b.client, b.now);
                                bench_drain(&b);
                        }
                        g_assert_cmpstr(dhcp4_loss_to_string(dhcp4_client_loss(&b.client)), ==, "slept");
                        assert_begins_anew(&b);
                }

        /* A timer that is late by a moment is no sleep, and a lease whose time is over has expired. */
        bench_init(&b, &config);
        bench_bind(&b);
        b.now = dhcp4_client_next_deadline(&b.client) + USEC_PER_SEC;
        dhcp4_client_dispatch(&b.client, b.now);
        bench_drain(&b);
        assert_state(&b, DHCP4_STATE_RENEWING);
        b.now = dhcp4_lease_expires_at(dhcp4_client_lease(&b.client)) + 3600 * USEC_PER_SEC;
        dhcp4_client_dispatch(&b.client, b.now);
        bench_drain(&b);
        g_assert_cmpstr(dhcp4_loss_to_string(dhcp4_client_loss(&b.client)), ==, "expired");
        assert_begins_anew(&b);

        /* The host slept before the address was known to be free. */
        config.conflict = DHCP4_CONFLICT_STRICT;
        b = bench_selecting(&config);
        bench_answer(&b, DHCP4_OFFER);
        bench_answer(&b, DHCP4_ACK);
        assert_state(&b, DHCP4_STATE_PROBING);
        bench_simple(&b, DHCP4_EVENT_RESUMED);
        assert_state(&b, DHCP4_STATE_SELECTING);
        g_assert_false(dhcp4_message_has(&b.last, DHCP4_OPTION_REQUESTED_IP));

        /* An address that the user configured is no lease, and is not forgotten. */
        config = bench_config();
        config.anonymize = true;
        config.inform = ip("10.0.0.9");
        config.inform_prefix_len = 24;
        bench_init(&b, &config);
        bench_start(&b, NULL, false);
        bench_carrier(&b, true);
        bench_carrier(&b, false);
        bench_simple(&b, DHCP4_EVENT_RESUMED);
        g_assert_true(bench_has_address(&b));
}

/*
 * The lease ends with the carrier, however long the grace is. Otherwise the kernel would name the address
 * when the carrier is back, before it is known what network this is. The same holds for an adopted lease
 * if the carrier changed while no daemon ran.
 */
static void test_anonymous_carrier(void) {
        static const usec_t graces[] = { 0, 3 * USEC_PER_SEC, USEC_INFINITY };
        Dhcp4ClientConfig config = bench_config();
        Dhcp4Lease lease;
        Bench b;

        config.anonymize = true;
        for (size_t i = 0; i < G_N_ELEMENTS(graces); i++)
                for (unsigned adopted = 0; adopted < 2; adopted++) {
                        config.carrier_grace_usec = graces[i];
                        bench_init(&b, &config);
                        bench_bind(&b);
                        if (adopted) {
                                lease = *dhcp4_client_lease(&b.client);
                                bench_init(&b, &config);
                                b.now = lease.granted_at + USEC_PER_SEC;
                                bench_start(&b, &lease, true);
                                bench_carrier(&b, true);
                                g_assert_cmpuint(b.n_frames, ==, 0);
                                assert_state(&b, DHCP4_STATE_BOUND);
                        }
                        bench_carrier(&b, false);
                        g_assert_null(dhcp4_client_lease(&b.client));
                        g_assert_cmpuint(b.n_frames, ==, 0);
                        g_assert_cmpstr(dhcp4_loss_to_string(dhcp4_client_loss(&b.client)), ==, "carrier");
                        b.now += USEC_PER_SEC;
                        bench_carrier(&b, true);
                        assert_begins_anew(&b);
                }
}

/* RFC 7844 §3.2: on the network of its lease, an anonymous client renews as any other client does. */
static void test_anonymous_renews(void) {
        Dhcp4ClientConfig config = bench_config();
        Bench b;

        config.anonymize = true;
        bench_init(&b, &config);
        bench_bind(&b);
        b.now += USEC_PER_SEC;
        bench_simple(&b, DHCP4_EVENT_RENEW);
        assert_state(&b, DHCP4_STATE_RENEWING);
        g_assert_cmpuint(b.frames[0].dst.s_addr, ==, ip(SERVER).s_addr);
        /* The DISCOVER that looks for another network tells this one nothing about the client. */
        bench_dispatch(&b, USEC_INFINITY);
        g_assert_true(b.has_beside);
        g_assert_false(dhcp4_message_has(&b.beside, DHCP4_OPTION_REQUESTED_IP));
        while (bench_state(&b) != DHCP4_STATE_REBINDING)
                bench_dispatch(&b, USEC_INFINITY);
        g_assert_cmpuint(b.last.header.ciaddr.s_addr, ==, ip(OFFER).s_addr);
        bench_answer(&b, DHCP4_ACK);
        assert_state(&b, DHCP4_STATE_BOUND);
}

/* IPv6-only networks */

static size_t build_ipv6_only(const Bench *b, Dhcp4MessageType type, uint32_t wait_sec, const char *yiaddr,
                              uint8_t data[DHCP4_MESSAGE_MAX_LEN]) {
        Dhcp4Header header = b->last.header;
        Dhcp4Builder builder;
        size_t len;

        header.op = DHCP4_OP_BOOTREPLY;
        header.yiaddr = ip(yiaddr);
        dhcp4_builder_init(&builder, data, DHCP4_MESSAGE_MAX_LEN, &header, type);
        dhcp4_builder_append_addr(&builder, DHCP4_OPTION_SERVER_ID, ip(SERVER));
        dhcp4_builder_append_u32(&builder, DHCP4_OPTION_LEASE_TIME, 3600);
        dhcp4_builder_append_u32(&builder, DHCP4_OPTION_IPV6_ONLY, wait_sec);
        if (type == DHCP4_ACK)
                dhcp4_builder_append(&builder, DHCP4_OPTION_RAPID_COMMIT, NULL, 0);
        g_assert_cmpint(dhcp4_builder_finish(&builder, &len), ==, 0);
        return len;
}

static void test_ipv6_only(void) {
        static const struct {
                uint32_t said, waited;
        } waits[] = { { 0, 300 }, { 299, 300 }, { 1800, 1800 }, { UINT32_MAX, UINT32_MAX } };
        static const char *const addresses[] = { OFFER, "0.0.0.0" };
        Dhcp4ClientConfig config = bench_config();
        uint8_t data[DHCP4_MESSAGE_MAX_LEN], list[5];
        const uint8_t *request;
        size_t len;
        Bench b;

        config.ipv6_only = true;
        for (size_t i = 0; i < G_N_ELEMENTS(waits); i++)
                for (size_t j = 0; j < G_N_ELEMENTS(addresses); j++) {
                        b = bench_selecting(&config);
                        g_assert_cmpint(
                                dhcp4_message_get(&b.last, DHCP4_OPTION_PARAMETER_LIST, &request, &len), ==,
                                0);
                        g_assert_cmpuint(len, ==, sizeof(list));
                        g_assert_cmpuint(request[4], ==, DHCP4_OPTION_IPV6_ONLY);
                        len = build_ipv6_only(&b, DHCP4_OFFER, waits[i].said, addresses[j], data);
                        bench_message(&b, data, len);
                        assert_state(&b, DHCP4_STATE_INIT);
                        g_assert_true(dhcp4_client_is_ipv6_only(&b.client));
                        g_assert_cmpuint(b.n_frames, ==, 0);
                        g_assert_cmpuint(dhcp4_client_next_deadline(&b.client), ==,
                                         b.now + waits[i].waited * USEC_PER_SEC);
                        g_assert_cmpint(dhcp4_client_rx_mode(&b.client), ==, DHCP4_RX_NONE);
                        bench_dispatch(&b, USEC_INFINITY);
                        assert_state(&b, DHCP4_STATE_SELECTING);
                        g_assert_false(dhcp4_client_is_ipv6_only(&b.client));
                }

        /* A link that is attached anew asks at once. */
        b = bench_selecting(&config);
        len = build_ipv6_only(&b, DHCP4_OFFER, 1800, OFFER, data);
        bench_message(&b, data, len);
        bench_carrier(&b, false);
        bench_carrier(&b, true);
        assert_state(&b, DHCP4_STATE_SELECTING);

        /* A client that no longer asks for option 108 does not wait either. */
        b = bench_selecting(&config);
        len = build_ipv6_only(&b, DHCP4_OFFER, 1800, OFFER, data);
        bench_message(&b, data, len);
        assert_state(&b, DHCP4_STATE_INIT);
        config.ipv6_only = false;
        dhcp4_client_set_config(&b.client, &config);
        dhcp4_client_dispatch(&b.client, b.now);
        bench_drain(&b);
        assert_state(&b, DHCP4_STATE_SELECTING);

        /* The option does not stop a client that did not ask for it. */
        b = bench_selecting(&config);
        len = build_ipv6_only(&b, DHCP4_OFFER, 1800, OFFER, data);
        bench_message(&b, data, len);
        assert_state(&b, DHCP4_STATE_REQUESTING);
}

/*
 * A lease that was granted before the option was seen is given back. The option does not take away a lease
 * in use.
 */
static void test_ipv6_only_ack(void) {
        Dhcp4ClientConfig config = bench_config();
        uint8_t data[DHCP4_MESSAGE_MAX_LEN];
        size_t len;
        Bench b;

        config.ipv6_only = true;
        b = bench_selecting(&config);
        len = build_ipv6_only(&b, DHCP4_ACK, 1800, OFFER, data);
        bench_message(&b, data, len);
        assert_state(&b, DHCP4_STATE_INIT);
        g_assert_cmpuint(b.n_frames, ==, 1);
        g_assert_cmpint(b.last.type, ==, DHCP4_RELEASE);
        g_assert_cmpuint(b.last.header.ciaddr.s_addr, ==, inet_addr(OFFER));
        g_assert_true(dhcp4_client_is_ipv6_only(&b.client));

        bench_init(&b, &config);
        bench_bind(&b);
        bench_dispatch(&b, USEC_INFINITY);
        assert_state(&b, DHCP4_STATE_RENEWING);
        len = build_ipv6_only(&b, DHCP4_ACK, 1800, OFFER, data);
        bench_message(&b, data, len);
        assert_state(&b, DHCP4_STATE_BOUND);
}

/* Brings the client to @state. @asks: its last message asked for option 108. */
static Bench ask_about_ipv6_only(Dhcp4ClientConfig *config, Dhcp4State state, bool asks) {
        Dhcp4Lease lease;
        Bench b;

        config->ipv6_only = asks;
        b = bench_selecting(config);
        if (state == DHCP4_STATE_SELECTING)
                return b;
        bench_answer(&b, DHCP4_OFFER);
        if (state == DHCP4_STATE_REQUESTING)
                return b;
        bench_answer(&b, DHCP4_ACK);
        if (state == DHCP4_STATE_REBOOTING) {
                lease = *dhcp4_client_lease(&b.client);
                bench_init(&b, config);
                b.now = lease.granted_at + USEC_PER_SEC;
                bench_start(&b, &lease, false);
                bench_carrier(&b, true);
        }
        while (bench_state(&b) != state)
                bench_dispatch(&b, USEC_INFINITY);
        return b;
}

/*
 * RFC 8925 §3.2: option 108 counts only if the message that is answered asked for it. The configuration may
 * change meanwhile, because a CLAT provider comes or goes; the next message asks.
 */
static void test_ipv6_only_unasked(void) {
        static const struct {
                Dhcp4State state;
                Dhcp4MessageType type;
                bool gives_up; /* if the client asked */
        } rows[] = {
                { DHCP4_STATE_SELECTING, DHCP4_OFFER, true },
                { DHCP4_STATE_SELECTING, DHCP4_ACK, true }, /* rapid commit */
                { DHCP4_STATE_REQUESTING, DHCP4_ACK, false },
                { DHCP4_STATE_REBOOTING, DHCP4_ACK, true },
                { DHCP4_STATE_RENEWING, DHCP4_ACK, false },
                { DHCP4_STATE_REBINDING, DHCP4_ACK, false },
        };
        uint8_t data[DHCP4_MESSAGE_MAX_LEN];
        Dhcp4ClientConfig config;
        size_t len;
        Bench b;

        for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
                for (unsigned asked = 0; asked < 2; asked++)
                        for (unsigned wanted = 0; wanted < 2; wanted++) {
                                const bool gives_up = rows[i].gives_up && asked && wanted;

                                config = bench_config();
                                b = ask_about_ipv6_only(&config, rows[i].state, asked);
                                g_assert_true(bench_asks_for(&b.last, DHCP4_OPTION_IPV6_ONLY) == asked);
                                config.ipv6_only = wanted;
                                dhcp4_client_set_config(&b.client, &config);
                                len = build_ipv6_only(&b, rows[i].type, 1800, OFFER, data);
                                bench_message(&b, data, len);
                                g_assert_true(dhcp4_client_is_ipv6_only(&b.client) == gives_up);
                                assert_state(&b,
                                             gives_up                              ? DHCP4_STATE_INIT
                                                     : rows[i].type == DHCP4_OFFER ? DHCP4_STATE_REQUESTING
                                                                                   : DHCP4_STATE_BOUND);
                        }

        /*
         * Beside a REQUEST it is the DISCOVER that asked or did not ask, whatever the REQUEST before it
         * did.
         */
        for (unsigned asked = 0; asked < 2; asked++) {
                config = bench_config();
                config.ipv6_only = !asked;
                bench_init(&b, &config);
                bench_bind(&b);
                b.now += USEC_PER_SEC;
                bench_simple(&b, DHCP4_EVENT_RESUMED);
                config.ipv6_only = asked;
                dhcp4_client_set_config(&b.client, &config);
                bench_dispatch(&b, USEC_INFINITY);
                g_assert_true(b.has_beside);
                config.ipv6_only = true;
                dhcp4_client_set_config(&b.client, &config);
                b.last = b.beside;
                len = build_ipv6_only(&b, DHCP4_OFFER, 1800, OFFER, data);
                bench_message(&b, data, len);
                /* An OFFER of the client's own address is not requested if the network needs no IPv4. */
                bench_dispatch(&b, b.now + USEC_PER_SEC / 2);
                assert_state(&b, asked ? DHCP4_STATE_REBOOTING : DHCP4_STATE_REQUESTING);
        }
}

/*
 * RequestOptions= may list 108, but IPv6OnlyMode= decides whether the client asks for it. A network that
 * answers without an address then counts as a silent one, and is asked as seldom.
 */
static void test_ipv6_only_listed(void) {
        Dhcp4ClientConfig config = bench_config();
        uint8_t data[DHCP4_MESSAGE_MAX_LEN];
        uint64_t ignored;
        size_t len;
        Bench b;

        config.request[config.n_request++] = DHCP4_OPTION_IPV6_ONLY;
        b = bench_selecting(&config);
        g_assert_false(bench_asks_for(&b.last, DHCP4_OPTION_IPV6_ONLY));
        ignored = dhcp4_client_counters(&b.client)->ignored;
        len = build_ipv6_only(&b, DHCP4_OFFER, 1800, "0.0.0.0", data);
        bench_message(&b, data, len);
        assert_state(&b, DHCP4_STATE_SELECTING);
        g_assert_cmpuint(dhcp4_client_counters(&b.client)->ignored, ==, ignored + 1);

        config.ipv6_only = true;
        b = bench_selecting(&config);
        g_assert_true(bench_asks_for(&b.last, DHCP4_OPTION_IPV6_ONLY));
}

int main(int argc, char *argv[]) {
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/dhcp4-client/lists", test_lists);
        g_test_add_func("/dhcp4-client/lists-hold-for-all", test_lists_hold_for_all);
        g_test_add_func("/dhcp4-client/lists-and-stored-lease", test_lists_and_stored_lease);
        g_test_add_func("/dhcp4-client/lists-and-renewal", test_lists_and_renewal);
        g_test_add_func("/dhcp4-client/broadcast-after-silence", test_broadcast_after_silence);
        g_test_add_func("/dhcp4-client/broadcast-is-unlearned", test_broadcast_is_unlearned);
        g_test_add_func("/dhcp4-client/broadcast-is-forgotten", test_broadcast_is_forgotten);
        g_test_add_func("/dhcp4-client/config-restarts", test_config_restarts);
        g_test_add_func("/dhcp4-client/config-ends-probing", test_config_ends_probing);
        g_test_add_func("/dhcp4-client/anonymous-request", test_anonymous_request);
        g_test_add_func("/dhcp4-client/anonymous-forgets", test_anonymous_forgets);
        g_test_add_func("/dhcp4-client/anonymous-sleeps", test_anonymous_sleeps);
        g_test_add_func("/dhcp4-client/anonymous-carrier", test_anonymous_carrier);
        g_test_add_func("/dhcp4-client/anonymous-renews", test_anonymous_renews);
        g_test_add_func("/dhcp4-client/ipv6-only", test_ipv6_only);
        g_test_add_func("/dhcp4-client/ipv6-only-unasked", test_ipv6_only_unasked);
        g_test_add_func("/dhcp4-client/ipv6-only-listed", test_ipv6_only_listed);
        g_test_add_func("/dhcp4-client/ipv6-only-ack", test_ipv6_only_ack);
        return g_test_run();
}
