/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * One managed network interface: what its protocols want there, and its configuration in the kernel.
 *
 * The shell around core/. Each entry point does the same four steps: feed, send what is to be sent,
 * reconcile (sockets, conflict detection, addresses and routes), re-arm the timer. A change is published
 * when the kernel shows it, that is when a plan comes out empty, not when it was asked for.
 *
 * Sans-IO as well: everything outside goes through LinkPorts, so that tests and the simulator run the real
 * shell. What is of one family is in the file of that family, and so are the questions that observers have
 * about it: link-dhcp4.h.
 */
#include <stdbool.h>
#include <stdint.h>

#include "base/hw-address.h"
#include "base/prng.h"
#include "base/usec.h"
#include "link/link-dhcp4.h"
#include "link/link-kernel.h"
#include "link/link-ports.h"
#include "net/mtu.h"
#include "net/net-config.h"
#include "wire/arp.h"

/* There is one family so far. */
typedef LinkDhcp4Config LinkConfig;

/* @ports and @port must outlive the link. @config is copied. Negative errno: -ENOMEM. */
int link_new(const LinkPorts *ports, void *port, const LinkConfig *config, const uint8_t key[PRNG_KEY_LEN],
             Link **ret);
Link *link_free(Link *link); /* sends nothing; link_stop() first if a RELEASE is wanted */
static inline void link_freep(Link **p) {
        *p = link_free(*p);
}

/*
 * @cached_or_null: a lease from an earlier run, to begin with. @held: it is on the link right now, and the
 * carrier did not move since, so it is in force at once.
 */
void link_start(Link *link, usec_t now, const LinkDhcp4Lease *cached_or_null, bool held);
void link_stop(Link *link, usec_t now, bool release);
void link_renew(Link *link, usec_t now);
/* The host slept. */
void link_resumed(Link *link, usec_t now);
/*
 * Takes new configuration. What is asked and said has it from the next message on, addresses and routes at
 * once. If it makes another client or another task of the link (link_dhcp4_restarts()), the lease is given
 * back, if @release is true with a message to the server; the link starts over, true is returned, and its
 * carrier has to be told again.
 */
bool link_set_config(Link *link, usec_t now, const LinkConfig *config, bool release);

/*
 * Call it when the link has another hardware address. @config is the configuration with that address; it
 * differs in nothing else that link_dhcp4_restarts() looks at.
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
bool link_set_hardware(Link *link, usec_t now, const LinkConfig *config,
                       const LinkDhcp4Lease *cached_or_null, bool release);

void link_carrier(Link *link, usec_t now, bool up);
/* @source_hw NULL: not known. @source: of the IP packet. */
void link_message(Link *link, usec_t now, const uint8_t *data, size_t len, struct in_addr source,
                  const HwAddress *source_hw);
/*
 * A LAN is full of ARP. Returns true if this packet matters to what the link does now: only then it is worth
 * a look at who sent it, and link_arp().
 */
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

/*
 * Stores what the kernel should have on the link now. While nobody can say what tunnels there are: as if one
 * took all traffic.
 */
void link_desired(const Link *link, NetConfig *ret);
/* True when kernel and lease agree and nothing waits. */
bool link_settled(const Link *link);
/*
 * Returns what the link does without, valid until the next turn; the link is then bound and not settled.
 * NULL: nothing was given up.
 */
const LinkMissing *link_missing(const Link *link);
/*
 * The last thing that failed, negative errno, and at what (static string); 0 and NULL when nothing did since
 * there is a lease. That another process has our port is reported until the port is known to be free.
 */
int link_last_error(const Link *link, const char **ret_what);
