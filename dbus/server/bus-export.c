/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The objects of a connection.
 *
 * sd-bus keeps a table of objects for each connection. To fill it takes a quarter of a million instructions,
 * because each of our sixty members is checked and put into hash tables; to empty it takes half as many. The
 * system bus gets its table at once. A private connection often lives for one call, as that of
 * "dhcpd-linkctl renew" does. It gets its table when it first asks for something that only sd-bus can
 * answer: a property, a list of objects, an introspection, or a call that is wrong and has to be refused.
 * Until then, its calls of our methods go to their handlers from here.
 */
#include <string.h>

#include "dbus/server/bus-internal.h"

int bus_export(BusConn *conn) {
        int r;

        if (conn->exported)
                return 0;
        conn->exported = true;
        r = sd_bus_add_object_manager(conn->bus, NULL, BUS_ROOT);
        if (r >= 0)
                r = bus_manager_export(conn);
        if (r >= 0)
                r = bus_link_export(conn);
        /* With half a table, sd-bus would deny objects that exist. */
        if (r < 0)
                bus_conn_doom(conn);
        return r;
}

const sd_bus_vtable *bus_find_method(const sd_bus_vtable *members, size_t n, const char *member) {
        for (size_t i = 0; i < n; i++)
                if (members[i].type == _SD_BUS_VTABLE_METHOD &&
                    strcmp(members[i].x.method.member, member) == 0)
                        return &members[i];
        return NULL;
}

/*
 * Returns the method that @m calls, and stores what its handler gets as userdata. Returns NULL if the method
 * is none of ours, or is called with other arguments than it takes.
 */
static const sd_bus_vtable *find_called(BusConn *conn, sd_bus_message *m, void **ret_userdata) {
        const char *path = sd_bus_message_get_path(m), *interface = sd_bus_message_get_interface(m),
                   *member = sd_bus_message_get_member(m),
                   *signature = sd_bus_message_get_signature(m, /* complete= */ true);
        const sd_bus_vtable *method;

        if (!path || !interface || !member)
                return NULL;
        if (strcmp(path, BUS_ROOT) == 0 && strcmp(interface, BUS_MANAGER_INTERFACE) == 0) {
                method = bus_manager_method(member);
                *ret_userdata = conn;
        } else
                method = bus_link_method(conn->server, path, interface, member, ret_userdata);
        return method && strcmp(method->x.method.signature ?: "", signature ?: "") == 0 ? method : NULL;
}

int bus_serve_call(BusConn *conn, sd_bus_message *m) {
        _cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
        const sd_bus_vtable *method;
        void *userdata;
        int r;

        if (conn->exported)
                return 0;
        method = find_called(conn, m, &userdata);
        if (!method)
                return bus_export(conn);
        r = method->x.method.handler(m, userdata, &error);
        if (r < 0 || sd_bus_error_is_set(&error))
                (void) sd_bus_reply_method_errno(m, r, &error);
        return 1;
}
