/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * What the files of the environment share.
 *
 *   environment.c       reasons, contracts, and the variables of dhclient and udhcpc
 *   environment-json.c  the document of contract json
 */
#include "plugin/hooks/environment.h"

/* Returns the document, with a newline at its end. The caller frees it with g_free(). */
char *hook_json_new(const HookEvent *event);
