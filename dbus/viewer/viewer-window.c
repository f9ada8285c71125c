/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The window (contract: dbus/viewer/viewer-window.h).
 *
 * While the daemon does not run, the window shows a page that says why, and no links. In a narrow window
 * either the list or the page is shown. An AdwLeaflet does this. libadwaita 1.4 has another widget for it,
 * so all of this is in build_leaflet().
 *
 * A call may end when the window is closed already, because somebody may type a password meanwhile. So each
 * callback has a reference to the window.
 */
#include "dbus/viewer/viewer-window.h"

#include "dbus/viewer/viewer-facts.h"
#include "dbus/viewer/viewer-follow.h"
#include "dbus/viewer/viewer-history.h"
#include "dbus/viewer/viewer-page.h"
#include "dbus/viewer/viewer-sidebar.h"
#include "dbus/viewer/viewer-text.h"

#include <glib/gi18n.h>

/* How long a message stays. This is longer than usual, because many messages contain a reason. */
#define TOAST_SECONDS 8

struct _ViewerWindow {
        AdwApplicationWindow parent;
        DhcpdLinkClient *client;
        ViewerHistory *history;
        ViewerFollow *follow;
        AdwToastOverlay *toasts;
        AdwToast *toast; /* the message that is shown, or NULL; a weak pointer */
        guint toast_seconds;
        AdwStatusPage *status;
        GtkWidget *status_box; /* either this or the leaflet is visible */
        AdwLeaflet *leaflet;
        ViewerSidebar *sidebar;
        ViewerPage *page;
        AdwWindowTitle *title;
};

G_DEFINE_FINAL_TYPE(ViewerWindow, viewer_window, ADW_TYPE_APPLICATION_WINDOW)

/* The selection. */

static DhcpdLinkLink *chosen_link(ViewerWindow *window) {
        gpointer item = viewer_sidebar_chosen(window->sidebar);

        return DHCPD_LINK_IS_LINK(item) ? item : NULL;
}

static ViewerCandidate *chosen_candidate(ViewerWindow *window) {
        gpointer item = viewer_sidebar_chosen(window->sidebar);

        return VIEWER_IS_CANDIDATE(item) ? item : NULL;
}

static const char *chosen_name(ViewerWindow *window) {
        if (chosen_link(window))
                return dhcpd_link_link_get_name(chosen_link(window));
        if (chosen_candidate(window))
                return dhcpd_link_candidate_get_name(viewer_candidate_get(chosen_candidate(window)));
        return NULL;
}

/* Answers. */

/* Shows a message. The text is escaped, because AdwToast reads its title as markup. */
static void say(ViewerWindow *window, const char *text) {
        g_autofree char *clean = viewer_text_clean(text, VIEWER_TEXT_MAX),
                        *escaped = g_markup_escape_text(clean, -1);
        AdwToast *toast = adw_toast_new(escaped);

        /*
         * A new message would wait until the one before it is over. Remove that one, because it is outdated.
         */
        if (window->toast)
                adw_toast_dismiss(window->toast);
        g_set_weak_pointer(&window->toast, toast);
        adw_toast_set_timeout(toast, window->toast_seconds);
        adw_toast_overlay_add_toast(window->toasts, toast);
}

/*
 * Says how a call has ended. Takes over @error. A user who cancels polkit's dialog gets the same message as
 * one who may not do this.
 */
static void say_outcome(ViewerWindow *window, GError *error, const char *success) {
        if (!error)
                say(window, success);
        else if (g_error_matches(error, DHCPD_LINK_ERROR, DHCPD_LINK_ERROR_ACCESS_DENIED))
                say(window, _("You may not do this, or you did not authenticate."));
        else
                say(window, error->message);
        g_clear_error(&error);
}

#define ANSWER(name, call, text) \
        static void name(GObject *link, GAsyncResult *result, gpointer data) { \
                g_autoptr(ViewerWindow) window = data; \
                GError *error = NULL; \
\
                call(DHCPD_LINK_LINK(link), result, &error); \
                say_outcome(window, error, text); \
        }

ANSWER(on_renewed, dhcpd_link_link_renew_finish, _("A renewal is under way"))
ANSWER(on_released, dhcpd_link_link_release_finish, _("The lease was given back"))
ANSWER(on_restarted, dhcpd_link_link_restart_finish, _("The search for a lease began anew"))

static void show_chosen(ViewerWindow *window);

static void on_started(GObject *client, GAsyncResult *result, gpointer data) {
        g_autoptr(ViewerWindow) window = data;
        GError *error = NULL;

        dhcpd_link_client_start_link_finish(DHCPD_LINK_CLIENT(client), result, NULL, &error);
        say_outcome(window, error, _("The interface is managed now"));
        show_chosen(window);
}

static void on_stopped(GObject *client, GAsyncResult *result, gpointer data) {
        g_autoptr(ViewerWindow) window = data;
        GError *error = NULL;

        dhcpd_link_client_stop_link_finish(DHCPD_LINK_CLIENT(client), result, &error);
        say_outcome(window, error, _("The interface is not managed any more"));
        show_chosen(window);
}

static void copy(ViewerWindow *window, const char *text, const char *message) {
        gdk_clipboard_set_text(gtk_widget_get_clipboard(GTK_WIDGET(window)), text);
        say(window, message);
}

static void on_described(GObject *link, GAsyncResult *result, gpointer data) {
        g_autoptr(ViewerWindow) window = data;
        GError *error = NULL;
        g_autofree char *json = dhcpd_link_link_describe_finish(DHCPD_LINK_LINK(link), result, &error);

        if (json)
                copy(window, json, _("Copied as JSON"));
        else
                say_outcome(window, error, "");
}

/* Questions before an action that disconnects the network. */

#define LINK_KEY "link"

/*
 * Asks the user before an action. The dialog keeps the link that it asks about, because another link may be
 * selected when the user answers.
 */
static void ask_first(ViewerWindow *window, DhcpdLinkLink *link, const char *heading, const char *body,
                      const char *button, GCallback on_response) {
        GtkWidget *dialog = adw_message_dialog_new(GTK_WINDOW(window), heading, body);

        g_object_set_data_full(G_OBJECT(dialog), LINK_KEY, g_object_ref(link), g_object_unref);
        adw_message_dialog_add_responses(ADW_MESSAGE_DIALOG(dialog), "cancel", _("Cancel"), "go", button,
                                         NULL);
        adw_message_dialog_set_response_appearance(ADW_MESSAGE_DIALOG(dialog), "go",
                                                   ADW_RESPONSE_DESTRUCTIVE);
        adw_message_dialog_set_default_response(ADW_MESSAGE_DIALOG(dialog), "cancel");
        adw_message_dialog_set_close_response(ADW_MESSAGE_DIALOG(dialog), "cancel");
        g_signal_connect_object(dialog, "response::go", on_response, window, 0);
        gtk_window_present(GTK_WINDOW(dialog));
}

static void on_release_answer(AdwMessageDialog *dialog, const char *response, ViewerWindow *window) {
        dhcpd_link_link_release_async(g_object_get_data(G_OBJECT(dialog), LINK_KEY), NULL, on_released,
                                      g_object_ref(window));
}

static void on_stop_answer(AdwMessageDialog *dialog, const char *response, ViewerWindow *window) {
        DhcpdLinkLink *link = g_object_get_data(G_OBJECT(dialog), LINK_KEY);

        dhcpd_link_client_stop_link_async(window->client, dhcpd_link_link_get_name(link),
                                          DHCPD_LINK_STOP_FLAGS_NONE, NULL, on_stopped,
                                          g_object_ref(window));
}

/* Actions. */

static void on_renew(GSimpleAction *action, GVariant *parameter, gpointer window) {
        DhcpdLinkLink *link = chosen_link(window);

        if (link)
                dhcpd_link_link_renew_async(link, NULL, on_renewed, g_object_ref(window));
}

static void on_restart(GSimpleAction *action, GVariant *parameter, gpointer window) {
        DhcpdLinkLink *link = chosen_link(window);

        if (link)
                dhcpd_link_link_restart_async(link, NULL, on_restarted, g_object_ref(window));
}

static void on_release(GSimpleAction *action, GVariant *parameter, gpointer window) {
        DhcpdLinkLink *link = chosen_link(window);
        g_autofree char *name = link ? viewer_text_clean(dhcpd_link_link_get_name(link), VIEWER_TEXT_MAX)
                                     : NULL,
                        *heading = link ? g_strdup_printf(_("Give the lease of %s back?"), name) : NULL;

        if (link)
                ask_first(window, link, heading,
                          _("The interface loses its address until the lease is renewed or the search is "
                            "restarted."),
                          _("Release"), G_CALLBACK(on_release_answer));
}

/*
 * Moves the switch back. GTK moves it before it calls the action, but it has to show the present state until
 * the daemon has done what the user wants. The switch is only updated when the state of the action changes,
 * so the state is set twice.
 */
static gboolean put_switch_back(gpointer data) {
        ViewerWindow *window = data;
        GAction *manage = g_action_map_lookup_action(G_ACTION_MAP(window), "manage");
        gboolean managed = chosen_link(window) != NULL;

        g_simple_action_set_state(G_SIMPLE_ACTION(manage), g_variant_new_boolean(!managed));
        g_simple_action_set_state(G_SIMPLE_ACTION(manage), g_variant_new_boolean(managed));
        return G_SOURCE_REMOVE;
}

static void ask_to_stop(ViewerWindow *window) {
        DhcpdLinkLink *link = chosen_link(window);
        g_autofree char *name = link ? viewer_text_clean(dhcpd_link_link_get_name(link), VIEWER_TEXT_MAX)
                                     : NULL,
                        *heading = link ? g_strdup_printf(_("Stop managing %s?"), name) : NULL;

        if (link)
                ask_first(window, link, heading,
                          _("The lease is given back, and its address is taken off the interface."),
                          _("Stop Managing"), G_CALLBACK(on_stop_answer));
}

static void on_manage(GSimpleAction *action, GVariant *wanted, gpointer data) {
        ViewerWindow *window = data;
        const char *name = chosen_name(window);

        g_idle_add_full(G_PRIORITY_HIGH_IDLE, put_switch_back, g_object_ref(window), g_object_unref);
        if (!g_variant_get_boolean(wanted))
                ask_to_stop(window);
        else if (name)
                dhcpd_link_client_start_link_async(window->client, name, DHCPD_LINK_START_FLAGS_NONE,
                                                   _("Network Leases"), NULL, on_started,
                                                   g_object_ref(window));
}

static void on_copy_text(GSimpleAction *action, GVariant *parameter, gpointer window) {
        DhcpdLinkLink *link = chosen_link(window);

        if (link) {
                g_autofree char *text = viewer_facts_text(link);

                copy(window, text, _("Copied as text"));
        }
}

static void on_copy_json(GSimpleAction *action, GVariant *parameter, gpointer window) {
        DhcpdLinkLink *link = chosen_link(window);

        if (link)
                dhcpd_link_link_describe_async(link, NULL, on_described, g_object_ref(window));
}

static void on_raw(GSimpleAction *action, GVariant *wanted, gpointer data) {
        ViewerWindow *window = data;

        g_simple_action_set_state(action, wanted);
        viewer_page_set_raw(window->page, g_variant_get_boolean(wanted));
}

static void on_find(GSimpleAction *action, GVariant *parameter, gpointer data) {
        viewer_page_find(VIEWER_WINDOW(data)->page);
}

static void on_back(GSimpleAction *action, GVariant *parameter, gpointer data) {
        adw_leaflet_navigate(VIEWER_WINDOW(data)->leaflet, ADW_NAVIGATION_DIRECTION_BACK);
}

static void on_forward(GSimpleAction *action, GVariant *parameter, gpointer data) {
        adw_leaflet_navigate(VIEWER_WINDOW(data)->leaflet, ADW_NAVIGATION_DIRECTION_FORWARD);
}

static void on_close(GSimpleAction *action, GVariant *parameter, gpointer window) {
        gtk_window_close(window);
}

static const GActionEntry actions[] = {
        { "renew", on_renew, NULL, NULL, NULL, { 0 } },
        { "restart", on_restart, NULL, NULL, NULL, { 0 } },
        { "release", on_release, NULL, NULL, NULL, { 0 } },
        { "manage", NULL, NULL, "false", on_manage, { 0 } },
        { "copy-text", on_copy_text, NULL, NULL, NULL, { 0 } },
        { "copy-json", on_copy_json, NULL, NULL, NULL, { 0 } },
        { "raw", NULL, NULL, "false", on_raw, { 0 } },
        { "find", on_find, NULL, NULL, NULL, { 0 } },
        { "back", on_back, NULL, NULL, NULL, { 0 } },
        { "forward", on_forward, NULL, NULL, NULL, { 0 } },
        { "close", on_close, NULL, NULL, NULL, { 0 } },
};

static void enable(ViewerWindow *window, const char *name, gboolean enabled) {
        g_simple_action_set_enabled(G_SIMPLE_ACTION(g_action_map_lookup_action(G_ACTION_MAP(window), name)),
                                    enabled);
}

/* Updating the window. */

static void show_link_state(ViewerWindow *window) {
        DhcpdLinkLink *link = chosen_link(window);
        DhcpdLinkDhcp4 *dhcp4 = link ? dhcpd_link_link_get_dhcp4(link) : NULL;
        const char *name = chosen_name(window);
        g_autofree char *clean = name ? viewer_text_clean(name, VIEWER_TEXT_MAX) : NULL;
        g_autofree char *summary = link ? viewer_fact_summary(link) : g_strdup("");
        GAction *manage = g_action_map_lookup_action(G_ACTION_MAP(window), "manage");

        adw_window_title_set_title(window->title, clean ? clean : "");
        adw_window_title_set_subtitle(window->title, summary);
        enable(window, "renew", link != NULL);
        enable(window, "restart", link != NULL);
        enable(window, "release", dhcp4 && *dhcpd_link_dhcp4_get_address(dhcp4));
        enable(window, "copy-text", link != NULL);
        enable(window, "copy-json", link != NULL);
        enable(window, "find", link != NULL);
        enable(window, "manage", name != NULL);
        g_simple_action_set_state(G_SIMPLE_ACTION(manage), g_variant_new_boolean(link != NULL));
}

static void show_chosen(ViewerWindow *window) {
        viewer_page_show(window->page, chosen_link(window), chosen_candidate(window));
        show_link_state(window);
}

static void on_chosen(ViewerWindow *window, gboolean by_user) {
        show_chosen(window);
        if (by_user)
                adw_leaflet_navigate(window->leaflet, ADW_NAVIGATION_DIRECTION_FORWARD);
}

/*
 * Shows either the status page or the leaflet. There is no GtkStack, because GTK 4.8 shows all pages of it
 * to screen readers.
 */
static void show_status_instead(ViewerWindow *window, gboolean status) {
        gtk_widget_set_visible(window->status_box, status);
        gtk_widget_set_visible(GTK_WIDGET(window->leaflet), !status);
}

static void show_status(ViewerWindow *window, const char *icon, const char *title, const char *description) {
        g_autofree char *clean = viewer_text_clean(description, VIEWER_TEXT_MAX),
                        *escaped = g_markup_escape_text(clean, -1);

        adw_status_page_set_icon_name(window->status, icon);
        adw_status_page_set_title(window->status, title);
        adw_status_page_set_description(window->status, escaped);
        show_status_instead(window, TRUE);
}

static void show_daemon(ViewerWindow *window) {
        const char *reason = dhcpd_link_client_get_daemon_message(window->client);

        switch (dhcpd_link_client_get_daemon_state(window->client)) {
        case DHCPD_LINK_DAEMON_STATE_UNKNOWN:
                show_status(window, "content-loading-symbolic", _("Looking for dhcpd-link"), "");
                break;
        case DHCPD_LINK_DAEMON_STATE_NOT_INSTALLED:
                show_status(window, "network-error-symbolic", _("dhcpd-link is not installed"),
                            _("Install the DHCP client dhcpd-link to see its leases here."));
                break;
        case DHCPD_LINK_DAEMON_STATE_NOT_RUNNING:
                show_status(window, "network-offline-symbolic", _("dhcpd-link is not running"),
                            _("The links appear here when it is started."));
                break;
        case DHCPD_LINK_DAEMON_STATE_REFUSED:
                show_status(window, "changes-prevent-symbolic", _("Access refused"), reason);
                break;
        case DHCPD_LINK_DAEMON_STATE_INCOMPATIBLE:
                show_status(window, "dialog-warning-symbolic",
                            _("This version of dhcpd-link is not supported"), reason);
                break;
        case DHCPD_LINK_DAEMON_STATE_RUNNING:
                show_status_instead(window, FALSE);
                show_chosen(window);
                break;
        }
}

/* Widgets. */

static GtkWidget *menu_button_new(GtkBuilder *builder, const char *menu, const char *icon,
                                  const char *label) {
        GtkWidget *button = gtk_menu_button_new();

        gtk_menu_button_set_icon_name(GTK_MENU_BUTTON(button), icon);
        gtk_menu_button_set_menu_model(GTK_MENU_BUTTON(button),
                                       G_MENU_MODEL(gtk_builder_get_object(builder, menu)));
        gtk_widget_set_tooltip_text(button, label);
        gtk_accessible_update_property(GTK_ACCESSIBLE(button), GTK_ACCESSIBLE_PROPERTY_LABEL, label, -1);
        return button;
}

static GtkWidget *build_sidebar(ViewerWindow *window, GtkBuilder *builder) {
        GtkWidget *box = gtk_box_new(GTK_ORIENTATION_VERTICAL, 0), *bar = adw_header_bar_new();
        GtkWidget *menu = menu_button_new(builder, "program", "open-menu-symbolic", _("Main menu"));

        gtk_menu_button_set_primary(GTK_MENU_BUTTON(menu), TRUE);
        adw_header_bar_pack_end(ADW_HEADER_BAR(bar), menu);
        adw_header_bar_set_title_widget(ADW_HEADER_BAR(bar),
                                        adw_window_title_new(_("Network Leases"), NULL));
        g_object_bind_property(window->leaflet, "folded", bar, "show-end-title-buttons",
                               G_BINDING_SYNC_CREATE);
        window->sidebar = VIEWER_SIDEBAR(viewer_sidebar_new(window->client));
        g_signal_connect_swapped(window->sidebar, "chosen", G_CALLBACK(on_chosen), window);
        gtk_box_append(GTK_BOX(box), bar);
        gtk_box_append(GTK_BOX(box), GTK_WIDGET(window->sidebar));
        gtk_widget_set_size_request(box, 260, -1);
        return box;
}

/* Replaces the word on the button by an icon in a narrow window, because the title needs the room. */
static void on_folded(AdwLeaflet *leaflet, GParamSpec *property, GtkButton *renew) {
        if (adw_leaflet_get_folded(leaflet))
                gtk_button_set_icon_name(renew, "view-refresh-symbolic");
        else
                gtk_button_set_label(renew, _("Renew"));
        /* A screen reader needs this label, because an icon has no name. */
        gtk_accessible_update_property(GTK_ACCESSIBLE(renew), GTK_ACCESSIBLE_PROPERTY_LABEL, _("Renew"), -1);
}

static GtkWidget *build_content(ViewerWindow *window, GtkBuilder *builder) {
        GtkWidget *box = gtk_box_new(GTK_ORIENTATION_VERTICAL, 0), *bar = adw_header_bar_new();
        GtkWidget *back = gtk_button_new_from_icon_name("go-previous-symbolic"), *renew = gtk_button_new();

        gtk_actionable_set_action_name(GTK_ACTIONABLE(back), "win.back");
        gtk_widget_set_tooltip_text(back, _("Back to the list of links"));
        gtk_accessible_update_property(GTK_ACCESSIBLE(back), GTK_ACCESSIBLE_PROPERTY_LABEL, _("Back"), -1);
        g_object_bind_property(window->leaflet, "folded", back, "visible", G_BINDING_SYNC_CREATE);
        g_object_bind_property(window->leaflet, "folded", bar, "show-start-title-buttons",
                               G_BINDING_SYNC_CREATE);
        adw_header_bar_pack_start(ADW_HEADER_BAR(bar), back);

        gtk_actionable_set_action_name(GTK_ACTIONABLE(renew), "win.renew");
        g_signal_connect_object(window->leaflet, "notify::folded", G_CALLBACK(on_folded), renew, 0);
        on_folded(window->leaflet, NULL, GTK_BUTTON(renew));
        gtk_widget_set_tooltip_text(renew, _("Ask the server to extend the lease"));
        adw_header_bar_pack_end(
                ADW_HEADER_BAR(bar),
                menu_button_new(builder, "link", "view-more-symbolic", _("Menu of the link")));
        adw_header_bar_pack_end(ADW_HEADER_BAR(bar), renew);

        window->title = ADW_WINDOW_TITLE(adw_window_title_new(NULL, NULL));
        adw_header_bar_set_title_widget(ADW_HEADER_BAR(bar), GTK_WIDGET(window->title));
        window->page = VIEWER_PAGE(viewer_page_new(window->history));
        g_signal_connect_swapped(window->page, "refreshed", G_CALLBACK(show_link_state), window);
        gtk_box_append(GTK_BOX(box), bar);
        gtk_box_append(GTK_BOX(box), GTK_WIDGET(window->page));
        gtk_widget_set_hexpand(box, TRUE);
        gtk_widget_set_size_request(box, 340, -1);
        return box;
}

static GtkWidget *build_leaflet(ViewerWindow *window) {
        g_autoptr(GtkBuilder) builder = gtk_builder_new_from_resource("/org/dhcpdlink1/viewer/menus.ui");
        GtkWidget *separator = gtk_separator_new(GTK_ORIENTATION_VERTICAL);

        window->leaflet = ADW_LEAFLET(adw_leaflet_new());
        gtk_widget_set_vexpand(GTK_WIDGET(window->leaflet), TRUE);
        adw_leaflet_set_can_navigate_back(window->leaflet, TRUE);
        adw_leaflet_append(window->leaflet, build_sidebar(window, builder));
        adw_leaflet_page_set_navigatable(adw_leaflet_append(window->leaflet, separator), FALSE);
        adw_leaflet_append(window->leaflet, build_content(window, builder));
        return GTK_WIDGET(window->leaflet);
}

static GtkWidget *build_status(ViewerWindow *window) {
        GtkWidget *box = gtk_box_new(GTK_ORIENTATION_VERTICAL, 0), *bar = adw_header_bar_new();

        adw_header_bar_set_title_widget(ADW_HEADER_BAR(bar),
                                        adw_window_title_new(_("Network Leases"), NULL));
        window->status = ADW_STATUS_PAGE(adw_status_page_new());
        gtk_widget_set_vexpand(GTK_WIDGET(window->status), TRUE);
        gtk_box_append(GTK_BOX(box), bar);
        gtk_box_append(GTK_BOX(box), GTK_WIDGET(window->status));
        window->status_box = box;
        return box;
}

static void window_dispose(GObject *object) {
        ViewerWindow *window = VIEWER_WINDOW(object);

        if (window->client) {
                g_signal_handlers_disconnect_by_data(window->client, window);
                g_signal_handlers_disconnect_by_data(window->sidebar, window);
                g_signal_handlers_disconnect_by_data(window->page, window);
        }
        g_clear_weak_pointer(&window->toast);
        g_clear_object(&window->follow);
        g_clear_object(&window->client);
        G_OBJECT_CLASS(viewer_window_parent_class)->dispose(object);
        window->history = viewer_history_free(window->history);
}

static void viewer_window_class_init(ViewerWindowClass *class) {
        G_OBJECT_CLASS(class)->dispose = window_dispose;
}

static void viewer_window_init(ViewerWindow *window) {
        g_action_map_add_action_entries(G_ACTION_MAP(window), actions, G_N_ELEMENTS(actions), window);
        window->history = viewer_history_new();
        window->toast_seconds = TOAST_SECONDS;
        gtk_window_set_title(GTK_WINDOW(window), _("Network Leases"));
        gtk_window_set_default_size(GTK_WINDOW(window), 1100, 760);
        gtk_widget_set_size_request(GTK_WIDGET(window), 360, 300);
}

GtkWidget *viewer_window_new(GtkApplication *application, DhcpdLinkClient *client) {
        ViewerWindow *window = g_object_new(VIEWER_TYPE_WINDOW, "application", application, NULL);
        GtkWidget *box = gtk_box_new(GTK_ORIENTATION_VERTICAL, 0);

        window->client = g_object_ref(client);
        window->follow = viewer_follow_new(client, window->history);
        window->toasts = ADW_TOAST_OVERLAY(adw_toast_overlay_new());
        gtk_box_append(GTK_BOX(box), build_status(window));
        gtk_box_append(GTK_BOX(box), build_leaflet(window));
        adw_toast_overlay_set_child(window->toasts, box);
        adw_application_window_set_content(ADW_APPLICATION_WINDOW(window), GTK_WIDGET(window->toasts));
        g_signal_connect_swapped(client, "notify::daemon-state", G_CALLBACK(show_daemon), window);
        show_daemon(window);
        return GTK_WIDGET(window);
}

void viewer_window_keep_messages(ViewerWindow *window) {
        window->toast_seconds = 0;
}
