/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * wire/dhcp4-message.c: the header, options in three fields and in pieces, malformed options that are
 * left out, every truncation. test-dhcp4-builder.c tests the builder, test-dhcp4-options.c the lengths of
 * options.
 */
#include <arpa/inet.h>
#include <glib.h>
#include <string.h>

#include "base/macro.h"
#include "wire/dhcp4-message.h"
#include "wire/dhcp4-options.h"

typedef struct Packet {
        uint8_t data[DHCP4_MESSAGE_MAX_LEN + 1];
        size_t len;
} Packet;

static void packet_add(Packet *p, uint8_t code, const void *data, size_t len) {
        g_assert_cmpuint(len, <=, 255);
        g_assert_cmpuint(p->len + 2 + len, <=, DHCP4_MESSAGE_MAX_LEN);
        p->data[p->len++] = code;
        p->data[p->len++] = (uint8_t) len;
        if (len > 0)
                memcpy(p->data + p->len, data, len);
        p->len += len;
}

/* Adds literal bytes. The other macros add them to the fields that may hold options. */
#define packet_bytes(p, bytes) \
        (memcpy((p)->data + (p)->len, bytes, sizeof(bytes) - 1), (p)->len += sizeof(bytes) - 1)
#define packet_file(p, bytes)  memcpy((p)->data + 108, bytes, sizeof(bytes) - 1)
#define packet_sname(p, bytes) memcpy((p)->data + 44, bytes, sizeof(bytes) - 1)

/* Returns a message without any option. */
static Packet packet_bare(void) {
        Packet p = { .data = { 2, 1, 6 }, .len = 240 };

        memcpy(p.data + 236, "\x63\x82\x53\x63", 4);
        return p;
}

static Packet packet_new(void) {
        Packet p = packet_bare();

        packet_add(&p, 53, "\x05", 1);
        return p;
}

/* Parses a copy of exactly this size, so that valgrind and AddressSanitizer see a read beyond its end. */
static int try_parse(const Packet *p, Dhcp4Message *ret) {
        g_autofree uint8_t *copy = g_memdup2(p->data, p->len);

        return dhcp4_message_parse(copy, p->len, ret);
}

static Dhcp4Message parse(const Packet *p) {
        Dhcp4Message m;

        g_assert_cmpint(try_parse(p, &m), ==, 0);
        return m;
}

static const char *reason_of(const Dhcp4Message *m, uint8_t code) {
        for (unsigned i = 0; i < m->n_ignored; i++)
                if (m->ignored[i].code == code)
                        return m->ignored[i].reason;
        return NULL;
}

#define assert_raw(m, code, bytes) \
        do { \
                const uint8_t *_data = NULL; \
                size_t _len = 0; \
                g_assert_cmpint(dhcp4_message_get_raw(m, code, &_data, &_len), ==, 0); \
                g_assert_cmpmem(_data, _len, bytes, sizeof(bytes) - 1); \
        } while (0)

#define assert_string(m, code, expect) \
        do { \
                char _text[512] = ""; \
                g_assert_cmpint(dhcp4_message_get_string(m, code, _text, sizeof(_text)), ==, 0); \
                g_assert_cmpstr(_text, ==, expect); \
        } while (0)

/* Asserts that parsing fails with @error, and that a failed parse does not write its result. */
static void assert_refused(const Packet *p, int error) {
        g_autofree Dhcp4Message *m = g_malloc(sizeof(*m)), *before = g_malloc(sizeof(*before));

        memset(m, 0xa5, sizeof(*m));
        memset(before, 0xa5, sizeof(*before));
        g_assert_cmpint(try_parse(p, m), ==, error);
        g_assert_cmpmem(m, sizeof(*m), before, sizeof(*before));
}

static void test_header(void) {
        Packet p = packet_new();
        Dhcp4Message m;

        for (unsigned i = 3; i < 44; i++)
                p.data[i] = (uint8_t) (i * 5);
        m = parse(&p);
        g_assert_cmpuint(m.header.op, ==, 2);
        g_assert_cmpuint(m.header.htype, ==, 1);
        g_assert_cmpuint(m.header.hlen, ==, 6);
        g_assert_cmpuint(m.header.hops, ==, 15);
        g_assert_cmphex(m.header.xid, ==, 0x14191e23);
        g_assert_cmphex(m.header.secs, ==, 0x282d);
        g_assert_cmphex(m.header.flags, ==, 0x3237);
        g_assert_cmphex(ntohl(m.header.ciaddr.s_addr), ==, 0x3c41464b);
        g_assert_cmphex(ntohl(m.header.yiaddr.s_addr), ==, 0x50555a5f);
        g_assert_cmphex(ntohl(m.header.siaddr.s_addr), ==, 0x64696e73);
        g_assert_cmphex(ntohl(m.header.giaddr.s_addr), ==, 0x787d8287);
        g_assert_cmpmem(m.header.chaddr, 16, p.data + 28, 16);
        g_assert_cmpint(m.type, ==, DHCP4_ACK);
}

static void test_not_dhcp(void) {
        const Packet good = packet_new();
        Packet p;

        for (unsigned op = 0; op < 256; op++) {
                p = good;
                p.data[0] = (uint8_t) op;
                if (op == 1 || op == 2)
                        g_assert_cmpuint(parse(&p).header.op, ==, op);
                else
                        assert_refused(&p, DHCP4_MESSAGE_E_NOT_DHCP);
        }
        for (unsigned hlen = 0; hlen < 256; hlen++) {
                p = good;
                p.data[2] = (uint8_t) hlen;
                if (hlen <= 16)
                        g_assert_cmpuint(parse(&p).header.hlen, ==, hlen);
                else
                        assert_refused(&p, DHCP4_MESSAGE_E_NOT_DHCP);
        }
        for (unsigned i = 236; i < 240; i++) {
                p = good;
                p.data[i] ^= 1;
                assert_refused(&p, DHCP4_MESSAGE_E_NOT_DHCP);
        }
        for (unsigned type = 0; type < 256; type++) {
                p = good;
                p.data[242] = (uint8_t) type;
                if (type >= 1 && type <= 9)
                        g_assert_cmpint(parse(&p).type, ==, (int) type);
                else
                        assert_refused(&p, DHCP4_MESSAGE_E_NOT_DHCP);
        }
        /* Option 53 has a length that is not one byte. */
        for (size_t len = 0; len < 256; len++) {
                uint8_t data[255];

                memset(data, 5, sizeof(data));
                p = packet_bare();
                packet_add(&p, 53, data, len);
                if (len != 1)
                        assert_refused(&p, DHCP4_MESSAGE_E_NOT_DHCP);
        }
        /* A message without option 53 is BOOTP. */
        p = packet_bare();
        g_assert_cmpint(parse(&p).type, ==, DHCP4_BOOTP);
        packet_add(&p, 12, "host", 4);
        packet_bytes(&p, "\xff\x35\1\5"); /* behind END */
        g_assert_cmpint(parse(&p).type, ==, DHCP4_BOOTP);
}

static void test_too_long(void) {
        Packet p = packet_new();

        p.len = DHCP4_MESSAGE_MAX_LEN;
        (void) parse(&p);
        p.len++;
        assert_refused(&p, DHCP4_MESSAGE_E_TOO_LONG);
        p.len = 0;
        assert_refused(&p, DHCP4_MESSAGE_E_TRUNCATED);
}

/* Each truncation of a message that has everything gives only whole options, and the same ones each time. */
static void test_truncated(void) {
        Packet whole = packet_new(), p;
        const Dhcp4Message *all;
        Dhcp4Message first;

        packet_bytes(&whole,
                     "\x34\1\3\0\0"
                     "\1\4\xff\xff\xff\0"
                     "\3\x08\xc0\0\2\1\xc0\0\2\2"
                     "\x0c\4host"
                     "\x79\5\0\xc0\0\2\1"
                     "\x50\0"
                     "\x77\5\3foo\0"
                     "\xff\0");
        packet_file(&whole, "\x0f\7example\x33\4\0\1\x51\x80");
        packet_sname(&whole, "\x0f\4.com\xff");
        first = parse(&whole);
        all = &first;
        g_assert_cmpuint(all->n_ignored, ==, 0);
        assert_string(all, 15, "example.com");

        for (size_t len = 0; len < whole.len; len++) {
                Dhcp4Message m;

                p = whole;
                p.len = len;
                if (len < 240) {
                        assert_refused(&p, DHCP4_MESSAGE_E_TRUNCATED);
                        continue;
                }
                m = parse(&p);
                g_assert_cmpint(m.type, ==, len < 243 ? DHCP4_BOOTP : DHCP4_ACK);
                if (len < 243)
                        continue;
                g_assert_cmpuint(m.n_order, <=, all->n_order);
                for (unsigned i = 0; i < m.n_order; i++) {
                        const uint8_t *a, *b;
                        size_t a_len, b_len;

                        g_assert_true(dhcp4_message_has(&m, m.order[i]));
                        g_assert_cmpint(dhcp4_message_get(&m, m.order[i], &a, &a_len), ==, 0);
                        g_assert_cmpint(dhcp4_message_get(all, m.order[i], &b, &b_len), ==, 0);
                        g_assert_cmpmem(a, a_len, b, b_len);
                }
                g_assert_cmpuint(m.n_ignored, <=, 1);
        }
}

static void test_end(void) {
        Packet p = packet_new();
        Dhcp4Message m;

        packet_add(&p, 12, "host", 4);
        m = parse(&p); /* no END, and shorter than BOOTP allows */
        assert_string(&m, 12, "host");
        g_assert_cmpuint(m.n_ignored, ==, 0);

        packet_bytes(&p, "\0");
        m = parse(&p);
        g_assert_cmpuint(m.n_ignored, ==, 0);

        packet_bytes(&p, "\0\0\xff\0");
        m = parse(&p);
        g_assert_cmpuint(m.n_ignored, ==, 0);
        g_assert_cmpuint(m.n_order, ==, 2);

        /* What stands behind END does not count. */
        packet_bytes(&p, "\x0f\3foo\x42\xff");
        m = parse(&p);
        g_assert_false(dhcp4_message_has(&m, 15));
        g_assert_cmpuint(m.n_ignored, ==, 0);
}

static void test_overrun(void) {
        Packet p = packet_new();
        Dhcp4Message m;

        packet_add(&p, 12, "host", 4);
        packet_bytes(&p, "\x0f\5exam");
        m = parse(&p);
        assert_string(&m, 12, "host");
        g_assert_false(dhcp4_message_has(&m, 15));
        g_assert_cmpuint(m.n_ignored, ==, 1);
        g_assert_cmpstr(reason_of(&m, 15), ==, "length runs past the end of its field");

        /* The message ends with a code that has no length. */
        p.len -= 5;
        m = parse(&p);
        assert_string(&m, 12, "host");
        g_assert_cmpstr(reason_of(&m, 15), ==, "length runs past the end of its field");

        /* Such an option ends its own field and no other. */
        p = packet_new();
        packet_bytes(&p, "\x34\1\3\x0c\4host\x0f\xff");
        packet_file(&p, "\x42\3foo\x43\xff");
        packet_sname(&p, "\x11\1/");
        m = parse(&p);
        assert_string(&m, 12, "host");
        assert_string(&m, 66, "foo");
        assert_string(&m, 17, "/");
        g_assert_cmpuint(m.n_ignored, ==, 2);
        g_assert_nonnull(reason_of(&m, 15));
        g_assert_nonnull(reason_of(&m, 67));
}

/* dnsmasq sends option 54 twice. Joined, it would have 8 bytes, and the lease would be lost. */
static void test_first_stays(void) {
        Packet p = packet_bare();
        struct in_addr server;
        uint32_t lifetime;
        Dhcp4Message m;
        uint8_t u8;

        packet_add(&p, 53, "\2", 1);
        packet_add(&p, 54, "\xc0\0\2\1", 4);
        packet_add(&p, 51, "\0\0\x0e\x10", 4);
        packet_add(&p, 54, "\xc0\0\2\2", 4);
        packet_add(&p, 51, "\0\0\0\1", 4);
        packet_add(&p, 53, "\6", 1);
        packet_add(&p, 80, NULL, 0);
        packet_add(&p, 80, NULL, 0);
        packet_add(&p, 116, "\1", 1);
        packet_add(&p, 116, "\0\0", 2); /* not looked at, so it does no harm */
        m = parse(&p);
        g_assert_cmpint(m.type, ==, DHCP4_OFFER);
        g_assert_cmpint(dhcp4_message_get_addr(&m, 54, &server), ==, 0);
        g_assert_cmphex(ntohl(server.s_addr), ==, 0xc0000201);
        g_assert_cmpint(dhcp4_message_get_u32(&m, 51, &lifetime), ==, 0);
        g_assert_cmpuint(lifetime, ==, 3600);
        g_assert_cmpint(dhcp4_message_get_u8(&m, 116, &u8), ==, 0);
        g_assert_cmpuint(u8, ==, 1);
        g_assert_true(dhcp4_message_has(&m, 80));
        g_assert_cmpuint(m.n_ignored, ==, 0);
        g_assert_cmpmem(m.order, m.n_order, "\x35\x36\x33\x50\x74", 5);
}

static void test_joined(void) {
        uint8_t data[600];
        Packet p = packet_new();
        const uint8_t *got;
        Dhcp4Message m;
        size_t len;

        for (size_t i = 0; i < sizeof(data); i++)
                data[i] = (uint8_t) (i * 11);
        packet_add(&p, 200, data, 255);
        packet_add(&p, 12, "ho", 2);
        packet_add(&p, 3, "\xc0\0", 2); /* pieces need not be whole addresses */
        packet_add(&p, 200, data + 255, 255);
        packet_add(&p, 12, "", 0);
        packet_add(&p, 3, "\2\1\xc0\0\2\2", 6);
        packet_add(&p, 12, "st", 2);
        packet_add(&p, 200, data + 510, 90);
        m = parse(&p);
        g_assert_cmpint(dhcp4_message_get(&m, 200, &got, &len), ==, 0);
        g_assert_cmpmem(got, len, data, sizeof(data));
        assert_string(&m, 12, "host");
        assert_raw(&m, 3, "\xc0\0\2\1\xc0\0\2\2");
        g_assert_true(dhcp4_message_has(&m, 3));
        g_assert_cmpmem(m.order, m.n_order, "\x35\xc8\x0c\x03", 4);
}

/* RFC 3396 §5 gives the order: options, file, sname. */
static void test_overload(void) {
        for (uint8_t overload = 0; overload < 5; overload++) {
                Packet p = packet_new();
                Dhcp4Message m;

                packet_add(&p, 15, "O", 1);
                packet_add(&p, 52, &overload, 1);
                packet_file(&p, "\x0f\1F\x34\1\3\x0c\1f\xff\x11\1x");
                packet_sname(&p, "\x0f\1S\x34\1\0\x0c\1s\xff\x11\1x");
                m = parse(&p);
                switch (overload) {
                case 1:
                        assert_string(&m, 15, "OF");
                        assert_string(&m, 12, "f");
                        break;
                case 2:
                        assert_string(&m, 15, "OS");
                        assert_string(&m, 12, "s");
                        break;
                case 3:
                        assert_string(&m, 15, "OFS");
                        assert_string(&m, 12, "fs");
                        break;
                default:
                        assert_string(&m, 15, "O");
                        g_assert_false(dhcp4_message_has(&m, 12));
                        g_assert_cmpstr(reason_of(&m, 52), ==, "not 1, 2 or 3");
                }
                g_assert_false(dhcp4_message_has(&m, 17));
                assert_raw(&m, 52, ((char[]){ (char) overload, 0 }));
        }
}

/*
 * The fields as text: only fields that hold no options, up to the first NUL or to their end, with bytes
 * that are safe to print.
 */
static void test_fields(void) {
        char file[128 + 1] = {}, sname[64 + 1] = {};

        memset(file, 'f', 128);
        memset(sname, 's', 64);
        for (uint8_t overload = 0; overload < 4; overload++) {
                Packet p = packet_new();
                char text[DHCP4_FIELD_SIZE];
                Dhcp4Message m;

                packet_add(&p, 52, &overload, 1);
                packet_file(&p, file);
                packet_sname(&p, sname);
                m = parse(&p);
                g_assert_true(dhcp4_message_get_field(&m, p.data, p.len, DHCP4_FIELD_FILE, text) ==
                              !(overload & 1));
                g_assert_cmpstr(text, ==, overload & 1 ? "" : file);
                g_assert_true(dhcp4_message_get_field(&m, p.data, p.len, DHCP4_FIELD_SNAME, text) ==
                              !(overload & 2));
                g_assert_cmpstr(text, ==, overload & 2 ? "" : sname);
        }
        {
                Packet p = packet_new();
                char text[DHCP4_FIELD_SIZE];
                Dhcp4Message m;

                packet_file(&p, "a\nb\x7f\xff\0behind");
                m = parse(&p);
                g_assert_true(dhcp4_message_get_field(&m, p.data, p.len, DHCP4_FIELD_FILE, text));
                g_assert_cmpstr(text, ==, "a?b??");
                g_assert_true(dhcp4_message_get_field(&m, p.data, p.len, DHCP4_FIELD_SNAME, text));
                g_assert_cmpstr(text, ==, "");
                g_assert_false(dhcp4_message_get_field(&m, p.data, 235, DHCP4_FIELD_FILE, text));
        }
}

/* A malformed option 52 does not open other fields, whatever bits it has. */
static void test_overload_malformed(void) {
        for (unsigned value = 4; value < 256; value++)
                for (size_t len = 0; len < 3; len++) {
                        const uint8_t data[] = { len == 1 ? (uint8_t) value : 3, 3 };
                        Packet p = packet_new();
                        Dhcp4Message m;

                        packet_add(&p, 52, data, len);
                        /* An option 52 without content is not the 3 behind it. */
                        packet_add(&p, 3, "\xc0\0\2\1", 4);
                        packet_file(&p, "\x0f\1F");
                        packet_sname(&p, "\x0f\1S");
                        m = parse(&p);
                        g_assert_false(dhcp4_message_has(&m, 15));
                        g_assert_false(dhcp4_message_has(&m, 52));
                        g_assert_true(dhcp4_message_has(&m, 3));
                        g_assert_nonnull(reason_of(&m, 52));
                }
}

static void test_overload_elsewhere(void) {
        Packet p = packet_new();
        Dhcp4Message m;

        /* Without option 52 the fields are text, even if they look like options. */
        packet_file(&p, "\x0f\1F");
        packet_sname(&p, "\x0f\1S");
        m = parse(&p);
        g_assert_false(dhcp4_message_has(&m, 15));

        /* An option 52 in an overloaded field does not open the other field. */
        packet_add(&p, 52, "\1", 1);
        packet_file(&p, "\x34\1\2\x0f\1F");
        m = parse(&p);
        assert_string(&m, 15, "F");
        assert_raw(&m, 52, "\1");

        /* Behind END, or behind an option that is cut off, no option counts. */
        p = packet_new();
        packet_bytes(&p, "\xff\x34\1\3");
        packet_file(&p, "\x0f\1F");
        g_assert_false(dhcp4_message_has(&(const Dhcp4Message[]){ parse(&p) }[0], 15));

        /* An overloaded field may hold the message type, too. */
        p = packet_bare();
        packet_add(&p, 52, "\2", 1);
        packet_sname(&p, "\x35\1\2");
        g_assert_cmpint(parse(&p).type, ==, DHCP4_OFFER);

        /* The last byte of the field belongs to it, and the byte behind it does not. */
        p = packet_new();
        packet_add(&p, 52, "\2", 1);
        p.data[44] = 12;
        p.data[45] = 62;
        memset(p.data + 46, 'n', 62);
        p.data[108] = 'N';
        m = parse(&p);
        g_assert_cmpuint(m.option[12].len, ==, 62);
        p.data[45] = 63;
        m = parse(&p);
        g_assert_false(dhcp4_message_has(&m, 12));
        g_assert_nonnull(reason_of(&m, 12));
}

/* A malformed option affects no other option. */
static void test_malformed(void) {
        Packet p = packet_new();
        struct in_addr addr;
        const uint8_t *data;
        Dhcp4Message m;
        size_t len;

        packet_add(&p, 3, "\xc0\0\2", 3);
        packet_add(&p, 51, "\0\0\x0e\x10", 4);
        packet_add(&p, 1, "\xff\xff\xff", 3);
        packet_add(&p, 121, "\x21\1\2\3\4\5\6\7\x08", 9);
        packet_add(&p, 54, "\xc0\0\2\1", 4);
        m = parse(&p);
        g_assert_cmpuint(m.n_ignored, ==, 3);
        g_assert_cmpuint(m.ignored[0].code, ==, 3);
        g_assert_cmpstr(reason_of(&m, 3), ==, "too short");
        g_assert_cmpstr(reason_of(&m, 1), ==, "too short");
        g_assert_cmpstr(reason_of(&m, 121), ==, "a prefix length is greater than 32");
        g_assert_cmpmem(m.order, m.n_order, "\x35\3\x33\1\x79\x36", 6);

        g_assert_false(dhcp4_message_has(&m, 1));
        g_assert_cmpint(dhcp4_message_get(&m, 1, &data, &len), ==, DHCP4_MESSAGE_E_UNSET);
        g_assert_cmpint(dhcp4_message_get_addr(&m, 1, &addr), ==, DHCP4_MESSAGE_E_UNSET);
        g_assert_cmpuint(dhcp4_message_get_addrs(&m, 3, &addr, 1), ==, 0);
        assert_raw(&m, 1, "\xff\xff\xff");
        assert_raw(&m, 3, "\xc0\0\2");
        g_assert_cmpint(dhcp4_message_get_raw(&m, 12, &data, &len), ==, DHCP4_MESSAGE_E_UNSET);

        g_assert_cmpint(dhcp4_message_get_addr(&m, 54, &addr), ==, 0);
}

/* There are more malformed options than can be noted, and there is every code. */
static void test_many(void) {
        Packet p = packet_bare();
        unsigned n_malformed = 0;
        Dhcp4Message m;

        for (unsigned code = 1; code < 255; code++)
                packet_add(&p, (uint8_t) code, code == 53 ? "\5" : "", code == 53);
        for (unsigned code = 1; code < 255; code++)
                packet_add(&p, (uint8_t) code, "", 0);
        m = parse(&p);
        g_assert_cmpuint(m.n_order, ==, 254);
        for (unsigned code = 1; code < 255; code++) {
                g_assert_cmpuint(m.order[code - 1], ==, code);
                n_malformed += !dhcp4_message_has(&m, (uint8_t) code);
                g_assert_true(dhcp4_message_has(&m, (uint8_t) code) ==
                              (code == 53 || !dhcp4_option_check((uint8_t) code, NULL, 0)));
        }
        g_assert_cmpuint(n_malformed, >, DHCP4_MESSAGE_IGNORED_MAX);
        g_assert_cmpuint(m.n_ignored, ==, DHCP4_MESSAGE_IGNORED_MAX);
        g_assert_false(dhcp4_message_has(&m, 0));
        g_assert_false(dhcp4_message_has(&m, 255));
}

/* The fullest messages: one option in as few pieces as possible, and in as many as possible. */
static void test_full(void) {
        static const uint8_t piece_lens[] = { 255, 200, 3, 2, 1, 0 };

        for (size_t i = 0; i < ARRAY_SIZE(piece_lens); i++) {
                g_autoptr(GByteArray) expect = g_byte_array_new();
                Packet p = packet_new();
                const uint8_t *got;
                uint8_t data[255];
                Dhcp4Message m;
                size_t len;

                packet_add(&p, 52, "\3", 1);
                memset(p.data + 44, 0xff, 192);
                while (p.len + 2 + piece_lens[i] <= DHCP4_MESSAGE_MAX_LEN) {
                        memset(data, (int) p.len, sizeof(data));
                        packet_add(&p, 200, data, piece_lens[i]);
                        g_byte_array_append(expect, data, piece_lens[i]);
                }
                memset(data, 0xfe, sizeof(data));
                memcpy(p.data + 108, "\xc8\x7e", 2);
                memset(p.data + 110, 0xfe, 126);
                g_byte_array_append(expect, data, 126);
                memcpy(p.data + 44, "\xc8\x3e", 2);
                memset(p.data + 46, 0xfe, 62);
                g_byte_array_append(expect, data, 62);
                m = parse(&p);
                g_assert_cmpint(dhcp4_message_get(&m, 200, &got, &len), ==, 0);
                g_assert_cmpmem(got, len, expect->data, expect->len);
        }
}

static int get_string_of(uint8_t code, const void *data, size_t len, char *ret, size_t size) {
        Packet p = packet_new();
        Dhcp4Message m;

        packet_add(&p, code, data, len);
        m = parse(&p);
        return dhcp4_message_get_string(&m, code, ret, size);
}

static int get_string(const void *data, size_t len, char *ret, size_t size) {
        return get_string_of(56, data, len, ret, size);
}

static void test_string(void) {
        char text[256];

        g_assert_cmpint(get_string("hello world~", 12, text, sizeof(text)), ==, 0);
        g_assert_cmpstr(text, ==, "hello world~");
        g_assert_cmpint(get_string("nul\0\0\0", 6, text, sizeof(text)), ==, 0);
        g_assert_cmpstr(text, ==, "nul");
        /* Strings contain nothing that a terminal, a journal or a file would take for more than text. */
        for (unsigned c = 1; c < 256; c++) {
                const char bytes[3] = { 'a', (char) c, 'z' };
                const char expect[] = { 'a', c >= 0x20 && c <= 0x7e ? (char) c : '?', 'z', '\0' };

                g_assert_cmpint(get_string(bytes, 3, text, sizeof(text)), ==, 0);
                g_assert_cmpstr(text, ==, expect);
        }
        g_assert_cmpint(get_string("a\nb\x1b[2J\xc3\xa4", 9, text, sizeof(text)), ==, 0);
        g_assert_cmpstr(text, ==, "a?b?[2J??");

        strcpy(text, "as it was");
        /* With a NUL inside, an option that is text is not set; the accessor refuses any other option. */
        g_assert_cmpint(get_string("a\0b", 3, text, sizeof(text)), ==, DHCP4_MESSAGE_E_UNSET);
        g_assert_cmpint(get_string("\0a", 2, text, sizeof(text)), ==, DHCP4_MESSAGE_E_UNSET);
        g_assert_cmpint(get_string("\0\0", 2, text, sizeof(text)), ==, DHCP4_MESSAGE_E_UNSET);
        g_assert_cmpint(get_string_of(200, "a\0b", 3, text, sizeof(text)), ==, DHCP4_MESSAGE_E_MALFORMED);
        g_assert_cmpint(get_string_of(200, "\0a", 2, text, sizeof(text)), ==, DHCP4_MESSAGE_E_MALFORMED);
        g_assert_cmpint(get_string_of(200, "\0\0", 2, text, sizeof(text)), ==, DHCP4_MESSAGE_E_MALFORMED);
        g_assert_cmpint(get_string("", 0, text, sizeof(text)), ==, DHCP4_MESSAGE_E_UNSET);
        g_assert_cmpint(get_string("12345678", 8, text, 8), ==, DHCP4_MESSAGE_E_NO_SPACE);
        g_assert_cmpint(get_string("1", 1, text, 0), ==, DHCP4_MESSAGE_E_NO_SPACE);
        g_assert_cmpstr(text, ==, "as it was");
        g_assert_cmpint(get_string("1234567", 7, text, 8), ==, 0);
        g_assert_cmpstr(text, ==, "1234567");
        g_assert_cmpint(get_string("1234567\0\0", 9, text, 8), ==, 0);
}

static void test_addrs(void) {
        Packet p = packet_new();
        struct in_addr addrs[4];
        Dhcp4Message m;

        packet_add(&p, 6, "\xc0\0\2\1\xc0\0\2\2\xc0\0\2\3", 12);
        m = parse(&p);
        memset(addrs, 0xaa, sizeof(addrs));
        g_assert_cmpuint(dhcp4_message_get_addrs(&m, 6, addrs, 4), ==, 3);
        g_assert_cmphex(ntohl(addrs[0].s_addr), ==, 0xc0000201);
        g_assert_cmphex(ntohl(addrs[2].s_addr), ==, 0xc0000203);
        g_assert_cmphex(addrs[3].s_addr, ==, 0xaaaaaaaa);
        addrs[2].s_addr = 0;
        g_assert_cmpuint(dhcp4_message_get_addrs(&m, 6, addrs, 2), ==, 2);
        g_assert_cmphex(addrs[2].s_addr, ==, 0);
        g_assert_cmpuint(dhcp4_message_get_addrs(&m, 6, addrs, 0), ==, 0);
        g_assert_cmpuint(dhcp4_message_get_addrs(&m, 42, addrs, 4), ==, 0);
}

/* A message is a value: a copy says the same, and does not depend on the original. */
static void test_copy(void) {
        Packet p = packet_new();
        g_autofree Dhcp4Message *copy = g_malloc(sizeof(*copy));
        Dhcp4Message m;

        packet_add(&p, 12, "host", 4);
        m = parse(&p);
        *copy = m;
        memset(&m, 0, sizeof(m));
        memset(&p, 0, sizeof(p));
        assert_string(copy, 12, "host");
}

int main(int argc, char **argv) {
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/dhcp4-message/header", test_header);
        g_test_add_func("/dhcp4-message/not-dhcp", test_not_dhcp);
        g_test_add_func("/dhcp4-message/too-long", test_too_long);
        g_test_add_func("/dhcp4-message/truncated", test_truncated);
        g_test_add_func("/dhcp4-message/end", test_end);
        g_test_add_func("/dhcp4-message/overrun", test_overrun);
        g_test_add_func("/dhcp4-message/first-stays", test_first_stays);
        g_test_add_func("/dhcp4-message/joined", test_joined);
        g_test_add_func("/dhcp4-message/overload", test_overload);
        g_test_add_func("/dhcp4-message/fields", test_fields);
        g_test_add_func("/dhcp4-message/overload-malformed", test_overload_malformed);
        g_test_add_func("/dhcp4-message/overload-elsewhere", test_overload_elsewhere);
        g_test_add_func("/dhcp4-message/malformed", test_malformed);
        g_test_add_func("/dhcp4-message/many", test_many);
        g_test_add_func("/dhcp4-message/full", test_full);
        g_test_add_func("/dhcp4-message/string", test_string);
        g_test_add_func("/dhcp4-message/addrs", test_addrs);
        g_test_add_func("/dhcp4-message/copy", test_copy);
        return g_test_run();
}
