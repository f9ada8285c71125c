/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Deaths in a row (deaths.h). No error here stops the daemon: without a record it begins at once, like the
 * first daemon of a boot.
 */
#include "store/deaths.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/macro.h"

/* The wait reaches its maximum long before this number, so counting stops here. Held by deaths_take(). */
#define DEATHS_MAX  1000u
#define RECORD_SIZE 64u /* bytes */

static usec_t delay_after(unsigned deaths) {
        usec_t delay = DEATHS_DELAY_MIN_USEC;

        while (--deaths > 0 && delay < DEATHS_DELAY_MAX_USEC)
                delay *= 2;
        return MIN(delay, DEATHS_DELAY_MAX_USEC);
}

unsigned deaths_take(int fd, usec_t now, usec_t *ret_begin_at) {
        char text[RECORD_SIZE] = "";
        ssize_t n = pread(fd, text, sizeof(text) - 1, 0);
        uint64_t started;
        unsigned deaths;
        char end;

        *ret_begin_at = now;
        if (n <= 0)
                return 0;
        deaths_forget(fd);
        text[n] = '\0';
        if (sscanf(text, "%4u %20" SCNu64 "%c", &deaths, &started, &end) != 3 || end != '\n' ||
            deaths > DEATHS_MAX || started > now || now - started >= DEATHS_LIFE_USEC)
                return 0;
        deaths = MIN(deaths + 1, DEATHS_MAX);
        *ret_begin_at = MAX(now, started + delay_after(deaths));
        return deaths;
}

void deaths_note_start(int fd, unsigned deaths, usec_t now) {
        char text[RECORD_SIZE];
        const int n = snprintf(text, sizeof(text), "%u %" PRIu64 "\n", deaths, now);

        if (pwrite(fd, text, (size_t) n, 0) != n)
                deaths_forget(fd); /* half a record is none */
}

void deaths_forget(int fd) {
        (void) !ftruncate(fd, 0);
}
