/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/* The few macros that every folder uses. Nothing here allocates or does I/O. */
#include <assert.h>
#include <stddef.h>

/*
 * Marks a place that no path leads to, and ends the program if one does. It does not call abort(), because
 * the pure layers cannot include the header that declares abort().
 */
#define assert_not_reached() __assert_fail("not reached", __FILE__, __LINE__, __func__)

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

/* _cleanup_(x_freep) X *x = NULL;  runs x_freep(&x) at the end of the scope. */
#define _cleanup_(fn)  __attribute__((cleanup(fn)))
#define _unused_       __attribute__((unused))
#define _noinline_     __attribute__((noinline))
#define _printf_(f, a) __attribute__((format(printf, f, a)))
#define _public_       __attribute__((visibility("default")))

/*
 * Returns the value of a pointer variable and sets the variable to NULL. It hands ownership on from a
 * _cleanup_ variable.
 */
#define STEAL_PTR(p) \
        ({ \
                __typeof__(p) *_pp = &(p); \
                __typeof__(p) _v = *_pp; \
                *_pp = NULL; \
                _v; \
        })

/* GLib and libc have their own MIN and MAX, which evaluate an argument twice. */
#undef MIN
#undef MAX

#define MIN(a, b) \
        ({ \
                __typeof__(a) _a = (a); \
                __typeof__(b) _b = (b); \
                _a < _b ? _a : _b; \
        })

#define MAX(a, b) \
        ({ \
                __typeof__(a) _a = (a); \
                __typeof__(b) _b = (b); \
                _a > _b ? _a : _b; \
        })
