/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The properties of org.dhcpdlink1.DHCPv4 and their digests (bus-fixture.h).
 *
 * The daemon around the properties is made of stubs. The stubs answer from a struct, of which one field
 * changes at a time.
 */
#include <arpa/inet.h>
#include <glib.h>
#include <string.h>

#include "base/macro.h"
#include "base/prng.h"
#include "manager/managed-link-search.h"
#include "tests/unit/bus-fixture.h"

#define STEPS    800u
#define OPTIONS  12u
#define N_STATES 3u
#define MTU_MIN  68u
#define GRANTED  ((usec_t) 1000)
/* bytes from the start of an answer (RFC 2131 §2) */
#define SNAME_AT 44u
#define FILE_AT  108u

/* The stubs answer from this. */
static struct {
        Prng prng;
        Dhcp4Client client;
        Dhcp4Lease lease, before;
        Dhcp4Source source;
        Dhcp4Message message;
        BusTold told;
        NetRoute routes[2];
        Dhcp4Ignored ignored[2];
        ManagedLinkProblem problem;
        size_t n_problems;
        bool have_lease, has_before;
        uint8_t options[OPTIONS];
        char server_name, boot_file; /* first letter; NUL: the field is empty */
        Dhcp4Header header;
        uint32_t address, mask, server, lifetime_sec;
        HwAddress server_hw;
        usec_t granted_at;
        int64_t clock_offset;
} world;

const Dhcp4Client *managed_link_client(const ManagedLink *link) {
        return &world.client;
}

uint16_t managed_link_mtu_min(const ManagedLink *link) {
        return MTU_MIN;
}

void managed_link_desired(const ManagedLink *link, NetConfig *ret) {
        g_assert_not_reached(); /* not called, because the view has it */
}

size_t managed_link_ignored(const ManagedLink *link, Dhcp4Ignored *ret, size_t max) {
        g_assert_not_reached();
}

const char *managed_link_unused(const ManagedLink *link, size_t i, uint8_t *ret_code) {
        g_assert_not_reached();
}

size_t managed_link_problems(const ManagedLink *link, ManagedLinkProblem ret[MANAGED_LINK_PROBLEMS_MAX]) {
        ret[0] = world.problem;
        return world.n_problems;
}

void bus_problem_keys(Values *v, const ManagedLinkProblem *problem) {
        record_string(v, "Id", problem->id);
        record_string(v, "Text", problem->text);
        record_u64(v, "AtBoottimeUSec", problem->at);
}

usec_t bus_realtime(Bus *bus, usec_t boottime) {
        return boottime == USEC_INFINITY ? USEC_INFINITY : boottime + (usec_t) world.clock_offset;
}

void search_describe_refusal(const Dhcp4Search *search, char ret[SEARCH_TEXT_MAX]) {
        (void) g_snprintf(ret, SEARCH_TEXT_MAX, "refusal %d", (int) search->refusal);
}

static unsigned draw(unsigned bound) {
        return (unsigned) prng_below(&world.prng, bound);
}

/* There are few values, so that some of them come back. */
static struct in_addr draw_address(void) {
        return (struct in_addr){ draw(3) == 0 ? INADDR_ANY : htonl(0xc0000201 + draw(3)) };
}

static HwAddress draw_hw(void) {
        return (HwAddress){ .len = (uint8_t) (draw(2) * 6), .bytes = { 2, 0, 0, 0, 0, (uint8_t) draw(2) } };
}

static usec_t draw_instant(void) {
        static const usec_t instants[] = { 1, 2, (usec_t) 1 << 32, ((usec_t) 1 << 32) + 1, USEC_INFINITY };

        return instants[draw(ARRAY_SIZE(instants))];
}

/* Appends one option of the answer. @kind 0: the server leaves it out. */
static void append_option(Dhcp4Builder *b, unsigned i, unsigned kind) {
        static const uint8_t addresses[] = { DHCP4_OPTION_ROUTERS, DHCP4_OPTION_DNS, DHCP4_OPTION_NTP };
        static const uint8_t texts[] = { DHCP4_OPTION_DOMAIN, DHCP4_OPTION_HOSTNAME,
                                         DHCP4_OPTION_CAPTIVE_PORTAL, 200 };
        uint8_t data[32] = { 192, 0, 2, 1, 192, 0, 2, 2, 0, 0, 0, 1 };

        if (kind == 0)
                return;
        if (i < ARRAY_SIZE(addresses)) {
                data[3] = (uint8_t) kind;
                dhcp4_builder_append(b, addresses[i], data, kind > 2 ? 8 : 4);
        } else if (i < ARRAY_SIZE(addresses) + ARRAY_SIZE(texts))
                dhcp4_builder_append(b, texts[i - ARRAY_SIZE(addresses)],
                                     kind == 1 ? "https://a.example" : "https://b.example", 17);
        else if (i == 7)
                dhcp4_builder_append_u16(b, DHCP4_OPTION_MTU, (uint16_t) (1000 + kind));
        else if (i == 8)
                dhcp4_builder_append(b, DHCP4_OPTION_DOMAIN_SEARCH, kind == 1 ? "\1a\0" : "\1a\0\1b\0",
                                     kind == 1 ? 3 : 6);
        else if (i == 9) /* RFC 3118: the secret, which is hidden, differs as well */
                dhcp4_builder_append(b, DHCP4_OPTION_AUTHENTICATION, data, 11 + kind);
        else if (i == 10) /* RFC 2132 §8.4: the content is sub-options, or it is not */
                dhcp4_builder_append(b, 43, kind == 1 ? "\1\1x" : "plain", kind == 1 ? 3 : 5);
        else
                dhcp4_builder_append_u8(b, 19, (uint8_t) (kind - 1));
}

static Dhcp4Lease build(const HwAddress *hw, const Dhcp4Lease *before) {
        const Dhcp4LeaseBasis basis = { .before = before };
        uint8_t ack[DHCP4_MESSAGE_MAX_LEN];
        Dhcp4Header header = world.header;
        Dhcp4Builder b;
        Dhcp4Message m;
        Dhcp4Lease lease;
        size_t len;

        header.yiaddr.s_addr = htonl(world.address);
        dhcp4_builder_init(&b, ack, sizeof(ack), &header, DHCP4_ACK);
        dhcp4_builder_append_addr(&b, DHCP4_OPTION_SERVER_ID, (struct in_addr){ htonl(world.server) });
        dhcp4_builder_append_u32(&b, DHCP4_OPTION_LEASE_TIME, world.lifetime_sec);
        dhcp4_builder_append_u32(&b, DHCP4_OPTION_SUBNET_MASK, world.mask);
        for (unsigned i = 0; i < OPTIONS; i++)
                append_option(&b, i, world.options[i]);
        g_assert_cmpint(dhcp4_builder_finish(&b, &len), ==, 0);
        ack[SNAME_AT] = (uint8_t) world.server_name;
        ack[FILE_AT] = (uint8_t) world.boot_file;
        g_assert_cmpint(dhcp4_message_parse(ack, len, &m), ==, 0);
        g_assert_cmpint(
                dhcp4_lease_complete(&(const Dhcp4Answer){ .m = &m, .data = ack, .len = len, .hw = hw },
                                     world.granted_at, &basis, &lease),
                ==, 0);
        return lease;
}

/* Changes what the client knows besides the answer. */
static void change_client(void) {
        static const Dhcp4State states[N_STATES] = { DHCP4_STATE_BOUND, DHCP4_STATE_RENEWING,
                                                     DHCP4_STATE_INIT };
        Dhcp4Search *search = &world.client.search;
        Dhcp4Server *server = &world.client.servers[draw(2)];

        switch (draw(17)) {
        case 0:
                world.client.state = states[draw(N_STATES)];
                return;
        case 1:
                world.client.ipv6_only = draw(2);
                return;
        case 2:
                world.client.config.client_id_len = (uint8_t) draw(4);
                return;
        case 3:
                world.client.config.client_id[draw(3)] = (uint8_t) draw(2);
                return;
        case 4:
                world.client.n_servers = draw(3);
                return;
        case 5:
                server->server_id = draw_address();
                return;
        case 6:
                server->offered = draw_address();
                return;
        case 7:
                server->hw = draw_hw();
                return;
        case 8:
                server->heard_at = draw_instant();
                return;
        case 9:
                search->since = draw_instant();
                return;
        case 10:
                search->attempts = draw(3);
                return;
        case 11:
                search->refusal = draw(2) ? DHCP4_REFUSAL_NONE : DHCP4_REFUSAL_NO_ADDRESS;
                return;
        case 12:
                search->refused_type = draw(2) ? DHCP4_OFFER : DHCP4_ACK;
                return;
        case 13:
                search->refused_server = draw_address();
                return;
        case 14:
                search->refused_at = draw_instant();
                return;
        case 15:
                world.client.resend_at = draw_instant();
                return;
        case 16:
                world.n_problems = draw(2);
                world.problem.at = draw(2);
                world.problem.text[0] = (char) ('a' + draw(2));
                return;
        }
}

static void change_lease(void) {
        NetRoute *route = &world.routes[draw(2)];
        Dhcp4Ignored *ignored = &world.ignored[draw(2)];

        switch (draw(25)) {
        case 0:
                world.have_lease = draw(4);
                return;
        case 1:
                world.has_before = draw(2);
                return;
        case 2:
                world.header.giaddr = draw_address();
                return;
        case 3:
                world.header.siaddr = draw_address();
                return;
        case 4:
                world.address = 0x0a000007 + draw(2);
                return;
        case 5:
                world.server = 0x0a000001 + draw(2);
                return;
        case 6:
                world.lifetime_sec = draw(3) ? 3600 + draw(2) : UINT32_MAX;
                return;
        case 7:
                world.server_hw = draw_hw();
                return;
        case 8:
                world.granted_at = GRANTED + draw(2);
                return;
        case 9:
                world.clock_offset = draw(2);
                return;
        case 10:
                world.told.t1_at = draw_instant();
                return;
        case 11:
                world.told.t2_at = draw_instant();
                return;
        case 12:
                world.told.n_routes = draw(3);
                return;
        case 13:
                route->family = AF_INET;
                route->dst.v4 = draw_address();
                return;
        case 14:
                route->gateway.v4 = draw_address();
                return;
        case 15:
                route->prefsrc.v4 = draw_address();
                return;
        case 16:
                route->prefix_len = (uint8_t) draw(2);
                return;
        case 17:
                route->metric = draw(2);
                return;
        case 18:
                route->table = draw(2);
                return;
        case 19:
                world.told.n_ignored = draw(3);
                return;
        case 20:
                ignored->reason = draw(2) ? "no host" : "a tunnel";
                return;
        case 21:
                ignored->part = draw(2) ? DHCP4_IGNORED_OPTION : DHCP4_IGNORED_ADDRESS;
                ignored->address = draw_address();
                return;
        case 22:
                world.server_name = "\0st"[draw(3)];
                return;
        case 23:
                world.boot_file = "\0bc"[draw(3)];
                return;
        case 24:
                world.mask = draw(2) ? 0xffffff00 : 0xfffffff0;
                return;
        }
}

static void change(void) {
        switch (draw(3)) {
        case 0:
                change_client();
                return;
        case 1:
                change_lease();
                return;
        default:
                world.options[draw(OPTIONS)] = (uint8_t) draw(4);
        }
}

static BusView view(BusLink *link) {
        BusView ret = { .link = link, .told = &world.told };

        world.told.routes = world.routes;
        world.told.ignored = world.ignored;
        if (!world.have_lease)
                return ret;
        world.lease = build(&world.server_hw, world.has_before ? &world.before : NULL);
        dhcp4_lease_message(&world.lease, &world.message);
        world.source = dhcp4_source_of_lease(&world.lease);
        ret.source = &world.source;
        ret.message = &world.message;
        return ret;
}

static void test_digests(void) {
        const size_t n = bus_dhcp4_n_properties;
        Seen *seen = g_new0(Seen, n);
        BusLink link = {};

        prng_init(&world.prng, KEY);
        world.header = (Dhcp4Header){ .op = 2, .htype = 1, .hlen = 6, .xid = 1 };
        world.address = 0x0a000007;
        world.mask = 0xffffff00;
        world.server = 0x0a000001;
        world.lifetime_sec = 3600;
        world.problem = (ManagedLinkProblem){ .id = "no-answer" };
        world.granted_at = GRANTED;
        world.have_lease = true;
        world.client.n_servers = 2;
        world.ignored[0].reason = world.ignored[1].reason = "no host";
        for (unsigned i = 0; i < OPTIONS; i++)
                world.options[i] = 1;
        world.before = build(&world.server_hw, NULL);

        for (unsigned step = 0; step < STEPS; step++) {
                const BusView now = view(&link);
                bool options_changed = false;

                for (size_t i = 0; i < n; i++) {
                        const BusProperty *property = &bus_dhcp4_properties[i];
                        const bool changed = look(property, &now, &seen[i]);

                        /*
                         * A property with BUS_PROPERTY_OF_OPTIONS is looked at only when Options, which
                         * stands before it, has changed.
                         */
                        if (property->flags & BUS_PROPERTY_OPTIONS)
                                options_changed = changed;
                        if (property->flags & BUS_PROPERTY_OF_OPTIONS)
                                g_assert_true(!changed || options_changed);
                }
                change();
        }
        end_looks(bus_dhcp4_properties, n, seen);
}

int main(int argc, char **argv) {
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/bus-dhcp4/digests", test_digests);
        return g_test_run();
}
