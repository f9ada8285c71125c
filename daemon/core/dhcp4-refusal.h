/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * Names the reason why an answer of a server gave no lease. It is for people; no decision depends on it.
 *
 * Each reason has a name that programs can rely on, and half a sentence for people. While the client has no
 * lease, it remembers the last reason (dhcp4-client-search.c). dhcp4_client_refuses_offer() returns the
 * reason for one OFFER.
 */
typedef enum Dhcp4Refusal {
        DHCP4_REFUSAL_NONE,
        DHCP4_REFUSAL_NOT_DHCP,
        DHCP4_REFUSAL_BOOTP,
        DHCP4_REFUSAL_CLIENT_ID,
        DHCP4_REFUSAL_DENIED,
        DHCP4_REFUSAL_NOT_ALLOWED,
        DHCP4_REFUSAL_NO_ADDRESS,
        DHCP4_REFUSAL_NO_SERVER_ID,
        DHCP4_REFUSAL_NO_LIFETIME,
        /* option 108, and the client asks for it */
        DHCP4_REFUSAL_IPV6_ONLY,
        /*
         * no address, only option 108, which does not count: not asked for, or without a server identifier
         */
        DHCP4_REFUSAL_IPV6_ONLY_UNASKED,
        /* no address, only option 116 (RFC 2563) */
        DHCP4_REFUSAL_AUTO_CONFIGURE,
        /* an ACK that is not from the selected server and does not confirm the offered address */
        DHCP4_REFUSAL_OTHER_SERVER,
        /* an ACK before anything was requested */
        DHCP4_REFUSAL_UNASKED,
        DHCP4_REFUSAL_EXPIRED,
        DHCP4_REFUSAL_NAK,
        /* a NAK from a server that was not asked, or without a server identifier; it is ignored */
        DHCP4_REFUSAL_NAK_IGNORED,
        /* granted, found to be in use, and declined */
        DHCP4_REFUSAL_IN_USE,
        /* the OFFER was accepted, but nobody answers the REQUEST for it */
        DHCP4_REFUSAL_NO_ACK,
        _DHCP4_REFUSAL_MAX,
} Dhcp4Refusal;

/* Returns "no-lease-time", "denied" ..., or "" for NONE. These names do not change. */
const char *dhcp4_refusal_to_string(Dhcp4Refusal refusal);
/* Returns what is wrong with the answer, for people, or "" for NONE. */
const char *dhcp4_refusal_describe(Dhcp4Refusal refusal);
