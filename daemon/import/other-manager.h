/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * Tells whether another network manager says that it manages a link. Two managers on one link disturb each
 * other.
 *
 * Reads what systemd-networkd and NetworkManager keep in /run for each link. D-Bus is not used, because this
 * daemon may start before the bus. The files of a manager that does not run are ignored.
 *
 * This is asked only before a link becomes ours, and not after a restart of the daemon. A manager that comes
 * later can only watch the link, and nobody but us would renew the lease. That a link is ours is in the
 * record of the runtime folder (store/lease-store.h). The record is there even without a lease, and is
 * removed when we let the link go.
 */

#include <stdbool.h>
#include <stdint.h>

#define OTHER_NAME_MAX 16 /* bytes, with the NUL: the kernel's TASK_COMM_LEN; held by read_name() */

#define OTHER_MANAGER_ROOT "" /* files are at @root "/run/..." */

/*
 * Returns "systemd-networkd", "NetworkManager", or NULL. @root is for tests. A file that cannot be read or
 * parsed is ignored.
 */
const char *other_manager_find(const char *root, int ifindex);

/*
 * Returns the name of another DHCP client that runs on the link, "dhclient", "dhcpcd" or "udhcpc", or
 * "ifupdown" if that has brought the link up; NULL if none is found. It looks at the pid files that these
 * clients use by default. This is for messages to people; nothing should depend on it.
 */
const char *other_client_find(const char *root, const char *ifname);
/*
 * Stores what the process calls itself that most likely has the netlink port @port. Returns false if that
 * process is gone, hidden (as it is for the daemon in its sandbox), systemd, or ourselves.
 */
bool other_process_name(const char *root, uint32_t port, char ret[static OTHER_NAME_MAX]);
/*
 * Returns "removed by ...", with what is known of who took something off the link. @port: the netlink port
 * of the last removal, 0: not known. The caller frees it with g_free().
 */
char *other_describe_remover(const char *root, int ifindex, const char *ifname, uint32_t port);
