/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Decides who may change something.
 *
 * Root and the daemon's own user may do everything, on the private socket and on the system bus. Everybody
 * else can only read on the private socket. On the system bus polkit decides about everybody else. This is
 * asynchronous: first we ask the bus for the user of the sender, then we ask polkit. Without polkit only
 * root and the daemon's own user may change something.
 *
 * polkit asks a person for a password only if the message allows it (ALLOW_INTERACTIVE_AUTHORIZATION).
 * Otherwise the caller gets the error InteractiveAuthorizationRequired at once. While somebody types, the
 * caller may leave the bus. Then the request is not carried out. polkit would go on asking the person,
 * because the question is ours and we are still there, so we tell polkit to cancel its question and drop the
 * request.
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

/* How long we wait for polkit when it asks a person for a password. */
#define INTERACTION_MAX_USEC (5 * 60 * USEC_PER_SEC)

struct BusQuery {
        BusConn *conn;
        sd_bus_message *m; /* the request */
        bool left;         /* the caller has left the bus, so the request is not carried out */
        bool asks_polkit;  /* polkit was asked about @uid; before that, @uid is not known */
        uid_t uid;
        sd_bus_slot *slot; /* the call whose answer we wait for */
        NameOwner *sender; /* tells when the caller leaves the bus while polkit is asked */
        char cancellation[sizeof("18446744073709551615")]; /* the id of our question to polkit */
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

/* Answers the request with the error, and frees @query. If @error is not set, the answer is made from @r. */
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
        (void) query_free(userdata); /* polkit answers with an error if it had decided by then */
        return 0;
}

/*
 * Tells polkit to cancel our question. On success @query is freed when polkit has confirmed this, and
 * polkit's decision is ignored. Returns a negative errno if polkit could not be told. @query is then as it
 * was.
 */
static int take_back(BusQuery *query) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL;
        sd_bus_slot *slot;
        int r;

        r = sd_bus_message_new_method_call(query->conn->bus, &m, POLKIT_NAME, POLKIT_PATH, POLKIT_INTERFACE,
                                           "CancelCheckAuthorization");
        if (r < 0)
                return r;
        r = sd_bus_message_set_auto_start(m, false); /* a newly started polkit does not know our question */
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

/*
 * Called when the caller has left the bus. If polkit cannot be told to cancel, the query waits for polkit's
 * answer and ignores it.
 */
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

/*
 * Returns true if one more request of this user may wait for polkit. The bound for each user keeps a user
 * who leaves polkit's questions unanswered from taking the room of other users.
 */
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

        /*
         * The bus gets this subscription before it gets our question to polkit. So we miss no caller that
         * leaves afterwards. polkit does not find a caller that has left earlier, and refuses.
         */
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

        /* The caller has left the bus already, so nobody will read the answer. */
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

/*
 * Returns true if one more request of @sender may wait. The user of the sender is not known yet, so requests
 * are counted by sender here.
 */
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
 * Returns true if the request is small enough to be kept for minutes. Only the first argument can be a long
 * text: bus_read_options() has limited the others.
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
