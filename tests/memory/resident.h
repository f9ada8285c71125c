/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * resident_kib() returns how much memory of this process is resident and belongs to no file, KiB.
 * getrusage() cannot be used for this. Its peak begins with the peak of the process that started this one,
 * so memory that grows would not show until it is larger than a large test runner.
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
