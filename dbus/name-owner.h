/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * Signals, and who they are of. Everything in this project that listens to a signal does so through here,
 * but for the library for desktop programs, for which GDBus looks at the sender (dbus/glib/client-bus.c).
 *
 * A match rule that names a sender is not enough. Who has a well-known name only the bus knows, so sd-bus
 * lets signals of any unique name pass such a rule; and the bus, which would sort them out, delivers a
 * signal with a destination to that destination whatever its rules are. So any user could tell us that the
 * host slept or that a service is gone. Here a signal counts only if it is a broadcast and its sender is, by
 * its unique name,
 *
 *   the owner of the name that was asked about, who is looked up and followed, or
 *   the bus itself, or
 *   sd-bus in our own process (org.freedesktop.DBus.Local).
 *
 * On a connection without a bus in between, all that comes is the peer's.
 */
#include <stdbool.h>
#include <systemd/sd-bus.h>

/* Who owns a name on a bus, and the subscriptions to their signals. */
typedef struct NameOwner NameOwner;

/* @owned: somebody has the name now; said again when another one takes it over. */
typedef void (*NameOwnerChanged)(void *userdata, bool owned);

/*
 * Begins to follow who has @name, which must stay valid. The connection must be one to a bus that has said
 * hello, one that is about to, or one without a bus. @changed: NULL, or called when the owner becomes known
 * and whenever it changes; never without a bus. Until the owner is known, nothing counts as theirs. Negative
 * errno.
 */
int name_owner_new(sd_bus *bus, const char *name, NameOwnerChanged changed, void *userdata, NameOwner **ret);
/* Ends all its subscriptions. Not to be called by what it calls. */
NameOwner *name_owner_free(NameOwner *owner);
static inline void name_owner_freep(NameOwner **p) {
        *p = name_owner_free(*p);
}

/* Subscribes to a signal of the owner. @path may be NULL: of any object. Negative errno. */
int name_owner_match(NameOwner *owner, const char *path, const char *interface, const char *member,
                     sd_bus_message_handler_t handler, void *userdata);

/*
 * Subscribes to what sd-bus says of the connection itself: "Connected" or "Disconnected". The subscription
 * ends with the connection. Negative errno.
 */
int name_owner_match_local(sd_bus *bus, const char *member, sd_bus_message_handler_t handler,
                           void *userdata);
