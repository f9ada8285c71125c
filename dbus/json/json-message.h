/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * Any value of a D-Bus message as JSON. What Describe(), status, monitor, decode and probe print of options
 * and properties is written by this one function, so it has one shape everywhere.
 *
 * Byte strings become hexadecimal digits, dictionaries objects, structures arrays; those of Options become
 * objects of Code and Data. The 64-bit number that stands for "never" becomes null. Reads the message and
 * owns nothing.
 *
 * In text mode, byte strings that can be read as text are shown as text.
 */
#include <systemd/sd-bus.h>

#include "dbus/json/json.h"

/*
 * Writes the next complete value of @m, and moves past it. @key names the value for what depends on it:
 * hardware addresses are written with colons; may be NULL. Negative errno: what sd-bus says of the message;
 * -ENXIO: nothing is left to read.
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
