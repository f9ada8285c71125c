/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * Finds the hooks: executable files in folders. A file in a later folder overrides a file with the same name
 * in an earlier folder. A link to /dev/null removes a hook.
 *
 * A folder in such a folder that has the name of a contract contains hooks of that contract (dhclient/NAME).
 * They are hooks like the others: there is only one hook of each name.
 *
 * A hook may run as root, so only root may have put it there. The folder and the file must belong to root,
 * and nobody else may be able to write to them. If the file is a link, the same holds for the file that it
 * leads to and for the folder of that file. A folder that fails this check counts as empty. A file that
 * fails it still hides files with the same name in earlier folders, because root has put it there to replace
 * them.
 *
 * This is true at the moment of the check. Somebody who owns a folder higher up, as the daemon's user owns
 * /run/dhcpd-link, can put another folder in the place of the checked one before the program is started.
 * Such a hook is exchangeable: it may run, but only with rights that this user has, too.
 */
#include <glib.h>
#include <stdbool.h>
#include <sys/types.h>

#define HOOK_FILES_MAX 64u /* more must be a mistake */
#define HOOK_NAME_MAX  64u /* bytes */

typedef struct HookFile {
        char *name;           /* letters, digits, - and _ */
        char *path;           /* the checked file, without symbolic links */
        const char *contract; /* the contract of its folder; NULL: none */
        bool exchangeable;    /* see above */
} HookFile;

typedef struct HookFiles {
        GPtrArray *files;   /* of HookFile, in byte order of their names */
        GPtrArray *refused; /* of char *: "PATH: why it is no hook" */
} HookFiles;

/*
 * Finds the hooks in @folders, the lowest first, which ends with NULL. A missing folder is skipped. @owner:
 * 0, except in tests.
 */
HookFiles *hook_files_new(const char *const *folders, uid_t owner);
HookFiles *hook_files_free(HookFiles *files);
static inline void hook_files_freep(HookFiles **p) {
        *p = hook_files_free(*p);
}
