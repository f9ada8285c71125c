/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Reads records: dictionaries a{sv} in which each key has one type. Unknown keys are skipped, and so is a
 * known key whose value has another type.
 */
#include <string.h>

#include "dbus/ctl/ctl.h"

static int read_value(sd_bus_message *m, const CtlKey *key) {
        const char *text;
        const void *data;
        size_t len;
        int r;

        r = sd_bus_message_enter_container(m, 'v', key->signature);
        if (r < 0)
                return r;
        if (strcmp(key->signature, "s") == 0) {
                r = sd_bus_message_read_basic(m, 's', &text);
                if (r < 0)
                        return r;
                g_free(*(char **) key->to);
                *(char **) key->to = g_strdup(text);
        } else if (strcmp(key->signature, "ay") == 0) {
                r = sd_bus_message_read_array(m, 'y', &data, &len);
                if (r < 0)
                        return r;
                g_clear_pointer((GBytes **) key->to, g_bytes_unref);
                *(GBytes **) key->to = g_bytes_new(data, len);
        } else {
                r = sd_bus_message_read_basic(m, key->signature[0], key->to);
                if (r < 0)
                        return r;
        }
        return sd_bus_message_exit_container(m);
}

static const CtlKey *find_key(const CtlKey *keys, size_t n, const char *name, const char *signature) {
        for (size_t i = 0; i < n; i++)
                if (strcmp(keys[i].name, name) == 0 && strcmp(keys[i].signature, signature) == 0)
                        return &keys[i];
        return NULL;
}

int ctl_read_record(sd_bus_message *m, const CtlKey *keys, size_t n) {
        int r;

        r = sd_bus_message_enter_container(m, 'a', "{sv}");
        if (r < 0)
                return r;
        while ((r = sd_bus_message_enter_container(m, 'e', "sv")) > 0) {
                const char *name, *contents;
                const CtlKey *key;

                r = sd_bus_message_read_basic(m, 's', &name);
                if (r < 0)
                        return r;
                r = sd_bus_message_peek_type(m, NULL, &contents);
                if (r < 0)
                        return r;
                key = find_key(keys, n, name, contents);
                r = key ? read_value(m, key) : sd_bus_message_skip(m, "v");
                if (r < 0)
                        return r;
                r = sd_bus_message_exit_container(m);
                if (r < 0)
                        return r;
        }
        return r < 0 ? r : sd_bus_message_exit_container(m);
}
