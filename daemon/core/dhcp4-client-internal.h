/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * What the files of core/dhcp4-client*.c share. Nobody else includes this.
 *
 *   dhcp4-client.c           the passing of time, the states and their one writer
 *   dhcp4-client-event.c     what each event does
 *   dhcp4-client-message.c   what comes of a server's message
 *   dhcp4-client-fallback.c  what the link gets while no server answers
 *   dhcp4-client-verify.c    is this the network of the lease? What an offer of another one does
 *   dhcp4-client-dna.c       which of the lease's routers are asked, and what their answers do
 *   dhcp4-client-search.c    what people are told of a search for a lease
 *   dhcp4-client-levels.c    what the state means for the outside
 */
#include "core/dhcp4-client.h"

static inline bool client_is_in_force(const Dhcp4Client *client) {
        return client->held == DHCP4_HELD_IN_FORCE;
}

/* Returns true if there is a lease that a server granted before, in force or remembered. */
static inline bool client_knows_lease(const Dhcp4Client *client) {
        return client->held == DHCP4_HELD_IN_FORCE || client->held == DHCP4_HELD_REMEMBERED;
}

/*
 * The only place that assigns the state. @due_at: when something is to be done in it next; USEC_INFINITY:
 * nothing.
 */
void client_enter(Dhcp4Client *client, Dhcp4State state, usec_t due_at);
/* Back to the beginning, at @due_at; without a carrier, when it is back. */
void client_enter_init(Dhcp4Client *client, usec_t due_at);
/*
 * There is no lease in force any more. One that is remembered is asked for at @due_at, or INIT begins then.
 */
void client_enter_without_lease(Dhcp4Client *client, usec_t due_at);
/* The lease in client->lease is in force from now on. */
void client_enter_bound(Dhcp4Client *client);
/* Asks for what the OFFER in client->lease says. */
void client_take_offer(Dhcp4Client *client, usec_t now);
/*
 * At the end of a lease, or of its first part: if it has held for a while, the failures before it are no row
 * any more.
 */
void client_judge_failures(Dhcp4Client *client);
/*
 * What went before is another network's, or the user wants no more waiting: the next failure is the first.
 */
void client_forget_failures(Dhcp4Client *client);
/* T1 now, though it is not due: by the user, the server or the host's new name. */
void client_renew_early(Dhcp4Client *client, usec_t now);
/* A new exchange: new xid, secs from 0. */
void client_begin_process(Dhcp4Client *client, usec_t now);
/* The end of the lease, if there is one. @remember: for INIT-REBOOT. */
void client_drop_lease(Dhcp4Client *client, Dhcp4Loss loss, bool remember);
/*
 * The address of client->lease is in use by somebody else: says so to the server and begins again later (RFC
 * 2131 §3.1).
 */
void client_decline(Dhcp4Client *client, usec_t now);
/* Tells the server of client->lease that it is not wanted any more. @why: for people, a static text. */
void client_release(Dhcp4Client *client, usec_t now, const char *why);
/* The network needs no IPv4: no lease, and INIT only after the wait that RFC 8925 asks for. */
void client_enter_ipv6_only(Dhcp4Client *client, usec_t now, uint32_t wait_sec);
/*
 * The address is ours by configuration: asks for the rest (RFC 2131 §4.4.3). The address is in force at
 * once, or, where it has to be probed first, when it is known to be free.
 */
void client_begin_inform(Dhcp4Client *client, usec_t now);
/*
 * Returns true if conflict detection is about the address of the fallback, not about one that a server
 * offered or granted.
 */
bool client_probes_fallback(const Dhcp4Client *client);
/* The address of client->lease, which was probed in PROBING, is ours: it is in force. */
void client_end_probing(Dhcp4Client *client, usec_t now);
/* Asks for a DECLINE or RELEASE of the address of client->lease. @why: option 56, a static text. */
void client_push_end(Dhcp4Client *client, Dhcp4MessageType type, const char *why);
/* Any event. */
void client_on_event(Dhcp4Client *client, usec_t now, const Dhcp4Event *event);
/*
 * Enters REBOOTING, to ask whether the link is on the network of the lease, which is in force or remembered.
 * An anonymous client asks nobody: its lease ends, and it begins at INIT.
 */
void client_begin_verify(Dhcp4Client *client, usec_t now);
/*
 * A server or a router of the lease has confirmed it: ends the verification and forgets the OFFERs heard
 * beside.
 */
void client_confirm(Dhcp4Client *client);
/* Returns true if routers of the lease are being asked by ARP, and none has answered. */
bool client_router_is_silent(const Dhcp4Client *client);
/* Returns true if a DISCOVER should go out beside the REQUEST that was just asked for. */
bool client_asks_beside(const Dhcp4Client *client);
/*
 * Considers the OFFER @offered, which answers the DISCOVER that went out beside the REQUESTs. @ipv6_only:
 * the OFFER says that the network needs no IPv4. Returns true if the OFFER is kept or has changed something.
 */
bool client_weigh_offer(Dhcp4Client *client, usec_t now, const Dhcp4Lease *offered, bool ipv6_only);
/* The server identifier of a REQUEST that is sent now: that of the lease or of the OFFER. */
struct in_addr client_asked_server(const Dhcp4Client *client);
/* Acts on the OFFER that client_weigh_offer() kept, because nobody confirmed the lease meanwhile. */
void client_take_offer_beside(Dhcp4Client *client, usec_t now);
/* The remembered lease is in force again, and the exchange that asks for it goes on. */
void client_use_cached(Dhcp4Client *client);
/* Event DHCP4_EVENT_GATEWAY. */
void client_on_gateway(Dhcp4Client *client, usec_t now, const Dhcp4Gateway *gateway);
/* A server refused, and nobody else had a better answer: no lease, and from the beginning. */
void client_take_nak(Dhcp4Client *client, usec_t now);
/*
 * Returns NONE if the allow and deny lists let us listen to the server, otherwise the reason why not. @hw:
 * the link-layer source of its message, or NULL if it is not known.
 */
Dhcp4Refusal client_refuses_server(const Dhcp4ClientConfig *config, struct in_addr server_id,
                                   const HwAddress *hw);
/*
 * Returns true if the allow and deny lists let us listen to the server. If @hw is NULL and the server is
 * that of the lease, the link-layer address known from the lease counts.
 */
bool client_welcomes(const Dhcp4Client *client, struct in_addr server_id, const HwAddress *hw);
/* Returns why the answer @m is no lease; @error says what dhcp4_lease_complete() had against it. */
Dhcp4Refusal client_refusal_of_lease(const Dhcp4Message *m, Dhcp4LeaseError error);
/* Event DHCP4_EVENT_MESSAGE. */
void client_on_message(Dhcp4Client *client, usec_t now, const Dhcp4Received *received);
/* Returns what stands in for what an OFFER leaves out. @source: of the IP packet that brought it. */
Dhcp4LeaseBasis client_offer_basis(const Dhcp4ClientConfig *config, struct in_addr source);

/* dhcp4-client-search.c */

/*
 * Remembers, for people, why a message of @type gave no lease. @server_id: whose it is; 0.0.0.0: not known.
 * Forgotten at the end of a call that leaves no search behind.
 */
void client_note_refusal(Dhcp4Client *client, Dhcp4MessageType type, struct in_addr server_id,
                         Dhcp4Refusal refusal);
/* Begins or ends the search, as the state says. At the end of every call. */
void client_search_update(Dhcp4Client *client);

/* dhcp4-client-fallback.c */

/* Begins, goes on with or ends the fallback, as state and time say. At the end of every call. */
void client_fallback_update(Dhcp4Client *client, usec_t now);
/*
 * @held is what the daemon before us left on the link: it goes on being used, if it is what is configured.
 */
void client_fallback_resume(Dhcp4Client *client, const Dhcp4Lease *held);
/* The address of the fallback that conflict detection should run for, or false. */
bool client_fallback_probing(const Dhcp4Client *client, struct in_addr *ret);
/* What conflict detection found of it. */
void client_fallback_probed(Dhcp4Client *client, usec_t now, bool is_free);
