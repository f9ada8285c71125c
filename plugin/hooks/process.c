/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Runs hooks (contract: plugin/hooks/process.h): chooses between a unit and a child process, and prepares
 * the child process.
 */
#include "plugin/hooks/process.h"

#include <errno.h>
#include <pwd.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/macro.h"
#include "io/log.h"
#include "plugin/hooks/run.h"
#include "plugin/hooks/unit-run.h"

#define NOBODY "nobody" /* for a hook without User= if no service manager makes a user for it */

struct HookProcess {
        HookProcessDone done;
        void *userdata;
        char *hook, *ifname;
        usec_t timeout_usec;
        HookRun *run;
        HookUnitRun *unit;
        sd_event_source *failure; /* reports from the loop that the hook could not be started */
        HookEnd end;
};

_printf_(2, 3) static void set_text(HookEnd *end, const char *format, ...) {
        va_list ap;

        va_start(ap, format);
        (void) vsnprintf(end->text, sizeof(end->text), format, ap);
        va_end(ap);
}

static int on_failure(sd_event_source *source, void *userdata) {
        HookProcess *process = userdata;

        process->done(process->userdata, process, &process->end);
        return 0;
}

/* As a child process */

static void on_line(void *userdata, const char *line) {
        const HookProcess *process = userdata;

        log_hook(LOG_INFO, process->ifname, process->hook, "%s", line);
}

static void on_run_done(void *userdata, HookRun *run, const HookResult *run_result) {
        const HookResult result = *run_result; /* a copy, because *run_result is freed with @run */
        HookProcess *process = userdata;
        HookEnd end = { .started = true, .successful = result.status == 0 && !result.timed_out };

        process->run = hook_run_free(process->run);
        if (result.output_cut)
                log_hook(LOG_WARNING, process->ifname, process->hook,
                         "printed more than %u lines or %zu KiB, the rest is left out", HOOK_LINES_MAX,
                         HOOK_OUTPUT_MAX / 1024);
        if (result.timed_out)
                set_text(&end, "was ended after %llu s",
                         (unsigned long long) (process->timeout_usec / USEC_PER_SEC));
        else if (result.status > 128)
                set_text(&end, "was killed by signal %d", result.status - 128);
        else
                set_text(&end, "ended with status %d", result.status);
        process->done(process->userdata, process, &end);
}

static const HookRunCallbacks run_callbacks = { .line = on_line, .done = on_run_done };

/* Finds the user that the hook runs as. If we are not root, the hook can only run as our user. */
static int find_user(const ConfigHook *settings, HookCommand *command) {
        const char *name = settings->user ?: NOBODY;
        const struct passwd *user;

        if (settings->trusted || geteuid() != 0)
                return 0;
        errno = 0;
        user = getpwnam(name);
        if (!user)
                return errno == 0 || errno == ENOENT ? -ESRCH : -errno;
        command->switch_user = true;
        command->uid = user->pw_uid;
        command->gid = user->pw_gid;
        command->capabilities = settings->capabilities;
        return 0;
}

static void start_child(HookProcess *process, sd_event *event, const HookCall *call) {
        HookCommand command = {
                .path = call->path,
                .argument = call->environment->argument,
                .envp = call->environment->envp,
                .input = call->environment->input,
                .timeout_usec = call->settings->timeout_usec,
        };
        int r;

        r = find_user(call->settings, &command);
        if (r < 0) {
                set_text(&process->end,
                         r == -ESRCH ? "cannot be run: there is no user %s"
                                     : "cannot be run: user %s cannot be looked up",
                         call->settings->user ?: NOBODY);
                return;
        }
        r = hook_run_new(event, &command, &run_callbacks, process, &process->run);
        if (r < 0)
                set_text(&process->end, "cannot be run: %s", strerror(-r));
}

/* As a unit */

static void on_unit_done(void *userdata, HookUnitRun *unit, const HookUnitResult *result) {
        HookProcess *process = userdata;
        HookEnd end = { .started = result->started, .successful = result->successful };

        if (!result->started)
                set_text(&end, "cannot be run: %s", result->text);
        else if (result->timed_out)
                set_text(&end, "was ended after %llu s",
                         (unsigned long long) (process->timeout_usec / USEC_PER_SEC));
        else
                set_text(&end, "%s", result->text);
        process->unit = hook_unit_run_free(process->unit); /* frees @result, too */
        process->done(process->userdata, process, &end);
}

static void start_unit(HookProcess *process, sd_event *event, const HookCall *call) {
        const HookUnit unit = {
                .hook = call->hook,
                .ifname = call->ifname,
                .ifindex = call->ifindex,
                .serial = call->serial,
                .path = call->path,
                .argument = call->environment->argument,
                .envp = call->environment->envp,
                .input = call->environment->input,
                .settings = call->settings,
                .owner = call->owner,
        };
        const int r = hook_unit_run_new(event, &unit, on_unit_done, process, &process->unit);

        if (r < 0)
                set_text(&process->end, "cannot be run: %s", strerror(-r));
}

HookProcess *hook_process_new(sd_event *event, const HookCall *call, HookProcessDone done, void *userdata) {
        HookProcess *process = g_new0(HookProcess, 1);

        process->done = done;
        process->userdata = userdata;
        process->hook = g_strdup(call->hook);
        process->ifname = g_strdup(call->ifname);
        process->timeout_usec = call->settings->timeout_usec;
        if (call->as_unit)
                start_unit(process, event, call);
        else
                start_child(process, event, call);
        if (!process->run && !process->unit &&
            sd_event_add_defer(event, &process->failure, on_failure, process) < 0)
                g_error("There is no memory for an event source");
        return process;
}

HookProcess *hook_process_free(HookProcess *process) {
        if (!process)
                return NULL;
        (void) hook_run_free(process->run);
        (void) hook_unit_run_free(process->unit);
        (void) sd_event_source_disable_unref(process->failure);
        g_free(process->hook);
        g_free(process->ifname);
        g_free(process);
        return NULL;
}
