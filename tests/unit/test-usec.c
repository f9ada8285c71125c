/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * base/usec.h: arithmetic that saturates, and "never".
 */
#include <glib.h>

#include "base/usec.h"

static void test_add(void) {
        g_assert_cmpuint(usec_add(0, 0), ==, 0);
        g_assert_cmpuint(usec_add(3, 4), ==, 7);
        g_assert_cmpuint(usec_add(USEC_INFINITY - 1, 0), ==, USEC_INFINITY - 1);
        g_assert_cmpuint(usec_add(USEC_INFINITY - 2, 1), ==, USEC_INFINITY - 1);
        g_assert_cmpuint(usec_add(USEC_INFINITY - 1, 1), ==, USEC_INFINITY);
        g_assert_cmpuint(usec_add(USEC_INFINITY - 1, 2), ==, USEC_INFINITY);
        g_assert_cmpuint(usec_add(UINT64_MAX / 2 + 1, UINT64_MAX / 2 + 1), ==, USEC_INFINITY);
        g_assert_cmpuint(usec_add(USEC_INFINITY, 0), ==, USEC_INFINITY);
        g_assert_cmpuint(usec_add(0, USEC_INFINITY), ==, USEC_INFINITY);
        g_assert_cmpuint(usec_add(USEC_INFINITY, USEC_INFINITY), ==, USEC_INFINITY);
}

static void test_sub(void) {
        g_assert_cmpuint(usec_sub(7, 4), ==, 3);
        g_assert_cmpuint(usec_sub(7, 7), ==, 0);
        /* A deadline that was missed is 0 away, not half a million years. */
        g_assert_cmpuint(usec_sub(7, 8), ==, 0);
        g_assert_cmpuint(usec_sub(0, USEC_INFINITY), ==, 0);
        g_assert_cmpuint(usec_sub(USEC_INFINITY - 1, 1), ==, USEC_INFINITY - 2);
        /* "Never" stays "never", whatever is subtracted. */
        g_assert_cmpuint(usec_sub(USEC_INFINITY, 1), ==, USEC_INFINITY);
        g_assert_cmpuint(usec_sub(USEC_INFINITY, USEC_INFINITY), ==, USEC_INFINITY);
}

static void test_option_sec(void) {
        g_assert_cmpuint(usec_from_option_sec(0), ==, 0);
        g_assert_cmpuint(usec_from_option_sec(1), ==, USEC_PER_SEC);
        g_assert_cmpuint(usec_from_option_sec(1), ==, 1000 * USEC_PER_MSEC);
        /* These seconds exceed 32 bits of milliseconds or microseconds. */
        g_assert_cmpuint(usec_from_option_sec(4295), ==, UINT64_C(4295000000));
        g_assert_cmpuint(usec_from_option_sec(4294968), ==, UINT64_C(4294968000000));
        g_assert_cmpuint(usec_from_option_sec(UINT32_MAX - 1), ==, UINT64_C(4294967294000000));
        g_assert_cmpuint(usec_from_option_sec(UINT32_MAX), ==, USEC_INFINITY);
}

int main(int argc, char **argv) {
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/usec/add", test_add);
        g_test_add_func("/usec/sub", test_sub);
        g_test_add_func("/usec/option-sec", test_option_sec);
        return g_test_run();
}
