/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * Keeps which links have DNS servers in systemd-resolved, whoever set them. Above all this finds VPNs.
 *
 * Only the DNS property of resolved's manager tells of its changes; Domains and DefaultRoute do not, and
 * nothing tells of a link that is gone. So a link counts if it has servers, and resolved_links_ask() is for
 * changes without a signal.
 */
#include <stdbool.h>
#include <stddef.h>

#include "dbus/name-owner.h"

#define RESOLVED_LINKS_MAX 64u /* held by add_link() */

typedef struct ResolvedLinks ResolvedLinks;

/* Is called when a question was answered, even if nothing differs from before or the question failed. */
typedef void (*ResolvedLinksKnown)(void *userdata);

/*
 * Begins to listen to the owner of resolved's name, and asks nothing yet. @owner must live longer. Negative
 * errno.
 */
int resolved_links_new(sd_bus *bus, NameOwner *owner, ResolvedLinksKnown known, void *userdata,
                       ResolvedLinks **ret);
/* Not to be called by @known. */
ResolvedLinks *resolved_links_free(ResolvedLinks *links);

/* Asks again, unless an answer is awaited already. Negative errno: @known will not be called. */
int resolved_links_ask(ResolvedLinks *links);
/* Forgets what is known and drops the open question, because resolved has been restarted or has ended. */
void resolved_links_forget(ResolvedLinks *links);

/*
 * Stores the interface indexes of links with DNS servers, each once. Returns false if there are more than
 * are kept.
 */
bool resolved_links_get(const ResolvedLinks *links, const int **ret, size_t *ret_n);
