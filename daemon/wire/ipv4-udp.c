/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * IPv4 and UDP headers (ipv4-udp.h): RFC 791 §3.1, RFC 768, RFC 1071. Pure.
 *
 *  offset  size  field                          offset  size  field (UDP, after ihl * 4 bytes)
 *       0     1  version 4, ihl in words             0     2  source port
 *       1     1  type of service                     2     2  destination port
 *       2     2  total length                        4     2  length, header included
 *       4     2  identification                      6     2  checksum, 0: none
 *       6     2  flags, fragment offset
 *       8     1  time to live
 *       9     1  protocol
 *      10     2  header checksum
 *      12     4  source
 *      16     4  destination
 */
#include "wire/ipv4-udp.h"

#include "base/bytes.h"

#define IPV4_HEADER_MIN      20u
#define IPV4_TTL             64u
#define IPV4_DONT_FRAGMENT   0x4000u
#define IPV4_FRAGMENT_MASK   0x3fffu /* "more fragments" and the offset */
#define IPV4_CHECKSUM_OFFSET 10u
#define IPV4_PROTOCOL_UDP    17u
#define UDP_HEADER_LEN       8u
#define UDP_CHECKSUM_OFFSET  6u

/*
 * Adds @data to a ones' complement sum and folds it to 16 bits. Only the last piece of a sum may have an
 * odd @len.
 */
static uint32_t sum_add(uint32_t sum, const uint8_t *data, size_t len) {
        for (size_t i = 0; i + 1 < len; i += 2)
                sum += (uint32_t) data[i] << 8 | data[i + 1];
        if (len % 2 != 0)
                sum += (uint32_t) data[len - 1] << 8;
        while (sum >> 16)
                sum = (sum & 0xffff) + (sum >> 16);
        return sum;
}

/* Returns the sum over the pseudo header, the UDP @header and @payload. */
static uint32_t sum_udp(struct in_addr src, struct in_addr dst, const uint8_t *header,
                        const uint8_t *payload, size_t payload_len) {
        const uint16_t udp_len = (uint16_t) (UDP_HEADER_LEN + payload_len);
        uint8_t pseudo[12];
        ByteWriter w = byte_writer(pseudo, sizeof(pseudo));
        uint32_t sum;

        byte_writer_put(&w, &src, 4);
        byte_writer_put(&w, &dst, 4);
        byte_writer_u8(&w, 0);
        byte_writer_u8(&w, IPV4_PROTOCOL_UDP);
        byte_writer_u16(&w, udp_len);
        sum = sum_add(0, pseudo, sizeof(pseudo));
        sum = sum_add(sum, header, UDP_HEADER_LEN);
        return sum_add(sum, payload, payload_len);
}

static void put_u16(uint8_t *data, uint16_t value) {
        ByteWriter w = byte_writer(data, 2);

        byte_writer_u16(&w, value);
}

void ipv4_udp_headers(uint8_t ret[IPV4_UDP_HEADERS_LEN], struct in_addr src, uint16_t src_port,
                      struct in_addr dst, uint16_t dst_port, uint8_t tos, const uint8_t *payload,
                      size_t payload_len) {
        ByteWriter w = byte_writer(ret, IPV4_UDP_HEADERS_LEN);
        uint8_t *udp = ret + IPV4_HEADER_MIN;
        uint16_t checksum;

        assert(payload_len <= UINT16_MAX - IPV4_UDP_HEADERS_LEN);

        byte_writer_u8(&w, 0x45);
        byte_writer_u8(&w, tos);
        byte_writer_u16(&w, (uint16_t) (IPV4_UDP_HEADERS_LEN + payload_len));
        byte_writer_u16(&w, 0);
        byte_writer_u16(&w, IPV4_DONT_FRAGMENT); /* so the identification may be 0, RFC 6864 §4.1 */
        byte_writer_u8(&w, IPV4_TTL);
        byte_writer_u8(&w, IPV4_PROTOCOL_UDP);
        byte_writer_u16(&w, 0);
        byte_writer_put(&w, &src, 4);
        byte_writer_put(&w, &dst, 4);
        put_u16(ret + IPV4_CHECKSUM_OFFSET, (uint16_t) ~sum_add(0, ret, IPV4_HEADER_MIN));

        byte_writer_u16(&w, src_port);
        byte_writer_u16(&w, dst_port);
        byte_writer_u16(&w, (uint16_t) (UDP_HEADER_LEN + payload_len));
        byte_writer_u16(&w, 0);
        assert(!w.failed && w.pos == IPV4_UDP_HEADERS_LEN);

        /*
         * RFC 768: 0 on the wire means "no checksum", so a checksum of 0 is sent as 0xffff, the other zero
         * of ones' complement.
         */
        checksum = (uint16_t) ~sum_udp(src, dst, udp, payload, payload_len);
        put_u16(udp + UDP_CHECKSUM_OFFSET, checksum == 0 ? UINT16_MAX : checksum);
}

/* @ret_checksums is NULL if a wrong checksum is an error. */
static int parse(const uint8_t *frame, size_t len, uint16_t port, bool checksum_pending, Ipv4UdpInfo *ret,
                 Ipv4UdpChecksums *ret_checksums) {
        ByteReader r = byte_reader(frame, len), udp_header;
        uint16_t total_len, fragment, ip_checksum, src_port, dst_port, udp_len, checksum;
        Ipv4UdpChecksums checksums = {};
        struct in_addr src, dst;
        uint8_t version_ihl, protocol;
        const uint8_t *udp, *payload;
        size_t header_len;

        version_ihl = byte_reader_u8(&r);
        (void) byte_reader_u8(&r);
        total_len = byte_reader_u16(&r);
        (void) byte_reader_u16(&r);
        fragment = byte_reader_u16(&r);
        (void) byte_reader_u8(&r);
        protocol = byte_reader_u8(&r);
        ip_checksum = byte_reader_u16(&r);
        byte_reader_copy(&r, &src, sizeof(src));
        byte_reader_copy(&r, &dst, sizeof(dst));
        if (r.failed)
                return IPV4_UDP_E_TRUNCATED;

        header_len = (version_ihl & 0x0fu) * 4u;
        if (version_ihl >> 4 != 4 || header_len < IPV4_HEADER_MIN || total_len < header_len)
                return IPV4_UDP_E_MALFORMED;
        /* Bytes of the frame behind the datagram are padding of the link. */
        if (total_len > len)
                return IPV4_UDP_E_TRUNCATED;
        checksums.ip_bad = sum_add(0, frame, header_len) != 0xffff;
        checksums.ip_missing = checksums.ip_bad && ip_checksum == 0;
        if (checksums.ip_bad && !ret_checksums)
                return IPV4_UDP_E_CHECKSUM;
        if (fragment & IPV4_FRAGMENT_MASK)
                return IPV4_UDP_E_FRAGMENT;
        if (protocol != IPV4_PROTOCOL_UDP)
                return IPV4_UDP_E_NOT_OURS;

        r = byte_reader(frame, total_len);
        (void) byte_reader_take(&r, header_len);
        udp = byte_reader_take(&r, UDP_HEADER_LEN);
        if (!udp)
                return IPV4_UDP_E_TRUNCATED;
        udp_header = byte_reader(udp, UDP_HEADER_LEN);
        src_port = byte_reader_u16(&udp_header);
        dst_port = byte_reader_u16(&udp_header);
        udp_len = byte_reader_u16(&udp_header);
        checksum = byte_reader_u16(&udp_header);
        if (dst_port != port)
                return IPV4_UDP_E_NOT_OURS;
        if (udp_len < UDP_HEADER_LEN)
                return IPV4_UDP_E_MALFORMED;
        payload = byte_reader_take(&r, udp_len - UDP_HEADER_LEN);
        if (!payload)
                return IPV4_UDP_E_TRUNCATED;
        checksums.udp_bad = checksum != 0 && !checksum_pending &&
                sum_udp(src, dst, udp, payload, udp_len - UDP_HEADER_LEN) != 0xffff;
        if (checksums.udp_bad && !ret_checksums)
                return IPV4_UDP_E_CHECKSUM;

        if (ret_checksums)
                *ret_checksums = checksums;
        *ret = (Ipv4UdpInfo){
                .src = src,
                .dst = dst,
                .src_port = src_port,
                .payload = payload,
                .payload_len = udp_len - UDP_HEADER_LEN,
        };
        return 0;
}

int ipv4_udp_parse(const uint8_t *frame, size_t len, uint16_t port, bool checksum_pending,
                   Ipv4UdpInfo *ret) {
        return parse(frame, len, port, checksum_pending, ret, /* ret_checksums= */ NULL);
}

int ipv4_udp_inspect(const uint8_t *frame, size_t len, uint16_t port, Ipv4UdpInfo *ret,
                     Ipv4UdpChecksums *ret_checksums) {
        return parse(frame, len, port, /* checksum_pending= */ false, ret, ret_checksums);
}
