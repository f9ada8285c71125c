/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The classic BPF programs of the packet sockets (RFC 2131 §4.1, RFC 5227 §1.1).
 *
 * Owns nothing but constant tables. The programs are hints that keep other people's packets from waking us
 * up, never a check to rely on: wire/ parses whatever passes as hostile input. A load beyond the end of a
 * frame ends a program with "drop", so lengths need no tests of their own.
 *
 * What the DHCP program sees, h being the length of the IP header:
 *
 *   offset   size  field
 *        0      1  version, header length in words
 *        6      2  flags and fragment offset
 *        9      1  protocol
 *    h + 2      2  UDP destination port
 *    h + 8      1  op        2: BOOTREPLY
 *  h + 244      4  magic     63 82 53 63
 */
#include <linux/if_ether.h>
#include <net/if_arp.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <stddef.h>

#include "base/macro.h"
#include "base/protocol-numbers.h"
#include "io/packet-filter.h"

#define KEEP_ALL 0xffffffffu /* bytes of the frame to hand over */

#define UDP_DPORT_OFFSET   2
#define UDP_HEADER_LEN     8
#define BOOTP_MAGIC_OFFSET 236

static const struct sock_filter dhcp4_program[] = {
        /* A = protocol; UDP or drop */
        BPF_STMT(BPF_LD | BPF_B | BPF_ABS, offsetof(struct iphdr, protocol)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, IPPROTO_UDP, 0, 10),
        /*
         * A = flags and fragment offset; drop if either "more fragments" or an offset is there. A first
         * fragment looks like a whole datagram and is not; DF and the reserved bit do not matter.
         */
        BPF_STMT(BPF_LD | BPF_H | BPF_ABS, offsetof(struct iphdr, frag_off)),
        BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, IP_MF | IP_OFFMASK, 8, 0),
        /* X = length of the IP header, options included */
        BPF_STMT(BPF_LDX | BPF_B | BPF_MSH, 0),
        /* A = destination port; ours or drop */
        BPF_STMT(BPF_LD | BPF_H | BPF_IND, UDP_DPORT_OFFSET),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, DHCP4_PORT_CLIENT, 0, 5),
        /* A = op; a reply or drop */
        BPF_STMT(BPF_LD | BPF_B | BPF_IND, UDP_HEADER_LEN),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, DHCP4_OP_BOOTREPLY, 0, 3),
        /* A = magic cookie; DHCP or drop */
        BPF_STMT(BPF_LD | BPF_W | BPF_IND, UDP_HEADER_LEN + BOOTP_MAGIC_OFFSET),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, DHCP4_MAGIC, 0, 1),
        /* keep */
        BPF_STMT(BPF_RET | BPF_K, KEEP_ALL),
        /* drop */
        BPF_STMT(BPF_RET | BPF_K, 0),
};

static const struct sock_filter arp_program[] = {
        /* A = hardware and protocol type; Ethernet and IPv4 or drop */
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct arphdr, ar_hrd)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ARPHRD_ETHER << 16 | ETH_P_IP, 0, 6),
        /* A = the two address lengths; 6 and 4 or drop */
        BPF_STMT(BPF_LD | BPF_H | BPF_ABS, offsetof(struct arphdr, ar_hln)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ETH_ALEN << 8 | sizeof(struct in_addr), 0, 4),
        /* A = operation; request or reply or drop (RARP and InARP share the format) */
        BPF_STMT(BPF_LD | BPF_H | BPF_ABS, offsetof(struct arphdr, ar_op)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ARPOP_REQUEST, 1, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ARPOP_REPLY, 0, 1),
        /* keep */
        BPF_STMT(BPF_RET | BPF_K, KEEP_ALL),
        /* drop */
        BPF_STMT(BPF_RET | BPF_K, 0),
};

static const struct sock_filter none_program[] = {
        /* drop */
        BPF_STMT(BPF_RET | BPF_K, 0),
};

/* The kernel reads the program and never writes it; its interface just forgot the const. */
#define PROGRAM(p) ((struct sock_fprog){ .len = ARRAY_SIZE(p), .filter = (struct sock_filter *) (p) })

struct sock_fprog packet_filter_dhcp4(void) {
        return PROGRAM(dhcp4_program);
}

struct sock_fprog packet_filter_arp(void) {
        return PROGRAM(arp_program);
}

struct sock_fprog packet_filter_none(void) {
        return PROGRAM(none_program);
}
