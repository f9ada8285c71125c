/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Sets one value of the host from what leases say (contract: plugin/service-value.h).
 *
 * Owns one task of a Service, what the leases say, and the note. Whenever something changes, decide()
 * compares the value that we want with the value in force. This is done nowhere else.
 */
#include "plugin/service-value.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#define SETTLE_USEC 30000000ULL

#define WORD_CONFIRMED "set"
#define WORD_TRYING    "trying"

struct ServiceValue {
        ServiceTask task; /* must be first, because a pointer to it is converted to a ServiceValue */
        ServiceValueConfig config;
        Service *service;
        LeaseValue *leases;
        int chosen; /* the link whose lease decides; 0: none */
        bool have_note;
        ServiceNote note;
        bool settled; /* by now we have heard of the leases that an earlier daemon had */
        sd_event_source *settle_source;
        bool told_memory; /* it was logged that the note cannot be saved */
        bool sent, undo;  /* of the last batch: a call was sent; it had to put back the earlier value */
};

/* The note */

static_assert(3 * LEASE_VALUE_MAX + sizeof(WORD_TRYING) + 4 <= DHCPD_LINK_REMEMBER_MAX, "a note fits");

bool service_note_format(const ServiceNote *note, char ret[DHCPD_LINK_REMEMBER_MAX]) {
        if (strchr(note->value, '\n') || strchr(note->earlier, '\n') || strchr(note->before, '\n'))
                return false;
        (void) snprintf(ret, DHCPD_LINK_REMEMBER_MAX, "%s\n%s\n%s\n%s\n", note->value, note->earlier,
                        note->before, note->confirmed ? WORD_CONFIRMED : WORD_TRYING);
        return true;
}

/* Reads the line at *text, and moves *text to the next line. Returns false if there is no complete line. */
static bool next_line(const char **text, char ret[LEASE_VALUE_MAX]) {
        const char *end = strchr(*text, '\n');

        if (!end || (size_t) (end - *text) >= LEASE_VALUE_MAX)
                return false;
        memcpy(ret, *text, (size_t) (end - *text));
        ret[end - *text] = 0;
        *text = end + 1;
        return true;
}

bool service_note_parse(const char *text, ServiceNote *ret) {
        ServiceNote note = { 0 };
        char word[LEASE_VALUE_MAX];

        if (!next_line(&text, note.value) || !next_line(&text, note.earlier) ||
            !next_line(&text, note.before) || !next_line(&text, word) || text[0] != '\0' ||
            note.value[0] == '\0')
                return false;
        note.confirmed = strcmp(word, WORD_CONFIRMED) == 0;
        if (!note.confirmed && strcmp(word, WORD_TRYING) != 0)
                return false;
        *ret = note;
        return true;
}

static int write_note(ServiceValue *v, const ServiceNote *note) {
        const DhcpdLinkHost *host = v->config.host;
        char text[DHCPD_LINK_REMEMBER_MAX], old[DHCPD_LINK_REMEMBER_MAX];
        int r;

        if (!service_note_format(note, text))
                return -EINVAL;
        if (v->have_note && service_note_format(&v->note, old) && strcmp(text, old) == 0)
                return 0;
        r = host->remember(host, v->config.persistent, text);
        if (r < 0 && !v->told_memory)
                host->log(host, LOG_WARNING, "What was there before cannot be written down: %s",
                          strerror(-r));
        v->told_memory = r < 0;
        if (r < 0)
                return r;
        v->note = *note;
        v->have_note = true;
        return 0;
}

static void forget(ServiceValue *v) {
        v->have_note = v->task.last_word = false;
        (void) v->config.host->remember(v->config.host, v->config.persistent, NULL);
}

static void confirm(ServiceValue *v) {
        ServiceNote note = v->note;

        note.confirmed = true;
        note.earlier[0] = 0;
        (void) write_note(v, &note);
}

static bool is_ours(const ServiceValue *v, const char *now) {
        return v->have_note &&
                (strcmp(now, v->note.value) == 0 ||
                 (!v->note.confirmed && v->note.earlier[0] != '\0' && strcmp(now, v->note.earlier) == 0));
}

/* What is wanted */

static void report(const ServiceValue *v, const LeaseValue *lease, const char *reason) {
        const DhcpdLinkHost *host = v->config.host;

        host->report_unused(host, lease->ifindex, lease->option, reason);
}

static const LeaseValue *choose(const ServiceValue *v) {
        for (const LeaseValue *l = v->leases; l; l = l->next)
                if (l->ifindex == v->chosen)
                        return l;
        for (const LeaseValue *l = v->leases; l && v->have_note; l = l->next)
                if (strcmp(l->value, v->note.value) == 0)
                        return l;
        return v->leases;
}

static void report_others(const ServiceValue *v, const LeaseValue *chosen) {
        char reason[64];

        (void) snprintf(reason, sizeof(reason), "the one of %s is used", chosen->ifname);
        for (const LeaseValue *l = v->leases; l; l = l->next)
                if (l != chosen)
                        report(v, l, strcmp(l->value, chosen->value) == 0 ? NULL : reason);
}

/* Returns the value to set for the lease, or NULL if there is nothing to do. */
static const char *decide_set(ServiceValue *v, const LeaseValue *lease, const char *now,
                              const char *before) {
        const bool ours = is_ours(v, now);
        ServiceNote note = { .confirmed = false };

        if (strcmp(now, lease->value) == 0) {
                report(v, lease, NULL);
                if (v->have_note && strcmp(v->note.value, now) != 0)
                        forget(v); /* somebody else has set this value, so we have nothing to put back */
                else if (v->have_note)
                        confirm(v); /* an earlier daemon has set it, or a call whose answer we did not use */
                return NULL;
        }
        if (v->have_note && v->note.confirmed && strcmp(v->note.value, lease->value) == 0) {
                report(v, lease, "somebody has set another one since");
                return NULL;
        }
        (void) strcpy(note.value, lease->value);
        (void) strcpy(note.earlier, ours ? now : "");
        (void) strcpy(note.before, ours ? v->note.before : before);
        if (write_note(v, &note) < 0) {
                report(v, lease, "what was there before cannot be written down");
                return NULL;
        }
        return v->note.value;
}

/* Returns the value to put back when no lease says anything any more, or NULL if there is nothing to do. */
static const char *decide_undo(ServiceValue *v, const char *why, const char *now) {
        if (!v->have_note || !v->settled)
                return NULL;
        if (!why && is_ours(v, now))
                return v->note.before;
        forget(v);
        return NULL;
}

static const char *decide(ServiceValue *v) {
        char now[LEASE_VALUE_MAX] = "", before[LEASE_VALUE_MAX] = "";
        const LeaseValue *lease = choose(v);
        const char *why = v->config.current(now, before);

        v->chosen = lease ? lease->ifindex : 0;
        v->undo = !lease;
        if (!lease)
                return decide_undo(v, why, now);
        v->settled = true;
        report_others(v, lease);
        if (!why)
                return decide_set(v, lease, now, before);
        report(v, lease, why);
        return NULL;
}

/* The service */

static const LeaseValue *chosen(const ServiceValue *v) {
        const LeaseValue *l = v->leases;

        while (l && l->ifindex != v->chosen)
                l = l->next;
        return l;
}

static void on_send(ServiceTask *task) {
        ServiceValue *v = (ServiceValue *) task;
        const char *text = decide(v);
        sd_bus_message *m = NULL;
        int r;

        v->sent = text != NULL;
        if (!text)
                return;
        r = service_call_new(task, NULL, v->config.method, &m);
        if (r >= 0)
                r = sd_bus_message_append(m, "sb", text, 0);
        (void) service_call_send(task, 0, v->config.method, m, r);
}

static void report_refused(const ServiceValue *v) {
        const LeaseValue *lease = chosen(v);
        char reason[64];

        (void) snprintf(reason, sizeof(reason), "%s does not take it", v->config.title);
        if (lease)
                report(v, lease, reason);
}

static void on_done(ServiceTask *task, bool over) {
        ServiceValue *v = (ServiceValue *) task;
        const LeaseValue *lease = chosen(v);

        if (task->failed)
                report_refused(v);
        else if (v->sent && v->undo)
                forget(v);
        else if (v->sent) {
                confirm(v);
                if (lease)
                        report(v, lease, NULL);
        }
}

static void on_missing(ServiceTask *task) {
        const ServiceValue *v = (const ServiceValue *) task;
        const LeaseValue *lease = chosen(v);

        if (lease)
                report(v, lease, "the system bus is not there");
}

static void on_unanswered(ServiceTask *task) {
        const ServiceValue *v = (const ServiceValue *) task;
        const DhcpdLinkHost *host = v->config.host;

        host->log(host, LOG_WARNING,
                  "%s does not answer; the next start puts back what was there before the lease",
                  v->config.title);
}

/* Decides again after a change. If there is nothing to do, no connection to the bus is made. */
static void reconsider(ServiceValue *v) {
        int r;

        v->task.last_word = !v->leases && v->have_note && v->settled;
        v->task.dirty = v->task.n_in_flight > 0 || decide(v) != NULL;
        if (!v->task.dirty)
                return;
        r = service_open(v->service);
        if (r < 0)
                v->config.host->log(v->config.host, LOG_WARNING, "Cannot connect to the system bus: %s",
                                    strerror(-r));
        service_sync(&v->task);
}

static int on_settled(sd_event_source *source, uint64_t usec, void *userdata) {
        ServiceValue *v = userdata;

        v->settled = true;
        reconsider(v);
        return 0;
}

void service_value_lease(ServiceValue *v, DhcpdLinkEvent event, const DhcpdLinkLease *lease, uint8_t option,
                         const char *text) {
        const DhcpdLinkHost *host = v->config.host;
        int r;

        service_encourage(v->service);
        r = lease_values_set(&v->leases, lease, option, event == DHCPD_LINK_EVENT_LOST ? NULL : text);
        if (r < 0)
                host->log(host, LOG_WARNING, "%s: %s", lease->ifname, strerror(-r));
        if (r != 0 || v->task.failed)
                reconsider(v);
}

int service_value_new(const ServiceValueConfig *config, ServiceValue **ret) {
        const DhcpdLinkHost *host = config->host;
        char text[DHCPD_LINK_REMEMBER_MAX];
        ServiceValue *v;
        int r;

        if (!HOST_HAS(host, recall))
                return -EOPNOTSUPP;
        v = calloc(1, sizeof(*v));
        if (!v)
                return -ENOMEM;
        v->config = *config;
        r = service_new(&(const ServiceConfig){ .host = host,
                                                .name = config->name,
                                                .title = config->title,
                                                .path = config->path,
                                                .interface = config->interface,
                                                .start = true,
                                                .send = on_send,
                                                .done = on_done,
                                                .missing = on_missing,
                                                .unanswered = on_unanswered,
                                                .userdata = v },
                        &v->service);
        if (r < 0) {
                free(v);
                return r;
        }
        service_add(v->service, &v->task);
        v->have_note =
                host->recall(host, config->persistent, text) == 0 && service_note_parse(text, &v->note);
        if (v->have_note)
                service_arm(v->service, &v->settle_source, SETTLE_USEC, on_settled, v);
        *ret = v;
        return 0;
}

ServiceValue *service_value_free(ServiceValue *v) {
        if (!v)
                return NULL;
        service_finish(v->service);
        service_remove(&v->task);
        (void) service_free(v->service);
        (void) sd_event_source_disable_unref(v->settle_source);
        lease_values_clear(&v->leases);
        free(v);
        return NULL;
}
