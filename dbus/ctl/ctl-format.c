/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Formats values for people: spans of time, dates, hardware addresses, colours (on terminals only), and
 * texts without control characters.
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "dbus/ctl/ctl.h"

#define TEXTS    16u
#define TEXT_MAX 512u /* bytes; the rest is cut off; held by ctl_text() */

static char *next_text(void) {
        static char texts[TEXTS][TEXT_MAX];
        static unsigned i;

        return texts[i++ % TEXTS];
}

char *ctl_unescape_name(const char *name) {
        GString *s = g_string_new(NULL);

        while (*name) {
                if (name[0] == '\\' && name[1] == 'x' && isxdigit((unsigned char) name[2]) &&
                    isxdigit((unsigned char) name[3])) {
                        const int c = g_ascii_xdigit_value(name[2]) << 4 | g_ascii_xdigit_value(name[3]);

                        if (c != 0) {
                                g_string_append_c(s, (char) c);
                                name += 4;
                                continue;
                        }
                }
                g_string_append_c(s, *name++);
        }
        return g_string_free(s, FALSE);
}

const char *ctl_text(const char *text) {
        char *to = next_text();
        size_t n = 0;

        if (!text)
                return "";
        while (*text) {
                const gunichar c = g_utf8_get_char_validated(text, -1);
                const bool valid = c != (gunichar) -1 && c != (gunichar) -2;
                const size_t len = valid ? (size_t) (g_utf8_next_char(text) - text) : 1;

                if (n + len >= TEXT_MAX)
                        break;
                if (valid && g_unichar_isprint(c))
                        memcpy(to + n, text, len);
                else
                        to[n] = '?';
                n += valid && g_unichar_isprint(c) ? len : 1;
                text += len;
        }
        to[n] = '\0';
        return to;
}

const char *ctl_span(usec_t span) {
        static const struct {
                unsigned long long seconds;
                const char *name;
        } units[] = {
                { 86400, "d" },
                { 3600, "h" },
                { 60, "min" },
                { 1, "s" },
        };
        const unsigned long long seconds = span / USEC_PER_SEC;
        char *text = next_text();

        if (span == USEC_INFINITY)
                return "forever";
        for (size_t i = 0; i + 1 < ARRAY_SIZE(units); i++) {
                const unsigned long long more = seconds % units[i].seconds / units[i + 1].seconds;

                if (seconds < units[i].seconds)
                        continue;
                if (more > 0)
                        (void) snprintf(text, TEXT_MAX, "%llu%s %llu%s", seconds / units[i].seconds,
                                        units[i].name, more, units[i + 1].name);
                else
                        (void) snprintf(text, TEXT_MAX, "%llu%s", seconds / units[i].seconds, units[i].name);
                return text;
        }
        if (seconds == 0 && span >= USEC_PER_MSEC)
                (void) snprintf(text, TEXT_MAX, "%llums", (unsigned long long) (span / USEC_PER_MSEC));
        else
                (void) snprintf(text, TEXT_MAX, "%llus", seconds);
        return text;
}

usec_t ctl_now(clockid_t clock) {
        struct timespec ts;

        (void) clock_gettime(clock, &ts);
        return (usec_t) ts.tv_sec * USEC_PER_SEC + (usec_t) ts.tv_nsec / 1000;
}

const char *ctl_relative(usec_t at) {
        const usec_t now = ctl_now(CLOCK_BOOTTIME);
        char *text = next_text();

        if (at == USEC_INFINITY)
                return "never";
        if (at > now)
                (void) snprintf(text, TEXT_MAX, "in %s", ctl_span(at - now));
        else
                (void) snprintf(text, TEXT_MAX, "%s ago", ctl_span(now - at));
        return text;
}

const char *ctl_date(usec_t realtime) {
        const time_t seconds = (time_t) (realtime / USEC_PER_SEC);
        char *text = next_text();
        struct tm tm;

        if (realtime == USEC_INFINITY || !localtime_r(&seconds, &tm) ||
            strftime(text, TEXT_MAX, "%a %Y-%m-%d %H:%M:%S", &tm) == 0)
                return "never";
        return text;
}

const char *ctl_hw(GBytes *hw) {
        size_t len = 0;
        const uint8_t *bytes = hw ? g_bytes_get_data(hw, &len) : NULL;
        char *text = next_text();

        text[0] = '\0';
        for (size_t i = 0; i < len && 3 * i + 3 < TEXT_MAX; i++)
                (void) snprintf(text + (i > 0 ? 3 * i - 1 : 0), 4, i > 0 ? ":%02x" : "%02x", bytes[i]);
        return text;
}

const char *ctl_color_sequence(CtlColor color) {
        switch (color) {
        case CTL_COLOR_NONE:
                return "\033[0m";
        case CTL_COLOR_GOOD:
                return "\033[32m";
        case CTL_COLOR_BUSY:
                return "\033[33m";
        case CTL_COLOR_BAD:
                return "\033[31m";
        case CTL_COLOR_FAINT:
                return "\033[2m";
        case CTL_COLOR_BOLD:
                return "\033[1m";
        }
        return "";
}

bool ctl_is_colored(void) {
        static int colored = -1;

        if (colored < 0) {
                const char *no_color = getenv("NO_COLOR"), *term = getenv("TERM");

                colored = isatty(STDOUT_FILENO) && !(no_color && *no_color) &&
                        !(term && strcmp(term, "dumb") == 0);
        }
        return colored;
}

const char *ctl_color(CtlColor color) {
        return ctl_is_colored() ? ctl_color_sequence(color) : "";
}
