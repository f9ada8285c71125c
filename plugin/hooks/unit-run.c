/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Runs transient units (contract: plugin/hooks/unit-run.h).
 *
 *   StartTransientUnit ──> JobRemoved ──> ActiveState: deactivating ──> PropertiesChanged ──┐
 *                                              ^                                            │
 *                                              └────────────────────────────────────────────┘
 *                                         inactive, failed ──> Result, ExecMainStatus ──> done
 *
 * The job of the unit is done when the program has ended. The service manager may then still be killing
 * processes that the program has left, so we also wait for the end of the unit. The unit is started with the
 * property AddRef. It keeps the unit in the service manager's memory until our connection ends, so that we
 * can read its result.
 */
#include "plugin/hooks/unit-run.h"

#include <errno.h>
#include <glib.h>
#include <stdio.h>
#include <string.h>
#include <systemd/sd-bus.h>

#include "base/macro.h"
#include "dbus/name-owner.h"

#define MANAGER_NAME      "org.freedesktop.systemd1"
#define MANAGER_PATH      "/org/freedesktop/systemd1"
#define MANAGER_INTERFACE "org.freedesktop.systemd1.Manager"
#define UNIT_INTERFACE    "org.freedesktop.systemd1.Unit"
#define SERVICE_INTERFACE "org.freedesktop.systemd1.Service"
#define PROPERTIES        "org.freedesktop.DBus.Properties"

struct HookUnitRun {
        HookUnitDone done;
        void *userdata;
        sd_bus *bus;
        NameOwner *manager;
        sd_bus_slot *subscription, *call; /* @call: the call that is open */
        sd_event_source *limit;           /* runs out if the unit does not end */
        sd_event_source *over; /* reports the result, from the loop and not from a handler of @bus */
        char name[HOOK_UNIT_NAME_SIZE];
        char *path;
        bool job_removed;
        bool changed; /* the unit has changed since the open call was sent */
        HookUnitResult result;
};

static int on_over(sd_event_source *source, void *userdata) {
        HookUnitRun *run = userdata;

        run->over = sd_event_source_disable_unref(run->over);
        run->done(run->userdata, run, &run->result);
        return 0;
}

/*
 * Reports the end from the loop. The callback frees the connection, which must not happen in a handler of
 * that connection.
 */
static void finish(HookUnitRun *run) {
        run->limit = sd_event_source_disable_unref(run->limit);
        if (!run->over && sd_event_add_defer(sd_bus_get_event(run->bus), &run->over, on_over, run) < 0)
                g_error("There is no memory for an event source");
}

static void fail(HookUnitRun *run, const char *text) {
        (void) snprintf(run->result.text, sizeof(run->result.text), "%s", text);
        finish(run);
}

static void fail_reply(HookUnitRun *run, sd_bus_message *m) {
        const sd_bus_error *error = sd_bus_message_get_error(m);

        fail(run, error->message ?: error->name);
}

/* Reads the property Result of the unit, and how its program has ended. */
static int read_result(sd_bus_message *m, HookUnitResult *result) {
        const char *key, *text = "";
        int32_t code = 0, status = 0;
        int r;

        r = sd_bus_message_enter_container(m, 'a', "{sv}");
        while (r >= 0 && (r = sd_bus_message_enter_container(m, 'e', "sv")) > 0) {
                r = sd_bus_message_read_basic(m, 's', &key);
                if (r < 0)
                        return r;
                if (strcmp(key, "Result") == 0)
                        r = sd_bus_message_read(m, "v", "s", &text);
                else if (strcmp(key, "ExecMainCode") == 0)
                        r = sd_bus_message_read(m, "v", "i", &code);
                else if (strcmp(key, "ExecMainStatus") == 0)
                        r = sd_bus_message_read(m, "v", "i", &status);
                else
                        r = sd_bus_message_skip(m, "v");
                if (r >= 0)
                        r = sd_bus_message_exit_container(m);
        }
        if (r < 0)
                return r;
        result->successful = strcmp(text, "success") == 0;
        result->timed_out = strcmp(text, "timeout") == 0;
        if (strcmp(text, "exit-code") == 0)
                (void) snprintf(result->text, sizeof(result->text), "ended with status %d", status);
        else if (strcmp(text, "signal") == 0 || strcmp(text, "core-dump") == 0)
                (void) snprintf(result->text, sizeof(result->text), "was killed by signal %d", status);
        else
                (void) snprintf(result->text, sizeof(result->text), "failed: %.64s", text);
        return 0;
}

static int on_result(sd_bus_message *m, void *userdata, sd_bus_error *reterr) {
        HookUnitRun *run = userdata;
        int r;

        run->call = sd_bus_slot_unref(run->call);
        if (sd_bus_message_is_method_error(m, NULL)) {
                fail_reply(run, m);
                return 0;
        }
        r = read_result(m, &run->result);
        if (r < 0)
                fail(run, strerror(-r));
        else
                finish(run);
        return 0;
}

static int on_state(sd_bus_message *m, void *userdata, sd_bus_error *reterr);

static void ask(HookUnitRun *run, const char *member, sd_bus_message_handler_t handler,
                const char *interface, const char *property) {
        const int r = property
                ? sd_bus_call_method_async(run->bus, &run->call, MANAGER_NAME, run->path, PROPERTIES, member,
                                           handler, run, "ss", interface, property)
                : sd_bus_call_method_async(run->bus, &run->call, MANAGER_NAME, run->path, PROPERTIES, member,
                                           handler, run, "s", interface);

        if (r < 0)
                fail(run, strerror(-r));
}

static void ask_state(HookUnitRun *run) {
        run->changed = run->call != NULL;
        if (!run->call && run->job_removed && !run->over)
                ask(run, "Get", on_state, UNIT_INTERFACE, "ActiveState");
}

static int on_state(sd_bus_message *m, void *userdata, sd_bus_error *reterr) {
        HookUnitRun *run = userdata;
        const char *state;
        int r;

        run->call = sd_bus_slot_unref(run->call);
        if (sd_bus_message_is_method_error(m, NULL)) {
                fail_reply(run, m);
                return 0;
        }
        r = sd_bus_message_read(m, "v", "s", &state);
        if (r < 0)
                fail(run, strerror(-r));
        else if (strcmp(state, "inactive") == 0 || strcmp(state, "failed") == 0)
                ask(run, "GetAll", on_result, SERVICE_INTERFACE, NULL);
        else if (run->changed)
                ask_state(run);
        return 0;
}

static int on_changed(sd_bus_message *m, void *userdata, sd_bus_error *reterr) {
        ask_state(userdata);
        return 0;
}

static int on_job_removed(sd_bus_message *m, void *userdata, sd_bus_error *reterr) {
        HookUnitRun *run = userdata;
        const char *unit;

        if (sd_bus_message_read(m, "uos", NULL, NULL, &unit) < 0 || strcmp(unit, run->name) != 0)
                return 0;
        run->job_removed = true;
        ask_state(run);
        return 0;
}

static int on_started(sd_bus_message *m, void *userdata, sd_bus_error *reterr) {
        HookUnitRun *run = userdata;

        run->call = sd_bus_slot_unref(run->call);
        if (sd_bus_message_is_method_error(m, NULL)) {
                fail_reply(run, m);
                return 0;
        }
        run->result.started = true;
        ask_state(run);
        return 0;
}

static int on_subscribed(sd_bus_message *m, void *userdata, sd_bus_error *reterr) {
        HookUnitRun *run = userdata;

        /* Without signals we would only notice the end of the unit at the limit, so give up. */
        if (sd_bus_message_is_method_error(m, NULL))
                fail_reply(run, m);
        return 0;
}

static int on_disconnected(sd_bus_message *m, void *userdata, sd_bus_error *reterr) {
        fail(userdata, "the connection to the system bus is lost");
        return 0;
}

static int on_limit(sd_event_source *source, uint64_t usec, void *userdata) {
        HookUnitRun *run = userdata;

        run->result.timed_out = run->result.started;
        fail(run, "the service manager does not answer");
        return 0;
}

static int start(HookUnitRun *run, const HookUnit *unit) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL;
        int r;

        r = sd_bus_call_method_async(run->bus, &run->subscription, MANAGER_NAME, MANAGER_PATH,
                                     MANAGER_INTERFACE, "Subscribe", on_subscribed, run, NULL);
        if (r >= 0)
                r = sd_bus_message_new_method_call(run->bus, &m, MANAGER_NAME, MANAGER_PATH,
                                                   MANAGER_INTERFACE, "StartTransientUnit");
        if (r >= 0)
                r = hook_unit_append(m, unit);
        if (r >= 0)
                r = sd_bus_call_async(run->bus, &run->call, m, on_started, run, UINT64_MAX);
        return r;
}

static int set_up(HookUnitRun *run, sd_event *event, const HookUnit *unit) {
        int r;

        r = sd_bus_open_system(&run->bus);
        if (r < 0)
                return r;
        r = sd_bus_path_encode(MANAGER_PATH "/unit", run->name, &run->path);
        if (r >= 0)
                r = name_owner_new(run->bus, MANAGER_NAME, NULL, NULL, &run->manager);
        if (r >= 0)
                r = name_owner_match(run->manager, MANAGER_PATH, MANAGER_INTERFACE, "JobRemoved",
                                     on_job_removed, run);
        if (r >= 0)
                r = name_owner_match(run->manager, run->path, PROPERTIES, "PropertiesChanged", on_changed,
                                     run);
        if (r >= 0)
                r = name_owner_match_local(run->bus, "Disconnected", on_disconnected, run);
        if (r >= 0)
                r = start(run, unit);
        if (r >= 0)
                r = sd_bus_attach_event(run->bus, event, SD_EVENT_PRIORITY_NORMAL);
        if (r >= 0)
                r = sd_event_add_time_relative(
                        event, &run->limit, CLOCK_BOOTTIME,
                        usec_add(unit->settings->timeout_usec, HOOK_UNIT_GIVE_UP_USEC), 0, on_limit, run);
        return r;
}

int hook_unit_run_new(sd_event *event, const HookUnit *unit, HookUnitDone done, void *userdata,
                      HookUnitRun **ret) {
        HookUnitRun *run = g_new0(HookUnitRun, 1);
        int r;

        run->done = done;
        run->userdata = userdata;
        hook_unit_name(unit, run->name);
        r = set_up(run, event, unit);
        if (r < 0) {
                (void) hook_unit_run_free(run);
                return r;
        }
        *ret = run;
        return 0;
}

HookUnitRun *hook_unit_run_free(HookUnitRun *run) {
        if (!run)
                return NULL;
        (void) sd_bus_slot_unref(run->subscription);
        (void) sd_bus_slot_unref(run->call);
        (void) sd_event_source_disable_unref(run->limit);
        (void) sd_event_source_disable_unref(run->over);
        (void) name_owner_free(run->manager);
        /* Flush, so that a call that starts the unit is sent completely. */
        (void) sd_bus_flush_close_unref(run->bus);
        free(run->path);
        g_free(run);
        return NULL;
}
