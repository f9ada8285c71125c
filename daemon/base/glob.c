/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Shell globs (glob.h). Pure. A failed match goes back to the last star only. That is enough, because an
 * earlier star could not match more, and it keeps the time within the product of both lengths.
 */
#include "base/glob.h"

#include <stddef.h>

/*
 * Matches @c against the bracket expression that begins at @p, behind its '['. Stores in *ret whether it
 * holds @c. Returns the place behind its ']', or NULL if it has none; then the '[' is an ordinary byte.
 */
static const char *match_bracket(const char *p, unsigned char c, bool *ret) {
        const bool negated = *p == '!' || *p == '^';
        bool found = false;

        if (negated)
                p++;
        /* A ']' that comes first is a member. */
        for (bool first = true; first || *p != ']'; first = false) {
                unsigned char low, high;

                if (*p == '\0')
                        return NULL;
                low = high = (unsigned char) *p++;
                if (p[0] == '-' && p[1] != ']' && p[1] != '\0') {
                        high = (unsigned char) p[1];
                        p += 2;
                }
                found = found || (low <= c && c <= high);
        }
        *ret = found != negated;
        return p + 1;
}

/*
 * Matches one byte of a name against what stands at @p, which is no '*'. Returns the place behind what
 * matched, or NULL if it does not match.
 */
static const char *match_one(const char *p, char c) {
        const char *next;
        bool found;

        switch (*p) {
        case '\0':
                return NULL;
        case '?':
                return p + 1;
        case '[':
                next = match_bracket(p + 1, (unsigned char) c, &found);
                if (next)
                        return found ? next : NULL;
                break;
        case '\\':
                if (p[1] != '\0')
                        p++;
                break;
        }
        return *p == c ? p + 1 : NULL;
}

bool glob_match(const char *glob, const char *name) {
        const char *star = NULL, *resume = NULL, *next;

        while (*name) {
                if (*glob == '*') {
                        star = ++glob;
                        resume = name;
                } else if ((next = match_one(glob, *name))) {
                        glob = next;
                        name++;
                } else if (star) {
                        glob = star;
                        name = ++resume;
                } else
                        return false;
        }
        while (*glob == '*')
                glob++;
        return *glob == '\0';
}
