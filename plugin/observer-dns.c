/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Keeps which plugins and hooks pass on the DNS servers of leases (contract: plugin/observer-dns.h).
 *
 * Owns an entry for each link whose lease has DNS servers. If nobody passes them on and the problem was not
 * reported yet, the entry has a timer.
 */
#include <glib.h>
#include <systemd/sd-event.h>

#include "base/macro.h"
#include "plugin/observer-dns.h"

typedef struct Entry {
        DnsTakers *takers;
        int ifindex;
        uint64_t plugins; /* one bit for each plugin that passes the servers on */
        /* the latest reason of a plugin for not passing them on; NULL: none has given one */
        char *why;
        sd_event_source *timer; /* reports the problem when it runs out */
        bool told;
} Entry;

struct DnsTakers {
        DnsTakersConfig config;
        GHashTable *entries; /* ifindex -> Entry; owns them */
};

/* Tells people how they can solve the problem. */
#define REMEDY \
        "; run systemd-resolved, or switch on the hook resolvconf or resolv-conf, see " \
        "dhcpd-link-hooks.service(8)"

static void tell(const Entry *e) {
        const DnsTakersConfig *config = &e->takers->config;
        g_autofree char *text = NULL;

        if (e->told)
                text = g_strdup_printf("The DNS servers of the lease are not passed on: %s" REMEDY,
                                       e->why ?: "no plugin that would do so is loaded");
        config->problem(config->userdata, e->ifindex, text);
}

static bool is_taken(const Entry *e) {
        const DnsTakersConfig *config = &e->takers->config;

        return e->plugins != 0 || (config->hook && config->hook(config->userdata));
}

static int on_timer(sd_event_source *source, uint64_t usec, void *userdata) {
        Entry *e = userdata;

        e->timer = sd_event_source_disable_unref(e->timer);
        if (is_taken(e))
                return 0;
        e->told = true;
        tell(e);
        return 0;
}

static void update(Entry *e) {
        const DnsTakersConfig *config = &e->takers->config;

        if (is_taken(e)) {
                e->timer = sd_event_source_disable_unref(e->timer);
                if (!e->told)
                        return;
                e->told = false;
                tell(e);
        } else if (e->told)
                tell(e); /* the reason may have changed */
        else if (!e->timer)
                (void) sd_event_add_time_relative(config->event, &e->timer, CLOCK_BOOTTIME,
                                                  config->grace_usec, USEC_PER_SEC, on_timer, e);
}

static void entry_free(gpointer data) {
        Entry *e = data;

        sd_event_source_disable_unref(e->timer);
        g_free(e->why);
        g_free(e);
}

DnsTakers *dns_takers_new(const DnsTakersConfig *config) {
        DnsTakers *takers = g_new0(DnsTakers, 1);

        takers->config = *config;
        takers->entries = g_hash_table_new_full(NULL, NULL, NULL, entry_free);
        return takers;
}

DnsTakers *dns_takers_free(DnsTakers *takers) {
        if (!takers)
                return NULL;
        g_hash_table_unref(takers->entries);
        g_free(takers);
        return NULL;
}

static Entry *find(DnsTakers *takers, int ifindex) {
        return g_hash_table_lookup(takers->entries, GINT_TO_POINTER(ifindex));
}

/* Looks at the hooks again, because no signal says that a hook was added or removed. */
static void look_again(gpointer key, gpointer value, gpointer userdata) {
        Entry *e = value;

        if (e->told == is_taken(e))
                update(e);
}

void dns_takers_look_again(DnsTakers *takers) {
        g_hash_table_foreach(takers->entries, look_again, NULL);
}

void dns_takers_lease(DnsTakers *takers, int ifindex, bool has_dns) {
        Entry *e = find(takers, ifindex);

        if (has_dns && e)
                look_again(NULL, e, NULL);
        else if (has_dns) {
                e = g_new0(Entry, 1);
                e->takers = takers;
                e->ifindex = ifindex;
                g_hash_table_insert(takers->entries, GINT_TO_POINTER(ifindex), e);
                update(e);
        } else if (!has_dns && e) {
                if (e->told) {
                        e->told = false;
                        tell(e);
                }
                g_hash_table_remove(takers->entries, GINT_TO_POINTER(ifindex));
        }
}

void dns_takers_report(DnsTakers *takers, unsigned plugin, int ifindex, const char *problem) {
        const uint64_t bit = UINT64_C(1) << plugin;
        Entry *e = find(takers, ifindex);

        if (!e)
                return;
        e->plugins = problem ? e->plugins & ~bit : e->plugins | bit;
        g_free(e->why);
        e->why = g_strdup(problem);
        update(e);
}
