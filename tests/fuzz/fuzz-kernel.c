/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Netlink messages into records (io/kernel-parse.c, io/kernel-store.c): dumps and notifications of any
 * bytes, one after the other. The rest of the daemon must be able to rely on the records that result.
 * Needs no kernel.
 *
 * Input: messages, each a byte that says which of the eight types, a byte of flags, port and sequence
 * number, a byte of length in words, and what follows the header. Before every other message one object
 * of each kind becomes ours, and its notification is awaited.
 */
#include <assert.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>

#include "base/macro.h"
#include "io/kernel-internal.h"
#include "tests/fuzz/fuzz.h"

#define PORT         4711u
#define MESSAGES_MAX 64u

static void feed(Kernel *kernel, const struct nlmsghdr *header) {
        KernelEntry *entry;
        int r = 0;

        switch (header->nlmsg_type) {
        case RTM_NEWLINK:
                r = kernel_parse_link(kernel, header);
                break;
        case RTM_DELLINK:
                entry = kernel_parse_link_removed(kernel, header);
                if (entry)
                        kernel_entry_remove(kernel, entry);
                break;
        case RTM_NEWADDR:
        case RTM_DELADDR:
                r = kernel_parse_address(kernel, header);
                break;
        case RTM_NEWROUTE:
        case RTM_DELROUTE:
                r = kernel_parse_route(kernel, header);
                break;
        case RTM_NEWRULE:
        case RTM_DELRULE:
                r = kernel_parse_rule(kernel, header);
                break;
        }
        assert(r == 0);
}

static void check_entry(const KernelEntry *entry) {
        const LinkNames names = kernel_link_names(&entry->link);

        assert(entry->n_tunnel_routes <= entry->max_tunnel_routes);
        assert(entry->max_tunnel_routes <= KERNEL_TUNNEL_ROUTES_MAX);
        assert(entry->n_tunnel_routes == 0 || entry->link.tunnel);
        for (size_t i = 0; i < entry->n_tunnel_routes; i++)
                assert(entry->tunnel_routes[i].route.prefix_len <= 32);
        assert(entry->link.ifindex > 0);
        assert(memchr(entry->link.ifname, '\0', sizeof(entry->link.ifname)));
        assert(link_altnames_size(entry->link.altnames) <= KERNEL_ALTNAMES_MAX);
        FOREACH_LINK_NAME (name, &names) {
                assert(strlen(name) <= LINK_NAME_MAX);
                assert(link_names_have(&names, name));
        }
        assert(entry->link.address.len <= HW_ADDRESS_MAX && entry->link.broadcast.len <= HW_ADDRESS_MAX);
        assert(!entry->link.carrier || entry->link.up);
        for (size_t i = 0; i < entry->n_addresses; i++) {
                assert(entry->addresses[i].prefix_len <= 32);
                for (size_t k = 0; k < i; k++)
                        assert(entry->addresses[i].address.s_addr != entry->addresses[k].address.s_addr ||
                               entry->addresses[i].prefix_len != entry->addresses[k].prefix_len);
        }
        for (size_t i = 0; i < entry->n_routes; i++) {
                assert(entry->routes[i].prefix_len <= 32);
                /* The first route that equals it is the route itself. */
                assert(kernel_entry_find_route(entry, &entry->routes[i]) == &entry->routes[i]);
        }
}

static void check(const Kernel *kernel) {
        bool config = false;
        unsigned n_tunnels = 0;

        for (size_t i = 0; i < kernel->n_entries; i++) {
                check_entry(kernel->entries[i]);
                n_tunnels += kernel->entries[i]->link.tunnel;
                config = config || kernel->entries[i]->config_dirty;
                assert(i == 0 || kernel->entries[i - 1]->link.ifindex < kernel->entries[i]->link.ifindex);
        }
        assert(!config || kernel->any_config_dirty);
        for (size_t i = 0; i < kernel->n_rules; i++)
                for (size_t k = 0; k < i; k++)
                        assert(!net_rule_equal(&kernel->rules[i].rule, &kernel->rules[k].rule));
        assert(n_tunnels == kernel->n_tunnels);
}

/* Enters objects as kernel_apply() does when the kernel has confirmed them. */
static void own_some(Kernel *kernel, uint32_t seq) {
        KernelEntry *entry = kernel->n_entries > 0 ? kernel->entries[0] : NULL;

        if (entry && entry->n_addresses > 0) {
                entry->addresses[0].ours = true;
                entry->addresses[0].awaited = seq;
        }
        if (entry && entry->n_routes > 0) {
                entry->routes[0].ours = true;
                entry->routes[0].awaited = seq;
        }
        if (entry && kernel->n_rules > 0) {
                kernel->rules[0].ifindex = entry->link.ifindex;
                kernel->rules[0].awaited = seq;
        }
        if (seq % 8 == 7)
                kernel_await_nothing(kernel);
}

/* Returns a message in memory of exactly its size, except that nlmsg_len may say more. */
static struct nlmsghdr *next_message(const uint8_t **data, size_t *left) {
        static const uint16_t types[] = { RTM_NEWLINK, RTM_NEWADDR,  RTM_NEWROUTE, RTM_DELLINK,
                                          RTM_DELADDR, RTM_DELROUTE, RTM_NEWRULE,  RTM_DELRULE };
        const uint8_t *head = *data;
        struct nlmsghdr *header;
        size_t len;

        if (*left < 3)
                return NULL;
        len = MIN((size_t) head[2] * 4, *left - 3);
        header = malloc(NLMSG_HDRLEN + len);
        assert(header);
        *header = (struct nlmsghdr){
                .nlmsg_len = (uint32_t) (NLMSG_HDRLEN + len),
                .nlmsg_type = types[head[0] % ARRAY_SIZE(types)],
                .nlmsg_flags = (uint16_t) (head[1] & 1           ? NLM_F_REPLACE
                                                   : head[1] & 2 ? NLM_F_MULTI
                                                                 : 0),
                .nlmsg_pid = head[1] & 4 ? PORT
                        : head[1] & 8    ? PORT + 1
                                         : 0,
                .nlmsg_seq = head[1] >> 4,
        };
        memcpy((uint8_t *) header + NLMSG_HDRLEN, head + 3, len);
        *data += 3 + len;
        *left -= 3 + len;
        return header;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        const KernelHandler handler = { 0 };
        struct nlmsghdr *header;
        Kernel *kernel;

        if (kernel_new(NULL, &handler, NULL, &kernel) < 0)
                abort();
        kernel->loaded = true;
        kernel->request_port = PORT;
        for (unsigned n = 0; n < MESSAGES_MAX && (header = next_message(&data, &size)); n++) {
                if (n % 2 == 1)
                        own_some(kernel, n / 2);
                feed(kernel, header);
                free(header);
                check(kernel);
        }
        (void) kernel_free(kernel);
        return 0;
}
