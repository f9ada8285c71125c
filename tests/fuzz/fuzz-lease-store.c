/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The parser of lease records (store/lease-record.c) on any bytes. Whatever it accepts must be
 * consistent: the lease is what its answer says, and the record survives a round trip.
 */
#include <assert.h>
#include <errno.h>
#include <stdint.h>
#include <string.h>

#include "base/ip.h"
#include "base/macro.h"
#include "core/dhcp4-net.h"
#include "store/lease-store.h"
#include "tests/fuzz/fuzz.h"

static const char boot_id[] = "01234567-89ab-cdef-0123-456789abcdef";

static void check_lease(const LeaseRecord *record, Clocks now) {
        const Dhcp4Lease *lease = &record->lease;
        Dhcp4Lease granted;

        assert(dhcp4_lease_restore(lease->ack, lease->ack_len, lease->ack + lease->ack_len, lease->kept_len,
                                   &lease->server_hw, lease->granted_at, &granted) == 0);
        assert(granted.kept_len == lease->kept_len);
        assert(lease->address.s_addr == granted.address.s_addr);
        assert(lease->server_id.s_addr == granted.server_id.s_addr);
        assert(lease->prefix_len == granted.prefix_len);
        assert(lease->lifetime_usec <= granted.lifetime_usec);
        assert(lease->lifetime_usec == USEC_INFINITY ||
               (lease->t1_usec > 0 && lease->t1_usec < lease->t2_usec &&
                lease->t2_usec < lease->lifetime_usec));
        assert(lease->granted_at <= now.boottime);
        assert(dhcp4_lease_expires_at(lease) > now.boottime);
}

static void check_owned(const LeaseRecord *record, const LeaseRecord *second) {
        const NetConfig *owned = &record->owned, *again = &second->owned;

        assert(second->owned_known == record->owned_known);
        assert(again->n_addresses == owned->n_addresses && again->n_routes == owned->n_routes &&
               again->n_rules == owned->n_rules);
        assert(record->owned_known || owned->n_addresses + owned->n_routes + owned->n_rules == 0);
        for (size_t i = 0; i < owned->n_addresses; i++)
                assert(again->addresses[i].address.v4.s_addr == owned->addresses[i].address.v4.s_addr &&
                       again->addresses[i].prefix_len == owned->addresses[i].prefix_len &&
                       owned->addresses[i].prefix_len <= 32);
        for (size_t i = 0; i < owned->n_routes; i++)
                assert(net_route_equal(&again->routes[i], &owned->routes[i]) &&
                       owned->routes[i].prefix_len <= 32);
        for (size_t i = 0; i < owned->n_rules; i++)
                assert(net_rule_equal(&again->rules[i], &owned->rules[i]) && owned->rules[i].table != 0);
}

/*
 * Checks that an option that is not used in full is told, and that each value in use may be used for its
 * purpose.
 */
static void check_values(const Dhcp4Lease *lease) {
        static const uint8_t codes[] = { DHCP4_OPTION_ROUTERS, DHCP4_OPTION_DNS, DHCP4_OPTION_NTP };
        static const Dhcp4NetPolicy policy = { .table = 254, .use_routes = true, .use_gateway = true };
        static const NetTunnels no_tunnels;
        Dhcp4Ignored ignored[DHCP4_LEASE_IGNORED_MAX];
        struct in_addr all[400], used[400];
        Dhcp4NetRefusals refused;
        Dhcp4Message ack;
        NetConfig config;
        size_t n_ignored;

        dhcp4_lease_message(lease, &ack);
        dhcp4_net_config(lease, &policy, &no_tunnels, &config, &refused);
        for (size_t i = 0; i < config.n_routes; i++)
                assert(config.routes[i].gateway.v4.s_addr == INADDR_ANY ||
                       !ip4_check(IP4_USE_ROUTER, config.routes[i].gateway.v4, lease->address,
                                  lease->prefix_len));
        n_ignored =
                dhcp4_net_ignored(lease, &ack, &policy, &config, &refused, ignored, DHCP4_LEASE_IGNORED_MAX);
        /* One more would not have fitted: the bound is above what there can be. */
        assert(n_ignored < DHCP4_LEASE_IGNORED_MAX);
        for (size_t i = 0; i < n_ignored; i++)
                assert(ignored[i].reason && ignored[i].reason[0]);
        for (size_t c = 0; c < ARRAY_SIZE(codes); c++) {
                const size_t n_all = dhcp4_message_get_addrs(&ack, codes[c], all, ARRAY_SIZE(all)),
                             n_used = dhcp4_lease_addrs(lease, &ack, codes[c], used, ARRAY_SIZE(used));
                bool told = false;

                assert(n_used <= n_all);
                for (size_t i = 0; i < n_used; i++)
                        assert(ip4_is_host(used[i]));
                for (size_t i = 0; i < n_ignored; i++)
                        told = told || ignored[i].code == codes[c];
                assert(n_used == n_all || told);
        }
}

static void check(const char *text, size_t len, Clocks now, const char *boot_id_or_null) {
        char again[LEASE_RECORD_TEXT_MAX];
        LeaseRecord record, second;
        int r;

        r = lease_record_parse(text, len, now, boot_id_or_null, &record);
        if (r < 0) {
                assert(r == -EBADMSG || r == -ESTALE);
                return;
        }
        assert(record.ifindex > 0);
        assert(memchr(record.ifname, '\0', sizeof(record.ifname)) && record.ifname[0] != '\0');
        if (record.have_lease) {
                check_lease(&record, now);
                check_values(&record.lease);
        }

        assert(lease_record_format(&record, now, boot_id, again, sizeof(again)) == 0);
        assert(lease_record_parse(again, strlen(again), now, boot_id, &second) == 0);
        assert(second.ifindex == record.ifindex && strcmp(second.ifname, record.ifname) == 0);
        assert(second.have_lease == record.have_lease && second.have_own == record.have_own);
        assert(!record.have_lease || !record.have_own);
        if (record.have_own)
                assert(dhcp4_source_same_content(&second.own, &record.own) &&
                       second.own.granted_at == record.own.granted_at &&
                       record.own.address.s_addr != INADDR_ANY && record.own.prefix_len <= 32);
        assert(second.mtu_before == record.mtu_before && second.mtu_set == record.mtu_set);
        assert(record.mtu_before == 0 || record.mtu_set != 0);
        check_owned(&record, &second);
        if (record.have_lease)
                assert(dhcp4_lease_same_content(&second.lease, &record.lease) &&
                       second.lease.kept_len == record.lease.kept_len &&
                       second.lease.address.s_addr == record.lease.address.s_addr &&
                       second.lease.granted_at == record.lease.granted_at &&
                       second.lease.lifetime_usec == record.lease.lifetime_usec);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        static const Clocks clocks[] = {
                { .boottime = 0, .realtime = 0 },
                { .boottime = 1000 * USEC_PER_SEC, .realtime = 1800000000 * USEC_PER_SEC },
                { .boottime = USEC_INFINITY - 1, .realtime = USEC_INFINITY - 1 },
        };

        for (size_t i = 0; i < sizeof(clocks) / sizeof(clocks[0]); i++) {
                check((const char *) data, size, clocks[i], boot_id);
                check((const char *) data, size, clocks[i], NULL);
        }
        return 0;
}
