/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * A hook as a transient unit: the arguments of StartTransientUnit() of org.freedesktop.systemd1. Sends
 * nothing.
 *
 * The unit is of Type=oneshot, so its job is done when the hook has ended, and the service manager ends
 * every process that the hook has started. Unless it is trusted, a hook has a user of its own, no
 * capability, a system that it can only read, a /tmp of its own and no network, but for what its settings
 * give it.
 *
 * What it prints goes to the journal with LINK= and HOOK=, at most HOOK_UNIT_LINES_MAX lines.
 */
#include <systemd/sd-bus.h>

#include "config/config.h"

#define HOOK_UNIT_LINES_MAX  1000u /* of output in HOOK_UNIT_LINES_USEC; held by streams() */
#define HOOK_UNIT_LINES_USEC (30 * USEC_PER_SEC)
#define HOOK_UNIT_TASKS_MAX  256u               /* processes and threads; held by properties() */
#define HOOK_UNIT_STOP_USEC  (2 * USEC_PER_SEC) /* from SIGTERM to SIGKILL */
#define HOOK_UNIT_NAME_SIZE  160u               /* bytes, with the NUL */

typedef struct HookUnit {
        const char *hook, *ifname; /* names */
        int ifindex;
        uint64_t serial;             /* no two units that run have the same */
        const char *path, *argument; /* @argument NULL: none */
        char *const *envp;
        const char *input; /* NULL: /dev/null */
        const ConfigHook *settings;
        const char *owner; /* the unit that it ends with; NULL: none */
} HookUnit;

/* "dhcpd-link-hook-2-NAME-7.service" */
void hook_unit_name(const HookUnit *unit, char ret[HOOK_UNIT_NAME_SIZE]);
/* Appends "ssa(sv)a(sa(sv))". Negative errno. */
int hook_unit_append(sd_bus_message *m, const HookUnit *unit);
