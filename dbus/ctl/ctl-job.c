/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the service manager is doing with the unit that this process belongs to.
 */
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-login.h>
#include <unistd.h>

#include "dbus/ctl/ctl.h"

#define SYSTEMD_NAME          "org.freedesktop.systemd1"
#define SYSTEMD_ROOT          "/org/freedesktop/systemd1"
#define SYSTEMD_INTERFACE(of) "org.freedesktop.systemd1." of

/* Whoever stops us waits for the answer. The bus may be on its way down itself. */
#define ANSWER_MAX_USEC (1 * USEC_PER_SEC)

/* The path of the unit of this process. */
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

        /* The daemon cannot look: in its sandbox it does not see processes of other users. */
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
