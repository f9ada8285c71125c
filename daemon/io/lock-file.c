/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The lock file (lock-file.h).
 *
 * A file that was open to others may have been locked by anybody before we closed it to them, and that lock
 * stays until the process ends that holds it. /proc/locks says which process that is: one of root or of our
 * own user is another instance, any other process, or one that we cannot see, must not keep us out.
 */
#include "io/lock-file.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define LOCK_MODE    0600
#define OPEN_FLAGS   (O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY)
#define KERNEL_LOCKS "/proc/locks"

static bool is_instance(int pid) {
        char path[32];
        struct stat st;

        (void) snprintf(path, sizeof(path), "/proc/%d", pid);
        return stat(path, &st) == 0 && (st.st_uid == 0 || st.st_uid == geteuid());
}

/*
 * Returns true if a process of root or of our user has a flock() on the file. The file is looked for by its
 * inode alone, because st_dev is not on every file system what the kernel prints.
 */
static bool is_locked_by_instance(const struct stat *file) {
        FILE *const locks = fopen(KERNEL_LOCKS, "re");
        bool found = false;
        char line[256];

        if (!locks)
                return true; /* we cannot tell */
        while (!found && fgets(line, sizeof(line), locks)) {
                uintmax_t inode;
                int pid;

                /* 1: FLOCK  ADVISORY  WRITE 4711 00:2d:815 0 EOF */
                if (sscanf(line, "%*d: FLOCK %*s %*s %d %*x:%*x:%ju", &pid, &inode) == 2 &&
                    inode == (uintmax_t) file->st_ino)
                        found = is_instance(pid);
        }
        (void) fclose(locks);
        return found;
}

static int lock(int fd) {
        if (flock(fd, LOCK_EX | LOCK_NB) >= 0)
                return 0;
        return errno == EWOULDBLOCK ? -EBUSY : -errno;
}

/* Closes @fd. */
static int replace(const char *path, int fd) {
        int r;

        (void) close(fd);
        if (unlink(path) < 0 && errno != ENOENT)
                return -errno;
        /* O_EXCL, because another instance may be doing the same. */
        fd = open(path, OPEN_FLAGS | O_EXCL, LOCK_MODE);
        if (fd < 0)
                return errno == EEXIST ? -EBUSY : -errno;
        r = lock(fd);
        if (r >= 0)
                return fd;
        (void) close(fd);
        return r;
}

int lock_file_take(const char *path) {
        struct stat st;
        int fd, r;

        fd = open(path, OPEN_FLAGS, LOCK_MODE);
        if (fd < 0)
                return -errno;
        if (fstat(fd, &st) < 0)
                r = -errno;
        else if (!S_ISREG(st.st_mode))
                r = -EBADF;
        else {
                const bool is_open = st.st_mode & 077;

                r = is_open && fchmod(fd, LOCK_MODE) < 0 ? -errno : lock(fd);
                if (r == -EBUSY && is_open && !is_locked_by_instance(&st))
                        return replace(path, fd);
        }
        if (r >= 0)
                return fd;
        (void) close(fd);
        return r;
}
