/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * plugin/plugin-host.c with real shared objects: which files it takes, in which order it calls them, and what one bad
 * plugin does to the others (nothing). Every case has a folder of its own; its owner takes root's part. Plugins that
 * end the process do so in a child of the test.
 */
#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <syslog.h>
#include <systemd/sd-event.h>
#include <unistd.h>

#include "base/macro.h"
#include "base/usec.h"
#include "plugin/plugin-host.h"

typedef struct Bench {
        char *dir;
        GString *log;       /* "PRIORITY NAME: MESSAGE\n" of everything but debug messages */
        const char *no_for; /* [Plugin no_for] Enable=no */
        const char *no;
        const char *at, *how; /* of [Plugin dies] */
        char *runtime_dir;    /* NULL: none */
        sd_event *event;      /* a new one for each host */
        uint64_t now, wait;   /* the clock, and how much later it is when a plugin has asked for Wait= */
        GString *dns;         /* "NUMBER IFINDEX PROBLEM\n"; NULL: nobody listens */
        PluginHost *host;
} Bench;

static void bench_init(Bench *b) {
        *b = (Bench){ .dir = g_dir_make_tmp("dhcpd-link-test-XXXXXX", NULL), .log = g_string_new(NULL) };
        g_assert_nonnull(b->dir);
        g_assert_cmpint(g_chmod(b->dir, 0755), ==, 0);
}

/* With what dies.so needs. */
static void bench_init_death(Bench *b) {
        bench_init(b);
        b->runtime_dir = g_dir_make_tmp("dhcpd-link-test-XXXXXX", NULL);
        g_assert_nonnull(b->runtime_dir);
}

static void clear_folder(const char *folder) {
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

static void bench_clear(Bench *b) {
        b->host = plugin_host_free(b->host);
        clear_folder(b->dir);
        (void) sd_event_unref(b->event);
        if (b->runtime_dir)
                clear_folder(b->runtime_dir);
        g_free(b->runtime_dir);
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

/* It must not be one of before a fork. */
static sd_event *new_event(Bench *b) {
        (void) sd_event_unref(b->event);
        b->event = NULL;
        g_assert_cmpint(sd_event_new(&b->event), ==, 0);
        return b->event;
}

/* Lets plugins run what they have on their loops, until nothing is left to be run at once. */
static void run_events(Bench *b) {
        int r;

        do {
                r = sd_event_run(b->event, /* timeout= */ 0);
        } while (r > 0);
        g_assert_cmpint(r, ==, 0);
}

static int bench_load_as(Bench *b, uid_t owner) {
        const PluginHostConfig config = {
                .dir = b->dir,
                .owner = owner,
                .runtime_dir = b->runtime_dir,
                .now = on_now,
                .event = new_event(b),
                .event_fd = sd_event_get_fd(b->event),
                .config = on_config,
                .log = on_log,
                .report_dns = b->dns ? on_report_dns : NULL,
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

/* Each plugin has a number of its own, though one that is not loaded stands before it. */
static void test_report_dns(void) {
        g_autoptr(GString) dns = g_string_new(NULL);
        Bench b;

        bench_init(&b);
        install(&b, "fails.so");
        install(&b, "fixture-a.so");
        install(&b, "fixture-b.so");
        b.dns = dns;
        bench_load(&b);
        plugin_host_lease(b.host, DHCPD_LINK_EVENT_BOUND, &lease);
        plugin_host_lease(b.host, DHCPD_LINK_EVENT_LOST, &lease);
        g_assert_cmpstr(dns->str, ==, "0 7 -\n1 7 -\n0 7 fixture-a\n1 7 fixture-b\n");
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

/* A daemon's life, with all that a host may be told. */
static void live(Bench *b) {
        bench_load(b);
        run_events(b);
        plugin_host_lease(b->host, DHCPD_LINK_EVENT_BOUND, &lease);
        plugin_host_reload(b->host);
        plugin_host_lease(b->host, DHCPD_LINK_EVENT_LOST, &lease);
        b->host = plugin_host_free(b->host);
}

/* Returns true while somebody is in the call that is to do harm. */
static bool is_in_call(const Bench *b) {
        g_autofree char *path = g_build_filename(b->runtime_dir, "plugin-call", NULL), *text = NULL;

        return g_file_get_contents(path, &text, NULL, NULL) && g_str_has_prefix(text, "dies ") &&
                strstr(text, b->at);
}

/* Lets a child live, and returns how it ended, as waitpid() has it. One that hangs in a call is killed. */
static int live_in_child(Bench *b) {
        const bool hangs = g_strcmp0(b->how, "loop") == 0;
        const pid_t pid = fork();
        int status;

        if (pid == 0) {
                const int null = open("/dev/null", O_RDWR | O_CLOEXEC);

                (void) setrlimit(RLIMIT_CORE, &(struct rlimit){});
                (void) dup2(null, STDOUT_FILENO);
                (void) dup2(null, STDERR_FILENO);
                live(b);
                _exit(42);
        }
        g_assert_cmpint(pid, >, 0);
        while (hangs && !is_in_call(b) && waitpid(pid, &status, WNOHANG) == 0)
                g_usleep(1000);
        if (hangs)
                g_assert_cmpint(kill(pid, SIGKILL), ==, 0);
        g_assert_cmpint(waitpid(pid, &status, 0), ==, pid);
        return status;
}

static void on_refused(void *userdata, const char *plugin, const char *reason) {
        GString *refused = userdata;

        g_string_append_printf(refused, "%s: %s\n", plugin, reason);
}

/* In this process, which survives it. Returns what is told of plugins that were refused. */
static char *live_and_tell(Bench *b, unsigned n_plugins) {
        GString *refused = g_string_new(NULL);

        g_string_truncate(b->log, 0);
        bench_load(b);
        g_assert_cmpuint(plugin_host_n_plugins(b->host), ==, n_plugins);
        plugin_host_foreach_refused(b->host, on_refused, refused);
        run_events(b);
        plugin_host_lease(b->host, DHCPD_LINK_EVENT_BOUND, &lease);
        plugin_host_reload(b->host);
        b->host = plugin_host_free(b->host);
        g_assert_nonnull(strstr(b->log->str, "5 fixture-a: lease 1 of 1"));
        return g_string_free(refused, FALSE);
}

static void expect_refused(Bench *b, const char *why, const char *call) {
        g_autofree char *refused = live_and_tell(b, 1);
        g_autofree char *expected =
                g_strdup_printf("dies: Not loaded, because %s (%s), until its file changes or "
                                "[Plugin dies] has Enable=always\n",
                                why, call);

        g_assert_cmpstr(refused, ==, expected);
        g_assert_nonnull(strstr(b->log->str, refused));
        g_assert_null(strstr(b->log->str, "dies: survived"));
}

static void test_death(void) {
        static const struct {
                const char *at, *how, *why, *call;
                int signal; /* 0: it exits */
        } rows[] = {
                { "init", "abort", "the daemon died in it", "init()", SIGABRT },
                { "lease", "abort", "the daemon died in it", "lease()", SIGABRT },
                { "reload", "abort", "the daemon died in it", "reload()", SIGABRT },
                { "lost", "abort", "the daemon died in it", "lease()", SIGABRT },
                { "fini", "abort", "the daemon died in it", "fini()", SIGABRT },
                { "init", "loop", "the daemon died in it", "init()", SIGKILL },
                { "lease", "loop", "the daemon died in it", "lease()", SIGKILL },
                { "init", "_exit", "the daemon died in it", "init()", 0 },
                { "init", "exit", "it called exit()", "init()", SIGABRT },
                { "lease", "exit", "it called exit()", "lease()", SIGABRT },
                { "init", "close", "it closed the daemon's descriptors", "init()", SIGABRT },
                { "lease", "close", "it closed the daemon's descriptors", "lease()", SIGABRT },
                { "event", "abort", "the daemon died in it", "an event of its own", SIGABRT },
                { "event", "exit", "it called exit()", "an event of its own", SIGABRT },
                { "event", "close", "it closed the daemon's descriptors", "an event of its own", SIGABRT },
                { "lease", "reopen", "it closed the daemon's descriptors", "lease()", SIGABRT },
                { "fini", "close", "it closed the daemon's descriptors", "fini()", SIGABRT },
        };

        for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
                g_autofree char *ended = g_strdup_printf("3 dies: The last daemon ended in %s: %s\n",
                                                         rows[i].call, rows[i].why);
                Bench b;
                int status;

                bench_init_death(&b);
                install(&b, "fixture-a.so");
                install(&b, "dies.so");
                b.at = rows[i].at;
                b.how = rows[i].how;
                status = live_in_child(&b);
                if (rows[i].signal > 0)
                        g_assert_true(WIFSIGNALED(status) && WTERMSIG(status) == rows[i].signal);
                else
                        g_assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);

                expect_refused(&b, rows[i].why, rows[i].call);
                g_assert_nonnull(strstr(b.log->str, ended));
                /* That is said once, and what follows from it at each start. */
                expect_refused(&b, rows[i].why, rows[i].call);
                g_assert_null(strstr(b.log->str, ended));
                bench_clear(&b);
        }
}

/* Ends that leave another signal with sanitizers, which also want their memory. */
static void test_death_by_fault(void) {
        static const char *const hows[] = { "segv", "stack" };

        for (size_t i = 0; i < ARRAY_SIZE(hows); i++) {
                Bench b;
                int status;

                bench_init_death(&b);
                install(&b, "fixture-a.so");
                install(&b, "dies.so");
                b.at = "lease";
                b.how = hows[i];
                status = live_in_child(&b);
                g_assert_true(WIFSIGNALED(status) || WEXITSTATUS(status) != 42);
                expect_refused(&b, "the daemon died in it", "lease()");
                bench_clear(&b);
        }
}

static void test_death_at_load(void) {
        Bench b;
        int status;

        bench_init_death(&b);
        install(&b, "fixture-a.so");
        install(&b, "dies.so");
        g_assert_true(g_setenv("DHCPD_LINK_TEST_DIES_AT_LOAD", "1", TRUE));
        status = live_in_child(&b);
        g_assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
        expect_refused(&b, "the daemon died in it", "loading");
        g_unsetenv("DHCPD_LINK_TEST_DIES_AT_LOAD");
        bench_clear(&b);
}

/* Two ways out of the list, and none of them is that somebody else died. */
static void test_loaded_again(void) {
        Bench b;
        char *refused;

        bench_init_death(&b);
        install(&b, "fixture-a.so");
        install(&b, "dies.so");
        b.at = "init";
        b.how = "abort";
        (void) live_in_child(&b);
        b.at = NULL;
        expect_refused(&b, "the daemon died in it", "init()");

        /* Only of the plugin that it is said of. */
        b.no_for = "fixture-a";
        b.no = "always";
        expect_refused(&b, "the daemon died in it", "init()");
        b.no_for = "dies";
        b.no = "yes";
        expect_refused(&b, "the daemon died in it", "init()");
        b.no = "Always";
        refused = live_and_tell(&b, 2);
        g_assert_cmpstr(refused, ==, "");
        g_free(refused);
        g_assert_nonnull(
                strstr(b.log->str,
                       "4 dies: Loaded although the daemon died in it (init()), because of Enable=always"));
        g_assert_nonnull(strstr(b.log->str, "5 dies: survived eth0"));
        b.no = NULL;
        expect_refused(&b, "the daemon died in it", "init()");

        /* A file with the same content is another one. */
        install(&b, "dies.so");
        refused = live_and_tell(&b, 2);
        g_assert_cmpstr(refused, ==, "");
        g_free(refused);
        g_assert_nonnull(strstr(b.log->str, "5 dies: survived eth0"));
        bench_clear(&b);
}

/* A life in which nothing happens, and an end from outside between two calls, are nobody's fault. */
static void test_no_death(void) {
        Bench b;
        char *refused;
        pid_t pid;
        int status;

        bench_init_death(&b);
        install(&b, "fixture-a.so");
        install(&b, "dies.so");
        status = live_in_child(&b);
        g_assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 42);
        pid = fork();
        if (pid == 0) {
                bench_load(&b);
                plugin_host_lease(b.host, DHCPD_LINK_EVENT_BOUND, &lease);
                (void) raise(SIGKILL);
        }
        g_assert_cmpint(waitpid(pid, &status, 0), ==, pid);
        g_assert_true(WIFSIGNALED(status));
        refused = live_and_tell(&b, 2);
        g_assert_cmpstr(refused, ==, "");
        g_free(refused);

        /* Without a folder for the marker plugins are loaded all the same, and that is said. */
        clear_folder(b.runtime_dir);
        refused = live_and_tell(&b, 2);
        g_assert_cmpstr(refused, ==, "");
        g_free(refused);
        g_assert_nonnull(strstr(b.log->str, "4 -: a plugin that ends the daemon will not be known"));
        g_assert_cmpint(g_mkdir(b.runtime_dir, 0755), ==, 0);
        bench_clear(&b);
}

/* All that are refused are told, and those that are switched off are not. */
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

/* A plugin that ends its event loop ends nobody else's. */
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
                        plugin_host_lease(b.host, DHCPD_LINK_EVENT_BOUND, &lease);
                }
                g_assert_cmpint(sd_event_get_state(b.event), !=, SD_EVENT_FINISHED);
                g_assert_nonnull(strstr(b.log->str, "5 dies: survived eth0"));
                bench_clear(&b);
        }
}

/* More than 100 ms is said, but not more than once a minute. The clock is the test's. */
static void test_slow(void) {
        Bench b;

        bench_init_death(&b);
        install(&b, "dies.so");
        b.now = USEC_PER_SEC;
        b.wait = 100 * USEC_PER_MSEC;
        b.at = "init";
        b.how = "slow";
        bench_load(&b);
        assert_log(&b, "5 dies: slow in init\n"); /* not more than that */

        b.wait += USEC_PER_MSEC;
        b.at = "event";
        run_events(&b);
        assert_log(&b,
                   "5 dies: slow in event\n"
                   "4 dies: an event of its own kept all links waiting for 101 ms "
                   "(1 such call since this was said last)\n");
        b.now += 60 * USEC_PER_SEC;

        b.at = "lease";
        plugin_host_lease(b.host, DHCPD_LINK_EVENT_BOUND, &lease);
        assert_log(
                &b,
                "5 dies: slow in lease\n"
                "5 dies: survived eth0\n"
                "4 dies: lease() kept all links waiting for 101 ms (1 such call since this was said last)\n");
        b.now += 60 * USEC_PER_SEC - b.wait - 1;
        plugin_host_lease(b.host, DHCPD_LINK_EVENT_RENEWED, &lease);
        assert_log(&b,
                   "5 dies: slow in lease\n"
                   "5 dies: survived eth0\n");
        b.wait = 250 * USEC_PER_MSEC;
        plugin_host_lease(b.host, DHCPD_LINK_EVENT_RENEWED, &lease);
        assert_log(
                &b,
                "5 dies: slow in lease\n"
                "5 dies: survived eth0\n"
                "4 dies: lease() kept all links waiting for 250 ms (2 such calls since this was said last)\n");
        b.at = "fini";
        b.host = plugin_host_free(b.host);
        assert_log(&b, "5 dies: slow in fini\n"); /* the daemon ends: no link waits */
        bench_clear(&b);
}

int main(int argc, char **argv) {
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/plugin-host/order", test_order);
        g_test_add_func("/plugin-host/report-dns", test_report_dns);
        g_test_add_func("/plugin-host/again", test_again);
        g_test_add_func("/plugin-host/example", test_example);
        g_test_add_func("/plugin-host/nothing-there", test_nothing_there);
        g_test_add_func("/plugin-host/bad-plugins", test_bad_plugins);
        g_test_add_func("/plugin-host/disabled", test_disabled);
        g_test_add_func("/plugin-host/files", test_files);
        g_test_add_func("/plugin-host/foreign-file", test_foreign_file);
        g_test_add_func("/plugin-host/folder", test_folder);
        g_test_add_func("/plugin-host/death", test_death);
        g_test_add_func("/plugin-host/death-by-fault", test_death_by_fault);
        g_test_add_func("/plugin-host/death-at-load", test_death_at_load);
        g_test_add_func("/plugin-host/loaded-again", test_loaded_again);
        g_test_add_func("/plugin-host/no-death", test_no_death);
        g_test_add_func("/plugin-host/refused", test_refused);
        g_test_add_func("/plugin-host/ends-loop", test_ends_loop);
        g_test_add_func("/plugin-host/slow", test_slow);
        return g_test_run();
}
