/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The properties of org.dhcpdlink1.Link and their digests (bus-fixture.h). The daemon around the properties
 * is made of stubs, and one field of what they answer changes at a time.
 */
#include <glib.h>
#include <string.h>

#include "base/macro.h"
#include "base/prng.h"
#include "tests/unit/bus-fixture.h"

#define STEPS  1000u
#define CLAIMS 2u

const char manager_owner_command_line[1], manager_owner_bus[1], manager_owner_left[1];

/* What the stubs answer from. */
static struct {
        Prng prng;
        Dhcp4Client client;
        Dhcp4Source source;
        const char *ifname, *altnames;
        HwAddress hw_address;
        bool carrier, applies, have_lease, claims_apply;
        const char *files[3];
        ConfigSetting setting;
        const char *items[3]; /* of a list among the settings */
        const char *patterns[CLAIMS];
        const void *owners[CLAIMS];
        unsigned n_claims;
        BusConn conn; /* owns claims */
        ManagedLinkProblem problem;
        size_t n_problems;
} world;

const Dhcp4Client *managed_link_client(const ManagedLink *link) {
        return &world.client;
}

const Dhcp4Source *managed_link_source(const ManagedLink *link) {
        return world.have_lease ? &world.source : NULL;
}

const char *managed_link_ifname(const ManagedLink *link) {
        return world.ifname;
}

LinkNames managed_link_names(const ManagedLink *link) {
        return (LinkNames){ .ifname = world.ifname, .altnames = world.altnames };
}

const HwAddress *managed_link_hw_address(const ManagedLink *link) {
        return &world.hw_address;
}

bool managed_link_carrier(const ManagedLink *link) {
        return world.carrier;
}

bool managed_link_applies(const ManagedLink *link) {
        return world.applies;
}

size_t managed_link_problems(const ManagedLink *link, ManagedLinkProblem ret[MANAGED_LINK_PROBLEMS_MAX]) {
        ret[0] = world.problem;
        return world.n_problems;
}

const char **managed_link_config_files(const ManagedLink *link) {
        return g_memdup2(world.files, sizeof(world.files));
}

void managed_link_foreach_setting(const ManagedLink *link, ConfigSettingFunc func, void *userdata) {
        func(userdata, &world.setting);
}

void managed_link_foreach_claim(const ManagedLink *link, ManagerClaimFunc func, void *userdata) {
        for (unsigned i = 0; i < world.n_claims; i++)
                func(userdata, world.patterns[i], world.owners[i]);
}

bool manager_claim_applies(Manager *manager, const char *name, const void *owner) {
        return world.claims_apply;
}

/* What methods and signals call, which nobody asks for here. */

int managed_link_ifindex(const ManagedLink *link) {
        g_assert_not_reached();
}

void managed_link_renew(ManagedLink *link) {
        g_assert_not_reached();
}

void managed_link_release(ManagedLink *link) {
        g_assert_not_reached();
}

void managed_link_restart(ManagedLink *link) {
        g_assert_not_reached();
}

usec_t manager_now(Manager *manager) {
        g_assert_not_reached();
}

void manager_foreach_candidate(Manager *manager, ManagerCandidateFunc func, void *userdata) {
        g_assert_not_reached();
}

const BusProperty bus_dhcp4_properties[1];
const size_t bus_dhcp4_n_properties = 0;

void bus_dhcp4_append_counters(void *userdata, Values *v) {
        g_assert_not_reached();
}

int bus_authorize(BusConn *conn, sd_bus_message *m, const char *action, BusOperation operation,
                  sd_bus_error *error) {
        g_assert_not_reached();
}

int bus_describe_link(BusLink *link, JsonWriter *w) {
        g_assert_not_reached();
}

BusConn *bus_find_conn(Bus *bus, sd_bus *connection) {
        g_assert_not_reached();
}

BusLink *bus_find_link(Bus *bus, int ifindex) {
        g_assert_not_reached();
}

const sd_bus_vtable *bus_find_method(const sd_bus_vtable *members, size_t n, const char *member) {
        g_assert_not_reached();
}

void bus_flush(Bus *bus) {
        g_assert_not_reached();
}

int bus_reply_json(sd_bus_message *m, JsonWriter *w) {
        g_assert_not_reached();
}

int bus_reply_values(sd_bus_message *m, BusWriter write, void *userdata) {
        g_assert_not_reached();
}

void bus_told_clear(BusTold *told) {
        g_assert_not_reached();
}

void bus_conn_check(BusConn *conn) {
        g_assert_not_reached();
}

GPtrArray *bus_general_hearers(Bus *bus) {
        g_assert_not_reached();
}

bool bus_is_heard(const Bus *bus) {
        g_assert_not_reached();
}

static unsigned draw(unsigned bound) {
        return (unsigned) prng_below(&world.prng, bound);
}

/* Some are no UTF-8, and one of these looks like another text when it is shown. */
static const char *draw_text(void) {
        static const char *const texts[] = { "eth0", "eth1", "eth", "", "a\xff", "a\xfe", "a\xef\xbf\xbd" };

        return texts[draw(ARRAY_SIZE(texts))];
}

static const char *draw_altnames(void) {
        static const char *const names[] = { NULL, "a\0", "a\0b\0", "ab\0", "\xff\0" };

        return names[draw(ARRAY_SIZE(names))];
}

/* "a", "b", or "a" and "b", and so on */
static void draw_list(const char *list[3]) {
        const unsigned n = draw(3);

        for (unsigned i = 0; i < 3; i++)
                list[i] = i < n ? draw_text() : NULL;
}

static void draw_setting(void) {
        ConfigSetting *setting = &world.setting;

        switch (draw(6)) {
        case 0:
                setting->key = draw(2) ? "Link.One" : "Link.Two";
                return;
        case 1:
                *setting = (ConfigSetting){ "Link.Bool", CONFIG_SETTING_BOOL, .boolean = draw(2) };
                return;
        case 2:
                *setting = (ConfigSetting){ "Link.Number", CONFIG_SETTING_NUMBER, .number = draw(2) };
                return;
        case 3:
                *setting = (ConfigSetting){ "Link.Span", CONFIG_SETTING_SPAN,
                                            .span = draw(2) ? USEC_INFINITY : UINT32_MAX };
                return;
        case 4:
                *setting = (ConfigSetting){ "Link.Text", CONFIG_SETTING_TEXT, .text = draw_text() };
                return;
        case 5:
                draw_list(world.items);
                *setting = (ConfigSetting){ "Link.List", CONFIG_SETTING_LIST, .list = world.items };
                return;
        }
}

static const void *draw_owner(void) {
        const void *const owners[] = { manager_owner_command_line, manager_owner_bus, manager_owner_left,
                                       &world.conn, "somebody who has gone" };

        return owners[draw(ARRAY_SIZE(owners))];
}

static void change_claims(void) {
        switch (draw(7)) {
        case 0:
                world.n_claims = draw(CLAIMS + 1);
                return;
        case 1:
                world.patterns[draw(CLAIMS)] = draw_text();
                return;
        case 2:
                world.owners[draw(CLAIMS)] = draw_owner();
                return;
        case 3:
                world.claims_apply = draw(2);
                return;
        case 4:
                world.conn.owner = draw(2) ? (char *) "a.service" : NULL;
                return;
        case 5:
                world.conn.pid = (pid_t) (1 + draw(2));
                return;
        case 6:
                world.conn.uid = draw(2);
                return;
        }
}

static void change_link(BusLink *link) {
        static const Dhcp4State states[] = { DHCP4_STATE_BOUND, DHCP4_STATE_STOPPED, DHCP4_STATE_INIT };

        switch (draw(13)) {
        case 0:
                link->ifindex = 1 + (int) draw(2);
                return;
        case 1:
                world.ifname = draw_text();
                return;
        case 2:
                world.altnames = draw_altnames();
                return;
        case 3:
                world.hw_address.len = (uint8_t) draw(7);
                return;
        case 4:
                world.hw_address.bytes[draw(6)] = (uint8_t) draw(2);
                return;
        case 5:
                world.carrier = draw(3);
                return;
        case 6:
                world.applies = draw(2);
                return;
        case 7:
                world.client.state = states[draw(ARRAY_SIZE(states))];
                return;
        case 8:
                world.have_lease = draw(2);
                world.client.ipv6_only = draw(2);
                return;
        case 9:
                world.source.origin = draw(_DHCP4_LEASE_ORIGIN_MAX);
                return;
        case 10:
                world.n_problems = draw(2);
                world.problem.id = draw(2) ? "failed" : "no-answer";
                return;
        case 11:
                world.problem.at = draw(2) ? 1 : (usec_t) 1 << 32;
                return;
        case 12:
                (void) g_strlcpy(world.problem.text, draw_text(), sizeof(world.problem.text));
                return;
        }
}

static void change(BusLink *link) {
        switch (draw(4)) {
        case 0:
                draw_setting();
                return;
        case 1:
                draw_list(world.files);
                return;
        case 2:
                change_claims();
                return;
        default:
                change_link(link);
        }
}

static void test_digests(void) {
        Bus bus = { .peers = g_hash_table_new(NULL, NULL) };
        BusLink link = { .server = &bus, .ifindex = 1 };
        const BusView view = { .link = &link };
        size_t n;
        const BusProperty *properties = bus_interface_properties(BUS_INTERFACE_LINK, &n);
        Seen *seen = g_new0(Seen, n);

        prng_init(&world.prng, KEY);
        world.ifname = world.patterns[0] = world.patterns[1] = "eth0";
        world.owners[0] = &world.conn;
        world.owners[1] = manager_owner_bus;
        world.n_claims = CLAIMS;
        world.carrier = true;
        world.setting = (ConfigSetting){ "Link.Bool", CONFIG_SETTING_BOOL, .boolean = true };
        world.problem.id = "failed";
        g_hash_table_insert(bus.peers, &world, &world.conn);

        for (unsigned step = 0; step < STEPS; step++) {
                for (size_t i = 0; i < n; i++)
                        (void) look(&properties[i], &view, &seen[i]);
                change(&link);
        }
        end_looks(properties, n, seen);
        g_hash_table_unref(bus.peers);
}

int main(int argc, char **argv) {
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/bus-link/digests", test_digests);
        return g_test_run();
}
