/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * How what a socket sends is treated on its way: by this host's queues and rules, and by the network.
 */
#include <stdint.h>

typedef struct SocketOptions {
        /* second byte of the IPv4 header, DSCP and ECN; packet sockets bring headers of their own */
        uint8_t tos;
        uint32_t priority; /* SO_PRIORITY, for queueing disciplines and VLAN tags */
        uint32_t mark;     /* SO_MARK, for rules of firewall and routing; 0: none */
} SocketOptions;

/* Network control throughout: DHCP must get through a busy link. */
extern const SocketOptions socket_options_default;

/*
 * Priority and mark. Negative errno when there is a mark and it cannot be set (-EPERM without
 * CAP_NET_ADMIN); a priority is for the better.
 */
int socket_options_apply(int fd, const SocketOptions *options);

/* The socket hears and speaks on this link only, or, if it is a VRF, on the links in it. Negative errno. */
int socket_bind_to_link(int fd, int ifindex);
