/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * dhcpd-link-viewer: the program that shows the window. A process has one client of the daemon, which all of
 * its windows use.
 *
 * The program reads only from D-Bus, so it needs no privileges.
 */
#include "config.h"
#include "dbus/viewer/viewer-window.h"

#include <glib/gi18n.h>
#include <locale.h>
#include <stdio.h>
#include <string.h>

#define APPLICATION_ID "org.dhcpdlink1.viewer"
/*
 * The name of an environment variable with words for screenshots and tests. "rtl": the window runs from
 * right to left in every language. "360x640": the size of the window. "messages": each message stays until
 * the next one.
 */
#define TEST_HINTS "DHCPD_LINK_VIEWER_TEST"

static void apply_hints(GtkWindow *window, const char *hints) {
        g_auto(GStrv) words = g_strsplit(hints, " ", -1);

        for (char **word = words; *word; word++) {
                int width, height;

                if (sscanf(*word, "%dx%d", &width, &height) == 2)
                        gtk_window_set_default_size(window, width, height);
                else if (strcmp(*word, "messages") == 0)
                        viewer_window_keep_messages(VIEWER_WINDOW(window));
        }
}

static void on_activate(GtkApplication *application, gpointer data) {
        DhcpdLinkClient **client = data;
        const char *hints = g_getenv(TEST_HINTS);
        GtkWindow *window = gtk_application_get_active_window(application);

        if (!*client) {
                *client = dhcpd_link_client_new(NULL, DHCPD_LINK_CLIENT_FLAGS_NONE);
                dhcpd_link_client_set_interactive(*client, TRUE);
        }
        if (!window) {
                window = GTK_WINDOW(viewer_window_new(application, *client));
                if (hints)
                        apply_hints(window, hints);
        }
        gtk_window_present(window);
}

static void on_about(GSimpleAction *action, GVariant *parameter, gpointer application) {
        adw_show_about_window(gtk_application_get_active_window(application), "application-name",
                              _("Network Leases"), "application-icon", APPLICATION_ID, "version",
                              PROJECT_VERSION, "license-type", GTK_LICENSE_LGPL_2_1, "comments",
                              _("Shows what the DHCP client dhcpd-link knows of each network interface."),
                              NULL);
}

static void on_quit(GSimpleAction *action, GVariant *parameter, gpointer application) {
        g_application_quit(application);
}

static void on_startup(GApplication *application, gpointer unused) {
        static const GActionEntry actions[] = {
                { "about", on_about, NULL, NULL, NULL, { 0 } },
                { "quit", on_quit, NULL, NULL, NULL, { 0 } },
        };
        static const struct {
                const char *action;
                const char *keys[3];
        } accels[] = {
                { "app.quit", { "<Control>q" } },
                { "window.close", { "<Control>w" } },
                { "win.show-help-overlay", { "<Control>question" } },
                { "win.renew", { "<Control>r", "F5" } },
                { "win.copy-text", { "<Control><Shift>c" } },
                { "win.copy-json", { "<Control><Shift>j" } },
                { "win.find", { "<Control>f" } },
                { "win.raw", { "<Control>b" } },
                { "win.back", { "<Alt>Left" } },
                { "win.forward", { "<Alt>Right" } },
        };
        const char *hints = g_getenv(TEST_HINTS);

        g_action_map_add_action_entries(G_ACTION_MAP(application), actions, G_N_ELEMENTS(actions),
                                        application);
        for (size_t i = 0; i < G_N_ELEMENTS(accels); i++)
                gtk_application_set_accels_for_action(GTK_APPLICATION(application), accels[i].action,
                                                      accels[i].keys);
        gtk_window_set_default_icon_name(APPLICATION_ID);
        if (hints && strstr(hints, "rtl"))
                gtk_widget_set_default_direction(GTK_TEXT_DIR_RTL);
}

static int on_local_options(GApplication *application, GVariantDict *options, gpointer unused) {
        if (!g_variant_dict_contains(options, "version"))
                return -1; /* go on */
        printf("dhcpd-link-viewer %s\n", PROJECT_VERSION);
        return 0;
}

int main(int argc, char *argv[]) {
        g_autoptr(AdwApplication) application = NULL;
        DhcpdLinkClient *client = NULL;
        int code;

        setlocale(LC_ALL, "");
        bindtextdomain(GETTEXT_PACKAGE, LOCALEDIR);
        bind_textdomain_codeset(GETTEXT_PACKAGE, "UTF-8");
        textdomain(GETTEXT_PACKAGE);

        application = adw_application_new(APPLICATION_ID, G_APPLICATION_DEFAULT_FLAGS);
        g_application_set_resource_base_path(G_APPLICATION(application), "/org/dhcpdlink1/viewer");
        g_application_add_main_option(G_APPLICATION(application), "version", 0, 0, G_OPTION_ARG_NONE,
                                      _("Print the version"), NULL);
        g_signal_connect(application, "handle-local-options", G_CALLBACK(on_local_options), NULL);
        g_signal_connect(application, "startup", G_CALLBACK(on_startup), NULL);
        g_signal_connect(application, "activate", G_CALLBACK(on_activate), &client);
        code = g_application_run(G_APPLICATION(application), argc, argv);
        g_clear_object(&client);
        return code;
}
