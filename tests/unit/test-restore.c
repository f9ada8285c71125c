/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* net/restore.c: what others remove is put back after a growing wait, and in the end no more. */
#include <glib.h>
#include <string.h>

#include "net/restore.h"

#define T0 (1000 * USEC_PER_SEC)

/* Somebody takes something away at @now. Returns when it is put back. USEC_INFINITY: it is not put back. */
static usec_t lose(Restore *r, usec_t now) {
        switch (restore_decide(r, now)) {
        case RESTORE_NOW:
                break;
        case RESTORE_LATER:
                /* A question in between, for another reason, does not change the instant. */
                g_assert_cmpint(restore_decide(r, r->due_at - 1), ==, RESTORE_LATER);
                now = r->due_at;
                g_assert_cmpint(restore_decide(r, now), ==, RESTORE_NOW);
                break;
        case RESTORE_NEVER:
                g_assert_true(r->given_up);
                return USEC_INFINITY;
        }
        g_assert_false(r->given_up);
        restore_whole(r);
        return now;
}

/* Takes something away as soon as it is back. Returns how often it came back. */
static unsigned fight(Restore *r, usec_t *now) {
        for (unsigned n = 0;; n++) {
                const usec_t at = lose(r, *now);

                g_assert_cmpuint(n, <, 100);
                if (at == USEC_INFINITY)
                        return n;
                *now = at + 1;
        }
}

/*
 * restore_reset() forgets everything, whatever was in the memory, and at whatever point the quarrel was. The
 * host has just been started, so the clock itself is below RESTORE_HELD_USEC.
 */
static void test_reset(void) {
        for (unsigned n_losses = 0; n_losses <= RESTORES_MAX + 1; n_losses++)
                for (unsigned pending = 0; pending < 2; pending++) {
                        usec_t now = USEC_PER_SEC;
                        Restore r;

                        memset(&r, 0xff, sizeof(r));
                        restore_reset(&r);
                        g_assert_false(r.given_up);
                        g_assert_cmpuint(r.due_at, ==, USEC_INFINITY);
                        for (unsigned i = 0; i < n_losses; i++)
                                now = MIN(lose(&r, now), now + 60 * USEC_PER_SEC);
                        if (pending)
                                (void) restore_decide(&r, now);

                        restore_reset(&r);
                        g_assert_false(r.given_up);
                        g_assert_cmpuint(r.due_at, ==, USEC_INFINITY);
                        g_assert_cmpuint(lose(&r, now), ==, now + RESTORE_FIRST_USEC);
                        now += RESTORE_FIRST_USEC;
                        g_assert_cmpuint(fight(&r, &now), ==, RESTORES_MAX - 1);
                }
}

static void test_waits(void) {
        static const usec_t waits[RESTORES_MAX] = { 100 * USEC_PER_MSEC, 1 * USEC_PER_SEC, 4 * USEC_PER_SEC,
                                                    16 * USEC_PER_SEC };
        usec_t now = T0;
        Restore r;

        restore_reset(&r);
        for (size_t i = 0; i < RESTORES_MAX; i++) {
                g_assert_cmpuint(lose(&r, now), ==, now + waits[i]);
                now += waits[i] + USEC_PER_SEC;
        }
        g_assert_cmpuint(lose(&r, now), ==, USEC_INFINITY);
        for (unsigned i = 0; i < 1000; i++)
                g_assert_cmpint(restore_decide(&r, now += 3600 * USEC_PER_SEC), ==, RESTORE_NEVER);
}

static void test_anew(void) {
        usec_t now = T0;
        Restore r;

        restore_reset(&r);
        g_assert_cmpuint(fight(&r, &now), ==, RESTORES_MAX);
        /* The others put it back themselves, and take it away once more: this is the same quarrel. */
        restore_whole(&r);
        g_assert_false(r.given_up);
        g_assert_cmpuint(lose(&r, now + USEC_PER_SEC), ==, USEC_INFINITY);
        /* There is a renewal, or the user asks for one. */
        restore_reset(&r);
        g_assert_cmpuint(fight(&r, &now), ==, RESTORES_MAX);
}

/* If an object was there for long before it went, there was no quarrel. */
static void test_held(void) {
        usec_t now = T0;
        Restore r;

        restore_reset(&r);
        for (unsigned i = 0; i < 20; i++) {
                g_assert_cmpuint(lose(&r, now), ==, now + RESTORE_FIRST_USEC);
                now += RESTORE_FIRST_USEC + RESTORE_HELD_USEC;
        }
        now--;
        g_assert_cmpuint(lose(&r, now), ==, now + RESTORE_WAIT_USEC);
}

/* What was to be put back is there again, or it was put back and is still missing: the instant is over. */
static void test_instant_is_over(void) {
        Restore r;

        restore_reset(&r);
        g_assert_cmpint(restore_decide(&r, T0), ==, RESTORE_LATER);
        restore_whole(&r);
        g_assert_cmpuint(r.due_at, ==, USEC_INFINITY);
        g_assert_cmpuint(lose(&r, T0 + 10 * USEC_PER_SEC), ==, T0 + 10 * USEC_PER_SEC + RESTORE_FIRST_USEC);

        restore_reset(&r);
        g_assert_cmpint(restore_decide(&r, T0), ==, RESTORE_LATER);
        g_assert_cmpint(restore_decide(&r, T0 + RESTORE_FIRST_USEC), ==, RESTORE_NOW);
        g_assert_cmpint(restore_decide(&r, T0 + RESTORE_FIRST_USEC), ==, RESTORE_LATER);
        g_assert_cmpuint(r.due_at, ==, T0 + RESTORE_FIRST_USEC + RESTORE_WAIT_USEC);
}

int main(int argc, char *argv[]) {
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/restore/reset", test_reset);
        g_test_add_func("/restore/waits", test_waits);
        g_test_add_func("/restore/anew", test_anew);
        g_test_add_func("/restore/held", test_held);
        g_test_add_func("/restore/instant-is-over", test_instant_is_over);
        return g_test_run();
}
