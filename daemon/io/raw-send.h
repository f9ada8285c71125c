/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * Sends one IPv4 datagram, headers and all, by the kernel's routing and ARP: RENEWING, and a RELEASE whose
 * next hop is not known (RFC 2131 §4.4.5, §4.4.6).
 */
#include <netinet/in.h>
#include <stddef.h>

typedef struct SocketOptions SocketOptions;

/*
 * @headers and @payload are one datagram from @src to @dst; the kernel fills in the IP header's checksum. It
 * leaves by the link @ifindex alone. Negative errno: -EADDRNOTAVAIL while the kernel has not got @src,
 * -EPERM when this host's firewall forbids it or CAP_NET_RAW is missing. -EAGAIN: the message is lost, and
 * the protocol sends it again.
 */
int raw_send(int ifindex, const SocketOptions *options, struct in_addr src, struct in_addr dst,
             const void *headers, size_t headers_len, const void *payload, size_t payload_len);
