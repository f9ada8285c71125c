/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What people want to know while there is no lease: since when, how often servers were asked, when they are
 * asked next, and what was wrong with the last answer (Dhcp4Search). Pure.
 *
 * There is a search while the carrier is there, and the client wants a lease and has none. At the end of
 * every call client_search_update() compares this with the stored search, and begins or ends it. So no
 * transition of the state has to do that. If there is no search at the end of a call, everything that the
 * call has counted and noted is forgotten.
 *
 * No decision of the client depends on this.
 */
#include "base/macro.h"
#include "core/dhcp4-client-internal.h"

void client_note_refusal(Dhcp4Client *client, Dhcp4MessageType type, struct in_addr server_id,
                         Dhcp4Refusal refusal) {
        Dhcp4Search *search = &client->search;

        search->refusal = refusal;
        search->refused_type = type;
        search->refused_server = server_id;
        search->refused_at = client->now;
        search->unanswered = 0;
}

void client_search_update(Dhcp4Client *client) {
        const bool searches = client->carrier && client->state != DHCP4_STATE_STOPPED &&
                !client_is_in_force(client) && !client->ipv6_only;

        if (!searches)
                client->search = (Dhcp4Search){ .since = USEC_INFINITY };
        else if (client->search.since == USEC_INFINITY)
                client->search.since = client->now;
}

const Dhcp4Search *dhcp4_client_search(const Dhcp4Client *client) {
        return &client->search;
}

usec_t dhcp4_client_next_attempt_at(const Dhcp4Client *client) {
        return client->search.since == USEC_INFINITY ? USEC_INFINITY : client->resend_at;
}
