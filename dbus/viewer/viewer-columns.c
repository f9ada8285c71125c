/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Lays out two widgets in two columns or in one (contract: dbus/viewer/viewer-columns.h).
 */
#include "dbus/viewer/viewer-columns.h"

/* From this width on there are two columns. The window is 260 pixels wider where it shows its sidebar. */
#define TWO_FROM 740
#define GAP      24

struct _ViewerColumns {
        GtkWidget parent;
        GtkWidget *first, *second;
};

G_DEFINE_FINAL_TYPE(ViewerColumns, viewer_columns, GTK_TYPE_WIDGET)

/* Returns the width of the second column if there are two: two fifths of the width. */
static int second_width(int width) {
        return (width - GAP) * 2 / 5;
}

static GtkSizeRequestMode columns_request_mode(GtkWidget *widget) {
        return GTK_SIZE_REQUEST_HEIGHT_FOR_WIDTH;
}

static void measure_width(ViewerColumns *columns, int *minimum, int *natural) {
        int first_min, first_nat, second_min, second_nat;

        gtk_widget_measure(columns->first, GTK_ORIENTATION_HORIZONTAL, -1, &first_min, &first_nat, NULL,
                           NULL);
        gtk_widget_measure(columns->second, GTK_ORIENTATION_HORIZONTAL, -1, &second_min, &second_nat, NULL,
                           NULL);
        *minimum = MAX(first_min, second_min);
        *natural = MAX(first_nat, second_nat);
}

static void measure_height(ViewerColumns *columns, int width, int *minimum, int *natural) {
        int first_min, first_nat, second_min, second_nat, first_width = width, side_width = width;

        if (width >= TWO_FROM) {
                side_width = second_width(width);
                first_width = width - GAP - side_width;
        }
        gtk_widget_measure(columns->first, GTK_ORIENTATION_VERTICAL, first_width, &first_min, &first_nat,
                           NULL, NULL);
        gtk_widget_measure(columns->second, GTK_ORIENTATION_VERTICAL, side_width, &second_min, &second_nat,
                           NULL, NULL);
        if (width >= TWO_FROM) {
                *minimum = MAX(first_min, second_min);
                *natural = MAX(first_nat, second_nat);
        } else {
                *minimum = first_min + GAP + second_min;
                *natural = first_nat + GAP + second_nat;
        }
}

static void columns_measure(GtkWidget *widget, GtkOrientation orientation, int for_size, int *minimum,
                            int *natural, int *minimum_baseline, int *natural_baseline) {
        ViewerColumns *columns = VIEWER_COLUMNS(widget);

        if (orientation == GTK_ORIENTATION_HORIZONTAL)
                measure_width(columns, minimum, natural);
        else
                measure_height(columns, for_size, minimum, natural);
        *minimum_baseline = *natural_baseline = -1;
}

static void columns_allocate(GtkWidget *widget, int width, int height, int baseline) {
        ViewerColumns *columns = VIEWER_COLUMNS(widget);
        gboolean rtl = gtk_widget_get_direction(widget) == GTK_TEXT_DIR_RTL;
        GtkAllocation first = { 0, 0, width, height }, second = first;
        int natural;

        if (width >= TWO_FROM) {
                second.width = second_width(width);
                first.width = width - GAP - second.width;
                if (rtl)
                        first.x = second.width + GAP;
                else
                        second.x = first.width + GAP;
        } else {
                gtk_widget_measure(columns->first, GTK_ORIENTATION_VERTICAL, width, NULL, &natural, NULL,
                                   NULL);
                first.height = MIN(natural, height);
                second.y = MIN(first.height + GAP, height);
                second.height = height - second.y;
        }
        gtk_widget_size_allocate(columns->first, &first, -1);
        gtk_widget_size_allocate(columns->second, &second, -1);
}

static void columns_dispose(GObject *object) {
        ViewerColumns *columns = VIEWER_COLUMNS(object);

        g_clear_pointer(&columns->first, gtk_widget_unparent);
        g_clear_pointer(&columns->second, gtk_widget_unparent);
        G_OBJECT_CLASS(viewer_columns_parent_class)->dispose(object);
}

static void viewer_columns_class_init(ViewerColumnsClass *class) {
        GtkWidgetClass *widget_class = GTK_WIDGET_CLASS(class);

        G_OBJECT_CLASS(class)->dispose = columns_dispose;
        widget_class->get_request_mode = columns_request_mode;
        widget_class->measure = columns_measure;
        widget_class->size_allocate = columns_allocate;
        gtk_widget_class_set_accessible_role(widget_class, GTK_ACCESSIBLE_ROLE_GROUP);
}

static void viewer_columns_init(ViewerColumns *columns) {
}

GtkWidget *viewer_columns_new(GtkWidget *first, GtkWidget *second) {
        ViewerColumns *columns = g_object_new(VIEWER_TYPE_COLUMNS, NULL);

        columns->first = first;
        columns->second = second;
        gtk_widget_set_parent(first, GTK_WIDGET(columns));
        gtk_widget_set_parent(second, GTK_WIDGET(columns));
        return GTK_WIDGET(columns);
}
