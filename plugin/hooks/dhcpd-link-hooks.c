/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * dhcpd-link-hooks: runs hooks when a lease comes, changes or goes. This file has the arguments, the signals
 * and the loop; the rest is in runner.c. The program ends at once with success if there is no hook.
 */
#include <errno.h>
#include <getopt.h>
#include <glib.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <systemd/sd-daemon.h>
#include <systemd/sd-event.h>
#include <systemd/sd-login.h>
#include <unistd.h>

#include "base/macro.h"
#include "config.h"
#include "io/log.h"
#include "plugin/hooks/runner.h"
#include "plugin/hooks/state-file.h"

#define EXIT_USAGE 2

static const char *arg_socket = "/run/dhcpd-link/private";
static const char *arg_runtime_dir = HOOK_STATE_FOLDER;
static const char *arg_hooks_dir = NULL;
static const char *arg_config_dir = NULL;
static bool arg_fork = false;
static int arg_log_level = LOG_INFO;

static void help(void) {
        printf("dhcpd-link-hooks [OPTION ...]\n\n"
               "Runs hooks when a lease of dhcpd-linkd comes, changes or goes.\n\n"
               "  --socket=PATH        the daemon's private socket (default: /run/dhcpd-link/private)\n"
               "  --runtime-dir=DIR    what hooks were told, and how they do (default: %s)\n"
               "  --hooks-dir=DIR      hooks are here alone, instead of in hooks.d of\n"
               "                       %s, /run/dhcpd-link and /etc/dhcpd-link\n"
               "  --config-dir=DIR     read configuration from here alone\n"
               "  --fork               run hooks as child processes, even if systemd could run them\n"
               "  --debug              say what happens\n"
               "  --help, --version\n\n"
               "See dhcpd-link-hooks.service(8) and dhcpd-link.conf(5).\n",
               HOOK_STATE_FOLDER, VENDOR_CONFIG_DIR);
}

/* Reads the arguments. Returns 0 to go on, or the exit status plus 1 to end. */
static int parse_argv(int argc, char **argv) {
        enum {
                ARG_SOCKET = 256,
                ARG_RUNTIME_DIR,
                ARG_HOOKS_DIR,
                ARG_CONFIG_DIR,
                ARG_FORK,
                ARG_DEBUG,
                ARG_VERSION,
        };
        static const struct option options[] = {
                { "socket", required_argument, NULL, ARG_SOCKET },
                { "runtime-dir", required_argument, NULL, ARG_RUNTIME_DIR },
                { "hooks-dir", required_argument, NULL, ARG_HOOKS_DIR },
                { "config-dir", required_argument, NULL, ARG_CONFIG_DIR },
                { "fork", no_argument, NULL, ARG_FORK },
                { "debug", no_argument, NULL, ARG_DEBUG },
                { "help", no_argument, NULL, 'h' },
                { "version", no_argument, NULL, ARG_VERSION },
                {},
        };
        int c;

        while ((c = getopt_long(argc, argv, "h", options, NULL)) >= 0)
                switch (c) {
                case ARG_SOCKET:
                        arg_socket = optarg;
                        break;
                case ARG_RUNTIME_DIR:
                        arg_runtime_dir = optarg;
                        break;
                case ARG_HOOKS_DIR:
                        arg_hooks_dir = optarg;
                        break;
                case ARG_CONFIG_DIR:
                        arg_config_dir = optarg;
                        break;
                case ARG_FORK:
                        arg_fork = true;
                        break;
                case ARG_DEBUG:
                        arg_log_level = LOG_DEBUG;
                        break;
                case 'h':
                        help();
                        return EXIT_SUCCESS + 1;
                case ARG_VERSION:
                        printf("dhcpd-link %s\n", PROJECT_VERSION);
                        return EXIT_SUCCESS + 1;
                default:
                        return EXIT_USAGE + 1;
                }
        if (optind < argc) {
                fprintf(stderr, "dhcpd-link-hooks: %s: unexpected argument\n", argv[optind]);
                return EXIT_USAGE + 1;
        }
        return 0;
}

/* Makes the loop. SIGCHLD is blocked, because the loop waits for child processes. */
static int open_loop(sd_event **ret) {
        sigset_t set;
        int r;

        if (sigemptyset(&set) < 0 || sigaddset(&set, SIGCHLD) < 0 || sigaddset(&set, SIGTERM) < 0 ||
            sigaddset(&set, SIGINT) < 0 || sigprocmask(SIG_BLOCK, &set, NULL) < 0)
                return -errno;
        r = sd_event_new(ret);
        if (r >= 0)
                r = sd_event_add_signal(*ret, NULL, SIGTERM, NULL, NULL);
        if (r >= 0)
                r = sd_event_add_signal(*ret, NULL, SIGINT, NULL, NULL);
        return r;
}

static int run(const HookRunnerOptions *options, unsigned n_hooks) {
        _cleanup_(sd_event_unrefp) sd_event *event = NULL;
        _cleanup_(hook_runner_freep) HookRunner *runner = NULL;
        int r;

        r = open_loop(&event);
        if (r >= 0)
                r = hook_runner_new(event, options, &runner);
        if (r < 0) {
                log_error("Cannot begin: %s", strerror(-r));
                return EXIT_FAILURE;
        }
        (void) sd_notifyf(0, "READY=1\nSTATUS=%u hook%s", n_hooks, n_hooks == 1 ? "" : "s");
        r = sd_event_loop(event);
        if (r < 0)
                log_error("The loop failed: %s", strerror(-r));
        (void) sd_notify(0, "STOPPING=1");
        return r < 0 ? EXIT_FAILURE : r;
}

static void freep(char **p) {
        free(*p);
}

int main(int argc, char **argv) {
        static const char *const system_config[] = { VENDOR_CONFIG_DIR, "/run/dhcpd-link", "/etc/dhcpd-link",
                                                     NULL };
        static const char *const system_hooks[] = { VENDOR_CONFIG_DIR "/hooks.d", "/run/dhcpd-link/hooks.d",
                                                    "/etc/dhcpd-link/hooks.d", NULL };
        const char *one_config[] = { NULL, NULL }, *one_hooks[] = { NULL, NULL };
        HookRunnerOptions options = {};
        _cleanup_(freep) char *unit = NULL;
        unsigned n_hooks;
        int r;

        r = parse_argv(argc, argv);
        if (r > 0)
                return r - 1;
        log_set_identifier("dhcpd-link-hooks");
        log_open(arg_log_level);
        one_config[0] = arg_config_dir;
        one_hooks[0] = arg_hooks_dir;
        options.socket = arg_socket;
        options.runtime_dir = arg_runtime_dir;
        options.hook_dirs = arg_hooks_dir ? one_hooks : system_hooks;
        options.config_dirs = arg_config_dir ? one_config : system_config;
        options.config_runtime_dir = arg_config_dir ? NULL : "/run/dhcpd-link";
        options.owner = geteuid();
        options.units = !arg_fork && sd_booted() > 0;

        /*
         * If this process runs in a scope and not in a service, for example in a login, hooks must not end
         * with it.
         */
        if (options.units && sd_pid_get_unit(0, &unit) >= 0 && g_str_has_suffix(unit, ".service"))
                options.unit = unit;

        n_hooks = hook_runner_count_hooks(&options);
        if (n_hooks == 0) {
                log_info("There is no hook");
                return EXIT_SUCCESS;
        }
        if (mkdir(arg_runtime_dir, 0755) < 0 && errno != EEXIST) {
                log_error("%s cannot be made: %s", arg_runtime_dir, strerror(errno));
                return EXIT_FAILURE;
        }
        return run(&options, n_hooks);
}
