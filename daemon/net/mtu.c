/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Decides who owns the MTU of the interface and what to set it to (mtu.h). RFC 2132 §5.1. Pure.
 *
 * While mtu->before is set, mtu->current is the value that we set. If the kernel shows another value,
 * somebody else set it, and mtu->before is cleared.
 */
#include "net/mtu.h"

#define RETRY_USEC USEC_PER_SEC /* after the first refusal; doubles */

static void rest(Mtu *mtu) {
        mtu->tries = 0;
        mtu->retry_at = USEC_INFINITY;
}

void mtu_init(Mtu *mtu) {
        *mtu = (Mtu){ .retry_at = USEC_INFINITY };
}

void mtu_adopt(Mtu *mtu, uint32_t before, uint32_t set) {
        if (set == 0 || before == mtu->current)
                return;
        if (before != 0 && set == mtu->current)
                mtu->before = before;
        else
                mtu->yielded = set;
}

void mtu_forget(Mtu *mtu) {
        mtu->yielded = 0;
        mtu->n_bounced = 0;
}

bool mtu_note(Mtu *mtu, uint32_t current) {
        const bool was_ours = mtu->before != 0;

        if (current == mtu->current)
                return false;
        /*
         * This holds even if the MTU was not ours yet: whoever changes the MTU while the lease is held
         * knows better.
         */
        if (mtu->current != 0 && mtu->wanted != 0)
                mtu->yielded = mtu->wanted;
        mtu->current = current;
        mtu->before = 0;
        mtu->bounce_until = 0;
        return was_ours;
}

bool mtu_has_bounced(const Mtu *mtu, uint32_t value) {
        for (unsigned i = 0; i < mtu->n_bounced; i++)
                if (mtu->bounced[i] == value)
                        return true;
        return false;
}

bool mtu_is_denied(const Mtu *mtu) {
        return mtu->wanted != 0 && mtu->wanted != mtu->current && mtu->wanted != mtu->yielded &&
                (mtu->wanted == mtu->refused || mtu->n_bounced == MTU_BOUNCES_MAX ||
                 mtu_has_bounced(mtu, mtu->wanted));
}

/* Returns the MTU that the link should have; 0: the one that it has. */
static uint32_t target(const Mtu *mtu) {
        if (mtu->wanted == 0)
                return mtu->before;
        if (mtu->wanted == mtu->yielded)
                return 0;
        /*
         * A value that the link has already is not denied: keeping it costs nothing, even if setting it
         * did.
         */
        if (mtu_is_denied(mtu))
                return mtu->before;
        return mtu->wanted;
}

uint32_t mtu_decide(Mtu *mtu, usec_t now, uint32_t wanted, bool carrier) {
        uint32_t value;

        if (wanted != mtu->wanted) {
                mtu->wanted = wanted;
                mtu->refused = 0;
                /* A lease that comes back does not fight over the yielded value. Another value clears it. */
                if (wanted != 0 && wanted != mtu->yielded)
                        mtu->yielded = 0;
                rest(mtu);
        }
        if (mtu->current == 0)
                return 0;
        value = target(mtu);
        if (value == 0 || value == mtu->current) {
                rest(mtu);
                return 0;
        }
        if (value != mtu->before && !carrier) {
                rest(mtu);
                return 0;
        }
        return mtu->tries > 0 && now < mtu->retry_at ? 0 : value;
}

void mtu_done(Mtu *mtu, usec_t now, uint32_t value, bool success) {
        const bool back = value == mtu->before;

        if (!success) {
                mtu->retry_at = usec_add(now, RETRY_USEC << mtu->tries);
                if (++mtu->tries < MTU_TRIES_MAX)
                        return;
                rest(mtu);
                /* A value that cannot be put back is given up. */
                if (back)
                        mtu->before = 0;
                if (value == mtu->wanted)
                        mtu->refused = value;
                return;
        }
        if (back)
                mtu->before = 0;
        else if (mtu->before == 0)
                mtu->before = mtu->current;
        mtu->current = value;
        mtu->bounce_until = back ? 0 : usec_add(now, MTU_BOUNCE_USEC);
        rest(mtu);
}

void mtu_carrier_lost(Mtu *mtu, usec_t now) {
        if (now >= mtu->bounce_until)
                return;
        mtu->bounce_until = 0;
        if (mtu->n_bounced < MTU_BOUNCES_MAX && !mtu_has_bounced(mtu, mtu->current))
                mtu->bounced[mtu->n_bounced++] = mtu->current;
}

usec_t mtu_next_deadline(const Mtu *mtu) {
        return mtu->retry_at;
}
