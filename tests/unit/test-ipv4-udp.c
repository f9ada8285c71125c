/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * wire/ipv4-udp.c: headers whose checksums are computed in another way, every length about which a header
 * can lie, fragments, and checksums that are right, missing, pending or wrong.
 */
#include <arpa/inet.h>
#include <glib.h>
#include <string.h>

#include "base/macro.h"
#include "wire/ipv4-udp.h"

#define PORT 68

typedef struct Frame {
        uint8_t data[1600];
        size_t len;
} Frame;

static void put16(Frame *f, size_t at, unsigned value) {
        f->data[at] = (uint8_t) (value >> 8);
        f->data[at + 1] = (uint8_t) value;
}

static unsigned get16(const Frame *f, size_t at) {
        return (unsigned) f->data[at] << 8 | f->data[at + 1];
}

static size_t ip_len(const Frame *f) {
        return (f->data[0] & 15u) * 4;
}

/* Returns the sum of RFC 1071 §1 as a remainder, because 2^16 is 1 modulo 2^16 - 1. */
static unsigned ones_sum(const uint8_t *data, size_t len, unsigned start) {
        unsigned rest = start % 65535;

        for (size_t i = 0; i < len; i++)
                rest = (rest + ((unsigned) data[i] << (i % 2 == 0 ? 8 : 0))) % 65535;
        return rest;
}

static unsigned udp_sum(const Frame *f, size_t udp_len) {
        unsigned sum = ones_sum(f->data + 12, 8, 17 + (unsigned) udp_len);

        return ones_sum(f->data + ip_len(f), udp_len, sum);
}

/* Makes the checksum of the IP header right again after a change. */
static void fix_ip(Frame *f) {
        put16(f, 10, 0);
        put16(f, 10, 65535 - ones_sum(f->data, MIN(ip_len(f), f->len), 0));
}

static void fix_udp(Frame *f) {
        const size_t udp = ip_len(f);

        put16(f, udp + 6, 0);
        put16(f, udp + 6, 65535 - udp_sum(f, f->len - udp));
}

/* Makes a datagram by hand: @options bytes of IP options, @payload_len bytes of payload. */
static Frame frame_new(size_t options, size_t payload_len) {
        Frame f = { .len = 28 + options + payload_len };
        const size_t udp = 20 + options;

        g_assert_cmpuint(options % 4, ==, 0);
        f.data[0] = (uint8_t) (0x45 + options / 4);
        put16(&f, 2, (unsigned) f.len);
        put16(&f, 4, 0x1234);
        f.data[8] = 3;
        f.data[9] = 17;
        memcpy(f.data + 12, "\xc0\x00\x02\x01\xff\xff\xff\xff", 8);
        memset(f.data + 20, 1, options); /* no-operation */
        put16(&f, udp, 67);
        put16(&f, udp + 2, PORT);
        put16(&f, udp + 4, (unsigned) (8 + payload_len));
        for (size_t i = 0; i < payload_len; i++)
                f.data[udp + 8 + i] = (uint8_t) (i * 7 + 1);
        fix_udp(&f);
        fix_ip(&f);
        return f;
}

/*
 * Parses a copy of exactly this size, so that valgrind and AddressSanitizer see a read beyond its end.
 * Checks what holds for any result. Stores the length of the payload in *ret_payload (may be NULL).
 */
static int parse(const Frame *f, bool checksum_pending, size_t *ret_payload) {
        g_autofree uint8_t *copy = g_memdup2(f->data, f->len);
        Ipv4UdpInfo info, before;
        int r;

        memset(&before, 0xa5, sizeof(before));
        memcpy(&info, &before, sizeof(info));
        r = ipv4_udp_parse(copy, f->len, PORT, checksum_pending, &info);
        if (r != 0) {
                g_assert_cmpmem(&info, sizeof(info), &before, sizeof(before));
                return r;
        }
        g_assert_true(info.payload >= copy && info.payload <= copy + f->len);
        g_assert_cmpuint(info.payload_len, <=, (size_t) (copy + f->len - info.payload));
        g_assert_cmpmem(&info.src, 4, f->data + 12, 4);
        g_assert_cmpmem(&info.dst, 4, f->data + 16, 4);
        g_assert_cmpuint(info.src_port, ==, get16(f, ip_len(f)));
        g_assert_true(info.payload == copy + ip_len(f) + 8);
        if (ret_payload)
                *ret_payload = info.payload_len;
        return 0;
}

static void test_parse(void) {
        for (size_t options = 0; options <= 40; options += 4)
                for (size_t payload = 0; payload < 64; payload++) {
                        const Frame f = frame_new(options, payload);
                        size_t len;

                        g_assert_cmpint(parse(&f, false, &len), ==, 0);
                        g_assert_cmpuint(len, ==, payload);
                        g_assert_cmpint(parse(&f, true, &len), ==, 0);
                        g_assert_cmpuint(len, ==, payload);
                }
}

static void test_truncated(void) {
        for (size_t options = 0; options <= 8; options += 8) {
                const Frame whole = frame_new(options, 300);
                Frame f = whole;

                for (f.len = 0; f.len < whole.len; f.len++)
                        g_assert_cmpint(parse(&f, false, NULL), ==, IPV4_UDP_E_TRUNCATED);
        }
}

/* Bytes that the link adds behind a short datagram are not read, and are not part of the checksum. */
static void test_padding(void) {
        for (size_t payload = 0; payload < 20; payload++) {
                Frame f = frame_new(0, payload);
                size_t len;

                memset(f.data + f.len, 0xff, 32);
                f.len += 32;
                g_assert_cmpint(parse(&f, false, &len), ==, 0);
                g_assert_cmpuint(len, ==, payload);
        }
}

/* Every value of version and ihl, with a right checksum of the header. */
static void test_version_ihl(void) {
        for (unsigned value = 0; value < 256; value++) {
                Frame f = frame_new(0, 300);
                const unsigned ihl = value & 15;
                int r;

                memset(f.data + 20, 0, 300); /* a UDP header to port 0, wherever it starts */
                f.data[0] = (uint8_t) value;
                fix_ip(&f);
                r = parse(&f, false, NULL);
                g_assert_cmpint(r, ==,
                                value >> 4 != 4 || ihl < 5 ? IPV4_UDP_E_MALFORMED : IPV4_UDP_E_NOT_OURS);
        }
        /* ihl * 4 is beyond the frame. */
        for (size_t len = 20; len < 60; len++) {
                Frame f = frame_new(40, 0);

                f.len = len;
                put16(&f, 2, (unsigned) len);
                fix_ip(&f);
                g_assert_cmpint(parse(&f, false, NULL), ==, IPV4_UDP_E_MALFORMED);
        }
}

static void test_total_length(void) {
        for (size_t options = 0; options <= 4; options += 4)
                for (unsigned total = 0; total < 65536; total += total < 400 ? 1 : 997) {
                        Frame f = frame_new(options, 100);
                        const unsigned header = 20 + (unsigned) options;
                        size_t len;
                        int r;

                        put16(&f, 2, total);
                        fix_ip(&f);
                        r = parse(&f, false, &len);
                        /* There is no room for the UDP header, or the frame has fewer or more bytes. */
                        if (total < header)
                                g_assert_cmpint(r, ==, IPV4_UDP_E_MALFORMED);
                        else if (total != f.len)
                                g_assert_cmpint(r, ==, IPV4_UDP_E_TRUNCATED);
                        else
                                g_assert_cmpint(r, ==, 0);
                }
}

static void test_udp_length(void) {
        for (unsigned udp_len = 0; udp_len < 65536; udp_len += udp_len < 400 ? 1 : 997)
                for (unsigned pending = 0; pending < 2; pending++) {
                        Frame f = frame_new(0, 100);
                        size_t len = 0;
                        int r;

                        put16(&f, 24, udp_len);
                        put16(&f, 26, 0);
                        if (udp_len >= 8 && udp_len <= 108)
                                put16(&f, 26, 65535 - udp_sum(&f, udp_len));
                        r = parse(&f, pending, &len);
                        if (udp_len < 8)
                                g_assert_cmpint(r, ==, IPV4_UDP_E_MALFORMED);
                        else if (udp_len > 108)
                                g_assert_cmpint(r, ==, IPV4_UDP_E_TRUNCATED);
                        else {
                                g_assert_cmpint(r, ==, 0);
                                g_assert_cmpuint(len, ==, udp_len - 8);
                        }
                }
}

static void test_fragments(void) {
        for (unsigned bit = 0; bit < 16; bit++) {
                Frame f = frame_new(0, 100);
                const unsigned value = 1u << bit;

                put16(&f, 6, value);
                fix_ip(&f);
                /* The two flags above "more fragments" do not make a fragment. */
                g_assert_cmpint(parse(&f, false, NULL), ==, value >= 0x4000 ? 0 : IPV4_UDP_E_FRAGMENT);
                put16(&f, 6, value | 0x4000);
                fix_ip(&f);
                g_assert_cmpint(parse(&f, false, NULL), ==, value >= 0x4000 ? 0 : IPV4_UDP_E_FRAGMENT);
        }
}

static void test_not_ours(void) {
        for (unsigned protocol = 0; protocol < 256; protocol++) {
                Frame f = frame_new(0, 10);

                f.data[9] = (uint8_t) protocol;
                fix_ip(&f);
                g_assert_cmpint(parse(&f, false, NULL), ==, protocol == 17 ? 0 : IPV4_UDP_E_NOT_OURS);
        }
        for (unsigned bit = 0; bit < 16; bit++) {
                Frame f = frame_new(0, 10);

                put16(&f, 22, PORT ^ 1u << bit);
                fix_udp(&f);
                g_assert_cmpint(parse(&f, false, NULL), ==, IPV4_UDP_E_NOT_OURS);
        }
}

/*
 * Every single wrong bit of a datagram is found, except where it sends the datagram elsewhere or is in no
 * sum.
 */
static void test_bit_errors(void) {
        const Frame good = frame_new(4, 33);

        for (size_t i = 0; i < good.len * 8; i++) {
                Frame f = good;

                f.data[i / 8] ^= (uint8_t) (1u << i % 8);
                g_assert_cmpint(parse(&f, false, NULL), !=, 0);
                /* A wrong checksum of the IP header counts even if the UDP checksum is still pending. */
                if (i < 24 * 8)
                        g_assert_cmpint(parse(&f, true, NULL), !=, 0);
        }
}

static void test_checksum(void) {
        for (unsigned sum = 0; sum < 65536; sum++) {
                Frame f = frame_new(0, 5);
                const bool right = sum == get16(&f, 26);

                put16(&f, 26, sum);
                if (sum % 64 != 0 && !right)
                        continue;
                g_assert_cmpint(parse(&f, false, NULL), ==, sum == 0 || right ? 0 : IPV4_UDP_E_CHECKSUM);
                g_assert_cmpint(parse(&f, true, NULL), ==, 0);
        }
        for (unsigned sum = 0; sum < 65536; sum += 64) {
                Frame f = frame_new(0, 5);

                put16(&f, 10, sum);
                g_assert_cmpint(parse(&f, false, NULL), ==, IPV4_UDP_E_CHECKSUM);
                g_assert_cmpint(parse(&f, true, NULL), ==, IPV4_UDP_E_CHECKSUM);
        }
}

/*
 * A caller that looks at frames of others is told of wrong checksums, and gets the payload. Every other
 * fault counts for it too.
 */
static void test_inspect(void) {
        static const struct {
                unsigned ip_sum, udp_sum; /* 1: the checksum is left as it is */
                Ipv4UdpChecksums expected;
        } rows[] = {
                { 1, 1, {} },
                { 1, 0, {} }, /* no checksum */
                { 0, 1, { .ip_bad = true, .ip_missing = true } },
                { 0x1234, 1, { .ip_bad = true } },
                { 1, 0x1234, { .udp_bad = true } },
                { 0, 0x1234, { .ip_bad = true, .ip_missing = true, .udp_bad = true } },
        };

        for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
                Frame f = frame_new(4, 5);
                Ipv4UdpChecksums checksums;
                Ipv4UdpInfo info;

                if (rows[i].ip_sum != 1)
                        put16(&f, 10, rows[i].ip_sum);
                if (rows[i].udp_sum != 1)
                        put16(&f, 30, rows[i].udp_sum);
                g_assert_cmpint(ipv4_udp_inspect(f.data, f.len, PORT, &info, &checksums), ==, 0);
                g_assert_true(checksums.ip_bad == rows[i].expected.ip_bad);
                g_assert_true(checksums.ip_missing == rows[i].expected.ip_missing);
                g_assert_true(checksums.udp_bad == rows[i].expected.udp_bad);
                g_assert_true(info.payload == f.data + 32);
                g_assert_cmpuint(info.payload_len, ==, 5);
                g_assert_cmpint(ipv4_udp_inspect(f.data, f.len - 1, PORT, &info, &checksums), ==,
                                IPV4_UDP_E_TRUNCATED);
                g_assert_cmpint(ipv4_udp_inspect(f.data, f.len, PORT + 1, &info, &checksums), ==,
                                IPV4_UDP_E_NOT_OURS);
        }
}

static Frame built(size_t payload_len, const uint8_t *payload) {
        Frame f = { .len = 28 + payload_len };

        memset(f.data, 0xee, 29);
        ipv4_udp_headers(f.data, (struct in_addr){ htonl(0xc0000201) }, 67,
                         (struct in_addr){ htonl(0xc00002c8) }, PORT, IPV4_UDP_TOS_CS6, payload,
                         payload_len);
        g_assert_cmpuint(f.data[28], ==, 0xee);
        if (payload_len > 0)
                memcpy(f.data + 28, payload, payload_len);
        return f;
}

static void test_build(void) {
        uint8_t payload[1472];

        for (size_t i = 0; i < sizeof(payload); i++)
                payload[i] = (uint8_t) (i * 31 + 5);
        for (size_t n = 0; n <= sizeof(payload); n += n < 300 ? 1 : 293) {
                const Frame f = built(n, payload);
                size_t len;

                g_assert_cmpmem(f.data, 2, "\x45\xc0", 2);
                g_assert_cmpuint(get16(&f, 2), ==, f.len);
                g_assert_cmpuint(get16(&f, 6), ==, 0x4000);
                g_assert_cmpuint(f.data[8], >, 1);
                g_assert_cmpuint(f.data[9], ==, 17);
                g_assert_cmpmem(f.data + 12, 12, "\xc0\0\2\1\xc0\0\2\xc8\0\x43\0\x44", 12);
                g_assert_cmpuint(get16(&f, 24), ==, 8 + n);
                g_assert_cmpuint(ones_sum(f.data, 20, 0), ==, 0);
                g_assert_cmpuint(udp_sum(&f, 8 + n), ==, 0);
                g_assert_cmpuint(get16(&f, 26), !=, 0);
                g_assert_cmpint(parse(&f, false, &len), ==, 0);
                g_assert_cmpuint(len, ==, n);
        }
}

/* A checksum of 0 is sent as 0xffff, because 0 means that there is no checksum (RFC 768). */
static void test_build_zero(void) {
        uint8_t payload[4] = { 0x12, 0x34, 0, 0 };
        Frame f = built(sizeof(payload), payload);
        const unsigned checksum = get16(&f, 26);

        /* The payload is chosen so that the sum becomes 0. */
        payload[2] = (uint8_t) (checksum >> 8);
        payload[3] = (uint8_t) checksum;
        f = built(sizeof(payload), payload);
        g_assert_cmphex(get16(&f, 26), ==, 0xffff);
        g_assert_cmpint(parse(&f, false, NULL), ==, 0);
}

static void test_build_largest(void) {
        const size_t max = 65507;
        g_autofree uint8_t *data = g_malloc0(28 + max);
        Ipv4UdpInfo info;

        memset(data + 28, 0xff, max);
        ipv4_udp_headers(data, (struct in_addr){ 1 }, 1, (struct in_addr){ 2 }, PORT, 0, data + 28, max);
        g_assert_cmpint(ipv4_udp_parse(data, 28 + max, PORT, false, &info), ==, 0);
        g_assert_cmpuint(info.payload_len, ==, max);

        if (g_test_subprocess()) {
                ipv4_udp_headers(data, (struct in_addr){ 1 }, 1, (struct in_addr){ 2 }, PORT, 0, data + 27,
                                 max + 1);
                return;
        }
        g_test_trap_subprocess(NULL, 0, 0);
        g_test_trap_assert_failed();
        g_test_trap_assert_stderr("*payload_len <=*");
}

int main(int argc, char **argv) {
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/ipv4-udp/parse", test_parse);
        g_test_add_func("/ipv4-udp/truncated", test_truncated);
        g_test_add_func("/ipv4-udp/padding", test_padding);
        g_test_add_func("/ipv4-udp/version-ihl", test_version_ihl);
        g_test_add_func("/ipv4-udp/total-length", test_total_length);
        g_test_add_func("/ipv4-udp/udp-length", test_udp_length);
        g_test_add_func("/ipv4-udp/fragments", test_fragments);
        g_test_add_func("/ipv4-udp/not-ours", test_not_ours);
        g_test_add_func("/ipv4-udp/bit-errors", test_bit_errors);
        g_test_add_func("/ipv4-udp/checksum", test_checksum);
        g_test_add_func("/ipv4-udp/inspect", test_inspect);
        g_test_add_func("/ipv4-udp/build", test_build);
        g_test_add_func("/ipv4-udp/build-zero", test_build_zero);
        g_test_add_func("/ipv4-udp/build-largest", test_build_largest);
        return g_test_run();
}
