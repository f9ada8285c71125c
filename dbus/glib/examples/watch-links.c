/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Says which links come and go, and which addresses they get:
 * cc watch-links.c $(pkg-config --cflags --libs dhcpd-link-glib-1)
 */
#include <dhcpd-link-client.h>

static void on_lease(DhcpdLinkDhcp4 *dhcp4, DhcpdLinkLeaseChange change, GVariant *old_values,
                     GVariant *new_values, GVariant *details, DhcpdLinkLink *link) {
        g_print("%s has %s\n", dhcpd_link_link_get_name(link), dhcpd_link_dhcp4_get_address(dhcp4));
}

static void on_added(DhcpdLinkClient *client, DhcpdLinkLink *link, gpointer unused) {
        DhcpdLinkDhcp4 *dhcp4 = dhcpd_link_link_get_dhcp4(link);

        g_print("%s added\n", dhcpd_link_link_get_name(link));
        if (dhcp4)
                g_signal_connect_object(dhcp4, "lease-changed", G_CALLBACK(on_lease), link, 0);
}

static void on_removed(DhcpdLinkClient *client, DhcpdLinkLink *link, gpointer unused) {
        g_print("%s removed\n", dhcpd_link_link_get_name(link));
}

int main(void) {
        g_autoptr(DhcpdLinkClient) client = dhcpd_link_client_new(NULL, DHCPD_LINK_CLIENT_FLAGS_NONE);
        g_autoptr(GMainLoop) loop = g_main_loop_new(NULL, FALSE);

        g_signal_connect(client, "link-added", G_CALLBACK(on_added), NULL);
        g_signal_connect(client, "link-removed", G_CALLBACK(on_removed), NULL);
        g_main_loop_run(loop);
        return 0;
}
