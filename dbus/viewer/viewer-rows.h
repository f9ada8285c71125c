/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Makes the parts that every group of the page consists of: a titled list, and rows with a title and a
 * value.
 *
 * Values may come from an untrusted server, so no label here reads markup. Labels wrap anywhere, and their
 * text can be selected. Technical values (addresses, numbers) run from left to right even if the text around
 * them runs from right to left.
 */
#pragma once

#include <gtk/gtk.h>

/* Makes a titled group. *ret_list: the list in it, to which the caller appends rows. */
GtkWidget *viewer_group_new(const char *title, GtkListBox **ret_list);

/* Makes a row with @title and an empty value, which the caller appends to a list. */
GtkListBoxRow *viewer_row_new(const char *title);

/* Sets the value of a row of viewer_row_new(); the row is hidden while the value is empty. */
void viewer_row_set(GtkListBoxRow *row, const char *value);

/*
 * Makes a row of several lines. The first line is stronger than the others, and the last one is dimmed.
 * Lines that are NULL or empty are left out. @icon: the name of an icon, or NULL.
 */
GtkListBoxRow *viewer_note_new(const char *icon, const char *text, const char *detail, const char *dimmed);

/* Makes a row whose only content is @widget. The row cannot be activated. */
GtkListBoxRow *viewer_row_of(GtkWidget *widget);

/* Makes a label for untrusted text: it wraps anywhere, its text can be selected, and it reads no markup. */
GtkWidget *viewer_label_new(const char *text, const char *css_class);

/* Removes every row of a list. */
void viewer_list_clear(GtkListBox *list);
