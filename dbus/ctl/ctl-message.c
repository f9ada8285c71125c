/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Writes DHCP messages as text and as JSON (contract: dbus/ctl/ctl-message.h).
 */
#include "dbus/ctl/ctl-message.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/macro.h"
#include "dbus/ctl/ctl.h"
#include "dbus/json/json-option.h"
#include "dbus/json/option-value.h"
#include "wire/dhcp4-option-decode.h"
#include "wire/dhcp4-options.h"

/* Returns the number of bytes behind the option END. */
static size_t padding(const uint8_t *raw, size_t len) {
        ByteReader r = byte_reader(raw, len);

        byte_reader_seek(&r, DHCP4_MESSAGE_FIXED_LEN);
        while (!r.failed && byte_reader_left(&r) > 0) {
                const uint8_t code = byte_reader_u8(&r);

                if (code == DHCP4_OPTION_END)
                        return byte_reader_left(&r);
                if (code != DHCP4_OPTION_PAD)
                        (void) byte_reader_take(&r, byte_reader_u8(&r));
        }
        return 0;
}

/* Writes sname or file. Both are text unless option 52 says that they hold options. */
static void field(JsonWriter *w, const char *key, const Dhcp4Message *m, const uint8_t *raw, size_t len,
                  Dhcp4Field which) {
        char text[DHCP4_FIELD_SIZE];

        json_key(w, key);
        if (dhcp4_message_get_field(m, raw, len, which, text))
                json_string(w, text);
        else
                json_null(w);
}

static void header(JsonWriter *w, const Dhcp4Message *m, const uint8_t *raw, size_t len) {
        const Dhcp4Header *h = &m->header;
        const struct Address {
                const char *key;
                const struct in_addr *address;
        } addresses[] = {
                { "ciaddr", &h->ciaddr },
                { "yiaddr", &h->yiaddr },
                { "siaddr", &h->siaddr },
                { "giaddr", &h->giaddr },
        };
        const uint8_t xid[] = { (uint8_t) (h->xid >> 24), (uint8_t) (h->xid >> 16), (uint8_t) (h->xid >> 8),
                                (uint8_t) h->xid };

        json_key(w, "op");
        json_u64(w, h->op);
        json_key(w, "htype");
        json_u64(w, h->htype);
        json_key(w, "hlen");
        json_u64(w, h->hlen);
        json_key(w, "hops");
        json_u64(w, h->hops);
        json_key(w, "xid");
        json_hex(w, xid, sizeof(xid), 0);
        json_key(w, "secs");
        json_u64(w, h->secs);
        json_key(w, "flags");
        json_u64(w, h->flags);
        json_key(w, "Broadcast");
        json_bool(w, h->flags & DHCP4_FLAG_BROADCAST);
        for (size_t i = 0; i < ARRAY_SIZE(addresses); i++) {
                json_key(w, addresses[i].key);
                json_address(w, addresses[i].address);
        }
        json_key(w, "chaddr");
        json_hex(w, h->chaddr, h->hlen, ':');
        field(w, "sname", m, raw, len, DHCP4_FIELD_SNAME);
        field(w, "file", m, raw, len, DHCP4_FIELD_FILE);
}

void ctl_message_json(JsonWriter *w, const Dhcp4Message *m, const uint8_t *raw, size_t len) {
        json_begin_object(w);
        json_key(w, "Type");
        json_message_type(w, (uint8_t) m->type);
        json_key(w, "Length");
        json_u64(w, len);
        json_key(w, "Padding");
        json_u64(w, padding(raw, len));
        header(w, m, raw, len);
        json_message_options(w, m);
        json_end_object(w);
}

/* Writes option codes as an array of names, which are easier to read than numbers. */
static void codes_text(JsonWriter *w, const uint8_t *data, size_t len) {
        json_begin_array(w);
        for (size_t i = 0; i < len; i++) {
                char number[OPTION_KEY_MAX];

                json_string(w, option_value_key(data[i], number));
        }
        json_end_array(w);
}

/* Returns the value of an option as text. The caller frees it with free(). */
static char *option_text(const Dhcp4Message *m, uint8_t code) {
        const Dhcp4OptionInfo *info = dhcp4_option_info(code);
        JsonWriter w = { .text = true };
        const uint8_t *data;
        size_t len;

        if (dhcp4_message_get_raw(m, code, &data, &len) != 0)
                return NULL;
        if (!dhcp4_message_has(m, code))
                json_hex(&w, data, len, 0);
        else if (info && info->type == DHCP4_OPTION_TYPE_CODES)
                codes_text(&w, data, len);
        else
                json_option(&w, code, data, len);
        return json_finish(&w);
}

char *ctl_message_option(const Dhcp4Message *m, uint8_t code) {
        return dhcp4_message_has(m, code) ? option_text(m, code) : NULL;
}

static void print_header(const Dhcp4Message *m, const uint8_t *raw, size_t len) {
        JsonWriter w = { .text = true };
        char *text;

        json_begin_object(&w);
        header(&w, m, raw, len);
        json_end_object(&w);
        text = json_finish(&w);
        if (text)
                printf("  %s\n", text);
        free(text);
}

void ctl_message_print(const Dhcp4Message *m, const uint8_t *raw, size_t len) {
        print_header(m, raw, len);
        for (unsigned i = 0; i < m->n_order; i++) {
                const Dhcp4OptionInfo *info = dhcp4_option_info(m->order[i]);
                char *text = option_text(m, m->order[i]);

                printf("  %3u %s%s%s\n", m->order[i], info ? info->name : "?",
                       dhcp4_message_has(m, m->order[i]) ? ": " : " (not used): ", text ? text : "");
                free(text);
        }
        for (unsigned i = 0; i < m->n_ignored; i++)
                printf("  option %u is not used: %s\n", m->ignored[i].code, m->ignored[i].reason);
        if (padding(raw, len) > 0)
                printf("  %zu bytes of padding\n", padding(raw, len));
}

const char *ctl_message_error(int r) {
        switch (r) {
        case DHCP4_MESSAGE_E_TRUNCATED:
                return "shorter than a DHCP message is";
        case DHCP4_MESSAGE_E_TOO_LONG:
                return "longer than a DHCP message is here (1472 bytes)";
        case DHCP4_MESSAGE_E_NOT_DHCP:
                return "no DHCP message: magic cookie, op, hlen or message type are wrong";
        }
        return "malformed";
}
