/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ARP packets: what parses is built again to the same bytes.
 */
#include <string.h>

#include "base/macro.h"
#include "tests/fuzz/fuzz.h"
#include "wire/arp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        uint8_t again[ARP_PACKET_LEN];
        ArpPacket arp;
        int r;

        r = arp_packet_parse(data, size, &arp);
        assert(r >= 0);
        assert(size >= ARP_PACKET_LEN || r == ARP_E_TRUNCATED);
        if (r != 0)
                return 0;
        arp_packet_build(&arp, again);
        assert(memcmp(again, data, sizeof(again)) == 0);
        return 0;
}
