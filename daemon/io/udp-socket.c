/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The UDP socket of a leased address (contract: io/udp-socket.h). Owns one file descriptor and one sd-event
 * source.
 *
 * It is bound to the address and to no device. With the kernel's default arp_ignore=0 a host answers ARP for
 * each of its addresses on each of its links. So a server on a LAN that two links of ours are on may have
 * learned that the address of one is at the other, and its unicast answers come in there. A socket of the
 * one device would not hear them, and the lease would end beside a server that renews it. The kernel decides
 * on which devices such datagrams count, as for any program: its reverse path filter and the firewall see
 * them first, and it answers ARP only where it would accept the datagram.
 *
 * A link in a VRF listens in that VRF, and in no other.
 *
 * Each message is compared with xid, chaddr and client identifier, whatever device it came in on
 * (core/dhcp4-client-message.c). An attacker on another network of this host sees neither our broadcasts nor
 * our unicast REQUESTs, so he has to guess the 32 bits of the xid, like anybody else who can route to the
 * address.
 *
 * If another process has the port, the packet socket hears the answers to a renewal. FORCERENEW is then not
 * heard, because no packet socket is open between renewals; D-Bus says so in LastError.
 */
#include <errno.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <systemd/sd-event.h>
#include <unistd.h>

#include "base/macro.h"
#include "base/protocol-numbers.h"
#include "io/socket-options.h"
#include "io/udp-socket.h"

#define DATAGRAMS_PER_WAKEUP 16
/* bytes; longer ones are no DHCP message we asked for (option 57); held by receive_one() */
#define DATAGRAM_MAX 2048

struct UdpSocket {
        sd_event_source *source;
        UdpSocketHandler handler;
        void *userdata;
        int fd;
};

/* Returns false if there is nothing left to read. */
static bool receive_one(UdpSocket *s) {
        uint8_t data[DATAGRAM_MAX];
        struct sockaddr_in from = { .sin_family = AF_UNSPEC };
        socklen_t from_len = sizeof(from);
        ssize_t n;

        n = recvfrom(s->fd, data, sizeof(data), MSG_DONTWAIT | MSG_TRUNC, (struct sockaddr *) &from,
                     &from_len);
        if (n < 0)
                /* Reading the pending error clears it. */
                return errno != EAGAIN;
        if (n > 0 && (size_t) n <= sizeof(data) && from_len == sizeof(from) && from.sin_family == AF_INET)
                s->handler(s->userdata, from.sin_addr, data, (size_t) n);
        return true;
}

static int on_readable(sd_event_source *source, int fd, uint32_t revents, void *userdata) {
        UdpSocket *s = userdata;

        /*
         * The handler may free the socket: the ACK it brings ends RENEWING. The loop holds a reference to
         * the source.
         */
        for (unsigned i = 0; i < DATAGRAMS_PER_WAKEUP; i++)
                if (sd_event_source_get_userdata(source) != s || !receive_one(s))
                        break;
        return 0;
}

static int open_fd(int vrf, struct in_addr address) {
        const struct sockaddr_in local = {
                .sin_family = AF_INET,
                .sin_port = htons(DHCP4_PORT_CLIENT),
                .sin_addr = address,
        };
        const int one = 1;
        int fd, r = 0;

        fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        if (fd < 0)
                return -errno;

        /* This comes first, so that the socket never hears anything outside the VRF. */
        if (vrf > 0)
                r = socket_bind_to_link(fd, vrf);
        if (r >= 0 && setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) < 0)
                r = -errno;
        if (r >= 0 && bind(fd, (const struct sockaddr *) &local, sizeof(local)) < 0)
                r = -errno;
        if (r < 0) {
                close(fd);
                return r;
        }
        return fd;
}

int udp_socket_new(sd_event *event, int vrf, struct in_addr address, UdpSocketHandler handler,
                   void *userdata, UdpSocket **ret) {
        _cleanup_(udp_socket_freep) UdpSocket *s = NULL;
        int r;

        assert(event);
        assert(handler);

        s = calloc(1, sizeof(*s));
        if (!s)
                return -ENOMEM;
        *s = (UdpSocket){
                .handler = handler,
                .userdata = userdata,
                .fd = -EBADF,
        };
        r = open_fd(vrf, address);
        if (r < 0)
                return r;
        s->fd = r;
        r = sd_event_add_io(event, &s->source, s->fd, EPOLLIN, on_readable, s);
        if (r < 0)
                return r;
        (void) sd_event_source_set_description(s->source, "udp-socket");
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
