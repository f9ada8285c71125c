/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The ports of a link of the simulation. They check each call and inject faults, and then call the ports of
 * tests/world. What the client may do is derived from the wire and from the configuration, not from the
 * client.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

#include "tests/sim/frame-rules.h"
#include "tests/sim/sim.h"

/*
 * Bounds for the frames of one link in a minute: a fixed number, and more for each event from outside. The
 * fastest retransmission, renewal and back-off stay far below them.
 */
#define FRAMES_PER_MINUTE 45u
#define FRAMES_PER_EVENT  6u

/* A renewal takes less time than this when no frame is lost. */
#define RENEW_USEC (1 * USEC_PER_SEC)

static int refuse_socket(SimHost *host) {
        const usec_t now = host->sim->now;

        if (sim_fault(host->sim, host->sim->faults.open_error))
                host->refuse_until = now + sim_draw(host->sim, 20 * USEC_PER_SEC);
        /* A process that has run out of descriptors gets none for a while. */
        if (!host->sim->faulty || now > host->refuse_until)
                return 0;
        host->refused_at = now;
        return -EMFILE;
}

static int listen_dhcp4(SimHost *host, const LinkListen *listen, int *ret_udp) {
        const Dhcp4RxMode mode = world_rx_mode(listen);
        const bool has_address = listen->address.v4.s_addr != INADDR_ANY;
        int r;

        if (mode != DHCP4_RX_NONE && mode != host->world.rx_mode) {
                r = refuse_socket(host);
                if (r < 0) {
                        *ret_udp = mode & DHCP4_RX_UDP ? r : 0;
                        return mode & DHCP4_RX_PACKET ? r : 0;
                }
        }
        if ((mode & DHCP4_RX_UDP) && !has_address)
                sim_fail(host->sim, host, "a UDP socket without an address to bind it to");
        if (!has_address)
                host->udp_refused = false;
        if (mode & DHCP4_RX_UDP) {
                host->udp_refused = host->port_taken && !world_has_udp(&host->world, listen->address.v4);
                host->world.udp_error = host->udp_refused ? -EADDRINUSE : 0;
        }
        if ((mode & DHCP4_RX_UDP) && host->udp_refused)
                host->refused_at = host->sim->now;
        return world_ports.listen(host, listen, ret_udp);
}

static void check_rate(SimHost *host) {
        Sim *sim = host->sim;

        if (sim->now - host->minute_began >= 60 * USEC_PER_SEC) {
                host->minute_began = sim->now;
                host->sent_in_minute = 0;
                host->allowance = MIN(host->allowance, 2u);
        }
        if (++host->sent_in_minute > FRAMES_PER_MINUTE + FRAMES_PER_EVENT * host->allowance)
                sim_fail(sim, host, "it sends %u frames within a minute", host->sent_in_minute);
}

/* The pace allows PACE_BURST questions at once, and one more each PACE_USEC. */
#define PACE_BURST 16u
#define PACE_USEC  USEC_PER_SEC

bool sim_host_may_ask(const SimHost *host) {
        return host->paced_until <= usec_add(host->sim->now, (PACE_BURST - 1) * PACE_USEC);
}

/*
 * Fails if a question comes too early. A DISCOVER beside a REQUEST may be sent whenever the REQUEST may, but
 * it counts for later questions.
 */
static void check_pace(SimHost *host, Dhcp4MessageType type, Dhcp4State state) {
        if (type == DHCP4_RELEASE || type == DHCP4_DECLINE)
                return;
        if (!sim_host_may_ask(host) && (type != DHCP4_DISCOVER || state == DHCP4_STATE_SELECTING))
                sim_fail(host->sim, host, "asks more often than the pace allows");
        host->paced_until = usec_add(MAX(host->paced_until, host->sim->now), PACE_USEC);
}

/* RFC 2131 §4.4.1, table 5: a REQUEST for an OFFER has the server, the address and the xid of the OFFER. */
static void check_taken_offer(SimHost *host, const Dhcp4Message *m) {
        struct in_addr server_id = {}, address = {};

        (void) dhcp4_message_get_addr(m, DHCP4_OPTION_SERVER_ID, &server_id);
        (void) dhcp4_message_get_addr(m, DHCP4_OPTION_REQUESTED_IP, &address);
        for (unsigned i = 0; i < host->n_offers; i++)
                if (host->offers[i].xid == m->header.xid &&
                    host->offers[i].server_id.s_addr == server_id.s_addr &&
                    host->offers[i].address.s_addr == address.s_addr)
                        return;
        if (host->n_offers < G_N_ELEMENTS(host->offers))
                sim_fail(host->sim, host, "REQUEST for an address or server that was not offered");
}

/* Notes the question that @frame asks, and since when. sim-answers.c checks answers against it. */
static void note_question(SimHost *host, const Dhcp4Frame *frame, const Dhcp4Message *m, Dhcp4State state) {
        const bool request = m->type == DHCP4_REQUEST;

        if (m->type == DHCP4_DECLINE || m->type == DHCP4_RELEASE)
                return;
        if (host->have_acked_xid && m->header.xid == host->acked_xid)
                sim_fail(host->sim, host, "a new exchange has the xid of the old one");
        if (m->type == DHCP4_DISCOVER)
                host->discover_secs = m->header.secs;
        /* This DISCOVER goes out beside a REQUEST, which stays the question. */
        if (m->type == DHCP4_DISCOVER && state != DHCP4_STATE_SELECTING) {
                if (m->header.xid == host->xid)
                        sim_fail(host->sim, host,
                                 "DISCOVER has the xid of the REQUEST that it goes out beside");
                if (m->header.xid != host->beside_xid)
                        host->n_offers = 0;
                host->beside_xid = m->header.xid;
                host->asked_ipv6_only_beside = frame_asks_for(m, DHCP4_OPTION_IPV6_ONLY);
                return;
        }
        if (m->header.xid != host->xid || request != host->asked_request || state != host->asked_state)
                host->asked_at = host->sim->now;
        if (state == DHCP4_STATE_REQUESTING)
                check_taken_offer(host, m);
        /* RFC 2131 §3.1 (3) */
        if (state == DHCP4_STATE_REQUESTING && m->header.secs != host->discover_secs)
                sim_fail(host->sim, host, "REQUEST has other secs than the DISCOVER before it");
        if (m->type == DHCP4_DISCOVER)
                host->asked_rapid = dhcp4_message_has(m, DHCP4_OPTION_RAPID_COMMIT);
        if (m->type == DHCP4_DISCOVER && m->header.xid != host->xid)
                host->n_offers = 0;
        if (state != host->asked_state)
                host->n_requests = 0;
        host->n_requests += request;
        host->asked_ipv6_only = frame_asks_for(m, DHCP4_OPTION_IPV6_ONLY);
        memcpy(host->question, frame->data, frame->len);
        host->question_len = frame->len;
        host->asked_address = m->header.ciaddr;
        (void) dhcp4_message_get_addr(m, DHCP4_OPTION_REQUESTED_IP, &host->asked_address);
        host->xid = m->header.xid;
        host->asked_request = request;
        host->asked_state = state;
        host->selected = (struct in_addr){};
        (void) dhcp4_message_get_addr(m, DHCP4_OPTION_SERVER_ID, &host->selected);
}

/* Returns the index of the server with the identifier @id, or -2. */
static int find_server(const Sim *sim, struct in_addr id) {
        for (unsigned i = 0; i < sim->n_servers; i++)
                if (sim->servers[i].id.s_addr == id.s_addr)
                        return (int) i;
        return -2; /* not -1, which means all servers */
}

/*
 * Returns the hardware address that must be in @m. A lease of a former identity is released under that
 * identity. Fails if such a RELEASE has another client identifier, or is sent twice.
 */
static const uint8_t *mac_of(SimHost *host, const Dhcp4Message *m) {
        const uint8_t *id;
        size_t id_len;

        if (m->type != DHCP4_RELEASE || !host->former.on ||
            m->header.ciaddr.s_addr != host->former.address.s_addr)
                return host->mac;
        if (dhcp4_message_get(m, DHCP4_OPTION_CLIENT_ID, &id, &id_len) != 0)
                id_len = 0;
        if (host->former.released || id_len != host->former.id_len ||
            (id_len > 0 && memcmp(id, host->former.id, id_len) != 0))
                sim_fail(host->sim, host, "RELEASE under the wrong identity, or a second one");
        host->former.released = true;
        return host->former.mac;
}

/*
 * RFC 7844 §3.2, §3.3: an anonymous host broadcasts no address that it had before a sleep, before it lost
 * its carrier, or before its hardware address changed. DHCPINFORM may, because its address is configured.
 */
static void check_anonymous(SimHost *host, const Dhcp4Frame *frame, const Dhcp4Message *m) {
        struct in_addr wish = {};

        if (!host->config.client.anonymize || m->type == DHCP4_INFORM ||
            frame->dst.s_addr != INADDR_BROADCAST)
                return;
        (void) dhcp4_message_get_addr(m, DHCP4_OPTION_REQUESTED_IP, &wish);
        if (!sim_host_may_name(host, wish) || !sim_host_may_name(host, m->header.ciaddr))
                sim_fail(host->sim, host, "an anonymous client broadcasts an address of an earlier network");
}

/*
 * RFC 2131 §3.1 (5): an address that is declined must be in use. Once faults have ended, a host declines an
 * address only if it heard that another host has it, or if another link of this host has it. A host that
 * probes an address does not have it.
 */
static void check_declined(const SimHost *host, const Dhcp4Message *m) {
        struct in_addr address = {};

        if (!host->sim->honest || m->type != DHCP4_DECLINE)
                return;
        (void) dhcp4_message_get_addr(m, DHCP4_OPTION_REQUESTED_IP, &address);
        if (host->world.elsewhere == address.s_addr)
                return;
        for (unsigned i = 0; i < MIN(host->n_claimed, G_N_ELEMENTS(host->claimed)); i++)
                if (host->claimed[i].s_addr == address.s_addr)
                        return;
        sim_fail(host->sim, host, "it declines an address that nobody has");
}

/*
 * RFC 2131 §4.4.1: only a client that can answer ARP requests fills in ciaddr. A client that cannot renews
 * as in INIT-REBOOT.
 */
static Dhcp4State state_of_table(const SimHost *host, Dhcp4State state) {
        const Dhcp4Lease *lease = dhcp4_client_lease(link_client(host->world.link));

        if ((state != DHCP4_STATE_RENEWING && state != DHCP4_STATE_REBINDING) || !lease ||
            world_kernel_can_use(&host->world.kernel, lease->address))
                return state;
        return host->config.net.lease_only ? DHCP4_STATE_REBOOTING : state;
}

static int send_dhcp4(SimHost *host, const Dhcp4Frame *frame) {
        Sim *sim = host->sim;
        const Dhcp4State state = dhcp4_client_state(link_client(host->world.link));
        Packet p = { .kind = PACKET_TO_SERVERS, .host = host->index, .server = -1, .len = frame->len };
        const char *problem;
        Dhcp4Message m;

        if (dhcp4_message_parse(frame->data, frame->len, &m) != 0)
                sim_fail(sim, host, "a frame that does not parse");
        sim_trace(sim, "host %d %s sends %s xid %08x to %s", host->index, sim_host_state_name(host),
                  dhcp4_message_type_to_string(m.type), m.header.xid, inet_ntoa(frame->dst));
        problem = frame_rules_check(frame, &m, state_of_table(host, state), mac_of(host, &m),
                                    host->world.mtu, host->config.client.anonymize);
        if (problem)
                sim_fail(sim, host, "%s breaks the tables of RFC 2131: %s",
                         dhcp4_message_type_to_string(m.type), problem);
        if (state == DHCP4_STATE_STOPPED && m.type != DHCP4_RELEASE && m.type != DHCP4_DECLINE)
                sim_fail(sim, host, "it sends in STOPPED");
        if (!host->world.carrier)
                sim_fail(sim, host, "it sends without a carrier");
        if (m.type != DHCP4_RELEASE && m.type != DHCP4_DECLINE && host->world.rx_mode == DHCP4_RX_NONE &&
            sim->faults.open_error == 0)
                sim_fail(sim, host, "it asks without a socket for the answer");
        /* RFC 2131 §3.1 (5). The rule ends when something else happens to the link. */
        if (m.type == DHCP4_DISCOVER && host->declined_at > 0 &&
            sim->now - host->declined_at < 10 * USEC_PER_SEC)
                sim_fail(sim, host, "no pause after DECLINE");
        if (m.type == DHCP4_DECLINE) {
                host->declined_at = sim->now;
                host->n_declined++;
        }
        check_rate(host);
        check_pace(host, m.type, state);
        note_question(host, frame, &m, state);
        check_anonymous(host, frame, &m);
        check_declined(host, &m);
        host->n_frames++;
        host->sent_in_turn[m.type]++;

        if (sim_fault(sim, sim->faults.send_error))
                return -ENETDOWN;
        if (!host->world.carrier)
                return 0;
        memcpy(p.data, frame->data, frame->len);
        if (frame->dst.s_addr != INADDR_BROADCAST)
                p.server = find_server(sim, frame->dst);
        p.at = sim->now + 100 + sim_draw(sim, 400);
        if (p.server >= -1)
                sim_put(sim, &p);
        sim_hostile_watch(sim, host->index, frame->data, frame->len);
        return 0;
}

static int listen_arp(SimHost *host, const LinkListen *listen, int *ret_by_address) {
        int r;

        if (listen->frames && !host->world.arp) {
                r = refuse_socket(host);
                if (r < 0)
                        return r;
        }
        return world_ports.listen(host, listen, ret_by_address);
}

static int port_listen(void *port, const LinkListen *listen, int *ret_by_address) {
        *ret_by_address = 0;
        switch (listen->protocol) {
        case LINK_PROTOCOL_DHCP4:
                return listen_dhcp4(port, listen, ret_by_address);
        case LINK_PROTOCOL_ARP:
                return listen_arp(port, listen, ret_by_address);
        case _LINK_PROTOCOL_MAX:
                break;
        }
        abort();
}

static int send_arp(SimHost *host, const ArpPacket *arp, const uint8_t destination[6]) {
        const Dhcp4Lease *lease = dhcp4_client_lease(link_client(host->world.link));
        Packet p = { .kind = PACKET_ARP, .host = host->index, .arp = *arp, .at = host->sim->now + 100 };

        if (memcmp(arp->sender_mac, host->mac, 6) != 0)
                sim_fail(host->sim, host, "it sends ARP with another hardware address");
        /*
         * RFC 4436 §2.1: only an address that is in force may be the sender of a broadcast question.
         * Announcements name the same address as sender and target.
         */
        if ((destination[0] & 1) != 0 && arp->sender.s_addr != INADDR_ANY &&
            arp->sender.s_addr != arp->target.s_addr &&
            (!lease || lease->address.s_addr != arp->sender.s_addr))
                sim_fail(host->sim, host, "an ARP broadcast has a sender address that is not in force");
        if (host->config.client.anonymize &&
            !sim_host_may_name(host, arp->sender.s_addr ? arp->sender : arp->target))
                sim_fail(host->sim, host, "an anonymous host names an address of an earlier network in ARP");
        host->n_probes += arp->sender.s_addr == INADDR_ANY && sim_stranger_has(host->sim, arp->target);
        memcpy(p.arp_to, destination, sizeof(p.arp_to));
        if (host->world.carrier)
                sim_put(host->sim, &p);
        return 0;
}

static int port_send(void *port, const LinkFrame *frame) {
        Dhcp4Frame message;
        ArpPacket arp;

        switch (frame->protocol) {
        case LINK_PROTOCOL_DHCP4:
                world_dhcp4_frame(frame, &message);
                return send_dhcp4(port, &message);
        case LINK_PROTOCOL_ARP:
                world_arp_packet(frame, &arp);
                return send_arp(port, &arp, frame->dst_hw.bytes);
        case _LINK_PROTOCOL_MAX:
                break;
        }
        abort();
}

static int port_set_timer(void *port, usec_t at) {
        SimHost *host = port;

        if (at <= host->sim->now)
                sim_fail(host->sim, host, "the next deadline is not later than now, so it would spin");
        return world_ports.set_timer(host, at);
}

/* What the kernel takes off when a lifetime is over may be of others, so `others` is noted again. */
usec_t sim_host_expire(SimHost *host) {
        const size_t n = host->world.kernel.n_addresses;
        const usec_t next = world_kernel_expire(&host->world.kernel, host->sim->now);

        if (host->world.kernel.n_addresses != n)
                world_kernel_others(&host->world.kernel, &host->others);
        return next;
}

static int port_snapshot(void *port, usec_t now, const NetConfig *desired, NetConfig *ret) {
        SimHost *host = port;

        (void) sim_host_expire(host);
        if (sim_fault(host->sim, host->sim->faults.snapshot_error))
                return -ENOBUFS;
        return world_ports.snapshot(host, now, desired, ret);
}

bool sim_config_has_address(const NetConfig *desired, const NetAddress *address) {
        for (size_t i = 0; i < desired->n_addresses; i++)
                if (desired->addresses[i].address.v4.s_addr == address->address.v4.s_addr &&
                    desired->addresses[i].prefix_len == address->prefix_len)
                        return true;
        return false;
}

static bool wants_route(const NetConfig *desired, const NetRoute *route) {
        for (size_t i = 0; i < desired->n_routes; i++)
                if (net_route_equal(&desired->routes[i], route))
                        return true;
        return false;
}

usec_t sim_host_allowed_until(const SimHost *host, struct in_addr address) {
        const Dhcp4ClientConfig *config = &host->config.client;
        usec_t until = 0;

        if (config->inform.s_addr == address.s_addr && config->inform.s_addr != INADDR_ANY)
                return USEC_INFINITY;
        if (config->fallback.kind == DHCP4_FALLBACK_STATIC &&
            config->fallback.address.s_addr == address.s_addr)
                return USEC_INFINITY;
        if (config->fallback.kind == DHCP4_FALLBACK_LINK_LOCAL && ip4_is_link_local(address))
                return USEC_INFINITY;
        for (unsigned i = 0; i < host->n_grants; i++)
                if (host->grants[i].address.s_addr == address.s_addr)
                        until = MAX(until, host->grants[i].until);
        return until;
}

/*
 * The kernel may have an address LINK_OUTLAST_USEC longer when its end is near, because the link then takes
 * the address off itself. What counts as the end is that of the answer that was accepted last, even if an
 * earlier answer allowed more time.
 */
usec_t sim_host_kernel_until(const SimHost *host, struct in_addr address) {
        const usec_t until = sim_host_allowed_until(host, address);
        usec_t end = until;

        for (unsigned i = 0; i < host->n_grants; i++)
                if (host->grants[i].address.s_addr == address.s_addr)
                        end = MIN(end, host->grants[i].latest);
        return host->sim->now < usec_sub(end, LINK_ENDING_USEC)
                ? until
                : MAX(until, usec_add(end, LINK_OUTLAST_USEC));
}

void sim_host_desired(SimHost *host, NetConfig *ret) {
        host->looked_at = true;
        link_desired(host->world.link, ret);
        host->looked_at = false;
        /* The lease is published, but nothing of it may be on the link. */
        if (host->config.net.lease_only)
                ret->n_addresses = ret->n_routes = ret->n_rules = 0;
}

/*
 * RFC 5227 §2.1: with strict conflict detection the link must not add an address whose owner answers probes.
 * This is not checked while frames get lost, since the client may not have heard the answers.
 */
static void check_owner(SimHost *host, const NetStep *step) {
        if (step->op != NET_OP_ADD_ADDRESS || !sim_stranger_has(host->sim, step->address.address.v4))
                return;
        host->n_taken++;
        if (!host->sim->faulty && host->config.can_acd &&
            host->config.client.conflict == DHCP4_CONFLICT_STRICT)
                sim_fail(host->sim, host, "an address is put on the link though its owner answers probes");
}

static int port_apply(void *port, usec_t now, const NetPlan *plan) {
        SimHost *host = port;
        Sim *sim = host->sim;
        NetConfig desired;
        int r = 0;

        host->n_applies++;
        sim_host_desired(host, &desired);
        for (size_t i = 0; i < plan->n_steps; i++) {
                const NetStep *step = &plan->steps[i];
                const char *problem;
                int q;

                if ((step->op == NET_OP_DEL_ADDRESS && sim_config_has_address(&desired, &step->address)) ||
                    (step->op == NET_OP_DEL_ROUTE && wants_route(&desired, &step->route)))
                        sim_fail(sim, host, "a plan removes what the link should have");
                if ((step->op == NET_OP_ADD_ADDRESS || step->op == NET_OP_REMAKE_ADDRESS ||
                     step->op == NET_OP_EXTEND_ADDRESS) &&
                    step->address.valid_until > sim_host_kernel_until(host, step->address.address.v4))
                        sim_fail(sim, host,
                                 "an address for longer than it was granted, or not granted at all");
                check_owner(host, step);
                if ((step->op == NET_OP_ADD_ROUTE_ONLINK || step->op == NET_OP_ADD_ROUTE_GATEWAY) &&
                    step->route.mtu > host->world.mtu)
                        sim_fail(sim, host, "a route with more MTU than the link has");
                if (sim_fault(sim, sim->faults.apply_error)) {
                        r = -ENOBUFS;
                        continue;
                }
                problem = world_step(&host->world, step, r == 0, &q);
                if (problem)
                        sim_fail(sim, host, "%s", problem);
                if (q < 0)
                        r = q;
        }
        return r;
}

static int port_set_mtu(void *port, uint32_t mtu, uint32_t before) {
        return sim_mtu_set(port, mtu, before);
}

static int port_tunnels(void *port, NetTunnels *ret) {
        SimHost *host = port;

        if (!host->looked_at && sim_fault(host->sim, host->sim->faults.snapshot_error))
                return -ENOBUFS;
        return world_ports.tunnels(port, ret);
}

static void port_state_changed(void *port, LinkSource source, const char *old_state, const char *new_state) {
        SimHost *host = port;

        sim_trace(host->sim, "host %d %s -> %s", host->index, old_state, new_state);
        if (host->sim->renewable && strcmp(new_state, "REBINDING") == 0 &&
            host->sim->now - host->state_since > RENEW_USEC)
                sim_fail(host->sim, host, "it is in REBINDING though its server answers");
        host->state_since = host->sim->now;
        if (strcmp(old_state, new_state) == 0)
                sim_fail(host->sim, host, "it reports a change to the same state");
}

static void port_publish(void *port, LinkSource source, LinkNotice notice) {
        static const char *const names[] = { "bound", "renewed", "changed", "lost" };
        SimHost *host = port;
        const Dhcp4Source *old = link_source_before(host->world.link), *new = link_source(host->world.link);
        Sim *sim = host->sim;

        sim_trace(sim, "host %d %s %s", host->index, names[notice], inet_ntoa((new ?: old)->address));
        if ((notice == LINK_NOTICE_BOUND) == host->published ||
            (notice == LINK_NOTICE_LOST) == (new != NULL))
                sim_fail(sim, host, "observers are told \"%s\" out of order", names[notice]);
        if (new && !host->config.net.lease_only && !world_kernel_can_use(&host->world.kernel, new->address))
                sim_fail(sim, host, "observers are told of an address that is not on the link");
        if (!new &&world_kernel_has(&host->world.kernel, old->address))
                sim_fail(sim, host, "observers are told of the loss of an address that is on the link");
        /* An address that an earlier daemon left on the link is in use already, so it is not checked. */
        if (new && (!old || old->address.s_addr != new->address.s_addr) && dhcp4_source_is_granted(new) &&
            new->address.s_addr == host->world.elsewhere &&new->address.s_addr != host->adopted.s_addr &&
            host->config.client.conflict != DHCP4_CONFLICT_NO && !host->config.net.lease_only)
                sim_fail(sim, host, "an address is used that another link of the host has");
        if (!new)
                host->adopted.s_addr = INADDR_ANY;
        host->published = new;
        if (new)
                sim_host_keep(host, new);
        host->n_bound += notice == LINK_NOTICE_BOUND;
        host->n_lost += notice == LINK_NOTICE_LOST;
        host->n_renewed += notice == LINK_NOTICE_RENEWED;
        host->n_changed += notice == LINK_NOTICE_CHANGED;
}

static void port_learned(void *port) {
        SimHost *host = port;

        if (!host->published)
                sim_fail(host->sim, host, "it learns something of a lease that was not published");
        host->last_lease = *link_lease(host->world.link);
}

static void port_turned(void *port, usec_t now) {
        SimHost *host = port;

        if (now != host->sim->now)
                sim_fail(host->sim, host, "a turn has another time than the clock");
}

const LinkPorts *sim_host_ports(void) {
        static LinkPorts ports;

        if (ports.send)
                return &ports;
        ports = world_ports;
        ports.listen = port_listen;
        ports.send = port_send;
        ports.set_timer = port_set_timer;
        ports.snapshot = port_snapshot;
        ports.apply = port_apply;
        ports.set_mtu = port_set_mtu;
        ports.tunnels = port_tunnels;
        ports.state_changed = port_state_changed;
        ports.publish = port_publish;
        ports.learned = port_learned;
        ports.turned = port_turned;
        return &ports;
}
