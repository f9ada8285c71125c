/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Options as JSON (contract: dbus/json-option.h). A switch over the types of the option table, nothing of it knows a code.
 */
#include "dbus/json-option.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "base/macro.h"
#include "wire/dhcp4-fqdn.h"
#include "wire/dhcp4-option-decode.h"

#define AUTHENTICATION_HEAD 11u /* bytes before the information, RFC 3118 §2 */

void json_address(JsonWriter *w, const void *address) {
        char text[INET_ADDRSTRLEN];

        json_string(w, inet_ntop(AF_INET, address, text, sizeof(text)));
}

void json_message_type(JsonWriter *w, uint8_t type) {
        static const char *const names[_DHCP4_MESSAGE_TYPE_MAX] = {
                [DHCP4_BOOTP] = "BOOTP",         [DHCP4_DISCOVER] = "DHCPDISCOVER",
                [DHCP4_OFFER] = "DHCPOFFER",     [DHCP4_REQUEST] = "DHCPREQUEST",
                [DHCP4_DECLINE] = "DHCPDECLINE", [DHCP4_ACK] = "DHCPACK",
                [DHCP4_NAK] = "DHCPNAK",         [DHCP4_RELEASE] = "DHCPRELEASE",
                [DHCP4_INFORM] = "DHCPINFORM",   [DHCP4_FORCERENEW] = "DHCPFORCERENEW",
        };

        if (type < ARRAY_SIZE(names))
                json_string(w, names[type]);
        else
                json_u64(w, type);
}

static void text(JsonWriter *w, const uint8_t *data, size_t len) {
        char safe[DHCP4_MESSAGE_MAX_LEN];

        len = MIN(dhcp4_text_len(data, len), sizeof(safe));
        for (size_t i = 0; i < len; i++)
                safe[i] = data[i] >= 0x20 && data[i] < 0x7f ? (char) data[i] : '?';
        json_string_n(w, safe, len);
}

static bool is_printable(const uint8_t *data, size_t len) {
        for (size_t i = 0; i < len; i++)
                if (data[i] < 0x20 || data[i] >= 0x7f)
                        return false;
        return len > 0;
}

/* What nobody says the type of: text if it looks like it, else digits. */
static void guess(JsonWriter *w, Dhcp4Span span) {
        if (is_printable(span.data, span.len))
                text(w, span.data, span.len);
        else
                json_hex(w, span.data, span.len, 0);
}

static void addresses(JsonWriter *w, const uint8_t *data, size_t len) {
        json_begin_array(w);
        for (; len >= 4; data += 4, len -= 4)
                json_address(w, data);
        json_end_array(w);
}

static void numbers(JsonWriter *w, ByteReader r, unsigned width) {
        json_begin_array(w);
        while (byte_reader_left(&r) >= width)
                json_u64(w, width == 1 ? byte_reader_u8(&r) : byte_reader_u16(&r));
        json_end_array(w);
}

static void pairs(JsonWriter *w, const uint8_t *data, size_t len) {
        json_begin_array(w);
        for (; len >= 8; data += 8, len -= 8) {
                json_begin_object(w);
                json_key(w, "Address");
                json_address(w, data);
                json_key(w, "Mask");
                json_address(w, data + 4);
                json_end_object(w);
        }
        json_end_array(w);
}

static void routes(JsonWriter *w, ByteReader r, bool classless) {
        Dhcp4Route route;

        json_begin_array(w);
        while (classless ? dhcp4_classless_route_next(&r, &route) : dhcp4_static_route_next(&r, &route)) {
                json_begin_object(w);
                json_key(w, "Destination");
                json_address(w, &route.dst);
                json_key(w, "PrefixLength");
                json_u64(w, route.prefix_len);
                json_key(w, "Gateway");
                if (route.gateway.s_addr == INADDR_ANY)
                        json_string(w, "");
                else
                        json_address(w, &route.gateway);
                json_end_object(w);
        }
        json_end_array(w);
}

static void domains(JsonWriter *w, ByteReader r) {
        char name[DHCP4_DOMAIN_MAX];

        json_begin_array(w);
        while (dhcp4_domain_next(&r, name))
                json_string(w, name);
        json_end_array(w);
}

static void codes(JsonWriter *w, const uint8_t *data, size_t len) {
        json_begin_array(w);
        for (size_t i = 0; i < len; i++) {
                const Dhcp4OptionInfo *info = dhcp4_option_info(data[i]);

                if (info)
                        json_string(w, info->name);
                else
                        json_u64(w, data[i]);
        }
        json_end_array(w);
}

/* RFC 2132 §9.14: a hardware type and address, or RFC 4361 §6.1: 255, IAID and DUID; or what somebody likes. */
static void client_id(JsonWriter *w, const uint8_t *data, size_t len) {
        json_begin_object(w);
        json_key(w, "Type");
        json_u64(w, data[0]);
        if (data[0] == 255 && len >= 1 + 4 + 2) {
                static const char *const kinds[] = { NULL, "llt", "en", "ll", "uuid" }; /* RFC 8415 §11 */
                ByteReader r = byte_reader(data + 1, len - 1);
                uint16_t kind;

                json_key(w, "IAID");
                json_u64(w, byte_reader_u32(&r));
                json_key(w, "DUID");
                json_hex(w, data + 5, len - 5, 0);
                kind = byte_reader_u16(&r);
                json_key(w, "DUIDType");
                if (kind > 0 && kind < ARRAY_SIZE(kinds))
                        json_string(w, kinds[kind]);
                else
                        json_u64(w, kind);
        } else if (data[0] == 1 && len == 7) {
                json_key(w, "HardwareAddress");
                json_hex(w, data + 1, len - 1, ':');
        } else {
                json_key(w, "Identifier");
                guess(w, (Dhcp4Span){ data + 1, len - 1 });
        }
        json_end_object(w);
}

static void counted(JsonWriter *w, const uint8_t *data, size_t len) {
        ByteReader r = byte_reader(data, len);
        Dhcp4Span item;

        json_begin_array(w);
        if (dhcp4_is_counted_list(data, len))
                while (dhcp4_counted_next(&r, &item))
                        guess(w, item);
        else
                guess(w, (Dhcp4Span){ data, len });
        json_end_array(w);
}

static void suboption(JsonWriter *w, const Dhcp4Suboption *sub, const char *name) {
        json_begin_object(w);
        json_key(w, "Code");
        json_u64(w, sub->code);
        if (name) {
                json_key(w, "Name");
                json_string(w, name);
        }
        json_key(w, "Data");
        json_hex(w, sub->content.data, sub->content.len, 0);
        if (is_printable(sub->content.data, sub->content.len)) {
                json_key(w, "Text");
                text(w, sub->content.data, sub->content.len);
        }
        json_end_object(w);
}

/* RFC 3046 §3.1, §3.2 and the later ones whose content is an address or text. */
static const char *relay_name(uint8_t code) {
        static const char *const names[] = {
                [1] = "circuit-id",     [2] = "remote-id",     [4] = "docsis-device-class",
                [5] = "link-selection", [6] = "subscriber-id", [11] = "server-identifier-override",
        };

        return code < ARRAY_SIZE(names) ? names[code] : NULL;
}

static void relay(JsonWriter *w, ByteReader r) {
        Dhcp4Suboption sub;

        json_begin_array(w);
        while (dhcp4_suboption_next(&r, &sub))
                suboption(w, &sub, relay_name(sub.code));
        json_end_array(w);
}

static void vendor(JsonWriter *w, ByteReader r) {
        ByteReader test = r;
        Dhcp4Suboption sub;

        while (dhcp4_vendor_next(&test, &sub))
                ;
        if (test.failed) {
                guess(w, (Dhcp4Span){ r.data, r.len });
                return;
        }
        json_begin_array(w);
        while (dhcp4_vendor_next(&r, &sub))
                suboption(w, &sub, NULL);
        json_end_array(w);
}

/* What an enterprise puts into option 125: sub-options, unless it does as it likes. */
static void enterprise_options(JsonWriter *w, ByteReader r) {
        ByteReader test = r;
        Dhcp4Suboption sub;

        while (dhcp4_suboption_next(&test, &sub))
                ;
        if (test.failed) {
                json_key(w, "Data");
                json_hex(w, r.data, r.len, 0);
                return;
        }
        json_key(w, "Options");
        json_begin_array(w);
        while (dhcp4_suboption_next(&r, &sub))
                suboption(w, &sub, NULL);
        json_end_array(w);
}

static void enterprises(JsonWriter *w, ByteReader r, bool options) {
        Dhcp4Enterprise enterprise;

        json_begin_array(w);
        while (dhcp4_enterprise_next(&r, &enterprise)) {
                json_begin_object(w);
                json_key(w, "Enterprise");
                json_u64(w, enterprise.number);
                if (options)
                        enterprise_options(w, byte_reader(enterprise.content.data, enterprise.content.len));
                else {
                        json_key(w, "Classes");
                        counted(w, enterprise.content.data, enterprise.content.len);
                }
                json_end_object(w);
        }
        json_end_array(w);
}

static void fqdn(JsonWriter *w, const uint8_t *data, size_t len) {
        static const struct Flag {
                uint8_t bit;
                const char *name;
        } flags[] = {
                { DHCP4_FQDN_S, "S" }, { DHCP4_FQDN_O, "O" }, { DHCP4_FQDN_E, "E" }, { DHCP4_FQDN_N, "N" }
        };
        Dhcp4Fqdn value;

        if (dhcp4_fqdn_decode(data, len, &value)) {
                json_null(w);
                return;
        }
        json_begin_object(w);
        json_key(w, "Name");
        json_string(w, value.name);
        json_key(w, "Qualified");
        json_bool(w, value.qualified);
        json_key(w, "Flags");
        json_begin_array(w);
        for (size_t i = 0; i < ARRAY_SIZE(flags); i++)
                if (value.flags & flags[i].bit)
                        json_string(w, flags[i].name);
        json_end_array(w);
        json_key(w, "RCode1");
        json_u64(w, value.rcode1);
        json_key(w, "RCode2");
        json_u64(w, value.rcode2);
        json_end_object(w);
}

static void authentication(JsonWriter *w, const uint8_t *data, size_t len) {
        Dhcp4Authentication auth;

        if (!dhcp4_authentication_decode(data, len, &auth)) {
                json_null(w);
                return;
        }
        json_begin_object(w);
        json_key(w, "Protocol");
        json_u64(w, auth.protocol);
        json_key(w, "Algorithm");
        json_u64(w, auth.algorithm);
        json_key(w, "RDM");
        json_u64(w, auth.rdm);
        json_key(w, "ReplayDetection");
        json_u64(w, auth.replay);
        json_key(w, "InformationLength");
        json_u64(w, auth.information.len);
        json_end_object(w);
}

static void sip(JsonWriter *w, const uint8_t *data, size_t len) {
        Dhcp4Sip value;

        if (!dhcp4_sip_decode(data, len, &value))
                json_null(w);
        else if (value.names)
                domains(w, byte_reader(value.servers.data, value.servers.len));
        else
                addresses(w, value.servers.data, value.servers.len);
}

static void svc_params(JsonWriter *w, ByteReader r) {
        Dhcp4SvcParam param;

        json_begin_array(w);
        while (dhcp4_svc_param_next(&r, &param)) {
                json_begin_object(w);
                json_key(w, "Key");
                if (param.key == DHCP4_SVC_ALPN &&
                    dhcp4_is_counted_list(param.value.data, param.value.len)) {
                        json_string(w, "alpn");
                        json_key(w, "Value");
                        counted(w, param.value.data, param.value.len);
                } else if (param.key == DHCP4_SVC_PORT && param.value.len == 2) {
                        json_string(w, "port");
                        json_key(w, "Value");
                        json_u64(w, (uint64_t) param.value.data[0] << 8 | param.value.data[1]);
                } else if (param.key == DHCP4_SVC_DOHPATH) {
                        json_string(w, "dohpath");
                        json_key(w, "Value");
                        text(w, param.value.data, param.value.len);
                } else {
                        json_u64(w, param.key);
                        json_key(w, "Data");
                        json_hex(w, param.value.data, param.value.len, 0);
                }
                json_end_object(w);
        }
        json_end_array(w);
}

static void dnr_addresses(JsonWriter *w, ByteReader r) {
        struct in_addr address;

        json_begin_array(w);
        while (dhcp4_dnr_address_next(&r, &address))
                json_address(w, (const uint8_t *) &address);
        json_end_array(w);
}

static void dnr(JsonWriter *w, ByteReader r) {
        Dhcp4Dnr value;

        json_begin_array(w);
        while (dhcp4_dnr_next(&r, &value)) {
                json_begin_object(w);
                json_key(w, "Priority");
                json_u64(w, value.priority);
                json_key(w, "Name");
                json_string(w, value.adn);
                json_key(w, "Addresses");
                dnr_addresses(w, byte_reader(value.addresses.data, value.addresses.len));
                json_key(w, "Parameters");
                svc_params(w, byte_reader(value.parameters.data, value.parameters.len));
                json_end_object(w);
        }
        json_end_array(w);
}

static void sixrd(JsonWriter *w, const uint8_t *data, size_t len) {
        char prefix[INET6_ADDRSTRLEN];
        Dhcp4SixRd value;

        if (!dhcp4_6rd_decode(data, len, &value)) {
                json_null(w);
                return;
        }
        json_begin_object(w);
        json_key(w, "IPv4MaskLength");
        json_u64(w, value.ipv4_mask_len);
        json_key(w, "Prefix");
        json_string(w, inet_ntop(AF_INET6, value.prefix, prefix, sizeof(prefix)));
        json_key(w, "PrefixLength");
        json_u64(w, value.prefix_len);
        json_key(w, "Relays");
        addresses(w, value.relays.data, value.relays.len);
        json_end_object(w);
}

void json_option_data(JsonWriter *w, uint8_t code, const uint8_t *data, size_t len) {
        const Dhcp4OptionInfo *info = dhcp4_option_info(code);
        uint8_t safe[DHCP4_MESSAGE_MAX_LEN] = {};

        if (info && info->type == DHCP4_OPTION_TYPE_AUTHENTICATION) {
                len = MIN(len, sizeof(safe));
                memcpy(safe, data, MIN(len, (size_t) AUTHENTICATION_HEAD));
                data = safe;
        }
        json_hex(w, data, len, 0);
}

void json_option(JsonWriter *w, uint8_t code, const uint8_t *data, size_t len) {
        const Dhcp4OptionInfo *info = dhcp4_option_info(code);
        ByteReader r = byte_reader(data, len);

        if (!info || dhcp4_option_check(code, data, len)) {
                json_null(w);
                return;
        }
        switch (info->type) {
        case DHCP4_OPTION_TYPE_OPAQUE:
                guess(w, (Dhcp4Span){ data, len });
                return;
        case DHCP4_OPTION_TYPE_FLAG:
                json_bool(w, len == 0 || data[0] != 0);
                return;
        case DHCP4_OPTION_TYPE_U8:
        case DHCP4_OPTION_TYPE_OVERLOAD:
                json_u64(w, byte_reader_u8(&r));
                return;
        case DHCP4_OPTION_TYPE_U16:
                json_u64(w, byte_reader_u16(&r));
                return;
        case DHCP4_OPTION_TYPE_U32:
                json_u64(w, byte_reader_u32(&r));
                return;
        case DHCP4_OPTION_TYPE_I32:
                json_i64(w, (int32_t) byte_reader_u32(&r));
                return;
        case DHCP4_OPTION_TYPE_U8S:
                numbers(w, r, 1);
                return;
        case DHCP4_OPTION_TYPE_U16S:
                numbers(w, r, 2);
                return;
        case DHCP4_OPTION_TYPE_ADDR:
                json_address(w, data);
                return;
        case DHCP4_OPTION_TYPE_ADDRS:
                addresses(w, data, len);
                return;
        case DHCP4_OPTION_TYPE_ADDR_PAIRS:
                pairs(w, data, len);
                return;
        case DHCP4_OPTION_TYPE_STRING:
        case DHCP4_OPTION_TYPE_URI:
        case DHCP4_OPTION_TYPE_POSIX_TIMEZONE:
        case DHCP4_OPTION_TYPE_TZDB_TIMEZONE:
                text(w, data, len);
                return;
        case DHCP4_OPTION_TYPE_TEXT:
                guess(w, (Dhcp4Span){ data, len });
                return;
        case DHCP4_OPTION_TYPE_DOMAINS:
                domains(w, r);
                return;
        case DHCP4_OPTION_TYPE_STATIC_ROUTES:
                routes(w, r, /* classless= */ false);
                return;
        case DHCP4_OPTION_TYPE_CLASSLESS_ROUTES:
                routes(w, r, /* classless= */ true);
                return;
        case DHCP4_OPTION_TYPE_MESSAGE_TYPE:
                json_message_type(w, data[0]);
                return;
        case DHCP4_OPTION_TYPE_CODES:
                codes(w, data, len);
                return;
        case DHCP4_OPTION_TYPE_CLIENT_ID:
                client_id(w, data, len);
                return;
        case DHCP4_OPTION_TYPE_USER_CLASS:
                counted(w, data, len);
                return;
        case DHCP4_OPTION_TYPE_FQDN:
                fqdn(w, data, len);
                return;
        case DHCP4_OPTION_TYPE_VENDOR:
                vendor(w, r);
                return;
        case DHCP4_OPTION_TYPE_RELAY:
                relay(w, r);
                return;
        case DHCP4_OPTION_TYPE_AUTHENTICATION:
                authentication(w, data, len);
                return;
        case DHCP4_OPTION_TYPE_SIP:
                sip(w, data, len);
                return;
        case DHCP4_OPTION_TYPE_VENDOR_CLASS:
                enterprises(w, r, /* options= */ false);
                return;
        case DHCP4_OPTION_TYPE_VENDOR_OPTIONS:
                enterprises(w, r, /* options= */ true);
                return;
        case DHCP4_OPTION_TYPE_DNR:
                dnr(w, r);
                return;
        case DHCP4_OPTION_TYPE_SIXRD:
                sixrd(w, data, len);
                return;
        }
        json_null(w);
}
