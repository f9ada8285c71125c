/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * A NetConfig that is kept from turn to turn, in as many bytes as it has content. A whole NetConfig has room
 * for the longest list of routes that a message can hold, which is twice what all else of a link needs.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "net/net-config.h"
#include "net/net-tunnels.h"

typedef struct LinkKept {
        /* private to link/link-kept.c */
        void *content; /* NULL: nothing is kept */
        uint16_t n_addresses, n_routes, n_rules, n_tunnels;
        uint32_t key;
} LinkKept;

/*
 * Keeps @config, which was made while the tunnels were @tunnels and everything else that it depends on was
 * @key. Without memory nothing is kept.
 */
void link_kept_set(LinkKept *kept, const NetConfig *config, const NetTunnels *tunnels, uint32_t key);
/* Stores what is kept. Returns false if nothing is, or if it was made of other @tunnels or another @key. */
bool link_kept_get(const LinkKept *kept, const NetTunnels *tunnels, uint32_t key, NetConfig *ret);
/* Nothing is kept any more. */
void link_kept_drop(LinkKept *kept);
