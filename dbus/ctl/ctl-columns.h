/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * Text in the columns of a terminal. Whatever the text is, what comes out has no control character and
 * nothing that changes the direction of writing, and is no wider than it may be.
 */
#include <glib.h>
#include <stdbool.h>

typedef struct CtlColumns {
        unsigned max;
        bool utf8; /* of the terminal; else what is not ASCII becomes '?' */
        bool wrap; /* stops at a space, which is passed over, rather than within a word */
} CtlColumns;

/*
 * Appends to @line what of *text fits, cleaned, and moves *text behind that. Returns the columns used.
 * If there is text and a column, at least one character is taken. Wide characters have two columns, and
 * at most two marks are kept behind one character. Widths are those of the locale, wcwidth(3).
 */
unsigned ctl_columns_take(GString *line, const char **text, CtlColumns columns);

/* As above, but takes all of @text: what does not fit is cut off, and an ellipsis says so. Never wraps. */
unsigned ctl_columns_fit(GString *line, const char *text, CtlColumns columns);
