/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A NetConfig that takes only as many bytes as it has content (link-kept.h). The addresses, routes, rules
 * and the routes of tunnels follow each other in one block of memory. Allocates that block and nothing else;
 * has no clock, no log and no descriptor.
 */
#include "link/link-kept.h"

#include <stdlib.h>
#include <string.h>

#include "base/ip.h"

static uint8_t *put(uint8_t *at, const void *items, size_t size) {
        memcpy(at, items, size);
        return at + size;
}

static const uint8_t *take(const uint8_t *at, void *ret, size_t size) {
        memcpy(ret, at, size);
        return at + size;
}

void link_kept_drop(LinkKept *kept) {
        free(kept->content);
        *kept = (LinkKept){ .content = NULL };
}

void link_kept_set(LinkKept *kept, const NetConfig *config, const NetTunnels *tunnels, uint32_t key) {
        const size_t addresses = config->n_addresses * sizeof(config->addresses[0]),
                     routes = config->n_routes * sizeof(config->routes[0]),
                     rules = config->n_rules * sizeof(config->rules[0]),
                     of_tunnels = tunnels->n_routes * sizeof(tunnels->routes[0]);
        uint8_t *at;

        link_kept_drop(kept);
        kept->content = calloc(1, addresses + routes + rules + of_tunnels + 1);
        if (!kept->content)
                return;
        at = put(kept->content, config->addresses, addresses);
        at = put(at, config->routes, routes);
        at = put(at, config->rules, rules);
        (void) put(at, tunnels->routes, of_tunnels);
        kept->family = config->family;
        kept->n_addresses = (uint16_t) config->n_addresses;
        kept->n_routes = (uint16_t) config->n_routes;
        kept->n_rules = (uint16_t) config->n_rules;
        kept->n_tunnels = (uint16_t) tunnels->n_routes;
        kept->key = key;
}

static bool same_route(const NetTunnelRoute *a, const NetTunnelRoute *b) {
        return a->family == b->family && ip_equal(a->family, &a->dst, &b->dst) &&
                a->prefix_len == b->prefix_len && a->table == b->table && a->metric == b->metric;
}

static bool same_tunnels(const LinkKept *kept, const uint8_t *at, const NetTunnels *tunnels) {
        NetTunnelRoute route;

        if (kept->n_tunnels != tunnels->n_routes)
                return false;
        for (size_t i = 0; i < tunnels->n_routes; i++) {
                at = take(at, &route, sizeof(route));
                if (!same_route(&route, &tunnels->routes[i]))
                        return false;
        }
        return true;
}

bool link_kept_get(const LinkKept *kept, const NetTunnels *tunnels, uint32_t key, NetConfig *ret) {
        const uint8_t *at = kept->content;

        if (!at || kept->key != key)
                return false;
        ret->family = kept->family;
        ret->n_addresses = kept->n_addresses;
        ret->n_routes = kept->n_routes;
        ret->n_rules = kept->n_rules;
        at = take(at, ret->addresses, kept->n_addresses * sizeof(ret->addresses[0]));
        at = take(at, ret->routes, kept->n_routes * sizeof(ret->routes[0]));
        at = take(at, ret->rules, kept->n_rules * sizeof(ret->rules[0]));
        return same_tunnels(kept, at, tunnels);
}
