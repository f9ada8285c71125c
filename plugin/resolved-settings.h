/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * Makes the DNS servers and domains of a lease into the form that systemd-resolved accepts. The result is a
 * plain value with one allocation; nothing is sent.
 */
#include <stdbool.h>

#include "plugin/dhcpd-link-plugin.h"

#define RESOLVED_DNS_MAX     8u
#define RESOLVED_DOMAINS_MAX 16u

#define RESOLVED_REASON_MAX 192u /* bytes */

#define OPTION_DOMAIN        15u
#define OPTION_DOMAIN_SEARCH 119u

/* The content of the lease. The configuration decides later which part of it resolved is told. */
typedef struct ResolvedSettings {
        struct in_addr dns[RESOLVED_DNS_MAX];
        size_t n_dns;
        char *domains; /* one after the other, each with its NUL */
        size_t domains_len;
        char single[64]; /* the first name that is left out because it is a single label; "": none is */
        uint8_t domains_option,
                single_option; /* the option that @domains, and @single, comes from: 15 or 119 */
        bool default_route;    /* the lease has one */
        bool tunnel;           /* a tunnel takes all traffic, so domains must not draw queries out of it */
        bool over_tunnels;     /* domains are used even if there are tunnels */
} ResolvedSettings;

/*
 * Reads the lease. Leaves out servers on this host, multicast addresses, 0.0.0.0, and names that are not
 * valid. The domains are those of option 119, or those of option 15 if option 119 has none that can be used.
 * Returns -ENOMEM on failure. The caller drops *ret with resolved_settings_clear().
 *
 * A name with a single label is left out, too. systemd-resolved asks a link's servers for all names below
 * the link's domains, so a server that sends "com" would be asked for most names.
 */
int resolved_settings_from_lease(const DhcpdLinkLease *lease, ResolvedSettings *ret);
void resolved_settings_clear(ResolvedSettings *settings);
/*
 * Writes why the domains of @option, or some of them, are not used; "" if all are used, or if there are
 * none. @dns_tunnel: a tunnel has DNS servers, and the lease's domains must not draw queries from them.
 */
void resolved_settings_unused(const ResolvedSettings *settings, uint8_t option, bool dns_tunnel,
                              char ret[RESOLVED_REASON_MAX]);
bool resolved_settings_equal(const ResolvedSettings *a, const ResolvedSettings *b);
