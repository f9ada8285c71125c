/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A frame from the packet socket: its headers, and the message in it. The first byte belongs to the test:
 * bit 0 says that the UDP checksum is pending; bit 1 says that the checksum of the IP header is made
 * right first, so that what lies behind it is looked at.
 */
#include <stdlib.h>
#include <string.h>

#include "base/macro.h"
#include "tests/fuzz/fuzz.h"
#include "wire/dhcp4-message.h"
#include "wire/ipv4-udp.h"

enum { PENDING = 1, REPAIR = 2 };

static void repair(uint8_t *frame, size_t len) {
        const size_t header_len = len > 0 ? (frame[0] & 0x0fu) * 4u : 0;
        uint32_t sum = 0;

        if (header_len < 20 || header_len > len)
                return;
        frame[10] = frame[11] = 0;
        for (size_t i = 0; i < header_len; i += 2)
                sum += (uint32_t) frame[i] << 8 | frame[i + 1];
        sum = ~((sum & 0xffff) + (sum >> 16) + (((sum & 0xffff) + (sum >> 16)) >> 16));
        frame[10] = (uint8_t) (sum >> 8);
        frame[11] = (uint8_t) sum;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        const uint8_t flags = size > 0 ? data[0] : 0;
        const size_t len = size > 0 ? size - 1 : 0;
        uint8_t *frame = malloc(len > 0 ? len : 1), *again;
        Ipv4UdpInfo info, info_again;
        Ipv4UdpChecksums checksums;
        Dhcp4Message m;
        int r, inspected;

        assert(frame);
        if (len > 0)
                memcpy(frame, data + 1, len);
        if (flags & REPAIR)
                repair(frame, len);

        r = ipv4_udp_parse(frame, len, 68, flags & PENDING, &info);
        assert(r >= 0);
        /* ipv4_udp_inspect() hides no frame, and tells what is wrong with each. */
        inspected = ipv4_udp_inspect(frame, len, 68, &info_again, &checksums);
        if (r == 0 || r == IPV4_UDP_E_CHECKSUM) {
                assert(r != 0 || (inspected == 0 && info_again.payload == info.payload));
                if (inspected == 0)
                        assert((r == IPV4_UDP_E_CHECKSUM) ==
                               (checksums.ip_bad || (checksums.udp_bad && !(flags & PENDING))));
        } else
                assert(inspected == r);
        if (r == 0) {
                assert(info.payload >= frame + IPV4_UDP_HEADERS_LEN &&
                       info.payload_len <= (size_t) (frame + len - info.payload));
                r = dhcp4_message_parse(info.payload, info.payload_len, &m);
                assert(r >= 0 && (r != 0 || info.payload_len >= DHCP4_MESSAGE_FIXED_LEN));

                again = malloc(IPV4_UDP_HEADERS_LEN + info.payload_len);
                assert(again);
                if (info.payload_len > 0)
                        memcpy(again + IPV4_UDP_HEADERS_LEN, info.payload, info.payload_len);
                ipv4_udp_headers(again, info.src, info.src_port, info.dst, 68, 0, info.payload,
                                 info.payload_len);
                r = ipv4_udp_parse(again, IPV4_UDP_HEADERS_LEN + info.payload_len, 68,
                                   /* checksum_pending= */ false, &info_again);
                assert(r == 0 && info_again.payload_len == info.payload_len &&
                       info_again.src_port == info.src_port);
                assert(info_again.src.s_addr == info.src.s_addr && info_again.dst.s_addr == info.dst.s_addr);
                free(again);
        }
        free(frame);
        return 0;
}
