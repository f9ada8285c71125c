/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * When to send again, and when to begin again: RFC 2131 §4.1, §4.4.5. Spans only; the caller adds them to
 * its now. Pure but for the draw from @prng.
 *
 * The first NAK costs no wait. Two links that start together may be offered one address by a server that
 * picks by a hash, and the one that is refused asks again at once. From the second NAK in a row on, the wait
 * doubles from 1 s to 300 s.
 *
 * After a DECLINE the wait does not grow: ten seconds each time, since the next address is another one.
 * After ten conflicts in a row it is a minute (RFC 5227). The next attempt with a configured address
 * (InformAddress=) is about the same address, so there the wait grows from one minute to five.
 */
#include "base/prng.h"
#include "base/usec.h"

/*
 * Span after the transmission number @attempt (1 is the first) of DISCOVER or REQUEST before the next: 1, 2,
 * 4 ... 64 s, each randomised by up to a second as RFC 2131 §4.1 says; the first two by less than half their
 * own length.
 */
usec_t dhcp4_backoff_resend_usec(Prng *prng, unsigned attempt);

/*
 * Returns the span from a REQUEST in RENEWING or REBINDING to the next one: half of what is left until
 * @deadline (T2 or the expiry), but not less than the least wait for a lease of @lifetime (60 s for a long
 * one; dhcp4-backoff.c has the rule). USEC_INFINITY when that would reach the deadline (RFC 2131 §4.4.5).
 */
usec_t dhcp4_backoff_renew_usec(usec_t now, usec_t deadline, usec_t lifetime);

/*
 * Span before INIT sends again after a NAK, @failure counted from 0: 1 s, doubling to 300 s, randomised
 * upwards by up to a quarter, but not beyond.
 */
usec_t dhcp4_backoff_restart_usec(Prng *prng, unsigned failure);

/*
 * Span before INIT sends again after DECLINE: 10 s (RFC 2131 §3.1), a minute when there were ten in a row
 * (RFC 5227 §2.1.1), randomised upwards by up to a quarter. It does not grow in between: the next address is
 * another one.
 */
usec_t dhcp4_backoff_conflict_usec(Prng *prng, unsigned failure);

/*
 * Returns the span before a configured address, which somebody else has, is probed again. @failure: counted
 * from 0. A minute, doubling to five, randomised upwards by up to a quarter. It grows because the next
 * attempt is about the same address.
 */
usec_t dhcp4_backoff_configured_usec(Prng *prng, unsigned failure);

/*
 * The pace: however often something outside asks for it (a carrier that flaps, the user, a server, a host
 * that is said to have slept), no more than DHCP4_PACE_BURST questions go out at once, and one more for each
 * DHCP4_PACE_USEC that passes. Retransmissions by the rules above are slower than that, so only what begins
 * an exchange anew ever has to wait.
 *
 * One instant says it all: when as many questions may go out at once again as ever. 0: now.
 */
#define DHCP4_PACE_BURST 16u
#define DHCP4_PACE_USEC  (1 * USEC_PER_SEC)

/* Returns from when on the next question may go out; in the past when it may go out now. */
usec_t dhcp4_pace_ready_at(usec_t full_at);
/* Returns @full_at as it is after a question at @now. */
usec_t dhcp4_pace_spend(usec_t full_at, usec_t now);
