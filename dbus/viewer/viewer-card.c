/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The card (contract: dbus/viewer/viewer-card.h).
 */
#include "dbus/viewer/viewer-card.h"

#include "dbus/viewer/viewer-facts.h"
#include "dbus/viewer/viewer-lifetime.h"
#include "dbus/viewer/viewer-rows.h"
#include "dbus/viewer/viewer-text.h"

#include <glib/gi18n.h>

/* Problems, and servers, that are shown at most. The daemon has bounds of its own. */
#define RECORDS_MAX 16

struct _ViewerCard {
        GtkWidget parent;
        GtkWidget *box;
        GtkWidget *problems_group, *servers_group;
        GtkListBox *problems, *lease, *servers, *link;
        GtkListBoxRow *lifetime_row, *none_row;
        ViewerLifetime *lifetime;
        GPtrArray *lease_rows, *link_rows; /* of GtkListBoxRow, in the order of the facts */
        char *problems_shown, *servers_shown;
};

G_DEFINE_FINAL_TYPE(ViewerCard, viewer_card, GTK_TYPE_WIDGET)

static GPtrArray *rows_of_facts(GtkListBox *list, const ViewerFact *facts) {
        GPtrArray *rows = g_ptr_array_new();

        for (; facts->title; facts++) {
                GtkListBoxRow *row = viewer_row_new(viewer_fact_title(facts));

                gtk_list_box_append(list, GTK_WIDGET(row));
                g_ptr_array_add(rows, row);
        }
        return rows;
}

static void show_facts(GPtrArray *rows, const ViewerFact *facts, DhcpdLinkLink *link) {
        for (unsigned i = 0; facts[i].title; i++) {
                g_autofree char *value = viewer_fact_value(&facts[i], link);

                viewer_row_set(rows->pdata[i], value);
        }
}

static void show_lifetime(ViewerCard *card, DhcpdLinkLink *link) {
        DhcpdLinkDhcp4 *dhcp4 = dhcpd_link_link_get_dhcp4(link);
        guint64 end = dhcp4 ? dhcpd_link_dhcp4_get_expires_at_boottime(dhcp4) : 0;

        gtk_widget_set_visible(GTK_WIDGET(card->lifetime_row), end != 0);
        if (end != 0)
                viewer_lifetime_set(card->lifetime, dhcpd_link_dhcp4_get_granted_at_boottime(dhcp4),
                                    dhcpd_link_dhcp4_get_t1_at_boottime(dhcp4),
                                    dhcpd_link_dhcp4_get_t2_at_boottime(dhcp4), end);
}

/* Replaces *shown by @now, which is taken over. Returns TRUE if both differ. */
static gboolean is_news(char **shown, char *now) {
        if (g_strcmp0(*shown, now) == 0) {
                g_free(now);
                return FALSE;
        }
        g_free(*shown);
        *shown = now;
        return TRUE;
}

static void show_problems(ViewerCard *card, DhcpdLinkLink *link) {
        GPtrArray *problems = dhcpd_link_link_get_problems(link);
        GString *now = g_string_new(NULL);

        for (unsigned i = 0; i < problems->len; i++)
                g_string_append_printf(now, "%s\n", dhcpd_link_problem_get_text(problems->pdata[i]));
        gtk_widget_set_visible(card->problems_group, problems->len > 0);
        if (!is_news(&card->problems_shown, g_string_free(now, FALSE)))
                return;
        viewer_list_clear(card->problems);
        for (unsigned i = 0; i < MIN(problems->len, RECORDS_MAX); i++) {
                g_autofree char *text =
                        viewer_text_clean(dhcpd_link_problem_get_text(problems->pdata[i]), VIEWER_TEXT_MAX);

                gtk_list_box_append(
                        card->problems,
                        GTK_WIDGET(viewer_note_new("dialog-warning-symbolic", text, NULL, NULL)));
        }
}

static void append_server(ViewerCard *card, DhcpdLinkServer *server) {
        g_autoptr(GBytes) bytes = dhcpd_link_server_get_hardware_address(server);
        g_autofree char *identifier =
                viewer_text_clean(dhcpd_link_server_get_identifier(server), VIEWER_TEXT_MAX);
        g_autofree char *offered =
                viewer_text_clean(dhcpd_link_server_get_offered_address(server), VIEWER_TEXT_MAX);
        g_autofree char *refused = viewer_text_clean(dhcpd_link_server_get_refused(server), VIEWER_TEXT_MAX);
        g_autofree char *when = viewer_text_when(dhcpd_link_server_get_heard_at(server));
        g_autofree char *mac =
                viewer_text_bytes(g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes), ":", 32);
        g_autofree char *what = *offered ? g_strdup_printf(_("offered %s"), offered) : g_strdup("");
        g_autofree char *title = NULL, *detail = NULL, *where = NULL;
        gboolean chosen = dhcpd_link_server_get_chosen(server);

        title = chosen ? g_strdup_printf(_("%s, the lease is of this server"), identifier)
                       : g_strdup(identifier);
        if (*refused)
                detail = *what ? g_strdup_printf(_("%s, not used: %s"), what, refused)
                               : g_strdup_printf(_("not used: %s"), refused);
        else
                detail = g_steal_pointer(&what);
        /* Where a renewal came from is not known. Translators: a hardware address, a time */
        where = *mac ? g_strdup_printf(_("%s, heard %s"), mac, when) : g_strdup_printf(_("heard %s"), when);
        gtk_list_box_append(
                card->servers,
                GTK_WIDGET(viewer_note_new(chosen ? "object-select-symbolic" : "network-server-symbolic",
                                           title, detail, where)));
}

static void show_servers(ViewerCard *card, DhcpdLinkLink *link) {
        DhcpdLinkDhcp4 *dhcp4 = dhcpd_link_link_get_dhcp4(link);
        GPtrArray *servers = dhcp4 ? dhcpd_link_dhcp4_get_servers(dhcp4) : NULL;
        unsigned n = servers ? MIN(servers->len, RECORDS_MAX) : 0;
        GString *now = g_string_new(NULL);

        for (unsigned i = 0; i < n; i++) {
                DhcpdLinkServer *server = servers->pdata[i];

                g_string_append_printf(
                        now, "%s %s %s %d %" G_GUINT64_FORMAT "\n", dhcpd_link_server_get_identifier(server),
                        dhcpd_link_server_get_offered_address(server), dhcpd_link_server_get_refused(server),
                        dhcpd_link_server_get_chosen(server), dhcpd_link_server_get_heard_at(server));
        }
        gtk_widget_set_visible(card->servers_group, n > 0);
        if (!is_news(&card->servers_shown, g_string_free(now, FALSE)))
                return;
        viewer_list_clear(card->servers);
        for (unsigned i = 0; i < n; i++)
                append_server(card, servers->pdata[i]);
}

static void card_dispose(GObject *object) {
        ViewerCard *card = VIEWER_CARD(object);

        g_clear_pointer(&card->box, gtk_widget_unparent);
        G_OBJECT_CLASS(viewer_card_parent_class)->dispose(object);
}

static void card_finalize(GObject *object) {
        ViewerCard *card = VIEWER_CARD(object);

        g_ptr_array_unref(card->lease_rows);
        g_ptr_array_unref(card->link_rows);
        g_free(card->problems_shown);
        g_free(card->servers_shown);
        G_OBJECT_CLASS(viewer_card_parent_class)->finalize(object);
}

static void viewer_card_class_init(ViewerCardClass *class) {
        G_OBJECT_CLASS(class)->dispose = card_dispose;
        G_OBJECT_CLASS(class)->finalize = card_finalize;
        gtk_widget_class_set_layout_manager_type(GTK_WIDGET_CLASS(class), GTK_TYPE_BIN_LAYOUT);
        gtk_widget_class_set_accessible_role(GTK_WIDGET_CLASS(class), GTK_ACCESSIBLE_ROLE_GROUP);
}

static void viewer_card_init(ViewerCard *card) {
        card->box = gtk_box_new(GTK_ORIENTATION_VERTICAL, 18);
        gtk_widget_set_parent(card->box, GTK_WIDGET(card));

        card->problems_group = viewer_group_new(_("Problems"), &card->problems);
        gtk_box_append(GTK_BOX(card->box), card->problems_group);

        gtk_box_append(GTK_BOX(card->box), viewer_group_new(_("Lease"), &card->lease));
        card->none_row = viewer_row_of(viewer_label_new(_("There is no lease."), "dim-label"));
        gtk_list_box_append(card->lease, GTK_WIDGET(card->none_row));
        card->lifetime = VIEWER_LIFETIME(viewer_lifetime_new());
        card->lifetime_row = viewer_row_of(GTK_WIDGET(card->lifetime));
        gtk_accessible_update_property(GTK_ACCESSIBLE(card->lifetime_row), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                       _("Lifetime"), -1);
        gtk_list_box_append(card->lease, GTK_WIDGET(card->lifetime_row));
        card->lease_rows = rows_of_facts(card->lease, viewer_facts_of_lease);

        card->servers_group = viewer_group_new(_("Servers heard"), &card->servers);
        gtk_box_append(GTK_BOX(card->box), card->servers_group);

        gtk_box_append(GTK_BOX(card->box), viewer_group_new(_("Interface"), &card->link));
        card->link_rows = rows_of_facts(card->link, viewer_facts_of_link);
}

GtkWidget *viewer_card_new(void) {
        return g_object_new(VIEWER_TYPE_CARD, NULL);
}

void viewer_card_show(ViewerCard *card, DhcpdLinkLink *link) {
        DhcpdLinkDhcp4 *dhcp4 = dhcpd_link_link_get_dhcp4(link);

        show_problems(card, link);
        show_facts(card->lease_rows, viewer_facts_of_lease, link);
        gtk_widget_set_visible(GTK_WIDGET(card->none_row), !dhcp4 || !*dhcpd_link_dhcp4_get_address(dhcp4));
        show_lifetime(card, link);
        show_servers(card, link);
        show_facts(card->link_rows, viewer_facts_of_link, link);
}
