/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Time, and a run from its first phase to its last (sim.h). */
#include <stdarg.h>
#include <stdlib.h>

#include "tests/memory/resident.h"
#include "tests/sim/sim-run.h"

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

void sim_fail(Sim *sim, const SimHost *host, const char *format, ...) {
        char where[80];
        va_list ap;

        (void) g_snprintf(where, sizeof(where), "host %d in %s", host ? host->index : -1,
                          host ? dhcp4_state_to_string(dhcp4_client_state(link_client(host->world.link)))
                               : "-");
        va_start(ap, format);
        sim_report(sim, "sim", where, format, ap);
        va_end(ap);
        _Exit(1);
}

/* Time */

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
        const int packet = sim_first_packet(sim);
        usec_t at = packet < 0 ? USEC_INFINITY : sim->packets[packet].at;
        SimHost *host = NULL, *expiring = NULL, *bouncing = NULL;

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
        } else
                sim_deliver_at(sim, packet);
        return true;
}

void sim_run_until(Sim *sim, usec_t until, uint64_t events_max) {
        const uint64_t last = sim->events + events_max;

        while (sim_step(sim, until))
                if (sim->events > last)
                        return;
}

void sim_run(Sim *sim, uint64_t seed, bool print_trace) {
        *sim = (Sim){ .n_hosts = 0 };
        sim_begin(sim, "simulation", seed, print_trace ? stdout : NULL);
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

        *sim = (Sim){ .n_hosts = 1, .n_servers = 1 };
        sim_begin(sim, "renewals", 0, NULL);
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
