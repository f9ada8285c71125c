/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * IPv4 address conflict detection (RFC 5227 §2), without I/O. Same contract as core/dhcp4-client.h: the
 * caller feeds packets and the time, drains packets to send, and reads the state.
 */
#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/prng.h"
#include "base/usec.h"
#include "wire/arp.h"

typedef enum AcdState {
        ACD_STATE_IDLE,       /* nothing runs; deadline is USEC_INFINITY */
        ACD_STATE_PROBING,    /* RFC 5227 §2.1.1 */
        ACD_STATE_ANNOUNCING, /* RFC 5227 §2.3; the address is free */
        /* RFC 5227 §2.4: listens for claims. A caller that does not defend the address is finished here. */
        ACD_STATE_DEFENDING,
        ACD_STATE_CONFLICT, /* somebody else has the address; stays until acd_stop() or acd_start() */
        _ACD_STATE_MAX,
} AcdState;

/* Who says that we may have the address. */
typedef enum AcdBasis {
        ACD_BASIS_OFFERED, /* a server offers it, and has not granted it yet */
        ACD_BASIS_GRANTED, /* a server granted it, or it is in force already */
        ACD_BASIS_CHOSEN,  /* no server: the address was configured here, or drawn by chance */
        _ACD_BASIS_MAX,
} AcdBasis;

typedef struct Acd {
        /* private; only core/acd.c touches these */
        struct in_addr address;
        /* old_mac: the one before acd_set_mac(); equal to mac if that was not called */
        uint8_t mac[6], old_mac[6];
        AcdState state;
        AcdBasis basis;
        unsigned sent; /* probes or announcements so far in this state */
        usec_t next_at, last_defended_at;
        bool defend_due;
        Prng prng;
} Acd;

void acd_init(Acd *acd, const uint8_t key[PRNG_KEY_LEN]);

/*
 * Starts probing for @address, from the beginning. The first probe of an address that no server hands out
 * waits for a random time of up to a second (PROBE_WAIT, RFC 5227 §2.1.1, RFC 3927 §2.2.1). The first probe
 * of an address from a server does not wait, which is a deviation (tagged in acd.c).
 */
void acd_start(Acd *acd, usec_t now, struct in_addr address, AcdBasis basis, const uint8_t mac[6]);
/* Changes the basis of the address, because it was granted or its lease ended. Probing goes on. */
void acd_set_basis(Acd *acd, AcdBasis basis);
/* Ends whatever is under way. The state is ACD_STATE_IDLE afterwards. */
void acd_stop(Acd *acd);
/*
 * Tells that the link now has the hardware address @mac. An address that is being probed is probed again
 * from the beginning. An address in use is announced again (RFC 5227 §2.3), so that neighbours learn its
 * new hardware address. Frames that arrive late from the former hardware address are no conflict.
 */
void acd_set_mac(Acd *acd, usec_t now, const uint8_t mac[6]);

/*
 * Takes in any ARP packet heard on the link. A packet with our own hardware address is no conflict: it was
 * reflected, or it comes from a proxy that answers with our hardware address.
 */
void acd_input(Acd *acd, usec_t now, const ArpPacket *arp);

/* Returns true if a packet is due: the caller sends *ret and calls again. Otherwise *ret is not set. */
bool acd_dispatch(Acd *acd, usec_t now, ArpPacket *ret);
/*
 * Returns the instant when acd_dispatch() must be called at the latest. An instant in the past means at
 * once, USEC_INFINITY that nothing is due.
 */
usec_t acd_next_deadline(const Acd *acd);
AcdState acd_state(const Acd *acd);
struct in_addr acd_address(const Acd *acd); /* the address of the last acd_start() */
