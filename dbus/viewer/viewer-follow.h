/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Writes down what happens: follows every link of a client and adds events to a history. It needs no
 * display.
 */
#pragma once

#include "dbus/viewer/viewer-history.h"

#include <dhcpd-link-client.h>

#define VIEWER_TYPE_FOLLOW (viewer_follow_get_type())
G_DECLARE_FINAL_TYPE(ViewerFollow, viewer_follow, VIEWER, FOLLOW, GObject)

/* @history outlives what is returned. */
ViewerFollow *viewer_follow_new(DhcpdLinkClient *client, ViewerHistory *history);
