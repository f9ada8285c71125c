/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * IPv4 address conflict detection (acd.h): RFC 5227 §2. Pure.
 *
 *   start ─> PROBING ── 3 probes, then 2 s of silence ──> ANNOUNCING ── 2 announcements ──> DEFENDING
 *               │                                              │                                │
 *               └── anybody claims it ──> CONFLICT <───────────┴── a second claim within 10 s ──┘
 *
 * A claim is any ARP packet of another host whose sender address is our address. A probe is a question: its
 * sender address is 0.0.0.0, and its target address is our address.
 *
 * What a probe of another host means depends on who hands the address out (AcdBasis):
 *
 *   CHOSEN              nobody does. Then two hosts that probe at the same time have no other way to find
 *                       out about each other. The probe counts as a conflict (RFC 5227 §2.1.1, RFC 3927
 *                       §2.2.1).
 *   OFFERED, GRANTED    a server does. Servers may offer one address to two hosts that ask at the same
 *                       time. Both probe it, one gets the ACK, and the other one a NAK. If the probe of
 *                       the host that loses counted, the host that holds the ACK would decline an address
 *                       that nobody else has.
 *
 * DEVIATION RFC 5227 §2.1.1: the probe of another host for an address that a server hands out is no
 * conflict. The RFC has SHOULD. The ACK is the server's decision between hosts that asked at the same time,
 * and this holds before the ACK as after it, because the other host may send its probe later than we get our
 * ACK. What is lost: two servers may grant one address to two hosts, or a host that is configured with our
 * address may start at the same moment. Such a conflict is found later, by a claim. If the address is on the
 * link, our kernel answers the probe, and the other host gives way. If it is not (strict detection), the
 * host that has probed first announces the address while the other one still probes. If both have probed
 * within the flight time of a frame, each hears the announcement of the other one and defends the address.
 *
 * Before the ACK we may be the host that loses. Other implementations count probes as the RFC says, so we
 * send only one: an owner of the address mostly answers it before the ACK comes, and then the address is
 * never used. Everything else waits for the ACK. In particular the address is not announced before that,
 * because an announcement would claim what is not ours.
 *
 * A conflict that is seen before the ACK is declined when the ACK comes. Only a granted address can be
 * declined, and a server that does not hear of the conflict would offer the same address for ever.
 */
#include "core/acd.h"

#include <assert.h>
#include <string.h>

#include "base/macro.h"

#define PROBE_WAIT_USEC        (1 * USEC_PER_SEC)  /* RFC 5227 §1.1, RFC 3927 §9 */
#define PROBE_NUM              3u                  /* RFC 5227 §1.1 */
#define PROBE_MIN_USEC         (1 * USEC_PER_SEC)  /* RFC 5227 §1.1 */
#define PROBE_MAX_USEC         (2 * USEC_PER_SEC)  /* RFC 5227 §1.1 */
#define ANNOUNCE_WAIT_USEC     (2 * USEC_PER_SEC)  /* RFC 5227 §1.1 */
#define ANNOUNCE_NUM           2u                  /* RFC 5227 §1.1 */
#define ANNOUNCE_INTERVAL_USEC (2 * USEC_PER_SEC)  /* RFC 5227 §1.1 */
#define DEFEND_INTERVAL_USEC   (10 * USEC_PER_SEC) /* RFC 5227 §1.1 */

/*
 * Derives the key of a generator of our own. The DHCP client has another generator from the same key, and
 * the draws of one must not reveal those of the other.
 */
static void derive_key(const uint8_t key[PRNG_KEY_LEN], uint8_t ret[PRNG_KEY_LEN]) {
        static const char purpose[] = "address conflict detection";
        const uint64_t low = prng_siphash24(key, purpose, sizeof(purpose)),
                       high = prng_siphash24(key, purpose, sizeof(purpose) - 1);

        for (unsigned i = 0; i < 8; i++) {
                ret[i] = (uint8_t) (low >> (8 * i));
                ret[8 + i] = (uint8_t) (high >> (8 * i));
        }
}

void acd_init(Acd *acd, const uint8_t key[PRNG_KEY_LEN]) {
        uint8_t own_key[PRNG_KEY_LEN];

        *acd = (Acd){ .state = ACD_STATE_IDLE, .next_at = USEC_INFINITY };
        derive_key(key, own_key);
        prng_init(&acd->prng, own_key);
}

/*
 * Returns when the first probe leaves.
 *
 * DEVIATION RFC 5227 §2.1.1: no random wait of up to a second before the first probe for an address that a
 * server hands out. The wait spreads the hosts of a LAN that are powered on together, and a strict client
 * would be without its address for that time. Such hosts have been spread by the server, which answers one
 * after the other. Hosts without a server have not been spread by anything: after a power failure all of
 * them would probe in the same microsecond, so they wait.
 */
static usec_t first_probe_at(Acd *acd, usec_t now) {
        return acd->basis == ACD_BASIS_CHOSEN ? usec_add(now, prng_below(&acd->prng, PROBE_WAIT_USEC)) : now;
}

void acd_start(Acd *acd, usec_t now, struct in_addr address, AcdBasis basis, const uint8_t mac[6]) {
        acd->address = address;
        acd->basis = basis;
        memcpy(acd->mac, mac, sizeof(acd->mac));
        memcpy(acd->old_mac, mac, sizeof(acd->old_mac));
        acd->state = ACD_STATE_PROBING;
        acd->sent = 0;
        acd->defend_due = false;
        acd->last_defended_at = USEC_INFINITY;
        acd->next_at = first_probe_at(acd, now);
}

void acd_set_basis(Acd *acd, AcdBasis basis) {
        acd->basis = basis;
}

void acd_stop(Acd *acd) {
        acd->state = ACD_STATE_IDLE;
        acd->next_at = USEC_INFINITY;
        acd->defend_due = false;
}

void acd_set_mac(Acd *acd, usec_t now, const uint8_t mac[6]) {
        if (memcmp(acd->mac, mac, sizeof(acd->mac)) == 0)
                return;
        memcpy(acd->old_mac, acd->mac, sizeof(acd->old_mac));
        memcpy(acd->mac, mac, sizeof(acd->mac));
        switch (acd->state) {
        case ACD_STATE_IDLE:
        case ACD_STATE_CONFLICT:
                return; /* nothing runs; acd_start() sets the hardware address that counts */
        case ACD_STATE_PROBING:
                break;
        case ACD_STATE_ANNOUNCING:
        case ACD_STATE_DEFENDING:
                acd->state = ACD_STATE_ANNOUNCING;
                break;
        case _ACD_STATE_MAX:
                assert_not_reached();
        }
        acd->sent = 0;
        acd->next_at = now;
}

static void give_up(Acd *acd) {
        acd_stop(acd);
        acd->state = ACD_STATE_CONFLICT;
}

/* RFC 5227 §2.4 (b): defend once; give up when the next claim comes within DEFEND_INTERVAL. */
static void defend(Acd *acd, usec_t now) {
        if (acd->last_defended_at != USEC_INFINITY &&
            usec_sub(now, acd->last_defended_at) < DEFEND_INTERVAL_USEC) {
                give_up(acd);
                return;
        }
        acd->last_defended_at = now;
        acd->defend_due = true;
}

void acd_input(Acd *acd, usec_t now, const ArpPacket *arp) {
        bool claims, probes;

        /*
         * Not a conflict: our own packet, reflected by a switch, or sent by an access point that does proxy
         * ARP in our name.
         */
        if (memcmp(arp->sender_mac, acd->mac, sizeof(acd->mac)) == 0 ||
            memcmp(arp->sender_mac, acd->old_mac, sizeof(acd->old_mac)) == 0)
                return;
        claims = arp->sender.s_addr == acd->address.s_addr;
        probes = arp->op == ARP_OP_REQUEST && arp->sender.s_addr == INADDR_ANY &&
                arp->target.s_addr == acd->address.s_addr;

        switch (acd->state) {
        case ACD_STATE_PROBING:
                /* RFC 5227 §2.1.1: somebody has it, or is about to take it (see above). */
                if (claims || (probes && acd->basis == ACD_BASIS_CHOSEN))
                        give_up(acd);
                return;
        case ACD_STATE_ANNOUNCING:
        case ACD_STATE_DEFENDING:
                /* Probes are answered by the kernel, which has the address by now. */
                if (claims)
                        defend(acd, now);
                return;
        case ACD_STATE_IDLE:
        case ACD_STATE_CONFLICT:
                return;
        case _ACD_STATE_MAX:
                break;
        }
        assert_not_reached();
}

static void make_request(const Acd *acd, struct in_addr sender, ArpPacket *ret) {
        *ret = (ArpPacket){
                .op = ARP_OP_REQUEST,
                .sender = sender,
                .target = acd->address,
        };
        memcpy(ret->sender_mac, acd->mac, sizeof(ret->sender_mac));
}

static bool dispatch_probing(Acd *acd, usec_t now, ArpPacket *ret) {
        if (acd->sent == PROBE_NUM) {
                acd->state = ACD_STATE_ANNOUNCING;
                acd->sent = 0;
                return acd_dispatch(acd, now, ret);
        }
        make_request(acd, (struct in_addr){ INADDR_ANY }, ret);
        acd->sent++;
        acd->next_at = usec_add(now,
                                acd->sent == PROBE_NUM ? ANNOUNCE_WAIT_USEC
                                                       : PROBE_MIN_USEC +
                                                prng_below(&acd->prng, PROBE_MAX_USEC - PROBE_MIN_USEC));
        return true;
}

static bool dispatch_announcing(Acd *acd, usec_t now, ArpPacket *ret) {
        make_request(acd, acd->address, ret);
        acd->sent++;
        if (acd->sent == ANNOUNCE_NUM) {
                acd->state = ACD_STATE_DEFENDING;
                acd->next_at = USEC_INFINITY;
        } else
                acd->next_at = usec_add(now, ANNOUNCE_INTERVAL_USEC);
        return true;
}

/* Returns true if the next probe waits for the grant, however late it is. */
static bool awaits_grant(const Acd *acd) {
        return acd->state == ACD_STATE_PROBING && acd->basis == ACD_BASIS_OFFERED && acd->sent > 0;
}

bool acd_dispatch(Acd *acd, usec_t now, ArpPacket *ret) {
        if (acd->defend_due) {
                acd->defend_due = false;
                make_request(acd, acd->address, ret);
                return true;
        }
        if (now < acd->next_at || awaits_grant(acd))
                return false;

        switch (acd->state) {
        case ACD_STATE_PROBING:
                return dispatch_probing(acd, now, ret);
        case ACD_STATE_ANNOUNCING:
                return dispatch_announcing(acd, now, ret);
        case ACD_STATE_IDLE:
        case ACD_STATE_DEFENDING:
        case ACD_STATE_CONFLICT:
                return false;
        case _ACD_STATE_MAX:
                break;
        }
        assert_not_reached();
}

usec_t acd_next_deadline(const Acd *acd) {
        if (acd->defend_due)
                return 0;
        return awaits_grant(acd) ? USEC_INFINITY : acd->next_at;
}

AcdState acd_state(const Acd *acd) {
        return acd->state;
}

struct in_addr acd_address(const Acd *acd) {
        return acd->address;
}
