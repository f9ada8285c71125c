/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * plugin/hooks/unit: the properties of the transient unit, written down a second time: those of every
 * hook, those that confine a hook that is not trusted, and those that settings change.
 */
#include <glib.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-bus.h>

#include "base/macro.h"
#include "dbus/json/json-message.h"
#include "plugin/hooks/unit.h"

static char *next_json(sd_bus_message *m) {
        JsonWriter w = {};

        g_assert_cmpint(json_message(&w, m, NULL), >=, 0);
        return json_finish(&w);
}

/* Returns the properties in the order sent, one a line: the name and the value in JSON. */
static char *properties_of(const HookUnit *unit) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL;
        GString *text = g_string_new(NULL);
        const char *name, *mode;

        g_assert_cmpint(scratch_message_new(&m), >=, 0);
        g_assert_cmpint(hook_unit_append(m, unit), ==, 0);
        g_assert_cmpint(scratch_message_seal(m), >=, 0);
        g_assert_cmpstr(sd_bus_message_get_signature(m, true), ==, "ssa(sv)a(sa(sv))");
        g_assert_cmpint(sd_bus_message_read(m, "ss", &name, &mode), >, 0);
        g_assert_cmpstr(mode, ==, "fail");
        g_string_append_printf(text, "%s\n", name);
        g_assert_cmpint(sd_bus_message_enter_container(m, 'a', "(sv)"), >, 0);
        while (sd_bus_message_enter_container(m, 'r', "sv") > 0) {
                char *json;

                g_assert_cmpint(sd_bus_message_read(m, "s", &name), >, 0);
                json = next_json(m);
                g_string_append_printf(text, "%s %s\n", name, json);
                free(json);
                g_assert_cmpint(sd_bus_message_exit_container(m), >=, 0);
        }
        return g_string_free(text, FALSE);
}

#define EVERY_HOOK(argv, input) \
        "dhcpd-link-hook-2-50-name-7.service\n" \
        "Description \"dhcpd-link hook 50-name of eth0\"\n" \
        "Type \"oneshot\"\n" \
        "CollectMode \"inactive-or-failed\"\n" \
        "BindsTo [\"dhcpd-link-hooks.service\"]\n" \
        "After [\"dhcpd-link-hooks.service\"]\n" \
        "ExecStart [[\"/h/50-name\",[" argv "],false]]\n" \
        "Environment [\"a=$(id) %n\",\"LANG=\",\"HOMER=1\"]\n" \
        "UnsetEnvironment [\"CREDENTIALS_DIRECTORY\",\"HOME\",\"INVOCATION_ID\",\"JOURNAL_STREAM\"," \
        "\"LANGUAGE\",\"LC_ADDRESS\",\"LC_ALL\",\"LC_COLLATE\",\"LC_CTYPE\",\"LC_IDENTIFICATION\"," \
        "\"LC_MEASUREMENT\",\"LC_MESSAGES\",\"LC_MONETARY\",\"LC_NAME\",\"LC_NUMERIC\",\"LC_PAPER\"," \
        "\"LC_TELEPHONE\",\"LC_TIME\",\"LOGNAME\",\"MEMORY_PRESSURE_WATCH\",\"MEMORY_PRESSURE_WRITE\"," \
        "\"NOTIFY_SOCKET\",\"PATH\",\"SHELL\",\"SYSTEMD_EXEC_PID\",\"TMPDIR\",\"USER\"]\n" \
        "WorkingDirectory \"/\"\n" \
        "UMask 18\n" \
        "IgnoreSIGPIPE false\n" \
        "NoNewPrivileges true\n" \
        "AddRef true\n" \
        "TimeoutStartUSec 30000000\n" \
        "TimeoutStopUSec 2000000\n" \
        "TasksMax 256\n" input "StandardOutput \"journal\"\n" \
        "StandardError \"journal\"\n" \
        "SyslogIdentifier \"50-name\"\n" \
        "LogExtraFields [\"4c494e4b3d65746830\",\"484f4f4b3d35302d6e616d65\"]\n" \
        "LogRateLimitIntervalUSec 30000000\n" \
        "LogRateLimitBurst 1000\n"

#define CONFINED(user, capabilities, network, paths) \
        user "\n" \
             "CapabilityBoundingSet " capabilities "\n" \
             "AmbientCapabilities " capabilities "\n" \
             "ProtectSystem \"strict\"\n" \
             "ProtectHome \"yes\"\n" \
             "PrivateTmp true\n" \
             "PrivateDevices true\n" \
             "ProtectKernelTunables true\n" \
             "ProtectKernelModules true\n" \
             "ProtectKernelLogs true\n" \
             "ProtectControlGroups true\n" \
             "ProtectClock true\n" \
             "RestrictSUIDSGID true\n" \
             "LockPersonality true\n" \
             "RestrictRealtime true\n" \
             "PrivateNetwork " network "\n" \
             "ReadWritePaths [" paths "]\n"

static char a[] = "a=$(id) %n", b[] = "LANG=", c[] = "HOMER=1", path_x[] = "/x", path_y[] = "/y/z",
            user[] = "_chrony";
static char *const envp[] = { a, b, c, NULL };
static char *no_paths[] = { NULL }, *paths[] = { path_x, path_y, NULL };

static HookUnit unit_of(const ConfigHook *settings) {
        return (HookUnit){ .hook = "50-name",
                           .ifname = "eth0",
                           .ifindex = 2,
                           .serial = 7,
                           .path = "/h/50-name",
                           .envp = envp,
                           .settings = settings,
                           .owner = "dhcpd-link-hooks.service" };
}

static void test_default(void) {
        const ConfigHook settings = { .writable_paths = no_paths, .timeout_usec = 30 * USEC_PER_SEC };
        const HookUnit unit = unit_of(&settings);
        g_autofree char *text = properties_of(&unit);

        g_assert_cmpstr(text, ==,
                        EVERY_HOOK("\"/h/50-name\"", "StandardInput \"null\"\n")
                                CONFINED("DynamicUser true", "0", "true", ""));
}

static void test_settings(void) {
        const ConfigHook settings = { .writable_paths = paths,
                                      .timeout_usec = 30 * USEC_PER_SEC,
                                      .user = user,
                                      .network = true,
                                      .capabilities = 0x1400 };
        HookUnit unit = unit_of(&settings);
        g_autofree char *text = NULL;

        unit.argument = "bound";
        unit.input = "in\n";
        text = properties_of(&unit);
        g_assert_cmpstr(text, ==,
                        EVERY_HOOK("\"/h/50-name\",\"bound\"",
                                   "StandardInput \"data\"\nStandardInputData \"696e0a\"\n")
                                CONFINED("User \"_chrony\"", "5120", "false", "\"-/x\",\"-/y/z\""));
}

/* A trusted hook runs as root, and the other settings have no effect. */
static void test_trusted(void) {
        const ConfigHook settings = {
                .writable_paths = paths, .timeout_usec = 30 * USEC_PER_SEC, .user = user, .trusted = true
        };
        const HookUnit unit = unit_of(&settings);
        g_autofree char *text = properties_of(&unit);

        g_assert_cmpstr(text, ==, EVERY_HOOK("\"/h/50-name\"", "StandardInput \"null\"\n"));
}

/* If the runner was started by hand, the unit is bound to no other unit. */
static void test_no_owner(void) {
        const ConfigHook settings = { .writable_paths = no_paths, .timeout_usec = 30 * USEC_PER_SEC };
        HookUnit unit = unit_of(&settings);
        g_autofree char *text = NULL;

        unit.owner = NULL;
        text = properties_of(&unit);
        g_assert_null(strstr(text, "BindsTo"));
        g_assert_nonnull(strstr(text, "ExecStart"));
}

int main(int argc, char **argv) {
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/hook-unit/default", test_default);
        g_test_add_func("/hook-unit/settings", test_settings);
        g_test_add_func("/hook-unit/trusted", test_trusted);
        g_test_add_func("/hook-unit/no-owner", test_no_owner);
        return g_test_run();
}
