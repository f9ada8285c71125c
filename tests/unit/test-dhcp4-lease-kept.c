/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What takes the place of what an answer leaves out (core/dhcp4-lease-kept.c): which options, which of
 * them together, and what does not fit.
 */
#include <arpa/inet.h>
#include <glib.h>
#include <string.h>

#include "base/macro.h"
#include "core/dhcp4-lease.h"

#define GRANTED (77 * USEC_PER_SEC)
#define ADDRESS "10.0.0.50"

/* Appends options that are written as text: "3=0a000001 6=0a000002". */
static void append_text(Dhcp4Builder *b, const char *text) {
        g_auto(GStrv) words = g_strsplit(text, " ", -1);

        for (char **word = words; *word; word++) {
                uint8_t data[255];
                char *hex = NULL;
                const uint8_t code = (uint8_t) g_ascii_strtoull(*word, &hex, 10);
                size_t len = 0;

                if (code == 0)
                        continue;
                g_assert_cmpint(*hex++, ==, '=');
                for (; hex[0]; hex += 2)
                        data[len++] =
                                (uint8_t) (g_ascii_xdigit_value(hex[0]) << 4 | g_ascii_xdigit_value(hex[1]));
                dhcp4_builder_append(b, code, data, len);
        }
}

typedef struct Answer {
        uint8_t data[DHCP4_MESSAGE_MAX_LEN];
        size_t len;
} Answer;

static Answer answer(Dhcp4MessageType type, const char *yiaddr, const char *options) {
        const Dhcp4Header header = { .op = DHCP4_OP_BOOTREPLY,
                                     .htype = 1,
                                     .yiaddr.s_addr = inet_addr(yiaddr) };
        Dhcp4Builder b;
        Answer a;

        dhcp4_builder_init(&b, a.data, sizeof(a.data), &header, type);
        append_text(&b, options);
        g_assert_cmpint(dhcp4_builder_finish(&b, &a.len), ==, 0);
        return a;
}

static int complete(const Answer *a, const Dhcp4LeaseBasis *basis, Dhcp4Lease *ret) {
        Dhcp4Message m;

        g_assert_cmpint(dhcp4_message_parse(a->data, a->len, &m), ==, 0);
        return dhcp4_lease_complete(&(const Dhcp4Answer){ .m = &m, .data = a->data, .len = a->len }, GRANTED,
                                    basis, ret);
}

#define GRANT "54=0a000001 51=00000e10 "
#define MASK  "1=ffffff00 "

static Dhcp4Lease lease_of(const char *options) {
        const Answer a = answer(DHCP4_ACK, ADDRESS, options);
        Dhcp4Lease lease;

        g_assert_cmpint(dhcp4_lease_from_ack(a.data, a.len, NULL, GRANTED, &lease), ==, 0);
        return lease;
}

static Dhcp4Lease renewed(const Dhcp4Lease *before, const char *options) {
        const Answer a = answer(DHCP4_ACK, ADDRESS, options);
        Dhcp4Lease lease;

        g_assert_cmpint(complete(&a, &(const Dhcp4LeaseBasis){ .before = before }, &lease), ==, 0);
        g_assert_cmpuint(lease.ack_len, ==, a.len);
        g_assert_cmpmem(lease.ack, lease.ack_len, a.data, a.len); /* as it came */
        return lease;
}

/* Asserts which options were kept. @expected: their codes in ascending order. */
static void assert_kept(const Dhcp4Lease *lease, const char *expected) {
        uint8_t codes[DHCP4_LEASE_KEPT_MAX];
        const size_t n = dhcp4_lease_kept(lease, codes);
        g_autoptr(GString) text = g_string_new(NULL);

        for (unsigned code = 0; code < 256; code++)
                if (memchr(codes, (int) code, n))
                        g_string_append_printf(text, "%s%u", text->len > 0 ? " " : "", code);
        g_assert_cmpstr(text->str, ==, expected);
}

static void assert_option(const Dhcp4Lease *lease, uint8_t code, const char *hex) {
        g_autoptr(GString) text = g_string_new(NULL);
        const uint8_t *data;
        Dhcp4Message m;
        size_t len;

        dhcp4_lease_message(lease, &m);
        if (dhcp4_message_get(&m, code, &data, &len) == 0)
                for (size_t i = 0; i < len; i++)
                        g_string_append_printf(text, "%02x", data[i]);
        g_assert_cmpstr(text->str, ==, hex);
}

/* Each row has the options of the lease, those of the next answer, and those that are kept. */
static void test_which(void) {
        static const struct {
                const char *before, *answer, *kept;
        } rows[] = {
                { "", "", "" },
                /* all that configures the host, known to us or not */
                { MASK "3=0a000001 6=0a000002 15=6578 26=0578 42=0a000003 119=0161016200 224=01 252=61", "",
                  "1 3 6 15 26 42 119 224 252" },
                { MASK "3=0a000001 6=0a000002", MASK "6=0a000009", "3" },
                { MASK "3=0a000001", MASK "3=0a000001", "" },
                /* of one exchange, or of the client */
                { "50=0a000032 52=01 55=0103 56=6869 57=05dc 61=0102 77=0161 80="
                  " 81=000000 82=010161 116=01 118=0a000000 145=01",
                  "", "" },
                { "90=0301000000000000000001020000000000000000000000000000000000 91=00000001"
                  " 92=0a000001 93=0000 94=010201 97=0001",
                  "", "" },
                /* routes: one set or the other */
                { "3=0a000001 121=000a000001", "", "3 121" },
                { "3=0a000001 121=000a000001", "3=0a000001", "" },
                { "3=0a000001 121=000a000001 6=0a000002", "33=0a0a0a0a0a000001", "6" },
                { "3=0a000001 33=0a0a0a0a0a000001", "121=000a000001", "" },
                { "3=0a000001 249=000a000001", "", "3 249" },
                { "121=000a000001", "249=000a000001", "" },
                /* time zones likewise */
                { "100=455354 101=45545a", "", "100 101" },
                { "100=455354 101=45545a", "100=434554", "" },
                /* the broadcast address goes with its mask */
                { MASK "28=0a0000ff", "", "1 28" },
                { MASK "28=0a0000ff", MASK, "28" },
                { MASK "28=0a0000ff", "1=ffff0000", "" },
                { "28=0a0000ff", "1=ffff0000", "" },
                { MASK "28=0a0000ff", "28=0a000000", "1" },
                /* an option that is there and says nothing is not missing */
                { MASK, "1=00000000", "1" },
                { MASK, "1=ff00ff00", "1" },
                { MASK "3=0a000001", "1=ffff 3=0a", "1 3" },
        };

        for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
                g_autofree char *before = g_strconcat(GRANT, rows[i].before, NULL),
                                *now = g_strconcat(GRANT, rows[i].answer, NULL);
                const Dhcp4Lease old = lease_of(before), new = renewed(&old, now);

                g_test_message("%s, then %s", rows[i].before, rows[i].answer);
                assert_kept(&new, rows[i].kept);
        }
}

/* An option that is kept counts as part of the answer, and the next answer keeps it, too. */
static void test_counts(void) {
        const Dhcp4Lease first = lease_of(GRANT MASK "3=0a000001 6=0a000002"),
                         second = renewed(&first, GRANT), third = renewed(&second, GRANT "6=0a000003");
        Dhcp4Route routes[4];
        Dhcp4Message m;

        g_assert_cmpuint(second.prefix_len, ==, 24);
        g_assert_cmpuint(second.gateways[0].address.s_addr, ==, inet_addr("10.0.0.1"));
        dhcp4_lease_message(&second, &m);
        g_assert_cmpuint(dhcp4_lease_routes(&second, &m, routes, ARRAY_SIZE(routes)), ==, 1);
        g_assert_true(dhcp4_lease_same_content(&first, &second));
        g_assert_true(dhcp4_lease_same_content(&second, &first));
        assert_kept(&third, "1 3");
        assert_option(&third, DHCP4_OPTION_DNS, "0a000003");
        g_assert_false(dhcp4_lease_same_content(&second, &third));
        assert_kept(&first, "");
}

/* A malformed option is not used, which is told. The option of the earlier answer is used. */
static void test_malformed(void) {
        const Dhcp4Lease first = lease_of(GRANT MASK "3=0a000001"),
                         second = renewed(&first, GRANT "1=ffffff 3=0a");
        Dhcp4Ignored ignored[4];
        Dhcp4Notes notes = { .entries = ignored, .max = ARRAY_SIZE(ignored) };
        Dhcp4Message m;

        assert_option(&second, DHCP4_OPTION_ROUTERS, "0a000001");
        g_assert_cmpuint(second.prefix_len, ==, 24);
        dhcp4_lease_message(&second, &m);
        dhcp4_lease_ignored(&second, &m, /* classless= */ true, 576, &notes);
        g_assert_cmpuint(notes.n, ==, 2);
}

/* Lifetime, T1 and T2 are kept together: T1 of an hour divides no lease of ten minutes. */
static void test_times(void) {
        static const struct {
                const char *before, *answer, *kept;
                unsigned lifetime, t1, t2;
        } rows[] = {
                { GRANT "58=00000384 59=00000708", "54=0a000001", "51 58 59", 3600, 900, 1800 },
                { GRANT "58=00000384 59=00000708", "54=0a000001 51=000003e8", "", 1000, 500, 875 },
                { GRANT "58=00000384 59=00000708", "54=0a000001 58=00000258", "51", 3600, 600, 3150 },
                { GRANT, "54=0a000001", "51", 3600, 1800, 3150 },
                { GRANT "58=00000384", "", "51 54 58", 3600, 900, 3150 },
        };

        for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
                const Dhcp4Lease old = lease_of(rows[i].before), new = renewed(&old, rows[i].answer);

                assert_kept(&new, rows[i].kept);
                g_assert_cmpuint(new.lifetime_usec, ==, rows[i].lifetime * USEC_PER_SEC);
                g_assert_cmpuint(new.t1_usec, ==, rows[i].t1 * USEC_PER_SEC);
                g_assert_cmpuint(new.t2_usec, ==, rows[i].t2 * USEC_PER_SEC);
                g_assert_cmpuint(new.server_id.s_addr, ==, inet_addr("10.0.0.1"));
        }
}

/* Where nothing may be kept, only the answer itself counts. */
static void test_nothing(void) {
        const Dhcp4Lease old = lease_of(GRANT MASK "3=0a000001");
        const Dhcp4LeaseBasis basis = { .before = &old }, asked = { .before = &old, .asked = old.address };
        Dhcp4Lease lease;
        Answer a;

        /* another address */
        a = answer(DHCP4_ACK, "10.0.0.51", GRANT);
        g_assert_cmpint(complete(&a, &basis, &lease), ==, 0);
        assert_kept(&lease, "");
        g_assert_cmpuint(lease.prefix_len, ==, 32);
        a = answer(DHCP4_ACK, "10.0.0.51", "54=0a000001");
        g_assert_cmpint(complete(&a, &basis, &lease), ==, DHCP4_LEASE_E_NO_LIFETIME);
        a = answer(DHCP4_ACK, "10.0.0.51", "51=00000e10");
        g_assert_cmpint(complete(&a, &basis, &lease), ==, DHCP4_LEASE_E_NO_SERVER_ID);
        /* a BOOTP reply: its lease is for ever and names no server */
        a = answer(DHCP4_BOOTP, ADDRESS, MASK);
        g_assert_cmpint(complete(&a, &basis, &lease), ==, 0);
        assert_kept(&lease, "");
        g_assert_cmpint(lease.origin, ==, DHCP4_LEASE_BOOTP);
        g_assert_cmpuint(lease.lifetime_usec, ==, USEC_INFINITY);
        /* no address: the answer confirms the address that was asked about, if there is one */
        a = answer(DHCP4_ACK, "0.0.0.0", "");
        g_assert_cmpint(complete(&a, &basis, &lease), ==, DHCP4_LEASE_E_NO_ADDRESS);
        g_assert_cmpint(complete(&a, &asked, &lease), ==, 0);
        g_assert_cmpuint(lease.address.s_addr, ==, inet_addr(ADDRESS));
        assert_kept(&lease, "1 3 51 54");
        g_assert_true(dhcp4_lease_same_content(&old, &lease));
}

/*
 * Which server grants the address and for how long: what the answer says counts first, then the earlier
 * lease.
 */
static void test_assumed(void) {
        static const struct {
                const char *before, *answer, *server, *kept;
                uint32_t lifetime_sec;
                usec_t expected_sec;
        } rows[] = {
                { NULL, GRANT, "0a000009", "", 7200, 3600 },
                { NULL, "54=0a000001 ", "0a000009", "51", 7200, 7200 },
                { NULL, "51=00000e10 ", "0a000009", "54", 7200, 3600 },
                { NULL, "", "0a000009", "51 54", 7200, 7200 },
                { NULL, "54=0a000001 ", "0a000009", "51", 1, 10 }, /* the shortest lease that there is */
                { GRANT, "", "0a000009", "51 54", 7200, 3600 },
                { GRANT, "54=0a000001 ", "0a000009", "51", 7200, 3600 },
        };

        for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
                const Answer a = answer(DHCP4_OFFER, ADDRESS, rows[i].answer);
                const bool names_itself = strstr(rows[i].answer, "54=") || rows[i].before;
                Dhcp4LeaseBasis basis = { .server_id.s_addr = inet_addr("10.0.0.9"),
                                          .lifetime_sec = rows[i].lifetime_sec };
                Dhcp4Lease before, lease;

                if (rows[i].before) {
                        before = lease_of(rows[i].before);
                        basis.before = &before;
                }
                g_assert_cmpint(complete(&a, &basis, &lease), ==, 0);
                assert_kept(&lease, rows[i].kept);
                g_assert_cmpuint(lease.server_id.s_addr, ==,
                                 inet_addr(names_itself ? "10.0.0.1" : "10.0.0.9"));
                g_assert_cmpuint(lease.lifetime_usec, ==, rows[i].expected_sec * USEC_PER_SEC);
        }
}

/* The first option of the earlier answer is kept like the others, although it mostly is the message type. */
static void test_first_option(void) {
        Dhcp4Lease old = lease_of("42=0a000003 " GRANT), new;
        uint8_t type[3];

        /* Changes "53 1 5, 42 4 ..." at the beginning to "42 4 ..., 53 1 5". */
        memcpy(type, old.ack + DHCP4_MESSAGE_FIXED_LEN, sizeof(type));
        memmove(old.ack + DHCP4_MESSAGE_FIXED_LEN, old.ack + DHCP4_MESSAGE_FIXED_LEN + sizeof(type), 6);
        memcpy(old.ack + DHCP4_MESSAGE_FIXED_LEN + 6, type, sizeof(type));
        new = renewed(&old, GRANT);
        assert_kept(&new, "42");
}

/* The answer that is kept contains the address that was asked about, so that a record gives it back. */
static void test_asked_address_is_stored(void) {
        const Dhcp4Lease old = lease_of(GRANT);
        const Dhcp4LeaseBasis basis = { .before = &old, .asked = old.address };
        const Answer a = answer(DHCP4_ACK, "0.0.0.0", GRANT);
        Dhcp4Lease lease, again;
        Dhcp4Message m;

        g_assert_cmpint(complete(&a, &basis, &lease), ==, 0);
        dhcp4_lease_message(&lease, &m);
        g_assert_cmpuint(m.header.yiaddr.s_addr, ==, inet_addr(ADDRESS));
        g_assert_cmpint(dhcp4_lease_restore(lease.ack, lease.ack_len, lease.ack + lease.ack_len,
                                            lease.kept_len, NULL, GRANTED, &again),
                        ==, 0);
        g_assert_cmpuint(again.address.s_addr, ==, inet_addr(ADDRESS));
}

/* Returns an answer of @len bytes that says nothing but its type. The rest is padding before END. */
static Answer padded(size_t len) {
        Answer a = answer(DHCP4_ACK, ADDRESS, "");
        uint8_t *end =
                memchr(a.data + DHCP4_MESSAGE_FIXED_LEN, DHCP4_OPTION_END, a.len - DHCP4_MESSAGE_FIXED_LEN);

        memset(end, DHCP4_OPTION_PAD, (size_t) (a.data + len - end));
        a.data[len - 1] = DHCP4_OPTION_END;
        a.len = len;
        return a;
}

/*
 * If there is not room for all, server and times come first, then the mask, then all routes together,
 * then DNS. The message never gets too long.
 */
static void test_room(void) {
        const Dhcp4Lease old = lease_of(GRANT MASK "224=0102 6=0a000002 3=0a000001 121=000a000001");
        const Dhcp4LeaseBasis basis = { .before = &old };
        /* 51, 54 and 1 take six bytes each, 121 seven, 3 and 6 six, 224 four. */
        static const struct {
                size_t room;
                const char *kept;
        } rows[] = {
                { 41, "1 3 6 51 54 121 224" },
                { 40, "1 3 6 51 54 121" },
                { 37, "1 3 6 51 54 121" },
                { 36, "1 3 51 54 121 224" },
                { 31, "1 3 51 54 121" },
                { 30, "1 6 51 54 224" },
                { 18, "1 51 54" },
                { 17, "51 54 224" },
                { 12, "51 54" },
        };

        for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
                const Answer a = padded(DHCP4_MESSAGE_MAX_LEN - rows[i].room);
                Dhcp4Lease lease;

                g_assert_cmpint(complete(&a, &basis, &lease), ==, 0);
                assert_kept(&lease, rows[i].kept);
                g_assert_cmpuint(lease.ack_len + lease.kept_len, <=, DHCP4_MESSAGE_MAX_LEN);
        }
}

/* An option longer than 255 bytes is kept in one piece (RFC 3396). */
static void test_long(void) {
        const Dhcp4Header header = { .op = DHCP4_OP_BOOTREPLY,
                                     .htype = 1,
                                     .yiaddr.s_addr = inet_addr(ADDRESS) };
        uint8_t value[600], before[DHCP4_MESSAGE_MAX_LEN];
        const uint8_t *data;
        Dhcp4Lease old, new;
        Dhcp4Builder b;
        Dhcp4Message m;
        size_t len;

        for (size_t i = 0; i < sizeof(value); i++)
                value[i] = (uint8_t) i;
        dhcp4_builder_init(&b, before, sizeof(before), &header, DHCP4_ACK);
        append_text(&b, GRANT "225=01");
        dhcp4_builder_append(&b, 224, value, sizeof(value));
        g_assert_cmpint(dhcp4_builder_finish(&b, &len), ==, 0);
        g_assert_cmpint(dhcp4_lease_from_ack(before, len, NULL, GRANTED, &old), ==, 0);
        new = renewed(&old, GRANT);
        assert_kept(&new, "224 225");
        /* Each option is listed once, whatever was in the memory of the list. */
        for (uint8_t code = 224; code <= 225; code++) {
                uint8_t codes[1 + DHCP4_LEASE_KEPT_MAX] = { code };

                g_assert_cmpuint(dhcp4_lease_kept(&new, codes + 1), ==, 2);
                g_assert_cmpuint(codes[1] + codes[2], ==, 224 + 225);
        }
        dhcp4_lease_message(&new, &m);
        g_assert_cmpint(dhcp4_message_get(&m, 224, &data, &len), ==, 0);
        g_assert_cmpmem(data, len, value, sizeof(value));
}

/*
 * A renewal that lacks only what belongs to one exchange changes no content. If such an option has
 * another value now, the content has changed.
 */
static void test_same_content(void) {
        const Dhcp4Lease rapid = lease_of(GRANT MASK "80= 81=000000 82=010161"),
                         plain = lease_of(GRANT MASK), other = lease_of(GRANT MASK "82=010162");

        g_assert_true(dhcp4_lease_same_content(&rapid, &plain));
        g_assert_true(dhcp4_lease_same_content(&plain, &rapid));
        g_assert_true(dhcp4_lease_same_content(&plain, &other));
        g_assert_false(dhcp4_lease_same_content(&rapid, &other));
        g_assert_false(dhcp4_lease_same_content(&other, &rapid));
}

static int restore(const Dhcp4Lease *lease, const char *kept, Dhcp4Lease *ret) {
        uint8_t bytes[DHCP4_MESSAGE_MAX_LEN];
        Dhcp4Builder b = { .data = bytes, .size = sizeof(bytes) };

        /* What lies behind is nobody's to look at. */
        memset(bytes, DHCP4_OPTION_MESSAGE_TYPE, sizeof(bytes));
        append_text(&b, kept);
        return dhcp4_lease_restore(lease->ack, lease->ack_len, bytes, b.pos, NULL, GRANTED, ret);
}

/* A record gives back only options that could have been kept. */
static void test_restore(void) {
        static const char *const wrong[] = {
                "3=0a000009",  /* the answer has this option */
                "54=0a000002", /* likewise */
                "6=0a00",      /* malformed */
                "53=05",
                "61=0102",
                "6=0a000002 61=0102",
                "82=010161",
                "6=0a000001 15=61 6=0a000002" /* twice */
        };
        const Dhcp4Lease first = lease_of(GRANT "3=0a000001");
        const uint8_t cut[] = { 6, 4, 10, 0 }, pad[] = { 0 }, end[] = { 255 }, long_one[27] = { 224, 25 };
        Dhcp4Lease lease;
        Answer a;

        g_assert_cmpint(restore(&first, "", &lease), ==, 0);
        g_assert_cmpint(restore(&first, MASK "6=0a000002", &lease), ==, 0);
        assert_kept(&lease, "1 6");
        g_assert_cmpuint(lease.prefix_len, ==, 24);
        for (size_t i = 0; i < ARRAY_SIZE(wrong); i++)
                g_assert_cmpint(restore(&first, wrong[i], &lease), ==, DHCP4_LEASE_E_NOT_DHCP);
        g_assert_cmpint(
                dhcp4_lease_restore(first.ack, first.ack_len, cut, sizeof(cut), NULL, GRANTED, &lease), ==,
                DHCP4_LEASE_E_NOT_DHCP);
        g_assert_cmpint(
                dhcp4_lease_restore(first.ack, first.ack_len, pad, sizeof(pad), NULL, GRANTED, &lease), ==,
                DHCP4_LEASE_E_NOT_DHCP);
        g_assert_cmpint(
                dhcp4_lease_restore(first.ack, first.ack_len, end, sizeof(end), NULL, GRANTED, &lease), ==,
                DHCP4_LEASE_E_NOT_DHCP);
        /* more than the room behind the answer */
        g_assert_cmpint(dhcp4_lease_restore(first.ack, first.ack_len, long_one, sizeof(long_one), NULL,
                                            GRANTED, &lease),
                        ==, 0);
        memcpy(a.data, first.ack, first.ack_len);
        memset(a.data + first.ack_len, 0, sizeof(a.data) - first.ack_len);
        g_assert_cmpint(dhcp4_lease_restore(a.data, sizeof(a.data) - sizeof(long_one), long_one,
                                            sizeof(long_one), NULL, GRANTED, &lease),
                        ==, 0);
        g_assert_cmpint(dhcp4_lease_restore(a.data, sizeof(a.data) - sizeof(long_one) + 1, long_one,
                                            sizeof(long_one), NULL, GRANTED, &lease),
                        ==, DHCP4_LEASE_E_NOT_DHCP);
        /* a BOOTP reply keeps nothing */
        a = answer(DHCP4_BOOTP, ADDRESS, MASK);
        g_assert_cmpint(dhcp4_lease_restore(a.data, a.len, NULL, 0, NULL, GRANTED, &lease), ==, 0);
        g_assert_cmpint(lease.origin, ==, DHCP4_LEASE_BOOTP);
        g_assert_cmpint(dhcp4_lease_from_ack(a.data, a.len, NULL, GRANTED, &lease), ==, 0);
        g_assert_cmpint(restore(&lease, "6=0a000002", &lease), ==, DHCP4_LEASE_E_NOT_DHCP);
}

int main(int argc, char *argv[]) {
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/dhcp4-lease-kept/which", test_which);
        g_test_add_func("/dhcp4-lease-kept/counts", test_counts);
        g_test_add_func("/dhcp4-lease-kept/malformed", test_malformed);
        g_test_add_func("/dhcp4-lease-kept/times", test_times);
        g_test_add_func("/dhcp4-lease-kept/nothing", test_nothing);
        g_test_add_func("/dhcp4-lease-kept/assumed", test_assumed);
        g_test_add_func("/dhcp4-lease-kept/first-option", test_first_option);
        g_test_add_func("/dhcp4-lease-kept/asked-address-is-stored", test_asked_address_is_stored);
        g_test_add_func("/dhcp4-lease-kept/room", test_room);
        g_test_add_func("/dhcp4-lease-kept/long", test_long);
        g_test_add_func("/dhcp4-lease-kept/same-content", test_same_content);
        g_test_add_func("/dhcp4-lease-kept/restore", test_restore);
        return g_test_run();
}
