/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * Computes how long to wait before a message is sent again, and before INIT starts again: RFC 2131 §4.1,
 * §4.4.5. The results are spans, which the caller adds to its own now. Only the pace at the end has
 * instants. Pure, except for the random numbers that are drawn from @prng.
 *
 * There is no wait after the first NAK. A server that picks addresses by a hash may offer one address to
 * two links that start together, and the link that is refused should ask again at once. The second NAK in a
 * row costs 2 s, and the wait doubles with each further one up to 300 s.
 *
 * After a DECLINE the wait is ten seconds each time, because the next address is another one. After ten
 * conflicts in a row it is a minute (RFC 5227). A configured address (InformAddress=) is the same at the
 * next attempt, so there the wait grows from one minute to five.
 */
#include "base/prng.h"
#include "base/usec.h"

/*
 * Returns the span from the transmission number @attempt (1 is the first) of a DISCOVER or REQUEST to the
 * next one: 1, 2, 4 ... 64 s. Each is randomised by up to a second up or down as RFC 2131 §4.1 says, the
 * first one by up to half a second.
 */
usec_t dhcp4_backoff_resend_usec(Prng *prng, unsigned attempt);

/*
 * Returns the span from a REQUEST in RENEWING or REBINDING to the next one: half of what is left until
 * @deadline (T2 or the expiry), but at least the minimum for a lease of @lifetime (60 s for a long one;
 * dhcp4-backoff.c has the rule). Returns USEC_INFINITY if the next one would not come before the deadline
 * (RFC 2131 §4.4.5).
 */
usec_t dhcp4_backoff_renew_usec(usec_t now, usec_t deadline, usec_t lifetime);

/*
 * Returns the span before INIT sends again after the second or a later NAK in a row: 2 s for @failure 1, the
 * second NAK, doubled for each further one up to 300 s. A random part of up to a quarter is added, but the
 * result never exceeds 300 s.
 */
usec_t dhcp4_backoff_restart_usec(Prng *prng, unsigned failure);

/*
 * Returns the span before INIT sends again after a DECLINE: 10 s (RFC 2131 §3.1), or a minute after ten in
 * a row (RFC 5227 §2.1.1). @failure counts from 0. A random part of up to a quarter is added. The span does
 * not grow in between, because the next address is another one.
 */
usec_t dhcp4_backoff_conflict_usec(Prng *prng, unsigned failure);

/*
 * Returns the span before a configured address that another host has is probed again: a minute for @failure
 * 0, doubled for each further one up to five minutes. A random part of up to a quarter is added. The span
 * grows because the next attempt is about the same address.
 */
usec_t dhcp4_backoff_configured_usec(Prng *prng, unsigned failure);

/*
 * The pace limits how fast exchanges are begun. Something outside may ask for new exchanges very often: a
 * carrier that flaps, the user, a server, a host that is said to have slept. No more than DHCP4_PACE_BURST
 * questions go out at once, and one more for each DHCP4_PACE_USEC that passes. Retransmissions by the rules
 * above are slower than that, so only a new exchange ever has to wait.
 *
 * The state of the pace is one instant, full_at: from then on DHCP4_PACE_BURST questions may go out at once
 * again. 0: they may go out now.
 */
#define DHCP4_PACE_BURST 16u
#define DHCP4_PACE_USEC  (1 * USEC_PER_SEC)

/*
 * Returns the instant from which the next question may go out. It is in the past if the question may go out
 * now.
 */
usec_t dhcp4_pace_ready_at(usec_t full_at);
/* Returns the value that @full_at has after a question at @now. */
usec_t dhcp4_pace_spend(usec_t full_at, usec_t now);
