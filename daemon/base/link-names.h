/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * All names of a link: the one that it has, and the alternative ones (IFLA_ALT_IFNAME, up to 127 bytes
 * each).
 *
 * The kernel keeps all of them unique within a network namespace, so each of them names this link and no
 * other. The alternative names are stored as one text: one behind the other, each with its NUL, and an
 * empty name at the end.
 */
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#define LINK_NAME_MAX 127u /* bytes, ALTIFNAMSIZ without the NUL */

typedef struct LinkNames {
        const char *ifname;
        const char *altnames; /* NULL: none */
} LinkNames;

/*
 * Returns the name that follows @name, or the first one if @name is NULL. Returns NULL if there are no
 * more. @name has to be a pointer that this function returned.
 */
static inline const char *link_names_next(const LinkNames *names, const char *name) {
        const char *next;

        if (!name)
                return names->ifname;
        next = name == names->ifname ? names->altnames : name + strlen(name) + 1;
        return next && *next ? next : NULL;
}

#define FOREACH_LINK_NAME(name, names) \
        for (const char *name = link_names_next(names, NULL); name; name = link_names_next(names, name))

static inline bool link_names_have(const LinkNames *names, const char *wanted) {
        FOREACH_LINK_NAME (name, names)
                if (strcmp(name, wanted) == 0)
                        return true;
        return false;
}

/* Returns the size in bytes of an altnames text, its end included; 0 for NULL. */
static inline size_t link_altnames_size(const char *altnames) {
        const char *p = altnames;

        if (!p)
                return 0;
        while (*p)
                p += strlen(p) + 1;
        return (size_t) (p - altnames) + 1;
}

static inline bool link_altnames_equal(const char *a, const char *b) {
        const size_t size = link_altnames_size(a);

        return size == link_altnames_size(b) && (size == 0 || memcmp(a, b, size) == 0);
}
