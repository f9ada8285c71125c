/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * Does another network manager say that it manages a link? Two managers on one link is the classic accident.
 *
 * Reads what systemd-networkd and NetworkManager keep in /run for each link. D-Bus is no way here: this daemon may start before the bus. A
 * manager that does not run has no say, whatever its old files claim.
 */

#include <stdbool.h>
#include <stdint.h>

#define OTHER_NAME_MAX 16 /* bytes, with the NUL: the kernel's TASK_COMM_LEN */

#define OTHER_MANAGER_ROOT "" /* files are at @root "/run/..." */

/* "systemd-networkd", "NetworkManager", or NULL. @root is for tests. A file that cannot be read or parsed says nothing. */
const char *other_manager_find(const char *root, int ifindex);

/*
 * Another DHCP client that runs on the link, "dhclient", "dhcpcd", "udhcpc", or "ifupdown", which has it up;
 * or NULL. Goes by the pid files that these clients and their starters use by themselves: for people,
 * nothing should depend on it.
 */
const char *other_client_find(const char *root, const char *ifname);
/*
 * What the process calls itself that has, most likely, the netlink port @port. False: it is gone, hidden (as
 * for the daemon in its sandbox), systemd or ourselves.
 */
bool other_process_name(const char *root, uint32_t port, char ret[static OTHER_NAME_MAX]);
/*
 * "removed by ...": what is known of who took something off the link, @port being that of the last removal,
 * 0: not known. g_free() it.
 */
char *other_describe_remover(const char *root, int ifindex, const char *ifname, uint32_t port);
