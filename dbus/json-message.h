/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * Any value of a D-Bus message as JSON: what Describe() and the command line's --json print.
 *
 * Byte strings become hexadecimal digits, dictionaries objects, structures arrays or, when their fields have names, objects. The 64-bit number that
 * stands for "never" becomes null. Reads the message and owns nothing.
 */
#include <systemd/sd-bus.h>

#include "dbus/json.h"

/*
 * Writes the next complete value of @m, and moves past it. @key names the value for what depends on it (hardware addresses are written with
 * colons), may be NULL. @fields: the names of the fields of a structure, or of those in an array, NULL-terminated; NULL: arrays. Negative errno:
 * what sd-bus says of the message; -ENXIO: nothing is left to read.
 */
int json_message(JsonWriter *w, sd_bus_message *m, const char *key, const char *const *fields);
