/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The runner of hooks (contract: plugin/hooks/runner.h).
 *
 *   watch ──event──> queue ──begin──> Job: one event of one link
 *                      ^               │  for each hook, in the order of names:
 *                      │               │  fit the event to what the hook was told last (reason.h),
 *                      │               │  run the hook, and record what it was told
 *                      └──────end──────┘
 *
 * The hooks and their settings are looked up for every event, so nothing has to be reloaded.
 */
#include "plugin/hooks/runner.h"

#include <errno.h>
#include <glib.h>
#include <net/if.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/macro.h"
#include "base/usec.h"
#include "config/config.h"
#include "io/log.h"
#include "plugin/hooks/files.h"
#include "plugin/hooks/process.h"
#include "plugin/hooks/queue.h"
#include "plugin/hooks/reason.h"
#include "plugin/hooks/state-file.h"
#include "plugin/hooks/stored-lease.h"
#include "plugin/hooks/told.h"
#include "plugin/hooks/watch.h"

#define CONTRACTS ((size_t) HOOK_CONTRACT_NONE + 1)

struct HookRunner {
        const HookRunnerOptions *options;
        sd_event *event;
        sd_event_source *dispatch; /* begins waiting events, from the loop and not from a handler */
        HookWatch *watch;
        HookQueues *queues;
        HookTold *told;
        HookState *state;
        GHashTable *jobs;    /* ifindex -> Job, owned */
        GHashTable *links;   /* ifindex -> HookSettings, owned: the settings at the last event */
        GHashTable *omitted; /* "IFINDEX.CONTRACT" -> what was left out, as it was logged last */
        char *refused;       /* the files that are no hooks, as they were logged last */
        uint64_t serial;
};

/* One event of a link, for which hooks run. */
typedef struct Job {
        HookRunner *runner;
        int ifindex;
        const HookQueued *queued;
        HookFiles *files;
        Config *config;
        guint next; /* index of the next file */
        HookProcess *process;
        /* of the hook that runs */
        const char *hook;
        HookReason reason;
} Job;

static void job_free(gpointer p) {
        Job *job = p;

        (void) hook_process_free(job->process);
        (void) hook_files_free(job->files);
        (void) config_unref(job->config);
        g_free(job);
}

/* Files */

/* Problems of the files are ignored here, because the daemon reads the same files and logs them. */
static void ignore_problem(void *userdata, const char *file, unsigned line, const char *group,
                           const char *key, const char *what) {
}

static int load_config(const HookRunnerOptions *options, Config **ret) {
        return config_load(options->config_dirs, options->config_runtime_dir, ignore_problem, NULL, ret);
}

static void log_refused(const HookFiles *files) {
        for (guint i = 0; i < files->refused->len; i++)
                log_warning("Not a hook: %s", (const char *) g_ptr_array_index(files->refused, i));
}

/* Logs which files are no hooks, if this has changed since it was logged last. */
static void note_refused(HookRunner *runner, const HookFiles *files) {
        g_autoptr(GString) text = g_string_new(NULL);

        for (guint i = 0; i < files->refused->len; i++)
                g_string_append_printf(text, "%s\n", (const char *) g_ptr_array_index(files->refused, i));
        if (g_strcmp0(runner->refused, text->str) == 0)
                return;
        log_refused(files);
        g_free(runner->refused);
        runner->refused = g_strdup(text->str);
}

unsigned hook_runner_count_hooks(const HookRunnerOptions *options) {
        _cleanup_(hook_files_freep) HookFiles *files = hook_files_new(options->hook_dirs, options->owner);
        _cleanup_(config_unrefp) Config *config = NULL;
        unsigned n = 0;

        log_refused(files);
        if (load_config(options, &config) < 0)
                return files->files->len;
        for (guint i = 0; i < files->files->len; i++) {
                const HookFile *file = g_ptr_array_index(files->files, i);

                n += config_hook(config, file->name)->enable;
        }
        return n;
}

/* One hook */

/* Logs what is left out of the environment, if this has changed since it was logged last. */
static void note_omitted(const Job *job, HookContract contract, const HookEnvironment *environment) {
        g_autofree char *key = g_strdup_printf("%d.%s", job->ifindex, hook_contract_to_string(contract)),
                        *text = g_strjoinv("\n", environment->omitted);
        GHashTable *omitted = job->runner->omitted;

        if (g_strcmp0(g_hash_table_lookup(omitted, key), text) == 0)
                return;
        for (char **line = environment->omitted; *line; line++)
                log_link_full(LOG_NOTICE, job->queued->ifname, NULL, 0,
                              "hooks of contract %s are not given %s", hook_contract_to_string(contract),
                              *line);
        (void) g_hash_table_replace(omitted, g_steal_pointer(&key), g_steal_pointer(&text));
}

static void forget_omitted(const HookRunner *runner, int ifindex) {
        for (size_t i = 0; i < CONTRACTS; i++) {
                g_autofree char *key =
                        g_strdup_printf("%d.%s", ifindex, hook_contract_to_string((HookContract) i));

                (void) g_hash_table_remove(runner->omitted, key);
        }
}

static void on_done(void *userdata, HookProcess *process, const HookEnd *end);

static void start(Job *job, const HookFile *file, const ConfigHook *settings, const HookEvent *event) {
        _cleanup_(hook_environment_freep) HookEnvironment *environment = NULL;
        HookContract contract = HOOK_CONTRACT_JSON;
        HookCall call = {
                .hook = file->name,
                .ifname = event->ifname,
                .path = file->path,
                .ifindex = job->ifindex,
                .serial = job->runner->serial++,
                .settings = settings,
                .as_unit = job->runner->options->units,
                .owner = job->runner->options->unit,
        };
        const char *name = settings->contract ?: file->contract;

        if (name)
                (void) hook_contract_from_string(name, &contract);
        environment = hook_environment_new(contract, event);
        g_assert(environment); /* an event of a link without a safe name does not get here */
        note_omitted(job, contract, environment);
        call.environment = environment;
        job->hook = file->name;
        job->reason = event->reason;
        log_hook(LOG_DEBUG, event->ifname, file->name, "%s", hook_reason_to_string(event->reason));
        hook_state_begin(job->runner->state, job->ifindex, file->name, event->reason);
        job->process = hook_process_new(job->runner->event, &call, on_done, job);
}

/*
 * Returns true if the settings give the hook rights. A program that the daemon's user could exchange must
 * not have any (plugin/hooks/files.h).
 */
static bool has_rights(const ConfigHook *settings) {
        return settings->trusted || settings->user || settings->capabilities != 0 ||
                settings->writable_paths[0];
}

static void refuse_rights(const Job *job, const HookFile *file, HookReason reason) {
        static const char text[] = "not run: another user can put a program in its place, so it may have "
                                   "no rights by [Hook]; move it to a folder below root's alone";

        log_hook(LOG_WARNING, job->queued->ifname, file->name, "%s", text);
        hook_state_begin(job->runner->state, job->ifindex, file->name, reason);
        hook_state_end(job->runner->state, job->ifindex, file->name, text);
}

/* Runs the hook for the event. Returns false if there is nothing to tell the hook. */
static bool tell(Job *job, const HookFile *file) {
        const HookRunner *runner = job->runner;
        const ConfigHook *settings = config_hook(job->config, file->name);
        const HookSettings *link = g_hash_table_lookup(runner->links, GINT_TO_POINTER(job->ifindex));
        g_autoptr(GBytes) told = hook_told_get(runner->told, job->ifindex, file->name);
        _cleanup_(hook_stored_lease_freep) HookStoredLease *old_lease = NULL, *new_lease = NULL;
        HookEvent event = { .ifname = job->queued->ifname, .pid = (uint32_t) getpid() };

        if (!settings->enable)
                return false;
        old_lease = told ? hook_stored_lease_new(told) : NULL;
        new_lease = job->queued->lease ? hook_stored_lease_new(job->queued->lease) : NULL;
        event.old_lease = old_lease ? &old_lease->lease : NULL;
        event.new_lease = new_lease ? &new_lease->lease : NULL;
        if (!hook_reason_for(job->queued->reason, event.new_lease, event.old_lease, &event.reason))
                return false;
        if (file->exchangeable && has_rights(settings)) {
                refuse_rights(job, file, event.reason);
                return false;
        }
        if (link) {
                event.requested = link->requested;
                event.n_requested = link->n_requested;
                event.has_metric = link->has_metric;
                event.metric = link->metric;
        }
        start(job, file, settings, &event);
        return true;
}

/* Jobs */

static void schedule(HookRunner *runner) {
        const int r = sd_event_source_set_enabled(runner->dispatch, SD_EVENT_ONESHOT);

        g_assert(r >= 0);
}

static void job_over(Job *job) {
        HookRunner *runner = job->runner;
        const int ifindex = job->ifindex;

        if (job->queued->reason == HOOK_REASON_STOP) {
                hook_told_forget(runner->told, ifindex);
                hook_state_forget(runner->state, ifindex);
                forget_omitted(runner, ifindex);
                (void) g_hash_table_remove(runner->links, GINT_TO_POINTER(ifindex));
        }
        (void) g_hash_table_remove(runner->jobs, GINT_TO_POINTER(ifindex));
        hook_queues_end(runner->queues, ifindex);
        schedule(runner);
}

static void job_go_on(Job *job) {
        while (job->files && job->next < job->files->files->len)
                if (tell(job, g_ptr_array_index(job->files->files, job->next++)))
                        return;
        job_over(job);
}

/* Records what the hook knows now. */
static void remember(const Job *job) {
        const HookRunner *runner = job->runner;
        int r = 0;

        if (hook_reason_has_new(job->reason)) {
                r = hook_told_set_name(runner->told, job->ifindex, job->queued->ifname);
                if (r >= 0)
                        r = hook_told_set(runner->told, job->ifindex, job->hook, job->queued->lease);
        } else if (hook_reason_has_old(job->reason))
                r = hook_told_set(runner->told, job->ifindex, job->hook, NULL);
        if (r < 0)
                log_hook(LOG_WARNING, job->queued->ifname, job->hook, "what it was told cannot be kept: %s",
                         strerror(-r));
}

static void on_done(void *userdata, HookProcess *process, const HookEnd *end) {
        Job *job = userdata;

        if (end->started)
                remember(job);
        if (!end->successful)
                log_hook(LOG_WARNING, job->queued->ifname, job->hook, "%s: %s",
                         hook_reason_to_string(job->reason), end->text);
        hook_state_end(job->runner->state, job->ifindex, job->hook, end->successful ? NULL : end->text);
        job->process = hook_process_free(job->process);
        job_go_on(job);
}

static void begin(HookRunner *runner, const HookQueued *queued, int ifindex) {
        Job *job = g_new0(Job, 1);
        int r;

        job->runner = runner;
        job->ifindex = ifindex;
        job->queued = queued;
        (void) g_hash_table_insert(runner->jobs, GINT_TO_POINTER(ifindex), job);
        r = load_config(runner->options, &job->config);
        if (r < 0)
                log_warning("No hook is run for %s: the configuration cannot be read: %s", queued->ifname,
                            strerror(-r));
        else {
                job->files = hook_files_new(runner->options->hook_dirs, runner->options->owner);
                note_refused(runner, job->files);
        }
        job_go_on(job);
}

static int on_dispatch(sd_event_source *source, void *userdata) {
        HookRunner *runner = userdata;
        const HookQueued *queued;
        int ifindex;

        while ((queued = hook_queues_begin(runner->queues, &ifindex)))
                begin(runner, queued, ifindex);
        hook_state_touch(runner->state);
        return 0;
}

/* Events */

static void on_event(void *userdata, int ifindex, HookReason reason, const char *ifname, GBytes *lease) {
        HookRunner *runner = userdata;
        const HookSettings *settings = hook_watch_settings(runner->watch, ifindex);

        if (settings)
                (void) g_hash_table_replace(runner->links, GINT_TO_POINTER(ifindex),
                                            g_memdup2(settings, sizeof(*settings)));
        log_link_full(LOG_DEBUG, ifname, NULL, 0, "event %s", hook_reason_to_string(reason));
        hook_queues_push(runner->queues, ifindex, reason, ifname, lease);
        schedule(runner);
}

/*
 * Tells hooks about links whose lease they know, but which the daemon does not manage any more. These links
 * were removed while there was no connection.
 */
static void on_connected(void *userdata) {
        HookRunner *runner = userdata;
        GArray *links = hook_told_links(runner->told);

        log_debug("Connected to the daemon");
        for (guint i = 0; i < links->len; i++) {
                const int ifindex = g_array_index(links, int, i);
                g_autofree char *ifname = NULL;

                if (hook_watch_settings(runner->watch, ifindex))
                        continue;
                ifname = hook_told_get_name(runner->told, ifindex);
                if (ifname)
                        on_event(runner, ifindex, HOOK_REASON_STOP, ifname, NULL);
                else
                        hook_told_forget(runner->told, ifindex);
        }
        g_array_unref(links);
}

static void on_disconnected(void *userdata) {
        log_info("The connection to the daemon is lost, trying again");
}

static size_t count_waiting(void *userdata, int ifindex) {
        const HookRunner *runner = userdata;

        return hook_queues_n_waiting(runner->queues, ifindex);
}

static int set_up(HookRunner *runner) {
        static const HookWatchCallbacks callbacks = {
                .event = on_event,
                .connected = on_connected,
                .disconnected = on_disconnected,
        };
        g_autofree char *told = g_build_filename(runner->options->runtime_dir, "told", NULL);
        uint64_t now;
        int r;

        r = hook_told_new(told, &runner->told);
        if (r < 0) {
                log_error("%s cannot be used: %s", told, strerror(-r));
                return r;
        }
        r = sd_event_add_defer(runner->event, &runner->dispatch, on_dispatch, runner);
        if (r >= 0)
                r = sd_event_source_set_enabled(runner->dispatch, SD_EVENT_OFF);
        if (r >= 0)
                r = sd_event_now(runner->event, CLOCK_BOOTTIME, &now);
        if (r < 0)
                return r;
        runner->serial = now; /* so that no number of an earlier runner is used again */
        runner->state = hook_state_new(runner->event, runner->options->runtime_dir, count_waiting, runner);
        return hook_watch_new(runner->event, runner->options->socket, &callbacks, runner, &runner->watch);
}

int hook_runner_new(sd_event *event, const HookRunnerOptions *options, HookRunner **ret) {
        _cleanup_(hook_runner_freep) HookRunner *runner = g_new0(HookRunner, 1);
        int r;

        runner->options = options;
        runner->event = sd_event_ref(event);
        runner->queues = hook_queues_new(HOOK_PARALLEL_MAX);
        runner->jobs = g_hash_table_new_full(NULL, NULL, NULL, job_free);
        runner->links = g_hash_table_new_full(NULL, NULL, NULL, g_free);
        runner->omitted = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
        r = set_up(runner);
        if (r < 0)
                return r;
        *ret = STEAL_PTR(runner);
        return 0;
}

HookRunner *hook_runner_free(HookRunner *runner) {
        if (!runner)
                return NULL;
        (void) hook_watch_free(runner->watch);
        g_hash_table_unref(runner->jobs);
        (void) hook_state_free(runner->state);
        (void) hook_queues_free(runner->queues);
        (void) hook_told_free(runner->told);
        g_hash_table_unref(runner->links);
        g_hash_table_unref(runner->omitted);
        (void) sd_event_source_disable_unref(runner->dispatch);
        (void) sd_event_unref(runner->event);
        g_free(runner->refused);
        g_free(runner);
        return NULL;
}
