/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/* Names of time zones, as servers send them. RFC 4833. */
#include <stdbool.h>
#include <stddef.h>

#define TIMEZONE_NAME_SIZE 64u /* bytes with the NUL; names of the database have half of that */

/*
 * Can this be a name in the time zone database ("Europe/Paris")? Not if it would lead out of a folder, nor
 * if it is one of the names beside the zones that have a file there: localtime, posix/..., right/... Knows
 * no file.
 */
bool timezone_name_is_valid(const char *text, size_t len);

/*
 * The zone of a POSIX TZ string (option 100), where it is sure: the same whole hours from UTC for all time,
 * as in "EST5" or "<+03>-3". Rules for daylight saving fit many zones, which differ in the past and may in
 * the future. Returns false for these, and for what is no such string.
 */
bool timezone_from_posix(const char *text, size_t len, char ret[TIMEZONE_NAME_SIZE]);

/* Does the database of this host, @dir, have a zone of that name, which must be valid? */
bool timezone_is_known(const char *dir, const char *name);

/*
 * The zone that a link of that content, /etc/localtime, stands for: what comes after "/zoneinfo/", if it is
 * valid. Returns false if it is none.
 */
bool timezone_from_link(const char *target, char ret[TIMEZONE_NAME_SIZE]);
