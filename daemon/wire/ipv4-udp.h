/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * Builds and checks the IPv4 and UDP headers around a DHCP message, for the packet socket (RFC 791, RFC
 * 768, RFC 1071).
 *
 * Pure. No length in a received header is trusted before it was compared with the size of the frame.
 */
#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define IPV4_UDP_HEADERS_LEN 28u   /* bytes: IPv4 without options, UDP */
#define IPV4_UDP_TOS_CS6     0xc0u /* network control: DHCP must get through a busy link */

typedef enum Ipv4UdpError {
        IPV4_UDP_E_TRUNCATED = 1, /* a header does not fit, or a length goes beyond the frame */
        IPV4_UDP_E_MALFORMED,     /* version, ihl, or udp length < 8 */
        IPV4_UDP_E_FRAGMENT,      /* any fragment, the first one too */
        IPV4_UDP_E_NOT_OURS,      /* not UDP to @port */
        IPV4_UDP_E_CHECKSUM,
} Ipv4UdpError;

typedef struct Ipv4UdpInfo {
        struct in_addr src, dst;
        uint16_t src_port;      /* host order */
        const uint8_t *payload; /* points into the frame */
        size_t payload_len;     /* bytes */
} Ipv4UdpInfo;

/*
 * Writes exactly IPV4_UDP_HEADERS_LEN bytes, which go before @payload. @payload_len is at most 65507
 * (asserted). Ports are in host order.
 */
void ipv4_udp_headers(uint8_t ret[IPV4_UDP_HEADERS_LEN], struct in_addr src, uint16_t src_port,
                      struct in_addr dst, uint16_t dst_port, uint8_t tos, const uint8_t *payload,
                      size_t payload_len);

/*
 * Parses @frame, which begins at the IPv4 header. @checksum_pending says that the kernel has not filled in
 * the UDP checksum yet (TP_STATUS_CSUMNOTREADY; virtio, veth); it is not checked then. A UDP checksum of 0
 * is not checked either. The checksum of the IP header is always checked. Returns 0 or an Ipv4UdpError; on
 * any result but 0, *ret is not touched.
 */
int ipv4_udp_parse(const uint8_t *frame, size_t len, uint16_t port, bool checksum_pending, Ipv4UdpInfo *ret);

typedef struct Ipv4UdpChecksums {
        bool ip_bad, udp_bad; /* a UDP checksum of 0 means that there is none, so it is never bad */
        /*
         * ip_bad, and the checksum is 0: captures on the sending host look so if the network card fills it
         * in
         */
        bool ip_missing;
} Ipv4UdpChecksums;

/*
 * Parses as ipv4_udp_parse() does, for captures of frames of others. A wrong checksum is no error, but is
 * reported in *ret_checksums. On any result but 0, neither output is touched.
 */
int ipv4_udp_inspect(const uint8_t *frame, size_t len, uint16_t port, Ipv4UdpInfo *ret,
                     Ipv4UdpChecksums *ret_checksums);
