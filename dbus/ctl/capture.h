/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * Reads frames from a capture file, one after the other: pcap and pcapng as libpcap, tcpdump and Wireshark
 * write them, in either byte order, or bytes written as hexadecimal text (xxd, hexdump, tcpdump -x, plain,
 * with colons). The content of the file decides which it is, not its name.
 *
 * The file is streamed, and takes the memory of one frame, CAPTURE_FRAME_MAX. Nothing in the file is
 * trusted.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "wire/ipv4-udp.h"

#define CAPTURE_FRAME_MAX 262144u /* bytes, as in libpcap; a longer one ends the reading */
/* held by add_interface() */
#define CAPTURE_INTERFACES_MAX \
        256u                 /* of a pcapng section; frames of others are reported without being read */
#define CAPTURE_VLANS_MAX 4u /* tags before one frame */

/* https://www.tcpdump.org/linktypes.html */
typedef enum CaptureLinkType {
        CAPTURE_LINK_NULL = 0,
        CAPTURE_LINK_ETHERNET = 1,
        CAPTURE_LINK_RAW_BSD = 12,
        CAPTURE_LINK_RAW_OPENBSD = 14,
        CAPTURE_LINK_RAW = 101,
        CAPTURE_LINK_LOOP = 108,
        CAPTURE_LINK_SLL = 113,
        CAPTURE_LINK_IPV4 = 228,
        CAPTURE_LINK_SLL2 = 276,
        /* hexadecimal text does not tell whether it is a message, a packet or a frame */
        CAPTURE_LINK_GUESS = 0x10000,
} CaptureLinkType;

typedef struct CaptureFrame {
        uint64_t number; /* from 1 */
        bool has_time;
        uint64_t time_nsec;       /* since 1970 */
        unsigned link_type;       /* CaptureLinkType, or one we do not know */
        const uint8_t *data;      /* valid until the next frame is read */
        size_t len, original_len; /* bytes here, bytes on the wire */
        /* static text, why this frame cannot be read, though the next can; NULL: none */
        const char *problem;
} CaptureFrame;

typedef struct CaptureReader CaptureReader;

/* Creates a reader. @file still belongs to the caller. Returns NULL if there is no memory. */
CaptureReader *capture_reader_new(FILE *file);
CaptureReader *capture_reader_free(CaptureReader *reader);
static inline void capture_reader_freep(CaptureReader **p) {
        *p = capture_reader_free(*p);
}

/*
 * Reads the next frame. Returns 1 if there is one, valid until the next call, and 0 at the end of the file.
 * Returns -EBADMSG if the file is no capture, or ends in the middle of a frame; *reterr_reason is then a
 * static sentence that says so.
 */
int capture_reader_next(CaptureReader *reader, CaptureFrame *ret, const char **reterr_reason);

/* A DHCP message and what is around it. */
typedef struct CapturePacket {
        bool has_source;
        uint8_t source[8];                /* hardware address */
        size_t source_len;                /* bytes */
        uint16_t vlan[CAPTURE_VLANS_MAX]; /* VIDs, outermost first */
        size_t n_vlans;
        bool has_ip;
        uint32_t src_be, dst_be; /* IPv4 addresses, network order */
        uint16_t src_port, dst_port;
        Ipv4UdpChecksums checksums;
        const uint8_t *payload; /* the DHCP message */
        size_t payload_len;     /* bytes */
} CapturePacket;

/*
 * Looks for DHCP in a frame. Returns 1 if it is UDP from or to a port of DHCP, and 0 if it is something
 * else. Returns -EBADMSG if it is DHCP with wrong headers; *reterr_reason is then a static sentence that
 * says so.
 */
int capture_unwrap(const CaptureFrame *frame, CapturePacket *ret, const char **reterr_reason);
