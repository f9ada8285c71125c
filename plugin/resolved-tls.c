/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Asks how the administrator wants to use DNS over TLS (contract: plugin/resolved-tls.h). */
#include "plugin/resolved-tls.h"

#include <string.h>

#define SERVICE    "org.freedesktop.resolve1"
#define OBJECT     "/org/freedesktop/resolve1"
#define MANAGER    "org.freedesktop.resolve1.Manager"
#define PROPERTIES "org.freedesktop.DBus.Properties"

static int on_answer(sd_bus_message *m, void *userdata, sd_bus_error *reterr) {
        ResolvedTls *tls = userdata;
        const char *mode = NULL;

        tls->question = sd_bus_slot_unref(tls->question);
        tls->wanted = !sd_bus_message_is_method_error(m, NULL) &&
                sd_bus_message_read(m, "v", "s", &mode) > 0 && strcmp(mode, "no") != 0;
        return 0;
}

void resolved_tls_ask(ResolvedTls *tls, sd_bus *bus) {
        sd_bus_message *m = NULL;
        int r;

        resolved_tls_forget(tls);
        r = sd_bus_message_new_method_call(bus, &m, SERVICE, OBJECT, PROPERTIES, "Get");
        if (r >= 0)
                r = sd_bus_message_set_auto_start(m, false);
        if (r >= 0)
                r = sd_bus_message_append(m, "ss", MANAGER, "DNSOverTLS");
        if (r >= 0)
                (void) sd_bus_call_async(bus, &tls->question, m, on_answer, tls, /* usec= */ 0);
        sd_bus_message_unref(m);
}

void resolved_tls_forget(ResolvedTls *tls) {
        tls->question = sd_bus_slot_unref(tls->question);
        tls->wanted = false;
}
