/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * net/mtu.c: which MTU to set, and when; whether the value is ours; drivers that lose their carrier for a
 * change.
 */
#include <glib.h>
#include <string.h>

#include "base/macro.h"
#include "net/mtu.h"

#define T0 (1000 * USEC_PER_SEC)

typedef struct Bench {
        Mtu mtu;
        usec_t now;
        unsigned n_sets;
} Bench;

static Bench bench(uint32_t current) {
        Bench b = { .now = T0 };

        mtu_init(&b.mtu);
        g_assert_false(mtu_note(&b.mtu, current));
        return b;
}

/* A turn, and a kernel that does as it is told. What was set, or 0. */
static uint32_t turn(Bench *b, uint32_t wanted) {
        const uint32_t value = mtu_decide(&b->mtu, b->now, wanted, /* carrier= */ true);

        if (value == 0)
                return 0;
        b->n_sets++;
        mtu_done(&b->mtu, b->now, value, /* success= */ true);
        g_assert_cmpuint(mtu_current(&b->mtu), ==, value);
        return value;
}

static void test_set_and_back(void) {
        Bench b = bench(1500);

        g_assert_cmpuint(turn(&b, 0), ==, 0);
        g_assert_cmpuint(turn(&b, 1400), ==, 1400);
        g_assert_cmpuint(mtu_before(&b.mtu), ==, 1500);
        /* The kernel's word for it comes later, and says nothing new. */
        g_assert_false(mtu_note(&b.mtu, 1400));
        g_assert_cmpuint(turn(&b, 1400), ==, 0);
        /* We set a second value: what was there before the first one comes back. */
        g_assert_cmpuint(turn(&b, 1300), ==, 1300);
        g_assert_cmpuint(mtu_before(&b.mtu), ==, 1500);
        g_assert_cmpuint(turn(&b, 0), ==, 1500);
        g_assert_cmpuint(mtu_before(&b.mtu), ==, 0);
        g_assert_cmpuint(turn(&b, 0), ==, 0);
        g_assert_cmpuint(mtu_next_deadline(&b.mtu), ==, USEC_INFINITY);
        /* And again. */
        g_assert_cmpuint(turn(&b, 1400), ==, 1400);
        g_assert_cmpuint(turn(&b, 0), ==, 1500);
}

static void test_nothing_to_do(void) {
        Bench b = bench(1400);

        /* As wanted: not ours, and nothing comes back. */
        g_assert_cmpuint(turn(&b, 1400), ==, 0);
        g_assert_cmpuint(mtu_before(&b.mtu), ==, 0);
        g_assert_cmpuint(turn(&b, 0), ==, 0);
        /* The server comes back to what was there: not ours any more. */
        g_assert_cmpuint(turn(&b, 1300), ==, 1300);
        g_assert_cmpuint(turn(&b, 1400), ==, 1400);
        g_assert_cmpuint(mtu_before(&b.mtu), ==, 0);
        /* Nothing is known of the link yet. */
        mtu_init(&b.mtu);
        g_assert_cmpuint(turn(&b, 1300), ==, 0);
        g_assert_false(mtu_note(&b.mtu, 1500));
        g_assert_cmpuint(turn(&b, 1300), ==, 1300);
}

static void test_others(void) {
        Bench b = bench(1500);

        g_assert_cmpuint(turn(&b, 1400), ==, 1400);
        g_assert_true(mtu_note(&b.mtu, 1450));
        /* Theirs: not fought over, whatever turns there are, and not taken back. */
        for (unsigned i = 0; i < 10; i++)
                g_assert_cmpuint(turn(&b, 1400), ==, 0);
        g_assert_false(mtu_is_denied(&b.mtu));
        g_assert_cmpuint(turn(&b, 0), ==, 0);
        /* Nor by the same lease that comes back. */
        g_assert_cmpuint(turn(&b, 1400), ==, 0);
        /* We may set another value, and the value of the others comes back. */
        g_assert_cmpuint(turn(&b, 1300), ==, 1300);
        g_assert_cmpuint(mtu_before(&b.mtu), ==, 1450);
        g_assert_cmpuint(turn(&b, 0), ==, 1450);

        /* To the very value that was there before us. */
        b = bench(1500);
        g_assert_cmpuint(turn(&b, 1400), ==, 1400);
        g_assert_true(mtu_note(&b.mtu, 1500));
        g_assert_cmpuint(mtu_before(&b.mtu), ==, 0);
        g_assert_cmpuint(turn(&b, 1400), ==, 0);

        /* Before we came to it, for want of a carrier. */
        b = bench(1500);
        g_assert_cmpuint(mtu_decide(&b.mtu, b.now, 1400, /* carrier= */ false), ==, 0);
        g_assert_false(mtu_note(&b.mtu, 1350));
        g_assert_cmpuint(turn(&b, 1400), ==, 0);

        /* Without a lease it is nobody's business. */
        b = bench(1500);
        g_assert_false(mtu_note(&b.mtu, 1450));
        g_assert_cmpuint(turn(&b, 1400), ==, 1400);
        g_assert_cmpuint(turn(&b, 0), ==, 1450);

        /* Started anew by somebody: as if nothing had been. */
        b = bench(1500);
        g_assert_cmpuint(turn(&b, 1400), ==, 1400);
        g_assert_true(mtu_note(&b.mtu, 1450));
        mtu_forget(&b.mtu);
        g_assert_cmpuint(turn(&b, 1400), ==, 1400);
        g_assert_cmpuint(turn(&b, 0), ==, 1450);

        /* We yield in respect of one value. After another value of ours, the first may be set again. */
        b = bench(1500);
        g_assert_cmpuint(turn(&b, 1400), ==, 1400);
        g_assert_true(mtu_note(&b.mtu, 1450));
        g_assert_cmpuint(turn(&b, 1300), ==, 1300);
        g_assert_cmpuint(turn(&b, 1400), ==, 1400);
}

static void test_carrier(void) {
        Bench b = bench(1500);

        g_assert_cmpuint(mtu_decide(&b.mtu, b.now, 1400, /* carrier= */ false), ==, 0);
        g_assert_cmpuint(turn(&b, 1400), ==, 1400);
        /* Back it comes without one. */
        g_assert_cmpuint(mtu_decide(&b.mtu, b.now, 0, /* carrier= */ false), ==, 1500);
}

static void test_refused(void) {
        Bench b = bench(1500);
        uint32_t tries = 0;

        while (tries < 100) {
                const uint32_t value = mtu_decide(&b.mtu, b.now, 9000, /* carrier= */ true);

                if (value == 0)
                        break;
                g_assert_cmpuint(value, ==, 9000);
                mtu_done(&b.mtu, b.now, value, /* success= */ false);
                tries++;
                /* Not before its time. */
                g_assert_cmpuint(mtu_decide(&b.mtu, b.now, 9000, /* carrier= */ true), ==, 0);
                if (mtu_next_deadline(&b.mtu) == USEC_INFINITY)
                        continue;
                g_assert_cmpuint(mtu_next_deadline(&b.mtu), >, b.now);
                g_assert_false(mtu_is_refused(&b.mtu));
                b.now = mtu_next_deadline(&b.mtu);
        }
        g_assert_cmpuint(tries, ==, MTU_TRIES_MAX);
        g_assert_true(mtu_is_refused(&b.mtu));
        g_assert_cmpuint(mtu_next_deadline(&b.mtu), ==, USEC_INFINITY);
        g_assert_cmpuint(mtu_current(&b.mtu), ==, 1500);
        g_assert_cmpuint(turn(&b, 0), ==, 0);
        g_assert_false(mtu_is_refused(&b.mtu));

        /* Over a value of ours, which is not what the lease says any more. */
        g_assert_cmpuint(turn(&b, 1400), ==, 1400);
        for (unsigned i = 0; i < MTU_TRIES_MAX; i++) {
                b.now += 10 * USEC_PER_SEC;
                g_assert_cmpuint(mtu_decide(&b.mtu, b.now, 9000, /* carrier= */ true), ==, 9000);
                mtu_done(&b.mtu, b.now, 9000, /* success= */ false);
        }
        g_assert_cmpuint(turn(&b, 9000), ==, 1500);
        g_assert_cmpuint(turn(&b, 9000), ==, 0);

        /* What cannot be put back is given up, and a link that stops is not held up by it. */
        g_assert_cmpuint(turn(&b, 1400), ==, 1400);
        for (unsigned i = 0; i < MTU_TRIES_MAX; i++) {
                b.now += 10 * USEC_PER_SEC;
                g_assert_cmpuint(mtu_decide(&b.mtu, b.now, 0, /* carrier= */ true), ==, 1500);
                mtu_done(&b.mtu, b.now, 1500, /* success= */ false);
        }
        g_assert_cmpuint(turn(&b, 0), ==, 0);
        g_assert_cmpuint(mtu_before(&b.mtu), ==, 0);
        g_assert_cmpuint(mtu_next_deadline(&b.mtu), ==, USEC_INFINITY);
}

/* The server wants what was there before: the same refusal ends both. */
static void test_refused_back_as_wanted(void) {
        Bench b = bench(1500);

        g_assert_cmpuint(turn(&b, 1400), ==, 1400);
        for (unsigned i = 0; i < MTU_TRIES_MAX; i++) {
                b.now += 10 * USEC_PER_SEC;
                g_assert_cmpuint(mtu_decide(&b.mtu, b.now, 1500, /* carrier= */ true), ==, 1500);
                mtu_done(&b.mtu, b.now, 1500, /* success= */ false);
        }
        g_assert_cmpuint(turn(&b, 1500), ==, 0);
        g_assert_true(mtu_is_refused(&b.mtu));
        g_assert_cmpuint(turn(&b, 0), ==, 0);
}

/* Waits for a retry end with what they were for. */
static void test_refused_and_gone(void) {
        Bench b = bench(1500);

        g_assert_cmpuint(mtu_decide(&b.mtu, b.now, 9000, /* carrier= */ true), ==, 9000);
        mtu_done(&b.mtu, b.now, 9000, /* success= */ false);
        g_assert_cmpuint(mtu_next_deadline(&b.mtu), <, USEC_INFINITY);
        g_assert_cmpuint(mtu_decide(&b.mtu, b.now, 9000, /* carrier= */ false), ==, 0);
        g_assert_cmpuint(mtu_next_deadline(&b.mtu), ==, USEC_INFINITY);

        g_assert_cmpuint(mtu_decide(&b.mtu, b.now, 9000, /* carrier= */ true), ==, 9000);
        mtu_done(&b.mtu, b.now, 9000, /* success= */ false);
        g_assert_cmpuint(turn(&b, 0), ==, 0);
        g_assert_cmpuint(mtu_next_deadline(&b.mtu), ==, USEC_INFINITY);
        /* Somebody else changed the MTU meanwhile. */
        g_assert_cmpuint(mtu_decide(&b.mtu, b.now, 9000, /* carrier= */ true), ==, 9000);
        mtu_done(&b.mtu, b.now, 9000, /* success= */ false);
        g_assert_false(mtu_note(&b.mtu, 1450));
        g_assert_cmpuint(mtu_decide(&b.mtu, b.now, 9000, /* carrier= */ true), ==, 0);
        g_assert_cmpuint(mtu_next_deadline(&b.mtu), ==, USEC_INFINITY);
        mtu_forget(&b.mtu);
        /* It was taken in the end. */
        g_assert_cmpuint(mtu_decide(&b.mtu, b.now, 9000, /* carrier= */ true), ==, 9000);
        mtu_done(&b.mtu, b.now, 9000, /* success= */ false);
        b.now = mtu_next_deadline(&b.mtu);
        g_assert_cmpuint(turn(&b, 9000), ==, 9000);
        g_assert_cmpuint(mtu_next_deadline(&b.mtu), ==, USEC_INFINITY);
        g_assert_cmpuint(turn(&b, 0), ==, 1450);
        /* And the next value does not wait for them. */
        g_assert_cmpuint(mtu_decide(&b.mtu, b.now, 9000, /* carrier= */ true), ==, 9000);
        mtu_done(&b.mtu, b.now, 9000, /* success= */ false);
        g_assert_cmpuint(turn(&b, 1400), ==, 1400);
}

/* Every change takes the carrier, and the lease with it. Then the lease comes back with its MTU. */
static void test_bounce(void) {
        Bench b = bench(1500);

        for (unsigned i = 0; i < 50; i++) {
                if (turn(&b, 1400) != 0)
                        mtu_carrier_lost(&b.mtu, b.now + USEC_PER_SEC);
                b.now += 10 * USEC_PER_SEC;
                if (turn(&b, 0) != 0)
                        mtu_carrier_lost(&b.mtu, b.now + USEC_PER_SEC);
                b.now += 10 * USEC_PER_SEC;
        }
        g_assert_cmpuint(b.n_sets, ==, 2);
        g_assert_cmpuint(mtu_current(&b.mtu), ==, 1500);
        g_assert_true(mtu_has_bounced(&b.mtu, 1400));
        g_assert_false(mtu_has_bounced(&b.mtu, 1500));
        g_assert_false(mtu_is_denied(&b.mtu));
        g_assert_cmpuint(turn(&b, 1400), ==, 0);
        g_assert_true(mtu_is_denied(&b.mtu));

        /* A server that has another value each time does not make a loop of it either. */
        for (uint32_t value = 1000; value < 1100; value++) {
                if (turn(&b, value) != 0)
                        mtu_carrier_lost(&b.mtu, b.now + USEC_PER_SEC);
                b.now += 10 * USEC_PER_SEC;
        }
        g_assert_cmpuint(b.n_sets, <=, 2 + 2 * MTU_BOUNCES_MAX);
        g_assert_cmpuint(turn(&b, 0), ==, 0);
        g_assert_cmpuint(mtu_current(&b.mtu), ==, 1500);

        /* While the value is on the link it stays: to take it off would cost the carrier again. */
        b = bench(1500);
        g_assert_cmpuint(turn(&b, 1400), ==, 1400);
        mtu_carrier_lost(&b.mtu, b.now);
        g_assert_cmpuint(turn(&b, 1400), ==, 0);
        g_assert_cmpuint(mtu_current(&b.mtu), ==, 1400);
        g_assert_cmpuint(turn(&b, 0), ==, 1500);

        /* A carrier that goes much later went by itself, and so did one after what others set. */
        b = bench(1500);
        g_assert_cmpuint(turn(&b, 1400), ==, 1400);
        mtu_carrier_lost(&b.mtu, b.now + MTU_BOUNCE_USEC);
        g_assert_false(mtu_has_bounced(&b.mtu, 1400));
        g_assert_cmpuint(turn(&b, 1300), ==, 1300);
        g_assert_true(mtu_note(&b.mtu, 1200));
        mtu_carrier_lost(&b.mtu, b.now);
        g_assert_false(mtu_has_bounced(&b.mtu, 1200));
        g_assert_false(mtu_has_bounced(&b.mtu, 1300));
}

/*
 * What was yielded to others, and nothing else, is told, kept while nothing is wanted, and forgotten with
 * the link.
 */
static void test_yielded(void) {
        Bench b = bench(1500);

        g_assert_cmpuint(turn(&b, 1400), ==, 1400);
        g_assert_cmpuint(mtu_yielded(&b.mtu), ==, 0);
        g_assert_true(mtu_note(&b.mtu, 1450));
        g_assert_cmpuint(mtu_yielded(&b.mtu), ==, 1400);
        g_assert_cmpuint(turn(&b, 0), ==, 0);
        g_assert_false(mtu_is_denied(&b.mtu));
        g_assert_false(mtu_note(&b.mtu, 1460)); /* once more, and there is no lease */
        g_assert_cmpuint(mtu_yielded(&b.mtu), ==, 1400);
        g_assert_cmpuint(turn(&b, 1400), ==, 0);
        g_assert_cmpuint(turn(&b, 1300), ==, 1300);
        g_assert_cmpuint(mtu_yielded(&b.mtu), ==, 0);
        g_assert_true(mtu_note(&b.mtu, 1450));
        mtu_forget(&b.mtu);
        g_assert_cmpuint(mtu_yielded(&b.mtu), ==, 0);

        /* An earlier daemon yielded, and the link has the value now. It still does not count as ours. */
        b = bench(1400);
        mtu_adopt(&b.mtu, 0, 1400);
        g_assert_cmpuint(mtu_yielded(&b.mtu), ==, 1400);
        g_assert_cmpuint(mtu_before(&b.mtu), ==, 0);
}

/* A link that is started anew sets once more the value that took the carrier. */
static void test_bounce_forgotten(void) {
        Bench b = bench(1500);

        for (uint32_t value = 1400; value < 1400 + MTU_BOUNCES_MAX; value++) {
                g_assert_cmpuint(turn(&b, value), ==, value);
                mtu_carrier_lost(&b.mtu, b.now);
        }
        mtu_forget(&b.mtu);
        mtu_carrier_lost(&b.mtu, b.now);
        for (uint32_t value = 1400; value < 1400 + MTU_BOUNCES_MAX; value++) {
                g_assert_false(mtu_has_bounced(&b.mtu, value));
                g_assert_cmpuint(turn(&b, value), ==, value);
                mtu_carrier_lost(&b.mtu, b.now);
                g_assert_true(mtu_has_bounced(&b.mtu, value));
        }
}

static void test_adopt(void) {
        Bench b = bench(1400);

        /* As a daemon before us left it. */
        mtu_adopt(&b.mtu, 1500, 1400);
        g_assert_cmpuint(mtu_before(&b.mtu), ==, 1500);
        g_assert_cmpuint(turn(&b, 1400), ==, 0);
        g_assert_cmpuint(turn(&b, 0), ==, 1500);

        /* It was killed before the change was made. */
        b = bench(1500);
        mtu_adopt(&b.mtu, 1500, 1400);
        g_assert_cmpuint(mtu_before(&b.mtu), ==, 0);
        g_assert_cmpuint(turn(&b, 0), ==, 0);
        g_assert_cmpuint(turn(&b, 1400), ==, 1400);

        /* Somebody else was here meanwhile. */
        b = bench(1450);
        mtu_adopt(&b.mtu, 1500, 1400);
        g_assert_cmpuint(turn(&b, 1400), ==, 0);
        g_assert_cmpuint(turn(&b, 0), ==, 0);
        g_assert_cmpuint(turn(&b, 1300), ==, 1300);

        /* Or had been, while that daemon ran. */
        b = bench(1500);
        g_assert_cmpuint(turn(&b, 1400), ==, 1400);
        g_assert_true(mtu_note(&b.mtu, 1450));
        g_assert_cmpuint(mtu_yielded(&b.mtu), ==, 1400);
        b = bench(1450);
        mtu_adopt(&b.mtu, 0, 1400);
        g_assert_cmpuint(turn(&b, 1400), ==, 0);
        g_assert_cmpuint(mtu_before(&b.mtu), ==, 0);

        /* There was nothing of ours. */
        b = bench(1400);
        mtu_adopt(&b.mtu, 0, 0);
        g_assert_cmpuint(turn(&b, 0), ==, 0);
        mtu_adopt(&b.mtu, 1400, 1400);
        g_assert_cmpuint(mtu_before(&b.mtu), ==, 0);
}

/*
 * After so many values have taken the carrier, none is set any more. The bound holds even for a caller that
 * sets a value which net/mtu.c did not choose.
 */
static void test_bounces_max(void) {
        Bench b = bench(1500);
        uint32_t value = 1400;

        for (unsigned n = 0; n < MTU_BOUNCES_MAX; n++, value++) {
                g_assert_cmpuint(turn(&b, value), ==, value);
                mtu_carrier_lost(&b.mtu, b.now + MTU_BOUNCE_USEC - 1);
                g_assert_true(mtu_has_bounced(&b.mtu, value));
                g_assert_false(mtu_is_denied(&b.mtu)); /* it is on the link */
        }
        g_assert_cmpuint(turn(&b, value), ==, 1500);
        g_assert_true(mtu_is_denied(&b.mtu));
        g_assert_false(mtu_has_bounced(&b.mtu, value));

        for (value = 2000; value < 2000 + 3 * MTU_BOUNCES_MAX; value++) {
                mtu_done(&b.mtu, b.now, value, /* success= */ true);
                mtu_carrier_lost(&b.mtu, b.now);
                g_assert_false(mtu_has_bounced(&b.mtu, value));
        }
        for (value = 1400; value < 1400 + MTU_BOUNCES_MAX; value++)
                g_assert_true(mtu_has_bounced(&b.mtu, value));
}

/* A value that takes the carrier again is one value. */
static void test_bounces_once(void) {
        Bench b = bench(1500);

        for (unsigned n = 0; n < 2 * MTU_BOUNCES_MAX; n++) {
                mtu_done(&b.mtu, b.now, 1400, /* success= */ true);
                mtu_carrier_lost(&b.mtu, b.now);
        }
        g_assert_cmpuint(turn(&b, 1300), ==, 1300);
}

/* One trace of each kind, by number. Returns false if there is no such one. */
static bool leave_trace(Bench *b, unsigned kind) {
        switch (kind) {
        case 0: /* ours is on the link, and the carrier might go by it */
                g_assert_cmpuint(turn(b, 1400), ==, 1400);
                return true;
        case 1: /* it went by it, by as many values as are counted */
                for (uint32_t value = 1400; value < 1400 + MTU_BOUNCES_MAX; value++) {
                        g_assert_cmpuint(turn(b, value), ==, value);
                        mtu_carrier_lost(&b->mtu, b->now);
                }
                return true;
        case 2: /* somebody else has another one */
                g_assert_cmpuint(turn(b, 1400), ==, 1400);
                g_assert_true(mtu_note(&b->mtu, 1450));
                return true;
        case 3: /* the kernel refuses it, and is asked again later */
        case 4: /* for the last time */
                for (unsigned i = 0; i < (kind == 3 ? 1 : MTU_TRIES_MAX); i++) {
                        g_assert_cmpuint(mtu_decide(&b->mtu, b->now, 1400, /* carrier= */ true), ==, 1400);
                        mtu_done(&b->mtu, b->now, 1400, /* success= */ false);
                        b->now += 10 * USEC_PER_SEC;
                }
                return true;
        case 5: /* a daemon before us set it */
                g_assert_false(mtu_note(&b->mtu, 1400));
                mtu_adopt(&b->mtu, 1500, 1400);
                return true;
        }
        return false;
}

/* What a new Mtu does, with the value of the traces above. */
static void check_new(Mtu *mtu) {
        Bench b;

        g_assert_cmpuint(mtu_current(mtu), ==, 0);
        g_assert_cmpuint(mtu_before(mtu), ==, 0);
        g_assert_cmpuint(mtu_yielded(mtu), ==, 0);
        g_assert_false(mtu_is_refused(mtu));
        g_assert_false(mtu_is_denied(mtu));
        g_assert_cmpuint(mtu_next_deadline(mtu), ==, USEC_INFINITY);
        mtu_carrier_lost(mtu, T0);
        g_assert_false(mtu_has_bounced(mtu, 0));
        for (uint32_t value = 1400; value < 1400 + MTU_BOUNCES_MAX; value++)
                g_assert_false(mtu_has_bounced(mtu, value));
        g_assert_cmpuint(mtu_decide(mtu, T0, 1400, /* carrier= */ true), ==, 0);

        g_assert_false(mtu_note(mtu, 1500));
        b = (Bench){ .mtu = *mtu, .now = T0 };
        g_assert_cmpuint(mtu_decide(&b.mtu, b.now, 1400, /* carrier= */ true), ==, 1400);
        mtu_done(&b.mtu, b.now, 1400, /* success= */ false);
        g_assert_cmpuint(mtu_next_deadline(&b.mtu), ==, T0 + USEC_PER_SEC);
        b.now += USEC_PER_SEC;
        g_assert_cmpuint(turn(&b, 1400), ==, 1400);
        g_assert_cmpuint(mtu_before(&b.mtu), ==, 1500);
        g_assert_cmpuint(turn(&b, 0), ==, 1500);
}

/* mtu_init() leaves nothing of an earlier life, whatever was in the memory. */
static void test_init(void) {
        Bench b;

        memset(&b, 0xff, sizeof(b));
        mtu_init(&b.mtu);
        check_new(&b.mtu);
        for (unsigned kind = 0;; kind++) {
                b = bench(1500);
                if (!leave_trace(&b, kind))
                        break;
                mtu_init(&b.mtu);
                check_new(&b.mtu);
        }
        /* What was wanted last: it is news for a new one, although the value is the same. */
        b = bench(1500);
        (void) turn(&b, 1400);
        mtu_init(&b.mtu);
        g_assert_false(mtu_note(&b.mtu, 1500));
        g_assert_false(mtu_note(&b.mtu, 1450));
        g_assert_cmpuint(turn(&b, 1400), ==, 1400);
}

int main(int argc, char *argv[]) {
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/mtu/set-and-back", test_set_and_back);
        g_test_add_func("/mtu/nothing-to-do", test_nothing_to_do);
        g_test_add_func("/mtu/others", test_others);
        g_test_add_func("/mtu/carrier", test_carrier);
        g_test_add_func("/mtu/refused", test_refused);
        g_test_add_func("/mtu/refused-back-as-wanted", test_refused_back_as_wanted);
        g_test_add_func("/mtu/refused-and-gone", test_refused_and_gone);
        g_test_add_func("/mtu/bounce", test_bounce);
        g_test_add_func("/mtu/yielded", test_yielded);
        g_test_add_func("/mtu/bounce-forgotten", test_bounce_forgotten);
        g_test_add_func("/mtu/adopt", test_adopt);
        g_test_add_func("/mtu/bounces-max", test_bounces_max);
        g_test_add_func("/mtu/bounces-once", test_bounces_once);
        g_test_add_func("/mtu/init", test_init);
        return g_test_run();
}
