/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * What the programs that test io/packet-socket.c and io/udp-socket.c on real interfaces share.
 *
 * A program makes its own network namespace (and user namespace, when it is not root) with two veth pairs:
 * a0-a1 and b0-b1. The sockets under test live on a0 and b0; the test itself speaks raw Ethernet on a1 and
 * b1, so nothing but the code under test and the kernel is involved. Skips with a reason where namespaces
 * are forbidden.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <netinet/ip.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <systemd/sd-event.h>
#include <unistd.h>

#include "base/macro.h"
#include "io/packet-filter.h"
#include "io/packet-socket.h"

#define FRAME_MAX      1600u
#define MARK_ETHERTYPE 0x88b5u /* for experiments (IEEE 802) */

_unused_ static const uint8_t a0_mac[] = { 2, 0, 0, 0, 0xa, 0 }, a1_mac[] = { 2, 0, 0, 0, 0xa, 1 };
_unused_ static const uint8_t b0_mac[] = { 2, 0, 0, 0, 0xb, 0 };
_unused_ static const uint8_t other_mac[] = { 2, 0, 0, 0, 0xc, 0 };
_unused_ static const uint8_t broadcast_mac[] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff };

static int a0, b0;
static int a1_raw, b1_raw;     /* unfiltered sockets on the far ends */
static int a0_marks, b0_marks; /* sockets that hear the marks of inject() on the near ends */
static sd_event *event;

static inline void run(const char *command) {
        int r = system(command);

        if (r != 0)
                g_error("failed: %s", command);
}

/*
 * Waits until links forward. The kernel wakes a link some time after the carrier is there, and until then
 * silently drops what is sent on it. This takes milliseconds, or a second on a slow machine.
 */
static inline void wait_until_up(const char *names) {
        g_autofree char *command =
                g_strdup_printf("for i in %s; do n=0; until ip link show dev $i | grep -q 'state UP'; do "
                                "n=$((n + 1)); [ $n -lt 1000 ] || exit 1; sleep 0.02; done; done",
                                names);

        run(command);
}

static inline int raw_open(const char *ifname, uint16_t ethertype) {
        struct sockaddr_ll address = {
                .sll_family = AF_PACKET,
                .sll_protocol = htons(ethertype),
                .sll_ifindex = (int) if_nametoindex(ifname),
        };
        int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

        g_assert_cmpint(fd, >=, 0);
        g_assert_cmpint(setsockopt(fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, &(int){ 1 }, sizeof(int)), ==, 0);
        g_assert_cmpint(bind(fd, (struct sockaddr *) &address, sizeof(address)), ==, 0);
        return fd;
}

typedef struct Frame {
        uint8_t data[FRAME_MAX];
        size_t len;
} Frame;

static inline void put(Frame *f, const void *data, size_t len) {
        g_assert_cmpuint(f->len + len, <=, FRAME_MAX);
        memcpy(f->data + f->len, data, len);
        f->len += len;
}

static inline void put_u16(Frame *f, unsigned value) {
        put(f, (const uint8_t[]){ (uint8_t) (value >> 8), (uint8_t) value }, 2);
}

/* Returns a frame: Ethernet, optionally 802.1Q (@vlan < 0: none), IPv4, UDP from 10.0.0.1:67. */
static inline Frame udp_frame(const uint8_t *destination, int vlan, const char *to, uint16_t port,
                              const void *payload, size_t len) {
        uint8_t ip[20] = { 0x45, 0, 0, 0, 0, 0, 0, 0, 64, IPPROTO_UDP, 0, 0, 10, 0, 0, 1 };
        const unsigned total = (unsigned) (20 + 8 + len);
        struct in_addr to_address;
        Frame f = { 0 };
        uint32_t sum = 0;

        put(&f, destination, 6);
        put(&f, a1_mac, 6);
        if (vlan >= 0) {
                put_u16(&f, 0x8100);
                put_u16(&f, (unsigned) vlan);
        }
        put_u16(&f, ETH_P_IP);
        ip[2] = (uint8_t) (total >> 8);
        ip[3] = (uint8_t) total;
        g_assert_cmpint(inet_pton(AF_INET, to, &to_address), ==, 1);
        memcpy(ip + 16, &to_address, 4);
        for (size_t i = 0; i < sizeof(ip); i += 2)
                sum += (uint32_t) ip[i] << 8 | ip[i + 1];
        sum = (sum & 0xffff) + (sum >> 16);
        sum = (sum & 0xffff) + (sum >> 16);
        ip[10] = (uint8_t) (~sum >> 8);
        ip[11] = (uint8_t) ~sum;
        put(&f, ip, sizeof(ip));
        put_u16(&f, 67);
        put_u16(&f, port);
        put_u16(&f, (unsigned) (8 + len));
        put_u16(&f, 0);
        put(&f, payload, len);
        return f;
}

/* Returns a frame with a BOOTREPLY whose last byte is @tag. */
static inline Frame dhcp_frame(const uint8_t *destination, int vlan, uint8_t tag) {
        uint8_t reply[300] = { 2, 1, 6 };

        memcpy(reply + 236, "\x63\x82\x53\x63", 4);
        reply[299] = tag;
        return udp_frame(destination, vlan, "255.255.255.255", 68, reply, sizeof(reply));
}

static inline void wait_until_readable(int fd) {
        struct pollfd p = { .fd = fd, .events = POLLIN };

        g_assert_cmpint(poll(&p, 1, 30 * 1000), ==, 1);
}

/*
 * Sends @f to the near end, and returns when every socket there has it or will never have it. A busy
 * kernel passes frames on some time after they were sent, but those of one processor in their order. So a
 * mark is sent behind @f, and when the mark has arrived, @f has been passed on. (fixture_set_up() keeps
 * the process on one processor.)
 */
static inline void inject(int raw, const Frame *f) {
        const int marks = raw == a1_raw ? a0_marks : b0_marks;
        Frame mark = { 0 };
        int down; /* the link was down for a while: said once */

        g_assert_cmpint(getsockopt(marks, SOL_SOCKET, SO_ERROR, &down, &(socklen_t){ sizeof(down) }), ==, 0);
        g_assert_cmpint(send(raw, f->data, f->len, 0), ==, (ssize_t) f->len);
        put(&mark, broadcast_mac, 6);
        put(&mark, a1_mac, 6);
        put_u16(&mark, MARK_ETHERTYPE);
        put(&mark, (const uint8_t[46]){ 0 }, 46);
        g_assert_cmpint(send(raw, mark.data, mark.len, 0), ==, (ssize_t) mark.len);
        wait_until_readable(marks);
        g_assert_cmpint(recv(marks, mark.data, mark.len, 0), ==, (ssize_t) mark.len);
}

static inline void inject_dhcp(int raw, const uint8_t *destination, int vlan, uint8_t tag) {
        const Frame f = dhcp_frame(destination, vlan, tag);

        inject(raw, &f);
}

/*
 * Waits for a frame with @ethertype at the far end. Frames that the kernel sends by itself (IPv6) are
 * ignored.
 */
static inline Frame far_end_read(int raw, uint16_t ethertype) {
        for (;;) {
                Frame f;
                ssize_t n;

                wait_until_readable(raw);
                n = recv(raw, f.data, sizeof(f.data), 0);
                g_assert_cmpint(n, >=, 14);
                f.len = (size_t) n;
                if ((f.data[12] << 8 | f.data[13]) == ethertype)
                        return f;
        }
}

static inline void far_end_flush(int raw) {
        uint8_t buffer[16];

        while (recv(raw, buffer, sizeof(buffer), 0) >= 0)
                ;
}

/* Runs the loop until nothing is pending. */
static inline void settle(void) {
        while (sd_event_run(event, 0) > 0)
                ;
}

typedef struct Seen {
        unsigned n, n_unwanted;
        /* From here on: of the last frame that was wanted. */
        int ifindex;
        HwAddress source;
        uint8_t data[FRAME_MAX];
        size_t len;
        bool checksum_pending;
} Seen;

/*
 * Asserts that @n frames have been heard in all. Waits for them, because the kernel may pass a frame on
 * later than it was sent, and then makes sure that there is none too many.
 */
#define g_assert_heard(n, expected) \
        do { \
                run_until_heard(&(n), expected); \
                g_assert_cmpuint(n, ==, expected); \
        } while (0)

static inline void run_until_heard(const unsigned *n, unsigned expected) {
        for (unsigned i = 0; i < 100 && *n < expected; i++)
                sd_event_run(event, 100 * 1000);
        settle();
}

static inline void on_frame(void *userdata, const PacketFrame *frame) {
        Seen *seen = userdata;

        if (!frame->wanted) {
                seen->n_unwanted++;
                return;
        }
        seen->n++;
        seen->ifindex = frame->ifindex;
        seen->source = frame->source;
        seen->checksum_pending = frame->checksum_pending;
        g_assert_cmpuint(frame->len, <=, sizeof(seen->data));
        memcpy(seen->data, frame->data, frame->len);
        seen->len = frame->len;
}

static inline PacketSocket *dhcp_socket(Seen *seen) {
        PacketSocket *s = NULL;

        g_assert_cmpint(packet_socket_new(event, ETH_P_IP, packet_filter_dhcp4(), on_frame, seen, &s), ==,
                        0);
        g_assert_false(packet_socket_is_open(s));
        return s;
}

static inline void want(PacketSocket *s, int ifindex) {
        g_assert_cmpint(packet_socket_want(s, ifindex, /* want= */ true), ==, 0);
}

static inline void unwant(PacketSocket *s, int ifindex) {
        g_assert_cmpint(packet_socket_want(s, ifindex, /* want= */ false), ==, 0);
}

static inline void write_file(const char *path, const char *text) {
        int fd = open(path, O_WRONLY | O_CLOEXEC);

        if (fd < 0 || write(fd, text, strlen(text)) < 0)
                g_printerr("cannot write %s: %s\n", path, g_strerror(errno));
        if (fd >= 0)
                close(fd);
}

/* Returns NULL, or why namespaces cannot be entered. */
static inline const char *enter_namespace(void) {
        const uid_t uid = geteuid();
        const gid_t gid = getegid();

        if (uid == 0) {
                if (unshare(CLONE_NEWNET) < 0)
                        return g_strerror(errno);
        } else {
                char map[64];

                if (unshare(CLONE_NEWUSER | CLONE_NEWNET) < 0)
                        return g_strerror(errno);
                write_file("/proc/self/setgroups", "deny");
                g_snprintf(map, sizeof(map), "0 %u 1", uid);
                write_file("/proc/self/uid_map", map);
                g_snprintf(map, sizeof(map), "0 %u 1", gid);
                write_file("/proc/self/gid_map", map);
        }
        if (system("ip link add a0 address 02:00:00:00:0a:00 type veth peer name a1 address "
                   "02:00:00:00:0a:01"
                   " && ip link add b0 address 02:00:00:00:0b:00 type veth peer name b1 address "
                   "02:00:00:00:0b:01") != 0)
                return "ip cannot make veth interfaces";
        return NULL;
}

/* See inject(). */
static inline void keep_to_one_processor(void) {
        const int cpu = sched_getcpu();
        cpu_set_t set;

        g_assert_cmpint(cpu, >=, 0);
        CPU_ZERO(&set);
        CPU_SET((size_t) cpu, &set);
        g_assert_cmpint(sched_setaffinity(0, sizeof(set), &set), ==, 0);
}

/*
 * Makes the namespace, the links and the loop. Returns false if the test cannot run, and has then printed
 * the reason.
 */
static inline bool fixture_set_up(void) {
        const char *problem = enter_namespace();

        if (problem) {
                g_print("1..0 # SKIP no network namespace: %s\n", problem);
                return false; /* TAP says it; meson takes another status for a crash */
        }
        /*
         * IPv6 would send frames of its own, so it is off. Frames from addresses of 10.0.0.0/24 that
         * neither end has are let in. Without lo there is no table of local addresses yet, and the kernel
         * lets everybody bind to everything.
         */
        run("for i in a0 a1 b0 b1; do echo 1 > /proc/sys/net/ipv6/conf/$i/disable_ipv6; echo 0 > "
            "/proc/sys/net/ipv4/conf/$i/rp_filter;"
            " ip link set $i up; done; echo 0 > /proc/sys/net/ipv4/conf/all/rp_filter; ip link set lo up");
        wait_until_up("a0 a1 b0 b1");
        a0 = (int) if_nametoindex("a0");
        b0 = (int) if_nametoindex("b0");
        a1_raw = raw_open("a1", ETH_P_ALL);
        b1_raw = raw_open("b1", ETH_P_ALL);
        a0_marks = raw_open("a0", MARK_ETHERTYPE);
        b0_marks = raw_open("b0", MARK_ETHERTYPE);
        keep_to_one_processor();
        g_assert_cmpint(sd_event_new(&event), ==, 0);
        return true;
}

static inline void fixture_tear_down(void) {
        close(a1_raw);
        close(b1_raw);
        close(a0_marks);
        close(b0_marks);
        sd_event_unref(event);
}
