/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * Writes a whole DHCP message for decode and probe: the header, the options raw and decoded, and what was
 * ignored and why.
 */
#include <stddef.h>
#include <stdint.h>

#include "dbus/json/json.h"
#include "wire/dhcp4-message.h"

/*
 * Appends the message as one JSON object. @raw is the message as received, @len bytes. It is needed for
 * sname, file and the padding.
 */
void ctl_message_json(JsonWriter *w, const Dhcp4Message *m, const uint8_t *raw, size_t len);

/* Prints the message on stdout, in indented lines. */
void ctl_message_print(const Dhcp4Message *m, const uint8_t *raw, size_t len);

/*
 * Returns the value of an option as text, or NULL if the option is absent or malformed. The caller frees it
 * with free().
 */
char *ctl_message_option(const Dhcp4Message *m, uint8_t code);

/*
 * Returns a static sentence that says why a message does not parse. @r: the result of dhcp4_message_parse().
 */
const char *ctl_message_error(int r);
