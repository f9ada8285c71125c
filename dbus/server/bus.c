/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The D-Bus server (contract: dbus/server/bus.h). It notes the changes that the manager reports, and signals
 * them at the end of the turn.
 *
 * The system bus gets the signals of all links and distributes them by its match rules. A private connection
 * gets the signals of all links until it starts a link. From then on it only gets those of the links that it
 * has started. Otherwise a change of a thousand links that have a thousand holders would cause a million
 * wake-ups.
 */
#include <errno.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "dbus/server/bus-internal.h"
#include "io/log.h"

/* Who hears what */

static void add_hearer(GPtrArray *all, BusConn *conn) {
        if (!conn->doomed && sd_bus_is_ready(conn->bus) > 0)
                g_ptr_array_add(all, conn);
}

static void add_holders(GPtrArray *all, Bus *bus, const char *name) {
        const GPtrArray *holders = g_hash_table_lookup(bus->holders, name);

        for (guint i = 0; holders && i < holders->len; i++)
                if (!g_ptr_array_find(all, holders->pdata[i], NULL))
                        add_hearer(all, holders->pdata[i]);
}

GPtrArray *bus_hearers(Bus *bus, const BusLink *link) {
        const LinkNames names = managed_link_names(link->link);
        GPtrArray *all = g_ptr_array_new();
        LinkNames former;

        FOREACH_LINK_NAME (name, &names)
                add_holders(all, bus, name);
        /* A connection that has claimed the link by a former name also hears of it. */
        add_holders(all, bus, link->name);
        if (managed_link_former_names(link->link, &former))
                FOREACH_LINK_NAME (name, &former)
                        add_holders(all, bus, name);
        for (guint i = 0; i < bus->listeners->len; i++)
                add_hearer(all, bus->listeners->pdata[i]);
        if (bus->system && bus->system->ready)
                add_hearer(all, bus->system);
        return all;
}

GPtrArray *bus_general_hearers(Bus *bus) {
        GPtrArray *all = g_ptr_array_new();

        for (guint i = 0; i < bus->listeners->len; i++)
                add_hearer(all, bus->listeners->pdata[i]);
        if (bus->system && bus->system->ready)
                add_hearer(all, bus->system);
        return all;
}

/* Once per turn */

static int on_flush(sd_event_source *source, void *userdata) {
        Bus *bus = userdata;

        bus_flush(bus);
        /*
         * Connections are freed here and nowhere else, so that no handler loses the connection that it
         * serves, and no claim ends in the middle of a turn.
         */
        while (bus->doomed->len > 0) {
                BusConn *conn = g_ptr_array_steal_index_fast(bus->doomed, bus->doomed->len - 1);

                if (!conn->is_system)
                        manager_holder_left(bus->manager, conn);
                (void) bus_conn_free(conn);
        }
        return 0;
}

void bus_schedule_flush(Bus *bus) {
        if (bus->flush)
                (void) sd_event_source_set_enabled(bus->flush, SD_EVENT_ONESHOT);
        else if (sd_event_add_defer(bus->event, &bus->flush, on_flush, bus) < 0)
                log_error("Cannot signal changes on D-Bus: out of memory");
}

void bus_flush(Bus *bus) {
        while (bus->pending->len > 0) {
                BusLink *link = g_ptr_array_steal_index_fast(bus->pending, bus->pending->len - 1);

                link->pending = false;
                bus_link_flush(link);
        }
}

void bus_link_touch(BusLink *link, unsigned rare) {
        link->touched |= rare;
        if (!link->pending) {
                link->pending = true;
                g_ptr_array_add(link->server->pending, link);
        }
        bus_schedule_flush(link->server);
}

void bus_touch_all(Bus *bus) {
        GHashTableIter iter;
        gpointer link;

        g_hash_table_iter_init(&iter, bus->links);
        while (g_hash_table_iter_next(&iter, NULL, &link))
                bus_link_touch(link, 0);
}

static void flush_link_now(BusLink *link) {
        if (!link->pending)
                return;
        link->pending = false;
        g_ptr_array_remove_fast(link->server->pending, link);
        bus_link_flush(link);
}

/* Observer */

BusLink *bus_find_link(Bus *bus, int ifindex) {
        return g_hash_table_lookup(bus->links, GINT_TO_POINTER(ifindex));
}

BusConn *bus_find_conn(Bus *bus, sd_bus *connection) {
        return g_hash_table_lookup(bus->conns, connection);
}

static void on_link_added(void *userdata, ManagedLink *managed_link) {
        Bus *bus = userdata;
        BusLink *link = bus_link_new(bus, managed_link);

        g_hash_table_insert(bus->links, GINT_TO_POINTER(link->ifindex), link);
        bus_link_touch(link, 0);
}

static void on_link_removed(void *userdata, ManagedLink *managed_link) {
        Bus *bus = userdata;
        BusLink *link = bus_find_link(bus, managed_link_ifindex(managed_link));

        if (!link)
                return;
        bus->message_link = NULL;
        flush_link_now(link);
        bus_link_gone(link);
        bus_answer_waiters(bus, link->ifindex);
        g_hash_table_remove(bus->links, GINT_TO_POINTER(link->ifindex));
}

static void on_link_state(void *userdata, ManagedLink *managed_link, LinkSource source,
                          const char *old_state, const char *new_state) {
        BusLink *link = bus_find_link(userdata, managed_link_ifindex(managed_link));

        if (!link)
                return;
        if (link->n_transitions == BUS_TRANSITIONS_MAX ||
            (link->n_transitions > 0 && link->states[link->n_transitions] != old_state))
                flush_link_now(link);
        link->states[link->n_transitions] = old_state;
        link->states[++link->n_transitions] = new_state;
        bus_link_touch(link, 0);
}

static BusFormer *copy_source(const Dhcp4Source *source) {
        BusFormer *copy = g_new(BusFormer, 1);

        copy->source = *source;
        if (source->lease) {
                copy->lease = *source->lease;
                copy->source.lease = &copy->lease;
        }
        return copy;
}

static void on_link_notice(void *userdata, ManagedLink *managed_link, LinkSource source, LinkNotice notice,
                           const Dhcp4Source *old, const Dhcp4Source *new) {
        Bus *bus = userdata;
        BusLink *link = bus_find_link(bus, managed_link_ifindex(managed_link));

        if (!link)
                return;
        bus->message_link = NULL;
        if (link->have_notice)
                flush_link_now(link);
        link->have_notice = true;
        link->notice = notice;
        link->loss = link_loss(managed_link_link(managed_link));
        if (old && bus_is_heard(bus))
                link->former = copy_source(old);
        bus_link_touch(link, 0);
}

static void on_link_properties(void *userdata, ManagedLink *managed_link) {
        BusLink *link = bus_find_link(userdata, managed_link_ifindex(managed_link));

        if (link)
                bus_link_touch(link, 0);
}

bool bus_is_heard(const Bus *bus) {
        return g_hash_table_size(bus->conns) > 0;
}

void bus_catch_up(Bus *bus) {
        GHashTableIter iter;
        gpointer link;

        g_hash_table_iter_init(&iter, bus->links);
        while (g_hash_table_iter_next(&iter, NULL, &link))
                if (((BusLink *) link)->unseen)
                        bus_link_catch_up(link);
}

static void on_link_configured(void *userdata, ManagedLink *managed_link) {
        BusLink *link = bus_find_link(userdata, managed_link_ifindex(managed_link));

        if (link)
                bus_link_touch(link, BUS_PROPERTY_CONFIG);
}

static void on_claims_changed(void *userdata, const char *name) {
        Bus *bus = userdata;
        ManagedLink *managed_link = name ? manager_find_by_name(bus->manager, name) : NULL;
        BusLink *link = managed_link ? bus_find_link(bus, managed_link_ifindex(managed_link)) : NULL;

        if (!name)
                bus_touch_all(bus);
        else if (link)
                bus_link_touch(link, 0);
}

static void on_candidates_changed(void *userdata) {
        bus_candidates_changed(userdata);
}

static const ManagerObserver observer = {
        .link_added = on_link_added,
        .link_removed = on_link_removed,
        .link_state = on_link_state,
        .link_notice = on_link_notice,
        .link_properties = on_link_properties,
        .link_configured = on_link_configured,
        .claims_changed = on_claims_changed,
        .candidates_changed = on_candidates_changed,
};

/* StopLink() answers when the link is off */

void bus_answer_waiters(Bus *bus, int ifindex) {
        for (guint i = bus->waiters->len; i-- > 0;) {
                BusWaiter waiter = g_array_index(bus->waiters, BusWaiter, i);
                BusConn *conn;

                if (waiter.ifindex != ifindex)
                        continue;
                g_array_remove_index_fast(bus->waiters, i);
                (void) sd_bus_reply_method_return(waiter.m, NULL);
                conn = bus_find_conn(bus, sd_bus_message_get_bus(waiter.m));
                if (conn)
                        bus_conn_check(conn);
                (void) sd_bus_message_unref(waiter.m);
        }
}

void bus_forget_waiters(Bus *bus, const BusConn *conn) {
        for (guint i = bus->waiters->len; i-- > 0;) {
                BusWaiter waiter = g_array_index(bus->waiters, BusWaiter, i);

                if (sd_bus_message_get_bus(waiter.m) != conn->bus)
                        continue;
                g_array_remove_index_fast(bus->waiters, i);
                (void) sd_bus_message_unref(waiter.m);
        }
}

/* The server itself */

static void free_link(gpointer data) {
        (void) bus_link_free(data);
}

static int add_existing(ManagedLink *link, void *userdata) {
        on_link_added(userdata, link);
        return 0;
}

int bus_new(sd_event *event, Manager *manager, Bus **ret) {
        Bus *bus = g_new0(Bus, 1);

        bus->event = sd_event_ref(event);
        bus->manager = manager;
        bus->peers = g_hash_table_new(NULL, NULL);
        bus->conns = g_hash_table_new(NULL, NULL);
        bus->listeners = g_ptr_array_new();
        bus->holders =
                g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify) g_ptr_array_unref);
        bus->links = g_hash_table_new_full(NULL, NULL, NULL, free_link);
        bus->pending = g_ptr_array_new();
        bus->doomed = g_ptr_array_new();
        bus->waiters = g_array_new(FALSE, FALSE, sizeof(BusWaiter));
        bus->message = g_new(Dhcp4Message, 1);
        TAILQ_INIT(&bus->queries);
        bus_link_init_vtables(bus);
        if (getrandom(bus->key, sizeof(bus->key), GRND_NONBLOCK) != (ssize_t) sizeof(bus->key)) {
                /*
                 * In early boot the kernel has no entropy yet. The key only keeps a DHCP server from
                 * choosing different values that have the same digest, so an address in memory is good
                 * enough.
                 */
                const uintptr_t p = (uintptr_t) bus;

                memcpy(bus->key, &p, MIN(sizeof(p), sizeof(bus->key)));
        }

        bus->problems = g_array_new(FALSE, FALSE, sizeof(BusProblem));
        bus_watch_clock(bus);
        manager_add_observer(manager, &observer, bus);
        (void) manager_foreach(manager, add_existing, bus);
        *ret = bus;
        return 0;
}

Bus *bus_free(Bus *bus) {
        if (!bus)
                return NULL;
        manager_remove_observer(bus->manager, bus);
        bus_flush(bus);
        bus_disconnect(bus);
        bus->flush = sd_event_source_disable_unref(bus->flush);
        bus->retry = sd_event_source_disable_unref(bus->retry);
        bus->handshakes = sd_event_source_disable_unref(bus->handshakes);
        bus->candidates = sd_event_source_disable_unref(bus->candidates);
        bus->clock = sd_event_source_disable_unref(bus->clock);
        bus_unlisten(bus);
        g_hash_table_unref(bus->links);
        g_hash_table_unref(bus->holders);
        g_hash_table_unref(bus->peers);
        g_hash_table_unref(bus->conns);
        g_ptr_array_unref(bus->listeners);
        g_ptr_array_unref(bus->pending);
        g_ptr_array_unref(bus->doomed);
        g_array_unref(bus->waiters);
        for (guint i = 0; i < bus->problems->len; i++)
                g_free(g_array_index(bus->problems, BusProblem, i).text);
        g_array_unref(bus->problems);
        g_free(bus->message);
        for (unsigned i = 0; i < _BUS_INTERFACE_MAX; i++)
                g_free(bus->vtables[i]);
        sd_event_unref(bus->event);
        g_free(bus);
        return NULL;
}

void bus_set_reload(Bus *bus, int (*reload)(void *userdata), void *userdata) {
        bus->reload = reload;
        bus->reload_userdata = userdata;
}

void bus_set_plugins(Bus *bus, void (*foreach)(void *userdata, BusPluginFunc func, void *func_userdata),
                     void *userdata) {
        bus->plugins = foreach;
        bus->plugins_userdata = userdata;
}

unsigned bus_n_clients(const Bus *bus) {
        return g_hash_table_size(bus->peers) + bus->n_queries + bus->waiters->len;
}

usec_t bus_last_request_at(const Bus *bus) {
        return bus->last_request_at;
}
