/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The UDP socket of one link in RENEWING (contract: io/udp-socket.h).
 *
 * Owns one file descriptor and, when it receives, one sd-event source. Never connected, never broadcasts: REBINDING goes over
 * the packet socket. RFC 2131 §4.4.5 (unicast renewal).
 */
#include <errno.h>
#include <netinet/ip.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <systemd/sd-event.h>
#include <unistd.h>

#include "base/macro.h"
#include "io/socket-options.h"
#include "io/udp-socket.h"
#include "wire/dhcp4-protocol.h"

#define DATAGRAMS_PER_WAKEUP 16
#define DATAGRAM_MAX         2048 /* bytes; longer ones are no DHCP message we asked for (option 57) */

struct UdpSocket {
        sd_event_source *source; /* NULL: sends only */
        UdpSocketHandler handler;
        void *userdata;
        int ifindex;
        int fd;
};

/* False: there is nothing left to read. */
static bool receive_one(UdpSocket *s) {
        uint8_t data[DATAGRAM_MAX];
        struct sockaddr_in from = { .sin_family = AF_UNSPEC };
        socklen_t from_len = sizeof(from);
        ssize_t n;

        n = recvfrom(s->fd, data, sizeof(data), MSG_DONTWAIT | MSG_TRUNC, (struct sockaddr *) &from,
                     &from_len);
        if (n < 0)
                /* An ICMP error about something sent earlier is read, and thereby gone. Time-outs are the protocol's. */
                return errno != EAGAIN;
        if (n > 0 && (size_t) n <= sizeof(data) && from_len == sizeof(from) && from.sin_family == AF_INET)
                s->handler(s->userdata, s->ifindex, from.sin_addr, data, (size_t) n);
        return true;
}

static int on_readable(sd_event_source *source, int fd, uint32_t revents, void *userdata) {
        UdpSocket *s = userdata;

        /* The handler may free the socket: the ACK it brings ends RENEWING. The loop holds a reference to the source. */
        for (unsigned i = 0; i < DATAGRAMS_PER_WAKEUP; i++)
                if (sd_event_source_get_userdata(source) != s || !receive_one(s))
                        break;
        return 0;
}

static int bind_to_link(int fd, int ifindex, const char *ifname) {
        /* By index first: names change. Kernels before 5.0 know only the name. */
        if (setsockopt(fd, SOL_SOCKET, SO_BINDTOIFINDEX, &ifindex, sizeof(ifindex)) >= 0)
                return 0;
        if (errno != ENOPROTOOPT)
                return -errno;
        return setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, ifname, (socklen_t) strlen(ifname)) < 0 ? -errno
                                                                                                   : 0;
}

static void set_int(int fd, int level, int option, int value) {
        (void) setsockopt(fd, level, option, &value, sizeof(value));
}

static int open_fd(int ifindex, const char *ifname, struct in_addr address, const SocketOptions *options) {
        const struct sockaddr_in local = {
                .sin_family = AF_INET,
                .sin_port = htons(DHCP4_PORT_CLIENT),
                .sin_addr = address,
        };
        const int one = 1;
        int fd, r;

        fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        if (fd < 0)
                return -errno;

        /* First of all: from its first moment on, the socket hears and speaks on this link only. */
        r = bind_to_link(fd, ifindex, ifname);
        if (r < 0)
                goto fail;
        if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) < 0) {
                r = -errno;
                goto fail;
        }
        /* IP_TOS sets a priority too, so ours comes after it. */
        set_int(fd, IPPROTO_IP, IP_TOS, options->tos);
        r = socket_options_apply(fd, options);
        if (r < 0)
                goto fail;

        if (bind(fd, (const struct sockaddr *) &local, sizeof(local)) < 0) {
                r = -errno;
                goto fail;
        }
        return fd;

fail:
        close(fd);
        return r;
}

int udp_socket_new(sd_event *event, int ifindex, const char *ifname, struct in_addr address,
                   const SocketOptions *options, UdpSocketHandler handler, void *userdata, UdpSocket **ret) {
        _cleanup_(udp_socket_freep) UdpSocket *s = NULL;
        int r;

        assert(ifindex > 0);
        assert(!event || handler);

        s = calloc(1, sizeof(*s));
        if (!s)
                return -ENOMEM;
        *s = (UdpSocket){
                .handler = handler,
                .userdata = userdata,
                .ifindex = ifindex,
                .fd = -EBADF,
        };
        r = open_fd(ifindex, ifname, address, options);
        if (r < 0)
                return r;
        s->fd = r;
        if (event) {
                r = sd_event_add_io(event, &s->source, s->fd, EPOLLIN, on_readable, s);
                if (r < 0)
                        return r;
                (void) sd_event_source_set_description(s->source, "udp-socket");
        }
        *ret = STEAL_PTR(s);
        return 0;
}

UdpSocket *udp_socket_free(UdpSocket *s) {
        if (!s)
                return NULL;
        if (s->source)
                (void) sd_event_source_set_userdata(s->source, NULL);
        sd_event_source_disable_unref(s->source);
        if (s->fd >= 0)
                close(s->fd);
        free(s);
        return NULL;
}

int udp_socket_send(UdpSocket *s, struct in_addr destination, const uint8_t *data, size_t len) {
        const struct sockaddr_in to = {
                .sin_family = AF_INET,
                .sin_port = htons(DHCP4_PORT_SERVER),
                .sin_addr = destination,
        };

        if (sendto(s->fd, data, len, MSG_DONTWAIT | MSG_NOSIGNAL, (const struct sockaddr *) &to,
                   sizeof(to)) < 0)
                return -errno;
        return 0;
}
