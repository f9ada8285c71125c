/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * plugin/hooks/run: what a hook finds when it begins. A hook that hangs, writes without end, leaves
 * children behind or ignores SIGTERM ends like any other. Nothing here measures time: if something did
 * not end, the test would not end.
 */
#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/macro.h"
#include "plugin/hooks/run.h"

#define LONG  (3600 * USEC_PER_SEC)
#define SHORT (100 * USEC_PER_MSEC)

typedef struct Fixture {
        char *folder, *script;
        sd_event *event;
        HookRun *run;
        GString *output; /* lines, each with its end */
        size_t longest;  /* line */
        HookResult result;
        bool done;
} Fixture;

static void on_line(void *userdata, const char *line) {
        Fixture *f = userdata;

        g_assert_false(f->done);
        f->longest = MAX(f->longest, strlen(line));
        g_string_append(f->output, line);
        g_string_append_c(f->output, '\n');
}

static void on_done(void *userdata, HookRun *run, const HookResult *result) {
        Fixture *f = userdata;

        g_assert_false(f->done);
        g_assert_true(run == f->run);
        f->done = true;
        f->result = *result;
        f->run = hook_run_free(f->run);
        g_assert_cmpint(sd_event_exit(f->event, 0), >=, 0);
}

static const HookRunCallbacks callbacks = { .line = on_line, .done = on_done };

static void set_up(Fixture *f, gconstpointer data) {
        f->folder = g_dir_make_tmp("hook-run-XXXXXX", NULL);
        g_assert_nonnull(f->folder);
        f->script = g_build_filename(f->folder, "script", NULL);
        f->output = g_string_new(NULL);
        g_assert_cmpint(sd_event_new(&f->event), >=, 0);
}

static void tear_down(Fixture *f, gconstpointer data) {
        g_autofree char *pid = g_build_filename(f->folder, "pid", NULL);

        f->run = hook_run_free(f->run);
        f->event = sd_event_unref(f->event);
        /* Whatever happened, no child process is left, not even a dead one. */
        g_assert_cmpint(waitpid(-1, NULL, WNOHANG), ==, -1);
        g_assert_cmpint(errno, ==, ECHILD);
        (void) g_unlink(pid);
        (void) g_unlink(f->script);
        (void) g_rmdir(f->folder);
        (void) g_string_free(f->output, TRUE);
        g_free(f->script);
        g_free(f->folder);
}

static void start(Fixture *f, const char *script, HookCommand command) {
        g_assert_true(g_file_set_contents(f->script, script, -1, NULL));
        command.path = command.path ?: "/bin/sh";
        command.argument = command.argument ?: f->script;
        g_assert_cmpint(hook_run_new(f->event, &command, &callbacks, f, &f->run), ==, 0);
}

/* Runs the hook until it has ended. */
static void run(Fixture *f, const char *script, HookCommand command) {
        start(f, script, command);
        g_assert_cmpint(sd_event_loop(f->event), ==, 0);
        g_assert_true(f->done);
}

static char *const no_environment[] = { NULL };

static void test_environment(Fixture *f, gconstpointer data) {
        char one[] = "one=a b", two[] = "two=$(id)";
        char *const envp[] = { one, two, NULL };

        g_assert_true(g_setenv("HOOK_TEST_LEAK", "1", TRUE));
        run(f, "",
            (HookCommand){ .path = "/usr/bin/env", .argument = "-0", .envp = envp, .timeout_usec = LONG });
        g_assert_cmpint(f->result.status, ==, 0);
        g_assert_cmpstr(f->output->str, ==, "one=a b?two=$(id)?\n");
}

static void test_no_environment(Fixture *f, gconstpointer data) {
        run(f, "",
            (HookCommand){ .path = "/usr/bin/env",
                           .argument = "-0",
                           .envp = no_environment,
                           .timeout_usec = LONG });
        g_assert_cmpstr(f->output->str, ==, "");
}

/* Folder, umask, descriptors, input, process group, and that no privileges can be gained. */
static void test_surroundings(Fixture *f, gconstpointer data) {
        const int leak = open("/dev/null", O_RDONLY); /* not close-on-exec */
        g_autofree char *leaked = g_strdup_printf("\n%d\n", leak);

        g_assert_cmpint(leak, >=, 3);
        run(f,
            "pwd; umask; cat; ls /proc/$$/fd\n"
            "grep '^NoNewPrivs' /proc/$$/status\n"
            "kill -TERM -$$ 2>/dev/null; sleep 1000\n",
            (HookCommand){ .envp = no_environment, .input = "the input\nof it", .timeout_usec = LONG });
        (void) close(leak);
        g_assert_true(g_str_has_prefix(f->output->str, "/\n0022\nthe input\nof it0\n1\n"));
        g_assert_nonnull(strstr(f->output->str, "NoNewPrivs:\t1\n"));
        g_assert_null(strstr(f->output->str, leaked));
        g_assert_cmpint(f->result.status, ==, 128 + SIGTERM);
        g_assert_false(f->result.timed_out);
}

/* The hook is a program that leaves its signals as they are, which shells do not. */
static void test_signals(Fixture *f, gconstpointer data) {
        struct sigaction ignore = { .sa_handler = SIG_IGN }, before;

        g_assert_cmpint(sigaction(SIGUSR1, &ignore, &before), ==, 0);
        run(f, "",
            (HookCommand){ .path = "/bin/cat",
                           .argument = "/proc/self/status",
                           .envp = no_environment,
                           .timeout_usec = LONG });
        g_assert_cmpint(sigaction(SIGUSR1, &before, NULL), ==, 0);
        g_assert_nonnull(strstr(f->output->str, "SigBlk:\t0000000000000000\n"));
        g_assert_nonnull(strstr(f->output->str, "SigIgn:\t0000000000000000\n"));
}

static void test_no_input(Fixture *f, gconstpointer data) {
        run(f, "cat; echo end", (HookCommand){ .envp = no_environment, .timeout_usec = LONG });
        g_assert_cmpstr(f->output->str, ==, "end\n");
}

static void test_status(Fixture *f, gconstpointer data) {
        run(f, "echo out; echo err >&2; exit 7",
            (HookCommand){ .envp = no_environment, .timeout_usec = LONG });
        g_assert_cmpint(f->result.status, ==, 7);
        g_assert_false(f->result.timed_out || f->result.output_cut);
        g_assert_cmpstr(f->output->str, ==, "out\nerr\n");
}

static void test_cannot_run(Fixture *f, gconstpointer data) {
        run(f, "", (HookCommand){ .path = f->folder, .envp = no_environment, .timeout_usec = LONG });
        g_assert_cmpint(f->result.status, ==, 127);
        g_assert_cmpstr(f->output->str, ==, "cannot be executed\n");
}

static void test_lines(Fixture *f, gconstpointer data) {
        run(f, "printf 'a\\n\\n\\033[2Jb\\tc\\377\\r\\nno end'",
            (HookCommand){ .envp = no_environment, .timeout_usec = LONG });
        g_assert_cmpstr(f->output->str, ==, "a\n?[2Jb\tc??\nno end\n");
}

/* The children of a hook that hangs are ended as well. */
static void test_hangs(Fixture *f, gconstpointer data) {
        run(f, "sleep 1000 & sleep 1000", (HookCommand){ .envp = no_environment, .timeout_usec = SHORT });
        g_assert_true(f->result.timed_out);
        g_assert_cmpint(f->result.status, ==, 128 + SIGTERM);
}

static void test_ignores_sigterm(Fixture *f, gconstpointer data) {
        run(f, "trap '' TERM; while :; do sleep 1000; done",
            (HookCommand){ .envp = no_environment, .timeout_usec = SHORT });
        g_assert_true(f->result.timed_out);
        g_assert_cmpint(f->result.status, ==, 128 + SIGKILL);
}

/* A child that holds the pipe open does not make us wait, and ends with the hook. */
static void test_leaves_child(Fixture *f, gconstpointer data) {
        g_autofree char *pid_file = g_build_filename(f->folder, "pid", NULL), *text = NULL;
        g_autofree char *script =
                g_strdup_printf("trap '' TERM; sleep 1000 & echo $! > %s; echo said", pid_file);
        pid_t pid;

        run(f, script, (HookCommand){ .envp = no_environment, .timeout_usec = LONG });
        g_assert_cmpint(f->result.status, ==, 0);
        g_assert_false(f->result.timed_out);
        g_assert_cmpstr(f->output->str, ==, "said\n");
        g_assert_true(g_file_get_contents(pid_file, &text, NULL, NULL));
        pid = (pid_t) strtol(text, NULL, 10);
        g_assert_cmpint(pid, >, 1);
        /* The child is dead, or about to die. The process that inherited it has to wait for it. */
        for (;;) {
                g_autofree char *path = g_strdup_printf("/proc/%d/stat", (int) pid), *stat = NULL;

                if (kill(pid, 0) < 0 || !g_file_get_contents(path, &stat, NULL, NULL) ||
                    strstr(stat, ") Z "))
                        break;
                g_usleep(1000);
        }
}

/*
 * Runs a hook that writes without end, until its time is over. On a busy machine it may not have written
 * much by then, so it is run again with twice the time until its output is cut off.
 */
static void flood(Fixture *f, const char *script) {
        for (usec_t timeout_usec = SHORT;; timeout_usec *= 2) {
                run(f, script, (HookCommand){ .envp = no_environment, .timeout_usec = timeout_usec });
                g_assert_true(f->result.timed_out);
                if (f->result.output_cut)
                        return;
                tear_down(f, NULL);
                *f = (Fixture){};
                set_up(f, NULL);
        }
}

static void test_floods(Fixture *f, gconstpointer data) {
        flood(f, "yes 'a line of this hook that it says again and again'");
        g_assert_cmpuint(f->output->len, ==, HOOK_LINES_MAX * (f->longest + 1));
}

static void test_floods_without_lines(Fixture *f, gconstpointer data) {
        flood(f, "cat /dev/zero");
        g_assert_cmpuint(f->longest, ==, HOOK_LINE_MAX);
        g_assert_cmpuint(f->output->len, ==, HOOK_OUTPUT_MAX + HOOK_OUTPUT_MAX / HOOK_LINE_MAX);
}

static void test_much_input(Fixture *f, gconstpointer data) {
        g_autofree char *input = g_strnfill(1024 * 1024, 'x');

        run(f, "wc -c", (HookCommand){ .envp = no_environment, .input = input, .timeout_usec = LONG });
        g_assert_cmpstr(f->output->str, ==, "1048576\n");
}

/* The run is over when it is freed, and the callback is not called. */
static void test_free(Fixture *f, gconstpointer data) {
        start(f, "trap '' TERM; sleep 1000", (HookCommand){ .envp = no_environment, .timeout_usec = LONG });
        f->run = hook_run_free(f->run);
        g_assert_false(f->done);
        g_assert_null(hook_run_free(NULL));
}

/* A hook can run as another user, with one capability and no group. */
static void test_user(Fixture *f, gconstpointer data) {
        g_autofree char *map = NULL;

        g_assert_true(g_file_get_contents("/proc/self/uid_map", &map, NULL, NULL));
        if (geteuid() != 0 || !strstr(map, "4294967295")) {
                g_test_skip("needs root, and all users");
                return;
        }
        g_assert_cmpint(g_chmod(f->folder, 0755), ==, 0);
        run(f, "grep -E '^(Uid|Gid|Groups|CapPrm|CapEff|CapBnd|CapAmb):' /proc/self/status",
            (HookCommand){ .envp = no_environment,
                           .switch_user = true,
                           .uid = 4242,
                           .gid = 4343,
                           .capabilities = UINT64_C(1) << 10, /* CAP_NET_BIND_SERVICE */
                           .timeout_usec = LONG });
        g_assert_cmpint(f->result.status, ==, 0);
        g_assert_nonnull(strstr(f->output->str, "Uid:\t4242\t4242\t4242\t4242\n"));
        g_assert_nonnull(strstr(f->output->str, "Gid:\t4343\t4343\t4343\t4343\n"));
        g_assert_nonnull(strstr(f->output->str, "Groups:\t \n"));
        g_assert_nonnull(strstr(f->output->str, "CapPrm:\t0000000000000400\n"));
        g_assert_nonnull(strstr(f->output->str, "CapEff:\t0000000000000400\n"));
        g_assert_nonnull(strstr(f->output->str, "CapBnd:\t0000000000000400\n"));
        g_assert_nonnull(strstr(f->output->str, "CapAmb:\t0000000000000400\n"));
}

int main(int argc, char **argv) {
        sigset_t mask;

        (void) sigemptyset(&mask);
        (void) sigaddset(&mask, SIGCHLD);
        (void) sigprocmask(SIG_BLOCK, &mask, NULL);
        g_test_init(&argc, &argv, NULL);
#define ADD(name, function) g_test_add("/hook-run/" name, Fixture, NULL, set_up, function, tear_down)
        ADD("environment", test_environment);
        ADD("no-environment", test_no_environment);
        ADD("surroundings", test_surroundings);
        ADD("signals", test_signals);
        ADD("no-input", test_no_input);
        ADD("status", test_status);
        ADD("cannot-run", test_cannot_run);
        ADD("lines", test_lines);
        ADD("hangs", test_hangs);
        ADD("ignores-sigterm", test_ignores_sigterm);
        ADD("leaves-child", test_leaves_child);
        ADD("floods", test_floods);
        ADD("floods-without-lines", test_floods_without_lines);
        ADD("much-input", test_much_input);
        ADD("free", test_free);
        ADD("user", test_user);
        return g_test_run();
}
