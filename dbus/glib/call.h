/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * Calls methods of the daemon. A call ends when the answer is there, when its cancellable is cancelled, or
 * when the daemon that was called is gone.
 */
#include <dhcpd-link-client.h>
#include <stdbool.h>

#include "dbus/glib/properties.h"

/* One kind of call. */
typedef struct CallSpec {
        const char *interface, *method;
        bool changes;      /* the call changes something, so polkit may ask a person, which takes time */
        const char *reply; /* the D-Bus type of the answer; NULL: it is empty */
        const char *name;  /* the name of the link, which @take gets; NULL: none */
        /* Makes the result from the answer. The result must not be NULL. NULL: there is nothing to make. */
        gpointer (*take)(DhcpdLinkClient *client, const char *name, GVariant *reply);
        GDestroyNotify free; /* frees the result; NULL: the call has no result but success */
        gpointer tag;
} CallSpec;

/*
 * The client and the path of a link, for calls of its methods. The object of the link and those of its
 * address families share it.
 */
typedef struct Remote Remote;

Remote *remote_new(DhcpdLinkClient *client, const char *path, Budget *budget);
Remote *remote_ref(Remote *remote);
void remote_unref(Remote *remote);
const char *remote_path(const Remote *remote);
/*
 * Returns the budget. Returns NULL if @remote is NULL: a program can make an object that belongs to no
 * client.
 */
Budget *remote_budget(Remote *remote);
/* Call this when the link or its client is gone. Calls then fail with DHCPD_LINK_ERROR_NO_SUCH_LINK. */
void remote_forget(Remote *remote);
/* Does the same as client_call() for the object of @remote. If @remote is NULL, the link counts as gone. */
void remote_call(Remote *remote, gpointer source, const CallSpec *spec, GCancellable *cancellable,
                 GAsyncReadyCallback callback, gpointer user_data);

/*
 * Calls a method of the object at @path. When the call has ended, calls @callback with @source. Takes over
 * @arguments if the reference is floating.
 */
void client_call(DhcpdLinkClient *client, gpointer source, const char *path, const CallSpec *spec,
                 GVariant *arguments, GCancellable *cancellable, GAsyncReadyCallback callback,
                 gpointer user_data);
/* Ends all calls with DHCPD_LINK_ERROR_DAEMON_GONE. Call this when the daemon is gone. */
void client_end_calls(DhcpdLinkClient *client);

/* Return what the finish function of a call returns. @tag: as in the CallSpec. */
gpointer call_finish(gpointer source, GAsyncResult *result, gpointer tag, GError **error);
gboolean call_finish_boolean(gpointer source, GAsyncResult *result, gpointer tag, GError **error);

gpointer call_take_string(DhcpdLinkClient *client, const char *name, GVariant *reply);

/* Changes an error of GIO into one of DHCPD_LINK_ERROR if there is one for it, with a message for people. */
void error_translate(GError **error);
