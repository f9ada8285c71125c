/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Makes groups and rows (contract: dbus/viewer/viewer-rows.h).
 */
#include "dbus/viewer/viewer-rows.h"

#include <string.h>

#define VALUE_KEY "viewer-value"
#define TITLE_KEY "viewer-title"

GtkWidget *viewer_label_new(const char *text, const char *css_class) {
        GtkWidget *label = gtk_label_new(text);

        gtk_label_set_wrap(GTK_LABEL(label), TRUE);
        gtk_label_set_wrap_mode(GTK_LABEL(label), PANGO_WRAP_WORD_CHAR);
        gtk_label_set_natural_wrap_mode(GTK_LABEL(label), GTK_NATURAL_WRAP_NONE);
        gtk_label_set_selectable(GTK_LABEL(label), TRUE);
        gtk_label_set_xalign(GTK_LABEL(label), 0);
        if (css_class)
                gtk_widget_add_css_class(label, css_class);
        return label;
}

GtkWidget *viewer_group_new(const char *title, GtkListBox **ret_list) {
        GtkWidget *group = gtk_box_new(GTK_ORIENTATION_VERTICAL, 6), *heading = gtk_label_new(title),
                  *list = gtk_list_box_new();

        gtk_label_set_xalign(GTK_LABEL(heading), 0);
        gtk_label_set_ellipsize(GTK_LABEL(heading), PANGO_ELLIPSIZE_END);
        gtk_widget_add_css_class(heading, "heading");
        gtk_box_append(GTK_BOX(group), heading);

        gtk_list_box_set_selection_mode(GTK_LIST_BOX(list), GTK_SELECTION_NONE);
        gtk_widget_add_css_class(list, "boxed-list");
        gtk_accessible_update_property(GTK_ACCESSIBLE(list), GTK_ACCESSIBLE_PROPERTY_LABEL, title, -1);
        gtk_box_append(GTK_BOX(group), list);
        *ret_list = GTK_LIST_BOX(list);
        return group;
}

GtkListBoxRow *viewer_row_of(GtkWidget *widget) {
        GtkWidget *row = gtk_list_box_row_new();

        gtk_list_box_row_set_activatable(GTK_LIST_BOX_ROW(row), FALSE);
        gtk_list_box_row_set_selectable(GTK_LIST_BOX_ROW(row), FALSE);
        gtk_widget_set_focusable(row, FALSE);
        gtk_widget_set_margin_start(widget, 12);
        gtk_widget_set_margin_end(widget, 12);
        gtk_widget_set_margin_top(widget, 9);
        gtk_widget_set_margin_bottom(widget, 9);
        gtk_list_box_row_set_child(GTK_LIST_BOX_ROW(row), widget);
        return GTK_LIST_BOX_ROW(row);
}

static void name_row(GtkListBoxRow *row, const char *title, const char *value) {
        g_autofree char *name = g_strdup_printf("%s: %s", title, value);

        gtk_accessible_update_property(GTK_ACCESSIBLE(row), GTK_ACCESSIBLE_PROPERTY_LABEL, name, -1);
}

GtkListBoxRow *viewer_row_new(const char *title) {
        GtkWidget *box = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 18), *name = gtk_label_new(title);
        GtkWidget *value = viewer_label_new(NULL, "numeric");
        GtkListBoxRow *row;

        gtk_label_set_xalign(GTK_LABEL(name), 0);
        gtk_label_set_wrap(GTK_LABEL(name), TRUE);
        gtk_widget_set_valign(name, GTK_ALIGN_START);
        gtk_widget_add_css_class(name, "dim-label");
        gtk_box_append(GTK_BOX(box), name);

        /* An address runs from left to right in every language. It is aligned to the end of the row. */
        gtk_widget_set_direction(value, GTK_TEXT_DIR_LTR);
        gtk_label_set_xalign(GTK_LABEL(value),
                             gtk_widget_get_default_direction() == GTK_TEXT_DIR_RTL ? 0 : 1);
        gtk_label_set_justify(GTK_LABEL(value),
                              gtk_widget_get_default_direction() == GTK_TEXT_DIR_RTL ? GTK_JUSTIFY_LEFT
                                                                                     : GTK_JUSTIFY_RIGHT);
        gtk_widget_set_hexpand(value, TRUE);
        gtk_box_append(GTK_BOX(box), value);

        row = viewer_row_of(box);
        g_object_set_data(G_OBJECT(row), VALUE_KEY, value);
        g_object_set_data_full(G_OBJECT(row), TITLE_KEY, g_strdup(title), g_free);
        gtk_widget_set_visible(GTK_WIDGET(row), FALSE);
        return row;
}

void viewer_row_set(GtkListBoxRow *row, const char *value) {
        GtkLabel *label = g_object_get_data(G_OBJECT(row), VALUE_KEY);

        /* Setting the same text again would drop the user's selection in the label. */
        if (strcmp(gtk_label_get_text(label), value) == 0)
                return;
        gtk_label_set_text(label, value);
        name_row(row, g_object_get_data(G_OBJECT(row), TITLE_KEY), value);
        gtk_widget_set_visible(GTK_WIDGET(row), *value != 0);
}

GtkListBoxRow *viewer_note_new(const char *icon, const char *text, const char *detail, const char *dimmed) {
        GtkWidget *box = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 12),
                  *lines = gtk_box_new(GTK_ORIENTATION_VERTICAL, 3), *label;
        GtkListBoxRow *row;

        if (icon) {
                GtkWidget *image =
                        g_object_new(GTK_TYPE_IMAGE, "accessible-role", GTK_ACCESSIBLE_ROLE_PRESENTATION,
                                     "icon-name", icon, "valign", GTK_ALIGN_START, NULL);

                gtk_box_append(GTK_BOX(box), image);
        }
        gtk_box_append(GTK_BOX(lines), viewer_label_new(text, NULL));
        if (detail && *detail)
                gtk_box_append(GTK_BOX(lines), viewer_label_new(detail, "caption"));
        if (dimmed && *dimmed) {
                label = viewer_label_new(dimmed, "caption");
                gtk_widget_add_css_class(label, "dim-label");
                gtk_box_append(GTK_BOX(lines), label);
        }
        gtk_widget_set_hexpand(lines, TRUE);
        gtk_box_append(GTK_BOX(box), lines);
        row = viewer_row_of(box);
        name_row(row, text, detail && *detail ? detail : dimmed ? dimmed : "");
        return row;
}

void viewer_list_clear(GtkListBox *list) {
        GtkListBoxRow *row;

        while ((row = gtk_list_box_get_row_at_index(list, 0)))
                gtk_list_box_remove(list, GTK_WIDGET(row));
}
