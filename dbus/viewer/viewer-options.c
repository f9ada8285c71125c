/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Shows the options of a lease (contract: dbus/viewer/viewer-options.h).
 */
#include "dbus/viewer/viewer-options.h"

#include "dbus/viewer/viewer-facts.h"
#include "dbus/viewer/viewer-rows.h"
#include "dbus/viewer/viewer-text.h"

#include <glib/gi18n.h>
#include <string.h>

/* A message has room for 255 codes; each has one row. Held by on_changed(). */
#define ROWS_MAX 300

#define RAW_KEY  "viewer-raw"
#define FIND_KEY "viewer-find"

struct _ViewerOptions {
        GtkWidget parent;
        GtkWidget *group;
        GtkWidget *entry;
        GtkListBox *list;
        GListModel *model;
        gboolean raw;
};

G_DEFINE_FINAL_TYPE(ViewerOptions, viewer_options, GTK_TYPE_WIDGET)

/*
 * Hides the rows that do not match the text of the entry. The list could have a filter instead, but GTK 4.8
 * still shows filtered rows to screen readers.
 */
static void find(ViewerOptions *options) {
        g_autofree char *wanted = g_utf8_casefold(gtk_editable_get_text(GTK_EDITABLE(options->entry)), -1);
        GtkListBoxRow *row;

        for (int i = 0; (row = gtk_list_box_get_row_at_index(options->list, i)); i++)
                gtk_widget_set_visible(GTK_WIDGET(row),
                                       strstr(g_object_get_data(G_OBJECT(row), FIND_KEY), wanted) != NULL);
}

static GtkListBoxRow *row_of(ViewerOptions *options, DhcpdLinkOption *option) {
        g_autofree char *name = viewer_text_clean(dhcpd_link_option_get_name(option), VIEWER_TEXT_MAX);
        g_autofree char *value = viewer_option_text(option), *bytes = viewer_option_raw(option),
                        *note = viewer_option_note(option);
        guint code = dhcpd_link_option_get_code(option);
        g_autofree char *title = g_strdup_printf("%u", code), *all = NULL, *spoken = NULL;
        GtkWidget *box = gtk_box_new(GTK_ORIENTATION_VERTICAL, 3), *raw,
                  *heading = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 9);
        GtkWidget *number = gtk_label_new(title), *label;
        GtkListBoxRow *row;

        gtk_label_set_width_chars(GTK_LABEL(number), 3);
        gtk_label_set_xalign(GTK_LABEL(number), 0);
        gtk_widget_set_valign(number, GTK_ALIGN_START);
        gtk_widget_add_css_class(number, "numeric");
        gtk_widget_add_css_class(number, "dim-label");
        gtk_box_append(GTK_BOX(heading), number);
        label = viewer_label_new(name, "dim-label");
        gtk_widget_set_hexpand(label, TRUE);
        gtk_box_append(GTK_BOX(heading), label);
        gtk_box_append(GTK_BOX(box), heading);
        if (*value)
                gtk_box_append(GTK_BOX(box), viewer_label_new(value, "numeric"));
        if (*note) {
                label = viewer_label_new(note, "caption");
                gtk_widget_add_css_class(label, "dim-label");
                gtk_box_append(GTK_BOX(box), label);
        }
        raw = viewer_label_new(*bytes ? bytes : _("no bytes"), "caption");
        gtk_widget_add_css_class(raw, "monospace");
        gtk_widget_set_visible(raw, options->raw);
        gtk_box_append(GTK_BOX(box), raw);

        row = viewer_row_of(box);
        spoken = g_strdup_printf(_("Option %u, %s: %s %s"), code, name, value, note);
        gtk_accessible_update_property(GTK_ACCESSIBLE(row), GTK_ACCESSIBLE_PROPERTY_LABEL, spoken, -1);
        all = g_strdup_printf("%u %s %s", code, name, value);
        g_object_set_data_full(G_OBJECT(row), FIND_KEY, g_utf8_casefold(all, -1), g_free);
        g_object_set_data(G_OBJECT(row), RAW_KEY, raw);
        return row;
}

/*
 * Removes and adds rows as the model does. A row is never updated, because an option never changes: if the
 * server sends another value, the model has another object.
 */
static void on_changed(GListModel *model, guint position, guint removed, guint added,
                       ViewerOptions *options) {
        for (; removed > 0; removed--) {
                GtkListBoxRow *row = gtk_list_box_get_row_at_index(options->list, position);

                if (!row)
                        break;
                gtk_list_box_remove(options->list, GTK_WIDGET(row));
        }
        for (guint i = position; i < position + added && i < ROWS_MAX; i++) {
                g_autoptr(DhcpdLinkOption) option = g_list_model_get_item(model, i);

                gtk_list_box_insert(options->list, GTK_WIDGET(row_of(options, option)), i);
        }
        find(options);
        gtk_widget_set_visible(options->group, g_list_model_get_n_items(model) > 0);
}

static void forget_model(ViewerOptions *options) {
        if (options->model)
                g_signal_handlers_disconnect_by_data(options->model, options);
        g_clear_object(&options->model);
}

static void options_dispose(GObject *object) {
        ViewerOptions *options = VIEWER_OPTIONS(object);

        forget_model(options);
        g_clear_pointer(&options->group, gtk_widget_unparent);
        G_OBJECT_CLASS(viewer_options_parent_class)->dispose(object);
}

static void viewer_options_class_init(ViewerOptionsClass *class) {
        G_OBJECT_CLASS(class)->dispose = options_dispose;
        gtk_widget_class_set_layout_manager_type(GTK_WIDGET_CLASS(class), GTK_TYPE_BIN_LAYOUT);
        gtk_widget_class_set_accessible_role(GTK_WIDGET_CLASS(class), GTK_ACCESSIBLE_ROLE_GROUP);
}

static void viewer_options_init(ViewerOptions *options) {
        GtkWidget *tools = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 6),
                  *raw = gtk_toggle_button_new_with_label(_("Bytes"));

        options->group = viewer_group_new(_("Options"), &options->list);
        gtk_widget_set_parent(options->group, GTK_WIDGET(options));

        options->entry = gtk_search_entry_new();
        g_object_set(options->entry, "placeholder-text", _("Number, name or value"), NULL);
        gtk_accessible_update_property(GTK_ACCESSIBLE(options->entry), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                       _("Find an option"), -1);
        gtk_widget_set_hexpand(options->entry, TRUE);
        g_signal_connect_swapped(options->entry, "search-changed", G_CALLBACK(find), options);
        gtk_box_append(GTK_BOX(tools), options->entry);
        gtk_actionable_set_action_name(GTK_ACTIONABLE(raw), "win.raw");
        gtk_widget_set_tooltip_text(raw, _("Show the bytes as received"));
        gtk_box_append(GTK_BOX(tools), raw);
        gtk_box_insert_child_after(GTK_BOX(options->group), tools,
                                   gtk_widget_get_first_child(options->group));

        gtk_widget_set_visible(options->group, FALSE);
}

GtkWidget *viewer_options_new(void) {
        return g_object_new(VIEWER_TYPE_OPTIONS, NULL);
}

void viewer_options_show(ViewerOptions *options, DhcpdLinkDhcp4 *dhcp4) {
        GListModel *model = dhcp4 ? dhcpd_link_dhcp4_get_options(dhcp4) : NULL;

        if (model == options->model)
                return;
        forget_model(options);
        viewer_list_clear(options->list);
        gtk_widget_set_visible(options->group, FALSE);
        if (!model)
                return;
        options->model = g_object_ref(model);
        g_signal_connect(model, "items-changed", G_CALLBACK(on_changed), options);
        on_changed(model, 0, 0, g_list_model_get_n_items(model), options);
}

void viewer_options_set_raw(ViewerOptions *options, gboolean raw) {
        GtkListBoxRow *row;

        options->raw = raw;
        for (int i = 0; (row = gtk_list_box_get_row_at_index(options->list, i)); i++)
                gtk_widget_set_visible(g_object_get_data(G_OBJECT(row), RAW_KEY), raw);
}

void viewer_options_find(ViewerOptions *options) {
        gtk_widget_grab_focus(options->entry);
}
