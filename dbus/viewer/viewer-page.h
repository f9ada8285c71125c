/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Shows the page of the selected link: whether the link is managed, its card, its options and its events.
 * The page of an interface that is not managed says why.
 *
 * The page has the signal "refreshed", without arguments. It is emitted when the link has changed and the
 * page has been updated.
 */
#pragma once

#include "dbus/viewer/viewer-history.h"
#include "dbus/viewer/viewer-sidebar.h"

#include <dhcpd-link-client.h>
#include <gtk/gtk.h>

#define VIEWER_TYPE_PAGE (viewer_page_get_type())
G_DECLARE_FINAL_TYPE(ViewerPage, viewer_page, VIEWER, PAGE, GtkWidget)

/* Makes the page. @history must outlive it. */
GtkWidget *viewer_page_new(ViewerHistory *history);

/*
 * Shows @link and follows its changes, or shows @candidate, an interface that is not managed. If both are
 * NULL, shows that nothing is selected.
 */
void viewer_page_show(ViewerPage *page, DhcpdLinkLink *link, ViewerCandidate *candidate);

void viewer_page_set_raw(ViewerPage *page, gboolean raw);
void viewer_page_find(ViewerPage *page);
