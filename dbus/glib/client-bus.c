/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Keeps the connection, finds out who the daemon is, and reads its messages.
 *
 * GIO has an object manager, too, but we do not use it. It delivers signals in the default main context even
 * if it was made in another one. And programs can get its proxies, so an interface may vanish while a
 * program uses it.
 *
 * Here there is one subscription to all signals of the daemon's unique name, which the bus guarantees, and
 * one request for all objects. A signal that comes before the answer is ignored, because the answer is
 * newer. A signal that comes after the answer changes it. For this, signals and the answer must arrive in
 * the order in which the daemon sent them. So the answer is read from the message that the connection
 * delivers: g_dbus_connection_call() may deliver an answer one step later than a signal.
 */
#include <string.h>

#include "dbus/glib/client-internal.h"
#include "dbus/glib/link-internal.h"

#define DRIVER          "org.freedesktop.DBus"
#define DRIVER_PATH     "/org/freedesktop/DBus"
#define OBJECT_MANAGER  "org.freedesktop.DBus.ObjectManager"
#define PROPERTIES      "org.freedesktop.DBus.Properties"
#define LOAD_TIMEOUT_MS 60000 /* long, because a starting daemon reads its leases before it answers */

/* Makes a weak reference for a callback. The client may be gone when the callback is called. */
static GWeakRef *weak_new(DhcpdLinkClient *self) {
        GWeakRef *weak = g_new(GWeakRef, 1);

        g_weak_ref_init(weak, self);
        return weak;
}

static void weak_free(gpointer weak) {
        g_weak_ref_clear(weak);
        g_free(weak);
}

/*
 * Frees the weak reference of a callback that is called only once. Returns a reference to the client, or
 * NULL if the client is gone.
 */
static DhcpdLinkClient *weak_take(GWeakRef *weak) {
        DhcpdLinkClient *self = g_weak_ref_get(weak);

        weak_free(weak);
        return self;
}

static void on_weak_closure_freed(gpointer weak, GClosure *closure) {
        weak_free(weak);
}

/* Signals */

static void on_interfaces_added(DhcpdLinkClient *self, GVariant *arguments) {
        g_autoptr(GVariant) interfaces = NULL;
        const char *path;

        if (!g_variant_is_of_type(arguments, G_VARIANT_TYPE("(oa{sa{sv}})")))
                return;
        g_variant_get(arguments, "(&o@a{sa{sv}})", &path, &interfaces);
        client_add_link(self, path, interfaces);
}

static void on_interfaces_removed(DhcpdLinkClient *self, GVariant *arguments) {
        g_autofree const char **interfaces = NULL;
        g_autoptr(DhcpdLinkLink) link = NULL;
        const char *path;

        if (!g_variant_is_of_type(arguments, G_VARIANT_TYPE("(oas)")))
                return;
        g_variant_get(arguments, "(&o^a&s)", &path, &interfaces);
        link = g_hash_table_lookup(self->by_path, path);
        if (!link)
                return;
        (void) g_object_ref(link);
        if (g_strv_contains(interfaces, BUS_LINK_INTERFACE))
                client_remove_link(self, link);
        else if (g_strv_contains(interfaces, BUS_DHCP4_INTERFACE))
                link_remove_dhcp4(link);
}

static void on_properties_changed(DhcpdLinkClient *self, const char *path, GVariant *arguments) {
        g_autoptr(GVariant) dict = NULL;
        const char *interface;
        DhcpdLinkLink *link;

        if (!g_variant_is_of_type(arguments, G_VARIANT_TYPE("(sa{sv}as)")))
                return;
        g_variant_get(arguments, "(&s@a{sv}@as)", &interface, &dict, NULL);
        if (strcmp(path, BUS_ROOT) == 0 && strcmp(interface, BUS_MANAGER_INTERFACE) == 0) {
                client_update_manager(self, dict, /* first= */ false);
                return;
        }
        link = self->knows_links ? g_hash_table_lookup(self->by_path, path) : NULL;
        if (link) {
                (void) g_object_ref(link);
                link_update_interface(link, interface, dict, /* first= */ false);
                g_object_unref(link);
        }
}

static void on_link_signal(DhcpdLinkClient *self, const char *path, const char *member,
                           GVariant *arguments) {
        DhcpdLinkLink *link = g_hash_table_lookup(self->by_path, path);

        if (!link)
                return;
        (void) g_object_ref(link);
        link_signal(link, member, arguments);
        g_object_unref(link);
}

/* Reads a signal of the process that has the daemon's name. It is not trusted. */
static void take_signal(DhcpdLinkClient *self, const char *path, const char *interface, const char *member,
                        GVariant *arguments) {
        const bool of_root = strcmp(path, BUS_ROOT) == 0;

        if (strcmp(interface, PROPERTIES) == 0 && strcmp(member, "PropertiesChanged") == 0)
                on_properties_changed(self, path, arguments);
        else if (!self->knows_links)
                return;
        else if (of_root && strcmp(interface, OBJECT_MANAGER) == 0 && strcmp(member, "InterfacesAdded") == 0)
                on_interfaces_added(self, arguments);
        else if (of_root && strcmp(interface, OBJECT_MANAGER) == 0 &&
                 strcmp(member, "InterfacesRemoved") == 0)
                on_interfaces_removed(self, arguments);
        else if (of_root && strcmp(interface, BUS_MANAGER_INTERFACE) == 0 &&
                 strcmp(member, "CandidatesChanged") == 0)
                client_emit_candidates_changed(self);
        else if (strcmp(interface, BUS_DHCP4_INTERFACE) == 0)
                on_link_signal(self, path, member, arguments);
}

static void on_signal(GDBusConnection *connection, const char *sender, const char *path,
                      const char *interface, const char *member, GVariant *arguments, gpointer weak) {
        g_autoptr(DhcpdLinkClient) self = g_weak_ref_get(weak);

        if (self && self->subscription != 0 && self->knows_manager)
                take_signal(self, path, interface, member, arguments);
}

/* What the daemon has */

static bool is_cancelled(const GError *error) {
        return g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

/* Sets the state for a daemon that is there but does not answer as it should. */
static void fail(DhcpdLinkClient *self, GError *error) {
        DhcpdLinkDaemonState state = DHCPD_LINK_DAEMON_STATE_NOT_RUNNING;

        error_translate(&error);
        if (g_error_matches(error, DHCPD_LINK_ERROR, DHCPD_LINK_ERROR_ACCESS_DENIED))
                state = DHCPD_LINK_DAEMON_STATE_REFUSED;
        else if (g_error_matches(error, DHCPD_LINK_ERROR, DHCPD_LINK_ERROR_INCOMPATIBLE) ||
                 g_error_matches(error, DHCPD_LINK_ERROR, DHCPD_LINK_ERROR_INVALID_ARGUMENT) ||
                 g_error_matches(error, DHCPD_LINK_ERROR, DHCPD_LINK_ERROR_NO_SUCH_LINK))
                /* It lacks the object or the interface that every version of the daemon has. */
                state = DHCPD_LINK_DAEMON_STATE_INCOMPATIBLE;
        client_set_state(self, state, error->message);
}

/*
 * Returns the only argument of an answer. If the answer is an error or has not the type @type, returns NULL,
 * and the state of the client says why. Takes over @error.
 */
static GVariant *take_answer(DhcpdLinkClient *self, GDBusMessage *reply, GError *error, const char *type) {
        GVariant *body;

        if (!reply || g_dbus_message_to_gerror(reply, &error)) {
                fail(self, error);
                g_error_free(error);
                return NULL;
        }
        body = g_dbus_message_get_body(reply);
        if (!body || !g_variant_is_of_type(body, G_VARIANT_TYPE(type))) {
                client_set_state(self, DHCPD_LINK_DAEMON_STATE_INCOMPATIBLE,
                                 "The daemon gives answers that are not of this contract");
                return NULL;
        }
        return g_variant_get_child_value(body, 0);
}

static void on_objects(GObject *connection, GAsyncResult *result, gpointer weak) {
        GError *error = NULL;
        g_autoptr(GDBusMessage) reply = g_dbus_connection_send_message_with_reply_finish(
                G_DBUS_CONNECTION(connection), result, &error);
        g_autoptr(DhcpdLinkClient) self = weak_take(weak);
        g_autoptr(GVariant) objects = NULL;

        if (!self || is_cancelled(error) || !self->knows_manager) {
                g_clear_error(&error);
                return;
        }
        objects = take_answer(self, reply, error, "(a{oa{sa{sv}}})");
        if (!objects)
                return;
        self->knows_links = true;
        client_set_links(self, objects);
        client_set_state(self, DHCPD_LINK_DAEMON_STATE_RUNNING, "");
}

static void on_manager(GObject *connection, GAsyncResult *result, gpointer weak) {
        GError *error = NULL;
        g_autoptr(GDBusMessage) reply = g_dbus_connection_send_message_with_reply_finish(
                G_DBUS_CONNECTION(connection), result, &error);
        g_autoptr(DhcpdLinkClient) self = weak_take(weak);
        g_autofree char *message = NULL;
        g_autoptr(GVariant) dict = NULL;
        guint version;

        if (!self || is_cancelled(error)) {
                g_clear_error(&error);
                return;
        }
        dict = take_answer(self, reply, error, "(a{sv})");
        if (!dict)
                return;
        client_update_manager(self, dict, /* first= */ true);
        version = dhcpd_link_client_get_contract_version(self);
        if (version >= CONTRACT_VERSION) {
                self->knows_manager = true;
                return;
        }
        message = g_strdup_printf(
                "The DHCP client daemon speaks version %u of its D-Bus contract, and %u is needed", version,
                CONTRACT_VERSION);
        g_warning("%s", message);
        client_set_state(self, DHCPD_LINK_DAEMON_STATE_INCOMPATIBLE, message);
}

static void ask(DhcpdLinkClient *self, const char *interface, const char *method, GVariant *arguments,
                GAsyncReadyCallback callback) {
        g_autoptr(GDBusMessage) message =
                g_dbus_message_new_method_call(self->owner, BUS_ROOT, interface, method);

        g_dbus_message_set_flags(message, G_DBUS_MESSAGE_FLAGS_NO_AUTO_START);
        if (arguments)
                g_dbus_message_set_body(message, arguments);
        g_dbus_connection_send_message_with_reply(self->connection, message, G_DBUS_SEND_MESSAGE_FLAGS_NONE,
                                                  LOAD_TIMEOUT_MS, NULL, self->loading, callback,
                                                  weak_new(self));
}

void client_load_links(DhcpdLinkClient *self) {
        ask(self, OBJECT_MANAGER, "GetManagedObjects", NULL, on_objects);
}

/* The owner */

static void forget_owner(DhcpdLinkClient *self) {
        if (self->loading)
                g_cancellable_cancel(self->loading);
        g_clear_object(&self->loading);
        if (self->subscription != 0)
                g_dbus_connection_signal_unsubscribe(self->connection, self->subscription);
        self->subscription = 0;
        g_clear_pointer(&self->owner, g_free);
        self->knows_manager = self->knows_links = false;
        client_end_calls(self);
        g_hash_table_remove_all(self->started);
        client_remove_all_links(self);
        client_forget_manager(self);
}

/* Begins to follow the daemon. @owner: its unique name; NULL: it is the peer of a private connection. */
static void follow_owner(DhcpdLinkClient *self, const char *owner) {
        forget_owner(self);
        client_set_state(self, DHCPD_LINK_DAEMON_STATE_UNKNOWN, "");
        self->owner = g_strdup(owner);
        self->loading = g_cancellable_new();
        g_main_context_push_thread_default(self->context);
        self->subscription = g_dbus_connection_signal_subscribe(self->connection, owner, NULL, NULL, NULL,
                                                                NULL, G_DBUS_SIGNAL_FLAGS_NONE, on_signal,
                                                                weak_new(self), weak_free);
        ask(self, PROPERTIES, "GetAll", g_variant_new("(s)", BUS_MANAGER_INTERFACE), on_manager);
        client_load_links(self);
        g_main_context_pop_thread_default(self->context);
}

static void on_appeared(GDBusConnection *connection, const char *name, const char *owner, gpointer weak) {
        g_autoptr(DhcpdLinkClient) self = g_weak_ref_get(weak);

        if (self)
                follow_owner(self, owner);
}

static void on_activatable(GObject *connection, GAsyncResult *result, gpointer weak) {
        g_autoptr(GError) error = NULL;
        g_autoptr(GVariant) reply =
                g_dbus_connection_call_finish(G_DBUS_CONNECTION(connection), result, &error);
        g_autoptr(DhcpdLinkClient) self = weak_take(weak);
        g_autofree const char **names = NULL;

        /* If the daemon has appeared meanwhile, this answer is out of date. */
        if (!self || is_cancelled(error) || self->loading)
                return;
        if (reply)
                g_variant_get(reply, "(^a&s)", &names);
        if (names && !g_strv_contains(names, BUS_NAME))
                client_set_state(self, DHCPD_LINK_DAEMON_STATE_NOT_INSTALLED,
                                 "The DHCP client daemon is not installed");
        else
                client_set_state(self, DHCPD_LINK_DAEMON_STATE_NOT_RUNNING,
                                 "The DHCP client daemon does not run");
}

static void on_vanished(GDBusConnection *connection, const char *name, gpointer weak) {
        g_autoptr(DhcpdLinkClient) self = g_weak_ref_get(weak);

        if (!self)
                return;
        forget_owner(self);
        if (!connection || g_dbus_connection_is_closed(connection)) {
                client_set_state(self, DHCPD_LINK_DAEMON_STATE_NOT_RUNNING,
                                 "The connection to the bus is closed");
                return;
        }
        /*
         * Set the state at once, so that no program sees a daemon that runs and has no links. Whether the
         * daemon is installed is asked below.
         */
        if (self->state != DHCPD_LINK_DAEMON_STATE_UNKNOWN)
                client_set_state(self, DHCPD_LINK_DAEMON_STATE_NOT_RUNNING,
                                 "The DHCP client daemon does not run");
        g_main_context_push_thread_default(self->context);
        g_dbus_connection_call(connection, DRIVER, DRIVER_PATH, DRIVER, "ListActivatableNames", NULL,
                               G_VARIANT_TYPE("(as)"), G_DBUS_CALL_FLAGS_NONE, -1, self->closing,
                               on_activatable, weak_new(self));
        g_main_context_pop_thread_default(self->context);
}

static gboolean on_peer_gone(gpointer weak) {
        g_autoptr(DhcpdLinkClient) self = g_weak_ref_get(weak);

        if (self) {
                forget_owner(self);
                client_set_state(self, DHCPD_LINK_DAEMON_STATE_NOT_RUNNING,
                                 "The DHCP client daemon has closed the connection");
        }
        return G_SOURCE_REMOVE;
}

/* Is called in the main context of the connection, which may belong to another thread. */
static void on_closed(GDBusConnection *connection, gboolean vanished, GError *error, gpointer weak) {
        g_autoptr(DhcpdLinkClient) self = g_weak_ref_get(weak);

        if (self)
                g_main_context_invoke_full(self->context, G_PRIORITY_DEFAULT, on_peer_gone, weak_new(self),
                                           weak_free);
}

static void use_connection(DhcpdLinkClient *self) {
        self->is_peer = !g_dbus_connection_get_unique_name(self->connection);
        if (g_dbus_connection_is_closed(self->connection)) {
                client_set_state(self, DHCPD_LINK_DAEMON_STATE_NOT_RUNNING, "The connection is closed");
                return;
        }
        if (self->is_peer) {
                self->closed = g_signal_connect_data(self->connection, "closed", G_CALLBACK(on_closed),
                                                     weak_new(self), on_weak_closure_freed, 0);
                follow_owner(self, NULL);
                return;
        }
        g_main_context_push_thread_default(self->context);
        self->watch = g_bus_watch_name_on_connection(self->connection, BUS_NAME,
                                                     self->flags & DHCPD_LINK_CLIENT_FLAGS_AUTO_START
                                                             ? G_BUS_NAME_WATCHER_FLAGS_AUTO_START
                                                             : G_BUS_NAME_WATCHER_FLAGS_NONE,
                                                     on_appeared, on_vanished, weak_new(self), weak_free);
        g_main_context_pop_thread_default(self->context);
}

static void on_bus(GObject *object, GAsyncResult *result, gpointer weak) {
        g_autoptr(GError) error = NULL;
        g_autoptr(GDBusConnection) connection = g_bus_get_finish(result, &error);
        g_autoptr(DhcpdLinkClient) self = weak_take(weak);

        if (!self || is_cancelled(error))
                return;
        if (!connection) {
                fail(self, error);
                return;
        }
        self->connection = g_steal_pointer(&connection);
        g_object_notify(G_OBJECT(self), "connection");
        use_connection(self);
}

void client_connect(DhcpdLinkClient *self) {
        if (self->connection)
                use_connection(self);
        else
                g_bus_get(G_BUS_TYPE_SYSTEM, self->closing, on_bus, weak_new(self));
}

void client_disconnect(DhcpdLinkClient *self) {
        g_cancellable_cancel(self->closing);
        g_clear_handle_id(&self->watch, g_bus_unwatch_name);
        g_clear_signal_handler(&self->closed, self->connection);
        forget_owner(self);
}
