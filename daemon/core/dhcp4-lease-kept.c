/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Which options stand in for those that an answer lacks (dhcp4-lease-kept.h). Pure.
 *
 * A renewal asks for the same options as the first REQUEST (option 55), so its ACK should have them again.
 * Real servers leave them out: home routers answer a renewal with little more than an address, clouds
 * forget the lease time, and some put routers and DNS only into the OFFER. A server that leaves an option
 * out does not withdraw it. So:
 *
 *   - What configures the host is kept from the OFFER or from the lease that the answer renews, option by
 *     option.
 *   - What belongs to one exchange (message type, relay information, rapid commit, ...) is never kept.
 *   - Options that decide together are kept together or not at all: if the answer has one of them, none is
 *     kept. Otherwise an option 121 that was kept would override the option 3 of the answer (RFC 3442).
 *   - T1 and T2 are kept only with the lease time that they divide, the broadcast address only with its
 *     mask.
 *   - Nothing is kept for another address: that is another lease.
 *   - If neither the answer nor what was before says who grants the address or for how long, the values of
 *     Dhcp4LeaseBasis are used.
 *
 * The answer itself is not changed. The kept options follow it in Dhcp4Lease.ack. So both survive a restart
 * of the daemon, and it can be shown which option is which.
 */
#include "core/dhcp4-lease-kept.h"

#include <arpa/inet.h>
#include <string.h>

#include "base/ip.h"
#include "base/macro.h"

/*
 * These options are kept first, in this order, in case there is no room for all. The options of a row are
 * kept all together or not at all.
 */
static const uint8_t groups[][4] = {
        { DHCP4_OPTION_SUBNET_MASK },
        { DHCP4_OPTION_CLASSLESS_ROUTES, DHCP4_OPTION_MS_CLASSLESS_ROUTES, DHCP4_OPTION_STATIC_ROUTES,
          DHCP4_OPTION_ROUTERS },
        { DHCP4_OPTION_DNS },
        { DHCP4_OPTION_DOMAIN },
        { DHCP4_OPTION_DOMAIN_SEARCH },
        { DHCP4_OPTION_POSIX_TIMEZONE, DHCP4_OPTION_TZDB_TIMEZONE },
};

/* Returns true for the server identifier and the lease times, which have rules of their own. */
static bool is_of_grant(uint8_t code) {
        return code == DHCP4_OPTION_SERVER_ID || code == DHCP4_OPTION_LEASE_TIME ||
                code == DHCP4_OPTION_T1 || code == DHCP4_OPTION_T2;
}

bool dhcp4_kept_never(uint8_t code) {
        static const uint8_t codes[] = {
                DHCP4_OPTION_REQUESTED_IP,
                DHCP4_OPTION_OVERLOAD,
                DHCP4_OPTION_MESSAGE_TYPE,
                DHCP4_OPTION_PARAMETER_LIST,
                DHCP4_OPTION_MESSAGE,
                DHCP4_OPTION_MAX_MESSAGE_SIZE,
                DHCP4_OPTION_CLIENT_ID,
                DHCP4_OPTION_USER_CLASS,
                DHCP4_OPTION_RAPID_COMMIT,
                DHCP4_OPTION_FQDN, /* it answers the name in the request, which may have changed since */
                DHCP4_OPTION_RELAY_INFORMATION,
                DHCP4_OPTION_AUTHENTICATION,
                DHCP4_OPTION_LAST_TRANSACTION,
                DHCP4_OPTION_ASSOCIATED_IP,
                DHCP4_OPTION_CLIENT_ARCHITECTURE,
                DHCP4_OPTION_CLIENT_INTERFACE,
                DHCP4_OPTION_CLIENT_MACHINE_ID,
                DHCP4_OPTION_AUTO_CONFIGURE,
                DHCP4_OPTION_SUBNET_SELECTION,
                DHCP4_OPTION_FORCERENEW_NONCE,
        };

        return memchr(codes, code, sizeof(codes));
}

bool dhcp4_kept_lacks(const Dhcp4Message *m, uint8_t code) {
        struct in_addr address;
        uint8_t prefix_len;

        if (code == DHCP4_OPTION_SERVER_ID)
                return !dhcp4_lease_server_id(m, &address);
        if (code == DHCP4_OPTION_SUBNET_MASK)
                return !dhcp4_lease_mask(m, &prefix_len);
        return !dhcp4_message_has(m, code);
}

/*
 * Adds option @code of @from. Returns false if there is no room for it, true if it was added or @from does
 * not have it.
 */
static bool keep(Dhcp4Builder *b, const Dhcp4Message *from, uint8_t code) {
        const uint8_t *data;
        size_t len;

        if (dhcp4_message_get(from, code, &data, &len) != 0)
                return true;
        dhcp4_builder_append(b, code, data, len);
        if (b->error == 0)
                return true;
        b->error = 0; /* a shorter option may still fit */
        return false;
}

static bool in_groups(uint8_t code) {
        for (size_t i = 0; i < ARRAY_SIZE(groups); i++)
                if (memchr(groups[i], code, sizeof(groups[i])))
                        return true;
        return false;
}

static void keep_group(Dhcp4Builder *b, const Dhcp4Message *m, const Dhcp4Message *from,
                       const uint8_t group[4]) {
        const size_t before = b->pos;

        for (unsigned i = 0; i < 4 && group[i] != 0; i++)
                if (!dhcp4_kept_lacks(m, group[i]))
                        return;
        for (unsigned i = 0; i < 4 && group[i] != 0; i++)
                if (!keep(b, from, group[i])) {
                        b->pos = before;
                        return;
                }
}

/* Returns true if option 28 of @from may be kept. It must not get another mask than it was sent with. */
static bool keeps_broadcast(const Dhcp4Message *m, const Dhcp4Message *from) {
        uint8_t prefix_len, before;

        return !dhcp4_lease_mask(m, &prefix_len) ||
                (dhcp4_lease_mask(from, &before) && prefix_len == before);
}

static void keep_server(Dhcp4Builder *b, const Dhcp4Message *m, const Dhcp4Message *from) {
        if (dhcp4_kept_lacks(m, DHCP4_OPTION_SERVER_ID))
                (void) keep(b, from, DHCP4_OPTION_SERVER_ID);
}

static void keep_times(Dhcp4Builder *b, const Dhcp4Message *m, const Dhcp4Message *from) {
        if (!dhcp4_kept_lacks(m, DHCP4_OPTION_LEASE_TIME))
                return;
        (void) keep(b, from, DHCP4_OPTION_LEASE_TIME);
        if (!dhcp4_kept_lacks(m, DHCP4_OPTION_T1) || !dhcp4_kept_lacks(m, DHCP4_OPTION_T2))
                return;
        (void) keep(b, from, DHCP4_OPTION_T1);
        (void) keep(b, from, DHCP4_OPTION_T2);
}

static void keep_configuration(Dhcp4Builder *b, const Dhcp4Message *m, const Dhcp4Message *from) {
        for (size_t i = 0; i < ARRAY_SIZE(groups); i++)
                keep_group(b, m, from, groups[i]);
        for (unsigned i = 0; i < from->n_order; i++) {
                const uint8_t code = from->order[i];

                if (is_of_grant(code) || in_groups(code) || dhcp4_kept_never(code) ||
                    !dhcp4_kept_lacks(m, code) ||
                    (code == DHCP4_OPTION_BROADCAST && !keeps_broadcast(m, from)))
                        continue;
                (void) keep(b, from, code);
        }
}

/*
 * DEVIATION RFC 2131 §4.3.1: an OFFER or ACK without option 51 is taken for a lease of DefaultLeaseTimeSec=,
 * one without option 54 for that of the host that sent it. Some clouds and home routers answer so, and no
 * other client refuses all of them.
 */
static void assume_grant(Dhcp4Builder *b, const Dhcp4Message *m, const Dhcp4Message *from,
                         const Dhcp4LeaseBasis *basis) {
        if (basis->server_id.s_addr != INADDR_ANY && dhcp4_kept_lacks(m, DHCP4_OPTION_SERVER_ID) &&
            (!from || dhcp4_kept_lacks(from, DHCP4_OPTION_SERVER_ID)))
                dhcp4_builder_append_addr(b, DHCP4_OPTION_SERVER_ID, basis->server_id);
        if (basis->lifetime_sec > 0 && dhcp4_kept_lacks(m, DHCP4_OPTION_LEASE_TIME) &&
            (!from || dhcp4_kept_lacks(from, DHCP4_OPTION_LEASE_TIME)))
                dhcp4_builder_append_u32(b, DHCP4_OPTION_LEASE_TIME, basis->lifetime_sec);
        /* If these do not fit, there is no lease: dhcp4_lease_complete() fails. */
}

size_t dhcp4_kept_choose(const Dhcp4Message *m, struct in_addr address, const Dhcp4LeaseBasis *basis,
                         uint8_t *ret, size_t size) {
        const bool of_before = basis->before && basis->before->address.s_addr == address.s_addr;
        Dhcp4Builder b = { .data = ret, .size = size };
        Dhcp4Message from;

        if (m->type == DHCP4_BOOTP)
                return 0;
        if (of_before) {
                dhcp4_lease_message(basis->before, &from);
                keep_server(&b, m, &from);
                keep_times(&b, m, &from);
        }
        assume_grant(&b, m, of_before ? &from : NULL, basis);
        if (of_before)
                keep_configuration(&b, m, &from);
        return b.pos;
}

bool dhcp4_kept_check(const Dhcp4Message *m, const uint8_t *kept, size_t len) {
        if (len > 0 && m->type == DHCP4_BOOTP)
                return false;
        for (size_t at = 0; at < len; at += 2u + kept[at + 1])
                if (dhcp4_kept_never(kept[at]) || !dhcp4_kept_lacks(m, kept[at]))
                        return false;
        return true;
}

size_t dhcp4_lease_kept(const Dhcp4Lease *lease, uint8_t ret[DHCP4_LEASE_KEPT_MAX]) {
        const uint8_t *kept = lease->ack + lease->ack_len;
        size_t n = 0;

        for (size_t at = 0; at < lease->kept_len; at += 2u + kept[at + 1])
                if (n == 0 || ret[n - 1] != kept[at]) /* pieces of a long option stand side by side */
                        ret[n++] = kept[at];
        return n;
}
