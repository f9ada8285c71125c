/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Fits text into the columns of a terminal (contract: dbus/ctl/ctl-columns.h).
 *
 * The text may come from an untrusted DHCP server. As in ctl_text(), GLib decides which characters can be
 * printed. It refuses control and format characters, among them those that change the direction of writing.
 * libc decides how wide a character is, because terminals use the same table. A character that GLib or libc
 * does not know becomes a question mark.
 */
#include "dbus/ctl/ctl-columns.h"

#include <stddef.h>
#include <wchar.h>

/* marks on one character; more of them would cover the lines above; held by ctl_columns_take() */
#define MARKS_MAX 2u

typedef struct Character {
        gunichar c;
        size_t len; /* bytes in the text */
        unsigned width;
} Character;

static Character next_character(const char *text, CtlColumns columns) {
        const gunichar c = g_utf8_get_char_validated(text, -1);
        const bool valid = c != (gunichar) -1 && c != (gunichar) -2;
        Character got = { .c = '?',
                          .len = valid ? (size_t) (g_utf8_next_char(text) - text) : 1,
                          .width = 1 };
        int width;

        if (!valid || !g_unichar_isprint(c) || (c >= 0x80 && !columns.utf8))
                return got;
        width = wcwidth((wchar_t) c);
        if (width < 0 || (unsigned) width > columns.max)
                return got;
        got.c = c;
        got.width = (unsigned) width;
        return got;
}

unsigned ctl_columns_take(GString *line, const char **text, CtlColumns columns) {
        const char *at = *text, *after_space = NULL;
        unsigned used = 0, marks = MARKS_MAX, used_at_space = 0;
        size_t len_at_space = 0;

        while (*at) {
                const Character got = next_character(at, columns);

                if (used + got.width > columns.max)
                        break;
                at += got.len;
                if (got.width == 0) {
                        if (marks++ < MARKS_MAX)
                                g_string_append_unichar(line, got.c);
                        continue;
                }
                if (got.c == ' ') {
                        after_space = at;
                        len_at_space = line->len;
                        used_at_space = used;
                }
                g_string_append_unichar(line, got.c);
                used += got.width;
                marks = 0;
        }
        if (columns.wrap && *at == ' ')
                at++; /* the line ends exactly before this space, which is passed over */
        else if (columns.wrap && *at && after_space) {
                g_string_truncate(line, len_at_space);
                at = after_space;
                used = used_at_space;
        }
        *text = at;
        return used;
}

unsigned ctl_columns_fit(GString *line, const char *text, CtlColumns columns) {
        const size_t len = line->len;
        const char *at = text;
        unsigned used;

        columns.wrap = false;
        used = ctl_columns_take(line, &at, columns);
        if (!*at || columns.max == 0)
                return used;
        g_string_truncate(line, len);
        at = text;
        columns.max--;
        used = ctl_columns_take(line, &at, columns);
        g_string_append(line, columns.utf8 ? "…" : ">");
        return used + 1;
}
