/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Frames with tags on a link (socket-fixture.h): a tag of VLAN 0 carries a priority only (IEEE 802.1Q), and
 * the frame is the link's own; that of any other VLAN says that it is another link's. The kernel takes the
 * outermost tag off every frame, also one that knows no VLANs (without 8021q). Sockets of one protocol see
 * the frame after it has looked at the tag: of a VLAN it marks as for others, and auxdata has no tag any
 * more. Sockets of all protocols see it before, with the tag in auxdata. Ours are of one protocol; the code
 * does not depend on that, so both are tried.
 */
#include "io/socket-options.h"
#include "io/udp-socket.h"
#include "tests/integration/socket-fixture.h"

#define TAG_C        0x8100u /* 802.1Q, of customers */
#define TAG_S        0x88a8u /* 802.1ad, of providers */
#define TCI_PRIORITY 0xe000u /* priority 7, VLAN 0 */

/* Returns the frame with one more tag, outside of those that it has. */
static Frame with_tag(const Frame *f, unsigned ethertype, unsigned tci) {
        Frame tagged = {};

        put(&tagged, f->data, 12);
        put_u16(&tagged, ethertype);
        put_u16(&tagged, tci);
        put(&tagged, f->data + 12, f->len - 12);
        return tagged;
}

/* Checks whether the frame is handed up: whole, and without its tags. */
static void check(PacketSocket *s, Seen *seen, const Frame *sent, const Frame *bare, bool ours) {
        *seen = (Seen){};
        inject(a1_raw, sent);
        g_assert_heard(seen->n, ours);
        if (!ours)
                return;
        g_assert_cmpint(seen->ifindex, ==, a0);
        g_assert_cmpmem(seen->source.bytes, seen->source.len, a1_mac, 6);
        g_assert_cmpmem(seen->data, seen->len, bare->data + 14, bare->len - 14);
}

static const uint16_t one_protocol = ETH_P_IP, all_protocols = ETH_P_ALL;

/* @data: the protocol of the socket. */
static PacketSocket *open_socket(const void *data, Seen *seen) {
        PacketSocket *s = NULL;

        g_assert_cmpint(packet_socket_new(event, *(const uint16_t *) data, packet_filter_dhcp4(), on_frame,
                                          seen, &s),
                        ==, 0);
        want(s, a0);
        return s;
}

static void test_dhcp(const void *data) {
        static const uint8_t *const destinations[] = { a0_mac, broadcast_mac };
        static const unsigned ethertypes[] = { TAG_C, TAG_S };
        Seen seen = {};
        PacketSocket *s = open_socket(data, &seen);

        for (size_t d = 0; d < ARRAY_SIZE(destinations); d++)
                for (size_t e = 0; e < ARRAY_SIZE(ethertypes); e++) {
                        const Frame bare = dhcp_frame(destinations[d], -1, (uint8_t) d);

                        check(s, &seen, &bare, &bare, true);
                        for (unsigned priority = 0; priority < 8; priority++) {
                                const Frame f = with_tag(&bare, ethertypes[e], priority << 13);

                                check(s, &seen, &f, &bare, true);
                        }
                        for (unsigned vid = 1; vid < 4096; vid += vid < 8 ? 1 : 511) {
                                const Frame f = with_tag(&bare, ethertypes[e], vid),
                                            g = with_tag(&bare, ethertypes[e], TCI_PRIORITY | vid);

                                check(s, &seen, &f, &bare, false);
                                check(s, &seen, &g, &bare, false);
                        }
                }
        packet_socket_free(s);
}

/* A VLAN's tag inside a priority tag still says that the frame is for the VLAN. */
static void test_tag_in_tag(const void *data) {
        const Frame bare = dhcp_frame(a0_mac, -1, 1), vlan = with_tag(&bare, TAG_C, 5);
        Frame f;
        Seen seen = {};
        PacketSocket *s = open_socket(data, &seen);

        f = with_tag(&vlan, TAG_C, TCI_PRIORITY);
        check(s, &seen, &f, &bare, false);
        f = with_tag(&vlan, TAG_S, TCI_PRIORITY);
        check(s, &seen, &f, &bare, false);
        f = with_tag(&bare, TAG_C, TCI_PRIORITY);
        f = with_tag(&f, TAG_S, 5);
        check(s, &seen, &f, &bare, false);
        /* The socket works as before. */
        check(s, &seen, &bare, &bare, true);
        packet_socket_free(s);
}

static void test_arp(void) {
        static const uint8_t reply[28] = { 0,  1, 8, 0, 6, 4, 0, 2, 2,   0, 0,  0, 0xa, 1,
                                           10, 0, 0, 1, 2, 0, 0, 0, 0xa, 0, 10, 0, 0,   7 };
        Frame bare = {}, f;
        Seen seen = {};
        PacketSocket *s = NULL;

        g_assert_cmpint(packet_socket_new(event, ETH_P_ARP, packet_filter_arp(), on_frame, &seen, &s), ==,
                        0);
        want(s, a0);
        put(&bare, a0_mac, 6);
        put(&bare, a1_mac, 6);
        put_u16(&bare, ETH_P_ARP);
        put(&bare, reply, sizeof(reply));
        check(s, &seen, &bare, &bare, true);
        f = with_tag(&bare, TAG_C, TCI_PRIORITY);
        check(s, &seen, &f, &bare, true);
        f = with_tag(&bare, TAG_C, 5);
        check(s, &seen, &f, &bare, false);
        packet_socket_free(s);
}

static void on_datagram(void *userdata, struct in_addr source, const uint8_t *data, size_t len) {
        unsigned *n = userdata;

        (*n)++;
        g_assert_cmpmem(data, len, "renewed", 7);
}

/* In RENEWING the ACK comes to the leased address, through the kernel's own IP. */
static void test_udp(void) {
        const Frame bare = udp_frame(a0_mac, -1, "10.0.0.7", 68, "renewed", 7),
                    priority = with_tag(&bare, TAG_C, TCI_PRIORITY), vlan = with_tag(&bare, TAG_C, 5);
        struct in_addr address;
        UdpSocket *s = NULL;
        unsigned n = 0;

        inet_pton(AF_INET, "10.0.0.7", &address);
        run("ip addr add 10.0.0.7/24 dev a0");
        g_assert_cmpint(udp_socket_new(event, /* vrf= */ 0, address, on_datagram, &n, &s), ==, 0);
        inject(a1_raw, &bare);
        g_assert_heard(n, 1);
        inject(a1_raw, &priority);
        g_assert_heard(n, 2);
        inject(a1_raw, &vlan);
        g_assert_heard(n, 2);
        (void) udp_socket_free(s);
        run("ip addr flush dev a0");
}

int main(int argc, char **argv) {
        int r;

        g_test_init(&argc, &argv, NULL);
        if (!fixture_set_up())
                return EXIT_SUCCESS;
        g_test_add_data_func("/priority-tags/one-protocol", &one_protocol, test_dhcp);
        g_test_add_data_func("/priority-tags/all-protocols", &all_protocols, test_dhcp);
        g_test_add_data_func("/priority-tags/tag-in-tag/one-protocol", &one_protocol, test_tag_in_tag);
        g_test_add_data_func("/priority-tags/tag-in-tag/all-protocols", &all_protocols, test_tag_in_tag);
        g_test_add_func("/priority-tags/arp", test_arp);
        g_test_add_func("/priority-tags/udp", test_udp);
        r = g_test_run();
        fixture_tear_down();
        return r;
}
