/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * Fits text into the columns of a terminal. Whatever the text is, the result has no control characters, does
 * not change the direction of writing, and is not wider than allowed.
 */
#include <glib.h>
#include <stdbool.h>

typedef struct CtlColumns {
        unsigned max;
        bool utf8; /* the terminal has UTF-8; otherwise what is not ASCII becomes '?' */
        bool wrap; /* stops at a space, which is passed over, rather than within a word */
} CtlColumns;

/*
 * Appends the cleaned beginning of *text that fits to @line, and moves *text behind it. Returns the columns
 * used. At least one character is taken if there is text and a column. Wide characters have two columns, and
 * at most two marks are kept behind one character. Widths are those of the locale, wcwidth(3).
 */
unsigned ctl_columns_take(GString *line, const char **text, CtlColumns columns);

/*
 * Appends all of @text to @line, cleaned. What does not fit is cut off and replaced by an ellipsis. Never
 * wraps. Returns the columns used.
 */
unsigned ctl_columns_fit(GString *line, const char *text, CtlColumns columns);
