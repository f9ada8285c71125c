/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * Who wants which links managed: a set of (name or glob, owner) pairs.
 *
 * Knows names only, no links. Plain names are found by hash, so thousands of holders cost nothing; globs are
 * few and are tried one by one. An owner is an address that is compared and never looked into.
 */
#include <stdbool.h>
#include <stddef.h>

#include "base/link-names.h"

typedef struct Claims Claims;

Claims *claims_new(void);
Claims *claims_free(Claims *claims);

/*
 * Returns true if an interface could have this name, at least as an alternative one, or if it is a glob that
 * could match one.
 */
bool claims_name_is_valid(const char *name);
bool claims_name_is_glob(const char *name);

/* False: @owner has that very claim already. */
bool claims_add(Claims *claims, const char *name, const void *owner);
/*
 * Marks a claim that is there, or takes its mark away. Returns true if that changed something. What a mark
 * means is the caller's matter.
 */
bool claims_mark(Claims *claims, const char *name, const void *owner, bool marked);
bool claims_is_marked(const Claims *claims, const char *name, const void *owner);
bool claims_any_marked(const Claims *claims);
/* Returns true if any marked claim names the link by one of its names. */
bool claims_match_marked(const Claims *claims, const LinkNames *names);
/* False: there was no such claim. @name compares as text: a glob is not expanded. */
bool claims_remove(Claims *claims, const char *name, const void *owner);
/* Everything of one owner. Returns how many went. */
size_t claims_remove_owner(Claims *claims, const void *owner);
/* Drops every claim, plain or glob, that matches one of @names. Returns how many were dropped. */
size_t claims_remove_matching(Claims *claims, const LinkNames *names);

typedef void (*ClaimFunc)(void *userdata, const char *name, const void *owner);
/* Calls @func for each claim, plain or glob, that names the link by one of its names. */
void claims_foreach_matching(const Claims *claims, const LinkNames *names, ClaimFunc func, void *userdata);

bool claims_has(const Claims *claims, const char *name, const void *owner);
/* Returns true if any claim, plain or glob, names the link by one of its names. */
bool claims_match(const Claims *claims, const LinkNames *names);
/* The names of one owner, NULL-terminated; borrowed strings, free the array with g_free(). In no order. */
const char **claims_names(const Claims *claims, const void *owner);
size_t claims_size(const Claims *claims);
