/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * Writes options and messages as JSON, or, with a writer in text mode, as a line for people. The values are
 * the D-Bus values of dbus/json/option-value.h, written by json_message().
 */
#include <stddef.h>
#include <stdint.h>

#include "dbus/json/json.h"
#include "wire/dhcp4-message.h"

/*
 * Writes the value of one option, or null if its content is malformed. @data: the content, in which the
 * parts of a long option are joined.
 */
void json_option(JsonWriter *w, uint8_t code, const uint8_t *data, size_t len);

/*
 * Writes the keys Options, OptionValues and IgnoredOptions into the open object, with the same values as the
 * properties of these names.
 */
void json_message_options(JsonWriter *w, const Dhcp4Message *message);

/* Writes an address, "192.0.2.1". @address: four bytes. */
void json_address(JsonWriter *w, const void *address);

/* Writes the name of a message type as OptionValues does: "DHCPDISCOVER", or "BOOTP" for 0. */
void json_message_type(JsonWriter *w, uint8_t type);
