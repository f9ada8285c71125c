/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * plugin/resolved-dnr.c: which encrypted resolvers of a lease are for systemd-resolved, in which order,
 * and why others are not. Malformed resolvers never get here. tests/fuzz/fuzz-resolved-dnr.c has the
 * rest.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <glib.h>
#include <string.h>

#include "base/macro.h"
#include "plugin/resolved-dnr.h"
#include "wire/dhcp4-options.h"

static const uint8_t *option;
static size_t option_len;

static int get_option(const DhcpdLinkLease *lease, uint8_t code, const uint8_t **ret_data, size_t *ret_len) {
        if (code != OPTION_ENCRYPTED_DNS || !option)
                return -ENODATA;
        *ret_data = option;
        *ret_len = option_len;
        return 0;
}

static void read_option(const char *bytes, size_t len, ResolvedDnr *ret) {
        const DhcpdLinkLease lease = { .get_option = get_option };

        option = (const uint8_t *) bytes;
        option_len = len;
        if (bytes)
                g_assert_null(dhcp4_option_check(OPTION_ENCRYPTED_DNS, option, len));
        g_assert_cmpint(resolved_dnr_from_lease(&lease, ret), ==, 0);
}

#define RESOLVER(len, priority, name, addresses, parameters) \
        "\0" len "\0" priority "\3\1" name "\0" addresses parameters
#define ALPN_DOT "\0\1\0\4\3dot"
#define ALPN_H2  "\0\1\0\3\2h2"
#define ONE      "\4\xc0\0\2\1"
#define TWO      "\x08\xc0\0\2\1\xc0\0\2\2"

/* Checks the servers, each as "ADDRESS PORT NAME", and what is not used. */
static void check(const char *bytes, size_t len, const char *servers, const char *unused) {
        g_autoptr(GString) text = g_string_new(NULL);
        ResolvedDnr dnr;

        read_option(bytes, len, &dnr);
        g_assert_true(dnr.given == (bytes != NULL));
        for (size_t i = 0; i < dnr.n_servers; i++)
                g_string_append_printf(text, "%s%s %u %s", i > 0 ? ", " : "",
                                       inet_ntoa(dnr.servers[i].address), dnr.servers[i].port,
                                       dnr.servers[i].name);
        g_assert_cmpstr(text->str, ==, servers);
        g_assert_cmpstr(dnr.unused, ==, unused);
        resolved_dnr_clear(&dnr);
        g_assert_null(dnr.servers);
}
#define CHECK(bytes, servers, unused) check(bytes, sizeof(bytes) - 1, servers, unused)

static void test_used(void) {
        check(NULL, 0, "", "");
        CHECK(RESOLVER("\x13", "\1", "a", ONE, ALPN_DOT), "192.0.2.1 0 a", "");
        CHECK(RESOLVER("\x17", "\1", "a", TWO, ALPN_DOT), "192.0.2.1 0 a, 192.0.2.2 0 a", "");
        /*
         * DNS over TLS beside another protocol; the path of DNS over HTTPS does not matter to it, even if
         * it is mandatory
         */
        CHECK(RESOLVER("\x16", "\1", "a", ONE, "\0\1\0\7\2h2\3dot"), "192.0.2.1 0 a", "");
        CHECK(RESOLVER("\x23", "\1", "a", ONE, "\0\0\0\4\0\1\0\7" ALPN_DOT "\0\7\0\4/{?d"), "192.0.2.1 0 a",
              "");
        CHECK(RESOLVER("\x19", "\1", "a", ONE, ALPN_DOT "\0\3\0\2\x22\xb5"), "192.0.2.1 8885 a", "");
        CHECK(RESOLVER("\x19", "\1", "a", ONE, ALPN_DOT "\0\3\0\2\3\x55"), "192.0.2.1 0 a", "");
}

static void test_order(void) {
        CHECK(RESOLVER("\x13", "\2", "a", ONE, ALPN_DOT) RESOLVER("\x13", "\1", "b", ONE, ALPN_DOT)
                      RESOLVER("\x13", "\2", "c", ONE, ALPN_DOT) RESOLVER("\x13", "\1", "d", ONE, ALPN_DOT),
              "192.0.2.1 0 b, 192.0.2.1 0 d, 192.0.2.1 0 a, 192.0.2.1 0 c", "");
}

static void test_unused(void) {
        CHECK("\0\6\0\1\3\1a\0", "", "a not used: its address is not given");
        CHECK(RESOLVER("\x12", "\1", "a", ONE, ALPN_H2), "",
              "a not used: systemd-resolved speaks DNS over TLS alone");
        CHECK(RESOLVER("\x0b", "\1", "a", ONE, ""), "",
              "a not used: systemd-resolved speaks DNS over TLS alone");
        CHECK(RESOLVER("\x13", "\1", "a", ONE, "\0\1\0\4\3DOT"), "",
              "a not used: systemd-resolved speaks DNS over TLS alone");
        CHECK(RESOLVER("\x1e", "\1", "a", ONE, "\0\0\0\2\x7f\xff" ALPN_DOT "\x7f\xff\0\1x"), "",
              "a not used: a parameter that has to be understood is not");
        CHECK(RESOLVER("\x19", "\1", "a", ONE, ALPN_DOT "\0\3\0\2\0\x35"), "",
              "a not used: no port for DNS over TLS");
        CHECK(RESOLVER("\x19", "\1", "a", ONE, ALPN_DOT "\0\3\0\2\0\0"), "",
              "a not used: no port for DNS over TLS");
        /* one resolver of two is used; of those that are not, the first is named */
        CHECK("\0\6\0\1\3\1a\0" RESOLVER("\x13", "\2", "b", ONE, ALPN_DOT) "\0\6\0\3\3\1c\0",
              "192.0.2.1 0 b", "a not used: its address is not given");
}

static void test_bounds(void) {
        char many[] = "\0\x2f\0\1\3\1a\0\x24"
                      "aaaabbbbccccddddeeeeffffgggghhhhiiii" ALPN_DOT;
        g_autoptr(GByteArray) bytes = g_byte_array_new();
        ResolvedDnr dnr;

        many[1] = sizeof(many) - 1 - 2;
        read_option(many, sizeof(many) - 1, &dnr);
        g_assert_cmpuint(dnr.n_servers, ==, RESOLVED_DOT_MAX);
        g_assert_cmpstr(dnr.unused, ==, "a not used: there are others before it");
        resolved_dnr_clear(&dnr);

        /* With the longest name the reason is still whole. */
        g_byte_array_append(bytes, (const uint8_t *) "\1\2\0\1\xff", 5);
        for (unsigned i = 0; i < 3; i++) {
                g_byte_array_append(bytes, (const uint8_t *) "\x3f", 1);
                for (unsigned n = 0; n < 63; n++)
                        g_byte_array_append(bytes, (const uint8_t *) "x", 1);
        }
        g_byte_array_append(bytes, (const uint8_t *) "\x3d", 1);
        for (unsigned n = 0; n < 61; n++)
                g_byte_array_append(bytes, (const uint8_t *) "x", 1);
        g_byte_array_append(bytes, (const uint8_t *) "", 1);
        read_option((const char *) bytes->data, bytes->len, &dnr);
        g_assert_true(g_str_has_suffix(dnr.unused, "x not used: its address is not given"));
        resolved_dnr_clear(&dnr);
}

static void test_equal(void) {
        static const struct {
                const char *bytes;
                size_t len;
        } cases[] = {
#define CASE(bytes) { bytes, sizeof(bytes) - 1 }
                { NULL, 0 },
                CASE("\0\6\0\1\3\1a\0"),
                CASE("\0\6\0\1\3\1b\0"),
                CASE(RESOLVER("\x13", "\1", "a", ONE, ALPN_DOT)),
                CASE(RESOLVER("\x13", "\1", "b", ONE, ALPN_DOT)),
                CASE(RESOLVER("\x17", "\1", "a", TWO, ALPN_DOT)),
                CASE(RESOLVER("\x13", "\1", "a", "\4\xc0\0\2\2", ALPN_DOT)),
                CASE(RESOLVER("\x19", "\1", "a", ONE, ALPN_DOT "\0\3\0\2\x22\xb5")),
#undef CASE
        };

        for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
                for (size_t j = 0; j < ARRAY_SIZE(cases); j++) {
                        ResolvedDnr a, b;

                        read_option(cases[i].bytes, cases[i].len, &a);
                        read_option(cases[j].bytes, cases[j].len, &b);
                        g_assert_true(resolved_dnr_equal(&a, &b) == (i == j));
                        resolved_dnr_clear(&a);
                        resolved_dnr_clear(&b);
                }
}

int main(int argc, char *argv[]) {
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/resolved-dnr/used", test_used);
        g_test_add_func("/resolved-dnr/order", test_order);
        g_test_add_func("/resolved-dnr/unused", test_unused);
        g_test_add_func("/resolved-dnr/bounds", test_bounds);
        g_test_add_func("/resolved-dnr/equal", test_equal);
        return g_test_run();
}
