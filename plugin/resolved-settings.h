/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * DNS servers and domains of a lease in the form that systemd-resolved accepts. A value with one allocation;
 * sends nothing.
 */
#include <stdbool.h>

#include "plugin/dhcpd-link-plugin.h"

#define RESOLVED_DNS_MAX     8u
#define RESOLVED_DOMAINS_MAX 16u

#define RESOLVED_REASON_MAX 192u /* bytes */

#define OPTION_DOMAIN        15u
#define OPTION_DOMAIN_SEARCH 119u

/* What the lease says. The configuration decides later how much of it resolved is told. */
typedef struct ResolvedSettings {
        struct in_addr dns[RESOLVED_DNS_MAX];
        size_t n_dns;
        char *domains; /* one after the other, each with its NUL */
        size_t domains_len;
        char single[64]; /* the first name that was left out because it is a single label; "": none was */
        uint8_t domains_option, single_option; /* the options that they are of, 15 or 119 */
        bool default_route;                    /* the lease has one */
        bool tunnel;       /* a tunnel takes all traffic: domains are not to draw names out of it */
        bool over_tunnels; /* whatever tunnels there are, domains are used */
} ResolvedSettings;

/*
 * Leaves out servers that are on this host, multicast addresses, 0.0.0.0, and names that are not valid.
 * Domains are those of option 119, or, if that leaves none, of option 15. Negative errno: -ENOMEM. Clear
 * *ret in the end.
 *
 * A name of a single label is left out as well: systemd-resolved asks a link's servers for all names below
 * the domains of the link, so a server that says "com" would be asked for most of what there is.
 */
int resolved_settings_from_lease(const DhcpdLinkLease *lease, ResolvedSettings *ret);
void resolved_settings_clear(ResolvedSettings *settings);
/*
 * Writes why domains of @option are not used, or not all of them; "" if they are, or if there are none.
 * @dns_tunnel: a tunnel has DNS servers, and the lease's domains are not to draw names from them.
 */
void resolved_settings_unused(const ResolvedSettings *settings, uint8_t option, bool dns_tunnel,
                              char ret[RESOLVED_REASON_MAX]);
bool resolved_settings_equal(const ResolvedSettings *a, const ResolvedSettings *b);
