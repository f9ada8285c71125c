/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Answers that lack something, come late, contradict each other or are BOOTP (RFC 1534); the text of a
 * NAK; and what the questions contain so that one answer can be told from another: xid, secs, flags
 * (core/dhcp4-client-message.c).
 */
#include "tests/unit/client-fixture.h"

/* Delivers the server's answer to the last frame, with option @code taken out of it. */
static void answer_without(Bench *b, Dhcp4MessageType type, uint8_t code) {
        uint8_t data[DHCP4_MESSAGE_MAX_LEN];
        const size_t len = bench_build(b, type, data);

        for (size_t at = DHCP4_MESSAGE_FIXED_LEN; data[at] != DHCP4_OPTION_END; at += 2u + data[at + 1])
                if (data[at] == code) {
                        memset(data + at, DHCP4_OPTION_PAD, 2u + data[at + 1]);
                        bench_message(b, data, len);
                        return;
                }
        g_assert_not_reached();
}

static void assert_ignored(Bench *b, Dhcp4MessageType type, uint8_t code) {
        const Dhcp4State state = bench_state(b);
        const uint64_t ignored = dhcp4_client_counters(&b->client)->ignored;
        const usec_t deadline = dhcp4_client_next_deadline(&b->client);

        answer_without(b, type, code);
        assert_state(b, state);
        g_assert_cmpuint(b->n_frames, ==, 0);
        g_assert_cmpuint(dhcp4_client_next_deadline(&b->client), ==, deadline);
        g_assert_cmpuint(dhcp4_client_counters(&b->client)->ignored, ==, ignored + 1);
}

/*
 * RFC 2131 §4.3.1 table 3: OFFER, ACK and NAK must have a server identifier. An ACK without one that
 * confirms the address is taken (test-dhcp4-client-kept.c), so these ACKs have another address.
 */
static void test_no_server_id(void) {
        static const Dhcp4State states[] = { DHCP4_STATE_RENEWING, DHCP4_STATE_REBINDING };
        const Dhcp4ClientConfig config = bench_config();
        Dhcp4Lease cached;
        Bench b = bench_selecting(&config);

        assert_ignored(&b, DHCP4_OFFER, DHCP4_OPTION_SERVER_ID);
        bench_answer(&b, DHCP4_OFFER);
        b.offer = "10.0.0.60";
        assert_ignored(&b, DHCP4_ACK, DHCP4_OPTION_SERVER_ID);
        assert_ignored(&b, DHCP4_NAK, DHCP4_OPTION_SERVER_ID);
        b.offer = OFFER;
        bench_answer(&b, DHCP4_ACK);
        b.offer = "10.0.0.60";
        cached = *dhcp4_client_lease(&b.client);
        for (size_t i = 0; i < G_N_ELEMENTS(states); i++) {
                while (bench_state(&b) != states[i])
                        bench_dispatch(&b, USEC_INFINITY);
                assert_ignored(&b, DHCP4_ACK, DHCP4_OPTION_SERVER_ID);
                assert_ignored(&b, DHCP4_NAK, DHCP4_OPTION_SERVER_ID);
        }

        bench_init(&b, &config);
        b.now = cached.granted_at + USEC_PER_SEC;
        b.offer = "10.0.0.60";
        bench_start(&b, &cached, false);
        bench_carrier(&b, true);
        assert_state(&b, DHCP4_STATE_REBOOTING);
        assert_ignored(&b, DHCP4_ACK, DHCP4_OPTION_SERVER_ID);
        assert_ignored(&b, DHCP4_NAK, DHCP4_OPTION_SERVER_ID);
        /* An identifier that no server can have counts as none. */
        b.server = "255.255.255.255";
        bench_answer(&b, DHCP4_NAK);
        bench_silence(&b, b.now + 300 * USEC_PER_MSEC);
        assert_state(&b, DHCP4_STATE_REBOOTING);
}

/*
 * An answer without a server identifier cannot end DHCPv4 on this network (RFC 8925) or forbid the
 * fallback (RFC 2563).
 */
static void test_no_server_id_ipv6_only(void) {
        Dhcp4ClientConfig config = bench_config();
        uint8_t data[DHCP4_MESSAGE_MAX_LEN];
        Dhcp4Builder builder;
        Dhcp4Header header;
        size_t len;
        Bench b;

        config.ipv6_only = true;
        for (unsigned with_id = 0; with_id < 2; with_id++) {
                b = bench_selecting(&config);
                b.source = ip(SERVER); /* elsewhere the source stands in for option 54 */
                header = b.last.header;
                header.op = DHCP4_OP_BOOTREPLY;
                dhcp4_builder_init(&builder, data, sizeof(data), &header, DHCP4_OFFER);
                dhcp4_builder_append_u32(&builder, DHCP4_OPTION_IPV6_ONLY, 1800);
                if (with_id)
                        dhcp4_builder_append_addr(&builder, DHCP4_OPTION_SERVER_ID, ip(SERVER));
                g_assert_cmpint(dhcp4_builder_finish(&builder, &len), ==, 0);
                bench_message(&b, data, len);
                g_assert_cmpint(dhcp4_client_is_ipv6_only(&b.client), ==, with_id);
        }
}

/*
 * RFC 2563 §2: the option forbids an address of our own choice only if the server offers no address.
 * Beside an address it means nothing.
 */
static void test_auto_configure_beside_address(void) {
        static const uint8_t option[] = { DHCP4_OPTION_AUTO_CONFIGURE, 1, 0 };
        const Dhcp4ClientConfig config = bench_config();
        Bench b = bench_selecting(&config);

        b.options = option;
        b.options_len = sizeof(option);
        bench_answer(&b, DHCP4_OFFER);
        assert_state(&b, DHCP4_STATE_REQUESTING);
}

/*
 * RFC 4039 §3.1: the DISCOVER that was sent decides, not the configuration. RFC 7844 §3 takes option 80
 * out of an anonymous DISCOVER.
 */
static void test_rapid_ack_unasked(void) {
        Dhcp4ClientConfig config = bench_config();
        Bench b;

        config.anonymize = true;
        b = bench_selecting(&config);
        g_assert_false(dhcp4_message_has(&b.last, DHCP4_OPTION_RAPID_COMMIT));
        b.rapid_commit = true;
        bench_answer(&b, DHCP4_ACK);
        assert_state(&b, DHCP4_STATE_SELECTING);

        /* The configuration changes after the DISCOVER left. It counts from the next DISCOVER on. */
        config = bench_config();
        config.rapid_commit = false;
        b = bench_selecting(&config);
        config.rapid_commit = true;
        dhcp4_client_set_config(&b.client, &config);
        b.rapid_commit = true;
        bench_answer(&b, DHCP4_ACK);
        assert_state(&b, DHCP4_STATE_SELECTING);
        bench_dispatch(&b, USEC_INFINITY);
        bench_answer(&b, DHCP4_ACK);
        assert_state(&b, DHCP4_STATE_BOUND);
}

/*
 * RFC 2131 §3.1 (3): the REQUEST "MUST use the same value in the DHCP message header's 'secs' field" as the
 * DISCOVER.
 */
static void test_secs(void) {
        const Dhcp4ClientConfig config = bench_config();
        Bench b = bench_selecting(&config);
        uint16_t secs;

        for (unsigned i = 0; i < 4; i++)
                bench_dispatch(&b, USEC_INFINITY);
        secs = b.last.header.secs;
        g_assert_cmpuint(secs, >, 5);
        g_assert_cmpuint(secs, ==, (b.now - T0) / USEC_PER_SEC);
        b.now += 3 * USEC_PER_SEC;
        bench_answer(&b, DHCP4_OFFER);
        for (unsigned i = 0; i < 3; i++) {
                g_assert_cmpint(b.last.type, ==, DHCP4_REQUEST);
                g_assert_cmpuint(b.last.header.secs, ==, secs);
                bench_dispatch(&b, USEC_INFINITY);
        }
        bench_answer(&b, DHCP4_ACK);
        /* A renewal is a process of its own, with its own secs. */
        bench_dispatch(&b, USEC_INFINITY);
        assert_state(&b, DHCP4_STATE_RENEWING);
        g_assert_cmpuint(b.last.header.secs, ==, 1);
        bench_dispatch(&b, USEC_INFINITY);
        g_assert_cmpuint(b.last.header.secs, >, 60);
}

/* Whatever the generator draws, a new question has another xid than the one before it. */
static void test_xid_is_new(void) {
        const Dhcp4ClientConfig config = bench_config();
        uint32_t before;
        Bench b;
        Prng next;

        bench_init(&b, &config);
        next = b.client.prng;
        b.client.xid = (uint32_t) prng_u64(&next);
        before = b.client.xid;
        bench_start(&b, NULL, false);
        bench_carrier(&b, true);
        g_assert_cmpuint(b.last.header.xid, !=, before);

        /* The REQUEST to all servers is another question than the REQUEST to one server. */
        bench_answer(&b, DHCP4_OFFER);
        bench_answer(&b, DHCP4_ACK);
        while (bench_state(&b) != DHCP4_STATE_RENEWING)
                bench_dispatch(&b, USEC_INFINITY);
        bench_silence(&b, dhcp4_client_t2_at(&b.client) - 1);
        next = b.client.prng;
        b.client.xid = (uint32_t) prng_u64(&next);
        before = b.client.xid;
        bench_dispatch(&b, USEC_INFINITY);
        assert_state(&b, DHCP4_STATE_REBINDING);
        g_assert_cmpuint(b.last.header.xid, !=, before);
}

/*
 * Answers to messages that could ask for a broadcast tell whether the link hears unicast. Renewals cannot
 * ask for a broadcast, because the client has an address.
 */
static void test_renewals_teach_no_broadcast(void) {
        const Dhcp4ClientConfig config = bench_config();
        Bench b;

        bench_init(&b, &config);
        b.lifetime_sec = 86400;
        bench_bind(&b);
        while (bench_state(&b) != DHCP4_STATE_RENEWING)
                bench_dispatch(&b, USEC_INFINITY);
        bench_dispatch(&b, USEC_INFINITY);
        bench_dispatch(&b, USEC_INFINITY);
        assert_state(&b, DHCP4_STATE_RENEWING);
        bench_answer(&b, DHCP4_ACK);
        assert_state(&b, DHCP4_STATE_BOUND);
        g_assert_false(dhcp4_client_lease(&b.client)->broadcast);
}

/* Returns a client in @state. Any server may answer its last frame. */
static Bench in_state(Dhcp4State state) {
        Dhcp4ClientConfig config = bench_config();
        Dhcp4Lease cached;
        Bench b;

        config.rapid_commit = false;
        if (state == DHCP4_STATE_PROBING)
                config.conflict = DHCP4_CONFLICT_STRICT;
        if (state == DHCP4_STATE_INFORMING) {
                config.inform = ip(OFFER);
                config.inform_prefix_len = 24;
        }
        bench_init(&b, &config);
        b.lifetime_sec = 86400;
        switch (state) {
        case DHCP4_STATE_STOPPED:
                bench_bind(&b);
                bench_stop(&b, /* release= */ false);
                break;
        case DHCP4_STATE_INIT:
                bench_bind(&b);
                bench_carrier(&b, false);
                b.now += 100 * USEC_PER_SEC;
                bench_carrier(&b, true);
                bench_answer(&b, DHCP4_NAK);
                bench_offer(&b);
                bench_answer(&b, DHCP4_NAK);
                break;
        case DHCP4_STATE_SELECTING:
        case DHCP4_STATE_INFORMING:
                bench_start(&b, NULL, false);
                bench_carrier(&b, true);
                break;
        case DHCP4_STATE_REQUESTING:
        case DHCP4_STATE_PROBING:
                bench_start(&b, NULL, false);
                bench_carrier(&b, true);
                bench_answer(&b, DHCP4_OFFER);
                if (state == DHCP4_STATE_PROBING)
                        bench_answer(&b, DHCP4_ACK);
                break;
        case DHCP4_STATE_INIT_REBOOT:
        case DHCP4_STATE_REBOOTING:
                bench_bind(&b);
                cached = *dhcp4_client_lease(&b.client);
                bench_init(&b, &config);
                bench_start(&b, &cached, false);
                if (state == DHCP4_STATE_REBOOTING)
                        bench_carrier(&b, true);
                break;
        case DHCP4_STATE_BOUND:
        case DHCP4_STATE_RENEWING:
        case DHCP4_STATE_REBINDING:
                bench_bind(&b);
                while (bench_state(&b) != state)
                        bench_dispatch(&b, USEC_INFINITY);
                break;
        case _DHCP4_STATE_MAX:
                g_assert_not_reached();
        }
        assert_state(&b, state);
        return b;
}

/*
 * What every message leads to in every state. The message is honest, but may be of another server. Where
 * the table has the same state, nothing at all may change: no frame, no deadline, no lease. The message
 * is counted as ignored in that case, and only then. It is counted by its type in every state in which
 * the client listens.
 */
static void test_every_message_in_every_state(void) {
        static const struct {
                Dhcp4State state, offer, ack, other_ack, nak, other_nak;
        } rows[] = {
#define S(name) DHCP4_STATE_##name
                /*
                 *                  OFFER          ACK            ACK of another NAK            NAK of
                 * another
                 */
                { S(STOPPED), S(STOPPED), S(STOPPED), S(STOPPED), S(STOPPED), S(STOPPED) },
                { S(INIT), S(INIT), S(INIT), S(INIT), S(INIT), S(INIT) },
                { S(SELECTING), S(REQUESTING), S(SELECTING), S(SELECTING), S(SELECTING), S(SELECTING) },
                { S(REQUESTING), S(REQUESTING), S(BOUND), S(BOUND), S(SELECTING), S(REQUESTING) },
                { S(INIT_REBOOT), S(INIT_REBOOT), S(INIT_REBOOT), S(INIT_REBOOT), S(INIT_REBOOT),
                  S(INIT_REBOOT) },
                { S(REBOOTING), S(REBOOTING), S(BOUND), S(BOUND), S(SELECTING), S(SELECTING) },
                { S(PROBING), S(PROBING), S(PROBING), S(PROBING), S(PROBING), S(PROBING) },
                { S(BOUND), S(BOUND), S(BOUND), S(BOUND), S(BOUND), S(BOUND) },
                { S(RENEWING), S(RENEWING), S(BOUND), S(BOUND), S(SELECTING), S(RENEWING) },
                { S(REBINDING), S(REBINDING), S(BOUND), S(BOUND), S(SELECTING), S(SELECTING) },
                { S(INFORMING), S(INFORMING), S(BOUND), S(BOUND), S(INFORMING), S(INFORMING) },
#undef S
        };

        for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
                for (Dhcp4MessageType type = DHCP4_BOOTP; type < _DHCP4_MESSAGE_TYPE_MAX; type++)
                        for (unsigned other = 0; other < 2; other++) {
                                Bench b = in_state(rows[i].state);
                                const Dhcp4Lease *lease = dhcp4_client_lease(&b.client);
                                const usec_t granted_at = lease ? lease->granted_at : 0,
                                             deadline = dhcp4_client_next_deadline(&b.client);
                                const Dhcp4Counters before = *dhcp4_client_counters(&b.client);
                                const bool listens = rows[i].state != DHCP4_STATE_STOPPED &&
                                        rows[i].state != DHCP4_STATE_INIT_REBOOT;
                                Dhcp4State expected = rows[i].state;

                                if (type == DHCP4_OFFER)
                                        expected = rows[i].offer;
                                else if (type == DHCP4_ACK)
                                        expected = other ? rows[i].other_ack : rows[i].ack;
                                else if (type == DHCP4_NAK)
                                        expected = other ? rows[i].other_nak : rows[i].nak;
                                if (other)
                                        b.server = OTHER;
                                b.now += USEC_PER_MSEC;
                                bench_answer(&b, type);
                                g_assert_cmpuint(dhcp4_client_counters(&b.client)->ignored, ==,
                                                 before.ignored + (expected == rows[i].state));
                                g_assert_cmpuint(dhcp4_client_counters(&b.client)->received[type], ==,
                                                 before.received[type] + listens);
                                if (expected == rows[i].state) {
                                        assert_state(&b, expected);
                                        g_assert_cmpuint(b.n_frames, ==, 0);
                                        g_assert_cmpuint(dhcp4_client_next_deadline(&b.client), ==,
                                                         deadline);
                                        lease = dhcp4_client_lease(&b.client);
                                        g_assert_cmpuint(lease ? lease->granted_at : 0, ==, granted_at);
                                        continue;
                                }
                                /* The client waits a moment before it follows the NAK of another server. */
                                bench_silence(&b, b.now + 300 * USEC_PER_MSEC);
                                assert_state(&b, expected);
                        }
}

/*
 * With strict conflict detection the address is granted before it is used. At the end it is released all
 * the same, or else remembered.
 */
static void test_release_in_probing(void) {
        for (unsigned release = 0; release < 2; release++) {
                Bench b = in_state(DHCP4_STATE_PROBING);

                bench_stop(&b, release);
                g_assert_cmpuint(b.n_frames, ==, release);
                if (release)
                        g_assert_cmpint(b.last.type, ==, DHCP4_RELEASE);
                g_assert_cmpint(dhcp4_client_cached(&b.client) != NULL, ==, !release);
        }
}

/*
 * The carrier blinks while the address that was just granted is probed: the address is asked for again. An
 * anonymous client begins from the beginning.
 */
static void test_carrier_in_probing(void) {
        for (unsigned anonymous = 0; anonymous < 2; anonymous++) {
                Bench b = in_state(DHCP4_STATE_PROBING);
                struct in_addr requested = {};

                b.client.config.anonymize = anonymous;
                bench_carrier(&b, false);
                assert_state(&b, anonymous ? DHCP4_STATE_INIT : DHCP4_STATE_INIT_REBOOT);
                b.now += USEC_PER_SEC;
                bench_carrier(&b, true);
                assert_state(&b, anonymous ? DHCP4_STATE_SELECTING : DHCP4_STATE_REBOOTING);
                g_assert_cmpuint(b.n_frames, ==, 1);
                g_assert_cmpint(b.last.type, ==, anonymous ? DHCP4_DISCOVER : DHCP4_REQUEST);
                (void) dhcp4_message_get_addr(&b.last, DHCP4_OPTION_REQUESTED_IP, &requested);
                g_assert_cmpuint(requested.s_addr, ==, anonymous ? INADDR_ANY : ip(OFFER).s_addr);
                if (anonymous)
                        continue;
                bench_answer(&b, DHCP4_ACK);
                assert_state(&b, DHCP4_STATE_PROBING);
                bench_simple(&b, DHCP4_EVENT_PROBE_OK);
                assert_state(&b, DHCP4_STATE_BOUND);
        }
}

static size_t build_bootp(const Bench *b, uint8_t data[DHCP4_MESSAGE_MAX_LEN]) {
        Dhcp4Header header = b->last.header;
        Dhcp4Builder builder;
        size_t len;

        header.op = DHCP4_OP_BOOTREPLY;
        header.yiaddr = ip(OFFER);
        header.siaddr = ip(OTHER);
        dhcp4_builder_init(&builder, data, DHCP4_MESSAGE_MAX_LEN, &header, DHCP4_BOOTP);
        dhcp4_builder_append_addr(&builder, DHCP4_OPTION_SUBNET_MASK, ip("255.255.255.0"));
        g_assert_cmpint(dhcp4_builder_finish(&builder, &len), ==, 0);
        return len;
}

static void test_bootp(void) {
        Dhcp4ClientConfig config = bench_config();
        uint8_t data[DHCP4_MESSAGE_MAX_LEN];
        const Dhcp4Lease *lease;
        size_t len;
        Bench b;

        /* A BOOTP reply is used only if the configuration says so. */
        b = bench_selecting(&config);
        bench_dispatch(&b, USEC_INFINITY);
        len = build_bootp(&b, data);
        bench_message(&b, data, len);
        assert_state(&b, DHCP4_STATE_SELECTING);

        /* It is not used before a DHCP server had its chance. */
        config.bootp = true;
        b = bench_selecting(&config);
        len = build_bootp(&b, data);
        bench_message(&b, data, len);
        assert_state(&b, DHCP4_STATE_SELECTING);
        bench_dispatch(&b, USEC_INFINITY);
        len = build_bootp(&b, data);
        g_assert_cmpuint(dhcp4_client_counters(&b.client)->ignored, ==, 1);
        bench_message(&b, data, len);
        assert_state(&b, DHCP4_STATE_BOUND);
        /* A reply that is used is not counted as ignored. */
        g_assert_cmpuint(dhcp4_client_counters(&b.client)->ignored, ==, 1);
        lease = dhcp4_client_lease(&b.client);
        g_assert_cmpint(lease->origin, ==, DHCP4_LEASE_BOOTP);
        g_assert_cmpuint(lease->address.s_addr, ==, inet_addr(OFFER));
        g_assert_cmpuint(lease->prefix_len, ==, 24);
        g_assert_cmpuint(lease->server_id.s_addr, ==, 0);
        g_assert_true(lease->lifetime_usec == USEC_INFINITY);

        /* The address is granted for ever: there is nothing to renew, to decline or to release. */
        g_assert_cmpuint(bench_silence(&b, b.now + 365 * 86400 * USEC_PER_SEC), ==, 0);
        bench_simple(&b, DHCP4_EVENT_RENEW);
        assert_state(&b, DHCP4_STATE_BOUND);
        g_assert_cmpuint(b.n_frames, ==, 0);
        bench_simple(&b, DHCP4_EVENT_PROBE_CONFLICT);
        assert_state(&b, DHCP4_STATE_INIT);
        g_assert_cmpuint(b.n_frames, ==, 0);
        bench_stop(&b, true);
        g_assert_cmpuint(b.n_frames, ==, 0);
}

/* A damaged DHCP message is no BOOTP reply: a lease of an hour must not become one for ever. */
static void test_no_bootp_by_damage(void) {
        Dhcp4ClientConfig config = bench_config();
        uint8_t data[DHCP4_MESSAGE_MAX_LEN];
        size_t len;
        Bench b;

        config.bootp = true;
        b = bench_selecting(&config);
        bench_dispatch(&b, USEC_INFINITY);
        len = bench_build(&b, DHCP4_ACK, data);
        data[240] = 0; /* option 53 becomes PAD, an option 1 of 5 bytes, ... */
        data[241] = data[242] = 0;
        bench_message(&b, data, len);
        assert_state(&b, DHCP4_STATE_SELECTING);
        for (len = 0; len < 300; len++) {
                (void) build_bootp(&b, data);
                bench_message(&b, data, len);
                assert_state(&b, DHCP4_STATE_SELECTING);
        }
}

/* The text of a NAK is kept for people to read, and is safe to print. */
static void test_nak_text(void) {
        const Dhcp4ClientConfig config = bench_config();
        uint8_t data[DHCP4_MESSAGE_MAX_LEN];
        Dhcp4Builder builder;
        Dhcp4Header header;
        size_t len;
        Bench b = bench_selecting(&config);

        g_assert_cmpstr(dhcp4_client_nak_text(&b.client), ==, "");
        bench_answer(&b, DHCP4_OFFER);
        header = b.last.header;
        header.op = DHCP4_OP_BOOTREPLY;
        /* A NAK of a server that was not asked refuses nothing. */
        dhcp4_builder_init(&builder, data, sizeof(data), &header, DHCP4_NAK);
        dhcp4_builder_append_addr(&builder, DHCP4_OPTION_SERVER_ID, ip(OTHER));
        g_assert_cmpint(dhcp4_builder_finish(&builder, &len), ==, 0);
        bench_message(&b, data, len);
        g_assert_cmpuint(dhcp4_client_counters(&b.client)->refusals, ==, 0);
        dhcp4_builder_init(&builder, data, sizeof(data), &header, DHCP4_NAK);
        dhcp4_builder_append_addr(&builder, DHCP4_OPTION_SERVER_ID, ip(SERVER));
        dhcp4_builder_append(&builder, DHCP4_OPTION_MESSAGE, "wrong \033[31mnetwork", 18);
        g_assert_cmpint(dhcp4_builder_finish(&builder, &len), ==, 0);
        bench_message(&b, data, len);
        g_assert_cmpstr(dhcp4_client_nak_text(&b.client), ==, "wrong ?[31mnetwork");
        g_assert_cmpuint(dhcp4_client_counters(&b.client)->refusals, ==, 1);

        /*
         * A long text is cut off. Bytes that are no text count as no text, and the earlier text is not shown
         * in their place.
         */
        for (unsigned i = 0; i < 2; i++) {
                char said[200], expected[64] = "";

                memset(said, 'x', sizeof(said));
                if (i == 0)
                        memset(expected, 'x', sizeof(expected) - 1);
                else
                        said[3] = '\0';
                bench_offer(&b);
                header.xid = b.last.header.xid;
                dhcp4_builder_init(&builder, data, sizeof(data), &header, DHCP4_NAK);
                dhcp4_builder_append_addr(&builder, DHCP4_OPTION_SERVER_ID, ip(SERVER));
                dhcp4_builder_append(&builder, DHCP4_OPTION_MESSAGE, said, sizeof(said));
                g_assert_cmpint(dhcp4_builder_finish(&builder, &len), ==, 0);
                bench_message(&b, data, len);
                g_assert_cmpstr(dhcp4_client_nak_text(&b.client), ==, expected);
                bench_dispatch(&b, USEC_INFINITY);
        }
}

int main(int argc, char *argv[]) {
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/dhcp4-client-answers/no-server-id", test_no_server_id);
        g_test_add_func("/dhcp4-client-answers/no-server-id-ipv6-only", test_no_server_id_ipv6_only);
        g_test_add_func("/dhcp4-client-answers/auto-configure-beside-address",
                        test_auto_configure_beside_address);
        g_test_add_func("/dhcp4-client-answers/rapid-ack-unasked", test_rapid_ack_unasked);
        g_test_add_func("/dhcp4-client-answers/secs", test_secs);
        g_test_add_func("/dhcp4-client-answers/xid-is-new", test_xid_is_new);
        g_test_add_func("/dhcp4-client-answers/renewals-teach-no-broadcast",
                        test_renewals_teach_no_broadcast);
        g_test_add_func("/dhcp4-client-answers/every-message-in-every-state",
                        test_every_message_in_every_state);
        g_test_add_func("/dhcp4-client-answers/release-in-probing", test_release_in_probing);
        g_test_add_func("/dhcp4-client-answers/carrier-in-probing", test_carrier_in_probing);
        g_test_add_func("/dhcp4-client-answers/bootp", test_bootp);
        g_test_add_func("/dhcp4-client-answers/no-bootp-by-damage", test_no_bootp_by_damage);
        g_test_add_func("/dhcp4-client-answers/nak-text", test_nak_text);
        return g_test_run();
}
