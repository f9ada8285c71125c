/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The phases of a run (sim.h); those about the network that a link is on are in sim-move.c.
 *
 *   silence     in some runs: no server at all; retransmission must slow down, the fallback must come
 *   faults      everything happens at once; only safety is checked
 *   recovery    faults end; every link must be bound within LIVENESS_USEC, and what conflicts cost
 *   quiet       the links start anew; leases are renewed over and over, and none may be lost; in some
 *               runs the server that granted them is gone and its replica has to be found
 *   hands       somebody takes off the links what is put back, until that is given up and told
 *   hardware    hardware addresses change; leases are verified, or replaced and given back
 *   tunnels     VPNs come and go; no route of a server takes their traffic, and all others are there
 *   nagged      somebody makes the links begin anew, hundreds of times within seconds; they keep their pace
 */
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "tests/sim/sim.h"

#define SILENCE_USEC (900 * USEC_PER_SEC)
#define SILENCE_FRAMES \
        27u /* 1 + 2 + ... + 64 s, and every 64 s then; a wireless link sends the first one twice */
#define QUIET_EVENTS_MAX 3000u
/* The longest back-off after a row of refusals is five minutes; then an exchange. */
#define LIVENESS_USEC (310 * USEC_PER_SEC)
/*
 * Each conflict meanwhile costs the longest wait after a conflict, and the probes. There are conflicts
 * because forged answers and forgetful servers gave addresses to links that servers now give to others.
 */
#define CONFLICT_USEC (75 * USEC_PER_SEC)

void sim_start_all(Sim *sim) {
        for (unsigned i = 0; i < sim->n_hosts; i++) {
                SimHost *host = &sim->hosts[i];

                if (!host->running)
                        sim_host_start(host, NULL, false);
                if (!host->world.carrier ||
                    dhcp4_client_state(link_client(host->world.link)) == DHCP4_STATE_INIT)
                        sim_host_carrier(host, true);
        }
}

bool sim_has_lease(const SimHost *host) {
        return host->published && sim_has_address(host, host->last_lease.address);
}

static bool fallback_is_on(const SimHost *host) {
        return host->published && !dhcp4_lease_is_granted(&host->last_lease);
}

void sim_phase_silence(Sim *sim) {
        for (unsigned i = 0; i < sim->n_servers; i++)
                sim->servers[i].alive = false;
        sim_start_all(sim);
        sim_run_until(sim, sim->now + SILENCE_USEC, SIM_EVENTS_MAX);
        for (unsigned i = 0; i < sim->n_hosts; i++) {
                const SimHost *host = &sim->hosts[i];
                const Dhcp4ClientConfig *config = dhcp4_client_config(link_client(host->world.link));

                if (host->n_frames > SILENCE_FRAMES)
                        sim_fail(sim, host, "%u frames into the silence", (unsigned) host->n_frames);
                if (config->fallback.kind != DHCP4_FALLBACK_NONE && config->inform.s_addr == INADDR_ANY &&
                    !fallback_is_on(host))
                        sim_fail(sim, host, "no fallback after a quarter of an hour");
        }
        for (unsigned i = 0; i < sim->n_servers; i++)
                sim->servers[i].alive = true;
}

void sim_phase_faults(Sim *sim) {
        sim_draw_faults(sim);
        sim->faulty = true;
        sim_arm_faults(sim);
        sim_start_all(sim);
        sim_run_until(sim, sim->now + (60 + sim_draw(sim, 3600)) * USEC_PER_SEC, SIM_EVENTS_MAX);
        sim->faulty = false;
        sim->faults = (Faults){};
        sim_arm_faults(sim);
}

static unsigned n_conflicts(const Sim *sim) {
        unsigned n = 0;

        for (unsigned i = 0; i < sim->n_hosts; i++)
                n += sim->hosts[i].n_declined;
        return n;
}

void sim_wait_until_up(Sim *sim) {
        const usec_t began = sim->now;
        const unsigned conflicts = n_conflicts(sim);

        for (;;) {
                const usec_t until = began + LIVENESS_USEC + (n_conflicts(sim) - conflicts) * CONFLICT_USEC;
                unsigned n_up = 0;

                for (unsigned i = 0; i < sim->n_hosts; i++)
                        n_up += sim_host_is_up(&sim->hosts[i]);
                if (n_up == sim->n_hosts)
                        return;
                if (!sim_step(sim, until))
                        break;
        }
        for (unsigned i = 0; i < sim->n_hosts; i++)
                if (!sim_host_is_up(&sim->hosts[i]))
                        sim_fail(sim, &sim->hosts[i], "not bound long after all was well again");
}

void sim_phase_recovery(Sim *sim) {
        SimServer *mute = &sim->servers[sim_draw(sim, sim->n_servers)];

        sim_trace(sim, "all is well");
        /* A lie that is still on its way would turn IPv4 off later, when nothing checks for it any more. */
        sim->n_packets = 0;
        /* Each conflict costs a wait that grows. */
        sim->n_strangers = 0;
        for (unsigned i = 0; i < sim->n_hosts; i++)
                sim->hosts[i].world.elsewhere = INADDR_ANY;
        for (unsigned i = 0; i < sim->n_servers; i++) {
                sim->servers[i].alive = true;
                sim->servers[i].always_nak = false;
        }
        /* All servers come back, or all but one. No client may wait for that one. */
        if (sim->n_servers > 1)
                mute->mute = sim_draw(sim, 3) == 0;
        for (unsigned i = 0; i < sim->n_hosts; i++)
                /*
                 * A link that was told to do without IPv4 waits, and it is right to. A new carrier means a
                 * new network.
                 */
                if (dhcp4_client_is_ipv6_only(link_client(sim->hosts[i].world.link)))
                        sim_host_carrier(&sim->hosts[i], false);
        sim_start_all(sim);
        for (unsigned i = 0; i < sim->n_hosts; i++)
                /*
                 * The client does not put back what was taken away twice until the next renewal, on purpose.
                 */
                if (sim->hosts[i].meddled)
                        sim_host_renew(&sim->hosts[i]);
        sim_wait_until_up(sim);
        mute->mute = false;
}

/*
 * VPNs come and go while leases stay. Each time the routes follow at once, and the link does not take the
 * change for the work of somebody else.
 */
void sim_phase_tunnel(Sim *sim) {
        for (unsigned n = 0; n < 6; n++)
                for (unsigned i = 0; i < sim->n_hosts; i++) {
                        SimHost *host = &sim->hosts[i];

                        if (!sim_host_is_up(host))
                                continue;
                        sim_host_tunnel(host, n % 2 == 0 || (n < 4 && sim_draw(sim, 2)));
                        if (!sim_host_is_up(host))
                                sim_fail(sim, host, "it does not get over a tunnel that came or went");
                }
        for (unsigned i = 0; i < sim->n_hosts; i++)
                sim_host_tunnel(&sim->hosts[i], false);
}

/* Hardware addresses change, there and back, while all servers answer, and each link is up again. */
void sim_phase_hardware(Sim *sim) {
        for (unsigned n = 0; n < 4; n++) {
                for (unsigned i = 0; i < sim->n_hosts; i++)
                        sim_host_hardware(&sim->hosts[i]);
                sim_run_until(sim, sim->now + (n % 2 == 0 ? 40 * USEC_PER_SEC : sim_draw(sim, USEC_PER_SEC)),
                              SIM_EVENTS_MAX);
        }
        sim_wait_until_up(sim);
}

void sim_place_strangers(Sim *sim) {
        sim->n_strangers = (unsigned) sim_draw(sim, G_N_ELEMENTS(sim->strangers) + 1);
        for (unsigned i = 0; i < sim->n_strangers; i++)
                sim->strangers[i].s_addr = htonl(0x0a00000au + (uint32_t) sim_draw(sim, 6));
}

/* No frame is lost now, so a client that asked knows. */
static void check_strangers(Sim *sim) {
        for (unsigned i = 0; i < sim->n_hosts; i++) {
                const SimHost *host = &sim->hosts[i];

                if (host->published && host->config.can_acd &&
                    host->config.client.conflict != DHCP4_CONFLICT_NO &&
                    sim_stranger_has(sim, host->last_lease.address))
                        sim_fail(sim, host, "it uses the address of a neighbour");
        }
}

/* Some links have their address already. An earlier client put it there, with a lifetime. */
static void inherit(Sim *sim) {
        for (unsigned i = 0; i < sim->n_hosts; i++) {
                SimHost *host = &sim->hosts[i];

                if (host->last_lease.origin == DHCP4_LEASE_DHCP && host->last_lease.address.s_addr != 0 &&
                    sim_draw(sim, 2))
                        world_kernel_inherit(
                                &host->world.kernel,
                                &(const NetAddress){
                                        .family = AF_INET,
                                        .address.v4 = host->last_lease.address,
                                        .prefix_len = host->last_lease.prefix_len,
                                        .valid_until = sim->now + (90 + sim_draw(sim, 400)) * USEC_PER_SEC,
                                });
        }
}

/* What of a lease is in the kernel, without times. */
typedef struct Configured {
        struct in_addr address;
        uint8_t prefix_len;
        NetConfig config;
} Configured;

static void note_configured(SimHost *host, Configured *ret) {
        ret->address = host->last_lease.address;
        ret->prefix_len = host->last_lease.prefix_len;
        sim_host_desired(host, &ret->config);
}

/*
 * Servers may leave out in an answer what they said before. As long as the configuration is the same, the
 * kernel's objects stay the same.
 */
static void check_configured(Sim *sim, SimHost *host, const Configured *before) {
        Configured now;

        note_configured(host, &now);
        if (!host->published || now.address.s_addr != before->address.s_addr)
                return;
        if (now.prefix_len != before->prefix_len)
                sim_fail(sim, host, "a renewal made /%u of /%u", now.prefix_len, before->prefix_len);
        if (now.config.n_routes != before->config.n_routes)
                sim_fail(sim, host, "a renewal made %zu routes of %zu", now.config.n_routes,
                         before->config.n_routes);
        for (size_t i = 0; i < now.config.n_routes; i++)
                if (!net_route_equal(&now.config.routes[i], &before->config.routes[i]))
                        sim_fail(sim, host, "a renewal changed a route");
}

void sim_phase_quiet(Sim *sim) {
        Configured configured[SIM_HOSTS_MAX];
        unsigned lost[SIM_HOSTS_MAX], deletions[SIM_HOSTS_MAX], changed[SIM_HOSTS_MAX];
        const bool replica = sim->n_servers > 1 && sim->servers[1].shares_with == 0 && sim_draw(sim, 2);

        for (unsigned i = 0; i < sim->n_hosts; i++)
                sim_host_stop(&sim->hosts[i], true);
        sim_run_until(sim, sim->now + USEC_PER_SEC,
                      SIM_EVENTS_MAX); /* so that no RELEASE overtakes what comes after it */
        sim_place_strangers(sim);
        for (unsigned i = 0; i < sim->n_hosts; i++)
                sim_host_draw_elsewhere(&sim->hosts[i]);
        inherit(sim);
        sim_start_all(sim);
        sim_wait_until_up(sim);
        /* A conflict of the last moment is found within the probe window. */
        sim_run_until(sim, sim->now + 60 * USEC_PER_SEC, SIM_EVENTS_MAX);
        sim_wait_until_up(sim);
        check_strangers(sim);
        sim_check_routers_learned(sim);
        sim->honest = true;
        for (unsigned i = 0; i < sim->n_hosts; i++) {
                lost[i] = sim->hosts[i].n_lost;
                deletions[i] = sim->hosts[i].world.n_dels;
                changed[i] = sim->hosts[i].n_changed;
                note_configured(&sim->hosts[i], &configured[i]);
        }
        if (replica) {
                sim_trace(sim, "server 0 is gone");
                sim->servers[0].alive = false;
        }
        for (unsigned i = 0; i < sim->n_hosts; i++)
                sim_host_port(&sim->hosts[i], sim_draw(sim, 4) == 0);
        sim->renewable = !replica;
        /* Halfway, all leases become shorter or longer, and servers tell the clients to renew. */
        sim_run_until(sim, sim->now + 100000 * USEC_PER_SEC, QUIET_EVENTS_MAX / 2);
        for (unsigned i = 0; i < sim->n_hosts; i++)
                sim_host_port(&sim->hosts[i], false);
        for (unsigned i = 0; i < sim->n_servers; i++) {
                sim_server_set_lifetime(&sim->servers[i], 300);
                sim_server_force(sim, i);
        }
        sim_run_until(sim, sim->now + 100000 * USEC_PER_SEC, QUIET_EVENTS_MAX / 2);
        sim->renewable = false;
        for (unsigned i = 0; i < sim->n_hosts; i++) {
                const SimHost *host = &sim->hosts[i];

                check_configured(sim, &sim->hosts[i], &configured[i]);
                if (host->n_lost != lost[i])
                        sim_fail(sim, host, "a lease was lost though a server was there to renew it");
                if (host->n_changed == changed[i] && host->world.n_dels != deletions[i])
                        sim_fail(sim, host, "a plain renewal took something off the link");
        }
}

#define NAGS 300u

static void nag(Sim *sim, SimHost *host) {
        switch (sim_draw(sim, 4)) {
        case 0:
                sim_host_carrier(host, false);
                sim_host_carrier(host, true);
                break;
        case 1:
                sim_host_stop(host, /* release= */ false);
                sim_host_start(host, NULL, false);
                sim_host_carrier(host, true);
                break;
        case 2:
                sim_host_renew(host);
                break;
        default:
                sim_host_resumed(host);
                break;
        }
}

/*
 * sim-ports.c checks the pace with each frame. Each host is mostly asked to do the same thing again and
 * again, since only what is answered quickly can be repeated at once.
 */
void sim_phase_nagged(Sim *sim) {
        for (unsigned i = 0; i < sim->n_hosts; i++) {
                SimHost *host = &sim->hosts[i];
                const usec_t step = sim_draw(sim, 50) * USEC_PER_MSEC;
                const uint64_t kind = sim_draw(sim, 3);

                for (unsigned n = 0; n < NAGS; n++) {
                        if (kind == 0)
                                nag(sim, host);
                        else if (kind == 1)
                                sim_host_resumed(host);
                        else
                                sim_host_renew(host);
                        sim_run_until(sim, sim->now + step, SIM_EVENTS_MAX);
                }
        }
        sim_wait_until_up(sim);
}

/* Runs until the link has all of its lease again, or @usec are over. */
static bool run_until_settled(Sim *sim, const SimHost *host, usec_t usec) {
        const usec_t until = sim->now + usec;

        while (!link_settled(host->world.link))
                if (!sim_step(sim, until))
                        break;
        return link_settled(host->world.link);
}

/* Somebody takes off a host whatever comes back. The lease is not renewed meanwhile. */
static void fight(Sim *sim, SimHost *host) {
        usec_t waited = 0;
        unsigned n = 0, applies;

        for (;; n++) {
                const usec_t began = sim->now;
                const bool address = world_kernel_has(&host->world.kernel, host->last_lease.address) &&
                        (!world_kernel_has_our_routes(&host->world.kernel) || sim_draw(sim, 2));

                sim_host_meddle(host, address ? 0 : 1);
                if (!run_until_settled(sim, host, 64 * USEC_PER_SEC))
                        break;
                if (link_missing(host->world.link))
                        sim_fail(sim, host, "settled, and something is missing");
                if (n >= 10)
                        sim_fail(sim, host, "it fights over its link for ever");
                /* What is taken comes back in a moment the first time, and later each time after it. */
                if (n == 0 ? sim->now - began >= USEC_PER_SEC : sim->now - began <= waited)
                        sim_fail(sim, host, "what others take away comes back too soon or too late");
                waited = sim->now - began;
        }
        if (n < 3)
                sim_fail(sim, host, "what others take away comes back %u times only", n);
        if (!link_missing(host->world.link))
                sim_fail(sim, host, "nobody is told what is missing");
        applies = host->n_applies;
        sim_run_until(sim, sim->now + 120 * USEC_PER_SEC, SIM_EVENTS_MAX);
        sim_host_kernel_changed(host);
        if (host->n_applies != applies)
                sim_fail(sim, host, "what was given up is put back all the same");
        if (sim_draw(sim, 2)) {
                sim_host_put_back(host);
                if (!link_settled(host->world.link) || link_missing(host->world.link))
                        sim_fail(sim, host, "what others put back is told to be missing");
                return;
        }
        sim_host_renew(host);
        if (!link_settled(host->world.link) || link_missing(host->world.link))
                sim_fail(sim, host, "what the user asks for is not put back");
}

void sim_phase_hands(Sim *sim) {
        for (unsigned i = 0; i < sim->n_servers; i++) {
                sim->servers[i].alive = true;
                sim->servers[i].lifetime_sec = 7200;
                sim->servers[i].t1_sec = sim->servers[i].t2_sec = 0;
        }
        for (unsigned i = 0; i < sim->n_hosts; i++)
                sim_host_renew(&sim->hosts[i]);
        sim_run_until(sim, sim->now + 20 * USEC_PER_SEC, SIM_EVENTS_MAX);
        for (unsigned i = 0; i < sim->n_hosts; i++) {
                SimHost *host = &sim->hosts[i];
                const Dhcp4Client *client = link_client(host->world.link);
                NetConfig desired;

                sim_host_desired(host, &desired);
                if (sim_host_is_up(host) && dhcp4_client_state(client) == DHCP4_STATE_BOUND &&
                    dhcp4_client_t1_at(client) > sim->now + 600 * USEC_PER_SEC &&
                    (desired.n_routes > 0 ||
                     world_kernel_has(&host->world.kernel, host->last_lease.address)))
                        fight(sim, host);
        }
        sim_run_until(sim, sim->now + 20 * USEC_PER_SEC, SIM_EVENTS_MAX);
}
