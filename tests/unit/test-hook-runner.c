/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * plugin/hooks/runner and watch: the whole runner, with hooks that write down what they are told, beside
 * a stand-in for the daemon. The test waits for what ends, and nothing measures time.
 */
#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/macro.h"
#include "base/usec.h"
#include "plugin/hooks/runner.h"
#include "plugin/hooks/state-file.h"
#include "tests/unit/fake-daemon-fixture.h"
#include "tests/unit/remove-tree.h"

#define PATIENCE_USEC (30 * USEC_PER_SEC) /* until a condition that does not come true is a failure */

typedef struct Fixture {
        char *folder, *hooks, *config, *runtime, *socket, *log;
        const char *hook_dirs[2], *config_dirs[2];
        sd_event *event;
        FakeDaemon daemon;
        HookRunnerOptions options;
        HookRunner *runner;
} Fixture;

static char *in_folder(const Fixture *f, const char *name) {
        return g_build_filename(f->folder, name, NULL);
}

static void set_up(Fixture *f, gconstpointer data) {
        g_autofree char *made = g_dir_make_tmp("hook-runner-XXXXXX", NULL);
        sigset_t set;

        (void) umask(022);
        g_assert_nonnull(made);
        f->folder = realpath(made, NULL);
        f->hooks = in_folder(f, "hooks.d");
        f->config = in_folder(f, "config");
        f->runtime = in_folder(f, "runtime");
        f->socket = in_folder(f, "socket");
        f->log = in_folder(f, "log");
        g_assert_cmpint(g_mkdir(f->hooks, 0755) | g_mkdir(f->config, 0755) | g_mkdir(f->runtime, 0755), ==,
                        0);
        f->hook_dirs[0] = f->hooks;
        f->config_dirs[0] = f->config;
        f->options = (HookRunnerOptions){
                .socket = f->socket,
                .runtime_dir = f->runtime,
                .hook_dirs = f->hook_dirs,
                .config_dirs = f->config_dirs,
                .owner = geteuid(),
        };
        (void) sigemptyset(&set);
        (void) sigaddset(&set, SIGCHLD);
        g_assert_cmpint(sigprocmask(SIG_BLOCK, &set, NULL), ==, 0);
        g_assert_cmpint(sd_event_new(&f->event), >=, 0);
        fake_daemon_start(&f->daemon, f->event, f->socket);
}

static void tear_down(Fixture *f, gconstpointer data) {
        f->runner = hook_runner_free(f->runner);
        fake_daemon_stop(&f->daemon);
        f->event = sd_event_unref(f->event);
        /* Whatever happened, no child process is left, not even a dead one. */
        g_assert_cmpint(waitpid(-1, NULL, WNOHANG), ==, -1);
        g_assert_cmpint(errno, ==, ECHILD);
        remove_tree(f->folder);
        g_free(f->hooks);
        g_free(f->config);
        g_free(f->runtime);
        g_free(f->socket);
        g_free(f->log);
        free(f->folder);
}

static void put_hook(Fixture *f, const char *name, const char *script) {
        g_autofree char *path = g_build_filename(f->hooks, name, NULL),
                        *config = g_build_filename(f->config, "dhcpd-link.conf.d", NULL),
                        *file = g_strdup_printf("%s/%s.conf", config, name),
                        *settings = g_strdup_printf("[Hook %s]\nContract=dhclient\nTrusted=yes\n", name),
                        *text = g_strdup_printf("#!/bin/sh\nlog=%s\n%s\n", f->log, script);

        g_assert_true(g_file_set_contents(path, text, -1, NULL));
        g_assert_cmpint(g_chmod(path, 0755), ==, 0);
        (void) g_mkdir(config, 0755);
        g_assert_true(g_file_set_contents(file, settings, -1, NULL));
}

#define WRITE_DOWN "echo \"$interface $reason ${new_ip_address-} ${old_ip_address-}\" >> $log"

static void start(Fixture *f) {
        g_assert_cmpint(hook_runner_new(f->event, &f->options, &f->runner), ==, 0);
}

static char *read_log(const Fixture *f) {
        char *text = NULL;

        return g_file_get_contents(f->log, &text, NULL, NULL) ? text : g_strdup("");
}

/* Runs the loop until @condition is true. */
static void run_until(Fixture *f, bool (*condition)(Fixture *f, const void *data), const void *data) {
        uint64_t begin, now;

        g_assert_cmpint(sd_event_now(f->event, CLOCK_BOOTTIME, &begin), >=, 0);
        while (!condition(f, data)) {
                g_assert_cmpint(sd_event_run(f->event, 20 * USEC_PER_MSEC), >=, 0);
                g_assert_cmpint(sd_event_now(f->event, CLOCK_BOOTTIME, &now), >=, 0);
                if (now > begin + PATIENCE_USEC) {
                        g_autofree char *log = read_log(f);

                        g_error("waited in vain for %s; the log is:\n%s", (const char *) data, log);
                }
        }
}

static bool log_is(Fixture *f, const void *data) {
        g_autofree char *log = read_log(f);

        return strcmp(log, data) == 0;
}

static void expect_log(Fixture *f, const char *log) {
        run_until(f, log_is, log);
}

static bool log_ends(Fixture *f, const void *data) {
        g_autofree char *log = read_log(f);

        return g_str_has_suffix(log, data);
}

static bool log_has(Fixture *f, const void *data) {
        g_autofree char *log = read_log(f);

        return strstr(log, data);
}

/* What hooks are told at the beginning of a connection, and by signals. */
static void test_events(Fixture *f, gconstpointer data) {
        FakeLink *one = &f->daemon.links[0], *two = &f->daemon.links[1], *three = &f->daemon.links[2];

        put_hook(f, "hook", WRITE_DOWN);
        *one = (FakeLink){ 2, "eth0", "BOUND", 7, false };
        *two = (FakeLink){ 3, "eth1", "SELECTING", 0, false };
        start(f);
        /* Hooks of several links run beside each other. */
        run_until(f, log_has, "eth0 BOUND 192.0.2.7 \n");
        run_until(f, log_has, "eth1 PREINIT  \n");

        one->address = 8;
        fake_state(&f->daemon, one, "RENEWING");
        fake_state(&f->daemon, one, "BOUND");
        fake_lease(&f->daemon, one, "changed", NULL);
        run_until(f, log_ends, "eth0 RENEW 192.0.2.8 192.0.2.7\n");
        fake_state(&f->daemon, one, "REBINDING");
        fake_state(&f->daemon, one, "BOUND");
        fake_lease(&f->daemon, one, "renewed", NULL);
        run_until(f, log_ends, "eth0 REBIND 192.0.2.8 192.0.2.8\n");

        /* A link is new, it gets another name, and no server answers. */
        *three = (FakeLink){ 4, "eth2", "INIT", 0, false };
        fake_added(&f->daemon, three);
        run_until(f, log_ends, "eth2 PREINIT  \n");
        three->name = "lan0";
        three->failing = true;
        fake_changed(&f->daemon, three);
        fake_changed(&f->daemon, three); /* the properties are the same */
        run_until(f, log_ends, "lan0 FAIL  \n");
        three->address = 9;
        fake_state(&f->daemon, three, "BOUND");
        fake_lease(&f->daemon, three, "bound", NULL);
        run_until(f, log_ends, "lan0 BOUND 192.0.2.9 \n");

        one->address = 0;
        fake_state(&f->daemon, one, "INIT");
        fake_lease(&f->daemon, one, "lost", "nak");
        run_until(f, log_ends, "eth0 EXPIRE  192.0.2.8\neth0 PREINIT  \n");
        three->address = 0;
        fake_lease(&f->daemon, three, "lost", "released");
        fake_removed(&f->daemon, three);
        run_until(f, log_ends, "lan0 RELEASE  192.0.2.9\n");
        /* If there is no lease, the end of the management is not told. */
        fake_removed(&f->daemon, two);
        fake_state(&f->daemon, one, "REBOOTING");
        one->address = 8;
        fake_state(&f->daemon, one, "BOUND");
        fake_lease(&f->daemon, one, "bound", NULL);
        run_until(f, log_ends, "eth0 REBOOT 192.0.2.8 \n");
        fake_removed(&f->daemon, one);
        run_until(f, log_ends, "eth0 REBOOT 192.0.2.8 \neth0 STOP  192.0.2.8\n");
}

/*
 * A lease that is gone when its properties are asked for is not told. Links whose names cannot be given
 * to hooks are not told either.
 */
static void test_too_late(Fixture *f, gconstpointer data) {
        FakeLink *one = &f->daemon.links[0], *two = &f->daemon.links[1];

        put_hook(f, "hook", WRITE_DOWN);
        *one = (FakeLink){ 2, "a;b", "BOUND", 7, false };
        *two = (FakeLink){ 3, "eth1", "REQUESTING", 0, false };
        start(f);
        expect_log(f, "eth1 PREINIT  \n");
        fake_state(&f->daemon, two, "BOUND");
        fake_lease(&f->daemon, two, "bound", NULL);
        fake_state(&f->daemon, two, "INIT");
        fake_lease(&f->daemon, two, "lost", "expired");
        two->address = 9;
        fake_state(&f->daemon, two, "BOUND");
        fake_lease(&f->daemon, two, "bound", NULL);
        run_until(f, log_has, "192.0.2.9 \n");
        one->name = "eth0";
        fake_changed(&f->daemon, one);
        fake_lease(&f->daemon, one, "renewed", NULL);
        run_until(f, log_has, "eth0 BOUND 192.0.2.7 \n");
}

/* The daemon is restarted, and a link is gone meanwhile. Then the runner is restarted. */
static void test_restarts(Fixture *f, gconstpointer data) {
        FakeLink *one = &f->daemon.links[0], *two = &f->daemon.links[1];

        put_hook(f, "hook", WRITE_DOWN);
        *one = (FakeLink){ 2, "eth0", "BOUND", 7, false };
        start(f);
        expect_log(f, "eth0 BOUND 192.0.2.7 \n");
        one->address = 8;
        fake_daemon_disconnect(&f->daemon);
        /* What happened in between is unknown: another address is another lease. */
        run_until(f, log_ends, "eth0 BOUND 192.0.2.8 192.0.2.7\n");
        fake_daemon_disconnect(&f->daemon);
        run_until(f, log_ends, "eth0 RENEW 192.0.2.8 192.0.2.8\n");
        g_assert_cmpuint(f->daemon.n_connections, ==, 3);

        *two = (FakeLink){ 3, "eth1", "BOUND", 9, false };
        fake_daemon_disconnect(&f->daemon);
        run_until(f, log_has, "eth1 BOUND 192.0.2.9 \n");
        one->ifindex = 0;
        f->runner = hook_runner_free(f->runner);
        fake_daemon_disconnect(&f->daemon);
        start(f);
        run_until(f, log_has, "eth0 STOP  192.0.2.8\n");
        two->address = 0;
        two->state = "INIT";
        fake_daemon_disconnect(&f->daemon);
        run_until(f, log_ends, "eth1 EXPIRE  192.0.2.9\neth1 PREINIT  \n");
}

static bool is_connected(Fixture *f, const void *data) {
        return f->daemon.n_connections >= GPOINTER_TO_UINT(data);
}

/* There is no daemon for a while. Then it sends what nobody can read, and then all is well. */
static void test_connection(Fixture *f, gconstpointer data) {
        FakeLink *one = &f->daemon.links[0];

        put_hook(f, "hook", WRITE_DOWN);
        *one = (FakeLink){ 2, "eth0", "BOUND", 7, false };
        fake_daemon_stop(&f->daemon);
        start(f);
        for (unsigned i = 0; i < 10; i++)
                g_assert_cmpint(sd_event_run(f->event, 20 * USEC_PER_MSEC), >=, 0);
        f->daemon.broken = true;
        fake_daemon_start(&f->daemon, f->event, f->socket);
        run_until(f, is_connected, GUINT_TO_POINTER(2));
        f->daemon.broken = false;
        expect_log(f, "eth0 BOUND 192.0.2.7 \n");

        /* Later, a bad reply and bad signals cost one event and nothing else. */
        f->daemon.broken = true;
        fake_lease(&f->daemon, one, "renewed", NULL);
        g_assert_cmpint(sd_bus_emit_signal(f->daemon.bus, "/org/dhcpdlink1/link/_32",
                                           "org.dhcpdlink1.DHCPv4", "LeaseChanged", "u", 7),
                        >=, 0);
        g_assert_cmpint(sd_bus_emit_signal(f->daemon.bus, "/org/dhcpdlink1/link/_32",
                                           "org.dhcpdlink1.DHCPv4", "StateChanged", "s", "INIT"),
                        >=, 0);
        g_assert_cmpint(sd_bus_emit_signal(f->daemon.bus, "/org/dhcpdlink1/link/_32",
                                           "org.freedesktop.DBus.Properties", "PropertiesChanged",
                                           "sa{sv}as", "org.dhcpdlink1.Link", 1, "Problems", "s", "none", 0),
                        >=, 0);
        g_assert_cmpint(sd_bus_emit_signal(f->daemon.bus, "/org/dhcpdlink1", "org.dhcpdlink1.Manager",
                                           "LinkRemoved", "s", "eth0"),
                        >=, 0);
        for (unsigned i = 0; i < 10; i++)
                g_assert_cmpint(sd_event_run(f->event, 20 * USEC_PER_MSEC), >=, 0);
        f->daemon.broken = false;
        fake_lease(&f->daemon, one, "renewed", NULL);
        expect_log(f, "eth0 BOUND 192.0.2.7 \neth0 RENEW 192.0.2.7 192.0.2.7\n");
}

static bool state_says(Fixture *f, const void *data) {
        g_autofree char *path = g_build_filename(f->runtime, HOOK_STATE_NAME, NULL), *text = NULL;

        return g_file_get_contents(path, &text, NULL, NULL) && strstr(text, data);
}

/* A hook that fails or hangs does not keep the next hook or another link from its events. */
static void test_failures(Fixture *f, gconstpointer data) {
        g_autofree char *gate = in_folder(f, "gate"), *hang = NULL;
        FakeLink *one = &f->daemon.links[0], *two = &f->daemon.links[1];

        hang = g_strdup_printf(
                "[ $interface = eth0 ] || exit 0\ntrap '' TERM\nwhile [ ! -e %s ]; do sleep 0.02; done",
                gate);
        put_hook(f, "a", "exit 3");
        put_hook(f, "b", hang);
        put_hook(f, "c", WRITE_DOWN);
        *one = (FakeLink){ 2, "eth0", "BOUND", 7, false };
        *two = (FakeLink){ 3, "eth1", "BOUND", 9, false };
        start(f);
        run_until(f, log_has, "eth1 BOUND 192.0.2.9 \n");
        run_until(f, state_says, "\n3 a BOUND ");
        run_until(f, state_says, " failed ended with status 3\n");
        fake_lease(&f->daemon, one, "renewed", NULL);
        fake_lease(&f->daemon, one, "renewed", NULL);
        run_until(f, state_says, " running 2\n");
        g_assert_true(g_file_set_contents(gate, "", -1, NULL));
        run_until(f, log_ends, "eth0 RENEW 192.0.2.7 192.0.2.7\neth0 RENEW 192.0.2.7 192.0.2.7\n");

        /* The hook ends well: its failure is no longer told. */
        put_hook(f, "a", "exit 0");
        put_hook(f, "d", "");
        hang = (g_free(hang), g_build_filename(f->hooks, "d", NULL));
        g_assert_true(g_file_set_contents(hang, "#!/does/not/exist\n", -1, NULL));
        g_assert_cmpint(g_chmod(hang, 0755), ==, 0);
        fake_lease(&f->daemon, one, "renewed", NULL);
        run_until(f, state_says, "2 d ");
        g_assert_false(state_says(f, "2 a "));
        g_assert_true(state_says(f, "3 a "));
        /* The link is gone, and with it what was told about its hooks. */
        fake_removed(&f->daemon, two);
        while (state_says(f, "3 a "))
                g_assert_cmpint(sd_event_run(f->event, 20 * USEC_PER_MSEC), >=, 0);
}

/* A hook that is switched off, masked, or has another contract: this counts from the next event on. */
static void test_settings(Fixture *f, gconstpointer data) {
        g_autofree char *file = g_build_filename(f->config, "dhcpd-link.conf.d", "hook.conf", NULL);
        FakeLink *one = &f->daemon.links[0];

        g_assert_cmpuint(hook_runner_count_hooks(&f->options), ==, 0);
        put_hook(f, "hook",
                 WRITE_DOWN "\necho $requested_subnet_mask $requested_unknown_224 $IF_METRIC >> $log");
        put_hook(f, "other", "");
        g_assert_cmpuint(hook_runner_count_hooks(&f->options), ==, 2);
        *one = (FakeLink){ 2, "eth0", "BOUND", 7, false };
        start(f);
        expect_log(f, "eth0 BOUND 192.0.2.7 \n1 1 1026\n");
        g_assert_true(g_file_set_contents(file, "[Hook hook]\nEnable=no\n", -1, NULL));
        g_assert_cmpuint(hook_runner_count_hooks(&f->options), ==, 1);
        fake_lease(&f->daemon, one, "renewed", NULL);
        for (unsigned i = 0; i < 10; i++)
                g_assert_cmpint(sd_event_run(f->event, 20 * USEC_PER_MSEC), >=, 0);
        g_assert_true(g_file_set_contents(file, "[Hook hook]\nTrusted=yes\n", -1, NULL));
        fake_lease(&f->daemon, one, "renewed", NULL);
        /* Under the contract json the hook finds none of these variables. */
        run_until(f, log_ends, "192.0.2.7 \n1 1 1026\n   \n\n");
}

/* There are many events of several links, and a slow hook. */
static size_t allocated(void) {
        return mallinfo2().uordblks;
}

static void test_many(Fixture *f, gconstpointer data) {
        static const char *const names[FAKE_LINKS_MAX] = { "eth0", "eth1", "eth2", "eth3" };
        unsigned told[FAKE_LINKS_MAX] = {}, n_lines = 0;
        g_autofree char *log = NULL;
        g_auto(GStrv) lines = NULL;
        size_t before;

        put_hook(f, "slow", "sleep 0.02\n" WRITE_DOWN);
        for (unsigned i = 0; i < FAKE_LINKS_MAX; i++)
                f->daemon.links[i] = (FakeLink){ (int) i + 2, names[i], "BOUND", 1, false };
        start(f);
        run_until(f, is_connected, GUINT_TO_POINTER(1));
        run_until(f, log_ends, "192.0.2.1 \n");
        before = allocated();
        for (unsigned n = 0; n < 1000; n++) {
                FakeLink *link = &f->daemon.links[n % FAKE_LINKS_MAX];

                link->address = 2 + n / FAKE_LINKS_MAX % 250;
                fake_lease(&f->daemon, link, "changed", NULL);
                /*
                 * First the events come faster than the runner can ask for the leases, then faster than
                 * the hook.
                 */
                for (unsigned i = 0; n >= 900 && i < 6; i++)
                        g_assert_cmpint(sd_event_run(f->event, 0), >=, 0);
        }
        g_assert_cmpuint(allocated(), <, before + 1024 * 1024);
        for (unsigned i = 0; i < FAKE_LINKS_MAX; i++) {
                g_autofree char *bound = g_strdup_printf("%s BOUND 192.0.2.251 ", names[i]),
                                *renewed = g_strdup_printf("%s RENEW 192.0.2.251 ", names[i]);

                while (log = (g_free(log), read_log(f)), !strstr(log, bound) && !strstr(log, renewed))
                        g_assert_cmpint(sd_event_run(f->event, 20 * USEC_PER_MSEC), >=, 0);
        }

        /* Each event begins where the one before it ended, and nothing goes back. */
        lines = g_strsplit(log, "\n", -1);
        for (char **line = lines; *line && **line; line++) {
                char name[16], reason[16];
                unsigned new_address, old_address = 0;

                n_lines++;
                g_assert_cmpint(sscanf(*line, "%15s %15s 192.0.2.%u 192.0.2.%u", name, reason, &new_address,
                                       &old_address),
                                >=, 3);
                for (unsigned i = 0; i < FAKE_LINKS_MAX; i++)
                        if (strcmp(name, names[i]) == 0) {
                                g_assert_cmpuint(old_address, ==, told[i]);
                                g_assert_cmpuint(new_address, >=, told[i]);
                                told[i] = new_address;
                        }
        }
        g_assert_cmpuint(n_lines, <, 1000);
        g_test_message("%u events told of 1000", n_lines);
}

int main(int argc, char **argv) {
        g_test_init(&argc, &argv, NULL);
#define ADD(name, function) g_test_add("/hook-runner/" name, Fixture, NULL, set_up, function, tear_down)
        ADD("events", test_events);
        ADD("too-late", test_too_late);
        ADD("restarts", test_restarts);
        ADD("connection", test_connection);
        ADD("failures", test_failures);
        ADD("settings", test_settings);
        ADD("many", test_many);
        return g_test_run();
}
