/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the client makes of a server's message (dhcp4-client.h): RFC 2131 §4.4.1, §4.4.5, RFC 1534, RFC 3203, RFC 4039, RFC 6704, RFC 6842, RFC 8925. Pure.
 *
 * First whether it is for us at all, then, by state, whether it was asked for and by whom it may be answered. Whatever is not used changes nothing
 * but the counters.
 */
#include <arpa/inet.h>
#include <string.h>

#include "base/ip.h"
#include "base/macro.h"
#include "core/dhcp4-backoff.h"
#include "core/dhcp4-client-internal.h"

/* For so long the NAK of one server waits for the ACK of another: more when a lease in force is at stake than when the next network may be a new one. */
#define NAK_GRACE_USEC        (250 * USEC_PER_MSEC)
#define NAK_REBOOT_GRACE_USEC (100 * USEC_PER_MSEC)

/* For so long at most the OFFER of a server that failed us waits for that of another. */
#define PASSED_OVER_USEC (1 * USEC_PER_SEC)

/* A lease younger than this is not renewed because the server says so. */
#define FORCERENEW_RATE_USEC (10 * USEC_PER_SEC)

static void remember_server(Dhcp4Client *client, usec_t now, struct in_addr server_id,
                            struct in_addr offered, const HwAddress *hw) {
        const HwAddress none = {};
        Dhcp4Server *server = NULL;

        for (unsigned i = 0; i < client->n_servers && !server; i++)
                if (client->servers[i].server_id.s_addr == server_id.s_addr &&
                    hw_address_equal(&client->servers[i].hw, hw ?: &none))
                        server = &client->servers[i];
        if (!server) {
                if (client->n_servers == DHCP4_SERVERS_MAX)
                        return;
                server = &client->servers[client->n_servers++];
        }
        *server = (Dhcp4Server){
                .server_id = server_id,
                .offered = offered,
                .hw = hw ? *hw : none,
                .heard_at = now,
        };
}

/* Is the answer to this exchange of this client? RFC 2131 §4.4.1: xid; §4.1: chaddr; RFC 6842 §3: client identifier, when echoed. */
static bool is_for_us(const Dhcp4Client *client, const Dhcp4Message *m) {
        const Dhcp4ClientConfig *config = &client->config;
        const uint8_t *id;
        size_t id_len;

        if (m->header.op != DHCP4_OP_BOOTREPLY)
                return false;
        /* A FORCERENEW answers nothing, and its xid is the server's own. */
        if (m->header.xid != client->xid && m->type != DHCP4_FORCERENEW)
                return false;
        /* hlen as well as the padding behind it come back in many ways (QUIRK), so only the address itself is compared. */
        if (config->chaddr_len > 0 && memcmp(m->header.chaddr, config->chaddr, config->chaddr_len) != 0)
                return false;
        if (config->client_id_len > 0 && dhcp4_message_get(m, DHCP4_OPTION_CLIENT_ID, &id, &id_len) == 0 &&
            (id_len != config->client_id_len || memcmp(id, config->client_id, id_len) != 0))
                return false;
        return true;
}

static bool rule_matches(const Dhcp4ServerRule *rule, struct in_addr server_id, const HwAddress *hw) {
        if (rule->hw.len > 0)
                return hw && hw_address_equal(&rule->hw, hw);
        return ip4_is_within(server_id, rule->address, rule->prefix_len);
}

const char *client_refuses_server(const Dhcp4ClientConfig *config, struct in_addr server_id,
                                  const HwAddress *hw) {
        for (unsigned i = 0; i < config->n_deny; i++)
                if (rule_matches(&config->deny[i], server_id, hw))
                        return "a server that DenyServer= lists";
        for (unsigned i = 0; i < config->n_allow; i++)
                if (rule_matches(&config->allow[i], server_id, hw))
                        return NULL;
        return config->n_allow == 0 ? NULL : "a server that AllowServer= does not list";
}

/* For OFFER, ACK and NAK alike. */
bool client_welcomes(const Dhcp4Client *client, struct in_addr server_id, const HwAddress *hw) {
        /* The UDP socket does not tell the link-layer source; it is that of the server whose lease we have, when it is that server. */
        if (!hw && (client->have_lease || client->have_cached) &&
            client->lease.server_id.s_addr == server_id.s_addr && client->lease.server_hw.len > 0)
                hw = &client->lease.server_hw;
        return !client_refuses_server(&client->config, server_id, hw);
}

/* RFC 2131 §4.3.1 table 3: MUST. Who does not say who it is can neither offer nor refuse. */
static bool needs_server_id(Dhcp4MessageType type) {
        return type == DHCP4_OFFER || type == DHCP4_ACK || type == DHCP4_NAK;
}

static void keep_gateways(Dhcp4Lease *lease, const Dhcp4Gateway known[DHCP4_LEASE_GATEWAYS_MAX]) {
        for (unsigned i = 0; i < DHCP4_LEASE_GATEWAYS_MAX; i++)
                for (unsigned j = 0; j < DHCP4_LEASE_GATEWAYS_MAX; j++)
                        if (lease->gateways[i].address.s_addr == known[j].address.s_addr)
                                lease->gateways[i] = known[j];
}

/* The exchange ended well: the lease is @lease, new or renewed. */
static void accept_lease(Dhcp4Client *client, usec_t now, const Dhcp4Lease *lease) {
        const HwAddress known_hw = client->lease.server_hw;
        const Dhcp4Nonce known_nonce = client->lease.nonce;
        Dhcp4Gateway known_gateways[DHCP4_LEASE_GATEWAYS_MAX];
        const bool same_address =
                           client->have_lease && client->lease.address.s_addr == lease->address.s_addr,
                   same_server =
                           client->have_lease && client->lease.server_id.s_addr == lease->server_id.s_addr;

        client_judge_failures(client);
        client->passed_over = (struct in_addr){};
        if (!client->have_lease)
                client->counters.lease_usec = usec_sub(now, client->process_started_at);

        memcpy(known_gateways, client->lease.gateways, sizeof(known_gateways));
        client->lease = *lease;
        client->lease.broadcast = client->broadcast = client->broadcast_sent;
        /* The UDP socket does not tell the sender's link-layer address; the one known from before stays true for the same server. */
        if (client->lease.server_hw.len == 0 && same_server)
                client->lease.server_hw = known_hw;
        /* In the same network as ever. After anything else the routers are asked again. */
        if (client->state == DHCP4_STATE_RENEWING)
                keep_gateways(&client->lease, known_gateways);
        /* RFC 6704 §3.1.3: given with the first ACK, and good until there is another. */
        if (!client->lease.nonce.valid && same_server)
                client->lease.nonce = known_nonce;

        /* What is known of another address says nothing about this one. */
        if (!same_address &&
            (client->state != DHCP4_STATE_REQUESTING ||
             client->offer.address.s_addr != lease->address.s_addr))
                client->probe_ok = client->probe_conflict = false;
        if (client->probe_conflict && client->state == DHCP4_STATE_REQUESTING) {
                client_decline(client, now);
                return;
        }
        if (!same_address && client->config.conflict == DHCP4_CONFLICT_STRICT && !client->probe_ok) {
                /* In use only once it is known to be free. */
                client_drop_lease(client, DHCP4_LOSS_NAK, /* remember= */ false);
                client->expire_at = dhcp4_lease_expires_at(lease);
                client_enter(client, DHCP4_STATE_PROBING, USEC_INFINITY);
                return;
        }
        client_enter_bound(client);
}

/* RFC 8925 §3.2: option 108 in an answer to a client that asked for it. False: absent, or nobody asked. */
static bool says_ipv6_only(const Dhcp4Client *client, const Dhcp4Message *m, uint32_t *ret_wait_sec) {
        return client->config.ipv6_only &&
                dhcp4_message_get_u32(m, DHCP4_OPTION_IPV6_ONLY, ret_wait_sec) == 0;
}

static bool take_ack(Dhcp4Client *client, usec_t now, const Dhcp4Message *m, const uint8_t *data, size_t len,
                     const HwAddress *hw, usec_t granted_at) {
        uint32_t wait_sec;
        Dhcp4Lease lease;

        if (dhcp4_lease_from_ack(data, len, hw, granted_at, &lease) != 0 ||
            dhcp4_lease_expires_at(&lease) <= now)
                return false;
        /*
         * An ACK that no OFFER announced, or on a network that we came back to: what was just granted is given back. A lease that is in use
         * stays, for whatever goes through it; the next DISCOVER will tell.
         */
        if (!client->have_lease && client->state != DHCP4_STATE_REQUESTING &&
            says_ipv6_only(client, m, &wait_sec)) {
                client->lease = lease;
                client_release(client, now);
                client_enter_ipv6_only(client, now, wait_sec);
                return true;
        }
        accept_lease(client, now, &lease);
        return true;
}

/* The address is not the server's to give or to take; what comes with it is used until the next answer. */
static bool take_inform_ack(Dhcp4Client *client, usec_t now, const uint8_t *data, size_t len,
                            const HwAddress *hw) {
        Dhcp4Lease lease;

        if (dhcp4_lease_from_inform(data, len, hw, client->lease.address, client->lease.prefix_len, now,
                                    &lease) != 0)
                return false;
        client->lease = lease;
        client_enter_bound(client);
        return true;
}

static bool on_offer(Dhcp4Client *client, usec_t now, const Dhcp4Message *m, const uint8_t *data, size_t len,
                     const HwAddress *hw) {
        Dhcp4Lease offered;
        uint32_t wait_sec;
        uint8_t auto_configure;

        /* Before anything else: such an OFFER need not have an address. */
        if (client->state == DHCP4_STATE_SELECTING && says_ipv6_only(client, m, &wait_sec)) {
                client_enter_ipv6_only(client, now, wait_sec);
                return true;
        }
        /* RFC 2563 §2: no address for us, and none of our own choice either. */
        if (m->header.yiaddr.s_addr == INADDR_ANY &&
            dhcp4_message_get_u8(m, DHCP4_OPTION_AUTO_CONFIGURE, &auto_configure) == 0) {
                client->no_link_local = auto_configure == 0;
                return true;
        }

        /* An OFFER has the shape of an ACK, and what would not do as a lease is not worth asking for. Option 80 means nothing here (RFC 4039 §3.1). */
        if (dhcp4_lease_from_ack(data, len, hw, now, &offered) != 0)
                return false;
        remember_server(client, now, offered.server_id, offered.address, hw);

        switch (client->state) {
        case DHCP4_STATE_SELECTING:
                client->offer.address = offered.address;
                client->offer.server_id = offered.server_id;
                if (offered.server_id.s_addr == client->passed_over.s_addr) {
                        client->offer_waits = true;
                        client->resend_at = MIN(client->resend_at, usec_add(now, PASSED_OVER_USEC));
                } else
                        client_take_offer(client, now);
                return true;
        case DHCP4_STATE_STOPPED:
        case DHCP4_STATE_INIT:
        case DHCP4_STATE_REQUESTING:
        case DHCP4_STATE_INIT_REBOOT:
        case DHCP4_STATE_REBOOTING:
        case DHCP4_STATE_PROBING:
        case DHCP4_STATE_BOUND:
        case DHCP4_STATE_RENEWING:
        case DHCP4_STATE_REBINDING:
        case DHCP4_STATE_INFORMING:
                return false; /* too late, or of a second server: recorded and no more */
        case _DHCP4_STATE_MAX:
                break;
        }
        assert_not_reached();
}

static bool on_ack(Dhcp4Client *client, usec_t now, const Dhcp4Message *m, struct in_addr server_id,
                   const uint8_t *data, size_t len, const HwAddress *hw) {
        switch (client->state) {
        case DHCP4_STATE_SELECTING:
                /* RFC 4039 §3.1: an ACK to a DISCOVER counts when both sides said rapid commit. It answers the DISCOVER. */
                if (!client->rapid_sent || !dhcp4_message_has(m, DHCP4_OPTION_RAPID_COMMIT))
                        return false;
                return take_ack(client, now, m, data, len, hw, client->request_sent_at);
        case DHCP4_STATE_REQUESTING:
                if (server_id.s_addr != client->offer.server_id.s_addr)
                        return false;
                return take_ack(client, now, m, data, len, hw, client->request_sent_at);
        case DHCP4_STATE_RENEWING:
                if (server_id.s_addr != client->lease.server_id.s_addr)
                        return false;
                return take_ack(client, now, m, data, len, hw, client->request_sent_at);
        case DHCP4_STATE_INFORMING:
                return take_inform_ack(client, now, data, len, hw);
        case DHCP4_STATE_REBOOTING:
        case DHCP4_STATE_REBINDING:
                /* Asked of all, so any may answer. */
                return take_ack(client, now, m, data, len, hw, client->request_sent_at);
        case DHCP4_STATE_STOPPED:
        case DHCP4_STATE_INIT:
        case DHCP4_STATE_INIT_REBOOT:
        case DHCP4_STATE_PROBING:
        case DHCP4_STATE_BOUND:
                return false; /* nothing was asked: a duplicate, or forged */
        case _DHCP4_STATE_MAX:
                break;
        }
        assert_not_reached();
}

/*
 * RFC 1534 §2: a reply of a BOOTP server. It is taken only when a retransmission is out: a DHCP server, which is to be preferred, has answered
 * by then.
 */
static bool on_bootp(Dhcp4Client *client, usec_t now, const Dhcp4Message *m, const uint8_t *data, size_t len,
                     const HwAddress *hw) {
        if (!client->config.bootp || client->state != DHCP4_STATE_SELECTING || client->attempt < 2)
                return false;
        return take_ack(client, now, m, data, len, hw, client->request_sent_at);
}

/* The beginning of a long text is better than nothing. */
static void note_nak_text(Dhcp4Client *client, const Dhcp4Message *m) {
        char text[256] = "";

        _Static_assert(sizeof(client->nak_text) <= sizeof(text), "the end is cut off");
        (void) dhcp4_message_get_string(m, DHCP4_OPTION_MESSAGE, text, sizeof(text));
        text[sizeof(client->nak_text) - 1] = '\0';
        memcpy(client->nak_text, text, sizeof(client->nak_text));
}

static bool on_nak(Dhcp4Client *client, usec_t now, const Dhcp4Message *m, struct in_addr server_id) {
        usec_t grace = 0;

        switch (client->state) {
        case DHCP4_STATE_REQUESTING:
                if (server_id.s_addr != client->offer.server_id.s_addr)
                        return false; /* the selected one may still say ACK */
                break;
        case DHCP4_STATE_RENEWING:
                if (server_id.s_addr != client->lease.server_id.s_addr)
                        return false;
                break;
        case DHCP4_STATE_REBOOTING:
        case DHCP4_STATE_REBINDING:
                /*
                 * All were asked, and one that never heard of the lease may be quicker than one that would renew it. That is
                 * worth the short wait.
                 */
                if (server_id.s_addr != client->lease.server_id.s_addr)
                        grace = client->have_lease ? NAK_GRACE_USEC : NAK_REBOOT_GRACE_USEC;
                break;
        case DHCP4_STATE_STOPPED:
        case DHCP4_STATE_INIT:
        case DHCP4_STATE_SELECTING:
        case DHCP4_STATE_INIT_REBOOT:
        case DHCP4_STATE_PROBING:
        case DHCP4_STATE_BOUND:
        case DHCP4_STATE_INFORMING:
                return false; /* nothing of ours is pending: a late or forged NAK */
        case _DHCP4_STATE_MAX:
                assert_not_reached();
        }

        note_nak_text(client, m);
        if (grace > 0)
                client->nak_at = MIN(client->nak_at, usec_add(now, grace));
        else
                client_take_nak(client, now);
        return true;
}

void client_take_nak(Dhcp4Client *client, usec_t now) {
        const bool of_offer = client->state == DHCP4_STATE_REQUESTING;

        client->counters.refusals++;
        client_drop_lease(client, DHCP4_LOSS_NAK, /* remember= */ false);
        /*
         * The first NAK is plain news: the network is another one, or the server gave the address to somebody whose DISCOVER came at the same
         * time. From the second in a row on the wait grows: a server that always says NAK must not make us flood.
         */
        if (client->refused++ == 0) {
                client_enter_init(client, now);
                return;
        }
        /* Nor keep us from a server that would not. */
        if (of_offer)
                client->passed_over = client->offer.server_id;
        client_enter_init(client,
                          usec_add(now, dhcp4_backoff_restart_usec(&client->prng, client->refused - 1)));
}

/*
 * RFC 3203 §3: as if T1 had come. Only from the server that gave us the nonce: anybody can send a FORCERENEW, and with the xid open there is nothing
 * else by which to know it (CVE-2020-13529).
 */
static bool on_forcerenew(Dhcp4Client *client, usec_t now, const Dhcp4Message *m, struct in_addr server_id,
                          const uint8_t *data, size_t len) {
        if (client->state != DHCP4_STATE_BOUND ||
            (dhcp4_message_has(m, DHCP4_OPTION_SERVER_ID) &&
             server_id.s_addr != client->lease.server_id.s_addr))
                return false;
        if (!dhcp4_nonce_check(&client->lease.nonce, client->config.hmac_md5, data, len))
                return false;
        /* However often it asks. */
        if (usec_sub(now, client->lease.granted_at) < FORCERENEW_RATE_USEC)
                return false;
        client_renew_early(client, now);
        return true;
}

void client_on_message(Dhcp4Client *client, usec_t now, const uint8_t *data, size_t len,
                       const HwAddress *hw) {
        struct in_addr server_id = {};
        bool used = false;
        Dhcp4Message m;

        if (dhcp4_message_parse(data, len, &m) != 0) {
                client->counters.malformed++;
                return;
        }
        if (client->state == DHCP4_STATE_STOPPED || !client->carrier || !is_for_us(client, &m)) {
                client->counters.ignored++;
                return;
        }
        client->counters.received[m.type]++;
        if ((!dhcp4_lease_server_id(&m, &server_id) && needs_server_id(m.type)) ||
            !client_welcomes(client, server_id, hw)) {
                client->counters.ignored++;
                return;
        }

        switch (m.type) {
        case DHCP4_OFFER:
                used = on_offer(client, now, &m, data, len, hw);
                break;
        case DHCP4_ACK:
                used = on_ack(client, now, &m, server_id, data, len, hw);
                if (used)
                        remember_server(client, now, server_id, m.header.yiaddr, hw);
                break;
        case DHCP4_NAK:
                used = on_nak(client, now, &m, server_id);
                break;
        case DHCP4_BOOTP:
                used = on_bootp(client, now, &m, data, len, hw);
                break;
        case DHCP4_FORCERENEW:
                used = on_forcerenew(client, now, &m, server_id, data, len);
                break;
        case DHCP4_DISCOVER:
        case DHCP4_REQUEST:
        case DHCP4_DECLINE:
        case DHCP4_RELEASE:
        case DHCP4_INFORM:
                break; /* no server says that */
        case _DHCP4_MESSAGE_TYPE_MAX:
                assert_not_reached();
        }
        if (!used)
                client->counters.ignored++;
}
