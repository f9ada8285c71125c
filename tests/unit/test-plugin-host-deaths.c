/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Plugins that end the process, in a child of the test, and what the next host that loads them does about
 * it (plugin/plugin-host.c, plugin-marker.c, plugin-crash.c).
 */
#include <fcntl.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/macro.h"
#include "plugin/plugin-host.h"
#include "tests/unit/plugin-host-fixture.h"

#define WHY_GONE       "the daemon was killed in it or it called _exit()"
#define WHY_GONE_AGAIN WHY_GONE ", and not for the first time"

/* Lives a daemon's life, with everything that a host may be told. */
static void live(Bench *b) {
        bench_load(b);
        run_events(b);
        plugin_host_lease(b->host, DHCPD_LINK_EVENT_BOUND, &example_lease);
        plugin_host_reload(b->host);
        plugin_host_lease(b->host, DHCPD_LINK_EVENT_LOST, &example_lease);
        b->host = plugin_host_free(b->host);
}

/* Returns true while a plugin is in the call that is to do harm. */
static bool is_in_call(const Bench *b) {
        g_autofree char *path = g_build_filename(b->runtime_dir, "plugin-call", NULL), *text = NULL;

        return g_file_get_contents(path, &text, NULL, NULL) && g_str_has_prefix(text, "dies ") &&
                strstr(text, b->at);
}

/*
 * Lets a child live. Returns how it ended, as waitpid() tells it. A child that hangs in a call is ended
 * by @signal; the watchdog's signal is SIGABRT.
 */
static int live_in_child_until(Bench *b, int signal) {
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
                g_assert_cmpint(kill(pid, signal), ==, 0);
        g_assert_cmpint(waitpid(pid, &status, 0), ==, pid);
        return status;
}

static int live_in_child(Bench *b) {
        return live_in_child_until(b, SIGABRT);
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

static void expect_loaded(Bench *b) {
        g_autofree char *refused = live_and_tell(b, 2);

        g_assert_cmpstr(refused, ==, "");
        g_assert_nonnull(strstr(b->log->str, "5 dies: survived eth0"));
}

/* Expects that the child ends by SIGKILL, or with a success. */
static void expect_gone(Bench *b) {
        const int status = live_in_child_until(b, SIGKILL);

        if (g_str_equal(b->how, "loop"))
                g_assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
        else
                g_assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static void test_death(void) {
        static const struct {
                const char *at, *how, *why, *call;
        } rows[] = {
                { "init", "abort", "the daemon died in it", "init()" },
                { "lease", "abort", "the daemon died in it", "lease()" },
                { "reload", "abort", "the daemon died in it", "reload()" },
                { "lost", "abort", "the daemon died in it", "lease()" },
                { "fini", "abort", "the daemon died in it", "fini()" },
                { "init", "loop", "the daemon died in it", "init()" },
                { "lease", "loop", "the daemon died in it", "lease()" },
                { "init", "exit", "it called exit()", "init()" },
                { "lease", "exit", "it called exit()", "lease()" },
                { "init", "close", "it closed the daemon's descriptors", "init()" },
                { "lease", "close", "it closed the daemon's descriptors", "lease()" },
                { "event", "abort", "the daemon died in it", "an event of its own" },
                { "event", "exit", "it called exit()", "an event of its own" },
                { "event", "close", "it closed the daemon's descriptors", "an event of its own" },
                { "lease", "reopen", "it closed the daemon's descriptors", "lease()" },
                { "fini", "close", "it closed the daemon's descriptors", "fini()" },
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
                g_assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);

                expect_refused(&b, rows[i].why, rows[i].call);
                g_assert_nonnull(strstr(b.log->str, ended));
                /* The death is told once, and the refusal at each start. */
                expect_refused(&b, rows[i].why, rows[i].call);
                g_assert_null(strstr(b.log->str, ended));
                bench_clear(&b);
        }
}

/*
 * An end without a trace may have another cause, such as SIGKILL by an administrator, or by the kernel
 * when memory is short. The plugin is loaded once more. After the second such end it is not loaded again.
 */
static void test_gone(void) {
        static const struct {
                const char *at, *how, *call;
        } rows[] = {
                { "init", "loop", "init()" },
                { "lease", "loop", "lease()" },
                { "init", "_exit", "init()" },
                { "event", "_exit", "an event of its own" },
        };

        for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
                g_autofree char *once = g_strdup_printf("3 dies: The last daemon ended in %s: %s;"
                                                        " not loaded any more when it happens again\n",
                                                        rows[i].call, WHY_GONE);
                g_autofree char *twice = g_strdup_printf("3 dies: The last daemon ended in %s: %s\n",
                                                         rows[i].call, WHY_GONE_AGAIN);
                Bench b;

                bench_init_death(&b);
                install(&b, "fixture-a.so");
                install(&b, "dies.so");
                b.at = rows[i].at;
                b.how = rows[i].how;
                expect_gone(&b);
                b.at = NULL;
                expect_loaded(&b);
                g_assert_nonnull(strstr(b.log->str, once));
                /* It makes no difference that a daemon lived with the plugin in between. It is told once. */
                expect_loaded(&b);
                g_assert_null(strstr(b.log->str, "The last daemon"));

                b.at = rows[i].at;
                expect_gone(&b);
                b.at = NULL;
                expect_refused(&b, WHY_GONE_AGAIN, rows[i].call);
                g_assert_nonnull(strstr(b.log->str, twice));
                expect_refused(&b, WHY_GONE_AGAIN, rows[i].call);

                /* For another file the count begins anew. */
                install(&b, "dies.so");
                b.at = rows[i].at;
                expect_gone(&b);
                b.at = NULL;
                expect_loaded(&b);
                g_assert_nonnull(strstr(b.log->str, once));

                /* A crash counts at once, whatever happened before. */
                b.at = "lease";
                b.how = "abort";
                (void) live_in_child(&b);
                expect_refused(&b, "the daemon died in it", "lease()");
                bench_clear(&b);
        }
}

/* Ends for which sanitizers leave another signal. Sanitizers also want their memory. */
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
                g_assert_true(WIFSIGNALED(status) ? WTERMSIG(status) == SIGSEGV : WEXITSTATUS(status) != 42);
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

/* There are two ways off the list. The death of another plugin is none of them. */
static void test_loaded_again(void) {
        Bench b;

        bench_init_death(&b);
        install(&b, "fixture-a.so");
        install(&b, "dies.so");
        b.at = "init";
        b.how = "abort";
        (void) live_in_child(&b);
        b.at = NULL;
        expect_refused(&b, "the daemon died in it", "init()");

        /* The setting counts only for the plugin that it names. */
        b.no_for = "fixture-a";
        b.no = "always";
        expect_refused(&b, "the daemon died in it", "init()");
        b.no_for = "dies";
        b.no = "yes";
        expect_refused(&b, "the daemon died in it", "init()");
        b.no = "Always";
        expect_loaded(&b);
        g_assert_nonnull(
                strstr(b.log->str,
                       "4 dies: Loaded although the daemon died in it (init()), because of Enable=always"));
        b.no = NULL;
        expect_refused(&b, "the daemon died in it", "init()");

        /* A new file with the same content is another file. */
        install(&b, "dies.so");
        expect_loaded(&b);
        bench_clear(&b);
}

/*
 * A daemon that runs without trouble, or is ended from outside between two calls, counts against no plugin.
 */
static void test_no_death(void) {
        Bench b;
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
                plugin_host_lease(b.host, DHCPD_LINK_EVENT_BOUND, &example_lease);
                (void) raise(SIGKILL);
        }
        g_assert_cmpint(waitpid(pid, &status, 0), ==, pid);
        g_assert_true(WIFSIGNALED(status));
        expect_loaded(&b);

        /* Without a folder for the marker, plugins are loaded all the same, and this is told. */
        clear_folder(b.runtime_dir);
        expect_loaded(&b);
        g_assert_nonnull(strstr(b.log->str, "4 -: a plugin that ends the daemon will not be known"));
        g_assert_cmpint(g_mkdir(b.runtime_dir, 0755), ==, 0);
        bench_clear(&b);
}

int main(int argc, char **argv) {
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/plugin-host-deaths/death", test_death);
        g_test_add_func("/plugin-host-deaths/gone", test_gone);
        g_test_add_func("/plugin-host-deaths/death-by-fault", test_death_by_fault);
        g_test_add_func("/plugin-host-deaths/death-at-load", test_death_at_load);
        g_test_add_func("/plugin-host-deaths/loaded-again", test_loaded_again);
        g_test_add_func("/plugin-host-deaths/no-death", test_no_death);
        return g_test_run();
}
