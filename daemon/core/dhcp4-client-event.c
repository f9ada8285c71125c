/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What each event does to the client (dhcp4-client.h), but for messages: RFC 2131 §3.1 (5), §3.2, §4.4.6.
 * Pure.
 *
 * An event moves the state and the instants at which something is due, and sends nothing but the ends of a
 * lease (RELEASE, DECLINE); what is due then is done by client_due().
 */
#include "base/macro.h"
#include "core/dhcp4-backoff.h"
#include "core/dhcp4-client-internal.h"

/* MIN_V6ONLY_WAIT, RFC 8925 §3.4 */
#define V6ONLY_WAIT_MIN_USEC (300 * USEC_PER_SEC)

/*
 * However often the user asks: a message is not sent again sooner than this, and a lease younger than this
 * is as good as renewed.
 */
#define RESEND_RATE_USEC (1 * USEC_PER_SEC)
#define RENEW_RATE_USEC  (10 * USEC_PER_MSEC)

static void on_start(Dhcp4Client *client, usec_t now, const Dhcp4Lease *cached, bool held) {
        client_drop_lease(client, DHCP4_LOSS_NONE, /* remember= */ false);
        client->loss = DHCP4_LOSS_NONE;
        client_forget_failures(client);
        client->carrier = client->carrier_was_lost = false;
        client->ipv6_only = client->no_link_local = false;
        client->broadcast = 0;
        client->nak_text[0] = '\0';

        if (cached && held && cached->origin == DHCP4_LEASE_INFORM &&
            cached->address.s_addr == client->config.inform.s_addr) {
                client->lease = *cached;
                client_enter_bound(client);
                return;
        }
        if (cached && held)
                client_fallback_resume(client, cached);
        if (!cached || dhcp4_lease_expires_at(cached) <= now || !dhcp4_lease_is_granted(cached) ||
            (client->config.anonymize && !held) || client->config.inform.s_addr != INADDR_ANY) {
                client_enter_init(client, now);
                return;
        }
        client->lease = *cached;
        client->broadcast = cached->broadcast;
        if (held) {
                client->check = DHCP4_CHECK_FREE; /* passed before the daemon was restarted */
                client_enter_bound(client);
                return;
        }
        client->held = DHCP4_HELD_REMEMBERED;
        client_enter(client, DHCP4_STATE_INIT_REBOOT, USEC_INFINITY);
}

void client_forget_failures(Dhcp4Client *client) {
        client->refused = client->taken = 0;
        client->passed_over = (struct in_addr){};
}

/* RFC 2131 §4.4.6. Only who granted a lease can be told. */
void client_release(Dhcp4Client *client, usec_t now, const char *why) {
        if (client->lease.origin != DHCP4_LEASE_DHCP)
                return;
        client_begin_process(client, now);
        client_push_end(client, DHCP4_RELEASE, why);
}

/* RFC 8925 §3.2: no DHCPv4 for so long, or until the link is attached anew. */
void client_enter_ipv6_only(Dhcp4Client *client, usec_t now, uint32_t wait_sec) {
        client_drop_lease(client, DHCP4_LOSS_NONE, /* remember= */ false);
        client_enter_init(client, usec_add(now, MAX(wait_sec * USEC_PER_SEC, V6ONLY_WAIT_MIN_USEC)));
        client->ipv6_only = true;
}

static void on_stop(Dhcp4Client *client, usec_t now, bool release) {
        /*
         * In PROBING it is not used yet, and the server has given it all the same. Without a carrier nobody
         * hears of it: then it is not given back, and worth asking for again.
         */
        const bool released = release && client->carrier &&
                (client_is_in_force(client) || client->held == DHCP4_HELD_GRANTED);

        if (released)
                client_release(client, now, "the address is not used any more");
        client_drop_lease(client, DHCP4_LOSS_RELEASED, /* remember= */ !released);
        client->ipv6_only = false;
        client_enter(client, DHCP4_STATE_STOPPED, USEC_INFINITY);
}

/*
 * How long a lease outlives the carrier. An anonymous client has no use for it afterwards (RFC 7844 §3.3).
 */
static usec_t carrier_grace(const Dhcp4Client *client) {
        return client->config.anonymize ? 0 : client->config.carrier_grace_usec;
}

static void on_carrier_lost(Dhcp4Client *client, usec_t now) {
        switch (client->state) {
        case DHCP4_STATE_STOPPED:
                return;
        case DHCP4_STATE_INIT:
        case DHCP4_STATE_SELECTING:
        case DHCP4_STATE_REQUESTING:
        case DHCP4_STATE_INIT_REBOOT:
        case DHCP4_STATE_PROBING:
        case DHCP4_STATE_REBOOTING:
        case DHCP4_STATE_BOUND:
        case DHCP4_STATE_RENEWING:
        case DHCP4_STATE_REBINDING:
        case DHCP4_STATE_INFORMING:
                break;
        case _DHCP4_STATE_MAX:
                assert_not_reached();
        }

        if (client_is_in_force(client)) {
                client_enter(client, DHCP4_STATE_BOUND, USEC_INFINITY);
                /* What is configured is ours on any network. */
                if (client->lease.origin != DHCP4_LEASE_INFORM)
                        client->withdraw_at = usec_add(now, carrier_grace(client));
                return;
        }
        client_drop_lease(client, DHCP4_LOSS_CARRIER, /* remember= */ true);
        client_enter_without_lease(client, USEC_INFINITY);
}

/* Back-off and attempts start afresh: whatever was silent before may be another network now. */
static void on_carrier_up(Dhcp4Client *client, usec_t now) {
        usec_t delay = 0;

        client_forget_failures(client);
        client->ipv6_only = client->no_link_local = false;
        client->repeat = client->config.wireless ? DHCP4_REPEAT_NEXT : DHCP4_REPEAT_NO;
        switch (client->state) {
        case DHCP4_STATE_STOPPED:
                return;
        case DHCP4_STATE_INIT:
                client->broadcast = 0; /* another network, for all we know */
                /*
                 * DEVIATION RFC 2131 §4.4.1: no random wait of 1 to 10 s before the first DISCOVER. One host
                 * on a switch gains nothing from it, and the daemon paces its own links.
                 * start_delay_max_usec turns it on.
                 */
                if (client->config.start_delay_max_usec > 0)
                        delay = prng_below(&client->prng, client->config.start_delay_max_usec);
                client_enter(client, DHCP4_STATE_INIT, usec_add(now, delay));
                return;
        case DHCP4_STATE_INIT_REBOOT:
                client_enter(client, DHCP4_STATE_INIT_REBOOT, now);
                return;
        case DHCP4_STATE_BOUND:
                if (client->lease.origin == DHCP4_LEASE_INFORM) {
                        client_begin_inform(client, now);
                        return;
                }
                if (client->withdraw_at == USEC_INFINITY && !client->carrier_was_lost) {
                        client->repeat = DHCP4_REPEAT_NO;
                        return; /* adopted, and nothing moved since */
                }
                client->withdraw_at = USEC_INFINITY;
                client_begin_verify(client, now);
                return;
        case DHCP4_STATE_SELECTING:
        case DHCP4_STATE_REQUESTING:
        case DHCP4_STATE_REBOOTING:
        case DHCP4_STATE_PROBING:
        case DHCP4_STATE_RENEWING:
        case DHCP4_STATE_REBINDING:
        case DHCP4_STATE_INFORMING:
                return; /* it was up already */
        case _DHCP4_STATE_MAX:
                break;
        }
        assert_not_reached();
}

static void on_carrier(Dhcp4Client *client, usec_t now, bool up) {
        if (client->carrier == up) {
                /* Said again: the grace may be shorter by now, when the interface itself is gone. */
                if (!up && client_is_in_force(client) && client->lease.origin != DHCP4_LEASE_INFORM)
                        client->withdraw_at = MIN(client->withdraw_at, usec_add(now, carrier_grace(client)));
                return;
        }
        client->carrier = up;
        if (up)
                on_carrier_up(client, now);
        else
                on_carrier_lost(client, now);
        client->carrier_was_lost = !up;
}

static void on_renew(Dhcp4Client *client, usec_t now) {
        switch (client->state) {
        case DHCP4_STATE_BOUND:
                if (!client->carrier || usec_sub(now, client->lease.granted_at) < RENEW_RATE_USEC)
                        return;
                if (client->lease.origin == DHCP4_LEASE_INFORM) {
                        client_begin_inform(client, now);
                        return;
                }
                if (client->lease.origin != DHCP4_LEASE_DHCP)
                        return;
                client_renew_early(client, now);
                return;
        case DHCP4_STATE_INIT:
        case DHCP4_STATE_SELECTING:
        case DHCP4_STATE_REQUESTING:
        case DHCP4_STATE_REBOOTING:
        case DHCP4_STATE_RENEWING:
        case DHCP4_STATE_REBINDING:
        case DHCP4_STATE_INFORMING:
                client_forget_failures(client);
                if (client->carrier && usec_sub(now, client->sent_at) >= RESEND_RATE_USEC)
                        client->resend_at = MIN(client->resend_at, now);
                return;
        case DHCP4_STATE_STOPPED:
        case DHCP4_STATE_INIT_REBOOT:
        case DHCP4_STATE_PROBING:
                return; /* nothing to ask for; waiting for the carrier; all but done */
        case _DHCP4_STATE_MAX:
                break;
        }
        assert_not_reached();
}

/*
 * RFC 2131 §3.2: it may wake up on another network, and what was heard before it slept counts for nothing.
 */
static void on_resumed(Dhcp4Client *client, usec_t now) {
        switch (client->state) {
        case DHCP4_STATE_BOUND:
        case DHCP4_STATE_RENEWING:
        case DHCP4_STATE_REBINDING:
                if (!dhcp4_lease_is_granted(&client->lease)) {
                        on_renew(client, now);
                        return;
                }
                break;
        case DHCP4_STATE_REBOOTING:
                if (client_is_in_force(client))
                        break; /* from the beginning: answers and silence so far were there, not here */
                client_enter(client, DHCP4_STATE_INIT_REBOOT, now);
                return;
        case DHCP4_STATE_SELECTING:
        case DHCP4_STATE_REQUESTING:
                client_forget_failures(client);
                if (client_is_in_force(client))
                        break;
                client_enter_init(client, now);
                return;
        case DHCP4_STATE_PROBING:
                /* Granted, but where? It is asked for as one that is remembered is. */
                client_drop_lease(client, DHCP4_LOSS_NONE, /* remember= */ true);
                client_enter_without_lease(client, now);
                return;
        case DHCP4_STATE_STOPPED:
        case DHCP4_STATE_INIT:
        case DHCP4_STATE_INIT_REBOOT:
        case DHCP4_STATE_INFORMING:
                on_renew(client, now);
                return;
        case _DHCP4_STATE_MAX:
                assert_not_reached();
        }
        if (client->carrier)
                client_begin_verify(client, now);
}

/* RFC 2131 §3.1 (5): the address of client->lease is in use by somebody else. */
void client_decline(Dhcp4Client *client, usec_t now) {
        const struct in_addr server_id = client->lease.server_id;
        usec_t wait;

        client->counters.conflicts++;
        if (dhcp4_lease_is_granted(&client->lease))
                client_note_refusal(client, DHCP4_ACK, server_id, DHCP4_REFUSAL_IN_USE);
        if (client->carrier && client->lease.origin == DHCP4_LEASE_DHCP)
                client_push_end(client, DHCP4_DECLINE, "the address is in use already");
        client_drop_lease(client, DHCP4_LOSS_CONFLICT, /* remember= */ false);
        /*
         * Once is chance. A server that gives one address after the other that somebody has must not keep us
         * from one that does not.
         */
        if (client->taken > 0)
                client->passed_over = server_id;
        wait = client->lease.origin == DHCP4_LEASE_INFORM
                ? dhcp4_backoff_configured_usec(&client->prng, client->taken)
                : dhcp4_backoff_conflict_usec(&client->prng, client->taken);
        client->taken++;
        client_enter_init(client, usec_add(now, wait));
}

static void on_probe_ok(Dhcp4Client *client, usec_t now) {
        if (client_probes_fallback(client)) {
                client_fallback_probed(client, now, /* is_free= */ true);
                return;
        }
        if (client->check != DHCP4_CHECK_TAKEN)
                client->check = DHCP4_CHECK_FREE;
        if (client->state == DHCP4_STATE_PROBING)
                client_end_probing(client, now);
}

static void on_probe_conflict(Dhcp4Client *client, usec_t now) {
        if (client_probes_fallback(client)) {
                client_fallback_probed(client, now, /* is_free= */ false);
                return;
        }
        switch (client->state) {
        case DHCP4_STATE_REQUESTING:
                /*
                 * Only what was granted can be declined, and a server that does not hear of it offers the
                 * same address for ever. The ACK that is on its way gets the DECLINE for an answer.
                 */
                if (client_is_in_force(client))
                        client_decline(client, now);
                else
                        client->check = DHCP4_CHECK_TAKEN;
                return;
        case DHCP4_STATE_PROBING:
        case DHCP4_STATE_BOUND:
        case DHCP4_STATE_RENEWING:
        case DHCP4_STATE_REBINDING:
        case DHCP4_STATE_REBOOTING:
        case DHCP4_STATE_INFORMING:
                client_decline(client, now);
                return;
        case DHCP4_STATE_STOPPED:
        case DHCP4_STATE_INIT:
        case DHCP4_STATE_SELECTING:
        case DHCP4_STATE_INIT_REBOOT:
                return; /* without a lease: never here */
        case _DHCP4_STATE_MAX:
                break;
        }
        assert_not_reached();
}

void client_on_event(Dhcp4Client *client, usec_t now, const Dhcp4Event *event) {
        switch (event->type) {
        case DHCP4_EVENT_START:
                on_start(client, now, event->start.cached, event->start.held);
                return;
        case DHCP4_EVENT_STOP:
                on_stop(client, now, event->stop.release);
                return;
        case DHCP4_EVENT_CARRIER:
                on_carrier(client, now, event->carrier.up);
                return;
        case DHCP4_EVENT_RENEW:
                on_renew(client, now);
                return;
        case DHCP4_EVENT_RESUMED:
                on_resumed(client, now);
                return;
        case DHCP4_EVENT_MESSAGE:
                client_on_message(client, now, &event->message);
                return;
        case DHCP4_EVENT_SEND_FAILED:
                return; /* lost on the way out or on the wire: retransmission is the same for both */
        case DHCP4_EVENT_PROBE_OK:
                on_probe_ok(client, now);
                return;
        case DHCP4_EVENT_PROBE_CONFLICT:
                on_probe_conflict(client, now);
                return;
        case DHCP4_EVENT_GATEWAY:
                client_on_gateway(client, now, &event->gateway);
                return;
        case _DHCP4_EVENT_MAX:
                break;
        }
        assert_not_reached();
}
