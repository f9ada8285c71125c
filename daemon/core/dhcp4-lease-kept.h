/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * What an answer leaves out, and what stands in for it: shared by core/dhcp4-lease.c, which makes leases,
 * and dhcp4-lease-kept.c, which decides. Others use core/dhcp4-lease.h.
 */
#include "core/dhcp4-lease.h"

/* Does @m say nothing usable with option @code? Then what is kept may stand in for it. */
bool dhcp4_kept_lacks(const Dhcp4Message *m, uint8_t code);

/*
 * Writes options that stand in for what @m, the answer for @address, lacks, as dhcp4_message_add() takes
 * them. Returns their length, at most
 * @size: what does not fit is left out, the least important first. 0 for a BOOTP reply.
 */
size_t dhcp4_kept_choose(const Dhcp4Message *m, struct in_addr address, const Dhcp4LeaseBasis *basis,
                         uint8_t *ret, size_t size);

/*
 * Can the codes in @kept, which is well-formed, be of dhcp4_kept_choose() for @m? For records that anybody
 * may have written.
 */
bool dhcp4_kept_check(const Dhcp4Message *m, const uint8_t *kept, size_t len);

/* Does the option belong to one exchange, or to the client, and say nothing of the host's configuration? */
bool dhcp4_kept_never(uint8_t code);
