/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * The UDP socket by which one link hears what is sent to its leased address, port 68 (RFC 2131 §4.4.5, RFC
 * 3203): on whatever device it comes in.
 *
 * Not connected: a server may answer from another of its addresses. It only listens (io/raw-send.h sends),
 * and SO_REUSEADDR lets links share the port.
 */
#include <netinet/in.h>
#include <stddef.h>
#include <stdint.h>

typedef struct sd_event sd_event;
typedef struct UdpSocket UdpSocket;

/*
 * @data: UDP payload, borrowed for the call. @source: who sent it. Datagrams of length 0 are not handed up.
 */
typedef void (*UdpSocketHandler)(void *userdata, struct in_addr source, const uint8_t *data, size_t len);

/*
 * @vrf: ifindex of the VRF that @address is in, 0: none. Negative errno: -EADDRNOTAVAIL while the kernel has
 * not got the address, -EADDRINUSE while another process has the port for itself.
 */
int udp_socket_new(sd_event *event, int vrf, struct in_addr address, UdpSocketHandler handler,
                   void *userdata, UdpSocket **ret);
/* May be called from its own handler, because the ACK that comes in ends RENEWING. */
UdpSocket *udp_socket_free(UdpSocket *socket);
static inline void udp_socket_freep(UdpSocket **p) {
        *p = udp_socket_free(*p);
}
