/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * Bytes as hexadecimal digits. printf() does the same for a hundred times as many instructions.
 */
#include <stddef.h>
#include <stdint.h>

/* Writes 2 * @len digits, and no NUL. Returns the place behind them. */
static inline char *hex_put(char *p, const void *data, size_t len) {
        static const char digits[] = "0123456789abcdef";
        const uint8_t *bytes = data;

        for (size_t i = 0; i < len; i++) {
                *p++ = digits[bytes[i] >> 4];
                *p++ = digits[bytes[i] & 0xf];
        }
        return p;
}
