/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What each event except a message does to the client (dhcp4-client.h): RFC 2131 §3.1 (5), §3.2, §4.4.6.
 * Pure.
 *
 * An event changes the state and the instants at which something is due. It sends only the messages that end
 * a lease (RELEASE, DECLINE). client_due() then does everything that is due.
 */
#include "base/macro.h"
#include "core/dhcp4-backoff.h"
#include "core/dhcp4-client-internal.h"

/* MIN_V6ONLY_WAIT, RFC 8925 §3.4 */
#define V6ONLY_WAIT_MIN_USEC (300 * USEC_PER_SEC)

/*
 * Limits for a user who asks often. A message is not sent again sooner than RESEND_RATE_USEC after the last
 * one, and a lease younger than RENEW_RATE_USEC is not renewed.
 */
#define RESEND_RATE_USEC (1 * USEC_PER_SEC)
#define RENEW_RATE_USEC  (10 * USEC_PER_MSEC)

static void on_start(Dhcp4Client *client, usec_t now, const Dhcp4Lease *cached, const Dhcp4Source *own,
                     bool held) {
        const Dhcp4Source of_lease = cached ? dhcp4_source_of_lease(cached) : (Dhcp4Source){},
                          *before = !held ? NULL
                : cached                  ? &of_lease
                                          : own;

        client_drop_lease(client, DHCP4_LOSS_NONE, /* remember= */ false);
        client->loss = DHCP4_LOSS_NONE;
        client_forget_failures(client);
        client->carrier = client->carrier_was_lost = false;
        client->ipv6_only = client->no_link_local = false;
        client->broadcast = 0;
        client->nak_text[0] = '\0';

        if (before && before->origin == DHCP4_LEASE_INFORM &&
            before->address.s_addr == client->config.inform.s_addr) {
                if (before->lease)
                        client->lease = *before->lease;
                else
                        client_take_configured(client, before->granted_at);
                client_enter_bound(client);
                return;
        }
        if (before && !dhcp4_source_is_granted(before))
                client_fallback_resume(client, before);
        if (!cached || dhcp4_lease_expires_at(cached) <= now || !dhcp4_lease_is_granted(cached) ||
            (client->config.anonymize && !held) || client->config.inform.s_addr != INADDR_ANY) {
                client_enter_init(client, now);
                return;
        }
        client->lease = *cached;
        client->broadcast = cached->broadcast;
        if (held) {
                /* the check was passed before the daemon was restarted */
                client->check = DHCP4_CHECK_FREE;
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

/* RFC 2131 §4.4.6. Only a lease that was granted by DHCP can be released. */
void client_release(Dhcp4Client *client, usec_t now, const char *why) {
        if (client->lease.origin != DHCP4_LEASE_DHCP)
                return;
        client_begin_process(client, now);
        client_push_end(client, DHCP4_RELEASE, why);
}

/* RFC 8925 §3.2: no DHCPv4 for the time that the server says, or until the link is attached anew. */
void client_enter_ipv6_only(Dhcp4Client *client, usec_t now, uint32_t wait_sec) {
        client_drop_lease(client, DHCP4_LOSS_NONE, /* remember= */ false);
        client_enter_init(client, usec_add(now, MAX(wait_sec * USEC_PER_SEC, V6ONLY_WAIT_MIN_USEC)));
        client->ipv6_only = true;
}

static void on_stop(Dhcp4Client *client, usec_t now, bool release) {
        /*
         * In PROBING the lease is not used yet, but the server has granted it, so it is released too.
         * Without a carrier no server would receive the RELEASE. The lease is then kept, and is worth asking
         * for again.
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
 * Returns the span for which a lease stays in use without a carrier. An anonymous client does not use its
 * lease after the carrier was lost (RFC 7844 §3.3).
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
                /* A configured address is ours on any network. */
                if (client->lease.origin != DHCP4_LEASE_INFORM)
                        client->withdraw_at = usec_add(now, carrier_grace(client));
                return;
        }
        client_drop_lease(client, DHCP4_LOSS_CARRIER, /* remember= */ true);
        client_enter_without_lease(client, USEC_INFINITY);
}

/* Begins again with back-off and attempts, because the link may be on another network now. */
static void on_carrier_up(Dhcp4Client *client, usec_t now) {
        usec_t delay = 0;

        client_forget_failures(client);
        client->ipv6_only = client->no_link_local = false;
        client->repeat = client->config.wireless ? DHCP4_REPEAT_NEXT : DHCP4_REPEAT_NO;
        switch (client->state) {
        case DHCP4_STATE_STOPPED:
                return;
        case DHCP4_STATE_INIT:
                client->broadcast = 0; /* the link may be on another network */
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
                        return; /* the lease was taken over at START, and the carrier was never lost */
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
                return; /* the carrier was up already */
        case _DHCP4_STATE_MAX:
                break;
        }
        assert_not_reached();
}

static void on_carrier(Dhcp4Client *client, usec_t now, bool up) {
        if (client->carrier == up) {
                /*
                 * The same event came before. The grace may be shorter by now, if the interface itself is
                 * gone.
                 */
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
                /* STOPPED asks for nothing, INIT-REBOOT waits for the carrier, PROBING needs no server */
                return;
        case _DHCP4_STATE_MAX:
                break;
        }
        assert_not_reached();
}

/*
 * RFC 2131 §3.2: the host may wake up on another network, so what was heard before it slept does not count.
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
                        break; /* begin again: earlier answers and silence may be of another network */
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
                /*
                 * The address may have been granted on another network, so it is asked for like a remembered
                 * lease.
                 */
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

/* Ends the lease because somebody else uses its address (RFC 2131 §3.1 (5)). */
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
         * One conflict may be chance. A server that offers one taken address after the other must not keep
         * us from a working server.
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
                 * Only a granted address can be declined, and a server that gets no DECLINE offers the same
                 * address again and again. So we wait for the ACK, and answer it with a DECLINE.
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
                return; /* there is no lease, so conflict detection does not report here */
        case _DHCP4_STATE_MAX:
                break;
        }
        assert_not_reached();
}

void client_on_event(Dhcp4Client *client, usec_t now, const Dhcp4Event *event) {
        switch (event->type) {
        case DHCP4_EVENT_START:
                on_start(client, now, event->start.cached, event->start.own, event->start.held);
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
                /* retransmission is the same for a frame lost in the host and for one lost on the wire */
                return;
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
