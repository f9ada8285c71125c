/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * What the client does with links, and a link with its families of addresses.
 */
#include <dhcpd-link-link.h>
#include <stdbool.h>

#include "dbus/glib/call.h"
#include "dbus/names.h"

/* @interfaces: a{sa{sv}}. */
DhcpdLinkLink *link_new(DhcpdLinkClient *client, const char *path, GVariant *interfaces, Budget *budget);
const char *link_path(DhcpdLinkLink *self);
void link_update(DhcpdLinkLink *self, GVariant *interfaces, bool first);
/* @dict: a{sv}, what changed of @interface. */
void link_update_interface(DhcpdLinkLink *self, const char *interface, GVariant *dict, bool first);
void link_remove_dhcp4(DhcpdLinkLink *self);
/* A signal of the interface of DHCPv4; others have none. */
void link_signal(DhcpdLinkLink *self, const char *member, GVariant *arguments);
void link_gone(DhcpdLinkLink *self);
bool link_has_name(DhcpdLinkLink *self, const char *name);

DhcpdLinkDhcp4 *dhcp4_new(Remote *remote);
void dhcp4_update(DhcpdLinkDhcp4 *self, GVariant *dict);
void dhcp4_signal(DhcpdLinkDhcp4 *self, const char *member, GVariant *arguments);
