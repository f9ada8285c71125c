/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The table of configuration keys, and the parsers of those that have no file of their own
 * (dhcpd-link.conf(5)). Reads no files, and nothing here depends on the locale.
 */
#include <glib.h>
#include <linux/rtnetlink.h>
#include <stddef.h>
#include <string.h>

#include "base/macro.h"
#include "config/config-internal.h"
#include "wire/dhcp4-options.h"

#define MAX_EXCHANGES_DEFAULT 32u
#define MAX_EXCHANGES_MAX     1024u /* held by parse_max_exchanges() */
/* bytes; "[a-z]*" and the like are longer than what they match; held by parse_match_name() */
#define MATCH_NAME_LEN_MAX   255u
#define SUGGEST_DISTANCE_MAX 2u  /* held by config_key_suggest() */
#define SUGGEST_LEN_MAX      32u /* bytes; no key is longer; held by distance() */

/* Setters. An empty value restores the default, which comes from a fresh ConfigLink. */

#define BOOL_PARSER(function, field) \
        static const char *function(const ConfigTarget *target, const char *value) { \
                return config_set_bool(value, config_link_built_in()->field, &target->link->field); \
        }

BOOL_PARSER(parse_manage, manage)
BOOL_PARSER(parse_take_over, take_over)
BOOL_PARSER(parse_apply, apply)
BOOL_PARSER(parse_send_release, send_release)
BOOL_PARSER(parse_defend_address, defend_address)
BOOL_PARSER(parse_send_hostname, send_hostname)
BOOL_PARSER(parse_use_routes, net.use_routes)
BOOL_PARSER(parse_use_gateway, net.use_gateway)
BOOL_PARSER(parse_broadcast, client.broadcast)
BOOL_PARSER(parse_rapid_commit, client.rapid_commit)
BOOL_PARSER(parse_bootp, client.bootp)
BOOL_PARSER(parse_force_renew, force_renew)
BOOL_PARSER(parse_import_identity, import_identity)

static const char *parse_carrier_loss_grace(const ConfigTarget *target, const char *value) {
        usec_t span = config_link_built_in()->client.carrier_grace_usec;

        if (value[0] != '\0' && !config_value_span(value, &span))
                return "not a time span";
        target->link->client.carrier_grace_usec = span;
        return NULL;
}

static const char *parse_start_delay(const ConfigTarget *target, const char *value) {
        usec_t span = 0;

        if (value[0] != '\0' && (!config_value_span(value, &span) || span == USEC_INFINITY))
                return "not a finite time span";
        target->link->client.start_delay_max_usec = span;
        return NULL;
}

static const char *parse_default_lease_time(const ConfigTarget *target, const char *value) {
        usec_t span = config_link_built_in()->client.default_lifetime_sec * USEC_PER_SEC;

        /* Option 51 counts seconds, and its largest number means that there is no end. */
        if (value[0] != '\0' &&
            (!config_value_span(value, &span) ||
             (span != USEC_INFINITY && (span % USEC_PER_SEC != 0 || span / USEC_PER_SEC >= UINT32_MAX))))
                return "neither whole seconds up to 4294967294, nor infinity";
        target->link->client.default_lifetime_sec =
                span == USEC_INFINITY ? UINT32_MAX : (uint32_t) (span / USEC_PER_SEC);
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
        uint32_t metric = config_link_built_in()->net.metric;

        if (value[0] != '\0' && !config_value_u32(value, UINT32_MAX, &metric))
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
        else if (!config_value_u32(value, UINT32_MAX, &table) || table == RT_TABLE_UNSPEC ||
                 table == RT_TABLE_LOCAL)
                return "neither main, default nor a number of a routing table (255 is the kernel's own)";
        target->link->net.table = table;
        target->link->route_table_set = value[0] != '\0';
        return NULL;
}

static const char *parse_classless_routes(const ConfigTarget *target, const char *value) {
        static const struct {
                const char *word;
                Dhcp4Classless classless;
        } words[] = {
                { "", DHCP4_CLASSLESS_NO_OVERRIDE },
                { "no-override", DHCP4_CLASSLESS_NO_OVERRIDE },
                { "accept", DHCP4_CLASSLESS_ACCEPT },
                { "ignore", DHCP4_CLASSLESS_IGNORE },
        };
        static const char table_is[] = "table=";
        Dhcp4NetPolicy *net = &target->link->net;
        uint32_t table;

        for (size_t i = 0; i < ARRAY_SIZE(words); i++)
                if (strcmp(value, words[i].word) == 0) {
                        net->classless = words[i].classless;
                        net->classless_table = 0;
                        return NULL;
                }
        if (strncmp(value, table_is, strlen(table_is)) != 0)
                return "none of no-override, accept, ignore, table=NUMBER";
        /* The rules of every host use these tables, so a link cannot have one of them for itself. */
        if (!config_value_u32(value + strlen(table_is), UINT32_MAX, &table) || table == RT_TABLE_UNSPEC ||
            (table >= RT_TABLE_DEFAULT && table <= RT_TABLE_LOCAL))
                return "table= needs the number of a routing table that is not one of the host's own (253 "
                       "to 255)";
        net->classless = DHCP4_CLASSLESS_TABLE;
        net->classless_table = table;
        return NULL;
}

static const char *parse_rule_table(const ConfigTarget *target, const char *value) {
        uint32_t table = 0;

        if (value[0] != '\0' &&
            (!config_value_u32(value, UINT32_MAX, &table) || table == RT_TABLE_UNSPEC ||
             table == RT_TABLE_LOCAL))
                return "not the number of a routing table (255 is the kernel's own)";
        target->link->net.rule_table = table;
        return NULL;
}

static const char *parse_request_options(const ConfigTarget *target, const char *value) {
        g_auto(GStrv) words = g_strsplit_set(value, " ,", -1);
        uint8_t request[DHCP4_REQUEST_OPTIONS_MAX], code;
        const char *problem = NULL;
        uint8_t n = 0;

        for (char **word = words; *word; word++) {
                if ((*word)[0] == '\0')
                        continue;
                if (!config_value_option(*word, &code))
                        return "an option is neither a number from 1 to 254 nor a known name";
                if (code == DHCP4_OPTION_IPV6_ONLY)
                        problem =
                                "option 108 is left out, because IPv6OnlyMode= says whether it is asked for";
                if (memchr(request, code, n) || code == DHCP4_OPTION_IPV6_ONLY)
                        continue;
                if (n == DHCP4_REQUEST_OPTIONS_MAX)
                        return "more than 64 options";
                request[n++] = code;
        }
        if (n == 0) {
                memcpy(target->link->client.request, config_link_built_in()->client.request,
                       sizeof(request));
                target->link->client.n_request = config_link_built_in()->client.n_request;
                return problem;
        }
        memcpy(target->link->client.request, request, n);
        target->link->client.n_request = n;
        return problem;
}

static const char *parse_max_exchanges(const ConfigTarget *target, const char *value) {
        uint32_t max = MAX_EXCHANGES_DEFAULT;

        if (value[0] != '\0' && (!config_value_u32(value, MAX_EXCHANGES_MAX, &max) || max == 0))
                return "not a number from 1 to 1024";
        target->config->max_exchanges = max;
        return NULL;
}

/*
 * Each assignment appends to the list of conditions, in drop-ins too. An empty assignment clears the list.
 */
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
                if (!config_value_hex(*word, address.bytes, sizeof(address.bytes), &len))
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
        { "Manager", "SocketPriority", config_parse_socket_priority },
        { "Manager", "SocketMark", config_parse_socket_mark },
        { "Manager", "CLATInterface", config_parse_clat_interface },
        { "Match", "Name", parse_match_name },
        { "Match", "MACAddress", parse_match_address },
        { "Link", "Manage", parse_manage },
        { "Link", "TakeOver", parse_take_over },
        { "Link", "Apply", parse_apply },
        { "Link", "CarrierLossGraceSec", parse_carrier_loss_grace },
        { "DHCPv4", "SendRelease", parse_send_release },
        { "DHCPv4", "ConflictDetection", parse_conflict_detection },
        { "DHCPv4", "UseStoredLease", config_parse_use_stored_lease },
        { "DHCPv4", "DefendAddress", parse_defend_address },
        { "DHCPv4", "RouteMetric", parse_route_metric },
        { "DHCPv4", "RouteTable", parse_route_table },
        { "DHCPv4", "RuleTable", parse_rule_table },
        { "DHCPv4", "UseRoutes", parse_use_routes },
        { "DHCPv4", "ClasslessRoutes", parse_classless_routes },
        { "DHCPv4", "UseGateway", parse_use_gateway },
        { "DHCPv4", "UseMTU", config_parse_use_mtu },
        { "DHCPv4", "MinimumMTU", config_parse_minimum_mtu },
        { "DHCPv4", "ClientIdentifier", config_parse_client_identifier },
        { "DHCPv4", "DUID", config_parse_duid },
        { "DHCPv4", "IAID", config_parse_iaid },
        { "DHCPv4", "ImportIdentity", parse_import_identity },
        { "DHCPv4", "Anonymize", config_parse_anonymize },
        { "DHCPv4", "SendHostname", parse_send_hostname },
        { "DHCPv4", "Hostname", config_parse_hostname },
        { "DHCPv4", "VendorClassIdentifier", config_parse_vendor_class },
        { "DHCPv4", "SendFQDN", config_parse_fqdn },
        { "DHCPv4", "UserClass", config_parse_user_class },
        { "DHCPv4", "MUDURL", config_parse_mud_url },
        { "DHCPv4", "SendOption", config_parse_send_option },
        { "DHCPv4", "RequestOptions", parse_request_options },
        { "DHCPv4", "RequestBroadcast", parse_broadcast },
        { "DHCPv4", "RapidCommit", parse_rapid_commit },
        { "DHCPv4", "StartDelaySec", parse_start_delay },
        { "DHCPv4", "DefaultLeaseTimeSec", parse_default_lease_time },
        { "DHCPv4", "AllowServer", config_parse_allow_server },
        { "DHCPv4", "DenyServer", config_parse_deny_server },
        { "DHCPv4", "Fallback", config_parse_fallback },
        { "DHCPv4", "FallbackAfterSec", config_parse_fallback_after },
        { "DHCPv4", "FallbackAddress", config_parse_fallback_address },
        { "DHCPv4", "FallbackGateway", config_parse_fallback_gateway },
        { "DHCPv4", "InformAddress", config_parse_inform_address },
        { "DHCPv4", "BOOTP", parse_bootp },
        { "DHCPv4", "IPv6OnlyMode", config_parse_ipv6_only },
        { "DHCPv4", "ForceRenew", parse_force_renew },
        { "DHCPv4", "DSCP", config_parse_dscp },
};

const ConfigKey *config_keys(size_t *ret_n) {
        *ret_n = ARRAY_SIZE(keys);
        return keys;
}

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

/* Returns the Levenshtein distance of two short words, ignoring case. */
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
