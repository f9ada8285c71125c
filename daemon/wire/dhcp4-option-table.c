/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The option table (dhcp4-options.h): the one place that says what an option is called, what is in it and
 * how long it may be. dhcp4-options.h says what a type means, dhcp4-option-decode.h how it is read. The
 * only code here is the look-up.
 *
 * The names that scripts of other clients use for an option stand behind its name, in the same string: a
 * NUL, a letter (Dhcp4OptionNote) and the text, as often as needed, and an empty text at the end. So a row
 * needs no further pointer. Pointers would cost memory in each program, because a table of pointers is
 * written to when the program starts. The daemon never reads these notes and pays nothing for them.
 */
#include "wire/dhcp4-options.h"

#include <string.h>

#include "base/macro.h"

#define ROW(c, n, t, min, max, multiple) \
        { \
                .code = (c), .name = n "\0", .type = DHCP4_OPTION_TYPE_##t, .min_len = (min), \
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

/*
 * The notes: the names of ISC's dhclient where they differ from ours, and its format where the type does
 * not give it; the names of BusyBox's udhcpc, which names no other options; and what the text of an option
 * must be before a script may see it.
 */
#define ISC(name)         "\0d" name
#define ISC_UNKNOWN       "\0d"
#define ISC_FORMAT(text)  "\0f" text
#define UDHCPC(name)      "\0u" name
#define CHECK_NAME        "\0kname"
#define CHECK_NAMES       "\0knames"
#define CHECK_PATH        "\0kpath"
#define CHECK_NAME_UDHCPC "\0vname"

/* Sorted by code, because it is searched by bisection. */
static const Dhcp4OptionInfo table[] = {
        ROW_ADDR(1, "subnet-mask" UDHCPC("subnet")),
        ROW(2, "time-offset" UDHCPC("timezone"), I32, 4, 4, 0),
        ROW_ADDRS(3, "routers" UDHCPC("router")),
        ROW_ADDRS(4, "time-servers"),
        ROW_ADDRS(5, "name-servers" ISC("ien116-name-servers")),
        ROW_ADDRS(6, "domain-name-servers" UDHCPC("dns")),
        ROW_ADDRS(7, "log-servers"),
        ROW_ADDRS(8, "cookie-servers"),
        ROW_ADDRS(9, "lpr-servers" UDHCPC("lprsrv")),
        ROW_ADDRS(10, "impress-servers"),
        ROW_ADDRS(11, "resource-location-servers"),
        ROW_STRING(12, "host-name" UDHCPC("hostname") CHECK_NAME),
        ROW_U16(13, "boot-file-size" ISC("boot-size") UDHCPC("bootsize")),
        ROW_STRING(14, "merit-dump-file" ISC("merit-dump")),
        ROW_STRING(15, "domain-name" UDHCPC("domain") CHECK_NAMES),
        ROW_ADDR(16, "swap-server" UDHCPC("swapsrv")),
        ROW_STRING(17, "root-path" UDHCPC("rootpath") CHECK_PATH),
        ROW_STRING(18, "extensions-path"),
        ROW_FLAG(19, "ip-forwarding"),
        ROW_FLAG(20, "non-local-source-routing"),
        ROW(21, "policy-filter", ADDR_PAIRS, 8, 0, 8),
        ROW_U16(22, "max-datagram-reassembly" ISC("max-dgram-reassembly")),
        ROW_U8(23, "default-ip-ttl" UDHCPC("ipttl")),
        ROW_U32(24, "path-mtu-aging-timeout"),
        ROW(25, "path-mtu-plateau-table", U16S, 2, 0, 2),
        ROW_U16(26, "interface-mtu" UDHCPC("mtu")),
        ROW_FLAG(27, "all-subnets-are-local" ISC("all-subnets-local")),
        ROW_ADDR(28, "broadcast-address" UDHCPC("broadcast")),
        ROW_FLAG(29, "perform-mask-discovery"),
        ROW_FLAG(30, "mask-supplier"),
        ROW_FLAG(31, "router-discovery"),
        ROW_ADDR(32, "router-solicitation-address"),
        ROW(33, "static-routes" UDHCPC("routes"), STATIC_ROUTES, 8, 0, 8),
        ROW_FLAG(34, "trailer-encapsulation"),
        ROW_U32(35, "arp-cache-timeout"),
        ROW_FLAG(36, "ethernet-encapsulation" ISC("ieee802-3-encapsulation")),
        ROW_U8(37, "default-tcp-ttl"),
        ROW_U32(38, "tcp-keepalive-interval"),
        ROW_FLAG(39, "tcp-keepalive-garbage"),
        ROW_STRING(40, "nis-domain" UDHCPC("nisdomain") CHECK_NAME),
        ROW_ADDRS(41, "nis-servers" UDHCPC("nissrv")),
        ROW_ADDRS(42, "ntp-servers" UDHCPC("ntpsrv")),
        ROW(43, "vendor-specific" ISC("vendor-encapsulated-options"), VENDOR, 1, 0, 0),
        ROW_ADDRS(44, "netbios-name-servers" UDHCPC("wins")),
        ROW_ADDRS(45, "netbios-datagram-distribution-servers" ISC("netbios-dd-server")),
        ROW_U8(46, "netbios-node-type"),
        ROW_STRING(47, "netbios-scope" CHECK_NAME),
        ROW_ADDRS(48, "x-font-servers" ISC("font-servers")),
        ROW_ADDRS(49, "x-display-managers" ISC("x-display-manager")),
        ROW_ADDR(50, "requested-ip-address" ISC("dhcp-requested-address")),
        ROW_U32(51, "lease-time" ISC("dhcp-lease-time") UDHCPC("lease")),
        ROW(52, "overload" ISC("dhcp-option-overload"), OVERLOAD, 1, 1, 0),
        ROW(53, "message-type" ISC("dhcp-message-type"), MESSAGE_TYPE, 1, 1, 0),
        ROW_ADDR(54, "server-identifier" ISC("dhcp-server-identifier") UDHCPC("serverid")),
        ROW(55, "parameter-request-list" ISC("dhcp-parameter-request-list"), CODES, 1, 0, 0),
        ROW_STRING(56, "message" ISC("dhcp-message") UDHCPC("message")),
        ROW_U16(57, "max-message-size" ISC("dhcp-max-message-size")),
        ROW_U32(58, "renewal-time" ISC("dhcp-renewal-time")),
        ROW_U32(59, "rebinding-time" ISC("dhcp-rebinding-time")),
        ROW(60, "vendor-class-identifier" UDHCPC("vendor"), TEXT, 1, 0, 0),
        ROW(61, "client-identifier" ISC("dhcp-client-identifier"), CLIENT_ID, 2, 0, 0),
        ROW_STRING(62, "nwip-domain"),
        ROW_OPAQUE(63, "nwip-information" ISC("nwip-suboptions"), 1),
        ROW_STRING(64, "nisplus-domain"),
        ROW_ADDRS(65, "nisplus-servers"),
        ROW_STRING(66, "tftp-server-name" UDHCPC("tftp") CHECK_NAME_UDHCPC),
        ROW_STRING(67, "boot-file-name" ISC("bootfile-name") UDHCPC("bootfile")),
        ROW(68, "mobile-ip-home-agents" ISC("mobile-ip-home-agent"), ADDRS, 0, UINT16_MAX, 4),
        ROW_ADDRS(69, "smtp-servers" ISC("smtp-server")),
        ROW_ADDRS(70, "pop3-servers" ISC("pop-server")),
        ROW_ADDRS(71, "nntp-servers" ISC("nntp-server")),
        ROW_ADDRS(72, "www-servers" ISC("www-server")),
        ROW_ADDRS(73, "finger-servers" ISC("finger-server")),
        ROW_ADDRS(74, "irc-servers" ISC("irc-server")),
        ROW_ADDRS(75, "streettalk-servers" ISC("streettalk-server")),
        ROW_ADDRS(76, "stda-servers" ISC("streettalk-directory-assistance-server")),
        ROW(77, "user-class", USER_CLASS, 1, 0, 0),
        ROW_OPAQUE(78, "slp-directory-agents" ISC("slp-directory-agent") ISC_FORMAT("fIa"), 5),
        ROW_OPAQUE(79, "slp-service-scope" ISC_FORMAT("fto"), 1),
        ROW(80, "rapid-commit" ISC_UNKNOWN, FLAG, 0, 0, 0),
        ROW(81, "fqdn", FQDN, 3, 0, 0),
        ROW(82, "relay-agent-information", RELAY, 2, 0, 0),
        ROW_ADDRS(85, "nds-servers"),
        ROW_STRING(86, "nds-tree-name"),
        ROW_STRING(87, "nds-context"),
        ROW(88, "bcmcs-domains" ISC("bcms-controller-names"), DOMAINS, 1, 0, 0),
        ROW_ADDRS(89, "bcmcs-servers" ISC("bcms-controller-address")),
        ROW(90, "authentication" ISC_UNKNOWN, AUTHENTICATION, 11, 0, 0),
        ROW_U32(91, "client-last-transaction-time"),
        ROW_ADDRS(92, "associated-ip"),
        ROW(93, "client-system-architecture" ISC("pxe-system-type"), U16S, 2, 0, 2),
        ROW(94, "client-network-interface" ISC("pxe-interface-id") ISC_FORMAT("BBB"), OPAQUE, 3, 3, 0),
        ROW_OPAQUE(97, "client-machine-identifier" ISC("pxe-client-id"), 1),
        ROW_STRING(98, "user-authentication" ISC("uap-servers")),
        ROW_OPAQUE(99, "civic-address" ISC("geoconf-civic"), 3),
        ROW(100, "posix-timezone" ISC("pcode") UDHCPC("tzstr"), POSIX_TIMEZONE, 1, 0, 0),
        ROW(101, "tzdb-timezone" ISC("tcode") UDHCPC("tzdbstr"), TZDB_TIMEZONE, 1, 0, 0),
        ROW_U32(108, "ipv6-only-preferred" ISC("v6-only-preferred")),
        ROW_ADDRS(112, "netinfo-servers" ISC("netinfo-server-address")),
        ROW_STRING(113, "netinfo-tag" ISC("netinfo-server-tag")),
        ROW(114, "captive-portal" ISC("default-url"), URI, 1, 0, 0),
        ROW_FLAG(116, "auto-configure" ISC("auto-config") ISC_FORMAT("B")),
        ROW(117, "name-service-search", U16S, 2, 0, 2),
        ROW_ADDR(118, "subnet-selection"),
        ROW(119, "domain-search" UDHCPC("search"), DOMAINS, 1, 0, 0),
        ROW(120, "sip-servers" ISC_UNKNOWN UDHCPC("sipsrv"), SIP, 2, 0, 0),
        ROW(121, "classless-static-routes" ISC("rfc3442-classless-static-routes") UDHCPC("staticroutes"),
            CLASSLESS_ROUTES, 5, 0, 0),
        ROW(124, "vendor-class" ISC("vivco"), VENDOR_CLASS, 5, 0, 0),
        ROW(125, "vendor-options" ISC("vivso"), VENDOR_OPTIONS, 5, 0, 0),
        ROW_ADDRS(136, "pana-agents" ISC("pana-agent")),
        ROW(137, "lost-server" ISC("v4-lost"), DOMAINS, 1, 0, 0),
        ROW_ADDRS(138, "capwap-controllers" ISC("capwap-ac-v4")),
        ROW(141, "sip-ua-configuration-domains" ISC("sip-ua-cs-domains"), DOMAINS, 1, 0, 0),
        ROW_ADDRS(142, "andsf-servers" ISC("ipv4-address-andsf")),
        ROW(145, "forcerenew-nonce" ISC_UNKNOWN, U8S, 1, 0, 0),
        ROW_OPAQUE(146, "dns-server-selection" ISC("rdnss-selection") ISC_FORMAT("BIID"), 9),
        ROW_ADDRS(150, "tftp-servers" ISC("tftp-server-address")),
        ROW(159, "port-parameters" ISC("v4-portparams") ISC_FORMAT("BBS"), OPAQUE, 4, 4, 0),
        ROW_STRING(160, "legacy-captive-portal" ISC("v4-captive-portal")),
        ROW(161, "mud-url" ISC_UNKNOWN, URI, 1, 0, 0),
        ROW(162, "encrypted-dns" ISC_UNKNOWN, DNR, 2, 0, 0),
        ROW_STRING(209, "pxelinux-config-file" ISC("loader-configfile") UDHCPC("pxeconffile")),
        ROW_STRING(210, "pxelinux-path-prefix" ISC("loader-pathprefix") UDHCPC("pxepathprefix")),
        ROW_U32(211, "pxelinux-reboot-time" ISC("loader-reboottime") UDHCPC("reboottime")),
        ROW(212, "6rd" ISC("option-6rd") UDHCPC("ip6rd"), SIXRD, 22, 0, 0),
        ROW(213, "access-network-domain" ISC("v4-access-domain"), DOMAINS, 1, 0, 0),
        ROW(249, "ms-classless-static-routes" ISC_UNKNOWN UDHCPC("msstaticroutes"), CLASSLESS_ROUTES, 5, 0,
            0),
        ROW_STRING(252, "wpad-url" ISC_UNKNOWN UDHCPC("wpad")),
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

const char *dhcp4_option_note(const Dhcp4OptionInfo *info, Dhcp4OptionNote note) {
        for (const char *at = info->name + strlen(info->name) + 1; *at != '\0'; at += strlen(at) + 1)
                if (*at == (char) note)
                        return at + 1;
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
