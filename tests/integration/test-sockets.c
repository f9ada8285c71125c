/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * io/packet-socket.c, io/udp-socket.c and io/raw-send.c on real interfaces (socket-fixture.h). Frames with
 * VLAN tags: test-priority-tags.c.
 */
#include "io/raw-send.h"
#include "io/socket-options.h"
#include "io/udp-socket.h"
#include "tests/integration/socket-fixture.h"
#include "wire/ipv4-udp.h"

static void test_receive(void) {
        Seen seen = { 0 };
        PacketSocket *s = dhcp_socket(&seen);
        Frame f;

        want(s, a0);
        g_assert_true(packet_socket_is_open(s));
        f = dhcp_frame(a0_mac, -1, 1);
        inject(a1_raw, &f);
        g_assert_heard(seen.n, 1);
        g_assert_cmpint(seen.ifindex, ==, a0);
        g_assert_cmpmem(seen.source.bytes, seen.source.len, a1_mac, 6);
        g_assert_cmpmem(seen.data, seen.len, f.data + 14, f.len - 14);

        inject_dhcp(a1_raw, broadcast_mac, -1, 2);
        g_assert_heard(seen.n, 2);
        g_assert_cmpuint(seen.data[seen.len - 1], ==, 2);

        f = udp_frame(a0_mac, -1, "255.255.255.255", 67, f.data + 42, 300); /* the server's port */
        inject(a1_raw, &f);
        g_assert_heard(seen.n, 2);
        packet_socket_free(s);
}

static void test_links(void) {
        Seen seen = { 0 };
        PacketSocket *s = dhcp_socket(&seen);

        want(s, b0);
        inject_dhcp(a1_raw, a0_mac, -1, 1);
        /* The frame is handed up to a callback that listens by address. */
        g_assert_heard(seen.n_unwanted, 1);
        g_assert_cmpuint(seen.n, ==, 0);
        inject_dhcp(b1_raw, b0_mac, -1, 2);
        g_assert_heard(seen.n, 1);
        g_assert_cmpint(seen.ifindex, ==, b0);

        want(s, a0);
        want(s, a0); /* twice counts once */
        unwant(s, a0);
        inject_dhcp(a1_raw, a0_mac, -1, 3);
        g_assert_heard(seen.n, 1);

        want(s, a0);
        unwant(s, b0);
        unwant(s, b0);
        inject_dhcp(a1_raw, a0_mac, -1, 4);
        inject_dhcp(b1_raw, b0_mac, -1, 5);
        g_assert_heard(seen.n, 2);
        g_assert_cmpuint(seen.data[seen.len - 1], ==, 4);
        packet_socket_free(s);
}

/* There are many links, in an order that is not sorted. Those that stay are still told apart. */
static void test_many_links(void) {
        Seen seen = { 0 };
        PacketSocket *s = dhcp_socket(&seen);

        for (int i = 0; i < 1000; i++)
                want(s, 100000 + (i * 389) % 1000);
        want(s, a0);
        for (int i = 0; i < 1000; i += 2)
                unwant(s, 100000 + (i * 7) % 1000);
        inject_dhcp(a1_raw, a0_mac, -1, 1);
        inject_dhcp(b1_raw, b0_mac, -1, 2);
        g_assert_heard(seen.n, 1);
        g_assert_cmpint(seen.ifindex, ==, a0);
        packet_socket_free(s);
}

/*
 * A datagram that the kernel of this host sends over a veth has no UDP checksum yet. auxdata says so, and
 * the datagram is accepted.
 */
static void test_checksum_pending(void) {
        const struct sockaddr_in to = { .sin_family = AF_INET,
                                        .sin_port = htons(68),
                                        .sin_addr.s_addr = INADDR_BROADCAST },
                                 from = { .sin_family = AF_INET, .sin_addr.s_addr = inet_addr("10.9.0.1") };
        const Frame f = dhcp_frame(broadcast_mac, -1, 1);
        Seen seen = { 0 };
        PacketSocket *s = dhcp_socket(&seen);
        Ipv4UdpInfo info;
        int fd;

        want(s, a0);
        run("ip addr add 10.9.0.1/24 dev a1");
        fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        g_assert_cmpint(setsockopt(fd, SOL_SOCKET, SO_BROADCAST, &(int){ 1 }, sizeof(int)), ==, 0);
        g_assert_cmpint(setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, "a1", 2), ==, 0);
        g_assert_cmpint(bind(fd, (const struct sockaddr *) &from, sizeof(from)), ==, 0);
        g_assert_cmpint(sendto(fd, f.data + 42, f.len - 42, 0, (const struct sockaddr *) &to, sizeof(to)),
                        ==, (ssize_t) (f.len - 42));
        g_assert_heard(seen.n, 1);
        close(fd);
        run("ip addr del 10.9.0.1/24 dev a1");
        g_assert_true(seen.checksum_pending);
        g_assert_cmpint(ipv4_udp_parse(seen.data, seen.len, 68, /* checksum_pending= */ true, &info), ==, 0);
        g_assert_cmpint(ipv4_udp_parse(seen.data, seen.len, 68, /* checksum_pending= */ false, &info), ==,
                        IPV4_UDP_E_CHECKSUM);

        /* A datagram that comes from a wire is verified. */
        inject(a1_raw, &f);
        g_assert_heard(seen.n, 2);
        g_assert_false(seen.checksum_pending);
        packet_socket_free(s);
}

/*
 * A frame is cut off at every byte, down to an Ethernet header with nothing behind it. What passes is no
 * datagram, and the socket goes on.
 */
static void test_short(void) {
        const Frame whole = dhcp_frame(a0_mac, -1, 1);
        Seen seen = { 0 };
        PacketSocket *s = dhcp_socket(&seen);

        want(s, a0);
        for (size_t len = 14; len < whole.len; len++) {
                const unsigned before = seen.n;
                Ipv4UdpInfo info;
                Frame f = whole;

                f.len = len;
                inject(a1_raw, &f);
                settle();
                if (seen.n != before)
                        g_assert_cmpint(ipv4_udp_parse(seen.data, seen.len, 68, false, &info), !=, 0);
        }
        seen.n = 0;
        inject(a1_raw, &whole);
        g_assert_heard(seen.n, 1);
        packet_socket_free(s);
}

static void test_promiscuous(void) {
        Seen seen = { 0 };
        PacketSocket *s = dhcp_socket(&seen);

        run("ip link set a0 promisc on");
        want(s, a0);
        inject_dhcp(a1_raw, other_mac, -1, 1);
        g_assert_heard(seen.n, 0);
        inject_dhcp(a1_raw, a0_mac, -1, 2);
        g_assert_heard(seen.n, 1);
        packet_socket_free(s);
        run("ip link set a0 promisc off");
}

static void test_jumbo(void) {
        uint8_t reply[3000] = { 2, 1, 6 };
        uint8_t frame[14 + 28 + sizeof(reply)] = { 0 };
        Seen seen = { 0 };
        PacketSocket *s = dhcp_socket(&seen);
        Frame head;

        memcpy(reply + 236, "\x63\x82\x53\x63", 4);
        head = udp_frame(a0_mac, -1, "255.255.255.255", 68, reply, 300);
        memcpy(frame, head.data, 42);
        memcpy(frame + 42, reply, sizeof(reply));
        run("ip link set a0 mtu 9000 && ip link set a1 mtu 9000");
        want(s, a0);
        g_assert_cmpint(send(a1_raw, frame, sizeof(frame), 0), ==, (ssize_t) sizeof(frame));
        inject_dhcp(a1_raw, a0_mac, -1, 7);
        g_assert_heard(seen.n, 1);
        g_assert_cmpuint(seen.data[seen.len - 1], ==, 7);
        packet_socket_free(s);
        run("ip link set a0 mtu 1500 && ip link set a1 mtu 1500");
}

static void test_bounded_wakeup(void) {
        Seen seen = { 0 };
        PacketSocket *s = dhcp_socket(&seen);
        unsigned before = 0;

        want(s, a0);
        for (unsigned i = 0; i < 300; i++)
                inject_dhcp(a1_raw, a0_mac, -1, (uint8_t) i);
        while (sd_event_run(event, 0) > 0) {
                g_assert_cmpuint(seen.n - before, <=, 64);
                before = seen.n;
        }
        g_assert_cmpuint(seen.n, ==, 300);
        packet_socket_free(s);
}

/*
 * Returns the inodes of the packet sockets that are bound to ETH_P_IP in this namespace, joined. "":
 * there are none.
 */
static char *ip_packet_sockets(void) {
        GString *inodes = g_string_new(NULL);
        char line[256];
        FILE *f = fopen("/proc/thread-self/net/packet", "re");

        g_assert_nonnull(f);
        while (fgets(line, sizeof(line), f)) {
                unsigned proto;
                unsigned long inode;

                if (sscanf(line, "%*s %*d %*d %x %*d %*d %*u %*u %lu", &proto, &inode) == 2 &&
                    proto == ETH_P_IP)
                        g_string_append_printf(inodes, " %lu", inode);
        }
        fclose(f);
        return g_string_free(inodes, FALSE);
}

static int on_give_up(sd_event_source *source, uint64_t at, void *userdata) {
        g_error("the socket was not closed");
        return 0;
}

static int on_later(sd_event_source *source, uint64_t at, void *userdata) {
        *(bool *) userdata = true;
        return 0;
}

static void test_idle_and_close(void) {
        Seen seen = { 0 };
        PacketSocket *s = dhcp_socket(&seen);
        sd_event_source *give_up = NULL, *later = NULL;
        bool is_later = false;
        char *before, *after;

        want(s, a0);
        before = ip_packet_sockets();
        g_assert_cmpstr(before, !=, "");

        unwant(s, a0);
        g_assert_true(packet_socket_is_open(s));
        inject_dhcp(a1_raw, a0_mac, -1, 1);
        want(s, a0);
        g_assert_heard(seen.n, 0); /* frames that came while no link was wanted were not kept */
        after = ip_packet_sockets();
        g_assert_cmpstr(before, ==, after);
        inject_dhcp(a1_raw, a0_mac, -1, 2);
        g_assert_heard(seen.n, 1);
        g_assert_cmpuint(seen.data[seen.len - 1], ==, 2);
        g_free(before);
        g_free(after);

        /* If a link is wanted again, the socket stays open beyond the delay. */
        g_assert_cmpint(sd_event_add_time_relative(event, &later, CLOCK_BOOTTIME, 5 * USEC_PER_SEC, 0,
                                                   on_later, &is_later),
                        ==, 0);
        while (!is_later)
                g_assert_cmpint(sd_event_run(event, UINT64_MAX), >=, 0);
        sd_event_source_disable_unref(later);
        g_assert_true(packet_socket_is_open(s));

        g_assert_cmpint(sd_event_add_time_relative(event, &give_up, CLOCK_BOOTTIME, 30 * USEC_PER_SEC, 0,
                                                   on_give_up, NULL),
                        ==, 0);
        unwant(s, a0);
        while (packet_socket_is_open(s))
                g_assert_cmpint(sd_event_run(event, UINT64_MAX), >=, 0);
        sd_event_source_disable_unref(give_up);
        after = ip_packet_sockets();
        g_assert_cmpstr(after, ==, "");
        g_free(after);

        /* and opens again, filter included */
        want(s, a0);
        g_assert_true(packet_socket_is_open(s));
        inject_dhcp(a1_raw, a0_mac, -1, 3);
        g_assert_heard(seen.n, 2);
        packet_socket_free(s);
}

static void test_send(void) {
        const HwAddress broadcast = { .len = 6, .bytes = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff } };
        HwAddress unicast = { .len = 6 };
        Seen seen = { 0 };
        PacketSocket *s = dhcp_socket(&seen);
        Frame f;

        far_end_flush(a1_raw);
        /* Sending opens the socket. It hears nothing, and closes later. */
        g_assert_cmpint(packet_socket_send(s, a0, &broadcast, "head", 4, "body!", 5), ==, 0);
        g_assert_true(packet_socket_is_open(s));
        f = far_end_read(a1_raw, ETH_P_IP);
        g_assert_cmpmem(f.data, 6, broadcast_mac, 6);
        g_assert_cmpmem(f.data + 6, 6, a0_mac, 6);
        g_assert_cmpmem(f.data + 14, f.len - 14, "headbody!", 9);
        inject_dhcp(a1_raw, a0_mac, -1, 1);
        g_assert_heard(seen.n, 0);

        /* A link that is wanted later finds the socket open, and hears frames from then on. */
        want(s, a0);
        inject_dhcp(a1_raw, a0_mac, -1, 1);
        g_assert_heard(seen.n, 1);

        memcpy(unicast.bytes, a1_mac, 6);
        g_assert_cmpint(packet_socket_send(s, a0, &unicast, "x", 1, NULL, 0), ==, 0);
        f = far_end_read(a1_raw, ETH_P_IP);
        g_assert_cmpmem(f.data, 6, a1_mac, 6);
        g_assert_cmpmem(f.data + 14, f.len - 14, "x", 1);
        g_assert_cmpuint(seen.n, ==, 1); /* nothing of what was sent came back */

        g_assert_cmpint(packet_socket_send(s, 987654, &broadcast, "x", 1, NULL, 0), ==, -ENXIO);
        run("ip link set a0 down");
        g_assert_cmpint(packet_socket_send(s, a0, &broadcast, "x", 1, NULL, 0), ==, -ENETDOWN);
        settle();
        run("ip link set a0 up");
        wait_until_up("a0 a1");
        /* The same descriptor goes on working. */
        g_assert_cmpint(packet_socket_send(s, a0, &broadcast, "y", 1, NULL, 0), ==, 0);
        inject_dhcp(a1_raw, a0_mac, -1, 9);
        g_assert_heard(seen.n, 2);
        packet_socket_free(s);
}

static void test_arp(void) {
        static const uint8_t arp[28] = { 0, 1, 8, 0, 6, 4, 0, 1, 2, 0, 0, 0, 0xa, 1 };
        Frame f = { 0 };
        Seen seen = { 0 };
        PacketSocket *s = NULL;

        g_assert_cmpint(packet_socket_new(event, ETH_P_ARP, packet_filter_arp(), on_frame, &seen, &s), ==,
                        0);
        want(s, a0);
        inject_dhcp(a1_raw, a0_mac, -1, 1);
        put(&f, broadcast_mac, 6);
        put(&f, a1_mac, 6);
        put_u16(&f, ETH_P_ARP);
        put(&f, arp, sizeof(arp));
        inject(a1_raw, &f);
        g_assert_heard(seen.n, 1);
        g_assert_cmpmem(seen.data, seen.len, arp, sizeof(arp));
        packet_socket_free(s);
}

typedef struct Datagrams {
        unsigned n;
        struct in_addr source;
        uint8_t data[FRAME_MAX];
        size_t len;
        UdpSocket **free_this;
} Datagrams;

static void on_datagram(void *userdata, struct in_addr source, const uint8_t *data, size_t len) {
        Datagrams *seen = userdata;

        seen->n++;
        seen->source = source;
        g_assert_cmpuint(len, >, 0);
        memcpy(seen->data, data, len);
        seen->len = len;
        if (seen->free_this)
                *seen->free_this = udp_socket_free(*seen->free_this);
}

/* Opens a socket as a process that has port 68 of all addresses. */
static int open_foreign(bool lets_others) {
        const struct sockaddr_in any = { .sin_family = AF_INET, .sin_port = htons(68) };
        const int reuse = lets_others, fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

        g_assert_cmpint(setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &reuse, sizeof(reuse)), ==, 0);
        g_assert_cmpint(bind(fd, (const struct sockaddr *) &any, sizeof(any)), ==, 0);
        return fd;
}

static int open_udp(const char *text, Datagrams *seen, UdpSocket **ret) {
        struct in_addr address;

        inet_pton(AF_INET, text, &address);
        return udp_socket_new(event, /* vrf= */ 0, address, on_datagram, seen, ret);
}

static void test_udp(void) {
        struct in_addr server;
        Datagrams seen = { 0 }, others = { 0 };
        UdpSocket *s = NULL, *other = NULL;
        int foreign;
        Frame f;

        inet_pton(AF_INET, "10.0.0.1", &server);
        g_assert_cmpint(open_udp("10.0.0.7", &seen, &s), ==, -EADDRNOTAVAIL);
        g_assert_null(s);

        run("ip addr add 10.0.0.7/24 dev a0 && ip addr add 10.0.1.7/24 dev b0");
        /*
         * Another client has the port of every address. It keeps the port for itself, or lets others have
         * it too.
         */
        foreign = open_foreign(/* lets_others= */ false);
        g_assert_cmpint(open_udp("10.0.0.7", &seen, &s), ==, -EADDRINUSE);
        g_assert_null(s);
        close(foreign);
        foreign = open_foreign(/* lets_others= */ true);
        g_assert_cmpint(open_udp("10.0.0.7", &seen, &s), ==, 0);
        g_assert_cmpint(open_udp("10.0.1.7", &others, &other), ==, 0);

        f = udp_frame(a0_mac, -1, "10.0.0.7", 68, "hello", 5);
        inject(a1_raw, &f);
        g_assert_heard(seen.n, 1);
        g_assert_cmpuint(seen.source.s_addr, ==, server.s_addr);
        g_assert_cmpmem(seen.data, seen.len, "hello", 5);

        /*
         * The server takes the address for one of our other link: the datagram comes in there, and the
         * socket of the address hears it.
         */
        f = udp_frame(b0_mac, -1, "10.0.0.7", 68, "there", 5);
        inject(b1_raw, &f);
        g_assert_heard(seen.n, 2);
        g_assert_cmpmem(seen.data, seen.len, "there", 5);
        g_assert_cmpuint(others.n, ==, 0);

        /* A datagram without content, one for another port, and one for another address. */
        f = udp_frame(a0_mac, -1, "10.0.0.7", 68, "", 0);
        inject(a1_raw, &f);
        f = udp_frame(a0_mac, -1, "10.0.0.7", 69, "no", 2);
        inject(a1_raw, &f);
        f = udp_frame(a0_mac, -1, "10.0.1.7", 68, "other", 5);
        inject(a1_raw, &f);
        g_assert_heard(others.n, 1);
        g_assert_cmpuint(seen.n, ==, 2);
        other = udp_socket_free(other);

        /*
         * The answer that ends RENEWING frees the socket from its own handler, while others are still
         * waiting.
         */
        seen = (Datagrams){ .free_this = &s };
        f = udp_frame(a0_mac, -1, "10.0.0.7", 68, "ack", 3);
        inject(a1_raw, &f);
        inject(a1_raw, &f);
        g_assert_heard(seen.n, 1);
        g_assert_null(s);
        close(foreign);
        run("ip addr flush dev a0; ip addr flush dev b0");
}

/* A link in a VRF hears what comes in there, and nothing from outside; and the other way round. */
static void test_vrf(void) {
        Datagrams inside = { 0 }, outside = { 0 };
        struct in_addr address;
        UdpSocket *in = NULL, *out = NULL;
        Frame f;

        if (system("ip link add v0 type vrf table 99 2>/dev/null") != 0) {
                g_test_skip("this kernel has no VRFs");
                return;
        }
        inet_pton(AF_INET, "10.0.0.7", &address);
        run("ip link set v0 up && ip link set b0 master v0"
            " && ip addr add 10.0.0.7/24 dev a0 && ip addr add 10.0.0.7/24 dev b0");
        g_assert_cmpint(udp_socket_new(event, /* vrf= */ 0, address, on_datagram, &outside, &out), ==, 0);
        g_assert_cmpint(
                udp_socket_new(event, (int) if_nametoindex("v0"), address, on_datagram, &inside, &in), ==,
                0);
        f = udp_frame(a0_mac, -1, "10.0.0.7", 68, "out", 3);
        inject(a1_raw, &f);
        g_assert_heard(outside.n, 1);
        g_assert_cmpuint(inside.n, ==, 0);
        f = udp_frame(b0_mac, -1, "10.0.0.7", 68, "in", 2);
        inject(b1_raw, &f);
        g_assert_heard(inside.n, 1);
        g_assert_cmpuint(outside.n, ==, 1);
        in = udp_socket_free(in);
        out = udp_socket_free(out);
        run("ip link del v0; ip addr flush dev a0; ip addr flush dev b0");
}

/* Sends one datagram from 10.0.0.7 to 10.0.0.1, with @text in it. */
static int send_raw(int ifindex, const SocketOptions *options, const char *text) {
        uint8_t headers[IPV4_UDP_HEADERS_LEN];
        struct in_addr address, server;

        inet_pton(AF_INET, "10.0.0.7", &address);
        inet_pton(AF_INET, "10.0.0.1", &server);
        ipv4_udp_headers(headers, address, 68, server, 67, options->tos, (const uint8_t *) text,
                         strlen(text));
        return raw_send(ifindex, options, address, server, headers, sizeof(headers), text, strlen(text));
}

static void check_sent(int raw, const uint8_t *destination, const char *text) {
        const Frame f = far_end_read(raw, ETH_P_IP);
        Ipv4UdpInfo info;
        char address[INET_ADDRSTRLEN];

        g_assert_cmpmem(f.data, 6, destination, 6);
        g_assert_cmpint(ipv4_udp_parse(f.data + 14, f.len - 14, 67, /* checksum_pending= */ false, &info),
                        ==, 0);
        g_assert_cmpuint(info.src_port, ==, 68);
        g_assert_cmpstr(inet_ntop(AF_INET, &info.src, address, sizeof(address)), ==, "10.0.0.7");
        g_assert_cmpstr(inet_ntop(AF_INET, &info.dst, address, sizeof(address)), ==, "10.0.0.1");
        g_assert_cmpmem(info.payload, info.payload_len, text, strlen(text));
}

/*
 * Whichever process has the port, the datagram leaves by the link that is named, from the leased address,
 * to the next hop that the kernel knows.
 */
static void test_raw_send(void) {
        const int foreign = open_foreign(/* lets_others= */ false);

        g_assert_cmpint(send_raw(a0, &socket_options_default, "early"), ==, -EADDRNOTAVAIL);
        run("ip addr add 10.0.0.7/24 dev a0"
            " && ip neigh add 10.0.0.1 lladdr 02:00:00:00:0a:01 dev a0 nud permanent");
        far_end_flush(a1_raw);
        g_assert_cmpint(send_raw(a0, &socket_options_default, "renew"), ==, 0);
        check_sent(a1_raw, a1_mac, "renew");

        /*
         * Another link may have the very same lease (two networks behind two NAT boxes), and the routing
         * table prefers one of them.
         */
        run("ip addr add 10.0.0.7/24 dev b0"
            " && ip neigh add 10.0.0.1 lladdr 02:00:00:00:0c:00 dev b0 nud permanent");
        far_end_flush(b1_raw);
        g_assert_cmpint(send_raw(b0, &socket_options_default, "bye"), ==, 0);
        check_sent(b1_raw, other_mac, "bye");
        g_assert_cmpint(send_raw(a0, &socket_options_default, "again"), ==, 0);
        check_sent(a1_raw, a1_mac, "again");

        /* A datagram that goes by a router goes to its hardware address. */
        run("ip addr flush dev a0; ip addr flush dev b0; ip addr add 10.0.0.7/32 dev a0;"
            " ip route add 10.7.7.7 dev a0; ip route add 10.0.0.0/24 via 10.7.7.7 dev a0;"
            " ip neigh add 10.7.7.7 lladdr 02:00:00:00:0c:00 dev a0 nud permanent");
        g_assert_cmpint(send_raw(a0, &socket_options_default, "far"), ==, 0);
        check_sent(a1_raw, other_mac, "far");
        run("ip addr flush dev a0");
        close(foreign);
}

/* Returns this process's one datagram socket of a family, which is the one under test. -1: there is none. */
static int find_socket(int family) {
        for (int fd = 3; fd < 64; fd++) {
                int domain, type;
                socklen_t len = sizeof(int);

                if (getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &len) >= 0 && domain == family &&
                    getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &len) >= 0 && type == SOCK_DGRAM)
                        return fd;
        }
        return -1;
}

static void check_options(int family, const SocketOptions *options) {
        const int fd = find_socket(family);
        uint32_t value;
        socklen_t len = sizeof(value);

        g_assert_cmpint(fd, >=, 0);
        g_assert_cmpint(getsockopt(fd, SOL_SOCKET, SO_PRIORITY, &value, &len), ==, 0);
        g_assert_cmpuint(value, ==, options->priority);
        g_assert_cmpint(getsockopt(fd, SOL_SOCKET, SO_MARK, &value, &len), ==, 0);
        g_assert_cmpuint(value, ==, options->mark);
}

static void test_options(void) {
        const SocketOptions options = { .tos = 46 << 2, .priority = 5, .mark = 42 };
        const HwAddress broadcast = { .len = 6, .bytes = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff } };
        Seen seen = {};
        PacketSocket *s;
        Frame f;

        g_assert_cmpint(find_socket(AF_PACKET), ==, -1);
        g_assert_cmpint(packet_socket_new(event, ETH_P_IP, packet_filter_dhcp4(), on_frame, &seen, &s), ==,
                        0);
        /*
         * The options are set on an open socket, and on one that is opened afterwards. The mark can be
         * taken off again.
         */
        g_assert_cmpint(packet_socket_want(s, a0, true), ==, 0);
        check_options(AF_PACKET, &socket_options_default);
        g_assert_cmpint(packet_socket_set_options(s, &options), ==, 0);
        check_options(AF_PACKET, &options);
        g_assert_cmpint(packet_socket_set_options(s, &socket_options_default), ==, 0);
        check_options(AF_PACKET, &socket_options_default);
        s = packet_socket_free(s);
        g_assert_cmpint(packet_socket_new(event, ETH_P_IP, packet_filter_dhcp4(), on_frame, &seen, &s), ==,
                        0);
        g_assert_cmpint(packet_socket_set_options(s, &options), ==, 0);
        g_assert_cmpint(packet_socket_send(s, a0, &broadcast, "x", 1, NULL, 0), ==, 0);
        check_options(AF_PACKET, &options);
        s = packet_socket_free(s);

        run("ip addr add 10.0.0.7/24 dev a0 && ip neigh replace 10.0.0.1 lladdr 02:00:00:00:0a:01 dev a0 "
            "nud permanent");
        far_end_flush(a1_raw);
        g_assert_cmpint(send_raw(a0, &options, "renew"), ==, 0);
        f = far_end_read(a1_raw, ETH_P_IP);
        g_assert_cmphex(f.data[14 + 1], ==, 46 << 2);
        /* Rules that look at the mark find it. */
        run("ip rule add fwmark 42 table 42 && ip route add 10.7.7.7 dev a0 table 42"
            " && ip route add 10.0.0.0/24 via 10.7.7.7 dev a0 table 42"
            " && ip neigh add 10.7.7.7 lladdr 02:00:00:00:0c:00 dev a0 nud permanent");
        g_assert_cmpint(send_raw(a0, &options, "marked"), ==, 0);
        check_sent(a1_raw, other_mac, "marked");
        g_assert_cmpint(send_raw(a0, &socket_options_default, "plain"), ==, 0);
        check_sent(a1_raw, a1_mac, "plain");
        run("ip rule del fwmark 42 && ip route flush table 42 && ip addr flush dev a0");
}

int main(int argc, char **argv) {
        int r;

        g_test_init(&argc, &argv, NULL);
        if (!fixture_set_up())
                return EXIT_SUCCESS;

        g_test_add_func("/sockets/receive", test_receive);
        g_test_add_func("/sockets/links", test_links);
        g_test_add_func("/sockets/many-links", test_many_links);
        g_test_add_func("/sockets/checksum-pending", test_checksum_pending);
        g_test_add_func("/sockets/short", test_short);
        g_test_add_func("/sockets/promiscuous", test_promiscuous);
        g_test_add_func("/sockets/jumbo", test_jumbo);
        g_test_add_func("/sockets/bounded-wakeup", test_bounded_wakeup);
        g_test_add_func("/sockets/idle-and-close", test_idle_and_close);
        g_test_add_func("/sockets/send", test_send);
        g_test_add_func("/sockets/arp", test_arp);
        g_test_add_func("/sockets/udp", test_udp);
        g_test_add_func("/sockets/vrf", test_vrf);
        g_test_add_func("/sockets/raw-send", test_raw_send);
        g_test_add_func("/sockets/options", test_options);
        r = g_test_run();

        fixture_tear_down();
        return r;
}
