/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A change of the hardware address (link_set_hardware()): decides whether servers see the same client, and
 * what happens to the lease of the former identity while the link asks for another lease. Owns
 * LinkDhcp4.former. Allocates nothing; has no clock, no log and no descriptor. RFC 2131 §4.2, §4.4.6, RFC
 * 7844.
 *
 * If the identifier does not depend on the hardware address, servers see the same client, and the lease is
 * verified. Otherwise the client starts over. The former lease stays on the link until there is another
 * lease, or until CarrierLossGraceSec= is over. When there is another lease, the former one is released
 * under the identity that it was granted to. An anonymous client keeps nothing and releases nothing, because
 * either would show that both identities are the same host.
 */
#include <string.h>

#include "base/macro.h"
#include "link/link-dhcp4.h"

static void release_former(LinkDhcp4 *dhcp4) {
        const LinkFormer *former = &dhcp4->former;
        Dhcp4ClientConfig identity = {
                .htype = former->htype,
                .chaddr_len = former->chaddr_len,
                .client_id_len = former->client_id_len,
        };
        Dhcp4Frame frame;
        int r;

        memcpy(identity.chaddr, former->chaddr, former->chaddr_len);
        memcpy(identity.client_id, former->client_id, former->client_id_len);
        dhcp4_client_release_former(&dhcp4->client, &identity, &dhcp4->published_lease, &frame);
        r = link_dhcp4_send(dhcp4, &frame);
        if (r < 0)
                link_fail(dhcp4->outside, r, "sending");
        dhcp4->former.released = true;
}

void link_former_end(LinkDhcp4 *dhcp4, Dhcp4Loss loss, bool release) {
        if (!dhcp4->former.on)
                return;
        if (release && dhcp4->carrier)
                release_former(dhcp4);
        dhcp4->former.on = false;
        dhcp4->former.loss = loss;
}

void link_dhcp4_turn_former(LinkDhcp4 *dhcp4, usec_t now) {
        const Dhcp4Lease *lease = dhcp4_client_lease(&dhcp4->client);

        if (lease)
                /* A client that was granted the same address again must not release it. */
                link_former_end(dhcp4, DHCP4_LOSS_NONE,
                                dhcp4->former.release &&
                                        lease->address.s_addr != dhcp4->published.address.s_addr);
        else if (now >= dhcp4->former.until)
                link_former_end(dhcp4, DHCP4_LOSS_HARDWARE_ADDRESS, /* release= */ false);
}

/* Returns true if servers see a client with @config as the one that the lease in use was granted to. */
static bool is_former(const LinkDhcp4 *dhcp4, const Dhcp4ClientConfig *config) {
        const LinkFormer *former = &dhcp4->former;

        if (!former->on || !former->known || former->client_id_len != config->client_id_len)
                return false;
        if (config->client_id_len > 0)
                return memcmp(former->client_id, config->client_id, former->client_id_len) == 0;
        return former->htype == config->htype && former->chaddr_len == config->chaddr_len &&
                memcmp(former->chaddr, config->chaddr, former->chaddr_len) == 0;
}

/* Keeps the lease in use as that of a former identity, because the client is about to get another one. */
static void keep_former(LinkDhcp4 *dhcp4, usec_t now, bool release) {
        const Dhcp4ClientConfig *config = dhcp4_client_config(&dhcp4->client);
        /*
         * A longer identifier is not made from the hardware address. There is no room for it here, so such a
         * lease cannot be given back.
         */
        const bool known = config->client_id_len <= LINK_FORMER_ID_MAX;
        LinkFormer *former = &dhcp4->former;

        *former = (LinkFormer){
                .on = true,
                .known = known,
                .release = known && release && dhcp4->published.origin == DHCP4_LEASE_DHCP,
                .until = MIN(usec_add(now, config->carrier_grace_usec),
                             dhcp4_source_expires_at(&dhcp4->published)),
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
 * Continues with the lease at another hardware address, for a client that servers see as the same one. The
 * lease stays and is verified, as after a sleep.
 */
static void same_client(LinkDhcp4 *dhcp4, usec_t now, const LinkConfig *config, uint32_t mtu) {
        link_dhcp4_set_config(dhcp4, config, mtu);
        acd_set_mac(&dhcp4->acd, now, dhcp4->mac);
        if (dhcp4->carrier && acd_next_deadline(&dhcp4->acd) <= now)
                /* Listen before sending, to hear the first answer. */
                link_dhcp4_set_arp(dhcp4, /* listen= */ true);
}

/* Stops the client and starts it again with @config. The client then waits for its carrier. */
static void become(LinkDhcp4 *dhcp4, usec_t now, const LinkConfig *config, uint32_t mtu,
                   const Dhcp4Source *before, bool held) {
        /* Stop without a RELEASE: the lease is either kept here, or must not be given back. */
        link_dhcp4_feed(dhcp4, now, &(const Dhcp4Event){ .type = DHCP4_EVENT_STOP });
        link_dhcp4_set_config(dhcp4, config, mtu);
        acd_stop(&dhcp4->acd);
        link_dhcp4_feed_start(dhcp4, now, before, held);
}

/*
 * Hands the lease in use to the client, which verifies it, because the link has again the identity that the
 * lease was granted to.
 */
static void give_back(LinkDhcp4 *dhcp4, usec_t now, const LinkConfig *config, uint32_t mtu) {
        dhcp4->former.on = false;
        become(dhcp4, now, config, mtu, &dhcp4->published, /* held= */ true);
        link_dhcp4_feed(dhcp4, now, &(const Dhcp4Event){ .type = DHCP4_EVENT_CARRIER, .carrier.up = true });
}

LinkDhcp4Hardware link_dhcp4_set_hardware(LinkDhcp4 *dhcp4, usec_t now, const LinkConfig *config,
                                          uint32_t mtu, const Dhcp4Lease *cached, bool release) {
        const Dhcp4ClientConfig *old = dhcp4_client_config(&dhcp4->client);
        const Dhcp4Lease *lease = dhcp4_client_lease(&dhcp4->client);
        const Dhcp4Source remembered = cached ? dhcp4_source_of_lease(cached) : (Dhcp4Source){},
                          *published = &dhcp4->published, *before = cached ? &remembered : NULL;
        bool held = false;

        if (dhcp4_client_state(&dhcp4->client) == DHCP4_STATE_STOPPED ||
            dhcp4_client_config_same_client(old, &config->client)) {
                same_client(dhcp4, now, config, mtu);
                return LINK_DHCP4_SAME;
        }
        if (is_former(dhcp4, &config->client)) {
                if (dhcp4->carrier) {
                        give_back(dhcp4, now, config, mtu);
                        return LINK_DHCP4_RETURNED;
                }
                before = published;
        }

        if (!dhcp4->former.on)
                dhcp4->former = (LinkFormer){ .loss = dhcp4->former.loss };
        if (dhcp4->have_published && !dhcp4_source_is_granted(published)) {
                /* No server granted this address, so it does not depend on the identity. */
                before = published;
                held = true;
        } else if (old->anonymize || config->client.anonymize)
                dhcp4->former = (LinkFormer){
                        .loss = dhcp4->have_published ? DHCP4_LOSS_HARDWARE_ADDRESS : dhcp4->former.loss,
                };
        else if (!dhcp4->former.on && dhcp4->have_published && lease &&
                 lease->address.s_addr == published->address.s_addr)
                keep_former(dhcp4, now, release);
        dhcp4->carrier = false;
        become(dhcp4, now, config, mtu, before, held);
        return LINK_DHCP4_ANEW;
}
