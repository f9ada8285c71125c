/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Describe(): every property by the same tables that D-Bus is served from, written by json_message() as everything
 * else that is JSON here.
 */
#include <errno.h>

#include "dbus/json/json-message.h"
#include "dbus/server/bus-internal.h"

static int write_value(JsonWriter *w, sd_bus_message *m, const char *key) {
        int r;

        r = scratch_message_seal(m);
        if (r < 0)
                return r;
        json_key(w, key);
        return json_message(w, m, key);
}

static int describe_interface(BusLink *link, BusInterface interface, JsonWriter *w) {
        const BusView view = { .link = link, .lease = managed_link_lease(link->link) };
        size_t n;
        const BusProperty *properties = bus_interface_properties(interface, &n);
        int r = 0;

        for (size_t i = 0; i < n && r >= 0; i++) {
                _cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL;

                r = scratch_message_new(&m);
                if (r >= 0)
                        r = properties[i].append(&view, m);
                if (r >= 0)
                        r = write_value(w, m, properties[i].name);
        }
        return r;
}

static int describe_counters(const BusLink *link, JsonWriter *w) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL;
        int r;

        r = scratch_message_new(&m);
        if (r >= 0)
                r = bus_dhcp4_append_counters(link, m);
        return r < 0 ? r : write_value(w, m, "Counters");
}

int bus_describe_link(BusLink *link, JsonWriter *w) {
        int r;

        json_begin_object(w);
        json_key(w, "Path");
        json_string(w, link->path);
        r = describe_interface(link, BUS_INTERFACE_LINK, w);
        if (r < 0)
                return r;
        json_key(w, "DHCPv4");
        json_begin_object(w);
        r = describe_interface(link, BUS_INTERFACE_DHCP4, w);
        if (r >= 0)
                r = describe_counters(link, w);
        if (r < 0)
                return r;
        json_end_object(w);
        json_end_object(w);
        return 0;
}

typedef struct DescribeRequest {
        Bus *bus;
        JsonWriter *w;
} DescribeRequest;

static int describe_managed(ManagedLink *managed_link, void *userdata) {
        DescribeRequest *request = userdata;
        BusLink *link = bus_find_link(request->bus, managed_link_ifindex(managed_link));

        return link ? bus_describe_link(link, request->w) : 0;
}

int bus_describe_manager(Bus *bus, JsonWriter *w) {
        DescribeRequest request = { .bus = bus, .w = w };
        int r = 0;

        json_begin_object(w);
        for (size_t i = 0; i < bus_manager_n_properties && r >= 0; i++) {
                _cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL;

                r = scratch_message_new(&m);
                if (r >= 0)
                        r = bus_manager_properties[i].append(bus, m);
                if (r >= 0)
                        r = write_value(w, m, bus_manager_properties[i].name);
        }
        if (r < 0)
                return r;
        json_key(w, "Links");
        json_begin_array(w);
        r = manager_foreach(bus->manager, describe_managed, &request);
        if (r < 0)
                return r;
        json_end_array(w);
        json_end_object(w);
        return 0;
}
