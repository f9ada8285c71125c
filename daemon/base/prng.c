/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The keyed counter generator (prng.h) and SipHash-2-4 below it, after "SipHash: a fast short-input PRF"
 * (Aumasson and Bernstein, 2012). Pure.
 */
#include "base/prng.h"

#include <assert.h>
#include <endian.h>
#include <string.h>

static uint64_t load64_le(const uint8_t *p) {
        uint64_t value;

        memcpy(&value, p, sizeof(value));
        return le64toh(value);
}

static uint64_t rotate_left(uint64_t value, unsigned bits) {
        return value << bits | value >> (64 - bits);
}

typedef struct SipState {
        uint64_t v0, v1, v2, v3;
} SipState;

static void sip_rounds(SipState *s, unsigned n) {
        while (n-- > 0) {
                s->v0 += s->v1;
                s->v1 = rotate_left(s->v1, 13) ^ s->v0;
                s->v0 = rotate_left(s->v0, 32);
                s->v2 += s->v3;
                s->v3 = rotate_left(s->v3, 16) ^ s->v2;
                s->v0 += s->v3;
                s->v3 = rotate_left(s->v3, 21) ^ s->v0;
                s->v2 += s->v1;
                s->v1 = rotate_left(s->v1, 17) ^ s->v2;
                s->v2 = rotate_left(s->v2, 32);
        }
}

static void sip_compress(SipState *s, uint64_t word) {
        s->v3 ^= word;
        sip_rounds(s, 2);
        s->v0 ^= word;
}

uint64_t prng_siphash24(const uint8_t key[PRNG_KEY_LEN], const void *data, uint64_t len) {
        const uint64_t k0 = load64_le(key), k1 = load64_le(key + 8);
        /* The constants of the paper: "somepseudorandomlygeneratedbytes". */
        SipState s = {
                .v0 = k0 ^ UINT64_C(0x736f6d6570736575),
                .v1 = k1 ^ UINT64_C(0x646f72616e646f6d),
                .v2 = k0 ^ UINT64_C(0x6c7967656e657261),
                .v3 = k1 ^ UINT64_C(0x7465646279746573),
        };
        const uint8_t *p = data;
        uint8_t tail[8] = {};
        uint64_t left = len;

        for (; left >= 8; left -= 8, p += 8)
                sip_compress(&s, load64_le(p));
        if (left > 0)
                memcpy(tail, p, left);
        tail[7] = (uint8_t) len;
        sip_compress(&s, load64_le(tail));

        s.v2 ^= 0xff;
        sip_rounds(&s, 4);
        return s.v0 ^ s.v1 ^ s.v2 ^ s.v3;
}

void prng_init(Prng *prng, const uint8_t key[PRNG_KEY_LEN]) {
        memcpy(prng->key, key, PRNG_KEY_LEN);
        prng->counter = 0;
}

uint64_t prng_u64(Prng *prng) {
        uint8_t counter[8];

        for (unsigned i = 0; i < 8; i++)
                counter[i] = (uint8_t) (prng->counter >> (8 * i));
        prng->counter++;
        return prng_siphash24(prng->key, counter, sizeof(counter));
}

uint64_t prng_below(Prng *prng, uint64_t bound) {
        uint64_t value, excess;

        assert(bound > 0);
        /*
         * The lowest 2^64 mod bound values would make small results more likely, so another one is drawn in
         * their place.
         */
        excess = -bound % bound;
        do
                value = prng_u64(prng);
        while (value < excess);
        return value % bound;
}
