/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * An AF_PACKET socket shared by all links; one for DHCP before an address exists, one for ARP.
 *
 * Owns one file descriptor and one sd-event source. Frames are filtered in the kernel (io/packet-filter.h),
 * told apart by sll_ifindex, and handed up from the network header on. Opened when the first link wants to
 * receive or send, closed some seconds after the last one stopped: closing waits for RCU grace periods, so
 * it happens outside of any exchange.
 *
 * Frames whose VLAN tag was stripped by the kernel are dropped (they belong to the VLAN's own link), unless
 * the VID is 0.
 */
#include <linux/filter.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/hw-address.h"
#include "base/usec.h"

typedef struct sd_event sd_event;
typedef struct PacketSocket PacketSocket;
typedef struct SocketOptions SocketOptions;

typedef struct PacketFrame {
        int ifindex;
        /*
         * the link wants frames (packet_socket_want()); if not, the frame is for links that listen by
         * address
         */
        bool wanted;
        HwAddress source;
        bool checksum_pending; /* TP_STATUS_CSUMNOTREADY */
        const uint8_t *data;   /* from the network header on; borrowed for the call */
        size_t len;            /* bytes */
} PacketFrame;

typedef void (*PacketSocketHandler)(void *userdata, const PacketFrame *frame);

/*
 * @ethertype in host order (ETH_P_IP, ETH_P_ARP). Opens nothing yet. @filter's program must outlive the
 * socket.
 */
int packet_socket_new(sd_event *event, uint16_t ethertype, struct sock_fprog filter,
                      PacketSocketHandler handler, void *userdata, PacketSocket **ret);
/* Must not be called from its own handler. */
PacketSocket *packet_socket_free(PacketSocket *socket);
static inline void packet_socket_freep(PacketSocket **p) {
        *p = packet_socket_free(*p);
}

/*
 * Sets the options, which are copied; the default is socket_options_default. Negative errno: an open socket
 * refuses them (socket_options_apply()). A closed socket applies them when it is opened.
 */
int packet_socket_set_options(PacketSocket *socket, const SocketOptions *options);

/*
 * While at least one link wants frames, those of all links are handed up, and told apart by
 * PacketFrame.wanted. Wanting twice counts once. Negative errno when the socket cannot be opened (-EPERM
 * without CAP_NET_RAW).
 */
int packet_socket_want(PacketSocket *socket, int ifindex, bool want);

/*
 * @head and @body are sent as one frame. Negative errno: -ENETDOWN, -ENXIO or
 * -ENODEV if the interface went away or down, -ENOBUFS when its queue is full, which callers expect.
 */
int packet_socket_send(PacketSocket *socket, int ifindex, const HwAddress *destination, const void *head,
                       size_t head_len, const void *body, size_t body_len);

/* Returns true if the descriptor is open. For tests and Describe(). */
bool packet_socket_is_open(const PacketSocket *socket);
