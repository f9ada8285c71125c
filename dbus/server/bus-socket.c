/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Makes the private socket, and sets the buffer sizes of its connections (bus-socket.h).
 */
#include "dbus/server/bus-socket.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define LISTEN_BACKLOG 1024

/* bytes that bus_socket_shrink() asks for; the kernel doubles this to have room for its own overhead */
#define BUFFER_SIZE (32 * 1024)

/* Everybody may connect and read. For each call that changes something bus_authorize() decides. */
#define SOCKET_MODE 0666

/*
 * Binds @fd so that the new file has SOCKET_MODE from the beginning. A chmod() of the path afterwards would
 * follow a symbolic link that the owner of the folder, who may be another user than the daemon's, has put in
 * its place meanwhile. bind() gives the file the mode of the socket's inode without the bits of the umask,
 * so the umask is 0 during the call.
 */
static int bind_open_to_all(int fd, const struct sockaddr_un *address) {
        mode_t mask;
        int r;

        if (fchmod(fd, SOCKET_MODE) < 0)
                return -errno;
        mask = umask(0);
        r = bind(fd, (const struct sockaddr *) address, sizeof(*address)) < 0 ? -errno : 0;
        (void) umask(mask);
        return r;
}

int bus_socket_listen(const char *path) {
        struct sockaddr_un address = { .sun_family = AF_UNIX };
        int fd, r;

        if (strlen(path) >= sizeof(address.sun_path))
                return -ENAMETOOLONG;
        memcpy(address.sun_path, path, strlen(path));
        fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        if (fd < 0)
                return -errno;
        r = unlink(path) < 0 && errno != ENOENT ? -errno : bind_open_to_all(fd, &address);
        if (r >= 0 && listen(fd, LISTEN_BACKLOG) < 0)
                r = -errno;
        if (r >= 0)
                return fd;
        (void) close(fd);
        return r;
}

void bus_socket_shrink(int fd) {
        const int size = BUFFER_SIZE;

        /* These calls do not fail for a socket. If they did, the connection would keep its large buffers. */
        (void) setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
        (void) setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
}
