/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The objects of links: the Link interface and, by the table of bus-dhcp4.c, the DHCPv4 interface.
 *
 * Properties are tables: a name, a signature and a function that appends the value. sd-bus serves from them,
 * Describe() prints from them, and bus-signal.c finds what changed by them.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

#include "dbus/server/bus-internal.h"

/* Table of the Link interface */

static void append_index(const BusView *view, Values *v) {
        values_i32(v, view->link->ifindex);
}

void bus_append_text(Values *v, const char *text) {
        g_autofree char *valid = NULL;

        if (!g_utf8_validate(text, -1, NULL))
                text = valid = g_utf8_make_valid(text, -1);
        values_string(v, text);
}

static void append_name(const BusView *view, Values *v) {
        bus_append_text(v, managed_link_ifname(view->link->link));
}

static void append_alternative_names(const BusView *view, Values *v) {
        const LinkNames names = managed_link_names(view->link->link);

        values_begin(v, 'a', "s");
        FOREACH_LINK_NAME (name, &names)
                if (name != names.ifname)
                        bus_append_text(v, name);
        values_end(v);
}

static void append_hardware_address(const BusView *view, Values *v) {
        const HwAddress *address = managed_link_hw_address(view->link->link);

        values_bytes(v, address->bytes, address->len);
}

static void append_carrier(const BusView *view, Values *v) {
        values_bool(v, managed_link_carrier(view->link->link));
}

/*
 * Returns the state of the link over all families of addresses. A lease that is kept for a while without a
 * carrier does not count. If the network needs no IPv4 (RFC 8925), the link is configured without a lease.
 */
static const char *link_state(const ManagedLink *link) {
        const Dhcp4Client *client = managed_link_client(link);
        const Dhcp4Source *source = managed_link_source(link);
        ManagedLinkProblem problems[MANAGED_LINK_PROBLEMS_MAX];

        if (dhcp4_client_state(client) == DHCP4_STATE_STOPPED)
                return "stopped";
        if (!managed_link_carrier(link))
                return "no-carrier";
        if (!source)
                return dhcp4_client_is_ipv6_only(client) ? "configured" : "searching";
        if (source->origin == DHCP4_LEASE_STATIC || source->origin == DHCP4_LEASE_LINK_LOCAL ||
            managed_link_problems(link, problems) > 0)
                return "degraded";
        return "configured";
}

static void append_state(const BusView *view, Values *v) {
        values_string(v, link_state(view->link->link));
}

static void append_applied(const BusView *view, Values *v) {
        values_bool(v, managed_link_applies(view->link->link));
}

void bus_problem_keys(Values *v, const ManagedLinkProblem *problem) {
        record_string(v, "Id", problem->id);
        record_begin(v, "Text", "s");
        bus_append_text(v, problem->text);
        record_end(v);
        record_u64(v, "AtBoottimeUSec", problem->at);
}

static void append_problems(const BusView *view, Values *v) {
        ManagedLinkProblem problems[MANAGED_LINK_PROBLEMS_MAX];
        const size_t n = managed_link_problems(view->link->link, problems);

        values_begin(v, 'a', "a{sv}");
        for (size_t i = 0; i < n; i++) {
                values_begin_record(v);
                bus_problem_keys(v, &problems[i]);
                values_end_record(v);
        }
        values_end(v);
}

static const BusProperty link_properties[] = {
        { "Index", "i", BUS_PROPERTY_CONST, append_index },
        { "Name", "s", 0, append_name },
        { "AlternativeNames", "as", 0, append_alternative_names },
        { "HardwareAddress", "ay", 0, append_hardware_address },
        { "Carrier", "b", 0, append_carrier },
        { "State", "s", 0, append_state },
        { "Applied", "b", 0, append_applied },
        { "ConfigFiles", "as", BUS_PROPERTY_CONFIG, bus_append_config_files },
        { "Settings", "a{sv}", BUS_PROPERTY_CONFIG, bus_append_settings },
        { "Claims", "aa{sv}", 0, bus_append_claims },
        { "Problems", "aa{sv}", 0, append_problems },
};

static const char *const interface_names[_BUS_INTERFACE_MAX] = {
        [BUS_INTERFACE_LINK] = BUS_LINK_INTERFACE,
        [BUS_INTERFACE_DHCP4] = BUS_DHCP4_INTERFACE,
};

const char *bus_interface_name(BusInterface interface) {
        return interface_names[interface];
}

const BusProperty *bus_interface_properties(BusInterface interface, size_t *ret_n) {
        switch (interface) {
        case BUS_INTERFACE_LINK:
                *ret_n = ARRAY_SIZE(link_properties);
                return link_properties;
        case BUS_INTERFACE_DHCP4:
                *ret_n = bus_dhcp4_n_properties;
                return bus_dhcp4_properties;
        case _BUS_INTERFACE_MAX:
                break;
        }
        abort();
}

/* Life */

BusLink *bus_link_new(Bus *bus, ManagedLink *managed_link) {
        BusLink *link = g_new0(BusLink, 1);
        char number[16];
        char *path;

        link->server = bus;
        link->link = managed_link;
        link->ifindex = managed_link_ifindex(managed_link);
        link->name = g_utf8_make_valid(managed_link_ifname(managed_link), -1);
        g_snprintf(number, sizeof(number), "%d", link->ifindex);
        if (sd_bus_path_encode(BUS_LINKS, number, &path) < 0)
                abort(); /* out of memory, as with every other allocation here */
        link->path = g_strdup(path);
        free(path);
        for (unsigned i = 0; i < _BUS_INTERFACE_MAX; i++) {
                size_t n;

                (void) bus_interface_properties(i, &n);
                link->hashes[i] = g_new0(uint32_t, n);
        }
        link->touched = BUS_PROPERTY_RARE;
        link->unseen = true;
        return link;
}

BusLink *bus_link_free(BusLink *link) {
        if (!link)
                return NULL;
        if (link->pending)
                g_ptr_array_remove_fast(link->server->pending, link);
        if (link->server->message_link == link)
                link->server->message_link = NULL;
        for (unsigned i = 0; i < _BUS_INTERFACE_MAX; i++)
                g_free(link->hashes[i]);
        bus_told_clear(&link->told);
        g_free(link->former);
        g_free(link->path);
        g_free(link->name);
        g_free(link);
        return NULL;
}

BusView bus_view(BusLink *link) {
        return (BusView){ .link = link, .source = managed_link_source(link->link) };
}

/* Serving */

static BusLink *find_by_path(Bus *bus, const char *path) {
        char *number, *end;
        BusLink *link;
        long ifindex;

        if (sd_bus_path_decode(path, BUS_LINKS, &number) <= 0)
                return NULL;
        errno = 0;
        ifindex = strtol(number, &end, 10);
        if (errno != 0 || *end != 0 || ifindex <= 0 || ifindex > INT32_MAX)
                ifindex = 0;
        free(number);
        link = ifindex > 0 ? bus_find_link(bus, (int) ifindex) : NULL;
        /* An object has one path. Others that decode to its number, as "_0032" does, lead to no object. */
        return link && strcmp(link->path, path) == 0 ? link : NULL;
}

static int on_find(sd_bus *connection, const char *path, const char *interface, void *userdata,
                   void **ret_found, sd_bus_error *reterr) {
        BusLink *link = find_by_path(userdata, path);

        if (!link)
                return 0;
        *ret_found = link;
        return 1;
}

static int on_enumerate(sd_bus *connection, const char *prefix, void *userdata, char ***ret_nodes,
                        sd_bus_error *reterr) {
        Bus *bus = userdata;
        char **nodes = calloc((size_t) g_hash_table_size(bus->links) + 1, sizeof(char *));
        GHashTableIter iter;
        gpointer link;
        size_t n = 0;

        if (!nodes)
                return -ENOMEM;
        g_hash_table_iter_init(&iter, bus->links);
        while (g_hash_table_iter_next(&iter, NULL, &link)) {
                nodes[n] = strdup(((BusLink *) link)->path);
                if (!nodes[n])
                        break;
                n++;
        }
        *ret_nodes = nodes;
        return 0;
}

static int get_property(BusInterface interface, const char *name, sd_bus_message *reply, BusLink *link) {
        size_t n;
        const BusProperty *properties = bus_interface_properties(interface, &n);
        const BusView view = bus_view(link);
        Values v;

        for (size_t i = 0; i < n; i++)
                if (strcmp(properties[i].name, name) == 0) {
                        values_into(&v, reply);
                        properties[i].append(&view, &v);
                        return v.r;
                }
        return -ENOENT;
}

static int on_get_link_property(sd_bus *connection, const char *path, const char *interface,
                                const char *property, sd_bus_message *reply, void *userdata,
                                sd_bus_error *reterr) {
        return get_property(BUS_INTERFACE_LINK, property, reply, userdata);
}

static int on_get_dhcp4_property(sd_bus *connection, const char *path, const char *interface,
                                 const char *property, sd_bus_message *reply, void *userdata,
                                 sd_bus_error *reterr) {
        return get_property(BUS_INTERFACE_DHCP4, property, reply, userdata);
}

/*
 * Methods of the Link interface. The link is looked up when the caller has been authorized: it may be gone
 * by then.
 */

static int find_target(const BusConn *conn, sd_bus_message *m, sd_bus_error *error, BusLink **ret) {
        BusLink *link = find_by_path(conn->server, sd_bus_message_get_path(m));

        if (!link)
                return sd_bus_error_set(error, BUS_ERROR_NO_SUCH_LINK, "The link is gone.");
        *ret = link;
        return 0;
}

static int do_renew(BusConn *conn, sd_bus_message *m, sd_bus_error *error) {
        BusLink *link = NULL;
        int r;

        r = find_target(conn, m, error, &link);
        if (r < 0)
                return r;
        managed_link_renew(link->link);
        bus_flush(conn->server);
        return sd_bus_reply_method_return(m, NULL);
}

static int do_release(BusConn *conn, sd_bus_message *m, sd_bus_error *error) {
        BusLink *link = NULL;
        int r;

        r = find_target(conn, m, error, &link);
        if (r < 0)
                return r;
        if (!managed_link_source(link->link))
                return sd_bus_error_setf(error, BUS_ERROR_NOT_BOUND, "Link %s has no lease.",
                                         managed_link_ifname(link->link));
        managed_link_release(link->link);
        bus_flush(conn->server);
        return sd_bus_reply_method_return(m, NULL);
}

static int do_restart(BusConn *conn, sd_bus_message *m, sd_bus_error *error) {
        BusLink *link = NULL;
        int r;

        r = find_target(conn, m, error, &link);
        if (r < 0)
                return r;
        managed_link_restart(link->link);
        bus_flush(conn->server);
        return sd_bus_reply_method_return(m, NULL);
}

static int authorize(BusLink *link, sd_bus_message *m, const char *action, BusOperation operation,
                     sd_bus_error *error) {
        BusConn *conn = bus_find_conn(link->server, sd_bus_message_get_bus(m));

        return conn ? bus_authorize(conn, m, action, operation, error) : -ENOTCONN;
}

static int on_renew(sd_bus_message *m, void *userdata, sd_bus_error *error) {
        return authorize(userdata, m, BUS_ACTION_RENEW, do_renew, error);
}

static int on_release(sd_bus_message *m, void *userdata, sd_bus_error *error) {
        return authorize(userdata, m, BUS_ACTION_MANAGE, do_release, error);
}

static int on_restart(sd_bus_message *m, void *userdata, sd_bus_error *error) {
        return authorize(userdata, m, BUS_ACTION_MANAGE, do_restart, error);
}

static int on_describe(sd_bus_message *m, void *userdata, sd_bus_error *error) {
        _cleanup_(json_clear) JsonWriter w = {};
        int r;

        r = bus_describe_link(userdata, &w);
        return r < 0 ? r : bus_reply_json(m, &w);
}

/* Reads the configuration and changes nothing. */
static int on_check_offer(sd_bus_message *m, void *userdata, sd_bus_error *error) {
        const BusLink *link = userdata;
        const void *data, *address;
        size_t len, address_len;
        const char *refusal, *source_text;
        struct in_addr source = {};
        HwAddress hw = {};
        int r;

        r = sd_bus_message_read_array(m, 'y', &data, &len);
        if (r >= 0)
                r = sd_bus_message_read_array(m, 'y', &address, &address_len);
        if (r >= 0)
                r = sd_bus_message_read(m, "s", &source_text);
        if (r < 0)
                return r;
        if (address_len > sizeof(hw.bytes))
                return sd_bus_error_set(error, SD_BUS_ERROR_INVALID_ARGS,
                                        "No hardware address is that long.");
        if (*source_text && inet_pton(AF_INET, source_text, &source) != 1)
                return sd_bus_error_set(error, SD_BUS_ERROR_INVALID_ARGS, "The source is no IPv4 address.");
        hw.len = (uint8_t) address_len;
        if (address_len > 0)
                memcpy(hw.bytes, address, address_len);
        refusal = dhcp4_client_refuses_offer(dhcp4_client_config(managed_link_client(link->link)), data, len,
                                             hw.len > 0 ? &hw : NULL, source);
        return sd_bus_reply_method_return(m, "s", refusal ?: "");
}

/* Counters are no property, because clients cache properties, and a counter changes with each message. */
static int on_get_counters(sd_bus_message *m, void *userdata, sd_bus_error *error) {
        return bus_reply_values(m, bus_dhcp4_append_counters, userdata);
}

/* What an interface has beside its properties. */
static const sd_bus_vtable link_members[] = {
        SD_BUS_METHOD_WITH_ARGS("Renew", SD_BUS_NO_ARGS, SD_BUS_NO_RESULT, on_renew,
                                SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD_WITH_ARGS("Release", SD_BUS_NO_ARGS, SD_BUS_NO_RESULT, on_release,
                                SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD_WITH_ARGS("Restart", SD_BUS_NO_ARGS, SD_BUS_NO_RESULT, on_restart,
                                SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD_WITH_ARGS("Describe", SD_BUS_NO_ARGS, SD_BUS_RESULT("s", json), on_describe,
                                SD_BUS_VTABLE_UNPRIVILEGED),
};

static const sd_bus_vtable dhcp4_members[] = {
        SD_BUS_METHOD_WITH_ARGS("CheckOffer",
                                SD_BUS_ARGS("ay", message, "ay", hardware_address, "s", source),
                                SD_BUS_RESULT("s", refusal), on_check_offer, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD_WITH_ARGS("GetCounters", SD_BUS_NO_ARGS, SD_BUS_RESULT("a{st}", counters),
                                on_get_counters, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_SIGNAL_WITH_ARGS("StateChanged",
                                SD_BUS_ARGS("s", old_state, "s", new_state, "a{sv}", details), 0),
        SD_BUS_SIGNAL_WITH_ARGS(
                "LeaseChanged",
                SD_BUS_ARGS("s", reason, "a{sv}", old_values, "a{sv}", new_values, "a{sv}", details), 0),
};

static sd_bus_vtable *make_vtable(BusInterface interface, const sd_bus_vtable *members, size_t n_members,
                                  sd_bus_property_get_t get) {
        size_t n, k = 0;
        const BusProperty *properties = bus_interface_properties(interface, &n);
        sd_bus_vtable *vtable = g_new0(sd_bus_vtable, 1 + n_members + n + 1);

        vtable[k++] = (sd_bus_vtable) SD_BUS_VTABLE_START(0);
        for (size_t i = 0; i < n_members; i++)
                vtable[k++] = members[i];
        for (size_t i = 0; i < n; i++)
                vtable[k++] = (sd_bus_vtable) SD_BUS_PROPERTY(
                        properties[i].name, properties[i].signature, get, 0,
                        properties[i].flags & BUS_PROPERTY_CONST ? SD_BUS_VTABLE_PROPERTY_CONST
                                                                 : SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE);
        vtable[k] = (sd_bus_vtable) SD_BUS_VTABLE_END;
        return vtable;
}

void bus_link_init_vtables(Bus *bus) {
        bus->vtables[BUS_INTERFACE_LINK] = make_vtable(BUS_INTERFACE_LINK, link_members,
                                                       ARRAY_SIZE(link_members), on_get_link_property);
        bus->vtables[BUS_INTERFACE_DHCP4] = make_vtable(BUS_INTERFACE_DHCP4, dhcp4_members,
                                                        ARRAY_SIZE(dhcp4_members), on_get_dhcp4_property);
}

const sd_bus_vtable *bus_link_method(Bus *bus, const char *path, const char *interface, const char *member,
                                     void **ret_link) {
        const sd_bus_vtable *method = NULL;

        if (strcmp(interface, BUS_LINK_INTERFACE) == 0)
                method = bus_find_method(link_members, ARRAY_SIZE(link_members), member);
        else if (strcmp(interface, BUS_DHCP4_INTERFACE) == 0)
                method = bus_find_method(dhcp4_members, ARRAY_SIZE(dhcp4_members), member);
        *ret_link = method ? find_by_path(bus, path) : NULL;
        return *ret_link ? method : NULL;
}

int bus_link_export(BusConn *conn) {
        int r;

        for (unsigned i = 0; i < _BUS_INTERFACE_MAX; i++) {
                r = sd_bus_add_fallback_vtable(conn->bus, NULL, BUS_LINKS, interface_names[i],
                                               conn->server->vtables[i], on_find, conn->server);
                if (r < 0)
                        return r;
        }
        return sd_bus_add_node_enumerator(conn->bus, NULL, BUS_LINKS, on_enumerate, conn->server);
}
