/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * hook-environment LINK: prints the environment that a hook would get for the lease of a link. It is made
 * from what the daemon says on D-Bus, by the functions that make it for hooks (plugin/hooks/environment.h).
 *
 * This file also finds what status says about hooks. The daemon does not know about hooks, so this is read
 * from a file that their runner writes.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "dbus/ctl/ctl.h"
#include "plugin/hooks/environment.h"
#include "plugin/hooks/lease-reader.h"
#include "plugin/hooks/settings-reader.h"
#include "plugin/hooks/state-file.h"
#include "plugin/hooks/stored-lease.h"

#define EXIT_USAGE 2

static int fetch(sd_bus *bus, const CtlLink *link, sd_bus_error *error, HookSettings *settings,
                 GBytes **ret) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *lease = NULL, *reply = NULL;
        int r;

        r = ctl_call(bus, link->path, DBUS_PROPERTIES_INTERFACE, "Get", error, &reply, "ss",
                     BUS_LINK_INTERFACE, "Settings");
        if (r >= 0)
                r = hook_settings_read(reply, settings);
        if (r >= 0)
                r = ctl_call(bus, link->path, DBUS_PROPERTIES_INTERFACE, "GetAll", error, &lease, "s",
                             BUS_DHCP4_INTERFACE);
        if (r >= 0)
                r = hook_lease_read(lease, ret, NULL);
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
                const HookSettings *settings) {
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
        HookSettings settings = {};
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

static char *describe_hook(const HookStateEntry *entry) {
        if (!entry->running)
                return g_strdup_printf("%s %s, %s at %s", entry->hook, entry->text, ctl_relative(entry->at),
                                       entry->reason);
        return g_strdup_printf("%s has been running for %s at %s, %" G_GUINT64_FORMAT " event%s wait%s",
                               entry->hook, ctl_span(usec_sub(ctl_now(CLOCK_BOOTTIME), entry->at)),
                               entry->reason, entry->waiting, entry->waiting == 1 ? "" : "s",
                               entry->waiting == 1 ? "s" : "");
}

GPtrArray *ctl_hook_problems(int ifindex) {
        GPtrArray *texts = g_ptr_array_new_with_free_func(g_free), *entries;
        const usec_t now = ctl_now(CLOCK_BOOTTIME);
        bool died = false;

        entries = hook_state_read(ctl_options.hooks_state, &died);
        if (!entries)
                return texts;
        if (died)
                g_ptr_array_add(texts, g_strdup("dhcpd-link-hooks has died, and hooks are told of nothing"));
        for (guint i = 0; i < entries->len; i++) {
                const HookStateEntry *entry = g_ptr_array_index(entries, i);

                if (entry->ifindex == ifindex &&
                    (!entry->running || usec_sub(now, entry->at) >= HOOK_STATE_OVERDUE_USEC))
                        g_ptr_array_add(texts, describe_hook(entry));
        }
        g_ptr_array_unref(entries);
        return texts;
}
