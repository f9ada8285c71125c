/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The page of the chosen link: whether it is managed, its card, its options and what happened to it. The
 * page of an interface that is not managed says why.
 *
 * It has the signal "refreshed", without arguments: the link that is shown has changed, and the page shows
 * it.
 */
#pragma once

#include "dbus/viewer/viewer-history.h"
#include "dbus/viewer/viewer-sidebar.h"

#include <dhcpd-link-client.h>
#include <gtk/gtk.h>

#define VIEWER_TYPE_PAGE (viewer_page_get_type())
G_DECLARE_FINAL_TYPE(ViewerPage, viewer_page, VIEWER, PAGE, GtkWidget)

/* @history outlives the page. */
GtkWidget *viewer_page_new(ViewerHistory *history);

/* Shows a link and follows it, or an interface that is not managed, or that nothing is chosen (both NULL).
   */
void viewer_page_show(ViewerPage *page, DhcpdLinkLink *link, ViewerCandidate *candidate);

void viewer_page_set_raw(ViewerPage *page, gboolean raw);
void viewer_page_find(ViewerPage *page);
