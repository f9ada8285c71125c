/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * Calls of methods. A call ends in one of three ways: with an answer, when its cancellable is cancelled,
 * or when the daemon that it went to is gone; whatever comes first.
 */
#include <dhcpd-link-client.h>
#include <stdbool.h>

#include "dbus/glib/properties.h"

/* One kind of call. */
typedef struct CallSpec {
        const char *interface, *method;
        bool changes;      /* polkit may ask somebody, who takes time */
        const char *reply; /* type of the answer; NULL: an empty one */
        const char *name;  /* of the link that it is about, for @take; NULL: none */
        /* Makes the result of the answer, which must not be NULL. NULL: there is nothing to do. */
        gpointer (*take)(DhcpdLinkClient *client, const char *name, GVariant *reply);
        GDestroyNotify free; /* of the result; NULL: the result is that it went well */
        gpointer tag;
} CallSpec;

/* Where an object is, for its methods. It belongs to the object of a link and to those of its families. */
typedef struct Remote Remote;

Remote *remote_new(DhcpdLinkClient *client, const char *path, Budget *budget);
Remote *remote_ref(Remote *remote);
void remote_unref(Remote *remote);
const char *remote_path(const Remote *remote);
/* NULL: of NULL, since programs can make objects that are of no client. */
Budget *remote_budget(Remote *remote);
/* The link is gone, or its client is. */
void remote_forget(Remote *remote);
/* As client_call(). @remote: NULL counts as gone. */
void remote_call(Remote *remote, gpointer source, const CallSpec *spec, GCancellable *cancellable,
                 GAsyncReadyCallback callback, gpointer user_data);

/*
 * Calls a method of @path for @source, and completes it when the answer is there. Takes a floating
 * @arguments.
 */
void client_call(DhcpdLinkClient *client, gpointer source, const char *path, const CallSpec *spec,
                 GVariant *arguments, GCancellable *cancellable, GAsyncReadyCallback callback,
                 gpointer user_data);
/* The daemon is gone: ends all calls. */
void client_end_calls(DhcpdLinkClient *client);

/* What the finish functions return. */
gpointer call_finish(gpointer source, GAsyncResult *result, gpointer tag, GError **error);
gboolean call_finish_boolean(gpointer source, GAsyncResult *result, gpointer tag, GError **error);

gpointer call_take_string(DhcpdLinkClient *client, const char *name, GVariant *reply);

/* Makes an error of GIO one of ours, with a message for people. */
void error_translate(GError **error);
