/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * Why a link has no lease yet, in words, and when that is worth a line in the journal.
 *
 * The facts are the client's (Dhcp4Search). Nothing here asks for the time or writes a log, so a unit test
 * sees every case. A search is nobody's business for its first seconds, because servers are slow and the
 * first frames get lost. After that each reason is told once in a search, and again an hour later at the
 * earliest, so neither retransmissions nor two servers in turns fill the journal.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/usec.h"
#include "core/dhcp4-client.h"

#define SEARCH_TEXT_MAX 256u /* bytes with the NUL */

/* What was told of a search. All zero: nothing. */
typedef struct SearchReport {
        usec_t since;      /* Dhcp4Search.since of the search that the rest is about */
        usec_t told_since; /* .told counts from here */
        uint32_t told;     /* one bit for each Dhcp4Refusal; that of NONE is silence */
        Dhcp4Refusal last; /* the reason that stood last */
} SearchReport;

/* Stores "DHCPOFFER of 192.0.2.1 not taken: no lease time ..."; "" if no answer was refused. */
void search_describe_refusal(const Dhcp4Search *search, char ret[SEARCH_TEXT_MAX]);

/*
 * Stores one sentence about what keeps the link from a lease. Returns false if the search is too young for
 * that, or if nothing is wrong that anybody knows of; *ret is "" then.
 */
bool search_describe(const Dhcp4Search *search, usec_t now, char ret[SEARCH_TEXT_MAX]);

/* Returns true if no server has answered for some messages. */
bool search_is_silent(const Dhcp4Search *search);

/* Returns true if the reason that search_describe() gives is to be told now. It then counts as told. */
bool search_report_due(SearchReport *report, const Dhcp4Search *search, usec_t now);
/* The same for @refusal, whatever search_describe() gives: the caller has a line of its own for it. */
bool search_report_tell(SearchReport *report, const Dhcp4Search *search, usec_t now, Dhcp4Refusal refusal);
