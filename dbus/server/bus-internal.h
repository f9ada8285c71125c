/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * What the files of the D-Bus server share.
 *
 *   bus.c            the server: observer of the manager, once-a-turn signals, who hears what
 *   bus-connect.c    connections: the system bus with its name, the peers on the private socket
 *   bus-listen.c     the private socket
 *   bus-export.c     which objects a connection has, and calls of their methods
 *   bus-manager.c    the Manager interface, claims
 *   bus-link.c       the objects of links: the Link interface, methods, how properties are served
 *   bus-dhcp4.c      the properties of the DHCPv4 interface: one table
 *   bus-signal.c     what is compared and signalled of a link
 *   bus-survey.c     settings, claims, interfaces that are not managed
 *   bus-clock.c      the wall clock is set
 *   bus-options.c    the last argument a{sv} of methods
 *   bus-json.c       Describe()
 *   bus-polkit.c     who may change something
 *   bus-sleep.c      logind says when the host has slept
 *   bus-socket.h     the private socket itself, and the room that its peers get in the kernel
 *
 * Errors, in all these files:
 *
 *   int              A negative errno says that the operation failed. It is passed on unchanged to whoever
 *                    can answer or log it. A positive value is a result that the function documents.
 *   method handlers  return what sd_bus_error_set() returns for what the caller did wrong, and a plain
 *                    negative errno for what went wrong here. Whoever called the handler answers with it:
 *                    sd-bus, bus-export.c or bus-polkit.c. The names of the errors are in dbus/names.h.
 *   writers          return nothing. The first failure sticks in Values.r or JsonWriter.failed, and whoever
 *                    began the value looks once, at the end.
 *   signals          A signal that cannot be sent is lost with its connection, so the result is ignored:
 *                    "(void)".
 *   logs             An error is logged once, where it cannot be passed on, and never if a caller made it.
 *   memory           GLib ends the process when there is none. -ENOMEM of sd-bus is an errno as any other.
 */
#include <glib.h>
#include <stdbool.h>
#include <sys/queue.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <systemd/sd-bus.h>

#include "base/macro.h"
#include "base/prng.h"
#include "core/dhcp4-client.h"
#include "dbus/json/json.h"
#include "dbus/json/values.h"
#include "dbus/name-owner.h"
#include "dbus/names.h"
#include "dbus/server/bus.h"
#include "manager/manager.h"

#define BUS_CONTRACT_VERSION 1u

#define BUS_PEERS_MAX 4096u /* private connections; held by have_room() */
/* of all users but root and us. Root and we always find room. Held by have_room() */
#define BUS_PEERS_OTHER_MAX    512u
#define BUS_PEERS_PER_USER_MAX 64u /* of one of them; held by have_room() */
/*
 * signals that a private connection may leave unread before it is closed: one of root or us, and one of
 * somebody else
 */
#define BUS_QUEUED_MAX       16384u /* held by leaves_too_much() */
#define BUS_QUEUED_OTHER_MAX 1024u  /* held by leaves_too_much() */
/*
 * Signals that all of those others together may leave unread. Beyond that, each connection that leaves more
 * than BUS_QUEUED_SHARE unread is closed. Held by leaves_too_much().
 */
#define BUS_QUEUED_OTHERS_MAX 8192u
#define BUS_QUEUED_SHARE      16u
/*
 * Requests that wait for their authorization. The bus tells within a moment which user a sender is; until
 * then, only the sender is known. When BUS_QUERIES_CROWD requests wait, each sender may have
 * BUS_QUERIES_PER_SENDER_MAX. polkit may ask a person, which takes minutes, so the requests that wait for
 * polkit are counted by user. Held by have_query_room() and may_ask_polkit().
 */
#define BUS_QUERIES_MAX            8192u
#define BUS_QUERIES_CROWD          256u
#define BUS_QUERIES_PER_SENDER_MAX 16u  /* held by have_query_room() */
#define BUS_POLKIT_MAX             256u /* held by may_ask_polkit() */
#define BUS_POLKIT_PER_USER_MAX    16u  /* held by may_ask_polkit() */
/* bytes of a text that waits for an authorization; held by is_keepable() */
#define BUS_ARGUMENT_MAX 4096u
#define BUS_WAITERS_MAX  16384u /* held by do_stop_link() */
/* of one link in one turn; if there are more, the changes are signalled early; held by on_link_state() */
#define BUS_TRANSITIONS_MAX 8u
#define BUS_PROPERTIES_MAX  64u
/* entries of the last argument of a method; held by bus_read_options() */
#define BUS_OPTIONS_MAX     16u
#define BUS_TEXT_MAX        255u /* bytes of a text among them; held by read_option() */
#define BUS_CANDIDATES_USEC (1 * USEC_PER_SEC)
#define BUS_KEY_SHOWN_MAX   64u /* bytes of a key, in errors; held by refuse() */

/* One connection, either kind. The claims that it makes have its address as their owner. */
typedef struct BusConn {
        Bus *server;
        sd_bus *bus;
        bool is_system;
        bool ready; /* system: the bus has answered our Hello */
        /* system: logind, which says when the host has slept. NULL: it has not been looked for yet. */
        NameOwner *login;
        bool exported;     /* sd-bus knows our objects (bus-export.c) */
        bool doomed;       /* closed at the end of this turn */
        uid_t uid;         /* private: the peer's */
        uint64_t n_queued; /* private: how many messages it had not read when they were counted last */
        pid_t pid;         /* private: the peer's, for people */
        char *owner;       /* private: the name that it gave itself in StartLink(); NULL: none */
        /* private: the names of links that it has started. NULL: none, and then it hears of every link. */
        GHashTable *names;
        /* private: its socket, and a source for what was read and waits for the next turn */
        sd_event_source *io, *more;
        int events; /* that @io waits for */
        usec_t accepted_at;
} BusConn;

/* The two interfaces of a link. */
typedef enum BusInterface {
        BUS_INTERFACE_LINK,
        BUS_INTERFACE_DHCP4,
        _BUS_INTERFACE_MAX,
} BusInterface;

/*
 * What was told last and cannot be computed from the lease alone. LeaseChanged needs it for the former
 * lease.
 */
typedef struct BusTold {
        usec_t t1_at, t2_at;
        NetRoute *routes;
        size_t n_routes;
        Dhcp4Ignored *ignored; /* the reasons from index n_static on are owned */
        size_t n_ignored, n_static;
} BusTold;

/* A copy of what a link had. */
typedef struct BusFormer {
        Dhcp4Source source; /* its lease, if it has one, is .lease */
        Dhcp4Lease lease;
} BusFormer;

/* What has to be remembered of what was published about one managed link. */
typedef struct BusLink {
        Bus *server;
        ManagedLink *link;
        int ifindex;
        char *path;
        char *name; /* as signalled last */

        bool announced;   /* LinkNew was sent */
        bool pending;     /* in server->pending */
        bool unseen;      /* nobody heard of the last change, so @hashes and @told are out of date */
        unsigned touched; /* flags: those of BUS_PROPERTY_RARE that may have changed */
        uint32_t *hashes[_BUS_INTERFACE_MAX]; /* one for each property: the digest of what was told last */
        BusTold told;
        /* Static texts: each transition leads from one of them to the next one. */
        const char *states[BUS_TRANSITIONS_MAX + 1];
        unsigned n_transitions;
        bool have_notice;
        LinkNotice notice;
        Dhcp4Loss loss;
        BusFormer *former; /* what the link had before the notice; NULL: nothing */
} BusLink;

/* What the value of a property is made from. */
typedef struct BusView {
        BusLink *link;
        const Dhcp4Source *source;   /* what the link has; NULL: nothing */
        const Dhcp4Message *message; /* the options of @source; NULL: read them when they are needed */
        const BusTold *told;         /* what was told with @source; NULL: ask the link when it is needed */
} BusView;

enum {
        BUS_PROPERTY_CONST = 1 << 0,   /* never changes, and so is not signalled */
        BUS_PROPERTY_LEASE = 1 << 1,   /* LeaseChanged has its old and new value */
        BUS_PROPERTY_OPTIONS = 1 << 2, /* Options */
        /*
         * Depends only on Options, which stands before it in the table, and is compared only if Options has
         * changed.
         */
        BUS_PROPERTY_OF_OPTIONS = 1 << 4,
        /* These are compared only when bus_link_touch() says so. */
        BUS_PROPERTY_CONFIG = 1 << 3, /* follows from the configuration */
        BUS_PROPERTY_RARE = BUS_PROPERTY_CONFIG,
};

/* One property of a link: served by sd-bus, compared for signals, and described, all by append(). */
typedef struct BusProperty {
        const char *name, *signature;
        unsigned flags;
        void (*append)(const BusView *view, Values *v);
} BusProperty;

/* A problem of the daemon as a whole. */
typedef struct BusProblem {
        const char *id;
        char *text;
        usec_t at;
} BusProblem;

typedef struct BusQuery BusQuery;
TAILQ_HEAD(BusQueries, BusQuery);

/* Lower than the priority of frames and of the kernel's messages. */
#define BUS_CONNECTION_PRIORITY (SD_EVENT_PRIORITY_NORMAL + 10)

struct Bus {
        sd_event *event;
        Manager *manager;
        uint8_t key[PRNG_KEY_LEN];

        int (*reload)(void *userdata);
        void *reload_userdata;
        void (*plugins)(void *userdata, BusPluginFunc func, void *func_userdata);
        void *plugins_userdata;
        GArray *problems; /* of BusProblem */

        BusConn *system;
        sd_event_source *retry;
        usec_t retry_usec;
        bool system_lost, name_refused; /* logged */

        sd_event_source *handshakes;
        /* The socket that clients connect to (bus-listen.c). */
        sd_event_source *listen;       /* NULL: there is none */
        sd_event_source *accept_again; /* ends when the socket is served again */
        sd_event_source *listen_watch, *listen_retry;
        usec_t listen_retry_usec; /* 0: the socket was there at the last look */
        char *listen_path;        /* NULL: none, or not known */
        struct stat listen_file;  /* the file at listen_path when it led to our socket */
        bool listen_made;         /* we made the socket, so we unlink it at the end */
        GHashTable *peers;        /* sd_bus* -> BusConn: private connections */
        GHashTable *conns;        /* sd_bus* -> BusConn: all; owns them */
        uint64_t n_queued_others; /* sum of BusConn.n_queued of peers that are neither root nor us */

        /*
         * The connections in @listeners hear of all links, those in @holders of the links that they started.
         */
        GPtrArray *listeners;
        GHashTable *holders; /* name -> GPtrArray of BusConn, never empty */

        GHashTable *links;  /* ifindex -> BusLink; owns them */
        GPtrArray *pending; /* BusLink that have something to signal */
        GPtrArray *doomed;  /* BusConn */
        sd_event_source *flush;

        struct BusQueries queries;
        unsigned n_queries;
        uint64_t n_asked; /* questions to polkit, ever */
        GArray *waiters;  /* of BusWaiter: StopLink() calls that are answered when the link is off */

        usec_t last_request_at;
        sd_event_source *candidates; /* CandidatesChanged is due; NULL: it is not */
        usec_t candidates_told_at;
        sd_event_source *clock;
        /*
         * Realtime minus boottime. Not updated while the clocks only drift apart, so that the same instant
         * is always shown as the same number.
         */
        int64_t clock_offset;

        Dhcp4Message *message; /* the answer of @message_link, parsed; NULL message_link: none */
        const BusLink *message_link;

        sd_bus_vtable *vtables[_BUS_INTERFACE_MAX];
};

/* A StopLink() call that waits until the link is gone. */
typedef struct BusWaiter {
        int ifindex;
        sd_bus_message *m;
} BusWaiter;

/* bus.c */

/*
 * Schedules a look at the link for the end of this turn, which signals its changes. @rare: the flags of
 * BUS_PROPERTY_RARE whose properties may have changed.
 */
void bus_link_touch(BusLink *link, unsigned rare);
/* Does the same for every link, except for the properties of BUS_PROPERTY_RARE. */
void bus_touch_all(Bus *bus);
/* Returns true if there is a connection, which may hear the signals of the server. */
bool bus_is_heard(const Bus *bus);
/*
 * Call this when a connection begins to hear signals. The connection asks for the present state, so the
 * present state now counts as told to everybody.
 */
void bus_catch_up(Bus *bus);
/* Signals at once what bus_link_touch() has put off until the end of the turn. */
void bus_flush(Bus *bus);
void bus_schedule_flush(Bus *bus);
/*
 * Returns the connections that hear of the link, by any of its names. The caller drops it with
 * g_ptr_array_unref().
 */
GPtrArray *bus_hearers(Bus *bus, const BusLink *link);
/* Returns the connections that hear of all links. The caller drops it with g_ptr_array_unref(). */
GPtrArray *bus_general_hearers(Bus *bus);
BusLink *bus_find_link(Bus *bus, int ifindex);
/* Returns the connection that a message came from. NULL: it is being closed. */
BusConn *bus_find_conn(Bus *bus, sd_bus *connection);
/* Answers StopLink() calls that waited for the link. */
void bus_answer_waiters(Bus *bus, int ifindex);
/* Forgets the StopLink() calls of this connection that wait. */
void bus_forget_waiters(Bus *bus, const BusConn *conn);

/* bus-connect.c */

BusConn *bus_conn_free(BusConn *conn);
/* Closes the connection when this turn is over. */
void bus_conn_doom(BusConn *conn);
/* Closes a private connection whose owner does not read. Call this after sending. */
void bus_conn_check(BusConn *conn);
/* Call these when the private connection has started, or stopped, the link of that name. */
void bus_conn_add_name(BusConn *conn, const char *name);
void bus_conn_remove_name(BusConn *conn, const char *name);
/* Closes all connections, of both kinds. */
void bus_disconnect(Bus *bus);
/* Adds a client of the private socket. Takes over @fd, also on failure. */
int bus_add_peer(Bus *bus, int fd);

/* bus-listen.c */
void bus_unlisten(Bus *bus);

/* bus-export.c */

/*
 * Registers our objects with sd-bus, if this was not done yet. Call this before sd-bus has to describe one
 * of them. On failure it returns a negative errno, and the connection will be closed.
 */
int bus_export(BusConn *conn);
/*
 * Serves a method call before sd-bus knows our objects. Returns as a method handler does. 0 leaves the
 * message to sd-bus, which then knows our objects.
 */
int bus_serve_call(BusConn *conn, sd_bus_message *m);
/* Returns the method of that name in a table of @n entries, or NULL. */
const sd_bus_vtable *bus_find_method(const sd_bus_vtable *members, size_t n, const char *member);

/* bus-manager.c */

/* One property of the Manager interface. */
typedef struct BusManagerProperty {
        const char *name;
        void (*append)(Bus *bus, Values *v);
} BusManagerProperty;
extern const BusManagerProperty bus_manager_properties[];
extern const size_t bus_manager_n_properties;

int bus_manager_export(BusConn *conn);
/* Returns the method of the Manager interface, or NULL. Its handler gets the connection. */
const sd_bus_vtable *bus_manager_method(const char *member);
/* Appends ifindex, name, path and details; @hw may be NULL. */
void bus_append_link(Values *v, int ifindex, const char *name, const char *path, const HwAddress *hw);
/* Answers @m with what @write writes. Returns as a method handler does. */
typedef void (*BusWriter)(void *userdata, Values *v);
int bus_reply_values(sd_bus_message *m, BusWriter write, void *userdata);

/* bus-link.c */

int bus_link_export(BusConn *conn);
/* Returns the method of an interface of links, or NULL if there is none, or no link with that path. */
const sd_bus_vtable *bus_link_method(Bus *bus, const char *path, const char *interface, const char *member,
                                     void **ret_link);
void bus_link_init_vtables(Bus *bus);
BusLink *bus_link_new(Bus *bus, ManagedLink *managed_link);
BusLink *bus_link_free(BusLink *link);
/* Returns the view of the link as it is now. */
BusView bus_view(BusLink *link);
const char *bus_interface_name(BusInterface interface);
const BusProperty *bus_interface_properties(BusInterface interface, size_t *ret_n);
/*
 * Writes text from the kernel or a file, which may have any bytes. Bytes that are not UTF-8 are replaced,
 * because a bus closes a connection that sends them.
 */
void bus_append_text(Values *v, const char *text);
/* Writes the keys Id, Text and AtBoottimeUSec into a record. */
void bus_problem_keys(Values *v, const ManagedLinkProblem *problem);

/* bus-signal.c */

/* Signals what has changed about the link. */
void bus_link_flush(BusLink *link);
/* Signals that the link is gone. Its managed link is still valid. */
void bus_link_gone(BusLink *link);
/* Marks the present state as told, without a signal. */
void bus_link_catch_up(BusLink *link);
void bus_told_clear(BusTold *told);

/* bus-clock.c */

/*
 * Converts an instant of CLOCK_BOOTTIME to CLOCK_REALTIME. The same instant gives the same result as long as
 * the wall clock only drifts.
 */
usec_t bus_realtime(Bus *bus, usec_t boottime);
/* Makes the bus look at all links whenever the wall clock is set. */
void bus_watch_clock(Bus *bus);

/* bus-survey.c */

void bus_append_settings(const BusView *view, Values *v);
void bus_append_config_files(const BusView *view, Values *v);
void bus_append_claims(const BusView *view, Values *v);
/* a(isoa{sv}) */
void bus_append_candidates(Bus *bus, Values *v);
/* Signals CandidatesChanged soon, at most once in BUS_CANDIDATES_USEC. */
void bus_candidates_changed(Bus *bus);

/* bus-options.c */

/* A key that a method takes in its last argument, and where its value goes: either .boolean or .text. */
typedef struct BusOption {
        const char *key;
        bool *boolean;
        const char **text; /* borrowed from the message */
} BusOption;

/*
 * Reads an a{sv}. -EINVAL with @error set: a key that is not one of @options, a value of another type, or a
 * text of more than BUS_TEXT_MAX bytes. A key that is not there leaves its value as it is.
 */
int bus_read_options(sd_bus_message *m, const BusOption *options, size_t n, sd_bus_error *error);

/* bus-dhcp4.c */

extern const BusProperty bus_dhcp4_properties[];
extern const size_t bus_dhcp4_n_properties;
/*
 * Stores what IgnoredOptions says, and returns how many there are. The reasons of the first *ret_n_static
 * are static texts; the others are valid as long as those of managed_link_unused(). Not more than
 * BUS_IGNORED_MAX: held by bus_dhcp4_ignored().
 */
#define BUS_IGNORED_MAX (DHCP4_LEASE_IGNORED_MAX + MANAGED_LINK_UNUSED_MAX)
size_t bus_dhcp4_ignored(const BusLink *link, Dhcp4Ignored ret[BUS_IGNORED_MAX], size_t *ret_n_static);
/* a{st}. A BusWriter; @userdata: the BusLink. */
void bus_dhcp4_append_counters(void *userdata, Values *v);

/* bus-json.c */

/* Each appends one JSON value. */
int bus_describe_link(BusLink *link, JsonWriter *w);
int bus_describe_manager(Bus *bus, JsonWriter *w);
/* Answers @m with the text of @w, and clears it. Returns as a method handler does. */
int bus_reply_json(sd_bus_message *m, JsonWriter *w);

/* bus-sleep.c */

/*
 * Subscribes to logind's signals on the bus of @conn, which must be connected. Returns a negative errno on
 * failure.
 */
int bus_watch_sleep(BusConn *conn);

/* bus-polkit.c */

/*
 * What an authorized message does. It answers @m itself; a negative errno, with or without @error, is
 * answered by the caller.
 */
typedef int (*BusOperation)(BusConn *conn, sd_bus_message *m, sd_bus_error *error);

/*
 * Runs @operation if the sender may do @action, either now or after polkit has allowed it. Returns as a
 * method handler does. The operation reads its arguments from the beginning of @m. It must look up the link
 * again, because time may have passed.
 */
int bus_authorize(BusConn *conn, sd_bus_message *m, const char *action, BusOperation operation,
                  sd_bus_error *error);
/* Drops the requests of the connection that wait for an authorization. */
void bus_cancel_queries(Bus *bus, const BusConn *conn);
