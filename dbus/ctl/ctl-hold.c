/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * hold LINK: what dhcpd-link@LINK.service runs. The link is managed as long as this process lives, and half
 * a minute longer if the process ends without a call of StopLink().
 *
 *      connect ──> StartLink ──> ready ──> follow signals: STATUS=, and a line of log for each event
 *         ^                                  │
 *         └── back-off <── connection lost ──┘   the daemon was restarted: claim again, log it once
 *
 * On SIGTERM or SIGINT it calls StopLink(), and ends when the daemon answers that the link is off. If
 * SIGTERM comes because the unit is being restarted, it just ends: the daemon keeps the link for half a
 * minute, and the next process claims it before that. SIGHUP renews the lease. If somebody else has stopped
 * the link, nothing is left to hold, so it ends, too. Signals are blocked, and only the event loop reads
 * them.
 *
 * If there is no daemon, it waits without a limit, because the lease on the link may last until the daemon
 * is back. After ten seconds the log and STATUS= say so.
 */
#include <errno.h>
#include <net/if.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <syslog.h>
#include <systemd/sd-daemon.h>
#include <systemd/sd-event.h>
#include <time.h>

#include "dbus/ctl/ctl.h"
#include "dbus/name-owner.h"

#define RETRY_MIN_USEC      (100 * USEC_PER_MSEC)
#define RETRY_MAX_USEC      (5 * USEC_PER_SEC)
#define STOP_MAX_USEC       (5 * USEC_PER_SEC)
#define LONG_WAIT_USEC      (10 * USEC_PER_SEC) /* without a daemon; then it is logged */
#define TIMER_ACCURACY_USEC (10 * USEC_PER_MSEC)
#define REASONS_MAX         16u /* that are logged; held by log_search() */

typedef struct Hold {
        char *name;
        sd_event *event;
        sd_bus *bus;
        NameOwner *daemon; /* on @bus */
        sd_event_source *retry;
        usec_t retry_usec;
        sd_event_source *long_wait; /* runs while there is no daemon */
        usec_t alone_since;         /* CLOCK_REALTIME; 0: the wait is not long */

        CtlLink *link;  /* NULL: the interface does not exist, or nothing is known of it yet */
        CtlLink *asked; /* the object that @query asks about */
        sd_bus_slot *query;
        bool claimed; /* this connection has claimed the link */
        bool ready;   /* the service manager was told READY=1 */
        bool lost;    /* the connection is lost, and that was logged */
        bool stopping;
        char *address;       /* the address that was logged last; NULL: none */
        char *problem;       /* the problem that was logged last; NULL: none */
        GHashTable *reasons; /* set of texts: the reasons logged since there was no lease any more */
        char *status;        /* the STATUS= that was sent last */
} Hold;

/* Logs a line to stderr. If stderr is the journal, the line has its priority there. */
_printf_(3, 4) static void hold_log(const Hold *hold, int priority, const char *format, ...) {
        char *text;
        va_list ap;

        va_start(ap, format);
        text = g_strdup_vprintf(format, ap);
        va_end(ap);
        if (getenv("JOURNAL_STREAM"))
                fprintf(stderr, "<%d>", priority);
        fprintf(stderr, "%s: %s\n", ctl_text(hold->name), text);
        g_free(text);
}

/*
 * Returns @text with a small first letter, so that it can continue a sentence. Returns NULL for NULL. The
 * caller frees it with g_free().
 */
static char *in_a_sentence(const char *text) {
        char *part;

        if (!text)
                return NULL;
        part = g_strdup(ctl_text(text));
        part[0] = g_ascii_tolower(part[0]);
        return part;
}

/* Returns true if the daemon says why there is no lease yet. */
static bool is_searching_in_vain(const CtlLink *link) {
        return link->searching_since > 0 && link->last_error && *link->last_error;
}

static char *describe_lease(const CtlLink *link) {
        char *address = ctl_link_address(link), *problem = in_a_sentence(ctl_link_problem(link)), *text;
        /* If others have removed something of ours, it may be the default route. */
        const bool routed =
                !ctl_link_has_problem(link, "removed-by-others") && link->routers && link->routers[0];

        text = g_strdup_printf("%s%s%s%s%s, %s%s, from %s%s", address, routed ? " via " : "",
                               routed ? ctl_text(link->routers[0]) : "", problem ? ", " : "", problem ?: "",
                               link->expires_realtime == USEC_INFINITY ? "never expires" : "expires ",
                               link->expires_realtime == USEC_INFINITY ? ""
                                                                       : ctl_date(link->expires_realtime),
                               ctl_text(link->server), link->carrier ? "" : ", no carrier");
        g_free(problem);
        g_free(address);
        return text;
}

/*
 * Returns why there is no lease yet, since when, and when servers are asked next. The caller frees it with
 * g_free().
 */
static char *describe_search(const CtlLink *link) {
        const bool waits = link->next_attempt > 0;

        return g_strdup_printf("%s: %s; searching since %s, %u attempts%s%s", ctl_text(link->state),
                               ctl_text(link->last_error), ctl_date(link->searching_since_realtime),
                               link->attempt, waits ? ", next " : "",
                               waits ? ctl_date(link->next_attempt_realtime) : "");
}

static char *make_status(const Hold *hold) {
        const CtlLink *link = hold->link;

        if (!hold->claimed && hold->alone_since > 0)
                return g_strdup_printf("no daemon since %s%s%s, see systemctl status dhcpd-link.service",
                                       ctl_date(hold->alone_since), hold->address ? ", nobody renews " : "",
                                       hold->address ?: "");
        if (!hold->claimed)
                return g_strdup("waiting for the daemon");
        if (!link)
                return g_strdup("link does not exist yet");
        if (ctl_link_is_online(link))
                return describe_lease(link);
        if (is_searching_in_vain(link))
                return describe_search(link);
        if (link->last_error && *link->last_error)
                return g_strdup_printf("%s: %s", ctl_text(link->state), ctl_text(link->last_error));
        if (!link->carrier)
                return g_strdup("no carrier");
        if (g_strcmp0(link->state, "STOPPED") == 0)
                return g_strdup("released");
        return g_strdup_printf("%s, no answer yet", ctl_text(link->state));
}

static void update_status(Hold *hold) {
        char *status = make_status(hold);

        if (g_strcmp0(status, hold->status) == 0 || hold->stopping) {
                g_free(status);
                return;
        }
        g_free(hold->status);
        hold->status = status;
        (void) sd_notifyf(0, "STATUS=%s: %s", ctl_text(hold->name), status);
}

/* Logs the lease, and notes its address as logged. */
static void log_lease(Hold *hold, int priority, const char *what) {
        char *text = describe_lease(hold->link);

        hold_log(hold, priority, "%s %s", what, text);
        g_free(text);
        g_free(hold->address);
        hold->address = ctl_link_address(hold->link);
}

/*
 * Logs a problem of a link that has a lease, and logs when the problem is over. log_search() is for links
 * without a lease.
 */
static void log_problem(Hold *hold) {
        char *problem = ctl_link_is_online(hold->link) ? in_a_sentence(ctl_link_problem(hold->link)) : NULL;

        if (g_strcmp0(problem, hold->problem) == 0) {
                g_free(problem);
                return;
        }
        if (problem)
                hold_log(hold, LOG_WARNING, "%s", problem);
        else if (ctl_link_is_online(hold->link))
                hold_log(hold, LOG_INFO, "complete again");
        g_free(hold->problem);
        hold->problem = problem;
}

/*
 * Logs why there is no lease yet. Each reason is logged once until there is a lease or the link is gone.
 * After REASONS_MAX reasons nothing more is logged.
 */
static void log_search(Hold *hold) {
        const CtlLink *link = hold->link;

        if (ctl_link_is_online(link))
                g_hash_table_remove_all(hold->reasons);
        else if (is_searching_in_vain(link) && g_hash_table_size(hold->reasons) < REASONS_MAX &&
                 g_hash_table_add(hold->reasons, g_strdup(link->last_error)))
                hold_log(hold, LOG_NOTICE, "no lease yet: %s", ctl_text(link->last_error));
}

/* Logs the lease that the link has when we (re)connect. The daemon sends no signal about it. */
static void log_found(Hold *hold) {
        char *address = hold->link ? ctl_link_address(hold->link) : g_strdup("");

        if (*address && g_strcmp0(address, hold->address) != 0)
                log_lease(hold, LOG_INFO, "lease");
        g_free(address);
}

static void forget_link(Hold *hold) {
        hold->link = ctl_link_free(hold->link);
        g_clear_pointer(&hold->address, g_free);
        g_clear_pointer(&hold->problem, g_free);
        g_hash_table_remove_all(hold->reasons);
}

static int fail(Hold *hold, const char *text) {
        hold_log(hold, LOG_ERR, "%s", text);
        (void) sd_notifyf(0, "STATUS=%s: %s", ctl_text(hold->name), text);
        return sd_event_exit(hold->event, EXIT_FAILURE);
}

/* Signals */

static bool is_ours(const Hold *hold, const char *path) {
        return hold->link && strcmp(hold->link->path, path) == 0;
}

static int on_dhcp4_properties(sd_bus_message *m, void *userdata, sd_bus_error *reterr) {
        _cleanup_(ctl_link_freep) CtlLink *link = STEAL_PTR(((Hold *) userdata)->asked);
        Hold *hold = userdata;
        int r;

        hold->query = sd_bus_slot_unref(hold->query);
        /* The link is gone meanwhile. LinkRemoved has come before this answer. */
        if (sd_bus_message_is_method_error(m, NULL))
                return 0;
        r = ctl_link_read(link, BUS_DHCP4_INTERFACE, m);
        if (r < 0)
                return r;
        hold->link = ctl_link_free(hold->link);
        hold->link = STEAL_PTR(link);
        log_found(hold);
        log_problem(hold);
        log_search(hold);
        update_status(hold);
        return 0;
}

/*
 * Gets the properties of the Link interface, and asks for those of the DHCPv4 interface. Each interface is
 * asked for separately, because both have a property State.
 */
static int on_properties(sd_bus_message *m, void *userdata, sd_bus_error *reterr) {
        Hold *hold = userdata;
        int r;

        hold->query = sd_bus_slot_unref(hold->query);
        if (sd_bus_message_is_method_error(m, NULL))
                return 0;
        r = ctl_link_read(hold->asked, BUS_LINK_INTERFACE, m);
        if (r < 0)
                return r;
        if (!ctl_link_has_name(hold->asked, hold->name))
                return 0;
        return sd_bus_call_method_async(hold->bus, &hold->query, NULL, hold->asked->path,
                                        DBUS_PROPERTIES_INTERFACE, "GetAll", on_dhcp4_properties, hold, "s",
                                        BUS_DHCP4_INTERFACE);
}

/* Asks for all properties of the object, which may be our link. */
static void ask_properties(Hold *hold, const char *path) {
        hold->query = sd_bus_slot_unref(hold->query);
        hold->asked = ctl_link_free(hold->asked);
        hold->asked = ctl_link_new(path);
        (void) sd_bus_call_method_async(hold->bus, &hold->query, NULL, path, DBUS_PROPERTIES_INTERFACE,
                                        "GetAll", on_properties, hold, "s", BUS_LINK_INTERFACE);
}

static int on_added(sd_bus_message *m, void *userdata, sd_bus_error *reterr) {
        _cleanup_(ctl_link_freep) CtlLink *link = NULL;
        Hold *hold = userdata;
        const char *path;
        int r;

        r = sd_bus_message_read(m, "o", &path);
        if (r < 0)
                return r;
        link = ctl_link_new(path);
        r = ctl_link_read_interfaces(link, m);
        if (r < 0)
                return r;
        if (!ctl_link_has_name(link, hold->name))
                return 0;
        hold->link = ctl_link_free(hold->link);
        hold->link = STEAL_PTR(link);
        update_status(hold);
        return 0;
}

static int on_changed(sd_bus_message *m, void *userdata, sd_bus_error *reterr) {
        Hold *hold = userdata;
        const char *path = sd_bus_message_get_path(m), *interface;
        const bool named = hold->link && ctl_link_has_name(hold->link, hold->name);
        int r;

        if (!is_ours(hold, path)) {
                /*
                 * Another link may have taken our name, or the properties that we are asking for have just
                 * changed. Ask again in both cases.
                 */
                if (!named && (!hold->query || strcmp(hold->asked->path, path) == 0))
                        ask_properties(hold, path);
                return 0;
        }
        r = sd_bus_message_read_basic(m, 's', &interface);
        if (r < 0)
                return r;
        r = ctl_link_read(hold->link, interface, m);
        if (r < 0)
                return r;
        /*
         * The old name may come back as an alternative name. If it does not, the daemon stops managing the
         * link, and sends LinkRemoved.
         */
        if (named && !ctl_link_has_name(hold->link, hold->name))
                hold_log(hold, LOG_INFO, "renamed to %s", ctl_text(hold->link->name));
        log_problem(hold);
        log_search(hold);
        update_status(hold);
        return 0;
}

static int on_removed(sd_bus_message *m, void *userdata, sd_bus_error *reterr) {
        Hold *hold = userdata;
        const char *path;
        bool has_name, taken_down;
        int32_t ifindex;
        int r;

        r = sd_bus_message_read(m, "iso", &ifindex, NULL, &path);
        if (r < 0)
                return r;
        if (!is_ours(hold, path))
                return 0;
        /* Use the link's own name, because if_nametoindex() does not accept a long alternative name. */
        has_name = ctl_link_has_name(hold->link, hold->name);
        taken_down = has_name && if_nametoindex(hold->link->name) == (unsigned) ifindex;
        if (!hold->stopping && taken_down) {
                hold_log(hold, LOG_INFO, "no longer managed: it was taken down");
                forget_link(hold);
                return sd_event_exit(hold->event, EXIT_SUCCESS);
        }
        if (!hold->stopping && !has_name)
                hold_log(hold, LOG_INFO,
                         "let go, because it is named %s now; waiting for a link of the old name",
                         ctl_text(hold->link->name));
        else if (!hold->stopping)
                hold_log(hold, LOG_INFO, "link is gone, waiting for it");
        forget_link(hold);
        update_status(hold);
        return 0;
}

/*
 * Reads why a lease was lost from LeaseChanged. The caller frees the result with g_free(). NULL: not given.
 */
static char *read_why(sd_bus_message *m) {
        char *why = NULL;
        const CtlKey key = { "Why", "s", &why };

        if (sd_bus_message_skip(m, "a{sv}a{sv}") >= 0)
                (void) ctl_read_record(m, &key, 1);
        return why;
}

static int on_lease(sd_bus_message *m, void *userdata, sd_bus_error *reterr) {
        Hold *hold = userdata;
        const char *reason;
        int r;

        if (!is_ours(hold, sd_bus_message_get_path(m)))
                return 0;
        r = sd_bus_message_read(m, "s", &reason);
        if (r < 0)
                return r;
        if (strcmp(reason, "lost") == 0) {
                char *why = read_why(m);

                hold_log(hold, LOG_INFO, "lost %s: %s", hold->address ?: "the lease", ctl_text(why));
                g_free(why);
                g_clear_pointer(&hold->address, g_free);
        } else if (ctl_link_is_online(hold->link)) {
                char *address = ctl_link_address(hold->link);
                const bool renewed = strcmp(reason, "renewed") == 0;

                /* After a restart, the daemon takes over its lease again. This is not logged. */
                if (strcmp(reason, "bound") != 0 || g_strcmp0(address, hold->address) != 0)
                        log_lease(hold, renewed ? LOG_DEBUG : LOG_INFO, ctl_text(reason));
                g_free(address);
        }
        return 0;
}

/* Claiming */

static bool is_final(const sd_bus_error *error) {
        static const char *const names[] = {
                BUS_ERROR_MANAGED_ELSEWHERE,  BUS_ERROR_NOT_SUPPORTED,     BUS_ERROR_NOT_MANAGED,
                BUS_ERROR_NO_SUCH_LINK,       BUS_ERROR_BAD_CONFIGURATION, SD_BUS_ERROR_ACCESS_DENIED,
                SD_BUS_ERROR_LIMITS_EXCEEDED, SD_BUS_ERROR_UNKNOWN_METHOD,
        };

        for (size_t i = 0; i < ARRAY_SIZE(names); i++)
                if (sd_bus_error_has_name(error, names[i]))
                        return true;
        return false;
}

static int on_long_wait(sd_event_source *source, uint64_t usec, void *userdata) {
        Hold *hold = userdata;
        uint64_t now;

        if (sd_event_now(hold->event, CLOCK_REALTIME, &now) < 0)
                return 0;
        hold->alone_since = usec_sub(now, LONG_WAIT_USEC);
        hold_log(hold, LOG_WARNING, "still no daemon, see systemctl status dhcpd-link.service");
        update_status(hold);
        return 0;
}

/*
 * Begins the wait for the daemon, if it has not begun yet. After LONG_WAIT_USEC a warning is logged, and the
 * wait continues.
 */
static void begin_wait(Hold *hold) {
        if (!hold->long_wait)
                (void) sd_event_add_time_relative(hold->event, &hold->long_wait, CLOCK_BOOTTIME,
                                                  LONG_WAIT_USEC, TIMER_ACCURACY_USEC, on_long_wait, hold);
}

static void end_wait(Hold *hold) {
        hold->long_wait = sd_event_source_disable_unref(hold->long_wait);
        hold->alone_since = 0;
}

static void schedule_retry(Hold *hold);

static int on_started(sd_bus_message *m, void *userdata, sd_bus_error *reterr) {
        const sd_bus_error *error = sd_bus_message_get_error(m);
        Hold *hold = userdata;
        const char *path;
        int r;

        if (error) {
                if (is_final(error) && !hold->stopping)
                        return fail(hold, ctl_text(error->message));
                /* The connection is broken, or the daemon has a problem. Try again with a new connection. */
                schedule_retry(hold);
                return 0;
        }
        r = sd_bus_message_read(m, "o", &path);
        if (r < 0)
                return r;
        hold->claimed = true;
        hold->retry_usec = RETRY_MIN_USEC;
        end_wait(hold);
        if (hold->lost) {
                hold->lost = false;
                hold_log(hold, LOG_INFO, "the daemon is back");
        }
        if (!hold->ready) {
                hold->ready = true;
                (void) sd_notify(0, "READY=1");
        }
        if (!hold->link && strcmp(path, "/") != 0)
                ask_properties(hold, path);
        else {
                log_found(hold);
                update_status(hold);
        }
        return 0;
}

static int on_disconnected(sd_bus_message *m, void *userdata, sd_bus_error *reterr) {
        schedule_retry(userdata);
        return 0;
}

static int claim(Hold *hold) {
        static const struct {
                const char *interface, *member;
                sd_bus_message_handler_t handler;
        } signals[] = {
                { DBUS_OBJECT_MANAGER_INTERFACE, "InterfacesAdded", on_added },
                { DBUS_PROPERTIES_INTERFACE, "PropertiesChanged", on_changed },
                { BUS_DHCP4_INTERFACE, "LeaseChanged", on_lease },
                { BUS_MANAGER_INTERFACE, "LinkRemoved", on_removed },
        };
        g_autofree char *unit = NULL;
        int r;

        r = name_owner_new(hold->bus, BUS_NAME, NULL, NULL, &hold->daemon);
        if (r < 0)
                return r;
        for (size_t i = 0; i < ARRAY_SIZE(signals); i++) {
                r = name_owner_match(hold->daemon, NULL, signals[i].interface, signals[i].member,
                                     signals[i].handler, hold);
                if (r < 0)
                        return r;
        }
        r = name_owner_match_local(hold->bus, "Disconnected", on_disconnected, hold);
        if (r < 0)
                return r;
        r = sd_bus_attach_event(hold->bus, hold->event, SD_EVENT_PRIORITY_NORMAL);
        if (r < 0)
                return r;
        unit = ctl_unit_name();
        return sd_bus_call_method_async(hold->bus, NULL, NULL, BUS_ROOT, BUS_MANAGER_INTERFACE, "StartLink",
                                        on_started, hold, "sa{sv}", hold->name, ctl_options.apply ? 1 : 2,
                                        "Owner", "s", unit ?: "", "Apply", "b", 0);
}

static void disconnect(Hold *hold) {
        hold->query = sd_bus_slot_unref(hold->query);
        hold->asked = ctl_link_free(hold->asked);
        hold->daemon = name_owner_free(hold->daemon);
        hold->bus = sd_bus_close_unref(hold->bus);
        hold->link = ctl_link_free(hold->link);
        hold->claimed = false;
}

static int on_retry(sd_event_source *source, uint64_t usec, void *userdata) {
        Hold *hold = userdata;
        int r;

        disconnect(hold);
        r = ctl_connect_private(&hold->bus);
        if (r >= 0)
                r = claim(hold);
        if (r >= 0)
                return 0;
        if (!hold->lost) {
                hold->lost = true;
                hold_log(hold, LOG_WARNING, "cannot reach the daemon at %s, trying again: %s",
                         ctl_text(ctl_options.socket), strerror(-r));
        }
        schedule_retry(hold);
        return 0;
}

/*
 * Connects again later. The old connection is freed then and not now, because one of its handlers may have
 * called this.
 */
static void schedule_retry(Hold *hold) {
        if (hold->stopping) {
                (void) sd_event_exit(hold->event, EXIT_SUCCESS);
                return;
        }
        if (!hold->lost) {
                hold->lost = true;
                hold_log(hold, LOG_WARNING, "the connection to the daemon is lost, trying again");
        }
        hold->claimed = false;
        begin_wait(hold);
        hold->retry = sd_event_source_disable_unref(hold->retry);
        if (sd_event_add_time_relative(hold->event, &hold->retry, CLOCK_BOOTTIME, hold->retry_usec,
                                       TIMER_ACCURACY_USEC, on_retry, hold) < 0)
                (void) sd_event_exit(hold->event, EX_TEMPFAIL);
        hold->retry_usec = MIN(2 * hold->retry_usec, (usec_t) RETRY_MAX_USEC);
        update_status(hold);
}

/* Signals of the process */

static int on_stopped(sd_bus_message *m, void *userdata, sd_bus_error *reterr) {
        Hold *hold = userdata;
        const sd_bus_error *error = sd_bus_message_get_error(m);

        if (error && !sd_bus_error_has_name(error, BUS_ERROR_NOT_MANAGED))
                hold_log(hold, LOG_WARNING, "the daemon did not stop it: %s", ctl_text(error->message));
        return sd_event_exit(hold->event, EXIT_SUCCESS);
}

static int on_terminate(sd_event_source *source, const struct signalfd_siginfo *info, void *userdata) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL;
        Hold *hold = userdata;
        int r;

        /* A second signal ends us at once. So does the first one if nothing is claimed. */
        if (hold->stopping || !hold->claimed)
                return sd_event_exit(hold->event, EXIT_SUCCESS);
        hold->stopping = true;
        if (info->ssi_signo == SIGTERM && ctl_unit_restarts()) {
                hold_log(hold, LOG_INFO, "restarting, the lease stays");
                return sd_event_exit(hold->event, EXIT_SUCCESS);
        }
        (void) sd_notifyf(0, "STOPPING=1\nSTATUS=%s: stopping", ctl_text(hold->name));

        /* With Release true, the configuration still decides: SendRelease=no sends no DHCPRELEASE. */
        r = sd_bus_message_new_method_call(hold->bus, &m, NULL, BUS_ROOT, BUS_MANAGER_INTERFACE, "StopLink");
        if (r >= 0)
                r = sd_bus_message_append(m, "sa{sv}", hold->name, 1, "Release", "b", 1);
        if (r >= 0)
                r = sd_bus_call_async(hold->bus, NULL, m, on_stopped, hold, STOP_MAX_USEC);
        if (r < 0) {
                hold_log(hold, LOG_WARNING, "cannot ask the daemon to stop it: %s", strerror(-r));
                return sd_event_exit(hold->event, EXIT_SUCCESS);
        }
        return 0;
}

static int on_hangup(sd_event_source *source, const struct signalfd_siginfo *info, void *userdata) {
        Hold *hold = userdata;

        if (hold->link && hold->claimed)
                (void) sd_bus_call_method_async(hold->bus, NULL, NULL, hold->link->path, BUS_LINK_INTERFACE,
                                                "Renew", NULL, NULL, NULL);
        return 0;
}

static int run(Hold *hold) {
        sigset_t mask;
        int r;

        (void) sigemptyset(&mask);
        (void) sigaddset(&mask, SIGTERM);
        (void) sigaddset(&mask, SIGINT);
        (void) sigaddset(&mask, SIGHUP);
        (void) sigprocmask(SIG_BLOCK, &mask, NULL);
        r = sd_event_add_signal(hold->event, NULL, SIGTERM, on_terminate, hold);
        if (r < 0)
                return r;
        r = sd_event_add_signal(hold->event, NULL, SIGINT, on_terminate, hold);
        if (r < 0)
                return r;
        r = sd_event_add_signal(hold->event, NULL, SIGHUP, on_hangup, hold);
        if (r < 0)
                return r;
        begin_wait(hold);
        (void) on_retry(NULL, 0, hold);
        return sd_event_loop(hold->event);
}

int verb_hold(int argc, char **argv) {
        Hold hold = { .retry_usec = RETRY_MIN_USEC };
        int r;

        if (ctl_loop_new(&hold.event) < 0)
                return EX_TEMPFAIL;
        hold.name = ctl_unescape_name(argv[1]);
        hold.reasons = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
        r = run(&hold);
        if (r < 0)
                hold_log(&hold, LOG_ERR, "cannot go on: %s", strerror(-r));

        disconnect(&hold);
        end_wait(&hold);
        hold.retry = sd_event_source_disable_unref(hold.retry);
        hold.event = sd_event_unref(hold.event);
        g_free(hold.address);
        g_free(hold.problem);
        g_hash_table_unref(hold.reasons);
        g_free(hold.status);
        g_free(hold.name);
        /* A failure of ours may be gone at the next start. Only a refusal of the daemon is EXIT_FAILURE. */
        return r < 0 ? EX_TEMPFAIL : r;
}
