/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * Keeps which links have DNS servers in systemd-resolved, no matter who has set them. This is mainly needed
 * to find VPNs.
 *
 * resolved's manager signals changes only of its property DNS, not of Domains and DefaultRoute, and it does
 * not signal that a link is gone. So what counts is whether a link has servers, and resolved_links_ask() is
 * for changes without a signal.
 */
#include <stdbool.h>
#include <stddef.h>

#include "dbus/name-owner.h"

#define RESOLVED_LINKS_MAX 64u /* held by add_link() */

typedef struct ResolvedLinks ResolvedLinks;

/* Is called when a question was answered, even if nothing differs from before or the question failed. */
typedef void (*ResolvedLinksKnown)(void *userdata);

/*
 * Subscribes to the signals of resolved, and asks nothing yet. @owner must outlive the result. Returns a
 * negative errno on failure.
 */
int resolved_links_new(sd_bus *bus, NameOwner *owner, ResolvedLinksKnown known, void *userdata,
                       ResolvedLinks **ret);
/* Must not be called by @known. */
ResolvedLinks *resolved_links_free(ResolvedLinks *links);

/*
 * Asks resolved, unless a question is open already. Returns a negative errno on failure: @known is then not
 * called.
 */
int resolved_links_ask(ResolvedLinks *links);
/* Forgets what is known and drops the open question, because resolved has been restarted or has ended. */
void resolved_links_forget(ResolvedLinks *links);

/*
 * Stores the interface indexes of links with DNS servers, each once. Returns false if there are more than
 * are kept.
 */
bool resolved_links_get(const ResolvedLinks *links, const int **ret, size_t *ret_n);
