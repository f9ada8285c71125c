/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Shows the list of links (contract: dbus/viewer/viewer-sidebar.h).
 *
 * The links come from the client, which is a GListModel of links. When the candidates may have changed, the
 * daemon is asked for them. Only one such call is open at a time.
 */
#include "dbus/viewer/viewer-sidebar.h"

#include "dbus/viewer/viewer-facts.h"
#include "dbus/viewer/viewer-text.h"

#include <glib/gi18n.h>

/*
 * Candidates that are shown at most, because a host with containers has thousands of interfaces. Held by
 * show_candidates().
 */
#define CANDIDATES_MAX 200

struct _ViewerCandidate {
        GObject parent;
        DhcpdLinkCandidate *record;
};

G_DEFINE_FINAL_TYPE(ViewerCandidate, viewer_candidate, G_TYPE_OBJECT)

struct _ViewerSidebar {
        GtkWidget parent;
        GtkWidget *scrolled;
        GtkListBox *list;
        DhcpdLinkClient *client;
        GListStore *candidates;
        GCancellable *asking; /* of the open call that lists the candidates; NULL: there is none */
        gboolean ask_again;   /* something has changed since that call was made */
        char *chosen;         /* the name of the selected entry, which may be missing for now */
        guint settling;       /* an idle source that looks for this entry and selects it */
};

G_DEFINE_FINAL_TYPE(ViewerSidebar, viewer_sidebar, GTK_TYPE_WIDGET)

static guint chosen_signal;

/* A candidate. */

static void candidate_finalize(GObject *object) {
        g_clear_pointer(&VIEWER_CANDIDATE(object)->record, dhcpd_link_candidate_unref);
        G_OBJECT_CLASS(viewer_candidate_parent_class)->finalize(object);
}

static void viewer_candidate_class_init(ViewerCandidateClass *class) {
        G_OBJECT_CLASS(class)->finalize = candidate_finalize;
}

static void viewer_candidate_init(ViewerCandidate *candidate) {
}

DhcpdLinkCandidate *viewer_candidate_get(ViewerCandidate *candidate) {
        return candidate->record;
}

/* Rows. */

#define ITEM_KEY "viewer-item"

static gpointer item_of(GtkListBoxRow *row) {
        return g_object_get_data(G_OBJECT(row), ITEM_KEY);
}

static const char *name_of(gpointer item) {
        return DHCPD_LINK_IS_LINK(item) ? dhcpd_link_link_get_name(item)
                                        : dhcpd_link_candidate_get_name(VIEWER_CANDIDATE(item)->record);
}

/* The widgets of a row. The row owns them. */
typedef struct RowParts {
        GtkImage *icon;
        GtkLabel *name, *state;
        DhcpdLinkDhcp4 *followed; /* borrowed: the link of the row has the reference */
} RowParts;

#define PARTS_KEY "viewer-parts"

static void show_row(GtkListBoxRow *row, const char *icon, const char *name, const char *state) {
        RowParts *parts = g_object_get_data(G_OBJECT(row), PARTS_KEY);
        g_autofree char *clean = viewer_text_clean(name, VIEWER_TEXT_MAX),
                        *spoken = g_strdup_printf("%s, %s", clean, state);

        gtk_image_set_from_icon_name(parts->icon, icon);
        gtk_label_set_text(parts->name, clean);
        gtk_label_set_text(parts->state, state);
        gtk_accessible_update_property(GTK_ACCESSIBLE(row), GTK_ACCESSIBLE_PROPERTY_LABEL, spoken, -1);
}

static void show_link(GtkListBoxRow *row) {
        RowParts *parts = g_object_get_data(G_OBJECT(row), PARTS_KEY);
        DhcpdLinkLink *link = item_of(row);
        DhcpdLinkDhcp4 *dhcp4 = dhcpd_link_link_get_dhcp4(link);
        g_autofree char *summary = viewer_fact_summary(link);

        if (dhcp4 && dhcp4 != parts->followed)
                g_signal_connect_object(dhcp4, "notify", G_CALLBACK(show_link), row, G_CONNECT_SWAPPED);
        parts->followed = dhcp4;
        show_row(row, viewer_state_of_link(dhcpd_link_link_get_state_name(link)).icon,
                 dhcpd_link_link_get_name(link), summary);
}

static GtkLabel *append_label(GtkWidget *box, const char *css_class) {
        GtkWidget *label = gtk_label_new(NULL);

        gtk_label_set_xalign(GTK_LABEL(label), 0);
        gtk_label_set_ellipsize(GTK_LABEL(label), PANGO_ELLIPSIZE_END);
        gtk_widget_add_css_class(label, css_class);
        gtk_box_append(GTK_BOX(box), label);
        return GTK_LABEL(label);
}

static GtkWidget *create_row(gpointer item, gpointer unused) {
        GtkWidget *row = gtk_list_box_row_new(), *box = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 12);
        GtkWidget *lines = gtk_box_new(GTK_ORIENTATION_VERTICAL, 2);
        RowParts *parts = g_new0(RowParts, 1);

        parts->icon =
                g_object_new(GTK_TYPE_IMAGE, "accessible-role", GTK_ACCESSIBLE_ROLE_PRESENTATION, NULL);
        gtk_box_append(GTK_BOX(box), GTK_WIDGET(parts->icon));
        parts->name = append_label(lines, "heading");
        parts->state = append_label(lines, "caption");
        gtk_box_append(GTK_BOX(box), lines);
        gtk_widget_set_margin_top(box, 6);
        gtk_widget_set_margin_bottom(box, 6);
        gtk_list_box_row_set_child(GTK_LIST_BOX_ROW(row), box);
        g_object_set_data_full(G_OBJECT(row), ITEM_KEY, g_object_ref(item), g_object_unref);
        g_object_set_data_full(G_OBJECT(row), PARTS_KEY, parts, g_free);

        if (DHCPD_LINK_IS_LINK(item)) {
                g_signal_connect_object(item, "notify", G_CALLBACK(show_link), row, G_CONNECT_SWAPPED);
                show_link(GTK_LIST_BOX_ROW(row));
        } else {
                DhcpdLinkCandidate *record = VIEWER_CANDIDATE(item)->record;
                gboolean startable;
                ViewerState state =
                        viewer_state_of_candidate(dhcpd_link_candidate_get_reason_name(record), &startable);

                show_row(GTK_LIST_BOX_ROW(row), state.icon, dhcpd_link_candidate_get_name(record),
                         state.word);
        }
        return row;
}

static GtkWidget *heading_new(const char *text) {
        GtkWidget *heading = gtk_label_new(text);

        gtk_label_set_xalign(GTK_LABEL(heading), 0);
        gtk_widget_add_css_class(heading, "heading");
        gtk_widget_add_css_class(heading, "dim-label");
        gtk_widget_set_margin_start(heading, 12);
        gtk_widget_set_margin_top(heading, 12);
        gtk_widget_set_margin_bottom(heading, 6);
        return heading;
}

static void add_heading(GtkListBoxRow *row, GtkListBoxRow *before, gpointer unused) {
        gboolean candidate = VIEWER_IS_CANDIDATE(item_of(row));

        if (candidate && (!before || !VIEWER_IS_CANDIDATE(item_of(before)))) {
                if (!gtk_list_box_row_get_header(row))
                        gtk_list_box_row_set_header(row, heading_new(_("Not managed")));
        } else {
                gtk_list_box_row_set_header(row, NULL);
        }
}

/* The selection. */

static GtkListBoxRow *find_row(ViewerSidebar *sidebar, const char *name) {
        GtkListBoxRow *row;

        for (int i = 0; (row = gtk_list_box_get_row_at_index(sidebar->list, i)); i++)
                if (g_strcmp0(name_of(item_of(row)), name) == 0)
                        return row;
        return NULL;
}

static gboolean settle(gpointer data) {
        ViewerSidebar *sidebar = data;
        GtkListBoxRow *row;

        sidebar->settling = 0;
        if (gtk_list_box_get_selected_row(sidebar->list))
                return G_SOURCE_REMOVE;
        row = find_row(sidebar, sidebar->chosen);
        if (!row && dhcpd_link_client_get_daemon_state(sidebar->client) == DHCPD_LINK_DAEMON_STATE_RUNNING &&
            !sidebar->asking)
                row = gtk_list_box_get_row_at_index(sidebar->list, 0);
        if (row)
                gtk_list_box_select_row(sidebar->list, row);
        else
                g_signal_emit(sidebar, chosen_signal, 0, FALSE);
        return G_SOURCE_REMOVE;
}

static void settle_soon(ViewerSidebar *sidebar) {
        if (sidebar->settling == 0)
                sidebar->settling = g_idle_add_full(G_PRIORITY_HIGH_IDLE, settle, sidebar, NULL);
}

/*
 * Called when another row is selected, or when the selected row is removed. The name of a removed row is
 * remembered, so that it can be selected when it comes back.
 */
static void on_selected(GtkListBox *list, GtkListBoxRow *row, ViewerSidebar *sidebar) {
        if (!row) {
                settle_soon(sidebar);
                return;
        }
        if (g_strcmp0(sidebar->chosen, name_of(item_of(row))) != 0) {
                g_free(sidebar->chosen);
                sidebar->chosen = g_strdup(name_of(item_of(row)));
        }
        g_signal_emit(sidebar, chosen_signal, 0, FALSE);
}

static void on_activated(GtkListBox *list, GtkListBoxRow *row, ViewerSidebar *sidebar) {
        g_signal_emit(sidebar, chosen_signal, 0, TRUE);
}

/* Candidates. */

static gboolean same_candidates(GListModel *shown, GPtrArray *records) {
        guint n = g_list_model_get_n_items(shown);

        if (n != MIN(records->len, CANDIDATES_MAX))
                return FALSE;
        for (guint i = 0; i < n; i++) {
                g_autoptr(ViewerCandidate) candidate = g_list_model_get_item(shown, i);
                DhcpdLinkCandidate *a = candidate->record, *b = records->pdata[i];

                if (g_strcmp0(dhcpd_link_candidate_get_name(a), dhcpd_link_candidate_get_name(b)) != 0 ||
                    g_strcmp0(dhcpd_link_candidate_get_reason_name(a),
                              dhcpd_link_candidate_get_reason_name(b)) != 0 ||
                    g_strcmp0(dhcpd_link_candidate_get_text(a), dhcpd_link_candidate_get_text(b)) != 0)
                        return FALSE;
        }
        return TRUE;
}

static void show_candidates(ViewerSidebar *sidebar, GPtrArray *records) {
        g_autoptr(GPtrArray) items = g_ptr_array_new_with_free_func(g_object_unref);

        if (same_candidates(G_LIST_MODEL(sidebar->candidates), records))
                return;
        for (unsigned i = 0; i < MIN(records->len, CANDIDATES_MAX); i++) {
                ViewerCandidate *candidate = g_object_new(VIEWER_TYPE_CANDIDATE, NULL);

                candidate->record = dhcpd_link_candidate_ref(records->pdata[i]);
                g_ptr_array_add(items, candidate);
        }
        g_list_store_splice(sidebar->candidates, 0,
                            g_list_model_get_n_items(G_LIST_MODEL(sidebar->candidates)), items->pdata,
                            items->len);
}

static void ask(ViewerSidebar *sidebar);

static void on_answer(GObject *client, GAsyncResult *result, gpointer data) {
        g_autoptr(GError) error = NULL;
        g_autoptr(GPtrArray) records =
                dhcpd_link_client_list_candidates_finish(DHCPD_LINK_CLIENT(client), result, &error);
        ViewerSidebar *sidebar = data;

        if (g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
                return; /* the sidebar is gone */
        g_clear_object(&sidebar->asking);
        if (sidebar->ask_again) {
                ask(sidebar);
        } else if (records) {
                show_candidates(sidebar, records);
        } else {
                /* The daemon is gone, or it refuses the call. The window says so. */
                g_list_store_remove_all(sidebar->candidates);
        }
        settle_soon(sidebar);
}

static void ask(ViewerSidebar *sidebar) {
        sidebar->ask_again = sidebar->asking != NULL;
        if (sidebar->asking)
                return;
        sidebar->asking = g_cancellable_new();
        dhcpd_link_client_list_candidates_async(sidebar->client, sidebar->asking, on_answer, sidebar);
}

static void on_daemon(ViewerSidebar *sidebar) {
        if (dhcpd_link_client_get_daemon_state(sidebar->client) == DHCPD_LINK_DAEMON_STATE_RUNNING)
                ask(sidebar);
        else
                g_list_store_remove_all(sidebar->candidates);
        settle_soon(sidebar);
}

static void on_links(ViewerSidebar *sidebar) {
        if (dhcpd_link_client_get_daemon_state(sidebar->client) == DHCPD_LINK_DAEMON_STATE_RUNNING)
                ask(sidebar);
        settle_soon(sidebar);
}

/* The widget. */

static void sidebar_dispose(GObject *object) {
        ViewerSidebar *sidebar = VIEWER_SIDEBAR(object);

        g_clear_handle_id(&sidebar->settling, g_source_remove);
        if (sidebar->asking)
                g_cancellable_cancel(sidebar->asking);
        g_clear_object(&sidebar->asking);
        if (sidebar->list) {
                g_signal_handlers_disconnect_by_data(sidebar->list, sidebar);
                gtk_list_box_bind_model(sidebar->list, NULL, NULL, NULL, NULL);
                sidebar->list = NULL;
        }
        g_clear_pointer(&sidebar->scrolled, gtk_widget_unparent);
        g_clear_object(&sidebar->candidates);
        g_clear_object(&sidebar->client);
        g_clear_pointer(&sidebar->chosen, g_free);
        G_OBJECT_CLASS(viewer_sidebar_parent_class)->dispose(object);
}

static void viewer_sidebar_class_init(ViewerSidebarClass *class) {
        G_OBJECT_CLASS(class)->dispose = sidebar_dispose;
        gtk_widget_class_set_layout_manager_type(GTK_WIDGET_CLASS(class), GTK_TYPE_BIN_LAYOUT);
        gtk_widget_class_set_accessible_role(GTK_WIDGET_CLASS(class), GTK_ACCESSIBLE_ROLE_GROUP);
        chosen_signal = g_signal_new("chosen", VIEWER_TYPE_SIDEBAR, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                     G_TYPE_NONE, 1, G_TYPE_BOOLEAN);
}

static void viewer_sidebar_init(ViewerSidebar *sidebar) {
        sidebar->candidates = g_list_store_new(VIEWER_TYPE_CANDIDATE);
        sidebar->list = GTK_LIST_BOX(gtk_list_box_new());
        gtk_widget_add_css_class(GTK_WIDGET(sidebar->list), "navigation-sidebar");
        gtk_accessible_update_property(GTK_ACCESSIBLE(sidebar->list), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                       _("Links"), -1);
        gtk_list_box_set_header_func(sidebar->list, add_heading, NULL, NULL);
        g_signal_connect(sidebar->list, "row-selected", G_CALLBACK(on_selected), sidebar);
        g_signal_connect(sidebar->list, "row-activated", G_CALLBACK(on_activated), sidebar);

        sidebar->scrolled = gtk_scrolled_window_new();
        gtk_scrolled_window_set_policy(GTK_SCROLLED_WINDOW(sidebar->scrolled), GTK_POLICY_NEVER,
                                       GTK_POLICY_AUTOMATIC);
        gtk_scrolled_window_set_child(GTK_SCROLLED_WINDOW(sidebar->scrolled), GTK_WIDGET(sidebar->list));
        gtk_widget_set_parent(sidebar->scrolled, GTK_WIDGET(sidebar));
        gtk_widget_set_vexpand(GTK_WIDGET(sidebar), TRUE);
}

GtkWidget *viewer_sidebar_new(DhcpdLinkClient *client) {
        ViewerSidebar *sidebar = g_object_new(VIEWER_TYPE_SIDEBAR, NULL);
        GListStore *models = g_list_store_new(G_TYPE_LIST_MODEL);
        g_autoptr(GtkFlattenListModel) all = gtk_flatten_list_model_new(G_LIST_MODEL(models));

        sidebar->client = g_object_ref(client);
        g_list_store_append(models, client);
        g_list_store_append(models, sidebar->candidates);
        gtk_list_box_bind_model(sidebar->list, G_LIST_MODEL(all), create_row, NULL, NULL);
        g_signal_connect_object(client, "notify::daemon-state", G_CALLBACK(on_daemon), sidebar,
                                G_CONNECT_SWAPPED);
        g_signal_connect_object(client, "items-changed", G_CALLBACK(on_links), sidebar, G_CONNECT_SWAPPED);
        g_signal_connect_object(client, "candidates-changed", G_CALLBACK(on_links), sidebar,
                                G_CONNECT_SWAPPED);
        on_daemon(sidebar);
        return GTK_WIDGET(sidebar);
}

gpointer viewer_sidebar_chosen(ViewerSidebar *sidebar) {
        GtkListBoxRow *row = gtk_list_box_get_selected_row(sidebar->list);

        return row ? item_of(row) : NULL;
}
