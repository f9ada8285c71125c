/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * hook-environment LINK: what a hook would be given for the lease of a link. It is made by the functions
 * that make it for hooks (plugin/hooks/environment.h), of what the daemon says on D-Bus.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "dbus/ctl.h"
#include "plugin/hooks/environment.h"
#include "plugin/hooks/lease-reader.h"
#include "plugin/hooks/stored-lease.h"
#include "wire/dhcp4-options.h"

#define EXIT_USAGE 2

/* Of the settings of the link. */
typedef struct Settings {
        uint8_t requested[256];
        size_t n_requested;
        bool has_metric;
        uint32_t metric;
} Settings;

/* The settings have an option by its name, or by its number if it has none. 0: neither. */
static uint8_t option_code(const char *word) {
        for (unsigned code = 1; code < 255; code++) {
                const Dhcp4OptionInfo *info = dhcp4_option_info((uint8_t) code);

                if (info ? strcmp(info->name, word) == 0 : strtoul(word, NULL, 10) == code)
                        return (uint8_t) code;
        }
        return 0;
}

static int read_requested(sd_bus_message *m, Settings *settings) {
        const char *word;
        int r;

        r = sd_bus_message_enter_container(m, 'v', "as");
        if (r >= 0)
                r = sd_bus_message_enter_container(m, 'a', "s");
        while (r >= 0 && (r = sd_bus_message_read_basic(m, 's', &word)) > 0) {
                const uint8_t code = option_code(word);

                if (code > 0 && settings->n_requested < ARRAY_SIZE(settings->requested))
                        settings->requested[settings->n_requested++] = code;
        }
        if (r >= 0)
                r = sd_bus_message_exit_container(m);
        if (r >= 0)
                r = sd_bus_message_exit_container(m);
        return r;
}

static int read_settings(sd_bus_message *m, Settings *settings) {
        int r;

        r = sd_bus_message_enter_container(m, 'v', "a{sv}");
        if (r >= 0)
                r = sd_bus_message_enter_container(m, 'a', "{sv}");
        while (r >= 0 && (r = sd_bus_message_enter_container(m, 'e', "sv")) > 0) {
                const char *key;

                r = sd_bus_message_read_basic(m, 's', &key);
                if (r < 0)
                        return r;
                if (strcmp(key, "DHCPv4.RequestOptions") == 0)
                        r = read_requested(m, settings);
                else if (strcmp(key, "DHCPv4.RouteMetric") == 0) {
                        r = sd_bus_message_read(m, "v", "u", &settings->metric);
                        settings->has_metric = r >= 0;
                } else
                        r = sd_bus_message_skip(m, "v");
                if (r >= 0)
                        r = sd_bus_message_exit_container(m);
        }
        return r;
}

static int fetch(sd_bus *bus, const CtlLink *link, sd_bus_error *error, Settings *settings, GBytes **ret) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *lease = NULL, *reply = NULL;
        int r;

        r = ctl_call(bus, link->path, CTL_PROPERTIES, "Get", error, &reply, "ss", CTL_LINK_INTERFACE,
                     "Settings");
        if (r >= 0)
                r = read_settings(reply, settings);
        if (r >= 0)
                r = ctl_call(bus, link->path, CTL_PROPERTIES, "GetAll", error, &lease, "s",
                             CTL_DHCP4_INTERFACE);
        if (r >= 0)
                r = hook_lease_read(lease, ret);
        return r;
}

static void print_environment(const HookEnvironment *environment) {
        if (environment->argument)
                printf("$1=%s\n", environment->argument);
        for (char **variable = environment->envp; *variable; variable++)
                puts(*variable);
        if (environment->input)
                fputs(environment->input, stdout);
        for (char **text = environment->omitted; *text; text++)
                ctl_fail("Left out: %s", *text);
}

static int show(HookContract contract, const CtlLink *link, const HookLease *lease,
                const Settings *settings) {
        _cleanup_(hook_environment_freep) HookEnvironment *environment = NULL;
        HookEvent event = {
                .reason = HOOK_REASON_BOUND,
                .ifname = ctl_text(link->name),
                .new_lease = lease,
                .requested = settings->requested,
                .n_requested = settings->n_requested,
                .has_metric = settings->has_metric,
                .metric = settings->metric,
                .pid = (uint32_t) getpid(),
        };

        environment = hook_environment_new(contract, &event);
        if (!environment) {
                ctl_fail("%s: there are no hooks for a link with such a name", event.ifname);
                return EXIT_FAILURE;
        }
        print_environment(environment);
        return EXIT_SUCCESS;
}

int verb_hook_environment(int argc, char **argv) {
        _cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
        _cleanup_(sd_bus_flush_close_unrefp) sd_bus *bus = NULL;
        _cleanup_(hook_stored_lease_freep) HookStoredLease *stored = NULL;
        _cleanup_(ctl_link_freep) CtlLink *link = NULL;
        g_autofree char *name = ctl_unescape_name(argv[1]);
        g_autoptr(GBytes) bytes = NULL;
        HookContract contract = HOOK_CONTRACT_JSON;
        Settings settings = {};
        int r;

        if (ctl_options.contract && !hook_contract_from_string(ctl_options.contract, &contract)) {
                ctl_fail("--contract= is json, dhclient, udhcpc or none.");
                return EXIT_USAGE;
        }
        if (ctl_connect(&bus) < 0)
                return EXIT_FAILURE;
        r = ctl_link_fetch(bus, name, &error, &link);
        if (r == 0)
                r = fetch(bus, link, &error, &settings, &bytes);
        if (r != 0) {
                ctl_fail("%s: %s", ctl_text(name), ctl_error_text(&error, r));
                return EXIT_FAILURE;
        }
        stored = bytes ? hook_stored_lease_new(bytes) : NULL;
        if (!stored) {
                ctl_fail("%s: there is no lease", ctl_text(name));
                return EXIT_FAILURE;
        }
        return show(contract, link, &stored->lease, &settings);
}
