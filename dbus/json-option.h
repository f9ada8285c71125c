/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * A DHCPv4 option as JSON, by its row in the option table: the one rendering that Describe(), status, decode and probe share. As text it is the
 * same, written by a writer in text mode (dbus/json.h).
 *
 *   flag           true, false (an option without content is true)
 *   numbers        a number, or an array of them
 *   addresses      "192.0.2.1", or an array; pairs are objects of Address and Mask
 *   text           a string of printable ASCII, everything else is '?'
 *   routes         array of objects: Destination, PrefixLength, Gateway ("" on-link)
 *   message type   "DHCPACK"
 *   option codes   array of names, or numbers where there is no name
 *   the others     objects; the fields are said in dhcpd-link.options(7)
 *   unknown        null, as is whatever is not well-formed: the raw bytes are beside it
 */
#include <stddef.h>
#include <stdint.h>

#include "dbus/json.h"

/*
 * Writes one value. @data is the content, joined. The information in option 90 may be a secret (the nonce of RFC 6704 §3.1) and is not shown,
 * here and by json_option_data().
 */
void json_option(JsonWriter *w, uint8_t code, const uint8_t *data, size_t len);

/* Writes the raw content as hexadecimal digits, with what is secret in it as zeros. */
void json_option_data(JsonWriter *w, uint8_t code, const uint8_t *data, size_t len);

/* Writes an address, "192.0.2.1". @address: four bytes. */
void json_address(JsonWriter *w, const void *address);

/* Writes "DHCPDISCOVER", or the number where it has no name; "BOOTP" for 0. */
void json_message_type(JsonWriter *w, uint8_t type);
