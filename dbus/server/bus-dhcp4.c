/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The properties of org.dhcpdlink1.DHCPv4, one row each.
 *
 * Each value is computed from the lease and the client when somebody asks for it. Options are read from the
 * server's answer as it was received. The parsed answer is kept until the lease changes or somebody asks for
 * another link. For LeaseChanged the same functions are called with two views (BusView): one of the former
 * lease and one of the present lease.
 */
#include <glib.h>

#include "dbus/json/option-value.h"
#include "dbus/json/values.h"
#include "dbus/server/bus-internal.h"
#include "manager/managed-link-search.h"
#include "wire/dhcp4-option-decode.h"

/* addresses in the value of one option; 255 bytes have room for 63; held by append_addresses() */
#define ADDRESSES_MAX 64u
#define STRING_MAX    256u /* bytes: 255 of an option and a NUL; held by append_string() */

static const Dhcp4Client *client_of(const BusView *view) {
        return managed_link_client(view->link->link);
}

/* Returns the lease of the server, or NULL if no server answered, or if there is nothing at all. */
static const Dhcp4Lease *lease_of(const BusView *view) {
        return view->source ? view->source->lease : NULL;
}

/* Returns the parsed answer of the server, or NULL if there is nothing. */
static const Dhcp4Message *message_of(const BusView *view) {
        Bus *bus = view->link->server;

        if (!view->source || view->message)
                return view->message;
        if (bus->message_link != view->link) {
                dhcp4_source_options(view->source, bus->message);
                bus->message_link = view->link;
        }
        return bus->message;
}

static void append_state(const BusView *view, Values *v) {
        values_string(v, dhcp4_state_to_string(dhcp4_client_state(client_of(view))));
}

static void append_address(const BusView *view, Values *v) {
        values_address(v, view->source ? view->source->address : (struct in_addr){});
}

static void append_prefix_length(const BusView *view, Values *v) {
        values_u32(v, view->source ? (uint32_t) view->source->prefix_len : 0u);
}

static void append_origin(const BusView *view, Values *v) {
        values_string(v, view->source ? dhcp4_lease_origin_to_string(view->source->origin) : "");
}

static void append_ipv6_only(const BusView *view, Values *v) {
        values_bool(v, dhcp4_client_is_ipv6_only(client_of(view)));
}

static void append_server(const BusView *view, Values *v) {
        const Dhcp4Lease *lease = lease_of(view);

        values_address(v, lease ? lease->server_id : (struct in_addr){});
}

static void append_server_hardware_address(const BusView *view, Values *v) {
        const Dhcp4Lease *lease = lease_of(view);

        values_bytes(v, lease ? lease->server_hw.bytes : NULL, lease ? lease->server_hw.len : 0);
}

static void append_relay(const BusView *view, Values *v) {
        const Dhcp4Message *message = message_of(view);

        values_address(v, message ? message->header.giaddr : (struct in_addr){});
}

static void append_next_server(const BusView *view, Values *v) {
        const Dhcp4Message *message = message_of(view);

        values_address(v, message ? message->header.siaddr : (struct in_addr){});
}

static void append_field(const BusView *view, Dhcp4Field field, Values *v) {
        const Dhcp4Lease *lease = lease_of(view);
        char text[DHCP4_FIELD_SIZE] = "";

        if (lease)
                (void) dhcp4_message_get_field(message_of(view), lease->ack, lease->ack_len, field, text);
        values_string(v, text);
}

static void append_server_name(const BusView *view, Values *v) {
        append_field(view, DHCP4_FIELD_SNAME, v);
}

static void append_boot_file(const BusView *view, Values *v) {
        append_field(view, DHCP4_FIELD_FILE, v);
}

static size_t addresses_of(const BusView *view, uint8_t code, struct in_addr ret[ADDRESSES_MAX]) {
        if (lease_of(view))
                return dhcp4_lease_addrs(lease_of(view), message_of(view), code, ret, ADDRESSES_MAX);
        if (!view->source || code != DHCP4_OPTION_ROUTERS || view->source->router.s_addr == INADDR_ANY ||
            dhcp4_source_check_router(view->source))
                return 0;
        ret[0] = view->source->router;
        return 1;
}

static void append_addresses(const BusView *view, uint8_t code, Values *v) {
        struct in_addr addresses[ADDRESSES_MAX];
        const size_t n = addresses_of(view, code, addresses);

        values_begin(v, 'a', "s");
        for (size_t i = 0; i < n; i++)
                values_address(v, addresses[i]);
        values_end(v);
}

static void append_routers(const BusView *view, Values *v) {
        append_addresses(view, DHCP4_OPTION_ROUTERS, v);
}

static void append_dns(const BusView *view, Values *v) {
        append_addresses(view, DHCP4_OPTION_DNS, v);
}

static void append_ntp(const BusView *view, Values *v) {
        append_addresses(view, DHCP4_OPTION_NTP, v);
}

static void append_string(const BusView *view, uint8_t code, Values *v) {
        const Dhcp4Message *message = message_of(view);
        char text[STRING_MAX];

        if (!message || dhcp4_message_get_string(message, code, text, sizeof(text)) != 0)
                text[0] = 0;
        values_string(v, text);
}

static void append_domain(const BusView *view, Values *v) {
        append_string(view, DHCP4_OPTION_DOMAIN, v);
}

static void append_hostname(const BusView *view, Values *v) {
        append_string(view, DHCP4_OPTION_HOSTNAME, v);
}

static void append_captive_portal(const BusView *view, Values *v) {
        const Dhcp4Message *message = message_of(view);
        const uint8_t *data;
        size_t len;

        if (message && dhcp4_message_get(message, DHCP4_OPTION_CAPTIVE_PORTAL, &data, &len) == 0 &&
            dhcp4_captive_portal_is_none(data, len)) {
                values_string(v, "");
                return;
        }
        append_string(view, DHCP4_OPTION_CAPTIVE_PORTAL, v);
}

/*
 * Names in an option are compressed, so one message can list hundreds of long domains, which no resolver
 * uses. The property Options has all of them, as raw bytes. Held by append_search_domains().
 */
#define SEARCH_DOMAINS_MAX 64u

static void append_search_domains(const BusView *view, Values *v) {
        const Dhcp4Message *message = message_of(view);
        char domain[DHCP4_DOMAIN_MAX];
        size_t iter = 0;
        unsigned n = 0;

        values_begin(v, 'a', "s");
        while (message && n++ < SEARCH_DOMAINS_MAX &&
               dhcp4_message_next_domain(message, DHCP4_OPTION_DOMAIN_SEARCH, &iter, domain))
                values_string(v, domain);
        values_end(v);
}

static void append_mtu(const BusView *view, Values *v) {
        const Dhcp4Message *message = message_of(view);
        const uint16_t min = managed_link_mtu_min(view->link->link);

        values_u32(v, message ? (uint32_t) dhcp4_lease_mtu(message, min) : 0u);
}

static void append_route(Values *v, const NetRoute *route, const char *origin) {
        values_begin_record(v);
        record_shown_address(v, "Destination", route->dst.v4);
        record_u32(v, "PrefixLength", route->prefix_len);
        record_address(v, "Gateway", route->gateway.v4);
        record_address(v, "Source", route->prefsrc.v4);
        record_u32(v, "Metric", route->metric);
        record_u32(v, "Table", route->table);
        record_string(v, "Origin", origin);
        values_end_record(v);
}

static void append_routes(const BusView *view, Values *v) {
        const char *origin = view->source ? dhcp4_lease_origin_to_string(view->source->origin) : "";
        const NetRoute *routes = view->told ? view->told->routes : NULL;
        size_t n = view->told ? view->told->n_routes : 0;
        NetConfig config;

        if (!view->told && view->source) {
                managed_link_desired(view->link->link, &config);
                routes = config.routes;
                n = config.n_routes;
        }
        values_begin(v, 'a', "a{sv}");
        for (size_t i = 0; view->source && i < n; i++)
                append_route(v, &routes[i], origin);
        values_end(v);
}

/* Times. Without a lease all of them are 0. "Never" is the largest number. */

typedef enum Instant {
        INSTANT_GRANTED,
        INSTANT_T1,
        INSTANT_T2,
        INSTANT_EXPIRES,
} Instant;

static void append_instant(const BusView *view, Instant instant, bool realtime, Values *v) {
        const Dhcp4Source *source = view->source;
        usec_t at = 0;

        if (!source) {
                values_u64(v, 0);
                return;
        }
        switch (instant) {
        case INSTANT_GRANTED:
                at = source->granted_at;
                break;
        case INSTANT_T1:
                at = view->told ? view->told->t1_at : dhcp4_client_t1_at(client_of(view));
                break;
        case INSTANT_T2:
                at = view->told ? view->told->t2_at : dhcp4_client_t2_at(client_of(view));
                break;
        case INSTANT_EXPIRES:
                at = dhcp4_source_expires_at(source);
                break;
        }
        values_u64(v, realtime ? bus_realtime(view->link->server, at) : at);
}

static void append_lifetime(const BusView *view, Values *v) {
        values_u64(v, view->source ? view->source->lifetime_usec : 0);
}

static void append_granted(const BusView *view, Values *v) {
        append_instant(view, INSTANT_GRANTED, /* realtime= */ true, v);
}

static void append_granted_boottime(const BusView *view, Values *v) {
        append_instant(view, INSTANT_GRANTED, /* realtime= */ false, v);
}

static void append_t1(const BusView *view, Values *v) {
        append_instant(view, INSTANT_T1, /* realtime= */ true, v);
}

static void append_t1_boottime(const BusView *view, Values *v) {
        append_instant(view, INSTANT_T1, /* realtime= */ false, v);
}

static void append_t2(const BusView *view, Values *v) {
        append_instant(view, INSTANT_T2, /* realtime= */ true, v);
}

static void append_t2_boottime(const BusView *view, Values *v) {
        append_instant(view, INSTANT_T2, /* realtime= */ false, v);
}

static void append_expires(const BusView *view, Values *v) {
        append_instant(view, INSTANT_EXPIRES, /* realtime= */ true, v);
}

static void append_expires_boottime(const BusView *view, Values *v) {
        append_instant(view, INSTANT_EXPIRES, /* realtime= */ false, v);
}

/* What was received, as it was received */

static void append_options(const BusView *view, Values *v) {
        options_append(v, message_of(view));
}

static void append_option_values(const BusView *view, Values *v) {
        option_values_append(v, message_of(view));
}

size_t bus_dhcp4_ignored(const BusLink *link, Dhcp4Ignored ret[BUS_IGNORED_MAX], size_t *ret_n_static) {
        size_t n = managed_link_ignored(link->link, ret, DHCP4_LEASE_IGNORED_MAX);
        const char *reason;
        uint8_t code;

        *ret_n_static = n;
        for (size_t i = 0; n < BUS_IGNORED_MAX && (reason = managed_link_unused(link->link, i, &code)); i++)
                ret[n++] = (Dhcp4Ignored){ .code = code, .part = DHCP4_IGNORED_OPTION, .reason = reason };
        return n;
}

static void append_ignored_options(const BusView *view, Values *v) {
        Dhcp4Ignored ignored[BUS_IGNORED_MAX];
        size_t n_static;

        if (view->source && view->told) {
                ignored_options_append(v, view->told->ignored, view->told->n_ignored);
                return;
        }
        ignored_options_append(v, ignored,
                               view->source ? bus_dhcp4_ignored(view->link, ignored, &n_static) : 0);
}

static void append_kept_options(const BusView *view, Values *v) {
        uint8_t codes[DHCP4_LEASE_KEPT_MAX];
        const size_t n = lease_of(view) ? dhcp4_lease_kept(lease_of(view), codes) : 0;

        values_begin(v, 'a', "u");
        for (size_t i = 0; i < n; i++)
                values_u32(v, codes[i]);
        values_end(v);
}

/* What the client did and saw */

static void append_client_id(const BusView *view, Values *v) {
        const Dhcp4ClientConfig *config = dhcp4_client_config(client_of(view));

        values_bytes(v, config->client_id, config->client_id_len);
}

static void append_servers(const BusView *view, Values *v) {
        const Dhcp4Server *servers;
        const unsigned n = dhcp4_client_servers(client_of(view), &servers);
        const Dhcp4Search *search = dhcp4_client_search(client_of(view));
        const Dhcp4Lease *lease = lease_of(view);

        values_begin(v, 'a', "a{sv}");
        for (unsigned i = 0; i < n; i++) {
                values_begin_record(v);
                record_address(v, "Identifier", servers[i].server_id);
                record_address(v, "OfferedAddress", servers[i].offered);
                record_bytes(v, "HardwareAddress", servers[i].hw.bytes, servers[i].hw.len);
                record_u64(v, "HeardAtUSec", bus_realtime(view->link->server, servers[i].heard_at));
                record_u64(v, "HeardAtBoottimeUSec", servers[i].heard_at);
                record_bool(v, "Chosen",
                            lease && servers[i].server_id.s_addr != INADDR_ANY &&
                                    lease->server_id.s_addr == servers[i].server_id.s_addr);
                record_string(v, "Refused",
                              search->refusal != DHCP4_REFUSAL_NONE &&
                                              search->refused_server.s_addr == servers[i].server_id.s_addr
                                      ? dhcp4_refusal_to_string(search->refusal)
                                      : "");
                values_end_record(v);
        }
        values_end(v);
}

void bus_dhcp4_append_counters(void *userdata, Values *v) {
        const BusLink *link = userdata;
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

        values_begin(v, 'a', "{st}");
        for (size_t i = 0; i < ARRAY_SIZE(counters); i++) {
                values_begin(v, 'e', "st");
                values_string(v, counters[i].name);
                values_u64(v, counters[i].value);
                values_end(v);
        }
        values_end(v);
}

/* The search for a lease. While there is no search, these values are 0 or empty. */

static void append_search_instant(const BusView *view, usec_t at, bool realtime, Values *v) {
        if (at == USEC_INFINITY)
                at = 0;
        else if (realtime)
                at = bus_realtime(view->link->server, at);
        values_u64(v, at);
}

static void append_searching_since(const BusView *view, Values *v) {
        append_search_instant(view, dhcp4_client_search(client_of(view))->since, /* realtime= */ true, v);
}

static void append_searching_since_boottime(const BusView *view, Values *v) {
        append_search_instant(view, dhcp4_client_search(client_of(view))->since,
                              /* realtime= */ false, v);
}

static void append_next_attempt(const BusView *view, Values *v) {
        append_search_instant(view, dhcp4_client_next_attempt_at(client_of(view)),
                              /* realtime= */ true, v);
}

static void append_next_attempt_boottime(const BusView *view, Values *v) {
        append_search_instant(view, dhcp4_client_next_attempt_at(client_of(view)),
                              /* realtime= */ false, v);
}

static void append_attempt(const BusView *view, Values *v) {
        values_u32(v, dhcp4_client_search(client_of(view))->attempts);
}

static void append_last_ignored(const BusView *view, Values *v) {
        const Dhcp4Search *search = dhcp4_client_search(client_of(view));
        char text[SEARCH_TEXT_MAX];

        values_begin_record(v);
        if (search->refusal != DHCP4_REFUSAL_NONE) {
                search_describe_refusal(search, text);
                record_string(v, "Id", dhcp4_refusal_to_string(search->refusal));
                record_string(v, "Text", text);
                record_string(v, "Message", dhcp4_message_type_to_string(search->refused_type) ?: "");
                record_address(v, "Server", search->refused_server);
                record_u64(v, "AtBoottimeUSec", search->refused_at);
        }
        values_end_record(v);
}

static void append_last_error(const BusView *view, Values *v) {
        ManagedLinkProblem problems[MANAGED_LINK_PROBLEMS_MAX];

        values_begin_record(v);
        if (managed_link_problems(view->link->link, problems) > 0)
                bus_problem_keys(v, &problems[0]);
        values_end_record(v);
}

/* clang-format off */
#define LEASE  BUS_PROPERTY_LEASE
const BusProperty bus_dhcp4_properties[] = {
        { "State",                        "s",      0,      append_state },
        { "Attempt",                      "u",      0,      append_attempt },
        { "NextAttemptAtUSec",            "t",      0,      append_next_attempt },
        { "NextAttemptAtBoottimeUSec",    "t",      0,      append_next_attempt_boottime },
        { "SearchingSinceUSec",           "t",      0,      append_searching_since },
        { "SearchingSinceBoottimeUSec",   "t",      0,      append_searching_since_boottime },
        { "LastIgnored",                  "a{sv}",  0,      append_last_ignored },
        { "LastError",                    "a{sv}",  0,      append_last_error },
        { "Address",                      "s",      LEASE,  append_address },
        { "PrefixLength",                 "u",      LEASE,  append_prefix_length },
        { "Origin",                       "s",      LEASE,  append_origin },
        { "IPv6Only",                     "b",      0,      append_ipv6_only },
        { "Server",                       "s",      LEASE,  append_server },
        { "ServerHardwareAddress",        "ay",     LEASE,  append_server_hardware_address },
        { "Relay",                        "s",      LEASE,  append_relay },
        { "NextServer",                   "s",      LEASE,  append_next_server },
        { "ServerName",                   "s",      LEASE,  append_server_name },
        { "BootFile",                     "s",      LEASE,  append_boot_file },
        { "ClientId",                     "ay",     0,      append_client_id },
        { "Routers",                      "as",     LEASE,  append_routers },
        { "DNS",                          "as",     LEASE,  append_dns },
        { "NTP",                          "as",     LEASE,  append_ntp },
        { "Domain",                       "s",      LEASE,  append_domain },
        { "SearchDomains",                "as",     LEASE,  append_search_domains },
        { "Hostname",                     "s",      LEASE,  append_hostname },
        { "CaptivePortal",                "s",      LEASE,  append_captive_portal },
        { "MTU",                          "u",      LEASE,  append_mtu },
        { "Routes",                       "aa{sv}", LEASE,  append_routes },
        { "LifetimeUSec",                 "t",      LEASE,  append_lifetime },
        { "GrantedAtUSec",                "t",      LEASE,  append_granted },
        { "T1AtUSec",                     "t",      LEASE,  append_t1 },
        { "T2AtUSec",                     "t",      LEASE,  append_t2 },
        { "ExpiresAtUSec",                "t",      LEASE,  append_expires },
        { "GrantedAtBoottimeUSec",        "t",      LEASE,  append_granted_boottime },
        { "T1AtBoottimeUSec",             "t",      LEASE,  append_t1_boottime },
        { "T2AtBoottimeUSec",             "t",      LEASE,  append_t2_boottime },
        { "ExpiresAtBoottimeUSec",        "t",      LEASE,  append_expires_boottime },
        { "Options",                      "a(uay)", LEASE | BUS_PROPERTY_OPTIONS, append_options },
        { "OptionValues",                 "a{sv}",  LEASE | BUS_PROPERTY_OF_OPTIONS, append_option_values },
        { "IgnoredOptions",               "aa{sv}", LEASE,  append_ignored_options },
        { "KeptOptions",                  "au",     LEASE,  append_kept_options },
        { "Servers",                      "aa{sv}", 0,      append_servers },
};
/* clang-format on */
const size_t bus_dhcp4_n_properties = ARRAY_SIZE(bus_dhcp4_properties);
