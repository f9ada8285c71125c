/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Whether answers have to be broadcast (RFC 2131 §4.1): what a message asks for, and what its answer shows.
 * Pure.
 */
#include "base/macro.h"
#include "core/dhcp4-client-internal.h"

/*
 * Returns true if this message should be sent without the broadcast flag, to test if the link needs the
 * flag. Some links receive no unicast before they have an address, so they need the flag. A slow server or
 * lost frames look the same. Therefore the need is tested now and then: the first message of an exchange
 * goes without the flag, and each failed test makes the next one half as likely. A link that needs the flag
 * then waits for the second message. A link that does not need it unlearns it within a few exchanges.
 */
static bool is_trial_due(Dhcp4Client *client) {
        const bool fresh = !client_is_in_force(client) &&
                (client->state == DHCP4_STATE_SELECTING || client->state == DHCP4_STATE_REBOOTING);

        /* After a failure no test is done, because all servers should be heard. */
        return fresh && client->passed_over.s_addr == INADDR_ANY && client->attempt == 1 &&
                client->broadcast > 0 &&
                prng_below(&client->prng, UINT64_C(1) << (client->broadcast - 1)) == 0;
}

/*
 * Decides whether the next answer should come by broadcast. The first two messages ask for the way that
 * worked last; after that, both ways take turns. Some links receive no unicast before they have an address,
 * and some networks let no broadcast through to us (RFC 2131 §4.1).
 */
void client_choose_broadcast(Dhcp4Client *client) {
        const bool trial = is_trial_due(client), in_turn = client->attempt > 2 && client->attempt % 2 == 1;

        client->broadcast_trial = client->broadcast_trial || trial;
        client->broadcast_sent = (client->broadcast > 0) != (trial || in_turn);
}

/*
 * Returns true if @m seems to answer a message before the last one: the last message asked for a broadcast
 * answer, and @m does not have the flag. An answer has the flags of the message that it answers (RFC 2131
 * §4.3.1 table 3).
 */
bool client_doubts_broadcast(const Dhcp4Client *client, const Dhcp4Message *m) {
        return client->broadcast_sent && !(m->header.flags & DHCP4_FLAG_BROADCAST);
}

/* Learns from the answer @m whether answers reach us by unicast. */
void client_learn_broadcast(Dhcp4Client *client, const Dhcp4Message *m) {
        /*
         * A host that has an address gets its answers at that address. So this answer does not show if a
         * host without an address would receive unicast.
         */
        if (client_is_in_force(client))
                return;
        if (!client->broadcast_sent || client->broadcast_doubt || client_doubts_broadcast(client, m))
                client->broadcast = 0;
        else if (!client->broadcast_trial)
                client->broadcast = MAX(client->broadcast, 1);
        else if (client->broadcast < DHCP4_LEASE_BROADCAST_MAX)
                client->broadcast++; /* the message without the flag got no answer */
}
