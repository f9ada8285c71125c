/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A message that becomes a lease (core/dhcp4-lease.c): what makes it void, what is repaired, which routes
 * it asks for.
 */
#include <arpa/inet.h>
#include <glib.h>
#include <string.h>

#include "base/macro.h"
#include "core/dhcp4-client.h"
#include "core/dhcp4-lease.h"

#define GRANTED (77 * USEC_PER_SEC)

typedef struct Ack {
        uint8_t data[DHCP4_MESSAGE_MAX_LEN];
        size_t len;
        Dhcp4Builder builder;
} Ack;

static struct in_addr ip(const char *text) {
        return (struct in_addr){ inet_addr(text) };
}

static void ack_begin(Ack *a, const char *address, const char *server) {
        const Dhcp4Header header = {
                .op = DHCP4_OP_BOOTREPLY, .htype = 1, .hlen = 6, .xid = 1, .yiaddr = ip(address)
        };

        dhcp4_builder_init(&a->builder, a->data, sizeof(a->data), &header, DHCP4_ACK);
        if (server)
                dhcp4_builder_append_addr(&a->builder, DHCP4_OPTION_SERVER_ID, ip(server));
}

static void ack_lasting(Ack *a, uint32_t lifetime_sec) {
        ack_begin(a, "10.0.0.50", "10.0.0.1");
        dhcp4_builder_append_u32(&a->builder, DHCP4_OPTION_LEASE_TIME, lifetime_sec);
}

static void ack_good(Ack *a) {
        ack_lasting(a, 1000);
}

static int ack_end(Ack *a, Dhcp4Lease *ret) {
        g_assert_cmpint(dhcp4_builder_finish(&a->builder, &a->len), ==, 0);
        return dhcp4_lease_from_ack(a->data, a->len, NULL, GRANTED, ret);
}

/* Makes a lease of @a that must not be void. @ret_m refers to bytes in @ret. */
static void ack_lease(Ack *a, Dhcp4Lease *ret, Dhcp4Message *ret_m) {
        g_assert_cmpint(ack_end(a, ret), ==, 0);
        dhcp4_lease_message(ret, ret_m);
}

static int inform(const uint8_t *data, size_t len, struct in_addr address, uint8_t prefix_len,
                  usec_t granted_at, Dhcp4Lease *ret) {
        Dhcp4Message m;

        g_assert_cmpint(dhcp4_message_parse(data, len, &m), ==, 0);
        return dhcp4_lease_from_inform(&(const Dhcp4Answer){ .m = &m, .data = data, .len = len }, address,
                                       prefix_len, granted_at, ret);
}

static void test_void(void) {
        static const char *const addresses[] = { "0.0.0.0",   "0.1.2.3",   "127.0.0.1",
                                                 "224.0.0.1", "240.0.0.1", "255.255.255.255" };
        static const char *const servers[] = { "0.0.0.0",   "0.1.2.3",         "127.0.0.1",
                                               "224.0.0.1", "255.255.255.255", NULL };
        Dhcp4Lease lease, untouched;
        Ack a;

        memset(&untouched, 0xa5, sizeof(untouched));
        lease = untouched;
        for (size_t i = 0; i < ARRAY_SIZE(addresses); i++) {
                ack_begin(&a, addresses[i], "10.0.0.1");
                dhcp4_builder_append_u32(&a.builder, DHCP4_OPTION_LEASE_TIME, 1000);
                g_assert_cmpint(ack_end(&a, &lease), ==, DHCP4_LEASE_E_NO_ADDRESS);
        }
        /* The address of all hosts of a subnet is no host's. A subnet of two addresses has none. */
        for (unsigned prefix_len = 24; prefix_len <= 32; prefix_len++) {
                ack_begin(&a, "10.0.0.255", "10.0.0.1");
                dhcp4_builder_append_u32(&a.builder, DHCP4_OPTION_LEASE_TIME, 1000);
                dhcp4_builder_append_u32(&a.builder, DHCP4_OPTION_SUBNET_MASK,
                                         UINT32_MAX << (32 - prefix_len));
                g_assert_cmpint(ack_end(&a, &lease), ==, prefix_len < 31 ? DHCP4_LEASE_E_NO_ADDRESS : 0);
        }
        lease = untouched;
        for (size_t i = 0; i < ARRAY_SIZE(servers); i++) {
                ack_begin(&a, "10.0.0.50", servers[i]);
                dhcp4_builder_append_u32(&a.builder, DHCP4_OPTION_LEASE_TIME, 1000);
                g_assert_cmpint(ack_end(&a, &lease), ==, DHCP4_LEASE_E_NO_SERVER_ID);
        }
        ack_begin(&a, "10.0.0.50", "10.0.0.1");
        g_assert_cmpint(ack_end(&a, &lease), ==, DHCP4_LEASE_E_NO_LIFETIME);
        g_assert_cmpint(dhcp4_lease_from_ack(a.data, 100, NULL, 0, &lease), ==, DHCP4_LEASE_E_NOT_DHCP);
        g_assert_cmpmem(&lease, sizeof(lease), &untouched, sizeof(untouched));
}

/*
 * An answer to DHCPINFORM needs no address and no lease time. It must be an ACK with a server identifier
 * (RFC 2131 §4.4.3).
 */
static void test_inform(void) {
        static const char *const servers[] = { NULL, "0.0.0.0", "127.0.0.1", "224.0.0.1",
                                               "255.255.255.255" };
        Dhcp4Lease lease, untouched;
        Ack a;

        memset(&untouched, 0xa5, sizeof(untouched));
        lease = untouched;
        for (size_t i = 0; i < ARRAY_SIZE(servers); i++) {
                ack_begin(&a, "0.0.0.0", servers[i]);
                g_assert_cmpint(dhcp4_builder_finish(&a.builder, &a.len), ==, 0);
                g_assert_cmpint(inform(a.data, a.len, ip("10.0.0.77"), 24, GRANTED, &lease), ==,
                                DHCP4_LEASE_E_NO_SERVER_ID);
        }
        ack_begin(&a, "0.0.0.0", "10.0.0.1");
        g_assert_cmpint(dhcp4_builder_finish(&a.builder, &a.len), ==, 0);
        a.data[242] = DHCP4_OFFER; /* the first option is the type */
        g_assert_cmpint(inform(a.data, a.len, ip("10.0.0.77"), 24, GRANTED, &lease), ==,
                        DHCP4_LEASE_E_NOT_DHCP);
        g_assert_cmpmem(&lease, sizeof(lease), &untouched, sizeof(untouched));
        a.data[242] = DHCP4_ACK;
        g_assert_cmpint(inform(a.data, a.len, ip("10.0.0.77"), 24, GRANTED, &lease), ==, 0);
        g_assert_cmpuint(lease.address.s_addr, ==, ip("10.0.0.77").s_addr);
        g_assert_cmpuint(lease.prefix_len, ==, 24);
        g_assert_cmpuint(lease.server_id.s_addr, ==, ip("10.0.0.1").s_addr);
        g_assert_cmpuint(lease.granted_at, ==, GRANTED);
}

static void test_names(void) {
        GHashTable *names = g_hash_table_new(g_str_hash, g_str_equal);

        for (unsigned i = 0; i < _DHCP4_LEASE_ORIGIN_MAX; i++)
                g_assert_true(g_hash_table_add(
                        names, (gpointer) dhcp4_lease_origin_to_string((Dhcp4LeaseOrigin) i)));
        for (unsigned i = 0; i < _DHCP4_STATE_MAX; i++)
                g_assert_true(g_hash_table_add(names, (gpointer) dhcp4_state_to_string((Dhcp4State) i)));
        for (unsigned i = 0; i < _DHCP4_LOSS_MAX; i++)
                g_assert_true(g_hash_table_add(names, (gpointer) dhcp4_loss_to_string((Dhcp4Loss) i)));
        for (unsigned i = 0; i < _DHCP4_MESSAGE_TYPE_MAX; i++) {
                const char *name = dhcp4_message_type_to_string((Dhcp4MessageType) i);

                /*
                 * RFC 2132 §9.6 has eight types, and BOOTP is not one of them. Numbers in between are from
                 * other RFCs.
                 */
                g_assert_true(!name || g_hash_table_add(names, (gpointer) name));
        }
        g_assert_null(dhcp4_message_type_to_string(_DHCP4_MESSAGE_TYPE_MAX));
        g_assert_null(dhcp4_message_type_to_string((Dhcp4MessageType) 255));
        g_hash_table_unref(names);
}

static void test_times(void) {
        const struct {
                uint32_t lifetime, t1, t2; /* 0: not sent */
                usec_t lifetime_usec, t1_usec, t2_usec;
        } rows[] = {
                { 1000, 0, 0, 1000, 500, 875 },
                { 1000, 100, 200, 1000, 100, 200 },
                { 1000, 100, 0, 1000, 100, 875 },
                { 1000, 0, 600, 1000, 500, 600 },
                { 1000, 0, 400, 1000, 200, 400 },   /* T2 is before the default T1 */
                { 1000, 900, 0, 1000, 500, 875 },   /* T1 is after the default T2 */
                { 1000, 600, 500, 1000, 250, 500 }, /* not in order */
                { 1000, 600, 600, 1000, 500, 600 }, /* not in order either: T1 has to come before T2 */
                { 1000, 2000, 3000, 1000, 500, 875 },
                { 1000, UINT32_MAX, UINT32_MAX, 1000, 500, 875 },
                { 1000, 1000, 1000, 1000, 500, 875 },
                { 1, 0, 0, 10, 5, 0 },
                { 10, 1, 2, 10, 2, 0 },
                { 10, 3, 4, 10, 3, 4 },
                /* T1 and T2 are so early that one renewal would follow the other at once */
                { 86400, 1, 0, 86400, 60, 75600 },
                { 86400, 1, 2, 86400, 60, 75600 },
                { 86400, 0, 61, 86400, 60, 61 },
                { 86400, 0, 60, 86400, 43200, 75600 },
                { 86400, 61, 62, 86400, 61, 62 },
                { 1280, 1, 0, 1280, 5, 1120 },
                { UINT32_MAX - 1, 1, 2, UINT32_MAX - 1, 60, 0 },
        };
        Dhcp4Lease lease;
        Ack a;

        for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
                ack_lasting(&a, rows[i].lifetime);
                if (rows[i].t1 > 0)
                        dhcp4_builder_append_u32(&a.builder, DHCP4_OPTION_T1, rows[i].t1);
                if (rows[i].t2 > 0)
                        dhcp4_builder_append_u32(&a.builder, DHCP4_OPTION_T2, rows[i].t2);
                g_assert_cmpint(ack_end(&a, &lease), ==, 0);
                g_assert_cmpuint(lease.lifetime_usec, ==, rows[i].lifetime_usec * USEC_PER_SEC);
                g_assert_cmpuint(lease.t1_usec, ==, rows[i].t1_usec * USEC_PER_SEC);
                if (rows[i].t2_usec > 0)
                        g_assert_cmpuint(lease.t2_usec, ==, rows[i].t2_usec * USEC_PER_SEC);
                g_assert_cmpuint(lease.t1_usec, <, lease.t2_usec);
                g_assert_cmpuint(lease.t2_usec, <, lease.lifetime_usec);
                g_assert_cmpuint(dhcp4_lease_expires_at(&lease), ==, GRANTED + lease.lifetime_usec);
        }

        /* A T1 of 0 says nothing. */
        ack_good(&a);
        dhcp4_builder_append_u32(&a.builder, DHCP4_OPTION_T1, 0);
        g_assert_cmpint(ack_end(&a, &lease), ==, 0);
        g_assert_cmpuint(lease.t1_usec, ==, 500 * USEC_PER_SEC);

        ack_lasting(&a, UINT32_MAX);
        g_assert_cmpint(ack_end(&a, &lease), ==, 0);
        g_assert_cmpuint(lease.lifetime_usec, ==, USEC_INFINITY);
        g_assert_cmpuint(dhcp4_lease_expires_at(&lease), ==, USEC_INFINITY);
}

static void test_masks(void) {
        const struct {
                const char *mask;
                uint8_t prefix_len;
        } rows[] = {
                { "255.255.255.0", 24 }, { "255.255.255.255", 32 },
                { "128.0.0.0", 1 },      { "255.255.240.0", 20 },
                { "0.0.0.0", 32 },       { "255.0.255.0", 32 },
                { "0.0.0.255", 32 },     { NULL, 32 },
        };
        Dhcp4Lease lease;
        Ack a;

        for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
                ack_good(&a);
                if (rows[i].mask)
                        dhcp4_builder_append_addr(&a.builder, DHCP4_OPTION_SUBNET_MASK, ip(rows[i].mask));
                g_assert_cmpint(ack_end(&a, &lease), ==, 0);
                g_assert_cmpuint(lease.prefix_len, ==, rows[i].prefix_len);
        }
}

static size_t ignored_of(const Dhcp4Lease *lease, const Dhcp4Message *m, uint16_t mtu_min, Dhcp4Ignored *ret,
                         size_t max) {
        Dhcp4Notes notes = { .entries = ret, .max = max };

        dhcp4_lease_ignored(lease, m, /* classless= */ true, mtu_min, &notes);
        return notes.n;
}

static size_t routes_of(Ack *a, Dhcp4Route routes[DHCP4_LEASE_ROUTES_MAX], Dhcp4Ignored ignored[16],
                        size_t *ret_ignored) {
        Dhcp4Lease lease;
        Dhcp4Message m;

        ack_lease(a, &lease, &m);
        *ret_ignored = ignored_of(&lease, &m, DHCP4_LEASE_MTU_MIN, ignored, 16);
        return dhcp4_lease_routes(&lease, &m, routes, DHCP4_LEASE_ROUTES_MAX);
}

static bool is_ignored(const Dhcp4Ignored *ignored, size_t n, uint8_t code) {
        for (size_t i = 0; i < n; i++)
                if (ignored[i].code == code)
                        return true;
        return false;
}

/*
 * RFC 3442: option 121 goes before 249, which goes before 3 and 33. The options that are not used are
 * listed.
 */
static void test_routes(void) {
        static const uint8_t classless[] = { 24, 192, 0, 2, 10, 0, 0, 9, 0, 10, 0, 0, 8 },
                             microsoft[] = { 8, 10, 10, 0, 0, 7 },
                             fixed[] = { 198, 51, 100, 0, 10, 0, 0, 6 },
                             routers[] = { 10, 0, 0, 1, 10, 0, 0, 2 };
        Dhcp4Route routes[DHCP4_LEASE_ROUTES_MAX];
        Dhcp4Ignored ignored[16];
        size_t n_ignored;
        Ack a;

        ack_good(&a);
        dhcp4_builder_append(&a.builder, DHCP4_OPTION_ROUTERS, routers, sizeof(routers));
        dhcp4_builder_append(&a.builder, DHCP4_OPTION_STATIC_ROUTES, fixed, sizeof(fixed));
        g_assert_cmpuint(routes_of(&a, routes, ignored, &n_ignored), ==, 3);
        g_assert_cmpuint(routes[0].dst.s_addr, ==, inet_addr("198.51.100.0"));
        g_assert_cmpuint(routes[0].prefix_len, ==, 24);
        g_assert_cmpuint(routes[1].prefix_len, ==, 0);
        g_assert_cmpuint(routes[1].gateway.s_addr, ==, inet_addr("10.0.0.1"));
        g_assert_cmpuint(n_ignored, ==, 0);

        ack_good(&a);
        dhcp4_builder_append(&a.builder, DHCP4_OPTION_ROUTERS, routers, sizeof(routers));
        dhcp4_builder_append(&a.builder, DHCP4_OPTION_MS_CLASSLESS_ROUTES, microsoft, sizeof(microsoft));
        g_assert_cmpuint(routes_of(&a, routes, ignored, &n_ignored), ==, 1);
        g_assert_true(is_ignored(ignored, n_ignored, DHCP4_OPTION_ROUTERS));

        ack_good(&a);
        dhcp4_builder_append(&a.builder, DHCP4_OPTION_ROUTERS, routers, sizeof(routers));
        dhcp4_builder_append(&a.builder, DHCP4_OPTION_STATIC_ROUTES, fixed, sizeof(fixed));
        dhcp4_builder_append(&a.builder, DHCP4_OPTION_MS_CLASSLESS_ROUTES, microsoft, sizeof(microsoft));
        dhcp4_builder_append(&a.builder, DHCP4_OPTION_CLASSLESS_ROUTES, classless, sizeof(classless));
        g_assert_cmpuint(routes_of(&a, routes, ignored, &n_ignored), ==, 2);
        g_assert_cmpuint(routes[1].gateway.s_addr, ==, inet_addr("10.0.0.8"));
        g_assert_cmpuint(n_ignored, ==, 3);

        /* A malformed option 121 counts as none: the routers are used, and the lease stands. */
        ack_good(&a);
        dhcp4_builder_append(&a.builder, DHCP4_OPTION_ROUTERS, routers, sizeof(routers));
        dhcp4_builder_append(&a.builder, DHCP4_OPTION_CLASSLESS_ROUTES, classless, sizeof(classless) - 1);
        g_assert_cmpuint(routes_of(&a, routes, ignored, &n_ignored), ==, 2);
        g_assert_true(is_ignored(ignored, n_ignored, DHCP4_OPTION_CLASSLESS_ROUTES));
        g_assert_false(is_ignored(ignored, n_ignored, DHCP4_OPTION_ROUTERS));
}

/* The client asks a router for its hardware address. Its own address is no router, so it is not asked. */
static void test_gateways(void) {
        static const uint8_t routers[] = {
                10, 0, 0, 50, 10, 0, 0, 2, 10, 0, 0, 2, 10, 0, 0, 3, 10, 0, 0, 4
        };
        Dhcp4Lease lease;
        Ack a;

        ack_good(&a);
        dhcp4_builder_append(&a.builder, DHCP4_OPTION_ROUTERS, routers, sizeof(routers));
        g_assert_cmpint(ack_end(&a, &lease), ==, 0);
        g_assert_cmpuint(lease.gateways[0].address.s_addr, ==, inet_addr("10.0.0.2"));
        g_assert_cmpuint(lease.gateways[1].address.s_addr, ==, inet_addr("10.0.0.3"));

        ack_good(&a);
        dhcp4_builder_append(&a.builder, DHCP4_OPTION_ROUTERS, routers, 4);
        g_assert_cmpint(ack_end(&a, &lease), ==, 0);
        g_assert_cmpuint(lease.gateways[0].address.s_addr, ==, INADDR_ANY);
}

/*
 * A lease whose option 121 has no default route lacks one, but only if this option is the one that
 * counts.
 */
static void test_lacks_default(void) {
        static const uint8_t with[] = { 24, 192, 0, 2, 10, 0, 0, 9, 0, 10, 0, 0, 8 },
                             without[] = { 24, 192, 0, 2, 10, 0, 0, 9 }, routers[] = { 10, 0, 0, 1 };
        static const struct {
                uint8_t code;
                const uint8_t *data;
                size_t len;
                bool lacks;
        } rows[] = {
                { DHCP4_OPTION_CLASSLESS_ROUTES, with, sizeof(with), false },
                { DHCP4_OPTION_CLASSLESS_ROUTES, without, sizeof(without), true },
                { DHCP4_OPTION_CLASSLESS_ROUTES, without, sizeof(without) - 1, false }, /* malformed: none */
                { DHCP4_OPTION_MS_CLASSLESS_ROUTES, with, sizeof(with), false },
                { DHCP4_OPTION_MS_CLASSLESS_ROUTES, without, sizeof(without), true },
                { DHCP4_OPTION_ROUTERS, routers, sizeof(routers), false },
        };

        for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
                Dhcp4Route routes[DHCP4_LEASE_ROUTERS_MAX];
                Dhcp4Lease lease;
                Dhcp4Message m;
                Ack a;

                ack_good(&a);
                dhcp4_builder_append(&a.builder, rows[i].code, rows[i].data, rows[i].len);
                if (rows[i].code != DHCP4_OPTION_ROUTERS)
                        dhcp4_builder_append(&a.builder, DHCP4_OPTION_ROUTERS, routers, sizeof(routers));
                ack_lease(&a, &lease, &m);
                g_assert_cmpint(dhcp4_lease_lacks_default(&lease, &m), ==, rows[i].lacks);
                /* dhcp4_lease_routers() takes option 3 alone, whatever other options there are. */
                g_assert_cmpuint(dhcp4_lease_routers(&lease, &m, routes, ARRAY_SIZE(routes)), ==, 1);
                g_assert_cmpuint(routes[0].gateway.s_addr, ==, inet_addr("10.0.0.1"));
        }
}

static void test_mtu(void) {
        const struct {
                uint16_t mtu, min, used;
        } rows[] = { { 1500, 576, 1500 }, { 576, 576, 576 },     { 575, 576, 0 }, { 68, 576, 0 },
                     { 0, 576, 0 },       { 575, 68, 575 },      { 68, 68, 68 },  { 67, 68, 0 },
                     { 67, 0, 0 },        { 65535, 576, 65535 }, { 0, 0, 0 },     { 1499, 1500, 0 } };
        Dhcp4Ignored ignored[16];
        Dhcp4Lease lease;
        Dhcp4Message m;
        Ack a;

        for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
                ack_good(&a);
                dhcp4_builder_append_u16(&a.builder, DHCP4_OPTION_MTU, rows[i].mtu);
                ack_lease(&a, &lease, &m);
                g_assert_cmpuint(dhcp4_lease_mtu(&m, rows[i].min), ==, rows[i].used);
                g_assert_cmpuint(ignored_of(&lease, &m, rows[i].min, ignored, 16), ==,
                                 rows[i].used == 0 ? 1 : 0);
        }
}

static const Dhcp4Ignored *find_value(const Dhcp4Ignored *ignored, size_t n, uint8_t code,
                                      struct in_addr address) {
        for (size_t i = 0; i < n; i++)
                if (ignored[i].code == code && ignored[i].part != DHCP4_IGNORED_OPTION &&
                    ignored[i].address.s_addr == address.s_addr)
                        return &ignored[i];
        return NULL;
}

/* Addresses that no host can have are left out of every list, and told. The other addresses are used. */
static void test_values(void) {
        static const uint8_t codes[] = { DHCP4_OPTION_ROUTERS, DHCP4_OPTION_DNS, DHCP4_OPTION_NTP };
        static const char *const bad[] = { "0.0.0.0",       "0.0.0.10",        "127.0.0.1", "224.0.0.1",
                                           "255.255.255.0", "255.255.255.255", "10.0.0.0",  "10.0.0.255" };
        Dhcp4Ignored ignored[DHCP4_LEASE_IGNORED_MAX];
        struct in_addr used[8];
        Dhcp4Lease lease;
        Dhcp4Message m;
        Ack a;

        for (size_t c = 0; c < ARRAY_SIZE(codes); c++)
                for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
                        const struct in_addr list[] = { ip(bad[i]), ip("10.0.0.1"), ip("169.254.169.254") };
                        size_t n;

                        ack_good(&a);
                        dhcp4_builder_append_addr(&a.builder, DHCP4_OPTION_SUBNET_MASK, ip("255.255.255.0"));
                        dhcp4_builder_append(&a.builder, codes[c], list, sizeof(list));
                        ack_lease(&a, &lease, &m);
                        g_assert_cmpuint(dhcp4_lease_addrs(&lease, &m, codes[c], used, ARRAY_SIZE(used)), ==,
                                         2);
                        g_assert_cmpmem(used, 8, list + 1, 8);
                        n = ignored_of(&lease, &m, DHCP4_LEASE_MTU_MIN, ignored, ARRAY_SIZE(ignored));
                        g_assert_cmpuint(n, ==, 1);
                        g_assert_nonnull(find_value(ignored, n, codes[c], list[0]));
                        /* An address that no router can have does not identify the network either. */
                        g_assert_true(codes[c] != DHCP4_OPTION_ROUTERS ||
                                      lease.gateways[0].address.s_addr == list[1].s_addr);
                }
}

/*
 * Good addresses behind many bad ones are found. Four of the bad ones are told, each of them once, and
 * that there are more.
 */
static void test_many_values(void) {
        Dhcp4Ignored ignored[DHCP4_LEASE_IGNORED_MAX];
        Dhcp4Route routes[DHCP4_LEASE_ROUTERS_MAX];
        struct in_addr list[40];
        Dhcp4Lease lease;
        Dhcp4Message m;
        size_t n;
        Ack a;

        for (uint32_t i = 0; i < ARRAY_SIZE(list); i++)
                list[i].s_addr = htonl(i < 30 ? i / 2 : 0x0a000001 + i);
        ack_good(&a);
        dhcp4_builder_append(&a.builder, DHCP4_OPTION_ROUTERS, list, sizeof(list));
        dhcp4_builder_append(&a.builder, DHCP4_OPTION_DNS, list + 30, 9 * sizeof(list[0]));
        ack_lease(&a, &lease, &m);
        g_assert_cmpuint(dhcp4_lease_routers(&lease, &m, routes, ARRAY_SIZE(routes)), ==, 4);
        g_assert_cmpuint(routes[0].gateway.s_addr, ==, list[30].s_addr);
        n = ignored_of(&lease, &m, DHCP4_LEASE_MTU_MIN, ignored, ARRAY_SIZE(ignored));
        g_assert_cmpuint(n, ==, DHCP4_LEASE_IGNORED_VALUES_MAX + 3);
        for (uint32_t i = 0; i < DHCP4_LEASE_IGNORED_VALUES_MAX; i++)
                g_assert_cmpuint(ignored[i].address.s_addr, ==, htonl(i));
        g_assert_cmpstr(ignored[4].reason, ==, "more values not used");
        g_assert_cmpstr(ignored[5].reason, ==, "the first 4 routers are used only");
        g_assert_cmpstr(ignored[6].reason, ==, "plugins are told of the first 8 only");
        g_assert_cmpuint(ignored[6].code, ==, DHCP4_OPTION_DNS);
}

/* Each option has its own list of bad values. A value that is bad in several is told for each of them. */
static void test_values_of_each(void) {
        static const uint8_t codes[] = { DHCP4_OPTION_ROUTERS, DHCP4_OPTION_DNS, DHCP4_OPTION_NTP };
        Dhcp4Ignored ignored[DHCP4_LEASE_IGNORED_MAX];

        for (uint32_t n_bad = 1; n_bad < 9; n_bad++) {
                const size_t n_told = MIN(n_bad, DHCP4_LEASE_IGNORED_VALUES_MAX) +
                        (n_bad > DHCP4_LEASE_IGNORED_VALUES_MAX);
                struct in_addr list[8];
                Dhcp4Lease lease;
                Dhcp4Message m;
                size_t n;
                Ack a;

                for (uint32_t i = 0; i < n_bad; i++)
                        list[i].s_addr = htonl(i);
                ack_good(&a);
                for (size_t c = 0; c < ARRAY_SIZE(codes); c++)
                        dhcp4_builder_append(&a.builder, codes[c], list, n_bad * sizeof(list[0]));
                ack_lease(&a, &lease, &m);
                n = ignored_of(&lease, &m, DHCP4_LEASE_MTU_MIN, ignored, ARRAY_SIZE(ignored));
                g_assert_cmpuint(n, ==, ARRAY_SIZE(codes) * n_told);
                for (size_t i = 0; i < n; i++) {
                        const bool is_value = i % n_told < DHCP4_LEASE_IGNORED_VALUES_MAX;

                        g_assert_cmpuint(ignored[i].code, ==, codes[i / n_told]);
                        g_assert_cmpint(ignored[i].part != DHCP4_IGNORED_OPTION, ==, is_value);
                        if (is_value)
                                g_assert_cmpuint(ignored[i].address.s_addr, ==,
                                                 htonl((uint32_t) (i % n_told)));
                }
        }
}

/* Either all addresses of a list are used, or there is one more than can be used. */
static void test_as_many_as_are_used(void) {
        static const struct {
                uint8_t code;
                size_t max;
        } rows[] = { { DHCP4_OPTION_ROUTERS, DHCP4_LEASE_ROUTERS_MAX },
                     { DHCP4_OPTION_DNS, DHCP4_LEASE_DNS_MAX },
                     { DHCP4_OPTION_NTP, DHCP4_LEASE_NTP_MAX } };
        Dhcp4Ignored ignored[DHCP4_LEASE_IGNORED_MAX];

        for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
                for (unsigned more = 0; more < 2; more++) {
                        struct in_addr list[16];
                        Dhcp4Lease lease;
                        Dhcp4Message m;
                        Ack a;

                        for (uint32_t k = 0; k < rows[i].max + more; k++)
                                list[k].s_addr = htonl(0x0a000001 + k);
                        ack_good(&a);
                        dhcp4_builder_append(&a.builder, rows[i].code, list,
                                             (rows[i].max + more) * sizeof(list[0]));
                        ack_lease(&a, &lease, &m);
                        g_assert_cmpuint(
                                ignored_of(&lease, &m, DHCP4_LEASE_MTU_MIN, ignored, ARRAY_SIZE(ignored)),
                                ==, more);
                }
}

/* No more routes are stored than there is room for, whichever options they come from. */
static void test_routes_as_there_is_room(void) {
        const struct in_addr statics[] = { ip("192.168.5.0"), ip("10.0.0.1"), ip("192.168.6.0"),
                                           ip("10.0.0.1") },
                             routers[] = { ip("10.0.0.1"), ip("10.0.0.2") };
        static const uint8_t classless[] = { 0,  10, 0, 0, 1, 8, 11, 10, 0, 0, 1, 8,
                                             12, 10, 0, 0, 1, 8, 13, 10, 0, 0, 1 };

        for (unsigned is_classless = 0; is_classless < 2; is_classless++) {
                Dhcp4Lease lease;
                Dhcp4Message m;
                Ack a;

                ack_good(&a);
                if (is_classless)
                        dhcp4_builder_append(&a.builder, DHCP4_OPTION_CLASSLESS_ROUTES, classless,
                                             sizeof(classless));
                dhcp4_builder_append(&a.builder, DHCP4_OPTION_STATIC_ROUTES, statics, sizeof(statics));
                dhcp4_builder_append(&a.builder, DHCP4_OPTION_ROUTERS, routers, sizeof(routers));
                ack_lease(&a, &lease, &m);
                for (size_t max = 0; max <= 6; max++) {
                        Dhcp4Route routes[8];

                        memset(routes, 0xa5, sizeof(routes));
                        g_assert_cmpuint(dhcp4_lease_routes(&lease, &m, routes, max), ==,
                                         MIN(max, (size_t) 4));
                        g_assert_cmpuint(routes[max].prefix_len, ==, 0xa5);
                }
        }
}

/* A mask that is not used is told with its value and the reason. A mask that is used is not told. */
static void test_masks_told(void) {
        static const struct {
                const char *mask, *reason;
        } rows[] = {
                { "255.255.255.0", NULL },
                { "255.255.255.255", NULL },
                { "128.0.0.0", NULL },
                { "0.0.0.0", "it would make every host a neighbour" },
                { "255.0.255.0", "its bits are not contiguous" },
                { "0.0.0.255", "its bits are not contiguous" },
        };
        Dhcp4Ignored ignored[16];
        Dhcp4Lease lease;
        Dhcp4Message m;
        Ack a;

        for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
                ack_good(&a);
                dhcp4_builder_append_addr(&a.builder, DHCP4_OPTION_SUBNET_MASK, ip(rows[i].mask));
                ack_lease(&a, &lease, &m);
                g_assert_cmpuint(ignored_of(&lease, &m, 0, ignored, 16), ==, rows[i].reason ? 1 : 0);
                if (!rows[i].reason)
                        continue;
                g_assert_nonnull(find_value(ignored, 1, DHCP4_OPTION_SUBNET_MASK, ip(rows[i].mask)));
                g_assert_cmpstr(ignored[0].reason, ==, rows[i].reason);
        }

        /* DHCPINFORM: the configured prefix length counts. A mask is told only if it differs from it. */
        for (unsigned prefix_len = 23; prefix_len <= 24; prefix_len++) {
                ack_begin(&a, "0.0.0.0", "10.0.0.1");
                dhcp4_builder_append_addr(&a.builder, DHCP4_OPTION_SUBNET_MASK, ip("255.255.255.0"));
                g_assert_cmpint(dhcp4_builder_finish(&a.builder, &a.len), ==, 0);
                g_assert_cmpint(
                        inform(a.data, a.len, ip("10.0.0.77"), (uint8_t) prefix_len, GRANTED, &lease), ==,
                        0);
                dhcp4_lease_message(&lease, &m);
                g_assert_cmpuint(ignored_of(&lease, &m, 0, ignored, 16), ==, prefix_len == 24 ? 0 : 1);
                g_assert_true(prefix_len == 24 ||
                              g_str_equal(ignored[0].reason, "the prefix length is configured"));
        }
}

/*
 * Routes that are not used are told one by one. Two of them are told once only if all that they consist
 * of is equal.
 */
static void test_routes_told(void) {
        static const uint8_t bad[] = {
                24, 192, 0, 2, 127, 0,   0, 1,    /* the router of each is no host */
                24, 192, 0, 2, 127, 0,   0, 1,    /* the same again */
                24, 192, 0, 2, 127, 0,   0, 2,    /* another router */
                24, 192, 0, 3, 127, 0,   0, 2,    /* another destination */
                25, 192, 0, 3, 0,   127, 0, 0, 2, /* another prefix length */
        };
        static const uint8_t fixed[] = { 0, 0, 0, 0, 10, 0, 0, 1 }, routers[] = { 10, 0, 0, 1 },
                             other[] = { 198, 51, 100, 0, 10, 0, 0, 6 };
        Dhcp4Route routes[DHCP4_LEASE_ROUTES_MAX];
        Dhcp4Ignored ignored[16];
        size_t n;
        Ack a;

        ack_good(&a);
        dhcp4_builder_append(&a.builder, DHCP4_OPTION_CLASSLESS_ROUTES, bad, sizeof(bad));
        g_assert_cmpuint(routes_of(&a, routes, ignored, &n), ==, 0);
        g_assert_cmpuint(n, ==, 4);
        for (size_t i = 0; i < n; i++) {
                g_assert_cmpint(ignored[i].part, ==, DHCP4_IGNORED_ROUTE);
                g_assert_cmpuint(ignored[i].code, ==, DHCP4_OPTION_CLASSLESS_ROUTES);
                g_assert_cmpuint(ignored[i].dst.s_addr, ==, inet_addr(i < 2 ? "192.0.2.0" : "192.0.3.0"));
                g_assert_cmpuint(ignored[i].prefix_len, ==, i == 3 ? 25 : 24);
                g_assert_cmpuint(ignored[i].address.s_addr, ==,
                                 inet_addr(i == 0 ? "127.0.0.1" : "127.0.0.2"));
        }

        /* RFC 2132 §5.8: option 33 has no default route. */
        ack_good(&a);
        dhcp4_builder_append(&a.builder, DHCP4_OPTION_STATIC_ROUTES, fixed, sizeof(fixed));
        g_assert_cmpuint(routes_of(&a, routes, ignored, &n), ==, 0);
        g_assert_cmpuint(n, ==, 1);
        g_assert_cmpstr(ignored[0].reason, ==, "option 33 cannot hold a default route (RFC 2132)");

        /* Option 249 takes the place of both options. */
        ack_good(&a);
        dhcp4_builder_append(&a.builder, DHCP4_OPTION_ROUTERS, routers, sizeof(routers));
        dhcp4_builder_append(&a.builder, DHCP4_OPTION_STATIC_ROUTES, other, sizeof(other));
        dhcp4_builder_append(&a.builder, DHCP4_OPTION_MS_CLASSLESS_ROUTES,
                             (const uint8_t[]){ 8, 10, 10, 0, 0, 7 }, 6);
        g_assert_cmpuint(routes_of(&a, routes, ignored, &n), ==, 1);
        g_assert_cmpuint(n, ==, 2);
        g_assert_true(is_ignored(ignored, n, DHCP4_OPTION_ROUTERS));
        g_assert_true(is_ignored(ignored, n, DHCP4_OPTION_STATIC_ROUTES));
        g_assert_cmpstr(ignored[0].reason, ==, "not used: option 249 is present");
}

/*
 * Plugins get sixteen search domains. If there are more, this is noted. What has no room in the notes is
 * left out.
 */
static void test_domains_told(void) {
        Dhcp4Ignored ignored[2] = { [1] = { .code = 77 } };
        Dhcp4Lease lease;
        Dhcp4Message m;

        for (unsigned n = 16; n <= 17; n++) {
                uint8_t domains[17 * 4];
                Ack a;

                for (unsigned i = 0; i < n; i++)
                        memcpy(domains + 4 * i, (const uint8_t[]){ 2, 'a', (uint8_t) ('a' + i), 0 }, 4);
                ack_good(&a);
                dhcp4_builder_append_u16(&a.builder, DHCP4_OPTION_MTU, 60);
                dhcp4_builder_append(&a.builder, DHCP4_OPTION_DOMAIN_SEARCH, domains, 4 * n);
                ack_lease(&a, &lease, &m);
                g_assert_cmpuint(ignored_of(&lease, &m, DHCP4_LEASE_MTU_MIN, ignored, 1), ==, 1);
                g_assert_cmpuint(ignored[0].code, ==,
                                 n == 16 ? DHCP4_OPTION_MTU : DHCP4_OPTION_DOMAIN_SEARCH);
                g_assert_cmpuint(ignored[1].code, ==, 77);
        }
}

static const char *reason_of(uint32_t lifetime, uint8_t code, uint32_t t1, uint32_t t2) {
        Dhcp4Ignored ignored[4];
        Dhcp4Lease lease;
        Dhcp4Message m;
        size_t n;
        Ack a;

        ack_lasting(&a, lifetime);
        dhcp4_builder_append_u32(&a.builder, DHCP4_OPTION_T1, t1);
        dhcp4_builder_append_u32(&a.builder, DHCP4_OPTION_T2, t2);
        ack_lease(&a, &lease, &m);
        n = ignored_of(&lease, &m, DHCP4_LEASE_MTU_MIN, ignored, ARRAY_SIZE(ignored));
        for (size_t i = 0; i < n; i++)
                if (ignored[i].code == code)
                        return ignored[i].reason;
        return NULL;
}

static void test_times_told(void) {
        g_assert_null(reason_of(3600, DHCP4_OPTION_LEASE_TIME, 1800, 3000));
        g_assert_null(reason_of(3600, DHCP4_OPTION_T1, 1800, 3000));
        g_assert_null(reason_of(3600, DHCP4_OPTION_T2, 1800, 3000));
        g_assert_cmpstr(reason_of(5, DHCP4_OPTION_LEASE_TIME, 2, 4), ==,
                        "raised to 10 s: renewals would flood the server");
        g_assert_cmpstr(reason_of(3600, DHCP4_OPTION_T1, 0, 3000), ==, "not used: it is 0");
        g_assert_cmpstr(reason_of(3600, DHCP4_OPTION_T1, 3100, 3000), ==, "not used: it is not before T2");
        g_assert_cmpstr(reason_of(86400, DHCP4_OPTION_T1, 1, 3000), ==,
                        "raised: renewals would flood the server");
        g_assert_cmpstr(reason_of(3600, DHCP4_OPTION_T2, 1800, 3600), ==,
                        "not used: it is not before the end of the lease");
        g_assert_cmpstr(reason_of(3600, DHCP4_OPTION_T2, 1, 2), ==,
                        "not used: renewals would flood the server");
        g_assert_cmpstr(reason_of(UINT32_MAX, DHCP4_OPTION_T1, 1, 2), ==,
                        "not used: the lease is unlimited");
        g_assert_cmpstr(reason_of(UINT32_MAX, DHCP4_OPTION_T2, 1, 2), ==,
                        "not used: the lease is unlimited");
        g_assert_null(reason_of(UINT32_MAX, DHCP4_OPTION_T2, UINT32_MAX, UINT32_MAX));
        g_assert_cmpstr(reason_of(3600, DHCP4_OPTION_T1, 3000, 3000), ==, "not used: it is not before T2");
        g_assert_cmpstr(reason_of(3600, DHCP4_OPTION_T2, 1800, 4000), ==,
                        "not used: it is not before the end of the lease");
        g_assert_null(reason_of(10, DHCP4_OPTION_LEASE_TIME, 5, 8));
}

static void test_same_content(void) {
        Dhcp4Lease a_lease, b_lease;
        Ack a, b;

        ack_good(&a);
        g_assert_cmpint(ack_end(&a, &a_lease), ==, 0);
        /* A plain renewal has other times and another xid. */
        ack_begin(&b, "10.0.0.50", "10.0.0.1");
        dhcp4_builder_append_u32(&b.builder, DHCP4_OPTION_T1, 7);
        dhcp4_builder_append_u32(&b.builder, DHCP4_OPTION_LEASE_TIME, 2000);
        g_assert_cmpint(ack_end(&b, &b_lease), ==, 0);
        g_assert_true(dhcp4_lease_same_content(&a_lease, &b_lease));
        g_assert_true(dhcp4_lease_same_content(&b_lease, &a_lease));

        /* One option more, or another address, is a change. */
        ack_good(&b);
        dhcp4_builder_append_addr(&b.builder, DHCP4_OPTION_DNS, ip("10.0.0.3"));
        g_assert_cmpint(ack_end(&b, &b_lease), ==, 0);
        g_assert_false(dhcp4_lease_same_content(&a_lease, &b_lease));
        g_assert_false(dhcp4_lease_same_content(&b_lease, &a_lease));
        ack_begin(&b, "10.0.0.51", "10.0.0.1");
        dhcp4_builder_append_u32(&b.builder, DHCP4_OPTION_LEASE_TIME, 1000);
        g_assert_cmpint(ack_end(&b, &b_lease), ==, 0);
        g_assert_false(dhcp4_lease_same_content(&a_lease, &b_lease));
}

int main(int argc, char *argv[]) {
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/dhcp4-lease/void", test_void);
        g_test_add_func("/dhcp4-lease/times", test_times);
        g_test_add_func("/dhcp4-lease/masks", test_masks);
        g_test_add_func("/dhcp4-lease/routes", test_routes);
        g_test_add_func("/dhcp4-lease/gateways", test_gateways);
        g_test_add_func("/dhcp4-lease/lacks-default", test_lacks_default);
        g_test_add_func("/dhcp4-lease/mtu", test_mtu);
        g_test_add_func("/dhcp4-lease/values", test_values);
        g_test_add_func("/dhcp4-lease/many-values", test_many_values);
        g_test_add_func("/dhcp4-lease/values-of-each", test_values_of_each);
        g_test_add_func("/dhcp4-lease/as-many-as-are-used", test_as_many_as_are_used);
        g_test_add_func("/dhcp4-lease/routes-as-there-is-room", test_routes_as_there_is_room);
        g_test_add_func("/dhcp4-lease/masks-told", test_masks_told);
        g_test_add_func("/dhcp4-lease/routes-told", test_routes_told);
        g_test_add_func("/dhcp4-lease/domains-told", test_domains_told);
        g_test_add_func("/dhcp4-lease/times-told", test_times_told);
        g_test_add_func("/dhcp4-lease/same-content", test_same_content);
        g_test_add_func("/dhcp4-lease/inform", test_inform);
        g_test_add_func("/dhcp4-lease/names", test_names);
        return g_test_run();
}
