/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Removes what a test has made in a folder of its own, with the folder. A link is removed and never
 * followed. What the test has made unreadable goes as well. Failures are passed over: a folder in /tmp that
 * stays is no fault of what was tested.
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
