/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Finds hooks (contract: plugin/hooks/files.h).
 *
 * A folder is opened without following a symbolic link. One of the folders is in the runtime folder, which
 * belongs to the daemon's user. This user could otherwise put a link to any folder of root there.
 */
#include "plugin/hooks/files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/macro.h"

static void hook_file_free(gpointer p) {
        HookFile *file = p;

        g_free(file->name);
        g_free(file->path);
        g_free(file);
}

static void refuse(HookFiles *files, const char *path, const char *why) {
        g_ptr_array_add(files->refused, g_strdup_printf("%s: %s", path, why));
}

static bool name_is_good(const char *name) {
        const size_t len = strlen(name);

        return len > 0 && len <= HOOK_NAME_MAX &&
                strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-") == len;
}

/* Returns NULL if only @owner can write to the file or folder, otherwise what is wrong. */
static const char *ownership(const struct stat *st, uid_t owner) {
        if (st->st_uid != owner)
                return "it belongs to another user";
        if (st->st_mode & (S_IWGRP | S_IWOTH))
                return "others can write to it";
        return NULL;
}

/* A file whose name allows it to be a hook. */
typedef struct Candidate {
        char *path;
        const char *contract;
} Candidate;

static void candidate_free(gpointer p) {
        Candidate *candidate = p;

        g_free(candidate->path);
        g_free(candidate);
}

static const char *const contracts[] = { "json", "dhclient", "udhcpc", "none" };

static bool is_contract(const char *name) {
        for (size_t i = 0; i < ARRAY_SIZE(contracts); i++)
                if (strcmp(contracts[i], name) == 0)
                        return true;
        return false;
}

/* Opens the folder @name in @parent_fd. Returns NULL if it is not there, or if it is not @owner's alone. */
static DIR *open_folder(HookFiles *files, int parent_fd, const char *name, const char *path, uid_t owner) {
        const int fd = openat(parent_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        const char *reason = NULL;
        struct stat st;
        DIR *dir;

        if (fd < 0 && errno == ENOENT)
                return NULL;
        if (fd < 0 || fstat(fd, &st) < 0)
                reason = g_strerror(errno);
        else
                reason = ownership(&st, owner);
        dir = reason ? NULL : fdopendir(fd);
        if (!dir) {
                refuse(files, path, reason ?: g_strerror(errno));
                if (fd >= 0)
                        (void) close(fd);
        }
        return dir;
}

/*
 * Adds the files in @folder to @found (name -> Candidate), first those in the folder itself, then those in
 * its folders of contracts. A file replaces an earlier one with the same name. Closes @dir. @contract: the
 * contract of this folder; NULL: none.
 */
static void list_folder(HookFiles *files, GHashTable *found, DIR *dir, const char *folder, uid_t owner,
                        const char *contract) {
        struct dirent *entry;

        while ((entry = readdir(dir))) {
                g_autofree char *path = g_build_filename(folder, entry->d_name, NULL);
                Candidate *candidate;

                if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0 ||
                    (!contract && is_contract(entry->d_name)))
                        continue;
                if (!name_is_good(entry->d_name)) {
                        refuse(files, path, "its name is not of letters, digits, - and _");
                        continue;
                }
                candidate = g_new0(Candidate, 1);
                candidate->path = g_steal_pointer(&path);
                candidate->contract = contract;
                (void) g_hash_table_replace(found, g_strdup(entry->d_name), candidate);
        }
        for (size_t i = 0; !contract && i < ARRAY_SIZE(contracts); i++) {
                g_autofree char *path = g_build_filename(folder, contracts[i], NULL);
                DIR *inner = open_folder(files, dirfd(dir), contracts[i], path, owner);

                if (inner)
                        list_folder(files, found, inner, path, owner, contracts[i]);
        }
        (void) closedir(dir);
}

static bool is_masked(const char *path) {
        char target[sizeof("/dev/null")];

        return readlink(path, target, sizeof(target)) == (ssize_t) sizeof(target) - 1 &&
                memcmp(target, "/dev/null", sizeof(target) - 1) == 0;
}

/* Returns NULL and stores the path without symbolic links, or returns why @path is no hook. */
static const char *check_file(const char *path, uid_t owner, char **ret) {
        char *resolved = realpath(path, NULL);
        g_autofree char *folder = NULL;
        const char *reason = NULL;
        struct stat st;

        if (!resolved)
                return g_strerror(errno);
        folder = g_path_get_dirname(resolved);
        if (lstat(folder, &st) < 0)
                reason = g_strerror(errno);
        else if (ownership(&st, owner))
                reason = "others can put another file in its place";
        else if (lstat(resolved, &st) < 0)
                reason = g_strerror(errno);
        else if (!S_ISREG(st.st_mode))
                reason = "it is no regular file";
        else
                reason = ownership(&st, owner);
        if (!reason && !(st.st_mode & S_IXUSR))
                reason = "it is not executable";
        if (!reason)
                *ret = g_strdup(resolved);
        free(resolved);
        return reason;
}

/* Returns true if somebody other than root and @owner can rename a folder above @path. */
static bool is_exchangeable(const char *path, uid_t owner) {
        g_autofree char *folder = g_path_get_dirname(path);

        for (;;) {
                g_autofree char *above = g_path_get_dirname(folder);
                struct stat st;

                /* In a folder with the sticky bit, nobody else can rename what belongs to root. */
                if (lstat(folder, &st) < 0 || (st.st_uid != owner && st.st_uid != 0) ||
                    ((st.st_mode & (S_IWGRP | S_IWOTH)) && !(st.st_mode & S_ISVTX)))
                        return true;
                if (strcmp(folder, above) == 0)
                        return false;
                g_free(folder);
                folder = g_steal_pointer(&above);
        }
}

static gint compare_files(gconstpointer a, gconstpointer b) {
        const HookFile *x = *(const HookFile *const *) a, *y = *(const HookFile *const *) b;

        return strcmp(x->name, y->name);
}

static gint compare_texts(gconstpointer a, gconstpointer b) {
        return strcmp(*(const char *const *) a, *(const char *const *) b);
}

HookFiles *hook_files_new(const char *const *folders, uid_t owner) {
        g_autoptr(GHashTable) found = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, candidate_free);
        HookFiles *files = g_new0(HookFiles, 1);
        gpointer name, value;
        GHashTableIter iter;

        files->files = g_ptr_array_new_with_free_func(hook_file_free);
        files->refused = g_ptr_array_new_with_free_func(g_free);
        for (; *folders; folders++) {
                DIR *dir = open_folder(files, AT_FDCWD, *folders, *folders, owner);

                if (dir)
                        list_folder(files, found, dir, *folders, owner, NULL);
        }
        g_hash_table_iter_init(&iter, found);
        while (g_hash_table_iter_next(&iter, &name, &value)) {
                const Candidate *candidate = value;
                const char *reason;
                char *resolved = NULL;
                HookFile *file;

                if (is_masked(candidate->path))
                        continue;
                reason = check_file(candidate->path, owner, &resolved);
                if (reason) {
                        refuse(files, candidate->path, reason);
                        continue;
                }
                file = g_new0(HookFile, 1);
                file->name = g_strdup(name);
                file->path = resolved;
                file->contract = candidate->contract;
                file->exchangeable = is_exchangeable(resolved, owner);
                g_ptr_array_add(files->files, file);
        }
        g_ptr_array_sort(files->files, compare_files);
        while (files->files->len > HOOK_FILES_MAX) {
                const HookFile *last = g_ptr_array_index(files->files, files->files->len - 1);

                refuse(files, last->path, "there are more than 64 hooks");
                (void) g_ptr_array_remove_index(files->files, files->files->len - 1);
        }
        g_ptr_array_sort(files->refused, compare_texts);
        return files;
}

HookFiles *hook_files_free(HookFiles *files) {
        if (!files)
                return NULL;
        g_ptr_array_unref(files->files);
        g_ptr_array_unref(files->refused);
        g_free(files);
        return NULL;
}
