/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * What every fuzz target exports. The caller is libFuzzer or fuzz-main.c.
 */
#include <stddef.h>
#include <stdint.h>

/*
 * Tests one input. @data has exactly @size bytes. Ends the program if something that must hold does not.
 * Returns 0.
 */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
