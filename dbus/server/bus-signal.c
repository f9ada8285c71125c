/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What is signalled of a link, once for each turn of the loop: InterfacesAdded, LinkNew, PropertiesChanged,
 * StateChanged, LeaseChanged, in this order; and LinkRemoved, InterfacesRemoved in the end.
 *
 * What changed is found by comparing a keyed digest of each value with the digest of what was told last. So
 * no event has to say which properties it changes, and nothing is signalled that stayed the same. The digest
 * is made by the function that also writes the value into a message (dbus/json/values.h), so that the two
 * cannot disagree about what the value is. Nothing is written as text for it, and no message is made.
 *
 * A property is told for the first time by InterfacesAdded, or by the answer to whoever connects and asks: a
 * link that changes while nobody hears is marked (BusLink.unseen), and what is true when somebody begins to
 * hear counts as told (bus_link_catch_up()).
 *
 * The private connections that hear of a link get the same messages, which are made once.
 *
 * LeaseChanged needs the lease before and the lease now. The one before is copied when the notice comes and
 * freed when it was signalled, since a second lease for each link would double what a link costs. Only what
 * does not follow from the lease alone (T1, T2, routes and what is ignored) is kept as it was told
 * (BusTold).
 */
#include <errno.h>
#include <string.h>

#include "dbus/json/json-message.h"
#include "dbus/server/bus-internal.h"

/* What PropertiesChanged names of one interface: rows of its table. */
typedef struct Changes {
        uint8_t rows[BUS_PROPERTIES_MAX];
        size_t n_rows;
} Changes;

void bus_told_clear(BusTold *told) {
        for (size_t i = told->n_static; i < told->n_ignored; i++)
                g_free((char *) told->ignored[i].reason);
        g_free(told->routes);
        g_free(told->ignored);
        *told = (BusTold){};
}

/* Not inlined: pages of the stack that were used once stay with the process. */
static _noinline_ void read_told(const BusLink *link, BusTold *told) {
        const Dhcp4Client *client = managed_link_client(link->link);
        Dhcp4Ignored ignored[BUS_IGNORED_MAX];
        NetConfig config;

        *told = (BusTold){};
        if (!managed_link_source(link->link))
                return;
        told->t1_at = dhcp4_client_t1_at(client);
        told->t2_at = dhcp4_client_t2_at(client);
        managed_link_desired(link->link, &config);
        told->n_routes = config.n_routes;
        told->routes = g_memdup2(config.routes, config.n_routes * sizeof(config.routes[0]));
        told->n_ignored = bus_dhcp4_ignored(link, ignored, &told->n_static);
        for (size_t i = told->n_static; i < told->n_ignored; i++)
                ignored[i].reason = g_strdup(ignored[i].reason);
        told->ignored = g_memdup2(ignored, told->n_ignored * sizeof(ignored[0]));
}

/* Takes what @now owns. */
static void remember_told(BusLink *link, const BusTold *now) {
        bus_told_clear(&link->told);
        link->told = *now;
        link->unseen = false;
}

/* The link as it is now, with what read_told() said of it, so that it is asked for once. */
static BusView view_now(BusLink *link, const BusTold *now) {
        BusView view = bus_view(link);

        view.told = now;
        return view;
}

static uint64_t digest(const BusProperty *property, const BusView *view) {
        Values v;

        values_digest(&v, view->link->server->key);
        property->append(view, &v);
        return values_digest_end(&v);
}

/* Stores which properties differ from what was told last, and takes note of what they are now. */
static void find_changes(const BusView *view, BusInterface interface, Changes *ret) {
        BusLink *link = view->link;
        bool new_options = false;
        size_t n;
        const BusProperty *properties = bus_interface_properties(interface, &n);

        assert(n <= BUS_PROPERTIES_MAX);
        ret->n_rows = 0;
        for (size_t i = 0; i < n; i++) {
                const unsigned flags = properties[i].flags, rare = flags & BUS_PROPERTY_RARE;
                uint32_t hash;

                if (flags & BUS_PROPERTY_CONST || (rare && !(rare & link->touched)) ||
                    (flags & BUS_PROPERTY_OF_OPTIONS && !new_options))
                        continue;
                hash = (uint32_t) digest(&properties[i], view);
                if (hash == link->hashes[interface][i])
                        continue;
                new_options = new_options || flags & BUS_PROPERTY_OPTIONS;
                link->hashes[interface][i] = hash;
                ret->rows[ret->n_rows++] = (uint8_t) i;
        }
}

static void find_all_changes(const BusView *view, Changes changes[_BUS_INTERFACE_MAX]) {
        for (unsigned i = 0; i < _BUS_INTERFACE_MAX; i++)
                find_changes(view, i, &changes[i]);
        view->link->touched = 0;
}

static const char *notice_to_string(LinkNotice notice) {
        switch (notice) {
        case LINK_NOTICE_BOUND:
                return "bound";
        case LINK_NOTICE_RENEWED:
                return "renewed";
        case LINK_NOTICE_CHANGED:
                return "changed";
        case LINK_NOTICE_LOST:
                return "lost";
        case _LINK_NOTICE_MAX:
                break;
        }
        abort();
}

/*
 * The two leases that LeaseChanged is about, and which properties have another value in one than in the
 * other.
 */
typedef struct LeaseChange {
        BusView old_view, new_view;
        bool differs[BUS_PROPERTIES_MAX];
} LeaseChange;

static void compare_leases(LeaseChange *change) {
        bool new_options = false;
        size_t n;
        const BusProperty *properties = bus_interface_properties(BUS_INTERFACE_DHCP4, &n);

        for (size_t i = 0; i < n; i++) {
                const unsigned flags = properties[i].flags;

                if (!(flags & BUS_PROPERTY_LEASE) || (flags & BUS_PROPERTY_OF_OPTIONS && !new_options))
                        continue;
                change->differs[i] = digest(&properties[i], &change->old_view) !=
                        digest(&properties[i], &change->new_view);
                new_options = new_options || (change->differs[i] && flags & BUS_PROPERTY_OPTIONS);
        }
}

/* Appends a property, with its name, to a record. */
static void append_property(Values *v, const BusProperty *property, const BusView *view) {
        record_begin(v, property->name, property->signature);
        property->append(view, v);
        record_end(v);
}

/* The messages of one link for one kind of connection. */
typedef struct Signals {
        sd_bus_message *messages[_BUS_INTERFACE_MAX + BUS_TRANSITIONS_MAX + 1];
        size_t n;
        bool made;
} Signals;

static void signals_clear(Signals *signals) {
        for (size_t i = 0; i < signals->n; i++)
                (void) sd_bus_message_unref(signals->messages[i]);
}

/* Ends the message that @v has written. One that could not be written is left out. */
static void signals_add(Signals *signals, const Values *v) {
        assert(signals->n < ARRAY_SIZE(signals->messages));
        if (v->r < 0)
                (void) sd_bus_message_unref(v->m);
        else
                signals->messages[signals->n++] = v->m;
}

/* Begins a signal of the link. Returns false if there is no memory. */
static bool begin_signal(const BusLink *link, const char *interface, const char *member, Values *v) {
        sd_bus_message *m;

        if (scratch_signal_new(link->path, interface, member, &m) < 0)
                return false;
        values_into(v, m);
        return true;
}

static void make_properties_changed(Signals *signals, const BusView *view, BusInterface interface,
                                    const Changes *changes) {
        size_t n;
        const BusProperty *properties = bus_interface_properties(interface, &n);
        Values v;

        if (changes->n_rows == 0 ||
            !begin_signal(view->link, DBUS_PROPERTIES_INTERFACE, "PropertiesChanged", &v))
                return;
        values_string(&v, bus_interface_name(interface));
        values_begin_record(&v);
        for (size_t i = 0; i < changes->n_rows; i++)
                append_property(&v, &properties[changes->rows[i]], view);
        values_end_record(&v);
        /* The list of properties that have changed and whose value is not told. It is empty. */
        values_begin(&v, 'a', "s");
        values_end(&v);
        signals_add(signals, &v);
}

/* The details are empty. They are there so that later versions can add some. */
static void make_state_changed(Signals *signals, const BusLink *link, const char *old_state,
                               const char *new_state) {
        Values v;

        if (!begin_signal(link, BUS_DHCP4_INTERFACE, "StateChanged", &v))
                return;
        values_string(&v, old_state);
        values_string(&v, new_state);
        values_begin_record(&v);
        values_end_record(&v);
        signals_add(signals, &v);
}

static void append_values(Values *v, const LeaseChange *change, const BusView *view) {
        size_t n;
        const BusProperty *properties = bus_interface_properties(BUS_INTERFACE_DHCP4, &n);

        values_begin_record(v);
        for (size_t i = 0; view->source && i < n; i++)
                if (change->differs[i])
                        append_property(v, &properties[i], view);
        values_end_record(v);
}

static void make_lease_changed(Signals *signals, const BusLink *link, const LeaseChange *change) {
        Values v;

        if (!begin_signal(link, BUS_DHCP4_INTERFACE, "LeaseChanged", &v))
                return;
        values_string(&v, notice_to_string(link->notice));
        append_values(&v, change, &change->old_view);
        append_values(&v, change, &change->new_view);
        values_begin_record(&v);
        if (link->notice == LINK_NOTICE_LOST)
                record_string(&v, "Why", dhcp4_loss_to_string(link->loss));
        values_end_record(&v);
        signals_add(signals, &v);
}

/* @changes NULL: the link is new. @change NULL: there is no news of a lease. */
static void make_signals(Signals *signals, const BusView *view, const Changes *changes,
                         const LeaseChange *change) {
        const BusLink *link = view->link;

        for (unsigned i = 0; changes && i < _BUS_INTERFACE_MAX; i++)
                make_properties_changed(signals, view, i, &changes[i]);
        for (unsigned i = 0; i < link->n_transitions; i++)
                make_state_changed(signals, link, link->states[i], link->states[i + 1]);
        if (change)
                make_lease_changed(signals, link, change);
        signals->made = true;
}

/* @hw NULL: it is not told, because the link is gone. */
static int emit_link(const BusLink *link, sd_bus *connection, const char *member, const HwAddress *hw) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL;
        Values v;
        int r;

        r = sd_bus_message_new_signal(connection, &m, BUS_ROOT, BUS_MANAGER_INTERFACE, member);
        if (r < 0)
                return r;
        values_into(&v, m);
        bus_append_link(&v, link->ifindex, link->name, link->path, hw);
        return v.r < 0 ? v.r : sd_bus_send(connection, m, NULL);
}

/*
 * A failure concerns one connection alone, which is full or about to be closed, so the others get their
 * signals. A message that several connections get keeps the serial number that the first one gave it. That
 * does no harm, because nobody answers a signal.
 */
static void emit_to(const BusView *view, const GPtrArray *hearers, const Changes *changes,
                    const LeaseChange *change) {
        const BusLink *link = view->link;
        /*
         * [false]: for private connections, [true]: for the system bus. They differ, because sd-bus writes
         * our name as the sender into what it sends on a private connection.
         */
        Signals of_kind[2] = {};

        for (guint i = 0; i < hearers->len; i++) {
                BusConn *conn = hearers->pdata[i];
                Signals *signals = &of_kind[conn->is_system];

                if (!signals->made)
                        make_signals(signals, view, changes, change);
                if (!changes && bus_export(conn) >= 0) {
                        (void) sd_bus_emit_object_added(conn->bus, link->path);
                        (void) emit_link(link, conn->bus, "LinkNew", managed_link_hw_address(link->link));
                }
                for (size_t k = 0; k < signals->n; k++)
                        (void) sd_bus_send(conn->bus, signals->messages[k], NULL);
                bus_conn_check(conn);
        }
        signals_clear(&of_kind[false]);
        signals_clear(&of_kind[true]);
}

static void emit_to_all(const BusView *view, const GPtrArray *hearers, const Changes *changes) {
        BusLink *link = view->link;
        g_autofree Dhcp4Message *former = NULL;
        LeaseChange change;

        if (link->have_notice) {
                change = (LeaseChange){
                        .old_view = { .link = link,
                                      .source = link->former ? &link->former->source : NULL,
                                      .told = &link->told },
                        .new_view = *view,
                };
                if (link->former) {
                        former = g_new(Dhcp4Message, 1);
                        dhcp4_source_options(&link->former->source, former);
                        change.old_view.message = former;
                }
                /* A lease that was lost may have been followed by another one in the same turn. */
                if (link->notice == LINK_NOTICE_LOST)
                        change.new_view.source = NULL;
                compare_leases(&change);
        }
        emit_to(view, hearers, changes, link->have_notice ? &change : NULL);
}

/* Signals to @hearers what is new of the link. What is true now then counts as told. NULL: no signals. */
static void tell(BusLink *link, const GPtrArray *hearers, bool is_new) {
        Changes changes[_BUS_INTERFACE_MAX];
        BusTold now;
        BusView view;

        read_told(link, &now);
        view = view_now(link, &now);
        find_all_changes(&view, changes);
        if (hearers)
                emit_to_all(&view, hearers, is_new ? NULL : changes);
        remember_told(link, &now);
}

void bus_link_catch_up(BusLink *link) {
        tell(link, NULL, /* is_new= */ false);
}

void bus_link_flush(BusLink *link) {
        g_autofree char *name = g_utf8_make_valid(managed_link_ifname(link->link), -1);
        GPtrArray *hearers = bus_hearers(link->server, link);
        const bool is_new = !link->announced;

        if (strcmp(link->name, name) != 0) {
                g_free(link->name);
                link->name = g_strdup(name);
        }
        link->announced = true;

        /* Nobody hears it: the comparison can wait until somebody does. */
        if (hearers->len == 0)
                link->unseen = true;
        else
                tell(link, hearers, is_new);
        g_ptr_array_unref(hearers);
        link->n_transitions = 0;
        link->have_notice = false;
        g_clear_pointer(&link->former, g_free);

        /* If the link was started again, whoever waits for its end by StopLink() would wait for ever. */
        if (!managed_link_is_stopping(link->link))
                bus_answer_waiters(link->server, link->ifindex);
}

void bus_link_gone(BusLink *link) {
        GPtrArray *hearers = bus_hearers(link->server, link);

        for (guint i = 0; i < hearers->len; i++) {
                BusConn *conn = hearers->pdata[i];

                if (bus_export(conn) < 0)
                        continue;
                (void) emit_link(link, conn->bus, "LinkRemoved", NULL);
                (void) sd_bus_emit_object_removed(conn->bus, link->path);
                bus_conn_check(conn);
        }
        g_ptr_array_unref(hearers);
}
