/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The shell around core/: one turn is feed, send, reconcile, arm (see link.h). link-kernel.c reconciles
 * addresses and routes; link-former.c keeps a lease over a change of the hardware address.
 *
 * Nothing that happens on the outside is remembered as "done": each turn asks the client what should hold, asks the
 * ports what does hold, and closes the gap. So a step that failed, an address that somebody took away and a restart of
 * the daemon are all the same case. Two things are remembered on purpose: what observers were told last, and how often
 * we put back what others removed (net/restore.h).
 *
 * Allocates itself and nothing else; has no clock, no log and no descriptor.
 *
 * An address that another link of this host has is declined when the ACK comes and before it is used (unless
 * ConflictDetection=no). ARP would not show it, since Linux answers for each of its addresses on each of its
 * links. A bridge or bond and its port count as one link, and VRFs have addresses of their own. A configured
 * address (InformAddress=) is probed before it is used with ConflictDetection=strict, and after a conflict
 * in every mode but "no".
 */
#include "link/link-internal.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/ip.h"
#include "base/macro.h"

/*
 * Client and conflict detection feed each other within one turn: an OFFER starts probing, a conflict sends
 * DECLINE. Held by link_turn().
 */
#define LINK_ROUNDS_MAX 4u
/* A timer that is so late was not late: the host slept. */
#define LINK_SLEPT_USEC (8 * USEC_PER_SEC)

void link_fail(Link *link, int error, const char *what) {
        link->error = error;
        link->error_what = what;
}

void link_feed(Link *link, usec_t now, const Dhcp4Event *event) {
        dhcp4_client_input(&link->client, now, event);
}

/* The ports' idea of the sockets follows the client's. What cannot be opened is tried again by each turn (link_turn_retry()). */
static void link_turn_rx(Link *link) {
        const Dhcp4RxMode mode = dhcp4_client_rx_mode(&link->client);
        const Dhcp4Lease *lease = dhcp4_client_lease(&link->client);
        int r, udp = 0;

        r = link->ports->set_rx_mode(link->port, mode, lease, &udp);
        link->rx_failed = r < 0 || udp < 0;
        if (r < 0)
                link_fail(link, r, "opening a socket");
        /*
         * Between renewals the socket is not wanted, so its error is neither confirmed nor cleared. A port
         * that another process has is therefore reported once, until the socket opens, and not anew with
         * each renewal.
         */
        if ((mode & DHCP4_RX_UDP) || !lease)
                link->udp_error = udp;
}

/*
 * A link that puts nothing anywhere asks in each turn whether others have. Without a lease it has no address,
 * and a lease that this turn brings is not on the link yet.
 */
static void link_turn_absent(Link *link) {
        const Dhcp4Lease *lease = dhcp4_client_cached(&link->client);

        dhcp4_client_set_absent(&link->client,
                                link->net.lease_only &&
                                        (!lease || !link->ports->address_here(link->port, lease->address)));
}

static void link_turn_send(Link *link, usec_t now) {
        Dhcp4Frame frame;
        int r = 0;

        link_turn_absent(link);
        /* Listen before asking, stop listening after the last word. */
        if (dhcp4_client_rx_mode(&link->client) != DHCP4_RX_NONE)
                link_turn_rx(link);

        while (dhcp4_client_next_frame(&link->client, &frame)) {
                int q;

                q = link->ports->send(link->port, &frame);
                if (q < 0)
                        r = q;
        }
        if (r < 0) {
                link_fail(link, r, "sending");
                /* Never answered by another frame, so there is nothing to drain again. */
                link_feed(link, now,
                          &(const Dhcp4Event){
                                  .type = DHCP4_EVENT_SEND_FAILED,
                                  .send_failed.error = r,
                          });
        }

        if (dhcp4_client_rx_mode(&link->client) == DHCP4_RX_NONE)
                link_turn_rx(link);
}

static void link_send_arp(Link *link, const ArpPacket *packet, const uint8_t destination[6]) {
        const int r = link->ports->send_arp(link->port, packet, destination);

        if (r < 0)
                link_fail(link, r, "sending ARP");
}

void link_set_arp(Link *link, bool listen) {
        const int r = link->ports->set_arp(link->port, listen);

        link->arp_failed = r < 0;
        if (r < 0)
                link_fail(link, r, "opening a socket for ARP");
}

/*
 * A link that is not to have the address probes it, and no more. To announce and to defend it is for whoever
 * puts it somewhere, maybe at another hardware address.
 */
static bool link_has_probed(const Link *link) {
        return link->net.lease_only && dhcp4_client_knows_free(&link->client);
}

/*
 * Starts, feeds or ends conflict detection as dhcp4_client_probing() says. *ret_listen: it wants to hear ARP.
 * Returns true if the client was told something new.
 *
 * What conflict detection knows is compared with what the client knows in every round. Nobody remembers what
 * was told.
 */
static bool link_turn_acd(Link *link, usec_t now, bool *ret_listen) {
        static const uint8_t broadcast[6] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff };
        struct in_addr address;
        ArpPacket packet;
        AcdBasis basis;
        bool is_free = false;

        *ret_listen = false;
        if (!link->can_acd || !link->carrier || !dhcp4_client_probing(&link->client, &address) ||
            link_has_probed(link)) {
                if (acd_state(&link->acd) != ACD_STATE_IDLE)
                        acd_stop(&link->acd);
                return false;
        }

        basis = dhcp4_client_probing_basis(&link->client);
        if (acd_state(&link->acd) == ACD_STATE_IDLE || acd_address(&link->acd).s_addr != address.s_addr) {
                acd_start(&link->acd, now, address, basis, link->mac);
                link_set_arp(link,
                             /* listen= */ true); /* the answer to the first probe has to be heard too */
        } else
                acd_set_basis(&link->acd, basis);

        while (acd_dispatch(&link->acd, now, &packet))
                if (!link->net.lease_only || packet.sender.s_addr == INADDR_ANY)
                        link_send_arp(link, &packet, broadcast);

        switch (acd_state(&link->acd)) {
        case ACD_STATE_IDLE:
                break;
        case ACD_STATE_PROBING:
                *ret_listen = true;
                break;
        case ACD_STATE_ANNOUNCING:
                *ret_listen = true;
                is_free = true;
                break;
        case ACD_STATE_DEFENDING:
                /*
                 * DEVIATION RFC 5227 §2.4: a conflict that arises after the announcements goes unnoticed unless
                 * DefendAddress= is on, because noticing it takes a packet socket for as long as the lease lasts. Nobody handed
                 * a link-local address out, so there it is always done (RFC 3927 §2.5).
                 */
                *ret_listen = link->defend_address || ip4_is_link_local(address);
                is_free = true;
                break;
        case ACD_STATE_CONFLICT:
                link->conflict = address;
                link->conflict_ifindex = 0;
                acd_stop(&link->acd);
                link_feed(link, now, &(const Dhcp4Event){ .type = DHCP4_EVENT_PROBE_CONFLICT });
                return true;
        case _ACD_STATE_MAX:
                assert_not_reached();
        }

        if (!is_free || dhcp4_client_knows_free(&link->client))
                return false;
        link_feed(link, now, &(const Dhcp4Event){ .type = DHCP4_EVENT_PROBE_OK });
        return true;
}

/* Asks the lease's routers what dhcp4_client_dna() says. True: an answer is waited for. */
static bool link_turn_dna(Link *link, usec_t now) {
        DnaQuestion question = { .task = DNA_NOTHING };
        uint8_t destination[6];
        ArpPacket packet;

        if (link->can_acd && link->carrier)
                dhcp4_client_dna(&link->client, &question);
        dna_ask(&link->dna, now, &question, link->mac);
        if (dna_is_listening(&link->dna))
                link_set_arp(link, /* listen= */ true);
        while (dna_dispatch(&link->dna, now, &packet, destination))
                link_send_arp(link, &packet, destination);
        return dna_is_listening(&link->dna);
}

/*
 * Tells the client of a conflict if another link of this host has the address that it was granted. ACD
 * cannot find this conflict, because this host itself answers ARP for the address. Returns true if the
 * client was told.
 *
 * The check comes after the ACK, and the answer is a DHCPDECLINE (RFC 2131 §3.1 (5), §4.4.1). The address is
 * known from the OFFER on, but an OFFER cannot be declined: a server ignores the DECLINE of an address that
 * it did not grant, and if its OFFER is left alone it offers the same address for ever. So the address is
 * requested and then declined.
 *
 * Only an address that is about to be used is checked. To take away one that is in use would help nobody (as
 * with conflicts after the announcements, above).
 */
static bool link_turn_elsewhere(Link *link, usec_t now) {
        struct in_addr address;
        int ifindex;

        if (!dhcp4_client_granted(&link->client, &address)) {
                link->adopted.s_addr = INADDR_ANY;
                return false;
        }
        if (!link->asks_host || link->net.lease_only || address.s_addr == link->adopted.s_addr ||
            (link->have_published && address.s_addr == link->published.address.s_addr))
                return false;
        ifindex = link->ports->address_elsewhere(link->port, address);
        if (ifindex <= 0)
                return false;
        link->conflict = address;
        link->conflict_ifindex = ifindex;
        link_feed(link, now, &(const Dhcp4Event){ .type = DHCP4_EVENT_PROBE_CONFLICT });
        return true;
}

/* Returns true if something was due at @at, and so long ago that the host must have slept since. */
static bool slept_through(usec_t at, usec_t now) {
        return at > 0 && usec_sub(now, at) >= LINK_SLEPT_USEC;
}

/*
 * Tells an anonymous client that the host slept, if nobody has said so yet. The next ARP packet would name
 * an address of before to all hosts of what may be another network (RFC 7844 §3.3). What the client itself
 * was about to send is the client's to judge. Returns true if the client was told.
 */
static bool link_turn_slept(Link *link, usec_t now) {
        if (!dhcp4_client_config(&link->client)->anonymize || !link->carrier ||
            (!slept_through(acd_next_deadline(&link->acd), now) &&
             !slept_through(dna_next_deadline(&link->dna), now)))
                return false;
        acd_stop(&link->acd);
        dna_init(&link->dna);
        link_feed(link, now, &(const Dhcp4Event){ .type = DHCP4_EVENT_RESUMED });
        return true;
}

/*
 * Does all that goes by ARP: conflict detection, and the verification of the network. Returns true if the
 * client was told something new.
 */
static bool link_turn_arp(Link *link, usec_t now) {
        bool listen, told;

        /* What the client has to send now comes first; the next round goes on with ARP. */
        if (link_turn_elsewhere(link, now) || link_turn_slept(link, now))
                return true;
        told = link_turn_acd(link, now, &listen);
        /* Afterwards: only an address that is known to be ours goes into a request. */
        listen = link_turn_dna(link, now) || listen;
        link_set_arp(link, listen);
        return told;
}

static void link_tell_state(Link *link) {
        const Dhcp4State state = dhcp4_client_state(&link->client), told = link->state_told;

        if (state == told)
                return;
        link->state_told = state;
        link->ports->state_changed(link->port, told, state);
}

void link_publish(Link *link, const Dhcp4Lease *lease) {
        LinkNotice notice;
        Dhcp4Lease old;

        if (!lease && !link->have_published)
                return;
        if (lease && link->have_published && lease->granted_at == link->published.granted_at &&
            dhcp4_lease_same_content(lease, &link->published))
                return;

        if (!link->have_published)
                notice = LINK_NOTICE_BOUND;
        else if (!lease)
                notice = LINK_NOTICE_LOST;
        else if (dhcp4_lease_same_content(lease, &link->published))
                notice = LINK_NOTICE_RENEWED;
        else
                notice = LINK_NOTICE_CHANGED;

        old = link->published;
        if (lease) {
                link->published = *lease;
                link->former.loss = DHCP4_LOSS_NONE;
        }
        link->have_published = lease;
        link->ports->publish(link->port, notice, notice == LINK_NOTICE_BOUND ? NULL : &old, lease);
}

/*
 * Sockets that were refused: a turn that asks for them again. In BOUND or RENEWING the next one may be hours away otherwise, and nobody would
 * hear a conflict, a FORCERENEW or a NAK until then. Returns when.
 */
static usec_t link_turn_retry(Link *link, usec_t now) {
        if (!link->rx_failed && !link->arp_failed) {
                link->sockets_at = 0;
                link->sockets_refused = 0;
                return USEC_INFINITY;
        }
        /* A turn in between, for another reason, takes no interval. */
        if (now >= link->sockets_at)
                link->sockets_at = usec_add(now, link_retry_usec(link->sockets_refused++));
        return link->sockets_at;
}

/*
 * What the interface's own MTU should be by the lease, bytes; 0: as it was before.
 *
 * A driver that resets the device for a change of the MTU takes the lease with the carrier, and that is no reason to change it back, which resets
 * the device again: the value stays while the lease is remembered and asked for.
 */
static uint32_t link_wanted_mtu(const Link *link) {
        const Dhcp4State state = dhcp4_client_state(&link->client);
        const Dhcp4Lease *held = link_held(link), *lease = held;
        Dhcp4Message ack;
        uint16_t mtu;

        if (link->net.use_mtu != NET_MTU_LINK || link->net.lease_only)
                return 0;
        if (!held && (state == DHCP4_STATE_INIT_REBOOT || state == DHCP4_STATE_REBOOTING))
                lease = dhcp4_client_cached(&link->client);
        if (!lease)
                return 0;
        dhcp4_lease_message(lease, &ack);
        mtu = dhcp4_lease_mtu(&ack, link->net.mtu_min);
        return held || mtu_has_bounced(&link->mtu, mtu) ? mtu : 0;
}

/* Before addresses and routes: who is told of the lease finds the MTU right. */
static void link_turn_mtu(Link *link, usec_t now) {
        const uint32_t value = mtu_decide(&link->mtu, now, link_wanted_mtu(link), link->carrier);
        int r;

        if (value == 0)
                return;
        r = link->ports->set_mtu(link->port, value, mtu_before(&link->mtu) ?: mtu_current(&link->mtu));
        mtu_done(&link->mtu, now, value, r >= 0);
        if (r < 0)
                link->mtu_error = r;
        link_kernel_reapply(link); /* the MTU of the routes may have changed */
        dhcp4_client_set_mtu(&link->client, mtu_current(&link->mtu));
}

void link_turn(Link *link, usec_t now) {
        usec_t wake_at;

        for (unsigned round = 0; round < LINK_ROUNDS_MAX; round++) {
                link_turn_send(link, now);
                if (!link_turn_arp(link, now))
                        break;
        }
        /* A conflict in the last round may have left a DECLINE behind. */
        link_turn_send(link, now);

        link_turn_former(link, now);
        link_tell_state(link);
        link_turn_mtu(link, now);
        wake_at = link_turn_kernel(link, now);
        /* Afterwards: what is settled forgets what went wrong before. */
        if (mtu_is_refused(&link->mtu) || mtu_next_deadline(&link->mtu) != USEC_INFINITY)
                link_fail(link, link->mtu_error, "setting the MTU of the link");
        if (mtu_next_deadline(&link->mtu) != USEC_INFINITY)
                link_kernel_unsettle(link);
        wake_at = MIN(wake_at, mtu_next_deadline(&link->mtu));
        /* The socket of an address that was not on the link before now is. Nothing else may happen before T1. */
        if (link->rx_failed)
                link_turn_rx(link);
        wake_at = MIN(wake_at, link_turn_retry(link, now));
        wake_at = MIN(wake_at, dhcp4_client_next_deadline(&link->client));
        wake_at = MIN(wake_at, acd_next_deadline(&link->acd));
        wake_at = MIN(wake_at, dna_next_deadline(&link->dna));
        if (link->former.on)
                wake_at = MIN(wake_at, link->former.until);

        (void) link->ports->set_timer(link->port, wake_at);
        link->ports->turned(link->port, now);
}

void link_take_config(Link *link, const LinkConfig *config, Dhcp4ClientConfig *ret) {
        link->net = config->net;
        memcpy(link->mac, config->mac, sizeof(link->mac));
        link->can_acd = config->can_acd;
        link->defend_address = config->defend_address;
        link->asks_host = config->client.conflict != DHCP4_CONFLICT_NO;
        *ret = config->client;
        ret->mtu = mtu_current(&link->mtu);
        /*
         * Once the lease is published, others may use the address at another hardware address. A conflict cannot be
         * told from that, so it has to be found before.
         */
        if (config->net.lease_only && ret->conflict == DHCP4_CONFLICT_OPTIMISTIC)
                ret->conflict = DHCP4_CONFLICT_STRICT;
        if (config->can_acd)
                return;
        ret->conflict = DHCP4_CONFLICT_NO;
        /* RFC 3927 §2.2: never without probing. */
        if (ret->fallback.kind == DHCP4_FALLBACK_LINK_LOCAL)
                ret->fallback.kind = DHCP4_FALLBACK_NONE;
}

int link_new(const LinkPorts *ports, void *port, const LinkConfig *config, const uint8_t key[PRNG_KEY_LEN],
             Link **ret) {
        _cleanup_(link_freep) Link *link = NULL;
        Dhcp4ClientConfig client_config;

        link = calloc(1, sizeof(Link));
        if (!link)
                return -ENOMEM;

        link->ports = ports;
        link->port = port;
        mtu_init(&link->mtu);
        link_take_config(link, config, &client_config);
        link->state_told = DHCP4_STATE_STOPPED;
        link_kernel_init(link);
        dhcp4_client_init(&link->client, &client_config, key);
        acd_init(&link->acd, key);
        dna_init(&link->dna);

        *ret = STEAL_PTR(link);
        return 0;
}

Link *link_free(Link *link) {
        free(link);
        return NULL;
}

void link_start(Link *link, usec_t now, const Dhcp4Lease *cached_or_null, bool held) {
        link->adopted.s_addr = held && cached_or_null ? cached_or_null->address.s_addr : INADDR_ANY;
        link_feed(link, now,
                  &(const Dhcp4Event){
                          .type = DHCP4_EVENT_START,
                          .start.cached = cached_or_null,
                          .start.held = held,
                  });
        if (link->carrier)
                link_feed(link, now, &(const Dhcp4Event){ .type = DHCP4_EVENT_CARRIER, .carrier.up = true });
        link_turn(link, now);
}

void link_stop(Link *link, usec_t now, bool release) {
        link_end_former(link, DHCP4_LOSS_RELEASED, release && link->former.release);
        link_feed(link, now, &(const Dhcp4Event){ .type = DHCP4_EVENT_STOP, .stop.release = release });
        link_turn(link, now);
        mtu_forget(&link->mtu);
}

void link_renew(Link *link, usec_t now) {
        link_kernel_reapply(link); /* what others took away comes back at once */
        link_feed(link, now, &(const Dhcp4Event){ .type = DHCP4_EVENT_RENEW });
        link_turn(link, now);
}

void link_resumed(Link *link, usec_t now) {
        link_feed(link, now, &(const Dhcp4Event){ .type = DHCP4_EVENT_RESUMED });
        link_turn(link, now);
}

bool link_set_config(Link *link, usec_t now, const LinkConfig *config, bool release) {
        const bool restarts = dhcp4_client_state(&link->client) != DHCP4_STATE_STOPPED &&
                dhcp4_client_config_restarts(dhcp4_client_config(&link->client), &config->client);
        Dhcp4ClientConfig client_config;

        /* In the old name: who has the lease is whom the server lets go. */
        if (restarts)
                link_stop(link, now, release);
        link_take_config(link, config, &client_config);
        dhcp4_client_set_config(&link->client, &client_config);
        link_kernel_reapply(link);
        if (restarts) {
                link->carrier = false;
                link_feed(link, now, &(const Dhcp4Event){ .type = DHCP4_EVENT_START });
        }
        link_timer(link, now);
        return restarts;
}

void link_carrier(Link *link, usec_t now, bool up) {
        link->carrier = up;
        /* The interface may be gone, and the grace shorter. */
        if (!up && link->former.on)
                link->former.until =
                        MIN(link->former.until,
                            usec_add(now, dhcp4_client_config(&link->client)->carrier_grace_usec));
        if (!up)
                mtu_carrier_lost(&link->mtu, now);
        else
                /* The kernel drops routes of a link that was set down: putting them back is no quarrel with anybody. */
                link_kernel_reapply(link);
        link_feed(link, now, &(const Dhcp4Event){ .type = DHCP4_EVENT_CARRIER, .carrier.up = up });
        link_turn(link, now);
}

void link_message(Link *link, usec_t now, const uint8_t *data, size_t len, struct in_addr source,
                  const HwAddress *source_hw) {
        link_feed(link, now,
                  &(const Dhcp4Event){
                          .type = DHCP4_EVENT_MESSAGE,
                          .message.data = data,
                          .message.len = len,
                          .message.source = source,
                          .message.source_hw = source_hw,
                  });
        link_turn(link, now);
}

void link_timer(Link *link, usec_t now) {
        dhcp4_client_dispatch(&link->client, now);
        link_turn(link, now);
}

/* A router answered: to a question of the client's, whose lease is then known better, or in force again. */
static void link_gateway(Link *link, usec_t now, const Dhcp4Gateway *gateway) {
        const Dhcp4Lease *lease;

        link_feed(link, now, &(const Dhcp4Event){ .type = DHCP4_EVENT_GATEWAY, .gateway = *gateway });
        lease = dhcp4_client_lease(&link->client);
        if (lease && link->have_published && lease->granted_at == link->published.granted_at) {
                memcpy(link->published.gateways, lease->gateways, sizeof(lease->gateways));
                link->ports->learned(link->port);
        }
        link_turn(link, now);
}

bool link_wants_arp(const Link *link, const ArpPacket *arp) {
        const struct in_addr address = acd_address(&link->acd);

        if (dna_is_listening(&link->dna) && arp->op == ARP_OP_REPLY)
                return true;
        return acd_state(&link->acd) != ACD_STATE_IDLE &&
                (arp->sender.s_addr == address.s_addr || arp->target.s_addr == address.s_addr);
}

void link_arp(Link *link, usec_t now, const ArpPacket *arp) {
        Dhcp4Gateway gateway;

        if (dna_input(&link->dna, arp, &gateway)) {
                link_gateway(link, now, &gateway);
                return;
        }
        if (acd_state(&link->acd) == ACD_STATE_IDLE)
                return;
        acd_input(&link->acd, now, arp);
        /* A LAN is full of ARP that means nothing to us: only what is due now is worth a turn. */
        if (acd_state(&link->acd) != ACD_STATE_CONFLICT && acd_next_deadline(&link->acd) > now)
                return;
        link_timer(link, now);
}

void link_kernel_changed(Link *link, usec_t now) {
        link_timer(link, now);
}

void link_mtu(Link *link, usec_t now, uint32_t mtu) {
        const bool known = mtu_current(&link->mtu) != 0;

        (void) mtu_note(&link->mtu, mtu);
        link_kernel_reapply(link); /* as in link_turn_mtu() */
        dhcp4_client_set_mtu(&link->client, mtu);
        if (known)
                link_timer(link, now);
}

void link_adopt_mtu(Link *link, uint32_t before, uint32_t set) {
        mtu_adopt(&link->mtu, before, set);
}

const Dhcp4Client *link_client(const Link *link) {
        return &link->client;
}

const Acd *link_acd(const Link *link) {
        return &link->acd;
}

const Dhcp4Lease *link_lease(const Link *link) {
        return link->have_published ? &link->published : NULL;
}

const Mtu *link_mtu_state(const Link *link) {
        return &link->mtu;
}

int link_conflict(const Link *link, struct in_addr *ret) {
        *ret = link->conflict;
        return link->conflict_ifindex;
}

int link_last_error(const Link *link, const char **ret_what) {
        if (link->error == 0 && link->udp_error < 0) {
                *ret_what = "listening on UDP port 68 (renewals do without, FORCERENEW is not heard)";
                return link->udp_error;
        }
        *ret_what = link->error_what;
        return link->error;
}
