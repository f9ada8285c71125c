/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The keys about servers and about life without a server: allow and deny lists, the remembered lease, the
 * fallback address, and DHCPINFORM.
 */
#include <glib.h>
#include <string.h>

#include "base/ip.h"
#include "config/config-internal.h"

static bool parse_rule(const char *word, Dhcp4ServerRule *ret) {
        Dhcp4ServerRule rule = { .prefix_len = 32 };
        size_t len;

        if (config_value_prefix(word, &rule.address, &rule.prefix_len) ||
            config_value_address(word, &rule.address)) {
                rule.address = ip4_network(rule.address, rule.prefix_len);
                *ret = rule;
                return true;
        }
        if (!strchr(word, ':') || !config_value_hex(word, rule.hw.bytes, sizeof(rule.hw.bytes), &len))
                return false;
        rule.hw.len = (uint8_t) len;
        *ret = rule;
        return true;
}

/* Each assignment appends to the list, in drop-ins too. An empty assignment clears it. */
static const char *parse_rules(const char *value, Dhcp4ServerRule rules[CONFIG_SERVER_RULES_MAX],
                               uint8_t *n) {
        g_auto(GStrv) words = g_strsplit_set(value, " \t", -1);
        Dhcp4ServerRule added[CONFIG_SERVER_RULES_MAX];
        uint8_t n_added = 0;

        if (value[0] == '\0') {
                *n = 0;
                return NULL;
        }
        for (char **word = words; *word; word++) {
                if ((*word)[0] == '\0')
                        continue;
                if (*n + n_added == CONFIG_SERVER_RULES_MAX)
                        return "more than 16 servers";
                if (!parse_rule(*word, &added[n_added++]))
                        return "neither an address, ADDRESS/LENGTH nor a hardware address";
        }
        memcpy(rules + *n, added, n_added * sizeof(added[0]));
        *n = (uint8_t) (*n + n_added);
        return NULL;
}

const char *config_parse_allow_server(const ConfigTarget *target, const char *value) {
        return parse_rules(value, target->link->allow, &target->link->n_allow);
}

const char *config_parse_deny_server(const ConfigTarget *target, const char *value) {
        return parse_rules(value, target->link->deny, &target->link->n_deny);
}

const char *config_parse_use_stored_lease(const ConfigTarget *target, const char *value) {
        Dhcp4ClientConfig *client = &target->link->client;

        if (value[0] == '\0' || strcmp(value, "confirmed") == 0)
                client->stored = DHCP4_STORED_CONFIRMED;
        else if (strcmp(value, "always") == 0)
                client->stored = DHCP4_STORED_SILENCE;
        else if (strcmp(value, "no") == 0)
                client->stored = DHCP4_STORED_NEVER;
        else
                return "none of confirmed, always, no";
        return NULL;
}

const char *config_parse_fallback(const ConfigTarget *target, const char *value) {
        Dhcp4Fallback *fallback = &target->link->client.fallback;

        if (value[0] == '\0' || strcmp(value, "no") == 0)
                fallback->kind = DHCP4_FALLBACK_NONE;
        else if (strcmp(value, "link-local") == 0)
                fallback->kind = DHCP4_FALLBACK_LINK_LOCAL;
        else if (strcmp(value, "static") == 0)
                fallback->kind = DHCP4_FALLBACK_STATIC;
        else
                return "none of no, link-local, static";
        return NULL;
}

const char *config_parse_fallback_after(const ConfigTarget *target, const char *value) {
        usec_t span = config_link_built_in()->client.fallback.after_usec;

        if (value[0] != '\0' && (!config_value_span(value, &span) || span == USEC_INFINITY))
                return "not a finite time span";
        target->link->client.fallback.after_usec = span;
        return NULL;
}

static const char *parse_host_prefix(const char *value, struct in_addr *ret, uint8_t *ret_prefix_len) {
        struct in_addr address = {};
        uint8_t prefix_len = 0;

        if (value[0] != '\0' &&
            (!config_value_prefix(value, &address, &prefix_len) || prefix_len == 0 ||
             ip4_check(IP4_USE_SERVER, address, address, prefix_len)))
                return "not an address of a host with its prefix length, as in 192.0.2.7/24";
        *ret = address;
        *ret_prefix_len = prefix_len;
        return NULL;
}

const char *config_parse_fallback_address(const ConfigTarget *target, const char *value) {
        Dhcp4Fallback *fallback = &target->link->client.fallback;

        return parse_host_prefix(value, &fallback->address, &fallback->prefix_len);
}

const char *config_parse_fallback_gateway(const ConfigTarget *target, const char *value) {
        struct in_addr router = {};

        if (value[0] != '\0' && (!config_value_address(value, &router) || !ip4_is_host(router)))
                return "not an address of a host";
        target->link->client.fallback.router = router;
        return NULL;
}

const char *config_link_seal_fallback(ConfigLink *link) {
        Dhcp4Fallback *fallback = &link->client.fallback;

        if (fallback->kind != DHCP4_FALLBACK_STATIC || fallback->address.s_addr != INADDR_ANY)
                return NULL;
        fallback->kind = DHCP4_FALLBACK_NONE;
        return "Fallback=static without FallbackAddress=, there is no fallback";
}

const char *config_parse_inform_address(const ConfigTarget *target, const char *value) {
        return parse_host_prefix(value, &target->link->client.inform,
                                 &target->link->client.inform_prefix_len);
}
