/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * store/deaths.h: the wait grows with the deaths and is bounded. It ends with an orderly end or with a
 * life of a minute.
 */
#include <glib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "store/deaths.h"

#define BOOT (100 * USEC_PER_SEC) /* some instant of the test */

static int new_file(void) {
        const int fd = memfd_create("lock", MFD_CLOEXEC);

        g_assert_cmpint(fd, >=, 0);
        return fd;
}

static void test_first(void) {
        const int fd = new_file();
        usec_t at;

        g_assert_cmpuint(deaths_take(fd, BOOT, &at), ==, 0);
        g_assert_cmpuint(at, ==, BOOT);
        /* A daemon that did not even come to note its start is no reason to wait. */
        g_assert_cmpuint(deaths_take(fd, BOOT, &at), ==, 0);
        (void) close(fd);
}

/* One daemon after the other dies as soon as it has begun. */
static void test_row(void) {
        const int fd = new_file();
        usec_t now = BOOT, at, last = 0;

        deaths_note_start(fd, 0, now);
        for (unsigned i = 1; i < 1200; i++) {
                const unsigned deaths = deaths_take(fd, now, &at);

                g_assert_cmpuint(deaths, ==, MIN(i, 1000u));
                if (i == 1)
                        g_assert_cmpuint(at - now, ==, DEATHS_DELAY_MIN_USEC);
                else
                        g_assert_cmpuint(at - now, ==, MIN(2 * last, DEATHS_DELAY_MAX_USEC));
                last = at - now;
                now = at;
                deaths_note_start(fd, deaths, now);
        }
        g_assert_cmpuint(last, ==, DEATHS_DELAY_MAX_USEC);
        (void) close(fd);
}

/* The time that the service manager waits counts as well. */
static void test_time_passed(void) {
        const int fd = new_file();
        usec_t at;

        deaths_note_start(fd, 8, BOOT); /* the ninth death: 25.6 s */
        g_assert_cmpuint(deaths_take(fd, BOOT + 5 * USEC_PER_SEC, &at), ==, 9);
        g_assert_cmpuint(at, ==, BOOT + 25600 * USEC_PER_MSEC);

        deaths_note_start(fd, 8, BOOT);
        g_assert_cmpuint(deaths_take(fd, BOOT + 40 * USEC_PER_SEC, &at), ==, 9);
        g_assert_cmpuint(at, ==, BOOT + 40 * USEC_PER_SEC);
        (void) close(fd);
}

static void test_long_life(void) {
        const int fd = new_file();
        usec_t at;

        deaths_note_start(fd, 8, BOOT);
        g_assert_cmpuint(deaths_take(fd, BOOT + DEATHS_LIFE_USEC - 1, &at), ==, 9);
        deaths_note_start(fd, 8, BOOT);
        g_assert_cmpuint(deaths_take(fd, BOOT + DEATHS_LIFE_USEC, &at), ==, 0);
        g_assert_cmpuint(at, ==, BOOT + DEATHS_LIFE_USEC);
        (void) close(fd);
}

static void test_orderly_end(void) {
        const int fd = new_file();
        usec_t at;

        deaths_note_start(fd, 8, BOOT);
        deaths_forget(fd);
        g_assert_cmpuint(deaths_take(fd, BOOT, &at), ==, 0);
        g_assert_cmpuint(at, ==, BOOT);

        /* A daemon that is told to end while it waits has not died: the next one starts at once. */
        deaths_note_start(fd, 8, BOOT);
        g_assert_cmpuint(deaths_take(fd, BOOT, &at), ==, 9);
        g_assert_cmpuint(deaths_take(fd, BOOT, &at), ==, 0);
        (void) close(fd);
}

static void test_shorter_record(void) {
        const int fd = new_file();
        usec_t at;

        deaths_note_start(fd, 1000, BOOT * 1000);
        g_assert_cmpuint(deaths_take(fd, BOOT * 1000, &at), ==, 1000);
        deaths_note_start(fd, 0, 1);
        g_assert_cmpuint(deaths_take(fd, 2, &at), ==, 1);
        (void) close(fd);
}

static void test_damaged(void) {
        static const char *const lines[] = {
                "x",
                "\n",
                "8\n",
                "8 100000000", /* cut off */
                "8 100000000x\n",
                "-8 100000000\n",
                "4000000000 100000000\n",
                "1001 100000000\n",
                "8 100000001\n", /* the future */
                "8 99999999999999999999999\n",
                "8 -1\n",
                "8 18446744073709551615\n",
                "88888888888888888888888888888888888888888888888888888888888888888888888888888888888\n",
        };
        usec_t at;

        for (size_t i = 0; i < G_N_ELEMENTS(lines); i++) {
                const int fd = new_file();

                g_assert_cmpint(write(fd, lines[i], strlen(lines[i])), ==, (gssize) strlen(lines[i]));
                g_assert_cmpuint(deaths_take(fd, BOOT, &at), ==, 0);
                g_assert_cmpuint(at, ==, BOOT);
                (void) close(fd);
        }
        /* No file at all. */
        g_assert_cmpuint(deaths_take(-1, BOOT, &at), ==, 0);
        g_assert_cmpuint(at, ==, BOOT);
        deaths_note_start(-1, 1, BOOT);
        deaths_forget(-1);
}

int main(int argc, char *argv[]) {
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/deaths/first", test_first);
        g_test_add_func("/deaths/row", test_row);
        g_test_add_func("/deaths/time-passed", test_time_passed);
        g_test_add_func("/deaths/long-life", test_long_life);
        g_test_add_func("/deaths/orderly-end", test_orderly_end);
        g_test_add_func("/deaths/shorter-record", test_shorter_record);
        g_test_add_func("/deaths/damaged", test_damaged);
        return g_test_run();
}
