/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the sockets of io/ have in common (socket-options.h).
 *
 * A mark that cannot be set is an error, because without it the traffic would take another way than the
 * administrator wants.
 */
#include "io/socket-options.h"

#include <errno.h>
#include <linux/pkt_sched.h>
#include <net/if.h>
#include <netinet/ip.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>

const SocketOptions socket_options_default = {
        .tos = IPTOS_CLASS_CS6,
        .priority = TC_PRIO_CONTROL,
};

/* Reads the mark first, because setting it needs a capability even if nothing changes. */
static bool mark_is(int fd, uint32_t mark) {
        uint32_t current = 0;
        socklen_t len = sizeof(current);

        return getsockopt(fd, SOL_SOCKET, SO_MARK, &current, &len) >= 0 && current == mark;
}

int socket_options_apply(int fd, const SocketOptions *options) {
        (void) setsockopt(fd, SOL_SOCKET, SO_PRIORITY, &options->priority, sizeof(options->priority));
        if (!mark_is(fd, options->mark) &&
            setsockopt(fd, SOL_SOCKET, SO_MARK, &options->mark, sizeof(options->mark)) < 0)
                return -errno;
        return 0;
}

int socket_bind_to_link(int fd, int ifindex) {
        char ifname[IF_NAMESIZE];

        /* Tries the index first, because names change. Kernels before 5.0 know only the name. */
        if (setsockopt(fd, SOL_SOCKET, SO_BINDTOIFINDEX, &ifindex, sizeof(ifindex)) >= 0)
                return 0;
        if (errno != ENOPROTOOPT)
                return -errno;
        if (!if_indextoname((unsigned) ifindex, ifname))
                return -errno;
        return setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, ifname, (socklen_t) strlen(ifname)) < 0 ? -errno
                                                                                                   : 0;
}
