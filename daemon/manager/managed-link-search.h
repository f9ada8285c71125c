/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * Says in words why a link has no lease yet, and decides when this is worth a line in the journal.
 *
 * The facts come from the client (Dhcp4Search). Nothing here asks for the time or writes a log, so a unit
 * test can reach every case. Nothing is told in the first seconds of a search, because servers are slow and
 * the first frames may get lost. After that each reason is told once in a search, and again an hour later at
 * the earliest. So neither retransmissions nor two servers that refuse in turn fill the journal.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/usec.h"
#include "core/dhcp4-client.h"

#define SEARCH_TEXT_MAX 256u /* bytes with the NUL */

/* What was told about a search. All zero: nothing was told. */
typedef struct SearchReport {
        usec_t since;      /* Dhcp4Search.since of the search that the rest is about */
        usec_t told_since; /* .told counts from here */
        uint32_t told;     /* one bit for each Dhcp4Refusal; the bit of NONE stands for silence */
        Dhcp4Refusal last; /* the latest reason */
} SearchReport;

/* Stores "DHCPOFFER of 192.0.2.1 not taken: no lease time ..."; "" if no answer was refused. */
void search_describe_refusal(const Dhcp4Search *search, char ret[SEARCH_TEXT_MAX]);

/*
 * Stores one sentence that says why the link has no lease. Returns false and stores "" if the search is too
 * young for that, or if no reason is known.
 */
bool search_describe(const Dhcp4Search *search, usec_t now, char ret[SEARCH_TEXT_MAX]);

/* Returns true if no server has answered for some messages. */
bool search_is_silent(const Dhcp4Search *search);

/*
 * Returns true if the caller has to tell the reason that search_describe() gives now. The reason then counts
 * as told.
 */
bool search_report_due(SearchReport *report, const Dhcp4Search *search, usec_t now);
/*
 * Does the same for @refusal, whatever search_describe() gives. This is for callers that write a line of
 * their own about @refusal.
 */
bool search_report_tell(SearchReport *report, const Dhcp4Search *search, usec_t now, Dhcp4Refusal refusal);
