/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * Finds the client identifier that another DHCP client used on a link. A link that goes on with the same
 * identifier keeps its address when its client changes.
 *
 * ImportIdentity= is off by default. What a host tells servers of itself should not depend on what another
 * program left on the disk, so a person who changes clients has to ask for it. It decides once: what the
 * first look found is kept in the state folder, even if it found nothing. So the identifier never changes
 * later by itself.
 *
 * Most of the files may be read by root alone, and the daemon gets no right to read them. `dhcpd-linkd
 * --import-identity` is a separate run of the program: it starts as root, reads the files, becomes the owner
 * of the state folder, and only then writes (main-import.h).
 */
#include <stdbool.h>
#include <stdint.h>

#include "base/hw-address.h"

/*
 * Stores the content of option 61, type included, 2 to 255 bytes, as systemd-networkd, NetworkManager,
 * dhcpcd or dhclient sent it: the one of them that had a lease last. Returns false if no file that can be
 * read tells it, or if the identifier belongs to another hardware address. Files are at @root "/run/...",
 * for tests; what is malformed, too long, no regular file or behind a symbolic link counts as absent. Most
 * of the files are for root alone to read.
 */
bool other_identity_find(const char *root, int ifindex, const char *ifname, const HwAddress *address,
                         uint8_t ret[255], uint8_t *ret_len);
