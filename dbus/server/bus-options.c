/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The last argument of StartLink() and StopLink(): an a{sv} that can grow. A key that this daemon does not
 * know is refused, because the caller relies on what the key does.
 */
#include <string.h>

#include "dbus/server/bus-internal.h"

static int refuse(sd_bus_error *error, const char *key, const char *what) {
        char shown[BUS_KEY_SHOWN_MAX];
        size_t i;

        for (i = 0; i < sizeof(shown) - 1 && key[i]; i++)
                shown[i] = key[i] < ' ' || key[i] > '~' ? '?' : key[i];
        shown[i] = '\0';
        return sd_bus_error_setf(error, SD_BUS_ERROR_INVALID_ARGS, "The option \"%s\" %s.", shown, what);
}

static int read_option(sd_bus_message *m, const BusOption *options, size_t n, sd_bus_error *error) {
        const char *key, *contents;
        int r, boolean;

        r = sd_bus_message_read_basic(m, 's', &key);
        if (r < 0)
                return r;
        r = sd_bus_message_peek_type(m, NULL, &contents);
        if (r < 0)
                return r;
        for (size_t i = 0; i < n; i++) {
                if (strcmp(options[i].key, key) != 0)
                        continue;
                if (strcmp(contents, options[i].boolean ? "b" : "s") != 0)
                        return refuse(error, key, options[i].boolean ? "is a Boolean" : "is a text");
                if (!options[i].boolean) {
                        r = sd_bus_message_read(m, "v", "s", options[i].text);
                        if (r >= 0 && strlen(*options[i].text) > BUS_TEXT_MAX)
                                return refuse(error, key, "is too long");
                        return MIN(r, 0);
                }
                r = sd_bus_message_read(m, "v", "b", &boolean);
                if (r < 0)
                        return r;
                *options[i].boolean = boolean;
                return 0;
        }
        return refuse(error, key, "is not known here");
}

int bus_read_options(sd_bus_message *m, const BusOption *options, size_t n, sd_bus_error *error) {
        unsigned n_entries = 0;
        int r;

        r = sd_bus_message_enter_container(m, 'a', "{sv}");
        if (r < 0)
                return r;
        while ((r = sd_bus_message_enter_container(m, 'e', "sv")) > 0) {
                if (n_entries++ == BUS_OPTIONS_MAX)
                        return sd_bus_error_set(error, SD_BUS_ERROR_INVALID_ARGS,
                                                "There are too many options.");
                r = read_option(m, options, n, error);
                if (r < 0)
                        return r;
                r = sd_bus_message_exit_container(m);
                if (r < 0)
                        return r;
        }
        return r < 0 ? r : sd_bus_message_exit_container(m);
}
