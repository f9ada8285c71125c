/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * What the files of dhcpd-linkctl share.
 *
 *   dhcpd-linkctl.c  options and verbs
 *   ctl-connect.c    the way to the daemon: private socket, else system bus
 *   ctl-link.c       a link as read from its properties
 *   ctl-fetch.c      asks for links
 *   ctl-record.c     records a{sv}
 *   ctl-format.c     times, colours, text that is safe on a terminal
 *   ctl-status.c     status, list
 *   ctl-control.c    up, down, renew, release, reload
 *   ctl-agent.c      the program that asks for a password on the terminal
 *   ctl-event.c      a signal of the daemon in words
 *   ctl-monitor.c    monitor
 *   ctl-watch*.c     watch (ctl-watch.h)
 *   ctl-columns.c    text in the columns of a terminal
 *   ctl-hold.c       hold
 *   ctl-job.c        what the service manager is doing with our unit
 *   ctl-wait.c       wait-online
 *   ctl-options.c    options
 *   ctl-decode.c     decode, which reads captures by capture.h
 *   ctl-probe.c      probe
 *   ctl-hook.c       hook-environment, and whether hooks work
 *   ctl-message.c    a DHCP message, for decode and probe
 *
 * The tool knows the daemon by its D-Bus interface only. options and decode need no daemon; probe asks one
 * if there is one.
 *
 * Errors, in all these files:
 *
 *   int            A negative errno says that the operation failed. It is passed on unchanged. A positive
 *                  value is a result that the function documents.
 *   sd_bus_error   Whatever asks the daemon fills it beside the errno. ctl_error_text() makes one sentence
 *                  of both.
 *   reterr_reason  A sentence, where an errno could not say what is wrong with a file or a link.
 *   verb_...()     return the exit status. A failure is one line of ctl_fail(), by the verb or by a handler
 *                  of its loop. Of what they call, only ctl_connect(), ctl_loop_new() and
 *                  watch_terminal_new() print.
 */
#include <glib.h>
#include <stdbool.h>
#include <stdint.h>
#include <systemd/sd-bus.h>
#include <systemd/sd-event.h>
#include <time.h>

#include "base/macro.h"
#include "base/usec.h"
#include "dbus/json/json.h"
#include "dbus/names.h"

typedef struct CtlOptions {
        const char *socket; /* the private socket */
        bool socket_given;  /* the user gave a socket, and no other way to the daemon is tried */
        bool json;
        bool legend;             /* head and foot lines of tables */
        bool any;                /* wait-online: one link is enough */
        bool ask_password;       /* ask for a password if a change is refused without one */
        bool apply;              /* up, hold: put addresses and routes of leases on the links */
        usec_t timeout_usec;     /* wait-online, probe; USEC_INFINITY: for ever */
        bool timeout_given;      /* by the user */
        const char *contract;    /* hook-environment; NULL: not given */
        const char *hooks_state; /* the folder where the runner of hooks writes whether they work */
} CtlOptions;

extern CtlOptions ctl_options;

/*
 * Returns true if the unit of this process is being stopped in order to be started again at once. False also
 * if this process belongs to no unit, or nobody can be asked. It may take some seconds.
 */
bool ctl_unit_restarts(void);
/* Returns the service that this process belongs to, or NULL if it belongs to none. g_free() it. */
char *ctl_unit_name(void);

int verb_status(int argc, char **argv);
int verb_list(int argc, char **argv);
int verb_up(int argc, char **argv);
int verb_down(int argc, char **argv);
int verb_renew(int argc, char **argv);
int verb_release(int argc, char **argv);
int verb_reload(int argc, char **argv);
int verb_monitor(int argc, char **argv);
int verb_watch(int argc, char **argv);
int verb_hold(int argc, char **argv);
int verb_wait_online(int argc, char **argv);
int verb_options(int argc, char **argv);
int verb_decode(int argc, char **argv);
int verb_probe(int argc, char **argv);
int verb_hook_environment(int argc, char **argv);

/* Prints one line on stderr. */
void ctl_fail(const char *format, ...) _printf_(1, 2);

/* ctl-connect.c */

/* Connects to the daemon, without a loop. If there is no way, prints why. */
int ctl_connect(sd_bus **ret);
/* Makes an event loop. If that cannot be done, prints why. */
int ctl_loop_new(sd_event **ret);
/* Connect without printing anything. The handshake continues in the background. */
int ctl_connect_private(sd_bus **ret);
int ctl_connect_system(sd_bus **ret);
/* Returns the destination for calls; NULL on the private socket, where there is no bus between. */
const char *ctl_destination(sd_bus *bus);
bool ctl_is_private(sd_bus *bus);
/* Calls a method and waits for the answer. @types as for sd_bus_message_append(). @ret may be NULL. */
int ctl_call(sd_bus *bus, const char *path, const char *interface, const char *method, sd_bus_error *error,
             sd_bus_message **ret, const char *types, ...);
/* Asks for the object path of a link by any of its names. g_free() *ret. */
int ctl_find_path(sd_bus *bus, const char *name, sd_bus_error *error, char **ret);
/* Prints what @w holds as one line, and clears it. -ENOMEM: it could not be written. */
int ctl_print_json(JsonWriter *w);
/*
 * Returns what to say about a failed call: the message of the error if there is one. Valid as long as
 * @error.
 */
const char *ctl_error_text(const sd_bus_error *error, int r);

/* ctl-record.c */

/*
 * A key of a record, and where its value goes: s to a char *, ay to a GBytes *, others to what sd-bus reads.
 */
typedef struct CtlKey {
        const char *name, *signature;
        void *to;
} CtlKey;

/* Reads an a{sv}. What is there already is replaced by what is read, and freed. */
int ctl_read_record(sd_bus_message *m, const CtlKey *keys, size_t n);

/* ctl-link.c */

typedef struct CtlRoute {
        char *destination, *gateway;
        uint32_t prefix_len, metric;
} CtlRoute;

typedef struct CtlServer {
        char *server, *address;
        GBytes *hw;
} CtlServer;

typedef struct CtlIgnored {
        uint32_t code;
        char *text;
} CtlIgnored;

typedef struct CtlProblem {
        char *id, *text;
} CtlProblem;

/* Everything the tool shows of a link. Strings may be NULL where nothing was read yet; use ctl_text(). */
typedef struct CtlLink {
        char *path;
        int32_t ifindex;
        char *name;
        char **alternative_names, **config_files;
        GBytes *hw;
        int carrier, ipv6_only, applied;

        char *state, *address, *origin, *server, *relay, *domain, *hostname, *captive_portal;
        char *last_error; /* the sentence; NULL: there is no error */
        uint32_t prefix_len;
        GBytes *server_hw;
        char **routers, **dns, **ntp, **search_domains;
        uint32_t mtu;
        uint64_t lifetime_usec, granted_at, t1_at, t2_at, expires_at; /* CLOCK_BOOTTIME; 0: not set */
        uint64_t expires_realtime;
        uint64_t searching_since, next_attempt; /* CLOCK_BOOTTIME; 0: not set */
        uint64_t searching_since_realtime, next_attempt_realtime;
        uint32_t attempt;
        char *ignored_answer; /* the sentence about the last answer that gave no lease; NULL: none */
        /* of CtlRoute, CtlServer, CtlIgnored, CtlProblem, uint32_t */
        GArray *routes, *servers, *ignored, *problems, *kept;
} CtlLink;

CtlLink *ctl_link_new(const char *path);
CtlLink *ctl_link_free(CtlLink *link);
static inline void ctl_link_freep(CtlLink **p) {
        *p = ctl_link_free(*p);
}
/* Reads an a{sv} of properties of the interface into @link. Unknown properties are skipped. */
int ctl_link_read(CtlLink *link, const char *interface, sd_bus_message *m);
/* Reads an a{sa{sv}} into @link: the properties of each interface. */
int ctl_link_read_interfaces(CtlLink *link, sd_bus_message *m);
/* Returns true if @name is the link's name or an alternative one. */
bool ctl_link_has_name(const CtlLink *link, const char *name);
/* Returns true if the link has an address that is not link-local. */
bool ctl_link_is_online(const CtlLink *link);
/* Returns the sentence of the first problem, NULL if there is none. */
const char *ctl_link_problem(const CtlLink *link);
/* Returns true if a problem with that id is there. */
bool ctl_link_has_problem(const CtlLink *link, const char *id);
/* Returns "192.0.2.7/24", or "" without a lease. The caller frees it with g_free(). */
char *ctl_link_address(const CtlLink *link);
gint ctl_link_compare(gconstpointer a, gconstpointer b); /* of CtlLink** */

/* Makes an empty table of links: path -> CtlLink. It owns the links. */
GHashTable *ctl_links_new(void);
/*
 * Returns all links, sorted by index. The caller drops the array with g_ptr_array_unref(). The links still
 * belong to @links.
 */
GPtrArray *ctl_links_sort(GHashTable *links);
/* Replaces the content of @links by the answer of GetManagedObjects. */
int ctl_links_read(GHashTable *links, sd_bus_message *m);
/*
 * Updates @links by a signal: InterfacesAdded, InterfacesRemoved or PropertiesChanged. *ret: the link that
 * the signal is about, valid until @links changes again; NULL: there is none.
 */
int ctl_links_update(GHashTable *links, sd_bus_message *m, CtlLink **ret);

/* ctl-fetch.c */

int ctl_links_fetch(sd_bus *bus, GHashTable *links, sd_bus_error *error);
/* Fetches one link by name. Returns a positive value if there is none; @error then says so. */
int ctl_link_fetch(sd_bus *bus, const char *name, sd_bus_error *error, CtlLink **ret);

/* ctl-event.c */

/* The signals that tell of links, in the order in which they are sent. Ends with one without a name. */
typedef struct CtlSignal {
        const char *interface, *member;
} CtlSignal;

extern const CtlSignal ctl_signals[];

/*
 * Describes a signal about a link in words that are safe on a terminal. @link: the link after the signal;
 * NULL: it is not known. *ret: the words, which the caller frees with g_free(); NULL: the signal is not
 * worth a line. *ret_name: the name of the link as the daemon sent it, not cleaned, valid as long as @m and
 * @link.
 */
int ctl_event_text(sd_bus_message *m, const CtlLink *link, bool had_carrier, const char **ret_name,
                   char **ret);

/* ctl-hook.c */

/*
 * Returns what is wrong with the hooks of a link, as sentences (char *). The caller drops it with
 * g_ptr_array_unref().
 */
GPtrArray *ctl_hook_problems(int ifindex);

/* ctl-format.c */

/*
 * Returns @name with each \xNN, as in unit names of systemd, replaced by its byte. The caller frees it with
 * g_free().
 */
char *ctl_unescape_name(const char *name);
/*
 * Returns @text for a terminal: what does not print becomes '?'. NULL becomes "". Valid until the sixteenth
 * call after this one.
 */
const char *ctl_text(const char *text);
/* Returns a span as "11h 59min", "7s" or "20ms". The lifetime is that of ctl_text(). */
const char *ctl_span(usec_t span);
/*
 * Returns an instant of CLOCK_BOOTTIME as "in 11h 59min", "3s ago" or "never". The lifetime is that of
 * ctl_text().
 */
const char *ctl_relative(usec_t at);
/* Returns an instant of CLOCK_REALTIME as "Mon 2026-11-23 18:43:41". The lifetime is that of ctl_text(). */
const char *ctl_date(usec_t realtime);
/* Returns a hardware address as "52:54:00:12:34:56". The lifetime is that of ctl_text(). */
const char *ctl_hw(GBytes *hw);
usec_t ctl_now(clockid_t clock);

typedef enum CtlColor {
        CTL_COLOR_NONE,
        CTL_COLOR_GOOD,
        CTL_COLOR_BUSY,
        CTL_COLOR_BAD,
        CTL_COLOR_FAINT,
        CTL_COLOR_BOLD,
} CtlColor;

const char *ctl_color_sequence(CtlColor color);
/* Returns true if stdout is a terminal and NO_COLOR is not set. */
bool ctl_is_colored(void);
/* Returns an escape sequence, or "" if stdout is no terminal or NO_COLOR is set. */
const char *ctl_color(CtlColor color);
