/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Values of D-Bus and their digest: two values have the same digest if, and only if, they are the same in
 * a message. Random values are written three times: into a message, from which JSON shows what they are,
 * and into two digests.
 */
#include "dbus/json/values.h"

#include <arpa/inet.h>
#include <glib.h>
#include <string.h>

#include "base/macro.h"
#include "base/prng.h"
#include "dbus/json/json-message.h"

#define KEY       ((const uint8_t *) "0123456789abcdef")
#define OTHER_KEY ((const uint8_t *) "fedcba9876543210")
#define VALUES    600u
#define LONG_LEN  (3u * VALUES_CHUNK)

static const char *long_text(unsigned i) {
        static char text[LONG_LEN + 1];

        memset(text, 'x', LONG_LEN);
        text[LONG_LEN] = '\0';
        text[i % LONG_LEN] = 'y';
        return text;
}

static void write_item(Values *v, Prng *prng) {
        static const char *const texts[] = { "", "a", "ab", "E", "a\na", "192.0.2.1" };
        static const uint32_t addresses[] = {
                0, 0x01000000, 0xc0000201, 0xc000020a, 0xffffffff, 0x0a640064
        };
        const struct in_addr address = { htonl(addresses[prng_below(prng, ARRAY_SIZE(addresses))]) };

        values_begin_record(v);
        switch (prng_below(prng, 9)) {
        case 0:
                record_string(v, "Text", texts[prng_below(prng, ARRAY_SIZE(texts))]);
                break;
        case 1:
                record_address(v, "Address", address);
                break;
        case 2:
                record_shown_address(v, "Shown", address);
                break;
        case 3:
                record_u32(v, "U32", (uint32_t) prng_below(prng, 3));
                break;
        case 4:
                record_u64(v, "U64", prng_below(prng, 3) << 40);
                break;
        case 5:
                record_bool(v, "Bool", prng_below(prng, 2));
                break;
        case 6:
                record_bytes(v, "Bytes", texts[1 + prng_below(prng, 4)], prng_below(prng, 3));
                break;
        case 7: /* lengths around those of chunks */
                record_bytes(v, "Long", long_text((unsigned) prng_below(prng, 2) * 255),
                             VALUES_CHUNK - 40 + prng_below(prng, 80));
                break;
        case 8:
                record_string(v, "LongText", long_text((unsigned) prng_below(prng, LONG_LEN)));
                break;
        }
        values_end_record(v);
}

static void write_value(Values *v, uint64_t seed) {
        uint8_t key[PRNG_KEY_LEN] = {};
        Prng prng;

        memcpy(key, &seed, sizeof(seed));
        prng_init(&prng, key);
        values_begin(v, 'a', "a{sv}");
        for (uint64_t n = prng_below(&prng, 4); n > 0; n--)
                write_item(v, &prng);
        values_end(v);
}

static char *text_of(uint64_t seed) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL;
        JsonWriter w = {};
        Values v;

        g_assert_cmpint(scratch_message_new(&m), >=, 0);
        values_into(&v, m);
        write_value(&v, seed);
        g_assert_cmpint(v.r, >=, 0);
        g_assert_cmpint(scratch_message_seal(m), >=, 0);
        g_assert_cmpint(json_message(&w, m, NULL), >=, 0);
        return json_finish(&w);
}

static uint64_t digest_of(uint64_t seed, const uint8_t *key) {
        Values v;

        values_digest(&v, key);
        write_value(&v, seed);
        return values_digest_end(&v);
}

static void test_random(void) {
        g_autoptr(GHashTable) by_text = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free),
                              by_digest = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, g_free);
        unsigned n_again = 0;

        for (uint64_t seed = 0; seed < VALUES; seed++) {
                char *text = text_of(seed);
                const uint64_t digest = digest_of(seed, KEY);
                const uint64_t *known = g_hash_table_lookup(by_text, text);
                const char *known_text = g_hash_table_lookup(by_digest, &digest);

                g_assert_cmpuint(digest_of(seed, OTHER_KEY), !=, digest);
                if (known) {
                        n_again++;
                        g_assert_cmpuint(*known, ==, digest);
                }
                if (known_text)
                        g_assert_cmpstr(known_text, ==, text);
                g_hash_table_replace(by_digest, g_memdup2(&digest, sizeof(digest)), g_strdup(text));
                g_hash_table_replace(by_text, text, g_memdup2(&digest, sizeof(digest)));
        }
        /* Both equal and different pairs were there. */
        g_assert_cmpuint(n_again, >, 20);
        g_assert_cmpuint(g_hash_table_size(by_text), >, 100);
}

/* The border between two items is part of the value. */
static void test_boundaries(void) {
        static const char *const pairs[][2] = { { "ab", "c" }, { "a", "bc" }, { "", "abc" }, { "abc", "" } };
        uint64_t digests[ARRAY_SIZE(pairs)];

        for (size_t i = 0; i < ARRAY_SIZE(pairs); i++) {
                Values v;

                values_digest(&v, KEY);
                values_begin(&v, 'a', "s");
                values_string(&v, pairs[i][0]);
                values_string(&v, pairs[i][1]);
                values_end(&v);
                digests[i] = values_digest_end(&v);
                for (size_t k = 0; k < i; k++)
                        g_assert_cmpuint(digests[k], !=, digests[i]);
        }
}

/* Any byte of a long value counts, in whichever chunk it is. */
static void test_long(void) {
        g_autoptr(GHashTable) seen = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);

        for (unsigned i = 0; i < LONG_LEN; i++) {
                uint64_t digest;
                Values v;

                values_digest(&v, KEY);
                values_string(&v, long_text(i));
                digest = values_digest_end(&v);
                g_assert_true(g_hash_table_add(seen, g_memdup2(&digest, sizeof(digest))));
        }
}

/* Every byte of an address is written as inet_ntop() writes it. */
static void test_addresses(void) {
        for (unsigned i = 0; i < 256; i++) {
                const struct in_addr address = { htonl(i << 24 | (255 - i) << 16 | i << 8 | (i * 7 & 255)) };
                _cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL;
                char expected[INET_ADDRSTRLEN];
                const char *shown, *text;
                Values v;

                g_assert_cmpint(scratch_message_new(&m), >=, 0);
                values_into(&v, m);
                values_shown_address(&v, address);
                values_address(&v, (struct in_addr){ INADDR_ANY });
                g_assert_cmpint(v.r, >=, 0);
                g_assert_cmpint(scratch_message_seal(m), >=, 0);
                g_assert_cmpint(sd_bus_message_read(m, "ss", &shown, &text), >, 0);
                g_assert_nonnull(inet_ntop(AF_INET, &address, expected, sizeof(expected)));
                g_assert_cmpstr(shown, ==, expected);
                g_assert_cmpstr(text, ==, "");
        }
}

int main(int argc, char **argv) {
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/values/random", test_random);
        g_test_add_func("/values/boundaries", test_boundaries);
        g_test_add_func("/values/long", test_long);
        g_test_add_func("/values/addresses", test_addresses);
        return g_test_run();
}
