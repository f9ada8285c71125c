/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * plugin/plugin-host.c with real shared objects: which files it takes, in which order it calls them, and what one bad
 * plugin does to the others (nothing). Every case has a folder of its own; its owner takes root's part.
 */
#include <errno.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <syslog.h>
#include <unistd.h>

#include "base/macro.h"
#include "plugin/plugin-host.h"

typedef struct Bench {
        char *dir;
        GString *log;       /* "PRIORITY NAME: MESSAGE\n" of everything but debug messages */
        const char *no_for; /* [Plugin no_for] Enable=no */
        const char *no;
        PluginHost *host;
} Bench;

static void bench_init(Bench *b) {
        *b = (Bench){ .dir = g_dir_make_tmp("dhcpd-link-test-XXXXXX", NULL), .log = g_string_new(NULL) };
        g_assert_nonnull(b->dir);
        g_assert_cmpint(g_chmod(b->dir, 0755), ==, 0);
}

static void bench_clear(Bench *b) {
        GDir *dir = g_dir_open(b->dir, 0, NULL);
        const char *name;

        b->host = plugin_host_free(b->host);
        while ((name = g_dir_read_name(dir))) {
                char *path = g_build_filename(b->dir, name, NULL);

                g_assert_cmpint(g_remove(path), ==, 0);
                g_free(path);
        }
        g_dir_close(dir);
        g_assert_cmpint(g_rmdir(b->dir), ==, 0);
        g_free(b->dir);
        g_string_free(b->log, TRUE);
}

static char *bench_path(const Bench *b, const char *file) {
        return g_build_filename(b->dir, file, NULL);
}

/* Copies @module of the build into the folder, as @file. */
static void install_as(const Bench *b, const char *module, const char *file) {
        char *from = g_canonicalize_filename(module, FIXTURE_DIR), *to = bench_path(b, file), *content;
        size_t len;

        g_assert_true(g_file_get_contents(from, &content, &len, NULL));
        g_assert_true(g_file_set_contents(to, content, (gssize) len, NULL));
        g_assert_cmpint(g_chmod(to, 0644), ==, 0);
        g_free(from);
        g_free(to);
        g_free(content);
}

static void install(const Bench *b, const char *file) {
        install_as(b, file, file);
}

static const char *on_config(void *userdata, const char *plugin, const char *key) {
        const Bench *b = userdata;

        if (g_str_equal(key, "Enable") && g_strcmp0(plugin, b->no_for) == 0)
                return b->no;
        if (g_str_equal(key, "Key") && g_str_equal(plugin, "fixture-b"))
                return "value";
        return NULL;
}

static void on_log(void *userdata, int priority, const char *plugin, const char *message) {
        Bench *b = userdata;

        if (priority < LOG_DEBUG || g_str_equal(message, "reload"))
                g_string_append_printf(b->log, "%i %s: %s\n", priority, plugin ?: "-", message);
}

static int bench_load_as(Bench *b, uid_t owner) {
        const PluginHostConfig config = {
                .dir = b->dir,
                .owner = owner,
                .event = (struct sd_event *) b, /* handed on, never looked at */
                .config = on_config,
                .log = on_log,
                .userdata = b,
        };

        return plugin_host_new(&config, &b->host);
}

static void bench_load(Bench *b) {
        g_assert_cmpint(bench_load_as(b, getuid()), ==, 0);
        g_assert_nonnull(b->host);
}

#define assert_log(b, expected) \
        do { \
                g_assert_cmpstr((b)->log->str, ==, expected); \
                g_string_truncate((b)->log, 0); \
        } while (0)

static int get_option(const DhcpdLinkLease *lease, uint8_t code, const uint8_t **ret_data, size_t *ret_len) {
        static const uint8_t name[] = { 'p', 'c' };

        if (code != 12)
                return -ENODATA;
        *ret_data = name;
        *ret_len = sizeof(name);
        return 0;
}

static const DhcpdLinkLease lease = {
        .struct_size = sizeof(DhcpdLinkLease),
        .ifindex = 7,
        .ifname = "eth0",
        .prefix_len = 24,
        .domain = "example.org",
        .get_option = get_option,
};

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
        plugin_host_lease(b.host, DHCPD_LINK_EVENT_BOUND, &lease);
        plugin_host_lease(b.host, DHCPD_LINK_EVENT_LOST, &lease);
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
        plugin_host_lease(b.host, DHCPD_LINK_EVENT_BOUND, &lease);
        plugin_host_lease(b.host, DHCPD_LINK_EVENT_LOST, &lease);
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
        plugin_host_lease(b.host, DHCPD_LINK_EVENT_BOUND, &lease);
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
        plugin_host_lease(b.host, DHCPD_LINK_EVENT_RENEWED, &lease);
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

/* Loads one plugin whose file is prepared by @change; it must be refused, and say @why. */
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

int main(int argc, char **argv) {
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/plugin-host/order", test_order);
        g_test_add_func("/plugin-host/again", test_again);
        g_test_add_func("/plugin-host/example", test_example);
        g_test_add_func("/plugin-host/nothing-there", test_nothing_there);
        g_test_add_func("/plugin-host/bad-plugins", test_bad_plugins);
        g_test_add_func("/plugin-host/disabled", test_disabled);
        g_test_add_func("/plugin-host/files", test_files);
        g_test_add_func("/plugin-host/foreign-file", test_foreign_file);
        g_test_add_func("/plugin-host/folder", test_folder);
        return g_test_run();
}
