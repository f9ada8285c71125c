/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Shows the time line (contract: dbus/viewer/viewer-timeline.h).
 *
 * A row costs much more than an event. If a thousand events come in a moment, most of them are gone before
 * anybody could read them. So the rows are updated at most five times in a second.
 */
#include "dbus/viewer/viewer-timeline.h"

#include "dbus/viewer/viewer-history.h"
#include "dbus/viewer/viewer-rows.h"

#include <glib/gi18n.h>

#define PAUSE_MSEC 200

struct _ViewerTimeline {
        GtkWidget parent;
        GtkWidget *group;
        GtkListBox *list;
        GtkWidget *nothing; /* shown while there are no events */
        GListModel *events;
        GListStore *shown; /* the events that have rows */
        guint pause;       /* a timer until the rows may be updated again; 0: they may now */
        gboolean again;    /* events have changed since the last update */
};

G_DEFINE_FINAL_TYPE(ViewerTimeline, viewer_timeline, GTK_TYPE_WIDGET)

static GtkWidget *create_row(gpointer item, gpointer unused) {
        ViewerEvent *event = item;
        g_autoptr(GDateTime) at = g_date_time_new_from_unix_local(viewer_event_at(event) / G_USEC_PER_SEC);
        /* The text has the day, because the window may be open for many days. */
        g_autofree char *when = g_date_time_format(at, "%x %X");

        return GTK_WIDGET(viewer_note_new(viewer_event_icon(event), viewer_event_text(event),
                                          viewer_event_detail(event), when));
}

/* Updates the rows. Events are only added at the front and removed at the end; the others stay the same. */
static void update(ViewerTimeline *timeline) {
        g_autoptr(GPtrArray) added = g_ptr_array_new_with_free_func(g_object_unref);
        g_autoptr(ViewerEvent) first = g_list_model_get_item(G_LIST_MODEL(timeline->shown), 0);
        guint n = timeline->events ? g_list_model_get_n_items(timeline->events) : 0, kept;

        for (guint i = 0; i < n; i++) {
                g_autoptr(ViewerEvent) event = g_list_model_get_item(timeline->events, i);

                if (event == first)
                        break;
                g_ptr_array_add(added, g_steal_pointer(&event));
        }
        g_list_store_splice(timeline->shown, 0, 0, added->pdata, added->len);
        kept = g_list_model_get_n_items(G_LIST_MODEL(timeline->shown));
        if (kept > n)
                g_list_store_splice(timeline->shown, n, kept - n, NULL, 0);
        gtk_widget_set_visible(timeline->nothing, n == 0);
        gtk_widget_set_visible(GTK_WIDGET(timeline->list), n > 0);
}

static gboolean on_pause_over(gpointer data) {
        ViewerTimeline *timeline = data;

        if (!timeline->again) {
                timeline->pause = 0;
                return G_SOURCE_REMOVE;
        }
        timeline->again = FALSE;
        update(timeline);
        return G_SOURCE_CONTINUE;
}

static void on_events(ViewerTimeline *timeline) {
        if (timeline->pause != 0) {
                timeline->again = TRUE;
                return;
        }
        update(timeline);
        timeline->pause = g_timeout_add(PAUSE_MSEC, on_pause_over, timeline);
}

static void timeline_dispose(GObject *object) {
        ViewerTimeline *timeline = VIEWER_TIMELINE(object);

        if (timeline->events)
                g_signal_handlers_disconnect_by_data(timeline->events, timeline);
        g_clear_object(&timeline->events);
        g_clear_handle_id(&timeline->pause, g_source_remove);
        g_clear_pointer(&timeline->group, gtk_widget_unparent);
        g_clear_object(&timeline->shown);
        G_OBJECT_CLASS(viewer_timeline_parent_class)->dispose(object);
}

static void viewer_timeline_class_init(ViewerTimelineClass *class) {
        G_OBJECT_CLASS(class)->dispose = timeline_dispose;
        gtk_widget_class_set_layout_manager_type(GTK_WIDGET_CLASS(class), GTK_TYPE_BIN_LAYOUT);
        gtk_widget_class_set_accessible_role(GTK_WIDGET_CLASS(class), GTK_ACCESSIBLE_ROLE_GROUP);
}

static void viewer_timeline_init(ViewerTimeline *timeline) {
        timeline->group = viewer_group_new(_("What happened"), &timeline->list);
        gtk_widget_set_parent(timeline->group, GTK_WIDGET(timeline));
        timeline->nothing =
                viewer_label_new(_("Nothing happened since this window was opened."), "dim-label");
        gtk_box_append(GTK_BOX(timeline->group), timeline->nothing);
        timeline->shown = g_list_store_new(VIEWER_TYPE_EVENT);
        gtk_list_box_bind_model(timeline->list, G_LIST_MODEL(timeline->shown), create_row, NULL, NULL);
        update(timeline);
}

GtkWidget *viewer_timeline_new(void) {
        return g_object_new(VIEWER_TYPE_TIMELINE, NULL);
}

void viewer_timeline_show(ViewerTimeline *timeline, GListModel *events) {
        if (timeline->events)
                g_signal_handlers_disconnect_by_data(timeline->events, timeline);
        g_set_object(&timeline->events, events);
        if (events)
                g_signal_connect_swapped(events, "items-changed", G_CALLBACK(on_events), timeline);
        g_list_store_remove_all(timeline->shown);
        update(timeline);
}
