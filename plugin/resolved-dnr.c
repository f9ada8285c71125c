/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Reads the encrypted resolvers of a lease (contract: plugin/resolved-dnr.h). RFC 9463 §3.1 and §5, RFC 9461
 * §4.
 *
 * The daemon gives plugins only well-formed options, and this file reads the option by the daemon's own
 * decoder.
 */
#include "plugin/resolved-dnr.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "wire/dhcp4-option-decode.h"

#define PORT_DNS 53u
#define PORT_DOT 853u

static bool is_dot(Dhcp4Span value) {
        ByteReader r = byte_reader(value.data, value.len);
        Dhcp4Span id;

        while (dhcp4_counted_next(&r, &id))
                if (id.len == 3 && memcmp(id.data, "dot", 3) == 0)
                        return true;
        return false;
}

/*
 * Returns true if we understand all keys in the list: those about DNS over TLS, and the path of DNS over
 * HTTPS, which does not matter here.
 */
static bool is_understood(Dhcp4Span value) {
        ByteReader r = byte_reader(value.data, value.len);

        while (byte_reader_left(&r) >= 2) {
                const uint16_t key = byte_reader_u16(&r);

                if (key != DHCP4_SVC_ALPN && key != DHCP4_SVC_NO_DEFAULT_ALPN && key != DHCP4_SVC_PORT &&
                    key != DHCP4_SVC_DOHPATH)
                        return false;
        }
        return true;
}

/* Returns NULL and stores the port if the resolver can be used, or returns why it cannot. */
static const char *read_parameters(Dhcp4Span parameters, uint16_t *ret_port) {
        ByteReader r = byte_reader(parameters.data, parameters.len), value;
        Dhcp4SvcParam param;
        bool dot = false, understood = true;
        unsigned port = PORT_DOT;

        while (dhcp4_svc_param_next(&r, &param))
                switch (param.key) {
                case DHCP4_SVC_ALPN:
                        dot = is_dot(param.value);
                        break;
                case DHCP4_SVC_MANDATORY:
                        understood = is_understood(param.value);
                        break;
                case DHCP4_SVC_PORT:
                        value = byte_reader(param.value.data, param.value.len);
                        port = byte_reader_u16(&value);
                        break;
                default:
                        break;
                }
        if (!dot)
                return "systemd-resolved speaks DNS over TLS alone";
        if (!understood)
                return "a parameter that has to be understood is not";
        /* RFC 7858 §3.1: port 53 is not used for DNS over TLS. */
        if (port == 0 || port == PORT_DNS)
                return "no port for DNS over TLS";
        *ret_port = port == PORT_DOT ? 0 : (uint16_t) port;
        return NULL;
}

/*
 * Finds the next resolver in the order of priorities (RFC 9463 §3.1.7). *priority and *at say where to
 * begin, and are then moved behind the resolver that was found. Returns false if there is no other resolver.
 */
static bool next_resolver(const uint8_t *data, size_t len, unsigned *priority, size_t *at, Dhcp4Dnr *ret) {
        bool found = false;
        unsigned best = 0;
        size_t best_at = 0;
        ByteReader r = byte_reader(data, len);
        Dhcp4Dnr dnr;

        for (size_t pos = 0; dhcp4_dnr_next(&r, &dnr); pos = r.pos) {
                if (dnr.priority < *priority || (dnr.priority == *priority && pos < *at))
                        continue;
                if (found && dnr.priority >= best)
                        continue;
                found = true;
                best = dnr.priority;
                best_at = pos;
                *ret = dnr;
        }
        *priority = best;
        *at = best_at + 1;
        return found;
}

static int add_server(ResolvedDnr *dnr, const ResolvedDot *dot) {
        ResolvedDot *servers = realloc(dnr->servers, (dnr->n_servers + 1) * sizeof(*servers));

        if (!servers)
                return -ENOMEM;
        servers[dnr->n_servers++] = *dot;
        dnr->servers = servers;
        return 0;
}

static void say_unused(ResolvedDnr *dnr, const char *name, const char *why) {
        if (dnr->unused[0] == '\0')
                (void) snprintf(dnr->unused, sizeof(dnr->unused), "%s not used: %s", name, why);
}

static int add_resolver(ResolvedDnr *dnr, const Dhcp4Dnr *resolver) {
        ByteReader addresses = byte_reader(resolver->addresses.data, resolver->addresses.len);
        ResolvedDot dot = {};
        const char *why;
        int r;

        if (resolver->addresses.len == 0)
                why = "its address is not given";
        else
                why = read_parameters(resolver->parameters, &dot.port);
        if (why) {
                say_unused(dnr, resolver->adn, why);
                return 0;
        }
        (void) snprintf(dot.name, sizeof(dot.name), "%s", resolver->adn);
        while (dhcp4_dnr_address_next(&addresses, &dot.address)) {
                if (dnr->n_servers == RESOLVED_DOT_MAX) {
                        say_unused(dnr, resolver->adn, "there are others before it");
                        return 0;
                }
                r = add_server(dnr, &dot);
                if (r < 0)
                        return r;
        }
        return 0;
}

void resolved_dnr_clear(ResolvedDnr *dnr) {
        free(dnr->servers);
        *dnr = (ResolvedDnr){};
}

int resolved_dnr_from_lease(const DhcpdLinkLease *lease, ResolvedDnr *ret) {
        ResolvedDnr dnr = {};
        Dhcp4Dnr resolver;
        const uint8_t *data;
        unsigned priority = 0;
        size_t len, at = 0;
        int r;

        dnr.given = lease->get_option && lease->get_option(lease, OPTION_ENCRYPTED_DNS, &data, &len) >= 0;
        while (dnr.given && next_resolver(data, len, &priority, &at, &resolver)) {
                r = add_resolver(&dnr, &resolver);
                if (r < 0) {
                        resolved_dnr_clear(&dnr);
                        return r;
                }
        }
        *ret = dnr;
        return 0;
}

bool resolved_dnr_equal(const ResolvedDnr *a, const ResolvedDnr *b) {
        if (a->given != b->given || a->n_servers != b->n_servers || strcmp(a->unused, b->unused) != 0)
                return false;
        for (size_t i = 0; i < a->n_servers; i++)
                if (a->servers[i].address.s_addr != b->servers[i].address.s_addr ||
                    a->servers[i].port != b->servers[i].port ||
                    strcmp(a->servers[i].name, b->servers[i].name) != 0)
                        return false;
        return true;
}
