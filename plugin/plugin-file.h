/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * Reads and writes small files in the daemon's own folders, for the plugin host. An attacker who took over
 * an earlier daemon may have put anything there. So symbolic links are not followed, reads are bounded, and
 * contents are checked.
 */
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#define PLUGIN_FILE_NAME_MAX 64u /* bytes with the NUL, of plugin_file_save() */

/*
 * Reads a file. Returns the number of bytes, at most @size. Returns a negative errno if there is no such
 * file, or if it is not one that we would have written.
 */
ssize_t plugin_file_read(int dir_fd, const char *name, char *buffer, size_t size);
/* Replaces the file. Returns a descriptor of it, which the caller closes, or a negative errno. */
int plugin_file_write(int dir_fd, const char *name, mode_t mode, const char *content, size_t len);

/*
 * Replaces the text in the file, completely or not at all. If @text is NULL, removes the file. @sync: the
 * text survives a loss of power. Returns 0 or a negative errno.
 */
int plugin_file_save(const char *dir, const char *name, const char *text, bool sync);
/*
 * Stores the text of the file, with a NUL. Returns 0, or a negative errno if there is no such file or if it
 * is not one that we would have written.
 */
int plugin_file_load(const char *dir, const char *name, char *ret, size_t size);
