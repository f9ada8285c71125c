/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * Small files in the daemon's own folders, for the plugin host. Root may have put things there, and so may
 * an attacker who took over an earlier daemon. So symbolic links are not followed, reads are bounded, and
 * contents are checked.
 */
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#define PLUGIN_FILE_NAME_MAX 64u /* bytes with the NUL, of plugin_file_save() */

/*
 * Returns the number of bytes read, at most @size. Negative errno: there is no such file, or it is none that
 * we would have written.
 */
ssize_t plugin_file_read(int dir_fd, const char *name, char *buffer, size_t size);
/* Replaces the file. Returns a descriptor, or a negative errno. */
int plugin_file_write(int dir_fd, const char *name, mode_t mode, const char *content, size_t len);

/*
 * Replaces the text as a whole or not at all. NULL removes it. @sync: the text survives a loss of power.
 * Returns 0 or a negative errno.
 */
int plugin_file_save(const char *dir, const char *name, const char *text, bool sync);
/*
 * Returns 0 and the text with its NUL, or a negative errno: there is none, or none that we would have
 * written.
 */
int plugin_file_load(const char *dir, const char *name, char *ret, size_t size);
