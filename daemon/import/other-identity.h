/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * As whom did another DHCP client speak to servers on a link? With the same client identifier the link keeps
 * its address when clients change.
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
 * Content of option 61, type included, 2 to 255 bytes, that systemd-networkd, NetworkManager, dhcpcd or
 * dhclient sent, whichever of them had a lease last. False: nothing that can be read tells, or it belongs to
 * another hardware address. Files are at @root "/run/...", for tests; what is malformed, too long, no
 * regular file or behind a symbolic link counts as absent. Most of the files are for root alone to read.
 */
bool other_identity_find(const char *root, int ifindex, const char *ifname, const HwAddress *address,
                         uint8_t ret[255], uint8_t *ret_len);
