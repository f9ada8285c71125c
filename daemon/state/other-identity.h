/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * As whom did another DHCP client speak to servers on a link? With the same client identifier the link keeps its address when clients change.
 */
#include <stdbool.h>
#include <stdint.h>

#include "base/hw-address.h"

/*
 * Content of option 61, type included, 2 to 255 bytes, of a lease of systemd-networkd or dhclient. False: there is none that can be read, or it belongs to
 * another hardware address. Files are at @root "/run/...", for tests; what is malformed, too long or no regular file counts as absent.
 */
bool other_identity_find(const char *root, int ifindex, const char *ifname, const HwAddress *address,
                         uint8_t ret[255], uint8_t *ret_len);
