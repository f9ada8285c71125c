/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * store/lease-record: the text form of a record, both directions, and the two clocks.
 */
#include <errno.h>
#include <stdio.h>

#include "base/prng.h"
#include "tests/unit/lease-fixture.h"
#include "tests/unit/stride.h"

static const Clocks saved_at = { .boottime = 1000 * SEC, .realtime = 1700000000 * SEC };

/* Returns both clocks as they are @later after the saving. */
static Clocks after(usec_t later) {
        return (Clocks){ .boottime = saved_at.boottime + later, .realtime = saved_at.realtime + later };
}

static void format(const LeaseRecord *record, Clocks now, char ret[LEASE_RECORD_TEXT_MAX]) {
        g_assert_cmpint(lease_record_format(record, now, BOOT_ID, ret, LEASE_RECORD_TEXT_MAX), ==, 0);
}

/* Writes the record as an older daemon did, without a checksum: only what the record says counts then. */
static void format_plain(const LeaseRecord *record, Clocks now, char ret[LEASE_RECORD_TEXT_MAX]) {
        format(record, now, ret);
        g_assert_true(g_str_has_prefix(ret, "version=3\n"));
        ret[strlen("version=")] = '1';
        *strstr(ret, "checksum=") = '\0';
}

static int parse(const char *text, Clocks now, const char *boot_id, LeaseRecord *ret) {
        return lease_record_parse(text, strlen(text), now, boot_id, ret);
}

/* Writes @record as format_plain() does, and reads it in the same boot at the same time. */
static void write_and_read(const LeaseRecord *record, char text[LEASE_RECORD_TEXT_MAX], LeaseRecord *ret) {
        format_plain(record, saved_at, text);
        g_assert_cmpint(parse(text, after(0), BOOT_ID, ret), ==, 0);
}

static void assert_same_link(const LeaseRecord *a, const LeaseRecord *b) {
        g_assert_cmpint(a->ifindex, ==, b->ifindex);
        g_assert_cmpstr(a->ifname, ==, b->ifname);
        g_assert_true(hw_address_equal(&a->hw_address, &b->hw_address));
        g_assert_true(hw_address_equal(&a->identity, &b->identity));
        g_assert_cmpuint(a->carrier_changes, ==, b->carrier_changes);
        g_assert_cmpint(a->applied, ==, b->applied);
        g_assert_cmpint(a->brought_up, ==, b->brought_up);
        g_assert_cmpuint(a->mtu_before, ==, b->mtu_before);
        g_assert_cmpuint(a->mtu_set, ==, b->mtu_set);
        g_assert_cmpint(a->have_lease, ==, b->have_lease);
}

static void test_round_trip(void) {
        const Dhcp4Lease lease = make_lease("10.0.0.7", 3600, 990 * SEC);
        const LeaseRecord record = make_record(&lease);
        char text[LEASE_RECORD_TEXT_MAX];
        LeaseRecord back;

        format(&record, saved_at, text);
        g_assert_true(g_str_has_prefix(text, "version=3\n"));
        g_assert_cmpint(parse(text, after(0), BOOT_ID, &back), ==, 0);
        assert_same_link(&back, &record);
        assert_same_lease(&back.lease, &lease);
        /* After a suspend of a minute CLOCK_BOOTTIME is right. A calendar that went back does not count. */
        g_assert_cmpint(parse(text, (Clocks){ saved_at.boottime + 60 * SEC, 5 }, BOOT_ID, &back), ==, 0);
        assert_same_lease(&back.lease, &lease);
}

/* What was kept beside the answer is read with it again. In a damaged record it may be anything. */
static void test_kept(void) {
        static const char *const wrong[] = {
                "kept=0604\n",         /* cut off */
                "kept=06\n",           /* likewise */
                "kept=03040a000009\n", /* the answer has it */
                "kept=06030a0000\n",   /* malformed */
                "kept=350105\n",       /* never kept */
                "kept=00\n",           /* padding */
                "kept=0\n",
        };
        const Dhcp4Lease before = make_lease("10.0.0.7", 3600, 990 * SEC);
        const uint8_t dns[] = { 6, 4, 10, 0, 0, 2 };
        char text[LEASE_RECORD_TEXT_MAX];
        Dhcp4Lease lease;
        LeaseRecord record, back;

        g_assert_cmpint(dhcp4_lease_restore(before.ack, before.ack_len, dns, sizeof(dns), &before.server_hw,
                                            before.granted_at, &lease),
                        ==, 0);
        record = make_record(&lease);
        format_plain(&record, saved_at, text);
        g_assert_nonnull(strstr(text, "\nkept=06040a000002\n"));
        g_assert_cmpint(parse(text, after(0), BOOT_ID, &back), ==, 0);
        assert_same_lease(&back.lease, &lease);
        g_assert_true(dhcp4_lease_same_content(&back.lease, &lease));

        /* Records of older daemons are without it. */
        *strstr(text, "kept=") = '\0';
        g_assert_cmpint(parse(text, after(0), BOOT_ID, &back), ==, 0);
        assert_same_lease(&back.lease, &before);
        for (size_t i = 0; i < G_N_ELEMENTS(wrong); i++) {
                g_autofree char *bad = g_strconcat(text, wrong[i], NULL);

                g_assert_cmpint(parse(bad, after(0), BOOT_ID, &back), ==, -EBADMSG);
        }
}

/* What a lease knows besides the answer. */
static void test_beside_the_answer(void) {
        Dhcp4Lease lease = make_lease("10.0.0.7", 3600, 990 * SEC);
        char text[LEASE_RECORD_TEXT_MAX], *at;
        LeaseRecord record, back;

        lease.broadcast = 3;
        lease.nonce = (Dhcp4Nonce){ .valid = true, .bytes = { 1, 2, 3 }, .replay = UINT64_MAX };
        g_assert_cmpuint(lease.gateways[0].address.s_addr, ==, htonl(0x0a000001));
        memcpy(lease.gateways[0].mac, (uint8_t[]){ 2, 0, 0, 0, 0, 9 }, 6);
        record = make_record(&lease);
        write_and_read(&record, text, &back);
        g_assert_cmpmem(&back.lease.gateways, sizeof(lease.gateways), &lease.gateways,
                        sizeof(lease.gateways));
        /* The gateway is one that the answer does not name, or half of one. */
        at = strstr(text, "gateways=0a000001");
        g_assert_nonnull(at);
        at[strlen("gateways=0a00000")] = '2';
        g_assert_cmpint(parse(text, after(0), BOOT_ID, &back), ==, -EBADMSG);
        memmove(at, strchr(at, '\n') + 1, strlen(strchr(at, '\n')));
        g_assert_cmpint(parse(text, after(0), BOOT_ID, &back), ==, 0);
        g_assert_false(dhcp4_gateway_is_known(&back.lease.gateways[0]));
        strcat(text, "gateways=0a00000102000000\n");
        g_assert_cmpint(parse(text, after(0), BOOT_ID, &back), ==, -EBADMSG);
        write_and_read(&record, text, &back);
        g_assert_cmpuint(back.lease.broadcast, ==, 3);
        g_assert_true(back.lease.nonce.valid);
        g_assert_cmpmem(back.lease.nonce.bytes, DHCP4_NONCE_LEN, lease.nonce.bytes, DHCP4_NONCE_LEN);
        g_assert_cmpuint(back.lease.nonce.replay, ==, UINT64_MAX);
}

/* What no server granted: enough of it to know the address again, for as long as this boot lasts. */
static void test_made(void) {
        static const Dhcp4LeaseOrigin origins[] = { DHCP4_LEASE_INFORM, DHCP4_LEASE_STATIC,
                                                    DHCP4_LEASE_LINK_LOCAL };
        char text[LEASE_RECORD_TEXT_MAX];
        LeaseRecord record, back;
        Dhcp4Source source;

        for (size_t i = 0; i < G_N_ELEMENTS(origins); i++) {
                g_autofree char *lines = NULL;

                source = dhcp4_source_own(origins[i], (struct in_addr){ 0x0708fea9 }, 16,
                                          (struct in_addr){ 0x0108fea9 }, 990 * SEC);
                record = make_record(NULL);
                record.applied = true;
                lease_record_set_source(&record, &source);
                format_plain(&record, saved_at, text);
                lines = g_strdup_printf(
                        "\ngranted-at=990000000\norigin=%d\naddress=a9fe0807\nprefix-len=16\n",
                        (int) origins[i]);
                g_assert_true(g_str_has_suffix(text, lines));
                g_assert_cmpint(parse(text, after(0), BOOT_ID, &back), ==, 0);
                g_assert_false(back.have_lease);
                g_assert_true(back.have_own);
                g_assert_true(back.applied);
                g_assert_cmpint(back.own.origin, ==, origins[i]);
                g_assert_cmpuint(back.own.address.s_addr, ==, 0x0708fea9);
                g_assert_cmpuint(back.own.prefix_len, ==, 16);
                g_assert_cmpuint(back.own.granted_at, ==, 990 * SEC);
                g_assert_cmpint(parse(text, after(0), NULL, &back), ==, 0);
                g_assert_false(back.have_own);
        }
}

/* The MTU of the interface, with a lease and without. */
static void test_mtu(void) {
        const Dhcp4Lease lease = make_lease("10.0.0.7", 3600, 990 * SEC);
        static const char *const wrong[] = {
                "mtu-before=1500\n",
                "mtu-before=x\nmtu-set=1400\n",
                "mtu-before=1500\nmtu-set=0\n",
                "mtu-before=4294967296\nmtu-set=1400\n",
                "mtu-before=1500\nmtu-set=1400\nmtu-set=1400\n",
        };
        char text[LEASE_RECORD_TEXT_MAX];
        LeaseRecord record, back;

        for (unsigned i = 0; i < 2; i++) {
                record = make_record(i == 0 ? &lease : NULL);
                record.mtu_before = 1500;
                record.mtu_set = 1400;
                write_and_read(&record, text, &back);
                assert_same_link(&back, &record);
                record.mtu_before = 0; /* left to others */
                write_and_read(&record, text, &back);
                assert_same_link(&back, &record);
        }
        for (size_t i = 0; i < G_N_ELEMENTS(wrong); i++) {
                record = make_record(&lease);
                format_plain(&record, saved_at, text);
                g_assert_null(strstr(text, "mtu"));
                strcat(text, wrong[i]);
                g_assert_cmpint(parse(text, after(0), BOOT_ID, &back), ==, -EBADMSG);
        }
}

/* What the daemon put on the link, as much of it as possible, with a lease and without. */
static void test_owned(void) {
        static const char *const wrong[] = {
                "owned-addresses=\nowned-routes=\n",
                "owned-rules=\n",
                "owned-addresses=\nowned-routes=\nowned-rules=\nowned-rules=\n",
                "owned-addresses=0a00000721\nowned-routes=\nowned-rules=\n",
                "owned-addresses=0a000007\nowned-routes=\nowned-rules=\n",
                "owned-addresses=\nowned-routes="
                "0a000000210000000000000000000000000000000000000000\nowned-rules=\n",
                "owned-addresses=\nowned-routes="
                "0a0000001800000000000000000000000000000000000000\nowned-rules=\n",
                "owned-addresses=\nowned-routes=\nowned-rules=0a00000700000000\n",
                "owned-addresses=\nowned-routes=\nowned-rules=0a000007000001f40a00000700\n",
                "owned-addresses=x\nowned-routes=\nowned-rules=\n",
        };
        g_autofree char *text = g_malloc(LEASE_RECORD_TEXT_MAX);
        Dhcp4Lease lease = make_lease("10.0.0.7", 3600, 990 * SEC);
        LeaseRecord record, back;

        for (unsigned i = 0; i < 2; i++) {
                record = make_record(i == 0 ? &lease : NULL);
                record.owned_known = true;
                for (unsigned k = 0; k < NET_ADDRESSES_MAX; k++)
                        record.owned.addresses[k] = (NetAddress){ .family = AF_INET,
                                                                  .address.v4.s_addr = htonl(0x0a000007 + k),
                                                                  .prefix_len = (uint8_t) (k + 17) };
                for (unsigned k = 0; k < NET_ROUTES_MAX; k++)
                        record.owned.routes[k] = (NetRoute){ .family = AF_INET,
                                                             .dst.v4.s_addr = htonl(k << 8),
                                                             .prefix_len = 24,
                                                             .gateway.v4.s_addr = htonl(k),
                                                             .prefsrc.v4.s_addr = htonl(0x0a000007),
                                                             .metric = k * 7919,
                                                             .table = UINT32_MAX - k,
                                                             .mtu = k };
                for (unsigned k = 0; k < NET_RULES_MAX; k++)
                        record.owned.rules[k] = (NetRule){ .family = AF_INET,
                                                           .from.v4.s_addr = htonl(k),
                                                           .table = 70000 + k };
                record.owned.n_addresses = NET_ADDRESSES_MAX;
                record.owned.n_routes = NET_ROUTES_MAX;
                record.owned.n_rules = NET_RULES_MAX;
                write_and_read(&record, text, &back);
                assert_same_link(&back, &record);
                g_assert_true(back.owned_known);
                g_assert_cmpuint(back.owned.n_addresses, ==, NET_ADDRESSES_MAX);
                g_assert_cmpuint(back.owned.n_routes, ==, NET_ROUTES_MAX);
                g_assert_cmpuint(back.owned.n_rules, ==, NET_RULES_MAX);
                for (unsigned k = 0; k < NET_ADDRESSES_MAX; k++) {
                        g_assert_cmpuint(back.owned.addresses[k].address.v4.s_addr, ==,
                                         htonl(0x0a000007 + k));
                        g_assert_cmpuint(back.owned.addresses[k].prefix_len, ==, k + 17);
                        g_assert_true(back.owned.addresses[k].ours);
                }
                for (unsigned k = 0; k < NET_ROUTES_MAX; k++) {
                        g_assert_true(net_route_equal(&back.owned.routes[k], &record.owned.routes[k]));
                        g_assert_true(back.owned.routes[k].ours);
                }
                for (unsigned k = 0; k < NET_RULES_MAX; k++) {
                        g_assert_true(net_rule_equal(&back.owned.rules[k], &record.owned.rules[k]));
                        g_assert_true(back.owned.rules[k].ours);
                }
                /* An empty list is not the same as no list. */
                record.owned = (NetConfig){ .family = AF_INET };
                write_and_read(&record, text, &back);
                g_assert_true(back.owned_known);
                g_assert_cmpuint(back.owned.n_addresses + back.owned.n_routes + back.owned.n_rules, ==, 0);
        }

        record = make_record(&lease);
        record.owned_known = false;
        format_plain(&record, saved_at, text);
        g_assert_null(strstr(text, "owned"));
        g_assert_cmpint(parse(text, after(0), BOOT_ID, &back), ==, 0);
        g_assert_false(back.owned_known);
        for (size_t i = 0; i < G_N_ELEMENTS(wrong); i++) {
                format_plain(&record, saved_at, text);
                strcat(text, wrong[i]);
                g_assert_cmpint(parse(text, after(0), BOOT_ID, &back), ==, -EBADMSG);
        }
}

static void test_without_lease(void) {
        LeaseRecord record = make_record(NULL), back;
        char text[LEASE_RECORD_TEXT_MAX];

        format_plain(&record, saved_at, text);
        g_assert_null(strstr(text, "ack="));
        g_assert_cmpint(parse(text, after(0), BOOT_ID, &back), ==, 0);
        assert_same_link(&back, &record);

        /* Without a lease nothing can be on the link. */
        record.applied = true;
        write_and_read(&record, text, &back);
        g_assert_false(back.applied);
}

static void test_expired_in_this_boot(void) {
        const Dhcp4Lease lease = make_lease("10.0.0.7", 3600, 990 * SEC);
        const LeaseRecord record = make_record(&lease);
        char text[LEASE_RECORD_TEXT_MAX];
        LeaseRecord back;

        format_plain(&record, saved_at, text);
        g_assert_cmpint(parse(text, after(3590 * SEC - 1), BOOT_ID, &back), ==, 0);
        g_assert_true(back.have_lease);
        g_assert_cmpint(parse(text, after(3590 * SEC), BOOT_ID, &back), ==, 0);
        g_assert_false(back.have_lease);
        /* The address has to be taken off the link. */
        g_assert_true(back.applied);
        g_assert_cmpuint(back.lease.address.s_addr, ==, lease.address.s_addr);
        g_assert_cmpuint(back.lease.prefix_len, ==, 24);
        /* CLOCK_BOOTTIME never goes back, but it did here. */
        g_assert_cmpint(parse(text, (Clocks){ saved_at.boottime - 1, saved_at.realtime }, BOOT_ID, &back),
                        ==, -EBADMSG);
}

/* Instants after a reboot come from the calendar. The lease was 10 s old when it was saved. */
static void test_another_boot(void) {
        const Dhcp4Lease lease = make_lease("10.0.0.7", 3600, 990 * SEC);
        const LeaseRecord record = make_record(&lease);
        char text[LEASE_RECORD_TEXT_MAX];
        LeaseRecord back = { .ifindex = -1 };

        format_plain(&record, saved_at, text);
        g_assert_cmpint(parse(text, after(0), OTHER_BOOT_ID, &back), ==, -ESTALE);
        g_assert_cmpint(back.ifindex, ==, -1);

        /* The boot was after the grant, and 100 s have passed since the saving: the lease is 110 s old. */
        g_assert_cmpint(parse(text, (Clocks){ 50 * SEC, saved_at.realtime + 100 * SEC }, NULL, &back), ==,
                        0);
        g_assert_true(back.have_lease);
        g_assert_cmpuint(back.lease.granted_at, ==, 0);
        g_assert_cmpuint(back.lease.lifetime_usec, ==, 3540 * SEC);
        g_assert_cmpuint(back.lease.t1_usec, ==, 1740 * SEC);
        g_assert_cmpuint(back.lease.t2_usec, ==, 3090 * SEC);
        g_assert_cmpuint(dhcp4_lease_expires_at(&back.lease), ==, (50 + 3490) * SEC);

        /* The boot has lasted longer than the lease is old, as after kexec or in containers. */
        g_assert_cmpint(parse(text, (Clocks){ 500 * SEC, saved_at.realtime + 100 * SEC }, NULL, &back), ==,
                        0);
        g_assert_cmpuint(back.lease.granted_at, ==, 390 * SEC);
        g_assert_cmpuint(back.lease.lifetime_usec, ==, 3600 * SEC);

        /* At the end of the lease, and after it. */
        g_assert_cmpint(parse(text, (Clocks){ 50 * SEC, saved_at.realtime + 3589 * SEC }, NULL, &back), ==,
                        0);
        g_assert_true(back.have_lease);
        g_assert_cmpuint(dhcp4_lease_expires_at(&back.lease), ==, 51 * SEC);
        g_assert_cmpuint(back.lease.t1_usec, <, back.lease.t2_usec);
        g_assert_cmpuint(back.lease.t2_usec, <, back.lease.lifetime_usec);
        g_assert_cmpint(parse(text, (Clocks){ 50 * SEC, saved_at.realtime + 3590 * SEC }, NULL, &back), ==,
                        0);
        g_assert_false(back.have_lease);
}

/*
 * A host without a clock of its own: its calendar begins in 1970 with each boot, and somebody may set it at
 * any time.
 */
static void test_no_calendar(void) {
        const Dhcp4Lease lease = make_lease("10.0.0.7", 3600, 990 * SEC);
        const Clocks in_1970 = { saved_at.boottime, saved_at.boottime + 10 * SEC };
        const struct {
                Clocks saved, now;
                bool have, unknown;
        } rows[] = {
                { saved_at, { 50 * SEC, saved_at.realtime + 100 * SEC }, true, false },
                { saved_at, { 50 * SEC, 60 * SEC }, true, true },              /* not set yet */
                { saved_at, { 50 * SEC, saved_at.realtime - 1 }, true, true }, /* set back */
                { in_1970, { 50 * SEC, saved_at.realtime }, true, true },      /* set since */
                { in_1970, { 50 * SEC, 60 * SEC }, true, true },               /* never set */
                { in_1970, { 50 * SEC, 5000 * SEC }, true, true },
                /* The known time counts: 10 s before the saving, and the time of this boot. */
                { saved_at, { 3589 * SEC, 60 * SEC }, true, true },
                { saved_at, { 3590 * SEC, 60 * SEC }, false, false },
                { in_1970, { 3590 * SEC, 60 * SEC }, false, false },
        };

        for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
                const LeaseRecord record = make_record(&lease);
                char text[LEASE_RECORD_TEXT_MAX];
                LeaseRecord back, again;

                format_plain(&record, rows[i].saved, text);
                g_assert_cmpint(parse(text, rows[i].now, NULL, &back), ==, 0);
                g_assert_cmpint(back.have_lease, ==, rows[i].have);
                if (!back.have_lease)
                        continue;
                g_assert_cmpint(back.lease.age_unknown, ==, rows[i].unknown);
                g_assert_cmpuint(dhcp4_lease_expires_at(&back.lease), <=, rows[i].now.boottime + 3590 * SEC);

                /* An age that is unknown stays unknown: more time has passed than that of this boot. */
                format_plain(&back, rows[i].now, text);
                g_assert_cmpint(
                        parse(text, (Clocks){ rows[i].now.boottime, rows[i].now.realtime }, BOOT_ID, &again),
                        ==, 0);
                g_assert_cmpint(again.lease.age_unknown, ==, rows[i].unknown);
                assert_same_lease(&again.lease, &back.lease);
        }
}

static void test_infinite(void) {
        const Dhcp4Lease lease = make_lease("10.0.0.7", UINT32_MAX, 990 * SEC);
        const LeaseRecord record = make_record(&lease);
        char text[LEASE_RECORD_TEXT_MAX];
        LeaseRecord back;

        format_plain(&record, saved_at, text);
        g_assert_cmpint(parse(text, after(86400 * SEC), BOOT_ID, &back), ==, 0);
        assert_same_lease(&back.lease, &lease);
        g_assert_cmpint(parse(text, (Clocks){ 5 * SEC, saved_at.realtime + 1000000 * SEC }, NULL, &back), ==,
                        0);
        g_assert_true(back.have_lease);
        g_assert_cmpuint(back.lease.lifetime_usec, ==, USEC_INFINITY);
        g_assert_cmpuint(back.lease.t1_usec, ==, USEC_INFINITY);
        g_assert_cmpuint(back.lease.t2_usec, ==, USEC_INFINITY);
}

/* However often a lease is saved again after a reboot, it never ends later than it was granted for. */
static void test_many_boots(void) {
        Dhcp4Lease lease = make_lease("10.0.0.7", 3600, 990 * SEC);
        char text[LEASE_RECORD_TEXT_MAX];
        LeaseRecord record = make_record(&lease), back;
        Clocks now = saved_at;

        /* The lease is 10 s old at first. Each boot adds 50 s, of which 20 s are before the boot. */
        for (unsigned boot = 1; boot <= 71; boot++) {
                format_plain(&record, now, text);
                now.realtime += 50 * SEC;
                now.boottime = 30 * SEC;
                g_assert_cmpint(parse(text, now, NULL, &back), ==, 0);
                g_assert_true(back.have_lease);
                g_assert_cmpuint(dhcp4_lease_expires_at(&back.lease) - now.boottime, ==,
                                 (3590 - boot * 50) * SEC);

                /* In the same boot the lease is the same. */
                record = back;
                format_plain(&record, now, text);
                g_assert_cmpint(parse(text, now, BOOT_ID, &back), ==, 0);
                assert_same_lease(&back.lease, &record.lease);
        }
        format_plain(&record, now, text);
        now.realtime += 50 * SEC;
        g_assert_cmpint(parse(text, now, NULL, &back), ==, 0);
        g_assert_false(back.have_lease);
}

/* Random names, answers and times: a record is read as it was written. */
static void test_random_records(void) {
        Prng prng;

        prng_init(&prng, (const uint8_t[PRNG_KEY_LEN]){ 1 });
        for (unsigned i = 0; i < 2000; i += test_stride()) {
                Dhcp4Header header = { .op = 2, .hlen = 6, .xid = (uint32_t) prng_u64(&prng) };
                uint8_t ack[DHCP4_MESSAGE_MAX_LEN], value[1200];
                const usec_t granted_at = prng_below(&prng, saved_at.boottime + 1);
                const size_t name_len = 1 + prng_below(&prng, IF_NAMESIZE - 1);
                LeaseRecord record = {
                        .ifindex = (int) (1 + prng_below(&prng, INT32_MAX)),
                        .hw_address.len = (uint8_t) prng_below(&prng, HW_ADDRESS_MAX + 1),
                        .carrier_changes = (uint32_t) prng_u64(&prng),
                        .brought_up = prng_below(&prng, 2),
                        .have_lease = true,
                        .applied = prng_below(&prng, 2),
                };
                char text[LEASE_RECORD_TEXT_MAX];
                Dhcp4Builder builder;
                LeaseRecord back;
                HwAddress server = { .len = (uint8_t) prng_below(&prng, HW_ADDRESS_MAX + 1) };
                size_t len;

                for (size_t j = 0; j < name_len; j++)
                        do
                                record.ifname[j] = (char) (1 + prng_below(&prng, 255));
                        while (record.ifname[j] == '/');
                if (prng_below(&prng, 2)) {
                        record.mtu_before = 1 + (uint32_t) prng_below(&prng, INT32_MAX);
                        record.mtu_set = 1 + (uint32_t) prng_below(&prng, INT32_MAX);
                }
                for (size_t j = 0; j < HW_ADDRESS_MAX; j++) {
                        record.hw_address.bytes[j] = (uint8_t) prng_u64(&prng);
                        record.identity = record.hw_address;
                        record.identity.len = (uint8_t) prng_below(&prng, record.hw_address.len + 1u);
                        server.bytes[j] = (uint8_t) prng_u64(&prng);
                }
                for (size_t j = 0; j < sizeof(value); j++)
                        value[j] = (uint8_t) prng_u64(&prng);

                header.yiaddr.s_addr = htonl(0x0a000000 + (uint32_t) prng_below(&prng, 0xffffff));
                dhcp4_builder_init(&builder, ack, sizeof(ack), &header, DHCP4_ACK);
                dhcp4_builder_append_u32(&builder, DHCP4_OPTION_SERVER_ID, 0x0a000001);
                dhcp4_builder_append_u32(&builder, DHCP4_OPTION_LEASE_TIME,
                                         1001 + (uint32_t) prng_below(&prng, UINT32_MAX - 1000));
                dhcp4_builder_append_u32(&builder, DHCP4_OPTION_T1, (uint32_t) prng_u64(&prng));
                dhcp4_builder_append_u32(&builder, DHCP4_OPTION_T2, (uint32_t) prng_u64(&prng));
                dhcp4_builder_append(&builder, (uint8_t) (224 + prng_below(&prng, 20)), value,
                                     prng_below(&prng, 1150));
                g_assert_cmpint(dhcp4_builder_finish(&builder, &len), ==, 0);
                g_assert_cmpint(dhcp4_lease_from_ack(ack, len, &server, granted_at, &record.lease), ==, 0);

                write_and_read(&record, text, &back);
                assert_same_link(&back, &record);
                assert_same_lease(&back.lease, &record.lease);
        }
}

/* The longest record fits, and one byte of room too few is an error. */
static void test_longest(void) {
        Dhcp4Lease lease = make_lease("10.0.0.7", 3600, 990 * SEC);
        LeaseRecord record;
        char text[LEASE_RECORD_TEXT_MAX];
        size_t len;

        memset(lease.ack + lease.ack_len, 0, sizeof(lease.ack) - lease.ack_len);
        lease.ack_len = sizeof(lease.ack);
        lease.server_hw.len = HW_ADDRESS_MAX;
        record = make_record(&lease);
        record.hw_address.len = HW_ADDRESS_MAX;
        (void) g_strlcpy(record.ifname, "%;$(`'\"\\\n\t\x7f\x80\xff=.", sizeof(record.ifname));
        record.ifindex = INT32_MAX;
        record.carrier_changes = UINT32_MAX;
        format(&record, (Clocks){ USEC_INFINITY - 1, USEC_INFINITY - 1 }, text);
        len = strlen(text);
        g_assert_cmpuint(len, <, LEASE_RECORD_TEXT_MAX / 2);
        g_assert_cmpint(lease_record_format(&record, saved_at, BOOT_ID, text, 100), ==, -ENOSPC);
        format(&record, saved_at, text);
        len = strlen(text);
        g_assert_cmpint(lease_record_format(&record, saved_at, BOOT_ID, text, len), ==, -ENOSPC);
        g_assert_cmpint(lease_record_format(&record, saved_at, BOOT_ID, text, len + 1), ==, 0);
}

/* The digest depends on what a record says, not on when it was written. */
static void test_digest(void) {
        const Dhcp4Lease lease = make_lease("10.0.0.7", 3600, 990 * SEC),
                         other = make_lease("10.0.0.7", 3600, 991 * SEC);
        LeaseRecord record = make_record(&lease);
        char text[LEASE_RECORD_TEXT_MAX];
        LeaseDigest digest;

        format(&record, saved_at, text);
        digest = lease_record_digest(text);
        g_assert_cmpuint(digest, !=, 0);
        format(&record, after(1), text);
        g_assert_cmpuint(lease_record_digest(text), ==, digest);
        record.brought_up = !record.brought_up;
        format(&record, saved_at, text);
        g_assert_cmpuint(lease_record_digest(text), !=, digest);
        record = make_record(&other);
        format(&record, saved_at, text);
        g_assert_cmpuint(lease_record_digest(text), !=, digest);
        record = make_record(&lease);
        record.ifindex++;
        format(&record, saved_at, text);
        g_assert_cmpuint(lease_record_digest(text), !=, digest);
}

/* If a damaged text is accepted, its lease is one that a whole answer can give. */
static void check_damaged(const char *text, size_t len, bool *ret_taken) {
        const Clocks now = after(1);
        LeaseRecord record;
        Dhcp4Lease granted;
        int r;

        r = lease_record_parse(text, len, now, BOOT_ID, &record);
        *ret_taken = r == 0;
        if (r < 0) {
                g_assert_true(r == -EBADMSG || r == -ESTALE);
                r = lease_record_parse(text, len, now, NULL, &record);
                if (r < 0)
                        return;
        }
        g_assert_cmpint(record.ifindex, >, 0);
        g_assert_cmpuint(strnlen(record.ifname, IF_NAMESIZE), >, 0);
        g_assert_cmpuint(strnlen(record.ifname, IF_NAMESIZE), <, IF_NAMESIZE);
        if (!record.have_lease || !dhcp4_lease_is_granted(&record.lease))
                return;
        g_assert_cmpint(dhcp4_lease_restore(record.lease.ack, record.lease.ack_len,
                                            record.lease.ack + record.lease.ack_len, record.lease.kept_len,
                                            NULL, 0, &granted),
                        ==, 0);
        g_assert_cmpuint(record.lease.address.s_addr, ==, granted.address.s_addr);
        g_assert_cmpuint(record.lease.prefix_len, ==, granted.prefix_len);
        g_assert_cmpuint(record.lease.lifetime_usec, <=, granted.lifetime_usec);
        g_assert_cmpuint(record.lease.granted_at, <=, now.boottime);
        g_assert_cmpuint(record.lease.t1_usec, <, record.lease.t2_usec);
        g_assert_cmpuint(record.lease.t2_usec, <, record.lease.lifetime_usec);
}

static void test_truncated(void) {
        const Dhcp4Lease lease = make_lease("10.0.0.7", 3600, 990 * SEC);
        const LeaseRecord record = make_record(&lease);
        char text[LEASE_RECORD_TEXT_MAX];
        bool taken;

        format_plain(&record, saved_at, text);
        for (size_t len = 0; len < strlen(text); len += test_stride()) {
                /* A copy of exactly this size, so that a read beyond its end is seen. */
                g_autofree char *cut = g_memdup2(text, len);

                check_damaged(cut ?: "", len, &taken);
                g_assert_false(taken);
        }
}

/* Returns how many of the texts that differ from @text in one byte are accepted. */
static size_t count_taken(char *text) {
        static const char replacements[] = { '\0', '\n', '=', '0', '9',    'f',
                                             'F',  'g',  ' ', '-', '\x7f', '\xff' };
        const size_t len = strlen(text), stride = test_stride();
        size_t n = 0;
        bool taken;

        for (size_t i = 0; i < len; i++) {
                const char original = text[i];

                for (size_t j = i % stride; j < G_N_ELEMENTS(replacements) + 8; j += stride) {
                        text[i] = j < 8 ? (char) (original ^ (1 << j)) : replacements[j - 8];
                        if (text[i] == original)
                                continue;
                        check_damaged(text, len, &taken);
                        n += taken;
                }
                text[i] = original;
        }
        return n;
}

static void test_one_byte_changed(void) {
        const Dhcp4Lease lease = make_lease("10.0.0.7", 3600, 990 * SEC);
        const LeaseRecord record = make_record(&lease);
        char text[LEASE_RECORD_TEXT_MAX];

        format(&record, saved_at, text);
        g_assert_cmpuint(count_taken(text), ==, 0);
        /* Other digits in the answer are accepted. This number shows that the checks above were reached. */
        format_plain(&record, saved_at, text);
        g_assert_cmpuint(count_taken(text), >, 100);
}

/* One line is replaced, left out, doubled or added. */
static void test_odd_lines(void) {
        static const struct {
                const char *field, *line;
                int result;
        } cases[] = {
                { "version", "", -EBADMSG },
                { "version", "version=4\n", -ESTALE },
                { "version", "version=01\n", -ESTALE },
                { "version", "version=\n", -ESTALE },
                { "version", "boot-id=" BOOT_ID "\nversion=1\n", -EBADMSG },
                { "boot-id", "", -EBADMSG },
                { "boot-id", "boot-id=\n", -EBADMSG },
                { "boot-id", "boot-id=01234567\n", -EBADMSG },
                { "boot-id", "boot-id=" OTHER_BOOT_ID "\n", -ESTALE },
                { "boot-id", "boot-id=" BOOT_ID "0\n", -EBADMSG },
                { "saved-boottime", "", -EBADMSG },
                { "saved-boottime", "saved-boottime=18446744073709551615\n", -EBADMSG },
                { "saved-boottime", "saved-boottime=18446744073709551616\n", -EBADMSG },
                { "saved-boottime", "saved-boottime=-1\n", -EBADMSG },
                { "saved-boottime", "saved-boottime=1000000001\n", -EBADMSG },
                { "saved-boottime", "saved-boottime=989999999\n", -EBADMSG },
                { "saved-realtime", "", -EBADMSG },
                { "ifindex", "", -EBADMSG },
                { "ifindex", "ifindex=0\n", -EBADMSG },
                { "ifindex", "ifindex=-7\n", -EBADMSG },
                { "ifindex", "ifindex=+7\n", -EBADMSG },
                { "ifindex", "ifindex= 7\n", -EBADMSG },
                { "ifindex", "ifindex=7 \n", -EBADMSG },
                { "ifindex", "ifindex=0x7\n", -EBADMSG },
                { "ifindex", "ifindex=2147483648\n", -EBADMSG },
                { "ifindex", "ifindex=000000000000000000000000000007\n", -EBADMSG },
                { "ifindex", "ifindex=7\nifindex=7\n", -EBADMSG },
                { "ifname", "", -EBADMSG },
                { "ifname", "ifname=\n", -EBADMSG },
                { "ifname", "ifname=6\n", -EBADMSG },
                { "ifname", "ifname=eth0\n", -EBADMSG },
                { "ifname", "ifname=2f\n", -EBADMSG },
                { "ifname", "ifname=6500\n", -EBADMSG },
                { "ifname", "ifname=61616161616161616161616161616161\n", -EBADMSG },
                { "ifname", "ifname=616161616161616161616161616161\n", 0 },
                { "hw-address", "", -EBADMSG },
                { "hw-address", "hw-address=\n", 0 },
                { "hw-address", "hw-address=02:00\n", -EBADMSG },
                { "carrier-changes", "carrier-changes=4294967296\n", -EBADMSG },
                { "carrier-changes", "", -EBADMSG },
                { "applied", "applied=2\n", -EBADMSG },
                { "applied", "applied=yes\n", -EBADMSG },
                { "brought-up", "", -EBADMSG },
                { "granted-at", "", -EBADMSG },
                { "granted-at", "granted-at=1000000001\n", -EBADMSG }, /* after it was saved */
                { "granted-at", "granted-at=1000000000\n", 0 },
                { "used", "", -EBADMSG },
                { "used", "used=3600000000\n", -EBADMSG },
                { "used", "used=3599999999\n", -EBADMSG },
                { "used", "used=3500000000\n", 0 },
                { "used", "used=18446744073709551614\n", -EBADMSG },
                { "server-hw", "", -EBADMSG },
                { "ack", "", -EBADMSG },
                { "ack", "ack=\n", -EBADMSG },
                { "ack", "ack=00\n", -EBADMSG },
                { "ack", "unknown=1\n", -EBADMSG },
                { "ack", "\n", -EBADMSG },
                { "ack", "# comment\n", -EBADMSG },
                { "ack", "ack\n", -EBADMSG },
        };
        const Dhcp4Lease lease = make_lease("10.0.0.7", 3600, 990 * SEC);
        const LeaseRecord record = make_record(&lease);
        char text[LEASE_RECORD_TEXT_MAX];

        format_plain(&record, saved_at, text);
        for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
                g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
                g_autoptr(GString) changed = g_string_new("");
                LeaseRecord back = { .ifindex = -1 };
                bool found = false;

                for (char **line = lines; (*line)[0] != '\0'; line++) {
                        const size_t n = strlen(cases[i].field);

                        if (strncmp(*line, cases[i].field, n) == 0 && (*line)[n] == '=') {
                                g_string_append(changed, cases[i].line);
                                found = true;
                        } else
                                g_string_append_printf(changed, "%s\n", *line);
                }
                g_assert_true(found);
                g_test_message("%s: %s", cases[i].field, cases[i].line);
                g_assert_cmpint(parse(changed->str, after(0), BOOT_ID, &back), ==, cases[i].result);
                if (cases[i].result < 0)
                        g_assert_cmpint(back.ifindex, ==, -1);
        }
}

static void test_too_long(void) {
        g_autofree char *text = g_malloc(LEASE_RECORD_TEXT_MAX + 1);
        LeaseRecord record;

        memset(text, '\n', LEASE_RECORD_TEXT_MAX + 1);
        memcpy(text, "version=1", 9);
        g_assert_cmpint(lease_record_parse(text, LEASE_RECORD_TEXT_MAX + 1, after(0), NULL, &record), ==,
                        -EBADMSG);
        memset(text, 'f', LEASE_RECORD_TEXT_MAX);
        memcpy(text, "version=1\nack=", 14);
        text[LEASE_RECORD_TEXT_MAX - 2] = '\n';
        g_assert_cmpint(lease_record_parse(text, LEASE_RECORD_TEXT_MAX - 1, after(0), NULL, &record), ==,
                        -EBADMSG);
}

int main(int argc, char *argv[]) {
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/lease-record/round-trip", test_round_trip);
        g_test_add_func("/lease-record/kept", test_kept);
        g_test_add_func("/lease-record/beside-the-answer", test_beside_the_answer);
        g_test_add_func("/lease-record/made", test_made);
        g_test_add_func("/lease-record/mtu", test_mtu);
        g_test_add_func("/lease-record/owned", test_owned);
        g_test_add_func("/lease-record/without-lease", test_without_lease);
        g_test_add_func("/lease-record/expired-in-this-boot", test_expired_in_this_boot);
        g_test_add_func("/lease-record/another-boot", test_another_boot);
        g_test_add_func("/lease-record/no-calendar", test_no_calendar);
        g_test_add_func("/lease-record/infinite", test_infinite);
        g_test_add_func("/lease-record/many-boots", test_many_boots);
        g_test_add_func("/lease-record/random-records", test_random_records);
        g_test_add_func("/lease-record/longest", test_longest);
        g_test_add_func("/lease-record/digest", test_digest);
        g_test_add_func("/lease-record/truncated", test_truncated);
        g_test_add_func("/lease-record/one-byte-changed", test_one_byte_changed);
        g_test_add_func("/lease-record/odd-lines", test_odd_lines);
        g_test_add_func("/lease-record/too-long", test_too_long);
        return g_test_run();
}
