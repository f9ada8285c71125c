/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The edges of core/dhcp4-client*.c: the last instant at which something holds and the first at which it
 * does not, the first and the last address of a range, and events that tell the client what it knows
 * already.
 */
#include "tests/unit/client-fixture.h"

#define AFTER  (10 * USEC_PER_SEC)
#define GRACE  (3 * USEC_PER_SEC) /* bench_config() */
#define ROUTER "10.0.0.254"

static Dhcp4Lease some_lease(void) {
        const Dhcp4ClientConfig config = bench_config();
        const Bench b = bench_bound(&config);

        return *dhcp4_client_lease(&b.client);
}

/* A lease that ends at this very instant is not used, whether it is remembered or on the link. */
static void test_stored_at_its_end(void) {
        const Dhcp4ClientConfig config = bench_config();
        const Dhcp4Lease lease = some_lease();
        const usec_t end = dhcp4_lease_expires_at(&lease);

        for (unsigned held = 0; held < 2; held++)
                for (usec_t now = end - 1; now <= end + 1; now++) {
                        Bench b;

                        bench_init(&b, &config);
                        b.now = now;
                        bench_start(&b, &lease, held);
                        if (now < end)
                                assert_state(&b, held ? DHCP4_STATE_BOUND : DHCP4_STATE_INIT_REBOOT);
                        else
                                assert_state(&b, DHCP4_STATE_INIT);
                        g_assert_cmpint(dhcp4_client_loss(&b.client), ==, DHCP4_LOSS_NONE);
                        if (now < end)
                                continue;
                        g_assert_null(dhcp4_client_cached(&b.client));
                        bench_carrier(&b, true);
                        assert_state(&b, DHCP4_STATE_SELECTING);
                        g_assert_false(dhcp4_message_has(&b.last, DHCP4_OPTION_REQUESTED_IP));
                }
}

/*
 * An anonymous host that slept up to the end of its lease, or beyond, has lost it to time. If it woke up a
 * moment earlier, it gave the lease up.
 */
static void test_slept_to_the_end(void) {
        Dhcp4ClientConfig config = bench_config();

        config.anonymize = true;
        for (int late = -1; late <= 1; late++) {
                Bench b = bench_bound(&config);

                b.now = dhcp4_lease_expires_at(dhcp4_client_lease(&b.client)) + (usec_t) late;
                dhcp4_client_dispatch(&b.client, b.now);
                bench_drain(&b);
                g_assert_null(dhcp4_client_lease(&b.client));
                g_assert_cmpint(dhcp4_client_loss(&b.client), ==,
                                late < 0 ? DHCP4_LOSS_SLEPT : DHCP4_LOSS_EXPIRED);
        }
}

/* In every state with a carrier, an event that the carrier is there changes nothing. */
static void test_carrier_twice(void) {
        static const Dhcp4State states[] = {
                DHCP4_STATE_SELECTING, DHCP4_STATE_REQUESTING, DHCP4_STATE_PROBING,   DHCP4_STATE_BOUND,
                DHCP4_STATE_RENEWING,  DHCP4_STATE_REBINDING,  DHCP4_STATE_REBOOTING,
        };
        Dhcp4ClientConfig config = bench_config();

        for (size_t i = 0; i < G_N_ELEMENTS(states); i++) {
                usec_t deadline;
                Bench b;

                config.conflict =
                        states[i] == DHCP4_STATE_PROBING ? DHCP4_CONFLICT_STRICT : DHCP4_CONFLICT_NO;
                b = bench_selecting(&config);
                if (states[i] != DHCP4_STATE_SELECTING)
                        bench_answer(&b, DHCP4_OFFER);
                if (states[i] != DHCP4_STATE_SELECTING && states[i] != DHCP4_STATE_REQUESTING)
                        bench_answer(&b, DHCP4_ACK);
                b.now += USEC_PER_SEC / 2;
                if (states[i] == DHCP4_STATE_REBOOTING)
                        bench_simple(&b, DHCP4_EVENT_RESUMED);
                bench_to_state(&b, states[i]);
                deadline = dhcp4_client_next_deadline(&b.client);
                bench_carrier(&b, true);
                g_assert_cmpuint(b.n_frames, ==, 0);
                assert_state(&b, states[i]);
                g_assert_cmpuint(dhcp4_client_next_deadline(&b.client), ==, deadline);
        }
}

/*
 * A second event that the carrier is away changes nothing, unless the grace is shorter by now. It does
 * not extend the lease.
 */
static void test_no_carrier_twice(void) {
        Dhcp4ClientConfig config = bench_config();
        Bench b = bench_bound(&config);
        usec_t lost_at;

        b.now += 60 * USEC_PER_SEC;
        lost_at = b.now;
        bench_carrier(&b, false);
        g_assert_cmpuint(dhcp4_client_next_deadline(&b.client), ==, lost_at + GRACE);
        b.now += USEC_PER_SEC;
        bench_carrier(&b, false);
        g_assert_cmpuint(dhcp4_client_next_deadline(&b.client), ==, lost_at + GRACE);
        config.carrier_grace_usec = USEC_PER_SEC;
        dhcp4_client_set_config(&b.client, &config);
        bench_carrier(&b, false);
        g_assert_cmpuint(dhcp4_client_next_deadline(&b.client), ==, lost_at + 2 * USEC_PER_SEC);
        bench_dispatch(&b, USEC_INFINITY);
        g_assert_null(dhcp4_client_lease(&b.client));
        g_assert_cmpint(dhcp4_client_loss(&b.client), ==, DHCP4_LOSS_CARRIER);

        /* A configured address stays without a carrier, however many events say so. */
        config = bench_config();
        config.inform = ip("10.0.0.9");
        config.inform_prefix_len = 24;
        bench_init(&b, &config);
        bench_start(&b, NULL, false);
        bench_carrier(&b, true);
        bench_carrier(&b, false);
        bench_carrier(&b, false);
        (void) bench_silence(&b, b.now + 3600 * USEC_PER_SEC);
        g_assert_true(bench_has_address(&b));
}

/* Returns a client whose REQUESTs nobody answered, so that its next DISCOVERs ask for broadcasts. */
static Bench wants_broadcasts(const Dhcp4ClientConfig *config) {
        Bench b = bench_selecting(config);

        bench_answer(&b, DHCP4_OFFER);
        bench_to_state(&b, DHCP4_STATE_REQUESTING);
        bench_to_state(&b, DHCP4_STATE_SELECTING);
        bench_dispatch(&b, USEC_INFINITY);
        g_assert_cmpuint(b.last.header.flags & DHCP4_FLAG_BROADCAST, !=, 0);
        return b;
}

/*
 * On another network, or after STOP, the client has to learn anew whether it needs the broadcast flag.
 * The first DISCOVER may leave the flag out for a test, the second one does not.
 */
static void test_broadcast_forgotten(void) {
        const Dhcp4ClientConfig config = bench_config();

        for (unsigned stopped = 0; stopped < 2; stopped++) {
                Bench b = wants_broadcasts(&config);

                if (stopped) {
                        bench_stop(&b, false);
                        bench_start(&b, NULL, false);
                        assert_state(&b, DHCP4_STATE_INIT);
                } else {
                        bench_carrier(&b, false);
                        assert_state(&b, DHCP4_STATE_INIT);
                        b.now += 10 * USEC_PER_SEC;
                }
                bench_carrier(&b, true);
                assert_state(&b, DHCP4_STATE_SELECTING);
                g_assert_cmpuint(b.last.header.flags & DHCP4_FLAG_BROADCAST, ==, 0);
                bench_dispatch(&b, USEC_INFINITY);
                g_assert_cmpuint(b.last.header.flags & DHCP4_FLAG_BROADCAST, ==, 0);
        }
}

/*
 * The earlier daemon probed the address of its lease. So the address is known to be free, and its routers
 * may be asked.
 */
static void test_held_is_free(void) {
        Dhcp4ClientConfig config = bench_config();
        DnaQuestion question;
        Dhcp4Lease lease;
        Bench b;

        config.conflict = DHCP4_CONFLICT_STRICT;
        b = bench_selecting(&config);
        b.router = ROUTER;
        bench_answer(&b, DHCP4_OFFER);
        bench_answer(&b, DHCP4_ACK);
        bench_simple(&b, DHCP4_EVENT_PROBE_OK);
        lease = *dhcp4_client_lease(&b.client);

        bench_init(&b, &config);
        bench_start(&b, &lease, true);
        g_assert_true(dhcp4_client_knows_free(&b.client));
        bench_carrier(&b, true);
        dhcp4_client_dna(&b.client, &question);
        g_assert_cmpint(question.task, ==, DNA_LEARN);
        g_assert_cmpuint(question.gateways[0].address.s_addr, ==, ip(ROUTER).s_addr);
}

/* An address that was free before the carrier went may be in use now: strict detection probes it again. */
static void test_free_no_more(void) {
        Dhcp4ClientConfig config = bench_config();
        Bench b;

        config.conflict = DHCP4_CONFLICT_STRICT;
        b = bench_selecting(&config);
        bench_answer(&b, DHCP4_OFFER);
        bench_answer(&b, DHCP4_ACK);
        bench_simple(&b, DHCP4_EVENT_PROBE_OK);
        assert_state(&b, DHCP4_STATE_BOUND);
        b.now += 60 * USEC_PER_SEC;
        bench_carrier(&b, false);
        (void) bench_silence(&b, b.now + 10 * USEC_PER_SEC);
        bench_carrier(&b, true);
        assert_state(&b, DHCP4_STATE_REBOOTING);
        bench_answer(&b, DHCP4_ACK);
        assert_state(&b, DHCP4_STATE_PROBING);
        g_assert_false(dhcp4_client_knows_free(&b.client));
}

/* An address that is known to be in use is not probed any more. The ACK is answered by DECLINE. */
static void test_conflict_of_offer(void) {
        Dhcp4ClientConfig config = bench_config();
        struct in_addr address;
        Bench b;

        config.conflict = DHCP4_CONFLICT_OPTIMISTIC;
        b = bench_selecting(&config);
        bench_answer(&b, DHCP4_OFFER);
        g_assert_true(dhcp4_client_probing(&b.client, &address));
        g_assert_cmpuint(address.s_addr, ==, ip(OFFER).s_addr);
        bench_simple(&b, DHCP4_EVENT_PROBE_CONFLICT);
        assert_state(&b, DHCP4_STATE_REQUESTING);
        g_assert_false(dhcp4_client_probing(&b.client, &address));
        bench_answer(&b, DHCP4_ACK);
        g_assert_cmpint(b.last.type, ==, DHCP4_DECLINE);
        g_assert_null(dhcp4_client_lease(&b.client));
}

/*
 * A lease that lasted, and whose address was known to be free, makes the client forget earlier conflicts:
 * the next conflict counts as the first one.
 */
static void test_row_of_conflicts_ends(void) {
        Dhcp4ClientConfig config = bench_config();

        config.conflict = DHCP4_CONFLICT_OPTIMISTIC;
        for (unsigned is_free = 0; is_free < 2; is_free++) {
                Bench b = bench_selecting(&config);

                bench_answer(&b, DHCP4_OFFER);
                bench_answer(&b, DHCP4_ACK);
                bench_simple(&b, DHCP4_EVENT_PROBE_CONFLICT);
                bench_to_state(&b, DHCP4_STATE_SELECTING);
                bench_offer(&b);
                bench_answer(&b, DHCP4_ACK);
                if (is_free)
                        bench_simple(&b, DHCP4_EVENT_PROBE_OK);
                bench_to_state(&b, DHCP4_STATE_SELECTING); /* it expires */
                bench_answer(&b, DHCP4_OFFER);
                bench_answer(&b, DHCP4_ACK);
                bench_simple(&b, DHCP4_EVENT_PROBE_CONFLICT);
                bench_to_state(&b, DHCP4_STATE_SELECTING);
                bench_answer(&b, DHCP4_OFFER);
                assert_state(&b, is_free ? DHCP4_STATE_REQUESTING : DHCP4_STATE_SELECTING);
        }
}

/* STOP ends the wait of RFC 8925, and so does a configuration that no longer asks for it. */
static void test_ipv6_only_ends(void) {
        static const uint8_t ipv6_only[] = { DHCP4_OPTION_IPV6_ONLY, 4, 0, 0, 7, 8 };

        for (unsigned stopped = 0; stopped < 2; stopped++) {
                Dhcp4ClientConfig config = bench_config();
                Bench b;

                config.ipv6_only = true;
                b = bench_selecting(&config);
                b.options = ipv6_only;
                b.options_len = sizeof(ipv6_only);
                bench_answer(&b, DHCP4_OFFER);
                g_assert_true(dhcp4_client_is_ipv6_only(&b.client));
                g_assert_cmpuint(dhcp4_client_counters(&b.client)->ignored, ==, 0);
                if (stopped) {
                        bench_stop(&b, true);
                        g_assert_false(dhcp4_client_is_ipv6_only(&b.client));
                        continue;
                }
                config.ipv6_only = false;
                dhcp4_client_set_config(&b.client, &config);
                dhcp4_client_dispatch(&b.client, b.now);
                bench_drain(&b);
                g_assert_false(dhcp4_client_is_ipv6_only(&b.client));
                assert_state(&b, DHCP4_STATE_SELECTING);
                g_assert_cmpuint(b.n_frames, ==, 1);
                bench_dispatch(&b, USEC_INFINITY);
                /* The exchange goes on, and does not begin anew. */
                g_assert_cmpint(b.last.type, ==, DHCP4_DISCOVER);
                g_assert_cmpuint(b.n_frames, ==, 1);
        }
}

/* A server that confirms a remembered lease is recorded as heard, with what it granted. */
static void test_server_of_ack(void) {
        const Dhcp4ClientConfig config = bench_config();
        const Dhcp4Lease lease = some_lease();
        const Dhcp4Server *servers;
        Bench b;

        bench_init(&b, &config);
        bench_start(&b, &lease, false);
        bench_carrier(&b, true);
        assert_state(&b, DHCP4_STATE_REBOOTING);
        g_assert_cmpuint(dhcp4_client_servers(&b.client, &servers), ==, 0);
        bench_answer(&b, DHCP4_ACK);
        assert_state(&b, DHCP4_STATE_BOUND);
        g_assert_cmpuint(dhcp4_client_servers(&b.client, &servers), ==, 1);
        g_assert_cmpuint(servers[0].server_id.s_addr, ==, ip(SERVER).s_addr);
        g_assert_cmpuint(servers[0].offered.s_addr, ==, ip(OFFER).s_addr);
}

/*
 * If a REQUEST is so late that it would begin a new exchange, the host slept, and the OFFER is too old to
 * be requested. A REQUEST that is late by a microsecond less is sent again.
 */
static void test_slept_over_offer(void) {
        const Dhcp4ClientConfig config = bench_config();

        for (int late = -1; late <= 1; late++) {
                Bench b = bench_selecting(&config);

                bench_answer(&b, DHCP4_OFFER);
                b.now += 8 * USEC_PER_SEC + (usec_t) late;
                dhcp4_client_dispatch(&b.client, b.now);
                bench_drain(&b);
                assert_state(&b, late < 0 ? DHCP4_STATE_REQUESTING : DHCP4_STATE_SELECTING);
                g_assert_cmpuint(b.n_frames, ==, 1);
        }
}

/*
 * After a sleep the network may be another one: failures of servers and NAKs of the time before do not
 * count.
 */
static void test_sleep_ends_rows(void) {
        const Dhcp4ClientConfig config = bench_config();

        for (unsigned requesting = 0; requesting < 2; requesting++) {
                Bench b = bench_selecting(&config);

                bench_answer(&b, DHCP4_OFFER);
                bench_answer(&b, DHCP4_NAK);
                bench_to_state(&b, DHCP4_STATE_SELECTING);
                bench_answer(&b, DHCP4_OFFER);
                bench_to_state(&b, DHCP4_STATE_REQUESTING);
                bench_to_state(&b, DHCP4_STATE_SELECTING); /* the server never sends an ACK */
                if (requesting)
                        bench_offer(&b);
                b.now += USEC_PER_SEC / 2;
                bench_simple(&b, DHCP4_EVENT_RESUMED);
                assert_state(&b, DHCP4_STATE_SELECTING);
                bench_answer(&b, DHCP4_OFFER);
                assert_state(&b, DHCP4_STATE_REQUESTING); /* the server is the first choice */
                bench_answer(&b, DHCP4_NAK);
                assert_state(&b, DHCP4_STATE_SELECTING); /* without a wait */
        }
}

/*
 * A source without a hardware address is not the source of the OFFER, although the OFFER has no hardware
 * address either.
 */
static void test_sources_without_address(void) {
        static const HwAddress none = { .len = 0 };
        const Dhcp4ClientConfig config = bench_config();

        for (unsigned beside = 0; beside < 2; beside++) {
                Bench b;

                bench_init(&b, &config);
                b.hw = &none;
                if (beside) {
                        bench_bind(&b);
                        b.now += 60 * USEC_PER_SEC;
                        bench_simple(&b, DHCP4_EVENT_RESUMED);
                        bench_dispatch(&b, USEC_INFINITY);
                        g_assert_true(b.has_beside);
                        bench_answer(&b, DHCP4_OFFER);
                        bench_to_state(&b, DHCP4_STATE_REQUESTING);
                } else {
                        bench_start(&b, NULL, false);
                        bench_carrier(&b, true);
                        bench_answer(&b, DHCP4_OFFER);
                }
                assert_state(&b, DHCP4_STATE_REQUESTING);
                b.server = OTHER;
                bench_answer(&b, DHCP4_ACK);
                assert_state(&b, DHCP4_STATE_REQUESTING);
                /* After the first retransmission every node may confirm. */
                bench_dispatch(&b, USEC_INFINITY);
                bench_answer(&b, DHCP4_ACK);
                assert_state(&b, DHCP4_STATE_BOUND);
        }
}

/*
 * Rules about server identifiers need no link-layer source, so they hold for answers on the UDP socket too.
 */
static void test_rules_by_identifier(void) {
        static const Dhcp4ServerRule all = { .prefix_len = 0 };
        Dhcp4ServerRule nobody = { .address = ip("192.0.2.66"), .prefix_len = 32 };

        for (unsigned allow = 0; allow < 2; allow++) {
                Dhcp4ClientConfig config = bench_config();
                Bench b;

                config.allow = &all;
                config.n_allow = allow;
                config.deny = &nobody;
                config.n_deny = !allow;
                b = bench_bound(&config);
                bench_to_state(&b, DHCP4_STATE_REBINDING);
                b.server = OTHER;
                b.hw = NULL;
                bench_answer(&b, DHCP4_ACK);
                assert_state(&b, DHCP4_STATE_BOUND);
        }
}

/*
 * The NAK of a server that did not grant the lease waits for the ACK of the one that did: for a tenth of a
 * second before the lease is used, for a quarter while it is.
 */
static void test_nak_grace(void) {
        const Dhcp4ClientConfig config = bench_config();
        const Dhcp4Lease lease = some_lease();

        for (unsigned in_force = 0; in_force < 2; in_force++) {
                Bench b;

                if (in_force) {
                        b = bench_bound(&config);
                        bench_to_state(&b, DHCP4_STATE_REBINDING);
                } else {
                        bench_init(&b, &config);
                        bench_start(&b, &lease, false);
                        bench_carrier(&b, true);
                        assert_state(&b, DHCP4_STATE_REBOOTING);
                }
                b.server = OTHER;
                bench_answer(&b, DHCP4_NAK);
                g_assert_cmpuint(dhcp4_client_next_deadline(&b.client), ==,
                                 b.now + (in_force ? 250 : 100) * USEC_PER_MSEC);
                bench_dispatch(&b, USEC_INFINITY);
                assert_state(&b, DHCP4_STATE_SELECTING);
        }
}

/*
 * A lease that is a hundredth of a second old is asked for again when the user wants it, a younger one is
 * not.
 */
static void test_renew_of_new_lease(void) {
        const Dhcp4ClientConfig config = bench_config();

        for (int late = -1; late <= 1; late++) {
                Bench b = bench_bound(&config);

                b.now = dhcp4_client_lease(&b.client)->granted_at + 10 * USEC_PER_MSEC + (usec_t) late;
                bench_simple(&b, DHCP4_EVENT_RENEW);
                assert_state(&b, late < 0 ? DHCP4_STATE_BOUND : DHCP4_STATE_RENEWING);
        }
}

/* A renewal that the user asked for in vain is tried again after an hour. */
static void test_renew_in_vain(void) {
        const Dhcp4ClientConfig config = bench_config();
        usec_t given_up_at;
        Bench b;

        bench_init(&b, &config);
        b.lifetime_sec = 86400;
        bench_bind(&b);
        b.now += 60 * USEC_PER_SEC;
        bench_simple(&b, DHCP4_EVENT_RENEW);
        bench_to_state(&b, DHCP4_STATE_BOUND);
        given_up_at = b.now;
        bench_to_state(&b, DHCP4_STATE_RENEWING);
        g_assert_cmpuint(b.now - given_up_at, ==, 3600 * USEC_PER_SEC);
}

/* An OFFER of another network, in answer to the DISCOVER beside a REQUEST, waits as long. */
static void test_offer_grace(void) {
        const Dhcp4ClientConfig config = bench_config();
        Bench b = bench_bound(&config);

        b.now += 60 * USEC_PER_SEC;
        bench_simple(&b, DHCP4_EVENT_RESUMED);
        bench_dispatch(&b, USEC_INFINITY);
        g_assert_true(b.has_beside);
        b.server = "192.0.2.1";
        b.offer = "192.0.2.50";
        bench_answer(&b, DHCP4_OFFER);
        g_assert_nonnull(dhcp4_client_lease(&b.client));
        g_assert_cmpuint(dhcp4_client_next_deadline(&b.client), ==, b.now + 250 * USEC_PER_MSEC);
        bench_dispatch(&b, USEC_INFINITY);
        g_assert_null(dhcp4_client_lease(&b.client));
        g_assert_cmpint(dhcp4_client_loss(&b.client), ==, DHCP4_LOSS_MOVED);
}

/* Every message that is heard and meant for this client is counted by its type. */
static void test_received_are_counted(void) {
        static const Dhcp4MessageType types[] = { DHCP4_OFFER, DHCP4_ACK, DHCP4_NAK, DHCP4_FORCERENEW },
                                      not_of_servers[] = { DHCP4_DISCOVER, DHCP4_REQUEST, DHCP4_DECLINE,
                                                           DHCP4_RELEASE, DHCP4_INFORM };
        const Dhcp4ClientConfig config = bench_config();
        Bench b = bench_bound(&config);

        for (size_t i = 0; i < G_N_ELEMENTS(types); i++) {
                const uint64_t before = dhcp4_client_counters(&b.client)->received[types[i]];

                bench_answer(&b, types[i]);
                g_assert_cmpuint(dhcp4_client_counters(&b.client)->received[types[i]], ==, before + 1);
        }
        /* Messages that no server sends are counted as well, and change nothing. */
        for (size_t i = 0; i < G_N_ELEMENTS(not_of_servers); i++) {
                const uint64_t before = dhcp4_client_counters(&b.client)->ignored;

                bench_answer(&b, not_of_servers[i]);
                g_assert_cmpuint(dhcp4_client_counters(&b.client)->ignored, ==, before + 1);
                assert_state(&b, DHCP4_STATE_BOUND);
        }
}

static void router_answers(Bench *b) {
        bench_event(b,
                    &(const Dhcp4Event){
                            .type = DHCP4_EVENT_GATEWAY,
                            .gateway = { .address = ip(ROUTER), .mac = { 2, 0xdd, 0, 0, 0, 1 } },
                    });
}

/*
 * A router that a renewal names for the first time is another router: the client asks for its hardware
 * address.
 */
static void test_another_router(void) {
        const Dhcp4ClientConfig config = bench_config();
        DnaQuestion question;
        Bench b;

        for (unsigned another = 0; another < 2; another++) {
                bench_init(&b, &config);
                b.router = ROUTER;
                bench_bind(&b);
                router_answers(&b);
                bench_to_state(&b, DHCP4_STATE_RENEWING);
                if (another)
                        b.router = "10.0.0.253";
                bench_answer(&b, DHCP4_ACK);
                assert_state(&b, DHCP4_STATE_BOUND);
                g_assert_cmpuint(dhcp4_client_lease(&b.client)->gateways[0].address.s_addr, ==,
                                 ip(b.router).s_addr);
                g_assert_cmpint(dhcp4_gateway_is_known(&dhcp4_client_lease(&b.client)->gateways[0]), ==,
                                !another);
                dhcp4_client_dna(&b.client, &question);
                g_assert_cmpuint(question.gateways[0].address.s_addr, ==, another ? ip(b.router).s_addr : 0);
        }
}

/*
 * The lease is used again because the router answered. The client then no longer says that the lease was
 * lost.
 */
static void test_used_again_is_not_lost(void) {
        const Dhcp4ClientConfig config = bench_config();
        Bench b;

        bench_init(&b, &config);
        b.router = ROUTER;
        bench_bind(&b);
        router_answers(&b);
        b.now += 60 * USEC_PER_SEC;
        bench_carrier(&b, false);
        (void) bench_silence(&b, b.now + 10 * USEC_PER_SEC);
        g_assert_cmpint(dhcp4_client_loss(&b.client), ==, DHCP4_LOSS_CARRIER);
        bench_carrier(&b, true);
        assert_state(&b, DHCP4_STATE_REBOOTING);
        router_answers(&b);
        g_assert_nonnull(dhcp4_client_lease(&b.client));
        g_assert_cmpint(dhcp4_client_loss(&b.client), ==, DHCP4_LOSS_NONE);
}

static Dhcp4ClientConfig link_local(void) {
        Dhcp4ClientConfig config = bench_config();

        config.fallback = (Dhcp4Fallback){ .kind = DHCP4_FALLBACK_LINK_LOCAL, .after_usec = AFTER };
        return config;
}

/*
 * RFC 3927 §2.1: the range is 169.254.1.0 to 169.254.254.255. An address that an earlier daemon used is
 * kept within the range, and not outside of it.
 */
static void test_link_local_range(void) {
        static const struct {
                const char *address;
                bool is_kept;
        } rows[] = {
                { "169.253.255.255", false }, { "169.254.0.0", false },   { "169.254.0.255", false },
                { "169.254.1.0", true },      { "169.254.1.1", true },    { "169.254.254.254", true },
                { "169.254.254.255", true },  { "169.254.255.0", false }, { "169.254.255.255", false },
                { "169.255.0.0", false },     { "0.0.0.0", false },
        };
        const Dhcp4ClientConfig config = link_local();

        for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
                const Dhcp4Source held = dhcp4_source_own(DHCP4_LEASE_LINK_LOCAL, ip(rows[i].address), 16,
                                                          (struct in_addr){}, T0);
                Dhcp4Source now;
                Bench b;

                bench_init(&b, &config);
                bench_start_own(&b, &held, true);
                g_assert_cmpint(dhcp4_client_fallback(&b.client, &now), ==, rows[i].is_kept);
        }
}

/* The address is in the range, whatever the hardware address is and however many conflicts there were. */
static void test_link_local_choice(void) {
        Dhcp4ClientConfig config = link_local();
        uint32_t least = UINT32_MAX, most = 0;

        for (unsigned i = 0; i < 3000; i++) {
                struct in_addr address;
                Dhcp4Source source;
                Bench b;

                config.chaddr[4] = (uint8_t) (i >> 8);
                config.chaddr[5] = (uint8_t) i;
                bench_init(&b, &config);
                dhcp4_client_input(&b.client, b.now, &(const Dhcp4Event){ .type = DHCP4_EVENT_START });
                dhcp4_client_input(&b.client, b.now,
                                   &(const Dhcp4Event){ .type = DHCP4_EVENT_CARRIER, .carrier.up = true });
                while (!dhcp4_client_probing(&b.client, &address)) {
                        Dhcp4Frame frame;

                        while (dhcp4_client_next_frame(&b.client, &frame))
                                ;
                        b.now = dhcp4_client_next_deadline(&b.client);
                        dhcp4_client_dispatch(&b.client, b.now);
                }
                g_assert_cmpuint(b.now, ==, T0 + AFTER);
                least = MIN(least, ntohl(address.s_addr));
                most = MAX(most, ntohl(address.s_addr));
                if (i > 0)
                        continue;
                dhcp4_client_input(&b.client, b.now + 5,
                                   &(const Dhcp4Event){ .type = DHCP4_EVENT_PROBE_OK });
                g_assert_true(dhcp4_client_fallback(&b.client, &source));
                g_assert_cmpuint(source.granted_at, ==, T0 + AFTER);
        }
        g_assert_cmphex(least, >=, 0xa9fe0100);
        g_assert_cmphex(most, <=, 0xa9fefeff);
        /* The whole range is used. */
        g_assert_cmphex(least, <, 0xa9fe0200);
        g_assert_cmphex(most, >=, 0xa9fefe00);
}

/*
 * RFC 3927 §2.2.1: from the tenth conflict on there is a minute before each new address, however many there
 * are.
 */
static void test_link_local_conflicts(void) {
        const Dhcp4ClientConfig config = link_local();
        Bench b = bench_selecting(&config);
        struct in_addr address;

        for (unsigned n = 1; n < 600; n++) {
                usec_t taken_at;

                while (!dhcp4_client_probing(&b.client, &address))
                        bench_dispatch(&b, USEC_INFINITY);
                taken_at = b.now;
                bench_simple(&b, DHCP4_EVENT_PROBE_CONFLICT);
                while (!dhcp4_client_probing(&b.client, &address))
                        bench_dispatch(&b, USEC_INFINITY);
                g_assert_cmpuint(b.now - taken_at, ==, n < 10 ? 0 : 60 * USEC_PER_SEC);
        }
}

int main(int argc, char *argv[]) {
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/dhcp4-client-edges/stored-at-its-end", test_stored_at_its_end);
        g_test_add_func("/dhcp4-client-edges/slept-to-the-end", test_slept_to_the_end);
        g_test_add_func("/dhcp4-client-edges/carrier-twice", test_carrier_twice);
        g_test_add_func("/dhcp4-client-edges/no-carrier-twice", test_no_carrier_twice);
        g_test_add_func("/dhcp4-client-edges/broadcast-forgotten", test_broadcast_forgotten);
        g_test_add_func("/dhcp4-client-edges/held-is-free", test_held_is_free);
        g_test_add_func("/dhcp4-client-edges/free-no-more", test_free_no_more);
        g_test_add_func("/dhcp4-client-edges/conflict-of-offer", test_conflict_of_offer);
        g_test_add_func("/dhcp4-client-edges/row-of-conflicts-ends", test_row_of_conflicts_ends);
        g_test_add_func("/dhcp4-client-edges/ipv6-only-ends", test_ipv6_only_ends);
        g_test_add_func("/dhcp4-client-edges/server-of-ack", test_server_of_ack);
        g_test_add_func("/dhcp4-client-edges/slept-over-offer", test_slept_over_offer);
        g_test_add_func("/dhcp4-client-edges/sleep-ends-rows", test_sleep_ends_rows);
        g_test_add_func("/dhcp4-client-edges/sources-without-address", test_sources_without_address);
        g_test_add_func("/dhcp4-client-edges/rules-by-identifier", test_rules_by_identifier);
        g_test_add_func("/dhcp4-client-edges/nak-grace", test_nak_grace);
        g_test_add_func("/dhcp4-client-edges/received-are-counted", test_received_are_counted);
        g_test_add_func("/dhcp4-client-edges/another-router", test_another_router);
        g_test_add_func("/dhcp4-client-edges/used-again-is-not-lost", test_used_again_is_not_lost);
        g_test_add_func("/dhcp4-client-edges/renew-of-new-lease", test_renew_of_new_lease);
        g_test_add_func("/dhcp4-client-edges/renew-in-vain", test_renew_in_vain);
        g_test_add_func("/dhcp4-client-edges/offer-grace", test_offer_grace);
        g_test_add_func("/dhcp4-client-edges/link-local-conflicts", test_link_local_conflicts);
        g_test_add_func("/dhcp4-client-edges/link-local-range", test_link_local_range);
        g_test_add_func("/dhcp4-client-edges/link-local-choice", test_link_local_choice);
        return g_test_run();
}
