/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * What the files of the client share.
 *
 *   client.c        the object, its properties and calls
 *   client-bus.c    the connection, who the daemon is, its messages
 *   client-calls.c  the methods of the Manager
 *   client-links.c  the list of links
 *   call.c          calls that have no answer yet
 */
#include <dhcpd-link-client.h>
#include <stdbool.h>

#include "dbus/glib/call.h"
#include "dbus/glib/properties.h"

#define CONTRACT_VERSION 1u
#define LINKS_MAX        16384u /* the rest is not shown; held by link_take() */

enum {
        CLIENT_CONTRACT_VERSION,
        CLIENT_VERSION,
        CLIENT_FEATURES,
        CLIENT_PROBLEMS,
        CLIENT_PLUGINS,
        CLIENT_N_ROWS,
};

typedef struct Call Call;

struct _DhcpdLinkClient {
        GObject parent;
        GMainContext *context;
        DhcpdLinkClientFlags flags;
        bool interactive;
        Budget *budget;
        PropertyValue values[CLIENT_N_ROWS]; /* the properties of the Manager */

        /* The daemon */
        GDBusConnection *connection; /* NULL: none yet */
        bool is_peer;                /* a private connection: the daemon is at the other end, not a bus */
        GCancellable *closing;       /* cancels what the client does on its own */
        GCancellable *loading;       /* cancels what it asks the present daemon; NULL: there is no daemon */
        guint watch, subscription;
        gulong closed;      /* the handler for the end of a private connection */
        char *owner;        /* the daemon's unique name; NULL: there is none, or the daemon is a peer */
        bool knows_manager; /* the properties of the Manager were read; earlier signals are ignored */
        bool knows_links;   /* the links were read; earlier signals about links are ignored */
        DhcpdLinkDaemonState state;
        char *message;
        GQueue calls;       /* of Call */
        GPtrArray *waiting; /* of GTask: they wait until the state is known */

        /* Links */
        GHashTable *by_path; /* path -> link; the key belongs to the link; owns the links */
        GPtrArray *list;     /* the same links, sorted by index */
        GHashTable *started; /* set of names: the links that this private connection has started */
};

/* client.c */
void client_set_state(DhcpdLinkClient *self, DhcpdLinkDaemonState state, const char *message);
/* Forgets the properties of the Manager. */
void client_forget_manager(DhcpdLinkClient *self);
/* Sets the properties of the Manager that are in @dict (a{sv}). @first: it is the first answer. */
void client_update_manager(DhcpdLinkClient *self, GVariant *dict, bool first);
void client_emit_candidates_changed(DhcpdLinkClient *self);
void client_emit_link(DhcpdLinkClient *self, DhcpdLinkLink *link, bool added);
/* Returns why no method can be called now, or NULL if one can. The caller owns the error. */
GError *client_refusal(DhcpdLinkClient *self);

/* client-bus.c */
void client_connect(DhcpdLinkClient *self);
void client_disconnect(DhcpdLinkClient *self);
/* Asks the daemon for all links again. */
void client_load_links(DhcpdLinkClient *self);

/* client-links.c */
/* Sets the links. @objects: a{oa{sa{sv}}}, all that the daemon has. Links that are not in it are removed. */
void client_set_links(DhcpdLinkClient *self, GVariant *objects);
void client_add_link(DhcpdLinkClient *self, const char *path, GVariant *interfaces);
void client_remove_link(DhcpdLinkClient *self, DhcpdLinkLink *link);
void client_remove_all_links(DhcpdLinkClient *self);
/* Removes the links that this private connection has not started, and so hears nothing of. */
void client_remove_unheard_links(DhcpdLinkClient *self);
