/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * What the files of a link share. Nobody else includes this.
 *
 *   link.c           the order of a turn; frames, sockets, ARP, the MTU, and what observers are told
 *   link-kernel.c    addresses and routes: desired against actual
 *   link-former.c    another hardware address
 */
#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "link/link.h"
#include "net/restore.h"

/* An identifier that is made of a hardware address is not longer. */
#define FORMER_ID_MAX 24u /* bytes; held by link_keep_former() */

/*
 * While .on is set, the lease published last is one that was granted under a former hardware address of the
 * link (link_set_hardware()). The client does not have it any more. It stays on the link until the client
 * has another lease, or until the grace is over.
 */
typedef struct Former {
        bool on;
        bool known;   /* who it was granted to */
        bool release; /* when the client has another lease */
        bool released;
        Dhcp4Loss loss; /* why it went without another in its place; NONE: it did not go so */
        usec_t until;
        uint8_t htype, chaddr_len, client_id_len;
        uint8_t chaddr[16], client_id[FORMER_ID_MAX];
} Former;

/* What link-kernel.c remembers from turn to turn; nobody else writes it. */
typedef struct LinkKernel {
        bool settled; /* the last plan was empty */
        /*
         * The kernel once showed all that the lease of settled_grant asks for, so what is missing now was
         * removed by others.
         */
        bool restorable;
        bool ending;              /* the address may live LINK_OUTLAST_USEC longer than the lease */
        usec_t settled_grant;     /* granted_at of the lease that was settled */
        Restore restore;          /* what others took away since */
        LinkMissing missing;      /* of what was given up */
        usec_t apply_at;          /* nothing is applied before: back-off after a refusal */
        unsigned refusals;        /* of the kernel, in a row */
        Dhcp4NetRefusals refused; /* routes that the last turn did not ask the kernel for */
} LinkKernel;

struct Link {
        const LinkPorts *ports;
        void *port;
        Dhcp4NetPolicy net;
        uint8_t mac[6];
        bool can_acd, defend_address;
        bool asks_host; /* whether another link of this host has the address */
        Dhcp4Client client;
        Acd acd;
        Dna dna;
        Mtu mtu;
        int mtu_error; /* of the last refusal, negative errno */
        bool carrier;
        bool rx_failed;           /* the sockets are not as the client wants them */
        int udp_error;            /* why there was no UDP socket when it was wanted last, negative errno */
        bool arp_failed;          /* the same of ARP */
        usec_t sockets_at;        /* when they are asked for again */
        unsigned sockets_refused; /* how often in a row, an interval each */

        Dhcp4State state_told;
        bool have_published;
        Dhcp4Lease published;
        Former former;

        LinkKernel kernel;

        /* was on the link when we started, so it is in use and another link's having it does not count */
        struct in_addr adopted;
        struct in_addr conflict; /* the address of the last conflict */
        int conflict_ifindex;    /* of the link of this host that has the address; 0: a neighbour has it */

        int error; /* negative errno */
        const char *error_what;
};

/* link.c */

/*
 * Remembers the last failure for link_last_error(). @error: negative errno, 0: none. @what: a static string.
 */
void link_fail(Link *link, int error, const char *what);
void link_feed(Link *link, usec_t now, const Dhcp4Event *event);
/* Asks the ports to listen to ARP, or no more. */
void link_set_arp(Link *link, bool listen);
/*
 * Tells observers of @lease (NULL: none) if it differs from what was published last. Call it when the kernel
 * shows its address.
 */
void link_publish(Link *link, const Dhcp4Lease *lease);
/* All steps of a turn (link.h). Every event ends in one. */
void link_turn(Link *link, usec_t now);
/* Keeps the link's part of the configuration; *ret is the client's, which keeps it itself. */
void link_take_config(Link *link, const LinkConfig *config, Dhcp4ClientConfig *ret);

/* link-kernel.c */

/* Begins with nothing settled, refused or lost. @link is all zero. */
void link_kernel_init(Link *link);
/*
 * What is missing at the next turn is applied at once, because others did not take it away: the lease, its
 * configuration or the link has changed, or the user asks.
 */
void link_kernel_reapply(Link *link);
/* The link is not settled yet, although the kernel agrees with the lease. The next turn decides anew. */
void link_kernel_unsettle(Link *link);

/* Returns the lease that holds: the client's, or else that of the former identity; NULL if there is none. */
const Dhcp4Lease *link_held(const Link *link);
/* Returns how long to wait after so many refusals in a row. */
usec_t link_retry_usec(unsigned refusals);
/* Makes the kernel agree with the lease. Returns when to look again at the latest. */
usec_t link_turn_kernel(Link *link, usec_t now);

/* link-former.c */

/* Ends the use of the lease of the former identity. @loss: why, if no other lease takes its place. */
void link_end_former(Link *link, Dhcp4Loss loss, bool release);
/*
 * Ends it when the client has a lease, or the time is over. Call it before addresses and routes are changed,
 * because the RELEASE is sent from the address that goes.
 */
void link_turn_former(Link *link, usec_t now);
