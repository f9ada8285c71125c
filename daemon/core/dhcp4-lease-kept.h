/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * Chooses the options that stand in for those that an answer lacks. Shared by core/dhcp4-lease.c, which
 * makes leases, and dhcp4-lease-kept.c, which decides. Other files use core/dhcp4-lease.h.
 */
#include "core/dhcp4-lease.h"

/* Returns true if @m has no usable option @code, so that a kept one may stand in for it. */
bool dhcp4_kept_lacks(const Dhcp4Message *m, uint8_t code);

/*
 * Writes to @ret the options that stand in for what @m, the answer for @address, lacks, in the form that
 * dhcp4_message_add() takes. Returns their length in bytes, at most @size. Options that do not fit are left
 * out, the least important first. Returns 0 for a BOOTP reply.
 */
size_t dhcp4_kept_choose(const Dhcp4Message *m, struct in_addr address, const Dhcp4LeaseBasis *basis,
                         uint8_t *ret, size_t size);

/*
 * Returns true if dhcp4_kept_choose() could have chosen the options in @kept for @m. @kept must be
 * well-formed. It may be from a record that anybody wrote.
 */
bool dhcp4_kept_check(const Dhcp4Message *m, const uint8_t *kept, size_t len);

/*
 * Returns true if the option belongs to one exchange or to the client, and says nothing about the host's
 * configuration.
 */
bool dhcp4_kept_never(uint8_t code);
