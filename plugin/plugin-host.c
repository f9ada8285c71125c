/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Loads, calls and unloads plugins (contract: plugin/plugin-host.h).
 *
 * Owns one O_PATH descriptor and one module for each plugin. The file is checked by the descriptor, and the
 * module is opened by the same descriptor, so nobody can put another file in its place in between. The
 * descriptor stays open as long as the module, because the dynamic loader identifies a library by its path,
 * which contains the number of the descriptor. If another file got this number, the loader would take it for
 * this library.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <gmodule.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "base/macro.h"
#include "base/usec.h"
#include "plugin/plugin-crash.h"
#include "plugin/plugin-file.h"
#include "plugin/plugin-host.h"
#include "plugin/plugin-loop.h"
#include "plugin/plugin-marker.h"

#define PLUGIN_SUFFIX ".so"
#define PLUGINS_MAX   64u  /* more files in the folder must be a mistake; held by load_all() */
#define MESSAGE_MAX   1024 /* bytes of a log line; held by host_log() */

/* A longer call is logged with the name of the plugin, at most once in the interval. */
#define SLOW_CALL_USEC     (100 * USEC_PER_MSEC)
#define SLOW_INTERVAL_USEC (60 * USEC_PER_SEC)

/*
 * Old binaries of plugins use this interface, so no field may ever move. Add a new field at the end of its
 * structure, and add a line here.
 */
#define ASSERT_AT(type, field, offset) \
        static_assert(offsetof(type, field) == (offset), #type "." #field " moved")
#if __SIZEOF_POINTER__ == 8
ASSERT_AT(DhcpdLinkLease, struct_size, 0);
ASSERT_AT(DhcpdLinkLease, flags, 8);
ASSERT_AT(DhcpdLinkLease, ifindex, 12);
ASSERT_AT(DhcpdLinkLease, ifname, 16);
ASSERT_AT(DhcpdLinkLease, address, 24);
ASSERT_AT(DhcpdLinkLease, prefix_len, 28);
ASSERT_AT(DhcpdLinkLease, server_id, 32);
ASSERT_AT(DhcpdLinkLease, granted_at_usec, 40);
ASSERT_AT(DhcpdLinkLease, renew_at_usec, 48);
ASSERT_AT(DhcpdLinkLease, rebind_at_usec, 56);
ASSERT_AT(DhcpdLinkLease, expire_at_usec, 64);
ASSERT_AT(DhcpdLinkLease, dns, 72);
ASSERT_AT(DhcpdLinkLease, n_dns, 80);
ASSERT_AT(DhcpdLinkLease, ntp, 88);
ASSERT_AT(DhcpdLinkLease, n_ntp, 96);
ASSERT_AT(DhcpdLinkLease, domain, 104);
ASSERT_AT(DhcpdLinkLease, host_name, 112);
ASSERT_AT(DhcpdLinkLease, search, 120);
ASSERT_AT(DhcpdLinkLease, n_search, 128);
ASSERT_AT(DhcpdLinkLease, get_option, 136);

ASSERT_AT(DhcpdLinkHost, struct_size, 0);
ASSERT_AT(DhcpdLinkHost, event, 8);
ASSERT_AT(DhcpdLinkHost, log, 16);
ASSERT_AT(DhcpdLinkHost, config, 24);
ASSERT_AT(DhcpdLinkHost, report_dns, 32);
ASSERT_AT(DhcpdLinkHost, report_unused, 40);
ASSERT_AT(DhcpdLinkHost, is_tunnel, 48);
ASSERT_AT(DhcpdLinkHost, remember, 56);
ASSERT_AT(DhcpdLinkHost, recall, 64);

ASSERT_AT(DhcpdLinkPlugin, abi, 0);
ASSERT_AT(DhcpdLinkPlugin, struct_size, 8);
ASSERT_AT(DhcpdLinkPlugin, name, 16);
ASSERT_AT(DhcpdLinkPlugin, init, 24);
ASSERT_AT(DhcpdLinkPlugin, lease, 32);
ASSERT_AT(DhcpdLinkPlugin, reload, 40);
ASSERT_AT(DhcpdLinkPlugin, fini, 48);
ASSERT_AT(DhcpdLinkPlugin, flags, 56);
#endif

/* The size of the structure in version 1. */
#define PLUGIN_SIZE_MIN (offsetof(DhcpdLinkPlugin, fini) + sizeof(void *))

typedef struct Plugin {
        DhcpdLinkHost facade; /* must be first, because a plugin's host pointer points to this */
        PluginHost *host;
        char name[PLUGIN_NAME_MAX + 1];
        unsigned number; /* its place in host->plugins */
        int fd;
        PluginFile file;
        GModule *module;
        PluginLoop *loop;
        const DhcpdLinkPlugin *symbol;
        void *state;
        bool initialized;
        unsigned n_slow;     /* slow calls since the last warning about them */
        uint64_t slow_until; /* there is no other warning before this instant */
} Plugin;

typedef struct Refused {
        char *name, *reason;
} Refused;

struct PluginHost {
        PluginHostConfig config;
        char *runtime_dir, *state_dir; /* NULL: there is none */
        GPtrArray *plugins;            /* of Plugin, in the order of their names */
        GArray *refused;               /* of Refused */
        PluginMarker *marker;          /* NULL: there is none */
        struct stat event;             /* of the event loop's descriptor, if it is checked */
        pid_t pid;             /* this process; a child process that a plugin makes may call exit() */
        PluginDeath call;      /* the call that runs now */
        uint64_t call_started; /* microseconds of CLOCK_MONOTONIC */
};

/*
 * The host whose plugin is being called. The handlers of exit() and of signals have no argument that leads
 * to it.
 */
static PluginHost *host_in_call;

static void G_GNUC_PRINTF(4, 5)
        host_log(const PluginHost *host, int priority, const char *plugin, const char *format, ...) {
        char message[MESSAGE_MAX];
        va_list ap;

        va_start(ap, format);
        (void) vsnprintf(message, sizeof(message), format, ap);
        va_end(ap);
        host->config.log(host->config.userdata, priority, plugin, message);
}

static void G_GNUC_PRINTF(3, 4)
        facade_log(const DhcpdLinkHost *facade, int priority, const char *format, ...) {
        const Plugin *plugin = (const Plugin *) facade;
        char message[MESSAGE_MAX];
        va_list ap;

        va_start(ap, format);
        (void) vsnprintf(message, sizeof(message), format, ap);
        va_end(ap);
        priority = CLAMP(priority, LOG_ERR, LOG_DEBUG); /* CLAMP() is GLib's */
        plugin->host->config.log(plugin->host->config.userdata, priority, plugin->name, message);
}

static const char *facade_config(const DhcpdLinkHost *facade, const char *key) {
        const Plugin *plugin = (const Plugin *) facade;

        return plugin->host->config.config(plugin->host->config.userdata, plugin->name, key);
}

static void facade_report_dns(const DhcpdLinkHost *facade, int ifindex, const char *problem) {
        const Plugin *plugin = (const Plugin *) facade;
        const PluginHostConfig *config = &plugin->host->config;

        if (config->report_dns)
                config->report_dns(config->userdata, plugin->number, ifindex, problem);
}

static void facade_report_unused(const DhcpdLinkHost *facade, int ifindex, uint8_t code,
                                 const char *reason) {
        const Plugin *plugin = (const Plugin *) facade;
        const PluginHostConfig *config = &plugin->host->config;

        if (config->report_unused)
                config->report_unused(config->userdata, plugin->number, ifindex, code, reason);
}

static int facade_is_tunnel(const DhcpdLinkHost *facade, int ifindex) {
        const Plugin *plugin = (const Plugin *) facade;
        const PluginHostConfig *config = &plugin->host->config;

        return !config->is_tunnel || config->is_tunnel(config->userdata, ifindex);
}

static_assert(sizeof("remembered-") + PLUGIN_NAME_MAX <= PLUGIN_FILE_NAME_MAX, "the name is too long");

static const char *memory_of(const Plugin *plugin, int persistent, char name[PLUGIN_FILE_NAME_MAX]) {
        (void) snprintf(name, PLUGIN_FILE_NAME_MAX, "remembered-%s", plugin->name);
        return persistent ? plugin->host->state_dir : plugin->host->runtime_dir;
}

static int facade_remember(const DhcpdLinkHost *facade, int persistent, const char *text) {
        char name[PLUGIN_FILE_NAME_MAX];
        const char *dir = memory_of((const Plugin *) facade, persistent, name);

        if (!dir)
                return -EOPNOTSUPP;
        if (text && strlen(text) >= DHCPD_LINK_REMEMBER_MAX)
                return -E2BIG;
        return plugin_file_save(dir, name, text, persistent);
}

static int facade_recall(const DhcpdLinkHost *facade, int persistent, char ret[DHCPD_LINK_REMEMBER_MAX]) {
        char name[PLUGIN_FILE_NAME_MAX];
        const char *dir = memory_of((const Plugin *) facade, persistent, name);

        return dir ? plugin_file_load(dir, name, ret, DHCPD_LINK_REMEMBER_MAX) : -EOPNOTSUPP;
}

/* Logs why a plugin is not loaded, and records it for plugin_host_foreach_refused(). */
static void G_GNUC_PRINTF(3, 4) refuse(PluginHost *host, const Plugin *plugin, const char *format, ...) {
        char message[MESSAGE_MAX];
        Refused refused;
        va_list ap;

        va_start(ap, format);
        (void) vsnprintf(message, sizeof(message), format, ap);
        va_end(ap);
        host_log(host, LOG_ERR, plugin->name, "%s", message);
        refused = (Refused){ .name = g_strdup(plugin->name),
                             .reason = g_utf8_make_valid(message, /* len= */ -1) };
        g_array_append_val(host->refused, refused);
}

static void refused_clear(gpointer data) {
        Refused *refused = data;

        g_free(refused->name);
        g_free(refused->reason);
}

static uint64_t now_usec(const PluginHost *host) {
        struct timespec ts;

        if (host->config.now)
                return host->config.now(host->config.userdata);
        (void) clock_gettime(CLOCK_MONOTONIC, &ts);
        return (uint64_t) ts.tv_sec * USEC_PER_SEC + (uint64_t) ts.tv_nsec / 1000;
}

/* Returns the name that an author of plugins has for a call. */
static const char *call_name(PluginCall call) {
        static const char *const names[_PLUGIN_CALL_MAX] = {
                [PLUGIN_CALL_LOAD] = "loading",
                [PLUGIN_CALL_INIT] = "init()",
                [PLUGIN_CALL_LEASE] = "lease()",
                [PLUGIN_CALL_RELOAD] = "reload()",
                [PLUGIN_CALL_EVENT] = "an event of its own",
                [PLUGIN_CALL_FINI] = "fini()",
        };

        return names[call];
}

static void set_fault(PluginHost *host, PluginFault fault) {
        host->call.fault = fault;
        if (host->marker)
                plugin_marker_set_fault(host->marker, fault);
}

/*
 * Runs in a signal handler. end_daemon() has set the fault already when its abort() leads here, and that
 * fault stays.
 */
static void on_crash_in_call(void) {
        if (host_in_call && host_in_call->pid == getpid() && host_in_call->call.fault == PLUGIN_FAULT_GONE)
                set_fault(host_in_call, PLUGIN_FAULT_SIGNAL);
}

/*
 * Ends the daemon, because the call has done something that the daemon cannot survive for long. At this
 * moment it is known which plugin did this. The marker stays for the next daemon.
 */
static void G_GNUC_NORETURN end_daemon(PluginHost *host, PluginFault fault, const char *what) {
        set_fault(host, fault);
        /* The plugin may have closed the descriptor of the log, so write to stderr. */
        (void) dprintf(STDERR_FILENO, "plugin %s: %s %s, which ends the daemon\n", host->call.name,
                       call_name(host->call.call), what);
        abort();
}

/*
 * Runs at exit(). If a plugin has called it, the daemon would end with success, and the service manager
 * would not start it again. So the daemon aborts.
 */
static void on_exit_in_call(void) {
        if (host_in_call && host_in_call->pid == getpid())
                end_daemon(host_in_call, PLUGIN_FAULT_EXIT, "called exit()");
}

static void watch_ends(void) {
        static bool watched = false;

        if (!watched)
                watched = atexit(on_exit_in_call) == 0;
        plugin_crash_watch(on_crash_in_call);
}

/*
 * Ends the daemon if the plugin has closed the event loop's descriptor. All epoll descriptors have the same
 * anonymous inode, so another inode there means that another file has got the number.
 */
static void check_descriptors(PluginHost *host) {
        struct stat st;

        if (host->config.event_fd <= 0)
                return;
        if (fstat(host->config.event_fd, &st) < 0 || st.st_dev != host->event.st_dev ||
            st.st_ino != host->event.st_ino)
                end_daemon(host, PLUGIN_FAULT_DESCRIPTORS, "closed the daemon's descriptors");
}

/* call_begin() and call_end() are called around everything that may run code of a plugin. */
static void call_begin(Plugin *plugin, PluginCall call) {
        PluginHost *host = plugin->host;

        host->call = (PluginDeath){ .file = plugin->file, .call = call, .fault = PLUGIN_FAULT_GONE };
        memcpy(host->call.name, plugin->name, sizeof(host->call.name));
        host->call_started = now_usec(host);
        host_in_call = host;
        if (host->marker)
                plugin_marker_set(host->marker, &host->call);
        if (plugin->loop)
                plugin_loop_refresh(plugin->loop);
}

static void call_end(Plugin *plugin) {
        PluginHost *host = plugin->host;
        uint64_t now, took;

        check_descriptors(host);
        if (plugin->loop)
                plugin_loop_arm(plugin->loop);
        if (host->marker)
                plugin_marker_clear(host->marker);
        host_in_call = NULL;

        now = now_usec(host);
        took = now - MIN(now, host->call_started);
        /* A slow fini() delays nobody, because the daemon ends. */
        if (took <= SLOW_CALL_USEC || host->call.call == PLUGIN_CALL_FINI)
                return;
        plugin->n_slow++;
        if (now < plugin->slow_until)
                return;
        host_log(host, LOG_WARNING, plugin->name,
                 "%s kept all links waiting for %" PRIu64 " ms (%u such call%s since this was said last)",
                 call_name(host->call.call), took / USEC_PER_MSEC, plugin->n_slow,
                 plugin->n_slow == 1 ? "" : "s");
        plugin->n_slow = 0;
        plugin->slow_until = now + SLOW_INTERVAL_USEC;
}

static void plugin_free(void *p) {
        Plugin *plugin = p;
        bool closed = true;

        if (plugin->module) {
                call_begin(plugin, PLUGIN_CALL_FINI);
                if (plugin->initialized && plugin->symbol->fini)
                        plugin->symbol->fini(plugin->state);
                check_descriptors(plugin->host);
                /* Sources that the plugin has not removed must not run after its code is unloaded. */
                plugin->loop = plugin_loop_free(plugin->loop);
                closed = g_module_close(plugin->module);
                call_end(plugin);
        }
        if (!closed)
                host_log(plugin->host, LOG_WARNING, plugin->name, "Cannot be unloaded: %s",
                         g_module_error());
        if (plugin->fd >= 0)
                close(plugin->fd);
        g_free(plugin);
}

static void plugin_freep(Plugin **p) {
        if (*p)
                plugin_free(*p);
}

/*
 * Stores the name of the plugin in @file, which follows from the file's name. Returns false if it is not
 * valid.
 */
static bool name_from_file(const char *file, char ret[PLUGIN_NAME_MAX + 1]) {
        const size_t len = strlen(file) - strlen(PLUGIN_SUFFIX);

        if (!plugin_name_is_valid(file, len))
                return false;
        memcpy(ret, file, len);
        ret[len] = 0;
        return true;
}

/* Returns NULL if only @owner can write to the file, otherwise what is wrong. */
static const char *check_owner(const struct stat *st, uid_t owner) {
        if (st->st_uid != owner)
                return "has a foreign owner";
        if (st->st_mode & (S_IWGRP | S_IWOTH))
                return "can be written by others than its owner";
        return NULL;
}

typedef enum Enable {
        ENABLE_NO,
        ENABLE_UNSET, /* the plugin decides (DHCPD_LINK_PLUGIN_OPT_IN) */
        ENABLE_YES,
        ENABLE_ALWAYS, /* load it even if a daemon has ended in it */
} Enable;

static Enable get_enable(const PluginHost *host, const char *name) {
        const char *value = host->config.config(host->config.userdata, name, "Enable");
        static const char *const no[] = { "no", "n", "false", "f", "off", "0" };

        if (!value)
                return ENABLE_UNSET;
        for (size_t i = 0; i < ARRAY_SIZE(no); i++)
                if (g_ascii_strcasecmp(value, no[i]) == 0)
                        return ENABLE_NO;
        return g_ascii_strcasecmp(value, "always") == 0 ? ENABLE_ALWAYS : ENABLE_YES;
}

static const char *fault_text(PluginFault fault) {
        static const char *const texts[_PLUGIN_FAULT_MAX] = {
                [PLUGIN_FAULT_GONE] = "the daemon was killed in it or it called _exit()",
                [PLUGIN_FAULT_GONE_AGAIN] =
                        "the daemon was killed in it or it called _exit(), and not for the first time",
                [PLUGIN_FAULT_SIGNAL] = "the daemon died in it",
                [PLUGIN_FAULT_EXIT] = "it called exit()",
                [PLUGIN_FAULT_DESCRIPTORS] = "it closed the daemon's descriptors",
        };

        return texts[fault];
}

/*
 * Returns false if a daemon has ended while it called this plugin, its file is still the same, and there is
 * no Enable=always. The first SIGKILL does not count: an administrator or the out-of-memory killer may have
 * sent it, and the plugin may have been called at that moment by chance.
 */
static bool may_load(PluginHost *host, const Plugin *plugin, Enable enable) {
        const PluginDeath *death =
                host->marker ? plugin_marker_find(host->marker, plugin->name, &plugin->file) : NULL;

        if (!death || death->fault == PLUGIN_FAULT_GONE)
                return true;
        if (enable != ENABLE_ALWAYS) {
                refuse(host, plugin,
                       "Not loaded, because %s (%s), until its file changes or [Plugin %s] has "
                       "Enable=always",
                       fault_text(death->fault), call_name(death->call), plugin->name);
                return false;
        }
        host_log(host, LOG_WARNING, plugin->name, "Loaded although %s (%s), because of Enable=always",
                 fault_text(death->fault), call_name(death->call));
        return true;
}

/* Returns NULL if the description of the plugin can be used, otherwise what is wrong. */
static const char *check_symbol(const DhcpdLinkPlugin *symbol, const char *name) {
        if (symbol->abi != DHCPD_LINK_PLUGIN_ABI)
                return "was built for another version of the plugin interface";
        if (symbol->struct_size < PLUGIN_SIZE_MIN)
                return "describes itself too briefly";
        if (!symbol->name || strcmp(symbol->name, name) != 0)
                return "has another name than its file";
        if (!symbol->lease)
                return "takes no leases";
        return NULL;
}

/* Loads the module by the descriptor that was checked. Returns false if the plugin was refused. */
static bool open_module(PluginHost *host, Plugin *plugin) {
        char path[sizeof("/proc/self/fd/") + 11];
        const char *problem;

        (void) snprintf(path, sizeof(path), "/proc/self/fd/%i", plugin->fd);
        call_begin(plugin, PLUGIN_CALL_LOAD);
        /*
         * Without G_MODULE_BIND_LAZY all symbols are looked up now. So a missing symbol is found here, and
         * not when it is first called.
         */
        plugin->module = g_module_open(path, G_MODULE_BIND_LOCAL);
        call_end(plugin);
        if (!plugin->module ||
            !g_module_symbol(plugin->module, "dhcpd_link_plugin", (void **) &plugin->symbol)) {
                refuse(host, plugin, "Not loaded: %s", g_module_error());
                return false;
        }
        problem = plugin->symbol ? check_symbol(plugin->symbol, plugin->name) : "has no description";
        if (problem)
                refuse(host, plugin, "The plugin %s, not loaded", problem);
        return !problem;
}

static bool is_opt_in(const DhcpdLinkPlugin *symbol) {
        return symbol->struct_size >= offsetof(DhcpdLinkPlugin, flags) + sizeof(symbol->flags) &&
                (symbol->flags & DHCPD_LINK_PLUGIN_OPT_IN);
}

static void on_own_event(void *userdata) {
        Plugin *plugin = userdata;

        call_begin(plugin, PLUGIN_CALL_EVENT);
        plugin_loop_run(plugin->loop);
        call_end(plugin);
}

static int call_init(Plugin *plugin) {
        int r;

        r = plugin_loop_new(plugin->host->config.event, on_own_event, plugin, &plugin->loop);
        if (r < 0 || !plugin->symbol->init)
                return r;
        plugin->facade.event = plugin_loop_event(plugin->loop);
        call_begin(plugin, PLUGIN_CALL_INIT);
        r = plugin->symbol->init(&plugin->facade, &plugin->state);
        call_end(plugin);
        return r;
}

static void load_one(PluginHost *host, int dir_fd, const char *file) {
        _cleanup_(plugin_freep) Plugin *plugin = g_new0(Plugin, 1);
        const char *problem;
        struct stat st;
        Enable enable;
        int r;

        plugin->facade = (DhcpdLinkHost){
                .struct_size = sizeof(DhcpdLinkHost),
                .log = facade_log,
                .config = facade_config,
                .report_dns = facade_report_dns,
                .report_unused = facade_report_unused,
                .is_tunnel = facade_is_tunnel,
                .remember = facade_remember,
                .recall = facade_recall,
        };
        plugin->host = host;
        plugin->number = host->plugins->len;
        plugin->fd = -EBADF;
        if (!name_from_file(file, plugin->name)) {
                host_log(host, LOG_WARNING, NULL, "%s: no name for a plugin, not loaded", file);
                return;
        }
        enable = get_enable(host, plugin->name);
        if (enable == ENABLE_NO) {
                host_log(host, LOG_DEBUG, plugin->name, "Disabled");
                return;
        }

        plugin->fd = openat(dir_fd, file, O_PATH | O_NOFOLLOW | O_CLOEXEC);
        if (plugin->fd < 0 || fstat(plugin->fd, &st) < 0) {
                refuse(host, plugin, "Cannot be opened, not loaded: %s", g_strerror(errno));
                return;
        }
        problem = S_ISREG(st.st_mode) ? check_owner(&st, host->config.owner) : "is no regular file";
        if (problem) {
                refuse(host, plugin, "The file %s, not loaded", problem);
                return;
        }
        plugin->file = plugin_file_of(&st);
        if (!may_load(host, plugin, enable) || !open_module(host, plugin))
                return;
        if (enable == ENABLE_UNSET && is_opt_in(plugin->symbol)) {
                host_log(host, LOG_DEBUG, plugin->name, "Not enabled");
                return;
        }
        r = call_init(plugin);
        if (r < 0) {
                refuse(host, plugin, "Cannot start, not loaded: %s", g_strerror(-r));
                return;
        }
        plugin->initialized = true;
        host_log(host, LOG_DEBUG, plugin->name, "Loaded");
        g_ptr_array_add(host->plugins, STEAL_PTR(plugin));
}

static int compare_names(const void *a, const void *b) {
        return strcmp(*(const char *const *) a, *(const char *const *) b);
}

/* Adds the names of the plugins' files to @names. Takes over @dir_fd, also on failure. */
static int list_files(int dir_fd, GPtrArray *names) {
        DIR *dir = fdopendir(dir_fd);
        struct dirent *entry;
        int r;

        if (!dir) {
                r = -errno;
                close(dir_fd);
                return r;
        }
        while ((errno = 0, entry = readdir(dir)))
                if (entry->d_name[0] != '.' && g_str_has_suffix(entry->d_name, PLUGIN_SUFFIX))
                        g_ptr_array_add(names, g_strdup(entry->d_name));
        r = -errno;
        (void) closedir(dir);
        g_ptr_array_sort(names, compare_names);
        return r;
}

/* Opens the marker. If this fails, plugins are still loaded, as if no daemon had ended in one. */
static void open_marker(PluginHost *host) {
        const PluginDeath *last;
        int r;

        if (!host->config.runtime_dir)
                return;
        r = plugin_marker_open(host->config.runtime_dir, &host->marker);
        if (r < 0) {
                host_log(host, LOG_WARNING, NULL,
                         "a plugin that ends the daemon will not be known, %s is not usable: %s",
                         host->config.runtime_dir, g_strerror(-r));
                return;
        }
        last = plugin_marker_last(host->marker);
        if (last)
                host_log(host, LOG_ERR, last->name, "The last daemon ended in %s: %s%s",
                         call_name(last->call), fault_text(last->fault),
                         last->fault == PLUGIN_FAULT_GONE ? "; not loaded any more when it happens again"
                                                          : "");
}

static int load_all(PluginHost *host) {
        g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
        const char *problem;
        struct stat st;
        int fd, r;

        fd = open(host->config.dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (fd < 0)
                return errno == ENOENT ? 0 : -errno;
        if (fstat(fd, &st) < 0) {
                r = -errno;
                close(fd);
                return r;
        }
        problem = check_owner(&st, host->config.owner);
        if (problem) {
                host_log(host, LOG_ERR, NULL, "%s %s, no plugin is loaded", host->config.dir, problem);
                close(fd);
                return -EPERM;
        }
        r = list_files(fcntl(fd, F_DUPFD_CLOEXEC, 3), names);
        if (r < 0) {
                close(fd);
                return r;
        }
        if (names->len > PLUGINS_MAX)
                host_log(host, LOG_WARNING, NULL, "%s: only the first %u plugins are loaded",
                         host->config.dir, PLUGINS_MAX);
        if (names->len > 0)
                open_marker(host);
        for (guint i = 0; i < MIN(names->len, PLUGINS_MAX); i++)
                load_one(host, fd, g_ptr_array_index(names, i));
        close(fd);
        return 0;
}

int plugin_host_new(const PluginHostConfig *config, PluginHost **ret) {
        _cleanup_(plugin_host_freep) PluginHost *host = NULL;
        int r;

        assert(config->dir && config->config && config->log);

        host = g_new0(PluginHost, 1);
        host->config = *config;
        host->runtime_dir = g_strdup(config->runtime_dir);
        host->state_dir = g_strdup(config->state_dir);
        host->pid = getpid();
        host->plugins = g_ptr_array_new();
        host->refused = g_array_new(FALSE, FALSE, sizeof(Refused));
        g_array_set_clear_func(host->refused, refused_clear);
        if (config->event_fd > 0 && fstat(config->event_fd, &host->event) < 0)
                return -errno;
        watch_ends();
        r = load_all(host);
        /* These were only needed for loading. The caller may free them. */
        host->config.dir = host->config.runtime_dir = host->config.state_dir = NULL;
        if (r < 0)
                return r;
        *ret = STEAL_PTR(host);
        return 0;
}

PluginHost *plugin_host_free(PluginHost *host) {
        if (!host)
                return NULL;
        while (host->plugins->len > 0)
                plugin_free(g_ptr_array_steal_index(host->plugins, host->plugins->len - 1));
        g_ptr_array_free(host->plugins, /* free_segment= */ TRUE);
        g_array_unref(host->refused);
        (void) plugin_marker_free(host->marker);
        g_free(host->runtime_dir);
        g_free(host->state_dir);
        g_free(host);
        return NULL;
}

unsigned plugin_host_n_plugins(const PluginHost *host) {
        return host->plugins->len;
}

void plugin_host_foreach_loaded(const PluginHost *host, PluginRefusedFunc func, void *userdata) {
        for (guint i = 0; i < host->plugins->len; i++)
                func(userdata, ((const Plugin *) host->plugins->pdata[i])->name, NULL);
}

void plugin_host_foreach_refused(const PluginHost *host, PluginRefusedFunc func, void *userdata) {
        for (guint i = 0; i < host->refused->len; i++) {
                const Refused *refused = &g_array_index(host->refused, Refused, i);

                func(userdata, refused->name, refused->reason);
        }
}

void plugin_host_lease(PluginHost *host, DhcpdLinkEvent event, const DhcpdLinkLease *lease) {
        for (guint i = 0; i < host->plugins->len; i++) {
                Plugin *plugin = g_ptr_array_index(host->plugins, i);

                call_begin(plugin, PLUGIN_CALL_LEASE);
                plugin->symbol->lease(plugin->state, event, lease);
                call_end(plugin);
        }
}

void plugin_host_reload(PluginHost *host) {
        for (guint i = 0; i < host->plugins->len; i++) {
                Plugin *plugin = g_ptr_array_index(host->plugins, i);

                if (!plugin->symbol->reload)
                        continue;
                call_begin(plugin, PLUGIN_CALL_RELOAD);
                plugin->symbol->reload(plugin->state);
                call_end(plugin);
        }
}
