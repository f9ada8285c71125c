/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A layout of two widgets: side by side where there is room, else one below the other. libadwaita 1.2 has no
 * breakpoints; what folds at a width is here and in the AdwLeaflet of the window.
 */
#pragma once

#include <gtk/gtk.h>

#define VIEWER_TYPE_COLUMNS (viewer_columns_get_type())
G_DECLARE_FINAL_TYPE(ViewerColumns, viewer_columns, VIEWER, COLUMNS, GtkWidget)

/* Takes both widgets. @second is the narrower one. */
GtkWidget *viewer_columns_new(GtkWidget *first, GtkWidget *second);
