/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Who else manages a link (other-manager.h). Reads a few small files, and only for a link that is about to be managed.
 *
 *   systemd-networkd   /run/systemd/netif/links/IFINDEX   ADMIN_STATE=, no group; runs while /run/systemd/netif/io.systemd.Network
 *                                                         or its unit's cgroup has a process
 *   NetworkManager     /run/NetworkManager/devices/IFINDEX   [device] managed=; runs while its pid file or cgroup does
 */
#include "state/other-manager.h"

#include <glib.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define FILE_MAX 65536 /* bytes; these files have a few hundred */

static char *read_small(const char *path) {
        g_autofree char *text = NULL;
        gsize len;

        if (!g_file_get_contents(path, &text, &len, NULL) || len > FILE_MAX || strlen(text) != len)
                return NULL;
        return g_steal_pointer(&text);
}

/* Has the unit a process? The service manager's own cgroup tree tells, whichever of the two layouts it has. */
static bool unit_runs(const char *root, const char *unit) {
        static const char *const trees[] = {
                "/sys/fs/cgroup/system.slice",
                "/sys/fs/cgroup/unified/system.slice",
                "/sys/fs/cgroup/systemd/system.slice",
        };

        for (size_t i = 0; i < G_N_ELEMENTS(trees); i++) {
                g_autofree char *path = g_strconcat(root, trees[i], "/", unit, "/cgroup.procs", NULL);
                g_autofree char *text = read_small(path);

                if (text && text[0] != '\0')
                        return true;
        }
        return false;
}

/* The value of KEY= in a file of plain assignments, or NULL. */
static char *find_assignment(const char *text, const char *key) {
        g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
        const size_t n = strlen(key);

        for (char **line = lines; *line; line++)
                if (strncmp(*line, key, n) == 0 && (*line)[n] == '=')
                        return g_strdup(*line + n + 1);
        return NULL;
}

static bool networkd_has(const char *root, int ifindex) {
        g_autofree char *path = g_strdup_printf("%s/run/systemd/netif/links/%d", root, ifindex);
        g_autofree char *text = read_small(path);
        g_autofree char *state = text ? find_assignment(text, "ADMIN_STATE") : NULL;

        /* "pending" is decided within moments, and mostly to "unmanaged". */
        return state && strcmp(state, "unmanaged") != 0 && strcmp(state, "pending") != 0 &&
                strcmp(state, "initialized") != 0 && strcmp(state, "linger") != 0 &&
                unit_runs(root, "systemd-networkd.service");
}

static bool network_manager_has(const char *root, int ifindex) {
        g_autofree char *path = g_strdup_printf("%s/run/NetworkManager/devices/%d", root, ifindex);
        g_autoptr(GKeyFile) file = g_key_file_new();
        g_autofree char *text = read_small(path);

        return text && g_key_file_load_from_data(file, text, strlen(text), G_KEY_FILE_NONE, NULL) &&
                g_key_file_get_boolean(file, "device", "managed", NULL) &&
                unit_runs(root, "NetworkManager.service");
}

const char *other_manager_find(const char *root, int ifindex) {
        if (networkd_has(root, ifindex))
                return "systemd-networkd";
        if (network_manager_has(root, ifindex))
                return "NetworkManager";
        return NULL;
}
