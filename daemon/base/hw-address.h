/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * A link-layer address (Ethernet 6, InfiniBand 20 bytes). A plain value.
 */
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/*
 * Bytes. The addresses of InfiniBand are the longest that any driver has, though the kernel's MAX_ADDR_LEN
 * is 32. About twenty addresses are kept for each link, so one more byte here costs twenty bytes for each
 * link.
 */
#define HW_ADDRESS_MAX 20u

typedef struct HwAddress {
        uint8_t len; /* bytes; 0: none or unknown */
        uint8_t bytes[HW_ADDRESS_MAX];
} HwAddress;

static inline bool hw_address_equal(const HwAddress *a, const HwAddress *b) {
        return a->len == b->len && memcmp(a->bytes, b->bytes, a->len) == 0;
}
