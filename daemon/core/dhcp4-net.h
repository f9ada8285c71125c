/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * Turns a DHCPv4 lease into the addresses, routes and rules that it asks for (net/net-config.h), and lists
 * what of the lease is not used. Pure.
 *
 * A server may list routes (options 121, 249 and 33), and with them it could draw the traffic of a tunnel
 * out of the tunnel (net/net-tunnels.h). So a policy says what such routes may do, and the default refuses
 * those that would capture a tunnel's traffic.
 *
 * A lease does not store its routes. One message may have hundreds, so they are read from the ACK whenever a
 * configuration is computed. The link keeps the last one that was computed, in a small form
 * (link/link-kept.h).
 *
 * Between default routes metrics decide, because the uplink needs one too. A server can still place the
 * network of the lease and the gateway of one default route where it likes, because without them the link
 * is of no use. A link counts as a tunnel by the kind of its driver; a modem does not count. The routes that
 * a tunnel has in a table of its own count too, because the rules of wg-quick look at our table first. A VPN
 * may start before the lease is granted or after it.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/dhcp4-lease.h"
#include "core/dhcp4-source.h"
#include "net/net-config.h"
#include "net/net-tunnels.h"

/*
 * The most options of one lease whose routes may be refused: 33 and 3, and option 1, which makes the
 * network itself.
 */
#define DHCP4_NET_REFUSALS_MAX 3u

/* What is done with routes of options 121, 249 and 33. It is not about routers of option 3. */
typedef enum Dhcp4Classless {
        DHCP4_CLASSLESS_NO_OVERRIDE, /* used, except those that would capture a tunnel's traffic */
        DHCP4_CLASSLESS_ACCEPT,      /* used */
        /* used, in a table of their own, which only rules of the administrator look at */
        DHCP4_CLASSLESS_TABLE,
        DHCP4_CLASSLESS_IGNORE, /* not used: option 3 is used as if they were absent */
        _DHCP4_CLASSLESS_MAX,
} Dhcp4Classless;

typedef struct Dhcp4NetPolicy { /* from configuration */
        /*
         * The daemon puts nothing of the lease on the link; other programs may. The rest of the policy
         * still decides what the lease asks for, because those programs are told.
         */
        bool lease_only;
        uint32_t metric;
        uint32_t table;
        Dhcp4Classless classless;
        uint32_t classless_table; /* the table of DHCP4_CLASSLESS_TABLE */
        /* the table that a rule names for packets from the leased address; 0: there is no rule */
        uint32_t rule_table;
        bool use_routes;  /* options 33, 121 and 249, except their default routes */
        bool use_gateway; /* default routes */
        NetMtuUse use_mtu;
        uint16_t mtu_min; /* bytes: a smaller option 26 is not used */
} Dhcp4NetPolicy;

/* Routes of one option that are not used, because they would capture a tunnel's traffic. */
typedef struct Dhcp4NetRefusal {
        uint8_t code; /* code of the option; 1: the network of the lease, which its mask makes */
        uint16_t n_routes;
        Dhcp4Route first;
        uint32_t digest; /* of all these routes; another set most likely has another digest */
} Dhcp4NetRefusal;

typedef struct Dhcp4NetRefusals {
        Dhcp4NetRefusal entries[DHCP4_NET_REFUSALS_MAX];
        uint32_t n; /* a size_t would leave a gap, three times for each link */
} Dhcp4NetRefusals;

/*
 * Stores what @lease asks for under @policy in *ret, and what of it is refused in *ret_refusals. Without a
 * lease (NULL) nothing is wanted.
 *
 * The prefix route is ours too, with @policy's metric and table (addresses are added with
 * IFA_F_NOPREFIXROUTE); a /32 has none. A gateway outside every on-link destination of its table gets a host
 * route of its own (RFC 3442 and many clouds).
 *
 * With DHCP4_CLASSLESS_NO_OVERRIDE, routes that would capture traffic of @tunnels are refused, and so are
 * those whose gateway needs a host route that would. One gateway, that of the first default route, gets its
 * host route nevertheless. Otherwise a host whose address is a /32 could not reach what its tunnel runs
 * over.
 *
 * In every mode but DHCP4_CLASSLESS_ACCEPT, the route to the network of a granted lease is judged too,
 * because the server chooses address and mask. If it would capture a tunnel's traffic, there is no prefix
 * route. What is left is as with a /32: the host route of that gateway and the default route.
 */
void dhcp4_net_config(const Dhcp4Lease *lease, const Dhcp4NetPolicy *policy, const NetTunnels *tunnels,
                      NetConfig *ret, Dhcp4NetRefusals *ret_refusals);

/*
 * Does the same for @own, an address that no server granted. It gets the route to its network and, if there
 * is a router, a default route. The administrator wants these, so nothing is refused for the sake of a
 * tunnel.
 */
void dhcp4_net_own(const Dhcp4Source *own, const Dhcp4NetPolicy *policy, NetConfig *ret);

/*
 * Stores the options of @ack that are present and not used, or not in full: those of dhcp4_lease_ignored(),
 * and those that the policy refuses. @ack is the answer of @lease, and @config and @refusals were made of
 * both under @policy. DHCP4_LEASE_IGNORED_MAX entries have room for all. Returns how many were stored.
 */
size_t dhcp4_net_ignored(const Dhcp4Lease *lease, const Dhcp4Message *ack, const Dhcp4NetPolicy *policy,
                         const NetConfig *config, const Dhcp4NetRefusals *refusals, Dhcp4Ignored *ret,
                         size_t max);
/* Does the same for an address that no server granted: its router or its mask may not be used. */
size_t dhcp4_net_own_ignored(const Dhcp4Source *own, const Dhcp4NetPolicy *policy, Dhcp4Ignored *ret,
                             size_t max);

/* Returns true if both refuse the same routes. */
bool dhcp4_net_refusals_equal(const Dhcp4NetRefusals *a, const Dhcp4NetRefusals *b);
