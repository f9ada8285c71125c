/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Finds the DHCP message in a frame of a capture (contract: dbus/ctl/capture.h). This file parses the link
 * layer. The daemon's parser (wire/ipv4-udp.h) parses IPv4 and UDP.
 */
#include <errno.h>
#include <string.h>

#include "base/bytes.h"
#include "base/macro.h"
#include "dbus/ctl/capture.h"
#include "wire/dhcp4-message.h"
#include "wire/ipv4-udp.h"

#define ETHERTYPE_IPV4 0x0800u
#define FAMILY_IPV4    2u /* AF_INET, the same everywhere */
#define HEADER_MIN     20u
#define PROTOCOL_UDP   17u

static bool is_vlan(uint16_t type) {
        return type == 0x8100 || type == 0x88a8 || type == 0x9100;
}

static void take_source(CapturePacket *packet, const uint8_t *data, size_t len) {
        if (!data || len == 0 || len > sizeof(packet->source))
                return;
        memcpy(packet->source, data, len);
        packet->source_len = len;
        packet->has_source = true;
}

/* Reads VLAN tags behind the Ethertype @type. Returns true if IPv4 follows. */
static bool is_ip_type(ByteReader *r, uint16_t type, CapturePacket *packet) {
        while (is_vlan(type) && packet->n_vlans < CAPTURE_VLANS_MAX) {
                packet->vlan[packet->n_vlans++] = byte_reader_u16(r) & 0x0fff;
                type = byte_reader_u16(r);
        }
        return !r->failed && type == ETHERTYPE_IPV4;
}

static bool ethernet(ByteReader *r, CapturePacket *packet) {
        (void) byte_reader_take(r, 6);
        take_source(packet, byte_reader_take(r, 6), 6);
        return is_ip_type(r, byte_reader_u16(r), packet);
}

static bool cooked(ByteReader *r, CapturePacket *packet) {
        const uint8_t *address;
        uint16_t len;

        (void) byte_reader_take(r, 4);
        len = byte_reader_u16(r);
        address = byte_reader_take(r, 8);
        take_source(packet, address, len);
        return is_ip_type(r, byte_reader_u16(r), packet);
}

static bool cooked2(ByteReader *r, CapturePacket *packet) {
        const uint16_t type = byte_reader_u16(r);
        const uint8_t *address;
        uint8_t len;

        (void) byte_reader_take(r, 9);
        len = byte_reader_u8(r);
        address = byte_reader_take(r, 8);
        take_source(packet, address, len);
        return is_ip_type(r, type, packet);
}

/* The address family is in the byte order of the capturing host, or big-endian. */
static bool loopback(ByteReader *r) {
        const uint32_t family = byte_reader_u32(r);

        return family == FAMILY_IPV4 || family == FAMILY_IPV4 << 24;
}

static bool is_message(const uint8_t *data, size_t len) {
        static const uint8_t cookie[] = { 0x63, 0x82, 0x53, 0x63 };

        return len >= DHCP4_MESSAGE_FIXED_LEN &&
                memcmp(data + DHCP4_MESSAGE_FIXED_LEN - 4, cookie, 4) == 0 &&
                (data[0] == DHCP4_OP_BOOTREQUEST || data[0] == DHCP4_OP_BOOTREPLY);
}

/*
 * Returns true if this is UDP from or to a port of DHCP, even if the packet is wrong otherwise. A packet
 * that is cut off before its ports is not DHCP.
 */
static bool is_dhcp(const uint8_t *data, size_t len) {
        ByteReader r = byte_reader(data, len);
        uint16_t src, dst;

        if (len < HEADER_MIN || data[9] != PROTOCOL_UDP || ((data[6] & 0x1f) != 0 || data[7] != 0))
                return false;
        byte_reader_seek(&r, MAX((size_t) (data[0] & 0x0f) * 4, (size_t) HEADER_MIN));
        src = byte_reader_u16(&r);
        dst = byte_reader_u16(&r);
        return !r.failed &&
                (src == DHCP4_PORT_CLIENT || src == DHCP4_PORT_SERVER || dst == DHCP4_PORT_CLIENT ||
                 dst == DHCP4_PORT_SERVER);
}

static const char *parse_ip(const uint8_t *data, size_t len, CapturePacket *packet) {
        static const char *const reasons[] = {
                [IPV4_UDP_E_TRUNCATED] = "a header or the datagram is cut off",
                [IPV4_UDP_E_MALFORMED] = "a length in its headers is impossible",
                [IPV4_UDP_E_FRAGMENT] = "it is a fragment",
                [IPV4_UDP_E_NOT_OURS] = "its destination is no port of DHCP",
        };
        const size_t header_len = (size_t) (data[0] & 0x0f) * 4;
        Ipv4UdpInfo info;
        uint16_t port = 0;
        int r;

        /* Accept any destination port: a relay agent may use a port that we do not know. */
        if (header_len >= HEADER_MIN && header_len + 4 <= len)
                port = (uint16_t) (data[header_len + 2] << 8 | data[header_len + 3]);
        r = ipv4_udp_inspect(data, len, port, &info, &packet->checksums);
        if (r != 0)
                return reasons[r];
        packet->has_ip = true;
        packet->src_be = info.src.s_addr;
        packet->dst_be = info.dst.s_addr;
        packet->src_port = info.src_port;
        packet->dst_port = port;
        packet->payload = info.payload;
        packet->payload_len = info.payload_len;
        return NULL;
}

/*
 * Guesses the link type of hexadecimal text. A packet without a link layer begins with an IPv4 header whose
 * protocol is UDP. An Ethernet frame can look the same by chance. If the bytes at the place of the Ethertype
 * (those of the source address in a packet) allow both, it is a packet if all of its headers and its IPv4
 * checksum are right, and an Ethernet frame otherwise.
 */
static unsigned guess(const uint8_t *data, size_t len) {
        CapturePacket packet = {};
        uint16_t type;

        if (len < HEADER_MIN || data[0] >> 4 != 4 || data[9] != PROTOCOL_UDP)
                return CAPTURE_LINK_ETHERNET;
        type = (uint16_t) (data[12] << 8 | data[13]);
        if (!is_vlan(type) && (type != ETHERTYPE_IPV4 || data[14] >> 4 != 4))
                return CAPTURE_LINK_RAW;
        return !parse_ip(data, len, &packet) && !packet.checksums.ip_bad ? CAPTURE_LINK_RAW
                                                                         : CAPTURE_LINK_ETHERNET;
}

int capture_unwrap(const CaptureFrame *frame, CapturePacket *ret, const char **reterr_reason) {
        ByteReader r = byte_reader(frame->data, frame->len);
        unsigned link_type = frame->link_type;
        CapturePacket packet = {};
        const char *reason;
        bool ip = false;

        if (link_type == CAPTURE_LINK_GUESS) {
                if (is_message(frame->data, frame->len)) {
                        *ret = (CapturePacket){ .payload = frame->data, .payload_len = frame->len };
                        return 1;
                }
                link_type = guess(frame->data, frame->len);
        }
        switch (link_type) {
        case CAPTURE_LINK_ETHERNET:
                ip = ethernet(&r, &packet);
                break;
        case CAPTURE_LINK_SLL:
                ip = cooked(&r, &packet);
                break;
        case CAPTURE_LINK_SLL2:
                ip = cooked2(&r, &packet);
                break;
        case CAPTURE_LINK_NULL:
        case CAPTURE_LINK_LOOP:
                ip = loopback(&r);
                break;
        case CAPTURE_LINK_RAW:
        case CAPTURE_LINK_RAW_BSD:
        case CAPTURE_LINK_RAW_OPENBSD:
        case CAPTURE_LINK_IPV4:
                ip = byte_reader_left(&r) > 0 && r.data[0] >> 4 == 4;
                break;
        default:
                *reterr_reason = "a kind of link that is not known here";
                return -EBADMSG;
        }
        if (!ip || r.failed || !is_dhcp(r.data + r.pos, byte_reader_left(&r)))
                return 0;
        reason = parse_ip(r.data + r.pos, byte_reader_left(&r), &packet);
        if (reason) {
                *reterr_reason = reason;
                return -EBADMSG;
        }
        *ret = packet;
        return 1;
}
