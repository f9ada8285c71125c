/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * Keeps what leases say about a thing that the host has only once: its name, its time zone, its time
 * servers.
 *
 * The list is sorted: links with a default route come first, and then the interface index decides. So the
 * order does not depend on which lease came first, and it is the same after a restart of the daemon.
 */
#include <net/if.h>
#include <stdbool.h>
#include <stdint.h>

#include "plugin/dhcpd-link-plugin.h"

#define LEASE_VALUE_MAX 256u /* bytes, with the NUL */

typedef struct LeaseValue {
        struct LeaseValue *next;
        int ifindex;
        char ifname[IF_NAMESIZE];
        bool default_route;
        uint8_t option; /* the option that has the value */
        char value[LEASE_VALUE_MAX];
} LeaseValue;

/*
 * Stores what the lease of a link says. @value: NULL or "" if it says nothing, or if the lease is lost.
 * Returns 1 if the list has changed in more than the name of a link, 0 if not. Returns a negative errno on
 * failure, and then the list has nothing of that link.
 */
int lease_values_set(LeaseValue **list, const DhcpdLinkLease *lease, uint8_t option, const char *value);
void lease_values_clear(LeaseValue **list);
