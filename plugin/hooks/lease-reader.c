/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Reads leases from D-Bus properties (contract: plugin/hooks/lease-reader.h).
 */
#include "plugin/hooks/lease-reader.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

#include "base/macro.h"
#include "plugin/hooks/stored-lease.h"

/* The lease that is being read. Its texts and the contents of its options point into the message. */
typedef struct Reader {
        HookLease lease;
        HookOption options[HOOK_OPTIONS_MAX];
        const char *state;
} Reader;

static int read_text(sd_bus_message *m, const char **ret) {
        return sd_bus_message_read(m, "v", "s", ret);
}

/* Reads an address. "" means that there is none, and is read as 0.0.0.0. */
static int read_address(sd_bus_message *m, struct in_addr *ret) {
        const char *text;
        int r;

        r = read_text(m, &text);
        if (r < 0)
                return r;
        if (*text == '\0')
                *ret = (struct in_addr){ INADDR_ANY };
        else if (inet_pton(AF_INET, text, ret) != 1)
                return -EBADMSG;
        return 0;
}

static int read_options(sd_bus_message *m, Reader *reader) {
        int r;

        r = sd_bus_message_enter_container(m, 'v', "a(uay)");
        if (r >= 0)
                r = sd_bus_message_enter_container(m, 'a', "(uay)");
        while (r >= 0 && (r = sd_bus_message_enter_container(m, 'r', "uay")) > 0) {
                HookOption *option = &reader->options[reader->lease.n_options];
                const void *data;
                uint32_t code;

                if (reader->lease.n_options == ARRAY_SIZE(reader->options))
                        return -E2BIG;
                r = sd_bus_message_read_basic(m, 'u', &code);
                if (r >= 0)
                        r = sd_bus_message_read_array(m, 'y', &data, &option->len);
                if (r < 0)
                        return r;
                if (code == 0 || code >= UINT8_MAX)
                        return -EBADMSG;
                option->code = (uint8_t) code;
                option->data = data;
                reader->lease.n_options++;
                r = sd_bus_message_exit_container(m);
        }
        if (r >= 0)
                r = sd_bus_message_exit_container(m);
        if (r >= 0)
                r = sd_bus_message_exit_container(m);
        return r;
}

/* Reads the value of the property @key. Skips it if hooks do not need it. */
static int read_value(sd_bus_message *m, const char *key, Reader *reader) {
        HookLease *lease = &reader->lease;

        if (strcmp(key, "Address") == 0)
                return read_address(m, &lease->address);
        if (strcmp(key, "NextServer") == 0)
                return read_address(m, &lease->next_server);
        if (strcmp(key, "Relay") == 0)
                return read_address(m, &lease->relay);
        if (strcmp(key, "BootFile") == 0)
                return read_text(m, &lease->boot_file);
        if (strcmp(key, "ServerName") == 0)
                return read_text(m, &lease->server_name);
        if (strcmp(key, "ExpiresAtUSec") == 0)
                return sd_bus_message_read(m, "v", "t", &lease->expires_usec);
        if (strcmp(key, "State") == 0)
                return read_text(m, &reader->state);
        if (strcmp(key, "Options") == 0)
                return read_options(m, reader);
        return sd_bus_message_skip(m, "v");
}

int hook_lease_read(sd_bus_message *m, GBytes **ret, char **ret_state) {
        Reader reader = { .lease.options = reader.options };
        GBytes *bytes = NULL;
        int r;

        r = sd_bus_message_enter_container(m, 'a', "{sv}");
        while (r >= 0 && (r = sd_bus_message_enter_container(m, 'e', "sv")) > 0) {
                const char *key;

                r = sd_bus_message_read_basic(m, 's', &key);
                if (r >= 0)
                        r = read_value(m, key, &reader);
                if (r < 0)
                        return r;
                r = sd_bus_message_exit_container(m);
        }
        if (r >= 0)
                r = sd_bus_message_exit_container(m);
        if (r < 0)
                return r;
        if (reader.lease.address.s_addr != INADDR_ANY) {
                bytes = hook_lease_store(&reader.lease);
                if (!bytes)
                        return -E2BIG;
        }
        *ret = bytes;
        if (ret_state)
                *ret_state = g_strdup(reader.state);
        return 0;
}
