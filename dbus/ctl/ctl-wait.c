/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * wait-online: waits until the links have a lease that is applied. The daemon may start later, and may be
 * restarted meanwhile: wait-online connects again until its time is over.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-event.h>
#include <time.h>

#include "dbus/ctl/ctl.h"
#include "dbus/name-owner.h"

#define RETRY_USEC          (250 * USEC_PER_MSEC)
#define TIMER_ACCURACY_USEC (10 * USEC_PER_MSEC)

typedef struct Wait {
        sd_event *event;
        sd_bus *bus;
        NameOwner *daemon; /* on @bus */
        sd_event_source *retry;
        GHashTable *links;
        char **names; /* NULL-terminated; empty: all managed links */
        char *reason; /* why the last connection failed */
} Wait;

static const CtlLink *find_link(const Wait *wait, const char *name) {
        GHashTableIter iter;
        gpointer link;

        g_hash_table_iter_init(&iter, wait->links);
        while (g_hash_table_iter_next(&iter, NULL, &link))
                if (ctl_link_has_name(link, name))
                        return link;
        return NULL;
}

/*
 * Returns the names of the links that still have no lease, and stores how many links have one. The caller
 * drops the array with g_ptr_array_unref().
 */
static GPtrArray *find_offline(const Wait *wait, unsigned *ret_n_online) {
        GPtrArray *offline = g_ptr_array_new_with_free_func(g_free);
        GHashTableIter iter;
        gpointer link;

        *ret_n_online = 0;
        for (size_t i = 0; wait->names[i]; i++) {
                const CtlLink *found = find_link(wait, wait->names[i]);

                if (found && ctl_link_is_online(found))
                        (*ret_n_online)++;
                else
                        g_ptr_array_add(offline, g_strdup(wait->names[i]));
        }
        if (wait->names[0])
                return offline;

        g_hash_table_iter_init(&iter, wait->links);
        while (g_hash_table_iter_next(&iter, NULL, &link))
                if (ctl_link_is_online(link))
                        (*ret_n_online)++;
                else
                        g_ptr_array_add(offline, g_strdup(((CtlLink *) link)->name));
        return offline;
}

/*
 * Returns true if the wait is over. If no names are given and there are no links, nothing is left to wait
 * for, so it is over, too; but --any waits for one link.
 */
static bool is_online(const Wait *wait) {
        unsigned n_online;
        GPtrArray *offline = find_offline(wait, &n_online);
        const bool all = offline->len == 0;

        g_ptr_array_unref(offline);
        return ctl_options.any ? n_online > 0 : all;
}

static int on_signal(sd_bus_message *m, void *userdata, sd_bus_error *reterr) {
        Wait *wait = userdata;
        CtlLink *link;
        int r;

        r = ctl_links_update(wait->links, m, &link);
        if (r < 0)
                return r;
        return is_online(wait) ? sd_event_exit(wait->event, EXIT_SUCCESS) : 0;
}

static void schedule_retry(Wait *wait);

static int on_disconnected(sd_bus_message *m, void *userdata, sd_bus_error *reterr) {
        schedule_retry(userdata);
        return 0;
}

static int watch(Wait *wait, sd_bus *bus, sd_bus_error *error) {
        static const char *const members[] = { "InterfacesAdded", "InterfacesRemoved", "PropertiesChanged" };
        int r;

        r = name_owner_new(bus, BUS_NAME, NULL, NULL, &wait->daemon);
        if (r < 0)
                return r;
        for (size_t i = 0; i < ARRAY_SIZE(members); i++) {
                r = name_owner_match(wait->daemon, NULL,
                                     i < 2 ? DBUS_OBJECT_MANAGER_INTERFACE : DBUS_PROPERTIES_INTERFACE,
                                     members[i], on_signal, wait);
                if (r < 0)
                        return r;
        }
        r = name_owner_match_local(bus, "Disconnected", on_disconnected, wait);
        if (r < 0)
                return r;
        r = ctl_links_fetch(bus, wait->links, error);
        if (r < 0)
                return r;
        return sd_bus_attach_event(bus, wait->event, SD_EVENT_PRIORITY_NORMAL);
}

static void try_connect(Wait *wait) {
        _cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
        int r;

        wait->daemon = name_owner_free(wait->daemon);
        wait->bus = sd_bus_close_unref(wait->bus);
        r = ctl_connect_private(&wait->bus);
        if (r < 0 && !ctl_options.socket_given && ctl_connect_system(&wait->bus) >= 0)
                r = 0;
        if (r >= 0)
                r = watch(wait, wait->bus, &error);
        g_free(wait->reason);
        wait->reason = r < 0 ? g_strdup(ctl_error_text(&error, r)) : NULL;
        if (r < 0)
                schedule_retry(wait);
        else if (is_online(wait))
                (void) sd_event_exit(wait->event, EXIT_SUCCESS);
}

static int on_retry(sd_event_source *source, uint64_t usec, void *userdata) {
        try_connect(userdata);
        return 0;
}

static void schedule_retry(Wait *wait) {
        int r;

        wait->retry = sd_event_source_disable_unref(wait->retry);
        r = sd_event_add_time_relative(wait->event, &wait->retry, CLOCK_MONOTONIC, RETRY_USEC,
                                       TIMER_ACCURACY_USEC, on_retry, wait);
        if (r < 0)
                (void) sd_event_exit(wait->event, EXIT_FAILURE);
}

static int on_timeout(sd_event_source *source, uint64_t usec, void *userdata) {
        Wait *wait = userdata;
        unsigned n_online;
        GPtrArray *offline = find_offline(wait, &n_online);
        const char *span = ctl_span(ctl_options.timeout_usec);
        char *names;

        g_ptr_array_add(offline, NULL);
        names = g_strjoinv(", ", (char **) offline->pdata);
        if (wait->reason)
                ctl_fail("No lease within %s on %s: %s", span, *names ? ctl_text(names) : "any link",
                         wait->reason);
        else
                ctl_fail("No lease within %s on %s", span, *names ? ctl_text(names) : "any link");
        g_free(names);
        g_ptr_array_unref(offline);
        return sd_event_exit(wait->event, EXIT_FAILURE);
}

int verb_wait_online(int argc, char **argv) {
        _cleanup_(sd_event_unrefp) sd_event *event = NULL;
        Wait wait = {};
        int r = 0;

        if (ctl_loop_new(&event) < 0)
                return EXIT_FAILURE;
        wait.event = event;
        wait.links = ctl_links_new();
        wait.names = g_new0(char *, (gsize) argc);
        for (int i = 1; i < argc; i++)
                wait.names[i - 1] = ctl_unescape_name(argv[i]);

        if (ctl_options.timeout_usec != USEC_INFINITY)
                r = sd_event_add_time_relative(event, NULL, CLOCK_MONOTONIC, ctl_options.timeout_usec,
                                               TIMER_ACCURACY_USEC, on_timeout, &wait);
        if (r >= 0) {
                try_connect(&wait);
                r = sd_event_loop(event);
        }

        wait.retry = sd_event_source_disable_unref(wait.retry);
        wait.daemon = name_owner_free(wait.daemon);
        wait.bus = sd_bus_close_unref(wait.bus);
        g_hash_table_unref(wait.links);
        g_strfreev(wait.names);
        g_free(wait.reason);
        return r < 0 ? EXIT_FAILURE : r;
}
