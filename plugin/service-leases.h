/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * Keeps what leases say about something that the host has only once: its name, its time zone, its time
 * servers.
 *
 * A list that is sorted: links with a default route first, then by interface index. The order is the same in
 * every daemon, whichever lease came first.
 */
#include <net/if.h>
#include <stdbool.h>
#include <stdint.h>

#include "plugin/dhcpd-link-plugin.h"

#define LEASE_VALUE_MAX 256u /* bytes with the NUL */

typedef struct LeaseValue {
        struct LeaseValue *next;
        int ifindex;
        char ifname[IF_NAMESIZE];
        bool default_route;
        uint8_t option; /* that says it */
        char value[LEASE_VALUE_MAX];
} LeaseValue;

/*
 * Stores what the lease of that link says. @value NULL or "": it says nothing, or there is no lease any
 * more. Returns 1 if the list differs from before in more than the name of a link, 0 if not. Negative errno;
 * the list then has nothing of that link.
 */
int lease_values_set(LeaseValue **list, const DhcpdLinkLease *lease, uint8_t option, const char *value);
void lease_values_clear(LeaseValue **list);
