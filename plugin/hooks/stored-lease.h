/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * Converts a lease to bytes and back. The bytes outlive the message that had the lease. They are needed for
 * the queue, and for the file that records what a hook was told.
 *
 *   offset  size  field
 *        0     4  magic         "DHL1"
 *        4     4  address       network order, like the next two
 *        8     4  next_server
 *       12     4  relay
 *       16     8  expires_usec  big endian
 *       24     2  n, then n bytes of boot_file
 *              2  n, then n bytes of server_name
 *                 until the end, for each option: code (1), length (2), data
 *
 * A lease has only one form, so equal leases have equal bytes.
 */
#include <glib.h>
#include <stdint.h>

#include "plugin/hooks/environment.h"

/* bytes; an answer has at most 1472, and the daemon may keep some options of earlier answers */
#define HOOK_STORED_LEASE_MAX ((size_t) 64 * 1024)

/*
 * Returns the lease as bytes, or NULL if it is longer than HOOK_STORED_LEASE_MAX or has more than
 * HOOK_OPTIONS_MAX options.
 */
GBytes *hook_lease_store(const HookLease *lease);

typedef struct HookStoredLease {
        HookLease lease; /* its pointers lead into the members below */
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
