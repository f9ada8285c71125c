/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The faults of phase one, except for those of the wire (sim.h): which faults a seed has, when the next one
 * happens, and what it does.
 */
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "tests/sim/sim.h"

static usec_t draw_every(Sim *sim) {
        return sim_draw(sim, 2) ? 0 : (5 + sim_draw(sim, 300)) * USEC_PER_SEC;
}

void sim_draw_faults(Sim *sim) {
        static const unsigned rates[] = { 0, 0, 10, 50, 200, 500 };
        Faults *f = &sim->faults;
        unsigned *const permille[] = { &f->drop,       &f->duplicate,   &f->corrupt,
                                       &f->delay,      &f->lie,         &f->replay,
                                       &f->send_error, &f->apply_error, &f->snapshot_error,
                                       &f->open_error };
        usec_t *const every[] = { &f->flap_every,   &f->server_every, &f->user_every,
                                  &f->kernel_every, &f->daemon_every, &f->suspend_every,
                                  &f->tunnel_every, &f->port_every,   &f->hardware_every };

        for (size_t i = 0; i < G_N_ELEMENTS(permille); i++)
                *permille[i] = rates[sim_draw(sim, G_N_ELEMENTS(rates))];
        for (size_t i = 0; i < G_N_ELEMENTS(every); i++)
                *every[i] = draw_every(sim);
}

static usec_t next_of(Sim *sim, usec_t every) {
        return every == 0 || !sim->faulty ? USEC_INFINITY : sim->now + every / 2 + sim_draw(sim, every);
}

void sim_arm_faults(Sim *sim) {
        sim->flap_at = next_of(sim, sim->faults.flap_every);
        sim->server_at = next_of(sim, sim->faults.server_every);
        sim->user_at = next_of(sim, sim->faults.user_every);
        sim->kernel_at = next_of(sim, sim->faults.kernel_every);
        sim->daemon_at = next_of(sim, sim->faults.daemon_every);
        sim->suspend_at = next_of(sim, sim->faults.suspend_every);
        sim->tunnel_at = next_of(sim, sim->faults.tunnel_every);
        sim->port_at = next_of(sim, sim->faults.port_every);
        sim->hardware_at = next_of(sim, sim->faults.hardware_every);
}

static void fault_server(Sim *sim) {
        SimServer *server = &sim->servers[sim_draw(sim, sim->n_servers)];
        uint16_t mtu;

        switch (sim_draw(sim, 7)) {
        case 0:
                server->alive = !server->alive;
                break;
        case 1:
                sim_server_forget(&sim->servers[server->shares_with]);
                break;
        case 2:
                server->always_nak = !server->always_nak;
                break;
        case 3:
                server->authoritative = !server->authoritative;
                break;
        case 4: /* the next renewal makes leases 90 s long, or 7200 s if they were 90 s long */
                sim_server_set_lifetime(server, server->lifetime_sec == 90 ? 7200 : 90);
                break;
        case 5:
                sim_server_force(sim, (unsigned) (server - sim->servers));
                break;
        case 6:
                mtu = (uint16_t) (1200 + sim_draw(sim, 8));
                for (unsigned i = 0; i < sim->n_servers; i++)
                        if (sim->servers[i].shares_with == server->shares_with)
                                sim->servers[i].mtu = mtu;
                break;
        }
        sim_trace(sim, "server %d: %s%s%s", (int) (server - sim->servers), server->alive ? "alive" : "dead",
                  server->always_nak ? ", refuses" : "", server->authoritative ? ", authoritative" : "");
}

static void fault_user(Sim *sim, SimHost *host) {
        const uint64_t what = sim_draw(sim, 5);
        const bool probing = dhcp4_client_state(link_client(host->world.link)) == DHCP4_STATE_PROBING;

        if (what == 0 && host->running)
                sim_host_stop(host, sim_draw(sim, 2));
        else if (!host->running) {
                sim_host_start(host, NULL, false);
                if (host->world.carrier)
                        sim_host_carrier(host, true);
        } else if (what == 1 || (probing && what == 2))
                sim_host_reconfigure(host);
        else
                sim_host_renew(host);
}

/* A link whose timer fires this late notices that the machine has slept. */
#define LATE_USEC (8 * USEC_PER_SEC)

/* The machine sleeps: time passes, and all packets on the wire are lost. */
static void fault_suspend(Sim *sim) {
        static const usec_t spans[] = { 1, 30, 600, 7200, 200000 };

        sim->n_packets = 0;
        sim->now += spans[sim_draw(sim, G_N_ELEMENTS(spans))] * USEC_PER_SEC;
        for (unsigned i = 0; i < sim->n_hosts; i++) {
                (void) sim_host_expire(&sim->hosts[i]);
                sim->hosts[i].state_since = sim->now;
                /* The link notices the sleep, so it may be on another network now. */
                if (sim->now >=
                    usec_add(dhcp4_client_next_deadline(link_client(sim->hosts[i].world.link)), LATE_USEC))
                        sim_host_forget_here(&sim->hosts[i]);
        }
        sim_trace(sim, "resumed");
        /* All timers that are overdue fire now. */
        for (unsigned i = 0; i < sim->n_hosts; i++)
                if (sim->hosts[i].world.timer_at <= sim->now)
                        sim_host_timer(&sim->hosts[i]);
        /* Some links are told that the machine has slept. */
        for (unsigned i = 0; i < sim->n_hosts; i++)
                if (sim->hosts[i].running && sim_draw(sim, 2))
                        sim_host_resumed(&sim->hosts[i]);
}

void sim_do_faults(Sim *sim) {
        SimHost *host = &sim->hosts[sim_draw(sim, sim->n_hosts)];

        if (sim->now >= sim->flap_at) {
                sim->flap_at = next_of(sim, sim->faults.flap_every);
                sim_host_carrier(host, !host->world.carrier);
        } else if (sim->now >= sim->server_at) {
                sim->server_at = next_of(sim, sim->faults.server_every);
                fault_server(sim);
        } else if (sim->now >= sim->user_at) {
                sim->user_at = next_of(sim, sim->faults.user_every);
                fault_user(sim, host);
        } else if (sim->now >= sim->kernel_at) {
                sim->kernel_at = next_of(sim, sim->faults.kernel_every);
                sim_host_meddle(host, (unsigned) sim_draw(sim, 6));
        } else if (sim->now >= sim->daemon_at) {
                sim->daemon_at = next_of(sim, sim->faults.daemon_every);
                sim_host_restart_daemon(host);
        } else if (sim->now >= sim->tunnel_at) {
                sim->tunnel_at = next_of(sim, sim->faults.tunnel_every);
                sim_host_tunnel(host, sim_draw(sim, 3) > 0);
        } else if (sim->now >= sim->port_at) {
                sim->port_at = next_of(sim, sim->faults.port_every);
                sim_host_port(host, !host->port_taken);
        } else if (sim->now >= sim->hardware_at) {
                sim->hardware_at = next_of(sim, sim->faults.hardware_every);
                sim_host_hardware(host);
        } else if (sim->now >= sim->suspend_at) {
                fault_suspend(sim);
                sim->suspend_at = next_of(sim, sim->faults.suspend_every);
        }
}

usec_t sim_next_fault(const Sim *sim) {
        usec_t at = MIN(sim->flap_at, sim->server_at);

        at = MIN(at, MIN(sim->user_at, sim->kernel_at));
        at = MIN(at, MIN(sim->port_at, sim->hardware_at));
        return MIN(MIN(at, sim->tunnel_at), MIN(sim->daemon_at, sim->suspend_at));
}
