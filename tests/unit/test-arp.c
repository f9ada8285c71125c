/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * wire/arp.c: a packet as RFC 826 draws it, read and written; every field that could make it a packet of
 * another kind; every truncation.
 */
#include <arpa/inet.h>
#include <glib.h>
#include <stdbool.h>
#include <string.h>

#include "wire/arp.h"

static const uint8_t reply[ARP_PACKET_LEN] = {
        0,    1,    8,    0,    6,    4,    0, 2, /* Ethernet, IPv4, 6, 4, reply */
        0x02, 0x11, 0x22, 0x33, 0x44, 0x55,       /* sender */
        192,  0,    2,    1,                      /* */
        0x06, 0x66, 0x77, 0x88, 0x99, 0xaa,       /* target */
        192,  0,    2,    200,
};

/* Parses a copy of exactly this size, so that valgrind and AddressSanitizer see a read beyond its end. */
static int parse(const uint8_t *data, size_t len, ArpPacket *ret) {
        g_autofree uint8_t *copy = g_memdup2(data, len);

        return arp_packet_parse(copy, len, ret);
}

static void test_parse(void) {
        ArpPacket arp;

        g_assert_cmpint(parse(reply, sizeof(reply), &arp), ==, 0);
        g_assert_cmpint(arp.op, ==, ARP_OP_REPLY);
        g_assert_cmpmem(arp.sender_mac, 6, "\x02\x11\x22\x33\x44\x55", 6);
        g_assert_cmphex(ntohl(arp.sender.s_addr), ==, 0xc0000201);
        g_assert_cmpmem(arp.target_mac, 6, "\x06\x66\x77\x88\x99\xaa", 6);
        g_assert_cmphex(ntohl(arp.target.s_addr), ==, 0xc00002c8);
}

static void test_length(void) {
        uint8_t padded[60];
        ArpPacket arp, before;

        memset(&before, 0xa5, sizeof(before));
        for (size_t len = 0; len < sizeof(reply); len++) {
                memcpy(&arp, &before, sizeof(arp));
                g_assert_cmpint(parse(reply, len, &arp), ==, ARP_E_TRUNCATED);
                g_assert_cmpmem(&arp, sizeof(arp), &before, sizeof(before));
        }
        /* Ethernet's padding. */
        memset(padded, 0xff, sizeof(padded));
        memcpy(padded, reply, sizeof(reply));
        for (size_t len = sizeof(reply); len <= sizeof(padded); len++)
                g_assert_cmpint(parse(padded, len, &arp), ==, 0);
}

static void test_not_ours(void) {
        ArpPacket arp, before;

        memset(&before, 0xa5, sizeof(before));
        for (size_t i = 0; i < 8; i++)
                for (unsigned value = 0; value < 256; value++) {
                        uint8_t data[ARP_PACKET_LEN];
                        const bool fine = value == reply[i] || (i == 7 && value == ARP_OP_REQUEST);

                        memcpy(data, reply, sizeof(data));
                        data[i] = (uint8_t) value;
                        memcpy(&arp, &before, sizeof(arp));
                        g_assert_cmpint(parse(data, sizeof(data), &arp), ==, fine ? 0 : ARP_E_NOT_OURS);
                        if (!fine)
                                g_assert_cmpmem(&arp, sizeof(arp), &before, sizeof(before));
                }
}

static void test_build(void) {
        uint8_t data[ARP_PACKET_LEN + 1], again[ARP_PACKET_LEN];
        ArpPacket arp = {
                .op = ARP_OP_REQUEST,
                .sender_mac = { 2, 0, 0, 0, 0, 1 },
                .target = { htonl(0x0a000001) },
        };

        /* A probe, RFC 5227 §2.1.1: nothing but our MAC and the address in question. */
        memset(data, 0xee, sizeof(data));
        arp_packet_build(&arp, data);
        g_assert_cmpmem(data, ARP_PACKET_LEN,
                        "\0\1\x08\0\6\4\0\1"
                        "\2\0\0\0\0\1\0\0\0\0"
                        "\0\0\0\0\0\0\x0a\0\0\1",
                        ARP_PACKET_LEN);
        g_assert_cmpuint(data[ARP_PACKET_LEN], ==, 0xee);

        g_assert_cmpint(parse(reply, sizeof(reply), &arp), ==, 0);
        arp_packet_build(&arp, again);
        g_assert_cmpmem(again, sizeof(again), reply, sizeof(reply));
}

int main(int argc, char **argv) {
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/arp/parse", test_parse);
        g_test_add_func("/arp/length", test_length);
        g_test_add_func("/arp/not-ours", test_not_ours);
        g_test_add_func("/arp/build", test_build);
        return g_test_run();
}
