/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * What is inside options that have an inner structure: one decoder for each. Pure; nothing is allocated,
 * spans point into what was read.
 *
 * Those named _next walk a list: they take the next item off a reader over the content (byte_reader()).
 * False is the end when r->failed is false, and malformed content when it is true; *ret is only written on
 * true. Those named _decode take the whole content and say whether it is well-formed. dhcp4_option_check()
 * asks them the same, so what a message has (dhcp4_message_has()) they read to the end.
 */
#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "wire/dhcp4-options.h"

typedef struct Dhcp4Span {
        const uint8_t *data;
        size_t len; /* bytes */
} Dhcp4Span;

/*
 * Routes of the types CLASSLESS_ROUTES (RFC 3442) and STATIC_ROUTES (RFC 2132 §5.8; the default route is
 * illegal there, but returned).
 */
bool dhcp4_classless_route_next(ByteReader *r, Dhcp4Route *ret);
bool dhcp4_static_route_next(ByteReader *r, Dhcp4Route *ret);

/*
 * A name of RFC 1035 §4.1.4: letters, digits, - and _; pointers count from the start of @r and go strictly
 * backwards. No root alone.
 */
bool dhcp4_domain_next(ByteReader *r, char ret[DHCP4_DOMAIN_MAX]);

/*
 * Code, length, data, without padding: option 82 (RFC 3046 §2.0), and what enterprises put into option 125
 * (RFC 3925 §4).
 */
typedef struct Dhcp4Suboption {
        uint8_t code;
        Dhcp4Span content;
} Dhcp4Suboption;
bool dhcp4_suboption_next(ByteReader *r, Dhcp4Suboption *ret);
/*
 * The same in option 43 (RFC 2132 §8.4): 0 is padding, and 255 the end. Vendors need not keep to it: then
 * nothing can be said of it.
 */
bool dhcp4_vendor_next(ByteReader *r, Dhcp4Suboption *ret);

/* Length and data: user classes (RFC 3004 §4) and what is in an enterprise's vendor class (RFC 3925 §3). */
bool dhcp4_counted_next(ByteReader *r, Dhcp4Span *ret);
/* Is @data such a list, without an empty item? User classes are often plain text instead. */
bool dhcp4_is_counted_list(const uint8_t *data, size_t len);

/* Options 124 and 125 (RFC 3925 §3, §4): what each enterprise says. */
typedef struct Dhcp4Enterprise {
        uint32_t number; /* of IANA */
        Dhcp4Span content;
} Dhcp4Enterprise;
bool dhcp4_enterprise_next(ByteReader *r, Dhcp4Enterprise *ret);

/* Option 90 (RFC 3118 §2). */
typedef struct Dhcp4Authentication {
        uint8_t protocol, algorithm, rdm;
        uint64_t replay;
        Dhcp4Span information; /* may be a secret: never to be shown */
} Dhcp4Authentication;
bool dhcp4_authentication_decode(const uint8_t *data, size_t len, Dhcp4Authentication *ret);

/* Option 120 (RFC 3361 §3): names, for dhcp4_domain_next(), or addresses, four bytes each. */
typedef struct Dhcp4Sip {
        bool names;
        Dhcp4Span servers;
} Dhcp4Sip;
bool dhcp4_sip_decode(const uint8_t *data, size_t len, Dhcp4Sip *ret);

/*
 * Option 162 (RFC 9463 §5.1): a resolver that passes the checks of §3.1.8. Without addresses and parameters
 * it is to be looked up by its name ("ADN-only mode").
 */
typedef struct Dhcp4Dnr {
        uint16_t priority;          /* smaller is better; never 0 */
        char adn[DHCP4_DOMAIN_MAX]; /* authentication domain name */
        Dhcp4Span addresses;  /* for dhcp4_dnr_address_next(): there is one, unless the span is empty */
        Dhcp4Span parameters; /* for dhcp4_svc_param_next() */
} Dhcp4Dnr;
bool dhcp4_dnr_next(ByteReader *r, Dhcp4Dnr *ret);
/* Passes over what is no host: multicast and loopback addresses have to be discarded (RFC 9463 §5.2). */
bool dhcp4_dnr_address_next(ByteReader *r, struct in_addr *ret);

/* A service parameter (RFC 9460 §14.3.2, RFC 9461 §5). */
enum {
        DHCP4_SVC_MANDATORY = 0,
        DHCP4_SVC_ALPN = 1,
        DHCP4_SVC_NO_DEFAULT_ALPN = 2,
        DHCP4_SVC_PORT = 3,
        DHCP4_SVC_IPV4HINT = 4,
        DHCP4_SVC_IPV6HINT = 6,
        DHCP4_SVC_DOHPATH = 7,
};
typedef struct Dhcp4SvcParam {
        uint16_t key;
        Dhcp4Span value;
} Dhcp4SvcParam;
bool dhcp4_svc_param_next(ByteReader *r, Dhcp4SvcParam *ret);

/* Option 212 (RFC 5969 §7.1.1). */
typedef struct Dhcp4SixRd {
        uint8_t ipv4_mask_len, prefix_len;
        uint8_t prefix[16]; /* host bits cleared */
        Dhcp4Span relays;   /* four bytes each */
} Dhcp4SixRd;
bool dhcp4_6rd_decode(const uint8_t *data, size_t len, Dhcp4SixRd *ret);

/* @len without the NULs at the end: many servers count one. */
size_t dhcp4_text_len(const uint8_t *data, size_t len);

/*
 * NULL, or what is wrong (a static sentence). A MUD URL is of https alone (RFC 8520 §10). So is the API of a
 * captive portal (RFC 8908 §4), or a name says that there is no portal (RFC 8910 §2). Whoever opens one
 * trusts us: it has a host, no user's name, which may look like a host to people (RFC 9110 §4.2.4), and the
 * characters that URIs have. Time zones (RFC 4833 §2, §3): what the C library may take for a path is
 * refused.
 */
#define DHCP4_CAPTIVE_PORTAL_MAX 255u /* bytes, RFC 8910 §2; held by dhcp4_captive_portal_check() */
const char *dhcp4_https_uri_check(const uint8_t *data, size_t len);
const char *dhcp4_captive_portal_check(const uint8_t *data, size_t len);
/* Does the option say that there is no captive portal? */
bool dhcp4_captive_portal_is_none(const uint8_t *data, size_t len);
const char *dhcp4_posix_timezone_check(const uint8_t *data, size_t len);
const char *dhcp4_tzdb_timezone_check(const uint8_t *data, size_t len);
