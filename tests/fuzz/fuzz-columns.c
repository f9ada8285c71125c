/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * dbus/ctl/ctl-columns.c with any text: the result prints, is as wide as is said, and no wider than it
 * may be; and the reading of the text comes to an end.
 *
 * Input: a byte with the width and whether the terminal has UTF-8, and the text.
 */
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "base/macro.h"
#include "dbus/ctl/ctl-columns.h"
#include "tests/fuzz/fuzz.h"

static void check(const GString *line, CtlColumns columns, unsigned used) {
        unsigned width = 0;

        assert(g_utf8_validate(line->str, (gssize) line->len, NULL));
        for (const char *c = line->str; *c; c = g_utf8_next_char(c)) {
                const gunichar u = g_utf8_get_char(c);

                assert(g_unichar_isprint(u) && (columns.utf8 || u < 0x80));
                assert(wcwidth((wchar_t) u) >= 0);
                width += (unsigned) wcwidth((wchar_t) u);
        }
        assert(width == used && used <= columns.max);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        g_autofree char *text = NULL;
        g_autoptr(GString) line = g_string_new(NULL);
        unsigned used_by_fit;
        CtlColumns columns;
        const char *at;

        (void) setlocale(LC_CTYPE, "C.UTF-8");
        if (size < 1)
                return 0;
        columns =
                (CtlColumns){ .max = 1 + (data[0] & 0x3f), .utf8 = data[0] & 0x40, .wrap = data[0] & 0x80 };
        text = g_strndup((const char *) data + 1, size - 1);
        at = text;
        while (*at) {
                const char *before = at;
                unsigned used;

                g_string_truncate(line, 0);
                used = ctl_columns_take(line, &at, columns);
                check(line, columns, used);
                assert(at > before && at <= text + strlen(text));
        }
        g_string_truncate(line, 0);
        columns.max--;
        used_by_fit = ctl_columns_fit(line, text, columns);
        check(line, columns, used_by_fit);
        return 0;
}
