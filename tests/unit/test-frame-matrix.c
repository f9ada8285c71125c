/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Headers that lie, and frames that are nearly ours. One table has the fields and the values worth trying
 * in each of them. Every value is tried alone, and every two together, with every length of IP options,
 * and cut off at every byte. Each frame goes through the BPF program (run by the kernel on an AF_UNIX
 * pair) and through wire/ipv4-udp. Both are compared with a model of what may pass, which is made from
 * RFC 791 §3.1, RFC 768 and RFC 2131 §2 and shares no code with them.
 */
#include <glib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/macro.h"
#include "io/packet-filter.h"
#include "tests/unit/stride.h"
#include "wire/dhcp4-protocol.h"
#include "wire/ipv4-udp.h"

#define PAYLOAD_LEN 244u
#define FRAME_SIZE  400u

typedef struct Frame {
        uint8_t data[FRAME_SIZE];
        size_t len;
} Frame;

static unsigned get(const uint8_t *data, unsigned size) {
        unsigned value = 0;

        for (unsigned i = 0; i < size; i++)
                value = value << 8 | data[i];
        return value;
}

static void set(uint8_t *data, unsigned size, unsigned value) {
        for (unsigned i = 0; i < size; i++)
                data[i] = (uint8_t) (value >> 8 * (size - 1 - i));
}

/*
 * Returns the sum of RFC 1071 as a remainder, because 2^16 is 1 modulo 2^16 - 1. 0: the checksum in the
 * data is right.
 */
static unsigned rest(const uint8_t *data, size_t len, unsigned start) {
        unsigned sum = start % 65535;

        for (size_t i = 0; i < len; i++)
                sum = (sum + ((unsigned) data[i] << (i % 2 == 0 ? 8 : 0))) % 65535;
        return sum;
}

/* Returns a reply to port 68 behind @words words of IP options, with both checksums. */
static Frame good_frame(unsigned words) {
        const unsigned header = 20 + words * 4;
        Frame f = { .len = header + 8 + PAYLOAD_LEN };
        uint8_t *udp = f.data + header;

        f.data[0] = (uint8_t) (0x40 | (5 + words));
        set(f.data + 2, 2, (unsigned) f.len);
        f.data[8] = 64;
        f.data[9] = 17;
        memcpy(f.data + 12, "\x0a\0\0\1\xff\xff\xff\xff", 8);
        memset(f.data + 20, 1, words * 4);
        set(udp, 2, 67);
        set(udp + 2, 2, 68);
        set(udp + 4, 2, 8 + PAYLOAD_LEN);
        udp[8] = 2;
        set(udp + 8 + 236, 4, 0x63825363);
        set(udp + 6, 2, 65535 - rest(udp, 8 + PAYLOAD_LEN, rest(f.data + 12, 8, 17 + 8 + PAYLOAD_LEN)));
        set(f.data + 10, 2, 65535 - rest(f.data, header, 0));
        return f;
}

/* The model */

typedef struct Verdict {
        bool datagram; /* a whole UDP datagram to port 68 */
        bool reply;    /* the datagram looks like a reply of DHCP */
        /* All that the filter looks at is as in a reply. The filter does not look at lengths and sums. */
        bool like;
        size_t payload, payload_len;
} Verdict;

static Verdict judge(const Frame *f, bool checksum_pending) {
        const uint8_t *d = f->data;
        Verdict v = { 0 };
        unsigned header, total, udp_len, checksum;
        const uint8_t *udp;

        if (f->len < 20)
                return v;
        header = (d[0] & 15u) * 4;
        total = get(d + 2, 2);
        udp = d + header;
        v.like = f->len >= header + 248 && d[9] == 17 && get(d + 6, 2) % 0x4000 == 0 &&
                get(udp + 2, 2) == 68 && udp[8] == 2 && get(udp + 244, 4) == 0x63825363;
        if (d[0] >> 4 != 4 || header < 20 || total > f->len || total < header + 8 || rest(d, header, 0) != 0)
                return v;
        udp_len = get(udp + 4, 2);
        checksum = get(udp + 6, 2);
        if (get(d + 6, 2) % 0x4000 != 0 || d[9] != 17 || get(udp + 2, 2) != 68 || udp_len < 8 ||
            udp_len > total - header)
                return v;
        if (!checksum_pending && checksum != 0 && rest(udp, udp_len, rest(d + 12, 8, 17 + udp_len)) != 0)
                return v;
        v.datagram = true;
        v.payload = header + 8;
        v.payload_len = udp_len - 8;
        v.reply = v.payload_len >= 240 && udp[8] == 2 && get(udp + 244, 4) == 0x63825363;
        return v;
}

/* What is tested */

static int pair[2];
static unsigned n_frames, n_passed, n_datagrams;

static bool filter_passes(const Frame *f) {
        uint8_t buffer[FRAME_SIZE];
        ssize_t n;

        (void) send(pair[0], f->data, f->len, MSG_NOSIGNAL);
        n = recv(pair[1], buffer, sizeof(buffer), MSG_DONTWAIT);
        if (n >= 0)
                g_assert_cmpmem(buffer, (size_t) n, f->data, f->len);
        return n >= 0;
}

static void check_parse(const Frame *f, bool checksum_pending) {
        const Verdict v = judge(f, checksum_pending);
        g_autofree uint8_t *copy = g_memdup2(f->data, f->len);
        Ipv4UdpInfo info;
        int r;

        r = ipv4_udp_parse(copy, f->len, DHCP4_PORT_CLIENT, checksum_pending, &info);
        g_assert_cmpint(r == 0, ==, v.datagram);
        if (r != 0)
                return;
        g_assert_cmpuint((size_t) (info.payload - copy), ==, v.payload);
        g_assert_cmpuint(info.payload_len, ==, v.payload_len);
}

static void check(const Frame *f) {
        const Verdict v = judge(f, /* checksum_pending= */ false);
        const bool passes = filter_passes(f);

        check_parse(f, false);
        check_parse(f, true);
        /* The filter never drops a reply to us, and passes only what looks like a reply. */
        if (v.reply)
                g_assert_true(passes);
        g_assert_cmpint(passes, ==, v.like);
        n_frames++;
        n_passed += passes;
        n_datagrams += v.datagram;
}

/* The table */

#define VALUES_MAX 16u

typedef struct Field {
        const char *name;
        bool behind; /* @at counts from the end of the IP header */
        unsigned at, size;
        unsigned n;
        unsigned values[VALUES_MAX];
} Field;

static const Field fields[] = {
        /* Version and ihl: other versions, ihl below 5, and ihl that is wrong for the length of options. */
        { "version-ihl",
          false,
          0,
          1,
          16,
          { 0x40, 0x41, 0x42, 0x43, 0x44, 0x45, 0x46, 0x47, 0x4a, 0x4d, 0x4e, 0x4f, 0x55, 0x65, 0x05,
            0xf5 } },
        { "total-length", false, 2, 2, 12, { 0, 1, 19, 20, 27, 28, 267, 271, 272, 273, 400, 65535 } },
        { "flags-offset",
          false,
          6,
          2,
          9,
          { 0x0000, 0x0001, 0x1fff, 0x1000, 0x2000, 0x2001, 0x4000, 0x8000, 0x6000 } },
        { "protocol", false, 9, 1, 6, { 0, 1, 6, 16, 17, 136 } },
        { "ip-checksum", false, 10, 2, 3, { 0, 1, 0xffff } },
        { "source-port", true, 0, 2, 4, { 0, 67, 68, 65535 } },
        { "destination-port", true, 2, 2, 6, { 0, 67, 68, 69, 0x4400, 65535 } },
        { "udp-length", true, 4, 2, 11, { 0, 1, 7, 8, 9, 247, 248, 251, 252, 253, 65535 } },
        { "udp-checksum", true, 6, 2, 3, { 0, 1, 0xffff } },
        { "op", true, 8, 1, 4, { 0, 1, 2, 3 } },
        { "cookie", true, 244, 4, 6, { 0, 0x63825362, 0x63825363, 0x62825363, 0x63535263, 0xffffffff } },
};

/* Makes a checksum right that the value made wrong, so that the rest of the frame is looked at. */
static void repair(Frame *f) {
        const unsigned header = (f->data[0] & 15u) * 4;

        if (header >= 20 && header <= f->len) {
                set(f->data + 10, 2, 0);
                set(f->data + 10, 2, 65535 - rest(f->data, header, 0));
        }
}

static void apply(Frame *f, const Field *field, unsigned words, unsigned value) {
        set(f->data + field->at + (field->behind ? 20 + words * 4 : 0), field->size, value);
}

static void check_both(Frame f) {
        check(&f);
        repair(&f);
        check(&f);
}

static void test_alone(void) {
        for (unsigned words = 0; words <= 10; words++)
                for (size_t i = 0; i < ARRAY_SIZE(fields); i++)
                        for (unsigned k = 0; k < fields[i].n; k++) {
                                Frame f = good_frame(words);

                                apply(&f, &fields[i], words, fields[i].values[k]);
                                check_both(f);
                        }
}

static void test_two(void) {
        const unsigned stride = test_stride();

        for (unsigned words = 0; words <= 10; words += 5)
                for (size_t i = 0; i < ARRAY_SIZE(fields); i++)
                        for (size_t j = 0; j < i; j++)
                                for (unsigned k = (i + j) % stride; k < fields[i].n * fields[j].n;
                                     k += stride) {
                                        Frame f = good_frame(words);

                                        apply(&f, &fields[i], words, fields[i].values[k / fields[j].n]);
                                        apply(&f, &fields[j], words, fields[j].values[k % fields[j].n]);
                                        check_both(f);
                                }
}

/* Flips each bit of the headers, and of what the filter looks at. */
static void test_bits(void) {
        const unsigned stride = test_stride();

        for (unsigned words = 0; words <= 10; words++) {
                const unsigned header = 20 + words * 4;

                for (unsigned bit = words % stride; bit < (header + 8 + PAYLOAD_LEN) * 8; bit += stride) {
                        Frame f = good_frame(words);

                        f.data[bit / 8] ^= (uint8_t) (0x80 >> bit % 8);
                        check_both(f);
                }
        }
}

/* Cuts the frame off at every byte: with its lengths as they are, and with lengths that fit. */
static void test_truncated(void) {
        for (unsigned words = 0; words <= 10; words++) {
                const Frame whole = good_frame(words);
                const unsigned header = 20 + words * 4;

                for (unsigned len = 1; len <= whole.len; len++) {
                        Frame f = whole;

                        f.len = len;
                        check(&f);
                        set(f.data + 2, 2, len);
                        repair(&f);
                        check(&f);
                        if (len >= header + 8) {
                                set(f.data + header + 4, 2, len - header);
                                check(&f);
                                set(f.data + header + 6, 2, 0);
                                check(&f);
                        }
                }
        }
}

/*
 * An ihl below 5 with which all else agrees: the UDP header lies in the addresses, and every sum is
 * right.
 */
static void test_short_header(void) {
        for (unsigned header = 12; header <= 20; header += 4) {
                Frame f = good_frame(0);
                uint8_t *udp = f.data + header;

                f.data[0] = (uint8_t) (0x40 | header / 4);
                set(udp, 2, 67);
                set(udp + 2, 2, 68);
                set(udp + 4, 2, 8 + PAYLOAD_LEN);
                set(udp + 6, 2, 0);
                udp[8] = 2;
                set(udp + 244, 4, 0x63825363);
                set(f.data + 10, 2, 0);
                set(f.data + 10, 2, 65535 - rest(f.data, header, 0));
                g_assert_cmpint(judge(&f, false).datagram, ==, header == 20);
                check(&f);
        }
}

/* A matrix of which nothing passes, or everything, would show nothing. */
static void test_counts(void) {
        if (n_frames == 0) {
                g_test_skip("the other tests did not run");
                return;
        }
        g_test_message("%u frames: %u passed the filter, %u were datagrams for us", n_frames, n_passed,
                       n_datagrams);
        g_assert_cmpuint(n_frames, >, 10000);
        g_assert_cmpuint(n_passed, >, n_frames / 20);
        g_assert_cmpuint(n_passed, <, n_frames);
        g_assert_cmpuint(n_datagrams, >, n_frames / 50);
        g_assert_cmpuint(n_datagrams, <, n_frames);
}

int main(int argc, char **argv) {
        struct sock_fprog program = packet_filter_dhcp4();
        int r;

        g_test_init(&argc, &argv, NULL);
        g_assert_cmpint(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair), ==, 0);
        g_assert_cmpint(setsockopt(pair[1], SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program)), ==, 0);
        g_test_add_func("/frame-matrix/alone", test_alone);
        g_test_add_func("/frame-matrix/two", test_two);
        g_test_add_func("/frame-matrix/bits", test_bits);
        g_test_add_func("/frame-matrix/truncated", test_truncated);
        g_test_add_func("/frame-matrix/short-header", test_short_header);
        g_test_add_func("/frame-matrix/z-counts", test_counts);
        r = g_test_run();
        close(pair[0]);
        close(pair[1]);
        return r;
}
