/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the link gets while no server answers (Dhcp4Fallback): a configured address, or a link-local address
 * (RFC 3927). Pure.
 *
 * The fallback is not a state of the client. The search for a lease goes on as if there was no fallback, and
 * a lease ends the fallback. While the search lasts,
 *
 *   silence ── after_usec ──> on: an address is chosen and probed ── free ──> checked: it is on the link
 *                               ^                                  │               │
 *                               └── the next one, when due <─ taken ┴───────────────┘
 *
 * A fallback is never remembered for INIT-REBOOT. On D-Bus its Origin is "static" or "link-local". When the
 * daemon is restarted, the address stays on the link.
 */
#include <arpa/inet.h>
#include <string.h>

#include "base/macro.h"
#include "core/dhcp4-client-internal.h"

#define CONFLICTS_MAX   10u /* MAX_CONFLICTS, RFC 3927 §9; held by client_fallback_probed() */
#define RATE_LIMIT_USEC (60 * USEC_PER_SEC) /* RATE_LIMIT_INTERVAL, RFC 3927 §9 */

/* RFC 3927 §2.1: 169.254.1.0 to 169.254.254.255 */
#define LINK_LOCAL_FIRST  0xa9fe0100u
#define LINK_LOCAL_COUNT  (254u * 256u)
#define LINK_LOCAL_PREFIX 16u

/*
 * Returns a link-local address that is random, but always the same for one host and one number of @conflicts
 * (RFC 3927 §2.1).
 */
static struct in_addr link_local_address(const Dhcp4ClientConfig *config, unsigned conflicts) {
        static const uint8_t key[PRNG_KEY_LEN] = "169.254/16";
        uint8_t seed[sizeof(config->chaddr) + sizeof(config->client_id) + 1];
        size_t n = 0;

        memcpy(seed, config->chaddr, config->chaddr_len);
        n += config->chaddr_len;
        if (n == 0) {
                /* InfiniBand: only the client identifier tells one host from another. */
                memcpy(seed, config->client_id, config->client_id_len);
                n += config->client_id_len;
        }
        seed[n++] = (uint8_t) conflicts;
        return (struct in_addr){ htonl(LINK_LOCAL_FIRST +
                                       (uint32_t) (prng_siphash24(key, seed, n) % LINK_LOCAL_COUNT)) };
}

static void reset(Dhcp4Client *client) {
        client->fallback.at = USEC_INFINITY;
        client->fallback.stage = DHCP4_FALLBACK_OFF;
        client->fallback.conflicts = 0;
}

static bool is_searching(const Dhcp4Client *client) {
        return client->state != DHCP4_STATE_STOPPED && !client_is_in_force(client) && !client->ipv6_only;
}

static bool is_wanted(const Dhcp4Client *client) {
        switch (client->config.fallback.kind) {
        case DHCP4_FALLBACK_NONE:
                return false;
        case DHCP4_FALLBACK_STATIC:
                return true;
        case DHCP4_FALLBACK_LINK_LOCAL:
                return !client->no_link_local;
        case _DHCP4_FALLBACK_MAX:
                break;
        }
        assert_not_reached();
}

/*
 * Returns true if @address is what the configuration asks for. The configuration may have changed since the
 * address was chosen.
 */
static bool is_configured(const Dhcp4Fallback *config, struct in_addr address) {
        if (config->kind == DHCP4_FALLBACK_STATIC)
                return address.s_addr == config->address.s_addr;
        return config->kind == DHCP4_FALLBACK_LINK_LOCAL &&
                ntohl(address.s_addr) - LINK_LOCAL_FIRST < LINK_LOCAL_COUNT;
}

/*
 * Returns true if the address of the fallback is probed. A link-local address always is (RFC 3927 §2.2), a
 * configured address only if conflict detection is on.
 */
static bool is_probed(const Dhcp4Client *client) {
        return client->config.fallback.kind != DHCP4_FALLBACK_STATIC ||
                client->config.conflict != DHCP4_CONFLICT_NO;
}

void client_fallback_update(Dhcp4Client *client, usec_t now) {
        const Dhcp4Fallback *config = &client->config.fallback;

        if (!is_wanted(client) || !is_searching(client) ||
            (client->fallback.stage != DHCP4_FALLBACK_OFF &&
             !is_configured(config, client->fallback.address)))
                reset(client);
        if (!is_wanted(client) || !is_searching(client))
                return;
        /*
         * The address stays while the carrier is away for a moment. When the carrier is back, the caller
         * probes the address again.
         */
        if (client->fallback.stage != DHCP4_FALLBACK_OFF)
                return;
        if (!client->carrier) {
                client->fallback.at = USEC_INFINITY;
                return;
        }
        if (client->fallback.at == USEC_INFINITY)
                client->fallback.at = usec_add(now, config->after_usec);
        if (now < client->fallback.at)
                return;
        client->fallback.at = USEC_INFINITY;
        client->fallback.since = now;
        client->fallback.address = config->kind == DHCP4_FALLBACK_STATIC
                ? config->address
                : link_local_address(&client->config, client->fallback.conflicts);
        client->fallback.stage = is_probed(client) ? DHCP4_FALLBACK_PROBED : DHCP4_FALLBACK_USED;
}

void client_fallback_resume(Dhcp4Client *client, const Dhcp4Source *held) {
        if (!is_configured(&client->config.fallback, held->address))
                return;
        client->fallback.stage = DHCP4_FALLBACK_USED;
        client->fallback.since = held->granted_at;
        client->fallback.address = held->address;
}

bool client_fallback_probing(const Dhcp4Client *client, struct in_addr *ret) {
        if (client->fallback.stage == DHCP4_FALLBACK_OFF || !is_probed(client))
                return false;
        *ret = client->fallback.address;
        return true;
}

void client_fallback_probed(Dhcp4Client *client, usec_t now, bool is_free) {
        if (client->fallback.stage == DHCP4_FALLBACK_OFF)
                return;
        if (is_free) {
                client->fallback.stage = DHCP4_FALLBACK_USED;
                return;
        }
        client->counters.conflicts++;
        client->fallback.stage = DHCP4_FALLBACK_OFF;
        client->fallback.at = now;
        /*
         * There is only one configured address, so it is tried again later. A host that meets one conflict
         * after the other must slow down, too (RFC 3927 §2.2.1).
         */
        if (client->config.fallback.kind == DHCP4_FALLBACK_STATIC ||
            ++client->fallback.conflicts >= CONFLICTS_MAX)
                client->fallback.at = usec_add(now, RATE_LIMIT_USEC);
        if (client->fallback.conflicts == UINT8_MAX)
                client->fallback.conflicts = CONFLICTS_MAX;
}

bool dhcp4_client_fallback(const Dhcp4Client *client, Dhcp4Source *ret) {
        const Dhcp4Fallback *config = &client->config.fallback;

        if (client->fallback.stage != DHCP4_FALLBACK_USED)
                return false;
        *ret = config->kind == DHCP4_FALLBACK_STATIC
                ? dhcp4_source_own(DHCP4_LEASE_STATIC, client->fallback.address, config->prefix_len,
                                   config->router, client->fallback.since)
                : dhcp4_source_own(DHCP4_LEASE_LINK_LOCAL, client->fallback.address, LINK_LOCAL_PREFIX,
                                   (struct in_addr){}, client->fallback.since);
        return true;
}
