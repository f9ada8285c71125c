/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * For tests that go through thousands of cases that differ in a number: every length of every option,
 * every byte of a record. Under valgrind, where each instruction takes fifty times as long, tests/run
 * sets TEST_STRIDE=N, and such a loop takes each Nth case; otherwise it takes all of them. Where loops
 * are nested, the inner one begins at a case that depends on the outer one, so that each number has its
 * turn.
 */
#pragma once

#include <glib.h>

static inline unsigned test_stride(void) {
        const char *text = g_getenv("TEST_STRIDE");
        const guint64 n = text ? g_ascii_strtoull(text, NULL, 10) : 1;

        g_assert_cmpuint(n, >=, 1);
        g_assert_cmpuint(n, <=, 100);
        return (unsigned) n;
}
