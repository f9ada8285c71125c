/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * monitor: prints a line for each event until it is interrupted. With --json each line is an object with the
 * signal and its arguments.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-event.h>
#include <time.h>

#include "dbus/ctl/ctl.h"
#include "dbus/json/json-message.h"
#include "dbus/name-owner.h"

typedef struct Monitor {
        sd_event *event;
        NameOwner *daemon;
        GHashTable *links;
} Monitor;

static void print_time(void) {
        const usec_t now = ctl_now(CLOCK_REALTIME);
        const time_t seconds = (time_t) (now / USEC_PER_SEC);
        char text[16] = "";
        struct tm tm;

        if (localtime_r(&seconds, &tm))
                (void) strftime(text, sizeof(text), "%H:%M:%S", &tm);
        printf("%s%s.%03u%s ", ctl_color(CTL_COLOR_FAINT), text, (unsigned) (now % USEC_PER_SEC / 1000),
               ctl_color(CTL_COLOR_NONE));
}

static void print_event(const char *name, const char *text) {
        print_time();
        printf("%s%s%s: %s\n", ctl_color(CTL_COLOR_BOLD), ctl_text(name), ctl_color(CTL_COLOR_NONE), text);
}

static int print_json(const char *name, sd_bus_message *m) {
        _cleanup_(json_clear) JsonWriter w = {};
        int r;

        r = sd_bus_message_rewind(m, /* complete= */ true);
        if (r < 0)
                return r;
        json_begin_object(&w);
        json_key(&w, "TimeUSec");
        json_u64(&w, ctl_now(CLOCK_REALTIME));
        json_key(&w, "Link");
        json_string(&w, name);
        json_key(&w, "Path");
        json_string(&w, sd_bus_message_get_path(m));
        json_key(&w, "Interface");
        json_string(&w, sd_bus_message_get_interface(m));
        json_key(&w, "Signal");
        json_string(&w, sd_bus_message_get_member(m));
        json_key(&w, "Arguments");
        json_begin_array(&w);
        while (sd_bus_message_at_end(m, /* complete= */ true) == 0) {
                r = json_message(&w, m, NULL);
                if (r < 0)
                        return r;
        }
        json_end_array(&w);
        json_end_object(&w);
        return ctl_print_json(&w);
}

static int print_signal(sd_bus_message *m, const CtlLink *link, bool had_carrier) {
        g_autofree char *text = NULL;
        const char *name;
        int r;

        r = ctl_event_text(m, link, had_carrier, &name, &text);
        if (r >= 0 && text)
                print_event(name, text);
        return r;
}

static int on_signal(sd_bus_message *m, void *userdata, sd_bus_error *reterr) {
        Monitor *monitor = userdata;
        CtlLink *link = g_hash_table_lookup(monitor->links, sd_bus_message_get_path(m)), *updated;
        const bool had_carrier = link && link->carrier;
        char *name = g_strdup(link ? link->name : NULL);
        int r;

        r = ctl_links_update(monitor->links, m, &updated);
        if (r >= 0)
                r = ctl_options.json
                        ? print_json(name, m)
                        : print_signal(m, g_hash_table_lookup(monitor->links, sd_bus_message_get_path(m)),
                                       had_carrier);
        if (r < 0)
                ctl_fail("A signal of the daemon is not understood: %s", strerror(-r));
        (void) fflush(stdout);
        g_free(name);
        return ferror(stdout) ? sd_event_exit(monitor->event, EXIT_FAILURE) : 0;
}

static int on_disconnected(sd_bus_message *m, void *userdata, sd_bus_error *reterr) {
        Monitor *monitor = userdata;

        ctl_fail("The daemon has closed the connection.");
        return sd_event_exit(monitor->event, EXIT_FAILURE);
}

static int watch(Monitor *monitor, sd_bus *bus, sd_bus_error *error) {
        int r;

        r = name_owner_new(bus, BUS_NAME, NULL, NULL, &monitor->daemon);
        if (r < 0)
                return r;
        for (const CtlSignal *s = ctl_signals; s->member; s++) {
                r = name_owner_match(monitor->daemon, NULL, s->interface, s->member, on_signal, monitor);
                if (r < 0)
                        return r;
        }
        r = name_owner_match_local(bus, "Disconnected", on_disconnected, monitor);
        if (r < 0)
                return r;
        r = ctl_links_fetch(bus, monitor->links, error);
        if (r < 0)
                return r;
        return sd_bus_attach_event(bus, monitor->event, SD_EVENT_PRIORITY_NORMAL);
}

int verb_monitor(int argc, char **argv) {
        _cleanup_(sd_event_unrefp) sd_event *event = NULL;
        _cleanup_(sd_bus_flush_close_unrefp) sd_bus *bus = NULL;
        _cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
        Monitor monitor = {};
        int r;

        if (ctl_connect(&bus) < 0)
                return EXIT_FAILURE;
        if (ctl_loop_new(&event) < 0)
                return EXIT_FAILURE;
        monitor.event = event;
        monitor.links = ctl_links_new();
        r = watch(&monitor, bus, &error);
        if (r >= 0)
                r = sd_event_loop(event);
        else {
                ctl_fail("Cannot watch the links: %s", ctl_error_text(&error, r));
                r = EXIT_FAILURE;
        }
        (void) name_owner_free(monitor.daemon);
        g_hash_table_unref(monitor.links);
        return r < 0 ? EXIT_FAILURE : r;
}
