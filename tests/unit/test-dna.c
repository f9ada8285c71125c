/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Detecting network attachment (core/dna.c, RFC 4436 §2.1): who is asked, how and how often, and which
 * answers count.
 */
#include <arpa/inet.h>
#include <glib.h>
#include <string.h>

#include "base/macro.h"
#include "core/dna.h"

#define T0 (700 * USEC_PER_SEC)

static const uint8_t our_mac[6] = { 2, 0, 0, 0, 0, 1 }, broadcast[6] = { 255, 255, 255, 255, 255, 255 };

static struct in_addr ip(const char *text) {
        return (struct in_addr){ inet_addr(text) };
}

static DnaQuestion question(DnaTask task) {
        DnaQuestion q = {
                .task = task,
                .own = ip("192.0.2.7"),
                .gateways = { { .address = ip("192.0.2.1") }, { .address = ip("192.0.2.2") } },
        };

        for (uint8_t i = 0; task == DNA_VERIFY && i < DHCP4_LEASE_GATEWAYS_MAX; i++)
                memcpy(q.gateways[i].mac, (uint8_t[]){ 2, 0, 0, 0, 1, i }, 6);
        return q;
}

static ArpPacket reply(const char *sender, const uint8_t mac[6]) {
        ArpPacket arp = { .op = ARP_OP_REPLY, .sender = ip(sender), .target = ip("192.0.2.7") };

        memcpy(arp.sender_mac, mac, 6);
        memcpy(arp.target_mac, our_mac, 6);
        return arp;
}

static void start(Dna *dna, DnaTask task) {
        const DnaQuestion q = question(task);

        dna_init(dna);
        g_assert_false(dna_is_listening(dna));
        dna_ask(dna, T0, &q, our_mac);
        g_assert_true(dna_is_listening(dna));
        g_assert_cmpuint(dna_next_deadline(dna), ==, T0);
}

/* Reads everything that is sent at @now. Returns the number of packets. */
static unsigned drain(Dna *dna, usec_t now, ArpPacket ret[4], uint8_t ret_to[4][6]) {
        unsigned n = 0;

        while (dna_dispatch(dna, now, &ret[n], ret_to[n])) {
                g_assert_cmpint(ret[n].op, ==, ARP_OP_REQUEST);
                g_assert_cmpmem(ret[n].sender_mac, 6, our_mac, 6);
                g_assert_cmpuint(ret[n].sender.s_addr, ==, ip("192.0.2.7").s_addr);
                g_assert_cmpuint(++n, <, 4);
        }
        g_assert_cmpuint(dna_next_deadline(dna), >, now);
        return n;
}

/* Asserts that the question runs through all rounds, from the first on. */
static void check_first_question(Dna *dna) {
        const ArpPacket good = reply("192.0.2.1", (uint8_t[]){ 2, 0, 0, 0, 1, 0 });
        const DnaQuestion q = question(DNA_VERIFY);
        Dhcp4Gateway gateway;
        unsigned n = 0;
        ArpPacket arp[4];
        uint8_t to[4][6];

        g_assert_false(dna_is_listening(dna));
        g_assert_cmpuint(dna_next_deadline(dna), ==, USEC_INFINITY);
        g_assert_false(dna_dispatch(dna, USEC_INFINITY - 1, &arp[0], to[0]));
        g_assert_false(dna_input(dna, &good, &gateway));
        dna_ask(dna, T0, &q, our_mac);
        while (dna_is_listening(dna))
                n += drain(dna, dna_next_deadline(dna), arp, to);
        g_assert_cmpuint(n, ==, 10);
}

/* dna_init() forgets everything of an earlier use: the question, the routers that were asked, the round. */
static void test_init(void) {
        const ArpPacket good = reply("192.0.2.1", (uint8_t[]){ 2, 0, 0, 0, 1, 0 });
        Dhcp4Gateway gateway;
        uint8_t to[6];
        ArpPacket arp;
        Dna dna;

        memset(&dna, 0xff, sizeof(dna));
        dna_init(&dna);
        check_first_question(&dna);
        dna_init(&dna);
        check_first_question(&dna); /* after the last round of the same question */

        for (unsigned n_packets = 1; n_packets <= 4; n_packets++)
                for (unsigned answered = 0; answered < 2; answered++) {
                        start(&dna, DNA_VERIFY);
                        for (unsigned i = 0; i < n_packets; i++)
                                while (!dna_dispatch(&dna, dna_next_deadline(&dna), &arp, to))
                                        g_assert_true(dna_is_listening(&dna));
                        if (answered)
                                g_assert_true(dna_input(&dna, &good, &gateway));
                        dna_init(&dna);
                        check_first_question(&dna);
                }
}

static void test_verify(void) {
        ArpPacket arp[4];
        uint8_t to[4][6];
        Dna dna;

        start(&dna, DNA_VERIFY);
        g_assert_cmpuint(drain(&dna, T0, arp, to), ==, 2);
        g_assert_cmpmem(to[0], 6, ((uint8_t[]){ 2, 0, 0, 0, 1, 0 }), 6);
        g_assert_cmpmem(to[1], 6, ((uint8_t[]){ 2, 0, 0, 0, 1, 1 }), 6);
        g_assert_cmpuint(arp[0].target.s_addr, ==, ip("192.0.2.1").s_addr);
        g_assert_cmpuint(arp[1].target.s_addr, ==, ip("192.0.2.2").s_addr);
}

static void test_learn(void) {
        Dhcp4Gateway gateway;
        ArpPacket arp[4], answer = reply("192.0.2.1", (uint8_t[]){ 2, 0, 0, 0, 9, 9 });
        uint8_t to[4][6];
        Dna dna;

        start(&dna, DNA_LEARN);
        g_assert_cmpuint(drain(&dna, T0, arp, to), ==, 2);
        g_assert_cmpmem(to[0], 6, broadcast, 6);
        g_assert_true(dna_input(&dna, &answer, &gateway));
        g_assert_cmpuint(gateway.address.s_addr, ==, ip("192.0.2.1").s_addr);
        g_assert_cmpmem(gateway.mac, 6, answer.sender_mac, 6);
        g_assert_false(dna_input(&dna, &answer, &gateway)); /* an answer counts once */

        /* Only the other router is asked again. */
        g_assert_cmpuint(drain(&dna, dna_next_deadline(&dna), arp, to), ==, 1);
        g_assert_cmpuint(arp[0].target.s_addr, ==, ip("192.0.2.2").s_addr);
        answer = reply("192.0.2.2", (uint8_t[]){ 2, 0, 0, 0, 9, 8 });
        g_assert_true(dna_input(&dna, &answer, &gateway));
        g_assert_false(dna_is_listening(&dna));
        g_assert_cmpuint(dna_next_deadline(&dna), ==, USEC_INFINITY);
}

/* The rounds are further and further apart, and they end. */
static void test_silence(void) {
        const DnaQuestion q = question(DNA_VERIFY);
        unsigned n = 0, rounds = 0;
        usec_t last = 0, span = 0;
        ArpPacket arp[4];
        uint8_t to[4][6];
        Dna dna;

        start(&dna, DNA_VERIFY);
        while (dna_is_listening(&dna)) {
                const usec_t at = dna_next_deadline(&dna);
                const unsigned sent = drain(&dna, at, arp, to);

                if (rounds == 1)
                        g_assert_cmpuint(at - last, ==, 200 * USEC_PER_MSEC);
                if (rounds > 1)
                        g_assert_cmpuint(at - last, ==, 2 * span);
                span = at - last;
                last = at;
                rounds++;
                n += sent;
                g_assert_cmpuint(rounds, <, 10);
        }
        g_assert_cmpuint(n, ==, 10);
        g_assert_cmpuint(last, <, T0 + 10 * USEC_PER_SEC);
        /* The same question does not begin anew, and another question does. */
        dna_ask(&dna, last + 1, &q, our_mac);
        g_assert_false(dna_is_listening(&dna));
        dna_ask(&dna, last + 1, &(const DnaQuestion){ .task = DNA_NOTHING }, our_mac);
        g_assert_false(dna_is_listening(&dna));
        dna_ask(&dna, last + 1, &q, our_mac);
        g_assert_true(dna_is_listening(&dna));
}

/* A question that differs in anything is asked from the first round on. */
static void test_another_question(void) {
        const uint8_t other_mac[6] = { 2, 0, 0, 0, 0, 9 };
        ArpPacket arp[4];
        uint8_t to[4][6];

        for (unsigned kind = 0; kind < 6; kind++) {
                DnaQuestion q = question(DNA_VERIFY);
                Dna dna;

                start(&dna, DNA_VERIFY);
                while (dna_is_listening(&dna))
                        (void) drain(&dna, dna_next_deadline(&dna), arp, to);
                if (kind == 1)
                        q.own = ip("192.0.2.8");
                if (kind == 2)
                        q.turn++;
                if (kind == 3)
                        q.gateways[0].address = ip("192.0.2.3");
                if (kind == 4)
                        q.gateways[1].mac[5]++;
                dna_ask(&dna, T0 + 1, &q, kind == 5 ? other_mac : our_mac);
                g_assert_cmpint(dna_is_listening(&dna), ==, kind > 0);
        }
}

/*
 * Private addresses are the same on every network: only the hardware address tells one network from
 * another.
 */
static void test_what_does_not_count(void) {
        static const uint8_t right[6] = { 2, 0, 0, 0, 1, 0 }, wrong[6] = { 2, 0, 0, 0, 1, 7 }, none[6];
        ArpPacket cases[] = {
                reply("192.0.2.1", wrong), reply("192.0.2.1", none),  reply("192.0.2.2", right),
                reply("192.0.2.9", right), reply("192.0.2.1", right), reply("192.0.2.1", right),
        };
        const ArpPacket good = reply("192.0.2.1", right);
        Dhcp4Gateway gateway;
        Dna dna;

        cases[4].op = ARP_OP_REQUEST;
        cases[5].target_mac[5] = 99; /* an answer to another host */
        start(&dna, DNA_VERIFY);
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
                g_assert_false(dna_input(&dna, &cases[i], &gateway));
        g_assert_true(dna_input(&dna, &good, &gateway));

        dna_init(&dna);
        g_assert_false(dna_input(&dna, &good, &gateway));
        start(&dna, DNA_LEARN);
        g_assert_false(dna_input(&dna, &cases[1], &gateway)); /* a hardware address that means "not known" */
}

/* There is no router to ask. */
static void test_nobody(void) {
        DnaQuestion q = question(DNA_LEARN);
        Dna dna;

        q.task = DNA_VERIFY; /* no hardware address is known */
        dna_init(&dna);
        dna_ask(&dna, T0, &q, our_mac);
        g_assert_false(dna_is_listening(&dna));
        g_assert_cmpuint(dna_next_deadline(&dna), ==, USEC_INFINITY);
        q = question(DNA_VERIFY);
        q.task = DNA_LEARN; /* all hardware addresses are known */
        dna_ask(&dna, T0, &q, our_mac);
        g_assert_false(dna_is_listening(&dna));
}

int main(int argc, char **argv) {
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/dna/init", test_init);
        g_test_add_func("/dna/verify", test_verify);
        g_test_add_func("/dna/learn", test_learn);
        g_test_add_func("/dna/silence", test_silence);
        g_test_add_func("/dna/what-does-not-count", test_what_does_not_count);
        g_test_add_func("/dna/nobody", test_nobody);
        g_test_add_func("/dna/another-question", test_another_question);
        return g_test_run();
}
