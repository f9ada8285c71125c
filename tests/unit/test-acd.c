/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Conflict detection (core/acd.c): every row of RFC 5227 §2 under a clock that is a variable.
 */
#include <arpa/inet.h>
#include <glib.h>
#include <string.h>

#include "core/acd.h"

#define T0 (700 * USEC_PER_SEC)

static const uint8_t key[PRNG_KEY_LEN] = { 3 };
static const uint8_t our_mac[6] = { 2, 0, 0, 0, 0, 1 }, other_mac[6] = { 2, 0, 0, 0, 0, 2 };

static struct in_addr ours(void) {
        return (struct in_addr){ inet_addr("192.0.2.7") };
}

static ArpPacket heard(ArpOp op, const uint8_t mac[6], const char *sender, const char *target) {
        ArpPacket arp = { .op = op, .sender.s_addr = inet_addr(sender), .target.s_addr = inet_addr(target) };

        memcpy(arp.sender_mac, mac, 6);
        return arp;
}

static void start_on(Acd *acd, AcdBasis basis) {
        acd_init(acd, key);
        g_assert_cmpint(acd_state(acd), ==, ACD_STATE_IDLE);
        g_assert_cmpuint(acd_next_deadline(acd), ==, USEC_INFINITY);
        acd_start(acd, T0, ours(), basis, our_mac);
}

static void start(Acd *acd) {
        start_on(acd, ACD_BASIS_GRANTED);
}

/* Runs up to the next packet. Returns the time at which it left. */
static usec_t next_packet(Acd *acd, ArpPacket *ret) {
        const usec_t at = MAX(acd_next_deadline(acd), T0);
        ArpPacket none;

        g_assert_cmpuint(at, !=, USEC_INFINITY);
        g_assert_true(acd_dispatch(acd, at, ret));
        g_assert_false(acd_dispatch(acd, at, &none));
        g_assert_cmpint(ret->op, ==, ARP_OP_REQUEST);
        g_assert_cmpmem(ret->sender_mac, 6, our_mac, 6);
        g_assert_cmpuint(ret->target.s_addr, ==, ours().s_addr);
        return at;
}

static void test_quiet(void) {
        usec_t at, last = 0;
        ArpPacket arp;
        Acd acd;

        start(&acd);
        for (unsigned i = 0; i < 3; i++) {
                at = next_packet(&acd, &arp);
                g_assert_cmpint(acd_state(&acd), ==, ACD_STATE_PROBING);
                g_assert_cmpuint(arp.sender.s_addr, ==, INADDR_ANY); /* a probe claims nothing */
                if (i == 0)
                        g_assert_cmpuint(at, ==, T0);
                else {
                        g_assert_cmpuint(at - last, >=, 1 * USEC_PER_SEC);
                        g_assert_cmpuint(at - last, <=, 2 * USEC_PER_SEC);
                }
                last = at;
        }
        for (unsigned i = 0; i < 2; i++) {
                at = next_packet(&acd, &arp);
                g_assert_cmpuint(at - last, ==, 2 * USEC_PER_SEC);
                g_assert_cmpuint(arp.sender.s_addr, ==, ours().s_addr);
                last = at;
        }
        g_assert_cmpint(acd_state(&acd), ==, ACD_STATE_DEFENDING);
        g_assert_cmpuint(acd_next_deadline(&acd), ==, USEC_INFINITY);
        acd_stop(&acd);
        g_assert_cmpint(acd_state(&acd), ==, ACD_STATE_IDLE);
}

/* Which packets are a conflict while we probe, and which are not. */
static void check_while_probing(AcdBasis basis) {
        const bool probe_counts = basis == ACD_BASIS_CHOSEN;
        const struct {
                ArpPacket arp;
                bool conflict;
        } rows[] = {
                { heard(ARP_OP_REPLY, other_mac, "192.0.2.7", "0.0.0.0"), true },
                { heard(ARP_OP_REQUEST, other_mac, "192.0.2.7", "192.0.2.1"), true }, /* in use */
                { heard(ARP_OP_REQUEST, other_mac, "192.0.2.7", "192.0.2.7"), true }, /* announced */
                { heard(ARP_OP_REQUEST, other_mac, "0.0.0.0", "192.0.2.7"),
                  probe_counts }, /* probed by another */
                { heard(ARP_OP_REQUEST, other_mac, "192.0.2.9", "192.0.2.7"), false }, /* just looked for */
                { heard(ARP_OP_REPLY, other_mac, "192.0.2.9", "192.0.2.7"), false },
                { heard(ARP_OP_REQUEST, other_mac, "0.0.0.0", "192.0.2.8"), false },
                { heard(ARP_OP_REPLY, other_mac, "0.0.0.0", "192.0.2.7"), false },
                { heard(ARP_OP_REQUEST, our_mac, "0.0.0.0", "192.0.2.7"), false }, /* our own, reflected */
                { heard(ARP_OP_REPLY, our_mac, "192.0.2.7", "192.0.2.7"),
                  false }, /* proxy ARP with our address */
        };
        ArpPacket arp;
        Acd acd;

        for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
                usec_t now;

                start_on(&acd, basis);
                now = next_packet(&acd, &arp);
                acd_input(&acd, now + 1, &rows[i].arp);
                g_assert_cmpint(acd_state(&acd), ==,
                                rows[i].conflict ? ACD_STATE_CONFLICT : ACD_STATE_PROBING);
                if (!rows[i].conflict)
                        continue;
                /* It stays until it is started anew, and sends nothing. */
                g_assert_cmpuint(acd_next_deadline(&acd), ==, USEC_INFINITY);
                g_assert_false(acd_dispatch(&acd, T0 + 3600 * USEC_PER_SEC, &arp));
                acd_start(&acd, now + 10, ours(), basis, our_mac);
                g_assert_cmpint(acd_state(&acd), ==, ACD_STATE_PROBING);
        }
}

static void test_while_probing(void) {
        for (AcdBasis basis = 0; basis < _ACD_BASIS_MAX; basis++)
                check_while_probing(basis);
}

/* Before the grant: one probe, and nothing that claims the address, however long the grant takes. */
static void test_offered(void) {
        const ArpPacket claim = heard(ARP_OP_REPLY, other_mac, "192.0.2.7", "0.0.0.0");
        usec_t granted_at, at = 0;
        unsigned n = 1;
        ArpPacket arp;
        Acd acd;

        for (unsigned late = 0; late < 2; late++) {
                start_on(&acd, ACD_BASIS_OFFERED);
                g_assert_cmpuint(next_packet(&acd, &arp), ==, T0);
                g_assert_cmpuint(arp.sender.s_addr, ==, INADDR_ANY);
                g_assert_cmpuint(acd_next_deadline(&acd), ==, USEC_INFINITY);
                g_assert_false(acd_dispatch(&acd, T0 + 3600 * USEC_PER_SEC, &arp));
                g_assert_cmpint(acd_state(&acd), ==, ACD_STATE_PROBING);

                /* The probing goes on after the pause between two probes, if that pause is not over yet. */
                granted_at = T0 + (late ? 60 * USEC_PER_SEC : 1000);
                acd_set_basis(&acd, ACD_BASIS_GRANTED);
                for (n = 1; acd_state(&acd) != ACD_STATE_DEFENDING; n++) {
                        at = MAX(acd_next_deadline(&acd), granted_at);
                        g_assert_cmpuint(at, !=, USEC_INFINITY);
                        if (n == 1 && !late)
                                g_assert_cmpuint(at, >=, T0 + USEC_PER_SEC);
                        if (n == 1 && late)
                                g_assert_cmpuint(at, ==, granted_at);
                        g_assert_true(acd_dispatch(&acd, at, &arp));
                        g_assert_cmpint(arp.sender.s_addr == INADDR_ANY, ==, n < 3);
                }
                g_assert_cmpuint(n, ==, 5);
        }

        start_on(&acd, ACD_BASIS_OFFERED);
        (void) next_packet(&acd, &arp);
        acd_input(&acd, T0 + 60 * USEC_PER_SEC, &claim);
        g_assert_cmpint(acd_state(&acd), ==, ACD_STATE_CONFLICT);
}

/* PROBE_WAIT: hosts that are powered on together do not probe together; each round of probes waits anew. */
static void test_probe_wait(void) {
        usec_t first = 0, sum = 0;
        unsigned n_other = 0;

        for (unsigned i = 0; i < 200; i++) {
                uint8_t host_key[PRNG_KEY_LEN] = { (uint8_t) i };
                usec_t at[2];
                Acd acd;

                acd_init(&acd, host_key);
                for (unsigned j = 0; j < G_N_ELEMENTS(at); j++) {
                        acd_start(&acd, T0, ours(), ACD_BASIS_CHOSEN, our_mac);
                        at[j] = acd_next_deadline(&acd);
                        g_assert_cmpuint(at[j], >=, T0);
                        g_assert_cmpuint(at[j], <, T0 + USEC_PER_SEC);
                        sum += at[j] - T0;
                }
                if (i == 0)
                        first = at[0];
                n_other += at[0] != first;
                g_assert_cmpuint(at[0], !=, at[1]);
        }
        g_assert_cmpuint(n_other, ==, 199);
        g_assert_cmpuint(sum / 400, >=, USEC_PER_SEC / 3);
        g_assert_cmpuint(sum / 400, <=, 2 * USEC_PER_SEC / 3);
}

/* RFC 5227 §2.4 (b): one claim is answered by one announcement; a second within ten seconds is too much. */
static void test_defence(void) {
        const ArpPacket claim = heard(ARP_OP_REQUEST, other_mac, "192.0.2.7", "192.0.2.1"),
                        probe = heard(ARP_OP_REQUEST, other_mac, "0.0.0.0", "192.0.2.7");
        usec_t now = 0;
        ArpPacket arp;
        Acd acd;

        start(&acd);
        for (unsigned i = 0; i < 5; i++)
                now = next_packet(&acd, &arp);
        acd_input(&acd, now, &probe); /* the kernel answers such a question */
        g_assert_cmpuint(acd_next_deadline(&acd), ==, USEC_INFINITY);

        for (unsigned i = 0; i < 3; i++) {
                now += 11 * USEC_PER_SEC;
                acd_input(&acd, now, &claim);
                g_assert_cmpuint(acd_next_deadline(&acd), <=, now);
                memset(&arp, 0xff, sizeof(arp));
                g_assert_true(acd_dispatch(&acd, now, &arp));
                g_assert_cmpint(arp.op, ==, ARP_OP_REQUEST);
                g_assert_cmpmem(arp.sender_mac, 6, our_mac, 6);
                g_assert_cmpuint(arp.sender.s_addr, ==, ours().s_addr);
                g_assert_cmpuint(arp.target.s_addr, ==, ours().s_addr);
                g_assert_false(acd_dispatch(&acd, now, &arp));
                g_assert_cmpint(acd_state(&acd), ==, ACD_STATE_DEFENDING);
        }
        now += 10 * USEC_PER_SEC; /* the interval is over at that instant */
        acd_input(&acd, now, &claim);
        g_assert_true(acd_dispatch(&acd, now, &arp));
        g_assert_cmpint(acd_state(&acd), ==, ACD_STATE_DEFENDING);
        acd_input(&acd, now + 9 * USEC_PER_SEC, &claim);
        g_assert_cmpint(acd_state(&acd), ==, ACD_STATE_CONFLICT);
        g_assert_false(acd_dispatch(&acd, now + 9 * USEC_PER_SEC, &arp));
}

/*
 * A packet changes nothing when detection does not run, or when the address is lost already. A claim during
 * announcements is answered like a later one.
 */
static void test_other_states(void) {
        const ArpPacket claim = heard(ARP_OP_REPLY, other_mac, "192.0.2.7", "192.0.2.7");
        usec_t now = 0;
        ArpPacket arp;
        Acd acd;

        acd_init(&acd, key);
        acd_input(&acd, T0, &claim);
        g_assert_cmpint(acd_state(&acd), ==, ACD_STATE_IDLE);
        g_assert_false(acd_dispatch(&acd, T0, &arp));
        g_assert_false(acd_dispatch(&acd, USEC_INFINITY, &arp));

        start(&acd);
        acd_input(&acd, T0, &claim);
        acd_input(&acd, T0, &claim);
        g_assert_cmpint(acd_state(&acd), ==, ACD_STATE_CONFLICT);
        g_assert_false(acd_dispatch(&acd, USEC_INFINITY, &arp));
        acd_stop(&acd);
        acd_input(&acd, T0, &claim);
        g_assert_cmpint(acd_state(&acd), ==, ACD_STATE_IDLE);

        start(&acd);
        for (unsigned i = 0; i < 4; i++)
                now = next_packet(&acd, &arp);
        g_assert_cmpint(acd_state(&acd), ==, ACD_STATE_ANNOUNCING);
        acd_input(&acd, now, &claim);
        g_assert_true(acd_dispatch(&acd, now, &arp));
        g_assert_cmpuint(arp.sender.s_addr, ==, ours().s_addr);
        g_assert_cmpint(acd_state(&acd), ==, ACD_STATE_ANNOUNCING);
        acd_input(&acd, now + 1, &claim);
        g_assert_cmpint(acd_state(&acd), ==, ACD_STATE_CONFLICT);
}

/* A packet that was due is not sent after detection was stopped, or begun anew by acd_init(). */
static void test_stopped_while_defending(void) {
        const ArpPacket claim = heard(ARP_OP_REPLY, other_mac, "192.0.2.7", "192.0.2.7");
        ArpPacket arp;
        Acd acd;

        for (unsigned init = 0; init < 2; init++) {
                usec_t now = 0;

                memset(&acd, 0xff, sizeof(acd));
                start(&acd);
                for (unsigned i = 0; i < 5; i++)
                        now = next_packet(&acd, &arp);
                g_assert_cmpint(acd_state(&acd), ==, ACD_STATE_DEFENDING);
                acd_input(&acd, now, &claim);
                g_assert_cmpuint(acd_next_deadline(&acd), <=, now);
                if (init)
                        acd_init(&acd, key);
                else
                        acd_stop(&acd);
                g_assert_cmpint(acd_state(&acd), ==, ACD_STATE_IDLE);
                g_assert_cmpuint(acd_next_deadline(&acd), ==, USEC_INFINITY);
                g_assert_false(acd_dispatch(&acd, now, &arp));
        }
}

/*
 * The link gets another hardware address. @state goes on, or begins anew, with the new address. A late
 * packet from the old address is no conflict.
 */
static void check_other_mac(AcdState state, unsigned n_packets) {
        const ArpPacket reflected = heard(ARP_OP_REQUEST, our_mac, "192.0.2.7", "192.0.2.7"),
                        claim = heard(ARP_OP_REPLY, other_mac, "192.0.2.7", "192.0.2.7");
        static const uint8_t new_mac[6] = { 2, 0, 0, 0, 0, 9 };
        unsigned n_probes = 0, n_announcements = 0;
        usec_t now = T0;
        ArpPacket arp;
        Acd acd;

        start(&acd);
        for (unsigned i = 0; i < n_packets; i++)
                now = next_packet(&acd, &arp);
        g_assert_cmpint(acd_state(&acd), ==, state);
        acd_set_mac(&acd, now, our_mac); /* the same is no news */
        g_assert_cmpint(acd_state(&acd), ==, state);
        acd_set_mac(&acd, now, new_mac);
        g_assert_cmpuint(acd_next_deadline(&acd), <=, now);
        while (acd_next_deadline(&acd) != USEC_INFINITY) {
                now = MAX(acd_next_deadline(&acd), now);
                g_assert_true(acd_dispatch(&acd, now, &arp));
                g_assert_cmpmem(arp.sender_mac, 6, new_mac, 6);
                n_probes += arp.sender.s_addr == INADDR_ANY;
                n_announcements += arp.sender.s_addr == ours().s_addr;
                acd_input(&acd, now, &reflected);
                acd_input(&acd, now, &reflected);
        }
        g_assert_cmpint(acd_state(&acd), ==, ACD_STATE_DEFENDING);
        g_assert_cmpuint(n_probes, ==, state == ACD_STATE_PROBING ? 3 : 0);
        g_assert_cmpuint(n_announcements, ==, 2);
        acd_input(&acd, now, &claim);
        acd_input(&acd, now, &claim);
        g_assert_cmpint(acd_state(&acd), ==, ACD_STATE_CONFLICT);
        acd_set_mac(&acd, now, our_mac);
        g_assert_cmpint(acd_state(&acd), ==, ACD_STATE_CONFLICT);
}

static void test_other_mac(void) {
        check_other_mac(ACD_STATE_PROBING, 2);
        check_other_mac(ACD_STATE_ANNOUNCING, 4);
        check_other_mac(ACD_STATE_DEFENDING, 5);
}

/*
 * After two changes of the hardware address, only the address just before the last change is still known as
 * ours.
 */
static void test_other_mac_twice(void) {
        static const uint8_t macs[][6] = { { 2, 0, 0, 0, 0, 8 }, { 2, 0, 0, 0, 0, 9 } };
        const ArpPacket first = heard(ARP_OP_REPLY, our_mac, "192.0.2.7", "192.0.2.7"),
                        second = heard(ARP_OP_REPLY, macs[0], "192.0.2.7", "192.0.2.7");
        Acd acd;

        start(&acd);
        for (size_t i = 0; i < G_N_ELEMENTS(macs); i++)
                acd_set_mac(&acd, T0, macs[i]);
        acd_input(&acd, T0, &second);
        g_assert_cmpint(acd_state(&acd), ==, ACD_STATE_PROBING);
        acd_input(&acd, T0, &first);
        g_assert_cmpint(acd_state(&acd), ==, ACD_STATE_CONFLICT);
}

/* What happened to one address says nothing about the next. */
static void test_again(void) {
        const ArpPacket claim = heard(ARP_OP_REPLY, other_mac, "192.0.2.7", "192.0.2.7");
        usec_t now = 0, defended_at;
        ArpPacket arp;
        Acd acd;

        start(&acd);
        for (unsigned i = 0; i < 5; i++)
                now = next_packet(&acd, &arp);
        acd_input(&acd, now, &claim);
        g_assert_true(acd_dispatch(&acd, now, &arp));
        defended_at = now;

        /* One claim is answered in each life, however short a time ago the last one was. */
        acd_start(&acd, now, ours(), ACD_BASIS_GRANTED, our_mac);
        for (unsigned i = 0; i < 4; i++) {
                now = MAX(acd_next_deadline(&acd), now);
                g_assert_true(acd_dispatch(&acd, now, &arp));
        }
        g_assert_cmpint(acd_state(&acd), ==, ACD_STATE_ANNOUNCING);
        g_assert_cmpuint(now - defended_at, <, 10 * USEC_PER_SEC);
        acd_input(&acd, now, &claim);
        g_assert_cmpint(acd_state(&acd), ==, ACD_STATE_ANNOUNCING);
        g_assert_true(acd_dispatch(&acd, now, &arp));

        /* The former hardware address is not ours any more when another host has it now. */
        acd_set_mac(&acd, now, other_mac);
        acd_start(&acd, now, ours(), ACD_BASIS_GRANTED, other_mac);
        acd_input(&acd, now,
                  &(const ArpPacket){
                          .op = ARP_OP_REPLY, .sender = ours(), .sender_mac = { 2, 0, 0, 0, 0, 1 } });
        g_assert_cmpint(acd_state(&acd), ==, ACD_STATE_CONFLICT);

        /*
         * An announcement that was due for the old address is not sent for the new one: the new one was not
         * probed yet.
         */
        acd_start(&acd, now, ours(), ACD_BASIS_GRANTED, our_mac);
        for (unsigned i = 0; i < 5; i++) {
                now = MAX(acd_next_deadline(&acd), now);
                g_assert_true(acd_dispatch(&acd, now, &arp));
        }
        acd_input(&acd, now, &claim);
        acd_start(&acd, now, ours(), ACD_BASIS_GRANTED, our_mac);
        g_assert_true(acd_dispatch(&acd, now, &arp));
        g_assert_cmpuint(arp.sender.s_addr, ==, INADDR_ANY);
        g_assert_false(acd_dispatch(&acd, now, &arp));
}

int main(int argc, char *argv[]) {
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/acd/quiet", test_quiet);
        g_test_add_func("/acd/while-probing", test_while_probing);
        g_test_add_func("/acd/offered", test_offered);
        g_test_add_func("/acd/probe-wait", test_probe_wait);
        g_test_add_func("/acd/defence", test_defence);
        g_test_add_func("/acd/other-states", test_other_states);
        g_test_add_func("/acd/stopped-while-defending", test_stopped_while_defending);
        g_test_add_func("/acd/other-mac", test_other_mac);
        g_test_add_func("/acd/other-mac-twice", test_other_mac_twice);
        g_test_add_func("/acd/again", test_again);
        return g_test_run();
}
