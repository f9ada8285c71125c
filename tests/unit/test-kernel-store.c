/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What io/kernel-store.c and io/kernel-tunnels.c answer about several links at once, on links put into the
 * store by hand: which other link has an address, which links are tunnels, and which tunnels a link has to
 * look at. Needs no kernel.
 */
#include <arpa/inet.h>
#include <glib.h>
#include <linux/if.h>
#include <linux/if_arp.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>

#include "io/kernel-internal.h"

static Kernel *store_new(void) {
        const KernelHandler handler = { 0 };
        Kernel *kernel;

        g_assert_cmpint(kernel_new(NULL, &handler, NULL, &kernel), ==, 0);
        kernel->loaded = true;
        return kernel;
}

/* Adds a link that has the address 10.1.0.5. */
static KernelEntry *add_holder(Kernel *kernel, int ifindex) {
        const KernelAddress address = { .address.s_addr = htonl(0x0a010005), .prefix_len = 24 };
        KernelEntry *entry;
        bool changed;

        g_assert_cmpint(kernel_entry_insert(kernel, ifindex, &entry), ==, 0);
        entry->link.up = true;
        g_assert_cmpint(kernel_entry_put_address(entry, &address, &changed), ==, 0);
        return entry;
}

static void test_elsewhere(void) {
        const struct in_addr address = { htonl(0x0a010005) }, other = { htonl(0x0a010006) },
                             link_local = { htonl(0xa9fe0005) };
        KernelEntry *own, *holder, *above, *vrf;
        Kernel *kernel;

#define ELSEWHERE() kernel_address_elsewhere(kernel, 3, address)
        kernel = store_new();
        g_assert_cmpint(ELSEWHERE(), ==, 0); /* the link itself is not known */
        own = add_holder(kernel, 3);
        g_assert_cmpint(ELSEWHERE(), ==, 0); /* the same link */
        holder = add_holder(kernel, 5);
        g_assert_cmpint(ELSEWHERE(), ==, 5);
        g_assert_cmpint(kernel_address_elsewhere(kernel, 3, other), ==, 0);
        g_assert_cmpint(kernel_address_elsewhere(kernel, 5, address), ==, 3);

        /* A link that is down does not count, and neither does the loopback link. */
        holder->link.up = false;
        g_assert_cmpint(ELSEWHERE(), ==, 0);
        holder->link.up = holder->link.loopback = true;
        g_assert_cmpint(ELSEWHERE(), ==, 0);
        holder->link.loopback = false;
        holder->addresses[0].address = link_local;
        g_assert_cmpint(kernel_address_elsewhere(kernel, 3, link_local), ==, 0);
        holder->addresses[0].address = address;

        /*
         * A bridge and its port share the address, and so does a bond between them that is a port of the
         * bridge, whichever of the links is asked for.
         */
        own->link.master = 5;
        g_assert_cmpint(ELSEWHERE(), ==, 0);
        g_assert_cmpint(kernel_address_elsewhere(kernel, 5, address), ==, 0);
        g_assert_cmpint(kernel_entry_insert(kernel, 4, &above), ==, 0);
        own->link.master = 4;
        g_assert_cmpint(ELSEWHERE(), ==, 5);
        above->link.master = 5;
        g_assert_cmpint(ELSEWHERE(), ==, 0);
        /* A chain of masters that makes no sense ends as well. */
        above->link.master = 4;
        g_assert_cmpint(ELSEWHERE(), ==, 5);
        above->link.master = 99;
        g_assert_cmpint(ELSEWHERE(), ==, 5);
        own->link.master = 0;

        /* A VRF has addresses of its own: those of its device, of its ports, and of the ports of those. */
        g_assert_cmpint(kernel_entry_insert(kernel, 8, &vrf), ==, 0);
        vrf->link.vrf_table = 100;
        holder->link.master = 8;
        g_assert_cmpint(ELSEWHERE(), ==, 0);
        above->link.master = 8;
        holder->link.master = 4;
        g_assert_cmpint(ELSEWHERE(), ==, 0);
        own->link.master = 8;
        g_assert_cmpint(ELSEWHERE(), ==, 5);
        vrf = add_holder(kernel, 9);
        vrf->link.vrf_table = 200;
        own->link.master = 0;
        g_assert_cmpint(ELSEWHERE(), ==, 0);
        (void) kernel_free(kernel);
#undef ELSEWHERE
}

static void test_tunnel_kinds(void) {
        static const struct {
                const char *kind;
                uint16_t arp_type;
                unsigned flags;
                bool tunnel;
        } rows[] = {
                { "tun", ARPHRD_NONE, IFF_POINTOPOINT | IFF_NOARP, true },
                { "tun", ARPHRD_ETHER, 0, true }, /* a tap */
                { "wireguard", ARPHRD_NONE, IFF_POINTOPOINT | IFF_NOARP, true },
                { "ppp", ARPHRD_PPP, IFF_POINTOPOINT, true },
                { NULL, ARPHRD_PPP, IFF_POINTOPOINT, true },
                { "gre", ARPHRD_IPGRE, IFF_NOARP, true },
                { "gretap", ARPHRD_ETHER, 0, true },
                { "ipip", ARPHRD_TUNNEL, IFF_NOARP, true },
                { NULL, ARPHRD_TUNNEL, IFF_NOARP, true },
                { "sit", ARPHRD_SIT, IFF_NOARP, true },
                { "xfrm", ARPHRD_NONE, IFF_NOARP, true },
                { "vti", ARPHRD_TUNNEL, IFF_POINTOPOINT, true },
                { "vxlan", ARPHRD_ETHER, 0, true },
                { "of tomorrow", ARPHRD_NONE, IFF_NOARP, true },
                { "of tomorrow", ARPHRD_ETHER, IFF_POINTOPOINT, true },
                { "of tomorrow", ARPHRD_ETHER, 0, false },
                { NULL, ARPHRD_ETHER, 0, false },
                { NULL, ARPHRD_NONE, IFF_POINTOPOINT | IFF_NOARP, false }, /* a modem that speaks raw IP */
                { "wwan", ARPHRD_NONE, IFF_POINTOPOINT | IFF_NOARP, false },
                { "rmnet", ARPHRD_RAWIP, IFF_POINTOPOINT, false },
                { "veth", ARPHRD_ETHER, 0, false },
                { "vlan", ARPHRD_ETHER, 0, false },
                { "bridge", ARPHRD_ETHER, 0, false },
                { "macsec", ARPHRD_ETHER, 0, false },
                { "dummy", ARPHRD_ETHER, IFF_NOARP, false },
        };

        for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
                g_test_message("%s %u", rows[i].kind ?: "-", rows[i].arp_type);
                g_assert_cmpint(kernel_is_tunnel(rows[i].kind, rows[i].arp_type, rows[i].flags), ==,
                                rows[i].tunnel);
        }
}

/* Tunnels in another VRF take no traffic of a link. */
static void test_tunnel_worlds(void) {
        static const struct {
                int own_master, tunnel_master;
                uint32_t table;
                size_t n_routes;
        } rows[] = {
                { 0, 0, RT_TABLE_MAIN, 1 }, { 0, 0, 500, 1 }, { 0, 3, 77, 0 }, { 0, 3, RT_TABLE_MAIN, 1 },
                { 3, 0, RT_TABLE_MAIN, 0 }, { 3, 3, 77, 1 },  { 3, 4, 88, 0 }, { 3, 0, 77, 1 },
        };

        for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
                NetTunnels tunnels = { .n_routes = 0 };
                KernelEntry *vrf, *other_vrf, *own, *tunnel;
                Kernel *kernel;

                kernel = store_new();
                g_assert_cmpint(kernel_entry_insert(kernel, 1, &own), ==, 0);
                g_assert_cmpint(kernel_entry_insert(kernel, 2, &tunnel), ==, 0);
                g_assert_cmpint(kernel_entry_insert(kernel, 3, &vrf), ==, 0);
                g_assert_cmpint(kernel_entry_insert(kernel, 4, &other_vrf), ==, 0);
                vrf->link.vrf_table = 77;
                other_vrf->link.vrf_table = 88;
                own->link.master = rows[i].own_master;
                tunnel->link.master = rows[i].tunnel_master;
                tunnel->link.up = true;
                kernel_entry_set_tunnel(kernel, tunnel, true);
                tunnel->tunnel_stale = false;
                tunnel->tunnel_routes = calloc(1, sizeof(*tunnel->tunnel_routes));
                tunnel->tunnel_routes[0].route.table = rows[i].table;
                tunnel->n_tunnel_routes = tunnel->max_tunnel_routes = 1;
                g_assert_cmpint(kernel_tunnels(kernel, 1, &tunnels), ==, 0);
                g_assert_cmpuint(tunnels.n_routes, ==, rows[i].n_routes);
                g_assert_cmpint(kernel_tunnels(kernel, 9, &tunnels), ==, -ENODEV);
                (void) kernel_free(kernel);
        }
}

int main(int argc, char **argv) {
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/kernel-store/elsewhere", test_elsewhere);
        g_test_add_func("/kernel-store/tunnel-kinds", test_tunnel_kinds);
        g_test_add_func("/kernel-store/tunnel-worlds", test_tunnel_worlds);
        return g_test_run();
}
