/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * IPv4 datagrams that the kernel routes (contract: io/raw-send.h).
 *
 * The UDP socket that listens on port 68 is not used for sending, because another process may have the port,
 * and a renewal that cannot be sent costs the lease in the end. A raw socket writes the port's number into
 * the header without owning the port. The packet socket is not used either: it would need the hardware
 * address of the next hop, the server's or a router's, which may have changed since the last ACK. The kernel
 * finds it by its routes and ARP.
 *
 * The socket lives for one call. IPPROTO_RAW means that it receives nothing and that the IP header is ours
 * (raw(7)). It is bound to the link: a renewal leaves by the link whose lease it is, whatever the routing
 * table prefers. And to the address: rules that go by the source find it, and an address that is not on the
 * link, where no answer could come, is refused.
 */
#include "io/raw-send.h"

#include <errno.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "io/socket-options.h"

static int prepare(int fd, int ifindex, const SocketOptions *options, struct in_addr src) {
        const struct sockaddr_in from = { .sin_family = AF_INET, .sin_addr = src };
        const int tos = options->tos;
        int r;

        r = socket_bind_to_link(fd, ifindex);
        if (r < 0)
                return r;
        /*
         * The header has the TOS already. It is set here for rules that route by it. Setting it also sets a
         * priority, so our priority is set after it.
         */
        (void) setsockopt(fd, IPPROTO_IP, IP_TOS, &tos, sizeof(tos));
        r = socket_options_apply(fd, options);
        if (r < 0)
                return r;
        return bind(fd, (const struct sockaddr *) &from, sizeof(from)) < 0 ? -errno : 0;
}

int raw_send(int ifindex, const SocketOptions *options, struct in_addr src, struct in_addr dst,
             const void *headers, size_t headers_len, const void *payload, size_t payload_len) {
        struct sockaddr_in to = { .sin_family = AF_INET, .sin_addr = dst };
        struct iovec iov[] = {
                { .iov_base = (void *) headers, .iov_len = headers_len },
                { .iov_base = (void *) payload, .iov_len = payload_len },
        };
        const struct msghdr msg = {
                .msg_name = &to,
                .msg_namelen = sizeof(to),
                .msg_iov = iov,
                .msg_iovlen = sizeof(iov) / sizeof(iov[0]),
        };
        int fd, r;

        fd = socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_RAW);
        if (fd < 0)
                return -errno;
        r = prepare(fd, ifindex, options, src);
        if (r >= 0 && sendmsg(fd, &msg, MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
                r = -errno;
        close(fd);
        return r;
}
