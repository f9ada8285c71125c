/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Masks, prefixes and ranges of IPv4 addresses (base/ip.h). Pure.
 */
#include "base/ip.h"

#include <assert.h>

static uint32_t mask_bits(uint8_t prefix_len) {
        assert(prefix_len <= 32);
        /* A shift by all 32 bits would be undefined. */
        return prefix_len == 0 ? 0 : UINT32_MAX << (32 - prefix_len);
}

struct in_addr ip4_mask(uint8_t prefix_len) {
        return (struct in_addr){ htonl(mask_bits(prefix_len)) };
}

bool ip4_prefix_len(struct in_addr mask, uint8_t *ret) {
        const uint32_t host_bits = ~ntohl(mask.s_addr);

        if ((host_bits & (host_bits + 1)) != 0)
                return false;
        *ret = host_bits == 0 ? 32 : (uint8_t) __builtin_clz(host_bits);
        return true;
}

struct in_addr ip4_network(struct in_addr address, uint8_t prefix_len) {
        return (struct in_addr){ address.s_addr & htonl(mask_bits(prefix_len)) };
}

struct in_addr ip4_last(struct in_addr address, uint8_t prefix_len) {
        return (struct in_addr){ address.s_addr | htonl(~mask_bits(prefix_len)) };
}

bool ip4_is_within(struct in_addr address, struct in_addr network, uint8_t prefix_len) {
        return ip4_network(address, prefix_len).s_addr == ip4_network(network, prefix_len).s_addr;
}

bool ip4_is_edge(struct in_addr address, struct in_addr network, uint8_t prefix_len) {
        if (prefix_len == 0 || prefix_len > 30 || !ip4_is_within(address, network, prefix_len))
                return false;
        return address.s_addr == ip4_network(network, prefix_len).s_addr ||
                address.s_addr == ip4_last(network, prefix_len).s_addr;
}

bool ip4_is_host(struct in_addr address) {
        const uint32_t first = ntohl(address.s_addr) >> 24;

        return first != 0 && first != 127 && first < 224;
}

bool ip4_is_link_local(struct in_addr address) {
        return ntohl(address.s_addr) >> 16 == 0xa9fe;
}
