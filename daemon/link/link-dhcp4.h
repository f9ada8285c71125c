/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * The DHCPv4 part of a link: its client, conflict detection (core/acd.h), the known network (core/dna.h),
 * and what observers were told of the lease. link.c asks it the questions of the second part below, in the
 * order of a turn; another family would answer the same ones. It gets what it needs and gives back levels:
 * it knows the ports, and nothing of the link around it.
 *
 * The last part is for observers, who ask about the lease of a link.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/acd.h"
#include "core/dhcp4-client.h"
#include "core/dhcp4-net.h"
#include "core/dna.h"
#include "link/link-kept.h"
#include "link/link-kernel.h"
#include "link/link-ports.h"
#include "net/mtu.h"
#include "net/net-config.h"

typedef struct Link Link;

typedef struct LinkDhcp4Config {
        Dhcp4ClientConfig client; /* complete: chaddr, htype, client id filled in */
        Dhcp4NetPolicy net;
        uint8_t mac[6];
        bool can_acd; /* 6-byte hardware address and ARP on the link */
        bool defend_address;
} LinkDhcp4Config;

/* link.c hands leases on without looking into them. */
typedef Dhcp4Lease LinkDhcp4Lease;

/* An identifier that is made of a hardware address is not longer. */
#define LINK_FORMER_ID_MAX 24u /* bytes; held by keep_former() */

/*
 * While .on is set, the lease published last is one that was granted under a former hardware address of the
 * link (link_set_hardware()). The client does not have it any more. It stays on the link until the client
 * has another lease, or until the grace is over.
 */
typedef struct LinkFormer {
        bool on;
        bool known;   /* who it was granted to */
        bool release; /* when the client has another lease */
        bool released;
        Dhcp4Loss loss; /* why it went without another in its place; NONE: it did not go so */
        usec_t until;
        uint8_t htype, chaddr_len, client_id_len;
        uint8_t chaddr[16], client_id[LINK_FORMER_ID_MAX];
} LinkFormer;

typedef struct LinkDhcp4 {
        /* private to link/link-dhcp4*.c */
        LinkOutside *outside;
        Dhcp4NetPolicy net;
        uint8_t mac[6];
        bool can_acd, defend_address;
        bool asks_host; /* whether another link of this host has the address */
        bool carrier;
        bool arp_failed; /* nobody listens to ARP, though that is wanted */
        Dhcp4Client client;
        Acd acd;
        Dna dna;

        Dhcp4State state_told;
        bool have_published;
        Dhcp4Lease published;
        const Dhcp4Lease *before; /* the one before it, while observers are told; else NULL */
        LinkFormer former;
        LinkKept kept;            /* what the lease comes to on this link, as computed last */
        bool kept_is_published;   /* that lease is .published */
        Dhcp4NetRefusals refused; /* routes that the last turn did not ask the kernel for */

        /* was on the link when we started, so it is in use and another link's having it does not count */
        struct in_addr adopted;
        struct in_addr conflict; /* the address of the last conflict */
        int conflict_ifindex;    /* of the link of this host that has the address; 0: a neighbour has it */
} LinkDhcp4;

/* @dhcp4 is all zero. @config is copied. */
void link_dhcp4_init(LinkDhcp4 *dhcp4, LinkOutside *outside, const LinkDhcp4Config *config,
                     const uint8_t key[PRNG_KEY_LEN]);
void link_dhcp4_done(LinkDhcp4 *dhcp4);

/* Feed. A turn is due after each of these. */

/* @held: see Dhcp4Event.start.held. */
void link_dhcp4_start(LinkDhcp4 *dhcp4, usec_t now, const Dhcp4Lease *cached_or_null, bool held);
void link_dhcp4_stop(LinkDhcp4 *dhcp4, usec_t now, bool release);
/* From the beginning, as another client. It waits for its carrier. */
void link_dhcp4_restart(LinkDhcp4 *dhcp4, usec_t now);
void link_dhcp4_renew(LinkDhcp4 *dhcp4, usec_t now);
void link_dhcp4_resumed(LinkDhcp4 *dhcp4, usec_t now);
void link_dhcp4_set_carrier(LinkDhcp4 *dhcp4, usec_t now, bool up);
/* The arguments are those of link_message(). */
void link_dhcp4_message(LinkDhcp4 *dhcp4, usec_t now, const uint8_t *data, size_t len, struct in_addr source,
                        const HwAddress *source_hw);
/* Does this packet matter to what goes on now? */
bool link_dhcp4_wants_arp(const LinkDhcp4 *dhcp4, const ArpPacket *arp);
/* Returns true if something came of it: only then a turn is due. */
bool link_dhcp4_arp(LinkDhcp4 *dhcp4, usec_t now, const ArpPacket *arp);
void link_dhcp4_dispatch(LinkDhcp4 *dhcp4, usec_t now);
/* The link's MTU is another one, bytes. */
void link_dhcp4_set_mtu(LinkDhcp4 *dhcp4, uint32_t mtu);

/* Is who has @config another client than now (dhcp4_client_config_restarts())? Then it is stopped first. */
bool link_dhcp4_restarts(const LinkDhcp4 *dhcp4, const LinkDhcp4Config *config);
/* @mtu: of the link, bytes; 0: not known. */
void link_dhcp4_set_config(LinkDhcp4 *dhcp4, const LinkDhcp4Config *config, uint32_t mtu);

/* What another hardware address comes to (link_set_hardware()). */
typedef enum LinkDhcp4Hardware {
        LINK_DHCP4_SAME, /* the same client; the lease has to be verified */
        /* the client of the former lease again; after a turn that lease has to be verified */
        LINK_DHCP4_RETURNED,
        LINK_DHCP4_ANEW, /* another client, which waits for its carrier */
} LinkDhcp4Hardware;

LinkDhcp4Hardware link_dhcp4_set_hardware(LinkDhcp4 *dhcp4, usec_t now, const LinkDhcp4Config *config,
                                          uint32_t mtu, const Dhcp4Lease *cached_or_null, bool release);

/* What a turn asks, in its order. */

/* Looks at the outside for what the client has to know before it sends. */
void link_dhcp4_look(LinkDhcp4 *dhcp4);
/* Stores what it wants to hear. Returns false if that is nothing. */
bool link_dhcp4_listen(const LinkDhcp4 *dhcp4, LinkListen *ret);
/* Stores the next frame to send, in order. Returns false if none is left. */
bool link_dhcp4_next_frame(LinkDhcp4 *dhcp4, LinkFrame *ret);
/* Frames never left. @error: negative errno. */
void link_dhcp4_send_failed(LinkDhcp4 *dhcp4, usec_t now, int error);
/*
 * Does all that goes by ARP: conflict detection, and the verification of the network. Returns true if the
 * client was told something new, so there may be something to send again.
 */
bool link_dhcp4_detect(LinkDhcp4 *dhcp4, usec_t now);
/*
 * Ends the use of the lease of a former identity, if it is time. Comes before addresses and routes are
 * changed, because the RELEASE is sent from the address that goes.
 */
void link_dhcp4_turn_former(LinkDhcp4 *dhcp4, usec_t now);
/* Tells observers of another state. */
void link_dhcp4_tell_state(LinkDhcp4 *dhcp4);
/*
 * Returns what the interface's own MTU should be, bytes; 0: as it was before.
 *
 * A driver that resets the device for a change of the MTU takes the lease with the carrier, and that is no
 * reason to change it back, which resets the device again: the value stays while the lease is remembered and
 * asked for.
 */
uint32_t link_dhcp4_mtu(const LinkDhcp4 *dhcp4, const Mtu *mtu);
/* Stores what it wants to hold on the link. */
void link_dhcp4_wanted(const LinkDhcp4 *dhcp4, LinkWanted *ret);
/*
 * Stores what that comes to on a link with this @mtu: what the kernel should have. Returns 1 if other routes
 * are refused than before, else 0, or a negative errno when nobody can say what tunnels there are.
 */
int link_dhcp4_config(LinkDhcp4 *dhcp4, const Mtu *mtu, NetConfig *ret);
/*
 * The kernel shows what is wanted. Tells observers if it differs from what was published last. Comes after
 * link_dhcp4_config() in the same turn.
 */
void link_dhcp4_publish(LinkDhcp4 *dhcp4);
/* Returns true if nobody listens to ARP, though that is wanted. */
bool link_dhcp4_arp_failed(const LinkDhcp4 *dhcp4);
usec_t link_dhcp4_next_deadline(const LinkDhcp4 *dhcp4);

/* Tunnels are other ones. Returns true if that makes a difference, so that a turn is due. */
bool link_dhcp4_minds_tunnels(LinkDhcp4 *dhcp4, const Mtu *mtu);
/*
 * As link_dhcp4_config(), for people. While nobody can say what tunnels there are: as if one took all
 * traffic.
 */
void link_dhcp4_desired(const LinkDhcp4 *dhcp4, const Mtu *mtu, NetConfig *ret);

/* For observers. */

const LinkDhcp4 *link_dhcp4(const Link *link);
const Mtu *link_mtu_state(const Link *link);

static inline const Dhcp4Client *link_client(const Link *link) {
        return &link_dhcp4(link)->client;
}

static inline const Acd *link_acd(const Link *link) {
        return &link_dhcp4(link)->acd;
}

/* The lease as published last: what observers were told and the kernel shows; or NULL. */
static inline const Dhcp4Lease *link_lease(const Link *link) {
        return link_dhcp4(link)->have_published ? &link_dhcp4(link)->published : NULL;
}

/* The lease published before link_lease(), during LinkPorts.publish() alone; NULL if there was none. */
static inline const Dhcp4Lease *link_lease_before(const Link *link) {
        return link_dhcp4(link)->before;
}

/*
 * Returns true if link_lease() was granted under the identity that the link had before link_set_hardware().
 */
static inline bool link_lease_is_former(const Link *link) {
        return link_dhcp4(link)->former.on;
}

/* Returns true if the last such lease has been given back with a RELEASE. */
static inline bool link_former_was_released(const Link *link) {
        return link_dhcp4(link)->former.released;
}

/*
 * Returns why there is no lease any more. Use this and not dhcp4_client_loss(), which does not know of the
 * lease of a former identity.
 */
Dhcp4Loss link_loss(const Link *link);
/* Returns what the policy refuses of the lease that holds. Valid until the next turn. */
static inline const Dhcp4NetRefusals *link_refusals(const Link *link) {
        return &link_dhcp4(link)->refused;
}

/*
 * Stores the options of the lease published last that are not used, or not in full. Returns how many were
 * stored; 0 without a lease.
 */
size_t link_ignored(const Link *link, Dhcp4Ignored *ret, size_t max);
/*
 * Stores the address of the last conflict. Returns the ifindex of the link of this host that has the
 * address, 0 if a neighbour has it.
 */
int link_conflict(const Link *link, struct in_addr *ret);

/* link-dhcp4-former.c, for link-dhcp4.c */

/* Ends the use of the lease of the former identity. @loss: why, if no other lease takes its place. */
void link_former_end(LinkDhcp4 *dhcp4, Dhcp4Loss loss, bool release);
/* link-dhcp4.c, for link-dhcp4-former.c */
void link_dhcp4_feed(LinkDhcp4 *dhcp4, usec_t now, const Dhcp4Event *event);
void link_dhcp4_set_arp(LinkDhcp4 *dhcp4, bool listen);
int link_dhcp4_send(LinkDhcp4 *dhcp4, const Dhcp4Frame *frame);
