/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * DhcpdLinkDhcp4: the interface org.dhcpdlink1.DHCPv4 of a link. The properties are one table.
 */
#include <dhcpd-link-dhcp4.h>

#include <string.h>
#include <time.h>

#include "dbus/glib/call.h"
#include "dbus/glib/link-internal.h"
#include "dbus/glib/option-list.h"
#include "dbus/glib/properties.h"

enum {
        DHCP4_STATE,
        DHCP4_ATTEMPT,
        DHCP4_NEXT_ATTEMPT_AT,
        DHCP4_NEXT_ATTEMPT_AT_BOOTTIME,
        DHCP4_SEARCHING_SINCE,
        DHCP4_SEARCHING_SINCE_BOOTTIME,
        DHCP4_LAST_IGNORED,
        DHCP4_LAST_ERROR,
        DHCP4_ADDRESS,
        DHCP4_PREFIX_LENGTH,
        DHCP4_ORIGIN,
        DHCP4_IPV6_ONLY,
        DHCP4_SERVER,
        DHCP4_SERVER_HARDWARE_ADDRESS,
        DHCP4_RELAY,
        DHCP4_NEXT_SERVER,
        DHCP4_SERVER_NAME,
        DHCP4_BOOT_FILE,
        DHCP4_CLIENT_ID,
        DHCP4_ROUTERS,
        DHCP4_DNS,
        DHCP4_NTP,
        DHCP4_DOMAIN,
        DHCP4_SEARCH_DOMAINS,
        DHCP4_HOSTNAME,
        DHCP4_CAPTIVE_PORTAL,
        DHCP4_MTU,
        DHCP4_ROUTES,
        DHCP4_LIFETIME,
        DHCP4_GRANTED_AT,
        DHCP4_GRANTED_AT_BOOTTIME,
        DHCP4_T1_AT,
        DHCP4_T1_AT_BOOTTIME,
        DHCP4_T2_AT,
        DHCP4_T2_AT_BOOTTIME,
        DHCP4_EXPIRES_AT,
        DHCP4_EXPIRES_AT_BOOTTIME,
        DHCP4_OPTION_VALUES,
        DHCP4_IGNORED_OPTIONS,
        DHCP4_KEPT_OPTIONS,
        DHCP4_SERVERS,
        DHCP4_OPTIONS,
        DHCP4_N_ROWS,
};

static const PropertyRow rows[DHCP4_N_ROWS] = {
        [DHCP4_STATE] = { .member = "State",
                          .name = "state",
                          .kind = PROPERTY_WORD,
                          .gtype = dhcpd_link_dhcp4_state_get_type },
        [DHCP4_ATTEMPT] = { .member = "Attempt", .name = "attempt", .kind = PROPERTY_UINT },
        [DHCP4_NEXT_ATTEMPT_AT] = { .member = "NextAttemptAtUSec",
                                    .name = "next-attempt-at",
                                    .kind = PROPERTY_UINT64 },
        [DHCP4_NEXT_ATTEMPT_AT_BOOTTIME] = { .member = "NextAttemptAtBoottimeUSec",
                                             .name = "next-attempt-at-boottime",
                                             .kind = PROPERTY_UINT64 },
        [DHCP4_SEARCHING_SINCE] = { .member = "SearchingSinceUSec",
                                    .name = "searching-since",
                                    .kind = PROPERTY_UINT64 },
        [DHCP4_SEARCHING_SINCE_BOOTTIME] = { .member = "SearchingSinceBoottimeUSec",
                                             .name = "searching-since-boottime",
                                             .kind = PROPERTY_UINT64 },
        [DHCP4_LAST_IGNORED] = { .member = "LastIgnored",
                                 .name = "last-ignored",
                                 .kind = PROPERTY_RECORD,
                                 .gtype = dhcpd_link_ignored_answer_get_type },
        [DHCP4_LAST_ERROR] = { .member = "LastError",
                               .name = "last-error",
                               .kind = PROPERTY_RECORD,
                               .gtype = dhcpd_link_problem_get_type },
        [DHCP4_ADDRESS] = { .member = "Address", .name = "address", .kind = PROPERTY_STRING },
        [DHCP4_PREFIX_LENGTH] = { .member = "PrefixLength", .name = "prefix-length", .kind = PROPERTY_UINT },
        [DHCP4_ORIGIN] = { .member = "Origin",
                           .name = "origin",
                           .kind = PROPERTY_WORD,
                           .gtype = dhcpd_link_origin_get_type },
        [DHCP4_IPV6_ONLY] = { .member = "IPv6Only", .name = "ipv6-only", .kind = PROPERTY_BOOLEAN },
        [DHCP4_SERVER] = { .member = "Server", .name = "server", .kind = PROPERTY_STRING },
        [DHCP4_SERVER_HARDWARE_ADDRESS] = { .member = "ServerHardwareAddress",
                                            .name = "server-hardware-address",
                                            .kind = PROPERTY_BYTES },
        [DHCP4_RELAY] = { .member = "Relay", .name = "relay", .kind = PROPERTY_STRING },
        [DHCP4_NEXT_SERVER] = { .member = "NextServer", .name = "next-server", .kind = PROPERTY_STRING },
        [DHCP4_SERVER_NAME] = { .member = "ServerName", .name = "server-name", .kind = PROPERTY_STRING },
        [DHCP4_BOOT_FILE] = { .member = "BootFile", .name = "boot-file", .kind = PROPERTY_STRING },
        [DHCP4_CLIENT_ID] = { .member = "ClientId", .name = "client-id", .kind = PROPERTY_BYTES },
        [DHCP4_ROUTERS] = { .member = "Routers", .name = "routers", .kind = PROPERTY_STRV },
        [DHCP4_DNS] = { .member = "DNS", .name = "dns", .kind = PROPERTY_STRV },
        [DHCP4_NTP] = { .member = "NTP", .name = "ntp", .kind = PROPERTY_STRV },
        [DHCP4_DOMAIN] = { .member = "Domain", .name = "domain", .kind = PROPERTY_STRING },
        [DHCP4_SEARCH_DOMAINS] = { .member = "SearchDomains",
                                   .name = "search-domains",
                                   .kind = PROPERTY_STRV },
        [DHCP4_HOSTNAME] = { .member = "Hostname", .name = "hostname", .kind = PROPERTY_STRING },
        [DHCP4_CAPTIVE_PORTAL] = { .member = "CaptivePortal",
                                   .name = "captive-portal",
                                   .kind = PROPERTY_STRING },
        [DHCP4_MTU] = { .member = "MTU", .name = "mtu", .kind = PROPERTY_UINT },
        [DHCP4_ROUTES] = { .member = "Routes",
                           .name = "routes",
                           .kind = PROPERTY_RECORDS,
                           .gtype = dhcpd_link_route_get_type },
        [DHCP4_LIFETIME] = { .member = "LifetimeUSec", .name = "lifetime", .kind = PROPERTY_UINT64 },
        [DHCP4_GRANTED_AT] = { .member = "GrantedAtUSec", .name = "granted-at", .kind = PROPERTY_UINT64 },
        [DHCP4_GRANTED_AT_BOOTTIME] = { .member = "GrantedAtBoottimeUSec",
                                        .name = "granted-at-boottime",
                                        .kind = PROPERTY_UINT64 },
        [DHCP4_T1_AT] = { .member = "T1AtUSec", .name = "t1-at", .kind = PROPERTY_UINT64 },
        [DHCP4_T1_AT_BOOTTIME] = { .member = "T1AtBoottimeUSec",
                                   .name = "t1-at-boottime",
                                   .kind = PROPERTY_UINT64 },
        [DHCP4_T2_AT] = { .member = "T2AtUSec", .name = "t2-at", .kind = PROPERTY_UINT64 },
        [DHCP4_T2_AT_BOOTTIME] = { .member = "T2AtBoottimeUSec",
                                   .name = "t2-at-boottime",
                                   .kind = PROPERTY_UINT64 },
        [DHCP4_EXPIRES_AT] = { .member = "ExpiresAtUSec", .name = "expires-at", .kind = PROPERTY_UINT64 },
        [DHCP4_EXPIRES_AT_BOOTTIME] = { .member = "ExpiresAtBoottimeUSec",
                                        .name = "expires-at-boottime",
                                        .kind = PROPERTY_UINT64 },
        [DHCP4_OPTION_VALUES] = { .member = "OptionValues",
                                  .name = "option-values",
                                  .kind = PROPERTY_VARIANT,
                                  .type = "a{sv}" },
        [DHCP4_IGNORED_OPTIONS] = { .member = "IgnoredOptions",
                                    .name = "ignored-options",
                                    .kind = PROPERTY_RECORDS,
                                    .gtype = dhcpd_link_ignored_option_get_type },
        [DHCP4_KEPT_OPTIONS] = { .member = "KeptOptions",
                                 .name = "kept-options",
                                 .kind = PROPERTY_VARIANT,
                                 .type = "au" },
        [DHCP4_SERVERS] = { .member = "Servers",
                            .name = "servers",
                            .kind = PROPERTY_RECORDS,
                            .gtype = dhcpd_link_server_get_type },
        [DHCP4_OPTIONS] = { .member = "Options", .kind = PROPERTY_HIDDEN, .type = "a(uay)" },
};
static PropertyTable table = { rows, DHCP4_N_ROWS, NULL, NULL };

struct _DhcpdLinkDhcp4 {
        GObject parent;
        Remote *remote;
        PropertyValue values[DHCP4_N_ROWS];
        GListStore *options;
};

G_DEFINE_FINAL_TYPE(DhcpdLinkDhcp4, dhcpd_link_dhcp4, G_TYPE_OBJECT)

enum {
        SIGNAL_STATE_CHANGED,
        SIGNAL_LEASE_CHANGED,
        N_SIGNALS,
};
static guint signals[N_SIGNALS];
static unsigned options_id;

static void dhcpd_link_dhcp4_finalize(GObject *object) {
        DhcpdLinkDhcp4 *self = DHCPD_LINK_DHCP4(object);

        properties_clear(&table, self->values, remote_budget(self->remote));
        g_object_unref(self->options);
        g_clear_pointer(&self->remote, remote_unref);
        G_OBJECT_CLASS(dhcpd_link_dhcp4_parent_class)->finalize(object);
}

static void dhcpd_link_dhcp4_get_property(GObject *object, guint id, GValue *value, GParamSpec *spec) {
        DhcpdLinkDhcp4 *self = DHCPD_LINK_DHCP4(object);

        if (id == options_id)
                g_value_set_object(value, self->options);
        else if (!property_table_get(&table, self->values, id, value))
                G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, spec);
}

/**
 * DhcpdLinkDhcp4:state:
 *
 * See [method@DhcpdLink.Dhcp4.get_state].
 */
/**
 * DhcpdLinkDhcp4:state-name:
 *
 * See [method@DhcpdLink.Dhcp4.get_state_name].
 */
/**
 * DhcpdLinkDhcp4:attempt:
 *
 * See [method@DhcpdLink.Dhcp4.get_attempt].
 */
/**
 * DhcpdLinkDhcp4:next-attempt-at:
 *
 * See [method@DhcpdLink.Dhcp4.get_next_attempt_at].
 */
/**
 * DhcpdLinkDhcp4:next-attempt-at-boottime:
 *
 * See [method@DhcpdLink.Dhcp4.get_next_attempt_at_boottime].
 */
/**
 * DhcpdLinkDhcp4:searching-since:
 *
 * See [method@DhcpdLink.Dhcp4.get_searching_since].
 */
/**
 * DhcpdLinkDhcp4:searching-since-boottime:
 *
 * See [method@DhcpdLink.Dhcp4.get_searching_since_boottime].
 */
/**
 * DhcpdLinkDhcp4:last-ignored:
 *
 * See [method@DhcpdLink.Dhcp4.get_last_ignored].
 */
/**
 * DhcpdLinkDhcp4:last-error:
 *
 * See [method@DhcpdLink.Dhcp4.get_last_error].
 */
/**
 * DhcpdLinkDhcp4:address:
 *
 * See [method@DhcpdLink.Dhcp4.get_address].
 */
/**
 * DhcpdLinkDhcp4:prefix-length:
 *
 * See [method@DhcpdLink.Dhcp4.get_prefix_length].
 */
/**
 * DhcpdLinkDhcp4:origin:
 *
 * See [method@DhcpdLink.Dhcp4.get_origin].
 */
/**
 * DhcpdLinkDhcp4:origin-name:
 *
 * See [method@DhcpdLink.Dhcp4.get_origin_name].
 */
/**
 * DhcpdLinkDhcp4:ipv6-only:
 *
 * See [method@DhcpdLink.Dhcp4.get_ipv6_only].
 */
/**
 * DhcpdLinkDhcp4:server:
 *
 * See [method@DhcpdLink.Dhcp4.get_server].
 */
/**
 * DhcpdLinkDhcp4:server-hardware-address:
 *
 * See [method@DhcpdLink.Dhcp4.get_server_hardware_address].
 */
/**
 * DhcpdLinkDhcp4:relay:
 *
 * See [method@DhcpdLink.Dhcp4.get_relay].
 */
/**
 * DhcpdLinkDhcp4:next-server:
 *
 * See [method@DhcpdLink.Dhcp4.get_next_server].
 */
/**
 * DhcpdLinkDhcp4:server-name:
 *
 * See [method@DhcpdLink.Dhcp4.get_server_name].
 */
/**
 * DhcpdLinkDhcp4:boot-file:
 *
 * See [method@DhcpdLink.Dhcp4.get_boot_file].
 */
/**
 * DhcpdLinkDhcp4:client-id:
 *
 * See [method@DhcpdLink.Dhcp4.get_client_id].
 */
/**
 * DhcpdLinkDhcp4:routers:
 *
 * See [method@DhcpdLink.Dhcp4.get_routers].
 */
/**
 * DhcpdLinkDhcp4:dns:
 *
 * See [method@DhcpdLink.Dhcp4.get_dns].
 */
/**
 * DhcpdLinkDhcp4:ntp:
 *
 * See [method@DhcpdLink.Dhcp4.get_ntp].
 */
/**
 * DhcpdLinkDhcp4:domain:
 *
 * See [method@DhcpdLink.Dhcp4.get_domain].
 */
/**
 * DhcpdLinkDhcp4:search-domains:
 *
 * See [method@DhcpdLink.Dhcp4.get_search_domains].
 */
/**
 * DhcpdLinkDhcp4:hostname:
 *
 * See [method@DhcpdLink.Dhcp4.get_hostname].
 */
/**
 * DhcpdLinkDhcp4:captive-portal:
 *
 * See [method@DhcpdLink.Dhcp4.get_captive_portal].
 */
/**
 * DhcpdLinkDhcp4:mtu:
 *
 * See [method@DhcpdLink.Dhcp4.get_mtu].
 */
/**
 * DhcpdLinkDhcp4:routes: (type GLib.PtrArray(DhcpdLinkRoute))
 *
 * See [method@DhcpdLink.Dhcp4.get_routes].
 */
/**
 * DhcpdLinkDhcp4:lifetime:
 *
 * See [method@DhcpdLink.Dhcp4.get_lifetime].
 */
/**
 * DhcpdLinkDhcp4:granted-at:
 *
 * See [method@DhcpdLink.Dhcp4.get_granted_at].
 */
/**
 * DhcpdLinkDhcp4:granted-at-boottime:
 *
 * See [method@DhcpdLink.Dhcp4.get_granted_at_boottime].
 */
/**
 * DhcpdLinkDhcp4:t1-at:
 *
 * See [method@DhcpdLink.Dhcp4.get_t1_at].
 */
/**
 * DhcpdLinkDhcp4:t1-at-boottime:
 *
 * See [method@DhcpdLink.Dhcp4.get_t1_at_boottime].
 */
/**
 * DhcpdLinkDhcp4:t2-at:
 *
 * See [method@DhcpdLink.Dhcp4.get_t2_at].
 */
/**
 * DhcpdLinkDhcp4:t2-at-boottime:
 *
 * See [method@DhcpdLink.Dhcp4.get_t2_at_boottime].
 */
/**
 * DhcpdLinkDhcp4:expires-at:
 *
 * See [method@DhcpdLink.Dhcp4.get_expires_at].
 */
/**
 * DhcpdLinkDhcp4:expires-at-boottime:
 *
 * See [method@DhcpdLink.Dhcp4.get_expires_at_boottime].
 */
/**
 * DhcpdLinkDhcp4:option-values:
 *
 * See [method@DhcpdLink.Dhcp4.get_option_values].
 */
/**
 * DhcpdLinkDhcp4:ignored-options: (type GLib.PtrArray(DhcpdLinkIgnoredOption))
 *
 * See [method@DhcpdLink.Dhcp4.get_ignored_options].
 */
/**
 * DhcpdLinkDhcp4:kept-options:
 *
 * See [method@DhcpdLink.Dhcp4.get_kept_options].
 */
/**
 * DhcpdLinkDhcp4:servers: (type GLib.PtrArray(DhcpdLinkServer))
 *
 * See [method@DhcpdLink.Dhcp4.get_servers].
 */
/**
 * DhcpdLinkDhcp4:options:
 *
 * See [method@DhcpdLink.Dhcp4.get_options].
 */
static void dhcpd_link_dhcp4_class_init(DhcpdLinkDhcp4Class *class) {
        GObjectClass *object_class = G_OBJECT_CLASS(class);

        object_class->finalize = dhcpd_link_dhcp4_finalize;
        object_class->get_property = dhcpd_link_dhcp4_get_property;
        property_table_install(&table, object_class, &options_id);
        g_object_class_install_property(object_class, options_id,
                                        g_param_spec_object("options", NULL, NULL, G_TYPE_LIST_MODEL,
                                                            G_PARAM_READABLE | G_PARAM_STATIC_STRINGS));
        /**
         * DhcpdLinkDhcp4::state-changed:
         * @self: a DHCPv4 client
         * @old_state: the state before, a word of the contract
         * @new_state: the state now
         * @details: a dictionary `a{sv}`, empty for now
         *
         * The client went from one state to another. Every transition has a signal of its own, even if
         * several come at once. The properties already show the state after the last one.
         */
        signals[SIGNAL_STATE_CHANGED] =
                g_signal_new("state-changed", DHCPD_LINK_TYPE_DHCP4, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                             G_TYPE_NONE, 3, G_TYPE_STRING, G_TYPE_STRING, G_TYPE_VARIANT);
        /**
         * DhcpdLinkDhcp4::lease-changed:
         * @self: a DHCPv4 client
         * @change: what became of the lease
         * @old_values: the properties that differ, as they were before: a dictionary `a{sv}` with the
         *   names of the contract
         * @new_values: the same properties as they are now; empty if the lease is lost
         * @details: a dictionary `a{sv}`; `Why` says why a lease is lost
         *
         * The link has another lease, or has lost its lease. The properties already show this.
         */
        signals[SIGNAL_LEASE_CHANGED] = g_signal_new(
                "lease-changed", DHCPD_LINK_TYPE_DHCP4, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE,
                4, DHCPD_LINK_TYPE_LEASE_CHANGE, G_TYPE_VARIANT, G_TYPE_VARIANT, G_TYPE_VARIANT);
}

static void dhcpd_link_dhcp4_init(DhcpdLinkDhcp4 *self) {
        self->options = g_list_store_new(DHCPD_LINK_TYPE_OPTION);
}

/* For link.c */

DhcpdLinkDhcp4 *dhcp4_new(Remote *remote) {
        DhcpdLinkDhcp4 *self = g_object_new(DHCPD_LINK_TYPE_DHCP4, NULL);

        self->remote = remote_ref(remote);
        return self;
}

void dhcp4_update(DhcpdLinkDhcp4 *self, GVariant *dict) {
        const guint64 of_options = G_GUINT64_CONSTANT(1) << DHCP4_OPTIONS |
                G_GUINT64_CONSTANT(1) << DHCP4_OPTION_VALUES |
                G_GUINT64_CONSTANT(1) << DHCP4_IGNORED_OPTIONS | G_GUINT64_CONSTANT(1) << DHCP4_KEPT_OPTIONS;
        guint64 changed;

        g_object_freeze_notify(G_OBJECT(self));
        changed = properties_update(&table, self->values, G_OBJECT(self), dict, /* first= */ false,
                                    remote_budget(self->remote));
        if (changed & of_options)
                option_list_update(self->options, property_variant(&table, self->values, DHCP4_OPTIONS),
                                   property_variant(&table, self->values, DHCP4_OPTION_VALUES),
                                   self->values[DHCP4_IGNORED_OPTIONS].value,
                                   property_variant(&table, self->values, DHCP4_KEPT_OPTIONS));
        g_object_thaw_notify(G_OBJECT(self));
}

static void emit_state_changed(DhcpdLinkDhcp4 *self, GVariant *arguments) {
        g_autoptr(GVariant) details = NULL;
        const char *old_state, *new_state;

        if (!g_variant_is_of_type(arguments, G_VARIANT_TYPE("(ssa{sv})")))
                return;
        g_variant_get(arguments, "(&s&s@a{sv})", &old_state, &new_state, &details);
        g_signal_emit(self, signals[SIGNAL_STATE_CHANGED], 0, old_state, new_state, details);
}

static void emit_lease_changed(DhcpdLinkDhcp4 *self, GVariant *arguments) {
        g_autoptr(GVariant) old_values = NULL, new_values = NULL, details = NULL;
        const char *reason;

        if (!g_variant_is_of_type(arguments, G_VARIANT_TYPE("(sa{sv}a{sv}a{sv})")))
                return;
        g_variant_get(arguments, "(&s@a{sv}@a{sv}@a{sv})", &reason, &old_values, &new_values, &details);
        g_signal_emit(self, signals[SIGNAL_LEASE_CHANGED], 0,
                      word_to_enum(DHCPD_LINK_TYPE_LEASE_CHANGE, reason), old_values, new_values, details);
}

void dhcp4_signal(DhcpdLinkDhcp4 *self, const char *member, GVariant *arguments) {
        if (strcmp(member, "StateChanged") == 0)
                emit_state_changed(self, arguments);
        else if (strcmp(member, "LeaseChanged") == 0)
                emit_lease_changed(self, arguments);
}

/* For programs */

DhcpdLinkDhcp4State dhcpd_link_dhcp4_get_state(DhcpdLinkDhcp4 *self) {
        g_return_val_if_fail(DHCPD_LINK_IS_DHCP4(self), 0);
        return (DhcpdLinkDhcp4State) property_word(&table, self->values, DHCP4_STATE);
}

const char *dhcpd_link_dhcp4_get_state_name(DhcpdLinkDhcp4 *self) {
        g_return_val_if_fail(DHCPD_LINK_IS_DHCP4(self), NULL);
        return property_string(self->values, DHCP4_STATE);
}

guint dhcpd_link_dhcp4_get_attempt(DhcpdLinkDhcp4 *self) {
        g_return_val_if_fail(DHCPD_LINK_IS_DHCP4(self), 0);
        return property_uint(self->values, DHCP4_ATTEMPT);
}

guint64 dhcpd_link_dhcp4_get_next_attempt_at(DhcpdLinkDhcp4 *self) {
        g_return_val_if_fail(DHCPD_LINK_IS_DHCP4(self), 0);
        return property_uint64(self->values, DHCP4_NEXT_ATTEMPT_AT);
}

guint64 dhcpd_link_dhcp4_get_next_attempt_at_boottime(DhcpdLinkDhcp4 *self) {
        g_return_val_if_fail(DHCPD_LINK_IS_DHCP4(self), 0);
        return property_uint64(self->values, DHCP4_NEXT_ATTEMPT_AT_BOOTTIME);
}

guint64 dhcpd_link_dhcp4_get_searching_since(DhcpdLinkDhcp4 *self) {
        g_return_val_if_fail(DHCPD_LINK_IS_DHCP4(self), 0);
        return property_uint64(self->values, DHCP4_SEARCHING_SINCE);
}

guint64 dhcpd_link_dhcp4_get_searching_since_boottime(DhcpdLinkDhcp4 *self) {
        g_return_val_if_fail(DHCPD_LINK_IS_DHCP4(self), 0);
        return property_uint64(self->values, DHCP4_SEARCHING_SINCE_BOOTTIME);
}

DhcpdLinkIgnoredAnswer *dhcpd_link_dhcp4_get_last_ignored(DhcpdLinkDhcp4 *self) {
        g_return_val_if_fail(DHCPD_LINK_IS_DHCP4(self), NULL);
        return property_record(self->values, DHCP4_LAST_IGNORED);
}

DhcpdLinkProblem *dhcpd_link_dhcp4_get_last_error(DhcpdLinkDhcp4 *self) {
        g_return_val_if_fail(DHCPD_LINK_IS_DHCP4(self), NULL);
        return property_record(self->values, DHCP4_LAST_ERROR);
}

const char *dhcpd_link_dhcp4_get_address(DhcpdLinkDhcp4 *self) {
        g_return_val_if_fail(DHCPD_LINK_IS_DHCP4(self), NULL);
        return property_string(self->values, DHCP4_ADDRESS);
}

guint dhcpd_link_dhcp4_get_prefix_length(DhcpdLinkDhcp4 *self) {
        g_return_val_if_fail(DHCPD_LINK_IS_DHCP4(self), 0);
        return property_uint(self->values, DHCP4_PREFIX_LENGTH);
}

DhcpdLinkOrigin dhcpd_link_dhcp4_get_origin(DhcpdLinkDhcp4 *self) {
        g_return_val_if_fail(DHCPD_LINK_IS_DHCP4(self), 0);
        return (DhcpdLinkOrigin) property_word(&table, self->values, DHCP4_ORIGIN);
}

const char *dhcpd_link_dhcp4_get_origin_name(DhcpdLinkDhcp4 *self) {
        g_return_val_if_fail(DHCPD_LINK_IS_DHCP4(self), NULL);
        return property_string(self->values, DHCP4_ORIGIN);
}

gboolean dhcpd_link_dhcp4_get_ipv6_only(DhcpdLinkDhcp4 *self) {
        g_return_val_if_fail(DHCPD_LINK_IS_DHCP4(self), FALSE);
        return property_boolean(self->values, DHCP4_IPV6_ONLY);
}

const char *dhcpd_link_dhcp4_get_server(DhcpdLinkDhcp4 *self) {
        g_return_val_if_fail(DHCPD_LINK_IS_DHCP4(self), NULL);
        return property_string(self->values, DHCP4_SERVER);
}

GBytes *dhcpd_link_dhcp4_get_server_hardware_address(DhcpdLinkDhcp4 *self) {
        g_return_val_if_fail(DHCPD_LINK_IS_DHCP4(self), NULL);
        return property_bytes(self->values, DHCP4_SERVER_HARDWARE_ADDRESS);
}

const char *dhcpd_link_dhcp4_get_relay(DhcpdLinkDhcp4 *self) {
        g_return_val_if_fail(DHCPD_LINK_IS_DHCP4(self), NULL);
        return property_string(self->values, DHCP4_RELAY);
}

const char *dhcpd_link_dhcp4_get_next_server(DhcpdLinkDhcp4 *self) {
        g_return_val_if_fail(DHCPD_LINK_IS_DHCP4(self), NULL);
        return property_string(self->values, DHCP4_NEXT_SERVER);
}

const char *dhcpd_link_dhcp4_get_server_name(DhcpdLinkDhcp4 *self) {
        g_return_val_if_fail(DHCPD_LINK_IS_DHCP4(self), NULL);
        return property_string(self->values, DHCP4_SERVER_NAME);
}

const char *dhcpd_link_dhcp4_get_boot_file(DhcpdLinkDhcp4 *self) {
        g_return_val_if_fail(DHCPD_LINK_IS_DHCP4(self), NULL);
        return property_string(self->values, DHCP4_BOOT_FILE);
}

GBytes *dhcpd_link_dhcp4_get_client_id(DhcpdLinkDhcp4 *self) {
        g_return_val_if_fail(DHCPD_LINK_IS_DHCP4(self), NULL);
        return property_bytes(self->values, DHCP4_CLIENT_ID);
}

const char *const *dhcpd_link_dhcp4_get_routers(DhcpdLinkDhcp4 *self) {
        g_return_val_if_fail(DHCPD_LINK_IS_DHCP4(self), NULL);
        return property_strv(self->values, DHCP4_ROUTERS);
}

const char *const *dhcpd_link_dhcp4_get_dns(DhcpdLinkDhcp4 *self) {
        g_return_val_if_fail(DHCPD_LINK_IS_DHCP4(self), NULL);
        return property_strv(self->values, DHCP4_DNS);
}

const char *const *dhcpd_link_dhcp4_get_ntp(DhcpdLinkDhcp4 *self) {
        g_return_val_if_fail(DHCPD_LINK_IS_DHCP4(self), NULL);
        return property_strv(self->values, DHCP4_NTP);
}

const char *dhcpd_link_dhcp4_get_domain(DhcpdLinkDhcp4 *self) {
        g_return_val_if_fail(DHCPD_LINK_IS_DHCP4(self), NULL);
        return property_string(self->values, DHCP4_DOMAIN);
}

const char *const *dhcpd_link_dhcp4_get_search_domains(DhcpdLinkDhcp4 *self) {
        g_return_val_if_fail(DHCPD_LINK_IS_DHCP4(self), NULL);
        return property_strv(self->values, DHCP4_SEARCH_DOMAINS);
}

const char *dhcpd_link_dhcp4_get_hostname(DhcpdLinkDhcp4 *self) {
        g_return_val_if_fail(DHCPD_LINK_IS_DHCP4(self), NULL);
        return property_string(self->values, DHCP4_HOSTNAME);
}

const char *dhcpd_link_dhcp4_get_captive_portal(DhcpdLinkDhcp4 *self) {
        g_return_val_if_fail(DHCPD_LINK_IS_DHCP4(self), NULL);
        return property_string(self->values, DHCP4_CAPTIVE_PORTAL);
}

guint dhcpd_link_dhcp4_get_mtu(DhcpdLinkDhcp4 *self) {
        g_return_val_if_fail(DHCPD_LINK_IS_DHCP4(self), 0);
        return property_uint(self->values, DHCP4_MTU);
}

GPtrArray *dhcpd_link_dhcp4_get_routes(DhcpdLinkDhcp4 *self) {
        g_return_val_if_fail(DHCPD_LINK_IS_DHCP4(self), NULL);
        return property_records(self->values, DHCP4_ROUTES);
}

guint64 dhcpd_link_dhcp4_get_lifetime(DhcpdLinkDhcp4 *self) {
        g_return_val_if_fail(DHCPD_LINK_IS_DHCP4(self), 0);
        return property_uint64(self->values, DHCP4_LIFETIME);
}

guint64 dhcpd_link_dhcp4_get_granted_at(DhcpdLinkDhcp4 *self) {
        g_return_val_if_fail(DHCPD_LINK_IS_DHCP4(self), 0);
        return property_uint64(self->values, DHCP4_GRANTED_AT);
}

guint64 dhcpd_link_dhcp4_get_granted_at_boottime(DhcpdLinkDhcp4 *self) {
        g_return_val_if_fail(DHCPD_LINK_IS_DHCP4(self), 0);
        return property_uint64(self->values, DHCP4_GRANTED_AT_BOOTTIME);
}

guint64 dhcpd_link_dhcp4_get_t1_at(DhcpdLinkDhcp4 *self) {
        g_return_val_if_fail(DHCPD_LINK_IS_DHCP4(self), 0);
        return property_uint64(self->values, DHCP4_T1_AT);
}

guint64 dhcpd_link_dhcp4_get_t1_at_boottime(DhcpdLinkDhcp4 *self) {
        g_return_val_if_fail(DHCPD_LINK_IS_DHCP4(self), 0);
        return property_uint64(self->values, DHCP4_T1_AT_BOOTTIME);
}

guint64 dhcpd_link_dhcp4_get_t2_at(DhcpdLinkDhcp4 *self) {
        g_return_val_if_fail(DHCPD_LINK_IS_DHCP4(self), 0);
        return property_uint64(self->values, DHCP4_T2_AT);
}

guint64 dhcpd_link_dhcp4_get_t2_at_boottime(DhcpdLinkDhcp4 *self) {
        g_return_val_if_fail(DHCPD_LINK_IS_DHCP4(self), 0);
        return property_uint64(self->values, DHCP4_T2_AT_BOOTTIME);
}

guint64 dhcpd_link_dhcp4_get_expires_at(DhcpdLinkDhcp4 *self) {
        g_return_val_if_fail(DHCPD_LINK_IS_DHCP4(self), 0);
        return property_uint64(self->values, DHCP4_EXPIRES_AT);
}

guint64 dhcpd_link_dhcp4_get_expires_at_boottime(DhcpdLinkDhcp4 *self) {
        g_return_val_if_fail(DHCPD_LINK_IS_DHCP4(self), 0);
        return property_uint64(self->values, DHCP4_EXPIRES_AT_BOOTTIME);
}

GVariant *dhcpd_link_dhcp4_get_option_values(DhcpdLinkDhcp4 *self) {
        g_return_val_if_fail(DHCPD_LINK_IS_DHCP4(self), NULL);
        return property_variant(&table, self->values, DHCP4_OPTION_VALUES);
}

GPtrArray *dhcpd_link_dhcp4_get_ignored_options(DhcpdLinkDhcp4 *self) {
        g_return_val_if_fail(DHCPD_LINK_IS_DHCP4(self), NULL);
        return property_records(self->values, DHCP4_IGNORED_OPTIONS);
}

GVariant *dhcpd_link_dhcp4_get_kept_options(DhcpdLinkDhcp4 *self) {
        g_return_val_if_fail(DHCPD_LINK_IS_DHCP4(self), NULL);
        return property_variant(&table, self->values, DHCP4_KEPT_OPTIONS);
}

GPtrArray *dhcpd_link_dhcp4_get_servers(DhcpdLinkDhcp4 *self) {
        g_return_val_if_fail(DHCPD_LINK_IS_DHCP4(self), NULL);
        return property_records(self->values, DHCP4_SERVERS);
}

GListModel *dhcpd_link_dhcp4_get_options(DhcpdLinkDhcp4 *self) {
        g_return_val_if_fail(DHCPD_LINK_IS_DHCP4(self), NULL);
        return G_LIST_MODEL(self->options);
}

GVariant *dhcpd_link_dhcp4_get_option_value(DhcpdLinkDhcp4 *self, const char *name) {
        g_return_val_if_fail(DHCPD_LINK_IS_DHCP4(self), NULL);
        g_return_val_if_fail(name, NULL);
        return g_variant_lookup_value(property_variant(&table, self->values, DHCP4_OPTION_VALUES), name,
                                      NULL);
}

guint64 dhcpd_link_get_boottime(void) {
        struct timespec now = { 0 };

        (void) clock_gettime(CLOCK_BOOTTIME, &now);
        return (guint64) now.tv_sec * G_USEC_PER_SEC + (guint64) now.tv_nsec / 1000;
}

guint64 dhcpd_link_dhcp4_get_remaining(DhcpdLinkDhcp4 *self, guint64 boottime) {
        guint64 end;

        g_return_val_if_fail(DHCPD_LINK_IS_DHCP4(self), 0);
        end = property_uint64(self->values, DHCP4_EXPIRES_AT_BOOTTIME);
        if (end == G_MAXUINT64)
                return end;
        if (boottime == 0)
                boottime = dhcpd_link_get_boottime();
        return end > boottime ? end - boottime : 0;
}

static gpointer take_counters(DhcpdLinkClient *client, const char *name, GVariant *reply) {
        return g_variant_get_child_value(reply, 0);
}

void dhcpd_link_dhcp4_get_counters_async(DhcpdLinkDhcp4 *self, GCancellable *cancellable,
                                         GAsyncReadyCallback callback, gpointer user_data) {
        g_return_if_fail(DHCPD_LINK_IS_DHCP4(self));
        remote_call(self->remote, self,
                    &(const CallSpec){
                            .interface = BUS_DHCP4_INTERFACE,
                            .method = "GetCounters",
                            .reply = "(a{st})",
                            .take = take_counters,
                            .free = (GDestroyNotify) g_variant_unref,
                            .tag = dhcpd_link_dhcp4_get_counters_async,
                    },
                    cancellable, callback, user_data);
}

GVariant *dhcpd_link_dhcp4_get_counters_finish(DhcpdLinkDhcp4 *self, GAsyncResult *result, GError **error) {
        return call_finish(self, result, dhcpd_link_dhcp4_get_counters_async, error);
}
