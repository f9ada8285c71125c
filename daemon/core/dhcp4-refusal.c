/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The names and texts of the reasons (dhcp4-refusal.h). Pure. */
#include "core/dhcp4-refusal.h"

#include <assert.h>

static const struct {
        const char *name, *text;
} refusals[_DHCP4_REFUSAL_MAX] = {
        [DHCP4_REFUSAL_NONE] = { "", "" },
        [DHCP4_REFUSAL_NOT_DHCP] = { "not-dhcp", "no DHCPOFFER, and no whole BOOTP reply" },
        [DHCP4_REFUSAL_BOOTP] = { "bootp", "a BOOTP reply, and BOOTP=no" },
        [DHCP4_REFUSAL_CLIENT_ID] = { "client-id", "it is for another client identifier (option 61)" },
        [DHCP4_REFUSAL_DENIED] = { "denied", "a server that DenyServer= lists" },
        [DHCP4_REFUSAL_NOT_ALLOWED] = { "not-allowed", "a server that AllowServer= does not list" },
        [DHCP4_REFUSAL_NO_ADDRESS] = { "no-address", "no address that a host can have" },
        [DHCP4_REFUSAL_NO_SERVER_ID] = { "no-server-id",
                                         "no usable server identifier (option 54), and no host that it came "
                                         "from" },
        [DHCP4_REFUSAL_NO_LIFETIME] = { "no-lease-time",
                                        "no lease time (option 51), and DefaultLeaseTimeSec=0" },
        [DHCP4_REFUSAL_IPV6_ONLY] = { "ipv6-only",
                                      "the network needs no IPv4 (option 108), and IPv6OnlyMode= heeds "
                                      "that" },
        [DHCP4_REFUSAL_IPV6_ONLY_UNASKED] = { "ipv6-only-unasked",
                                              "no address, only that the network needs no IPv4 (option "
                                              "108), "
                                              "which was not asked for (IPv6OnlyMode=)" },
        [DHCP4_REFUSAL_AUTO_CONFIGURE] = { "auto-configure", "no address for this host (option 116)" },
        [DHCP4_REFUSAL_OTHER_SERVER] = { "other-server", "another server was asked" },
        [DHCP4_REFUSAL_UNASKED] = { "unasked", "nothing was requested yet" },
        [DHCP4_REFUSAL_EXPIRED] = { "expired", "the lease would be over already" },
        [DHCP4_REFUSAL_NAK] = { "nak", "the server refuses the address" },
        [DHCP4_REFUSAL_NAK_IGNORED] = { "nak-ignored", "that server was not asked" },
        [DHCP4_REFUSAL_IN_USE] = { "address-in-use", "somebody else has the address" },
        [DHCP4_REFUSAL_NO_ACK] = { "no-ack", "the DHCPREQUEST for it has no answer" },
};

const char *dhcp4_refusal_to_string(Dhcp4Refusal refusal) {
        assert(refusal < _DHCP4_REFUSAL_MAX);
        return refusals[refusal].name;
}

const char *dhcp4_refusal_describe(Dhcp4Refusal refusal) {
        assert(refusal < _DHCP4_REFUSAL_MAX);
        return refusals[refusal].text;
}
