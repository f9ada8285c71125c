/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Honest servers (sim.h) as in RFC 2131 §4.3. They have pools and bindings, and know rapid commit, NAK for
 * addresses of another network, DECLINE and RELEASE. Some are replicas of another server, so that a client
 * in REBINDING can get an answer when its server is dead.
 */
#include <arpa/inet.h>
#include <string.h>

#include "tests/sim/sim.h"

#define POOL_FIRST 10u
#define POOL_SIZE  60u

/*
 * The routes that servers list in option 121, from the first one on. The first is the default route. Those
 * after it can take the traffic of VPNs (CVE-2024-3661).
 */
static const struct {
        uint8_t prefix_len, network;
} listed_routes[] = { { 0, 0 }, { 8, 172 }, { 1, 0 }, { 1, 128 }, { 4, 192 } };

static void append_routes(const SimServer *server, Dhcp4Builder *b) {
        uint8_t content[64];
        size_t len = 0;

        for (unsigned i = 0; i < server->n_routes; i++) {
                content[len++] = listed_routes[i].prefix_len;
                if (listed_routes[i].prefix_len > 0)
                        content[len++] = listed_routes[i].network;
                memcpy(content + len, &server->router, 4);
                len += 4;
        }
        if (len > 0)
                dhcp4_builder_append(b, DHCP4_OPTION_CLASSLESS_ROUTES, content, len);
}

/* With odd seeds, each network has a second router. */
static void set_routers(const Sim *sim, SimServer *server) {
        server->router.s_addr = htonl(server->base + 1);
        server->second_router.s_addr = sim->seed % 2 ? htonl(server->base + 9) : INADDR_ANY;
}

void sim_server_init(Sim *sim, unsigned i) {
        static const uint32_t lifetimes[] = { 3600, 3600, 600, 120, 86400, 1800, UINT32_MAX, 40 };
        static const uint16_t mtus[] = { 0, 0, 1400, 1400, 1300, 1500, 9000, 575, 60 };
        SimServer *server = &sim->servers[i];
        const bool replica = i > 0 && sim_draw(sim, 2) == 0;
        const unsigned subnet = replica ? 0 : i;

        *server = (SimServer){
                .base = 0x0a000000u | subnet << 8,
                .pool_first = POOL_FIRST,
                .prefix_len = 24,
                .hw = { .len = 6, .bytes = { 2, 0xee, 0, 0, 0, (uint8_t) i } },
                .lifetime_sec = lifetimes[sim_draw(sim, G_N_ELEMENTS(lifetimes))],
                .rapid_commit = sim_draw(sim, 3) == 0,
                .authoritative = sim_draw(sim, 2) == 0,
                .alive = true,
                .relayed = sim_draw(sim, 4) == 0,
                .gives_nonce = sim_draw(sim, 2) == 0,
                .echoes_id = sim_draw(sim, 2) == 0,
                .broadcasts_only = sim_draw(sim, 4) == 0,
                .mtu = mtus[sim_draw(sim, G_N_ELEMENTS(mtus))],
                .shares_with = replica ? 0 : (int) i,
        };
        if (replica) {
                server->lifetime_sec = sim->servers[0].lifetime_sec;
                server->mtu = sim->servers[0].mtu;
                server->clustered = sim->servers[0].clustered = sim_draw(sim, 3) == 0;
        }
        if (sim_draw(sim, 3) == 0 && server->lifetime_sec != UINT32_MAX) {
                server->t1_sec = server->lifetime_sec / 4;
                server->t2_sec = server->lifetime_sec / 2;
        }
        /* Some servers are misconfigured, with a T1 and T2 of one or two seconds. */
        if (sim_draw(sim, 10) == 0)
                server->t1_sec = server->t2_sec = 1 + (uint32_t) sim_draw(sim, 2);
        if (sim_draw(sim, 2) == 0)
                server->n_routes = 1 + (unsigned) sim_draw(sim, G_N_ELEMENTS(listed_routes));
        if (replica)
                server->n_routes = sim->servers[0].n_routes;
        if (sim_draw(sim, 3) == 0)
                server->omits = 1 + (unsigned) sim_draw(sim, OMIT_ALL);
        server->routerless = replica ? sim->servers[0].routerless : sim_draw(sim, 6) == 0;
        server->nameless = sim_draw(sim, 8) == 0;
        server->timeless = sim_draw(sim, 8) == 0;
        if (server->timeless) {
                server->lifetime_sec = DHCP4_DEFAULT_LIFETIME_SEC;
                server->t1_sec = server->t2_sec = 0;
        }
        server->id.s_addr = htonl(server->base + 1 + i);
        set_routers(sim, server);
}

void sim_server_set_lifetime(SimServer *server, uint32_t lifetime_sec) {
        server->lifetime_sec = lifetime_sec;
        server->t1_sec = server->t2_sec = 0;
        server->omits &= ~(unsigned) (OMIT_LIFETIME | OMIT_TIMES);
        server->timeless = false;
}

void sim_server_move(Sim *sim, unsigned i, uint32_t base, uint8_t id) {
        SimServer *server = &sim->servers[i];

        server->base = base;
        server->id.s_addr = htonl(base + id);
        set_routers(sim, server);
        server->silent = true;
        server->always_nak = server->authoritative = server->mute = false;
        sim_server_forget(server);
}

static SimServer *bindings_of(Sim *sim, unsigned i) {
        return &sim->servers[sim->servers[i].shares_with];
}

void sim_server_forget(SimServer *server) {
        server->n_bindings = 0;
}

/* Returns a hash of what identifies the client (RFC 2131 §2.1): its identifier, or chaddr without one. */
static uint64_t client_of(const Dhcp4Message *m) {
        static const uint8_t key[PRNG_KEY_LEN];
        const uint8_t *id;
        size_t id_len;

        if (dhcp4_message_get(m, DHCP4_OPTION_CLIENT_ID, &id, &id_len) == 0)
                return prng_siphash24(key, id, id_len);
        return prng_siphash24(key, m->header.chaddr, 6);
}

static Binding *find_by_client(SimServer *store, uint64_t client) {
        for (unsigned i = 0; i < store->n_bindings; i++)
                if (!store->bindings[i].bad && store->bindings[i].client == client)
                        return &store->bindings[i];
        return NULL;
}

static Binding *find_by_address(SimServer *store, struct in_addr address) {
        for (unsigned i = 0; i < store->n_bindings; i++)
                if (store->bindings[i].address.s_addr == address.s_addr)
                        return &store->bindings[i];
        return NULL;
}

/*
 * Returns true if the server may offer @address. With offers_alike, an offer to somebody else does not
 * count.
 */
static bool is_free(const Sim *sim, const SimServer *server, const SimServer *store,
                    struct in_addr address) {
        for (unsigned i = 0; i < store->n_bindings; i++) {
                const Binding *b = &store->bindings[i];

                if (b->address.s_addr == address.s_addr && b->until > sim->now &&
                    !(server->offers_alike && b->offered && !b->bad))
                        return false;
        }
        return true;
}

/* Removes the bindings of other clients to which the address of @granted was offered. */
static void end_other_offers(SimServer *store, const Binding *granted) {
        for (unsigned i = 0; i < store->n_bindings; i++)
                if (&store->bindings[i] != granted &&
                    store->bindings[i].address.s_addr == granted->address.s_addr)
                        store->bindings[i] = (Binding){};
}

static bool in_pool(const SimServer *server, struct in_addr address) {
        return ntohl(address.s_addr) - (server->base + server->pool_first) < POOL_SIZE;
}

/* Returns an expired binding or a new one, to be overwritten; NULL if there is no room. */
static Binding *new_binding(Sim *sim, SimServer *store) {
        for (unsigned i = 0; i < store->n_bindings; i++)
                if (store->bindings[i].until <= sim->now)
                        return &store->bindings[i];
        return store->n_bindings < SIM_BINDINGS_MAX ? &store->bindings[store->n_bindings++] : NULL;
}

/*
 * Chooses an address to offer, as in RFC 2131 §4.3.1: the address that the client has, or else the one that
 * it asks for, or else the first that is free. Returns NULL if there is no room for the binding.
 */
static Binding *choose(Sim *sim, unsigned i, const Dhcp4Message *m, struct in_addr wish) {
        SimServer *server = &sim->servers[i], *store = bindings_of(sim, i);
        Binding *binding = find_by_client(store, client_of(m)), *former;
        struct in_addr address = wish;

        if (binding)
                return binding;
        if (!in_pool(server, address) || !is_free(sim, server, store, address))
                for (uint32_t n = 0; n < POOL_SIZE; n++) {
                        address.s_addr = htonl(server->base + server->pool_first + n);
                        if (is_free(sim, server, store, address))
                                break;
                }
        former = find_by_address(store, address);
        binding = former && former->until <= sim->now ? former : new_binding(sim, store);
        if (!binding)
                return NULL;
        *binding = (Binding){ .client = client_of(m),
                              .address = address,
                              .offered = true,
                              .until = sim->now + 60 * USEC_PER_SEC };
        memcpy(binding->mac, m->header.chaddr, 6);
        return binding;
}

static usec_t lifetime(const SimServer *server) {
        return server->lifetime_sec == UINT32_MAX ? USEC_INFINITY : server->lifetime_sec * USEC_PER_SEC;
}

const uint8_t sim_nonce[DHCP4_NONCE_LEN] = { 0x5a };

/*
 * Appends the option of RFC 6704 §3.1: protocol, algorithm, RDM, counter, type, and then @content, which is
 * the nonce or the room for the digest.
 */
static void append_auth(SimServer *server, uint8_t type, const uint8_t content[DHCP4_NONCE_LEN],
                        Dhcp4Builder *b) {
        uint8_t option[12 + DHCP4_NONCE_LEN] = { 3, 1, 0, [11] = type };

        server->replay++;
        for (unsigned i = 0; i < 8; i++)
                option[3 + i] = (uint8_t) (server->replay >> (56 - 8 * i));
        memcpy(option + 12, content, DHCP4_NONCE_LEN);
        dhcp4_builder_append(b, DHCP4_OPTION_AUTHENTICATION, option, sizeof(option));
}

/* Sends a FORCERENEW to the client of @binding. */
static void force(Sim *sim, unsigned i, int host, const Binding *binding) {
        static const uint8_t room[DHCP4_NONCE_LEN];
        SimServer *server = &sim->servers[i];
        Packet p = { .kind = PACKET_TO_HOST,
                     .host = host,
                     .server = (int) i,
                     .dst = binding->address,
                     .astray = sim->misled };
        Dhcp4Header header = { .op = DHCP4_OP_BOOTREPLY, .htype = 1, .hlen = 6 };
        uint8_t digest[DHCP4_NONCE_LEN];
        Dhcp4Builder b;
        size_t at;

        memcpy(header.chaddr, binding->mac, 6);
        dhcp4_builder_init(&b, p.data, sizeof(p.data), &header, DHCP4_FORCERENEW);
        dhcp4_builder_append_addr(&b, DHCP4_OPTION_SERVER_ID, server->id);
        append_auth(server, /* type= */ 2, room, &b);
        at = b.pos - DHCP4_NONCE_LEN;
        if (dhcp4_builder_finish(&b, &p.len) != 0)
                g_assert_not_reached();
        sim_digest(sim_nonce, p.data, p.len, digest);
        memcpy(p.data + at, digest, sizeof(digest));
        p.fresh = server->replay;
        p.at = sim->now + 200 + sim_draw(sim, 3000);
        sim_put(sim, &p);
}

void sim_server_force(Sim *sim, unsigned i) {
        const SimServer *store = bindings_of(sim, i);

        if (!sim->servers[i].alive)
                return;
        for (unsigned j = 0; j < store->n_bindings; j++)
                for (unsigned host = 0; host < sim->n_hosts; host++)
                        if (!store->bindings[j].bad && !store->bindings[j].offered &&
                            memcmp(store->bindings[j].mac, sim->hosts[host].mac, 6) == 0)
                                force(sim, i, (int) host, &store->bindings[j]);
}

/*
 * Returns what the answer of @server to @m leaves out, bits of Omission. An ACK may leave out what the
 * client knows from the OFFER or from its lease.
 */
static unsigned omissions(const SimServer *server, const Dhcp4Message *m, Dhcp4MessageType type,
                          bool rapid) {
        const unsigned network = OMIT_MASK | OMIT_ROUTES;
        const unsigned always =
                (server->nameless && type != DHCP4_NAK && m->type != DHCP4_INFORM && !rapid ? OMIT_ID : 0) |
                (server->timeless ? OMIT_LIFETIME | OMIT_TIMES : 0);

        if (type != DHCP4_ACK || m->type != DHCP4_REQUEST)
                return always;
        if (dhcp4_message_has(m, DHCP4_OPTION_SERVER_ID))
                return always | (server->omits & ~(unsigned) OMIT_ADDRESS);
        /*
         * In INIT-REBOOT the ACK may come from a server that did not grant the lease. A client then takes
         * its mask and routes for complete, so the server leaves out both of them or nothing.
         */
        if (m->header.ciaddr.s_addr == INADDR_ANY && (server->omits & network) != network)
                return always;
        return always | server->omits;
}

/* Returns the server whose identifier the ACKs of @server have. In a cluster this is another node. */
static const SimServer *node_of(Sim *sim, const SimServer *server) {
        unsigned i = (unsigned) (server - sim->servers);

        do
                i = (i + 1) % sim->n_servers;
        while (sim->servers[i].shares_with != server->shares_with);
        return server->clustered ? &sim->servers[i] : server;
}

static void answer(Sim *sim, unsigned i, const Packet *packet, const Dhcp4Message *m, Dhcp4MessageType type,
                   struct in_addr yiaddr, bool rapid) {
        const SimServer *server = &sim->servers[i],
                        *node = type == DHCP4_ACK && !rapid ? node_of(sim, server) : server;
        const unsigned omitted = omissions(server, m, type, rapid);
        Packet p = { .kind = PACKET_TO_HOST, .host = packet->host, .server = (int) i };
        Dhcp4Header header = m->header;
        const uint8_t *id;
        Dhcp4Builder b;
        size_t id_len;

        if (server->mute && type == DHCP4_ACK)
                return;
        header.op = DHCP4_OP_BOOTREPLY;
        header.hops = 0;
        header.secs = 0;
        header.yiaddr = omitted & OMIT_ADDRESS ? (struct in_addr){} : yiaddr;
        header.ciaddr = m->header.ciaddr;
        /* The frame comes from the server itself, or from the node that the answer names. */
        if (node != server && sim_draw(sim, 2))
                p.server = (int) (node - sim->servers);
        p.source = sim->servers[p.server].id;
        if (server->relayed)
                header.giaddr.s_addr = htonl(server->base + 2);
        dhcp4_builder_init(&b, p.data, sizeof(p.data), &header, type);
        if (!(omitted & OMIT_ID))
                dhcp4_builder_append_addr(&b, DHCP4_OPTION_SERVER_ID, node->id);
        if (server->echoes_id && dhcp4_message_get(m, DHCP4_OPTION_CLIENT_ID, &id, &id_len) == 0)
                dhcp4_builder_append(&b, DHCP4_OPTION_CLIENT_ID, id, id_len);
        if (type != DHCP4_NAK) {
                if (m->type != DHCP4_INFORM && !(omitted & OMIT_LIFETIME))
                        dhcp4_builder_append_u32(&b, DHCP4_OPTION_LEASE_TIME, server->lifetime_sec);
                if (server->t1_sec > 0 && !(omitted & OMIT_TIMES)) {
                        dhcp4_builder_append_u32(&b, DHCP4_OPTION_T1, server->t1_sec);
                        dhcp4_builder_append_u32(&b, DHCP4_OPTION_T2, server->t2_sec);
                }
                if (rapid)
                        dhcp4_builder_append(&b, DHCP4_OPTION_RAPID_COMMIT, NULL, 0);
                if (!(omitted & OMIT_MASK))
                        dhcp4_builder_append_addr(&b, DHCP4_OPTION_SUBNET_MASK,
                                                  ip4_mask(server->prefix_len));
                if (server->mtu > 0 && !(omitted & OMIT_MTU))
                        dhcp4_builder_append_u16(&b, DHCP4_OPTION_MTU, server->mtu);
                if (!(omitted & OMIT_ROUTES) && !server->routerless) {
                        const struct in_addr routers[] = { server->router, server->second_router };

                        dhcp4_builder_append(&b, DHCP4_OPTION_ROUTERS, (const uint8_t *) routers,
                                             server->second_router.s_addr ? 8 : 4);
                        append_routes(server, &b);
                }
                if (type == DHCP4_ACK && server->gives_nonce &&
                    dhcp4_message_has(m, DHCP4_OPTION_FORCERENEW_NONCE))
                        append_auth(&sim->servers[i], /* type= */ 1, sim_nonce, &b);
        } else
                dhcp4_builder_append(&b, DHCP4_OPTION_MESSAGE, "not here", 8);
        if (dhcp4_builder_finish(&b, &p.len) != 0)
                g_assert_not_reached();

        /* RFC 2131 §4.1 says where the answer goes. */
        if (type == DHCP4_NAK || (header.flags & DHCP4_FLAG_BROADCAST) ||
            (server->broadcasts_only && m->header.ciaddr.s_addr == INADDR_ANY))
                p.broadcast = true;
        else
                p.dst = m->header.ciaddr.s_addr != INADDR_ANY ? m->header.ciaddr : yiaddr;
        /* An answer to yiaddr needs no ARP, since its link-layer destination is chaddr. */
        p.needs_arp = !p.broadcast && m->header.ciaddr.s_addr != INADDR_ANY;
        p.astray = sim->misled && p.needs_arp;
        p.at = sim->now + (server->mute ? 1 : 200 + sim_draw(sim, 3000));
        sim_put(sim, &p);
}

/* Grants the address of @binding to the client, and sends the ACK. */
static void commit(Sim *sim, unsigned i, const Packet *packet, const Dhcp4Message *m, Binding *binding,
                   bool rapid) {
        memcpy(binding->mac, m->header.chaddr, 6);
        binding->offered = false;
        end_other_offers(bindings_of(sim, i), binding);
        binding->until = usec_add(sim->now, lifetime(&sim->servers[i]));
        answer(sim, i, packet, m, DHCP4_ACK, binding->address, rapid);
}

static void on_discover(Sim *sim, unsigned i, const Packet *packet, const Dhcp4Message *m) {
        struct in_addr wish = {};
        Binding *binding;

        (void) dhcp4_message_get_addr(m, DHCP4_OPTION_REQUESTED_IP, &wish);
        binding = choose(sim, i, m, wish);
        if (!binding)
                return;
        if (sim->servers[i].rapid_commit && dhcp4_message_has(m, DHCP4_OPTION_RAPID_COMMIT))
                commit(sim, i, packet, m, binding, true);
        else
                answer(sim, i, packet, m, DHCP4_OFFER, binding->address, false);
}

/* RFC 2131 §4.3.2. */
static void on_request(Sim *sim, unsigned i, const Packet *packet, const Dhcp4Message *m) {
        SimServer *server = &sim->servers[i], *store = bindings_of(sim, i);
        Binding *binding = find_by_client(store, client_of(m));
        struct in_addr selected = {}, address = m->header.ciaddr;
        const bool selecting = dhcp4_message_get_addr(m, DHCP4_OPTION_SERVER_ID, &selected) == 0;
        const bool asked = dhcp4_message_get_addr(m, DHCP4_OPTION_REQUESTED_IP, &address) == 0;

        if (selecting && selected.s_addr != server->id.s_addr)
                return;
        if (server->always_nak) {
                answer(sim, i, packet, m, DHCP4_NAK, (struct in_addr){}, false);
                return;
        }
        /* An address that is only offered does not belong to the client yet. */
        if (server->silent && !selecting && (!binding || binding->offered))
                return;
        if (binding && binding->address.s_addr == address.s_addr) {
                commit(sim, i, packet, m, binding, false);
                return;
        }
        /* A server without a record of the client stays silent, unless it is authoritative. */
        if (selecting || (asked && !in_pool(server, address)) || server->authoritative)
                answer(sim, i, packet, m, DHCP4_NAK, (struct in_addr){}, false);
}

void sim_server_receive(Sim *sim, unsigned i, const Packet *packet) {
        SimServer *store = bindings_of(sim, i);
        struct in_addr address = {};
        Binding *binding;
        Dhcp4Message m;

        if (!sim->servers[i].alive || dhcp4_message_parse(packet->data, packet->len, &m) != 0 ||
            m.header.op != DHCP4_OP_BOOTREQUEST)
                return;
        switch ((int) m.type) {
        case DHCP4_DISCOVER:
                on_discover(sim, i, packet, &m);
                return;
        case DHCP4_REQUEST:
                on_request(sim, i, packet, &m);
                return;
        case DHCP4_INFORM:
                answer(sim, i, packet, &m, DHCP4_ACK, (struct in_addr){}, false);
                return;
        case DHCP4_DECLINE:
                (void) dhcp4_message_get_addr(&m, DHCP4_OPTION_REQUESTED_IP, &address);
                binding = find_by_address(store, address);
                if (binding && binding->client == client_of(&m)) {
                        binding->bad = true;
                        binding->until = sim->now + 86400 * USEC_PER_SEC;
                }
                return;
        case DHCP4_RELEASE:
                binding = find_by_address(store, m.header.ciaddr);
                if (binding && !binding->bad && binding->client == client_of(&m))
                        binding->until = sim->now;
                return;
        }
}
