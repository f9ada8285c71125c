/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * import/other-identity in a made-up root, and how the lease store keeps what was found.
 */
#include <errno.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/macro.h"
#include "import/other-files.h"
#include "tests/unit/other-identity-fixture.h"

#define NETWORKD "run/systemd/netif/leases/3"
#define DHCLIENT "var/lib/dhcp/dhclient.eth0.leases"
#define COMMON   "var/lib/dhcp/dhclient.leases"

static void test_networkd(void) {
        static const char *const wrong[] = {
                "",
                "CLIENTID=",
                "CLIENTID=ff",
                "CLIENTID=fff",
                "CLIENTID=ff0g",
                "CLIENTID=ff:00",
                "CLIENTIDX=ff00",
                /* a cloned hardware address: the identifier is made of another one */
                "CLIENTID=01525400123457",
        };
        g_autofree char *long_hex = g_strnfill(512, 'a'),
                        *too_long = g_strconcat("CLIENTID=", long_hex, NULL), *longest = NULL,
                        *path = fixture_path(NETWORKD);
        char buffer[1024];
        int events;

        fixture_check(NULL);
        for (size_t i = 0; i < G_N_ELEMENTS(wrong); i++) {
                fixture_put(NETWORKD, wrong[i]);
                fixture_check(NULL);
        }
        fixture_put(NETWORKD, too_long);
        fixture_check(NULL);
        long_hex[510] = '\0';
        longest = g_strconcat("CLIENTID=", long_hex, "\n", NULL);
        fixture_put(NETWORKD, longest);
        fixture_check(long_hex);
        fixture_put(NETWORKD, "# private\nADDRESS=10.0.0.7\nCLIENTID=ffaabbccdd00020000ab11\nT1=3\n");
        fixture_check("ffaabbccdd00020000ab11");
        fixture_put(NETWORKD, "CLIENTID=01525400123456\n");
        fixture_check("01525400123456");

        /* An object that is no regular file is not waited for. */
        fixture_put(NETWORKD, NULL);
        g_assert_cmpint(mkfifo(path, 0600), ==, 0);
        events = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
        g_assert_cmpint(inotify_add_watch(events, path, IN_OPEN), >, 0);
        fixture_check(NULL);
        /* It was not even opened: opening a device may have an effect. */
        g_assert_cmpint(read(events, buffer, sizeof(buffer)), ==, -1);
        g_assert_cmpint(errno, ==, EAGAIN);
        (void) close(events);
        g_assert_cmpint(g_remove(path), ==, 0);
}

static void test_dhclient(void) {
        static const char *const wrong[] = {
                "lease {\n  interface \"eth0\";\n  option dhcp-client-identifier \"text\";\n}\n",
                "lease {\n  interface \"eth0\";\n  option dhcp-client-identifier 1:2:3\n}\n",
                "lease {\n  interface \"eth0\";\n  option dhcp-client-identifier 1:;\n}\n",
                "lease {\n  interface \"eth0\";\n  option dhcp-client-identifier 111:2;\n}\n",
                "lease {\n  interface \"eth0\";\n  option dhcp-client-identifier ;\n}\n",
                "lease {\n  interface \"eth1\";\n  option dhcp-client-identifier ff:2:3;\n}\n",
                "lease {\n  interface \"eth0\";\n}\n  option dhcp-client-identifier ff:2:3;\n",
        };

        for (size_t i = 0; i < G_N_ELEMENTS(wrong); i++) {
                fixture_put(DHCLIENT, wrong[i]);
                fixture_check(NULL);
        }
        /*
         * The last lease of the interface counts, and the interface's own file counts more than the
         * common one.
         */
        fixture_put(COMMON,
                    "lease {\n  interface \"eth1\";\n  option dhcp-client-identifier ff:1;\n}\n"
                    "lease {\n  interface \"eth0\";\n  option dhcp-client-identifier ff:2;\n}\n"
                    "lease {\n  interface \"eth0\";\n  option dhcp-client-identifier ff:3:aB:0;\n}\n"
                    "lease {\n  interface \"eth2\";\n  option dhcp-client-identifier ff:4;\n}\n");
        fixture_check("ff03ab00");
        fixture_put(
                DHCLIENT,
                "lease {\n  interface \"eth0\";\n  option dhcp-client-identifier 1:52:54:0:12:34:56;\n}\n");
        fixture_check("01525400123456");
        fixture_put(NETWORKD, "CLIENTID=ff77\n");
        fixture_check("ff77");
        fixture_put(NETWORKD, NULL);
        fixture_put(DHCLIENT, NULL);
        fixture_put(COMMON, NULL);
}

/* Of several clients, the one that had a lease last counts. */
static void test_last_one(void) {
        fixture_put(NETWORKD, "CLIENTID=ff01\n");
        fixture_put(DHCLIENT, "lease {\n interface \"eth0\";\n option dhcp-client-identifier ff:2;\n}\n");
        fixture_date(NETWORKD, 1000);
        fixture_date(DHCLIENT, 999);
        fixture_check("ff01");
        fixture_date(DHCLIENT, 1000);
        fixture_check("ff01");
        fixture_date(DHCLIENT, 1001);
        fixture_check("ff02");
        fixture_put(NETWORKD, NULL);
        fixture_put(DHCLIENT, NULL);
}

/* A path of which any part is a symbolic link of its owner leads nowhere. */
static void test_symbolic_links(void) {
        g_autofree char *file = fixture_path(NETWORKD), *folder = g_path_get_dirname(file),
                        *above = g_path_get_dirname(folder), *outside = fixture_path("outside");
        g_auto(GStrv) names = NULL;
        OtherFile read;

        fixture_put("outside/3", "CLIENTID=ff66\n");
        fixture_put("outside/leases/3", "CLIENTID=ff66\n");
        fixture_put(NETWORKD, "CLIENTID=ff77\n");
        fixture_check("ff77");
        fixture_put(NETWORKD, NULL);
        g_assert_cmpint(symlink("../../../../outside/3", file), ==, 0);
        fixture_check(NULL);
        g_assert_cmpint(g_remove(file), ==, 0);
        g_assert_cmpint(g_rmdir(folder), ==, 0);
        g_assert_cmpint(symlink(outside, folder), ==, 0);
        fixture_check(NULL);
        g_assert_cmpint(other_file_list(fixture_root(), "/run/systemd/netif/leases", &names), <, 0);
        g_assert_cmpint(other_file_list(fixture_root(), "/run/systemd/netif/leases/leases", &names), <, 0);
        g_assert_cmpint(g_remove(folder), ==, 0);
        g_assert_cmpint(g_rmdir(above), ==, 0);
        g_assert_cmpint(symlink(outside, above), ==, 0);
        fixture_check(NULL);
        g_assert_cmpint(g_remove(above), ==, 0);

        g_assert_cmpint(other_file_list(fixture_root(), "/run/systemd/netif", &names), ==, -ENOENT);
        g_assert_cmpint(other_file_list(fixture_root(), "/outside/leases", &names), ==, 0);
        g_assert_cmpuint(g_strv_length(names), ==, 1);
        g_assert_cmpstr(names[0], ==, "3");
        g_assert_false(other_file_read(fixture_root(), "/outside", &read));
        g_assert_false(other_file_read(fixture_root(), "/", &read));
}

int main(int argc, char *argv[]) {
        int r;

        g_test_init(&argc, &argv, NULL);
        fixture_set_up();
        g_test_add_func("/other-identity/networkd", test_networkd);
        g_test_add_func("/other-identity/dhclient", test_dhclient);
        g_test_add_func("/other-identity/last-one", test_last_one);
        g_test_add_func("/other-identity/symbolic-links", test_symbolic_links);
        r = g_test_run();
        fixture_tear_down();
        return r;
}
