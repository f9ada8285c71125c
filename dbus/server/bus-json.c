/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Describe(): every property by the same tables that D-Bus is served from, written by json_message() as everything
 * else that is JSON here.
 */
#include <errno.h>

#include "dbus/json/json-message.h"
#include "dbus/server/bus-internal.h"

/* Ends the value that was written to @v, and writes it as the value of @key. */
static int end_value(JsonWriter *w, Values *v, const char *key) {
        int r = v->r;

        if (r >= 0)
                r = scratch_message_seal(v->m);
        if (r < 0)
                return r;
        json_key(w, key);
        return json_message(w, v->m, key);
}

static int describe_property(const BusView *view, const BusProperty *property, JsonWriter *w) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL;
        Values v;
        int r;

        r = scratch_message_new(&m);
        if (r < 0)
                return r;
        values_into(&v, m);
        property->append(view, &v);
        return end_value(w, &v, property->name);
}

static int describe_interface(BusLink *link, BusInterface interface, JsonWriter *w) {
        const BusView view = bus_view(link);
        size_t n;
        const BusProperty *properties = bus_interface_properties(interface, &n);
        int r = 0;

        for (size_t i = 0; i < n && r >= 0; i++)
                r = describe_property(&view, &properties[i], w);
        return r;
}

static int describe_counters(BusLink *link, JsonWriter *w) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL;
        Values v;
        int r;

        r = scratch_message_new(&m);
        if (r < 0)
                return r;
        values_into(&v, m);
        bus_dhcp4_append_counters(link, &v);
        return end_value(w, &v, "Counters");
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

static int describe_manager_property(Bus *bus, const BusManagerProperty *property, JsonWriter *w) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL;
        Values v;
        int r;

        r = scratch_message_new(&m);
        if (r < 0)
                return r;
        values_into(&v, m);
        property->append(bus, &v);
        return end_value(w, &v, property->name);
}

int bus_describe_manager(Bus *bus, JsonWriter *w) {
        DescribeRequest request = { .bus = bus, .w = w };
        int r = 0;

        json_begin_object(w);
        for (size_t i = 0; i < bus_manager_n_properties && r >= 0; i++)
                r = describe_manager_property(bus, &bus_manager_properties[i], w);
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
