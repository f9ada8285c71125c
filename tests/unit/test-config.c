/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * config/config: the defaults, and the values of every key. Files, their precedence and the links that a
 * file is for are in test-config-files.c.
 */
#include <linux/rtnetlink.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

#include "base/macro.h"
#include "tests/unit/config-fixture.h"

/* The defaults, without any file. The numbers are repeated here on purpose. */
static void test_defaults(Fixture *f, gconstpointer data) {
        static const uint8_t request[] = {
                1, 121, 249, 3, 33, 6, 15, 12, 119, 28, 26, 42, 114, 58, 59, 162
        };
        const ConfigLink *link;

        fixture_load(f);
        fixture_check_problem(f, NULL);
        link = fixture_find(f, "eth0");
        g_assert_null(link->file);
        g_assert_true(link->manage);
        g_assert_false(link->take_over);
        g_assert_true(link->send_release);
        g_assert_false(link->defend_address);
        g_assert_false(link->route_metric_set);
        g_assert_true(link->send_hostname);
        g_assert_cmpint(link->client_identifier, ==, CONFIG_CLIENT_IDENTIFIER_MAC);
        g_assert_cmpuint(link->net.metric, ==, 1024);
        g_assert_cmpuint(link->net.table, ==, RT_TABLE_MAIN);
        g_assert_true(link->net.use_routes);
        g_assert_cmpint(link->net.classless, ==, DHCP4_CLASSLESS_NO_OVERRIDE);
        g_assert_true(link->net.use_gateway);
        g_assert_cmpint(link->net.use_mtu, ==, NET_MTU_ROUTE);
        g_assert_cmpuint(link->net.mtu_min, ==, 576);
        g_assert_cmpint(link->ipv6_only, ==, CONFIG_IPV6_ONLY_AUTO);
        g_assert_cmpuint(link->client.client_id_len, ==, 0);
        g_assert_cmpstr(link->vendor_class, ==, "");
        g_assert_cmpmem(link->client.request, link->client.n_request, request, sizeof(request));
        g_assert_false(link->client.broadcast);
        g_assert_true(link->client.rapid_commit);
        g_assert_cmpint(link->client.conflict, ==, DHCP4_CONFLICT_OPTIMISTIC);
        g_assert_cmpuint(link->client.start_delay_max_usec, ==, 0);
        g_assert_cmpuint(link->client.carrier_grace_usec, ==, 3 * USEC_PER_SEC);
        g_assert_cmpuint(config_max_exchanges(f->config), ==, 32);
        g_assert_null(config_plugin_value(f->config, "resolved", "Key"));
}

/*
 * units/dhcpd-link.conf without its comment signs: every key is there once and is understood, and nothing
 * changes.
 */
static void test_shipped_file(Fixture *f, gconstpointer data) {
        static const char *const keys[] = {
                "MaxExchanges",
                "Manage",
                "TakeOver",
                "Apply",
                "CarrierLossGraceSec",
                "SendRelease",
                "RouteMetric",
                "ConflictDetection",
                "UseStoredLease",
                "DefendAddress",
                "RouteTable",
                "RuleTable",
                "UseRoutes",
                "ClasslessRoutes",
                "UseGateway",
                "UseMTU",
                "MinimumMTU",
                "ClientIdentifier",
                "SendHostname",
                "Hostname",
                "VendorClassIdentifier",
                "RequestOptions",
                "RapidCommit",
                "RequestBroadcast",
                "StartDelaySec",
                "DefaultLeaseTimeSec",
                "DUID",
                "IAID",
                "Anonymize",
                "SendFQDN",
                "UserClass",
                "MUDURL",
                "SendOption",
                "AllowServer",
                "DenyServer",
                "Fallback",
                "FallbackAfterSec",
                "FallbackAddress",
                "FallbackGateway",
                "InformAddress",
                "BOOTP",
                "IPv6OnlyMode",
                "ForceRenew",
                "DSCP",
                "ImportIdentity",
                "SocketPriority",
                "SocketMark",
                "CLATInterface",
        };
        g_autofree char *text = NULL, *plain = NULL;
        g_autoptr(GRegex) regex = g_regex_new("^#(?=[A-Za-z0-9]+=)", G_REGEX_MULTILINE, 0, NULL);
        _cleanup_(config_unrefp) Config *unset = NULL;
        guint n = 0;

        g_assert_true(g_file_get_contents(SOURCE_ROOT "/units/dhcpd-link.conf", &text, NULL, NULL));
        fixture_load(f);
        unset = config_ref(f->config);

        /* As it is, the file sets nothing and is understood. */
        fixture_load_text(f, text);
        fixture_check_problem(f, NULL);
        g_assert_true(config_link_equal(
                fixture_find(f, "eth0"),
                config_find_link(unset, &(LinkNames){ .ifname = "eth0" }, &(HwAddress){})));

        plain = g_regex_replace(regex, text, -1, 0, "", 0, NULL);
        for (size_t i = 0; i < G_N_ELEMENTS(keys); i++) {
                g_autofree char *line = g_strconcat("\n", keys[i], "=", NULL);
                const char *found = strstr(plain, line);

                if (!found)
                        g_test_message("%s is not shown", keys[i]);
                g_assert_nonnull(found);
                g_assert_null(strstr(found + 1, line));
        }
        for (const char *p = plain; (p = strstr(p, "\n")); p++)
                n += g_ascii_isalpha(p[1]);
        g_assert_cmpuint(n, ==, G_N_ELEMENTS(keys));

        fixture_load_text(f, plain);
        fixture_check_problem(f, NULL);
        g_assert_true(config_link_equal(
                fixture_find(f, "eth0"),
                config_find_link(unset, &(LinkNames){ .ifname = "eth0" }, &(HwAddress){})));
        g_assert_cmpuint(config_max_exchanges(f->config), ==, config_max_exchanges(unset));
}

/*
 * Each key is set to a value that is not its default. The value arrives where it belongs, and an empty
 * value takes it back.
 */
static void test_every_key_counts(Fixture *f, gconstpointer data) {
        static const struct {
                const char *section, *setting;
        } cases[] = {
                { "Link", "Manage=no" },
                { "Link", "TakeOver=yes" },
                { "Link", "Apply=no" },
                { "Link", "CarrierLossGraceSec=4" },
                { "DHCPv4", "SendRelease=no" },
                { "DHCPv4", "ConflictDetection=strict" },
                { "DHCPv4", "ConflictDetection=no" },
                { "DHCPv4", "UseStoredLease=always" },
                { "DHCPv4", "UseStoredLease=no" },
                { "DHCPv4", "DefendAddress=yes" },
                { "DHCPv4", "RouteMetric=7" },
                { "DHCPv4", "RouteMetric=1024" },
                { "DHCPv4", "RouteTable=7" },
                { "DHCPv4", "RuleTable=7" },
                { "DHCPv4", "UseRoutes=no" },
                { "DHCPv4", "ClasslessRoutes=accept" },
                { "DHCPv4", "ClasslessRoutes=ignore" },
                { "DHCPv4", "ClasslessRoutes=table=100" },
                { "DHCPv4", "ClasslessRoutes=table=4294967295" },
                { "DHCPv4", "UseGateway=no" },
                { "DHCPv4", "UseMTU=no" },
                { "DHCPv4", "UseMTU=link" },
                { "DHCPv4", "MinimumMTU=68" },
                { "DHCPv4", "IPv6OnlyMode=no" },
                { "DHCPv4", "IPv6OnlyMode=yes" },
                { "DHCPv4", "ClientIdentifier=none" },
                { "DHCPv4", "ClientIdentifier=hex:0102" },
                { "DHCPv4", "SendHostname=no" },
                { "DHCPv4", "Hostname=another-name-than-this-host-has" },
                { "DHCPv4", "VendorClassIdentifier=thing" },
                { "DHCPv4", "RequestOptions=1" },
                { "DHCPv4", "RequestBroadcast=yes" },
                { "DHCPv4", "RapidCommit=no" },
                { "DHCPv4", "StartDelaySec=1" },
                { "DHCPv4", "DefaultLeaseTimeSec=0" },
                { "DHCPv4", "DSCP=0" },
                { "DHCPv4", "ImportIdentity=yes" },
        };
        _cleanup_(config_unrefp) Config *unset = NULL;

        fixture_load(f);
        unset = config_ref(f->config);
        for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
                const ConfigLink *defaults =
                        config_find_link(unset, &(LinkNames){ .ifname = "eth0" }, &(HwAddress){});
                g_autofree char *text = g_strdup_printf("[%s]\n%s\n", cases[i].section, cases[i].setting);
                g_autofree char *link = g_strconcat("[Match]\nName=eth0\n", text, NULL);
                g_autofree char *reset =
                        g_strdup_printf("[Match]\nName=eth0\n[%s]\n%.*s=\n", cases[i].section,
                                        (int) strcspn(cases[i].setting, "="), cases[i].setting);

                g_test_message("%s", cases[i].setting);
                fixture_load_text(f, text);
                fixture_check_problem(f, NULL);
                g_assert_false(config_link_equal(fixture_find(f, "eth0"), defaults));

                fixture_put(f, "etc/links/a.conf", reset);
                fixture_load(f);
                fixture_check_problem(f, NULL);
                g_assert_true(config_link_equal(fixture_find(f, "eth0"), defaults));
                g_assert_false(config_link_equal(fixture_find(f, "eth1"), defaults));

                fixture_put(f, "etc/links/a.conf", link);
                fixture_load_text(f, "");
                fixture_check_problem(f, NULL);
                g_assert_false(config_link_equal(fixture_find(f, "eth0"), defaults));
                g_assert_true(config_link_equal(fixture_find(f, "eth1"), defaults));
        }
}

static void check_number(Fixture *f, const char *section, const char *key, const char *value, size_t offset,
                         size_t size, uint64_t expected) {
        g_autofree char *text = g_strdup_printf("[%s]\n%s=%s\n", section, key, value);
        const void *at;
        uint64_t found = 0;

        g_test_message("%s=%s", key, value);
        fixture_load_text(f, text);
        fixture_check_problem(f, NULL);
        at = (const char *) fixture_find(f, "eth0") + offset;
        if (size == sizeof(bool))
                found = *(const bool *) at;
        else if (size == sizeof(uint32_t))
                found = *(const uint32_t *) at;
        else
                found = *(const uint64_t *) at;
        g_assert_cmpuint(found, ==, expected);
}

#define CHECK_NUMBER(f, section, key, value, member, expected) \
        check_number(f, section, key, value, offsetof(ConfigLink, member), sizeof((ConfigLink){}.member), \
                     expected)

/* The value is reported with its place, and nothing else changes. */
static void check_refused(Fixture *f, const char *section, const char *key, const char *value) {
        g_autofree char *text = g_strdup_printf("# a comment\n[%s]\n\n%s = %s\n", section, key, value);
        g_autofree char *place = g_strdup_printf("etc/dhcpd-link.conf:4 [%s] %s: ", section, key);
        _cleanup_(config_unrefp) Config *unset = NULL;

        g_test_message("%s=%s", key, value);
        fixture_load_text(f, "");
        unset = config_ref(f->config);
        fixture_load_text(f, text);
        fixture_check_problem(f, place);
        g_assert_true(config_link_equal(
                fixture_find(f, "eth0"),
                config_find_link(unset, &(LinkNames){ .ifname = "eth0" }, &(HwAddress){})));
        g_assert_cmpuint(config_max_exchanges(f->config), ==, 32);
}

static void test_booleans(Fixture *f, gconstpointer data) {
        static const char *const yes[] = { "yes", "true", "on", "1", "Yes", "TRUE" },
                                 *const no[] = { "no", "false", "off", "0", "No", "OFF" },
                                 *const wrong[] = { "y", "maybe", "2", "yes no", "yesyes", "-1" };

        for (size_t i = 0; i < G_N_ELEMENTS(yes); i++)
                CHECK_NUMBER(f, "Link", "TakeOver", yes[i], take_over, true);
        for (size_t i = 0; i < G_N_ELEMENTS(no); i++)
                CHECK_NUMBER(f, "DHCPv4", "SendRelease", no[i], send_release, false);
        for (size_t i = 0; i < G_N_ELEMENTS(wrong); i++)
                check_refused(f, "Link", "TakeOver", wrong[i]);
}

static void test_spans(Fixture *f, gconstpointer data) {
        static const struct {
                const char *value;
                usec_t expected;
        } good[] = {
                { "0", 0 },
                { "7", 7000000 },
                { "007", 7000000 },
                { "7s", 7000000 },
                { "7 s", 7000000 },
                { "7sec", 7000000 },
                { "250ms", 250000 },
                { "250msec", 250000 },
                { "2min", 120000000 },
                { "3h", 10800000000 },
                { "1d", 86400000000 },
                { "1min 30s", 90000000 },
                { "1min30s", 90000000 },
                { "1h 1min 1s 1ms", 3661001000 },
                { "infinity", USEC_INFINITY },
                { "18446744073709", 18446744073709000000u },
                { "18446744073709551ms", 18446744073709551000u },
                { "213503982d", 18446744044800000000u },
        };
        static const char *const wrong[] = {
                "s",
                "-1",
                "+1",
                "1.5",
                "1,5",
                "1us",
                "1m",
                "1S",
                "1 s min",
                "0x10",
                "Infinity",
                "infinity 1s",
                "1s infinity",
                "three",
                "18446744073710",
                "213503983d",
                "18446744073709551615",
                "18446744073709551616",
                "99999999999999999999999999999999ms",
                "18446744073709 1s",
                "1\xc2\xb5s",
                "1\\ts",
        };

        for (size_t i = 0; i < G_N_ELEMENTS(good); i++)
                CHECK_NUMBER(f, "Link", "CarrierLossGraceSec", good[i].value, client.carrier_grace_usec,
                             good[i].expected);
        for (size_t i = 0; i < G_N_ELEMENTS(wrong); i++)
                check_refused(f, "Link", "CarrierLossGraceSec", wrong[i]);

        CHECK_NUMBER(f, "DHCPv4", "StartDelaySec", "10s", client.start_delay_max_usec, 10000000);
        check_refused(f, "DHCPv4", "StartDelaySec", "infinity");

        CHECK_NUMBER(f, "DHCPv4", "DefaultLeaseTimeSec", "0", client.default_lifetime_sec, 0);
        CHECK_NUMBER(f, "DHCPv4", "DefaultLeaseTimeSec", "1d 1s", client.default_lifetime_sec, 86401);
        CHECK_NUMBER(f, "DHCPv4", "DefaultLeaseTimeSec", "4294967294", client.default_lifetime_sec,
                     4294967294);
        CHECK_NUMBER(f, "DHCPv4", "DefaultLeaseTimeSec", "infinity", client.default_lifetime_sec,
                     UINT32_MAX);
        check_refused(f, "DHCPv4", "DefaultLeaseTimeSec", "4294967295");
        check_refused(f, "DHCPv4", "DefaultLeaseTimeSec", "1500ms");
        check_refused(f, "DHCPv4", "DefaultLeaseTimeSec", "-1");
}

static void test_numbers(Fixture *f, gconstpointer data) {
        static const char *const wrong_metrics[] = {
                "-1", "4294967296", "1 2", "0x1", "main", "+1", "99999999999999999999999"
        };
        static const char *const wrong_tables[] = { "0", "255", "local", "-1", "4294967296", "Main" };
        static const char *const wrong_classless[] = {
                "yes",          "no",       "table",      "table=",   "table=0",          "table=253",
                "table=255",    "table=-1", "table=main", "table= 7", "table=4294967296", "Accept",
                "no-override x"
        };
        static const char *const wrong_exchanges[] = { "0", "1025", "-1", "many" };

        CHECK_NUMBER(f, "DHCPv4", "RouteMetric", "0", net.metric, 0);
        CHECK_NUMBER(f, "DHCPv4", "RouteMetric", "0", route_metric_set, true);
        CHECK_NUMBER(f, "DHCPv4", "RouteMetric", "4294967295", net.metric, UINT32_MAX);
        CHECK_NUMBER(f, "DHCPv4", "RouteMetric", "", route_metric_set, false);
        for (size_t i = 0; i < G_N_ELEMENTS(wrong_metrics); i++)
                check_refused(f, "DHCPv4", "RouteMetric", wrong_metrics[i]);

        CHECK_NUMBER(f, "DHCPv4", "RouteTable", "main", net.table, 254);
        CHECK_NUMBER(f, "DHCPv4", "RouteTable", "default", net.table, 253);
        CHECK_NUMBER(f, "DHCPv4", "RouteTable", "1", net.table, 1);
        CHECK_NUMBER(f, "DHCPv4", "RouteTable", "4294967295", net.table, UINT32_MAX);
        for (size_t i = 0; i < G_N_ELEMENTS(wrong_tables); i++)
                check_refused(f, "DHCPv4", "RouteTable", wrong_tables[i]);

        CHECK_NUMBER(f, "DHCPv4", "RuleTable", "4294967295", net.rule_table, UINT32_MAX);
        CHECK_NUMBER(f, "DHCPv4", "RuleTable", "254", net.rule_table, 254);
        CHECK_NUMBER(f, "DHCPv4", "RuleTable", "", net.rule_table, 0);
        for (size_t i = 0; i < G_N_ELEMENTS(wrong_tables); i++)
                check_refused(f, "DHCPv4", "RuleTable", wrong_tables[i]);

        CHECK_NUMBER(f, "DHCPv4", "ClasslessRoutes", "table=1", net.classless, DHCP4_CLASSLESS_TABLE);
        CHECK_NUMBER(f, "DHCPv4", "ClasslessRoutes", "table=1", net.classless_table, 1);
        CHECK_NUMBER(f, "DHCPv4", "ClasslessRoutes", "table=252", net.classless_table, 252);
        CHECK_NUMBER(f, "DHCPv4", "ClasslessRoutes", "accept", net.classless, DHCP4_CLASSLESS_ACCEPT);
        CHECK_NUMBER(f, "DHCPv4", "ClasslessRoutes", "ignore", net.classless, DHCP4_CLASSLESS_IGNORE);
        for (size_t i = 0; i < G_N_ELEMENTS(wrong_classless); i++)
                check_refused(f, "DHCPv4", "ClasslessRoutes", wrong_classless[i]);
        /* A wrong value leaves the earlier value in place. */
        fixture_put(f, "etc/links/a.conf", "[Match]\nName=eth0\n[DHCPv4]\nClasslessRoutes=table=254\n");
        fixture_load_text(f, "[DHCPv4]\nClasslessRoutes=table=7\n");
        fixture_put(f, "etc/links/a.conf", "");
        g_assert_cmpint(fixture_find(f, "eth0")->net.classless, ==, DHCP4_CLASSLESS_TABLE);
        g_assert_cmpuint(fixture_find(f, "eth0")->net.classless_table, ==, 7);

        fixture_load_text(f, "[Manager]\nMaxExchanges=1024\n");
        fixture_check_problem(f, NULL);
        g_assert_cmpuint(config_max_exchanges(f->config), ==, 1024);
        fixture_load_text(f, "[Manager]\nMaxExchanges=1\n");
        g_assert_cmpuint(config_max_exchanges(f->config), ==, 1);
        for (size_t i = 0; i < G_N_ELEMENTS(wrong_exchanges); i++)
                check_refused(f, "Manager", "MaxExchanges", wrong_exchanges[i]);
}

static void test_socket_options(Fixture *f, gconstpointer data) {
        static const struct {
                const char *text;
                uint8_t dscp;
        } good[] = { { "0", 0 },   { "63", 63 },   { "48", 48 },   { "CS0", 0 },   { "CS7", 56 },
                     { "EF", 46 }, { "AF11", 10 }, { "AF43", 38 }, { "AF23", 22 }, { "", 48 } };
        static const char *const wrong[] = { "64",   "-1",   "0x30", "cs6",  "CS8",  "CS",
                                             "CS66", "AF10", "AF14", "AF01", "AF51", "AF111" },
                                 *const wrong_marks[] = { "-1",  "4294967296", "0x",  "0x123456789",
                                                          "0xg", "0x-1",       "0X1", "1/2" };

        for (size_t i = 0; i < G_N_ELEMENTS(good); i++) {
                g_autofree char *text = g_strdup_printf("[DHCPv4]\nDSCP=%s\n", good[i].text);

                fixture_load_text(f, text);
                fixture_check_problem(f, NULL);
                g_assert_cmpuint(fixture_find(f, "eth0")->dscp, ==, good[i].dscp);
        }
        for (size_t i = 0; i < G_N_ELEMENTS(wrong); i++)
                check_refused(f, "DHCPv4", "DSCP", wrong[i]);

        g_assert_cmpuint(config_socket_priority(f->config), ==, 7);
        g_assert_cmpuint(config_socket_mark(f->config), ==, 0);
        fixture_load_text(f, "[Manager]\nSocketPriority=0\nSocketMark=0xfFffFFff\n");
        fixture_check_problem(f, NULL);
        g_assert_cmpuint(config_socket_priority(f->config), ==, 0);
        g_assert_cmpuint(config_socket_mark(f->config), ==, UINT32_MAX);
        fixture_load_text(f, "[Manager]\nSocketPriority=2147483647\nSocketMark=42\n");
        fixture_check_problem(f, NULL);
        g_assert_cmpuint(config_socket_priority(f->config), ==, 2147483647);
        g_assert_cmpuint(config_socket_mark(f->config), ==, 42);
        fixture_load_text(f, "[Manager]\nSocketPriority=\nSocketMark=\n");
        fixture_check_problem(f, NULL);
        g_assert_cmpuint(config_socket_priority(f->config), ==, 7);
        g_assert_cmpuint(config_socket_mark(f->config), ==, 0);
        check_refused(f, "Manager", "SocketPriority", "2147483648");
        check_refused(f, "Manager", "SocketPriority", "high");
        for (size_t i = 0; i < G_N_ELEMENTS(wrong_marks); i++)
                check_refused(f, "Manager", "SocketMark", wrong_marks[i]);
}

static void test_client_identifier(Fixture *f, gconstpointer data) {
        static const uint8_t expected[] = { 0xff, 0x01, 0xab };
        static const char *const good[] = { "hex:ff:01:ab", "hex:FF01AB", "hex:ff01:ab" };
        static const char *const wrong[] = { "hex:",       "hex:ff",     "hex:f",     "hex:ff:",
                                             "hex::ff:01", "hex:ff::01", "hex:ff 01", "hex:gg:01",
                                             "ff:01",      "MAC",        "DUID" };
        g_autoptr(GString) longest = g_string_new("hex:");

        for (size_t i = 0; i < G_N_ELEMENTS(good); i++) {
                g_autofree char *text = g_strdup_printf("[DHCPv4]\nClientIdentifier=%s\n", good[i]);
                const ConfigLink *link;

                fixture_load_text(f, text);
                fixture_check_problem(f, NULL);
                link = fixture_find(f, "eth0");
                g_assert_cmpint(link->client_identifier, ==, CONFIG_CLIENT_IDENTIFIER_HEX);
                g_assert_cmpmem(link->client.client_id, link->client.client_id_len, expected,
                                sizeof(expected));
        }
        for (size_t i = 0; i < G_N_ELEMENTS(wrong); i++)
                check_refused(f, "DHCPv4", "ClientIdentifier", wrong[i]);

        for (unsigned i = 0; i < 255; i++)
                g_string_append(longest, "5a");
        g_string_prepend(longest, "[DHCPv4]\nClientIdentifier=");
        fixture_load_text(f, longest->str);
        fixture_check_problem(f, NULL);
        g_assert_cmpuint(fixture_find(f, "eth0")->client.client_id_len, ==, 255);
        g_string_append(longest, "5a");
        fixture_load_text(f, longest->str);
        fixture_check_problem(f, "255 bytes");

        /* A links file can set the default again; the bytes of the identifier are gone as well. */
        fixture_put(f, "etc/links/a.conf", "[Match]\nName=eth0\n[DHCPv4]\nClientIdentifier=none\n");
        fixture_load_text(f, "[DHCPv4]\nClientIdentifier=hex:0102\n");
        g_assert_cmpint(fixture_find(f, "eth0")->client_identifier, ==, CONFIG_CLIENT_IDENTIFIER_NONE);
        g_assert_cmpuint(fixture_find(f, "eth0")->client.client_id_len, ==, 0);
        g_assert_cmpuint(fixture_find(f, "eth1")->client.client_id_len, ==, 2);
}

static void test_hostname(Fixture *f, gconstpointer data) {
        static const char *const good[] = {
                "a",       "host",
                "host-1",  "1host",
                "my_host", "host.example.org",
                "A.B",     "a23456789012345678901234567890123456789012345678901234567890123"
        };
        static const char *const wrong[] = {
                "-a",          "a-",
                ".a",          "a.",
                "a..b",        "a.-b",
                "a-.b",        "a b",
                "a;b",         "$(id)",
                "h\xc3\xb6st", "a\\nb",
                "a/b",         "a234567890123456789012345678901234567890123456789012345678901234",
        };
        char own[256] = "";
        const char *sent;

        for (size_t i = 0; i < G_N_ELEMENTS(good); i++) {
                g_autofree char *text = g_strdup_printf("[DHCPv4]\nHostname=%s\n", good[i]);

                fixture_load_text(f, text);
                fixture_check_problem(f, NULL);
                g_assert_cmpstr(fixture_find(f, "eth0")->hostname, ==, good[i]);
        }
        for (size_t i = 0; i < G_N_ELEMENTS(wrong); i++)
                check_refused(f, "DHCPv4", "Hostname", wrong[i]);

        /* The name is not sent, whatever it is. */
        fixture_load_text(f, "[DHCPv4]\nSendHostname=no\nHostname=host\n");
        g_assert_cmpstr(fixture_find(f, "eth0")->hostname, ==, "");

        /* There is a name for all links, one link has its own, and another link has the host's. */
        fixture_put(f, "etc/links/a.conf", "[Match]\nName=eth0\n[DHCPv4]\nHostname=other\n");
        fixture_put(f, "etc/links/b.conf", "[Match]\nName=eth1\n[DHCPv4]\nHostname=\n");
        fixture_load_text(f, "[DHCPv4]\nHostname=host\n");
        fixture_check_problem(f, NULL);
        g_assert_cmpint(gethostname(own, sizeof(own) - 1), ==, 0);
        own[strcspn(own, ".")] = '\0';
        g_assert_cmpstr(fixture_find(f, "eth0")->hostname, ==, "other");
        g_assert_cmpstr(fixture_find(f, "eth2")->hostname, ==, "host");
        sent = fixture_find(f, "eth1")->hostname;
        if (sent[0] != '\0')
                g_assert_cmpstr(sent, ==, own);
        else
                g_assert_true(strcmp(own, "localhost") == 0 || own[0] == '\0' || strpbrk(own, "()"));
}

static void test_vendor_class(Fixture *f, gconstpointer data) {
        g_autofree char *longest = g_strnfill(255, 'v'), *longer = g_strnfill(256, 'v'),
                        *text = g_strdup_printf("[DHCPv4]\nVendorClassIdentifier=%s\n", longest);

        fixture_load_text(f, "[DHCPv4]\nVendorClassIdentifier=a thing; with $(anything)\n");
        fixture_check_problem(f, NULL);
        g_assert_cmpstr(fixture_find(f, "eth0")->vendor_class, ==, "a thing; with $(anything)");
        fixture_load_text(f, text);
        fixture_check_problem(f, NULL);
        g_assert_cmpstr(fixture_find(f, "eth0")->vendor_class, ==, longest);
        check_refused(f, "DHCPv4", "VendorClassIdentifier", longer);
}

/* The options that follow from the keys above are ready to be sent. */
static void test_send(Fixture *f, gconstpointer data) {
        static const uint8_t expected[] = { 12, 4, 'h', 'o', 's', 't', 60, 2, 'v', 'c' };
        const ConfigLink *link;

        fixture_load_text(f, "[DHCPv4]\nHostname=host\nVendorClassIdentifier=vc\n");
        link = fixture_find(f, "eth0");
        g_assert_cmpmem(link->send, link->send_len, expected, sizeof(expected));
        fixture_load_text(f, "[DHCPv4]\nSendHostname=no\n");
        g_assert_cmpuint(fixture_find(f, "eth0")->send_len, ==, 0);
}

static void test_request_options(Fixture *f, gconstpointer data) {
        static const char *const wrong[] = { "0",       "255",    "256", "-1", "routers nonsense",
                                             "Routers", "1 2 3x", "1;2" };
        static const uint8_t expected[] = { 121, 3, 1, 252 };
        g_autoptr(GString) list = g_string_new("[DHCPv4]\nRequestOptions=");

        fixture_load_text(f, "[DHCPv4]\nRequestOptions= 121, routers ,,1 3 routers  wpad-url\n");
        fixture_check_problem(f, NULL);
        g_assert_cmpmem(fixture_find(f, "eth0")->client.request, fixture_find(f, "eth0")->client.n_request,
                        expected, sizeof(expected));
        for (size_t i = 0; i < G_N_ELEMENTS(wrong); i++)
                check_refused(f, "DHCPv4", "RequestOptions", wrong[i]);

        fixture_load_text(f, "[DHCPv4]\nRequestOptions=1 108 6\nIPv6OnlyMode=no\n");
        fixture_check_problem(f, "option 108 is left out");
        g_assert_cmpmem(fixture_find(f, "eth0")->client.request, fixture_find(f, "eth0")->client.n_request,
                        ((const uint8_t[]){ 1, 6 }), 2);

        for (unsigned i = 1; i <= 64; i++)
                g_string_append_printf(list, "%u ", i);
        fixture_load_text(f, list->str);
        fixture_check_problem(f, NULL);
        g_assert_cmpuint(fixture_find(f, "eth0")->client.n_request, ==, 64);
        g_string_append(list, "1 64 65");
        fixture_load_text(f, list->str);
        fixture_check_problem(f, "more than 64");
}

static void test_suggestions(Fixture *f, gconstpointer data) {
        static const struct {
                const char *text, *problem;
        } cases[] = {
                { "[DHCPv4]\nUseGatway=no\n",
                  ":2 [DHCPv4] UseGatway: unknown, ignored (did you mean UseGateway?)" },
                { "[DHCPv4]\nusegateway=no\n",
                  ":2 [DHCPv4] usegateway: unknown, ignored (did you mean UseGateway?)" },
                { "[DHCPv4]\nUseMUT=no\n", "(did you mean UseMTU?)" },
                { "[DHCP4]\nUseMTU=no\n", ":1 [DHCP4] : unknown, ignored (did you mean DHCPv4?)" },
                { "[link]\n", "(did you mean Link?)" },
                { "\n\n[Network]\nDHCP=yes\n", ":3 [Network] : unknown, ignored" },
                { "[DHCPv4]\nTurbo=no\n", ":2 [DHCPv4] Turbo: unknown, ignored" },
                /* These are not similar enough, or belong to another section. */
                { "[DHCPv4]\nUseGat=no\n", "UseGat: unknown, ignored" },
                { "[Link]\nUseMTU=no\n", ":2 [Link] UseMTU: belongs into [DHCPv4], ignored" },
                { "[Plugin ]\nA=b\n", "unknown, ignored" },
        };

        for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
                fixture_load_text(f, cases[i].text);
                fixture_check_problem(f, cases[i].problem);
                if (!strstr(cases[i].problem, "did you mean"))
                        g_assert_null(strstr(g_ptr_array_index(f->problems, 0), "did you mean"));
        }
}

static void test_plugins(Fixture *f, gconstpointer data) {
        fixture_put(f, "etc/dhcpd-link.conf.d/50.conf", "[Plugin resolved]\nB=changed\n");
        fixture_load_text(f, "[Plugin resolved]\nA= one \nB=two\nEmpty=\n[Plugin other]\nA=three\n");
        fixture_check_problem(f, NULL);
        g_assert_cmpstr(config_plugin_value(f->config, "resolved", "A"), ==, "one");
        g_assert_cmpstr(config_plugin_value(f->config, "resolved", "B"), ==, "changed");
        g_assert_cmpstr(config_plugin_value(f->config, "resolved", "Empty"), ==, "");
        g_assert_cmpstr(config_plugin_value(f->config, "other", "A"), ==, "three");
        g_assert_null(config_plugin_value(f->config, "other", "B"));
        g_assert_null(config_plugin_value(f->config, "nobody", "A"));
        fixture_load_text(f, "[Plugin resolved]\nA=b\\q\n");
        fixture_check_problem(f, ":2 [Plugin resolved] A: ");
        g_assert_null(config_plugin_value(f->config, "resolved", "A"));
}

static void test_ref(Fixture *f, gconstpointer data) {
        Config *config;

        fixture_load(f);
        config = config_ref(f->config);
        g_assert_true(config == f->config);
        g_assert_null(config_unref(config));
        g_assert_true(fixture_find(f, "eth0")->manage);
        g_assert_null(config_unref(NULL));
}

int main(int argc, char *argv[]) {
        g_test_init(&argc, &argv, NULL);
        fixture_add("/config/defaults", test_defaults);
        fixture_add("/config/shipped-file", test_shipped_file);
        fixture_add("/config/every-key-counts", test_every_key_counts);
        fixture_add("/config/booleans", test_booleans);
        fixture_add("/config/spans", test_spans);
        fixture_add("/config/numbers", test_numbers);
        fixture_add("/config/client-identifier", test_client_identifier);
        fixture_add("/config/hostname", test_hostname);
        fixture_add("/config/socket-options", test_socket_options);
        fixture_add("/config/vendor-class", test_vendor_class);
        fixture_add("/config/send", test_send);
        fixture_add("/config/request-options", test_request_options);
        fixture_add("/config/suggestions", test_suggestions);
        fixture_add("/config/plugins", test_plugins);
        fixture_add("/config/ref", test_ref);
        return g_test_run();
}
