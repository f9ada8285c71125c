/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * wire/dhcp4-fqdn.c: names as they go out, complete and partial, and as servers send them back, in labels
 * and in ASCII.
 */
#include <glib.h>
#include <string.h>

#include "base/macro.h"
#include "wire/dhcp4-fqdn.h"

static void expect(uint8_t flags, const char *name, const char *bytes, size_t len) {
        uint8_t data[DHCP4_FQDN_ENCODED_MAX];

        g_assert_cmpmem(data, dhcp4_fqdn_encode(flags, name, data, sizeof(data)), bytes, len);
        /* Every buffer that is too small is refused. */
        for (size_t size = 0; size < len; size++) {
                g_autofree uint8_t *exact = g_malloc(size);

                g_assert_cmpuint(dhcp4_fqdn_encode(flags, name, exact, size), ==, 0);
        }
}
#define EXPECT(flags, name, bytes) expect(flags, name, bytes, sizeof(bytes) - 1)

static void test_encode(void) {
        EXPECT(DHCP4_FQDN_S, "name.example", "\x05\0\0\4name\7example\0");
        EXPECT(DHCP4_FQDN_S, "name.example.", "\x05\0\0\4name\7example\0");
        EXPECT(0, "name", "\x04\0\0\4name");
        EXPECT(0, "name.", "\x04\0\0\4name\0");
        EXPECT(0, "", "\x04\0\0");
        EXPECT(DHCP4_FQDN_N, "a", "\x0c\0\0\1a");
        /* N forbids S. The client has nothing to say about O and the other bits. */
        EXPECT(0xff, "a", "\x0c\0\0\1a");
        EXPECT(DHCP4_FQDN_O | DHCP4_FQDN_S, "a", "\x05\0\0\1a");
}

static void test_encode_refused(void) {
        static const char *const names[] = { ".",   "..",  "a..b",     ".a",   "a b",
                                             "a\n", "a/b", "\xc3\xa9", "a.b.." };
        uint8_t data[DHCP4_FQDN_ENCODED_MAX];

        for (size_t i = 0; i < ARRAY_SIZE(names); i++)
                g_assert_cmpuint(dhcp4_fqdn_encode(0, names[i], data, sizeof(data)), ==, 0);
}

static void test_encode_bounds(void) {
        uint8_t data[DHCP4_FQDN_ENCODED_MAX];
        char name[512], label[65] = {};

        memset(label, 'a', 63);
        g_assert_cmpuint(dhcp4_fqdn_encode(0, label, data, sizeof(data)), ==, 3 + 1 + 63);
        label[63] = 'a';
        g_assert_cmpuint(dhcp4_fqdn_encode(0, label, data, sizeof(data)), ==, 0);
        label[63] = '\0';
        /* 3 * 64 + 62 + the root's byte: 255 */
        g_snprintf(name, sizeof(name), "%s.%s.%s.%.61s", label, label, label, label);
        g_assert_cmpuint(dhcp4_fqdn_encode(0, name, data, sizeof(data)), ==, 3 + 255);
        g_snprintf(name, sizeof(name), "%s.%s.%s.%.62s", label, label, label, label);
        g_assert_cmpuint(dhcp4_fqdn_encode(0, name, data, sizeof(data)), ==, 0);
}

static const char *decode(const char *bytes, size_t len, Dhcp4Fqdn *ret) {
        g_autofree uint8_t *exact = g_memdup2(bytes, len);

        return dhcp4_fqdn_decode(exact, len, ret);
}
#define DECODE(bytes, ret) decode(bytes, sizeof(bytes) - 1, ret)

static void expect_name(const char *bytes, size_t len, const char *name, bool qualified) {
        Dhcp4Fqdn fqdn;

        g_assert_null(decode(bytes, len, &fqdn));
        g_assert_cmpstr(fqdn.name, ==, name);
        g_assert_true(fqdn.qualified == qualified);
        g_assert_cmphex(fqdn.flags, ==, (uint8_t) bytes[0]);
        g_assert_cmpuint(fqdn.rcode1, ==, (uint8_t) bytes[1]);
        g_assert_cmpuint(fqdn.rcode2, ==, (uint8_t) bytes[2]);
}
#define EXPECT_NAME(bytes, name, qualified) expect_name(bytes, sizeof(bytes) - 1, name, qualified)

static void test_decode(void) {
        EXPECT_NAME("\x07\xff\xfe\4name\7example\0", "name.example", true);
        EXPECT_NAME("\x04\0\0\4name", "name", false);
        EXPECT_NAME("\x04\0\0", "", false);
        EXPECT_NAME("\x04\0\0\0", "", true);
        EXPECT_NAME("\x03\0\0name.example", "name.example", false);
        EXPECT_NAME("\x03\0\0name.example.", "name.example", true);
        EXPECT_NAME("\x00\0\0name.example\0", "name.example", false);
        EXPECT_NAME("\x00\0\0", "", false);
}

static void test_decode_malformed(void) {
        Dhcp4Fqdn fqdn;

        g_assert_cmpstr(DECODE("\x04\0", &fqdn), ==, "too short");
        g_assert_cmpstr(DECODE("\x04\0\0\5name", &fqdn), ==, "the name is malformed");
        g_assert_cmpstr(DECODE("\x04\0\0\1a\xc0\x00", &fqdn), ==, "the name is malformed");
        g_assert_cmpstr(DECODE("\x04\0\0\1a\0\1b", &fqdn), ==, "bytes follow the name");
        g_assert_cmpstr(DECODE("\x04\0\0\3a\nb\0", &fqdn), ==, "the name has a byte no host name has");
        g_assert_cmpstr(DECODE("\x04\0\0\3$()\0", &fqdn), ==, "the name has a byte no host name has");
        g_assert_cmpstr(DECODE("\x04\0\0\3a.b\0", &fqdn), ==, "the name has a byte no host name has");
        g_assert_cmpstr(DECODE("\x00\0\0a..b", &fqdn), ==, "the name has a byte no host name has");
        g_assert_cmpstr(DECODE("\x00\0\0a..", &fqdn), ==, "the name has a byte no host name has");
        g_assert_cmpstr(DECODE("\x00\0\0.a", &fqdn), ==, "the name has a byte no host name has");
        g_assert_cmpstr(DECODE("\x00\0\0a`id`", &fqdn), ==, "the name has a byte no host name has");
}

static void test_decode_long(void) {
        uint8_t data[512] = { 0 };
        Dhcp4Fqdn fqdn;

        memset(data + 3, 'a', sizeof(data) - 3);
        g_assert_null(dhcp4_fqdn_decode(data, 3 + DHCP4_DOMAIN_MAX - 1, &fqdn));
        g_assert_cmpuint(strlen(fqdn.name), ==, DHCP4_DOMAIN_MAX - 1);
        g_assert_nonnull(dhcp4_fqdn_decode(data, 3 + DHCP4_DOMAIN_MAX, &fqdn));
        /* What is sent can be read back, also the longest name. */
        data[0] = DHCP4_FQDN_E;
        for (size_t i = 0; i < 4; i++)
                data[3 + 64 * i] = i < 3 ? 63 : 61;
        data[3 + 254] = 0;
        g_assert_null(dhcp4_fqdn_decode(data, 3 + 255, &fqdn));
        g_assert_cmpuint(strlen(fqdn.name), ==, DHCP4_DOMAIN_MAX - 1);
        data[3 + 192] = 62;
        g_assert_nonnull(dhcp4_fqdn_decode(data, 3 + 255, &fqdn));
}

static void test_round_trip(void) {
        static const char *const names[] = { "a", "a.b", "host.example.org", "x_y-z", "" };
        uint8_t data[DHCP4_FQDN_ENCODED_MAX];
        Dhcp4Fqdn fqdn;
        size_t len;

        for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
                len = dhcp4_fqdn_encode(0, names[i], data, sizeof(data));
                g_assert_null(dhcp4_fqdn_decode(data, len, &fqdn));
                g_assert_cmpstr(fqdn.name, ==, names[i]);
                g_assert_true(fqdn.qualified == (strchr(names[i], '.') != NULL));
        }
}

int main(int argc, char **argv) {
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/dhcp4-fqdn/encode", test_encode);
        g_test_add_func("/dhcp4-fqdn/encode-refused", test_encode_refused);
        g_test_add_func("/dhcp4-fqdn/encode-bounds", test_encode_bounds);
        g_test_add_func("/dhcp4-fqdn/decode", test_decode);
        g_test_add_func("/dhcp4-fqdn/decode-malformed", test_decode_malformed);
        g_test_add_func("/dhcp4-fqdn/decode-long", test_decode_long);
        g_test_add_func("/dhcp4-fqdn/round-trip", test_round_trip);
        return g_test_run();
}
