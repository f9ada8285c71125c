/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * Writes any value of a D-Bus message as JSON. Describe(), status, monitor, decode and probe all print
 * options and properties by this function, so a value looks the same everywhere.
 *
 * Byte strings become hexadecimal digits, dictionaries become objects, and structures become arrays. The
 * structures of the property Options become objects with Code and Data. The 64-bit number that stands for
 * "never" becomes null. Reads the message and owns nothing.
 *
 * In text mode, byte strings that can be read as text are shown as text.
 */
#include <systemd/sd-bus.h>

#include "dbus/json/json.h"

/*
 * Writes the next complete value of @m, and moves past it. @key: the name of the value, or NULL. The form of
 * some values depends on it: hardware addresses are written with colons. Returns a negative errno if sd-bus
 * cannot read the message, and -ENXIO if nothing is left to read.
 */
int json_message(JsonWriter *w, sd_bus_message *m, const char *key);

/*
 * Makes a message that is never sent: sd-bus holds values in messages, and each message belongs to a bus.
 * This one belongs to a bus without a connection. Append to it, then call scratch_message_seal(), then read.
 */
int scratch_message_new(sd_bus_message **ret);
int scratch_message_seal(sd_bus_message *m);

/*
 * Makes a signal that belongs to the same bus without a connection. sd_bus_send() sends it on any number of
 * connections. If it belonged to one of them, those that have not read it yet would keep that connection in
 * memory.
 */
int scratch_signal_new(const char *path, const char *interface, const char *member, sd_bus_message **ret);
