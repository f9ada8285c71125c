/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Asks the daemon for links, and waits for its answer, which ctl-link.c then reads.
 */
#include "dbus/ctl/ctl.h"

int ctl_links_fetch(sd_bus *bus, GHashTable *links, sd_bus_error *error) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL;
        int r;

        r = ctl_call(bus, BUS_ROOT, DBUS_OBJECT_MANAGER_INTERFACE, "GetManagedObjects", error, &m, NULL);
        return r < 0 ? r : ctl_links_read(links, m);
}

int ctl_link_fetch(sd_bus *bus, const char *name, sd_bus_error *error, CtlLink **ret) {
        static const char *const interfaces[] = { BUS_LINK_INTERFACE, BUS_DHCP4_INTERFACE };
        _cleanup_(ctl_link_freep) CtlLink *link = NULL;
        g_autofree char *path = NULL;
        int r;

        r = ctl_find_path(bus, name, error, &path);
        if (r < 0)
                return sd_bus_error_has_name(error, BUS_ERROR_NO_SUCH_LINK) ? 1 : r;
        link = ctl_link_new(path);
        for (size_t i = 0; i < ARRAY_SIZE(interfaces); i++) {
                _cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL;

                r = ctl_call(bus, path, DBUS_PROPERTIES_INTERFACE, "GetAll", error, &m, "s", interfaces[i]);
                if (r >= 0)
                        r = ctl_link_read(link, interfaces[i], m);
                if (r < 0)
                        return r;
        }
        *ret = STEAL_PTR(link);
        return 0;
}
