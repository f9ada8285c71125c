/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The least a DHCP client can do on one link: DISCOVER, REQUEST, one RTM_NEWADDR, over one packet and one
 * netlink socket, without checks, retries, routes or libraries. No client can be faster than this;
 * tests/bench/bench.py divides by it.
 *
 * usage: floor IFNAME     exit status 0 once the address was asked for
 */
#include <arpa/inet.h>
#include <linux/if_packet.h>
#include <linux/rtnetlink.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#define MESSAGE_LEN 300
#define FRAME_LEN   (28 + MESSAGE_LEN)

static int packet_fd, ifindex;
static uint8_t mac[6];

static uint16_t checksum(const uint8_t *data, size_t len) {
        uint32_t sum = 0;

        for (size_t i = 0; i < len; i += 2)
                sum += (uint32_t) data[i] << 8 | data[i + 1];
        while (sum >> 16)
                sum = (sum & 0xffff) + (sum >> 16);
        return (uint16_t) ~sum;
}

static void put16(uint8_t *p, unsigned value) {
        p[0] = (uint8_t) (value >> 8);
        p[1] = (uint8_t) value;
}

/* type 1 DISCOVER, 3 REQUEST for @address from @server. */
static void ask(uint8_t type, const uint8_t *address, const uint8_t *server) {
        struct sockaddr_ll to = {
                .sll_family = AF_PACKET,
                .sll_protocol = htons(ETHERTYPE_IP),
                .sll_ifindex = ifindex,
                .sll_halen = 6,
                .sll_addr = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff },
        };
        uint8_t frame[FRAME_LEN] = { 0x45 }, *bootp = frame + 28, *option = bootp + 240;

        put16(frame + 2, FRAME_LEN);
        frame[8] = 64;
        frame[9] = IPPROTO_UDP;
        memset(frame + 16, 0xff, 4);
        put16(frame + 10, checksum(frame, 20));
        put16(frame + 20, 68);
        put16(frame + 22, 67);
        put16(frame + 24, FRAME_LEN - 20);
        bootp[0] = bootp[1] = 1;
        bootp[2] = 6;
        memcpy(bootp + 4, "flor", 4);
        memcpy(bootp + 28, mac, 6);
        memcpy(bootp + 236, "\x63\x82\x53\x63", 4);
        memcpy(option, (const uint8_t[]){ 53, 1, type }, 3);
        option += 3;
        if (address) {
                memcpy(option, "\x32\x04", 2);
                memcpy(option + 2, address, 4);
                memcpy(option + 6, "\x36\x04", 2);
                memcpy(option + 8, server, 4);
                option += 12;
        }
        *option = 255;
        if (sendto(packet_fd, frame, sizeof(frame), 0, (struct sockaddr *) &to, sizeof(to)) < 0)
                perror("floor: sendto");
}

static int add_address(const uint8_t *address) {
        struct {
                struct nlmsghdr header;
                struct ifaddrmsg message;
                struct rtattr attribute;
                uint8_t address[4];
        } request = {
                .header = {
                        .nlmsg_len = sizeof(request),
                        .nlmsg_type = RTM_NEWADDR,
                        .nlmsg_flags = NLM_F_REQUEST | NLM_F_CREATE | NLM_F_REPLACE,
                },
                .message = { .ifa_family = AF_INET, .ifa_prefixlen = 24, .ifa_index = (unsigned) ifindex },
                .attribute = { .rta_len = RTA_LENGTH(4), .rta_type = IFA_LOCAL },
        };
        const int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);

        memcpy(request.address, address, 4);
        return send(fd, &request, sizeof(request), 0) < 0;
}

static const uint8_t *find_option(const uint8_t *option, const uint8_t *end, uint8_t code) {
        while (option + 1 < end && *option != 255 && *option != code)
                option += *option == 0 ? 1 : 2 + option[1];
        return option + 2;
}

int main(int argc, char *argv[]) {
        struct sockaddr_ll local = { .sll_family = AF_PACKET, .sll_protocol = htons(ETHERTYPE_IP) };
        struct ifreq request = {};

        if (argc != 2)
                return 2;
        packet_fd = socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        strncpy(request.ifr_name, argv[1], IFNAMSIZ - 1);
        if (ioctl(packet_fd, SIOCGIFHWADDR, &request) < 0) {
                perror("floor");
                return 1;
        }
        memcpy(mac, request.ifr_hwaddr.sa_data, 6);
        ifindex = (int) if_nametoindex(argv[1]);
        local.sll_ifindex = ifindex;
        if (bind(packet_fd, (struct sockaddr *) &local, sizeof(local)) < 0)
                return 1;

        ask(1, NULL, NULL);
        for (;;) {
                struct pollfd pollfd = { .fd = packet_fd, .events = POLLIN };
                uint8_t frame[2048], *bootp = frame + 28;
                ssize_t n;

                if (poll(&pollfd, 1, 5000) <= 0)
                        return 1;
                n = recv(packet_fd, frame, sizeof(frame), 0);
                if (n < 28 + 244 || bootp[0] != 2 || memcmp(bootp + 4, "flor", 4) != 0)
                        continue;
                if (*find_option(bootp + 240, frame + n, 53) == 2)
                        ask(3, bootp + 16, find_option(bootp + 240, frame + n, 54));
                else
                        return add_address(bootp + 16);
        }
}
