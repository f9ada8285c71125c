/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Phases about addresses that others have too, and about failures that must not be remembered for ever
 * (sim.h):
 *
 *   twins     a server offers one address to every link that asks; one gets it, and nobody declines it
 *   fallback  the server grants a link the address that the link has as its fallback; later the lease ends
 *   claims    neighbours have the first link-local addresses that a link tries, and later have none of them
 *   failure   a server offers and never sends an ACK; once it has sent one, its OFFERs are as good as others
 *   inform    the address that is configured for DHCPINFORM has an owner, who defends it and then leaves
 */
#include <arpa/inet.h>
#include <string.h>

#include "tests/sim/sim.h"

/*
 * A link must have its fallback when this span has passed after the configured one. The span is enough for
 * three addresses: one that is taken, one that another link tries at the same time, and the one that the
 * link gets. Each takes PROBE_WAIT, three probes and the silence after them (RFC 5227 §1.1).
 */
#define PROBES_USEC  (30 * USEC_PER_SEC)
#define LIFETIME_SEC 120u
#define GIVE_UP_USEC (40 * USEC_PER_SEC) /* enough for four REQUESTs without an answer */
/* The client forgets earlier refusals when it has had a lease for this long. */
#define HELD_USEC (70 * USEC_PER_SEC)
#define N_CLAIMS  12u
/*
 * Time for N_CLAIMS conflicts. Three of them, or five if links try the same addresses, cost a minute each.
 */
#define CLAIMS_USEC (400 * USEC_PER_SEC)
#define OWNED_USEC  (1800 * USEC_PER_SEC)
/* The most probes in OWNED_USEC: attempts are one minute apart at first, and five minutes at last. */
#define OWNED_PROBES  10u
#define NEXT_TRY_USEC (400 * USEC_PER_SEC) /* five minutes, a quarter of that, and the probes */

/*
 * Stops all links and releases all leases. Afterwards no packet is on the wire, and neighbours have no
 * address.
 */
static void stop_all(Sim *sim) {
        for (unsigned i = 0; i < sim->n_hosts; i++)
                sim_host_stop(&sim->hosts[i], /* release= */ true);
        sim_run_until(sim, sim->now + USEC_PER_SEC, SIM_EVENTS_MAX);
        sim->n_strangers = 0;
        for (unsigned i = 0; i < sim->n_hosts; i++)
                sim->hosts[i].world.elsewhere = INADDR_ANY;
}

static void set_alive(Sim *sim, bool alive) {
        for (unsigned i = 0; i < sim->n_servers; i++)
                sim->servers[i].alive = alive;
}

/* Waits until every link is up and no conflict is found any more. */
static void wait_until_settled(Sim *sim) {
        sim_wait_until_up(sim);
        sim_run_until(sim, sim->now + PROBES_USEC, SIM_EVENTS_MAX);
        sim_wait_until_up(sim);
}

/* Gives the link host->config. The link must be stopped. */
static void configure(SimHost *host) {
        (void) link_set_config(host->world.link, host->sim->now, &host->config, /* release= */ false);
}

static bool looks_for_conflicts(const SimHost *host) {
        return host->config.can_acd && host->config.client.conflict != DHCP4_CONFLICT_NO;
}

void sim_check_routers_learned(Sim *sim) {
        for (unsigned i = 0; i < sim->n_hosts; i++) {
                const SimHost *host = &sim->hosts[i];
                const Dhcp4ClientConfig *config = &host->config.client;

                if (!sim_host_is_up(host) || host->last_lease.origin != DHCP4_LEASE_DHCP ||
                    dhcp4_client_state(link_client(host->world.link)) != DHCP4_STATE_BOUND ||
                    !host->config.can_acd || config->anonymize || config->stored == DHCP4_STORED_NEVER ||
                    host->config.net.lease_only)
                        continue;
                for (unsigned j = 0; j < DHCP4_LEASE_GATEWAYS_MAX; j++)
                        if (sim_router_answers(sim, host->last_lease.gateways[j].address) &&
                            !dhcp4_gateway_is_known(&host->last_lease.gateways[j]))
                                sim_fail(sim, host, "it has not learned the hardware address of its router");
        }
}

/* Does nothing with one link. sim-ports.c fails if a link declines an address that nobody has. */
void sim_phase_twins(Sim *sim) {
        if (sim->n_hosts < 2)
                return;
        stop_all(sim);
        for (unsigned i = 0; i < sim->n_servers; i++) {
                sim_server_forget(&sim->servers[i]);
                sim->servers[i].offers_alike = true;
        }
        sim_start_all(sim);
        wait_until_settled(sim);
        for (unsigned i = 0; i < sim->n_servers; i++)
                sim->servers[i].offers_alike = false;
}

static bool has_fallback(const SimHost *host) {
        return host->published && !dhcp4_lease_is_granted(&host->last_lease) &&
                (host->config.net.lease_only ||
                 world_kernel_can_use(&host->world.kernel, host->last_lease.address));
}

/* Returns true if another link or host has the fallback address, so that this link may go without it. */
static bool is_fallback_taken(const Sim *sim, const SimHost *host) {
        const struct in_addr address = host->config.client.fallback.address;

        if (address.s_addr == INADDR_ANY)
                return false;
        for (unsigned i = 0; i < sim->n_hosts; i++)
                if (&sim->hosts[i] != host && sim_has_address(&sim->hosts[i], address))
                        return true;
        return host->world.elsewhere == address.s_addr;
}

static void check_fallback(Sim *sim, const bool expected[]) {
        for (unsigned i = 0; i < sim->n_hosts; i++)
                if (expected[i] && !is_fallback_taken(sim, &sim->hosts[i]) && !has_fallback(&sim->hosts[i]))
                        sim_fail(sim, &sim->hosts[i], "it has not got its fallback in time");
}

/* Makes all servers silent, and runs until all leases have expired. */
static void end_leases(Sim *sim) {
        usec_t end = sim->now;

        set_alive(sim, false);
        for (unsigned i = 0; i < sim->n_hosts; i++)
                if (sim->hosts[i].last_lease.origin == DHCP4_LEASE_DHCP)
                        end = MAX(end, dhcp4_lease_expires_at(&sim->hosts[i].last_lease));
        sim_run_until(sim, end, SIM_EVENTS_MAX);
}

static void shorten_leases(Sim *sim) {
        for (unsigned i = 0; i < sim->n_servers; i++)
                sim_server_set_lifetime(&sim->servers[i], LIFETIME_SEC);
}

/*
 * The server grants the address that the link already has as its fallback. When this lease ends, the same
 * address becomes the fallback again. Both times the client must keep what conflict detection knows of the
 * address.
 */
void sim_phase_fallback(Sim *sim) {
        SimServer *server = &sim->servers[0];
        Dhcp4Fallback before[SIM_HOSTS_MAX];
        bool expected[SIM_HOSTS_MAX];
        usec_t after = 0;

        /* One server grants all leases, so it will grant the same addresses again. */
        stop_all(sim);
        shorten_leases(sim);
        set_alive(sim, false);
        sim_server_forget(server);
        server->alive = true;
        sim_start_all(sim);
        wait_until_settled(sim);

        stop_all(sim);
        set_alive(sim, false);
        for (unsigned i = 0; i < sim->n_hosts; i++) {
                SimHost *host = &sim->hosts[i];
                Dhcp4Fallback *fallback = &host->config.client.fallback;

                before[i] = *fallback;
                expected[i] = host->last_lease.origin == DHCP4_LEASE_DHCP;
                if (!expected[i])
                        continue;
                *fallback = (Dhcp4Fallback){
                        .kind = DHCP4_FALLBACK_STATIC,
                        .after_usec = sim_draw(sim, 10) * USEC_PER_SEC,
                        .address = host->last_lease.address,
                        .prefix_len = host->last_lease.prefix_len,
                };
                after = MAX(after, fallback->after_usec);
                configure(host);
        }
        sim_start_all(sim);
        sim_run_until(sim, sim->now + 10 * USEC_PER_SEC + after + PROBES_USEC, SIM_EVENTS_MAX);
        check_fallback(sim, expected);
        server->alive = true;
        sim_wait_until_up(sim);
        sim_run_until(sim, sim->now + PROBES_USEC, SIM_EVENTS_MAX);
        sim_check_routers_learned(sim);
        end_leases(sim);
        sim_run_until(sim, sim->now + after + PROBES_USEC, SIM_EVENTS_MAX);
        check_fallback(sim, expected);
        set_alive(sim, true);
        sim_wait_until_up(sim);
        stop_all(sim);
        for (unsigned i = 0; i < sim->n_hosts; i++) {
                sim->hosts[i].config.client.fallback = before[i];
                configure(&sim->hosts[i]);
        }
}

/*
 * RFC 3927 §2.2.1: after ten conflicts a link tries one address a minute. After a lease it counts conflicts
 * anew, so the next one does not cost a minute.
 */
void sim_phase_claims(Sim *sim) {
        bool expected[SIM_HOSTS_MAX];

        stop_all(sim);
        shorten_leases(sim);
        set_alive(sim, false);
        for (unsigned i = 0; i < sim->n_hosts; i++) {
                SimHost *host = &sim->hosts[i];

                expected[i] = host->config.can_acd && host->config.client.inform.s_addr == INADDR_ANY;
                host->config.client.fallback = (Dhcp4Fallback){
                        .kind = expected[i] ? DHCP4_FALLBACK_LINK_LOCAL : DHCP4_FALLBACK_NONE,
                        .after_usec = 5 * USEC_PER_SEC,
                };
                host->n_claims = N_CLAIMS;
                configure(host);
        }
        sim_start_all(sim);
        sim_run_until(sim, sim->now + CLAIMS_USEC, SIM_EVENTS_MAX);
        check_fallback(sim, expected);
        set_alive(sim, true);
        sim_wait_until_up(sim);
        for (unsigned i = 0; i < sim->n_hosts; i++) {
                if (expected[i] && sim->hosts[i].n_claims > 0)
                        sim_fail(sim, &sim->hosts[i], "it has an address without the conflicts before it");
                sim->hosts[i].n_claims = 1;
        }
        end_leases(sim);
        sim_run_until(sim, sim->now + 5 * USEC_PER_SEC + PROBES_USEC, SIM_EVENTS_MAX);
        check_fallback(sim, expected);
        set_alive(sim, true);
        sim_wait_until_up(sim);
}

/*
 * A server that offers and never sends an ACK is passed over for other servers. This ends when it has
 * granted a lease: sim-answers.c checks that its next OFFER is taken at once.
 */
void sim_phase_failure(Sim *sim) {
        SimServer *server = &sim->servers[0];

        stop_all(sim);
        set_alive(sim, false);
        server->alive = server->mute = true;
        server->nameless = server->rapid_commit = server->silent = false;
        sim_server_set_lifetime(server, 3600);
        sim_start_all(sim);
        sim_run_until(sim, sim->now + GIVE_UP_USEC, SIM_EVENTS_MAX);
        server->mute = false;
        sim_wait_until_up(sim);
        sim_run_until(sim, sim->now + HELD_USEC, SIM_EVENTS_MAX);

        server->authoritative = true;
        sim_server_forget(&sim->servers[server->shares_with]);
        sim->nobody_failed = true;
        for (unsigned i = 0; i < sim->n_hosts; i++)
                sim_host_renew(&sim->hosts[i]);
        sim_run_until(sim, sim->now + 5 * USEC_PER_SEC, SIM_EVENTS_MAX);
        sim->nobody_failed = false;
        set_alive(sim, true);
        sim_wait_until_up(sim);
}

/* Configures @address for DHCPINFORM. Returns the address that was configured before. */
static struct in_addr set_inform(SimHost *host, struct in_addr address) {
        const struct in_addr before = host->config.client.inform;

        host->config.client.inform = address;
        host->config.client.inform_prefix_len = 24;
        configure(host);
        return before;
}

/*
 * RFC 5227 §2.1: the address for DHCPINFORM is probed before it is used. sim-ports.c fails if strict
 * conflict detection puts it on the link while its owner answers.
 */
void sim_phase_inform(Sim *sim) {
        struct in_addr before[SIM_HOSTS_MAX];

        stop_all(sim);
        for (unsigned i = 0; i < sim->n_hosts; i++) {
                SimHost *host = &sim->hosts[i];

                sim->strangers[i].s_addr = htonl(0x0a000000u + 240u + i);
                before[i] = set_inform(host, sim->strangers[i]);
                host->n_probes = host->n_taken = 0;
        }
        sim->n_strangers = sim->n_hosts;
        sim_start_all(sim);
        sim_run_until(sim, sim->now + OWNED_USEC, SIM_EVENTS_MAX);
        for (unsigned i = 0; i < sim->n_hosts; i++) {
                const SimHost *host = &sim->hosts[i];

                if (!looks_for_conflicts(host))
                        continue;
                if (world_kernel_has(&host->world.kernel, sim->strangers[i]) || host->n_taken > 1)
                        sim_fail(sim, host, "it comes back to a configured address whose owner defends it");
                if (host->n_probes > OWNED_PROBES)
                        sim_fail(sim, host, "the owner of an address is asked %u times", host->n_probes);
        }
        sim->n_strangers = 0;
        sim_run_until(sim, sim->now + NEXT_TRY_USEC, SIM_EVENTS_MAX);
        for (unsigned i = 0; i < sim->n_hosts; i++)
                if (!sim_host_is_up(&sim->hosts[i]) ||
                    sim->hosts[i].last_lease.address.s_addr != sim->strangers[i].s_addr)
                        sim_fail(sim, &sim->hosts[i],
                                 "the owner of a configured address is gone, and it is not used");
        stop_all(sim);
        for (unsigned i = 0; i < sim->n_hosts; i++)
                (void) set_inform(&sim->hosts[i], before[i]);
}
