/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * The MTU of the interface itself, for UseMTU=link: what to set it to, and when to put back what was there
 * before.
 *
 * Pure: mtu_decide() says what to set now, mtu_done() hears what became of it. Only one question needs
 * memory: whose is the value that is on the link? It is ours from a change that succeeded until somebody
 * else makes another one. What others set is theirs from then on: it is what a later change of ours puts
 * back, and it is not fought over.
 *
 * Some drivers reset the device for a change of the MTU, which takes the carrier, and with it perhaps the
 * lease that wanted the change: set, lost, set back, got, set, without end. So a value whose setting took
 * the carrier is not set again.
 *
 * If the lease is lost with the carrier that a change took, the value stays until the server has confirmed
 * the lease or refused it, because setting it back would take the carrier once more.
 */
#include <stdbool.h>
#include <stdint.h>

#include "base/usec.h"

#define MTU_BOUNCES_MAX 4u /* values that took the carrier; with so many of them nothing is set any more */
#define MTU_TRIES_MAX   3u /* for one value, when the kernel refuses it */
/*
 * A carrier that goes within this span of a change went because of it. Link events of the kernel may wait a
 * second.
 */
#define MTU_BOUNCE_USEC (3 * USEC_PER_SEC)

typedef struct Mtu {
        /* private to net/mtu.c */
        uint32_t current; /* bytes, as the link has it; 0: not known */
        uint32_t before;  /* to be put back: what is there is ours; 0: it is not */
        uint32_t wanted;  /* of the last mtu_decide() */
        /* somebody else changed the MTU while this was wanted, so it is not set; 0: none */
        uint32_t yielded;
        uint32_t refused;    /* the kernel does not take this one; 0: none */
        unsigned tries;      /* refused in a row, so far */
        usec_t retry_at;     /* instant, USEC_INFINITY: nothing waits */
        usec_t bounce_until; /* a carrier lost before that was taken by @current */
        uint32_t bounced[MTU_BOUNCES_MAX];
        unsigned n_bounced;
} Mtu;

void mtu_init(Mtu *mtu);

/*
 * Takes over what an earlier run of the daemon recorded. Call it after mtu_note(). @before is what
 * mtu_before() was. @set is the value that was set then or, if @before is 0, what mtu_yielded() was. If the
 * link still has @set, that value is ours. If it has @before, the change was never made. Any other value is
 * somebody else's.
 */
void mtu_adopt(Mtu *mtu, uint32_t before, uint32_t set);

/* Call it when the link is stopped. It forgets why a value was not set, so the next start may set it. */
void mtu_forget(Mtu *mtu);

/* Takes note of the MTU that the kernel shows. Returns true if somebody else changed what was ours. */
bool mtu_note(Mtu *mtu, uint32_t current);

/*
 * Returns the MTU to set on the link at once, in bytes; 0: none. @wanted is what the network asks for. If it
 * is 0, the MTU from before comes back. Without @carrier nothing new is set. After a result that is not 0,
 * mtu_done() must be called before the next call.
 */
uint32_t mtu_decide(Mtu *mtu, usec_t now, uint32_t wanted, bool carrier);

/*
 * Takes note of what became of @value of mtu_decide(). After a success the link has it, even if the kernel's
 * notification comes later.
 */
void mtu_done(Mtu *mtu, usec_t now, uint32_t value, bool success);

void mtu_carrier_lost(Mtu *mtu, usec_t now);

/* Returns true if the link once lost its carrier when @value was set. */
bool mtu_has_bounced(const Mtu *mtu, uint32_t value);

/* Returns true if the kernel refused the wanted value MTU_TRIES_MAX times. */
static inline bool mtu_is_refused(const Mtu *mtu) {
        return mtu->refused != 0;
}

/*
 * Returns true if the device cannot have what the network asks for: it refuses the value, or loses its
 * carrier for it. A value that somebody else changed is not denied but yielded.
 */
bool mtu_is_denied(const Mtu *mtu);

/* Returns when to call mtu_decide() again at the latest; USEC_INFINITY: not before something happens. */
usec_t mtu_next_deadline(const Mtu *mtu);

/* Bytes; 0: not known. */
static inline uint32_t mtu_current(const Mtu *mtu) {
        return mtu->current;
}

/*
 * What the lease asks for and is not set, because somebody else changed the MTU meanwhile; bytes, 0:
 * nothing.
 */
static inline uint32_t mtu_yielded(const Mtu *mtu) {
        return mtu->yielded;
}

/* What is to be put back some day; 0: what the link has is not ours. */
static inline uint32_t mtu_before(const Mtu *mtu) {
        return mtu->before;
}
