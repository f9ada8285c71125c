/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * A made-up root with files of other DHCP clients, for the tests of import/other-identity. There is one
 * root for the process.
 */
#include <stddef.h>

#include "base/hw-address.h"

extern const HwAddress fixture_address; /* of the link eth0, index 3 */

void fixture_set_up(void);
void fixture_tear_down(void);

const char *fixture_root(void);
/* Returns the full path of @name below the root. Free it with g_free(). */
char *fixture_path(const char *name);
/* Writes @text into the file @name and makes its folders. NULL: removes the file. */
void fixture_put(const char *name, const char *text);
void fixture_put_bytes(const char *name, const void *data, size_t len);
/* Sets the time of the file's last change to @sec seconds after 1970. */
void fixture_date(const char *name, long sec);
/*
 * Asserts that other_identity_find() finds the identity @expected, in digits. NULL: asserts that it finds
 * none.
 */
void fixture_check(const char *expected);
