/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A message checked and turned into a lease (dhcp4-lease.h): RFC 2131 §4.3.1, §4.4.1, §4.4.5, RFC 3442.
 * Pure.
 *
 * An answer that parses is refused only if it has no usable address, no server identifier or no lifetime, or
 * if it is neither DHCP nor a whole BOOTP reply. Everything else has a default.
 */
#include "core/dhcp4-lease.h"

#include <arpa/inet.h>
#include <assert.h>
#include <string.h>

#include "base/bytes.h"
#include "base/ip.h"
#include "base/macro.h"
#include "core/dhcp4-lease-kept.h"
#include "wire/dhcp4-option-decode.h"

#define OFFSET_YIADDR 16u  /* in a message, RFC 2131 §2 */
#define RENEWALS_MAX  256u /* held by times_min() */
#define T1_MIN_USEC   (60 * USEC_PER_SEC)
/* the floor for short leases; less than T2 even of the shortest one, DHCP4_LEASE_LIFETIME_MIN_USEC */
#define T1_LEAST_USEC (2 * USEC_PER_SEC)

/*
 * DEVIATION RFC 2131 §4.4.1: without a usable mask the address gets prefix length 32, not the one of its
 * class. Servers that forget option 1 in one ACK of many have put hosts on a /8 for a day; with /32 the
 * gateway gets a host route and all goes on.
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
 * DEVIATION RFC 2131 §4.4.5: a lifetime below 10 s is raised to that, and T1 and T2 are not followed below
 * the span that times_min() returns. Otherwise a T1 of 1 s would mean a renewal each second. That span lets
 * a lease be renewed RENEWALS_MAX times in its life, and is at most the 60 s after which the RFC lets a
 * client retransmit.
 */
static usec_t times_min(usec_t lifetime) {
        const usec_t part = MAX(lifetime / RENEWALS_MAX, T1_LEAST_USEC);

        return MIN(part, T1_MIN_USEC);
}

typedef struct Times {
        usec_t lifetime, t1, t2; /* spans */
} Times;

/*
 * RFC 2131 §4.4.5: T1 is 0.5 and T2 0.875 of the lifetime unless the server says otherwise, and T1 < T2 <
 * lifetime.
 */
static Times times_of(const Dhcp4Message *m, uint32_t lifetime_sec) {
        Times times = { .lifetime = usec_from_option_sec(lifetime_sec) };
        uint32_t sec;
        usec_t min;

        if (times.lifetime == USEC_INFINITY)
                return (Times){ USEC_INFINITY, USEC_INFINITY, USEC_INFINITY };
        times.lifetime = MAX(times.lifetime, DHCP4_LEASE_LIFETIME_MIN_USEC);
        times.t1 = times.lifetime / 2;
        times.t2 = times.lifetime / 8 * 7;
        min = times_min(times.lifetime);

        if (dhcp4_message_get_u32(m, DHCP4_OPTION_T2, &sec) == 0 && usec_from_option_sec(sec) > min &&
            usec_from_option_sec(sec) < times.lifetime)
                times.t2 = usec_from_option_sec(sec);
        if (dhcp4_message_get_u32(m, DHCP4_OPTION_T1, &sec) == 0 && sec > 0 &&
            usec_from_option_sec(sec) < times.t2)
                times.t1 = MAX(usec_from_option_sec(sec), min);
        /* If only T2 was sent, it may be before the default T1. */
        if (times.t1 >= times.t2)
                times.t1 = MAX(times.t2 / 2, min);
        return times;
}

static void set_times(const Dhcp4Message *m, uint32_t lifetime_sec, Dhcp4Lease *lease) {
        const Times times = times_of(m, lifetime_sec);

        lease->lifetime_usec = times.lifetime;
        lease->t1_usec = times.t1;
        lease->t2_usec = times.t2;
}

bool dhcp4_lease_server_id(const Dhcp4Message *m, struct in_addr *ret) {
        return dhcp4_message_get_addr(m, DHCP4_OPTION_SERVER_ID, ret) == 0 && ip4_is_host(*ret);
}

static void keep_answer(Dhcp4Lease *lease, const Dhcp4Answer *answer) {
        if (answer->hw)
                lease->server_hw = *answer->hw;
        lease->ack_len = (uint16_t) answer->len;
        memcpy(lease->ack, answer->data, answer->len);
        dhcp4_nonce_take(lease->ack, answer->len, &lease->nonce);
}

bool dhcp4_gateway_is_known(const Dhcp4Gateway *gateway) {
        static const uint8_t none[sizeof(gateway->mac)];

        return memcmp(gateway->mac, none, sizeof(none)) != 0;
}

static void note_gateways(const Dhcp4Message *m, Dhcp4Lease *lease) {
        Dhcp4Route routes[DHCP4_LEASE_ROUTES_MAX];
        const size_t n_routes = dhcp4_lease_routes(lease, m, routes, ARRAY_SIZE(routes));
        unsigned n = 0;

        for (size_t i = 0; i < n_routes && n < DHCP4_LEASE_GATEWAYS_MAX; i++) {
                const struct in_addr gateway = routes[i].gateway;
                bool again = gateway.s_addr == INADDR_ANY;

                for (unsigned j = 0; j < n; j++)
                        again = again || lease->gateways[j].address.s_addr == gateway.s_addr;
                if (!again)
                        lease->gateways[n++].address = gateway;
        }
}

/*
 * Returns true if the address is the broadcast address of its own subnet (RFC 1122 §3.2.1.3), at which
 * nobody could be reached.
 */
static bool is_subnet_broadcast(struct in_addr address, uint8_t prefix_len) {
        return ip4_is_edge(address, address, prefix_len) &&
                address.s_addr == ip4_last(address, prefix_len).s_addr;
}

/* What a lease has in addition to the answer. */
typedef struct Beside {
        struct in_addr address; /* the address that the answer is for */
        const uint8_t *kept;
        size_t kept_len; /* bytes; together with the answer at most DHCP4_MESSAGE_MAX_LEN */
} Beside;

static int make_lease(const Dhcp4Answer *answer, const Beside *beside, usec_t granted_at, Dhcp4Lease *ret) {
        const bool bootp = answer->m->type == DHCP4_BOOTP;
        const Dhcp4Message *m = answer->m;
        Dhcp4Message sum;
        struct in_addr server_id = {};
        uint32_t lifetime_sec = UINT32_MAX;

        if (beside->kept_len > 0) {
                sum = *m;
                if (!dhcp4_message_add(&sum, beside->kept, beside->kept_len))
                        return DHCP4_LEASE_E_NOT_DHCP;
                m = &sum;
        }
        if (!ip4_is_host(beside->address) || is_subnet_broadcast(beside->address, prefix_len_of(m)))
                return DHCP4_LEASE_E_NO_ADDRESS;
        /* A DHCP message that lost its option 53 on the way must not become an unlimited lease. */
        if (bootp &&
            (answer->len < DHCP4_MESSAGE_MIN_LEN || dhcp4_message_has(m, DHCP4_OPTION_SERVER_ID) ||
             dhcp4_message_has(m, DHCP4_OPTION_LEASE_TIME)))
                return DHCP4_LEASE_E_NOT_DHCP;
        if (!bootp && !dhcp4_lease_server_id(m, &server_id))
                return DHCP4_LEASE_E_NO_SERVER_ID;
        /* RFC 1534 §2: what a BOOTP server gives is unlimited. */
        if (!bootp && dhcp4_message_get_u32(m, DHCP4_OPTION_LEASE_TIME, &lifetime_sec) != 0)
                return DHCP4_LEASE_E_NO_LIFETIME;

        *ret = (Dhcp4Lease){
                .origin = bootp ? DHCP4_LEASE_BOOTP : DHCP4_LEASE_DHCP,
                .address = beside->address,
                .prefix_len = prefix_len_of(m),
                .server_id = server_id,
                .granted_at = granted_at,
        };
        set_times(m, lifetime_sec, ret);
        note_gateways(m, ret);
        keep_answer(ret, answer);
        memcpy(ret->ack + OFFSET_YIADDR, &beside->address, sizeof(beside->address));
        if (beside->kept_len > 0)
                memcpy(ret->ack + ret->ack_len, beside->kept, beside->kept_len);
        ret->kept_len = (uint16_t) beside->kept_len;
        return 0;
}

int dhcp4_lease_complete(const Dhcp4Answer *answer, usec_t granted_at, const Dhcp4LeaseBasis *basis,
                         Dhcp4Lease *ret) {
        const struct in_addr yiaddr = answer->m->header.yiaddr;
        uint8_t kept[DHCP4_MESSAGE_MAX_LEN];
        Beside beside = {
                .address = yiaddr.s_addr != INADDR_ANY ? yiaddr : basis->asked,
                .kept = kept,
        };

        beside.kept_len =
                dhcp4_kept_choose(answer->m, beside.address, basis, kept, sizeof(kept) - answer->len);
        return make_lease(answer, &beside, granted_at, ret);
}

int dhcp4_lease_from_ack(const uint8_t *data, size_t len, const HwAddress *server_hw, usec_t granted_at,
                         Dhcp4Lease *ret) {
        const Dhcp4LeaseBasis nothing = {};
        Dhcp4Message m;

        if (dhcp4_message_parse(data, len, &m) != 0)
                return DHCP4_LEASE_E_NOT_DHCP;
        return dhcp4_lease_complete(
                &(const Dhcp4Answer){ .m = &m, .data = data, .len = len, .hw = server_hw }, granted_at,
                &nothing, ret);
}

int dhcp4_lease_restore(const uint8_t *ack, size_t len, const uint8_t *kept, size_t kept_len,
                        const HwAddress *server_hw, usec_t granted_at, Dhcp4Lease *ret) {
        Dhcp4Message m, sum;
        const Dhcp4Answer answer = { .m = &m, .data = ack, .len = len, .hw = server_hw };

        if (dhcp4_message_parse(ack, len, &m) != 0 || kept_len > DHCP4_MESSAGE_MAX_LEN - len)
                return DHCP4_LEASE_E_NOT_DHCP;
        sum = m;
        if (!dhcp4_message_add(&sum, kept, kept_len) || !dhcp4_kept_check(&m, kept, kept_len))
                return DHCP4_LEASE_E_NOT_DHCP;
        return make_lease(&answer,
                          &(const Beside){ .address = m.header.yiaddr, .kept = kept, .kept_len = kept_len },
                          granted_at, ret);
}

int dhcp4_lease_from_inform(const Dhcp4Answer *answer, struct in_addr address, uint8_t prefix_len,
                            usec_t granted_at, Dhcp4Lease *ret) {
        struct in_addr server_id;

        if (answer->m->type != DHCP4_ACK)
                return DHCP4_LEASE_E_NOT_DHCP;
        if (!dhcp4_lease_server_id(answer->m, &server_id))
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
        keep_answer(ret, answer);
        return 0;
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

/* Returns true for the lease times, and for option 90, which has a counter that changes in each message. */
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

/*
 * Returns true if option @code makes no difference between two answers: it is a time, or belongs to a single
 * exchange and @other lacks it.
 */
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
        /* If nothing is new, a lease is compared with its own copy. That copy need not be parsed. */
        if (a->ack_len == b->ack_len && a->kept_len == b->kept_len &&
            memcmp(a->ack, b->ack, (size_t) a->ack_len + a->kept_len) == 0)
                return true;
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

static ByteReader option_reader(const Dhcp4Message *ack, uint8_t code) {
        const uint8_t *data = NULL;
        size_t len = 0;

        (void) dhcp4_message_get(ack, code, &data, &len);
        return byte_reader(data, len);
}

static bool next_address(ByteReader *r, struct in_addr *ret) {
        if (byte_reader_left(r) < sizeof(*ret))
                return false;
        byte_reader_copy(r, ret, sizeof(*ret));
        return true;
}

/* Returns NULL if @address of option @code is used, otherwise why not. */
static const char *check_address(const Dhcp4Lease *lease, uint8_t code, struct in_addr address) {
        return ip4_check(code == DHCP4_OPTION_ROUTERS ? IP4_USE_ROUTER : IP4_USE_SERVER, address,
                         lease->address, lease->prefix_len);
}

size_t dhcp4_lease_addrs(const Dhcp4Lease *lease, const Dhcp4Message *ack, uint8_t code, struct in_addr *ret,
                         size_t max) {
        ByteReader r = option_reader(ack, code);
        struct in_addr address;
        size_t n = 0;

        while (n < max && next_address(&r, &address))
                if (!check_address(lease, code, address))
                        ret[n++] = address;
        return n;
}

static bool next_route(ByteReader *r, uint8_t code, Dhcp4Route *ret) {
        return code == DHCP4_OPTION_STATIC_ROUTES ? dhcp4_static_route_next(r, ret)
                                                  : dhcp4_classless_route_next(r, ret);
}

/* Returns NULL if @route of option @code is used, otherwise why not. */
static const char *check_route(const Dhcp4Lease *lease, uint8_t code, const Dhcp4Route *route) {
        const char *reason;

        if (code == DHCP4_OPTION_STATIC_ROUTES && route->dst.s_addr == INADDR_ANY)
                return "option 33 cannot hold a default route (RFC 2132)";
        reason = ip4_check_network(route->dst, route->prefix_len);
        if (reason)
                return reason;
        if (route->gateway.s_addr == INADDR_ANY && code != DHCP4_OPTION_STATIC_ROUTES)
                return NULL;
        return check_address(lease, DHCP4_OPTION_ROUTERS, route->gateway);
}

size_t dhcp4_lease_routers(const Dhcp4Lease *lease, const Dhcp4Message *ack, Dhcp4Route *ret, size_t max) {
        struct in_addr routers[DHCP4_LEASE_ROUTERS_MAX];
        const size_t n =
                dhcp4_lease_addrs(lease, ack, DHCP4_OPTION_ROUTERS, routers, MIN(ARRAY_SIZE(routers), max));

        /*
         * RFC 2132 §3.5: routers are listed in order of preference. Of routes with the same metric, the one
         * that was added first is used.
         */
        for (size_t i = 0; i < n; i++)
                ret[i] = (Dhcp4Route){ .gateway = routers[i] };
        return n;
}

size_t dhcp4_lease_routes(const Dhcp4Lease *lease, const Dhcp4Message *ack, Dhcp4Route *ret, size_t max) {
        const uint8_t code = dhcp4_lease_routes_option(ack);
        ByteReader r = option_reader(ack, code);
        Dhcp4Route route;
        size_t n = 0;

        while (n < max && next_route(&r, code, &route))
                if (!check_route(lease, code, &route))
                        ret[n++] = route;
        return code == DHCP4_OPTION_STATIC_ROUTES ? n + dhcp4_lease_routers(lease, ack, ret + n, max - n)
                                                  : n;
}

bool dhcp4_lease_lacks_default(const Dhcp4Lease *lease, const Dhcp4Message *ack) {
        Dhcp4Route routes[DHCP4_LEASE_ROUTES_MAX];
        size_t n;

        if (dhcp4_lease_routes_option(ack) == DHCP4_OPTION_STATIC_ROUTES)
                return false;
        n = dhcp4_lease_routes(lease, ack, routes, ARRAY_SIZE(routes));
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

void dhcp4_notes_add(Dhcp4Notes *notes, uint8_t code, const char *reason) {
        if (notes->n < notes->max)
                notes->entries[notes->n++] = (Dhcp4Ignored){ .code = code, .reason = reason };
}

static bool is_same_value(const Dhcp4Ignored *a, const Dhcp4Ignored *b) {
        return a->code == b->code && a->part == b->part && a->address.s_addr == b->address.s_addr &&
                a->dst.s_addr == b->dst.s_addr && a->prefix_len == b->prefix_len;
}

static void add_value(Dhcp4Notes *notes, const Dhcp4Ignored *value) {
        unsigned n = 0;

        for (size_t i = 0; i < notes->n; i++) {
                const Dhcp4Ignored *entry = &notes->entries[i];

                if (is_same_value(entry, value))
                        return;
                n += entry->code == value->code && entry->part != DHCP4_IGNORED_OPTION;
        }
        if (n < DHCP4_LEASE_IGNORED_VALUES_MAX) {
                if (notes->n < notes->max)
                        notes->entries[notes->n++] = *value;
        } else if (notes->entries[notes->n - 1].code != value->code ||
                   notes->entries[notes->n - 1].part != DHCP4_IGNORED_OPTION)
                dhcp4_notes_add(notes, value->code, "more values not used");
}

void dhcp4_notes_add_address(Dhcp4Notes *notes, uint8_t code, struct in_addr address, const char *reason) {
        add_value(
                notes,
                &(const Dhcp4Ignored){
                        .code = code, .part = DHCP4_IGNORED_ADDRESS, .address = address, .reason = reason });
}

static void note_mask(const Dhcp4Lease *lease, const Dhcp4Message *ack, Dhcp4Notes *notes) {
        struct in_addr mask;
        uint8_t prefix_len;

        if (dhcp4_message_get_addr(ack, DHCP4_OPTION_SUBNET_MASK, &mask) != 0)
                return;
        if (!ip4_prefix_len(mask, &prefix_len))
                dhcp4_notes_add_address(notes, DHCP4_OPTION_SUBNET_MASK, mask,
                                        "its bits are not contiguous");
        else if (prefix_len == 0)
                dhcp4_notes_add_address(notes, DHCP4_OPTION_SUBNET_MASK, mask,
                                        "it would make every host a neighbour");
        else if (lease->origin == DHCP4_LEASE_INFORM && prefix_len != lease->prefix_len)
                dhcp4_notes_add_address(notes, DHCP4_OPTION_SUBNET_MASK, mask,
                                        "the prefix length is configured");
}

static void note_addresses(const Dhcp4Lease *lease, const Dhcp4Message *ack, uint8_t code, size_t max,
                           const char *too_many, Dhcp4Notes *notes) {
        ByteReader r = option_reader(ack, code);
        struct in_addr address;
        size_t n = 0;

        while (next_address(&r, &address)) {
                const char *reason = check_address(lease, code, address);

                n += !reason;
                if (reason)
                        dhcp4_notes_add_address(notes, code, address, reason);
        }
        if (n > max)
                dhcp4_notes_add(notes, code, too_many);
}

static void note_routes(const Dhcp4Lease *lease, const Dhcp4Message *ack, uint8_t code, Dhcp4Notes *notes) {
        ByteReader r = option_reader(ack, code);
        Dhcp4Route route;

        while (next_route(&r, code, &route)) {
                const char *reason = check_route(lease, code, &route);

                if (reason)
                        add_value(notes,
                                  &(const Dhcp4Ignored){
                                          .code = code,
                                          .part = DHCP4_IGNORED_ROUTE,
                                          .address = route.gateway,
                                          .dst = route.dst,
                                          .prefix_len = route.prefix_len,
                                          .reason = reason,
                                  });
        }
}

static const char *check_t1(const Times *times, usec_t t1) {
        if (t1 == times->t1)
                return NULL;
        if (times->lifetime == USEC_INFINITY)
                return "not used: the lease is unlimited";
        if (t1 == 0)
                return "not used: it is 0";
        return t1 >= times->t2 ? "not used: it is not before T2" : "raised: renewals would flood the server";
}

static const char *check_t2(const Times *times, usec_t t2) {
        if (t2 == times->t2)
                return NULL;
        if (times->lifetime == USEC_INFINITY)
                return "not used: the lease is unlimited";
        return t2 >= times->lifetime ? "not used: it is not before the end of the lease"
                                     : "not used: renewals would flood the server";
}

/*
 * Computes the times from @ack again. Those of @lease may be shorter, because the lease was remembered over
 * a boot.
 */
static void note_times(const Dhcp4Lease *lease, const Dhcp4Message *ack, Dhcp4Notes *notes) {
        const char *reason;
        uint32_t sec;
        Times times;

        if (lease->origin != DHCP4_LEASE_DHCP ||
            dhcp4_message_get_u32(ack, DHCP4_OPTION_LEASE_TIME, &sec) != 0)
                return;
        times = times_of(ack, sec);
        if (usec_from_option_sec(sec) != times.lifetime)
                dhcp4_notes_add(notes, DHCP4_OPTION_LEASE_TIME,
                                "raised to 10 s: renewals would flood the server");
        if (dhcp4_message_get_u32(ack, DHCP4_OPTION_T1, &sec) == 0) {
                reason = check_t1(&times, usec_from_option_sec(sec));
                if (reason)
                        dhcp4_notes_add(notes, DHCP4_OPTION_T1, reason);
        }
        if (dhcp4_message_get_u32(ack, DHCP4_OPTION_T2, &sec) == 0) {
                reason = check_t2(&times, usec_from_option_sec(sec));
                if (reason)
                        dhcp4_notes_add(notes, DHCP4_OPTION_T2, reason);
        }
}

static void note_domains(const Dhcp4Message *ack, Dhcp4Notes *notes) {
        char domain[DHCP4_DOMAIN_MAX];
        size_t iter = 0, n = 0;

        while (n <= DHCP4_LEASE_SEARCH_MAX &&
               dhcp4_message_next_domain(ack, DHCP4_OPTION_DOMAIN_SEARCH, &iter, domain))
                n++;
        if (n > DHCP4_LEASE_SEARCH_MAX)
                dhcp4_notes_add(notes, DHCP4_OPTION_DOMAIN_SEARCH, "plugins are told of the first 16 only");
}

void dhcp4_lease_ignored(const Dhcp4Lease *lease, const Dhcp4Message *ack, bool classless, uint16_t mtu_min,
                         Dhcp4Notes *notes) {
        static const uint8_t beside_classless[] = { DHCP4_OPTION_ROUTERS, DHCP4_OPTION_STATIC_ROUTES,
                                                    DHCP4_OPTION_MS_CLASSLESS_ROUTES };
        static const uint8_t beside_ms[] = { DHCP4_OPTION_ROUTERS, DHCP4_OPTION_STATIC_ROUTES };
        const uint8_t code = classless ? dhcp4_lease_routes_option(ack) : DHCP4_OPTION_STATIC_ROUTES;

        static_assert(DHCP4_LEASE_ROUTERS_MAX == 4 && DHCP4_LEASE_DNS_MAX == 8 && DHCP4_LEASE_NTP_MAX == 8 &&
                              DHCP4_LEASE_SEARCH_MAX == 16,
                      "the texts below name these numbers");
        if (code == DHCP4_OPTION_CLASSLESS_ROUTES) {
                for (size_t i = 0; i < ARRAY_SIZE(beside_classless); i++)
                        if (dhcp4_message_has(ack, beside_classless[i]))
                                dhcp4_notes_add(notes, beside_classless[i],
                                                "not used: option 121 is present");
        } else if (code == DHCP4_OPTION_MS_CLASSLESS_ROUTES)
                for (size_t i = 0; i < ARRAY_SIZE(beside_ms); i++)
                        if (dhcp4_message_has(ack, beside_ms[i]))
                                dhcp4_notes_add(notes, beside_ms[i], "not used: option 249 is present");
        note_mask(lease, ack, notes);
        if (classless)
                note_routes(lease, ack, code, notes);
        if (code == DHCP4_OPTION_STATIC_ROUTES)
                note_addresses(lease, ack, DHCP4_OPTION_ROUTERS, DHCP4_LEASE_ROUTERS_MAX,
                               "the first 4 routers are used only", notes);
        note_addresses(lease, ack, DHCP4_OPTION_DNS, DHCP4_LEASE_DNS_MAX,
                       "plugins are told of the first 8 only", notes);
        note_addresses(lease, ack, DHCP4_OPTION_NTP, DHCP4_LEASE_NTP_MAX,
                       "plugins are told of the first 8 only", notes);
        note_times(lease, ack, notes);
        note_domains(ack, notes);
        if (dhcp4_message_has(ack, DHCP4_OPTION_MTU) && dhcp4_lease_mtu(ack, mtu_min) == 0)
                dhcp4_notes_add(notes, DHCP4_OPTION_MTU, "not used: below MinimumMTU");
        for (unsigned i = 0; i < ack->n_ignored; i++)
                dhcp4_notes_add(notes, ack->ignored[i].code, ack->ignored[i].reason);
}
