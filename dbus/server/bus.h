/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * org.dhcpdlink1 on the system bus and on the private socket: the same objects, by the same tables
 * (README.md has the interface for people, org.dhcpdlink1.xml for machines).
 *
 * An observer of the manager that keeps no copy of anything: what is asked is answered from the manager's
 * links at that moment. Changes are signalled once per turn of the event loop. Nothing here ever waits for a
 * bus, for polkit or for a client; the daemon lives without all of them.
 */
#include <stdbool.h>
#include <systemd/sd-event.h>

#include "base/usec.h"

typedef struct Bus Bus;
typedef struct Manager Manager;

/*
 * @manager is borrowed and must outlive the bus; links it has already are served at once. Takes a reference
 * to event.
 */
int bus_new(sd_event *event, Manager *manager, Bus **ret);
/*
 * Closes every connection. Claims of private connections are left to the manager: the daemon ends, the links
 * stay.
 */
Bus *bus_free(Bus *bus);
static inline void bus_freep(Bus **p) {
        *p = bus_free(*p);
}

/*
 * What Reload() calls; its negative errno becomes the error BadConfiguration. Without one, Reload() is not
 * supported.
 */
void bus_set_reload(Bus *bus, int (*reload)(void *userdata), void *userdata);

/*
 * Who knows the plugins. @foreach is called when somebody asks, and calls @func for each: @reason says why
 * it is not loaded, NULL: it is. Both texts are UTF-8. The answer does not change once the loop runs.
 * Without @foreach there are none.
 */
typedef void (*BusPluginFunc)(void *userdata, const char *plugin, const char *reason);
void bus_set_plugins(Bus *bus, void (*foreach)(void *userdata, BusPluginFunc func, void *func_userdata),
                     void *userdata);

/*
 * A problem of the daemon as a whole begins, or ends with @text NULL. @id: stable, a static text. @text: one
 * sentence, UTF-8, copied.
 */
void bus_set_problem(Bus *bus, const char *id, const char *text);

/*
 * Joins the system bus ($DBUS_SYSTEM_BUS_ADDRESS or the usual socket) and takes the name, from the loop:
 * this only begins. A bus that is not there yet, or goes away, is waited for. Negative errno: not even that
 * is possible.
 */
int bus_connect_system(Bus *bus);

/* Serves the private socket on a listening socket; takes it, whatever the result. */
int bus_listen(Bus *bus, int listen_fd);
/*
 * Makes the socket, in place of one that a dead daemon left; everybody may connect. bus_free() unlinks it.
 * If it cannot be made, that is tried again.
 */
int bus_listen_path(Bus *bus, const char *path);
/* Returns true if the socket is of our making: nobody else listens on it when we end. */
bool bus_made_socket(const Bus *bus);

/*
 * Who would miss the daemon: private connections, and requests on the system bus that are not answered yet.
 */
unsigned bus_n_clients(const Bus *bus);
/* When somebody last asked for something; 0 before that. */
usec_t bus_last_request_at(const Bus *bus);
