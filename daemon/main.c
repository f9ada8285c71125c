/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * dhcpd-linkd: arguments, signals, the service manager, and the wiring of the pieces; then the loop.
 *
 * The order matters: the start of this process is part of the time until a link has an address. So what the
 * first DISCOVER does not need (D-Bus, plugins) starts after the first lease, or after a moment without one.
 */
#include <errno.h>
#include <getopt.h>
#include <glib.h>
#include <linux/capability.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <systemd/sd-daemon.h>
#include <systemd/sd-event.h>
#include <time.h>
#include <unistd.h>

#include "base/macro.h"
#include "config.h"
#include "config/config.h"
#include "dbus/server/bus.h"
#include "io/hostname-watch.h"
#include "io/lock-file.h"
#include "io/log.h"
#include "main-import.h"
#include "manager/manager.h"
#include "plugin/observer.h"
#include "store/deaths.h"
#include "store/lease-store.h"

/* D-Bus and plugins start this long after the first DISCOVER at the latest. */
#define LATE_START_USEC  (50 * USEC_PER_MSEC)
#define IDLE_CHECK_USEC  (1 * USEC_PER_SEC)
#define IDLE_SEC_DEFAULT 30u

#define NEEDED_CAPABILITIES \
        (UINT64_C(1) << CAP_NET_ADMIN | UINT64_C(1) << CAP_NET_RAW | UINT64_C(1) << CAP_NET_BIND_SERVICE)

static const char *arg_state_dir = "/var/lib/dhcpd-link";
static const char *arg_runtime_dir = "/run/dhcpd-link";
static const char *arg_config_dir = NULL;
static const char *arg_plugin_dir = PLUGINDIR;
static GPtrArray *arg_links = NULL;
static int arg_log_level = LOG_INFO;
static unsigned arg_idle_sec = IDLE_SEC_DEFAULT;
static bool arg_bus = true;
static bool arg_apply = true;
static char **arg_import = NULL; /* names of links, up to NULL; NULL: --import-identity was not given */

typedef struct Daemon {
        sd_event *event;
        Manager *manager;
        LeaseStore *store;
        Config *config;
        Bus *bus;
        PluginObserver *plugins;
        HostnameWatch *hostname;
        sd_event_source *late, *status, *idle;
        char *status_text;              /* the last STATUS= that was sent to the service manager */
        int listen_fd;                  /* from the service manager; -1: none, or taken by the bus */
        int runtime_error, state_error; /* negative errno: why the folder cannot be used; 0: it can */
        bool activated;                 /* started by the service manager's socket; exits when idle */
        bool stopping;
        usec_t idle_since; /* USEC_INFINITY: not idle */
        int lock_fd;
} Daemon;

static int help(void) {
        printf("dhcpd-linkd [--link=NAME|GLOB ...] [OPTION ...]\n"
               "dhcpd-linkd --import-identity [--state-dir=DIR] NAME...\n\n"
               "DHCP client daemon: obtains leases, applies them, publishes them on D-Bus.\n\n"
               "  --link=NAME          manage this link until the daemon ends; a glob manages all "
               "that match\n"
               "  --no-apply           put nothing of the leases on the links, only publish them; as "
               "Apply=no for all\n"
               "  --state-dir=DIR      leases over boots (default: /var/lib/dhcpd-link)\n"
               "  --runtime-dir=DIR    leases of this boot and the private socket (default: "
               "/run/dhcpd-link)\n"
               "  --config-dir=DIR     read configuration from here alone, instead of\n"
               "                       %s, /run/dhcpd-link and /etc/dhcpd-link\n"
               "  --plugin-dir=DIR     load plugins from here (default: %s); empty: none\n"
               "  --no-bus             stay off the system bus; the private socket is served all the same\n"
               "  --idle-sec=SEC       when started by socket activation: exit after so long without "
               "links and clients\n"
               "  --import-identity    do no more than look up as whom another DHCP client spoke on "
               "these links, and keep that for\n"
               "                       ImportIdentity=; as root, since most of these files are for "
               "root alone\n"
               "  --log-level=LEVEL    error, warning, info or debug\n"
               "  --help, --version\n\n"
               "See dhcpd-linkd(8), dhcpd-linkctl(1) and dhcpd-link.conf(5).\n",
               VENDOR_CONFIG_DIR, PLUGINDIR);
        return 0;
}

static int parse_log_level(const char *text) {
        static const struct {
                const char *name;
                int level;
        } levels[] = {
                { "error", LOG_ERR },
                { "warning", LOG_WARNING },
                { "info", LOG_INFO },
                { "debug", LOG_DEBUG },
        };

        for (size_t i = 0; i < ARRAY_SIZE(levels); i++)
                if (strcmp(text, levels[i].name) == 0)
                        return levels[i].level;
        return -EINVAL;
}

/* Returns 0 to go on, 1 if everything is done, or a negative errno for a usage error, which was printed. */
static int parse_argv(int argc, char *argv[]) {
        enum {
                ARG_LINK = 0x100,
                ARG_NO_APPLY,
                ARG_STATE_DIR,
                ARG_RUNTIME_DIR,
                ARG_CONFIG_DIR,
                ARG_PLUGIN_DIR,
                ARG_NO_BUS,
                ARG_IDLE_SEC,
                ARG_IMPORT_IDENTITY,
                ARG_LOG_LEVEL
        };
        static const struct option options[] = {
                { "link", required_argument, NULL, ARG_LINK },
                { "no-apply", no_argument, NULL, ARG_NO_APPLY },
                { "state-dir", required_argument, NULL, ARG_STATE_DIR },
                { "runtime-dir", required_argument, NULL, ARG_RUNTIME_DIR },
                { "config-dir", required_argument, NULL, ARG_CONFIG_DIR },
                { "plugin-dir", required_argument, NULL, ARG_PLUGIN_DIR },
                { "no-bus", no_argument, NULL, ARG_NO_BUS },
                { "idle-sec", required_argument, NULL, ARG_IDLE_SEC },
                { "import-identity", no_argument, NULL, ARG_IMPORT_IDENTITY },
                { "log-level", required_argument, NULL, ARG_LOG_LEVEL },
                { "help", no_argument, NULL, 'h' },
                { "version", no_argument, NULL, 'V' },
                {},
        };
        bool import = false;
        char *end;
        int c;

        while ((c = getopt_long(argc, argv, "h", options, NULL)) >= 0)
                switch (c) {
                case ARG_LINK:
                        g_ptr_array_add(arg_links, optarg);
                        break;
                case ARG_NO_APPLY:
                        arg_apply = false;
                        break;
                case ARG_STATE_DIR:
                        arg_state_dir = optarg;
                        break;
                case ARG_RUNTIME_DIR:
                        arg_runtime_dir = optarg;
                        break;
                case ARG_CONFIG_DIR:
                        arg_config_dir = optarg;
                        break;
                case ARG_PLUGIN_DIR:
                        arg_plugin_dir = optarg;
                        break;
                case ARG_NO_BUS:
                        arg_bus = false;
                        break;
                case ARG_IDLE_SEC:
                        errno = 0;
                        arg_idle_sec = (unsigned) strtoul(optarg, &end, 10);
                        if (errno != 0 || *end || end == optarg) {
                                fprintf(stderr, "dhcpd-linkd: --idle-sec=%s: not a number of seconds\n",
                                        optarg);
                                return -EINVAL;
                        }
                        break;
                case ARG_IMPORT_IDENTITY:
                        import = true;
                        break;
                case ARG_LOG_LEVEL:
                        arg_log_level = parse_log_level(optarg);
                        if (arg_log_level < 0) {
                                fprintf(stderr,
                                        "dhcpd-linkd: --log-level=%s: not one of error, warning, "
                                        "info, debug\n",
                                        optarg);
                                return -EINVAL;
                        }
                        break;
                case 'h':
                        (void) help();
                        return 1;
                case 'V':
                        printf("dhcpd-link %s\n", PROJECT_VERSION);
                        return 1;
                default:
                        return -EINVAL;
                }
        if (import) {
                if (optind == argc || arg_links->len > 0) {
                        fprintf(stderr,
                                "dhcpd-linkd: --import-identity: which links? Their names come behind it\n");
                        return -EINVAL;
                }
                arg_import = argv + optind;
        } else if (optind < argc) {
                fprintf(stderr, "dhcpd-linkd: %s: unexpected argument, links are named with --link=\n",
                        argv[optind]);
                return -EINVAL;
        }
        return 0;
}

/*
 * Returns true if the process has the capabilities that it needs. One error now is clearer than three later.
 */
static bool may_configure_network(void) {
        struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
        struct __user_cap_data_struct data[2] = {};
        uint64_t effective;

        if (syscall(SYS_capget, &header, data) < 0)
                return true; /* not known; the kernel refuses later if it has to */
        effective = data[0].effective | (uint64_t) data[1].effective << 32;
        return (effective & NEEDED_CAPABILITIES) == NEEDED_CAPABILITIES;
}

static void raise_file_limit(void) {
        struct rlimit limit;

        /* Each renewing link and each holder has a socket of its own. */
        if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
                return;
        limit.rlim_cur = limit.rlim_max;
        (void) setrlimit(RLIMIT_NOFILE, &limit);
}

/*
 * Makes sure that only one daemon uses the runtime folder, because two would each think that the leases of
 * the other are their own. Returns -EBUSY if another daemon has the lock. After any other failure the daemon
 * runs without a lock.
 */
static int take_lock(Daemon *daemon) {
        g_autofree char *path = g_build_filename(arg_runtime_dir, "lock", NULL);

        (void) g_mkdir_with_parents(arg_runtime_dir, 0755);
        daemon->lock_fd = lock_file_take(path);
        return daemon->lock_fd == -EBUSY ? -EBUSY : 0;
}

static usec_t boottime_now(void) {
        struct timespec ts;

        (void) clock_gettime(CLOCK_BOOTTIME, &ts);
        return (usec_t) ts.tv_sec * USEC_PER_SEC + (usec_t) ts.tv_nsec / 1000;
}

/*
 * Waits if earlier daemons have died, longer the more of them died in a row. Only needed under a service
 * manager, which restarts what died. Signals still have their default effect, so the daemon can be stopped
 * at once.
 */
static void wait_for_deaths(const Daemon *daemon) {
        struct timespec until;
        usec_t begin_at;
        unsigned deaths;

        if (daemon->lock_fd < 0 || !getenv("NOTIFY_SOCKET"))
                return;
        deaths = deaths_take(daemon->lock_fd, boottime_now(), &begin_at);
        until.tv_sec = (time_t) (begin_at / USEC_PER_SEC);
        until.tv_nsec = (long) (begin_at % USEC_PER_SEC) * 1000;
        if (begin_at > boottime_now()) {
                const unsigned long long msec = usec_sub(begin_at, boottime_now()) / USEC_PER_MSEC;

                log_warning("Died %u times in a row, trying again in %llu.%llu s", deaths, msec / 1000,
                            msec % 1000 / 100);
                (void) sd_notifyf(0, "STATUS=Died %u times in a row, waiting %llu s before the next try",
                                  deaths, (msec + 999) / 1000);
        }
        while (clock_nanosleep(CLOCK_BOOTTIME, TIMER_ABSTIME, &until, NULL) == EINTR)
                ;
        deaths_note_start(daemon->lock_fd, deaths, boottime_now());
}

static void on_config_problem(void *userdata, const char *file, unsigned line, const char *group,
                              const char *key, const char *what) {
        char where[32] = "";

        if (line > 0)
                (void) snprintf(where, sizeof(where), ":%u", line);
        log_warning("%s%s: %s%s%s%s%s%s", file ?: "configuration", where, group ? "[" : "", group ?: "",
                    group ? "] " : "", key ?: "", key ? ": " : "", what);
}

static int load_config(Config **ret) {
        static const char runtime_dir[] = "/run/dhcpd-link";
        const char *const system_dirs[] = { VENDOR_CONFIG_DIR, runtime_dir, "/etc/dhcpd-link", NULL };
        const char *const one_dir[] = { arg_config_dir, NULL };

        if (arg_config_dir)
                return config_load(one_dir, NULL, on_config_problem, NULL, ret);
        return config_load(system_dirs, runtime_dir, on_config_problem, NULL, ret);
}

static void start_plugins(Daemon *daemon) {
        static const char *const system_dirs[] = { VENDOR_CONFIG_DIR "/hooks.d", "/run/dhcpd-link/hooks.d",
                                                   "/etc/dhcpd-link/hooks.d", NULL };
        g_autofree char *dir = arg_config_dir ? g_build_filename(arg_config_dir, "hooks.d", NULL) : NULL;
        const char *const one_dir[] = { dir, NULL };

        daemon->plugins = plugin_observer_new(daemon->manager, daemon->event, daemon->config, arg_plugin_dir,
                                              arg_runtime_dir, arg_state_dir, dir ? one_dir : system_dirs);
}

static int reload(void *userdata) {
        Daemon *daemon = userdata;
        Config *config;
        int r;

        (void) sd_notify(0, "RELOADING=1");
        r = load_config(&config);
        if (r < 0)
                log_error("Cannot load the configuration, the one in force stays: %s", strerror(-r));
        else {
                r = manager_reload(daemon->manager, config);
                if (daemon->plugins)
                        plugin_observer_set_config(daemon->plugins, config);
                (void) config_unref(daemon->config);
                daemon->config = config;
                log_info("Configuration loaded again");
        }
        (void) sd_notify(0, "READY=1");
        return r;
}

static void on_hostname(void *userdata) {
        Daemon *daemon = userdata;
        Config *config;
        int r;

        if (!config_rename_host(daemon->config, on_config_problem, NULL, &config))
                return;
        r = manager_rename_host(daemon->manager, config);
        if (r < 0)
                log_warning("Cannot tell servers the new name of this host: %s", strerror(-r));
        if (daemon->plugins)
                plugin_observer_set_config(daemon->plugins, config);
        (void) config_unref(daemon->config);
        daemon->config = config;
}

static void watch_hostname(Daemon *daemon) {
        const int r = hostname_watch_new(daemon->event, NULL, on_hostname, daemon, &daemon->hostname);

        if (r < 0)
                log_debug("Changes of the host's name go unnoticed: %s", strerror(-r));
        /* It may have changed since the configuration was loaded. */
        on_hostname(daemon);
}

static void foreach_plugin(void *userdata, BusPluginFunc func, void *func_userdata) {
        const Daemon *daemon = userdata;

        if (daemon->plugins)
                plugin_observer_foreach(daemon->plugins, func, func_userdata);
}

/* Folders that cannot be used, as found when the store was opened. */
static void tell_folders(Daemon *daemon) {
        g_autofree char *runtime = g_strdup_printf("%s is not usable: %s", arg_runtime_dir,
                                                   strerror(-daemon->runtime_error)),
                        *state = g_strdup_printf("%s is not usable, no lease is remembered over a boot: %s",
                                                 arg_state_dir, strerror(-daemon->state_error));

        if (daemon->runtime_error < 0)
                bus_set_problem(daemon->bus, "runtime-folder", runtime);
        if (daemon->state_error < 0)
                bus_set_problem(daemon->bus, "state-folder", state);
}

/* Starts everything that the first DISCOVER does not need. */
static void start_rest(Daemon *daemon) {
        g_autofree char *path = g_build_filename(arg_runtime_dir, "private", NULL);
        int r;

        if (daemon->bus)
                return;
        if (!daemon->hostname)
                watch_hostname(daemon);
        r = bus_new(daemon->event, daemon->manager, &daemon->bus);
        if (r < 0) {
                log_error("Cannot serve D-Bus: %s", strerror(-r));
                return;
        }
        bus_set_reload(daemon->bus, reload, daemon);
        bus_set_plugins(daemon->bus, foreach_plugin, daemon);
        tell_folders(daemon);

        r = daemon->listen_fd >= 0 ? bus_listen(daemon->bus, daemon->listen_fd)
                                   : bus_listen_path(daemon->bus, path);
        if (r < 0)
                log_warning("No private socket at %s, trying again: %s", path, strerror(-r));
        daemon->listen_fd = -1;

        if (arg_bus) {
                r = bus_connect_system(daemon->bus);
                if (r < 0)
                        log_warning("Not on the system bus: %s", strerror(-r));
        }

        if (arg_plugin_dir[0] != '\0')
                start_plugins(daemon);
}

static int on_late(sd_event_source *source, uint64_t usec, void *userdata) {
        start_rest(userdata);
        return 0;
}

/* What STATUS= says about the links. */
typedef struct Summary {
        unsigned n_bound;
        const ManagedLink *searching; /* the first that searches for a lease in vain; NULL: none does */
        char *search;
} Summary;

static int add_to_summary(ManagedLink *link, void *userdata) {
        Summary *summary = userdata;

        if (managed_link_source(link))
                summary->n_bound++;
        else if (!summary->search) {
                summary->search = managed_link_describe_search(link);
                summary->searching = link;
        }
        return 0;
}

/* Sends STATUS= to the service manager if its text has changed. */
static int on_status(sd_event_source *source, void *userdata) {
        Daemon *daemon = userdata;
        const unsigned n = manager_n_links(daemon->manager);
        Summary summary = {};
        char *text;

        (void) manager_foreach(daemon->manager, add_to_summary, &summary);
        text = g_strdup_printf("%u link%s managed, %u with a lease%s%s%s%s", n, n == 1 ? "" : "s",
                               summary.n_bound, summary.search ? "; " : "",
                               summary.search ? managed_link_ifname(summary.searching) : "",
                               summary.search ? ": " : "", summary.search ?: "");
        g_free(summary.search);
        if (g_strcmp0(text, daemon->status_text) != 0)
                (void) sd_notifyf(0, "STATUS=%s", text);
        g_free(daemon->status_text);
        daemon->status_text = text;
        return 0;
}

static void mark_status(Daemon *daemon) {
        if (daemon->status)
                (void) sd_event_source_set_enabled(daemon->status, SD_EVENT_ONESHOT);
}

static void on_link_added(void *userdata, ManagedLink *link) {
        mark_status(userdata);
}

static void on_link_removed(void *userdata, ManagedLink *link) {
        mark_status(userdata);
}

static void on_link_properties(void *userdata, ManagedLink *link) {
        mark_status(userdata);
}

static void on_link_notice(void *userdata, ManagedLink *link, LinkSource source, LinkNotice notice,
                           const Dhcp4Source *old, const Dhcp4Source *new) {
        Daemon *daemon = userdata;

        mark_status(daemon);
        /* There is a lease, so everything else can start when this turn is over. */
        if (daemon->late && !daemon->bus)
                (void) sd_event_source_set_time(daemon->late, 0);
}

static const ManagerObserver status_observer = {
        .link_added = on_link_added,
        .link_removed = on_link_removed,
        .link_notice = on_link_notice,
        .link_properties = on_link_properties,
};

/* Ends the loop when the stopping daemon has no link left that is being stopped. */
static int on_post(sd_event_source *source, void *userdata) {
        Daemon *daemon = userdata;

        if (daemon->stopping && manager_is_quiet(daemon->manager))
                (void) sd_event_exit(daemon->event, 0);
        return 0;
}

static int on_terminate(sd_event_source *source, const struct signalfd_siginfo *info, void *userdata) {
        Daemon *daemon = userdata;

        /* A second signal ends the daemon at once. */
        if (daemon->stopping)
                return sd_event_exit(daemon->event, 0);
        daemon->stopping = true;
        (void) sd_notify(0, "STOPPING=1");
        /*
         * Only the links of the command line are stopped. What holders claimed stays on the links for the
         * next daemon.
         */
        manager_unclaim_owner(daemon->manager, manager_owner_command_line, /* release= */ -1);
        if (manager_is_quiet(daemon->manager))
                return sd_event_exit(daemon->event, 0);
        return 0;
}

static int on_reload(sd_event_source *source, const struct signalfd_siginfo *info, void *userdata) {
        (void) reload(userdata);
        return 0;
}

static int on_idle(sd_event_source *source, uint64_t usec, void *userdata) {
        Daemon *daemon = userdata;
        const usec_t now = manager_now(daemon->manager);

        if (manager_has_orphans(daemon->manager) || manager_n_claims(daemon->manager) > 0 ||
            manager_n_links(daemon->manager) > 0 ||
            (daemon->bus && (bus_n_clients(daemon->bus) > 0 || bus_made_socket(daemon->bus))))
                daemon->idle_since = USEC_INFINITY;
        else if (daemon->idle_since == USEC_INFINITY)
                daemon->idle_since = now;
        else if (usec_sub(now,
                          MAX(daemon->idle_since, daemon->bus ? bus_last_request_at(daemon->bus) : 0)) >=
                 arg_idle_sec * USEC_PER_SEC) {
                log_debug("Idle, exiting; the socket starts us again");
                (void) sd_notify(0, "STOPPING=1");
                return sd_event_exit(daemon->event, 0);
        }
        (void) sd_event_source_set_time(source, usec_add(now, IDLE_CHECK_USEC));
        return sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
}

static int set_up_loop(Daemon *daemon) {
        static const int terminators[] = { SIGTERM, SIGINT };
        sigset_t mask;
        int r;

        (void) sigemptyset(&mask);
        (void) sigaddset(&mask, SIGTERM);
        (void) sigaddset(&mask, SIGINT);
        (void) sigaddset(&mask, SIGHUP);
        (void) sigprocmask(SIG_BLOCK, &mask, NULL);
        (void) signal(SIGPIPE, SIG_IGN);
        /* a file that may not grow gives EFBIG instead of ending the daemon */
        (void) signal(SIGXFSZ, SIG_IGN);

        r = sd_event_new(&daemon->event);
        if (r < 0)
                return r;
        for (size_t i = 0; i < ARRAY_SIZE(terminators); i++) {
                r = sd_event_add_signal(daemon->event, NULL, terminators[i], on_terminate, daemon);
                if (r < 0)
                        return r;
        }
        r = sd_event_add_signal(daemon->event, NULL, SIGHUP, on_reload, daemon);
        if (r < 0)
                return r;
        r = sd_event_add_post(daemon->event, NULL, on_post, daemon);
        if (r < 0)
                return r;
        r = sd_event_set_watchdog(daemon->event, true);
        return r < 0 ? r : 0;
}

/*
 * Opens the lease store. A folder that cannot be used is only logged: the daemon also works without saved
 * leases.
 */
static void open_store(Daemon *daemon) {
        int r, runtime = 0, state = 0;

        r = lease_store_new(arg_runtime_dir, arg_state_dir, &daemon->store, &runtime, &state);
        if (r < 0) {
                log_warning("Leases are not saved: %s", strerror(-r));
                daemon->runtime_error = daemon->state_error = r;
                return;
        }
        daemon->runtime_error = runtime;
        daemon->state_error = state;
        if (runtime < 0)
                log_warning("%s is not usable, what is on the links is recorded in %s alone: %s",
                            arg_runtime_dir, arg_state_dir, strerror(-runtime));
        if (state < 0)
                log_warning("%s is not usable, no lease is remembered over a boot: %s", arg_state_dir,
                            strerror(-state));
}

static int start(Daemon *daemon) {
        int r;

        r = load_config(&daemon->config);
        if (r < 0) {
                log_error("Cannot load the configuration: %s", strerror(-r));
                return r;
        }
        open_store(daemon);

        r = manager_new_linux(daemon->event, daemon->config, daemon->store, &daemon->manager);
        if (r < 0) {
                log_error("Cannot talk to the kernel: %s", strerror(-r));
                return r;
        }
        if (!arg_apply)
                manager_set_lease_only(daemon->manager);
        manager_add_observer(daemon->manager, &status_observer, daemon);
        for (guint i = 0; i < arg_links->len; i++) {
                const char *name = g_ptr_array_index(arg_links, i);

                if (manager_claim(daemon->manager, name, manager_owner_command_line, /* apply= */ true) !=
                    0) {
                        log_error("--link=%s: no interface can have that name", name);
                        return -EINVAL;
                }
        }
        r = manager_start(daemon->manager);
        if (r < 0) {
                log_error("Cannot read the kernel's links: %s", strerror(-r));
                return r;
        }
        for (guint i = 0; i < arg_links->len; i++) {
                const char *name = g_ptr_array_index(arg_links, i);

                if (!manager_is_known(daemon->manager, name))
                        log_warning("%s: no such link yet, waiting for it to appear", name);
        }
        return 0;
}

static int run(Daemon *daemon) {
        int r;

        /*
         * If there are links, the rest starts after the first lease. Otherwise it starts at once, to serve
         * clients.
         */
        r = sd_event_add_time_relative(daemon->event, &daemon->late, CLOCK_BOOTTIME, LATE_START_USEC,
                                       USEC_PER_MSEC, on_late, daemon);
        if (r < 0)
                return r;
        if (manager_n_links(daemon->manager) == 0)
                start_rest(daemon);

        if (getenv("NOTIFY_SOCKET")) {
                r = sd_event_add_defer(daemon->event, &daemon->status, on_status, daemon);
                if (r < 0)
                        return r;
                (void) sd_event_source_set_priority(daemon->status, SD_EVENT_PRIORITY_IDLE);
                (void) sd_notify(0, "READY=1");
        }
        if (daemon->activated) {
                r = sd_event_add_time_relative(daemon->event, &daemon->idle, CLOCK_BOOTTIME, IDLE_CHECK_USEC,
                                               IDLE_CHECK_USEC, on_idle, daemon);
                if (r < 0)
                        return r;
        }
        return sd_event_loop(daemon->event);
}

static void daemon_clear(Daemon *daemon) {
        daemon->hostname = hostname_watch_free(daemon->hostname);
        daemon->plugins = plugin_observer_free(daemon->plugins);
        daemon->bus = bus_free(daemon->bus);
        daemon->manager = manager_free(daemon->manager);
        daemon->store = lease_store_free(daemon->store);
        daemon->config = config_unref(daemon->config);
        daemon->late = sd_event_source_disable_unref(daemon->late);
        daemon->status = sd_event_source_disable_unref(daemon->status);
        daemon->idle = sd_event_source_disable_unref(daemon->idle);
        g_free(daemon->status_text);
        daemon->event = sd_event_unref(daemon->event);
        if (daemon->lock_fd >= 0)
                (void) close(daemon->lock_fd);
}

int main(int argc, char *argv[]) {
        Daemon daemon = { .listen_fd = -1, .lock_fd = -1, .idle_since = USEC_INFINITY };
        int r, n;

        arg_links = g_ptr_array_new();
        r = parse_argv(argc, argv);
        if (r != 0)
                return r < 0 ? 2 : 0;
        log_open(arg_log_level);
        if (arg_import)
                return main_import_identities(arg_state_dir, arg_import) < 0 ? EXIT_FAILURE : EXIT_SUCCESS;

        if (!may_configure_network()) {
                log_error("Not permitted: CAP_NET_ADMIN, CAP_NET_RAW and CAP_NET_BIND_SERVICE are "
                          "needed (run as root, or "
                          "by dhcpd-link.service)");
                return EXIT_FAILURE;
        }
        raise_file_limit();

        n = sd_listen_fds(/* unset_environment= */ true);
        if (n > 0) {
                daemon.listen_fd = SD_LISTEN_FDS_START;
                daemon.activated = arg_links->len == 0;
        }

        if (take_lock(&daemon) < 0) {
                log_error("Another dhcpd-linkd runs with %s; a second one needs its own --runtime-dir= "
                          "and --state-dir=",
                          arg_runtime_dir);
                return EXIT_FAILURE;
        }
        wait_for_deaths(&daemon);

        r = set_up_loop(&daemon);
        if (r < 0)
                log_error("Cannot set up the event loop: %s", strerror(-r));
        else {
                r = start(&daemon);
                if (r >= 0)
                        r = run(&daemon);
        }
        if (r >= 0 && daemon.lock_fd >= 0)
                deaths_forget(daemon.lock_fd);
        daemon_clear(&daemon);
        g_ptr_array_unref(arg_links);
        return r < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
