/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * The numbers of the DHCPv4 protocol, each with the section that assigns it. Ports and the magic cookie are
 * in base/protocol-numbers.h. There is no code here.
 */
#include <stdint.h>

#include "base/protocol-numbers.h"

#define DHCP4_FLAG_BROADCAST 0x8000u /* RFC 2131 §2 */

#define DHCP4_CHADDR_OFFSET 28u /* bytes from the beginning of a message, RFC 2131 §2 */

/* option 53, RFC 2132 §9.6 */
typedef enum Dhcp4MessageType {
        DHCP4_BOOTP = 0, /* ours: a message without option 53 (RFC 951 §3) */
        DHCP4_DISCOVER = 1,
        DHCP4_OFFER = 2,
        DHCP4_REQUEST = 3,
        DHCP4_DECLINE = 4,
        DHCP4_ACK = 5,
        DHCP4_NAK = 6,
        DHCP4_RELEASE = 7,
        DHCP4_INFORM = 8,
        DHCP4_FORCERENEW = 9, /* RFC 3203 §4 */
        _DHCP4_MESSAGE_TYPE_MAX,
} Dhcp4MessageType;

enum {
        DHCP4_OPTION_PAD = 0,                   /* RFC 2132 §3.1 */
        DHCP4_OPTION_SUBNET_MASK = 1,           /* RFC 2132 §3.3 */
        DHCP4_OPTION_ROUTERS = 3,               /* RFC 2132 §3.5 */
        DHCP4_OPTION_DNS = 6,                   /* RFC 2132 §3.8 */
        DHCP4_OPTION_HOSTNAME = 12,             /* RFC 2132 §3.14 */
        DHCP4_OPTION_DOMAIN = 15,               /* RFC 2132 §3.17 */
        DHCP4_OPTION_MTU = 26,                  /* RFC 2132 §5.1 */
        DHCP4_OPTION_BROADCAST = 28,            /* RFC 2132 §5.3 */
        DHCP4_OPTION_STATIC_ROUTES = 33,        /* RFC 2132 §5.8 */
        DHCP4_OPTION_NTP = 42,                  /* RFC 2132 §8.3 */
        DHCP4_OPTION_VENDOR = 43,               /* RFC 2132 §8.4 */
        DHCP4_OPTION_REQUESTED_IP = 50,         /* RFC 2132 §9.1 */
        DHCP4_OPTION_LEASE_TIME = 51,           /* RFC 2132 §9.2 */
        DHCP4_OPTION_OVERLOAD = 52,             /* RFC 2132 §9.3 */
        DHCP4_OPTION_MESSAGE_TYPE = 53,         /* RFC 2132 §9.6 */
        DHCP4_OPTION_SERVER_ID = 54,            /* RFC 2132 §9.7 */
        DHCP4_OPTION_PARAMETER_LIST = 55,       /* RFC 2132 §9.8 */
        DHCP4_OPTION_MESSAGE = 56,              /* RFC 2132 §9.9 */
        DHCP4_OPTION_MAX_MESSAGE_SIZE = 57,     /* RFC 2132 §9.10 */
        DHCP4_OPTION_T1 = 58,                   /* RFC 2132 §9.11 */
        DHCP4_OPTION_T2 = 59,                   /* RFC 2132 §9.12 */
        DHCP4_OPTION_VENDOR_CLASS = 60,         /* RFC 2132 §9.13 */
        DHCP4_OPTION_CLIENT_ID = 61,            /* RFC 2132 §9.14 */
        DHCP4_OPTION_USER_CLASS = 77,           /* RFC 3004 §4 */
        DHCP4_OPTION_RAPID_COMMIT = 80,         /* RFC 4039 §4 */
        DHCP4_OPTION_FQDN = 81,                 /* RFC 4702 §2 */
        DHCP4_OPTION_RELAY_INFORMATION = 82,    /* RFC 3046 §2.0 */
        DHCP4_OPTION_AUTHENTICATION = 90,       /* RFC 3118 §2 */
        DHCP4_OPTION_LAST_TRANSACTION = 91,     /* RFC 4388 §6 */
        DHCP4_OPTION_ASSOCIATED_IP = 92,        /* RFC 4388 §6 */
        DHCP4_OPTION_CLIENT_ARCHITECTURE = 93,  /* RFC 4578 §2.1 */
        DHCP4_OPTION_CLIENT_INTERFACE = 94,     /* RFC 4578 §2.2 */
        DHCP4_OPTION_CLIENT_MACHINE_ID = 97,    /* RFC 4578 §2.3 */
        DHCP4_OPTION_POSIX_TIMEZONE = 100,      /* RFC 4833 §2 */
        DHCP4_OPTION_TZDB_TIMEZONE = 101,       /* RFC 4833 §2 */
        DHCP4_OPTION_IPV6_ONLY = 108,           /* RFC 8925 §3.1 */
        DHCP4_OPTION_CAPTIVE_PORTAL = 114,      /* RFC 8910 §2.1 */
        DHCP4_OPTION_AUTO_CONFIGURE = 116,      /* RFC 2563 §2 */
        DHCP4_OPTION_SUBNET_SELECTION = 118,    /* RFC 3011 §2 */
        DHCP4_OPTION_DOMAIN_SEARCH = 119,       /* RFC 3397 §2 */
        DHCP4_OPTION_CLASSLESS_ROUTES = 121,    /* RFC 3442 */
        DHCP4_OPTION_FORCERENEW_NONCE = 145,    /* RFC 6704 §3.1.1 */
        DHCP4_OPTION_MUD_URL = 161,             /* RFC 8520 §10 */
        DHCP4_OPTION_ENCRYPTED_DNS = 162,       /* RFC 9463 §5.1 */
        DHCP4_OPTION_MS_CLASSLESS_ROUTES = 249, /* [MS-DHCPE] §2.2.8: layout of option 121 */
        DHCP4_OPTION_END = 255,                 /* RFC 2132 §3.2 */
};
