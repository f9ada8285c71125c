/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * Which leases have DNS servers that nobody uses: no plugin passes them on, because none is loaded or
 * because whoever it would tell (systemd-resolved) is not there.
 *
 * Plugins report for each lease whether they pass its servers on (DhcpdLinkHost.report_dns). One of them is
 * enough. Silence counts as no, so a host without such a plugin is told of as well, unless it has a hook for
 * that (observer-hook.h). A problem is told only when it has lasted for a while: at boot, a resolver may
 * come later than the lease.
 *
 * --plugin-dir= without a folder was somebody's decision. Then nothing is told.
 */
#include <stdbool.h>

#include "base/usec.h"

typedef struct sd_event sd_event;
typedef struct DnsTakers DnsTakers;

typedef struct DnsTakersConfig {
        sd_event *event; /* borrowed; must outlive the takers */
        usec_t grace_usec;
        /* @problem: one sentence, borrowed for the call; NULL: there is none any more. */
        void (*problem)(void *userdata, int ifindex, const char *problem);
        /* Is there a hook that passes DNS servers on? Asked often. NULL: there is none. */
        bool (*hook)(void *userdata);
        void *userdata;
} DnsTakersConfig;

DnsTakers *dns_takers_new(const DnsTakersConfig *config); /* copied */
/* Tells nothing more. */
DnsTakers *dns_takers_free(DnsTakers *takers);

/* Hooks may have come or gone; else they are looked at when there is news of a lease. */
void dns_takers_look_again(DnsTakers *takers);
/*
 * Call it before plugins are told of a lease, and with false when the lease is over or has no DNS servers.
 */
void dns_takers_lease(DnsTakers *takers, int ifindex, bool has_dns);
/*
 * The plugin with that number, below 64, passes the DNS servers of the link's lease on (@problem NULL), or
 * does not: then @problem says why, in words that continue a sentence.
 */
void dns_takers_report(DnsTakers *takers, unsigned plugin, int ifindex, const char *problem);
