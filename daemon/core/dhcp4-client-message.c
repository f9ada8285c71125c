/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the client does with a server's message (dhcp4-client.h): RFC 2131 §4.4.1, §4.4.5, RFC 1534,
 * RFC 3203, RFC 4039, RFC 6704, RFC 6842, RFC 8925. Pure.
 *
 * The client first checks whether a message is for us at all. Then it checks, by state, whether we asked for
 * such a message, and whether this server may answer. A message that is not used changes only the counters
 * and what people are told.
 *
 * Any server may confirm an address, but only the server that was asked may change it, because nodes of a
 * cluster answer for one another. In RENEWING, the ACK of another server counts if it is for the address
 * that we have. In REQUESTING it counts if it is for the address that was offered: at once if it comes from
 * the link-layer address of the OFFER, otherwise after the first retransmission. An ACK without option 54 is
 * treated in the same way. An OFFER without option 54 waits up to a second for the OFFER of a server that
 * names itself. The NAK of a server that was not asked, or that does not name itself, still ends nothing.
 *
 * While a lease is in force, the NAK of a server that did not grant it waits a quarter of a second. In
 * REBINDING all servers are asked, and a server that never heard of the lease may be quicker than the server
 * that would renew it.
 *
 * The first OFFER wins, so a quick server that is broken could keep a link from a good one for ever. After
 * four REQUESTs without a usable ACK, or after the second NAK or taken address in a row, the next OFFER of
 * that server waits up to a second for the OFFER of another server. If there is none, it is taken.
 *
 * If an ACK has option 108, the client releases the address, unless a lease is in use already. A lease that
 * is in use stays.
 */
#include <arpa/inet.h>
#include <string.h>

#include "base/ip.h"
#include "base/macro.h"
#include "core/dhcp4-backoff.h"
#include "core/dhcp4-client-internal.h"

/*
 * Span for which the NAK of one server waits for the ACK of another. It is longer when a lease in force is
 * at stake than when the network may be a new one.
 */
#define NAK_GRACE_USEC        (250 * USEC_PER_MSEC)
#define NAK_REBOOT_GRACE_USEC (100 * USEC_PER_MSEC)

/* Longest time that the OFFER of a server that failed us waits for the OFFER of another server. */
#define PASSED_OVER_USEC (1 * USEC_PER_SEC)

/* A FORCERENEW has no effect on a lease that is younger than this. */
#define FORCERENEW_RATE_USEC (10 * USEC_PER_SEC)

/* A message that is for us, and the server that sent it. */
typedef struct Heard {
        Dhcp4Answer answer;
        struct in_addr source; /* of the IP packet; 0.0.0.0: not known, or not the address of a host */
        /*
         * Option 54. If @names_server is false, the identifier that is used instead, or 0.0.0.0 for a
         * message that needs none.
         */
        struct in_addr server_id;
        bool names_server;
} Heard;

/*
 * Returns the xid that an answer of @type must have. A DISCOVER that was sent beside the REQUESTs has an xid
 * of its own.
 */
static uint32_t question_xid(const Dhcp4Client *client, Dhcp4MessageType type) {
        return type == DHCP4_OFFER && client->beside ? client->beside_xid : client->xid;
}

/* Returns true if @m answers this exchange of this client. RFC 2131 §4.4.1: xid; §4.1: chaddr. */
static bool is_for_us(const Dhcp4Client *client, const Dhcp4Message *m) {
        const Dhcp4ClientConfig *config = &client->config;

        if (m->header.op != DHCP4_OP_BOOTREPLY)
                return false;
        /* A FORCERENEW answers nothing, and its xid is the server's own. */
        if (m->header.xid != question_xid(client, m->type) && m->type != DHCP4_FORCERENEW)
                return false;
        /*
         * QUIRK: some servers change hlen or the padding of chaddr. So only the address itself is compared.
         */
        if (config->chaddr_len > 0 && memcmp(m->header.chaddr, config->chaddr, config->chaddr_len) != 0)
                return false;
        return true;
}

/* Returns true if the answer echoes a client identifier (RFC 6842 §3), and it is not ours. */
static bool is_for_another_id(const Dhcp4Client *client, const Dhcp4Message *m) {
        const Dhcp4ClientConfig *config = &client->config;
        const uint8_t *id;
        size_t id_len;

        return config->client_id_len > 0 &&
                dhcp4_message_get(m, DHCP4_OPTION_CLIENT_ID, &id, &id_len) == 0 &&
                (id_len != config->client_id_len || memcmp(id, config->client_id, id_len) != 0);
}

static void keep_gateways(Dhcp4Lease *lease, const Dhcp4Gateway known[DHCP4_LEASE_GATEWAYS_MAX]) {
        for (unsigned i = 0; i < DHCP4_LEASE_GATEWAYS_MAX; i++)
                for (unsigned j = 0; j < DHCP4_LEASE_GATEWAYS_MAX; j++)
                        if (lease->gateways[i].address.s_addr == known[j].address.s_addr)
                                lease->gateways[i] = known[j];
}

/* Makes @lease, which the answer @m grants, the lease of the client. It may be new or renewed. */
static void accept_lease(Dhcp4Client *client, usec_t now, const Dhcp4Message *m, const Dhcp4Lease *lease) {
        const HwAddress known_hw = client->lease.server_hw;
        const Dhcp4Nonce known_nonce = client->lease.nonce;
        Dhcp4Gateway known_gateways[DHCP4_LEASE_GATEWAYS_MAX];
        const bool same_address = client_is_in_force(client) &&
                client->lease.address.s_addr == lease->address.s_addr,
                   same_server = client_is_in_force(client) &&
                client->lease.server_id.s_addr == lease->server_id.s_addr,
                   as_offered = client->state == DHCP4_STATE_REQUESTING &&
                client->lease.address.s_addr == lease->address.s_addr,
                   same_network = client->state == DHCP4_STATE_RENEWING && !client_router_is_silent(client);

        client_judge_failures(client);
        client_confirm(client);
        client->passed_over = (struct in_addr){};
        if (!client_is_in_force(client))
                client->counters.lease_usec = usec_sub(now, client->process_started_at);

        client_learn_broadcast(client, m);
        memcpy(known_gateways, client->lease.gateways, sizeof(known_gateways));
        client->lease = *lease;
        client->lease.broadcast = client->broadcast;
        /*
         * The UDP socket does not tell the link-layer address of the sender. If the server is the same, the
         * address known from before is still right.
         */
        if (client->lease.server_hw.len == 0 && same_server)
                client->lease.server_hw = known_hw;
        /*
         * Only a plain renewal proves that the network is the same. Otherwise the routers are asked again.
         */
        if (same_network)
                keep_gateways(&client->lease, known_gateways);
        /* RFC 6704 §3.1.3: the nonce comes with the first ACK, and is valid until there is another. */
        if (!client->lease.nonce.valid && same_server)
                client->lease.nonce = known_nonce;

        /* What conflict detection knows about another address says nothing about this one. */
        if (!same_address && !as_offered)
                client->check = DHCP4_CHECK_NONE;
        if (client->check == DHCP4_CHECK_TAKEN && client->state == DHCP4_STATE_REQUESTING) {
                client_decline(client, now);
                return;
        }
        if (!same_address && client->config.conflict == DHCP4_CONFLICT_STRICT &&
            client->check != DHCP4_CHECK_FREE) {
                /* The address is used only after it is known to be free. */
                client_drop_lease(client, DHCP4_LOSS_REPLACED, /* remember= */ false);
                client->held = DHCP4_HELD_GRANTED;
                client->expire_at = dhcp4_lease_expires_at(lease);
                client_enter(client, DHCP4_STATE_PROBING, USEC_INFINITY);
                return;
        }
        client_enter_bound(client);
}

/*
 * Returns true if the answer has option 108, and the message that it answers asked for the option (RFC 8925
 * §3.2). Some servers send the option without being asked. The present configuration decides too: if it
 * wants IPv4 by now, the answer to an earlier question must not turn IPv4 off.
 */
static bool says_ipv6_only(const Dhcp4Client *client, const Dhcp4Message *m, uint32_t *ret_wait_sec) {
        return client->ipv6_only_asked && client->config.ipv6_only &&
                dhcp4_message_get_u32(m, DHCP4_OPTION_IPV6_ONLY, ret_wait_sec) == 0;
}

/*
 * Returns true if the message came from the same link-layer address as the answer in client->lease. The
 * sender is then the same server or the same relay.
 */
static bool has_source_of_lease(const Dhcp4Client *client, const Heard *heard) {
        return heard->answer.hw && heard->answer.hw->len > 0 &&
                hw_address_equal(heard->answer.hw, &client->lease.server_hw);
}

/*
 * Returns true if the message is from the server of client->lease, judged by its identifier or its
 * link-layer source.
 */
static bool is_of_lease_server(const Dhcp4Client *client, const Heard *heard) {
        return heard->server_id.s_addr == client->lease.server_id.s_addr ||
                has_source_of_lease(client, heard);
}

/*
 * Returns true if the ACK @m confirms the address of client->lease. An ACK with yiaddr 0 confirms the
 * address that was asked about, which may be repeated in ciaddr (RFC 2131 §4.3.1 table 3).
 */
static bool confirms_address(const Dhcp4Client *client, const Dhcp4Message *m) {
        const struct in_addr address = client->lease.address;

        if (m->header.yiaddr.s_addr != INADDR_ANY)
                return m->header.yiaddr.s_addr == address.s_addr;
        return m->header.ciaddr.s_addr == INADDR_ANY || m->header.ciaddr.s_addr == address.s_addr;
}

/* Returns true if the answer @m describes the network of the address, by a mask or by routes. */
static bool describes_network(const Dhcp4Client *client, const Dhcp4Message *m) {
        Dhcp4Route route;
        uint8_t prefix_len;

        return dhcp4_lease_mask(m, &prefix_len) || dhcp4_lease_routes(&client->lease, m, &route, 1) > 0;
}

/*
 * Returns the values to use for what an ACK leaves out. In REQUESTING, RENEWING and REBINDING the network is
 * that of the OFFER or the lease, whichever server answers. In REBOOTING the link may be on another network,
 * where a server happens to confirm the same address. If another server describes its network in the ACK,
 * nothing of the old lease is added. If it only confirms the address, it knows the lease.
 */
static Dhcp4LeaseBasis basis_of(const Dhcp4Client *client, const Heard *heard) {
        Dhcp4LeaseBasis basis = { .lifetime_sec = client->config.default_lifetime_sec };

        switch (client->state) {
        case DHCP4_STATE_REQUESTING:
                /*
                 * The REQUEST asked for what the OFFER said. If a lease is in force, the OFFER was for the
                 * same address, but maybe of another network.
                 */
                if (!client_is_in_force(client) || is_of_lease_server(client, heard) ||
                    !describes_network(client, heard->answer.m))
                        basis.before = &client->lease;
                else
                        basis.server_id = client->offer.server_id;
                return basis;
        case DHCP4_STATE_REBOOTING:
                if (!is_of_lease_server(client, heard) && describes_network(client, heard->answer.m))
                        return basis;
                break;
        case DHCP4_STATE_RENEWING:
        case DHCP4_STATE_REBINDING:
                break;
        case DHCP4_STATE_STOPPED:
        case DHCP4_STATE_INIT:
        case DHCP4_STATE_SELECTING:
        case DHCP4_STATE_INIT_REBOOT:
        case DHCP4_STATE_PROBING:
        case DHCP4_STATE_BOUND:
        case DHCP4_STATE_INFORMING:
                return basis; /* there is no earlier lease or OFFER to complete the answer from */
        case _DHCP4_STATE_MAX:
                assert_not_reached();
        }
        basis.before = &client->lease;
        if (confirms_address(client, heard->answer.m))
                basis.asked = client->lease.address;
        return basis;
}

/* Remembers why the message gives no lease. Returns false, which means "not used" to the callers. */
static bool refuse(Dhcp4Client *client, const Heard *heard, Dhcp4Refusal refusal) {
        client_note_refusal(client, heard->answer.m->type, heard->server_id, refusal);
        return false;
}

static bool take_ack(Dhcp4Client *client, usec_t now, const Heard *heard) {
        const Dhcp4LeaseBasis basis = basis_of(client, heard);
        uint32_t wait_sec;
        Dhcp4Lease lease;
        int r;

        r = dhcp4_lease_complete(&heard->answer, client->request_sent_at, &basis, &lease);
        if (r != 0)
                return refuse(client, heard, client_refusal_of_lease(heard->answer.m, (Dhcp4LeaseError) r));
        if (dhcp4_lease_expires_at(&lease) <= now)
                return refuse(client, heard, DHCP4_REFUSAL_EXPIRED);
        /*
         * Here the ACK came without a REQUEST for an OFFER, or on a network that we came back to. The
         * address that was just granted is given back. A lease that is in use stays, because connections
         * depend on it; the next DISCOVER will find out.
         */
        if (!client_is_in_force(client) && client->state != DHCP4_STATE_REQUESTING &&
            says_ipv6_only(client, heard->answer.m, &wait_sec)) {
                client->lease = lease;
                client_release(client, now, "this network needs no IPv4");
                client_enter_ipv6_only(client, now, wait_sec);
                return true;
        }
        accept_lease(client, now, heard->answer.m, &lease);
        return true;
}

/*
 * Takes the answer to a DHCPINFORM. The server neither gives nor takes the address. The other parameters are
 * used until the next answer.
 */
static bool take_inform_ack(Dhcp4Client *client, usec_t now, const Heard *heard) {
        Dhcp4Lease lease;

        if (dhcp4_lease_from_inform(&heard->answer, client->lease.address, client->lease.prefix_len, now,
                                    &lease) != 0)
                return false;
        client->lease = lease;
        client_enter_bound(client);
        return true;
}

Dhcp4LeaseBasis client_offer_basis(const Dhcp4ClientConfig *config, struct in_addr source) {
        return (Dhcp4LeaseBasis){
                .server_id = ip4_is_host(source) ? source : (struct in_addr){},
                .lifetime_sec = config->default_lifetime_sec,
        };
}

/*
 * Keeps an OFFER that is taken only if no better one comes. The first OFFER stays, unless it is from the
 * server that failed us (passed_over) and the new one is from another server. A server that does not name
 * itself counts as one that has not failed us.
 */
static void put_offer_off(Dhcp4Client *client, usec_t now, const Dhcp4Lease *offered) {
        const struct in_addr failed = client->passed_over;

        if (client->held == DHCP4_HELD_OFFERED &&
            (client->lease.server_id.s_addr != failed.s_addr || offered->server_id.s_addr == failed.s_addr))
                return;
        client->lease = *offered;
        client->held = DHCP4_HELD_OFFERED;
        client->resend_at = MIN(client->resend_at, usec_add(now, PASSED_OVER_USEC));
}

static bool on_offer(Dhcp4Client *client, usec_t now, const Heard *heard) {
        const Dhcp4LeaseBasis basis = client_offer_basis(&client->config, heard->source);
        const Dhcp4Message *m = heard->answer.m;
        Dhcp4Lease offered;
        uint32_t wait_sec;
        uint8_t auto_configure;
        int r;

        /*
         * This check comes first, because such an OFFER need not have an address. A server that does not
         * name itself must not end the use of IPv4.
         */
        if (client->state == DHCP4_STATE_SELECTING && heard->names_server &&
            says_ipv6_only(client, m, &wait_sec)) {
                client_enter_ipv6_only(client, now, wait_sec);
                return true;
        }
        /* RFC 2563 §2: the server has no address for us, and may forbid that we choose one ourselves. */
        if (m->header.yiaddr.s_addr == INADDR_ANY && heard->names_server &&
            dhcp4_message_get_u8(m, DHCP4_OPTION_AUTO_CONFIGURE, &auto_configure) == 0) {
                client->no_link_local = auto_configure == 0;
                (void) refuse(client, heard, DHCP4_REFUSAL_AUTO_CONFIGURE);
                return true;
        }

        /*
         * An OFFER has the same form as an ACK. If it would not do as a lease, it is not worth a REQUEST.
         * Option 80 has no meaning in an OFFER (RFC 4039 §3.1).
         */
        r = dhcp4_lease_complete(&heard->answer, now, &basis, &offered);
        if (r != 0)
                return refuse(client, heard, client_refusal_of_lease(m, (Dhcp4LeaseError) r));
        client_remember_server(client, now, offered.server_id, offered.address, heard->answer.hw);

        switch (client->state) {
        case DHCP4_STATE_SELECTING:
                client->broadcast_doubt = client_doubts_broadcast(client, m);
                if (!heard->names_server || offered.server_id.s_addr == client->passed_over.s_addr) {
                        put_offer_off(client, now, &offered);
                        return true;
                }
                /* The remembered lease is given up, because the OFFER takes its place. */
                client->lease = offered;
                client->held = DHCP4_HELD_OFFERED;
                client_take_offer(client, now);
                return true;
        case DHCP4_STATE_REBOOTING:
        case DHCP4_STATE_RENEWING:
        case DHCP4_STATE_REBINDING:
                return client_weigh_offer(client, now, &offered, says_ipv6_only(client, m, &wait_sec));
        case DHCP4_STATE_STOPPED:
        case DHCP4_STATE_INIT:
        case DHCP4_STATE_REQUESTING:
        case DHCP4_STATE_INIT_REBOOT:
        case DHCP4_STATE_PROBING:
        case DHCP4_STATE_BOUND:
        case DHCP4_STATE_INFORMING:
                return false; /* too late, or of a second server: only recorded */
        case _DHCP4_STATE_MAX:
                break;
        }
        assert_not_reached();
}

/* Returns true if option 54 of the message names the server of client->lease. */
static bool names_lease_server(const Dhcp4Client *client, const Heard *heard) {
        return heard->names_server && heard->server_id.s_addr == client->lease.server_id.s_addr;
}

/* Returns true if option 54 of the message names the server that was asked. */
static bool names_asked_server(const Dhcp4Client *client, const Heard *heard) {
        return heard->names_server && heard->server_id.s_addr == client_asked_server(client).s_addr;
}

/* Returns true if the message came from the link-layer address that the OFFER came from. */
static bool has_source_of_offer(const Dhcp4Client *client, const Heard *heard) {
        if (!client_is_in_force(client))
                return has_source_of_lease(client, heard);
        return heard->answer.hw && heard->answer.hw->len > 0 &&
                hw_address_equal(heard->answer.hw, &client->offer.server_hw);
}

/*
 * Returns true if the ACK may answer the REQUEST for an OFFER. An ACK of the server that made the OFFER may.
 * Another node of a cluster has another identifier or none; its ACK has to confirm the offered address. Such
 * an ACK counts at once if it comes from the link-layer address of the OFFER. Otherwise it counts only after
 * the first retransmission, because a stranger that sends an ACK to everybody must not be quicker than the
 * selected server.
 */
static bool may_answer_offer(const Dhcp4Client *client, const Heard *heard) {
        if (names_asked_server(client, heard))
                return true;
        return heard->answer.m->header.yiaddr.s_addr == client->lease.address.s_addr &&
                (has_source_of_offer(client, heard) || client->attempt > 1);
}

static bool on_ack(Dhcp4Client *client, usec_t now, const Heard *heard) {
        switch (client->state) {
        case DHCP4_STATE_SELECTING:
                /* RFC 4039 §3.1: an ACK to a DISCOVER counts if both sides sent option 80 (rapid commit). */
                if (!client->rapid_sent || !dhcp4_message_has(heard->answer.m, DHCP4_OPTION_RAPID_COMMIT))
                        return refuse(client, heard, DHCP4_REFUSAL_UNASKED);
                return take_ack(client, now, heard);
        case DHCP4_STATE_REQUESTING:
                if (!may_answer_offer(client, heard))
                        return refuse(client, heard, DHCP4_REFUSAL_OTHER_SERVER);
                return take_ack(client, now, heard);
        case DHCP4_STATE_RENEWING:
                /*
                 * The server of the lease may give us another address. Any other server, such as the next
                 * node of a cluster, may only confirm the address that we have.
                 */
                return (names_asked_server(client, heard) || confirms_address(client, heard->answer.m)) &&
                        take_ack(client, now, heard);
        case DHCP4_STATE_INFORMING:
                return take_inform_ack(client, now, heard);
        case DHCP4_STATE_REBOOTING:
        case DHCP4_STATE_REBINDING:
                /* All servers were asked, so any of them may answer. */
                return take_ack(client, now, heard);
        case DHCP4_STATE_STOPPED:
        case DHCP4_STATE_INIT:
        case DHCP4_STATE_INIT_REBOOT:
        case DHCP4_STATE_PROBING:
        case DHCP4_STATE_BOUND:
                return false; /* we have asked nothing: the ACK is a duplicate or forged */
        case _DHCP4_STATE_MAX:
                break;
        }
        assert_not_reached();
}

/*
 * Takes the reply of a BOOTP server (RFC 1534 §2), but only after the first retransmission. A DHCP server,
 * which is preferred, has answered by then.
 */
static bool on_bootp(Dhcp4Client *client, usec_t now, const Heard *heard) {
        if (client->state == DHCP4_STATE_SELECTING && !client->config.bootp)
                return refuse(client, heard, DHCP4_REFUSAL_BOOTP);
        return client->state == DHCP4_STATE_SELECTING && client->attempt >= 2 &&
                take_ack(client, now, heard);
}

/* Keeps option 56 of a NAK. Of a long text only the beginning is kept. */
static void note_nak_text(Dhcp4Client *client, const Dhcp4Message *m) {
        char text[256] = "";

        _Static_assert(sizeof(client->nak_text) <= sizeof(text), "the end is cut off");
        (void) dhcp4_message_get_string(m, DHCP4_OPTION_MESSAGE, text, sizeof(text));
        text[sizeof(client->nak_text) - 1] = '\0';
        memcpy(client->nak_text, text, sizeof(client->nak_text));
}

static bool on_nak(Dhcp4Client *client, usec_t now, const Heard *heard) {
        usec_t grace = 0;

        switch (client->state) {
        case DHCP4_STATE_REQUESTING:
                /* The selected server may still send an ACK. */
                if (heard->server_id.s_addr != client_asked_server(client).s_addr)
                        return refuse(client, heard, DHCP4_REFUSAL_NAK_IGNORED);
                break;
        case DHCP4_STATE_RENEWING:
                if (heard->server_id.s_addr != client->lease.server_id.s_addr)
                        return false;
                break;
        case DHCP4_STATE_REBOOTING:
        case DHCP4_STATE_REBINDING:
                /*
                 * All servers were asked. A server that never heard of the lease may be quicker than the
                 * server that would renew it, so the NAK waits for a short time.
                 */
                if (heard->server_id.s_addr != client->lease.server_id.s_addr)
                        grace = client_is_in_force(client) ? NAK_GRACE_USEC : NAK_REBOOT_GRACE_USEC;
                break;
        case DHCP4_STATE_STOPPED:
        case DHCP4_STATE_INIT:
        case DHCP4_STATE_SELECTING:
        case DHCP4_STATE_INIT_REBOOT:
        case DHCP4_STATE_PROBING:
        case DHCP4_STATE_BOUND:
        case DHCP4_STATE_INFORMING:
                return false; /* no question of ours is open: a late or forged NAK */
        case _DHCP4_STATE_MAX:
                assert_not_reached();
        }

        note_nak_text(client, heard->answer.m);
        (void) refuse(client, heard, DHCP4_REFUSAL_NAK);
        if (grace > 0)
                client->nak_at = MIN(client->nak_at, usec_add(now, grace));
        else
                client_take_nak(client, now);
        return true;
}

void client_take_nak(Dhcp4Client *client, usec_t now) {
        const bool of_offer = client->state == DHCP4_STATE_REQUESTING;

        client->counters.refusals++;
        /* The NAK had to wait while the lease was still in force, and its server is not remembered. */
        if (client->search.refusal != DHCP4_REFUSAL_NAK)
                client_note_refusal(client, DHCP4_NAK, (struct in_addr){}, DHCP4_REFUSAL_NAK);
        client_drop_lease(client, DHCP4_LOSS_NAK, /* remember= */ false);
        /*
         * The first NAK is normal: the network is another one, or the server gave the address to another
         * client whose DISCOVER came at the same time. From the second NAK in a row on, the wait grows,
         * because a server that always sends a NAK must not make us flood the network.
         */
        if (client->refused++ == 0) {
                client_enter_init(client, now);
                return;
        }
        /* A server that always sends a NAK must not keep us from a working one. */
        if (of_offer)
                client->passed_over = client->lease.server_id;
        client_enter_init(client,
                          usec_add(now, dhcp4_backoff_restart_usec(&client->prng, client->refused - 1)));
}

/*
 * Acts on a FORCERENEW as if T1 had come (RFC 3203 §3). It is accepted only from the server that gave us the
 * nonce. Anybody can send a FORCERENEW, and since its xid is arbitrary, nothing else shows who sent it
 * (CVE-2020-13529).
 */
static bool on_forcerenew(Dhcp4Client *client, usec_t now, const Heard *heard) {
        if (client->state != DHCP4_STATE_BOUND ||
            (dhcp4_message_has(heard->answer.m, DHCP4_OPTION_SERVER_ID) &&
             heard->server_id.s_addr != client->lease.server_id.s_addr))
                return false;
        if (!dhcp4_nonce_check(&client->lease.nonce, client->config.hmac_md5, heard->answer.data,
                               heard->answer.len))
                return false;
        /* A young lease is not renewed, however often the server asks. */
        if (usec_sub(now, client->lease.granted_at) < FORCERENEW_RATE_USEC)
                return false;
        client_renew_early(client, now);
        return true;
}

/*
 * Stores the identifier to use if an ACK has no option 54: that of the server that was asked. Returns false
 * if no server in particular was asked.
 */
static bool stand_in_for_ack(const Dhcp4Client *client, struct in_addr *ret) {
        switch (client->state) {
        case DHCP4_STATE_REQUESTING:
        case DHCP4_STATE_REBOOTING:
        case DHCP4_STATE_RENEWING:
        case DHCP4_STATE_REBINDING:
                *ret = client_asked_server(client);
                return ret->s_addr != INADDR_ANY;
        case DHCP4_STATE_STOPPED:
        case DHCP4_STATE_INIT:
        case DHCP4_STATE_SELECTING:
        case DHCP4_STATE_INIT_REBOOT:
        case DHCP4_STATE_PROBING:
        case DHCP4_STATE_BOUND:
        case DHCP4_STATE_INFORMING:
                return false; /* no server in particular was asked */
        case _DHCP4_STATE_MAX:
                break;
        }
        assert_not_reached();
}

/*
 * Returns true if the NAK comes from the address of the server of the lease, and that server has never named
 * itself.
 */
static bool is_nak_of_nameless(const Dhcp4Client *client, const Heard *heard) {
        uint8_t kept[DHCP4_LEASE_KEPT_MAX];

        return heard->source.s_addr != INADDR_ANY &&
                heard->source.s_addr == client->lease.server_id.s_addr &&
                memchr(kept, DHCP4_OPTION_SERVER_ID, dhcp4_lease_kept(&client->lease, kept));
}

/*
 * Finds out which server sent the message. Returns false if the message does not count. RFC 2131 §4.3.1
 * table 3: OFFER, ACK and NAK MUST have option 54.
 *
 * In place of a missing option 54, the sender of the IP packet counts as the server of an OFFER, if its
 * address can be the address of a host. An ACK without option 54 counts as the answer of the server that was
 * asked, if it confirms the address. A NAK without option 54 counts only if the server has not named itself
 * in its other messages either. The reason is that a NAK ends a lease, and that some servers send it
 * although they were not asked.
 */
static bool find_sender(const Dhcp4Client *client, Heard *heard) {
        heard->names_server = dhcp4_lease_server_id(heard->answer.m, &heard->server_id);
        if (heard->names_server)
                return true;
        heard->server_id = (struct in_addr){};
        switch (heard->answer.m->type) {
        case DHCP4_ACK:
                return stand_in_for_ack(client, &heard->server_id);
        case DHCP4_OFFER:
                heard->server_id = heard->source;
                return heard->source.s_addr != INADDR_ANY;
        case DHCP4_NAK:
                heard->server_id = client->lease.server_id;
                return is_nak_of_nameless(client, heard);
        case DHCP4_BOOTP:
        case DHCP4_FORCERENEW:
        case DHCP4_DISCOVER:
        case DHCP4_REQUEST:
        case DHCP4_DECLINE:
        case DHCP4_RELEASE:
        case DHCP4_INFORM:
                return true; /* these messages need no option 54 */
        case _DHCP4_MESSAGE_TYPE_MAX:
                break;
        }
        assert_not_reached();
}

/*
 * Applies the allow and deny lists. Returns NONE if the message may be used. The UDP socket does not tell
 * the link-layer source. If there are rules for hardware addresses, a message that came by the UDP socket is
 * therefore dropped, unless it names the server of the lease, whose link-layer address is known. Nothing is
 * lost: while we wait for an answer, the packet socket is open too and receives the same message.
 */
static Dhcp4Refusal refuses_sender(const Dhcp4Client *client, const Heard *heard) {
        const Dhcp4ClientConfig *config = &client->config;

        if (!heard->answer.hw && !names_lease_server(client, heard) &&
            heard->answer.m->type != DHCP4_FORCERENEW && client_has_hw_rules(config))
                return DHCP4_REFUSAL_NOT_ALLOWED;
        /* A server that does not name itself can still be denied by its IP address. */
        if (!heard->names_server && client_denies_address(config, heard->source))
                return DHCP4_REFUSAL_DENIED;
        return client_refuses(client, heard->server_id, heard->answer.hw);
}

/*
 * Returns why the message is dropped in every state: it is for another client, it does not say which server
 * sent it, or that server must not be listened to. Returns NONE if the message counts.
 */
static Dhcp4Refusal refuses_message(const Dhcp4Client *client, Heard *heard) {
        const bool is_known = find_sender(client, heard);

        if (is_for_another_id(client, heard->answer.m))
                return DHCP4_REFUSAL_CLIENT_ID;
        if (is_known)
                return refuses_sender(client, heard);
        heard->server_id = heard->source;
        return heard->answer.m->type == DHCP4_NAK ? DHCP4_REFUSAL_NAK_IGNORED : DHCP4_REFUSAL_NO_SERVER_ID;
}

void client_on_message(Dhcp4Client *client, usec_t now, const Dhcp4Received *received) {
        Heard heard = {
                .answer = { .data = received->data, .len = received->len, .hw = received->source_hw },
        };
        Dhcp4Refusal refusal;
        bool used = false;
        Dhcp4Message m;

        if (dhcp4_message_parse(received->data, received->len, &m) != 0) {
                client->counters.malformed++;
                return;
        }
        if (client->state == DHCP4_STATE_STOPPED || !client->carrier || !is_for_us(client, &m)) {
                client->counters.ignored++;
                return;
        }
        heard.answer.m = &m;
        if (ip4_is_host(received->source))
                heard.source = received->source;
        refusal = refuses_message(client, &heard);
        if (refusal != DHCP4_REFUSAL_CLIENT_ID)
                client->counters.received[m.type]++;
        if (refusal != DHCP4_REFUSAL_NONE) {
                /* A FORCERENEW answers no question, so it is not noted. */
                if (m.type != DHCP4_FORCERENEW)
                        (void) refuse(client, &heard, refusal);
                client->counters.ignored++;
                return;
        }
        client->search.unanswered = 0;

        switch (m.type) {
        case DHCP4_OFFER:
                used = on_offer(client, now, &heard);
                break;
        case DHCP4_ACK:
                used = on_ack(client, now, &heard);
                if (used)
                        client_remember_server(client, now, heard.server_id, m.header.yiaddr,
                                               received->source_hw);
                break;
        case DHCP4_NAK:
                used = on_nak(client, now, &heard);
                break;
        case DHCP4_BOOTP:
                used = on_bootp(client, now, &heard);
                break;
        case DHCP4_FORCERENEW:
                used = on_forcerenew(client, now, &heard);
                break;
        case DHCP4_DISCOVER:
        case DHCP4_REQUEST:
        case DHCP4_DECLINE:
        case DHCP4_RELEASE:
        case DHCP4_INFORM:
                break; /* no server sends these */
        case _DHCP4_MESSAGE_TYPE_MAX:
                assert_not_reached();
        }
        if (!used)
                client->counters.ignored++;
}
