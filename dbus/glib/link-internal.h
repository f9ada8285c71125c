/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * The functions of link.c that the client calls. They pass on what the daemon says to the link and to its
 * address families.
 */
#include <dhcpd-link-link.h>
#include <stdbool.h>

#include "dbus/glib/call.h"
#include "dbus/names.h"

/* Makes a link. @interfaces: a{sa{sv}}, its properties by interface. Takes a reference to @budget. */
DhcpdLinkLink *link_new(DhcpdLinkClient *client, const char *path, GVariant *interfaces, Budget *budget);
const char *link_path(DhcpdLinkLink *self);
void link_update(DhcpdLinkLink *self, GVariant *interfaces, bool first);
/* Sets the properties of @interface that are in @dict (a{sv}). */
void link_update_interface(DhcpdLinkLink *self, const char *interface, GVariant *dict, bool first);
void link_remove_dhcp4(DhcpdLinkLink *self);
/* Emits a signal of the interface DHCPv4. The other interfaces have no signals of their own. */
void link_signal(DhcpdLinkLink *self, const char *member, GVariant *arguments);
void link_gone(DhcpdLinkLink *self);
bool link_has_name(DhcpdLinkLink *self, const char *name);

DhcpdLinkDhcp4 *dhcp4_new(Remote *remote);
void dhcp4_update(DhcpdLinkDhcp4 *self, GVariant *dict);
void dhcp4_signal(DhcpdLinkDhcp4 *self, const char *member, GVariant *arguments);
