/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The stand-in for the daemon (tests/unit/fake-daemon-fixture.h).
 */
#include "tests/unit/fake-daemon-fixture.h"

#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/macro.h"
#include "dbus/names.h"

#define OK(expression) g_assert_cmpint(expression, >=, 0)

char *fake_link_path(const FakeLink *link) {
        char number[16], *path;

        (void) snprintf(number, sizeof(number), "%d", link->ifindex);
        OK(sd_bus_path_encode(BUS_LINKS, number, &path));
        return path;
}

static void append_options(sd_bus_message *m, const FakeLink *link) {
        static const uint8_t mask[] = { 255, 255, 255, 0 };

        OK(sd_bus_message_open_container(m, 'e', "sv"));
        OK(sd_bus_message_append_basic(m, 's', "Options"));
        OK(sd_bus_message_open_container(m, 'v', "a(uay)"));
        OK(sd_bus_message_open_container(m, 'a', "(uay)"));
        if (link->address > 0) {
                OK(sd_bus_message_open_container(m, 'r', "uay"));
                OK(sd_bus_message_append(m, "u", 1));
                OK(sd_bus_message_append_array(m, 'y', mask, sizeof(mask)));
                OK(sd_bus_message_close_container(m));
        }
        OK(sd_bus_message_close_container(m));
        OK(sd_bus_message_close_container(m));
        OK(sd_bus_message_close_container(m));
}

/* Appends the properties of a link as a{sv}. */
static void append_dhcp4(sd_bus_message *m, const FakeLink *link) {
        g_autofree char *address =
                link->address > 0 ? g_strdup_printf("192.0.2.%u", link->address) : g_strdup("");

        OK(sd_bus_message_open_container(m, 'a', "{sv}"));
        OK(sd_bus_message_append(m, "{sv}", "State", "s", link->state));
        OK(sd_bus_message_append(m, "{sv}", "Address", "s", address));
        OK(sd_bus_message_append(m, "{sv}", "ExpiresAtUSec", "t", UINT64_C(5000000)));
        append_options(m, link);
        OK(sd_bus_message_close_container(m));
}

static void append_link(sd_bus_message *m, const FakeLink *link) {
        OK(sd_bus_message_open_container(m, 'a', "{sv}"));
        OK(sd_bus_message_append(m, "{sv}", "Index", "i", link->ifindex));
        OK(sd_bus_message_append(m, "{sv}", "Name", "s", link->name));
        OK(sd_bus_message_append(m, "{sv}", "Settings", "a{sv}", 2, "DHCPv4.RequestOptions", "as", 2,
                                 "subnet-mask", "224", "DHCPv4.RouteMetric", "u", 1026));
        if (link->failing)
                OK(sd_bus_message_append(m, "{sv}", "Problems", "aa{sv}", 1, 2, "Text", "s",
                                         "No server answers", "Id", "s", "no-answer"));
        else
                OK(sd_bus_message_append(m, "{sv}", "Problems", "aa{sv}", 0));
        OK(sd_bus_message_close_container(m));
}

/* "oa{sa{sv}}" */
static void append_object(sd_bus_message *m, const FakeLink *link) {
        char *path = fake_link_path(link);

        OK(sd_bus_message_append_basic(m, 'o', path));
        OK(sd_bus_message_open_container(m, 'a', "{sa{sv}}"));
        OK(sd_bus_message_open_container(m, 'e', "sa{sv}"));
        OK(sd_bus_message_append_basic(m, 's', BUS_LINK_INTERFACE));
        append_link(m, link);
        OK(sd_bus_message_close_container(m));
        OK(sd_bus_message_open_container(m, 'e', "sa{sv}"));
        OK(sd_bus_message_append_basic(m, 's', BUS_DHCP4_INTERFACE));
        append_dhcp4(m, link);
        OK(sd_bus_message_close_container(m));
        OK(sd_bus_message_close_container(m));
        free(path);
}

static void reply_objects(FakeDaemon *fake, sd_bus_message *m, sd_bus_message *reply) {
        OK(sd_bus_message_open_container(reply, 'a', "{oa{sa{sv}}}"));
        for (size_t i = 0; i < FAKE_LINKS_MAX; i++) {
                if (fake->links[i].ifindex == 0)
                        continue;
                OK(sd_bus_message_open_container(reply, 'e', "oa{sa{sv}}"));
                append_object(reply, &fake->links[i]);
                OK(sd_bus_message_close_container(reply));
        }
        OK(sd_bus_message_open_container(reply, 'e', "oa{sa{sv}}"));
        OK(sd_bus_message_append(reply, "oa{sa{sv}}", BUS_ROOT, 1, BUS_MANAGER_INTERFACE, 0));
        OK(sd_bus_message_close_container(reply));
        OK(sd_bus_message_close_container(reply));
}

static FakeLink *find(FakeDaemon *fake, const char *path) {
        for (size_t i = 0; i < FAKE_LINKS_MAX; i++) {
                char *other = fake->links[i].ifindex > 0 ? fake_link_path(&fake->links[i]) : NULL;
                const bool equal = g_strcmp0(other, path) == 0;

                free(other);
                if (equal)
                        return &fake->links[i];
        }
        return NULL;
}

static int on_message(sd_bus_message *m, void *userdata, sd_bus_error *reterr) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
        FakeDaemon *fake = userdata;
        FakeLink *link;

        if (!sd_bus_message_is_method_call(m, NULL, NULL))
                return 0;
        link = find(fake, sd_bus_message_get_path(m));
        if (!link && sd_bus_message_is_method_call(m, NULL, "GetAll"))
                return sd_bus_reply_method_errorf(m, SD_BUS_ERROR_UNKNOWN_OBJECT, "No such link");
        OK(sd_bus_message_new_method_return(m, &reply));
        if (fake->broken)
                OK(sd_bus_message_append(reply, "a{sv}", 1, "Address", "u", 7));
        else if (sd_bus_message_is_method_call(m, NULL, "GetManagedObjects"))
                reply_objects(fake, m, reply);
        else if (link)
                append_dhcp4(reply, link);
        OK(sd_bus_send(NULL, reply, NULL));
        return 1;
}

static int on_connection(sd_event_source *source, int fd, uint32_t events, void *userdata) {
        FakeDaemon *fake = userdata;
        const int accepted = accept4(fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
        sd_id128_t id;

        g_assert_cmpint(accepted, >=, 0);
        fake_daemon_disconnect(fake);
        fake->n_connections++;
        OK(sd_id128_randomize(&id));
        OK(sd_bus_new(&fake->bus));
        OK(sd_bus_set_fd(fake->bus, accepted, accepted));
        OK(sd_bus_set_server(fake->bus, true, id));
        OK(sd_bus_set_anonymous(fake->bus, true));
        OK(sd_bus_add_filter(fake->bus, NULL, on_message, fake));
        OK(sd_bus_start(fake->bus));
        OK(sd_bus_attach_event(fake->bus, fake->event, SD_EVENT_PRIORITY_NORMAL));
        return 0;
}

void fake_daemon_start(FakeDaemon *fake, sd_event *event, const char *path) {
        struct sockaddr_un address = { .sun_family = AF_UNIX };

        g_assert_cmpuint(strlen(path), <, sizeof(address.sun_path));
        strcpy(address.sun_path, path);
        fake->event = event;
        fake->path = g_strdup(path);
        fake->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        g_assert_cmpint(fake->fd, >=, 0);
        g_assert_cmpint(bind(fake->fd, (struct sockaddr *) &address, sizeof(address)), ==, 0);
        g_assert_cmpint(listen(fake->fd, 4), ==, 0);
        OK(sd_event_add_io(event, &fake->listener, fake->fd, EPOLLIN, on_connection, fake));
}

void fake_daemon_disconnect(FakeDaemon *fake) {
        if (fake->bus)
                (void) sd_bus_detach_event(fake->bus);
        fake->bus = sd_bus_close_unref(fake->bus);
}

void fake_daemon_stop(FakeDaemon *fake) {
        fake_daemon_disconnect(fake);
        fake->listener = sd_event_source_disable_unref(fake->listener);
        if (fake->path) {
                (void) close(fake->fd);
                (void) unlink(fake->path);
        }
        g_clear_pointer(&fake->path, g_free);
}

/* Signals */

void fake_state(FakeDaemon *fake, FakeLink *link, const char *state) {
        char *path = fake_link_path(link);

        OK(sd_bus_emit_signal(fake->bus, path, BUS_DHCP4_INTERFACE, "StateChanged", "ssa{sv}", link->state,
                              state, 0));
        link->state = state;
        free(path);
}

void fake_lease(FakeDaemon *fake, FakeLink *link, const char *reason, const char *why) {
        char *path = fake_link_path(link);

        if (why)
                OK(sd_bus_emit_signal(fake->bus, path, BUS_DHCP4_INTERFACE, "LeaseChanged",
                                      "sa{sv}a{sv}a{sv}", reason, 1, "MTU", "u", 1500, 0, 2, "More", "u", 1,
                                      "Why", "s", why));
        else
                OK(sd_bus_emit_signal(fake->bus, path, BUS_DHCP4_INTERFACE, "LeaseChanged",
                                      "sa{sv}a{sv}a{sv}", reason, 0, 0, 0));
        free(path);
}

void fake_changed(FakeDaemon *fake, FakeLink *link) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL;
        char *path = fake_link_path(link);

        OK(sd_bus_message_new_signal(fake->bus, &m, path, "org.freedesktop.DBus.Properties",
                                     "PropertiesChanged"));
        OK(sd_bus_message_append_basic(m, 's', BUS_LINK_INTERFACE));
        append_link(m, link);
        OK(sd_bus_message_append(m, "as", 0));
        OK(sd_bus_send(NULL, m, NULL));
        free(path);
}

void fake_added(FakeDaemon *fake, FakeLink *link) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL;

        OK(sd_bus_message_new_signal(fake->bus, &m, BUS_ROOT, DBUS_OBJECT_MANAGER_INTERFACE,
                                     "InterfacesAdded"));
        append_object(m, link);
        OK(sd_bus_send(NULL, m, NULL));
}

void fake_removed(FakeDaemon *fake, FakeLink *link) {
        char *path = fake_link_path(link);

        OK(sd_bus_emit_signal(fake->bus, BUS_ROOT, BUS_MANAGER_INTERFACE, "LinkRemoved", "isoa{sv}",
                              link->ifindex, link->name, path, 0));
        link->ifindex = 0;
        free(path);
}
