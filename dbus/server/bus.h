/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * org.dhcpdlink1 on the system bus and on the private socket: the same objects, by the same tables
 * (README.md has the interface for people, org.dhcpdlink1.xml for machines).
 *
 * An observer of the manager. Questions are answered from the manager's links at that moment. Changes are
 * signalled once per turn of the event loop. Nothing here ever waits for a bus, for polkit or for a client;
 * the daemon works without all of them.
 */
#include <stdbool.h>
#include <systemd/sd-event.h>

#include "base/usec.h"

typedef struct Bus Bus;
typedef struct Manager Manager;

/*
 * Creates the server. @manager is borrowed and must outlive the bus; links that it has already are served at
 * once. Takes a reference to @event.
 */
int bus_new(sd_event *event, Manager *manager, Bus **ret);
/*
 * Closes every connection. The claims of private connections stay with the manager, so the links stay when
 * the daemon ends.
 */
Bus *bus_free(Bus *bus);
static inline void bus_freep(Bus **p) {
        *p = bus_free(*p);
}

/*
 * Sets the function that Reload() calls. Its negative errno becomes the error BadConfiguration. Without a
 * function, Reload() is not supported.
 */
void bus_set_reload(Bus *bus, int (*reload)(void *userdata), void *userdata);

/*
 * Sets the function that lists the plugins. @foreach is called when somebody asks, and calls @func for each
 * plugin: @reason says why the plugin is not loaded; NULL: it is loaded. Both texts are UTF-8. The list does
 * not change while the loop runs. Without @foreach there are no plugins.
 */
typedef void (*BusPluginFunc)(void *userdata, const char *plugin, const char *reason);
void bus_set_plugins(Bus *bus, void (*foreach)(void *userdata, BusPluginFunc func, void *func_userdata),
                     void *userdata);

/*
 * Sets a problem of the daemon as a whole, or clears it if @text is NULL. @id: stable, a static text. @text:
 * one sentence, UTF-8, copied.
 */
void bus_set_problem(Bus *bus, const char *id, const char *text);

/*
 * Begins to join the system bus ($DBUS_SYSTEM_BUS_ADDRESS or the usual socket) and to take the name; the
 * loop does the rest. If the bus is not there yet, or goes away, the server waits for it. Returns a negative
 * errno if even waiting is not possible.
 */
int bus_connect_system(Bus *bus);

/* Serves the private socket on the listening socket @listen_fd. Takes over @listen_fd, also on failure. */
int bus_listen(Bus *bus, int listen_fd);
/*
 * Makes the private socket at @path, and replaces one that a dead daemon left. Everybody may connect.
 * bus_free() unlinks it. If the socket cannot be made, the server tries again later.
 */
int bus_listen_path(Bus *bus, const char *path);
/* Returns true if we made the socket ourselves. Then nobody else listens on it when we end. */
bool bus_made_socket(const Bus *bus);

/*
 * Returns how many clients need the daemon: private connections, and requests on the system bus that are not
 * answered yet.
 */
unsigned bus_n_clients(const Bus *bus);
/* Returns when somebody last asked for something; 0: never. */
usec_t bus_last_request_at(const Bus *bus);
