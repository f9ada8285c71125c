/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * The rest of an input, from which a fuzz target makes decisions, one byte after the other. When the
 * input is used up, all further bytes are 0, so that every input means something.
 */
#include <stddef.h>
#include <stdint.h>

/* The bytes belong to the caller of the target. */
typedef struct Input {
        const uint8_t *data;
        size_t left;
} Input;

static inline uint8_t take_u8(Input *in) {
        if (in->left == 0)
                return 0;
        in->left--;
        return *in->data++;
}
