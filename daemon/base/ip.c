/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Masks, prefixes and ranges of IPv4 and IPv6 addresses (base/ip.h). Pure.
 */
#include "base/ip.h"

#include <assert.h>
#include <stddef.h>
#include <string.h>

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

/* RFC 1122 §3.2.1.3; 240/4 is the class E of RFC 1112. */
static const char *check_range(struct in_addr address) {
        const uint32_t a = ntohl(address.s_addr), first = a >> 24;
        uint8_t len;

        if (first == 0)
                return "no host has this address";
        if (first == 127)
                return "a loopback address";
        if (a == UINT32_MAX)
                return "the broadcast address";
        if (first == 255 && ip4_prefix_len(address, &len))
                return "a netmask";
        if (first >= 240)
                return "a reserved address";
        return first >= 224 ? "a multicast address" : NULL;
}

const char *ip4_check(Ip4Use use, struct in_addr address, struct in_addr own, uint8_t own_len) {
        const char *reason = check_range(address);

        if (reason || use == IP4_USE_HOST)
                return reason;
        if (use == IP4_USE_ROUTER && address.s_addr == own.s_addr)
                return "our own address";
        return ip4_is_edge(address, own, own_len) ? "all hosts of our network" : NULL;
}

const char *ip4_check_network(struct in_addr dst, uint8_t prefix_len) {
        const uint32_t a = ntohl(dst.s_addr);

        if (prefix_len >= 8 && a >> 24 == 0)
                return "no host is in this network";
        if (prefix_len >= 8 && a >> 24 == 127)
                return "a loopback network";
        if (prefix_len >= 4 && a >> 28 == 14)
                return "a multicast network";
        return prefix_len == 32 && a == UINT32_MAX ? "the broadcast address" : NULL;
}

bool ip4_is_host(struct in_addr address) {
        return !check_range(address);
}

bool ip4_is_link_local(struct in_addr address) {
        return ntohl(address.s_addr) >> 16 == 0xa9fe;
}

bool ip4_is_private(struct in_addr network, uint8_t prefix_len) {
        static const struct {
                uint32_t first; /* host order */
                uint8_t prefix_len;
        } blocks[] = {
                { 0x0a000000u, 8 },  /* 10.0.0.0 */
                { 0xac100000u, 12 }, /* 172.16.0.0 */
                { 0xc0a80000u, 16 }, /* 192.168.0.0 */
                { 0x64400000u, 10 }, /* 100.64.0.0 */
                { 0xa9fe0000u, 16 }, /* 169.254.0.0 */
        };

        for (size_t i = 0; i < sizeof(blocks) / sizeof(blocks[0]); i++)
                if (prefix_len >= blocks[i].prefix_len &&
                    ip4_is_within(network, (struct in_addr){ htonl(blocks[i].first) }, blocks[i].prefix_len))
                        return true;
        return false;
}

struct in6_addr ip6_network(const struct in6_addr *address, uint8_t prefix_len) {
        const size_t whole = prefix_len / 8u;
        struct in6_addr network = {};

        assert(prefix_len <= 128);
        memcpy(network.s6_addr, address->s6_addr, whole);
        if (prefix_len % 8u != 0)
                network.s6_addr[whole] = (uint8_t) (address->s6_addr[whole] & 0xff00u >> prefix_len % 8u);
        return network;
}

bool ip6_is_within(const struct in6_addr *address, const struct in6_addr *network, uint8_t prefix_len) {
        const struct in6_addr a = ip6_network(address, prefix_len), b = ip6_network(network, prefix_len);

        return memcmp(&a, &b, sizeof(a)) == 0;
}

bool ip6_is_link_local(const struct in6_addr *address) {
        return address->s6_addr[0] == 0xfe && (address->s6_addr[1] & 0xc0u) == 0x80;
}

bool ip6_is_private(const struct in6_addr *network, uint8_t prefix_len) {
        if (prefix_len >= 10 && ip6_is_link_local(network))
                return true;
        return prefix_len >= 7 && (network->s6_addr[0] & 0xfeu) == 0xfc;
}

const char *ip6_check(const struct in6_addr *address) {
        static const struct in6_addr unspecified, loopback = { { { [15] = 1 } } },
                                                  mapped = { { { [10] = 0xff, [11] = 0xff } } };

        if (memcmp(address, &unspecified, sizeof(*address)) == 0)
                return "no host has this address";
        if (memcmp(address, &loopback, sizeof(*address)) == 0)
                return "a loopback address";
        if (address->s6_addr[0] == 0xff)
                return "a multicast address";
        return ip6_is_within(address, &mapped, 96) ? "an IPv4-mapped address" : NULL;
}

bool ip_equal(uint8_t family, const IpAddress *a, const IpAddress *b) {
        if (family == AF_INET6)
                return memcmp(&a->v6, &b->v6, sizeof(a->v6)) == 0;
        return a->v4.s_addr == b->v4.s_addr;
}

bool ip_is_unset(uint8_t family, const IpAddress *address) {
        /* Compiles only as long as v6 is the first member of the union (base/ip.h). */
        static const IpAddress unset = { { .s6_addr = { 0 } } };

        return ip_equal(family, address, &unset);
}

bool ip_is_within(uint8_t family, const IpAddress *address, const IpAddress *network, uint8_t prefix_len) {
        if (family == AF_INET6)
                return ip6_is_within(&address->v6, &network->v6, prefix_len);
        return ip4_is_within(address->v4, network->v4, prefix_len);
}

bool ip_is_private(uint8_t family, const IpAddress *network, uint8_t prefix_len) {
        if (family == AF_INET6)
                return ip6_is_private(&network->v6, prefix_len);
        return ip4_is_private(network->v4, prefix_len);
}
