/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * One link of the simulation: the real shell (link/link.c) and client over the ports of sim-ports.c, and
 * everything that can happen to the link.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

#include "tests/sim/sim.h"

/*
 * In one of LEASE_ONLY_EVERY runs the links are lease-only: leases are published, but not put on the links.
 */
#define LEASE_ONLY_EVERY 8u

const char *sim_host_state_name(const SimHost *host) {
        return dhcp4_state_to_string(dhcp4_client_state(link_client(host->world.link)));
}

const Dhcp4Source *sim_host_in_force(const SimHost *host, Dhcp4Source *buffer) {
        return dhcp4_client_in_force(link_client(host->world.link), buffer) ? buffer : NULL;
}

void sim_host_keep(SimHost *host, const Dhcp4Source *source) {
        if (source->lease)
                host->last_lease = *source->lease;
        else
                host->last_lease = (Dhcp4Lease){
                        .origin = source->origin,
                        .address = source->address,
                        .prefix_len = source->prefix_len,
                        .granted_at = source->granted_at,
                        .lifetime_usec = source->lifetime_usec,
                };
}

const Dhcp4Lease *sim_host_lease(const SimHost *host) {
        const Dhcp4Lease *lease = dhcp4_client_lease(link_client(host->world.link));

        return lease ?: link_lease_is_former(host->world.link) ? link_lease(host->world.link) : NULL;
}

void sim_host_allow(SimHost *host) {
        host->allowance++;
        host->declined_at = 0;
}

bool sim_host_is_up(const SimHost *host) {
        const Dhcp4Client *client = link_client(host->world.link);
        Dhcp4Source buffer;

        return sim_host_in_force(host, &buffer) && dhcp4_client_state(client) != DHCP4_STATE_REBOOTING &&
                dhcp4_client_state(client) != DHCP4_STATE_REQUESTING && link_settled(host->world.link) &&
                host->published && host->mtu.bounce_at == USEC_INFINITY &&
                (host->config.net.lease_only ||
                 world_kernel_can_use(&host->world.kernel, host->last_lease.address)) &&
                host->last_lease.origin != DHCP4_LEASE_LINK_LOCAL &&
                host->last_lease.origin != DHCP4_LEASE_STATIC;
}

/* Life */

void sim_digest(const uint8_t key[DHCP4_NONCE_LEN], const uint8_t *data, size_t len,
                uint8_t ret[DHCP4_NONCE_LEN]) {
        const uint64_t hash = prng_siphash24(key, data, len);

        memcpy(ret, &hash, sizeof(hash));
        memcpy(ret + sizeof(hash), &hash, sizeof(hash));
}

/* Draws which options the client asks for, and in which order. */
static void draw_request(Sim *sim, Dhcp4ClientConfig *config) {
        uint8_t left[] = { 1, 3, 6, 15, 121, 33, 249, 51, 58, 59, 108 };
        const unsigned n = 5 + (unsigned) sim_draw(sim, sizeof(left) - 4);

        config->n_request = 0;
        while (config->n_request < n) {
                const uint64_t i = sim_draw(sim, n - config->n_request);

                config->request[config->n_request++] = left[i];
                left[i] = left[n - config->n_request];
        }
}

static Dhcp4Classless draw_classless(Sim *sim) {
        return sim_draw(sim, 4) ? DHCP4_CLASSLESS_NO_OVERRIDE
                                : (Dhcp4Classless) sim_draw(sim, _DHCP4_CLASSLESS_MAX);
}

static void draw_config(Sim *sim, SimHost *host) {
        Dhcp4ClientConfig *c = &host->config.client;

        host->config = (LinkConfig){
                .client = {
                        .chaddr_len = 6,
                        .htype = 1,
                        .broadcast = sim_draw(sim, 8) == 0,
                        .wireless = sim_draw(sim, 4) == 0,
                        .rapid_commit = sim_draw(sim, 2),
                        .default_lifetime_sec = DHCP4_DEFAULT_LIFETIME_SEC,
                        .anonymize = sim_draw(sim, 6) == 0,
                        .ipv6_only = sim_draw(sim, 10) == 0,
                        .bootp = sim_draw(sim, 10) == 0,
                        .hmac_md5 = sim_draw(sim, 2) ? sim_digest : NULL,
                        .conflict = (Dhcp4ConflictMode) sim_draw(sim, 3),
                        .stored = (Dhcp4StoredMode) sim_draw(sim, _DHCP4_STORED_MAX),
                        .start_delay_max_usec = sim_draw(sim, 4) ? 0 : 10 * USEC_PER_SEC,
                        .carrier_grace_usec = sim_draw(sim, 3) ? 3 * USEC_PER_SEC
                                : sim_draw(sim, 2)     ? 0
                                                       : USEC_INFINITY,
                        .fallback = {
                                .kind = (Dhcp4FallbackKind) sim_draw(sim, _DHCP4_FALLBACK_MAX),
                                .after_usec = (1 + sim_draw(sim, 30)) * USEC_PER_SEC,
                                .address = { htonl(0xc0000200u + 10u + (uint32_t) host->index) },
                                .router = { htonl(0xc0000201u) },
                                .prefix_len = 24,
                        },
                },
                /* lease_only depends on the seed and is not drawn, so the draws after it stay the same. */
                .net = { .lease_only = sim->seed % LEASE_ONLY_EVERY == LEASE_ONLY_EVERY - 1,
                         .metric = 1024,
                         .table = 254,
                         .use_routes = true,
                         .use_gateway = true,
                         .use_mtu = (NetMtuUse) sim_draw(sim, 3),
                         .mtu_min = sim_draw(sim, 2) ? 576 : 68,
                         .classless = draw_classless(sim),
                         .classless_table = 77,
                         .rule_table = sim_draw(sim, 3) ? 0 : 88 },
                .can_acd = sim_draw(sim, 8) > 0,
                .defend_address = sim_draw(sim, 4) == 0,
        };
        draw_request(sim, c);
        memcpy(c->chaddr, host->mac, 6);
        memcpy(host->config.mac, host->mac, 6);
        if (sim_draw(sim, 4) > 0) {
                c->client_id[0] = 1;
                memcpy(c->client_id + 1, host->mac, 6);
                c->client_id_len = 7;
        }
        if (sim_draw(sim, 12) == 0) {
                c->inform.s_addr = htonl(0x0a000000u + 200u + (uint32_t) host->index);
                c->inform_prefix_len = 24;
        }
}

void sim_host_init(Sim *sim, unsigned i) {
        SimHost *host = &sim->hosts[i];

        *host = (SimHost){ .sim = sim, .index = (int) i, .deaf = sim_draw(sim, 6) == 0 };
        world_init(&host->world);
        host->mac[0] = 2;
        host->mac[5] = (uint8_t) (i + 1);
        for (unsigned j = 0; j < PRNG_KEY_LEN; j++)
                host->key[j] = (uint8_t) sim_draw(sim, 256);
        draw_config(sim, host);
        if (sim_draw(sim, 2) == 0)
                world_kernel_put_address(&host->world.kernel,
                                         &(const NetAddress){ .family = AF_INET,
                                                              .address.v4.s_addr = htonl(0xc6336407u),
                                                              .prefix_len = 24,
                                                              .valid_until = USEC_INFINITY });
        host->world.kernel.promotes = sim_draw(sim, 2);
        /* Add two routes of another client. They look like ours, but they are not. */
        for (unsigned j = 0; j < 2; j++)
                /* 198.18.0.0/24, and 198.18.1.0/24 behind it */
                world_kernel_put_route(
                        &host->world.kernel,
                        &(const NetRoute){ .family = AF_INET,
                                           .dst.v4.s_addr = htonl(0xc6120000u + (j << 8)),
                                           .prefix_len = 24,
                                           .gateway.v4.s_addr = j == 0 ? INADDR_ANY : htonl(0xc6120001u),
                                           .metric = 1024,
                                           .table = 254 });
        world_kernel_others(&host->world.kernel, &host->others);
        if (link_new(sim_host_ports(), host, &host->config, host->key, &host->world.link) < 0)
                g_assert_not_reached();
        sim_mtu_init(host);
}

void sim_host_clear(SimHost *host) {
        host->world.link = link_free(host->world.link);
}

void sim_host_start(SimHost *host, const Dhcp4Lease *cached, bool held) {
        Dhcp4Source before;

        sim_trace(host->sim, "host %d start%s", host->index,
                  held             ? ", lease held"
                          : cached ? ", lease remembered"
                                   : "");
        sim_host_allow(host);
        host->running = true;
        host->carrier_moved = false;
        host->n_claimed = 0;
        host->adopted.s_addr = held ? cached->address.s_addr : INADDR_ANY;
        if (cached)
                before = cached->ack_len > 0
                        ? dhcp4_source_of_lease(cached)
                        : dhcp4_source_own(cached->origin, cached->address, cached->prefix_len,
                                           (struct in_addr){}, cached->granted_at);
        link_start(host->world.link, host->sim->now, cached ? &before : NULL, held);
        sim_host_check(host);
}

void sim_host_stop(SimHost *host, bool release) {
        const Dhcp4Lease *lease = dhcp4_client_lease(link_client(host->world.link));
        /* The address of DHCPINFORM is probed too, but no server granted it, so it is not released. */
        const bool probing = dhcp4_client_state(link_client(host->world.link)) == DHCP4_STATE_PROBING &&
                host->config.client.inform.s_addr == INADDR_ANY;
        /* An address that is being probed was granted by DHCP, or by BOOTP where that is allowed. */
        const bool owed =
                release && host->world.carrier && ((lease && lease->origin == DHCP4_LEASE_DHCP) || probing);
        const bool former = release && host->world.carrier && link_lease_is_former(host->world.link) &&
                link_lease(host->world.link)->origin == DHCP4_LEASE_DHCP;

        sim_trace(host->sim, "host %d stop%s", host->index, release ? ", release" : "");
        sim_host_allow(host);
        host->running = false;
        link_stop(host->world.link, host->sim->now, release);
        if ((unsigned) owed + former != host->sent_in_turn[DHCP4_RELEASE] &&
            !(probing && host->config.client.bootp))
                sim_fail(host->sim, host, "RELEASE %s", owed ? "is missing" : "is sent for no lease");
        sim_mtu_stopped(host);
        sim_host_check(host);
}

static void set_identity(SimHost *host, const uint8_t mac[6], const uint8_t *id, uint8_t id_len) {
        memcpy(host->mac, mac, 6);
        memcpy(host->config.mac, mac, 6);
        memcpy(host->config.client.chaddr, mac, 6);
        memcpy(host->config.client.client_id, id, id_len);
        host->config.client.client_id_len = id_len;
}

/*
 * Gives the host this hardware address and client identifier. Then calls link_set_hardware() as
 * manager/managed-link.c does, but without a remembered lease.
 */
static void hardware_to(SimHost *host, const uint8_t mac[6], const uint8_t *id, uint8_t id_len) {
        const Dhcp4ClientConfig *config = &host->config.client, old = *config;
        const Dhcp4Client *client = link_client(host->world.link);
        const Dhcp4Lease *lease = dhcp4_client_lease(client), *published = link_lease(host->world.link);
        const bool same = id_len > 0 && id_len == old.client_id_len &&
                memcmp(id, old.client_id, id_len) == 0,
                   back = host->former.on && !same && id_len == host->former.id_len &&
                memcmp(id_len > 0 ? id : mac, id_len > 0 ? host->former.id : host->former.mac,
                       id_len > 0 ? id_len : 6) == 0,
                   stays = host->running && published && dhcp4_lease_is_granted(published) &&
                (same || !old.anonymize) &&
                ((lease && lease->address.s_addr == published->address.s_addr) || host->former.on) &&
                old.carrier_grace_usec > 0 && world_kernel_has(&host->world.kernel, published->address),
                   own = same || (back && host->world.carrier),
                   verifies = host->running && own && host->world.carrier && sim_host_may_ask(host) &&
                (back ? published : lease) && (back ? published : lease)->origin == DHCP4_LEASE_DHCP;
        const struct in_addr address = published ? published->address : (struct in_addr){};

        sim_trace(host->sim, "host %d hardware address %02x:%02x, %s client%s", host->index, mac[4], mac[5],
                  same ? "the same" : "another", back ? " that it was before" : "");
        sim_host_allow(host);
        set_identity(host, mac, id, id_len);
        sim_host_forget_here(host);
        if (back && own)
                host->former.on = false;
        else if (!same && !old.anonymize && !host->former.on && host->running && published && lease &&
                 lease->address.s_addr == published->address.s_addr && dhcp4_lease_is_granted(published)) {
                host->former.on = true;
                host->former.released = false;
                host->former.is_owed = published->origin == DHCP4_LEASE_DHCP;
                host->former.address = address;
                host->former.until = usec_add(host->sim->now, old.carrier_grace_usec);
                memcpy(host->former.mac, old.chaddr, 6);
                memcpy(host->former.id, old.client_id, old.client_id_len);
                host->former.id_len = old.client_id_len;
        } else if (old.anonymize && !same)
                host->former.on = false;
        if (link_set_hardware(host->world.link, host->sim->now, &host->config, NULL, /* release= */ true) !=
            (host->running && !own))
                sim_fail(host->sim, host,
                         "another client is taken for the same one, or the same for another");
        if (verifies && host->sent_in_turn[DHCP4_REQUEST] == 0)
                sim_fail(host->sim, host, "a lease is not verified under the new hardware address");
        if (stays && !world_kernel_has(&host->world.kernel, address))
                sim_fail(host->sim, host, "its address is removed before any server was asked");
        /* A link that has become another client does nothing until it is told that there is a carrier. */
        if (!own && host->running) {
                host->carrier_moved = false;
                if (host->world.carrier)
                        link_carrier(host->world.link, host->sim->now, /* up= */ true);
        }
        sim_host_check(host);
}

void sim_host_hardware(SimHost *host) {
        const Dhcp4ClientConfig *config = &host->config.client;
        uint8_t mac[6], id[24], id_len = config->client_id_len;

        memcpy(mac, host->mac, sizeof(mac));
        mac[4] = (uint8_t) sim_draw(host->sim, 3);
        if (memcmp(mac, host->mac, sizeof(mac)) == 0)
                return;
        memcpy(id, config->client_id, id_len);
        if (id_len > 0 && (config->anonymize || sim_draw(host->sim, 2))) {
                id[0] = 1;
                memcpy(id + 1, mac, sizeof(mac));
                id_len = 1 + sizeof(mac);
        }
        hardware_to(host, mac, id, id_len);
}

/*
 * The daemon is killed and started again. It knows the lease that it had published or remembered, and the
 * kernel keeps everything.
 */
void sim_host_restart_daemon(SimHost *host) {
        const Dhcp4Lease *cached = dhcp4_client_cached(link_client(host->world.link));
        const bool held = host->published, carrier = host->world.carrier, moved = host->former.on;
        const Dhcp4ClientConfig config = host->config.client;
        Dhcp4Lease lease;

        if (!host->running)
                return;
        sim_trace(host->sim, "host %d daemon restarts", host->index);
        if (held)
                lease = host->last_lease;
        else if (cached)
                lease = *cached;
        sim_host_clear(host);
        host->world.rx_mode = DHCP4_RX_NONE;
        host->world.arp = host->published = host->udp_refused = false;
        host->have_acked_xid = false;
        host->paced_until = 0;
        host->world.timer_at = USEC_INFINITY;
        for (unsigned j = 0; j < PRNG_KEY_LEN; j++)
                host->key[j] = (uint8_t) sim_draw(host->sim, 256);
        /* The next daemon begins with the identity on record, which is the one that got the lease. */
        if (moved)
                set_identity(host, host->former.mac, host->former.id, host->former.id_len);
        host->former.on = false;
        if (link_new(sim_host_ports(), host, &host->config, host->key, &host->world.link) < 0)
                g_assert_not_reached();
        host->world.carrier = false; /* until the new link is told of the carrier below */
        sim_mtu_restart(host);
        /* What the old daemon had received but not published yet is lost. */
        for (unsigned i = 0; i < host->n_grants; i++)
                host->grants[i].latest = USEC_INFINITY;
        /*
         * If the old daemon died after a sleep, the new one cannot know of the sleep when it adopts the
         * lease.
         */
        if (held)
                host->heard_here[host->n_heard_here++ % SIM_GRANTS_MAX] = lease.address;
        sim_host_start(host, held || cached ? &lease : NULL, held);
        if (held && dhcp4_lease_is_granted(&lease) && !carrier) {
                /*
                 * The lease is on the link, but there is no carrier now. Tells the link that it has just
                 * lost its carrier, as manager/managed-link.c does.
                 */
                sim_host_carrier(host, true);
                sim_host_carrier(host, false);
        } else if (carrier)
                sim_host_carrier(host, true);
        if (moved)
                hardware_to(host, config.chaddr, config.client_id, config.client_id_len);
}

void sim_host_carrier(SimHost *host, bool up) {
        const Dhcp4Lease *lease = dhcp4_client_lease(link_client(host->world.link));
        const bool to_verify = up && host->carrier_moved && lease && dhcp4_lease_is_granted(lease) &&
                sim_host_may_ask(host);

        sim_trace(host->sim, "host %d carrier %s", host->index, up ? "up" : "lost");
        sim_host_allow(host);
        if (host->world.carrier && !up) {
                host->carrier_lost_at = host->sim->now;
                sim_host_forget_here(host);
        }
        if (!up)
                sim_mtu_carrier_lost(host);
        host->carrier_moved = !up;
        host->world.carrier = up;
        link_carrier(host->world.link, host->sim->now, up);
        if (to_verify && host->sent_in_turn[DHCP4_REQUEST] == 0)
                sim_fail(host->sim, host, "a lease is not verified though the carrier was away");
        sim_host_check(host);
}

void sim_host_renew(SimHost *host) {
        const Dhcp4Client *client = link_client(host->world.link);
        const bool early = dhcp4_client_state(client) == DHCP4_STATE_BOUND;

        sim_trace(host->sim, "host %d renew", host->index);
        sim_host_allow(host);
        link_renew(host->world.link, host->sim->now);
        /*
         * The REQUEST may get lost. Without a retransmission of its own, the next one would come after half
         * of the time until T2, which may be days.
         */
        if (early && dhcp4_client_state(client) == DHCP4_STATE_RENEWING &&
            host->world.timer_at > host->sim->now + 5 * USEC_PER_SEC)
                sim_fail(host->sim, host, "a renewal by the user is not tried again soon");
        sim_host_check(host);
}

void sim_host_resumed(SimHost *host) {
        const Dhcp4Client *client = link_client(host->world.link);
        const Dhcp4State state = dhcp4_client_state(client);
        const Dhcp4Lease *lease = dhcp4_client_lease(client);
        const bool to_verify = host->world.carrier && lease && lease->origin == DHCP4_LEASE_DHCP &&
                sim_host_may_ask(host) &&
                (state == DHCP4_STATE_BOUND || state == DHCP4_STATE_RENEWING ||
                 state == DHCP4_STATE_REBINDING) &&
                dhcp4_lease_expires_at(lease) > host->sim->now;
        const uint32_t xid = dhcp4_client_xid(client);

        sim_trace(host->sim, "host %d slept", host->index);
        sim_host_allow(host);
        sim_host_forget_here(host);
        link_resumed(host->world.link, host->sim->now);
        if (to_verify &&
            host->sent_in_turn[host->config.client.anonymize ? DHCP4_DISCOVER : DHCP4_REQUEST] == 0)
                sim_fail(host->sim, host, "a lease is not verified though the host slept");
        if ((state == DHCP4_STATE_SELECTING || state == DHCP4_STATE_REQUESTING ||
             state == DHCP4_STATE_REBOOTING) &&
            dhcp4_client_xid(client) == xid)
                sim_fail(host->sim, host, "an exchange from before the sleep goes on");
        sim_host_check(host);
}

void sim_host_reconfigure(SimHost *host) {
        const struct in_addr *inform = &host->config.client.inform;
        const Dhcp4Client *client = link_client(host->world.link);
        const Dhcp4Source *source;
        const Dhcp4Lease *lease;
        bool owed, restarted;
        Dhcp4Source buffer;

        host->config.client.rapid_commit = !host->config.client.rapid_commit;
        host->config.client.broadcast = !host->config.client.broadcast;
        host->config.net.use_gateway = !host->config.net.use_gateway;
        host->config.net.use_mtu = (NetMtuUse) sim_draw(host->sim, 3);
        host->config.client.conflict = (Dhcp4ConflictMode) sim_draw(host->sim, 3);
        if (sim_draw(host->sim, 3) == 0)
                host->config.client.ipv6_only = !host->config.client.ipv6_only;
        /* Sometimes the task is another one: DHCPINFORM for an address, or a lease. */
        if (sim_draw(host->sim, 3) == 0) {
                /* If the kernel refuses the change, the old address may stay there for longer. */
                if (inform->s_addr != INADDR_ANY)
                        (void) sim_note_grant(host, *inform, UINT32_MAX);
                host->config.client.inform.s_addr = sim_draw(host->sim, 2)
                        ? htonl(0x0a000000u + 200u + 4 * (uint32_t) sim_draw(host->sim, 8) +
                                (uint32_t) host->index)
                        : INADDR_ANY;
                host->config.client.inform_prefix_len = 24;
        }
        if (sim_draw(host->sim, 4) == 0) {
                /*
                 * The client identifier must differ from that of every other host, or servers would take
                 * both for one client.
                 */
                host->config.client.client_id[0] = 1;
                memcpy(host->config.client.client_id + 1, host->mac, 6);
                host->config.client.client_id[7] = (uint8_t) sim_draw(host->sim, 3);
                host->config.client.client_id_len = 8;
        }
        sim_trace(host->sim, "host %d other configuration", host->index);
        sim_host_allow(host);
        lease = dhcp4_client_lease(client);
        owed = host->world.carrier && lease && lease->origin == DHCP4_LEASE_DHCP && sim_draw(host->sim, 2);
        restarted = link_set_config(host->world.link, host->sim->now, &host->config, /* release= */ owed);
        if (restarted && owed != (host->sent_in_turn[DHCP4_RELEASE] == 1))
                sim_fail(host->sim, host, "RELEASE %s", owed ? "is missing" : "is sent for no lease");
        if (restarted)
                sim_mtu_stopped(host);
        if (restarted && host->world.carrier) {
                host->carrier_moved = false;
                link_carrier(host->world.link, host->sim->now, /* up= */ true);
        }
        /* An answer with option 108 to an earlier question may still be on its way. */
        if (host->config.client.ipv6_only && sim_fault(host->sim, 500))
                sim_hostile_ipv6_only(host->sim, host->index);
        source = sim_host_in_force(host, &buffer);
        if (source && (source->origin == DHCP4_LEASE_INFORM) != (inform->s_addr != INADDR_ANY))
                sim_fail(host->sim, host, "it has a lease of the wrong kind for InformAddress=");
        if (source && inform->s_addr != INADDR_ANY && source->address.s_addr != inform->s_addr)
                sim_fail(host->sim, host, "it has the InformAddress= of the old configuration");
        sim_host_check(host);
}

void sim_host_timer(SimHost *host) {
        host->world.timer_at = USEC_INFINITY;
        link_timer(host->world.link, host->sim->now);
        sim_host_check(host);
}

void sim_host_kernel_changed(SimHost *host) {
        link_kernel_changed(host->world.link, host->sim->now);
        sim_host_check(host);
}

void sim_host_tunnel(SimHost *host, bool up) {
        /* Destinations in host order. */
        static const NetTunnelRoute vpns[][SIM_TUNNEL_ROUTES_MAX] = {
                { { .family = AF_INET, .prefix_len = 0, .table = 254, .metric = 50 } },
                { { .family = AF_INET, .prefix_len = 0, .table = 254, .metric = 5000 } },
                { { .family = AF_INET, .prefix_len = 0, .table = 51820 } },
                { { .family = AF_INET, .prefix_len = 1, .table = 254 },
                  { .family = AF_INET, .dst.v4 = { 0x80000000 }, .prefix_len = 1, .table = 254 } },
                { { .family = AF_INET,
                    .dst.v4 = { 0xac000000 },
                    .prefix_len = 8,
                    .table = 254,
                    .metric = 50 } },
                { { .family = AF_INET, .dst.v4 = { 0xac100000 }, .prefix_len = 12, .table = 254 },
                  { .family = AF_INET, .dst.v4 = { 0xc0000000 }, .prefix_len = 3, .table = 254 } },
                { { .family = AF_INET,
                    .dst.v4 = { 0x0a000000 },
                    .prefix_len = 8,
                    .table = 254,
                    .metric = 50 } },
                { { .family = AF_INET, .dst.v4 = { 0x0a000000 }, .prefix_len = 15, .table = 51820 } },
        };
        const uint64_t which = sim_draw(host->sim, G_N_ELEMENTS(vpns));

        host->world.tunnels = (NetTunnels){};
        for (size_t i = 0; up && i < SIM_TUNNEL_ROUTES_MAX; i++)
                if (vpns[which][i].table > 0) {
                        NetTunnelRoute route = vpns[which][i];

                        route.dst.v4.s_addr = htonl(route.dst.v4.s_addr);
                        net_tunnels_add(&host->world.tunnels, &route);
                }
        sim_trace(host->sim, "host %d VPN %s", host->index, up ? "up" : "down");
        link_tunnels_changed(host->world.link, host->sim->now);
        sim_host_check(host);
}

void sim_host_port(SimHost *host, bool taken) {
        if (taken == host->port_taken)
                return;
        sim_trace(host->sim, "host %d port 68 %s", host->index, taken ? "taken" : "free");
        host->port_taken = taken;
}

void sim_host_arp(SimHost *host, const ArpPacket *arp) {
        if (!host->world.arp || !host->world.carrier)
                return;
        if (arp->sender.s_addr != INADDR_ANY && memcmp(arp->sender_mac, host->mac, sizeof(host->mac)) != 0)
                host->claimed[host->n_claimed++ % G_N_ELEMENTS(host->claimed)] = arp->sender;
        link_arp(host->world.link, host->sim->now, arp);
        sim_host_check(host);
}

/* Somebody else adds a second address in the network of the lease, and a route from it. */
static void add_beside(SimHost *host) {
        WorldKernel *kernel = &host->world.kernel;
        NetAddress beside;

        if (kernel->n_addresses == 0 || kernel->n_addresses > 4 || !kernel->addresses[0].ours)
                return;
        beside = kernel->addresses[0];
        beside.address.v4.s_addr ^= htonl(0x80);
        beside.ours = false;
        beside.valid_until = USEC_INFINITY;
        for (size_t i = 0; i < kernel->n_addresses; i++)
                if (kernel->addresses[i].address.v4.s_addr == beside.address.v4.s_addr)
                        return;
        world_kernel_put_address(kernel, &beside);
        if (host->others.n_routes < 8)
                world_kernel_put_route(
                        kernel,
                        &(const NetRoute){ .family = AF_INET,
                                           .dst.v4.s_addr = htonl(0xc6130000u +
                                                                  ((uint32_t) host->others.n_routes << 8)),
                                           .prefix_len = 24,
                                           .prefsrc = beside.address,
                                           .metric = 1024,
                                           .table = 254 });
}

void sim_host_meddle(SimHost *host, unsigned how) {
        sim_trace(host->sim, "host %d somebody meddles, %u", host->index, how);
        sim_host_allow(host);
        host->meddled = host->meddled || how < 4;
        switch (how) {
        case 0:
                for (size_t i = host->world.kernel.n_addresses; i-- > 0;)
                        if (i < host->world.kernel.n_addresses && host->world.kernel.addresses[i].ours)
                                world_kernel_del_address(&host->world.kernel, i);
                break;
        case 1:
                world_kernel_del_our_routes(&host->world.kernel);
                break;
        case 2: /* somebody sets the link down and up: the routes are gone, and the carrier was away */
                world_kernel_del_our_routes(&host->world.kernel);
                if (!host->world.carrier)
                        break;
                sim_host_carrier(host, false);
                sim_host_carrier(host, true);
                return;
        case 4: /* the address of another link of the host changes, and this link loses nothing */
                sim_host_draw_elsewhere(host);
                return;
        case 3:
                sim_mtu_meddle(host);
                sim_host_check(host);
                return;
        case 5:
                add_beside(host);
                break;
        }
        world_kernel_others(&host->world.kernel, &host->others);
        sim_host_kernel_changed(host);
}

void sim_host_put_back(SimHost *host) {
        NetConfig desired;

        sim_trace(host->sim, "host %d somebody puts back what was taken away", host->index);
        sim_host_desired(host, &desired);
        for (size_t i = 0; i < desired.n_addresses; i++)
                if (!world_kernel_can_use(&host->world.kernel, desired.addresses[i].address.v4)) {
                        desired.addresses[i].ours = true;
                        world_kernel_put_address(&host->world.kernel, &desired.addresses[i]);
                }
        world_kernel_del_our_routes(&host->world.kernel);
        for (size_t i = 0; i < desired.n_routes; i++)
                world_kernel_put_route(&host->world.kernel, &desired.routes[i]);
        sim_host_kernel_changed(host);
}

void sim_host_draw_elsewhere(SimHost *host) {
        host->world.elsewhere =
                sim_draw(host->sim, 2) ? htonl(0x0a00000au + (uint32_t) sim_draw(host->sim, 6)) : INADDR_ANY;
}
