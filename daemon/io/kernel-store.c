/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The records of links, addresses and routes, small enough that a thousand links do not matter.
 *
 * Owns the memory of every record. Never talks to the kernel and never calls the handler. Links are a sorted
 * array of pointers: the kernel hands out rising numbers, so a new link is nearly always an append.
 */
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/ip.h"
#include "base/macro.h"
#include "io/kernel-internal.h"

/* Returns the position of @ifindex, or the position where it would be inserted. */
static size_t entry_position(const Kernel *kernel, int ifindex) {
        size_t low = 0, high = kernel->n_entries;

        while (low < high) {
                const size_t middle = low + (high - low) / 2;

                if (kernel->entries[middle]->link.ifindex < ifindex)
                        low = middle + 1;
                else
                        high = middle;
        }
        return low;
}

KernelEntry *kernel_entry_find(const Kernel *kernel, int ifindex) {
        const size_t i = entry_position(kernel, ifindex);

        return i < kernel->n_entries && kernel->entries[i]->link.ifindex == ifindex ? kernel->entries[i]
                                                                                    : NULL;
}

int kernel_entry_insert(Kernel *kernel, int ifindex, KernelEntry **ret) {
        const size_t i = entry_position(kernel, ifindex);
        KernelEntry *entry;

        if (kernel->n_entries == kernel->max_entries) {
                const size_t max = MAX(kernel->max_entries * 2, (size_t) 16);
                KernelEntry **entries = reallocarray(kernel->entries, max, sizeof(*entries));

                if (!entries)
                        return -ENOMEM;
                kernel->entries = entries;
                kernel->max_entries = max;
        }
        entry = calloc(1, sizeof(*entry));
        if (!entry)
                return -ENOMEM;
        entry->link.ifindex = ifindex;
        memmove(kernel->entries + i + 1, kernel->entries + i,
                (kernel->n_entries - i) * sizeof(*kernel->entries));
        kernel->entries[i] = entry;
        kernel->n_entries++;
        *ret = entry;
        return 0;
}

void kernel_entry_remove(Kernel *kernel, KernelEntry *entry) {
        const size_t i = entry_position(kernel, entry->link.ifindex);

        assert(i < kernel->n_entries && kernel->entries[i] == entry);
        kernel->n_entries--;
        memmove(kernel->entries + i, kernel->entries + i + 1,
                (kernel->n_entries - i) * sizeof(*kernel->entries));
        kernel_entry_set_tunnel(kernel, entry, false);
        free((char *) entry->link.altnames);
        free(entry->addresses);
        free(entry->routes);
        free(entry);
}

/* Returns the link that @entry is a port of, or NULL. */
static const KernelEntry *master_of(const Kernel *kernel, const KernelEntry *entry) {
        return entry->link.master == 0 ? NULL : kernel_entry_find(kernel, entry->link.master);
}

/* Returns true if @above is a bridge or bond that @entry is a port of, directly or as a port of a port. */
static bool is_port_of(const Kernel *kernel, const KernelEntry *entry, const KernelEntry *above) {
        for (unsigned i = 0; i < KERNEL_MASTERS_MAX && entry; i++) {
                entry = master_of(kernel, entry);
                if (entry == above)
                        return true;
        }
        return false;
}

/* Returns the table of the VRF that the link is or belongs to, or 0. */
static uint32_t vrf_of(const Kernel *kernel, const KernelEntry *entry) {
        for (unsigned i = 0; i < KERNEL_MASTERS_MAX && entry; i++) {
                if (entry->link.vrf_table != 0)
                        return entry->link.vrf_table;
                entry = master_of(kernel, entry);
        }
        return 0;
}

static bool has_address(const KernelEntry *entry, struct in_addr address) {
        for (size_t i = 0; i < entry->n_addresses; i++)
                if (entry->addresses[i].address.s_addr == address.s_addr)
                        return true;
        return false;
}

int kernel_address_elsewhere(Kernel *kernel, int ifindex, struct in_addr address) {
        const KernelEntry *entry = kernel_entry_find(kernel, ifindex);

        if (!entry || ip4_is_link_local(address) || kernel_ensure_loaded(kernel) < 0)
                return 0;
        for (size_t i = 0; i < kernel->n_entries; i++) {
                const KernelEntry *other = kernel->entries[i];

                if (other != entry && other->link.up && !other->link.loopback &&
                    has_address(other, address) && vrf_of(kernel, other) == vrf_of(kernel, entry) &&
                    !is_port_of(kernel, entry, other) && !is_port_of(kernel, other, entry))
                        return other->link.ifindex;
        }
        return 0;
}

bool kernel_address_here(Kernel *kernel, int ifindex, struct in_addr address) {
        const KernelEntry *entry = kernel_entry_find(kernel, ifindex);

        if (!entry || kernel_ensure_loaded(kernel) < 0)
                return false;
        for (unsigned i = 0; i <= KERNEL_MASTERS_MAX && entry; i++) {
                if (has_address(entry, address))
                        return true;
                entry = master_of(kernel, entry);
        }
        return false;
}

uint32_t kernel_removed_by(Kernel *kernel, int ifindex) {
        const KernelEntry *entry = kernel_entry_find(kernel, ifindex);

        return entry ? entry->removed_by : 0;
}

void kernel_entry_mark_config(Kernel *kernel, KernelEntry *entry) {
        entry->config_dirty = true;
        kernel->any_config_dirty = true;
}

/*
 * Makes room for one more item. The array starts with one, because most links have one address and two
 * routes.
 */
static int grow(void **items, uint16_t n, uint16_t *max, size_t size) {
        const uint32_t new_max = *max == 0 ? 1 : *max * 2u;
        void *new_items;

        if (n < *max)
                return 0;
        if (new_max > UINT16_MAX)
                return -ENOBUFS;
        new_items = reallocarray(*items, new_max, size);
        if (!new_items)
                return -ENOMEM;
        *items = new_items;
        *max = (uint16_t) new_max;
        return 0;
}

KernelAddress *kernel_entry_find_address(const KernelEntry *entry, struct in_addr address,
                                         uint8_t prefix_len) {
        for (size_t i = 0; i < entry->n_addresses; i++)
                if (entry->addresses[i].address.s_addr == address.s_addr &&
                    entry->addresses[i].prefix_len == prefix_len)
                        return &entry->addresses[i];
        return NULL;
}

static bool lifetime_moved(usec_t a, usec_t b) {
        return MAX(a, b) - MIN(a, b) > NET_LIFETIME_SLACK_USEC;
}

/*
 * An address that was ours stays ours until it goes. Whoever changes its lifetime does not become its owner.
 */
int kernel_entry_put_address(KernelEntry *entry, const KernelAddress *address, bool *ret_changed) {
        KernelAddress *found = kernel_entry_find_address(entry, address->address, address->prefix_len);
        int r;

        if (found) {
                const bool ours = found->ours || address->ours;
                const uint32_t awaited = address->awaited ?: found->awaited;

                *ret_changed = found->broadcast.s_addr != address->broadcast.s_addr ||
                        lifetime_moved(found->valid_until_monotonic, address->valid_until_monotonic);
                *found = *address;
                found->ours = ours;
                found->awaited = awaited;
                return 0;
        }
        r = grow((void **) &entry->addresses, entry->n_addresses, &entry->max_addresses, sizeof(*address));
        if (r < 0)
                return r;
        entry->addresses[entry->n_addresses++] = *address;
        *ret_changed = true;
        return 0;
}

/*
 * Together with an address, the kernel drops routes that prefer it as their source. This concerns routes of
 * other links too, does not happen if the link has the address twice, and often comes without a
 * notification. So it is not predicted but looked up.
 */
void kernel_entry_lose_source(Kernel *kernel, const KernelEntry *owner, struct in_addr source) {
        for (size_t i = 0; i < kernel->n_entries; i++) {
                KernelEntry *entry = kernel->entries[i];

                for (size_t k = 0; k < entry->n_routes; k++) {
                        if (entry->routes[k].prefsrc.s_addr != source.s_addr)
                                continue;
                        entry->routes_stale = true;
                        if (entry != owner)
                                kernel_entry_mark_config(kernel, entry);
                        break;
                }
        }
}

bool kernel_entry_drop_address(Kernel *kernel, KernelEntry *entry, struct in_addr address,
                               uint8_t prefix_len) {
        KernelAddress *found = kernel_entry_find_address(entry, address, prefix_len);

        if (!found)
                return false;
        kernel_entry_lose_source(kernel, entry, address);
        *found = entry->addresses[--entry->n_addresses];
        return true;
}

NetRoute kernel_route_to_net(const KernelRoute *route) {
        return (NetRoute){
                .family = AF_INET,
                .dst.v4 = route->dst,
                .prefix_len = route->prefix_len,
                .gateway.v4 = route->gateway,
                .prefsrc.v4 = route->prefsrc,
                .metric = route->metric,
                .table = route->table,
                .mtu = route->mtu,
                .ours = route->ours,
        };
}

KernelRoute kernel_route_from_net(const NetRoute *route) {
        assert(route->family == AF_INET);
        return (KernelRoute){
                .dst = route->dst.v4,
                .prefix_len = route->prefix_len,
                .gateway = route->gateway.v4,
                .prefsrc = route->prefsrc.v4,
                .metric = route->metric,
                .table = route->table,
                .mtu = route->mtu,
                .ours = route->ours,
        };
}

static bool route_equal(const KernelRoute *a, const KernelRoute *b) {
        return a->dst.s_addr == b->dst.s_addr && a->prefix_len == b->prefix_len &&
                a->gateway.s_addr == b->gateway.s_addr && a->prefsrc.s_addr == b->prefsrc.s_addr &&
                a->metric == b->metric && a->table == b->table && a->mtu == b->mtu;
}

KernelRoute *kernel_entry_find_route(const KernelEntry *entry, const KernelRoute *route) {
        for (size_t i = 0; i < entry->n_routes; i++)
                if (route_equal(&entry->routes[i], route))
                        return &entry->routes[i];
        return NULL;
}

int kernel_entry_put_route(KernelEntry *entry, const KernelRoute *route, bool *ret_changed) {
        KernelRoute *found = kernel_entry_find_route(entry, route);
        int r;

        *ret_changed = !found;
        if (found) {
                found->seen = true;
                found->ours = found->ours || route->ours;
                found->awaited = route->awaited ?: found->awaited;
                return 0;
        }
        r = grow((void **) &entry->routes, entry->n_routes, &entry->max_routes, sizeof(*entry->routes));
        if (r < 0)
                return r;
        entry->routes[entry->n_routes] = *route;
        entry->routes[entry->n_routes++].seen = true;
        return 0;
}

bool kernel_entry_drop_route(KernelEntry *entry, const KernelRoute *route) {
        KernelRoute *found = kernel_entry_find_route(entry, route);

        if (!found)
                return false;
        *found = entry->routes[--entry->n_routes];
        return true;
}

bool kernel_entry_drop_all_routes(KernelEntry *entry) {
        const uint16_t n = entry->n_routes;

        for (size_t i = n; i-- > 0;)
                if (entry->routes[i].awaited == 0)
                        entry->routes[i] = entry->routes[--entry->n_routes];
        entry->routes_stale = entry->routes_stale && entry->n_routes > 0;
        return entry->n_routes < n;
}

void kernel_await_nothing(Kernel *kernel) {
        for (size_t i = 0; i < kernel->n_entries; i++) {
                KernelEntry *entry = kernel->entries[i];

                for (size_t k = 0; k < entry->n_addresses; k++)
                        entry->addresses[k].awaited = 0;
                for (size_t k = 0; k < entry->n_routes; k++)
                        entry->routes[k].awaited = 0;
        }
        for (size_t i = 0; i < kernel->n_rules; i++)
                kernel->rules[i].awaited = 0;
}

bool kernel_is_awaited(const Kernel *kernel, const struct nlmsghdr *header, uint32_t awaited) {
        return awaited != 0 && header->nlmsg_seq == awaited && header->nlmsg_pid == kernel->request_port;
}
