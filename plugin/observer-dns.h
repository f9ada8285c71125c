/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * Finds leases whose DNS servers nobody uses. This happens if no plugin for DNS is loaded, or if the service
 * that the plugin would tell (systemd-resolved) is not there.
 *
 * Plugins report for each lease whether they pass its servers on (DhcpdLinkHost.report_dns). One of them is
 * enough. A plugin that says nothing counts as "no", so a host without such a plugin is reported as well,
 * unless it has a hook for DNS (observer-hook.h). A problem is reported only after a while, because at boot
 * the resolver may start later than the lease comes.
 *
 * With --plugin-dir= and no folder, an administrator has decided to do without plugins. Then nothing is
 * reported.
 */
#include <stdbool.h>

#include "base/usec.h"

typedef struct sd_event sd_event;
typedef struct DnsTakers DnsTakers;

typedef struct DnsTakersConfig {
        sd_event *event; /* borrowed; must outlive the takers */
        usec_t grace_usec;
        /* Reports a problem of the link. @problem: one sentence, borrowed; NULL: the problem is over. */
        void (*problem)(void *userdata, int ifindex, const char *problem);
        /* Returns true if a hook passes DNS servers on. It is called often. NULL: there is no such hook. */
        bool (*hook)(void *userdata);
        void *userdata;
} DnsTakersConfig;

DnsTakers *dns_takers_new(const DnsTakersConfig *config); /* copied */
/* Reports nothing more. */
DnsTakers *dns_takers_free(DnsTakers *takers);

/*
 * Looks at the hooks again, because some may have been added or removed. Otherwise they are looked at with
 * each event of a lease.
 */
void dns_takers_look_again(DnsTakers *takers);
/*
 * Call this before the plugins are told of a lease. @has_dns: false if the lease has no DNS servers or is
 * over.
 */
void dns_takers_lease(DnsTakers *takers, int ifindex, bool has_dns);
/*
 * Call this when a plugin has reported whether it passes on the DNS servers of the link's lease. @plugin:
 * its number, below 64. @problem: NULL if it does, otherwise why not, in words that continue a sentence.
 */
void dns_takers_report(DnsTakers *takers, unsigned plugin, int ifindex, const char *problem);
