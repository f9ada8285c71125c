/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * The encrypted resolvers of a lease (option 162, RFC 9463) in the form that systemd-resolved accepts. A
 * plain value; sends nothing.
 *
 * systemd-resolved speaks DNS over TLS and nothing else that is encrypted, and asks an address. So a
 * resolver counts if it has an address, speaks "dot", and does not insist on a parameter that we do not know
 * (RFC 9460 §8).
 */
#include <stdbool.h>

#include "plugin/dhcpd-link-plugin.h"

#define RESOLVED_DOT_MAX        8u
#define RESOLVED_NAME_MAX       254u /* bytes, with the NUL; held by add_resolver() */
#define RESOLVED_DNR_REASON_MAX 320u /* bytes; a name and a few words; held by say_unused() */

#define OPTION_ENCRYPTED_DNS 162u

/* One address of a resolver. */
typedef struct ResolvedDot {
        struct in_addr address;
        uint16_t port;                /* 0: the usual one, 853 */
        char name[RESOLVED_NAME_MAX]; /* that its certificate is for */
} ResolvedDot;

typedef struct ResolvedDnr {
        bool given;           /* the lease has such an option, whatever is in it */
        ResolvedDot *servers; /* by preference; NULL if there are none */
        size_t n_servers;
        char unused
                [RESOLVED_DNR_REASON_MAX]; /* of the first resolver that does not count, why; "": all do */
} ResolvedDnr;

/* Negative errno: -ENOMEM. Clear *ret in the end. */
int resolved_dnr_from_lease(const DhcpdLinkLease *lease, ResolvedDnr *ret);
void resolved_dnr_clear(ResolvedDnr *dnr);
bool resolved_dnr_equal(const ResolvedDnr *a, const ResolvedDnr *b);
