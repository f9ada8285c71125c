/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * Microsecond time.
 *
 * An *instant* is a point on the CLOCK_BOOTTIME scale. That clock keeps counting while the machine sleeps,
 * so a lease that ran out during suspend is seen as expired on resume. A *span* is the difference of two
 * instants. Both are usec_t, and names say which: `now` and `*_at` are instants, `*_usec` are spans.
 * USEC_INFINITY means "never". 0 is an ordinary value and never means "unset".
 */
#include <stdint.h>

typedef uint64_t usec_t;

#define USEC_INFINITY ((usec_t) UINT64_MAX)
#define USEC_PER_MSEC ((usec_t) 1000)
#define USEC_PER_SEC  ((usec_t) 1000000)

/* Returns a + b, or USEC_INFINITY if that is too large. */
static inline usec_t usec_add(usec_t a, usec_t b) {
        return a > USEC_INFINITY - b ? USEC_INFINITY : a + b;
}

/* Returns a - b, or 0 if b is later than a. Returns USEC_INFINITY if a is USEC_INFINITY. */
static inline usec_t usec_sub(usec_t a, usec_t b) {
        if (a == USEC_INFINITY)
                return USEC_INFINITY;
        return a > b ? a - b : 0;
}

/* Converts seconds as in options 51, 58 and 59. 0xffffffff is infinity (RFC 2131 §3.3). */
static inline usec_t usec_from_option_sec(uint32_t sec) {
        return sec == UINT32_MAX ? USEC_INFINITY : sec * USEC_PER_SEC;
}
