/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * Options and messages as JSON, or by a writer in text mode as a line for people: the D-Bus values of
 * dbus/json/option-value.h, written by json_message().
 */
#include <stddef.h>
#include <stdint.h>

#include "dbus/json/json.h"
#include "wire/dhcp4-message.h"

/* Writes the value of one option; null if its content is malformed. @data is the content, joined. */
void json_option(JsonWriter *w, uint8_t code, const uint8_t *data, size_t len);

/*
 * In an object: writes the keys Options, OptionValues and IgnoredOptions, as the properties of those names
 * have them.
 */
void json_message_options(JsonWriter *w, const Dhcp4Message *message);

/* Writes an address, "192.0.2.1". @address: four bytes. */
void json_address(JsonWriter *w, const void *address);

/* Writes "DHCPDISCOVER" as OptionValues does; "BOOTP" for 0. */
void json_message_type(JsonWriter *w, uint8_t type);
