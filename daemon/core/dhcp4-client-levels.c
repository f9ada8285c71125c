/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the client's state means for its caller (dhcp4-client.h): the levels that the caller makes true, and
 * the names that people read. Reads the client and changes nothing. Pure.
 *
 * In RENEWING both the packet socket and the UDP socket are open. The ACK comes to the leased address, but
 * servers broadcast a NAK, and a socket at that address does not receive broadcasts. Without the packet
 * socket a revoked lease would be used until T2.
 *
 * A RELEASE goes out by the packet socket, to the link-layer address that the ACK came from. The leased
 * address leaves the link right after it, and the kernel would drop a UDP datagram that still waits for ARP.
 *
 * A lease that is only published (Apply=no) is renewed as in INIT-REBOOT while its address is not on the
 * link. A server sends the answer to a renewal to ciaddr, and nobody would answer its ARP request. Such a
 * lease is probed before it is published. Afterwards, somebody may use the address with another hardware
 * address, and that would look like a conflict. Its address is never announced or defended.
 */
#include "base/macro.h"
#include "core/dhcp4-client-internal.h"

usec_t dhcp4_client_next_deadline(const Dhcp4Client *client) {
        usec_t at = MIN(client->resend_at, client->expire_at);

        at = MIN(at, client->withdraw_at);
        at = MIN(at, client->nak_at);
        at = MIN(at, client->offer_at);
        at = MIN(at, client->fallback.at);
        if (client->carrier && client->state == DHCP4_STATE_BOUND)
                at = MIN(at, client->t1_at);
        if (client->carrier && client->state == DHCP4_STATE_RENEWING)
                at = MIN(at, client->t2_at);
        return at;
}

Dhcp4State dhcp4_client_state(const Dhcp4Client *client) {
        return client->state;
}

Dhcp4Loss dhcp4_client_loss(const Dhcp4Client *client) {
        return client->loss;
}

Dhcp4RxMode dhcp4_client_rx_mode(const Dhcp4Client *client) {
        switch (client->state) {
        case DHCP4_STATE_SELECTING:
        case DHCP4_STATE_REQUESTING:
                return DHCP4_RX_PACKET;
        case DHCP4_STATE_REBOOTING:
                if (client->absent)
                        return DHCP4_RX_PACKET;
                /* A server may send its answer to the address itself, which may be on the link already. */
                return client_is_in_force(client) ? (Dhcp4RxMode) (DHCP4_RX_PACKET | DHCP4_RX_UDP)
                                                  : DHCP4_RX_PACKET;
        case DHCP4_STATE_RENEWING:
                /*
                 * The ACK comes to the address, but a NAK is broadcast (RFC 2131 §4.3.2), and a socket at
                 * that address does not receive it.
                 */
        case DHCP4_STATE_REBINDING:
        case DHCP4_STATE_INFORMING:
                if (client->absent)
                        return DHCP4_RX_PACKET;
                return (Dhcp4RxMode) (DHCP4_RX_PACKET | DHCP4_RX_UDP);
        case DHCP4_STATE_BOUND:
                /* Listen for a FORCERENEW, but only if we can check that the server has sent it. */
                return client->lease.nonce.valid && client->config.hmac_md5 && !client->absent
                        ? DHCP4_RX_UDP
                        : DHCP4_RX_NONE;
        case DHCP4_STATE_STOPPED:
        case DHCP4_STATE_INIT:
        case DHCP4_STATE_INIT_REBOOT:
        case DHCP4_STATE_PROBING:
                return DHCP4_RX_NONE;
        case _DHCP4_STATE_MAX:
                break;
        }
        assert_not_reached();
}

/* Returns true if there is an answer in client->lease; see Dhcp4Client.lease. */
static bool has_answer(const Dhcp4Client *client) {
        return client->lease.ack_len > 0;
}

const Dhcp4Lease *dhcp4_client_lease(const Dhcp4Client *client) {
        return client_is_in_force(client) && has_answer(client) ? &client->lease : NULL;
}

bool dhcp4_client_in_force(const Dhcp4Client *client, Dhcp4Source *ret) {
        const Dhcp4Lease *lease = &client->lease;

        if (!client_is_in_force(client))
                return false;
        *ret = has_answer(client) ? dhcp4_source_of_lease(lease)
                                  : dhcp4_source_own(lease->origin, lease->address, lease->prefix_len,
                                                     (struct in_addr){}, lease->granted_at);
        return true;
}

const Dhcp4Lease *dhcp4_client_cached(const Dhcp4Client *client) {
        return client_knows_lease(client) && has_answer(client) ? &client->lease : NULL;
}

/* Stores the address of an offer or a lease that should be probed. Returns false if there is none. */
static bool probing_lease(const Dhcp4Client *client, struct in_addr *ret) {
        switch (client->state) {
        case DHCP4_STATE_REQUESTING:
                if (client->check == DHCP4_CHECK_TAKEN)
                        return false; /* we know that somebody else has it */
                *ret = client->lease.address;
                return true;
        case DHCP4_STATE_PROBING:
                *ret = client->lease.address;
                return true;
        case DHCP4_STATE_REBOOTING:
        case DHCP4_STATE_BOUND:
        case DHCP4_STATE_RENEWING:
        case DHCP4_STATE_REBINDING:
        case DHCP4_STATE_INFORMING:
                if (!client_is_in_force(client))
                        return false;
                *ret = client->lease.address;
                return true;
        case DHCP4_STATE_STOPPED:
        case DHCP4_STATE_INIT:
        case DHCP4_STATE_SELECTING:
        case DHCP4_STATE_INIT_REBOOT:
                return false;
        case _DHCP4_STATE_MAX:
                break;
        }
        assert_not_reached();
}

bool dhcp4_client_granted(const Dhcp4Client *client, struct in_addr *ret) {
        if (client->held != DHCP4_HELD_GRANTED &&
            (!client_is_in_force(client) || !dhcp4_lease_is_granted(&client->lease)))
                return false;
        *ret = client->lease.address;
        return true;
}

bool client_probes_fallback(const Dhcp4Client *client) {
        return !client_is_in_force(client) && client->state != DHCP4_STATE_REQUESTING &&
                client->state != DHCP4_STATE_PROBING;
}

bool dhcp4_client_probing(const Dhcp4Client *client, struct in_addr *ret) {
        if (client_probes_fallback(client))
                return client_fallback_probing(client, ret);
        return client->config.conflict != DHCP4_CONFLICT_NO && probing_lease(client, ret);
}

AcdBasis dhcp4_client_probing_basis(const Dhcp4Client *client) {
        if (client_probes_fallback(client))
                return ACD_BASIS_CHOSEN;
        /* This also holds in REQUESTING, where the OFFER is then for the address of the lease. */
        if (client_is_in_force(client))
                return ACD_BASIS_GRANTED;
        if (client->state == DHCP4_STATE_REQUESTING)
                return ACD_BASIS_OFFERED;
        return dhcp4_lease_is_granted(&client->lease) ? ACD_BASIS_GRANTED : ACD_BASIS_CHOSEN;
}

bool dhcp4_client_knows_free(const Dhcp4Client *client) {
        return client_probes_fallback(client) ? client->fallback.stage == DHCP4_FALLBACK_USED
                                              : client->check == DHCP4_CHECK_FREE;
}

usec_t dhcp4_client_t1_at(const Dhcp4Client *client) {
        return client->t1_at;
}

usec_t dhcp4_client_t2_at(const Dhcp4Client *client) {
        return client->t2_at;
}

bool dhcp4_client_is_ipv6_only(const Dhcp4Client *client) {
        return client->ipv6_only;
}

const char *dhcp4_client_nak_text(const Dhcp4Client *client) {
        return client->nak_text;
}

uint32_t dhcp4_client_xid(const Dhcp4Client *client) {
        return client->xid;
}

const Dhcp4Counters *dhcp4_client_counters(const Dhcp4Client *client) {
        return &client->counters;
}

unsigned dhcp4_client_servers(const Dhcp4Client *client, const Dhcp4Server **ret) {
        *ret = client->servers;
        return client->n_servers;
}

const char *dhcp4_state_to_string(Dhcp4State state) {
        static const char *const names[_DHCP4_STATE_MAX] = {
                [DHCP4_STATE_STOPPED] = "STOPPED",         [DHCP4_STATE_INIT] = "INIT",
                [DHCP4_STATE_SELECTING] = "SELECTING",     [DHCP4_STATE_REQUESTING] = "REQUESTING",
                [DHCP4_STATE_INIT_REBOOT] = "INIT-REBOOT", [DHCP4_STATE_REBOOTING] = "REBOOTING",
                [DHCP4_STATE_PROBING] = "PROBING",         [DHCP4_STATE_BOUND] = "BOUND",
                [DHCP4_STATE_INFORMING] = "INFORMING",     [DHCP4_STATE_RENEWING] = "RENEWING",
                [DHCP4_STATE_REBINDING] = "REBINDING",
        };

        assert(state < _DHCP4_STATE_MAX);
        return names[state];
}

const char *dhcp4_loss_to_string(Dhcp4Loss loss) {
        static const char *const names[_DHCP4_LOSS_MAX] = {
                [DHCP4_LOSS_NONE] = "",
                [DHCP4_LOSS_EXPIRED] = "expired",
                [DHCP4_LOSS_NAK] = "nak",
                [DHCP4_LOSS_CONFLICT] = "conflict",
                [DHCP4_LOSS_RELEASED] = "released",
                [DHCP4_LOSS_CARRIER] = "carrier",
                [DHCP4_LOSS_REPLACED] = "replaced",
                [DHCP4_LOSS_MOVED] = "moved",
                [DHCP4_LOSS_HARDWARE_ADDRESS] = "hardware-address",
                [DHCP4_LOSS_SLEPT] = "slept",
        };

        assert(loss < _DHCP4_LOSS_MAX);
        return names[loss];
}
