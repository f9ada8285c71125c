/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * The DHCPv4 part of a link: its client, conflict detection (core/acd.h), recognition of a known network
 * (core/dna.h), and what observers were told about the lease. link.c calls the functions of the second part
 * below in the order of a turn. Another protocol family would offer the same functions. This part knows the
 * ports, but nothing else of the link around it. Everything else arrives as arguments, and the results
 * describe what should hold now, not what has changed.
 *
 * The last part is for observers. It answers questions about the lease of a link.
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

/* The configuration of a link. DHCPv4 is its only family so far, so all of it belongs to this part. */
typedef struct LinkConfig {
        Dhcp4ClientConfig client; /* complete: chaddr, htype, client id filled in */
        Dhcp4NetPolicy net;
        uint8_t mac[6];
        bool can_acd; /* the link has ARP and a hardware address of 6 bytes */
        bool defend_address;
} LinkConfig;

/* link.c passes these on and never reads their fields. */
typedef Dhcp4Lease LinkDhcp4Lease;
typedef Dhcp4Source LinkDhcp4Source;

/* No client identifier that is made from a hardware address is longer than this. */
#define LINK_FORMER_ID_MAX 24u /* bytes; held by keep_former() */

/*
 * The lease of a former identity. While .on is set, the lease that was published last was granted under a
 * former hardware address of the link (link_set_hardware()), and the client no longer has it. The lease
 * stays on the link until the client has another lease, or until the grace period (.until) is over.
 */
typedef struct LinkFormer {
        bool on;
        bool known;   /* the identity that it was granted to is in .chaddr and .client_id */
        bool release; /* send a RELEASE when the client has another lease */
        bool released;
        Dhcp4Loss loss; /* why the lease ended with no other in its place; NONE: this has not happened */
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
        bool asks_host; /* look whether another link of this host has the address */
        bool carrier;
        bool arp_failed; /* the socket for ARP could not be opened */
        Dhcp4Client client;
        Acd acd;
        Dna dna;

        Dhcp4State state_told;
        bool have_published;
        Dhcp4Source published;      /* its lease, if it has one, is .published_lease */
        Dhcp4Lease published_lease; /* only with an answer */
        /* what was published before; set only while observers are told, else NULL */
        const Dhcp4Source *before;
        LinkFormer former;
        LinkKept kept;            /* the configuration last computed from the lease */
        bool kept_is_published;   /* .kept was computed from .published */
        Dhcp4NetRefusals refused; /* routes that the last turn did not ask the kernel for */

        /*
         * An address that was already on this link at the start. It is in use, so it is not a conflict if
         * another link has it too.
         */
        struct in_addr adopted;
        struct in_addr conflict; /* the address of the last conflict */
        int conflict_ifindex;    /* the link of this host that has .conflict; 0: a neighbour has it */
} LinkDhcp4;

/* Initializes @dhcp4, which the caller has zeroed. @config is copied. */
void link_dhcp4_init(LinkDhcp4 *dhcp4, LinkOutside *outside, const LinkConfig *config,
                     const uint8_t key[PRNG_KEY_LEN]);
void link_dhcp4_done(LinkDhcp4 *dhcp4);

/* Input. After each of these calls the caller runs a turn. */

/* @held: see Dhcp4Event.start.held. */
void link_dhcp4_start(LinkDhcp4 *dhcp4, usec_t now, const Dhcp4Source *before_or_null, bool held);
void link_dhcp4_stop(LinkDhcp4 *dhcp4, usec_t now, bool release);
/*
 * Starts from the beginning, as another client. The client waits until link_dhcp4_set_carrier() is called.
 */
void link_dhcp4_restart(LinkDhcp4 *dhcp4, usec_t now);
void link_dhcp4_renew(LinkDhcp4 *dhcp4, usec_t now);
void link_dhcp4_resumed(LinkDhcp4 *dhcp4, usec_t now);
void link_dhcp4_set_carrier(LinkDhcp4 *dhcp4, usec_t now, bool up);
/* The arguments are those of link_message(). */
void link_dhcp4_message(LinkDhcp4 *dhcp4, usec_t now, const uint8_t *data, size_t len,
                        const IpAddress *source, const HwAddress *source_hw);
/* Returns true if this packet matters to what the link does now. */
bool link_dhcp4_wants_arp(const LinkDhcp4 *dhcp4, const ArpPacket *arp);
/* Handles an ARP packet. Returns true if the caller has to run a turn. */
bool link_dhcp4_arp(LinkDhcp4 *dhcp4, usec_t now, const ArpPacket *arp);
void link_dhcp4_dispatch(LinkDhcp4 *dhcp4, usec_t now);
/* Takes over a new MTU of the link, in bytes. */
void link_dhcp4_set_mtu(LinkDhcp4 *dhcp4, uint32_t mtu);

/*
 * Returns true if @config makes another client or another task of the running client
 * (dhcp4_client_config_restarts()). The caller then stops the client before it sets @config.
 */
bool link_dhcp4_restarts(const LinkDhcp4 *dhcp4, const LinkConfig *config);
/* Sets a new configuration. @mtu is the MTU of the link in bytes; 0: not known. */
void link_dhcp4_set_config(LinkDhcp4 *dhcp4, const LinkConfig *config, uint32_t mtu);

/* The effect of a new hardware address (link_set_hardware()). */
typedef enum LinkDhcp4Hardware {
        LINK_DHCP4_SAME, /* servers see the same client; the caller has the lease verified */
        /*
         * the client is again the one that the former lease was granted to; after a turn the caller has that
         * lease verified
         */
        LINK_DHCP4_RETURNED,
        LINK_DHCP4_ANEW, /* servers see another client, which waits for link_dhcp4_set_carrier() */
} LinkDhcp4Hardware;

LinkDhcp4Hardware link_dhcp4_set_hardware(LinkDhcp4 *dhcp4, usec_t now, const LinkConfig *config,
                                          uint32_t mtu, const Dhcp4Lease *cached_or_null, bool release);

/* The steps of a turn, in their order. */

/* Asks the ports for facts that the client needs before it sends. */
void link_dhcp4_look(LinkDhcp4 *dhcp4);
/* Stores what the client wants to hear. Returns false if it wants to hear nothing. */
bool link_dhcp4_listen(const LinkDhcp4 *dhcp4, LinkListen *ret);
/* Stores the next frame to send, in order. Returns false if none is left. */
bool link_dhcp4_next_frame(LinkDhcp4 *dhcp4, LinkFrame *ret);
/* Tells the client that frames could not be sent. @error: negative errno. */
void link_dhcp4_send_failed(LinkDhcp4 *dhcp4, usec_t now, int error);
/*
 * Runs everything that uses ARP: conflict detection, and the verification of the network. Returns true if
 * the client was told something new. The caller then asks again for frames to send.
 */
bool link_dhcp4_detect(LinkDhcp4 *dhcp4, usec_t now);
/*
 * Ends the use of the lease of a former identity, if it is time. The caller calls this before it changes
 * addresses and routes, because the RELEASE is sent from the address that is about to be removed.
 */
void link_dhcp4_turn_former(LinkDhcp4 *dhcp4, usec_t now);
/* Tells observers if the state of the client has changed. */
void link_dhcp4_tell_state(LinkDhcp4 *dhcp4);
/*
 * Returns the MTU that the interface itself should have, in bytes; 0: the MTU that it had before the lease.
 *
 * Some drivers reset the device when the MTU changes. The carrier is lost, and the lease with it. Changing
 * the MTU back would reset the device again. So the value stays while the client remembers that lease and
 * asks for it again.
 */
uint32_t link_dhcp4_mtu(const LinkDhcp4 *dhcp4, const Mtu *mtu);
/* Stores what should be on the link, except addresses, routes and rules. */
void link_dhcp4_wanted(const LinkDhcp4 *dhcp4, LinkWanted *ret);
/*
 * Stores the addresses, routes and rules that the kernel should have, on a link with this @mtu. Returns 1 if
 * the set of refused routes has changed, else 0, or a negative errno if the tunnels of this host are not
 * known.
 */
int link_dhcp4_config(LinkDhcp4 *dhcp4, const Mtu *mtu, NetConfig *ret);
/*
 * Tells observers about the lease if it differs from what was published last. The caller calls this when the
 * kernel shows what is wanted, after link_dhcp4_config() in the same turn.
 */
void link_dhcp4_publish(LinkDhcp4 *dhcp4);
/* Returns true if the socket for ARP is wanted, but could not be opened. */
bool link_dhcp4_arp_failed(const LinkDhcp4 *dhcp4);
usec_t link_dhcp4_next_deadline(const LinkDhcp4 *dhcp4);

/*
 * Call this when the tunnels of this host have changed. Returns true if this matters to the lease; the
 * caller then runs a turn.
 */
bool link_dhcp4_minds_tunnels(LinkDhcp4 *dhcp4, const Mtu *mtu);
/*
 * Stores the same as link_dhcp4_config(), to be shown to people. If the tunnels of this host are not known,
 * the result is the one for a tunnel that takes all traffic.
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

/*
 * Returns what the link has, as published last, that is, as observers were told and the kernel shows it.
 * NULL: nothing.
 */
static inline const Dhcp4Source *link_source(const Link *link) {
        return link_dhcp4(link)->have_published ? &link_dhcp4(link)->published : NULL;
}

/* Returns the lease of link_source(). NULL: there is none. */
static inline const Dhcp4Lease *link_lease(const Link *link) {
        return link_source(link) ? link_source(link)->lease : NULL;
}

/*
 * Returns what was published before link_source(), NULL if there was nothing. It is valid only during
 * LinkPorts.publish().
 */
static inline const Dhcp4Source *link_source_before(const Link *link) {
        return link_dhcp4(link)->before;
}

/*
 * Returns true if link_lease() was granted under the identity that the link had before link_set_hardware().
 */
static inline bool link_lease_is_former(const Link *link) {
        return link_dhcp4(link)->former.on;
}

/* Returns true if the last lease of a former identity has been given back with a RELEASE. */
static inline bool link_former_was_released(const Link *link) {
        return link_dhcp4(link)->former.released;
}

/*
 * Returns why there is no lease any more. Use this function instead of dhcp4_client_loss(), which does not
 * know about the lease of a former identity.
 */
Dhcp4Loss link_loss(const Link *link);
/* Returns which parts of the present lease the policy refuses. Valid until the next turn. */
static inline const Dhcp4NetRefusals *link_refusals(const Link *link) {
        return &link_dhcp4(link)->refused;
}

/*
 * Stores those options of the lease published last that are not used, or not in full. Returns how many were
 * stored; 0 without a lease.
 */
size_t link_ignored(const Link *link, Dhcp4Ignored *ret, size_t max);
/*
 * Stores the address of the last conflict. Returns the ifindex of the link of this host that has the
 * address, 0 if a neighbour has it.
 */
int link_conflict(const Link *link, struct in_addr *ret);

/* link-dhcp4-former.c, for link-dhcp4.c */

/*
 * Ends the use of the lease of the former identity. @loss says why, if no other lease takes its place.
 * @release: send a RELEASE.
 */
void link_former_end(LinkDhcp4 *dhcp4, Dhcp4Loss loss, bool release);
/* link-dhcp4.c, for link-dhcp4-former.c */
void link_dhcp4_feed(LinkDhcp4 *dhcp4, usec_t now, const Dhcp4Event *event);
/* Starts the client, with what was there before, if there was anything. */
void link_dhcp4_feed_start(LinkDhcp4 *dhcp4, usec_t now, const Dhcp4Source *before_or_null, bool held);
void link_dhcp4_set_arp(LinkDhcp4 *dhcp4, bool listen);
int link_dhcp4_send(LinkDhcp4 *dhcp4, const Dhcp4Frame *frame);
