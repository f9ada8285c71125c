/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Follows every link of a client, and adds an event to a history when something happens. Needs no display.
 */
#pragma once

#include "dbus/viewer/viewer-history.h"

#include <dhcpd-link-client.h>

#define VIEWER_TYPE_FOLLOW (viewer_follow_get_type())
G_DECLARE_FINAL_TYPE(ViewerFollow, viewer_follow, VIEWER, FOLLOW, GObject)

/* Begins to follow. @history must outlive the returned object. */
ViewerFollow *viewer_follow_new(DhcpdLinkClient *client, ViewerHistory *history);
