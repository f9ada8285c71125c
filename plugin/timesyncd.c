/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Passes the NTP servers of all leases (option 42, RFC 2132 §8.3) to systemd-timesyncd, over its D-Bus
 * interface org.freedesktop.timesync1.
 *
 *   [Plugin timesyncd]
 *   Enable=yes|no   no: not loaded
 *
 * The plugin is on by default. It gives the local network no new power: somebody who controls the network
 * can also answer in the name of any other NTP server. On a host without systemd-timesyncd the plugin does
 * nothing.
 *
 * SetRuntimeNTPServers sets one list for the host, which timesyncd prefers to the servers of its own
 * configuration (NTP=). So the plugin reads the configured servers and puts them first in the list, so that
 * the administrator's servers are not replaced. The list cannot be read back, and timesyncd forgets it when
 * it ends. So timesyncd is told everything again whenever it appears on the bus.
 *
 * A note that timesyncd has a list of ours is kept until the next boot. If a daemon finds the note and has
 * no lease with NTP servers half a minute later, the earlier daemon was killed and the lease is gone. Then
 * the plugin tells timesyncd that there are no servers.
 */
#include <arpa/inet.h>
#include <dhcpd-link-plugin.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#include "plugin/service-leases.h"
#include "plugin/service.h"

#define OPTION_NTP  42u
#define SERVICE     "org.freedesktop.timesync1"
#define OBJECT      "/org/freedesktop/timesync1"
#define INTERFACE   "org.freedesktop.timesync1.Manager"
#define PROPERTIES  "org.freedesktop.DBus.Properties"
#define SETTLE_USEC 30000000ULL

#define SERVERS_MAX        32u /* of all leases; held by append_servers() */
#define SYSTEM_SERVERS_MAX 16u /* held by read_system() */

typedef enum Call {
        CALL_GET,
        CALL_SET,
} Call;

typedef struct Timesyncd {
        ServiceTask task; /* must be first, because a pointer to it is converted to a Timesyncd */
        const DhcpdLinkHost *host;
        Service *service;
        LeaseValue *leases; /* addresses with spaces between them */
        bool noted;         /* the note says that timesyncd has a list of ours */
        bool settled;       /* by now we have heard of the leases that an earlier daemon had */
        sd_event_source *settle_source;
        bool know_system;
        char *system[SYSTEM_SERVERS_MAX]; /* the servers of timesyncd's own configuration */
        size_t n_system;
        Call last; /* the call of the last batch */
} Timesyncd;

static void forget_system(Timesyncd *t) {
        while (t->n_system > 0)
                free(t->system[--t->n_system]);
        t->know_system = false;
}

/* For people */

static void report(const Timesyncd *t, const char *problem) {
        for (const LeaseValue *l = t->leases; l; l = l->next)
                t->host->report_unused(t->host, l->ifindex, OPTION_NTP, problem);
}

/*
 * Saves or removes the note. If it cannot be saved and the daemon is killed, timesyncd may keep our list.
 */
static void note(Timesyncd *t, bool told) {
        if (t->noted != told)
                (void) t->host->remember(t->host, /* persistent= */ 0, told ? "told" : NULL);
        t->noted = told;
}

/* Calls */

static void ask_system(Timesyncd *t) {
        sd_bus_message *m = NULL;
        int r;

        r = service_call_new(&t->task, PROPERTIES, "Get", &m);
        if (r >= 0)
                r = sd_bus_message_append(m, "ss", INTERFACE, "SystemNTPServers");
        (void) service_call_send(&t->task, CALL_GET, "Get", m, r);
}

static int append_system(const Timesyncd *t, sd_bus_message *m) {
        for (size_t i = 0; i < t->n_system; i++) {
                const int r = sd_bus_message_append(m, "s", t->system[i]);

                if (r < 0)
                        return r;
        }
        return 0;
}

/* Appends the servers of all leases, each once. */
static int append_servers(const Timesyncd *t, sd_bus_message *m) {
        in_addr_t told[SERVERS_MAX];
        size_t n = 0;

        for (const LeaseValue *l = t->leases; l; l = l->next)
                for (const char *p = l->value; *p && n < SERVERS_MAX;) {
                        const size_t len = strcspn(p, " ");
                        char text[INET_ADDRSTRLEN];
                        size_t i = 0;
                        int r;

                        (void) snprintf(text, sizeof(text), "%.*s", (int) len, p);
                        p += len + strspn(p + len, " ");
                        told[n] = inet_addr(text);
                        while (told[i] != told[n])
                                i++;
                        if (i < n)
                                continue;
                        n++;
                        r = sd_bus_message_append(m, "s", text);
                        if (r < 0)
                                return r;
                }
        return 0;
}

static void tell(Timesyncd *t) {
        sd_bus_message *m = NULL;
        int r;

        r = service_call_new(&t->task, NULL, "SetRuntimeNTPServers", &m);
        if (r >= 0)
                r = sd_bus_message_open_container(m, 'a', "s");
        if (r >= 0 && t->leases)
                r = append_system(t, m);
        if (r >= 0)
                r = append_servers(t, m);
        if (r >= 0)
                r = sd_bus_message_close_container(m);
        (void) service_call_send(&t->task, CALL_SET, "SetRuntimeNTPServers", m, r);
}

static void on_send(ServiceTask *task) {
        Timesyncd *t = (Timesyncd *) task;

        t->last = t->leases && !t->know_system ? CALL_GET : CALL_SET;
        if (t->last == CALL_GET)
                ask_system(t);
        else if (t->leases || t->noted) {
                note(t, true);
                tell(t);
        }
}

/* Reads the configured servers, an "as" in a variant. Returns a negative errno on failure. */
static int read_system(Timesyncd *t, sd_bus_message *reply) {
        const char *server;
        int r;

        forget_system(t);
        r = sd_bus_message_enter_container(reply, 'v', "as");
        if (r >= 0)
                r = sd_bus_message_enter_container(reply, 'a', "s");
        while (r >= 0 && t->n_system < SYSTEM_SERVERS_MAX &&
               (r = sd_bus_message_read(reply, "s", &server)) > 0) {
                t->system[t->n_system] = strdup(server);
                if (!t->system[t->n_system])
                        return -ENOMEM;
                t->n_system++;
        }
        t->know_system = r >= 0;
        return r;
}

static ServiceAnswer on_answered(ServiceTask *task, unsigned call, sd_bus_message *reply,
                                 const sd_bus_error *error) {
        Timesyncd *t = (Timesyncd *) task;

        if (error)
                return SERVICE_ANSWER_FAILED;
        return call == CALL_GET && read_system(t, reply) < 0 ? SERVICE_ANSWER_NOT_YET : SERVICE_ANSWER_OK;
}

static void on_done(ServiceTask *task, bool over) {
        Timesyncd *t = (Timesyncd *) task;

        if (task->failed)
                report(t, "systemd-timesyncd does not take them");
        else if (t->last == CALL_GET) {
                task->dirty = true;
                service_sync(task);
        } else if (t->leases)
                report(t, NULL);
        else {
                note(t, false);
                task->last_word = false;
        }
}

static void on_owned(void *userdata, bool owned) {
        Timesyncd *t = userdata;

        forget_system(t);
        if (owned)
                service_available(t->service);
}

static void on_missing(ServiceTask *task) {
        report((Timesyncd *) task, "systemd-timesyncd is not running");
}

static void on_unanswered(ServiceTask *task) {
        const DhcpdLinkHost *host = ((const Timesyncd *) task)->host;

        host->log(host, LOG_WARNING,
                  "systemd-timesyncd does not answer, and may keep the servers of the lease that is lost");
}

/* Tells timesyncd the servers again after a change. */
static void reconsider(Timesyncd *t) {
        int r;

        t->task.last_word = !t->leases && t->noted && t->settled;
        if (!t->leases && !t->task.last_word)
                return;
        t->task.dirty = true;
        r = service_open(t->service);
        if (r < 0)
                t->host->log(t->host, LOG_WARNING, "Cannot connect to the system bus: %s", strerror(-r));
        service_sync(&t->task);
}

/* The plugin */

static int on_settled(sd_event_source *source, uint64_t usec, void *userdata) {
        Timesyncd *t = userdata;

        t->settled = true;
        reconsider(t);
        return 0;
}

static int timesyncd_init(const DhcpdLinkHost *host, void **ret_state) {
        char text[DHCPD_LINK_REMEMBER_MAX];
        Timesyncd *t;
        int r;

        if (!HOST_HAS(host, recall))
                return -EOPNOTSUPP;
        t = calloc(1, sizeof(*t));
        if (!t)
                return -ENOMEM;
        t->host = host;
        r = service_new(&(const ServiceConfig){ .host = host,
                                                .name = SERVICE,
                                                .title = "systemd-timesyncd",
                                                .path = OBJECT,
                                                .interface = INTERFACE,
                                                .owned = on_owned,
                                                .send = on_send,
                                                .answered = on_answered,
                                                .done = on_done,
                                                .missing = on_missing,
                                                .unanswered = on_unanswered,
                                                .userdata = t },
                        &t->service);
        if (r < 0) {
                free(t);
                return r;
        }
        service_add(t->service, &t->task);
        t->noted = host->recall(host, /* persistent= */ 0, text) == 0;
        if (t->noted)
                service_arm(t->service, &t->settle_source, SETTLE_USEC, on_settled, t);
        *ret_state = t;
        return 0;
}

static void format_servers(const DhcpdLinkLease *lease, char ret[LEASE_VALUE_MAX]) {
        size_t len = 0;

        ret[0] = 0;
        for (size_t i = 0; i < lease->n_ntp && len + INET_ADDRSTRLEN + 1 < LEASE_VALUE_MAX; i++) {
                char text[INET_ADDRSTRLEN];

                len += (size_t) snprintf(ret + len, LEASE_VALUE_MAX - len, "%s%s", i > 0 ? " " : "",
                                         inet_ntop(AF_INET, &lease->ntp[i], text, sizeof(text)));
        }
}

static void timesyncd_lease(void *state, DhcpdLinkEvent event, const DhcpdLinkLease *lease) {
        Timesyncd *t = state;
        char servers[LEASE_VALUE_MAX];
        int r;

        format_servers(lease, servers);
        service_encourage(t->service);
        r = lease_values_set(&t->leases, lease, OPTION_NTP, event == DHCPD_LINK_EVENT_LOST ? NULL : servers);
        if (r < 0)
                t->host->log(t->host, LOG_WARNING, "%s: %s", lease->ifname, strerror(-r));
        if (t->leases)
                t->settled = true;
        if (r != 0 || t->task.failed)
                reconsider(t);
}

static void timesyncd_fini(void *state) {
        Timesyncd *t = state;

        service_finish(t->service);
        service_remove(&t->task);
        (void) service_free(t->service);
        (void) sd_event_source_disable_unref(t->settle_source);
        lease_values_clear(&t->leases);
        forget_system(t);
        free(t);
}

DHCPD_LINK_PLUGIN_EXPORT = {
        .abi = DHCPD_LINK_PLUGIN_ABI,
        .struct_size = sizeof(DhcpdLinkPlugin),
        .name = "timesyncd",
        .init = timesyncd_init,
        .lease = timesyncd_lease,
        .fini = timesyncd_fini,
};
