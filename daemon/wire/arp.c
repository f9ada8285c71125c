/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ARP packets (arp.h): RFC 826. Pure.
 *
 *  offset  size  field
 *       0     2  hardware type   1 Ethernet
 *       2     2  protocol type   0x0800 IPv4
 *       4     1  hardware address length   6
 *       5     1  protocol address length   4
 *       6     2  operation       1 request, 2 reply
 *       8     6  sender hardware address
 *      14     4  sender protocol address
 *      18     6  target hardware address
 *      24     4  target protocol address
 */
#include "wire/arp.h"

#include "base/bytes.h"

#define ARP_HTYPE_ETHERNET 1u
#define ARP_PTYPE_IPV4     0x0800u
#define ARP_HLEN           6u
#define ARP_PLEN           4u

int arp_packet_parse(const uint8_t *data, size_t len, ArpPacket *ret) {
        ByteReader r = byte_reader(data, len);
        ArpPacket arp = {};
        uint16_t htype, ptype, op;
        uint8_t hlen, plen;

        htype = byte_reader_u16(&r);
        ptype = byte_reader_u16(&r);
        hlen = byte_reader_u8(&r);
        plen = byte_reader_u8(&r);
        op = byte_reader_u16(&r);
        byte_reader_copy(&r, arp.sender_mac, sizeof(arp.sender_mac));
        byte_reader_copy(&r, &arp.sender, sizeof(arp.sender));
        byte_reader_copy(&r, arp.target_mac, sizeof(arp.target_mac));
        byte_reader_copy(&r, &arp.target, sizeof(arp.target));
        if (r.failed)
                return ARP_E_TRUNCATED;
        if (htype != ARP_HTYPE_ETHERNET || ptype != ARP_PTYPE_IPV4 || hlen != ARP_HLEN || plen != ARP_PLEN ||
            (op != ARP_OP_REQUEST && op != ARP_OP_REPLY))
                return ARP_E_NOT_OURS;
        arp.op = (ArpOp) op;
        *ret = arp;
        return 0;
}

void arp_packet_build(const ArpPacket *arp, uint8_t ret[ARP_PACKET_LEN]) {
        ByteWriter w = byte_writer(ret, ARP_PACKET_LEN);

        byte_writer_u16(&w, ARP_HTYPE_ETHERNET);
        byte_writer_u16(&w, ARP_PTYPE_IPV4);
        byte_writer_u8(&w, ARP_HLEN);
        byte_writer_u8(&w, ARP_PLEN);
        byte_writer_u16(&w, (uint16_t) arp->op);
        byte_writer_put(&w, arp->sender_mac, sizeof(arp->sender_mac));
        byte_writer_put(&w, &arp->sender, sizeof(arp->sender));
        byte_writer_put(&w, arp->target_mac, sizeof(arp->target_mac));
        byte_writer_put(&w, &arp->target, sizeof(arp->target));
        assert(!w.failed && w.pos == ARP_PACKET_LEN);
}
