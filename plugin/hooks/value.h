/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * One option as the value of a variable, by its type in the option table: one formatter for each contract.
 *
 * ISC's programs describe an option by letters, and the value follows from them. The table has the letters
 * where our type does not give them. An I is an address, B S L l are numbers of 8, 16 and 32 bits (l with a
 * sign), f is a flag, 6 an IPv6 address, D a list of domain names, t a text to the end, X bytes: as text if
 * they can be printed, else in hexadecimal. A after the last letter: all of them again until the end; a: the
 * last one again; o: the last one may be missing.
 */
#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Appends the value. @data is well-formed (dhcp4_option_check()). Returns NULL, or why there is no value (a
 * static phrase); then @out is as it was.
 */
const char *hook_value_dhclient(GString *out, uint8_t code, const uint8_t *data, size_t len);
const char *hook_value_udhcpc(GString *out, uint8_t code, const uint8_t *data, size_t len);

/*
 * Appends the name of the option's variable, without a prefix: "routers", "unknown_224"; "router", "opt224".
 */
void hook_variable_dhclient(GString *out, uint8_t code);
void hook_variable_udhcpc(GString *out, uint8_t code);

/*
 * The rules for texts, which dhclient has as well; each returns NULL or what is wrong, a static phrase. A
 * name is made of labels of letters, digits, - and _, neither of which is at an end of a label; it may have
 * a dot at its end. Names stand between blanks.
 */
const char *hook_check_name(const char *text, size_t len);
const char *hook_check_names(const char *text, size_t len);
const char *hook_check_path(const char *text, size_t len);
/* No control character, and no byte above 126. */
const char *hook_check_printable(const char *text, size_t len);
