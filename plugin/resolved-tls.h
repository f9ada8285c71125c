/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * Asks how the administrator of the host wants to use DNS over TLS: DNSOverTLS= in resolved.conf, which is a
 * property of resolved's manager. The setting of a link overrides it, so ask here before you set one for a
 * link.
 */
#include <stdbool.h>
#include <systemd/sd-bus.h>

typedef struct ResolvedTls {
        sd_bus_slot *question;
        bool wanted; /* resolved has answered "yes" or "opportunistic" */
} ResolvedTls;

/*
 * Asks resolved. It answers in the order of the questions. So when a later question is answered, this one is
 * answered, too. If the question cannot be sent or is refused, the answer counts as "no".
 */
void resolved_tls_ask(ResolvedTls *tls, sd_bus *bus);
/* Drops the question and the answer. */
void resolved_tls_forget(ResolvedTls *tls);
