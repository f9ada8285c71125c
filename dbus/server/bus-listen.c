/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The private socket that clients connect to. The service manager hands it over, or we make it.
 *
 * While we run, somebody may remove the file of the socket, for example to clean up /run. Making it may also
 * fail, for example because no descriptors are left. Without the file no client can reach us, so we try to
 * make it again until this succeeds.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "dbus/server/bus-internal.h"
#include "dbus/server/bus-socket.h"
#include "io/log.h"

#define ACCEPT_AGAIN_USEC   USEC_PER_SEC
#define ACCEPTS_PER_TURN    16u
#define RETRY_MIN_USEC      (1 * USEC_PER_SEC)
#define RETRY_MAX_USEC      (30 * USEC_PER_SEC)
#define TIMER_ACCURACY_USEC (50 * USEC_PER_MSEC)

static int on_accept_again(sd_event_source *source, uint64_t usec, void *userdata) {
        Bus *bus = userdata;

        if (bus->listen)
                (void) sd_event_source_set_enabled(bus->listen, SD_EVENT_ON);
        return 0;
}

/*
 * Stops accepting for ACCEPT_AGAIN_USEC. If a connection cannot be accepted, for example because no
 * descriptors are left, it stays in the queue and would wake us up again and again.
 */
static void pause_listening(Bus *bus, int error) {
        const usec_t at = usec_add(manager_now(bus->manager), ACCEPT_AGAIN_USEC);

        log_warning("Cannot accept a private connection: %s", strerror(-error));
        (void) sd_event_source_set_enabled(bus->listen, SD_EVENT_OFF);
        if (bus->accept_again) {
                (void) sd_event_source_set_time(bus->accept_again, at);
                (void) sd_event_source_set_enabled(bus->accept_again, SD_EVENT_ONESHOT);
        } else
                (void) sd_event_add_time(bus->event, &bus->accept_again, CLOCK_BOOTTIME, at,
                                         TIMER_ACCURACY_USEC, on_accept_again, bus);
}

static int on_listen(sd_event_source *source, int listen_fd, uint32_t revents, void *userdata) {
        Bus *bus = userdata;

        for (unsigned i = 0; i < ACCEPTS_PER_TURN; i++) {
                int fd, r;

                fd = accept4(listen_fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
                if (fd < 0) {
                        if (errno == ECONNABORTED || errno == EINTR)
                                continue;
                        if (errno != EAGAIN)
                                pause_listening(bus, -errno);
                        return 0;
                }
                r = bus_add_peer(bus, fd);
                if (r < 0)
                        log_debug("Private connection refused: %s", strerror(-r));
        }
        return 0;
}

/* Listens on @fd instead of the former socket. Takes over @fd, also on failure. Connections stay. */
static int serve_socket(Bus *bus, int fd) {
        int r;

        bus->listen = sd_event_source_disable_unref(bus->listen);
        r = sd_event_add_io(bus->event, &bus->listen, fd, EPOLLIN, on_listen, bus);
        if (r < 0) {
                (void) close(fd);
                return r;
        }
        (void) sd_event_source_set_priority(bus->listen, BUS_CONNECTION_PRIORITY);
        return sd_event_source_set_io_fd_own(bus->listen, true);
}

static bool same_file(const struct stat *a, const struct stat *b) {
        return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

/* Returns true if the file at listen_path is the one of our socket. */
static bool path_is_ours(const Bus *bus) {
        struct stat now;

        return lstat(bus->listen_path, &now) == 0 && same_file(&now, &bus->listen_file);
}

static void listen_anew(Bus *bus);
static void schedule_listen_retry(Bus *bus);

static int on_path_changed(sd_event_source *source, const struct inotify_event *event, void *userdata) {
        Bus *bus = userdata;

        if (path_is_ours(bus))
                return 0;
        log_warning("The private socket at %s is gone, making it again", bus->listen_path);
        listen_anew(bus);
        return 0;
}

/*
 * Watches the file of the socket. When a file is unlinked, inotify reports a change of its attributes. A
 * file that was removed before the watch began is not reported, so the path is checked once more afterwards.
 */
static void watch_path(Bus *bus) {
        int r;

        bus->listen_watch = sd_event_source_disable_unref(bus->listen_watch);
        if (lstat(bus->listen_path, &bus->listen_file) < 0)
                bus->listen_file = (struct stat){};
        r = sd_event_add_inotify(bus->event, &bus->listen_watch, bus->listen_path,
                                 IN_ATTRIB | IN_DELETE_SELF | IN_MOVE_SELF | IN_DONT_FOLLOW, on_path_changed,
                                 bus);
        if (r < 0)
                log_debug("Cannot watch %s: %s", bus->listen_path, strerror(-r));
        if (path_is_ours(bus))
                return;
        log_warning("The private socket at %s is gone, making it again", bus->listen_path);
        schedule_listen_retry(bus);
}

static int make_socket(Bus *bus) {
        g_autofree char *folder = g_path_get_dirname(bus->listen_path);
        int fd, r;

        if (g_mkdir_with_parents(folder, 0755) < 0)
                return -errno;
        fd = bus_socket_listen(bus->listen_path);
        if (fd < 0)
                return fd;
        r = serve_socket(bus, fd);
        if (r < 0)
                return r;
        bus->listen_made = true;
        bus->listen_retry_usec = 0;
        watch_path(bus);
        return 0;
}

static int on_listen_retry(sd_event_source *source, uint64_t usec, void *userdata) {
        Bus *bus = userdata;

        bus->listen_retry = sd_event_source_disable_unref(bus->listen_retry);
        listen_anew(bus);
        return 0;
}

static void schedule_listen_retry(Bus *bus) {
        bus->listen_retry_usec =
                CLAMP(2 * bus->listen_retry_usec, (usec_t) RETRY_MIN_USEC, (usec_t) RETRY_MAX_USEC);
        bus->listen_retry = sd_event_source_disable_unref(bus->listen_retry);
        (void) sd_event_add_time_relative(bus->event, &bus->listen_retry, CLOCK_BOOTTIME,
                                          bus->listen_retry_usec, TIMER_ACCURACY_USEC, on_listen_retry, bus);
}

/* Makes the socket again, and tries later if that fails. Only the first failure in a row is logged. */
static void listen_anew(Bus *bus) {
        const bool first = bus->listen_retry_usec == 0;
        int r;

        bus->listen_watch = sd_event_source_disable_unref(bus->listen_watch);
        r = make_socket(bus);
        if (r >= 0) {
                log_info("The private socket is at %s again", bus->listen_path);
                return;
        }
        if (first)
                log_warning("No private socket at %s, trying again: %s", bus->listen_path, strerror(-r));
        schedule_listen_retry(bus);
}

/*
 * Returns true if somebody listens at @address. If it is us, we later accept this connection as one of a
 * client that has gone away at once.
 */
static bool can_connect(const struct sockaddr_un *address) {
        const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        bool can;

        if (fd < 0)
                return true; /* we cannot find out */
        can = connect(fd, (const struct sockaddr *) address, sizeof(*address)) == 0 || errno == EAGAIN;
        (void) close(fd);
        return can;
}

/*
 * Finds out the path of the service manager's socket, and watches it. The file may have been removed before
 * we started. Then there is no file at the path, or a dead one that an earlier daemon had made in its place.
 * In both cases we make the socket again.
 */
static void take_path(Bus *bus, int fd) {
        struct sockaddr_un address = {};
        socklen_t len = sizeof(address);

        if (getsockname(fd, (struct sockaddr *) &address, &len) < 0 || address.sun_family != AF_UNIX ||
            address.sun_path[0] != '/')
                return;
        bus->listen_path = g_strndup(address.sun_path, sizeof(address.sun_path));
        if (can_connect(&address)) {
                watch_path(bus);
                return;
        }
        log_warning("The private socket at %s is gone, making it again", bus->listen_path);
        listen_anew(bus);
}

int bus_listen(Bus *bus, int fd) {
        int flags, r;

        flags = fcntl(fd, F_GETFL);
        if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0) {
                r = -errno;
                (void) close(fd);
                return r;
        }
        r = serve_socket(bus, fd);
        if (r >= 0)
                take_path(bus, fd);
        return r;
}

int bus_listen_path(Bus *bus, const char *path) {
        int r;

        bus->listen_path = g_strdup(path);
        r = make_socket(bus);
        if (r < 0)
                schedule_listen_retry(bus);
        return r;
}

bool bus_made_socket(const Bus *bus) {
        return bus->listen_made;
}

void bus_unlisten(Bus *bus) {
        bus->listen = sd_event_source_disable_unref(bus->listen);
        bus->accept_again = sd_event_source_disable_unref(bus->accept_again);
        bus->listen_watch = sd_event_source_disable_unref(bus->listen_watch);
        bus->listen_retry = sd_event_source_disable_unref(bus->listen_retry);
        if (bus->listen_made && path_is_ours(bus))
                (void) unlink(bus->listen_path);
        g_clear_pointer(&bus->listen_path, g_free);
}
