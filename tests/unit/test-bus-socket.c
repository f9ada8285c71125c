/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * dbus/server/bus-socket.c: the mode of the private socket's file, also when the owner of its folder moves
 * the file away as soon as it is there. bind() is ours, so that this happens each time and at the worst
 * moment.
 */
#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include "dbus/server/bus-socket.h"

typedef struct Folder {
        char *folder, *path, *moved, *victim;
} Folder;

static const Folder *attacked; /* NULL: nobody moves the file */

int bind(int fd, const struct sockaddr *address, socklen_t len) {
        const int r = (int) syscall(SYS_bind, fd, address, len);

        if (r == 0 && attacked) {
                g_assert_cmpint(rename(attacked->path, attacked->moved), ==, 0);
                g_assert_cmpint(symlink(attacked->victim, attacked->path), ==, 0);
        }
        return r;
}

static void set_up(Folder *f, gconstpointer data) {
        f->folder = g_dir_make_tmp("bus-socket.XXXXXX", NULL);
        g_assert_nonnull(f->folder);
        f->path = g_build_filename(f->folder, "private", NULL);
        f->moved = g_build_filename(f->folder, "moved", NULL);
        f->victim = g_build_filename(f->folder, "victim", NULL);
}

static void tear_down(Folder *f, gconstpointer data) {
        char *const paths[] = { f->path, f->moved, f->victim };

        attacked = NULL;
        for (size_t i = 0; i < G_N_ELEMENTS(paths); i++) {
                (void) g_unlink(paths[i]);
                g_free(paths[i]);
        }
        g_assert_cmpint(g_rmdir(f->folder), ==, 0);
        g_free(f->folder);
}

static mode_t mode_of(const char *path) {
        struct stat st;

        g_assert_cmpint(lstat(path, &st), ==, 0);
        return st.st_mode & 07777;
}

static void test_open_to_all(Folder *f, gconstpointer data) {
        static const mode_t masks[] = { 022, 077, 0 };
        struct sockaddr_un address = { .sun_family = AF_UNIX };

        strcpy(address.sun_path, f->path);
        for (size_t i = 0; i < G_N_ELEMENTS(masks); i++) {
                const mode_t before = umask(masks[i]);
                const int fd = bus_socket_listen(f->path),
                          peer = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

                g_assert_cmpint(fd, >=, 0);
                g_assert_cmphex(mode_of(f->path), ==, 0666);
                g_assert_cmpint(connect(peer, (const struct sockaddr *) &address, sizeof(address)), ==, 0);
                /* The mask is as it was before. */
                g_assert_cmphex(umask(before), ==, masks[i]);
                close(peer);
                close(fd);
        }
}

static void test_file_moved(Folder *f, gconstpointer data) {
        int fd;

        g_assert_true(g_file_set_contents(f->victim, "secret", -1, NULL));
        g_assert_cmpint(g_chmod(f->victim, 0600), ==, 0);
        attacked = f;
        fd = bus_socket_listen(f->path);
        g_assert_cmpint(fd, >=, 0);
        g_assert_cmphex(mode_of(f->victim), ==, 0600);
        g_assert_cmphex(mode_of(f->moved), ==, 0666);
        close(fd);
}

static void test_impossible(Folder *f, gconstpointer data) {
        g_autofree char *far = g_strnfill(200, 'x'), *nowhere = g_build_filename(f->path, "private", NULL);

        g_assert_cmpint(bus_socket_listen(far), ==, -ENAMETOOLONG);
        g_assert_cmpint(bus_socket_listen(nowhere), ==, -ENOENT);
}

/* The kernel counts its own overhead too, so it doubles the value that is asked for. */
static void test_shrink(Folder *f, gconstpointer data) {
        const int large = 8 * 1024 * 1024;
        int fds[2];

        g_assert_cmpint(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), ==, 0);
        g_assert_cmpint(setsockopt(fds[0], SOL_SOCKET, SO_SNDBUF, &large, sizeof(large)), ==, 0);
        bus_socket_shrink(fds[0]);
        for (size_t i = 0; i < 2; i++) {
                socklen_t len = sizeof(int);
                int size = 0;

                g_assert_cmpint(getsockopt(fds[0], SOL_SOCKET, i == 0 ? SO_SNDBUF : SO_RCVBUF, &size, &len),
                                ==, 0);
                g_assert_cmpint(size, >, 16 * 1024);
                g_assert_cmpint(size, <=, 64 * 1024);
        }
        close(fds[0]);
        close(fds[1]);
}

int main(int argc, char *argv[]) {
        g_test_init(&argc, &argv, NULL);
        g_test_add("/bus-socket/open-to-all", Folder, NULL, set_up, test_open_to_all, tear_down);
        g_test_add("/bus-socket/file-moved", Folder, NULL, set_up, test_file_moved, tear_down);
        g_test_add("/bus-socket/shrink", Folder, NULL, set_up, test_shrink, tear_down);
        g_test_add("/bus-socket/impossible", Folder, NULL, set_up, test_impossible, tear_down);
        return g_test_run();
}
