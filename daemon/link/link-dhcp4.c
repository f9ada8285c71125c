/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The DHCPv4 part of a link (link-dhcp4.h): the client and its input, conflict detection, recognition of a
 * known network, and what observers are told. link-dhcp4-former.c keeps a lease over a change of the
 * hardware address.
 *
 * Two results are kept from turn to turn on purpose: what observers were told last, and the configuration
 * computed from the published lease (link-kept.h). Everything else is computed again in each turn. Allocates
 * nothing itself; has no clock, no log and no descriptor.
 *
 * If another link of this host has the granted address, the address is declined after the ACK and before it
 * is used (unless ConflictDetection=no). ARP would not show this conflict, because Linux answers for all its
 * addresses on all its links. A bridge or bond and its port count as one link, and VRFs have addresses of
 * their own. A configured address (InformAddress=) is probed before it is used with
 * ConflictDetection=strict, and after a conflict in every mode but "no".
 */
#include "link/link-dhcp4.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

#include "base/ip.h"
#include "base/macro.h"

/* If a timer is this late, the host has slept. */
#define LINK_SLEPT_USEC (8 * USEC_PER_SEC)

void link_dhcp4_feed(LinkDhcp4 *dhcp4, usec_t now, const Dhcp4Event *event) {
        dhcp4_client_input(&dhcp4->client, now, event);
}

/* Copies the link's part of the configuration, and stores the client's part in *ret. */
static void take_config(LinkDhcp4 *dhcp4, const LinkConfig *config, uint32_t mtu, Dhcp4ClientConfig *ret) {
        dhcp4->net = config->net;
        memcpy(dhcp4->mac, config->mac, sizeof(dhcp4->mac));
        dhcp4->can_acd = config->can_acd;
        dhcp4->defend_address = config->defend_address;
        dhcp4->asks_host = config->client.conflict != DHCP4_CONFLICT_NO;
        *ret = config->client;
        ret->mtu = mtu;
        /*
         * Once the lease is published, others may use the address at another hardware address. That looks
         * the same as a conflict, so conflicts have to be found before the lease is published.
         */
        if (config->net.lease_only && ret->conflict == DHCP4_CONFLICT_OPTIMISTIC)
                ret->conflict = DHCP4_CONFLICT_STRICT;
        if (config->can_acd)
                return;
        ret->conflict = DHCP4_CONFLICT_NO;
        /* RFC 3927 §2.2: a link-local address must not be used without probing. */
        if (ret->fallback.kind == DHCP4_FALLBACK_LINK_LOCAL)
                ret->fallback.kind = DHCP4_FALLBACK_NONE;
}

void link_dhcp4_set_config(LinkDhcp4 *dhcp4, const LinkConfig *config, uint32_t mtu) {
        Dhcp4ClientConfig client_config;

        take_config(dhcp4, config, mtu, &client_config);
        dhcp4_client_set_config(&dhcp4->client, &client_config);
        /* The same lease may lead to another configuration now. */
        link_kept_drop(&dhcp4->kept);
}

void link_dhcp4_init(LinkDhcp4 *dhcp4, LinkOutside *outside, const LinkConfig *config,
                     const uint8_t key[PRNG_KEY_LEN]) {
        Dhcp4ClientConfig client_config;

        dhcp4->outside = outside;
        take_config(dhcp4, config, /* mtu= */ 0, &client_config);
        dhcp4->state_told = DHCP4_STATE_STOPPED;
        dhcp4_client_init(&dhcp4->client, &client_config, key);
        acd_init(&dhcp4->acd, key);
        dna_init(&dhcp4->dna);
}

void link_dhcp4_done(LinkDhcp4 *dhcp4) {
        link_kept_drop(&dhcp4->kept);
}

void link_dhcp4_feed_start(LinkDhcp4 *dhcp4, usec_t now, const Dhcp4Source *before, bool is_held) {
        link_dhcp4_feed(dhcp4, now,
                        &(const Dhcp4Event){
                                .type = DHCP4_EVENT_START,
                                .start.cached = before ? before->lease : NULL,
                                .start.own = before && !before->lease ? before : NULL,
                                .start.held = is_held,
                        });
}

void link_dhcp4_start(LinkDhcp4 *dhcp4, usec_t now, const Dhcp4Source *before, bool is_held) {
        dhcp4->adopted.s_addr = is_held && before ? before->address.s_addr : INADDR_ANY;
        link_dhcp4_feed_start(dhcp4, now, before, is_held);
        if (dhcp4->carrier)
                link_dhcp4_feed(dhcp4, now,
                                &(const Dhcp4Event){ .type = DHCP4_EVENT_CARRIER, .carrier.up = true });
}

void link_dhcp4_stop(LinkDhcp4 *dhcp4, usec_t now, bool release) {
        link_former_end(dhcp4, DHCP4_LOSS_RELEASED, release && dhcp4->former.release);
        link_dhcp4_feed(dhcp4, now,
                        &(const Dhcp4Event){ .type = DHCP4_EVENT_STOP, .stop.release = release });
}

void link_dhcp4_restart(LinkDhcp4 *dhcp4, usec_t now) {
        dhcp4->carrier = false;
        link_dhcp4_feed(dhcp4, now, &(const Dhcp4Event){ .type = DHCP4_EVENT_START });
}

void link_dhcp4_renew(LinkDhcp4 *dhcp4, usec_t now) {
        link_dhcp4_feed(dhcp4, now, &(const Dhcp4Event){ .type = DHCP4_EVENT_RENEW });
}

void link_dhcp4_resumed(LinkDhcp4 *dhcp4, usec_t now) {
        link_dhcp4_feed(dhcp4, now, &(const Dhcp4Event){ .type = DHCP4_EVENT_RESUMED });
}

void link_dhcp4_set_carrier(LinkDhcp4 *dhcp4, usec_t now, bool up) {
        dhcp4->carrier = up;
        /* The interface may be gone, and the grace period may be shorter than what is left. */
        if (!up && dhcp4->former.on)
                dhcp4->former.until =
                        MIN(dhcp4->former.until,
                            usec_add(now, dhcp4_client_config(&dhcp4->client)->carrier_grace_usec));
        link_dhcp4_feed(dhcp4, now, &(const Dhcp4Event){ .type = DHCP4_EVENT_CARRIER, .carrier.up = up });
}

void link_dhcp4_message(LinkDhcp4 *dhcp4, usec_t now, const uint8_t *data, size_t len,
                        const IpAddress *source, const HwAddress *source_hw) {
        link_dhcp4_feed(dhcp4, now,
                        &(const Dhcp4Event){
                                .type = DHCP4_EVENT_MESSAGE,
                                .message.data = data,
                                .message.len = len,
                                .message.source = source->v4,
                                .message.source_hw = source_hw,
                        });
}

void link_dhcp4_dispatch(LinkDhcp4 *dhcp4, usec_t now) {
        dhcp4_client_dispatch(&dhcp4->client, now);
}

void link_dhcp4_set_mtu(LinkDhcp4 *dhcp4, uint32_t mtu) {
        dhcp4_client_set_mtu(&dhcp4->client, mtu);
}

bool link_dhcp4_restarts(const LinkDhcp4 *dhcp4, const LinkConfig *config) {
        return dhcp4_client_state(&dhcp4->client) != DHCP4_STATE_STOPPED &&
                dhcp4_client_config_restarts(dhcp4_client_config(&dhcp4->client), &config->client);
}

/*
 * Tells the client that a router has answered its question. If this says more about the network of the
 * published lease, the lease is saved again.
 */
static void on_gateway(LinkDhcp4 *dhcp4, usec_t now, const Dhcp4Gateway *gateway) {
        const Dhcp4Lease *lease;

        link_dhcp4_feed(dhcp4, now, &(const Dhcp4Event){ .type = DHCP4_EVENT_GATEWAY, .gateway = *gateway });
        lease = dhcp4_client_lease(&dhcp4->client);
        if (lease && dhcp4->have_published && dhcp4->published.lease &&
            lease->granted_at == dhcp4->published.granted_at) {
                memcpy(dhcp4->published_lease.gateways, lease->gateways, sizeof(lease->gateways));
                dhcp4->outside->ports->learned(dhcp4->outside->port);
        }
}

bool link_dhcp4_wants_arp(const LinkDhcp4 *dhcp4, const ArpPacket *arp) {
        const struct in_addr address = acd_address(&dhcp4->acd);

        if (dna_is_listening(&dhcp4->dna) && arp->op == ARP_OP_REPLY)
                return true;
        return acd_state(&dhcp4->acd) != ACD_STATE_IDLE &&
                (arp->sender.s_addr == address.s_addr || arp->target.s_addr == address.s_addr);
}

bool link_dhcp4_arp(LinkDhcp4 *dhcp4, usec_t now, const ArpPacket *arp) {
        Dhcp4Gateway gateway;

        if (dna_input(&dhcp4->dna, arp, &gateway)) {
                on_gateway(dhcp4, now, &gateway);
                return true;
        }
        if (acd_state(&dhcp4->acd) == ACD_STATE_IDLE)
                return false;
        acd_input(&dhcp4->acd, now, arp);
        /*
         * Most ARP packets on a LAN do not matter to this link. A turn is needed only if something is due
         * now.
         */
        if (acd_state(&dhcp4->acd) != ACD_STATE_CONFLICT && acd_next_deadline(&dhcp4->acd) > now)
                return false;
        link_dhcp4_dispatch(dhcp4, now);
        return true;
}

/* Stores the address that is in force or remembered. Returns false if there is none. */
static bool known_address(const LinkDhcp4 *dhcp4, struct in_addr *ret) {
        const Dhcp4Lease *remembered = dhcp4_client_cached(&dhcp4->client);
        Dhcp4Source source;
        const bool in_force = dhcp4_client_in_force(&dhcp4->client, &source);

        if (!in_force && !remembered)
                return false;
        *ret = in_force ? source.address : remembered->address;
        return true;
}

/*
 * With Apply=no others put the address on the link, so each turn asks whether the address is there. Without
 * a lease there is no address, and a lease that arrives in this turn is not on the link yet.
 */
void link_dhcp4_look(LinkDhcp4 *dhcp4) {
        IpAddress address;

        dhcp4_client_set_absent(
                &dhcp4->client,
                dhcp4->net.lease_only &&
                        (!known_address(dhcp4, &address.v4) ||
                         !dhcp4->outside->ports->address_here(dhcp4->outside->port, AF_INET, &address)));
}

bool link_dhcp4_listen(const LinkDhcp4 *dhcp4, LinkListen *ret) {
        const Dhcp4RxMode mode = dhcp4_client_rx_mode(&dhcp4->client);
        Dhcp4Source source;
        const bool any = dhcp4_client_in_force(&dhcp4->client, &source);

        *ret = (LinkListen){
                .protocol = LINK_PROTOCOL_DHCP4,
                .frames = mode & DHCP4_RX_PACKET,
                .by_address = mode & DHCP4_RX_UDP,
                .address.v4 = any ? source.address : (struct in_addr){},
                .what_by_address = "listening on UDP port 68 (renewals do without, FORCERENEW is not heard)",
        };
        return mode != DHCP4_RX_NONE;
}

static void to_link_frame(const Dhcp4Frame *frame, LinkFrame *ret) {
        _Static_assert(DHCP4_MESSAGE_MAX_LEN <= LINK_FRAME_MAX, "a message is a frame");

        ret->protocol = LINK_PROTOCOL_DHCP4;
        ret->routed = frame->via == DHCP4_VIA_UDP;
        ret->src.v4 = frame->src;
        ret->dst.v4 = frame->dst;
        ret->dst_hw = frame->dst_hw;
        ret->len = frame->len;
        memcpy(ret->data, frame->data, frame->len);
}

bool link_dhcp4_next_frame(LinkDhcp4 *dhcp4, LinkFrame *ret) {
        Dhcp4Frame frame;

        if (!dhcp4_client_next_frame(&dhcp4->client, &frame))
                return false;
        to_link_frame(&frame, ret);
        return true;
}

int link_dhcp4_send(LinkDhcp4 *dhcp4, const Dhcp4Frame *frame) {
        LinkFrame out;

        to_link_frame(frame, &out);
        return dhcp4->outside->ports->send(dhcp4->outside->port, &out);
}

/* The client never reacts to this with another frame, so the caller need not ask for frames again. */
void link_dhcp4_send_failed(LinkDhcp4 *dhcp4, usec_t now, int error) {
        link_dhcp4_feed(dhcp4, now,
                        &(const Dhcp4Event){ .type = DHCP4_EVENT_SEND_FAILED, .send_failed.error = error });
}

static void send_arp(LinkDhcp4 *dhcp4, const ArpPacket *packet, const uint8_t destination[6]) {
        LinkFrame frame = { .protocol = LINK_PROTOCOL_ARP, .dst_hw.len = 6, .len = ARP_PACKET_LEN };
        int r;

        memcpy(frame.dst_hw.bytes, destination, 6);
        arp_packet_build(packet, frame.data);
        r = dhcp4->outside->ports->send(dhcp4->outside->port, &frame);
        if (r < 0)
                link_fail(dhcp4->outside, r, "sending ARP");
}

void link_dhcp4_set_arp(LinkDhcp4 *dhcp4, bool listen) {
        int by_address;
        const int r = dhcp4->outside->ports->listen(
                dhcp4->outside->port, &(const LinkListen){ .protocol = LINK_PROTOCOL_ARP, .frames = listen },
                &by_address);

        dhcp4->arp_failed = r < 0;
        if (r < 0)
                link_fail(dhcp4->outside, r, "opening a socket for ARP");
}

/*
 * Returns true if conflict detection has done its work with Apply=no: it only probes. Whoever puts the
 * address on an interface, maybe one with another hardware address, announces and defends it.
 */
static bool has_probed(const LinkDhcp4 *dhcp4) {
        return dhcp4->net.lease_only && dhcp4_client_knows_free(&dhcp4->client);
}

/*
 * Starts, runs or ends conflict detection as dhcp4_client_probing() says. Stores in *ret_listen whether
 * conflict detection wants to hear ARP. Returns true if the client was told something new.
 *
 * Every round compares what conflict detection knows with what the client knows. There is no record of what
 * the client was told.
 */
static bool turn_acd(LinkDhcp4 *dhcp4, usec_t now, bool *ret_listen) {
        static const uint8_t broadcast[6] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff };
        struct in_addr address;
        ArpPacket packet;
        AcdBasis basis;
        bool is_free = false;

        *ret_listen = false;
        if (!dhcp4->can_acd || !dhcp4->carrier || !dhcp4_client_probing(&dhcp4->client, &address) ||
            has_probed(dhcp4)) {
                if (acd_state(&dhcp4->acd) != ACD_STATE_IDLE)
                        acd_stop(&dhcp4->acd);
                return false;
        }

        basis = dhcp4_client_probing_basis(&dhcp4->client);
        if (acd_state(&dhcp4->acd) == ACD_STATE_IDLE || acd_address(&dhcp4->acd).s_addr != address.s_addr) {
                acd_start(&dhcp4->acd, now, address, basis, dhcp4->mac);
                /* Listen before sending, to hear the answer to the first probe. */
                link_dhcp4_set_arp(dhcp4, /* listen= */ true);
        } else
                acd_set_basis(&dhcp4->acd, basis);

        while (acd_dispatch(&dhcp4->acd, now, &packet))
                if (!dhcp4->net.lease_only || packet.sender.s_addr == INADDR_ANY)
                        send_arp(dhcp4, &packet, broadcast);

        switch (acd_state(&dhcp4->acd)) {
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
                 * DEVIATION RFC 5227 §2.4: a conflict that arises after the announcements goes unnoticed
                 * unless DefendAddress= is on, because noticing it takes a packet socket for as long as the
                 * lease lasts. Nobody handed a link-local address out, so there it is always done (RFC 3927
                 * §2.5).
                 */
                *ret_listen = dhcp4->defend_address || ip4_is_link_local(address);
                is_free = true;
                break;
        case ACD_STATE_CONFLICT:
                dhcp4->conflict = address;
                dhcp4->conflict_ifindex = 0;
                acd_stop(&dhcp4->acd);
                link_dhcp4_feed(dhcp4, now, &(const Dhcp4Event){ .type = DHCP4_EVENT_PROBE_CONFLICT });
                return true;
        case _ACD_STATE_MAX:
                assert_not_reached();
        }

        if (!is_free || dhcp4_client_knows_free(&dhcp4->client))
                return false;
        link_dhcp4_feed(dhcp4, now, &(const Dhcp4Event){ .type = DHCP4_EVENT_PROBE_OK });
        return true;
}

/*
 * Sends the ARP requests that dhcp4_client_dna() asks for to the routers of the lease. Returns true while an
 * answer is awaited.
 */
static bool turn_dna(LinkDhcp4 *dhcp4, usec_t now) {
        DnaQuestion question = { .task = DNA_NOTHING };
        uint8_t destination[6];
        ArpPacket packet;

        if (dhcp4->can_acd && dhcp4->carrier)
                dhcp4_client_dna(&dhcp4->client, &question);
        dna_ask(&dhcp4->dna, now, &question, dhcp4->mac);
        if (dna_is_listening(&dhcp4->dna))
                link_dhcp4_set_arp(dhcp4, /* listen= */ true);
        while (dna_dispatch(&dhcp4->dna, now, &packet, destination))
                send_arp(dhcp4, &packet, destination);
        return dna_is_listening(&dhcp4->dna);
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
 * Only an address that is not in use yet is checked. Removing an address that is in use would help nobody
 * (as with conflicts after the announcements, above).
 */
static bool turn_elsewhere(LinkDhcp4 *dhcp4, usec_t now) {
        struct in_addr address;
        int ifindex;

        if (!dhcp4_client_granted(&dhcp4->client, &address)) {
                dhcp4->adopted.s_addr = INADDR_ANY;
                return false;
        }
        if (!dhcp4->asks_host || dhcp4->net.lease_only || address.s_addr == dhcp4->adopted.s_addr ||
            (dhcp4->have_published && address.s_addr == dhcp4->published.address.s_addr))
                return false;
        ifindex = dhcp4->outside->ports->address_elsewhere(dhcp4->outside->port, AF_INET,
                                                           &(const IpAddress){ .v4 = address });
        if (ifindex <= 0)
                return false;
        dhcp4->conflict = address;
        dhcp4->conflict_ifindex = ifindex;
        link_dhcp4_feed(dhcp4, now, &(const Dhcp4Event){ .type = DHCP4_EVENT_PROBE_CONFLICT });
        return true;
}

/*
 * Returns true if something was due at @at, and @at is so long ago that the host must have slept since then.
 */
static bool slept_through(usec_t at, usec_t now) {
        return at > 0 && usec_sub(now, at) >= LINK_SLEPT_USEC;
}

/*
 * Tells an anonymous client that the host slept, if nobody has told it yet. Otherwise the next ARP packet
 * would show the old address to all hosts of what may be another network (RFC 7844 §3.3). The messages of
 * the client are not checked here, the client does that itself. Returns true if the client was told.
 */
static bool turn_slept(LinkDhcp4 *dhcp4, usec_t now) {
        if (!dhcp4_client_config(&dhcp4->client)->anonymize || !dhcp4->carrier ||
            (!slept_through(acd_next_deadline(&dhcp4->acd), now) &&
             !slept_through(dna_next_deadline(&dhcp4->dna), now)))
                return false;
        acd_stop(&dhcp4->acd);
        dna_init(&dhcp4->dna);
        link_dhcp4_feed(dhcp4, now, &(const Dhcp4Event){ .type = DHCP4_EVENT_RESUMED });
        return true;
}

bool link_dhcp4_detect(LinkDhcp4 *dhcp4, usec_t now) {
        bool listen, told;

        /*
         * The client may have a message to send now, which comes first. The next round continues with ARP.
         */
        if (turn_elsewhere(dhcp4, now) || turn_slept(dhcp4, now))
                return true;
        told = turn_acd(dhcp4, now, &listen);
        /*
         * After conflict detection, because only an address that is known to be ours goes into an ARP
         * request.
         */
        listen = turn_dna(dhcp4, now) || listen;
        link_dhcp4_set_arp(dhcp4, listen);
        return told;
}

void link_dhcp4_tell_state(LinkDhcp4 *dhcp4) {
        const Dhcp4State state = dhcp4_client_state(&dhcp4->client), told = dhcp4->state_told;

        if (state == told)
                return;
        dhcp4->state_told = state;
        dhcp4->outside->ports->state_changed(dhcp4->outside->port, LINK_SOURCE_DHCP4,
                                             dhcp4_state_to_string(told), dhcp4_state_to_string(state));
}

/*
 * Returns the lease that is in use: the client's, or else that of the former identity; NULL if there is
 * none.
 */
static const Dhcp4Lease *held(const LinkDhcp4 *dhcp4) {
        return dhcp4_client_lease(&dhcp4->client) ?: dhcp4->former.on ? &dhcp4->published_lease : NULL;
}

/*
 * Returns what should be on the link: what is in force, or the fallback until something is; NULL: nothing.
 * It is stored in *buffer.
 */
static const Dhcp4Source *wanted(const LinkDhcp4 *dhcp4, Dhcp4Source *buffer) {
        if (dhcp4_client_in_force(&dhcp4->client, buffer))
                return buffer;
        if (dhcp4->former.on)
                return &dhcp4->published;
        return dhcp4_client_fallback(&dhcp4->client, buffer) ? buffer : NULL;
}

uint32_t link_dhcp4_mtu(const LinkDhcp4 *dhcp4, const Mtu *mtu) {
        const Dhcp4State state = dhcp4_client_state(&dhcp4->client);
        const Dhcp4Lease *in_use = held(dhcp4), *lease = in_use;
        Dhcp4Message ack;
        uint16_t value;

        if (dhcp4->net.use_mtu != NET_MTU_LINK || dhcp4->net.lease_only)
                return 0;
        if (!in_use && (state == DHCP4_STATE_INIT_REBOOT || state == DHCP4_STATE_REBOOTING))
                lease = dhcp4_client_cached(&dhcp4->client);
        if (!lease)
                return 0;
        dhcp4_lease_message(lease, &ack);
        value = dhcp4_lease_mtu(&ack, dhcp4->net.mtu_min);
        return in_use || mtu_has_bounced(mtu, value) ? value : 0;
}

void link_dhcp4_wanted(const LinkDhcp4 *dhcp4, LinkWanted *ret) {
        Dhcp4Source buffer;
        const Dhcp4Source *source = wanted(dhcp4, &buffer);

        *ret = (LinkWanted){ .ends_at = USEC_INFINITY };
        if (!source)
                return;
        ret->any = true;
        /* False removes what is on the link from a time without Apply=no. */
        ret->applied = !dhcp4->net.lease_only;
        ret->grant = source->granted_at;
        ret->ends_at = dhcp4_source_expires_at(source);
}

/*
 * Stores what the kernel should have for @source on this link; NULL: nothing. If the device refuses the MTU
 * of UseMTU=link, the routes get the MTU instead.
 */
static void compute(const LinkDhcp4 *dhcp4, const Dhcp4Source *source, const NetTunnels *tunnels,
                    const Mtu *mtu, NetConfig *ret, Dhcp4NetRefusals *ret_refusals) {
        Dhcp4NetPolicy policy = dhcp4->net;

        if (source && !source->lease) {
                dhcp4_net_own(source, &policy, ret);
                ret_refusals->n = 0;
                return;
        }
        if (mtu_is_denied(mtu))
                policy.use_mtu = NET_MTU_ROUTE;
        dhcp4_net_config(source ? source->lease : NULL, &policy, tunnels, ret, ret_refusals);
        net_config_limit_mtu(ret, mtu_current(mtu));
}

/*
 * Stores the routes of tunnels that matter for @source. Returns a negative errno if the tunnels are not
 * known. In this case *ret is such that the link gets no route that could capture the traffic of a tunnel.
 */
static int get_tunnels(const LinkDhcp4 *dhcp4, const Dhcp4Source *source, NetTunnels *ret) {
        int r;

        ret->n_routes = 0;
        if (!source || dhcp4->net.classless == DHCP4_CLASSLESS_ACCEPT || dhcp4->net.lease_only)
                return 0;
        r = dhcp4->outside->ports->tunnels(dhcp4->outside->port, ret);
        if (r < 0)
                net_tunnels_set_unknown(ret);
        return r;
}

/* Returns true if @source is the published one, in everything that its configuration depends on. */
static bool is_published(const LinkDhcp4 *dhcp4, const Dhcp4Source *source) {
        return dhcp4->have_published && source->granted_at == dhcp4->published.granted_at &&
                source->lifetime_usec == dhcp4->published.lifetime_usec &&
                dhcp4_source_same_content(source, &dhcp4->published);
}

/*
 * Returns the key of a kept configuration (link-kept.h). It stands for everything that the configuration
 * depends on, except the source, the tunnels, and settings whose change drops what is kept.
 */
static uint32_t kept_key(const Mtu *mtu) {
        return mtu_current(mtu) << 1 | mtu_is_denied(mtu);
}

/* Stores the kept configuration of @source. Returns false if it has to be computed. */
static bool get_kept(const LinkDhcp4 *dhcp4, const Dhcp4Source *source, const NetTunnels *tunnels,
                     const Mtu *mtu, NetConfig *ret) {
        return source && dhcp4->kept_is_published && is_published(dhcp4, source) &&
                link_kept_get(&dhcp4->kept, tunnels, kept_key(mtu), ret);
}

int link_dhcp4_config(LinkDhcp4 *dhcp4, const Mtu *mtu, NetConfig *ret) {
        Dhcp4NetRefusals refusals;
        NetTunnels tunnels;
        Dhcp4Source buffer;
        const Dhcp4Source *source = dhcp4->net.lease_only ? NULL : wanted(dhcp4, &buffer);
        int r;

        r = get_tunnels(dhcp4, source, &tunnels);
        if (r == 0 && get_kept(dhcp4, source, &tunnels, mtu, ret))
                return 0;
        compute(dhcp4, source, &tunnels, mtu, ret, &refusals);
        if (r < 0)
                return r;
        if (source)
                link_kept_set(&dhcp4->kept, ret, &tunnels, kept_key(mtu));
        else
                link_kept_drop(&dhcp4->kept);
        dhcp4->kept_is_published = source && is_published(dhcp4, source);
        if (dhcp4_net_refusals_equal(&dhcp4->refused, &refusals))
                return 0;
        dhcp4->refused = refusals;
        return 1;
}

bool link_dhcp4_minds_tunnels(LinkDhcp4 *dhcp4, const Mtu *mtu) {
        Dhcp4NetRefusals refusals;
        NetTunnels tunnels;
        Dhcp4Source buffer;
        const Dhcp4Source *source = wanted(dhcp4, &buffer);
        NetConfig config;

        /* Run a turn only if the set of refused routes changes: most tunnels do not matter to the lease. */
        if (dhcp4->net.lease_only)
                return false;
        if (get_tunnels(dhcp4, source, &tunnels) < 0)
                return true;
        compute(dhcp4, source, &tunnels, mtu, &config, &refusals);
        return !dhcp4_net_refusals_equal(&dhcp4->refused, &refusals);
}

void link_dhcp4_desired(const LinkDhcp4 *dhcp4, const Mtu *mtu, NetConfig *ret) {
        Dhcp4NetRefusals refusals;
        NetTunnels tunnels;
        Dhcp4Source buffer;
        const Dhcp4Source *source = wanted(dhcp4, &buffer);

        (void) get_tunnels(dhcp4, source, &tunnels);
        if (!get_kept(dhcp4, source, &tunnels, mtu, ret))
                compute(dhcp4, source, &tunnels, mtu, ret, &refusals);
}

static LinkSource name_of(const Dhcp4Source *source) {
        switch (source->origin) {
        case DHCP4_LEASE_DHCP:
        case DHCP4_LEASE_BOOTP:
                return LINK_SOURCE_DHCP4;
        case DHCP4_LEASE_INFORM:
                return LINK_SOURCE_INFORM;
        case DHCP4_LEASE_STATIC:
                return LINK_SOURCE_STATIC;
        case DHCP4_LEASE_LINK_LOCAL:
                return LINK_SOURCE_LINK_LOCAL;
        case _DHCP4_LEASE_ORIGIN_MAX:
                break;
        }
        assert_not_reached();
}

/* Takes @source for the published one; its answer is copied. */
static void set_published(LinkDhcp4 *dhcp4, const Dhcp4Source *source) {
        dhcp4->published = *source;
        if (!source->lease)
                return;
        dhcp4->published_lease = *source->lease;
        dhcp4->published.lease = &dhcp4->published_lease;
}

void link_dhcp4_publish(LinkDhcp4 *dhcp4) {
        Dhcp4Source buffer, old = dhcp4->published;
        const Dhcp4Source *source = wanted(dhcp4, &buffer);
        Dhcp4Lease old_lease;
        LinkNotice notice;

        if (!source && !dhcp4->have_published)
                return;
        if (source && dhcp4->have_published && source->granted_at == old.granted_at &&
            dhcp4_source_same_content(source, &old))
                return;

        if (!dhcp4->have_published)
                notice = LINK_NOTICE_BOUND;
        else if (!source)
                notice = LINK_NOTICE_LOST;
        else if (dhcp4_source_same_content(source, &old))
                notice = LINK_NOTICE_RENEWED;
        else
                notice = LINK_NOTICE_CHANGED;

        if (old.lease) {
                old_lease = *old.lease;
                old.lease = &old_lease;
        }
        if (source) {
                set_published(dhcp4, source);
                dhcp4->former.loss = DHCP4_LOSS_NONE;
        }
        /* What is kept was computed from this source earlier in this turn. */
        dhcp4->kept_is_published = source;
        dhcp4->have_published = source;
        dhcp4->before = notice == LINK_NOTICE_BOUND ? NULL : &old;
        dhcp4->outside->ports->publish(dhcp4->outside->port, name_of(source ?: &old), notice);
        dhcp4->before = NULL;
}

bool link_dhcp4_arp_failed(const LinkDhcp4 *dhcp4) {
        return dhcp4->arp_failed;
}

usec_t link_dhcp4_next_deadline(const LinkDhcp4 *dhcp4) {
        usec_t at = dhcp4_client_next_deadline(&dhcp4->client);

        at = MIN(at, acd_next_deadline(&dhcp4->acd));
        at = MIN(at, dna_next_deadline(&dhcp4->dna));
        return dhcp4->former.on ? MIN(at, dhcp4->former.until) : at;
}

Dhcp4Loss link_loss(const Link *link) {
        const LinkDhcp4 *dhcp4 = link_dhcp4(link);

        return dhcp4->former.loss != DHCP4_LOSS_NONE ? dhcp4->former.loss
                                                     : dhcp4_client_loss(&dhcp4->client);
}

size_t link_ignored(const Link *link, Dhcp4Ignored *ret, size_t max) {
        const LinkDhcp4 *dhcp4 = link_dhcp4(link);
        const Dhcp4Source *source = link_source(link);
        Dhcp4NetRefusals refusals = dhcp4->refused;
        NetTunnels tunnels;
        NetConfig config;
        Dhcp4Message ack;

        if (!source)
                return 0;
        if (!source->lease)
                return dhcp4_net_own_ignored(source, &dhcp4->net, ret, max);
        (void) get_tunnels(dhcp4, source, &tunnels);
        if (!get_kept(dhcp4, source, &tunnels, link_mtu_state(link), &config))
                compute(dhcp4, source, &tunnels, link_mtu_state(link), &config, &refusals);
        dhcp4_lease_message(source->lease, &ack);
        return dhcp4_net_ignored(source->lease, &ack, &dhcp4->net, &config, &refusals, ret, max);
}

int link_conflict(const Link *link, struct in_addr *ret) {
        *ret = link_dhcp4(link)->conflict;
        return link_dhcp4(link)->conflict_ifindex;
}
