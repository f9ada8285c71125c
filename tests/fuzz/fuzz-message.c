/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A DHCP message: whatever parses is consistent, every getter agrees with it, and a message built again
 * from its parts is the same.
 */
#include <string.h>

#include "base/macro.h"
#include "tests/fuzz/fuzz.h"
#include "wire/dhcp4-message.h"
#include "wire/dhcp4-options.h"

static void check_option(const Dhcp4Message *m, uint8_t code) {
        const Dhcp4OptionInfo *info = dhcp4_option_info(code);
        const uint8_t *data;
        struct in_addr addr, addrs[DHCP4_MESSAGE_MAX_LEN / 4];
        Dhcp4Route routes[DHCP4_MESSAGE_MAX_LEN / 5];
        char text[DHCP4_MESSAGE_MAX_LEN + 1], name[DHCP4_DOMAIN_MAX];
        size_t len = 0, n, iter = 0;
        uint32_t u32;
        uint16_t u16;
        uint8_t u8;
        const bool present = dhcp4_message_get_raw(m, code, &data, &len) == 0;
        const bool good = present && !dhcp4_option_check(code, data, len);

        assert(dhcp4_message_has(m, code) == good);
        assert((memchr(m->order, code, m->n_order) != NULL) == present);
        if (present)
                assert(data >= m->storage && len <= (size_t) (m->storage + sizeof(m->storage) - data));
        if (good && info) {
                assert(len >= info->min_len && (info->max_len == 0 || len <= info->max_len));
                assert(info->multiple_of < 2 || len % info->multiple_of == 0);
        }

        assert((dhcp4_message_get_u8(m, code, &u8) == 0) == (good && len == 1));
        assert((dhcp4_message_get_u16(m, code, &u16) == 0) == (good && len == 2));
        assert((dhcp4_message_get_u32(m, code, &u32) == 0) == (good && len == 4));
        assert((dhcp4_message_get_addr(m, code, &addr) == 0) == (good && len == 4));
        assert(dhcp4_message_get_addrs(m, code, addrs, ARRAY_SIZE(addrs)) == (good ? len / 4 : 0));
        if (dhcp4_message_get_string(m, code, text, sizeof(text)) == 0) {
                assert(good && strlen(text) > 0 && strlen(text) <= len);
                for (const char *c = text; *c; c++)
                        assert(*c >= 0x20 && *c < 0x7f);
        }
        n = dhcp4_message_get_routes(m, code, routes, ARRAY_SIZE(routes));
        for (size_t i = 0; i < n; i++) {
                const uint32_t mask =
                        routes[i].prefix_len == 0 ? 0 : UINT32_MAX << (32 - routes[i].prefix_len);

                assert(routes[i].prefix_len <= 32 && (routes[i].dst.s_addr & ~htonl(mask)) == 0);
        }
        for (n = 0; dhcp4_message_next_domain(m, code, &iter, name); n++)
                assert(strlen(name) < DHCP4_DOMAIN_MAX && iter <= len && n < len);
        assert(!good || code != DHCP4_OPTION_DOMAIN_SEARCH || iter == len);
}

static void check_again(const Dhcp4Message *m) {
        uint8_t buffer[DHCP4_MESSAGE_MAX_LEN];
        Dhcp4Message again;
        Dhcp4Builder b;
        size_t len;
        int r;

        dhcp4_builder_init(&b, buffer, sizeof(buffer), &m->header, m->type);
        for (unsigned i = 0; i < m->n_order; i++) {
                const uint8_t *data;

                if (m->order[i] == DHCP4_OPTION_MESSAGE_TYPE)
                        continue;
                r = dhcp4_message_get_raw(m, m->order[i], &data, &len);
                assert(r == 0);
                dhcp4_builder_append(&b, m->order[i], data, len);
        }
        r = dhcp4_builder_finish(&b, &len);
        /* Only what was in sname and file may be too much, because all of it is in one field now. */
        assert(r == 0 || (r == DHCP4_MESSAGE_E_NO_SPACE));
        if (r != 0)
                return;
        r = dhcp4_message_parse(buffer, len, &again);
        assert(r == 0 && again.type == m->type && again.n_order == m->n_order);
        assert(memcmp(&again.header, &m->header, sizeof(m->header)) == 0);
        assert(memcmp(again.malformed, m->malformed, sizeof(m->malformed)) == 0);
        for (unsigned code = 0; code < 256; code++) {
                assert(again.option[code].len == m->option[code].len);
                if (m->option[code].len != UINT16_MAX)
                        assert(memcmp(again.storage + again.option[code].offset,
                                      m->storage + m->option[code].offset, m->option[code].len) == 0);
        }
}

/*
 * Adds options to the message: all of them count, whatever was there of the same code, and nothing else
 * changes; or none of them is added.
 */
static void check_add(const Dhcp4Message *m, const uint8_t *options, size_t len) {
        Dhcp4Message sum = *m;
        bool added[256] = {};

        if (!dhcp4_message_add(&sum, options, len)) {
                assert(memcmp(&sum, m, sizeof(sum)) == 0);
                return;
        }
        for (size_t at = 0; at < len; at += 2u + options[at + 1]) {
                added[options[at]] = true;
                assert(dhcp4_message_has(&sum, options[at]));
        }
        for (unsigned code = 0; code < 256; code++) {
                check_option(&sum, (uint8_t) code);
                assert(added[code] || sum.option[code].len == m->option[code].len);
        }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        Dhcp4Message m;
        int r;

        r = dhcp4_message_parse(data, size, &m);
        assert(r >= 0 && r <= DHCP4_MESSAGE_E_NOT_DHCP);
        assert(r != 0 || (size >= DHCP4_MESSAGE_FIXED_LEN && size <= DHCP4_MESSAGE_MAX_LEN));
        if (r != 0)
                return 0;
        assert(m.header.hlen <= 16 && m.type < _DHCP4_MESSAGE_TYPE_MAX);
        assert(m.n_order <= ARRAY_SIZE(m.order) && m.n_ignored <= ARRAY_SIZE(m.ignored));
        for (unsigned i = 0; i < m.n_ignored; i++)
                assert(m.ignored[i].reason && m.ignored[i].reason[0]);
        for (unsigned code = 0; code < 256; code++)
                check_option(&m, (uint8_t) code);
        check_again(&m);
        /* The same options again, and the second half of them alone. */
        check_add(&m, data + DHCP4_MESSAGE_FIXED_LEN, size - DHCP4_MESSAGE_FIXED_LEN);
        check_add(&m, data + DHCP4_MESSAGE_FIXED_LEN, (size - DHCP4_MESSAGE_FIXED_LEN) / 2);
        check_add(&m, data + 44, 64); /* sname */
        return 0;
}
