/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Makes the texts of the window: values, times and states in words for people.
 *
 * The functions depend only on their arguments, the locale and the clock, and need no display, so unit tests
 * reach all of them. Text from a server is shown, but it cannot do harm: it is never read as markup, its
 * length is bounded, and characters that cannot be seen or that change the direction of the text are
 * replaced by their numbers.
 */
#pragma once

#include <gio/gio.h>

/* Characters of one text from a server that are shown. */
#define VIEWER_TEXT_MAX 300
/* Entries of one list, and bytes after which no entry begins, because a long text takes long to lay out. */
#define VIEWER_LIST_MAX  64
#define VIEWER_VALUE_MAX 2000
/* Bytes of one option that are shown as hexadecimal digits at most. Held by viewer_option_raw(). */
#define VIEWER_BYTES_MAX 512
/* An instant that never comes (dbus/README.md). */
#define VIEWER_NEVER G_MAXUINT64

/* How a state is shown. Both texts are static; @word is translated. */
typedef struct ViewerState {
        const char *word;
        const char *icon;
} ViewerState;

/*
 * Returns @text without characters that cannot be seen. Control characters, marks of direction, separators
 * of lines and characters without a width are replaced by their numbers, as in <U+202E>. A byte that is not
 * UTF-8 is replaced as in <FF>. After @chars_max characters the rest is replaced by an ellipsis.
 */
char *viewer_text_clean(const char *text, size_t chars_max);

/*
 * Returns the strings one after the other, each cleaned, with @separator between them; "" for NULL. After
 * VIEWER_LIST_MAX strings or VIEWER_VALUE_MAX bytes the rest is replaced by an ellipsis.
 */
char *viewer_text_list(const char *const *texts, const char *separator);

/*
 * Returns hexadecimal digits in pairs with @separator between them. After @bytes_max bytes the text says how
 * many bytes there are.
 */
char *viewer_text_bytes(const void *data, size_t len, const char *separator, size_t bytes_max);

/* Does the same with a GVariant of the type ay. Returns "" for NULL. */
char *viewer_text_bytes_variant(GVariant *bytes, const char *separator, size_t bytes_max);

/*
 * Returns a value of OptionValues or of a record, of any type, in words: lists with commas, records as "Key:
 * value". @name: the name of the option, which says what some numbers mean; NULL: there is none.
 */
char *viewer_text_value(const char *name, GVariant *value);

/* Returns a span in its two largest units: "2 d 3 h", "43 min", "12 s". */
char *viewer_text_span(guint64 usec);

/*
 * Returns how long it is from @now to @end: "43 min left", "never ends", "over". If less than two minutes
 * are left, the text has seconds.
 */
char *viewer_text_left(guint64 now, guint64 end);

/* Returns an instant of CLOCK_REALTIME in local time, with the day if it is not today; "" for 0. */
char *viewer_text_when(guint64 realtime_usec);

/*
 * Returns the instant at which the text of viewer_text_left(), or a bar of @pixels from @start to @end,
 * changes next. Returns VIEWER_NEVER if both stay as they are. All instants are of the same clock.
 */
guint64 viewer_next_change(guint64 now, guint64 start, guint64 end, unsigned pixels);

/* Returns how much of the span from @start to @end is left, from 0 to 1. It is 1 if the lease never ends. */
double viewer_fraction_left(guint64 now, guint64 start, guint64 end);

/*
 * Returns how to show the property Link.State. An unknown word is shown as it is, with the icon for
 * "unknown".
 */
ViewerState viewer_state_of_link(const char *state);
/*
 * Returns how to show why an interface is not managed. @reason: as in ListCandidateLinks(). *ret_startable:
 * TRUE if the user can ask the daemon to manage it.
 */
ViewerState viewer_state_of_candidate(const char *reason, gboolean *ret_startable);
/* Returns a sentence for a signal LeaseChanged. @why: why the lease was lost, or "". */
const char *viewer_text_lease_changed(const char *reason, const char *why);
/* Returns a text for the property DHCPv4.Origin, which says where an address comes from. */
const char *viewer_text_origin(const char *origin);
