/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The properties that must hold for a link after every call, whatever the network does (sim.h). They are
 * about its lease, the kernel, its sockets and tunnels.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

#include "tests/sim/sim.h"

/* How long the client may wait for an answer that it does not need. */
#define PATIENCE_USEC (90 * USEC_PER_SEC)
/* Linux counts lifetimes in whole seconds, so they differ a little from those of the lease. */
#define KERNEL_SLACK_USEC (3 * USEC_PER_SEC)
/* The client asks again for a socket that was refused after this time at the latest. */
#define SOCKET_RETRY_USEC (60 * USEC_PER_SEC)

static void check_lease(SimHost *host) {
        const Dhcp4Client *client = link_client(host->world.link);
        const Dhcp4State state = dhcp4_client_state(client);
        Dhcp4Source buffer;
        const Dhcp4Source *source = sim_host_in_force(host, &buffer);
        const bool bound = state == DHCP4_STATE_BOUND || state == DHCP4_STATE_RENEWING ||
                state == DHCP4_STATE_REBINDING || state == DHCP4_STATE_INFORMING;

        if (bound && !source)
                sim_fail(host->sim, host, "%s without a lease", sim_host_state_name(host));
        /*
         * The client may have a lease in REQUESTING if it asks for the address of this lease. Then the
         * address stays on the link.
         */
        if (source && !bound && state != DHCP4_STATE_REBOOTING &&
            (state != DHCP4_STATE_REQUESTING || host->asked_address.s_addr != source->address.s_addr))
                sim_fail(host->sim, host, "a lease in %s", sim_host_state_name(host));
        if (source && dhcp4_source_expires_at(source) <= host->sim->now)
                sim_fail(host->sim, host, "an expired lease");
        if (source && dhcp4_source_expires_at(source) > sim_host_allowed_until(host, source->address))
                sim_fail(host->sim, host, "a lease for longer than it was granted, or not granted at all");
        for (unsigned i = 0; source && i < host->n_grants; i++)
                if (host->grants[i].address.s_addr == source->address.s_addr &&
                    dhcp4_source_is_granted(source) &&
                    dhcp4_source_expires_at(source) > host->grants[i].latest)
                        sim_fail(host->sim, host,
                                 "a lease that was shortened is kept for as long as before");
        if (source && source->origin != DHCP4_LEASE_INFORM && !host->world.carrier && host->carrier_moved &&
            host->sim->now >
                    usec_add(host->carrier_lost_at, dhcp4_client_config(client)->carrier_grace_usec))
                sim_fail(host->sim, host, "a lease outlives its carrier");
        if (source && source->origin == DHCP4_LEASE_BOOTP && dhcp4_client_t1_at(client) != USEC_INFINITY)
                sim_fail(host->sim, host, "a lease of BOOTP that is to be renewed");
        /* RFC 2131 §4.4.5. Attempts before T1 must not delay the renewal. */
        if (source && source->origin == DHCP4_LEASE_DHCP && state == DHCP4_STATE_BOUND &&
            dhcp4_client_t1_at(client) > usec_add(source->granted_at, source->lease->t1_usec))
                sim_fail(host->sim, host, "the renewal does not begin by T1");
        if (state == DHCP4_STATE_PROBING && dhcp4_client_config(client)->conflict == DHCP4_CONFLICT_NO)
                sim_fail(host->sim, host, "it is in PROBING without conflict detection");
        /* An open packet socket costs time for every packet of the host. */
        if (host->sim->now - host->state_since > PATIENCE_USEC &&
            (state == DHCP4_STATE_INFORMING ||
             (state == DHCP4_STATE_RENEWING && host->sim->now < dhcp4_client_t1_at(client))))
                sim_fail(host->sim, host, "it still listens for an answer that it does not need");
        if (state == DHCP4_STATE_STOPPED && dhcp4_client_next_deadline(client) != USEC_INFINITY)
                sim_fail(host->sim, host, "STOPPED has something to do");
}

/*
 * RFC 2131 §4.4.5: when nobody answers a REQUEST, the next one follows after half of the time that is left
 * until T2 or the expiry, if that half is a minute or more. For leases shorter than 64 minutes the least
 * wait is 1/64 of the lease.
 */
static void check_renewal(SimHost *host) {
        const Dhcp4Client *client = link_client(host->world.link);
        const Dhcp4State state = dhcp4_client_state(client);
        const Dhcp4Lease *lease = dhcp4_client_lease(client);
        const usec_t now = host->sim->now;
        usec_t left, least;

        if (host->sent_in_turn[DHCP4_REQUEST] == 0 || !lease ||
            (state != DHCP4_STATE_RENEWING && state != DHCP4_STATE_REBINDING))
                return;
        left = usec_sub(state == DHCP4_STATE_RENEWING ? dhcp4_client_t2_at(client)
                                                      : dhcp4_lease_expires_at(lease),
                        now);
        least = CLAMP(lease->lifetime_usec / 64, USEC_PER_SEC, 60 * USEC_PER_SEC);
        if (left != USEC_INFINITY && left / 2 >= least && host->world.timer_at > now + left / 2)
                sim_fail(host->sim, host, "the next REQUEST of a renewal comes too late");
}

static void check_kernel(SimHost *host) {
        const char *missing = world_kernel_miss_others(&host->world.kernel, &host->others);
        NetConfig desired;
        size_t n_routes = 0;

        sim_host_desired(host, &desired);
        for (size_t i = 0; i < host->world.kernel.n_addresses; i++) {
                const NetAddress *a = &host->world.kernel.addresses[i];

                if (!a->ours)
                        continue;
                if (a->valid_until > sim_host_kernel_until(host, a->address.v4))
                        sim_fail(host->sim, host,
                                 "the kernel has an address for longer than it was granted");
                if (link_settled(host->world.link) && !sim_config_has_address(&desired, a))
                        sim_fail(host->sim, host, "settled, with an address too many");
                /* An anonymous host must not keep the address, since the kernel names it in ARP requests. */
                if (link_settled(host->world.link) && host->config.client.anonymize &&
                    !sim_host_may_name(host, a->address.v4))
                        sim_fail(host->sim, host,
                                 "an anonymous host keeps an address of an earlier network");
        }
        if (link_missing(host->world.link) && (link_settled(host->world.link) || !host->published))
                sim_fail(host->sim, host, "it says what it gave up, and is settled or has no lease");
        if (missing)
                sim_fail(host->sim, host, "%s", missing);
        if (!link_settled(host->world.link))
                return;
        for (size_t i = 0; i < desired.n_addresses; i++)
                if (!world_kernel_can_use(&host->world.kernel, desired.addresses[i].address.v4))
                        sim_fail(host->sim, host, "settled, without its address");
        for (size_t i = 0; i < desired.n_addresses; i++)
                for (size_t j = 0; j < host->world.kernel.n_addresses; j++)
                        if (host->world.kernel.addresses[j].address.v4.s_addr ==
                                    desired.addresses[i].address.v4.s_addr &&
                            host->world.kernel.addresses[j].ours &&
                            host->world.kernel.addresses[j].valid_until >
                                    usec_add(desired.addresses[i].valid_until,
                                             KERNEL_SLACK_USEC + LINK_OUTLAST_USEC))
                                sim_fail(host->sim, host,
                                         "settled, with an address that outlives the lease");
        if (host->world.kernel.n_rules != desired.n_rules ||
            (desired.n_rules > 0 &&
             (desired.rules[0].from.v4.s_addr != desired.addresses[0].address.v4.s_addr ||
              !net_rule_equal(&desired.rules[0], &host->world.kernel.rules[0]))))
                sim_fail(host->sim, host, "settled, and the rule is not that of its address");
        for (size_t i = 0; i < host->world.kernel.n_routes; i++)
                n_routes += host->world.kernel.routes[i].ours;
        if (n_routes != desired.n_routes)
                sim_fail(host->sim, host, "settled, with %zu routes in place of %zu", n_routes,
                         desired.n_routes);
}

static bool wants_arp(const SimHost *host) {
        const Acd *acd = link_acd(host->world.link);

        switch (acd_state(acd)) {
        case ACD_STATE_PROBING:
        case ACD_STATE_ANNOUNCING:
                return true;
        case ACD_STATE_DEFENDING:
                return host->config.defend_address || ip4_is_link_local(acd_address(acd));
        case ACD_STATE_IDLE:
        case ACD_STATE_CONFLICT:
        case _ACD_STATE_MAX:
                break;
        }
        return false;
}

/* A socket that was refused a moment ago may be missing, if the client asks for it again soon. */
static bool is_refused(const SimHost *host) {
        return host->refused_at > 0 && host->world.timer_at <= usec_add(host->refused_at, SOCKET_RETRY_USEC);
}

static void check_sockets(SimHost *host) {
        const Dhcp4RxMode wanted = dhcp4_client_rx_mode(link_client(host->world.link));

        if (is_refused(host))
                return;
        if (link_settled(host->world.link) && host->world.rx_mode != wanted)
                sim_fail(host->sim, host, "settled, without a socket that it wants or with one too many");
        if (wants_arp(host) && !host->world.arp)
                sim_fail(host->sim, host, "looks for conflicts without listening");
}

/* The link reports that port 68 is taken until it has tried again with success, and no longer. */
static void check_port(SimHost *host) {
        const char *what;
        const int error = link_last_error(host->world.link, &what);

        if (host->udp_refused && error == 0)
                sim_fail(host->sim, host, "nobody is told that port 68 is taken");
        if (!host->udp_refused && error == -EADDRINUSE)
                sim_fail(host->sim, host, "port 68 is said to be taken, and is not");
}

static bool covers(struct in_addr dst, uint8_t prefix_len, struct in_addr address) {
        return prefix_len == 0 || (ntohl(dst.s_addr) ^ ntohl(address.s_addr)) >> (32 - prefix_len) == 0;
}

/* Returns true if @route takes packets that the tunnel would have had without it. */
static bool takes_from_tunnel(const SimHost *host, const NetRoute *route) {
        for (size_t i = 0; i < host->world.tunnels.n_routes; i++) {
                const NetTunnelRoute *t = &host->world.tunnels.routes[i];

                if (!covers(t->dst.v4, t->prefix_len, route->dst.v4) || route->prefix_len < t->prefix_len)
                        continue;
                if (route->prefix_len > t->prefix_len ||
                    (t->table == route->table && route->metric <= t->metric))
                        return true;
        }
        return false;
}

/* Returns true if the route, or its gateway, has anything to do with a tunnel. */
static bool meets_tunnel(const SimHost *host, const Dhcp4Route *route) {
        for (size_t i = 0; i < host->world.tunnels.n_routes; i++) {
                const NetTunnelRoute *t = &host->world.tunnels.routes[i];

                if (covers(t->dst.v4, t->prefix_len, route->dst) ||
                    covers(route->dst, route->prefix_len, t->dst.v4) ||
                    (route->gateway.s_addr != INADDR_ANY &&
                     covers(t->dst.v4, t->prefix_len, route->gateway)))
                        return true;
        }
        return false;
}

/* Returns true for private addresses. A second copy of the table in base/ip.c. */
static bool is_private(struct in_addr network, uint8_t prefix_len) {
        const uint32_t a = ntohl(network.s_addr);

        return (prefix_len >= 8 && a >> 24 == 10) || (prefix_len >= 12 && a >> 20 == (172u << 4 | 1)) ||
                (prefix_len >= 16 && (a >> 16 == (192u << 8 | 168) || a >> 16 == (169u << 8 | 254))) ||
                (prefix_len >= 10 && a >> 22 == (100u << 2 | 1));
}

/*
 * Returns true if there should be a route to the network of the lease. There should be none if a server
 * granted the lease and the route would take traffic from a tunnel. A tunnel that takes all traffic does not
 * count when the network is private.
 */
static bool check_own_network(SimHost *host, const Dhcp4Lease *lease) {
        const uint32_t mask = ~0u << (32 - lease->prefix_len);
        NetRoute network = {
                .family = AF_INET,
                .dst.v4.s_addr = lease->address.s_addr & htonl(mask),
                .prefix_len = lease->prefix_len,
                .metric = host->config.net.metric,
                .table = host->config.net.table,
        };
        bool there = false, takes = false;

        for (size_t i = 0; i < host->world.tunnels.n_routes; i++)
                takes = takes ||
                        ((host->world.tunnels.routes[i].prefix_len > 1 ||
                          !is_private(network.dst.v4, network.prefix_len)) &&
                         takes_from_tunnel(host, &network));
        for (size_t i = 0; i < host->world.kernel.n_routes; i++)
                there = there ||
                        (host->world.kernel.routes[i].dst.v4.s_addr == network.dst.v4.s_addr &&
                         host->world.kernel.routes[i].prefix_len == network.prefix_len &&
                         host->world.kernel.routes[i].gateway.v4.s_addr == INADDR_ANY &&
                         host->world.kernel.routes[i].ours);
        if (there && takes)
                sim_fail(host->sim, host, "the network of the lease takes the traffic of a tunnel");
        if (!there && !takes)
                sim_fail(host->sim, host,
                         "there is no route to the network of the lease, which takes nothing");
        return !takes;
}

/*
 * With ClasslessRoutes=no-override a settled link has no route of the server's list that takes traffic from
 * a tunnel, and has all routes of the list that take none.
 */
static void check_tunnel(SimHost *host) {
        const Dhcp4Lease *lease = dhcp4_client_lease(link_client(host->world.link));
        Dhcp4Route listed[DHCP4_LEASE_ROUTES_MAX];
        bool has_network = true;
        Dhcp4Message ack;
        size_t n;

        if (!lease || !link_settled(host->world.link) || host->config.net.lease_only)
                return;
        if (dhcp4_lease_is_granted(lease) && lease->prefix_len >= 8 && lease->prefix_len < 32 &&
            host->config.net.classless != DHCP4_CLASSLESS_ACCEPT)
                has_network = check_own_network(host, lease);
        if (host->config.net.classless != DHCP4_CLASSLESS_NO_OVERRIDE)
                return;
        dhcp4_lease_message(lease, &ack);
        n = dhcp4_message_get_routes(&ack, DHCP4_OPTION_CLASSLESS_ROUTES, listed, G_N_ELEMENTS(listed));
        for (size_t i = 0; i < n; i++) {
                bool there = false, takes = false;

                for (size_t j = 0; j < host->world.kernel.n_routes; j++) {
                        const NetRoute *route = &host->world.kernel.routes[j];

                        if (route->dst.v4.s_addr != listed[i].dst.s_addr ||
                            route->prefix_len != listed[i].prefix_len ||
                            route->gateway.v4.s_addr != listed[i].gateway.s_addr)
                                continue;
                        there = true;
                        takes = takes || takes_from_tunnel(host, route);
                }
                if (takes)
                        sim_fail(host->sim, host, "a route of the server takes the traffic of a tunnel");
                /* Without a route to the network, only one gateway can be reached. */
                if (!there && has_network && host->sim->honest && !meets_tunnel(host, &listed[i]) &&
                    (listed[i].prefix_len > 0 || host->config.net.use_gateway))
                        sim_fail(host->sim, host, "a route that takes nothing from any tunnel is missing");
        }
}

/*
 * The lease of a former identity is used until the link has another lease, or until the grace is over. Then
 * it is released.
 */
static void check_former(SimHost *host) {
        const Dhcp4Lease *lease = dhcp4_client_lease(link_client(host->world.link));

        if (link_lease_is_former(host->world.link) && !host->former.on)
                sim_fail(host->sim, host, "a lease of a former identity that it never had");
        if (!host->former.on)
                return;
        if (link_lease_is_former(host->world.link)) {
                if (host->sim->now > host->former.until)
                        sim_fail(host->sim, host, "a lease of a former identity outlives its grace");
                if (lease)
                        sim_fail(host->sim, host, "a lease of a former identity beside one of its own");
                return;
        }
        host->former.on = false;
        if (lease && host->sim->now < host->former.until && lease->origin == DHCP4_LEASE_DHCP &&
            host->former.is_owed && lease->address.s_addr != host->former.address.s_addr &&
            !host->former.released)
                sim_fail(host->sim, host, "a lease of a former identity is not given back");
        if (lease && lease->address.s_addr == host->former.address.s_addr && host->former.released)
                sim_fail(host->sim, host, "an address is given back that it has in its new name");
}

void sim_host_check(SimHost *host) {
        /* A timer that is due at this instant fires after the current event, so it is not missed. */
        if (host->world.timer_at < host->sim->now)
                sim_fail(host->sim, host, "a deadline was missed");
        check_lease(host);
        check_former(host);
        check_renewal(host);
        check_kernel(host);
        check_tunnel(host);
        check_sockets(host);
        check_port(host);
        sim_mtu_check(host);
        memset(host->sent_in_turn, 0, sizeof(host->sent_in_turn));
}
