/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The pieces that every group of the page is made of: a titled list, and rows of a title and a value.
 *
 * Values are text that somebody else wrote, so none of the labels here understands markup. They wrap
 * anywhere and can be selected. Technical values (addresses, numbers) keep their own direction where the
 * text around runs from right to left.
 */
#pragma once

#include <gtk/gtk.h>

/* A titled group; @ret_list is the list in it, to which rows are appended. */
GtkWidget *viewer_group_new(const char *title, GtkListBox **ret_list);

/* A row with @title and a value, to be appended to a list. */
GtkListBoxRow *viewer_row_new(const char *title);

/* Sets the value of a row of viewer_row_new(); the row is hidden while the value is empty. */
void viewer_row_set(GtkListBoxRow *row, const char *value);

/* A row of several lines, the first one stronger than the others. An icon, or NULL; lines that are NULL or
   empty are left out. The last line is dimmed. */
GtkListBoxRow *viewer_note_new(const char *icon, const char *text, const char *detail, const char *dimmed);

/* A row with @widget as its only content, which cannot be activated. */
GtkListBoxRow *viewer_row_of(GtkWidget *widget);

/* A label for text of others: it wraps anywhere, can be selected, and knows no markup. */
GtkWidget *viewer_label_new(const char *text, const char *css_class);

/* Removes every row of a list. */
void viewer_list_clear(GtkListBox *list);
