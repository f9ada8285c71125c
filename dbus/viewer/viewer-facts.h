/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What is known about a link, as titles and values for people. The card shows them, and "copy as text"
 * copies them.
 */
#pragma once

#include <dhcpd-link-client.h>

typedef struct ViewerFact {
        const char *title; /* not translated yet; the context of its translation is "fact" */
        /* Returns a clean text, or NULL or "" if there is nothing to say. */
        char *(*value)(DhcpdLinkLink *link, DhcpdLinkDhcp4 *dhcp4);
        gboolean of_lease; /* @value needs @dhcp4, which is NULL if DHCPv4 is not configured */
} ViewerFact;

/* The facts of the lease, then those of the link; each table ends with a NULL title. */
extern const ViewerFact viewer_facts_of_lease[];
extern const ViewerFact viewer_facts_of_link[];

/* Returns the value of @fact for @link, never NULL. */
char *viewer_fact_value(const ViewerFact *fact, DhcpdLinkLink *link);
/* Returns the title of @fact in the language of the user. */
const char *viewer_fact_title(const ViewerFact *fact);

/* Returns the state of the link as a word, with the address if there is one: "Configured, 10.0.0.7". */
char *viewer_fact_summary(DhcpdLinkLink *link);

/* Returns an option as text: its value, or its bytes if it could not be decoded. */
char *viewer_option_text(DhcpdLinkOption *option);
/* Returns the bytes of an option as hexadecimal digits. */
char *viewer_option_raw(DhcpdLinkOption *option);
/* Returns why the option, or a part of it, is not used; "" if all of it is used. */
char *viewer_option_note(DhcpdLinkOption *option);

/* Returns everything about @link as plain text of many lines. */
char *viewer_facts_text(DhcpdLinkLink *link);
