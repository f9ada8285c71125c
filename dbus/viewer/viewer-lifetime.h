/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Shows the lifetime of a lease as a bar that shrinks, with marks for T1 and T2, and the time left in words.
 */
#pragma once

#include <gtk/gtk.h>

#define VIEWER_TYPE_LIFETIME (viewer_lifetime_get_type())
G_DECLARE_FINAL_TYPE(ViewerLifetime, viewer_lifetime, VIEWER, LIFETIME, GtkWidget)

GtkWidget *viewer_lifetime_new(void);

/*
 * Shows a lease from @granted to @end (VIEWER_NEVER: it never ends). All instants are microseconds of
 * CLOCK_BOOTTIME. T1 and T2 are marked unless they are 0 or VIEWER_NEVER.
 */
void viewer_lifetime_set(ViewerLifetime *lifetime, guint64 granted, guint64 t1, guint64 t2, guint64 end);
