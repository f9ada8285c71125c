/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * Masks, prefixes and ranges of IPv4 addresses. Pure; the only place that computes them.
 *
 * Addresses are struct in_addr (network order), as in libc. A prefix length is at most 32.
 */
#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

/* The mask of a prefix length: 24 is 255.255.255.0, 0 is 0.0.0.0. */
struct in_addr ip4_mask(uint8_t prefix_len);
/* The prefix length of a mask. Returns false if the one bits of @mask are not all in front of the zero bits. */
bool ip4_prefix_len(struct in_addr mask, uint8_t *ret);

/* @address with all host bits clear. */
struct in_addr ip4_network(struct in_addr address, uint8_t prefix_len);
/* @address with all host bits set. */
struct in_addr ip4_last(struct in_addr address, uint8_t prefix_len);
/* Is @address in @network/@prefix_len? Host bits of @network are ignored. */
bool ip4_is_within(struct in_addr address, struct in_addr network, uint8_t prefix_len);
/*
 * Is @address the first or the last one of @network/@prefix_len? Both mean all hosts of that network (RFC 1122 §3.3.6), so neither is
 * one host. A network of one or two addresses has no such address (RFC 3021), and a prefix length of 0 is no network.
 */
bool ip4_is_edge(struct in_addr address, struct in_addr network, uint8_t prefix_len);

/* Not of 0/8, loopback, multicast or 240/4, which holds the limited broadcast address: an address that a host may have. */
bool ip4_is_host(struct in_addr address);
/* 169.254/16, RFC 3927 §2.1 */
bool ip4_is_link_local(struct in_addr address);
