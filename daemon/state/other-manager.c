/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Who else manages a link (other-manager.h). Reads a few small files, and only for a link that is about to be managed.
 *
 *   systemd-networkd   /run/systemd/netif/links/IFINDEX      ADMIN_STATE=, in no section
 *   NetworkManager     /run/NetworkManager/devices/IFINDEX   [device] managed=
 *
 * Both leave these files behind when they are stopped or killed. Whether the manager runs is asked of its unit's control group, which the kernel
 * keeps: a list of processes, empty or absent when there is none. Pid files and /proc are no way: the first go stale, and the second is hidden
 * from a sandboxed daemon. A manager that was started by hand, outside its unit, is not seen.
 */
#include "state/other-manager.h"

#include <glib.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>

#include "base/macro.h"
#include "state/other-files.h"

/*
 * /run may be shared with a network namespace whose links have other numbers (unshare -n). True only when that is certain: without the right to
 * look at the other process, it is taken to be where we are.
 */
static bool is_in_another_namespace(const char *root, const char *pid) {
        g_autofree char *theirs = g_strconcat(root, "/proc/", pid, "/ns/net", NULL);
        g_autofree char *ours = g_strconcat(root, "/proc/self/ns/net", NULL);
        struct stat a, b;

        return stat(theirs, &a) == 0 && stat(ours, &b) == 0 &&
                (a.st_dev != b.st_dev || a.st_ino != b.st_ino);
}

/* Has the unit a process? The service manager's own tree of control groups tells, whichever of the layouts it has. */
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
                /* not decided yet, which takes moments and mostly ends in "unmanaged" */
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
