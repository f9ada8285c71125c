/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The option table (dhcp4-options.h): the one place that says what an option is called, what is in it and how long it may be. What a type
 * means is in dhcp4-options.h, how it is read in dhcp4-option-decode.h. No code but the look-up.
 */
#include "wire/dhcp4-options.h"

#include "base/macro.h"

#define ROW(c, n, t, min, max, multiple) \
        { \
                .code = (c), .name = (n), .type = DHCP4_OPTION_TYPE_##t, .min_len = (min), \
                .max_len = (max), .multiple_of = (multiple) \
        }
#define ROW_ADDR(c, n)        ROW(c, n, ADDR, 4, 4, 0)
#define ROW_ADDRS(c, n)       ROW(c, n, ADDRS, 4, 0, 4)
#define ROW_STRING(c, n)      ROW(c, n, STRING, 1, 0, 0)
#define ROW_FLAG(c, n)        ROW(c, n, FLAG, 1, 1, 0)
#define ROW_U8(c, n)          ROW(c, n, U8, 1, 1, 0)
#define ROW_U16(c, n)         ROW(c, n, U16, 2, 2, 0)
#define ROW_U32(c, n)         ROW(c, n, U32, 4, 4, 0)
#define ROW_OPAQUE(c, n, min) ROW(c, n, OPAQUE, min, 0, 0)

/* In order of code: looked up by bisection. */
static const Dhcp4OptionInfo table[] = {
        ROW_ADDR(1, "subnet-mask"),
        ROW(2, "time-offset", I32, 4, 4, 0),
        ROW_ADDRS(3, "routers"),
        ROW_ADDRS(4, "time-servers"),
        ROW_ADDRS(5, "name-servers"),
        ROW_ADDRS(6, "domain-name-servers"),
        ROW_ADDRS(7, "log-servers"),
        ROW_ADDRS(8, "cookie-servers"),
        ROW_ADDRS(9, "lpr-servers"),
        ROW_ADDRS(10, "impress-servers"),
        ROW_ADDRS(11, "resource-location-servers"),
        ROW_STRING(12, "host-name"),
        ROW_U16(13, "boot-file-size"),
        ROW_STRING(14, "merit-dump-file"),
        ROW_STRING(15, "domain-name"),
        ROW_ADDR(16, "swap-server"),
        ROW_STRING(17, "root-path"),
        ROW_STRING(18, "extensions-path"),
        ROW_FLAG(19, "ip-forwarding"),
        ROW_FLAG(20, "non-local-source-routing"),
        ROW(21, "policy-filter", ADDR_PAIRS, 8, 0, 8),
        ROW_U16(22, "max-datagram-reassembly"),
        ROW_U8(23, "default-ip-ttl"),
        ROW_U32(24, "path-mtu-aging-timeout"),
        ROW(25, "path-mtu-plateau-table", U16S, 2, 0, 2),
        ROW_U16(26, "interface-mtu"),
        ROW_FLAG(27, "all-subnets-are-local"),
        ROW_ADDR(28, "broadcast-address"),
        ROW_FLAG(29, "perform-mask-discovery"),
        ROW_FLAG(30, "mask-supplier"),
        ROW_FLAG(31, "router-discovery"),
        ROW_ADDR(32, "router-solicitation-address"),
        ROW(33, "static-routes", STATIC_ROUTES, 8, 0, 8),
        ROW_FLAG(34, "trailer-encapsulation"),
        ROW_U32(35, "arp-cache-timeout"),
        ROW_FLAG(36, "ethernet-encapsulation"),
        ROW_U8(37, "default-tcp-ttl"),
        ROW_U32(38, "tcp-keepalive-interval"),
        ROW_FLAG(39, "tcp-keepalive-garbage"),
        ROW_STRING(40, "nis-domain"),
        ROW_ADDRS(41, "nis-servers"),
        ROW_ADDRS(42, "ntp-servers"),
        ROW(43, "vendor-specific", VENDOR, 1, 0, 0),
        ROW_ADDRS(44, "netbios-name-servers"),
        ROW_ADDRS(45, "netbios-datagram-distribution-servers"),
        ROW_U8(46, "netbios-node-type"),
        ROW_STRING(47, "netbios-scope"),
        ROW_ADDRS(48, "x-font-servers"),
        ROW_ADDRS(49, "x-display-managers"),
        ROW_ADDR(50, "requested-ip-address"),
        ROW_U32(51, "lease-time"),
        ROW(52, "overload", OVERLOAD, 1, 1, 0),
        ROW(53, "message-type", MESSAGE_TYPE, 1, 1, 0),
        ROW_ADDR(54, "server-identifier"),
        ROW(55, "parameter-request-list", CODES, 1, 0, 0),
        ROW_STRING(56, "message"),
        ROW_U16(57, "max-message-size"),
        ROW_U32(58, "renewal-time"),
        ROW_U32(59, "rebinding-time"),
        ROW(60, "vendor-class-identifier", TEXT, 1, 0, 0),
        ROW(61, "client-identifier", CLIENT_ID, 2, 0, 0),
        ROW_STRING(64, "nisplus-domain"),
        ROW_ADDRS(65, "nisplus-servers"),
        ROW_STRING(66, "tftp-server-name"),
        ROW_STRING(67, "boot-file-name"),
        ROW(68, "mobile-ip-home-agents", ADDRS, 0, UINT16_MAX, 4),
        ROW_ADDRS(69, "smtp-servers"),
        ROW_ADDRS(70, "pop3-servers"),
        ROW_ADDRS(71, "nntp-servers"),
        ROW_ADDRS(72, "www-servers"),
        ROW_ADDRS(73, "finger-servers"),
        ROW_ADDRS(74, "irc-servers"),
        ROW_ADDRS(75, "streettalk-servers"),
        ROW_ADDRS(76, "stda-servers"),
        ROW(77, "user-class", USER_CLASS, 1, 0, 0),
        ROW(80, "rapid-commit", FLAG, 0, 0, 0),
        ROW(81, "fqdn", FQDN, 3, 0, 0),
        ROW(82, "relay-agent-information", RELAY, 2, 0, 0),
        ROW_ADDRS(85, "nds-servers"),
        ROW_STRING(86, "nds-tree-name"),
        ROW_STRING(87, "nds-context"),
        ROW(88, "bcmcs-domains", DOMAINS, 1, 0, 0),
        ROW_ADDRS(89, "bcmcs-servers"),
        ROW(90, "authentication", AUTHENTICATION, 11, 0, 0),
        ROW_U32(91, "client-last-transaction-time"),
        ROW_ADDRS(92, "associated-ip"),
        ROW(93, "client-system-architecture", U16S, 2, 0, 2),
        ROW(94, "client-network-interface", OPAQUE, 3, 3, 0),
        ROW_OPAQUE(97, "client-machine-identifier", 1),
        ROW_STRING(98, "user-authentication"),
        ROW(100, "posix-timezone", POSIX_TIMEZONE, 1, 0, 0),
        ROW(101, "tzdb-timezone", TZDB_TIMEZONE, 1, 0, 0),
        ROW_U32(108, "ipv6-only-preferred"),
        ROW_ADDRS(112, "netinfo-servers"),
        ROW_STRING(113, "netinfo-tag"),
        ROW(114, "captive-portal", URI, 1, 0, 0),
        ROW_FLAG(116, "auto-configure"),
        ROW(117, "name-service-search", U16S, 2, 0, 2),
        ROW_ADDR(118, "subnet-selection"),
        ROW(119, "domain-search", DOMAINS, 1, 0, 0),
        ROW(120, "sip-servers", SIP, 2, 0, 0),
        ROW(121, "classless-static-routes", CLASSLESS_ROUTES, 5, 0, 0),
        ROW(124, "vendor-class", VENDOR_CLASS, 5, 0, 0),
        ROW(125, "vendor-options", VENDOR_OPTIONS, 5, 0, 0),
        ROW_ADDRS(136, "pana-agents"),
        ROW(137, "lost-server", DOMAINS, 1, 0, 0),
        ROW_ADDRS(138, "capwap-controllers"),
        ROW(145, "forcerenew-nonce", U8S, 1, 0, 0),
        ROW_ADDRS(150, "tftp-servers"),
        ROW(161, "mud-url", URI, 1, 0, 0),
        ROW(162, "encrypted-dns", DNR, 2, 0, 0),
        ROW_STRING(209, "pxelinux-config-file"),
        ROW_STRING(210, "pxelinux-path-prefix"),
        ROW_U32(211, "pxelinux-reboot-time"),
        ROW(212, "6rd", SIXRD, 22, 0, 0),
        ROW(213, "access-network-domain", DOMAINS, 1, 0, 0),
        ROW(249, "ms-classless-static-routes", CLASSLESS_ROUTES, 5, 0, 0),
        ROW_STRING(252, "wpad-url"),
};

const Dhcp4OptionInfo *dhcp4_option_info(uint8_t code) {
        size_t low = 0, high = ARRAY_SIZE(table);

        while (low < high) {
                const size_t middle = (low + high) / 2;

                if (table[middle].code == code)
                        return &table[middle];
                if (table[middle].code < code)
                        low = middle + 1;
                else
                        high = middle;
        }
        return NULL;
}

bool dhcp4_option_joins(uint8_t code) {
        const Dhcp4OptionInfo *info = dhcp4_option_info(code);

        return !info || info->min_len != info->max_len;
}

const char *dhcp4_option_type_name(Dhcp4OptionType type) {
        switch (type) {
#define NAME(t, text) \
        case DHCP4_OPTION_TYPE_##t: \
                return text
                NAME(OPAQUE, "bytes");
                NAME(FLAG, "flag");
                NAME(U8, "u8");
                NAME(U16, "u16");
                NAME(U32, "u32");
                NAME(I32, "i32");
                NAME(U8S, "u8 list");
                NAME(U16S, "u16 list");
                NAME(ADDR, "address");
                NAME(ADDRS, "address list");
                NAME(ADDR_PAIRS, "address pairs");
                NAME(STRING, "text");
                NAME(TEXT, "text or bytes");
                NAME(URI, "URI");
                NAME(POSIX_TIMEZONE, "POSIX time zone");
                NAME(TZDB_TIMEZONE, "time zone name");
                NAME(DOMAINS, "domain names");
                NAME(STATIC_ROUTES, "static routes");
                NAME(CLASSLESS_ROUTES, "classless routes");
                NAME(OVERLOAD, "overload");
                NAME(MESSAGE_TYPE, "message type");
                NAME(CODES, "option codes");
                NAME(CLIENT_ID, "client identifier");
                NAME(USER_CLASS, "user classes");
                NAME(FQDN, "client FQDN");
                NAME(VENDOR, "vendor sub-options");
                NAME(RELAY, "relay sub-options");
                NAME(AUTHENTICATION, "authentication");
                NAME(SIP, "SIP servers");
                NAME(VENDOR_CLASS, "vendor classes");
                NAME(VENDOR_OPTIONS, "vendor options");
                NAME(DNR, "encrypted DNS");
                NAME(SIXRD, "6rd");
#undef NAME
        }
        return "bytes";
}
