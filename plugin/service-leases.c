/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Keeps what leases say about a thing that the host has only once (contract: plugin/service-leases.h). */
#include "plugin/service-leases.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static LeaseValue *take(LeaseValue **list, int ifindex) {
        for (LeaseValue **p = list; *p; p = &(*p)->next)
                if ((*p)->ifindex == ifindex) {
                        LeaseValue *v = *p;

                        *p = v->next;
                        return v;
                }
        return NULL;
}

static bool is_before(const LeaseValue *a, const LeaseValue *b) {
        return a->default_route != b->default_route ? a->default_route : a->ifindex < b->ifindex;
}

static void insert(LeaseValue **list, LeaseValue *v) {
        while (*list && is_before(*list, v))
                list = &(*list)->next;
        v->next = *list;
        *list = v;
}

int lease_values_set(LeaseValue **list, const DhcpdLinkLease *lease, uint8_t option, const char *value) {
        const bool default_route = lease->flags & DHCPD_LINK_LEASE_DEFAULT_ROUTE;
        LeaseValue *v = take(list, lease->ifindex);
        int changed;

        if (!value || value[0] == '\0') {
                changed = v != NULL;
                free(v);
                return changed;
        }
        if (strlen(value) >= LEASE_VALUE_MAX) {
                free(v);
                return -E2BIG;
        }
        changed = !v || v->default_route != default_route || v->option != option ||
                strcmp(v->value, value) != 0;
        if (!v)
                v = calloc(1, sizeof(*v));
        if (!v)
                return -ENOMEM;
        v->ifindex = lease->ifindex;
        v->default_route = default_route;
        v->option = option;
        (void) strncpy(v->ifname, lease->ifname, sizeof(v->ifname) - 1);
        (void) strcpy(v->value, value);
        insert(list, v);
        return changed;
}

void lease_values_clear(LeaseValue **list) {
        while (*list) {
                LeaseValue *v = *list;

                *list = v->next;
                free(v);
        }
}
