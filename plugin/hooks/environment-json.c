/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Writes the document of the contract json. Keys and values are those of the D-Bus properties with the same
 * names, written by the same function (dbus/json/json-option.h). So a hook reads what status --json shows:
 *
 *   {"Event":"RENEW","Interface":"eth0","New":LEASE,"Old":LEASE}
 *
 * New and Old are null if the event has no such lease. LEASE has Address, NextServer, Relay, BootFile,
 * ServerName, ExpiresAtUSec (null: never), Options (all options, in hexadecimal) and OptionValues (the
 * values of the well-formed ones).
 */
#include <arpa/inet.h>
#include <glib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/macro.h"
#include "dbus/json/json-option.h"
#include "plugin/hooks/environment-internal.h"
#include "wire/dhcp4-options.h"

static void address(JsonWriter *w, const char *key, struct in_addr value) {
        json_key(w, key);
        if (value.s_addr == INADDR_ANY)
                json_string(w, "");
        else
                json_address(w, &value);
}

static void text(JsonWriter *w, const char *key, const char *value) {
        json_key(w, key);
        json_string(w, value ?: "");
}

static void options(JsonWriter *w, const HookLease *lease) {
        const size_t n = MIN(lease->n_options, (size_t) HOOK_OPTIONS_MAX);
        bool seen[256] = {};

        json_key(w, "Options");
        json_begin_array(w);
        for (size_t i = 0; i < n; i++) {
                json_begin_object(w);
                json_key(w, "Code");
                json_u64(w, lease->options[i].code);
                json_key(w, "Data");
                json_hex(w, lease->options[i].data, lease->options[i].len, 0);
                json_end_object(w);
        }
        json_end_array(w);

        json_key(w, "OptionValues");
        json_begin_object(w);
        for (size_t i = 0; i < n; i++) {
                const HookOption *o = &lease->options[i];
                const Dhcp4OptionInfo *info = dhcp4_option_info(o->code);
                char number[sizeof("255")];

                if (seen[o->code] || dhcp4_option_check(o->code, o->data, o->len))
                        continue;
                seen[o->code] = true;
                (void) snprintf(number, sizeof(number), "%u", o->code);
                json_key(w, info ? info->name : number);
                json_option(w, o->code, o->data, o->len);
        }
        json_end_object(w);
}

static void lease(JsonWriter *w, const char *key, const HookLease *lease) {
        json_key(w, key);
        if (!lease) {
                json_null(w);
                return;
        }
        json_begin_object(w);
        address(w, "Address", lease->address);
        address(w, "NextServer", lease->next_server);
        address(w, "Relay", lease->relay);
        text(w, "BootFile", lease->boot_file);
        text(w, "ServerName", lease->server_name);
        json_key(w, "ExpiresAtUSec");
        if (lease->expires_usec == USEC_INFINITY)
                json_null(w);
        else
                json_u64(w, lease->expires_usec);
        options(w, lease);
        json_end_object(w);
}

char *hook_json_new(const HookEvent *event) {
        JsonWriter w = {};
        char *json, *document;

        json_begin_object(&w);
        text(&w, "Event", hook_reason_to_string(event->reason));
        text(&w, "Interface", event->ifname);
        lease(&w, "New", hook_reason_has_new(event->reason) ? event->new_lease : NULL);
        lease(&w, "Old", hook_reason_has_old(event->reason) ? event->old_lease : NULL);
        json_end_object(&w);
        json = json_finish(&w);
        g_assert(json); /* as everywhere in GLib, the program ends if there is no memory */
        document = g_strconcat(json, "\n", NULL);
        free(json);
        return document;
}
