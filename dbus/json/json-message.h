/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * Any value of a D-Bus message as JSON. What Describe(), status, monitor, decode and probe print of options and
 * properties is written by this one function, so it has one shape everywhere.
 *
 * Byte strings become hexadecimal digits, dictionaries objects, structures arrays; those of Options become objects of Code
 * and Data. The 64-bit number that stands for "never" becomes null. Reads the message and owns nothing.
 *
 * In text mode, byte strings that can be read as text are shown as text.
 */
#include <systemd/sd-bus.h>

#include "dbus/json/json.h"

/*
 * Writes the next complete value of @m, and moves past it. @key names the value for what depends on it: hardware
 * addresses are written with colons; may be NULL. Negative errno: what sd-bus says of the message; -ENXIO:
 * nothing is left to read.
 */
int json_message(JsonWriter *w, sd_bus_message *m, const char *key);

/*
 * Makes a message that is never sent: a message is how sd-bus holds values, and each belongs to a bus. This one
 * belongs to a bus without a connection. Append to it, then call scratch_message_seal(), then read.
 */
int scratch_message_new(sd_bus_message **ret);
int scratch_message_seal(sd_bus_message *m);
