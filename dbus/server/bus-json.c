/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Describe(): writes every property as JSON. The values come from the same tables that serve them on D-Bus,
 * and json_message() converts them to JSON.
 */
#include <errno.h>
#include <stdlib.h>

#include "dbus/json/json-message.h"
#include "dbus/server/bus-internal.h"

/* Appends the member @key. @write writes its value into a message, which is then converted to JSON. */
static int describe(JsonWriter *w, const char *key, BusWriter write, void *userdata) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL;
        Values v;
        int r;

        r = scratch_message_new(&m);
        if (r < 0)
                return r;
        values_into(&v, m);
        write(userdata, &v);
        r = v.r < 0 ? v.r : scratch_message_seal(m);
        if (r < 0)
                return r;
        json_key(w, key);
        return json_message(w, m, key);
}

typedef struct Property {
        BusView view;
        const BusProperty *property;
} Property;

static void write_property(void *userdata, Values *v) {
        const Property *p = userdata;

        p->property->append(&p->view, v);
}

static int describe_interface(BusLink *link, BusInterface interface, JsonWriter *w) {
        Property p = { .view = bus_view(link) };
        size_t n;
        const BusProperty *properties = bus_interface_properties(interface, &n);
        int r = 0;

        for (size_t i = 0; i < n && r >= 0; i++) {
                p.property = &properties[i];
                r = describe(w, properties[i].name, write_property, &p);
        }
        return r;
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
                r = describe(w, "Counters", bus_dhcp4_append_counters, link);
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

typedef struct ManagerProperty {
        Bus *bus;
        const BusManagerProperty *property;
} ManagerProperty;

static void write_manager_property(void *userdata, Values *v) {
        const ManagerProperty *p = userdata;

        p->property->append(p->bus, v);
}

int bus_describe_manager(Bus *bus, JsonWriter *w) {
        DescribeRequest request = { .bus = bus, .w = w };
        int r = 0;

        json_begin_object(w);
        for (size_t i = 0; i < bus_manager_n_properties && r >= 0; i++) {
                ManagerProperty p = { .bus = bus, .property = &bus_manager_properties[i] };

                r = describe(w, p.property->name, write_manager_property, &p);
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

int bus_reply_json(sd_bus_message *m, JsonWriter *w) {
        char *text = json_finish(w);
        int r;

        if (!text)
                return -ENOMEM;
        r = sd_bus_reply_method_return(m, "s", text);
        free(text);
        return r;
}
