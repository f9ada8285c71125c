/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * Writes the arguments of StartTransientUnit() of org.freedesktop.systemd1 that run a hook as a transient
 * unit. Sends nothing.
 *
 * The unit has Type=oneshot. So its job is done when the hook has ended, and the service manager ends every
 * process that the hook has started. Unless the hook is trusted, it has a user of its own, no capabilities,
 * a read-only system, a /tmp of its own, and no network. Its settings can give it more.
 *
 * Its output goes to the journal with LINK= and HOOK=, at most HOOK_UNIT_LINES_MAX lines in
 * HOOK_UNIT_LINES_USEC.
 */
#include <systemd/sd-bus.h>

#include "config/config.h"

#define HOOK_UNIT_LINES_MAX  1000u /* of output in HOOK_UNIT_LINES_USEC; held by streams() */
#define HOOK_UNIT_LINES_USEC (30 * USEC_PER_SEC)
#define HOOK_UNIT_TASKS_MAX  256u               /* processes and threads; held by properties() */
#define HOOK_UNIT_STOP_USEC  (2 * USEC_PER_SEC) /* from SIGTERM to SIGKILL */
#define HOOK_UNIT_NAME_SIZE  160u               /* bytes, with the NUL */

typedef struct HookUnit {
        const char *hook, *ifname; /* the names of hook and link */
        int ifindex;
        uint64_t serial;             /* a number that no other running unit has */
        const char *path, *argument; /* @argument NULL: none */
        char *const *envp;
        const char *input; /* NULL: /dev/null */
        const ConfigHook *settings;
        const char *owner; /* the unit with which it ends; NULL: none */
} HookUnit;

/* Writes the name of the unit: "dhcpd-link-hook-2-NAME-7.service". */
void hook_unit_name(const HookUnit *unit, char ret[HOOK_UNIT_NAME_SIZE]);
/* Appends the arguments, "ssa(sv)a(sa(sv))". Returns a negative errno on failure. */
int hook_unit_append(sd_bus_message *m, const HookUnit *unit);
