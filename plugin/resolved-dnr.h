/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * Makes the encrypted resolvers of a lease (option 162, RFC 9463) into the form that systemd-resolved
 * accepts. The result is a plain value; nothing is sent.
 *
 * The only encrypted protocol of systemd-resolved is DNS over TLS, and it needs the address of a server. So
 * a resolver is used if it has an address, speaks "dot", and has no mandatory parameter that we do not know
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
        uint16_t port;                /* 0: the usual port, 853 */
        char name[RESOLVED_NAME_MAX]; /* the name in its certificate */
} ResolvedDot;

typedef struct ResolvedDnr {
        bool given;           /* the lease has the option, even if no resolver in it can be used */
        ResolvedDot *servers; /* in the order of preference; NULL if there are none */
        size_t n_servers;
        /* why the first resolver that cannot be used is left out; "": all are used */
        char unused[RESOLVED_DNR_REASON_MAX];
} ResolvedDnr;

/* Reads the lease. Returns -ENOMEM on failure. The caller drops *ret with resolved_dnr_clear(). */
int resolved_dnr_from_lease(const DhcpdLinkLease *lease, ResolvedDnr *ret);
void resolved_dnr_clear(ResolvedDnr *dnr);
bool resolved_dnr_equal(const ResolvedDnr *a, const ResolvedDnr *b);
