/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * Does another network manager say that it manages a link? Two managers on one link is the classic accident.
 *
 * Reads what systemd-networkd and NetworkManager keep in /run for each link. D-Bus is no way here: this daemon may start before the bus. A
 * manager that does not run has no say, whatever its old files claim.
 */

#define OTHER_MANAGER_ROOT "" /* files are at @root "/run/..." */

/* "systemd-networkd", "NetworkManager", or NULL. @root is for tests. A file that cannot be read or parsed says nothing. */
const char *other_manager_find(const char *root, int ifindex);
