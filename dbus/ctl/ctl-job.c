/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Finds out which unit this process belongs to, and whether the service manager is restarting it.
 */
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-login.h>
#include <unistd.h>

#include "dbus/ctl/ctl.h"

#define SYSTEMD_NAME          "org.freedesktop.systemd1"
#define SYSTEMD_ROOT          "/org/freedesktop/systemd1"
#define SYSTEMD_INTERFACE(of) "org.freedesktop.systemd1." of

/* Whoever stops us has to wait for this answer, and it may never come: the bus may be stopping, too. */
#define ANSWER_MAX_USEC (1 * USEC_PER_SEC)

/* Stores the object path of the unit of this process, valid as long as *ret_message. */
static int find_unit(sd_bus *bus, sd_bus_message **ret_message, const char **ret) {
        int r;

        r = sd_bus_call_method(bus, SYSTEMD_NAME, SYSTEMD_ROOT, SYSTEMD_INTERFACE("Manager"), "GetUnitByPID",
                               NULL, ret_message, "u", (uint32_t) getpid());
        return r < 0 ? r : sd_bus_message_read(*ret_message, "o", ret);
}

static bool job_restarts(sd_bus *bus, const char *job) {
        g_autofree char *type = NULL;
        char *text = NULL;

        if (sd_bus_get_property_string(bus, SYSTEMD_NAME, job, SYSTEMD_INTERFACE("Job"), "JobType", NULL,
                                       &text) < 0)
                return false;
        type = text;
        return strcmp(type, "restart") == 0;
}

char *ctl_unit_name(void) {
        g_autofree char *name = NULL;
        char *unit;

        /* We look it up, because the daemon does not see processes of other users in its sandbox. */
        if (sd_pid_get_unit(0, &unit) < 0)
                return NULL;
        name = unit;
        return g_str_has_suffix(name, ".service") ? g_steal_pointer(&name) : NULL;
}

bool ctl_unit_restarts(void) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *found = NULL, *pending = NULL;
        _cleanup_(sd_bus_flush_close_unrefp) sd_bus *bus = NULL;
        const char *unit, *job;
        uint32_t id;

        if (!getenv("INVOCATION_ID") || sd_bus_open_system(&bus) < 0 ||
            sd_bus_set_method_call_timeout(bus, ANSWER_MAX_USEC) < 0 || find_unit(bus, &found, &unit) < 0 ||
            sd_bus_get_property(bus, SYSTEMD_NAME, unit, SYSTEMD_INTERFACE("Unit"), "Job", NULL, &pending,
                                "(uo)") < 0 ||
            sd_bus_message_read(pending, "(uo)", &id, &job) < 0)
                return false;
        return id != 0 && job_restarts(bus, job);
}
