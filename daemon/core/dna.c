/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Detecting network attachment (dna.h), RFC 4436. Pure.
 *
 * Each round asks every router that has not answered yet. The wait after a round doubles each time, because
 * a port of a switch may take seconds until it forwards.
 */
#include "core/dna.h"

#include <string.h>

#include "base/macro.h"

#define ROUNDS_MAX 5u /* held by dna_dispatch() */
/* from the first round to the second; doubles from there on */
#define ROUND_FIRST_USEC (200 * USEC_PER_MSEC)

static const uint8_t broadcast[6] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff };

void dna_init(Dna *dna) {
        *dna = (Dna){ .next_at = USEC_INFINITY };
}

/* Returns true if the task is about @gateway: DNA_VERIFY asks known routers, DNA_LEARN unknown ones. */
static bool is_asked(const Dna *dna, const Dhcp4Gateway *gateway) {
        if (gateway->address.s_addr == INADDR_ANY)
                return false;
        return dhcp4_gateway_is_known(gateway) == (dna->question.task == DNA_VERIFY);
}

static bool any_is_asked(const Dna *dna) {
        for (unsigned i = 0; i < DHCP4_LEASE_GATEWAYS_MAX; i++)
                if (is_asked(dna, &dna->question.gateways[i]))
                        return true;
        return false;
}

static bool same_gateway(const Dhcp4Gateway *a, const Dhcp4Gateway *b) {
        return a->address.s_addr == b->address.s_addr && memcmp(a->mac, b->mac, sizeof(a->mac)) == 0;
}

/*
 * Returns true if @other is the question @ours. dna_input() removes each router that answered from our
 * copy, so one that is missing there is taken for the same.
 */
static bool same_question(const DnaQuestion *ours, const DnaQuestion *other) {
        if (ours->task != other->task || ours->own.s_addr != other->own.s_addr || ours->turn != other->turn)
                return false;
        for (unsigned i = 0; i < DHCP4_LEASE_GATEWAYS_MAX; i++)
                if (ours->gateways[i].address.s_addr != INADDR_ANY &&
                    !same_gateway(&ours->gateways[i], &other->gateways[i]))
                        return false;
        return true;
}

void dna_ask(Dna *dna, usec_t now, const DnaQuestion *question, const uint8_t mac[6]) {
        if (same_question(&dna->question, question) && memcmp(dna->mac, mac, sizeof(dna->mac)) == 0)
                return;
        *dna = (Dna){ .question = *question, .next_at = USEC_INFINITY };
        memcpy(dna->mac, mac, sizeof(dna->mac));
        if (question->task != DNA_NOTHING && any_is_asked(dna))
                dna->next_at = now;
}

bool dna_input(Dna *dna, const ArpPacket *arp, Dhcp4Gateway *ret) {
        if (!dna_is_listening(dna) || arp->op != ARP_OP_REPLY ||
            memcmp(arp->target_mac, dna->mac, sizeof(dna->mac)) != 0)
                return false;
        for (unsigned i = 0; i < DHCP4_LEASE_GATEWAYS_MAX; i++) {
                Dhcp4Gateway *gateway = &dna->question.gateways[i];

                if (!is_asked(dna, gateway) || gateway->address.s_addr != arp->sender.s_addr)
                        continue;
                memcpy(ret->mac, arp->sender_mac, sizeof(ret->mac));
                ret->address = gateway->address;
                /*
                 * Private addresses are the same everywhere. Another hardware address belongs to another
                 * router, on another network.
                 */
                if (!dhcp4_gateway_is_known(ret) ||
                    (dna->question.task == DNA_VERIFY && !same_gateway(ret, gateway)))
                        return false;
                *gateway = (Dhcp4Gateway){};
                if (!any_is_asked(dna))
                        dna->next_at = USEC_INFINITY;
                return true;
        }
        return false;
}

bool dna_dispatch(Dna *dna, usec_t now, ArpPacket *ret, uint8_t ret_destination[6]) {
        if (now < dna->next_at)
                return false;
        if (dna->round == ROUNDS_MAX) {
                dna->next_at = USEC_INFINITY;
                return false;
        }
        while (dna->i_gateway < DHCP4_LEASE_GATEWAYS_MAX) {
                const Dhcp4Gateway *gateway = &dna->question.gateways[dna->i_gateway++];

                if (!is_asked(dna, gateway))
                        continue;
                *ret = (ArpPacket){
                        .op = ARP_OP_REQUEST,
                        .sender = dna->question.own,
                        .target = gateway->address,
                };
                memcpy(ret->sender_mac, dna->mac, sizeof(ret->sender_mac));
                memcpy(ret_destination, dna->question.task == DNA_VERIFY ? gateway->mac : broadcast,
                       sizeof(gateway->mac));
                return true;
        }
        dna->i_gateway = 0;
        dna->next_at = usec_add(now, ROUND_FIRST_USEC << dna->round++);
        return false;
}

usec_t dna_next_deadline(const Dna *dna) {
        return dna->next_at;
}

bool dna_is_listening(const Dna *dna) {
        return dna->next_at != USEC_INFINITY;
}
