/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Another hardware address (link_set_hardware()): whether servers see the same client, and what becomes of
 * the lease of the former identity while the link asks for another. Owns Link.former. Allocates nothing; has
 * no clock, no log and no descriptor. RFC 2131 §4.2, §4.4.6, RFC 7844.
 *
 * With an identifier that does not depend on the hardware address the client is the same for servers, and
 * the lease is verified. Otherwise the client begins anew. The former lease stays on the link until there is
 * another one, or until CarrierLossGraceSec= is over. When there is another lease, the former one is
 * released under the identity that it was granted to. An anonymous client keeps nothing and releases
 * nothing, because either would show that both identities are the same host.
 */
#include <string.h>

#include "base/macro.h"
#include "link/link-internal.h"

static void link_release_former(Link *link) {
        const Former *former = &link->former;
        Dhcp4ClientConfig identity = {
                .htype = former->htype,
                .chaddr_len = former->chaddr_len,
                .client_id_len = former->client_id_len,
        };
        Dhcp4Frame frame;
        int r;

        memcpy(identity.chaddr, former->chaddr, former->chaddr_len);
        memcpy(identity.client_id, former->client_id, former->client_id_len);
        dhcp4_client_release_former(&link->client, &identity, &link->published, &frame);
        r = link->ports->send(link->port, &frame);
        if (r < 0)
                link_fail(link, r, "sending");
        link->former.released = true;
}

void link_end_former(Link *link, Dhcp4Loss loss, bool release) {
        if (!link->former.on)
                return;
        if (release && link->carrier)
                link_release_former(link);
        link->former.on = false;
        link->former.loss = loss;
}

void link_turn_former(Link *link, usec_t now) {
        const Dhcp4Lease *lease = dhcp4_client_lease(&link->client);

        if (lease)
                /* A client that was granted the same address again must not release it. */
                link_end_former(link, DHCP4_LOSS_NONE,
                                link->former.release &&
                                        lease->address.s_addr != link->published.address.s_addr);
        else if (now >= link->former.until)
                link_end_former(link, DHCP4_LOSS_HARDWARE_ADDRESS, /* release= */ false);
}

/* Returns true if servers take a client with @config for the one that the lease in use was granted to. */
static bool link_is_former(const Link *link, const Dhcp4ClientConfig *config) {
        const Former *former = &link->former;

        if (!former->on || !former->known || former->client_id_len != config->client_id_len)
                return false;
        if (config->client_id_len > 0)
                return memcmp(former->client_id, config->client_id, former->client_id_len) == 0;
        return former->htype == config->htype && former->chaddr_len == config->chaddr_len &&
                memcmp(former->chaddr, config->chaddr, former->chaddr_len) == 0;
}

/* Keeps the lease in use as that of a former identity, because the client is about to get another one. */
static void link_keep_former(Link *link, usec_t now, bool release) {
        const Dhcp4ClientConfig *config = dhcp4_client_config(&link->client);
        /*
         * A longer identifier is not made of the hardware address. It is not remembered here, so such a
         * lease could not be given back.
         */
        const bool known = config->client_id_len <= FORMER_ID_MAX;
        Former *former = &link->former;

        *former = (Former){
                .on = true,
                .known = known,
                .release = known && release && link->published.origin == DHCP4_LEASE_DHCP,
                .until = MIN(usec_add(now, config->carrier_grace_usec),
                             dhcp4_lease_expires_at(&link->published)),
                .htype = config->htype,
                .chaddr_len = config->chaddr_len,
        };
        memcpy(former->chaddr, config->chaddr, config->chaddr_len);
        if (!known)
                return;
        former->client_id_len = config->client_id_len;
        memcpy(former->client_id, config->client_id, config->client_id_len);
}

/*
 * Goes on with the lease at another hardware address, where servers see the same client. As after a sleep,
 * the lease stays and is verified.
 */
static void link_same_client(Link *link, usec_t now, const LinkConfig *config) {
        Dhcp4ClientConfig client_config;

        link_take_config(link, config, &client_config);
        dhcp4_client_set_config(&link->client, &client_config);
        acd_set_mac(&link->acd, now, link->mac);
        if (link->carrier && acd_next_deadline(&link->acd) <= now)
                link_set_arp(link, /* listen= */ true); /* the answer to the first has to be heard too */
        link_resumed(link, now);
}

/* Starts the client, which is stopped, anew with @config. It waits for its carrier. */
static void link_become(Link *link, usec_t now, const LinkConfig *config, const Dhcp4Lease *lease,
                        bool held) {
        Dhcp4ClientConfig client_config;

        /* What it has is kept here, or goes by the word of nobody. */
        link_feed(link, now, &(const Dhcp4Event){ .type = DHCP4_EVENT_STOP });
        link_take_config(link, config, &client_config);
        dhcp4_client_set_config(&link->client, &client_config);
        acd_stop(&link->acd);
        link_kernel_reapply(link);
        link_feed(link, now,
                  &(const Dhcp4Event){
                          .type = DHCP4_EVENT_START,
                          .start.cached = lease,
                          .start.held = held,
                  });
}

/*
 * The link has the identity again that the lease in use was granted to: gives the lease back to the client,
 * which verifies it.
 */
static void link_return(Link *link, usec_t now, const LinkConfig *config) {
        const Dhcp4Lease lease = link->published;

        link->former.on = false;
        link_become(link, now, config, &lease, /* held= */ true);
        link_feed(link, now, &(const Dhcp4Event){ .type = DHCP4_EVENT_CARRIER, .carrier.up = true });
        link_turn(link, now);
        link_resumed(link, now);
}

bool link_set_hardware(Link *link, usec_t now, const LinkConfig *config, const Dhcp4Lease *cached,
                       bool release) {
        const Dhcp4ClientConfig *old = dhcp4_client_config(&link->client);
        const Dhcp4Lease *lease = dhcp4_client_lease(&link->client);
        const Dhcp4Lease published = link->published;
        bool held = false;

        if (dhcp4_client_state(&link->client) == DHCP4_STATE_STOPPED ||
            dhcp4_client_config_same_client(old, &config->client)) {
                link_same_client(link, now, config);
                return false;
        }
        if (link_is_former(link, &config->client)) {
                if (link->carrier) {
                        link_return(link, now, config);
                        return false;
                }
                cached = &published;
        }

        if (!link->former.on)
                link->former = (Former){ .loss = link->former.loss };
        if (link->have_published && !dhcp4_lease_is_granted(&published)) {
                /* No server granted this lease, so it does not depend on the identity. */
                cached = &published;
                held = true;
        } else if (old->anonymize || config->client.anonymize)
                link->former = (Former){
                        .loss = link->have_published ? DHCP4_LOSS_HARDWARE_ADDRESS : link->former.loss,
                };
        else if (!link->former.on && link->have_published && lease &&
                 lease->address.s_addr == published.address.s_addr)
                link_keep_former(link, now, release);
        link->carrier = false;
        link_become(link, now, config, cached, held);
        link_timer(link, now);
        return true;
}

bool link_lease_is_former(const Link *link) {
        return link->former.on;
}

bool link_former_was_released(const Link *link) {
        return link->former.released;
}

Dhcp4Loss link_loss(const Link *link) {
        return link->former.loss != DHCP4_LOSS_NONE ? link->former.loss : dhcp4_client_loss(&link->client);
}
