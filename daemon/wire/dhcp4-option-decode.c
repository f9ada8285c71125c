/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The decoders of structured options (dhcp4-option-decode.h). Pure.
 */
#include "wire/dhcp4-option-decode.h"

#include <string.h>

#include "base/ip.h"
#include "base/macro.h"

#define DNS_LABEL_MAX  63u   /* bytes, RFC 1035 §2.3.4; held by read_domain() */
#define DNS_LABELS_MAX 127u  /* labels of one byte each in a name of DNS_NAME_MAX; held by read_domain() */
#define DNS_NAME_MAX   255u  /* bytes on the wire, RFC 1035 §2.3.4 */
#define DNS_POINTER    0xc0u /* RFC 1035 §4.1.4 */
static_assert(DNS_NAME_MAX - 2 + 1 == DHCP4_DOMAIN_MAX, "the longest name and its NUL fit");

static bool fail(ByteReader *r) {
        r->failed = true;
        return false;
}

static Dhcp4Span take_span(ByteReader *r, size_t len) {
        return (Dhcp4Span){ .data = byte_reader_take(r, len), .len = r->failed ? 0 : len };
}

static bool at_end(const ByteReader *r) {
        return r->failed || byte_reader_left(r) == 0;
}

/*
 * Reads one destination descriptor of RFC 3442: the prefix length, the significant octets of the
 * destination, and the router. Returns false if it is malformed.
 */
bool dhcp4_classless_route_next(ByteReader *r, Dhcp4Route *ret) {
        Dhcp4Route route = {};

        if (r->failed || byte_reader_left(r) == 0)
                return false;
        route.prefix_len = byte_reader_u8(r);
        if (route.prefix_len > 32)
                return fail(r);
        byte_reader_copy(r, &route.dst, (route.prefix_len + 7u) / 8u);
        byte_reader_copy(r, &route.gateway, 4);
        route.dst = ip4_network(route.dst, route.prefix_len);
        if (r->failed)
                return false;
        *ret = route;
        return true;
}

/*
 * RFC 2132 §5.8: reads a destination and a router. The prefix length is that of the destination's class, or
 * 32 if the destination has host bits.
 */
bool dhcp4_static_route_next(ByteReader *r, Dhcp4Route *ret) {
        Dhcp4Route route = {};
        uint8_t first;

        if (r->failed || byte_reader_left(r) == 0)
                return false;
        byte_reader_copy(r, &route.dst, 4);
        byte_reader_copy(r, &route.gateway, 4);
        first = (uint8_t) (ntohl(route.dst.s_addr) >> 24);
        route.prefix_len = first < 128 ? 8 : first < 192 ? 16 : first < 224 ? 24 : 32;
        if (ip4_network(route.dst, route.prefix_len).s_addr != route.dst.s_addr)
                route.prefix_len = 32;
        if (r->failed)
                return false;
        *ret = route;
        return true;
}

bool dhcp4_is_name_byte(uint8_t c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
                c == '_';
}

/*
 * Reads one name of RFC 1035 §4.1.4 at *pos and sets *pos behind it. A pointer must go strictly before the
 * beginning of the name and before the target of the last pointer, so the walk ends. A name with more
 * pointers than it may have labels is refused, because it only wastes our time. A name is at most
 * DNS_NAME_MAX bytes, so the output fits. Returns false if the name is malformed or the root alone.
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
                /*
                 * A text of n bytes takes n + 2 bytes on the wire: with the length of the first label and
                 * the root.
                 */
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

bool dhcp4_domain_next(ByteReader *r, char ret[DHCP4_DOMAIN_MAX]) {
        size_t pos = r->pos;

        if (at_end(r))
                return false;
        if (!read_domain(r->data, r->len, &pos, ret))
                return fail(r);
        byte_reader_seek(r, pos);
        return true;
}

bool dhcp4_suboption_next(ByteReader *r, Dhcp4Suboption *ret) {
        Dhcp4Suboption sub;

        if (at_end(r))
                return false;
        sub.code = byte_reader_u8(r);
        sub.content = take_span(r, byte_reader_u8(r));
        if (r->failed)
                return false;
        *ret = sub;
        return true;
}

bool dhcp4_vendor_next(ByteReader *r, Dhcp4Suboption *ret) {
        while (!at_end(r) && r->data[r->pos] == DHCP4_OPTION_PAD)
                (void) byte_reader_take(r, 1);
        if (at_end(r))
                return false;
        if (r->data[r->pos] == DHCP4_OPTION_END) {
                byte_reader_seek(r, r->len);
                return false;
        }
        return dhcp4_suboption_next(r, ret);
}

bool dhcp4_counted_next(ByteReader *r, Dhcp4Span *ret) {
        Dhcp4Span item;

        if (at_end(r))
                return false;
        item = take_span(r, byte_reader_u8(r));
        if (r->failed)
                return false;
        *ret = item;
        return true;
}

bool dhcp4_is_counted_list(const uint8_t *data, size_t len) {
        ByteReader r = byte_reader(data, len);
        Dhcp4Span item;

        while (dhcp4_counted_next(&r, &item))
                if (item.len == 0)
                        return false;
        return !r.failed;
}

bool dhcp4_enterprise_next(ByteReader *r, Dhcp4Enterprise *ret) {
        Dhcp4Enterprise enterprise;

        if (at_end(r))
                return false;
        enterprise.number = byte_reader_u32(r);
        enterprise.content = take_span(r, byte_reader_u8(r));
        if (r->failed)
                return false;
        *ret = enterprise;
        return true;
}

bool dhcp4_authentication_decode(const uint8_t *data, size_t len, Dhcp4Authentication *ret) {
        ByteReader r = byte_reader(data, len);
        Dhcp4Authentication auth = {};
        uint64_t high;

        auth.protocol = byte_reader_u8(&r);
        auth.algorithm = byte_reader_u8(&r);
        auth.rdm = byte_reader_u8(&r);
        high = byte_reader_u32(&r);
        auth.replay = high << 32 | byte_reader_u32(&r);
        auth.information = take_span(&r, byte_reader_left(&r));
        if (r.failed)
                return false;
        *ret = auth;
        return true;
}

bool dhcp4_sip_decode(const uint8_t *data, size_t len, Dhcp4Sip *ret) {
        ByteReader r = byte_reader(data, len), names;
        const uint8_t encoding = byte_reader_u8(&r);
        const Dhcp4Span servers = take_span(&r, byte_reader_left(&r));
        char name[DHCP4_DOMAIN_MAX];

        if (r.failed || servers.len == 0 || encoding > 1 || (encoding == 1 && servers.len % 4 != 0))
                return false;
        if (encoding == 0) {
                names = byte_reader(servers.data, servers.len);
                while (dhcp4_domain_next(&names, name))
                        ;
                if (names.failed)
                        return false;
        }
        *ret = (Dhcp4Sip){ .names = encoding == 0, .servers = servers };
        return true;
}

bool dhcp4_svc_param_next(ByteReader *r, Dhcp4SvcParam *ret) {
        Dhcp4SvcParam param;

        if (at_end(r))
                return false;
        param.key = byte_reader_u16(r);
        param.value = take_span(r, byte_reader_u16(r));
        if (r->failed)
                return false;
        *ret = param;
        return true;
}

static bool svc_param_find(Dhcp4Span params, uint16_t key) {
        ByteReader r = byte_reader(params.data, params.len);
        Dhcp4SvcParam param;

        while (dhcp4_svc_param_next(&r, &param))
                if (param.key == key)
                        return true;
        return false;
}

/*
 * Checks the list of keys that a user of the resolver has to understand. RFC 9460 §8: they are in strictly
 * increasing order, and all of them are present.
 */
static bool svc_mandatory_good(Dhcp4Span value, Dhcp4Span params) {
        ByteReader r = byte_reader(value.data, value.len);
        uint16_t last = DHCP4_SVC_MANDATORY;

        while (byte_reader_left(&r) > 0) {
                const uint16_t key = byte_reader_u16(&r);

                if (r.failed || key <= last || !svc_param_find(params, key))
                        return false;
                last = key;
        }
        return value.len > 0;
}

static bool svc_value_good(const Dhcp4SvcParam *param, Dhcp4Span params) {
        switch (param->key) {
        case DHCP4_SVC_MANDATORY:
                return svc_mandatory_good(param->value, params);
        case DHCP4_SVC_ALPN:
                return param->value.len > 0 && dhcp4_is_counted_list(param->value.data, param->value.len);
        case DHCP4_SVC_NO_DEFAULT_ALPN:
                return param->value.len == 0 && svc_param_find(params, DHCP4_SVC_ALPN);
        case DHCP4_SVC_PORT:
                return param->value.len == 2;
        case DHCP4_SVC_IPV4HINT:
        case DHCP4_SVC_IPV6HINT:
                /* RFC 9463 §3.1.8: the addresses are in a field of their own. */
                return false;
        }
        return true;
}

/*
 * Checks the parameters. RFC 9460 §2.2: keys are in strictly increasing order, so that none comes twice,
 * and each value has the format of its key.
 */
static bool svc_params_good(Dhcp4Span params) {
        ByteReader r = byte_reader(params.data, params.len);
        Dhcp4SvcParam param;
        int last = -1;

        while (dhcp4_svc_param_next(&r, &param)) {
                if (param.key <= last || !svc_value_good(&param, params))
                        return false;
                last = param.key;
        }
        return !r.failed;
}

bool dhcp4_dnr_address_next(ByteReader *r, struct in_addr *ret) {
        while (!at_end(r)) {
                struct in_addr address;

                byte_reader_copy(r, &address, sizeof(address));
                if (r->failed)
                        return false;
                if (!ip4_is_host(address))
                        continue;
                *ret = address;
                return true;
        }
        return false;
}

/* RFC 9463 §3.1.8: there must be at least one usable address. */
static bool dnr_addresses_good(Dhcp4Span addresses) {
        ByteReader r = byte_reader(addresses.data, addresses.len);
        struct in_addr address;

        return addresses.len % 4 == 0 && dhcp4_dnr_address_next(&r, &address);
}

bool dhcp4_dnr_next(ByteReader *r, Dhcp4Dnr *ret) {
        Dhcp4Span instance, adn;
        ByteReader in, name;
        Dhcp4Dnr dnr = {};

        if (at_end(r))
                return false;
        instance = take_span(r, byte_reader_u16(r));
        if (r->failed)
                return false;
        in = byte_reader(instance.data, instance.len);
        dnr.priority = byte_reader_u16(&in);
        adn = take_span(&in, byte_reader_u8(&in));
        /*
         * Priority 0 says that the name is an alias of another name (RFC 9460 §2.4.2). That would need a
         * query, and this option is there to save queries.
         */
        if (in.failed || dnr.priority == 0)
                return fail(r);
        name = byte_reader(adn.data, adn.len);
        if (!dhcp4_domain_next(&name, dnr.adn) || byte_reader_left(&name) > 0)
                return fail(r);
        if (byte_reader_left(&in) > 0) {
                dnr.addresses = take_span(&in, byte_reader_u8(&in));
                if (in.failed || !dnr_addresses_good(dnr.addresses))
                        return fail(r);
                dnr.parameters = take_span(&in, byte_reader_left(&in));
                if (!svc_params_good(dnr.parameters))
                        return fail(r);
        }
        *ret = dnr;
        return true;
}

bool dhcp4_6rd_decode(const uint8_t *data, size_t len, Dhcp4SixRd *ret) {
        ByteReader r = byte_reader(data, len);
        Dhcp4SixRd rd = {};

        rd.ipv4_mask_len = byte_reader_u8(&r);
        rd.prefix_len = byte_reader_u8(&r);
        byte_reader_copy(&r, rd.prefix, sizeof(rd.prefix));
        rd.relays = take_span(&r, byte_reader_left(&r));
        if (r.failed || rd.ipv4_mask_len > 32 || rd.prefix_len + (32u - rd.ipv4_mask_len) > 128 ||
            rd.relays.len == 0 || rd.relays.len % 4 != 0)
                return false;
        for (unsigned bit = rd.prefix_len; bit < 128; bit++)
                rd.prefix[bit / 8] &= (uint8_t) ~(0x80u >> (bit % 8));
        *ret = rd;
        return true;
}

size_t dhcp4_text_len(const uint8_t *data, size_t len) {
        while (len > 0 && data[len - 1] == '\0')
                len--;
        return len;
}

static bool is_alnum(uint8_t c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

static bool is_one_of(uint8_t c, const char *set) {
        return c != '\0' && strchr(set, c);
}

/*
 * Returns true if the text begins with @prefix, which is in lower case. Capitals in the text count as lower
 * case.
 */
static bool has_prefix(const uint8_t *data, size_t len, const char *prefix) {
        for (size_t i = 0; prefix[i] != '\0'; i++) {
                if (i >= len)
                        return false;
                if ((data[i] >= 'A' && data[i] <= 'Z' ? data[i] + ('a' - 'A') : data[i]) != prefix[i])
                        return false;
        }
        return true;
}

#define HTTPS_PREFIX "https://"

const char *dhcp4_https_uri_check(const uint8_t *data, size_t len) {
        const size_t begin = strlen(HTTPS_PREFIX);
        size_t end = begin; /* end of user, host and port */

        len = dhcp4_text_len(data, len);
        if (!has_prefix(data, len, HTTPS_PREFIX))
                return "no URI of https";
        for (size_t i = 0; i < len; i++)
                if (!is_alnum(data[i]) && !is_one_of(data[i], "-._~:/?#[]@!$&'()*+,;=%"))
                        return "a character that no URI has";
        while (end < len && !is_one_of(data[end], "/?#"))
                end++;
        if (end == begin || data[begin] == ':')
                return "a URI without a host";
        if (memchr(data + begin, '@', end - begin))
                return "a user's name in the URI";
        return NULL;
}

bool dhcp4_captive_portal_is_none(const uint8_t *data, size_t len) {
        static const char none[] = "urn:ietf:params:capport:unrestricted";

        len = dhcp4_text_len(data, len);
        return len == strlen(none) && has_prefix(data, len, none);
}

const char *dhcp4_captive_portal_check(const uint8_t *data, size_t len) {
        if (dhcp4_captive_portal_is_none(data, len))
                return NULL;
        return dhcp4_text_len(data, len) > DHCP4_CAPTIVE_PORTAL_MAX ? "longer than 255 bytes"
                                                                    : dhcp4_https_uri_check(data, len);
}

static bool has_dots(const uint8_t *data, size_t len) {
        for (size_t i = 0; i + 1 < len; i++)
                if (data[i] == '.' && data[i + 1] == '.')
                        return true;
        return false;
}

const char *dhcp4_posix_timezone_check(const uint8_t *data, size_t len) {
        len = dhcp4_text_len(data, len);
        if (len == 0)
                return "empty";
        /*
         * The C library takes ":..." for the name of a file, and also takes anything that looks like a path
         * for one.
         */
        if (data[0] == ':' || data[0] == '/' || has_dots(data, len))
                return "a path, no time zone";
        for (size_t i = 0; i < len; i++)
                if (!is_alnum(data[i]) && !is_one_of(data[i], ",.:/+-<>"))
                        return "a character that no time zone has";
        return NULL;
}

const char *dhcp4_tzdb_timezone_check(const uint8_t *data, size_t len) {
        len = dhcp4_text_len(data, len);
        if (len == 0)
                return "empty";
        if (data[0] == '/' || data[len - 1] == '/' || has_dots(data, len))
                return "a path, no time zone";
        for (size_t i = 0; i < len; i++) {
                if (data[i] == '/' && data[i - 1] == '/')
                        return "a path, no time zone";
                if (!is_alnum(data[i]) && !is_one_of(data[i], "/_+-"))
                        return "a character that no time zone has";
        }
        return NULL;
}
