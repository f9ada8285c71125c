/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Reads the properties of a link into a CtlLink. A table says where each property goes. Unknown properties
 * are skipped, so the tool and the daemon may have different versions.
 */
#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "dbus/ctl/ctl.h"

static int read_routes(CtlLink *link, sd_bus_message *m);
static int read_servers(CtlLink *link, sd_bus_message *m);
static int read_ignored(CtlLink *link, sd_bus_message *m);
static int read_problems(CtlLink *link, sd_bus_message *m);
static int read_kept(CtlLink *link, sd_bus_message *m);
static int read_ignored_answer(CtlLink *link, sd_bus_message *m);
static int read_last_error(CtlLink *link, sd_bus_message *m);

static const struct Field {
        const char *name, *signature;
        size_t offset;
        int (*read)(CtlLink *link, sd_bus_message *m); /* NULL: read by the signature, to @offset */
} fields[] = {
#define FIELD(name, signature, member) \
        { name, signature, offsetof(CtlLink, member), NULL }
        FIELD("Index", "i", ifindex),
        FIELD("Name", "s", name),
        FIELD("AlternativeNames", "as", alternative_names),
        FIELD("ConfigFiles", "as", config_files),
        FIELD("Applied", "b", applied),
        FIELD("HardwareAddress", "ay", hw),
        FIELD("Carrier", "b", carrier),
        FIELD("State", "s", state),
        FIELD("Address", "s", address),
        FIELD("PrefixLength", "u", prefix_len),
        FIELD("Origin", "s", origin),
        FIELD("IPv6Only", "b", ipv6_only),
        FIELD("Server", "s", server),
        FIELD("ServerHardwareAddress", "ay", server_hw),
        FIELD("Relay", "s", relay),
        FIELD("Routers", "as", routers),
        FIELD("DNS", "as", dns),
        FIELD("NTP", "as", ntp),
        FIELD("Domain", "s", domain),
        FIELD("SearchDomains", "as", search_domains),
        FIELD("Hostname", "s", hostname),
        FIELD("CaptivePortal", "s", captive_portal),
        FIELD("MTU", "u", mtu),
        FIELD("LifetimeUSec", "t", lifetime_usec),
        FIELD("GrantedAtBoottimeUSec", "t", granted_at),
        FIELD("T1AtBoottimeUSec", "t", t1_at),
        FIELD("T2AtBoottimeUSec", "t", t2_at),
        FIELD("ExpiresAtBoottimeUSec", "t", expires_at),
        FIELD("ExpiresAtUSec", "t", expires_realtime),
        FIELD("SearchingSinceUSec", "t", searching_since_realtime),
        FIELD("SearchingSinceBoottimeUSec", "t", searching_since),
        FIELD("Attempt", "u", attempt),
        FIELD("NextAttemptAtUSec", "t", next_attempt_realtime),
        FIELD("NextAttemptAtBoottimeUSec", "t", next_attempt),
#undef FIELD
        { "Routes", "aa{sv}", 0, read_routes },
        { "Servers", "aa{sv}", 0, read_servers },
        { "IgnoredOptions", "aa{sv}", 0, read_ignored },
        { "Problems", "aa{sv}", 0, read_problems },
        { "KeptOptions", "au", 0, read_kept },
        { "LastIgnored", "a{sv}", 0, read_ignored_answer },
        { "LastError", "a{sv}", 0, read_last_error },
};

static void route_clear(gpointer data) {
        CtlRoute *route = data;

        g_free(route->destination);
        g_free(route->gateway);
}

static void server_clear(gpointer data) {
        CtlServer *server = data;

        g_free(server->server);
        g_free(server->address);
        g_clear_pointer(&server->hw, g_bytes_unref);
}

static void ignored_clear(gpointer data) {
        CtlIgnored *ignored = data;

        g_free(ignored->text);
}

static void problem_clear(gpointer data) {
        CtlProblem *problem = data;

        g_free(problem->id);
        g_free(problem->text);
}

static GArray *array_new(size_t size, GDestroyNotify clear) {
        GArray *array = g_array_new(FALSE, FALSE, (guint) size);

        g_array_set_clear_func(array, clear);
        return array;
}

CtlLink *ctl_link_new(const char *path) {
        CtlLink *link = g_new0(CtlLink, 1);

        link->path = g_strdup(path);
        link->applied = true;
        link->routes = array_new(sizeof(CtlRoute), route_clear);
        link->servers = array_new(sizeof(CtlServer), server_clear);
        link->ignored = array_new(sizeof(CtlIgnored), ignored_clear);
        link->problems = array_new(sizeof(CtlProblem), problem_clear);
        link->kept = array_new(sizeof(uint32_t), NULL);
        return link;
}

CtlLink *ctl_link_free(CtlLink *link) {
        if (!link)
                return NULL;
        for (size_t i = 0; i < ARRAY_SIZE(fields); i++) {
                void *field = (char *) link + fields[i].offset;

                if (fields[i].read)
                        continue;
                if (strcmp(fields[i].signature, "s") == 0)
                        g_free(*(char **) field);
                else if (strcmp(fields[i].signature, "as") == 0)
                        g_strfreev(*(char ***) field);
                else if (strcmp(fields[i].signature, "ay") == 0)
                        g_clear_pointer((GBytes **) field, g_bytes_unref);
        }
        g_array_unref(link->routes);
        g_array_unref(link->servers);
        g_array_unref(link->ignored);
        g_array_unref(link->problems);
        g_array_unref(link->kept);
        g_free(link->ignored_answer);
        g_free(link->last_error);
        g_free(link->path);
        g_free(link);
        return NULL;
}

static int read_bytes(sd_bus_message *m, GBytes **ret) {
        const void *data;
        size_t len;
        int r;

        r = sd_bus_message_read_array(m, 'y', &data, &len);
        if (r < 0)
                return r;
        *ret = g_bytes_new(data, len);
        return 0;
}

/* Reads an array of records into @array. @read_item reads one record and appends it. */
static int read_records(CtlLink *link, sd_bus_message *m, GArray *array,
                        int (*read_item)(CtlLink *link, sd_bus_message *m)) {
        int r;

        g_array_set_size(array, 0);
        r = sd_bus_message_enter_container(m, 'a', "a{sv}");
        if (r < 0)
                return r;
        while ((r = sd_bus_message_at_end(m, /* complete= */ false)) == 0) {
                r = read_item(link, m);
                if (r < 0)
                        return r;
        }
        return r < 0 ? r : sd_bus_message_exit_container(m);
}

static int read_route(CtlLink *link, sd_bus_message *m) {
        CtlRoute route = {};
        const CtlKey keys[] = {
                { "Destination", "s", &route.destination },
                { "PrefixLength", "u", &route.prefix_len },
                { "Gateway", "s", &route.gateway },
                { "Metric", "u", &route.metric },
        };
        const int r = ctl_read_record(m, keys, ARRAY_SIZE(keys));

        g_array_append_val(link->routes, route);
        return r;
}

static int read_routes(CtlLink *link, sd_bus_message *m) {
        return read_records(link, m, link->routes, read_route);
}

static int read_server(CtlLink *link, sd_bus_message *m) {
        CtlServer server = {};
        const CtlKey keys[] = {
                { "Identifier", "s", &server.server },
                { "OfferedAddress", "s", &server.address },
                { "HardwareAddress", "ay", &server.hw },
        };
        const int r = ctl_read_record(m, keys, ARRAY_SIZE(keys));

        g_array_append_val(link->servers, server);
        return r;
}

static int read_servers(CtlLink *link, sd_bus_message *m) {
        return read_records(link, m, link->servers, read_server);
}

static int read_ignored_option(CtlLink *link, sd_bus_message *m) {
        CtlIgnored ignored = {};
        const CtlKey keys[] = {
                { "Code", "u", &ignored.code },
                { "Text", "s", &ignored.text },
        };
        const int r = ctl_read_record(m, keys, ARRAY_SIZE(keys));

        g_array_append_val(link->ignored, ignored);
        return r;
}

static int read_ignored(CtlLink *link, sd_bus_message *m) {
        return read_records(link, m, link->ignored, read_ignored_option);
}

static int read_problem(CtlLink *link, sd_bus_message *m) {
        CtlProblem problem = {};
        const CtlKey keys[] = {
                { "Id", "s", &problem.id },
                { "Text", "s", &problem.text },
        };
        const int r = ctl_read_record(m, keys, ARRAY_SIZE(keys));

        g_array_append_val(link->problems, problem);
        return r;
}

static int read_problems(CtlLink *link, sd_bus_message *m) {
        return read_records(link, m, link->problems, read_problem);
}

/* Reads the sentence of a record. *to is NULL if the record has none. */
static int read_text(sd_bus_message *m, char **to) {
        const CtlKey key = { "Text", "s", to };

        g_clear_pointer(to, g_free);
        return ctl_read_record(m, &key, 1);
}

static int read_ignored_answer(CtlLink *link, sd_bus_message *m) {
        return read_text(m, &link->ignored_answer);
}

static int read_last_error(CtlLink *link, sd_bus_message *m) {
        return read_text(m, &link->last_error);
}

const char *ctl_link_problem(const CtlLink *link) {
        return link->problems->len > 0 ? g_array_index(link->problems, CtlProblem, 0).text : NULL;
}

bool ctl_link_has_problem(const CtlLink *link, const char *id) {
        for (guint i = 0; i < link->problems->len; i++)
                if (g_strcmp0(g_array_index(link->problems, CtlProblem, i).id, id) == 0)
                        return true;
        return false;
}

static int read_kept(CtlLink *link, sd_bus_message *m) {
        const void *codes;
        size_t size;
        int r;

        r = sd_bus_message_read_array(m, 'u', &codes, &size);
        if (r < 0)
                return r;
        g_array_set_size(link->kept, 0);
        g_array_append_vals(link->kept, codes, (guint) (size / sizeof(uint32_t)));
        return 0;
}

/* g_strfreev() may free what sd-bus has allocated, because GLib's allocator is malloc(), too. */
static int read_value(const struct Field *field, CtlLink *link, sd_bus_message *m) {
        void *to = (char *) link + field->offset;
        int r;

        if (field->read)
                return field->read(link, m);
        if (strcmp(field->signature, "as") == 0) {
                char **strings = NULL;

                r = sd_bus_message_read_strv(m, &strings);
                if (r < 0)
                        return r;
                g_strfreev(*(char ***) to);
                *(char ***) to = strings;
                return 0;
        }
        if (strcmp(field->signature, "ay") == 0) {
                GBytes *bytes;

                r = read_bytes(m, &bytes);
                if (r < 0)
                        return r;
                g_clear_pointer((GBytes **) to, g_bytes_unref);
                *(GBytes **) to = bytes;
                return 0;
        }
        if (strcmp(field->signature, "s") == 0) {
                const char *text;

                r = sd_bus_message_read_basic(m, 's', &text);
                if (r < 0)
                        return r;
                g_free(*(char **) to);
                *(char **) to = g_strdup(text);
                return 0;
        }
        return sd_bus_message_read_basic(m, field->signature[0], to);
}

/* Both interfaces have a property State. The one of DHCPv4 is used, because it says more. */
static const struct Field *find_field(const char *interface, const char *name, const char *signature) {
        if (strcmp(name, "State") == 0 && strcmp(interface, BUS_DHCP4_INTERFACE) != 0)
                return NULL;
        for (size_t i = 0; i < ARRAY_SIZE(fields); i++)
                if (strcmp(fields[i].name, name) == 0 && strcmp(fields[i].signature, signature) == 0)
                        return &fields[i];
        return NULL;
}

int ctl_link_read(CtlLink *link, const char *interface, sd_bus_message *m) {
        int r;

        r = sd_bus_message_enter_container(m, 'a', "{sv}");
        if (r < 0)
                return r;
        while ((r = sd_bus_message_enter_container(m, 'e', "sv")) > 0) {
                const struct Field *field;
                const char *name, *contents;

                r = sd_bus_message_read_basic(m, 's', &name);
                if (r < 0)
                        return r;
                r = sd_bus_message_peek_type(m, NULL, &contents);
                if (r < 0)
                        return r;
                field = find_field(interface, name, contents);
                if (field) {
                        r = sd_bus_message_enter_container(m, 'v', contents);
                        if (r < 0)
                                return r;
                        r = read_value(field, link, m);
                        if (r < 0)
                                return r;
                        r = sd_bus_message_exit_container(m);
                } else
                        r = sd_bus_message_skip(m, "v");
                if (r < 0)
                        return r;
                r = sd_bus_message_exit_container(m);
                if (r < 0)
                        return r;
        }
        return r < 0 ? r : sd_bus_message_exit_container(m);
}

int ctl_link_read_interfaces(CtlLink *link, sd_bus_message *m) {
        int r;

        r = sd_bus_message_enter_container(m, 'a', "{sa{sv}}");
        if (r < 0)
                return r;
        while ((r = sd_bus_message_enter_container(m, 'e', "sa{sv}")) > 0) {
                const char *interface;

                r = sd_bus_message_read_basic(m, 's', &interface);
                if (r < 0)
                        return r;
                r = ctl_link_read(link, interface, m);
                if (r < 0)
                        return r;
                r = sd_bus_message_exit_container(m);
                if (r < 0)
                        return r;
        }
        return r < 0 ? r : sd_bus_message_exit_container(m);
}

bool ctl_link_has_name(const CtlLink *link, const char *name) {
        return g_strcmp0(link->name, name) == 0 ||
                (link->alternative_names &&
                 g_strv_contains((const gchar *const *) link->alternative_names, name));
}

bool ctl_link_is_online(const CtlLink *link) {
        /* A link-local address only reaches the neighbours on the link, so it does not count as online. */
        return link->address && *link->address && g_strcmp0(link->origin, "link-local") != 0;
}

char *ctl_link_address(const CtlLink *link) {
        if (!link->address || !*link->address)
                return g_strdup("");
        return g_strdup_printf("%s/%u", ctl_text(link->address), link->prefix_len);
}

gint ctl_link_compare(gconstpointer a, gconstpointer b) {
        const CtlLink *x = *(CtlLink *const *) a, *y = *(CtlLink *const *) b;

        return (x->ifindex > y->ifindex) - (x->ifindex < y->ifindex);
}

static void destroy_link(gpointer data) {
        (void) ctl_link_free(data);
}

GHashTable *ctl_links_new(void) {
        return g_hash_table_new_full(g_str_hash, g_str_equal, NULL, destroy_link);
}

GPtrArray *ctl_links_sort(GHashTable *links) {
        GPtrArray *sorted = g_ptr_array_new();
        GHashTableIter iter;
        gpointer link;

        g_hash_table_iter_init(&iter, links);
        while (g_hash_table_iter_next(&iter, NULL, &link))
                g_ptr_array_add(sorted, link);
        g_ptr_array_sort(sorted, ctl_link_compare);
        return sorted;
}

/*
 * Reads an object path and its interfaces into @links. The manager's own object is skipped: it has no name.
 */
static int read_object(GHashTable *links, sd_bus_message *m, CtlLink **ret) {
        _cleanup_(ctl_link_freep) CtlLink *link = NULL;
        const char *path;
        int r;

        r = sd_bus_message_read_basic(m, 'o', &path);
        if (r < 0)
                return r;
        link = ctl_link_new(path);
        r = ctl_link_read_interfaces(link, m);
        if (r < 0)
                return r;
        *ret = NULL;
        if (link->name) {
                *ret = link;
                g_hash_table_replace(links, link->path, link);
                link = NULL;
        }
        return 0;
}

int ctl_links_read(GHashTable *links, sd_bus_message *m) {
        int r;

        g_hash_table_remove_all(links);
        r = sd_bus_message_enter_container(m, 'a', "{oa{sa{sv}}}");
        if (r < 0)
                return r;
        while ((r = sd_bus_message_enter_container(m, 'e', "oa{sa{sv}}")) > 0) {
                CtlLink *link;

                r = read_object(links, m, &link);
                if (r < 0)
                        return r;
                r = sd_bus_message_exit_container(m);
                if (r < 0)
                        return r;
        }
        return r;
}

int ctl_links_update(GHashTable *links, sd_bus_message *m, CtlLink **ret) {
        const char *path, *interface;
        int r;

        *ret = NULL;
        if (sd_bus_message_is_signal(m, DBUS_OBJECT_MANAGER_INTERFACE, "InterfacesAdded"))
                return read_object(links, m, ret);
        if (sd_bus_message_is_signal(m, DBUS_OBJECT_MANAGER_INTERFACE, "InterfacesRemoved")) {
                r = sd_bus_message_read(m, "o", &path);
                if (r < 0)
                        return r;
                g_hash_table_remove(links, path);
                return 0;
        }
        if (!sd_bus_message_is_signal(m, DBUS_PROPERTIES_INTERFACE, "PropertiesChanged"))
                return 0;
        *ret = g_hash_table_lookup(links, sd_bus_message_get_path(m));
        if (!*ret)
                return 0;
        r = sd_bus_message_read_basic(m, 's', &interface);
        if (r < 0)
                return r;
        return ctl_link_read(*ret, interface, m);
}
