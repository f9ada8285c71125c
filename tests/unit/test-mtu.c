/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * net/mtu.c: which MTU to set, and when; whether the value is ours; drivers that lose their carrier with
 * a change.
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

/* Runs a turn with a kernel that does as it is told. Returns the value that was set, or 0. */
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
        /* The notification of the kernel comes later, and is no news. */
        g_assert_false(mtu_note(&b.mtu, 1400));
        g_assert_cmpuint(turn(&b, 1400), ==, 0);
        /* After a second value of ours, the value from before the first one is put back. */
        g_assert_cmpuint(turn(&b, 1300), ==, 1300);
        g_assert_cmpuint(mtu_before(&b.mtu), ==, 1500);
        g_assert_cmpuint(turn(&b, 0), ==, 1500);
        g_assert_cmpuint(mtu_before(&b.mtu), ==, 0);
        g_assert_cmpuint(turn(&b, 0), ==, 0);
        g_assert_cmpuint(mtu_next_deadline(&b.mtu), ==, USEC_INFINITY);
        /* The same once more. */
        g_assert_cmpuint(turn(&b, 1400), ==, 1400);
        g_assert_cmpuint(turn(&b, 0), ==, 1500);
}

static void test_nothing_to_do(void) {
        Bench b = bench(1400);

        /* The link has the wanted value already: it is not ours, and nothing is put back. */
        g_assert_cmpuint(turn(&b, 1400), ==, 0);
        g_assert_cmpuint(mtu_before(&b.mtu), ==, 0);
        g_assert_cmpuint(turn(&b, 0), ==, 0);
        /* The server asks for the former value again: the value is not ours any more. */
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
        /*
         * The value is set by others: it is not fought over, however many turns there are, and not taken
         * back.
         */
        for (unsigned i = 0; i < 10; i++)
                g_assert_cmpuint(turn(&b, 1400), ==, 0);
        g_assert_false(mtu_is_denied(&b.mtu));
        g_assert_cmpuint(turn(&b, 0), ==, 0);
        /* The same lease that comes back does not fight over it either. */
        g_assert_cmpuint(turn(&b, 1400), ==, 0);
        /* We may set another value, and the value of the others is put back. */
        g_assert_cmpuint(turn(&b, 1300), ==, 1300);
        g_assert_cmpuint(mtu_before(&b.mtu), ==, 1450);
        g_assert_cmpuint(turn(&b, 0), ==, 1450);

        /* Others set the very value that was there before us. */
        b = bench(1500);
        g_assert_cmpuint(turn(&b, 1400), ==, 1400);
        g_assert_true(mtu_note(&b.mtu, 1500));
        g_assert_cmpuint(mtu_before(&b.mtu), ==, 0);
        g_assert_cmpuint(turn(&b, 1400), ==, 0);

        /* Others set it before we did, because there was no carrier. */
        b = bench(1500);
        g_assert_cmpuint(mtu_decide(&b.mtu, b.now, 1400, /* carrier= */ false), ==, 0);
        g_assert_false(mtu_note(&b.mtu, 1350));
        g_assert_cmpuint(turn(&b, 1400), ==, 0);

        /* What others set while there is no lease does not matter. */
        b = bench(1500);
        g_assert_false(mtu_note(&b.mtu, 1450));
        g_assert_cmpuint(turn(&b, 1400), ==, 1400);
        g_assert_cmpuint(turn(&b, 0), ==, 1450);

        /* The link is started anew: nothing is remembered. */
        b = bench(1500);
        g_assert_cmpuint(turn(&b, 1400), ==, 1400);
        g_assert_true(mtu_note(&b.mtu, 1450));
        mtu_forget(&b.mtu);
        g_assert_cmpuint(turn(&b, 1400), ==, 1400);
        g_assert_cmpuint(turn(&b, 0), ==, 1450);

        /* We yield one value. After another value of ours, the first one may be set again. */
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
        /* A value is put back without a carrier, too. */
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
                /* Not before the retry is due. */
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

        /* The link has a value of ours, which is no longer the one of the lease. */
        g_assert_cmpuint(turn(&b, 1400), ==, 1400);
        for (unsigned i = 0; i < MTU_TRIES_MAX; i++) {
                b.now += 10 * USEC_PER_SEC;
                g_assert_cmpuint(mtu_decide(&b.mtu, b.now, 9000, /* carrier= */ true), ==, 9000);
                mtu_done(&b.mtu, b.now, 9000, /* success= */ false);
        }
        g_assert_cmpuint(turn(&b, 9000), ==, 1500);
        g_assert_cmpuint(turn(&b, 9000), ==, 0);

        /* A value that cannot be put back is given up, so that a link can stop. */
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

/* The server wants the value that was there before: one refusal ends both. */
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

/* The wait for a retry ends together with its reason. */
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
        /* Somebody else changed the MTU in the meantime. */
        g_assert_cmpuint(mtu_decide(&b.mtu, b.now, 9000, /* carrier= */ true), ==, 9000);
        mtu_done(&b.mtu, b.now, 9000, /* success= */ false);
        g_assert_false(mtu_note(&b.mtu, 1450));
        g_assert_cmpuint(mtu_decide(&b.mtu, b.now, 9000, /* carrier= */ true), ==, 0);
        g_assert_cmpuint(mtu_next_deadline(&b.mtu), ==, USEC_INFINITY);
        mtu_forget(&b.mtu);
        /* The kernel accepted the value in the end. */
        g_assert_cmpuint(mtu_decide(&b.mtu, b.now, 9000, /* carrier= */ true), ==, 9000);
        mtu_done(&b.mtu, b.now, 9000, /* success= */ false);
        b.now = mtu_next_deadline(&b.mtu);
        g_assert_cmpuint(turn(&b, 9000), ==, 9000);
        g_assert_cmpuint(mtu_next_deadline(&b.mtu), ==, USEC_INFINITY);
        g_assert_cmpuint(turn(&b, 0), ==, 1450);
        /* The next value does not wait for the retry. */
        g_assert_cmpuint(mtu_decide(&b.mtu, b.now, 9000, /* carrier= */ true), ==, 9000);
        mtu_done(&b.mtu, b.now, 9000, /* success= */ false);
        g_assert_cmpuint(turn(&b, 1400), ==, 1400);
}

/* Every change costs the carrier, and the lease with it. Then the lease comes back with its MTU. */
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

        /* A server that sends another value each time does not make a loop of it either. */
        for (uint32_t value = 1000; value < 1100; value++) {
                if (turn(&b, value) != 0)
                        mtu_carrier_lost(&b.mtu, b.now + USEC_PER_SEC);
                b.now += 10 * USEC_PER_SEC;
        }
        g_assert_cmpuint(b.n_sets, <=, 2 + 2 * MTU_BOUNCES_MAX);
        g_assert_cmpuint(turn(&b, 0), ==, 0);
        g_assert_cmpuint(mtu_current(&b.mtu), ==, 1500);

        /* A value that is on the link stays: removing it would cost the carrier again. */
        b = bench(1500);
        g_assert_cmpuint(turn(&b, 1400), ==, 1400);
        mtu_carrier_lost(&b.mtu, b.now);
        g_assert_cmpuint(turn(&b, 1400), ==, 0);
        g_assert_cmpuint(mtu_current(&b.mtu), ==, 1400);
        g_assert_cmpuint(turn(&b, 0), ==, 1500);

        /*
         * A carrier that goes much later did not go because of the change. Neither did one that goes
         * after others set a value.
         */
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
 * What was yielded to others is reported, and nothing else. It is kept while no value is wanted, and
 * forgotten with the link.
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

        /* An earlier daemon yielded this value, and the link has it now. It still does not count as ours. */
        b = bench(1400);
        mtu_adopt(&b.mtu, 0, 1400);
        g_assert_cmpuint(mtu_yielded(&b.mtu), ==, 1400);
        g_assert_cmpuint(mtu_before(&b.mtu), ==, 0);
}

/* When a link is started anew, the value that cost the carrier is set once more. */
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

        /* The state that an earlier daemon left. */
        mtu_adopt(&b.mtu, 1500, 1400);
        g_assert_cmpuint(mtu_before(&b.mtu), ==, 1500);
        g_assert_cmpuint(turn(&b, 1400), ==, 0);
        g_assert_cmpuint(turn(&b, 0), ==, 1500);

        /* That daemon was killed before it made the change. */
        b = bench(1500);
        mtu_adopt(&b.mtu, 1500, 1400);
        g_assert_cmpuint(mtu_before(&b.mtu), ==, 0);
        g_assert_cmpuint(turn(&b, 0), ==, 0);
        g_assert_cmpuint(turn(&b, 1400), ==, 1400);

        /* Somebody else changed the MTU in the meantime. */
        b = bench(1450);
        mtu_adopt(&b.mtu, 1500, 1400);
        g_assert_cmpuint(turn(&b, 1400), ==, 0);
        g_assert_cmpuint(turn(&b, 0), ==, 0);
        g_assert_cmpuint(turn(&b, 1300), ==, 1300);

        /* Somebody else changed it while that daemon ran. */
        b = bench(1500);
        g_assert_cmpuint(turn(&b, 1400), ==, 1400);
        g_assert_true(mtu_note(&b.mtu, 1450));
        g_assert_cmpuint(mtu_yielded(&b.mtu), ==, 1400);
        b = bench(1450);
        mtu_adopt(&b.mtu, 0, 1400);
        g_assert_cmpuint(turn(&b, 1400), ==, 0);
        g_assert_cmpuint(mtu_before(&b.mtu), ==, 0);

        /* That daemon had set nothing. */
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

/* A value that costs the carrier a second time counts once. */
static void test_bounces_once(void) {
        Bench b = bench(1500);

        for (unsigned n = 0; n < 2 * MTU_BOUNCES_MAX; n++) {
                mtu_done(&b.mtu, b.now, 1400, /* success= */ true);
                mtu_carrier_lost(&b.mtu, b.now);
        }
        g_assert_cmpuint(turn(&b, 1300), ==, 1300);
}

/* Leaves one trace of each kind, by number. Returns false if there is no kind of this number. */
static bool leave_trace(Bench *b, unsigned kind) {
        switch (kind) {
        case 0: /* our value is on the link, and may cost the carrier */
                g_assert_cmpuint(turn(b, 1400), ==, 1400);
                return true;
        case 1: /* the carrier went, with as many values as are counted */
                for (uint32_t value = 1400; value < 1400 + MTU_BOUNCES_MAX; value++) {
                        g_assert_cmpuint(turn(b, value), ==, value);
                        mtu_carrier_lost(&b->mtu, b->now);
                }
                return true;
        case 2: /* somebody else has set another value */
                g_assert_cmpuint(turn(b, 1400), ==, 1400);
                g_assert_true(mtu_note(&b->mtu, 1450));
                return true;
        case 3: /* the kernel refuses the value, and is asked again later */
        case 4: /* for the last time */
                for (unsigned i = 0; i < (kind == 3 ? 1 : MTU_TRIES_MAX); i++) {
                        g_assert_cmpuint(mtu_decide(&b->mtu, b->now, 1400, /* carrier= */ true), ==, 1400);
                        mtu_done(&b->mtu, b->now, 1400, /* success= */ false);
                        b->now += 10 * USEC_PER_SEC;
                }
                return true;
        case 5: /* an earlier daemon set the value */
                g_assert_false(mtu_note(&b->mtu, 1400));
                mtu_adopt(&b->mtu, 1500, 1400);
                return true;
        }
        return false;
}

/* Checks what a new Mtu does with the value of the traces above. */
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
        /* The value that was wanted last is news for a new Mtu, although it is the same. */
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
