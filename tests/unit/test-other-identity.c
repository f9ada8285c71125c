/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * state/other-identity in a made-up root, and how the lease store keeps what was found.
 */
#include <errno.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/macro.h"
#include "state/lease-store.h"
#include "state/other-identity.h"

#define NETWORKD "run/systemd/netif/leases/3"
#define DHCLIENT "var/lib/dhcp/dhclient.eth0.leases"
#define COMMON   "var/lib/dhcp/dhclient.leases"

static const HwAddress address = { .len = 6, .bytes = { 0x52, 0x54, 0, 0x12, 0x34, 0x56 } };
static char *root;

static void put(const char *name, const char *text) {
        g_autofree char *path = g_build_filename(root, name, NULL), *parent = g_path_get_dirname(path);

        g_assert_cmpint(g_mkdir_with_parents(parent, 0700), ==, 0);
        (void) g_remove(path);
        if (text)
                g_assert_true(g_file_set_contents(path, text, -1, NULL));
}

/* @expected: in hex; NULL: nothing is found. */
static void check(const char *expected) {
        g_autoptr(GString) hex = g_string_new(NULL);
        uint8_t id[255], len = 0;
        const bool found = other_identity_find(root, 3, "eth0", &address, id, &len);

        for (unsigned i = 0; i < len; i++)
                g_string_append_printf(hex, "%02x", id[i]);
        g_assert_cmpint(found, ==, expected != NULL);
        if (expected)
                g_assert_cmpstr(hex->str, ==, expected);
}

static void test_networkd(void) {
        static const char *const wrong[] = {
                "",
                "CLIENTID=",
                "CLIENTID=ff",
                "CLIENTID=fff",
                "CLIENTID=ff0g",
                "CLIENTID=ff:00",
                "CLIENTIDX=ff00",
                /* a clone's: of another hardware address */
                "CLIENTID=01525400123457",
        };
        g_autofree char *long_hex = g_strnfill(512, 'a'),
                        *too_long = g_strconcat("CLIENTID=", long_hex, NULL), *longest = NULL,
                        *path = g_build_filename(root, NETWORKD, NULL);

        check(NULL);
        for (size_t i = 0; i < G_N_ELEMENTS(wrong); i++) {
                put(NETWORKD, wrong[i]);
                check(NULL);
        }
        put(NETWORKD, too_long);
        check(NULL);
        long_hex[510] = '\0';
        longest = g_strconcat("CLIENTID=", long_hex, "\n", NULL);
        put(NETWORKD, longest);
        check(long_hex);
        put(NETWORKD, "# private\nADDRESS=10.0.0.7\nCLIENTID=ffaabbccdd00020000ab11\nT1=3\n");
        check("ffaabbccdd00020000ab11");
        put(NETWORKD, "CLIENTID=01525400123456\n");
        check("01525400123456");

        /* No regular file: nothing is waited for. */
        put(NETWORKD, NULL);
        g_assert_cmpint(mkfifo(path, 0600), ==, 0);
        check(NULL);
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
                put(DHCLIENT, wrong[i]);
                check(NULL);
        }
        /* The last of the interface counts, and its own file goes before the common one. */
        put(COMMON,
            "lease {\n  interface \"eth1\";\n  option dhcp-client-identifier ff:1;\n}\n"
            "lease {\n  interface \"eth0\";\n  option dhcp-client-identifier ff:2;\n}\n"
            "lease {\n  interface \"eth0\";\n  option dhcp-client-identifier ff:3:aB:0;\n}\n"
            "lease {\n  interface \"eth2\";\n  option dhcp-client-identifier ff:4;\n}\n");
        check("ff03ab00");
        put(DHCLIENT,
            "lease {\n  interface \"eth0\";\n  option dhcp-client-identifier 1:52:54:0:12:34:56;\n}\n");
        check("01525400123456");
        put(NETWORKD, "CLIENTID=ff77\n");
        check("ff77");
        put(NETWORKD, NULL);
        put(DHCLIENT, NULL);
        put(COMMON, NULL);
}

static void test_store(void) {
        static const HwAddress other = { .len = 6, .bytes = { 2 } };
        const uint8_t id[] = { 0xff, 0, 0xab };
        g_autofree char *runtime = g_build_filename(root, "r", NULL),
                        *state = g_build_filename(root, "s", NULL);
        _cleanup_(lease_store_freep) LeaseStore *store = NULL;
        uint8_t found[255], len = 9;
        const char *const wrong[] = { "", "f\n", "ff", "fg\n", "ff \n" };

        g_assert_cmpint(lease_store_new(runtime, state, &store), ==, 0);
        g_assert_cmpint(lease_store_load_identity(store, &address, found, &len), ==, -ENOENT);
        g_assert_cmpint(lease_store_save_identity(store, &address, id, sizeof(id)), ==, 0);
        g_assert_cmpint(lease_store_load_identity(store, &address, found, &len), ==, 0);
        g_assert_cmpmem(found, len, id, sizeof(id));
        g_assert_cmpint(lease_store_load_identity(store, &other, found, &len), ==, -ENOENT);
        /* "There was none" is remembered, too. */
        g_assert_cmpint(lease_store_save_identity(store, &other, id, 0), ==, 0);
        g_assert_cmpint(lease_store_load_identity(store, &other, found, &len), ==, 0);
        g_assert_cmpuint(len, ==, 0);
        for (size_t i = 0; i < G_N_ELEMENTS(wrong); i++) {
                put("s/lease/identity-525400123456", wrong[i]);
                g_assert_cmpint(lease_store_load_identity(store, &address, found, &len), ==, -EBADMSG);
        }
}

static void remove_all(const char *path) {
        g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);
        const char *name;

        while (dir && (name = g_dir_read_name(dir))) {
                g_autofree char *child = g_build_filename(path, name, NULL);

                remove_all(child);
        }
        g_assert_cmpint(g_remove(path), ==, 0);
}

int main(int argc, char *argv[]) {
        int r;

        g_test_init(&argc, &argv, NULL);
        root = g_dir_make_tmp("dhcpd-link-test-XXXXXX", NULL);
        g_assert_nonnull(root);
        g_test_add_func("/other-identity/networkd", test_networkd);
        g_test_add_func("/other-identity/dhclient", test_dhclient);
        g_test_add_func("/other-identity/store", test_store);
        r = g_test_run();
        remove_all(root);
        g_free(root);
        return r;
}
