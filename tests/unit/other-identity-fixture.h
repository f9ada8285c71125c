/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * A made-up root with files of other DHCP clients, for the tests of import/other-identity. One for the
 * process.
 */
#include <stddef.h>

#include "base/hw-address.h"

extern const HwAddress fixture_address; /* of the link eth0, index 3 */

void fixture_set_up(void);
void fixture_tear_down(void);

const char *fixture_root(void);
/* g_free() it. */
char *fixture_path(const char *name);
/* NULL: the file goes. Folders are made. */
void fixture_put(const char *name, const char *text);
void fixture_put_bytes(const char *name, const void *data, size_t len);
/* The file becomes one that was changed @sec after 1970. */
void fixture_date(const char *name, long sec);
/* What other_identity_find() says, in digits; NULL: nothing. */
void fixture_check(const char *expected);
