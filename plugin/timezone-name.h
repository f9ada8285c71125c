/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/* Checks and finds names of time zones, as servers send them. RFC 4833. */
#include <stdbool.h>
#include <stddef.h>

#define TIMEZONE_NAME_SIZE 64u /* bytes, with the NUL; the names in the database are much shorter */

/*
 * Returns true if this can be a name in the time zone database ("Europe/Paris"). Returns false if it would
 * lead out of the folder, or if it is one of the other files there: localtime, posix/..., right/... Looks at
 * no file.
 */
bool timezone_name_is_valid(const char *text, size_t len);

/*
 * Finds the zone of a POSIX TZ string (option 100) if it is unambiguous: the same number of whole hours from
 * UTC at all times, as in "EST5" or "<+03>-3". Rules for daylight saving time fit many zones, which have
 * differed in the past and may differ in the future. Returns false for these, and for other texts.
 */
bool timezone_from_posix(const char *text, size_t len, char ret[TIMEZONE_NAME_SIZE]);

/* Returns true if the database of this host, @dir, has a zone of that name. The name must be valid. */
bool timezone_is_known(const char *dir, const char *name);

/*
 * Finds the zone that /etc/localtime stands for, a symbolic link with this content: the part after
 * "/zoneinfo/". Returns false if that is not a valid name.
 */
bool timezone_from_link(const char *target, char ret[TIMEZONE_NAME_SIZE]);
