/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * Reads files that other network programs left behind, and treats them as hostile. Below @root (for tests;
 * "" is the real one) no symbolic link is followed, in no part of a path: some of the folders belong to
 * users without privileges, and the reader may be root. Only regular files are opened, at most
 * OTHER_FILE_MAX bytes are read, at most OTHER_ENTRIES_MAX names of a folder looked at.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* bytes; most of these files have a few hundred; held by other_file_read() */
#define OTHER_FILE_MAX    65536u
#define OTHER_ENTRIES_MAX 1024u /* held by other_file_list() */

typedef struct OtherFile {
        char *data; /* @len bytes, and a NUL behind them */
        size_t len;
        int64_t modified_nsec; /* since 1970 */
} OtherFile;

/*
 * Returns false if the file cannot be read or is too large, and for a text also if it has a zero byte. On
 * true, the caller frees @ret with other_file_clear().
 */
bool other_file_read(const char *root, const char *path, OtherFile *ret);
bool other_file_read_text(const char *root, const char *path, OtherFile *ret);
void other_file_clear(OtherFile *file);

/*
 * Returns the names in a folder without "." and "..", in no order. The caller frees them with g_strfreev().
 * -ENOENT: there is no such folder. Other negative errno: it cannot be read.
 */
int other_file_list(const char *root, const char *path, char ***ret);

/* Returns the value of KEY= in a text of plain assignments, or NULL. The caller frees it with g_free(). */
char *other_find_assignment(const char *text, const char *key);
