/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The option table and the decoders of structured options (dhcp4-options.h): RFC 2132, 3396, 3397, 3442, 4702. Pure.
 */
#include "wire/dhcp4-options.h"

#include <assert.h>
#include <string.h>

#include "base/bytes.h"
#include "base/macro.h"

#define DNS_LABEL_MAX  63u   /* bytes, RFC 1035 §2.3.4 */
#define DNS_LABELS_MAX 127u  /* of a byte each, in a name of DNS_NAME_MAX */
#define DNS_NAME_MAX   255u  /* bytes on the wire, RFC 1035 §2.3.4 */
#define DNS_POINTER    0xc0u /* RFC 1035 §4.1.4 */
static_assert(DNS_NAME_MAX - 2 + 1 == DHCP4_DOMAIN_MAX, "the longest name and its NUL fit");

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
        ROW_U32(2, "time-offset"),
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
        ROW(21, "policy-filter", ADDRS, 8, 0, 8),
        ROW_U16(22, "max-datagram-reassembly"),
        ROW_U8(23, "default-ip-ttl"),
        ROW_U32(24, "path-mtu-aging-timeout"),
        ROW(25, "path-mtu-plateau-table", OPAQUE, 2, 0, 2),
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
        ROW_OPAQUE(43, "vendor-specific", 1),
        ROW_ADDRS(44, "netbios-name-servers"),
        ROW_ADDRS(45, "netbios-datagram-distribution-servers"),
        ROW_U8(46, "netbios-node-type"),
        ROW_STRING(47, "netbios-scope"),
        ROW_ADDRS(48, "x-font-servers"),
        ROW_ADDRS(49, "x-display-managers"),
        ROW_ADDR(50, "requested-ip-address"),
        ROW_U32(51, "lease-time"),
        ROW_U8(52, "overload"),
        ROW_U8(53, "message-type"),
        ROW_ADDR(54, "server-identifier"),
        ROW_OPAQUE(55, "parameter-request-list", 1),
        ROW_STRING(56, "message"),
        ROW_U16(57, "max-message-size"),
        ROW_U32(58, "renewal-time"),
        ROW_U32(59, "rebinding-time"),
        ROW_OPAQUE(60, "vendor-class-identifier", 1),
        ROW_OPAQUE(61, "client-identifier", 2),
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
        ROW_OPAQUE(77, "user-class", 1),
        ROW(80, "rapid-commit", FLAG, 0, 0, 0),
        ROW_OPAQUE(81, "fqdn", 3),
        ROW_OPAQUE(82, "relay-agent-information", 2),
        ROW_OPAQUE(90, "authentication", 11),
        ROW_STRING(100, "posix-timezone"),
        ROW_STRING(101, "tzdb-timezone"),
        ROW_U32(108, "ipv6-only-preferred"),
        ROW_STRING(114, "captive-portal"),
        ROW_U8(116, "auto-configure"),
        ROW(117, "name-service-search", OPAQUE, 2, 0, 2),
        ROW_ADDR(118, "subnet-selection"),
        ROW(119, "domain-search", DOMAINS, 1, 0, 0),
        ROW_OPAQUE(120, "sip-servers", 2),
        ROW(121, "classless-static-routes", CLASSLESS_ROUTES, 5, 0, 0),
        ROW_OPAQUE(124, "vendor-class", 5),
        ROW_OPAQUE(125, "vendor-options", 5),
        ROW_ADDRS(138, "capwap-controllers"),
        ROW_OPAQUE(145, "forcerenew-nonce", 1),
        ROW_ADDRS(150, "tftp-servers"),
        ROW_STRING(161, "mud-url"),
        ROW_OPAQUE(162, "encrypted-dns", 2),
        ROW_STRING(209, "pxelinux-config-file"),
        ROW_STRING(210, "pxelinux-path-prefix"),
        ROW_U32(211, "pxelinux-reboot-time"),
        ROW_OPAQUE(212, "6rd", 22),
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

static struct in_addr mask_address(struct in_addr address, uint8_t prefix_len) {
        const uint32_t mask = prefix_len == 0 ? 0 : UINT32_MAX << (32 - prefix_len);

        return (struct in_addr){ .s_addr = address.s_addr & htonl(mask) };
}

/* One destination descriptor of RFC 3442: width, as many octets as it makes significant, router. False: malformed. */
static bool next_classless(ByteReader *r, Dhcp4Route *ret) {
        Dhcp4Route route = { .prefix_len = byte_reader_u8(r) };

        if (route.prefix_len > 32)
                return false;
        byte_reader_copy(r, &route.dst, (route.prefix_len + 7u) / 8u);
        byte_reader_copy(r, &route.gateway, 4);
        route.dst = mask_address(route.dst, route.prefix_len);
        *ret = route;
        return !r->failed;
}

/* RFC 2132 §5.8: a destination and a router. The mask is that of the destination's class, or 32 where it has host bits. */
static bool next_static(ByteReader *r, Dhcp4Route *ret) {
        Dhcp4Route route = {};
        uint8_t first;

        byte_reader_copy(r, &route.dst, 4);
        byte_reader_copy(r, &route.gateway, 4);
        first = (uint8_t) (ntohl(route.dst.s_addr) >> 24);
        route.prefix_len = first < 128 ? 8 : first < 192 ? 16 : first < 224 ? 24 : 32;
        if (mask_address(route.dst, route.prefix_len).s_addr != route.dst.s_addr)
                route.prefix_len = 32;
        *ret = route;
        return !r->failed;
}

size_t dhcp4_message_get_routes(const Dhcp4Message *m, uint8_t code, Dhcp4Route *ret, size_t max) {
        const Dhcp4OptionInfo *info = dhcp4_option_info(code);
        const uint8_t *data;
        Dhcp4Route route;
        ByteReader r;
        size_t len, n = 0;

        if (!info || dhcp4_message_get(m, code, &data, &len) != 0)
                return 0;
        r = byte_reader(data, len);
        while (n < max && byte_reader_left(&r) > 0) {
                if (info->type == DHCP4_OPTION_TYPE_CLASSLESS_ROUTES) {
                        if (!next_classless(&r, &route))
                                break;
                } else if (info->type == DHCP4_OPTION_TYPE_STATIC_ROUTES) {
                        if (!next_static(&r, &route))
                                break;
                        if (route.dst.s_addr == INADDR_ANY)
                                continue;
                } else
                        break;
                ret[n++] = route;
        }
        return n;
}

bool dhcp4_is_name_byte(uint8_t c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
                c == '_';
}

/*
 * One name of RFC 1035 §4.1.4 at *pos, which moves behind it. A pointer must go strictly before where its name began and where the last
 * pointer went, so the walk ends; a name that needs more pointers than it may have labels only wastes our time. A name is
 * at most DNS_NAME_MAX bytes, so the output fits. False: malformed, or the root alone.
 */
static bool read_domain(const uint8_t *data, size_t len, size_t *pos, char ret[DHCP4_DOMAIN_MAX]) {
        ByteReader r = byte_reader(data, len);
        size_t lowest = *pos, n = 0, n_pointers = 0, end = 0;

        byte_reader_seek(&r, *pos);
        for (;;) {
                const uint8_t count = byte_reader_u8(&r);
                const uint8_t *label;

                if (r.failed)
                        return false;
                if (count == 0)
                        break;
                if ((count & DNS_POINTER) == DNS_POINTER) {
                        const size_t target = (count & (uint8_t) ~DNS_POINTER) << 8 | byte_reader_u8(&r);

                        if (r.failed || target >= lowest || ++n_pointers > DNS_LABELS_MAX)
                                return false;
                        if (end == 0)
                                end = r.pos;
                        lowest = target;
                        byte_reader_seek(&r, target);
                        continue;
                }
                label = byte_reader_take(&r, count);
                /* A text of n bytes took n + 2 on the wire: the first label's length and the root. */
                if (!label || count > DNS_LABEL_MAX || n + (n > 0) + count > DNS_NAME_MAX - 2)
                        return false;
                if (n > 0)
                        ret[n++] = '.';
                for (uint8_t i = 0; i < count; i++) {
                        if (!dhcp4_is_name_byte(label[i]))
                                return false;
                        ret[n++] = (char) label[i];
                }
        }
        if (n == 0)
                return false;
        ret[n] = '\0';
        *pos = end > 0 ? end : r.pos;
        return true;
}

bool dhcp4_message_next_domain(const Dhcp4Message *m, uint8_t code, size_t *iter,
                               char ret[DHCP4_DOMAIN_MAX]) {
        const uint8_t *data;
        size_t len;

        if (dhcp4_message_get(m, code, &data, &len) != 0 || *iter >= len)
                return false;
        return read_domain(data, len, iter, ret);
}

static const char *check_classless(const uint8_t *data, size_t len) {
        ByteReader r = byte_reader(data, len);
        Dhcp4Route route;

        while (byte_reader_left(&r) > 0)
                if (!next_classless(&r, &route))
                        return r.failed ? "a route is cut off" : "a prefix length is greater than 32";
        return NULL;
}

static const char *check_domains(const uint8_t *data, size_t len) {
        char name[DHCP4_DOMAIN_MAX];
        size_t pos = 0;

        while (pos < len)
                if (!read_domain(data, len, &pos, name))
                        return "a domain name is malformed";
        return NULL;
}

const char *dhcp4_option_check(uint8_t code, const uint8_t *data, size_t len) {
        const Dhcp4OptionInfo *info = dhcp4_option_info(code);

        if (!info)
                return NULL;
        if (len < info->min_len)
                return len == 0 ? "empty" : "too short";
        if (len > info->max_len && (info->max_len > 0 || info->min_len == 0))
                return "too long";
        if (info->multiple_of > 1 && len % info->multiple_of != 0)
                return info->multiple_of == 2    ? "length is no multiple of 2"
                        : info->multiple_of == 4 ? "length is no multiple of 4"
                                                 : "length is no multiple of 8";
        if (code == DHCP4_OPTION_OVERLOAD && (data[0] < 1 || data[0] > 3))
                return "not 1, 2 or 3";

        switch (info->type) {
        case DHCP4_OPTION_TYPE_CLASSLESS_ROUTES:
                return check_classless(data, len);
        case DHCP4_OPTION_TYPE_DOMAINS:
                return check_domains(data, len);
        case DHCP4_OPTION_TYPE_FLAG:
                return len == 1 && data[0] > 1 ? "neither 0 nor 1" : NULL;
        case DHCP4_OPTION_TYPE_OPAQUE:
        case DHCP4_OPTION_TYPE_U8:
        case DHCP4_OPTION_TYPE_U16:
        case DHCP4_OPTION_TYPE_U32:
        case DHCP4_OPTION_TYPE_ADDR:
        case DHCP4_OPTION_TYPE_ADDRS:
        case DHCP4_OPTION_TYPE_STRING:
        case DHCP4_OPTION_TYPE_STATIC_ROUTES:
                return NULL;
        }
        return NULL;
}
