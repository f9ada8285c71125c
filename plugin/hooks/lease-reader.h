/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * Reads a lease for hooks from the D-Bus properties of org.dhcpdlink1.DHCPv4. Owns nothing.
 */
#include <glib.h>
#include <systemd/sd-bus.h>

#include "plugin/hooks/environment.h"

/*
 * Reads an a{sv} of properties of the interface, as GetAll() returns them. Keys that hooks do not need are
 * skipped. *ret: made by hook_lease_store(); NULL: there is no lease. *ret_state: the state of the client,
 * which the caller frees with g_free(); NULL: it is not among the properties. @ret_state may be NULL.
 * Returns a negative errno, and stores nothing, if the message is not what the contract says, or if the
 * lease is larger than HOOK_STORED_LEASE_MAX (-E2BIG).
 */
int hook_lease_read(sd_bus_message *m, GBytes **ret, char **ret_state);
