/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * Why an answer of a server gave no lease. For people; nothing decides on it.
 *
 * Each reason has a name that programs can rely on, and half a sentence for people. The client
 * (dhcp4-client-search.c) remembers the last one while it has no lease, and dhcp4_client_refuses_offer()
 * says it of an OFFER that somebody asks about.
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
        /* no address but option 108, which does not count: not asked for, or of a server without a name */
        DHCP4_REFUSAL_IPV6_ONLY_UNASKED,
        /* no address but option 116 (RFC 2563) */
        DHCP4_REFUSAL_AUTO_CONFIGURE,
        /* an ACK that neither the selected server nor the offered address speaks for */
        DHCP4_REFUSAL_OTHER_SERVER,
        /* an ACK before anything was requested */
        DHCP4_REFUSAL_UNASKED,
        DHCP4_REFUSAL_EXPIRED,
        DHCP4_REFUSAL_NAK,
        /* a NAK of a server that was not asked, or that does not say which it is: it is ignored */
        DHCP4_REFUSAL_NAK_IGNORED,
        /* granted, found to be in use, and declined */
        DHCP4_REFUSAL_IN_USE,
        /* an OFFER that was taken, and nobody answers the REQUEST for it */
        DHCP4_REFUSAL_NO_ACK,
        _DHCP4_REFUSAL_MAX,
} Dhcp4Refusal;

/* "no-lease-time", "denied" ...; "": NONE. These names do not change. */
const char *dhcp4_refusal_to_string(Dhcp4Refusal refusal);
/* What is wrong with the answer, for people; "": NONE. */
const char *dhcp4_refusal_describe(Dhcp4Refusal refusal);
