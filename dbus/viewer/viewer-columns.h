/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Lays out two widgets: side by side if there is room, otherwise one below the other. libadwaita 1.2 has no
 * breakpoints, so this widget and the AdwLeaflet of the window do what depends on the width.
 */
#pragma once

#include <gtk/gtk.h>

#define VIEWER_TYPE_COLUMNS (viewer_columns_get_type())
G_DECLARE_FINAL_TYPE(ViewerColumns, viewer_columns, VIEWER, COLUMNS, GtkWidget)

/* Makes the layout, and takes over both widgets. @second is the narrower one. */
GtkWidget *viewer_columns_new(GtkWidget *first, GtkWidget *second);
