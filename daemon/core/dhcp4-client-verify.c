/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Finds out whether the link is still on the network of its lease. RFC 2131 §3.2, RFC 4436. Pure.
 *
 * The client does this when the carrier was away, after a sleep, and when the user wants a renewal. A lease
 * in force stays on the link meanwhile. Silence proves nothing: some servers do not answer the REQUEST of a
 * client that they do not know, and some networks let no NAK through. So the client asks everybody who may
 * know, and the first answer counts:
 *
 *   question           who is asked                     what the answer does
 *   REQUEST            server of the lease              ACK: confirms and renews the lease
 *                      (in REBOOTING all servers)       NAK: ends the lease
 *   ARP, by unicast    routers of the lease             any: confirms the lease (dhcp4-client-dna.c)
 *   DISCOVER           all servers                      OFFER of the same address: the client asks for it
 *                                                       and keeps the lease
 *                                                       OFFER of another network: ends the lease, and the
 *                                                       client asks for a new one
 *
 * From the second REQUEST on, a DISCOVER with an xid of its own goes out beside each REQUEST. Its OFFERs
 * wait for a moment, since the server or the router of the lease may be slower. It is possible that nobody
 * answers, or only servers of the same network that offer other addresses. The lease is then used for the
 * rest of its time (RFC 2131 §3.2 (4)), and the next renewal asks again.
 */
#include "base/ip.h"
#include "base/macro.h"
#include "core/dhcp4-client-internal.h"

/*
 * Span for which an OFFER waits for a better answer. It is as long as the wait of another server's NAK for
 * an ACK.
 */
#define OFFER_GRACE_USEC (250 * USEC_PER_MSEC)

void client_begin_verify(Dhcp4Client *client, usec_t now) {
        /* RFC 7844 §3.3: the REQUEST would name the address, maybe on another network. */
        if (client->config.anonymize) {
                client_drop_lease(client, DHCP4_LOSS_SLEPT, /* remember= */ false);
                client_enter_init(client, now);
                return;
        }
        client->unconfirmed = true;
        client_begin_process(client, now);
        client_enter(client, DHCP4_STATE_REBOOTING, now);
}

void client_confirm(Dhcp4Client *client) {
        client->unconfirmed = client->beside = false;
        client->offer_at = USEC_INFINITY;
}

/*
 * DEVIATION RFC 2131 §4.4: a DISCOVER goes out in REBOOTING, RENEWING and REBINDING, too, while nobody
 * confirms the lease. By figure 5 the client would wait until the lease ends if the server of this network
 * does not answer in those states.
 */
bool client_asks_beside(const Dhcp4Client *client) {
        return client->unconfirmed && client->attempt > 1 && client->state != DHCP4_STATE_REQUESTING;
}

bool client_router_is_silent(const Dhcp4Client *client) {
        DnaQuestion question;

        dhcp4_client_dna(client, &question);
        for (unsigned i = 0; i < DHCP4_LEASE_GATEWAYS_MAX; i++)
                if (question.task == DNA_VERIFY && question.gateways[i].address.s_addr != INADDR_ANY)
                        return true;
        return false;
}

/* Returns true if both leases name routers, and no router is in both. */
static bool routers_differ(const Dhcp4Lease *a, const Dhcp4Lease *b) {
        if (a->gateways[0].address.s_addr == INADDR_ANY || b->gateways[0].address.s_addr == INADDR_ANY)
                return false;
        for (unsigned i = 0; i < DHCP4_LEASE_GATEWAYS_MAX; i++)
                for (unsigned j = 0; j < DHCP4_LEASE_GATEWAYS_MAX; j++)
                        if (a->gateways[i].address.s_addr != INADDR_ANY &&
                            a->gateways[i].address.s_addr == b->gateways[j].address.s_addr)
                                return false;
        return true;
}

/*
 * Returns the longer one of both prefix lengths. A prefix length of 32 means that there was no mask
 * (dhcp4-lease.h), so the prefix length of the other lease counts.
 */
static uint8_t common_prefix_len(const Dhcp4Lease *a, const Dhcp4Lease *b) {
        if (a->prefix_len == 32)
                return b->prefix_len;
        return b->prefix_len == 32 ? a->prefix_len : MAX(a->prefix_len, b->prefix_len);
}

/*
 * Returns true if @offered, which is for another address although we wished for ours, ends the lease. The
 * server and the routers of the lease have not answered. This is then taken for another network, unless
 * everything shows that it is the same: another server with addresses of its own, in the same subnet, with
 * the same router, and no known router that could have been asked. If the server that granted our address
 * offers another one, it does not let us keep ours.
 */
static bool is_of_another_network(const Dhcp4Client *client, const Dhcp4Lease *offered) {
        const Dhcp4Lease *lease = &client->lease;

        return offered->server_id.s_addr == lease->server_id.s_addr ||
                !ip4_is_within(offered->address, lease->address, common_prefix_len(lease, offered)) ||
                routers_differ(lease, offered) || client_router_is_silent(client);
}

struct in_addr client_asked_server(const Dhcp4Client *client) {
        const bool of_offer = client->state == DHCP4_STATE_REQUESTING && client_is_in_force(client);

        return of_offer ? client->offer.server_id : client->lease.server_id;
}

bool client_weigh_offer(Dhcp4Client *client, usec_t now, const Dhcp4Lease *offered, bool ipv6_only) {
        const bool same = offered->address.s_addr == client->lease.address.s_addr,
                   first = client->offer_at == USEC_INFINITY;

        if (!client->beside || (!same && !is_of_another_network(client, offered)))
                return false;
        /* RFC 8925 §3.2: a host that uses IPv4 goes on using it. */
        if (same && ipv6_only && client_is_in_force(client))
                return false;
        /* An OFFER of our address is better than any other OFFER. Of equal OFFERs the first one stays. */
        if (!first && (!same || client->offer.same_address))
                return false;
        client->offer.same_address = same;
        client->offer.server_id = offered->server_id;
        client->offer.server_hw = offered->server_hw;
        if (first)
                client->offer_at = usec_add(now, OFFER_GRACE_USEC);
        return true;
}

void client_take_offer_beside(Dhcp4Client *client, usec_t now) {
        const uint32_t xid = client->beside_xid;

        if (client->offer.same_address && client_is_in_force(client)) {
                /* RFC 2131 §4.4.1: the REQUEST has the xid of the OFFER. */
                client->xid = xid;
                client_take_offer(client, now);
                return;
        }
        /* The OFFER has shown whether answers have to be broadcast on this network. */
        client->broadcast = client->broadcast_sent ? MAX(client->broadcast, 1) : 0;
        if (!client->offer.same_address) {
                client_drop_lease(client, DHCP4_LOSS_MOVED, /* remember= */ false);
                client_forget_failures(client);
        }
        /*
         * Begin again with a new DISCOVER. The OFFER cannot be kept beside the lease in force, because there
         * is room for one lease only. The new DISCOVER may also ask for rapid commit.
         */
        client_enter_init(client, now);
}
