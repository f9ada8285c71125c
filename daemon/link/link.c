/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The shell around core/: one turn is feed, send, reconcile, arm (see link.h).
 *
 * Nothing that happens on the outside is remembered as "done": each turn asks the client what should hold, asks the
 * ports what does hold, and closes the gap. So a step that failed, an address that somebody took away and a restart of
 * the daemon are all the same case. Two things are remembered on purpose: what observers were told last, and how often
 * we put back what others removed (core/restore.h).
 *
 * Allocates itself and nothing else; has no clock, no log and no descriptor.
 */
#include "link/link.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/ip.h"
#include "base/macro.h"

/* What the kernel refuses is asked for again: after a second, and ever more seldom. */
#define LINK_RETRY_MIN_USEC (1 * USEC_PER_SEC)
#define LINK_RETRY_MAX_USEC (60 * USEC_PER_SEC)

/* Client and conflict detection feed each other within one turn: an OFFER starts probing, a conflict sends DECLINE. */
#define LINK_ROUNDS_MAX 4u

/* An identifier that is made of a hardware address is not longer. */
#define FORMER_ID_MAX 24u /* bytes */

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

struct Link {
        const LinkPorts *ports;
        void *port;
        NetPolicy net;
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
        bool probe_told;          /* the client knows that this round of probes passed */

        Dhcp4State state_told;
        bool have_published;
        Dhcp4Lease published;
        Former former;

        bool settled;    /* the last plan was empty */
        bool restorable; /* the kernel showed all of settled_at's lease once, so what is missing was removed */
        usec_t settled_grant; /* granted_at of the lease that was settled */
        Restore restore;      /* what others took away since */
        LinkMissing missing;  /* of what was given up */

        /* was on the link when we started, so it is in use and another link's having it does not count */
        struct in_addr adopted;
        struct in_addr conflict; /* the address of the last conflict */
        int conflict_ifindex;    /* of the link of this host that has the address; 0: a neighbour has it */
        usec_t apply_at;         /* not before: back-off after a refusal */
        unsigned refusals;

        NetRefusal refused[NET_REFUSALS_MAX]; /* routes that the last turn did not ask the kernel for */
        size_t n_refused;

        int error; /* negative errno */
        const char *error_what;
};

static void link_fail(Link *link, int error, const char *what) {
        link->error = error;
        link->error_what = what;
}

static void link_feed(Link *link, usec_t now, const Dhcp4Event *event) {
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

static void link_turn_send(Link *link, usec_t now) {
        Dhcp4Frame frame;
        int r = 0;

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

static void link_set_arp(Link *link, bool listen) {
        const int r = link->ports->set_arp(link->port, listen);

        link->arp_failed = r < 0;
        if (r < 0)
                link_fail(link, r, "opening a socket for ARP");
}

/*
 * Starts, feeds or ends conflict detection as dhcp4_client_probing() says. *ret_listen: it wants to hear ARP. True: the client was told
 * something new.
 */
static bool link_turn_acd(Link *link, usec_t now, bool *ret_listen) {
        static const uint8_t broadcast[6] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff };
        struct in_addr address;
        ArpPacket packet;
        bool told = false;

        *ret_listen = false;
        if (!link->can_acd || !link->carrier || !dhcp4_client_probing(&link->client, &address)) {
                if (acd_state(&link->acd) != ACD_STATE_IDLE)
                        acd_stop(&link->acd);
                return false;
        }

        if (acd_state(&link->acd) == ACD_STATE_IDLE || acd_address(&link->acd).s_addr != address.s_addr) {
                acd_start(&link->acd, now, address, link->mac);
                link->probe_told = false;
                link_set_arp(link,
                             /* listen= */ true); /* the answer to the first probe has to be heard too */
        }

        while (acd_dispatch(&link->acd, now, &packet))
                link_send_arp(link, &packet, broadcast);

        switch (acd_state(&link->acd)) {
        case ACD_STATE_IDLE:
                break;
        case ACD_STATE_PROBING:
                *ret_listen = true;
                break;
        case ACD_STATE_ANNOUNCING:
                *ret_listen = true;
                told = !link->probe_told;
                break;
        case ACD_STATE_DEFENDING:
                /*
                 * DEVIATION RFC 5227 §2.4: a conflict that arises after the announcements goes unnoticed unless
                 * DefendAddress= is on, because noticing it takes a packet socket for as long as the lease lasts. Nobody handed
                 * a link-local address out, so there it is always done (RFC 3927 §2.5).
                 */
                *ret_listen = link->defend_address || ip4_is_link_local(address);
                told = !link->probe_told;
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

        if (told) {
                link->probe_told = true;
                link_feed(link, now, &(const Dhcp4Event){ .type = DHCP4_EVENT_PROBE_OK });
        }
        return told;
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
        if (!link->asks_host || address.s_addr == link->adopted.s_addr ||
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

/*
 * Does all that goes by ARP: conflict detection, and the verification of the network. Returns true if the
 * client was told something new.
 */
static bool link_turn_arp(Link *link, usec_t now) {
        bool listen, told;

        /* What the client has to send now comes first; the next round goes on with ARP. */
        if (link_turn_elsewhere(link, now))
                return true;
        told = link_turn_acd(link, now, &listen);
        /* Afterwards: only an address that is known to be ours goes into a request. */
        listen = link_turn_dna(link, now) || listen;
        link_set_arp(link, listen);
        return told;
}

/* Returns the lease that holds: the client's, or else that of the former identity; NULL if there is none. */
static const Dhcp4Lease *link_held(const Link *link) {
        return dhcp4_client_lease(&link->client) ?: link->former.on ? &link->published : NULL;
}

/* What should be on the link: the lease, or what stands in for it until there is one. @buffer: where that is made up. */
static const Dhcp4Lease *link_wanted(const Link *link, Dhcp4Lease *buffer) {
        const Dhcp4Lease *lease = link_held(link);

        if (lease)
                return lease;
        return dhcp4_client_fallback(&link->client, buffer) ? buffer : NULL;
}

/*
 * What @lease comes to on this link: what the kernel should have. A route's MTU counts for Linux even if it is larger than the interface's, and what is sent then
 * by it goes nowhere; so it is for making it smaller only. A device that does not take UseMTU=link leaves it to the routes.
 *
 * Negative errno when nobody can say what tunnels there are; *ret is careful then: it has no route that might capture
 * the traffic of one.
 */
static int link_config(const Link *link, const Dhcp4Lease *lease, NetConfig *ret) {
        NetPolicy policy = link->net;
        NetTunnels tunnels;
        int r = 0;

        tunnels.n_routes = 0;
        if (lease && link->net.classless == NET_CLASSLESS_NO_OVERRIDE) {
                r = link->ports->tunnels(link->port, &tunnels);
                if (r < 0)
                        net_tunnels_set_unknown(&tunnels);
        }
        if (mtu_is_denied(&link->mtu))
                policy.use_mtu = NET_MTU_ROUTE;
        net_config_from_lease(lease, &policy, &tunnels, ret);
        for (size_t i = 0; i < ret->n_routes; i++)
                if (mtu_current(&link->mtu) != 0 && ret->routes[i].mtu > mtu_current(&link->mtu))
                        ret->routes[i].mtu = 0;
        return r;
}

/* Takes note of what @config, which is desired, refuses. */
static void link_note_refusals(Link *link, const NetConfig *config) {
        if (net_refusals_equal(link->refused, link->n_refused, config->refusals, config->n_refusals))
                return;
        memcpy(link->refused, config->refusals, sizeof(link->refused));
        link->n_refused = config->n_refusals;
        /* Our own wish is another one: what is missing now was not taken away by anybody. */
        link->restorable = false;
}

static void link_tell_state(Link *link) {
        const Dhcp4State state = dhcp4_client_state(&link->client), told = link->state_told;

        if (state == told)
                return;
        link->state_told = state;
        link->ports->state_changed(link->port, told, state);
}

/* Compares with what was published last; often there is nothing to do. Called when the kernel shows the address. */
static void link_publish(Link *link, const Dhcp4Lease *lease) {
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

typedef enum LinkVerdict {
        LINK_APPLY_NOW,
        LINK_APPLY_LATER, /* at apply_at */
        LINK_APPLY_NOT,   /* not before something else happens */
} LinkVerdict;

/*
 * Decides whether the steps of a non-empty plan may be carried out now. *ret_at says when, for
 * LINK_APPLY_LATER.
 */
static LinkVerdict link_may_apply(Link *link, usec_t now, const Dhcp4Lease *lease, usec_t *ret_at) {
        *ret_at = link->apply_at;
        if (now < link->apply_at)
                return LINK_APPLY_LATER;
        if (!lease) {
                restore_reset(&link->restore);
                return LINK_APPLY_NOW;
        }

        /*
         * The kernel counts whole seconds and may drop the address up to one before the lease ends: nobody's fault, and it
         * would not take it again. The end itself brings us back here.
         */
        if (dhcp4_lease_expires_at(lease) <= usec_add(now, USEC_PER_SEC))
                return LINK_APPLY_NOT;

        /* The kernel takes no routes on a link that is down. The carrier's return brings us back here. */
        if (!link->carrier)
                return LINK_APPLY_NOT;

        /*
         * Nobody has taken anything away: the lease is new or changed, so what it needs is applied at once.
         */
        if (!link->restorable || lease->granted_at != link->settled_grant) {
                restore_reset(&link->restore);
                return LINK_APPLY_NOW;
        }
        /* The kernel refused what was to be put back. The next try belongs to the same loss. */
        if (link->refusals > 0)
                return LINK_APPLY_NOW;

        /* The kernel had it all and the lease is the same: somebody else took something away. */
        switch (restore_decide(&link->restore, now)) {
        case RESTORE_NOW:
                return LINK_APPLY_NOW;
        case RESTORE_LATER:
                *ret_at = link->restore.due_at;
                return LINK_APPLY_LATER;
        case RESTORE_NEVER:
                return LINK_APPLY_NOT;
        }
        assert_not_reached();
}

/* Notes what is missing: what the steps of @plan would bring back. @actual is what the plan starts from. */
static void link_note_missing(Link *link, const NetPlan *plan, const NetConfig *actual) {
        LinkMissing missing = {};

        for (size_t i = 0; i < plan->n_steps; i++) {
                const NetStep *step = &plan->steps[i];

                switch (step->op) {
                case NET_OP_ADD_ADDRESS:
                case NET_OP_EXTEND_ADDRESS:
                        missing.lifetime = net_plan_find_address(actual, &step->address);
                        missing.address = !missing.lifetime;
                        break;
                case NET_OP_ADD_ROUTE_ONLINK:
                case NET_OP_ADD_ROUTE_GATEWAY:
                        if (step->route.prefix_len == 0)
                                missing.default_route = true;
                        else if (missing.n_routes++ == 0) {
                                missing.dst = step->route.dst;
                                missing.prefix_len = step->route.prefix_len;
                        }
                        break;
                case NET_OP_ADD_RULE:
                        missing.rule = true;
                        break;
                case NET_OP_DEL_RULE:
                case NET_OP_REMAKE_ADDRESS:
                case NET_OP_DEL_ADDRESS:
                case NET_OP_DEL_ROUTE:
                        break; /* something is left over or has another form; the lease lacks nothing */
                case _NET_OP_MAX:
                        assert_not_reached();
                }
        }
        link->missing = missing;
}

static void link_settle(Link *link, const Dhcp4Lease *lease) {
        link->settled = true;
        link->refusals = 0;
        link->apply_at = 0;
        if (!lease || !link->restorable || lease->granted_at != link->settled_grant)
                restore_reset(&link->restore);
        restore_whole(&link->restore);
        link->restorable = lease;
        if (lease) {
                link->settled_grant = lease->granted_at;
                link_fail(link, 0, NULL);
                /*
                 * The address is there by now, so a UDP socket that could not be opened without it is tried
                 * again in this turn.
                 */
                if (link->udp_error == -EADDRNOTAVAIL)
                        link->udp_error = 0;
        }
        link_publish(link, lease);
}

static bool link_plan_has_address(const NetPlan *plan) {
        for (size_t i = 0; i < plan->n_steps; i++)
                if (plan->steps[i].op == NET_OP_ADD_ADDRESS || plan->steps[i].op == NET_OP_DEL_ADDRESS ||
                    plan->steps[i].op == NET_OP_REMAKE_ADDRESS)
                        return true;
        return false;
}

static usec_t link_retry_usec(unsigned refusals) {
        const usec_t span = LINK_RETRY_MIN_USEC << MIN(refusals, 6u);

        return MIN(span, LINK_RETRY_MAX_USEC);
}

/* Makes the kernel agree with the lease. Returns when to look again at the latest. */
static usec_t link_turn_kernel(Link *link, usec_t now) {
        NetConfig desired, actual;
        const Dhcp4Lease *lease;
        Dhcp4Lease fallback;
        NetPlan plan;
        usec_t at;
        int r;

        link->settled = false;
        lease = link_wanted(link, &fallback);
        r = link_config(link, lease, &desired);
        if (r < 0) {
                link_fail(link, r, "reading the routes of tunnels");
                return usec_add(now, LINK_RETRY_MIN_USEC);
        }
        link_note_refusals(link, &desired);

        /* Twice: what was applied shows at once, so that the lease is published in the turn that brought it. */
        for (unsigned round = 0;; round++) {
                r = link->ports->snapshot(link->port, now, &desired, &actual);
                if (r < 0) {
                        link_fail(link, r, "reading the kernel's configuration");
                        return usec_add(now, LINK_RETRY_MIN_USEC);
                }
                net_plan_compute(&desired, &actual, &plan);
                if (plan.n_steps == 0) {
                        link_settle(link, lease);
                        return USEC_INFINITY;
                }
                if (round > 0)
                        break;

                switch (link_may_apply(link, now, lease, &at)) {
                case LINK_APPLY_NOW:
                        break;
                case LINK_APPLY_LATER:
                        return at;
                case LINK_APPLY_NOT:
                        link_note_missing(link, &plan, &actual);
                        return USEC_INFINITY;
                }

                r = link->ports->apply(link->port, now, &plan);
                if (r < 0)
                        link_fail(link, r, "applying addresses and routes");
        }

        /* One route that the kernel refuses must not hide a lease whose address is there. */
        if (!link_plan_has_address(&plan))
                link_publish(link, lease);

        /* Still not as wanted: refused, or somebody is quicker than we are. One try per interval. */
        link->apply_at = usec_add(now, link_retry_usec(link->refusals++));
        return link->apply_at;
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

        if (link->net.use_mtu != NET_MTU_LINK)
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
        link->restorable = false; /* the routes' MTU may be another one now, and nobody took anything away */
        dhcp4_client_set_mtu(&link->client, mtu_current(&link->mtu));
}

static void link_release_former(Link *link) {
        const Former *former = &link->former;
        Dhcp4ClientConfig identity = {
                .htype = former->htype,
                .chaddr_len = former->chaddr_len,
                .client_id_len = former->client_id_len,
        };
        Dhcp4Frame frame;
        int r;

        memcpy(identity.chaddr, former->chaddr, former->chaddr_len);
        memcpy(identity.client_id, former->client_id, former->client_id_len);
        dhcp4_client_release_former(&link->client, &identity, &link->published, &frame);
        r = link->ports->send(link->port, &frame);
        if (r < 0)
                link_fail(link, r, "sending");
        link->former.released = true;
}

/* Ends the use of the lease of the former identity. @loss: why, if no other lease takes its place. */
static void link_end_former(Link *link, Dhcp4Loss loss, bool release) {
        if (!link->former.on)
                return;
        if (release && link->carrier)
                link_release_former(link);
        link->former.on = false;
        link->former.loss = loss;
}

/*
 * This comes before addresses and routes are changed, because the RELEASE is sent from the address that
 * goes.
 */
static void link_turn_former(Link *link, usec_t now) {
        const Dhcp4Lease *lease = dhcp4_client_lease(&link->client);

        if (lease)
                /* A client that was granted the same address again must not release it. */
                link_end_former(link, DHCP4_LOSS_NONE,
                                link->former.release &&
                                        lease->address.s_addr != link->published.address.s_addr);
        else if (now >= link->former.until)
                link_end_former(link, DHCP4_LOSS_HARDWARE_ADDRESS, /* release= */ false);
}

static void link_turn(Link *link, usec_t now) {
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
                link->settled = false;
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

/* Keeps the link's part of the configuration; *ret is the client's, which keeps it itself. */
static void link_take_config(Link *link, const LinkConfig *config, Dhcp4ClientConfig *ret) {
        link->net = config->net;
        memcpy(link->mac, config->mac, sizeof(link->mac));
        link->can_acd = config->can_acd;
        link->defend_address = config->defend_address;
        link->asks_host = config->client.conflict != DHCP4_CONFLICT_NO;
        *ret = config->client;
        ret->mtu = mtu_current(&link->mtu);
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
        restore_reset(&link->restore);
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
        link->restorable = false; /* what others took away comes back at once */
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
        link->restorable = false;
        if (restarts) {
                link->carrier = false;
                link_feed(link, now, &(const Dhcp4Event){ .type = DHCP4_EVENT_START });
        }
        link_timer(link, now);
        return restarts;
}

/* Returns true if servers take a client with @config for the one that the lease in use was granted to. */
static bool link_is_former(const Link *link, const Dhcp4ClientConfig *config) {
        const Former *former = &link->former;

        if (!former->on || !former->known || former->client_id_len != config->client_id_len)
                return false;
        if (config->client_id_len > 0)
                return memcmp(former->client_id, config->client_id, former->client_id_len) == 0;
        return former->htype == config->htype && former->chaddr_len == config->chaddr_len &&
                memcmp(former->chaddr, config->chaddr, former->chaddr_len) == 0;
}

/* Keeps the lease in use as that of a former identity, because the client is about to get another one. */
static void link_keep_former(Link *link, usec_t now, bool release) {
        const Dhcp4ClientConfig *config = dhcp4_client_config(&link->client);
        /*
         * A longer identifier is not made of the hardware address. It is not remembered here, so such a
         * lease could not be given back.
         */
        const bool known = config->client_id_len <= FORMER_ID_MAX;
        Former *former = &link->former;

        *former = (Former){
                .on = true,
                .known = known,
                .release = known && release && link->published.origin == DHCP4_LEASE_DHCP,
                .until = MIN(usec_add(now, config->carrier_grace_usec),
                             dhcp4_lease_expires_at(&link->published)),
                .htype = config->htype,
                .chaddr_len = config->chaddr_len,
        };
        memcpy(former->chaddr, config->chaddr, config->chaddr_len);
        if (!known)
                return;
        former->client_id_len = config->client_id_len;
        memcpy(former->client_id, config->client_id, config->client_id_len);
}

/*
 * Goes on with the lease at another hardware address, where servers see the same client. As after a sleep,
 * the lease stays and is verified.
 */
static void link_same_client(Link *link, usec_t now, const LinkConfig *config) {
        Dhcp4ClientConfig client_config;

        link_take_config(link, config, &client_config);
        dhcp4_client_set_config(&link->client, &client_config);
        acd_set_mac(&link->acd, now, link->mac);
        if (link->carrier && acd_next_deadline(&link->acd) <= now)
                link_set_arp(link, /* listen= */ true); /* the answer to the first has to be heard too */
        link_resumed(link, now);
}

/* Starts the client, which is stopped, anew with @config. It waits for its carrier. */
static void link_become(Link *link, usec_t now, const LinkConfig *config, const Dhcp4Lease *lease,
                        bool held) {
        Dhcp4ClientConfig client_config;

        /* What it has is kept here, or goes by the word of nobody. */
        link_feed(link, now, &(const Dhcp4Event){ .type = DHCP4_EVENT_STOP });
        link_take_config(link, config, &client_config);
        dhcp4_client_set_config(&link->client, &client_config);
        acd_stop(&link->acd);
        link->restorable = false;
        link_feed(link, now,
                  &(const Dhcp4Event){
                          .type = DHCP4_EVENT_START,
                          .start.cached = lease,
                          .start.held = held,
                  });
}

/*
 * The link has the identity again that the lease in use was granted to: gives the lease back to the client,
 * which verifies it.
 */
static void link_return(Link *link, usec_t now, const LinkConfig *config) {
        const Dhcp4Lease lease = link->published;

        link->former.on = false;
        link_become(link, now, config, &lease, /* held= */ true);
        link_feed(link, now, &(const Dhcp4Event){ .type = DHCP4_EVENT_CARRIER, .carrier.up = true });
        link_turn(link, now);
        link_resumed(link, now);
}

bool link_set_hardware(Link *link, usec_t now, const LinkConfig *config, const Dhcp4Lease *cached,
                       bool release) {
        const Dhcp4ClientConfig *old = dhcp4_client_config(&link->client);
        const Dhcp4Lease *lease = dhcp4_client_lease(&link->client);
        const Dhcp4Lease published = link->published;
        bool held = false;

        if (dhcp4_client_state(&link->client) == DHCP4_STATE_STOPPED ||
            dhcp4_client_config_same_client(old, &config->client)) {
                link_same_client(link, now, config);
                return false;
        }
        if (link_is_former(link, &config->client)) {
                if (link->carrier) {
                        link_return(link, now, config);
                        return false;
                }
                cached = &published;
        }

        if (!link->former.on)
                link->former = (Former){ .loss = link->former.loss };
        if (link->have_published && !dhcp4_lease_is_granted(&published)) {
                /* No server granted this lease, so it does not depend on the identity. */
                cached = &published;
                held = true;
        } else if (old->anonymize || config->client.anonymize)
                link->former = (Former){
                        .loss = link->have_published ? DHCP4_LOSS_HARDWARE_ADDRESS : link->former.loss,
                };
        else if (!link->former.on && link->have_published && lease &&
                 lease->address.s_addr == published.address.s_addr)
                link_keep_former(link, now, release);
        link->carrier = false;
        link_become(link, now, config, cached, held);
        link_timer(link, now);
        return true;
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
                link->restorable = false;
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
        link->restorable = false; /* as in link_turn_mtu() */
        dhcp4_client_set_mtu(&link->client, mtu);
        if (known)
                link_timer(link, now);
}

void link_adopt_mtu(Link *link, uint32_t before, uint32_t set) {
        mtu_adopt(&link->mtu, before, set);
}

void link_tunnels_changed(Link *link, usec_t now) {
        Dhcp4Lease fallback;
        NetConfig desired;

        /* Most tunnels matter to nobody, and most leases list no routes. */
        if (link_config(link, link_wanted(link, &fallback), &desired) < 0 ||
            !net_refusals_equal(link->refused, link->n_refused, desired.refusals, desired.n_refusals))
                link_timer(link, now);
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

void link_desired(const Link *link, NetConfig *ret) {
        Dhcp4Lease fallback;

        (void) link_config(link, link_wanted(link, &fallback), ret);
}

size_t link_refusals(const Link *link, const NetRefusal **ret) {
        *ret = link->refused;
        return link->n_refused;
}

size_t link_ignored(const Link *link, Dhcp4Ignored *ret, size_t max) {
        NetConfig config;
        Dhcp4Message ack;

        if (!link->have_published)
                return 0;
        (void) link_config(link, &link->published, &config);
        dhcp4_lease_message(&link->published, &ack);
        return net_config_ignored(&link->published, &ack, &link->net, &config, ret, max);
}

bool link_lease_is_former(const Link *link) {
        return link->former.on;
}

bool link_former_was_released(const Link *link) {
        return link->former.released;
}

Dhcp4Loss link_loss(const Link *link) {
        return link->former.loss != DHCP4_LOSS_NONE ? link->former.loss : dhcp4_client_loss(&link->client);
}

const Mtu *link_mtu_state(const Link *link) {
        return &link->mtu;
}

bool link_settled(const Link *link) {
        return link->settled;
}

int link_conflict(const Link *link, struct in_addr *ret) {
        *ret = link->conflict;
        return link->conflict_ifindex;
}

const LinkMissing *link_missing(const Link *link) {
        return link->restore.given_up ? &link->missing : NULL;
}

int link_last_error(const Link *link, const char **ret_what) {
        if (link->error == 0 && link->udp_error < 0) {
                *ret_what = "listening on UDP port 68 (renewals do without, FORCERENEW is not heard)";
                return link->udp_error;
        }
        *ret_what = link->error_what;
        return link->error;
}
