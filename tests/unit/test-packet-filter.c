/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The BPF programs of io/packet-filter.c, run by the kernel: they are attached to one end of an AF_UNIX
 * datagram socket pair, and packets are written into the other end. The test needs no privileges. Packets
 * that pass arrive whole.
 */
#include <glib.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/macro.h"
#include "io/packet-filter.h"

#define PACKET_MAX 512u

/* offsets into a DHCP reply with an IP header of 20 bytes */
enum {
        AT_VERSION = 0,
        AT_FRAG = 6,
        AT_PROTOCOL = 9,
        AT_SPORT = 20,
        AT_DPORT = 22,
        AT_OP = 28,
        AT_COOKIE = 264,
        DHCP_LEN = 268,
};

typedef struct Packet {
        uint8_t data[PACKET_MAX];
        size_t len;
} Packet;

static Packet dhcp_reply(void) {
        Packet p = { .len = DHCP_LEN };

        p.data[AT_VERSION] = 0x45;
        p.data[AT_PROTOCOL] = IPPROTO_UDP;
        p.data[AT_SPORT + 1] = 67;
        p.data[AT_DPORT + 1] = 68;
        p.data[AT_OP] = 2;
        memcpy(p.data + AT_COOKIE, "\x63\x82\x53\x63", 4);
        return p;
}

/* As dhcp_reply(), with @n_words words of IP options. */
static Packet dhcp_reply_with_options(unsigned n_words) {
        Packet p = dhcp_reply();

        memmove(p.data + 20 + n_words * 4, p.data + 20, DHCP_LEN - 20);
        memset(p.data + 20, 1, n_words * 4);
        p.data[AT_VERSION] = (uint8_t) (0x45 + n_words);
        p.len += n_words * 4;
        return p;
}

static Packet arp_packet(uint8_t op) {
        Packet p = { .data = { 0, 1, 8, 0, 6, 4, 0, op }, .len = 28 };

        return p;
}

typedef struct Pair {
        int in, out;
} Pair;

static Pair pair_open(struct sock_fprog program) {
        int fds[2], r;

        r = socketpair(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds);
        g_assert_cmpint(r, ==, 0);
        r = setsockopt(fds[1], SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program));
        g_assert_cmpint(r, ==, 0);
        return (Pair){ .in = fds[0], .out = fds[1] };
}

static void pair_close(Pair pair) {
        close(pair.in);
        close(pair.out);
}

static gboolean passes(Pair pair, const Packet *p) {
        uint8_t buffer[PACKET_MAX];
        ssize_t n;

        /*
         * AF_UNIX answers a write that the filter drops with EPERM or with success, depending on the kernel.
         */
        (void) send(pair.in, p->data, p->len, MSG_NOSIGNAL);
        n = recv(pair.out, buffer, sizeof(buffer), MSG_DONTWAIT);
        if (n < 0)
                return FALSE;
        g_assert_cmpmem(buffer, (size_t) n, p->data, p->len);
        return TRUE;
}

static void test_dhcp_reply(void) {
        Pair pair = pair_open(packet_filter_dhcp4());
        Packet p = dhcp_reply();

        g_assert_true(passes(pair, &p));
        p.len = PACKET_MAX;
        g_assert_true(passes(pair, &p));
        p = dhcp_reply();
        p.data[AT_SPORT] = 0xff; /* some servers answer from another port */
        g_assert_true(passes(pair, &p));
        p = dhcp_reply();
        p.data[AT_FRAG] = 0x40; /* don't fragment */
        g_assert_true(passes(pair, &p));
        p.data[AT_FRAG] = 0x80; /* reserved */
        g_assert_true(passes(pair, &p));
        pair_close(pair);
}

static void test_dhcp_ip_options(void) {
        Pair pair = pair_open(packet_filter_dhcp4());

        for (unsigned n_words = 0; n_words <= 10; n_words++) {
                Packet p = dhcp_reply_with_options(n_words);

                g_assert_true(passes(pair, &p));
                /* With a wrong header length, everything behind the header moves. */
                p.data[AT_VERSION] ^= 1;
                g_assert_false(passes(pair, &p));
        }
        pair_close(pair);
}

static void test_dhcp_fragments(void) {
        Pair pair = pair_open(packet_filter_dhcp4());

        for (unsigned bit = 0; bit < 14; bit++) { /* 13 bits of offset, then MF */
                Packet p = dhcp_reply();

                p.data[AT_FRAG] = (uint8_t) ((1u << bit) >> 8);
                p.data[AT_FRAG + 1] = (uint8_t) (1u << bit);
                g_assert_false(passes(pair, &p));
                p.data[AT_FRAG] |= 0x40;
                g_assert_false(passes(pair, &p));
        }
        pair_close(pair);
}

/* Flips each bit of each field that decides, one at a time. */
static void test_dhcp_near_misses(void) {
        static const struct {
                size_t offset, len;
        } fields[] = {
                { AT_PROTOCOL, 1 },
                { AT_DPORT, 2 },
                { AT_OP, 1 },
                { AT_COOKIE, 4 },
        };
        Pair pair = pair_open(packet_filter_dhcp4());

        for (size_t i = 0; i < ARRAY_SIZE(fields); i++)
                for (size_t bit = 0; bit < fields[i].len * 8; bit++) {
                        Packet p = dhcp_reply();

                        p.data[fields[i].offset + bit / 8] ^= (uint8_t) (1u << (bit % 8));
                        g_assert_false(passes(pair, &p));
                        p = dhcp_reply_with_options(3);
                        p.data[fields[i].offset + (fields[i].offset >= 20 ? 12 : 0) + bit / 8] ^=
                                (uint8_t) (1u << (bit % 8));
                        g_assert_false(passes(pair, &p));
                }
        pair_close(pair);
}

static void test_dhcp_other_traffic(void) {
        static const uint8_t protocols[] = { IPPROTO_ICMP, IPPROTO_TCP, IPPROTO_IPV6, IPPROTO_UDPLITE };
        Pair pair = pair_open(packet_filter_dhcp4());
        Packet p;

        for (size_t i = 0; i < ARRAY_SIZE(protocols); i++) {
                p = dhcp_reply();
                p.data[AT_PROTOCOL] = protocols[i];
                g_assert_false(passes(pair, &p));
        }
        p = dhcp_reply(); /* a request to the server's port, and a request to the client's port */
        p.data[AT_OP] = 1;
        g_assert_false(passes(pair, &p));
        p.data[AT_DPORT + 1] = 67;
        g_assert_false(passes(pair, &p));
        /* the ports are exchanged */
        p = dhcp_reply();
        p.data[AT_SPORT + 1] = 68;
        p.data[AT_DPORT + 1] = 67;
        g_assert_false(passes(pair, &p));
        pair_close(pair);
}

static void test_dhcp_short(void) {
        Pair pair = pair_open(packet_filter_dhcp4());

        for (size_t len = 1; len < DHCP_LEN; len++) {
                Packet p = dhcp_reply();

                p.len = len;
                g_assert_false(passes(pair, &p));
        }
        for (size_t len = 1; len < DHCP_LEN + 40; len++) {
                Packet p = dhcp_reply_with_options(10);

                p.len = len;
                g_assert_false(passes(pair, &p));
        }
        pair_close(pair);
}

static void test_arp(void) {
        Pair pair = pair_open(packet_filter_arp());

        for (unsigned op = 0; op < 256; op++) {
                Packet p = arp_packet((uint8_t) op);

                g_assert_cmpint(passes(pair, &p), ==, op == 1 || op == 2);
                p.data[6] = 1;
                g_assert_false(passes(pair, &p));
        }
        for (size_t bit = 0; bit < 6 * 8; bit++) {
                Packet p = arp_packet(1);

                p.data[bit / 8] ^= (uint8_t) (1u << (bit % 8));
                g_assert_false(passes(pair, &p));
        }
        for (size_t len = 1; len < 8; len++) {
                Packet p = arp_packet(2);

                p.len = len;
                g_assert_false(passes(pair, &p));
        }
        pair_close(pair);
}

static void test_none(void) {
        Pair pair = pair_open(packet_filter_none());
        Packet p = dhcp_reply();
        struct sock_fprog program;

        g_assert_false(passes(pair, &p));
        p = arp_packet(1);
        g_assert_false(passes(pair, &p));

        /* The program is exchanged while the socket is open, as the packet socket does. */
        program = packet_filter_arp();
        g_assert_cmpint(setsockopt(pair.out, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program)), ==,
                        0);
        g_assert_true(passes(pair, &p));
        pair_close(pair);
}

int main(int argc, char **argv) {
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/packet-filter/dhcp-reply", test_dhcp_reply);
        g_test_add_func("/packet-filter/dhcp-ip-options", test_dhcp_ip_options);
        g_test_add_func("/packet-filter/dhcp-fragments", test_dhcp_fragments);
        g_test_add_func("/packet-filter/dhcp-near-misses", test_dhcp_near_misses);
        g_test_add_func("/packet-filter/dhcp-other-traffic", test_dhcp_other_traffic);
        g_test_add_func("/packet-filter/dhcp-short", test_dhcp_short);
        g_test_add_func("/packet-filter/arp", test_arp);
        g_test_add_func("/packet-filter/none", test_none);
        return g_test_run();
}
