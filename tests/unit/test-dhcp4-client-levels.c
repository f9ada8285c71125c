/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the client's state means for the outside (core/dhcp4-client-levels.c), where no other test of the
 * client shows it.
 */
#include "tests/unit/client-fixture.h"

static bool is_granted(const Bench *b) {
        struct in_addr address = {};

        if (!dhcp4_client_granted(&b->client, &address))
                return false;
        g_assert_cmpuint(address.s_addr, ==, inet_addr(b->offer));
        return true;
}

/* An address is granted from the ACK to the end of the lease, whether it is in use yet or not. */
static void test_granted(void) {
        Dhcp4ClientConfig config = bench_config();
        Dhcp4Lease lease;
        Bench b;

        config.conflict = DHCP4_CONFLICT_STRICT;
        bench_init(&b, &config);
        g_assert_false(is_granted(&b));
        bench_start(&b, NULL, false);
        g_assert_false(is_granted(&b));
        bench_carrier(&b, true);
        g_assert_false(is_granted(&b));
        bench_answer(&b, DHCP4_OFFER);
        assert_state(&b, DHCP4_STATE_REQUESTING);
        g_assert_false(is_granted(&b));
        bench_answer(&b, DHCP4_ACK);
        assert_state(&b, DHCP4_STATE_PROBING);
        g_assert_true(is_granted(&b));
        bench_simple(&b, DHCP4_EVENT_PROBE_OK);
        while (dhcp4_client_lease(&b.client)) {
                g_assert_true(is_granted(&b));
                lease = *dhcp4_client_lease(&b.client);
                bench_dispatch(&b, USEC_INFINITY);
        }
        g_assert_false(is_granted(&b));

        /* A remembered lease is granted again when a server confirms it. */
        config.conflict = DHCP4_CONFLICT_NO;
        bench_init(&b, &config);
        b.now = lease.granted_at;
        bench_start(&b, &lease, false);
        assert_state(&b, DHCP4_STATE_INIT_REBOOT);
        g_assert_false(is_granted(&b));
        bench_carrier(&b, true);
        assert_state(&b, DHCP4_STATE_REBOOTING);
        g_assert_false(is_granted(&b));
        bench_answer(&b, DHCP4_ACK);
        g_assert_true(is_granted(&b));
}

/* A configured address is granted by no server, whether it is probed or not. */
static void test_configured_is_not_granted(void) {
        Dhcp4ClientConfig config = bench_config();

        config.inform = ip("10.0.0.9");
        config.inform_prefix_len = 24;
        for (unsigned strict = 0; strict < 2; strict++) {
                Bench b;

                config.conflict = strict ? DHCP4_CONFLICT_STRICT : DHCP4_CONFLICT_NO;
                bench_init(&b, &config);
                bench_start(&b, NULL, false);
                bench_carrier(&b, true);
                assert_state(&b, strict ? DHCP4_STATE_PROBING : DHCP4_STATE_INFORMING);
                g_assert_false(is_granted(&b));
                if (strict)
                        bench_simple(&b, DHCP4_EVENT_PROBE_OK);
                g_assert_true(bench_has_address(&b));
                g_assert_false(is_granted(&b));
        }
}

/*
 * What is cached is the lease in force, or the lease to ask for again. It is never a lease that was given
 * back, declined or not used yet.
 */
static void test_cached(void) {
        Dhcp4ClientConfig config = bench_config();
        Bench b;

        config.conflict = DHCP4_CONFLICT_STRICT;
        bench_init(&b, &config);
        b.t1_sec = 60;
        bench_start(&b, NULL, false);
        bench_carrier(&b, true);
        bench_answer(&b, DHCP4_OFFER);
        bench_answer(&b, DHCP4_ACK);
        g_assert_null(dhcp4_client_cached(&b.client));
        bench_simple(&b, DHCP4_EVENT_PROBE_OK);
        g_assert_nonnull(dhcp4_client_cached(&b.client));

        /* A renewal gives another address, which is not known to be free. */
        bench_dispatch(&b, USEC_INFINITY);
        assert_state(&b, DHCP4_STATE_RENEWING);
        b.offer = "10.0.0.60";
        bench_answer(&b, DHCP4_ACK);
        assert_state(&b, DHCP4_STATE_PROBING);
        g_assert_null(dhcp4_client_lease(&b.client));
        g_assert_null(dhcp4_client_cached(&b.client));

        /* Another host has the address, so the client does not ask for it again. */
        bench_simple(&b, DHCP4_EVENT_PROBE_OK);
        bench_simple(&b, DHCP4_EVENT_PROBE_CONFLICT);
        g_assert_cmpint(b.last.type, ==, DHCP4_DECLINE);
        g_assert_null(dhcp4_client_cached(&b.client));
        bench_dispatch(&b, USEC_INFINITY);
        assert_state(&b, DHCP4_STATE_SELECTING);
        g_assert_false(dhcp4_message_has(&b.last, DHCP4_OPTION_REQUESTED_IP));
}

/* An OFFER that waits for a better one takes the place of the lease that was remembered. */
static void test_waiting_offer_is_not_cached(void) {
        const Dhcp4ClientConfig config = bench_config();
        Dhcp4Lease lease;
        Bench b;

        bench_init(&b, &config);
        bench_bind(&b);
        lease = *dhcp4_client_lease(&b.client);
        bench_init(&b, &config);
        bench_start(&b, &lease, false);
        bench_carrier(&b, true);
        while (bench_state(&b) != DHCP4_STATE_SELECTING)
                bench_dispatch(&b, USEC_INFINITY);
        g_assert_nonnull(dhcp4_client_cached(&b.client));
        b.anonymous = true;
        b.source = ip(OTHER);
        b.offer = "10.0.0.60";
        bench_answer(&b, DHCP4_OFFER);
        assert_state(&b, DHCP4_STATE_SELECTING);
        g_assert_null(dhcp4_client_cached(&b.client));
}

/*
 * An address that was free before the carrier went is not known to be when a router brings its lease back.
 */
static void test_free_after_carrier(void) {
        const HwAddress router = { .len = 6, .bytes = { 2, 0xdd, 0, 0, 0, 1 } };
        Dhcp4Gateway gateway = { .address = ip("10.0.0.254") };
        Dhcp4ClientConfig config = bench_config();
        Bench b;

        memcpy(gateway.mac, router.bytes, sizeof(gateway.mac));
        config.conflict = DHCP4_CONFLICT_OPTIMISTIC;
        bench_init(&b, &config);
        b.router = "10.0.0.254";
        bench_bind(&b);
        bench_simple(&b, DHCP4_EVENT_PROBE_OK);
        g_assert_true(dhcp4_client_knows_free(&b.client));
        bench_event(&b, &(const Dhcp4Event){ .type = DHCP4_EVENT_GATEWAY, .gateway = gateway });
        bench_carrier(&b, false);
        (void) bench_silence(&b, b.now + 60 * USEC_PER_SEC);
        g_assert_null(dhcp4_client_lease(&b.client));
        bench_carrier(&b, true);
        assert_state(&b, DHCP4_STATE_REBOOTING);
        bench_event(&b, &(const Dhcp4Event){ .type = DHCP4_EVENT_GATEWAY, .gateway = gateway });
        g_assert_nonnull(dhcp4_client_lease(&b.client));
        g_assert_false(dhcp4_client_knows_free(&b.client));
}

/* What is known of one offered address does not hold for the next. */
static void test_free_by_offer(void) {
        Dhcp4ClientConfig config = bench_config();
        Bench b;

        config.conflict = DHCP4_CONFLICT_STRICT;
        b = bench_selecting(&config);
        bench_answer(&b, DHCP4_OFFER);
        bench_simple(&b, DHCP4_EVENT_PROBE_OK);
        while (bench_state(&b) == DHCP4_STATE_REQUESTING)
                bench_dispatch(&b, USEC_INFINITY);
        b.server = OTHER;
        b.offer = "10.0.0.60";
        bench_answer(&b, DHCP4_OFFER);
        assert_state(&b, DHCP4_STATE_REQUESTING);
        g_assert_false(dhcp4_client_knows_free(&b.client));
        bench_answer(&b, DHCP4_ACK);
        assert_state(&b, DHCP4_STATE_PROBING);
}

/*
 * Which client servers take for the same one although its hardware address is another, and which client
 * may go on with the lease.
 */
static void test_same_client(void) {
        Dhcp4ClientConfig old = bench_config(), config;

        config = old;
        config.chaddr[5]++;
        g_assert_true(dhcp4_client_config_same_client(&old, &config));
        config.client_id[6]++;
        g_assert_false(dhcp4_client_config_same_client(&old, &config));
        config = old;
        config.client_id_len--;
        g_assert_false(dhcp4_client_config_same_client(&old, &config));
        config.client_id_len = 0;
        g_assert_false(dhcp4_client_config_same_client(&old, &config));
        /* Without an identifier servers know the client by its hardware address. */
        g_assert_false(dhcp4_client_config_same_client(&config, &config));
        config = old;
        config.anonymize = true;
        g_assert_false(dhcp4_client_config_same_client(&old, &config));
        config = old;
        config.inform = ip("10.0.0.9");
        g_assert_false(dhcp4_client_config_same_client(&old, &config));
        old.inform = config.inform;
        g_assert_true(dhcp4_client_config_same_client(&old, &config));
        config.inform_prefix_len = 16;
        g_assert_false(dhcp4_client_config_same_client(&old, &config));
        /* The prefix length belongs to the address, and means nothing without one. */
        old.inform = config.inform = ip("0.0.0.0");
        g_assert_true(dhcp4_client_config_same_client(&old, &config));
}

/*
 * The RELEASE of a former identity counts as sent by this client, although the client no longer has that
 * lease.
 */
static void test_release_former_is_counted(void) {
        const Dhcp4ClientConfig config = bench_config();
        Dhcp4Lease lease;
        Dhcp4Frame frame;
        Bench b;

        bench_init(&b, &config);
        bench_bind(&b);
        lease = *dhcp4_client_lease(&b.client);
        dhcp4_client_release_former(&b.client, &config, &lease, &frame);
        g_assert_cmpint(frame.type, ==, DHCP4_RELEASE);
        g_assert_cmpuint(dhcp4_client_counters(&b.client)->sent[DHCP4_RELEASE], ==, 1);
}

int main(int argc, char *argv[]) {
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/dhcp4-client-levels/granted", test_granted);
        g_test_add_func("/dhcp4-client-levels/configured-is-not-granted", test_configured_is_not_granted);
        g_test_add_func("/dhcp4-client-levels/cached", test_cached);
        g_test_add_func("/dhcp4-client-levels/waiting-offer-is-not-cached",
                        test_waiting_offer_is_not_cached);
        g_test_add_func("/dhcp4-client-levels/free-after-carrier", test_free_after_carrier);
        g_test_add_func("/dhcp4-client-levels/free-by-offer", test_free_by_offer);
        g_test_add_func("/dhcp4-client-levels/same-client", test_same_client);
        g_test_add_func("/dhcp4-client-levels/release-former-is-counted", test_release_former_is_counted);
        return g_test_run();
}
