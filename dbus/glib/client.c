/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * DhcpdLinkClient: the object, its properties, its signals, and its list of links. The methods of the
 * Manager are in client-calls.c.
 */
#include <string.h>

#include "dbus/glib/client-internal.h"
#include "dbus/glib/link-internal.h"
#include "dbus/glib/record.h"

static const PropertyRow rows[CLIENT_N_ROWS] = {
        [CLIENT_CONTRACT_VERSION] = { .member = "ContractVersion",
                                      .name = "contract-version",
                                      .kind = PROPERTY_UINT },
        [CLIENT_VERSION] = { .member = "Version", .name = "version", .kind = PROPERTY_STRING },
        [CLIENT_FEATURES] = { .member = "Features", .name = "features", .kind = PROPERTY_STRV },
        [CLIENT_PROBLEMS] = { .member = "Problems",
                              .name = "problems",
                              .kind = PROPERTY_RECORDS,
                              .gtype = dhcpd_link_problem_get_type },
        [CLIENT_PLUGINS] = { .member = "Plugins",
                             .name = "plugins",
                             .kind = PROPERTY_VARIANT,
                             .type = "aa{sv}" },
};
static PropertyTable table = { rows, CLIENT_N_ROWS, NULL, NULL };

/* Properties of the client itself. Their ids come after those of the table, which are the daemon's. */
enum {
        OWN_CONNECTION,
        OWN_FLAGS,
        OWN_INTERACTIVE,
        OWN_DAEMON_STATE,
        OWN_DAEMON_MESSAGE,
        OWN_N,
};
static GParamSpec *own_specs[OWN_N];
static unsigned own_id; /* the id of the first of them */

enum {
        SIGNAL_LINK_ADDED,
        SIGNAL_LINK_REMOVED,
        SIGNAL_CANDIDATES_CHANGED,
        N_SIGNALS,
};
static guint signals[N_SIGNALS];

/* The list */

static GType get_item_type(GListModel *model) {
        return DHCPD_LINK_TYPE_LINK;
}

static guint get_n_items(GListModel *model) {
        return DHCPD_LINK_CLIENT(model)->list->len;
}

static gpointer get_item(GListModel *model, guint position) {
        const GPtrArray *list = DHCPD_LINK_CLIENT(model)->list;

        return position < list->len ? g_object_ref(list->pdata[position]) : NULL;
}

static void list_model_init(GListModelInterface *interface) {
        interface->get_item_type = get_item_type;
        interface->get_n_items = get_n_items;
        interface->get_item = get_item;
}

G_DEFINE_FINAL_TYPE_WITH_CODE(DhcpdLinkClient, dhcpd_link_client, G_TYPE_OBJECT,
                              G_IMPLEMENT_INTERFACE(G_TYPE_LIST_MODEL, list_model_init))

/* The object */

static void dhcpd_link_client_init(DhcpdLinkClient *self) {
        self->context = g_main_context_ref_thread_default();
        self->budget = budget_new();
        self->closing = g_cancellable_new();
        self->message = g_strdup("");
        g_queue_init(&self->calls);
        self->waiting = g_ptr_array_new_with_free_func(g_object_unref);
        self->by_path = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, g_object_unref);
        self->list = g_ptr_array_new();
        self->started = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
}

static void dhcpd_link_client_constructed(GObject *object) {
        G_OBJECT_CLASS(dhcpd_link_client_parent_class)->constructed(object);
        client_connect(DHCPD_LINK_CLIENT(object));
}

static void dhcpd_link_client_dispose(GObject *object) {
        client_disconnect(DHCPD_LINK_CLIENT(object));
        G_OBJECT_CLASS(dhcpd_link_client_parent_class)->dispose(object);
}

static void dhcpd_link_client_finalize(GObject *object) {
        DhcpdLinkClient *self = DHCPD_LINK_CLIENT(object);

        properties_clear(&table, self->values, self->budget);
        budget_unref(self->budget);
        g_clear_object(&self->connection);
        g_object_unref(self->closing);
        g_free(self->message);
        g_ptr_array_unref(self->waiting);
        g_hash_table_unref(self->by_path);
        g_ptr_array_unref(self->list);
        g_hash_table_unref(self->started);
        g_main_context_unref(self->context);
        G_OBJECT_CLASS(dhcpd_link_client_parent_class)->finalize(object);
}

static void dhcpd_link_client_get_property(GObject *object, guint id, GValue *value, GParamSpec *spec) {
        DhcpdLinkClient *self = DHCPD_LINK_CLIENT(object);

        if (property_table_get(&table, self->values, id, value))
                return;
        switch (id - own_id) {
        case OWN_CONNECTION:
                g_value_set_object(value, self->connection);
                break;
        case OWN_FLAGS:
                g_value_set_flags(value, self->flags);
                break;
        case OWN_INTERACTIVE:
                g_value_set_boolean(value, self->interactive);
                break;
        case OWN_DAEMON_STATE:
                g_value_set_enum(value, (int) self->state);
                break;
        case OWN_DAEMON_MESSAGE:
                g_value_set_string(value, self->message);
                break;
        default:
                G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, spec);
        }
}

static void dhcpd_link_client_set_property(GObject *object, guint id, const GValue *value,
                                           GParamSpec *spec) {
        DhcpdLinkClient *self = DHCPD_LINK_CLIENT(object);

        switch (id - own_id) {
        case OWN_CONNECTION:
                self->connection = g_value_dup_object(value);
                break;
        case OWN_FLAGS:
                self->flags = (DhcpdLinkClientFlags) g_value_get_flags(value);
                break;
        case OWN_INTERACTIVE:
                dhcpd_link_client_set_interactive(self, g_value_get_boolean(value));
                break;
        default:
                G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, spec);
        }
}

static void install_own_properties(GObjectClass *class) {
        const GParamFlags readable = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY;
        const GParamFlags once = G_PARAM_READWRITE | G_PARAM_CONSTRUCT_ONLY | G_PARAM_STATIC_STRINGS;

        /**
         * DhcpdLinkClient:connection:
         *
         * The connection; %NULL: the system bus, to which the client connects.
         */
        own_specs[OWN_CONNECTION] =
                g_param_spec_object("connection", NULL, NULL, G_TYPE_DBUS_CONNECTION, once);
        /**
         * DhcpdLinkClient:flags:
         *
         * How the client begins.
         */
        own_specs[OWN_FLAGS] =
                g_param_spec_flags("flags", NULL, NULL, DHCPD_LINK_TYPE_CLIENT_FLAGS, 0, once);
        /**
         * DhcpdLinkClient:interactive:
         *
         * Whether calls that change something may ask the user to authenticate:
         * [method@DhcpdLink.Client.set_interactive].
         */
        own_specs[OWN_INTERACTIVE] =
                g_param_spec_boolean("interactive", NULL, NULL, FALSE, readable | G_PARAM_WRITABLE);
        /**
         * DhcpdLinkClient:daemon-state:
         *
         * What is known about the daemon. When the state becomes %DHCPD_LINK_DAEMON_STATE_RUNNING, the list
         * has all links. When it becomes another state, the list is empty.
         */
        own_specs[OWN_DAEMON_STATE] =
                g_param_spec_enum("daemon-state", NULL, NULL, DHCPD_LINK_TYPE_DAEMON_STATE, 0, readable);
        /**
         * DhcpdLinkClient:daemon-message:
         *
         * See [method@DhcpdLink.Client.get_daemon_message].
         */
        own_specs[OWN_DAEMON_MESSAGE] = g_param_spec_string("daemon-message", NULL, NULL, "", readable);
        for (unsigned i = 0; i < OWN_N; i++)
                g_object_class_install_property(class, own_id + i, own_specs[i]);
}

/**
 * DhcpdLinkClient:contract-version:
 *
 * See [method@DhcpdLink.Client.get_contract_version].
 */
/**
 * DhcpdLinkClient:version:
 *
 * See [method@DhcpdLink.Client.get_version].
 */
/**
 * DhcpdLinkClient:features:
 *
 * See [method@DhcpdLink.Client.get_features].
 */
/**
 * DhcpdLinkClient:problems: (type GLib.PtrArray(DhcpdLinkProblem))
 *
 * See [method@DhcpdLink.Client.get_problems].
 */
/**
 * DhcpdLinkClient:plugins:
 *
 * See [method@DhcpdLink.Client.get_plugins].
 */
static void dhcpd_link_client_class_init(DhcpdLinkClientClass *class) {
        GObjectClass *object_class = G_OBJECT_CLASS(class);

        (void) DHCPD_LINK_ERROR; /* registers the names of the errors with GIO */
        object_class->constructed = dhcpd_link_client_constructed;
        object_class->dispose = dhcpd_link_client_dispose;
        object_class->finalize = dhcpd_link_client_finalize;
        object_class->get_property = dhcpd_link_client_get_property;
        object_class->set_property = dhcpd_link_client_set_property;
        property_table_install(&table, object_class, &own_id);
        install_own_properties(object_class);
        /**
         * DhcpdLinkClient::link-added:
         * @self: a client
         * @link: the link
         *
         * A link is managed now. It is in the list already.
         */
        signals[SIGNAL_LINK_ADDED] = g_signal_new("link-added", DHCPD_LINK_TYPE_CLIENT, G_SIGNAL_RUN_LAST, 0,
                                                  NULL, NULL, NULL, G_TYPE_NONE, 1, DHCPD_LINK_TYPE_LINK);
        /**
         * DhcpdLinkClient::link-removed:
         * @self: a client
         * @link: the link
         *
         * A link is not managed any more, or the daemon is gone. It has left the list already.
         */
        signals[SIGNAL_LINK_REMOVED] =
                g_signal_new("link-removed", DHCPD_LINK_TYPE_CLIENT, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                             G_TYPE_NONE, 1, DHCPD_LINK_TYPE_LINK);
        /**
         * DhcpdLinkClient::candidates-changed:
         * @self: a client
         *
         * The answer of [method@DhcpdLink.Client.list_candidates_async] may have changed. This signal comes
         * at most once in a second.
         */
        signals[SIGNAL_CANDIDATES_CHANGED] =
                g_signal_new("candidates-changed", DHCPD_LINK_TYPE_CLIENT, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                             NULL, G_TYPE_NONE, 0);
}

/* For client-bus.c */

GError *client_refusal(DhcpdLinkClient *self) {
        DhcpdLinkError code = DHCPD_LINK_ERROR_DAEMON_GONE;
        const char *message = self->message;

        switch (self->state) {
        case DHCPD_LINK_DAEMON_STATE_RUNNING:
                if (self->knows_links)
                        return NULL;
                message = "The DHCP client daemon is gone";
                break;
        case DHCPD_LINK_DAEMON_STATE_UNKNOWN:
                message = "It is not known yet whether the DHCP client daemon runs";
                break;
        case DHCPD_LINK_DAEMON_STATE_REFUSED:
                code = DHCPD_LINK_ERROR_ACCESS_DENIED;
                break;
        case DHCPD_LINK_DAEMON_STATE_INCOMPATIBLE:
                code = DHCPD_LINK_ERROR_INCOMPATIBLE;
                break;
        case DHCPD_LINK_DAEMON_STATE_NOT_INSTALLED:
        case DHCPD_LINK_DAEMON_STATE_NOT_RUNNING:
                break;
        }
        return g_error_new_literal(DHCPD_LINK_ERROR, (int) code, message);
}

static void answer_waiting(DhcpdLinkClient *self) {
        g_autoptr(GPtrArray) tasks = g_steal_pointer(&self->waiting);

        self->waiting = g_ptr_array_new_with_free_func(g_object_unref);
        for (guint i = 0; i < tasks->len; i++) {
                GError *error = client_refusal(self);

                g_source_destroy(g_task_get_task_data(tasks->pdata[i]));
                if (error)
                        g_task_return_error(tasks->pdata[i], error);
                else
                        g_task_return_boolean(tasks->pdata[i], TRUE);
        }
}

void client_set_state(DhcpdLinkClient *self, DhcpdLinkDaemonState state, const char *message) {
        GObject *object = G_OBJECT(self);

        g_object_freeze_notify(object);
        if (state != self->state)
                g_object_notify_by_pspec(object, own_specs[OWN_DAEMON_STATE]);
        if (strcmp(message, self->message) != 0) {
                g_free(self->message);
                self->message = g_strdup(message);
                g_object_notify_by_pspec(object, own_specs[OWN_DAEMON_MESSAGE]);
        }
        self->state = state;
        g_object_thaw_notify(object);
        if (state != DHCPD_LINK_DAEMON_STATE_UNKNOWN)
                answer_waiting(self);
}

void client_forget_manager(DhcpdLinkClient *self) {
        GObject *object = G_OBJECT(self);

        g_object_freeze_notify(object);
        for (unsigned i = 0; i < CLIENT_N_ROWS; i++)
                if (self->values[i].value)
                        g_object_notify_by_pspec(object, table.specs[i]);
        properties_clear(&table, self->values, self->budget);
        g_object_thaw_notify(object);
}

void client_update_manager(DhcpdLinkClient *self, GVariant *dict, bool first) {
        g_object_freeze_notify(G_OBJECT(self));
        (void) properties_update(&table, self->values, G_OBJECT(self), dict, first, self->budget);
        g_object_thaw_notify(G_OBJECT(self));
}

void client_emit_candidates_changed(DhcpdLinkClient *self) {
        g_signal_emit(self, signals[SIGNAL_CANDIDATES_CHANGED], 0);
}

void client_emit_link(DhcpdLinkClient *self, DhcpdLinkLink *link, bool added) {
        g_signal_emit(self, signals[added ? SIGNAL_LINK_ADDED : SIGNAL_LINK_REMOVED], 0, link);
}

/* For programs */

DhcpdLinkClient *dhcpd_link_client_new(GDBusConnection *connection, DhcpdLinkClientFlags flags) {
        g_return_val_if_fail(!connection || G_IS_DBUS_CONNECTION(connection), NULL);
        return g_object_new(DHCPD_LINK_TYPE_CLIENT, "connection", connection, "flags", flags, NULL);
}

static gboolean on_prepare_cancelled(GCancellable *cancellable, gpointer data) {
        g_autoptr(GTask) task = g_object_ref(data);
        DhcpdLinkClient *self = g_task_get_source_object(task);

        g_source_destroy(g_task_get_task_data(task));
        (void) g_ptr_array_remove(self->waiting, task);
        (void) g_task_return_error_if_cancelled(task);
        return G_SOURCE_REMOVE;
}

void dhcpd_link_client_prepare_async(DhcpdLinkClient *self, GCancellable *cancellable,
                                     GAsyncReadyCallback callback, gpointer user_data) {
        GTask *task;
        GSource *source;

        g_return_if_fail(DHCPD_LINK_IS_CLIENT(self));
        task = g_task_new(self, cancellable, callback, user_data);
        g_task_set_source_tag(task, dhcpd_link_client_prepare_async);
        source = g_cancellable_source_new(cancellable);
        g_source_set_callback(source, G_SOURCE_FUNC(on_prepare_cancelled), task, NULL);
        (void) g_source_attach(source, self->context);
        g_task_set_task_data(task, source, (GDestroyNotify) g_source_unref);
        g_ptr_array_add(self->waiting, task);
        if (self->state != DHCPD_LINK_DAEMON_STATE_UNKNOWN)
                answer_waiting(self);
}

gboolean dhcpd_link_client_prepare_finish(DhcpdLinkClient *self, GAsyncResult *result, GError **error) {
        return call_finish_boolean(self, result, dhcpd_link_client_prepare_async, error);
}

GDBusConnection *dhcpd_link_client_get_connection(DhcpdLinkClient *self) {
        g_return_val_if_fail(DHCPD_LINK_IS_CLIENT(self), NULL);
        return self->connection;
}

DhcpdLinkClientFlags dhcpd_link_client_get_flags(DhcpdLinkClient *self) {
        g_return_val_if_fail(DHCPD_LINK_IS_CLIENT(self), DHCPD_LINK_CLIENT_FLAGS_NONE);
        return self->flags;
}

gboolean dhcpd_link_client_get_interactive(DhcpdLinkClient *self) {
        g_return_val_if_fail(DHCPD_LINK_IS_CLIENT(self), FALSE);
        return self->interactive;
}

void dhcpd_link_client_set_interactive(DhcpdLinkClient *self, gboolean interactive) {
        g_return_if_fail(DHCPD_LINK_IS_CLIENT(self));
        if (self->interactive == !!interactive)
                return;
        self->interactive = !!interactive;
        g_object_notify_by_pspec(G_OBJECT(self), own_specs[OWN_INTERACTIVE]);
}

DhcpdLinkDaemonState dhcpd_link_client_get_daemon_state(DhcpdLinkClient *self) {
        g_return_val_if_fail(DHCPD_LINK_IS_CLIENT(self), DHCPD_LINK_DAEMON_STATE_UNKNOWN);
        return self->state;
}

const char *dhcpd_link_client_get_daemon_message(DhcpdLinkClient *self) {
        g_return_val_if_fail(DHCPD_LINK_IS_CLIENT(self), NULL);
        return self->message;
}

guint dhcpd_link_client_get_contract_version(DhcpdLinkClient *self) {
        g_return_val_if_fail(DHCPD_LINK_IS_CLIENT(self), 0);
        return property_uint(self->values, CLIENT_CONTRACT_VERSION);
}

const char *dhcpd_link_client_get_version(DhcpdLinkClient *self) {
        g_return_val_if_fail(DHCPD_LINK_IS_CLIENT(self), NULL);
        return property_string(self->values, CLIENT_VERSION);
}

const char *const *dhcpd_link_client_get_features(DhcpdLinkClient *self) {
        g_return_val_if_fail(DHCPD_LINK_IS_CLIENT(self), NULL);
        return property_strv(self->values, CLIENT_FEATURES);
}

GPtrArray *dhcpd_link_client_get_problems(DhcpdLinkClient *self) {
        g_return_val_if_fail(DHCPD_LINK_IS_CLIENT(self), NULL);
        return property_records(self->values, CLIENT_PROBLEMS);
}

GVariant *dhcpd_link_client_get_plugins(DhcpdLinkClient *self) {
        g_return_val_if_fail(DHCPD_LINK_IS_CLIENT(self), NULL);
        return property_variant(&table, self->values, CLIENT_PLUGINS);
}

DhcpdLinkLink *dhcpd_link_client_get_link(DhcpdLinkClient *self, const char *name) {
        g_return_val_if_fail(DHCPD_LINK_IS_CLIENT(self), NULL);
        g_return_val_if_fail(name, NULL);
        for (guint i = 0; i < self->list->len; i++)
                if (link_has_name(self->list->pdata[i], name))
                        return self->list->pdata[i];
        return NULL;
}

DhcpdLinkLink *dhcpd_link_client_get_link_by_index(DhcpdLinkClient *self, int ifindex) {
        g_return_val_if_fail(DHCPD_LINK_IS_CLIENT(self), NULL);
        for (guint i = 0; i < self->list->len; i++)
                if (dhcpd_link_link_get_index(self->list->pdata[i]) == ifindex)
                        return self->list->pdata[i];
        return NULL;
}
