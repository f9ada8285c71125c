/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * io/lock-file.c: one instance has the lock, and no other user may open the file.
 * tests/integration/test_attacks.py tests that a user who had the lock already loses it, because this
 * takes a second user.
 */
#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io/lock-file.h"

typedef struct Folder {
        char *folder, *path;
} Folder;

static void set_up(Folder *f, gconstpointer data) {
        f->folder = g_dir_make_tmp("lock-file.XXXXXX", NULL);
        g_assert_nonnull(f->folder);
        f->path = g_build_filename(f->folder, "lock", NULL);
}

static void tear_down(Folder *f, gconstpointer data) {
        (void) g_unlink(f->path);
        (void) g_rmdir(f->path);
        g_assert_cmpint(g_rmdir(f->folder), ==, 0);
        g_free(f->path);
        g_free(f->folder);
}

static void assert_mode(const char *path, mode_t mode) {
        struct stat st;

        g_assert_cmpint(lstat(path, &st), ==, 0);
        g_assert_cmphex(st.st_mode & 07777, ==, mode);
}

/* Makes a file with exactly this mode. */
static void make_file(const char *path, mode_t mode) {
        const int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);

        g_assert_cmpint(fd, >=, 0);
        g_assert_cmpint(fchmod(fd, mode), ==, 0);
        close(fd);
}

static void test_one_has_it(Folder *f, gconstpointer data) {
        const int fd = lock_file_take(f->path);
        int again;

        g_assert_cmpint(fd, >=, 0);
        assert_mode(f->path, 0600);
        g_assert_cmpint(lock_file_take(f->path), ==, -EBUSY);
        close(fd);
        again = lock_file_take(f->path);
        g_assert_cmpint(again, >=, 0);
        close(again);
}

static void test_open_to_others(Folder *f, gconstpointer data) {
        static const mode_t modes[] = { 0644, 0666, 0604, 0640 };

        for (size_t i = 0; i < G_N_ELEMENTS(modes); i++) {
                int fd;

                make_file(f->path, modes[i]);
                fd = lock_file_take(f->path);
                g_assert_cmpint(fd, >=, 0);
                assert_mode(f->path, 0600);
                close(fd);
                g_assert_cmpint(g_unlink(f->path), ==, 0);
        }
}

/* If an instance runs, its file is closed to others, and it keeps the lock. */
static void test_open_and_held(Folder *f, gconstpointer data) {
        const int fd = lock_file_take(f->path);
        struct stat before, after;

        g_assert_cmpint(fd, >=, 0);
        g_assert_cmpint(fchmod(fd, 0644), ==, 0);
        g_assert_cmpint(fstat(fd, &before), ==, 0);
        g_assert_cmpint(lock_file_take(f->path), ==, -EBUSY);
        assert_mode(f->path, 0600);
        g_assert_cmpint(lstat(f->path, &after), ==, 0);
        g_assert_cmpuint(before.st_ino, ==, after.st_ino);
        close(fd);
}

static void test_no_file(Folder *f, gconstpointer data) {
        g_autofree char *target = g_build_filename(f->folder, "target", NULL);

        /* Nothing is made, opened or given another mode at the end of a symbolic link. */
        make_file(target, 0644);
        g_assert_cmpint(symlink(target, f->path), ==, 0);
        g_assert_cmpint(lock_file_take(f->path), ==, -ELOOP);
        assert_mode(target, 0644);
        g_assert_cmpint(g_unlink(f->path), ==, 0);
        g_assert_cmpint(g_unlink(target), ==, 0);

        g_assert_cmpint(mkfifo(f->path, 0644), ==, 0);
        g_assert_cmpint(lock_file_take(f->path), ==, -EBADF);
        assert_mode(f->path, 0644);
        g_assert_cmpint(g_unlink(f->path), ==, 0);

        g_assert_cmpint(g_mkdir(f->path, 0700), ==, 0);
        g_assert_cmpint(lock_file_take(f->path), <, 0);
}

int main(int argc, char *argv[]) {
        g_test_init(&argc, &argv, NULL);
        g_test_add("/lock-file/one-has-it", Folder, NULL, set_up, test_one_has_it, tear_down);
        g_test_add("/lock-file/open-to-others", Folder, NULL, set_up, test_open_to_others, tear_down);
        g_test_add("/lock-file/open-and-held", Folder, NULL, set_up, test_open_and_held, tear_down);
        g_test_add("/lock-file/no-file", Folder, NULL, set_up, test_no_file, tear_down);
        return g_test_run();
}
