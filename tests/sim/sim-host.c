/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * One link of the simulation: the real shell (link/link.c) and client over ports that are a model. What the client may do is derived from the wire and
 * from the configuration, not from the client.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

#include "tests/sim/frame-rules.h"
#include "tests/sim/sim.h"

/* Frames of one link in a minute: retransmission, renewal and back-off at their quickest stay far below; and for each thing that happens to it. */
#define FRAMES_PER_MINUTE 45u
#define FRAMES_PER_EVENT  6u

/* A renewal takes less, when nothing is lost. */
#define RENEW_USEC (1 * USEC_PER_SEC)

const char *sim_host_state_name(const SimHost *host) {
        return dhcp4_state_to_string(dhcp4_client_state(link_client(host->link)));
}

const Dhcp4Lease *sim_host_lease(const SimHost *host) {
        const Dhcp4Lease *lease = dhcp4_client_lease(link_client(host->link));

        return lease ?: link_lease_is_former(host->link) ? link_lease(host->link) : NULL;
}

/* Something happened that may cost frames. */
static void allow(SimHost *host) {
        host->allowance++;
        host->declined_at = 0;
}

/* Ports */

static int refuse_socket(SimHost *host) {
        const usec_t now = host->sim->now;

        if (sim_fault(host->sim, host->sim->faults.open_error))
                host->refuse_until = now + sim_draw(host->sim, 20 * USEC_PER_SEC);
        /* Who has run out of descriptors has none a moment later. */
        if (!host->sim->faulty || now > host->refuse_until)
                return 0;
        host->refused_at = now;
        return -EMFILE;
}

/* The UDP socket of @address. */
static int open_udp(SimHost *host, struct in_addr address) {
        const bool is_open = host->rx_mode & DHCP4_RX_UDP;

        host->udp_refused = host->port_taken && !is_open;
        if (host->udp_refused) {
                host->refused_at = host->sim->now;
                return -EADDRINUSE;
        }
        /* Nobody can bind to what is not there. */
        return sim_kernel_can_use(&host->kernel, address) ? 0 : -EADDRNOTAVAIL;
}

static int port_set_rx_mode(void *port, Dhcp4RxMode mode, const Dhcp4Lease *lease, int *ret_udp) {
        SimHost *host = port;
        int r;

        *ret_udp = 0;
        if (mode != DHCP4_RX_NONE && mode != host->rx_mode) {
                r = refuse_socket(host);
                if (r < 0) {
                        *ret_udp = mode & DHCP4_RX_UDP ? r : 0;
                        return mode & DHCP4_RX_PACKET ? r : 0;
                }
        }
        if ((mode & DHCP4_RX_UDP) && !lease)
                sim_fail(host->sim, host, "a UDP socket without an address to bind it to");
        if (!lease)
                host->udp_refused = false;
        host->udp_address = mode & DHCP4_RX_UDP ? lease->address : (struct in_addr){};
        if (mode & DHCP4_RX_UDP) {
                *ret_udp = open_udp(host, lease->address);
                if (*ret_udp < 0)
                        mode &= (Dhcp4RxMode) ~DHCP4_RX_UDP;
        }
        host->rx_mode = mode;
        return 0;
}

static void check_rate(SimHost *host) {
        Sim *sim = host->sim;

        if (sim->now - host->minute_began >= 60 * USEC_PER_SEC) {
                host->minute_began = sim->now;
                host->sent_in_minute = 0;
                host->allowance = MIN(host->allowance, 2u);
        }
        if (++host->sent_in_minute > FRAMES_PER_MINUTE + FRAMES_PER_EVENT * host->allowance)
                sim_fail(sim, host, "%u frames within a minute", host->sent_in_minute);
}

/* RFC 2131 §4.4.1, table 5: a REQUEST for what was offered names its server, its address and its xid. */
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
                sim_fail(host->sim, host, "REQUEST for what nobody offered");
}

/* What was asked, and since when: answers are held against it. */
static void note_question(SimHost *host, const Dhcp4Message *m, Dhcp4State state) {
        const bool request = m->type == DHCP4_REQUEST;

        if (m->type == DHCP4_DECLINE || m->type == DHCP4_RELEASE)
                return;
        if (host->have_acked_xid && m->header.xid == host->acked_xid)
                sim_fail(host->sim, host, "a new exchange has the xid of the old one");
        if (m->type == DHCP4_DISCOVER)
                host->discover_secs = m->header.secs;
        /* Beside a REQUEST that is still the question. */
        if (m->type == DHCP4_DISCOVER && state != DHCP4_STATE_SELECTING) {
                if (m->header.xid == host->xid)
                        sim_fail(host->sim, host,
                                 "DISCOVER has the xid of the REQUEST that it goes out beside");
                if (m->header.xid != host->beside_xid)
                        host->n_offers = 0;
                host->beside_xid = m->header.xid;
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
        host->asked_address = m->header.ciaddr;
        (void) dhcp4_message_get_addr(m, DHCP4_OPTION_REQUESTED_IP, &host->asked_address);
        host->xid = m->header.xid;
        host->asked_request = request;
        host->asked_state = state;
        host->selected = (struct in_addr){};
        (void) dhcp4_message_get_addr(m, DHCP4_OPTION_SERVER_ID, &host->selected);
}

static int find_server(const Sim *sim, struct in_addr id) {
        for (unsigned i = 0; i < sim->n_servers; i++)
                if (sim->servers[i].id.s_addr == id.s_addr)
                        return (int) i;
        return -2; /* nobody */
}

/* What is given back is given back in the name of whom it was granted to. */
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
                sim_fail(host->sim, host, "RELEASE of what was granted to another identity, or twice");
        host->former.released = true;
        return host->former.mac;
}

static int port_send(void *port, const Dhcp4Frame *frame) {
        SimHost *host = port;
        Sim *sim = host->sim;
        const Dhcp4State state = dhcp4_client_state(link_client(host->link));
        Packet p = { .kind = PACKET_TO_SERVERS, .host = host->index, .server = -1, .len = frame->len };
        const char *problem;
        Dhcp4Message m;

        if (dhcp4_message_parse(frame->data, frame->len, &m) != 0)
                sim_fail(sim, host, "a frame that does not parse");
        sim_trace(sim, "host %d %s sends %s xid %08x to %s", host->index, sim_host_state_name(host),
                  dhcp4_message_type_to_string(m.type), m.header.xid, inet_ntoa(frame->dst));
        problem = frame_rules_check(frame, &m, state, mac_of(host, &m), host->mtu.current);
        if (problem)
                sim_fail(sim, host, "%s against the tables of RFC 2131: %s",
                         dhcp4_message_type_to_string(m.type), problem);
        if (state == DHCP4_STATE_STOPPED && m.type != DHCP4_RELEASE && m.type != DHCP4_DECLINE)
                sim_fail(sim, host, "STOPPED is not silent");
        if (!host->carrier)
                sim_fail(sim, host, "a frame without a carrier");
        if (m.type != DHCP4_RELEASE && m.type != DHCP4_DECLINE && host->rx_mode == DHCP4_RX_NONE &&
            sim->faults.open_error == 0)
                sim_fail(sim, host, "asks without listening");
        /* RFC 2131 §3.1 (5), unless something else happened since. */
        if (m.type == DHCP4_DISCOVER && host->declined_at > 0 &&
            sim->now - host->declined_at < 10 * USEC_PER_SEC)
                sim_fail(sim, host, "no pause after DECLINE");
        if (m.type == DHCP4_DECLINE) {
                host->declined_at = sim->now;
                host->n_declined++;
        }
        check_rate(host);
        note_question(host, &m, state);
        host->n_frames++;
        host->sent_in_turn[m.type]++;

        if (sim_fault(sim, sim->faults.send_error))
                return -ENETDOWN;
        if (!host->carrier)
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

static int port_set_arp(void *port, bool listen) {
        SimHost *host = port;
        int r;

        if (listen && !host->arp) {
                r = refuse_socket(host);
                if (r < 0)
                        return r;
        }
        host->arp = listen;
        return 0;
}

static int port_send_arp(void *port, const ArpPacket *arp, const uint8_t destination[6]) {
        SimHost *host = port;
        const Dhcp4Lease *lease = dhcp4_client_lease(link_client(host->link));
        Packet p = { .kind = PACKET_ARP, .host = host->index, .arp = *arp, .at = host->sim->now + 100 };

        if (memcmp(arp->sender_mac, host->mac, 6) != 0)
                sim_fail(host->sim, host, "ARP in the name of another");
        /* RFC 4436 §2.1: a question goes to all only in the name of what is in force; announcements name themselves. */
        if ((destination[0] & 1) != 0 && arp->sender.s_addr != INADDR_ANY &&
            arp->sender.s_addr != arp->target.s_addr &&
            (!lease || lease->address.s_addr != arp->sender.s_addr))
                sim_fail(host->sim, host, "everybody hears of an address that is not ours");
        memcpy(p.arp_to, destination, sizeof(p.arp_to));
        if (host->carrier)
                sim_put(host->sim, &p);
        return 0;
}

static int port_set_timer(void *port, usec_t at) {
        SimHost *host = port;

        if (at <= host->sim->now)
                sim_fail(host->sim, host, "the next deadline is not later than now: it would spin");
        host->timer_at = at;
        return 0;
}

/* What the kernel does by itself when a lifetime is over is not our doing. */
usec_t sim_host_expire(SimHost *host) {
        const size_t n = host->kernel.n_addresses;
        const usec_t next = sim_kernel_expire(&host->kernel, host->sim->now);

        if (host->kernel.n_addresses != n)
                sim_kernel_others(&host->kernel, &host->others);
        return next;
}

static int port_snapshot(void *port, usec_t now, const NetConfig *desired, NetConfig *ret) {
        SimHost *host = port;

        (void) sim_host_expire(host);
        if (sim_fault(host->sim, host->sim->faults.snapshot_error))
                return -ENOBUFS;
        sim_kernel_snapshot(&host->kernel, ret);
        return 0;
}

bool sim_config_has_address(const NetConfig *desired, const NetAddress *address) {
        for (size_t i = 0; i < desired->n_addresses; i++)
                if (desired->addresses[i].address.s_addr == address->address.s_addr &&
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

/* Until when the host may have @address, by what it was told and what it is configured for; 0: it may not. */
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

/* In the kernel, an address that is about to end may live a little longer: the link takes it off before that. */
usec_t sim_host_kernel_until(const SimHost *host, struct in_addr address) {
        const usec_t until = sim_host_allowed_until(host, address);

        return host->sim->now < usec_sub(until, LINK_ENDING_USEC) ? until
                                                                  : usec_add(until, LINK_OUTLAST_USEC);
}

/* What the link wants, as an observer sees it: nothing fails for who only looks. */
void sim_host_desired(SimHost *host, NetConfig *ret) {
        host->looked_at = true;
        link_desired(host->link, ret);
        host->looked_at = false;
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
                        sim_fail(sim, host, "a plan takes away what it should have");
                if ((step->op == NET_OP_ADD_ADDRESS || step->op == NET_OP_REMAKE_ADDRESS ||
                     step->op == NET_OP_EXTEND_ADDRESS) &&
                    step->address.valid_until > sim_host_kernel_until(host, step->address.address))
                        sim_fail(sim, host,
                                 "an address for longer than it was granted, or not granted at all");
                if ((step->op == NET_OP_ADD_ROUTE_ONLINK || step->op == NET_OP_ADD_ROUTE_GATEWAY) &&
                    step->route.mtu > host->mtu.current)
                        sim_fail(sim, host, "a route with more MTU than the link has");
                if (sim_fault(sim, sim->faults.apply_error)) {
                        r = -ENOBUFS;
                        continue;
                }
                problem = sim_kernel_step(&host->kernel, step, r == 0, &q);
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
        const SimHost *host = port;

        if (!host->looked_at && sim_fault(host->sim, host->sim->faults.snapshot_error))
                return -ENOBUFS;
        for (size_t i = 0; i < host->n_tunnel; i++)
                net_tunnels_add(ret, &host->tunnel[i]);
        return 0;
}

static int port_address_elsewhere(void *port, struct in_addr address) {
        const SimHost *host = port;

        return address.s_addr == host->elsewhere.s_addr ? 99 : 0;
}

static void port_state_changed(void *port, Dhcp4State old_state, Dhcp4State new_state) {
        SimHost *host = port;

        sim_trace(host->sim, "host %d %s -> %s", host->index, dhcp4_state_to_string(old_state),
                  dhcp4_state_to_string(new_state));
        if (host->sim->renewable && new_state == DHCP4_STATE_REBINDING &&
            host->sim->now - host->state_since > RENEW_USEC)
                sim_fail(host->sim, host, "its server was there, and it came as far as REBINDING");
        host->state_since = host->sim->now;
        if (old_state == new_state)
                sim_fail(host->sim, host, "a change of state that is none");
}

static void port_publish(void *port, LinkNotice notice, const Dhcp4Lease *old, const Dhcp4Lease *new) {
        static const char *const names[] = { "bound", "renewed", "changed", "lost" };
        SimHost *host = port;
        Sim *sim = host->sim;

        sim_trace(sim, "host %d %s %s", host->index, names[notice], inet_ntoa((new ?: old)->address));
        if ((notice == LINK_NOTICE_BOUND) == host->published ||
            (notice == LINK_NOTICE_LOST) == (new != NULL))
                sim_fail(sim, host, "\"%s\" out of order", names[notice]);
        if (new && !sim_kernel_can_use(&host->kernel, new->address))
                sim_fail(sim, host, "told of an address that is not there");
        if (!new &&sim_kernel_has(&host->kernel, old->address))
                sim_fail(sim, host, "told that an address is lost that is still there");
        /* What a daemon before left on the link is in use. */
        if (new && (!old || old->address.s_addr != new->address.s_addr) && dhcp4_lease_is_granted(new) &&
            new->address.s_addr == host->elsewhere.s_addr &&new->address.s_addr != host->adopted.s_addr &&
            host->config.client.conflict != DHCP4_CONFLICT_NO)
                sim_fail(sim, host, "an address is used that another link of the host has");
        if (!new)
                host->adopted.s_addr = INADDR_ANY;
        host->published = new;
        if (new)
                host->last_lease = *new;
        host->n_bound += notice == LINK_NOTICE_BOUND;
        host->n_lost += notice == LINK_NOTICE_LOST;
        host->n_renewed += notice == LINK_NOTICE_RENEWED;
        host->n_changed += notice == LINK_NOTICE_CHANGED;
}

static void port_learned(void *port) {
        SimHost *host = port;

        if (!host->published)
                sim_fail(host->sim, host, "something is learned of a lease that was not told");
        host->last_lease = *link_lease(host->link);
}

static void port_turned(void *port, usec_t now) {
        SimHost *host = port;

        if (now != host->sim->now)
                sim_fail(host->sim, host, "a turn at another time");
}

static const LinkPorts ports = {
        .set_rx_mode = port_set_rx_mode,
        .send = port_send,
        .set_arp = port_set_arp,
        .send_arp = port_send_arp,
        .set_timer = port_set_timer,
        .snapshot = port_snapshot,
        .apply = port_apply,
        .set_mtu = port_set_mtu,
        .tunnels = port_tunnels,
        .address_elsewhere = port_address_elsewhere,
        .state_changed = port_state_changed,
        .publish = port_publish,
        .learned = port_learned,
        .turned = port_turned,
};

bool sim_host_is_up(const SimHost *host) {
        const Dhcp4Client *client = link_client(host->link);

        /* A lease that is being renewed, of whom it ever was, is in force. */
        return dhcp4_client_lease(client) && dhcp4_client_state(client) != DHCP4_STATE_REBOOTING &&
                dhcp4_client_state(client) != DHCP4_STATE_REQUESTING && link_settled(host->link) &&
                host->published && host->mtu.bounce_at == USEC_INFINITY &&
                sim_kernel_can_use(&host->kernel, host->last_lease.address) &&
                host->last_lease.origin != DHCP4_LEASE_LINK_LOCAL &&
                host->last_lease.origin != DHCP4_LEASE_STATIC;
}

/* Life */

void sim_digest(const uint8_t key[DHCP4_NONCE_LEN], const uint8_t *data, size_t len,
                uint8_t ret[DHCP4_NONCE_LEN]) {
        const uint64_t hash = prng_siphash24(key, data, len);

        memcpy(ret, &hash, sizeof(hash));
        memcpy(ret + sizeof(hash), &hash, sizeof(hash));
}

static void draw_config(Sim *sim, SimHost *host) {
        Dhcp4ClientConfig *c = &host->config.client;

        host->config = (LinkConfig){
                .client = {
                        .chaddr_len = 6,
                        .htype = 1,
                        .request = { 1, 121, 3, 6, 15 },
                        .n_request = 5,
                        .broadcast = sim_draw(sim, 8) == 0,
                        .wireless = sim_draw(sim, 4) == 0,
                        .rapid_commit = sim_draw(sim, 2),
                        .default_lifetime_sec = DHCP4_DEFAULT_LIFETIME_SEC,
                        .anonymize = sim_draw(sim, 6) == 0,
                        .ipv6_only = sim_draw(sim, 10) == 0,
                        .bootp = sim_draw(sim, 10) == 0,
                        .hmac_md5 = sim_draw(sim, 2) ? sim_digest : NULL,
                        .conflict = (Dhcp4ConflictMode) sim_draw(sim, 3),
                        .stored = (Dhcp4StoredMode) sim_draw(sim, _DHCP4_STORED_MAX),
                        .start_delay_max_usec = sim_draw(sim, 4) ? 0 : 10 * USEC_PER_SEC,
                        .carrier_grace_usec = sim_draw(sim, 3) ? 3 * USEC_PER_SEC : sim_draw(sim, 2) ? 0 : USEC_INFINITY,
                        .fallback = {
                                .kind = (Dhcp4FallbackKind) sim_draw(sim, _DHCP4_FALLBACK_MAX),
                                .after_usec = (1 + sim_draw(sim, 30)) * USEC_PER_SEC,
                                .address = { htonl(0xc0000200u + 10u + (uint32_t) host->index) },
                                .router = { htonl(0xc0000201u) },
                                .prefix_len = 24,
                        },
                },
                .net = { .metric = 1024, .table = 254, .use_routes = true, .use_gateway = true, .use_mtu = (NetMtuUse) sim_draw(sim, 3), .mtu_min = sim_draw(sim, 2) ? 576 : 68,
                         .classless = sim_draw(sim, 4) ? NET_CLASSLESS_NO_OVERRIDE : (NetClassless) sim_draw(sim, _NET_CLASSLESS_MAX),
                         .classless_table = 77,
                         .rule_table = sim_draw(sim, 3) ? 0 : 88 },
                .can_acd = sim_draw(sim, 8) > 0,
                .defend_address = sim_draw(sim, 4) == 0,
        };
        memcpy(c->chaddr, host->mac, 6);
        memcpy(host->config.mac, host->mac, 6);
        if (sim_draw(sim, 4) > 0) {
                c->client_id[0] = 1;
                memcpy(c->client_id + 1, host->mac, 6);
                c->client_id_len = 7;
        }
        if (sim_draw(sim, 12) == 0) {
                c->inform.s_addr = htonl(0x0a000000u + 200u + (uint32_t) host->index);
                c->inform_prefix_len = 24;
        }
}

void sim_host_init(Sim *sim, unsigned i) {
        SimHost *host = &sim->hosts[i];

        *host = (SimHost){
                .sim = sim, .index = (int) i, .timer_at = USEC_INFINITY, .deaf = sim_draw(sim, 6) == 0
        };
        host->mac[0] = 2;
        host->mac[5] = (uint8_t) (i + 1);
        for (unsigned j = 0; j < PRNG_KEY_LEN; j++)
                host->key[j] = (uint8_t) sim_draw(sim, 256);
        draw_config(sim, host);
        host->kernel.addresses[host->kernel.n_addresses++] = (KernelAddress){
                .address = { .address.s_addr = htonl(0xc6336407u),
                             .prefix_len = 24,
                             .valid_until = USEC_INFINITY },
                .foreign = true,
        };
        if (sim_draw(sim, 2))
                host->kernel.n_addresses = 0;
        host->kernel.promotes = sim_draw(sim, 2);
        /* Of another client: nothing tells them from ours, but that we did not make them. */
        for (unsigned j = 0; j < 2; j++)
                host->kernel.routes[host->kernel.n_routes++] = (NetRoute){
                        .dst.s_addr = htonl(0xc6120000u +
                                            (j << 8)), /* 198.18.0.0/24, and 198.18.1.0/24 behind it */
                        .prefix_len = 24,
                        .gateway.s_addr = j == 0 ? INADDR_ANY : htonl(0xc6120001u),
                        .metric = 1024,
                        .table = 254,
                };
        sim_kernel_others(&host->kernel, &host->others);
        if (link_new(&ports, host, &host->config, host->key, &host->link) < 0)
                g_assert_not_reached();
        sim_mtu_init(host);
}

void sim_host_clear(SimHost *host) {
        host->link = link_free(host->link);
}

void sim_host_start(SimHost *host, const Dhcp4Lease *cached, bool held) {
        sim_trace(host->sim, "host %d start%s", host->index,
                  held             ? ", lease held"
                          : cached ? ", lease remembered"
                                   : "");
        allow(host);
        host->running = true;
        host->carrier_moved = false;
        host->adopted.s_addr = held ? cached->address.s_addr : INADDR_ANY;
        link_start(host->link, host->sim->now, cached, held);
        sim_host_check(host);
}

void sim_host_stop(SimHost *host, bool release) {
        const Dhcp4Lease *lease = dhcp4_client_lease(link_client(host->link));
        const bool probing = dhcp4_client_state(link_client(host->link)) == DHCP4_STATE_PROBING;
        /* What is probed was granted, by DHCP unless BOOTP is taken too. */
        const bool owed =
                release && host->carrier && ((lease && lease->origin == DHCP4_LEASE_DHCP) || probing);
        const bool former = release && host->carrier && link_lease_is_former(host->link) &&
                link_lease(host->link)->origin == DHCP4_LEASE_DHCP;

        sim_trace(host->sim, "host %d stop%s", host->index, release ? ", release" : "");
        allow(host);
        host->running = false;
        link_stop(host->link, host->sim->now, release);
        if ((unsigned) owed + former != host->sent_in_turn[DHCP4_RELEASE] &&
            !(probing && host->config.client.bootp))
                sim_fail(host->sim, host, "RELEASE %s", owed ? "is missing" : "of no lease");
        sim_mtu_stopped(host);
        sim_host_check(host);
}

static void set_identity(SimHost *host, const uint8_t mac[6], const uint8_t *id, uint8_t id_len) {
        memcpy(host->mac, mac, 6);
        memcpy(host->config.mac, mac, 6);
        memcpy(host->config.client.chaddr, mac, 6);
        memcpy(host->config.client.client_id, id, id_len);
        host->config.client.client_id_len = id_len;
}

/*
 * It has this hardware address and client identifier now; as link/managed-link.c tells it, but that nothing
 * is remembered.
 */
static void hardware_to(SimHost *host, const uint8_t mac[6], const uint8_t *id, uint8_t id_len) {
        const Dhcp4ClientConfig *config = &host->config.client, old = *config;
        const Dhcp4Client *client = link_client(host->link);
        const Dhcp4Lease *lease = dhcp4_client_lease(client), *published = link_lease(host->link);
        const bool same = id_len > 0 && id_len == old.client_id_len &&
                memcmp(id, old.client_id, id_len) == 0,
                   back = host->former.on && !same && id_len == host->former.id_len &&
                memcmp(id_len > 0 ? id : mac, id_len > 0 ? host->former.id : host->former.mac,
                       id_len > 0 ? id_len : 6) == 0,
                   stays = host->running && published && dhcp4_lease_is_granted(published) &&
                (same || !old.anonymize) &&
                ((lease && lease->address.s_addr == published->address.s_addr) || host->former.on) &&
                old.carrier_grace_usec > 0 && sim_kernel_has(&host->kernel, published->address),
                   own = same || (back && host->carrier),
                   verifies = host->running && own && host->carrier && (back ? published : lease) &&
                (back ? published : lease)->origin == DHCP4_LEASE_DHCP;
        const struct in_addr address = published ? published->address : (struct in_addr){};

        sim_trace(host->sim, "host %d hardware address %02x:%02x, %s client%s", host->index, mac[4], mac[5],
                  same ? "the same" : "another", back ? " that it was before" : "");
        allow(host);
        set_identity(host, mac, id, id_len);
        if (back && own)
                host->former.on = false;
        else if (!same && !old.anonymize && !host->former.on && host->running && published && lease &&
                 lease->address.s_addr == published->address.s_addr && dhcp4_lease_is_granted(published)) {
                host->former.on = true;
                host->former.released = false;
                host->former.is_owed = published->origin == DHCP4_LEASE_DHCP;
                host->former.address = address;
                host->former.until = usec_add(host->sim->now, old.carrier_grace_usec);
                memcpy(host->former.mac, old.chaddr, 6);
                memcpy(host->former.id, old.client_id, old.client_id_len);
                host->former.id_len = old.client_id_len;
        } else if (old.anonymize && !same)
                host->former.on = false;
        if (link_set_hardware(host->link, host->sim->now, &host->config, NULL, /* release= */ true) !=
            (host->running && !own))
                sim_fail(host->sim, host, "another client is taken for the same, or the other way round");
        if (verifies && host->sent_in_turn[DHCP4_REQUEST] == 0)
                sim_fail(host->sim, host, "a lease is not verified under the new hardware address");
        if (stays && !sim_kernel_has(&host->kernel, address))
                sim_fail(host->sim, host, "an address goes before any server was asked");
        /* Another client waits to be told of the carrier, and until then nobody looks. */
        if (!own && host->running) {
                host->carrier_moved = false;
                if (host->carrier)
                        link_carrier(host->link, host->sim->now, /* up= */ true);
        }
        sim_host_check(host);
}

void sim_host_hardware(SimHost *host) {
        const Dhcp4ClientConfig *config = &host->config.client;
        uint8_t mac[6], id[24], id_len = config->client_id_len;

        memcpy(mac, host->mac, sizeof(mac));
        mac[4] = (uint8_t) sim_draw(host->sim, 3);
        if (memcmp(mac, host->mac, sizeof(mac)) == 0)
                return;
        memcpy(id, config->client_id, id_len);
        if (id_len > 0 && (config->anonymize || sim_draw(host->sim, 2))) {
                id[0] = 1;
                memcpy(id + 1, mac, sizeof(mac));
                id_len = 1 + sizeof(mac);
        }
        hardware_to(host, mac, id, id_len);
}

/* The daemon is killed and started again: what it knows is what it had published and remembered; the kernel keeps all. */
void sim_host_restart_daemon(SimHost *host) {
        const Dhcp4Lease *cached = dhcp4_client_cached(link_client(host->link));
        const bool held = host->published, carrier = host->carrier, moved = host->former.on;
        const Dhcp4ClientConfig config = host->config.client;
        Dhcp4Lease lease;

        if (!host->running)
                return;
        sim_trace(host->sim, "host %d daemon restarts", host->index);
        if (held)
                lease = host->last_lease;
        else if (cached)
                lease = *cached;
        sim_host_clear(host);
        host->rx_mode = DHCP4_RX_NONE;
        host->arp = host->published = host->udp_refused = false;
        host->have_acked_xid = false;
        host->timer_at = USEC_INFINITY;
        for (unsigned j = 0; j < PRNG_KEY_LEN; j++)
                host->key[j] = (uint8_t) sim_draw(host->sim, 256);
        /* The record has the identity that the lease was granted to. */
        if (moved)
                set_identity(host, host->former.mac, host->former.id, host->former.id_len);
        host->former.on = false;
        if (link_new(&ports, host, &host->config, host->key, &host->link) < 0)
                g_assert_not_reached();
        host->carrier = false; /* nobody has told it yet */
        sim_mtu_restart(host);
        /* What the daemon took in and did not come to tell anybody died with it. */
        for (unsigned i = 0; i < host->n_grants; i++)
                host->grants[i].latest = USEC_INFINITY;
        sim_host_start(host, held || cached ? &lease : NULL, held);
        if (held && dhcp4_lease_is_granted(&lease) && !carrier) {
                /* It moved while nobody looked: as link/managed-link.c tells it. */
                sim_host_carrier(host, true);
                sim_host_carrier(host, false);
        } else if (carrier)
                sim_host_carrier(host, true);
        if (moved)
                hardware_to(host, config.chaddr, config.client_id, config.client_id_len);
}

void sim_host_carrier(SimHost *host, bool up) {
        const Dhcp4Lease *lease = dhcp4_client_lease(link_client(host->link));
        const bool to_verify = up && host->carrier_moved && lease && dhcp4_lease_is_granted(lease);

        sim_trace(host->sim, "host %d carrier %s", host->index, up ? "up" : "lost");
        allow(host);
        if (host->carrier && !up)
                host->carrier_lost_at = host->sim->now;
        if (!up)
                sim_mtu_carrier_lost(host);
        host->carrier_moved = !up;
        host->carrier = up;
        link_carrier(host->link, host->sim->now, up);
        if (to_verify && host->sent_in_turn[DHCP4_REQUEST] == 0)
                sim_fail(host->sim, host, "a lease is not verified though the carrier was away");
        sim_host_check(host);
}

void sim_host_renew(SimHost *host) {
        const Dhcp4Client *client = link_client(host->link);
        const bool early = dhcp4_client_state(client) == DHCP4_STATE_BOUND;

        sim_trace(host->sim, "host %d renew", host->index);
        allow(host);
        link_renew(host->link, host->sim->now);
        /* The REQUEST may get lost, and half of what is left until T2 may be days. */
        if (early && dhcp4_client_state(client) == DHCP4_STATE_RENEWING &&
            host->timer_at > host->sim->now + 5 * USEC_PER_SEC)
                sim_fail(host->sim, host, "a renewal that was asked for is not tried again soon");
        sim_host_check(host);
}

void sim_host_resumed(SimHost *host) {
        const Dhcp4Client *client = link_client(host->link);
        const Dhcp4State state = dhcp4_client_state(client);
        const Dhcp4Lease *lease = dhcp4_client_lease(client);
        const bool to_verify = host->carrier && lease && lease->origin == DHCP4_LEASE_DHCP &&
                (state == DHCP4_STATE_BOUND || state == DHCP4_STATE_RENEWING ||
                 state == DHCP4_STATE_REBINDING) &&
                dhcp4_lease_expires_at(lease) > host->sim->now;
        const uint32_t xid = dhcp4_client_xid(client);

        sim_trace(host->sim, "host %d slept", host->index);
        allow(host);
        link_resumed(host->link, host->sim->now);
        if (to_verify && host->sent_in_turn[DHCP4_REQUEST] == 0)
                sim_fail(host->sim, host, "a lease is not verified though the host slept");
        if ((state == DHCP4_STATE_SELECTING || state == DHCP4_STATE_REQUESTING ||
             state == DHCP4_STATE_REBOOTING) &&
            dhcp4_client_xid(client) == xid)
                sim_fail(host->sim, host, "an exchange goes on though the host slept");
        sim_host_check(host);
}

void sim_host_reconfigure(SimHost *host) {
        const struct in_addr *inform = &host->config.client.inform;
        const Dhcp4Client *client = link_client(host->link);
        const Dhcp4Lease *lease;
        bool owed, restarted;

        host->config.client.rapid_commit = !host->config.client.rapid_commit;
        host->config.client.broadcast = !host->config.client.broadcast;
        host->config.net.use_gateway = !host->config.net.use_gateway;
        host->config.net.use_mtu = (NetMtuUse) sim_draw(host->sim, 3);
        host->config.client.conflict = (Dhcp4ConflictMode) sim_draw(host->sim, 3);
        /* Another task, or another client. */
        if (sim_draw(host->sim, 3) == 0) {
                /* A kernel that refuses may have the old one for longer. */
                if (inform->s_addr != INADDR_ANY)
                        (void) sim_note_grant(host, *inform, UINT32_MAX);
                host->config.client.inform.s_addr = sim_draw(host->sim, 2)
                        ? htonl(0x0a000000u + 200u + 4 * (uint32_t) sim_draw(host->sim, 8) +
                                (uint32_t) host->index)
                        : INADDR_ANY;
                host->config.client.inform_prefix_len = 24;
        }
        if (sim_draw(host->sim, 4) == 0) {
                /* Never that of another host: servers would take both for one client. */
                host->config.client.client_id[0] = 1;
                memcpy(host->config.client.client_id + 1, host->mac, 6);
                host->config.client.client_id[7] = (uint8_t) sim_draw(host->sim, 3);
                host->config.client.client_id_len = 8;
        }
        sim_trace(host->sim, "host %d other configuration", host->index);
        allow(host);
        lease = dhcp4_client_lease(client);
        owed = host->carrier && lease && lease->origin == DHCP4_LEASE_DHCP && sim_draw(host->sim, 2);
        restarted = link_set_config(host->link, host->sim->now, &host->config, /* release= */ owed);
        if (restarted && owed != (host->sent_in_turn[DHCP4_RELEASE] == 1))
                sim_fail(host->sim, host, "RELEASE %s", owed ? "is missing" : "of no lease");
        if (restarted)
                sim_mtu_stopped(host);
        if (restarted && host->carrier) {
                host->carrier_moved = false;
                link_carrier(host->link, host->sim->now, /* up= */ true);
        }
        lease = dhcp4_client_lease(client);
        if (lease && (lease->origin == DHCP4_LEASE_INFORM) != (inform->s_addr != INADDR_ANY))
                sim_fail(host->sim, host, "InformAddress= is not what is configured");
        if (lease && inform->s_addr != INADDR_ANY && lease->address.s_addr != inform->s_addr)
                sim_fail(host->sim, host, "InformAddress= is that of the old configuration");
        sim_host_check(host);
}

void sim_host_timer(SimHost *host) {
        host->timer_at = USEC_INFINITY;
        link_timer(host->link, host->sim->now);
        sim_host_check(host);
}

void sim_host_kernel_changed(SimHost *host) {
        link_kernel_changed(host->link, host->sim->now);
        sim_host_check(host);
}

void sim_host_tunnel(SimHost *host, bool up) {
        /* Destinations in host order. */
        static const NetTunnelRoute vpns[][SIM_TUNNEL_ROUTES_MAX] = {
                { { .prefix_len = 0, .table = 254, .metric = 50 } },
                { { .prefix_len = 0, .table = 254, .metric = 5000 } },
                { { .prefix_len = 0, .table = 51820 } },
                { { .prefix_len = 1, .table = 254 },
                  { .dst = { 0x80000000 }, .prefix_len = 1, .table = 254 } },
                { { .dst = { 0xac000000 }, .prefix_len = 8, .table = 254, .metric = 50 } },
                { { .dst = { 0xac100000 }, .prefix_len = 12, .table = 254 },
                  { .dst = { 0xc0000000 }, .prefix_len = 3, .table = 254 } },
        };
        const uint64_t which = sim_draw(host->sim, G_N_ELEMENTS(vpns));

        host->n_tunnel = 0;
        for (size_t i = 0; up && i < SIM_TUNNEL_ROUTES_MAX; i++)
                if (vpns[which][i].table > 0) {
                        host->tunnel[host->n_tunnel] = vpns[which][i];
                        host->tunnel[host->n_tunnel++].dst.s_addr = htonl(vpns[which][i].dst.s_addr);
                }
        sim_trace(host->sim, "host %d VPN %s", host->index, up ? "up" : "down");
        link_tunnels_changed(host->link, host->sim->now);
        sim_host_check(host);
}

void sim_host_port(SimHost *host, bool taken) {
        if (taken == host->port_taken)
                return;
        sim_trace(host->sim, "host %d port 68 %s", host->index, taken ? "taken" : "free");
        host->port_taken = taken;
}

void sim_host_arp(SimHost *host, const ArpPacket *arp) {
        if (!host->arp || !host->carrier)
                return;
        link_arp(host->link, host->sim->now, arp);
        sim_host_check(host);
}

/* Somebody's second address in the network of the lease, and a route from it. */
static void add_beside(SimHost *host) {
        SimKernel *kernel = &host->kernel;
        KernelAddress beside = { .foreign = true };

        if (kernel->n_addresses == 0 || kernel->n_addresses > 4 || kernel->addresses[0].foreign)
                return;
        beside.address = kernel->addresses[0].address;
        beside.address.address.s_addr ^= htonl(0x80);
        beside.address.ours = false;
        beside.address.valid_until = USEC_INFINITY;
        for (size_t i = 0; i < kernel->n_addresses; i++)
                if (kernel->addresses[i].address.address.s_addr == beside.address.address.s_addr)
                        return;
        kernel->addresses[kernel->n_addresses++] = beside;
        if (host->others.n_routes < 8)
                kernel->routes[kernel->n_routes++] = (NetRoute){
                        .dst.s_addr = htonl(0xc6130000u + ((uint32_t) host->others.n_routes << 8)),
                        .prefix_len = 24,
                        .prefsrc = beside.address.address,
                        .metric = 1024,
                        .table = 254,
                };
}

void sim_host_meddle(SimHost *host, unsigned how) {
        sim_trace(host->sim, "host %d somebody meddles, %u", host->index, how);
        allow(host);
        host->meddled = host->meddled || how < 4;
        switch (how) {
        case 0:
                for (size_t i = host->kernel.n_addresses; i-- > 0;)
                        if (i < host->kernel.n_addresses && !host->kernel.addresses[i].foreign)
                                sim_kernel_del_address(&host->kernel, i);
                break;
        case 1:
                sim_kernel_del_our_routes(&host->kernel);
                break;
        case 2: /* down and up: the routes are gone, the carrier blinks */
                sim_kernel_del_our_routes(&host->kernel);
                if (!host->carrier)
                        break;
                sim_host_carrier(host, false);
                sim_host_carrier(host, true);
                return;
        case 4: /* on another link of the host, where it takes nothing from this one */
                sim_host_draw_elsewhere(host);
                return;
        case 3:
                sim_mtu_meddle(host);
                sim_host_check(host);
                return;
        case 5:
                add_beside(host);
                break;
        }
        sim_kernel_others(&host->kernel, &host->others);
        sim_host_kernel_changed(host);
}

void sim_host_put_back(SimHost *host) {
        NetConfig desired;

        sim_trace(host->sim, "host %d somebody puts back what was taken away", host->index);
        sim_host_desired(host, &desired);
        for (size_t i = 0; i < desired.n_addresses; i++)
                if (!sim_kernel_can_use(&host->kernel, desired.addresses[i].address))
                        host->kernel.addresses[host->kernel.n_addresses++] =
                                (KernelAddress){ .address = desired.addresses[i] };
        sim_kernel_del_our_routes(&host->kernel);
        for (size_t i = 0; i < desired.n_routes; i++)
                host->kernel.routes[host->kernel.n_routes++] = desired.routes[i];
        sim_host_kernel_changed(host);
}

void sim_host_draw_elsewhere(SimHost *host) {
        host->elsewhere.s_addr =
                sim_draw(host->sim, 2) ? htonl(0x0a00000au + (uint32_t) sim_draw(host->sim, 6)) : INADDR_ANY;
}
