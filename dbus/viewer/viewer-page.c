/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Shows the page of the selected link (contract: dbus/viewer/viewer-page.h).
 *
 * One message of the daemon may change many properties, and each has a signal of its own. So the page is
 * updated once for all of them, before the next frame is drawn.
 */
#include "dbus/viewer/viewer-page.h"

#include "dbus/viewer/viewer-card.h"
#include "dbus/viewer/viewer-columns.h"
#include "dbus/viewer/viewer-options.h"
#include "dbus/viewer/viewer-rows.h"
#include "dbus/viewer/viewer-text.h"
#include "dbus/viewer/viewer-timeline.h"

#include <adwaita.h>
#include <glib/gi18n.h>

struct _ViewerPage {
        GtkWidget parent;
        GtkWidget *box; /* has three pages, of which one is visible */
        AdwStatusPage *nothing, *unmanaged;
        GtkWidget *manage_candidate; /* the switch of an interface that is not managed */
        GtkScrolledWindow *scrolled;
        ViewerCard *card;
        ViewerOptions *options;
        ViewerTimeline *timeline;
        ViewerHistory *history;
        DhcpdLinkLink *link;
        DhcpdLinkDhcp4 *dhcp4; /* the DHCPv4 client of @link that is followed */
        char *name;            /* the name of @link when its events were looked up */
        guint refresh;         /* an idle source that updates the page */
};

G_DEFINE_FINAL_TYPE(ViewerPage, viewer_page, GTK_TYPE_WIDGET)

static guint refreshed_signal;

static void follow_dhcp4(ViewerPage *page);

static void refresh(ViewerPage *page) {
        const char *name = dhcpd_link_link_get_name(page->link);

        follow_dhcp4(page);
        viewer_card_show(page->card, page->link);
        viewer_options_show(page->options, page->dhcp4);
        if (g_strcmp0(page->name, name) != 0) {
                g_autoptr(GListModel) events = viewer_history_of(page->history, name);

                g_free(page->name);
                page->name = g_strdup(name);
                viewer_timeline_show(page->timeline, events);
        }
        g_signal_emit(page, refreshed_signal, 0);
}

static gboolean on_idle(gpointer data) {
        ViewerPage *page = data;

        page->refresh = 0;
        refresh(page);
        return G_SOURCE_REMOVE;
}

static void refresh_soon(ViewerPage *page) {
        if (page->refresh == 0)
                page->refresh = g_idle_add_full(G_PRIORITY_HIGH_IDLE, on_idle, page, NULL);
}

static void follow_dhcp4(ViewerPage *page) {
        DhcpdLinkDhcp4 *dhcp4 = page->link ? dhcpd_link_link_get_dhcp4(page->link) : NULL;

        if (dhcp4 == page->dhcp4)
                return;
        if (page->dhcp4)
                g_signal_handlers_disconnect_by_data(page->dhcp4, page);
        g_set_object(&page->dhcp4, dhcp4);
        if (dhcp4)
                g_signal_connect_swapped(dhcp4, "notify", G_CALLBACK(refresh_soon), page);
}

static void follow(ViewerPage *page, DhcpdLinkLink *link) {
        if (link == page->link)
                return;
        g_clear_handle_id(&page->refresh, g_source_remove);
        if (page->link)
                g_signal_handlers_disconnect_by_data(page->link, page);
        g_set_object(&page->link, link);
        if (link)
                g_signal_connect_swapped(link, "notify", G_CALLBACK(refresh_soon), page);
        follow_dhcp4(page);
        g_clear_pointer(&page->name, g_free);
        if (!link) {
                viewer_options_show(page->options, NULL);
                viewer_timeline_show(page->timeline, NULL);
        }
}

/* Sets the description, escaped: AdwStatusPage reads its description as markup, but not its title. */
static void set_description(AdwStatusPage *status, const char *text) {
        g_autofree char *clean = viewer_text_clean(text, VIEWER_TEXT_MAX),
                        *escaped = g_markup_escape_text(clean, -1);

        adw_status_page_set_description(status, escaped);
}

static void show_candidate(ViewerPage *page, DhcpdLinkCandidate *candidate) {
        g_autofree char *name = viewer_text_clean(dhcpd_link_candidate_get_name(candidate), VIEWER_TEXT_MAX);
        gboolean startable;
        ViewerState state =
                viewer_state_of_candidate(dhcpd_link_candidate_get_reason_name(candidate), &startable);

        adw_status_page_set_icon_name(page->unmanaged, state.icon);
        adw_status_page_set_title(page->unmanaged, name);
        set_description(page->unmanaged, dhcpd_link_candidate_get_text(candidate));
        gtk_widget_set_visible(page->manage_candidate, startable);
}

/* Shows one of the pages. There is no GtkStack, because GTK 4.8 shows all pages of it to screen readers. */
static void show_only(ViewerPage *page, GtkWidget *child) {
        for (GtkWidget *other = gtk_widget_get_first_child(page->box); other;
             other = gtk_widget_get_next_sibling(other))
                gtk_widget_set_visible(other, other == child);
}

void viewer_page_show(ViewerPage *page, DhcpdLinkLink *link, ViewerCandidate *candidate) {
        gboolean another = link != page->link;

        follow(page, link);
        if (link) {
                refresh(page);
                show_only(page, GTK_WIDGET(page->scrolled));
                if (another)
                        gtk_adjustment_set_value(gtk_scrolled_window_get_vadjustment(page->scrolled), 0);
        } else if (candidate) {
                show_candidate(page, viewer_candidate_get(candidate));
                show_only(page, GTK_WIDGET(page->unmanaged));
        } else {
                show_only(page, GTK_WIDGET(page->nothing));
        }
}

void viewer_page_set_raw(ViewerPage *page, gboolean raw) {
        viewer_options_set_raw(page->options, raw);
}

void viewer_page_find(ViewerPage *page) {
        GtkWidget *columns = gtk_widget_get_ancestor(GTK_WIDGET(page->options), VIEWER_TYPE_COLUMNS);
        double y;

        viewer_options_find(page->options);
        if (gtk_widget_translate_coordinates(GTK_WIDGET(page->options), columns, 0, 0, NULL, &y))
                gtk_adjustment_set_value(gtk_scrolled_window_get_vadjustment(page->scrolled), y);
}

/* Widgets. */

static GtkWidget *manage_row_new(void) {
        GtkWidget *list = gtk_list_box_new(), *box = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 12);
        GtkWidget *label = gtk_label_new(_("Managed by dhcpd-link")), *toggle = gtk_switch_new();
        GtkListBoxRow *row;

        gtk_list_box_set_selection_mode(GTK_LIST_BOX(list), GTK_SELECTION_NONE);
        gtk_widget_add_css_class(list, "boxed-list");
        gtk_accessible_update_property(GTK_ACCESSIBLE(list), GTK_ACCESSIBLE_PROPERTY_LABEL, _("Management"),
                                       -1);
        gtk_label_set_xalign(GTK_LABEL(label), 0);
        gtk_label_set_wrap(GTK_LABEL(label), TRUE);
        gtk_widget_set_hexpand(label, TRUE);
        gtk_widget_set_valign(toggle, GTK_ALIGN_CENTER);
        gtk_actionable_set_action_name(GTK_ACTIONABLE(toggle), "win.manage");
        gtk_accessible_update_property(GTK_ACCESSIBLE(toggle), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                       _("Managed by dhcpd-link"), -1);
        gtk_box_append(GTK_BOX(box), label);
        gtk_box_append(GTK_BOX(box), toggle);
        row = viewer_row_of(box);
        gtk_accessible_update_property(GTK_ACCESSIBLE(row), GTK_ACCESSIBLE_PROPERTY_LABEL, _("Management"),
                                       -1);
        gtk_list_box_append(GTK_LIST_BOX(list), GTK_WIDGET(row));
        return list;
}

static GtkWidget *link_page_new(ViewerPage *page) {
        GtkWidget *first = gtk_box_new(GTK_ORIENTATION_VERTICAL, 18), *columns;

        page->card = VIEWER_CARD(viewer_card_new());
        page->options = VIEWER_OPTIONS(viewer_options_new());
        page->timeline = VIEWER_TIMELINE(viewer_timeline_new());
        gtk_box_append(GTK_BOX(first), manage_row_new());
        gtk_box_append(GTK_BOX(first), GTK_WIDGET(page->card));
        gtk_box_append(GTK_BOX(first), GTK_WIDGET(page->options));

        columns = viewer_columns_new(first, GTK_WIDGET(page->timeline));
        gtk_widget_set_margin_start(columns, 18);
        gtk_widget_set_margin_end(columns, 18);
        gtk_widget_set_margin_top(columns, 18);
        gtk_widget_set_margin_bottom(columns, 18);
        page->scrolled = GTK_SCROLLED_WINDOW(gtk_scrolled_window_new());
        gtk_scrolled_window_set_policy(page->scrolled, GTK_POLICY_NEVER, GTK_POLICY_AUTOMATIC);
        gtk_scrolled_window_set_child(page->scrolled, columns);
        gtk_widget_set_vexpand(GTK_WIDGET(page->scrolled), TRUE);
        return GTK_WIDGET(page->scrolled);
}

static void page_dispose(GObject *object) {
        ViewerPage *page = VIEWER_PAGE(object);

        if (page->box)
                follow(page, NULL);
        g_clear_pointer(&page->box, gtk_widget_unparent);
        G_OBJECT_CLASS(viewer_page_parent_class)->dispose(object);
}

static void viewer_page_class_init(ViewerPageClass *class) {
        G_OBJECT_CLASS(class)->dispose = page_dispose;
        gtk_widget_class_set_layout_manager_type(GTK_WIDGET_CLASS(class), GTK_TYPE_BIN_LAYOUT);
        gtk_widget_class_set_accessible_role(GTK_WIDGET_CLASS(class), GTK_ACCESSIBLE_ROLE_GROUP);
        refreshed_signal = g_signal_new("refreshed", VIEWER_TYPE_PAGE, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                        NULL, G_TYPE_NONE, 0);
}

static void viewer_page_init(ViewerPage *page) {
        GtkWidget *clamp = adw_clamp_new();

        page->box = gtk_box_new(GTK_ORIENTATION_VERTICAL, 0);
        gtk_widget_set_parent(page->box, GTK_WIDGET(page));
        gtk_widget_set_vexpand(GTK_WIDGET(page), TRUE);
        gtk_widget_set_hexpand(GTK_WIDGET(page), TRUE);

        page->nothing = ADW_STATUS_PAGE(adw_status_page_new());
        adw_status_page_set_icon_name(page->nothing, "network-wired-symbolic");
        adw_status_page_set_title(page->nothing, _("No link is managed"));
        adw_status_page_set_description(page->nothing, _("Choose an interface to see why."));
        gtk_widget_set_vexpand(GTK_WIDGET(page->nothing), TRUE);
        gtk_box_append(GTK_BOX(page->box), GTK_WIDGET(page->nothing));

        page->unmanaged = ADW_STATUS_PAGE(adw_status_page_new());
        page->manage_candidate = manage_row_new();
        adw_clamp_set_maximum_size(ADW_CLAMP(clamp), 360);
        adw_clamp_set_child(ADW_CLAMP(clamp), page->manage_candidate);
        adw_status_page_set_child(page->unmanaged, clamp);
        gtk_widget_set_vexpand(GTK_WIDGET(page->unmanaged), TRUE);
        gtk_box_append(GTK_BOX(page->box), GTK_WIDGET(page->unmanaged));

        gtk_box_append(GTK_BOX(page->box), link_page_new(page));
        show_only(page, GTK_WIDGET(page->nothing));
}

GtkWidget *viewer_page_new(ViewerHistory *history) {
        ViewerPage *page = g_object_new(VIEWER_TYPE_PAGE, NULL);

        page->history = history;
        return GTK_WIDGET(page);
}
