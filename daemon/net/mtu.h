/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * Manages the MTU of the interface itself, for UseMTU=link: what to set it to, and when to put back the
 * value from before.
 *
 * Pure: mtu_decide() says what to set now, and mtu_done() is told how it went. Only one question needs
 * memory: whose value is on the link? It is ours from the moment when our change succeeded until somebody
 * else changes it. A value that others set is theirs from then on. A later change of ours puts that value
 * back, and we do not fight over it.
 *
 * Some drivers reset the device when the MTU changes. That takes the carrier, and with it perhaps the lease
 * that wanted the change. Then the MTU would be set, the lease lost, the MTU set back and the lease granted
 * again, without end. So a value that took the carrier when it was set is not set again.
 *
 * If a change takes the carrier and the lease is lost with it, the value stays until the server has
 * confirmed or refused the lease. Setting it back earlier would take the carrier once more.
 */
#include <stdbool.h>
#include <stdint.h>

#include "base/usec.h"

#define MTU_BOUNCES_MAX 4u /* values that took the carrier; after that many, nothing is set any more */
#define MTU_TRIES_MAX   3u /* how often one value is tried that the kernel refuses */
/*
 * If the carrier is lost within this span after a change, the change is the cause. Link events of the
 * kernel may come a second late.
 */
#define MTU_BOUNCE_USEC (3 * USEC_PER_SEC)

typedef struct Mtu {
        /* private to net/mtu.c */
        uint32_t current; /* bytes, as the link has it; 0: not known */
        uint32_t before;  /* value to be put back, while the current value is ours; 0: it is not ours */
        uint32_t wanted;  /* bytes, as given to the last mtu_decide() */
        /* This was wanted when somebody else changed the MTU, so it is not set; 0: none. */
        uint32_t yielded;
        uint32_t refused;    /* the kernel refused this value; 0: none */
        unsigned tries;      /* number of refusals in a row so far */
        usec_t retry_at;     /* instant, USEC_INFINITY: nothing waits */
        usec_t bounce_until; /* instant; if the carrier is lost before it, setting @current was the cause */
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

/* Forgets why a value was not set, so that the next start may set it. Call it when the link is stopped. */
void mtu_forget(Mtu *mtu);

/* Takes note of the MTU that the kernel shows. Returns true if it was ours and somebody else changed it. */
bool mtu_note(Mtu *mtu, uint32_t current);

/*
 * Returns the MTU to set on the link now, in bytes, or 0 if nothing is to be set. @wanted is what the
 * network asks for. If it is 0, the MTU from before is put back. Without @carrier no new value is set.
 * After a result other than 0, the caller must call mtu_done() before the next call.
 */
uint32_t mtu_decide(Mtu *mtu, usec_t now, uint32_t wanted, bool carrier);

/*
 * Takes note of whether @value, which mtu_decide() returned, was set. After a success the link has it, even
 * if the kernel's notification comes later.
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
 * Returns true if the device cannot have the MTU that the network asks for: it refuses the value, or loses
 * its carrier when the value is set. If somebody else changed the MTU, the value is not denied but yielded.
 */
bool mtu_is_denied(const Mtu *mtu);

/*
 * Returns the instant when mtu_decide() must be called again at the latest. USEC_INFINITY: only when
 * something happens.
 */
usec_t mtu_next_deadline(const Mtu *mtu);

/* Returns the MTU of the link in bytes; 0: not known. */
static inline uint32_t mtu_current(const Mtu *mtu) {
        return mtu->current;
}

/*
 * Returns the MTU in bytes that the lease asks for and that is not set because somebody else changed the
 * MTU meanwhile; 0: there is none.
 */
static inline uint32_t mtu_yielded(const Mtu *mtu) {
        return mtu->yielded;
}

/* Returns the MTU in bytes that is to be put back later; 0: the value on the link is not ours. */
static inline uint32_t mtu_before(const Mtu *mtu) {
        return mtu->before;
}
