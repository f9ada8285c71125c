/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * The classic BPF programs of the packet sockets, as data (RFC 2131 §4.1, RFC 5227).
 *
 * They see frames from the network header on (SOCK_DGRAM). Pure data: a test attaches them to an AF_UNIX
 * datagram socket pair, which needs no privileges.
 */
#include <linux/filter.h>

/* UDP to port 68, BOOTREPLY with the DHCP cookie; IP options handled; no fragment of any kind. */
struct sock_fprog packet_filter_dhcp4(void);
/* IPv4 over Ethernet ARP. */
struct sock_fprog packet_filter_arp(void);
/* Passes nothing: for a socket that is open while no link wants frames. */
struct sock_fprog packet_filter_none(void);
