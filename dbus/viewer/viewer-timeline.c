/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The time line (contract: dbus/viewer/viewer-timeline.h).
 */
#include "dbus/viewer/viewer-timeline.h"

#include "dbus/viewer/viewer-history.h"
#include "dbus/viewer/viewer-rows.h"

#include <glib/gi18n.h>

struct _ViewerTimeline {
        GtkWidget parent;
        GtkWidget *group;
        GtkListBox *list;
        GtkWidget *nothing; /* shown while there are no events */
        GListModel *events;
};

G_DEFINE_FINAL_TYPE(ViewerTimeline, viewer_timeline, GTK_TYPE_WIDGET)

static GtkWidget *create_row(gpointer item, gpointer unused) {
        ViewerEvent *event = item;
        g_autoptr(GDateTime) at = g_date_time_new_from_unix_local(viewer_event_at(event) / G_USEC_PER_SEC);
        /* With the day: the window may be open for many. */
        g_autofree char *when = g_date_time_format(at, "%x %X");

        return GTK_WIDGET(viewer_note_new(viewer_event_icon(event), viewer_event_text(event),
                                          viewer_event_detail(event), when));
}

static void show_nothing(ViewerTimeline *timeline) {
        gboolean any = timeline->events && g_list_model_get_n_items(timeline->events) > 0;

        gtk_widget_set_visible(timeline->nothing, !any);
        gtk_widget_set_visible(GTK_WIDGET(timeline->list), any);
}

static void timeline_dispose(GObject *object) {
        ViewerTimeline *timeline = VIEWER_TIMELINE(object);

        if (timeline->events)
                g_signal_handlers_disconnect_by_data(timeline->events, timeline);
        g_clear_object(&timeline->events);
        g_clear_pointer(&timeline->group, gtk_widget_unparent);
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
        show_nothing(timeline);
}

GtkWidget *viewer_timeline_new(void) {
        return g_object_new(VIEWER_TYPE_TIMELINE, NULL);
}

void viewer_timeline_show(ViewerTimeline *timeline, GListModel *events) {
        if (timeline->events)
                g_signal_handlers_disconnect_by_data(timeline->events, timeline);
        g_set_object(&timeline->events, events);
        gtk_list_box_bind_model(timeline->list, events, create_row, NULL, NULL);
        if (events)
                g_signal_connect_swapped(events, "items-changed", G_CALLBACK(show_nothing), timeline);
        show_nothing(timeline);
}
