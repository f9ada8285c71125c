/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * io/kernel-parse.c on messages made by hand: the ones that a test cannot make the real kernel send (events
 * that carry next to nothing, attributes of a wrong length, messages that end early), and damaged ones. What
 * they leave in io/kernel-store.c is compared. Needs no kernel.
 */
#include <arpa/inet.h>
#include <glib.h>
#include <linux/fib_rules.h>
#include <linux/if.h>
#include <linux/if_addr.h>
#include <linux/if_arp.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <string.h>

#include "base/macro.h"
#include "io/kernel-internal.h"

#define IFINDEX 7
#define PORT    4711u

typedef struct Fixture {
        Kernel *kernel;
        struct nl_msg *message;
} Fixture;

static void fixture_init(Fixture *f) {
        const KernelHandler handler = { 0 };

        f->message = NULL;
        g_assert_cmpint(kernel_new(NULL, &handler, NULL, &f->kernel), ==, 0);
        f->kernel->loaded = true;
        f->kernel->request_port = PORT;
}

static void fixture_done(Fixture *f) {
        nlmsg_free(f->message);
        f->kernel = kernel_free(f->kernel);
}

static struct nl_msg *begin(Fixture *f, int type, const void *body, size_t len) {
        nlmsg_free(f->message);
        f->message = nlmsg_alloc_simple(type, 0);
        g_assert_nonnull(f->message);
        g_assert_cmpint(nlmsg_append(f->message, (void *) body, len, NLMSG_ALIGNTO), ==, 0);
        return f->message;
}

static struct nl_msg *begin_link(Fixture *f, unsigned flags) {
        const struct ifinfomsg info = { .ifi_index = IFINDEX, .ifi_type = 1, .ifi_flags = flags };

        return begin(f, RTM_NEWLINK, &info, sizeof(info));
}

static struct nl_msg *begin_address(Fixture *f, int type) {
        const struct ifaddrmsg message = { .ifa_family = AF_INET,
                                           .ifa_prefixlen = 24,
                                           .ifa_index = IFINDEX };
        const uint32_t address = htonl(0x0a010005);
        struct nl_msg *m = begin(f, type, &message, sizeof(message));

        nla_put(m, IFA_LOCAL, 4, &address);
        nla_put(m, IFA_ADDRESS, 4, &address);
        return m;
}

static struct nl_msg *begin_route(Fixture *f, int type) {
        const struct rtmsg message = {
                .rtm_family = AF_INET,
                .rtm_dst_len = 24,
                .rtm_table = RT_TABLE_MAIN,
                .rtm_protocol = RTPROT_DHCP,
                .rtm_scope = RT_SCOPE_LINK,
                .rtm_type = RTN_UNICAST,
        };
        const uint32_t dst = htonl(0x0a010000), source = htonl(0x0a010005);
        struct nl_msg *m = begin(f, type, &message, sizeof(message));

        nla_put(m, RTA_DST, 4, &dst);
        nla_put(m, RTA_PREFSRC, 4, &source);
        nla_put_u32(m, RTA_OIF, IFINDEX);
        return m;
}

static void parse(Fixture *f, KernelParser parser) {
        g_assert_cmpint(parser(f->kernel, nlmsg_hdr(f->message)), ==, 0);
}

static KernelEntry *link_up(Fixture *f) {
        struct nl_msg *m = begin_link(f, IFF_UP | IFF_LOWER_UP);
        KernelEntry *entry;

        nla_put_string(m, IFLA_IFNAME, "eth0");
        nla_put(m, IFLA_ADDRESS, 6, "\2\0\0\0\0\1");
        nla_put(m, IFLA_BROADCAST, 6, "\377\377\377\377\377\377");
        nla_put_u32(m, IFLA_MTU, 1500);
        nla_put_u32(m, IFLA_CARRIER_CHANGES, 3);
        nla_put_u8(m, IFLA_OPERSTATE, IF_OPER_UP);
        parse(f, kernel_parse_link);
        entry = kernel_entry_find(f->kernel, IFINDEX);
        g_assert_nonnull(entry);
        g_assert_true(entry->link_dirty);
        entry->link_dirty = false;
        return entry;
}

/*
 * Only a whole description says that a link has left its VRF. A link is a VRF by its kind, whatever data
 * other kinds have.
 */
static void test_vrf(void) {
        static const char *const kinds[] = { "vrf", "bond" };
        struct nlattr *info, *data;
        KernelEntry *entry;
        struct nl_msg *m;
        Fixture f;

        fixture_init(&f);
        entry = link_up(&f);
        g_assert_cmpuint(kernel_main_table(f.kernel, &entry->link), ==, RT_TABLE_MAIN);
        for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++) {
                m = begin_link(&f, IFF_UP | IFF_LOWER_UP);
                info = nla_nest_start(m, IFLA_LINKINFO);
                nla_put_string(m, IFLA_INFO_KIND, kinds[i]);
                data = nla_nest_start(m, IFLA_INFO_DATA);
                nla_put_u32(m, IFLA_VRF_TABLE, 77);
                nla_nest_end(m, data);
                nla_nest_end(m, info);
                parse(&f, kernel_parse_link);
                g_assert_cmpuint(entry->link.vrf_table, ==, i == 0 ? 77 : 0);
        }
        entry->link.vrf_table = 77;

        /* The link is its own master, because there is no second link here. */
        m = begin_link(&f, IFF_UP | IFF_LOWER_UP);
        nla_put_string(m, IFLA_IFNAME, "eth0");
        nla_put_u8(m, IFLA_OPERSTATE, IF_OPER_UP);
        nla_put_u32(m, IFLA_MASTER, IFINDEX);
        parse(&f, kernel_parse_link);
        g_assert_true(entry->link_dirty);
        g_assert_cmpuint(kernel_main_table(f.kernel, &entry->link), ==, 77);
        nla_put(begin_link(&f, IFF_UP), IFLA_WIRELESS, 4, "\0\0\0\0");
        parse(&f, kernel_parse_link);
        g_assert_cmpint(entry->link.master, ==, IFINDEX);
        (void) link_up(&f);
        g_assert_cmpint(entry->link.master, ==, 0);
        g_assert_cmpuint(kernel_main_table(f.kernel, &entry->link), ==, RT_TABLE_MAIN);
        fixture_done(&f);
}

static void test_partial_link(void) {
        KernelEntry *entry;
        KernelLink before;
        Fixture f;

        fixture_init(&f);
        /* A wireless event about a link that is not known. */
        nla_put(begin_link(&f, IFF_UP), IFLA_WIRELESS, 4, "\0\0\0\0");
        parse(&f, kernel_parse_link);
        g_assert_cmpuint(f.kernel->n_entries, ==, 0);

        entry = link_up(&f);
        g_assert_true(entry->link.carrier);
        before = entry->link;
        nla_put(begin_link(&f, IFF_UP | IFF_LOWER_UP), IFLA_WIRELESS, 4, "\0\0\0\0");
        parse(&f, kernel_parse_link);
        g_assert_false(entry->link_dirty);
        g_assert_cmpstr(entry->link.ifname, ==, before.ifname);
        g_assert_true(hw_address_equal(&entry->link.address, &before.address));
        g_assert_cmpuint(entry->link.mtu, ==, 1500);
        g_assert_true(entry->link.carrier);
        g_assert_cmpuint(entry->link.carrier_changes, ==, 3);

        /* Such an event may change the flags, though. */
        begin_link(&f, IFF_UP);
        parse(&f, kernel_parse_link);
        g_assert_true(entry->link_dirty);
        g_assert_false(entry->link.carrier);
        fixture_done(&f);
}

static void test_link_attributes(void) {
        static const struct {
                unsigned flags;
                uint8_t operstate;
                bool carrier;
        } rows[] = {
                { IFF_UP | IFF_LOWER_UP, IF_OPER_UP, true },
                { IFF_UP | IFF_LOWER_UP, IF_OPER_UNKNOWN, true },
                { IFF_UP | IFF_LOWER_UP, IF_OPER_DORMANT, false },
                { IFF_UP | IFF_LOWER_UP, IF_OPER_TESTING, false },
                { IFF_UP | IFF_LOWER_UP, IF_OPER_LOWERLAYERDOWN, false },
                { IFF_UP, IF_OPER_UP, false },
                { IFF_LOWER_UP, IF_OPER_UP, false },
        };
        uint8_t infiniband[20] = { 0x80 }, endless[HW_ADDRESS_MAX + 1] = { 0 };
        KernelEntry *entry;
        struct nl_msg *m;
        Fixture f;

        fixture_init(&f);
        entry = link_up(&f);
        for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
                nla_put_u8(begin_link(&f, rows[i].flags), IFLA_OPERSTATE, rows[i].operstate);
                parse(&f, kernel_parse_link);
                g_assert_true(entry->link.carrier == rows[i].carrier);
        }
        (void) link_up(&f);

        m = begin_link(&f, IFF_UP | IFF_LOWER_UP);
        nla_put(m, IFLA_ADDRESS, sizeof(infiniband), infiniband);
        nla_put(m, IFLA_BROADCAST, sizeof(endless), endless);
        nla_put(m, IFLA_MTU, 2, "\1\1");
        nla_put(m, IFLA_OPERSTATE, 4, "\1\1\1\1");
        nla_put(m, IFLA_IFNAME, 20, "abcdefghijklmnopqrst"); /* no NUL, too long */
        parse(&f, kernel_parse_link);
        g_assert_cmpuint(entry->link.address.len, ==, 20);
        g_assert_cmpuint(entry->link.broadcast.len, ==, 6);
        g_assert_cmpuint(entry->link.mtu, ==, 1500);
        g_assert_true(entry->link.carrier);
        g_assert_cmpstr(entry->link.ifname, ==, "abcdefghijklmno");
        fixture_done(&f);
}

/* Parses a message with this MTU. Returns true if the handler is to be told. */
static bool told_of_mtu(Fixture *f, KernelEntry *entry, uint32_t mtu, bool dump) {
        struct nl_msg *m = begin_link(f, IFF_UP | IFF_LOWER_UP);

        if (dump)
                nlmsg_hdr(m)->nlmsg_flags |= NLM_F_MULTI;
        nla_put_u32(m, IFLA_MTU, mtu);
        entry->link_dirty = false;
        parse(f, kernel_parse_link);
        return entry->link_dirty;
}

/*
 * After kernel_set_mtu(), an MTU that was queued before is no news. Every later one is, whatever its
 * value.
 */
static void test_own_mtu(void) {
        KernelEntry *entry;
        Fixture f;

        fixture_init(&f);
        entry = link_up(&f);
        entry->link.mtu = 1400;
        entry->stale_mtu = 1500;
        g_assert_false(told_of_mtu(&f, entry, 1500, /* dump= */ false));
        g_assert_cmpuint(entry->link.mtu, ==, 1400);
        g_assert_false(told_of_mtu(&f, entry, 1500, /* dump= */ false));
        /* The message about our own change, and then somebody sets the former value again. */
        g_assert_false(told_of_mtu(&f, entry, 1400, /* dump= */ false));
        g_assert_true(told_of_mtu(&f, entry, 1500, /* dump= */ false));
        g_assert_cmpuint(entry->link.mtu, ==, 1500);

        /* Any third value was set by somebody else. */
        entry->link.mtu = 1400;
        entry->stale_mtu = 1500;
        g_assert_true(told_of_mtu(&f, entry, 1450, /* dump= */ false));
        g_assert_cmpuint(entry->link.mtu, ==, 1450);

        /* A dump was requested later than our change was made. */
        entry->link.mtu = 1400;
        entry->stale_mtu = 1500;
        g_assert_true(told_of_mtu(&f, entry, 1500, /* dump= */ true));
        g_assert_cmpuint(entry->link.mtu, ==, 1500);
        fixture_done(&f);
}

static void test_address(void) {
        KernelEntry *entry;
        struct nl_msg *m;
        Fixture f;

        fixture_init(&f);
        begin_address(&f, RTM_NEWADDR);
        parse(&f, kernel_parse_address); /* of a link that is not known */
        entry = link_up(&f);
        g_assert_cmpuint(entry->n_addresses, ==, 0);

        begin_address(&f, RTM_NEWADDR);
        parse(&f, kernel_parse_address);
        g_assert_cmpuint(entry->n_addresses, ==, 1);
        g_assert_false(entry->addresses[0].ours);
        g_assert_true(entry->addresses[0].valid_until_monotonic == USEC_INFINITY);
        g_assert_true(entry->config_dirty);
        entry->config_dirty = false;

        /*
         * The same address again is no change. A dump has our port in every message. So has the address
         * of somebody else that the kernel promotes because we deleted ours. The port does not say whose
         * the address is.
         */
        m = begin_address(&f, RTM_NEWADDR);
        nlmsg_hdr(m)->nlmsg_pid = PORT;
        nlmsg_hdr(m)->nlmsg_flags = NLM_F_MULTI;
        parse(&f, kernel_parse_address);
        g_assert_false(entry->config_dirty);
        /* If we give somebody else's address a longer lifetime, it does not become ours. */
        nlmsg_hdr(m)->nlmsg_flags = 0;
        parse(&f, kernel_parse_address);
        g_assert_false(entry->config_dirty);
        g_assert_false(entry->addresses[0].ours);

        begin_address(&f, RTM_DELADDR);
        parse(&f, kernel_parse_address);
        g_assert_cmpuint(entry->n_addresses, ==, 0);
        g_assert_true(entry->config_dirty);
        fixture_done(&f);
}

/* Parses the message as one of @port, in answer to the request @seq. */
static void parse_as(Fixture *f, KernelParser parser, uint32_t port, uint32_t seq) {
        nlmsg_hdr(f->message)->nlmsg_pid = port;
        nlmsg_hdr(f->message)->nlmsg_seq = seq;
        parse(f, parser);
}

#define OTHER_PORT 99u

/* Does what kernel_apply() does when the kernel has confirmed request 5. */
static void own_all(Fixture *f, KernelEntry *entry) {
        const NetRule rule = { .family = AF_INET, .from.v4.s_addr = htonl(0x0a010005), .table = 500 };
        KernelAddress address = {
                .address.s_addr = htonl(0x0a010005),
                .prefix_len = 24,
                .valid_until_monotonic = USEC_INFINITY,
                .ours = true,
                .awaited = 5,
        };
        KernelRoute route = {
                .dst.s_addr = htonl(0x0a010000),
                .prefix_len = 24,
                .prefsrc.s_addr = htonl(0x0a010005),
                .table = RT_TABLE_MAIN,
                .ours = true,
                .awaited = 5,
        };
        bool changed;

        g_assert_cmpint(kernel_entry_put_address(entry, &address, &changed), ==, 0);
        g_assert_cmpint(kernel_entry_put_route(entry, &route, &changed), ==, 0);
        g_assert_cmpint(kernel_rule_put(f->kernel, &rule, IFINDEX, 5), ==, 0);
}

static struct nl_msg *begin_rule(Fixture *f, int type) {
        const struct fib_rule_hdr message = { .family = AF_INET, .src_len = 32, .action = FR_ACT_TO_TBL };
        const uint32_t source = htonl(0x0a010005);
        struct nl_msg *m = begin(f, type, &message, sizeof(message));

        nla_put(m, FRA_SRC, 4, &source);
        nla_put_u32(m, FRA_TABLE, 500);
        nla_put_u32(m, FRA_PRIORITY, KERNEL_RULE_PRIORITY);
        nla_put_u8(m, FRA_PROTOCOL, RTPROT_DHCP);
        return m;
}

/* An IPv6 object is not taken for an IPv4 object that has the same first bytes. */
static void test_other_family(void) {
        NetConfig owned = { .family = AF_INET, .n_addresses = 1, .n_routes = 1, .n_rules = 1 }, actual;
        KernelEntry *entry;
        Fixture f;

        fixture_init(&f);
        g_assert_cmpint(kernel_entry_insert(f.kernel, IFINDEX, &entry), ==, 0);
        own_all(&f, entry);
        entry->addresses[0].ours = entry->routes[0].ours = false;
        f.kernel->rules[0].ifindex = 0;
        owned.addresses[0] = (NetAddress){ .address.v4 = entry->addresses[0].address, .prefix_len = 24 };
        owned.routes[0] = kernel_route_to_net(&entry->routes[0]);
        owned.rules[0] = f.kernel->rules[0].rule;

        for (unsigned i = 0; i < 2; i++) {
                const uint8_t family = i == 0 ? AF_INET6 : AF_INET;

                owned.addresses[0].family = owned.routes[0].family = owned.rules[0].family = family;
                g_assert_cmpint(kernel_snapshot(f.kernel, IFINDEX, 0, &owned, &actual), ==, 0);
                g_assert_cmpuint(actual.n_addresses + actual.n_routes + actual.n_rules, ==, 3 * i);
                g_assert_cmpint(kernel_adopt(f.kernel, IFINDEX, &owned), ==, 0);
                g_assert_cmpint(entry->addresses[0].ours, ==, i);
                g_assert_cmpint(entry->routes[0].ours, ==, i);
                g_assert_cmpint(f.kernel->rules[0].ifindex, ==, i == 0 ? 0 : IFINDEX);
        }
        fixture_done(&f);
}

/*
 * The three kinds of objects, which have the same rules. begin() makes a message of an object, and number
 * 0 is its addition.
 */
static const struct {
        struct nl_msg *(*begin)(Fixture *f, int type);
        KernelParser parse;
        int type[2];
} objects[] = {
        { begin_address, kernel_parse_address, { RTM_NEWADDR, RTM_DELADDR } },
        { begin_route, kernel_parse_route, { RTM_NEWROUTE, RTM_DELROUTE } },
        { begin_rule, kernel_parse_rule, { RTM_NEWRULE, RTM_DELRULE } },
};

/* Returns -1 if the object is not there, 1 if it is ours, 0 if it is not. */
static int whose(const Fixture *f, const KernelEntry *entry, size_t object) {
        switch (object) {
        case 0:
                return entry->n_addresses == 0 ? -1 : entry->addresses[0].ours;
        case 1:
                return entry->n_routes == 0 ? -1 : entry->routes[0].ours;
        case 2:
                return f->kernel->n_rules == 0 ? -1 : f->kernel->rules[0].ifindex == IFINDEX;
        }
        g_assert_not_reached();
}

static void told(Fixture *f, size_t object, bool removed, uint32_t port, uint32_t seq) {
        (void) objects[object].begin(f, objects[object].type[removed]);
        parse_as(f, objects[object].parse, port, seq);
}

/*
 * Events about an object are older than our addition until the kernel reports that addition. Later events
 * are newer.
 */
static void test_order_of_notifications(void) {
        for (size_t i = 0; i < G_N_ELEMENTS(objects); i++) {
                KernelEntry *entry;
                Fixture f;

                fixture_init(&f);
                entry = link_up(&f);
                own_all(&f, entry);
                told(&f, i, /* removed= */ true, OTHER_PORT, 7);
                told(&f, i, /* removed= */ false, OTHER_PORT, 5);
                told(&f, i, /* removed= */ true, OTHER_PORT, 8);
                told(&f, i, /* removed= */ true, PORT, 4);
                g_assert_cmpint(whose(&f, entry, i), ==, true);
                told(&f, i, /* removed= */ false, PORT, 5);
                g_assert_cmpint(whose(&f, entry, i), ==, true);
                told(&f, i, /* removed= */ true, OTHER_PORT, 9);
                g_assert_cmpint(whose(&f, entry, i), ==, -1);
                told(&f, i, /* removed= */ false, OTHER_PORT, 10);
                g_assert_cmpint(whose(&f, entry, i), ==, false);
                /* Our port does not make it ours: the kernel promotes addresses of others in our name. */
                told(&f, i, /* removed= */ false, PORT, 11);
                g_assert_cmpint(whose(&f, entry, i), ==, false);
                fixture_done(&f);

                /* The awaited notification was lost: later ones count. */
                fixture_init(&f);
                entry = link_up(&f);
                own_all(&f, entry);
                kernel_await_nothing(f.kernel);
                g_assert_cmpint(whose(&f, entry, i), ==, true);
                told(&f, i, /* removed= */ true, OTHER_PORT, 7);
                g_assert_cmpint(whose(&f, entry, i), ==, -1);
                fixture_done(&f);
        }
}

/*
 * If a route is reported again, somebody made it again. Only the kernel itself repeats a route, to tell
 * its flags.
 */
static void test_route_made_by_others(void) {
        KernelEntry *entry;
        struct nl_msg *m;
        Fixture f;

        fixture_init(&f);
        entry = link_up(&f);
        own_all(&f, entry);
        told(&f, 1, /* removed= */ false, PORT, 5);
        told(&f, 1, /* removed= */ false, 0, 0);
        g_assert_cmpint(whose(&f, entry, 1), ==, true);
        m = begin_route(&f, RTM_NEWROUTE);
        nlmsg_hdr(m)->nlmsg_flags |= NLM_F_MULTI;
        parse_as(&f, kernel_parse_route, OTHER_PORT, 12);
        g_assert_cmpint(whose(&f, entry, 1), ==, true);
        told(&f, 1, /* removed= */ false, OTHER_PORT, 12);
        g_assert_cmpint(whose(&f, entry, 1), ==, false);

        /* The link went down and up before we added the object, so the event that is awaited is newer. */
        entry->routes[0].awaited = 6;
        begin_link(&f, 0);
        parse(&f, kernel_parse_link);
        g_assert_cmpint(whose(&f, entry, 1), ==, false);
        (void) link_up(&f);
        told(&f, 1, /* removed= */ false, PORT, 6);
        begin_link(&f, 0);
        parse(&f, kernel_parse_link);
        g_assert_cmpint(whose(&f, entry, 1), ==, -1);
        fixture_done(&f);
}

/*
 * Objects of an earlier run become ours, whether the objects of the kernel are known yet or not. The
 * record is told what was found.
 */
static void test_adoption(void) {
        for (unsigned loaded = 0; loaded < 2; loaded++) {
                NetConfig record = { .family = AF_INET }, owned;
                KernelEntry *entry;
                Fixture f;

                fixture_init(&f);
                entry = link_up(&f);
                own_all(&f, entry);
                kernel_owned(f.kernel, IFINDEX, &record);
                g_assert_cmpuint(record.n_addresses, ==, 1);
                g_assert_cmpuint(record.n_routes, ==, 1);
                g_assert_cmpuint(record.n_rules, ==, 1);
                fixture_done(&f);

                fixture_init(&f);
                entry = link_up(&f);
                for (size_t i = 0; i < G_N_ELEMENTS(objects); i++) {
                        told(&f, i, /* removed= */ false, OTHER_PORT, 1);
                        g_assert_cmpint(whose(&f, entry, i), ==, false);
                }
                kernel_owned(f.kernel, IFINDEX, &owned);
                g_assert_cmpuint(owned.n_addresses + owned.n_routes + owned.n_rules, ==, 0);
                f.kernel->loaded = loaded;
                record.routes[record.n_routes] = record.routes[0];
                record.routes[record.n_routes++].metric = 4; /* is not there any more */
                g_assert_cmpint(kernel_adopt(f.kernel, IFINDEX, &record), ==, 0);
                for (size_t i = 0; i < G_N_ELEMENTS(objects); i++)
                        g_assert_cmpint(whose(&f, entry, i), ==, loaded);
                kernel_owned(f.kernel, IFINDEX, &owned);
                g_assert_cmpuint(owned.n_addresses, ==, 1);
                g_assert_cmpuint(owned.n_routes, ==, loaded ? 1 : 2);
                g_assert_cmpuint(owned.n_rules, ==, 1);
                g_assert_true(net_route_equal(&owned.routes[0], &record.routes[0]));
                g_assert_true(net_rule_equal(&owned.rules[0], &record.rules[0]));
                fixture_done(&f);
        }
}

static void test_route(void) {
        KernelEntry *entry;
        Fixture f;

        fixture_init(&f);
        begin_route(&f, RTM_NEWROUTE);
        parse(&f, kernel_parse_route); /* over a link that is not known */
        entry = link_up(&f);
        g_assert_cmpuint(entry->n_routes, ==, 0);
        begin_route(&f, RTM_NEWROUTE);
        parse(&f, kernel_parse_route);
        g_assert_cmpuint(entry->n_routes, ==, 1);
        g_assert_true(entry->config_dirty);
        entry->config_dirty = false;
        parse(&f, kernel_parse_route);
        g_assert_cmpuint(entry->n_routes, ==, 1);
        g_assert_false(entry->config_dirty);

        /* The link goes down: its routes are gone, its addresses are not. */
        begin_address(&f, RTM_NEWADDR);
        parse(&f, kernel_parse_address);
        begin_link(&f, 0);
        parse(&f, kernel_parse_link);
        g_assert_cmpuint(entry->n_routes, ==, 0);
        g_assert_cmpuint(entry->n_addresses, ==, 1);
        g_assert_true(entry->config_dirty);
        fixture_done(&f);
}

static void put_kind(struct nl_msg *m, const char *kind) {
        struct nlattr *info = nla_nest_start(m, IFLA_LINKINFO);

        /* Drivers send the kind in this form. Without its final NUL it is the same kind. */
        nla_put(m, IFLA_INFO_KIND, (int) strlen(kind), kind);
        nla_nest_end(m, info);
}

/*
 * A tunnel stays a tunnel, whatever an event leaves out. Its routes count, whoever made them, until the
 * link goes down.
 */
static void test_tunnel(void) {
        struct nl_msg *m;
        KernelEntry *entry;
        uint8_t *hops;
        Fixture f;

        fixture_init(&f);
        m = begin_link(&f, IFF_UP);
        nla_put_string(m, IFLA_IFNAME, "tun0");
        nla_put_u8(m, IFLA_OPERSTATE, IF_OPER_UNKNOWN);
        put_kind(m, "tun");
        parse(&f, kernel_parse_link);
        entry = kernel_entry_find(f.kernel, IFINDEX);
        g_assert_true(entry->link.tunnel);
        g_assert_cmpuint(f.kernel->n_tunnels, ==, 1);
        nla_put(begin_link(&f, IFF_UP), IFLA_WIRELESS, 4, "\0\0\0\0");
        parse(&f, kernel_parse_link);
        g_assert_true(entry->link.tunnel);

        m = begin_route(&f, RTM_NEWROUTE);
        ((struct rtmsg *) nlmsg_data(nlmsg_hdr(m)))->rtm_protocol = RTPROT_STATIC;
        parse(&f, kernel_parse_route);
        g_assert_cmpuint(entry->n_tunnel_routes, ==, 1);
        g_assert_cmpuint(entry->n_routes, ==, 0);
        g_assert_cmpuint(entry->tunnel_routes[0].route.dst.v4.s_addr, ==, htonl(0x0a010000));
        g_assert_true(f.kernel->tunnels_dirty);
        f.kernel->tunnels_dirty = false;
        parse(&f, kernel_parse_route);
        g_assert_cmpuint(entry->n_tunnel_routes, ==, 1);
        g_assert_false(f.kernel->tunnels_dirty);

        g_assert_true(entry->tunnel_stale); /* nobody has asked yet */
        entry->tunnel_stale = false;
        /*
         * The source address of the route goes. Kernels before 6.6 drop the route with it and do not say
         * so.
         */
        begin_address(&f, RTM_DELADDR);
        parse(&f, kernel_parse_address);
        g_assert_true(f.kernel->tunnels_dirty);
        g_assert_true(entry->tunnel_stale);
        entry->tunnel_stale = f.kernel->tunnels_dirty = false;

        /* This only looks like a route through the tunnel: no packet leaves by it. */
        m = begin_route(&f, RTM_NEWROUTE);
        ((struct rtmsg *) nlmsg_data(nlmsg_hdr(m)))->rtm_type = RTN_LOCAL;
        ((struct rtmsg *) nlmsg_data(nlmsg_hdr(m)))->rtm_dst_len = 32;
        parse(&f, kernel_parse_route);
        g_assert_cmpuint(entry->n_tunnel_routes, ==, 1);

        /* There are several hops, and the last one has a wrong length. */
        m = begin_route(&f, RTM_NEWROUTE);
        ((struct rtmsg *) nlmsg_data(nlmsg_hdr(m)))->rtm_dst_len = 16;
        hops = nla_data(nla_reserve(m, RTA_MULTIPATH, 3 * sizeof(struct rtnexthop)));
        for (unsigned i = 0; i < 3; i++) {
                const struct rtnexthop hop = {
                        .rtnh_len = i == 2 ? 200 : sizeof(hop),
                        .rtnh_ifindex = i == 0 ? 99 : IFINDEX,
                };

                memcpy(hops + i * sizeof(hop), &hop, sizeof(hop));
        }
        parse(&f, kernel_parse_route);
        g_assert_cmpuint(entry->n_tunnel_routes, ==, 2);

        begin_link(&f, 0);
        parse(&f, kernel_parse_link);
        g_assert_cmpuint(entry->n_tunnel_routes, ==, 0);
        g_assert_true(f.kernel->tunnels_dirty);
        kernel_entry_remove(f.kernel, entry);
        g_assert_cmpuint(f.kernel->n_tunnels, ==, 0);
        fixture_done(&f);
}

/*
 * Every message is cut at every length, and has random bytes in it. Only a crash can be found here (with
 * sanitizers).
 */
static void test_damaged(void) {
        Fixture f;

        fixture_init(&f);
        kernel_entry_set_tunnel(f.kernel, link_up(&f), true);
        for (unsigned kind = 0; kind < 3; kind++) {
                static const KernelParser parsers[] = { kernel_parse_link, kernel_parse_address,
                                                        kernel_parse_route };
                struct nl_msg *m;
                uint32_t len;

                if (kind == 0) {
                        m = begin_link(&f, IFF_UP);
                        nla_put_string(m, IFLA_IFNAME, "eth0");
                        nla_put(m, IFLA_ADDRESS, 6, "\2\0\0\0\0\1");
                } else if (kind == 1)
                        m = begin_address(&f, RTM_NEWADDR);
                else {
                        struct nlattr *metrics;

                        m = begin_route(&f, RTM_NEWROUTE);
                        metrics = nla_nest_start(m, RTA_METRICS);
                        nla_put_u32(m, RTAX_MTU, 1400);
                        nla_nest_end(m, metrics);
                }
                len = nlmsg_hdr(m)->nlmsg_len;
                for (uint32_t cut = 0; cut <= len; cut++)
                        for (unsigned i = 0; i < 50; i++) {
                                g_autofree struct nlmsghdr *copy =
                                        g_malloc(MAX(cut, (uint32_t) sizeof(*copy)));

                                memset(copy, 0, sizeof(*copy));
                                memcpy(copy, nlmsg_hdr(m), cut);
                                for (unsigned k = 0; i > 0 && cut > sizeof(*copy) && k < 3; k++)
                                        ((uint8_t *)
                                                 copy)[g_test_rand_int_range(sizeof(*copy), (gint32) cut)] =
                                                (uint8_t) g_test_rand_int();
                                copy->nlmsg_len = MAX(cut, (uint32_t) sizeof(*copy));
                                g_assert_cmpint(parsers[kind](f.kernel, copy), ==, 0);
                        }
        }
        fixture_done(&f);
}

int main(int argc, char **argv) {
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/kernel-parse/other-family", test_other_family);
        g_test_add_func("/kernel-parse/partial-link", test_partial_link);
        g_test_add_func("/kernel-parse/vrf", test_vrf);
        g_test_add_func("/kernel-parse/link-attributes", test_link_attributes);
        g_test_add_func("/kernel-parse/own-mtu", test_own_mtu);
        g_test_add_func("/kernel-parse/address", test_address);
        g_test_add_func("/kernel-parse/order-of-notifications", test_order_of_notifications);
        g_test_add_func("/kernel-parse/route-made-by-others", test_route_made_by_others);
        g_test_add_func("/kernel-parse/adoption", test_adoption);
        g_test_add_func("/kernel-parse/route", test_route);
        g_test_add_func("/kernel-parse/tunnel", test_tunnel);
        g_test_add_func("/kernel-parse/damaged", test_damaged);
        return g_test_run();
}
