/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * config/config: [Hook NAME], its keys, its defaults, and what is wrong in it.
 */
#include <linux/capability.h>
#include <string.h>

#include "base/macro.h"
#include "tests/unit/config-fixture.h"

static void test_defaults(Fixture *f, gconstpointer data) {
        const ConfigHook *hook;

        /* One hook has no section, and one has a section that says nothing. */
        fixture_load_text(f, "[Hook empty]\nContract=\n");
        fixture_check_problem(f, NULL);
        for (int i = 0; i < 2; i++) {
                hook = config_hook(f->config, i == 0 ? "empty" : "other");
                g_assert_true(hook->enable);
                g_assert_false(hook->trusted || hook->network || hook->passes_dns);
                g_assert_null(hook->user);
                g_assert_cmpuint(hook->capabilities, ==, 0);
                g_assert_null(hook->writable_paths[0]);
                g_assert_null(hook->contract);
                g_assert_cmpuint(hook->timeout_usec, ==, 30 * USEC_PER_SEC);
        }
}

static void test_values(Fixture *f, gconstpointer data) {
        const ConfigHook *hook;

        fixture_load_text(f,
                          "[Hook a]\nEnable=no\nTrusted=yes\nNetwork=yes\nPassesDNS=yes\n"
                          "User=_chrony-1\nContract=udhcpc\n"
                          "TimeoutSec=1min 5s\nCapabilities=CAP_NET_ADMIN  CAP_CHOWN\n"
                          "WritablePaths=/run/chrony-dhcp /var/lib/a.b\n[Hook b]\nContract=none\n");
        fixture_check_problem(f, NULL);
        hook = config_hook(f->config, "a");
        g_assert_false(hook->enable);
        g_assert_true(hook->trusted && hook->network && hook->passes_dns);
        g_assert_cmpstr(hook->user, ==, "_chrony-1");
        g_assert_cmpstr(hook->contract, ==, "udhcpc");
        g_assert_cmpuint(hook->timeout_usec, ==, 65 * USEC_PER_SEC);
        g_assert_cmpuint(hook->capabilities, ==, UINT64_C(1) << CAP_NET_ADMIN | UINT64_C(1) << CAP_CHOWN);
        g_assert_cmpuint(g_strv_length(hook->writable_paths), ==, 2);
        g_assert_cmpstr(hook->writable_paths[0], ==, "/run/chrony-dhcp");
        g_assert_cmpstr(hook->writable_paths[1], ==, "/var/lib/a.b");
        g_assert_cmpstr(config_hook(f->config, "b")->contract, ==, "none");
}

/* A later file of the same section counts, key by key; an empty value sets the default again. */
static void test_dropin(Fixture *f, gconstpointer data) {
        const ConfigHook *hook;

        fixture_put(f, "etc/dhcpd-link.conf", "[Hook a]\nUser=x\nTrusted=yes\nCapabilities=CAP_KILL\n");
        fixture_put(f, "etc/dhcpd-link.conf.d/1.conf", "[Hook a]\nUser=\nTrusted=\nNetwork=yes\n");
        fixture_load(f);
        fixture_check_problem(f, NULL);
        hook = config_hook(f->config, "a");
        g_assert_null(hook->user);
        g_assert_false(hook->trusted);
        g_assert_true(hook->network);
        g_assert_cmpuint(hook->capabilities, ==, UINT64_C(1) << CAP_KILL);
}

/* A file that is only about hooks and plugins is not listed among the files of a link's settings. */
static void test_files(Fixture *f, gconstpointer data) {
        g_autofree char *both = fixture_path(f, "etc/dhcpd-link.conf.d/2.conf");
        g_autofree const char **files = NULL;

        fixture_put(f, "etc/dhcpd-link.conf.d/1.conf", "[Hook a]\nUser=x\n[Plugin b]\nc=d\n");
        fixture_put(f, "etc/dhcpd-link.conf.d/2.conf", "[Hook a]\nNetwork=yes\n[DHCPv4]\nUseMTU=no\n");
        fixture_load(f);
        fixture_check_problem(f, NULL);
        g_assert_cmpstr(config_hook(f->config, "a")->user, ==, "x");
        g_assert_true(config_hook(f->config, "a")->network);
        files = config_link_files(f->config, fixture_find(f, "eth0"));
        g_assert_cmpstr(files[0], ==, both);
        g_assert_null(files[1]);
}

static void test_mistakes(Fixture *f, gconstpointer data) {
        static const struct {
                const char *setting, *problem;
        } mistakes[] = {
                { "Contract=dhcpcd", "json, dhclient, udhcpc" },
                { "Enable=maybe", "not a boolean" },
                { "Trusted=maybe", "not a boolean" },
                { "Network=maybe", "not a boolean" },
                { "User=0", "not the name of a user" },
                { "User=-x", "not the name of a user" },
                { "User=Root", "not the name of a user" },
                { "User=a b", "not the name of a user" },
                { "User=a2345678901234567890123456789012", "not the name of a user" },
                { "TimeoutSec=soon", "not a span of time" },
                { "TimeoutSec=0", "one second to one hour" },
                { "TimeoutSec=999ms", "one second to one hour" },
                { "TimeoutSec=3601", "one second to one hour" },
                { "TimeoutSec=infinity", "one second to one hour" },
                { "Capabilities=CAP_NET_ADMIN CAP_EVERYTHING", "no capability" },
                { "Capabilities=net_admin", "no capability" },
                { "WritablePaths=relative", "no whole path" },
                { "WritablePaths=/", "no whole path" },
                { "WritablePaths=/a/../b", "no whole path" },
                { "WritablePaths=/a/..", "no whole path" },
                { "WritablePaths=/a/./b", "no whole path" },
                { "WritablePaths=/a//b", "no whole path" },
                { "WritablePaths=/a/", "no whole path" },
                { "WritablePaths=/a:b", "no whole path" },
                { "WritablePaths=/a%b", "no whole path" },
                { "WritablePaths=/1 /2 /3 /4 /5 /6 /7 /8 /9 /10 /11 /12 /13 /14 /15 /16 /17",
                  "more than 16" },
                { "Colour=red", "unknown" },
        };

        for (size_t i = 0; i < ARRAY_SIZE(mistakes); i++) {
                g_autofree char *text = g_strconcat("[Hook a]\n", mistakes[i].setting, "\n", NULL);
                const ConfigHook *hook;

                /* The mistake is in a second file. This shows that the value of the first file stays. */
                fixture_put(f, "etc/dhcpd-link.conf",
                            "[Hook a]\nUser=x\nTimeoutSec=7\nCapabilities=CAP_KILL\nWritablePaths=/w\n");
                fixture_put(f, "etc/dhcpd-link.conf.d/1.conf", text);
                fixture_load(f);
                fixture_check_problem(f, mistakes[i].problem);
                hook = config_hook(f->config, "a");
                g_assert_true(hook->enable);
                g_assert_false(hook->trusted || hook->network);
                g_assert_cmpstr(hook->user, ==, "x");
                g_assert_cmpuint(hook->timeout_usec, ==, 7 * USEC_PER_SEC);
                g_assert_cmpuint(hook->capabilities, ==, UINT64_C(1) << CAP_KILL);
                g_assert_cmpstr(hook->writable_paths[0], ==, "/w");
                g_assert_null(hook->writable_paths[1]);
        }
}

/* [Hook NAME] does not count in the file of a link. */
static void test_places(Fixture *f, gconstpointer data) {
        fixture_put(f, "etc/links/a.conf", "[Match]\nName=eth0\n[Hook a]\nTrusted=yes\n");
        fixture_load(f);
        fixture_check_problem(f, "belongs into dhcpd-link.conf");
        g_assert_false(config_hook(f->config, "a")->trusted);
}

int main(int argc, char **argv) {
        g_test_init(&argc, &argv, NULL);
        fixture_add("/config-hook/defaults", test_defaults);
        fixture_add("/config-hook/values", test_values);
        fixture_add("/config-hook/dropin", test_dropin);
        fixture_add("/config-hook/files", test_files);
        fixture_add("/config-hook/mistakes", test_mistakes);
        fixture_add("/config-hook/places", test_places);
        return g_test_run();
}
