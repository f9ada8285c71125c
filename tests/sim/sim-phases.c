/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Phases of a run (sim.h). The others are in sim-move.c and sim-conflict.c.
 *
 *   silence   in some runs: no server answers; retransmission must slow down, and the fallback must come
 *   faults    phase one: everything happens at once, and only safety is checked
 *   recovery  faults end; every link must be bound within LIVENESS_USEC, and CONFLICT_USEC for each conflict
 *   quiet     the links start anew; leases are renewed over and over, and none may be lost; in some runs the
 *             server that granted them dies, and the clients must find its replica
 *   hands     somebody takes off whatever a link puts back, until the link gives up and reports it
 *   hardware  hardware addresses change; leases are verified, or are released and replaced
 *   tunnels   VPNs come and go; no route of a server takes their traffic, and all other routes are there
 *   nagged    somebody makes the links begin anew hundreds of times within seconds; they keep their pace
 */
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "tests/sim/sim.h"

#define SILENCE_USEC (900 * USEC_PER_SEC)
#define SILENCE_FRAMES \
        27u /* after 1, 2, ... 64 s, then every 64 s; a wireless link sends the first one twice */
#define QUIET_EVENTS_MAX 3000u
/* Enough for the longest back-off after several refusals, which is five minutes, and for an exchange. */
#define LIVENESS_USEC (310 * USEC_PER_SEC)
/*
 * Each conflict costs at most this much more: the longest wait after a conflict, and the probes. Conflicts
 * happen because links got addresses from forged answers or from servers that forgot, and servers now grant
 * these addresses to other links.
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
                        sim_fail(sim, host, "%u frames though no server answers", (unsigned) host->n_frames);
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
                        sim_fail(sim, &sim->hosts[i], "it is not bound long after the faults have ended");
}

void sim_phase_recovery(Sim *sim) {
        SimServer *mute = &sim->servers[sim_draw(sim, sim->n_servers)];

        sim_trace(sim, "all is well");
        /* A forged answer that is still on the wire could turn IPv4 off, and the links would not come up. */
        sim->n_packets = 0;
        /* Neighbours have no addresses now, because each conflict costs a wait that grows. */
        sim->n_strangers = 0;
        for (unsigned i = 0; i < sim->n_hosts; i++)
                sim->hosts[i].world.elsewhere = INADDR_ANY;
        for (unsigned i = 0; i < sim->n_servers; i++) {
                sim->servers[i].alive = true;
                sim->servers[i].always_nak = false;
        }
        /* All servers come back. Sometimes one of them never sends an ACK, and no client may wait for it. */
        if (sim->n_servers > 1)
                mute->mute = sim_draw(sim, 3) == 0;
        for (unsigned i = 0; i < sim->n_hosts; i++)
                /*
                 * A link that was told to do without IPv4 waits, as it should. It asks again when it gets a
                 * new carrier, since this may be another network.
                 */
                if (dhcp4_client_is_ipv6_only(link_client(sim->hosts[i].world.link)))
                        sim_host_carrier(&sim->hosts[i], false);
        sim_start_all(sim);
        for (unsigned i = 0; i < sim->n_hosts; i++)
                /*
                 * A link that gave up what others took off puts it back at the next renewal, so renew now.
                 */
                if (sim->hosts[i].meddled)
                        sim_host_renew(&sim->hosts[i]);
        sim_wait_until_up(sim);
        mute->mute = false;
}

/*
 * VPNs come and go while leases stay. Each time the link changes its routes at once, and does not believe
 * that somebody else took routes off.
 */
void sim_phase_tunnel(Sim *sim) {
        for (unsigned n = 0; n < 6; n++)
                for (unsigned i = 0; i < sim->n_hosts; i++) {
                        SimHost *host = &sim->hosts[i];

                        if (!sim_host_is_up(host))
                                continue;
                        sim_host_tunnel(host, n % 2 == 0 || (n < 4 && sim_draw(sim, 2)));
                        if (!sim_host_is_up(host))
                                sim_fail(sim, host, "it does not settle after a tunnel came or went");
                }
        for (unsigned i = 0; i < sim->n_hosts; i++)
                sim_host_tunnel(&sim->hosts[i], false);
}

/* Hardware addresses change, sometimes back, while all servers answer. Then each link must be up again. */
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

/*
 * Fails if a link with conflict detection uses the address of a neighbour. No frame is lost now, so the
 * client has heard the answers to its probes.
 */
static void check_strangers(Sim *sim) {
        for (unsigned i = 0; i < sim->n_hosts; i++) {
                const SimHost *host = &sim->hosts[i];

                if (host->published && host->config.can_acd &&
                    host->config.client.conflict != DHCP4_CONFLICT_NO &&
                    sim_stranger_has(sim, host->last_lease.address))
                        sim_fail(sim, host, "it uses the address of a neighbour");
        }
}

/*
 * Puts on some links the address of their last lease, with a lifetime, as an earlier client would leave it.
 */
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

/* What a lease puts into the kernel, without times. */
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
 * Fails if the configuration of the same address changed since @before. Servers may leave out of an answer
 * what they said before, and this must change nothing.
 */
static void check_configured(Sim *sim, SimHost *host, const Configured *before) {
        Configured now;

        note_configured(host, &now);
        if (!host->published || now.address.s_addr != before->address.s_addr)
                return;
        if (now.prefix_len != before->prefix_len)
                sim_fail(sim, host, "a renewal changed the prefix to /%u from /%u", now.prefix_len,
                         before->prefix_len);
        if (now.config.n_routes != before->config.n_routes)
                sim_fail(sim, host, "a renewal changed to %zu routes from %zu", now.config.n_routes,
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
                      SIM_EVENTS_MAX); /* so that each RELEASE arrives before the next DISCOVER */
        sim_place_strangers(sim);
        for (unsigned i = 0; i < sim->n_hosts; i++)
                sim_host_draw_elsewhere(&sim->hosts[i]);
        inherit(sim);
        sim_start_all(sim);
        sim_wait_until_up(sim);
        /* Give the links time to find conflicts of their new addresses. */
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
        /* Halfway, lifetimes change, and servers tell their clients to renew. */
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
 * Makes hosts ask again and again. sim-ports.c checks the pace with each frame. Two hosts of three always
 * get the same call, a renewal or the end of a sleep. Its exchange is short, so it can be repeated at once.
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

/* Runs until the link is settled, or for @usec. Returns true if it is settled. */
static bool run_until_settled(Sim *sim, const SimHost *host, usec_t usec) {
        const usec_t until = sim->now + usec;

        while (!link_settled(host->world.link))
                if (!sim_step(sim, until))
                        break;
        return link_settled(host->world.link);
}

/* Somebody takes off whatever the link puts back. The lease must not be renewed meanwhile. */
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
                /* The link puts it back at once the first time, and waits longer each time after that. */
                if (n == 0 ? sim->now - began >= USEC_PER_SEC : sim->now - began <= waited)
                        sim_fail(sim, host, "what others take away comes back too soon or too late");
                waited = sim->now - began;
        }
        if (n < 3)
                sim_fail(sim, host, "what others take away comes back %u times only", n);
        if (!link_missing(host->world.link))
                sim_fail(sim, host, "it does not report what is missing");
        applies = host->n_applies;
        sim_run_until(sim, sim->now + 120 * USEC_PER_SEC, SIM_EVENTS_MAX);
        sim_host_kernel_changed(host);
        if (host->n_applies != applies)
                sim_fail(sim, host, "it puts back what it gave up");
        if (sim_draw(sim, 2)) {
                sim_host_put_back(host);
                if (!link_settled(host->world.link) || link_missing(host->world.link))
                        sim_fail(sim, host, "it reports as missing what others have put back");
                return;
        }
        sim_host_renew(host);
        if (!link_settled(host->world.link) || link_missing(host->world.link))
                sim_fail(sim, host, "a renewal by the user does not put back what is missing");
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
