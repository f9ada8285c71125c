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

/*
 * RFC 2131 §4.4.5: the wait is half of the time that is left, and at least a minute if the lease is long. It
 * never passes the deadline.
 */
static void test_renew(void) {
        const usec_t now = 100 * USEC_PER_SEC, day = 86400 * USEC_PER_SEC;

        g_assert_cmpuint(dhcp4_backoff_renew_usec(now, now + 1000 * USEC_PER_SEC, day), ==,
                         500 * USEC_PER_SEC);
        g_assert_cmpuint(dhcp4_backoff_renew_usec(now, now + 120 * USEC_PER_SEC, day), ==,
                         60 * USEC_PER_SEC);
        g_assert_cmpuint(dhcp4_backoff_renew_usec(now, now + 61 * USEC_PER_SEC, day), ==, 60 * USEC_PER_SEC);
        g_assert_cmpuint(dhcp4_backoff_renew_usec(now, now + 60 * USEC_PER_SEC, day), ==, USEC_INFINITY);
        g_assert_cmpuint(dhcp4_backoff_renew_usec(now, now, day), ==, USEC_INFINITY);
        g_assert_cmpuint(dhcp4_backoff_renew_usec(now, now - 1, day), ==, USEC_INFINITY);
        g_assert_cmpuint(dhcp4_backoff_renew_usec(now, USEC_INFINITY, USEC_INFINITY), >, 365 * day);
        /* An unlimited lease is renewed when somebody asks for it. */
        g_assert_cmpuint(dhcp4_backoff_renew_usec(now, now + 90 * USEC_PER_SEC, USEC_INFINITY), ==,
                         60 * USEC_PER_SEC);
}

/* The shortest wait is a 64th of the lease, but at least a second and at most a minute. */
static void test_renew_short(void) {
        static const struct {
                unsigned lifetime_sec;
                usec_t least;
        } rows[] = {
                { 10, USEC_PER_SEC },        { 64, USEC_PER_SEC },         { 120, 1875 * USEC_PER_MSEC },
                { 640, 10 * USEC_PER_SEC },  { 3839, 59984375 },           { 3840, 60 * USEC_PER_SEC },
                { 3841, 60 * USEC_PER_SEC }, { 86400, 60 * USEC_PER_SEC },
        };

        for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
                const usec_t lifetime = rows[i].lifetime_sec * USEC_PER_SEC, least = rows[i].least;

                g_assert_cmpuint(dhcp4_backoff_renew_usec(0, 2 * least + 2, lifetime), ==, least + 1);
                g_assert_cmpuint(dhcp4_backoff_renew_usec(0, 2 * least - 2, lifetime), ==, least);
                g_assert_cmpuint(dhcp4_backoff_renew_usec(0, least + 1, lifetime), ==, least);
                g_assert_cmpuint(dhcp4_backoff_renew_usec(0, least, lifetime), ==, USEC_INFINITY);
        }
}

/* Returns how many REQUESTs a silent server gets from T1 to the expiry. */
static unsigned count_requests(usec_t lifetime) {
        const usec_t t1 = lifetime / 2, t2 = lifetime / 8 * 7;
        unsigned n = 0;

        for (usec_t at = t1; at < t2; at = usec_add(at, dhcp4_backoff_renew_usec(at, t2, lifetime)))
                n++;
        for (usec_t at = t2; at < lifetime;
             at = usec_add(at, dhcp4_backoff_renew_usec(at, lifetime, lifetime)))
                n++;
        return n;
}

/* Every lease has several attempts, and no lease floods a server that is silent. */
static void test_renew_attempts(void) {
        g_assert_cmpuint(count_requests(10 * USEC_PER_SEC), ==, 5);
        for (unsigned sec = 60; sec <= 4000; sec++) {
                g_assert_cmpuint(count_requests(sec * USEC_PER_SEC), >=, 10);
                g_assert_cmpuint(count_requests(sec * USEC_PER_SEC), <=, 12);
        }
        for (usec_t sec = 4000; sec < 400 * 86400; sec += sec / 3)
                g_assert_cmpuint(count_requests(sec * USEC_PER_SEC), <=, 40);
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
                /* Hosts that a server refused at the same time do not come back at the same time. */
                if (span < 300 * USEC_PER_SEC)
                        g_assert_cmpuint(high - low, >, span / 8);
        }
        g_assert_cmpuint(dhcp4_backoff_restart_usec(&prng, UINT_MAX), ==, 300 * USEC_PER_SEC);
}

/*
 * Ten addresses may be taken one after the other without a longer wait, because each of them is a
 * different one.
 */
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

/* A configured address is always the same one, so the wait grows. */
static void test_configured(void) {
        static const unsigned seconds[] = { 60, 120, 240, 300, 300 };
        static const uint8_t key[PRNG_KEY_LEN] = { 4 };
        Prng prng;

        prng_init(&prng, key);
        for (unsigned failure = 0; failure < G_N_ELEMENTS(seconds); failure++) {
                const usec_t span = seconds[failure] * USEC_PER_SEC,
                             drawn = dhcp4_backoff_configured_usec(&prng, failure);

                g_assert_cmpuint(drawn, >=, span);
                g_assert_cmpuint(drawn, <, span + span / 4);
        }
        g_assert_cmpuint(dhcp4_backoff_configured_usec(&prng, UINT_MAX), >=, 300 * USEC_PER_SEC);
}

/* The pace is stored as an instant. It is full at first, and never fuller than that. */
static void test_pace(void) {
        usec_t full_at = 0;

        for (unsigned i = 0; i < DHCP4_PACE_BURST; i++) {
                g_assert_cmpuint(dhcp4_pace_ready_at(full_at), <=, 100 * USEC_PER_SEC);
                full_at = dhcp4_pace_spend(full_at, 100 * USEC_PER_SEC);
        }
        g_assert_cmpuint(dhcp4_pace_ready_at(full_at), ==, 101 * USEC_PER_SEC);
        full_at = dhcp4_pace_spend(full_at, 101 * USEC_PER_SEC);
        g_assert_cmpuint(dhcp4_pace_ready_at(full_at), ==, 102 * USEC_PER_SEC);
        g_assert_cmpuint(full_at, ==, 117 * USEC_PER_SEC);
        /* A year of silence saves up no more. */
        full_at = dhcp4_pace_spend(full_at, 1000000 * USEC_PER_SEC);
        g_assert_cmpuint(full_at, ==, 1000001 * USEC_PER_SEC);
        g_assert_cmpuint(dhcp4_pace_spend(USEC_INFINITY - 1, 0), ==, USEC_INFINITY);
}

int main(int argc, char *argv[]) {
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/dhcp4-backoff/resend", test_resend);
        g_test_add_func("/dhcp4-backoff/renew", test_renew);
        g_test_add_func("/dhcp4-backoff/renew-short", test_renew_short);
        g_test_add_func("/dhcp4-backoff/renew-attempts", test_renew_attempts);
        g_test_add_func("/dhcp4-backoff/restart", test_restart);
        g_test_add_func("/dhcp4-backoff/conflict", test_conflict);
        g_test_add_func("/dhcp4-backoff/configured", test_configured);
        g_test_add_func("/dhcp4-backoff/pace", test_pace);
        return g_test_run();
}
