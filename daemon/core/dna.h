/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * Detecting network attachment (RFC 4436): is this the network that the lease came from? Its routers are
 * asked by ARP, to the very hardware addresses they had then; an answer from there says yes, in one round
 * trip and without a server. Silence says nothing.
 *
 * Sans I/O, with the contract of core/acd.h: the caller says what to ask, feeds packets and the time, and
 * drains packets to send.
 *
 * The first two routers of a lease are asked for their hardware addresses once the address is known to be
 * free, and these are remembered with the lease. In INIT-REBOOT they are asked by unicast beside the server.
 * One answer puts the lease back in force, even if the server is slow or dead. The price is an ARP exchange
 * for each new lease, on Wi-Fi and on wire.
 */
#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/usec.h"
#include "core/dhcp4-lease.h"
#include "wire/arp.h"

typedef enum DnaTask {
        DNA_NOTHING,
        DNA_LEARN, /* which hardware addresses have the routers? Broadcast, in the name of our own address */
        /*
         * are they where they were? RFC 4436 §2.1: unicast, so that nobody of another network hears of our
         * address
         */
        DNA_VERIFY,
        _DNA_TASK_MAX,
} DnaTask;

typedef struct DnaQuestion {
        DnaTask task;
        struct in_addr own; /* the lease's */
        unsigned turn;      /* another one: all are asked again */
        /*
         * those to ask: without a hardware address to learn it, with one to verify it; the others are
         * skipped
         */
        Dhcp4Gateway gateways[DHCP4_LEASE_GATEWAYS_MAX];
} DnaQuestion;

typedef struct Dna {
        /* private; only core/dna.c touches these */
        DnaQuestion question;
        uint8_t mac[6];
        unsigned round, i_gateway; /* the next to be asked */
        usec_t next_at;            /* instant */
} Dna;

void dna_init(Dna *dna);

/*
 * The question from now on. The same one again changes nothing, whether it was answered, is pending or was
 * given up.
 */
void dna_ask(Dna *dna, usec_t now, const DnaQuestion *question, const uint8_t mac[6]);

/*
 * Any ARP packet heard on the link. True: a router answered; *ret is it, with its hardware address. Each
 * answers once.
 */
bool dna_input(Dna *dna, const ArpPacket *arp, Dhcp4Gateway *ret);

/* true: send *ret to @ret_destination (a link-layer address), and call again. */
bool dna_dispatch(Dna *dna, usec_t now, ArpPacket *ret, uint8_t ret_destination[6]);
usec_t dna_next_deadline(const Dna *dna);

/* Is an answer still waited for? */
bool dna_is_listening(const Dna *dna);
