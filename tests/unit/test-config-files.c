/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * config/config: where files are, which file hides which, what may be there in place of a file, and which
 * links a file is for ([Match]).
 */
#include <errno.h>
#include <glib/gstdio.h>
#include <locale.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "tests/unit/config-fixture.h"

static void check_metric(Fixture *f, const char *ifname, uint32_t expected) {
        g_assert_cmpuint(fixture_find(f, ifname)->net.metric, ==, expected);
}

static void put_metric(Fixture *f, const char *name, const char *match, unsigned metric) {
        g_autofree char *text =
                g_strdup_printf("%s%s%s[DHCPv4]\nRouteMetric=%u\n", match ? "[Match]\nName=" : "",
                                match ?: "", match ? "\n" : "", metric);

        fixture_put(f, name, text);
}

static void test_main_file(Fixture *f, gconstpointer data) {
        put_metric(f, "lib/dhcpd-link.conf", NULL, 1);
        fixture_load(f);
        check_metric(f, "eth0", 1);
        put_metric(f, "run/dhcpd-link.conf", NULL, 2);
        fixture_load(f);
        check_metric(f, "eth0", 2);
        put_metric(f, "etc/dhcpd-link.conf", NULL, 3);
        fixture_load(f);
        check_metric(f, "eth0", 3);

        /* A file of the same name is hidden as a whole, not merged. */
        fixture_put(f, "etc/dhcpd-link.conf", "[DHCPv4]\nUseMTU=no\n");
        fixture_load(f);
        check_metric(f, "eth0", 1024);
        g_assert_cmpint(fixture_find(f, "eth0")->net.use_mtu, ==, NET_MTU_NO);
        fixture_check_problem(f, NULL);
}

static void test_masks(Fixture *f, gconstpointer data) {
        g_autofree char *main_file = fixture_path(f, "etc/dhcpd-link.conf"),
                        *links_file = fixture_path(f, "etc/links/a.conf");

        put_metric(f, "lib/dhcpd-link.conf", NULL, 1);
        put_metric(f, "lib/links/a.conf", "eth0", 2);
        put_metric(f, "lib/links/a.conf.d/50.conf", "eth1", 3);
        fixture_load(f);
        check_metric(f, "eth0", 3);
        check_metric(f, "eth1", 3);
        check_metric(f, "eth2", 1);

        fixture_put(f, "etc/links/a.conf", "");
        fixture_load(f);
        check_metric(f, "eth0", 1);
        check_metric(f, "eth1", 1);
        fixture_check_problem(f, NULL);

        g_assert_cmpint(g_unlink(links_file), ==, 0);
        g_assert_cmpint(symlink("/dev/null", links_file), ==, 0);
        g_assert_cmpint(symlink("/dev/null", main_file), ==, 0);
        fixture_load(f);
        check_metric(f, "eth0", 1024);
        check_metric(f, "eth2", 1024);
        fixture_check_problem(f, NULL);
}

static void test_dropins(Fixture *f, gconstpointer data) {
        g_autofree char *main_file = fixture_path(f, "lib/dhcpd-link.conf");

        put_metric(f, "lib/dhcpd-link.conf", NULL, 1);
        /* The order of names counts, not that of directories. */
        put_metric(f, "etc/dhcpd-link.conf.d/10.conf", NULL, 2);
        put_metric(f, "lib/dhcpd-link.conf.d/20.conf", NULL, 3);
        fixture_load(f);
        check_metric(f, "eth0", 3);
        /* A file of the same name is hidden. */
        fixture_put(f, "run/dhcpd-link.conf.d/20.conf", "");
        fixture_load(f);
        check_metric(f, "eth0", 2);
        /* Byte order, where digits come before letters and capitals before the rest. */
        put_metric(f, "lib/dhcpd-link.conf.d/b.conf", NULL, 5);
        put_metric(f, "lib/dhcpd-link.conf.d/Z.conf", NULL, 4);
        fixture_load(f);
        check_metric(f, "eth0", 5);
        /* A file of this name is no drop-in. */
        put_metric(f, "etc/dhcpd-link.conf.d/z.conf~", NULL, 6);
        put_metric(f, "etc/dhcpd-link.conf.d/.z.conf", NULL, 7);
        put_metric(f, "etc/dhcpd-link.conf.d/README", NULL, 8);
        fixture_load(f);
        check_metric(f, "eth0", 5);
        fixture_check_problem(f, NULL);

        /* Drop-ins count without the file itself. */
        g_assert_cmpint(g_unlink(main_file), ==, 0);
        fixture_load(f);
        check_metric(f, "eth0", 5);
}

static void test_links(Fixture *f, gconstpointer data) {
        g_autofree char *expected = NULL;

        put_metric(f, "etc/dhcpd-link.conf", NULL, 1);
        put_metric(f, "etc/links/20-b.conf", "eth*", 2);
        put_metric(f, "lib/links/10-a.conf", "eth0", 3);
        fixture_load(f);
        fixture_check_problem(f, NULL);
        check_metric(f, "eth0", 3);
        check_metric(f, "eth1", 2);
        check_metric(f, "lan0", 1);
        expected = fixture_path(f, "lib/links/10-a.conf");
        g_assert_cmpstr(fixture_find(f, "eth0")->file, ==, expected);
        g_assert_null(fixture_find(f, "lan0")->file);

        /* What a links file does not say comes from dhcpd-link.conf, not from the next file that fits. */
        fixture_put(f, "etc/links/10-a.conf", "[Match]\nName=eth0\n");
        fixture_load(f);
        check_metric(f, "eth0", 1);

        /* Drop-ins of links files: settings and further names. */
        put_metric(f, "run/links/10-a.conf.d/x.conf", "lan0", 4);
        fixture_load(f);
        check_metric(f, "eth0", 4);
        check_metric(f, "lan0", 4);
        /* An empty assignment starts the list anew. */
        fixture_put(f, "run/links/10-a.conf.d/y.conf", "[Match]\nName=\nName=wan0\n");
        fixture_put(f, "run/links/10-a.conf.d/x2.conf", "[Match]\nName=\n");
        fixture_load(f);
        check_metric(f, "eth0", 2);
        check_metric(f, "wan0", 4);
        fixture_check_problem(f, NULL);
}

static void test_sections_in_the_wrong_file(Fixture *f, gconstpointer data) {
        fixture_load_text(f, "[Match]\nName=eth0\n[Link]\nManage=no\n");
        fixture_check_problem(f, "etc/dhcpd-link.conf:1 [Match] : belongs into links/*.conf");
        g_assert_false(fixture_find(f, "eth0")->manage);
        fixture_load_text(f, "");

        fixture_put(f, "etc/links/a.conf", "[Match]\nName=eth0\n[Manager]\nMaxExchanges=1\n");
        fixture_load(f);
        fixture_check_problem(f, "etc/links/a.conf:3 [Manager] : belongs into dhcpd-link.conf");
        g_assert_cmpuint(config_max_exchanges(f->config), ==, 32);

        fixture_put(f, "etc/links/a.conf", "[Match]\nName=eth0\n[Plugin x]\nA=b\n");
        fixture_load(f);
        fixture_check_problem(f, "etc/links/a.conf:3 [Plugin x] : belongs into dhcpd-link.conf");
        g_assert_null(config_plugin_value(f->config, "x", "A"));

        fixture_put(f, "etc/links/a.conf", "[Link]\nManage=no\n");
        fixture_load(f);
        fixture_check_problem(f, "etc/links/a.conf:0 [Match] : names no link");
        g_assert_true(fixture_find(f, "eth0")->manage);
}

/* One unreadable file never spoils the others. */
static void test_rubbish(Fixture *f, gconstpointer data) {
        static const struct {
                const char *bytes;
                size_t len;
                const char *problem;
        } cases[] = {
#define CASE(text, problem) { text, sizeof(text) - 1, problem }
                CASE("\x7f"
                     "ELF\x02\x01\x01\0\0\0",
                     "not a text in UTF-8"),
                CASE("[DHCPv4]\nRouteMetric=9\0\n", "not a text in UTF-8"),
                CASE("[DHCPv4]\nVendorClassIdentifier=\xff\xfe\n", "not a text in UTF-8"),
                CASE("[DHCPv4]\nVendorClassIdentifier=\xc3\n", "not a text in UTF-8"),
                CASE("[DHCPv4]\nRouteMetric=9\n # a\n\nno key\n",
                     "etc/dhcpd-link.conf:5 [] : neither a section"),
                CASE("\nRouteMetric=9\n", "etc/dhcpd-link.conf:2 "),
                CASE("[DHCPv4\nRouteMetric=9\n", "etc/dhcpd-link.conf:1 "),
                CASE("[]\nRouteMetric=9\n", "etc/dhcpd-link.conf:1 "),
                CASE("[DHCPv4]\nRouteMetric=9\n=5", "etc/dhcpd-link.conf:3 "),
                CASE("[DHCPv4]\nVendorClassIdentifier=a\\q\n",
                     "etc/dhcpd-link.conf:2 [DHCPv4] VendorClassIdentifier"),
                CASE("\n", NULL),
                CASE("# only a comment", NULL),
                CASE("[DHCPv4]\r\nUseMTU=yes\r\n", NULL),
#undef CASE
        };

        for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
                put_metric(f, "lib/dhcpd-link.conf.d/50.conf", NULL, 5);
                fixture_put_bytes(f, "etc/dhcpd-link.conf", cases[i].bytes, cases[i].len);
                fixture_load(f);
                fixture_check_problem(f, cases[i].problem);
                check_metric(f, "eth0", 5);
        }
}

static void test_many_problems(Fixture *f, gconstpointer data) {
        g_autoptr(GString) text = g_string_new("[DHCPv4]\n");

        for (unsigned i = 0; i < 40000; i++)
                g_string_append_printf(text, "UseGatewa%u=no\n", i);
        g_string_append(text, "RouteMetric=5\n");
        fixture_load_text(f, text->str);
        g_assert_cmpuint(f->problems->len, ==, 32);
        g_assert_nonnull(strstr(f->problems->pdata[31], "more problems"));
        check_metric(f, "eth0", 5);
}

/* Checks the report on an object that stands where a file should be. */
static void check_object(Fixture *f, const char *problem) {
        put_metric(f, "lib/dhcpd-link.conf.d/50.conf", NULL, 5);
        fixture_load(f);
        fixture_check_problem(f, problem);
        check_metric(f, "eth0", 5);
}

static void test_objects(Fixture *f, gconstpointer data) {
        g_autofree char *path = fixture_path(f, "etc/dhcpd-link.conf"), *huge = g_strnfill(1024 * 1024, '#');
        struct sockaddr_un address = { .sun_family = AF_UNIX };
        int fd;

        g_assert_cmpint(mkdir(path, 0700), ==, 0);
        check_object(f, "not a regular file");
        g_assert_cmpint(rmdir(path), ==, 0);

        g_assert_cmpint(symlink("nowhere", path), ==, 0);
        check_object(f, "No such file");
        g_assert_cmpint(g_unlink(path), ==, 0);

        g_assert_cmpint(symlink("dhcpd-link.conf", path), ==, 0);
        check_object(f, "etc/dhcpd-link.conf:0");
        g_assert_cmpint(g_unlink(path), ==, 0);

        g_assert_cmpint(symlink("/dev/zero", path), ==, 0);
        check_object(f, "not a regular file");
        g_assert_cmpint(g_unlink(path), ==, 0);

        /* Nobody has the other end open: loading must not wait. */
        g_assert_cmpint(mkfifo(path, 0600), ==, 0);
        check_object(f, "not a regular file");
        g_assert_cmpint(g_unlink(path), ==, 0);

        fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        g_assert_cmpint(fd, >=, 0);
        if (g_strlcpy(address.sun_path, path, sizeof(address.sun_path)) < sizeof(address.sun_path)) {
                g_assert_cmpint(bind(fd, (struct sockaddr *) &address, sizeof(address)), ==, 0);
                check_object(f, "etc/dhcpd-link.conf:0");
                g_assert_cmpint(g_unlink(path), ==, 0);
        }
        (void) close(fd);

        fixture_put_bytes(f, "etc/dhcpd-link.conf", huge, 1024 * 1024);
        check_object(f, NULL);
        g_assert_cmpint(truncate(path, 1024 * 1024 + 1), ==, 0);
        check_object(f, "larger than 1 MiB");
        g_assert_cmpint(truncate(path, (off_t) 1 << 40), ==, 0);
        check_object(f, "larger than 1 MiB");
        g_assert_cmpint(g_unlink(path), ==, 0);

        if (geteuid() != 0) {
                fixture_put(f, "etc/dhcpd-link.conf", "[DHCPv4]\nRouteMetric=9\n");
                g_assert_cmpint(g_chmod(path, 0), ==, 0);
                check_object(f, "Permission denied");
        }
}

/* The same objects in the place of links files are reported, and the next file counts. */
static void test_link_objects(Fixture *f, gconstpointer data) {
        g_autofree char *path = fixture_path(f, "etc/links/a.conf");

        put_metric(f, "etc/links/b.conf", "eth0", 5);
        g_assert_cmpint(mkfifo(path, 0600), ==, 0);
        fixture_load(f);
        fixture_check_problem(f, "etc/links/a.conf:0 [] : not a regular file");
        check_metric(f, "eth0", 5);

        g_assert_cmpint(g_unlink(path), ==, 0);
        g_assert_cmpint(mkdir(path, 0700), ==, 0);
        fixture_load(f);
        fixture_check_problem(f, "not a regular file");
        check_metric(f, "eth0", 5);
}

static void test_directories(Fixture *f, gconstpointer data) {
        g_autofree char *dir = fixture_path(f, "etc/links");
        Config *config = NULL;

        /* There is a file where the folder links/ should be. */
        fixture_put(f, "etc/links", "[Match]\nName=*\n");
        fixture_load(f);
        fixture_check_problem(f, "etc/links:0 [] : Not a directory");

        /* A symbolic link to itself is there and cannot be listed. This is the only thing that fails. */
        g_assert_cmpint(g_unlink(dir), ==, 0);
        g_assert_cmpint(symlink("links", dir), ==, 0);
        g_assert_cmpint(config_load((const char *const *) f->dirs, NULL, NULL, NULL, &config), ==, -ELOOP);
        g_assert_null(config);
}

/*
 * Files in the runtime directory that do not belong to root are reported, and do not hide other files.
 * Root's files count there. This test runs as root or as another user; root can play both.
 */
static void test_owner(Fixture *f, gconstpointer data) {
        static const char *const names[] = { "dhcpd-link.conf", "dhcpd-link.conf.d/50.conf", "links/a.conf",
                                             "links/a.conf.d/50.conf" };

        f->runtime_dir = f->dirs[1];
        for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
                g_autofree char *lower = g_strconcat("lib/", names[i], NULL),
                                *name = g_strconcat("run/", names[i], NULL), *path = fixture_path(f, name),
                                *target = fixture_path(f, "target");
                const char *match = strcmp(names[i], "links/a.conf") == 0 ? "eth0" : NULL;

                if (i == 3)
                        put_metric(f, "lib/links/a.conf", "eth0", 3);
                put_metric(f, lower, match, 1);
                put_metric(f, name, match, 2);
                if (geteuid() == 0) {
                        fixture_load(f);
                        fixture_check_problem(f, NULL);
                        check_metric(f, "eth0", 2);
                        if (chown(path, 65534, 65534) < 0)
                                continue; /* a user namespace without other users */
                }
                fixture_load(f);
                fixture_check_problem(f, "not owned by root, the file is ignored");
                check_metric(f, "eth0", 1);

                /* A symbolic link of that user does not count either, wherever it leads. */
                g_assert_cmpint(rename(path, target), ==, 0);
                g_assert_cmpint(chown(target, geteuid(), getegid()), ==, 0);
                g_assert_cmpint(symlink(target, path), ==, 0);
                if (geteuid() == 0)
                        g_assert_cmpint(lchown(path, 65534, 65534), ==, 0);
                fixture_load(f);
                fixture_check_problem(f, "not owned by root, the file is ignored");
                check_metric(f, "eth0", 1);
                g_assert_cmpint(g_unlink(path), ==, 0);
        }

        /* Only root can write to the other directories. */
        f->runtime_dir = NULL;
        put_metric(f, "run/dhcpd-link.conf.d/50.conf", NULL, 4);
        fixture_load(f);
        fixture_check_problem(f, NULL);
        check_metric(f, "eth7", 4);
}

/* Returns true if a links file with "[Match] Name=@globs" is for the link @ifname. */
static bool fits(Fixture *f, const char *globs, const char *ifname) {
        g_autofree char *text = g_strdup_printf("[Match]\nName=%s\n", globs);

        fixture_put(f, "etc/links/a.conf", text);
        fixture_load(f);
        fixture_check_problem(f, NULL);
        return fixture_find(f, ifname)->file;
}

static void test_globs(Fixture *f, gconstpointer data) {
        static const struct {
                const char *globs, *ifname;
                bool fits;
        } cases[] = {
                { "eth0", "eth0", true },
                { "eth0", "eth1", false },
                { "eth0", "eth00", false },
                { "eth0", "eth", false },
                { "eth*", "eth0", true },
                { "eth*", "eth", true },
                { "*", "anything", true },
                { "**", "anything", true },
                { "*0", "eth0", true },
                { "*0", "eth00", true },
                { "*0", "eth01", false },
                { "*t*0*", "eth0.5", true },
                { "*ab", "aab", true },
                { "*a*b*c", "xaxbxxbxc", true },
                { "*a*b*c", "xaxcxxbx", false },
                { "e?h0", "eth0", true },
                { "eth?", "eth", false },
                { "?", "\xc3\xbc", false },
                { "??", "\xc3\xbc", true },
                { "eth[0-3]", "eth2", true },
                { "eth[0-3]", "eth4", false },
                { "eth[!0-3]", "eth4", true },
                { "eth[^0-3]", "eth2", false },
                { "eth[024]", "eth4", true },
                { "[]]", "]", true },
                { "[!]]", "]", false },
                { "[a-]", "-", true },
                { "[", "[", true },
                { "[a", "[a", true },
                { "[a", "a", false },
                { "x[", "x", false },
                { "*[0-9]", "eth12", true },
                { "*[!0-9]", "eth12", false },
                { "br-*", "br-lan", true },
                { "%;$(", "%;$(", true },
                { "a\\\\*", "a*", true },
                { "a\\\\*", "ab", false },
                { "a\\\\\\\\", "a\\", true },
                { "lan0 eth*", "eth0", true },
                { "lan0 eth*", "lan0", true },
                { "lan0\teth*", "eth0", true },
                { "!eth0", "eth0", false },
                { "!eth0", "eth1", true },
                { "eth* !eth0", "eth0", false },
                { "!eth0 eth*", "eth0", false },
                { "!eth0 eth*", "eth1", true },
                { "!eth0 eth*", "lan0", false },
                { "*a*a*a*a*a*a*a*b", "aaaaaaaaaaaaaaa", false },
        };

        for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
                g_test_message("%s on %s", cases[i].globs, cases[i].ifname);
                g_assert_cmpint(fits(f, cases[i].globs, cases[i].ifname), ==, cases[i].fits);
        }
}

/* A locale with multibyte characters changes nothing. */
static void test_globs_in_a_locale(Fixture *f, gconstpointer data) {
        if (!setlocale(LC_ALL, "C.UTF-8")) {
                g_test_skip("no locale C.UTF-8");
                return;
        }
        test_globs(f, data);
        g_assert_false(fits(f, "[\xc3\xa0-\xc3\xbf]", "\xc3\xbc"));
        (void) setlocale(LC_ALL, "C");
}

static void test_match_address(Fixture *f, gconstpointer data) {
        static const HwAddress one = { .len = 6, .bytes = { 0x02, 0, 0, 0, 0, 0x01 } },
                               two = { .len = 6, .bytes = { 0x02, 0, 0, 0, 0, 0x02 } },
                               longer = { .len = 8, .bytes = { 0x02, 0, 0, 0, 0, 0x01, 0, 0 } };
        static const char *const wrong[] = {
                "02:00:00:00:00:0",
                "eth0",
                "02:00:00:00:00:01 x",
                ":",
                "02::01",
                "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f20"
        };

        fixture_put(f, "etc/links/a.conf", "[Match]\nMACAddress=020000000001 02:00:00:00:00:03\n");
        fixture_load(f);
        fixture_check_problem(f, NULL);
        g_assert_nonnull(config_find_link(f->config, &(LinkNames){ .ifname = "eth0" }, &one)->file);
        g_assert_null(config_find_link(f->config, &(LinkNames){ .ifname = "eth0" }, &two)->file);
        g_assert_null(config_find_link(f->config, &(LinkNames){ .ifname = "eth0" }, &longer)->file);
        g_assert_null(config_find_link(f->config, &(LinkNames){ .ifname = "eth0" }, &(HwAddress){})->file);

        /* Both conditions count. */
        fixture_put(f, "etc/links/a.conf", "[Match]\nName=eth*\nMACAddress=02:00:00:00:00:01\n");
        fixture_load(f);
        g_assert_nonnull(config_find_link(f->config, &(LinkNames){ .ifname = "eth0" }, &one)->file);
        g_assert_null(config_find_link(f->config, &(LinkNames){ .ifname = "lan0" }, &one)->file);
        g_assert_null(config_find_link(f->config, &(LinkNames){ .ifname = "eth0" }, &two)->file);

        /* If one condition is not understood, the file must not be for links that it does not name. */
        for (size_t i = 0; i < G_N_ELEMENTS(wrong); i++) {
                g_autofree char *text = g_strdup_printf("[Match]\nName=eth*\nMACAddress=%s\n", wrong[i]);

                fixture_put(f, "etc/links/a.conf", text);
                fixture_load(f);
                g_assert_cmpuint(f->problems->len, ==, 2);
                g_assert_nonnull(strstr(f->problems->pdata[0], "links/a.conf:3 [Match] MACAddress: not a"));
                g_assert_nonnull(strstr(f->problems->pdata[1], "the file is ignored"));
                g_assert_null(config_find_link(f->config, &(LinkNames){ .ifname = "eth0" }, &one)->file);
        }
}

/* Any name of the link fits, and an exception for any of them is one for the link. */
static void test_match_alternative_names(Fixture *f, gconstpointer data) {
        static const LinkNames link = { .ifname = "lan0",
                                        .altnames = "enp1s0\0the-port-beside-the-power-socket\0" };
        static const struct {
                const char *globs;
                bool fits;
        } cases[] = {
                { "lan0", true },
                { "enp1s0", true },
                { "enp*", true },
                { "the-port-beside-the-power-socket", true },
                { "the-port-beside", false },
                { "the-port-beside-*", true },
                { "wlan0", false },
                { "* !enp*", false },
                { "* !lan0", false },
                { "lan* !enp1s0", false },
                { "!wlan0", true },
                { "!the-*", false },
                { "en* !eth0", true },
        };

        for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
                g_autofree char *text = g_strdup_printf("[Match]\nName=%s\n", cases[i].globs);

                g_test_message("%s", cases[i].globs);
                fixture_put(f, "etc/links/a.conf", text);
                fixture_load(f);
                g_assert_cmpint(config_find_link(f->config, &link, &(HwAddress){})->file != NULL, ==,
                                cases[i].fits);
        }
}

static void test_unknown_match(Fixture *f, gconstpointer data) {
        fixture_put(f, "etc/links/a.conf", "[Match]\nName=*\nDriver=virtio_net\n[Link]\nManage=no\n");
        fixture_load(f);
        g_assert_cmpuint(f->problems->len, ==, 2);
        g_assert_nonnull(strstr(f->problems->pdata[0], "links/a.conf:3 [Match] Driver: unknown"));
        g_assert_true(fixture_find(f, "eth0")->manage);

        /* A pattern of 255 bytes is the longest. */
        for (unsigned len = 255; len <= 256; len++) {
                g_autofree char *glob = g_strnfill(len, '*'),
                                *text = g_strdup_printf("[Match]\nName=%s\n", glob);

                fixture_put(f, "etc/links/a.conf", text);
                fixture_load(f);
                g_assert_cmpint(fixture_find(f, "eth0")->file != NULL, ==, len == 255);
        }
}

int main(int argc, char *argv[]) {
        g_test_init(&argc, &argv, NULL);
        fixture_add("/config-files/main-file", test_main_file);
        fixture_add("/config-files/masks", test_masks);
        fixture_add("/config-files/dropins", test_dropins);
        fixture_add("/config-files/links", test_links);
        fixture_add("/config-files/sections-in-the-wrong-file", test_sections_in_the_wrong_file);
        fixture_add("/config-files/rubbish", test_rubbish);
        fixture_add("/config-files/many-problems", test_many_problems);
        fixture_add("/config-files/objects", test_objects);
        fixture_add("/config-files/link-objects", test_link_objects);
        fixture_add("/config-files/directories", test_directories);
        fixture_add("/config-files/owner", test_owner);
        fixture_add("/config-files/globs", test_globs);
        fixture_add("/config-files/globs-in-a-locale", test_globs_in_a_locale);
        fixture_add("/config-files/match-address", test_match_address);
        fixture_add("/config-files/match-alternative-names", test_match_alternative_names);
        fixture_add("/config-files/unknown-match", test_unknown_match);
        return g_test_run();
}
