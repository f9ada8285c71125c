/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The properties of org.dhcpdlink1.DHCPv4: one row each.
 *
 * Everything is derived from the lease and the client when it is asked for. Options are read from the answer as it came, which is parsed
 * once and kept until the lease changes or another link is asked.
 */
#include <arpa/inet.h>
#include <glib.h>
#include <stdio.h>

#include "dbus/bus-internal.h"
#include "link/managed-link-search.h"

#define ADDRESSES_MAX 64u  /* of one option; an option of 255 bytes holds 63 */
#define REASON_MAX    160u /* bytes */
#define STRING_MAX    256u /* bytes; an option of 255 and its NUL */

/* NULL: no lease. */
static const Dhcp4Message *link_message_of(BusLink *link) {
        Bus *bus = link->server;
        const Dhcp4Lease *lease = managed_link_lease(link->link);

        if (!lease)
                return NULL;
        if (bus->message_link != link) {
                dhcp4_lease_message(lease, bus->message);
                bus->message_link = link;
        }
        return bus->message;
}

static const char *address_to_string(struct in_addr address, char ret[INET_ADDRSTRLEN]) {
        if (address.s_addr == INADDR_ANY)
                return "";
        return inet_ntop(AF_INET, &address, ret, INET_ADDRSTRLEN) ?: "";
}

static int append_address_text(sd_bus_message *m, struct in_addr address) {
        char text[INET_ADDRSTRLEN];

        return sd_bus_message_append(m, "s", address_to_string(address, text));
}

static int append_state(BusLink *link, sd_bus_message *m) {
        return sd_bus_message_append(
                m, "s", dhcp4_state_to_string(dhcp4_client_state(managed_link_client(link->link))));
}

static int append_address(BusLink *link, sd_bus_message *m) {
        const Dhcp4Lease *lease = managed_link_lease(link->link);

        return append_address_text(m, lease ? lease->address : (struct in_addr){});
}

static int append_prefix_length(BusLink *link, sd_bus_message *m) {
        const Dhcp4Lease *lease = managed_link_lease(link->link);

        return sd_bus_message_append(m, "y", lease ? lease->prefix_len : 0);
}

static int append_origin(BusLink *link, sd_bus_message *m) {
        const Dhcp4Lease *lease = managed_link_lease(link->link);

        return sd_bus_message_append(m, "s", lease ? dhcp4_lease_origin_to_string(lease->origin) : "");
}

static int append_ipv6_only(BusLink *link, sd_bus_message *m) {
        return sd_bus_message_append(m, "b",
                                     (int) dhcp4_client_is_ipv6_only(managed_link_client(link->link)));
}

static int append_server(BusLink *link, sd_bus_message *m) {
        const Dhcp4Lease *lease = managed_link_lease(link->link);

        return append_address_text(m, lease ? lease->server_id : (struct in_addr){});
}

static int append_server_hardware_address(BusLink *link, sd_bus_message *m) {
        const Dhcp4Lease *lease = managed_link_lease(link->link);

        return sd_bus_message_append_array(m, 'y', lease ? lease->server_hw.bytes : NULL,
                                           lease ? lease->server_hw.len : 0);
}

static int append_relay(BusLink *link, sd_bus_message *m) {
        const Dhcp4Message *message = link_message_of(link);

        return append_address_text(m, message ? message->header.giaddr : (struct in_addr){});
}

static int append_addresses(BusLink *link, uint8_t code, sd_bus_message *m) {
        const Dhcp4Message *message = link_message_of(link);
        struct in_addr addresses[ADDRESSES_MAX];
        const size_t n = message ? dhcp4_lease_addrs(managed_link_lease(link->link), message, code,
                                                     addresses, ARRAY_SIZE(addresses))
                                 : 0;
        int r;

        r = sd_bus_message_open_container(m, 'a', "s");
        for (size_t i = 0; i < n && r >= 0; i++)
                r = append_address_text(m, addresses[i]);
        return r < 0 ? r : sd_bus_message_close_container(m);
}

static int append_routers(BusLink *link, sd_bus_message *m) {
        return append_addresses(link, DHCP4_OPTION_ROUTERS, m);
}

static int append_dns(BusLink *link, sd_bus_message *m) {
        return append_addresses(link, DHCP4_OPTION_DNS, m);
}

static int append_ntp(BusLink *link, sd_bus_message *m) {
        return append_addresses(link, DHCP4_OPTION_NTP, m);
}

static int append_string(BusLink *link, uint8_t code, sd_bus_message *m) {
        const Dhcp4Message *message = link_message_of(link);
        char text[STRING_MAX];

        if (!message || dhcp4_message_get_string(message, code, text, sizeof(text)) != 0)
                text[0] = 0;
        return sd_bus_message_append(m, "s", text);
}

static int append_domain(BusLink *link, sd_bus_message *m) {
        return append_string(link, DHCP4_OPTION_DOMAIN, m);
}

static int append_hostname(BusLink *link, sd_bus_message *m) {
        return append_string(link, DHCP4_OPTION_HOSTNAME, m);
}

/* By compression one message can name hundreds of long domains; no resolver takes as many. Options has them all, raw. */
#define SEARCH_DOMAINS_MAX 64u

static int append_search_domains(BusLink *link, sd_bus_message *m) {
        const Dhcp4Message *message = link_message_of(link);
        char domain[DHCP4_DOMAIN_MAX];
        size_t iter = 0;
        unsigned n = 0;
        int r;

        r = sd_bus_message_open_container(m, 'a', "s");
        while (message && r >= 0 && n++ < SEARCH_DOMAINS_MAX &&
               dhcp4_message_next_domain(message, DHCP4_OPTION_DOMAIN_SEARCH, &iter, domain))
                r = sd_bus_message_append(m, "s", domain);
        return r < 0 ? r : sd_bus_message_close_container(m);
}

static int append_mtu(BusLink *link, sd_bus_message *m) {
        const Dhcp4Message *message = link_message_of(link);
        const uint16_t min = managed_link_mtu_min(link->link);

        return sd_bus_message_append(m, "u", message ? (uint32_t) dhcp4_lease_mtu(message, min) : 0u);
}

static int append_routes(BusLink *link, sd_bus_message *m) {
        NetConfig config = {};
        int r;

        if (managed_link_lease(link->link))
                managed_link_desired(link->link, &config);
        r = sd_bus_message_open_container(m, 'a', "(sysu)");
        for (size_t i = 0; i < config.n_routes && r >= 0; i++) {
                const NetRoute *route = &config.routes[i];
                char dst[INET_ADDRSTRLEN], gateway[INET_ADDRSTRLEN];

                r = sd_bus_message_append(
                        m, "(sysu)", inet_ntop(AF_INET, &route->dst, dst, sizeof(dst)) ?: "",
                        route->prefix_len, address_to_string(route->gateway, gateway), route->metric);
        }
        return r < 0 ? r : sd_bus_message_close_container(m);
}

/* Times. Without a lease all of them are 0; "never" is the largest number. */

typedef enum Instant {
        INSTANT_GRANTED,
        INSTANT_T1,
        INSTANT_T2,
        INSTANT_EXPIRES,
} Instant;

static int append_instant(BusLink *link, Instant instant, bool realtime, sd_bus_message *m) {
        const Dhcp4Lease *lease = managed_link_lease(link->link);
        const Dhcp4Client *client = managed_link_client(link->link);
        usec_t at = 0;

        if (!lease)
                return sd_bus_message_append(m, "t", (uint64_t) 0);
        switch (instant) {
        case INSTANT_GRANTED:
                at = lease->granted_at;
                break;
        case INSTANT_T1:
                at = dhcp4_client_t1_at(client);
                break;
        case INSTANT_T2:
                at = dhcp4_client_t2_at(client);
                break;
        case INSTANT_EXPIRES:
                at = dhcp4_lease_expires_at(lease);
                break;
        }
        return sd_bus_message_append(m, "t", realtime ? bus_realtime(link->server, at) : at);
}

static int append_lifetime(BusLink *link, sd_bus_message *m) {
        const Dhcp4Lease *lease = managed_link_lease(link->link);

        return sd_bus_message_append(m, "t", lease ? lease->lifetime_usec : (uint64_t) 0);
}

static int append_granted(BusLink *link, sd_bus_message *m) {
        return append_instant(link, INSTANT_GRANTED, /* realtime= */ true, m);
}

static int append_t1(BusLink *link, sd_bus_message *m) {
        return append_instant(link, INSTANT_T1, /* realtime= */ true, m);
}

static int append_t2(BusLink *link, sd_bus_message *m) {
        return append_instant(link, INSTANT_T2, /* realtime= */ true, m);
}

static int append_expires(BusLink *link, sd_bus_message *m) {
        return append_instant(link, INSTANT_EXPIRES, /* realtime= */ true, m);
}

static int append_granted_boottime(BusLink *link, sd_bus_message *m) {
        return append_instant(link, INSTANT_GRANTED, /* realtime= */ false, m);
}

static int append_t1_boottime(BusLink *link, sd_bus_message *m) {
        return append_instant(link, INSTANT_T1, /* realtime= */ false, m);
}

static int append_t2_boottime(BusLink *link, sd_bus_message *m) {
        return append_instant(link, INSTANT_T2, /* realtime= */ false, m);
}

static int append_expires_boottime(BusLink *link, sd_bus_message *m) {
        return append_instant(link, INSTANT_EXPIRES, /* realtime= */ false, m);
}

/* What was received, as it was received */

static int append_options(BusLink *link, sd_bus_message *m) {
        const Dhcp4Message *message = link_message_of(link);
        int r;

        r = sd_bus_message_open_container(m, 'a', "(yay)");
        for (unsigned i = 0; message && i < message->n_order && r >= 0; i++) {
                const uint8_t *data;
                size_t len;

                if (dhcp4_message_get_raw(message, message->order[i], &data, &len) != 0)
                        continue;
                r = sd_bus_message_open_container(m, 'r', "yay");
                if (r >= 0)
                        r = sd_bus_message_append(m, "y", message->order[i]);
                if (r >= 0)
                        r = sd_bus_message_append_array(m, 'y', data, len);
                if (r >= 0)
                        r = sd_bus_message_close_container(m);
        }
        return r < 0 ? r : sd_bus_message_close_container(m);
}

static const char *reason_to_string(const Dhcp4Ignored *ignored, char ret[REASON_MAX]) {
        char address[INET_ADDRSTRLEN], dst[INET_ADDRSTRLEN];

        (void) inet_ntop(AF_INET, &ignored->address, address, sizeof(address));
        (void) inet_ntop(AF_INET, &ignored->dst, dst, sizeof(dst));
        switch ((Dhcp4IgnoredPart) ignored->part) {
        case DHCP4_IGNORED_OPTION:
                break;
        case DHCP4_IGNORED_ADDRESS:
                (void) snprintf(ret, REASON_MAX, "%s not used: %s", address, ignored->reason);
                return ret;
        case DHCP4_IGNORED_ROUTE:
                (void) snprintf(ret, REASON_MAX, "%s/%u by %s not used: %s", dst, ignored->prefix_len,
                                address, ignored->reason);
                return ret;
        }
        return ignored->reason;
}

static int append_ignored_options(BusLink *link, sd_bus_message *m) {
        Dhcp4Ignored ignored[DHCP4_LEASE_IGNORED_MAX];
        char reason[REASON_MAX];
        const size_t n = managed_link_ignored(link->link, ignored, ARRAY_SIZE(ignored));
        const char *unused;
        uint8_t code;
        int r;

        r = sd_bus_message_open_container(m, 'a', "(ys)");
        for (size_t i = 0; i < n && r >= 0; i++)
                r = sd_bus_message_append(m, "(ys)", ignored[i].code, reason_to_string(&ignored[i], reason));
        for (size_t i = 0; r >= 0 && (unused = managed_link_unused(link->link, i, &code)); i++)
                r = sd_bus_message_append(m, "(ys)", code, unused);
        return r < 0 ? r : sd_bus_message_close_container(m);
}

static int append_kept_options(BusLink *link, sd_bus_message *m) {
        const Dhcp4Lease *lease = managed_link_lease(link->link);
        uint8_t codes[DHCP4_LEASE_KEPT_MAX];
        const size_t n = lease ? dhcp4_lease_kept(lease, codes) : 0;
        int r;

        r = sd_bus_message_open_container(m, 'a', "u");
        for (size_t i = 0; i < n && r >= 0; i++)
                r = sd_bus_message_append(m, "u", (uint32_t) codes[i]);
        return r < 0 ? r : sd_bus_message_close_container(m);
}

/* What the client did and saw */

static int append_client_id(BusLink *link, sd_bus_message *m) {
        const Dhcp4ClientConfig *config = dhcp4_client_config(managed_link_client(link->link));

        return sd_bus_message_append_array(m, 'y', config->client_id, config->client_id_len);
}

static int append_servers(BusLink *link, sd_bus_message *m) {
        const Dhcp4Server *servers;
        const unsigned n = dhcp4_client_servers(managed_link_client(link->link), &servers);
        int r;

        r = sd_bus_message_open_container(m, 'a', "(ssayt)");
        for (unsigned i = 0; i < n && r >= 0; i++) {
                char id[INET_ADDRSTRLEN], offered[INET_ADDRSTRLEN];

                r = sd_bus_message_open_container(m, 'r', "ssayt");
                if (r >= 0)
                        r = sd_bus_message_append(m, "ss", address_to_string(servers[i].server_id, id),
                                                  address_to_string(servers[i].offered, offered));
                if (r >= 0)
                        r = sd_bus_message_append_array(m, 'y', servers[i].hw.bytes, servers[i].hw.len);
                if (r >= 0)
                        r = sd_bus_message_append(m, "t", bus_realtime(link->server, servers[i].heard_at));
                if (r >= 0)
                        r = sd_bus_message_close_container(m);
        }
        return r < 0 ? r : sd_bus_message_close_container(m);
}

static int append_counters(BusLink *link, sd_bus_message *m) {
        const Dhcp4Counters *c = dhcp4_client_counters(managed_link_client(link->link));
        const struct {
                const char *name;
                uint64_t value;
        } counters[] = {
                { "SentDiscover", c->sent[DHCP4_DISCOVER] },
                { "SentRequest", c->sent[DHCP4_REQUEST] },
                { "SentDecline", c->sent[DHCP4_DECLINE] },
                { "SentRelease", c->sent[DHCP4_RELEASE] },
                { "ReceivedOffer", c->received[DHCP4_OFFER] },
                { "ReceivedAck", c->received[DHCP4_ACK] },
                { "ReceivedNak", c->received[DHCP4_NAK] },
                { "Retransmissions", c->retransmissions },
                { "Malformed", c->malformed },
                { "Ignored", c->ignored },
                { "Conflicts", c->conflicts },
                { "LeaseUSec", c->lease_usec },
        };
        int r;

        r = sd_bus_message_open_container(m, 'a', "{st}");
        for (size_t i = 0; i < ARRAY_SIZE(counters) && r >= 0; i++)
                r = sd_bus_message_append(m, "{st}", counters[i].name, counters[i].value);
        return r < 0 ? r : sd_bus_message_close_container(m);
}

/* The search for a lease. Without one all of it is empty. */

static int append_search_instant(BusLink *link, usec_t at, bool realtime, sd_bus_message *m) {
        if (at == USEC_INFINITY)
                at = 0;
        else if (realtime)
                at = bus_realtime(link->server, at);
        return sd_bus_message_append(m, "t", at);
}

static usec_t searching_since(const BusLink *link) {
        return dhcp4_client_search(managed_link_client(link->link))->since;
}

static usec_t next_attempt(const BusLink *link) {
        return dhcp4_client_next_attempt_at(managed_link_client(link->link));
}

static int append_searching_since(BusLink *link, sd_bus_message *m) {
        return append_search_instant(link, searching_since(link), /* realtime= */ true, m);
}

static int append_searching_since_boottime(BusLink *link, sd_bus_message *m) {
        return append_search_instant(link, searching_since(link), /* realtime= */ false, m);
}

static int append_next_attempt(BusLink *link, sd_bus_message *m) {
        return append_search_instant(link, next_attempt(link), /* realtime= */ true, m);
}

static int append_next_attempt_boottime(BusLink *link, sd_bus_message *m) {
        return append_search_instant(link, next_attempt(link), /* realtime= */ false, m);
}

static int append_attempts(BusLink *link, sd_bus_message *m) {
        return sd_bus_message_append(m, "u", dhcp4_client_search(managed_link_client(link->link))->attempts);
}

static int append_last_ignored(BusLink *link, sd_bus_message *m) {
        const Dhcp4Search *search = dhcp4_client_search(managed_link_client(link->link));
        char text[SEARCH_TEXT_MAX], server[INET_ADDRSTRLEN];

        if (search->refusal == DHCP4_REFUSAL_NONE)
                return sd_bus_message_append(m, "a{sv}", 0);
        search_describe_refusal(search, text);
        return sd_bus_message_append(m, "a{sv}", 5, "Id", "s", dhcp4_refusal_to_string(search->refusal),
                                     "Text", "s", text, "Message", "s",
                                     dhcp4_message_type_to_string(search->refused_type) ?: "", "Server", "s",
                                     address_to_string(search->refused_server, server), "AtBoottimeUSec",
                                     "t", search->refused_at);
}

static int append_last_error(BusLink *link, sd_bus_message *m) {
        g_autofree char *error = managed_link_last_error(link->link);

        return sd_bus_message_append(m, "s", error);
}

static const char *const route_fields[] = { "Destination", "PrefixLength", "Gateway", "Metric", NULL };
static const char *const option_fields[] = { "Code", "Data", NULL };
static const char *const ignored_fields[] = { "Code", "Reason", NULL };
static const char *const server_fields[] = { "Server", "Address", "HardwareAddress", "HeardAtUSec", NULL };

/* clang-format off */
const BusProperty bus_dhcp4_properties[] = {
        /*                                                     signals  of the lease */
        { "State",                    "s",        NULL,           true,  false, append_state },
        { "Address",                  "s",        NULL,           true,  true,  append_address },
        { "PrefixLength",             "y",        NULL,           true,  true,  append_prefix_length },
        { "Origin",                   "s",        NULL,           true,  true,  append_origin },
        { "IPv6Only",                 "b",        NULL,           true,  false, append_ipv6_only },
        { "Server",                   "s",        NULL,           true,  true,  append_server },
        { "ServerHardwareAddress",    "ay",       NULL,           true,  true,  append_server_hardware_address },
        { "Relay",                    "s",        NULL,           true,  true,  append_relay },
        { "Routers",                  "as",       NULL,           true,  true,  append_routers },
        { "DNS",                      "as",       NULL,           true,  true,  append_dns },
        { "NTP",                      "as",       NULL,           true,  true,  append_ntp },
        { "Domain",                   "s",        NULL,           true,  true,  append_domain },
        { "SearchDomains",            "as",       NULL,           true,  true,  append_search_domains },
        { "Hostname",                 "s",        NULL,           true,  true,  append_hostname },
        { "MTU",                      "u",        NULL,           true,  true,  append_mtu },
        { "Routes",                   "a(sysu)",  route_fields,   true,  true,  append_routes },
        { "LifetimeUSec",             "t",        NULL,           true,  true,  append_lifetime },
        { "GrantedAtUSec",            "t",        NULL,           true,  true,  append_granted },
        { "T1AtUSec",                 "t",        NULL,           true,  true,  append_t1 },
        { "T2AtUSec",                 "t",        NULL,           true,  true,  append_t2 },
        { "ExpiresAtUSec",            "t",        NULL,           true,  true,  append_expires },
        { "GrantedAtBoottimeUSec",    "t",        NULL,           true,  true,  append_granted_boottime },
        { "T1AtBoottimeUSec",         "t",        NULL,           true,  true,  append_t1_boottime },
        { "T2AtBoottimeUSec",         "t",        NULL,           true,  true,  append_t2_boottime },
        { "ExpiresAtBoottimeUSec",    "t",        NULL,           true,  true,  append_expires_boottime },
        { "Options",                  "a(yay)",   option_fields,  true,  true,  append_options },
        { "IgnoredOptions",           "a(ys)",    ignored_fields, true,  true,  append_ignored_options },
        { "KeptOptions",              "au",       NULL,           true,  true,  append_kept_options },
        { "ClientId",                 "ay",       NULL,           true,  false, append_client_id },
        { "Servers",                  "a(ssayt)", server_fields,  false, false, append_servers },
        { "Counters",                 "a{st}",    NULL,           false, false, append_counters },
        { "SearchingSinceUSec",       "t",        NULL,           true,  false, append_searching_since },
        { "SearchingSinceBoottimeUSec", "t",      NULL,           true,  false, append_searching_since_boottime },
        { "Attempts",                 "u",        NULL,           true,  false, append_attempts },
        { "NextAttemptUSec",          "t",        NULL,           true,  false, append_next_attempt },
        { "NextAttemptBoottimeUSec",  "t",        NULL,           true,  false, append_next_attempt_boottime },
        { "LastIgnored",              "a{sv}",    NULL,           true,  false, append_last_ignored },
        { "LastError",                "s",        NULL,           true,  false, append_last_error },
};
/* clang-format on */
const size_t bus_dhcp4_n_properties = ARRAY_SIZE(bus_dhcp4_properties);
