/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Writes the properties of a hook's transient unit (contract: plugin/hooks/unit.h). Names and types of the
 * properties are those of org.freedesktop.systemd1(5).
 */
#include "plugin/hooks/unit.h"

#include <glib.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/macro.h"

/* The properties that are being written. The first failure sticks in @r. */
typedef struct Properties {
        sd_bus_message *m;
        int r;
} Properties;

static void text(Properties *p, const char *name, const char *value) {
        if (p->r >= 0)
                p->r = sd_bus_message_append(p->m, "(sv)", name, "s", value);
}

static void flag(Properties *p, const char *name, bool value) {
        if (p->r >= 0)
                p->r = sd_bus_message_append(p->m, "(sv)", name, "b", (int) value);
}

static void u32(Properties *p, const char *name, uint32_t value) {
        if (p->r >= 0)
                p->r = sd_bus_message_append(p->m, "(sv)", name, "u", value);
}

static void u64(Properties *p, const char *name, uint64_t value) {
        if (p->r >= 0)
                p->r = sd_bus_message_append(p->m, "(sv)", name, "t", value);
}

static void step(Properties *p, int r) {
        if (p->r >= 0)
                p->r = r;
}

static void open_property(Properties *p, const char *name, const char *type) {
        if (p->r < 0)
                return;
        step(p, sd_bus_message_open_container(p->m, 'r', "sv"));
        step(p, sd_bus_message_append_basic(p->m, 's', name));
        step(p, sd_bus_message_open_container(p->m, 'v', type));
}

static void close_property(Properties *p) {
        if (p->r < 0)
                return;
        step(p, sd_bus_message_close_container(p->m));
        step(p, sd_bus_message_close_container(p->m));
}

/* Writes a property of type "as". @prefix is put before each of @values. */
static void texts(Properties *p, const char *name, const char *prefix, char *const *values) {
        open_property(p, name, "as");
        step(p, sd_bus_message_open_container(p->m, 'a', "s"));
        for (; *values && p->r >= 0; values++) {
                g_autofree char *value = g_strconcat(prefix, *values, NULL);

                step(p, sd_bus_message_append_basic(p->m, 's', value));
        }
        step(p, sd_bus_message_close_container(p->m));
        close_property(p);
}

static void bytes(Properties *p, const char *data) {
        step(p, sd_bus_message_append_array(p->m, 'y', data, strlen(data)));
}

static void command(Properties *p, const HookUnit *unit) {
        char *const argv[] = { (char *) unit->path, (char *) unit->argument, NULL };

        open_property(p, "ExecStart", "a(sasb)");
        step(p, sd_bus_message_open_container(p->m, 'a', "(sasb)"));
        step(p, sd_bus_message_open_container(p->m, 'r', "sasb"));
        step(p, sd_bus_message_append_basic(p->m, 's', unit->path));
        step(p, sd_bus_message_append_strv(p->m, (char **) argv));
        step(p, sd_bus_message_append(p->m, "b", 0));
        step(p, sd_bus_message_close_container(p->m));
        step(p, sd_bus_message_close_container(p->m));
        close_property(p);
}

static bool is_given(char *const *envp, const char *name) {
        const size_t len = strlen(name);

        for (; *envp; envp++)
                if (strncmp(*envp, name, len) == 0 && (*envp)[len] == '=')
                        return true;
        return false;
}

/*
 * Writes the environment. The contract says which variables there are, so variables that the service manager
 * adds for services are removed. UnsetEnvironment= would also remove a variable that we set with the same
 * name, so such a name is not in the list.
 */
static void environment(Properties *p, const HookUnit *unit) {
        static const char *const added[] = {
                "CREDENTIALS_DIRECTORY",
                "HOME",
                "INVOCATION_ID",
                "JOURNAL_STREAM",
                "LANG",
                "LANGUAGE",
                "LC_ADDRESS",
                "LC_ALL",
                "LC_COLLATE",
                "LC_CTYPE",
                "LC_IDENTIFICATION",
                "LC_MEASUREMENT",
                "LC_MESSAGES",
                "LC_MONETARY",
                "LC_NAME",
                "LC_NUMERIC",
                "LC_PAPER",
                "LC_TELEPHONE",
                "LC_TIME",
                "LOGNAME",
                "MEMORY_PRESSURE_WATCH",
                "MEMORY_PRESSURE_WRITE",
                "NOTIFY_SOCKET",
                "PATH",
                "SHELL",
                "SYSTEMD_EXEC_PID",
                "TMPDIR",
                "USER",
        };

        texts(p, "Environment", "", unit->envp);
        open_property(p, "UnsetEnvironment", "as");
        step(p, sd_bus_message_open_container(p->m, 'a', "s"));
        for (size_t i = 0; i < ARRAY_SIZE(added); i++)
                if (!is_given(unit->envp, added[i]))
                        step(p, sd_bus_message_append_basic(p->m, 's', added[i]));
        step(p, sd_bus_message_close_container(p->m));
        close_property(p);
}

static void streams(Properties *p, const HookUnit *unit) {
        g_autofree char *link = g_strconcat("LINK=", unit->ifname, NULL),
                        *hook = g_strconcat("HOOK=", unit->hook, NULL);

        text(p, "StandardInput", unit->input ? "data" : "null");
        if (unit->input) {
                open_property(p, "StandardInputData", "ay");
                bytes(p, unit->input);
                close_property(p);
        }
        text(p, "StandardOutput", "journal");
        text(p, "StandardError", "journal");
        text(p, "SyslogIdentifier", unit->hook);
        open_property(p, "LogExtraFields", "aay");
        step(p, sd_bus_message_open_container(p->m, 'a', "ay"));
        bytes(p, link);
        bytes(p, hook);
        step(p, sd_bus_message_close_container(p->m));
        close_property(p);
        u64(p, "LogRateLimitIntervalUSec", HOOK_UNIT_LINES_USEC);
        u32(p, "LogRateLimitBurst", HOOK_UNIT_LINES_MAX);
}

static void confinement(Properties *p, const ConfigHook *settings) {
        static const char *const yes[] = {
                "PrivateTmp",        "PrivateDevices",       "ProtectKernelTunables", "ProtectKernelModules",
                "ProtectKernelLogs", "ProtectControlGroups", "ProtectClock",          "RestrictSUIDSGID",
                "LockPersonality",   "RestrictRealtime",
        };

        if (settings->user)
                text(p, "User", settings->user);
        else
                flag(p, "DynamicUser", true);
        u64(p, "CapabilityBoundingSet", settings->capabilities);
        u64(p, "AmbientCapabilities", settings->capabilities);
        text(p, "ProtectSystem", "strict");
        text(p, "ProtectHome", "yes");
        for (size_t i = 0; i < ARRAY_SIZE(yes); i++)
                flag(p, yes[i], true);
        flag(p, "PrivateNetwork", !settings->network);
        /* With "-", the hook runs even if a path does not exist. */
        texts(p, "ReadWritePaths", "-", settings->writable_paths);
}

static void properties(Properties *p, const HookUnit *unit) {
        g_autofree char *description = g_strdup_printf("dhcpd-link hook %s of %s", unit->hook, unit->ifname);

        text(p, "Description", description);
        text(p, "Type", "oneshot");
        text(p, "CollectMode", "inactive-or-failed");
        /* The unit ends with the runner, and the next runner starts when the unit has ended. */
        if (unit->owner) {
                texts(p, "BindsTo", "", (char *const[]){ (char *) unit->owner, NULL });
                texts(p, "After", "", (char *const[]){ (char *) unit->owner, NULL });
        }
        command(p, unit);
        environment(p, unit);
        text(p, "WorkingDirectory", "/");
        u32(p, "UMask", 022);
        /* By default the service manager ignores SIGPIPE for services, which programs do not expect. */
        flag(p, "IgnoreSIGPIPE", false);
        flag(p, "NoNewPrivileges", true);
        /* The service manager keeps the unit in memory until we have read its result. */
        flag(p, "AddRef", true);
        u64(p, "TimeoutStartUSec", unit->settings->timeout_usec);
        u64(p, "TimeoutStopUSec", HOOK_UNIT_STOP_USEC);
        u64(p, "TasksMax", HOOK_UNIT_TASKS_MAX);
        streams(p, unit);
        if (!unit->settings->trusted)
                confinement(p, unit->settings);
}

void hook_unit_name(const HookUnit *unit, char ret[HOOK_UNIT_NAME_SIZE]) {
        (void) snprintf(ret, HOOK_UNIT_NAME_SIZE, "dhcpd-link-hook-%d-%.64s-%" PRIu64 ".service",
                        unit->ifindex, unit->hook, unit->serial);
}

int hook_unit_append(sd_bus_message *m, const HookUnit *unit) {
        Properties p = { .m = m };
        char name[HOOK_UNIT_NAME_SIZE];

        hook_unit_name(unit, name);
        step(&p, sd_bus_message_append(m, "ss", name, "fail"));
        step(&p, sd_bus_message_open_container(m, 'a', "(sv)"));
        properties(&p, unit);
        step(&p, sd_bus_message_close_container(m));
        step(&p, sd_bus_message_append(m, "a(sa(sv))", 0));
        return p.r < 0 ? p.r : 0;
}
