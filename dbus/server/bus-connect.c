/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Connections: the system bus, which is joined when it is there and again when it comes back, and the
 * private socket, whose clients are peers of ours without a bus between.
 *
 * The number of private clients is limited, in all and for each user, and so is how much they may leave
 * unread. All users but root and our own share one part of the places and of what may be left unread,
 * because one person may have many uids (subordinate ones). Their sockets have small buffers. If a client
 * vanishes, its claims still count for half a minute (manager_holder_left()).
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "dbus/server/bus-internal.h"
#include "dbus/server/bus-socket.h"
#include "io/log.h"

#define SYSTEM_BUS_ADDRESS "unix:path=/run/dbus/system_bus_socket"

#define RETRY_MIN_USEC      (100 * USEC_PER_MSEC)
#define RETRY_MAX_USEC      (30 * USEC_PER_SEC)
#define MESSAGES_PER_TURN   16u
#define HANDSHAKE_MAX_USEC  (10 * USEC_PER_SEC)
#define TIMER_ACCURACY_USEC (50 * USEC_PER_MSEC)

/* Both kinds */

static int on_message(sd_bus_message *m, void *userdata, sd_bus_error *reterr) {
        BusConn *conn = userdata;

        if (conn->doomed)
                return 1;
        if (!sd_bus_message_is_method_call(m, NULL, NULL))
                return 0;
        conn->server->last_request_at = manager_now(conn->server->manager);
        return bus_serve_call(conn, m);
}

static BusConn *conn_new(Bus *server, bool is_system) {
        BusConn *conn = g_new0(BusConn, 1);

        conn->server = server;
        conn->is_system = is_system;
        return conn;
}

static void forget_holder(BusConn *conn, const char *name) {
        GPtrArray *holders = g_hash_table_lookup(conn->server->holders, name);

        if (holders && g_ptr_array_remove_fast(holders, conn) && holders->len == 0)
                g_hash_table_remove(conn->server->holders, name);
}

static bool is_privileged(uid_t uid) {
        return uid == 0 || uid == geteuid();
}

static uint64_t n_queued(const BusConn *conn) {
        uint64_t n;

        return sd_bus_get_n_queued_write(conn->bus, &n) < 0 ? 0 : n;
}

/* Returns @n, how much @conn has not read, and updates the sum over all users but root and our own. */
static uint64_t note_queued(BusConn *conn, uint64_t n) {
        if (!conn->is_system && !is_privileged(conn->uid)) {
                conn->server->n_queued_others += n - conn->n_queued;
                conn->n_queued = n;
        }
        return n;
}

BusConn *bus_conn_free(BusConn *conn) {
        Bus *server;

        if (!conn)
                return NULL;
        server = conn->server;
        conn->login = name_owner_free(conn->login);
        conn->io = sd_event_source_disable_unref(conn->io);
        conn->more = sd_event_source_disable_unref(conn->more);
        bus_cancel_queries(server, conn);
        if (conn->bus)
                bus_forget_waiters(server, conn);
        if (conn->names) {
                GHashTableIter iter;
                gpointer name;

                g_hash_table_iter_init(&iter, conn->names);
                while (g_hash_table_iter_next(&iter, &name, NULL))
                        forget_holder(conn, name);
                g_hash_table_unref(conn->names);
        }
        g_ptr_array_remove_fast(server->listeners, conn);
        g_ptr_array_remove_fast(server->doomed, conn);
        g_free(conn->owner);
        (void) note_queued(conn, 0);
        if (conn->bus) {
                g_hash_table_remove(server->conns, conn->bus);
                g_hash_table_remove(server->peers, conn->bus);
        }
        if (server->system == conn)
                server->system = NULL;
        (void) sd_bus_close_unref(conn->bus);
        g_free(conn);
        return NULL;
}

static void schedule_retry(Bus *bus);

void bus_conn_doom(BusConn *conn) {
        if (conn->doomed)
                return;
        conn->doomed = true;
        if (conn->io)
                (void) sd_event_source_set_enabled(conn->io, SD_EVENT_OFF);
        g_ptr_array_add(conn->server->doomed, conn);
        bus_schedule_flush(conn->server);
        if (conn->is_system)
                schedule_retry(conn->server);
}

/*
 * Private connections are not attached to the loop by sd-bus, because sd-bus looks at every attached
 * connection in every turn, and there may be thousands. Instead, a socket that has something to say calls us
 * once. It is watched edge-triggered, so that a thousand sockets that hang up together are not reported
 * again in every turn. Nothing else is needed: we never call a method on these connections, so no time limit
 * runs but that of the handshake.
 */
static void update_events(BusConn *conn) {
        const int events = sd_bus_get_events(conn->bus);

        (void) note_queued(conn, n_queued(conn));
        if (!conn->io || events < 0 || events == conn->events)
                return;
        conn->events = events;
        (void) sd_event_source_set_io_events(conn->io, (uint32_t) events | EPOLLET);
}

static bool leaves_too_much(BusConn *conn) {
        const uint64_t n = note_queued(conn, n_queued(conn));

        if (is_privileged(conn->uid))
                return n > BUS_QUEUED_MAX;
        return n > BUS_QUEUED_OTHER_MAX ||
                (n > BUS_QUEUED_SHARE && conn->server->n_queued_others > BUS_QUEUED_OTHERS_MAX);
}

void bus_conn_check(BusConn *conn) {
        if (conn->doomed || conn->is_system)
                return;
        if (!leaves_too_much(conn)) {
                update_events(conn);
                return;
        }
        log_warning("A private connection of user %u does not read what it is sent, closing it",
                    (unsigned) conn->uid);
        bus_conn_doom(conn);
}

/* The last step of the preparation of both kinds: from here on, the other side is served. */
static int serve(BusConn *conn) {
        int r;

        r = sd_bus_add_filter(conn->bus, NULL, on_message, conn);
        if (r >= 0 && conn->is_system)
                r = bus_export(conn);
        return r < 0 ? r : sd_bus_start(conn->bus);
}

void bus_disconnect(Bus *bus) {
        GHashTableIter iter;
        gpointer conn;

        g_hash_table_iter_init(&iter, bus->conns);
        while (g_hash_table_iter_next(&iter, NULL, &conn)) {
                (void) bus_conn_free(conn);
                g_hash_table_iter_init(&iter, bus->conns);
        }
}

/* The system bus */

static int on_disconnected(sd_bus_message *m, void *userdata, sd_bus_error *reterr) {
        BusConn *conn = userdata;

        if (conn->ready) {
                log_info("The system bus is gone, waiting for it");
                conn->server->system_lost = true;
        }
        bus_conn_doom(conn);
        return 0;
}

/* Returns true if the bus went away while something was sent to it. "Disconnected" is about to say so. */
static bool is_disconnect(int r) {
        return r == -ENOTCONN || r == -ECONNRESET;
}

/*
 * A bus that read its policy before our user existed refuses the name until it reads the policy again, and
 * tells nobody when it does. So the name is asked for again and again.
 */
static void name_refused(Bus *bus, const char *why) {
        if (!bus->name_refused)
                log_warning("Cannot take the name %s on the system bus, trying again "
                            "(systemctl reload dbus, if its policy is new): %s",
                            BUS_NAME, why);
        else
                log_debug("The name %s is refused again", BUS_NAME);
        bus->name_refused = true;
        bus_set_problem(bus, "name-refused", "The system bus refuses the name " BUS_NAME);
        schedule_retry(bus);
}

static int on_name(sd_bus_message *m, void *userdata, sd_bus_error *reterr) {
        BusConn *conn = userdata;
        Bus *bus = conn->server;
        const sd_bus_error *e = sd_bus_message_get_error(m);

        /* No answer means that the bus is going away. "Disconnected" is about to say so. */
        if (sd_bus_error_has_name(e, SD_BUS_ERROR_NO_REPLY)) {
                schedule_retry(bus);
                return 0;
        }
        if (e) {
                name_refused(bus, e->message);
                return 0;
        }
        bus->retry_usec = 0;
        if (bus->system_lost || bus->name_refused)
                log_info("On the system bus again");
        else
                log_debug("On the system bus as %s", BUS_NAME);
        bus->system_lost = bus->name_refused = false;
        bus_set_problem(bus, "name-refused", NULL);
        return 0;
}

/*
 * Another daemon may still have the name. In an orderly restart it gives the name up in a moment, so we wait
 * in the queue.
 */
static void ask_name(BusConn *conn) {
        const int r = sd_bus_request_name_async(conn->bus, NULL, BUS_NAME, SD_BUS_NAME_QUEUE, on_name, conn);

        if (is_disconnect(r))
                schedule_retry(conn->server);
        else if (r < 0)
                name_refused(conn->server, strerror(-r));
}

static int on_connected(sd_bus_message *m, void *userdata, sd_bus_error *reterr) {
        BusConn *conn = userdata;
        int r;

        conn->ready = true;
        bus_catch_up(conn->server);
        ask_name(conn);
        r = bus_watch_sleep(conn);
        if (r < 0 && !is_disconnect(r))
                log_warning("Cannot ask when the host has slept: %s", strerror(-r));
        return 0;
}

static int open_system(Bus *bus) {
        const char *address = secure_getenv("DBUS_SYSTEM_BUS_ADDRESS");
        BusConn *conn = conn_new(bus, /* is_system= */ true);
        int r;

        r = sd_bus_new(&conn->bus);
        if (r < 0)
                goto fail;
        g_hash_table_insert(bus->conns, conn->bus, conn);
        bus->system = conn;
        r = sd_bus_set_address(conn->bus, address && *address ? address : SYSTEM_BUS_ADDRESS);
        if (r < 0)
                goto fail;
        (void) sd_bus_set_description(conn->bus, "system");
        r = sd_bus_set_bus_client(conn->bus, true);
        if (r < 0)
                goto fail;
        r = sd_bus_set_watch_bind(conn->bus, true);
        if (r < 0)
                goto fail;
        r = sd_bus_set_connected_signal(conn->bus, true);
        if (r < 0)
                goto fail;
        r = name_owner_match_local(conn->bus, "Disconnected", on_disconnected, conn);
        if (r < 0)
                goto fail;
        r = name_owner_match_local(conn->bus, "Connected", on_connected, conn);
        if (r < 0)
                goto fail;
        r = serve(conn);
        if (r < 0)
                goto fail;
        r = sd_bus_attach_event(conn->bus, bus->event, BUS_CONNECTION_PRIORITY);
        if (r < 0)
                goto fail;
        return 0;

fail:
        (void) bus_conn_free(conn);
        return r;
}

static int on_retry(sd_event_source *source, uint64_t usec, void *userdata) {
        Bus *bus = userdata;

        if (bus->system && bus->system->ready && !bus->system->doomed)
                ask_name(bus->system);
        /* An old connection is freed at the end of the turn that ended it. Until then, we wait. */
        else if (bus->system || open_system(bus) < 0)
                schedule_retry(bus);
        return 0;
}

static void schedule_retry(Bus *bus) {
        const usec_t at = usec_add(manager_now(bus->manager), bus->retry_usec);

        bus->retry_usec =
                bus->retry_usec == 0 ? RETRY_MIN_USEC : MIN(2 * bus->retry_usec, (usec_t) RETRY_MAX_USEC);
        if (bus->retry) {
                (void) sd_event_source_set_time(bus->retry, at);
                (void) sd_event_source_set_enabled(bus->retry, SD_EVENT_ONESHOT);
        } else
                (void) sd_event_add_time(bus->event, &bus->retry, CLOCK_BOOTTIME, at, TIMER_ACCURACY_USEC,
                                         on_retry, bus);
}

int bus_connect_system(Bus *bus) {
        int r;

        if (bus->system)
                return 0;
        r = open_system(bus);
        if (r == -EINVAL || r == -ENOMEM)
                return r;
        if (r < 0)
                schedule_retry(bus);
        return 0;
}

/* The private socket */

void bus_conn_add_name(BusConn *conn, const char *name) {
        GPtrArray *holders;

        if (conn->is_system)
                return;
        if (!conn->names) {
                conn->names = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
                g_ptr_array_remove_fast(conn->server->listeners, conn);
        }
        if (!g_hash_table_add(conn->names, g_strdup(name)))
                return;
        holders = g_hash_table_lookup(conn->server->holders, name);
        if (!holders) {
                holders = g_ptr_array_new();
                g_hash_table_insert(conn->server->holders, g_strdup(name), holders);
        }
        g_ptr_array_add(holders, conn);
}

void bus_conn_remove_name(BusConn *conn, const char *name) {
        if (!conn->names || !g_hash_table_contains(conn->names, name))
                return;
        forget_holder(conn, name);
        g_hash_table_remove(conn->names, name);
        if (g_hash_table_size(conn->names) > 0)
                return;
        g_clear_pointer(&conn->names, g_hash_table_unref);
        g_ptr_array_add(conn->server->listeners, conn);
}

/* Returns true if there is room for one more of that user. */
static bool have_room(Bus *bus, uid_t uid) {
        unsigned n = 0, n_others = 0;
        GHashTableIter iter;
        gpointer value;

        if (g_hash_table_size(bus->peers) >= BUS_PEERS_MAX)
                return false;
        if (is_privileged(uid))
                return true;
        g_hash_table_iter_init(&iter, bus->peers);
        while (g_hash_table_iter_next(&iter, NULL, &value)) {
                const BusConn *conn = value;

                n += conn->uid == uid;
                n_others += !is_privileged(conn->uid);
        }
        return n < BUS_PEERS_PER_USER_MAX && n_others < BUS_PEERS_OTHER_MAX;
}

static void process_peer(BusConn *conn, uint32_t revents);

static int on_more(sd_event_source *source, void *userdata) {
        process_peer(userdata, /* revents= */ 0);
        return 0;
}

/* Other connections have their turn first. */
static void schedule_more(BusConn *conn) {
        int r;

        if (conn->more) {
                (void) sd_event_source_set_enabled(conn->more, SD_EVENT_ONESHOT);
                return;
        }
        r = sd_event_add_defer(conn->server->event, &conn->more, on_more, conn);
        if (r >= 0)
                r = sd_event_source_set_priority(conn->more, BUS_CONNECTION_PRIORITY);
        if (r < 0)
                bus_conn_doom(conn);
}

/*
 * Serves a connection until nothing is left to do, because sd-bus may read the end of the handshake and the
 * call behind it together, and then no further byte comes that would wake us up. While the client does not
 * take its answers, no further call of it is served. So a client that only asks fills its own buffers, and
 * not ours.
 */
static void process_peer(BusConn *conn, uint32_t revents) {
        for (unsigned i = 0; i < MESSAGES_PER_TURN && !conn->doomed; i++) {
                int r;

                if (n_queued(conn) > 0 && !(revents & (EPOLLOUT | EPOLLHUP | EPOLLERR))) {
                        update_events(conn);
                        return;
                }
                revents &= ~(uint32_t) EPOLLOUT;
                r = sd_bus_process(conn->bus, NULL);
                /*
                 * A connection that is not open any more has ended. sd-bus would now signal that to us, and
                 * fail in the next round. We do not subscribe to the signal: the subscription costs a tenth
                 * of all that "dhcpd-linkctl renew" costs.
                 */
                if (r < 0 || sd_bus_is_open(conn->bus) <= 0) {
                        bus_conn_doom(conn);
                        return;
                }
                if (r == 0) {
                        update_events(conn);
                        return;
                }
        }
        if (conn->doomed)
                return;
        update_events(conn);
        schedule_more(conn);
}

static int on_io(sd_event_source *source, int fd, uint32_t revents, void *userdata) {
        process_peer(userdata, revents);
        return 0;
}

static void schedule_handshakes(Bus *bus, usec_t at);

/* A connection that does not get through the handshake takes a place that others may need. */
static int on_handshakes(sd_event_source *source, uint64_t usec, void *userdata) {
        Bus *bus = userdata;
        const usec_t now = manager_now(bus->manager);
        usec_t next = USEC_INFINITY;
        GHashTableIter iter;
        gpointer value;

        g_hash_table_iter_init(&iter, bus->peers);
        while (g_hash_table_iter_next(&iter, NULL, &value)) {
                BusConn *conn = value;
                const usec_t until = usec_add(conn->accepted_at, HANDSHAKE_MAX_USEC);

                if (conn->doomed || sd_bus_is_ready(conn->bus) > 0)
                        continue;
                if (now >= until)
                        bus_conn_doom(conn);
                else
                        next = MIN(next, until);
        }
        if (next != USEC_INFINITY)
                schedule_handshakes(bus, next);
        return 0;
}

static void schedule_handshakes(Bus *bus, usec_t at) {
        int enabled;

        if (!bus->handshakes) {
                (void) sd_event_add_time(bus->event, &bus->handshakes, CLOCK_BOOTTIME, at, USEC_PER_SEC,
                                         on_handshakes, bus);
                return;
        }
        if (sd_event_source_get_enabled(bus->handshakes, &enabled) < 0 || enabled != SD_EVENT_OFF)
                return; /* it is due earlier */
        (void) sd_event_source_set_time(bus->handshakes, at);
        (void) sd_event_source_set_enabled(bus->handshakes, SD_EVENT_ONESHOT);
}

int bus_add_peer(Bus *bus, int fd) {
        socklen_t len = sizeof(struct ucred);
        sd_id128_t id;
        struct ucred cred;
        BusConn *conn;
        int r;

        if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &len) < 0) {
                r = -errno;
                (void) close(fd);
                return r;
        }
        if (!have_room(bus, cred.uid)) {
                (void) close(fd);
                return -EUSERS;
        }

        conn = conn_new(bus, /* is_system= */ false);
        conn->uid = cred.uid;
        conn->pid = cred.pid;
        conn->accepted_at = manager_now(bus->manager);
        r = sd_bus_new(&conn->bus);
        if (r < 0) {
                (void) close(fd);
                goto fail;
        }
        r = sd_bus_set_fd(conn->bus, fd, fd);
        if (r < 0) {
                (void) close(fd);
                goto fail;
        }
        g_hash_table_insert(bus->conns, conn->bus, conn);
        g_hash_table_insert(bus->peers, conn->bus, conn);
        g_ptr_array_add(bus->listeners, conn);
        bus_catch_up(bus);

        (void) sd_bus_set_description(conn->bus, "private");
        r = sd_id128_randomize(&id);
        if (r < 0)
                goto fail;
        r = sd_bus_set_server(conn->bus, true, id);
        if (r < 0)
                goto fail;
        /*
         * The kernel has told us who the client is. So sd-bus need not compare the uid that the client
         * sends, which is another one in a user namespace.
         */
        r = sd_bus_set_anonymous(conn->bus, true);
        if (r < 0)
                goto fail;
        r = sd_bus_set_sender(conn->bus, BUS_NAME);
        if (r < 0)
                goto fail;
        r = serve(conn);
        if (r < 0)
                goto fail;
        if (!is_privileged(conn->uid))
                bus_socket_shrink(fd);
        r = sd_event_add_io(bus->event, &conn->io, fd, EPOLLIN | EPOLLET, on_io, conn);
        if (r < 0)
                goto fail;
        r = sd_event_source_set_priority(conn->io, BUS_CONNECTION_PRIORITY);
        if (r < 0)
                goto fail;
        update_events(conn);
        schedule_handshakes(bus, usec_add(conn->accepted_at, HANDSHAKE_MAX_USEC));
        return 0;

fail:
        (void) bus_conn_free(conn);
        return r;
}
