/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * FORCERENEW (RFC 3203) and the nonce that authenticates it (RFC 6704): with the right digest it makes
 * the client renew as at T1. If anything is wrong with it, it has no effect.
 */
#include "tests/unit/client-fixture.h"

static void hmac_md5(const uint8_t key[DHCP4_NONCE_LEN], const uint8_t *data, size_t len,
                     uint8_t ret[DHCP4_NONCE_LEN]) {
        g_autoptr(GHmac) hmac = g_hmac_new(G_CHECKSUM_MD5, key, DHCP4_NONCE_LEN);
        gsize n = DHCP4_NONCE_LEN;

        g_hmac_update(hmac, data, (gssize) len);
        g_hmac_get_digest(hmac, ret, &n);
}

/* What the server sends in option 90. Every field can be made wrong. */
typedef struct Auth {
        uint8_t protocol, algorithm, rdm, type;
        uint64_t replay;
        uint8_t bytes[DHCP4_NONCE_LEN]; /* nonce or digest */
        size_t len;                     /* bytes of the option; 28 is right */
} Auth;

static const Auth nonce = {
        .protocol = 3,
        .algorithm = 1,
        .type = 1,
        .replay = 100,
        .bytes = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16 },
        .len = 28,
};

static void append_auth(Dhcp4Builder *b, const Auth *auth) {
        uint8_t data[64] = { auth->protocol, auth->algorithm, auth->rdm };

        for (unsigned i = 0; i < 8; i++)
                data[3 + i] = (uint8_t) (auth->replay >> (56 - 8 * i));
        data[11] = auth->type;
        memcpy(data + 12, auth->bytes, sizeof(auth->bytes));
        dhcp4_builder_append(b, DHCP4_OPTION_AUTHENTICATION, data, auth->len);
}

static size_t build_ack(const Bench *b, const Auth *auth, uint8_t data[DHCP4_MESSAGE_MAX_LEN]) {
        Dhcp4Header header = b->last.header;
        Dhcp4Builder builder;
        size_t len;

        header.op = DHCP4_OP_BOOTREPLY;
        header.yiaddr = ip(OFFER);
        dhcp4_builder_init(&builder, data, DHCP4_MESSAGE_MAX_LEN, &header, DHCP4_ACK);
        dhcp4_builder_append_addr(&builder, DHCP4_OPTION_SERVER_ID, ip(SERVER));
        dhcp4_builder_append_u32(&builder, DHCP4_OPTION_LEASE_TIME, 3600);
        if (auth)
                append_auth(&builder, auth);
        g_assert_cmpint(dhcp4_builder_finish(&builder, &len), ==, 0);
        return len;
}

/* Builds a FORCERENEW as @auth says, and writes its digest, made with @key, where it belongs. */
static size_t build_force(const Bench *b, const Auth *auth, const uint8_t key[DHCP4_NONCE_LEN],
                          const char *server, uint8_t data[DHCP4_MESSAGE_MAX_LEN]) {
        Dhcp4Header header = { .op = DHCP4_OP_BOOTREPLY, .htype = 1, .hlen = 6 };
        uint8_t digest[DHCP4_NONCE_LEN];
        Dhcp4Builder builder;
        size_t at, len;

        memcpy(header.chaddr, bench_mac, sizeof(bench_mac));
        dhcp4_builder_init(&builder, data, DHCP4_MESSAGE_MAX_LEN, &header, DHCP4_FORCERENEW);
        if (server)
                dhcp4_builder_append_addr(&builder, DHCP4_OPTION_SERVER_ID, ip(server));
        at = builder.pos + 2 + 12;
        append_auth(&builder, auth);
        g_assert_cmpint(dhcp4_builder_finish(&builder, &len), ==, 0);
        if (key && auth->len == 28) {
                hmac_md5(key, data, len, digest);
                memcpy(data + at, digest, sizeof(digest));
        }
        return len;
}

static Auth digest_auth(uint64_t replay) {
        return (Auth){ .protocol = 3, .algorithm = 1, .type = 2, .replay = replay, .len = 28 };
}

static Bench bound(const Dhcp4ClientConfig *config, const Auth *auth) {
        uint8_t data[DHCP4_MESSAGE_MAX_LEN];
        size_t len;
        Bench b;

        bench_init(&b, config);
        bench_start(&b, NULL, false);
        bench_carrier(&b, true);
        bench_answer(&b, DHCP4_OFFER);
        len = build_ack(&b, auth, data);
        bench_message(&b, data, len);
        assert_state(&b, DHCP4_STATE_BOUND);
        b.now += 60 * USEC_PER_SEC;
        return b;
}

static Dhcp4ClientConfig able(void) {
        Dhcp4ClientConfig config = bench_config();

        config.hmac_md5 = hmac_md5;
        return config;
}

static void test_offered(void) {
        Dhcp4ClientConfig config = able();
        uint8_t algorithm;
        Bench b;

        bench_init(&b, &config);
        bench_start(&b, NULL, false);
        bench_carrier(&b, true);
        g_assert_cmpint(dhcp4_message_get_u8(&b.last, DHCP4_OPTION_FORCERENEW_NONCE, &algorithm), ==, 0);
        g_assert_cmpuint(algorithm, ==, 1);
        bench_answer(&b, DHCP4_OFFER);
        g_assert_true(dhcp4_message_has(&b.last, DHCP4_OPTION_FORCERENEW_NONCE));

        config.hmac_md5 = NULL;
        bench_init(&b, &config);
        bench_start(&b, NULL, false);
        bench_carrier(&b, true);
        g_assert_false(dhcp4_message_has(&b.last, DHCP4_OPTION_FORCERENEW_NONCE));
}

static void test_honoured(void) {
        const Dhcp4ClientConfig config = able();
        uint8_t data[DHCP4_MESSAGE_MAX_LEN];
        Bench b = bound(&config, &nonce);
        Auth auth = digest_auth(101);
        size_t len;

        /*
         * Listening costs a UDP socket for the address. It is open only because there is a FORCERENEW to
         * listen for.
         */
        g_assert_cmpint(dhcp4_client_rx_mode(&b.client), ==, DHCP4_RX_UDP);
        len = build_force(&b, &auth, nonce.bytes, SERVER, data);
        bench_message(&b, data, len);
        assert_state(&b, DHCP4_STATE_RENEWING);
        g_assert_cmpuint(b.n_frames, ==, 1);
        g_assert_cmpint(b.last.type, ==, DHCP4_REQUEST);

        /*
         * The renewal brings no nonce, so the old nonce stays valid. The same FORCERENEW does not count a
         * second time.
         */
        len = build_ack(&b, NULL, data);
        bench_message(&b, data, len);
        assert_state(&b, DHCP4_STATE_BOUND);
        b.now += 60 * USEC_PER_SEC;
        len = build_force(&b, &auth, nonce.bytes, SERVER, data);
        bench_message(&b, data, len);
        assert_state(&b, DHCP4_STATE_BOUND);
        auth.replay = 102;
        len = build_force(&b, &auth, nonce.bytes, /* server= */ NULL, data);
        bench_message(&b, data, len);
        assert_state(&b, DHCP4_STATE_RENEWING);
}

static void test_refused(void) {
        const Dhcp4ClientConfig config = able();
        static const uint8_t wrong_key[DHCP4_NONCE_LEN] = { 9 };
        static const struct {
                Auth auth;
                const uint8_t *key; /* NULL: not signed */
                const char *server;
        } cases[] = {
                { { 3, 1, 0, 2, 101, {}, 28 }, wrong_key, SERVER },
                { { 3, 1, 0, 2, 101, {}, 28 }, NULL, SERVER },
                { { 3, 1, 0, 2, 100, {}, 28 }, nonce.bytes, SERVER }, /* replayed */
                { { 3, 1, 0, 2, 0, {}, 28 }, nonce.bytes, SERVER },
                { { 2, 1, 0, 2, 101, {}, 28 }, nonce.bytes, SERVER }, /* protocol */
                { { 3, 0, 0, 2, 101, {}, 28 }, nonce.bytes, SERVER }, /* algorithm */
                { { 3, 1, 1, 2, 101, {}, 28 }, nonce.bytes, SERVER }, /* RDM */
                { { 3, 1, 0, 1, 101, {}, 28 }, nonce.bytes, SERVER }, /* type */
                { { 3, 1, 0, 2, 101, {}, 27 }, nonce.bytes, SERVER },
                { { 3, 1, 0, 2, 101, {}, 29 }, nonce.bytes, SERVER },
                { { 3, 1, 0, 2, 101, {}, 28 }, nonce.bytes, OTHER }, /* another server */
        };
        uint8_t data[DHCP4_MESSAGE_MAX_LEN], digest[DHCP4_NONCE_LEN];
        Bench b = bound(&config, &nonce);
        size_t len, at;
        Auth auth;

        for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
                len = build_force(&b, &cases[i].auth, cases[i].key, cases[i].server, data);
                bench_message(&b, data, len);
                g_assert_cmpuint(dhcp4_client_counters(&b.client)->ignored, ==, i + 1);
                assert_state(&b, DHCP4_STATE_BOUND);
                g_assert_cmpuint(b.n_frames, ==, 0);
        }

        /* Every bit counts, except for those that relays change. */
        auth = digest_auth(101);
        len = build_force(&b, &auth, nonce.bytes, SERVER, data);
        for (size_t bit = 0; bit < len * 8; bit++) {
                const size_t byte = bit / 8;

                if (byte == 3 || (byte >= 24 && byte < 28))
                        continue;
                data[byte] ^= (uint8_t) (1u << (bit % 8));
                bench_message(&b, data, len);
                assert_state(&b, DHCP4_STATE_BOUND);
                data[byte] ^= (uint8_t) (1u << (bit % 8));
        }
        for (size_t cut = 0; cut < len; cut++) {
                bench_message(&b, data, cut);
                assert_state(&b, DHCP4_STATE_BOUND);
        }
        /* If the option is there twice, it is unclear which one counts: the message is ignored. */
        at = DHCP4_MESSAGE_FIXED_LEN + 3 + 6;
        g_assert_cmpuint(data[at], ==, DHCP4_OPTION_AUTHENTICATION);
        g_assert_cmpuint(data[at + 30], ==, DHCP4_OPTION_END);
        memcpy(data + at + 30, data + at, 30);
        data[at + 60] = DHCP4_OPTION_END;
        for (unsigned which = 0; which < 2; which++) {
                memset(data + at + 14, 0, DHCP4_NONCE_LEN);
                memset(data + at + 44, 0, DHCP4_NONCE_LEN);
                hmac_md5(nonce.bytes, data, at + 61, digest);
                memcpy(data + at + (which ? 44 : 14), digest, sizeof(digest));
                bench_message(&b, data, at + 61);
                assert_state(&b, DHCP4_STATE_BOUND);
        }

        len = build_force(&b, &auth, nonce.bytes, SERVER, data);
        bench_message(&b, data, len);
        assert_state(&b, DHCP4_STATE_RENEWING);
}

/* RFC 3118 §2: the digest is made with zeros in the fields that a relay may have changed on the way. */
static void test_relayed(void) {
        const Dhcp4ClientConfig config = able();
        const struct {
                uint8_t hops, giaddr[4];
        } relays[] = { { 1, {} }, { 0, { 10, 0, 0, 254 } }, { 16, { 10, 0, 0, 254 } } };
        const Auth auth = digest_auth(101);
        uint8_t data[DHCP4_MESSAGE_MAX_LEN];

        for (size_t i = 0; i < G_N_ELEMENTS(relays); i++) {
                Bench b = bound(&config, &nonce);
                const size_t len = build_force(&b, &auth, nonce.bytes, SERVER, data);

                data[3] = relays[i].hops;
                memcpy(data + 24, relays[i].giaddr, sizeof(relays[i].giaddr));
                bench_message(&b, data, len);
                assert_state(&b, DHCP4_STATE_RENEWING);
        }
}

/*
 * RFC 3203 §3: FORCERENEW is for a client in BOUND. In every other state there is no lease, or the client
 * is asking already.
 */
static void test_in_every_state(void) {
        static const Dhcp4State states[] = {
                DHCP4_STATE_STOPPED,    DHCP4_STATE_INIT,        DHCP4_STATE_SELECTING,
                DHCP4_STATE_REQUESTING, DHCP4_STATE_INIT_REBOOT, DHCP4_STATE_REBOOTING,
                DHCP4_STATE_PROBING,    DHCP4_STATE_RENEWING,    DHCP4_STATE_REBINDING,
        };
        uint8_t data[DHCP4_MESSAGE_MAX_LEN];
        const Auth auth = digest_auth(101);

        for (size_t i = 0; i < G_N_ELEMENTS(states); i++) {
                Dhcp4ClientConfig config = able();
                Bench b = bound(&config, &nonce);
                Dhcp4Lease lease = *dhcp4_client_lease(&b.client);
                const usec_t now = b.now;
                uint32_t xid;
                size_t len;

                switch (states[i]) {
                case DHCP4_STATE_STOPPED:
                        bench_stop(&b, false);
                        break;
                case DHCP4_STATE_INIT:
                case DHCP4_STATE_SELECTING:
                case DHCP4_STATE_REQUESTING:
                case DHCP4_STATE_INIT_REBOOT:
                case DHCP4_STATE_PROBING:
                        config.conflict =
                                states[i] == DHCP4_STATE_PROBING ? DHCP4_CONFLICT_STRICT : DHCP4_CONFLICT_NO;
                        config.start_delay_max_usec = states[i] == DHCP4_STATE_INIT ? 10 * USEC_PER_SEC : 0;
                        bench_init(&b, &config);
                        b.now = now;
                        bench_start(&b, states[i] == DHCP4_STATE_INIT_REBOOT ? &lease : NULL, false);
                        if (states[i] == DHCP4_STATE_INIT_REBOOT)
                                break;
                        bench_carrier(&b, true);
                        if (states[i] == DHCP4_STATE_INIT || states[i] == DHCP4_STATE_SELECTING)
                                break;
                        bench_answer(&b, DHCP4_OFFER);
                        if (states[i] == DHCP4_STATE_REQUESTING)
                                break;
                        len = build_ack(&b, &nonce, data);
                        bench_message(&b, data, len);
                        break;
                case DHCP4_STATE_REBOOTING:
                        bench_simple(&b, DHCP4_EVENT_RESUMED);
                        break;
                case DHCP4_STATE_RENEWING:
                        bench_dispatch(&b, USEC_INFINITY);
                        break;
                case DHCP4_STATE_REBINDING:
                        while (bench_state(&b) != DHCP4_STATE_REBINDING)
                                bench_dispatch(&b, USEC_INFINITY);
                        break;
                case DHCP4_STATE_BOUND:
                case DHCP4_STATE_INFORMING:
                case _DHCP4_STATE_MAX:
                        g_assert_not_reached();
                }
                assert_state(&b, states[i]);
                b.now += USEC_PER_MSEC;
                xid = dhcp4_client_xid(&b.client);
                len = build_force(&b, &auth, nonce.bytes, SERVER, data);
                bench_message(&b, data, len);
                assert_state(&b, states[i]);
                g_assert_cmpuint(b.n_frames, ==, 0);
                g_assert_cmpuint(dhcp4_client_xid(&b.client), ==, xid);
        }
}

/*
 * FORCERENEW is ignored without a nonce, and without a lease to renew. A server cannot make the client
 * renew all the time.
 */
static void test_ignored(void) {
        Dhcp4ClientConfig config = able();
        static const Auth zero = { .protocol = 3, .algorithm = 1, .type = 1, .replay = 1, .len = 28 };
        const Auth auth = digest_auth(101);
        uint8_t data[DHCP4_MESSAGE_MAX_LEN];
        size_t len;
        Bench b = bound(&config, NULL);

        g_assert_cmpint(dhcp4_client_rx_mode(&b.client), ==, DHCP4_RX_NONE);
        len = build_force(&b, &auth, nonce.bytes, SERVER, data);
        bench_message(&b, data, len);
        assert_state(&b, DHCP4_STATE_BOUND);

        b = bound(&config, &zero);
        len = build_force(&b, &auth, zero.bytes, SERVER, data);
        bench_message(&b, data, len);
        assert_state(&b, DHCP4_STATE_BOUND);

        b = bound(&config, &nonce);
        b.now -= 55 * USEC_PER_SEC;
        b.client.now = b.now;
        len = build_force(&b, &auth, nonce.bytes, SERVER, data);
        bench_message(&b, data, len);
        assert_state(&b, DHCP4_STATE_BOUND);

        config.hmac_md5 = NULL;
        b = bound(&config, &nonce);
        g_assert_cmpint(dhcp4_client_rx_mode(&b.client), ==, DHCP4_RX_NONE);
        len = build_force(&b, &auth, nonce.bytes, SERVER, data);
        bench_message(&b, data, len);
        assert_state(&b, DHCP4_STATE_BOUND);
}

/*
 * FORCERENEW renews a lease that is ten seconds old, and no younger one. A FORCERENEW that is used is not
 * counted as ignored.
 */
static void test_rate(void) {
        const Dhcp4ClientConfig config = able();
        const Auth auth = digest_auth(101);
        uint8_t data[DHCP4_MESSAGE_MAX_LEN];

        for (unsigned old = 0; old < 2; old++) {
                Bench b = bound(&config, &nonce);
                uint64_t ignored;
                size_t len;

                b.now = b.client.now = dhcp4_client_lease(&b.client)->granted_at + 10 * USEC_PER_SEC - !old;
                ignored = dhcp4_client_counters(&b.client)->ignored;
                len = build_force(&b, &auth, nonce.bytes, SERVER, data);
                bench_message(&b, data, len);
                assert_state(&b, old ? DHCP4_STATE_RENEWING : DHCP4_STATE_BOUND);
                g_assert_cmpuint(dhcp4_client_counters(&b.client)->ignored, ==, ignored + !old);
        }
}

/* RFC 6704 §3.1.3: another nonce takes the place of the earlier one. */
static void test_another_nonce(void) {
        const Dhcp4ClientConfig config = able();
        uint8_t data[DHCP4_MESSAGE_MAX_LEN];
        Bench b = bound(&config, &nonce);
        Auth auth = digest_auth(102), another = nonce;
        size_t len;

        bench_simple(&b, DHCP4_EVENT_RENEW);
        another.bytes[0]++;
        len = build_ack(&b, &another, data);
        bench_message(&b, data, len);
        assert_state(&b, DHCP4_STATE_BOUND);
        b.now += 60 * USEC_PER_SEC;
        len = build_force(&b, &auth, nonce.bytes, SERVER, data);
        bench_message(&b, data, len);
        assert_state(&b, DHCP4_STATE_BOUND);
        len = build_force(&b, &auth, another.bytes, SERVER, data);
        bench_message(&b, data, len);
        assert_state(&b, DHCP4_STATE_RENEWING);
}

/* Without a carrier the client ignores what a socket still has. */
static void test_without_carrier(void) {
        const Dhcp4ClientConfig config = able();
        const Auth auth = digest_auth(101);
        uint8_t data[DHCP4_MESSAGE_MAX_LEN];
        Bench b = bound(&config, &nonce);
        size_t len;

        bench_carrier(&b, false);
        assert_state(&b, DHCP4_STATE_BOUND);
        len = build_force(&b, &auth, nonce.bytes, SERVER, data);
        bench_message(&b, data, len);
        assert_state(&b, DHCP4_STATE_BOUND);
        g_assert_cmpuint(dhcp4_client_counters(&b.client)->received[DHCP4_FORCERENEW], ==, 0);
}

/* An option that says that it is longer than the message ends the search for option 90. */
static void test_overrun(void) {
        const Dhcp4ClientConfig config = able();
        const Auth auth = digest_auth(101);
        uint8_t data[DHCP4_MESSAGE_MAX_LEN];
        Bench b = bound(&config, &nonce);
        const size_t len = build_force(&b, &auth, nonce.bytes, SERVER, data);

        data[len - 2] = DHCP4_OPTION_HOSTNAME;
        data[len - 1] = 255;
        for (size_t i = 243 + 6 + 30; i < len - 2; i++)
                data[i] = DHCP4_OPTION_PAD; /* END is overwritten */
        bench_message(&b, data, len);
        assert_state(&b, DHCP4_STATE_BOUND);
}

/* The secret is in the lease, and is not shown anywhere. */
static void test_nonce_is_hidden(void) {
        const Dhcp4ClientConfig config = able();
        const Bench b = bound(&config, &nonce);
        const Dhcp4Lease *lease = dhcp4_client_lease(&b.client);

        g_assert_true(lease->nonce.valid);
        g_assert_cmpmem(lease->nonce.bytes, DHCP4_NONCE_LEN, nonce.bytes, DHCP4_NONCE_LEN);
        g_assert_null(memmem(lease->ack, lease->ack_len, nonce.bytes, DHCP4_NONCE_LEN));
}

/* Zeros take the place of the nonce. The answer in the record of the lease has no nonce. */
static void test_nonce_is_taken_once(void) {
        static const uint8_t zeros[DHCP4_NONCE_LEN];
        const Dhcp4ClientConfig config = able();
        Bench b = bound(&config, &nonce);
        uint8_t data[DHCP4_MESSAGE_MAX_LEN];
        size_t len, option_len;
        const uint8_t *option;
        Dhcp4Nonce taken;
        Dhcp4Message m;

        len = build_ack(&b, &nonce, data);
        dhcp4_nonce_take(data, len, &taken);
        g_assert_true(taken.valid);
        g_assert_cmpuint(taken.replay, ==, nonce.replay);
        g_assert_cmpint(dhcp4_message_parse(data, len, &m), ==, 0);
        g_assert_cmpint(dhcp4_message_get(&m, DHCP4_OPTION_AUTHENTICATION, &option, &option_len), ==, 0);
        g_assert_cmpmem(option + 12, option_len - 12, zeros, sizeof(zeros));
        dhcp4_nonce_take(data, len, &taken);
        g_assert_false(taken.valid);
}

/* The option may be the last thing in the message, without END behind it. */
static void test_nonce_at_the_end(void) {
        const Dhcp4ClientConfig config = able();
        Bench b = bound(&config, &nonce);
        uint8_t data[DHCP4_MESSAGE_MAX_LEN];
        const size_t len = build_ack(&b, &nonce, data);
        const uint8_t *at = memmem(data, len, (const uint8_t[]){ DHCP4_OPTION_AUTHENTICATION, 28, 3, 1 }, 4);
        Dhcp4Nonce taken;
        size_t end;

        g_assert_nonnull(at);
        end = (size_t) (at - data) + 2 + 28;
        dhcp4_nonce_take(data, end - 1, &taken);
        g_assert_false(taken.valid);
        dhcp4_nonce_take(data, end, &taken);
        g_assert_true(taken.valid);
        g_assert_cmpmem(taken.bytes, sizeof(taken.bytes), nonce.bytes, sizeof(nonce.bytes));
}

/* If anything is wrong with the option of an ACK, there is no nonce, and the answer stays as it came. */
static void test_no_nonce(void) {
        const Dhcp4ClientConfig config = able();
        Bench b = bound(&config, &nonce);
        Auth wrong[5];

        for (size_t i = 0; i < G_N_ELEMENTS(wrong); i++)
                wrong[i] = nonce;
        wrong[0].protocol = 2;
        wrong[1].algorithm = 2;
        wrong[2].rdm = 1;
        wrong[3].type = 2;
        wrong[4].len = 27;
        for (size_t i = 0; i < G_N_ELEMENTS(wrong); i++) {
                uint8_t data[DHCP4_MESSAGE_MAX_LEN], before[DHCP4_MESSAGE_MAX_LEN];
                const size_t len = build_ack(&b, &wrong[i], data);
                Dhcp4Nonce taken;

                memcpy(before, data, len);
                dhcp4_nonce_take(data, len, &taken);
                g_assert_false(taken.valid);
                g_assert_cmpmem(data, len, before, len);
        }
}

/* RFC 3118 §2: the counter has 64 bits, and each of them counts. */
static void test_counter(void) {
        static const struct {
                uint64_t known, heard;
        } newer[] = {
                { UINT64_C(0x80000000), UINT64_C(0x100000000) },
                { UINT64_C(0xffffffff), UINT64_C(0x100000000) },
                { UINT64_C(0x7fffffff00000000), UINT64_C(0x8000000000000000) },
                { UINT64_C(0xfffffffffffffffe), UINT64_C(0xffffffffffffffff) },
        };
        const Dhcp4ClientConfig config = able();
        const Bench b = bound(&config, &nonce);

        for (size_t i = 0; i < G_N_ELEMENTS(newer); i++)
                for (unsigned swapped = 0; swapped < 2; swapped++) {
                        const Auth auth = digest_auth(swapped ? newer[i].known : newer[i].heard);
                        Dhcp4Nonce known = { .valid = true,
                                             .replay = swapped ? newer[i].heard : newer[i].known };
                        uint8_t data[DHCP4_MESSAGE_MAX_LEN];
                        size_t len;

                        memcpy(known.bytes, nonce.bytes, sizeof(known.bytes));
                        len = build_force(&b, &auth, nonce.bytes, SERVER, data);
                        g_assert_cmpint(dhcp4_nonce_check(&known, hmac_md5, data, len), ==, !swapped);
                        g_assert_cmpuint(known.replay, ==, newer[i].heard);
                }
}

/* A FORCERENEW may be as long as any other message, and no longer. */
static void test_longest(void) {
        const Dhcp4ClientConfig config = able();
        const Auth auth = digest_auth(101);
        uint8_t data[DHCP4_MESSAGE_MAX_LEN + 1] = {}, digest[DHCP4_NONCE_LEN];
        Bench b = bound(&config, &nonce);

        for (size_t len = sizeof(data) - 1; len <= sizeof(data); len++) {
                Dhcp4Nonce known = { .valid = true, .replay = 100 };
                const uint8_t *at;

                memcpy(known.bytes, nonce.bytes, sizeof(known.bytes));
                memset(data, 0, sizeof(data));
                (void) build_force(&b, &auth, /* key= */ NULL, SERVER, data);
                at = memmem(data, len, (const uint8_t[]){ DHCP4_OPTION_AUTHENTICATION, 28, 3, 1 }, 4);
                g_assert_nonnull(at);
                hmac_md5(nonce.bytes, data, len, digest);
                memcpy(data + (at - data) + 2 + 12, digest, sizeof(digest));
                g_assert_cmpint(dhcp4_nonce_check(&known, hmac_md5, data, len), ==, len < sizeof(data));
        }
}

int main(int argc, char *argv[]) {
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/dhcp4-forcerenew/offered", test_offered);
        g_test_add_func("/dhcp4-forcerenew/honoured", test_honoured);
        g_test_add_func("/dhcp4-forcerenew/refused", test_refused);
        g_test_add_func("/dhcp4-forcerenew/relayed", test_relayed);
        g_test_add_func("/dhcp4-forcerenew/in-every-state", test_in_every_state);
        g_test_add_func("/dhcp4-forcerenew/ignored", test_ignored);
        g_test_add_func("/dhcp4-forcerenew/rate", test_rate);
        g_test_add_func("/dhcp4-forcerenew/another-nonce", test_another_nonce);
        g_test_add_func("/dhcp4-forcerenew/without-carrier", test_without_carrier);
        g_test_add_func("/dhcp4-forcerenew/overrun", test_overrun);
        g_test_add_func("/dhcp4-forcerenew/nonce-is-hidden", test_nonce_is_hidden);
        g_test_add_func("/dhcp4-forcerenew/nonce-is-taken-once", test_nonce_is_taken_once);
        g_test_add_func("/dhcp4-forcerenew/nonce-at-the-end", test_nonce_at_the_end);
        g_test_add_func("/dhcp4-forcerenew/no-nonce", test_no_nonce);
        g_test_add_func("/dhcp4-forcerenew/counter", test_counter);
        g_test_add_func("/dhcp4-forcerenew/longest", test_longest);
        return g_test_run();
}
