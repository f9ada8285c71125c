/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a configuration is (config.h), once loaded: built-in defaults, matching, comparing. Reads no files.
 */
#include "config/config.h"

#include <linux/rtnetlink.h>
#include <string.h>

#include "base/glob.h"
#include "config/config-internal.h"

#define CARRIER_GRACE_DEFAULT_USEC (3 * USEC_PER_SEC)
/* Long enough for three DISCOVERs, of which the last one asks for a broadcast answer. */
#define FALLBACK_AFTER_DEFAULT_USEC (10 * USEC_PER_SEC)
#define ROUTE_METRIC_DEFAULT        1024u
#define DSCP_DEFAULT                48u /* CS6, network control: DHCP must get through a busy link */

/*
 * What a host needs, in order of preference. RFC 3442: a client that wants option 121 asks for it before 3
 * and 33, since a server short of space fills the message in this order.
 */
static const uint8_t default_request[] = {
        DHCP4_OPTION_SUBNET_MASK,
        DHCP4_OPTION_CLASSLESS_ROUTES,
        DHCP4_OPTION_MS_CLASSLESS_ROUTES,
        DHCP4_OPTION_ROUTERS,
        DHCP4_OPTION_STATIC_ROUTES,
        DHCP4_OPTION_DNS,
        DHCP4_OPTION_DOMAIN,
        DHCP4_OPTION_HOSTNAME,
        DHCP4_OPTION_DOMAIN_SEARCH,
        DHCP4_OPTION_BROADCAST,
        DHCP4_OPTION_MTU,
        DHCP4_OPTION_NTP,
        DHCP4_OPTION_CAPTIVE_PORTAL,
        DHCP4_OPTION_T1,
        DHCP4_OPTION_T2,
        DHCP4_OPTION_ENCRYPTED_DNS, /* last, because it is long, and the link works without it */
};

void config_link_set_defaults(ConfigLink *link) {
        *link = (ConfigLink){
                .manage = true,
                .apply = true,
                .send_release = true,
                .send_hostname = true,
                .force_renew = true,
                .dscp = DSCP_DEFAULT,
                .client_identifier = CONFIG_CLIENT_IDENTIFIER_MAC,
                .net = {
                        .metric = ROUTE_METRIC_DEFAULT,
                        .table = RT_TABLE_MAIN,
                        .classless = DHCP4_CLASSLESS_NO_OVERRIDE,
                        .use_routes = true,
                        .use_gateway = true,
                        .use_mtu = NET_MTU_ROUTE,
                        .mtu_min = DHCP4_LEASE_MTU_MIN,
                },
                .client = {
                        .n_request = sizeof(default_request),
                        .rapid_commit = true,
                        .default_lifetime_sec = DHCP4_DEFAULT_LIFETIME_SEC,
                        .conflict = DHCP4_CONFLICT_OPTIMISTIC,
                        .carrier_grace_usec = CARRIER_GRACE_DEFAULT_USEC,
                        .fallback.after_usec = FALLBACK_AFTER_DEFAULT_USEC,
                },
        };
        memcpy(link->client.request, default_request, sizeof(default_request));
}

ConfigFile *config_file_new(const char *path, const ConfigLink *defaults) {
        ConfigFile *file = g_new0(ConfigFile, 1);

        file->path = g_strdup(path);
        file->read = g_ptr_array_new_with_free_func(g_free);
        file->names = g_ptr_array_new_with_free_func(g_free);
        file->addresses = g_array_new(FALSE, FALSE, sizeof(HwAddress));
        file->link = *defaults;
        file->link.file = file->path;
        return file;
}

void config_file_free(gpointer data) {
        ConfigFile *file = data;

        g_ptr_array_unref(file->read);
        g_ptr_array_unref(file->names);
        g_array_unref(file->addresses);
        g_free(file->path);
        g_free(file);
}

Config *config_ref(Config *config) {
        config->n_ref++;
        return config;
}

Config *config_unref(Config *config) {
        if (!config || --config->n_ref > 0)
                return NULL;
        g_ptr_array_unref(config->files);
        g_ptr_array_unref(config->read);
        g_ptr_array_unref(config->clat_interfaces);
        g_hash_table_unref(config->plugins);
        g_hash_table_unref(config->hooks);
        g_free(config);
        return NULL;
}

static bool any_name_matches(const char *glob, const LinkNames *names) {
        FOREACH_LINK_NAME (name, names)
                if (glob_match(glob, name))
                        return true;
        return false;
}

/*
 * Returns true if the globs match the link. Globs without '!' are alternatives, globs with '!' are
 * exceptions, and a list of exceptions alone matches all other links. An exception that matches one name of
 * the link excludes the link, whatever its other names are.
 */
static bool names_match(const GPtrArray *globs, const LinkNames *names) {
        bool matched = false, positive = false;

        for (guint i = 0; i < globs->len; i++) {
                const char *glob = g_ptr_array_index(globs, i);

                if (glob[0] == '!') {
                        if (any_name_matches(glob + 1, names))
                                return false;
                        continue;
                }
                positive = true;
                matched = matched || any_name_matches(glob, names);
        }
        return matched || !positive;
}

static bool addresses_match(const GArray *addresses, const HwAddress *address) {
        for (guint i = 0; i < addresses->len; i++)
                if (hw_address_equal(&g_array_index(addresses, HwAddress, i), address))
                        return true;
        return addresses->len == 0;
}

const ConfigLink *config_find_link(const Config *config, const LinkNames *names, const HwAddress *address) {
        for (guint i = 0; i < config->files->len; i++) {
                const ConfigFile *file = g_ptr_array_index(config->files, i);

                if (names_match(file->names, names) && addresses_match(file->addresses, address))
                        return &file->link;
        }
        return &config->defaults;
}

const char **config_link_files(const Config *config, const ConfigLink *link) {
        GPtrArray *paths = g_ptr_array_new();

        for (guint i = 0; i < config->read->len; i++)
                g_ptr_array_add(paths, config->read->pdata[i]);
        for (guint i = 0; i < config->files->len; i++) {
                const ConfigFile *file = g_ptr_array_index(config->files, i);

                for (guint j = 0; &file->link == link && j < file->read->len; j++)
                        g_ptr_array_add(paths, file->read->pdata[j]);
        }
        g_ptr_array_add(paths, NULL);
        return (const char **) g_ptr_array_free(paths, FALSE);
}

static bool net_equal(const Dhcp4NetPolicy *a, const Dhcp4NetPolicy *b) {
        return a->metric == b->metric && a->table == b->table && a->use_routes == b->use_routes &&
                a->use_gateway == b->use_gateway && a->use_mtu == b->use_mtu && a->mtu_min == b->mtu_min &&
                a->classless == b->classless && a->classless_table == b->classless_table &&
                a->rule_table == b->rule_table;
}

static bool fallback_equal(const Dhcp4Fallback *a, const Dhcp4Fallback *b) {
        return a->kind == b->kind && a->after_usec == b->after_usec &&
                a->address.s_addr == b->address.s_addr && a->prefix_len == b->prefix_len &&
                a->router.s_addr == b->router.s_addr;
}

static bool client_equal(const Dhcp4ClientConfig *a, const Dhcp4ClientConfig *b) {
        return a->client_id_len == b->client_id_len &&
                memcmp(a->client_id, b->client_id, a->client_id_len) == 0 && a->n_request == b->n_request &&
                memcmp(a->request, b->request, a->n_request) == 0 && a->broadcast == b->broadcast &&
                a->rapid_commit == b->rapid_commit && a->conflict == b->conflict && a->stored == b->stored &&
                a->bootp == b->bootp && a->inform.s_addr == b->inform.s_addr &&
                a->inform_prefix_len == b->inform_prefix_len && fallback_equal(&a->fallback, &b->fallback) &&
                a->start_delay_max_usec == b->start_delay_max_usec &&
                a->default_lifetime_sec == b->default_lifetime_sec &&
                a->carrier_grace_usec == b->carrier_grace_usec;
}

static bool rules_equal(const Dhcp4ServerRule *a, uint8_t n_a, const Dhcp4ServerRule *b, uint8_t n_b) {
        if (n_a != n_b)
                return false;
        for (uint8_t i = 0; i < n_a; i++)
                if (!hw_address_equal(&a[i].hw, &b[i].hw) || a[i].address.s_addr != b[i].address.s_addr ||
                    a[i].prefix_len != b[i].prefix_len)
                        return false;
        return true;
}

static bool identity_equal(const ConfigLink *a, const ConfigLink *b) {
        return a->client_identifier == b->client_identifier && a->duid == b->duid &&
                a->duid_len == b->duid_len && memcmp(a->duid_bytes, b->duid_bytes, a->duid_len) == 0 &&
                a->iaid_set == b->iaid_set && a->iaid == b->iaid && a->anonymize == b->anonymize &&
                a->import_identity == b->import_identity;
}

bool config_link_equal(const ConfigLink *a, const ConfigLink *b) {
        return a->manage == b->manage && a->take_over == b->take_over && a->apply == b->apply &&
                a->send_release == b->send_release && a->defend_address == b->defend_address &&
                a->route_metric_set == b->route_metric_set && a->route_table_set == b->route_table_set &&
                a->send_hostname == b->send_hostname && a->force_renew == b->force_renew &&
                a->dscp == b->dscp && a->ipv6_only == b->ipv6_only && identity_equal(a, b) &&
                rules_equal(a->allow, a->n_allow, b->allow, b->n_allow) &&
                rules_equal(a->deny, a->n_deny, b->deny, b->n_deny) && net_equal(&a->net, &b->net) &&
                a->send_len == b->send_len && memcmp(a->send, b->send, a->send_len) == 0 &&
                client_equal(&a->client, &b->client);
}

bool config_is_clat(const Config *config, const LinkNames *names) {
        return config->clat_interfaces->len > 0 && names_match(config->clat_interfaces, names);
}

unsigned config_max_exchanges(const Config *config) {
        return config->max_exchanges;
}

uint32_t config_socket_priority(const Config *config) {
        return config->socket_priority;
}

uint32_t config_socket_mark(const Config *config) {
        return config->socket_mark;
}

const char *config_plugin_value(const Config *config, const char *plugin, const char *key) {
        g_autofree char *name = g_strconcat(plugin, "\n", key, NULL);

        return g_hash_table_lookup(config->plugins, name);
}
