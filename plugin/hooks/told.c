/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Records in files what hooks were told (contract: plugin/hooks/told.h). All files are opened relative to
 * the descriptor of the folder.
 */
#include "plugin/hooks/told.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/macro.h"
#include "plugin/hooks/stored-lease.h"

#define TEMPORARY "new" /* cannot be the file of a hook, because those have a dot in their names */

struct HookTold {
        int fd;
};

static char *file_name(int ifindex, const char *hook) {
        return g_strdup_printf("%d.%s", ifindex, hook);
}

int hook_told_new(const char *folder, HookTold **ret) {
        _cleanup_(hook_told_freep) HookTold *told = g_new0(HookTold, 1);
        struct stat st;

        told->fd = -1;
        if (mkdir(folder, 0700) < 0 && errno != EEXIST)
                return -errno;
        told->fd = open(folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (told->fd < 0 || fstat(told->fd, &st) < 0)
                return -errno;
        if (st.st_uid != geteuid() || (st.st_mode & (S_IWGRP | S_IWOTH)))
                return -EPERM;
        *ret = STEAL_PTR(told);
        return 0;
}

HookTold *hook_told_free(HookTold *told) {
        if (!told)
                return NULL;
        if (told->fd >= 0)
                (void) close(told->fd);
        g_free(told);
        return NULL;
}

/*
 * Reads the file up to @size bytes. @size is one more than the file may have, so that a longer file is
 * noticed.
 */
static ssize_t read_all(int fd, uint8_t *data, size_t size) {
        size_t len = 0;

        while (len < size) {
                const ssize_t n = read(fd, data + len, size - len);

                if (n < 0)
                        return -errno;
                if (n == 0)
                        break;
                len += (size_t) n;
        }
        return (ssize_t) len;
}

/* Returns the content of a file, or NULL if it is not there or cannot be read. */
static GBytes *read_file(const HookTold *told, const char *name) {
        g_autofree uint8_t *data = g_malloc(HOOK_STORED_LEASE_MAX + 1);
        ssize_t len;
        int fd;

        fd = openat(told->fd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
        if (fd < 0)
                return NULL;
        len = read_all(fd, data, HOOK_STORED_LEASE_MAX + 1);
        (void) close(fd);
        return len < 0 ? NULL : g_bytes_new(data, (size_t) len);
}

GBytes *hook_told_get(const HookTold *told, int ifindex, const char *hook) {
        g_autofree char *name = file_name(ifindex, hook);
        _cleanup_(hook_stored_lease_freep) HookStoredLease *stored = NULL;
        g_autoptr(GBytes) bytes = read_file(told, name);

        stored = bytes ? hook_stored_lease_new(bytes) : NULL;
        return stored ? g_bytes_ref(bytes) : NULL;
}

char *hook_told_get_name(const HookTold *told, int ifindex) {
        g_autofree char *name = file_name(ifindex, "");
        g_autoptr(GBytes) bytes = read_file(told, name);
        g_autofree char *ifname = NULL;

        if (!bytes)
                return NULL;
        ifname = g_strndup(g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes));
        return hook_ifname_is_safe(ifname) ? g_steal_pointer(&ifname) : NULL;
}

static int write_all(int fd, const uint8_t *data, size_t len) {
        while (len > 0) {
                const ssize_t n = write(fd, data, len);

                if (n < 0)
                        return -errno;
                data += n;
                len -= (size_t) n;
        }
        return 0;
}

static int write_file(const HookTold *told, const char *name, GBytes *lease) {
        size_t len;
        const uint8_t *data = g_bytes_get_data(lease, &len);
        int fd, r;

        (void) unlinkat(told->fd, TEMPORARY, 0);
        fd = openat(told->fd, TEMPORARY, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
        if (fd < 0)
                return -errno;
        r = write_all(fd, data, len);
        if (close(fd) < 0 && r == 0)
                r = -errno;
        if (r == 0 && renameat(told->fd, TEMPORARY, told->fd, name) < 0)
                r = -errno;
        if (r < 0)
                (void) unlinkat(told->fd, TEMPORARY, 0);
        return r;
}

int hook_told_set(const HookTold *told, int ifindex, const char *hook, GBytes *lease) {
        g_autofree char *name = file_name(ifindex, hook);

        if (lease)
                return write_file(told, name, lease);
        return unlinkat(told->fd, name, 0) < 0 && errno != ENOENT ? -errno : 0;
}

int hook_told_set_name(const HookTold *told, int ifindex, const char *ifname) {
        g_autofree char *name = file_name(ifindex, ""), *before = hook_told_get_name(told, ifindex);
        g_autoptr(GBytes) bytes = g_bytes_new(ifname, strlen(ifname));

        return g_strcmp0(before, ifname) == 0 ? 0 : write_file(told, name, bytes);
}

static DIR *list(const HookTold *told) {
        const int fd = openat(told->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;

        if (!dir && fd >= 0)
                (void) close(fd);
        return dir;
}

void hook_told_forget(const HookTold *told, int ifindex) {
        g_autofree char *prefix = file_name(ifindex, "");
        DIR *dir = list(told);
        struct dirent *entry;

        while (dir && (entry = readdir(dir)))
                if (g_str_has_prefix(entry->d_name, prefix))
                        (void) unlinkat(told->fd, entry->d_name, 0);
        if (dir)
                (void) closedir(dir);
}

static gint compare_ints(gconstpointer a, gconstpointer b) {
        const int x = *(const int *) a, y = *(const int *) b;

        return x < y ? -1 : x > y;
}

GArray *hook_told_links(const HookTold *told) {
        GArray *links = g_array_new(FALSE, FALSE, sizeof(int));
        DIR *dir = list(told);
        struct dirent *entry;

        if (!dir)
                return links;
        while ((entry = readdir(dir))) {
                char *end;
                const guint64 number = g_ascii_strtoull(entry->d_name, &end, 10);
                const int ifindex = (int) number;

                if (g_ascii_isdigit(entry->d_name[0]) && number > 0 && number <= INT_MAX && *end == '.')
                        g_array_append_val(links, ifindex);
        }
        (void) closedir(dir);
        g_array_sort(links, compare_ints);
        for (guint i = links->len; i > 1; i--)
                if (g_array_index(links, int, i - 1) == g_array_index(links, int, i - 2))
                        g_array_remove_index(links, i - 1);
        return links;
}
