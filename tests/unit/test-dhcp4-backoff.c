/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * When to send again (core/dhcp4-backoff.c): bounds of every span, over many draws.
 */
#include <glib.h>

#include "core/dhcp4-backoff.h"

static void test_resend(void) {
        static const unsigned seconds[] = { 1, 2, 4, 8, 16, 32, 64, 64, 64 };
        static const uint8_t key[PRNG_KEY_LEN] = { 1 };
        Prng prng;

        prng_init(&prng, key);
        for (unsigned attempt = 1; attempt <= G_N_ELEMENTS(seconds); attempt++) {
                const usec_t span = seconds[attempt - 1] * USEC_PER_SEC,
                             jitter = attempt == 1 ? span / 2 : USEC_PER_SEC;
                usec_t low = USEC_INFINITY, high = 0;

                for (unsigned i = 0; i < 2000; i++) {
                        const usec_t drawn = dhcp4_backoff_resend_usec(&prng, attempt);

                        low = MIN(low, drawn);
                        high = MAX(high, drawn);
                }
                g_assert_cmpuint(low, >=, span - jitter);
                g_assert_cmpuint(high, <, span + jitter);
                /* The draws fill the range. */
                g_assert_cmpuint(low, <, span - jitter * 9 / 10);
                g_assert_cmpuint(high, >, span + jitter * 9 / 10);
        }
        g_assert_cmpuint(dhcp4_backoff_resend_usec(&prng, UINT_MAX), <=, 65 * USEC_PER_SEC);
}

/* RFC 2131 §4.4.5: half of what is left, not below a minute; and the deadline itself is never passed. */
static void test_renew(void) {
        const usec_t now = 100 * USEC_PER_SEC;

        g_assert_cmpuint(dhcp4_backoff_renew_usec(now, now + 1000 * USEC_PER_SEC), ==, 500 * USEC_PER_SEC);
        g_assert_cmpuint(dhcp4_backoff_renew_usec(now, now + 120 * USEC_PER_SEC), ==, 60 * USEC_PER_SEC);
        g_assert_cmpuint(dhcp4_backoff_renew_usec(now, now + 61 * USEC_PER_SEC), ==, 60 * USEC_PER_SEC);
        g_assert_cmpuint(dhcp4_backoff_renew_usec(now, now + 60 * USEC_PER_SEC), ==, USEC_INFINITY);
        g_assert_cmpuint(dhcp4_backoff_renew_usec(now, now), ==, USEC_INFINITY);
        g_assert_cmpuint(dhcp4_backoff_renew_usec(now, now - 1), ==, USEC_INFINITY);
        g_assert_cmpuint(dhcp4_backoff_renew_usec(now, USEC_INFINITY), >, 365 * 86400 * USEC_PER_SEC);
}

static void test_restart(void) {
        static const unsigned seconds[] = { 1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300 };
        static const uint8_t key[PRNG_KEY_LEN] = { 2 };
        Prng prng;

        prng_init(&prng, key);
        for (unsigned failure = 0; failure < G_N_ELEMENTS(seconds); failure++) {
                const usec_t span = seconds[failure] * USEC_PER_SEC;
                usec_t low = USEC_INFINITY, high = 0;

                for (unsigned i = 0; i < 500; i++) {
                        const usec_t drawn = dhcp4_backoff_restart_usec(&prng, failure);

                        low = MIN(low, drawn);
                        high = MAX(high, drawn);
                }
                g_assert_cmpuint(low, >=, span);
                g_assert_cmpuint(high, <=, MIN(span + span / 4, 300 * USEC_PER_SEC));
                /* Hosts that a server refused together do not come back together. */
                if (span < 300 * USEC_PER_SEC)
                        g_assert_cmpuint(high - low, >, span / 8);
        }
        g_assert_cmpuint(dhcp4_backoff_restart_usec(&prng, UINT_MAX), ==, 300 * USEC_PER_SEC);
}

/* Ten addresses may be taken one after the other without a longer wait: each is another one. */
static void test_conflict(void) {
        static const uint8_t key[PRNG_KEY_LEN] = { 3 };
        Prng prng;

        prng_init(&prng, key);
        for (unsigned failure = 0; failure < 20; failure++) {
                const usec_t span = (failure < 10 ? 10 : 60) * USEC_PER_SEC,
                             drawn = dhcp4_backoff_conflict_usec(&prng, failure);

                g_assert_cmpuint(drawn, >=, span);
                g_assert_cmpuint(drawn, <, span + span / 4);
        }
}

int main(int argc, char *argv[]) {
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/dhcp4-backoff/resend", test_resend);
        g_test_add_func("/dhcp4-backoff/renew", test_renew);
        g_test_add_func("/dhcp4-backoff/restart", test_restart);
        g_test_add_func("/dhcp4-backoff/conflict", test_conflict);
        return g_test_run();
}
