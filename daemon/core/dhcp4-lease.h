/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * The lease that a server granted, checked and in our own units. A plain value.
 *
 * Only the values that the client decides by are decoded. The answer itself is kept as received, and every
 * other option is read from there (dhcp4_lease_message()). So a lease is small, loses nothing, and is saved
 * and shown as one piece. Options that the answer left out and that are kept from before
 * (core/dhcp4-lease-kept.c) follow it, and are read with it.
 */
#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/hw-address.h"
#include "base/usec.h"
#include "core/dhcp4-forcerenew.h"
#include "wire/dhcp4-message.h"
#include "wire/dhcp4-options.h"

#define DHCP4_LEASE_ROUTERS_MAX 4u
/*
 * No message holds more routes. The shortest route of option 121, a default route, takes five bytes.
 * Options stand behind the fixed header and in the two fields that option 52 overloads. Nothing stores that
 * many routes: they are read from the answer when they are needed.
 */
#define DHCP4_LEASE_ROUTES_MAX ((DHCP4_MESSAGE_MAX_LEN - 240u + 64u + 128u) / 5u)
#define DHCP4_LEASE_DNS_MAX    8u
#define DHCP4_LEASE_NTP_MAX    8u
#define DHCP4_LEASE_SEARCH_MAX 16u
/*
 * The most entries that dhcp4_lease_ignored() and dhcp4_net_ignored() store: malformed options, options as
 * a whole, and values of seven options.
 */
#define DHCP4_LEASE_IGNORED_MAX \
        (DHCP4_MESSAGE_IGNORED_MAX + 32u + 7u * (DHCP4_LEASE_IGNORED_VALUES_MAX + 1u))
/* The most values of one option that are named. One more entry says that there are more. */
#define DHCP4_LEASE_IGNORED_VALUES_MAX 4u
#define DHCP4_LEASE_BROADCAST_MAX      5u
/* How many routers are remembered to recognise a network by (RFC 4436). */
#define DHCP4_LEASE_GATEWAYS_MAX 2u

/*
 * The shortest lifetime that we take from a server. A shorter one is raised to it: a lifetime of 0 or 1 s
 * would make us flood the server.
 */
#define DHCP4_LEASE_LIFETIME_MIN_USEC (10 * USEC_PER_SEC)

/* Where an address comes from. The last three need no lease; see core/dhcp4-source.h. */
typedef enum Dhcp4LeaseOrigin {
        DHCP4_LEASE_DHCP,
        DHCP4_LEASE_BOOTP, /* unlimited, and without a server identifier (RFC 1534 §2) */
        /* the address is configured, the rest is from an answer to INFORM, if there was one */
        DHCP4_LEASE_INFORM,
        DHCP4_LEASE_STATIC,     /* a configured address, used because no server answered */
        DHCP4_LEASE_LINK_LOCAL, /* an address of RFC 3927, used because no server answered */
        _DHCP4_LEASE_ORIGIN_MAX,
} Dhcp4LeaseOrigin;

/*
 * A router of the lease and, once it answered, its hardware address. The network is recognised by both
 * (core/dna.h).
 */
typedef struct Dhcp4Gateway {
        struct in_addr address; /* 0.0.0.0: none */
        uint8_t mac[6];         /* all zero: not known yet */
} Dhcp4Gateway;

bool dhcp4_gateway_is_known(const Dhcp4Gateway *gateway);

typedef struct Dhcp4Lease {
        Dhcp4LeaseOrigin origin;
        /*
         * 0: answers reach us by unicast. Otherwise they seem to reach us only by broadcast. The value is
         * then 1 plus the number of exchanges that were tried without the broadcast flag and failed, at
         * most DHCP4_LEASE_BROADCAST_MAX. The next exchange on this network starts from it.
         */
        uint8_t broadcast;
        /*
         * True if the lease was remembered over a boot and the calendar does not tell how long that took.
         * The server may be asked for the lease, and only the server can put it back in force.
         */
        bool age_unknown;
        struct in_addr address; /* yiaddr */
        /* from option 1; 32 if absent or not contiguous (DEVIATION RFC 2131, see .c) */
        uint8_t prefix_len;
        /* option 54; the only address we unicast to (RFC 2131 §4.1); 0.0.0.0: no DHCP server */
        struct in_addr server_id;
        /* link-layer source of the ACK: the server, or the relay on its side; len 0: unknown */
        HwAddress server_hw;

        /* instant: when the request that won this ACK was sent (RFC 2131 §4.4.1) */
        usec_t granted_at;
        usec_t lifetime_usec; /* span, option 51; USEC_INFINITY if unlimited */
        usec_t t1_usec;       /* span; 0 < t1 < t2 < lifetime holds for every finite lease */
        usec_t t2_usec;       /* span; both USEC_INFINITY when the lifetime is */

        Dhcp4Gateway gateways[DHCP4_LEASE_GATEWAYS_MAX]; /* the first routers of the answer */

        Dhcp4Nonce nonce; /* the server proves with it that its FORCERENEW is genuine */

        uint16_t ack_len, kept_len; /* bytes */
        /*
         * The first ack_len bytes are the whole answer, without the nonce, and with the address in yiaddr
         * even if the server left it 0. The kept_len bytes behind it are options that the answer lacks and
         * that count nevertheless, in the form that dhcp4_message_add() takes.
         */
        uint8_t ack[DHCP4_MESSAGE_MAX_LEN];
} Dhcp4Lease;

typedef enum Dhcp4LeaseError {
        DHCP4_LEASE_E_NOT_DHCP = 1, /* does not parse, or is neither DHCP nor a whole BOOTP reply */
        DHCP4_LEASE_E_NO_ADDRESS,   /* yiaddr unset, loopback, multicast, class E, or a broadcast address */
        DHCP4_LEASE_E_NO_SERVER_ID, /* not BOOTP, and option 54 is missing or not the address of a host */
        DHCP4_LEASE_E_NO_LIFETIME,  /* not BOOTP, and option 51 is missing */
} Dhcp4LeaseError;

/*
 * An answer of a server, parsed once and handed on. Decisions use the parsed form, a lease keeps the bytes
 * as received. All pointers are borrowed.
 */
typedef struct Dhcp4Answer {
        const Dhcp4Message *m;
        const uint8_t *data;
        size_t len;          /* bytes of @data, of which @m was parsed */
        const HwAddress *hw; /* the link-layer source; NULL: not known */
} Dhcp4Answer;

/*
 * Makes a lease from @data, an ACK (or an OFFER, which has the same shape) or a BOOTP reply, as received.
 * T1 and T2 get their defaults 0.5 and 0.875 (RFC 2131 §4.4.5) if they are absent. They are repaired if
 * their order is wrong or if they are so short that renewals would flood the server. No jitter is added
 * here; the client does that. Returns 0 or a Dhcp4LeaseError. On any result but 0, *ret is not touched.
 * granted_at + lifetime saturates.
 */
int dhcp4_lease_from_ack(const uint8_t *data, size_t len, const HwAddress *server_hw_or_null,
                         usec_t granted_at, Dhcp4Lease *ret);

/* What stands in for options that an answer lacks. All zero: nothing does. */
typedef struct Dhcp4LeaseBasis {
        /*
         * The OFFER that was requested, or the lease that the answer renews. If the answer is for the same
         * address, the options of this one stand in for those that the answer lacks. NULL: none. Borrowed
         * for the call.
         */
        const Dhcp4Lease *before;
        /*
         * The address that an answer confirms if its yiaddr is 0.0.0.0. If this is 0.0.0.0 too, it confirms
         * none.
         */
        struct in_addr asked;
        /*
         * server_id is used instead of option 54, lifetime_sec (seconds) instead of option 51, if neither
         * the answer nor @before has that option. 0.0.0.0 and 0: nothing is used.
         */
        struct in_addr server_id;
        uint32_t lifetime_sec;
} Dhcp4LeaseBasis;

/*
 * Makes a lease as dhcp4_lease_from_ack() does, but takes what the answer lacks from @basis.
 * dhcp4_lease_kept() lists the options that were added.
 */
int dhcp4_lease_complete(const Dhcp4Answer *answer, usec_t granted_at, const Dhcp4LeaseBasis *basis,
                         Dhcp4Lease *ret);

/*
 * Makes a lease from its saved parts: the answer @ack (Dhcp4Lease.ack) and the options @kept behind it.
 * Both may be hostile. Returns NOT_DHCP also if dhcp4_lease_complete() could not have kept @kept.
 */
int dhcp4_lease_restore(const uint8_t *ack, size_t len, const uint8_t *kept, size_t kept_len,
                        const HwAddress *server_hw_or_null, usec_t granted_at, Dhcp4Lease *ret);

#define DHCP4_LEASE_KEPT_MAX 254u

/* Stores the codes of the options that the answer lacked and that are kept. Returns how many were stored. */
size_t dhcp4_lease_kept(const Dhcp4Lease *lease, uint8_t ret[DHCP4_LEASE_KEPT_MAX]);

/*
 * Stores the prefix length of option 1. Returns false if there is no such option or it is no mask; *ret must
 * not be used then.
 */
bool dhcp4_lease_mask(const Dhcp4Message *m, uint8_t *ret);

/*
 * Stores the server identifier of an OFFER, ACK or NAK, which MUST have one (RFC 2131 §4.3.1 table 3).
 * REQUEST and RELEASE are sent to it, so an address that no host can have counts as none. Returns false if
 * there is none; *ret must not be used then.
 */
bool dhcp4_lease_server_id(const Dhcp4Message *m, struct in_addr *ret);

/*
 * Makes a lease from the answer to an INFORM (RFC 2131 §3.4). Such an answer has neither an address nor a
 * lifetime. So the lease has @address and @prefix_len, and is unlimited. Returns 0, NOT_DHCP or
 * NO_SERVER_ID.
 */
int dhcp4_lease_from_inform(const Dhcp4Answer *answer, struct in_addr address, uint8_t prefix_len,
                            usec_t granted_at, Dhcp4Lease *ret);

/* Returns true if a server granted the lease. */
static inline bool dhcp4_lease_is_granted(const Dhcp4Lease *lease) {
        return lease->origin == DHCP4_LEASE_DHCP || lease->origin == DHCP4_LEASE_BOOTP;
}

/* Returns "dhcp", "bootp", "inform", "static" or "link-local". */
const char *dhcp4_lease_origin_to_string(Dhcp4LeaseOrigin origin);

/*
 * Stores in *ret the parsed answer with the kept options. Cannot fail: a lease is only made from an answer
 * that did parse.
 */
void dhcp4_lease_message(const Dhcp4Lease *lease, Dhcp4Message *ret);

static inline usec_t dhcp4_lease_expires_at(const Dhcp4Lease *lease) {
        return usec_add(lease->granted_at, lease->lifetime_usec);
}

/*
 * Returns true if one lease is a plain renewal of the other. They may differ in granted_at, the lifetimes,
 * header fields of one exchange (xid, secs, ...), and options of one exchange that one of them lacks. It
 * makes no difference whether an option was in the answer or is kept.
 */
bool dhcp4_lease_same_content(const Dhcp4Lease *a, const Dhcp4Lease *b);

/*
 * Returns the code of the option whose routes count (RFC 3442): 121 if it is present, else 249, else 33.
 * With 33, the routers of option 3 count too.
 */
uint8_t dhcp4_lease_routes_option(const Dhcp4Message *ack);

/*
 * In all functions below, @ack is the answer of @lease (dhcp4_lease_message()). Values that cannot be used
 * are left out: base/ip.h says which.
 */

/*
 * Stores the addresses of option 3, 6 or 42 that can be used, in received order. Returns how many were
 * stored.
 */
size_t dhcp4_lease_addrs(const Dhcp4Lease *lease, const Dhcp4Message *ack, uint8_t code, struct in_addr *ret,
                         size_t max);
/*
 * Stores the routes that a lease asks for, in received order: those of dhcp4_lease_routes_option() and, if
 * that is option 33, a default route for each router of option 3. A gateway 0.0.0.0 means that the
 * destination is on the link; only options 121 and 249 can say so (RFC 3442). Returns how many were stored.
 */
size_t dhcp4_lease_routes(const Dhcp4Lease *lease, const Dhcp4Message *ack, Dhcp4Route *ret, size_t max);
/*
 * Stores the default routes of option 3 alone, whatever other options there are. Returns how many were
 * stored.
 */
size_t dhcp4_lease_routers(const Dhcp4Lease *lease, const Dhcp4Message *ack, Dhcp4Route *ret, size_t max);

/*
 * Returns true if the routes come from option 121 or 249 and none is a default route. Then there is no
 * default route, whatever option 3 says (RFC 3442).
 */
bool dhcp4_lease_lacks_default(const Dhcp4Lease *lease, const Dhcp4Message *ack);

/* A growing list of what was ignored. It takes no more than @max entries; further ones are dropped. */
typedef struct Dhcp4Notes {
        Dhcp4Ignored *entries;
        size_t max, n;
} Dhcp4Notes;

void dhcp4_notes_add(Dhcp4Notes *notes, uint8_t code, const char *reason);
/*
 * Adds one value of an option. The first DHCP4_LEASE_IGNORED_VALUES_MAX of an option are named; after them
 * one entry says that there are more.
 */
void dhcp4_notes_add_address(Dhcp4Notes *notes, uint8_t code, struct in_addr address, const char *reason);

/*
 * Notes the options that are present and well-formed but not used, or not in full (3, 33 and 249 beside
 * 121, addresses that no host has, an MTU below @mtu_min, times that contradict each other ...). Then notes
 * the malformed ones of @ack. @classless says that options 121 and 249 are used, so that others are not.
 */
void dhcp4_lease_ignored(const Dhcp4Lease *lease, const Dhcp4Message *ack, bool classless, uint16_t mtu_min,
                         Dhcp4Notes *notes);

#define DHCP4_LEASE_MTU_MIN 576u /* bytes; a smaller MTU is only used if the configuration allows it */
/* bytes, RFC 2132 §5.1 and RFC 791; Linux disables IPv4 on a link with a smaller MTU */
#define DHCP4_LEASE_MTU_MIN_MIN 68u

/*
 * Returns the MTU of option 26 in bytes, or 0 if it is absent or smaller than @min or
 * DHCP4_LEASE_MTU_MIN_MIN.
 */
uint16_t dhcp4_lease_mtu(const Dhcp4Message *ack, uint16_t min);
