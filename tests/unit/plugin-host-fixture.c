/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* See plugin-host-fixture.h. */
#include "tests/unit/plugin-host-fixture.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "base/macro.h"

void bench_init(Bench *b) {
        *b = (Bench){ .dir = g_dir_make_tmp("dhcpd-link-test-XXXXXX", NULL), .log = g_string_new(NULL) };
        g_assert_nonnull(b->dir);
        g_assert_cmpint(g_chmod(b->dir, 0755), ==, 0);
}

void bench_init_death(Bench *b) {
        bench_init(b);
        b->runtime_dir = g_dir_make_tmp("dhcpd-link-test-XXXXXX", NULL);
        g_assert_nonnull(b->runtime_dir);
}

void clear_folder(const char *folder) {
        GDir *dir = g_dir_open(folder, 0, NULL);
        const char *name;

        while ((name = g_dir_read_name(dir))) {
                char *path = g_build_filename(folder, name, NULL);

                g_assert_cmpint(g_remove(path), ==, 0);
                g_free(path);
        }
        g_dir_close(dir);
        g_assert_cmpint(g_rmdir(folder), ==, 0);
}

void bench_clear(Bench *b) {
        b->host = plugin_host_free(b->host);
        clear_folder(b->dir);
        (void) sd_event_unref(b->event);
        if (b->runtime_dir)
                clear_folder(b->runtime_dir);
        if (b->state_dir)
                clear_folder(b->state_dir);
        g_free(b->state_dir);
        g_free(b->runtime_dir);
        g_free(b->dir);
        g_string_free(b->log, TRUE);
}

char *bench_path(const Bench *b, const char *file) {
        return g_build_filename(b->dir, file, NULL);
}

void install_as(const Bench *b, const char *module, const char *file) {
        char *from = g_canonicalize_filename(module, FIXTURE_DIR), *to = bench_path(b, file), *content;
        size_t len;

        g_assert_true(g_file_get_contents(from, &content, &len, NULL));
        g_assert_true(g_file_set_contents(to, content, (gssize) len, NULL));
        g_assert_cmpint(g_chmod(to, 0644), ==, 0);
        g_free(from);
        g_free(to);
        g_free(content);
}

void install(const Bench *b, const char *file) {
        install_as(b, file, file);
}

static const char *on_config(void *userdata, const char *plugin, const char *key) {
        Bench *b = userdata;

        if (g_str_equal(plugin, "dies") && g_str_equal(key, "At"))
                return b->at;
        if (g_str_equal(plugin, "dies") && g_str_equal(key, "How"))
                return b->how;
        if (g_str_equal(key, "Wait"))
                b->now += b->wait;
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

static uint64_t on_now(void *userdata) {
        const Bench *b = userdata;

        return b->now;
}

static void on_report_dns(void *userdata, unsigned plugin, int ifindex, const char *problem) {
        const Bench *b = userdata;

        g_string_append_printf(b->dns, "%u %i %s\n", plugin, ifindex, problem ?: "-");
}

static void on_report_unused(void *userdata, unsigned plugin, int ifindex, uint8_t code,
                             const char *reason) {
        const Bench *b = userdata;

        g_string_append_printf(b->unused, "%u %i %u %s\n", plugin, ifindex, code, reason ?: "-");
}

static bool on_is_tunnel(void *userdata, int ifindex) {
        const Bench *b = userdata;

        return ifindex == b->tunnel;
}

/* Returns a new event loop, because one from before a fork must not be used. */
static sd_event *new_event(Bench *b) {
        (void) sd_event_unref(b->event);
        b->event = NULL;
        g_assert_cmpint(sd_event_new(&b->event), ==, 0);
        return b->event;
}

void run_events(Bench *b) {
        int r;

        do {
                r = sd_event_run(b->event, /* timeout= */ 0);
        } while (r > 0);
        g_assert_cmpint(r, ==, 0);
}

int bench_load_as(Bench *b, uid_t owner) {
        const PluginHostConfig config = {
                .dir = b->dir,
                .owner = owner,
                .runtime_dir = b->runtime_dir,
                .state_dir = b->state_dir,
                .now = on_now,
                .event = new_event(b),
                .event_fd = sd_event_get_fd(b->event),
                .config = on_config,
                .log = on_log,
                .report_dns = b->dns ? on_report_dns : NULL,
                .report_unused = b->unused ? on_report_unused : NULL,
                .is_tunnel = b->tunnel ? on_is_tunnel : NULL,
                .userdata = b,
        };

        return plugin_host_new(&config, &b->host);
}

void bench_load(Bench *b) {
        g_assert_cmpint(bench_load_as(b, getuid()), ==, 0);
        g_assert_nonnull(b->host);
}

static int get_option(const DhcpdLinkLease *lease, uint8_t code, const uint8_t **ret_data, size_t *ret_len) {
        static const uint8_t name[] = { 'p', 'c' };

        if (code != 12)
                return -ENODATA;
        *ret_data = name;
        *ret_len = sizeof(name);
        return 0;
}

const DhcpdLinkLease example_lease = {
        .struct_size = sizeof(DhcpdLinkLease),
        .ifindex = 7,
        .ifname = "eth0",
        .prefix_len = 24,
        .domain = "example.org",
        .get_option = get_option,
};

static void on_refused(void *userdata, const char *plugin, const char *reason) {
        GString *refused = userdata;

        g_string_append_printf(refused, "%s: %s\n", plugin, reason);
}

char *live_and_tell(Bench *b, unsigned n_plugins) {
        GString *refused = g_string_new(NULL);

        g_string_truncate(b->log, 0);
        bench_load(b);
        g_assert_cmpuint(plugin_host_n_plugins(b->host), ==, n_plugins);
        plugin_host_foreach_refused(b->host, on_refused, refused);
        run_events(b);
        plugin_host_lease(b->host, DHCPD_LINK_EVENT_BOUND, &example_lease);
        plugin_host_reload(b->host);
        b->host = plugin_host_free(b->host);
        g_assert_nonnull(strstr(b->log->str, "5 fixture-a: lease 1 of 1"));
        return g_string_free(refused, FALSE);
}
