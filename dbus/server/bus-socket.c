/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The private socket as the kernel has it (bus-socket.h).
 */
#include "dbus/server/bus-socket.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define LISTEN_BACKLOG 1024

/* What bus_socket_shrink() asks for; the kernel takes it twice, and counts its own overhead in. */
#define BUFFER_SIZE (32 * 1024)

/* Reading is for everybody; who may change something is decided call by call. */
#define SOCKET_MODE 0666

/*
 * Gives the file its mode as it is made. chmod() of its path afterwards would follow a symbolic link that
 * the owner of the folder, who need not be the one who runs the daemon, has put in its place meanwhile.
 * bind() takes the mode of the socket's own inode, less the umask.
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

        /* SO_SNDBUF never fails for a socket; were it to, the peer would have what it has now. */
        (void) setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
        (void) setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
}
