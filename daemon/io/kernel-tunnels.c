/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Keeps which links are tunnels and where they take traffic, for ClasslessRoutes=no-override
 * (net/net-tunnels.h).
 *
 * Unlike the rest of io/kernel-*.c this looks at routes of anybody, but only at those through tunnels, and a
 * bounded number of them. They are dumped when somebody asks first, for each tunnel by itself, so a host
 * without tunnels pays nothing and one with a million routes pays for the few that matter; notifications
 * keep them true from then on. The kernel drops routes without a notification when a link goes down, when
 * the address that they prefer goes, or when a route is replaced. The first case is seen, the others are
 * looked up.
 */
#include <errno.h>
#include <linux/if.h>
#include <linux/if_arp.h>
#include <linux/rtnetlink.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <stdlib.h>
#include <string.h>

#include "base/macro.h"
#include "io/kernel-internal.h"

static bool is_one_of(const char *word, const char *const *words, size_t n) {
        for (size_t i = 0; i < n; i++)
                if (strcmp(word, words[i]) == 0)
                        return true;
        return false;
}

/*
 * Decides by the kind that the driver names, which is there from the first notification on and cannot be
 * changed. A link without a kind is a device and no tunnel (a modem is point-to-point, too), unless its
 * hardware type is that of a tunnel. A kind that is not listed here counts as a tunnel if the link has no
 * link-layer addresses.
 */
bool kernel_is_tunnel(const char *kind, uint16_t arp_type, unsigned flags) {
        static const char *const tunnels[] = { "tun",       "wireguard", "ppp",     "ipip",    "gre",
                                               "gretap",    "sit",       "ip6tnl",  "ip6gre",  "erspan",
                                               "vti",       "vti6",      "xfrm",    "ovpn",    "ovpn-dco",
                                               "vxlan",     "geneve",    "bareudp", "l2tpeth", "gtp",
                                               "ip6gretap", "ip6erspan", "amt" };
        static const char *const modems[] = { "wwan", "rmnet" };

        if (!kind)
                return arp_type == ARPHRD_PPP || arp_type == ARPHRD_TUNNEL || arp_type == ARPHRD_TUNNEL6 ||
                        arp_type == ARPHRD_SIT || arp_type == ARPHRD_IPGRE || arp_type == ARPHRD_IP6GRE;
        if (is_one_of(kind, tunnels, ARRAY_SIZE(tunnels)))
                return true;
        return (arp_type == ARPHRD_NONE || (flags & IFF_POINTOPOINT)) &&
                !is_one_of(kind, modems, ARRAY_SIZE(modems));
}

static void mark_changed(Kernel *kernel, KernelEntry *entry, bool stale) {
        entry->tunnel_stale = entry->tunnel_stale || stale;
        kernel->tunnels_dirty = true;
}

void kernel_entry_set_tunnel(Kernel *kernel, KernelEntry *entry, bool tunnel) {
        if (entry->link.tunnel == tunnel)
                return;
        entry->link.tunnel = tunnel;
        if (tunnel)
                kernel->n_tunnels++;
        else {
                kernel->n_tunnels--;
                kernel_entry_drop_tunnel_routes(kernel, entry);
        }
        entry->tunnel_stale = tunnel;
}

void kernel_entry_drop_tunnel_routes(Kernel *kernel, KernelEntry *entry) {
        if (entry->n_tunnel_routes > 0 || entry->tunnel_overflow)
                kernel->tunnels_dirty = true;
        free(entry->tunnel_routes);
        entry->tunnel_routes = NULL;
        entry->n_tunnel_routes = entry->max_tunnel_routes = 0;
        entry->tunnel_overflow = false;
}

void kernel_tunnels_mark_stale(Kernel *kernel) {
        for (size_t i = 0; kernel->n_tunnels > 0 && i < kernel->n_entries; i++)
                if (kernel->entries[i]->link.tunnel)
                        mark_changed(kernel, kernel->entries[i], /* stale= */ true);
}

void kernel_tunnels_lose_source(Kernel *kernel, struct in_addr source) {
        for (size_t i = 0; kernel->n_tunnels > 0 && i < kernel->n_entries; i++) {
                KernelEntry *entry = kernel->entries[i];

                for (size_t k = 0; k < entry->n_tunnel_routes && !entry->tunnel_stale; k++)
                        if (entry->tunnel_routes[k].prefsrc.s_addr == source.s_addr)
                                mark_changed(kernel, entry, /* stale= */ true);
        }
}

static KernelTunnelRoute *find_route(const KernelEntry *entry, const KernelTunnelRoute *wanted) {
        for (size_t i = 0; i < entry->n_tunnel_routes; i++) {
                KernelTunnelRoute *known = &entry->tunnel_routes[i];

                if (known->route.dst.v4.s_addr == wanted->route.dst.v4.s_addr &&
                    known->route.prefix_len == wanted->route.prefix_len &&
                    known->route.table == wanted->route.table &&
                    known->route.metric == wanted->route.metric &&
                    known->gateway.s_addr == wanted->gateway.s_addr)
                        return known;
        }
        return NULL;
}

static int put_route(Kernel *kernel, KernelEntry *entry, const KernelTunnelRoute *route) {
        KernelTunnelRoute *known = find_route(entry, route);

        if (known) {
                *known = *route;
                return 0;
        }
        mark_changed(kernel, entry, /* stale= */ false);
        if (entry->n_tunnel_routes == entry->max_tunnel_routes) {
                const uint16_t max = entry->max_tunnel_routes == 0 ? 4 : entry->max_tunnel_routes * 2u;
                KernelTunnelRoute *routes;

                if (max > KERNEL_TUNNEL_ROUTES_MAX) {
                        entry->tunnel_overflow = true;
                        return 0;
                }
                routes = reallocarray(entry->tunnel_routes, max, sizeof(*routes));
                if (!routes)
                        return -ENOMEM;
                entry->tunnel_routes = routes;
                entry->max_tunnel_routes = max;
        }
        entry->tunnel_routes[entry->n_tunnel_routes++] = *route;
        return 0;
}

static void drop_route(Kernel *kernel, KernelEntry *entry, const KernelTunnelRoute *route) {
        KernelTunnelRoute *known = find_route(entry, route);

        if (!known)
                return;
        *known = entry->tunnel_routes[--entry->n_tunnel_routes];
        mark_changed(kernel, entry, /* stale= */ false);
}

/*
 * "ip route replace" tells of the new route only. So it is looked up whether the old route was one of a
 * tunnel.
 */
static void mark_replaced(Kernel *kernel, const NetTunnelRoute *by) {
        for (size_t i = 0; i < kernel->n_entries; i++) {
                KernelEntry *entry = kernel->entries[i];

                for (size_t k = 0; k < entry->n_tunnel_routes && !entry->tunnel_stale; k++) {
                        const NetTunnelRoute *route = &entry->tunnel_routes[k].route;

                        if (route->dst.v4.s_addr == by->dst.v4.s_addr &&
                            route->prefix_len == by->prefix_len && route->table == by->table &&
                            route->metric == by->metric)
                                mark_changed(kernel, entry, /* stale= */ true);
                }
        }
}

static int take_hop(Kernel *kernel, uint16_t type, uint32_t ifindex, const KernelTunnelRoute *route) {
        KernelEntry *entry = ifindex <= INT32_MAX ? kernel_entry_find(kernel, (int) ifindex) : NULL;

        if (!entry || !entry->link.tunnel)
                return 0;
        if (type == RTM_NEWROUTE)
                return put_route(kernel, entry, route);
        drop_route(kernel, entry, route);
        return 0;
}

/* A route of several hops has a list of them. The length of each comes from the message and is checked. */
static int take_hops(Kernel *kernel, uint16_t type, struct nlattr *list, KernelTunnelRoute *route) {
        const uint8_t *data = nla_data(list);
        size_t left = (size_t) nla_len(list);
        struct rtnexthop hop;
        int r = 0;

        route->gateway.s_addr = 0;
        while (r == 0 && left >= sizeof(hop)) {
                memcpy(&hop, data, sizeof(hop));
                if (hop.rtnh_len < sizeof(hop) || hop.rtnh_len > left)
                        break;
                r = take_hop(kernel, type, (uint32_t) hop.rtnh_ifindex, route);
                data += MIN((size_t) RTNH_ALIGN(hop.rtnh_len), left);
                left -= MIN((size_t) RTNH_ALIGN(hop.rtnh_len), left);
        }
        return r;
}

int kernel_parse_tunnel_route(Kernel *kernel, const struct nlmsghdr *header) {
        const struct rtmsg *message = nlmsg_valid_hdr(header, sizeof(*message)) ? nlmsg_data(header) : NULL;
        KernelTunnelRoute route = { .seen = true };
        struct nlattr *attributes[RTA_MAX + 1];
        uint32_t ifindex;

        if (kernel->n_tunnels == 0 || !message || message->rtm_family != AF_INET ||
            message->rtm_dst_len > 32 || message->rtm_type != RTN_UNICAST ||
            (message->rtm_flags & RTM_F_CLONED) ||
            nlmsg_parse((struct nlmsghdr *) header, sizeof(*message), attributes, RTA_MAX, NULL) < 0)
                return 0;
        route.route = (NetTunnelRoute){ .family = AF_INET,
                                        .prefix_len = message->rtm_dst_len,
                                        .table = message->rtm_table };
        (void) kernel_get_address(attributes[RTA_DST], &route.route.dst.v4);
        (void) kernel_get_u32(attributes[RTA_PRIORITY], &route.route.metric);
        (void) kernel_get_u32(attributes[RTA_TABLE], &route.route.table);
        (void) kernel_get_address(attributes[RTA_GATEWAY], &route.gateway);
        (void) kernel_get_address(attributes[RTA_PREFSRC], &route.prefsrc);

        if (header->nlmsg_type == RTM_NEWROUTE && (header->nlmsg_flags & NLM_F_REPLACE))
                mark_replaced(kernel, &route.route);
        if (attributes[RTA_MULTIPATH])
                return take_hops(kernel, header->nlmsg_type, attributes[RTA_MULTIPATH], &route);
        if (!kernel_get_u32(attributes[RTA_OIF], &ifindex))
                return 0;
        return take_hop(kernel, header->nlmsg_type, ifindex, &route);
}

/*
 * Nothing is marked as changed here: that happened when the records became stale, and the first time nobody
 * has used them yet.
 */
static int load_routes(Kernel *kernel, KernelEntry *entry) {
        const bool dirty = kernel->tunnels_dirty;
        int r = 1;

        for (size_t i = 0; i < entry->n_tunnel_routes; i++)
                entry->tunnel_routes[i].seen = false;
        entry->tunnel_overflow = false;
        for (unsigned i = 0; r > 0 && i < KERNEL_DUMP_TRIES; i++)
                r = kernel_dump_all_routes_of(kernel, entry->link.ifindex, kernel_parse_tunnel_route);
        kernel->tunnels_dirty = dirty;
        if (r == -ENODEV) { /* gone: its notification is on the way */
                kernel_entry_drop_tunnel_routes(kernel, entry);
                r = 0;
        }
        if (r < 0)
                return r;
        /*
         * If every attempt of the dump was interrupted, the routes that it showed exist, and others may
         * exist as well.
         */
        for (size_t i = entry->n_tunnel_routes; r == 0 && i-- > 0;)
                if (!entry->tunnel_routes[i].seen)
                        entry->tunnel_routes[i] = entry->tunnel_routes[--entry->n_tunnel_routes];
        entry->tunnel_stale = r > 0;
        return 0;
}

/*
 * Routes in the table of a VRF do not affect links outside the VRF, and routes outside do not affect the
 * VRF. Elsewhere rules decide which tables are looked at, and in which order, so every table counts.
 */
static bool is_of_same_world(uint32_t own_table, uint32_t tunnel_table, uint32_t table) {
        if (own_table != RT_TABLE_MAIN)
                return table == own_table;
        return tunnel_table == RT_TABLE_MAIN || table != tunnel_table;
}

int kernel_tunnels(Kernel *kernel, int ifindex, NetTunnels *ret) {
        const KernelEntry *own = kernel_entry_find(kernel, ifindex);
        uint32_t own_table;
        int r;

        if (!own)
                return -ENODEV;
        if (kernel->n_tunnels == 0)
                return 0;
        r = kernel_ensure_loaded(kernel);
        if (r < 0)
                return r;
        own_table = kernel_main_table(kernel, &own->link);
        for (size_t i = 0; i < kernel->n_entries; i++) {
                KernelEntry *entry = kernel->entries[i];
                uint32_t table;

                if (!entry->link.tunnel || entry == own || !entry->link.up)
                        continue;
                if (entry->tunnel_stale || kernel->lost) {
                        r = load_routes(kernel, entry);
                        if (r < 0)
                                return r;
                }
                if (entry->tunnel_overflow)
                        net_tunnels_set_unknown(ret);
                table = kernel_main_table(kernel, &entry->link);
                for (size_t k = 0; k < entry->n_tunnel_routes; k++)
                        if (is_of_same_world(own_table, table, entry->tunnel_routes[k].route.table))
                                net_tunnels_add(ret, &entry->tunnel_routes[k].route);
        }
        return 0;
}
