/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Describe(): every property by the same tables that D-Bus is served from, as JSON. Options carry their names and what they say as well.
 */
#include <errno.h>

#include "config.h"
#include "dbus/bus-internal.h"
#include "dbus/json-message.h"
#include "dbus/json-option.h"
#include "wire/dhcp4-options.h"

int bus_describe_property(BusLink *link, const BusProperty *property, sd_bus *connection, JsonWriter *w) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL;
        int r;

        /* Never sent: a message is how sd-bus holds a value. */
        r = sd_bus_message_new_signal(connection, &m, link->path, BUS_DHCP4_INTERFACE, "Value");
        if (r < 0)
                return r;
        r = property->append(link, m);
        if (r < 0)
                return r;
        r = sd_bus_message_seal(m, /* cookie= */ 1, /* timeout_usec= */ 0);
        if (r < 0)
                return r;
        return json_message(w, m, property->name, property->fields);
}

static int describe_interface(BusLink *link, BusInterface interface, sd_bus *connection, JsonWriter *w) {
        size_t n;
        const BusProperty *properties = bus_interface_properties(interface, &n);
        int r;

        for (size_t i = 0; i < n; i++) {
                json_key(w, properties[i].name);
                r = bus_describe_property(link, &properties[i], connection, w);
                if (r < 0)
                        return r;
        }
        return 0;
}

static Dhcp4Message *message_of(BusLink *link) {
        const Dhcp4Lease *lease = managed_link_lease(link->link);
        Dhcp4Message *message = link->server->message;

        if (!lease)
                return NULL;
        if (link->server->message_link != link) {
                dhcp4_lease_message(lease, message);
                link->server->message_link = link;
        }
        return message;
}

/* What the options that Options lists raw are called, and what they say. Keys are their numbers. */
static void describe_options(BusLink *link, JsonWriter *w, bool values) {
        const Dhcp4Message *message = message_of(link);

        json_key(w, values ? "OptionValues" : "OptionNames");
        json_begin_object(w);
        for (unsigned i = 0; message && i < message->n_order; i++) {
                const uint8_t option = message->order[i];
                const Dhcp4OptionInfo *info = dhcp4_option_info(option);
                const uint8_t *data;
                char code[4];
                size_t len;

                if (!info || dhcp4_message_get_raw(message, option, &data, &len) != 0)
                        continue;
                g_snprintf(code, sizeof(code), "%u", option);
                json_key(w, code);
                if (values)
                        json_option(w, option, data, len);
                else
                        json_string(w, info->name);
        }
        json_end_object(w);
}

int bus_describe_link(BusLink *link, sd_bus *connection, JsonWriter *w) {
        int r;

        json_begin_object(w);
        json_key(w, "Path");
        json_string(w, link->path);
        r = describe_interface(link, BUS_INTERFACE_LINK, connection, w);
        if (r < 0)
                return r;
        json_key(w, "DHCPv4");
        json_begin_object(w);
        r = describe_interface(link, BUS_INTERFACE_DHCP4, connection, w);
        if (r < 0)
                return r;
        describe_options(link, w, /* values= */ false);
        describe_options(link, w, /* values= */ true);
        json_end_object(w);
        json_end_object(w);
        return 0;
}

typedef struct DescribeRequest {
        Bus *bus;
        sd_bus *connection;
        JsonWriter *w;
} DescribeRequest;

static int describe_managed(ManagedLink *managed_link, void *userdata) {
        DescribeRequest *request = userdata;
        BusLink *link = bus_find_link(request->bus, managed_link_ifindex(managed_link));

        return link ? bus_describe_link(link, request->connection, request->w) : 0;
}

static void describe_refused_plugin(void *userdata, const char *plugin, const char *reason) {
        JsonWriter *w = userdata;

        json_begin_object(w);
        json_key(w, "Name");
        json_string(w, plugin);
        json_key(w, "Reason");
        json_string(w, reason);
        json_end_object(w);
}

int bus_describe_manager(Bus *bus, sd_bus *connection, JsonWriter *w) {
        DescribeRequest request = { .bus = bus, .connection = connection, .w = w };
        int r;

        json_begin_object(w);
        json_key(w, "Version");
        json_string(w, PROJECT_VERSION);
        json_key(w, "RefusedPlugins");
        json_begin_array(w);
        bus_foreach_refused_plugin(bus, describe_refused_plugin, w);
        json_end_array(w);
        json_key(w, "Links");
        json_begin_array(w);
        r = manager_foreach(bus->manager, describe_managed, &request);
        if (r < 0)
                return r;
        json_end_array(w);
        json_end_object(w);
        return 0;
}
