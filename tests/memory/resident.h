/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * How much memory of this process is resident and of no file, KiB. Not getrusage(): its peak begins with
 * that of the process that started this one, so below that of a large test runner nothing would ever be seen
 * to grow.
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
