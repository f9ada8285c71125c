/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reads files that other programs left behind (other-files.h). */
#include "import/other-files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define NSEC_PER_SEC INT64_C(1000000000)

/*
 * Returns a descriptor of the folder that @path is in, for looking up names, and stores the last part of
 * @path. Opens one folder after the other, so that O_NOFOLLOW applies to each of them.
 */
static int open_parent(const char *root, const char *path, char **ret_name) {
        g_auto(GStrv) parts = g_strsplit(path, "/", -1);
        const char *name = NULL;
        int fd;

        fd = open(root[0] != '\0' ? root : "/", O_PATH | O_DIRECTORY | O_CLOEXEC);
        for (char **part = parts; *part && fd >= 0; part++) {
                int next;

                if (**part == '\0')
                        continue;
                if (!name) {
                        name = *part;
                        continue;
                }
                next = openat(fd, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
                if (next < 0) {
                        const int error = errno;

                        (void) close(fd);
                        return -error;
                }
                (void) close(fd);
                fd = next;
                name = *part;
        }
        if (fd < 0)
                return -errno;
        *ret_name = g_strdup(name ? name : ".");
        return fd;
}

/*
 * Opens a regular file for reading; -1: there is none. Nothing else is opened, because opening a device may
 * already have an effect.
 */
static int open_regular(const char *root, const char *path, struct stat *ret) {
        g_autofree char *name = NULL;
        const int parent = open_parent(root, path, &name);
        struct stat st;
        int fd = -1;

        if (parent < 0)
                return -1;
        if (fstatat(parent, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(st.st_mode))
                fd = openat(parent, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
        (void) close(parent);
        if (fd < 0)
                return -1;
        if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode)) {
                (void) close(fd);
                return -1;
        }
        *ret = st;
        return fd;
}

bool other_file_read(const char *root, const char *path, OtherFile *ret) {
        g_autofree char *data = NULL;
        struct stat st;
        size_t len = 0;
        ssize_t n;
        int fd;

        fd = open_regular(root, path, &st);
        if (fd < 0)
                return false;
        /* fstat() says 0 for the size of a file in a control group. */
        data = g_malloc(OTHER_FILE_MAX + 1);
        do {
                n = read(fd, data + len, OTHER_FILE_MAX - len);
                len += n > 0 ? (size_t) n : 0;
        } while (n > 0 && len < OTHER_FILE_MAX);
        (void) close(fd);
        if (n != 0)
                return false;
        data[len] = '\0';
        *ret = (OtherFile){
                .data = g_steal_pointer(&data),
                .len = len,
                .modified_nsec = st.st_mtim.tv_sec * NSEC_PER_SEC + st.st_mtim.tv_nsec,
        };
        return true;
}

bool other_file_read_text(const char *root, const char *path, OtherFile *ret) {
        OtherFile file;

        if (!other_file_read(root, path, &file))
                return false;
        if (strlen(file.data) != file.len) {
                other_file_clear(&file);
                return false;
        }
        *ret = file;
        return true;
}

void other_file_clear(OtherFile *file) {
        g_clear_pointer(&file->data, g_free);
}

int other_file_list(const char *root, const char *path, char ***ret) {
        g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
        g_autofree char *name = NULL;
        const struct dirent *entry;
        DIR *dir;
        int parent, fd;

        parent = open_parent(root, path, &name);
        if (parent < 0)
                return parent;
        fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (fd < 0) {
                const int error = errno;

                (void) close(parent);
                return -error;
        }
        (void) close(parent);
        dir = fdopendir(fd);
        if (!dir) {
                const int error = errno;

                (void) close(fd);
                return -error;
        }
        while (names->len < OTHER_ENTRIES_MAX && (entry = readdir(dir)))
                if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
                        g_ptr_array_add(names, g_strdup(entry->d_name));
        (void) closedir(dir);
        g_ptr_array_add(names, NULL);
        *ret = (char **) g_ptr_array_free(g_steal_pointer(&names), FALSE);
        return 0;
}

char *other_find_assignment(const char *text, const char *key) {
        g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
        const size_t n = strlen(key);

        for (char **line = lines; *line; line++)
                if (strncmp(*line, key, n) == 0 && (*line)[n] == '=')
                        return g_strdup(*line + n + 1);
        return NULL;
}
