/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The DHCPv4 client (dhcp4-client.h): RFC 2131 §4.4, figure 5. Pure.
 *
 * An event changes the state and the instants at which something is due. client_due() then does what is
 * due. It queues all frames except those that end a lease (RELEASE, DECLINE). Every state is entered by
 * client_enter(), the only function that writes the state.
 *
 *   carrier off: INIT or INIT-REBOOT waits; a lease in force stays in force (BOUND) until withdraw_at
 *   carrier on:  INIT sends a DISCOVER at resend_at, INIT-REBOOT sends a REQUEST at once
 *
 * When the carrier returns, a lease that is still in force is verified in REBOOTING. Its address stays on
 * the link meanwhile (dhcp4-client-verify.c).
 *
 * An anonymous client never asks about a former lease: RFC 7844 §3.3 wants the full handshake on a network
 * that may be another one, without option 50 in the DISCOVER. So its lease ends as soon as the network may
 * have changed: when the carrier is lost, and after a sleep. The address does not wait on the link for the
 * next lease either, because the kernel names it in each ARP request that it broadcasts. No RELEASE is sent.
 * On another network it would name the address. On the same network the server knows the hardware address
 * and offers the address again. As long as the carrier stays and the host is awake, the network is the same,
 * and the lease is renewed like any other: by unicast, and in REBINDING by broadcast with the address in
 * ciaddr, which RFC 7844 §3.2 allows. The routers of the lease are never asked (dhcp4-client-dna.c), because
 * such a question names the address as well.
 *
 * A carrier that comes back within carrier_grace_usec finds the lease still applied. After that, address and
 * routes are withdrawn, and the lease is remembered for INIT-REBOOT. A lease whose address is still being
 * probed is remembered, too.
 *
 * A renewal may begin before T1: the user or the server wants it (FORCERENEW), or the host has a new name.
 * By RFC 2131 §4.4.5, a client whose frame was lost would wait half of the time until T2, which may be
 * hours. So there are five attempts within half a minute, and five more every hour until T1. In between no
 * socket is open.
 *
 * NAKs and conflicts are counted apart. A lease that held for a minute (or until T1) ends a row of NAKs. It
 * ends a row of conflicts only if its address is known to be free.
 */
#include "core/dhcp4-client.h"

#include <assert.h>
#include <string.h>

#include "base/macro.h"
#include "core/dhcp4-backoff.h"
#include "core/dhcp4-client-internal.h"

/* After so many REQUESTs the server that made the offer counts as gone; held by due_resend(). */
#define REQUEST_ATTEMPTS_MAX 4u
/*
 * After so many REQUESTs in REBOOTING the client goes to INIT, or uses the rest of a lease; held by
 * due_resend().
 */
#define REBOOT_ATTEMPTS_MAX 3u

/* A renewal before T1: half a minute of attempts, and again after EARLY_RETRY_USEC. */
#define EARLY_ATTEMPTS_MAX 5u
#define EARLY_RETRY_USEC   (3600 * USEC_PER_SEC)

#define INFORM_ATTEMPTS_MAX 6u /* 1 + 2 + ... + 32 s */
#define INFORM_RETRY_USEC   (300 * USEC_PER_SEC)

/* Span after which a lease that nobody confirmed is renewed. */
#define REVERIFY_USEC (60 * USEC_PER_SEC)

/* A lease that has held for so long ends a row of failures. */
#define FAILURE_FORGET_USEC (60 * USEC_PER_SEC)

/*
 * T1 and T2 come earlier by a random part of their span, at most 1/TIMER_JITTER_PART. So hosts that were
 * powered on together drift apart (RFC 2131 §4.4.5).
 */
#define TIMER_JITTER_PART 32u

/*
 * Asserts the bounds of new configuration where it comes in. Otherwise the first message that is built with
 * it would be the one to fail.
 */
static void assert_bounds(const Dhcp4ClientConfig *config) {
        assert(config->chaddr_len <= sizeof(config->chaddr));
        assert(config->n_request <= DHCP4_REQUEST_OPTIONS_MAX);
        assert(config->send_len <= DHCP4_SEND_MAX);
}

void dhcp4_client_init(Dhcp4Client *client, const Dhcp4ClientConfig *config,
                       const uint8_t key[PRNG_KEY_LEN]) {
        assert_bounds(config);
        *client = (Dhcp4Client){
                .config = *config,
                .resend_at = USEC_INFINITY,
                .t1_at = USEC_INFINITY,
                .t2_at = USEC_INFINITY,
                .expire_at = USEC_INFINITY,
                .withdraw_at = USEC_INFINITY,
                .nak_at = USEC_INFINITY,
                .offer_at = USEC_INFINITY,
                .fallback.at = USEC_INFINITY,
                .search.since = USEC_INFINITY,
        };
        prng_init(&client->prng, key);
}

void dhcp4_client_set_config(Dhcp4Client *client, const Dhcp4ClientConfig *config) {
        assert_bounds(config);
        client->config = *config;
}

bool dhcp4_client_config_restarts(const Dhcp4ClientConfig *old, const Dhcp4ClientConfig *config) {
        const bool inform = config->inform.s_addr != INADDR_ANY;

        return old->htype != config->htype || old->chaddr_len != config->chaddr_len ||
                memcmp(old->chaddr, config->chaddr, config->chaddr_len) != 0 ||
                old->client_id_len != config->client_id_len ||
                memcmp(old->client_id, config->client_id, config->client_id_len) != 0 ||
                old->anonymize != config->anonymize || old->inform.s_addr != config->inform.s_addr ||
                (inform && old->inform_prefix_len != config->inform_prefix_len);
}

bool dhcp4_client_config_same_client(const Dhcp4ClientConfig *old, const Dhcp4ClientConfig *config) {
        return config->client_id_len > 0 && old->client_id_len == config->client_id_len &&
                memcmp(old->client_id, config->client_id, config->client_id_len) == 0 &&
                old->anonymize == config->anonymize && old->inform.s_addr == config->inform.s_addr &&
                (config->inform.s_addr == INADDR_ANY || old->inform_prefix_len == config->inform_prefix_len);
}

void dhcp4_client_set_mtu(Dhcp4Client *client, uint32_t mtu) {
        client->config.mtu = mtu;
}

void dhcp4_client_set_absent(Dhcp4Client *client, bool absent) {
        client->absent = absent;
}

/* This is the only function that assigns the state. @due_at: when client_due() acts in that state next. */
void client_enter(Dhcp4Client *client, Dhcp4State state, usec_t due_at) {
        client->state = state;
        client->attempt = 0;
        client->resend_at = due_at;
        client->nak_at = client->offer_at = USEC_INFINITY;
        client->beside = false;
        if (client->repeat == DHCP4_REPEAT_PENDING)
                client->repeat = DHCP4_REPEAT_NO;
}

static void clear_timers(Dhcp4Client *client) {
        client->t1_at = client->t2_at = client->expire_at = client->withdraw_at = USEC_INFINITY;
}

/*
 * Resets the counters of NAKs and conflicts in a row if the lease has held for a while. The counter of
 * conflicts is reset only if the address is known to be free.
 */
void client_judge_failures(Dhcp4Client *client) {
        if (!client_is_in_force(client) ||
            usec_sub(client->now, client->lease.granted_at) <
                    MIN(FAILURE_FORGET_USEC, client->lease.t1_usec))
                return;
        client->refused = 0;
        if (client->check == DHCP4_CHECK_FREE)
                client->taken = 0;
}

/* Returns true if there is a lease that can be asked for again. */
static bool has_lease_to_remember(const Dhcp4Client *client) {
        switch (client->held) {
        case DHCP4_HELD_NOTHING:
        case DHCP4_HELD_OFFERED:
                return false;
        case DHCP4_HELD_GRANTED:
        case DHCP4_HELD_IN_FORCE:
        case DHCP4_HELD_REMEMBERED:
                return true;
        }
        assert_not_reached();
}

/* Ends the lease. @remember: keep it for INIT-REBOOT. */
void client_drop_lease(Dhcp4Client *client, Dhcp4Loss loss, bool remember) {
        client_judge_failures(client);
        if (client_is_in_force(client))
                client->loss = loss;
        /* RFC 7844 §3.5: asking for an address again, maybe on another network, would tell who we are. */
        client->held = remember && !client->config.anonymize && has_lease_to_remember(client)
                ? DHCP4_HELD_REMEMBERED
                : DHCP4_HELD_NOTHING;
        client->unconfirmed = false;
        client->check = DHCP4_CHECK_NONE;
        clear_timers(client);
}

/* Enters INIT, which begins its work at @due_at. Without a carrier it waits for the carrier. */
void client_enter_init(Dhcp4Client *client, usec_t due_at) {
        if (client->held == DHCP4_HELD_OFFERED)
                client->held = DHCP4_HELD_NOTHING;
        client_enter(client, DHCP4_STATE_INIT, client->carrier ? due_at : USEC_INFINITY);
}

void client_enter_without_lease(Dhcp4Client *client, usec_t due_at) {
        const bool remembers = client->held == DHCP4_HELD_REMEMBERED;

        client_enter(client, remembers ? DHCP4_STATE_INIT_REBOOT : DHCP4_STATE_INIT, due_at);
}

static usec_t jittered(Dhcp4Client *client, usec_t span) {
        const usec_t range = span / TIMER_JITTER_PART;

        return range == 0 || span == USEC_INFINITY ? span : span - prng_below(&client->prng, range);
}

static void arm_lease(Dhcp4Client *client) {
        const Dhcp4Lease *lease = &client->lease;
        const usec_t t1 = jittered(client, lease->t1_usec), t2 = jittered(client, lease->t2_usec);

        client->early = false;
        client->expire_at = dhcp4_lease_expires_at(lease);
        client->t1_at = usec_add(lease->granted_at, MIN(t1, t2));
        client->t2_at = usec_add(lease->granted_at, t2);
}

void client_take_offer(Dhcp4Client *client, usec_t now) {
        /*
         * If a lease is in force, the OFFER is for its address, so what conflict detection knows stays true.
         */
        if (!client_is_in_force(client) || client->check != DHCP4_CHECK_FREE)
                client->check = DHCP4_CHECK_NONE;
        client->broadcast = client->broadcast_sent ? MAX(client->broadcast, 1) : 0;
        client_enter(client, DHCP4_STATE_REQUESTING, now);
}

void client_use_cached(Dhcp4Client *client) {
        client->held = DHCP4_HELD_IN_FORCE;
        client->loss = DHCP4_LOSS_NONE;
        arm_lease(client);
}

/* Enters BOUND: the lease in client->lease is in force. */
void client_enter_bound(Dhcp4Client *client) {
        client_use_cached(client);
        client_enter(client, DHCP4_STATE_BOUND, USEC_INFINITY);
}

static void enter_informing(Dhcp4Client *client, usec_t now) {
        client_begin_process(client, now);
        client_enter_bound(client);
        client_enter(client, DHCP4_STATE_INFORMING, now);
}

/*
 * Returns true if the configured address is put on the link only after it is known to be free. RFC 5227 §2.1
 * wants every host to probe an address before it uses it. In optimistic mode the address is used at once as
 * long as there was no conflict. After a conflict, the other owner of the address must not be disturbed by
 * each new attempt.
 */
static bool probes_before_inform(const Dhcp4Client *client) {
        switch (client->config.conflict) {
        case DHCP4_CONFLICT_OPTIMISTIC:
                return client->taken > 0;
        case DHCP4_CONFLICT_STRICT:
                return true;
        case DHCP4_CONFLICT_NO:
                return false;
        }
        assert_not_reached();
}

void client_take_configured(Dhcp4Client *client, usec_t since) {
        client->lease = (Dhcp4Lease){
                .origin = DHCP4_LEASE_INFORM,
                .address = client->config.inform,
                .prefix_len = client->config.inform_prefix_len,
                .granted_at = since,
                .lifetime_usec = USEC_INFINITY,
                .t1_usec = USEC_INFINITY,
                .t2_usec = USEC_INFINITY,
        };
}

void client_begin_inform(Dhcp4Client *client, usec_t now) {
        /* We ask again and have the last answer, which stays in force meanwhile. */
        if (client_is_in_force(client)) {
                enter_informing(client, now);
                return;
        }
        client_take_configured(client, now);
        client->check = DHCP4_CHECK_NONE;
        if (probes_before_inform(client))
                client_enter(client, DHCP4_STATE_PROBING, USEC_INFINITY);
        else
                enter_informing(client, now);
}

void client_end_probing(Dhcp4Client *client, usec_t now) {
        if (client->lease.origin == DHCP4_LEASE_INFORM)
                enter_informing(client, now);
        else
                client_enter_bound(client);
}

static bool may_use_unconfirmed(const Dhcp4Client *client, usec_t now) {
        return client->held == DHCP4_HELD_REMEMBERED && client->config.stored == DHCP4_STORED_SILENCE &&
                dhcp4_lease_expires_at(&client->lease) > now && !client->lease.age_unknown;
}

/*
 * Returns how long a renewal waits for an answer (RFC 2131 §4.4.5). The RFC has no rule for a renewal before
 * T1. Half of the time until T2 may be days, and one lost frame would cost that time. So the back-off of
 * other messages is used if it is shorter.
 */
static usec_t renew_span(Dhcp4Client *client, usec_t now) {
        const usec_t span = dhcp4_backoff_renew_usec(now, client->t2_at, client->lease.lifetime_usec);
        usec_t early;

        if (!client->early)
                return span;
        early = dhcp4_backoff_resend_usec(&client->prng, client->attempt);
        return MIN(span, early);
}

/*
 * Puts off a renewal before T1, because the server is silent and there is time. No socket is open until the
 * next attempt, since a socket that is open for hours has its price. Without the pause, an unlimited lease,
 * which has no T1, would keep it open for ever.
 */
static void put_off_renewal(Dhcp4Client *client, usec_t now) {
        const usec_t t1_at = usec_add(client->lease.granted_at, client->lease.t1_usec);

        client_enter(client, DHCP4_STATE_BOUND, USEC_INFINITY);
        client->t1_at = MIN(t1_at, usec_add(now, EARLY_RETRY_USEC));
}

/*
 * Arranges an early renewal of a lease that nobody confirmed, by unicast: maybe the link was not ready yet.
 * For a BOOTP lease there is nobody to ask.
 */
static void reverify(Dhcp4Client *client, usec_t now) {
        if (client->lease.origin != DHCP4_LEASE_DHCP)
                return;
        client->early = true;
        client->t1_at = MIN(client->t1_at, usec_add(now, REVERIFY_USEC));
}

/*
 * RFC 2131 §3.2 (4): a lease that nobody confirmed MAY be used for the rest of its time. It stays
 * unconfirmed, so the next renewal asks again whether this is its network.
 */
static void use_rest(Dhcp4Client *client, usec_t now) {
        client_enter_bound(client);
        reverify(client, now);
}

/* Puts off all sending until the answer that waits counts. Returns false if no answer waits. */
static bool await_answer(Dhcp4Client *client) {
        const usec_t at = MIN(client->nak_at, client->offer_at);

        if (at == USEC_INFINITY)
                return false;
        client->resend_at = at;
        return true;
}

/*
 * Returns true if T1 is still to come. Just before T1, within the range of its jitter, it counts as reached.
 */
static bool is_before_t1(const Dhcp4Client *client, usec_t now) {
        const Dhcp4Lease *lease = &client->lease;

        return usec_add(now, lease->t1_usec / TIMER_JITTER_PART) <
                usec_add(lease->granted_at, lease->t1_usec);
}

void client_renew_early(Dhcp4Client *client, usec_t now) {
        client->early = client->unconfirmed = true;
        client_begin_process(client, now);
        client_enter(client, DHCP4_STATE_RENEWING, now);
}

static bool is_asking(Dhcp4State state) {
        switch (state) {
        case DHCP4_STATE_SELECTING:
        case DHCP4_STATE_REQUESTING:
        case DHCP4_STATE_REBOOTING:
        case DHCP4_STATE_RENEWING:
        case DHCP4_STATE_REBINDING:
        case DHCP4_STATE_INFORMING:
                return true;
        case DHCP4_STATE_STOPPED:
        case DHCP4_STATE_INIT:
        case DHCP4_STATE_INIT_REBOOT:
        case DHCP4_STATE_PROBING:
        case DHCP4_STATE_BOUND:
                return false;
        case _DHCP4_STATE_MAX:
                break;
        }
        assert_not_reached();
}

/*
 * Puts off the question that is due until the pace allows it. Returns false if it may be sent now. An event
 * only makes an exchange due. How soon the exchange begins is decided here, for all events.
 */
static bool keep_pace(Dhcp4Client *client, usec_t now) {
        const usec_t ready_at = dhcp4_pace_ready_at(client->pace_at);

        if (!is_asking(client->state) || now >= ready_at)
                return false;
        client->resend_at = ready_at;
        return true;
}

/*
 * Does one step of what is due at resend_at in the current state. The caller repeats while something is due.
 */
static void due_resend(Dhcp4Client *client, usec_t now) {
        if (keep_pace(client, now))
                return;
        switch (client->state) {
        case DHCP4_STATE_INIT:
                if (client->config.inform.s_addr != INADDR_ANY) {
                        client_begin_inform(client, now);
                        return;
                }
                client_begin_process(client, now);
                client_enter(client, DHCP4_STATE_SELECTING, now);
                return;
        case DHCP4_STATE_INFORMING:
                /* RFC 2131 §4.4.3: after a minute of silence the host goes on with what it has. */
                if (client->attempt >= INFORM_ATTEMPTS_MAX) {
                        client_enter_bound(client);
                        client->t1_at = usec_add(now, INFORM_RETRY_USEC);
                        return;
                }
                client_send_inform(client, now);
                return;
        case DHCP4_STATE_SELECTING:
                /* An OFFER that has waited for longer than allowed was heard before the host slept. */
                if (client->held == DHCP4_HELD_OFFERED &&
                    usec_sub(now, client->lease.granted_at) >= NEW_XID_USEC)
                        client->held = DHCP4_HELD_NOTHING;
                if (client->held == DHCP4_HELD_OFFERED)
                        client_take_offer(client, now);
                else
                        client_send_discover(client, now);
                return;
        case DHCP4_STATE_INIT_REBOOT:
                /*
                 * The lease expired while the carrier was away, or its server must not be listened to any
                 * more.
                 */
                if (dhcp4_lease_expires_at(&client->lease) <= now ||
                    !client_welcomes(client, client->lease.server_id, NULL)) {
                        client->held = DHCP4_HELD_NOTHING;
                        client_enter_init(client, now);
                        return;
                }
                client_begin_verify(client, now);
                return;
        case DHCP4_STATE_REQUESTING:
                if (client->attempt > 0 && client->search.unanswered > 0)
                        client_note_refusal(client, DHCP4_OFFER, client_asked_server(client),
                                            DHCP4_REFUSAL_NO_ACK);
                if (client->attempt >= REQUEST_ATTEMPTS_MAX && client_is_in_force(client)) {
                        use_rest(client, now);
                        return;
                }
                if (client->attempt >= REQUEST_ATTEMPTS_MAX) {
                        client->passed_over = client->lease.server_id;
                        /*
                         * Other servers may answer in a way that this link does not receive, so change the
                         * broadcast flag.
                         */
                        client->broadcast = client->broadcast == 0;
                        client_enter_init(client, now);
                        return;
                }
                /* The host slept, and no event has told us: the OFFER is out of date. */
                if (client->attempt > 0 && usec_sub(now, client->sent_at) >= NEW_XID_USEC) {
                        if (client_is_in_force(client))
                                client_begin_verify(client, now);
                        else
                                client_enter_init(client, now);
                        return;
                }
                client_send_request(client, now);
                client->resend_at = client_resend_at(client, now);
                return;
        case DHCP4_STATE_REBOOTING:
                if (client->attempt >= REBOOT_ATTEMPTS_MAX) {
                        if (await_answer(client))
                                return;
                        if (client_is_in_force(client) || may_use_unconfirmed(client, now))
                                use_rest(client, now);
                        else
                                client_enter_init(client, now);
                        return;
                }
                client_send_request(client, now);
                client->resend_at = client_resend_at(client, now);
                return;
        case DHCP4_STATE_RENEWING:
                if (client->early && client->attempt >= EARLY_ATTEMPTS_MAX) {
                        if (!await_answer(client))
                                put_off_renewal(client, now);
                        return;
                }
                client_send_request(client, now);
                client->resend_at = usec_add(now, renew_span(client, now));
                return;
        case DHCP4_STATE_REBINDING:
                client_send_request(client, now);
                client->resend_at = usec_add(
                        now, dhcp4_backoff_renew_usec(now, client->expire_at, client->lease.lifetime_usec));
                return;
        case DHCP4_STATE_STOPPED:
        case DHCP4_STATE_PROBING:
        case DHCP4_STATE_BOUND:
                client->resend_at = USEC_INFINITY; /* nothing is sent here */
                return;
        case _DHCP4_STATE_MAX:
                break;
        }
        assert_not_reached();
}

/*
 * Does what is due for the lease: expiry, withdrawal, a waiting NAK or OFFER, T1, T2. Returns true if the
 * state changed, so that something else may be due now.
 */
static bool due_lease(Dhcp4Client *client, usec_t now) {
        if (now >= client->expire_at) {
                client_drop_lease(client, DHCP4_LOSS_EXPIRED, /* remember= */ false);
                client_enter_init(client, now);
                return true;
        }
        if (now >= client->withdraw_at) {
                client_drop_lease(client, DHCP4_LOSS_CARRIER, /* remember= */ true);
                client_enter_without_lease(client, USEC_INFINITY);
                return true;
        }
        if (now >= client->nak_at) {
                client_take_nak(client, now);
                return true;
        }
        if (now >= client->offer_at) {
                client_take_offer_beside(client, now);
                return true;
        }
        if (!client->carrier)
                return false;
        if (client->state == DHCP4_STATE_BOUND && now >= client->t1_at) {
                if (client->lease.origin == DHCP4_LEASE_INFORM) {
                        client_begin_inform(client, now);
                        return true;
                }
                client->early = client->early && is_before_t1(client, now);
                client_begin_process(client, now);
                client_enter(client, DHCP4_STATE_RENEWING, now);
        }
        if (client->state == DHCP4_STATE_RENEWING && now >= client->t2_at) {
                /*
                 * This is another question, so a late answer to the last one must not pass for an answer to
                 * it.
                 */
                client_new_xid(client);
                client_enter(client, DHCP4_STATE_REBINDING, now);
                return true;
        }
        return false;
}

/*
 * Does everything that is due at @now. Queues at most one message, or a REQUEST and the DISCOVER beside it.
 * Afterwards resend_at is later than @now.
 */
static void client_due(Dhcp4Client *client, usec_t now) {
        /* New configuration: nobody probes any more. */
        if (client->state == DHCP4_STATE_PROBING && client->config.conflict == DHCP4_CONFLICT_NO)
                client_end_probing(client, now);
        /* New configuration: IPv4 is used even on a network that does not need it (RFC 8925). */
        if (client->ipv6_only && !client->config.ipv6_only) {
                client->ipv6_only = false;
                client_enter_init(client, now);
        }
        for (;;) {
                while (due_lease(client, now))
                        ;
                if (now < client->resend_at)
                        break;
                due_resend(client, now);
        }
        client_fallback_update(client, now);
}

/*
 * Ends the lease of an anonymous client if something was due long ago. The host slept then, and no event has
 * told us yet. The message that is due would name the address, in REBINDING even to everybody.
 */
static void notice_sleep(Dhcp4Client *client, usec_t now) {
        if (client->config.anonymize && client_is_in_force(client) &&
            dhcp4_lease_is_granted(&client->lease) && now < client->expire_at &&
            usec_sub(now, dhcp4_client_next_deadline(client)) >= NEW_XID_USEC)
                client_begin_verify(client, now);
}

static void begin_call(Dhcp4Client *client, usec_t now) {
        assert(now >= client->now);
        assert(client->i_outgoing == client->n_outgoing);
        client->now = now;
        client->n_outgoing = client->i_outgoing = 0;
        notice_sleep(client, now);
}

static void end_call(Dhcp4Client *client, usec_t now) {
        client_search_update(client);
        /* A granted lease is either being probed or in force. */
        assert(client->held != DHCP4_HELD_GRANTED || client->state == DHCP4_STATE_PROBING);
        if (client->n_outgoing > 0)
                client->sent_at = now;
        assert(dhcp4_client_next_deadline(client) > now);
}

void dhcp4_client_input(Dhcp4Client *client, usec_t now, const Dhcp4Event *event) {
        begin_call(client, now);
        client_on_event(client, now, event);
        client_due(client, now);
        end_call(client, now);
}

void dhcp4_client_dispatch(Dhcp4Client *client, usec_t now) {
        begin_call(client, now);
        client_due(client, now);
        end_call(client, now);
}
