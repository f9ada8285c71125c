/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Shows the lifetime of a lease as a bar (contract: dbus/viewer/viewer-lifetime.h).
 *
 * The bar is a GtkLevelBar, because screen readers know this widget. The marks are another widget that lies
 * over the bar. Both are mirrored if text runs from right to left.
 *
 * The countdown needs no time while nothing changes. A timer waits until the bar or the words would look
 * different. Then it asks for one frame, and the frame updates both and sets the timer again. GTK draws no
 * frames for a widget that cannot be seen, because it is not mapped or the compositor hides the window. Then
 * no timer runs either. The time left is computed from CLOCK_BOOTTIME each time, so it is right after a
 * suspend.
 */
#include "dbus/viewer/viewer-lifetime.h"

#include "dbus/viewer/viewer-text.h"

#include <dhcpd-link-client.h>
#include <glib/gi18n.h>

/* A timer of GLib counts milliseconds in 32 bits, so a longer wait consists of several timers. */
#define WAIT_MAX_MSEC (60 * 60 * 1000)

/* The widget with the marks T1 and T2. Their places are fractions of the bar; below 0: there is no mark. */
#define VIEWER_TYPE_MARKS (viewer_marks_get_type())
G_DECLARE_FINAL_TYPE(ViewerMarks, viewer_marks, VIEWER, MARKS, GtkWidget)

struct _ViewerMarks {
        GtkWidget parent;
        double at[2];
};

G_DEFINE_FINAL_TYPE(ViewerMarks, viewer_marks, GTK_TYPE_WIDGET)

struct _ViewerLifetime {
        GtkWidget parent;
        GtkWidget *box;
        GtkWidget *bar;
        ViewerMarks *marks;
        GtkWidget *left;
        guint64 granted, end;
        guint timer, tick;
};

G_DEFINE_FINAL_TYPE(ViewerLifetime, viewer_lifetime, GTK_TYPE_WIDGET)

/* The marks. */

static void marks_snapshot(GtkWidget *widget, GtkSnapshot *snapshot) {
        static const char *const names[] = { "T1", "T2" };
        ViewerMarks *marks = VIEWER_MARKS(widget);
        gboolean rtl = gtk_widget_get_direction(widget) == GTK_TEXT_DIR_RTL;
        int width = gtk_widget_get_width(widget), height = gtk_widget_get_height(widget), taken_from = 0,
            taken_to = 0;
        GdkRGBA color;

        gtk_style_context_get_color(gtk_widget_get_style_context(widget), &color);
        for (size_t i = 0; i < G_N_ELEMENTS(marks->at); i++) {
                g_autoptr(PangoLayout) name = NULL;
                double fraction = marks->at[i];
                int x, text_x, text_width, text_height;

                if (fraction < 0)
                        continue;
                x = (rtl ? 1 - fraction : fraction) * (width - 2);
                name = gtk_widget_create_pango_layout(widget, names[i]);
                pango_layout_get_pixel_size(name, &text_width, &text_height);
                gtk_snapshot_append_color(snapshot, &color,
                                          &GRAPHENE_RECT_INIT(x, 0, 2, height - text_height));
                /*
                 * If both marks are near each other, as on a narrow bar, only the first one gets its name.
                 */
                text_x = CLAMP(x - text_width / 2, 0, MAX(width - text_width, 0));
                if (text_x < taken_to && text_x + text_width > taken_from)
                        continue;
                taken_from = text_x - text_width / 2;
                taken_to = text_x + text_width * 3 / 2;
                gtk_snapshot_save(snapshot);
                gtk_snapshot_translate(snapshot, &GRAPHENE_POINT_INIT(text_x, height - text_height));
                gtk_snapshot_append_layout(snapshot, name, &color);
                gtk_snapshot_restore(snapshot);
        }
}

static void viewer_marks_class_init(ViewerMarksClass *class) {
        GtkWidgetClass *widget_class = GTK_WIDGET_CLASS(class);

        widget_class->snapshot = marks_snapshot;
        gtk_widget_class_set_css_name(widget_class, "marks");
        gtk_widget_class_set_accessible_role(widget_class, GTK_ACCESSIBLE_ROLE_PRESENTATION);
}

static void viewer_marks_init(ViewerMarks *marks) {
        marks->at[0] = marks->at[1] = -1;
        gtk_widget_set_can_target(GTK_WIDGET(marks), FALSE);
        gtk_widget_add_css_class(GTK_WIDGET(marks), "caption");
}

/*
 * Returns the place of a mark, or a negative number if there is no mark. The bar shows the time that is
 * left, so the mark is where the bar will end at @instant.
 */
static double mark_at(guint64 granted, guint64 instant, guint64 end) {
        if (instant == 0 || instant == VIEWER_NEVER || instant < granted || end == VIEWER_NEVER)
                return -1;
        return viewer_fraction_left(instant, granted, end);
}

/* The countdown. */

static void wait_for_change(ViewerLifetime *lifetime, guint64 now);

static void show_now(ViewerLifetime *lifetime, guint64 now) {
        g_autofree char *left = viewer_text_left(now, lifetime->end);

        gtk_level_bar_set_value(GTK_LEVEL_BAR(lifetime->bar),
                                viewer_fraction_left(now, lifetime->granted, lifetime->end));
        if (g_strcmp0(gtk_label_get_text(GTK_LABEL(lifetime->left)), left) != 0) {
                gtk_label_set_text(GTK_LABEL(lifetime->left), left);
                gtk_accessible_update_property(GTK_ACCESSIBLE(lifetime->bar),
                                               GTK_ACCESSIBLE_PROPERTY_VALUE_TEXT, left, -1);
        }
}

static gboolean on_tick(GtkWidget *widget, GdkFrameClock *clock, gpointer unused) {
        ViewerLifetime *lifetime = VIEWER_LIFETIME(widget);
        guint64 now = dhcpd_link_get_boottime();

        lifetime->tick = 0;
        show_now(lifetime, now);
        wait_for_change(lifetime, now);
        return G_SOURCE_REMOVE;
}

static void ask_for_frame(gpointer data) {
        ViewerLifetime *lifetime = data;

        lifetime->timer = 0;
        if (lifetime->tick == 0)
                lifetime->tick = gtk_widget_add_tick_callback(GTK_WIDGET(lifetime), on_tick, NULL, NULL);
}

static void wait_for_change(ViewerLifetime *lifetime, guint64 now) {
        int pixels = gtk_widget_get_width(lifetime->bar);
        guint64 next = viewer_next_change(now, lifetime->granted, lifetime->end, MAX(pixels, 0));

        if (next == VIEWER_NEVER)
                return;
        lifetime->timer =
                g_timeout_add_once(MIN((next - now) / 1000 + 1, WAIT_MAX_MSEC), ask_for_frame, lifetime);
}

static void stop_waiting(ViewerLifetime *lifetime) {
        g_clear_handle_id(&lifetime->timer, g_source_remove);
        if (lifetime->tick != 0)
                gtk_widget_remove_tick_callback(GTK_WIDGET(lifetime), lifetime->tick);
        lifetime->tick = 0;
}

/* The widget. */

static void lifetime_map(GtkWidget *widget) {
        GTK_WIDGET_CLASS(viewer_lifetime_parent_class)->map(widget);
        ask_for_frame(widget);
}

static void lifetime_unmap(GtkWidget *widget) {
        stop_waiting(VIEWER_LIFETIME(widget));
        GTK_WIDGET_CLASS(viewer_lifetime_parent_class)->unmap(widget);
}

static void lifetime_dispose(GObject *object) {
        ViewerLifetime *lifetime = VIEWER_LIFETIME(object);

        stop_waiting(lifetime);
        g_clear_pointer(&lifetime->box, gtk_widget_unparent);
        G_OBJECT_CLASS(viewer_lifetime_parent_class)->dispose(object);
}

static void viewer_lifetime_class_init(ViewerLifetimeClass *class) {
        GtkWidgetClass *widget_class = GTK_WIDGET_CLASS(class);

        G_OBJECT_CLASS(class)->dispose = lifetime_dispose;
        widget_class->map = lifetime_map;
        widget_class->unmap = lifetime_unmap;
        gtk_widget_class_set_layout_manager_type(widget_class, GTK_TYPE_BIN_LAYOUT);
        gtk_widget_class_set_accessible_role(widget_class, GTK_ACCESSIBLE_ROLE_GROUP);
}

static void viewer_lifetime_init(ViewerLifetime *lifetime) {
        GtkWidget *overlay = gtk_overlay_new();

        lifetime->box = gtk_box_new(GTK_ORIENTATION_VERTICAL, 0);
        gtk_widget_set_parent(lifetime->box, GTK_WIDGET(lifetime));

        lifetime->left = gtk_label_new(NULL);
        gtk_label_set_xalign(GTK_LABEL(lifetime->left), 0);
        gtk_label_set_wrap(GTK_LABEL(lifetime->left), TRUE);
        gtk_widget_add_css_class(lifetime->left, "numeric");
        gtk_widget_add_css_class(lifetime->left, "heading");
        gtk_box_append(GTK_BOX(lifetime->box), lifetime->left);

        lifetime->bar = gtk_level_bar_new_for_interval(0, 1);
        /* Offsets colour the bar by its value, which would make a short lease look like a problem. */
        gtk_level_bar_remove_offset_value(GTK_LEVEL_BAR(lifetime->bar), GTK_LEVEL_BAR_OFFSET_LOW);
        gtk_level_bar_remove_offset_value(GTK_LEVEL_BAR(lifetime->bar), GTK_LEVEL_BAR_OFFSET_HIGH);
        gtk_level_bar_remove_offset_value(GTK_LEVEL_BAR(lifetime->bar), GTK_LEVEL_BAR_OFFSET_FULL);
        gtk_widget_set_valign(lifetime->bar, GTK_ALIGN_START);
        gtk_widget_set_margin_top(lifetime->bar, 6);
        gtk_accessible_update_property(GTK_ACCESSIBLE(lifetime->bar), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                       _("Time left of the lease"), -1);
        gtk_overlay_set_child(GTK_OVERLAY(overlay), lifetime->bar);
        /* The names of the marks need room under the bar. */
        gtk_widget_set_size_request(overlay, -1, 36);

        lifetime->marks = g_object_new(VIEWER_TYPE_MARKS, NULL);
        gtk_overlay_add_overlay(GTK_OVERLAY(overlay), GTK_WIDGET(lifetime->marks));
        gtk_box_append(GTK_BOX(lifetime->box), overlay);
}

GtkWidget *viewer_lifetime_new(void) {
        return g_object_new(VIEWER_TYPE_LIFETIME, NULL);
}

void viewer_lifetime_set(ViewerLifetime *lifetime, guint64 granted, guint64 t1, guint64 t2, guint64 end) {
        double at[2] = { mark_at(granted, t1, end), mark_at(granted, t2, end) };

        if (at[0] != lifetime->marks->at[0] || at[1] != lifetime->marks->at[1]) {
                lifetime->marks->at[0] = at[0];
                lifetime->marks->at[1] = at[1];
                gtk_widget_queue_draw(GTK_WIDGET(lifetime->marks));
        }
        if (granted == lifetime->granted && end == lifetime->end)
                return;
        lifetime->granted = granted;
        lifetime->end = end;
        stop_waiting(lifetime);
        show_now(lifetime, dhcpd_link_get_boottime());
        if (gtk_widget_get_mapped(GTK_WIDGET(lifetime)))
                ask_for_frame(lifetime);
}
