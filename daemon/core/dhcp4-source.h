/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * What a link has of IPv4: an address, and where it comes from. A plain value; pure.
 *
 * A server's answer is a lease (core/dhcp4-lease.h), and everything else that the server said is read from
 * there. An address that is configured (DHCPINFORM before its answer, a static fallback) or chosen (a
 * link-local fallback) has no answer behind it. It stands by itself: the values below are all there is.
 */
#include "core/dhcp4-lease.h"

typedef struct Dhcp4Source {
        Dhcp4LeaseOrigin origin;
        struct in_addr address;
        uint8_t prefix_len;
        struct in_addr router; /* of a static fallback; 0.0.0.0: none, or the lease says it */
        usec_t granted_at;     /* instant since which the address is ours */
        usec_t lifetime_usec;  /* span; USEC_INFINITY if it is unlimited, which it is without a lease */
        /* the answer that all of this comes from, borrowed; NULL: there is none */
        const Dhcp4Lease *lease;
} Dhcp4Source;

/* Returns the source that @lease makes. It is valid as long as @lease is. */
Dhcp4Source dhcp4_source_of_lease(const Dhcp4Lease *lease);
/* Returns the source that an address makes which no server granted. @router 0.0.0.0: none. */
Dhcp4Source dhcp4_source_own(Dhcp4LeaseOrigin origin, struct in_addr address, uint8_t prefix_len,
                             struct in_addr router, usec_t since);

static inline usec_t dhcp4_source_expires_at(const Dhcp4Source *source) {
        return usec_add(source->granted_at, source->lifetime_usec);
}

/* Returns true if a server granted the address. */
static inline bool dhcp4_source_is_granted(const Dhcp4Source *source) {
        return source->lease && dhcp4_lease_is_granted(source->lease);
}

/* Returns NULL if .router can be the router of this address, otherwise why not; see ip4_check(). */
const char *dhcp4_source_check_router(const Dhcp4Source *source);

/*
 * Returns true if nothing but the times differs; see dhcp4_lease_same_content(). An answer differs from an
 * address without one.
 */
bool dhcp4_source_same_content(const Dhcp4Source *a, const Dhcp4Source *b);

/*
 * Stores the options of a source, for those who show them: those of the answer or, without one, what an
 * answer with this address would say (options 53, 1 and, if there is a router, 3). Programs read masks and
 * routers from there, wherever they come from.
 */
void dhcp4_source_options(const Dhcp4Source *source, Dhcp4Message *ret);
