/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Writes options as D-Bus values (contract: dbus/json/option-value.h). A switch over the types in the table
 * of options decides how; no option code appears here.
 */
#include "dbus/json/option-value.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "base/macro.h"
#include "dbus/json/values.h"
#include "wire/dhcp4-fqdn.h"
#include "wire/dhcp4-option-decode.h"

#define AUTHENTICATION_HEAD 11u  /* bytes before the information, RFC 3118 §2 */
#define REASON_MAX          160u /* bytes; held by describe() */

static Dhcp4OptionType type_of(uint8_t code) {
        const Dhcp4OptionInfo *info = dhcp4_option_info(code);

        return info ? info->type : DHCP4_OPTION_TYPE_OPAQUE;
}

const char *option_value_signature(uint8_t code) {
        switch (type_of(code)) {
        case DHCP4_OPTION_TYPE_FLAG:
                return "b";
        case DHCP4_OPTION_TYPE_U8:
        case DHCP4_OPTION_TYPE_U16:
        case DHCP4_OPTION_TYPE_U32:
        case DHCP4_OPTION_TYPE_OVERLOAD:
                return "u";
        case DHCP4_OPTION_TYPE_I32:
                return "i";
        case DHCP4_OPTION_TYPE_U8S:
        case DHCP4_OPTION_TYPE_U16S:
        case DHCP4_OPTION_TYPE_CODES:
                return "au";
        case DHCP4_OPTION_TYPE_ADDR:
        case DHCP4_OPTION_TYPE_STRING:
        case DHCP4_OPTION_TYPE_TEXT:
        case DHCP4_OPTION_TYPE_URI:
        case DHCP4_OPTION_TYPE_POSIX_TIMEZONE:
        case DHCP4_OPTION_TYPE_TZDB_TIMEZONE:
        case DHCP4_OPTION_TYPE_MESSAGE_TYPE:
                return "s";
        case DHCP4_OPTION_TYPE_ADDRS:
        case DHCP4_OPTION_TYPE_DOMAINS:
        case DHCP4_OPTION_TYPE_SIP:
                return "as";
        case DHCP4_OPTION_TYPE_ADDR_PAIRS:
        case DHCP4_OPTION_TYPE_STATIC_ROUTES:
        case DHCP4_OPTION_TYPE_CLASSLESS_ROUTES:
        case DHCP4_OPTION_TYPE_VENDOR:
        case DHCP4_OPTION_TYPE_RELAY:
        case DHCP4_OPTION_TYPE_VENDOR_CLASS:
        case DHCP4_OPTION_TYPE_VENDOR_OPTIONS:
        case DHCP4_OPTION_TYPE_DNR:
                return "aa{sv}";
        case DHCP4_OPTION_TYPE_CLIENT_ID:
        case DHCP4_OPTION_TYPE_FQDN:
        case DHCP4_OPTION_TYPE_AUTHENTICATION:
        case DHCP4_OPTION_TYPE_SIXRD:
                return "a{sv}";
        case DHCP4_OPTION_TYPE_USER_CLASS:
                return "aay";
        case DHCP4_OPTION_TYPE_OPAQUE:
                break;
        }
        return "ay";
}

static struct in_addr address_at(const uint8_t *data) {
        struct in_addr address;

        memcpy(&address, data, sizeof(address));
        return address;
}

static void addresses(Values *v, const uint8_t *data, size_t len) {
        values_begin(v, 'a', "s");
        for (; len >= 4; data += 4, len -= 4)
                values_shown_address(v, address_at(data));
        values_end(v);
}

/* Copies a text to @ret, with "?" for each byte that is not printable ASCII. Returns @ret. */
static const char *printable(const uint8_t *data, size_t len, char ret[DHCP4_MESSAGE_MAX_LEN + 1]) {
        len = MIN(dhcp4_text_len(data, len), (size_t) DHCP4_MESSAGE_MAX_LEN);
        for (size_t i = 0; i < len; i++)
                ret[i] = data[i] >= 0x20 && data[i] < 0x7f ? (char) data[i] : '?';
        ret[len] = '\0';
        return ret;
}

static void text(Values *v, const uint8_t *data, size_t len) {
        char buffer[DHCP4_MESSAGE_MAX_LEN + 1];

        values_string(v, printable(data, len, buffer));
}

static void numbers(Values *v, ByteReader r, unsigned width) {
        values_begin(v, 'a', "u");
        while (byte_reader_left(&r) >= width)
                values_u32(v, width == 1 ? byte_reader_u8(&r) : byte_reader_u16(&r));
        values_end(v);
}

static void pairs(Values *v, const uint8_t *data, size_t len) {
        values_begin(v, 'a', "a{sv}");
        for (; len >= 8; data += 8, len -= 8) {
                values_begin_record(v);
                record_shown_address(v, "Address", address_at(data));
                record_shown_address(v, "Mask", address_at(data + 4));
                values_end_record(v);
        }
        values_end(v);
}

static void routes(Values *v, ByteReader r, bool classless) {
        Dhcp4Route route;

        values_begin(v, 'a', "a{sv}");
        while (classless ? dhcp4_classless_route_next(&r, &route) : dhcp4_static_route_next(&r, &route)) {
                values_begin_record(v);
                record_shown_address(v, "Destination", route.dst);
                record_u32(v, "PrefixLength", route.prefix_len);
                record_address(v, "Gateway", route.gateway);
                values_end_record(v);
        }
        values_end(v);
}

static void domains(Values *v, ByteReader r) {
        char name[DHCP4_DOMAIN_MAX];

        values_begin(v, 'a', "s");
        while (dhcp4_domain_next(&r, name))
                values_string(v, name);
        values_end(v);
}

static void message_type(Values *v, uint8_t type) {
        char number[OPTION_KEY_MAX];

        (void) snprintf(number, sizeof(number), "%u", type);
        values_string(v, dhcp4_message_type_to_string((Dhcp4MessageType) type) ?: number);
}

/*
 * Writes a client identifier: a hardware type and address (RFC 2132 §9.14), or 255, IAID and DUID (RFC 4361
 * §6.1). Any other content is written as the bytes "Identifier".
 */
static void client_id(Values *v, const uint8_t *data, size_t len) {
        values_begin_record(v);
        record_u32(v, "Type", data[0]);
        if (data[0] == 255 && len >= 1 + 4 + 2) {
                static const char *const kinds[] = { NULL, "llt", "en", "ll", "uuid" }; /* RFC 8415 §11 */
                ByteReader r = byte_reader(data + 1, len - 1);
                uint16_t kind;

                record_u32(v, "IAID", byte_reader_u32(&r));
                record_bytes(v, "DUID", data + 5, len - 5);
                kind = byte_reader_u16(&r);
                record_u32(v, "DUIDType", kind);
                if (kind > 0 && kind < ARRAY_SIZE(kinds))
                        record_string(v, "DUIDName", kinds[kind]);
        } else if (data[0] == 1 && len == 7)
                record_bytes(v, "HardwareAddress", data + 1, len - 1);
        else
                record_bytes(v, "Identifier", data + 1, len - 1);
        values_end_record(v);
}

/*
 * Writes a list of user classes. Many clients send plain text instead, which is then written as one class.
 */
static void counted(Values *v, const uint8_t *data, size_t len) {
        ByteReader r = byte_reader(data, len);
        Dhcp4Span item;

        values_begin(v, 'a', "ay");
        if (dhcp4_is_counted_list(data, len))
                while (dhcp4_counted_next(&r, &item))
                        values_bytes(v, item.data, item.len);
        else
                values_bytes(v, data, len);
        values_end(v);
}

static void suboption(Values *v, const Dhcp4Suboption *sub, const char *name) {
        values_begin_record(v);
        record_u32(v, "Code", sub->code);
        if (name)
                record_string(v, "Name", name);
        record_bytes(v, "Data", sub->content.data, sub->content.len);
        values_end_record(v);
}

/*
 * Returns the name of a sub-option of a relay agent, or NULL: those of RFC 3046 §3.1 and §3.2, and later
 * ones whose content is an address or a text.
 */
static const char *relay_name(uint8_t code) {
        static const char *const names[] = {
                [1] = "circuit-id",     [2] = "remote-id",     [4] = "docsis-device-class",
                [5] = "link-selection", [6] = "subscriber-id", [11] = "server-identifier-override",
        };

        return code < ARRAY_SIZE(names) ? names[code] : NULL;
}

static void relay(Values *v, ByteReader r) {
        Dhcp4Suboption sub;

        values_begin(v, 'a', "a{sv}");
        while (dhcp4_suboption_next(&r, &sub))
                suboption(v, &sub, relay_name(sub.code));
        values_end(v);
}

/* Writes option 43. If a vendor does not use sub-options, one record has all of the content. */
static void vendor(Values *v, ByteReader r) {
        ByteReader test = r;
        Dhcp4Suboption sub;

        while (dhcp4_vendor_next(&test, &sub))
                ;
        values_begin(v, 'a', "a{sv}");
        if (test.failed) {
                values_begin_record(v);
                record_bytes(v, "Data", r.data, r.len);
                values_end_record(v);
        } else
                while (dhcp4_vendor_next(&r, &sub))
                        suboption(v, &sub, NULL);
        values_end(v);
}

/*
 * Writes the content of one enterprise in option 125: its sub-options, or all of the bytes if it uses none.
 */
static void enterprise_options(Values *v, ByteReader r) {
        ByteReader test = r;
        Dhcp4Suboption sub;

        while (dhcp4_suboption_next(&test, &sub))
                ;
        if (test.failed) {
                record_bytes(v, "Data", r.data, r.len);
                return;
        }
        record_begin(v, "Options", "aa{sv}");
        values_begin(v, 'a', "a{sv}");
        while (dhcp4_suboption_next(&r, &sub))
                suboption(v, &sub, NULL);
        values_end(v);
        record_end(v);
}

static void enterprises(Values *v, ByteReader r, bool options) {
        Dhcp4Enterprise enterprise;

        values_begin(v, 'a', "a{sv}");
        while (dhcp4_enterprise_next(&r, &enterprise)) {
                values_begin_record(v);
                record_u32(v, "Enterprise", enterprise.number);
                if (options)
                        enterprise_options(v, byte_reader(enterprise.content.data, enterprise.content.len));
                else {
                        record_begin(v, "Classes", "aay");
                        counted(v, enterprise.content.data, enterprise.content.len);
                        record_end(v);
                }
                values_end_record(v);
        }
        values_end(v);
}

static void fqdn(Values *v, const uint8_t *data, size_t len) {
        static const struct Flag {
                uint8_t bit;
                const char *name;
        } flags[] = {
                { DHCP4_FQDN_S, "S" }, { DHCP4_FQDN_O, "O" }, { DHCP4_FQDN_E, "E" }, { DHCP4_FQDN_N, "N" }
        };
        Dhcp4Fqdn value;

        values_begin_record(v);
        if (!dhcp4_fqdn_decode(data, len, &value)) {
                record_string(v, "Name", value.name);
                record_bool(v, "Qualified", value.qualified);
                record_begin(v, "Flags", "as");
                values_begin(v, 'a', "s");
                for (size_t i = 0; i < ARRAY_SIZE(flags); i++)
                        if (value.flags & flags[i].bit)
                                values_string(v, flags[i].name);
                values_end(v);
                record_end(v);
                record_u32(v, "RCode1", value.rcode1);
                record_u32(v, "RCode2", value.rcode2);
        }
        values_end_record(v);
}

static void authentication(Values *v, const uint8_t *data, size_t len) {
        Dhcp4Authentication auth;

        values_begin_record(v);
        if (dhcp4_authentication_decode(data, len, &auth)) {
                record_u32(v, "Protocol", auth.protocol);
                record_u32(v, "Algorithm", auth.algorithm);
                record_u32(v, "RDM", auth.rdm);
                record_u64(v, "ReplayDetection", auth.replay);
                record_u32(v, "InformationLength", (uint32_t) auth.information.len);
        }
        values_end_record(v);
}

static void sip(Values *v, const uint8_t *data, size_t len) {
        Dhcp4Sip value = {};

        if (dhcp4_sip_decode(data, len, &value) && value.names)
                domains(v, byte_reader(value.servers.data, value.servers.len));
        else
                addresses(v, value.servers.data, value.servers.len);
}

static void alpn(Values *v, const Dhcp4Span *list) {
        ByteReader r = byte_reader(list->data, list->len);
        Dhcp4Span item;

        record_begin(v, "ALPN", "as");
        values_begin(v, 'a', "s");
        while (dhcp4_counted_next(&r, &item))
                text(v, item.data, item.len);
        values_end(v);
        record_end(v);
}

/*
 * Writes the service parameters: those with a type of their own, and then all of them as bytes. A key occurs
 * only once (RFC 9460 §2.2), because an option with a second one is malformed.
 */
static void svc_params(Values *v, ByteReader r) {
        ByteReader again = r;
        Dhcp4SvcParam param;

        while (dhcp4_svc_param_next(&r, &param))
                if (param.key == DHCP4_SVC_ALPN && dhcp4_is_counted_list(param.value.data, param.value.len))
                        alpn(v, &param.value);
                else if (param.key == DHCP4_SVC_PORT && param.value.len == 2)
                        record_u32(v, "Port",
                                   (uint32_t) param.value.data[0] << 8 | (uint32_t) param.value.data[1]);
                else if (param.key == DHCP4_SVC_DOHPATH) {
                        record_begin(v, "DoHPath", "s");
                        text(v, param.value.data, param.value.len);
                        record_end(v);
                }
        record_begin(v, "Parameters", "aa{sv}");
        values_begin(v, 'a', "a{sv}");
        while (dhcp4_svc_param_next(&again, &param)) {
                values_begin_record(v);
                record_u32(v, "Key", param.key);
                record_bytes(v, "Data", param.value.data, param.value.len);
                values_end_record(v);
        }
        values_end(v);
        record_end(v);
}

static void dnr(Values *v, ByteReader r) {
        Dhcp4Dnr value;

        values_begin(v, 'a', "a{sv}");
        while (dhcp4_dnr_next(&r, &value)) {
                ByteReader list = byte_reader(value.addresses.data, value.addresses.len);
                struct in_addr address;

                values_begin_record(v);
                record_u32(v, "Priority", value.priority);
                record_string(v, "Name", value.adn);
                record_begin(v, "Addresses", "as");
                values_begin(v, 'a', "s");
                while (dhcp4_dnr_address_next(&list, &address))
                        values_shown_address(v, address);
                values_end(v);
                record_end(v);
                svc_params(v, byte_reader(value.parameters.data, value.parameters.len));
                values_end_record(v);
        }
        values_end(v);
}

static void sixrd(Values *v, const uint8_t *data, size_t len) {
        char prefix[INET6_ADDRSTRLEN];
        Dhcp4SixRd value;

        values_begin_record(v);
        if (dhcp4_6rd_decode(data, len, &value)) {
                record_u32(v, "IPv4MaskLength", value.ipv4_mask_len);
                record_string(v, "Prefix", inet_ntop(AF_INET6, value.prefix, prefix, sizeof(prefix)) ?: "");
                record_u32(v, "PrefixLength", value.prefix_len);
                record_begin(v, "Relays", "as");
                addresses(v, value.relays.data, value.relays.len);
                record_end(v);
        }
        values_end_record(v);
}

static void flag(Values *v, const uint8_t *data, size_t len) {
        values_bool(v, len == 0 || data[0] != 0);
}

static void append(Values *v, Dhcp4OptionType type, const uint8_t *data, size_t len) {
        ByteReader r = byte_reader(data, len);

        switch (type) {
        case DHCP4_OPTION_TYPE_OPAQUE:
                values_bytes(v, data, len);
                return;
        case DHCP4_OPTION_TYPE_FLAG:
                flag(v, data, len);
                return;
        case DHCP4_OPTION_TYPE_U8:
        case DHCP4_OPTION_TYPE_OVERLOAD:
                values_u32(v, byte_reader_u8(&r));
                return;
        case DHCP4_OPTION_TYPE_U16:
                values_u32(v, byte_reader_u16(&r));
                return;
        case DHCP4_OPTION_TYPE_U32:
                values_u32(v, byte_reader_u32(&r));
                return;
        case DHCP4_OPTION_TYPE_I32:
                values_i32(v, (int32_t) byte_reader_u32(&r));
                return;
        case DHCP4_OPTION_TYPE_U8S:
        case DHCP4_OPTION_TYPE_CODES:
                numbers(v, r, 1);
                return;
        case DHCP4_OPTION_TYPE_U16S:
                numbers(v, r, 2);
                return;
        case DHCP4_OPTION_TYPE_ADDR:
                values_shown_address(v, address_at(data));
                return;
        case DHCP4_OPTION_TYPE_ADDRS:
                addresses(v, data, len);
                return;
        case DHCP4_OPTION_TYPE_ADDR_PAIRS:
                pairs(v, data, len);
                return;
        case DHCP4_OPTION_TYPE_STRING:
        case DHCP4_OPTION_TYPE_TEXT:
        case DHCP4_OPTION_TYPE_URI:
        case DHCP4_OPTION_TYPE_POSIX_TIMEZONE:
        case DHCP4_OPTION_TYPE_TZDB_TIMEZONE:
                text(v, data, len);
                return;
        case DHCP4_OPTION_TYPE_DOMAINS:
                domains(v, r);
                return;
        case DHCP4_OPTION_TYPE_STATIC_ROUTES:
                routes(v, r, /* classless= */ false);
                return;
        case DHCP4_OPTION_TYPE_CLASSLESS_ROUTES:
                routes(v, r, /* classless= */ true);
                return;
        case DHCP4_OPTION_TYPE_MESSAGE_TYPE:
                message_type(v, data[0]);
                return;
        case DHCP4_OPTION_TYPE_CLIENT_ID:
                client_id(v, data, len);
                return;
        case DHCP4_OPTION_TYPE_USER_CLASS:
                counted(v, data, len);
                return;
        case DHCP4_OPTION_TYPE_FQDN:
                fqdn(v, data, len);
                return;
        case DHCP4_OPTION_TYPE_VENDOR:
                vendor(v, r);
                return;
        case DHCP4_OPTION_TYPE_RELAY:
                relay(v, r);
                return;
        case DHCP4_OPTION_TYPE_AUTHENTICATION:
                authentication(v, data, len);
                return;
        case DHCP4_OPTION_TYPE_SIP:
                sip(v, data, len);
                return;
        case DHCP4_OPTION_TYPE_VENDOR_CLASS:
                enterprises(v, r, /* options= */ false);
                return;
        case DHCP4_OPTION_TYPE_VENDOR_OPTIONS:
                enterprises(v, r, /* options= */ true);
                return;
        case DHCP4_OPTION_TYPE_DNR:
                dnr(v, r);
                return;
        case DHCP4_OPTION_TYPE_SIXRD:
                sixrd(v, data, len);
                return;
        }
}

void option_value_append(Values *v, uint8_t code, const uint8_t *data, size_t len) {
        append(v, type_of(code), data, len);
}

const char *option_value_key(uint8_t code, char buffer[OPTION_KEY_MAX]) {
        const Dhcp4OptionInfo *info = dhcp4_option_info(code);

        if (info)
                return info->name;
        (void) snprintf(buffer, OPTION_KEY_MAX, "%u", code);
        return buffer;
}

/* Writes an authentication option with zeros for its information, because that may be a secret. */
static _noinline_ void raw_authentication(Values *v, const uint8_t *data, size_t len) {
        uint8_t safe[DHCP4_MESSAGE_MAX_LEN] = {};

        len = MIN(len, sizeof(safe));
        memcpy(safe, data, MIN(len, (size_t) AUTHENTICATION_HEAD));
        values_bytes(v, safe, len);
}

void options_append(Values *v, const Dhcp4Message *message) {
        values_begin(v, 'a', "(uay)");
        for (unsigned i = 0; message && i < message->n_order; i++) {
                const uint8_t code = message->order[i];
                const uint8_t *data;
                size_t len;

                if (dhcp4_message_get_raw(message, code, &data, &len) != 0)
                        continue;
                values_begin(v, 'r', "uay");
                values_u32(v, code);
                if (type_of(code) == DHCP4_OPTION_TYPE_AUTHENTICATION)
                        raw_authentication(v, data, len);
                else
                        values_bytes(v, data, len);
                values_end(v);
        }
        values_end(v);
}

void option_values_append(Values *v, const Dhcp4Message *message) {
        values_begin_record(v);
        for (unsigned i = 0; message && i < message->n_order; i++) {
                const uint8_t code = message->order[i];
                char number[OPTION_KEY_MAX];
                const uint8_t *data;
                size_t len;

                if (!dhcp4_message_has(message, code) ||
                    dhcp4_message_get_raw(message, code, &data, &len) != 0)
                        continue;
                record_begin(v, option_value_key(code, number), option_value_signature(code));
                append(v, type_of(code), data, len);
                record_end(v);
        }
        values_end_record(v);
}

/*
 * Returns what was ignored of the option, and why: "192.0.2.0/24 by 10.0.0.1 not used: ...". Valid as long
 * as @ret and @ignored.
 */
static const char *describe(const Dhcp4Ignored *ignored, char ret[REASON_MAX]) {
        char address[INET_ADDRSTRLEN], dst[INET_ADDRSTRLEN];

        (void) inet_ntop(AF_INET, &ignored->address, address, sizeof(address));
        (void) inet_ntop(AF_INET, &ignored->dst, dst, sizeof(dst));
        switch ((Dhcp4IgnoredPart) ignored->part) {
        case DHCP4_IGNORED_OPTION:
                break;
        case DHCP4_IGNORED_ADDRESS:
                (void) snprintf(ret, REASON_MAX, "%s not used: %s", address, ignored->reason);
                return ret;
        case DHCP4_IGNORED_ROUTE:
                (void) snprintf(ret, REASON_MAX, "%s/%u by %s not used: %s", dst, ignored->prefix_len,
                                address, ignored->reason);
                return ret;
        }
        return ignored->reason;
}

void ignored_options_append(Values *v, const Dhcp4Ignored *ignored, size_t n) {
        values_begin(v, 'a', "a{sv}");
        for (size_t i = 0; i < n; i++) {
                char number[OPTION_KEY_MAX], reason[REASON_MAX];

                values_begin_record(v);
                record_u32(v, "Code", ignored[i].code);
                record_string(v, "Name", option_value_key(ignored[i].code, number));
                record_string(v, "Reason", ignored[i].reason);
                record_string(v, "Text", describe(&ignored[i], reason));
                values_end_record(v);
        }
        values_end(v);
}
