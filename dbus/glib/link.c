/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * DhcpdLinkLink: the object of a link, with the interface org.dhcpdlink1.Link. The properties are one table.
 */
#include <dhcpd-link-link.h>

#include <string.h>

#include "dbus/glib/call.h"
#include "dbus/glib/link-internal.h"
#include "dbus/glib/properties.h"

enum {
        LINK_INDEX,
        LINK_NAME,
        LINK_ALTERNATIVE_NAMES,
        LINK_HARDWARE_ADDRESS,
        LINK_CARRIER,
        LINK_STATE,
        LINK_APPLIED,
        LINK_CONFIG_FILES,
        LINK_SETTINGS,
        LINK_CLAIMS,
        LINK_PROBLEMS,
        LINK_N_ROWS,
};

static const PropertyRow rows[LINK_N_ROWS] = {
        [LINK_INDEX] = { .member = "Index", .name = "index", .kind = PROPERTY_INT, .is_const = true },
        [LINK_NAME] = { .member = "Name", .name = "name", .kind = PROPERTY_STRING },
        [LINK_ALTERNATIVE_NAMES] = { .member = "AlternativeNames",
                                     .name = "alternative-names",
                                     .kind = PROPERTY_STRV },
        [LINK_HARDWARE_ADDRESS] = { .member = "HardwareAddress",
                                    .name = "hardware-address",
                                    .kind = PROPERTY_BYTES },
        [LINK_CARRIER] = { .member = "Carrier", .name = "carrier", .kind = PROPERTY_BOOLEAN },
        [LINK_STATE] = { .member = "State",
                         .name = "state",
                         .kind = PROPERTY_WORD,
                         .gtype = dhcpd_link_link_state_get_type },
        [LINK_APPLIED] = { .member = "Applied", .name = "applied", .kind = PROPERTY_BOOLEAN },
        [LINK_CONFIG_FILES] = { .member = "ConfigFiles", .name = "config-files", .kind = PROPERTY_STRV },
        [LINK_SETTINGS] = { .member = "Settings",
                            .name = "settings",
                            .kind = PROPERTY_VARIANT,
                            .type = "a{sv}" },
        [LINK_CLAIMS] = { .member = "Claims",
                          .name = "claims",
                          .kind = PROPERTY_RECORDS,
                          .gtype = dhcpd_link_claim_get_type },
        [LINK_PROBLEMS] = { .member = "Problems",
                            .name = "problems",
                            .kind = PROPERTY_RECORDS,
                            .gtype = dhcpd_link_problem_get_type },
};
static PropertyTable table = { rows, LINK_N_ROWS, NULL, NULL };

struct _DhcpdLinkLink {
        GObject parent;
        Remote *remote;
        bool present;
        DhcpdLinkDhcp4 *dhcp4; /* NULL: DHCPv4 is not configured */
        PropertyValue values[LINK_N_ROWS];
};

G_DEFINE_FINAL_TYPE(DhcpdLinkLink, dhcpd_link_link, G_TYPE_OBJECT)

static GParamSpec *present_spec, *dhcp4_spec;
static unsigned present_id; /* the id of dhcp4 is the next one */

static void dhcpd_link_link_finalize(GObject *object) {
        DhcpdLinkLink *self = DHCPD_LINK_LINK(object);

        properties_clear(&table, self->values, remote_budget(self->remote));
        g_clear_object(&self->dhcp4);
        g_clear_pointer(&self->remote, remote_unref);
        G_OBJECT_CLASS(dhcpd_link_link_parent_class)->finalize(object);
}

static void dhcpd_link_link_get_property(GObject *object, guint id, GValue *value, GParamSpec *spec) {
        DhcpdLinkLink *self = DHCPD_LINK_LINK(object);

        if (id == present_id)
                g_value_set_boolean(value, self->present);
        else if (id == present_id + 1)
                g_value_set_object(value, self->dhcp4);
        else if (!property_table_get(&table, self->values, id, value))
                G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, spec);
}

/**
 * DhcpdLinkLink:index:
 *
 * See [method@DhcpdLink.Link.get_index].
 */
/**
 * DhcpdLinkLink:name:
 *
 * See [method@DhcpdLink.Link.get_name].
 */
/**
 * DhcpdLinkLink:alternative-names:
 *
 * See [method@DhcpdLink.Link.get_alternative_names].
 */
/**
 * DhcpdLinkLink:hardware-address:
 *
 * See [method@DhcpdLink.Link.get_hardware_address].
 */
/**
 * DhcpdLinkLink:carrier:
 *
 * See [method@DhcpdLink.Link.get_carrier].
 */
/**
 * DhcpdLinkLink:state:
 *
 * See [method@DhcpdLink.Link.get_state].
 */
/**
 * DhcpdLinkLink:state-name:
 *
 * See [method@DhcpdLink.Link.get_state_name].
 */
/**
 * DhcpdLinkLink:applied:
 *
 * See [method@DhcpdLink.Link.get_applied].
 */
/**
 * DhcpdLinkLink:config-files:
 *
 * See [method@DhcpdLink.Link.get_config_files].
 */
/**
 * DhcpdLinkLink:settings:
 *
 * See [method@DhcpdLink.Link.get_settings].
 */
/**
 * DhcpdLinkLink:claims: (type GLib.PtrArray(DhcpdLinkClaim))
 *
 * See [method@DhcpdLink.Link.get_claims].
 */
/**
 * DhcpdLinkLink:problems: (type GLib.PtrArray(DhcpdLinkProblem))
 *
 * See [method@DhcpdLink.Link.get_problems].
 */
/**
 * DhcpdLinkLink:present:
 *
 * See [method@DhcpdLink.Link.get_present].
 */
/**
 * DhcpdLinkLink:dhcp4:
 *
 * See [method@DhcpdLink.Link.get_dhcp4].
 */
static void dhcpd_link_link_class_init(DhcpdLinkLinkClass *class) {
        GObjectClass *object_class = G_OBJECT_CLASS(class);
        const GParamFlags flags = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY;

        object_class->finalize = dhcpd_link_link_finalize;
        object_class->get_property = dhcpd_link_link_get_property;
        property_table_install(&table, object_class, &present_id);
        present_spec = g_param_spec_boolean("present", NULL, NULL, TRUE, flags);
        g_object_class_install_property(object_class, present_id, present_spec);
        dhcp4_spec = g_param_spec_object("dhcp4", NULL, NULL, DHCPD_LINK_TYPE_DHCP4, flags);
        g_object_class_install_property(object_class, present_id + 1, dhcp4_spec);
}

static void dhcpd_link_link_init(DhcpdLinkLink *self) {
        self->present = true;
}

/* For the client */

DhcpdLinkLink *link_new(DhcpdLinkClient *client, const char *path, GVariant *interfaces, Budget *budget) {
        DhcpdLinkLink *self = g_object_new(DHCPD_LINK_TYPE_LINK, NULL);

        self->remote = remote_new(client, path, budget);
        link_update(self, interfaces, /* first= */ true);
        return self;
}

const char *link_path(DhcpdLinkLink *self) {
        return remote_path(self->remote);
}

static void update_dhcp4(DhcpdLinkLink *self, GVariant *dict) {
        if (!self->dhcp4) {
                self->dhcp4 = dhcp4_new(self->remote);
                g_object_notify_by_pspec(G_OBJECT(self), dhcp4_spec);
        }
        dhcp4_update(self->dhcp4, dict);
}

void link_update_interface(DhcpdLinkLink *self, const char *interface, GVariant *dict, bool first) {
        g_object_freeze_notify(G_OBJECT(self));
        if (strcmp(interface, BUS_LINK_INTERFACE) == 0)
                (void) properties_update(&table, self->values, G_OBJECT(self), dict, first,
                                         remote_budget(self->remote));
        else if (strcmp(interface, BUS_DHCP4_INTERFACE) == 0)
                update_dhcp4(self, dict);
        g_object_thaw_notify(G_OBJECT(self));
}

void link_update(DhcpdLinkLink *self, GVariant *interfaces, bool first) {
        GVariantIter iter;
        const char *interface;
        GVariant *dict;

        g_object_freeze_notify(G_OBJECT(self));
        (void) g_variant_iter_init(&iter, interfaces);
        while (g_variant_iter_next(&iter, "{&s@a{sv}}", &interface, &dict)) {
                link_update_interface(self, interface, dict, first);
                g_variant_unref(dict);
        }
        g_object_thaw_notify(G_OBJECT(self));
}

void link_remove_dhcp4(DhcpdLinkLink *self) {
        if (!self->dhcp4)
                return;
        g_clear_object(&self->dhcp4);
        g_object_notify_by_pspec(G_OBJECT(self), dhcp4_spec);
}

void link_signal(DhcpdLinkLink *self, const char *member, GVariant *arguments) {
        g_autoptr(DhcpdLinkDhcp4) dhcp4 = self->dhcp4 ? g_object_ref(self->dhcp4) : NULL;

        if (dhcp4)
                dhcp4_signal(dhcp4, member, arguments);
}

void link_gone(DhcpdLinkLink *self) {
        remote_forget(self->remote);
        self->present = false;
        g_object_notify_by_pspec(G_OBJECT(self), present_spec);
}

bool link_has_name(DhcpdLinkLink *self, const char *name) {
        return strcmp(property_string(self->values, LINK_NAME), name) == 0 ||
                g_strv_contains(property_strv(self->values, LINK_ALTERNATIVE_NAMES), name);
}

/* For programs */

int dhcpd_link_link_get_index(DhcpdLinkLink *self) {
        g_return_val_if_fail(DHCPD_LINK_IS_LINK(self), 0);
        return property_int(self->values, LINK_INDEX);
}

const char *dhcpd_link_link_get_name(DhcpdLinkLink *self) {
        g_return_val_if_fail(DHCPD_LINK_IS_LINK(self), NULL);
        return property_string(self->values, LINK_NAME);
}

const char *const *dhcpd_link_link_get_alternative_names(DhcpdLinkLink *self) {
        g_return_val_if_fail(DHCPD_LINK_IS_LINK(self), NULL);
        return property_strv(self->values, LINK_ALTERNATIVE_NAMES);
}

GBytes *dhcpd_link_link_get_hardware_address(DhcpdLinkLink *self) {
        g_return_val_if_fail(DHCPD_LINK_IS_LINK(self), NULL);
        return property_bytes(self->values, LINK_HARDWARE_ADDRESS);
}

gboolean dhcpd_link_link_get_carrier(DhcpdLinkLink *self) {
        g_return_val_if_fail(DHCPD_LINK_IS_LINK(self), FALSE);
        return property_boolean(self->values, LINK_CARRIER);
}

DhcpdLinkLinkState dhcpd_link_link_get_state(DhcpdLinkLink *self) {
        g_return_val_if_fail(DHCPD_LINK_IS_LINK(self), 0);
        return (DhcpdLinkLinkState) property_word(&table, self->values, LINK_STATE);
}

const char *dhcpd_link_link_get_state_name(DhcpdLinkLink *self) {
        g_return_val_if_fail(DHCPD_LINK_IS_LINK(self), NULL);
        return property_string(self->values, LINK_STATE);
}

gboolean dhcpd_link_link_get_applied(DhcpdLinkLink *self) {
        g_return_val_if_fail(DHCPD_LINK_IS_LINK(self), FALSE);
        return property_boolean(self->values, LINK_APPLIED);
}

const char *const *dhcpd_link_link_get_config_files(DhcpdLinkLink *self) {
        g_return_val_if_fail(DHCPD_LINK_IS_LINK(self), NULL);
        return property_strv(self->values, LINK_CONFIG_FILES);
}

GVariant *dhcpd_link_link_get_settings(DhcpdLinkLink *self) {
        g_return_val_if_fail(DHCPD_LINK_IS_LINK(self), NULL);
        return property_variant(&table, self->values, LINK_SETTINGS);
}

GPtrArray *dhcpd_link_link_get_claims(DhcpdLinkLink *self) {
        g_return_val_if_fail(DHCPD_LINK_IS_LINK(self), NULL);
        return property_records(self->values, LINK_CLAIMS);
}

GPtrArray *dhcpd_link_link_get_problems(DhcpdLinkLink *self) {
        g_return_val_if_fail(DHCPD_LINK_IS_LINK(self), NULL);
        return property_records(self->values, LINK_PROBLEMS);
}

gboolean dhcpd_link_link_get_present(DhcpdLinkLink *self) {
        g_return_val_if_fail(DHCPD_LINK_IS_LINK(self), FALSE);
        return self->present;
}

DhcpdLinkDhcp4 *dhcpd_link_link_get_dhcp4(DhcpdLinkLink *self) {
        g_return_val_if_fail(DHCPD_LINK_IS_LINK(self), NULL);
        return self->dhcp4;
}

static void change(DhcpdLinkLink *self, const char *method, gpointer tag, GCancellable *cancellable,
                   GAsyncReadyCallback callback, gpointer user_data) {
        g_return_if_fail(DHCPD_LINK_IS_LINK(self));
        remote_call(self->remote, self,
                    &(const CallSpec){
                            .interface = BUS_LINK_INTERFACE,
                            .method = method,
                            .changes = true,
                            .tag = tag,
                    },
                    cancellable, callback, user_data);
}

void dhcpd_link_link_renew_async(DhcpdLinkLink *self, GCancellable *cancellable,
                                 GAsyncReadyCallback callback, gpointer user_data) {
        change(self, "Renew", dhcpd_link_link_renew_async, cancellable, callback, user_data);
}

gboolean dhcpd_link_link_renew_finish(DhcpdLinkLink *self, GAsyncResult *result, GError **error) {
        return call_finish_boolean(self, result, dhcpd_link_link_renew_async, error);
}

void dhcpd_link_link_release_async(DhcpdLinkLink *self, GCancellable *cancellable,
                                   GAsyncReadyCallback callback, gpointer user_data) {
        change(self, "Release", dhcpd_link_link_release_async, cancellable, callback, user_data);
}

gboolean dhcpd_link_link_release_finish(DhcpdLinkLink *self, GAsyncResult *result, GError **error) {
        return call_finish_boolean(self, result, dhcpd_link_link_release_async, error);
}

void dhcpd_link_link_restart_async(DhcpdLinkLink *self, GCancellable *cancellable,
                                   GAsyncReadyCallback callback, gpointer user_data) {
        change(self, "Restart", dhcpd_link_link_restart_async, cancellable, callback, user_data);
}

gboolean dhcpd_link_link_restart_finish(DhcpdLinkLink *self, GAsyncResult *result, GError **error) {
        return call_finish_boolean(self, result, dhcpd_link_link_restart_async, error);
}

void dhcpd_link_link_describe_async(DhcpdLinkLink *self, GCancellable *cancellable,
                                    GAsyncReadyCallback callback, gpointer user_data) {
        g_return_if_fail(DHCPD_LINK_IS_LINK(self));
        remote_call(self->remote, self,
                    &(const CallSpec){
                            .interface = BUS_LINK_INTERFACE,
                            .method = "Describe",
                            .reply = "(s)",
                            .take = call_take_string,
                            .free = g_free,
                            .tag = dhcpd_link_link_describe_async,
                    },
                    cancellable, callback, user_data);
}

char *dhcpd_link_link_describe_finish(DhcpdLinkLink *self, GAsyncResult *result, GError **error) {
        return call_finish(self, result, dhcpd_link_link_describe_async, error);
}
