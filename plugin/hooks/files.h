/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * Which hooks there are: executable files in folders, of which a later one overrides files of the same name
 * in an earlier one, and a link to /dev/null takes a hook away.
 *
 * A folder in such a folder that is called as a contract has hooks of that contract (dhclient/NAME). They
 * are hooks like the others: there is one of each name.
 *
 * A hook may be run as root, so only what root alone can have put there counts: the folder, the file, and
 * where the file is a link, the file that it leads to and the folder of that belong to root and are writable
 * by nobody else. A folder that does not is as if it were empty. A file that does not still hides those of
 * the same name: root put it there to replace them.
 *
 * That is true at the moment of the look. Whoever owns a folder further up, as the daemon's user owns
 * /run/dhcpd-link, can put another folder in the place of the one that was looked at before the program is
 * started. Such a hook is exchangeable: it may be run, but with no rights that this user does not have.
 */
#include <glib.h>
#include <stdbool.h>
#include <sys/types.h>

#define HOOK_FILES_MAX 64u /* more than that is an accident */
#define HOOK_NAME_MAX  64u /* bytes */

typedef struct HookFile {
        char *name;           /* letters, digits, - and _ */
        char *path;           /* without links: what was checked */
        const char *contract; /* of its folder, NULL: none */
        bool exchangeable;    /* see above */
} HookFile;

typedef struct HookFiles {
        GPtrArray *files;   /* of HookFile, in byte order of their names */
        GPtrArray *refused; /* of char *: "PATH: why it is no hook" */
} HookFiles;

/*
 * @folders: the lowest first, ends with NULL; one that is not there is passed over. @owner: 0, but in tests.
 */
HookFiles *hook_files_new(const char *const *folders, uid_t owner);
HookFiles *hook_files_free(HookFiles *files);
static inline void hook_files_freep(HookFiles **p) {
        *p = hook_files_free(*p);
}
