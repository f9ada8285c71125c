/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * Matches shell globs against names of links, by bytes: '*', '?', "[a-z]", "[!a-z]" and '\\'. fnmatch() is
 * not used, because it depends on the locale and takes exponential time for a pattern of many stars.
 */
#include <stdbool.h>

bool glob_match(const char *glob, const char *name);
