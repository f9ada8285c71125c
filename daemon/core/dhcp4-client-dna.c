/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the client does with the answers of routers (core/dna.h, RFC 4436). It learns the link-layer
 * addresses of the routers of its lease, by which it recognises the network later. When such a router
 * answers, the client uses a remembered lease again before any server has answered. Pure.
 */
#include "base/macro.h"
#include "core/dhcp4-client-internal.h"

/*
 * Returns true if an answer of a router would help now. The answer allows the use of a remembered lease
 * before a server confirms it, and it ends the doubt about a lease in force. In a renewal, routers are asked
 * only after the first REQUEST got no answer, because most servers answer that one.
 */
static bool may_verify(const Dhcp4Client *client) {
        if (!client->unconfirmed || client->lease.age_unknown)
                return false;
        switch (client->state) {
        case DHCP4_STATE_REBOOTING:
                return client_knows_lease(client);
        case DHCP4_STATE_RENEWING:
        case DHCP4_STATE_REBINDING:
                return client->attempt > 1;
        case DHCP4_STATE_STOPPED:
        case DHCP4_STATE_INIT:
        case DHCP4_STATE_SELECTING:
        case DHCP4_STATE_REQUESTING:
        case DHCP4_STATE_INIT_REBOOT:
        case DHCP4_STATE_PROBING:
        case DHCP4_STATE_BOUND:
        case DHCP4_STATE_INFORMING:
                return false;
        case _DHCP4_STATE_MAX:
                break;
        }
        assert_not_reached();
}

/*
 * Returns true if the link-layer addresses of the routers should be learned now. They have to be learned
 * before they are needed. But the requests contain our address, so the address must first be known to be
 * ours alone.
 */
static bool may_learn(const Dhcp4Client *client) {
        return client->state == DHCP4_STATE_BOUND && client->carrier &&
                client->lease.origin == DHCP4_LEASE_DHCP &&
                (client->check == DHCP4_CHECK_FREE || client->config.conflict == DHCP4_CONFLICT_NO);
}

void dhcp4_client_dna(const Dhcp4Client *client, DnaQuestion *ret) {
        DnaTask task = DNA_NOTHING;

        *ret = (DnaQuestion){ .task = DNA_NOTHING };
        /* RFC 7844: an anonymous client neither remembers a network nor asks for a remembered one. */
        if (client->config.stored == DHCP4_STORED_NEVER || client->config.anonymize)
                return;
        /* An ARP request names us as the owner of the address, but the address may be on another host. */
        if (client->absent)
                return;
        if (may_verify(client))
                task = DNA_VERIFY;
        else if (may_learn(client))
                task = DNA_LEARN;
        if (task == DNA_NOTHING)
                return;
        ret->task = task;
        ret->own = client->lease.address;
        /*
         * Ask again with each REQUEST: a frame that was lost because a switch port did not forward yet says
         * nothing about the router.
         */
        ret->turn = task == DNA_VERIFY ? client->attempt : 0;
        for (unsigned i = 0; i < DHCP4_LEASE_GATEWAYS_MAX; i++)
                if (dhcp4_gateway_is_known(&client->lease.gateways[i]) == (task == DNA_VERIFY))
                        ret->gateways[i] = client->lease.gateways[i];
}

void client_on_gateway(Dhcp4Client *client, usec_t now, const Dhcp4Gateway *gateway) {
        DnaQuestion question;

        dhcp4_client_dna(client, &question);
        for (unsigned i = 0; i < DHCP4_LEASE_GATEWAYS_MAX; i++) {
                if (question.gateways[i].address.s_addr == INADDR_ANY ||
                    question.gateways[i].address.s_addr != gateway->address.s_addr)
                        continue;
                if (question.task == DNA_LEARN)
                        client->lease.gateways[i] = *gateway;
                /*
                 * The answer to the REQUEST that was sent decides in the end: an ACK renews the lease, a NAK
                 * ends it, and silence leaves it as it is.
                 */
                else if (dhcp4_lease_expires_at(&client->lease) > now) {
                        if (!client_is_in_force(client))
                                client_use_cached(client);
                        client_confirm(client);
                }
                return;
        }
}
