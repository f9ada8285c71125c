/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Checks whether an option is well-formed, and reads routes and names of a message (dhcp4-options.h). The
 * lengths are in dhcp4-option-table.c, the inner structures in dhcp4-option-decode.c. Pure.
 */
#include "wire/dhcp4-options.h"

#include <assert.h>
#include <string.h>

#include "base/bytes.h"
#include "base/macro.h"
#include "wire/dhcp4-fqdn.h"
#include "wire/dhcp4-option-decode.h"

size_t dhcp4_message_get_routes(const Dhcp4Message *m, uint8_t code, Dhcp4Route *ret, size_t max) {
        const Dhcp4OptionInfo *info = dhcp4_option_info(code);
        const uint8_t *data;
        Dhcp4Route route;
        ByteReader r;
        size_t len, n = 0;
        bool classless;

        if (!info || dhcp4_message_get(m, code, &data, &len) != 0)
                return 0;
        classless = info->type == DHCP4_OPTION_TYPE_CLASSLESS_ROUTES;
        if (!classless && info->type != DHCP4_OPTION_TYPE_STATIC_ROUTES)
                return 0;
        r = byte_reader(data, len);
        while (n < max &&
               (classless ? dhcp4_classless_route_next(&r, &route) : dhcp4_static_route_next(&r, &route)))
                if (classless || route.dst.s_addr != INADDR_ANY)
                        ret[n++] = route;
        return n;
}

bool dhcp4_message_next_domain(const Dhcp4Message *m, uint8_t code, size_t *iter,
                               char ret[DHCP4_DOMAIN_MAX]) {
        const uint8_t *data;
        ByteReader r;
        size_t len;

        if (dhcp4_message_get(m, code, &data, &len) != 0 || *iter >= len)
                return false;
        r = byte_reader(data, len);
        byte_reader_seek(&r, *iter);
        if (!dhcp4_domain_next(&r, ret))
                return false;
        *iter = r.pos;
        return true;
}

static const char *check_classless(ByteReader r) {
        Dhcp4Route route;
        size_t at;

        do
                at = r.pos;
        while (dhcp4_classless_route_next(&r, &route));
        if (!r.failed)
                return NULL;
        return r.data[at] > 32 ? "a prefix length is greater than 32" : "a route is cut off";
}

static const char *check_text(const uint8_t *data, size_t len) {
        len = dhcp4_text_len(data, len);
        if (len == 0)
                return "empty";
        return memchr(data, 0, len) ? "a NUL within the text" : NULL;
}

/*
 * Walks a list to its end and returns from the function: NULL if the list is well-formed, otherwise
 * @reason.
 */
#define CHECK_LIST(type, next, reader, reason) \
        do { \
                ByteReader _r = (reader); \
                type _item; \
                while (next(&_r, &_item)) \
                        ; \
                return _r.failed ? (reason) : NULL; \
        } while (0)

static const char *check_content(uint8_t code, Dhcp4OptionType type, const uint8_t *data, size_t len) {
        const ByteReader r = byte_reader(data, len);

        switch (type) {
        case DHCP4_OPTION_TYPE_CLASSLESS_ROUTES:
                return check_classless(r);
        case DHCP4_OPTION_TYPE_DOMAINS: {
                char name[DHCP4_DOMAIN_MAX];
                ByteReader names = r;

                while (dhcp4_domain_next(&names, name))
                        ;
                return names.failed ? "a domain name is malformed" : NULL;
        }
        case DHCP4_OPTION_TYPE_FLAG:
                return len == 1 && data[0] > 1 ? "neither 0 nor 1" : NULL;
        case DHCP4_OPTION_TYPE_OVERLOAD:
                return data[0] < 1 || data[0] > 3 ? "not 1, 2 or 3" : NULL;
        case DHCP4_OPTION_TYPE_STRING:
                return check_text(data, len);
        case DHCP4_OPTION_TYPE_URI:
                return code == DHCP4_OPTION_CAPTIVE_PORTAL ? dhcp4_captive_portal_check(data, len)
                                                           : dhcp4_https_uri_check(data, len);
        case DHCP4_OPTION_TYPE_POSIX_TIMEZONE:
                return dhcp4_posix_timezone_check(data, len);
        case DHCP4_OPTION_TYPE_TZDB_TIMEZONE:
                return dhcp4_tzdb_timezone_check(data, len);
        case DHCP4_OPTION_TYPE_FQDN: {
                Dhcp4Fqdn fqdn;

                return dhcp4_fqdn_decode(data, len, &fqdn);
        }
        case DHCP4_OPTION_TYPE_RELAY:
                CHECK_LIST(Dhcp4Suboption, dhcp4_suboption_next, r, "a sub-option is cut off");
        case DHCP4_OPTION_TYPE_VENDOR_CLASS:
        case DHCP4_OPTION_TYPE_VENDOR_OPTIONS:
                CHECK_LIST(Dhcp4Enterprise, dhcp4_enterprise_next, r, "what an enterprise says is cut off");
        case DHCP4_OPTION_TYPE_DNR:
                CHECK_LIST(Dhcp4Dnr, dhcp4_dnr_next, r, "a resolver is malformed");
        case DHCP4_OPTION_TYPE_SIP: {
                Dhcp4Sip sip;

                return dhcp4_sip_decode(data, len, &sip) ? NULL : "neither names nor addresses";
        }
        case DHCP4_OPTION_TYPE_SIXRD: {
                Dhcp4SixRd rd;

                return dhcp4_6rd_decode(data, len, &rd) ? NULL : "the lengths do not go together";
        }
        case DHCP4_OPTION_TYPE_OPAQUE:
        case DHCP4_OPTION_TYPE_U8:
        case DHCP4_OPTION_TYPE_U16:
        case DHCP4_OPTION_TYPE_U32:
        case DHCP4_OPTION_TYPE_I32:
        case DHCP4_OPTION_TYPE_U8S:
        case DHCP4_OPTION_TYPE_U16S:
        case DHCP4_OPTION_TYPE_ADDR:
        case DHCP4_OPTION_TYPE_ADDRS:
        case DHCP4_OPTION_TYPE_ADDR_PAIRS:
        case DHCP4_OPTION_TYPE_TEXT:
        case DHCP4_OPTION_TYPE_STATIC_ROUTES:
        case DHCP4_OPTION_TYPE_MESSAGE_TYPE: /* an unknown type makes the message invalid, not the option */
        case DHCP4_OPTION_TYPE_CODES:
        case DHCP4_OPTION_TYPE_CLIENT_ID:
        case DHCP4_OPTION_TYPE_USER_CLASS:     /* a list or plain text */
        case DHCP4_OPTION_TYPE_VENDOR:         /* sub-options, or anything else */
        case DHCP4_OPTION_TYPE_AUTHENTICATION: /* the minimum length in the table is the only check */
                return NULL;
        }
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
        return len > 0 ? check_content(code, info->type, data, len) : NULL;
}
