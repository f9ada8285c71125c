/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * base/prng.c: SipHash-2-4 against its published vectors, the counter over it, and bounds without bias.
 */
#include <glib.h>
#include <string.h>

#include "base/macro.h"
#include "base/prng.h"

static const uint8_t key[PRNG_KEY_LEN] = { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15 };

/*
 * The key is 00 01 02 .. 0f and the message is 00 01 02 .., of each length. The values come from the
 * reference implementation; length 15 is also in the paper.
 */
static void test_siphash(void) {
        static const struct {
                size_t len;
                uint64_t expect;
        } vectors[] = {
                { 0, UINT64_C(0x726fdb47dd0e0e31) },  { 1, UINT64_C(0x74f839c593dc67fd) },
                { 2, UINT64_C(0x0d6c8009d9a94f5a) },  { 3, UINT64_C(0x85676696d7fb7e2d) },
                { 7, UINT64_C(0xab0200f58b01d137) },  { 8, UINT64_C(0x93f5f5799a932462) },
                { 15, UINT64_C(0xa129ca6149be45e5) }, { 63, UINT64_C(0x958a324ceb064572) },
        };

        for (size_t i = 0; i < ARRAY_SIZE(vectors); i++) {
                const size_t len = vectors[i].len;
                g_autofree uint8_t *message = g_malloc(len);

                for (size_t k = 0; k < len; k++)
                        message[k] = (uint8_t) k;
                g_assert_cmphex(prng_siphash24(key, message, len), ==, vectors[i].expect);
        }
        g_assert_cmphex(prng_siphash24(key, NULL, 0), ==, vectors[0].expect);
}

/* Length, and each byte of key and message, change the result. */
static void test_siphash_sensitive(void) {
        uint8_t message[24] = {}, other[PRNG_KEY_LEN];
        const uint64_t before = prng_siphash24(key, message, sizeof(message));

        for (size_t i = 0; i < sizeof(message); i++) {
                g_assert_cmphex(prng_siphash24(key, message, i), !=, before);
                message[i] = 0x80;
                g_assert_cmphex(prng_siphash24(key, message, sizeof(message)), !=, before);
                message[i] = 0;
        }
        for (size_t i = 0; i < PRNG_KEY_LEN; i++) {
                memcpy(other, key, sizeof(other));
                other[i] ^= 1;
                g_assert_cmphex(prng_siphash24(other, message, sizeof(message)), !=, before);
        }
}

static void test_counter(void) {
        Prng a, b;

        memset(&a, 0xff, sizeof(a));
        prng_init(&a, key);
        g_assert_cmpuint(a.counter, ==, 0);
        for (uint64_t i = 0; i < 1000; i++) {
                const uint64_t le = GUINT64_TO_LE(i);

                g_assert_cmphex(prng_u64(&a), ==, prng_siphash24(key, &le, sizeof(le)));
                g_assert_cmpuint(a.counter, ==, i + 1);
        }
        /* The counter is written in little endian: this is the message of a published vector. */
        a.counter = UINT64_C(0x0706050403020100);
        g_assert_cmphex(prng_u64(&a), ==, UINT64_C(0x93f5f5799a932462));

        /* A copy gives the same numbers. Replays rely on this. */
        b = a;
        g_assert_cmphex(prng_u64(&a), ==, prng_u64(&b));
        a.counter = UINT64_MAX;
        (void) prng_u64(&a);
        g_assert_cmpuint(a.counter, ==, 0);
}

/* A number in the incomplete last part of the range is drawn again. */
static void test_below_exact(void) {
        static const uint64_t bounds[] = { 1,
                                           2,
                                           3,
                                           7,
                                           1000,
                                           UINT64_C(1) << 32,
                                           (UINT64_C(1) << 63) - 1,
                                           UINT64_C(1) << 63,
                                           (UINT64_C(1) << 63) + 1,
                                           UINT64_C(3) << 62,
                                           UINT64_MAX - 1,
                                           UINT64_MAX };

        for (size_t i = 0; i < ARRAY_SIZE(bounds); i++) {
                const uint64_t bound = bounds[i];
                unsigned n_again = 0;
                Prng a, b;

                prng_init(&a, key);
                prng_init(&b, key);
                for (unsigned k = 0; k < 1000; k++) {
                        const unsigned __int128 all = (unsigned __int128) 1 << 64;
                        uint64_t value;

                        while ((value = prng_u64(&b)) < (uint64_t) (all % bound))
                                n_again++;
                        g_assert_cmpuint(prng_below(&a, bound), ==, value % bound);
                        g_assert_cmpuint(a.counter, ==, b.counter);
                }
                if (bound == (UINT64_C(1) << 63) + 1)
                        g_assert_cmpuint(n_again, >, 500);
                if ((bound & (bound - 1)) == 0)
                        g_assert_cmpuint(n_again, ==, 0);
        }
}

/* A modulus over three quarters of the range would give numbers of the lower third twice as often. */
static void test_below_uniform(void) {
        const uint64_t bound = UINT64_C(3) << 62;
        unsigned n_third[3] = {};
        Prng prng;

        prng_init(&prng, key);
        for (unsigned i = 0; i < 30000; i++) {
                const uint64_t value = prng_below(&prng, bound);

                g_assert_cmpuint(value, <, bound);
                n_third[value / (UINT64_C(1) << 62)]++;
        }
        /* Ten standard deviations of 82. */
        for (unsigned i = 0; i < 3; i++)
                g_assert_cmpuint(ABS((int) n_third[i] - 10000), <, 820);
}

static void test_below_zero(void) {
        Prng prng;

        if (g_test_subprocess()) {
                prng_init(&prng, key);
                (void) prng_below(&prng, 0);
                return;
        }
        g_test_trap_subprocess(NULL, 0, 0);
        g_test_trap_assert_failed();
        g_test_trap_assert_stderr("*bound > 0*");
}

int main(int argc, char **argv) {
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/prng/siphash", test_siphash);
        g_test_add_func("/prng/siphash-sensitive", test_siphash_sensitive);
        g_test_add_func("/prng/counter", test_counter);
        g_test_add_func("/prng/below-exact", test_below_exact);
        g_test_add_func("/prng/below-uniform", test_below_uniform);
        g_test_add_func("/prng/below-zero", test_below_zero);
        return g_test_run();
}
