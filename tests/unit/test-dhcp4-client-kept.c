/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Answers that leave out what was said before, and answers of another server than the one that was asked
 * (core/dhcp4-client-message.c): for each state, what the client keeps, what it takes, and from which
 * server.
 */
#include "tests/unit/client-fixture.h"

#define MOVED "10.0.0.60"

/* Router and DNS. */
static const uint8_t options[] = { 3, 4, 10, 0, 0, 1, 6, 4, 10, 0, 0, 2 };

static Bench new_bench(const Dhcp4ClientConfig *config) {
        Bench b;

        bench_init(&b, config);
        b.options = options;
        b.options_len = sizeof(options);
        return b;
}

static bool keeps(const Bench *b, uint8_t code) {
        uint8_t codes[DHCP4_LEASE_KEPT_MAX];

        return memchr(codes, code, dhcp4_lease_kept(dhcp4_client_lease(&b->client), codes));
}

static void assert_configured(const Bench *b, bool kept) {
        const Dhcp4Lease *lease = dhcp4_client_lease(&b->client);
        struct in_addr router, dns;
        Dhcp4Message m;

        assert_state(b, DHCP4_STATE_BOUND);
        g_assert_cmpuint(lease->address.s_addr, ==, ip(OFFER).s_addr);
        g_assert_cmpuint(lease->prefix_len, ==, 24);
        dhcp4_lease_message(lease, &m);
        g_assert_cmpint(dhcp4_message_get_addr(&m, DHCP4_OPTION_ROUTERS, &router), ==, 0);
        g_assert_cmpint(dhcp4_message_get_addr(&m, DHCP4_OPTION_DNS, &dns), ==, 0);
        g_assert_cmpint(keeps(b, DHCP4_OPTION_ROUTERS), ==, kept);
        g_assert_cmpint(keeps(b, DHCP4_OPTION_LEASE_TIME), ==, kept);
}

static void bench_reach(Bench *b, Dhcp4State state) {
        while (bench_state(b) != state)
                bench_dispatch(b, USEC_INFINITY);
}

/* Lets a client ask for the lease that is on the link (@held) or that it remembers. */
static void bench_reboot(Bench *b, bool held) {
        Dhcp4Lease cached = *dhcp4_client_lease(&b->client);
        const Dhcp4ClientConfig config = b->client.config;
        Bench again = new_bench(&config);

        if (held) {
                bench_carrier(b, false);
                bench_carrier(b, true);
                assert_state(b, DHCP4_STATE_REBOOTING);
                return;
        }
        again.now = b->now;
        *b = again;
        bench_start(b, &cached, false);
        bench_carrier(b, true);
        assert_state(b, DHCP4_STATE_REBOOTING);
}

/* Takes the client from BOUND into each of the states in which it asks for the lease again. */
static void ask_again(Bench *b, unsigned how) {
        if (how == 0)
                bench_reach(b, DHCP4_STATE_RENEWING);
        else if (how == 1)
                bench_reach(b, DHCP4_STATE_REBINDING);
        else
                bench_reboot(b, how == 2);
}

#define WAYS_TO_ASK_AGAIN 4u

/*
 * An ACK with nothing but its type, an address and its server: the lease stays what it was, for the same
 * time again.
 */
static void test_bare_ack(void) {
        const Dhcp4ClientConfig config = bench_config();

        for (unsigned how = 0; how < WAYS_TO_ASK_AGAIN; how++) {
                Bench b = new_bench(&config);
                Dhcp4Lease before;

                bench_bind(&b);
                assert_configured(&b, false);
                before = *dhcp4_client_lease(&b.client);
                for (unsigned i = 0; i < 3; i++) {
                        usec_t asked_at;

                        ask_again(&b, how);
                        asked_at = b.now;
                        b.now += USEC_PER_MSEC;
                        b.bare = true;
                        bench_answer(&b, DHCP4_ACK);
                        assert_configured(&b, true);
                        g_assert_true(dhcp4_lease_same_content(dhcp4_client_lease(&b.client), &before));
                        g_assert_cmpuint(dhcp4_client_lease(&b.client)->granted_at, ==, asked_at);
                        g_assert_cmpuint(dhcp4_client_lease(&b.client)->lifetime_usec, ==,
                                         3600 * USEC_PER_SEC);
                }
        }
}

/* An ACK need not have an address, unless its ciaddr shows that it is for another client. */
static void test_no_address(void) {
        const Dhcp4ClientConfig config = bench_config();

        for (unsigned how = 0; how < WAYS_TO_ASK_AGAIN; how++)
                for (unsigned ciaddr = 0; ciaddr < 3; ciaddr++) {
                        const struct in_addr addresses[] = { ip("0.0.0.0"), ip(OFFER), ip(MOVED) };
                        uint8_t data[DHCP4_MESSAGE_MAX_LEN];
                        Bench b = new_bench(&config);
                        Dhcp4State state;
                        size_t len;

                        bench_bind(&b);
                        ask_again(&b, how);
                        state = bench_state(&b);
                        b.offer = "0.0.0.0";
                        len = bench_build(&b, DHCP4_ACK, data);
                        memcpy(data + 12, &addresses[ciaddr], 4);
                        bench_message(&b, data, len);
                        if (ciaddr == 2)
                                assert_state(&b, state);
                        else
                                assert_configured(&b, false);
                }
}

/* Before there is a lease, an ACK without an address confirms nothing. */
static void test_no_address_requesting(void) {
        const Dhcp4ClientConfig config = bench_config();
        Bench b = bench_selecting(&config);

        bench_answer(&b, DHCP4_OFFER);
        b.offer = "0.0.0.0";
        bench_answer(&b, DHCP4_ACK);
        assert_state(&b, DHCP4_STATE_REQUESTING);
}

/*
 * An ACK without option 54 counts as an ACK of the server that was asked, but only if it confirms the
 * address.
 */
static void test_no_server(void) {
        const Dhcp4ClientConfig config = bench_config();

        for (unsigned how = 0; how < WAYS_TO_ASK_AGAIN; how++)
                /* An address that is not in force has no UDP socket. */
                for (unsigned udp = 0; udp < (how == 3 ? 1 : 2); udp++) {
                        Bench b = new_bench(&config);
                        Dhcp4State state;

                        bench_bind(&b);
                        ask_again(&b, how);
                        state = bench_state(&b);
                        b.anonymous = true;
                        b.hw = udp ? NULL : &bench_server_hw;
                        b.offer = MOVED;
                        bench_answer(&b, DHCP4_ACK);
                        assert_state(&b, state);
                        b.offer = OFFER;
                        bench_answer(&b, DHCP4_ACK);
                        assert_configured(&b, false);
                        g_assert_true(keeps(&b, DHCP4_OPTION_SERVER_ID));
                        g_assert_cmpuint(dhcp4_client_lease(&b.client)->server_id.s_addr, ==,
                                         ip(SERVER).s_addr);
                        g_assert_true(hw_address_equal(&dhcp4_client_lease(&b.client)->server_hw,
                                                       &bench_server_hw));
                }
}

/*
 * A mask or a single route describes a network. In REBOOTING another network is possible. If a server
 * that did not grant the old lease describes its network, nothing of the old lease is added.
 */
static void test_described_by_routes(void) {
        static const uint8_t route[] = { 121, 8, 24, 192, 0, 2, 10, 0, 0, 9 },
                             mask[] = { 1, 4, 255, 255, 255, 0 };
        static const struct {
                const uint8_t *options;
                size_t len;
                bool describes;
        } rows[] = { { NULL, 0, false }, { route, sizeof(route), true }, { mask, sizeof(mask), true } };
        const Dhcp4ClientConfig config = bench_config();

        for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
                Bench b = new_bench(&config);

                bench_bind(&b);
                bench_reboot(&b, true);
                b.server = OTHER;
                b.hw = &bench_other_hw;
                b.mask = NULL;
                b.options = rows[i].options;
                b.options_len = rows[i].len;
                bench_answer(&b, DHCP4_ACK);
                assert_state(&b, DHCP4_STATE_BOUND);
                g_assert_cmpint(keeps(&b, DHCP4_OPTION_DNS), ==, !rows[i].describes);
        }
}

/*
 * In REQUESTING the network is that of the OFFER, also when another node of the cluster sends the ACK and
 * describes the network.
 */
static void test_described_by_cluster(void) {
        const Dhcp4ClientConfig config = bench_config();
        Bench b = new_bench(&config);

        bench_start(&b, NULL, false);
        bench_carrier(&b, true);
        bench_answer(&b, DHCP4_OFFER);
        bench_dispatch(&b, USEC_INFINITY);
        b.server = OTHER;
        b.hw = &bench_other_hw;
        b.options = NULL;
        b.options_len = 0;
        bench_answer(&b, DHCP4_ACK);
        assert_state(&b, DHCP4_STATE_BOUND);
        g_assert_true(keeps(&b, DHCP4_OPTION_ROUTERS));
}

/*
 * A lease is in force, and the client requests an OFFER of the same address. An ACK without option 54 counts
 * as from the server that offered. What the ACK leaves out is taken from the lease only if the lease is from
 * the same server.
 */
static void test_described_while_in_force(void) {
        const Dhcp4ClientConfig config = bench_config();

        for (unsigned other = 0; other < 2; other++) {
                Bench b = new_bench(&config);

                bench_bind(&b);
                bench_reboot(&b, true);
                bench_dispatch(&b, USEC_INFINITY);
                g_assert_true(b.has_beside);
                b.options = NULL;
                b.options_len = 0;
                b.server = other ? OTHER : SERVER;
                b.hw = other ? &bench_other_hw : &bench_server_hw;
                bench_answer(&b, DHCP4_OFFER);
                bench_dispatch(&b, USEC_INFINITY);
                assert_state(&b, DHCP4_STATE_REQUESTING);
                b.anonymous = true;
                bench_answer(&b, DHCP4_ACK);
                assert_state(&b, DHCP4_STATE_BOUND);
                g_assert_cmpuint(dhcp4_client_lease(&b.client)->server_id.s_addr, ==, ip(b.server).s_addr);
                g_assert_cmpint(keeps(&b, DHCP4_OPTION_ROUTERS), ==, !other);
        }
}

/* Options of the OFFER that the ACK lacks count, if both are for one address. */
static void test_offer_options(void) {
        const Dhcp4ClientConfig config = bench_config();
        Bench b = new_bench(&config);

        bench_start(&b, NULL, false);
        bench_carrier(&b, true);
        bench_answer(&b, DHCP4_OFFER);
        b.bare = true;
        bench_answer(&b, DHCP4_ACK);
        assert_configured(&b, true);

        b = new_bench(&config);
        bench_start(&b, NULL, false);
        bench_carrier(&b, true);
        bench_answer(&b, DHCP4_OFFER);
        b.options_len = 0;
        b.offer = MOVED;
        bench_answer(&b, DHCP4_ACK);
        assert_state(&b, DHCP4_STATE_BOUND);
        g_assert_false(keeps(&b, DHCP4_OPTION_ROUTERS));

        /* An OFFER of another server adds nothing. */
        b = new_bench(&config);
        bench_start(&b, NULL, false);
        bench_carrier(&b, true);
        b.options_len = 0;
        bench_answer(&b, DHCP4_OFFER);
        b.options_len = sizeof(options);
        b.server = OTHER;
        bench_answer(&b, DHCP4_OFFER);
        b.options_len = 0;
        b.server = SERVER;
        bench_answer(&b, DHCP4_ACK);
        assert_state(&b, DHCP4_STATE_BOUND);
        g_assert_false(keeps(&b, DHCP4_OPTION_ROUTERS));
}

/*
 * After a move, another server may confirm the same address on another network. Its answer is not completed
 * from the old lease. If the answer does not describe its network, it confirms the lease.
 */
static void test_reboot_elsewhere(void) {
        const Dhcp4ClientConfig config = bench_config();

        for (unsigned held = 0; held < 2; held++) {
                Bench b = new_bench(&config);

                bench_bind(&b);
                bench_reboot(&b, held);
                b.server = OTHER;
                b.hw = &bench_other_hw;
                b.options_len = 0;
                bench_answer(&b, DHCP4_ACK);
                assert_state(&b, DHCP4_STATE_BOUND);
                g_assert_false(keeps(&b, DHCP4_OPTION_ROUTERS));

                b = new_bench(&config);
                bench_bind(&b);
                bench_reboot(&b, held);
                b.server = OTHER;
                b.hw = &bench_other_hw;
                b.bare = true;
                bench_answer(&b, DHCP4_ACK);
                assert_configured(&b, true);
        }
}

/*
 * Another node of a cluster answers: with its own identifier or with none, and from the same relay or
 * from another.
 */
static void test_other_server_requesting(void) {
        static const char *const servers[] = { OTHER, NULL };
        const Dhcp4ClientConfig config = bench_config();

        for (size_t i = 0; i < ARRAY_SIZE(servers); i++)
                for (unsigned same_hw = 0; same_hw < 2; same_hw++) {
                        Bench b = new_bench(&config);

                        bench_start(&b, NULL, false);
                        bench_carrier(&b, true);
                        bench_answer(&b, DHCP4_OFFER);
                        b.anonymous = !servers[i];
                        b.server = servers[i] ?: SERVER;
                        b.hw = same_hw ? &bench_server_hw : &bench_other_hw;
                        b.offer = MOVED;
                        bench_answer(&b, DHCP4_ACK);
                        assert_state(&b, DHCP4_STATE_REQUESTING);
                        b.offer = OFFER;
                        if (!same_hw) {
                                bench_answer(&b, DHCP4_ACK);
                                assert_state(&b, DHCP4_STATE_REQUESTING);
                                bench_dispatch(&b, USEC_INFINITY);
                                b.offer = MOVED;
                                bench_answer(&b, DHCP4_ACK);
                                assert_state(&b, DHCP4_STATE_REQUESTING);
                                b.offer = OFFER;
                        }
                        bench_answer(&b, DHCP4_ACK);
                        assert_configured(&b, false);
                        /* Renewals go to the server that granted the lease. */
                        g_assert_cmpuint(dhcp4_client_lease(&b.client)->server_id.s_addr, ==,
                                         ip(servers[i] ?: SERVER).s_addr);
                        g_assert_true(hw_address_equal(&dhcp4_client_lease(&b.client)->server_hw, b.hw));
                        bench_reach(&b, DHCP4_STATE_RENEWING);
                        g_assert_cmpuint(b.frames[0].dst.s_addr, ==, ip(servers[i] ?: SERVER).s_addr);
                }
}

/* In RENEWING any server may confirm the address. Only our own server may give us another one. */
static void test_other_server_renewing(void) {
        const Dhcp4ClientConfig config = bench_config();

        for (unsigned udp = 0; udp < 2; udp++) {
                Bench b = new_bench(&config);

                bench_bind(&b);
                bench_reach(&b, DHCP4_STATE_RENEWING);
                b.server = OTHER;
                b.hw = udp ? NULL : &bench_other_hw;
                b.offer = MOVED;
                bench_answer(&b, DHCP4_ACK);
                bench_answer(&b, DHCP4_NAK);
                assert_state(&b, DHCP4_STATE_RENEWING);
                b.offer = OFFER;
                b.bare = true;
                bench_answer(&b, DHCP4_ACK);
                assert_configured(&b, true);
                g_assert_cmpuint(dhcp4_client_lease(&b.client)->server_id.s_addr, ==, ip(OTHER).s_addr);
                /* Only the packet socket tells which host on the link the answer came from. */
                g_assert_cmpuint(dhcp4_client_lease(&b.client)->server_hw.len, ==, udp ? 0 : 6);
        }
}

/*
 * A denied server is not accepted when it leaves out its identifier, or when it uses the identifier of
 * another server.
 */
static void test_denied(void) {
        const Dhcp4ServerRule by_id = { .address = ip(OTHER), .prefix_len = 32 },
                              by_hw = { .hw = bench_other_hw };
        const Dhcp4ServerRule *const rules[] = { &by_id, &by_hw };

        for (size_t i = 0; i < ARRAY_SIZE(rules); i++)
                for (unsigned allow = 0; allow < 2; allow++) {
                        const Dhcp4ServerRule ours = { .hw = bench_server_hw },
                                              ours_by_id = { .address = ip(SERVER), .prefix_len = 32 };
                        Dhcp4ClientConfig config = bench_config();
                        Bench b;

                        if (allow) {
                                config.allow = i == 0 ? &ours_by_id : &ours;
                                config.n_allow = 1;
                        } else {
                                config.deny = rules[i];
                                config.n_deny = 1;
                        }
                        b = new_bench(&config);
                        bench_start(&b, NULL, false);
                        bench_carrier(&b, true);
                        bench_answer(&b, DHCP4_OFFER);
                        bench_dispatch(&b, USEC_INFINITY);
                        b.server = OTHER;
                        b.hw = &bench_other_hw;
                        bench_answer(&b, DHCP4_ACK);
                        assert_state(&b, DHCP4_STATE_REQUESTING);
                        b.server = SERVER;
                        b.hw = &bench_server_hw;
                        bench_answer(&b, DHCP4_ACK);
                        assert_state(&b, DHCP4_STATE_BOUND);

                        bench_reach(&b, DHCP4_STATE_RENEWING);
                        b.server = OTHER;
                        b.hw = &bench_other_hw;
                        bench_answer(&b, DHCP4_ACK);
                        assert_state(&b, DHCP4_STATE_RENEWING);
                        /*
                         * The UDP socket does not tell where it came from; the packet socket hears the same.
                         */
                        b.hw = NULL;
                        bench_answer(&b, DHCP4_ACK);
                        assert_state(&b, DHCP4_STATE_RENEWING);
                        if (i == 1) {
                                b.anonymous = true;
                                b.hw = &bench_other_hw;
                                bench_answer(&b, DHCP4_ACK);
                                assert_state(&b, DHCP4_STATE_RENEWING);
                                b.anonymous = false;
                        }
                        b.server = SERVER;
                        b.hw = NULL;
                        bench_answer(&b, DHCP4_ACK);
                        assert_state(&b, DHCP4_STATE_BOUND);
                }
}

/*
 * The lease time is missing in one answer or in both. That of the OFFER counts, or else the configured
 * one.
 */
static void test_no_lease_time(void) {
        static const struct {
                uint32_t configured;
                bool in_offer, in_ack;
                usec_t lifetime; /* 0: no lease */
        } rows[] = {
                { 1800, true, true, 3600 * USEC_PER_SEC },   { 1800, true, false, 3600 * USEC_PER_SEC },
                { 1800, false, true, 3600 * USEC_PER_SEC },  { 1800, false, false, 1800 * USEC_PER_SEC },
                { UINT32_MAX, false, false, USEC_INFINITY }, { 0, false, false, 0 },
                { 0, true, false, 3600 * USEC_PER_SEC },
        };

        for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
                Dhcp4ClientConfig config = bench_config();
                Bench b;

                config.default_lifetime_sec = rows[i].configured;
                b = bench_selecting(&config);
                b.lifetime_sec = rows[i].in_offer ? 3600 : 0;
                bench_answer(&b, DHCP4_OFFER);
                assert_state(&b, rows[i].lifetime > 0 ? DHCP4_STATE_REQUESTING : DHCP4_STATE_SELECTING);
                if (rows[i].lifetime == 0)
                        continue;
                b.lifetime_sec = rows[i].in_ack ? 3600 : 0;
                bench_answer(&b, DHCP4_ACK);
                assert_state(&b, DHCP4_STATE_BOUND);
                g_assert_cmpuint(dhcp4_client_lease(&b.client)->lifetime_usec, ==, rows[i].lifetime);
                g_assert_cmpint(keeps(&b, DHCP4_OPTION_LEASE_TIME), ==, !rows[i].in_ack);
        }
}

/* The same holds for the ACK to a DISCOVER (RFC 4039). A BOOTP reply still grants the address for ever. */
static void test_no_lease_time_at_once(void) {
        Dhcp4ClientConfig config = bench_config();
        Bench b;

        config.default_lifetime_sec = 1800;
        b = bench_selecting(&config);
        b.lifetime_sec = 0;
        b.rapid_commit = true;
        bench_answer(&b, DHCP4_ACK);
        assert_state(&b, DHCP4_STATE_BOUND);
        g_assert_cmpuint(dhcp4_client_lease(&b.client)->lifetime_usec, ==, 1800 * USEC_PER_SEC);

        config.bootp = true;
        b = bench_selecting(&config);
        bench_dispatch(&b, USEC_INFINITY);
        b.lifetime_sec = 0;
        b.anonymous = true;
        bench_answer(&b, DHCP4_BOOTP);
        assert_state(&b, DHCP4_STATE_BOUND);
        g_assert_cmpint(dhcp4_client_lease(&b.client)->origin, ==, DHCP4_LEASE_BOOTP);
        g_assert_cmpuint(dhcp4_client_lease(&b.client)->lifetime_usec, ==, USEC_INFINITY);
}

/*
 * An OFFER without option 54 is taken as one of the server that the packet came from. It waits for a
 * better OFFER.
 */
static void test_nameless_offer(void) {
        const Dhcp4ClientConfig config = bench_config();
        Bench b = bench_selecting(&config);
        struct in_addr id;
        usec_t before;

        b.anonymous = true;
        bench_answer(&b, DHCP4_OFFER); /* no source is known */
        g_assert_cmpuint(dhcp4_client_next_deadline(&b.client), ==, b.client.resend_at);
        before = dhcp4_client_next_deadline(&b.client);
        b.source = ip("255.255.255.255");
        bench_answer(&b, DHCP4_OFFER);
        g_assert_cmpuint(dhcp4_client_next_deadline(&b.client), ==, before);

        b.source = ip(SERVER);
        before = b.now;
        bench_answer(&b, DHCP4_OFFER);
        assert_state(&b, DHCP4_STATE_SELECTING);
        g_assert_cmpuint(b.n_frames, ==, 0);
        /* Of equal OFFERs the first one counts. It is requested a second later. */
        b.source = ip(OTHER);
        bench_answer(&b, DHCP4_OFFER);
        bench_dispatch(&b, USEC_INFINITY);
        assert_state(&b, DHCP4_STATE_REQUESTING);
        g_assert_cmpuint(b.now - before, <=, USEC_PER_SEC);
        g_assert_cmpint(dhcp4_message_get_addr(&b.last, DHCP4_OPTION_SERVER_ID, &id), ==, 0);
        g_assert_cmpuint(id.s_addr, ==, ip(SERVER).s_addr);

        b.source = ip(SERVER);
        bench_answer(&b, DHCP4_ACK);
        assert_state(&b, DHCP4_STATE_BOUND);
        g_assert_cmpuint(dhcp4_client_lease(&b.client)->server_id.s_addr, ==, ip(SERVER).s_addr);
        bench_reach(&b, DHCP4_STATE_RENEWING);
        g_assert_cmpuint(b.frames[0].dst.s_addr, ==, ip(SERVER).s_addr);
        bench_answer(&b, DHCP4_ACK);
        assert_state(&b, DHCP4_STATE_BOUND);

        /* The NAK of that server has no identifier either. A NAK of another host does not count. */
        bench_reach(&b, DHCP4_STATE_RENEWING);
        b.source = ip(OTHER);
        bench_answer(&b, DHCP4_NAK);
        assert_state(&b, DHCP4_STATE_RENEWING);
        b.source = ip(SERVER);
        bench_answer(&b, DHCP4_NAK);
        g_assert_cmpint(dhcp4_client_loss(&b.client), ==, DHCP4_LOSS_NAK);
}

/* A server that names itself goes before a server that does not, unless it has failed the client. */
static void test_named_goes_first(void) {
        const Dhcp4ClientConfig config = bench_config();

        for (unsigned failed = 0; failed < 2; failed++)
                for (unsigned named_first = 0; named_first < 2; named_first++) {
                        Bench b = bench_selecting(&config);
                        struct in_addr id;

                        if (failed) {
                                b.server = OTHER;
                                bench_answer(&b, DHCP4_OFFER);
                                bench_reach(&b, DHCP4_STATE_SELECTING);
                        }
                        b.server = OTHER;
                        for (unsigned i = 0; i < 2; i++) {
                                b.anonymous = i == named_first;
                                b.source = ip(b.anonymous ? SERVER : OTHER);
                                bench_answer(&b, DHCP4_OFFER);
                        }
                        if (failed) {
                                assert_state(&b, DHCP4_STATE_SELECTING);
                                bench_silence(&b, b.now + USEC_PER_SEC);
                        }
                        assert_state(&b, DHCP4_STATE_REQUESTING);
                        g_assert_cmpint(dhcp4_message_get_addr(&b.last, DHCP4_OPTION_SERVER_ID, &id), ==, 0);
                        g_assert_cmpuint(id.s_addr, ==, ip(failed ? SERVER : OTHER).s_addr);
                }
}

/* When a server has named itself before, its NAK must name it too. */
static void test_nameless_nak(void) {
        const Dhcp4ClientConfig config = bench_config();
        Bench b;

        bench_init(&b, &config);
        b.source = ip(SERVER);
        bench_bind(&b);
        bench_reach(&b, DHCP4_STATE_RENEWING);
        b.anonymous = true;
        bench_answer(&b, DHCP4_NAK);
        assert_state(&b, DHCP4_STATE_RENEWING);
}

/*
 * A denied server stays denied if it leaves out its identifier: in an OFFER, and in an ACK that would
 * count as one of another server.
 */
static void test_nameless_denied(void) {
        const Dhcp4ServerRule other = { .address = ip(OTHER), .prefix_len = 32 };
        Dhcp4ClientConfig config = bench_config();
        Bench b;

        config.deny = &other;
        config.n_deny = 1;
        b = bench_selecting(&config);
        b.anonymous = true;
        b.source = ip(OTHER);
        bench_answer(&b, DHCP4_OFFER);
        bench_silence(&b, b.now + USEC_PER_SEC);
        assert_state(&b, DHCP4_STATE_SELECTING);
        b.anonymous = false;
        bench_answer(&b, DHCP4_OFFER);
        bench_answer(&b, DHCP4_ACK);
        bench_reach(&b, DHCP4_STATE_RENEWING);
        b.anonymous = true;
        bench_answer(&b, DHCP4_ACK);
        assert_state(&b, DHCP4_STATE_RENEWING);
        b.source = ip(SERVER);
        bench_answer(&b, DHCP4_ACK);
        assert_state(&b, DHCP4_STATE_BOUND);

        /* A server that is allowed by its address is accepted without an identifier. */
        config.allow = config.deny;
        config.n_allow = config.n_deny;
        config.n_deny = 0;
        b = bench_selecting(&config);
        b.anonymous = true;
        b.source = ip(SERVER);
        bench_answer(&b, DHCP4_OFFER);
        b.source = ip(OTHER);
        bench_answer(&b, DHCP4_OFFER);
        bench_silence(&b, b.now + USEC_PER_SEC);
        assert_state(&b, DHCP4_STATE_REQUESTING);
        bench_answer(&b, DHCP4_ACK);
        assert_state(&b, DHCP4_STATE_BOUND);
        g_assert_cmpuint(dhcp4_client_lease(&b.client)->server_id.s_addr, ==, inet_addr(OTHER));
}

/* An OFFER that is requested takes the place of the remembered lease. */
static void test_offer_ends_memory(void) {
        const Dhcp4ClientConfig config = bench_config();
        Bench b = new_bench(&config);

        bench_bind(&b);
        bench_reboot(&b, /* held= */ false);
        while (bench_state(&b) != DHCP4_STATE_SELECTING)
                bench_dispatch(&b, USEC_INFINITY);
        g_assert_nonnull(dhcp4_client_cached(&b.client));
        b.offer = MOVED;
        bench_answer(&b, DHCP4_OFFER);
        assert_state(&b, DHCP4_STATE_REQUESTING);
        g_assert_null(dhcp4_client_cached(&b.client));
        bench_carrier(&b, false);
        bench_carrier(&b, true);
        assert_state(&b, DHCP4_STATE_SELECTING);
        g_assert_cmpint(b.last.type, ==, DHCP4_DISCOVER);
        g_assert_false(dhcp4_message_has(&b.last, DHCP4_OPTION_REQUESTED_IP));
}

int main(int argc, char *argv[]) {
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/dhcp4-client-kept/bare-ack", test_bare_ack);
        g_test_add_func("/dhcp4-client-kept/no-address", test_no_address);
        g_test_add_func("/dhcp4-client-kept/no-address-requesting", test_no_address_requesting);
        g_test_add_func("/dhcp4-client-kept/no-server", test_no_server);
        g_test_add_func("/dhcp4-client-kept/offer-options", test_offer_options);
        g_test_add_func("/dhcp4-client-kept/described-by-routes", test_described_by_routes);
        g_test_add_func("/dhcp4-client-kept/described-by-cluster", test_described_by_cluster);
        g_test_add_func("/dhcp4-client-kept/described-while-in-force", test_described_while_in_force);
        g_test_add_func("/dhcp4-client-kept/reboot-elsewhere", test_reboot_elsewhere);
        g_test_add_func("/dhcp4-client-kept/other-server-requesting", test_other_server_requesting);
        g_test_add_func("/dhcp4-client-kept/other-server-renewing", test_other_server_renewing);
        g_test_add_func("/dhcp4-client-kept/denied", test_denied);
        g_test_add_func("/dhcp4-client-kept/no-lease-time", test_no_lease_time);
        g_test_add_func("/dhcp4-client-kept/no-lease-time-at-once", test_no_lease_time_at_once);
        g_test_add_func("/dhcp4-client-kept/nameless-offer", test_nameless_offer);
        g_test_add_func("/dhcp4-client-kept/named-goes-first", test_named_goes_first);
        g_test_add_func("/dhcp4-client-kept/nameless-nak", test_nameless_nak);
        g_test_add_func("/dhcp4-client-kept/nameless-denied", test_nameless_denied);
        g_test_add_func("/dhcp4-client-kept/offer-ends-memory", test_offer_ends_memory);
        return g_test_run();
}
