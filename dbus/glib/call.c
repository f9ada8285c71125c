/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Calls methods of the daemon (contract: dbus/glib/call.h).
 */
#include "dbus/glib/call.h"

#include "dbus/glib/client-internal.h"

struct Remote {
        unsigned refs;           /* not atomic, because one thread uses all of it */
        DhcpdLinkClient *client; /* borrowed; valid until remote_forget(), then NULL */
        char *path;
        Budget *budget;
};

Remote *remote_new(DhcpdLinkClient *client, const char *path, Budget *budget) {
        Remote *remote = g_new(Remote, 1);

        *remote = (Remote){
                .refs = 1, .client = client, .path = g_strdup(path), .budget = budget_ref(budget)
        };
        return remote;
}

Remote *remote_ref(Remote *remote) {
        remote->refs++;
        return remote;
}

void remote_unref(Remote *remote) {
        if (--remote->refs > 0)
                return;
        budget_unref(remote->budget);
        g_free(remote->path);
        g_free(remote);
}

const char *remote_path(const Remote *remote) {
        return remote->path;
}

Budget *remote_budget(Remote *remote) {
        return remote ? remote->budget : NULL;
}

void remote_forget(Remote *remote) {
        remote->client = NULL;
}

void remote_call(Remote *remote, gpointer source, const CallSpec *spec, GCancellable *cancellable,
                 GAsyncReadyCallback callback, gpointer user_data) {
        if (remote && remote->client)
                client_call(remote->client, source, remote->path, spec, NULL, cancellable, callback,
                            user_data);
        else
                g_task_report_new_error(source, callback, user_data, spec->tag, DHCPD_LINK_ERROR,
                                        DHCPD_LINK_ERROR_NO_SUCH_LINK, "The link is not managed any more");
}

/* A call that was sent and has no answer yet. It has a reference to its client. */
struct Call {
        CallSpec spec; /* its .name is not used, because @name is a copy */
        char *name;
        DhcpdLinkClient *client;
        GCancellable *ours;   /* cancelled when @theirs is cancelled, and when the daemon is gone */
        GCancellable *theirs; /* the one that the program gave; NULL: none */
        gulong handler;       /* on @theirs */
        bool daemon_gone;
};

static void call_free(gpointer data) {
        Call *call = data;

        g_clear_object(&call->theirs);
        g_object_unref(call->ours);
        g_object_unref(call->client);
        g_free(call->name);
        g_free(call);
}

static void on_cancelled(GCancellable *theirs, gpointer ours) {
        g_cancellable_cancel(ours);
}

static void on_reply(GObject *object, GAsyncResult *result, gpointer data) {
        g_autoptr(GTask) task = data;
        Call *call = g_task_get_task_data(task);
        g_autoptr(GError) error = NULL;
        g_autoptr(GVariant) reply = g_dbus_connection_call_finish(G_DBUS_CONNECTION(object), result, &error);

        g_cancellable_disconnect(call->theirs, call->handler);
        (void) g_queue_remove(&call->client->calls, call);
        if (!reply && call->daemon_gone)
                g_task_return_new_error(task, DHCPD_LINK_ERROR, DHCPD_LINK_ERROR_DAEMON_GONE,
                                        "The DHCP client daemon ended before it answered");
        else if (!reply) {
                error_translate(&error);
                g_task_return_error(task, g_steal_pointer(&error));
        } else {
                gpointer made = call->spec.take ? call->spec.take(call->client, call->name, reply) : NULL;

                if (call->spec.free)
                        g_task_return_pointer(task, made, call->spec.free);
                else
                        g_task_return_boolean(task, TRUE);
        }
}

void client_call(DhcpdLinkClient *client, gpointer source, const char *path, const CallSpec *spec,
                 GVariant *arguments, GCancellable *cancellable, GAsyncReadyCallback callback,
                 gpointer user_data) {
        GTask *task = g_task_new(source, cancellable, callback, user_data);
        g_autoptr(GVariant) sunk = arguments ? g_variant_ref_sink(arguments) : NULL;
        GDBusCallFlags flags = G_DBUS_CALL_FLAGS_NO_AUTO_START;
        GError *refusal = client_refusal(client);
        Call *call;

        g_task_set_source_tag(task, spec->tag);
        if (refusal)
                g_task_return_error(task, refusal);
        if (refusal || g_task_return_error_if_cancelled(task)) {
                g_object_unref(task);
                return;
        }
        call = g_new(Call, 1);
        *call = (Call){ .spec = *spec, .client = g_object_ref(client), .ours = g_cancellable_new() };
        call->name = g_strdup(spec->name);
        g_task_set_task_data(task, call, call_free);
        if (cancellable) {
                call->theirs = g_object_ref(cancellable);
                call->handler = g_cancellable_connect(cancellable, G_CALLBACK(on_cancelled),
                                                      g_object_ref(call->ours), g_object_unref);
        }
        g_queue_push_tail(&client->calls, call);
        if (spec->changes && client->interactive)
                flags |= G_DBUS_CALL_FLAGS_ALLOW_INTERACTIVE_AUTHORIZATION;
        /* A call that changes something has no time limit, because somebody may be typing a password. */
        g_dbus_connection_call(client->connection, client->owner, path, spec->interface, spec->method, sunk,
                               G_VARIANT_TYPE(spec->reply ? spec->reply : "()"), flags,
                               spec->changes ? G_MAXINT : -1, call->ours, on_reply, task);
}

void client_end_calls(DhcpdLinkClient *client) {
        g_autoptr(GList) calls = g_list_copy(client->calls.head);

        for (GList *i = calls; i; i = i->next) {
                Call *call = i->data;

                call->daemon_gone = true;
                g_cancellable_cancel(call->ours);
        }
}

gpointer call_finish(gpointer source, GAsyncResult *result, gpointer tag, GError **error) {
        g_return_val_if_fail(g_task_is_valid(result, source), NULL);
        g_return_val_if_fail(g_async_result_is_tagged(result, tag), NULL);
        return g_task_propagate_pointer(G_TASK(result), error);
}

gboolean call_finish_boolean(gpointer source, GAsyncResult *result, gpointer tag, GError **error) {
        g_return_val_if_fail(g_task_is_valid(result, source), FALSE);
        g_return_val_if_fail(g_async_result_is_tagged(result, tag), FALSE);
        return g_task_propagate_boolean(G_TASK(result), error);
}

gpointer call_take_string(DhcpdLinkClient *client, const char *name, GVariant *reply) {
        char *text;

        g_variant_get(reply, "(s)", &text);
        return text;
}
