/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * wire/dhcp4-options.c: the table compared with a second copy of the RFCs' lengths, every pair of an
 * option and a length through the parser, routes, and domain names as hostile servers write them.
 */
#include <arpa/inet.h>
#include <glib.h>
#include <string.h>

#include "base/macro.h"
#include "tests/unit/stride.h"
#include "wire/dhcp4-options.h"

/* Messages are made by hand, so that the code under test does not also make its input. */

typedef struct Packet {
        uint8_t data[DHCP4_MESSAGE_MAX_LEN];
        size_t len;
} Packet;

static void packet_add(Packet *p, uint8_t code, const void *data, size_t len) {
        g_assert_cmpuint(len, <=, 255);
        g_assert_cmpuint(p->len + 2 + len, <=, sizeof(p->data));
        p->data[p->len++] = code;
        p->data[p->len++] = (uint8_t) len;
        if (len > 0)
                memcpy(p->data + p->len, data, len);
        p->len += len;
}

static Packet packet_new(void) {
        Packet p = { .data = { 2, 1, 6 }, .len = 240 };

        memcpy(p.data + 236, "\x63\x82\x53\x63", 4);
        packet_add(&p, 53, "\x05", 1);
        return p;
}

/* Parses a copy of exactly this size, so that valgrind and AddressSanitizer see a read beyond its end. */
static Dhcp4Message packet_parse(const Packet *p) {
        g_autofree uint8_t *copy = g_memdup2(p->data, p->len);
        Dhcp4Message m;

        g_assert_cmpint(dhcp4_message_parse(copy, p->len, &m), ==, 0);
        return m;
}

/* Returns a message with one option, split as RFC 3396 says. */
static Dhcp4Message with_option(uint8_t code, const void *data, size_t len) {
        Packet p = packet_new();
        const uint8_t *bytes = data;

        do {
                const size_t piece = MIN(len, (size_t) 255);

                packet_add(&p, code, bytes, piece);
                bytes = piece > 0 ? bytes + piece : bytes;
                len -= piece;
        } while (len > 0);
        return packet_parse(&p);
}

static const char *reason_of(const Dhcp4Message *m, uint8_t code) {
        for (unsigned i = 0; i < m->n_ignored; i++)
                if (m->ignored[i].code == code)
                        return m->ignored[i].reason;
        return NULL;
}

/* Returns all names of option 119, joined by spaces. */
static char *domains(const void *data, size_t len) {
        const Dhcp4Message m = with_option(119, data, len);
        GString *text = g_string_new(NULL);
        g_autofree char *name = g_malloc(DHCP4_DOMAIN_MAX);
        size_t iter = 0;

        while (dhcp4_message_next_domain(&m, 119, &iter, name))
                g_string_append_printf(text, "%s%s", text->len > 0 ? " " : "", name);
        g_assert_true(dhcp4_message_has(&m, 119) == (text->len > 0));
        g_assert_true(dhcp4_message_has(&m, 119) == (reason_of(&m, 119) == NULL));
        return g_string_free(text, FALSE);
}

#define assert_domains(bytes, expect) \
        do { \
                g_autofree char *_text = domains(bytes, sizeof(bytes) - 1); \
                g_assert_cmpstr(_text, ==, expect); \
        } while (0)

/* Returns a name: @n labels of @label bytes each, then one of @last bytes (0: none), then the root. */
static GByteArray *long_name(unsigned n, uint8_t label, uint8_t last) {
        GByteArray *name = g_byte_array_new();
        uint8_t text[63];

        memset(text, 'x', sizeof(text));
        for (unsigned i = 0; i < n; i++) {
                g_byte_array_append(name, &label, 1);
                g_byte_array_append(name, text, label);
        }
        if (last > 0) {
                g_byte_array_append(name, &last, 1);
                g_byte_array_append(name, text, last);
        }
        return g_byte_array_append(name, (const uint8_t *) "", 1);
}

static void test_domain_length(void) {
        for (uint8_t last = 55; last <= 63; last++) {
                g_autoptr(GByteArray) name = long_name(3, 63, last);
                g_autofree char *text = domains(name->data, name->len);

                /* A name has at most 255 bytes on the wire, and 253 as text. */
                if (name->len <= 255)
                        g_assert_cmpuint(strlen(text), ==, name->len - 2);
                else
                        g_assert_cmpstr(text, ==, "");
        }
        for (unsigned n = 120; n <= 130; n++) {
                g_autoptr(GByteArray) name = long_name(n, 1, 0);
                g_autofree char *text = domains(name->data, name->len);

                g_assert_cmpuint(strlen(text), ==, n <= 127 ? 2 * n - 1 : 0);
        }
}

static void test_domains(void) {
        assert_domains("\3foo\3bar\0", "foo.bar");
        assert_domains("\3foo\0\1b\2cd\0", "foo b.cd");
        assert_domains("\4_tcp\5A-0_z\0", "_tcp.A-0_z");

        /* The example of RFC 3397 §2. */
        assert_domains("\3eng\5apple\3com\0\11marketing\xc0\4", "eng.apple.com marketing.apple.com");
        /* Several names after a pointer, a name that is only a pointer, a pointer to where a pointer is. */
        assert_domains("\1a\1b\0\1c\xc0\2\xc0\5\1d\xc0\11\1e\0", "a.b c.b c.b d.c.b e");
}

static void test_domains_malformed(void) {
        /* Pointers that lead forward, to themselves, to the start of their own name, and two in a ring. */
        assert_domains("\1a\xc0\4\1b\0", "");
        assert_domains("\xc0\0", "");
        assert_domains("\1a\xc0\0", "");
        assert_domains("\1x\0\1a\xc0\6\1b\xc0\3", "");
        assert_domains("\1a\xc0\5\1b\xc0\0", "");
        /* The pointer leads beyond the end. */
        assert_domains("\1a\0\1b\xc3\xff", "");
        /* The name is cut off: in a label, before its root, in a pointer. */
        assert_domains("\4abc", "");
        assert_domains("\3abc", "");
        assert_domains("\1a\0\xc0", "");
        /* Kinds of labels that were never defined. */
        assert_domains("\1a\0\x41z\0", "");
        assert_domains("\1a\0\x80z\0", "");
        /* A name must not contain these bytes, because a shell, a terminal or a resolver may read it. */
        assert_domains("\3a;b\0", "");
        assert_domains("\3a b\0", "");
        assert_domains("\3a.b\0", "");
        assert_domains("\3a\0b\0", "");
        assert_domains("\3a\xe4z\0", "");
        assert_domains("\3$()\0", "");
        assert_domains("\1\x1b\0", "");
        /* The root. */
        assert_domains("\0", "");
        assert_domains("\1a\0\xc0\2", "");
        /* One bad name makes the whole option bad, however good the others are. */
        assert_domains("\3foo\0\3b/r\0\3baz\0", "");
        {
                const Dhcp4Message m = with_option(119, "\3foo\0\3b/r\0", 10);

                g_assert_cmpstr(reason_of(&m, 119), ==, "a domain name is malformed");
        }
}

static void test_domain_label(void) {
        uint8_t data[66] = {};

        for (uint8_t n = 1; n <= 64; n++) {
                g_autofree char *text = NULL;

                data[0] = n;
                memset(data + 1, 'l', n);
                data[1 + n] = 0;
                text = domains(data, n + 2u);
                g_assert_cmpuint(strlen(text), ==, n <= 63 ? n : 0);
        }
}

/* A chain of pointers, each of which leads to the one before. */
static void test_domain_pointers(void) {
        for (size_t n = 120; n <= 135; n++) {
                g_autoptr(GByteArray) data = g_byte_array_new();
                g_autofree char *text = NULL;

                g_byte_array_append(data, (const uint8_t *) "\1a", 3);
                for (size_t i = 0; i < n; i++) {
                        const size_t target = i == 0 ? 0 : 1 + 2 * i;

                        g_byte_array_append(
                                data, (const uint8_t[]){ (uint8_t) (0xc0 | target >> 8), (uint8_t) target },
                                2);
                }
                text = domains(data->data, data->len);
                g_assert_cmpuint(strlen(text), ==, n <= 127 ? 2 * (n + 1) - 1 : 0);
        }
}

/* The bounds of names hold for the joined option, wherever it was split. */
static void test_domains_split(void) {
        static const char bytes[] = "\3eng\5apple\3com\0\11marketing\xc0\4";
        const size_t len = sizeof(bytes) - 1;

        for (size_t at = 0; at <= len; at++) {
                Packet p = packet_new();
                char name[DHCP4_DOMAIN_MAX];
                Dhcp4Message m;
                size_t iter = 0;

                packet_add(&p, 119, bytes, at);
                packet_add(&p, 12, "host", 4);
                packet_add(&p, 119, bytes + at, len - at);
                m = packet_parse(&p);
                g_assert_true(dhcp4_message_next_domain(&m, 119, &iter, name));
                g_assert_cmpstr(name, ==, "eng.apple.com");
                g_assert_true(dhcp4_message_next_domain(&m, 119, &iter, name));
                g_assert_cmpstr(name, ==, "marketing.apple.com");
                g_assert_false(dhcp4_message_next_domain(&m, 119, &iter, name));
                g_assert_cmpuint(iter, ==, len);
        }
}

/* Returns the routes as "destination/prefix gateway, ...". */
static char *routes(uint8_t code, const void *data, size_t len) {
        const Dhcp4Message m = with_option(code, data, len);
        GString *text = g_string_new(NULL);
        Dhcp4Route route[16];
        const size_t n = dhcp4_message_get_routes(&m, code, route, ARRAY_SIZE(route));

        for (size_t i = 0; i < n; i++) {
                char dst[INET_ADDRSTRLEN], gateway[INET_ADDRSTRLEN];

                inet_ntop(AF_INET, &route[i].dst, dst, sizeof(dst));
                inet_ntop(AF_INET, &route[i].gateway, gateway, sizeof(gateway));
                g_string_append_printf(text, "%s%s/%u %s", i > 0 ? ", " : "", dst, route[i].prefix_len,
                                       gateway);
        }
        g_assert_true(dhcp4_message_has(&m, code) == (reason_of(&m, code) == NULL));
        g_assert_true(n == 0 || dhcp4_message_has(&m, code));
        return g_string_free(text, FALSE);
}

#define assert_routes(code, bytes, expect) \
        do { \
                g_autofree char *_text = routes(code, bytes, sizeof(bytes) - 1); \
                g_assert_cmpstr(_text, ==, expect); \
        } while (0)

static void test_classless(void) {
        static const uint8_t codes[] = { 121, 249 };

        for (size_t i = 0; i < ARRAY_SIZE(codes); i++) {
                const uint8_t code = codes[i];

                /* The table of RFC 3442, and a route without a gateway. */
                assert_routes(code, "\x00\x0a\x00\x00\x01", "0.0.0.0/0 10.0.0.1");
                assert_routes(code, "\x08\x0a\x0a\x00\x00\x01", "10.0.0.0/8 10.0.0.1");
                assert_routes(code, "\x18\x0a\x00\x00\x0a\x00\x00\x01", "10.0.0.0/24 10.0.0.1");
                assert_routes(code, "\x10\x0a\x11\x0a\x00\x00\x01", "10.17.0.0/16 10.0.0.1");
                assert_routes(code, "\x19\x0a\xe5\x00\x80\x0a\x00\x00\x01", "10.229.0.128/25 10.0.0.1");
                assert_routes(code, "\x20\x0a\xc6\x7a\x2f\x00\x00\x00\x00", "10.198.122.47/32 0.0.0.0");
                /* Routes stay in the order in which they were received. The same route twice stays, too. */
                assert_routes(code,
                              "\x10\x0a\x11\x0a\x00\x00\x01\x00\x0a\x00\x00\x02\x10\x0a\x11\x0a\x00\x00\x01",
                              "10.17.0.0/16 10.0.0.1, 0.0.0.0/0 10.0.0.2, 10.17.0.0/16 10.0.0.1");
                /* Bits beyond the prefix length are set. */
                assert_routes(code, "\x19\x0a\xe5\x00\xff\x0a\x00\x00\x01", "10.229.0.128/25 10.0.0.1");
                assert_routes(code, "\x01\xff\x0a\x00\x00\x01", "128.0.0.0/1 10.0.0.1");
                assert_routes(code, "\x1f\xff\xff\xff\xff\x0a\x00\x00\x01", "255.255.255.254/31 10.0.0.1");
                /* A prefix length that does not exist makes the whole option bad. */
                assert_routes(code, "\x00\x0a\x00\x00\x01\x21\x0a\x00\x00\x00\x00\x0a\x00\x00\x01", "");
                assert_routes(code, "\xff\x0a\x00\x00\x00\x00\x0a\x00\x00\x01", "");
        }
}

static void test_classless_widths(void) {
        for (unsigned width = 0; width < 256; width++) {
                uint8_t data[64] = { (uint8_t) width };
                const size_t good = width <= 32 ? 1 + (width + 7) / 8 + 4 : 0;

                memset(data + 1, 0xff, sizeof(data) - 1);
                for (size_t len = 1; len <= 10; len++) {
                        const Dhcp4Message m = with_option(121, data, len);
                        Dhcp4Route route = {};
                        const uint32_t mask = width == 0 ? 0 : UINT32_MAX << (32 - MIN(width, 32u));

                        g_assert_true(dhcp4_message_has(&m, 121) == (len == good));
                        g_assert_cmpuint(dhcp4_message_get_routes(&m, 121, &route, 1), ==, len == good);
                        if (len != good)
                                continue;
                        g_assert_cmpuint(route.prefix_len, ==, width);
                        g_assert_cmpuint(ntohl(route.dst.s_addr), ==, mask);
                        g_assert_cmpuint(route.gateway.s_addr, ==, UINT32_MAX);
                }
        }
}

static void test_classless_many(void) {
        uint8_t data[100 * 7];
        Dhcp4Route route[101];
        Dhcp4Message m;

        for (unsigned i = 0; i < 100; i++)
                memcpy(data + i * 7, (const uint8_t[]){ 16, 10, (uint8_t) i, 192, 0, 2, 1 }, 7);
        m = with_option(121, data, sizeof(data));
        g_assert_cmpuint(dhcp4_message_get_routes(&m, 121, route, ARRAY_SIZE(route)), ==, 100);
        for (unsigned i = 0; i < 100; i++)
                g_assert_cmpuint(ntohl(route[i].dst.s_addr), ==, 10u << 24 | i << 16);

        /* No more routes are written than there is room for. */
        memset(route, 0xaa, sizeof(route));
        g_assert_cmpuint(dhcp4_message_get_routes(&m, 121, route, 3), ==, 3);
        g_assert_cmpuint(route[3].dst.s_addr, ==, 0xaaaaaaaa);
        g_assert_cmpuint(dhcp4_message_get_routes(&m, 121, route, 0), ==, 0);
}

static void test_static_routes(void) {
        /* Networks of classes A, B and C; a host of each; no class. */
        assert_routes(33, "\x0a\0\0\0\xc0\0\2\1", "10.0.0.0/8 192.0.2.1");
        assert_routes(33, "\xac\x10\0\0\xc0\0\2\1", "172.16.0.0/16 192.0.2.1");
        assert_routes(33, "\xc0\xa8\1\0\xc0\0\2\1", "192.168.1.0/24 192.0.2.1");
        assert_routes(33, "\x0a\0\1\0\xc0\0\2\1", "10.0.1.0/32 192.0.2.1");
        assert_routes(33, "\xac\x10\1\0\xc0\0\2\1", "172.16.1.0/32 192.0.2.1");
        assert_routes(33, "\xc0\xa8\1\2\xc0\0\2\1", "192.168.1.2/32 192.0.2.1");
        assert_routes(33, "\xe0\0\0\0\xc0\0\2\1", "224.0.0.0/32 192.0.2.1");
        /* The default route is illegal in option 33 (RFC 2132 §5.8): the other routes stand. */
        assert_routes(33, "\0\0\0\0\xc0\0\2\1\x0a\0\0\0\xc0\0\2\2", "10.0.0.0/8 192.0.2.2");
        assert_routes(33, "\x0a\0\0\0\xc0\0\2\1\x0b\0\0\0", "");
}

static void test_routes_of_others(void) {
        const Dhcp4Message m = with_option(3, "\xc0\0\2\1\xc0\0\2\2", 8),
                           none = packet_parse(&(const Packet[]){ packet_new() }[0]);
        Dhcp4Route route;

        g_assert_cmpuint(dhcp4_message_get_routes(&m, 3, &route, 1), ==, 0);
        g_assert_cmpuint(dhcp4_message_get_routes(&none, 121, &route, 1), ==, 0);
        g_assert_cmpuint(dhcp4_message_get_routes(&none, 200, &route, 1), ==, 0);
}

/*
 * The lengths as the RFCs give them, written down a second time: fixed lengths, lists of items, minimum
 * lengths.
 */
static const uint8_t length_0[] = { 80 },
                     length_1[] = { 19, 20, 23, 27, 29, 30, 31, 34, 36, 37, 39, 46, 52, 53, 116 },
                     length_2[] = { 13, 22, 26, 57 },
                     length_3[] = { 94 }, length_4[] = { 1,  2,  16, 24, 28, 32,  35,  38,  50,
                                                         51, 54, 58, 59, 91, 108, 118, 159, 211 },
                     list_2[] = { 25, 93, 117 },
                     list_4[] = { 3,  4,  5,  6,  7,  8,  9,  10, 11, 41, 42, 44,  45,  48,  49,  65,
                                  69, 70, 71, 72, 73, 74, 75, 76, 85, 89, 92, 112, 136, 138, 142, 150 },
                     list_4_or_none[] = { 68 }, list_8[] = { 21, 33 },
                     text[] = { 12, 14, 15, 17,  18,  40,  47,  56,  62,  64,  66,  67,
                                86, 87, 98, 100, 101, 113, 114, 160, 161, 209, 210, 252 },
                     least_1[] = { 43, 55, 60, 63, 77, 79, 88, 97, 119, 137, 141, 145, 213 },
                     least_2[] = { 61, 82, 120, 162 }, least_3[] = { 81, 99 },
                     least_5[] = { 78, 121, 124, 125, 249 }, least_9[] = { 146 }, least_11[] = { 90 },
                     least_22[] = { 212 };

static const struct Lengths {
        const uint8_t *codes;
        size_t n_codes;
        size_t min, max, multiple;
} lengths[] = {
        { length_0, sizeof(length_0), 0, 0, 1 },
        { length_1, sizeof(length_1), 1, 1, 1 },
        { length_2, sizeof(length_2), 2, 2, 1 },
        { length_3, sizeof(length_3), 3, 3, 1 },
        { length_4, sizeof(length_4), 4, 4, 1 },
        { list_2, sizeof(list_2), 2, SIZE_MAX, 2 },
        { list_4, sizeof(list_4), 4, SIZE_MAX, 4 },
        { list_4_or_none, sizeof(list_4_or_none), 0, SIZE_MAX, 4 },
        { list_8, sizeof(list_8), 8, SIZE_MAX, 8 },
        { text, sizeof(text), 1, SIZE_MAX, 1 },
        { least_1, sizeof(least_1), 1, SIZE_MAX, 1 },
        { least_2, sizeof(least_2), 2, SIZE_MAX, 1 },
        { least_3, sizeof(least_3), 3, SIZE_MAX, 1 },
        { least_5, sizeof(least_5), 5, SIZE_MAX, 1 },
        { least_9, sizeof(least_9), 9, SIZE_MAX, 1 },
        { least_11, sizeof(least_11), 11, SIZE_MAX, 1 },
        { least_22, sizeof(least_22), 22, SIZE_MAX, 1 },
};

static const struct Lengths *lengths_of(uint8_t code) {
        for (size_t i = 0; i < ARRAY_SIZE(lengths); i++)
                if (memchr(lengths[i].codes, code, lengths[i].n_codes))
                        return &lengths[i];
        return NULL;
}

static void test_table(void) {
        g_autoptr(GHashTable) names = g_hash_table_new(g_str_hash, g_str_equal);

        for (unsigned code = 0; code < 256; code++) {
                const struct Lengths *l = lengths_of((uint8_t) code);
                const Dhcp4OptionInfo *info = dhcp4_option_info((uint8_t) code);

                g_assert_true((l != NULL) == (info != NULL));
                g_assert_true(dhcp4_option_joins((uint8_t) code) == (!l || l->min != l->max));
                if (!info)
                        continue;
                g_assert_cmpuint(info->code, ==, code);
                g_assert_true(g_hash_table_add(names, (gpointer) info->name));
                g_assert_true(g_regex_match_simple("^[a-z0-9]+(-[a-z0-9]+)*$", info->name, 0, 0));
        }
        g_assert_null(dhcp4_option_info(DHCP4_OPTION_PAD));
        g_assert_null(dhcp4_option_info(DHCP4_OPTION_END));
        g_assert_cmpstr(dhcp4_option_info(51)->name, ==, "lease-time");
}

static void test_type_names(void) {
        g_autoptr(GHashTable) names = g_hash_table_new(g_str_hash, g_str_equal);

        for (int type = 0; type <= DHCP4_OPTION_TYPE_SIXRD; type++)
                g_assert_true(
                        g_hash_table_add(names, (gpointer) dhcp4_option_type_name((Dhcp4OptionType) type)));
        g_assert_cmpstr(dhcp4_option_type_name(dhcp4_option_info(3)->type), ==, "address list");
}

/* Writes one name of @len bytes on the wire. Returns false if no name has this length. */
static bool fill_name(uint8_t *data, size_t len) {
        if (len < 3 || len > 255)
                return false;
        memset(data, 'd', len);
        for (size_t left = len; left > 1;) {
                size_t label = MIN(left - 2, (size_t) 60);

                /* The bytes that are left must be enough for one more label, or for the root alone. */
                if (left - 1 - label - 1 == 1)
                        label--;
                data[len - left] = (uint8_t) label;
                left -= label + 1;
        }
        data[len - 1] = 0;
        return true;
}

/*
 * Writes content that is right for every option that looks at its content, as far as the length allows
 * it.
 */
static bool fill(uint8_t code, uint8_t *data, size_t len) {
        memset(data, 1, len);
        switch (code) {
        case 88:
        case 119:
        case 137:
        case 141:
        case 213:
                return fill_name(data, len);
        case 120:
                if (len % 4 == 1)
                        return len > 1;
                if (len > 0)
                        data[0] = 0;
                return len > 0 && fill_name(data + 1, len - 1);
        case 121:
        case 249:
                /* There are routes of 5 bytes, and as many of 6 bytes as are needed for the length. */
                for (size_t at = 0, left = len; left > 0;) {
                        const size_t piece = left % 5 == 0 ? 5 : 6;

                        if (left < piece)
                                return false;
                        data[at] = piece == 5 ? 0 : 8;
                        at += piece;
                        left -= piece;
                }
                return true;
        case 81: /* flags, two codes, and a name in ASCII */
                if (len > 3)
                        memset(data + 3, 'a', len - 3);
                return len <= 3 + 253;
        case 82: /* sub-options of a byte each */
                return len % 3 == 0;
        case 100:
        case 101:
                memset(data, 'a', len);
                return true;
        case 114:
        case 161: /* a host */
                memset(data, 'a', len);
                memcpy(data, "https://", MIN(len, (size_t) 8));
                return len > 8;
        case 124:
        case 125: /* enterprises with a byte each */
                return len % 6 == 0;
        case 162: /* one resolver by its name */
                if (len < 5)
                        return false;
                data[0] = 0;
                data[1] = (uint8_t) (len - 2);
                data[4] = (uint8_t) (len - 5);
                return fill_name(data + 5, len - 5);
        case 212: /* both lengths 1, and addresses */
                return len % 4 == 2;
        default:
                return true;
        }
}

/* Every option in every length: which lengths pass, and that typed access checks its type exactly. */
static void test_every_length(void) {
        const unsigned stride = test_stride();

        for (unsigned i = 1; i < 255; i++) {
                const uint8_t code = (uint8_t) i;
                const struct Lengths *l = lengths_of(code);

                if (code == 53)
                        continue; /* this voids the message: see test-dhcp4-message.c */
                for (size_t len = code % stride; len < 256; len += stride) {
                        uint8_t data[256], u8 = 0xaa;
                        const bool content = fill(code, data, len);
                        const bool good =
                                !l || (len >= l->min && len <= l->max && len % l->multiple == 0 && content);
                        const Dhcp4Message m = with_option(code, data, len);
                        const int absent = good ? DHCP4_MESSAGE_E_MALFORMED : DHCP4_MESSAGE_E_UNSET;
                        struct in_addr addr = { 0xaaaaaaaa }, addrs[64];
                        uint32_t u32 = 0xaaaaaaaa;
                        uint16_t u16 = 0xaaaa;
                        char string[256];
                        const uint8_t *p;
                        size_t n;

                        g_assert_true(dhcp4_message_has(&m, code) == good);
                        g_assert_true((reason_of(&m, code) == NULL) == good);
                        g_assert_cmpint(dhcp4_message_get_raw(&m, code, &p, &n), ==, 0);
                        g_assert_cmpmem(p, n, data, len);
                        g_assert_cmpint(dhcp4_message_get(&m, code, &p, &n), ==,
                                        good ? 0 : DHCP4_MESSAGE_E_UNSET);

                        g_assert_cmpint(dhcp4_message_get_u8(&m, code, &u8), ==,
                                        good && len == 1 ? 0 : absent);
                        g_assert_cmpuint(u8, ==, good && len == 1 ? data[0] : 0xaa);
                        g_assert_cmpint(dhcp4_message_get_u16(&m, code, &u16), ==,
                                        good && len == 2 ? 0 : absent);
                        g_assert_cmpuint(u16, ==, good && len == 2 ? data[0] << 8 | data[1] : 0xaaaa);
                        g_assert_cmpint(dhcp4_message_get_u32(&m, code, &u32), ==,
                                        good && len == 4 ? 0 : absent);
                        g_assert_cmpint(dhcp4_message_get_addr(&m, code, &addr), ==,
                                        good && len == 4 ? 0 : absent);
                        if (good && len == 4) {
                                g_assert_cmpuint(u32, ==, ntohl(addr.s_addr));
                                g_assert_cmpmem(&addr, 4, data, 4);
                        } else
                                g_assert_cmpuint(u32 & addr.s_addr, ==, 0xaaaaaaaa);
                        g_assert_cmpuint(dhcp4_message_get_addrs(&m, code, addrs, ARRAY_SIZE(addrs)), ==,
                                         good ? len / 4 : 0);
                        if (l && l->codes == text) {
                                g_assert_cmpint(dhcp4_message_get_string(&m, code, string, sizeof(string)),
                                                ==, good ? 0 : DHCP4_MESSAGE_E_UNSET);
                                g_assert_true(!good || strlen(string) == len);
                        }
                }
        }
}

/* The same with random content: only the bounds of the parser limit it. */
static void test_every_length_noise(void) {
        const unsigned stride = test_stride();

        for (unsigned code = 1; code < 255; code++)
                for (size_t len = code % stride; len < 256; len += stride) {
                        uint8_t data[256];
                        Dhcp4Message m;
                        Dhcp4Route route[64];
                        char name[DHCP4_DOMAIN_MAX];
                        size_t iter = 0, n_names = 0;

                        if (code == 53)
                                continue;
                        for (size_t i = 0; i < len; i++)
                                data[i] = (uint8_t) (g_test_rand_bit() ? g_test_rand_int_range(0, 6)
                                                                       : g_test_rand_int());
                        m = with_option((uint8_t) code, data, len);
                        g_assert_true(dhcp4_message_has(&m, (uint8_t) code) ==
                                      (dhcp4_option_check((uint8_t) code, data, len) == NULL));
                        g_assert_cmpuint(
                                dhcp4_message_get_routes(&m, (uint8_t) code, route, ARRAY_SIZE(route)), <=,
                                len / 5);
                        while (dhcp4_message_next_domain(&m, (uint8_t) code, &iter, name)) {
                                g_assert_cmpuint(strlen(name), <, DHCP4_DOMAIN_MAX);
                                g_assert_cmpuint(++n_names, <=, len / 2);
                        }
                }
}

static void test_content(void) {
        g_assert_null(dhcp4_option_check(52, (const uint8_t *) "\1", 1));
        g_assert_null(dhcp4_option_check(52, (const uint8_t *) "\3", 1));
        g_assert_cmpstr(dhcp4_option_check(52, (const uint8_t *) "\0", 1), ==, "not 1, 2 or 3");
        g_assert_cmpstr(dhcp4_option_check(52, (const uint8_t *) "\4", 1), ==, "not 1, 2 or 3");
        g_assert_null(dhcp4_option_check(19, (const uint8_t *) "\0", 1));
        g_assert_cmpstr(dhcp4_option_check(19, (const uint8_t *) "\2", 1), ==, "neither 0 nor 1");
        g_assert_cmpstr(dhcp4_option_check(80, (const uint8_t *) "\0", 1), ==, "too long");
        g_assert_cmpstr(dhcp4_option_check(3, NULL, 0), ==, "empty");
        g_assert_cmpstr(dhcp4_option_check(3, (const uint8_t *) "\1\2\3", 3), ==, "too short");
        g_assert_cmpstr(dhcp4_option_check(3, (const uint8_t *) "\1\2\3\4\5", 5), ==,
                        "length is no multiple of 4");
        g_assert_cmpstr(dhcp4_option_check(33, (const uint8_t[12]){}, 12), ==, "length is no multiple of 8");
        g_assert_cmpstr(dhcp4_option_check(25, (const uint8_t[3]){}, 3), ==, "length is no multiple of 2");
        g_assert_cmpstr(dhcp4_option_check(12, (const uint8_t *) "\0\0", 2), ==, "empty");
        g_assert_cmpstr(dhcp4_option_check(12, (const uint8_t *) "a\0b", 3), ==, "a NUL within the text");
        g_assert_null(dhcp4_option_check(12, (const uint8_t *) "ab\0", 3));
        g_assert_cmpstr(dhcp4_option_check(121, (const uint8_t[]){ 8, 10, 192, 0, 2 }, 5), ==,
                        "a route is cut off");
        g_assert_cmpstr(dhcp4_option_check(121, (const uint8_t[]){ 33, 1, 1, 1, 1 }, 5), ==,
                        "a prefix length is greater than 32");
}

int main(int argc, char **argv) {
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/dhcp4-options/table", test_table);
        g_test_add_func("/dhcp4-options/type-names", test_type_names);
        g_test_add_func("/dhcp4-options/every-length", test_every_length);
        g_test_add_func("/dhcp4-options/every-length-noise", test_every_length_noise);
        g_test_add_func("/dhcp4-options/content", test_content);
        g_test_add_func("/dhcp4-options/classless", test_classless);
        g_test_add_func("/dhcp4-options/classless-widths", test_classless_widths);
        g_test_add_func("/dhcp4-options/classless-many", test_classless_many);
        g_test_add_func("/dhcp4-options/static-routes", test_static_routes);
        g_test_add_func("/dhcp4-options/routes-of-others", test_routes_of_others);
        g_test_add_func("/dhcp4-options/domains", test_domains);
        g_test_add_func("/dhcp4-options/domains-malformed", test_domains_malformed);
        g_test_add_func("/dhcp4-options/domains-split", test_domains_split);
        g_test_add_func("/dhcp4-options/domain-length", test_domain_length);
        g_test_add_func("/dhcp4-options/domain-label", test_domain_label);
        g_test_add_func("/dhcp4-options/domain-pointers", test_domain_pointers);
        return g_test_run();
}
