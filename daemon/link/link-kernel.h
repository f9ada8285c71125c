/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * The kernel's part of a turn: what is wanted, what is there, and the plan that closes the gap. It knows no
 * family: what is wanted comes in as addresses, routes and rules, and as a few times.
 */
#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/usec.h"
#include "link/link-ports.h"
#include "net/net-config.h"
#include "net/restore.h"

/*
 * LINK_ENDING_USEC before a lease ends, its address gets a lifetime in the kernel that goes on for
 * LINK_OUTLAST_USEC after the end. So it is the link that takes it off, at the end, and not the kernel.
 * If the daemon dies in between, the kernel takes it off that much later than it should.
 */
#define LINK_ENDING_USEC  (2 * USEC_PER_SEC)
#define LINK_OUTLAST_USEC (3 * USEC_PER_SEC)

/* What is asked for again after a failure: after a second, and ever more seldom. */
#define LINK_RETRY_MIN_USEC (1 * USEC_PER_SEC)
#define LINK_RETRY_MAX_USEC (60 * USEC_PER_SEC)

/* What the link does without, because others take it away again and again (net/restore.h). */
typedef struct LinkMissing {
        bool address;
        /* the address is there, and the kernel would take it away sooner or later than the lease ends */
        bool lifetime;
        bool default_route;
        bool rule;
        uint8_t prefix_len; /* with .dst: the first of the routes */
        uint16_t n_routes;  /* but for the default route */
        struct in_addr dst;
} LinkMissing;

/* What a source wants to hold on the link. Its addresses, routes and rules are a NetConfig beside it. */
typedef struct LinkWanted {
        bool any;       /* there is something to hold */
        bool applied;   /* and it is to be put on the link; false: it is published alone (Apply=no) */
        usec_t grant;   /* instant by which one grant is told from the next */
        usec_t ends_at; /* instant; USEC_INFINITY: never */
} LinkWanted;

/* What link-kernel.c remembers from turn to turn; nobody else writes it. */
typedef struct LinkKernel {
        bool settled; /* the last plan was empty */
        /*
         * The kernel once showed all that the grant of settled_grant asks for, so what is missing now was
         * removed by others.
         */
        bool restorable;
        bool ending;          /* the address may live LINK_OUTLAST_USEC longer than the lease */
        usec_t settled_grant; /* LinkWanted.grant when that was so */
        Restore restore;      /* what others took away since */
        LinkMissing missing;  /* of what was given up */
        usec_t apply_at;      /* nothing is applied before: back-off after a refusal */
        unsigned refusals;    /* of the kernel, in a row */
} LinkKernel;

/* Begins with nothing settled or lost. */
void link_kernel_init(LinkKernel *kernel);
/*
 * What is missing at the next turn is applied at once, because others did not take it away: what is wanted,
 * its configuration or the link has changed, or the user asks.
 */
void link_kernel_reapply(LinkKernel *kernel);
/* The link is not settled yet, although the kernel agrees. The next turn decides anew. */
void link_kernel_unsettle(LinkKernel *kernel);

/*
 * Makes the kernel agree with @desired, which is what @wanted comes to; @desired is changed. Stores in
 * *ret_shown whether the kernel shows enough of it for others to be told. Returns when to look again at the
 * latest.
 */
usec_t link_kernel_turn(LinkKernel *kernel, LinkOutside *outside, usec_t now, bool carrier,
                        const LinkWanted *wanted, NetConfig *desired, bool *ret_shown);

/* Returns how long to wait after so many refusals in a row. */
usec_t link_retry_usec(unsigned refusals);
