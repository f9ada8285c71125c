/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * A lease that outlives the message it came in: as bytes, for the queue and for the file that remembers what
 * a hook was told, and back.
 *
 *   offset  size  field
 *        0     4  magic         "DHL1"
 *        4     4  address       network order, as the next two
 *        8     4  next_server
 *       12     4  relay
 *       16     8  expires_usec  big endian
 *       24     2  n, then n bytes of boot_file
 *              2  n, then n bytes of server_name
 *                 until the end, for each option: code (1), length (2), data
 *
 * A lease has one form only: equal leases are equal bytes.
 */
#include <glib.h>
#include <stdint.h>

#include "plugin/hooks/environment.h"

#define HOOK_STORED_LEASE_MAX ((size_t) 64 * 1024) /* bytes; an answer has 1472, and some options are kept */

/*
 * Returns NULL if the lease is longer than HOOK_STORED_LEASE_MAX, or has more than HOOK_OPTIONS_MAX options.
 */
GBytes *hook_lease_store(const HookLease *lease);

typedef struct HookStoredLease {
        HookLease lease; /* points into what follows */
        GBytes *bytes;
        HookOption *options;
        char *boot_file, *server_name;
} HookStoredLease;

/* Takes a reference to @bytes. Returns NULL if they are not what hook_lease_store() makes. */
HookStoredLease *hook_stored_lease_new(GBytes *bytes);
HookStoredLease *hook_stored_lease_free(HookStoredLease *stored);
static inline void hook_stored_lease_freep(HookStoredLease **p) {
        *p = hook_stored_lease_free(*p);
}
