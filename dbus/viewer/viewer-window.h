/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The window: the list of links and the page of the chosen one, or why there are none; and the actions of
 * the user.
 */
#pragma once

#include <adwaita.h>
#include <dhcpd-link-client.h>

#define VIEWER_TYPE_WINDOW (viewer_window_get_type())
G_DECLARE_FINAL_TYPE(ViewerWindow, viewer_window, VIEWER, WINDOW, AdwApplicationWindow)

/* A window that follows @client. */
GtkWidget *viewer_window_new(GtkApplication *application, DhcpdLinkClient *client);

/* A message stays until the next one, however slow its reader is. */
void viewer_window_keep_messages(ViewerWindow *window);
