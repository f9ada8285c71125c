/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * The option table: one row for each option that we know, and the checks that follow from it. Structured
 * options are decoded by dhcp4-option-decode.h.
 *
 * The table (dhcp4-option-table.c) is the only place that says how long an option may be. The parser drops
 * malformed options by it. D-Bus, JSON, configuration, command line and documentation name and show options
 * by it, and a test walks every (option, length) pair. Unknown options are opaque. RFC 2132, 3397, 3442,
 * 4702 and those named at the constants in wire/dhcp4-protocol.h.
 */
#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "wire/dhcp4-message.h"

typedef enum Dhcp4OptionType {
        DHCP4_OPTION_TYPE_OPAQUE,
        DHCP4_OPTION_TYPE_FLAG, /* no content, or one byte 0 or 1 */
        DHCP4_OPTION_TYPE_U8,
        DHCP4_OPTION_TYPE_U16,
        DHCP4_OPTION_TYPE_U32,              /* seconds for the lease times */
        DHCP4_OPTION_TYPE_I32,              /* two's complement */
        DHCP4_OPTION_TYPE_U8S,              /* list of numbers */
        DHCP4_OPTION_TYPE_U16S,             /* list of numbers */
        DHCP4_OPTION_TYPE_ADDR,             /* one address */
        DHCP4_OPTION_TYPE_ADDRS,            /* list of addresses */
        DHCP4_OPTION_TYPE_ADDR_PAIRS,       /* list of an address and its mask */
        DHCP4_OPTION_TYPE_STRING,           /* NVT ASCII */
        DHCP4_OPTION_TYPE_TEXT,             /* mostly text, but any bytes are legal */
        DHCP4_OPTION_TYPE_URI,              /* an https URI, or that there is none */
        DHCP4_OPTION_TYPE_POSIX_TIMEZONE,   /* RFC 4833 §2 */
        DHCP4_OPTION_TYPE_TZDB_TIMEZONE,    /* RFC 4833 §2 */
        DHCP4_OPTION_TYPE_DOMAINS,          /* RFC 1035 names, compressed (RFC 3397) */
        DHCP4_OPTION_TYPE_STATIC_ROUTES,    /* option 33: pairs of addresses */
        DHCP4_OPTION_TYPE_CLASSLESS_ROUTES, /* options 121 and 249 (RFC 3442) */
        /* each of these is for one option, see wire/dhcp4-option-decode.h */
        DHCP4_OPTION_TYPE_OVERLOAD,       /* option 52 */
        DHCP4_OPTION_TYPE_MESSAGE_TYPE,   /* option 53 */
        DHCP4_OPTION_TYPE_CODES,          /* option 55 */
        DHCP4_OPTION_TYPE_CLIENT_ID,      /* option 61 */
        DHCP4_OPTION_TYPE_USER_CLASS,     /* option 77: a list (RFC 3004 §4) or plain text */
        DHCP4_OPTION_TYPE_FQDN,           /* option 81, wire/dhcp4-fqdn.h */
        DHCP4_OPTION_TYPE_VENDOR,         /* option 43: sub-options, or anything */
        DHCP4_OPTION_TYPE_RELAY,          /* option 82: sub-options */
        DHCP4_OPTION_TYPE_AUTHENTICATION, /* option 90 */
        DHCP4_OPTION_TYPE_SIP,            /* option 120 */
        DHCP4_OPTION_TYPE_VENDOR_CLASS,   /* option 124 */
        DHCP4_OPTION_TYPE_VENDOR_OPTIONS, /* option 125 */
        DHCP4_OPTION_TYPE_DNR,            /* option 162 */
        DHCP4_OPTION_TYPE_SIXRD,          /* option 212 */
} Dhcp4OptionType;

typedef struct Dhcp4OptionInfo {
        uint8_t code;
        const char *name; /* the RFC's name in kebab case: "subnet-mask" */
        Dhcp4OptionType type;
        uint16_t min_len,
                max_len;     /* bytes, when joined; max_len 0: no upper limit, but both 0: no content */
        uint8_t multiple_of; /* the length is a multiple of this many bytes; 0 or 1: of any */
} Dhcp4OptionInfo;

/* Returns the row of the option, or NULL if it is not in the table. */
const Dhcp4OptionInfo *dhcp4_option_info(uint8_t code);

/* What the table says about an option for programs that write environments of scripts (plugin/hooks). */
typedef enum Dhcp4OptionNote {
        /*
         * The name in ISC's dhcp-options(5). Empty: ISC has no name. Without this note, ISC's name is ours.
         */
        DHCP4_OPTION_NOTE_ISC_NAME = 'd',
        /* The format in ISC's letters. Without this note, it follows from the type. */
        DHCP4_OPTION_NOTE_ISC_FORMAT = 'f',
        /*
         * The name of the variable of BusyBox's udhcpc. Without this note, it is optN, in hexadecimal
         * digits.
         */
        DHCP4_OPTION_NOTE_UDHCPC_NAME = 'u',
        /*
         * What a text must be to be passed on: "name", "names" or "path". Without this note, any text is
         * passed on.
         */
        DHCP4_OPTION_NOTE_CHECK = 'k',
        /* The same, but only for udhcpc's scripts; dhclient passes any text on. */
        DHCP4_OPTION_NOTE_CHECK_UDHCPC = 'v',
} Dhcp4OptionNote;

/* Returns NULL if the row has no such note. */
const char *dhcp4_option_note(const Dhcp4OptionInfo *info, Dhcp4OptionNote note);

/* Returns what the type holds, for people: "address list". */
const char *dhcp4_option_type_name(Dhcp4OptionType type);

/*
 * Returns NULL if the option is well-formed, otherwise a static sentence for people. Checks the length, and
 * the content if the type has an inner structure.
 */
const char *dhcp4_option_check(uint8_t code, const uint8_t *data, size_t len);

/* Returns true if several occurrences are joined (RFC 3396). Options of fixed length are not. */
bool dhcp4_option_joins(uint8_t code);

typedef struct Dhcp4Route {     /* options 33, 121, 249 */
        struct in_addr dst;     /* host bits cleared */
        uint8_t prefix_len;     /* 0..32 */
        struct in_addr gateway; /* 0.0.0.0: on-link */
} Dhcp4Route;

/*
 * Stores the routes of one option in received order: 33 (class-based destination masks, RFC 2132 §5.8), 121
 * or 249. Returns how many were stored. A destination 0.0.0.0 in option 33 is illegal there and skipped.
 */
size_t dhcp4_message_get_routes(const Dhcp4Message *m, uint8_t code, Dhcp4Route *ret, size_t max);

/*
 * Returns true for letters, digits, hyphen and underscore. Names that we take from the network may only
 * have these in their labels.
 */
bool dhcp4_is_name_byte(uint8_t c);

#define DHCP4_DOMAIN_MAX 254u /* bytes of a textual domain name with its NUL, without the final dot */

/*
 * Walks the names of a DOMAINS option. *iter starts at 0. Returns true and stores a NUL-terminated name of
 * letters, digits, hyphens and underscores. Returns false at the end or at the first malformed name.
 * Compression pointers must go strictly backwards.
 */
bool dhcp4_message_next_domain(const Dhcp4Message *m, uint8_t code, size_t *iter,
                               char ret[DHCP4_DOMAIN_MAX]);
