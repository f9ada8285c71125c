/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The wire (sim.h). In phase one it loses, delays, duplicates and corrupts frames. Hosts, neighbours and
 * routers answer ARP.
 */
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "tests/sim/sim.h"

static void insert(Sim *sim, const Packet *packet) {
        if (sim->n_packets == SIM_PACKETS_MAX)
                return; /* a full queue drops */
        sim->packets[sim->n_packets] = *packet;
        sim->packets[sim->n_packets++].order = sim->order++;
}

void sim_put(Sim *sim, const Packet *packet) {
        Packet p = *packet;

        if (sim_fault(sim, sim->faults.drop))
                return;
        if (sim_fault(sim, sim->faults.delay))
                p.at += sim_draw(sim, 5 * USEC_PER_SEC);
        if (p.kind == PACKET_TO_HOST && p.len > 0 && sim_fault(sim, sim->faults.corrupt)) {
                for (uint64_t n = 1 + sim_draw(sim, 3); n > 0; n--)
                        p.data[sim_draw(sim, p.len)] ^= (uint8_t) (1 + sim_draw(sim, 255));
                p.alien = false;
                p.fresh = 0;
                p.server = -1;
        }
        insert(sim, &p);
        if (sim_fault(sim, sim->faults.duplicate)) {
                p.at += sim_draw(sim, USEC_PER_SEC);
                insert(sim, &p);
        }
        if (p.kind == PACKET_TO_HOST && sim->faulty)
                sim->memory[sim->n_memory < G_N_ELEMENTS(sim->memory)
                                    ? sim->n_memory++
                                    : sim_draw(sim, G_N_ELEMENTS(sim->memory))] = p;
}

bool sim_stranger_has(const Sim *sim, struct in_addr address) {
        for (unsigned i = 0; i < sim->n_strangers; i++)
                if (sim->strangers[i].s_addr == address.s_addr)
                        return true;
        return false;
}

bool sim_has_address(const SimHost *host, struct in_addr address) {
        for (size_t i = 0; i < host->world.kernel.n_addresses; i++)
                if (host->world.kernel.addresses[i].address.v4.s_addr == address.s_addr)
                        return host->world.carrier;
        return false;
}

static void put_claim(Sim *sim, struct in_addr address, const uint8_t mac[6]) {
        Packet p = { .kind = PACKET_ARP,
                     .host = -1,
                     .at = sim->now + 100,
                     .arp = { .op = ARP_OP_REPLY, .sender = address } };

        memcpy(p.arp.sender_mac, mac, 6);
        insert(sim, &p);
}

static bool is_router_of(const SimServer *server, struct in_addr address) {
        return address.s_addr != INADDR_ANY &&
                (server->router.s_addr == address.s_addr || server->second_router.s_addr == address.s_addr);
}

bool sim_router_answers(const Sim *sim, struct in_addr address) {
        for (unsigned i = 0; i < sim->n_servers && !sim->routers_silent; i++)
                if (is_router_of(&sim->servers[i], address))
                        return true;
        return false;
}

/* Answers an ARP request for a router, in the name of the router. */
static void answer_as_router(Sim *sim, const Packet *question) {
        Packet p = { .kind = PACKET_ARP,
                     .host = -1,
                     .at = sim->now + 100,
                     .arp = { .op = ARP_OP_REPLY,
                              .sender = question->arp.target,
                              .target = question->arp.sender,
                              .sender_mac = { 2, 0xdd, 0, 0, sim->network } } };

        for (unsigned i = 0; i < sim->n_servers && !sim->routers_silent; i++) {
                p.arp.sender_mac[3] = question->arp.target.s_addr == sim->servers[i].second_router.s_addr;
                p.arp.sender_mac[5] = (uint8_t) (sim->servers[i].base >> 8);
                if (!is_router_of(&sim->servers[i], question->arp.target) ||
                    (!sim->promiscuous && (question->arp_to[0] & 1) == 0 &&
                     memcmp(question->arp_to, p.arp.sender_mac, 6) != 0))
                        continue;
                memcpy(p.arp.target_mac, question->arp.sender_mac, 6);
                insert(sim, &p);
                return;
        }
}

/* Returns true if a neighbour has the link-local address that the host probes. */
static bool has_claim(Sim *sim, const Packet *packet) {
        SimHost *host = &sim->hosts[packet->host];

        if (host->n_claims == 0 || !ip4_is_link_local(packet->arp.target) ||
            packet->arp.sender.s_addr != INADDR_ANY)
                return false;
        host->n_claims--;
        return true;
}

static void deliver_arp(Sim *sim, const Packet *packet) {
        static const uint8_t stranger[6] = { 2, 0xaa, 0, 0, 0, 1 };

        if (packet->arp.op == ARP_OP_REQUEST && packet->host >= 0) {
                answer_as_router(sim, packet);
                if (sim_stranger_has(sim, packet->arp.target) || has_claim(sim, packet))
                        put_claim(sim, packet->arp.target, stranger);
                for (unsigned i = 0; i < sim->n_hosts; i++)
                        if ((int) i != packet->host && sim_has_address(&sim->hosts[i], packet->arp.target))
                                put_claim(sim, packet->arp.target, sim->hosts[i].mac);
        }
        /* A switch may send a frame back to its sender. */
        for (unsigned i = 0; i < sim->n_hosts; i++)
                if ((int) i != packet->host || sim_fault(sim, 50))
                        sim_host_arp(&sim->hosts[i], &packet->arp);
}

void sim_deliver(Sim *sim, const Packet *packet) {
        switch (packet->kind) {
        case PACKET_TO_SERVERS:
                for (unsigned i = 0; i < sim->n_servers; i++)
                        if (packet->server < 0 || packet->server == (int) i)
                                sim_server_receive(sim, i, packet);
                return;
        case PACKET_TO_HOST:
                sim_host_receive(&sim->hosts[packet->host], packet);
                return;
        case PACKET_ARP:
                deliver_arp(sim, packet);
                return;
        }
}
