/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What people are told about an OFFER (core/dhcp4-client-offer.c) is what the client does when it hears
 * the OFFER. So every row here is also sent to a client that waits for OFFERs.
 */
#include "tests/unit/client-fixture.h"

/* Takes option @code out of the message. */
static void drop_option(uint8_t *data, uint8_t code) {
        size_t at = DHCP4_MESSAGE_FIXED_LEN;

        while (data[at] != code) {
                g_assert_cmpuint(data[at], !=, DHCP4_OPTION_END);
                at += 2u + data[at + 1];
        }
        memset(data + at, DHCP4_OPTION_PAD, 2u + data[at + 1]);
}

/* The source of the packet that check() sends. */
static struct in_addr from;

/* @expected: a part of the reason; NULL: the offer is taken. @dropped: an option that is left out, or 0. */
static void check(const Dhcp4ClientConfig *config, const char *server, const char *address, uint8_t dropped,
                  const char *expected) {
        /* As in bench_message(). */
        static const HwAddress source = { .len = 6, .bytes = { 2, 9, 9, 9, 9, 9 } };
        uint8_t data[DHCP4_MESSAGE_MAX_LEN];
        Bench b = bench_selecting(config);
        const char *refusal;
        size_t len;

        b.source = from;
        b.server = server;
        b.offer = address;
        len = bench_build(&b, DHCP4_OFFER, data);
        if (dropped)
                drop_option(data, dropped);
        refusal = dhcp4_client_refuses_offer(config, data, len, &source, b.source);
        if (expected) {
                g_assert_nonnull(refusal);
                g_assert_nonnull(strstr(refusal, expected));
        } else
                g_assert_null(refusal);
        bench_message(&b, data, len);
        /* An OFFER without a server identifier waits for a better one. */
        if (!refusal && dropped == DHCP4_OPTION_SERVER_ID) {
                assert_state(&b, DHCP4_STATE_SELECTING);
                bench_silence(&b, b.now + USEC_PER_SEC);
        }
        assert_state(&b, refusal ? DHCP4_STATE_SELECTING : DHCP4_STATE_REQUESTING);
}

static void test_content(void) {
        static const char *const addresses[] = { "0.0.0.0",   "0.1.2.3",         "127.0.0.1",
                                                 "224.0.0.1", "255.255.255.255", "10.0.0.255" };
        const Dhcp4ClientConfig config = bench_config();
        Dhcp4ClientConfig lasting = config;

        check(&config, SERVER, OFFER, 0, NULL);
        check(&config, SERVER, OFFER, DHCP4_OPTION_SUBNET_MASK, NULL);
        check(&config, SERVER, OFFER, DHCP4_OPTION_SERVER_ID, "option 54");
        check(&config, "0.0.0.0", OFFER, 0, "option 54");
        check(&config, "255.255.255.255", OFFER, 0, "option 54");
        check(&config, SERVER, OFFER, DHCP4_OPTION_LEASE_TIME, "DefaultLeaseTimeSec=0");
        lasting.default_lifetime_sec = 3600;
        check(&lasting, SERVER, OFFER, DHCP4_OPTION_LEASE_TIME, NULL);
        for (size_t i = 0; i < G_N_ELEMENTS(addresses) - 1; i++) {
                from = ip(addresses[i]);
                check(&config, SERVER, OFFER, DHCP4_OPTION_SERVER_ID, "option 54");
        }
        from = ip(SERVER);
        check(&config, SERVER, OFFER, DHCP4_OPTION_SERVER_ID, NULL);
        from = (struct in_addr){};
        for (size_t i = 0; i < G_N_ELEMENTS(addresses); i++)
                check(&config, SERVER, addresses[i], 0, "no address");
}

static void test_lists(void) {
        const Dhcp4ServerRule rules[] = {
                { .address = ip(SERVER), .prefix_len = 32 },
                { .hw = { .len = 6, .bytes = { 2, 9, 9, 9, 9, 9 } } },
                { .address = ip(OTHER), .prefix_len = 32 },
                { .hw = { .len = 6, .bytes = { 2, 9, 9, 9, 9, 8 } } },
        };

        for (size_t i = 0; i < G_N_ELEMENTS(rules); i++) {
                const bool matches = i < 2;
                Dhcp4ClientConfig config = bench_config();

                config.deny = &rules[i];
                config.n_deny = 1;
                check(&config, SERVER, OFFER, 0, matches ? "DenyServer=" : NULL);
                config.allow = &rules[0];
                config.n_allow = 1;
                check(&config, SERVER, OFFER, 0, matches ? "DenyServer=" : NULL);
                config = bench_config();
                config.allow = &rules[i];
                config.n_allow = 1;
                check(&config, SERVER, OFFER, 0, matches ? NULL : "AllowServer=");
        }
}

/*
 * A reply without option 53 is used if the configuration says so, and not before the first
 * retransmission.
 */
static void test_bootp(void) {
        for (unsigned bootp = 0; bootp < 2; bootp++) {
                uint8_t data[DHCP4_MESSAGE_MAX_LEN];
                Dhcp4ClientConfig config = bench_config();
                Bench b;

                config.bootp = bootp;
                b = bench_selecting(&config);
                bench_dispatch(&b, USEC_INFINITY);
                memset(data, 0, sizeof(data));
                (void) bench_build(&b, DHCP4_OFFER, data);
                memset(data + DHCP4_MESSAGE_FIXED_LEN, 0, 60);
                data[DHCP4_MESSAGE_FIXED_LEN] = DHCP4_OPTION_END;
                if (bootp)
                        g_assert_null(
                                dhcp4_client_refuses_offer(&config, data, 300, NULL, (struct in_addr){}));
                else
                        g_assert_nonnull(strstr(
                                dhcp4_client_refuses_offer(&config, data, 300, NULL, (struct in_addr){}),
                                "BOOTP=no"));
                bench_message(&b, data, 300);
                assert_state(&b, bootp ? DHCP4_STATE_BOUND : DHCP4_STATE_SELECTING);
        }
}

/* Messages that are no offer: other types, and half of an OFFER. */
static void test_no_offer(void) {
        const Dhcp4ClientConfig config = bench_config();
        uint8_t data[DHCP4_MESSAGE_MAX_LEN];
        Bench b = bench_selecting(&config);
        size_t len;

        len = bench_build(&b, DHCP4_ACK, data);
        g_assert_nonnull(strstr(dhcp4_client_refuses_offer(&config, data, len, NULL, (struct in_addr){}),
                                "no DHCPOFFER"));
        len = bench_build(&b, DHCP4_OFFER, data);
        for (size_t i = 0; i < DHCP4_MESSAGE_FIXED_LEN; i++)
                g_assert_nonnull(
                        strstr(dhcp4_client_refuses_offer(&config, data, i, NULL, (struct in_addr){}),
                               "no DHCPOFFER"));
        data[0] = DHCP4_OP_BOOTREQUEST;
        g_assert_nonnull(strstr(dhcp4_client_refuses_offer(&config, data, len, NULL, (struct in_addr){}),
                                "no DHCPOFFER"));
}

/* RFC 8925: an OFFER that says the network needs no IPv4 leads to a pause, not to a lease. */
static void test_ipv6_only(void) {
        for (unsigned asks = 0; asks < 2; asks++) {
                uint8_t data[DHCP4_MESSAGE_MAX_LEN];
                Dhcp4ClientConfig config = bench_config();
                Dhcp4Builder builder;
                Dhcp4Header header;
                const char *refusal;
                size_t len;
                Bench b;

                config.ipv6_only = asks;
                b = bench_selecting(&config);
                header = b.last.header;
                header.op = DHCP4_OP_BOOTREPLY;
                header.yiaddr = ip(OFFER);
                dhcp4_builder_init(&builder, data, sizeof(data), &header, DHCP4_OFFER);
                dhcp4_builder_append_addr(&builder, DHCP4_OPTION_SERVER_ID, ip(SERVER));
                dhcp4_builder_append_u32(&builder, DHCP4_OPTION_LEASE_TIME, 3600);
                dhcp4_builder_append_u32(&builder, DHCP4_OPTION_IPV6_ONLY, 600);
                g_assert_cmpint(dhcp4_builder_finish(&builder, &len), ==, 0);
                refusal = dhcp4_client_refuses_offer(&config, data, len, NULL, (struct in_addr){});
                g_assert_true(asks ? refusal && strstr(refusal, "option 108") : !refusal);
                bench_message(&b, data, len);
                assert_state(&b, asks ? DHCP4_STATE_INIT : DHCP4_STATE_REQUESTING);
        }
}

int main(int argc, char **argv) {
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/dhcp4-client-offer/content", test_content);
        g_test_add_func("/dhcp4-client-offer/lists", test_lists);
        g_test_add_func("/dhcp4-client-offer/bootp", test_bootp);
        g_test_add_func("/dhcp4-client-offer/no-offer", test_no_offer);
        g_test_add_func("/dhcp4-client-offer/ipv6-only", test_ipv6_only);
        return g_test_run();
}
