/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A NetConfig that takes only as many bytes as it has content (link-kept.h). Allocates one block of memory
 * and nothing else; has no clock, no log and no descriptor.
 *
 * The block holds addresses, routes, rules and the routes of tunnels, in this order. Each of them begins
 * with its family and has only what that family has, so an IPv4 route takes 29 bytes. In a NetConfig it
 * takes as much room as an IPv6 route, which is three times as much. There are no gaps between values.
 *
 * One function for each kind of object says what is kept of it. The same function counts, writes and reads,
 * so the three cannot differ.
 */
#include "link/link-kept.h"

#include <stdlib.h>
#include <string.h>

#include "base/ip.h"

typedef enum Task {
        TASK_COUNT,
        TASK_WRITE,
        TASK_READ,
} Task;

typedef struct Pass {
        Task task;
        uint8_t *block; /* NULL for TASK_COUNT */
        size_t len;     /* bytes so far */
} Pass;

static void value(Pass *pass, void *data, size_t size) {
        switch (pass->task) {
        case TASK_COUNT:
                break;
        case TASK_WRITE:
                memcpy(pass->block + pass->len, data, size);
                break;
        case TASK_READ:
                memcpy(data, pass->block + pass->len, size);
                break;
        }
        pass->len += size;
}

#define VALUE(pass, data) value(pass, &(data), sizeof(data))

static void ip(Pass *pass, uint8_t family, IpAddress *address) {
        value(pass, address, ip_bits(family) / 8u);
}

static void pass_address(Pass *pass, NetAddress *address) {
        VALUE(pass, address->family);
        VALUE(pass, address->prefix_len);
        VALUE(pass, address->ours);
        VALUE(pass, address->valid_until);
        ip(pass, address->family, &address->address);
        if (address->family != AF_INET6) {
                VALUE(pass, address->broadcast);
                return;
        }
        VALUE(pass, address->flags);
        VALUE(pass, address->dad);
        VALUE(pass, address->preferred_until);
}

static void pass_route(Pass *pass, NetRoute *route) {
        VALUE(pass, route->family);
        VALUE(pass, route->prefix_len);
        VALUE(pass, route->type);
        VALUE(pass, route->preference);
        VALUE(pass, route->ours);
        VALUE(pass, route->metric);
        VALUE(pass, route->table);
        VALUE(pass, route->mtu);
        ip(pass, route->family, &route->dst);
        ip(pass, route->family, &route->gateway);
        ip(pass, route->family, &route->prefsrc);
        if (route->family != AF_INET6)
                return;
        VALUE(pass, route->source_len);
        ip(pass, route->family, &route->source);
        VALUE(pass, route->expires_at);
}

static void pass_rule(Pass *pass, NetRule *rule) {
        VALUE(pass, rule->family);
        VALUE(pass, rule->ours);
        VALUE(pass, rule->table);
        ip(pass, rule->family, &rule->from);
}

static void pass_tunnel(Pass *pass, NetTunnelRoute *route) {
        VALUE(pass, route->family);
        VALUE(pass, route->prefix_len);
        VALUE(pass, route->table);
        VALUE(pass, route->metric);
        ip(pass, route->family, &route->dst);
}

/* Counts or writes. It hands on copies, because the functions above are not made for constant objects. */
static void pass_all(Pass *pass, const NetConfig *config, const NetTunnels *tunnels) {
        for (size_t i = 0; i < config->n_addresses; i++) {
                NetAddress address = config->addresses[i];

                pass_address(pass, &address);
        }
        for (size_t i = 0; i < config->n_routes; i++) {
                NetRoute route = config->routes[i];

                pass_route(pass, &route);
        }
        for (size_t i = 0; i < config->n_rules; i++) {
                NetRule rule = config->rules[i];

                pass_rule(pass, &rule);
        }
        for (size_t i = 0; i < tunnels->n_routes; i++) {
                NetTunnelRoute route = tunnels->routes[i];

                pass_tunnel(pass, &route);
        }
}

void link_kept_drop(LinkKept *kept) {
        free(kept->content);
        *kept = (LinkKept){ .content = NULL };
}

void link_kept_set(LinkKept *kept, const NetConfig *config, const NetTunnels *tunnels, uint32_t key) {
        Pass count = { .task = TASK_COUNT }, write = { .task = TASK_WRITE };

        link_kept_drop(kept);
        pass_all(&count, config, tunnels);
        /* One byte more than is needed, so that it is never none: NULL means that nothing is kept. */
        kept->content = calloc(1, count.len + 1);
        if (!kept->content)
                return;
        write.block = kept->content;
        pass_all(&write, config, tunnels);
        kept->family = config->family;
        kept->n_addresses = (uint16_t) config->n_addresses;
        kept->n_routes = (uint16_t) config->n_routes;
        kept->n_rules = (uint16_t) config->n_rules;
        kept->n_tunnels = (uint16_t) tunnels->n_routes;
        kept->key = key;
}

static bool same_tunnels(const LinkKept *kept, Pass *read, const NetTunnels *tunnels) {
        if (kept->n_tunnels != tunnels->n_routes)
                return false;
        for (size_t i = 0; i < tunnels->n_routes; i++) {
                NetTunnelRoute route = { .table = 0 };

                pass_tunnel(read, &route);
                if (!net_tunnel_route_equal(&route, &tunnels->routes[i]))
                        return false;
        }
        return true;
}

bool link_kept_get(const LinkKept *kept, const NetTunnels *tunnels, uint32_t key, NetConfig *ret) {
        Pass read = { .task = TASK_READ, .block = kept->content };

        if (!kept->content || kept->key != key)
                return false;
        ret->family = kept->family;
        ret->n_addresses = kept->n_addresses;
        ret->n_routes = kept->n_routes;
        ret->n_rules = kept->n_rules;
        for (size_t i = 0; i < kept->n_addresses; i++) {
                ret->addresses[i] = (NetAddress){ .family = AF_UNSPEC };
                pass_address(&read, &ret->addresses[i]);
        }
        for (size_t i = 0; i < kept->n_routes; i++) {
                ret->routes[i] = (NetRoute){ .family = AF_UNSPEC };
                pass_route(&read, &ret->routes[i]);
        }
        for (size_t i = 0; i < kept->n_rules; i++) {
                ret->rules[i] = (NetRule){ .family = AF_UNSPEC };
                pass_rule(&read, &ret->rules[i]);
        }
        return same_tunnels(kept, &read, tunnels);
}
