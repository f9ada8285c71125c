/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * Returns how much memory of this process is resident and belongs to no file, KiB. getrusage() is of no use:
 * its peak begins with the peak of the process that started this one, so a growth below the size of a large
 * test runner would not show.
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static inline long resident_kib(void) {
        FILE *file = fopen("/proc/self/statm", "re");
        long size, pages, of_files;

        if (!file || fscanf(file, "%ld %ld %ld", &size, &pages, &of_files) != 3)
                abort();
        fclose(file);
        return (pages - of_files) * (sysconf(_SC_PAGESIZE) / 1024);
}
