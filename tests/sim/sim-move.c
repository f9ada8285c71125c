/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Phases about the network that a link is on, and whether the link recognises it (sim.h):
 *
 *   move        links that hold leases get on another network, or all their servers die
 *   attachment  all servers die, and cables are pulled for a while; links recognise their network again
 *   flag        links that receive unicast stop setting the broadcast flag, others go on
 */
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "tests/sim/sim.h"

/*
 * The lease of the old network must be gone this long after the client begins to verify it. The first
 * REQUEST waits for an answer for 1.5 s at most.
 */
#define MOVED_USEC (2 * USEC_PER_SEC)

/* What happens to the network under links that hold leases. */
typedef enum Move {
        /* it is another network, whose servers do not answer clients that they do not know */
        MOVE_AWAY,
        /* it is another network, a twin: it has the same addresses, so addresses do not tell them apart */
        MOVE_TWIN,
        MOVE_KNOWN, /* a twin whose servers know the links, because both networks have one database */
        /* a twin whose servers have the same identifiers as before, but give other addresses */
        MOVE_SHIFTED,
        /* a twin whose servers have other identifiers and give other addresses; only the router shows it */
        MOVE_ALIEN,
        MOVE_DEAD,   /* the network stays, and all servers are dead */
        MOVE_SILENT, /* the network stays, all servers are dead, and the routers are silent */
        /*
         * The network stays, and only one server is alive, which knows no client and gives other addresses.
         * Routers answer.
         */
        MOVE_SECOND,
        _MOVE_MAX,
} Move;

/* Returns true if the links are on another network afterwards. */
static bool leads_elsewhere(Move move) {
        return move == MOVE_AWAY || move == MOVE_TWIN || move == MOVE_KNOWN || move == MOVE_SHIFTED ||
                move == MOVE_ALIEN;
}

static void move_to_twin(Sim *sim, unsigned i, Move move) {
        SimServer *server = &sim->servers[i];
        const uint8_t id = (uint8_t) (server->id.s_addr >> 24);

        if (move == MOVE_SHIFTED || move == MOVE_ALIEN)
                server->pool_first = 100;
        if (move == MOVE_SHIFTED || (move == MOVE_TWIN && sim_draw(sim, 2)))
                sim_server_move(sim, i, server->base, id);
        else if (move != MOVE_KNOWN)
                sim_server_move(sim, i, server->base, (uint8_t) (6 + i));
        /*
         * Answers here must be complete, since the client must not fill them up from the lease of the old
         * network. They must not be from another node, whose ACK counts only after the second REQUEST.
         */
        server->omits = 0;
        server->clustered = false;
}

static void move_servers(Sim *sim, Move move) {
        sim->network += leads_elsewhere(move);
        sim->routers_silent = move == MOVE_SILENT;
        for (unsigned i = 0; i < sim->n_servers; i++) {
                SimServer *server = &sim->servers[i];
                const uint8_t id = (uint8_t) (server->id.s_addr >> 24);

                switch (move) {
                case MOVE_AWAY:
                        sim_server_move(sim, i, server->base ^ 0x01000000u, id);
                        break;
                case MOVE_TWIN:
                case MOVE_KNOWN:
                case MOVE_SHIFTED:
                case MOVE_ALIEN:
                        move_to_twin(sim, i, move);
                        break;
                case MOVE_SECOND:
                        sim_server_move(sim, i, server->base, (uint8_t) (6 + i));
                        server->pool_first = 100;
                        server->alive = i == 0;
                        break;
                case MOVE_DEAD:
                case MOVE_SILENT:
                        server->alive = false;
                        break;
                case _MOVE_MAX:
                        g_assert_not_reached();
                }
        }
}

/*
 * Makes the servers miss the first REQUEST. The client asks the routers when it sends the second REQUEST,
 * and a server answers before the routers do.
 */
static void wake_servers(Sim *sim) {
        for (unsigned i = 0; i < sim->n_servers; i++)
                sim->servers[i].alive = false;
        sim_run_until(sim, sim->now + USEC_PER_SEC / 2, SIM_EVENTS_MAX);
        for (unsigned i = 0; i < sim->n_servers; i++)
                sim->servers[i].alive = true;
}

/*
 * RFC 2131 §3.2, RFC 4436. The carrier goes and comes back, the host sleeps, or the user asks for a renewal.
 * The client then verifies the lease, which stays on the link meanwhile. If the link is on another network
 * that has a server, the lease must be gone soon. On the same network, nothing may be taken off the link.
 */
void sim_phase_move(Sim *sim) {
        const Move move = (Move) sim_draw(sim, _MOVE_MAX);
        const uint64_t trigger = sim_draw(sim, 3);
        unsigned lost[SIM_HOSTS_MAX], deletions[SIM_HOSTS_MAX];
        Dhcp4Lease before[SIM_HOSTS_MAX];
        bool expected[SIM_HOSTS_MAX];
        usec_t moved_at;

        for (unsigned i = 0; i < sim->n_hosts; i++)
                sim_host_renew(&sim->hosts[i]);
        sim_run_until(sim, sim->now + 20 * USEC_PER_SEC, SIM_EVENTS_MAX);
        for (unsigned i = 0; i < sim->n_hosts; i++) {
                SimHost *host = &sim->hosts[i];
                const Dhcp4ClientConfig *config = &host->config.client;

                before[i] = host->last_lease;
                lost[i] = host->n_lost;
                deletions[i] = host->world.n_dels;
                expected[i] = sim_host_is_up(host) && before[i].origin == DHCP4_LEASE_DHCP &&
                        dhcp4_client_state(link_client(host->world.link)) == DHCP4_STATE_BOUND &&
                        dhcp4_lease_expires_at(&before[i]) > sim->now + 120 * USEC_PER_SEC &&
                        (config->carrier_grace_usec >= 3 * USEC_PER_SEC || trigger > 0);
                /* In these cases only the router shows whether the network is another one. */
                if ((move == MOVE_SECOND || move == MOVE_TWIN || move == MOVE_KNOWN || move == MOVE_ALIEN) &&
                    (!host->config.can_acd || config->anonymize || config->stored == DHCP4_STORED_NEVER ||
                     host->config.net.lease_only || !dhcp4_gateway_is_known(&before[i].gateways[0])))
                        expected[i] = false;
                if (trigger == 0)
                        sim_host_carrier(host, false);
        }
        if (trigger == 0)
                sim_run_until(sim, sim->now + USEC_PER_SEC, SIM_EVENTS_MAX);
        sim_trace(sim, "move %d, trigger %d", (int) move, (int) trigger);
        move_servers(sim, move);
        moved_at = sim->now;
        for (unsigned i = 0; i < sim->n_hosts; i++)
                if (trigger == 0)
                        sim_host_carrier(&sim->hosts[i], true);
                else if (trigger == 1)
                        sim_host_resumed(&sim->hosts[i]);
                else
                        sim_host_renew(&sim->hosts[i]);
        if (move == MOVE_KNOWN)
                wake_servers(sim);
        sim_run_until(sim, moved_at + MOVED_USEC, SIM_EVENTS_MAX);
        for (unsigned i = 0; i < sim->n_hosts; i++) {
                SimHost *host = &sim->hosts[i];

                if (expected[i] && move == MOVE_AWAY && !host->deaf &&
                    world_kernel_has(&host->world.kernel, before[i].address))
                        sim_fail(sim, host, "the address of the old network is still there");
                if (expected[i] && leads_elsewhere(move) && move != MOVE_KNOWN && !host->deaf &&
                    host->published && host->last_lease.granted_at < moved_at)
                        sim_fail(sim, host, "the lease of the old network is still in use");
        }
        sim_run_until(sim, sim->now + 40 * USEC_PER_SEC, SIM_EVENTS_MAX);
        for (unsigned i = 0; i < sim->n_hosts; i++) {
                SimHost *host = &sim->hosts[i];

                if (expected[i] && move == MOVE_KNOWN && !host->deaf && host->published &&
                    dhcp4_gateway_is_known(&host->last_lease.gateways[0]) &&
                    memcmp(&host->last_lease.gateways[0], &before[i].gateways[0],
                           sizeof(before[i].gateways[0])) == 0)
                        sim_fail(sim, host,
                                 "the router of the old network is taken for that of the new one");
                if (expected[i] && move == MOVE_AWAY &&
                    (!sim_host_is_up(host) || host->last_lease.granted_at < moved_at))
                        sim_fail(sim, host, "no lease of the new network");
                /*
                 * An anonymous client gives its lease up after the first two triggers, and does not verify
                 * it.
                 */
                if (expected[i] && !leads_elsewhere(move) &&
                    !(host->config.client.anonymize && trigger < 2) &&
                    (host->n_lost != lost[i] || host->world.n_dels != deletions[i]))
                        sim_fail(sim, host, "a good lease was taken off the link");
                /* With one host, nobody else can have got the address that it asks for. */
                if (expected[i] && move == MOVE_TWIN && sim->n_hosts == 1 && host->n_lost != lost[i])
                        sim_fail(sim, host, "the address that is granted anew was taken off the link");
        }
        sim->routers_silent = false;
        for (unsigned i = 0; i < sim->n_servers; i++)
                sim->servers[i].alive = true;
        sim_wait_until_up(sim);
        /* Let probes and questions that were sent a moment ago get their answers. */
        sim_run_until(sim, sim->now + 60 * USEC_PER_SEC, SIM_EVENTS_MAX);
        sim_wait_until_up(sim);
}

/*
 * Each link starts with a remembered lease which says that the link needs the broadcast flag. If the link
 * receives unicast, the next exchange shows that it does not need the flag. If it receives none, it must
 * keep the flag. Routers are silent, or they would confirm the lease before a server can answer.
 */
void sim_phase_broadcast_flag(Sim *sim) {
        bool expected[SIM_HOSTS_MAX], left[SIM_HOSTS_MAX], heard = false;
        const usec_t began = sim->now;

        for (unsigned i = 0; i < sim->n_hosts; i++)
                sim_host_renew(&sim->hosts[i]);
        sim_run_until(sim, sim->now + 20 * USEC_PER_SEC, SIM_EVENTS_MAX);
        for (unsigned i = 0; i < sim->n_servers; i++)
                heard = heard || sim->servers[i].broadcasts_only;
        sim->routers_silent = true;
        for (unsigned i = 0; i < sim->n_hosts; i++) {
                SimHost *host = &sim->hosts[i];
                Dhcp4Lease lease = host->last_lease;

                expected[i] = sim_host_is_up(host) && lease.origin == DHCP4_LEASE_DHCP &&
                        lease.granted_at >= began && !host->config.client.broadcast &&
                        !host->config.client.anonymize;
                /* A device that loses its carrier for a change of the MTU begins another exchange. */
                expected[i] = expected[i] && !host->mtu.bounces;
                if (!expected[i])
                        continue;
                sim_host_stop(host, /* release= */ false);
                /* An address that was left on the link lets it receive unicast. */
                left[i] = world_kernel_has_inherited(&host->world.kernel);
                lease.broadcast = 1;
                sim_host_start(host, &lease, /* held= */ false);
                sim_host_carrier(host, true);
        }
        sim_wait_until_up(sim);
        for (unsigned i = 0; i < sim->n_hosts; i++) {
                const SimHost *host = &sim->hosts[i];

                if (expected[i] && !host->deaf && host->last_lease.broadcast > 0)
                        sim_fail(sim, host, "it still asks for broadcasts that it does not need");
                if (expected[i] && host->deaf && !heard && !left[i] && host->last_lease.broadcast == 0)
                        sim_fail(sim, host, "it forgot that it hears no unicast");
        }
        sim->routers_silent = false;
}

/*
 * RFC 4436. All servers are dead, and the cables are pulled for a while. The client uses its remembered
 * lease again if the router of the lease answers, which shows that this is the same network, and not
 * otherwise.
 */
void sim_phase_attachment(Sim *sim) {
        const bool moved = sim_draw(sim, 2);
        uint64_t frames[SIM_HOSTS_MAX], n_frames[SIM_HOSTS_MAX];
        bool expected[SIM_HOSTS_MAX];

        /* A client may have got an ACK just now, after which it asks routers. Let them answer. */
        sim_run_until(sim, sim->now + USEC_PER_SEC, SIM_EVENTS_MAX);
        for (unsigned i = 0; i < sim->n_hosts; i++) {
                SimHost *host = &sim->hosts[i];
                const Dhcp4ClientConfig *config = &host->config.client;

                expected[i] = host->published && host->last_lease.origin == DHCP4_LEASE_DHCP &&
                        dhcp4_lease_expires_at(&host->last_lease) > sim->now + 120 * USEC_PER_SEC &&
                        host->config.can_acd && !host->config.net.lease_only && !config->anonymize &&
                        config->stored != DHCP4_STORED_NEVER &&
                        dhcp4_client_state(link_client(host->world.link)) == DHCP4_STATE_BOUND;
                /* Without a router the client cannot recognise the network. */
                expected[i] = expected[i] && host->last_lease.gateways[0].address.s_addr != INADDR_ANY;
                if (expected[i] && !dhcp4_gateway_is_known(&host->last_lease.gateways[0]))
                        sim_fail(sim, host, "it has not learned the hardware address of its router");
                sim_host_carrier(host, false);
        }
        for (unsigned i = 0; i < sim->n_servers; i++)
                sim->servers[i].alive = false;
        sim_run_until(sim, sim->now + 10 * USEC_PER_SEC, SIM_EVENTS_MAX);
        sim->network += moved;
        sim->promiscuous = sim_draw(sim, 2);
        for (unsigned i = 0; i < sim->n_hosts; i++) {
                expected[i] = expected[i] && !dhcp4_client_lease(link_client(sim->hosts[i].world.link));
                frames[i] = sim->hosts[i].n_frames;
                sim_host_carrier(&sim->hosts[i], true);
                frames[i] = sim->hosts[i].n_frames - frames[i];
        }
        sim_run_until(sim, sim->now + 10 * USEC_PER_MSEC, SIM_EVENTS_MAX);
        for (unsigned i = 0; i < sim->n_hosts; i++) {
                const Dhcp4Lease *lease = dhcp4_client_lease(link_client(sim->hosts[i].world.link));

                if (expected[i] && moved && lease)
                        sim_fail(sim, &sim->hosts[i], "a lease is used on another network");
                if (expected[i] && !moved && (!lease || !sim_has_lease(&sim->hosts[i])))
                        sim_fail(sim, &sim->hosts[i], "it did not recognise its network");
        }
        for (unsigned i = 0; i < sim->n_hosts; i++)
                n_frames[i] = sim->hosts[i].n_frames;
        sim_run_until(sim, sim->now + 200 * USEC_PER_MSEC, SIM_EVENTS_MAX);
        for (unsigned i = 0; i < sim->n_hosts; i++) {
                const Dhcp4ClientConfig *config = &sim->hosts[i].config.client;
                const uint64_t n = sim->hosts[i].n_frames - n_frames[i];

                /*
                 * A wireless link repeats its first frame soon, because it has a carrier before its frames
                 * go through. Other links do not.
                 */
                if (frames[i] == 1 && config->inform.s_addr == INADDR_ANY && n != config->wireless)
                        sim_fail(sim, &sim->hosts[i], "%u frames soon after the first", (unsigned) n);
        }
        sim_run_until(sim, sim->now + 60 * USEC_PER_SEC, SIM_EVENTS_MAX);
        for (unsigned i = 0; i < sim->n_hosts; i++) {
                const bool used = dhcp4_client_lease(link_client(sim->hosts[i].world.link)),
                           silence = sim->hosts[i].config.client.stored == DHCP4_STORED_SILENCE;

                if (expected[i] && used != (!moved || silence))
                        sim_fail(sim, &sim->hosts[i], "after a minute of silence the lease is %s",
                                 used ? "used" : "not used");
        }
        for (unsigned i = 0; i < sim->n_servers; i++)
                sim->servers[i].alive = true;
        sim_wait_until_up(sim);
}
