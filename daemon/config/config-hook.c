/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * [Hook NAME]: how the runner of hooks (plugin/hooks) runs one hook. The daemon runs no hooks. It reports
 * mistakes in these sections, and looks whether a hook passes DNS servers on (plugin/observer-hook.h).
 */
#include <linux/capability.h>
#include <string.h>

#include "base/macro.h"
#include "config/config-internal.h"

#define TIMEOUT_DEFAULT_USEC (30 * USEC_PER_SEC)
#define TIMEOUT_MIN_USEC     (1 * USEC_PER_SEC)
#define TIMEOUT_MAX_USEC     (3600 * USEC_PER_SEC)
#define USER_NAME_MAX        31u /* bytes, of useradd(8); held by parse_user() */
#define WRITABLE_PATHS_MAX   16u /* held by parse_writable_paths() */

static const char *const contracts[] = { "json", "dhclient", "udhcpc", "none" };

static const char *parse_contract(ConfigHook *hook, const char *value) {
        if (value[0] == '\0') {
                hook->contract = NULL;
                return NULL;
        }
        for (size_t i = 0; i < ARRAY_SIZE(contracts); i++)
                if (strcmp(contracts[i], value) == 0) {
                        hook->contract = contracts[i];
                        return NULL;
                }
        return "not one of json, dhclient, udhcpc and none";
}

static const char *parse_enable(ConfigHook *hook, const char *value) {
        return config_set_bool(value, /* fallback= */ true, &hook->enable);
}

static const char *parse_trusted(ConfigHook *hook, const char *value) {
        return config_set_bool(value, /* fallback= */ false, &hook->trusted);
}

static const char *parse_network(ConfigHook *hook, const char *value) {
        return config_set_bool(value, /* fallback= */ false, &hook->network);
}

static const char *parse_passes_dns(ConfigHook *hook, const char *value) {
        return config_set_bool(value, /* fallback= */ false, &hook->passes_dns);
}

static const char *parse_timeout(ConfigHook *hook, const char *value) {
        usec_t usec = TIMEOUT_DEFAULT_USEC;

        if (value[0] != '\0' && !config_value_span(value, &usec))
                return "not a span of time";
        if (usec < TIMEOUT_MIN_USEC || usec > TIMEOUT_MAX_USEC)
                return "not from one second to one hour";
        hook->timeout_usec = usec;
        return NULL;
}

/* Accepts a name and no number, because the user that a number stands for may change. */
static const char *parse_user(ConfigHook *hook, const char *value) {
        const size_t len = strlen(value);

        if (len > USER_NAME_MAX || strspn(value, "abcdefghijklmnopqrstuvwxyz0123456789_-") != len ||
            (len > 0 && strchr("0123456789-", value[0])))
                return "not the name of a user";
        g_free(hook->user);
        hook->user = len > 0 ? g_strdup(value) : NULL;
        return NULL;
}

static const char *parse_capabilities(ConfigHook *hook, const char *value) {
#define CAPABILITY(name) \
        { "CAP_" #name, CAP_##name }
        static const struct {
                const char *name;
                unsigned bit;
        } names[] = {
                CAPABILITY(CHOWN),           CAPABILITY(DAC_OVERRIDE),     CAPABILITY(DAC_READ_SEARCH),
                CAPABILITY(FOWNER),          CAPABILITY(FSETID),           CAPABILITY(KILL),
                CAPABILITY(SETGID),          CAPABILITY(SETUID),           CAPABILITY(SETPCAP),
                CAPABILITY(LINUX_IMMUTABLE), CAPABILITY(NET_BIND_SERVICE), CAPABILITY(NET_BROADCAST),
                CAPABILITY(NET_ADMIN),       CAPABILITY(NET_RAW),          CAPABILITY(IPC_LOCK),
                CAPABILITY(IPC_OWNER),       CAPABILITY(SYS_CHROOT),       CAPABILITY(SYS_PTRACE),
                CAPABILITY(SYS_ADMIN),       CAPABILITY(SYS_NICE),         CAPABILITY(SYS_RESOURCE),
                CAPABILITY(SYS_TIME),        CAPABILITY(SYS_TTY_CONFIG),   CAPABILITY(MKNOD),
                CAPABILITY(LEASE),           CAPABILITY(AUDIT_WRITE),      CAPABILITY(SETFCAP),
                CAPABILITY(SYSLOG),          CAPABILITY(WAKE_ALARM),       CAPABILITY(BLOCK_SUSPEND),
        };
#undef CAPABILITY
        g_auto(GStrv) words = g_strsplit(value, " ", -1);
        uint64_t set = 0;

        for (char **word = words; *word; word++) {
                size_t i = 0;

                if (**word == '\0')
                        continue;
                while (i < ARRAY_SIZE(names) && strcmp(names[i].name, *word) != 0)
                        i++;
                if (i == ARRAY_SIZE(names))
                        return "has a word that is no capability (CAP_NET_ADMIN)";
                set |= UINT64_C(1) << names[i].bit;
        }
        hook->capabilities = set;
        return NULL;
}

static bool path_is_plain(const char *path) {
        if (path[0] != '/' || strcmp(path, "/") == 0)
                return false;
        for (const char *p = path; *p != '\0'; p++)
                if ((*p == '/' &&
                     (p[1] == '/' || p[1] == '\0' || g_str_has_prefix(p, "/./") ||
                      g_str_has_prefix(p, "/../") || strcmp(p, "/.") == 0 || strcmp(p, "/..") == 0)) ||
                    *p < 0x21 || *p > 0x7e || strchr(":%\\", *p))
                        return false;
        return true;
}

static const char *parse_writable_paths(ConfigHook *hook, const char *value) {
        g_auto(GStrv) words = g_strsplit(value, " ", -1);
        g_autoptr(GPtrArray) paths = g_ptr_array_new_with_free_func(g_free);

        for (char **word = words; *word; word++) {
                if (**word == '\0')
                        continue;
                if (!path_is_plain(*word))
                        return "has a word that is no whole path of a file or folder";
                if (paths->len == WRITABLE_PATHS_MAX)
                        return "has more than 16 paths";
                g_ptr_array_add(paths, g_strdup(*word));
        }
        g_strfreev(hook->writable_paths);
        g_ptr_array_add(paths, NULL);
        hook->writable_paths = (char **) g_ptr_array_free(STEAL_PTR(paths), FALSE);
        return NULL;
}

static const struct HookKey {
        const char *name;
        const char *(*parse)(ConfigHook *hook, const char *value);
} keys[] = {
        { "Capabilities", parse_capabilities },
        { "Contract", parse_contract },
        { "Enable", parse_enable },
        { "Network", parse_network },
        { "PassesDNS", parse_passes_dns },
        { "TimeoutSec", parse_timeout },
        { "Trusted", parse_trusted },
        { "User", parse_user },
        { "WritablePaths", parse_writable_paths },
};

bool config_hook_key_is_known(const char *key) {
        for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
                if (strcmp(keys[i].name, key) == 0)
                        return true;
        return false;
}

static ConfigHook *hook_new(void) {
        ConfigHook *hook = g_new0(ConfigHook, 1);

        for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
                (void) keys[i].parse(hook, "");
        return hook;
}

static void hook_free(gpointer p) {
        ConfigHook *hook = p;

        g_free(hook->user);
        g_strfreev(hook->writable_paths);
        g_free(hook);
}

GHashTable *config_hooks_new(void) {
        return g_hash_table_new_full(g_str_hash, g_str_equal, g_free, hook_free);
}

const char *config_hook_parse(Config *config, const char *name, const char *key, const char *value) {
        ConfigHook *hook = g_hash_table_lookup(config->hooks, name);

        if (!hook) {
                hook = hook_new();
                (void) g_hash_table_insert(config->hooks, g_strdup(name), hook);
        }
        for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
                if (strcmp(keys[i].name, key) == 0)
                        return keys[i].parse(hook, value);
        return "unknown, ignored";
}

const ConfigHook *config_hook(const Config *config, const char *name) {
        static const char *const no_paths[] = { NULL };
        static const ConfigHook built_in = {
                .enable = true,
                .writable_paths = (char **) no_paths,
                .timeout_usec = TIMEOUT_DEFAULT_USEC,
        };

        return g_hash_table_lookup(config->hooks, name) ?: &built_in;
}

void config_foreach_hook(const Config *config,
                         void (*func)(void *userdata, const char *name, const ConfigHook *hook),
                         void *userdata) {
        GHashTableIter iter;
        gpointer name, hook;

        g_hash_table_iter_init(&iter, config->hooks);
        while (g_hash_table_iter_next(&iter, &name, &hook))
                func(userdata, name, hook);
}
