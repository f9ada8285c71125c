/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the window says: values, times and states as text for people.
 *
 * Functions of their arguments and of the locale, without a display, so that unit tests reach all of them.
 * What comes from a server is shown as it is, but it can do nothing: it is never taken for markup,
 * characters that cannot be seen or that turn the text around them are replaced by their numbers, and the
 * length is bounded.
 */
#pragma once

#include <gio/gio.h>

/* Characters of one text that a server sent; the rest is in what is copied. */
#define VIEWER_TEXT_MAX 300
/* Entries of one list, and bytes after which no entry begins: laying out a long text takes long. */
#define VIEWER_LIST_MAX  64
#define VIEWER_VALUE_MAX 2000
/* Bytes of one option that are shown as hexadecimal digits. Held by viewer_option_raw(). */
#define VIEWER_BYTES_MAX 512
/* An instant that never comes (dbus/README.md). */
#define VIEWER_NEVER G_MAXUINT64

/* How a state is shown. Both are static; @word is translated. */
typedef struct ViewerState {
        const char *word;
        const char *icon;
} ViewerState;

/* Returns @text without what cannot be seen: control characters, marks of direction, separators of lines and
   what has no width become their number, as in <U+202E>, and bytes that are not UTF-8 become <FF>. After
   @chars_max characters the rest is replaced by an ellipsis. */
char *viewer_text_clean(const char *text, size_t chars_max);

/* Returns the strings one after the other, each cleaned, with @separator between them; "" for NULL. After
   VIEWER_LIST_MAX of them, or VIEWER_VALUE_MAX bytes, there is an ellipsis. */
char *viewer_text_list(const char *const *texts, const char *separator);

/* Returns hexadecimal digits in pairs with @separator between them. After @bytes_max bytes it says how many
   there are. */
char *viewer_text_bytes(const void *data, size_t len, const char *separator, size_t bytes_max);

/* Returns the bytes of a GVariant of the type ay, likewise. NULL gives "". */
char *viewer_text_bytes_variant(GVariant *bytes, const char *separator, size_t bytes_max);

/* Returns a value of OptionValues or of a record, of any type, in words: lists with commas, records as "Key:
   value". @name is the name of the option, which says what some numbers are; NULL where there is none. */
char *viewer_text_value(const char *name, GVariant *value);

/* Returns a span in its two largest units: "2 d 3 h", "43 min", "12 s". */
char *viewer_text_span(guint64 usec);

/* Returns how long it is from @now to @end: "43 min left", "never ends", "over". Below two minutes it counts
   seconds. */
char *viewer_text_left(guint64 now, guint64 end);

/* Returns an instant of CLOCK_REALTIME in local time, with the day if that is not today. "" if it is not
   set. */
char *viewer_text_when(guint64 realtime_usec);

/* Returns the instant at which a bar of @pixels from @start to @end, or viewer_text_left(), changes next;
   VIEWER_NEVER if neither does any more. All are of the same clock. */
guint64 viewer_next_change(guint64 now, guint64 start, guint64 end, unsigned pixels);

/* Returns how much of the span from @start to @end is left, 0 to 1. A lease without end is whole. */
double viewer_fraction_left(guint64 now, guint64 start, guint64 end);

/* The state of a link, as Link.State says it; a word that is not known is shown by an icon for "unknown" and
   as it is. */
ViewerState viewer_state_of_link(const char *state);
/* Why an interface is not managed, as ListCandidateLinks() says it; whether it can be managed by asking for
   it. */
ViewerState viewer_state_of_candidate(const char *reason, gboolean *ret_startable);
/* What LeaseChanged says: a sentence. @why is the reason of a loss, or "". */
const char *viewer_text_lease_changed(const char *reason, const char *why);
/* Where an address comes from, as DHCPv4.Origin says it. */
const char *viewer_text_origin(const char *origin);
