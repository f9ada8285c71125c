/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * wire/dhcp4-option-decode.c: each structured option as it should be, cut off everywhere, and as liars
 * write it.
 */
#include <glib.h>
#include <string.h>

#include "base/macro.h"
#include "tests/unit/stride.h"
#include "wire/dhcp4-option-decode.h"

static const char *check(uint8_t code, const void *data, size_t len) {
        /* Of exactly this size, for AddressSanitizer and valgrind. */
        g_autofree uint8_t *exact = g_memdup2(data, len);

        return dhcp4_option_check(code, exact, len);
}
#define CHECK(code, bytes)               check(code, bytes, sizeof(bytes) - 1)
#define ASSERT_GOOD(code, bytes)         g_assert_cmpstr(CHECK(code, bytes), ==, NULL)
#define ASSERT_BAD(code, bytes, because) g_assert_cmpstr(CHECK(code, bytes), ==, because)

/*
 * Asserts that every cut of good content is refused, except for @n_good lengths (0 and the whole do not
 * count).
 */
static void assert_cuts(uint8_t code, const void *data, size_t len, unsigned n_good) {
        for (size_t n = 1; n < len; n++)
                if (!check(code, data, n)) {
                        g_assert_cmpuint(n_good, >, 0);
                        n_good--;
                }
        g_assert_cmpuint(n_good, ==, 0);
}

static void test_relay(void) {
        static const char bytes[] = "\1\4eth0\2\6\2\0\0\0\0\1\5\4\xc0\0\2\0";
        ByteReader r = byte_reader((const uint8_t *) bytes, sizeof(bytes) - 1);
        Dhcp4Suboption sub;

        ASSERT_GOOD(82, bytes);
        assert_cuts(82, bytes, sizeof(bytes) - 1, 2);
        g_assert_true(dhcp4_suboption_next(&r, &sub));
        g_assert_cmpuint(sub.code, ==, 1);
        g_assert_cmpmem(sub.content.data, sub.content.len, "eth0", 4);
        g_assert_true(dhcp4_suboption_next(&r, &sub));
        g_assert_true(dhcp4_suboption_next(&r, &sub));
        g_assert_cmpuint(sub.code, ==, 5);
        g_assert_false(dhcp4_suboption_next(&r, &sub));
        g_assert_false(r.failed);
        ASSERT_GOOD(82, "\1\0");
        ASSERT_BAD(82, "\1\2a", "a sub-option is cut off");
}

static void test_vendor(void) {
        static const char bytes[] = "\0\0\1\2ab\0\2\1c\xff\7\7\7";
        ByteReader r = byte_reader((const uint8_t *) bytes, sizeof(bytes) - 1);
        Dhcp4Suboption sub;

        g_assert_true(dhcp4_vendor_next(&r, &sub));
        g_assert_cmpmem(sub.content.data, sub.content.len, "ab", 2);
        g_assert_true(dhcp4_vendor_next(&r, &sub));
        g_assert_cmpuint(sub.code, ==, 2);
        g_assert_false(dhcp4_vendor_next(&r, &sub));
        g_assert_false(r.failed);

        /* Any content is legal, though it may have no structure to show. */
        ASSERT_GOOD(43, "\1\7plain");
        r = byte_reader((const uint8_t *) "\1\7plain", 7);
        g_assert_false(dhcp4_vendor_next(&r, &sub));
        g_assert_true(r.failed);
}

static void test_user_class(void) {
        ASSERT_GOOD(77, "\3abc\1d");
        ASSERT_GOOD(77, "iPXE");
        g_assert_true(dhcp4_is_counted_list((const uint8_t *) "\3abc\1d", 6));
        g_assert_false(dhcp4_is_counted_list((const uint8_t *) "\3abc\1", 5));
        g_assert_false(dhcp4_is_counted_list((const uint8_t *) "\0\3abc", 5));
        g_assert_false(dhcp4_is_counted_list((const uint8_t *) "iPXE", 4));
}

static void test_enterprises(void) {
        static const char bytes[] = "\0\0\x0d\xe9\6\1\4name\0\0\0\x09\0";
        ByteReader r = byte_reader((const uint8_t *) bytes, sizeof(bytes) - 1);
        Dhcp4Enterprise enterprise;

        ASSERT_GOOD(124, bytes);
        ASSERT_GOOD(125, bytes);
        assert_cuts(125, bytes, sizeof(bytes) - 1, 1);
        g_assert_true(dhcp4_enterprise_next(&r, &enterprise));
        g_assert_cmpuint(enterprise.number, ==, 3561);
        g_assert_cmpuint(enterprise.content.len, ==, 6);
        g_assert_true(dhcp4_enterprise_next(&r, &enterprise));
        g_assert_cmpuint(enterprise.content.len, ==, 0);
        g_assert_false(dhcp4_enterprise_next(&r, &enterprise));
        ASSERT_BAD(125, "\0\0\0\1\4abc", "what an enterprise says is cut off");
}

static void test_authentication(void) {
        Dhcp4Authentication auth;

        g_assert_true(
                dhcp4_authentication_decode((const uint8_t *) "\3\1\0\1\2\3\4\5\6\7\10\1nonce", 17, &auth));
        g_assert_cmpuint(auth.protocol, ==, 3);
        g_assert_cmpuint(auth.algorithm, ==, 1);
        g_assert_cmpuint(auth.rdm, ==, 0);
        g_assert_cmphex(auth.replay, ==, 0x0102030405060708);
        g_assert_cmpuint(auth.information.len, ==, 6);
        for (size_t n = 0; n < 11; n++)
                g_assert_false(dhcp4_authentication_decode((const uint8_t[11]){}, n, &auth));
}

static void test_sip(void) {
        Dhcp4Sip sip;

        g_assert_true(dhcp4_sip_decode((const uint8_t *) "\0\3sip\7example\0", 14, &sip));
        g_assert_true(sip.names);
        g_assert_true(dhcp4_sip_decode((const uint8_t *) "\1\xc0\0\2\1\xc0\0\2\2", 9, &sip));
        g_assert_true(!sip.names && sip.servers.len == 8);
        ASSERT_BAD(120, "\1\xc0\0\2", "neither names nor addresses");
        ASSERT_BAD(120, "\2\xc0\0\2\1", "neither names nor addresses");
        ASSERT_BAD(120, "\0\3sip", "neither names nor addresses");
        ASSERT_BAD(120, "\0\3s;p\0", "neither names nor addresses");
}

static void test_dnr(void) {
        static const char whole[] = "\0\x2a\0\1\x0d\3dns\7example\0\x08\xc0\0\2\1\xc0\0\2\2"
                                    "\0\1\0\3\2h2\0\3\0\2\1\xbb",
                          name_only[] = "\0\x10\0\2\x0d\3dns\7example\0";
        g_autofree char *both = g_malloc(128);
        ByteReader r = byte_reader((const uint8_t *) whole, sizeof(whole) - 1), params;
        Dhcp4SvcParam param;
        Dhcp4Dnr dnr;

        /* The length says where the first instance ends. A second one follows. */
        memcpy(both, whole, sizeof(whole) - 1);
        both[1] = (char) (sizeof(whole) - 1 - 2);
        memcpy(both + sizeof(whole) - 1, name_only, sizeof(name_only) - 1);
        g_assert_cmpstr(check(162, both, sizeof(whole) - 1 + sizeof(name_only) - 1), ==, NULL);
        assert_cuts(162, both, sizeof(whole) - 1 + sizeof(name_only) - 1, 1);

        r = byte_reader((const uint8_t *) both, sizeof(whole) - 1 + sizeof(name_only) - 1);
        g_assert_true(dhcp4_dnr_next(&r, &dnr));
        g_assert_cmpuint(dnr.priority, ==, 1);
        g_assert_cmpstr(dnr.adn, ==, "dns.example");
        g_assert_cmpuint(dnr.addresses.len, ==, 8);
        params = byte_reader(dnr.parameters.data, dnr.parameters.len);
        g_assert_true(dhcp4_svc_param_next(&params, &param));
        g_assert_cmpuint(param.key, ==, DHCP4_SVC_ALPN);
        g_assert_true(dhcp4_svc_param_next(&params, &param));
        g_assert_cmpmem(param.value.data, param.value.len, "\1\xbb", 2);
        g_assert_false(dhcp4_svc_param_next(&params, &param));
        g_assert_true(dhcp4_dnr_next(&r, &dnr));
        g_assert_cmpuint(dnr.addresses.len, ==, 0);
        g_assert_false(dhcp4_dnr_next(&r, &dnr));
        g_assert_false(r.failed);

        ASSERT_BAD(162, "\0\3\0\1\0", "a resolver is malformed"); /* no name */
        /* No address, although there is a length for it. */
        ASSERT_BAD(162, "\0\7\0\1\3\1a\0\0", "a resolver is malformed");
        /* Three quarters of an address. */
        ASSERT_BAD(162, "\0\x0a\0\1\3\1a\0\3\1\2\3", "a resolver is malformed");
        ASSERT_BAD(162, "\0\6\0\1\3\1a\1", "a resolver is malformed");   /* the name is not ended */
        ASSERT_BAD(162, "\0\7\0\1\4\1a\0\0", "a resolver is malformed"); /* a byte after its end */
        ASSERT_BAD(162, "\0\x13\0\1\3\1a\0\4\1\2\3\4\0\3\0\0\0\1\0\0",
                   "a resolver is malformed"); /* the keys are not in order */
}

/* Checks an instance with the name "a", one address and these parameters. */
static const char *check_parameters(const void *params, size_t len) {
        uint8_t data[128] = { 0, (uint8_t) (11 + len), 0, 1, 3, 1, 'a', 0, 4, 192, 0, 2, 1 };

        g_assert_cmpuint(13 + len, <=, sizeof(data));
        if (len > 0)
                memcpy(data + 13, params, len);
        return check(162, data, 13 + len);
}
#define PARAMETERS_GOOD(bytes) g_assert_cmpstr(check_parameters(bytes, sizeof(bytes) - 1), ==, NULL)
#define PARAMETERS_BAD(bytes) \
        g_assert_cmpstr(check_parameters(bytes, sizeof(bytes) - 1), ==, "a resolver is malformed")

/* RFC 9460 §2.2, §7, §8; RFC 9463 §3.1.8. */
static void test_dnr_parameters(void) {
        PARAMETERS_GOOD("");
        PARAMETERS_GOOD("\0\1\0\7\2h2\3dot");
        PARAMETERS_BAD("\0\1\0\0");              /* no protocol */
        PARAMETERS_BAD("\0\1\0\1\0");            /* an empty one */
        PARAMETERS_BAD("\0\1\0\3\3h2");          /* beyond its end */
        PARAMETERS_BAD("\0\1\0\4\2h2\1");        /* a length at the end */
        PARAMETERS_GOOD("\0\1\0\3\2h2\0\2\0\0"); /* no-default-alpn */
        PARAMETERS_BAD("\0\1\0\3\2h2\0\2\0\1x");
        PARAMETERS_BAD("\0\2\0\0"); /* none at all, then */
        PARAMETERS_GOOD("\0\3\0\2\1\xbb");
        PARAMETERS_BAD("\0\3\0\1\1");
        PARAMETERS_BAD("\0\3\0\3\0\1\xbb");
        PARAMETERS_BAD("\0\3\0\2\1\xbb\0\3\0\2\1\xbb"); /* twice */
        PARAMETERS_BAD("\0\4\0\4\xc0\0\2\1");           /* ipv4hint */
        PARAMETERS_BAD("\0\6\0\x10\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\1");
        PARAMETERS_GOOD("\0\7\0\x10/dns-query{?dns}");
        PARAMETERS_GOOD("\0\5\0\0\xff\xfe\0\1x"); /* what is not known here */
        /* mandatory */
        PARAMETERS_GOOD("\0\0\0\4\0\1\0\3\0\1\0\3\2h2\0\3\0\2\1\xbb");
        PARAMETERS_BAD("\0\0\0\0\0\1\0\3\2h2");                       /* none */
        PARAMETERS_BAD("\0\0\0\1\0\0\1\0\3\2h2");                     /* half a key */
        PARAMETERS_BAD("\0\0\0\3\0\1\0\0\1\0\3\2h2");                 /* one and a half */
        PARAMETERS_BAD("\0\0\0\2\0\3\0\1\0\3\2h2");                   /* not there */
        PARAMETERS_BAD("\0\0\0\2\0\0\0\1\0\3\2h2");                   /* itself */
        PARAMETERS_BAD("\0\0\0\4\0\1\0\1\0\1\0\3\2h2");               /* twice */
        PARAMETERS_BAD("\0\0\0\4\0\3\0\1\0\1\0\3\2h2\0\3\0\2\1\xbb"); /* order */
}

/*
 * RFC 9463 §5.2: multicast and loopback addresses do not count. If there is no other address, the
 * resolver is left out.
 */
static void test_dnr_addresses(void) {
        static const char mixed[] = "\0\x17\0\1\3\1a\0\x10\x7f\0\0\1\xc0\0\2\1\xe0\0\0\xfb\xc0\0\2\2";
        ByteReader r = byte_reader((const uint8_t *) mixed, sizeof(mixed) - 1), addresses;
        struct in_addr address;
        Dhcp4Dnr dnr;

        ASSERT_GOOD(162, mixed);
        g_assert_true(dhcp4_dnr_next(&r, &dnr));
        addresses = byte_reader(dnr.addresses.data, dnr.addresses.len);
        g_assert_true(dhcp4_dnr_address_next(&addresses, &address));
        g_assert_cmphex(ntohl(address.s_addr), ==, 0xc0000201);
        g_assert_true(dhcp4_dnr_address_next(&addresses, &address));
        g_assert_cmphex(ntohl(address.s_addr), ==, 0xc0000202);
        g_assert_false(dhcp4_dnr_address_next(&addresses, &address));
        g_assert_false(addresses.failed);
        ASSERT_BAD(162, "\0\x0b\0\1\3\1a\0\4\x7f\xff\xff\xff", "a resolver is malformed");
        ASSERT_BAD(162, "\0\x0b\0\1\3\1a\0\4\xef\xff\xff\xff", "a resolver is malformed");
        ASSERT_GOOD(162, "\0\x0b\0\1\3\1a\0\4\xdf\xff\xff\xff");
        ASSERT_GOOD(162, "\0\x0b\0\1\3\1a\0\4\x7e\xff\xff\xff");
        /* With priority 0 the content would mean something else. */
        ASSERT_BAD(162, "\0\6\0\0\3\1a\0", "a resolver is malformed");
        /* A compressed name (RFC 8415 §10): there is nothing before it to point at. */
        ASSERT_BAD(162, "\0\7\0\1\4\1a\xc0\0", "a resolver is malformed");
        ASSERT_BAD(162, "\0\5\0\1\2\xc0\0", "a resolver is malformed");
        /* The root alone is no name, and neither is an instance without bytes. */
        ASSERT_BAD(162, "\0\4\0\1\1\0", "a resolver is malformed");
        ASSERT_BAD(162, "\0\0", "a resolver is malformed");
        ASSERT_BAD(162, "\0\6\0\1\3\1a\0\0\0", "a resolver is malformed");
}

static void test_6rd(void) {
        static const char bytes[] = "\x08\x20\x20\x01\x0d\xb8\xff\0\0\0\0\0\0\0\0\0\0\0\xc0\0\2\1";
        const unsigned stride = test_stride();
        Dhcp4SixRd rd;

        g_assert_true(dhcp4_6rd_decode((const uint8_t *) bytes, sizeof(bytes) - 1, &rd));
        g_assert_cmpuint(rd.ipv4_mask_len, ==, 8);
        g_assert_cmpuint(rd.prefix_len, ==, 32);
        g_assert_cmphex(rd.prefix[3], ==, 0xb8);
        g_assert_cmphex(rd.prefix[4], ==, 0);
        g_assert_cmpuint(rd.relays.len, ==, 4);
        for (unsigned mask = 0; mask < 256; mask++)
                for (unsigned prefix = mask % stride; prefix < 256; prefix += stride) {
                        uint8_t data[22] = { (uint8_t) mask, (uint8_t) prefix };

                        g_assert_true((check(212, data, sizeof(data)) == NULL) ==
                                      (mask <= 32 && prefix + 32 - mask <= 128));
                }
}

static void test_uri(void) {
        static const char none[] = "urn:ietf:params:capport:unrestricted";
        char longest[256];

        for (unsigned i = 0; i < 2; i++) {
                const uint8_t code = i == 0 ? 114 : 161;

                ASSERT_GOOD(code, "https://portal.example/api?x=1#y");
                ASSERT_GOOD(code, "https://portal.example");
                ASSERT_GOOD(code, "HTTPS://[2001:db8::1]:8080/");
                ASSERT_GOOD(code, "https://portal.example/\0");
                ASSERT_GOOD(code, "https://portal.example/@?a@b#c@d");
                ASSERT_BAD(code, "http://portal.example/", "no URI of https");
                ASSERT_BAD(code, "ftp://mud.example/", "no URI of https");
                ASSERT_BAD(code, "file:///etc/passwd", "no URI of https");
                ASSERT_BAD(code, "javascript:alert(1)", "no URI of https");
                ASSERT_BAD(code, "urn:mud", "no URI of https");
                ASSERT_BAD(code, "portal.example", "no URI of https");
                ASSERT_BAD(code, "https:/", "no URI of https");
                ASSERT_BAD(code, "\0", "no URI of https");
                ASSERT_BAD(code, "https://", "a URI without a host");
                ASSERT_BAD(code, "https:///api", "a URI without a host");
                ASSERT_BAD(code, "https://:443/", "a URI without a host");
                ASSERT_BAD(code, "https://?a", "a URI without a host");
                ASSERT_BAD(code, "https://bank.example@evil.example/", "a user's name in the URI");
                ASSERT_BAD(code, "https://a:b@evil.example", "a user's name in the URI");
                ASSERT_BAD(code, "https://a b/", "a character that no URI has");
                ASSERT_BAD(code, "https://a\nb/", "a character that no URI has");
                ASSERT_BAD(code, "https://a`id`/", "a character that no URI has");
                ASSERT_BAD(code, "https://\"a\"/", "a character that no URI has");
                ASSERT_BAD(code, "https://a\\b/", "a character that no URI has");
                ASSERT_BAD(code, "https://a\0b/", "a character that no URI has");
                ASSERT_BAD(code, "https://\xc3\xa9/", "a character that no URI has");
        }
        /* RFC 8910 §2 */
        ASSERT_GOOD(114, "urn:ietf:params:capport:unrestricted");
        ASSERT_GOOD(114, "urn:ietf:params:capport:unrestricted\0");
        ASSERT_BAD(161, "urn:ietf:params:capport:unrestricted", "no URI of https");
        g_assert_true(dhcp4_captive_portal_is_none((const uint8_t *) none, sizeof(none)));
        for (size_t len = 0; len < sizeof(none) - 1; len++)
                g_assert_false(dhcp4_captive_portal_is_none((const uint8_t *) none, len));
        ASSERT_BAD(114, "urn:ietf:params:capport:unrestricted:x", "no URI of https");
        memset(longest, 'a', sizeof(longest));
        memcpy(longest, "https://", 8);
        g_assert_cmpstr(check(114, longest, 255), ==, NULL);
        g_assert_cmpstr(check(114, longest, 256), ==, "longer than 255 bytes");
}

static void test_timezones(void) {
        ASSERT_GOOD(100, "EST5EDT4,116/02:00:00,298/02:00:00");
        ASSERT_GOOD(100, "<+03>-3");
        ASSERT_BAD(100, ":/etc/shadow", "a path, no time zone");
        ASSERT_BAD(100, "/etc/shadow", "a path, no time zone");
        ASSERT_BAD(100, "a/../../b", "a path, no time zone");
        ASSERT_BAD(100, "EST5;id", "a character that no time zone has");
        ASSERT_BAD(100, "EST 5", "a character that no time zone has");
        ASSERT_BAD(100, "\0", "empty");
        ASSERT_GOOD(101, "Europe/Zurich");
        ASSERT_GOOD(101, "Etc/GMT+1");
        ASSERT_GOOD(101, "America/Port-au-Prince\0");
        ASSERT_BAD(101, "../../etc/shadow", "a path, no time zone");
        ASSERT_BAD(101, "Europe/../x", "a path, no time zone");
        ASSERT_BAD(101, "/etc/localtime", "a path, no time zone");
        ASSERT_BAD(101, "Europe//Zurich", "a path, no time zone");
        ASSERT_BAD(101, "Europe/", "a path, no time zone");
        ASSERT_BAD(101, "./x", "a character that no time zone has");
        ASSERT_BAD(101, "a\nb", "a character that no time zone has");
        ASSERT_BAD(101, "$(id)", "a character that no time zone has");
}

/*
 * Options of every length that a message holds, also joined from pieces, with random content: the message
 * has exactly what the check accepts.
 */
static void test_joined_noise(void) {
        static const Dhcp4Header header = { .op = 2, .htype = 1, .hlen = 6 };
        const unsigned stride = test_stride();

        for (unsigned code = 1; code < 255; code++)
                for (size_t len = 256; len < 1200; len += (13 + code % 7) * stride) {
                        uint8_t data[1200], buffer[DHCP4_MESSAGE_MAX_LEN];
                        const uint8_t *got;
                        Dhcp4Builder b;
                        Dhcp4Message m;
                        size_t n;

                        if (code == DHCP4_OPTION_MESSAGE_TYPE)
                                continue;
                        for (size_t i = 0; i < len; i++)
                                data[i] = (uint8_t) (g_test_rand_bit() ? g_test_rand_int_range(0, 6)
                                                                       : g_test_rand_int());
                        dhcp4_builder_init(&b, buffer, sizeof(buffer), &header, DHCP4_ACK);
                        dhcp4_builder_append(&b, (uint8_t) code, data, len);
                        g_assert_cmpint(dhcp4_builder_finish(&b, &n), ==, 0);
                        g_assert_cmpint(dhcp4_message_parse(buffer, n, &m), ==, 0);
                        g_assert_cmpint(dhcp4_message_get_raw(&m, (uint8_t) code, &got, &n), ==, 0);
                        /*
                         * Pieces are joined (RFC 3396). An option of a fixed length is not joined: its
                         * first piece counts.
                         */
                        g_assert_cmpmem(got, n, data, dhcp4_option_joins((uint8_t) code) ? len : 255);
                        g_assert_true(dhcp4_message_has(&m, (uint8_t) code) ==
                                      (check((uint8_t) code, got, n) == NULL));
                }
}

int main(int argc, char **argv) {
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/dhcp4-option-decode/relay", test_relay);
        g_test_add_func("/dhcp4-option-decode/vendor", test_vendor);
        g_test_add_func("/dhcp4-option-decode/user-class", test_user_class);
        g_test_add_func("/dhcp4-option-decode/enterprises", test_enterprises);
        g_test_add_func("/dhcp4-option-decode/authentication", test_authentication);
        g_test_add_func("/dhcp4-option-decode/sip", test_sip);
        g_test_add_func("/dhcp4-option-decode/dnr", test_dnr);
        g_test_add_func("/dhcp4-option-decode/dnr-parameters", test_dnr_parameters);
        g_test_add_func("/dhcp4-option-decode/dnr-addresses", test_dnr_addresses);
        g_test_add_func("/dhcp4-option-decode/6rd", test_6rd);
        g_test_add_func("/dhcp4-option-decode/uri", test_uri);
        g_test_add_func("/dhcp4-option-decode/timezones", test_timezones);
        g_test_add_func("/dhcp4-option-decode/joined-noise", test_joined_noise);
        return g_test_run();
}
