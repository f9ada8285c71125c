/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Who may change something.
 *
 * Root and the daemon's own user may do everything, by either way. For everybody else the private socket
 * is for reading, and on the system bus polkit decides, asynchronously: first the bus is asked who the
 * sender is, then polkit whether it may. Without polkit only root may.
 *
 * polkit asks a person only if the message says that this is wanted (ALLOW_INTERACTIVE_AUTHORIZATION);
 * else the caller hears at once that a password would do. While somebody types, the caller may go away.
 * Then nobody is there to be answered, and what was asked for is not done: polkit is told to take its
 * question back, and the request is forgotten. polkit would go on asking, since the question is ours and
 * we are still there.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "dbus/name-owner.h"
#include "dbus/server/bus-internal.h"
#include "io/log.h"

#define POLKIT_NAME      "org.freedesktop.PolicyKit1"
#define POLKIT_PATH      "/org/freedesktop/PolicyKit1/Authority"
#define POLKIT_INTERFACE "org.freedesktop.PolicyKit1.Authority"

#define CHECK_ALLOW_INTERACTION 1u /* org.freedesktop.PolicyKit1.AuthorityCheckAuthorizationFlags */

/* Somebody types a password. */
#define INTERACTION_MAX_USEC (5 * 60 * USEC_PER_SEC)

struct BusQuery {
        BusConn *conn;
        sd_bus_message *m; /* what is to be allowed */
        bool left;         /* the caller; nothing is to be done any more */
        bool asks_polkit;  /* about @uid; else the bus has not said yet whose it is */
        uid_t uid;
        sd_bus_slot *slot; /* what we are waiting for */
        NameOwner *sender; /* whether the caller is still there, while polkit is asked */
        char cancellation[sizeof("18446744073709551615")]; /* how polkit knows the question */
        const char *action;
        BusOperation operation;
        TAILQ_ENTRY(BusQuery) entry;
};

static BusQuery *query_free(BusQuery *query) {
        Bus *server = query->conn->server;

        TAILQ_REMOVE(&server->queries, query, entry);
        server->n_queries--;
        (void) sd_bus_slot_unref(query->slot);
        (void) name_owner_free(query->sender);
        (void) sd_bus_message_unref(query->m);
        g_free(query);
        return NULL;
}

void bus_cancel_queries(Bus *bus, const BusConn *conn) {
        BusQuery *query, *next;

        for (query = TAILQ_FIRST(&bus->queries); query; query = next) {
                next = TAILQ_NEXT(query, entry);
                if (query->conn == conn)
                        (void) query_free(query);
        }
}

/* Answers for good. @error may be unset. */
static void query_fail(BusQuery *query, int r, const sd_bus_error *error) {
        (void) sd_bus_reply_method_errno(query->m, r, error);
        (void) query_free(query);
}

static void query_refuse(BusQuery *query, const char *why) {
        (void) sd_bus_reply_method_errorf(query->m, SD_BUS_ERROR_ACCESS_DENIED, "%s", why);
        (void) query_free(query);
}

static void query_run(BusQuery *query) {
        _cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
        int r;

        r = sd_bus_message_rewind(query->m, /* complete= */ true);
        if (r >= 0)
                r = query->operation(query->conn, query->m, &error);
        if (r < 0)
                query_fail(query, r, &error);
        else
                (void) query_free(query);
}

static int on_taken_back(sd_bus_message *m, void *userdata, sd_bus_error *reterr) {
        (void) query_free(userdata); /* an error says that polkit had an answer by then */
        return 0;
}

/*
 * The query ends when polkit says that it has heard that; nothing else comes of it. Negative errno: it
 * was not told.
 */
static int take_back(BusQuery *query) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL;
        sd_bus_slot *slot;
        int r;

        r = sd_bus_message_new_method_call(query->conn->bus, &m, POLKIT_NAME, POLKIT_PATH, POLKIT_INTERFACE,
                                           "CancelCheckAuthorization");
        if (r < 0)
                return r;
        r = sd_bus_message_set_auto_start(m, false); /* another polkit knows nothing of it */
        if (r < 0)
                return r;
        r = sd_bus_message_append(m, "s", query->cancellation);
        if (r < 0)
                return r;
        r = sd_bus_call_async(query->conn->bus, &slot, m, on_taken_back, query, 0);
        if (r < 0)
                return r;
        (void) sd_bus_slot_unref(query->slot);
        query->slot = slot;
        return 0;
}

/* If polkit cannot be told, its answer is waited for as before, and means nothing. */
static void on_sender(void *userdata, bool owned) {
        BusQuery *query = userdata;
        int r;

        if (owned)
                return;
        query->left = true;
        log_debug("%s left while polkit was asked about it", sd_bus_message_get_sender(query->m));
        r = take_back(query);
        if (r < 0)
                log_debug("polkit cannot be told: %s", strerror(-r));
}

static int on_polkit(sd_bus_message *m, void *userdata, sd_bus_error *reterr) {
        BusQuery *query = userdata;
        const sd_bus_error *e = sd_bus_message_get_error(m);
        int authorized, challenge;

        if (query->left) {
                (void) query_free(query);
                return 0;
        }
        if (sd_bus_error_has_name(e, SD_BUS_ERROR_NO_REPLY)) {
                (void) sd_bus_reply_method_errorf(query->m, SD_BUS_ERROR_ACCESS_DENIED,
                                                  "Access denied: polkit gave no answer in time.");
                if (take_back(query) < 0)
                        (void) query_free(query);
                return 0;
        }
        if (e) {
                log_debug("polkit cannot be asked: %s", e->message);
                query_refuse(query, "Access denied: polkit cannot be asked, so only root may do this.");
                return 0;
        }
        if (sd_bus_message_enter_container(m, 'r', "bba{ss}") <= 0 ||
            sd_bus_message_read(m, "bb", &authorized, &challenge) <= 0)
                query_refuse(query, "Access denied: polkit gave an answer that means nothing.");
        else if (authorized)
                query_run(query);
        else if (challenge) {
                (void) sd_bus_reply_method_errorf(query->m, SD_BUS_ERROR_INTERACTIVE_AUTHORIZATION_REQUIRED,
                                                  "Interactive authentication required.");
                (void) query_free(query);
        } else
                query_refuse(query, "Access denied by polkit.");
        return 0;
}

/* Somebody who leaves questions of polkit unanswered takes no room from others. */
static bool may_ask_polkit(const BusQuery *asker) {
        unsigned n = 0, n_of_user = 0;
        const BusQuery *query;

        TAILQ_FOREACH(query, &asker->conn->server->queries, entry) {
                n += query->asks_polkit;
                n_of_user += query->asks_polkit && query->uid == asker->uid;
        }
        return n < BUS_POLKIT_MAX && n_of_user < BUS_POLKIT_PER_USER_MAX;
}

static int ask_polkit(BusQuery *query) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL;
        const int interactive = sd_bus_message_get_allow_interactive_authorization(query->m);
        int r;

        /* The bus hears of this first. Who has left by then is nobody that polkit could find. */
        r = name_owner_new(query->conn->bus, sd_bus_message_get_sender(query->m), on_sender, query,
                           &query->sender);
        if (r < 0)
                return r;
        r = sd_bus_message_new_method_call(query->conn->bus, &m, POLKIT_NAME, POLKIT_PATH, POLKIT_INTERFACE,
                                           "CheckAuthorization");
        if (r < 0)
                return r;
        (void) snprintf(query->cancellation, sizeof(query->cancellation), "%" PRIu64,
                        query->conn->server->n_asked++);
        r = sd_bus_message_append(m, "(sa{sv})sa{ss}us", "system-bus-name", 1, "name", "s",
                                  sd_bus_message_get_sender(query->m), query->action, 0,
                                  interactive > 0 ? CHECK_ALLOW_INTERACTION : 0u, query->cancellation);
        if (r < 0)
                return r;
        query->slot = sd_bus_slot_unref(query->slot);
        return sd_bus_call_async(query->conn->bus, &query->slot, m, on_polkit, query,
                                 interactive > 0 ? INTERACTION_MAX_USEC : 0);
}

static int on_user(sd_bus_message *m, void *userdata, sd_bus_error *reterr) {
        BusQuery *query = userdata;
        const sd_bus_error *e = sd_bus_message_get_error(m);
        uint32_t uid;
        int r;

        /* The caller left the bus before it was known: nobody is there to be answered. */
        if (e || sd_bus_message_read(m, "u", &uid) <= 0) {
                query_refuse(query, "Access denied: the bus does not know who asks.");
                return 0;
        }
        if (uid == 0 || uid == geteuid()) {
                query_run(query);
                return 0;
        }
        query->uid = (uid_t) uid;
        if (!may_ask_polkit(query)) {
                (void) sd_bus_reply_method_errorf(query->m, SD_BUS_ERROR_LIMITS_EXCEEDED,
                                                  "Too many requests of this user wait for polkit.");
                (void) query_free(query);
                return 0;
        }
        query->asks_polkit = true;
        r = ask_polkit(query);
        if (r < 0)
                query_fail(query, r, NULL);
        return 0;
}

/* Until the bus has said whose it is, a request counts for its sender only. */
static bool have_query_room(const Bus *server, const char *sender) {
        const BusQuery *query;
        unsigned n = 0;

        if (server->n_queries >= BUS_QUERIES_MAX)
                return false;
        if (server->n_queries < BUS_QUERIES_CROWD)
                return true;
        TAILQ_FOREACH(query, &server->queries, entry)
        n += g_strcmp0(sd_bus_message_get_sender(query->m), sender) == 0;
        return n < BUS_QUERIES_PER_SENDER_MAX;
}

/*
 * Returns true if the request is small enough to be kept for minutes. The only text in any is its first
 * argument.
 */
static bool is_keepable(sd_bus_message *m) {
        const char *text;

        if (!g_str_has_prefix(sd_bus_message_get_signature(m, /* complete= */ true) ?: "", "s"))
                return true;
        return sd_bus_message_read(m, "s", &text) > 0 && strlen(text) <= BUS_ARGUMENT_MAX &&
                sd_bus_message_rewind(m, /* complete= */ true) >= 0;
}

int bus_authorize(BusConn *conn, sd_bus_message *m, const char *action, BusOperation operation,
                  sd_bus_error *error) {
        Bus *server = conn->server;
        BusQuery *query;
        int r;

        if (!conn->is_system) {
                if (conn->uid != 0 && conn->uid != geteuid())
                        return sd_bus_error_set(
                                error, SD_BUS_ERROR_ACCESS_DENIED,
                                "Access denied: on the private socket only root may do this.");
                r = operation(conn, m, error);
                return r < 0 ? r : 1;
        }

        if (!have_query_room(server, sd_bus_message_get_sender(m)))
                return sd_bus_error_set(error, SD_BUS_ERROR_LIMITS_EXCEEDED,
                                        "Too many requests wait for their authorization.");
        if (!is_keepable(m))
                return sd_bus_error_set(error, SD_BUS_ERROR_LIMITS_EXCEEDED, "The name is too long.");
        query = g_new0(BusQuery, 1);
        query->conn = conn;
        query->m = sd_bus_message_ref(m);
        query->action = action;
        query->operation = operation;
        TAILQ_INSERT_TAIL(&server->queries, query, entry);
        server->n_queries++;
        r = sd_bus_call_method_async(conn->bus, &query->slot, DBUS_NAME, DBUS_PATH, DBUS_NAME,
                                     "GetConnectionUnixUser", on_user, query, "s",
                                     sd_bus_message_get_sender(m));
        if (r < 0) {
                (void) query_free(query);
                return r;
        }
        return 1;
}
