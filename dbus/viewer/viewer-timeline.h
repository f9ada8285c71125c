/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Shows the time line of the window: the events of one link (dbus/viewer/viewer-history.h), newest first.
 */
#pragma once

#include <gtk/gtk.h>

#define VIEWER_TYPE_TIMELINE (viewer_timeline_get_type())
G_DECLARE_FINAL_TYPE(ViewerTimeline, viewer_timeline, VIEWER, TIMELINE, GtkWidget)

GtkWidget *viewer_timeline_new(void);

/* Shows @events, a model of ViewerEvent, and follows its changes. NULL: shows none. */
void viewer_timeline_show(ViewerTimeline *timeline, GListModel *events);
