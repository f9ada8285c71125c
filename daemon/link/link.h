/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * One managed network interface: what its protocols want to have there, and its configuration in the kernel.
 *
 * The shell around core/. Each entry point does the same four steps: pass the input on, send what is to be
 * sent, reconcile (sockets, conflict detection, addresses and routes), set the timer. A change is published
 * when the kernel shows it, which is when there is nothing left to plan. It is not published earlier, when
 * the kernel was asked for it.
 *
 * The shell does no input or output itself: everything outside goes through LinkPorts, so tests and the
 * simulator run the real shell. Everything about one protocol family, including the functions for its
 * observers, is in the header of that family: link-dhcp4.h.
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

/*
 * Creates a link that does nothing until link_start(). @ports and @port must outlive the link. @config is
 * copied. Returns 0 or -ENOMEM.
 */
int link_new(const LinkPorts *ports, void *port, const LinkConfig *config, const uint8_t key[PRNG_KEY_LEN],
             Link **ret);
Link *link_free(Link *link); /* sends nothing; link_stop() first if a RELEASE is wanted */
static inline void link_freep(Link **p) {
        *p = link_free(*p);
}

/*
 * Starts the link. @before_or_null is what the link had in an earlier run, and tries to keep. @held: its
 * address is on the link right now, and the carrier has not changed since it was in use. It is then in force
 * at once.
 */
void link_start(Link *link, usec_t now, const LinkDhcp4Source *before_or_null, bool held);
void link_stop(Link *link, usec_t now, bool release);
void link_renew(Link *link, usec_t now);
/* Call this when the host has slept. */
void link_resumed(Link *link, usec_t now);
/*
 * Sets a new configuration. Messages follow it from the next one on; addresses and routes follow it at once.
 * If @config makes another client or another task of the link (link_dhcp4_restarts()), the link gives up its
 * lease, with a message to the server if @release is true, and starts over. It then returns true, and the
 * caller calls link_carrier() again.
 */
bool link_set_config(Link *link, usec_t now, const LinkConfig *config, bool release);

/*
 * Call this when the link has got another hardware address. @config is the configuration with that address;
 * it differs in nothing else that link_dhcp4_restarts() looks at.
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
/* Handles a message. @source is the source address of its IP packet. @source_hw NULL: not known. */
void link_message(Link *link, usec_t now, const uint8_t *data, size_t len, const IpAddress *source,
                  const HwAddress *source_hw);
/*
 * Returns true if this packet matters to what the link does now. Most ARP packets on a LAN do not. Only if
 * it matters, the caller checks who sent the packet and calls link_arp().
 */
bool link_wants_arp(const Link *link, const ArpPacket *arp);
void link_arp(Link *link, usec_t now, const ArpPacket *arp);
void link_timer(Link *link, usec_t now);
void link_kernel_changed(Link *link, usec_t now);
/*
 * Takes over the MTU of the interface, in bytes, whoever set it. The caller calls this once before
 * link_start() as well, and then link_adopt_mtu().
 */
void link_mtu(Link *link, usec_t now, uint32_t mtu);
/* Call this after a restart of the daemon; see mtu_adopt(). */
void link_adopt_mtu(Link *link, uint32_t before, uint32_t set);
/*
 * Call this when tunnels or their routes came or went. Routes of the lease may have to be removed, or may be
 * added again.
 */
void link_tunnels_changed(Link *link, usec_t now);

/*
 * Stores what the kernel should have on the link now. If the tunnels of this host are not known, the result
 * is the one for a tunnel that takes all traffic.
 */
void link_desired(const Link *link, NetConfig *ret);
/* Returns true if the kernel agrees with the lease and nothing is waiting to be done. */
bool link_settled(const Link *link);
/*
 * Returns what the link lacks because it gave up restoring it, valid until the next turn. The link is then
 * bound and not settled. NULL: nothing was given up.
 */
const LinkMissing *link_missing(const Link *link);
/*
 * Returns the last failure as a negative errno, and stores what failed, a static string. Returns 0 and
 * stores NULL if nothing has failed since the link got its lease. If another process has our port, this is
 * reported until the port is known to be free.
 */
int link_last_error(const Link *link, const char **ret_what);
