/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The lifetime of a lease as a bar that shrinks, with the instants T1 and T2 marked on it and the time left
 * in words.
 */
#pragma once

#include <gtk/gtk.h>

#define VIEWER_TYPE_LIFETIME (viewer_lifetime_get_type())
G_DECLARE_FINAL_TYPE(ViewerLifetime, viewer_lifetime, VIEWER, LIFETIME, GtkWidget)

GtkWidget *viewer_lifetime_new(void);

/* Shows the lease from @granted to @end (VIEWER_NEVER: it never ends), all on CLOCK_BOOTTIME in
   microseconds. T1 and T2 are marked unless they are 0 or never come. */
void viewer_lifetime_set(ViewerLifetime *lifetime, guint64 granted, guint64 t1, guint64 t2, guint64 end);
