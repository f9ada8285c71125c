/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Writes options as values of variables (contract: plugin/hooks/option-variable.h). No option code appears
 * here.
 */
#include "plugin/hooks/option-variable.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <string.h>

#include "base/bytes.h"
#include "base/hex.h"
#include "base/macro.h"
#include "wire/dhcp4-option-decode.h"
#include "wire/dhcp4-options.h"

#define NAME_MAX_LEN  255u /* bytes of a domain name as text, with a final dot */
#define LABEL_MAX_LEN 63u  /* bytes, RFC 1035 §2.3.4 */

static const char not_a_name[] = "it is no name of a host or domain";
static const char too_short[] = "it is too short";

/* Texts */

static bool is_alnum(char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

static bool is_printable(uint8_t c) {
        return c >= 0x20 && c <= 0x7e;
}

static bool label_is_good(const char *label, size_t len) {
        if (len == 0 || len > LABEL_MAX_LEN || !is_alnum(label[0]) || !is_alnum(label[len - 1]))
                return false;
        for (size_t i = 0; i < len; i++)
                if (!dhcp4_is_name_byte((uint8_t) label[i]))
                        return false;
        return true;
}

const char *hook_check_name(const char *text, size_t len) {
        size_t start = 0;

        if (len > NAME_MAX_LEN)
                return not_a_name;
        if (len > 1 && text[len - 1] == '.')
                len--;
        for (size_t i = 0; i <= len; i++)
                if (i == len || text[i] == '.') {
                        if (!label_is_good(text + start, i - start))
                                return not_a_name;
                        start = i + 1;
                }
        return NULL;
}

const char *hook_check_names(const char *text, size_t len) {
        size_t n = 0;

        for (size_t i = 0; i < len;) {
                size_t end = i;

                if (text[i] == ' ') {
                        i++;
                        continue;
                }
                while (end < len && text[end] != ' ')
                        end++;
                if (hook_check_name(text + i, end - i))
                        return not_a_name;
                n++;
                i = end;
        }
        return n > 0 ? NULL : not_a_name;
}

const char *hook_check_path(const char *text, size_t len) {
        for (size_t i = 0; i < len; i++)
                if (text[i] == '\0' || (!is_alnum(text[i]) && !strchr(" #%+_:.,@~\\/[]=-", text[i])))
                        return "a path has no such character";
        return NULL;
}

const char *hook_check_printable(const char *text, size_t len) {
        for (size_t i = 0; i < len; i++)
                if (!is_printable((uint8_t) text[i]))
                        return "it cannot be printed";
        return NULL;
}

static const char *check_by_note(const char *note, const char *text, size_t len) {
        if (!note)
                return NULL;
        if (strcmp(note, "name") == 0)
                return hook_check_name(text, len);
        if (strcmp(note, "names") == 0)
                return hook_check_names(text, len);
        if (strcmp(note, "path") == 0)
                return hook_check_path(text, len);
        assert_not_reached();
}

/* Appends a blank between two values of a list. */
static void separate(GString *out, size_t start) {
        if (out->len > start)
                g_string_append_c(out, ' ');
}

static void append_address(GString *out, struct in_addr address) {
        char text[INET_ADDRSTRLEN];

        g_string_append(out, inet_ntop(AF_INET, &address, text, sizeof(text)) ?: "");
}

static void take_address(GString *out, ByteReader *r) {
        struct in_addr address;

        byte_reader_copy(r, &address, sizeof(address));
        append_address(out, address);
}

/* Appends domain names. The decoder accepts more than scripts may get, so each name is checked. */
static const char *append_domains(GString *out, ByteReader *r, const char *end) {
        const size_t start = out->len;
        char name[DHCP4_DOMAIN_MAX];

        while (dhcp4_domain_next(r, name)) {
                if (hook_check_name(name, strlen(name)))
                        return not_a_name;
                separate(out, start);
                g_string_append_printf(out, "%s%s", name, end);
        }
        return r->failed ? not_a_name : NULL;
}

/* dhclient */

/*
 * Appends a text as ISC's programs print it. Characters that are special between double quotes get a
 * backslash, and bytes that cannot be printed are written in octal.
 */
static void append_escaped(GString *out, const uint8_t *data, size_t len) {
        len = dhcp4_text_len(data, len);
        for (size_t i = 0; i < len; i++)
                if (!is_printable(data[i]))
                        g_string_append_printf(out, "\\%03o", data[i]);
                else {
                        if (strchr("\"'$`\\|&", data[i]))
                                g_string_append_c(out, '\\');
                        g_string_append_c(out, (char) data[i]);
                }
}

/* Appends bytes as text if all of them can be printed, except for one final NUL. */
static void append_bytes(GString *out, const uint8_t *data, size_t len) {
        const size_t text = len > 0 && data[len - 1] == '\0' ? len - 1 : len;

        if (!hook_check_printable((const char *) data, text)) {
                append_escaped(out, data, text);
                return;
        }
        for (size_t i = 0; i < len; i++)
                g_string_append_printf(out, i > 0 ? ":%x" : "%x", data[i]);
}

static const char *append_letter(GString *out, char letter, ByteReader *r) {
        uint8_t prefix[16];
        char text[INET6_ADDRSTRLEN];

        switch (letter) {
        case 'I':
                take_address(out, r);
                return NULL;
        case 'B':
                g_string_append_printf(out, "%u", byte_reader_u8(r));
                return NULL;
        case 'S':
                g_string_append_printf(out, "%u", byte_reader_u16(r));
                return NULL;
        case 'L':
                g_string_append_printf(out, "%" PRIu32, byte_reader_u32(r));
                return NULL;
        case 'l':
                g_string_append_printf(out, "%" PRIi32, (int32_t) byte_reader_u32(r));
                return NULL;
        case 'f':
                g_string_append(out, byte_reader_u8(r) != 0 ? "true" : "false");
                return NULL;
        case '6':
                byte_reader_copy(r, prefix, sizeof(prefix));
                g_string_append(out, inet_ntop(AF_INET6, prefix, text, sizeof(text)) ?: "");
                return NULL;
        case 'D':
                return append_domains(out, r, ".");
        case 't':
                append_escaped(out, r->data + r->pos, byte_reader_left(r));
                break;
        case 'X':
                append_bytes(out, r->data + r->pos, byte_reader_left(r));
                break;
        default:
                assert_not_reached();
        }
        byte_reader_seek(r, r->len);
        return NULL;
}

/*
 * Appends a value by ISC's letters. @again: the letter that follows the last one: the first letter (A), the
 * last letter (a), or none. If bytes are left at the end, the option does not fit its format, which is an
 * error.
 */
static const char *append_format(GString *out, const char *format, ByteReader r) {
        const size_t n = strspn(format, "IBSLlf6DtX"), start = out->len;
        const bool optional = format[n] == 'o';
        size_t again = n;

        assert(n > 0 && (format[n] == '\0' || format[n + 1] == '\0'));
        if (format[n] == 'A')
                again = 0;
        else if (format[n] == 'a')
                again = n - 1;
        for (size_t i = 0; i < n || (again < n && byte_reader_left(&r) > 0); i++) {
                const size_t before = out->len;
                const char *reason;
                size_t begin;

                if (i >= n)
                        i = again;
                if (optional && i + 1 == n && byte_reader_left(&r) == 0)
                        break;
                separate(out, start);
                begin = out->len;
                reason = append_letter(out, format[i], &r);
                if (reason)
                        return reason;
                if (out->len == begin)
                        g_string_truncate(out, before); /* the last part may be missing, as in option 146 */
                if (r.failed)
                        return too_short;
        }
        return byte_reader_left(&r) > 0 ? "it is too long" : NULL;
}

static const char *format_of_type(Dhcp4OptionType type) {
        switch (type) {
        case DHCP4_OPTION_TYPE_FLAG:
                return "f";
        case DHCP4_OPTION_TYPE_U8:
        case DHCP4_OPTION_TYPE_OVERLOAD:
        case DHCP4_OPTION_TYPE_MESSAGE_TYPE:
                return "B";
        case DHCP4_OPTION_TYPE_U16:
                return "S";
        case DHCP4_OPTION_TYPE_U32:
                return "L";
        case DHCP4_OPTION_TYPE_I32:
                return "l";
        case DHCP4_OPTION_TYPE_U8S:
        case DHCP4_OPTION_TYPE_CODES:
        case DHCP4_OPTION_TYPE_CLASSLESS_ROUTES:
                return "BA";
        case DHCP4_OPTION_TYPE_U16S:
                return "SA";
        case DHCP4_OPTION_TYPE_ADDR:
                return "I";
        case DHCP4_OPTION_TYPE_ADDRS:
                return "IA";
        case DHCP4_OPTION_TYPE_ADDR_PAIRS:
        case DHCP4_OPTION_TYPE_STATIC_ROUTES:
                return "IIA";
        case DHCP4_OPTION_TYPE_STRING:
        case DHCP4_OPTION_TYPE_URI:
        case DHCP4_OPTION_TYPE_POSIX_TIMEZONE:
        case DHCP4_OPTION_TYPE_TZDB_TIMEZONE:
        case DHCP4_OPTION_TYPE_USER_CLASS:
                return "t";
        case DHCP4_OPTION_TYPE_DOMAINS:
                return "D";
        case DHCP4_OPTION_TYPE_SIXRD:
                return "BB6Ia";
        case DHCP4_OPTION_TYPE_OPAQUE:
        case DHCP4_OPTION_TYPE_TEXT:
        case DHCP4_OPTION_TYPE_CLIENT_ID:
        case DHCP4_OPTION_TYPE_FQDN:
        case DHCP4_OPTION_TYPE_VENDOR:
        case DHCP4_OPTION_TYPE_RELAY:
        case DHCP4_OPTION_TYPE_AUTHENTICATION:
        case DHCP4_OPTION_TYPE_SIP:
        case DHCP4_OPTION_TYPE_VENDOR_CLASS:
        case DHCP4_OPTION_TYPE_VENDOR_OPTIONS:
        case DHCP4_OPTION_TYPE_DNR:
                break;
        }
        return "X";
}

/* Returns the name that ISC has for the option; NULL or "": it has none. */
static const char *isc_name(const Dhcp4OptionInfo *info) {
        return info ? dhcp4_option_note(info, DHCP4_OPTION_NOTE_ISC_NAME) ?: info->name : NULL;
}

static const char *isc_format(const Dhcp4OptionInfo *info) {
        const char *name = isc_name(info);

        if (!name || *name == '\0')
                return "X";
        return dhcp4_option_note(info, DHCP4_OPTION_NOTE_ISC_FORMAT) ?: format_of_type(info->type);
}

const char *hook_value_dhclient(GString *out, uint8_t code, const uint8_t *data, size_t len) {
        const Dhcp4OptionInfo *info = dhcp4_option_info(code);
        const size_t start = out->len;
        const char *reason = NULL;

        if (info)
                reason = check_by_note(dhcp4_option_note(info, DHCP4_OPTION_NOTE_CHECK), (const char *) data,
                                       dhcp4_text_len(data, len));
        if (!reason)
                reason = append_format(out, isc_format(info), byte_reader(data, len));
        if (reason)
                g_string_truncate(out, start);
        return reason;
}

void hook_variable_dhclient(GString *out, uint8_t code) {
        const char *name = isc_name(dhcp4_option_info(code));

        if (!name || *name == '\0') {
                g_string_append_printf(out, "unknown_%u", code);
                return;
        }
        for (; *name != '\0'; name++)
                g_string_append_c(out, *name == '-' ? '_' : *name);
}

/* udhcpc */

static void append_hex(GString *out, const uint8_t *data, size_t len) {
        const gsize at = out->len;

        g_string_set_size(out, at + 2 * len);
        (void) hex_put(out->str + at, data, len);
}

static const char *append_text(GString *out, const uint8_t *data, size_t len) {
        const char *reason;

        len = dhcp4_text_len(data, len);
        reason = hook_check_printable((const char *) data, len);
        if (!reason)
                g_string_append_len(out, (const char *) data, (gssize) len);
        return reason;
}

static void append_addresses(GString *out, ByteReader r) {
        const size_t start = out->len;

        while (byte_reader_left(&r) > 0 && !r.failed) {
                separate(out, start);
                take_address(out, &r);
        }
}

static void append_address_pairs(GString *out, ByteReader r) {
        const size_t start = out->len;

        while (byte_reader_left(&r) > 0 && !r.failed) {
                separate(out, start);
                take_address(out, &r);
                g_string_append_c(out, '/');
                take_address(out, &r);
        }
}

static void append_classless_routes(GString *out, ByteReader r) {
        const size_t start = out->len;
        Dhcp4Route route;

        while (dhcp4_classless_route_next(&r, &route)) {
                separate(out, start);
                append_address(out, route.dst);
                g_string_append_printf(out, "/%u ", route.prefix_len);
                append_address(out, route.gateway);
        }
}

static const char *append_sip(GString *out, const uint8_t *data, size_t len) {
        Dhcp4Sip sip;
        ByteReader r;

        if (!dhcp4_sip_decode(data, len, &sip))
                return too_short;
        r = byte_reader(sip.servers.data, sip.servers.len);
        if (sip.names)
                return append_domains(out, &r, "");
        append_addresses(out, r);
        return NULL;
}

static const char *append_named(GString *out, Dhcp4OptionType type, const uint8_t *data, size_t len) {
        ByteReader r = byte_reader(data, len);

        switch (type) {
        case DHCP4_OPTION_TYPE_U8:
                return append_format(out, "B", r);
        case DHCP4_OPTION_TYPE_U16:
                return append_format(out, "S", r);
        case DHCP4_OPTION_TYPE_U32:
                return append_format(out, "L", r);
        case DHCP4_OPTION_TYPE_I32:
                return append_format(out, "l", r);
        case DHCP4_OPTION_TYPE_ADDR:
        case DHCP4_OPTION_TYPE_ADDRS:
                append_addresses(out, r);
                return NULL;
        case DHCP4_OPTION_TYPE_ADDR_PAIRS:
        case DHCP4_OPTION_TYPE_STATIC_ROUTES:
                append_address_pairs(out, r);
                return NULL;
        case DHCP4_OPTION_TYPE_STRING:
        case DHCP4_OPTION_TYPE_TEXT:
        case DHCP4_OPTION_TYPE_URI:
        case DHCP4_OPTION_TYPE_POSIX_TIMEZONE:
        case DHCP4_OPTION_TYPE_TZDB_TIMEZONE:
                return append_text(out, data, len);
        case DHCP4_OPTION_TYPE_DOMAINS:
                return append_domains(out, &r, "");
        case DHCP4_OPTION_TYPE_CLASSLESS_ROUTES:
                append_classless_routes(out, r);
                return NULL;
        case DHCP4_OPTION_TYPE_SIP:
                return append_sip(out, data, len);
        case DHCP4_OPTION_TYPE_SIXRD:
                return append_format(out, "BB6Ia", r);
        case DHCP4_OPTION_TYPE_OPAQUE:
        case DHCP4_OPTION_TYPE_FLAG:
        case DHCP4_OPTION_TYPE_U8S:
        case DHCP4_OPTION_TYPE_U16S:
        case DHCP4_OPTION_TYPE_OVERLOAD:
        case DHCP4_OPTION_TYPE_MESSAGE_TYPE:
        case DHCP4_OPTION_TYPE_CODES:
        case DHCP4_OPTION_TYPE_CLIENT_ID:
        case DHCP4_OPTION_TYPE_USER_CLASS:
        case DHCP4_OPTION_TYPE_FQDN:
        case DHCP4_OPTION_TYPE_VENDOR:
        case DHCP4_OPTION_TYPE_RELAY:
        case DHCP4_OPTION_TYPE_AUTHENTICATION:
        case DHCP4_OPTION_TYPE_VENDOR_CLASS:
        case DHCP4_OPTION_TYPE_VENDOR_OPTIONS:
        case DHCP4_OPTION_TYPE_DNR:
                break;
        }
        append_hex(out, data, len);
        return NULL;
}

static const char *udhcpc_name(const Dhcp4OptionInfo *info) {
        return info ? dhcp4_option_note(info, DHCP4_OPTION_NOTE_UDHCPC_NAME) : NULL;
}

const char *hook_value_udhcpc(GString *out, uint8_t code, const uint8_t *data, size_t len) {
        const Dhcp4OptionInfo *info = dhcp4_option_info(code);
        const size_t start = out->len;
        const char *reason, *note;

        if (!info || !udhcpc_name(info)) {
                append_hex(out, data, len);
                return NULL;
        }
        note = dhcp4_option_note(info, DHCP4_OPTION_NOTE_CHECK)
                ?: dhcp4_option_note(info, DHCP4_OPTION_NOTE_CHECK_UDHCPC);
        /* For udhcpc, a path is a text like any other. */
        if (note && strcmp(note, "path") == 0)
                note = NULL;
        reason = check_by_note(note, (const char *) data, dhcp4_text_len(data, len));
        if (!reason)
                reason = append_named(out, info->type, data, len);
        if (reason)
                g_string_truncate(out, start);
        return reason;
}

void hook_variable_udhcpc(GString *out, uint8_t code) {
        const char *name = udhcpc_name(dhcp4_option_info(code));

        if (name)
                g_string_append(out, name);
        else
                g_string_append_printf(out, "opt%u", code);
}
