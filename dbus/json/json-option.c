/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Writes options as JSON (contract: dbus/json/json-option.h). A value is null if there is no memory for it.
 */
#include "dbus/json/json-option.h"

#include <arpa/inet.h>

#include "base/macro.h"
#include "dbus/json/json-message.h"
#include "dbus/json/option-value.h"
#include "wire/dhcp4-options.h"
#include "wire/dhcp4-protocol.h"

void json_address(JsonWriter *w, const void *address) {
        char text[INET_ADDRSTRLEN];

        json_string(w, inet_ntop(AF_INET, address, text, sizeof(text)));
}

typedef struct Source {
        const Dhcp4Message *message;
        uint8_t code;
        const uint8_t *data;
        size_t len;
} Source;

static void write_values(JsonWriter *w, const char *key, void (*append)(Values *v, const Source *source),
                         const Source *source) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL;
        int r;

        r = scratch_message_new(&m);
        if (r >= 0) {
                Values v;

                values_into(&v, m);
                append(&v, source);
                r = v.r;
        }
        if (r >= 0)
                r = scratch_message_seal(m);
        if (r < 0) {
                json_null(w);
                return;
        }
        (void) json_message(w, m, key);
}

static void append_value(Values *v, const Source *source) {
        option_value_append(v, source->code, source->data, source->len);
}

static void append_options(Values *v, const Source *source) {
        options_append(v, source->message);
}

static void append_option_values(Values *v, const Source *source) {
        option_values_append(v, source->message);
}

static void append_ignored(Values *v, const Source *source) {
        ignored_options_append(v, source->message->ignored, source->message->n_ignored);
}

void json_option(JsonWriter *w, uint8_t code, const uint8_t *data, size_t len) {
        if (dhcp4_option_check(code, data, len))
                json_null(w);
        else
                write_values(w, NULL, append_value,
                             &(const Source){ .code = code, .data = data, .len = len });
}

void json_message_type(JsonWriter *w, uint8_t type) {
        json_option(w, DHCP4_OPTION_MESSAGE_TYPE, &type, sizeof(type));
}

void json_message_options(JsonWriter *w, const Dhcp4Message *message) {
        const Source source = { .message = message };

        json_key(w, "Options");
        write_values(w, "Options", append_options, &source);
        json_key(w, "OptionValues");
        write_values(w, "OptionValues", append_option_values, &source);
        json_key(w, "IgnoredOptions");
        write_values(w, "IgnoredOptions", append_ignored, &source);
}
