/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the client tells of itself as configured: host name, classes, SendOption=. Parses these keys
 * (config-keys.c has the table) and encodes the options once for all links (Dhcp4ClientConfig.send), so that
 * no link has to keep a copy.
 */
#include <glib.h>
#include <string.h>

#include "base/macro.h"
#include "config/config-internal.h"
#include "wire/dhcp4-fqdn.h"
#include "wire/dhcp4-options.h"

#define DNS_LABEL_MAX 63u /* bytes, RFC 1035 §2.3.4; held by config_hostname_is_valid() */

/*
 * Returns true if a server may put the name into its DNS: RFC 1035 §2.3.1, with digits in front (RFC 1123
 * §2.1). The underscore is allowed as well, because hosts have such names in spite of the RFC.
 */
bool config_hostname_is_valid(const char *value) {
        char before = '.';
        size_t label = 0;

        if (value[0] == '\0' || strlen(value) > CONFIG_HOSTNAME_MAX)
                return false;
        for (const char *p = value; *p; before = *p++) {
                if (!g_ascii_isalnum(*p) && *p != '-' && *p != '.' && *p != '_')
                        return false;
                if ((before == '.' && (*p == '-' || *p == '.')) || (before == '-' && *p == '.'))
                        return false;
                label = *p == '.' ? 0 : label + 1;
                if (label > DNS_LABEL_MAX)
                        return false;
        }
        return before != '-' && before != '.';
}

const char *config_parse_hostname(const ConfigTarget *target, const char *value) {
        if (value[0] != '\0' && !config_hostname_is_valid(value))
                return "not a host name of at most 253 bytes with labels of at most 63";
        (void) g_strlcpy(target->link->hostname, value, sizeof(target->link->hostname));
        return NULL;
}

const char *config_parse_vendor_class(const ConfigTarget *target, const char *value) {
        if (strlen(value) > CONFIG_VENDOR_CLASS_MAX)
                return "longer than 255 bytes";
        (void) g_strlcpy(target->link->vendor_class, value, sizeof(target->link->vendor_class));
        return NULL;
}

const char *config_parse_fqdn(const ConfigTarget *target, const char *value) {
        static const char *const names[] = {
                [CONFIG_FQDN_NO] = "no",
                [CONFIG_FQDN_NONE] = "none",
                [CONFIG_FQDN_PTR] = "ptr",
                [CONFIG_FQDN_BOTH] = "both",
        };

        if (value[0] == '\0') {
                target->link->fqdn = CONFIG_FQDN_NO;
                return NULL;
        }
        for (unsigned i = 0; i < ARRAY_SIZE(names); i++)
                if (strcmp(names[i], value) == 0) {
                        target->link->fqdn = (ConfigFqdn) i;
                        return NULL;
                }
        return "none of no, none, ptr, both";
}

/*
 * Splits the value into words as a shell does, so that a quoted word may have spaces. Returns NULL if a
 * quotation mark is missing. An empty value has no words.
 */
static char **split_words(const char *value) {
        char **words = NULL;

        if (value[strspn(value, " \t")] == '\0')
                return g_new0(char *, 1);
        return g_shell_parse_argv(value, NULL, &words, NULL) ? words : NULL;
}

const char *config_parse_user_class(const ConfigTarget *target, const char *value) {
        g_auto(GStrv) words = split_words(value);
        uint8_t data[CONFIG_USER_CLASS_MAX];
        size_t n = 0;

        if (!words)
                return "quotes are not balanced";
        /* Encodes the classes as in RFC 3004 §4, each with its length in front. */
        for (char **word = words; *word; word++) {
                const size_t len = strlen(*word);

                if (len == 0 || n + 1 + len > sizeof(data))
                        return "a class is empty, or all of them are longer than 255 bytes";
                data[n] = (uint8_t) len;
                memcpy(data + n + 1, *word, len);
                n += 1 + len;
        }
        memcpy(target->link->user_class, data, n);
        target->link->user_class_len = (uint8_t) n;
        return NULL;
}

const char *config_parse_mud_url(const ConfigTarget *target, const char *value) {
        if (value[0] != '\0' && (!g_str_has_prefix(value, "https://") || strlen(value) > CONFIG_MUD_URL_MAX))
                return "not an https:// address of at most 255 bytes"; /* RFC 8520 §10 */
        (void) g_strlcpy(target->link->mud_url, value, sizeof(target->link->mud_url));
        return NULL;
}

/* Options as on the wire, one behind the other. */

static bool has_option(const uint8_t *data, size_t len, uint8_t code) {
        for (size_t at = 0; at < len; at += 2u + data[at + 1])
                if (data[at] == code)
                        return true;
        return false;
}

static size_t remove_option(uint8_t *data, size_t len, uint8_t code) {
        size_t kept = 0;

        for (size_t at = 0, n; at < len; at += n) {
                n = 2u + data[at + 1];
                if (data[at] == code)
                        continue;
                memmove(data + kept, data + at, n);
                kept += n;
        }
        return kept;
}

/*
 * Appends an option, in pieces of 255 bytes (RFC 3396 §6). Returns false if there is not enough room; then
 * nothing is added.
 */
static bool add_option(uint8_t *data, uint16_t *len, uint8_t code, const void *content, size_t n) {
        const size_t pieces = n == 0 ? 1 : (n + UINT8_MAX - 1) / UINT8_MAX;
        const uint8_t *p = content;

        if (*len + 2 * pieces + n > DHCP4_SEND_MAX)
                return false;
        for (size_t i = 0; i < pieces; i++) {
                const uint8_t piece = (uint8_t) MIN(n, (size_t) UINT8_MAX);

                data[*len] = code;
                data[*len + 1] = piece;
                if (piece > 0) {
                        memcpy(data + *len + 2, p, piece);
                        /* without content @p is NULL, to which nothing may be added */
                        p += piece;
                }
                *len = (uint16_t) (*len + 2 + piece);
                n -= piece;
        }
        return true;
}

/*
 * Returns true for an option that the client fills in itself, or that would tell the server something untrue
 * about the client.
 */
static bool is_ours(uint8_t code) {
        static const uint8_t codes[] = {
                DHCP4_OPTION_REQUESTED_IP,      DHCP4_OPTION_OVERLOAD,         DHCP4_OPTION_MESSAGE_TYPE,
                DHCP4_OPTION_SERVER_ID,         DHCP4_OPTION_PARAMETER_LIST,   DHCP4_OPTION_MESSAGE,
                DHCP4_OPTION_MAX_MESSAGE_SIZE,  DHCP4_OPTION_CLIENT_ID,        DHCP4_OPTION_RAPID_COMMIT,
                DHCP4_OPTION_RELAY_INFORMATION, DHCP4_OPTION_AUTHENTICATION,   DHCP4_OPTION_IPV6_ONLY,
                DHCP4_OPTION_AUTO_CONFIGURE,    DHCP4_OPTION_FORCERENEW_NONCE,
        };

        return memchr(codes, code, sizeof(codes)) || code == DHCP4_OPTION_T1 || code == DHCP4_OPTION_T2;
}

/* Parses numbers that are separated by commas, and stores each in @size bytes, big endian. */
static bool parse_numbers(const char *value, size_t size, GByteArray *ret) {
        g_auto(GStrv) words = g_strsplit(value, ",", -1);
        const uint32_t max = size == 1 ? UINT8_MAX : size == 2 ? UINT16_MAX : UINT32_MAX;

        for (char **word = words; *word; word++) {
                uint32_t number;

                if (!config_value_u32(*word, max, &number))
                        return false;
                for (size_t i = size; i-- > 0;)
                        g_byte_array_append(ret, &(guint8){ (guint8) (number >> (8 * i)) }, 1);
        }
        return words[0];
}

static bool parse_addresses(const char *value, GByteArray *ret) {
        g_auto(GStrv) words = g_strsplit(value, ",", -1);

        for (char **word = words; *word; word++) {
                struct in_addr address;

                if (!config_value_address(*word, &address))
                        return false;
                g_byte_array_append(ret, (const guint8 *) &address, sizeof(address));
        }
        return words[0];
}

/* The types are those that users of systemd-networkd know. */
static bool parse_content(const char *type, const char *value, GByteArray *ret) {
        uint8_t bytes[DHCP4_SEND_MAX];
        size_t len;

        if (strcmp(type, "uint8") == 0)
                return parse_numbers(value, 1, ret);
        if (strcmp(type, "uint16") == 0)
                return parse_numbers(value, 2, ret);
        if (strcmp(type, "uint32") == 0)
                return parse_numbers(value, 4, ret);
        if (strcmp(type, "ipv4address") == 0)
                return parse_addresses(value, ret);
        if (strcmp(type, "string") == 0) {
                g_byte_array_append(ret, (const guint8 *) value, (guint) strlen(value));
                return value[0] != '\0';
        }
        if (strcmp(type, "hex") == 0) {
                if (!config_value_hex(value, bytes, sizeof(bytes), &len))
                        return false;
                g_byte_array_append(ret, bytes, (guint) len);
                return true;
        }
        return strcmp(type, "flag") == 0 && value[0] == '\0';
}

/* Parses one option, "CODE:TYPE:VALUE" or "CODE:flag". */
static const char *parse_send_option(const char *word, uint8_t *options, uint16_t *len) {
        g_auto(GStrv) parts = g_strsplit(word, ":", 3);
        g_autoptr(GByteArray) content = g_byte_array_new();
        const char *problem;
        uint8_t code;

        if (!parts[0] || !parts[1])
                return "not CODE:TYPE:VALUE";
        if (!config_value_option(parts[0], &code))
                return "the option is neither a number from 1 to 254 nor a known name";
        if (is_ours(code))
                return "an option that the protocol fills in itself";
        if (!parse_content(parts[1], parts[2] ?: "", content))
                return "the value is none of its type (uint8, uint16, uint32, ipv4address, string, hex, "
                       "flag)";
        problem = dhcp4_option_check(code, content->data, content->len);
        if (problem)
                return problem;
        *len = (uint16_t) remove_option(options, *len, code);
        return add_option(options, len, code, content->data, content->len)
                ? NULL
                : "all options are longer than 640 bytes";
}

const char *config_parse_send_option(const ConfigTarget *target, const char *value) {
        g_auto(GStrv) words = split_words(value);
        uint8_t options[DHCP4_SEND_MAX];
        uint16_t len = target->link->options_len;

        if (!words)
                return "quotes are not balanced";
        /* Each assignment appends options, in drop-ins too. An empty assignment removes all of them. */
        if (!words[0])
                len = 0;
        memcpy(options, target->link->options, len);
        for (char **word = words; *word; word++) {
                const char *problem = parse_send_option(*word, options, &len);

                if (problem)
                        return problem;
        }
        memcpy(target->link->options, options, len);
        target->link->options_len = len;
        return NULL;
}

/*
 * Appends an option that has a key of its own, unless SendOption= sets the same option. Returns false if
 * there is no room.
 */
static bool add_own(ConfigLink *link, uint8_t code, const void *content, size_t n) {
        return n == 0 || has_option(link->options, link->options_len, code) ||
                add_option(link->send, &link->send_len, code, content, n);
}

/* RFC 4702 §3.1: the name goes into one of the two options, not into both. */
static bool add_name(ConfigLink *link) {
        static const uint8_t flags[] = {
                [CONFIG_FQDN_NONE] = DHCP4_FQDN_N, [CONFIG_FQDN_BOTH] = DHCP4_FQDN_S
        };
        uint8_t fqdn[DHCP4_FQDN_ENCODED_MAX];

        if (link->hostname[0] == '\0')
                return true;
        if (link->fqdn == CONFIG_FQDN_NO)
                return add_own(link, DHCP4_OPTION_HOSTNAME, link->hostname, strlen(link->hostname));
        return add_own(link, DHCP4_OPTION_FQDN, fqdn,
                       dhcp4_fqdn_encode(flags[link->fqdn], link->hostname, fqdn, sizeof(fqdn)));
}

const char *config_link_seal(ConfigLink *link, const char *own_hostname) {
        bool fits;

        /*
         * With SendHostname=yes and without Hostname=, the name of the host is sent: the first label in
         * option 12, or the full name in option 81.
         */
        if (!link->send_hostname)
                link->hostname[0] = '\0';
        else if (link->hostname[0] == '\0') {
                link->hostname_is_own = true;
                (void) g_strlcpy(link->hostname, own_hostname, sizeof(link->hostname));
                if (link->fqdn == CONFIG_FQDN_NO)
                        link->hostname[strcspn(link->hostname, ".")] = '\0';
                /* A name that is too long is not cut, because the rest would be the name of another host. */
                if (!config_hostname_is_valid(link->hostname))
                        link->hostname[0] = '\0';
        }

        memcpy(link->send, link->options, link->options_len);
        link->send_len = link->options_len;
        fits = add_name(link);
        fits = add_own(link, DHCP4_OPTION_VENDOR_CLASS, link->vendor_class, strlen(link->vendor_class)) &&
                fits;
        fits = add_own(link, DHCP4_OPTION_USER_CLASS, link->user_class, link->user_class_len) && fits;
        fits = add_own(link, DHCP4_OPTION_MUD_URL, link->mud_url, strlen(link->mud_url)) && fits;
        return fits ? NULL
                    : "host name, classes, MUDURL= and SendOption= are longer than 640 bytes, some are not "
                      "sent";
}
