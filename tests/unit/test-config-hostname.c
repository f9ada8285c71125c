/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A configuration and the host's own name (config/config-hostname.c), in a UTS namespace of this test's own.
 * Skipped where there may be none.
 */
#include <errno.h>
#include <glib.h>
#include <sched.h>
#include <string.h>
#include <unistd.h>

#include "tests/unit/config-fixture.h"
#include "wire/dhcp4-protocol.h"

static void set_hostname(const char *name) {
        g_assert_cmpint(sethostname(name, strlen(name)), ==, 0);
}

/*
 * Returns true if the host's name has changed since the last call. The fixture then has the new
 * configuration.
 */
static bool rename_host(Fixture *f) {
        Config *renamed;

        if (!config_rename_host(f->config, NULL, NULL, &renamed))
                return false;
        (void) config_unref(f->config);
        f->config = renamed;
        return true;
}

/* Asserts that option 12 with @name is all that is sent. "": asserts that nothing is sent. */
static void check_sent(Fixture *f, const char *ifname, const char *name) {
        const ConfigLink *link = fixture_find(f, ifname);
        const size_t n = strlen(name);

        g_assert_cmpstr(link->hostname, ==, name);
        if (n == 0) {
                g_assert_cmpuint(link->send_len, ==, 0);
                return;
        }
        g_assert_cmpuint(link->send_len, ==, n + 2);
        g_assert_cmpuint(link->send[0], ==, DHCP4_OPTION_HOSTNAME);
        g_assert_cmpmem(link->send + 2, n, name, n);
}

static void test_rename(Fixture *f, gconstpointer data) {
        Config *before;

        set_hostname("first.example.org");
        fixture_put(f, "etc/links/a.conf", "[Match]\nName=eth0\nMACAddress=02:00:00:00:00:01\n");
        fixture_put(f, "etc/links/b.conf", "[Match]\nName=eth1\n[DHCPv4]\nHostname=fixed\n");
        fixture_put(f, "etc/links/c.conf", "[Match]\nName=eth2\n[DHCPv4]\nSendHostname=no\n");
        fixture_put(f, "etc/links/d.conf", "[Match]\nName=eth3\n[DHCPv4]\nSendFQDN=both\n");
        fixture_load_text(f, "[Manager]\nMaxExchanges=7\n[Plugin p]\nKey=value\n");
        fixture_check_problem(f, NULL);
        check_sent(f, "eth9", "first");
        g_assert_false(rename_host(f));

        /* Files that changed meanwhile wait for a reload. */
        fixture_put(f, "etc/dhcpd-link.conf", "[Manager]\nMaxExchanges=8\n");
        set_hostname("second.example.org");
        before = config_ref(f->config);
        g_assert_true(rename_host(f));
        g_assert_false(rename_host(f));
        check_sent(f, "eth9", "second");
        check_sent(f, "eth1", "fixed");
        check_sent(f, "eth2", "");
        g_assert_cmpstr(fixture_find(f, "eth3")->hostname, ==, "second.example.org");
        g_assert_cmpuint(config_max_exchanges(f->config), ==, 7);
        g_assert_true(config_is_clat(f->config, &(LinkNames){ .ifname = "clat" }));
        g_assert_cmpstr(config_plugin_value(f->config, "p", "Key"), ==, "value");

        /* What does not contain the name is as before. */
        for (unsigned i = 0; i < 4; i++) {
                const HwAddress address = { .len = 6, .bytes = { 2, 0, 0, 0, 0, 1 } };
                g_autofree char *ifname = g_strdup_printf("eth%u", i);
                const ConfigLink *old = config_find_link(before, &(LinkNames){ .ifname = ifname }, &address),
                                 *new = config_find_link(f->config, &(LinkNames){ .ifname = ifname },
                                                         &address);

                g_assert_cmpstr(old->file, ==, new->file);
                g_assert_true(old->file != new->file);
                g_assert_cmpint(config_link_equal(old, new), ==, i == 1 || i == 2);
        }

        /* The older one may go at any time. */
        (void) config_unref(before);
        g_assert_nonnull(g_strrstr(fixture_find(f, "eth1")->file, "b.conf"));

        /*
         * First there is no name to tell, and then there is one again. Half of a name is the name of
         * another host.
         */
        set_hostname("localhost");
        g_assert_true(rename_host(f));
        check_sent(f, "eth9", "");
        check_sent(f, "eth1", "fixed");
        set_hostname("third");
        g_assert_true(rename_host(f));
        check_sent(f, "eth9", "third");
        set_hostname("not a name");
        g_assert_true(rename_host(f));
        check_sent(f, "eth9", "");
        set_hostname("");
        g_assert_true(rename_host(f));
        set_hostname("(none)");
        g_assert_false(rename_host(f));
}

int main(int argc, char *argv[]) {
        g_test_init(&argc, &argv, NULL);
        /* A user namespace of our own gives the right to make the other, and to set names in it. */
        if (unshare(CLONE_NEWUTS) < 0 && unshare(CLONE_NEWUSER | CLONE_NEWUTS) < 0) {
                g_print("1..0 # SKIP no UTS namespace: %s\n", g_strerror(errno));
                return 0;
        }
        fixture_add("/config/rename-host", test_rename);
        return g_test_run();
}
