/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * The kernel's part of a turn: compares what is wanted with what is there, and carries out the plan that
 * closes the gap. It does not know protocol families: what is wanted arrives as addresses, routes and rules,
 * and as a few instants. There is one LinkKernel for each family of a link.
 */
#include <stdbool.h>
#include <stdint.h>

#include "base/ip.h"
#include "base/usec.h"
#include "link/link-ports.h"
#include "net/net-config.h"
#include "net/restore.h"

/*
 * LINK_ENDING_USEC before a lease ends, its address gets a new lifetime in the kernel, which ends
 * LINK_OUTLAST_USEC after the lease. So the link removes the address at the end of the lease, before the
 * kernel would. If the daemon dies in these last seconds, the kernel removes the address LINK_OUTLAST_USEC
 * too late.
 */
#define LINK_ENDING_USEC  (2 * USEC_PER_SEC)
#define LINK_OUTLAST_USEC (3 * USEC_PER_SEC)

/* After a failure the link tries again: first after a second, then at growing intervals. */
#define LINK_RETRY_MIN_USEC (1 * USEC_PER_SEC)
#define LINK_RETRY_MAX_USEC (60 * USEC_PER_SEC)

/* What the link lacks because others remove it again and again (net/restore.h). */
typedef struct LinkMissing {
        bool address; /* one address, or more */
        /* an address is there, but its lifetime in the kernel does not end with the lease */
        bool lifetime;
        bool default_route;
        bool rule;
        uint16_t n_routes; /* number of missing routes, not counting default routes */
        /* the destination of the first of them; AF_INET or AF_INET6 */
        uint8_t family, prefix_len;
        IpAddress dst;
} LinkMissing;

/*
 * What a source wants to have on the link, except its addresses, routes and rules: those are in a NetConfig.
 */
typedef struct LinkWanted {
        bool any;       /* something should be on the link */
        bool applied;   /* it is put on the link; false: it is only published (Apply=no) */
        usec_t grant;   /* instant; tells one grant from the next */
        usec_t ends_at; /* instant; USEC_INFINITY: never */
} LinkWanted;

/* What link-kernel.c remembers from turn to turn; nobody else writes it. */
typedef struct LinkKernel {
        bool settled; /* the last plan was empty */
        /*
         * The kernel has already shown everything that the grant of settled_grant asks for. So what is
         * missing now was removed by others.
         */
        bool restorable;
        bool ending;          /* the address may live LINK_OUTLAST_USEC longer than the lease */
        usec_t settled_grant; /* LinkWanted.grant when the kernel showed everything */
        Restore restore;      /* what others have removed since then */
        LinkMissing missing;  /* what is missing, if the link gave up restoring it */
        usec_t apply_at;      /* nothing is applied before this instant (back-off after a refusal) */
        unsigned refusals;    /* how often in a row the kernel has refused */
} LinkKernel;

/* Initializes @kernel: nothing is settled, and nothing has been lost. */
void link_kernel_init(LinkKernel *kernel);
/*
 * Makes the next turn apply at once whatever is missing. Call this when others are not the cause: what is
 * wanted, the configuration or the link has changed, or the user asks for it.
 */
void link_kernel_reapply(LinkKernel *kernel);
/* Marks the link as not settled, although the kernel agrees. The next turn decides again. */
void link_kernel_unsettle(LinkKernel *kernel);

/*
 * Makes the kernel agree with @desired, the configuration that belongs to @wanted. May change @desired.
 * Stores in *ret_shown whether the kernel shows enough of @desired for observers to be told. Returns the
 * instant of the next turn at the latest.
 */
usec_t link_kernel_turn(LinkKernel *kernel, LinkOutside *outside, usec_t now, bool carrier,
                        const LinkWanted *wanted, NetConfig *desired, bool *ret_shown);

/* Returns how long to wait before the next try, after @refusals earlier ones in a row. */
usec_t link_retry_usec(unsigned refusals);
