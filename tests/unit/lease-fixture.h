/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * For test-lease-*.c: leases from answers that were built as a server would.
 */
#include <arpa/inet.h>
#include <glib.h>
#include <string.h>

#include "base/macro.h"
#include "core/dhcp4-lease.h"
#include "store/lease-store.h"
#include "wire/dhcp4-protocol.h"

#define BOOT_ID       "01234567-89ab-cdef-0123-456789abcdef"
#define OTHER_BOOT_ID "fedcba98-7654-3210-fedc-ba9876543210"

#define SEC USEC_PER_SEC

static inline Dhcp4Lease make_lease(const char *address, uint32_t lifetime_sec, usec_t granted_at) {
        static const HwAddress server_hw = { .len = 6, .bytes = { 0x02, 0, 0, 0, 0, 0x53 } };
        Dhcp4Header header = { .op = 2, .htype = 1, .hlen = 6, .xid = 0x12345678 };
        uint8_t ack[DHCP4_MESSAGE_MAX_LEN];
        struct in_addr server = { .s_addr = htonl(0x0a000001) };
        Dhcp4Builder builder;
        Dhcp4Lease lease;
        size_t len;

        g_assert_cmpint(inet_pton(AF_INET, address, &header.yiaddr), ==, 1);
        dhcp4_builder_init(&builder, ack, sizeof(ack), &header, DHCP4_ACK);
        dhcp4_builder_append_addr(&builder, DHCP4_OPTION_SERVER_ID, server);
        dhcp4_builder_append_u32(&builder, DHCP4_OPTION_LEASE_TIME, lifetime_sec);
        dhcp4_builder_append_u32(&builder, DHCP4_OPTION_SUBNET_MASK, 0xffffff00);
        dhcp4_builder_append_addr(&builder, DHCP4_OPTION_ROUTERS, server);
        g_assert_cmpint(dhcp4_builder_finish(&builder, &len), ==, 0);
        g_assert_cmpint(dhcp4_lease_from_ack(ack, len, &server_hw, granted_at, &lease), ==, 0);
        return lease;
}

static inline LeaseRecord make_record(const Dhcp4Lease *lease) {
        LeaseRecord record = {
                .ifindex = 7,
                .ifname = "br-lan",
                .hw_address = { .len = 6, .bytes = { 0x02, 0, 0, 0, 0, 0x01 } },
                .carrier_changes = 3,
                .applied = lease,
                .brought_up = true,
                .have_lease = lease,
        };

        if (lease)
                record.lease = *lease;
        return record;
}

static inline void assert_same_lease(const Dhcp4Lease *a, const Dhcp4Lease *b) {
        g_assert_cmpuint(a->address.s_addr, ==, b->address.s_addr);
        g_assert_cmpuint(a->prefix_len, ==, b->prefix_len);
        g_assert_cmpuint(a->server_id.s_addr, ==, b->server_id.s_addr);
        g_assert_true(hw_address_equal(&a->server_hw, &b->server_hw));
        g_assert_cmpuint(a->granted_at, ==, b->granted_at);
        g_assert_cmpuint(a->lifetime_usec, ==, b->lifetime_usec);
        g_assert_cmpuint(a->t1_usec, ==, b->t1_usec);
        g_assert_cmpuint(a->t2_usec, ==, b->t2_usec);
        g_assert_cmpmem(a->ack, a->ack_len, b->ack, b->ack_len);
        g_assert_cmpmem(a->ack + a->ack_len, a->kept_len, b->ack + b->ack_len, b->kept_len);
}
