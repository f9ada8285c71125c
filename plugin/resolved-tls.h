/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * What the administrator of the host wants of DNS over TLS: DNSOverTLS= in resolved.conf, by the property of
 * that name of resolved's manager. A link's own setting goes before it, so whoever sets that asks here
 * first.
 */
#include <stdbool.h>
#include <systemd/sd-bus.h>

typedef struct ResolvedTls {
        sd_bus_slot *question;
        bool wanted; /* resolved has said that it is "yes" or "opportunistic" */
} ResolvedTls;

/*
 * Asks anew. Resolved answers in the order that it is asked in, so whoever asks it for something else
 * afterwards, and has that answer, has this one as well. A question that cannot be sent or is refused is as
 * good as "no".
 */
void resolved_tls_ask(ResolvedTls *tls, sd_bus *bus);
/* Drops the question, and what is known. */
void resolved_tls_forget(ResolvedTls *tls);
