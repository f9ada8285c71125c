/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Makes events of links from the daemon's signals (contract: plugin/hooks/watch.h).
 *
 *   connect ──> match signals, GetManagedObjects() ──> the links, one event for each ──> signals
 *      ^                                                                                    │
 *      └───────────────────── pause <─── connection lost, or not understood <───────────────┘
 *
 * A signal says that there is a lease, but does not contain all of it. Hooks get the whole lease, so the
 * daemon is asked for it. The events of a link wait in order while the answer to one of them is missing. An
 * event is told with the lease that the daemon has when it answers. If it has no lease then, the lease is
 * gone already, and an event that says so will come. If too many events wait, they are dropped, and the link
 * is treated as at the beginning of a connection.
 */
#include "plugin/hooks/watch.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-bus.h>

#include "base/macro.h"
#include "base/usec.h"
#include "dbus/name-owner.h"
#include "dbus/names.h"
#include "dbus/private-client.h"
#include "io/log.h"
#include "plugin/hooks/lease-reader.h"
#include "plugin/hooks/reason.h"

#define RETRY_MIN_USEC (100 * USEC_PER_MSEC)
#define RETRY_MAX_USEC (5 * USEC_PER_SEC)

struct HookWatch {
        const HookWatchCallbacks *callbacks;
        void *userdata;
        sd_event *event;
        const char *socket;
        sd_bus *bus; /* NULL: none; it is broken while @retry waits */
        NameOwner *daemon;
        /*
         * GetManagedObjects(). Signals that come before its answer are ignored, because the answer is newer.
         */
        sd_bus_slot *query;
        sd_event_source *retry;
        usec_t retry_usec;
        bool connected;    /* there is a connection, and connected() was called */
        bool failed;       /* the last attempt has failed, and that was logged */
        GHashTable *links; /* path -> Link, owned; the key belongs to the link */
};

typedef struct Link {
        HookWatch *watch;
        char *path, *name;
        int32_t ifindex;
        HookSettings settings;
        HookTracker tracker;
        bool failing; /* Problems says that there is no lease because no server gives one */
        HookReason pending[HOOK_WATCH_PENDING_MAX];
        size_t n_pending;
        bool replay;        /* the answer to @fetch is told as at the beginning of a connection */
        sd_bus_slot *fetch; /* the call that asks for the lease of pending[0] */
} Link;

static void link_free(gpointer p) {
        Link *link = p;

        (void) sd_bus_slot_unref(link->fetch);
        g_free(link->path);
        g_free(link->name);
        g_free(link);
}

/* Telling */

static void tell(Link *link, HookReason reason, GBytes *lease) {
        const HookWatch *watch = link->watch;

        if (!link->name || !hook_ifname_is_safe(link->name))
                return; /* the name of the link cannot be given to hooks */
        if (!lease && hook_reason_has_new(reason))
                return;
        watch->callbacks->event(watch->userdata, link->ifindex, reason, link->name, lease);
}

static void replay(Link *link, const char *state, GBytes *lease) {
        HookReasons reasons = hook_tracker_replay(&link->tracker, state ?: "", lease != NULL);

        for (size_t i = 0; i < reasons.n; i++)
                tell(link, reasons.reason[i], lease);
        if (!link->failing)
                return;
        reasons = hook_tracker_failing(&link->tracker);
        for (size_t i = 0; i < reasons.n; i++)
                tell(link, reasons.reason[i], lease);
}

static HookReason take_pending(Link *link) {
        const HookReason reason = link->pending[0];

        link->n_pending--;
        memmove(&link->pending[0], &link->pending[1], link->n_pending * sizeof(link->pending[0]));
        return reason;
}

static int on_fetched(sd_bus_message *m, void *userdata, sd_bus_error *reterr);

static void fetch(Link *link) {
        const int r = sd_bus_call_method_async(link->watch->bus, &link->fetch, NULL, link->path,
                                               DBUS_PROPERTIES_INTERFACE, "GetAll", on_fetched, link, "s",
                                               BUS_DHCP4_INTERFACE);

        if (r < 0)
                log_warning("%s: cannot ask for the lease: %s", link->name ?: link->path, strerror(-r));
}

/* Tells the waiting events, up to the first one whose lease has to be fetched. */
static void tell_pending(Link *link) {
        while (!link->fetch && link->n_pending > 0) {
                if (hook_reason_has_new(link->pending[0])) {
                        fetch(link);
                        if (link->fetch)
                                return;
                }
                tell(link, take_pending(link), NULL);
        }
}

static int on_fetched(sd_bus_message *m, void *userdata, sd_bus_error *reterr) {
        g_autoptr(GBytes) lease = NULL;
        g_autofree char *state = NULL;
        Link *link = userdata;
        int r = 0;

        link->fetch = sd_bus_slot_unref(link->fetch);
        /* An error means that the link is gone. A signal that says so will come. */
        if (!sd_bus_message_is_method_error(m, NULL)) {
                r = hook_lease_read(m, &lease, &state);
                if (r < 0)
                        log_warning("%s: the lease is not understood, no hook is told of it: %s",
                                    link->name ?: link->path, strerror(-r));
        }
        if (link->replay) {
                link->replay = false;
                replay(link, state, lease);
        } else if (link->n_pending > 0)
                tell(link, take_pending(link), lease);
        tell_pending(link);
        return 0;
}

static void add_pending(Link *link, HookReasons reasons) {
        for (size_t i = 0; i < reasons.n && !link->replay; i++) {
                if (link->n_pending == HOOK_WATCH_PENDING_MAX) {
                        /* The open call was sent before this event, so ask again. */
                        link->fetch = sd_bus_slot_unref(link->fetch);
                        link->n_pending = 0;
                        fetch(link);
                        link->replay = link->fetch != NULL;
                        return;
                }
                link->pending[link->n_pending++] = reasons.reason[i];
        }
        tell_pending(link);
}

/* Properties of a link */

static int read_problem(sd_bus_message *m, bool *failing) {
        int r;

        r = sd_bus_message_enter_container(m, 'a', "{sv}");
        while (r >= 0 && (r = sd_bus_message_enter_container(m, 'e', "sv")) > 0) {
                const char *key, *id;

                r = sd_bus_message_read_basic(m, 's', &key);
                if (r >= 0 && strcmp(key, "Id") == 0) {
                        r = sd_bus_message_read(m, "v", "s", &id);
                        if (r >= 0 && (strcmp(id, "no-answer") == 0 || strcmp(id, "answers-not-taken") == 0))
                                *failing = true;
                } else if (r >= 0)
                        r = sd_bus_message_skip(m, "v");
                if (r >= 0)
                        r = sd_bus_message_exit_container(m);
        }
        return r < 0 ? r : sd_bus_message_exit_container(m);
}

static int read_problems(sd_bus_message *m, bool *ret_failing) {
        int r;

        *ret_failing = false;
        r = sd_bus_message_enter_container(m, 'v', "aa{sv}");
        if (r >= 0)
                r = sd_bus_message_enter_container(m, 'a', "a{sv}");
        while (r >= 0 && (r = sd_bus_message_at_end(m, /* complete= */ false)) == 0)
                r = read_problem(m, ret_failing);
        if (r >= 0)
                r = sd_bus_message_exit_container(m);
        return r < 0 ? r : sd_bus_message_exit_container(m);
}

/* Reads an a{sv} of properties of org.dhcpdlink1.Link. */
static int read_link(sd_bus_message *m, Link *link) {
        const char *name;
        int r;

        r = sd_bus_message_enter_container(m, 'a', "{sv}");
        while (r >= 0 && (r = sd_bus_message_enter_container(m, 'e', "sv")) > 0) {
                const char *key;

                r = sd_bus_message_read_basic(m, 's', &key);
                if (r < 0)
                        return r;
                if (strcmp(key, "Index") == 0)
                        r = sd_bus_message_read(m, "v", "i", &link->ifindex);
                else if (strcmp(key, "Name") == 0) {
                        r = sd_bus_message_read(m, "v", "s", &name);
                        if (r >= 0) {
                                g_free(link->name);
                                link->name = g_strdup(name);
                        }
                } else if (strcmp(key, "Settings") == 0)
                        r = hook_settings_read(m, &link->settings);
                else if (strcmp(key, "Problems") == 0)
                        r = read_problems(m, &link->failing);
                else
                        r = sd_bus_message_skip(m, "v");
                if (r >= 0)
                        r = sd_bus_message_exit_container(m);
        }
        return r < 0 ? r : sd_bus_message_exit_container(m);
}

/*
 * Reads "oa{sa{sv}}". *ret: the link; NULL: the object is not a link. *ret_lease and *ret_state are as in
 * hook_lease_read().
 */
static int read_object(HookWatch *watch, sd_bus_message *m, Link **ret, GBytes **ret_lease,
                       char **ret_state) {
        const char *path, *interface;
        bool is_link = false;
        Link *link;
        int r;

        r = sd_bus_message_read_basic(m, 'o', &path);
        if (r >= 0)
                r = sd_bus_message_enter_container(m, 'a', "{sa{sv}}");
        if (r < 0)
                return r;
        link = g_new0(Link, 1);
        link->watch = watch;
        link->path = g_strdup(path);
        while (r >= 0 && (r = sd_bus_message_enter_container(m, 'e', "sa{sv}")) > 0) {
                r = sd_bus_message_read_basic(m, 's', &interface);
                if (r < 0)
                        break;
                if (strcmp(interface, BUS_LINK_INTERFACE) == 0) {
                        is_link = true;
                        r = read_link(m, link);
                } else if (strcmp(interface, BUS_DHCP4_INTERFACE) == 0)
                        r = hook_lease_read(m, ret_lease, ret_state);
                else
                        r = sd_bus_message_skip(m, "a{sv}");
                if (r >= 0)
                        r = sd_bus_message_exit_container(m);
        }
        if (r >= 0)
                r = sd_bus_message_exit_container(m);
        if (r < 0 || !is_link || link->ifindex <= 0) {
                link_free(link);
                link = NULL;
        } else
                (void) g_hash_table_replace(watch->links, link->path, link);
        *ret = link;
        return MIN(r, 0);
}

/* Signals */

/*
 * Returns the link that a signal is about. Returns NULL if it is none, or if the answer to @query will be
 * newer.
 */
static Link *find_link(const HookWatch *watch, sd_bus_message *m) {
        return watch->query ? NULL : g_hash_table_lookup(watch->links, sd_bus_message_get_path(m));
}

static int on_added(sd_bus_message *m, void *userdata, sd_bus_error *reterr) {
        g_autoptr(GBytes) lease = NULL;
        g_autofree char *state = NULL;
        HookWatch *watch = userdata;
        Link *link;
        int r;

        if (watch->query)
                return 0;
        r = read_object(watch, m, &link, &lease, &state);
        if (r < 0)
                log_warning("A link of the daemon is not understood: %s", strerror(-r));
        else if (link && state)
                add_pending(link, hook_tracker_state(&link->tracker, state));
        return 0;
}

static int on_changed(sd_bus_message *m, void *userdata, sd_bus_error *reterr) {
        Link *link = find_link(userdata, m);
        const char *interface;
        bool failing;
        int r;

        if (!link)
                return 0;
        failing = link->failing;
        r = sd_bus_message_read_basic(m, 's', &interface);
        if (r < 0 || strcmp(interface, BUS_LINK_INTERFACE) != 0)
                return 0;
        r = read_link(m, link);
        if (r < 0)
                log_warning("%s: its properties are not understood: %s", link->name ?: link->path,
                            strerror(-r));
        else if (link->failing && !failing)
                add_pending(link, hook_tracker_failing(&link->tracker));
        return 0;
}

static int on_state(sd_bus_message *m, void *userdata, sd_bus_error *reterr) {
        Link *link = find_link(userdata, m);
        const char *state;

        if (link && sd_bus_message_read(m, "ss", NULL, &state) >= 0)
                add_pending(link, hook_tracker_state(&link->tracker, state));
        return 0;
}

/* Returns the value of Why in the details, or NULL if it is not there. Valid as long as @m. */
static const char *read_why(sd_bus_message *m) {
        const char *key, *why = NULL;

        if (sd_bus_message_skip(m, "a{sv}a{sv}") < 0 || sd_bus_message_enter_container(m, 'a', "{sv}") < 0)
                return NULL;
        while (sd_bus_message_enter_container(m, 'e', "sv") > 0) {
                if (sd_bus_message_read_basic(m, 's', &key) < 0)
                        return why;
                if ((strcmp(key, "Why") == 0 ? sd_bus_message_read(m, "v", "s", &why)
                                             : sd_bus_message_skip(m, "v")) < 0 ||
                    sd_bus_message_exit_container(m) < 0)
                        return why;
        }
        return why;
}

static int on_lease(sd_bus_message *m, void *userdata, sd_bus_error *reterr) {
        Link *link = find_link(userdata, m);
        const char *reason;

        if (link && sd_bus_message_read_basic(m, 's', &reason) >= 0)
                add_pending(link, hook_tracker_lease(&link->tracker, reason, read_why(m)));
        return 0;
}

static int on_removed(sd_bus_message *m, void *userdata, sd_bus_error *reterr) {
        HookWatch *watch = userdata;
        HookReasons reasons;
        const char *path;
        Link *link;

        if (watch->query || sd_bus_message_read(m, "iso", NULL, NULL, &path) < 0)
                return 0;
        link = g_hash_table_lookup(watch->links, path);
        if (!link)
                return 0;
        /* The link is gone, so its lease cannot be fetched any more. */
        while (link->n_pending > 0)
                tell(link, take_pending(link), NULL);
        reasons = hook_tracker_removed(&link->tracker);
        for (size_t i = 0; i < reasons.n; i++)
                tell(link, reasons.reason[i], NULL);
        (void) g_hash_table_remove(watch->links, path);
        return 0;
}

/* The connection */

static void schedule_retry(HookWatch *watch);

static int on_objects(sd_bus_message *m, void *userdata, sd_bus_error *reterr) {
        HookWatch *watch = userdata;
        int r;

        watch->query = sd_bus_slot_unref(watch->query);
        g_hash_table_remove_all(watch->links);
        r = sd_bus_message_is_method_error(m, NULL) ? -sd_bus_message_get_errno(m)
                                                    : sd_bus_message_enter_container(m, 'a', "{oa{sa{sv}}}");
        while (r >= 0 && (r = sd_bus_message_enter_container(m, 'e', "oa{sa{sv}}")) > 0) {
                g_autoptr(GBytes) lease = NULL;
                g_autofree char *state = NULL;
                Link *link;

                r = read_object(watch, m, &link, &lease, &state);
                if (r < 0)
                        break;
                if (link)
                        replay(link, state, lease);
                r = sd_bus_message_exit_container(m);
        }
        if (r < 0) {
                log_warning("The links of the daemon are not understood: %s", strerror(-r));
                schedule_retry(watch);
                return 0;
        }
        watch->retry_usec = RETRY_MIN_USEC;
        watch->connected = true;
        watch->failed = false;
        watch->callbacks->connected(watch->userdata);
        return 0;
}

static int on_disconnected(sd_bus_message *m, void *userdata, sd_bus_error *reterr) {
        schedule_retry(userdata);
        return 0;
}

static int subscribe(HookWatch *watch) {
        static const struct {
                const char *interface, *member;
                sd_bus_message_handler_t handler;
        } signals[] = {
                { DBUS_OBJECT_MANAGER_INTERFACE, "InterfacesAdded", on_added },
                { DBUS_PROPERTIES_INTERFACE, "PropertiesChanged", on_changed },
                { BUS_DHCP4_INTERFACE, "StateChanged", on_state },
                { BUS_DHCP4_INTERFACE, "LeaseChanged", on_lease },
                { BUS_MANAGER_INTERFACE, "LinkRemoved", on_removed },
        };
        int r;

        r = name_owner_new(watch->bus, BUS_NAME, NULL, NULL, &watch->daemon);
        for (size_t i = 0; i < ARRAY_SIZE(signals) && r >= 0; i++)
                r = name_owner_match(watch->daemon, NULL, signals[i].interface, signals[i].member,
                                     signals[i].handler, watch);
        if (r >= 0)
                r = name_owner_match_local(watch->bus, "Disconnected", on_disconnected, watch);
        if (r >= 0)
                r = sd_bus_call_method_async(watch->bus, &watch->query, NULL, BUS_ROOT,
                                             DBUS_OBJECT_MANAGER_INTERFACE, "GetManagedObjects", on_objects,
                                             watch, NULL);
        if (r >= 0)
                r = sd_bus_attach_event(watch->bus, watch->event, SD_EVENT_PRIORITY_NORMAL);
        return r;
}

/* Frees the connection, and what is known about links. A handler of the connection must not call this. */
static void drop_connection(HookWatch *watch) {
        g_hash_table_remove_all(watch->links);
        watch->query = sd_bus_slot_unref(watch->query);
        watch->daemon = name_owner_free(watch->daemon);
        watch->bus = sd_bus_close_unref(watch->bus);
}

static void connect_to_daemon(HookWatch *watch) {
        int r;

        drop_connection(watch);
        r = private_client_connect(watch->socket, &watch->bus);
        if (r >= 0)
                r = subscribe(watch);
        if (r >= 0)
                return;
        if (!watch->failed)
                log_info("Cannot reach the daemon at %s, trying again: %s", watch->socket, strerror(-r));
        watch->failed = true;
        schedule_retry(watch);
}

static int on_retry(sd_event_source *source, uint64_t usec, void *userdata) {
        HookWatch *watch = userdata;

        watch->retry = sd_event_source_disable_unref(watch->retry);
        connect_to_daemon(watch);
        return 0;
}

static void schedule_retry(HookWatch *watch) {
        if (watch->connected) {
                watch->connected = false;
                watch->callbacks->disconnected(watch->userdata);
        }
        if (!watch->retry &&
            sd_event_add_time_relative(watch->event, &watch->retry, CLOCK_BOOTTIME, watch->retry_usec, 0,
                                       on_retry, watch) < 0)
                (void) sd_event_exit(watch->event, EXIT_FAILURE);
        watch->retry_usec = MIN(2 * watch->retry_usec, RETRY_MAX_USEC);
}

int hook_watch_new(sd_event *event, const char *socket, const HookWatchCallbacks *callbacks, void *userdata,
                   HookWatch **ret) {
        HookWatch *watch = g_new0(HookWatch, 1);

        watch->callbacks = callbacks;
        watch->userdata = userdata;
        watch->event = sd_event_ref(event);
        watch->socket = socket;
        watch->retry_usec = RETRY_MIN_USEC;
        watch->links = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, link_free);
        connect_to_daemon(watch);
        *ret = watch;
        return 0;
}

HookWatch *hook_watch_free(HookWatch *watch) {
        if (!watch)
                return NULL;
        drop_connection(watch);
        g_hash_table_unref(watch->links);
        (void) sd_event_source_disable_unref(watch->retry);
        (void) sd_event_unref(watch->event);
        g_free(watch);
        return NULL;
}

const HookSettings *hook_watch_settings(const HookWatch *watch, int ifindex) {
        GHashTableIter iter;
        gpointer value;

        g_hash_table_iter_init(&iter, watch->links);
        while (g_hash_table_iter_next(&iter, NULL, &value))
                if (((const Link *) value)->ifindex == ifindex)
                        return &((const Link *) value)->settings;
        return NULL;
}
