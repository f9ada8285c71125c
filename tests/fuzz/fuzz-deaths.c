/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The record of deaths in a row (store/deaths.c) with any content. Whatever it says, the wait is bounded,
 * the record is forgotten, and what is noted afterwards is read again.
 */
#include <assert.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "store/deaths.h"
#include "tests/fuzz/fuzz.h"

#define NOW (1000 * USEC_PER_SEC)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        const int fd = memfd_create("lock", MFD_CLOEXEC);
        usec_t begin_at;
        unsigned deaths;

        if (fd < 0 || write(fd, data, size) != (ssize_t) size)
                abort();
        deaths = deaths_take(fd, NOW, &begin_at);
        assert(begin_at >= NOW && begin_at <= NOW + DEATHS_DELAY_MAX_USEC);
        assert(deaths > 0 || begin_at == NOW);
        assert(deaths_take(fd, NOW, &begin_at) == 0 && begin_at == NOW);

        deaths_note_start(fd, deaths, NOW);
        assert(deaths_take(fd, NOW, &begin_at) >= deaths && begin_at > NOW);
        (void) close(fd);
        return 0;
}
