/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Describes a search without success (manager/managed-link-search.h), and decides what of it has to be told.
 *
 * After five seconds and three attempts the journal says why there is no lease, each reason once in a
 * search.
 */
#include "manager/managed-link-search.h"

#include <arpa/inet.h>
#include <stdio.h>

/* A search is told about when it is at least this old and at least this many messages had no success. */
#define OVERDUE_USEC     (5 * USEC_PER_SEC)
#define OVERDUE_ATTEMPTS 3u
/* After this many messages without any answer, no server counts as answering. */
#define SILENT_ATTEMPTS 3u
/* The same reason is told again after this, if there was another one meanwhile. */
#define AGAIN_USEC (3600 * USEC_PER_SEC)

_Static_assert(_DHCP4_REFUSAL_MAX <= 32, "a bit of SearchReport.told for each");

static bool is_overdue(const Dhcp4Search *search, usec_t now) {
        return search->since != USEC_INFINITY && search->attempts >= OVERDUE_ATTEMPTS &&
                usec_sub(now, search->since) >= OVERDUE_USEC;
}

bool search_is_silent(const Dhcp4Search *search) {
        return search->unanswered >= SILENT_ATTEMPTS;
}

void search_describe_refusal(const Dhcp4Search *search, char ret[SEARCH_TEXT_MAX]) {
        const char *type = dhcp4_message_type_to_string(search->refused_type);
        char server[INET_ADDRSTRLEN + 4] = "";

        ret[0] = 0;
        if (search->refusal == DHCP4_REFUSAL_NONE)
                return;
        if (search->refused_server.s_addr != INADDR_ANY) {
                char address[INET_ADDRSTRLEN];

                (void) inet_ntop(AF_INET, &search->refused_server, address, sizeof(address));
                (void) snprintf(server, sizeof(server), " of %s", address);
        }
        /* Not "not taken": the client has followed the NAK. */
        (void) snprintf(ret, SEARCH_TEXT_MAX, "%s%s%s: %s", type ?: "", server,
                        search->refusal == DHCP4_REFUSAL_NAK ? "" : " not taken",
                        dhcp4_refusal_describe(search->refusal));
}

bool search_describe(const Dhcp4Search *search, usec_t now, char ret[SEARCH_TEXT_MAX]) {
        ret[0] = 0;
        if (!is_overdue(search, now))
                return false;
        if (search_is_silent(search))
                (void) snprintf(ret, SEARCH_TEXT_MAX, "No DHCP server answers");
        else
                search_describe_refusal(search, ret);
        return ret[0] != 0;
}

bool search_report_tell(SearchReport *report, const Dhcp4Search *search, usec_t now, Dhcp4Refusal refusal) {
        const uint32_t bit = UINT32_C(1) << refusal;

        if (report->since != search->since)
                *report = (SearchReport){ .since = search->since, .told_since = now };
        else if (usec_sub(now, report->told_since) >= AGAIN_USEC) {
                /* A reason that has not changed is not told again, not even after an hour. */
                report->told &= UINT32_C(1) << report->last;
                report->told_since = now;
        }
        report->last = refusal;
        if (report->told & bit)
                return false;
        report->told |= bit;
        return true;
}

bool search_report_due(SearchReport *report, const Dhcp4Search *search, usec_t now) {
        char text[SEARCH_TEXT_MAX];

        return search_describe(search, now, text) &&
                search_report_tell(report, search, now,
                                   search_is_silent(search) ? DHCP4_REFUSAL_NONE : search->refusal);
}
