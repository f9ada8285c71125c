/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The card of a link: its problems, the lease with its lifetime, the servers that were heard, and the link
 * itself.
 */
#pragma once

#include <dhcpd-link-client.h>
#include <gtk/gtk.h>

#define VIEWER_TYPE_CARD (viewer_card_get_type())
G_DECLARE_FINAL_TYPE(ViewerCard, viewer_card, VIEWER, CARD, GtkWidget)

GtkWidget *viewer_card_new(void);

/* Shows the present state of @link. Call it again when something has changed. Only the changes are drawn. */
void viewer_card_show(ViewerCard *card, DhcpdLinkLink *link);
