/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Connects to the daemon, calls its methods, and makes one sentence of a failure. The private socket is
 * tried before the system bus: it needs no bus, and a connection to it starts the daemon as well.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dbus/ctl/ctl.h"
#include "dbus/private-client.h"

int ctl_connect_private(sd_bus **ret) {
        return private_client_connect(ctl_options.socket, ret);
}

int ctl_connect_system(sd_bus **ret) {
        return sd_bus_open_system(ret);
}

int ctl_connect(sd_bus **ret) {
        int private_r, r;

        private_r = ctl_connect_private(ret);
        if (private_r >= 0)
                return 0;
        if (ctl_options.socket_given) {
                ctl_fail("Cannot reach the daemon at %s: %s", ctl_text(ctl_options.socket),
                         strerror(-private_r));
                return private_r;
        }
        r = ctl_connect_system(ret);
        if (r < 0)
                ctl_fail("Cannot reach the daemon: %s: %s; system bus: %s", ctl_options.socket,
                         strerror(-private_r), strerror(-r));
        return r;
}

int ctl_loop_new(sd_event **ret) {
        const int r = sd_event_new(ret);

        if (r < 0)
                ctl_fail("Cannot make an event loop: %s", strerror(-r));
        return r;
}

bool ctl_is_private(sd_bus *bus) {
        return sd_bus_is_bus_client(bus) <= 0;
}

const char *ctl_destination(sd_bus *bus) {
        return ctl_is_private(bus) ? NULL : BUS_NAME;
}

int ctl_call(sd_bus *bus, const char *path, const char *interface, const char *method, sd_bus_error *error,
             sd_bus_message **ret, const char *types, ...) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL;
        va_list ap;
        int r;

        r = sd_bus_message_new_method_call(bus, &m, ctl_destination(bus), path, interface, method);
        if (r < 0)
                return r;
        if (types) {
                va_start(ap, types);
                r = sd_bus_message_appendv(m, types, ap);
                va_end(ap);
                if (r < 0)
                        return r;
        }
        return sd_bus_call(bus, m, 0, error, ret);
}

int ctl_find_path(sd_bus *bus, const char *name, sd_bus_error *error, char **ret) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL;
        const char *path;
        int r;

        r = ctl_call(bus, BUS_ROOT, BUS_MANAGER_INTERFACE, "GetLink", error, &m, "s", name);
        if (r >= 0)
                r = sd_bus_message_read(m, "o", &path);
        if (r < 0)
                return r;
        *ret = g_strdup(path);
        return 0;
}

int ctl_print_json(JsonWriter *w) {
        char *text = json_finish(w);

        if (!text)
                return -ENOMEM;
        puts(text);
        free(text);
        return 0;
}

const char *ctl_error_text(const sd_bus_error *error, int r) {
        if (error && error->message)
                return ctl_text(error->message);
        return strerror(-r);
}
