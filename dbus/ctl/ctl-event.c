/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Describes signals of the daemon in words, for monitor and watch.
 */
#include "dbus/ctl/ctl.h"

const CtlSignal ctl_signals[] = {
        { DBUS_OBJECT_MANAGER_INTERFACE, "InterfacesAdded" },
        { BUS_MANAGER_INTERFACE, "LinkNew" },
        { DBUS_PROPERTIES_INTERFACE, "PropertiesChanged" },
        { BUS_DHCP4_INTERFACE, "StateChanged" },
        { BUS_DHCP4_INTERFACE, "LeaseChanged" },
        { BUS_MANAGER_INTERFACE, "LinkRemoved" },
        { DBUS_OBJECT_MANAGER_INTERFACE, "InterfacesRemoved" },
        {},
};

static int managed_text(sd_bus_message *m, const char **ret_name, char **ret) {
        int32_t ifindex;
        int r;

        r = sd_bus_message_read(m, "iso", &ifindex, ret_name, NULL);
        if (r < 0)
                return r;
        *ret = sd_bus_message_is_signal(m, NULL, "LinkNew")
                ? g_strdup_printf("managed (interface %d)", ifindex)
                : g_strdup("no longer managed");
        return 0;
}

static int lease_text(sd_bus_message *m, const CtlLink *link, char **ret) {
        g_autofree char *address = link ? ctl_link_address(link) : g_strdup("");
        char *why = NULL;
        const CtlKey key = { "Why", "s", &why };
        const char *reason;
        int r;

        r = sd_bus_message_read(m, "s", &reason);
        if (r >= 0)
                r = sd_bus_message_skip(m, "a{sv}a{sv}");
        if (r >= 0)
                r = ctl_read_record(m, &key, 1);
        if (r < 0) {
                g_free(why);
                return r;
        }
        if (why && *why)
                *ret = g_strdup_printf("lease %s: %s", ctl_text(reason), ctl_text(why));
        else if (link && link->expires_at > 0)
                /* Say "for 1h". "In 1h" would be wrong for somebody who reads the line later. */
                *ret = g_strdup_printf(
                        "lease %s: %s from %s, %s%s", ctl_text(reason), address, ctl_text(link->server),
                        link->lifetime_usec == USEC_INFINITY ? "" : "for ", ctl_span(link->lifetime_usec));
        else
                *ret = g_strdup_printf("lease %s", ctl_text(reason));
        g_free(why);
        return 0;
}

int ctl_event_text(sd_bus_message *m, const CtlLink *link, bool had_carrier, const char **ret_name,
                   char **ret) {
        const char *a, *b;
        int r;

        *ret = NULL;
        *ret_name = link && link->name ? link->name : sd_bus_message_get_path(m);
        if (sd_bus_message_is_signal(m, BUS_MANAGER_INTERFACE, NULL))
                return managed_text(m, ret_name, ret);
        if (sd_bus_message_is_signal(m, BUS_DHCP4_INTERFACE, "LeaseChanged"))
                return lease_text(m, link, ret);
        if (sd_bus_message_is_signal(m, BUS_DHCP4_INTERFACE, "StateChanged")) {
                r = sd_bus_message_read(m, "ss", &a, &b);
                if (r >= 0)
                        *ret = g_strdup_printf("%s -> %s", ctl_text(a), ctl_text(b));
                return r < 0 ? r : 0;
        }
        if (link && had_carrier != (bool) link->carrier)
                *ret = g_strdup(link->carrier ? "carrier up" : "carrier lost");
        return 0;
}
