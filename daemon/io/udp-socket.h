/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * The UDP socket of one link for RENEWING: bound to its device and to leased address, port 68 (RFC 2131 §4.4.5).
 *
 * Not connected: a server may answer from another of its addresses. SO_BINDTODEVICE keeps a renewal on the link whose lease it is, whatever
 * the routing table says; SO_REUSEADDR lets links share the port.
 */
#include <netinet/in.h>
#include <stddef.h>
#include <stdint.h>

typedef struct sd_event sd_event;
typedef struct UdpSocket UdpSocket;
typedef struct SocketOptions SocketOptions;

/* @data: UDP payload, borrowed for the call. @source: who sent it. Datagrams of length 0 are not handed up. */
typedef void (*UdpSocketHandler)(void *userdata, int ifindex, struct in_addr source, const uint8_t *data,
                                 size_t len);

/*
 * @event may be NULL for a socket that only sends. @options are copied into it. Negative errno: -EADDRNOTAVAIL while the kernel has not got the address.
 */
int udp_socket_new(sd_event *event, int ifindex, const char *ifname, struct in_addr address,
                   const SocketOptions *options, UdpSocketHandler handler, void *userdata, UdpSocket **ret);
/* From its own handler too: the ACK that comes in ends RENEWING. */
UdpSocket *udp_socket_free(UdpSocket *socket);
static inline void udp_socket_freep(UdpSocket **p) {
        *p = udp_socket_free(*p);
}

/* To port 67 of @destination. -EAGAIN cannot be waited for: the message counts as lost and is sent again by the protocol. */
int udp_socket_send(UdpSocket *socket, struct in_addr destination, const uint8_t *data, size_t len);
