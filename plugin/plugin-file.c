/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reads and writes small files in the daemon's own folders (contract: plugin/plugin-file.h). */
#include "plugin/plugin-file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define TEXT_MODE 0600

ssize_t plugin_file_read(int dir_fd, const char *name, char *buffer, size_t size) {
        const int fd = openat(dir_fd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
        struct stat st;
        ssize_t r;

        if (fd < 0)
                return -errno;
        if (fstat(fd, &st) < 0)
                r = -errno;
        else if (!S_ISREG(st.st_mode) || (st.st_mode & (S_IWGRP | S_IWOTH)) ||
                 (st.st_uid != geteuid() && st.st_uid != 0))
                r = -EBADF;
        else {
                r = read(fd, buffer, size);
                r = r < 0 ? -errno : r;
        }
        (void) close(fd);
        return r;
}

int plugin_file_write(int dir_fd, const char *name, mode_t mode, const char *content, size_t len) {
        int fd, r = 0;

        if (unlinkat(dir_fd, name, 0) < 0 && errno != ENOENT)
                return -errno;
        fd = openat(dir_fd, name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, mode);
        if (fd < 0)
                return -errno;
        for (size_t done = 0; done < len && r == 0;) {
                const ssize_t n = write(fd, content + done, len - done);

                if (n < 0 && errno != EINTR)
                        r = -errno;
                done += n > 0 ? (size_t) n : 0;
        }
        if (r == 0)
                return fd;
        (void) close(fd);
        (void) unlinkat(dir_fd, name, 0);
        return r;
}

static int folder_open(const char *dir) {
        const int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

        return fd < 0 ? -errno : fd;
}

/*
 * Closes a file that was written. Takes over @fd, also on failure. @sync: the content survives a loss of
 * power.
 */
static int close_written(int fd, bool sync) {
        int r = sync && fdatasync(fd) < 0 ? -errno : 0;

        return close(fd) < 0 && r == 0 ? -errno : r;
}

static int save(int dir_fd, const char *name, const char *text, bool sync) {
        char temporary[PLUGIN_FILE_NAME_MAX + sizeof(".new")];
        int r;

        (void) snprintf(temporary, sizeof(temporary), "%s.new", name);
        r = plugin_file_write(dir_fd, temporary, TEXT_MODE, text, strlen(text));
        if (r >= 0)
                r = close_written(r, sync);
        if (r >= 0 && renameat(dir_fd, temporary, dir_fd, name) < 0)
                r = -errno;
        if (r < 0)
                (void) unlinkat(dir_fd, temporary, 0);
        return r;
}

int plugin_file_save(const char *dir, const char *name, const char *text, bool sync) {
        const int dir_fd = folder_open(dir);
        int r;

        if (dir_fd < 0)
                return dir_fd;
        if (text)
                r = save(dir_fd, name, text, sync);
        else
                r = unlinkat(dir_fd, name, 0) < 0 && errno != ENOENT ? -errno : 0;
        (void) close(dir_fd);
        return r;
}

int plugin_file_load(const char *dir, const char *name, char *ret, size_t size) {
        const int dir_fd = folder_open(dir);
        ssize_t n;

        if (dir_fd < 0)
                return dir_fd;
        n = plugin_file_read(dir_fd, name, ret, size);
        (void) close(dir_fd);
        if (n < 0)
                return (int) n;
        if ((size_t) n == size || memchr(ret, 0, (size_t) n))
                return -EBADMSG;
        ret[n] = 0;
        return 0;
}
