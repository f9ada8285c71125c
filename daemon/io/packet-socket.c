/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The shared AF_PACKET socket (contract: io/packet-socket.h).
 *
 *               want or send                     last unwant
 *   closed ───────────────────> open, filter ─────────────────> open, nothing passes ──3 s──> closed
 *                                     ^                                 │
 *                                     └────────────── want ─────────────┘
 *
 * A socket that stays open costs every packet of the host one run of its filter; closing it costs this
 * process a wait for RCU grace periods (8 to 16 ms). So it idles with a filter of one instruction, and is
 * closed from a timer, when no exchange is going on. Swapping the filters costs 4 and 10 µs.
 *
 * It is bound to no link: interfaces come and go and it keeps working.
 */
#include <errno.h>
#include <linux/if_packet.h>
#include <linux/pkt_sched.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <systemd/sd-event.h>
#include <time.h>
#include <unistd.h>

#include "base/macro.h"
#include "io/packet-filter.h"
#include "io/packet-socket.h"
#include "io/socket-options.h"

#define CLOSE_DELAY_USEC  (3 * USEC_PER_SEC)
#define CLOSE_SLACK_USEC  USEC_PER_SEC
#define RECEIVE_BUFFER    (4 * 1024 * 1024) /* bytes: the answers to a thousand links that start at once */
#define FRAMES_PER_WAKEUP 64                /* then the other event sources have their turn */
#define FRAME_MAX         2048 /* bytes; a larger frame than Ethernet's is no DHCP message we asked for */
#define VLAN_VID_MASK     0x0fff

struct PacketSocket {
        sd_event *event;
        sd_event_source *io_source, *close_source;
        PacketSocketHandler handler;
        void *userdata;
        struct sock_fprog filter;
        SocketOptions options;
        uint16_t ethertype;
        int fd;      /* -EBADF: closed */
        int *wanted; /* interface indexes, ascending */
        size_t n_wanted, n_wanted_allocated;
};

/*
 * struct sockaddr_ll has room for 8 bytes of address; the kernel reads and writes beyond it for longer ones.
 */
typedef union LinkAddress {
        struct sockaddr sa;
        struct sockaddr_ll ll;
        uint8_t room[offsetof(struct sockaddr_ll, sll_addr) + HW_ADDRESS_MAX];
} LinkAddress;

/* Index of the first entry that is not less than @ifindex. */
static size_t wanted_position(const PacketSocket *socket, int ifindex) {
        size_t low = 0, high = socket->n_wanted;

        while (low < high) {
                const size_t middle = low + (high - low) / 2;

                if (socket->wanted[middle] < ifindex)
                        low = middle + 1;
                else
                        high = middle;
        }
        return low;
}

static bool is_wanted(const PacketSocket *socket, int ifindex) {
        const size_t i = wanted_position(socket, ifindex);

        return i < socket->n_wanted && socket->wanted[i] == ifindex;
}

static int wanted_insert(PacketSocket *socket, size_t i, int ifindex) {
        if (socket->n_wanted == socket->n_wanted_allocated) {
                const size_t n = MAX(socket->n_wanted_allocated * 2, (size_t) 8);
                int *p = reallocarray(socket->wanted, n, sizeof(*p));

                if (!p)
                        return -ENOMEM;
                socket->wanted = p;
                socket->n_wanted_allocated = n;
        }
        memmove(socket->wanted + i + 1, socket->wanted + i,
                (socket->n_wanted - i) * sizeof(*socket->wanted));
        socket->wanted[i] = ifindex;
        socket->n_wanted++;
        return 0;
}

static void wanted_remove(PacketSocket *socket, size_t i) {
        socket->n_wanted--;
        memmove(socket->wanted + i, socket->wanted + i + 1,
                (socket->n_wanted - i) * sizeof(*socket->wanted));
}

/*
 * Returns true if the VLAN tag says that the frame belongs to another link. The kernel has taken the tag out
 * of the frame and put it here.
 */
static void read_auxdata(struct msghdr *msg, bool *ret_tagged, bool *ret_checksum_pending) {
        for (struct cmsghdr *c = CMSG_FIRSTHDR(msg); c; c = CMSG_NXTHDR(msg, c)) {
                struct tpacket_auxdata aux;

                if (c->cmsg_level != SOL_PACKET || c->cmsg_type != PACKET_AUXDATA ||
                    c->cmsg_len < CMSG_LEN(sizeof(aux)))
                        continue;
                memcpy(&aux, CMSG_DATA(c), sizeof(aux));
                *ret_checksum_pending = aux.tp_status & TP_STATUS_CSUMNOTREADY;
                *ret_tagged =
                        (aux.tp_status & TP_STATUS_VLAN_VALID) && (aux.tp_vlan_tci & VLAN_VID_MASK) != 0;
        }
}

/* Reads one frame and hands it up. Returns false if there is nothing left to read. */
static bool receive_one(PacketSocket *socket) {
        union {
                struct cmsghdr align;
                uint8_t room[CMSG_SPACE(sizeof(struct tpacket_auxdata))];
        } control;
        uint8_t data[FRAME_MAX];
        LinkAddress from = { .ll.sll_family = AF_UNSPEC };
        struct iovec iov = { .iov_base = data, .iov_len = sizeof(data) };
        struct msghdr msg = {
                .msg_name = &from,
                .msg_namelen = sizeof(from),
                .msg_iov = &iov,
                .msg_iovlen = 1,
                .msg_control = &control,
                .msg_controllen = sizeof(control),
        };
        bool tagged = false, checksum_pending = false;
        PacketFrame frame;
        ssize_t n;

        n = recvmsg(socket->fd, &msg, MSG_DONTWAIT);
        if (n < 0)
                /*
                 * Any other error is about a link that went away. It is cleared by this read, and the socket
                 * still works.
                 */
                return errno != EAGAIN;
        if (n == 0 || (msg.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) || from.ll.sll_family != AF_PACKET)
                return true;
        /*
         * Outgoing frames, and frames for other hosts (on a promiscuous link), are not for us. The kernel
         * also marks as "for others" what has a tag of a VLAN that this host does not know.
         */
        if (from.ll.sll_pkttype != PACKET_HOST && from.ll.sll_pkttype != PACKET_BROADCAST &&
            from.ll.sll_pkttype != PACKET_MULTICAST)
                return true;
        read_auxdata(&msg, &tagged, &checksum_pending);
        if (tagged)
                return true;

        frame = (PacketFrame){
                .ifindex = from.ll.sll_ifindex,
                .wanted = is_wanted(socket, from.ll.sll_ifindex),
                .source.len = MIN(from.ll.sll_halen, (uint8_t) HW_ADDRESS_MAX),
                .checksum_pending = checksum_pending,
                .data = data,
                .len = (size_t) n,
        };
        memcpy(frame.source.bytes, from.room + offsetof(struct sockaddr_ll, sll_addr), frame.source.len);
        socket->handler(socket->userdata, &frame);
        return true;
}

static int on_readable(sd_event_source *source, int fd, uint32_t revents, void *userdata) {
        PacketSocket *socket = userdata;

        for (unsigned i = 0; i < FRAMES_PER_WAKEUP; i++)
                if (!receive_one(socket))
                        break;
        return 0;
}

static void close_fd(PacketSocket *socket) {
        socket->io_source = sd_event_source_disable_unref(socket->io_source);
        if (socket->fd >= 0)
                close(socket->fd);
        socket->fd = -EBADF;
}

static int on_close_delay(sd_event_source *source, uint64_t at, void *userdata) {
        close_fd(userdata);
        return 0;
}

static int attach_filter(int fd, struct sock_fprog filter) {
        return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof(filter)) < 0 ? -errno : 0;
}

static void set_int(int fd, int level, int option, int value) {
        (void) setsockopt(fd, level, option, &value, sizeof(value));
}

static void enlarge_receive_buffer(int fd) {
        const int size = RECEIVE_BUFFER;

        /* The forced form goes beyond net.core.rmem_max and needs CAP_NET_ADMIN. */
        if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)) < 0)
                set_int(fd, SOL_SOCKET, SO_RCVBUF, size);
}

static int open_fd(PacketSocket *s, struct sock_fprog filter) {
        const struct sockaddr_ll address = {
                .sll_family = AF_PACKET,
                .sll_protocol = htons(s->ethertype),
        };
        const int one = 1;
        int fd, r;

        /* Without a protocol nothing is received yet; the filter is in place before bind() names one. */
        fd = socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        if (fd < 0)
                return -errno;

        r = attach_filter(fd, filter);
        if (r < 0)
                goto fail;
        if (setsockopt(fd, SOL_PACKET, PACKET_AUXDATA, &one, sizeof(one)) < 0) {
                r = -errno;
                goto fail;
        }
        r = socket_options_apply(fd, &s->options);
        if (r < 0)
                goto fail;
        /* The other options are improvements, and the kernel may refuse them. */
        set_int(fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, 1);
        enlarge_receive_buffer(fd);

        if (bind(fd, (const struct sockaddr *) &address, sizeof(address)) < 0) {
                r = -errno;
                goto fail;
        }
        r = sd_event_add_io(s->event, &s->io_source, fd, EPOLLIN, on_readable, s);
        if (r < 0)
                goto fail;
        (void) sd_event_source_set_description(s->io_source, "packet-socket");
        s->fd = fd;
        return 0;

fail:
        close(fd);
        return r;
}

/* No link receives any more, and perhaps none will send again: (re)start the wait before the close. */
static int arm_close(PacketSocket *socket) {
        int r;

        if (!socket->close_source) {
                r = sd_event_add_time_relative(socket->event, &socket->close_source, CLOCK_BOOTTIME,
                                               CLOSE_DELAY_USEC, CLOSE_SLACK_USEC, on_close_delay, socket);
                if (r < 0)
                        return r;
                (void) sd_event_source_set_description(socket->close_source, "packet-socket-close");
                return 0;
        }
        r = sd_event_source_set_time_relative(socket->close_source, CLOSE_DELAY_USEC);
        if (r < 0)
                return r;
        return sd_event_source_set_enabled(socket->close_source, SD_EVENT_ONESHOT);
}

static int ensure_open(PacketSocket *socket, struct sock_fprog filter, bool receive) {
        if (socket->fd < 0)
                return open_fd(socket, filter);
        return receive ? attach_filter(socket->fd, filter) : 0;
}

int packet_socket_new(sd_event *event, uint16_t ethertype, struct sock_fprog filter,
                      PacketSocketHandler handler, void *userdata, PacketSocket **ret) {
        PacketSocket *socket;

        assert(event);
        assert(handler);

        socket = calloc(1, sizeof(*socket));
        if (!socket)
                return -ENOMEM;
        *socket = (PacketSocket){
                .event = sd_event_ref(event),
                .handler = handler,
                .userdata = userdata,
                .filter = filter,
                .options = socket_options_default,
                .ethertype = ethertype,
                .fd = -EBADF,
        };
        *ret = socket;
        return 0;
}

PacketSocket *packet_socket_free(PacketSocket *socket) {
        if (!socket)
                return NULL;
        close_fd(socket);
        sd_event_source_disable_unref(socket->close_source);
        sd_event_unref(socket->event);
        free(socket->wanted);
        free(socket);
        return NULL;
}

int packet_socket_set_options(PacketSocket *socket, const SocketOptions *options) {
        socket->options = *options;
        return socket->fd >= 0 ? socket_options_apply(socket->fd, options) : 0;
}

int packet_socket_want(PacketSocket *socket, int ifindex, bool want) {
        const size_t i = wanted_position(socket, ifindex);
        const bool wanted = i < socket->n_wanted && socket->wanted[i] == ifindex;
        int r;

        assert(ifindex > 0);
        if (want == wanted)
                return 0;

        if (!want) {
                wanted_remove(socket, i);
                if (socket->n_wanted > 0)
                        return 0;
                /*
                 * If the kernel refuses, the old filter stays. This only costs time, because what passes is
                 * dropped above.
                 */
                (void) attach_filter(socket->fd, packet_filter_none());
                return arm_close(socket);
        }

        r = wanted_insert(socket, i, ifindex);
        if (r < 0)
                return r;
        if (socket->n_wanted > 1)
                return 0;
        r = ensure_open(socket, socket->filter, /* receive= */ true);
        if (r < 0) {
                wanted_remove(socket, i);
                return r;
        }
        if (socket->close_source)
                (void) sd_event_source_set_enabled(socket->close_source, SD_EVENT_OFF);
        return 0;
}

int packet_socket_send(PacketSocket *socket, int ifindex, const HwAddress *destination, const void *head,
                       size_t head_len, const void *body, size_t body_len) {
        LinkAddress to = {
                .ll = {
                        .sll_family = AF_PACKET,
                        .sll_protocol = htons(socket->ethertype),
                        .sll_ifindex = ifindex,
                        .sll_halen = destination->len,
                },
        };
        struct iovec iov[] = {
                /* sendmsg() only reads; struct iovec serves both directions. */
                { .iov_base = (void *) head, .iov_len = head_len },
                { .iov_base = (void *) body, .iov_len = body_len },
        };
        const struct msghdr msg = {
                .msg_name = &to,
                .msg_namelen = sizeof(to),
                .msg_iov = iov,
                .msg_iovlen = body_len > 0 ? 2 : 1,
        };
        ssize_t n;
        int r;

        assert(ifindex > 0);
        assert(destination->len <= HW_ADDRESS_MAX);

        if (socket->n_wanted == 0) {
                r = ensure_open(socket, packet_filter_none(), /* receive= */ false);
                if (r < 0)
                        return r;
                r = arm_close(socket);
                if (r < 0)
                        return r;
        }

        memcpy(to.room + offsetof(struct sockaddr_ll, sll_addr), destination->bytes, destination->len);
        n = sendmsg(socket->fd, &msg, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (n < 0)
                /*
                 * The queue of the socket is full. For a caller this is the same as a full queue of the
                 * link.
                 */
                return errno == EAGAIN ? -ENOBUFS : -errno;
        return 0;
}

bool packet_socket_is_open(const PacketSocket *socket) {
        return socket->fd >= 0;
}
