/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * IPv6 addresses and routes for test-net-*.c.
 */
#include <arpa/inet.h>
#include <glib.h>
#include <linux/rtnetlink.h>

#include "net/net-config.h"

static inline IpAddress ip6(const char *text) {
        IpAddress address;

        g_assert_cmpint(inet_pton(AF_INET6, text, &address.v6), ==, 1);
        return address;
}

static inline NetRoute default_via(const char *gateway, uint32_t metric) {
        return (NetRoute){
                .family = AF_INET6,
                .gateway = ip6(gateway),
                .metric = metric,
                .table = RT_TABLE_MAIN,
                .expires_at = USEC_INFINITY,
                .ours = true,
        };
}
