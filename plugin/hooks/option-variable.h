/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * Writes one option as the value of a variable, by its type in the table of options. There is one formatter
 * for each contract.
 *
 * ISC's programs describe the format of an option by letters. The table has these letters if they do not
 * follow from our type. I: an address. B S L l: numbers of 8, 16 and 32 bits (l has a sign). f: a flag. 6:
 * an IPv6 address. D: a list of domain names. t: a text that lasts to the end. X: bytes, written as text if
 * they can be printed, otherwise in hexadecimal. After the last letter may follow: A, all letters are
 * repeated until the end; a, the last letter is repeated; o, the last letter may be missing.
 */
#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Append the value. @data must be well-formed (dhcp4_option_check()). Return NULL on success. Otherwise @out
 * is unchanged, and the result is a static phrase that says why there is no value.
 */
const char *hook_value_dhclient(GString *out, uint8_t code, const uint8_t *data, size_t len);
const char *hook_value_udhcpc(GString *out, uint8_t code, const uint8_t *data, size_t len);

/*
 * Append the name of the option's variable, without a prefix: "routers", "unknown_224"; "router", "opt224".
 */
void hook_variable_dhclient(GString *out, uint8_t code);
void hook_variable_udhcpc(GString *out, uint8_t code);

/*
 * Check a text by the rules that dhclient has, too. Return NULL if it is right, otherwise a static phrase
 * that says what is wrong. A name consists of labels of letters, digits, - and _. A label neither begins nor
 * ends with - or _. The name may end with a dot. Several names have blanks between them.
 */
const char *hook_check_name(const char *text, size_t len);
const char *hook_check_names(const char *text, size_t len);
const char *hook_check_path(const char *text, size_t len);
/* Does the same for a text that must have no control character and no byte above 126. */
const char *hook_check_printable(const char *text, size_t len);
