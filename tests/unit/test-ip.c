/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * base/ip.h: every prefix length bit by bit, every first octet of IPv4, and the ranges of IPv6.
 */
#include <arpa/inet.h>
#include <glib.h>

#include "base/ip.h"
#include "base/prng.h"

static struct in_addr addr(const char *text) {
        struct in_addr address;

        g_assert_cmpint(inet_pton(AF_INET, text, &address), ==, 1);
        return address;
}

static bool bit(struct in_addr address, unsigned i) {
        return ntohl(address.s_addr) >> (31 - i) & 1;
}

static void test_prefixes(void) {
        Prng prng;

        prng_init(&prng, (const uint8_t[PRNG_KEY_LEN]){ 7 });
        for (unsigned n = 0; n < 100; n++)
                for (uint8_t len = 0; len <= 32; len++) {
                        const struct in_addr a = { (uint32_t) prng_u64(&prng) }, mask = ip4_mask(len),
                                             network = ip4_network(a, len), last = ip4_last(a, len);
                        uint8_t again;

                        for (unsigned i = 0; i < 32; i++) {
                                g_assert_true(bit(mask, i) == (i < len));
                                g_assert_true(bit(network, i) == (i < len && bit(a, i)));
                                g_assert_true(bit(last, i) == (i >= len || bit(a, i)));
                                /*
                                 * An address with another bit is in another network if the bit is one of
                                 * the first @len bits.
                                 */
                                g_assert_true(
                                        ip4_is_within((struct in_addr){ a.s_addr ^
                                                                        htonl(UINT32_C(1) << (31 - i)) },
                                                      a, len) == (i >= len));
                        }
                        g_assert_true(ip4_prefix_len(mask, &again));
                        g_assert_cmpuint(again, ==, len);
                        g_assert_true(ip4_is_within(last, a, len));
                        g_assert_true(ip4_is_edge(network, a, len) == (len > 0 && len < 31));
                        g_assert_true(ip4_is_edge(last, a, len) == (len > 0 && len < 31));
                }
}

static void test_masks_with_gaps(void) {
        static const char *const masks[] = { "255.0.255.0", "255.255.255.253", "0.255.255.255",
                                             "0.0.0.1",     "127.255.255.255", "254.255.255.255",
                                             "85.85.85.85" };
        uint8_t len = 99;

        for (size_t i = 0; i < G_N_ELEMENTS(masks); i++)
                g_assert_false(ip4_prefix_len(addr(masks[i]), &len));
        g_assert_cmpuint(len, ==, 99);
}

static void test_edges(void) {
        const struct in_addr network = addr("192.0.2.64");

        g_assert_true(ip4_is_edge(addr("192.0.2.64"), network, 26));
        g_assert_true(ip4_is_edge(addr("192.0.2.127"), addr("192.0.2.80"), 26));
        g_assert_false(ip4_is_edge(addr("192.0.2.65"), network, 26));
        g_assert_false(ip4_is_edge(addr("192.0.2.126"), network, 26));
        g_assert_false(ip4_is_edge(addr("192.0.2.63"), network, 26)); /* of the neighbour */
        g_assert_false(ip4_is_edge(addr("192.0.2.128"), network, 26));
}

/*
 * Every first octet, and both ends of its range: only addresses of hosts pass, whatever the address is
 * wanted for.
 */
static void test_ranges(void) {
        const struct in_addr own = addr("192.0.2.70");

        for (unsigned first = 0; first < 256; first++) {
                const bool host = first != 0 && first != 127 && first < 224;

                for (unsigned edge = 0; edge < 2; edge++) {
                        const struct in_addr a = { htonl(first << 24 | (edge == 0 ? 0 : 0xffffff)) };

                        g_assert_true(ip4_is_host(a) == host);
                        for (unsigned use = IP4_USE_HOST; use <= IP4_USE_ROUTER; use++)
                                g_assert_true(!ip4_check((Ip4Use) use, a, own, 26) == host);
                }
        }
        g_assert_true(ip4_is_link_local(addr("169.254.0.0")));
        g_assert_true(ip4_is_link_local(addr("169.254.255.255")));
        g_assert_false(ip4_is_link_local(addr("169.253.255.255")));
        g_assert_false(ip4_is_link_local(addr("169.255.0.0")));
}

static void test_uses(void) {
        static const struct {
                const char *address, *host, *server, *router;
        } rows[] = {
                { "0.0.0.0", "no host has this address", "no host has this address",
                  "no host has this address" },
                { "127.0.0.53", "a loopback address", "a loopback address", "a loopback address" },
                { "224.0.1.1", "a multicast address", "a multicast address", "a multicast address" },
                { "240.0.0.1", "a reserved address", "a reserved address", "a reserved address" },
                { "255.0.255.0", "a reserved address", "a reserved address", "a reserved address" },
                { "255.255.255.0", "a netmask", "a netmask", "a netmask" },
                { "255.255.255.255", "the broadcast address", "the broadcast address",
                  "the broadcast address" },
                { "192.0.2.64", NULL, "all hosts of our network", "all hosts of our network" },
                { "192.0.2.127", NULL, "all hosts of our network", "all hosts of our network" },
                { "192.0.2.70", NULL, NULL, "our own address" },
                { "192.0.2.65", NULL, NULL, NULL },
                { "192.0.2.63", NULL, NULL, NULL },
                { "192.0.2.128", NULL, NULL, NULL },
                { "169.254.169.254", NULL, NULL, NULL },
        };

        for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
                const struct in_addr a = addr(rows[i].address), own = addr("192.0.2.70");

                g_assert_cmpstr(ip4_check(IP4_USE_HOST, a, own, 26), ==, rows[i].host);
                g_assert_cmpstr(ip4_check(IP4_USE_SERVER, a, own, 26), ==, rows[i].server);
                g_assert_cmpstr(ip4_check(IP4_USE_ROUTER, a, own, 26), ==, rows[i].router);
        }
        /* Both addresses of a /31 are hosts (RFC 3021). */
        g_assert_null(ip4_check(IP4_USE_ROUTER, addr("192.0.2.71"), addr("192.0.2.70"), 31));
}

/* A wide destination such as 0.0.0.0/1 covers special ranges as well, and passes. */
static void test_networks(void) {
        static const struct {
                const char *dst;
                uint8_t prefix_len;
                bool usable;
        } rows[] = {
                { "0.0.0.0", 0, true },        { "0.0.0.0", 1, true },    { "0.0.0.0", 7, true },
                { "0.0.0.0", 8, false },       { "0.0.0.0", 32, false },  { "0.9.0.0", 16, false },
                { "126.0.0.0", 7, true },      { "127.0.0.0", 8, false }, { "127.0.0.1", 32, false },
                { "192.0.0.0", 2, true },      { "224.0.0.0", 3, true },  { "224.0.0.0", 4, false },
                { "239.0.0.0", 8, false },     { "240.0.0.0", 4, true },  { "255.255.255.255", 32, false },
                { "255.255.255.0", 24, true }, { "10.0.0.0", 8, true },   { "192.0.2.0", 32, true },
        };

        for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
                g_assert_true(!ip4_check_network(addr(rows[i].dst), rows[i].prefix_len) == rows[i].usable);
}

static struct in6_addr addr6(const char *text) {
        struct in6_addr address;

        g_assert_cmpint(inet_pton(AF_INET6, text, &address), ==, 1);
        return address;
}

static bool bit6(const struct in6_addr *address, unsigned i) {
        return address->s6_addr[i / 8] >> (7 - i % 8) & 1;
}

static void test_prefixes6(void) {
        Prng prng;

        prng_init(&prng, (const uint8_t[PRNG_KEY_LEN]){ 8 });
        for (unsigned len = 0; len <= 128; len++) {
                struct in6_addr a, network;

                for (unsigned i = 0; i < 16; i++)
                        a.s6_addr[i] = (uint8_t) prng_u64(&prng);
                network = ip6_network(&a, (uint8_t) len);
                for (unsigned i = 0; i < 128; i++) {
                        struct in6_addr other = a;

                        g_assert_true(bit6(&network, i) == (i < len && bit6(&a, i)));
                        other.s6_addr[i / 8] ^= (uint8_t) (0x80 >> i % 8);
                        g_assert_true(ip6_is_within(&other, &a, (uint8_t) len) == (i >= len));
                }
        }
}

static void test_ranges6(void) {
        static const struct {
                const char *text;
                bool link_local, host;
        } rows[] = {
                { "::", false, false },
                { "::1", false, false },
                { "::2", false, true },
                { "::ffff:192.0.2.1", false, false },
                { "::fffe:192.0.2.1", false, true },
                { "64:ff9b::192.0.2.1", false, true },
                { "2001:db8::1", false, true },
                { "fd00::1", false, true },
                { "fe7f:ffff::1", false, true },
                { "fe80::1", true, true },
                { "febf:ffff::1", true, true },
                { "fec0::1", false, true },
                { "ff02::1", false, false },
                { "ff00::", false, false },
        };

        for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
                const struct in6_addr a = addr6(rows[i].text);

                g_test_message("%s", rows[i].text);
                g_assert_true(ip6_is_link_local(&a) == rows[i].link_local);
                g_assert_true(!ip6_check(&a) == rows[i].host);
        }
}

static void test_private6(void) {
        static const struct {
                const char *text;
                uint8_t prefix_len;
                bool is_private;
        } rows[] = {
                { "fc00::", 7, true },       { "fd00:1::", 64, true }, { "fc00::", 6, false },
                { "fbff::", 16, false },     { "fe00::", 16, false },  { "fe80::", 10, true },
                { "fe80::", 64, true },      { "fe80::", 9, false },   { "fec0::", 64, false },
                { "2001:db8::", 32, false }, { "::", 0, false },
        };

        for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
                const IpAddress a = { .v6 = addr6(rows[i].text) };

                g_test_message("%s/%u", rows[i].text, rows[i].prefix_len);
                g_assert_true(ip6_is_private(&a.v6, rows[i].prefix_len) == rows[i].is_private);
                g_assert_true(ip_is_private(AF_INET6, &a, rows[i].prefix_len) == rows[i].is_private);
        }
}

/* The bytes behind an IPv4 address may be anything. */
static void test_either_family(void) {
        IpAddress a = { .v6 = addr6("a00:1:2:3::") }, b = { .v6 = addr6("a00:1:2:4::") },
                  unset = { .v6 = addr6("::7") };

        g_assert_true(ip_equal(AF_INET, &a, &b));
        g_assert_false(ip_equal(AF_INET6, &a, &b));
        g_assert_true(ip_is_unset(AF_INET, &unset));
        g_assert_false(ip_is_unset(AF_INET6, &unset));
        g_assert_false(ip_is_unset(AF_INET, &a));
        g_assert_true(ip_is_within(AF_INET, &a, &b, 32) && ip_is_within(AF_INET6, &a, &b, 60));
        g_assert_false(ip_is_within(AF_INET6, &a, &b, 64));
        g_assert_true(ip_is_private(AF_INET, &a, 8));
        g_assert_false(ip_is_private(AF_INET6, &a, 8));
        g_assert_cmpuint(ip_bits(AF_INET), ==, 32);
        g_assert_cmpuint(ip_bits(AF_INET6), ==, 128);
}

int main(int argc, char **argv) {
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/ip/prefixes", test_prefixes);
        g_test_add_func("/ip/masks-with-gaps", test_masks_with_gaps);
        g_test_add_func("/ip/edges", test_edges);
        g_test_add_func("/ip/ranges", test_ranges);
        g_test_add_func("/ip/uses", test_uses);
        g_test_add_func("/ip/networks", test_networks);
        g_test_add_func("/ip/prefixes6", test_prefixes6);
        g_test_add_func("/ip/ranges6", test_ranges6);
        g_test_add_func("/ip/private6", test_private6);
        g_test_add_func("/ip/either-family", test_either_family);
        return g_test_run();
}
