/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * One managed network interface: its Dhcp4Client, its Acd, its kernel configuration.
 *
 * The shell around core/. Each entry point does the same four steps: feed the client, send its frames,
 * reconcile (rx mode, conflict detection, addresses and routes), re-arm the timer. A change of lease is published
 * when the kernel shows it, that is when a plan comes out empty, not when it was asked for.
 *
 * Sans-IO as well: everything outside goes through LinkPorts, so that tests and the simulator run the real shell.
 */
#include <stdbool.h>
#include <stdint.h>

#include "core/acd.h"
#include "core/dhcp4-client.h"
#include "core/dhcp4-net.h"
#include "link/link-ports.h"
#include "net/mtu.h"
#include "net/net-plan.h"
#include "net/restore.h"

/*
 * LINK_ENDING_USEC before a lease ends, its address gets a lifetime in the kernel that goes on for
 * LINK_OUTLAST_USEC after the end. So it is the link that takes it off, at the end, and not the kernel.
 * If the daemon dies in between, the kernel takes it off that much later than it should.
 */
#define LINK_ENDING_USEC  (2 * USEC_PER_SEC)
#define LINK_OUTLAST_USEC (3 * USEC_PER_SEC)

typedef struct Link Link;

typedef struct LinkConfig {
        Dhcp4ClientConfig client; /* complete: chaddr, htype, client id filled in */
        Dhcp4NetPolicy net;
        uint8_t mac[6];
        bool can_acd; /* 6-byte hardware address and ARP on the link */
        bool defend_address;
} LinkConfig;

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

/* @ports and @port must outlive the link. @config is copied. Negative errno: -ENOMEM. */
int link_new(const LinkPorts *ports, void *port, const LinkConfig *config, const uint8_t key[PRNG_KEY_LEN],
             Link **ret);
Link *link_free(Link *link); /* sends nothing; link_stop() first if a RELEASE is wanted */
static inline void link_freep(Link **p) {
        *p = link_free(*p);
}

/* @held: see Dhcp4Event.start.held. */
void link_start(Link *link, usec_t now, const Dhcp4Lease *cached_or_null, bool held);
void link_stop(Link *link, usec_t now, bool release);
void link_renew(Link *link, usec_t now);
/* The host slept: DHCP4_EVENT_RESUMED. */
void link_resumed(Link *link, usec_t now);
/*
 * Takes new configuration. What is asked and said has it from the next message on, addresses and routes at once. If it makes another client or another task of the
 * link (dhcp4_client_config_restarts()), the lease is given back, with a RELEASE if @release, and the link starts over, true is returned, and its carrier has to be
 * told again.
 */
bool link_set_config(Link *link, usec_t now, const LinkConfig *config, bool release);

/*
 * Call it when the link has another hardware address. @config is the configuration with that address; it
 * differs in nothing else that dhcp4_client_config_restarts() looks at.
 *
 * If servers know the client by an identifier that has not changed, they see the same client: the lease is
 * kept and verified, and the address is announced again. Otherwise they see another client. It begins with
 * @cached_or_null, the lease that was remembered for it. The former lease stays in use until the new client
 * has a lease, but no longer than carrier_grace_usec, and not beyond its end. If the new client gets another
 * address, or the link is stopped, the former lease is given back under the old identity, provided that
 * @release is true. When the time is over it is not given back, and may be remembered
 * (link_former_was_released()). If the link gets its former hardware address back meanwhile, the client
 * takes up the former lease again and verifies it. An anonymous client keeps nothing and gives nothing back,
 * because either would show that both identities are the same host (RFC 7844).
 *
 * Returns true if the link began anew as another client. The caller then tells the carrier again, as after
 * link_set_config().
 */
bool link_set_hardware(Link *link, usec_t now, const LinkConfig *config, const Dhcp4Lease *cached_or_null,
                       bool release);

void link_carrier(Link *link, usec_t now, bool up);
/* @source_hw NULL: not known. @source: of the IP packet. */
void link_message(Link *link, usec_t now, const uint8_t *data, size_t len, struct in_addr source,
                  const HwAddress *source_hw);
/* A LAN is full of ARP: does this packet matter to what the link does now? Only then it is worth a look at who sent it, and link_arp(). */
bool link_wants_arp(const Link *link, const ArpPacket *arp);
void link_arp(Link *link, usec_t now, const ArpPacket *arp);
void link_timer(Link *link, usec_t now);
void link_kernel_changed(Link *link, usec_t now);
/* The interface's MTU, bytes, whoever set it. Also once before link_start(), and link_adopt_mtu() then. */
void link_mtu(Link *link, usec_t now, uint32_t mtu);
/* After a restart of the daemon: see mtu_adopt(). */
void link_adopt_mtu(Link *link, uint32_t before, uint32_t set);
/* Tunnels or their routes came or went: routes of the lease may have to go, or may come back. */
void link_tunnels_changed(Link *link, usec_t now);

const Dhcp4Client *link_client(const Link *link);
const Acd *link_acd(const Link *link);
const Mtu *link_mtu_state(const Link *link);
/* The lease as published last: what observers were told and the kernel shows; or NULL. */
const Dhcp4Lease *link_lease(const Link *link);
/*
 * Returns true if link_lease() was granted under the identity that the link had before link_set_hardware().
 */
bool link_lease_is_former(const Link *link);
/* Returns true if the last such lease has been given back with a RELEASE. */
bool link_former_was_released(const Link *link);
/*
 * Returns why there is no lease any more. Use this and not dhcp4_client_loss(), which does not know of the
 * lease of a former identity.
 */
Dhcp4Loss link_loss(const Link *link);
/* What the kernel should have on the link now. While nobody can say what tunnels there are: as if one took all traffic. */
void link_desired(const Link *link, NetConfig *ret);
/* Returns what the policy refuses of the lease that holds. Valid until the next turn. */
const Dhcp4NetRefusals *link_refusals(const Link *link);
/* Options of the lease published last that are not used, or not in full. Returns how many were stored; 0 without a lease. */
size_t link_ignored(const Link *link, Dhcp4Ignored *ret, size_t max);
/* True when kernel and lease agree and nothing waits. */
bool link_settled(const Link *link);
/*
 * Stores the address of the last conflict. Returns the ifindex of the link of this host that has the
 * address, 0 if a neighbour has it.
 */
int link_conflict(const Link *link, struct in_addr *ret);
/*
 * Returns what the link does without, valid until the next turn; the link is then bound and not settled.
 * NULL: nothing was given up.
 */
const LinkMissing *link_missing(const Link *link);
/*
 * The last thing that failed, negative errno, and at what (static string); 0 and NULL when nothing did since
 * BOUND. That another process has port 68 is reported until the port is known to be free.
 */
int link_last_error(const Link *link, const char **ret_what);
