/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What happened to each link while the window was open, newest first.
 *
 * Events are kept by the name of the link, so they outlive the link and the daemon. There are bounds: a link
 * keeps its last VIEWER_EVENTS_MAX events, and only the VIEWER_NAMES_MAX names with the newest events are
 * kept.
 */
#pragma once

#include <gio/gio.h>

#define VIEWER_EVENTS_MAX 100
#define VIEWER_NAMES_MAX  64 /* held by touch() */

#define VIEWER_TYPE_EVENT (viewer_event_get_type())
G_DECLARE_FINAL_TYPE(ViewerEvent, viewer_event, VIEWER, EVENT, GObject)

/*
 * Return the parts of an event: what happened, in one line; details, or ""; the name of an icon; when it
 * happened, in microseconds of CLOCK_REALTIME.
 */
const char *viewer_event_text(ViewerEvent *event);
const char *viewer_event_detail(ViewerEvent *event);
const char *viewer_event_icon(ViewerEvent *event);
guint64 viewer_event_at(ViewerEvent *event);

typedef struct ViewerHistory ViewerHistory;

ViewerHistory *viewer_history_new(void);
ViewerHistory *viewer_history_free(ViewerHistory *history);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ViewerHistory, viewer_history_free)

/*
 * Records that something happens to the link @name now. @detail may be NULL. Both texts are for people and
 * must be clean (viewer_text_clean()).
 */
void viewer_history_add(ViewerHistory *history, const char *name, const char *icon, const char *text,
                        const char *detail);

/*
 * Returns the events of the link @name, as a list that changes when something happens. The caller owns a
 * reference. If the name is forgotten, the list stays valid but does not change any more.
 */
GListModel *viewer_history_of(ViewerHistory *history, const char *name);
