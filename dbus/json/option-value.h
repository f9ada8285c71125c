/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * What is in a DHCPv4 message, as D-Bus values: Options, OptionValues and IgnoredOptions of the contract.
 * The daemon and the command-line tool share it, so that status, monitor, decode and probe show an option
 * alike.
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

/* Signature of the option's value. */
const char *option_value_signature(uint8_t code);

/*
 * Appends the value, of that signature. @data is the content, joined, and well-formed
 * (dhcp4_option_check()). The information in option 90 may be a secret (the nonce of RFC 6704 §3.1) and is
 * left out.
 */
void option_value_append(Values *v, uint8_t code, const uint8_t *data, size_t len);

#define OPTION_KEY_MAX 4u /* bytes of a number with its NUL; held by option_value_key() */

/* The option's key in OptionValues: its name, or else its number in @buffer. */
const char *option_value_key(uint8_t code, char buffer[OPTION_KEY_MAX]);

/*
 * Each appends one property of the contract. @message NULL: an empty one.
 *   Options         a(uay)  every option in the order received, malformed ones too. The information of
 *                           option 90 is shown as zeros
 *   OptionValues    a{sv}   those that are well-formed
 *   IgnoredOptions  aa{sv}  Code, Name, Reason, Text
 */
void options_append(Values *v, const Dhcp4Message *message);
void option_values_append(Values *v, const Dhcp4Message *message);
void ignored_options_append(Values *v, const Dhcp4Ignored *ignored, size_t n);
