/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * Keyed counter generator: output i is SipHash-2-4(key, i).
 *
 * Values that reach the network (xid, jitter) must not let an observer predict the next one, and a recorded
 * run must be replayable. A PRF in counter mode gives both. Without the key its output is unpredictable.
 * With the key it is a pure function of (key, counter). The daemon draws the key from getrandom(2) once for
 * each link; tests derive it from a seed.
 */
#include <stdint.h>

#define PRNG_KEY_LEN 16u /* bytes */

typedef struct Prng {
        uint8_t key[PRNG_KEY_LEN];
        uint64_t counter;
} Prng;

void prng_init(Prng *prng, const uint8_t key[PRNG_KEY_LEN]);

uint64_t prng_u64(Prng *prng);

/* Returns a uniform value in [0, bound), without modulo bias. @bound must not be 0 (asserted). */
uint64_t prng_below(Prng *prng, uint64_t bound);

/*
 * Returns SipHash-2-4 of @len bytes. prng_u64() applies it to the counter. It also makes keyed ids from
 * stable inputs.
 */
uint64_t prng_siphash24(const uint8_t key[PRNG_KEY_LEN], const void *data, uint64_t len);
