/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Time, the wire and its faults, and the phases of a run (sim.h):
 *
 *   silence     in some runs: no server at all; retransmission must slow down, the fallback must come
 *   faults      everything happens at once; only safety is checked
 *   recovery    faults end; every link must be bound within LIVENESS_USEC, and what conflicts cost
 *   quiet       the links start anew; leases are renewed over and over, and none may be lost; in some runs the server that granted them is gone and its
 *               replica has to be found
 *   move        the network is another one, or its servers die, while links hold leases
 *   attachment  all servers die, and the cables are pulled: a known network is known again
 *   flag        links that hear unicast unlearn the broadcast flag, others do not
 *   hands       somebody takes off the links what is put back, until that is given up and told
 *   hardware    hardware addresses change; leases are verified, or replaced and given back
 *   tunnels     VPNs come and go; no route of a server takes their traffic, and all others are there
 */
#include <arpa/inet.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "tests/sim/sim.h"

#define START_USEC   (5000 * USEC_PER_SEC)
#define SILENCE_USEC (900 * USEC_PER_SEC)
#define SILENCE_FRAMES \
        27u /* 1 + 2 + ... + 64 s, and every 64 s then; a wireless link says the first twice */
#define RSS_SLACK_KIB    1024
#define EVENTS_MAX       60000u
#define QUIET_EVENTS_MAX 3000u
/* The longest back-off after a row of refusals is five minutes; then an exchange. */
#define LIVENESS_USEC (310 * USEC_PER_SEC)
/*
 * Each conflict that comes up meanwhile costs the longest wait after a conflict and the probes: the links hold addresses that forged answers and forgetful servers
 * gave to them, and servers give the same to others.
 */
#define CONFLICT_USEC (75 * USEC_PER_SEC)
/*
 * From the question whether this is still the network of the lease until it is gone: the first REQUEST has
 * no answer for 1.5 s at most.
 */
#define MOVED_USEC (2 * USEC_PER_SEC)

uint64_t sim_draw(Sim *sim, uint64_t bound) {
        return prng_below(&sim->prng, bound);
}

bool sim_fault(Sim *sim, unsigned permille) {
        return sim->faulty && permille > 0 && sim_draw(sim, 1000) < permille;
}

void sim_trace(Sim *sim, const char *format, ...) {
        char *line = sim->trace[sim->n_trace++ % SIM_TRACE_LINES];
        va_list ap;
        int n;

        n = g_snprintf(line, sizeof(sim->trace[0]), "%12.6f ", (double) sim->now / USEC_PER_SEC);
        va_start(ap, format);
        (void) g_vsnprintf(line + n, sizeof(sim->trace[0]) - (gulong) n, format, ap);
        va_end(ap);
        for (const char *p = line; *p; p++)
                sim->trace_hash = (sim->trace_hash ^ (uint8_t) *p) * 1099511628211u;
        if (sim->print_trace)
                (void) puts(line);
}

void sim_fail(Sim *sim, const SimHost *host, const char *format, ...) {
        const unsigned first = sim->n_trace > SIM_TRACE_LINES ? sim->n_trace - SIM_TRACE_LINES : 0;
        va_list ap;

        if (!sim->print_trace)
                for (unsigned i = first; i < sim->n_trace; i++)
                        (void) puts(sim->trace[i % SIM_TRACE_LINES]);
        printf("FAILED: seed %" G_GUINT64_FORMAT ", %.6f s, host %d in %s: ", sim->seed,
               (double) sim->now / USEC_PER_SEC, host ? host->index : -1,
               host ? dhcp4_state_to_string(dhcp4_client_state(link_client(host->link))) : "-");
        va_start(ap, format);
        (void) vprintf(format, ap);
        va_end(ap);
        printf("\nSee it again: sim --seed=%" G_GUINT64_FORMAT " --trace\n", sim->seed);
        (void) fflush(stdout);
        _Exit(1);
}

/* The wire */

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

static bool stranger_has(const Sim *sim, struct in_addr address) {
        for (unsigned i = 0; i < sim->n_strangers; i++)
                if (sim->strangers[i].s_addr == address.s_addr)
                        return true;
        return false;
}

static bool host_has(const SimHost *host, struct in_addr address) {
        for (size_t i = 0; i < host->kernel.n_addresses; i++)
                if (host->kernel.addresses[i].address.address.s_addr == address.s_addr)
                        return host->carrier;
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

/* The router of a server's subnet answers who asks it. */
static void answer_as_router(Sim *sim, const Packet *question) {
        Packet p = { .kind = PACKET_ARP,
                     .host = -1,
                     .at = sim->now + 100,
                     .arp = { .op = ARP_OP_REPLY,
                              .sender = question->arp.target,
                              .target = question->arp.sender,
                              .sender_mac = { 2, 0xdd, 0, 0, sim->network } } };

        for (unsigned i = 0; i < sim->n_servers && !sim->routers_silent; i++) {
                p.arp.sender_mac[5] = (uint8_t) (sim->servers[i].base >> 8);
                if (sim->servers[i].router.s_addr != question->arp.target.s_addr ||
                    (!sim->promiscuous && (question->arp_to[0] & 1) == 0 &&
                     memcmp(question->arp_to, p.arp.sender_mac, 6) != 0))
                        continue;
                memcpy(p.arp.target_mac, question->arp.sender_mac, 6);
                insert(sim, &p);
                return;
        }
}

static void deliver_arp(Sim *sim, const Packet *packet) {
        static const uint8_t stranger[6] = { 2, 0xaa, 0, 0, 0, 1 };

        if (packet->arp.op == ARP_OP_REQUEST && packet->host >= 0) {
                answer_as_router(sim, packet);
                if (stranger_has(sim, packet->arp.target))
                        put_claim(sim, packet->arp.target, stranger);
                for (unsigned i = 0; i < sim->n_hosts; i++)
                        if ((int) i != packet->host && host_has(&sim->hosts[i], packet->arp.target))
                                put_claim(sim, packet->arp.target, sim->hosts[i].mac);
        }
        /* A switch may send it back to where it came from. */
        for (unsigned i = 0; i < sim->n_hosts; i++)
                if ((int) i != packet->host || sim_fault(sim, 50))
                        sim_host_arp(&sim->hosts[i], &packet->arp);
}

static void deliver(Sim *sim, const Packet *packet) {
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

/* Faults */

static usec_t draw_every(Sim *sim) {
        return sim_draw(sim, 2) ? 0 : (5 + sim_draw(sim, 300)) * USEC_PER_SEC;
}

static void draw_faults(Sim *sim) {
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

static void arm_faults(Sim *sim) {
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

/* A server with another lifetime says so. */
static void set_lifetime(SimServer *server, uint32_t lifetime_sec) {
        server->lifetime_sec = lifetime_sec;
        server->t1_sec = server->t2_sec = 0;
        server->omits &= ~(unsigned) (OMIT_LIFETIME | OMIT_TIMES);
        server->timeless = false;
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
        case 4: /* leases become shorter with the next renewal, and longer again */
                set_lifetime(server, server->lifetime_sec == 90 ? 7200 : 90);
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
        const bool probing = dhcp4_client_state(link_client(host->link)) == DHCP4_STATE_PROBING;

        if (what == 0 && host->running)
                sim_host_stop(host, sim_draw(sim, 2));
        else if (!host->running) {
                sim_host_start(host, NULL, false);
                if (host->carrier)
                        sim_host_carrier(host, true);
        } else if (what == 1 || (probing && what == 2))
                sim_host_reconfigure(host);
        else
                sim_host_renew(host);
}

/* The machine sleeps: time passes and nobody hears a thing. */
static void fault_suspend(Sim *sim) {
        static const usec_t spans[] = { 1, 30, 600, 7200, 200000 };

        sim->n_packets = 0;
        sim->now += spans[sim_draw(sim, G_N_ELEMENTS(spans))] * USEC_PER_SEC;
        for (unsigned i = 0; i < sim->n_hosts; i++) {
                (void) sim_host_expire(&sim->hosts[i]);
                sim->hosts[i].state_since = sim->now;
        }
        sim_trace(sim, "resumed");
        /* Timers that are overdue fire now, all of them. */
        for (unsigned i = 0; i < sim->n_hosts; i++)
                if (sim->hosts[i].timer_at <= sim->now)
                        sim_host_timer(&sim->hosts[i]);
        /* And somebody may say what happened. */
        for (unsigned i = 0; i < sim->n_hosts; i++)
                if (sim->hosts[i].running && sim_draw(sim, 2))
                        sim_host_resumed(&sim->hosts[i]);
}

static void do_faults(Sim *sim) {
        SimHost *host = &sim->hosts[sim_draw(sim, sim->n_hosts)];

        if (sim->now >= sim->flap_at) {
                sim->flap_at = next_of(sim, sim->faults.flap_every);
                sim_host_carrier(host, !host->carrier);
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

static usec_t next_fault(const Sim *sim) {
        usec_t at = MIN(sim->flap_at, sim->server_at);

        at = MIN(at, MIN(sim->user_at, sim->kernel_at));
        at = MIN(at, MIN(sim->port_at, sim->hardware_at));
        return MIN(MIN(at, sim->tunnel_at), MIN(sim->daemon_at, sim->suspend_at));
}

/* Time */

static int first_packet(const Sim *sim) {
        int first = -1;

        for (unsigned i = 0; i < sim->n_packets; i++) {
                const Packet *p = &sim->packets[i], *q = first < 0 ? NULL : &sim->packets[first];

                if (!q || p->at < q->at || (p->at == q->at && p->order < q->order))
                        first = (int) i;
        }
        return first;
}

/* An address may end with its lifetime only if the lease ends too. Linux counts whole seconds. */
static void check_expiry(Sim *sim, const SimHost *host) {
        for (size_t i = 0; i < host->kernel.n_addresses; i++) {
                const NetAddress *address = &host->kernel.addresses[i].address;

                if (sim->honest && host->published && address->valid_until <= sim->now &&
                    address->address.s_addr == host->last_lease.address.s_addr &&
                    address->prefix_len == host->last_lease.prefix_len &&
                    dhcp4_lease_expires_at(&host->last_lease) > sim->now + 3 * USEC_PER_SEC)
                        sim_fail(sim, host, "the address of a lease that goes on ends with its lifetime");
        }
}

/* Does the next thing that happens up to @until; false: there is none, and it is @until now. */
static bool step(Sim *sim, usec_t until) {
        const int packet = first_packet(sim);
        usec_t at = packet < 0 ? USEC_INFINITY : sim->packets[packet].at;
        SimHost *host = NULL, *expiring = NULL, *bouncing = NULL;
        Packet p;

        for (unsigned i = 0; i < sim->n_hosts; i++) {
                const usec_t expires = sim_host_expire(&sim->hosts[i]);

                if (sim->hosts[i].timer_at <= at) {
                        at = sim->hosts[i].timer_at;
                        host = &sim->hosts[i];
                        expiring = bouncing = NULL;
                }
                if (expires < at) {
                        at = expires;
                        expiring = &sim->hosts[i];
                        host = bouncing = NULL;
                }
                if (sim->hosts[i].mtu.bounce_at < at) {
                        at = sim->hosts[i].mtu.bounce_at;
                        bouncing = &sim->hosts[i];
                        host = expiring = NULL;
                }
        }
        if (next_fault(sim) <= MIN(at, until)) {
                sim->now = MAX(sim->now, next_fault(sim));
                do_faults(sim);
                return true;
        }
        if (at > until) {
                sim->now = MAX(sim->now, until);
                return false;
        }
        sim->now = MAX(sim->now, at);
        sim->events++;
        if (host)
                sim_host_timer(host);
        else if (bouncing)
                sim_mtu_bounce(bouncing);
        else if (expiring) {
                check_expiry(sim, expiring);
                (void) sim_host_expire(expiring);
                sim_host_kernel_changed(expiring);
        } else {
                p = sim->packets[packet];
                sim->packets[packet] = sim->packets[--sim->n_packets];
                deliver(sim, &p);
        }
        return true;
}

static void run_until(Sim *sim, usec_t until, uint64_t events_max) {
        const uint64_t last = sim->events + events_max;

        while (step(sim, until))
                if (sim->events > last)
                        return;
}

/* Phases */

static void start_all(Sim *sim) {
        for (unsigned i = 0; i < sim->n_hosts; i++) {
                SimHost *host = &sim->hosts[i];

                if (!host->running)
                        sim_host_start(host, NULL, false);
                if (!host->carrier || dhcp4_client_state(link_client(host->link)) == DHCP4_STATE_INIT)
                        sim_host_carrier(host, true);
        }
}

static bool kernel_has_lease(const SimHost *host) {
        return host->published && host_has(host, host->last_lease.address);
}

static bool fallback_is_on(const SimHost *host) {
        return host->published && !dhcp4_lease_is_granted(&host->last_lease);
}

static void phase_silence(Sim *sim) {
        for (unsigned i = 0; i < sim->n_servers; i++)
                sim->servers[i].alive = false;
        start_all(sim);
        run_until(sim, sim->now + SILENCE_USEC, EVENTS_MAX);
        for (unsigned i = 0; i < sim->n_hosts; i++) {
                const SimHost *host = &sim->hosts[i];
                const Dhcp4ClientConfig *config = dhcp4_client_config(link_client(host->link));

                if (host->n_frames > SILENCE_FRAMES)
                        sim_fail(sim, host, "%u frames into the silence", (unsigned) host->n_frames);
                if (config->fallback.kind != DHCP4_FALLBACK_NONE && config->inform.s_addr == INADDR_ANY &&
                    !fallback_is_on(host))
                        sim_fail(sim, host, "no fallback after a quarter of an hour");
        }
        for (unsigned i = 0; i < sim->n_servers; i++)
                sim->servers[i].alive = true;
}

static void phase_faults(Sim *sim) {
        draw_faults(sim);
        sim->faulty = true;
        arm_faults(sim);
        start_all(sim);
        run_until(sim, sim->now + (60 + sim_draw(sim, 3600)) * USEC_PER_SEC, EVENTS_MAX);
        sim->faulty = false;
        sim->faults = (Faults){};
        arm_faults(sim);
}

static unsigned n_conflicts(const Sim *sim) {
        unsigned n = 0;

        for (unsigned i = 0; i < sim->n_hosts; i++)
                n += sim->hosts[i].n_declined;
        return n;
}

static void wait_until_up(Sim *sim) {
        const usec_t began = sim->now;
        const unsigned conflicts = n_conflicts(sim);

        for (;;) {
                const usec_t until = began + LIVENESS_USEC + (n_conflicts(sim) - conflicts) * CONFLICT_USEC;
                unsigned n_up = 0;

                for (unsigned i = 0; i < sim->n_hosts; i++)
                        n_up += sim_host_is_up(&sim->hosts[i]);
                if (n_up == sim->n_hosts)
                        return;
                if (!step(sim, until))
                        break;
        }
        for (unsigned i = 0; i < sim->n_hosts; i++)
                if (!sim_host_is_up(&sim->hosts[i]))
                        sim_fail(sim, &sim->hosts[i], "not bound long after all was well again");
}

static void phase_recovery(Sim *sim) {
        SimServer *mute = &sim->servers[sim_draw(sim, sim->n_servers)];

        sim_trace(sim, "all is well");
        /* Each conflict costs a wait that grows. */
        sim->n_strangers = 0;
        for (unsigned i = 0; i < sim->n_hosts; i++)
                sim->hosts[i].elsewhere.s_addr = INADDR_ANY;
        for (unsigned i = 0; i < sim->n_servers; i++) {
                sim->servers[i].alive = true;
                sim->servers[i].always_nak = false;
        }
        /* All but one, perhaps, whom nobody should wait for. */
        if (sim->n_servers > 1)
                mute->mute = sim_draw(sim, 3) == 0;
        for (unsigned i = 0; i < sim->n_hosts; i++)
                /* Told that it needs no IPv4, it is right to wait. A new carrier is a new network. */
                if (dhcp4_client_is_ipv6_only(link_client(sim->hosts[i].link)))
                        sim_host_carrier(&sim->hosts[i], false);
        start_all(sim);
        for (unsigned i = 0; i < sim->n_hosts; i++)
                /* What somebody took away twice is left alone until the next renewal, on purpose. */
                if (sim->hosts[i].meddled)
                        sim_host_renew(&sim->hosts[i]);
        wait_until_up(sim);
        mute->mute = false;
}

/* VPNs come and go beside leases that stay: each time the routes follow, at once, and nobody takes that for somebody else's doing. */
static void phase_tunnel(Sim *sim) {
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
static void phase_hardware(Sim *sim) {
        for (unsigned n = 0; n < 4; n++) {
                for (unsigned i = 0; i < sim->n_hosts; i++)
                        sim_host_hardware(&sim->hosts[i]);
                run_until(sim, sim->now + (n % 2 == 0 ? 40 * USEC_PER_SEC : sim_draw(sim, USEC_PER_SEC)),
                          EVENTS_MAX);
        }
        wait_until_up(sim);
}

static void place_strangers(Sim *sim) {
        sim->n_strangers = (unsigned) sim_draw(sim, G_N_ELEMENTS(sim->strangers) + 1);
        for (unsigned i = 0; i < sim->n_strangers; i++)
                sim->strangers[i].s_addr = htonl(0x0a00000au + (uint32_t) sim_draw(sim, 6));
}

/* Nobody loses a frame now: whoever looks has found out. */
static void check_strangers(Sim *sim) {
        for (unsigned i = 0; i < sim->n_hosts; i++) {
                const SimHost *host = &sim->hosts[i];

                if (host->published && host->config.can_acd &&
                    host->config.client.conflict != DHCP4_CONFLICT_NO &&
                    stranger_has(sim, host->last_lease.address))
                        sim_fail(sim, host, "it uses the address of a neighbour");
        }
}

/*
 * Some links have their address already, by an earlier client who knew no better than to give it a lifetime.
 */
static void inherit(Sim *sim) {
        for (unsigned i = 0; i < sim->n_hosts; i++) {
                SimHost *host = &sim->hosts[i];

                if (host->last_lease.origin == DHCP4_LEASE_DHCP && host->last_lease.address.s_addr != 0 &&
                    sim_draw(sim, 2))
                        sim_kernel_inherit(
                                &host->kernel,
                                &(const NetAddress){
                                        .address = host->last_lease.address,
                                        .prefix_len = host->last_lease.prefix_len,
                                        .valid_until = sim->now + (90 + sim_draw(sim, 400)) * USEC_PER_SEC,
                                });
        }
}

/* What a lease comes to in the kernel, but for times. */
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
 * Servers may say in each answer what they like to, or less: as long as they mean the same, the kernel has
 * the same.
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

static void phase_quiet(Sim *sim) {
        Configured configured[SIM_HOSTS_MAX];
        unsigned lost[SIM_HOSTS_MAX], deletions[SIM_HOSTS_MAX], changed[SIM_HOSTS_MAX];
        const bool replica = sim->n_servers > 1 && sim->servers[1].shares_with == 0 && sim_draw(sim, 2);

        for (unsigned i = 0; i < sim->n_hosts; i++)
                sim_host_stop(&sim->hosts[i], true);
        run_until(sim, sim->now + USEC_PER_SEC, EVENTS_MAX); /* or a RELEASE overtakes what comes after it */
        place_strangers(sim);
        for (unsigned i = 0; i < sim->n_hosts; i++)
                sim_host_draw_elsewhere(&sim->hosts[i]);
        inherit(sim);
        start_all(sim);
        wait_until_up(sim);
        /* Conflicts of the last moment are found out within the probe window. */
        run_until(sim, sim->now + 60 * USEC_PER_SEC, EVENTS_MAX);
        wait_until_up(sim);
        check_strangers(sim);
        sim->honest = true;
        for (unsigned i = 0; i < sim->n_hosts; i++) {
                lost[i] = sim->hosts[i].n_lost;
                deletions[i] = sim->hosts[i].kernel.deletions;
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
        /* Halfway, all leases become shorter (or longer), and the clients are told to come and get them. */
        run_until(sim, sim->now + 100000 * USEC_PER_SEC, QUIET_EVENTS_MAX / 2);
        for (unsigned i = 0; i < sim->n_hosts; i++)
                sim_host_port(&sim->hosts[i], false);
        for (unsigned i = 0; i < sim->n_servers; i++) {
                set_lifetime(&sim->servers[i], 300);
                sim_server_force(sim, i);
        }
        run_until(sim, sim->now + 100000 * USEC_PER_SEC, QUIET_EVENTS_MAX / 2);
        sim->renewable = false;
        for (unsigned i = 0; i < sim->n_hosts; i++) {
                const SimHost *host = &sim->hosts[i];

                check_configured(sim, &sim->hosts[i], &configured[i]);
                if (host->n_lost != lost[i])
                        sim_fail(sim, host, "a lease was lost though a server was there to renew it");
                if (host->n_changed == changed[i] && host->kernel.deletions != deletions[i])
                        sim_fail(sim, host, "a plain renewal took something off the link");
        }
}

/* Runs until the link has all of its lease again, or @usec are over. */
static bool run_until_settled(Sim *sim, const SimHost *host, usec_t usec) {
        const usec_t until = sim->now + usec;

        while (!link_settled(host->link))
                if (!step(sim, until))
                        break;
        return link_settled(host->link);
}

/* One host against somebody who takes away whatever is back. Nobody renews meanwhile. */
static void fight(Sim *sim, SimHost *host) {
        usec_t waited = 0;
        unsigned n = 0, applies;

        for (;; n++) {
                const usec_t began = sim->now;
                const bool address = sim_kernel_has(&host->kernel, host->last_lease.address) &&
                        (!sim_kernel_has_our_routes(&host->kernel) || sim_draw(sim, 2));

                sim_host_meddle(host, address ? 0 : 1);
                if (!run_until_settled(sim, host, 64 * USEC_PER_SEC))
                        break;
                if (link_missing(host->link))
                        sim_fail(sim, host, "settled, and something is missing");
                if (n >= 10)
                        sim_fail(sim, host, "it fights over its link for ever");
                /* The first time it comes back in a moment, and then ever later. */
                if (n == 0 ? sim->now - began >= USEC_PER_SEC : sim->now - began <= waited)
                        sim_fail(sim, host, "what others take away comes back too soon or too late");
                waited = sim->now - began;
        }
        if (n < 3)
                sim_fail(sim, host, "what others take away comes back %u times only", n);
        if (!link_missing(host->link))
                sim_fail(sim, host, "nobody is told what is missing");
        applies = host->n_applies;
        run_until(sim, sim->now + 120 * USEC_PER_SEC, EVENTS_MAX);
        sim_host_kernel_changed(host);
        if (host->n_applies != applies)
                sim_fail(sim, host, "what was given up is put back all the same");
        if (sim_draw(sim, 2)) {
                sim_host_put_back(host);
                if (!link_settled(host->link) || link_missing(host->link))
                        sim_fail(sim, host, "what others put back is told to be missing");
                return;
        }
        sim_host_renew(host);
        if (!link_settled(host->link) || link_missing(host->link))
                sim_fail(sim, host, "what the user asks for is not put back");
}

static void phase_hands(Sim *sim) {
        for (unsigned i = 0; i < sim->n_servers; i++) {
                sim->servers[i].alive = true;
                sim->servers[i].lifetime_sec = 7200;
                sim->servers[i].t1_sec = sim->servers[i].t2_sec = 0;
        }
        for (unsigned i = 0; i < sim->n_hosts; i++)
                sim_host_renew(&sim->hosts[i]);
        run_until(sim, sim->now + 20 * USEC_PER_SEC, EVENTS_MAX);
        for (unsigned i = 0; i < sim->n_hosts; i++) {
                SimHost *host = &sim->hosts[i];
                const Dhcp4Client *client = link_client(host->link);
                NetConfig desired;

                sim_host_desired(host, &desired);
                if (sim_host_is_up(host) && dhcp4_client_state(client) == DHCP4_STATE_BOUND &&
                    dhcp4_client_t1_at(client) > sim->now + 600 * USEC_PER_SEC &&
                    (desired.n_routes > 0 || sim_kernel_has(&host->kernel, host->last_lease.address)))
                        fight(sim, host);
        }
        run_until(sim, sim->now + 20 * USEC_PER_SEC, EVENTS_MAX);
}

/* What happens to the network under links that hold leases. */
typedef enum Move {
        /* the links come to another one, whose servers say nothing to a client that they do not know */
        MOVE_AWAY,
        /* the same, and it has the numbers of the old one: there is no telling by the addresses */
        MOVE_TWIN,
        MOVE_KNOWN, /* a twin whose servers know the links: one database serves both networks */
        MOVE_SHIFTED, /* a twin whose servers have the identifiers of the old ones, and other addresses to give */
        MOVE_DEAD,   /* nothing, but that all servers are dead */
        MOVE_SILENT, /* and the routers with them */
        /*
         * all servers but one, which knows nobody and has other addresses, are dead, and the routers are not
         */
        MOVE_SECOND,
        _MOVE_MAX,
} Move;

static bool leads_elsewhere(Move move) {
        return move == MOVE_AWAY || move == MOVE_TWIN || move == MOVE_KNOWN || move == MOVE_SHIFTED;
}

static void move_to_twin(Sim *sim, unsigned i, Move move) {
        SimServer *server = &sim->servers[i];
        const uint8_t id = (uint8_t) (server->id.s_addr >> 24);

        if (move == MOVE_SHIFTED)
                server->pool_first = 100;
        if (move != MOVE_KNOWN)
                sim_server_move(sim, i, server->base,
                                move == MOVE_SHIFTED || sim_draw(sim, 2) ? id : (uint8_t) (6 + i));
        /*
         * Nothing that another network's ACK leaves out can be taken from the lease; another node counts a
         * REQUEST later.
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
 * They miss the first REQUEST, so the routers are asked beside the next one, and have said nothing when it is answered.
 */
static void wake_servers(Sim *sim) {
        for (unsigned i = 0; i < sim->n_servers; i++)
                sim->servers[i].alive = false;
        run_until(sim, sim->now + USEC_PER_SEC / 2, EVENTS_MAX);
        for (unsigned i = 0; i < sim->n_servers; i++)
                sim->servers[i].alive = true;
}

/*
 * RFC 2131 §3.2, RFC 4436. The carrier blinks, the host sleeps or the user wants a renewal: each time the
 * lease stays on the link, since it may well be good. It must be gone soon if the link is on another network
 * by now that has a server, and nothing may be taken off if it is on the same one.
 */
static void phase_move(Sim *sim) {
        const Move move = (Move) sim_draw(sim, _MOVE_MAX);
        const uint64_t trigger = sim_draw(sim, 3);
        unsigned lost[SIM_HOSTS_MAX], deletions[SIM_HOSTS_MAX];
        Dhcp4Lease before[SIM_HOSTS_MAX];
        bool expected[SIM_HOSTS_MAX];
        usec_t moved_at;

        for (unsigned i = 0; i < sim->n_hosts; i++)
                sim_host_renew(&sim->hosts[i]);
        run_until(sim, sim->now + 20 * USEC_PER_SEC, EVENTS_MAX);
        for (unsigned i = 0; i < sim->n_hosts; i++) {
                SimHost *host = &sim->hosts[i];
                const Dhcp4ClientConfig *config = &host->config.client;

                before[i] = host->last_lease;
                lost[i] = host->n_lost;
                deletions[i] = host->kernel.deletions;
                expected[i] = sim_host_is_up(host) && before[i].origin == DHCP4_LEASE_DHCP &&
                        dhcp4_client_state(link_client(host->link)) == DHCP4_STATE_BOUND &&
                        dhcp4_lease_expires_at(&before[i]) > sim->now + 120 * USEC_PER_SEC &&
                        (config->carrier_grace_usec >= 3 * USEC_PER_SEC || trigger > 0);
                /* A twin and a second server of the same network are told apart by the router alone. */
                if ((move == MOVE_SECOND || move == MOVE_TWIN || move == MOVE_KNOWN) &&
                    (!host->config.can_acd || config->anonymize || config->stored == DHCP4_STORED_NEVER ||
                     !dhcp4_gateway_is_known(&before[i].gateways[0])))
                        expected[i] = false;
                if (trigger == 0)
                        sim_host_carrier(host, false);
        }
        if (trigger == 0)
                run_until(sim, sim->now + USEC_PER_SEC, EVENTS_MAX);
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
        run_until(sim, moved_at + MOVED_USEC, EVENTS_MAX);
        for (unsigned i = 0; i < sim->n_hosts; i++) {
                SimHost *host = &sim->hosts[i];

                if (expected[i] && move == MOVE_AWAY && !host->deaf &&
                    sim_kernel_has(&host->kernel, before[i].address))
                        sim_fail(sim, host, "the address of the old network is still there");
                if (expected[i] && leads_elsewhere(move) && move != MOVE_KNOWN && !host->deaf &&
                    host->published && host->last_lease.granted_at < moved_at)
                        sim_fail(sim, host, "the lease of the old network is still in use");
        }
        run_until(sim, sim->now + 40 * USEC_PER_SEC, EVENTS_MAX);
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
                if (expected[i] && !leads_elsewhere(move) &&
                    (host->n_lost != lost[i] || host->kernel.deletions != deletions[i]))
                        sim_fail(sim, host, "a good lease was taken off the link");
                /* Where nobody else can have got the address that it wishes for. */
                if (expected[i] && move == MOVE_TWIN && sim->n_hosts == 1 && host->n_lost != lost[i])
                        sim_fail(sim, host, "the address that is granted anew was taken off the link");
        }
        sim->routers_silent = false;
        for (unsigned i = 0; i < sim->n_servers; i++)
                sim->servers[i].alive = true;
        wait_until_up(sim);
        /* Probes and questions of the last moment have their answers. */
        run_until(sim, sim->now + 60 * USEC_PER_SEC, EVENTS_MAX);
        wait_until_up(sim);
}

/*
 * What seemed to need the broadcast flag does not: the next exchange finds that out. Where it is needed, it
 * is not forgotten. The routers say nothing, or the lease would be in use before the server has a say.
 */
static void phase_broadcast_flag(Sim *sim) {
        bool expected[SIM_HOSTS_MAX], left[SIM_HOSTS_MAX], heard = false;
        const usec_t began = sim->now;

        for (unsigned i = 0; i < sim->n_hosts; i++)
                sim_host_renew(&sim->hosts[i]);
        run_until(sim, sim->now + 20 * USEC_PER_SEC, EVENTS_MAX);
        for (unsigned i = 0; i < sim->n_servers; i++)
                heard = heard || sim->servers[i].broadcasts_only;
        sim->routers_silent = true;
        for (unsigned i = 0; i < sim->n_hosts; i++) {
                SimHost *host = &sim->hosts[i];
                Dhcp4Lease lease = host->last_lease;

                expected[i] = sim_host_is_up(host) && lease.origin == DHCP4_LEASE_DHCP &&
                        lease.granted_at >= began && !host->config.client.broadcast &&
                        !host->config.client.anonymize;
                /* A carrier that is lost for a change of the MTU is another exchange. */
                expected[i] = expected[i] && !host->mtu.bounces;
                if (!expected[i])
                        continue;
                sim_host_stop(host, /* release= */ false);
                /* An administrator may have left an address there by which unicast comes in. */
                left[i] = sim_kernel_has_inherited(&host->kernel);
                lease.broadcast = 1;
                sim_host_start(host, &lease, /* held= */ false);
                sim_host_carrier(host, true);
        }
        wait_until_up(sim);
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
 * RFC 4436. All servers are gone, and the cables are pulled for a while: what is remembered is used again when its router says that this is its network,
 * and on no other network.
 */
static void phase_attachment(Sim *sim) {
        const bool moved = sim_draw(sim, 2);
        uint64_t frames[SIM_HOSTS_MAX], n_frames[SIM_HOSTS_MAX];
        bool expected[SIM_HOSTS_MAX];

        /* The quiet phase may have ended with an ACK: routers are asked after it. */
        run_until(sim, sim->now + USEC_PER_SEC, EVENTS_MAX);
        for (unsigned i = 0; i < sim->n_hosts; i++) {
                SimHost *host = &sim->hosts[i];
                const Dhcp4ClientConfig *config = &host->config.client;

                expected[i] = host->published && host->last_lease.origin == DHCP4_LEASE_DHCP &&
                        dhcp4_lease_expires_at(&host->last_lease) > sim->now + 120 * USEC_PER_SEC &&
                        host->config.can_acd && !config->anonymize && config->stored != DHCP4_STORED_NEVER &&
                        dhcp4_client_state(link_client(host->link)) == DHCP4_STATE_BOUND;
                /* Without a router there is nothing to know it by. */
                expected[i] = expected[i] && host->last_lease.gateways[0].address.s_addr != INADDR_ANY;
                if (expected[i] && !dhcp4_gateway_is_known(&host->last_lease.gateways[0]))
                        sim_fail(sim, host, "it has not learned by what to know its network again");
                sim_host_carrier(host, false);
        }
        for (unsigned i = 0; i < sim->n_servers; i++)
                sim->servers[i].alive = false;
        run_until(sim, sim->now + 10 * USEC_PER_SEC, EVENTS_MAX);
        sim->network += moved;
        sim->promiscuous = sim_draw(sim, 2);
        for (unsigned i = 0; i < sim->n_hosts; i++) {
                expected[i] = expected[i] && !dhcp4_client_lease(link_client(sim->hosts[i].link));
                frames[i] = sim->hosts[i].n_frames;
                sim_host_carrier(&sim->hosts[i], true);
                frames[i] = sim->hosts[i].n_frames - frames[i];
        }
        run_until(sim, sim->now + 10 * USEC_PER_MSEC, EVENTS_MAX);
        for (unsigned i = 0; i < sim->n_hosts; i++) {
                const Dhcp4Lease *lease = dhcp4_client_lease(link_client(sim->hosts[i].link));

                if (expected[i] && moved && lease)
                        sim_fail(sim, &sim->hosts[i], "a lease is used on another network");
                if (expected[i] && !moved && (!lease || !kernel_has_lease(&sim->hosts[i])))
                        sim_fail(sim, &sim->hosts[i], "the network was not known again");
        }
        for (unsigned i = 0; i < sim->n_hosts; i++)
                n_frames[i] = sim->hosts[i].n_frames;
        run_until(sim, sim->now + 200 * USEC_PER_MSEC, EVENTS_MAX);
        for (unsigned i = 0; i < sim->n_hosts; i++) {
                const Dhcp4ClientConfig *config = &sim->hosts[i].config.client;
                const uint64_t n = sim->hosts[i].n_frames - n_frames[i];

                /*
                 * The carrier of a wireless link comes before its frames go through; no other one repeats
                 * itself so soon.
                 */
                if (frames[i] == 1 && config->inform.s_addr == INADDR_ANY && n != config->wireless)
                        sim_fail(sim, &sim->hosts[i], "%u frames soon after the first", (unsigned) n);
        }
        run_until(sim, sim->now + 60 * USEC_PER_SEC, EVENTS_MAX);
        for (unsigned i = 0; i < sim->n_hosts; i++) {
                const bool used = dhcp4_client_lease(link_client(sim->hosts[i].link)),
                           silence = sim->hosts[i].config.client.stored == DHCP4_STORED_SILENCE;

                if (expected[i] && used != (!moved || silence))
                        sim_fail(sim, &sim->hosts[i], "after a minute of silence the lease is %s",
                                 used ? "used" : "not used");
        }
        for (unsigned i = 0; i < sim->n_servers; i++)
                sim->servers[i].alive = true;
        wait_until_up(sim);
}

void sim_run(Sim *sim, uint64_t seed, bool print_trace) {
        uint8_t key[PRNG_KEY_LEN] = "simulation";

        *sim = (Sim){ .seed = seed,
                      .now = START_USEC,
                      .print_trace = print_trace,
                      .trace_hash = 14695981039346656037u };
        for (unsigned i = 0; i < 8; i++)
                key[PRNG_KEY_LEN - 8 + i] ^= (uint8_t) (seed >> (8 * i));
        prng_init(&sim->prng, key);
        arm_faults(sim);
        sim->n_servers = 1 + (unsigned) sim_draw(sim, SIM_SERVERS_MAX);
        sim->n_hosts = 1 + (unsigned) sim_draw(sim, SIM_HOSTS_MAX);
        sim->misled = sim_draw(sim, 3) == 0;
        for (unsigned i = 0; i < sim->n_servers; i++)
                sim_server_init(sim, i);
        place_strangers(sim);
        for (unsigned i = 0; i < sim->n_hosts; i++)
                sim_host_init(sim, i);

        if (sim_draw(sim, 4) == 0)
                phase_silence(sim);
        phase_faults(sim);
        phase_recovery(sim);
        phase_quiet(sim);
        phase_hands(sim);
        phase_tunnel(sim);
        phase_move(sim);
        phase_attachment(sim);
        phase_broadcast_flag(sim);
        phase_hardware(sim);
        for (unsigned i = 0; i < sim->n_hosts; i++)
                sim_host_stop(&sim->hosts[i], true);
}

static long max_rss_kib(void) {
        struct rusage usage;

        (void) getrusage(RUSAGE_SELF, &usage);
        return usage.ru_maxrss;
}

void sim_renew(Sim *sim, unsigned n) {
        SimHost *host = &sim->hosts[0];
        long before;

        *sim = (Sim){ .now = START_USEC, .n_hosts = 1, .n_servers = 1 };
        prng_init(&sim->prng, (const uint8_t[PRNG_KEY_LEN]){ 1 });
        arm_faults(sim);
        sim_server_init(sim, 0);
        sim->servers[0].lifetime_sec = 600;
        sim->servers[0].t1_sec = sim->servers[0].t2_sec = 0;
        sim_host_init(sim, 0);
        host->config.client.inform.s_addr = INADDR_ANY;
        (void) link_set_config(host->link, sim->now, &host->config, /* release= */ false);
        start_all(sim);
        run_until(sim, sim->now + 60 * USEC_PER_SEC, EVENTS_MAX);
        before = max_rss_kib();
        while (host->n_renewed < n)
                run_until(sim, sim->now + 86400 * USEC_PER_SEC, EVENTS_MAX);
        if (host->kernel.deletions > 0 || host->n_lost > 0)
                sim_fail(sim, host, "a plain renewal took something off the link");
        if (max_rss_kib() > before + RSS_SLACK_KIB)
                sim_fail(sim, host, "memory grew by %ld KiB", max_rss_kib() - before);
        printf("%u renewals, memory grew by %ld KiB\n", host->n_renewed, max_rss_kib() - before);
        sim_free(sim);
}

void sim_free(Sim *sim) {
        for (unsigned i = 0; i < sim->n_hosts; i++)
                sim_host_clear(&sim->hosts[i]);
}
