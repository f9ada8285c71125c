/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The builder of wire/dhcp4-message.c: a message byte by byte, each length around each bound and back
 * through the parser, and no byte that was not written. Buffers come fresh from malloc(), so that
 * valgrind sees such a byte.
 */
#include <arpa/inet.h>
#include <glib.h>
#include <string.h>

#include "base/macro.h"
#include "wire/dhcp4-message.h"

static const Dhcp4Header header = {
        .op = 1,
        .htype = 1,
        .hlen = 6,
        .hops = 9,
        .xid = 0x01020304,
        .secs = 0x0506,
        .flags = 0x8000,
        .ciaddr = { 0x01010101 },
        .yiaddr = { 0x02020202 },
        .siaddr = { 0x03030303 },
        .giaddr = { 0x04040404 },
        .chaddr = { 2, 0, 0, 0, 0, 1 },
};

/* Branches on each byte, so that valgrind reports a byte that was never written. */
static unsigned look_at(const uint8_t *data, size_t len) {
        unsigned n = 0;

        for (size_t i = 0; i < len; i++)
                if (data[i] > 0x7f)
                        n++;
        return n;
}

static void test_build(void) {
        g_autofree uint8_t *data = g_malloc(576);
        Dhcp4Builder b;
        size_t len = 0;

        dhcp4_builder_init(&b, data, 576, &header, DHCP4_DISCOVER);
        dhcp4_builder_append(&b, 61, "\1\2\0\0\0\0\1", 7);
        dhcp4_builder_append(&b, 80, NULL, 0);
        dhcp4_builder_append_u8(&b, 116, 1);
        dhcp4_builder_append_u16(&b, 57, 0x05c0);
        dhcp4_builder_append_u32(&b, 51, 0x01020304);
        dhcp4_builder_append_addr(&b, 50, (struct in_addr){ htonl(0xc0000205) });
        g_assert_cmpint(dhcp4_builder_finish(&b, &len), ==, 0);
        g_assert_cmpuint(len, ==, DHCP4_MESSAGE_MIN_LEN);
        g_assert_cmpuint(look_at(data, len), ==, 5);

        g_assert_cmpmem(data, 28,
                        "\1\1\6\x09"
                        "\1\2\3\4\5\6\x80\0"
                        "\1\1\1\1\2\2\2\2\3\3\3\3\4\4\4\4",
                        28);
        g_assert_cmpmem(data + 28, 16, header.chaddr, 16);
        for (size_t i = 44; i < 236; i++)
                g_assert_cmpuint(data[i], ==, 0);
        g_assert_cmpmem(data + 236, 41,
                        "\x63\x82\x53\x63"
                        "\x35\1\1"
                        "\x3d\7\1\2\0\0\0\0\1"
                        "\x50\0"
                        "\x74\1\1"
                        "\x39\2\5\xc0"
                        "\x33\4\1\2\3\4"
                        "\x32\4\xc0\0\2\5"
                        "\xff\0\0\0",
                        41);
        for (size_t i = 274; i < len; i++)
                g_assert_cmpuint(data[i], ==, 0);
}

/*
 * Each length of one option in each size of buffer around what it needs: the option fits, or the builder
 * says so and writes nothing beyond the buffer.
 */
static void test_build_bounds(void) {
        static const size_t lens[] = { 0,   1,   2,   50,  53,  54,  55,  56,   57,   58,  253,
                                       254, 255, 256, 257, 509, 510, 511, 1220, 1221, 1222 };
        uint8_t content[1300];

        for (size_t i = 0; i < sizeof(content); i++)
                content[i] = (uint8_t) (i * 13 + 1);
        for (size_t i = 0; i < ARRAY_SIZE(lens); i++) {
                const size_t n = lens[i], pieces = n == 0 ? 1 : (n + 254) / 255;
                const size_t options = 240 + 3 + 2 * pieces + n + 1, need = MAX(options, (size_t) 300);

                for (size_t size = need - 3; size <= need + 2; size++) {
                        g_autofree uint8_t *data = g_malloc(size);
                        Dhcp4Builder b;
                        Dhcp4Message m;
                        const uint8_t *got;
                        size_t len = 12345, got_len;

                        dhcp4_builder_init(&b, data, size, &header, DHCP4_REQUEST);
                        dhcp4_builder_append(&b, 200, content, n);
                        if (size < need) {
                                g_assert_cmpint(dhcp4_builder_finish(&b, &len), ==,
                                                DHCP4_MESSAGE_E_NO_SPACE);
                                g_assert_cmpuint(len, ==, 12345);
                                continue;
                        }
                        g_assert_cmpint(dhcp4_builder_finish(&b, &len), ==, 0);
                        g_assert_cmpuint(len, ==, need);
                        g_assert_cmpuint(look_at(data, len), >, 0);
                        if (len > DHCP4_MESSAGE_MAX_LEN)
                                continue;
                        g_assert_cmpint(dhcp4_message_parse(data, len, &m), ==, 0);
                        g_assert_cmpint(m.type, ==, DHCP4_REQUEST);
                        g_assert_cmpint(dhcp4_message_get(&m, 200, &got, &got_len), ==, 0);
                        g_assert_cmpmem(got, got_len, content, n);
                        g_assert_cmpuint(m.n_order, ==, 2);
                        g_assert_cmpuint(m.n_ignored, ==, 0);
                }
        }
}

/* Every buffer size that is too small for a message. */
static void test_build_tiny(void) {
        for (size_t size = 0; size < 300; size++) {
                g_autofree uint8_t *data = g_malloc(size + 1);
                size_t len = 12345;
                Dhcp4Builder b;

                data[size] = 0xee;
                dhcp4_builder_init(&b, data, size, &header, DHCP4_DISCOVER);
                dhcp4_builder_append(&b, 12, "host", 4);
                g_assert_cmpint(dhcp4_builder_finish(&b, &len), ==, DHCP4_MESSAGE_E_NO_SPACE);
                g_assert_cmpuint(len, ==, 12345);
                g_assert_cmpuint(data[size], ==, 0xee);
        }
}

/* After an option that did not fit, the whole message fails: half of it is not sent. */
static void test_build_sticky(void) {
        uint8_t data[300], content[60] = {};
        Dhcp4Builder b;
        size_t len;

        dhcp4_builder_init(&b, data, sizeof(data), &header, DHCP4_DISCOVER);
        dhcp4_builder_append(&b, 200, content, sizeof(content));
        dhcp4_builder_append_u8(&b, 116, 1);
        g_assert_cmpint(dhcp4_builder_finish(&b, &len), ==, DHCP4_MESSAGE_E_NO_SPACE);
        g_assert_cmpint(dhcp4_builder_finish(&b, &len), ==, DHCP4_MESSAGE_E_NO_SPACE);
}

static void test_build_code(void) {
        uint8_t data[300];
        Dhcp4Builder b;

        if (g_test_subprocess()) {
                dhcp4_builder_init(&b, data, sizeof(data), &header, DHCP4_DISCOVER);
                dhcp4_builder_append_u8(&b, 255, 1);
                return;
        }
        g_test_trap_subprocess(NULL, 0, 0);
        g_test_trap_assert_failed();
        g_test_trap_assert_stderr("*DHCP4_OPTION_END*");
}

int main(int argc, char **argv) {
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/dhcp4-builder/bytes", test_build);
        g_test_add_func("/dhcp4-builder/bounds", test_build_bounds);
        g_test_add_func("/dhcp4-builder/tiny", test_build_tiny);
        g_test_add_func("/dhcp4-builder/sticky", test_build_sticky);
        g_test_add_func("/dhcp4-builder/code", test_build_code);
        return g_test_run();
}
