/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * A lease out of the D-Bus properties of org.dhcpdlink1.DHCPv4, for hooks. Reads messages and owns nothing.
 */
#include <glib.h>
#include <systemd/sd-bus.h>

#include "plugin/hooks/environment.h"

/*
 * Reads an a{sv} of properties of the interface, as GetAll() gives them; keys that hooks do not need are
 * passed over. *ret is made by hook_lease_store(), or NULL: there is no lease. Negative errno: the message
 * is not what the contract says, or the lease is larger than HOOK_STORED_LEASE_MAX (-E2BIG); then nothing is
 * stored. @ret_state: NULL, or the state of the client (g_free() it), NULL if it is not among the
 * properties.
 */
int hook_lease_read(sd_bus_message *m, GBytes **ret, char **ret_state);
