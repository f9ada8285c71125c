/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * What the files of the client share.
 *
 *   client.c        the object, its properties and calls
 *   client-bus.c    the connection, who the daemon is, its messages
 *   client-links.c  the list of links
 *   call.c          calls under way
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
        PropertyValue values[CLIENT_N_ROWS]; /* of the Manager */

        /* The daemon */
        GDBusConnection *connection; /* NULL: none yet */
        bool is_peer;                /* no bus: the daemon is at the other end */
        GCancellable *closing;       /* what the client does of itself ends with it */
        GCancellable *loading;       /* the same, of one owner; NULL: there is none */
        guint watch, subscription;
        gulong closed;      /* handler: the peer hung up */
        char *owner;        /* unique name; NULL: none, or a peer */
        bool knows_manager; /* the first answer about it is here: signals count */
        bool knows_links;   /* the same */
        DhcpdLinkDaemonState state;
        char *message;
        GQueue calls;       /* of Call */
        GPtrArray *waiting; /* GTask: for the state to be known */

        /* Links */
        GHashTable *by_path; /* path -> link, whose path it is; owns the link */
        GPtrArray *list;     /* the same, by index */
        GHashTable *started; /* set of names; a peer that started links hears of these alone */
};

/* client.c */
void client_set_state(DhcpdLinkClient *self, DhcpdLinkDaemonState state, const char *message);
/* Forgets what the daemon said of itself. */
void client_forget_manager(DhcpdLinkClient *self);
/* Takes over properties of the Manager. */
void client_update_manager(DhcpdLinkClient *self, GVariant *dict, bool first);
void client_emit_candidates_changed(DhcpdLinkClient *self);
void client_emit_link(DhcpdLinkClient *self, DhcpdLinkLink *link, bool added);
/* Why nothing can be called now; NULL: it can. */
GError *client_refusal(DhcpdLinkClient *self);

/* client-bus.c */
void client_connect(DhcpdLinkClient *self);
void client_disconnect(DhcpdLinkClient *self);
/* Asks once more for all links. */
void client_load_links(DhcpdLinkClient *self);

/* client-links.c */
/* @objects: a{oa{sa{sv}}}, all there are. Links that are not among them are removed. */
void client_set_links(DhcpdLinkClient *self, GVariant *objects);
void client_add_link(DhcpdLinkClient *self, const char *path, GVariant *interfaces);
void client_remove_link(DhcpdLinkClient *self, DhcpdLinkLink *link);
void client_remove_all_links(DhcpdLinkClient *self);
/* Keeps only the links that the connection hears of. */
void client_remove_unheard_links(DhcpdLinkClient *self);
