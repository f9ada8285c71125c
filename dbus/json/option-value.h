/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * Writes the content of a DHCPv4 message as D-Bus values: Options, OptionValues and IgnoredOptions of the
 * contract. The daemon and the command-line tool share this file, so that status, monitor, decode and probe
 * show an option in the same way.
 *
 * The type of a value depends on the option alone, never on its content:
 *
 *   flag                                          b (an option without content is true)
 *   u8, u16, u32; i32                             u; i
 *   lists of numbers, option codes                au
 *   address, texts, URI, time zones, message type s (what is not printable ASCII is '?')
 *   address list, domain names, SIP servers       as
 *   address pairs, routes, sub-options, vendor
 *   classes and options, encrypted DNS            aa{sv}
 *   client identifier, FQDN, authentication, 6rd  a{sv}
 *   user classes                                  aay
 *   bytes, and options that have no name          ay
 *
 * dhcpd-link.options(7) says which keys the records have.
 */
#include <stddef.h>
#include <stdint.h>

#include "dbus/json/values.h"
#include "wire/dhcp4-message.h"

/* Returns the D-Bus signature of the option's value. */
const char *option_value_signature(uint8_t code);

/*
 * Appends the option's value, which has the signature option_value_signature(). @data: the content, in which
 * the parts of a long option are joined. It must be well-formed (dhcp4_option_check()). The information in
 * option 90 may be a secret (the nonce of RFC 6704 §3.1) and is left out.
 */
void option_value_append(Values *v, uint8_t code, const uint8_t *data, size_t len);

#define OPTION_KEY_MAX 4u /* bytes of a number with its NUL; held by option_value_key() */

/*
 * Returns the option's key in OptionValues: its name, or its number, written to @buffer, if it has no name.
 */
const char *option_value_key(uint8_t code, char buffer[OPTION_KEY_MAX]);

/*
 * Each of these appends one property of the contract. If @message is NULL, the property is empty.
 *   Options         a(uay)  all options in the order received, also malformed ones. The information of
 *                           option 90 is shown as zeros
 *   OptionValues    a{sv}   the well-formed options
 *   IgnoredOptions  aa{sv}  Code, Name, Reason, Text
 */
void options_append(Values *v, const Dhcp4Message *message);
void option_values_append(Values *v, const Dhcp4Message *message);
void ignored_options_append(Values *v, const Dhcp4Ignored *ignored, size_t n);
