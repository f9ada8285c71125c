/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * A file whose lock says that one process has a folder (flock(2)). The lock ends with the descriptor, so a
 * process that was killed leaves none behind.
 *
 * flock() works on any open descriptor, even one opened for reading. So everyone who may read the file could
 * hold its lock for ever. So the file is readable by its owner alone. Owns nothing.
 */

/*
 * Makes the file @path if there is none, with mode 0600, and takes its lock. A file that others may open
 * loses that permission; if one of them holds the lock, the file is replaced.
 *
 * Returns the descriptor that holds the lock until it is closed, -EBUSY if another process of root or of our
 * own user has the lock, or another negative errno if there can be no lock file.
 */
int lock_file_take(const char *path);
