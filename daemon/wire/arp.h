/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * Parses and builds ARP packets for IPv4 over Ethernet-like links (RFC 826), as conflict detection needs
 * them (RFC 5227). Pure. Hardware addresses have 6 bytes; there is no conflict detection on other kinds of
 * links.
 */
#include <netinet/in.h>
#include <stddef.h>
#include <stdint.h>

#define ARP_PACKET_LEN 28u /* bytes on the wire, after the link-layer header */

typedef enum ArpOp { ARP_OP_REQUEST = 1, ARP_OP_REPLY = 2 } ArpOp;

typedef struct ArpPacket {
        ArpOp op;
        uint8_t sender_mac[6];
        struct in_addr sender; /* 0.0.0.0 in a probe */
        uint8_t target_mac[6];
        struct in_addr target;
} ArpPacket;

typedef enum ArpError {
        ARP_E_TRUNCATED = 1,
        ARP_E_NOT_OURS, /* htype, ptype, hlen, plen or op is not IPv4 over Ethernet request or reply */
} ArpError;

/*
 * Parses @data. Trailing bytes (Ethernet padding) are no error. Returns 0 or an ArpError; on any result but
 * 0, *ret is not touched.
 */
int arp_packet_parse(const uint8_t *data, size_t len, ArpPacket *ret);
void arp_packet_build(const ArpPacket *arp, uint8_t ret[ARP_PACKET_LEN]);
