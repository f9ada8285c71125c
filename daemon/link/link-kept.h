/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * A NetConfig that is kept from turn to turn, and takes only as many bytes as it has content. A whole
 * NetConfig has room for the longest list of routes that a message can hold. That is twice the memory of
 * everything else in a link.
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
        uint8_t family;
        uint32_t key;
} LinkKept;

/*
 * Keeps a copy of @config. @tunnels and @key are what @config was computed from: the tunnels, and a number
 * for everything else. If there is no memory, nothing is kept.
 */
void link_kept_set(LinkKept *kept, const NetConfig *config, const NetTunnels *tunnels, uint32_t key);
/*
 * Stores the kept configuration. Returns false if none is kept, or if it was computed from other @tunnels or
 * another @key.
 */
bool link_kept_get(const LinkKept *kept, const NetTunnels *tunnels, uint32_t key, NetConfig *ret);
/* Frees what is kept. */
void link_kept_drop(LinkKept *kept);
