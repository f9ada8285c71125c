/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Shows the list of links, and below it the interfaces that are not managed. Each entry has its state as an
 * icon and a word.
 *
 * The list has the signal "chosen". It is emitted when another entry is selected, or when none is selected
 * any more; viewer_sidebar_chosen() says which one is. Its argument is TRUE if the user has pressed an
 * entry, which may be the one that was selected before. If the selected interface starts or stops to be
 * managed, or the daemon is restarted, the entry with the same name stays selected.
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

/* Returns the selected DhcpdLinkLink or ViewerCandidate, or NULL. The caller gets no reference. */
gpointer viewer_sidebar_chosen(ViewerSidebar *sidebar);
