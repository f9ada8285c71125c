/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/* How the packets of a socket are treated by the queues and rules of this host, and by the network. */
#include <stdint.h>

typedef struct SocketOptions {
        /* second byte of the IPv4 header, DSCP and ECN; packet sockets bring headers of their own */
        uint8_t tos;
        uint32_t priority; /* SO_PRIORITY, for queueing disciplines and VLAN tags */
        uint32_t mark;     /* SO_MARK, for rules of firewall and routing; 0: none */
} SocketOptions;

/* The class for network control, because DHCP must get through a busy link. */
extern const SocketOptions socket_options_default;

/*
 * Sets priority and mark. Negative errno if a mark cannot be set (-EPERM without CAP_NET_ADMIN). A priority
 * that cannot be set is no error.
 */
int socket_options_apply(int fd, const SocketOptions *options);

/* Binds the socket to this link or, if it is a VRF, to the links in it. Negative errno. */
int socket_bind_to_link(int fd, int ifindex);
