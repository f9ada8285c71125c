/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * Claims: who wants which links to be managed. A set of pairs (name or glob, owner).
 *
 * This module knows names, but no links. Plain names are found by hash, so thousands of claims cost no time.
 * Globs are few and are tried one by one. An owner is a pointer that is compared and never dereferenced.
 */
#include <stdbool.h>
#include <stddef.h>

#include "base/link-names.h"

typedef struct Claims Claims;

Claims *claims_new(void);
Claims *claims_free(Claims *claims);

/*
 * Returns true if an interface could have @name, at least as an alternative name, or if @name is a glob that
 * could match such a name.
 */
bool claims_name_is_valid(const char *name);
bool claims_name_is_glob(const char *name);

/* Adds a claim. Returns false if @owner has this claim already. */
bool claims_add(Claims *claims, const char *name, const void *owner);
/*
 * Sets or removes the mark of an existing claim. Returns true if this changed anything. The caller decides
 * what a mark means.
 */
bool claims_mark(Claims *claims, const char *name, const void *owner, bool marked);
bool claims_is_marked(const Claims *claims, const char *name, const void *owner);
bool claims_any_marked(const Claims *claims);
/* Returns true if any marked claim names the link by one of its names. */
bool claims_match_marked(const Claims *claims, const LinkNames *names);
/*
 * Removes a claim. Returns false if there was no such claim. @name is compared as text: a glob is not
 * expanded.
 */
bool claims_remove(Claims *claims, const char *name, const void *owner);
/* Removes all claims of one owner. Returns how many were removed. */
size_t claims_remove_owner(Claims *claims, const void *owner);
/* Removes every claim, plain or glob, that matches one of @names. Returns how many were removed. */
size_t claims_remove_matching(Claims *claims, const LinkNames *names);

typedef void (*ClaimFunc)(void *userdata, const char *name, const void *owner);
/* Calls @func for each claim, plain or glob, that names the link by one of its names. */
void claims_foreach_matching(const Claims *claims, const LinkNames *names, ClaimFunc func, void *userdata);

bool claims_has(const Claims *claims, const char *name, const void *owner);
/* Returns true if any claim, plain or glob, names the link by one of its names. */
bool claims_match(const Claims *claims, const LinkNames *names);
/*
 * Returns the names that one owner claims, NULL-terminated and in no particular order. The strings are
 * borrowed; the caller frees the array with g_free().
 */
const char **claims_names(const Claims *claims, const void *owner);
size_t claims_size(const Claims *claims);
