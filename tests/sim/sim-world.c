/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Chance, the trace, time, and a run from its first phase to its last (sim.h). */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "tests/memory/resident.h"
#include "tests/sim/sim.h"

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define IS_SANITIZED
#endif
#elif defined(__SANITIZE_ADDRESS__)
#define IS_SANITIZED
#endif

/* AddressSanitizer keeps freed memory for a while, and reports leaks itself. */
#ifdef IS_SANITIZED
#define RSS_SLACK_KIB (256L * 1024)
#else
#define RSS_SLACK_KIB 1024L
#endif

#define START_USEC (5000 * USEC_PER_SEC)

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
               host ? dhcp4_state_to_string(dhcp4_client_state(link_client(host->world.link))) : "-");
        va_start(ap, format);
        (void) vprintf(format, ap);
        va_end(ap);
        printf("\nSee it again: sim --seed=%" G_GUINT64_FORMAT " --trace\n", sim->seed);
        (void) fflush(stdout);
        _Exit(1);
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

/* An address whose lifetime ends must not be that of a lease that goes on. Linux counts whole seconds. */
static void check_expiry(Sim *sim, const SimHost *host) {
        for (size_t i = 0; i < host->world.kernel.n_addresses; i++) {
                const NetAddress *address = &host->world.kernel.addresses[i];

                if (sim->honest && host->published && !host->config.net.lease_only &&
                    address->valid_until <= sim->now &&
                    address->address.v4.s_addr == host->last_lease.address.s_addr &&
                    address->prefix_len == host->last_lease.prefix_len &&
                    dhcp4_lease_expires_at(&host->last_lease) > sim->now + 3 * USEC_PER_SEC)
                        sim_fail(sim, host, "the address of a lease that goes on ends with its lifetime");
        }
}

/* Lets the next thing happen that is due up to @until. Returns false if there is none; then it is @until. */
bool sim_step(Sim *sim, usec_t until) {
        const int packet = first_packet(sim);
        usec_t at = packet < 0 ? USEC_INFINITY : sim->packets[packet].at;
        SimHost *host = NULL, *expiring = NULL, *bouncing = NULL;
        Packet p;

        for (unsigned i = 0; i < sim->n_hosts; i++) {
                const usec_t expires = sim_host_expire(&sim->hosts[i]);

                if (sim->hosts[i].world.timer_at <= at) {
                        at = sim->hosts[i].world.timer_at;
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
        if (sim_next_fault(sim) <= MIN(at, until)) {
                sim->now = MAX(sim->now, sim_next_fault(sim));
                sim_do_faults(sim);
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
                sim_deliver(sim, &p);
        }
        return true;
}

void sim_run_until(Sim *sim, usec_t until, uint64_t events_max) {
        const uint64_t last = sim->events + events_max;

        while (sim_step(sim, until))
                if (sim->events > last)
                        return;
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
        sim_arm_faults(sim);
        sim->n_servers = 1 + (unsigned) sim_draw(sim, SIM_SERVERS_MAX);
        sim->n_hosts = 1 + (unsigned) sim_draw(sim, SIM_HOSTS_MAX);
        sim->misled = sim_draw(sim, 3) == 0;
        for (unsigned i = 0; i < sim->n_servers; i++)
                sim_server_init(sim, i);
        sim_place_strangers(sim);
        for (unsigned i = 0; i < sim->n_hosts; i++)
                sim_host_init(sim, i);

        if (sim_draw(sim, 4) == 0)
                sim_phase_silence(sim);
        sim_phase_faults(sim);
        sim_phase_recovery(sim);
        sim_phase_quiet(sim);
        sim_phase_hands(sim);
        sim_phase_tunnel(sim);
        sim_phase_move(sim);
        sim_phase_attachment(sim);
        sim_phase_broadcast_flag(sim);
        sim_phase_hardware(sim);
        sim_phase_nagged(sim);
        sim_phase_twins(sim);
        sim_phase_fallback(sim);
        sim_phase_claims(sim);
        sim_phase_failure(sim);
        sim_phase_inform(sim);
        for (unsigned i = 0; i < sim->n_hosts; i++)
                sim_host_stop(&sim->hosts[i], true);
}

void sim_renew(Sim *sim, unsigned n) {
        SimHost *host = &sim->hosts[0];
        long before, grown;

        *sim = (Sim){ .now = START_USEC, .n_hosts = 1, .n_servers = 1 };
        prng_init(&sim->prng, (const uint8_t[PRNG_KEY_LEN]){ 1 });
        sim_arm_faults(sim);
        sim_server_init(sim, 0);
        sim->servers[0].lifetime_sec = 600;
        sim->servers[0].t1_sec = sim->servers[0].t2_sec = 0;
        sim_host_init(sim, 0);
        host->config.client.inform.s_addr = INADDR_ANY;
        (void) link_set_config(host->world.link, sim->now, &host->config, /* release= */ false);
        sim_start_all(sim);
        sim_run_until(sim, sim->now + 60 * USEC_PER_SEC, SIM_EVENTS_MAX);
        before = resident_kib();
        while (host->n_renewed < n)
                sim_run_until(sim, sim->now + 86400 * USEC_PER_SEC, SIM_EVENTS_MAX);
        if (host->world.n_dels > 0 || host->n_lost > 0)
                sim_fail(sim, host, "a plain renewal took something off the link");
        grown = resident_kib() - before;
        if (grown > RSS_SLACK_KIB)
                sim_fail(sim, host, "memory grew by %ld KiB", grown);
        printf("%u renewals, memory grew by %ld KiB\n", host->n_renewed, grown);
        sim_free(sim);
}

void sim_free(Sim *sim) {
        for (unsigned i = 0; i < sim->n_hosts; i++)
                sim_host_clear(&sim->hosts[i]);
}
