/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Tells people whether the client would ask for what an OFFER offers, and if not, why not (contract:
 * core/dhcp4-client.h). Uses the same functions that decide when the client receives an OFFER, so that both
 * always agree. Sends nothing and changes nothing.
 *
 * Does not look at xid, chaddr and option 61, by which the client recognises answers to its own messages.
 * RFC 2131 §4.4.1, RFC 1534 §2, RFC 8925 §3.2.
 */
#include "base/macro.h"
#include "core/dhcp4-client-internal.h"

Dhcp4Refusal client_refusal_of_lease(const Dhcp4Message *m, Dhcp4LeaseError error) {
        uint32_t wait_sec;

        switch (error) {
        case DHCP4_LEASE_E_NOT_DHCP:
                return DHCP4_REFUSAL_NOT_DHCP;
        case DHCP4_LEASE_E_NO_ADDRESS:
                if (m->header.yiaddr.s_addr == INADDR_ANY &&
                    dhcp4_message_get_u32(m, DHCP4_OPTION_IPV6_ONLY, &wait_sec) == 0)
                        return DHCP4_REFUSAL_IPV6_ONLY_UNASKED;
                return DHCP4_REFUSAL_NO_ADDRESS;
        case DHCP4_LEASE_E_NO_SERVER_ID:
                return DHCP4_REFUSAL_NO_SERVER_ID;
        case DHCP4_LEASE_E_NO_LIFETIME:
                return DHCP4_REFUSAL_NO_LIFETIME;
        }
        assert_not_reached();
}

static Dhcp4Refusal refusal_of_offer(const Dhcp4ClientConfig *config, const uint8_t *data, size_t len,
                                     const HwAddress *hw, struct in_addr source) {
        const Dhcp4LeaseBasis basis = client_offer_basis(config, source);
        struct in_addr server_id = {};
        Dhcp4Refusal refusal;
        Dhcp4Lease offered;
        uint32_t wait_sec;
        Dhcp4Message m;
        int r;

        if (dhcp4_message_parse(data, len, &m) != 0 || m.header.op != DHCP4_OP_BOOTREPLY ||
            (m.type != DHCP4_OFFER && m.type != DHCP4_BOOTP))
                return DHCP4_REFUSAL_NOT_DHCP;
        if (m.type == DHCP4_BOOTP && !config->bootp)
                return DHCP4_REFUSAL_BOOTP;
        if (!dhcp4_lease_server_id(&m, &server_id) && m.type == DHCP4_OFFER) {
                server_id = basis.server_id;
                if (server_id.s_addr == INADDR_ANY)
                        return DHCP4_REFUSAL_NO_SERVER_ID;
        }
        refusal = client_refuses_server(config, server_id, hw);
        if (refusal != DHCP4_REFUSAL_NONE)
                return refusal;
        if (config->ipv6_only && dhcp4_message_get_u32(&m, DHCP4_OPTION_IPV6_ONLY, &wait_sec) == 0)
                return DHCP4_REFUSAL_IPV6_ONLY;
        r = dhcp4_lease_complete(&(const Dhcp4Answer){ .m = &m, .data = data, .len = len, .hw = hw },
                                 /* granted_at= */ 0, &basis, &offered);
        return r != 0 ? client_refusal_of_lease(&m, (Dhcp4LeaseError) r) : DHCP4_REFUSAL_NONE;
}

const char *dhcp4_client_refuses_offer(const Dhcp4ClientConfig *config, const uint8_t *data, size_t len,
                                       const HwAddress *hw, struct in_addr source) {
        const Dhcp4Refusal refusal = refusal_of_offer(config, data, len, hw, source);

        return refusal == DHCP4_REFUSAL_NONE ? NULL : dhcp4_refusal_describe(refusal);
}
