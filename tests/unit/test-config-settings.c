/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * config/config-settings: every key of the table has a value, the values are those that were configured, and
 * the files they come from are named in the order they were read.
 */
#include <inttypes.h>
#include <string.h>

#include "base/macro.h"
#include "config/config-internal.h"
#include "tests/unit/config-fixture.h"

static void collect(void *userdata, const ConfigSetting *setting) {
        GHashTable *all = userdata;
        char *text = NULL;

        switch (setting->type) {
        case CONFIG_SETTING_BOOL:
                text = g_strdup(setting->boolean ? "b yes" : "b no");
                break;
        case CONFIG_SETTING_NUMBER:
                text = g_strdup_printf("u %u", setting->number);
                break;
        case CONFIG_SETTING_SPAN:
                text = setting->span == USEC_INFINITY ? g_strdup("t infinity")
                                                      : g_strdup_printf("t %" PRIu64, setting->span);
                break;
        case CONFIG_SETTING_TEXT:
                text = g_strdup_printf("s %s", setting->text);
                break;
        case CONFIG_SETTING_LIST: {
                g_autofree char *joined = g_strjoinv("|", (char **) setting->list);

                text = g_strdup_printf("as %s", joined);
                break;
        }
        }
        g_assert_true(g_hash_table_insert(all, g_strdup(setting->key), text));
}

static GHashTable *settings_of(Fixture *f, const char *ifname) {
        const ConfigLink *link = fixture_find(f, ifname);
        GHashTable *all = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);

        config_foreach_setting(link, &link->net, collect, all);
        return all;
}

static void assert_setting(GHashTable *all, const char *key, const char *wanted) {
        g_assert_cmpstr(g_hash_table_lookup(all, key), ==, wanted);
}

/* There is no key without a value, and no value without a key. */
static void test_every_key(Fixture *f, gconstpointer data) {
        g_autoptr(GHashTable) all = NULL;
        size_t n, n_keys = 0;
        const ConfigKey *keys = config_keys(&n);

        fixture_load_text(f, "[DHCPv4]\nIAID=7\n");
        all = settings_of(f, "eth0");
        for (size_t i = 0; i < n; i++) {
                g_autofree char *name = g_strdup_printf("%s.%s", keys[i].section, keys[i].name);

                if (strcmp(keys[i].section, "Link") != 0 && strcmp(keys[i].section, "DHCPv4") != 0)
                        continue;
                n_keys++;
                if (!g_hash_table_contains(all, name))
                        g_error("no value of %s", name);
        }
        g_assert_cmpuint(g_hash_table_size(all), ==, n_keys);
}

static void test_defaults(Fixture *f, gconstpointer data) {
        g_autoptr(GHashTable) all = NULL;

        fixture_load_text(f, "");
        all = settings_of(f, "eth0");
        assert_setting(all, "Link.Manage", "b yes");
        assert_setting(all, "DHCPv4.SendRelease", "b yes");
        assert_setting(all, "DHCPv4.IAID", NULL);
        assert_setting(all, "DHCPv4.ClientIdentifier", "s mac");
        assert_setting(all, "DHCPv4.AllowServer", "as ");
        assert_setting(all, "DHCPv4.FallbackAddress", "s ");
        assert_setting(all, "DHCPv4.UserClass", "as ");
        assert_setting(all, "DHCPv4.ClasslessRoutes", "s no-override");
        assert_setting(all, "DHCPv4.UseStoredLease", "s confirmed");
}

static void test_values(Fixture *f, gconstpointer data) {
        static const struct {
                const char *key, *value, *wanted;
        } cases[] = {
                { "Link.Manage", "no", "b no" },
                { "Link.TakeOver", "yes", "b yes" },
                { "Link.Apply", "no", "b no" },
                { "Link.CarrierLossGraceSec", "3s", "t 3000000" },
                { "DHCPv4.SendRelease", "no", "b no" },
                { "DHCPv4.ConflictDetection", "strict", "s strict" },
                { "DHCPv4.UseStoredLease", "always", "s always" },
                { "DHCPv4.DefendAddress", "yes", "b yes" },
                { "DHCPv4.RouteMetric", "77", "u 77" },
                { "DHCPv4.RouteTable", "default", "u 253" },
                { "DHCPv4.RuleTable", "9", "u 9" },
                { "DHCPv4.UseRoutes", "no", "b no" },
                { "DHCPv4.ClasslessRoutes", "table=42", "s table=42" },
                { "DHCPv4.UseGateway", "no", "b no" },
                { "DHCPv4.UseMTU", "link", "s link" },
                { "DHCPv4.MinimumMTU", "1280", "u 1280" },
                { "DHCPv4.ClientIdentifier", "hex:01:02:ff", "s hex:01:02:ff" },
                { "DHCPv4.DUID", "hex:00:01:02", "s hex:00:01:02" },
                { "DHCPv4.IAID", "4294967295", "u 4294967295" },
                { "DHCPv4.ImportIdentity", "yes", "b yes" },
                { "DHCPv4.Anonymize", "no", "s no" },
                { "DHCPv4.SendHostname", "no", "b no" },
                { "DHCPv4.Hostname", "other", "s other" },
                { "DHCPv4.VendorClassIdentifier", "v c", "s v c" },
                { "DHCPv4.SendFQDN", "both", "s both" },
                { "DHCPv4.UserClass", "one two", "as one|two" },
                { "DHCPv4.MUDURL", "https://mud.example/a", "s https://mud.example/a" },
                { "DHCPv4.SendOption", "224:hex:0102", "as 224:hex:0102" },
                { "DHCPv4.RequestOptions", "subnet-mask 224", "as subnet-mask|224" },
                { "DHCPv4.RequestBroadcast", "yes", "b yes" },
                { "DHCPv4.RapidCommit", "no", "b no" },
                { "DHCPv4.StartDelaySec", "250ms", "t 250000" },
                { "DHCPv4.DefaultLeaseTimeSec", "infinity", "t infinity" },
                { "DHCPv4.AllowServer", "192.0.2.1 198.51.100.0/24 02:00:00:00:00:01",
                  "as 192.0.2.1/32|198.51.100.0/24|02:00:00:00:00:01" },
                { "DHCPv4.DenyServer", "192.0.2.9", "as 192.0.2.9/32" },
                { "DHCPv4.Fallback", "link-local", "s link-local" },
                { "DHCPv4.FallbackAfterSec", "1min", "t 60000000" },
                { "DHCPv4.FallbackAddress", "192.0.2.7/24", "s 192.0.2.7/24" },
                { "DHCPv4.FallbackGateway", "192.0.2.1", "s 192.0.2.1" },
                { "DHCPv4.InformAddress", "192.0.2.8/25", "s 192.0.2.8/25" },
                { "DHCPv4.BOOTP", "yes", "b yes" },
                { "DHCPv4.IPv6OnlyMode", "yes", "s yes" },
                { "DHCPv4.ForceRenew", "no", "b no" },
                { "DHCPv4.DSCP", "EF", "u 46" },
        };

        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                g_auto(GStrv) parts = g_strsplit(cases[i].key, ".", 2);
                g_autofree char *text = g_strdup_printf("[%s]\n%s=%s\n", parts[0], parts[1], cases[i].value);
                g_autoptr(GHashTable) all = NULL;

                fixture_load_text(f, text);
                fixture_check_problem(f, NULL);
                all = settings_of(f, "eth0");
                assert_setting(all, cases[i].key, cases[i].wanted);
        }
}

static void assert_files(Fixture *f, const char *ifname, const char *wanted) {
        g_autofree const char **files = config_link_files(f->config, fixture_find(f, ifname));
        g_autofree char *joined = g_strjoinv("|", (char **) files);
        g_auto(GStrv) parts = g_strsplit(joined, f->root, -1);
        g_autofree char *relative = g_strjoinv("", parts);

        g_assert_cmpstr(relative, ==, wanted);
}

static void test_files(Fixture *f, gconstpointer data) {
        fixture_load(f);
        assert_files(f, "eth0", "");
        fixture_put(f, "lib/dhcpd-link.conf", "[DHCPv4]\nSendRelease=no\n");
        fixture_put(f, "etc/dhcpd-link.conf.d/50.conf", "[DHCPv4]\nSendRelease=yes\n");
        fixture_put(f, "etc/links/a.conf", "[Match]\nName=eth0\n");
        fixture_put(f, "run/links/a.conf.d/20.conf", "[DHCPv4]\nBOOTP=yes\n");
        fixture_put(f, "lib/links/a.conf.d/10.conf", "[DHCPv4]\nBOOTP=no\n");
        fixture_put(f, "etc/links/b.conf", "[Match]\nName=*\n");
        fixture_put(f, "etc/links/b.conf.d/10.conf", "this is no configuration\n");
        fixture_load(f);
        assert_files(f, "eth0",
                     "/lib/dhcpd-link.conf|/etc/dhcpd-link.conf.d/50.conf|/etc/links/a.conf|"
                     "/lib/links/a.conf.d/10.conf|/run/links/a.conf.d/20.conf");
        assert_files(f, "eth1", "/lib/dhcpd-link.conf|/etc/dhcpd-link.conf.d/50.conf|/etc/links/b.conf");
}

int main(int argc, char *argv[]) {
        g_test_init(&argc, &argv, NULL);
        fixture_add("/config-settings/every-key", test_every_key);
        fixture_add("/config-settings/defaults", test_defaults);
        fixture_add("/config-settings/values", test_values);
        fixture_add("/config-settings/files", test_files);
        return g_test_run();
}
