/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The window: shows the list of links and the page of the selected link, or why there are no links. It also
 * has the actions of the user.
 */
#pragma once

#include <adwaita.h>
#include <dhcpd-link-client.h>

#define VIEWER_TYPE_WINDOW (viewer_window_get_type())
G_DECLARE_FINAL_TYPE(ViewerWindow, viewer_window, VIEWER, WINDOW, AdwApplicationWindow)

/* Makes a window that follows @client. */
GtkWidget *viewer_window_new(GtkApplication *application, DhcpdLinkClient *client);

/* Makes each message stay until the next one. For tests, whose reader may be slow. */
void viewer_window_keep_messages(ViewerWindow *window);
