/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * Masks, prefixes and ranges of IPv4 and IPv6 addresses. Pure; the only place that computes them.
 *
 * Addresses are struct in_addr and struct in6_addr (network order), as in libc. A prefix length is at most
 * 32 or 128. Functions ip4_* are for IPv4 and ip6_* for IPv6. Functions ip_* are for both: they take the
 * family, AF_INET or AF_INET6, which says which member of an IpAddress counts.
 *
 * ip4_check() decides for every option and setting what can be the address of a host, a server or a router.
 * An address that it refuses is listed in IgnoredOptions with its reason. D-Bus, plugins and the kernel get
 * the other addresses.
 */
#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

/*
 * An address of either family. Its family is stored elsewhere. The bytes behind an IPv4 address mean
 * nothing, so compare addresses with ip_equal() and never with memcmp().
 *
 * The larger member comes first, because an empty initialiser clears the first member, and compilers differ
 * in whether it clears anything behind that. ip_is_unset() does not compile with another order.
 */
typedef union IpAddress {
        struct in6_addr v6;
        struct in_addr v4;
} IpAddress;

/* Returns how many bits an address of @family has. */
static inline uint8_t ip_bits(uint8_t family) {
        return family == AF_INET6 ? 128 : 32;
}

bool ip_equal(uint8_t family, const IpAddress *a, const IpAddress *b);
/* Returns true for 0.0.0.0 and ::, which stand for no address at all. */
bool ip_is_unset(uint8_t family, const IpAddress *address);
/* Returns true if @address is in @network/@prefix_len. Host bits of @network are ignored. */
bool ip_is_within(uint8_t family, const IpAddress *address, const IpAddress *network, uint8_t prefix_len);
/* Returns true if the network is private, which ip4_is_private() or ip6_is_private() decides. */
bool ip_is_private(uint8_t family, const IpAddress *network, uint8_t prefix_len);

/* @address with all host bits clear. */
struct in6_addr ip6_network(const struct in6_addr *address, uint8_t prefix_len);
/* Returns true if @address is in @network/@prefix_len. Host bits of @network are ignored. */
bool ip6_is_within(const struct in6_addr *address, const struct in6_addr *network, uint8_t prefix_len);
/* Returns true for fe80::/10, RFC 4291 §2.4. */
bool ip6_is_link_local(const struct in6_addr *address);
/* Returns true if the network is within fc00::/7 (RFC 4193 §3.1) or fe80::/10. */
bool ip6_is_private(const struct in6_addr *network, uint8_t prefix_len);
/*
 * Decides whether @address can be the address of one host. Returns NULL if it can, otherwise why not, as
 * ip4_check() does. No host has an unspecified, loopback or multicast address (RFC 4291 §2.5.2, §2.5.3,
 * §2.7). An IPv4-mapped address stands for a host that has only IPv4 (RFC 4291 §2.5.5.2), so it is refused
 * too.
 */
const char *ip6_check(const struct in6_addr *address);

/* Returns the mask of a prefix length: 255.255.255.0 for 24, 0.0.0.0 for 0. */
struct in_addr ip4_mask(uint8_t prefix_len);
/* Stores the prefix length of @mask. Returns false if not all one bits come before the zero bits. */
bool ip4_prefix_len(struct in_addr mask, uint8_t *ret);

/* @address with all host bits clear. */
struct in_addr ip4_network(struct in_addr address, uint8_t prefix_len);
/* Returns @address with all host bits set. */
struct in_addr ip4_last(struct in_addr address, uint8_t prefix_len);
/* Returns true if @address is in @network/@prefix_len. Host bits of @network are ignored. */
bool ip4_is_within(struct in_addr address, struct in_addr network, uint8_t prefix_len);
/*
 * Returns true if @address is the first or the last one of @network/@prefix_len. Both mean all hosts of
 * that network (RFC 1122 §3.3.6), so neither can be one host. A network of one or two addresses has no such
 * address (RFC 3021). Returns false if the prefix length is 0, because that is no network.
 */
bool ip4_is_edge(struct in_addr address, struct in_addr network, uint8_t prefix_len);

/* What an address is meant to be. */
typedef enum Ip4Use {
        IP4_USE_HOST,   /* one host, wherever it is */
        IP4_USE_SERVER, /* a host that we ask for something, such as DNS or time; we may be that host */
        IP4_USE_ROUTER, /* a neighbour that forwards for us */
} Ip4Use;

/*
 * Decides whether @address can be what @use says, for a host that has @own/@own_len. Returns NULL if it
 * can, otherwise the reason why not: a static text that fits behind "ADDRESS not used: ". No other place
 * decides this, for any option or setting that holds addresses.
 *
 * No host has an address of 0/8, loopback, multicast or 240/4. (Netmasks that end up in lists of routers
 * are in 240/4.) The first and the last address of our own network mean all its hosts, so they are no
 * server and no router. IP4_USE_HOST does not look at @own. Link-local addresses (169.254/16) are as good
 * as others: clouds have routers and name servers there.
 *
 * A router that has our own address is not used. The scripts of the BSDs make an on-link default route of
 * it, for networks where somebody answers ARP for all addresses. But a host that finds its own address in
 * option 3 may be the router of that network, which leases its address like everybody else. An on-link
 * default route would take its traffic away from the uplink. Linux refuses such a gateway, and a server that
 * means "on-link" says 0.0.0.0 in option 121 (RFC 3442).
 */
const char *ip4_check(Ip4Use use, struct in_addr address, struct in_addr own, uint8_t own_len);
/*
 * Decides whether there can be a route to @dst/@prefix_len. Returns NULL if there can, otherwise why not,
 * as ip4_check() does. A network that is wider than a special range is allowed.
 */
const char *ip4_check_network(struct in_addr dst, uint8_t prefix_len);

/* Returns true if ip4_check() allows @address as IP4_USE_HOST. */
bool ip4_is_host(struct in_addr address);
/* Returns true for 169.254/16, RFC 3927 §2.1. */
bool ip4_is_link_local(struct in_addr address);
/*
 * Returns true if the network is private: within a range of RFC 1918 §3, RFC 6598 §7 (shared address space)
 * or RFC 3927 §2.1.
 */
bool ip4_is_private(struct in_addr network, uint8_t prefix_len);
