/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * What the files of core/dhcp4-client*.c share. Nobody else includes this.
 *
 *   dhcp4-client.c           the passing of time, the states, and the only function that writes the state
 *   dhcp4-client-event.c     what each event does
 *   dhcp4-client-message.c   what a server's message does
 *   dhcp4-client-send.c      exchanges, the messages that are queued, and when one is repeated
 *   dhcp4-client-broadcast.c whether answers have to be broadcast
 *   dhcp4-client-servers.c   which servers are listened to, and which were heard
 *   dhcp4-client-fallback.c  what the link gets while no server answers
 *   dhcp4-client-verify.c    finds out whether the link is still on the network of the lease
 *   dhcp4-client-dna.c       which of the lease's routers are asked, and what their answers do
 *   dhcp4-client-offer.c     tells people whether an offer would be accepted
 *   dhcp4-client-search.c    what people are told about a search for a lease
 *   dhcp4-client-levels.c    what the caller should make true in each state
 */
#include "core/dhcp4-client.h"

/*
 * After so long, no answer to an earlier message is expected any more. A server that looks for the address
 * first (ping, ARP) answers after some seconds, also through a relay or a slow link.
 */
#define NEW_XID_USEC (8 * USEC_PER_SEC)

static inline bool client_is_in_force(const Dhcp4Client *client) {
        return client->held == DHCP4_HELD_IN_FORCE;
}

/* Returns true if there is a lease that a server granted before, in force or remembered. */
static inline bool client_knows_lease(const Dhcp4Client *client) {
        return client->held == DHCP4_HELD_IN_FORCE || client->held == DHCP4_HELD_REMEMBERED;
}

/*
 * Enters @state. This is the only function that assigns the state. @due_at: when something is to be done in
 * that state next; USEC_INFINITY: nothing.
 */
void client_enter(Dhcp4Client *client, Dhcp4State state, usec_t due_at);
/* Enters INIT, which begins its work at @due_at. Without a carrier it waits for the carrier instead. */
void client_enter_init(Dhcp4Client *client, usec_t due_at);
/* Enters INIT-REBOOT if a lease is remembered, otherwise INIT. That state begins its work at @due_at. */
void client_enter_without_lease(Dhcp4Client *client, usec_t due_at);
/* Enters BOUND: the lease in client->lease is in force from now on. */
void client_enter_bound(Dhcp4Client *client);
/* Enters REQUESTING to ask for the OFFER in client->lease. */
void client_take_offer(Dhcp4Client *client, usec_t now);
/*
 * Resets the counters of NAKs and conflicts in a row if the lease has held for a while. Called when a lease
 * ends or is renewed.
 */
void client_judge_failures(Dhcp4Client *client);
/*
 * Resets the counters of NAKs and conflicts in a row, and forgets the server that failed us. Called when
 * they belong to another network, or when the user wants no more waiting. The next failure counts as the
 * first.
 */
void client_forget_failures(Dhcp4Client *client);
/* Begins a renewal before T1, as wanted by the user, by the server, or because the host has a new name. */
void client_renew_early(Dhcp4Client *client, usec_t now);
/* Ends the lease, if there is one. @loss says why. @remember: keep the lease for INIT-REBOOT. */
void client_drop_lease(Dhcp4Client *client, Dhcp4Loss loss, bool remember);
/*
 * Ends the lease because somebody else uses its address: tells the server and begins again later (RFC 2131
 * §3.1).
 */
void client_decline(Dhcp4Client *client, usec_t now);
/*
 * Tells the server of client->lease that the lease is not wanted any more. @why: a static text for people.
 */
void client_release(Dhcp4Client *client, usec_t now, const char *why);
/*
 * Ends the lease because the network needs no IPv4, and enters INIT. INIT waits as RFC 8925 says; @wait_sec
 * is the wait that the server asks for, in seconds.
 */
void client_enter_ipv6_only(Dhcp4Client *client, usec_t now, uint32_t wait_sec);
/*
 * Begins DHCPINFORM: the address is ours by configuration, and the other parameters are asked for (RFC 2131
 * §4.4.3). The address is in force at once, or, if it has to be probed first, after it is known to be free.
 */
void client_begin_inform(Dhcp4Client *client, usec_t now);
/*
 * Takes the configured address for client->lease, without an answer. @since: the instant since which it is
 * ours. The caller decides when it is in force.
 */
void client_take_configured(Dhcp4Client *client, usec_t since);
/*
 * Returns true if conflict detection looks at the address of the fallback, and not at one that a server
 * offered or granted.
 */
bool client_probes_fallback(const Dhcp4Client *client);
/* Ends PROBING: the address of client->lease is ours, and is in force from now on. */
void client_end_probing(Dhcp4Client *client, usec_t now);
/* Acts on @event, of any type. */
void client_on_event(Dhcp4Client *client, usec_t now, const Dhcp4Event *event);
/*
 * Enters REBOOTING, to ask whether the link is on the network of the lease, which is in force or remembered.
 * An anonymous client asks nobody: its lease ends, and it begins at INIT.
 */
void client_begin_verify(Dhcp4Client *client, usec_t now);
/*
 * Ends the verification, because a server or a router of the lease has confirmed it. Forgets the OFFER that
 * was kept meanwhile.
 */
void client_confirm(Dhcp4Client *client);
/* Returns true if routers of the lease are being asked by ARP, and none has answered. */
bool client_router_is_silent(const Dhcp4Client *client);
/* Returns true if a DISCOVER should be sent in addition to the REQUEST that was just queued. */
bool client_asks_beside(const Dhcp4Client *client);
/*
 * Decides about @offered, an OFFER that answers the DISCOVER sent beside the REQUESTs. @ipv6_only: the OFFER
 * says that the network needs no IPv4. Returns true if the OFFER was kept.
 */
bool client_weigh_offer(Dhcp4Client *client, usec_t now, const Dhcp4Lease *offered, bool ipv6_only);
/* Returns the server identifier for a REQUEST that is sent now: that of the lease or of the kept OFFER. */
struct in_addr client_asked_server(const Dhcp4Client *client);
/* Acts on the OFFER that client_weigh_offer() kept, because nobody confirmed the lease meanwhile. */
void client_take_offer_beside(Dhcp4Client *client, usec_t now);
/* Puts the remembered lease in force again. The exchange that asks for it goes on. */
void client_use_cached(Dhcp4Client *client);
/* Acts on DHCP4_EVENT_GATEWAY. */
void client_on_gateway(Dhcp4Client *client, usec_t now, const Dhcp4Gateway *gateway);
/* Obeys a NAK after nobody else had a better answer: ends the lease and begins at INIT. */
void client_take_nak(Dhcp4Client *client, usec_t now);
/* Returns why the answer @m gives no lease. @error: what dhcp4_lease_complete() returned for it. */
Dhcp4Refusal client_refusal_of_lease(const Dhcp4Message *m, Dhcp4LeaseError error);
/* Acts on DHCP4_EVENT_MESSAGE. */
void client_on_message(Dhcp4Client *client, usec_t now, const Dhcp4Received *received);
/*
 * Returns the values to use for what an OFFER leaves out. @source: source of the IP packet that brought the
 * OFFER.
 */
Dhcp4LeaseBasis client_offer_basis(const Dhcp4ClientConfig *config, struct in_addr source);

/* dhcp4-client-send.c */

/*
 * Draws a new xid. It is never equal to the one before, because a late answer to the last question must not
 * pass for an answer to this one.
 */
void client_new_xid(Dhcp4Client *client);
/*
 * Begins a new exchange: a new xid, and secs from 0 (RFC 2131 §4.4.1). The next transmission may change the
 * xid once more.
 */
void client_begin_process(Dhcp4Client *client, usec_t now);
/* Each of these queues a message; DISCOVER and INFORM also set when it is repeated. */
void client_send_discover(Dhcp4Client *client, usec_t now);
void client_send_request(Dhcp4Client *client, usec_t now);
void client_send_inform(Dhcp4Client *client, usec_t now);
/* Returns when the message that was just queued is repeated if nobody answers. */
usec_t client_resend_at(Dhcp4Client *client, usec_t now);
/* Queues a DECLINE or RELEASE of the address of client->lease. @why: option 56, a static text. */
void client_push_end(Dhcp4Client *client, Dhcp4MessageType type, const char *why);

/* dhcp4-client-broadcast.c */

/* Decides whether the answer to the message that is sent next should come by broadcast. */
void client_choose_broadcast(Dhcp4Client *client);
/*
 * Returns true if @m seems to answer a message before the last one: the last message asked for a broadcast
 * answer, and @m does not have the flag.
 */
bool client_doubts_broadcast(const Dhcp4Client *client, const Dhcp4Message *m);
/* Learns from the answer @m whether answers reach us by unicast. */
void client_learn_broadcast(Dhcp4Client *client, const Dhcp4Message *m);

/* dhcp4-client-servers.c */

/* Notes for people that the server was heard. @offered: the address that it offers or grants. */
void client_remember_server(Dhcp4Client *client, usec_t now, struct in_addr server_id,
                            struct in_addr offered, const HwAddress *hw_or_null);
/*
 * Returns NONE if the allow and deny lists let us listen to the server, otherwise the reason why not. @hw:
 * the link-layer source of its message, or NULL if it is not known.
 */
Dhcp4Refusal client_refuses_server(const Dhcp4ClientConfig *config, struct in_addr server_id,
                                   const HwAddress *hw);
/*
 * Does the same for the lists of @client. If @hw is NULL and the server is that of the lease, the link-layer
 * address known from the lease counts.
 */
Dhcp4Refusal client_refuses(const Dhcp4Client *client, struct in_addr server_id, const HwAddress *hw);
/* Returns true if client_refuses() returns NONE. The same rules hold for OFFER, ACK and NAK. */
bool client_welcomes(const Dhcp4Client *client, struct in_addr server_id, const HwAddress *hw);
/* Returns true if a rule of the deny list matches @address, whatever the link-layer address is. */
bool client_denies_address(const Dhcp4ClientConfig *config, struct in_addr address);
/* Returns true if a rule of either list matches servers by their link-layer address. */
bool client_has_hw_rules(const Dhcp4ClientConfig *config);

/* dhcp4-client-search.c */

/*
 * Remembers, for people, why a message of @type gave no lease. @server_id: the server that sent it; 0.0.0.0:
 * not known. If there is no search at the end of the call, this is forgotten.
 */
void client_note_refusal(Dhcp4Client *client, Dhcp4MessageType type, struct in_addr server_id,
                         Dhcp4Refusal refusal);
/* Begins or ends the search, as the state says. Called at the end of every call. */
void client_search_update(Dhcp4Client *client);

/* dhcp4-client-fallback.c */

/* Begins, continues or ends the fallback, as state and time say. Called at the end of every call. */
void client_fallback_update(Dhcp4Client *client, usec_t now);
/*
 * Goes on using @held, which the daemon before us left on the link. Does nothing if @held is not what the
 * configuration asks for.
 */
void client_fallback_resume(Dhcp4Client *client, const Dhcp4Source *held);
/*
 * Stores the address of the fallback that conflict detection should run for. Returns false if there is none.
 */
bool client_fallback_probing(const Dhcp4Client *client, struct in_addr *ret);
/* Tells the fallback what conflict detection found out about its address. */
void client_fallback_probed(Dhcp4Client *client, usec_t now, bool is_free);
