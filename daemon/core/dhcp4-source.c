/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a link has of IPv4 (dhcp4-source.h). Pure. */
#include "core/dhcp4-source.h"

#include <assert.h>
#include <string.h>

#include "base/ip.h"
#include "base/macro.h"

#define OWN_OPTIONS_MAX 15u /* bytes: options 53, 1 and 3; held by dhcp4_source_options() */

Dhcp4Source dhcp4_source_of_lease(const Dhcp4Lease *lease) {
        return (Dhcp4Source){
                .origin = lease->origin,
                .address = lease->address,
                .prefix_len = lease->prefix_len,
                .granted_at = lease->granted_at,
                .lifetime_usec = lease->lifetime_usec,
                .lease = lease,
        };
}

Dhcp4Source dhcp4_source_own(Dhcp4LeaseOrigin origin, struct in_addr address, uint8_t prefix_len,
                             struct in_addr router, usec_t since) {
        return (Dhcp4Source){
                .origin = origin,
                .address = address,
                .prefix_len = prefix_len,
                .router = router,
                .granted_at = since,
                .lifetime_usec = USEC_INFINITY,
        };
}

const char *dhcp4_source_check_router(const Dhcp4Source *source) {
        return ip4_check(IP4_USE_ROUTER, source->router, source->address, source->prefix_len);
}

bool dhcp4_source_same_content(const Dhcp4Source *a, const Dhcp4Source *b) {
        if (a->lease && b->lease)
                return dhcp4_lease_same_content(a->lease, b->lease);
        return !a->lease && !b->lease && a->origin == b->origin && a->address.s_addr == b->address.s_addr &&
                a->prefix_len == b->prefix_len && a->router.s_addr == b->router.s_addr;
}

void dhcp4_source_options(const Dhcp4Source *source, Dhcp4Message *ret) {
        const struct in_addr mask = ip4_mask(source->prefix_len);
        uint8_t options[OWN_OPTIONS_MAX];
        Dhcp4Builder b = { .data = options, .size = sizeof(options) };

        if (source->lease) {
                dhcp4_lease_message(source->lease, ret);
                return;
        }
        dhcp4_builder_append_u8(&b, DHCP4_OPTION_MESSAGE_TYPE, DHCP4_ACK);
        dhcp4_builder_append_addr(&b, DHCP4_OPTION_SUBNET_MASK, mask);
        if (source->router.s_addr != INADDR_ANY)
                dhcp4_builder_append_addr(&b, DHCP4_OPTION_ROUTERS, source->router);
        dhcp4_message_clear(ret);
        if (b.error != 0 || !dhcp4_message_add(ret, options, b.pos))
                assert_not_reached();
}
