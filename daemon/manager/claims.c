/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The set of claims (claims.h). Two tables: plain names by hash, globs in the order in which they came.
 */
#include "manager/claims.h"

#include <ctype.h>
#include <glib.h>
#include <string.h>

#include "base/glob.h"

typedef struct Glob {
        char *pattern;
        const void *owner;
} Glob;

struct Claims {
        GHashTable *names; /* char* -> GPtrArray of owners, never empty */
        GArray *globs;     /* of Glob */
        size_t n;
        Claims *marked; /* the marked claims among them; NULL: none was ever marked */
};

static void glob_clear(gpointer data) {
        Glob *glob = data;

        g_free(glob->pattern);
}

Claims *claims_new(void) {
        Claims *claims = g_new0(Claims, 1);

        claims->names =
                g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify) g_ptr_array_unref);
        claims->globs = g_array_new(FALSE, FALSE, sizeof(Glob));
        g_array_set_clear_func(claims->globs, glob_clear);
        return claims;
}

Claims *claims_free(Claims *claims) {
        if (!claims)
                return NULL;
        g_hash_table_unref(claims->names);
        g_array_unref(claims->globs);
        (void) claims_free(claims->marked);
        g_free(claims);
        return NULL;
}

bool claims_name_is_glob(const char *name) {
        return strpbrk(name, "*?[") != NULL;
}

/*
 * The kernel's own rule (dev_valid_name) but for the length: not empty, no '/', ':' or white space, not "."
 * or "..". Alternative names may be longer than IFNAMSIZ and have any bytes. A name that breaks the rule can
 * only be claimed by a glob.
 */
bool claims_name_is_valid(const char *name) {
        const size_t len = strlen(name);

        if (len == 0 || len > LINK_NAME_MAX)
                return false;
        if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
                return false;
        for (const char *p = name; *p; p++)
                if (*p == '/' || *p == ':' || isspace((unsigned char) *p) || iscntrl((unsigned char) *p))
                        return false;
        return true;
}

static gboolean glob_find(const Claims *claims, const char *name, const void *owner, guint *ret) {
        for (guint i = 0; i < claims->globs->len; i++) {
                const Glob *glob = &g_array_index(claims->globs, Glob, i);

                if (glob->owner == owner && strcmp(glob->pattern, name) == 0) {
                        *ret = i;
                        return TRUE;
                }
        }
        return FALSE;
}

bool claims_has(const Claims *claims, const char *name, const void *owner) {
        GPtrArray *owners;
        guint i;

        if (claims_name_is_glob(name))
                return glob_find(claims, name, owner, &i);
        owners = g_hash_table_lookup(claims->names, name);
        return owners && g_ptr_array_find(owners, owner, NULL);
}

bool claims_add(Claims *claims, const char *name, const void *owner) {
        GPtrArray *owners;

        if (claims_has(claims, name, owner))
                return false;
        claims->n++;

        if (claims_name_is_glob(name)) {
                const Glob glob = { .pattern = g_strdup(name), .owner = owner };

                g_array_append_val(claims->globs, glob);
                return true;
        }

        owners = g_hash_table_lookup(claims->names, name);
        if (!owners) {
                owners = g_ptr_array_new();
                g_hash_table_insert(claims->names, g_strdup(name), owners);
        }
        g_ptr_array_add(owners, (gpointer) owner);
        return true;
}

bool claims_mark(Claims *claims, const char *name, const void *owner, bool marked) {
        if (!claims_has(claims, name, owner))
                return false;
        if (!marked)
                return claims->marked && claims_remove(claims->marked, name, owner);
        if (!claims->marked)
                claims->marked = claims_new();
        return claims_add(claims->marked, name, owner);
}

bool claims_is_marked(const Claims *claims, const char *name, const void *owner) {
        return claims->marked && claims_has(claims->marked, name, owner);
}

bool claims_any_marked(const Claims *claims) {
        return claims->marked && claims->marked->n > 0;
}

bool claims_match_marked(const Claims *claims, const LinkNames *names) {
        return claims->marked && claims_match(claims->marked, names);
}

bool claims_remove(Claims *claims, const char *name, const void *owner) {
        GPtrArray *owners;
        guint i;

        if (claims->marked)
                (void) claims_remove(claims->marked, name, owner);
        if (claims_name_is_glob(name)) {
                if (!glob_find(claims, name, owner, &i))
                        return false;
                g_array_remove_index(claims->globs, i);
                claims->n--;
                return true;
        }

        owners = g_hash_table_lookup(claims->names, name);
        if (!owners || !g_ptr_array_remove(owners, (gpointer) owner))
                return false;
        if (owners->len == 0)
                g_hash_table_remove(claims->names, name);
        claims->n--;
        return true;
}

size_t claims_remove_owner(Claims *claims, const void *owner) {
        const size_t before = claims->n;
        GHashTableIter iter;
        gpointer owners;

        if (claims->marked)
                (void) claims_remove_owner(claims->marked, owner);
        for (guint i = claims->globs->len; i-- > 0;)
                if (g_array_index(claims->globs, Glob, i).owner == owner) {
                        g_array_remove_index(claims->globs, i);
                        claims->n--;
                }

        g_hash_table_iter_init(&iter, claims->names);
        while (g_hash_table_iter_next(&iter, NULL, &owners)) {
                if (!g_ptr_array_remove(owners, (gpointer) owner))
                        continue;
                claims->n--;
                if (((GPtrArray *) owners)->len == 0)
                        g_hash_table_iter_remove(&iter);
        }
        return before - claims->n;
}

static bool any_name_matches(const Glob *glob, const LinkNames *names) {
        FOREACH_LINK_NAME (name, names)
                if (glob_match(glob->pattern, name))
                        return true;
        return false;
}

size_t claims_remove_matching(Claims *claims, const LinkNames *names) {
        const size_t before = claims->n;

        if (claims->marked)
                (void) claims_remove_matching(claims->marked, names);
        FOREACH_LINK_NAME (name, names) {
                const GPtrArray *owners = g_hash_table_lookup(claims->names, name);

                if (!owners)
                        continue;
                claims->n -= owners->len;
                g_hash_table_remove(claims->names, name);
        }
        for (guint i = claims->globs->len; i-- > 0;)
                if (any_name_matches(&g_array_index(claims->globs, Glob, i), names)) {
                        g_array_remove_index(claims->globs, i);
                        claims->n--;
                }
        return before - claims->n;
}

bool claims_match(const Claims *claims, const LinkNames *names) {
        FOREACH_LINK_NAME (name, names)
                if (g_hash_table_contains(claims->names, name))
                        return true;
        for (guint i = 0; i < claims->globs->len; i++)
                if (any_name_matches(&g_array_index(claims->globs, Glob, i), names))
                        return true;
        return false;
}

void claims_foreach_matching(const Claims *claims, const LinkNames *names, ClaimFunc func, void *userdata) {
        FOREACH_LINK_NAME (name, names) {
                const GPtrArray *owners = g_hash_table_lookup(claims->names, name);

                for (guint i = 0; owners && i < owners->len; i++)
                        func(userdata, name, owners->pdata[i]);
        }
        for (guint i = 0; i < claims->globs->len; i++) {
                const Glob *glob = &g_array_index(claims->globs, Glob, i);

                if (any_name_matches(glob, names))
                        func(userdata, glob->pattern, glob->owner);
        }
}

size_t claims_size(const Claims *claims) {
        return claims->n;
}

const char **claims_names(const Claims *claims, const void *owner) {
        const char **names = g_new0(const char *, claims->n + 1);
        gpointer name, owners;
        GHashTableIter iter;
        size_t n = 0;

        for (guint i = 0; i < claims->globs->len; i++) {
                const Glob *glob = &g_array_index(claims->globs, Glob, i);

                if (glob->owner == owner)
                        names[n++] = glob->pattern;
        }
        g_hash_table_iter_init(&iter, claims->names);
        while (g_hash_table_iter_next(&iter, &name, &owners))
                if (g_ptr_array_find(owners, owner, NULL))
                        names[n++] = name;
        return names;
}
