/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * Asks what the administrator of the host wants of DNS over TLS: DNSOverTLS= in resolved.conf, which
 * resolved's manager has as a property. The setting of a link overrides it, so whoever sets that asks here
 * first.
 */
#include <stdbool.h>
#include <systemd/sd-bus.h>

typedef struct ResolvedTls {
        sd_bus_slot *question;
        bool wanted; /* resolved has said that it is "yes" or "opportunistic" */
} ResolvedTls;

/*
 * Asks again. Resolved answers in the order of the questions: whoever asks for something else afterwards and
 * has got that answer, has this answer as well. A question that cannot be sent or is refused counts as "no".
 */
void resolved_tls_ask(ResolvedTls *tls, sd_bus *bus);
/* Drops the question, and what is known. */
void resolved_tls_forget(ResolvedTls *tls);
