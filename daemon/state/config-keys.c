/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The table of configuration keys and the parsers of their values (dhcpd-link.conf(5)). Reads no files, and nothing here
 * depends on the locale.
 */
#include <glib.h>
#include <linux/rtnetlink.h>
#include <stddef.h>
#include <string.h>

#include "base/macro.h"
#include "state/config-internal.h"
#include "wire/dhcp4-options.h"

#define MAX_EXCHANGES_DEFAULT 32u
#define MAX_EXCHANGES_MAX     1024u
#define MATCH_NAME_LEN_MAX    255u /* bytes; "[a-z]*" and the like are longer than what they match */
#define SUGGEST_DISTANCE_MAX  2u
#define SUGGEST_LEN_MAX       32u /* bytes; no key is longer */

/* Values */

static bool parse_bool(const char *value, bool *ret) {
        static const char *const words[2][4] = { { "no", "false", "off", "0" },
                                                 { "yes", "true", "on", "1" } };

        for (unsigned truth = 0; truth < 2; truth++)
                for (size_t i = 0; i < ARRAY_SIZE(words[truth]); i++)
                        if (g_ascii_strcasecmp(value, words[truth][i]) == 0) {
                                *ret = truth;
                                return true;
                        }
        return false;
}

static bool parse_u32(const char *value, uint32_t max, uint32_t *ret) {
        guint64 number;

        if (!g_ascii_string_to_unsigned(value, 10, 0, max, &number, NULL))
                return false;
        *ret = (uint32_t) number;
        return true;
}

/* "3", "3s", "250ms", "1min 30s", "2h", "1d", "infinity". */
static bool parse_span(const char *value, usec_t *ret) {
        static const struct {
                const char *name;
                usec_t usec;
        } units[] = {
                { "ms", USEC_PER_MSEC },      { "msec", USEC_PER_MSEC },     { "min", 60 * USEC_PER_SEC },
                { "h", 3600 * USEC_PER_SEC }, { "d", 86400 * USEC_PER_SEC }, { "s", USEC_PER_SEC },
                { "sec", USEC_PER_SEC },      { "", USEC_PER_SEC },
        };
        const char *p = value;
        usec_t total = 0;

        if (strcmp(value, "infinity") == 0) {
                *ret = USEC_INFINITY;
                return true;
        }
        do {
                usec_t number = 0, unit = 0;
                size_t len;

                if (!g_ascii_isdigit(*p))
                        return false;
                for (; g_ascii_isdigit(*p); p++) {
                        if (number > (USEC_INFINITY - 9) / 10)
                                return false;
                        number = number * 10 + (usec_t) (*p - '0');
                }
                while (*p == ' ')
                        p++;
                for (len = 0; g_ascii_isalpha(p[len]); len++)
                        ;
                for (size_t i = 0; i < ARRAY_SIZE(units) && unit == 0; i++)
                        if (strlen(units[i].name) == len && strncmp(units[i].name, p, len) == 0)
                                unit = units[i].usec;
                if (unit == 0 || number > (USEC_INFINITY - 1 - total) / unit)
                        return false;
                total += number * unit;
                p += len;
                while (*p == ' ')
                        p++;
        } while (*p != '\0');
        *ret = total;
        return true;
}

/* Two hexadecimal digits a byte, with or without colons between them. */
static bool parse_hex(const char *value, uint8_t *ret, size_t max, size_t *ret_len) {
        size_t n = 0;

        for (const char *p = value; *p; n++) {
                if (n > 0 && *p == ':')
                        p++;
                if (!g_ascii_isxdigit(p[0]) || !g_ascii_isxdigit(p[1]) || n == max)
                        return false;
                ret[n] = (uint8_t) (g_ascii_xdigit_value(p[0]) << 4 | g_ascii_xdigit_value(p[1]));
                p += 2;
        }
        *ret_len = n;
        return n > 0;
}

/* Setters: the default comes from a fresh ConfigLink, so that an empty value takes a setting back. */

static const ConfigLink *built_in(void) {
        static ConfigLink link;

        config_link_set_defaults(&link);
        return &link;
}

static const char *set_bool(const char *value, bool fallback, bool *ret) {
        if (value[0] == '\0') {
                *ret = fallback;
                return NULL;
        }
        return parse_bool(value, ret) ? NULL : "not a boolean (yes or no)";
}

#define BOOL_PARSER(function, field) \
        static const char *function(const ConfigTarget *target, const char *value) { \
                return set_bool(value, built_in()->field, &target->link->field); \
        }

BOOL_PARSER(parse_manage, manage)
BOOL_PARSER(parse_take_over, take_over)
BOOL_PARSER(parse_send_release, send_release)
BOOL_PARSER(parse_defend_address, defend_address)
BOOL_PARSER(parse_send_hostname, send_hostname)
BOOL_PARSER(parse_use_routes, net.use_routes)
BOOL_PARSER(parse_use_gateway, net.use_gateway)
BOOL_PARSER(parse_use_mtu, net.use_mtu)
BOOL_PARSER(parse_broadcast, client.broadcast)
BOOL_PARSER(parse_rapid_commit, client.rapid_commit)

static const char *parse_carrier_loss_grace(const ConfigTarget *target, const char *value) {
        usec_t span = built_in()->client.carrier_grace_usec;

        if (value[0] != '\0' && !parse_span(value, &span))
                return "not a time span";
        target->link->client.carrier_grace_usec = span;
        return NULL;
}

static const char *parse_start_delay(const ConfigTarget *target, const char *value) {
        usec_t span = 0;

        if (value[0] != '\0' && (!parse_span(value, &span) || span == USEC_INFINITY))
                return "not a finite time span";
        target->link->client.start_delay_max_usec = span;
        return NULL;
}

static const char *parse_conflict_detection(const ConfigTarget *target, const char *value) {
        if (value[0] == '\0' || strcmp(value, "optimistic") == 0)
                target->link->client.conflict = DHCP4_CONFLICT_OPTIMISTIC;
        else if (strcmp(value, "strict") == 0)
                target->link->client.conflict = DHCP4_CONFLICT_STRICT;
        else if (strcmp(value, "no") == 0)
                target->link->client.conflict = DHCP4_CONFLICT_NO;
        else
                return "none of optimistic, strict, no";
        return NULL;
}

static const char *parse_route_metric(const ConfigTarget *target, const char *value) {
        uint32_t metric = built_in()->net.metric;

        if (value[0] != '\0' && !parse_u32(value, UINT32_MAX, &metric))
                return "not a number from 0 to 4294967295";
        target->link->net.metric = metric;
        target->link->route_metric_set = value[0] != '\0';
        return NULL;
}

static const char *parse_route_table(const ConfigTarget *target, const char *value) {
        uint32_t table = RT_TABLE_MAIN;

        if (value[0] == '\0' || strcmp(value, "main") == 0)
                table = RT_TABLE_MAIN;
        else if (strcmp(value, "default") == 0)
                table = RT_TABLE_DEFAULT;
        else if (!parse_u32(value, UINT32_MAX, &table) || table == RT_TABLE_UNSPEC ||
                 table == RT_TABLE_LOCAL)
                return "neither main, default nor a number of a routing table (255 is the kernel's own)";
        target->link->net.table = table;
        return NULL;
}

static const char *parse_client_identifier(const ConfigTarget *target, const char *value) {
        uint8_t id[sizeof(target->link->client.client_id)];
        size_t len;

        if (value[0] == '\0' || strcmp(value, "mac") == 0)
                target->link->client_identifier = CONFIG_CLIENT_IDENTIFIER_MAC;
        else if (strcmp(value, "none") == 0)
                target->link->client_identifier = CONFIG_CLIENT_IDENTIFIER_NONE;
        else if (g_str_has_prefix(value, "hex:")) {
                /* RFC 2132 §9.14: its minimum length is 2. */
                if (!parse_hex(value + strlen("hex:"), id, sizeof(id), &len) || len < 2)
                        return "not 2 to 255 bytes in hexadecimal digits";
                memcpy(target->link->client.client_id, id, len);
                target->link->client.client_id_len = (uint8_t) len;
                target->link->client_identifier = CONFIG_CLIENT_IDENTIFIER_HEX;
                return NULL;
        } else
                return "none of mac, none, hex:...";
        target->link->client.client_id_len = 0;
        return NULL;
}

static bool parse_option(const char *word, uint8_t *ret) {
        uint32_t code;

        if (parse_u32(word, DHCP4_OPTION_END - 1, &code) && code != DHCP4_OPTION_PAD) {
                *ret = (uint8_t) code;
                return true;
        }
        for (code = 1; code < DHCP4_OPTION_END; code++) {
                const Dhcp4OptionInfo *info = dhcp4_option_info((uint8_t) code);

                if (info && strcmp(info->name, word) == 0) {
                        *ret = (uint8_t) code;
                        return true;
                }
        }
        return false;
}

static const char *parse_request_options(const ConfigTarget *target, const char *value) {
        g_auto(GStrv) words = g_strsplit_set(value, " ,", -1);
        uint8_t request[DHCP4_REQUEST_OPTIONS_MAX], code;
        uint8_t n = 0;

        for (char **word = words; *word; word++) {
                if ((*word)[0] == '\0')
                        continue;
                if (!parse_option(*word, &code))
                        return "an option is neither a number from 1 to 254 nor a known name";
                if (memchr(request, code, n))
                        continue;
                if (n == DHCP4_REQUEST_OPTIONS_MAX)
                        return "more than 64 options";
                request[n++] = code;
        }
        if (n == 0) {
                memcpy(target->link->client.request, built_in()->client.request, sizeof(request));
                target->link->client.n_request = built_in()->client.n_request;
                return NULL;
        }
        memcpy(target->link->client.request, request, n);
        target->link->client.n_request = n;
        return NULL;
}

static const char *parse_max_exchanges(const ConfigTarget *target, const char *value) {
        uint32_t max = MAX_EXCHANGES_DEFAULT;

        if (value[0] != '\0' && (!parse_u32(value, MAX_EXCHANGES_MAX, &max) || max == 0))
                return "not a number from 1 to 1024";
        target->config->max_exchanges = max;
        return NULL;
}

/* Lists of conditions grow with each assignment, in drop-ins too; an empty one starts anew. */
static const char *parse_match_name(const ConfigTarget *target, const char *value) {
        g_auto(GStrv) words = g_strsplit_set(value, " \t", -1);

        for (char **word = words; *word; word++)
                if (strlen(*word) > MATCH_NAME_LEN_MAX || strcmp(*word, "!") == 0)
                        return "a pattern is empty or longer than 255 bytes";
        if (value[0] == '\0')
                g_ptr_array_set_size(target->file->names, 0);
        for (char **word = words; *word; word++)
                if ((*word)[0] != '\0')
                        g_ptr_array_add(target->file->names, g_strdup(*word));
        return NULL;
}

static const char *parse_match_address(const ConfigTarget *target, const char *value) {
        g_autoptr(GArray) addresses = g_array_new(FALSE, FALSE, sizeof(HwAddress));
        g_auto(GStrv) words = g_strsplit_set(value, " \t", -1);

        for (char **word = words; *word; word++) {
                HwAddress address = {};
                size_t len;

                if ((*word)[0] == '\0')
                        continue;
                if (!parse_hex(*word, address.bytes, sizeof(address.bytes), &len))
                        return "not a hardware address";
                address.len = (uint8_t) len;
                g_array_append_val(addresses, address);
        }
        if (addresses->len == 0)
                g_array_set_size(target->file->addresses, 0);
        else
                g_array_append_vals(target->file->addresses, addresses->data, addresses->len);
        return NULL;
}

static const ConfigKey keys[] = {
        { "Manager", "MaxExchanges", parse_max_exchanges },
        { "Match", "Name", parse_match_name },
        { "Match", "MACAddress", parse_match_address },
        { "Link", "Manage", parse_manage },
        { "Link", "TakeOver", parse_take_over },
        { "Link", "CarrierLossGraceSec", parse_carrier_loss_grace },
        { "DHCPv4", "SendRelease", parse_send_release },
        { "DHCPv4", "ConflictDetection", parse_conflict_detection },
        { "DHCPv4", "DefendAddress", parse_defend_address },
        { "DHCPv4", "RouteMetric", parse_route_metric },
        { "DHCPv4", "RouteTable", parse_route_table },
        { "DHCPv4", "UseRoutes", parse_use_routes },
        { "DHCPv4", "UseGateway", parse_use_gateway },
        { "DHCPv4", "UseMTU", parse_use_mtu },
        { "DHCPv4", "ClientIdentifier", parse_client_identifier },
        { "DHCPv4", "SendHostname", parse_send_hostname },
        { "DHCPv4", "Hostname", config_parse_hostname },
        { "DHCPv4", "VendorClassIdentifier", config_parse_vendor_class },
        { "DHCPv4", "RequestOptions", parse_request_options },
        { "DHCPv4", "RequestBroadcast", parse_broadcast },
        { "DHCPv4", "RapidCommit", parse_rapid_commit },
        { "DHCPv4", "StartDelaySec", parse_start_delay },
};

const ConfigKey *config_key_find(const char *section, const char *name) {
        for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
                if (strcmp(keys[i].section, section) == 0 && strcmp(keys[i].name, name) == 0)
                        return &keys[i];
        return NULL;
}

bool config_section_is_known(const char *section) {
        for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
                if (strcmp(keys[i].section, section) == 0)
                        return true;
        return false;
}

const char *config_key_section(const char *name) {
        for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
                if (strcmp(keys[i].name, name) == 0)
                        return keys[i].section;
        return NULL;
}

/* Levenshtein's distance of two short words, without regard to case. */
static unsigned distance(const char *a, const char *b) {
        unsigned row[SUGGEST_LEN_MAX + 1];
        const size_t n = strlen(b);

        if (strlen(a) > SUGGEST_LEN_MAX || n > SUGGEST_LEN_MAX)
                return UINT32_MAX;
        for (unsigned j = 0; j <= n; j++)
                row[j] = j;
        for (unsigned i = 1; a[i - 1]; i++) {
                unsigned diagonal = row[0];

                row[0] = i;
                for (unsigned j = 1; j <= n; j++) {
                        const unsigned change =
                                diagonal + (g_ascii_tolower(a[i - 1]) != g_ascii_tolower(b[j - 1]));
                        const unsigned insert = MIN(row[j], row[j - 1]) + 1;

                        diagonal = row[j];
                        row[j] = MIN(change, insert);
                }
        }
        return row[n];
}

const char *config_key_suggest(const char *section, const char *name) {
        unsigned best = SUGGEST_DISTANCE_MAX + 1;
        const char *found = NULL;

        for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
                const char *word = section ? keys[i].name : keys[i].section;
                unsigned d;

                if (section && strcmp(keys[i].section, section) != 0)
                        continue;
                d = distance(name, word);
                if (d < best) {
                        best = d;
                        found = word;
                }
        }
        return found;
}
