/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Which answers reach a host (sim.h), and what they grant. This file decides from what was on the wire, not
 * from the client, whether an answer grants an address. Then it checks what the client does with the answer.
 */
#include <arpa/inet.h>
#include <string.h>

#include "base/ip.h"
#include "tests/sim/sim.h"

/* Returns the grant of @address. Makes one if there is none. */
static Grant *grant_of(SimHost *host, struct in_addr address) {
        unsigned i;

        for (i = 0; i < host->n_grants; i++)
                if (host->grants[i].address.s_addr == address.s_addr)
                        return &host->grants[i];
        /* Use the place of a grant that is over, if its address cannot be in the kernel any more. */
        for (i = 0;
             i < host->n_grants && usec_add(host->grants[i].until, LINK_OUTLAST_USEC) > host->sim->now; i++)
                ;
        if (i == SIM_GRANTS_MAX)
                sim_fail(host->sim, host, "too many grants for the simulation");
        if (i == host->n_grants)
                host->n_grants++;
        host->grants[i] = (Grant){ .address = address, .latest = USEC_INFINITY };
        return &host->grants[i];
}

usec_t sim_note_grant(SimHost *host, struct in_addr address, uint32_t lifetime_sec) {
        /*
         * The client treats a lifetime below 10 s as 10 s (DHCP4_LEASE_LIFETIME_MIN_USEC), or it would flood
         * the server.
         */
        const usec_t span =
                lifetime_sec == UINT32_MAX ? USEC_INFINITY : MAX(lifetime_sec, 10u) * USEC_PER_SEC;
        const usec_t until = usec_add(host->asked_at, span);
        Grant *grant = grant_of(host, address);

        grant->until = MAX(grant->until, until);
        return until;
}

/* What callers can see of a client, without its counters. */
typedef struct Seen {
        Dhcp4State state;
        bool have_lease;
        usec_t deadline, t1_at, t2_at;
        uint32_t xid;
        Dhcp4Lease lease;
} Seen;

static void look(const SimHost *host, Seen *ret) {
        const Dhcp4Client *client = link_client(host->world.link);
        const Dhcp4Lease *lease = dhcp4_client_lease(client);

        memset(ret, 0, sizeof(*ret));
        ret->state = dhcp4_client_state(client);
        ret->have_lease = lease;
        ret->deadline = dhcp4_client_next_deadline(client);
        ret->t1_at = dhcp4_client_t1_at(client);
        ret->t2_at = dhcp4_client_t2_at(client);
        ret->xid = dhcp4_client_xid(client);
        if (lease)
                memcpy(&ret->lease, lease, sizeof(*lease));
}

static bool is_answer(const SimHost *host, const Dhcp4Message *m) {
        const bool beside = m->type == DHCP4_OFFER && m->header.xid == host->beside_xid;

        return (m->header.xid == host->xid || beside) && memcmp(m->header.chaddr, host->mac, 6) == 0;
}

/*
 * Returns the address that the answer is about. An ACK without an address confirms the one that was asked
 * for.
 */
static struct in_addr address_of(const SimHost *host, const Dhcp4Message *m) {
        const bool renewal = host->asked_request && host->selected.s_addr == INADDR_ANY;

        return m->type == DHCP4_ACK && m->header.yiaddr.s_addr == INADDR_ANY && renewal ? host->asked_address
                                                                                        : m->header.yiaddr;
}

static Told *told_of(SimHost *host, struct in_addr address) {
        for (unsigned i = 0; i < MIN(host->n_told, SIM_GRANTS_MAX); i++)
                if (host->told[i].address.s_addr == address.s_addr)
                        return &host->told[i];
        return NULL;
}

/* Notes for how long an OFFER or ACK says that the host may have an address. */
static void note_told(SimHost *host, const Dhcp4Message *m) {
        const struct in_addr address = address_of(host, m);
        Told *told = told_of(host, address);
        uint32_t lifetime;

        if (!is_answer(host, m) || (m->type != DHCP4_OFFER && m->type != DHCP4_ACK) ||
            dhcp4_message_get_u32(m, DHCP4_OPTION_LEASE_TIME, &lifetime) != 0)
                return;
        if (!told) {
                told = &host->told[host->n_told++ % SIM_GRANTS_MAX];
                *told = (Told){ .address = address };
        }
        told->lifetime_sec = MAX(told->lifetime_sec, lifetime);
}

static void note_offer(SimHost *host, const Packet *packet, const Dhcp4Message *m,
                       struct in_addr server_id) {
        if (m->type == DHCP4_OFFER && is_answer(host, m) && host->n_offers < G_N_ELEMENTS(host->offers))
                host->offers[host->n_offers++] =
                        (HeardOffer){ server_id, m->header.yiaddr, m->header.xid, packet->server };
}

/* Returns true if @packet comes from the same sender as the OFFER of the selected server. */
static bool is_from_offerer(const SimHost *host, const Packet *packet) {
        for (unsigned i = 0; i < host->n_offers; i++)
                if (host->offers[i].server_id.s_addr == host->selected.s_addr &&
                    host->offers[i].server == packet->server)
                        return true;
        return false;
}

/*
 * Returns true if the answer grants an address, because it fits the question by RFC 2131 §4.4.1 and §4.4.5.
 * Stores the lifetime.
 */
static bool is_grant(SimHost *host, const Dhcp4Message *m, struct in_addr server_id,
                     uint32_t *ret_lifetime) {
        const Told *told = told_of(host, address_of(host, m));

        if (!is_answer(host, m))
                return false;
        if (m->type == DHCP4_BOOTP) {
                *ret_lifetime = UINT32_MAX;
                return host->config.client.bootp && !host->asked_request;
        }
        if (m->type != DHCP4_ACK)
                return false;
        if (dhcp4_message_get_u32(m, DHCP4_OPTION_LEASE_TIME, ret_lifetime) != 0) {
                *ret_lifetime = host->config.client.default_lifetime_sec;
                if (told)
                        *ret_lifetime = MAX(*ret_lifetime, told->lifetime_sec);
        }
        if (!host->asked_request)
                return host->asked_rapid && dhcp4_message_has(m, DHCP4_OPTION_RAPID_COMMIT);
        return host->selected.s_addr == INADDR_ANY || host->selected.s_addr == server_id.s_addr ||
                m->header.yiaddr.s_addr == host->asked_address.s_addr;
}

/*
 * Returns true if the client must ignore the answer, because it is from another server than the one that was
 * asked, which may still answer. An ACK of another server counts only if it confirms the address that was
 * offered. In addition, it must have the same sender as the OFFER, or the REQUEST must have been sent twice.
 */
static bool is_of_another_server(const SimHost *host, const Packet *packet, const Dhcp4Message *m,
                                 struct in_addr server_id) {
        if ((m->type != DHCP4_ACK && m->type != DHCP4_NAK) ||
            dhcp4_client_state(link_client(host->world.link)) != DHCP4_STATE_REQUESTING ||
            server_id.s_addr == host->selected.s_addr)
                return false;
        return m->type == DHCP4_NAK || m->header.yiaddr.s_addr != host->asked_address.s_addr ||
                (host->n_requests < 2 && !is_from_offerer(host, packet));
}

void sim_host_forget_here(SimHost *host) {
        host->n_heard_here = 0;
}

bool sim_host_may_name(const SimHost *host, struct in_addr address) {
        const Dhcp4ClientConfig *config = &host->config.client;

        if (address.s_addr == INADDR_ANY || ip4_is_link_local(address) ||
            address.s_addr == config->inform.s_addr ||
            (config->fallback.kind == DHCP4_FALLBACK_STATIC &&
             address.s_addr == config->fallback.address.s_addr))
                return true;
        for (unsigned i = 0; i < MIN(host->n_heard_here, SIM_GRANTS_MAX); i++)
                if (host->heard_here[i].s_addr == address.s_addr)
                        return true;
        return false;
}

/* Notes the address that an answer names, so that an anonymous host may name it too. */
static void note_heard_here(SimHost *host, const Dhcp4Message *m) {
        const struct in_addr address = address_of(host, m);

        if (m->type == DHCP4_OFFER || m->type == DHCP4_ACK || m->type == DHCP4_BOOTP)
                if (!sim_host_may_name(host, address))
                        host->heard_here[host->n_heard_here++ % SIM_GRANTS_MAX] = address;
}

/*
 * Returns true if the answer has option 108 though the question did not ask for it. RFC 8925 §3.2: the
 * client must then ignore the option, and not give up IPv4.
 */
static bool says_ipv6_only_unasked(const SimHost *host, const Dhcp4Message *m) {
        const bool beside = m->type == DHCP4_OFFER && m->header.xid == host->beside_xid;

        return is_answer(host, m) && dhcp4_message_has(m, DHCP4_OPTION_IPV6_ONLY) &&
                !(beside ? host->asked_ipv6_only_beside : host->asked_ipv6_only);
}

void sim_host_receive(SimHost *host, const Packet *packet) {
        static const HwAddress nobody = { .len = 6, .bytes = { 2, 0xbb } };
        const HwAddress *source = packet->server >= 0 ? &host->sim->servers[packet->server].hw : &nobody;
        const bool by_address = !packet->broadcast && packet->dst.s_addr == host->world.udp_address.s_addr &&
                world_kernel_can_use(&host->world.kernel, packet->dst);
        const bool by_packet = (host->world.rx_mode & DHCP4_RX_PACKET) && (!packet->astray || by_address) &&
                (packet->broadcast || !host->deaf || world_kernel_can_use(&host->world.kernel, packet->dst));
        const bool by_udp = (host->world.rx_mode & DHCP4_RX_UDP) && by_address;
        bool nothing = packet->alien, refused = false, granted = false, forced = false, nameless = false,
             unasked = false;
        usec_t until = 0;
        struct in_addr server_id = {};
        uint32_t lifetime = 0;
        Dhcp4Message m;
        Seen before, after;

        if (!host->world.carrier || (!by_packet && !by_udp))
                return;
        if (packet->needs_arp && !world_kernel_can_use(&host->world.kernel, packet->dst))
                return;
        look(host, &before);
        if (before.deadline <= host->sim->now)
                nothing = false; /* a timer is due too, and may change something */
        if (dhcp4_message_parse(packet->data, packet->len, &m) == 0) {
                /*
                 * An address that no host can have names no server: the option is broken, or was corrupted
                 * on the way.
                 */
                nameless = dhcp4_message_get_addr(&m, DHCP4_OPTION_SERVER_ID, &server_id) != 0 ||
                        !ip4_is_host(server_id);
                if (nameless)
                        server_id = m.type == DHCP4_OFFER || m.type == DHCP4_NAK ? packet->source
                                                                                 : (struct in_addr){};
                sim_trace(host->sim, "host %d %s hears %s xid %08x yiaddr %s%s", host->index,
                          dhcp4_state_to_string(before.state), dhcp4_message_type_to_string(m.type),
                          m.header.xid, inet_ntoa(m.header.yiaddr), packet->server < 0 ? " (forged)" : "");
                note_told(host, &m);
                note_heard_here(host, &m);
                unasked = says_ipv6_only_unasked(host, &m);
                note_offer(host, packet, &m, server_id);
                granted = is_grant(host, &m, server_id, &lifetime);
                if (granted)
                        until = sim_note_grant(host, address_of(host, &m), lifetime);
                if (before.deadline > host->sim->now && is_of_another_server(host, packet, &m, server_id))
                        nothing = true;
                /* RFC 3203 §3: it is for a client in BOUND. */
                if (m.type == DHCP4_FORCERENEW && before.state != DHCP4_STATE_BOUND &&
                    before.deadline > host->sim->now)
                        nothing = true;
                /* RFC 3203, RFC 6704: it must be authenticated with the nonce that came with the lease. */
                forced = m.type == DHCP4_FORCERENEW && packet->server >= 0 &&
                        before.deadline > host->sim->now && before.state == DHCP4_STATE_BOUND &&
                        before.lease.nonce.valid &&
                        memcmp(before.lease.nonce.bytes, sim_nonce, sizeof(sim_nonce)) ==
                                0 && /* the nonce was not corrupted on the way */
                        before.lease.server_id.s_addr == server_id.s_addr &&
                        host->config.client.hmac_md5 && memcmp(m.header.chaddr, host->mac, 6) == 0 &&
                        host->sim->servers[packet->server].replay > before.lease.nonce.replay &&
                        host->sim->now - before.lease.granted_at >= 10 * USEC_PER_SEC &&
                        packet->fresh == host->sim->servers[packet->server].replay;
                refused = m.type == DHCP4_NAK && packet->server >= 0 && m.header.xid == host->xid &&
                        before.state == DHCP4_STATE_RENEWING &&
                        before.lease.server_id.s_addr == server_id.s_addr &&
                        memcmp(m.header.chaddr, host->mac, 6) == 0 && !packet->alien;
        } else
                nothing = before.deadline > host->sim->now;

        link_message(host->world.link, host->sim->now, packet->data, packet->len,
                     &(const IpAddress){ .v4 = packet->source }, by_packet ? source : NULL);

        look(host, &after);
        if (nothing && memcmp(&before, &after, sizeof(before)) != 0)
                sim_fail(host->sim, host, "a message that it must ignore changed something");
        if (nameless && m.type == DHCP4_OFFER && before.state == DHCP4_STATE_SELECTING &&
            after.state == DHCP4_STATE_REQUESTING && before.deadline > host->sim->now)
                sim_fail(host->sim, host,
                         "an OFFER without a server identifier does not wait for a better one");
        if (host->sim->nobody_failed && m.type == DHCP4_OFFER && is_answer(host, &m) &&
            before.state == DHCP4_STATE_SELECTING && before.deadline > host->sim->now &&
            after.state != DHCP4_STATE_REQUESTING)
                sim_fail(host->sim, host, "the OFFER of a good server is not taken at once");
        if (unasked && dhcp4_client_is_ipv6_only(link_client(host->world.link)))
                sim_fail(host->sim, host, "it gives up IPv4 for an option that it did not ask for");
        if (forced && after.state != DHCP4_STATE_RENEWING)
                sim_fail(host->sim, host, "its server's FORCERENEW is ignored");
        /* The answer that was accepted last counts, whether its lifetime is shorter or longer. */
        if (granted &&
            ((after.have_lease &&
              (!before.have_lease || before.lease.granted_at != after.lease.granted_at)) ||
             (after.state == DHCP4_STATE_PROBING && before.state != DHCP4_STATE_PROBING)))
                grant_of(host, address_of(host, &m))->latest = until;
        if (refused && after.have_lease)
                sim_fail(host->sim, host, "a NAK of its server did not end the lease");
        if (after.have_lease && before.state != DHCP4_STATE_BOUND && after.state == DHCP4_STATE_BOUND) {
                host->acked_xid = host->xid;
                host->have_acked_xid = true;
        }
        sim_host_check(host);
}
