/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A message checked and turned into a lease (dhcp4-lease.h): RFC 2131 §4.3.1, §4.4.1, §4.4.5, RFC 3442. Pure.
 *
 * Only an unusable address, a missing server identifier or a missing lifetime void an answer. Everything else has a default.
 */
#include "core/dhcp4-lease.h"

#include <arpa/inet.h>
#include <assert.h>
#include <string.h>

#include "base/ip.h"
#include "base/macro.h"
#include "core/dhcp4-lease-kept.h"

#define OFFSET_YIADDR 16u /* in a message, RFC 2131 §2 */
#define RENEWALS_MAX  256u
#define T1_MIN_USEC   (60 * USEC_PER_SEC)
#define T1_LEAST_USEC (2 * USEC_PER_SEC) /* also of the shortest lease, DHCP4_LEASE_LIFETIME_MIN_USEC */

/*
 * DEVIATION RFC 2131 §4.4.1: without a usable mask the address gets prefix length 32, not the one of its class. Servers that
 * forget option 1 in one ACK of many have put hosts on a /8 for a day; with /32 the gateway gets a host route and all goes on.
 */
static uint8_t prefix_len_of(const Dhcp4Message *m) {
        uint8_t prefix_len;

        return dhcp4_lease_mask(m, &prefix_len) ? prefix_len : 32;
}

bool dhcp4_lease_mask(const Dhcp4Message *m, uint8_t *ret) {
        struct in_addr mask;

        return dhcp4_message_get_addr(m, DHCP4_OPTION_SUBNET_MASK, &mask) == 0 &&
                ip4_prefix_len(mask, ret) && *ret > 0;
}

/*
 * DEVIATION RFC 2131 §4.4.5: a lifetime below 10 s is raised to that, and T1 and T2 are not followed below this: a T1 of a second would mean a renewal a second for the day that the lease lasts. A lease is renewed a few
 * hundred times in its life at most, and no more often than the RFC lets us retransmit (RFC 2131 §4.4.5: 60 s) if it is long.
 */
static usec_t times_min(usec_t lifetime) {
        const usec_t part = MAX(lifetime / RENEWALS_MAX, T1_LEAST_USEC);

        return MIN(part, T1_MIN_USEC);
}

/* RFC 2131 §4.4.5: T1 is 0.5 and T2 0.875 of the lifetime unless the server says otherwise, and T1 < T2 < lifetime. */
static void set_times(const Dhcp4Message *m, uint32_t lifetime_sec, Dhcp4Lease *lease) {
        uint32_t sec;
        usec_t min;

        lease->lifetime_usec = usec_from_option_sec(lifetime_sec);
        if (lease->lifetime_usec == USEC_INFINITY) {
                lease->t1_usec = lease->t2_usec = USEC_INFINITY;
                return;
        }
        lease->lifetime_usec = MAX(lease->lifetime_usec, DHCP4_LEASE_LIFETIME_MIN_USEC);
        lease->t1_usec = lease->lifetime_usec / 2;
        lease->t2_usec = lease->lifetime_usec / 8 * 7;
        min = times_min(lease->lifetime_usec);

        if (dhcp4_message_get_u32(m, DHCP4_OPTION_T2, &sec) == 0 && usec_from_option_sec(sec) > min &&
            usec_from_option_sec(sec) < lease->lifetime_usec)
                lease->t2_usec = usec_from_option_sec(sec);
        if (dhcp4_message_get_u32(m, DHCP4_OPTION_T1, &sec) == 0 && sec > 0 &&
            usec_from_option_sec(sec) < lease->t2_usec)
                lease->t1_usec = MAX(usec_from_option_sec(sec), min);
        /* A T2 that alone came early may have passed the default T1. */
        if (lease->t1_usec >= lease->t2_usec)
                lease->t1_usec = MAX(lease->t2_usec / 2, min);
}

bool dhcp4_lease_server_id(const Dhcp4Message *m, struct in_addr *ret) {
        return dhcp4_message_get_addr(m, DHCP4_OPTION_SERVER_ID, ret) == 0 && ip4_is_host(*ret);
}

static void keep_answer(Dhcp4Lease *lease, const uint8_t *data, size_t len, const HwAddress *server_hw) {
        if (server_hw)
                lease->server_hw = *server_hw;
        lease->ack_len = (uint16_t) len;
        memcpy(lease->ack, data, len);
        dhcp4_nonce_take(lease->ack, len, &lease->nonce);
}

bool dhcp4_gateway_is_known(const Dhcp4Gateway *gateway) {
        static const uint8_t none[sizeof(gateway->mac)];

        return memcmp(gateway->mac, none, sizeof(none)) != 0;
}

static void note_gateways(const Dhcp4Message *m, Dhcp4Lease *lease) {
        Dhcp4Route routes[DHCP4_LEASE_ROUTES_MAX];
        const size_t n_routes = dhcp4_lease_routes(m, routes, ARRAY_SIZE(routes));
        unsigned n = 0;

        for (size_t i = 0; i < n_routes && n < DHCP4_LEASE_GATEWAYS_MAX; i++) {
                const struct in_addr gateway = routes[i].gateway;
                bool again = !ip4_is_host(gateway) || gateway.s_addr == lease->address.s_addr;

                for (unsigned j = 0; j < n; j++)
                        again = again || lease->gateways[j].address.s_addr == gateway.s_addr;
                if (!again)
                        lease->gateways[n++].address = gateway;
        }
}

/* The address that is all hosts of its own subnet (RFC 1122 §3.2.1.3): nobody could be reached at it. */
static bool is_subnet_broadcast(struct in_addr address, uint8_t prefix_len) {
        return ip4_is_edge(address, address, prefix_len) &&
                address.s_addr == ip4_last(address, prefix_len).s_addr;
}

/* An answer that was parsed to @m, and what is kept beside it. */
typedef struct Answer {
        const uint8_t *data, *kept;
        size_t len, kept_len; /* bytes; together at most DHCP4_MESSAGE_MAX_LEN */
        struct in_addr address;
} Answer;

static int make_lease(Dhcp4Message *m, const Answer *answer, const HwAddress *server_hw, usec_t granted_at,
                      Dhcp4Lease *ret) {
        const bool bootp = m->type == DHCP4_BOOTP;
        struct in_addr server_id = {};
        uint32_t lifetime_sec = UINT32_MAX;

        if (answer->kept_len > 0 && !dhcp4_message_add(m, answer->kept, answer->kept_len))
                return DHCP4_LEASE_E_NOT_DHCP;
        if (!ip4_is_host(answer->address) || is_subnet_broadcast(answer->address, prefix_len_of(m)))
                return DHCP4_LEASE_E_NO_ADDRESS;
        /* A DHCP message that lost its option 53 on the way must not become a lease for ever. */
        if (bootp &&
            (answer->len < DHCP4_MESSAGE_MIN_LEN || dhcp4_message_has(m, DHCP4_OPTION_SERVER_ID) ||
             dhcp4_message_has(m, DHCP4_OPTION_LEASE_TIME)))
                return DHCP4_LEASE_E_NOT_DHCP;
        if (!bootp && !dhcp4_lease_server_id(m, &server_id))
                return DHCP4_LEASE_E_NO_SERVER_ID;
        /* RFC 1534 §2: what a BOOTP server gives is for ever. */
        if (!bootp && dhcp4_message_get_u32(m, DHCP4_OPTION_LEASE_TIME, &lifetime_sec) != 0)
                return DHCP4_LEASE_E_NO_LIFETIME;

        *ret = (Dhcp4Lease){
                .origin = bootp ? DHCP4_LEASE_BOOTP : DHCP4_LEASE_DHCP,
                .address = answer->address,
                .prefix_len = prefix_len_of(m),
                .server_id = server_id,
                .granted_at = granted_at,
        };
        set_times(m, lifetime_sec, ret);
        note_gateways(m, ret);
        keep_answer(ret, answer->data, answer->len, server_hw);
        memcpy(ret->ack + OFFSET_YIADDR, &answer->address, sizeof(answer->address));
        if (answer->kept_len > 0)
                memcpy(ret->ack + ret->ack_len, answer->kept, answer->kept_len);
        ret->kept_len = (uint16_t) answer->kept_len;
        return 0;
}

int dhcp4_lease_complete(const uint8_t *data, size_t len, const HwAddress *server_hw, usec_t granted_at,
                         const Dhcp4LeaseBasis *basis, Dhcp4Lease *ret) {
        uint8_t kept[DHCP4_MESSAGE_MAX_LEN];
        Answer answer = { .data = data, .len = len, .kept = kept };
        Dhcp4Message m;

        if (dhcp4_message_parse(data, len, &m) != 0)
                return DHCP4_LEASE_E_NOT_DHCP;
        answer.address = m.header.yiaddr.s_addr != INADDR_ANY ? m.header.yiaddr : basis->asked;
        answer.kept_len = dhcp4_kept_choose(&m, answer.address, basis, kept, sizeof(kept) - len);
        return make_lease(&m, &answer, server_hw, granted_at, ret);
}

int dhcp4_lease_from_ack(const uint8_t *data, size_t len, const HwAddress *server_hw, usec_t granted_at,
                         Dhcp4Lease *ret) {
        const Dhcp4LeaseBasis nothing = {};

        return dhcp4_lease_complete(data, len, server_hw, granted_at, &nothing, ret);
}

int dhcp4_lease_restore(const uint8_t *ack, size_t len, const uint8_t *kept, size_t kept_len,
                        const HwAddress *server_hw, usec_t granted_at, Dhcp4Lease *ret) {
        Answer answer = { .data = ack, .len = len, .kept = kept, .kept_len = kept_len };
        Dhcp4Message m, sum;

        if (dhcp4_message_parse(ack, len, &m) != 0 || kept_len > DHCP4_MESSAGE_MAX_LEN - len)
                return DHCP4_LEASE_E_NOT_DHCP;
        sum = m;
        if (!dhcp4_message_add(&sum, kept, kept_len) || !dhcp4_kept_check(&m, kept, kept_len))
                return DHCP4_LEASE_E_NOT_DHCP;
        answer.address = m.header.yiaddr;
        return make_lease(&m, &answer, server_hw, granted_at, ret);
}

int dhcp4_lease_from_inform(const uint8_t *data, size_t len, const HwAddress *server_hw,
                            struct in_addr address, uint8_t prefix_len, usec_t granted_at, Dhcp4Lease *ret) {
        struct in_addr server_id;
        Dhcp4Message m;

        if (dhcp4_message_parse(data, len, &m) != 0 || m.type != DHCP4_ACK)
                return DHCP4_LEASE_E_NOT_DHCP;
        if (!dhcp4_lease_server_id(&m, &server_id))
                return DHCP4_LEASE_E_NO_SERVER_ID;
        *ret = (Dhcp4Lease){
                .origin = DHCP4_LEASE_INFORM,
                .address = address,
                .prefix_len = prefix_len,
                .server_id = server_id,
                .granted_at = granted_at,
                .lifetime_usec = USEC_INFINITY,
                .t1_usec = USEC_INFINITY,
                .t2_usec = USEC_INFINITY,
        };
        keep_answer(ret, data, len, server_hw);
        return 0;
}

void dhcp4_lease_make(Dhcp4LeaseOrigin origin, struct in_addr address, uint8_t prefix_len,
                      struct in_addr router, usec_t granted_at, Dhcp4Lease *ret) {
        const struct in_addr mask = ip4_mask(prefix_len);
        const Dhcp4Header header = { .op = DHCP4_OP_BOOTREPLY, .yiaddr = address };
        Dhcp4Builder b;
        size_t len;

        *ret = (Dhcp4Lease){
                .origin = origin,
                .address = address,
                .prefix_len = prefix_len,
                .granted_at = granted_at,
                .lifetime_usec = USEC_INFINITY,
                .t1_usec = USEC_INFINITY,
                .t2_usec = USEC_INFINITY,
        };
        dhcp4_builder_init(&b, ret->ack, sizeof(ret->ack), &header, DHCP4_ACK);
        dhcp4_builder_append_addr(&b, DHCP4_OPTION_SUBNET_MASK, mask);
        if (router.s_addr != INADDR_ANY)
                dhcp4_builder_append_addr(&b, DHCP4_OPTION_ROUTERS, router);
        if (dhcp4_builder_finish(&b, &len) != 0)
                assert_not_reached();
        ret->ack_len = (uint16_t) len;
}

const char *dhcp4_lease_origin_to_string(Dhcp4LeaseOrigin origin) {
        static const char *const names[_DHCP4_LEASE_ORIGIN_MAX] = {
                [DHCP4_LEASE_DHCP] = "dhcp",
                [DHCP4_LEASE_BOOTP] = "bootp",
                [DHCP4_LEASE_INFORM] = "inform",
                [DHCP4_LEASE_STATIC] = "static",
                [DHCP4_LEASE_LINK_LOCAL] = "link-local",
        };

        assert(origin < _DHCP4_LEASE_ORIGIN_MAX);
        return names[origin];
}

void dhcp4_lease_message(const Dhcp4Lease *lease, Dhcp4Message *ret) {
        if (dhcp4_message_parse(lease->ack, lease->ack_len, ret) != 0 ||
            (lease->kept_len > 0 && !dhcp4_message_add(ret, lease->ack + lease->ack_len, lease->kept_len)))
                assert_not_reached();
}

/* Options that say when, not what; and who says so, with a counter in it. */
static bool is_time_option(uint8_t code) {
        return code == DHCP4_OPTION_LEASE_TIME || code == DHCP4_OPTION_T1 || code == DHCP4_OPTION_T2 ||
                code == DHCP4_OPTION_AUTHENTICATION;
}

static bool same_option(const Dhcp4Message *a, const Dhcp4Message *b, uint8_t code) {
        const uint8_t *p, *q;
        size_t n, m;

        return dhcp4_message_get_raw(a, code, &p, &n) == 0 && dhcp4_message_get_raw(b, code, &q, &m) == 0 &&
                n == m && memcmp(p, q, n) == 0;
}

/* Does option @code make no difference to @other: as a time, or as one of a single exchange that @other lacks? */
static bool may_lack(const Dhcp4Message *other, uint8_t code) {
        const uint8_t *data;
        size_t len;

        return is_time_option(code) ||
                (dhcp4_kept_never(code) && dhcp4_message_get_raw(other, code, &data, &len) != 0);
}

static bool same_options(const Dhcp4Message *a, const Dhcp4Message *b) {
        unsigned n_a = 0, n_b = 0;

        for (unsigned i = 0; i < b->n_order; i++)
                n_b += !may_lack(a, b->order[i]);
        for (unsigned i = 0; i < a->n_order; i++) {
                if (may_lack(b, a->order[i]))
                        continue;
                if (!same_option(a, b, a->order[i]))
                        return false;
                n_a++;
        }
        return n_a == n_b;
}

bool dhcp4_lease_same_content(const Dhcp4Lease *a, const Dhcp4Lease *b) {
        Dhcp4Message x, y;

        if (a->origin != b->origin || a->address.s_addr != b->address.s_addr ||
            a->prefix_len != b->prefix_len || a->server_id.s_addr != b->server_id.s_addr)
                return false;
        dhcp4_lease_message(a, &x);
        dhcp4_lease_message(b, &y);
        return same_options(&x, &y);
}

uint8_t dhcp4_lease_routes_option(const Dhcp4Message *ack) {
        static const uint8_t codes[] = { DHCP4_OPTION_CLASSLESS_ROUTES, DHCP4_OPTION_MS_CLASSLESS_ROUTES };
        Dhcp4Route route;

        for (size_t i = 0; i < ARRAY_SIZE(codes); i++)
                if (dhcp4_message_get_routes(ack, codes[i], &route, 1) > 0)
                        return codes[i]; /* RFC 3442: options 3 and 33 MUST be ignored then */
        return DHCP4_OPTION_STATIC_ROUTES;
}

size_t dhcp4_lease_routers(const Dhcp4Message *ack, Dhcp4Route *ret, size_t max) {
        struct in_addr routers[DHCP4_LEASE_ROUTERS_MAX];
        const size_t n =
                MIN(dhcp4_message_get_addrs(ack, DHCP4_OPTION_ROUTERS, routers, ARRAY_SIZE(routers)), max);

        /* Routers are listed in order of preference, RFC 2132 §3.5; routes with one metric go by the order of their arrival. */
        for (size_t i = 0; i < n; i++)
                ret[i] = (Dhcp4Route){ .gateway = routers[i] };
        return n;
}

size_t dhcp4_lease_routes(const Dhcp4Message *ack, Dhcp4Route *ret, size_t max) {
        const uint8_t code = dhcp4_lease_routes_option(ack);
        const size_t n = dhcp4_message_get_routes(ack, code, ret, max);

        return code == DHCP4_OPTION_STATIC_ROUTES ? n + dhcp4_lease_routers(ack, ret + n, max - n) : n;
}

bool dhcp4_lease_lacks_default(const Dhcp4Message *ack) {
        Dhcp4Route routes[DHCP4_LEASE_ROUTES_MAX];
        size_t n;

        if (dhcp4_lease_routes_option(ack) == DHCP4_OPTION_STATIC_ROUTES)
                return false;
        n = dhcp4_lease_routes(ack, routes, ARRAY_SIZE(routes));
        for (size_t i = 0; i < n; i++)
                if (routes[i].prefix_len == 0)
                        return false;
        return true;
}

uint16_t dhcp4_lease_mtu(const Dhcp4Message *ack, uint16_t min) {
        uint16_t mtu;

        if (dhcp4_message_get_u16(ack, DHCP4_OPTION_MTU, &mtu) != 0 ||
            mtu < MAX((uint32_t) min, DHCP4_LEASE_MTU_MIN_MIN))
                return 0;
        return mtu;
}

static void note(Dhcp4Ignored *ret, size_t max, size_t *n, uint8_t code, const char *reason) {
        if (*n < max)
                ret[(*n)++] = (Dhcp4Ignored){ .code = code, .reason = reason };
}

size_t dhcp4_lease_ignored(const Dhcp4Message *ack, bool classless, uint16_t mtu_min, Dhcp4Ignored *ret,
                           size_t max) {
        static const uint8_t beside_classless[] = { DHCP4_OPTION_ROUTERS, DHCP4_OPTION_STATIC_ROUTES,
                                                    DHCP4_OPTION_MS_CLASSLESS_ROUTES };
        static const uint8_t beside_ms[] = { DHCP4_OPTION_ROUTERS, DHCP4_OPTION_STATIC_ROUTES };
        size_t n = 0;

        if (classless && dhcp4_message_has(ack, DHCP4_OPTION_CLASSLESS_ROUTES)) {
                for (size_t i = 0; i < ARRAY_SIZE(beside_classless); i++)
                        if (dhcp4_message_has(ack, beside_classless[i]))
                                note(ret, max, &n, beside_classless[i], "not used: option 121 is present");
        } else if (classless && dhcp4_message_has(ack, DHCP4_OPTION_MS_CLASSLESS_ROUTES))
                for (size_t i = 0; i < ARRAY_SIZE(beside_ms); i++)
                        if (dhcp4_message_has(ack, beside_ms[i]))
                                note(ret, max, &n, beside_ms[i], "not used: option 249 is present");
        if (dhcp4_message_has(ack, DHCP4_OPTION_MTU) && dhcp4_lease_mtu(ack, mtu_min) == 0)
                note(ret, max, &n, DHCP4_OPTION_MTU, "not used: below MinimumMTU");
        for (unsigned i = 0; i < ack->n_ignored; i++)
                note(ret, max, &n, ack->ignored[i].code, ack->ignored[i].reason);
        return n;
}
