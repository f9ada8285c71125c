/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The client under any sequence of events: starts, stops, carrier, time, probes, honest answers, damaged
 * answers, rubbish. tests/unit/client-fixture.h has what must hold after each call, with a second copy of
 * RFC 2131 tables 4 and 5. So this target also tests what the client *sends* after a hostile message.
 *
 * Input: two bytes of configuration, then events: a byte that says which, and what it takes.
 */
#include "tests/fuzz/fuzz-input.h"
#include "tests/fuzz/fuzz.h"
#include "tests/unit/client-fixture.h"

/* Returns a span between a microsecond and half a year. */
static usec_t next_span(Input *in) {
        const uint8_t scale = take_u8(in);

        return ((usec_t) take_u8(in) + 1) << (scale % 37);
}

static const uint8_t options[] = { 3, 4, 10, 0, 0, 1, 6, 4, 10, 0, 0, 2, 121, 5, 0, 10, 0, 0, 1 };

static void damage(Input *in, uint8_t *data, size_t len) {
        for (unsigned n = take_u8(in) % 8; n > 0; n--) {
                const size_t at = ((size_t) take_u8(in) << 8 | take_u8(in)) % len;

                data[at] = take_u8(in);
        }
}

static void answer(Bench *b, Input *in, bool damaged) {
        static const Dhcp4MessageType types[] = { DHCP4_OFFER, DHCP4_ACK, DHCP4_NAK, DHCP4_FORCERENEW };
        static const char *const servers[] = { SERVER, OTHER },
                                 *const offers[] = { OFFER, "10.0.0.60", "0.0.0.0", "255.255.255.255" };
        static const uint32_t lifetimes[] = { 3600, 0, 1, 60, UINT32_MAX, UINT32_MAX - 1, 86400, 30 };
        const uint8_t choice = take_u8(in), times = take_u8(in);
        uint8_t data[DHCP4_MESSAGE_MAX_LEN];
        size_t len;

        if (b->total == 0)
                return; /* nothing was asked yet that could be answered */
        b->server = servers[choice >> 2 & 1];
        b->offer = offers[choice >> 3 & 3];
        b->rapid_commit = choice & 0x20;
        b->lifetime_sec = lifetimes[times & 7];
        b->t1_sec = lifetimes[times >> 3 & 7];
        b->t2_sec = lifetimes[(times >> 5 | choice >> 6) & 7];
        len = bench_build(b, types[choice & 3], data);
        if (damaged)
                damage(in, data, len);
        bench_message(b, data, len);
}

/*
 * Sends answers without a server identifier or without a lease time, on either socket, from several
 * sources.
 */
static void incomplete(Bench *b, Input *in) {
        static const HwAddress *const sources[] = { &bench_server_hw, &bench_other_hw, NULL };
        const uint8_t how = take_u8(in);

        b->bare = how & 1;
        b->hw = sources[(how >> 1 & 3) % G_N_ELEMENTS(sources)];
        b->options_len = how & 8 ? sizeof(options) : 0;
        b->anonymous = how & 16;
        b->source = ip(how & 64 ? SERVER : how & 128 ? OTHER : "0.0.0.0");
        answer(b, in, /* damaged= */ how & 32);
        b->bare = b->anonymous = false;
        b->hw = &bench_server_hw;
        b->source = (struct in_addr){};
        b->options_len = 0;
}

static void foreign(Bench *b, Input *in) {
        const Dhcp4State state = bench_state(b);
        const usec_t deadline = dhcp4_client_next_deadline(&b->client);
        uint8_t data[DHCP4_MESSAGE_MAX_LEN];
        size_t len;

        if (b->total == 0)
                return;
        len = bench_build(b, DHCP4_ACK, data);
        data[take_u8(in) % 2 ? 4 : 28] ^= 0x55; /* another exchange, or another host */
        bench_message(b, data, len);
        g_assert_cmpint(bench_state(b), ==, state);
        g_assert_cmpuint(dhcp4_client_next_deadline(&b->client), ==, deadline);
        g_assert_cmpuint(b->n_frames, ==, 0);
}

static void rubbish(Bench *b, Input *in) {
        const size_t len = MIN((size_t) take_u8(in) * 8, in->left);

        bench_message(b, in->data, len);
        in->data += len;
        in->left -= len;
}

static void pass_time(Bench *b, usec_t span) {
        const usec_t until = usec_add(b->now, span);

        /* A deadline may be met late, as after a suspend: the time goes straight to the end. */
        b->now = until;
        dhcp4_client_dispatch(&b->client, b->now);
        bench_drain(b);
}

/* Takes the place of the digest. The test is about what the client does when the digest is right. */
static void weak_hmac(const uint8_t key[DHCP4_NONCE_LEN], const uint8_t *data, size_t len,
                      uint8_t ret[DHCP4_NONCE_LEN]) {
        memset(ret, 0, DHCP4_NONCE_LEN);
}

static void choose_modes(Dhcp4ClientConfig *config, uint8_t flags) {
        static const Dhcp4ServerRule other = { .address.s_addr = 0x0200000a, .prefix_len = 32 };

        config->anonymize = flags & 1;
        config->ipv6_only = flags & 2;
        config->bootp = flags & 4;
        config->hmac_md5 = flags & 8 ? weak_hmac : NULL;
        if (flags & 16) {
                config->inform = ip("10.0.0.77");
                config->inform_prefix_len = 24;
        }
        config->fallback = (Dhcp4Fallback){
                .kind = (Dhcp4FallbackKind) ((flags >> 5 & 3) % _DHCP4_FALLBACK_MAX),
                .after_usec = 5 * USEC_PER_SEC,
                .address = ip("10.0.0.78"),
                .prefix_len = 24,
        };
        if (flags & 128) {
                config->deny = &other;
                config->n_deny = 1;
        }
}

/* A router answers that was asked, or one that was not. */
static void gateway_answers(Bench *b, Input *in) {
        Dhcp4Event event = { .type = DHCP4_EVENT_GATEWAY };
        DnaQuestion question;

        dhcp4_client_dna(&b->client, &question);
        event.gateway = question.gateways[take_u8(in) % DHCP4_LEASE_GATEWAYS_MAX];
        if (take_u8(in) & 1)
                event.gateway.address = ip("10.0.0.99");
        event.gateway.mac[5] |= 1;
        bench_event(b, &event);
}

static void other_event(Bench *b, Input *in) {
        switch (take_u8(in) % 3) {
        case 0:
                bench_simple(b, DHCP4_EVENT_SEND_FAILED);
                g_assert_cmpuint(b->n_frames, ==, 0);
                break;
        case 1:
                gateway_answers(b, in);
                break;
        case 2:
                bench_simple(b, DHCP4_EVENT_RESUMED);
                break;
        }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        Input in = { .data = data, .left = size };
        Dhcp4ClientConfig config = bench_config();
        const uint8_t flags = take_u8(&in);
        Dhcp4Lease saved;
        bool have_saved = false;
        Bench b;

        config.conflict = (Dhcp4ConflictMode) (flags % 3);
        config.default_lifetime_sec = flags & 1 ? DHCP4_DEFAULT_LIFETIME_SEC : 0;
        config.rapid_commit = flags & 4;
        config.stored = (Dhcp4StoredMode) ((flags >> 6 & 3) % _DHCP4_STORED_MAX);
        config.broadcast = flags & 8;
        if (flags & 16)
                config.start_delay_max_usec = 10 * USEC_PER_SEC;
        if (flags & 32)
                config.carrier_grace_usec = USEC_INFINITY;
        choose_modes(&config, take_u8(&in));
        bench_init(&b, &config);
        b.options = options;

        /* The clock stays below the instant at which "now" would be infinite. */
        for (unsigned n = 0; in.left > 0 && n < 300 && b.now < USEC_INFINITY / 4; n++)
                switch (take_u8(&in) % 17) {
                case 0:
                        bench_start(&b, NULL, false);
                        break;
                case 1:
                        bench_start(&b, have_saved ? &saved : NULL, take_u8(&in) & 1);
                        break;
                case 2:
                        bench_stop(&b, take_u8(&in) & 1);
                        break;
                case 3:
                        bench_carrier(&b, true);
                        break;
                case 4:
                        bench_carrier(&b, take_u8(&in) & 1);
                        break;
                case 5:
                        bench_simple(&b, DHCP4_EVENT_RENEW);
                        break;
                case 6:
                        bench_simple(&b, DHCP4_EVENT_PROBE_OK);
                        break;
                case 7:
                        bench_simple(&b, DHCP4_EVENT_PROBE_CONFLICT);
                        break;
                case 8:
                        other_event(&b, &in);
                        break;
                case 9:
                case 10:
                        answer(&b, &in, /* damaged= */ false);
                        break;
                case 11:
                        answer(&b, &in, /* damaged= */ true);
                        break;
                case 12:
                        foreign(&b, &in);
                        break;
                case 13:
                        rubbish(&b, &in);
                        break;
                case 14:
                        pass_time(&b, next_span(&in));
                        break;
                case 15:
                        if (dhcp4_client_next_deadline(&b.client) != USEC_INFINITY)
                                bench_dispatch(&b, USEC_INFINITY);
                        if (dhcp4_client_cached(&b.client)) {
                                saved = *dhcp4_client_cached(&b.client);
                                have_saved = true;
                        }
                        break;
                case 16:
                        incomplete(&b, &in);
                        break;
                }
        return 0;
}
