/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Shows all options of a lease: number, name, value, the bytes on demand, and why some are not used. An
 * entry filters them.
 */
#pragma once

#include <dhcpd-link-client.h>
#include <gtk/gtk.h>

#define VIEWER_TYPE_OPTIONS (viewer_options_get_type())
G_DECLARE_FINAL_TYPE(ViewerOptions, viewer_options, VIEWER, OPTIONS, GtkWidget)

GtkWidget *viewer_options_new(void);

/* Shows the options of @dhcp4 and follows their changes. NULL: shows none. */
void viewer_options_show(ViewerOptions *options, DhcpdLinkDhcp4 *dhcp4);

/* Sets whether the bytes are shown, too. */
void viewer_options_set_raw(ViewerOptions *options, gboolean raw);

/* Puts the cursor into the entry that filters. */
void viewer_options_find(ViewerOptions *options);
