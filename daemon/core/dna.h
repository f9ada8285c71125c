/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * Detects network attachment (RFC 4436): whether this is the network that the lease came from. Its routers
 * are asked by ARP, at the hardware addresses that they had then. An answer from such an address confirms
 * the network, in one round trip and without a server. If there is no answer, nothing is known.
 *
 * Sans I/O, with the contract of core/acd.h: the caller says what to ask, feeds packets and the time, and
 * drains packets to send.
 *
 * The first two routers of a lease are asked for their hardware addresses once the address is known to be
 * free. The answers are remembered with the lease. In INIT-REBOOT these routers are asked by unicast, at
 * the same time as the server. One answer puts the lease back in force, even if the server is slow or dead.
 * The price is an ARP exchange for each new lease, on Wi-Fi and on wire.
 */
#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/usec.h"
#include "core/dhcp4-lease.h"
#include "wire/arp.h"

typedef enum DnaTask {
        DNA_NOTHING,
        DNA_LEARN, /* learns the hardware addresses of the routers, by broadcast and from our own address */
        /*
         * checks that the routers still have their hardware addresses, by unicast, so that nobody on
         * another network hears of our address (RFC 4436 §2.1)
         */
        DNA_VERIFY,
        _DNA_TASK_MAX,
} DnaTask;

typedef struct DnaQuestion {
        DnaTask task;
        struct in_addr own; /* the address of the lease */
        unsigned turn;      /* if this changes, all routers are asked again */
        /*
         * The routers to ask: DNA_LEARN asks those without a hardware address, DNA_VERIFY those with one.
         * The others are skipped.
         */
        Dhcp4Gateway gateways[DHCP4_LEASE_GATEWAYS_MAX];
} DnaQuestion;

typedef struct Dna {
        /* private; only core/dna.c touches these */
        DnaQuestion question;
        uint8_t mac[6];
        unsigned round, i_gateway; /* the next router to be asked */
        usec_t next_at;            /* instant */
} Dna;

void dna_init(Dna *dna);

/*
 * Sets the question. Setting the same one again changes nothing, whether it was answered, is pending or was
 * given up.
 */
void dna_ask(Dna *dna, usec_t now, const DnaQuestion *question, const uint8_t mac[6]);

/*
 * Takes in any ARP packet heard on the link. Returns true if a router answered: *ret is the router with its
 * hardware address. Each router answers once.
 */
bool dna_input(Dna *dna, const ArpPacket *arp, Dhcp4Gateway *ret);

/*
 * Returns true if a packet is due: the caller sends *ret to @ret_destination (a link-layer address) and
 * calls again.
 */
bool dna_dispatch(Dna *dna, usec_t now, ArpPacket *ret, uint8_t ret_destination[6]);
usec_t dna_next_deadline(const Dna *dna);

/* Returns true if an answer is still waited for. */
bool dna_is_listening(const Dna *dna);
