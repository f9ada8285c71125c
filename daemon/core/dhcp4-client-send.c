/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the client sends (dhcp4-client.h): an exchange with its xid and secs (RFC 2131 §3.1, §4.1, §4.4.1),
 * the messages of it that are queued, and when a message is repeated. core/dhcp4-outgoing.c builds their
 * bytes. Pure.
 */
#include <assert.h>

#include "base/macro.h"
#include "core/dhcp4-backoff.h"
#include "core/dhcp4-client-internal.h"
#include "core/dhcp4-outgoing.h"

/* The first frame after the carrier came is repeated after this span (wireless links only). */
#define REPEAT_USEC (100 * USEC_PER_MSEC)

void client_new_xid(Dhcp4Client *client) {
        const uint32_t xid = (uint32_t) prng_u64(&client->prng);

        client->xid = xid == client->xid ? xid + 1 : xid;
}

void client_begin_process(Dhcp4Client *client, usec_t now) {
        client_new_xid(client);
        client->shuffle = (uint32_t) prng_u64(&client->prng);
        client->ipv6_only = false;
        client->broadcast_trial = client->broadcast_doubt = false;
        client->process_started_at = now;
        client->n_servers = 0;
}

static Dhcp4Outgoing *push(Dhcp4Client *client, Dhcp4MessageType type, struct in_addr address,
                           struct in_addr server_id, uint32_t xid, bool again) {
        Dhcp4Outgoing *out;

        assert(client->n_outgoing < DHCP4_CLIENT_FRAMES_MAX);
        out = &client->outgoing[client->n_outgoing++];
        *out = (Dhcp4Outgoing){
                .type = type,
                .state = client->state,
                .address = address,
                .server_id = server_id,
                .server_hw = client->lease.server_hw,
                .xid = xid,
                .secs = client->secs,
                .broadcast = client->broadcast_sent,
                .shuffle = client->shuffle,
        };
        client->counters.sent[type]++;
        client->counters.retransmissions += again;
        return out;
}

static void push_question(Dhcp4Client *client, Dhcp4MessageType type, struct in_addr address,
                          struct in_addr server_id) {
        client->pace_at = dhcp4_pace_spend(client->pace_at, client->now);
        (void) push(client, type, address, server_id, client->xid, /* again= */ client->attempt > 1);
}

void client_push_end(Dhcp4Client *client, Dhcp4MessageType type, const char *why) {
        const Dhcp4Lease *lease = &client->lease;

        push(client, type, lease->address, lease->server_id, client->xid, /* again= */ false)->why = why;
}

/*
 * Chooses the field secs. RFC 2131 §3.1 (3): the REQUEST for an OFFER, retransmitted or not, MUST have the
 * secs of the DISCOVER, since relays may use it to decide where a message goes. In all other messages, secs
 * is the time since the process began.
 */
static void choose_secs(Dhcp4Client *client, usec_t now) {
        /*
         * QUIRK: some servers ignore messages whose secs is 0. The first message of an exchange would have
         * that value, so we send 1.
         */
        const usec_t sec = MAX(usec_sub(now, client->process_started_at) / USEC_PER_SEC, (usec_t) 1);

        if (client->state != DHCP4_STATE_REQUESTING)
                client->secs = (uint16_t) MIN(sec, (usec_t) UINT16_MAX);
}

/*
 * Prepares the next transmission. A lease counts from the sending of the message that is answered (RFC 2131
 * §4.4.1). If several messages have the same xid, we cannot know which one the server answered. We take the
 * first, so that the lease is never held too long. But a lease of a minute, gained after ten minutes of
 * silence, would then be over before it began. So a retransmission gets a new xid after a pause that is
 * longer than any answer takes (§4.1 leaves this to us).
 */
static void begin_attempt(Dhcp4Client *client, usec_t now) {
        client->ipv6_only_asked = client->config.ipv6_only;
        /*
         * Send the same message once more. This is not counted as an attempt, so nothing that follows is
         * delayed.
         */
        if (client->repeat == DHCP4_REPEAT_PENDING) {
                client->repeat = DHCP4_REPEAT_NO;
                client->counters.retransmissions++;
                return;
        }
        client->attempt++;
        client->search.attempts++;
        client->search.unanswered++;
        client_choose_broadcast(client);
        choose_secs(client, now);
        if (client->attempt > 1 && usec_sub(now, client->sent_at) < NEW_XID_USEC)
                return;
        if (client->attempt > 1)
                client_new_xid(client);
        client->request_sent_at = now;
}

/*
 * Returns when the message that was just sent is repeated if nobody answers. A wireless link has its carrier
 * as soon as it is associated, but frames get through only when its port is authorised a moment later. So
 * the first frame is often lost, and is repeated once after a tenth of a second.
 */
usec_t client_resend_at(Dhcp4Client *client, usec_t now) {
        if (client->repeat == DHCP4_REPEAT_NEXT) {
                client->repeat = DHCP4_REPEAT_PENDING;
                return usec_add(now, REPEAT_USEC);
        }
        return usec_add(now, dhcp4_backoff_resend_usec(&client->prng, client->attempt));
}

/* Returns the address that a DISCOVER wishes for: that of the lease in force or remembered, or 0.0.0.0. */
static struct in_addr wish(const Dhcp4Client *client) {
        const bool known = client_knows_lease(client) && !client->config.anonymize;

        return known ? client->lease.address : (struct in_addr){};
}

/*
 * Sends a DISCOVER in addition to the REQUESTs. All such DISCOVERs have the same xid. It does not matter
 * which of them an OFFER answers, because an OFFER grants nothing.
 */
static void send_discover_beside(Dhcp4Client *client) {
        const bool again = client->beside;

        if (!again) {
                client->beside_xid = (uint32_t) prng_u64(&client->prng);
                if (client->beside_xid == client->xid)
                        client->beside_xid++;
        }
        client->beside = true;
        client->pace_at = dhcp4_pace_spend(client->pace_at, client->now);
        (void) push(client, DHCP4_DISCOVER, wish(client), (struct in_addr){}, client->beside_xid, again);
}

/* Sends the REQUEST that belongs to the state (core/dhcp4-outgoing.c has the tables). */
void client_send_request(Dhcp4Client *client, usec_t now) {
        begin_attempt(client, now);
        push_question(client, DHCP4_REQUEST, client->lease.address, client_asked_server(client));
        if (client_asks_beside(client))
                send_discover_beside(client);
}

void client_send_inform(Dhcp4Client *client, usec_t now) {
        begin_attempt(client, now);
        push_question(client, DHCP4_INFORM, client->lease.address, (struct in_addr){});
        client->resend_at = client_resend_at(client, now);
}

void client_send_discover(Dhcp4Client *client, usec_t now) {
        begin_attempt(client, now);
        client->rapid_sent = dhcp4_outgoing_rapid_commit(&client->config);
        push_question(client, DHCP4_DISCOVER, wish(client), (struct in_addr){});
        client->resend_at = client_resend_at(client, now);
}

void dhcp4_client_release_former(Dhcp4Client *client, const Dhcp4ClientConfig *identity,
                                 const Dhcp4Lease *lease, Dhcp4Frame *ret) {
        const Dhcp4Outgoing out = {
                .type = DHCP4_RELEASE,
                .address = lease->address,
                .server_id = lease->server_id,
                .server_hw = lease->server_hw,
                .xid = ~client->xid, /* an xid of no exchange of ours; a RELEASE has no answer */
                .why = "the hardware address is another one now",
        };

        client->counters.sent[DHCP4_RELEASE]++;
        dhcp4_outgoing_build(identity, &out, ret);
}

bool dhcp4_client_next_frame(Dhcp4Client *client, Dhcp4Frame *ret) {
        Dhcp4Outgoing *out;

        if (client->i_outgoing == client->n_outgoing)
                return false;
        out = &client->outgoing[client->i_outgoing++];
        out->absent = client->absent;
        dhcp4_outgoing_build(&client->config, out, ret);
        return true;
}
