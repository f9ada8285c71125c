/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The list of links, and below it of the interfaces that are not managed, each with its state as icon and
 * word.
 *
 * It has the signal "chosen": another entry is chosen, or none is any more; viewer_sidebar_chosen() says
 * which. Its argument is TRUE if the user pressed an entry, which may be the chosen one. When the chosen one
 * stops or starts to be managed, or the daemon restarts, the entry of the same name stays chosen.
 */
#pragma once

#include <dhcpd-link-client.h>
#include <gtk/gtk.h>

#define VIEWER_TYPE_SIDEBAR (viewer_sidebar_get_type())
G_DECLARE_FINAL_TYPE(ViewerSidebar, viewer_sidebar, VIEWER, SIDEBAR, GtkWidget)

/* An interface that is not managed, as a GObject. */
#define VIEWER_TYPE_CANDIDATE (viewer_candidate_get_type())
G_DECLARE_FINAL_TYPE(ViewerCandidate, viewer_candidate, VIEWER, CANDIDATE, GObject)

DhcpdLinkCandidate *viewer_candidate_get(ViewerCandidate *candidate);

GtkWidget *viewer_sidebar_new(DhcpdLinkClient *client);

/* Returns a DhcpdLinkLink, a ViewerCandidate, or NULL. The caller has no reference. */
gpointer viewer_sidebar_chosen(ViewerSidebar *sidebar);
