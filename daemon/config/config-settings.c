/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The settings of a link as values, for people and programs that ask what is in force
 * (config_foreach_setting()). Turns a ConfigLink back into the keys of the table, in the order of the table.
 * A test compares both, so a new key cannot be forgotten here.
 */
#include <arpa/inet.h>
#include <glib.h>
#include <string.h>

#include "base/macro.h"
#include "config/config-internal.h"
#include "wire/dhcp4-options.h"

typedef struct Teller {
        ConfigSettingFunc func;
        void *userdata;
} Teller;

static void tell(const Teller *t, const char *key, ConfigSetting setting) {
        setting.key = key;
        t->func(t->userdata, &setting);
}

static void tell_bool(const Teller *t, const char *key, bool value) {
        tell(t, key, (ConfigSetting){ .type = CONFIG_SETTING_BOOL, .boolean = value });
}

static void tell_number(const Teller *t, const char *key, uint32_t value) {
        tell(t, key, (ConfigSetting){ .type = CONFIG_SETTING_NUMBER, .number = value });
}

static void tell_span(const Teller *t, const char *key, usec_t value) {
        tell(t, key, (ConfigSetting){ .type = CONFIG_SETTING_SPAN, .span = value });
}

static void tell_text(const Teller *t, const char *key, const char *value) {
        tell(t, key, (ConfigSetting){ .type = CONFIG_SETTING_TEXT, .text = value });
}

/* @list is NULL-terminated by this. */
static void tell_list(const Teller *t, const char *key, GPtrArray *list) {
        g_ptr_array_add(list, NULL);
        tell(t, key,
             (ConfigSetting){ .type = CONFIG_SETTING_LIST, .list = (const char *const *) list->pdata });
        g_ptr_array_unref(list);
}

static void append_hex(GString *text, const uint8_t *data, size_t len, const char *separator) {
        for (size_t i = 0; i < len; i++)
                g_string_append_printf(text, "%s%02x", i > 0 ? separator : "", data[i]);
}

static void tell_hex(const Teller *t, const char *key, const char *prefix, const uint8_t *data, size_t len) {
        GString *text = g_string_new(prefix);

        append_hex(text, data, len, ":");
        tell_text(t, key, text->str);
        g_string_free(text, TRUE);
}

/* Appends the address, "" for 0.0.0.0, and the prefix length unless it is 0. */
static char *address_text(struct in_addr address, unsigned prefix_len) {
        char text[INET_ADDRSTRLEN];

        if (address.s_addr == INADDR_ANY)
                return g_strdup("");
        (void) inet_ntop(AF_INET, &address, text, sizeof(text));
        return prefix_len > 0 ? g_strdup_printf("%s/%u", text, prefix_len) : g_strdup(text);
}

static void tell_address(const Teller *t, const char *key, struct in_addr address, unsigned prefix_len) {
        g_autofree char *text = address_text(address, prefix_len);

        tell_text(t, key, text);
}

static void tell_rules(const Teller *t, const char *key, const Dhcp4ServerRule *rules, size_t n) {
        GPtrArray *list = g_ptr_array_new_with_free_func(g_free);

        for (size_t i = 0; i < n; i++) {
                GString *text;

                if (rules[i].hw.len == 0) {
                        g_ptr_array_add(list, address_text(rules[i].address, rules[i].prefix_len));
                        continue;
                }
                text = g_string_new(NULL);
                append_hex(text, rules[i].hw.bytes, rules[i].hw.len, ":");
                g_ptr_array_add(list, g_string_free(text, FALSE));
        }
        tell_list(t, key, list);
}

static char *option_name(uint8_t code) {
        const Dhcp4OptionInfo *info = dhcp4_option_info(code);

        return info ? g_strdup(info->name) : g_strdup_printf("%u", code);
}

static void tell_request(const Teller *t, const Dhcp4ClientConfig *client) {
        GPtrArray *list = g_ptr_array_new_with_free_func(g_free);

        for (size_t i = 0; i < client->n_request; i++)
                g_ptr_array_add(list, option_name(client->request[i]));
        tell_list(t, "DHCPv4.RequestOptions", list);
}

/* Appends each option in the form that SendOption= takes: CODE:hex:DIGITS. */
static void tell_options(const Teller *t, const ConfigLink *link) {
        GPtrArray *list = g_ptr_array_new_with_free_func(g_free);

        for (size_t at = 0; at < link->options_len; at += 2u + link->options[at + 1]) {
                GString *text = g_string_new(NULL);

                g_string_append_printf(text, "%u:hex:", link->options[at]);
                append_hex(text, link->options + at + 2, link->options[at + 1], "");
                g_ptr_array_add(list, g_string_free(text, FALSE));
        }
        tell_list(t, "DHCPv4.SendOption", list);
}

static void tell_user_class(const Teller *t, const ConfigLink *link) {
        GPtrArray *list = g_ptr_array_new_with_free_func(g_free);

        for (size_t at = 0; at < link->user_class_len; at += 1u + link->user_class[at])
                g_ptr_array_add(list,
                                g_strndup((const char *) link->user_class + at + 1, link->user_class[at]));
        tell_list(t, "DHCPv4.UserClass", list);
}

static void tell_classless(const Teller *t, const Dhcp4NetPolicy *net) {
        static const char *const words[] = {
                [DHCP4_CLASSLESS_NO_OVERRIDE] = "no-override",
                [DHCP4_CLASSLESS_ACCEPT] = "accept",
                [DHCP4_CLASSLESS_IGNORE] = "ignore",
        };
        g_autofree char *table = g_strdup_printf("table=%u", net->classless_table);

        tell_text(t, "DHCPv4.ClasslessRoutes",
                  net->classless == DHCP4_CLASSLESS_TABLE ? table : words[net->classless]);
}

static void tell_net(const Teller *t, const Dhcp4NetPolicy *net) {
        static const char *const mtu_words[] = {
                [NET_MTU_NO] = "no",
                [NET_MTU_ROUTE] = "route",
                [NET_MTU_LINK] = "link",
        };

        tell_number(t, "DHCPv4.RouteMetric", net->metric);
        tell_number(t, "DHCPv4.RouteTable", net->table);
        tell_number(t, "DHCPv4.RuleTable", net->rule_table);
        tell_bool(t, "DHCPv4.UseRoutes", net->use_routes);
        tell_classless(t, net);
        tell_bool(t, "DHCPv4.UseGateway", net->use_gateway);
        tell_text(t, "DHCPv4.UseMTU", mtu_words[net->use_mtu]);
        tell_number(t, "DHCPv4.MinimumMTU", net->mtu_min);
}

static void tell_identity(const Teller *t, const ConfigLink *link) {
        static const char *const identifier_words[] = {
                [CONFIG_CLIENT_IDENTIFIER_MAC] = "mac",
                [CONFIG_CLIENT_IDENTIFIER_DUID] = "duid",
                [CONFIG_CLIENT_IDENTIFIER_HEX] = "hex",
                [CONFIG_CLIENT_IDENTIFIER_NONE] = "none",
        };
        static const char *const duid_words[] = {
                [CONFIG_DUID_UUID] = "uuid",
                [CONFIG_DUID_LINK_LAYER] = "link-layer",
                [CONFIG_DUID_LINK_LAYER_TIME] = "link-layer-time",
                [CONFIG_DUID_BYTES] = "hex",
        };
        static const char *const anonymize_words[] = {
                [CONFIG_ANONYMIZE_AUTO] = "auto",
                [CONFIG_ANONYMIZE_NO] = "no",
                [CONFIG_ANONYMIZE_YES] = "yes",
        };

        if (link->client_identifier == CONFIG_CLIENT_IDENTIFIER_HEX)
                tell_hex(t, "DHCPv4.ClientIdentifier", "hex:", link->client.client_id,
                         link->client.client_id_len);
        else
                tell_text(t, "DHCPv4.ClientIdentifier", identifier_words[link->client_identifier]);
        if (link->duid == CONFIG_DUID_BYTES)
                tell_hex(t, "DHCPv4.DUID", "hex:", link->duid_bytes, link->duid_len);
        else
                tell_text(t, "DHCPv4.DUID", duid_words[link->duid]);
        if (link->iaid_set)
                tell_number(t, "DHCPv4.IAID", link->iaid);
        tell_bool(t, "DHCPv4.ImportIdentity", link->import_identity);
        tell_text(t, "DHCPv4.Anonymize", anonymize_words[link->anonymize]);
}

static void tell_sent(const Teller *t, const ConfigLink *link) {
        static const char *const fqdn_words[] = {
                [CONFIG_FQDN_NO] = "no",
                [CONFIG_FQDN_NONE] = "none",
                [CONFIG_FQDN_PTR] = "ptr",
                [CONFIG_FQDN_BOTH] = "both",
        };

        tell_bool(t, "DHCPv4.SendHostname", link->send_hostname);
        tell_text(t, "DHCPv4.Hostname", link->hostname);
        tell_text(t, "DHCPv4.VendorClassIdentifier", link->vendor_class);
        tell_text(t, "DHCPv4.SendFQDN", fqdn_words[link->fqdn]);
        tell_user_class(t, link);
        tell_text(t, "DHCPv4.MUDURL", link->mud_url);
        tell_options(t, link);
        tell_request(t, &link->client);
}

static void tell_fallback(const Teller *t, const Dhcp4Fallback *fallback) {
        static const char *const words[_DHCP4_FALLBACK_MAX] = {
                [DHCP4_FALLBACK_NONE] = "no",
                [DHCP4_FALLBACK_STATIC] = "static",
                [DHCP4_FALLBACK_LINK_LOCAL] = "link-local",
        };

        tell_text(t, "DHCPv4.Fallback", words[fallback->kind]);
        tell_span(t, "DHCPv4.FallbackAfterSec", fallback->after_usec);
        tell_address(t, "DHCPv4.FallbackAddress", fallback->address, fallback->prefix_len);
        tell_address(t, "DHCPv4.FallbackGateway", fallback->router, 0);
}

static void tell_mode(const Teller *t, const ConfigLink *link) {
        static const char *const ipv6_only_words[] = {
                [CONFIG_IPV6_ONLY_AUTO] = "auto",
                [CONFIG_IPV6_ONLY_NO] = "no",
                [CONFIG_IPV6_ONLY_YES] = "yes",
        };
        const Dhcp4ClientConfig *client = &link->client;

        tell_bool(t, "DHCPv4.RequestBroadcast", client->broadcast);
        tell_bool(t, "DHCPv4.RapidCommit", client->rapid_commit);
        tell_span(t, "DHCPv4.StartDelaySec", client->start_delay_max_usec);
        tell_span(t, "DHCPv4.DefaultLeaseTimeSec",
                  client->default_lifetime_sec == UINT32_MAX ? USEC_INFINITY
                                                             : client->default_lifetime_sec * USEC_PER_SEC);
        tell_rules(t, "DHCPv4.AllowServer", link->allow, link->n_allow);
        tell_rules(t, "DHCPv4.DenyServer", link->deny, link->n_deny);
        tell_fallback(t, &client->fallback);
        tell_address(t, "DHCPv4.InformAddress", client->inform, client->inform_prefix_len);
        tell_bool(t, "DHCPv4.BOOTP", client->bootp);
        tell_text(t, "DHCPv4.IPv6OnlyMode", ipv6_only_words[link->ipv6_only]);
        tell_bool(t, "DHCPv4.ForceRenew", link->force_renew);
        tell_number(t, "DHCPv4.DSCP", link->dscp);
}

void config_foreach_setting(const ConfigLink *link, const Dhcp4NetPolicy *net, ConfigSettingFunc func,
                            void *userdata) {
        static const char *const conflict_words[] = {
                [DHCP4_CONFLICT_OPTIMISTIC] = "optimistic",
                [DHCP4_CONFLICT_STRICT] = "strict",
                [DHCP4_CONFLICT_NO] = "no",
        };
        static const char *const stored_words[_DHCP4_STORED_MAX] = {
                [DHCP4_STORED_CONFIRMED] = "confirmed",
                [DHCP4_STORED_SILENCE] = "always",
                [DHCP4_STORED_NEVER] = "no",
        };
        const Teller t = { func, userdata };

        tell_bool(&t, "Link.Manage", link->manage);
        tell_bool(&t, "Link.TakeOver", link->take_over);
        tell_bool(&t, "Link.Apply", link->apply && !net->lease_only);
        tell_span(&t, "Link.CarrierLossGraceSec", link->client.carrier_grace_usec);
        tell_bool(&t, "DHCPv4.SendRelease", link->send_release);
        tell_text(&t, "DHCPv4.ConflictDetection", conflict_words[link->client.conflict]);
        tell_text(&t, "DHCPv4.UseStoredLease", stored_words[link->client.stored]);
        tell_bool(&t, "DHCPv4.DefendAddress", link->defend_address);
        tell_net(&t, net);
        tell_identity(&t, link);
        tell_sent(&t, link);
        tell_mode(&t, link);
}
