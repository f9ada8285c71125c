/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * A whole DHCP message, as decode and probe show it: header, options raw and decoded, what was ignored and
 * why.
 */
#include <stddef.h>
#include <stdint.h>

#include "dbus/json/json.h"
#include "wire/dhcp4-message.h"

/* One object. @raw is the message as received: sname, file and the padding are only there. */
void ctl_message_json(JsonWriter *w, const Dhcp4Message *m, const uint8_t *raw, size_t len);

/* Lines on stdout, indented. */
void ctl_message_print(const Dhcp4Message *m, const uint8_t *raw, size_t len);

/* The value of one option as text; free() it. NULL: absent or malformed. */
char *ctl_message_option(const Dhcp4Message *m, uint8_t code);

/* What is wrong with a message that does not parse; a static sentence. */
const char *ctl_message_error(int r);
