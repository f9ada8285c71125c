/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What happened to each link while the window was open, newest first.
 *
 * It is kept by the name of the link, so it outlives the link and the daemon. It is bounded: a link keeps
 * its last VIEWER_EVENTS_MAX events, and only VIEWER_NAMES_MAX names are remembered, those to which
 * something happened last.
 */
#pragma once

#include <gio/gio.h>

#define VIEWER_EVENTS_MAX 100
#define VIEWER_NAMES_MAX  64 /* held by touch() */

#define VIEWER_TYPE_EVENT (viewer_event_get_type())
G_DECLARE_FINAL_TYPE(ViewerEvent, viewer_event, VIEWER, EVENT, GObject)

/* What happened, in one line; "" or more about it; the name of an icon; when, on CLOCK_REALTIME in
   microseconds. */
const char *viewer_event_text(ViewerEvent *event);
const char *viewer_event_detail(ViewerEvent *event);
const char *viewer_event_icon(ViewerEvent *event);
guint64 viewer_event_at(ViewerEvent *event);

typedef struct ViewerHistory ViewerHistory;

ViewerHistory *viewer_history_new(void);
ViewerHistory *viewer_history_free(ViewerHistory *history);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ViewerHistory, viewer_history_free)

/* Notes that something happened to the link @name now. @detail may be NULL. Both texts are for people and
   clean already. */
void viewer_history_add(ViewerHistory *history, const char *name, const char *icon, const char *text,
                        const char *detail);

/* Returns the events of the link @name, which change as more happens. The caller has a reference. It stays
   valid when the name is forgotten, and does not change any more then. */
GListModel *viewer_history_of(ViewerHistory *history, const char *name);
