/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * dhcpd-linkctl: the command-line tool. Parses the options and runs the verb. The verbs are in the ctl-*.c
 * files (ctl.h lists them).
 */
#include <errno.h>
#include <getopt.h>
#include <locale.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config.h"
#include "dbus/ctl/ctl.h"

#define EXIT_USAGE 2

CtlOptions ctl_options = {
        .socket = "/run/dhcpd-link/private",
        .legend = true,
        .apply = true,
        .ask_password = true,
        .timeout_usec = 120 * USEC_PER_SEC,
        .hooks_state = "/run/dhcpd-link-hooks",
};

static const struct Verb {
        const char *name;
        int min_args, max_args; /* -1: any number */
        int (*fn)(int argc, char **argv);
        const char *args, *help;
} verbs[] = {
        { "status", 0, -1, verb_status, "[LINK...]", "Show the lease of each link, or of all" },
        { "list", 0, 0, verb_list, "", "List managed links, one a line" },
        { "up", 1, -1, verb_up, "LINK...", "Manage links, until they are taken down again" },
        { "down", 1, -1, verb_down, "LINK...", "Release the leases and let the links go" },
        { "renew", 1, -1, verb_renew, "LINK...", "Renew the leases now" },
        { "release", 1, -1, verb_release, "LINK...", "Release the leases; renew gets new ones" },
        { "monitor", 0, 0, verb_monitor, "", "Show what happens, as it happens" },
        { "watch", 0, -1, verb_watch, "[LINK...]", "Show links on the terminal, as they change" },
        { "wait-online", 0, -1, verb_wait_online, "[LINK...]", "Wait until links have a lease" },
        { "hold", 1, 1, verb_hold, "LINK", "Manage a link as long as this process lives" },
        { "decode", 1, 1, verb_decode, "FILE",
          "Show the DHCP messages in a capture, or in hexadecimal text (-: stdin)" },
        { "probe", 1, 1, verb_probe, "LINK", "Show what every DHCP server would offer, and take nothing" },
        { "hook-environment", 1, 1, verb_hook_environment, "LINK",
          "Show what a hook is given for the lease" },
        { "options", 0, 0, verb_options, "", "List the DHCP options that have a name" },
        { "reload", 0, 0, verb_reload, "", "Let the daemon read its configuration again" },
};

void ctl_fail(const char *format, ...) {
        va_list ap;

        fputs("dhcpd-linkctl: ", stderr);
        va_start(ap, format);
        (void) vfprintf(stderr, format, ap);
        va_end(ap);
        fputc('\n', stderr);
}

static void print_help(void) {
        fputs("dhcpd-linkctl [OPTION...] VERB ...\n\n"
              "Talk to the DHCP client daemon dhcpd-linkd.\n\n"
              "Verbs:\n",
              stdout);
        for (size_t i = 0; i < ARRAY_SIZE(verbs); i++)
                printf("  %-16s %-10s %s\n", verbs[i].name, verbs[i].args, verbs[i].help);
        fputs("\nOptions:\n"
              "  --json              Print JSON (status, list, monitor, decode, probe, options)\n"
              "  --no-legend         No head and foot lines (list)\n"
              "  --no-pager          Accepted; there never is one\n"
              "  --no-apply          up, hold: put nothing of the leases on the links\n"
              "  --no-ask-password   Ask for no password where polkit wants one\n"
              "  --any               wait-online: one of the links is enough\n"
              "  --timeout=SECONDS   wait-online: give up after so long; 0: never (default 120)\n"
              "                      probe: collect answers for so long (default 3)\n"
              "  --contract=NAME     hook-environment: json (default), dhclient, udhcpc or none\n"
              "  --hooks-state=DIR   status: where dhcpd-link-hooks says how hooks do\n"
              "                      (default /run/dhcpd-link-hooks)\n"
              "  --socket=PATH       The daemon's private socket (default $DHCPD_LINK_SOCKET,\n"
              "                      else /run/dhcpd-link/private, else the system bus)\n"
              "  --help              This text\n"
              "  --version           The version\n\n"
              "Without a verb: status. See dhcpd-linkctl(1).\n",
              stdout);
}

static bool parse_timeout(const char *text) {
        double seconds;
        char *end;

        errno = 0;
        seconds = g_ascii_strtod(text, &end);
        if (end == text || *end != '\0' || errno != 0 || !(seconds >= 0 && seconds < 1e9))
                return false;
        ctl_options.timeout_usec = seconds > 0 ? (usec_t) (seconds * 1e6) : USEC_INFINITY;
        return true;
}

/* Reads the options into ctl_options. Returns 0 to go on, or the exit status plus 1 to end. */
static int parse_options(int argc, char **argv) {
        enum {
                ARG_JSON = 256,
                ARG_NO_LEGEND,
                ARG_NO_PAGER,
                ARG_NO_ASK_PASSWORD,
                ARG_ANY,
                ARG_TIMEOUT,
                ARG_SOCKET,
                ARG_CONTRACT,
                ARG_NO_APPLY,
                ARG_HOOKS_STATE,
                ARG_VERSION,
        };
        static const struct option options[] = {
                { "json", no_argument, NULL, ARG_JSON },
                { "no-legend", no_argument, NULL, ARG_NO_LEGEND },
                { "no-pager", no_argument, NULL, ARG_NO_PAGER },
                { "no-ask-password", no_argument, NULL, ARG_NO_ASK_PASSWORD },
                { "any", no_argument, NULL, ARG_ANY },
                { "timeout", required_argument, NULL, ARG_TIMEOUT },
                { "socket", required_argument, NULL, ARG_SOCKET },
                { "contract", required_argument, NULL, ARG_CONTRACT },
                { "no-apply", no_argument, NULL, ARG_NO_APPLY },
                { "hooks-state", required_argument, NULL, ARG_HOOKS_STATE },
                { "help", no_argument, NULL, 'h' },
                { "version", no_argument, NULL, ARG_VERSION },
                {},
        };
        const char *socket = getenv("DHCPD_LINK_SOCKET");
        int c;

        if (socket && *socket) {
                ctl_options.socket = socket;
                ctl_options.socket_given = true;
        }
        while ((c = getopt_long(argc, argv, "h", options, NULL)) >= 0)
                switch (c) {
                case ARG_JSON:
                        ctl_options.json = true;
                        break;
                case ARG_NO_LEGEND:
                        ctl_options.legend = false;
                        break;
                case ARG_NO_PAGER:
                        break;
                case ARG_NO_ASK_PASSWORD:
                        ctl_options.ask_password = false;
                        break;
                case ARG_ANY:
                        ctl_options.any = true;
                        break;
                case ARG_TIMEOUT:
                        if (!parse_timeout(optarg)) {
                                ctl_fail("--timeout= is a number of seconds.");
                                return EXIT_USAGE + 1;
                        }
                        ctl_options.timeout_given = true;
                        break;
                case ARG_SOCKET:
                        ctl_options.socket = optarg;
                        ctl_options.socket_given = true;
                        break;
                case ARG_HOOKS_STATE:
                        ctl_options.hooks_state = optarg;
                        break;
                case ARG_CONTRACT:
                        ctl_options.contract = optarg;
                        break;
                case ARG_NO_APPLY:
                        ctl_options.apply = false;
                        break;
                case 'h':
                        print_help();
                        return EXIT_SUCCESS + 1;
                case ARG_VERSION:
                        puts("dhcpd-linkctl " PROJECT_VERSION);
                        return EXIT_SUCCESS + 1;
                case '?':
                        return EXIT_USAGE + 1;
                }
        return 0;
}

int main(int argc, char **argv) {
        static char default_verb[] = "status";
        char *default_argv[] = { default_verb, NULL };
        int n, r;

        (void) setlocale(LC_ALL, "");
        r = parse_options(argc, argv);
        if (r > 0)
                return r - 1;
        n = argc - optind;
        argv += optind;
        if (n == 0) {
                n = 1;
                argv = default_argv;
        }

        for (size_t i = 0; i < ARRAY_SIZE(verbs); i++) {
                const struct Verb *verb = &verbs[i];

                if (strcmp(verb->name, argv[0]) != 0)
                        continue;
                if (n - 1 < verb->min_args || (verb->max_args >= 0 && n - 1 > verb->max_args)) {
                        ctl_fail("Usage: dhcpd-linkctl %s %s", verb->name, verb->args);
                        return EXIT_USAGE;
                }
                r = verb->fn(n, argv);
                if (fflush(stdout) != 0 && r == EXIT_SUCCESS)
                        return EXIT_FAILURE;
                return r;
        }
        ctl_fail("There is no verb \"%s\"; try --help.", ctl_text(argv[0]));
        return EXIT_USAGE;
}
