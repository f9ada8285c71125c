/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Removes a folder that a test made for itself, with all that is in it. A symbolic link is removed and
 * never followed. What the test made unreadable is removed as well. Failures are ignored: a folder that
 * stays in /tmp is no failure of what was tested.
 */
#pragma once

#include <glib.h>
#include <glib/gstdio.h>
#include <sys/stat.h>

static inline void remove_tree(const char *path) {
        struct stat st;

        if (lstat(path, &st) < 0)
                return;
        if (S_ISDIR(st.st_mode)) {
                GDir *dir;
                const char *name;

                (void) g_chmod(path, 0700);
                dir = g_dir_open(path, 0, NULL);
                while (dir && (name = g_dir_read_name(dir))) {
                        g_autofree char *child = g_build_filename(path, name, NULL);

                        remove_tree(child);
                }
                if (dir)
                        g_dir_close(dir);
        }
        (void) g_remove(path);
}
