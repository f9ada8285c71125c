/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Retransmission and restart (dhcp4-backoff.h): RFC 2131 §4.1, §4.4.5. Pure.
 */
#include "core/dhcp4-backoff.h"

#include <assert.h>

#include "base/macro.h"

#define RESEND_MIN_USEC  (1 * USEC_PER_SEC)
#define RESEND_MAX_USEC  (64 * USEC_PER_SEC) /* RFC 2131 §4.1 */
#define RENEW_PART       64u                 /* the least wait is 1/64 of the lifetime */
#define RENEW_LEAST_USEC (1 * USEC_PER_SEC)
#define RENEW_MIN_USEC   (60 * USEC_PER_SEC) /* RFC 2131 §4.4.5 */
#define RESTART_MIN_USEC (1 * USEC_PER_SEC)
#define RESTART_MAX_USEC (300 * USEC_PER_SEC)
/* RFC 2131 §3.1 (5): "The client SHOULD wait a minimum of ten seconds before restarting". */
#define CONFLICT_WAIT_USEC (10 * USEC_PER_SEC)
/* MAX_CONFLICTS, RFC 5227 §1.1; held by dhcp4_backoff_conflict_usec() */
#define CONFLICTS_MAX       10u
#define CONFLICT_LIMIT_USEC (60 * USEC_PER_SEC) /* RATE_LIMIT_INTERVAL, RFC 5227 §1.1 */
/* enough to reach every maximum, and the shift does not overflow */
#define DOUBLINGS_MAX 16u

/* Returns @span doubled @n times, but at most @max. */
static usec_t doubled(usec_t span, unsigned n, usec_t max) {
        span <<= MIN(n, DOUBLINGS_MAX);
        return MIN(span, max);
}

usec_t dhcp4_backoff_resend_usec(Prng *prng, unsigned attempt) {
        usec_t span, jitter;

        assert(attempt > 0);
        /*
         * DEVIATION RFC 2131 §4.1: the first retransmission comes after 1 s, not 4. The first DISCOVER is
         * often lost to a port that does not forward yet, and three more seconds without an address are
         * noticed.
         */
        span = doubled(RESEND_MIN_USEC, attempt - 1, RESEND_MAX_USEC);
        jitter = MIN(span / 2, USEC_PER_SEC);
        return span - jitter + prng_below(prng, 2 * jitter);
}

/*
 * DEVIATION RFC 2131 §4.4.5: the least wait between two REQUESTs is 1/64 of the lifetime (1 s at least) for
 * a lease shorter than 64 minutes, not 60 s. With 60 s, a lease of two minutes gets one REQUEST in RENEWING
 * and one in REBINDING, so two lost frames cost the address. With 1/64, a lease of a minute or more gets the
 * eleven REQUESTs that the RFC gives to a lease of an hour. Longer leases stay as they are. A smaller part
 * only makes a silent server hear more of us: tests/README.md has the figures.
 */
static usec_t renew_min(usec_t lifetime) {
        const usec_t part = MAX(lifetime / RENEW_PART, RENEW_LEAST_USEC);

        return MIN(part, RENEW_MIN_USEC);
}

usec_t dhcp4_backoff_renew_usec(usec_t now, usec_t deadline, usec_t lifetime) {
        const usec_t left = usec_sub(deadline, now);
        const usec_t span = MAX(left / 2, renew_min(lifetime));

        return span < left ? span : USEC_INFINITY;
}

usec_t dhcp4_backoff_restart_usec(Prng *prng, unsigned failure) {
        const usec_t span = doubled(RESTART_MIN_USEC, failure, RESTART_MAX_USEC);

        return MIN(span + prng_below(prng, span / 4), RESTART_MAX_USEC);
}

usec_t dhcp4_backoff_configured_usec(Prng *prng, unsigned failure) {
        const usec_t span = doubled(CONFLICT_LIMIT_USEC, failure, RESTART_MAX_USEC);

        return span + prng_below(prng, span / 4);
}

usec_t dhcp4_backoff_conflict_usec(Prng *prng, unsigned failure) {
        const usec_t span = failure < CONFLICTS_MAX ? CONFLICT_WAIT_USEC : CONFLICT_LIMIT_USEC;

        return span + prng_below(prng, span / 4);
}

usec_t dhcp4_pace_ready_at(usec_t full_at) {
        return usec_sub(full_at, (DHCP4_PACE_BURST - 1) * DHCP4_PACE_USEC);
}

usec_t dhcp4_pace_spend(usec_t full_at, usec_t now) {
        return usec_add(MAX(full_at, now), DHCP4_PACE_USEC);
}
