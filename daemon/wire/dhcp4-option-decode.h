/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * Decodes options that have an inner structure: one decoder for each. Pure. Nothing is allocated; spans
 * point into the bytes that were read.
 *
 * Functions named _next walk a list: they read the next item from a reader over the content (byte_reader())
 * and return true. If they return false, r->failed tells whether the content is malformed (true) or the
 * list is at its end (false). *ret is only written on true. Functions named _decode read the whole content
 * and return true if it is well-formed. dhcp4_option_check() checks the content with these functions too,
 * except for options 43 and 77. So every other option that a message has (dhcp4_message_has()) is read to
 * its end without an error.
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
 * These read routes of the types CLASSLESS_ROUTES (RFC 3442) and STATIC_ROUTES (RFC 2132 §5.8). A default
 * route is illegal in the second type, but is returned.
 */
bool dhcp4_classless_route_next(ByteReader *r, Dhcp4Route *ret);
bool dhcp4_static_route_next(ByteReader *r, Dhcp4Route *ret);

/*
 * Reads a name of RFC 1035 §4.1.4 of letters, digits, - and _. Compression pointers count from the start of
 * @r and must go strictly backwards. A root label alone is malformed.
 */
bool dhcp4_domain_next(ByteReader *r, char ret[DHCP4_DOMAIN_MAX]);

/*
 * A sub-option: code, length and data, without padding. Option 82 has them (RFC 3046 §2.0), and so does the
 * content of an enterprise in option 125 (RFC 3925 §4).
 */
typedef struct Dhcp4Suboption {
        uint8_t code;
        Dhcp4Span content;
} Dhcp4Suboption;
bool dhcp4_suboption_next(ByteReader *r, Dhcp4Suboption *ret);
/*
 * Reads a sub-option of option 43 (RFC 2132 §8.4), where 0 is padding and 255 is the end. Vendors need not
 * use this form. Then the content cannot be decoded.
 */
bool dhcp4_vendor_next(ByteReader *r, Dhcp4Suboption *ret);

/*
 * Reads an item of length and data: a user class (RFC 3004 §4), or an item of an enterprise's vendor class
 * (RFC 3925 §3).
 */
bool dhcp4_counted_next(ByteReader *r, Dhcp4Span *ret);
/* Returns true if @data is such a list without an empty item. User classes are often plain text instead. */
bool dhcp4_is_counted_list(const uint8_t *data, size_t len);

/* Options 124 and 125 (RFC 3925 §3, §4): the content of one enterprise. */
typedef struct Dhcp4Enterprise {
        uint32_t number; /* enterprise number of IANA */
        Dhcp4Span content;
} Dhcp4Enterprise;
bool dhcp4_enterprise_next(ByteReader *r, Dhcp4Enterprise *ret);

/* Option 90 (RFC 3118 §2). */
typedef struct Dhcp4Authentication {
        uint8_t protocol, algorithm, rdm;
        uint64_t replay;
        Dhcp4Span information; /* may be a secret, so it must never be shown */
} Dhcp4Authentication;
bool dhcp4_authentication_decode(const uint8_t *data, size_t len, Dhcp4Authentication *ret);

/*
 * Option 120 (RFC 3361 §3). If names is set, servers holds names for dhcp4_domain_next(), otherwise
 * addresses of four bytes each.
 */
typedef struct Dhcp4Sip {
        bool names;
        Dhcp4Span servers;
} Dhcp4Sip;
bool dhcp4_sip_decode(const uint8_t *data, size_t len, Dhcp4Sip *ret);

/*
 * Option 162 (RFC 9463 §5.1): a resolver that passes the checks of §3.1.8. If it has no addresses and
 * parameters, it has to be looked up by its name ("ADN-only mode").
 */
typedef struct Dhcp4Dnr {
        uint16_t priority;          /* smaller is better; never 0 */
        char adn[DHCP4_DOMAIN_MAX]; /* authentication domain name */
        Dhcp4Span addresses;        /* for dhcp4_dnr_address_next(); empty, or with at least one address */
        Dhcp4Span parameters;       /* for dhcp4_svc_param_next() */
} Dhcp4Dnr;
bool dhcp4_dnr_next(ByteReader *r, Dhcp4Dnr *ret);
/*
 * Reads the next address and skips those that no host has: multicast and loopback addresses have to be
 * discarded (RFC 9463 §5.2).
 */
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

/* Returns @len without the NULs at the end of the text. Many servers count one. */
size_t dhcp4_text_len(const uint8_t *data, size_t len);

/*
 * These return NULL, or what is wrong (a static sentence). A MUD URL must be of https (RFC 8520 §10). So
 * must the API of a captive portal (RFC 8908 §4), unless a URN says that there is no portal (RFC 8910 §2).
 * Programs that open a URI trust us. So it must have a host, may have no user name, which people may take
 * for the host (RFC 9110 §4.2.4), and may only have the characters of URIs. A time zone (RFC 4833 §2, §3)
 * is refused if the C library may take it for a path.
 */
#define DHCP4_CAPTIVE_PORTAL_MAX 255u /* bytes, RFC 8910 §2; held by dhcp4_captive_portal_check() */
const char *dhcp4_https_uri_check(const uint8_t *data, size_t len);
const char *dhcp4_captive_portal_check(const uint8_t *data, size_t len);
/* Returns true if the option says that there is no captive portal. */
bool dhcp4_captive_portal_is_none(const uint8_t *data, size_t len);
const char *dhcp4_posix_timezone_check(const uint8_t *data, size_t len);
const char *dhcp4_tzdb_timezone_check(const uint8_t *data, size_t len);
