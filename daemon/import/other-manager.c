/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Who else manages a link (other-manager.h). Reads a few small files, and only for a link that is about to
 * be managed, or from which something was taken away.
 *
 *   systemd-networkd   /run/systemd/netif/links/IFINDEX      ADMIN_STATE=, in no section
 *   NetworkManager     /run/NetworkManager/devices/IFINDEX   [device] managed=
 *
 * Both leave these files behind when they are stopped or killed. Whether the manager runs is asked of its
 * unit's control group, which the kernel keeps: a list of processes, empty or absent when there is none. Pid
 * files are not used because they become stale, and /proc is not used because the sandbox hides it. A
 * manager that was started by hand, outside its unit, is not seen.
 *
 * Other DHCP clients have no unit of a known name, so their pid files are used. They decide nothing but a
 * name in messages to people. If /proc does not show the process, kill() with signal 0 tells whether it
 * exists; if /proc shows it, it must have the expected name.
 */
#include "import/other-manager.h"

#include <errno.h>
#include <glib.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/macro.h"
#include "import/other-files.h"

/*
 * Returns true if the process is certainly in another network namespace, whose links have other numbers
 * (/run may be shared by both: unshare -n). If we may not look at the process, the answer is false.
 */
static bool is_in_another_namespace(const char *root, const char *pid) {
        g_autofree char *theirs = g_strconcat(root, "/proc/", pid, "/ns/net", NULL);
        g_autofree char *ours = g_strconcat(root, "/proc/self/ns/net", NULL);
        struct stat a, b;

        return stat(theirs, &a) == 0 && stat(ours, &b) == 0 &&
                (a.st_dev != b.st_dev || a.st_ino != b.st_ino);
}

/*
 * Returns true if the unit has a process. The tree of control groups tells, in each of the layouts that it
 * may have.
 */
static bool unit_runs(const char *root, const char *unit) {
        static const char *const trees[] = {
                "/sys/fs/cgroup/system.slice",
                "/sys/fs/cgroup/unified/system.slice",
                "/sys/fs/cgroup/systemd/system.slice",
        };

        for (size_t i = 0; i < G_N_ELEMENTS(trees); i++) {
                g_autofree char *path = g_strconcat(trees[i], "/", unit, "/cgroup.procs", NULL);
                _cleanup_(other_file_clear) OtherFile file = {};

                if (other_file_read_text(root, path, &file) && g_ascii_isdigit(file.data[0])) {
                        file.data[strspn(file.data, "0123456789")] = '\0';
                        return !is_in_another_namespace(root, file.data);
                }
        }
        return false;
}

static bool networkd_has(const char *root, int ifindex) {
        static const char *const not_its_own[] = {
                "",
                /* not decided yet; this takes moments, and most links end as "unmanaged" */
                "pending",
                "initialized",
                "unmanaged",
                "linger", /* the link is gone */
                NULL,
        };
        g_autofree char *path = g_strdup_printf("/run/systemd/netif/links/%d", ifindex);
        _cleanup_(other_file_clear) OtherFile file = {};
        g_autofree char *state = other_file_read_text(root, path, &file)
                ? other_find_assignment(file.data, "ADMIN_STATE")
                : NULL;

        return state && !g_strv_contains(not_its_own, state) && unit_runs(root, "systemd-networkd.service");
}

static bool network_manager_has(const char *root, int ifindex) {
        g_autofree char *path = g_strdup_printf("/run/NetworkManager/devices/%d", ifindex);
        g_autoptr(GKeyFile) keys = g_key_file_new();
        _cleanup_(other_file_clear) OtherFile file = {};

        return other_file_read_text(root, path, &file) &&
                g_key_file_load_from_data(keys, file.data, file.len, G_KEY_FILE_NONE, NULL) &&
                g_key_file_get_boolean(keys, "device", "managed", NULL) &&
                unit_runs(root, "NetworkManager.service");
}

const char *other_manager_find(const char *root, int ifindex) {
        if (networkd_has(root, ifindex))
                return "systemd-networkd";
        if (network_manager_has(root, ifindex))
                return "NetworkManager";
        return NULL;
}

/* Other clients, and what ifupdown keeps */

/*
 * Stores what the process @pid calls itself, "" if /proc hides it or there is no such process. Any process
 * may call itself anything.
 */
static void read_name(const char *root, pid_t pid, char ret[static OTHER_NAME_MAX]) {
        g_autofree char *path = g_strdup_printf("/proc/%d/comm", (int) pid);
        _cleanup_(other_file_clear) OtherFile file = {};
        size_t n = 0;

        if (other_file_read_text(root, path, &file))
                for (const char *p = file.data; *p && *p != '\n' && n < OTHER_NAME_MAX - 1; p++)
                        ret[n++] = g_ascii_isgraph(*p) ? *p : '?';
        ret[n] = '\0';
}

bool other_process_name(const char *root, uint32_t port, char ret[static OTHER_NAME_MAX]) {
        /* systemd opens the sockets of socket-activated services (networkd), so its number says nothing. */
        if (port <= 1 || port > INT32_MAX || (pid_t) port == getpid())
                return false;
        read_name(root, (pid_t) port, ret);
        return *ret;
}

static bool client_runs(const char *root, const char *pid_file, const char *name) {
        _cleanup_(other_file_clear) OtherFile file = {};
        char found[OTHER_NAME_MAX];
        guint64 pid;

        if (!other_file_read_text(root, pid_file, &file))
                return false;
        g_strchomp(file.data);
        if (!g_ascii_string_to_unsigned(file.data, 10, 2, INT32_MAX, &pid, NULL) ||
            is_in_another_namespace(root, file.data))
                return false;
        read_name(root, (pid_t) pid, found);
        if (*found)
                return strcmp(found, name) == 0;
        return kill((pid_t) pid, 0) == 0 || errno == EPERM;
}

/* Its file has "LINK=LOGICAL-NAME" while the link is up, and stays, empty, afterwards. */
static bool ifupdown_has(const char *root, const char *ifname) {
        g_autofree char *path = g_strconcat("/run/network/ifstate.", ifname, NULL);
        _cleanup_(other_file_clear) OtherFile file = {};

        return other_file_read_text(root, path, &file) && strspn(file.data, " \n") != file.len;
}

const char *other_client_find(const char *root, const char *ifname) {
        /*
         * The path is made of before, the name of the link and after. The file of a client that serves all
         * links has no link in its name; after is NULL then.
         */
        static const struct {
                const char *name, *before, *after;
        } files[] = {
                { "dhclient", "/run/dhclient.", ".pid" },     { "dhclient", "/run/dhclient-", ".pid" },
                { "dhclient", "/var/run/dhclient.", ".pid" }, { "dhclient", "/var/run/dhclient-", ".pid" },
                { "dhcpcd", "/run/dhcpcd/", "-4.pid" },       { "dhcpcd", "/run/dhcpcd/", ".pid" },
                { "dhcpcd", "/run/dhcpcd-", "-4.pid" },       { "dhcpcd", "/run/dhcpcd-", ".pid" },
                { "dhcpcd", "/var/run/dhcpcd-", "-4.pid" },   { "dhcpcd", "/var/run/dhcpcd-", ".pid" },
                { "udhcpc", "/run/udhcpc.", ".pid" },         { "udhcpc", "/var/run/udhcpc.", ".pid" },
                { "dhcpcd", "/run/dhcpcd/pid", NULL },        { "dhcpcd", "/run/dhcpcd.pid", NULL },
        };

        for (size_t i = 0; i < G_N_ELEMENTS(files); i++) {
                g_autofree char *path = files[i].after
                        ? g_strconcat(files[i].before, ifname, files[i].after, NULL)
                        : g_strdup(files[i].before);

                if (client_runs(root, path, files[i].name))
                        return files[i].name;
        }
        return ifupdown_has(root, ifname) ? "ifupdown" : NULL;
}

char *other_describe_remover(const char *root, int ifindex, const char *ifname, uint32_t port) {
        const char *seen = other_manager_find(root, ifindex) ?: other_client_find(root, ifname);
        char name[OTHER_NAME_MAX];
        const bool known = other_process_name(root, port, name);
        const bool more = seen && (!known || strcmp(seen, name) != 0);

        return g_strdup_printf("removed by %s%s%s%s", known ? name : "another program", more ? ", " : "",
                               more ? seen : "", more ? " was seen" : "");
}
