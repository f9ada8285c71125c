/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * Accepts signals only from the right sender. All code in this project that subscribes to a signal uses this
 * file, except the library for desktop programs, where GDBus checks the sender (dbus/glib/client-bus.c).
 *
 * A match rule with a sender is not enough. Only the bus knows who owns a well-known name, so sd-bus lets
 * signals of any unique name pass such a rule. The bus would filter them, but it delivers a signal with a
 * destination to this destination without looking at match rules. So any user could tell us that the host
 * has slept or that a service is gone. Here a signal is accepted only if it is a broadcast and if its
 * sender, by its unique name, is
 *
 *   the owner of the requested name, which is looked up and followed, or
 *   the bus itself, or
 *   sd-bus in our own process (org.freedesktop.DBus.Local).
 *
 * On a connection without a bus, all signals come from the peer.
 */
#include <stdbool.h>
#include <systemd/sd-bus.h>

/* The owner of a name on a bus, and the subscriptions to its signals. */
typedef struct NameOwner NameOwner;

/*
 * Is called when the owner changes. @owned: the name has an owner now, which may be another one than before.
 */
typedef void (*NameOwnerChanged)(void *userdata, bool owned);

/*
 * Begins to follow the owner of @name, a text that must stay valid. @bus: a connection to a bus, which may
 * still be waiting for the answer to Hello, or a connection without a bus. @changed: is called when the
 * owner becomes known and whenever it changes, but never without a bus; NULL: nothing is called. Until the
 * owner is known, no signal is accepted. Returns a negative errno on failure.
 */
int name_owner_new(sd_bus *bus, const char *name, NameOwnerChanged changed, void *userdata, NameOwner **ret);
/* Ends all of its subscriptions. Must not be called by one of its callbacks. */
NameOwner *name_owner_free(NameOwner *owner);
static inline void name_owner_freep(NameOwner **p) {
        *p = name_owner_free(*p);
}

/* Subscribes to a signal of the owner. @path: NULL for any object. Returns a negative errno on failure. */
int name_owner_match(NameOwner *owner, const char *path, const char *interface, const char *member,
                     sd_bus_message_handler_t handler, void *userdata);

/*
 * Subscribes to a signal of sd-bus about the connection itself: "Connected" or "Disconnected". The
 * subscription ends with the connection. Returns a negative errno on failure.
 */
int name_owner_match_local(sd_bus *bus, const char *member, sd_bus_message_handler_t handler,
                           void *userdata);
