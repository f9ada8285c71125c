/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * plugin/plugin-host.c with real shared objects: which files it takes, in which order it calls them, and
 * what one bad plugin does to the others (nothing). Plugins that end the process are in
 * test-plugin-host-deaths.c.
 */
#include <errno.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <systemd/sd-event.h>
#include <unistd.h>

#include "base/macro.h"
#include "base/usec.h"
#include "plugin/plugin-host.h"
#include "tests/unit/plugin-host-fixture.h"

static void test_order(void) {
        Bench b;

        bench_init(&b);
        install(&b, "fixture-b.so");
        install(&b, "fixture-a.so");
        bench_load(&b);
        g_assert_cmpuint(plugin_host_n_plugins(b.host), ==, 2);
        assert_log(&b,
                   "6 fixture-a: init Key=(none)\n"
                   "6 fixture-b: init Key=value\n");
        plugin_host_lease(b.host, DHCPD_LINK_EVENT_BOUND, &example_lease);
        plugin_host_lease(b.host, DHCPD_LINK_EVENT_LOST, &example_lease);
        assert_log(&b,
                   "5 fixture-a: lease 1 of 1: eth0 0.0.0.0 0/pc\n"
                   "5 fixture-b: lease 1 of 1: eth0 0.0.0.0 0/pc\n"
                   "5 fixture-a: lease 2 of 4: eth0 0.0.0.0 0/pc\n"
                   "5 fixture-b: lease 2 of 4: eth0 0.0.0.0 0/pc\n");
        plugin_host_reload(b.host);
        assert_log(&b,
                   "7 fixture-a: reload\n"
                   "7 fixture-b: reload\n");
        b.host = plugin_host_free(b.host);
        assert_log(&b,
                   "6 fixture-b: fini\n"
                   "6 fixture-a: fini\n");
        bench_clear(&b);
}

/* Each plugin has a number of its own, even if a plugin that is not loaded stands before it. */
static void test_report_dns(void) {
        g_autoptr(GString) dns = g_string_new(NULL);
        Bench b;

        bench_init(&b);
        install(&b, "fails.so");
        install(&b, "fixture-a.so");
        install(&b, "fixture-b.so");
        b.dns = dns;
        bench_load(&b);
        plugin_host_lease(b.host, DHCPD_LINK_EVENT_BOUND, &example_lease);
        plugin_host_lease(b.host, DHCPD_LINK_EVENT_LOST, &example_lease);
        g_assert_cmpstr(dns->str, ==, "0 7 -\n1 7 -\n0 7 fixture-a\n1 7 fixture-b\n");
        bench_clear(&b);
}

/* A link of which nothing is known counts as a tunnel. */
static void test_report_unused(void) {
        static const struct {
                int tunnel;
                const char *expected;
        } rows[] = {
                { 0, "0 7 119 fixture-a\n1 7 119 fixture-b\n" },
                { 7, "0 7 119 fixture-a\n1 7 119 fixture-b\n" },
                { 8, "0 7 119 -\n1 7 119 -\n" },
        };

        for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
                g_autoptr(GString) unused = g_string_new(NULL);
                Bench b;

                bench_init(&b);
                install(&b, "fixture-a.so");
                install(&b, "fixture-b.so");
                b.unused = unused;
                b.tunnel = rows[i].tunnel;
                bench_load(&b);
                plugin_host_lease(b.host, DHCPD_LINK_EVENT_BOUND, &example_lease);
                g_assert_cmpstr(unused->str, ==, rows[i].expected);
                bench_clear(&b);
        }
}

/* The second host must not be given what the first one had under the same descriptor number. */
static void test_again(void) {
        Bench b;

        for (unsigned i = 0; i < 2; i++) {
                bench_init(&b);
                install(&b, i == 0 ? "fixture-a.so" : "fixture-b.so");
                bench_load(&b);
                g_assert_cmpuint(plugin_host_n_plugins(b.host), ==, 1);
                b.host = plugin_host_free(b.host);
                g_assert_nonnull(strstr(b.log->str, i == 0 ? "6 fixture-a: fini" : "6 fixture-b: fini"));
                bench_clear(&b);
        }
}

static void test_example(void) {
        Bench b;

        bench_init(&b);
        install_as(&b, EXAMPLE_PATH, "example.so");
        bench_load(&b);
        plugin_host_lease(b.host, DHCPD_LINK_EVENT_BOUND, &example_lease);
        plugin_host_lease(b.host, DHCPD_LINK_EVENT_LOST, &example_lease);
        assert_log(&b,
                   "6 example: eth0: has 0.0.0.0/24 in example.org\n"
                   "6 example: eth0: lost 0.0.0.0/24 in example.org\n");
        bench_clear(&b);
}

static void test_nothing_there(void) {
        Bench b;
        char *dir;

        bench_init(&b);
        bench_load(&b); /* empty */
        g_assert_cmpuint(plugin_host_n_plugins(b.host), ==, 0);
        plugin_host_lease(b.host, DHCPD_LINK_EVENT_BOUND, &example_lease);
        b.host = plugin_host_free(b.host);

        dir = b.dir;
        b.dir = bench_path(&b, "missing");
        bench_load(&b);
        g_assert_cmpuint(plugin_host_n_plugins(b.host), ==, 0);
        assert_log(&b, "");
        g_free(b.dir);
        b.dir = dir;
        g_assert_null(plugin_host_free(NULL));
        bench_clear(&b);
}

static void test_bad_plugins(void) {
        Bench b;
        char *path;

        bench_init(&b);
        install(&b, "fixture-a.so");
        install(&b, "abi.so");
        install(&b, "size.so");
        install(&b, "fails.so");
        install(&b, "silent.so");
        install_as(&b, "fixture-b.so", "other-name.so");
        install_as(&b, "fixture-b.so", "Bad_Name.so");
        install_as(&b, "fixture-b.so", "fixture-b.so.old");
        install_as(&b, "fixture-b.so", ".hidden.so");
        install_as(&b, "fixture-b.so", ".so");
        path = bench_path(&b, "text.so");
        g_assert_true(g_file_set_contents(path, "no shared object", -1, NULL));
        g_free(path);
        bench_load(&b);
        g_assert_cmpuint(plugin_host_n_plugins(b.host), ==, 1);
        g_assert_nonnull(strstr(b.log->str, "3 abi: The plugin was built for another version"));
        g_assert_nonnull(strstr(b.log->str, "3 size: The plugin describes itself too briefly"));
        g_assert_nonnull(strstr(
                b.log->str, "6 fails: init Key=(none)\n3 fails: Cannot start, not loaded: No such device"));
        g_assert_null(strstr(b.log->str, "fails: fini"));
        g_assert_nonnull(strstr(b.log->str, "3 silent: Not loaded: "));
        g_assert_nonnull(strstr(b.log->str, "3 other-name: The plugin has another name"));
        g_assert_nonnull(strstr(b.log->str, "4 -: Bad_Name.so: no name for a plugin"));
        g_assert_nonnull(strstr(b.log->str, "3 text: Not loaded: "));
        g_assert_null(strstr(b.log->str, "fixture-b: init"));
        g_assert_null(strstr(b.log->str, "hidden"));
        g_string_truncate(b.log, 0);
        plugin_host_lease(b.host, DHCPD_LINK_EVENT_RENEWED, &example_lease);
        assert_log(&b, "5 fixture-a: lease 1 of 2: eth0 0.0.0.0 0/pc\n");
        bench_clear(&b);
}

static void test_disabled(void) {
        static const struct {
                const char *value;
                unsigned n;
        } words[] = { { "no", 1 },  { "No", 1 },  { "false", 1 }, { "0", 1 },
                      { "off", 1 }, { "yes", 2 }, { "", 2 } };

        for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
                Bench b;

                bench_init(&b);
                install(&b, "fixture-a.so");
                install(&b, "fixture-b.so");
                b.no_for = "fixture-a";
                b.no = words[i].value;
                bench_load(&b);
                g_assert_cmpuint(plugin_host_n_plugins(b.host), ==, words[i].n);
                g_assert_cmpint(strstr(b.log->str, "fixture-a: init") != NULL, ==, words[i].n == 2);
                g_assert_nonnull(strstr(b.log->str, "fixture-b: init"));
                bench_clear(&b);
        }
}

/*
 * A plugin that has to be enabled is loaded only then. A plugin of a header without flags is always
 * loaded.
 */
static void test_opt_in(void) {
        static const char *const yes[] = { "yes", "always", "1" }, *const no[] = { "no", NULL };
        Bench b;

        bench_init(&b);
        install(&b, "optional.so");
        b.no_for = "optional";
        for (size_t i = 0; i < ARRAY_SIZE(no); i++) {
                b.no = no[i];
                bench_load(&b);
                g_assert_cmpuint(plugin_host_n_plugins(b.host), ==, 0);
                assert_log(&b, "");
                b.host = plugin_host_free(b.host);
        }
        for (size_t i = 0; i < ARRAY_SIZE(yes); i++) {
                b.no = yes[i];
                bench_load(&b);
                g_assert_cmpuint(plugin_host_n_plugins(b.host), ==, 1);
                b.host = plugin_host_free(b.host);
                g_string_truncate(b.log, 0);
        }
        install(&b, "fixture-a.so");
        install(&b, "older.so");
        b.no = NULL;
        bench_load(&b);
        g_assert_cmpuint(plugin_host_n_plugins(b.host), ==, 2);
        bench_clear(&b);
}

/* Puts an object into the folder in place of what a plugin remembered. */
static void replace(const char *dir, const char *content, gssize len, int mode) {
        g_autofree char *path = g_build_filename(dir, "remembered-optional", NULL);

        (void) g_remove(path);
        g_assert_true(g_file_set_contents(path, content, len, NULL));
        g_assert_cmpint(g_chmod(path, (mode_t) mode), ==, 0);
}

static void assert_recalls(Bench *b, const char *expected) {
        b->host = plugin_host_free(b->host);
        g_string_truncate(b->log, 0);
        bench_load(b);
        assert_log(b, expected);
}

/*
 * A plugin gets back what it stored in an earlier daemon. A file that the host would not have written is
 * ignored.
 */
static void test_memory(void) {
        static const char nothing[] = "6 optional: init Key=(none)\n"
                                      "6 optional: recalls No such file or directory, 0\n"
                                      "6 optional: recalls No such file or directory, 0\n",
                          none[] = "6 optional: init Key=(none)\n"
                                   "6 optional: recalls Operation not supported, 0\n"
                                   "6 optional: recalls Operation not supported, 0\n";
        g_autofree char *big = g_strnfill(DHCPD_LINK_REMEMBER_MAX, 'x');
        DhcpdLinkLease lease = example_lease;
        Bench b;

        bench_init_death(&b);
        b.state_dir = g_dir_make_tmp("dhcpd-link-test-XXXXXX", NULL);
        install(&b, "optional.so");
        b.no_for = "optional";
        b.no = "yes";
        assert_recalls(&b, nothing);
        plugin_host_lease(b.host, DHCPD_LINK_EVENT_BOUND, &lease);
        assert_recalls(&b,
                       "6 optional: init Key=(none)\n"
                       "6 optional: recalls eth0, 4\n"
                       "6 optional: recalls eth0, 4\n");
        /* A text that is too long changes nothing. */
        lease.ifindex = 99;
        plugin_host_lease(b.host, DHCPD_LINK_EVENT_BOUND, &lease);
        g_assert_nonnull(strstr(b.log->str, "6 optional: remembers: Argument list too long\n"));
        replace(b.runtime_dir, big, DHCPD_LINK_REMEMBER_MAX - 1, 0600);
        replace(b.state_dir, big, DHCPD_LINK_REMEMBER_MAX, 0600);
        assert_recalls(&b,
                       "6 optional: init Key=(none)\n"
                       "6 optional: recalls xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx, 1023\n"
                       "6 optional: recalls Bad message, 0\n");
        replace(b.runtime_dir, "a\0b", 3, 0600);
        replace(b.state_dir, "foreign", -1, 0666);
        assert_recalls(&b,
                       "6 optional: init Key=(none)\n"
                       "6 optional: recalls Bad message, 0\n"
                       "6 optional: recalls Bad file descriptor, 0\n");
        lease.ifindex = 5;
        plugin_host_lease(b.host, DHCPD_LINK_EVENT_LOST, &lease);
        assert_recalls(&b, nothing);

        /* The host has no folders. */
        b.host = plugin_host_free(b.host);
        clear_folder(b.runtime_dir);
        clear_folder(b.state_dir);
        g_clear_pointer(&b.runtime_dir, g_free);
        g_clear_pointer(&b.state_dir, g_free);
        assert_recalls(&b, none);
        bench_clear(&b);
}

/* Loads one plugin whose file @change prepared. Asserts that it is refused with @why. */
static void refused(void (*change)(const char *path), const char *why) {
        Bench b;
        char *path;

        bench_init(&b);
        install(&b, "fixture-a.so");
        install(&b, "fixture-b.so");
        path = bench_path(&b, "fixture-a.so");
        change(path);
        bench_load(&b);
        g_assert_cmpuint(plugin_host_n_plugins(b.host), ==, 1);
        g_assert_nonnull(strstr(b.log->str, why));
        g_assert_null(strstr(b.log->str, "fixture-a: init"));
        g_assert_nonnull(strstr(b.log->str, "fixture-b: init"));
        g_free(path);
        bench_clear(&b);
}

static void writable_by_group(const char *path) {
        g_assert_cmpint(g_chmod(path, 0664), ==, 0);
}

static void writable_by_all(const char *path) {
        g_assert_cmpint(g_chmod(path, 0646), ==, 0);
}

static void symbolic_link(const char *path) {
        char *to = g_build_filename(FIXTURE_DIR, "fixture-a.so", NULL);

        g_assert_cmpint(g_remove(path), ==, 0);
        g_assert_cmpint(symlink(to, path), ==, 0);
        g_free(to);
}

static void fifo(const char *path) {
        g_assert_cmpint(g_remove(path), ==, 0);
        g_assert_cmpint(mkfifo(path, 0644), ==, 0);
}

static void folder(const char *path) {
        g_assert_cmpint(g_remove(path), ==, 0);
        g_assert_cmpint(g_mkdir(path, 0755), ==, 0);
}

static void foreign_owner(const char *path) {
        g_assert_cmpint(chown(path, 65534, 65534), ==, 0);
}

static void test_files(void) {
        refused(writable_by_group, "3 fixture-a: The file can be written by others");
        refused(writable_by_all, "3 fixture-a: The file can be written by others");
        refused(symbolic_link, "3 fixture-a: The file is no regular file");
        refused(fifo, "3 fixture-a: The file is no regular file");
        refused(folder, "3 fixture-a: The file is no regular file");
}

static void test_foreign_file(void) {
        if (getuid() != 0) {
                g_test_skip("needs root to give a file away");
                return;
        }
        refused(foreign_owner, "3 fixture-a: The file has a foreign owner");
}

static void test_folder(void) {
        static const mode_t modes[] = { 0775, 0757, 01777 };
        Bench b;

        bench_init(&b);
        install(&b, "fixture-a.so");
        g_assert_cmpint(bench_load_as(&b, getuid() + 1), ==, -EPERM);
        g_assert_null(b.host);
        g_assert_nonnull(strstr(b.log->str, "has a foreign owner, no plugin is loaded"));
        for (size_t i = 0; i < ARRAY_SIZE(modes); i++) {
                g_assert_cmpint(g_chmod(b.dir, (int) modes[i]), ==, 0);
                g_assert_cmpint(bench_load_as(&b, getuid()), ==, -EPERM);
        }
        g_assert_null(strstr(b.log->str, "init"));
        g_assert_cmpint(g_chmod(b.dir, 0755), ==, 0);
        bench_load(&b);
        g_assert_cmpuint(plugin_host_n_plugins(b.host), ==, 1);
        bench_clear(&b);
}

/* All plugins that are refused are told. Those that are switched off are not. */
static void test_refused(void) {
        g_autofree char *refused = NULL;
        Bench b;

        bench_init_death(&b);
        install(&b, "fixture-a.so");
        install(&b, "abi.so");
        install(&b, "fails.so");
        install(&b, "fixture-b.so");
        install(&b, "size.so");
        b.no_for = "size";
        b.no = "no";
        {
                char *path = bench_path(&b, "fixture-b.so");

                writable_by_all(path);
                g_free(path);
        }
        refused = live_and_tell(&b, 1);
        g_assert_cmpstr(refused, ==,
                        "abi: The plugin was built for another version of the plugin interface, not loaded\n"
                        "fails: Cannot start, not loaded: No such device\n"
                        "fixture-b: The file can be written by others than its owner, not loaded\n");
        bench_clear(&b);
}

/* A plugin that ends its own event loop does not end those of others. */
static void test_ends_loop(void) {
        static const char *const calls[] = { "init", "event", "lease", "fini" };

        for (size_t i = 0; i < ARRAY_SIZE(calls); i++) {
                Bench b;

                bench_init_death(&b);
                install(&b, "dies.so");
                b.at = calls[i];
                b.how = "end-loop";
                bench_load(&b);
                for (unsigned n = 0; n < 3; n++) {
                        run_events(&b);
                        plugin_host_lease(b.host, DHCPD_LINK_EVENT_BOUND, &example_lease);
                }
                g_assert_cmpint(sd_event_get_state(b.event), !=, SD_EVENT_FINISHED);
                g_assert_nonnull(strstr(b.log->str, "5 dies: survived eth0"));
                bench_clear(&b);
        }
}

/*
 * A call that takes more than 100 ms is told, but not more often than once a minute. The clock is a
 * variable of the test.
 */
static void test_slow(void) {
        Bench b;

        bench_init_death(&b);
        install(&b, "dies.so");
        b.now = USEC_PER_SEC;
        b.wait = 100 * USEC_PER_MSEC;
        b.at = "init";
        b.how = "slow";
        bench_load(&b);
        assert_log(&b, "5 dies: slow in init\n"); /* not more often than that */

        b.wait += USEC_PER_MSEC;
        b.at = "event";
        run_events(&b);
        assert_log(&b,
                   "5 dies: slow in event\n"
                   "4 dies: an event of its own kept all links waiting for 101 ms "
                   "(1 such call since this was said last)\n");
        b.now += 60 * USEC_PER_SEC;

        b.at = "lease";
        plugin_host_lease(b.host, DHCPD_LINK_EVENT_BOUND, &example_lease);
        assert_log(&b,
                   "5 dies: slow in lease\n"
                   "5 dies: survived eth0\n"
                   "4 dies: lease() kept all links waiting for 101 ms"
                   " (1 such call since this was said last)\n");
        b.now += 60 * USEC_PER_SEC - b.wait - 1;
        plugin_host_lease(b.host, DHCPD_LINK_EVENT_RENEWED, &example_lease);
        assert_log(&b,
                   "5 dies: slow in lease\n"
                   "5 dies: survived eth0\n");
        b.wait = 250 * USEC_PER_MSEC;
        plugin_host_lease(b.host, DHCPD_LINK_EVENT_RENEWED, &example_lease);
        assert_log(&b,
                   "5 dies: slow in lease\n"
                   "5 dies: survived eth0\n"
                   "4 dies: lease() kept all links waiting for 250 ms"
                   " (2 such calls since this was said last)\n");
        b.at = "fini";
        b.host = plugin_host_free(b.host);
        assert_log(&b, "5 dies: slow in fini\n"); /* the daemon ends, so no link waits */
        bench_clear(&b);
}

int main(int argc, char **argv) {
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/plugin-host/order", test_order);
        g_test_add_func("/plugin-host/report-dns", test_report_dns);
        g_test_add_func("/plugin-host/report-unused", test_report_unused);
        g_test_add_func("/plugin-host/again", test_again);
        g_test_add_func("/plugin-host/example", test_example);
        g_test_add_func("/plugin-host/nothing-there", test_nothing_there);
        g_test_add_func("/plugin-host/bad-plugins", test_bad_plugins);
        g_test_add_func("/plugin-host/disabled", test_disabled);
        g_test_add_func("/plugin-host/opt-in", test_opt_in);
        g_test_add_func("/plugin-host/memory", test_memory);
        g_test_add_func("/plugin-host/files", test_files);
        g_test_add_func("/plugin-host/foreign-file", test_foreign_file);
        g_test_add_func("/plugin-host/folder", test_folder);
        g_test_add_func("/plugin-host/refused", test_refused);
        g_test_add_func("/plugin-host/ends-loop", test_ends_loop);
        g_test_add_func("/plugin-host/slow", test_slow);
        return g_test_run();
}
