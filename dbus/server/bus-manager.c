/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The Manager interface: lists the links, starts and stops them, and reloads the configuration.
 *
 * StartLink() makes a claim. A claim made on the private socket belongs to its connection. StopLink() ends
 * it at once. If the connection closes without StopLink(), the claim ends half a minute later
 * (manager_holder_left()). A claim made on the system bus, or with Keep, belongs to no connection and lasts
 * until StopLink().
 */
#include <errno.h>
#include <string.h>

#include "config.h"
#include "dbus/server/bus-internal.h"

/* bytes of a caller's text that an error quotes, so that the error stays one line; held by show_name() */
#define SHOWN_NAME_MAX 128u

static void show_name(const char *name, char ret[SHOWN_NAME_MAX]) {
        size_t i;

        for (i = 0; i < SHOWN_NAME_MAX - 1 && name[i]; i++)
                ret[i] = name[i] < ' ' || name[i] > '~' ? '?' : name[i];
        ret[i] = 0;
}

static int claim_error(Bus *bus, int result, const char *name, sd_bus_error *error) {
        char shown[SHOWN_NAME_MAX];

        show_name(name, shown);
        switch ((ManagerResult) result) {
        case MANAGER_E_MANAGED_ELSEWHERE:
                return sd_bus_error_setf(error, BUS_ERROR_MANAGED_ELSEWHERE,
                                         "Link %s is managed by %s already; "
                                         "TakeOver=yes in its configuration overrides that.",
                                         shown,
                                         manager_elsewhere(bus->manager, name) ?: "another network manager");
        case MANAGER_E_NOT_SUPPORTED:
                return sd_bus_error_setf(error, BUS_ERROR_NOT_SUPPORTED,
                                         "Link %s cannot do DHCP: it has no broadcast medium.", shown);
        case MANAGER_E_NOT_MANAGED:
                return sd_bus_error_setf(error, BUS_ERROR_NOT_MANAGED,
                                         "Link %s has Manage=no in its configuration.", shown);
        case MANAGER_E_BAD_NAME:
                return sd_bus_error_setf(error, BUS_ERROR_NO_SUCH_LINK, "No link can have the name \"%s\".",
                                         shown);
        case MANAGER_E_TOO_MANY:
                return sd_bus_error_setf(error, SD_BUS_ERROR_LIMITS_EXCEEDED,
                                         "Link %s cannot be started: there are too many claims.", shown);
        }
        return -EIO;
}

static int not_found(Bus *bus, const char *name, sd_bus_error *error) {
        char shown[SHOWN_NAME_MAX];

        show_name(name, shown);
        if (manager_is_known(bus->manager, name))
                return sd_bus_error_setf(error, BUS_ERROR_NO_SUCH_LINK, "Link %s is not managed.", shown);
        return sd_bus_error_setf(error, BUS_ERROR_NO_SUCH_LINK, "There is no link %s.", shown);
}

static BusLink *find_by_name(Bus *bus, const char *name) {
        ManagedLink *managed_link = manager_find_by_name(bus->manager, name);

        return managed_link ? bus_find_link(bus, managed_link_ifindex(managed_link)) : NULL;
}

void bus_append_link(Values *v, int ifindex, const char *name, const char *path, const HwAddress *hw) {
        values_i32(v, ifindex);
        values_string(v, name);
        values_path(v, path);
        values_begin_record(v);
        if (hw)
                record_bytes(v, "HardwareAddress", hw->bytes, hw->len);
        values_end_record(v);
}

int bus_reply_values(sd_bus_message *m, BusWriter write, void *userdata) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
        Values v;
        int r;

        r = sd_bus_message_new_method_return(m, &reply);
        if (r < 0)
                return r;
        values_into(&v, reply);
        write(userdata, &v);
        return v.r < 0 ? v.r : sd_bus_send(NULL, reply, NULL);
}

typedef struct ListRequest {
        Bus *bus;
        Values *v;
} ListRequest;

static int append_managed(ManagedLink *managed_link, void *userdata) {
        const ListRequest *request = userdata;
        const BusLink *link = bus_find_link(request->bus, managed_link_ifindex(managed_link));

        if (!link)
                return 0;
        values_begin(request->v, 'r', "isoa{sv}");
        bus_append_link(request->v, link->ifindex, link->name, link->path,
                        managed_link_hw_address(link->link));
        values_end(request->v);
        return 0;
}

static void write_links(void *userdata, Values *v) {
        ListRequest request = { .bus = userdata, .v = v };

        values_begin(v, 'a', "(isoa{sv})");
        (void) manager_foreach(request.bus->manager, append_managed, &request);
        values_end(v);
}

static int on_list_links(sd_bus_message *m, void *userdata, sd_bus_error *error) {
        const BusConn *conn = userdata;

        return bus_reply_values(m, write_links, conn->server);
}

static void write_candidates(void *userdata, Values *v) {
        bus_append_candidates(userdata, v);
}

static int on_list_candidate_links(sd_bus_message *m, void *userdata, sd_bus_error *error) {
        const BusConn *conn = userdata;

        return bus_reply_values(m, write_candidates, conn->server);
}

static int on_get_link(sd_bus_message *m, void *userdata, sd_bus_error *error) {
        BusConn *conn = userdata;
        const BusLink *link;
        const char *name;
        int r;

        r = sd_bus_message_read(m, "s", &name);
        if (r < 0)
                return r;
        link = find_by_name(conn->server, name);
        if (!link)
                return not_found(conn->server, name, error);
        return sd_bus_reply_method_return(m, "o", link->path);
}

static int on_get_link_by_index(sd_bus_message *m, void *userdata, sd_bus_error *error) {
        BusConn *conn = userdata;
        const BusLink *link;
        int32_t ifindex;
        int r;

        r = sd_bus_message_read(m, "i", &ifindex);
        if (r < 0)
                return r;
        link = bus_find_link(conn->server, ifindex);
        if (!link)
                return sd_bus_error_setf(error, BUS_ERROR_NO_SUCH_LINK, "No managed link has the index %d.",
                                         ifindex);
        return sd_bus_reply_method_return(m, "o", link->path);
}

typedef struct StartOptions {
        const char *name;
        bool keep, apply;
        const char *owner; /* NULL: not given */
} StartOptions;

static int read_start(sd_bus_message *m, StartOptions *ret, sd_bus_error *error) {
        const BusOption options[] = {
                { .key = "Keep", .boolean = &ret->keep },
                { .key = "Apply", .boolean = &ret->apply },
                { .key = "Owner", .text = &ret->owner },
        };
        int r;

        *ret = (StartOptions){ .apply = true };
        r = sd_bus_message_read(m, "s", &ret->name);
        return r < 0 ? r : bus_read_options(m, options, ARRAY_SIZE(options), error);
}

typedef struct StopOptions {
        const char *name;
        bool release;
} StopOptions;

static int read_stop(sd_bus_message *m, StopOptions *ret, sd_bus_error *error) {
        const BusOption options[] = { { .key = "Release", .boolean = &ret->release } };
        int r;

        *ret = (StopOptions){ .release = true };
        r = sd_bus_message_read(m, "s", &ret->name);
        return r < 0 ? r : bus_read_options(m, options, ARRAY_SIZE(options), error);
}

static int do_start_link(BusConn *conn, sd_bus_message *m, sd_bus_error *error) {
        Bus *bus = conn->server;
        const BusLink *link;
        StartOptions options;
        const void *owner;
        const char *name;
        int r;

        r = read_start(m, &options, error);
        if (r < 0)
                return r;
        name = options.name;
        owner = conn->is_system || options.keep ? (const void *) manager_owner_bus : conn;
        /* The claim may make the connection hear of links that it did not hear of before. */
        bus_catch_up(bus);
        r = manager_claim(bus->manager, name, owner, options.apply);
        if (r > 0)
                return claim_error(bus, r, name, error);
        if (r < 0) {
                char shown[SHOWN_NAME_MAX];

                show_name(name, shown);
                return sd_bus_error_setf(error, BUS_ERROR_FAILED, "Link %s cannot be managed: %s.", shown,
                                         strerror(-r));
        }
        if (owner == conn) {
                bus_conn_add_name(conn, name);
                if (options.owner && *options.owner) {
                        g_free(conn->owner);
                        conn->owner = g_strdup(options.owner);
                }
        }
        bus_flush(bus);
        link = find_by_name(bus, name);
        return sd_bus_reply_method_return(m, "o", link ? link->path : "/");
}

static int do_stop_link(BusConn *conn, sd_bus_message *m, sd_bus_error *error) {
        Bus *bus = conn->server;
        const unsigned n_claims = manager_n_claims(bus->manager);
        const BusLink *link;
        StopOptions options;
        const char *name;
        int r;

        r = read_stop(m, &options, error);
        if (r < 0)
                return r;
        name = options.name;

        link = find_by_name(bus, name);
        if (!conn->is_system && manager_owns(bus->manager, name, conn)) {
                manager_unclaim(bus->manager, name, conn, options.release);
                bus_conn_remove_name(conn, name);
        } else
                manager_unclaim_all(bus->manager, name, options.release);
        if (!link && manager_n_claims(bus->manager) == n_claims) {
                char shown[SHOWN_NAME_MAX];

                show_name(name, shown);
                return sd_bus_error_setf(error, BUS_ERROR_NOT_MANAGED, "Link %s is not managed.", shown);
        }

        bus_flush(bus);
        /* The link may be gone by now, so look it up again. */
        link = find_by_name(bus, name);
        if (!link || !managed_link_is_stopping(link->link) || bus->waiters->len >= BUS_WAITERS_MAX)
                return sd_bus_reply_method_return(m, NULL);
        g_array_append_val(bus->waiters,
                           ((BusWaiter){ .ifindex = link->ifindex, .m = sd_bus_message_ref(m) }));
        return 0;
}

static int do_reload(BusConn *conn, sd_bus_message *m, sd_bus_error *error) {
        Bus *bus = conn->server;
        int r;

        if (!bus->reload)
                return sd_bus_error_set(error, BUS_ERROR_NOT_SUPPORTED,
                                        "This daemon has no configuration to reload.");
        r = bus->reload(bus->reload_userdata);
        if (r < 0)
                return sd_bus_error_setf(error, BUS_ERROR_BAD_CONFIGURATION,
                                         "The configuration cannot be loaded, the one in force stays: %s.",
                                         strerror(-r));
        bus_flush(bus);
        return sd_bus_reply_method_return(m, NULL);
}

/*
 * The options are checked before polkit is asked. So they are small in every request that waits for polkit's
 * answer.
 */
static int on_start_link(sd_bus_message *m, void *userdata, sd_bus_error *error) {
        StartOptions options;
        int r;

        r = read_start(m, &options, error);
        if (r >= 0)
                r = sd_bus_message_rewind(m, /* complete= */ true);
        return r < 0 ? r : bus_authorize(userdata, m, BUS_ACTION_MANAGE, do_start_link, error);
}

static int on_stop_link(sd_bus_message *m, void *userdata, sd_bus_error *error) {
        StopOptions options;
        int r;

        r = read_stop(m, &options, error);
        if (r >= 0)
                r = sd_bus_message_rewind(m, /* complete= */ true);
        return r < 0 ? r : bus_authorize(userdata, m, BUS_ACTION_MANAGE, do_stop_link, error);
}

static int on_reload(sd_bus_message *m, void *userdata, sd_bus_error *error) {
        return bus_authorize(userdata, m, BUS_ACTION_MANAGE, do_reload, error);
}

static int on_describe(sd_bus_message *m, void *userdata, sd_bus_error *error) {
        _cleanup_(json_clear) JsonWriter w = {};
        BusConn *conn = userdata;
        int r;

        r = bus_describe_manager(conn->server, &w);
        return r < 0 ? r : bus_reply_json(m, &w);
}

static void append_contract_version(Bus *bus, Values *v) {
        values_u32(v, BUS_CONTRACT_VERSION);
}

static void append_version(Bus *bus, Values *v) {
        values_string(v, PROJECT_VERSION);
}

static void append_features(Bus *bus, Values *v) {
        values_begin(v, 'a', "s");
        values_string(v, "dhcpv4");
        values_string(v, "plugins");
        values_end(v);
}

static void append_plugin(void *userdata, const char *plugin, const char *reason) {
        Values *v = userdata;

        values_begin_record(v);
        record_string(v, "Name", plugin);
        record_string(v, "State", reason ? "refused" : "loaded");
        record_string(v, "Reason", reason ?: "");
        values_end_record(v);
}

static void append_plugins(Bus *bus, Values *v) {
        values_begin(v, 'a', "a{sv}");
        if (bus->plugins)
                bus->plugins(bus->plugins_userdata, append_plugin, v);
        values_end(v);
}

static void append_problem(Values *v, const char *id, const char *text, usec_t at) {
        values_begin_record(v);
        record_string(v, "Id", id);
        record_string(v, "Text", text);
        record_u64(v, "AtBoottimeUSec", at);
        values_end_record(v);
}

static void append_plugin_problem(void *userdata, const char *plugin, const char *reason) {
        g_autofree char *text = g_strdup_printf("Plugin %s is not loaded: %s", plugin, reason ?: "");

        if (reason)
                append_problem(userdata, "plugin-refused", text, 0);
}

/* Plugins are loaded once, when the daemon starts, so their problems have no instant. */
static void append_problems(Bus *bus, Values *v) {
        values_begin(v, 'a', "a{sv}");
        for (guint i = 0; i < bus->problems->len; i++) {
                const BusProblem *problem = &g_array_index(bus->problems, BusProblem, i);

                append_problem(v, problem->id, problem->text, problem->at);
        }
        if (bus->plugins)
                bus->plugins(bus->plugins_userdata, append_plugin_problem, v);
        values_end(v);
}

void bus_set_problem(Bus *bus, const char *id, const char *text) {
        BusProblem problem = { .id = id, .at = manager_now(bus->manager) };
        GPtrArray *hearers;
        guint i = 0;

        while (i < bus->problems->len && strcmp(g_array_index(bus->problems, BusProblem, i).id, id) != 0)
                i++;
        if (i < bus->problems->len) {
                if (g_strcmp0(g_array_index(bus->problems, BusProblem, i).text, text) == 0)
                        return;
                problem.at = g_array_index(bus->problems, BusProblem, i).at;
                g_free(g_array_index(bus->problems, BusProblem, i).text);
                g_array_remove_index(bus->problems, i);
        } else if (!text)
                return;
        if (text) {
                problem.text = g_strdup(text);
                g_array_append_val(bus->problems, problem);
        }
        hearers = bus_general_hearers(bus);
        for (i = 0; i < hearers->len; i++) {
                BusConn *conn = hearers->pdata[i];

                if (bus_export(conn) < 0)
                        continue;
                (void) sd_bus_emit_properties_changed(conn->bus, BUS_ROOT, BUS_MANAGER_INTERFACE, "Problems",
                                                      NULL);
                bus_conn_check(conn);
        }
        g_ptr_array_unref(hearers);
}

const BusManagerProperty bus_manager_properties[] = {
        { "ContractVersion", append_contract_version },
        { "Version", append_version },
        { "Features", append_features },
        { "Plugins", append_plugins },
        { "Problems", append_problems },
};
const size_t bus_manager_n_properties = ARRAY_SIZE(bus_manager_properties);

static int get_property(sd_bus *connection, const char *path, const char *interface, const char *property,
                        sd_bus_message *reply, void *userdata, sd_bus_error *error) {
        const BusConn *conn = userdata;
        Values v;

        for (size_t i = 0; i < ARRAY_SIZE(bus_manager_properties); i++)
                if (strcmp(bus_manager_properties[i].name, property) == 0) {
                        values_into(&v, reply);
                        bus_manager_properties[i].append(conn->server, &v);
                        return v.r;
                }
        return -ENOENT;
}

static const sd_bus_vtable manager_vtable[] = {
        SD_BUS_VTABLE_START(0),
        SD_BUS_METHOD_WITH_ARGS("ListLinks", SD_BUS_NO_ARGS, SD_BUS_RESULT("a(isoa{sv})", links),
                                on_list_links, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD_WITH_ARGS("ListCandidateLinks", SD_BUS_NO_ARGS, SD_BUS_RESULT("a(isoa{sv})", links),
                                on_list_candidate_links, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD_WITH_ARGS("GetLink", SD_BUS_ARGS("s", name), SD_BUS_RESULT("o", path), on_get_link,
                                SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD_WITH_ARGS("GetLinkByIndex", SD_BUS_ARGS("i", ifindex), SD_BUS_RESULT("o", path),
                                on_get_link_by_index, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD_WITH_ARGS("StartLink", SD_BUS_ARGS("s", name, "a{sv}", options),
                                SD_BUS_RESULT("o", path), on_start_link, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD_WITH_ARGS("StopLink", SD_BUS_ARGS("s", name, "a{sv}", options), SD_BUS_NO_RESULT,
                                on_stop_link, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD_WITH_ARGS("Reload", SD_BUS_NO_ARGS, SD_BUS_NO_RESULT, on_reload,
                                SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD_WITH_ARGS("Describe", SD_BUS_NO_ARGS, SD_BUS_RESULT("s", json), on_describe,
                                SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_PROPERTY("ContractVersion", "u", get_property, 0, SD_BUS_VTABLE_PROPERTY_CONST),
        SD_BUS_PROPERTY("Version", "s", get_property, 0, SD_BUS_VTABLE_PROPERTY_CONST),
        SD_BUS_PROPERTY("Features", "as", get_property, 0, SD_BUS_VTABLE_PROPERTY_CONST),
        SD_BUS_PROPERTY("Plugins", "aa{sv}", get_property, 0, SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE),
        SD_BUS_PROPERTY("Problems", "aa{sv}", get_property, 0, SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE),
        SD_BUS_SIGNAL_WITH_ARGS("LinkNew", SD_BUS_ARGS("i", ifindex, "s", name, "o", path, "a{sv}", details),
                                0),
        SD_BUS_SIGNAL_WITH_ARGS("LinkRemoved",
                                SD_BUS_ARGS("i", ifindex, "s", name, "o", path, "a{sv}", details), 0),
        SD_BUS_SIGNAL("CandidatesChanged", NULL, 0),
        SD_BUS_VTABLE_END,
};

const sd_bus_vtable *bus_manager_method(const char *member) {
        return bus_find_method(manager_vtable, ARRAY_SIZE(manager_vtable), member);
}

int bus_manager_export(BusConn *conn) {
        return sd_bus_add_object_vtable(conn->bus, NULL, BUS_ROOT, BUS_MANAGER_INTERFACE, manager_vtable,
                                        conn);
}
